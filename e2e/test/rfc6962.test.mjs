// SPDX-License-Identifier: GPL-3.0-or-later
// Our tree against the published test vectors of Certificate Transparency.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inclusionProof, leafHash, root, rootFromProof } from '../lib/rfc6962.mjs';

const digits = (bytes) => Buffer.from(bytes).toString('hex');
const INPUTS = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f'];
const LEAVES = INPUTS.map((input) => leafHash(Buffer.from(input, 'hex')));
const ROOTS = [
	'6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
	'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
	'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
	'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
	'4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
	'76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
	'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
	'5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
];

test('the root of nothing is the hash of nothing', () => {
	const empty = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
	assert.equal(digits(root([])), empty);
});

test('roots are those of Certificate Transparency', () => {
	for (let size = 1; size <= 8; size++) {
		assert.equal(digits(root(LEAVES.slice(0, size))), ROOTS[size - 1], `${size} leaves`);
	}
});

test('a proof leads to the root from its own place only', () => {
	for (let size = 1; size <= 8; size++) {
		const leaves = LEAVES.slice(0, size);
		for (let index = 0; index < size; index++) {
			const proof = inclusionProof(leaves, index);
			const found = rootFromProof(leaves[index], index, size, proof);
			assert.equal(digits(found), ROOTS[size - 1]);
			for (let other = 0; other < size; other++) {
				if (other === index) continue;
				const elsewhere = rootFromProof(leaves[index], other, size, proof);
				assert.notEqual(elsewhere && digits(elsewhere), ROOTS[size - 1]);
			}
			assert.equal(rootFromProof(leaves[index], index, size, [...proof, leaves[0]]), null);
		}
	}
});

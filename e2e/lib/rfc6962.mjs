// SPDX-License-Identifier: GPL-3.0-or-later
// Merkle trees as RFC 6962 defines them, written from the RFC and from nothing else in this
// repository: what the chain computes is compared with this.

import { createHash } from 'node:crypto';

const sha256 = (...parts) => {
	const hash = createHash('sha256');
	for (const part of parts) hash.update(part);
	return hash.digest();
};

const LEAF = Buffer.from([0]);
const NODE = Buffer.from([1]);

/** The hash of a leaf with these bytes. */
export const leafHash = (bytes) => sha256(LEAF, bytes);

/** The hash of a node with these children. */
export const nodeHash = (left, right) => sha256(NODE, left, right);

/** The largest power of two below `n`. */
const split = (n) => {
	let k = 1;
	while (k * 2 < n) k *= 2;
	return k;
};

/** The root of the tree over these leaf hashes. */
export function root(leaves) {
	if (leaves.length === 0) return sha256();
	if (leaves.length === 1) return leaves[0];
	const k = split(leaves.length);
	return nodeHash(root(leaves.slice(0, k)), root(leaves.slice(k)));
}

/** The hashes beside the way from the leaf at `index` to the root, the lowest first. */
export function inclusionProof(leaves, index) {
	if (!(index >= 0 && index < leaves.length)) throw new RangeError(`no leaf ${index}`);
	if (leaves.length === 1) return [];
	const k = split(leaves.length);
	return index < k
		? [...inclusionProof(leaves.slice(0, k), index), root(leaves.slice(k))]
		: [...inclusionProof(leaves.slice(k), index - k), root(leaves.slice(0, k))];
}

/** The root that a proof leads to, or `null` when its length does not fit index and size. */
export function rootFromProof(leaf, index, size, proof) {
	if (!(index >= 0 && index < size)) return null;
	// As in RFC 9162, 2.1.3.2.
	let [fn, sn, hash] = [index, size - 1, leaf];
	for (const sibling of proof) {
		if (sn === 0) return null;
		if (fn % 2 === 1 || fn === sn) {
			hash = nodeHash(sibling, hash);
			while (fn % 2 === 0 && fn !== 0) {
				fn = Math.floor(fn / 2);
				sn = Math.floor(sn / 2);
			}
		} else {
			hash = nodeHash(hash, sibling);
		}
		fn = Math.floor(fn / 2);
		sn = Math.floor(sn / 2);
	}
	return sn === 0 ? hash : null;
}

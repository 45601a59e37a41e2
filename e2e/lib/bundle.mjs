// SPDX-License-Identifier: GPL-3.0-or-later
// Reads a published bundle and hashes it, file by file.

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { leafHash, root } from './rfc6962.mjs';
import { bytes32, i32, text, u64, u8 } from './scale.mjs';

const sha256 = (bytes) => createHash('sha256').update(bytes).digest();
const STREAMS = ['stdout', 'stderr', 'system'];

/** A bundle, with the roots that its files hash to. */
export function readBundle(directory) {
	const manifest = JSON.parse(readFileSync(join(directory, 'manifest.json'), 'utf8'));
	const read = (path) => readFileSync(join(directory, path));
	return {
		manifest,
		read,
		outputRoot: outputRoot(manifest, read),
		evidenceRoot: evidenceRoot(read),
	};
}

function outputRoot({ ending, files }, read) {
	if (!ending.exited) return null;
	const leaves = [Buffer.concat([u8(0), i32(ending.exited.code)])];
	const content = (bytes) => [u64(bytes.length), sha256(bytes)];
	if (files.some((file) => file.path === 'stdout')) {
		leaves.push(Buffer.concat([u8(1), ...content(read('stdout'))]));
	}
	for (const { path } of files) {
		if (!path.startsWith('outputs/')) continue;
		const below = path.slice('outputs/'.length);
		leaves.push(Buffer.concat([u8(2), text(below), ...content(read(path))]));
	}
	return root(leaves.map(leafHash));
}

function evidenceRoot(read) {
	const leaves = [leafHash(Buffer.concat([u8(0), sha256(read('statement.json'))]))];
	let previous = Buffer.alloc(32);
	const log = read('logs/execution.log').toString('utf8');
	for (const line of log.split('\n').slice(0, -1)) {
		const [, at, stream, said] = /^(\d+) (\w+) (.*)$/s.exec(line);
		const kind = STREAMS.indexOf(stream);
		previous = leafHash(
			Buffer.concat([u8(1), bytes32(previous), u64(BigInt(at)), u8(kind), text(said)]),
		);
		leaves.push(previous);
	}
	return root(leaves);
}

// SPDX-License-Identifier: GPL-3.0-or-later
// The content store: blobs under their SHA-256, and the manifest that lists a task's inputs.

import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const digits = (bytes) => createHash('sha256').update(bytes).digest('hex');

export class Store {
	constructor(directory) {
		this.directory = directory;
		this.blobs = join(directory, 'blobs');
		mkdirSync(this.blobs, { recursive: true });
	}

	/** Stores bytes and returns their hash. */
	put(bytes) {
		const name = digits(bytes);
		writeFileSync(join(this.blobs, name), bytes);
		return `0x${name}`;
	}

	/** Stores input files, given by their paths, and returns the hash of their manifest. */
	putInputs(files) {
		const entries = Object.entries(files)
			.sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
			.map(([path, bytes]) => ({ path, size: bytes.length, sha256: this.put(bytes) }));
		return this.put(Buffer.from(JSON.stringify(entries)));
	}

	/** Where the bundle with this root is published. */
	bundle(root) {
		return join(this.directory, 'bundles', Buffer.from(root).toString('hex'));
	}

	hasBundle(root) {
		return existsSync(join(this.bundle(root), 'manifest.json'));
	}
}

// SPDX-License-Identifier: GPL-3.0-or-later
// The whole of Assay on one machine: a dev node, five honest workers and a liar, driven as anybody
// would through polkadot.js. What the chain says is recomputed here by code of our own.

import assert from 'node:assert/strict';
import { after, before, describe } from 'node:test';
import { World } from '../lib/world.mjs';
import { appeals } from '../scenarios/appeals.mjs';
import { arrays } from '../scenarios/arrays.mjs';
import { batches } from '../scenarios/batches.mjs';
import { byHand } from '../scenarios/by-hand.mjs';
import { checks } from '../scenarios/checks.mjs';
import { ending } from '../scenarios/ending.mjs';
import { queries } from '../scenarios/queries.mjs';
import { refusals } from '../scenarios/refusals.mjs';
import { workers } from '../scenarios/workers.mjs';

const world = new World();

// The node's database library can abort at the very end, when its last thread outlives its locks. Everything is
// on disk by then; it is the SDK's to mend, and counts as an end.
const isLateAbort = (name, how, words) =>
	name === 'node' && how === 'SIGABRT' && words.trimEnd().endsWith('pthread lock: Invalid argument');

before(() => world.start());

after(async () => {
	const endings = (await world.network?.down()) ?? {};
	for (const [name, { how, words }] of Object.entries(endings)) {
		const ended = how === 'code 0' || isLateAbort(name, how, words);
		assert.ok(ended, `${name} did not end when it was asked to, but with ${how}:\n${words}`);
	}
});

describe('the runtime API', () => queries(world));
// All at once: the scenarios share the chain, not their accounts and clusters.
describe('tasks and calls', { concurrency: true }, () => {
	describe('on real workers', { concurrency: true }, () => workers(world));
	describe('played by hand', { concurrency: true }, () => byHand(world));
	describe('spared, audited, tried first and paid beforehand', { concurrency: true }, () => checks(world));
	// One after the other: they share clusters of which few can be spared.
	describe('doubted', { concurrency: false }, () => appeals(world));
	// One after the other as well.
	describe('of many items, and not served', { concurrency: false }, () => arrays(world));
	describe('in batches, alive and apart', { concurrency: true }, () => batches(world));
	describe('refused', { concurrency: true }, () => refusals(world));
});
describe('in the end', () => ending(world));

// SPDX-License-Identifier: GPL-3.0-or-later
// The parachain under a real relay chain: onboarded, final, drawn by real randomness, served by real
// workers, and robust against the loss of a collator.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { ApiPromise, WsProvider } from '@polkadot/api';
import { fold } from '../lib/protocol.mjs';
import { PARA_ID, Relay } from '../lib/relay.mjs';
import { hex } from '../lib/scale.mjs';
import { World } from '../lib/world.mjs';

/** Relay blocks between an event and its draw: docs/protocol.md, Draws. */
const DRAW_DELAY = 5;

const world = new World();
let relay;
let relayApi;

before(async () => {
	const startNodes = async (processes, directory) => {
		relay = await Relay.start(processes, directory);
		return relay.endpoint;
	};
	await world.start({ startNodes, workers: ['ada', 'ben', 'cyd'], byHand: [] });
	const provider = new WsProvider(relay.validators[0].url, 500);
	relayApi = await ApiPromise.create({ provider, noInitWarn: true });
});

after(async () => {
	await relayApi?.disconnect();
	await world.network?.down();
});

/** The relay block that a block of the parachain was built on. */
async function relayParent(hash) {
	const api = await world.chain.api.at(hash);
	const data = await api.query.parachainSystem.validationData();
	return data.unwrap().relayParentNumber.toNumber();
}

async function beacon(hash) {
	const api = await world.chain.api.at(hash);
	const { acc, folds, lastRelay, source } = await api.query.randomness.current();
	return { acc: acc.toHex(), folds: folds.toNumber(), lastRelay: lastRelay.toNumber(), source: source.type };
}

/** Which of the two collators made a block: authors take turns by slot. */
function author({ logs }) {
	const item = logs.find((one) => one.isPreRuntime && one.asPreRuntime[0].toString() === 'aura');
	const slot = Buffer.from(item.asPreRuntime[1].toU8a(true)).readBigUInt64LE(0);
	return ['alice', 'bob'][Number(slot % 2n)];
}

describe('under a relay chain', { concurrency: false }, () => {
	it('the parachain is onboarded and its blocks are final', async () => {
		const state = await relayApi.query.paras.paraLifecycles(PARA_ID);
		assert.equal(state.unwrap().type, 'Parachain');
		const included = async () => (await relayApi.query.paras.heads(PARA_ID)).unwrap().toHex();
		const first = await included();
		await world.chain.when('the relay chain to include another block', async () => {
			return (await included()) !== first;
		});
	});

	it('clients see real randomness and the real delay', async () => {
		const view = await world.chain.call.network();
		assert.equal(view.simulatedRandomness.isTrue, false);
		assert.equal(view.drawDelay.toNumber(), DRAW_DELAY);
	});

	it('whatever is folded in is the VRF output of the relay parent', async () => {
		const { chain } = world;
		await chain.when('enough blocks', () => chain.blocks.length >= 6);
		let checked = 0;
		for (const [at, block] of chain.blocks.slice(1).entries()) {
			const [was, is] = await Promise.all([beacon(chain.blocks[at].hash), beacon(block.hash)]);
			assert.equal(is.source, 'Relay');
			if (is.folds === was.folds) {
				assert.equal(is.acc, was.acc);
				continue;
			}
			const number = await relayParent(block.hash);
			assert.equal(is.lastRelay, number);
			const parent = await relayApi.at(await relayApi.rpc.chain.getBlockHash(number));
			const vrf = (await parent.query.babe.authorVrfRandomness()).unwrap().toHex();
			assert.equal(is.acc, hex(fold(was.acc, number, vrf)));
			checked++;
		}
		assert.ok(checked >= 3, `${checked} values were folded in`);
	});

	// At once: a task has to get through while a collator is gone.
	describe('with a collator that is lost', { concurrency: true }, () => {
		it('a task is drawn in time, run, checked and anchored by real workers', async () => {
			const { chain, network } = world;
			const wanted = { ...network.example('iris', ['iris.csv']), policy: { queueBlocks: 100, executionBlocks: 100 } };
			const { task, hash } = await network.submit(wanted, await world.fund('relay'));
			const [executor] = await world.drawn(task, 'Executor');
			const [verifier] = await world.drawn(task, 'Verifier');
			assert.notEqual(executor, verifier);
			const drawn = chain.all('edgeConnect.Drawn', { task });
			const [sealed] = chain.all('verification.Committed', { task });
			const hashOf = (number) => chain.blocks.find((block) => block.number === number).hash;
			const events = [await relayParent(hash), await relayParent(hashOf(sealed.number))];
			for (const [at, { number }] of drawn.entries()) {
				const waited = (await relayParent(hashOf(number))) - events[at];
				assert.ok(waited >= DRAW_DELAY, `draw ${at} after ${waited} relay blocks`);
			}
			assert.equal((await world.verdict(task)).type, 'Accepted');
			const { shares } = await world.ending(task);
			assert.deepEqual(shares.map(({ conduct }) => conduct), ['Agreed', 'Agreed']);
			assert.equal(world.leaf(task).index, 0);
		});

		it('a collator is killed, the other goes on, and it comes back', async () => {
			const { chain, network } = world;
			const since = () => chain.blocks.at(-1).number;
			const madeBy = (name, from) => chain.blocks.filter((one) => one.number > from && author(one) === name);
			await network.processes.kill('collator-bob');
			const gone = since();
			await chain.when('two more blocks without the lost collator', () => madeBy('alice', gone).length >= 2);
			relay.startCollator(relay.collator('bob'));
			const back = since();
			await chain.when('a block of the collator that is back', () => madeBy('bob', back).length > 0);
		});
	});
});

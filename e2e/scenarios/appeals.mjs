// SPDX-License-Identifier: GPL-3.0-or-later
// Verdicts that somebody doubts: others, who had nothing to do with the task, judge it again.

import assert from 'node:assert/strict';
import { it } from 'node:test';
import { readBundle } from '../lib/bundle.mjs';
import { PRICE, UNIT } from '../lib/network.mjs';
import { bundleRoot } from '../lib/protocol.mjs';

/** The engine of the clusters that are registered here: no other scenario draws them. */
const ENGINE = { kind: 'Wasm', id: 5 };
/** Blocks between verdict and finality: long enough to doubt. */
const WINDOW = 40;
/** What is held of an appellant: five times the highest price that the tasks here may have. */
const BOND = 5n * 3n * UNIT;
/** What a wrong answer costs. */
const FINE = 50n * UNIT;

export function appeals(world) {
	let enrolled;
	/** Two for a task, and the five who can judge it again. */
	const members = () => (enrolled ??= world.enroll([...'abcdefg'].map((one) => `doubted-${one}`), ENGINE));
	const ownerOf = async (cluster) => (await members()).find(({ id }) => id === cluster).owner;
	const acts = async (cluster, call) => world.chain.ok(call, await ownerOf(cluster));

	/** A task about which executor and verifier say the same, and its account of money. */
	async function accepted(name, seed) {
		const { network, tx } = world;
		await members();
		const requester = await world.fund(name);
		const wanted = { ...world.handTask([], { window: WINDOW }), demand: { engine: ENGINE } };
		const { task } = await network.submit(wanted, requester);
		const [executor] = await world.drawn(task, 'Executor');
		const found = world.claim(executor, task, seed);
		await acts(executor, tx.verification.commit(task, executor, found.commitment));
		const [verifier] = await world.drawn(task, 'Verifier');
		const same = world.claim(verifier, task, seed);
		await acts(verifier, tx.verification.answer(task, verifier, same.outcome, same.evidenceRoot));
		await acts(executor, tx.verification.open(task, executor, found.opening));
		assert.equal((await world.verdict(task)).type, 'Accepted');
		return { task, requester, first: [executor, verifier] };
	}

	/** Appeals as `appellant`. Gives the fee. */
	async function appeal(task, appellant) {
		const { chain, tx } = world;
		const before = await chain.balance(appellant.address);
		const { events, hash, fee } = await chain.ok(tx.verification.appeal(task), appellant);
		const { data } = events.find(({ name }) => name === 'verification.Appealed');
		assert.equal(data.task.toNumber(), task);
		assert.equal(data.appellant.toString(), appellant.address);
		assert.equal(data.bond.toBigInt(), BOND);
		const { reserved, total } = await chain.balance(appellant.address, hash);
		assert.deepEqual({ reserved, total }, { reserved: BOND, total: before.total - fee });
		return fee;
	}

	/** All who were drawn for the appeal find this. Gives who they are. */
	async function judge(task, seed) {
		const { tx } = world;
		const judges = await world.drawn(task, 'Appeal');
		const possession = `0x${'b7'.repeat(32)}`;
		const found = new Map(judges.map((one) => [one, world.judgement(one, task, seed, possession)]));
		await Promise.all(
			judges.map((one) => acts(one, tx.verification.commit(task, one, found.get(one).commitment))),
		);
		await Promise.all(
			judges.map((one) =>
				acts(one, tx.verification.openPanel(task, one, found.get(one).opening, possession)),
			),
		);
		return judges;
	}

	/** How an appeal was settled. */
	async function settled(task) {
		const { data } = await world.chain.event('verification.AppealSettled', { task });
		return {
			paid: data.paid.toBigInt(),
			returned: data.returned.toBigInt(),
			rewarded: data.rewarded.toBigInt(),
		};
	}

	/** The verdicts about a task, the first one and the one after the appeal. */
	const verdicts = (task) =>
		world.chain.all('verification.Decided', { task }).map(({ data }) => data.verdict.asAccepted);
	const rootOf = ({ outcome }) => outcome.asCompleted.outputRoot.toHex();
	const rootFrom = (seed) => `0x${seed.repeat(32)}`;

	it('whoever doubts a result that is right pays for the second look', async () => {
		const { chain, tx } = world;
		const { task, first } = await accepted('doubt-right', '11');
		const appellant = await world.fund('sceptic');
		const poor = await world.fund('poor-sceptic', UNIT);
		const again = tx.verification.appeal(task);
		await world.refused('token.FundsUnavailable', again, poor, task);
		const before = await chain.balance(appellant.address);
		const fee = await appeal(task, appellant);
		// A draw may change the task in the same block.
		await world.refused('verification.WrongStage', again, poor);

		const judges = await judge(task, '11');
		assert.equal(judges.length, 5);
		const costs = 5n * PRICE;
		assert.deepEqual(await settled(task), { paid: costs, returned: BOND - costs, rewarded: 0n });
		const { free, reserved } = await chain.balance(appellant.address);
		assert.deepEqual({ free, reserved }, { free: before.free - fee - costs, reserved: 0n });

		// For the requester nothing has changed.
		const { paid, slashed, shares } = await world.ending(task);
		assert.deepEqual({ paid, slashed }, { paid: 2n * PRICE, slashed: 0n });
		assert.deepEqual(shares.map(({ cluster }) => cluster), [...first, ...judges]);
		assert.ok(shares.every(({ conduct, pay }) => conduct === 'Agreed' && pay === PRICE));
		const [was, is] = verdicts(task);
		assert.deepEqual([rootOf(was), rootOf(is)], [rootFrom('11'), rootFrom('11')]);
		const { leaf } = world.leaf(task);
		assert.equal(leaf.assurance.asAppeal.type, 'Open');
		assert.equal(leaf.possession.unwrap().toHex(), rootFrom('b7'));
		await world.refused('verification.NoTask', again, poor);
	});

	it('two who lie together are found out by an appeal, and whoever doubted them is rewarded', async () => {
		const { chain } = world;
		const { task, requester, first } = await accepted('doubt-wrong', '22');
		const appellant = await world.fund('witness');
		const before = await chain.balance(appellant.address);
		const fee = await appeal(task, appellant);
		const judges = await judge(task, '11');

		const reward = (2n * FINE) / 10n;
		assert.deepEqual(await settled(task), { paid: 5n * PRICE, returned: BOND, rewarded: reward });
		const { free, reserved } = await chain.balance(appellant.address);
		assert.deepEqual({ free, reserved }, { free: before.free - fee + reward, reserved: 0n });

		const { paid, slashed, shares } = await world.ending(task);
		assert.deepEqual({ paid, slashed }, { paid: 0n, slashed: 2n * FINE });
		assert.equal((await chain.balance(requester.address)).reserved, 0n);
		for (const { cluster, conduct, pay, slash } of shares) {
			const [how, gets, loses] = first.includes(cluster) ? ['Dissented', 0n, FINE] : ['Agreed', PRICE, 0n];
			assert.deepEqual([conduct, pay, slash], [how, gets, loses], `cluster ${cluster}`);
		}
		for (const liar of first) {
			assert.equal((await chain.call.cluster(liar)).unwrap().status.type, 'Underbonded');
		}
		const [was, is] = verdicts(task);
		assert.deepEqual([rootOf(was), rootOf(is)], [rootFrom('22'), rootFrom('11')]);
		const { leaf } = world.leaf(task);
		assert.equal(rootOf(leaf), rootFrom('11'));
		assert.equal(leaf.assurance.asAppeal.type, 'Open');
		const judged = leaf.executions.filter(({ role }) => role.type === 'Appeal');
		assert.deepEqual(judged.map(({ cluster }) => cluster.toNumber()), judges);
	});

	it('real workers judge again what other workers found', async () => {
		const { chain, network } = world;
		const appellant = await world.fund('doubter');
		const wanted = {
			...network.example('word-stats', ['alice.txt']),
			deny: [network.liar],
			policy: { window: WINDOW },
		};
		const task = await world.submit('doubted', wanted);
		assert.equal((await world.verdict(task)).type, 'Accepted');
		await appeal(task, appellant);
		// Six have the engine: two were in it, one is denied.
		assert.equal((await world.drawn(task, 'Appeal')).length, 3);
		const costs = 3n * PRICE;
		assert.deepEqual(await settled(task), { paid: costs, returned: BOND - costs, rewarded: 0n });
		const { paid, shares } = await world.ending(task);
		assert.equal(paid, 2n * PRICE);
		assert.equal(shares.length, 5);
		assert.ok(shares.every(({ conduct, pay }) => conduct === 'Agreed' && pay === PRICE));

		// All of them have published what they found.
		const { leaf } = world.leaf(task);
		assert.equal(leaf.assurance.type, 'Appeal');
		for (const { cluster, evidenceRoot } of leaf.executions) {
			const published = bundleRoot(rootOf(leaf), evidenceRoot.unwrap().toHex());
			await chain.when(`the bundle of ${network.nameOf(cluster.toNumber())}`, () =>
				network.store.hasBundle(published),
			);
			const { manifest } = readBundle(network.store.bundle(published));
			assert.equal(manifest.cluster, cluster.toNumber());
		}
	});
}

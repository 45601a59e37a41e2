// SPDX-License-Identifier: GPL-3.0-or-later
// Tasks of which not every one is checked, tasks that are tried first, and tasks that are paid beforehand.

import assert from 'node:assert/strict';
import { it } from 'node:test';
import { PRICE, UNIT, audited, region } from '../lib/network.mjs';

/** High enough for a lie about a task of the usual price cap not to pay. */
const FLOOR = 20;
/** How often executors are given a chance to be spared. */
const ROUNDS = 16;
/** An engine that promises nothing about its results: no worker has it. */
const DECLARED_ENGINE = { kind: 'Container', id: 1 };

export function checks(world) {
	it('an operator of whom nobody knows anything is always audited', async () => {
		const { chain, network, tx } = world;
		// Where the requester chose who may run it, nothing is learned: they stay unknown.
		const members = network.byHand.slice(0, 3);
		const wanted = world.handTask(members, { check: audited(FLOOR) });
		const task = await world.submit('audited', wanted);
		const [executor] = await world.drawn(task, 'Executor');
		const found = world.claim(executor, task, '11');
		await chain.ok(tx.verification.commit(task, executor, found.commitment), world.owner(executor));
		const [verifier] = await world.drawn(task, 'Verifier');
		const agreed = world.claim(verifier, task, '11');
		const answer = tx.verification.answer(task, verifier, agreed.outcome, agreed.evidenceRoot);
		await chain.ok(answer, world.owner(verifier));
		await chain.ok(tx.verification.open(task, executor, found.opening), world.owner(executor));
		assert.equal((await world.verdict(task)).type, 'Accepted');
		assert.equal((await world.ending(task)).paid, 2n * PRICE);
		assert.equal(chain.all('verification.LotCast', { task }).length, 0, 'there was nothing to draw');
		const { leaf } = world.leaf(task);
		assert.equal(leaf.assurance.type, 'Agreed');
		assert.equal(leaf.policy.check.asAudited.floor.toNumber(), FLOOR);
	});

	it('an executor that was found right often enough is spared in the end, and paid alone', async () => {
		const { chain, network } = world;
		const wanted = {
			...network.example('iris', ['iris.csv']),
			deny: [network.liar],
			policy: { check: audited(FLOOR) },
		};
		for (let round = 0; round < ROUNDS; round++) {
			// Each check counts for a requester that did not ask before.
			const task = await world.submit(`audited-${round}`, wanted);
			const { paid, slashed, shares } = await world.ending(task);
			assert.equal((await world.verdict(task)).type, 'Accepted');
			assert.equal(slashed, 0n);
			assert.ok(shares.every(({ conduct, pay }) => conduct === 'Agreed' && pay === PRICE));
			const { leaf } = world.leaf(task);
			const [lot] = chain.all('verification.LotCast', { task });
			if (lot?.data.checked.isFalse) {
				assert.deepEqual(await world.drawn(task, 'Executor'), [shares[0].cluster]);
				assert.equal(chain.all('edgeConnect.Drawn', { task, role: 'Verifier' }).length, 0);
				assert.deepEqual([shares.length, paid], [1, PRICE]);
				assert.equal(leaf.assurance.type, 'Unaudited');
				return;
			}
			assert.deepEqual([shares.length, paid], [2, 2n * PRICE]);
			assert.equal(leaf.assurance.type, 'Agreed');
		}
		throw new Error(`nobody was spared in ${ROUNDS} rounds`);
	});

	it('an executor that cannot reproduce its own result says so, for a small fee', async () => {
		const { chain, network, tx } = world;
		const members = await world.enroll(['unstable-a', 'unstable-b'], DECLARED_ENGINE);
		const ownerOf = (cluster) => members.find(({ id }) => id === cluster).owner;
		const asked = (preflight) => ({
			...world.handTask(members, { preflight }),
			demand: { engine: DECLARED_ENGINE },
		});
		const admit = (task, cluster) => tx.verification.admitUnstable(task, cluster);

		const requester = await world.fund('unstable');
		const { task } = await network.submit(asked(true), requester);
		const [executor] = await world.drawn(task, 'Executor');
		const other = members.map(({ id }) => id).find((id) => id !== executor);
		await Promise.all([
			world.refused('verification.NotOwner', admit(task, executor), ownerOf(other), task),
			world.refused('verification.NotDrawn', admit(task, other), ownerOf(other), task),
		]);
		const { events } = await chain.ok(admit(task, executor), ownerOf(executor));
		assert.ok(events.some(({ name }) => name === 'verification.Unstable'));
		assert.equal((await world.verdict(task)).type, 'NotDeterministic');
		const { paid, shares } = await world.ending(task);
		const fee = PRICE / 4n;
		assert.equal(paid, fee);
		assert.deepEqual(shares, [{ cluster: executor, conduct: 'Unjudged', pay: fee, slash: 0n }]);
		assert.equal(world.leaf(task), undefined);

		// Nobody asked for it here.
		const plain = await network.submit(asked(false), requester);
		const [drawn] = await world.drawn(plain.task, 'Executor');
		await world.refused('verification.NotAsked', admit(plain.task, drawn), ownerOf(drawn), plain.task);
		const giveBack = (cluster) =>
			chain.ok(tx.verification.abstain(plain.task, cluster, 'HostLimit'), ownerOf(cluster));
		await giveBack(drawn);
		const [next] = await world.drawn(plain.task, 'Executor', 1);
		await giveBack(next);
		assert.equal((await world.verdict(plain.task)).type, 'Unfulfilled');
	});

	it('a purse pays for tasks as long as it holds their worst case', async () => {
		const { chain, network, tx } = world;
		const { fundPurse, emptyPurse } = tx.verification;
		const requester = await world.fund('purse');
		const inside = async (at) => {
			const api = at ? await chain.api.at(at) : chain.api;
			return (await api.call.assayApi.purse(requester.address)).toBigInt();
		};
		const reserved = async (at) => (await chain.balance(requester.address, at)).reserved;
		await world.refused('verification.TooLittle', fundPurse(1), requester);
		const before = await chain.balance(requester.address);
		const funded = await chain.ok(fundPurse(30n * UNIT), requester);
		assert.equal(await inside(funded.hash), 30n * UNIT);
		const { total } = await chain.balance(requester.address, funded.hash);
		assert.equal(total, before.total - 30n * UNIT - funded.fee);
		await world.refused('verification.PurseEmpty', emptyPurse(31n * UNIT), requester);

		// Nobody is there who could run it.
		const wanted = {
			...world.handTask([], { queueBlocks: 100 }),
			demand: { regions: [region('AQ')] },
		};
		const first = await network.submit(wanted, requester);
		const held = 30n * UNIT - (await inside(first.hash));
		assert.equal((await chain.call.task(first.task)).unwrap().held.toBigInt(), held);
		assert.equal(await reserved(first.hash), 0n);
		// There is not enough left for a second one, which is held as if there was no purse.
		const second = await network.submit(wanted, requester);
		assert.equal(await inside(second.hash), 30n * UNIT - held);
		assert.equal(await reserved(second.hash), held);

		for (const { task } of [first, second]) await chain.ok(tx.edgeConnect.cancelTask(task), requester);
		assert.equal(await reserved(), 0n);
		assert.equal(await inside(), 30n * UNIT);
		const emptied = await chain.ok(emptyPurse(30n * UNIT), requester);
		assert.equal(await inside(emptied.hash), 0n);
		await world.refused('verification.PurseEmpty', emptyPurse(1n), requester);
	});
}

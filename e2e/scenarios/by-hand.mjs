// SPDX-License-Identifier: GPL-3.0-or-later
// Tasks whose clusters the test plays itself: commitments and openings are made here.

import assert from 'node:assert/strict';
import { it } from 'node:test';
import { HAND_ENGINE, PRICE, UNIT, region, request } from '../lib/network.mjs';

export function byHand(world) {
	it('every act has its right time, actor and content', async () => {
		const { chain, network, tx } = world;
		const act = tx.verification;
		const members = network.byHand.slice(0, 3);
		const requester = await world.fund('acts');
		const { task } = await network.submit(world.handTask(members, { window: 10 }), requester);
		const refused = (error, call, cluster) =>
			world.refused(`verification.${error}`, call, world.owner(cluster), task);

		const [executor] = await world.drawn(task, 'Executor');
		const [idle, other] = members.map(({ id }) => id).filter((id) => id !== executor);
		const found = world.claim(executor, task, '11');
		const { commitment } = found;
		await Promise.all([
			refused('NotDrawn', act.commit(task, idle, commitment), idle),
			refused('NotOwner', act.commit(task, executor, commitment), idle),
			refused('NoTask', act.commit(4_000_000, other, commitment), other),
			refused('WrongStage', act.open(task, executor, found.opening), executor),
			refused('TooEarly', act.poke(task), idle),
			refused('NothingToClaim', act.claimPay(other), other),
			world.refused('verification.NotQueued', tx.edgeConnect.cancelTask(task), requester, task),
			world.refused('edgeConnect.NotOwner', tx.edgeConnect.cancelTask(task), world.owner(idle), task),
		]);
		await chain.ok(act.commit(task, executor, commitment), world.owner(executor));

		const [verifier] = await world.drawn(task, 'Verifier');
		const bystander = members.map(({ id }) => id).find((id) => id !== executor && id !== verifier);
		const agreed = world.claim(verifier, task, '11');
		const answer = (cluster) => act.answer(task, cluster, agreed.outcome, agreed.evidenceRoot);
		await Promise.all([
			refused('WrongRole', act.commit(task, executor, commitment), executor),
			refused('WrongRole', answer(executor), executor),
			refused('NotDrawn', answer(bystander), bystander),
			refused('WrongStage', act.commit(task, verifier, agreed.commitment), verifier),
			refused('WrongStage', act.open(task, executor, found.opening), executor),
		]);
		await chain.ok(answer(verifier), world.owner(verifier));

		const wrongSalt = { ...found.opening, salt: `0x${'00'.repeat(32)}` };
		const wrongOutcome = { ...found.opening, outcome: world.claim(executor, task, '22').outcome };
		const possession = `0x${'33'.repeat(32)}`;
		await Promise.all([
			refused('WrongStage', answer(verifier), verifier),
			refused('AlreadyActed', act.open(task, verifier, agreed.opening), verifier),
			refused('SealMismatch', act.open(task, executor, wrongSalt), executor),
			refused('SealMismatch', act.open(task, executor, wrongOutcome), executor),
			refused('WrongStage', act.openPanel(task, executor, found.opening, possession), executor),
			refused('WrongStage', act.possess(task, verifier, possession), verifier),
			refused('WrongStage', act.abstain(task, verifier, 'HostLimit'), verifier),
		]);
		await chain.ok(act.open(task, executor, found.opening), world.owner(executor));
		assert.equal((await world.verdict(task)).type, 'Accepted');
		await refused('WrongStage', act.open(task, executor, found.opening), executor);

		const { shares, paid } = await world.ending(task);
		assert.deepEqual(shares.map(({ conduct }) => conduct), ['Agreed', 'Agreed']);
		assert.equal(paid, 2n * PRICE);
		await refused('NoTask', act.open(task, executor, found.opening), executor);

		// The pay lies in the pot until it is claimed, once.
		const accrued = async () => (await chain.call.cluster(executor)).unwrap().accrued.toBigInt();
		const owed = await accrued();
		assert.ok(owed >= PRICE);
		const before = await chain.balance(world.owner(executor).address);
		const claimed = await chain.ok(act.claimPay(executor), world.owner(executor));
		const now = await chain.balance(world.owner(executor).address, claimed.hash);
		assert.equal(now.total, before.total + owed - claimed.fee);
		assert.equal(await accrued(), 0n);
		await refused('NothingToClaim', act.claimPay(executor), executor);
	});

	it('an executor that lets its deadline pass is replaced and comes too late', async () => {
		const { chain, network, tx } = world;
		const members = network.byHand.slice(3, 5);
		const requester = await world.fund('late');
		const before = await chain.balance(requester.address);
		const policy = { executionBlocks: 20, queueBlocks: 20 };
		const { task, fee } = await network.submit(world.handTask(members, policy), requester);
		const [slow] = await world.drawn(task, 'Executor');
		await chain.event('verification.Lapsed', { task, cluster: slow });
		const [second] = await world.drawn(task, 'Executor', 1);
		assert.notEqual(second, slow);
		const commit = tx.verification.commit(task, slow, world.claim(slow, task, '11').commitment);
		await world.refused('verification.AlreadyActed', commit, world.owner(slow), task);

		// Nobody is left after the second gives the task back.
		await chain.ok(tx.verification.abstain(task, second, 'Unavailable'), world.owner(second));
		await chain.event('edgeConnect.TaskParked', { task });
		assert.equal((await world.verdict(task)).type, 'Unfulfilled');
		const { paid, shares } = await world.ending(task);
		assert.equal(paid, 0n);
		assert.deepEqual(shares.map(({ conduct }) => conduct), ['Absent', 'Absent']);
		const { free, reserved } = await chain.balance(requester.address);
		assert.deepEqual({ free, reserved }, { free: before.free - fee, reserved: 0n });
	});

	it('an executor that nobody can check is paid half', async () => {
		const { chain, network, tx } = world;
		const [only] = network.byHand.slice(5);
		const requester = await world.fund('unchecked');
		const { task } = await network.submit(world.handTask([only], { queueBlocks: 20 }), requester);
		assert.deepEqual(await world.drawn(task, 'Executor'), [only.id]);
		const { commitment } = world.claim(only.id, task, '11');
		await chain.ok(tx.verification.commit(task, only.id, commitment), only.owner);
		assert.equal((await world.verdict(task)).type, 'NoVerifier');
		const { paid, shares } = await world.ending(task);
		assert.equal(paid, PRICE / 2n);
		assert.deepEqual(shares, [{ cluster: only.id, conduct: 'Unjudged', pay: PRICE / 2n, slash: 0n }]);
		assert.equal(world.leaf(task), undefined);
	});

	it('a task that nobody can satisfy is parked and refunded', async () => {
		const { chain, network } = world;
		const requester = await world.fund('nobody-fits');
		const before = await chain.balance(requester.address);
		const demand = {
			engine: HAND_ENGINE,
			resources: { cpuMillicores: 1, memoryMib: 1, diskMib: 1, gpuCount: 9, gpuVramMib: 1 },
		};
		const wanted = { ...world.handTask([]), demand, policy: { queueBlocks: 20 } };
		const match = await chain.call.explainMatch(request(wanted).demand, 0);
		assert.equal(match.fitting.toNumber(), 0);
		for (const [constraint, passing] of match.constraints) {
			const few = { GpuCount: 0, GpuVram: 0, Engine: 6 };
			const all = match.examined.toNumber();
			assert.equal(passing.toNumber(), few[constraint.type] ?? all, constraint.type);
		}
		const { task, fee } = await network.submit(wanted, requester);
		const first = await chain.event('edgeConnect.TaskParked', { task, role: 'Executor' });
		assert.equal((await world.verdict(task)).type, 'Unfulfilled');
		const { paid, shares, number } = await world.ending(task);
		// Whenever somebody becomes free, the task leaves the queue for another draw.
		const open = chain.blocks.filter((one) => one.number >= first.number && one.number < number);
		const views = await Promise.all(
			open.map(async ({ hash }) => (await chain.api.at(hash)).call.assayApi.task(task)),
		);
		assert.ok(views.some((view) => view.unwrap().parked.isTrue));
		assert.deepEqual({ paid, shares }, { paid: 0n, shares: [] });
		const { free, reserved } = await chain.balance(requester.address);
		assert.deepEqual({ free, reserved }, { free: before.free - fee, reserved: 0n });
	});

	it('a task can be cancelled by its requester before anybody is drawn', async () => {
		const { chain, network, tx } = world;
		const requester = await world.fund('cancelled');
		const demand = { regions: [region('AQ')] };
		const { task } = await network.submit({ ...world.handTask([]), demand }, requester);
		assert.ok((await chain.balance(requester.address)).reserved > UNIT);
		const cancel = tx.edgeConnect.cancelTask(task);
		await world.refused('edgeConnect.NotOwner', cancel, world.network.byHand[0].owner);
		await chain.ok(cancel, requester);
		assert.equal(chain.all('edgeConnect.TaskCancelled', { task }).length, 1);
		assert.equal((await chain.balance(requester.address)).reserved, 0n);
		await world.refused('edgeConnect.NoTask', cancel, requester);
	});

	it('any account can anchor a bundle of its own, for a deposit', async () => {
		const { chain, tx } = world;
		const owner = await world.fund('bundles');
		const call = tx.anchor.anchorBundle(`0x${'b0'.repeat(32)}`, 3, '0x0155');
		const { events } = await chain.ok(call, owner);
		const { data } = events.find(({ name }) => name === 'anchor.BundleAnchored');
		assert.ok((await chain.balance(owner.address)).reserved > 0n);
		const release = tx.anchor.releaseBundle(data.id);
		await world.refused('anchor.NotOwner', release, world.network.byHand[0].owner);
		await chain.ok(release, owner);
		assert.equal((await chain.balance(owner.address)).reserved, 0n);
		const empty = tx.anchor.anchorBundle(`0x${'b0'.repeat(32)}`, 0, '0x0155');
		await world.refused('anchor.NoLeaves', empty, owner);
	});
}

// SPDX-License-Identifier: GPL-3.0-or-later
// Several clusters or tasks in one call, leases, and tasks whose clusters must not share something.

import assert from 'node:assert/strict';
import { it } from 'node:test';
import { pages } from '../lib/chain.mjs';
import { PRICE, UNIT, region, request, spec, verified } from '../lib/network.mjs';
import { compact, hex, u32, u8 } from '../lib/scale.mjs';

/** The engine of the clusters that are registered here: no other scenario draws them. */
const ENGINE = { kind: 'Wasm', id: 3 };
/** An engine that nobody has. */
const ABSENT_ENGINE = { kind: 'Wasm', id: 4 };

export function batches(world) {
	const offer = (name, changes) => spec(name, { engines: [ENGINE], ...changes });
	const numbers = ({ events }, name, field) =>
		events.filter((one) => one.name === name).map(({ data }) => data[field].toNumber());
	const registered = (result) => numbers(result, 'edgeConnect.ClusterRegistered', 'cluster');
	const reserved = async (account, at) => (await world.chain.balance(account.address, at)).reserved;

	/** A view function and the runtime API have to answer alike. */
	async function sameAnswer(pallet, name, input, at) {
		const answer = await world.chain.stateCall(`AssayApi_${name}`, input, at);
		const said = await world.chain.viewFunction(pallet, name, input, at);
		const right = Buffer.concat([u8(0), compact(answer.length), answer]);
		assert.equal(hex(said), hex(right), name);
	}

	it('several clusters are registered at once, or none', async () => {
		const { chain, tx } = world;
		const owner = await world.fund('batch-owner', 2000n * UNIT);
		const offers = [offer('batch-a'), offer('batch-b', { slots: 1 })];
		const tooMany = tx.edgeConnect.registerClusters([...offers, offer('ada')]);
		await world.refused('edgeConnect.EndpointTaken', tooMany, owner);
		const twice = tx.edgeConnect.registerClusters([offers[0], offers[0]]);
		await world.refused('edgeConnect.EndpointTaken', twice, owner);
		assert.equal(await reserved(owner), 0n);

		const done = await chain.ok(tx.edgeConnect.registerClusters(offers), owner);
		const ids = registered(done);
		assert.deepEqual(ids, [ids[0], ids[0] + 1]);
		const operators = numbers(done, 'edgeConnect.ClusterRegistered', 'operator');
		assert.equal(operators[0], operators[1]);
		const { slotBond } = await chain.call.network();
		assert.equal(await reserved(owner, done.hash), 3n * slotBond.toBigInt());

		const own = await pages((from) => chain.call.clustersOf(owner.address, from), 0);
		assert.deepEqual(own.map(({ id }) => id.toNumber()), ids);
		const wanted = request({ ...world.handTask([]), demand: { engine: ENGINE } });
		const fitting = await pages((from) => chain.call.clustersFor(wanted.demand, from), 0);
		const found = fitting.map(({ id }) => id.toNumber());
		assert.ok(ids.every((id) => found.includes(id)), `${found}`);
		const demand = tx.edgeConnect.submitTask(wanted).args[0].demand.toU8a();
		const inputs = { clusters_of: owner.publicKey, clusters_for: demand };
		for (const [name, input] of Object.entries(inputs)) {
			await sameAnswer('EdgeConnect', name, Buffer.concat([input, u32(0)]), done.hash);
		}
	});

	it('several tasks are submitted at once, or none', async () => {
		const { chain, tx } = world;
		const requester = await world.fund('batch');
		const wanted = { ...world.handTask([]), demand: { engine: ABSENT_ENGINE } };
		const one = request(wanted);
		const unchecked = request({ ...wanted, policy: { check: verified(1) } });
		const half = tx.edgeConnect.submitTasks([one, unchecked]);
		await world.refused('edgeConnect.BadQuorum', half, requester);
		assert.equal(await reserved(requester), 0n);

		const done = await chain.ok(tx.edgeConnect.submitTasks([one, one]), requester);
		const tasks = numbers(done, 'edgeConnect.TaskSubmitted', 'task');
		assert.deepEqual(tasks, [tasks[0], tasks[0] + 1]);
		const { held } = await chain.call.quote(one.demand, one.policy);
		assert.equal(await reserved(requester, done.hash), 2n * held.toBigInt());

		const { tasksOf } = (await chain.api.at(done.hash)).call.assayApi;
		const open = await pages((after) => tasksOf(requester.address, after), null);
		const own = open.map(({ id }) => id.toNumber()).sort((a, b) => a - b);
		assert.deepEqual(own, tasks);
		assert.ok(open.every((view) => view.requester.eq(requester.address)));
		await sameAnswer('Verification', 'tasks_of', Buffer.concat([requester.publicKey, u8(0)]), done.hash);

		await Promise.all(tasks.map((task) => chain.ok(tx.edgeConnect.cancelTask(task), requester)));
		const left = await pages((after) => chain.call.tasksOf(requester.address, after), null);
		assert.equal(left.length, 0);
		assert.equal(await reserved(requester), 0n);
	});

	it('a lease is renewed for as long as a new one holds', async () => {
		const { chain, network, tx } = world;
		const [{ id, owner }] = network.byHand;
		const lease = (await chain.call.network()).lease.toNumber();
		const until = async (at) => {
			const view = await (await chain.api.at(at)).call.assayApi.cluster(id);
			return view.unwrap().leaseUntil.toNumber();
		};
		const { events, number, hash, parent } = await chain.ok(tx.edgeConnect.renewLease(id), owner);
		const { data } = events.find(({ name }) => name === 'edgeConnect.LeaseRenewed');
		assert.equal(data.cluster.toNumber(), id);
		assert.equal(data.until.toNumber(), number + lease);
		assert.equal(await until(hash), number + lease);
		assert.ok((await until(parent)) < number + lease);
	});

	let enrolled;
	/** Clusters of three owners: two in one country and on one host, and one elsewhere. */
	const members = () => (enrolled ??= enroll());

	function enroll() {
		const { chain, tx } = world;
		const places = [['DE', 'twin'], ['DE', 'twin'], ['FR', 'single']];
		return Promise.all(
			places.map(async ([code, host], at) => {
				const owner = await world.fund(`apart-${at}`, 1000n * UNIT);
				const endpoint = `http://${host}.example:${8080 + at}`;
				const offered = offer(host, { region: region(code), endpoint });
				const [id] = registered(await chain.ok(tx.edgeConnect.registerCluster(offered), owner));
				return { id, owner, code };
			}),
		);
	}

	/** A task for these clusters, with an executor that has committed. */
	async function committed(name, clusters, apart) {
		const { chain, tx } = world;
		const wanted = { ...world.handTask(clusters, { queueBlocks: 20 }), demand: { engine: ENGINE }, apart };
		const task = await world.submit(name, wanted);
		const [drawn] = await world.drawn(task, 'Executor');
		const executor = clusters.find(({ id }) => id === drawn);
		const found = world.claim(drawn, task, '11');
		await chain.ok(tx.verification.commit(task, drawn, found.commitment), executor.owner);
		return { task, executor, found };
	}

	for (const [shared, apart] of [['country', { regions: true }], ['host', { hosts: true }]]) {
		it(`clusters that share a ${shared} do not check each other where the task forbids it`, async () => {
			const { chain } = world;
			const twins = (await members()).slice(0, 2);
			const { task, executor } = await committed(`apart-${shared}`, twins, apart);
			await chain.event('edgeConnect.TaskParked', { task, role: 'Verifier' });
			assert.equal((await world.verdict(task)).type, 'NoVerifier');
			const { paid, shares } = await world.ending(task);
			assert.equal(paid, PRICE / 2n);
			assert.deepEqual(shares.map(({ cluster }) => cluster), [executor.id]);
		});
	}

	it('somebody who shares nothing checks instead', async () => {
		const { chain, tx } = world;
		const all = await members();
		const { task, executor, found } = await committed('apart', all, { regions: true, hosts: true });
		const [drawn] = await world.drawn(task, 'Verifier');
		const verifier = all.find(({ id }) => id === drawn);
		assert.notEqual(verifier.code, executor.code);
		const agreed = world.claim(drawn, task, '11');
		const answer = tx.verification.answer(task, drawn, agreed.outcome, agreed.evidenceRoot);
		await chain.ok(answer, verifier.owner);
		await chain.ok(tx.verification.open(task, executor.id, found.opening), executor.owner);
		assert.equal((await world.verdict(task)).type, 'Accepted');
		assert.equal((await world.ending(task)).paid, 2n * PRICE);
	});
}

// SPDX-License-Identifier: GPL-3.0-or-later
// Tasks that real workers run.

import assert from 'node:assert/strict';
import { it } from 'node:test';
import { readBundle } from '../lib/bundle.mjs';
import { PRICE, UNIT, request, verified } from '../lib/network.mjs';
import { bundleRoot } from '../lib/protocol.mjs';
import { hex } from '../lib/scale.mjs';

const EXAMPLES = {
	'word-stats': {
		files: ['alice.txt'],
		check(bundle) {
			const summary = JSON.parse(bundle.read('outputs/summary.json'));
			assert.equal(summary.distinct, 2668);
			assert.equal(summary.top[0].word, 'the');
			const rows = bundle.read('outputs/words.csv').toString().trimEnd().split('\n');
			assert.equal(rows.length, 1 + summary.distinct);
		},
	},
	iris: {
		files: ['iris.csv'],
		check(bundle) {
			const report = JSON.parse(bundle.read('outputs/report.json'));
			assert.equal(report.tested, 50);
			assert.ok(report.accuracy >= 0.9);
			assert.equal(JSON.parse(bundle.read('outputs/model.json')).weights.length, 3);
		},
	},
	render: {
		files: ['scene.txt'],
		check(bundle) {
			const picture = bundle.read('outputs/picture.png');
			assert.equal(picture.subarray(1, 4).toString(), 'PNG');
			assert.deepEqual([picture.readUInt32BE(16), picture.readUInt32BE(20)], [256, 192]);
		},
	},
};

/** How often the liar is given a chance to be drawn. */
const ROUNDS = 12;

export function workers(world) {
	const honestly = (wanted) => ({ deny: [world.network.liar], ...wanted });
	const example = (name) => world.network.example(name, EXAMPLES[name].files);

	for (const name of Object.keys(EXAMPLES)) {
		it(`${name} is run, checked, paid and published`, async () => {
			const { chain, network } = world;
			const wanted = honestly(example(name));
			const requester = await world.fund(name);
			const before = await chain.balance(requester.address);
			const { task, hash, fee } = await network.submit(wanted, requester);

			// The worst case is held at once.
			const { demand, policy } = request(wanted);
			const quote = await chain.call.quote(demand, policy);
			const held = await chain.balance(requester.address, hash);
			assert.equal(held.reserved, quote.held.toBigInt());
			assert.equal(held.total, before.total - fee);

			const verdict = await world.verdict(task);
			assert.equal(verdict.type, 'Accepted');
			const { outcome, possession } = verdict.asAccepted;
			assert.equal(possession.isNone, true);
			const end = await world.ending(task);
			assert.deepEqual(end.shares.map(({ conduct }) => conduct), ['Agreed', 'Agreed']);
			const [executor, verifier] = end.shares.map(({ cluster }) => cluster);
			assert.notEqual(executor, verifier);
			assert.deepEqual(await world.drawn(task, 'Executor'), [executor]);
			assert.deepEqual(await world.drawn(task, 'Verifier'), [verifier]);

			// The executor was bound before anybody could know who checks it.
			const [sealed] = chain.all('verification.Committed', { task, cluster: executor });
			const [choice] = chain.all('edgeConnect.Drawn', { task, role: 'Verifier' });
			const [answer] = chain.all('verification.Answered', { task, cluster: verifier });
			const [opened] = chain.all('verification.Opened', { task, cluster: executor });
			assert.ok(sealed.number < choice.number);
			assert.ok(answer.number <= opened.number);

			// Two prices are paid, the rest is back.
			assert.equal(end.paid, 2n * PRICE);
			assert.equal(end.slashed, 0n);
			assert.equal(end.paid + end.refunded, held.reserved);
			const now = await chain.balance(requester.address);
			assert.deepEqual(now, {
				free: before.free - fee - end.paid,
				reserved: 0n,
				total: before.total - fee - end.paid,
			});
			assert.equal((await chain.call.task(task)).isNone, true);

			// The leaf leads to both bundles, and the bundles to the files.
			const { leaf } = world.leaf(task);
			assert.equal(leaf.outcome.toHex(), outcome.toHex());
			assert.equal(leaf.program.toHex(), wanted.program);
			for (const { cluster, evidenceRoot } of leaf.executions) {
				const agreed = outcome.asCompleted.outputRoot.toHex();
				const published = bundleRoot(agreed, evidenceRoot.unwrap().toHex());
				await chain.when(`the bundle of ${network.nameOf(cluster.toNumber())}`, () =>
					network.store.hasBundle(published),
				);
				const bundle = readBundle(network.store.bundle(published));
				assert.equal(hex(bundle.outputRoot), agreed);
				assert.equal(hex(bundle.evidenceRoot), evidenceRoot.unwrap().toHex());
				assert.equal(bundle.manifest.cluster, cluster.toNumber());
				EXAMPLES[name].check(bundle);
			}
		});
	}

	it('three of three agree where the requester asks for it', async () => {
		const task = await world.submit(
			'quorum',
			honestly({ ...example('iris'), policy: { check: verified(3) } }),
		);
		assert.equal((await world.verdict(task)).type, 'Accepted');
		const { shares } = await world.ending(task);
		assert.deepEqual(shares.map(({ conduct }) => conduct), ['Agreed', 'Agreed', 'Agreed']);
		assert.ok(shares.every(({ pay }) => pay === PRICE));
		// Nobody answers in clear: both verifiers commit first.
		assert.equal(world.chain.all('verification.Answered', { task }).length, 0);
		assert.equal(world.chain.all('verification.Committed', { task }).length, 3);
	});

	it('a program that runs out of fuel is a result like any other', async () => {
		const wanted = honestly({ ...example('render'), limits: { fuel: 1_000_000n } });
		const verdict = await world.verdict(await world.submit('fuel', wanted));
		assert.equal(verdict.type, 'Accepted');
		assert.equal(verdict.asAccepted.outcome.asFailed.kind.type, 'OutOfFuel');
	});

	it('something that is no program fails alike everywhere', async () => {
		const program = world.network.store.put(Buffer.from('this is no WebAssembly'));
		const inputs = world.network.store.putInputs({});
		const task = await world.submit('garbage', honestly({ program, inputs }));
		const verdict = await world.verdict(task);
		assert.equal(verdict.type, 'Accepted');
		assert.equal(verdict.asAccepted.outcome.asFailed.kind.type, 'Invalid');
	});

	it('a program that nobody can get is given back, and its requester refunded', async () => {
		const { chain, network } = world;
		const requester = await world.fund('missing');
		const before = await chain.balance(requester.address);
		const inputs = network.store.putInputs({});
		const wanted = honestly({ program: `0x${'00ff'.repeat(16)}`, inputs });
		const { task, fee } = await network.submit(wanted, requester);
		assert.equal((await world.verdict(task)).type, 'Unfulfilled');
		const end = await world.ending(task);
		assert.equal(end.paid, 0n);
		assert.ok(end.shares.every(({ conduct, slash }) => conduct === 'Absent' && slash === 0n));
		assert.equal(chain.all('verification.Abstained', { task }).length, end.shares.length);
		assert.equal(world.leaf(task), undefined);
		const { free, reserved } = await chain.balance(requester.address);
		assert.deepEqual({ free, reserved }, { free: before.free - fee, reserved: 0n });
	});

	it('a liar is caught by a panel and pays for it', async () => {
		const { chain, network } = world;
		const { liar } = network;
		const requester = await world.fund('liar', 1000n * UNIT);
		const bond = async () => (await chain.call.cluster(liar)).unwrap().bond.toBigInt();
		const [bondBefore, status] = [await bond(), (await chain.call.cluster(liar)).unwrap().status];
		assert.equal(status.type, 'Active');

		const caught = await untilTheLiarIsDrawn(requester);
		const verdict = await world.verdict(caught);
		assert.equal(verdict.type, 'Accepted');
		assert.equal(verdict.asAccepted.possession.isSome, true);
		const end = await world.ending(caught);
		const share = end.shares.find(({ cluster }) => cluster === liar);
		assert.equal(share.conduct, 'Dissented');
		assert.equal(share.pay, 0n);
		assert.equal(share.slash, 50n * UNIT);
		const others = end.shares.filter(({ cluster }) => cluster !== liar);
		assert.ok(others.every(({ conduct, pay }) => conduct === 'Agreed' && pay === PRICE));
		assert.equal((await world.drawn(caught, 'Panel')).length, 3);

		// The slash first repays the panel to the requester; the treasury gets the rest.
		const repaid = 3n * PRICE;
		const moves = chain
			.all('edgeConnect.BondSlashed', { cluster: liar })
			.filter(({ number }) => number === end.number)
			.map(({ data }) => data.amount.toBigInt());
		assert.ok(moves.includes(repaid) && moves.includes(50n * UNIT - repaid), `${moves}`);
		assert.ok((await bond()) <= bondBefore - 50n * UNIT);
		const cluster = (await chain.call.cluster(liar)).unwrap();
		assert.equal(cluster.status.type, 'Underbonded');

		// The log keeps who lied.
		const { leaf } = world.leaf(caught);
		assert.equal(leaf.assurance.type, 'Panel');
		const kept = leaf.executions.find((one) => one.cluster.toNumber() === liar);
		assert.equal(kept.conduct.type, 'Dissented');
	});

	/** Submits tasks until the liar is executor or verifier of one of them. */
	async function untilTheLiarIsDrawn(requester) {
		const { chain, network } = world;
		const wanted = example('iris');
		for (let round = 0; round < ROUNDS; round++) {
			const tasks = [];
			for (let copy = 0; copy < 2; copy++) {
				tasks.push((await network.submit({ ...wanted, args: `iris ${round}.${copy}` }, requester)).task);
			}
			for (const task of tasks) {
				// Decided at once, or disputed first.
				await chain.when(`task ${task} to be judged`, () =>
					[...chain.all('verification.Decided', { task }), ...chain.all('verification.Disputed', { task })][0],
				);
				if (chain.all('verification.Disputed', { task }).length > 0) return task;
			}
		}
		throw new Error(`the liar was not drawn in ${ROUNDS} rounds`);
	}

	it('a worker that is killed and started again completes its task', async () => {
		const { chain, network } = world;
		const victim = network.clusters.dot;
		const pair = [victim, network.clusters.cyd];
		const task = await world.submit('killed', { ...example('word-stats'), allow: pair });
		const first = await world.drawn(task, 'Executor');
		if (first.includes(victim)) {
			// After this only the worker's journal knows the salt that opens the commitment.
			await chain.event('verification.Committed', { task, cluster: victim });
			await network.processes.kill('dot');
			await world.drawn(task, 'Verifier');
		} else {
			await world.drawn(task, 'Verifier');
			await network.processes.kill('dot');
		}
		await network.startWorker('dot');
		assert.equal((await world.verdict(task)).type, 'Accepted');
		const { shares } = await world.ending(task);
		assert.deepEqual(shares.map(({ conduct }) => conduct), ['Agreed', 'Agreed']);
		for (const name of ['Committed', 'Answered', 'Opened']) {
			assert.ok(chain.all(`verification.${name}`, { task, cluster: victim }).length <= 1);
		}
	});
}

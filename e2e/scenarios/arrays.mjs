// SPDX-License-Identifier: GPL-3.0-or-later
// Arrays, and what becomes of a result that nobody serves. The trees are computed by code of our own.

import assert from 'node:assert/strict';
import { it } from 'node:test';
import { readBundle } from '../lib/bundle.mjs';
import { PRICE, UNIT } from '../lib/network.mjs';
import { bundleRoot } from '../lib/protocol.mjs';
import { leafHash, root } from '../lib/rfc6962.mjs';
import { bytes32, hex, text, u16, u8 } from '../lib/scale.mjs';

/** The engine of the clusters that are registered here: no other scenario draws them. */
const ENGINE = { kind: 'Wasm', id: 6 };
/** Blocks between verdict and finality: long enough to complain. */
const WINDOW = 20;
const FINE = 50n * UNIT;
const ERRAND = PRICE / 10n;
/** Three subtrees, and the first item in which the two differ. */
const ITEMS = 300;
const ITEM = 140;
const SUBTREE = 128;
const TRUTH = '11';
const LIE = '22';
/** What a witness shows who was served nothing. */
const NOTHING = `0x${'00'.repeat(32)}`;
const SHOWN = `0x${'b7'.repeat(32)}`;

/** The leaves of an array whose items all have one output root, but for one. */
const leaves = (odd) =>
	Array.from({ length: ITEMS }, (_, at) => {
		const seed = at === ITEM ? odd : TRUTH;
		return leafHash(Buffer.concat([text('assay/item/v1'), u16(at), u8(0), bytes32(`0x${seed.repeat(32)}`)]));
	});
const subtrees = (all) =>
	Array.from({ length: Math.ceil(all.length / SUBTREE) }, (_, at) => all.slice(at * SUBTREE, (at + 1) * SUBTREE));
const whole = (all) => hex(root(all)).slice(2);

export function arrays(world) {
	let enrolled;
	const members = () => (enrolled ??= world.enroll([...'abcdefg'].map((one) => `item-${one}`), ENGINE));
	const acts = async (cluster, call) => {
		const { owner } = (await members()).find(({ id }) => id === cluster);
		return world.chain.ok(call, owner);
	};
	const wanted = (changes) => ({
		...world.handTask([], { window: WINDOW }),
		demand: { engine: ENGINE },
		...changes,
	});

	/** A task whose executor says one thing and its verifier another, both opened. */
	async function opened(name, first, second, changes = {}) {
		const { network, tx } = world;
		await members();
		const requester = await world.fund(name);
		const { task } = await network.submit(wanted(changes), requester);
		const [executor] = await world.drawn(task, 'Executor');
		const claim = world.claim(executor, task, first);
		await acts(executor, tx.verification.commit(task, executor, claim.commitment));
		const [verifier] = await world.drawn(task, 'Verifier');
		const other = world.claim(verifier, task, second);
		await acts(verifier, tx.verification.answer(task, verifier, other.outcome, other.evidenceRoot));
		await acts(executor, tx.verification.open(task, executor, claim.opening));
		return { task, requester, executor, verifier };
	}

	/** All of these seal what they found and what they show, and open it once `ready` says so. */
	async function judge(task, judges, seed, shown, ready = async () => {}) {
		const { tx } = world;
		const found = new Map(judges.map((one, at) => [one, world.judgement(one, task, seed, shown[at])]));
		await Promise.all(
			judges.map((one) => acts(one, tx.verification.commit(task, one, found.get(one).commitment))),
		);
		await ready();
		await Promise.all(
			judges.map((one) => {
				const { opening, possession } = found.get(one);
				return acts(one, tx.verification.openPanel(task, one, opening, possession));
			}),
		);
	}

	it('who lies about one item of three hundred is found out by those who run that item', async () => {
		const { chain, tx } = world;
		const [lie, truth] = [leaves(LIE), leaves(TRUTH)];
		const { task, executor, verifier } = await opened('array', whole(lie), whole(truth), { items: ITEMS, policy: { window: 2 } });
		const post = (cluster, nodes) =>
			acts(cluster, tx.verification.narrow(task, cluster, nodes.map((node) => hex(node))));
		const [owner] = (await members()).filter(({ id }) => id === executor).map((one) => one.owner);
		const foreign = tx.verification.narrow(task, executor, subtrees(truth).map((part) => hex(root(part))));
		await world.refused('verification.ClaimMismatch', foreign, owner, task);
		await Promise.all([
			post(executor, subtrees(lie).map(root)),
			post(verifier, subtrees(truth).map(root)),
		]);
		const part = Math.floor(ITEM / SUBTREE);
		await post(verifier, subtrees(truth)[part]);
		await post(executor, subtrees(lie)[part]);
		const sought = await chain.event('verification.ItemSought', { task });
		assert.equal(sought.data.item.toNumber(), ITEM);

		const arbiters = await world.drawn(task, 'Arbiter');
		assert.equal(arbiters.length, 3);
		await judge(task, arbiters, TRUTH, [SHOWN, SHOWN, SHOWN]);
		const refuted = await chain.event('verification.Refuted', { task });
		assert.deepEqual(refuted.data.clusters.map((one) => one.toNumber()), [executor]);

		const panel = await world.drawn(task, 'Panel');
		assert.equal(panel.length, 2);
		await judge(task, panel, whole(truth), [SHOWN, SHOWN], () =>
			acts(verifier, tx.verification.possess(task, verifier, SHOWN)),
		);
		const { shares } = await world.ending(task);
		const expected = [
			[executor, 'Dissented', 0n, FINE],
			[verifier, 'Agreed', PRICE, 0n],
			...arbiters.map((one) => [one, 'Agreed', ERRAND, 0n]),
			...panel.map((one) => [one, 'Agreed', PRICE, 0n]),
		];
		assert.deepEqual(shares.map(({ cluster, conduct, pay, slash }) => [cluster, conduct, pay, slash]), expected);
		const { leaf } = world.leaf(task);
		assert.equal(leaf.outcome.asCompleted.outputRoot.toHex(), `0x${whole(truth)}`);
	});

	it('what nobody serves is not paid for, and who complains for nothing pays those who looked', async () => {
		const { chain, tx } = world;
		for (const [name, shown, delivery] of [
			['withheld', [NOTHING, NOTHING, NOTHING], 'Withheld'],
			['served', [SHOWN, SHOWN, NOTHING], 'Served'],
		]) {
			const { task, requester, executor, verifier } = await opened(name, TRUTH, TRUTH);
			assert.equal((await world.verdict(task)).type, 'Accepted');
			const call = tx.verification.complain(task);
			await world.refused('verification.NotRequester', call, await world.fund(`not-${name}`), task);
			const { hash } = await chain.ok(call, requester);
			assert.ok((await chain.balance(requester.address, hash)).reserved >= 3n * UNIT);
			const witnesses = await world.drawn(task, 'Witness');
			assert.equal(witnesses.length, 3);
			await judge(task, witnesses, TRUTH, shown);
			const judged = await chain.event('verification.DeliveryJudged', { task });
			assert.equal(judged.data.delivery.type, delivery);
			const { paid, shares } = await world.ending(task);
			const of = (cluster) => shares.find((share) => share.cluster === cluster);
			const { data } = await chain.event('verification.ComplaintSettled', { task });
			if (delivery === 'Withheld') {
				assert.equal(paid, 3n * ERRAND);
				assert.deepEqual([of(executor).conduct, of(verifier).conduct], ['Withheld', 'Withheld']);
				assert.equal(data.returned.toBigInt(), 3n * UNIT);
			} else {
				assert.equal(paid, 2n * PRICE);
				assert.equal(data.paid.toBigInt(), 2n * ERRAND);
				assert.equal(of(witnesses[2]).conduct, 'Dissented');
			}
			assert.equal(data.forfeited.toBigInt(), 0n);
			assert.equal((await chain.balance(requester.address)).reserved, 0n);
		}
	});

	it('real workers run an array, and others fetch it when its requester complains', async () => {
		const { chain, network, tx } = world;
		const requester = await world.fund('array-of-workers');
		const { task } = await network.submit(
			{
				...network.example('word-stats', ['alice.txt']),
				deny: [network.liar],
				policy: { window: WINDOW },
				items: 3,
			},
			requester,
		);
		assert.equal((await world.verdict(task)).type, 'Accepted');
		await chain.ok(tx.verification.complain(task), requester);
		assert.equal((await world.drawn(task, 'Witness')).length, 3);
		const judged = await chain.event('verification.DeliveryJudged', { task });
		assert.equal(judged.data.delivery.type, 'Served');
		const { paid, shares } = await world.ending(task);
		assert.equal(paid, 2n * PRICE);
		assert.deepEqual(shares.map(({ conduct }) => conduct), Array(5).fill('Agreed'));

		// The bundle has the outputs of each item, and its root is that of all of them.
		const { leaf } = world.leaf(task);
		const [first] = leaf.executions;
		const accepted = leaf.outcome.asCompleted.outputRoot.toHex();
		const published = bundleRoot(accepted, first.evidenceRoot.unwrap().toHex());
		assert.ok(network.store.hasBundle(published));
		const { manifest, read } = readBundle(network.store.bundle(published));
		assert.equal(manifest.outcome.completed.output_root, accepted);
		for (const item of [0, 1, 2]) {
			assert.equal(JSON.parse(read(`outputs/${item}/files/summary.json`)).distinct, 2668);
		}
	});
}

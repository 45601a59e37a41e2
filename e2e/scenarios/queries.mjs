// SPDX-License-Identifier: GPL-3.0-or-later
// The runtime API, as polkadot.js finds it in the metadata.

import assert from 'node:assert/strict';
import { it } from 'node:test';
import { pages } from '../lib/chain.mjs';
import { HAND_ENGINE, UNIT, WORKER_SLOTS, request } from '../lib/network.mjs';

export function queries(world) {
	it('describes the network', async () => {
		const view = await world.chain.call.network();
		assert.equal(view.genesis.toHex(), world.genesis);
		assert.equal(view.simulatedRandomness.isTrue, true);
		assert.equal(view.slotBond.toBigInt(), 200n * UNIT);
		assert.equal(view.lease.toNumber(), 14_400);
		assert.equal(view.clusters.toNumber(), 12);
		assert.equal(view.positions.toNumber(), 6 * WORKER_SLOTS + 6 * 2);
	});

	it('lists clusters by page, by owner and by what they offer', async () => {
		const { chain, network } = world;
		const [page, next] = await chain.call.clusters(0);
		assert.equal(page.length, 12);
		assert.equal(next.isNone, true);
		const owner = network.owner('ada').address;
		const [own, ...others] = await pages((from) => chain.call.clustersOf(owner, from), 0);
		assert.equal(others.length, 0);
		assert.equal(own.id.toNumber(), network.clusters.ada);
		assert.equal(own.status.type, 'Active');
		assert.equal(own.bond.toBigInt(), BigInt(WORKER_SLOTS) * 200n * UNIT);
		// Nothing has happened since it was registered.
		const { lease } = await chain.call.network();
		const [registered] = chain.all('edgeConnect.ClusterRegistered', { cluster: own.id });
		assert.equal(own.leaseUntil.toNumber(), registered.number + lease.toNumber());
		const { demand } = request({ demand: { engine: HAND_ENGINE } });
		const fitting = await pages((from) => chain.call.clustersFor(demand, from), 0);
		const byHand = network.byHand.map(({ id }) => id).sort((a, b) => a - b);
		assert.deepEqual(fitting.map(({ id }) => id.toNumber()), byHand);
		assert.equal((await chain.call.cluster(4_000_000)).isNone, true);
	});

	it('quotes a task and explains whom it matches', async () => {
		const { demand, policy } = request({ demand: { engine: HAND_ENGINE } });
		const quote = await world.chain.call.quote(demand, policy);
		assert.equal(quote.panel.type, 'Three');
		assert.equal(quote.expected.toBigInt(), 6n * UNIT);
		const match = await world.chain.call.explainMatch(demand, 0);
		assert.equal(match.examined.toNumber(), 12);
		assert.equal(match.fitting.toNumber(), 6);
		const [, passing] = match.constraints.find(([constraint]) => constraint.type === 'Engine');
		assert.equal(passing.toNumber(), 6);
	});
}

// SPDX-License-Identifier: GPL-3.0-or-later
// What has to be true of the whole chain when all tasks are done.

import assert from 'node:assert/strict';
import { it } from 'node:test';
import { inclusionProof, leafHash, root, rootFromProof } from '../lib/rfc6962.mjs';
import { hex } from '../lib/scale.mjs';

export function ending(world) {
	it('nothing is open any more', async () => {
		const { chain } = world;
		await chain.when('all tasks to be closed', async () => {
			return (await chain.call.network()).tasks.toNumber() === 0;
		});
		const [tasks] = await chain.call.tasks(0);
		assert.equal(tasks.length, 0);
		for (const { id } of world.network.byHand) {
			assert.equal((await chain.call.assignments(id)).length, 0);
		}
	});

	it('the log is the tree over all leaves, in every header and in the runtime API', async () => {
		const { chain } = world;
		const leaves = [];
		let grown = 0;
		for (const block of chain.blocks) {
			const appended = chain
				.all('anchor.LeafAppended')
				.filter(({ number }) => number === block.number);
			for (const { data } of appended) {
				assert.equal(data.index.toNumber(), leaves.length);
				leaves.push(leafHash(data.leaf.toU8a()));
			}
			const head = chain.logHead(block);
			if (appended.length === 0) {
				assert.equal(head, null, `block ${block.number}`);
				continue;
			}
			grown++;
			assert.deepEqual(head, { size: leaves.length, root: root(leaves) });
		}
		assert.ok(grown > 1 && leaves.length >= 6, `${leaves.length} leaves`);

		const view = await chain.call.log();
		// polkadot.js renames the field: every struct of its own has a `size`.
		assert.equal(view.size_.toNumber(), leaves.length);
		assert.equal(view.root.toHex(), hex(root(leaves)));
		leaves.forEach((leaf, index) => {
			const proof = inclusionProof(leaves, index);
			assert.deepEqual(rootFromProof(leaf, index, leaves.length, proof), root(leaves));
		});
	});

	it('no money was made or lost', async () => {
		const { chain } = world;
		const { hash } = chain.blocks.at(-1);
		const api = await chain.api.at(hash);
		const accounts = await api.query.system.account.entries();
		const balances = new Map(
			accounts.map(([{ args: [address] }, { data }]) => [
				address.toString(),
				data.free.toBigInt() + data.reserved.toBigInt(),
			]),
		);
		const sum = (amounts) => amounts.reduce((total, amount) => total + amount, 0n);
		const issuance = (await api.query.balances.totalIssuance()).toBigInt();
		assert.equal(sum([...balances.values()]), issuance);

		// What is paid and not claimed lies in the pot, beside what keeps the pot alive and what is in purses.
		const [clusters] = await api.call.assayApi.clusters(0);
		const owed = sum(clusters.map((cluster) => cluster.accrued.toBigInt()));
		const deposit = api.consts.balances.existentialDeposit.toBigInt();
		const pot = world.potAccount();
		const payers = [...new Set(chain.all('verification.PurseFunded').map(({ data }) => `${data.account}`))];
		const purses = await Promise.all(payers.map((account) => api.call.assayApi.purse(account)));
		const beforehand = sum(purses.map((purse) => purse.toBigInt()));
		assert.equal(balances.get(pot), deposit + owed + beforehand);
		const amounts = (name, field) => sum(chain.all(name).map(({ data }) => data[field].toBigInt()));
		const settled = ['Finalised', 'AppealSettled', 'ComplaintSettled'];
		const paid = sum(settled.map((name) => amounts(`verification.${name}`, 'paid')));
		assert.equal(paid, owed + amounts('verification.PayClaimed', 'amount'));

		// Bonds are what was bonded, less what was slashed.
		const bonds = sum(clusters.map((cluster) => cluster.bond.toBigInt()));
		const slashed = amounts('edgeConnect.BondSlashed', 'amount');
		assert.equal(slashed, amounts('verification.Finalised', 'slashed'));
		const slots = sum(clusters.map((cluster) => cluster.spec.slots.toBigInt()));
		assert.equal(bonds, slots * (await chain.call.network()).slotBond.toBigInt() - slashed);

		// Nothing else is held.
		const held = sum(accounts.map(([, { data }]) => data.reserved.toBigInt()));
		const collators = await api.query.collatorSelection.candidateList();
		assert.equal(held, bonds + sum(collators.map(({ deposit: bond }) => bond.toBigInt())));
	});

	it('every worker is well', async () => {
		const { network } = world;
		for (const name of Object.keys(network.ports)) {
			const health = await network.health(name);
			assert.equal(health.ready, true, name);
			assert.equal(health.cluster, network.clusters[name], name);
			const metrics = await fetch(`http://127.0.0.1:${network.ports[name]}/metrics`);
			assert.match(await metrics.text(), /^# TYPE /m, name);
		}
	});
}

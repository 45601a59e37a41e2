// SPDX-License-Identifier: GPL-3.0-or-later
// What every scenario needs: the network, and the questions that are asked of it again and again.

import assert from 'node:assert/strict';
import { stringToU8a } from '@polkadot/util';
import { HAND_ENGINE, Network, UNIT, spec } from './network.mjs';
import { commitment, completed, panelCommitment } from './protocol.mjs';
import { hex } from './scale.mjs';

/** What the fee of a call leaves behind. */
const FEE_EVENTS = [
	'balances.Withdraw',
	'balances.Deposit',
	'balances.BurnedDebt',
	'transactionPayment.TransactionFeePaid',
];

export class World {
	async start(options) {
		this.network = await Network.start(options);
		this.chain = this.network.chain;
		this.tx = this.chain.api.tx;
		this.genesis = this.chain.api.genesisHash.toHex();
	}

	/** An account of its own with enough for a few tasks. */
	async fund(name, amount = 100n * UNIT) {
		const account = this.network.account(`//Ferdie//${name}`);
		const transfer = this.tx.balances.transferKeepAlive(account.address, amount);
		await this.chain.ok(transfer, this.network.account('//Ferdie'));
		return account;
	}

	/** Submits a task from an account of its own. */
	async submit(name, wanted) {
		const { task } = await this.network.submit(wanted, await this.fund(name));
		return task;
	}

	async verdict(task) {
		const event = await this.chain.event('verification.Decided', { task });
		return event.data.verdict;
	}

	/** How a task ended: what was paid, returned and slashed, and each cluster's share. */
	async ending(task) {
		const { data, number } = await this.chain.event('verification.Finalised', { task });
		return {
			number,
			paid: data.paid.toBigInt(),
			refunded: data.refunded.toBigInt(),
			slashed: data.slashed.toBigInt(),
			shares: data.shares.map(([cluster, conduct, pay, slash]) => ({
				cluster: cluster.toNumber(),
				conduct: conduct.type,
				pay: pay.toBigInt(),
				slash: slash.toBigInt(),
			})),
		};
	}

	/** Who was drawn for `role` of a task, the `nth` time. */
	async drawn(task, role, nth = 0) {
		const event = await this.chain.when(
			`draw ${nth} of ${role} for task ${task}`,
			() => this.chain.all('edgeConnect.Drawn', { task, role })[nth],
		);
		return event.data.clusters.map((cluster) => cluster.toNumber());
	}

	/** The leaf of a task in the log, or nothing. */
	leaf(task) {
		return this.chain
			.all('anchor.LeafAppended')
			.map(({ data, number }) => ({ index: data.index.toNumber(), leaf: data.leaf, number }))
			.find(({ leaf }) => leaf.task.toNumber() === task);
	}

	/** What a refused call must leave alone. */
	async snapshot(at, task) {
		const api = await this.chain.api.at(at);
		const ids = [...Object.values(this.network.clusters), ...this.network.byHand.map(({ id }) => id)];
		const clusters = await Promise.all(ids.map((id) => api.call.assayApi.cluster(id)));
		return {
			task: task === undefined ? null : (await api.call.assayApi.task(task)).toHex(),
			specs: clusters.map((view) => [view.unwrap().spec.toHex(), view.unwrap().owner.toHex()]),
		};
	}

	/**
	 * Sends a call that has to fail with `error`: no event of ours, the task as it was, and of the
	 * signer's money only the fee gone.
	 */
	async refused(error, call, signer, task) {
		const result = await this.chain.send(call, signer);
		const name = `${call.method.section}.${call.method.method}`;
		assert.equal(result.error, error, name);
		const others = result.events
			.map((event) => event.name)
			.filter((event) => !FEE_EVENTS.includes(event));
		assert.deepEqual(others, ['system.ExtrinsicFailed'], `${name} did something`);
		const [was, is] = await Promise.all([
			this.snapshot(result.parent, task),
			this.snapshot(result.hash, task),
		]);
		assert.deepEqual(is, was, `${name} changed something`);
		return result;
	}

	/** What a cluster that the test plays claims to have found, and its seal over that. */
	claim(cluster, task, seed, attempt = 0) {
		// A root, or the byte that it is made of.
		const outputRoot = `0x${seed.length === 64 ? seed : seed.repeat(32)}`;
		const evidenceRoot = `0x${cluster.toString(16).padStart(2, '0').repeat(32)}`;
		const salt = `0x${'a5'.repeat(32)}`;
		const { genesis } = this;
		const seal = { genesis, task, attempt, cluster, outputRoot, evidenceRoot, salt };
		return {
			seal,
			outcome: completed(outputRoot),
			evidenceRoot,
			commitment: hex(commitment(seal)),
			opening: { outcome: completed(outputRoot), evidenceRoot, salt },
		};
	}

	/** The same of somebody who judges: sealed together with the proof that the bytes are held. */
	judgement(cluster, task, seed, possession) {
		const claim = this.claim(cluster, task, seed);
		return { ...claim, possession, commitment: hex(panelCommitment({ ...claim.seal, possession })) };
	}

	/** The owner of a cluster that the test plays. */
	owner(cluster) {
		return this.network.byHand.find(({ id }) => id === cluster).owner;
	}

	/** Registers a cluster of an account of its own for each of these names, which run `engine`. */
	enroll(names, engine) {
		return Promise.all(
			names.map(async (name) => {
				const owner = await this.fund(name, 1000n * UNIT);
				const call = this.tx.edgeConnect.registerCluster(spec(name, { engines: [engine], slots: 1 }));
				const { events } = await this.chain.ok(call, owner);
				const event = events.find((one) => one.name === 'edgeConnect.ClusterRegistered');
				return { id: event.data.cluster.toNumber(), owner };
			}),
		);
	}

	/** Where pay lies until it is claimed. */
	potAccount() {
		return this.network.keyring.encodeAddress(stringToU8a('modlpy/assay'.padEnd(32, '\0')));
	}

	/** A task for some of the clusters that the test plays; nobody looks at its program. */
	handTask(members, policy = {}) {
		return {
			program: `0x${'77'.repeat(32)}`,
			inputs: this.network.store.putInputs({}),
			demand: { engine: HAND_ENGINE },
			allow: members.map(({ id }) => id),
			policy,
		};
	}
}

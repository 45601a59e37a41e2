// SPDX-License-Identifier: GPL-3.0-or-later
// The chain as polkadot.js shows it: signed calls, finalised events, runtime APIs.

import { ApiPromise, WsProvider } from '@polkadot/api';
import { compact, hex } from './scale.mjs';

/** How long anything on a dev chain may take before a test gives up on it. */
const PATIENCE_MS = 60_000;

/**
 * All rows of a listing. `ask` gives the page that begins at a cursor, and the cursor of the next; a page
 * can be empty although another one follows.
 */
export async function pages(ask, first) {
	const rows = [];
	for (let cursor = first; ; ) {
		const [page, next] = await ask(cursor);
		rows.push(...page);
		if (next.isNone) return rows;
		cursor = next.unwrap();
	}
}

export class Chain {
	static async connect(url, patience = PATIENCE_MS) {
		const provider = new WsProvider(url, 500);
		const api = await ApiPromise.create({ provider, noInitWarn: true, throwOnConnect: false });
		const chain = new Chain(api, provider, patience);
		await chain.follow();
		return chain;
	}

	constructor(api, provider, patience) {
		this.api = api;
		this.provider = provider;
		/** How long anything may take, in milliseconds. */
		this.patience = patience;
		/** Every event of every finalised block, in order. */
		this.events = [];
		/** Number, hash and log items of every finalised block, in order. */
		this.blocks = [];
		this.waiting = new Set();
		this.accounts = new Map();
		this.failure = null;
	}

	get call() {
		return this.api.call.assayApi;
	}

	/** What a method of a runtime API answers at a block, as bytes. */
	async stateCall(method, input, at) {
		const answer = await this.provider.send('state_call', [method, hex(input), at]);
		return Buffer.from(answer.slice(2), 'hex');
	}

	/**
	 * What a view function answers at a block, as bytes, and before them those of a result: polkadot.js
	 * reads of view functions in the metadata, but does not call them.
	 */
	async viewFunction(pallet, name, input, at) {
		const { pallets } = this.api.runtimeMetadata.asLatest;
		const { viewFunctions } = pallets.find((one) => one.name.eq(pallet));
		const { id } = viewFunctions.find((one) => one.name.eq(name));
		const question = Buffer.concat([id.toU8a(), compact(input.length), input]);
		return this.stateCall('RuntimeViewFunction_execute_view_function', question, at);
	}

	/** Follows finalised blocks without leaving one out. */
	async follow() {
		this.next = 1;
		this.reading = Promise.resolve();
		this.unsubscribe = await this.api.rpc.chain.subscribeFinalizedHeads((head) => {
			this.reading = this.reading
				.then(() => this.readTo(head.number.toNumber()))
				.catch((error) => this.fail(error));
		});
	}

	async readTo(last) {
		for (; this.next <= last; this.next++) {
			const number = this.next;
			const hash = await this.api.rpc.chain.getBlockHash(number);
			const [header, records] = await Promise.all([
				this.api.rpc.chain.getHeader(hash),
				this.api.query.system.events.at(hash),
			]);
			this.blocks.push({ number, hash: hash.toHex(), logs: header.digest.logs });
			for (const { event, phase } of records) {
				const data = {};
				event.data.names?.forEach((name, at) => (data[name] = event.data[at]));
				this.events.push({
					name: `${event.section}.${event.method}`,
					number,
					extrinsic: phase.isApplyExtrinsic ? phase.asApplyExtrinsic.toNumber() : null,
					data,
				});
			}
		}
		for (const waiter of [...this.waiting]) waiter.look();
	}

	/** Ends every wait: something that all of them need is gone. */
	fail(error) {
		this.failure ??= error;
		for (const waiter of [...this.waiting]) waiter.look();
	}

	/** Waits until `find` has an answer; it is asked again after every finalised block. */
	when(what, find, patience = this.patience) {
		return new Promise((resolve, reject) => {
			let asking = false;
			const end = (act, value) => {
				clearTimeout(timer);
				this.waiting.delete(waiter);
				act(value);
			};
			const waiter = {
				look: async () => {
					if (this.failure) return end(reject, this.failure);
					if (asking) return;
					asking = true;
					try {
						const answer = await find();
						if (answer) end(resolve, answer);
					} catch (error) {
						end(reject, error);
					} finally {
						asking = false;
					}
				},
			};
			const timer = setTimeout(
				() => end(reject, new Error(`${what}: not within ${patience} ms`)),
				patience,
			);
			this.waiting.add(waiter);
			waiter.look();
		});
	}

	/** The events of a name whose fields are these, the oldest first. */
	all(name, fields = {}) {
		const same = (event) =>
			Object.entries(fields).every(([key, value]) => event.data[key]?.toString() === `${value}`);
		return this.events.filter((event) => event.name === name && same(event));
	}

	/** The first event of a name whose fields are these. */
	event(name, fields = {}, patience = this.patience) {
		const what = `${name} ${JSON.stringify(fields)}`;
		return this.when(what, () => this.all(name, fields)[0], patience);
	}

	/** The next `count` blocks. */
	blocksLater(count) {
		const target = this.next + count;
		return this.when(`block ${target}`, () => this.next >= target);
	}

	/**
	 * Signs and submits a call and waits for the finalised block with it.
	 *
	 * Gives `error`, the name of a dispatch error or `null`; `events`, those of this call; `number`,
	 * `hash` and `parent` of the block; `fee`. A call that no block takes is thrown as it is.
	 */
	async send(call, signer) {
		const status = await this.inOrder(signer.address, (nonce, broadcast) =>
			this.watch(call, signer, nonce, broadcast),
		);
		const hash = status.status.asFinalized.toHex();
		const header = await this.api.rpc.chain.getHeader(hash);
		const number = header.number.toNumber();
		await this.when(`block ${number} to be read`, () => this.next > number);
		const block = await this.api.rpc.chain.getBlock(hash);
		const index = block.block.extrinsics.findIndex((one) => one.hash.eq(status.txHash));
		// What `on_poll` does has the index of the first call after it: ours begins with its fee.
		const all = this.events.filter((event) => event.number === number && event.extrinsic === index);
		const begin = all.findIndex(
			({ name, data }) => name === 'balances.Withdraw' && data.who.eq(signer.address),
		);
		const events = all.slice(begin);
		const paid = events.find((event) => event.name === 'transactionPayment.TransactionFeePaid');
		return {
			error: status.dispatchError ? this.nameOf(status.dispatchError) : null,
			events,
			number,
			hash,
			parent: header.parentHash.toHex(),
			fee: paid ? paid.data.actualFee.toBigInt() : 0n,
		};
	}

	/** The same, for a call that has to work. */
	async ok(call, signer) {
		const result = await this.send(call, signer);
		if (result.error) throw new Error(`${call.method.section}.${call.method.method}: ${result.error}`);
		return result;
	}

	watch(call, signer, nonce, broadcast) {
		return new Promise((resolve, reject) => {
			const timer = setTimeout(() => reject(new Error('not in a block in time')), this.patience);
			const refuse = (error) => {
				clearTimeout(timer);
				reject(error);
			};
			call
				.signAndSend(signer, { nonce }, (update) => {
					broadcast();
					if (update.status.isFinalized) {
						clearTimeout(timer);
						resolve(update);
					} else if (update.isError) {
						refuse(new Error(`the pool let go of the call: ${update.status.type}`));
					}
				})
				.catch(refuse);
		});
	}

	/**
	 * Hands out the nonces of an account in order. The node is asked only when nothing of the account
	 * is under way: what it knows of its own pool lags behind.
	 */
	async inOrder(address, submit) {
		const account = this.accounts.get(address) ?? { last: Promise.resolve(), pending: 0, nonce: 0 };
		this.accounts.set(address, account);
		let broadcast;
		const before = account.last;
		account.last = new Promise((resolve) => (broadcast = resolve));
		await before;
		try {
			if (account.pending === 0) {
				account.nonce = (await this.api.rpc.system.accountNextIndex(address)).toNumber();
			}
			account.pending++;
			return await submit(account.nonce++, broadcast).finally(() => account.pending--);
		} finally {
			broadcast();
		}
	}

	nameOf(error) {
		if (error.isModule) {
			const { section, name } = this.api.registry.findMetaError(error.asModule);
			return `${section}.${name}`;
		}
		if (error.isToken) return `token.${error.asToken.type}`;
		return error.toString();
	}

	/** What an account has. */
	async balance(address, at) {
		const api = at ? await this.api.at(at) : this.api;
		const { data } = await api.query.system.account(address);
		const [free, reserved] = [data.free.toBigInt(), data.reserved.toBigInt()];
		return { free, reserved, total: free + reserved };
	}

	/** The numbers of the log that the header of a block carries, if any. */
	logHead(block) {
		for (const item of block.logs) {
			if (!item.isConsensus) continue;
			const [engine, data] = item.asConsensus;
			if (Buffer.from(engine.toU8a()).toString() !== 'ASAY') continue;
			const bytes = Buffer.from(data.toU8a(true));
			return { size: Number(bytes.readBigUInt64LE(0)), root: bytes.subarray(8) };
		}
		return null;
	}

	async disconnect() {
		this.unsubscribe?.();
		await this.reading;
		await this.api.disconnect();
	}
}

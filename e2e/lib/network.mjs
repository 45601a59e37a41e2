// SPDX-License-Identifier: GPL-3.0-or-later
// A chain, registered clusters, and a worker for each of those that are real.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Keyring } from '@polkadot/api';
import { cryptoWaitReady } from '@polkadot/util-crypto';
import { Chain } from './chain.mjs';
import { freePort, Processes, until } from './processes.mjs';
import { Store } from './store.mjs';

export const UNIT = 10n ** 12n;
/** The engine of the clusters that the test plays: no worker has it. */
export const HAND_ENGINE = { kind: 'Wasm', id: 2 };
/** What every cluster asks for a task. */
export const PRICE = 2n * UNIT;

const target = process.env.CARGO_TARGET_DIR ?? join(process.env.HOME, '.cache/assay/target');
/** One of our programs, as it was built. */
export const binary = (name) => join(target, 'release', name);
const examples = new URL('../../examples/', import.meta.url);

/** Enough that the tasks of all scenarios find an executor at once. */
export const WORKER_SLOTS = 8;

/** Clusters that real workers run. One lies. An account that the genesis block does not know is funded. */
const WORKERS = [
	{ name: 'ada', account: '//Alice' },
	{ name: 'ben', account: '//Bob' },
	{ name: 'cyd', account: '//Charlie' },
	{ name: 'dot', account: '//Dave' },
	{ name: 'eve', account: '//Eve', fault: 'lie' },
	{ name: 'fay', account: '//Fay', isNew: true },
];
/** What an account of its own is given that bonds a worker's slots. */
const WORKER_FUNDS = 10_000n * UNIT;
/** Clusters whose part the test itself plays. */
const BY_HAND = ['//Alice//stash', '//Bob//stash', '//Charlie//stash', '//Dave//stash', '//Eve//stash', '//Ferdie//stash'];

/** An offer that makes sense. */
export const spec = (endpoint, changes = {}) => ({
	architecture: 'X86_64',
	resources: { cpuMillicores: 2000, memoryMib: 512, diskMib: 1024, gpuCount: 0, gpuVramMib: 0 },
	region: region('DE'),
	engines: [{ kind: 'Wasm', id: 1 }],
	attestation: 'Signed',
	price: PRICE,
	slots: 2,
	endpoint: `http://${endpoint}.example:8080`,
	sealingKey: `0x${'5e'.repeat(32)}`,
	...changes,
});

/** So many have to agree, or a panel of at most `panel` decides. */
export const verified = (quorum, panel = 3) => ({ Verified: { quorum, panel } });

/** One runs it, and a second one with a probability of at least `floor` percent. */
export const audited = (floor) => ({ Audited: { floor } });

/** A country's code as the chain has it. */
export const region = (code) => `0x${Buffer.from(code).toString('hex')}`;

/**
 * A request that makes sense. `allow` names the clusters that may run it, `apart` what no two of them
 * may share.
 */
export const request = ({
	program,
	inputs,
	args = 'task',
	limits,
	demand,
	policy,
	allow = [],
	deny = [],
	apart,
	items = null,
}) => ({
	workload: {
		program,
		inputs,
		args,
		limits: { fuel: 20_000_000_000n, memoryMib: 64, outputKib: 4096, ...limits },
		items,
	},
	demand: {
		engine: { kind: 'Wasm', id: 1 },
		resources: { cpuMillicores: 1000, memoryMib: 128, diskMib: 16, gpuCount: 0, gpuVramMib: 0 },
		architectures: [],
		regions: [],
		attestation: 'Signed',
		maxPrice: 3n * UNIT,
		...demand,
	},
	policy: {
		check: verified(2),
		window: 2,
		executionBlocks: 40,
		queueBlocks: 20,
		preflight: false,
		...policy,
	},
	access: { allow, deny, apart: { regions: false, hosts: false, ...apart } },
});

/** Starts a dev node among the processes and returns its address and how patient to be with it. */
export async function devNode(processes) {
	const rpc = await freePort();
	processes.start('node', binary('assay-node'), [
		'--dev',
		'--dev-block-time=1000',
		`--rpc-port=${rpc}`,
		`--port=${await freePort()}`,
		'--tmp',
		'--no-prometheus',
		'--no-telemetry',
		'--state-pruning=archive',
		'--blocks-pruning=archive',
	]);
	await until('the node to answer', 180_000, async () => {
		const answer = await fetch(`http://127.0.0.1:${rpc}/health`);
		return answer.ok;
	});
	return { url: `ws://127.0.0.1:${rpc}` };
}

export class Network {
	/**
	 * Starts the chain with `startNodes`, registers the workers of these names and the clusters that
	 * are played by hand, and starts the workers.
	 */
	static async start({ startNodes = devNode, workers = WORKERS.map(({ name }) => name), byHand = BY_HAND } = {}) {
		const network = new Network();
		try {
			await network.up(startNodes, workers, byHand);
		} catch (error) {
			console.error(network.processes.report());
			await network.down();
			throw error;
		}
		return network;
	}

	constructor() {
		this.directory = mkdtempSync(join(tmpdir(), 'assay-e2e-'));
		this.store = new Store(join(this.directory, 'store'));
		this.processes = new Processes(this.directory, (error) => this.chain?.fail(error));
		/** Cluster numbers by name of the worker. */
		this.clusters = {};
		/** The workers' HTTP ports by name. */
		this.ports = {};
		/** `{ id, owner }` of the clusters without a worker. */
		this.byHand = [];
	}

	async up(startNodes, workers, byHand) {
		await cryptoWaitReady();
		this.keyring = new Keyring({ type: 'sr25519', ss58Format: 42 });
		const { url, patience } = await startNodes(this.processes, this.directory);
		this.url = url;
		this.chain = await Chain.connect(url, patience);
		await this.chain.blocksLater(1);
		await this.register(workers, byHand);
		await this.chain.blocksLater(1);
		await Promise.all(workers.map((name) => this.startWorker(name)));
	}

	account(uri) {
		return this.keyring.addFromUri(uri);
	}

	async register(workers, byHand) {
		const { tx } = this.chain.api;
		const registered = async (uri, offer) => {
			const { events } = await this.chain.ok(tx.edgeConnect.registerCluster(offer), this.account(uri));
			const event = events.find((one) => one.name === 'edgeConnect.ClusterRegistered');
			return event.data.cluster.toNumber();
		};
		await Promise.all([
			...WORKERS.filter(({ name }) => workers.includes(name)).map(async ({ name, account, isNew }) => {
				if (isNew) {
					const { address } = this.account(account);
					const gift = tx.balances.transferKeepAlive(address, WORKER_FUNDS);
					await this.chain.ok(gift, this.account('//Ferdie'));
				}
				this.clusters[name] = await registered(account, spec(name, { slots: WORKER_SLOTS }));
			}),
			...byHand.map(async (uri, at) => {
				const offer = spec(`by-hand-${at}`, { engines: [HAND_ENGINE] });
				this.byHand[at] = { id: await registered(uri, offer), owner: this.account(uri) };
			}),
		]);
	}

	async startWorker(name) {
		const { account, fault } = WORKERS.find((worker) => worker.name === name);
		const port = await freePort();
		this.ports[name] = port;
		this.processes.start(name, binary('assay-worker'), [
			'run',
			`--url=${this.url}`,
			`--dev-account=${account}`,
			`--cluster=${this.clusters[name]}`,
			`--store=${this.store.directory}`,
			`--data=${join(this.directory, name)}`,
			`--http=127.0.0.1:${port}`,
			...(fault ? [`--fault=${fault}`] : []),
		]);
		await until(`${name} to be ready`, 30_000, async () => (await this.health(name)).ready);
	}

	async health(name) {
		const answer = await fetch(`http://127.0.0.1:${this.ports[name]}/health`);
		return answer.json();
	}

	owner(name) {
		return this.account(WORKERS.find((worker) => worker.name === name).account);
	}

	get liar() {
		return this.clusters[WORKERS.find(({ fault }) => fault === 'lie').name];
	}

	/** The cluster's name, for messages. */
	nameOf(cluster) {
		return Object.keys(this.clusters).find((name) => this.clusters[name] === cluster);
	}

	/** Puts an example's program and data into the store. */
	example(name, files) {
		const wasm = join(target, 'wasm32-wasip1/release', `example-${name}.wasm`);
		const inputs = files.map((file) => [file, readFileSync(new URL(`${name}/data/${file}`, examples))]);
		return {
			program: this.store.put(readFileSync(wasm)),
			inputs: this.store.putInputs(Object.fromEntries(inputs)),
			args: name,
		};
	}

	/** Submits a task and returns its number. */
	async submit(wanted, requester) {
		const { tx } = this.chain.api;
		const { events, parent, hash, fee } = await this.chain.ok(
			tx.edgeConnect.submitTask(request(wanted)),
			requester,
		);
		const event = events.find((one) => one.name === 'edgeConnect.TaskSubmitted');
		return { task: event.data.task.toNumber(), parent, hash, fee };
	}

	async down() {
		await this.chain?.disconnect();
		const endings = await this.processes.stopAll();
		rmSync(this.directory, { recursive: true, force: true });
		return endings;
	}
}

// SPDX-License-Identifier: GPL-3.0-or-later
// A real relay chain on this machine: two validators, and our parachain with two collators. The network
// of zombienet.toml without zombienet.

import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { binary } from './network.mjs';
import { freePort, until } from './processes.mjs';

/** Runs a program to its end and returns what it prints; a failure shows its last words only. */
async function run(program, args) {
	try {
		return (await promisify(execFile)(program, args, { maxBuffer: 1 << 28 })).stdout;
	} catch ({ stderr, message }) {
		const words = (stderr || message).slice(-500);
		throw new Error(`${program} ${args[0]}: ${words}`);
	}
}

/** Our number under the relay chain. */
export const PARA_ID = 2000;
/** How long anything may take here: a block is final about four relay blocks after it was made. */
const PATIENCE_MS = 300_000;
/** How long the first parachain block may take to be final, with two validators compiling our code. */
const ONBOARDING_MS = 300_000;

const polkadot = () => join(process.env.POLKADOT_BIN_DIR ?? '/usr/local/bin', 'polkadot');
const QUIET = ['--no-prometheus', '--no-telemetry', '--no-hardware-benchmarks'];

/** A node of the network: its name is the well-known account whose keys it has. */
class Node {
	static async make(kind, name, directory) {
		const node = new Node();
		node.title = `${kind}-${name}`;
		node.name = name;
		node.base = join(directory, node.title);
		mkdirSync(node.base, { recursive: true });
		node.keyFile = join(node.base, 'node-key');
		writeFileSync(node.keyFile, createHash('sha256').update(node.title).digest('hex'));
		[node.port, node.rpc, node.relayPort] = [await freePort(), await freePort(), await freePort()];
		const peer = await run(polkadot(), ['key', 'inspect-node-key', '--file', node.keyFile]);
		node.address = `/ip4/127.0.0.1/tcp/${node.port}/p2p/${peer.trim()}`;
		return node;
	}

	get url() {
		return `ws://127.0.0.1:${this.rpc}`;
	}

	/** What every node is told. */
	get arguments() {
		return [
			`--${this.name}`,
			`--base-path=${this.base}`,
			`--node-key-file=${this.keyFile}`,
			`--listen-addr=/ip4/127.0.0.1/tcp/${this.port}`,
			`--rpc-port=${this.rpc}`,
			...QUIET,
		];
	}

	async answers() {
		await until(`${this.title} to answer`, 180_000, async () => {
			return (await fetch(`http://127.0.0.1:${this.rpc}/health`)).ok;
		});
	}
}

export class Relay {
	/** Starts everything among `processes`, and waits until a block of the parachain is final. */
	static async start(processes, directory) {
		const relay = new Relay();
		relay.processes = processes;
		relay.directory = directory;
		const nodes = (kind) =>
			Promise.all(['alice', 'bob'].map((name) => Node.make(kind, name, directory)));
		[relay.validators, relay.collators] = await Promise.all([nodes('validator'), nodes('collator')]);
		await relay.writeSpecs();
		relay.validators.forEach((node) => relay.startValidator(node));
		await Promise.all(relay.validators.map((node) => node.answers()));
		relay.collators.forEach((node) => relay.startCollator(node));
		await Promise.all(relay.collators.map((node) => node.answers()));
		await until('a final block of the parachain', ONBOARDING_MS, () => relay.isFinalising());
		return relay;
	}

	/** What `Network.start` needs to know. */
	get endpoint() {
		return { url: this.collators[0].url, patience: PATIENCE_MS };
	}

	/** Our genesis goes into the relay chain's: no slot has to be bought. */
	async writeSpecs() {
		const file = (name) => join(this.directory, name);
		const [para, head, code] = [file('parachain.json'), file('genesis-head'), file('genesis-code')];
		[this.paraSpec, this.relaySpec] = [para, file('relay.json')];
		const node = binary('assay-node');
		await run(node, ['export-chain-spec', '--chain=local', '--raw', `--output=${para}`]);
		await run(node, ['export-genesis-head', `--chain=${para}`, head]);
		await run(node, ['export-genesis-wasm', `--chain=${para}`, code]);
		const build = (...args) => run(polkadot(), ['build-spec', '--disable-default-bootnode', ...args]);
		const spec = JSON.parse(await build('--chain=rococo-local'));
		spec.bootNodes = this.validators.map(({ address }) => address);
		spec.genesis.runtimeGenesis.patch.paras = {
			paras: [
				[
					PARA_ID,
					{
						genesis_head: readFileSync(head, 'utf8').trim(),
						validation_code: readFileSync(code, 'utf8').trim(),
						parachain: true,
					},
				],
			],
		};
		const plain = file('relay-plain.json');
		writeFileSync(plain, JSON.stringify(spec));
		writeFileSync(this.relaySpec, await build(`--chain=${plain}`, '--raw'));
	}

	startValidator(node) {
		this.processes.start(node.title, polkadot(), [
			`--chain=${this.relaySpec}`,
			'--validator',
			// Without the kernel's sandboxes, which containers do not have.
			'--insecure-validator-i-know-what-i-do',
			...node.arguments,
		]);
	}

	startCollator(node) {
		this.processes.start(node.title, binary('assay-node'), [
			`--chain=${this.paraSpec}`,
			'--collator',
			'--state-pruning=archive',
			'--blocks-pruning=archive',
			`--bootnodes=${this.collators[0].address}`,
			// Asks the validators instead of running a relay chain node of its own.
			`--relay-chain-rpc-urls`,
			...this.validators.map(({ url }) => url),
			...node.arguments,
			'--',
			`--chain=${this.relaySpec}`,
			`--listen-addr=/ip4/127.0.0.1/tcp/${node.relayPort}`,
		]);
	}

	/** The collator with the keys of this account. */
	collator(name) {
		return this.collators.find((node) => node.name === name);
	}

	async isFinalising() {
		const rpc = async (method, params = []) => {
			const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params });
			const headers = { 'content-type': 'application/json' };
			const url = `http://127.0.0.1:${this.collators[0].rpc}`;
			return (await (await fetch(url, { method: 'POST', headers, body })).json()).result;
		};
		const header = await rpc('chain_getHeader', [await rpc('chain_getFinalizedHead')]);
		return Number(header.number) > 0;
	}
}

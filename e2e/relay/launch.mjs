// SPDX-License-Identifier: GPL-3.0-or-later
// Runs the relay chain and the parachain until it is told to stop.

import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Processes } from '../lib/processes.mjs';
import { PARA_ID, Relay } from '../lib/relay.mjs';

const directory = mkdtempSync(join(tmpdir(), 'assay-relay-'));
let stop;
const stopped = new Promise((resolve) => (stop = resolve));
const processes = new Processes(directory, (error) => stop(error));
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => stop());

const link = (url) => `https://polkadot.js.org/apps/?rpc=${encodeURIComponent(url)}#/explorer`;
console.log(`logs and states: ${directory}`);
console.log('starting two validators and two collators; the first blocks take about two minutes …');
const started = Relay.start(processes, directory).then(
	({ validators, collators }) => {
		for (const node of validators) console.log(`${node.title.padEnd(16)} ${node.url}`);
		for (const node of collators) console.log(`${node.title.padEnd(16)} ${node.url}  ${link(node.url)}`);
		console.log(`parachain ${PARA_ID} makes final blocks; Ctrl-C ends all of it`);
		return stopped;
	},
	(error) => error,
);
const failure = await Promise.race([started, stopped]);
if (failure) console.error(`${failure.message}\n${processes.report()}`);
await processes.stopAll();
process.exit(failure ? 1 : 0);

// SPDX-License-Identifier: GPL-3.0-or-later
// Child processes that never outlive the test.

import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

/** How long a child has to end after it was asked to. */
const STOP_DEADLINE_MS = 10_000;
/** How often a process that cannot announce itself is asked whether it is ready. */
const POLL_MS = 100;

/** A port of this machine that nothing listens on. */
export function freePort() {
	return new Promise((resolve, reject) => {
		const server = createServer();
		server.once('error', reject);
		server.listen(0, '127.0.0.1', () => {
			const { port } = server.address();
			server.close(() => resolve(port));
		});
	});
}

/** Asks until `probe` answers with something, or fails when the deadline has passed. */
export async function until(what, deadlineMs, probe) {
	const end = Date.now() + deadlineMs;
	let last = 'nothing yet';
	while (Date.now() < end) {
		try {
			const answer = await probe();
			if (answer) return answer;
		} catch (error) {
			last = error.message;
		}
		await pause(POLL_MS);
	}
	throw new Error(`${what}: not within ${deadlineMs} ms (${last})`);
}

export class Processes {
	/** `onCrash` is told of a child that ended by itself. */
	constructor(logDirectory, onCrash) {
		this.logDirectory = logDirectory;
		this.onCrash = onCrash;
		this.children = new Map();
		// Whatever happens to this process, the children go with it.
		process.once('exit', () => this.children.forEach(({ child }) => child.kill('SIGKILL')));
		for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
			// Whoever has a way to end in order is left to it.
			process.once(signal, () => process.listenerCount(signal) > 0 || process.exit(1));
		}
	}

	/** Starts a program; its output goes to a file. */
	start(name, program, args) {
		const log = join(this.logDirectory, `${name}.log`);
		const out = openSync(log, 'a');
		const child = spawn(program, args, { stdio: ['ignore', out, out] });
		closeSync(out);
		const entry = { child, log, expected: false };
		entry.ended = new Promise((resolve) => {
			child.once('error', (error) => resolve(error.message));
			child.once('exit', (code, signal) => resolve(signal ?? `code ${code}`));
		}).then((how) => {
			this.children.delete(name);
			if (!entry.expected) this.onCrash(new Error(`${name} ended: ${how}\n${this.tail(log)}`));
			return how;
		});
		this.children.set(name, entry);
		return entry;
	}

	/** Kills a child without a chance to clean up. */
	async kill(name) {
		const entry = this.children.get(name);
		entry.expected = true;
		entry.child.kill('SIGKILL');
		return entry.ended;
	}

	/** Asks a child to end, and makes sure that it does. Says how it ended, and its last words. */
	async stop(name) {
		const entry = this.children.get(name);
		entry.expected = true;
		entry.child.kill('SIGINT');
		const timer = setTimeout(() => entry.child.kill('SIGKILL'), STOP_DEADLINE_MS);
		try {
			return { how: await entry.ended, words: this.tail(entry.log) };
		} finally {
			clearTimeout(timer);
		}
	}

	/** Stops all, in the order in which they were started, last first. */
	async stopAll() {
		const endings = {};
		for (const name of [...this.children.keys()].reverse()) endings[name] = await this.stop(name);
		return endings;
	}

	/** The last lines of every log. */
	report() {
		return [...this.children].map(([name, { log }]) => `--- ${name}\n${this.tail(log)}`).join('\n');
	}

	tail(log, lines = 25) {
		return readFileSync(log, 'utf8').trimEnd().split('\n').slice(-lines).join('\n');
	}
}

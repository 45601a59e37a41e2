// SPDX-License-Identifier: GPL-3.0-or-later
// Adds up what scripts/bench/task-cost.sh and its neighbour measured, and divides: task-cost.mjs TRANSFER NAME=FILE...
import { readFileSync } from 'node:fs';

const READ_US = 25;
const WRITE_US = 100;

const load = (file) => JSON.parse(readFileSync(file, 'utf8'));
/** What is usual: a sample that something else got in the way of does not count for more than another. */
const median = (values) => {
	const sorted = values.toSorted((one, other) => one - other);
	return (sorted[Math.floor((sorted.length - 1) / 2)] + sorted[Math.ceil((sorted.length - 1) / 2)]) / 2;
};
const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Median time (µs), and mean reads, writes and proof bytes of one benchmark at component `n`. */
function cost(batch, n) {
	const at = (rows) =>
		rows.filter((row) => n === undefined || row.components.some(([name, value]) => name === 'n' && value === n));
	const times = at(batch.time_results).map((row) => row.extrinsic_time / 1000);
	const accesses = at(batch.db_results);
	if (times.length === 0 || accesses.length === 0) {
		throw new Error(`${batch.benchmark} was not measured at ${n}`);
	}
	const of = (field) => mean(accesses.map((row) => row[field]));
	const [reads, writes, proof] = [of('reads'), of('writes'), of('proof_size')];
	const time = median(times);
	return { time, reads, writes, proof, weight: time + reads * READ_US + writes * WRITE_US };
}

const nameOf = (batch) => Buffer.from(batch.benchmark).toString();
const decode = (batch) => ({ ...batch, benchmark: typeof batch.benchmark === 'string' ? batch.benchmark : nameOf(batch) });

const ITEMS = Number(process.env.ITEMS ?? 0);
const [transferFile, ...plans] = process.argv.slice(2);
const transfer = cost(decode(load(transferFile)[0]));
const print = (label, { time, reads, writes, proof, weight }, per = 1) => {
	const cells = [time, reads, writes, proof, weight].map((value) => (value / per).toFixed(1).padStart(10));
	console.log(label.padEnd(24) + cells.join(''));
};
/** Prints what `n` tasks in a block cost. Gives weight and proof of each. */
const total = (blocks, n) => {
	const sum = { time: 0, reads: 0, writes: 0, proof: 0, weight: 0 };
	console.log(n === 1 ? ' one task alone' : ` per task, ${n} tasks in a block`);
	for (const batch of blocks) {
		const one = cost(batch, n);
		for (const key of Object.keys(sum)) sum[key] += one[key];
		print(`  ${batch.benchmark}`, one, n);
	}
	print('  whole task', sum, n);
	return { transfers: sum.weight / n / transfer.weight, kB: sum.proof / n / 1000 };
};

console.log('                          time/µs     reads    writes  proof/B  weight/µs');
print('transfer_keep_alive', transfer);
const found = plans.map((plan) => {
	const [name, file] = plan.split('=');
	console.log(`\n${name}`);
	const blocks = load(file).map(decode);
	return { name, alone: total(blocks, 1), packed: total(blocks, 100) };
});
console.log('\n                                      transfers     proof/kB    100 in a block    proof/kB');
for (const { name, alone, packed } of found) {
	const cells = [alone.transfers, alone.kB, packed.transfers, packed.kB];
	console.log(name.padEnd(36) + cells.map((value) => value.toFixed(2).padStart(12)).join(' '));
}
const last = found.at(-1);
if (ITEMS > 0) {
	console.log(`Weight of an array of ${ITEMS} items that is alone in its blocks, for each item, divided by one transfer:`);
	console.log(`RESULT array-item-cost ${(last.alone.transfers / ITEMS).toFixed(5)}`);
} else {
	console.log(`Weight of a whole task (${last.name}) in a block of 100, divided by one transfer:`);
	console.log(`RESULT task-cost ${last.packed.transfers.toFixed(2)}`);
}

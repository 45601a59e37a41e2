// SPDX-License-Identifier: GPL-3.0-or-later
// Adds up what scripts/bench/task-cost.sh measured, and divides.
import { readFileSync } from 'node:fs';

const READ_US = 25;
const WRITE_US = 100;

const load = (file) => JSON.parse(readFileSync(file, 'utf8'));
const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Mean time (µs), reads, writes and proof bytes of one benchmark at component `n`. */
function cost(batch, n) {
	const at = (rows) =>
		rows.filter((row) => n === undefined || row.components.some(([, value]) => value === n));
	const times = at(batch.time_results).map((row) => row.extrinsic_time / 1000);
	const accesses = at(batch.db_results);
	if (times.length === 0 || accesses.length === 0) {
		throw new Error(`${batch.benchmark} was not measured at ${n}`);
	}
	const of = (field) => mean(accesses.map((row) => row[field]));
	const [reads, writes, proof] = [of('reads'), of('writes'), of('proof_size')];
	return { time: mean(times), reads, writes, proof, weight: mean(times) + reads * READ_US + writes * WRITE_US };
}

const name = (batch) => Buffer.from(batch.benchmark).toString();
const decode = (batch) => ({ ...batch, benchmark: typeof batch.benchmark === 'string' ? batch.benchmark : name(batch) });

const [transferFile, taskFile] = process.argv.slice(2);
const transfer = cost(decode(load(transferFile)[0]));
const blocks = load(taskFile).map(decode);
const print = (label, { time, reads, writes, proof, weight }, per = 1) => {
	const cells = [time, reads, writes, proof, weight].map((value) => (value / per).toFixed(1).padStart(10));
	console.log(label.padEnd(24) + cells.join(''));
};
const total = (n) => {
	const sum = { time: 0, reads: 0, writes: 0, proof: 0, weight: 0 };
	console.log(`\n${n === 1 ? 'one task alone' : `per task, ${n} tasks in a block`}`);
	for (const batch of blocks) {
		const one = cost(batch, n);
		for (const key of Object.keys(sum)) sum[key] += one[key];
		print(`  ${batch.benchmark}`, one, n);
	}
	print('  whole task', sum, n);
	return { ...sum, per: sum.weight / n, proofPer: sum.proof / n };
};

console.log('                          time/µs     reads    writes  proof/B  weight/µs');
print('transfer_keep_alive', transfer);
const alone = total(1);
const packed = total(100);
console.log(`\nproof of a task alone: ${(alone.proofPer / 1000).toFixed(1)} kB, in a block of 100: ${(packed.proofPer / 1000).toFixed(1)} kB`);
console.log(`alone: ${(alone.per / transfer.weight).toFixed(2)} transfers`);
console.log('Weight of a whole verified task in a block of 100, divided by one transfer:');
console.log(`RESULT task-cost ${(packed.per / transfer.weight).toFixed(2)}`);

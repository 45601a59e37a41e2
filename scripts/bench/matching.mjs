// SPDX-License-Identifier: GPL-3.0-or-later
// Prints what scripts/bench/matching.sh measured, and divides.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const SIZES = [1_000, 10_000, 100_000, 1_000_000];
const READ_US = 25;
const WRITE_US = 100;

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
const name = (batch) =>
	typeof batch.benchmark === 'string' ? batch.benchmark : Buffer.from(batch.benchmark).toString();

const files = SIZES.map((positions) =>
	JSON.parse(readFileSync(join(process.argv[2], `${positions}.json`), 'utf8')));

/** What one benchmark measured in each network. */
function measured(benchmark) {
	return files.map((batches, at) => {
		const batch = batches.find((one) => name(one) === benchmark);
		if (!batch) throw new Error(`${benchmark} was not measured among ${SIZES[at]}`);
		const of = (results, field) => median(results.map((row) => row[field]));
		const time = of(batch.time_results, 'extrinsic_time') / 1000;
		const [reads, writes, proof] = ['reads', 'writes', 'proof_size'].map((field) => of(batch.db_results, field));
		return { time, reads, writes, proof, weight: time + reads * READ_US + writes * WRITE_US };
	});
}

const line = (cells) => console.log(cells.map((cell) => String(cell).padStart(12)).join(''));

/** Prints one table, and returns the ratio of the last row to the first. */
function table(title, benchmark) {
	const rows = measured(benchmark);
	console.log(`\n${title}`);
	line(['positions', 'time/µs', 'reads', 'writes', 'proof/B', 'weight/µs']);
	rows.forEach(({ time, reads, writes, proof, weight }, at) =>
		line([SIZES[at].toLocaleString('en'), time.toFixed(0), reads, writes, proof, weight.toFixed(0)]));
	const ratio = (field) => rows.at(-1)[field] / rows[0][field];
	console.log(`1,000,000 ÷ 1,000: time ${ratio('time').toFixed(2)}, proof ${ratio('proof').toFixed(2)}, weight ${ratio('weight').toFixed(2)}`);
	return { weight: ratio('weight'), time: ratio('time') };
}

const first = table('The first position that is looked at fits:', 'matching');
const dearest = table('The dearest sample, whose last position fits:', 'matching_dearest');
const nothing = table('Nothing is due:', 'matching_nothing');
console.log('\nGrowth of the time beside that of a block in which nothing is due, which is the benchmark\'s database:');
console.log(`first ${(first.time / nothing.time).toFixed(2)}, dearest ${(dearest.time / nothing.time).toFixed(2)}`);
console.log('\nWeight (time as measured, and 25 µs a read and 100 µs a write) of a draw among 1,000,000 positions,');
console.log('divided by that of one among 1,000:');
console.log(`RESULT matching ${first.weight.toFixed(2)}`);

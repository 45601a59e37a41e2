// SPDX-License-Identifier: GPL-3.0-or-later
// Prints what scripts/bench/matching.sh measured, and divides.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const SIZES = [1_000, 10_000, 100_000, 1_000_000];
const directory = process.argv[2];

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
const name = (batch) =>
	typeof batch.benchmark === 'string' ? batch.benchmark : Buffer.from(batch.benchmark).toString();

const files = SIZES.map((positions) => JSON.parse(readFileSync(join(directory, `${positions}.json`), 'utf8')));
/** Microseconds by size and draw: the first position fits, the dearest sample, nothing is due. */
const times = new Map(
	readFileSync(join(directory, 'times'), 'utf8')
		.split('\n')
		.filter((line) => line.trim().startsWith('TIME '))
		.map((line) => line.trim().split(' ').slice(1).map(Number))
		.map(([positions, ...micros]) => [positions, micros]),
);

/** What one benchmark measured in each network. */
function measured(benchmark, column) {
	return files.map((batches, at) => {
		const batch = batches.find((one) => name(one) === benchmark);
		const time = times.get(SIZES[at])?.[column];
		if (!batch || time === undefined) throw new Error(`${benchmark} was not measured among ${SIZES[at]}`);
		const of = (results, field) => median(results.map((row) => row[field]));
		const [reads, writes, proof] = ['reads', 'writes', 'proof_size'].map((field) => of(batch.db_results, field));
		return { time, inWasm: of(batch.time_results, 'extrinsic_time') / 1000, reads, writes, proof };
	});
}

const line = (cells) => console.log(cells.map((cell) => String(cell).padStart(14)).join(''));

/** Prints one table, and returns the ratios of the last row to the first. */
function table(title, benchmark, column) {
	const rows = measured(benchmark, column);
	console.log(`\n${title}`);
	line(['positions', 'time/µs', 'reads', 'writes', 'proof/B', 'in a node/µs']);
	rows.forEach(({ time, inWasm, reads, writes, proof }, at) =>
		line([SIZES[at].toLocaleString('en'), time.toFixed(0), reads, writes, proof, inWasm.toFixed(0)]));
	const ratio = (field) => rows.at(-1)[field] / rows[0][field];
	console.log(`1,000,000 ÷ 1,000: time ${ratio('time').toFixed(2)}, proof ${ratio('proof').toFixed(2)}`);
	return [ratio('time'), ratio('proof')];
}

const ratios = [
	...table('The first position that is looked at fits:', 'matching', 0),
	...table('The dearest sample, whose last position fits:', 'matching_dearest', 1),
];
table('Nothing is due:', 'matching_nothing', 2);
console.log('\nTime: natively, on a trie whose nodes lie in a hash map. In a node: the runtime\'s WebAssembly on the');
console.log('benchmark\'s database, one ordered map in memory, which alone takes longer the more it holds.');
console.log('The largest ratio of a draw among 1,000,000 positions to one among 1,000, in time and in proof:');
console.log(`RESULT matching ${Math.max(...ratios).toFixed(2)}`);

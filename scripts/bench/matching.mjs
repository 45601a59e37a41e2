// SPDX-License-Identifier: GPL-3.0-or-later
// Prints what scripts/bench/matching.sh measured, and divides.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const SIZES = [1_000, 10_000, 100_000, 1_000_000];

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

const rows = SIZES.map((positions) => {
	const [batch] = JSON.parse(readFileSync(join(process.argv[2], `${positions}.json`), 'utf8'));
	const of = (results, field) => median(results.map((row) => row[field]));
	return {
		positions,
		time: of(batch.time_results, 'extrinsic_time') / 1000,
		reads: of(batch.db_results, 'reads'),
		writes: of(batch.db_results, 'writes'),
		proof: of(batch.db_results, 'proof_size'),
	};
});

const line = (cells) => console.log(cells.map((cell) => String(cell).padStart(12)).join(''));
line(['positions', 'time/µs', 'reads', 'writes', 'proof/B']);
for (const { positions, time, reads, writes, proof } of rows) {
	line([positions.toLocaleString('en'), time.toFixed(0), reads, writes, proof]);
}
const [small, large] = [rows[0], rows.at(-1)];
const time = large.time / small.time;
const proof = large.proof / small.proof;
console.log(`\ntime: ${time.toFixed(2)}, proof size: ${proof.toFixed(2)}`);
console.log('A draw among 1,000,000 positions, divided by one among 1,000: the larger of both ratios:');
console.log(`RESULT matching ${Math.max(time, proof).toFixed(2)}`);

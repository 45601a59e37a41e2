// SPDX-License-Identifier: GPL-3.0-or-later
//! The two ways to bias a draw that have been published, against the draw that they were found in and
//! against ours: a choice made from what was submitted, and a choice made from the block. The figures of
//! docs/matching.md (`cargo nextest run grinding --no-capture`).

use super::*;
use assay_primitives::{blake2_256, draw::Draw, Genesis};
use codec::Encode;

/// Clusters, of which the attacker has the first [`OWN`].
const CLUSTERS: u32 = 100;
const OWN: u32 = 5;
/// Attempts of an attacker for each draw.
const ATTEMPTS: [u32; 4] = [1, 10, 100, 1_000];
const DRAWS: u32 = 400;

/// A draw that uses what it finds: `hash(data) mod n`.
fn naive(data: &impl Encode) -> u32 {
	let hash = blake2_256(&data.encode());
	u32::from_le_bytes([hash[0], hash[1], hash[2], hash[3]]) % CLUSTERS
}

/// In how many of [`DRAWS`] draws the attacker gets one of its own, in percent.
fn percent(hits: impl Iterator<Item = bool>) -> u32 {
	hits.filter(|hit| *hit).count() as u32 * 100 / DRAWS
}

/// Our draw, as whoever knows the accumulator computes it.
fn ours(acc: [u8; 32], task: TaskId) -> u32 {
	let draw = Draw { genesis: Genesis(EdgeConnect::genesis_hash()), acc, task, round: 0 };
	let by_priority = |cluster: &u32| draw.priorities(ClusterId(*cluster), 1).next();
	(0..CLUSTERS.min(crate::SMALL)).min_by_key(by_priority).unwrap()
}

#[test]
fn a_choice_from_what_was_submitted() {
	for attempts in ATTEMPTS {
		// The requester tries inputs until the draw falls on its own cluster, and submits those.
		let grinds = |task: u32| (0..attempts).any(|nonce| naive(&(task, nonce)) < OWN);
		let share = percent((0..DRAWS).map(grinds));
		println!("from submitted data, {attempts:>5} attempts: {share:>3} %");
		assert!(attempts > 1 || share < 12);
		assert!(attempts < 100 || share > 95, "the draw is the attacker's");
	}
	TestNet::new().crowd(CLUSTERS.min(crate::SMALL).into(), 1).run(|| {
		// Ours: it submits what would win if the beacon stood still, the best it can know.
		let mut hits = 0;
		for _ in 0..DRAWS {
			let id = EdgeConnect::counters().next_task;
			let guess = (1..=1_000u64).find(|more| ours(acc(), TaskId(id.0 + more)) < OWN);
			// Tasks in between move the number to the one that it wants.
			for _ in 0..guess.unwrap_or(0).min(20) {
				close(submit(request()));
			}
			let task = submit(request());
			run_draws();
			hits += u32::from(drawn(task)[0] < OWN);
			finish(task);
			forget_events();
		}
		let share = hits * 100 / DRAWS;
		println!("ours, after a thousand attempts: {share} % (with 5 of 64 positions: 8 %)");
		assert!(share < 14, "its share of the positions, whatever it tries: {share} %");
	});
}

#[test]
fn a_choice_from_the_block() {
	for attempts in ATTEMPTS {
		// The collator tries orders of transactions until the block's hash suits it.
		let grinds =
			|block: u32| (0..attempts).any(|variant| naive(&("block", block, variant)) < OWN);
		let share = percent((0..DRAWS).map(grinds));
		println!("from block data, {attempts:>5} variants: {share:>3} %");
		assert!(attempts < 100 || share > 95, "the draw is the collator's");
	}
	TestNet::new().crowd(CLUSTERS.min(crate::SMALL).into(), 1).run(|| {
		// Ours: what is in the block changes nothing. Left is to keep the block back, once: then the next
		// collator draws, with the next value.
		let mut hits = [0u32; 2];
		for _ in 0..DRAWS {
			let task = submit(request());
			run_draws();
			let chosen = drawn(task)[0];
			assert_eq!(chosen, ours(acc(), task), "anybody can check it");
			let next = assay_primitives::draw::fold(&acc(), BeaconNow::get().relay + 1, &[0; 32]);
			let after_discard = ours(next, task);
			hits[0] += u32::from(chosen < OWN);
			hits[1] += u32::from(chosen < OWN || after_discard < OWN);
			finish(task);
			forget_events();
		}
		let [honest, discarding] = hits.map(|hits| hits * 100 / DRAWS);
		println!(
			"ours: {honest} %, {discarding} % for a collator that throws one block of its own away"
		);
		assert!(discarding < 24, "1 - (1 - 5/64)^2 is 15 %: {discarding} %");
	});
}

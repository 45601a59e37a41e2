// SPDX-License-Identifier: GPL-3.0-or-later
//! The one way from randomness to a choice.

use crate::{blake2_256, ClusterId, Genesis, TaskId};
use alloc::vec::Vec;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

/// The state of the relay-VRF accumulator.
pub type Accumulator = [u8; 32];

/// The accumulator after the relay block `number` brought `vrf`.
pub fn fold(acc: &Accumulator, relay_number: u32, vrf: &[u8; 32]) -> Accumulator {
	blake2_256(&("assay/acc/v1", acc, relay_number, vrf).encode())
}

/// Where the beacon stands: what an event records, and what a draw is made from.
#[derive(
	Clone,
	Copy,
	Debug,
	Default,
	PartialEq,
	Eq,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
)]
pub struct BeaconState {
	/// The accumulator.
	pub acc: Accumulator,
	/// The number of the relay block the current block is built on.
	pub relay: u32,
	/// How many values were folded in so far.
	pub folds: u64,
}

/// Randomness that nobody can know before the relay chain made it.
///
/// An event writes down [`Beacon::now`]; its draw may be made from the first later state for which
/// [`is_ripe`] holds.
pub trait Beacon {
	/// The state in the current block.
	fn now() -> BeaconState;

	/// How many relay blocks a draw waits for.
	fn delay() -> u32;

	/// How many values have to be folded in before a draw.
	fn folds_needed() -> u64;

	/// Whether the values come from a simulated relay chain and are worth nothing.
	fn is_simulated() -> bool;

	/// Whether an event recorded at `event` may be drawn in the current block.
	fn is_ripe(event: &BeaconState) -> bool {
		is_ripe(event, &Self::now(), Self::delay(), Self::folds_needed())
	}
}

/// Whether an event recorded at `event` may be drawn at `now`: enough relay blocks have passed for
/// the relay chain's randomness to be younger than the event, and enough of it was folded in.
pub fn is_ripe(event: &BeaconState, now: &BeaconState, delay: u32, folds_needed: u64) -> bool {
	// Beyond the range of the numbers nothing is ever ripe, instead of everything at once.
	let waited = event.relay.checked_add(delay).is_some_and(|from| now.relay >= from);
	let folded = event.folds.checked_add(folds_needed).is_some_and(|from| now.folds >= from);
	waited && folded
}

/// The stream of choices of one draw.
#[derive(Clone, Copy, Debug)]
pub struct Draw {
	/// The chain.
	pub genesis: Genesis,
	/// The accumulator at the draw.
	pub acc: Accumulator,
	/// The task.
	pub task: TaskId,
	/// Which draw of the task.
	pub round: u8,
}

impl Draw {
	/// The seed of the choice number `attempt`.
	pub fn seed(&self, attempt: u32) -> [u8; 32] {
		let Self { genesis, acc, task, round } = self;
		blake2_256(&("assay/draw/v1", genesis, acc, task, round, attempt).encode())
	}

	/// The priorities of the slots of `cluster`: 64 independent, uniform bits for each. The free slot
	/// with the least of all is a fair choice among all free slots, in whatever order and over however
	/// many blocks they are looked at.
	pub fn priorities(&self, cluster: ClusterId, slots: u16) -> impl Iterator<Item = u64> {
		let Self { genesis, acc, task, round } = self;
		let seed = blake2_256(&("assay/slot/v1", genesis, acc, task, round, cluster).encode());
		let first = seed.iter().take(8).fold(0u64, |bits, byte| (bits << 8) | u64::from(*byte));
		(1..=u64::from(slots))
			.map(move |slot| splitmix64(first.wrapping_add(slot.wrapping_mul(GAMMA))))
	}

	/// The choice number `attempt` among `0..n`; `None` when `n` is zero.
	///
	/// Uniform: 64 random bits are scaled down, and the few values that would favour some choices
	/// are thrown away and drawn again from the rest of the seed. The last 64 bits are taken as they
	/// come, a bias below 2^-96 for any `n` of 32 bits.
	pub fn choose(&self, attempt: u32, n: u32) -> Option<u32> {
		let seed = self.seed(attempt);
		let width = u64::from(n);
		let unfair = u64::MAX.checked_rem(width)?.wrapping_add(1).checked_rem(width)?;
		let mut chosen = None;
		for word in seed.chunks_exact(8) {
			let bits = word.iter().fold(0u64, |bits, byte| (bits << 8) | u64::from(*byte));
			chosen = bits.checked_rem(width);
			if bits <= u64::MAX - unfair {
				break;
			}
		}
		chosen.and_then(|index| u32::try_from(index).ok())
	}

	/// A uniformly random order of `0..n`.
	pub fn shuffle(&self, n: u32) -> Vec<u32> {
		let mut order: Vec<u32> = (0..n).collect();
		// Fisher-Yates from the top: every order is equally likely.
		for top in (1..n).rev() {
			if let Some(other) = self.choose(top, top.saturating_add(1)) {
				order.swap(top as usize, other as usize);
			}
		}
		order
	}
}

/// The increment of [`splitmix64`]'s sequence.
const GAMMA: u64 = 0x9e37_79b9_7f4a_7c15;

/// The output function of SplitMix64 (Steele, Lea and Flood, OOPSLA 2014).
fn splitmix64(state: u64) -> u64 {
	let state = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
	let state = (state ^ (state >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
	state ^ (state >> 31)
}

#[cfg(test)]
mod tests {
	use super::*;

	fn draw(round: u8, task: u64) -> Draw {
		Draw { genesis: Genesis([7; 32]), acc: [3; 32], task: TaskId(task), round }
	}

	#[test]
	fn nothing_is_chosen_from_nothing() {
		assert_eq!(draw(0, 1).choose(0, 0), None);
		assert_eq!(draw(0, 1).shuffle(0), Vec::<u32>::new());
	}

	#[test]
	fn choices_are_uniform_beyond_a_byte() {
		const CELLS: u32 = 1000;
		const DRAWS: u32 = 100_000;
		let mut counts = [0u32; CELLS as usize];
		for task in 0..DRAWS {
			counts[draw(0, task.into()).choose(0, CELLS).unwrap() as usize] += 1;
		}
		let expected = f64::from(DRAWS) / f64::from(CELLS);
		let chi: f64 = counts.iter().map(|n| (f64::from(*n) - expected).powi(2) / expected).sum();
		// 999 degrees of freedom: above 1,168 once in ten thousand honest generators.
		assert!(chi < 1168.0, "chi-square {chi}");
	}

	#[test]
	fn a_shuffle_is_a_permutation_and_each_start_is_equally_likely() {
		let mut first = [0u32; 5];
		for task in 0..10_000 {
			let mut order = draw(1, task).shuffle(5);
			first[order[0] as usize] += 1;
			order.sort_unstable();
			assert_eq!(order, [0, 1, 2, 3, 4]);
		}
		assert!(first.iter().all(|n| (1850..2150).contains(n)), "{first:?}");
	}

	#[test]
	fn the_least_priority_is_equally_likely_at_each_slot() {
		// 3 clusters with 1, 2 and 5 slots.
		let slots = [1u16, 2, 5];
		let mut least = [[0u32; 5]; 3];
		for task in 0..40_000 {
			let draw = draw(0, task);
			let all = slots.iter().enumerate().flat_map(|(cluster, slots)| {
				let priorities = draw.priorities(ClusterId(cluster as u32), *slots);
				priorities.enumerate().map(move |(slot, priority)| (priority, cluster, slot))
			});
			let (_, cluster, slot) = all.min().unwrap();
			least[cluster][slot] += 1;
		}
		let counts: Vec<u32> =
			least.iter().zip(slots).flat_map(|(row, n)| row[..usize::from(n)].to_vec()).collect();
		let chi: f64 = counts.iter().map(|n| (f64::from(*n) - 5000.0).powi(2) / 5000.0).sum();
		// 7 degrees of freedom: above 29.9 once in ten thousand honest generators.
		assert!(chi < 29.9, "chi-square {chi}: {counts:?}");
	}

	#[test]
	fn a_draw_waits_for_blocks_and_for_values() {
		let at = |relay, folds| BeaconState { acc: [0; 32], relay, folds };
		let event = at(100, 10);
		assert!(is_ripe(&event, &at(105, 12), 5, 2));
		assert!(is_ripe(&event, &at(200, 90), 5, 2));
		assert!(!is_ripe(&event, &at(104, 12), 5, 2), "too few blocks");
		assert!(!is_ripe(&event, &at(105, 11), 5, 2), "too few values");
		assert!(!is_ripe(&event, &event, 5, 2), "never at once");
		assert!(!is_ripe(&event, &at(99, 9), 0, 0), "never from the past");
		assert!(!is_ripe(&at(u32::MAX, 10), &at(u32::MAX, 12), 5, 2), "never by overflow");
		assert!(!is_ripe(&at(100, u64::MAX), &at(105, u64::MAX), 5, 2), "never by overflow");
	}

	#[test]
	fn every_part_of_the_seed_matters() {
		let base = draw(0, 1);
		let others = [
			Draw { genesis: Genesis([8; 32]), ..base },
			Draw { acc: [4; 32], ..base },
			Draw { task: TaskId(2), ..base },
			Draw { round: 1, ..base },
		];
		assert!(others.iter().all(|other| other.seed(0) != base.seed(0)));
		assert_ne!(base.seed(1), base.seed(0));
	}
}

// SPDX-License-Identifier: GPL-3.0-or-later
//! Laps: what a draw does when samples found nobody in a large network. Each block, one task of each
//! lane goes one step further; the tasks of a lane take turns.

use crate::{
	drawing::{most_glances, Referee, Search, PROOF_OF_RECORD, UNSURE_PAUSE},
	index::ROW,
	interface::TaskHandler,
	pallet::{Config, Laps, Pallet},
	search::{self, Found, Progress, Step},
	store::Store,
	types::{Lane, Lap},
	weights::WeightInfo,
};
use alloc::vec::Vec;
use assay_primitives::{
	draw::{Accumulator, Beacon},
	protocol::Role,
	BlockNumber, ClusterId, TaskId,
};
use frame_support::{
	traits::Get,
	weights::{Weight, WeightMeter},
};

/// Rows that one step of a lap reads.
pub const ROWS_PER_STEP: u32 = 64;

impl<T: Config> Pallet<T> {
	/// Lets `task` go round, and wait in the queue meanwhile. When too many do, it tries again later.
	pub(crate) fn begin_lap(task: TaskId, round: u8, lane: Lane, event: BlockNumber) {
		let lap = Lap { task, round, event, progress: Progress::default() };
		let begun = Laps::<T>::mutate(lane, |laps| {
			laps.retain(|other| other.task != task);
			laps.try_push(lap).is_ok()
		});
		if !begun {
			Self::park_until(task, Self::now().saturating_add(ROWS_PER_STEP));
			return;
		}
		// Whoever becomes free behind its back is remembered from now on.
		Self::enter(task, true, |queue| {
			let serial = queue.serial;
			if let Some(waiter) = queue.find_mut(task) {
				waiter.seen = Some(serial);
			}
		});
	}

	/// Ends the lap of `task`, if there is one.
	pub(crate) fn end_lap(task: TaskId, lane: Lane) {
		Laps::<T>::mutate_exists(lane, |slot| {
			let mut laps = slot.take().unwrap_or_default();
			laps.retain(|lap| lap.task != task);
			*slot = (!laps.is_empty()).then_some(laps);
		});
	}

	/// The most that a step of a lap can weigh, the last one included.
	pub(crate) fn heaviest_step(lane: Lane) -> Weight {
		let role = match lane {
			Lane::Checking => Role::Panel,
			Lane::Executing => Role::Executor,
		};
		let looks = ROW.saturating_add(search::MAX_PICKS);
		Self::step_weight(ROWS_PER_STEP, looks)
			.saturating_add(Self::glance_weight(most_glances(looks)))
			.saturating_add(Self::last_writes())
			.saturating_add(Self::heaviest_end(role))
	}

	/// What the last step of a lap can write beside what is measured, where one cluster is taken: more
	/// clusters, or the next wake.
	fn last_writes() -> Weight {
		T::DbWeight::get().reads_writes(1, search::MAX_PICKS.into())
	}

	/// The weight of a step that reads so many rows and looks at so many clusters.
	fn step_weight(rows: u32, looks: u32) -> Weight {
		// The generated weight has for each look the larger of its two proofs.
		let proof = Weight::from_parts(0, PROOF_OF_RECORD).saturating_mul(looks.into());
		T::WeightInfo::lap(rows, looks).saturating_add(proof)
	}

	/// Goes one step further with the first lap of each lane.
	pub(crate) fn serve_laps(meter: &mut WeightMeter) {
		for lane in Lane::ALL {
			let mut laps = Laps::<T>::get(lane);
			if laps.is_empty() || !meter.can_consume(Self::heaviest_step(lane)) {
				continue;
			}
			let mut lap = laps.remove(0);
			match laps.is_empty() {
				true => Laps::<T>::remove(lane),
				false => Laps::<T>::insert(lane, laps),
			}
			let (weight, over) = Self::step_lap(&mut lap, &T::Beacon::now().acc);
			meter.consume(weight);
			if !over {
				// To the end of the line. Nobody can have taken its place in the meantime.
				let _ = Laps::<T>::mutate(lane, |laps| laps.try_push(lap));
			}
		}
	}

	/// Goes one step further, and says what it weighed and whether that was the last.
	pub(crate) fn step_lap(lap: &mut Lap, acc: &Accumulator) -> (Weight, bool) {
		let open = T::Handler::open_draw(lap.task);
		let Some((task, wanted)) = open.filter(|(_, wanted)| wanted.round == lap.round) else {
			if T::Handler::wanted(lap.task).is_none() {
				Self::forget(lap.task);
			}
			return (Self::step_weight(0, 0), true);
		};
		let search = Search { task: &task, wanted: &wanted, event: lap.event };
		let draw = Self::draw_of(lap.task, lap.round, acc);
		let mut referee = Referee::<T>::new(&search);
		let (store, pool) = (Store::<T>::new(), Self::pool(&search));
		let progress = &mut lap.progress;
		let Step { rows, looks, done } =
			search::step(&store, &pool, progress, &draw, ROWS_PER_STEP, &mut referee);
		if !done {
			let glances = Self::glance_weight(referee.glances);
			return (Self::step_weight(rows, looks).saturating_add(glances), false);
		}
		// Whoever led may have been taken by another task since: then those behind move up.
		let count = usize::from(wanted.count);
		let leaders: Vec<ClusterId> =
			progress.contest.leaders().iter().map(|runner| runner.cluster).collect();
		let more = u32::try_from(leaders.len()).unwrap_or(u32::MAX);
		let place = |cluster: &ClusterId| Self::place_of(*cluster, pool.engine());
		let places = leaders.iter().filter_map(place).collect();
		let picks = search::together(search::free(places, &mut referee), count, &referee);
		// With as many leaders as there can be, others may have fitted as well.
		let full = leaders.len() >= search::MAX_PICKS as usize;
		let later = match picks.len() < count && full {
			true => Some(Self::now().saturating_add(UNSURE_PAUSE)),
			false => progress.later,
		};
		let found = Found { picks, later, tries: progress.tries, unsure: false };
		let end = Self::conclude(lap.task, &draw, pool.positions(), found, &mut referee, true);
		let weight = Self::step_weight(rows, looks.saturating_add(more))
			.saturating_add(Self::glance_weight(referee.glances))
			.saturating_add(Self::last_writes());
		(weight.saturating_add(end), true)
	}
}

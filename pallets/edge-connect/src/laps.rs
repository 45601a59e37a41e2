// SPDX-License-Identifier: GPL-3.0-or-later
//! Laps: what a draw does when samples found nobody in a large network. Each block, one task of each
//! lane goes one step further; the tasks of a lane take turns.

use crate::{
	drawing::{Referee, Search},
	index::ROW,
	interface::TaskHandler,
	pallet::{Config, Laps, Pallet, Tasks},
	search::{self, Found, Judge, Look, Progress, Step},
	store::Store,
	types::{Lane, Lap},
	weights::WeightInfo,
};
use alloc::vec::Vec;
use assay_primitives::{
	draw::{Accumulator, Beacon},
	protocol::Pick,
	BlockNumber, TaskId,
};
use frame_support::weights::{Weight, WeightMeter};

/// Rows that one step of a lap reads.
pub const ROWS_PER_STEP: u32 = 64;

impl<T: Config> Pallet<T> {
	/// Lets `task` go round. When too many do, it waits and tries again later.
	pub(crate) fn begin_lap(task: TaskId, round: u8, lane: Lane, event: BlockNumber) {
		let begun = Laps::<T>::mutate(|laps| {
			let going = laps.iter().any(|lap| (lap.task, lap.round) == (task, round));
			let lap = Lap { task, round, lane, event, progress: Progress::default() };
			going || laps.try_push(lap).is_ok()
		});
		if !begun {
			Self::park(task, Some(Self::now().saturating_add(ROWS_PER_STEP)));
		}
	}

	/// The most that a step of a lap can weigh, the last one included.
	pub(crate) fn heaviest_step(lane: Lane) -> Weight {
		T::WeightInfo::lap(ROWS_PER_STEP, ROW).saturating_add(Self::heaviest_end(lane))
	}

	/// Goes one step further with the first lap of each lane.
	pub(crate) fn serve_laps(meter: &mut WeightMeter) {
		for lane in Lane::ALL {
			let mut laps = Laps::<T>::get();
			let Some(first) = laps.iter().position(|lap| lap.lane == lane) else { continue };
			if !meter.can_consume(Self::heaviest_step(lane)) {
				continue;
			}
			let mut lap = laps.remove(first);
			Laps::<T>::put(&laps);
			let (weight, over) = Self::step_lap(&mut lap, &T::Beacon::now().acc);
			meter.consume(weight);
			if over {
				continue;
			}
			// To the end of the line. Nobody can have taken its place in the meantime.
			Laps::<T>::mutate(|laps| laps.try_push(lap)).ok();
		}
	}

	/// Goes one step further, and says what it weighed and whether that was the last.
	pub(crate) fn step_lap(lap: &mut Lap, acc: &Accumulator) -> (Weight, bool) {
		let wanted = T::Handler::wanted(lap.task).filter(|wanted| wanted.round == lap.round);
		let (Some(wanted), Some(task)) = (wanted, Tasks::<T>::get(lap.task)) else {
			return (T::WeightInfo::lap(0, 0), true);
		};
		let search = Search { task: &task, wanted: &wanted, event: lap.event };
		let draw = Self::draw_of(lap.task, lap.round, acc);
		let mut referee = Referee::<T>::new(&search);
		let (store, pool) = (Store::<T>::new(), Self::pool(&search));
		let count = usize::from(wanted.count);
		let progress = &mut lap.progress;
		let Step { rows, looks, done } =
			search::step(&store, &pool, progress, &draw, count, ROWS_PER_STEP, &mut referee);
		let weight = T::WeightInfo::lap(rows, looks);
		if !done {
			return (weight, false);
		}
		// Whoever led may have been taken by another task since.
		let leaders = progress.contest.leaders().iter();
		let looked: Vec<Look> = leaders.map(|runner| referee.look(runner.cluster)).collect();
		let mut later = progress.later;
		let mut picks: Vec<Pick> = Vec::new();
		for look in looked {
			match look {
				Look::Free { pick, .. } => picks.push(pick),
				// Somebody fitted: another lap would find somebody else, or the same again.
				Look::From(_) | Look::Not => later = Some(Self::now().saturating_add(1)),
			}
		}
		let picks = search::together(picks, count, &referee);
		let found = Found { picks, later, tries: progress.tries };
		let end = Self::conclude(lap.task, &draw, pool.positions(), found, &mut referee);
		(weight.saturating_add(end), true)
	}
}

// SPDX-License-Identifier: GPL-3.0-or-later
//! Deadlines. Each open task has one timer, which is moved only when it has to ring earlier: a later
//! deadline lets it ring in vain once, which is cheaper than moving it at every step.
//!
//! A block serves what is due as far as its weight goes and carries the rest over; nothing is lost,
//! and [`crate::Call::poke`] does the same for a single task.

use crate::{
	pallet::{Agenda, AgendaCursor, Cases, Config, Pallet},
	types::{Case, TIMER_PROBES},
	weights::WeightInfo,
};
use assay_primitives::{
	protocol::{Input, Stage},
	BlockNumber, TaskId,
};
use frame_support::{defensive, weights::WeightMeter};

impl<T: Config> Pallet<T> {
	/// Makes sure that the agenda looks at the task no later than just after its deadline.
	///
	/// A full agenda moves the timer to one of the next buckets, so a deadline may be taken a few
	/// blocks late; when all of those are full, `poke` remains.
	pub(crate) fn arm(task: TaskId, case: &mut Case<T::AccountId>) {
		let now = Self::now();
		let due = case.trial.deadline.saturating_add(1).max(now.saturating_add(1));
		if case.timer > now && case.timer <= due {
			return;
		}
		for probe in 0..TIMER_PROBES {
			let block = due.saturating_add(probe);
			if Agenda::<T>::mutate(block, |bucket| bucket.try_push(task)).is_ok() {
				case.timer = block;
				return;
			}
		}
		defensive!("the agenda is full for many blocks");
	}

	/// Takes the exits whose deadline has passed.
	pub(crate) fn serve_agenda(meter: &mut WeightMeter) {
		if meter.try_consume(T::WeightInfo::serve_nothing()).is_err() {
			return;
		}
		let now = Self::now();
		let mut block = AgendaCursor::<T>::get();
		while block <= now {
			if !Self::serve_bucket(block, meter) {
				break;
			}
			block = block.saturating_add(1);
			if meter.try_consume(T::WeightInfo::serve_nothing()).is_err() {
				break;
			}
		}
		AgendaCursor::<T>::put(block);
	}

	/// Serves one bucket; says whether it is finished.
	fn serve_bucket(block: BlockNumber, meter: &mut WeightMeter) -> bool {
		let mut bucket = Agenda::<T>::take(block);
		while let Some(task) = bucket.last().copied() {
			let worst = T::WeightInfo::finalise().max(T::WeightInfo::pass_deadline());
			if !meter.can_consume(worst) {
				Agenda::<T>::insert(block, bucket);
				return false;
			}
			bucket.pop();
			meter.consume(Self::ring(task, block));
		}
		true
	}

	/// The timer of `task` that was set for `block` rings. Returns the weight of what followed.
	pub(crate) fn ring(task: TaskId, block: BlockNumber) -> frame_support::weights::Weight {
		let stale = T::WeightInfo::stale_timer();
		let Some(mut case) = Cases::<T>::get(task).filter(|case| case.timer == block) else {
			// An earlier timer has replaced this one, or the task is gone.
			return stale;
		};
		if Self::now() <= case.trial.deadline {
			Self::arm(task, &mut case);
			Cases::<T>::insert(task, case);
			return stale;
		}
		let weight = match case.trial.stage {
			Stage::Decided(_) => T::WeightInfo::finalise(),
			_ => T::WeightInfo::pass_deadline(),
		};
		if Self::advance(task, case, Input::Deadline).is_err() {
			defensive!("every stage has its exit");
		}
		weight
	}
}

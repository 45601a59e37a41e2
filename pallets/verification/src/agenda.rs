// SPDX-License-Identifier: GPL-3.0-or-later
//! Deadlines. Each open task has one timer, which is moved only when it has to ring earlier: a later
//! deadline lets it ring in vain once, which is cheaper than moving it at every step. The timers of the first
//! few tasks are at hand, in the hot row, which every block writes; those of all others have rows of their own.
//!
//! A block serves what is due as far as its weight goes and carries the rest over; nothing is lost,
//! and [`crate::Call::poke`] does the same for a single task.

use crate::{
	pallet::{Agenda, AgendaPages, Cases, Config, Pallet},
	types::{Bucket, Case},
	weights::WeightInfo,
};
use assay_primitives::{BlockNumber, TaskId};
use frame_support::{
	defensive,
	traits::Get,
	weights::{Weight, WeightMeter},
};
use pallet_edge_connect::Scheduler;

impl<T: Config> Pallet<T> {
	/// Makes sure that the agenda looks at the task just after its deadline, or earlier and again. Returns the
	/// weight of it beside that of the row that every block reads and writes.
	pub(crate) fn arm(task: TaskId, case: &mut Case<T::AccountId>) -> Weight {
		let now = Self::now();
		let due = case.trial.deadline.saturating_add(1).max(now.saturating_add(1));
		if case.timer > now && case.timer <= due {
			return Weight::zero();
		}
		case.timer = due;
		if T::Scheduler::with_clock(|clock| clock.set(task, due)) {
			return Weight::zero();
		}
		Self::book(task, due);
		T::WeightInfo::book_timer()
	}

	/// Sets a timer that is not at hand.
	pub(crate) fn book(task: TaskId, due: BlockNumber) {
		Agenda::<T>::mutate(due, |bucket| {
			// However many deadlines somebody heaps on one block, each finds a place: a full page
			// is put aside whole, so that the cost of one more timer never depends on the others.
			if bucket.page.is_full() {
				let page = core::mem::take(&mut bucket.page);
				AgendaPages::<T>::insert((due, bucket.full_pages), page);
				bucket.full_pages = bucket.full_pages.saturating_add(1);
			}
			if bucket.page.try_push(task).is_err() {
				defensive!("a page that is not full has room");
			}
		});
	}

	/// The least that the hook needs to get on in every block.
	pub(crate) fn least_limit() -> Weight {
		// It may have to look at an empty block first, and writes what it leaves of the other.
		T::WeightInfo::serve_nothing()
			.saturating_add(T::WeightInfo::serve_nothing())
			.saturating_add(T::DbWeight::get().writes(1))
			.saturating_add(Self::heaviest_exit())
	}

	/// Takes the exits whose deadline has passed.
	pub(crate) fn serve_agenda(meter: &mut WeightMeter) {
		if meter.try_consume(T::WeightInfo::serve_nothing()).is_err() {
			return;
		}
		let now = Self::now();
		let mut block = T::Scheduler::clock().next;
		while block <= now {
			if !Self::serve_timers_at_hand(block, meter) || !Self::serve_bucket(block, meter) {
				break;
			}
			block = block.saturating_add(1);
			if block <= now && meter.try_consume(T::WeightInfo::serve_nothing()).is_err() {
				break;
			}
		}
		T::Scheduler::with_clock(|clock| clock.next = block);
	}

	/// Serves the timers at hand that ring until `block`; says whether it got through all of them.
	pub(crate) fn serve_timers_at_hand(block: BlockNumber, meter: &mut WeightMeter) -> bool {
		let worst = Self::heaviest_exit();
		loop {
			let mut clock = T::Scheduler::clock();
			let Some((due, task)) = clock.take_due(block) else { return true };
			if !meter.can_consume(worst) {
				return false;
			}
			T::Scheduler::with_clock(|current| *current = clock);
			meter.consume(Self::ring(task, due));
		}
	}

	/// Serves one bucket; says whether it is finished.
	fn serve_bucket(block: BlockNumber, meter: &mut WeightMeter) -> bool {
		let worst = Self::heaviest_exit();
		// Mostly there is none, and nothing to write.
		let Ok(mut bucket) = Agenda::<T>::try_get(block) else { return true };
		if meter.try_consume(T::DbWeight::get().writes(1)).is_err() {
			return false;
		}
		Agenda::<T>::remove(block);
		loop {
			let Some(task) = bucket.page.last().copied() else {
				if bucket.full_pages == 0 {
					return true;
				}
				if meter.try_consume(T::WeightInfo::serve_nothing()).is_err() {
					break;
				}
				Self::turn_page(block, &mut bucket);
				continue;
			};
			if !meter.can_consume(worst) {
				break;
			}
			bucket.page.pop();
			meter.consume(Self::ring(task, block));
		}
		Agenda::<T>::insert(block, bucket);
		false
	}

	/// Takes back the page that was put aside last.
	fn turn_page(block: BlockNumber, bucket: &mut Bucket) {
		bucket.full_pages = bucket.full_pages.saturating_sub(1);
		match AgendaPages::<T>::take((block, bucket.full_pages)) {
			Some(page) => bucket.page = page,
			None => {
				defensive!("pages are counted");
			},
		}
	}

	/// The timer of `task` that was set for `block` rings. Returns the weight of what followed.
	pub(crate) fn ring(task: TaskId, block: BlockNumber) -> Weight {
		let stale = T::WeightInfo::stale_timer();
		let Some(mut case) = Cases::<T>::get(task).filter(|case| case.timer == block) else {
			// An earlier timer has replaced this one, or the task is gone.
			return stale;
		};
		if Self::now() <= case.trial.deadline {
			let armed = Self::arm(task, &mut case);
			Cases::<T>::insert(task, case);
			return stale.saturating_add(armed);
		}
		Self::take_exit(task, case).unwrap_or_else(|_| {
			defensive!("every stage has its exit");
			stale
		})
	}
}

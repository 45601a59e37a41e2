// SPDX-License-Identifier: GPL-3.0-or-later
//! Tasks whose draw found nobody wait here, in order, per engine and lane, until capacity appears.
//! Nothing is ever scanned: a cluster that can take work wakes the queues of its own engines.

use crate::{
	interface::TaskHandler,
	pallet::{Config, Counter, Event, Pallet, Parked, Tasks, Wakes},
	types::{Lane, PendingDraw, Waiting, Wake},
	weights::WeightInfo,
};
use alloc::vec::Vec;
use assay_primitives::{spec::Engine, BlockNumber, TaskId};
use frame_support::weights::WeightMeter;

/// Tasks of one engine that are woken in one block.
pub const WAKES_PER_BLOCK: u32 = 8;

impl<T: Config> Pallet<T> {
	/// Lets `task` wait, until block `again` at the latest if there is one. A full queue drops it:
	/// the task's own deadline then refunds it.
	pub(crate) fn park(task: TaskId, again: Option<BlockNumber>) {
		let (Some(row), Some(wanted)) = (Tasks::<T>::get(task), T::Handler::wanted(task)) else {
			return;
		};
		let engine = row.request.demand.engine;
		let entered = Parked::<T>::mutate(engine, |queue| {
			let waits = queue.iter().any(|waiting| *waiting == task);
			(!waits).then(|| queue.lane_mut(Lane::of(wanted.role)).try_push(task).is_ok())
		});
		match entered {
			Some(true) => {
				Counter::<T>::mutate(|row| row.parked = row.parked.saturating_add(1));
				Self::deposit_event(Event::TaskParked { task, role: wanted.role });
			},
			Some(false) => return,
			// It waits already.
			None => {},
		}
		if let Some(from) = again {
			Self::wake(&[engine], from);
		}
	}

	/// Takes `task` out of the queue, wherever it stands.
	pub(crate) fn unpark(task: TaskId, engine: Engine) {
		if Counter::<T>::get().parked == 0 {
			return;
		}
		let found = Parked::<T>::mutate_exists(engine, |slot| {
			let Some(queue) = slot else { return false };
			let found = queue.remove(task);
			if queue.is_empty() {
				*slot = None;
			}
			found
		});
		if found {
			Counter::<T>::mutate(|counters| counters.parked = counters.parked.saturating_sub(1));
		}
	}

	/// Capacity for `engines` appears in block `from`: everybody who waits for them now gets one
	/// more draw then. Returns how many queues were looked at.
	pub(crate) fn wake(engines: &[Engine], from: BlockNumber) -> u32 {
		if Counter::<T>::get().parked == 0 {
			return 0;
		}
		let looked_at = u32::try_from(engines.len()).unwrap_or(u32::MAX);
		let now = Self::now();
		let queues: Vec<Wake> = engines
			.iter()
			.filter_map(|engine| {
				let queue = Parked::<T>::get(engine);
				let count = |waiting: &Waiting| u16::try_from(waiting.len()).unwrap_or(u16::MAX);
				let (checking, executing) = (count(&queue.checking), count(&queue.executing));
				(!queue.is_empty()).then_some(Wake { engine: *engine, checking, executing, from })
			})
			.collect();
		if queues.is_empty() {
			return looked_at;
		}
		Wakes::<T>::mutate(|wakes| {
			for wake in queues {
				// One entry per engine for this block, and one for the next date.
				let same = |open: &&mut Wake| {
					open.engine == wake.engine && (open.from <= now) == (from <= now)
				};
				if let Some(open) = wakes.iter_mut().find(same) {
					(open.checking, open.executing) = (wake.checking, wake.executing);
					open.from = open.from.min(from);
				} else if let Err(wake) = wakes.try_push(wake) {
					// With more engines than places, the latest date waits for the next capacity:
					// whoever books far ahead cannot keep others from being woken now.
					let latest = wakes.iter_mut().max_by_key(|open| open.from);
					if let Some(latest) = latest.filter(|open| open.from > wake.from) {
						*latest = wake;
					}
				}
			}
		});
		looked_at
	}

	/// Asks for a draw for the first tasks of each woken queue.
	///
	/// Runs in the block after the capacity appeared, so that it is older than the draw's event.
	pub(crate) fn serve_wakes(meter: &mut WeightMeter) {
		let now = Self::now();
		let mut wakes = Wakes::<T>::get();
		if wakes.iter().all(|wake| wake.from > now) {
			return;
		}
		let mut woken: Vec<TaskId> = Vec::new();
		for wake in wakes.iter_mut().filter(|wake| wake.from <= now) {
			for turn in 0..WAKES_PER_BLOCK {
				// Those who check come first, but checks that nobody can make leave half to the others.
				let lane = match (wake.checking > 0, wake.executing > 0) {
					(true, true) if turn < WAKES_PER_BLOCK / 2 => Lane::Checking,
					(true, false) => Lane::Checking,
					_ => Lane::Executing,
				};
				if wake.is_over() || meter.try_consume(T::WeightInfo::wake_task()).is_err() {
					break;
				}
				let popped = Self::pop_parked(wake.engine, lane);
				let remaining = wake.lane_mut(lane);
				*remaining = popped.map_or(0, |_| remaining.saturating_sub(1));
				woken.extend(popped);
			}
		}
		wakes.retain(|wake| !wake.is_over());
		// Stored before the draws are asked for: one that finds no place books the next wake.
		if wakes.is_empty() {
			Wakes::<T>::kill();
		} else {
			Wakes::<T>::put(wakes);
		}
		for task in woken {
			if let Some(wanted) = T::Handler::wanted(task) {
				Self::deposit_event(Event::TaskWoken { task, role: wanted.role });
				let pending = PendingDraw { task, round: wanted.round, retries: 0 };
				Self::enqueue_draw(pending, Lane::of(wanted.role));
			}
		}
	}

	fn pop_parked(engine: Engine, lane: Lane) -> Option<TaskId> {
		let task = Parked::<T>::mutate_exists(engine, |slot| {
			let queue = slot.as_mut()?;
			let first = queue.pop(lane);
			if queue.is_empty() {
				*slot = None;
			}
			first
		})?;
		Counter::<T>::mutate(|counters| counters.parked = counters.parked.saturating_sub(1));
		Some(task)
	}
}

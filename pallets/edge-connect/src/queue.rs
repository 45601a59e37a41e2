// SPDX-License-Identifier: GPL-3.0-or-later
//! Tasks whose draw found nobody wait here, the oldest first, per engine and lane, until capacity
//! appears. Nothing is ever scanned: a cluster that can take work wakes the queues of its own engines,
//! and is remembered there, so that the draws that follow find it among millions. A task keeps its place
//! until a draw takes it out: those who are hard to serve are not overtaken for having been woken in
//! vain.

use crate::{
	interface::TaskHandler,
	pallet::{Config, Event, Hot, Pallet, Parked, Wakes},
	types::{Attempt, Lane, PendingDraw, Queue, Waiter, Wake},
	weights::WeightInfo,
};
use alloc::vec::Vec;
use assay_primitives::{protocol::Pick, spec::Engine, BlockNumber, ClusterId, TaskId};
use frame_support::weights::WeightMeter;

/// Tasks of one engine that are woken in one block.
pub const WAKES_PER_BLOCK: u32 = 8;

impl<T: Config> Pallet<T> {
	/// Lets `task` wait, for a draw or lap that is on its way if it is `drawing`. Says whether there was a
	/// place; a full queue drops the task: its own deadline then refunds it.
	pub(crate) fn enter(task: TaskId, drawing: bool, note: impl FnOnce(&mut Queue)) -> bool {
		let Some((row, wanted)) = T::Handler::open_draw(task) else { return false };
		let entered = Parked::<T>::mutate_exists(row.request.demand.engine, |slot| {
			let mut queue = slot.take().unwrap_or_default();
			let entered = match queue.find_mut(task) {
				Some(waiter) => {
					waiter.drawing = drawing;
					Some(false)
				},
				None => {
					let waiter = Waiter { task, seen: None, drawing };
					queue.push(Lane::of(wanted.role), waiter).then_some(true)
				},
			};
			if entered.is_some() {
				note(&mut queue);
			}
			*slot = (!queue.is_empty()).then_some(queue);
			entered
		});
		if entered == Some(true) {
			Self::count(|row| row.parked = row.parked.saturating_add(1));
			Self::deposit_event(Event::TaskParked { task, role: wanted.role });
		}
		entered.is_some()
	}

	/// Lets `task` wait until somebody becomes free. Everybody was looked at, and `fitting` were too few.
	pub(crate) fn park_searched(task: TaskId, fitting: &[Pick]) {
		Self::enter(task, false, |queue| {
			let serial = queue.serial;
			if let Some(waiter) = queue.find_mut(task) {
				waiter.seen = Some(serial);
			}
			// With one more they may be enough.
			fitting.iter().for_each(|pick| queue.remember(pick.cluster));
		});
	}

	/// Lets `task` wait, whose lap found too few, `fitting`. If somebody became free behind its back, it is
	/// woken at once.
	pub(crate) fn park_after_lap(task: TaskId, fitting: &[Pick]) {
		let Some(row) = T::Handler::task(task) else { return };
		let mut missed = false;
		Self::enter(task, false, |queue| {
			let serial = queue.serial;
			let seen = queue.find_mut(task).and_then(|waiter| waiter.seen);
			missed = seen.is_none_or(|seen| seen < serial);
			fitting.iter().for_each(|pick| queue.remember(pick.cluster));
		});
		if missed {
			let next = Self::now().saturating_add(1);
			Self::wake(&[row.request.demand.engine], next, None);
		}
	}

	/// Lets `task` wait until block `from` and look for everybody then.
	pub(crate) fn park_until(task: TaskId, from: BlockNumber) {
		let Some(row) = T::Handler::task(task) else { return };
		let entered = Self::enter(task, false, |queue| {
			if let Some(waiter) = queue.find_mut(task) {
				waiter.seen = None;
			}
		});
		if entered {
			Self::wake(&[row.request.demand.engine], from, None);
		}
	}

	/// Takes `task` out of the queue, wherever it stands, and out of its lap.
	pub(crate) fn unpark(task: TaskId, engine: Engine) {
		if Hot::<T>::get().counters.parked == 0 {
			return;
		}
		let found = Parked::<T>::mutate_exists(engine, |slot| {
			let queue = slot.as_mut()?;
			let found = queue.remove(task);
			if queue.is_empty() {
				*slot = None;
			}
			found
		});
		let Some((lane, waiter)) = found else { return };
		Self::count(|counters| counters.parked = counters.parked.saturating_sub(1));
		if waiter.drawing {
			Self::end_lap(task, lane);
		}
	}

	/// Capacity for `engines` appears in block `from`, by `cluster` becoming free if it is one: everybody
	/// who waits for them gets one more draw then. Returns how many queues were looked at.
	pub(crate) fn wake(engines: &[Engine], from: BlockNumber, cluster: Option<ClusterId>) -> u32 {
		if Hot::<T>::get().counters.parked == 0 {
			return 0;
		}
		let looked_at = u32::try_from(engines.len()).unwrap_or(u32::MAX);
		let now = Self::now();
		let somebody_waits = |engine: &&Engine| match cluster {
			Some(cluster) => Parked::<T>::mutate_exists(*engine, |slot| {
				slot.as_mut().map(|queue| queue.remember(cluster)).is_some()
			}),
			None => Parked::<T>::contains_key(*engine),
		};
		let queues: Vec<Engine> = engines.iter().filter(somebody_waits).copied().collect();
		if queues.is_empty() {
			return looked_at;
		}
		Wakes::<T>::mutate(|wakes| {
			for engine in queues {
				// One entry per engine for what is due, and one for the next date.
				let is_soon = |block: BlockNumber| block <= now.saturating_add(1);
				let same =
					|open: &&mut Wake| open.engine == engine && is_soon(open.from) == is_soon(from);
				let wake = Wake::everybody(engine, from);
				if let Some(open) = wakes.iter_mut().find(same) {
					// Those who had their turn get another when everybody had one.
					open.again = open.again || open.has_begun();
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

	/// Asks for a draw for the next tasks of each queue that is being woken.
	///
	/// Runs in the block after the capacity appeared, so that it is older than the draw's event.
	pub(crate) fn serve_wakes(meter: &mut WeightMeter) {
		let now = Self::now();
		let mut wakes = Wakes::<T>::get();
		if wakes.iter().all(|wake| wake.from > now) {
			return;
		}
		let mut woken: Vec<(TaskId, Attempt)> = Vec::new();
		for wake in wakes.iter_mut().filter(|wake| wake.from <= now) {
			let mut turn = 0u32;
			while turn < WAKES_PER_BLOCK && !wake.is_over() {
				// Those who check come first, but checks that nobody can make leave half to the others.
				let lane = match (wake.checking.is_some(), wake.executing.is_some()) {
					(true, true) if turn < WAKES_PER_BLOCK / 2 => Lane::Checking,
					(true, false) => Lane::Checking,
					_ => Lane::Executing,
				};
				if meter.try_consume(T::WeightInfo::wake_task()).is_err() {
					break;
				}
				let next = Self::wake_next(wake, lane);
				turn = turn.saturating_add(next.is_some().into());
				woken.extend(next);
			}
			if wake.is_over() && wake.again {
				*wake = Wake::everybody(wake.engine, now.saturating_add(1));
			}
		}
		wakes.retain(|wake| !wake.is_over());
		// Stored before the draws are asked for: one that finds no place books the next wake.
		if wakes.is_empty() {
			Wakes::<T>::kill();
		} else {
			Wakes::<T>::put(wakes);
		}
		for (task, attempt) in woken {
			match T::Handler::wanted(task) {
				Some(wanted) => {
					Self::deposit_event(Event::TaskWoken { task, role: wanted.role });
					let pending = PendingDraw { task, round: wanted.round, attempt };
					Self::enqueue_draw(pending, Lane::of(wanted.role));
				},
				None => Self::forget(task),
			}
		}
	}

	/// Takes out a task that went on without anybody.
	pub(crate) fn forget(task: TaskId) {
		if let Some(row) = T::Handler::task(task) {
			Self::unpark(task, row.request.demand.engine);
		}
	}

	/// The next task of `lane` that has no draw on its way, and what its draw will be.
	fn wake_next(wake: &mut Wake, lane: Lane) -> Option<(TaskId, Attempt)> {
		let from = (*wake.next_mut(lane))?;
		let next = Parked::<T>::mutate_exists(wake.engine, |slot| {
			let waiting = slot.as_mut()?.lane_mut(lane);
			let idle = |waiter: &&mut Waiter| waiter.task >= from && !waiter.drawing;
			let waiter = waiting.iter_mut().find(idle)?;
			waiter.drawing = true;
			let attempt = waiter.seen.map_or(Attempt::Fresh(0), |_| Attempt::Woken);
			Some((waiter.task, attempt))
		});
		*wake.next_mut(lane) = next.map(|(task, _)| TaskId(task.0.saturating_add(1)));
		next
	}
}

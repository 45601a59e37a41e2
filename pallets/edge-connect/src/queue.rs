// SPDX-License-Identifier: GPL-3.0-or-later
//! Tasks whose draw found nobody wait here, in order, per engine, until capacity appears. Nothing
//! is ever scanned: a cluster that can take work wakes the queues of its own engines.

use crate::{
	interface::TaskHandler,
	pallet::{Config, Counter, Event, Pallet, Parked, Tasks, Wakes},
	weights::WeightInfo,
};
use assay_primitives::{spec::Engine, TaskId};
use frame_support::{defensive, weights::WeightMeter};

/// Tasks of one engine that are woken in one block.
pub const WAKES_PER_BLOCK: u32 = 8;

impl<T: Config> Pallet<T> {
	/// Lets `task` wait. A full queue drops it: the task's own deadline then refunds it.
	pub(crate) fn park(task: TaskId) {
		let (Some(row), Some(wanted)) = (Tasks::<T>::get(task), T::Handler::wanted(task)) else {
			return;
		};
		let engine = row.request.demand.engine;
		if Parked::<T>::mutate(engine, |queue| queue.try_push(task)).is_ok() {
			Counter::<T>::mutate(|counters| counters.parked = counters.parked.saturating_add(1));
			Self::deposit_event(Event::TaskParked { task, role: wanted.role });
		}
	}

	/// Takes `task` out of the queue, wherever it stands.
	pub(crate) fn unpark(task: TaskId, engine: Engine) {
		if Counter::<T>::get().parked == 0 {
			return;
		}
		let found = Parked::<T>::mutate_exists(engine, |slot| {
			let Some(queue) = slot else { return false };
			let before = queue.len();
			queue.retain(|waiting| *waiting != task);
			let found = queue.len() < before;
			if queue.is_empty() {
				*slot = None;
			}
			found
		});
		if found {
			Counter::<T>::mutate(|counters| counters.parked = counters.parked.saturating_sub(1));
		}
	}

	/// Capacity for `engines` has appeared: everybody who waits for them now gets one more draw.
	pub(crate) fn wake(engines: &[Engine]) {
		if Counter::<T>::get().parked == 0 {
			return;
		}
		for engine in engines {
			let Ok(waiting) = u16::try_from(Parked::<T>::decode_len(engine).unwrap_or(0)) else {
				defensive!("a queue is bounded");
				continue;
			};
			if waiting == 0 {
				continue;
			}
			Wakes::<T>::mutate(|wakes| {
				if let Some(open) = wakes.iter_mut().find(|(woken, _)| woken == engine) {
					open.1 = waiting;
				} else {
					// With more engines than places the rest waits for the next capacity.
					let _ = wakes.try_push((*engine, waiting));
				}
			});
		}
	}

	/// Asks for a draw for the first tasks of each woken queue.
	///
	/// Runs in the block after the capacity appeared, so that it is older than the draw's event.
	pub(crate) fn serve_wakes(meter: &mut WeightMeter) {
		let price = T::WeightInfo::wake_task();
		if meter.try_consume(T::WeightInfo::serve_nothing()).is_err() || Wakes::<T>::get().is_empty()
		{
			return;
		}
		let mut wakes = Wakes::<T>::take();
		for (engine, remaining) in wakes.iter_mut() {
			for _ in 0..WAKES_PER_BLOCK {
				if *remaining == 0 || meter.try_consume(price).is_err() {
					break;
				}
				*remaining = remaining.saturating_sub(1);
				let Some(task) = Self::pop_parked(*engine) else {
					*remaining = 0;
					break;
				};
				if let Some(wanted) = T::Handler::wanted(task) {
					Self::deposit_event(Event::TaskWoken { task, role: wanted.role });
					Self::enqueue_draw(task, 0);
				}
			}
		}
		wakes.retain(|(_, remaining)| *remaining > 0);
		Wakes::<T>::put(wakes);
	}

	fn pop_parked(engine: Engine) -> Option<TaskId> {
		let task = Parked::<T>::mutate_exists(engine, |slot| {
			let queue = slot.as_mut()?;
			let first = (!queue.is_empty()).then(|| queue.remove(0));
			if queue.is_empty() {
				*slot = None;
			}
			first
		})?;
		Counter::<T>::mutate(|counters| counters.parked = counters.parked.saturating_sub(1));
		Some(task)
	}
}

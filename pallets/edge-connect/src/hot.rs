// SPDX-License-Identifier: GPL-3.0-or-later
//! The hot row, which every block reads and writes. What nearly each step of a task needs stands in it: the step
//! itself then costs no row for that. Whatever can grow with what users do has a bound here; what is beyond has rows
//! of its own, or waits in a queue.
//!
//! Nobody may change the row while it is being changed: it is written as a whole.

use crate::{
	pallet::{Config, Hot, Pallet},
	types::{Bucket, Counters, Lane, MAX_BUCKETS},
	weights::WeightInfo,
};
use assay_primitives::{BlockNumber, BoundedVec, ConstU32, TaskId};
use codec::{Decode, Encode, MaxEncodedLen};
use frame_support::{traits::Get, weights::Weight};
use frame_system::pallet_prelude::BlockNumberFor;
use scale_info::TypeInfo;

/// Timers that the clock has room for.
pub const TIMERS_AT_HAND: u32 = 32;
/// What the way to a row at the top of the storage adds to its proof, bytes.
const PROOF_OF_WAY: u64 = 2_500;

/// The blocks whose draws are outstanding, oldest first, and the first draws of each.
pub type DrawAgenda = BoundedVec<Bucket, ConstU32<MAX_BUCKETS>>;

/// What every block reads and writes.
#[derive(Clone, PartialEq, Eq, Debug, Default, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct HotState {
	/// The hash of block zero, since the first block.
	pub genesis: Option<[u8; 32]>,
	/// Counts and next numbers.
	pub counters: Counters,
	/// The deadlines of tasks.
	pub clock: Clock,
	/// The draws of those who check.
	pub checking: DrawAgenda,
	/// The draws of executors.
	pub executing: DrawAgenda,
}

impl HotState {
	/// The draws of one lane.
	pub fn agenda(&self, lane: Lane) -> &DrawAgenda {
		match lane {
			Lane::Checking => &self.checking,
			Lane::Executing => &self.executing,
		}
	}

	/// The draws of one lane.
	pub fn agenda_mut(&mut self, lane: Lane) -> &mut DrawAgenda {
		match lane {
			Lane::Checking => &mut self.checking,
			Lane::Executing => &mut self.executing,
		}
	}
}

/// How far the judge of tasks has got with deadlines, and the timers of the first few tasks. Others have rows of
/// their own, with the judge.
#[derive(Clone, PartialEq, Eq, Debug, Default, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Clock {
	/// The first block whose deadlines are not all served.
	pub next: BlockNumber,
	/// When to look at which task; no task twice.
	pub timers: BoundedVec<(BlockNumber, TaskId), ConstU32<TIMERS_AT_HAND>>,
}

impl Clock {
	/// Sets the timer of `task`, in place of an earlier one. Says whether there was room.
	pub fn set(&mut self, task: TaskId, due: BlockNumber) -> bool {
		self.unset(task);
		self.timers.try_push((due, task)).is_ok()
	}

	/// Forgets the timer of `task`.
	pub fn unset(&mut self, task: TaskId) {
		self.timers.retain(|(_, other)| *other != task);
	}

	/// Takes out the timer that rings first, if that is not after `block`.
	pub fn take_due(&mut self, block: BlockNumber) -> Option<(BlockNumber, TaskId)> {
		let (place, (due, _)) = self.timers.iter().enumerate().min_by_key(|(_, (due, _))| *due)?;
		(*due <= block).then(|| self.timers.remove(place))
	}
}

impl<T: Config> Pallet<T> {
	/// Changes counts and next numbers. The change must not come back to this pallet.
	pub(crate) fn count<R>(change: impl FnOnce(&mut Counters) -> R) -> R {
		Hot::<T>::mutate(|hot| change(&mut hot.counters))
	}

	/// What the row costs a block. Benchmarks do not count its accesses.
	pub(crate) fn weight_of_hot_row() -> Weight {
		let proof = (HotState::max_encoded_len() as u64).saturating_add(PROOF_OF_WAY);
		T::WeightInfo::begin_block()
			.saturating_add(T::DbWeight::get().reads_writes(1, 1))
			.saturating_add(Weight::from_parts(0, proof))
	}

	/// The hash of block zero.
	pub fn genesis_hash() -> [u8; 32] {
		Hot::<T>::get().genesis.unwrap_or_else(Self::look_up_genesis)
	}

	/// Keeps the hash of block zero at hand.
	pub(crate) fn keep_genesis() {
		Hot::<T>::mutate(|hot| {
			hot.genesis.get_or_insert_with(Self::look_up_genesis);
		});
	}

	fn look_up_genesis() -> [u8; 32] {
		let hash = frame_system::Pallet::<T>::block_hash(BlockNumberFor::<T>::default());
		hash.as_ref().try_into().unwrap_or_default()
	}
}

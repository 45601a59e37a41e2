// SPDX-License-Identifier: GPL-3.0-or-later
//! The rows of this pallet's storage.

use assay_primitives::{
	leaf::{DrawRecord, MAX_DRAWS},
	protocol::Trial,
	Balance, BlockNumber, BoundedVec, ConstU32,
};
use codec::{Decode, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

/// Deadlines that one block's bucket of the agenda can hold.
pub const MAX_TIMERS_PER_BLOCK: u32 = 256;
/// Buckets that are tried when the right one is full.
pub const TIMER_PROBES: u32 = 8;

/// One open task, as its judge sees it.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, MaxEncodedLen, TypeInfo)]
#[scale_info(skip_type_params(AccountId))]
pub struct Case<AccountId> {
	/// Who pays.
	pub requester: AccountId,
	/// Held on the requester's account for this task: the worst case and the deposit.
	pub held: Balance,
	/// The block at which the agenda looks at this task next.
	pub timer: BlockNumber,
	/// The draws so far, for the leaf.
	pub draws: BoundedVec<DrawRecord, ConstU32<MAX_DRAWS>>,
	/// The protocol's state.
	pub trial: Trial,
}

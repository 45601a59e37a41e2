// SPDX-License-Identifier: GPL-3.0-or-later
//! The rows of this pallet's storage.

use assay_primitives::{
	array::MAX_NODES,
	leaf::{DrawRecord, MAX_DRAWS},
	merkle::Hash,
	protocol::{Trial, MAX_EXECUTIONS},
	task::{APPEAL_SEATS, WITNESSES},
	Balance, BlockNumber, BoundedVec, ClusterId, ConstU32, TaskId,
};
use codec::{Decode, Encode, MaxEncodedLen};
use pallet_edge_connect::types::{OwnerHash, Task};
use scale_info::TypeInfo;

/// Timers on one page of the agenda.
pub const TIMERS_PER_PAGE: u32 = 64;

/// Most slots that one act can free: those of the executor, of four verifiers (or three) and of a
/// panel of two (or three); of an array those of the executor, of two verifiers, of two arbiters and of three on the
/// panel.
pub const MOST_RELEASED: u32 = 8;
/// Most clusters whose bond one act can change: those who decided an appeal, and all whom it is about.
pub const MOST_PLEDGED: u32 = MOST_RELEASED + APPEAL_SEATS as u32;

/// Most clusters that one task can fine: those, and the witnesses of a complaint.
pub const MOST_FINED: u32 = MOST_PLEDGED + WITNESSES as u32;

/// One page of timers.
pub type Page = BoundedVec<TaskId, ConstU32<TIMERS_PER_PAGE>>;

/// The timers of one block: as many pages as it takes, and only the last one is ever written to.
#[derive(Clone, PartialEq, Eq, Debug, Default, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Bucket {
	/// How many full pages were put aside.
	pub full_pages: u32,
	/// The page that is being filled.
	pub page: Page,
}

/// What those who differ about an array post at once.
pub type Nodes = BoundedVec<Hash, ConstU32<MAX_NODES>>;

/// Who pays for an execution.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Payer {
	/// The requester, from what is set aside for the task.
	Requester,
	/// Whoever doubts the verdict.
	Appellant,
	/// The requester, from the bond of its complaint.
	Complaint,
}

/// Where the money for a task is set aside.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub enum Funds {
	/// On hold on the requester's account.
	Held,
	/// In the pot: it came out of the requester's purse.
	Prepaid,
}

/// Somebody who doubts a verdict.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Appellant<AccountId> {
	/// Who.
	pub account: AccountId,
	/// Held on its account: what those who judge again can cost.
	pub bond: Balance,
}

/// One open task, and everything that was decided about it.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, MaxEncodedLen, TypeInfo)]
#[scale_info(skip_type_params(AccountId))]
pub struct Case<AccountId> {
	/// What was submitted.
	pub task: Task<AccountId>,
	/// Set aside for it: the worst case and the deposit.
	pub held: Balance,
	/// Where.
	pub funds: Funds,
	/// Who appealed, if somebody did.
	pub appellant: Option<Appellant<AccountId>>,
	/// Held on the requester's account because it complained about the delivery: what witnesses can cost.
	pub complaint_bond: Balance,
	/// The block at which the agenda looks at this task next.
	pub timer: BlockNumber,
	/// The draws so far, for the leaf.
	pub draws: BoundedVec<DrawRecord, ConstU32<MAX_DRAWS>>,
	/// Who may act for the clusters of the trial's executions, in the same order, as far as that was looked up.
	pub owners: BoundedVec<Option<OwnerHash>, ConstU32<MAX_EXECUTIONS>>,
	/// The protocol's state.
	pub trial: Trial,
}

impl<AccountId> Case<AccountId> {
	/// Who may act for `cluster`, as far as that was looked up.
	pub fn owner_of(&self, cluster: ClusterId) -> Option<OwnerHash> {
		let mut all = self.trial.executions.iter().zip(&self.owners);
		*all.find(|(one, _)| one.cluster == cluster)?.1
	}
}

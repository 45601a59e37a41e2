// SPDX-License-Identifier: GPL-3.0-or-later
//! The rows of this pallet's storage.

use assay_primitives::{
	draw::BeaconState,
	protocol::Role,
	spec::{Engine, Spec, MAX_SLOTS},
	task::TaskRequest,
	Balance, BlockNumber, BoundedVec, ClusterId, ConstU32, OperatorId, TaskId,
};
use codec::{Decode, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use sp_runtime::traits::Get;

/// Positions in one row of the index.
pub const ROW: u32 = 64;
/// Draws that one block can ask for; the rest waits in the queue.
pub const MAX_DRAWS_PER_BLOCK: u32 = 256;
/// Blocks whose draws can be outstanding at once.
pub const MAX_BUCKETS: u32 = 64;
/// Tasks of one engine and lane that can wait for capacity.
pub const MAX_PARKED: u32 = 256;
/// Queues that can be in the course of being woken, or booked to be.
pub const MAX_WAKES: u32 = 64;

/// [`MAX_SLOTS`] as a bound.
pub struct MaxSlots;

impl Get<u32> for MaxSlots {
	fn get() -> u32 {
		MAX_SLOTS.into()
	}
}

/// Whether a cluster's operator wants it to be drawn.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub enum Service {
	/// Its positions are in the index.
	Active,
	/// They are not; it finishes what it has.
	Draining,
}

/// One registered executor endpoint.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, MaxEncodedLen, TypeInfo)]
#[scale_info(skip_type_params(AccountId))]
pub struct Cluster<AccountId> {
	/// Who owns it and signs for it.
	pub owner: AccountId,
	/// The owner's number.
	pub operator: OperatorId,
	/// What it offers.
	pub spec: Spec,
	/// Bond held for it on the owner's account.
	pub bond: Balance,
	/// What verdicts whose windows are still open will take of the bond.
	pub pledged: Balance,
	/// Pay that the owner can claim.
	pub accrued: Balance,
	/// Whether it takes new tasks.
	pub service: Service,
	/// When it was registered, last updated or resumed: draws for earlier events pass it by.
	pub since: BlockNumber,
	/// When a slot was last freed; its bond stays until every window of that time is closed.
	pub last_act: BlockNumber,
	/// Where its slots stand in the index, slot by slot.
	pub positions: BoundedVec<u32, MaxSlots>,
	/// Executions it has in tasks that are not final: what its bond still answers for.
	pub unsettled: u32,
	/// The tasks in its slots. Slots fill from the first, so slot `k` is free when `k` is at least
	/// the length of this list.
	pub assignments: BoundedVec<TaskId, MaxSlots>,
}

impl<AccountId> Cluster<AccountId> {
	/// Whether the bond covers every slot, beside what verdicts will take of it. Nobody is drawn
	/// who could lose more than it has.
	pub fn is_bonded(&self, slot_bond: Balance) -> bool {
		self.unpledged() >= slot_bond.saturating_mul(self.spec.slots.into())
	}

	/// The bond that can answer for another fault.
	pub fn unpledged(&self) -> Balance {
		self.bond.saturating_sub(self.pledged)
	}

	/// Whether the slot at `position` of the index is free.
	pub fn is_free_at(&self, position: u32) -> bool {
		let slot = self.positions.iter().position(|own| *own == position);
		slot.is_some_and(|slot| slot >= self.assignments.len())
	}
}

/// The standing of an account that owns clusters. Never removed: registering again washes nothing.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, MaxEncodedLen, TypeInfo)]
#[scale_info(skip_type_params(AccountId))]
pub struct Operator<AccountId> {
	/// The account.
	pub owner: AccountId,
	/// Clusters it has now.
	pub clusters: u32,
	/// First deadlines it let pass and answers that were outvoted since it last agreed.
	pub lapses: u32,
	/// Times it was suspended.
	pub suspensions: u32,
	/// No draw finds it before this block.
	pub suspended_until: BlockNumber,
}

/// What was submitted; it does not change while the task is open.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, MaxEncodedLen, TypeInfo)]
#[scale_info(skip_type_params(AccountId))]
pub struct Task<AccountId> {
	/// Who asked.
	pub requester: AccountId,
	/// What was asked.
	pub request: TaskRequest,
	/// The block of submission.
	pub submitted_at: BlockNumber,
}

/// Counts and next numbers: one row that every call of a block shares.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Counters {
	/// The next cluster's number.
	pub next_cluster: ClusterId,
	/// The next operator's number.
	pub next_operator: OperatorId,
	/// The next task's number.
	pub next_task: TaskId,
	/// Registered clusters.
	pub clusters: u32,
	/// Positions in the index.
	pub positions: u32,
	/// Open tasks.
	pub tasks: u32,
	/// Tasks that wait for capacity.
	pub parked: u32,
}

/// A draw that is due when the beacon has moved on.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct PendingDraw {
	/// For which task.
	pub task: TaskId,
	/// For which draw of the task; when it wants another by then, this one is void.
	pub round: u8,
	/// How many blocks have tried already.
	pub retries: u8,
}

/// Draws and queues for those who check are kept apart and served first: whoever floods the chain with
/// submissions must not run down the time in which a dispute has to find its panel.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub enum Lane {
	/// Verifiers and panels. Only a bonded cluster's act can ask for one.
	Checking,
	/// Executors.
	Executing,
}

impl Lane {
	/// All, in the order in which they are served.
	pub const ALL: [Self; 2] = [Self::Checking, Self::Executing];

	/// The lane of a role.
	pub fn of(role: Role) -> Self {
		match role {
			Role::Executor => Self::Executing,
			Role::Verifier | Role::Panel => Self::Checking,
		}
	}
}

/// The tasks that wait for an engine.
#[derive(Clone, PartialEq, Eq, Debug, Default, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Queue {
	/// For verifiers or a panel.
	pub checking: Waiting,
	/// For an executor.
	pub executing: Waiting,
}

impl Queue {
	/// Those of one lane.
	pub fn lane_mut(&mut self, lane: Lane) -> &mut Waiting {
		match lane {
			Lane::Checking => &mut self.checking,
			Lane::Executing => &mut self.executing,
		}
	}

	/// All, in the order in which they are woken.
	pub fn iter(&self) -> impl Iterator<Item = &TaskId> {
		self.checking.iter().chain(&self.executing)
	}

	/// How many wait.
	pub fn len(&self) -> usize {
		self.checking.len().saturating_add(self.executing.len())
	}

	/// Whether nobody waits.
	pub fn is_empty(&self) -> bool {
		self.len() == 0
	}

	/// Takes out the first of a lane.
	pub fn pop(&mut self, lane: Lane) -> Option<TaskId> {
		let waiting = self.lane_mut(lane);
		(!waiting.is_empty()).then(|| waiting.remove(0))
	}

	/// Takes `task` out, and says whether it was there.
	pub fn remove(&mut self, task: TaskId) -> bool {
		let before = self.len();
		for lane in Lane::ALL {
			self.lane_mut(lane).retain(|waiting| *waiting != task);
		}
		self.len() < before
	}
}

/// The draws that one block asked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Bucket {
	/// The block.
	pub block: BlockNumber,
	/// What the beacon said in that block.
	pub event: BeaconState,
}

/// A queue that is being woken, or will be.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Wake {
	/// For whom the tasks wait.
	pub engine: Engine,
	/// How many of those who wait to be checked are still to be woken.
	pub checking: u16,
	/// How many of those who wait for an executor are.
	pub executing: u16,
	/// From which block on.
	pub from: BlockNumber,
}

/// Tasks that wait, the first come first.
pub type Waiting = BoundedVec<TaskId, ConstU32<MAX_PARKED>>;

impl Wake {
	/// How many are still to be woken, by lane.
	pub fn lane_mut(&mut self, lane: Lane) -> &mut u16 {
		match lane {
			Lane::Checking => &mut self.checking,
			Lane::Executing => &mut self.executing,
		}
	}

	/// Whether everybody was woken.
	pub fn is_over(&self) -> bool {
		self.checking == 0 && self.executing == 0
	}
}

/// A list of draws.
pub type Draws = BoundedVec<PendingDraw, ConstU32<MAX_DRAWS_PER_BLOCK>>;

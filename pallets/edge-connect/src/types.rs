// SPDX-License-Identifier: GPL-3.0-or-later
//! The rows of this pallet's storage.

use crate::search::Progress;
use alloc::vec::Vec;
use assay_primitives::{
	blake2_256,
	draw::BeaconState,
	protocol::Role,
	settlement::Standing,
	spec::{Engine, Spec, MAX_ENGINES, MAX_SLOTS},
	task::TaskRequest,
	Balance, BlockNumber, BoundedVec, ClusterId, ConstU32, OperatorId, TaskId,
};
use codec::{Decode, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use sp_runtime::traits::Get;

/// Draws that one block can ask for; the rest waits in the queue.
pub const MAX_DRAWS_PER_BLOCK: u32 = 256;
/// Those of them that stand in the agenda itself.
pub const FIRST_DRAWS: u32 = 4;
/// Blocks whose draws can be outstanding at once, in each lane. A task that asks in one more block waits in the queue
/// and asks again block by block; where the queue is full it is dropped, and refunded at its deadline.
pub const MAX_BUCKETS: u32 = 32;
/// Tasks of one engine and lane that can wait for capacity.
pub const MAX_PARKED: u32 = 256;
/// Clusters that became free while somebody waited, which a queue remembers.
pub const MAX_RECENT: u32 = 16;
/// Queues that can be in the course of being woken, or booked to be.
pub const MAX_WAKES: u32 = 64;
/// Tasks of one lane that can go round at once.
pub const MAX_LAPS: u32 = 16;
/// Blocks of a day, at six seconds each.
pub const DAY: BlockNumber = 14_400;
/// Blocks without a fault after which half of what stands against an operator is forgotten: a week.
pub const FORGETTING: BlockNumber = 7 * DAY;
/// Requesters whose checked results count for an operator in one day.
pub const MAX_WITNESSES: u32 = 8;
/// Clusters or tasks that one call can bring.
pub const MAX_BATCH: u32 = 8;

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

/// One registered executor endpoint: what it offers, and what stands behind that. What it has to do is its
/// [`Duty`].
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
	/// Whether it takes new tasks.
	pub service: Service,
	/// When it was registered, last updated or resumed: draws for earlier events pass it by.
	pub since: BlockNumber,
	/// The last block in which a draw finds it, unless it is paid for work meanwhile. The owner's calls put
	/// it off.
	pub lease_until: BlockNumber,
	/// Its place on the shelf of each of its engines, in their order; none while it is drained.
	pub places: BoundedVec<u32, ConstU32<MAX_ENGINES>>,
}

impl<AccountId> Cluster<AccountId> {
	/// What the bond lacks to cover every slot beside what verdicts will take of it.
	pub fn lack(&self, slot_bond: Balance, pledged: Balance) -> Balance {
		let needed = slot_bond.saturating_mul(self.spec.slots.into());
		needed.saturating_sub(self.bond.saturating_sub(pledged))
	}
}

/// BLAKE2b-256 of the SCALE encoding of the account that owns a cluster: who may act for it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct OwnerHash([u8; 32]);

impl OwnerHash {
	/// That of `account`.
	pub fn of(account: &impl Encode) -> Self {
		Self(account.using_encoded(blake2_256))
	}
}

/// What a cluster has on its hands. Nobody who is idle has a row: the rows are few and near each other,
/// however many clusters there are, and they are all that a task changes from its draws to its end.
#[derive(Clone, PartialEq, Eq, Debug, Default, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Duty {
	/// Whose the cluster is, once somebody has acted for it.
	pub owner: Option<OwnerHash>,
	/// The tasks that it executes. Slots fill from the first, so slot `k` is free when `k` is at least
	/// the length of this list.
	pub executing: BoundedVec<TaskId, MaxSlots>,
	/// The tasks that it checks: each slot keeps a place for them, so that nobody can crowd checks out
	/// by filling slots with tasks.
	pub checking: BoundedVec<TaskId, MaxSlots>,
	/// Executions it has in tasks that are not final: what its bond still answers for.
	pub unsettled: u32,
	/// What verdicts whose windows are still open will take of the bond.
	pub pledged: Balance,
	/// What the bond lacks, beside that, to cover every slot. Nobody is drawn who could lose more than it
	/// has.
	pub lacking: Balance,
	/// Pay that the owner can claim.
	pub accrued: Balance,
	/// When it was last paid: its lease counts from then if that is later.
	pub paid_at: BlockNumber,
	/// The day, from one, on which all results of its operator were counted that count: no need to look.
	pub sated_on: u32,
}

impl Duty {
	/// Whether there is nothing to remember.
	pub fn is_idle(&self) -> bool {
		self.assignments().next().is_none()
			&& self.unsettled == 0
			&& self.pledged == 0
			&& self.lacking == 0
			&& self.accrued == 0
	}

	/// The tasks of one lane.
	pub fn lane_mut(&mut self, lane: Lane) -> &mut BoundedVec<TaskId, MaxSlots> {
		match lane {
			Lane::Checking => &mut self.checking,
			Lane::Executing => &mut self.executing,
		}
	}

	/// How many slots have no place for another task of `lane`.
	pub fn busy(&self, lane: Lane) -> u16 {
		let taken = match lane {
			Lane::Checking => self.checking.len(),
			Lane::Executing => self.executing.len(),
		};
		u16::try_from(taken).unwrap_or(u16::MAX)
	}

	/// Whether one of so many slots has a place for a task of some lane.
	pub fn has_place(&self, slots: u16) -> bool {
		Lane::ALL.into_iter().any(|lane| self.busy(lane) < slots)
	}

	/// All its tasks.
	pub fn assignments(&self) -> impl Iterator<Item = TaskId> + '_ {
		self.executing.iter().chain(&self.checking).copied()
	}
}

/// An account that owns clusters, or did when something stands against it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Operator {
	/// Its number.
	pub id: OperatorId,
	/// Clusters it has now.
	pub clusters: u32,
}

/// Something that an operator did wrong.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fault {
	/// It let a first deadline pass.
	Lapse,
	/// It was outvoted.
	Dissent,
	/// It hid what it had sealed.
	Silence,
}

/// What stands against an operator; nobody who is clean has a row. It outlives the clusters: registering
/// again washes nothing. All counts are halved for each [`FORGETTING`] without another fault.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Record {
	/// First deadlines it let pass and answers that were outvoted since it last agreed or was suspended.
	pub in_a_row: u32,
	/// First deadlines it let pass.
	pub lapses: u32,
	/// Answers that were outvoted.
	pub dissents: u32,
	/// Answers that it hid.
	pub silences: u32,
	/// Times it was suspended.
	pub suspensions: u32,
	/// No draw finds it before this block.
	pub suspended_until: BlockNumber,
	/// When it last did something wrong; halvings are counted from here.
	pub faulted_at: BlockNumber,
	/// When bond was last taken for a wrong answer or a hidden one.
	pub lied_at: BlockNumber,
}

impl Record {
	/// What is left of it in block `now`.
	pub fn at(self, now: BlockNumber) -> Self {
		let halvings = now.saturating_sub(self.faulted_at).checked_div(FORGETTING).unwrap_or(0);
		let left = |count: u32| count.checked_shr(halvings).unwrap_or(0);
		Self {
			in_a_row: left(self.in_a_row),
			lapses: left(self.lapses),
			dissents: left(self.dissents),
			silences: left(self.silences),
			suspensions: left(self.suspensions),
			// The blocks that do not make up a whole period go on counting.
			faulted_at: self.faulted_at.saturating_add(halvings.saturating_mul(FORGETTING)),
			..self
		}
	}

	/// Whether nothing stands against it in block `now`.
	pub fn is_clean(&self, now: BlockNumber) -> bool {
		let Self { lapses, dissents, silences, suspensions, suspended_until, .. } = self.at(now);
		lapses == 0 && dissents == 0 && silences == 0 && suspensions == 0 && suspended_until <= now
	}
}

/// How often an operator's results were checked and found right since it last did something wrong. Counted
/// at most once a day for each requester, and for [`MAX_WITNESSES`] of them: what it costs to seem reliable
/// is days, not tasks.
#[derive(Clone, PartialEq, Eq, Debug, Default, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Experience {
	/// How often.
	pub checked: u32,
	/// The day that was counted last, in [`DAY`]s of blocks.
	pub day: u32,
	/// For whom on that day: the first bytes of hashes of their accounts.
	pub witnesses: BoundedVec<[u8; 4], ConstU32<MAX_WITNESSES>>,
}

/// The day of a block, in [`DAY`]s of blocks.
pub fn day_of(block: BlockNumber) -> u32 {
	block.checked_div(DAY).unwrap_or(0)
}

impl Experience {
	/// Whether nothing more counts on the day of block `now`.
	pub fn is_sated(&self, now: BlockNumber) -> bool {
		self.day == day_of(now) && self.witnesses.is_full()
	}

	/// Counts a result that was checked in block `now` for `witness`. Says whether it counted.
	pub fn gain(&mut self, witness: [u8; 4], now: BlockNumber) -> bool {
		let day = day_of(now);
		if day != self.day {
			self.witnesses = BoundedVec::new();
			self.day = day;
		}
		let counts = !self.witnesses.contains(&witness) && self.witnesses.try_push(witness).is_ok();
		self.checked = self.checked.saturating_add(counts.into());
		counts
	}
}

/// The final account of one execution.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Receipt {
	/// Who.
	pub cluster: ClusterId,
	/// Whose.
	pub operator: OperatorId,
	/// What it says about the operator.
	pub standing: Standing,
	/// What its owner can claim.
	pub pay: Balance,
	/// What its bond pays, which was set aside until now.
	pub fine: Balance,
	/// For whom it was checked by somebody whom nobody could choose; `None` if it was not.
	pub witness: Option<[u8; 4]>,
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
	/// The requester's number, if it had clusters then: it never runs its own task.
	pub own: Option<OperatorId>,
}

/// Counts and next numbers.
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
	/// After this block nobody is suspended: draws need not ask.
	pub suspended_until: BlockNumber,
	/// The day, from one, on which somebody was last at fault: who had enough results counted on that day may
	/// have to begin anew.
	pub faulted_on: u32,
}

/// A draw that is due when the beacon has moved on.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct PendingDraw {
	/// For which task.
	pub task: TaskId,
	/// For which draw of the task; when it wants another by then, this one is void.
	pub round: u8,
	/// What has been tried already.
	pub attempt: Attempt,
}

/// What has been tried for a task before a draw.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub enum Attempt {
	/// Samples in so many blocks.
	Fresh(u8),
	/// Everybody. Since then the task has waited for whoever becomes free.
	Woken,
}

/// A task that goes round.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Lap {
	/// Which task.
	pub task: TaskId,
	/// For which draw of the task.
	pub round: u8,
	/// The block of the event that caused the draw.
	pub event: BlockNumber,
	/// How far it has come.
	pub progress: Progress,
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
			_ => Self::Checking,
		}
	}
}

/// A task that waits for capacity.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Waiter {
	/// Which task.
	pub task: TaskId,
	/// Everybody was looked at, but for those remembered with a larger number; `None` if not everybody was.
	pub seen: Option<u32>,
	/// Whether a draw or a lap for it is on its way.
	pub drawing: bool,
}

/// Tasks that wait, the oldest first.
pub type Waiting = BoundedVec<Waiter, ConstU32<MAX_PARKED>>;

/// The tasks that wait for an engine.
#[derive(Clone, PartialEq, Eq, Debug, Default, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Queue {
	/// For verifiers or a panel.
	pub checking: Waiting,
	/// For an executor.
	pub executing: Waiting,
	/// Who became free since somebody waits, with a number, the latest last.
	pub recent: BoundedVec<(u32, ClusterId), ConstU32<MAX_RECENT>>,
	/// The last number that was given.
	pub serial: u32,
	/// The last number whose cluster had to make room.
	pub forgotten: u32,
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
	pub fn iter(&self) -> impl Iterator<Item = TaskId> + '_ {
		self.checking.iter().chain(&self.executing).map(|waiter| waiter.task)
	}

	/// How many wait.
	pub fn len(&self) -> usize {
		self.checking.len().saturating_add(self.executing.len())
	}

	/// Whether nobody waits.
	pub fn is_empty(&self) -> bool {
		self.len() == 0
	}

	/// The row of `task`, if it waits.
	pub fn find_mut(&mut self, task: TaskId) -> Option<&mut Waiter> {
		self.checking.iter_mut().chain(&mut self.executing).find(|waiter| waiter.task == task)
	}

	/// Lets somebody wait, behind those who are older. Says whether there was a place.
	pub fn push(&mut self, lane: Lane, waiter: Waiter) -> bool {
		let waiting = self.lane_mut(lane);
		let place = waiting.partition_point(|other| other.task < waiter.task);
		waiting.try_insert(place, waiter).is_ok()
	}

	/// Takes `task` out, and says where it stood and as what.
	pub fn remove(&mut self, task: TaskId) -> Option<(Lane, Waiter)> {
		Lane::ALL.into_iter().find_map(|lane| {
			let waiting = self.lane_mut(lane);
			let at = waiting.iter().position(|waiter| waiter.task == task)?;
			Some((lane, waiting.remove(at)))
		})
	}

	/// Remembers that `cluster` became free.
	pub fn remember(&mut self, cluster: ClusterId) {
		self.serial = self.serial.saturating_add(1);
		self.recent.retain(|(_, other)| *other != cluster);
		if self.recent.is_full() {
			let (number, _) = self.recent.remove(0);
			self.forgotten = number;
		}
		let _ = self.recent.try_push((self.serial, cluster));
	}

	/// Who became free since everybody was looked at for `task`; `None` if that is not known of all.
	pub fn free_since(&mut self, task: TaskId) -> Option<Vec<ClusterId>> {
		let forgotten = self.forgotten;
		let seen = self.find_mut(task)?.seen.filter(|seen| *seen >= forgotten)?;
		let new = self.recent.iter().filter(|(number, _)| *number > seen);
		Some(new.map(|(_, cluster)| *cluster).collect())
	}
}

/// The first draws that one block asked for, in order. They are no list, because the hot row has many of them, is
/// read often, and each list would take memory of its own.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct FirstDraws([Option<PendingDraw>; FIRST_DRAWS as usize]);

impl FirstDraws {
	/// Adds one. Says whether there was room.
	pub fn push(&mut self, draw: PendingDraw) -> bool {
		let free = self.0.iter_mut().find(|place| place.is_none());
		free.map(|place| *place = Some(draw)).is_some()
	}

	/// All of them.
	pub fn iter(&self) -> impl Iterator<Item = PendingDraw> {
		self.0.into_iter().flatten()
	}

	/// Whether there are none.
	pub fn is_empty(&self) -> bool {
		self.iter().next().is_none()
	}

	/// Whether there is no room.
	pub fn is_full(&self) -> bool {
		self.0.iter().all(Option::is_some)
	}
}

/// The draws that one block asked for.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Bucket {
	/// The block.
	pub block: BlockNumber,
	/// What the beacon said in that block.
	pub event: BeaconState,
	/// The first of them: those of a quiet block need no row of their own.
	pub first: FirstDraws,
	/// Whether there are others, in a row of their own.
	pub more: bool,
}

/// A queue that is being woken, or will be.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Wake {
	/// For whom the tasks wait.
	pub engine: Engine,
	/// The first task that has still to be woken among those who wait to be checked; nobody, if none.
	pub checking: Option<TaskId>,
	/// And among those who wait for an executor.
	pub executing: Option<TaskId>,
	/// Whether capacity appeared meanwhile: everybody is to be woken once more.
	pub again: bool,
	/// From which block on.
	pub from: BlockNumber,
}

impl Wake {
	/// Everybody who waits for `engine` is to be woken.
	pub fn everybody(engine: Engine, from: BlockNumber) -> Self {
		let first = Some(TaskId(0));
		Self { engine, checking: first, executing: first, again: false, from }
	}

	/// Who is next, by lane.
	pub fn next_mut(&mut self, lane: Lane) -> &mut Option<TaskId> {
		match lane {
			Lane::Checking => &mut self.checking,
			Lane::Executing => &mut self.executing,
		}
	}

	/// Whether somebody had a turn.
	pub fn has_begun(&self) -> bool {
		let first = Some(TaskId(0));
		(self.checking, self.executing) != (first, first)
	}

	/// Whether everybody was woken.
	pub fn is_over(&self) -> bool {
		self.checking.is_none() && self.executing.is_none()
	}
}

/// The draws of a block that do not stand in the agenda.
pub type Draws = BoundedVec<PendingDraw, ConstU32<{ MAX_DRAWS_PER_BLOCK - FIRST_DRAWS }>>;

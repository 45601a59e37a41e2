// SPDX-License-Identifier: GPL-3.0-or-later
//! The two traits between this pallet and the one that judges tasks. This pallet names neither
//! verdicts nor money other than bonds.

use crate::{
	hot::Clock,
	types::{Cluster, Duty, OwnerHash, Receipt, Task},
};
use alloc::vec::Vec;
#[cfg(feature = "runtime-benchmarks")]
use assay_primitives::task::TaskRequest;
use assay_primitives::{
	leaf::DrawRecord,
	protocol::{Breadth, Pick, Refusal, Role},
	spec::{Architecture, Engine},
	Balance, BlockNumber, ClusterId, OperatorId, PanelNonce, TaskId,
};
use codec::{Decode, Encode};
#[cfg(feature = "runtime-benchmarks")]
use frame_support::pallet_prelude::DispatchError;
use frame_support::{pallet_prelude::DispatchResult, weights::Weight};

/// What a task's open draw looks for.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Wanted {
	/// What for.
	pub role: Role,
	/// Which draw of the task.
	pub round: u8,
	/// How many clusters.
	pub count: u8,
	/// Clusters must have stood unchanged since before this block, and in any case since before the
	/// event that caused the draw.
	pub older_than: BlockNumber,
	/// The architecture the results have to be comparable with.
	pub architecture: Option<Architecture>,
	/// Operators who are in the task already.
	pub exclude: Vec<OperatorId>,
	/// Their clusters.
	pub members: Vec<ClusterId>,
	/// With which probability anybody is wanted at all, in percent; `None` when that is certain.
	pub percent: Option<u8>,
}

/// Whom a task took of those who were found.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Seated {
	/// As what: where arbiters were looked for and too few were found, they are the panel.
	pub role: Role,
	/// Who.
	pub clusters: Vec<ClusterId>,
}

/// Keeps tasks and judges them.
pub trait TaskHandler<AccountId> {
	/// Takes up a task that was submitted and holds its money, or refuses it.
	fn on_submit(id: TaskId, task: Task<AccountId>) -> DispatchResult;

	/// The requester wants it back: return its money and forget it, or refuse.
	fn on_cancel(task: TaskId) -> DispatchResult;

	/// What was submitted, as long as the task is open.
	fn task(task: TaskId) -> Option<Task<AccountId>>;

	/// What the open draw of `task` looks for; `None` when it needs nobody any more.
	fn wanted(task: TaskId) -> Option<Wanted>;

	/// Both, if there is an open draw.
	fn open_draw(task: TaskId) -> Option<(Task<AccountId>, Wanted)> {
		Self::task(task).zip(Self::wanted(task))
	}

	/// The lot fell: whether anybody is wanted for the open draw.
	fn on_lot(task: TaskId, wanted: bool);

	/// A draw found these, out of so many as `breadth` says; says which of them the task takes.
	fn on_drawn(
		task: TaskId,
		picks: Vec<Pick>,
		nonce: PanelNonce,
		breadth: Breadth,
		record: DrawRecord,
	) -> Result<Seated, Refusal>;

	/// All open tasks.
	#[cfg(any(feature = "std", feature = "try-runtime"))]
	fn tasks() -> Vec<TaskId>;

	/// Puts `task` into a state in which a draw for `role` is open, and returns it.
	#[cfg(feature = "runtime-benchmarks")]
	fn prepare_draw(task: TaskId, role: Role);

	/// Makes the next deadline that is set for `due` the dearest.
	#[cfg(feature = "runtime-benchmarks")]
	fn prepare_timer(due: BlockNumber);
}

/// What the judge of tasks needs of clusters and draws.
pub trait Scheduler<AccountId> {
	/// The hash of block zero.
	fn genesis_hash() -> [u8; 32];

	/// One cluster.
	fn cluster(cluster: ClusterId) -> Option<Cluster<AccountId>>;

	/// What it has on its hands.
	fn duty(cluster: ClusterId) -> Duty;

	/// Who may act for it, if it was looked up since it was idle.
	fn owner(cluster: ClusterId) -> Option<OwnerHash>;

	/// How many distinct operators have a cluster with `engine`.
	fn operators_with(engine: Engine) -> u32;

	/// Whether `task`, which needs `engine`, waits for capacity.
	fn is_parked(task: TaskId, engine: Engine) -> bool;

	/// Asks for the draw that `task` now wants.
	fn request_draw(task: TaskId);

	/// The slot that `task` has at `cluster` is free again. The verdict, if there is one, will take
	/// `fine` of its bond: from now on that answers for no other task. Its owner, if the task knows it, is kept for
	/// the next one. Returns the weight of waking
	/// those who wait for the slot.
	fn release(cluster: ClusterId, task: TaskId, owner: Option<OwnerHash>, fine: Balance)
		-> Weight;

	/// The most that releasing so many slots can weigh for those who wait.
	fn most_to_wake(released: u32) -> Weight;

	/// A cluster of `operator` let its first deadline pass.
	fn lapsed(operator: OperatorId);

	/// The verdict has changed: of the cluster's bond it will take `to` instead of `from`.
	fn pledge(cluster: ClusterId, from: Balance, to: Balance);

	/// Closes the account of one execution.
	fn settle(receipt: Receipt);

	/// How often the operator's results were checked and found right since it last did something wrong.
	fn experience(operator: OperatorId) -> u32;

	/// Whether the operator or its cluster was caught lying in block `since` or later.
	fn is_tainted(cluster: ClusterId, operator: OperatorId, since: BlockNumber) -> bool;

	/// The number of an account that owns clusters.
	fn operator(account: &AccountId) -> Option<OperatorId>;

	/// Takes all pay that can be claimed for the cluster, whose owner is alive then.
	fn take_accrued(cluster: ClusterId) -> Balance;

	/// Moves up to `amount` of the cluster's bond to `to`, and returns what was moved.
	fn slash(cluster: ClusterId, amount: Balance, to: &AccountId) -> Balance;

	/// How far the judge has got with deadlines, and the timers that are at hand.
	fn clock() -> Clock;

	/// Changes them. The change must not come back to the scheduler.
	fn with_clock<R>(change: impl FnOnce(&mut Clock) -> R) -> R;

	/// The draw that `task`, which needs `engine`, waited for is over: its time was up.
	fn end_draw(task: TaskId, engine: Engine);

	/// Forgets `task`, which needed `engine`.
	fn close(task: TaskId, engine: Engine);

	/// Registers a cluster for a benchmark and returns its number.
	#[cfg(feature = "runtime-benchmarks")]
	fn prepare_cluster(owner: &AccountId, seed: u32) -> Result<ClusterId, DispatchError>;

	/// Lets a cluster of a benchmark have served before: it has pay to claim.
	#[cfg(feature = "runtime-benchmarks")]
	fn prepare_service(cluster: ClusterId);

	/// Stores a task for a benchmark and returns its number.
	#[cfg(feature = "runtime-benchmarks")]
	fn prepare_task(requester: &AccountId, request: TaskRequest) -> Result<TaskId, DispatchError>;

	/// Lets this block and others have asked for as many draws as they may, and leaves room for one timer at hand.
	#[cfg(feature = "runtime-benchmarks")]
	fn prepare_crowd();

	/// Makes every draw that was asked for, ripe or not.
	#[cfg(feature = "runtime-benchmarks")]
	fn make_draws();
}

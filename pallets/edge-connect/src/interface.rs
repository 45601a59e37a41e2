// SPDX-License-Identifier: GPL-3.0-or-later
//! The two traits between this pallet and the one that judges tasks. This pallet names neither
//! verdicts nor money other than bonds.

use crate::types::{Cluster, Duty, Task};
use alloc::vec::Vec;
use assay_primitives::{
	leaf::DrawRecord,
	protocol::{Breadth, Pick, Refusal, Role},
	settlement::Standing,
	spec::{Architecture, Engine},
	task::TaskRequest,
	Balance, BlockNumber, ClusterId, OperatorId, PanelNonce, TaskId,
};
#[cfg(feature = "runtime-benchmarks")]
use frame_support::pallet_prelude::DispatchError;
use frame_support::{pallet_prelude::DispatchResult, weights::Weight};

/// What a task's open draw looks for.
#[derive(Clone, PartialEq, Eq, Debug)]
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
}

/// What happens to a task after it was submitted.
pub trait TaskHandler<AccountId> {
	/// A task was submitted: take it up and hold its money, or refuse it.
	fn on_submit(task: TaskId, requester: &AccountId, request: &TaskRequest) -> DispatchResult;

	/// The requester wants it back: return its money and forget it, or refuse.
	fn on_cancel(task: TaskId) -> DispatchResult;

	/// What the open draw of `task` looks for; `None` when it needs nobody any more.
	fn wanted(task: TaskId) -> Option<Wanted>;

	/// A draw found these, out of so many as `breadth` says; says which of them the task takes.
	fn on_drawn(
		task: TaskId,
		picks: Vec<Pick>,
		nonce: PanelNonce,
		breadth: Breadth,
		record: DrawRecord,
	) -> Result<Vec<ClusterId>, Refusal>;

	/// Puts `task` into a state in which a draw for `role` is open, and returns it.
	#[cfg(feature = "runtime-benchmarks")]
	fn prepare_draw(task: TaskId, role: Role);
}

/// What the judge of tasks needs of clusters and draws.
pub trait Scheduler<AccountId> {
	/// The hash of block zero.
	fn genesis_hash() -> [u8; 32];

	/// What was submitted.
	fn task(task: TaskId) -> Option<Task<AccountId>>;

	/// The open tasks of `requester` after `after` in no particular order, and after which the next page
	/// starts. A page looks at so many tasks and no more, so it can be empty although another follows.
	fn tasks_of(requester: &AccountId, after: Option<TaskId>) -> (Vec<TaskId>, Option<TaskId>);

	/// One cluster.
	fn cluster(cluster: ClusterId) -> Option<Cluster<AccountId>>;

	/// What it has on its hands.
	fn duty(cluster: ClusterId) -> Duty;

	/// How many distinct operators have a cluster with `engine`.
	fn operators_with(engine: Engine) -> u32;

	/// Whether `task`, which needs `engine`, waits for capacity.
	fn is_parked(task: TaskId, engine: Engine) -> bool;

	/// Asks for the draw that `task` now wants.
	fn request_draw(task: TaskId);

	/// The slot that `task` has at `cluster` is free again. The verdict, if there is one, will take
	/// `fine` of its bond: from now on that answers for no other task. Returns the weight of waking
	/// those who wait for the slot.
	fn release(cluster: ClusterId, task: TaskId, fine: Balance) -> Weight;

	/// The most that releasing so many slots can weigh for those who wait.
	fn most_to_wake(released: u32) -> Weight;

	/// A cluster of `operator` let its first deadline pass.
	fn lapsed(operator: OperatorId);

	/// The final account of one execution of `cluster`: adds `pay` to what its owner can claim,
	/// no longer sets `fine` aside, and counts for or against its `operator`.
	fn settle(
		cluster: ClusterId,
		operator: OperatorId,
		standing: Standing,
		pay: Balance,
		fine: Balance,
	);

	/// Takes all pay that can be claimed for the cluster, whose owner is alive then.
	fn take_accrued(cluster: ClusterId) -> Balance;

	/// Moves up to `amount` of the cluster's bond to `to`, and returns what was moved.
	fn slash(cluster: ClusterId, amount: Balance, to: &AccountId) -> Balance;

	/// Forgets `task`.
	fn close(task: TaskId);

	/// Registers a cluster for a benchmark and returns its number.
	#[cfg(feature = "runtime-benchmarks")]
	fn prepare_cluster(owner: &AccountId, seed: u32) -> Result<ClusterId, DispatchError>;

	/// Stores a task for a benchmark and returns its number.
	#[cfg(feature = "runtime-benchmarks")]
	fn prepare_task(requester: &AccountId, request: TaskRequest) -> Result<TaskId, DispatchError>;

	/// Makes every draw that was asked for, ripe or not.
	#[cfg(feature = "runtime-benchmarks")]
	fn make_draws();
}

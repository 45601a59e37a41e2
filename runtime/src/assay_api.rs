// SPDX-License-Identifier: GPL-3.0-or-later
//! What clients ask the chain. Every method but [`AssayApi::network`] is the pallet's view function
//! of the same name, for clients that know runtime APIs and not view functions.

use crate::AccountId;
use alloc::vec::Vec;
use assay_primitives::{
	spec::Demand,
	task::Policy,
	view::{
		Assignment, ClusterView, LogView, MatchExplanation, NetworkView, Quote, StandingView,
		TaskView,
	},
	Balance, ClusterId, OperatorId, TaskId,
};
use polkadot_sdk::sp_api;

sp_api::decl_runtime_apis! {
	/// Clusters, tasks and the log.
	pub trait AssayApi {
		/// What the network is.
		fn network() -> NetworkView;

		/// One cluster.
		fn cluster(id: ClusterId) -> Option<ClusterView<AccountId>>;

		/// A page of clusters by number, and where the next page starts.
		fn clusters(from: ClusterId) -> (Vec<ClusterView<AccountId>>, Option<ClusterId>);

		/// The clusters of an account by number from `from` on, and where the next page starts. A page can
		/// be short, or empty, although another one follows.
		fn clusters_of(
			owner: AccountId,
			from: ClusterId,
		) -> (Vec<ClusterView<AccountId>>, Option<ClusterId>);

		/// The clusters that meet a demand, paged likewise.
		fn clusters_for(
			demand: Demand,
			from: ClusterId,
		) -> (Vec<ClusterView<AccountId>>, Option<ClusterId>);

		/// One open task.
		fn task(id: TaskId) -> Option<TaskView<AccountId>>;

		/// A page of open tasks by number, and where the next page starts.
		fn tasks(from: TaskId) -> (Vec<TaskView<AccountId>>, Option<TaskId>);

		/// The open tasks of an account in no particular order, and after which the next page starts. A page
		/// can be short, or empty, although another one follows.
		fn tasks_of(
			requester: AccountId,
			after: Option<TaskId>,
		) -> (Vec<TaskView<AccountId>>, Option<TaskId>);

		/// What a cluster has to do.
		fn assignments(cluster: ClusterId) -> Vec<Assignment<AccountId>>;

		/// Per constraint of `demand`, how many clusters of the page pass it and how many pass all
		/// others.
		fn explain_match(demand: Demand, from: ClusterId) -> MatchExplanation;

		/// What a task would cost, and what the network can do about a disagreement.
		fn quote(demand: Demand, policy: Policy) -> Quote;

		/// What an account paid in beforehand.
		fn purse(account: AccountId) -> Balance;

		/// What stands for and against an operator.
		fn standing(operator: OperatorId) -> StandingView;

		/// The log of final results.
		fn log() -> LogView;
	}
}

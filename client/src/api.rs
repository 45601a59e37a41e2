// SPDX-License-Identifier: GPL-3.0-or-later
//! The methods of the runtime API `AssayApi`. `at` is the block to ask; without it, the best one.

use crate::{error::Result, AccountId, Assignment, Chain, ClusterView, Hash, TaskView};
use assay_primitives::{
	spec::Demand,
	task::Policy,
	view::{LogView, MatchExplanation, NetworkView, Quote},
	ClusterId, TaskId,
};

impl Chain {
	/// What the network is.
	pub async fn network(&self, at: Option<Hash>) -> Result<NetworkView> {
		self.api("network", (), at).await
	}

	/// One cluster.
	pub async fn cluster(&self, id: ClusterId, at: Option<Hash>) -> Result<Option<ClusterView>> {
		self.api("cluster", id, at).await
	}

	/// A page of clusters by number, and where the next page starts.
	pub async fn clusters(
		&self,
		from: ClusterId,
		at: Option<Hash>,
	) -> Result<(Vec<ClusterView>, Option<ClusterId>)> {
		self.api("clusters", from, at).await
	}

	/// All clusters, page by page.
	pub async fn all_clusters(&self, at: Option<Hash>) -> Result<Vec<ClusterView>> {
		let (mut all, mut next) = self.clusters(ClusterId(0), at).await?;
		while let Some(from) = next {
			let (page, after) = self.clusters(from, at).await?;
			all.extend(page);
			// A cursor that does not move would never end.
			next = after.filter(|after| *after > from);
		}
		Ok(all)
	}

	/// The clusters of one account.
	pub async fn clusters_of(
		&self,
		owner: &AccountId,
		at: Option<Hash>,
	) -> Result<Vec<ClusterView>> {
		self.api("clusters_of", owner, at).await
	}

	/// One open task; `None` when it never was or is final.
	pub async fn task(&self, id: TaskId, at: Option<Hash>) -> Result<Option<TaskView>> {
		self.api("task", id, at).await
	}

	/// A page of open tasks by number, and where the next page starts.
	pub async fn tasks(
		&self,
		from: TaskId,
		at: Option<Hash>,
	) -> Result<(Vec<TaskView>, Option<TaskId>)> {
		self.api("tasks", from, at).await
	}

	/// All open tasks, page by page.
	pub async fn all_tasks(&self, at: Option<Hash>) -> Result<Vec<TaskView>> {
		let (mut all, mut next) = self.tasks(TaskId(0), at).await?;
		while let Some(from) = next {
			let (page, after) = self.tasks(from, at).await?;
			all.extend(page);
			next = after.filter(|after| *after > from);
		}
		Ok(all)
	}

	/// What a cluster has to do.
	pub async fn assignments(
		&self,
		cluster: ClusterId,
		at: Option<Hash>,
	) -> Result<Vec<Assignment>> {
		self.api("assignments", cluster, at).await
	}

	/// Per constraint of a demand, how many clusters pass it: one page of clusters.
	pub async fn explain_match(
		&self,
		demand: &Demand,
		from: ClusterId,
		at: Option<Hash>,
	) -> Result<MatchExplanation> {
		self.api("explain_match", (demand, from), at).await
	}

	/// Per constraint of a demand, how many of all clusters pass it.
	pub async fn explain(&self, demand: &Demand, at: Option<Hash>) -> Result<MatchExplanation> {
		let mut whole = self.explain_match(demand, ClusterId(0), at).await?;
		while let Some(from) = whole.next {
			let page = self.explain_match(demand, from, at).await?;
			whole = joined(whole, page, from);
		}
		Ok(whole)
	}

	/// What a task would cost and what the network can do for it.
	pub async fn quote(&self, demand: &Demand, policy: &Policy, at: Option<Hash>) -> Result<Quote> {
		self.api("quote", (demand, policy), at).await
	}

	/// The anchor log's size and root.
	pub async fn log(&self, at: Option<Hash>) -> Result<LogView> {
		self.api("log", (), at).await
	}
}

/// Two pages of an explanation as one; `from` is where the second began.
fn joined(
	mut whole: MatchExplanation,
	page: MatchExplanation,
	from: ClusterId,
) -> MatchExplanation {
	whole.examined = whole.examined.saturating_add(page.examined);
	whole.fitting = whole.fitting.saturating_add(page.fitting);
	for (constraint, pass, others) in page.constraints {
		match whole.constraints.iter_mut().find(|(known, ..)| *known == constraint) {
			Some((_, known_pass, known_others)) => {
				*known_pass = known_pass.saturating_add(pass);
				*known_others = known_others.saturating_add(others);
			},
			None => whole.constraints.push((constraint, pass, others)),
		}
	}
	// A cursor that does not move would never end.
	whole.next = page.next.filter(|next| *next > from);
	whole
}

#[cfg(test)]
mod tests {
	use super::*;
	use assay_primitives::spec::Constraint;

	fn page(examined: u32, cpu: (u32, u32), next: Option<u32>) -> MatchExplanation {
		MatchExplanation {
			examined,
			fitting: 1,
			constraints: vec![(Constraint::Cpu, cpu.0, cpu.1)],
			next: next.map(ClusterId),
		}
	}

	#[test]
	fn pages_of_an_explanation_add_up() {
		let whole = joined(page(64, (3, 4), Some(64)), page(10, (1, 2), None), ClusterId(64));
		assert_eq!(whole, MatchExplanation { fitting: 2, ..page(74, (4, 6), None) });
	}

	#[test]
	fn a_cursor_that_stands_still_ends_the_listing() {
		let whole = joined(page(1, (0, 0), Some(7)), page(1, (0, 0), Some(7)), ClusterId(7));
		assert_eq!(whole.next, None);
	}
}

// SPDX-License-Identifier: GPL-3.0-or-later
//! The methods of the runtime API `AssayApi`. `at` is the block to ask; without it, the best one.

use crate::{error::Result, AccountId, Assignment, Chain, ClusterView, Hash, TaskView};
use assay_primitives::{
	spec::Demand,
	task::Policy,
	view::{LogView, MatchExplanation, NetworkView, Quote},
	Balance, ClusterId, TaskId,
};
use std::{collections::BTreeSet, future::Future};

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
		whole(ClusterId(0), |from| self.clusters(from, at)).await
	}

	/// A page of the clusters of one account, and where the next page starts. A page can be short, or
	/// empty, although another one follows.
	pub async fn clusters_of(
		&self,
		owner: &AccountId,
		from: ClusterId,
		at: Option<Hash>,
	) -> Result<(Vec<ClusterView>, Option<ClusterId>)> {
		self.api("clusters_of", (owner, from), at).await
	}

	/// All clusters of one account.
	pub async fn all_clusters_of(
		&self,
		owner: &AccountId,
		at: Option<Hash>,
	) -> Result<Vec<ClusterView>> {
		whole(ClusterId(0), |from| self.clusters_of(owner, from, at)).await
	}

	/// A page of the clusters that meet a demand, likewise.
	pub async fn clusters_for(
		&self,
		demand: &Demand,
		from: ClusterId,
		at: Option<Hash>,
	) -> Result<(Vec<ClusterView>, Option<ClusterId>)> {
		self.api("clusters_for", (demand, from), at).await
	}

	/// All clusters that meet a demand, whether or not they can be drawn now.
	pub async fn all_clusters_for(
		&self,
		demand: &Demand,
		at: Option<Hash>,
	) -> Result<Vec<ClusterView>> {
		whole(ClusterId(0), |from| self.clusters_for(demand, from, at)).await
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
		whole(TaskId(0), |from| self.tasks(from, at)).await
	}

	/// A page of the open tasks of one account in no particular order, and after which task the next
	/// page starts. A page can be short, or empty, although another one follows.
	pub async fn tasks_of(
		&self,
		requester: &AccountId,
		after: Option<TaskId>,
		at: Option<Hash>,
	) -> Result<(Vec<TaskView>, Option<TaskId>)> {
		self.api("tasks_of", (requester, after), at).await
	}

	/// All open tasks of one account, by number.
	pub async fn all_tasks_of(
		&self,
		requester: &AccountId,
		at: Option<Hash>,
	) -> Result<Vec<TaskView>> {
		let page = |after| async move {
			let (rows, next) = self.tasks_of(requester, after, at).await?;
			Ok((rows, next.map(Some)))
		};
		let mut all = whole(None, page).await?;
		all.sort_by_key(|task: &TaskView| task.id);
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

	/// What an account has in its purse.
	pub async fn purse(&self, account: &AccountId, at: Option<Hash>) -> Result<Balance> {
		self.api("purse", account, at).await
	}

	/// The anchor log's size and root.
	pub async fn log(&self, at: Option<Hash>) -> Result<LogView> {
		self.api("log", (), at).await
	}
}

/// All rows of a listing that comes in pages: `page` gives one of them, and where the next one starts.
async fn whole<Row, Cursor, Page>(first: Cursor, page: impl Fn(Cursor) -> Page) -> Result<Vec<Row>>
where
	Cursor: Copy + Ord,
	Page: Future<Output = Result<(Vec<Row>, Option<Cursor>)>>,
{
	let (mut all, mut next) = (Vec::new(), Some(first));
	let mut known = BTreeSet::new();
	// A cursor that comes again would never end.
	while let Some(cursor) = next.filter(|cursor| known.insert(*cursor)) {
		let (rows, after) = page(cursor).await?;
		all.extend(rows);
		next = after;
	}
	Ok(all)
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

	/// A listing whose pages are these: what each has, and where the next starts.
	async fn listing(pages: &[(&[u8], Option<usize>)]) -> Vec<u8> {
		whole(0, |at| async move {
			let (rows, next) = pages[at];
			Ok((rows.to_vec(), next))
		})
		.await
		.unwrap()
	}

	#[tokio::test]
	async fn a_listing_has_the_rows_of_all_pages() {
		assert!(listing(&[(&[], None)]).await.is_empty());
		let gaps: [(&[u8], _); 4] =
			[(&[], Some(2)), (&[9], None), (&[1, 2], Some(3)), (&[3], Some(1))];
		assert_eq!(listing(&gaps).await, [1, 2, 3, 9], "an empty page is not the last");
	}

	#[tokio::test]
	async fn a_cursor_that_comes_again_ends_the_listing() {
		assert_eq!(listing(&[(&[1], Some(0))]).await, [1]);
		assert_eq!(listing(&[(&[1], Some(1)), (&[2], Some(0))]).await, [1, 2]);
	}

	#[test]
	fn a_cursor_that_stands_still_ends_the_listing() {
		let whole = joined(page(1, (0, 0), Some(7)), page(1, (0, 0), Some(7)), ClusterId(7));
		assert_eq!(whole.next, None);
	}
}

// SPDX-License-Identifier: GPL-3.0-or-later
//! What clients ask.

use crate::{
	pallet::{Cases, Config, Pallet},
	types::Case,
};
use alloc::vec::Vec;
use assay_primitives::{
	spec::Demand,
	task::{Check, Policy},
	view::{Assignment, PanelOffer, Quote, TaskView, PAGE, SCAN},
	Balance, ClusterId, TaskId,
};
use frame_support::traits::Get;
use pallet_edge_connect::Scheduler;

impl<T: Config> Pallet<T> {
	pub(crate) fn view_of(id: TaskId) -> Option<TaskView<T::AccountId>> {
		Cases::<T>::get(id).map(|case| Self::view(id, case))
	}

	fn view(id: TaskId, case: Case<T::AccountId>) -> TaskView<T::AccountId> {
		let task = case.task;
		TaskView {
			id,
			requester: task.requester,
			parked: T::Scheduler::is_parked(id, task.request.demand.engine),
			request: task.request,
			submitted_at: task.submitted_at,
			trial: case.trial,
			held: case.held,
		}
	}

	pub(crate) fn task_page(
		from: TaskId,
		until: TaskId,
	) -> (Vec<TaskView<T::AccountId>>, Option<TaskId>) {
		// Closed tasks leave gaps, so a page is as wide as a few pages of numbers.
		let stop = from.0.saturating_add(u64::from(PAGE).saturating_mul(16)).min(until.0);
		let mut page = Vec::new();
		for id in from.0..stop {
			if page.len() >= PAGE as usize {
				return (page, Some(TaskId(id)));
			}
			page.extend(Self::view_of(TaskId(id)));
		}
		(page, (stop < until.0).then_some(TaskId(stop)))
	}

	pub(crate) fn tasks_by(
		requester: &T::AccountId,
		after: Option<TaskId>,
	) -> (Vec<TaskView<T::AccountId>>, Option<TaskId>) {
		let mut rows = match after {
			Some(task) => Cases::<T>::iter_from(Cases::<T>::hashed_key_for(task)),
			None => Cases::<T>::iter(),
		};
		let mut page = Vec::new();
		let mut last = None;
		for (id, case) in rows.by_ref().take(SCAN as usize) {
			last = Some(id);
			if case.task.requester == *requester {
				page.push(Self::view(id, case));
			}
			if page.len() >= PAGE as usize {
				break;
			}
		}
		(page, last.filter(|_| rows.next().is_some()))
	}

	pub(crate) fn assignments_of(cluster: ClusterId) -> Vec<Assignment<T::AccountId>> {
		T::Scheduler::duty(cluster)
			.assignments()
			.filter_map(|id| {
				let task = Self::view_of(id)?;
				let role = task.trial.execution(cluster)?.role;
				Some(Assignment { role, task })
			})
			.collect()
	}

	pub(crate) fn quote_for(demand: &Demand, policy: &Policy) -> Quote {
		let deposit = T::TaskDeposit::get();
		let worst = policy.worst_case(demand.max_price).unwrap_or(u128::MAX);
		let operators = T::Scheduler::operators_with(demand.engine);
		Quote {
			held: worst.saturating_add(deposit),
			deposit,
			expected: match policy.check {
				Check::Verified { quorum, .. } => demand.max_price.saturating_mul(quorum.into()),
				Check::Audited { floor } => {
					let percent = Balance::from(floor).saturating_add(100);
					demand.max_price.saturating_mul(percent) / 100
				},
			},
			operators,
			panel: PanelOffer::of(operators, policy),
		}
	}
}

// SPDX-License-Identifier: GPL-3.0-or-later
//! What happens to a task between its acts: submission, lots and draws.

use crate::{
	pallet::{Cases, Config, Error, Event, Pallet},
	types::Case,
};
use alloc::vec::Vec;
use assay_primitives::{
	economics::lying_loses,
	leaf::DrawRecord,
	protocol::{Audit, Breadth, Input, Pick, Refusal, Role, Stage, Trial},
	spec::Determinism,
	task::TaskRequest,
	BlockNumber, BoundedVec, ClusterId, PanelNonce, TaskId,
};
use frame_support::{defensive, ensure, pallet_prelude::DispatchResult, traits::Get};
use pallet_edge_connect::{types::Task, Scheduler, Seated, TaskHandler, Wanted};

impl<T: Config> TaskHandler<T::AccountId> for Pallet<T> {
	fn on_submit(id: TaskId, task: Task<T::AccountId>) -> DispatchResult {
		let TaskRequest { policy, ref demand, ref workload, .. } = task.request;
		let worst = policy.worst_case(demand.max_price);
		let held = worst
			.and_then(|worst| worst.checked_add(T::TaskDeposit::get()))
			.ok_or(Error::<T>::TooDear)?;
		let proven = demand.engine.kind.determinism() == Determinism::Proven;
		let loses = lying_loses(&policy, demand.max_price, T::PlaceBond::get());
		ensure!(!proven || loses, Error::<T>::TooDear);
		let funds = Self::set_funds_aside(&task.requester, held)?;
		// The first draw is booked by the caller.
		let (trial, _) = Trial::new(policy, demand.engine, workload.items, Self::now());
		let mut case = Case {
			task,
			held,
			funds,
			appellant: None,
			complaint_bond: 0,
			timer: 0,
			draws: BoundedVec::new(),
			owners: BoundedVec::new(),
			trial,
		};
		// The caller's weight counts the dearest timer.
		let _ = Self::arm(id, &mut case);
		Cases::<T>::insert(id, case);
		Ok(())
	}

	fn on_cancel(task: TaskId) -> DispatchResult {
		let case = Cases::<T>::get(task).ok_or(Error::<T>::NoTask)?;
		let fresh = case.trial.stage == Stage::Queued && case.trial.executions.is_empty();
		ensure!(fresh, Error::<T>::NotQueued);
		Self::return_funds(&case.task.requester, case.funds, case.held);
		Self::forget(task);
		Ok(())
	}

	fn task(task: TaskId) -> Option<Task<T::AccountId>> {
		Cases::<T>::get(task).map(|case| case.task)
	}

	fn wanted(task: TaskId) -> Option<Wanted> {
		Self::open_draw(task).map(|(_, wanted)| wanted)
	}

	fn on_lot(task: TaskId, wanted: bool) {
		let Some(mut case) = Cases::<T>::get(task) else { return };
		let lot = Input::Lot { checked: wanted };
		if case.trial.step(&Self::context(task), lot).is_err() {
			return;
		}
		Self::deposit_event(Event::LotCast { task, checked: wanted });
		let _ = Self::arm(task, &mut case);
		Cases::<T>::insert(task, case);
	}

	#[cfg(any(feature = "std", feature = "try-runtime"))]
	fn tasks() -> Vec<TaskId> {
		Cases::<T>::iter_keys().collect()
	}

	fn open_draw(task: TaskId) -> Option<(Task<T::AccountId>, Wanted)> {
		let case = Cases::<T>::get(task)?;
		let role = case.trial.drawing_role()?;
		let submitted_at = case.task.submitted_at;
		let class = case.trial.class.filter(|_| role != Role::Executor);
		let wanted = Wanted {
			role,
			round: case.trial.round,
			count: case.trial.wanted,
			older_than: match role {
				Role::Executor => BlockNumber::MAX,
				// A cluster made after the submission cannot have been part of the plan
				// that the checking roles have to defeat.
				_ => submitted_at,
			},
			architecture: class.and_then(|class| class.architecture),
			exclude: case.trial.executions.iter().map(|one| one.operator).collect(),
			members: case.trial.executions.iter().map(|one| one.cluster).collect(),
			percent: match case.trial.audit {
				Audit::Percent(percent) => Some(percent),
				Audit::Always | Audit::Spared => None,
			},
		};
		Some((case.task, wanted))
	}

	fn on_drawn(
		task: TaskId,
		picks: Vec<Pick>,
		nonce: PanelNonce,
		breadth: Breadth,
		record: DrawRecord,
	) -> Result<Seated, Refusal> {
		let mut case = Cases::<T>::get(task).ok_or(Refusal::WrongStage)?;
		let before = case.trial.executions.len();
		let old_nonce = case.trial.nonce;
		case.trial.step(&Self::context(task), Input::Drawn { picks, nonce, breadth })?;
		let taken = case.trial.executions.get(before..).unwrap_or_default();
		let Some(role) = taken.first().map(|one| one.role) else {
			defensive!("whoever takes a draw takes somebody");
			return Err(Refusal::NobodyFits);
		};
		let clusters: Vec<ClusterId> = taken.iter().map(|one| one.cluster).collect();
		for cluster in &clusters {
			case.owners.try_push(T::Scheduler::owner(*cluster)).map_err(|_| Refusal::NobodyFits)?;
		}
		// The leaf keeps the first draws; a task that needs more has the panel's among them.
		let _ = case.draws.try_push(DrawRecord { role, ..record });
		if let Some(nonce) = case.trial.nonce.filter(|nonce| Some(*nonce) != old_nonce) {
			Self::deposit_event(Event::PanelSeated { task, nonce, breadth });
		}
		let _ = Self::arm(task, &mut case);
		Cases::<T>::insert(task, case);
		Ok(Seated { role, clusters })
	}

	#[cfg(feature = "runtime-benchmarks")]
	fn prepare_draw(task: TaskId, role: Role) {
		crate::benchmarking::prepare_draw::<T>(task, role);
	}

	#[cfg(feature = "runtime-benchmarks")]
	fn prepare_timer(due: BlockNumber) {
		crate::benchmarking::prepare_timer::<T>(due);
	}
}

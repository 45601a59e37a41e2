// SPDX-License-Identifier: GPL-3.0-or-later
//! Finality: everything that cannot be taken back happens here and nowhere else.

use crate::{
	pallet::{Cases, Config, Event, HoldReason, Pallet},
	types::Case,
	weights::WeightInfo,
};
use alloc::vec::Vec;
use assay_primitives::{
	blake2_256,
	leaf::{Assurance, Leaf, LeafExecution, LEAF_VERSION},
	protocol::{Stage, Verdict},
	settlement::{settle, Share},
	Balance, BoundedVec, TaskId,
};
use codec::Encode;
use frame_support::{
	defensive,
	traits::{
		fungible::MutateHold,
		tokens::{Fortitude, Precision, Restriction},
		Defensive, Get,
	},
	weights::Weight,
};
use pallet_anchor::AppendLeaf;
use pallet_edge_connect::{types::Task, Scheduler};

impl<T: Config> Pallet<T> {
	/// Pays, slashes, refunds, anchors and forgets. Returns the weight of it.
	pub(crate) fn finalise(id: TaskId, case: Case<T::AccountId>) -> Weight {
		let shares = settle(&case.trial, T::PlaceBond::get());
		let paid = Self::pay(&case, &shares);
		let slashed = Self::slash(&case, &shares);
		let refunded = case.held.saturating_sub(paid);
		T::Currency::release(
			&HoldReason::Escrow.into(),
			&case.requester,
			refunded,
			Precision::BestEffort,
		)
		.defensive_unwrap_or(0);

		if let Some(task) = T::Scheduler::task(id) {
			Self::anchor(id, &task, &case, &shares);
		} else {
			defensive!("an open case has a task");
		}
		Cases::<T>::remove(id);
		T::Scheduler::close(id);
		let (fined, others): (Vec<_>, Vec<_>) = shares.iter().partition(|share| share.slash > 0);
		let count = |shares: Vec<&Share>| u32::try_from(shares.len()).unwrap_or(u32::MAX);
		let weight = T::WeightInfo::finalise(count(others), count(fined));
		let shares = shares
			.into_iter()
			.map(|share| (share.cluster, share.conduct, share.pay, share.slash))
			.collect();
		Self::deposit_event(Event::Finalised { task: id, paid, refunded, slashed, shares });
		weight
	}

	/// Moves all pay of the task to the pot in one transfer; clusters claim it from there.
	fn pay(case: &Case<T::AccountId>, shares: &[Share]) -> Balance {
		let owed = shares.iter().fold(0, |sum: Balance, share| sum.saturating_add(share.pay));
		// The hold covers the worst case, so this is all of it.
		let owed = owed.min(case.held);
		let moved = if owed == 0 {
			0
		} else {
			T::Currency::transfer_on_hold(
				&HoldReason::Escrow.into(),
				&case.requester,
				&T::Pot::get(),
				owed,
				Precision::Exact,
				Restriction::Free,
				Fortitude::Force,
			)
			.defensive_unwrap_or(0)
		};
		for (share, execution) in shares.iter().zip(&case.trial.executions) {
			// What did not reach the pot cannot be claimed from it.
			let pay = if moved == owed { share.pay } else { 0 };
			let Share { cluster, standing, slash, .. } = *share;
			T::Scheduler::settle(cluster, execution.operator, standing, pay, slash);
		}
		moved
	}

	/// Slashes first repay what the dispute cost the requester, then go to the treasury.
	fn slash(case: &Case<T::AccountId>, shares: &[Share]) -> Balance {
		let extra = shares.iter().filter(|share| share.extra);
		let mut to_repay = extra.fold(0, |sum: Balance, share| sum.saturating_add(share.pay));
		let mut total: Balance = 0;
		for share in shares.iter().filter(|share| share.slash > 0) {
			let repaid =
				T::Scheduler::slash(share.cluster, share.slash.min(to_repay), &case.requester);
			to_repay = to_repay.saturating_sub(repaid);
			let rest = share.slash.saturating_sub(repaid);
			let taken = T::Scheduler::slash(share.cluster, rest, &T::Treasury::get());
			total = total.saturating_add(repaid).saturating_add(taken);
		}
		total
	}

	/// Appends the leaf of an accepted result. Tasks without one leave nothing to prove.
	fn anchor(id: TaskId, task: &Task<T::AccountId>, case: &Case<T::AccountId>, shares: &[Share]) {
		let Stage::Decided(Verdict::Accepted { outcome, possession }) = case.trial.stage else {
			return;
		};
		let Some(class) = case.trial.class else {
			defensive!("an accepted task has a class");
			return;
		};
		let workload = &task.request.workload;
		let executions: Vec<LeafExecution> = case
			.trial
			.executions
			.iter()
			.zip(shares)
			.map(|(execution, share)| LeafExecution {
				cluster: execution.cluster,
				role: execution.role,
				conduct: share.conduct,
				evidence_root: execution.act.evidence_root(),
			})
			.collect();
		T::Log::append(&Leaf {
			version: LEAF_VERSION,
			task: id,
			requester: case.requester.clone(),
			program: workload.program,
			inputs: workload.inputs,
			parameters: blake2_256(&(&workload.args, workload.limits).encode()),
			terms: blake2_256(&(&task.request.demand, &task.request.access).encode()),
			class,
			policy: case.trial.policy,
			draws: case.draws.clone(),
			executions: BoundedVec::truncate_from(executions),
			outcome,
			assurance: match possession {
				Some(_) => Assurance::Panel(case.trial.breadth),
				None => Assurance::Agreed,
			},
			possession,
			finalised_at: Self::now(),
		});
	}
}

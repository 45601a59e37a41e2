// SPDX-License-Identifier: GPL-3.0-or-later
//! The invariants of the module documentation, checked over the whole state.

#![cfg(any(feature = "std", feature = "try-runtime"))]

use crate::{
	pallet::{Agenda, AgendaPages, Cases, Config, HoldReason, Pallet, Posted, Purses},
	types::{Appellant, Funds, Payer},
};
use alloc::collections::BTreeMap;
use assay_primitives::{
	protocol::{Execution, Stage},
	settlement::settle,
	Balance, BlockNumber, ClusterId, TaskId,
};
use frame_support::{
	ensure,
	traits::{
		fungible::{Inspect, InspectHold},
		Get,
	},
};
use pallet_edge_connect::{types::OwnerHash, Scheduler};
use sp_runtime::TryRuntimeError;

impl<T: Config> Pallet<T> {
	/// Checks every invariant.
	pub fn do_try_state() -> Result<(), TryRuntimeError> {
		let clock = T::Scheduler::clock();
		let mut at_hand = 0usize;
		let mut held: BTreeMap<T::AccountId, Balance> = BTreeMap::new();
		let mut appeals: BTreeMap<T::AccountId, Balance> = BTreeMap::new();
		let mut complaints: BTreeMap<T::AccountId, Balance> = BTreeMap::new();
		let mut in_pot: Balance = 0;
		let mut involved: BTreeMap<ClusterId, Balance> = BTreeMap::new();
		for (id, case) in Cases::<T>::iter() {
			match clock.timers.iter().find(|(_, task)| *task == id) {
				Some((due, _)) => {
					ensure!(*due == case.timer, "V1: a timer at hand that differs from the case's");
					at_hand = at_hand.saturating_add(1);
				},
				None => {
					ensure!(Self::is_on_agenda(id, case.timer), "V1: a timer that never rings");
				},
			}
			ensure!(case.timer >= clock.next, "V1: a timer that the agenda has passed");
			case.trial.check()?;
			let worst = case.trial.policy.worst_case(case.task.request.demand.max_price);
			let worst = worst.ok_or("V2: a price that cannot be held")?;
			ensure!(case.held >= worst, "V2: less is held than the task can cost");
			let shares = settle(&case.trial, T::PlaceBond::get());
			let own = shares.iter().zip(&case.trial.executions);
			let own = own.filter(|(_, one)| Self::payer(&case, one) == Payer::Requester);
			let owed: Balance = own.map(|(share, _)| share.pay).sum();
			ensure!(owed <= worst, "V2: a case owes more than it holds");
			match case.funds {
				Funds::Held => {
					let sum = held.entry(case.task.requester.clone()).or_default();
					*sum = sum.saturating_add(case.held);
				},
				Funds::Prepaid => in_pot = in_pot.saturating_add(case.held),
			}
			ensure!(
				case.appellant.is_none() || case.trial.appeal.is_some(),
				"V7: a bond for no appeal"
			);
			if let Some(Appellant { account, bond }) = case.appellant {
				let sum = appeals.entry(account).or_default();
				*sum = sum.saturating_add(bond);
			}
			let owner = |one: &Execution| {
				T::Scheduler::cluster(one.cluster).map(|row| OwnerHash::of(&row.owner))
			};
			let owners = case.trial.executions.iter().map(owner);
			let all = owners.len() == case.owners.len();
			let mut known = owners.zip(&case.owners).filter(|(_, known)| known.is_some());
			ensure!(all && known.all(|(owner, known)| owner == *known), "V8: owners differ");
			let complained = case.trial.complaint.is_some();
			ensure!(case.complaint_bond == 0 || complained, "V7: a bond for no complaint");
			if case.complaint_bond > 0 {
				let sum = complaints.entry(case.task.requester.clone()).or_default();
				*sum = sum.saturating_add(case.complaint_bond);
			}
			let decided = matches!(case.trial.stage, Stage::Decided(_));
			for execution in &case.trial.executions {
				let duty = T::Scheduler::duty(execution.cluster);
				ensure!(duty.unsettled > 0, "V5: a case names a cluster that could be removed");
				// Those whom an appeal or a complaint is about have been free since the verdict.
				let judged = case.trial.verdict().is_some() && execution.role != case.trial.bench();
				let busy = execution.act.counts() && !decided && !judged;
				ensure!(
					duty.assignments().any(|open| open == id) == busy,
					"V5: slots and cases differ"
				);
				let fines = shares.iter().filter(|share| share.cluster == execution.cluster);
				let fine: Balance = fines.map(|share| share.slash).sum();
				let pledged = involved.entry(execution.cluster).or_default();
				*pledged = pledged.saturating_add(fine);
			}
		}
		for (requester, sum) in held {
			let actual = T::Currency::balance_on_hold(&HoldReason::Escrow.into(), &requester);
			ensure!(actual == sum, "V2: held funds differ from the sum of cases");
		}
		for (appellant, sum) in appeals {
			let actual = T::Currency::balance_on_hold(&HoldReason::Appeal.into(), &appellant);
			ensure!(actual == sum, "V7: appellants' bonds differ from the sum of cases");
		}
		for (requester, sum) in complaints {
			let actual = T::Currency::balance_on_hold(&HoldReason::Complaint.into(), &requester);
			ensure!(actual == sum, "V7: complainants' bonds differ from the sum of cases");
		}
		for task in Posted::<T>::iter_keys() {
			let case = Cases::<T>::get(task);
			let differs = case.is_some_and(|case| case.trial.narrowing.is_some());
			ensure!(differs, "V9: nodes are kept of a task about which nobody differs");
		}
		ensure!(clock.timers.len() == at_hand, "V1: a timer at hand for nobody");
		for (_, purse) in Purses::<T>::iter() {
			ensure!(purse > 0, "V3: an empty purse is kept");
			in_pot = in_pot.saturating_add(purse);
		}
		let mut claimable: Balance = 0;
		for (cluster, pledged) in involved {
			let duty = T::Scheduler::duty(cluster);
			ensure!(
				duty.pledged == pledged,
				"V6: what is pledged differs from what cases will take"
			);
			claimable = claimable.saturating_add(duty.accrued);
		}
		let in_pot = in_pot.saturating_add(claimable);
		ensure!(T::Currency::total_balance(&T::Pot::get()) >= in_pot, "V3: the pot is short");
		Ok(())
	}

	fn is_on_agenda(task: TaskId, block: BlockNumber) -> bool {
		let bucket = Agenda::<T>::get(block);
		let put_aside =
			|page| AgendaPages::<T>::get((block, page)).is_some_and(|p| p.contains(&task));
		bucket.page.contains(&task) || (0..bucket.full_pages).any(put_aside)
	}
}

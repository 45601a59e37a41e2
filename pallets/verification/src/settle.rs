// SPDX-License-Identifier: GPL-3.0-or-later
//! Finality: everything that cannot be taken back happens here and nowhere else.

use crate::{
	pallet::{Cases, Config, Event, HoldReason, Pallet, Posted, Purses},
	types::{Case, Funds, Payer},
};
use alloc::vec::Vec;
use assay_primitives::{
	blake2_256,
	leaf::{Assurance, Leaf, LeafExecution, LEAF_VERSION},
	protocol::{Execution, Role, Ruling, Stage, Verdict},
	settlement::{price_of, settle, Conduct, Share},
	Balance, BoundedVec, TaskId,
};
use codec::Encode;
use frame_support::{
	defensive,
	pallet_prelude::DispatchError,
	traits::{
		fungible::{Mutate, MutateHold},
		tokens::{Fortitude, Precision, Preservation, Restriction},
		Defensive, Get,
	},
	weights::Weight,
};
use pallet_anchor::AppendLeaf;
use pallet_edge_connect::{types::Receipt, Scheduler};

/// What an appellant who uncovers a wrong verdict gets of the fines beside its costs, in percent.
const REWARD_PERCENT: Balance = 10;

/// What reached the pot, and from whom.
struct Paid {
	/// From what was set aside for the task.
	own: Balance,
	/// From the bond of whoever appealed.
	of_appeal: Balance,
	/// From the bond of the requester's complaint.
	of_complaint: Balance,
}

/// Where fines went.
#[derive(Default)]
struct Fines {
	/// All of them.
	total: Balance,
	/// To the appellant, for what the appeal cost it.
	reimbursed: Balance,
	/// To the appellant, beside that.
	rewarded: Balance,
}

impl<T: Config> Pallet<T> {
	/// Pays, slashes, refunds, anchors and forgets. Returns the weight of it.
	pub(crate) fn finalise(id: TaskId, case: Case<T::AccountId>) -> Weight {
		let shares = settle(&case.trial, T::PlaceBond::get());
		let Paid { own: paid, of_appeal, of_complaint } = Self::pay(&case, &shares);
		let fines = Self::fine(&case, &shares, of_appeal);
		let given = Self::settle_appeal(id, &case, &shares, paid, of_appeal, &fines);
		let rest = case.held.saturating_sub(paid).saturating_sub(given);
		let forfeited = Self::settle_complaint(id, &case, &shares, of_complaint, rest);
		let refunded = rest.saturating_sub(forfeited);
		Self::return_funds(&case.task.requester, case.funds, refunded);
		Self::anchor(id, &case, &shares);
		Self::forget(id);
		let mut kept = Weight::zero();
		if case.trial.narrowing.is_some() {
			Posted::<T>::remove(id);
			kept = T::DbWeight::get().writes(1);
		}
		T::Scheduler::close(id, case.task.request.demand.engine);
		let (fined, others): (Vec<_>, Vec<_>) = shares.iter().partition(|share| share.slash > 0);
		let count = |shares: Vec<&Share>| u32::try_from(shares.len()).unwrap_or(u32::MAX);
		let weight = Self::weight_of_settling(count(others), count(fined)).saturating_add(kept);
		let shares = shares
			.into_iter()
			.map(|share| (share.cluster, share.conduct, share.pay, share.slash))
			.collect();
		let slashed = fines.total;
		Self::deposit_event(Event::Finalised { task: id, paid, refunded, slashed, shares });
		weight
	}

	/// Takes the case and its timer away. A timer that is not at hand rings for nobody.
	pub(crate) fn forget(id: TaskId) {
		Cases::<T>::remove(id);
		T::Scheduler::with_clock(|clock| clock.unset(id));
	}

	/// Who pays for an execution.
	pub(crate) fn payer(case: &Case<T::AccountId>, execution: &Execution) -> Payer {
		match execution.role {
			Role::Appeal if case.appellant.is_some() => Payer::Appellant,
			// They are paid of what those who withheld the outputs are not.
			Role::Witness if case.trial.withheld().is_none() => Payer::Complaint,
			_ => Payer::Requester,
		}
	}

	/// Sets `amount` aside, out of the requester's purse if there is enough in it.
	pub(crate) fn set_funds_aside(
		requester: &T::AccountId,
		amount: Balance,
	) -> Result<Funds, DispatchError> {
		let purse = Purses::<T>::get(requester);
		if let Some(rest) = purse.checked_sub(amount) {
			Self::fill_purse(requester, rest);
			return Ok(Funds::Prepaid);
		}
		T::Currency::hold(&HoldReason::Escrow.into(), requester, amount)?;
		Ok(Funds::Held)
	}

	/// Gives back what was set aside and not used.
	pub(crate) fn return_funds(requester: &T::AccountId, funds: Funds, amount: Balance) {
		match funds {
			Funds::Prepaid => {
				let purse = Purses::<T>::get(requester);
				Self::fill_purse(requester, purse.saturating_add(amount));
			},
			Funds::Held => {
				let reason = HoldReason::Escrow.into();
				T::Currency::release(&reason, requester, amount, Precision::BestEffort)
					.defensive_unwrap_or(0);
			},
		}
	}

	pub(crate) fn fill_purse(account: &T::AccountId, amount: Balance) {
		match amount {
			0 => Purses::<T>::remove(account),
			_ => Purses::<T>::insert(account, amount),
		}
	}

	/// Moves what is set aside to `to`. Says how much arrived.
	fn spend(
		requester: &T::AccountId,
		funds: Funds,
		to: &T::AccountId,
		amount: Balance,
	) -> Balance {
		match funds {
			_ if amount == 0 => 0,
			Funds::Held => Self::move_held(HoldReason::Escrow, requester, to, amount),
			// It lies in the pot already.
			Funds::Prepaid if *to == T::Pot::get() => amount,
			Funds::Prepaid => {
				T::Currency::transfer(&T::Pot::get(), to, amount, Preservation::Preserve)
					.defensive_unwrap_or(0)
			},
		}
	}

	fn move_held(
		reason: HoldReason,
		from: &T::AccountId,
		to: &T::AccountId,
		amount: Balance,
	) -> Balance {
		if amount == 0 {
			return 0;
		}
		let (exact, free, force) = (Precision::Exact, Restriction::Free, Fortitude::Force);
		T::Currency::transfer_on_hold(&reason.into(), from, to, amount, exact, free, force)
			.defensive_unwrap_or(0)
	}

	/// Moves all pay of the task to the pot, in one transfer from each who pays; clusters claim it from there.
	fn pay(case: &Case<T::AccountId>, shares: &[Share]) -> Paid {
		let all = || shares.iter().zip(&case.trial.executions);
		let owed = |payer: Payer| {
			let own = all().filter(|(_, one)| Self::payer(case, one) == payer);
			own.fold(0, |sum: Balance, (share, _)| sum.saturating_add(share.pay))
		};
		let pot = T::Pot::get();
		// Holds cover the worst case, so this is all of it.
		let own = owed(Payer::Requester).min(case.held);
		let own = Self::spend(&case.task.requester, case.funds, &pot, own);
		let of_appeal = case.appellant.as_ref().map_or(0, |appellant| {
			let owed = owed(Payer::Appellant).min(appellant.bond);
			Self::move_held(HoldReason::Appeal, &appellant.account, &pot, owed)
		});
		let of_complaint = owed(Payer::Complaint).min(case.complaint_bond);
		let reason = HoldReason::Complaint;
		let of_complaint = Self::move_held(reason, &case.task.requester, &pot, of_complaint);
		let witness = Self::witness(case);
		for (share, execution) in all() {
			// What did not reach the pot cannot be claimed from it.
			let payer = Self::payer(case, execution);
			let arrived = match payer {
				Payer::Requester => own,
				Payer::Appellant => of_appeal,
				Payer::Complaint => of_complaint,
			};
			T::Scheduler::settle(Receipt {
				cluster: share.cluster,
				operator: execution.operator,
				standing: share.standing,
				pay: if arrived == owed(payer) { share.pay } else { 0 },
				fine: share.slash,
				witness,
			});
		}
		Paid { own, of_appeal, of_complaint }
	}

	/// Returns what witnesses did not cost of the bond of a complaint. What those who withheld the outputs are not
	/// paid goes to the treasury, less what the witnesses cost; to the requester if all of them say so. Otherwise
	/// whoever has accomplices among the witnesses could have results for nothing. Returns how much it was.
	fn settle_complaint(
		id: TaskId,
		case: &Case<T::AccountId>,
		shares: &[Share],
		paid: Balance,
		rest: Balance,
	) -> Balance {
		if case.trial.complaint.is_none() {
			return 0;
		}
		let reason = HoldReason::Complaint.into();
		let requester = &case.task.requester;
		let left = case.complaint_bond.saturating_sub(paid);
		let returned = T::Currency::release(&reason, requester, left, Precision::BestEffort)
			.defensive_unwrap_or(0);
		let mut forfeited: Balance = 0;
		for (share, one) in shares.iter().zip(&case.trial.executions) {
			forfeited = match (share.conduct, one.role) {
				(Conduct::Withheld, _) => forfeited.saturating_add(price_of(one, &case.trial)),
				(_, Role::Witness) => forfeited.saturating_sub(share.pay),
				_ => forfeited,
			};
		}
		let most = rest.saturating_sub(T::TaskDeposit::get());
		let forfeited = match case.trial.is_repaid() {
			true => 0,
			false => forfeited.min(most),
		};
		let forfeited = Self::spend(requester, case.funds, &T::Treasury::get(), forfeited);
		Self::deposit_event(Event::ComplaintSettled { task: id, paid, returned, forfeited });
		forfeited
	}

	/// For whom the result was checked, if it was and nobody could choose by whom.
	fn witness(case: &Case<T::AccountId>) -> Option<[u8; 4]> {
		let access = &case.task.request.access;
		let chosen = !access.allow.is_empty() || access.apart.is_asked();
		let ruling = case.trial.appeal.map(|appeal| appeal.ruling);
		let was_judged = matches!(ruling, Some(Ruling::Upheld(_) | Ruling::Overturned(_)));
		let was_checked = was_judged || !case.trial.was_spared();
		let [a, b, c, d, ..] = blake2_256(&case.task.requester.encode());
		(was_checked && !chosen).then_some([a, b, c, d])
	}

	/// Fines first repay the requester what the dispute cost it, then an appellant who was right what the
	/// appeal cost; then they reward it, if it could not have caused the fault; the rest goes to the
	/// treasury.
	fn fine(case: &Case<T::AccountId>, shares: &[Share], of_appeal: Balance) -> Fines {
		let extra = shares.iter().filter(|share| share.extra);
		let mut to_repay = extra.fold(0, |sum: Balance, share| sum.saturating_add(share.pay));
		let right = case.appellant.as_ref().filter(|_| Self::was_overturned(case));
		let mut to_reimburse = right.map_or(0, |_| of_appeal);
		let all = shares.iter().fold(0, |sum: Balance, share| sum.saturating_add(share.slash));
		// Where nothing had been accepted, the fines were due anyway.
		let was_accepted = case
			.trial
			.appeal
			.is_some_and(|appeal| matches!(appeal.verdict, Verdict::Accepted { .. }));
		let mut to_reward = match right.is_some_and(|one| !Self::is_party(case, &one.account)) {
			true if was_accepted => all.saturating_mul(REWARD_PERCENT) / 100,
			_ => 0,
		};
		let mut fines = Fines::default();
		for share in shares.iter().filter(|share| share.slash > 0) {
			let mut left = share.slash;
			let mut take = |to: &T::AccountId, most: Balance| {
				let moved = T::Scheduler::slash(share.cluster, left.min(most), to);
				left = left.saturating_sub(moved);
				fines.total = fines.total.saturating_add(moved);
				moved
			};
			to_repay = to_repay.saturating_sub(take(&case.task.requester, to_repay));
			if let Some(appellant) = right {
				let moved = take(&appellant.account, to_reimburse);
				to_reimburse = to_reimburse.saturating_sub(moved);
				let reward = take(&appellant.account, to_reward);
				to_reward = to_reward.saturating_sub(reward);
				take(&T::Treasury::get(), Balance::MAX);
				fines.reimbursed = fines.reimbursed.saturating_add(moved);
				fines.rewarded = fines.rewarded.saturating_add(reward);
			} else {
				take(&T::Treasury::get(), Balance::MAX);
			}
		}
		fines
	}

	fn was_overturned(case: &Case<T::AccountId>) -> bool {
		let ruling = case.trial.appeal.map(|appeal| appeal.ruling);
		matches!(ruling, Some(Ruling::Overturned(_)))
	}

	/// Whether `account` could have caused what the task came to: it asked for it, or took part in it.
	fn is_party(case: &Case<T::AccountId>, account: &T::AccountId) -> bool {
		let own = T::Scheduler::operator(account);
		*account == case.task.requester
			|| case.trial.executions.iter().any(|one| Some(one.operator) == own)
	}

	/// Returns what is left of an appellant's bond. One who was right gets its costs back: from fines, and
	/// where they do not reach from what those who were wrong would have been paid. Returns how much of
	/// the requester's money that was.
	fn settle_appeal(
		id: TaskId,
		case: &Case<T::AccountId>,
		shares: &[Share],
		paid: Balance,
		of_appeal: Balance,
		fines: &Fines,
	) -> Balance {
		let Some(appellant) = &case.appellant else { return 0 };
		let rest = appellant.bond.saturating_sub(of_appeal);
		let reason = HoldReason::Appeal.into();
		let released =
			T::Currency::release(&reason, &appellant.account, rest, Precision::BestEffort)
				.defensive_unwrap_or(0);
		let mut given = 0;
		if Self::was_overturned(case) {
			let wrong = shares.iter().zip(&case.trial.executions);
			let saved = wrong
				.filter(|(share, one)| {
					share.conduct == Conduct::Dissented
						&& !matches!(one.role, Role::Appeal | Role::Witness)
				})
				.map(|(_, one)| price_of(one, &case.trial))
				.fold(0, Balance::saturating_add);
			let costs = of_appeal.saturating_sub(fines.reimbursed);
			let left = case.held.saturating_sub(paid).saturating_sub(T::TaskDeposit::get());
			let give = costs.min(saved).min(left);
			given = Self::spend(&case.task.requester, case.funds, &appellant.account, give);
		}
		Self::deposit_event(Event::AppealSettled {
			task: id,
			paid: of_appeal,
			returned: released.saturating_add(fines.reimbursed).saturating_add(given),
			rewarded: fines.rewarded,
		});
		given
	}

	/// Appends the leaf of an accepted result. Tasks without one leave nothing to prove.
	fn anchor(id: TaskId, case: &Case<T::AccountId>, shares: &[Share]) {
		let Stage::Decided(Verdict::Accepted { outcome, possession }) = case.trial.stage else {
			return;
		};
		let Some(class) = case.trial.class else {
			defensive!("an accepted task has a class");
			return;
		};
		let request = &case.task.request;
		let workload = &request.workload;
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
		let appeal = case.trial.appeal;
		let (assurance, possession) =
			match (appeal.map(|one| (one.ruling, one.breadth)), possession) {
				(Some((Ruling::Upheld(shown) | Ruling::Overturned(shown), breadth)), _) => {
					(Assurance::Appeal(breadth), Some(shown))
				},
				(_, Some(shown)) => (Assurance::Panel(case.trial.breadth), Some(shown)),
				(_, None) if case.trial.was_spared() => (Assurance::Unaudited, None),
				(_, None) => (Assurance::Agreed, None),
			};
		T::Log::append(&Leaf {
			version: LEAF_VERSION,
			task: id,
			requester: case.task.requester.clone(),
			program: workload.program,
			inputs: workload.inputs,
			parameters: workload.parameters(),
			terms: blake2_256(&(&request.demand, &request.access).encode()),
			class,
			policy: case.trial.policy,
			draws: case.draws.clone(),
			executions: BoundedVec::truncate_from(executions),
			outcome,
			assurance,
			possession,
			finalised_at: Self::now(),
		});
	}
}

// SPDX-License-Identifier: GPL-3.0-or-later
//! Who is paid and who pays, once a task is final. A pure function of the trial.

use crate::{
	protocol::{Act, Appeal, Breadth, Cause, Execution, Role, Ruling, Trial, Verdict},
	spec::Determinism,
	Balance, ClusterId,
};
use alloc::vec::Vec;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};

/// How an execution served its task.
#[derive(
	Clone,
	Copy,
	PartialEq,
	Eq,
	Debug,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
	Serialize,
	Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Conduct {
	/// Found what was accepted.
	Agreed,
	/// Found something else.
	Dissented,
	/// Committed and was not heard of again.
	Silent,
	/// Answered, but the task ended without a verdict on who was right.
	Unjudged,
	/// Let its first deadline pass, or gave the task back.
	Absent,
}

/// What one execution gets and gives.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Share {
	/// Who.
	pub cluster: ClusterId,
	/// How it served.
	pub conduct: Conduct,
	/// What it is paid: out of the requester's escrow, or by whoever doubted the verdict that it judges.
	pub pay: Balance,
	/// What it loses of its bond.
	pub slash: Balance,
	/// Whether it only ran because the first executions failed to agree.
	pub extra: bool,
	/// What this says about the operator in later draws.
	pub standing: Standing,
}

/// What an execution says about its operator.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Standing {
	/// It serves well.
	Better,
	/// Nothing.
	Same,
	/// It was outvoted.
	Worse,
	/// It hid what it had sealed.
	Worst,
}

/// What a dissenter of a proven class loses, in percent of the bond behind one place of a slot.
pub const DISSENT_PERCENT: Balance = 50;
/// What silence after a commitment costs in a proven class, in percent of the same: more than
/// any dissent, so that nobody gains by hiding a wrong answer.
pub const SILENCE_PERCENT: Balance = 100;
/// What a failure of a declared class is paid, agreed or not, in percent of the price.
pub const DECLARED_FAILURE_PERCENT: Balance = 25;
/// What those who answered get when there is no verdict, in percent of the price.
pub const UNJUDGED_PERCENT: Balance = 50;

/// The shares of everybody who was drawn for `trial`; empty before there is a verdict. During an appeal
/// they are what they were before it.
///
/// `place_bond` is the bond behind one place of a slot: for one execution, or for one check.
pub fn settle(trial: &Trial, place_bond: Balance) -> Vec<Share> {
	let Some(verdict) = trial.verdict() else { return Vec::new() };
	let proven = trial.engine.kind.determinism() == Determinism::Proven;
	trial
		.executions
		.iter()
		.map(|execution| {
			let conduct = conduct(execution, trial, &verdict);
			// "It failed" costs nothing to say in a declared class: it never earns more than this,
			// so that nobody gains by keeping others from agreeing on it.
			let cheap = !proven && execution.act.outcome().is_some_and(|found| found.is_failure());
			let pay = match conduct {
				Conduct::Agreed | Conduct::Unjudged if cheap => {
					percent(execution.price, DECLARED_FAILURE_PERCENT)
				},
				Conduct::Agreed => execution.price,
				Conduct::Unjudged if execution.act == Act::Unstable => {
					percent(execution.price, DECLARED_FAILURE_PERCENT)
				},
				// What a liar has not been paid yet is forfeited. Those who looked at it again are not
				// the liar.
				Conduct::Unjudged
					if verdict == Verdict::Tainted && execution.role == Role::Executor =>
				{
					0
				},
				// Otherwise whoever keeps others from agreeing on a failure would earn more than they do.
				Conduct::Unjudged if !proven => percent(execution.price, DECLARED_FAILURE_PERCENT),
				Conduct::Unjudged => percent(execution.price, UNJUDGED_PERCENT),
				Conduct::Dissented | Conduct::Silent | Conduct::Absent => 0,
			};
			let open = breadth_for(execution, trial) == Breadth::Open;
			let slash = match conduct {
				Conduct::Dissented if proven && open => percent(place_bond, DISSENT_PERCENT),
				// Nobody else can keep it from opening, whoever judges.
				Conduct::Silent if proven => percent(place_bond, SILENCE_PERCENT),
				_ => 0,
			};
			let taint = trial.appeal.is_some_and(|appeal| appeal.cause == Cause::Taint);
			let extra = match execution.role {
				Role::Panel => true,
				Role::Appeal => taint,
				Role::Executor | Role::Verifier => false,
			};
			let standing = match conduct {
				Conduct::Agreed => Standing::Better,
				Conduct::Dissented if open => Standing::Worse,
				// Whoever hides an answer must not come off better than whoever shows a wrong one,
				// also where no bond is at stake.
				Conduct::Silent => Standing::Worst,
				// A lapse counted when it happened.
				Conduct::Dissented | Conduct::Unjudged | Conduct::Absent => Standing::Same,
			};
			Share { cluster: execution.cluster, conduct, pay, slash, extra, standing }
		})
		.collect()
}

/// Who could have been drawn to judge this execution.
fn breadth_for(execution: &Execution, trial: &Trial) -> Breadth {
	match trial.appeal {
		Some(Appeal { breadth, ruling: Ruling::Overturned(_), .. }) => breadth,
		Some(appeal) if execution.role == Role::Appeal => appeal.breadth,
		_ => trial.breadth,
	}
}

fn conduct(execution: &Execution, trial: &Trial, verdict: &Verdict) -> Conduct {
	match execution.act {
		Act::Lapsed | Act::Abstained | Act::Drawn => return Conduct::Absent,
		Act::Silent => return Conduct::Silent,
		_ => {},
	}
	let Some(outcome) = execution.act.outcome() else { return Conduct::Unjudged };
	let Verdict::Accepted { outcome: won, possession } = *verdict else { return Conduct::Unjudged };
	let shown = match execution.act {
		Act::Possessed { possession, .. } => Some(possession),
		_ => None,
	};
	let ruling = trial.appeal.map(|appeal| appeal.ruling);
	let is_right = outcome == won;
	let agrees = match (execution.role, ruling) {
		(Role::Appeal, Some(Ruling::Upheld(needed) | Ruling::Overturned(needed))) => {
			is_right && shown == Some(needed)
		},
		(Role::Appeal, _) => return Conduct::Unjudged,
		// It was judged anew, by others: what it showed to a panel before has another key.
		(_, Some(Ruling::Overturned(_))) => is_right,
		// Those who upheld the outcome could not judge what was shown to a panel, which has another key: a
		// majority of copiers there must not cost those who hold the bytes.
		(_, Some(Ruling::Upheld(_))) if is_right && possession.is_some() && shown != possession => {
			return Conduct::Unjudged;
		},
		(_, _) => match (possession, shown) {
			(Some(needed), Some(shown)) => is_right && shown == needed,
			(None, None) if is_right => true,
			// It did not show that it has the bytes, or the task ended before it could.
			_ => return Conduct::Unjudged,
		},
	};
	match agrees {
		true => Conduct::Agreed,
		false => Conduct::Dissented,
	}
}

fn percent(amount: Balance, percent: Balance) -> Balance {
	// Amounts are far below 2^121, where this would saturate; then it errs downwards.
	amount.saturating_mul(percent) / 100
}

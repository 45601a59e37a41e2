// SPDX-License-Identifier: GPL-3.0-or-later
//! Who is paid and who pays, once a task is final. A pure function of the trial.

use crate::{
	protocol::{Act, Breadth, Execution, Role, Stage, Trial, Verdict},
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
	/// What it is paid out of the requester's escrow.
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

/// The shares of everybody who was drawn for `trial`; empty before there is a verdict.
///
/// `place_bond` is the bond behind one place of a slot: for one execution, or for one check.
pub fn settle(trial: &Trial, place_bond: Balance) -> Vec<Share> {
	let Stage::Decided(verdict) = trial.stage else { return Vec::new() };
	let proven = trial.engine.kind.determinism() == Determinism::Proven;
	let open = trial.breadth == Breadth::Open;
	trial
		.executions
		.iter()
		.map(|execution| {
			let conduct = conduct(execution, &verdict);
			// "It failed" costs nothing to say in a declared class: it never earns more than this,
			// so that nobody gains by keeping others from agreeing on it.
			let cheap = !proven && execution.act.outcome().is_some_and(|found| found.is_failure());
			let pay = match conduct {
				Conduct::Agreed | Conduct::Unjudged if cheap => {
					percent(execution.price, DECLARED_FAILURE_PERCENT)
				},
				Conduct::Agreed => execution.price,
				Conduct::Unjudged => percent(execution.price, UNJUDGED_PERCENT),
				Conduct::Dissented | Conduct::Silent | Conduct::Absent => 0,
			};
			let slash = match conduct {
				Conduct::Dissented if proven && open => percent(place_bond, DISSENT_PERCENT),
				// Nobody else can keep it from opening, whoever judges.
				Conduct::Silent if proven => percent(place_bond, SILENCE_PERCENT),
				_ => 0,
			};
			let extra = execution.role == Role::Panel;
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

fn conduct(execution: &Execution, verdict: &Verdict) -> Conduct {
	match (execution.act, verdict) {
		(Act::Lapsed | Act::Abstained | Act::Drawn, _) => Conduct::Absent,
		(Act::Silent, _) => Conduct::Silent,
		(
			Act::Possessed { outcome, possession, .. },
			Verdict::Accepted { outcome: won, possession: Some(shown) },
		) => {
			if outcome == *won && possession == *shown {
				Conduct::Agreed
			} else {
				Conduct::Dissented
			}
		},
		(Act::Opened { outcome, .. }, Verdict::Accepted { outcome: won, possession: None })
			if outcome == *won =>
		{
			Conduct::Agreed
		},
		// Bound, but the task ended before it could open.
		_ => Conduct::Unjudged,
	}
}

fn percent(amount: Balance, percent: Balance) -> Balance {
	// Amounts are far below 2^121, where this would saturate; then it errs downwards.
	amount.saturating_mul(percent) / 100
}

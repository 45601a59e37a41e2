// SPDX-License-Identifier: GPL-3.0-or-later
//! Who is paid and who pays, once a task is final. A pure function of the trial.

use crate::{
	array::item_leaf,
	merkle::Hash,
	protocol::{
		Act, Appeal, Breadth, Cause, Delivery, Execution, ItemRuling, Role, Ruling, Trial, Verdict,
		NOTHING,
	},
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
	/// Found what was accepted, and did not serve it.
	Withheld,
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
/// What an arbiter is paid, who runs one item of an array, and a witness, who runs nothing, in percent of the
/// price.
pub const ERRAND_PERCENT: Balance = 10;
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
			let price = price_of(execution, trial);
			let pay = match conduct {
				Conduct::Agreed | Conduct::Unjudged if cheap => {
					percent(price, DECLARED_FAILURE_PERCENT)
				},
				Conduct::Agreed => price,
				Conduct::Unjudged if execution.act == Act::Unstable => {
					percent(price, DECLARED_FAILURE_PERCENT)
				},
				// What a liar has not been paid yet is forfeited. Those who looked at it again are not
				// the liar.
				Conduct::Unjudged
					if verdict == Verdict::Tainted && execution.role == Role::Executor =>
				{
					0
				},
				// Otherwise whoever keeps others from agreeing on a failure would earn more than they do.
				Conduct::Unjudged if !proven => percent(price, DECLARED_FAILURE_PERCENT),
				Conduct::Unjudged => percent(price, UNJUDGED_PERCENT),
				Conduct::Dissented | Conduct::Silent | Conduct::Absent | Conduct::Withheld => 0,
			};
			let open = breadth_for(execution, trial) == Breadth::Open;
			let slash = match conduct {
				// What can be fetched depends on the way.
				Conduct::Dissented if execution.role == Role::Witness => 0,
				Conduct::Dissented if proven && open => percent(place_bond, DISSENT_PERCENT),
				// Nobody else can keep it from opening, whoever judges.
				Conduct::Silent if proven => percent(place_bond, SILENCE_PERCENT),
				_ => 0,
			};
			let taint = trial.appeal.is_some_and(|appeal| appeal.cause == Cause::Taint);
			let extra = match execution.role {
				Role::Panel | Role::Arbiter => true,
				Role::Appeal => taint,
				Role::Executor | Role::Verifier | Role::Witness => false,
			};
			let standing = match conduct {
				// It checked nothing, and may have met somebody who serves some and not others.
				Conduct::Agreed if execution.role == Role::Witness => Standing::Same,
				Conduct::Dissented if was_served_nothing(execution) => Standing::Same,
				Conduct::Agreed => Standing::Better,
				Conduct::Dissented | Conduct::Withheld if open => Standing::Worse,
				// Whoever hides an answer must not come off better than whoever shows a wrong one,
				// also where no bond is at stake.
				Conduct::Silent => Standing::Worst,
				// A lapse counted when it happened.
				Conduct::Dissented | Conduct::Unjudged | Conduct::Absent | Conduct::Withheld => {
					Standing::Same
				},
			};
			Share { cluster: execution.cluster, conduct, pay, slash, extra, standing }
		})
		.collect()
}

/// The most that an execution is paid: its price, or a part of it where it does not run the whole task.
pub fn price_of(execution: &Execution, trial: &Trial) -> Balance {
	let share = match execution.role {
		Role::Executor | Role::Verifier | Role::Panel | Role::Appeal => return execution.price,
		Role::Witness => ERRAND_PERCENT,
		// One item of few is more than an errand.
		Role::Arbiter => {
			let items = Balance::from(trial.items.unwrap_or(1)).max(1);
			100u128.div_ceil(items).max(ERRAND_PERCENT)
		},
	};
	percent(execution.price, share)
}

/// Who could have been drawn to judge this execution.
fn breadth_for(execution: &Execution, trial: &Trial) -> Breadth {
	// Only such as nobody could have chosen are heard as witnesses.
	if execution.role == Role::Witness {
		return Breadth::Open;
	}
	match trial.appeal {
		Some(Appeal { breadth, ruling: Ruling::Overturned(_), .. }) => breadth,
		Some(appeal) if execution.role == Role::Appeal => appeal.breadth,
		_ => match (&trial.narrowing, execution.role, execution.act) {
			(Some(narrowing), Role::Arbiter, _) | (Some(narrowing), _, Act::Refuted { .. }) => {
				narrowing.breadth
			},
			// What arbiters refuted is held against whoever votes for it, unless the panel itself found another.
			(Some(narrowing), Role::Panel, act)
				if narrowing.breadth == Breadth::Narrow
					&& !matches!(trial.verdict(), Some(Verdict::Accepted { .. }))
					&& act.outcome().is_some_and(|outcome| trial.is_refuted(&outcome)) =>
			{
				Breadth::Narrow
			},
			_ => trial.breadth,
		},
	}
}

fn conduct(execution: &Execution, trial: &Trial, verdict: &Verdict) -> Conduct {
	match (execution.role, execution.act) {
		(Role::Witness, _) => return conduct_of_witness(execution, trial),
		(_, Act::Lapsed | Act::Abstained | Act::Drawn) => return Conduct::Absent,
		(_, Act::Silent) => return Conduct::Silent,
		(Role::Arbiter, _) => return conduct_of_arbiter(execution, trial, verdict),
		_ => {},
	}
	match judged_by_verdict(execution, trial, verdict) {
		// Those who decide an appeal do not serve the outputs, and nobody serves what it did not find.
		Conduct::Agreed
			if execution.role != Role::Appeal
				&& trial.withheld().is_some_and(|one| execution.act.outcome() == Some(one)) =>
		{
			Conduct::Withheld
		},
		conduct => conduct,
	}
}

fn was_served_nothing(execution: &Execution) -> bool {
	matches!(execution.act, Act::Possessed { possession: NOTHING, .. })
		&& execution.role == Role::Witness
}

/// A witness is right if another one shows the same.
fn conduct_of_witness(execution: &Execution, trial: &Trial) -> Conduct {
	let shown = match execution.act {
		Act::Silent => return Conduct::Silent,
		Act::Lapsed | Act::Abstained | Act::Drawn => return Conduct::Absent,
		Act::Possessed { possession, outcome, .. } => Some((possession, outcome)),
		_ => None,
	};
	let Some(complaint) = trial.complaint else { return Conduct::Unjudged };
	let agreed = match complaint.delivery {
		Delivery::Served(possession) => possession,
		Delivery::Withheld { .. } => NOTHING,
		Delivery::Pending | Delivery::Unheard => return Conduct::Unjudged,
	};
	let Verdict::Accepted { outcome, .. } = complaint.verdict else { return Conduct::Unjudged };
	match shown {
		Some(shown) if shown == (agreed, outcome) => Conduct::Agreed,
		// It may be the one who was served.
		Some(_) if agreed == NOTHING => Conduct::Unjudged,
		_ => Conduct::Dissented,
	}
}

fn conduct_of_arbiter(execution: &Execution, trial: &Trial, verdict: &Verdict) -> Conduct {
	let Act::Possessed { outcome, possession, .. } = execution.act else {
		return Conduct::Unjudged;
	};
	let Some(narrowing) = trial.narrowing.as_ref() else { return Conduct::Unjudged };
	let right = right_leaf(trial, verdict).zip(narrowing.item);
	let is_right = right.map(|(leaf, item)| item_leaf(item, &outcome) == leaf);
	if let Some(is_right) = is_right.filter(|_| was_overturned(trial)) {
		return agreed_if(is_right);
	}
	let outvoted = match narrowing.ruling {
		ItemRuling::Pending | ItemRuling::Unheard | ItemRuling::Contradicted => {
			return Conduct::Unjudged;
		},
		ItemRuling::Found { outcome: found, .. } if found != outcome => true,
		// As many showed other bytes.
		ItemRuling::Found { possession: None, .. } => return Conduct::Unjudged,
		ItemRuling::Found { possession: Some(shown), .. } => shown != possession,
	};
	match outvoted {
		false => Conduct::Agreed,
		// Those who decided an appeal ran the whole array. Unless one of the parties had claimed what they found, they
		// do not know what the item is, and never what had to be shown of it: a majority of liars must not cost those
		// who were right.
		true if was_heard(trial) && is_right != Some(false) => Conduct::Unjudged,
		true => Conduct::Dissented,
	}
}

fn agreed_if(agrees: bool) -> Conduct {
	match agrees {
		true => Conduct::Agreed,
		false => Conduct::Dissented,
	}
}

/// What the item was that the arbiters judged, if those who decided an appeal found that one of the parties had
/// been right.
fn right_leaf(trial: &Trial, verdict: &Verdict) -> Option<Hash> {
	let Verdict::Accepted { outcome, .. } = verdict else { return None };
	let right = trial.executions.iter().filter(|_| was_heard(trial));
	let mut right = right.filter(|one| one.act.outcome() == Some(*outcome));
	let claim = |one: &Execution| trial.narrowing.as_ref()?.claim(one.cluster);
	right.find_map(claim)
}

/// Whether others ran the task again and decided.
fn was_heard(trial: &Trial) -> bool {
	trial
		.appeal
		.is_some_and(|appeal| matches!(appeal.ruling, Ruling::Upheld(_) | Ruling::Overturned(_)))
}

fn was_overturned(trial: &Trial) -> bool {
	trial.appeal.is_some_and(|appeal| matches!(appeal.ruling, Ruling::Overturned(_)))
}

fn judged_by_verdict(execution: &Execution, trial: &Trial, verdict: &Verdict) -> Conduct {
	let Some(outcome) = execution.act.outcome() else { return Conduct::Unjudged };
	// Whoever votes for what was refuted is as wrong as whoever claimed it.
	if trial.is_refuted(&outcome) && !was_overturned(trial) && execution.role != Role::Appeal {
		return Conduct::Dissented;
	}
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
	agreed_if(agrees)
}

fn percent(amount: Balance, percent: Balance) -> Balance {
	// Amounts are far below 2^121, where this would saturate; then it errs downwards.
	amount.saturating_mul(percent) / 100
}

// SPDX-License-Identifier: GPL-3.0-or-later
//! Who decided what an execution is judged by, and what follows for it.
//!
//! Who decided an appeal that overturned the verdict judges everybody who ran the task; otherwise those judge
//! each other who voted together: on an item of an array those who differ about it and the arbiters; on the
//! whole those whom nobody refuted and the panel, or those who decided the appeal. Where a panel had no majority,
//! whoever voted for what had been refuted is judged by those who refuted it. Where panel and arbiters contradict
//! each other, nobody judges. A bench has an *honest majority* if more than half of its votes are honest
//! clusters', empty seats counted as not honest. Where there was no vote, nobody judged.

use super::{
	one_task::State,
	world::{Kind, PLACE_BOND},
};
use assay_primitives::{
	outcome::Outcome,
	protocol::{Act, Breadth, Execution, ItemRuling, Role, Ruling, Stage, Trial, Verdict},
	settlement::{settle, Share},
};
use std::{cell::RefCell, rc::Rc};

/// Decided, and nobody can change it but an appeal.
pub fn is_over(state: &State) -> bool {
	matches!(state.trial.stage, Stage::Decided(_))
}

/// What came of the appeal.
pub fn ruling(state: &State) -> Option<Ruling> {
	state.trial.appeal.map(|appeal| appeal.ruling)
}

/// How broad those were who could be drawn.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Breadths {
	/// For the panel.
	pub panel: Breadth,
	/// For the appeal.
	pub appeal: Breadth,
	/// For the arbiters.
	pub item: Breadth,
}

/// Shares, and how broad those are who judge.
type Settlements = Rc<Vec<(Breadths, Vec<Share>)>>;

thread_local! {
	/// Those of the trial that was looked at last: one property after the other asks for them.
	static LAST: RefCell<Option<(Trial, Settlements)>> = const { RefCell::new(None) };
}

/// The shares, for every breadth that panel, appeal and arbiters can have: no step depends on it, only money
/// does.
pub fn settlements(state: &State) -> Settlements {
	if !is_over(state) {
		return Rc::default();
	}
	LAST.with_borrow_mut(|last| match last {
		Some((trial, settlements)) if *trial == state.trial => settlements.clone(),
		_ => {
			let settlements = Rc::new(settle_all(&state.trial));
			*last = Some((state.trial.clone(), settlements.clone()));
			settlements
		},
	})
}

fn settle_all(trial: &Trial) -> Vec<(Breadths, Vec<Share>)> {
	const BREADTHS: &[Breadth] = &[Breadth::Open, Breadth::Narrow];
	let of = |sits: bool| if sits { BREADTHS } else { &BREADTHS[..1] };
	let panels = of(trial.panel_seats > 0);
	let appeals = of(trial.appeal.is_some_and(|appeal| appeal.seats > 0));
	let items = of(trial.narrowing.as_ref().is_some_and(|narrowing| narrowing.seats > 0));
	let mut trial = trial.clone();
	let all = panels.iter().flat_map(move |panel| {
		appeals.iter().flat_map(move |appeal| items.iter().map(move |item| (panel, appeal, item)))
	});
	let settled = all.map(|(panel, appeal, item)| {
		let breadths = Breadths { panel: *panel, appeal: *appeal, item: *item };
		trial.breadth = breadths.panel;
		if let Some(running) = trial.appeal.as_mut() {
			running.breadth = breadths.appeal;
		}
		if let Some(narrowing) = trial.narrowing.as_mut() {
			narrowing.breadth = breadths.item;
		}
		(breadths, settle(&trial, PLACE_BOND))
	});
	settled.collect()
}

/// Whether something holds of each execution's share, however broad panel, appeal and arbiters are.
pub fn each(state: &State, holds: impl Fn(&Execution, Kind, &Share, Breadth) -> bool) -> bool {
	settlements(state).iter().all(|(breadths, shares)| {
		state.executions().zip(shares).all(|((execution, member), share)| {
			let breadth = match bench_of(&state.trial, execution) {
				Bench::Appeal => breadths.appeal,
				// It was drawn for the panel.
				Bench::Item
					if execution.role == Role::Panel && breadths.panel == Breadth::Narrow =>
				{
					Breadth::Narrow
				},
				Bench::Item => breadths.item,
				Bench::Panel | Bench::Nobody => breadths.panel,
				Bench::Witnesses => Breadth::Open,
			};
			holds(execution, member.kind, share, breadth)
		})
	})
}

/// Who judges.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Bench {
	/// There was no vote.
	Nobody,
	/// Arbiters, and those who differ about an item.
	Item,
	/// A panel, and those whom nobody refuted.
	Panel,
	/// Those who decided an appeal.
	Appeal,
	/// Those who tried to fetch what was accepted.
	Witnesses,
}

impl Bench {
	/// Who found what was accepted, where nobody looked at it again.
	pub fn of_verdict(trial: &Trial) -> Self {
		match trial.appeal.map(|appeal| appeal.ruling) {
			Some(Ruling::Overturned(_)) => Self::Appeal,
			_ if item_ruling(trial) == Some(ItemRuling::Contradicted) => Self::Nobody,
			_ if trial.panel_seats > 0 => Self::Panel,
			_ => Self::Nobody,
		}
	}

	/// Whether whoever has this role sits on it.
	pub fn seats(self, role: Role) -> bool {
		let first = matches!(role, Role::Executor | Role::Verifier);
		match self {
			Self::Nobody => false,
			Self::Item => first || role == Role::Arbiter,
			Self::Panel => first || role == Role::Panel,
			Self::Appeal => role == Role::Appeal,
			Self::Witnesses => role == Role::Witness,
		}
	}
}

/// What came of the item of an array that executions differ in.
pub fn item_ruling(trial: &Trial) -> Option<ItemRuling> {
	trial.narrowing.as_ref().map(|narrowing| narrowing.ruling)
}

/// Whether `outcome` is what somebody claimed whom arbiters refuted.
pub fn was_refuted(trial: &Trial, outcome: Option<Outcome>) -> bool {
	let refuted = |one: &Execution| matches!(one.act, Act::Refuted { .. });
	let mut refuted = trial.executions.iter().filter(|one| refuted(one));
	outcome.is_some() && refuted.any(|one| one.act.outcome() == outcome)
}

/// Who judges an execution.
pub fn bench_of(trial: &Trial, execution: &Execution) -> Bench {
	let outvoted = matches!(trial.verdict(), Some(Verdict::Accepted { .. }));
	let refuted = match execution.act {
		Act::Refuted { .. } => true,
		act => !outvoted && was_refuted(trial, act.outcome()),
	};
	match trial.appeal.map(|appeal| appeal.ruling) {
		_ if execution.role == Role::Witness => Bench::Witnesses,
		_ if execution.role == Role::Appeal => Bench::Appeal,
		Some(Ruling::Overturned(_)) => Bench::Appeal,
		_ if item_ruling(trial) == Some(ItemRuling::Contradicted) => Bench::Nobody,
		_ if execution.role == Role::Arbiter || refuted => Bench::Item,
		_ => Bench::of_verdict(trial),
	}
}

/// How many votes a bench has, and how many of them are honest.
pub fn votes(state: &State, bench: Bench) -> (usize, usize) {
	let trial = &state.trial;
	let sits = |one: &Execution| {
		let refuted = matches!(one.act, Act::Refuted { .. }) && bench == Bench::Panel;
		bench.seats(one.role) && one.act.counts() && !refuted
	};
	let first = |one: &&Execution| one.role != Role::Arbiter && sits(one);
	let seats = match bench {
		Bench::Nobody => 0,
		Bench::Item => {
			let arbiters = trial.narrowing.as_ref().map_or(0, |narrowing| narrowing.seats);
			trial.executions.iter().filter(first).count() + usize::from(arbiters)
		},
		Bench::Panel => trial.voters().into(),
		Bench::Appeal => trial.appeal.map_or(0, |appeal| appeal.seats).into(),
		Bench::Witnesses => trial.complaint.map_or(0, |complaint| complaint.seats).into(),
	};
	let honest = |(one, kind): &(&Execution, Kind)| *kind == Kind::Honest && sits(one);
	let all = state.executions().map(|(one, member)| (one, member.kind));
	(seats, all.filter(honest).count())
}

/// Whether more than half of a bench is honest. Nobody's judgement harms nobody.
pub fn is_honest(state: &State, bench: Bench) -> bool {
	let (seats, honest) = votes(state, bench);
	bench == Bench::Nobody || honest * 2 > seats
}

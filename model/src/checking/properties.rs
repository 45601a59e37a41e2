// SPDX-License-Identifier: GPL-3.0-or-later
//! What has to hold of one task in every state, and what has to be seen in some.
//!
//! *Bench*: who decided what an execution is judged by. Who decided an appeal that overturned the verdict
//! judges everybody; otherwise those judge each other who voted together: the first executions and the
//! panel, or those who decided the appeal. A bench has an *honest majority* if more than half of its votes
//! are honest clusters', empty seats counted as not honest. Where there was no vote, nobody judged.

use super::{
	one_task::{Fault, Setting, State},
	world::{context, is_proven, Claim, Kind, Truth, OPENING_BLOCKS, PLACE_BOND, PRICE},
};
use assay_primitives::{
	outcome::Outcome,
	protocol::{
		Act, Breadth, Cause, Context, Effect, Execution, Input, Role, Ruling, Stage, Trial, Verdict,
	},
	settlement::{settle, Conduct, Share, DECLARED_FAILURE_PERCENT},
	task::APPEAL_SEATS,
	Balance, BlockNumber,
};
use stateright::Property;

type Condition = fn(&Setting, &State) -> bool;

const ALWAYS: &[(&str, Condition)] = &[
	("the trial's own invariants hold", |_, state| state.trial.check().is_ok()),
	("every state has a deadline, and an exit that needs nobody", has_an_exit),
	("a stage lasts as long as the protocol says", |_, state| state.fault != Some(Fault::Deadline)),
	("whoever has to act and does so in time is heard", |_, state| {
		state.fault != Some(Fault::Refused)
	}),
	("nobody acts twice", |_, state| state.fault != Some(Fault::ActedTwice)),
	("what nobody has to do is refused and changes nothing", Setting::refuses_the_rest),
	("each slot is released once", |_, state| state.fault != Some(Fault::Release)),
	("effects tell what happened", |_, state| state.fault != Some(Fault::Effects)),
	("a verdict changes only by an appeal, once", |_, state| state.fault != Some(Fault::Verdict)),
	("nobody has a share before a verdict, and no appeal that runs changes one", |_, state| {
		state.fault != Some(Fault::Shares)
	}),
	("the escrow pays everybody it has to", escrow_is_enough),
	("the appellant's bond pays those who decide the appeal", appeal_bond_is_enough),
	("no execution costs more than the bond of its place", no_fine_exceeds_the_place),
	("whoever never bound itself gains and loses nothing", the_absent_are_left_alone),
	(
		"what a bench finds has more than half of all its votes, empty seats included",
		majority_is_strict,
	),
	("an honest majority finds the truth", honest_majority_finds_the_truth),
	("no honest cluster loses bond before an honest majority", no_honest_loss),
	("no honest cluster loses bond once an honest majority looked again", no_loss_after_appeal),
	("nobody loses bond in a declared class", no_loss_in_a_declared_class),
	("no honest cluster works for nothing before an honest majority", honest_work_is_paid),
	("a lie that an honest majority refutes earns nothing and is fined", lies_are_fined),
	("to hide what was sealed costs more than any lie", silence_costs_most),
	("nobody gains by causing a dispute", no_gain_by_a_dispute),
];

const SIGHTS: &[(&str, Condition)] = &[
	("accepted without a panel", |_, state| {
		accepted(state)
			.is_some_and(|_| state.trial.panel_seats == 0 && state.trial.appeal.is_none())
	}),
	("accepted by a panel", |_, state| {
		accepted(state).is_some_and(|_| state.trial.panel_seats > 0 && state.trial.appeal.is_none())
	}),
	("inconclusive after a vote", |_, state| {
		is_decided(state, Verdict::Inconclusive) && state.trial.panel_seats > 0
	}),
	("inconclusive because nobody judges", |_, state| {
		is_decided(state, Verdict::Inconclusive) && state.trial.panel_seats == 0
	}),
	("no verifier", |_, state| is_decided(state, Verdict::NoVerifier)),
	("unfulfilled", |_, state| is_decided(state, Verdict::Unfulfilled)),
	("not deterministic", |_, state| is_decided(state, Verdict::NotDeterministic)),
	("tainted", |_, state| is_decided(state, Verdict::Tainted)),
	("spared a check", |_, state| accepted(state).is_some_and(|_| state.trial.was_spared())),
	("a lie that a majority of liars had accepted", |setting, state| {
		let won = accepted(state);
		won.is_some_and(|won| {
			won != Claim::True.outcome(setting.truth) && !state.trial.was_spared()
		})
	}),
	("upheld", |_, state| matches!(ruling(state), Some(Ruling::Upheld(_)))),
	("overturned", |_, state| matches!(ruling(state), Some(Ruling::Overturned(_)))),
	("unheard", |_, state| ruling(state) == Some(Ruling::Unheard)),
	("overturned because of a taint", |_, state| {
		let tainted = state.trial.appeal.is_some_and(|appeal| appeal.cause == Cause::Taint);
		tainted && matches!(ruling(state), Some(Ruling::Overturned(_)))
	}),
	("a panel lost a member and got another", |_, state| {
		accepted(state).is_some() && state.trial.panel_replaced
	}),
	("verifiers were replaced by two each", |_, state| {
		accepted(state).is_some() && state.trial.verifiers_replaced
	}),
];

/// What is checked in `setting`.
pub fn all(setting: &Setting) -> Vec<Property<Setting>> {
	let always = ALWAYS.iter().map(|(name, condition)| Property::always(name, *condition));
	let expected = |name: &&str| setting.expected.contains(name);
	let sights = SIGHTS.iter().filter(|(name, _)| expected(name));
	let sometimes = sights.map(|(name, condition)| Property::sometimes(name, *condition));
	let all: Vec<_> = always.chain(sometimes).collect();
	assert_eq!(all.len(), ALWAYS.len() + setting.expected.len(), "a sight that nobody knows");
	all
}

fn accepted(state: &State) -> Option<Outcome> {
	match state.trial.stage {
		Stage::Decided(Verdict::Accepted { outcome, .. }) => Some(outcome),
		_ => None,
	}
}

fn is_decided(state: &State, verdict: Verdict) -> bool {
	state.trial.stage == Stage::Decided(verdict)
}

fn ruling(state: &State) -> Option<Ruling> {
	state.trial.appeal.map(|appeal| appeal.ruling)
}

/// Decided, and nobody can change it but an appeal.
fn is_over(state: &State) -> bool {
	matches!(state.trial.stage, Stage::Decided(_))
}

/// Whatever the stage, passing deadlines ends it: eight at most, also where a taint adds an appeal.
pub fn has_an_exit(setting: &Setting, state: &State) -> bool {
	let taints = [false, state.trial.was_spared()];
	state.finalised || taints.into_iter().all(|tainted| ends(setting, &state.trial, tainted))
}

fn ends(setting: &Setting, trial: &Trial, tainted: bool) -> bool {
	let mut trial = trial.clone();
	let longest = trial.policy.queue_blocks.max(trial.policy.execution_blocks);
	let longest = longest.max(OPENING_BLOCKS).max(trial.policy.window);
	let mut now: BlockNumber = 0;
	for _ in 0..8 {
		if trial.deadline < now || trial.deadline > now + longest {
			return false;
		}
		now = trial.deadline + 1;
		let context = Context { tainted, ..context(setting.task, now) };
		match trial.step(&context, Input::Deadline) {
			Ok(effects) if effects.contains(&Effect::Finalise) => return true,
			Ok(_) if trial.check().is_ok() => {},
			_ => return false,
		}
	}
	false
}

/// The shares, for every breadth that panel and appeal can have: no step depends on it, only money does.
fn settlements(state: &State) -> impl Iterator<Item = (Breadth, Breadth, Vec<Share>)> {
	const BREADTHS: &[Breadth] = &[Breadth::Open, Breadth::Narrow];
	let of = |sits: bool| match is_over(state) {
		true if sits => BREADTHS,
		true => &BREADTHS[..1],
		false => &[],
	};
	let panels = of(state.trial.panel_seats > 0);
	let appeals = of(state.trial.appeal.is_some_and(|appeal| appeal.seats > 0));
	let mut trial = state.trial.clone();
	let both = panels.iter().flat_map(|panel| appeals.iter().map(|appeal| (*panel, *appeal)));
	both.map(move |(panel, appeal)| {
		trial.breadth = panel;
		if let Some(running) = trial.appeal.as_mut() {
			running.breadth = appeal;
		}
		(panel, appeal, settle(&trial, PLACE_BOND))
	})
}

/// Whether something holds of each execution's share, however broad panel and appeal are.
fn each(state: &State, holds: impl Fn(&Execution, Kind, &Share, Breadth) -> bool) -> bool {
	settlements(state).all(|(panel, appeal, shares)| {
		state.executions().zip(&shares).all(|((execution, member), share)| {
			let breadth = match bench_of(&state.trial, execution.role) {
				Bench::Appeal => appeal,
				Bench::Panel | Bench::Nobody => panel,
			};
			holds(execution, member.kind, share, breadth)
		})
	})
}

fn paid_by_appellant(state: &State, execution: &Execution) -> bool {
	let doubt = state.trial.appeal.is_some_and(|appeal| appeal.cause == Cause::Doubt);
	doubt && execution.role == Role::Appeal
}

fn pay(state: &State, shares: &[Share], by_appellant: bool) -> Balance {
	let all = state.executions().zip(shares);
	let due = all.filter(|((one, _), _)| paid_by_appellant(state, one) == by_appellant);
	due.map(|(_, share)| share.pay).sum()
}

/// What is not paid comes back. The deposit is no part of it: it always does.
fn escrow_is_enough(setting: &Setting, state: &State) -> bool {
	let held = setting.policy.worst_case(PRICE).expect("prices are small");
	settlements(state).all(|(_, _, shares)| pay(state, &shares, false) <= held)
}

/// What an appellant bonds is the price of all who can decide the appeal.
fn appeal_bond_is_enough(_: &Setting, state: &State) -> bool {
	let bond = PRICE * Balance::from(APPEAL_SEATS);
	settlements(state).all(|(_, _, shares)| pay(state, &shares, true) <= bond)
}

fn no_fine_exceeds_the_place(_: &Setting, state: &State) -> bool {
	each(state, |execution, _, share, _| share.slash <= PLACE_BOND && share.pay <= execution.price)
}

fn the_absent_are_left_alone(_: &Setting, state: &State) -> bool {
	each(state, |execution, _, share, _| {
		let absent = matches!(execution.act, Act::Drawn | Act::Lapsed | Act::Abstained);
		!absent || (share.pay == 0 && share.slash == 0)
	})
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Bench {
	Nobody,
	Panel,
	Appeal,
}

/// Who judges an execution of this role.
fn bench_of(trial: &Trial, role: Role) -> Bench {
	match trial.appeal.map(|appeal| appeal.ruling) {
		Some(Ruling::Overturned(_)) => Bench::Appeal,
		_ if role == Role::Appeal => Bench::Appeal,
		_ if trial.panel_seats > 0 => Bench::Panel,
		_ => Bench::Nobody,
	}
}

/// How many votes a bench has, and how many of them are honest.
fn votes(state: &State, bench: Bench) -> (usize, usize) {
	let appeal = bench == Bench::Appeal;
	let honest = state.executions().filter(|(execution, member)| {
		let sits = (execution.role == Role::Appeal) == appeal && execution.act.counts();
		sits && member.kind == Kind::Honest
	});
	let seats = match bench {
		Bench::Nobody => 0,
		Bench::Panel => state.trial.voters(),
		Bench::Appeal => state.trial.appeal.map_or(0, |appeal| appeal.seats),
	};
	(seats.into(), honest.count())
}

/// Whether more than half of a bench is honest. Nobody's judgement harms nobody.
fn is_honest(state: &State, bench: Bench) -> bool {
	let (seats, honest) = votes(state, bench);
	bench == Bench::Nobody || honest * 2 > seats
}

/// Counted anew: the votes for what the bench that spoke last found.
fn majority_is_strict(_: &Setting, state: &State) -> bool {
	let Stage::Decided(Verdict::Accepted { outcome, possession }) = state.trial.stage else {
		return true;
	};
	let (bench, found) = match ruling(state) {
		Some(Ruling::Upheld(shown) | Ruling::Overturned(shown)) => (Bench::Appeal, Some(shown)),
		_ => (bench_of(&state.trial, Role::Executor), possession),
	};
	let Some(found) = found else { return bench == Bench::Nobody };
	let appeal = bench == Bench::Appeal;
	let voters = state.trial.executions.iter().filter(|one| (one.role == Role::Appeal) == appeal);
	let vote = |one: &&Execution| match one.act {
		Act::Possessed { outcome: own, possession, .. } => (own, possession) == (outcome, found),
		_ => false,
	};
	voters.filter(vote).count() * 2 > votes(state, bench).0
}

/// A failure in a declared class needs three who found it: fewer honest ones are no majority for it.
fn proves_little(setting: &Setting, state: &State, bench: Bench) -> bool {
	!is_proven(&state.trial) && setting.truth == Truth::Fails && votes(state, bench).1 < 3
}

fn honest_majority_finds_the_truth(setting: &Setting, state: &State) -> bool {
	let heard = matches!(ruling(state), Some(Ruling::Upheld(_) | Ruling::Overturned(_)));
	let bench = match heard {
		true => Bench::Appeal,
		false => bench_of(&state.trial, Role::Executor),
	};
	let judged = is_over(state) && bench != Bench::Nobody && is_honest(state, bench);
	let truth = Claim::True.outcome(setting.truth);
	!judged || proves_little(setting, state, bench) || accepted(state) == Some(truth)
}

fn no_honest_loss(_: &Setting, state: &State) -> bool {
	each(state, |execution, kind, share, _| {
		let safe = is_honest(state, bench_of(&state.trial, execution.role));
		kind == Kind::Dishonest || !safe || share.slash == 0
	})
}

/// An appeal is the remedy against a bench of liars, also where it upholds the verdict.
fn no_loss_after_appeal(_: &Setting, state: &State) -> bool {
	let heard = matches!(ruling(state), Some(Ruling::Upheld(_) | Ruling::Overturned(_)));
	let safe = heard && is_honest(state, Bench::Appeal);
	!safe || each(state, |_, kind, share, _| kind == Kind::Dishonest || share.slash == 0)
}

fn no_loss_in_a_declared_class(_: &Setting, state: &State) -> bool {
	is_proven(&state.trial) || each(state, |_, _, share, _| share.slash == 0)
}

/// What an honest execution is paid when its result is accepted.
fn honest_pay(setting: &Setting, state: &State) -> Balance {
	match setting.truth {
		Truth::Fails if !is_proven(&state.trial) => PRICE * DECLARED_FAILURE_PERCENT / 100,
		_ => PRICE,
	}
}

/// In full if the truth was accepted, in part if there was no verdict on it.
fn honest_work_is_paid(setting: &Setting, state: &State) -> bool {
	let truth = accepted(state) == Some(Claim::True.outcome(setting.truth));
	each(state, |execution, kind, share, _| {
		let bench = bench_of(&state.trial, execution.role);
		let full = honest_pay(setting, state);
		let unheard = execution.role == Role::Appeal && ruling(state) == Some(Ruling::Unheard);
		kind == Kind::Dishonest
			|| !is_honest(state, bench)
			|| if truth && !unheard { share.pay == full } else { share.pay > 0 }
	})
}

/// Fined where most could have been drawn to judge it and the class is proven.
fn lies_are_fined(setting: &Setting, state: &State) -> bool {
	let truth = Claim::True.outcome(setting.truth);
	let refuted = accepted(state) == Some(truth);
	each(state, |execution, _, share, breadth| {
		let lies = execution.act.outcome().is_some_and(|outcome| outcome != truth);
		let judged = is_honest(state, bench_of(&state.trial, execution.role));
		let unheard = execution.role == Role::Appeal && ruling(state) == Some(Ruling::Unheard);
		let fined = share.slash > 0 || !is_proven(&state.trial) || breadth == Breadth::Narrow;
		!refuted || !lies || !judged || unheard || (share.pay == 0 && fined)
	})
}

/// Otherwise whoever sees that it will be refuted would rather not open.
fn silence_costs_most(_: &Setting, state: &State) -> bool {
	settlements(state).all(|(_, _, shares)| {
		let lies = shares.iter().filter(|share| share.conduct == Conduct::Dissented);
		let dearest = lies.map(|share| share.slash).max().unwrap_or(0);
		let silent = shares.iter().filter(|share| share.conduct == Conduct::Silent);
		let proven = is_proven(&state.trial);
		silent.into_iter().all(|one| one.pay == 0 && (!proven || one.slash > dearest))
	})
}

/// Executor and verifiers cause disputes: whatever they do, the truth would have paid as much or more. Not
/// where their lie was accepted: a majority of liars on a bench can have it say what they like, and a
/// failure in a declared class pays less than to say that the program completed.
fn no_gain_by_a_dispute(setting: &Setting, state: &State) -> bool {
	let honest = honest_pay(setting, state);
	let lied = accepted(state).is_some_and(|won| won != Claim::True.outcome(setting.truth));
	let excused = lied || !state.disputed;
	excused
		|| each(state, |execution, kind, share, _| {
			let causes = matches!(execution.role, Role::Executor | Role::Verifier);
			kind == Kind::Honest || !causes || share.pay <= honest + share.slash
		})
}

// SPDX-License-Identifier: GPL-3.0-or-later
//! What has to hold of one task in every state, and what has to be seen in some.

use super::{
	arrays,
	benches::{bench_of, each, is_honest, is_over, ruling, settlements, votes, Bench},
	delivery,
	one_task::{Fault, Setting, State},
	world::{context, is_proven, Kind, OPENING_BLOCKS, PLACE_BOND, PRICE},
};
use assay_primitives::{
	outcome::Outcome,
	protocol::{
		Act, Breadth, Cause, Context, Effect, Execution, Input, Role, Ruling, Stage, Trial, Verdict,
	},
	settlement::{Conduct, Share, Standing, DECLARED_FAILURE_PERCENT},
	task::APPEAL_SEATS,
	Balance, BlockNumber,
};
use stateright::Property;

/// What is looked at in a state.
pub type Condition = fn(&Setting, &State) -> bool;

const ALWAYS: &[(&str, Condition)] = &[
	("the trial's own invariants hold", |_, state| state.trial.check().is_ok()),
	("every state has a deadline, and an exit that needs nobody", has_an_exit),
	("a stage lasts as long as the protocol says", |_, state| state.fault != Some(Fault::Deadline)),
	("whoever has to act and does so in time is heard", |_, state| {
		state.fault != Some(Fault::Refused)
	}),
	("nobody acts twice", |_, state| state.fault != Some(Fault::ActedTwice)),
	("who was drawn first makes no difference", |_, state| state.fault != Some(Fault::Order)),
	("nobody opens on a bench before all of it are bound", nobody_opens_early),
	("what nobody has to do is refused and changes nothing", Setting::refuses_the_rest),
	("each slot is released once, eight at most at once", |_, state| {
		state.fault != Some(Fault::Release)
	}),
	("effects tell what happened", |_, state| state.fault != Some(Fault::Effects)),
	("a verdict changes only by an appeal, once", |_, state| state.fault != Some(Fault::Verdict)),
	("nobody has a share before a verdict, and nothing that runs changes one", |_, state| {
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
	("whom the requester could have chosen costs nobody bond or standing", the_narrow_cost_nothing),
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
		won.is_some_and(|won| won != setting.true_outcome() && !state.trial.was_spared())
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
	let mut always = ALWAYS.to_vec();
	if setting.array.is_some() {
		always.extend(arrays::ALWAYS);
	}
	if setting.complaints {
		always.extend(delivery::ALWAYS);
	}
	let expected = |name: &&str| setting.expected.contains(name);
	let sights = [SIGHTS, arrays::SIGHTS, delivery::SIGHTS].concat();
	let sights = sights.into_iter().filter(|(name, _)| expected(name));
	let sometimes = sights.map(|(name, condition)| Property::sometimes(name, condition));
	let count = always.len() + setting.expected.len();
	let always = always.into_iter().map(|(name, condition)| Property::always(name, condition));
	let all: Vec<_> = always.chain(sometimes).collect();
	assert_eq!(all.len(), count, "a sight that nobody knows");
	all
}

/// What is accepted, while nobody looks at it again.
pub fn accepted(state: &State) -> Option<Outcome> {
	match state.trial.stage {
		Stage::Decided(Verdict::Accepted { outcome, .. }) => Some(outcome),
		_ => None,
	}
}

fn is_decided(state: &State, verdict: Verdict) -> bool {
	state.trial.stage == Stage::Decided(verdict)
}

/// Whatever the stage, passing deadlines ends it: twelve at most, also where a taint adds an appeal.
pub fn has_an_exit(setting: &Setting, state: &State) -> bool {
	let taints = [false, state.trial.was_spared()];
	state.finalised || taints.into_iter().all(|tainted| ends(setting, &state.trial, tainted))
}

fn ends(setting: &Setting, trial: &Trial, tainted: bool) -> bool {
	let mut trial = trial.clone();
	let longest = trial.policy.queue_blocks.max(trial.policy.execution_blocks);
	let longest = longest.max(OPENING_BLOCKS).max(trial.policy.window);
	let mut now: BlockNumber = 0;
	for _ in 0..12 {
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

/// Who pays an execution.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Payer {
	/// The requester, out of what it had to hold.
	Escrow,
	/// Whoever doubts the verdict.
	Appellant,
	/// The requester, for a complaint that comes to nothing.
	Complainant,
}

/// What a payer has to pay.
pub fn due(state: &State, shares: &[Share], payer: Payer) -> Balance {
	let doubt = state.trial.appeal.is_some_and(|appeal| appeal.cause == Cause::Doubt);
	let of = |execution: &Execution| match execution.role {
		// A requester who was right does not pay those who confirm it: the others are not paid.
		Role::Witness if state.trial.withheld().is_none() => Payer::Complainant,
		Role::Appeal if doubt => Payer::Appellant,
		_ => Payer::Escrow,
	};
	let due = state.executions().zip(shares).filter(|((one, _), _)| of(one) == payer);
	due.map(|(_, share)| share.pay).sum()
}

/// What is not paid comes back, or is forfeited. The deposit is no part of it: it always does.
fn escrow_is_enough(setting: &Setting, state: &State) -> bool {
	let held = setting.policy.worst_case(PRICE).expect("prices are small");
	settlements(state).iter().all(|(_, shares)| {
		due(state, shares, Payer::Escrow) + delivery::forfeited(state, shares) <= held
	})
}

/// What an appellant bonds is the price of all who can decide the appeal.
fn appeal_bond_is_enough(_: &Setting, state: &State) -> bool {
	let bond = PRICE * Balance::from(APPEAL_SEATS);
	settlements(state).iter().all(|(_, shares)| due(state, shares, Payer::Appellant) <= bond)
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

/// Counted anew: the votes for what the bench that spoke last found.
fn majority_is_strict(_: &Setting, state: &State) -> bool {
	let Stage::Decided(Verdict::Accepted { outcome, possession }) = state.trial.stage else {
		return true;
	};
	let (bench, found) = match ruling(state) {
		Some(Ruling::Upheld(shown) | Ruling::Overturned(shown)) => (Bench::Appeal, Some(shown)),
		_ => (Bench::of_verdict(&state.trial), possession),
	};
	let Some(found) = found else { return bench == Bench::Nobody };
	let voters = state.trial.executions.iter().filter(|one| bench.seats(one.role));
	let vote = |one: &&Execution| match one.act {
		Act::Possessed { outcome: own, possession, .. } => (own, possession) == (outcome, found),
		_ => false,
	};
	voters.filter(vote).count() * 2 > votes(state, bench).0
}

/// A failure in a declared class needs three who found it: fewer honest ones are no majority for it.
fn proves_little(setting: &Setting, state: &State, bench: Bench) -> bool {
	fails_cheaply(setting, state) && votes(state, bench).1 < 3
}

/// Whether the program really fails, in a declared class. An array as a whole never does.
fn fails_cheaply(setting: &Setting, state: &State) -> bool {
	!is_proven(&state.trial) && setting.true_outcome().is_failure()
}

fn honest_majority_finds_the_truth(setting: &Setting, state: &State) -> bool {
	let heard = matches!(ruling(state), Some(Ruling::Upheld(_) | Ruling::Overturned(_)));
	let bench = match heard {
		true => Bench::Appeal,
		false => Bench::of_verdict(&state.trial),
	};
	let judged = is_over(state) && bench != Bench::Nobody && is_honest(state, bench);
	let truth = setting.true_outcome();
	!judged || proves_little(setting, state, bench) || accepted(state) == Some(truth)
}

fn no_honest_loss(_: &Setting, state: &State) -> bool {
	each(state, |execution, kind, share, _| {
		let safe = is_honest(state, bench_of(&state.trial, execution));
		kind == Kind::Dishonest || !safe || share.slash == 0
	})
}

/// An appeal is the remedy against a bench of liars, also where it upholds the verdict.
fn no_loss_after_appeal(_: &Setting, state: &State) -> bool {
	let heard = matches!(ruling(state), Some(Ruling::Upheld(_) | Ruling::Overturned(_)));
	let safe = heard && is_honest(state, Bench::Appeal);
	!safe || each(state, |_, kind, share, _| kind == Kind::Dishonest || share.slash == 0)
}

/// Only to fall silent is everybody's own doing.
fn the_narrow_cost_nothing(_: &Setting, state: &State) -> bool {
	each(state, |_, _, share, breadth| {
		let harmed = share.slash > 0 || matches!(share.standing, Standing::Worse | Standing::Worst);
		breadth == Breadth::Open || share.conduct == Conduct::Silent || !harmed
	})
}

/// What others found is nobody's to copy.
fn nobody_opens_early(_: &Setting, state: &State) -> bool {
	let bench = state.trial.bench();
	let any = |is: fn(&Act) -> bool| {
		let mut seated = state.trial.executions.iter().filter(|one| one.role == bench);
		seated.any(|one| is(&one.act))
	};
	let unbound = any(|act| *act == Act::Drawn);
	!unbound || !any(|act| act.outcome().is_some())
}

fn no_loss_in_a_declared_class(_: &Setting, state: &State) -> bool {
	is_proven(&state.trial) || each(state, |_, _, share, _| share.slash == 0)
}

/// What an honest execution is paid when its result is accepted.
fn honest_pay(setting: &Setting, state: &State) -> Balance {
	match fails_cheaply(setting, state) {
		true => PRICE * DECLARED_FAILURE_PERCENT / 100,
		false => PRICE,
	}
}

/// In full if the truth was accepted, or found by those it was found with; in part if nobody said what is true.
fn honest_work_is_paid(setting: &Setting, state: &State) -> bool {
	let truth = accepted(state) == Some(setting.true_outcome());
	each(state, |execution, kind, share, _| {
		let bench = bench_of(&state.trial, execution);
		let unheard = execution.role == Role::Appeal && ruling(state) == Some(Ruling::Unheard);
		let full = match execution.role {
			// Where as many show something else, nobody knows whose bytes are right.
			Role::Arbiter if bench == Bench::Item && arrays::bytes_are_found(state) => {
				arrays::honest_errand(setting, state)
			},
			Role::Arbiter => {
				return kind == Kind::Dishonest || !is_honest(state, bench) || share.pay > 0;
			},
			// See the properties of a delivery.
			Role::Witness => return true,
			_ => honest_pay(setting, state),
		};
		// Whom that can hit, see the properties of a delivery.
		let forfeited = share.conduct == Conduct::Withheld;
		kind == Kind::Dishonest
			|| forfeited
			|| !is_honest(state, bench)
			|| if (truth && !unheard) || bench == Bench::Item {
				share.pay == full
			} else {
				share.pay > 0
			}
	})
}

/// Fined where most could have been drawn to judge it and the class is proven.
fn lies_are_fined(setting: &Setting, state: &State) -> bool {
	let refuted = accepted(state) == Some(setting.true_outcome());
	let again = matches!(ruling(state), Some(Ruling::Upheld(_) | Ruling::Overturned(_)));
	each(state, |execution, _, share, breadth| {
		let bench = bench_of(&state.trial, execution);
		let lies = match execution.role {
			// It says nothing about what the program does.
			Role::Witness => false,
			// Where those who run the whole find what none claimed who differ about it, nobody knows what the item is.
			Role::Arbiter => {
				let known = !again || arrays::somebody_claimed(state, accepted(state));
				known && arrays::lies(setting, state, execution)
			},
			_ => execution.act.outcome().is_some_and(|found| found != setting.true_outcome()),
		};
		let judged = is_honest(state, bench);
		let unheard = execution.role == Role::Appeal && ruling(state) == Some(Ruling::Unheard);
		let fined = share.slash > 0 || !is_proven(&state.trial) || breadth == Breadth::Narrow;
		let found = match bench {
			Bench::Item => arrays::found(state).is_some(),
			_ => refuted,
		};
		!found || !lies || !judged || unheard || (share.pay == 0 && fined)
	})
}

/// Otherwise whoever sees that it will be refuted would rather not open.
fn silence_costs_most(_: &Setting, state: &State) -> bool {
	settlements(state).iter().all(|(_, shares)| {
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
	let lied = accepted(state).is_some_and(|won| won != setting.true_outcome());
	let excused = lied || !state.disputed;
	excused
		|| each(state, |execution, kind, share, _| {
			let causes = matches!(execution.role, Role::Executor | Role::Verifier);
			kind == Kind::Honest || !causes || share.pay <= honest + share.slash
		})
}

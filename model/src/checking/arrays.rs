// SPDX-License-Identifier: GPL-3.0-or-later
//! What has to hold where executions of an array differ, and what has to be seen.

use super::{
	benches::{bench_of, each, is_honest, is_over, item_ruling, ruling, votes, was_refuted, Bench},
	one_task::{Fault, Member, Setting, State},
	properties::{accepted, Condition},
	world::{is_proven, Claim, Kind, Shown, PRICE},
};
use assay_primitives::{
	outcome::Outcome,
	protocol::{Act, Breadth, Execution, ItemRuling, Role, Ruling, Stage, Verdict},
	settlement::{Conduct, DECLARED_FAILURE_PERCENT, ERRAND_PERCENT},
	Balance, ClusterId, Possession,
};

/// What holds in every state.
pub const ALWAYS: &[(&str, Condition)] = &[
	("what arbiters find has a majority and refutes whoever claims something else", |_, state| {
		state.fault != Some(Fault::Item)
	}),
	("two more are sought than become arbiters", two_more_are_sought),
	("what was refuted is accepted by an appeal only", refuted_is_not_accepted),
	("a panel contradicts the arbiters exactly where it finds what they refuted", contradicts),
	("honest arbiters and an honest panel do not contradict each other", |_, state| {
		let both = is_honest(state, Bench::Item) && is_honest(state, Bench::Panel);
		!is_contradicted(state) || !both
	}),
	(
		"where panel and arbiters contradict each other nobody is judged before an appeal",
		|_, state| {
			let concerned = is_contradicted(state) && !is_overturned(state);
			!concerned
				|| each(state, |one, _, share, _| {
					let quiet = matches!(share.conduct, Conduct::Absent | Conduct::Silent);
					quiet || share.conduct == Conduct::Unjudged || one.role == Role::Witness
				})
		},
	),
	("arbiters are judged by those who show the same", arbiters_are_judged_by_most),
	("an honest majority finds the truth about an item", honest_majority_finds_the_item),
	("whoever is refuted by an honest majority dissented", the_refuted_dissented),
	("an arbiter who invents the bytes of an item is fined by honest ones", inventors_are_fined),
	("nobody who survives alone is accepted without a panel", one_alone_is_not_believed),
	("nobody honest is fined for having found what is accepted", nobody_pays_for_being_right),
	("an array as a whole is never accepted as a failure", |_, state| {
		!accepted(state).is_some_and(|outcome| outcome.is_failure())
	}),
	("who stays silent while it is narrowed down is neither paid nor accepted", |_, state| {
		each(state, |one, _, share, _| one.act != Act::Silent || share.pay == 0)
	}),
];

/// What is seen in some.
pub const SIGHTS: &[(&str, Condition)] = &[
	("an honest majority refutes a liar", |_, state| {
		is_anybody(state, is_refuted) && is_honest(state, Bench::Item)
	}),
	("an appeal spares an arbiter who was outvoted", |_, state| {
		let is_outvoted = |one: &Execution| {
			let others = found(state).zip(one.act.outcome());
			one.role == Role::Arbiter && others.is_some_and(|(found, own)| found != own)
		};
		is_overturned(state)
			&& !each(state, |one, _, share, _| {
				!is_outvoted(one) || share.conduct != Conduct::Unjudged
			})
	}),
	("a survivor is accepted by a panel", |_, state| {
		let won = accepted(state).filter(|_| state.trial.panel_seats > 0);
		let survived = |one: &Execution| one.act.outcome() == won && !is_refuted(one);
		won.is_some()
			&& is_anybody(state, is_refuted)
			&& is_anybody(state, |one| one.role == Role::Executor && survived(one))
	}),
	("a survivor who lied elsewhere is outvoted", |setting, state| {
		let truth = setting.true_outcome();
		let lied = |one: &Execution| {
			let first = matches!(one.role, Role::Executor | Role::Verifier);
			first && !is_refuted(one) && one.act.outcome().is_some_and(|found| found != truth)
		};
		let won = accepted(state) == Some(truth) && state.trial.appeal.is_none();
		won && is_anybody(state, is_refuted) && is_anybody(state, lied)
	}),
	("all are refuted", |_, state| state.trial.stage == Stage::Decided(Verdict::Refuted)),
	("two of three are left and agree", |_, state| {
		let plain = accepted(state).is_some() && state.trial.panel_seats == 0;
		plain && is_anybody(state, is_refuted) && state.trial.appeal.is_none()
	}),
	("somebody posts nothing and a panel hears the other", |_, state| {
		let narrowing = state.trial.narrowing.as_ref();
		accepted(state).is_some()
			&& narrowing.is_some_and(|narrowing| narrowing.item.is_none())
			&& is_anybody(state, |one| one.act == Act::Silent)
	}),
	("arbiters find no majority and a panel hears all", |_, state| {
		let narrowing = state.trial.narrowing.as_ref();
		let heard = narrowing.is_some_and(|one| one.seats > 0);
		heard && is_unheard(state) && by_panel(state)
	}),
	("few are found and run the whole at once", |_, state| {
		let narrowing = state.trial.narrowing.as_ref();
		let skipped = narrowing.is_some_and(|one| one.seats == 0);
		skipped && is_unheard(state) && by_panel(state)
	}),
	("fewer arbiters are seated so that two are left", |_, state| {
		let narrowing = state.trial.narrowing.as_ref();
		let few = narrowing.is_some_and(|one| one.seats == 1 && state.trial.policy.panel() == 3);
		few && found(state).is_some() && by_panel(state)
	}),
	("contradicted", |_, state| is_contradicted(state)),
	("contradicted, and an appeal finds who was right", |setting, state| {
		let right = accepted(state) == Some(setting.true_outcome());
		is_contradicted(state) && is_overturned(state) && right
	}),
	("arbiters show different bytes of what they found", |_, state| {
		matches!(item_ruling(&state.trial), Some(ItemRuling::Found { possession: None, .. }))
	}),
	("arbiters who lie refute an honest cluster", |_, state| {
		state.executions().any(|(one, member)| is_refuted(one) && member.kind == Kind::Honest)
	}),
	("an appeal overturns what arbiters found", |setting, state| {
		let found = found(state).is_some();
		let right = accepted(state) == Some(setting.true_outcome());
		found && right && matches!(ruling(state), Some(Ruling::Overturned(_)))
	}),
	("subtrees are posted before leaves", |setting, state| {
		let narrowing = state.trial.narrowing.as_ref();
		let deep = narrowing.is_some_and(|one| one.subtree == Some(1));
		deep && found(state).is_some() && setting.array.is_some_and(|array| array.items > 128)
	}),
	("an arbiter shows invented bytes", |_, state| {
		let invents = |one: &Execution, shown| {
			let shows = matches!(one.act, Act::Possessed { .. }) && shown == Shown::Invented;
			one.role == Role::Arbiter && shows
		};
		state.executions().any(|(one, member)| invents(one, member.said.shown))
	}),
];

fn is_anybody(state: &State, is: impl Fn(&Execution) -> bool) -> bool {
	state.trial.executions.iter().any(is)
}

fn is_refuted(execution: &Execution) -> bool {
	matches!(execution.act, Act::Refuted { .. })
}

/// What arbiters found.
pub fn found(state: &State) -> Option<Outcome> {
	match item_ruling(&state.trial) {
		Some(ItemRuling::Found { outcome, .. }) => Some(outcome),
		_ => None,
	}
}

fn is_unheard(state: &State) -> bool {
	item_ruling(&state.trial) == Some(ItemRuling::Unheard)
}

fn is_contradicted(state: &State) -> bool {
	item_ruling(&state.trial) == Some(ItemRuling::Contradicted)
}

fn is_overturned(state: &State) -> bool {
	matches!(ruling(state), Some(Ruling::Overturned(_)))
}

fn by_panel(state: &State) -> bool {
	accepted(state).is_some() && state.trial.panel_seats > 0 && state.trial.appeal.is_none()
}

/// As many as make the votes odd, as far as the policy lets them.
fn two_more_are_sought(_: &Setting, state: &State) -> bool {
	let trial = &state.trial;
	let judged = |one: &&Execution| matches!(one.role, Role::Executor | Role::Verifier);
	let judged = trial.executions.iter().filter(judged).filter(|one| one.act.counts()).count();
	let arbiters = match (judged % 2, trial.policy.panel()) {
		(0, most) => most,
		_ => 2,
	};
	trial.drawing_role() != Some(Role::Arbiter) || trial.wanted == arbiters + 2
}

fn refuted_is_not_accepted(_: &Setting, state: &State) -> bool {
	!was_refuted(&state.trial, accepted(state)) || is_overturned(state)
}

/// Votes of the panel and of those whom nobody refuted, counted anew.
fn contradicts(_: &Setting, state: &State) -> bool {
	let trial = &state.trial;
	let first_verdict = trial.appeal.map(|appeal| appeal.verdict).or(trial.verdict());
	let votes = trial.executions.iter().filter(|one| Bench::Panel.seats(one.role));
	let shown = |one: &Execution| match one.act {
		Act::Possessed { outcome, possession, .. } => Some((outcome, possession)),
		_ => None,
	};
	let votes: Vec<_> = votes.filter_map(shown).collect();
	let wins = |vote: &&(Outcome, Possession)| {
		let count = votes.iter().filter(|one| one == vote).count();
		count * 2 > trial.voters().into() && was_refuted(trial, Some(vote.0))
	};
	let against = trial.panel_seats > 0 && votes.iter().any(|vote| wins(&vote));
	match is_contradicted(state) {
		true => against && first_verdict == Some(Verdict::Inconclusive),
		false => !against || !is_over(state),
	}
}

/// Where nobody looked at it again: whoever found something else dissented, whoever found the same and shows what
/// most show agreed, unless as many show something else.
fn arbiters_are_judged_by_most(_: &Setting, state: &State) -> bool {
	let (Some(found), false) = (found(state), is_overturned(state)) else { return true };
	let shows = |one: &Execution| match one.act {
		Act::Possessed { outcome, possession, .. } if one.role == Role::Arbiter => {
			Some((outcome, possession))
		},
		_ => None,
	};
	let all: Vec<_> = state.trial.executions.iter().filter_map(shows).collect();
	let like = |shown| all.iter().filter(|one| **one == (found, shown)).count();
	let most = all.iter().map(|one| like(one.1)).max().unwrap_or(0);
	let is_upheld = matches!(ruling(state), Some(Ruling::Upheld(_)));
	each(state, |one, _, share, _| match shows(one) {
		None => true,
		Some((outcome, shown)) if outcome != found || like(shown) < most => {
			// An appeal is the remedy against arbiters who copy, or who lie about what nobody claimed.
			let unknown = outcome == found || !somebody_claimed(state, accepted(state));
			let excused = is_upheld && unknown && share.conduct == Conduct::Unjudged;
			share.conduct == Conduct::Dissented || excused
		},
		Some((_, shown)) => {
			let rival = all.iter().any(|one| one.1 != shown && like(one.1) == most);
			share.conduct == if rival { Conduct::Unjudged } else { Conduct::Agreed }
		},
	})
}

/// Whether arbiters found an outcome and one proof of it that most of them show.
pub fn bytes_are_found(state: &State) -> bool {
	matches!(item_ruling(&state.trial), Some(ItemRuling::Found { possession: Some(_), .. }))
}

/// Whether one of those who differ about the array claimed `outcome`.
pub fn somebody_claimed(state: &State, outcome: Option<Outcome>) -> bool {
	let first = |one: &Execution| matches!(one.role, Role::Executor | Role::Verifier);
	outcome.is_some() && is_anybody(state, |one| first(one) && one.act.outcome() == outcome)
}

/// What the item really is that executions differ in.
fn true_item(setting: &Setting, state: &State) -> Option<Outcome> {
	let item = state.trial.narrowing.as_ref()?.item?;
	let array = setting.array?;
	Some(array.item(item, Claim::True))
}

/// Whether an arbiter says something else of the item than what is true.
pub fn lies(setting: &Setting, state: &State, arbiter: &Execution) -> bool {
	arbiter.act.outcome().is_some_and(|said| Some(said) != true_item(setting, state))
}

/// What an honest arbiter is paid.
pub fn honest_errand(setting: &Setting, state: &State) -> Balance {
	// One item of few is more than an errand.
	let share = setting.array.map_or(100, |array| Balance::from(100u16.div_ceil(array.items)));
	let errand = PRICE * share.max(ERRAND_PERCENT) / 100;
	match true_item(setting, state) {
		Some(item) if item.is_failure() && !is_proven(&state.trial) => {
			errand * DECLARED_FAILURE_PERCENT / 100
		},
		_ => errand,
	}
}

/// Once they were drawn and heard. A failure in a declared class takes three who found it.
fn honest_majority_finds_the_item(setting: &Setting, state: &State) -> bool {
	let Some(truth) = true_item(setting, state) else { return true };
	let narrowing = state.trial.narrowing.as_ref();
	let seated = narrowing.is_some_and(|narrowing| narrowing.seats > 0);
	let heard = found(state).is_some() || is_unheard(state);
	let enough = !truth.is_failure() || is_proven(&state.trial) || votes(state, Bench::Item).1 >= 3;
	let judged = seated && heard && enough && is_honest(state, Bench::Item);
	!judged || found(state) == Some(truth)
}

fn the_refuted_dissented(_: &Setting, state: &State) -> bool {
	let judged = is_honest(state, Bench::Item);
	let refuted = state.executions().filter(|(one, _)| is_refuted(one));
	let mut refuted = refuted.map(|(_, member)| member.kind);
	let safe = !judged || refuted.all(|kind| kind == Kind::Dishonest);
	safe && each(state, |one, _, share, breadth| {
		let concerned = judged && is_refuted(one) && bench_of(&state.trial, one) == Bench::Item;
		let fined = (share.slash > 0) == (is_proven(&state.trial) && breadth == Breadth::Open);
		!concerned || (share.conduct == Conduct::Dissented && share.pay == 0 && fined)
	})
}

/// Where nobody looked at it again, and more than half of all arbiters are honest: others than they prove nothing.
fn inventors_are_fined(setting: &Setting, state: &State) -> bool {
	let seats = state.trial.narrowing.as_ref().map_or(0, |narrowing| narrowing.seats);
	let arbiters = state.executions().filter(|(one, _)| one.role == Role::Arbiter);
	let honest = arbiters.filter(|(_, member)| member.kind == Kind::Honest).count();
	let heard = found(state).is_some() && found(state) == true_item(setting, state);
	let again = matches!(ruling(state), Some(Ruling::Upheld(_) | Ruling::Overturned(_)));
	if honest * 2 <= seats.into() || !heard || again {
		return true;
	}
	let invents = |(one, member): (&Execution, &Member)| {
		let shows = matches!(one.act, Act::Possessed { .. });
		let claims = shows && member.said.shown == Shown::Invented;
		(one.role == Role::Arbiter && claims).then_some(one.cluster)
	};
	let inventors: Vec<ClusterId> = state.executions().filter_map(invents).collect();
	each(state, |one, _, share, breadth| {
		let fined = (share.slash > 0) == (is_proven(&state.trial) && breadth == Breadth::Open);
		!inventors.contains(&one.cluster) || (share.pay == 0 && fined)
	})
}

fn one_alone_is_not_believed(_: &Setting, state: &State) -> bool {
	let trial = &state.trial;
	let Stage::Decided(Verdict::Accepted { outcome, possession: None }) = trial.stage else {
		return true;
	};
	let agrees = |one: &&Execution| one.act.outcome() == Some(outcome) && !is_refuted(one);
	trial.executions.iter().filter(agrees).count() >= trial.quorum().into()
}

/// Whoever shows other bytes can be fined: it did not hold what it had found.
fn nobody_pays_for_being_right(_: &Setting, state: &State) -> bool {
	let Some(won) = accepted(state) else { return true };
	each(state, |one, kind, share, _| {
		let right = one.act.outcome() == Some(won) && one.role != Role::Arbiter;
		let showed = matches!(one.act, Act::Possessed { .. });
		kind == Kind::Dishonest || !right || showed || share.slash == 0
	})
}

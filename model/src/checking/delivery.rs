// SPDX-License-Identifier: GPL-3.0-or-later
//! What has to hold where the requester says that it is not served, and what has to be seen.

use super::{
	benches::{each, is_over, ruling, settlements, votes, Bench},
	one_task::{Fault, Served, Setting, State},
	properties::{due, Condition, Payer},
	world::{Kind, PLACE_BOND, PRICE},
};
use assay_primitives::{
	outcome::Outcome,
	protocol::{Act, Complaint, Delivery, Execution, Role, Ruling, Verdict, NOTHING},
	settlement::{price_of, settle, Conduct, Share, Standing, ERRAND_PERCENT},
	task::{WITNESSES, WITNESSES_TO_AGREE},
	Balance, Possession,
};

/// What witnesses are paid at most.
const ERRAND: Balance = PRICE * ERRAND_PERCENT / 100;

/// What holds in every state.
pub const ALWAYS: &[(&str, Condition)] = &[
	("a complaint comes once, stops the window and leaves the verdict alone", |_, state| {
		state.fault != Some(Fault::Complaint)
	}),
	("three witnesses are heard, or none", |_, state| {
		heard(state).is_none_or(|one| one.seats == WITNESSES || one.seats == 0)
	}),
	("two who show the same of what was accepted decide, and nobody else", |_, state| {
		heard(state).is_none_or(|complaint| complaint.delivery == recount(state, &complaint))
	}),
	("two honest witnesses find what is true", |_, state| {
		let Some(complaint) = heard(state) else { return true };
		!is_fair(state)
			|| match (state.served, complaint.delivery) {
				(Served::All, found) => matches!(found, Delivery::Served(_)),
				(Served::Nobody, found) => matches!(found, Delivery::Withheld { .. }),
				(Served::Some, _) => true,
			}
	}),
	("whoever serves keeps its pay before two honest witnesses", |_, state| {
		let may = state.served == Served::All && is_fair(state);
		!may || each(state, |_, _, share, _| share.conduct != Conduct::Withheld)
	}),
	("nobody honest is taken for one that withholds before two honest witnesses", |_, state| {
		let safe = is_fair(state);
		each(state, |_, kind, share, _| {
			!safe || kind == Kind::Dishonest || share.conduct != Conduct::Withheld
		})
	}),
	(
		"who found what was withheld is not paid for it where two honest witnesses say so",
		|_, state| {
			let withheld = state.served == Served::Nobody && is_fair(state);
			let accepted =
				heard(state).filter(|_| withheld).and_then(|one| outcome_of(&one.verdict));
			each(state, |one, _, share, _| {
				let found = one.act.outcome() == accepted && accepted.is_some();
				!found || !serves(one.role) || share.pay == 0 || share.conduct == Conduct::Unjudged
			})
		},
	),
	("only whoever found what was withheld forfeits its pay", |_, state| {
		let accepted = heard(state).and_then(|one| outcome_of(&one.verdict));
		let stands = heard(state).map(|one| one.verdict) == state.trial.verdict();
		each(state, |one, _, share, _| {
			let may = serves(one.role) && one.act.outcome() == accepted && stands;
			share.conduct != Conduct::Withheld || may
		})
	}),
	("only silence costs bond where a delivery is doubted", |_, state| {
		each(state, |one, _, share, _| {
			let doubted = one.role == Role::Witness || share.conduct == Conduct::Withheld;
			!doubted || one.act == Act::Silent || share.slash == 0
		})
	}),
	(
		"a witness gains no standing, and loses it only if it made something up or hid it",
		|_, state| {
			each(state, |one, _, share, _| {
				let (silent, standing) = (one.act == Act::Silent, share.standing);
				let says = !matches!(one.act, Act::Possessed { possession: NOTHING, .. });
				let worse = share.conduct == Conduct::Dissented && says;
				let expected = match (silent, worse) {
					(true, _) => Standing::Worst,
					(_, true) => Standing::Worse,
					_ => Standing::Same,
				};
				one.role != Role::Witness || standing == expected
			})
		},
	),
	("no honest witness loses standing beside another one", |_, state| {
		let safe = is_fair(state) || state.served == Served::Nobody;
		each(state, |one, kind, share, _| {
			let honest = one.role == Role::Witness && kind == Kind::Honest;
			!honest || !safe || share.standing == Standing::Same
		})
	}),
	("an honest witness is paid, in full by two like it", |_, state| {
		let complaint = heard(state);
		each(state, |one, kind, share, _| {
			let witness = one.role == Role::Witness && kind == Kind::Honest;
			let alike = is_fair(state) && state.served != Served::Some;
			let full = complaint.is_some() && alike;
			// Two who lie can say that it lies, and so can two who were served that it was.
			let outvoted = !alike && share.conduct == Conduct::Dissented;
			let paid = if full { share.pay == ERRAND } else { share.pay > 0 || outvoted };
			!witness || one.act == Act::Drawn || (paid && share.slash == 0)
		})
	}),
	("a witness who says what two honest ones refute earns less than they do", |_, state| {
		let judged = heard(state).is_some() && is_fair(state) && state.served != Served::Some;
		let honest = state.executions().find_map(|(one, member)| match one.act {
			Act::Possessed { outcome, possession, .. }
				if one.role == Role::Witness && member.kind == Kind::Honest =>
			{
				Some((outcome, possession))
			},
			_ => None,
		});
		!judged
			|| each(state, |one, _, share, _| {
				let agrees = match one.act {
					Act::Possessed { outcome, possession, .. } => {
						Some((outcome, possession)) == honest
					},
					_ => false,
				};
				one.role != Role::Witness || agrees || share.pay < ERRAND
			})
	}),
	("the complainant's bond pays the witnesses", |_, state| {
		let bond = ERRAND * Balance::from(WITNESSES);
		settlements(state).iter().all(|(_, shares)| due(state, shares, Payer::Complainant) <= bond)
	}),
	("nothing is repaid where an honest witness was served", |_, state| {
		let served = |one: &Execution| matches!(one.act, Act::Possessed { possession, .. } if possession != NOTHING);
		let honest = |(one, kind): (&Execution, Kind)| {
			one.role == Role::Witness && kind == Kind::Honest && served(one)
		};
		let mut all = state.executions().map(|(one, member)| (one, member.kind));
		!state.trial.is_repaid() || !all.any(honest)
	}),
	("all is repaid that three honest witnesses are not served", |_, state| {
		let three = is_fair(state) && votes(state, Bench::Witnesses).1 == usize::from(WITNESSES);
		let none = heard(state).is_some() && state.served == Served::Nobody && three;
		!none || state.trial.is_repaid()
	}),
	("what is not repaid costs the requester as much as if it had not complained", costs_the_same),
	("those who withhold pay the witnesses", |_, state| {
		let stands = heard(state).map(|one| one.verdict) == state.trial.verdict();
		let withheld = heard(state).is_some() && state.trial.withheld().is_some() && stands;
		// Where those who decided the appeal found it, nobody else has to serve it.
		let overturned = matches!(ruling(state), Some(Ruling::Overturned(_)));
		!withheld
			|| overturned
			|| settlements(state).iter().all(|(_, shares)| {
				let lost = withheld_price(state, shares);
				lost >= pay_of_witnesses(state, shares)
			})
	}),
];

/// What is seen in some.
pub const SIGHTS: &[(&str, Condition)] = &[
	("served", |_, state| is_served(state) && is_fair(state)),
	("withheld and not repaid", |_, state| {
		state.trial.withheld().is_some() && is_fair(state) && !state.trial.is_repaid()
	}),
	("repaid", |_, state| state.trial.is_repaid() && is_fair(state)),
	("a lie that two witnesses had believed", |_, state| match state.served {
		Served::All => state.trial.withheld().is_some(),
		Served::Some => false,
		Served::Nobody => is_served(state),
	}),
	("nobody to witness", |_, state| heard(state).is_some_and(|complaint| complaint.seats == 0)),
	("witnesses who show three things", |_, state| {
		let unheard = |one: &Complaint| one.seats > 0 && one.delivery == Delivery::Unheard;
		let shows = |(one, _): &(&Execution, _)| {
			one.role == Role::Witness && matches!(one.act, Act::Possessed { .. })
		};
		heard(state).is_some_and(|complaint| unheard(&complaint))
			&& state.executions().filter(shows).count() == usize::from(WITNESSES)
	}),
	("an honest witness is outvoted by others who were served", |_, state| {
		state.served == Served::Some
			&& is_fair(state)
			&& each_dissents(state, |kind, _| kind == Kind::Honest)
	}),
	("complained and appealed", |_, state| {
		heard(state).is_some() && matches!(ruling(state), Some(Ruling::Overturned(_)))
	}),
	("withheld and overturned", |_, state| {
		let overturned = matches!(ruling(state), Some(Ruling::Overturned(_)));
		let stands = heard(state).map(|one| one.verdict) == state.trial.verdict();
		state.trial.withheld().is_some() && overturned && !stands
	}),
	("appealed in vain and complained", |_, state| {
		let upheld = matches!(ruling(state), Some(Ruling::Upheld(_)));
		heard(state).is_some_and(|complaint| complaint.rest == 0) && upheld
	}),
	("a complaint that gives back some blocks", |_, state| {
		heard(state).is_some_and(|complaint| complaint.rest > 0)
	}),
	("a witness opens nothing", |_, state| {
		let silent =
			|(one, _): (&Execution, _)| one.role == Role::Witness && one.act == Act::Silent;
		heard(state).is_some() && state.executions().any(silent)
	}),
];

/// The complaint, once witnesses were heard or could not be, and nothing else runs.
fn heard(state: &State) -> Option<Complaint> {
	state.trial.complaint.filter(|complaint| !complaint.is_open() && is_over(state))
}

fn is_served(state: &State) -> bool {
	heard(state).is_some_and(|complaint| matches!(complaint.delivery, Delivery::Served(_)))
}

/// Whether two of three witnesses are honest.
fn is_fair(state: &State) -> bool {
	let (seats, honest) = votes(state, Bench::Witnesses);
	seats > 0 && honest >= WITNESSES_TO_AGREE.into()
}

/// Whether whoever has this role has to serve what it found.
fn serves(role: Role) -> bool {
	!matches!(role, Role::Arbiter | Role::Appeal | Role::Witness)
}

fn outcome_of(verdict: &Verdict) -> Option<Outcome> {
	match verdict {
		Verdict::Accepted { outcome, .. } => Some(*outcome),
		_ => None,
	}
}

fn each_dissents(state: &State, is: impl Fn(Kind, &Share) -> bool) -> bool {
	let shares = settle(&state.trial, PLACE_BOND);
	let mut all = state.executions().zip(&shares);
	all.any(|((one, member), share)| {
		let witness = one.role == Role::Witness && share.conduct == Conduct::Dissented;
		witness && is(member.kind, share)
	})
}

/// What follows from what the witnesses show, counted anew.
fn recount(state: &State, complaint: &Complaint) -> Delivery {
	let shown = |one: &Execution| match one.act {
		Act::Possessed { outcome, possession, .. } if one.role == Role::Witness => {
			(Some(outcome) == outcome_of(&complaint.verdict)).then_some(possession)
		},
		_ => None,
	};
	let shown: Vec<Possession> = state.trial.executions.iter().filter_map(shown).collect();
	let like = |sought: &Possession| shown.iter().filter(|one| *one == sought).count();
	let failed = like(&NOTHING) as u8;
	match shown.iter().find(|one| like(one) * 2 > WITNESSES.into()) {
		_ if failed >= 2 => Delivery::Withheld { failed },
		Some(possession) => Delivery::Served(*possession),
		None => Delivery::Unheard,
	}
}

fn withheld_price(state: &State, shares: &[Share]) -> Balance {
	let all = state.trial.executions.iter().zip(shares);
	let withheld = all.filter(|(_, share)| share.conduct == Conduct::Withheld);
	withheld.map(|(one, _)| price_of(one, &state.trial)).sum()
}

fn pay_of_witnesses(state: &State, shares: &[Share]) -> Balance {
	let all = state.trial.executions.iter().zip(shares);
	all.filter(|(one, _)| one.role == Role::Witness).map(|(_, share)| share.pay).sum()
}

/// What the treasury gets of what was withheld.
pub fn forfeited(state: &State, shares: &[Share]) -> Balance {
	match state.trial.is_repaid() {
		true => 0,
		false => withheld_price(state, shares).saturating_sub(pay_of_witnesses(state, shares)),
	}
}

/// Otherwise two accomplices among the witnesses would be worth something.
fn costs_the_same(_: &Setting, state: &State) -> bool {
	if heard(state).is_none() || state.trial.withheld().is_none() || state.trial.is_repaid() {
		return true;
	}
	let mut other = state.clone();
	if let Some(complaint) = other.trial.complaint.as_mut() {
		complaint.delivery = Delivery::Unheard;
	}
	let costs = |state: &State| {
		settlements(state)
			.iter()
			.map(|(_, shares)| due(state, shares, Payer::Escrow) + forfeited(state, shares))
			.collect::<Vec<_>>()
	};
	costs(state).iter().zip(costs(&other)).all(|(cost, other)| *cost >= other)
}

// SPDX-License-Identifier: GPL-3.0-or-later
//! Who is paid and who pays.

use crate::court::*;
use assay_primitives::{
	outcome::Outcome,
	protocol::{Breadth, Cause, Input, Role, Stage, Verdict},
	settlement::{
		settle, Conduct::*, Standing, DECLARED_FAILURE_PERCENT, DISSENT_PERCENT, SILENCE_PERCENT,
		UNJUDGED_PERCENT,
	},
	task::{Check, Policy},
	Balance, ClusterId, Possession,
};

const HALF: Balance = PRICE / 2;
const QUARTER: Balance = PRICE / 4;

/// Cluster 1 of a declared class found `first`, cluster 2 answered `second`.
fn declared(
	first: assay_primitives::outcome::Outcome,
	second: assay_primitives::outcome::Outcome,
) -> Court {
	let court = Court::with(2, container()).draws(&[1]).commits(1, first).draws(&[2]);
	court.answers(2, second).opens(1, first)
}

#[test]
fn nothing_is_settled_before_the_verdict() {
	Court::panel_opening().settles(&[]);
}

#[test]
fn those_who_agree_are_paid_what_they_asked_for() {
	let court = Court::opening(2, truth()).opens(1, truth());
	court.settles(&[(1, Agreed, PRICE, 0), (2, Agreed, PRICE, 0)]);
	assert!(court.shares().iter().all(|share| !share.extra));
}

#[test]
fn a_proven_liar_is_unpaid_and_loses_bond_and_the_panel_is_extra() {
	let court = Court::panel_opening().opens_panel(3, truth()).opens_panel(4, truth());
	let court = court.opens_panel(5, truth());
	court.settles(&[
		(1, Agreed, PRICE, 0),
		(2, Dissented, 0, BOND / 2),
		(3, Agreed, PRICE, 0),
		(4, Agreed, PRICE, 0),
		(5, Agreed, PRICE, 0),
	]);
	let extra: Vec<bool> = court.shares().iter().map(|share| share.extra).collect();
	assert_eq!(extra, [false, false, true, true, true]);
}

#[test]
fn a_panel_member_who_dissents_pays_like_anybody_else() {
	let court = Court::panel().seals(3, lie(0)).seals(4, truth()).seals(5, truth());
	let court = court.possesses(1, truth()).possesses(2, lie(0));
	let court = court.opens_panel(3, lie(0)).opens_panel(4, truth()).opens_panel(5, truth());
	assert_eq!(court.shares()[2].slash, BOND / 2);
}

#[test]
fn the_right_digest_without_the_bytes_is_a_dissent() {
	let court = Court::panel_showing().possesses(2, lie(0)).possesses(1, lie(1));
	let court = court.opens_panel(3, truth()).opens_panel(4, truth()).opens_panel(5, truth());
	assert_eq!((court.shares()[0].conduct, court.shares()[0].pay), (Dissented, 0));
}

#[test]
fn silence_after_a_commitment_costs_more_than_any_dissent() {
	const { assert!(SILENCE_PERCENT > DISSENT_PERCENT) };
	let court = Court::opening(2, truth()).lapses().draws(&[3]).seals(3, truth());
	let court = court.possesses(2, truth()).opens_panel(3, truth());
	court.ends_with(judged(truth())).settles(&[
		(1, Silent, 0, BOND),
		(2, Agreed, PRICE, 0),
		(3, Agreed, PRICE, 0),
	]);
}

#[test]
fn silence_is_not_forgiven_when_there_is_no_verdict() {
	let court = Court::opening(2, truth()).lapses().lapses();
	let court = court.ends_with(Verdict::Inconclusive);
	court.settles(&[(1, Silent, 0, BOND), (2, Unjudged, HALF, 0)]);
}

#[test]
fn in_a_declared_class_nobody_ever_loses_bond() {
	let lied = declared(truth(), lie(0)).draws(&[3]).seals(3, truth());
	let lied = lied.possesses(1, truth()).possesses(2, lie(0)).opens_panel(3, truth());
	lied.settles(&[(1, Agreed, PRICE, 0), (2, Dissented, 0, 0), (3, Agreed, PRICE, 0)]);
	let silent = declared(truth(), lie(0)).draws(&[3]).seals(3, truth()).lapses().lapses();
	silent.settles(&[(1, Silent, 0, 0), (2, Silent, 0, 0), (3, Silent, 0, 0)]);
}

#[test]
fn a_panel_that_the_requester_could_choose_takes_nobody_s_bond_or_standing() {
	let picks = [3, 4, 5].map(pick).to_vec();
	let drawn = Input::Drawn { picks, nonce: NONCE, breadth: Breadth::Narrow };
	let court = Court::disputed().does(drawn).seals(3, lie(0)).seals(4, lie(0)).seals(5, lie(0));
	let court = court.possesses(1, truth()).lapses();
	let court = court.opens_panel(3, lie(0)).opens_panel(4, lie(0)).opens_panel(5, lie(0));
	let shares = court.ends_with(judged(lie(0))).shares();
	assert_eq!((shares[0].conduct, shares[0].pay, shares[0].slash), (Dissented, 0, 0));
	assert_eq!(shares[0].standing, Standing::Same);
	// To stay silent is everybody's own choice, whoever judges.
	assert_eq!((shares[1].conduct, shares[1].slash), (Silent, BOND));
	assert_eq!(shares[1].standing, Standing::Worst);
}

#[test]
fn bond_is_at_stake_where_two_thirds_could_have_been_drawn() {
	let open = [(0, 0), (2, 3), (4, 6), (5, 6), (7, 7), (u32::MAX, u32::MAX)];
	assert!(open.iter().all(|(fit, all)| Breadth::of(*fit, *all) == Breadth::Open));
	let narrow = [(0, 1), (1, 2), (3, 5), (3, 6), (u32::MAX / 2, u32::MAX)];
	assert!(narrow.iter().all(|(fit, all)| Breadth::of(*fit, *all) == Breadth::Narrow));
}

#[test]
fn without_a_verdict_everybody_who_answered_gets_half() {
	Court::disputed().lapses().settles(&[(1, Unjudged, HALF, 0), (2, Unjudged, HALF, 0)]);
	Court::drawing(2).lapses().settles(&[(1, Unjudged, HALF, 0)]);
	let court = Court::verifying(2).lapses().draws(&[3, 4]).commits(3, truth()).lapses();
	court.settles(&[
		(1, Unjudged, HALF, 0),
		(2, Absent, 0, 0),
		(3, Unjudged, HALF, 0),
		(4, Absent, 0, 0),
	]);
}

#[test]
fn those_who_never_answered_get_and_lose_nothing() {
	Court::executing(2).lapses().lapses().settles(&[(1, Absent, 0, 0)]);
	Court::executing(2).abstains(1).lapses().settles(&[(1, Absent, 0, 0)]);
	let court = Court::executing(2).abstains(1).draws(&[2]).commits(2, truth()).draws(&[3]);
	let court = court.answers(3, truth()).opens(2, truth());
	court.settles(&[(1, Absent, 0, 0), (2, Agreed, PRICE, 0), (3, Agreed, PRICE, 0)]);
}

#[test]
fn a_failure_of_a_proven_class_is_work_like_any_other() {
	let court = Court::executing(2).commits(1, failure()).draws(&[2]).answers(2, failure());
	let court = court.opens(1, failure());
	court.settles(&[(1, Agreed, PRICE, 0), (2, Agreed, PRICE, 0)]);
}

#[test]
fn a_failure_of_a_declared_class_earns_a_fixed_part() {
	let court = declared(failure(), failure()).draws(&[3]).seals(3, failure());
	let court = court.possesses(1, failure()).possesses(2, failure()).opens_panel(3, failure());
	court.settles(&[(1, Agreed, QUARTER, 0), (2, Agreed, QUARTER, 0), (3, Agreed, QUARTER, 0)]);
}

#[test]
fn nobody_earns_more_with_a_declared_failure_by_keeping_it_from_being_agreed() {
	const { assert!(DECLARED_FAILURE_PERCENT <= UNJUDGED_PERCENT) };
	let court = declared(failure(), truth()).lapses().ends_with(Verdict::Inconclusive);
	// Not even whoever says that it did not fail.
	court.settles(&[(1, Unjudged, QUARTER, 0), (2, Unjudged, QUARTER, 0)]);
}

#[test]
fn nobody_gains_by_a_dispute() {
	// Whatever cluster 2 says against an honest executor, it never earns more than with the truth.
	let honest = Court::opening(2, truth()).opens(1, truth()).shares()[1].pay;
	let unjudged = Court::disputed().lapses().shares()[1].pay;
	let court = Court::panel_opening().opens_panel(3, truth()).opens_panel(4, truth());
	let convicted = court.opens_panel(5, truth()).shares()[1].pay;
	assert!(unjudged < honest && convicted < unjudged);
}

#[test]
fn the_hold_covers_the_dearest_way_through_a_task() {
	// Two executors lost, every verifier replaced by two, and the largest panel.
	let court = Court::new(2).draws(&[1]).abstains(1).draws(&[2]).lapses().draws(&[3]);
	let court = court.commits(3, truth()).draws(&[4]).lapses().draws(&[5, 6]);
	let court = court.commits(5, truth()).commits(6, lie(0));
	let court = court.opens(3, truth()).opens(5, truth()).opens(6, lie(0));
	let court = court.draws(&[7, 8]).abstains(7).abstains(8).draws(&[9, 10]);
	let court = court.seals(9, truth()).seals(10, truth());
	let court = court.possesses(3, truth()).possesses(5, truth()).possesses(6, truth());
	let court = court.opens_panel(9, truth()).opens_panel(10, truth());
	assert_is_covered(&court);
}

#[test]
fn the_hold_covers_the_dearest_way_through_a_task_with_a_quorum_of_three() {
	let court = Court::new(3).draws(&[1]).abstains(1).draws(&[2]).lapses().draws(&[3]);
	let court = court.commits(3, truth()).draws(&[4, 5]).lapses().draws(&[6, 7, 8, 9]);
	let court = court.commits(6, truth()).commits(7, truth()).commits(8, truth());
	let court = court.commits(9, truth()).opens(3, truth()).opens(6, truth());
	let court = court.opens(7, truth()).opens(8, truth()).lapses().draws(&[10, 11]).lapses();
	let court = court.draws(&[12, 13]).seals(12, truth()).seals(13, truth());
	let court = court.possesses(3, truth()).possesses(6, truth()).possesses(7, truth());
	let court = court.possesses(8, truth()).opens_panel(12, truth()).opens_panel(13, truth());
	assert_eq!(court.trial.executions.len(), 13);
	assert_is_covered(&court);
}

/// Whatever `cause` an appeal has: who found what, of five.
const JURY: [u32; 5] = [11, 12, 13, 14, 15];

fn four_to_one(most: Outcome, one: Outcome) -> [(u32, Outcome); 5] {
	[(11, most), (12, most), (13, most), (14, most), (15, one)]
}

#[test]
fn a_spared_executor_is_paid_like_any_other() {
	Court::unchecked(truth()).settles(&[(1, Agreed, PRICE, 0)]);
	let silent = Court::spared(truth()).lapses().draws(&[2, 3]);
	let silent = silent.decides(&[(2, truth()), (3, truth())]);
	silent.settles(&[(1, Silent, 0, BOND), (2, Agreed, PRICE, 0), (3, Agreed, PRICE, 0)]);
	let unfound = Court::spared(truth()).lapses().lapses().ends_with(Verdict::Inconclusive);
	unfound.settles(&[(1, Silent, 0, BOND)]);
	Court::audited().commits(1, truth()).lapses().settles(&[(1, Unjudged, HALF, 0)]);
}

#[test]
fn whoever_tries_first_and_wavers_gets_a_quarter() {
	let court = Court::trying().wavers(1);
	court.settles(&[(1, Unjudged, QUARTER, 0)]);
	assert_eq!(court.shares()[0].standing, Standing::Same);
	let court = Court::trying().abstains(1).draws(&[2]).wavers(2);
	court.settles(&[(1, Absent, 0, 0), (2, Unjudged, QUARTER, 0)]);
}

#[test]
fn during_an_appeal_everything_is_as_it_was_before_it() {
	let before = Court::panel_opening().opens_panel(3, truth()).opens_panel(4, truth());
	let before = before.opens_panel(5, truth());
	let shares = before.shares();
	let same = |court: &Court| assert_eq!(court.shares()[..shares.len()], shares);
	let court = before.appeals();
	same(&court);
	let court = court.draws_narrowly(&JURY);
	same(&court);
	assert!(court.shares()[5..].iter().all(|share| (share.conduct, share.pay) == (Absent, 0)));
	let votes = four_to_one(truth(), lie(0));
	let sealed = votes.iter().fold(court, |court, (member, found)| court.seals(*member, *found));
	same(&sealed);
	same(&sealed.opens_panel(11, truth()));
}

#[test]
fn an_upheld_verdict_changes_nothing_for_those_it_is_about() {
	let disputed = Court::panel_opening().opens_panel(3, truth()).opens_panel(4, truth());
	let disputed = disputed.opens_panel(5, truth());
	for before in [Court::accepted(truth()), disputed, Court::unchecked(truth())] {
		let shares = before.shares();
		let court = before.appeals().draws(&JURY).decides(&four_to_one(truth(), lie(0)));
		assert_eq!(court.shares()[..shares.len()], shares);
		let jury = &court.shares()[shares.len()..];
		assert!(jury[..4].iter().all(|share| (share.conduct, share.pay) == (Agreed, PRICE)));
		assert!(jury[..4].iter().all(|share| share.standing == Standing::Better));
		assert_eq!((jury[4].conduct, jury[4].pay, jury[4].slash), (Dissented, 0, BOND / 2));
		assert_eq!(jury[4].standing, Standing::Worse);
		assert!(jury.iter().all(|share| !share.extra));
	}
}

#[test]
fn an_overturned_verdict_takes_bond_from_those_who_had_agreed_on_it() {
	let court = Court::appealed(lie(0)).decides(&four_to_one(truth(), lie(0)));
	court.settles(&[
		(1, Dissented, 0, BOND / 2),
		(2, Dissented, 0, BOND / 2),
		(11, Agreed, PRICE, 0),
		(12, Agreed, PRICE, 0),
		(13, Agreed, PRICE, 0),
		(14, Agreed, PRICE, 0),
		(15, Dissented, 0, BOND / 2),
	]);
	assert_eq!(court.shares()[0].standing, Standing::Worse);
}

#[test]
fn an_overturned_panel_pays_whom_it_had_convicted() {
	let court = Court::panel().seals(3, lie(0)).seals(4, lie(0)).seals(5, truth());
	let court = court.possesses(1, truth()).possesses(2, lie(0));
	let court = court.opens_panel(3, lie(0)).opens_panel(4, lie(0)).opens_panel(5, truth());
	assert_eq!((court.shares()[0].conduct, court.shares()[0].slash), (Dissented, BOND / 2));
	let court = court.appeals().draws(&[11, 12, 13]);
	court.decides(&[(11, truth()), (12, truth()), (13, truth())]).settles(&[
		(1, Agreed, PRICE, 0),
		(2, Dissented, 0, BOND / 2),
		(3, Dissented, 0, BOND / 2),
		(4, Dissented, 0, BOND / 2),
		(5, Agreed, PRICE, 0),
		(11, Agreed, PRICE, 0),
		(12, Agreed, PRICE, 0),
		(13, Agreed, PRICE, 0),
	]);
}

#[test]
fn an_appeal_that_the_requester_could_choose_takes_nobody_s_bond_or_standing() {
	let court = Court::accepted(truth()).appeals().draws_narrowly(&JURY);
	let court = court.decides(&four_to_one(lie(0), truth())).ends_with(corrected(lie(0)));
	for share in court.shares() {
		assert_eq!(share.slash, 0);
		assert!(matches!(share.standing, Standing::Same | Standing::Better));
	}
	// One that upholds what an open panel found leaves to that what it took.
	let court = Court::panel_opening().opens_panel(3, truth()).opens_panel(4, truth());
	let court = court.opens_panel(5, truth()).appeals().draws_narrowly(&JURY);
	let court = court.decides(&four_to_one(truth(), lie(0)));
	assert_eq!(court.shares()[1].slash, BOND / 2);
	assert_eq!((court.shares()[9].conduct, court.shares()[9].slash), (Dissented, 0));
	// To stay silent is everybody's own choice, whoever judges.
	let court = Court::accepted(truth()).appeals().draws_narrowly(&[11, 12, 13]);
	let court = court.seals(11, truth()).seals(12, truth()).seals(13, truth());
	let court = court.opens_panel(11, truth()).opens_panel(12, truth()).lapses();
	assert_eq!((court.shares()[4].conduct, court.shares()[4].slash), (Silent, BOND));
}

#[test]
fn an_appeal_never_takes_bond_in_a_declared_class() {
	let court = declared(truth(), truth()).appeals().draws(&JURY);
	let overturned = court.clone().decides(&four_to_one(lie(0), truth()));
	let overturned = overturned.ends_with(corrected(lie(0))).shares();
	assert!(overturned.iter().all(|share| share.slash == 0));
	assert_eq!((overturned[0].conduct, overturned[0].pay), (Dissented, 0));
	assert_eq!(overturned[0].standing, Standing::Worse);
	let failed = court.clone().decides(&four_to_one(failure(), truth())).shares();
	assert_eq!((failed[2].conduct, failed[2].pay), (Agreed, QUARTER));
	let silent = JURY.iter().fold(court, |court, member| court.seals(*member, truth())).lapses();
	assert!(silent.shares().iter().all(|share| share.slash == 0));
}

#[test]
fn whoever_decides_an_appeal_that_finds_no_majority_gets_half() {
	let court = Court::accepted(truth()).appeals().draws(&[11, 12, 13]);
	let court = court.decides(&[(11, truth()), (12, lie(0)), (13, lie(1))]);
	court.ends_with(agreed(truth())).settles(&[
		(1, Agreed, PRICE, 0),
		(2, Agreed, PRICE, 0),
		(11, Unjudged, HALF, 0),
		(12, Unjudged, HALF, 0),
		(13, Unjudged, HALF, 0),
	]);
}

#[test]
fn the_right_digest_without_the_bytes_is_a_dissent_in_an_appeal_too() {
	let guessed = Possession([0; 32]);
	let court = Court::accepted(truth()).appeals().draws(&[11, 12, 13]);
	let commitment = court.panel_commitment(11, truth(), guessed);
	let court = court.does(Input::Commit(ClusterId(11), commitment));
	let court = court.seals(12, truth()).seals(13, truth());
	let court = court.does(Input::OpenPanel(ClusterId(11), opening(11, truth()), guessed));
	let court = court.opens_panel(12, truth()).opens_panel(13, truth());
	let guesser = court.ends_with(agreed(truth())).shares()[2];
	assert_eq!((guesser.conduct, guesser.pay, guesser.slash), (Dissented, 0, BOND / 2));
}

#[test]
fn an_appeal_that_decides_a_dispute_pays_whom_it_finds_right() {
	let court = Court::disputed().lapses().appeals().draws(&[11, 12, 13]);
	court.decides(&[(11, truth()), (12, truth()), (13, lie(0))]).settles(&[
		(1, Agreed, PRICE, 0),
		(2, Dissented, 0, BOND / 2),
		(11, Agreed, PRICE, 0),
		(12, Agreed, PRICE, 0),
		(13, Dissented, 0, BOND / 2),
	]);
}

#[test]
fn a_tainted_executor_forfeits_its_pay_and_those_who_looked_again_do_not() {
	let court = Court::unchecked(truth()).taints().lapses();
	court.clone().lapses().ends_with(Verdict::Tainted).settles(&[(1, Unjudged, 0, 0)]);
	let court = court.draws(&[11, 12, 13]);
	let torn = [(11, truth()), (12, lie(0)), (13, lie(1))];
	court.clone().decides(&torn).ends_with(Verdict::Tainted).settles(&[
		(1, Unjudged, 0, 0),
		(11, Unjudged, HALF, 0),
		(12, Unjudged, HALF, 0),
		(13, Unjudged, HALF, 0),
	]);
	let vindicated = [(11, truth()), (12, truth()), (13, truth())];
	assert_eq!(court.clone().decides(&vindicated).shares()[0].pay, PRICE);
	let convicted = court.decides(&[(11, lie(0)), (12, lie(0)), (13, lie(0))]).shares()[0];
	assert_eq!((convicted.conduct, convicted.pay), (Dissented, 0));
	assert_eq!(convicted.slash, BOND / 2);
}

#[test]
fn the_hold_covers_a_second_look_because_of_a_taint() {
	let court = Court::unchecked(truth()).taints().lapses().draws(&JURY);
	assert_is_covered(&court.decides(&JURY.map(|member| (member, truth()))));
}

/// What the requester pays: whoever doubts a verdict pays for the second look itself.
pub fn from_escrow(court: &Court) -> Balance {
	let doubted = court.trial.appeal.is_some_and(|appeal| appeal.cause == Cause::Doubt);
	let executions = court.trial.executions.iter().zip(court.shares());
	let own = executions.filter(|(one, _)| !doubted || one.role != Role::Appeal);
	own.map(|(_, share)| share.pay).sum()
}

fn assert_is_covered(court: &Court) {
	assert!(matches!(court.trial.stage, Stage::Decided(Verdict::Accepted { .. })));
	assert!(from_escrow(court) <= court.trial.policy.worst_case(PRICE).expect("is small"));
}

#[test]
fn a_price_that_cannot_be_held_has_no_worst_case() {
	let policy = policy(3);
	assert_eq!(policy.worst_case(Balance::MAX), None);
	assert_eq!(policy.worst_case(Balance::MAX / 8), Some(Balance::MAX / 8 * 8));
	assert_eq!(policy.worst_case(0), Some(0));
}

#[test]
fn the_most_who_are_paid_follow_from_the_check() {
	let most = |check| Policy { check, ..policy(2) }.most_paid();
	let verified = |quorum, panel| most(Check::Verified { quorum, panel });
	assert_eq!([verified(2, 1), verified(2, 3), verified(3, 1), verified(3, 3)], [5, 6, 7, 8]);
	assert_eq!(most(Check::Audited { floor: 5 }), 6);
}

#[test]
fn the_largest_amounts_neither_panic_nor_round_up() {
	let mut court = Court::panel_opening().opens_panel(3, truth()).opens_panel(4, truth());
	for execution in court.trial.executions.iter_mut() {
		execution.price = Balance::MAX;
	}
	let court = court.lapses();
	for share in settle(&court.trial, Balance::MAX) {
		assert!(share.pay == 0 || share.conduct == Agreed);
	}
	// An odd price is halved downwards.
	let mut court = Court::drawing(2).lapses();
	court.trial.executions[0].price = 3;
	assert_eq!(court.shares()[0].pay, 1);
}

// SPDX-License-Identifier: GPL-3.0-or-later
//! A requester who is not given what was accepted.

use crate::court::*;
use assay_primitives::{
	protocol::{Act, Breadth, Delivery, Effect, Input, Refusal, Role, Stage, Verdict, NOTHING},
	settlement::{Conduct::*, Standing, ERRAND_PERCENT},
	Balance, ClusterId, Commitment,
};

const ERRAND: Balance = PRICE * ERRAND_PERCENT / 100;

/// Clusters 1 and 2 agreed, and 11, 12 and 13 try to fetch what they found.
fn witnessed() -> Court {
	Court::accepted(truth()).waits(3).complains().draws(&[11, 12, 13])
}

fn delivery(court: &Court) -> Delivery {
	court.trial.complaint.expect("somebody complained").delivery
}

#[test]
fn two_who_are_served_nothing_forfeit_the_pay() {
	let court = witnessed().reaches(Stage::PanelSealing);
	assert_eq!(
		court.trial.deadline,
		court.now + 50,
		"what took so long to make takes long to fetch"
	);
	let court = court.misses(11).misses(12).seals(13, truth()).reaches(Stage::PanelOpening);
	let court = court.denies(11).denies(12).opens_panel(13, truth());
	let court = court.follows(&[release(11), release(12), release(13)]).ends_with(agreed(truth()));
	assert_eq!(delivery(&court), Delivery::Withheld { failed: 2 });
	assert!(!court.trial.is_repaid(), "two accomplices must not be worth anything");
	court.settles(&[
		(1, Withheld, 0, 0),
		(2, Withheld, 0, 0),
		(11, Agreed, ERRAND, 0),
		(12, Agreed, ERRAND, 0),
		(13, Unjudged, ERRAND / 2, 0),
	]);
	let standings: Vec<_> = court.shares().iter().map(|share| share.standing).collect();
	let (worse, same) = (Standing::Worse, Standing::Same);
	assert_eq!(standings, [worse, worse, same, same, same]);
}

#[test]
fn what_nobody_can_fetch_is_repaid() {
	let court = witnessed().misses(11).misses(12).misses(13).denies(11).denies(12).denies(13);
	assert_eq!(delivery(&court), Delivery::Withheld { failed: 3 });
	assert!(court.trial.is_repaid());
}

#[test]
fn what_two_can_fetch_is_served() {
	let court = witnessed().misses(11).seals(12, truth()).seals(13, truth());
	let court = court.denies(11).opens_panel(12, truth()).opens_panel(13, truth());
	let court = court.ends_with(agreed(truth()));
	let shown = possession(truth(), NONCE);
	assert_eq!(delivery(&court), Delivery::Served(shown));
	court.settles(&[
		(1, Agreed, PRICE, 0),
		(2, Agreed, PRICE, 0),
		(11, Dissented, 0, 0),
		(12, Agreed, ERRAND, 0),
		(13, Agreed, ERRAND, 0),
	]);
	// Whoever serves some and not others must not harm those whom it does not serve.
	assert!(court.shares().iter().skip(2).all(|share| share.standing == Standing::Same));
}

#[test]
fn a_witness_who_makes_something_up_is_not_believed() {
	let court = witnessed().seals(11, lie(0)).seals(12, lie(1)).seals(13, truth());
	let court = court.opens_panel(11, lie(0)).opens_panel(12, lie(1)).opens_panel(13, truth());
	assert_eq!(delivery(&court), Delivery::Unheard, "no two show the same");
	let court = witnessed().seals(11, lie(0)).seals(12, truth()).seals(13, truth());
	let court = court.opens_panel(11, lie(0)).opens_panel(12, truth()).opens_panel(13, truth());
	let made_up = court.shares()[2];
	assert_eq!((made_up.conduct, made_up.pay, made_up.slash), (Dissented, 0, 0));
	assert_eq!(made_up.standing, Standing::Worse);
	// Two who agree on something else than was accepted agree on nothing.
	let court = witnessed().seals(11, lie(0)).seals(12, lie(0)).seals(13, truth());
	let court = court.opens_panel(11, lie(0)).opens_panel(12, lie(0)).opens_panel(13, truth());
	assert_eq!(delivery(&court), Delivery::Unheard);
}

#[test]
fn silence_and_trouble_of_ones_own_are_no_evidence() {
	let court = witnessed().misses(11).abstains(12).lapses();
	assert_eq!((court.act(12), court.act(13)), (Act::Abstained, Act::Lapsed));
	let court = court.denies(11).ends_with(agreed(truth()));
	assert_eq!(delivery(&court), Delivery::Unheard);
	let court = witnessed().misses(11).misses(12).seals(13, truth()).denies(11).lapses();
	assert_eq!(delivery(&court), Delivery::Unheard);
	assert_eq!(court.shares()[3].conduct, Silent);
	let court = witnessed().abstains(11).abstains(12).abstains(13).ends_with(agreed(truth()));
	assert_eq!(delivery(&court), Delivery::Unheard);
}

#[test]
fn the_window_stands_still_meanwhile() {
	let court = Court::accepted(truth()).waits(3).complains();
	assert_eq!(court.trial.complaint.unwrap().rest, 4);
	let court = court.lapses().ends_with(agreed(truth())).follows(&[]);
	assert_eq!(delivery(&court), Delivery::Unheard);
	assert_eq!(court.trial.deadline, court.now + 4);
	// Whoever wants to appeal can do so as long as it could have before.
	let court = court.waits(4).appeals().draws(&[21, 22, 23]);
	let found = [(21, lie(0)), (22, lie(0)), (23, lie(0))];
	court.decides(&found).ends_with(corrected(lie(0)));
}

#[test]
fn nobody_whom_the_requester_could_choose_is_a_witness() {
	let court = Court::accepted(truth()).complains();
	let friends = court.found(&[11, 12, 13], Breadth::Narrow);
	let court = court.refuses(friends, Refusal::NobodyFits);
	let two = court.found(&[11, 12], Breadth::Open);
	let court = court.refuses(two, Refusal::NobodyFits).lapses();
	assert_eq!(delivery(&court), Delivery::Unheard);
	court.settles(&[(1, Agreed, PRICE, 0), (2, Agreed, PRICE, 0)]);
}

#[test]
fn there_is_one_complaint_and_only_about_what_was_accepted() {
	let court = witnessed().refuses(Input::Complain, Refusal::WrongStage);
	let court = court.misses(11).misses(12).misses(13).lapses().ends_with(agreed(truth()));
	court.refuses(Input::Complain, Refusal::NoDelivery);
	let court = Court::drawing(2).lapses().ends_with(Verdict::NoVerifier);
	court.refuses(Input::Complain, Refusal::NoDelivery);
	Court::executing(2).refuses(Input::Complain, Refusal::WrongStage);
	let mut court = Court::accepted(truth());
	court.now = court.trial.deadline + 1;
	court.refuses(Input::Complain, Refusal::TooLate);
}

#[test]
fn the_verdict_stands_while_witnesses_are_heard() {
	let court = witnessed();
	assert_eq!(court.trial.verdict(), Some(agreed(truth())));
	assert_eq!(court.trial.bench(), Role::Witness);
	court.refuses(Input::Appeal, Refusal::WrongStage);
	let court = witnessed();
	let commit = Input::Commit(ClusterId(1), Commitment([1; 32]));
	let court = court.refuses(commit, Refusal::WrongRole);
	court.refuses(Input::Abstain(ClusterId(2)), Refusal::WrongRole);
}

#[test]
fn a_result_that_is_withheld_and_wrong_is_still_corrected() {
	let court = Court::accepted(lie(0)).complains().draws(&[11, 12, 13]);
	let sealed = [11, 12, 13].into_iter().fold(court, |court, one| {
		let commitment = court.panel_commitment(one, lie(0), NOTHING);
		court.does(Input::Commit(ClusterId(one), commitment))
	});
	let court = [11, 12, 13].into_iter().fold(sealed, |court, one| {
		court.does(Input::OpenPanel(ClusterId(one), opening(one, lie(0)), NOTHING))
	});
	assert!(court.trial.is_repaid());
	let court = court.appeals().draws(&[21, 22, 23]);
	let court = court.decides(&[(21, truth()), (22, truth()), (23, truth())]);
	let court = court.ends_with(corrected(truth())).lapses().follows(&[Effect::Finalise]);
	let conducts: Vec<_> = court.shares().iter().map(|share| share.conduct).collect();
	assert_eq!(conducts[..2], [Dissented, Dissented]);
	assert_eq!(conducts[2..], [Agreed; 6]);
}

#[test]
fn whoever_found_something_else_did_not_withhold_what_was_accepted() {
	// Cluster 1 and member 5 are outvoted by liars, who do not serve their lie.
	let court = Court::panel().seals(3, lie(0)).seals(4, lie(0)).seals(5, truth());
	let court = court.possesses(1, truth()).possesses(2, lie(0));
	let court = court.opens_panel(3, lie(0)).opens_panel(4, lie(0)).opens_panel(5, truth());
	let court = court.ends_with(judged(lie(0))).complains().draws(&[11, 12, 13]);
	let sealed = [11, 12].into_iter().fold(court, |court, one| {
		let commitment = court.panel_commitment(one, lie(0), NOTHING);
		court.does(Input::Commit(ClusterId(one), commitment))
	});
	let court = [11, 12].into_iter().fold(sealed.lapses(), |court, one| {
		court.does(Input::OpenPanel(ClusterId(one), opening(one, lie(0)), NOTHING))
	});
	assert_eq!(delivery(&court), Delivery::Withheld { failed: 2 });
	let court = court.appeals().draws(&[21, 22, 23]);
	let court = court.decides(&[(21, truth()), (22, truth()), (23, truth())]);
	let conducts: Vec<_> = court.shares().iter().map(|share| share.conduct).take(5).collect();
	assert_eq!(conducts, [Agreed, Dissented, Dissented, Dissented, Agreed]);
}

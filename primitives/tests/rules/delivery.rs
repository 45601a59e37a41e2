// SPDX-License-Identifier: GPL-3.0-or-later
//! A requester who is not given what was accepted.

use crate::court::*;
use assay_primitives::{
	outcome::Abstention,
	protocol::{Act, Breadth, Delivery, Effect, Input, Refusal, Role, Stage, Verdict},
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
	assert_eq!(court.trial.deadline, court.now + 20, "they have nothing to run");
	let court = court.misses(11).follows(&[release(11)]).misses(12).seals(13, truth());
	let court = court.reaches(Stage::PanelOpening).opens_panel(13, truth());
	let court = court.follows(&[release(13)]).ends_with(agreed(truth()));
	assert_eq!(delivery(&court), Delivery::Withheld);
	court.settles(&[
		(1, Withheld, 0, 0),
		(2, Withheld, 0, 0),
		(11, Agreed, ERRAND, 0),
		(12, Agreed, ERRAND, 0),
		(13, Unjudged, ERRAND / 2, 0),
	]);
	assert_eq!(court.shares()[0].standing, Standing::Worse);
}

#[test]
fn what_two_can_fetch_is_served() {
	let court = witnessed().misses(11).seals(12, truth()).seals(13, truth());
	let court = court.opens_panel(12, truth()).opens_panel(13, truth());
	let court = court.ends_with(agreed(truth()));
	assert_eq!(delivery(&court), Delivery::Served);
	court.settles(&[
		(1, Agreed, PRICE, 0),
		(2, Agreed, PRICE, 0),
		(11, Dissented, 0, 0),
		(12, Agreed, ERRAND, 0),
		(13, Agreed, ERRAND, 0),
	]);
	assert_eq!(court.shares()[2].standing, Standing::Worse);
}

#[test]
fn silence_and_trouble_of_ones_own_are_no_evidence() {
	let court = witnessed().misses(11).abstains(12).lapses();
	assert_eq!((court.act(12), court.act(13)), (Act::Abstained, Act::Lapsed));
	let court = court.ends_with(agreed(truth()));
	assert_eq!(delivery(&court), Delivery::Served);
	let court = witnessed().misses(11).seals(12, truth()).seals(13, truth()).lapses();
	assert_eq!(delivery(&court), Delivery::Served);
	assert_eq!(court.shares()[3].conduct, Silent);
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
	let court = court.misses(11).misses(12).misses(13).ends_with(agreed(truth()));
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
	court.refuses(Input::Abstain(ClusterId(2), Abstention::Unavailable), Refusal::WrongRole);
}

#[test]
fn a_result_that_is_withheld_and_wrong_is_still_corrected() {
	let court = Court::accepted(lie(0)).complains().draws(&[11, 12, 13]);
	let court = court.misses(11).misses(12).misses(13).appeals().draws(&[21, 22, 23]);
	let court = court.decides(&[(21, truth()), (22, truth()), (23, truth())]);
	let court = court.ends_with(corrected(truth())).lapses().follows(&[Effect::Finalise]);
	let conducts: Vec<_> = court.shares().iter().map(|share| share.conduct).collect();
	assert_eq!(conducts[..2], [Dissented, Dissented]);
	assert_eq!(conducts[2..], [Agreed; 6]);
}

// SPDX-License-Identifier: GPL-3.0-or-later
//! The second look at a verdict: who may ask for it, who decides, and what comes of it.

use crate::court::*;
use assay_primitives::{
	outcome::Outcome,
	protocol::{Act, Breadth, Cause, Effect, Input, Refusal, Role, Ruling, Stage, Trial, Verdict},
	task::Policy,
	ClusterId, Commitment, Possession,
};

const JURY: [u32; 5] = [11, 12, 13, 14, 15];

fn ruling(trial: &Trial) -> Ruling {
	trial.appeal.expect("somebody appealed").ruling
}

fn shown(outcome: Outcome) -> Possession {
	possession(outcome, APPEAL_NONCE)
}

/// So many of five find the truth, the others the lie of a gang.
fn with_votes(truthful: usize) -> [(u32, Outcome); 5] {
	let mut votes = JURY.map(|member| (member, lie(0)));
	votes[..truthful].iter_mut().for_each(|vote| vote.1 = truth());
	votes
}

#[test]
fn an_appeal_draws_five_fresh_members() {
	let court = Court::accepted(truth()).waits(2).appeals().reaches(Stage::PanelDrawing);
	let court = court.follows(&[Effect::Draw(5)]);
	let appeal = court.trial.appeal.expect("somebody appealed");
	assert_eq!((appeal.cause, appeal.verdict), (Cause::Doubt, agreed(truth())));
	assert_eq!((appeal.seats, appeal.ruling), (0, Ruling::Pending));
	assert_eq!(court.trial.drawing_role(), Some(Role::Appeal));
	assert_eq!((court.trial.drawn_since, court.trial.deadline), (court.now, court.now + 20));
	let court = court.draws(&JURY).reaches(Stage::PanelSealing).follows(&[]);
	let appeal = court.trial.appeal.expect("somebody appealed");
	assert_eq!((appeal.seats, appeal.breadth), (5, Breadth::Open));
	assert_eq!(court.trial.nonce, Some(APPEAL_NONCE));
	assert_eq!((court.trial.panel_seats, court.trial.breadth), (0, Breadth::Open));
}

#[test]
fn the_verdict_stands_while_an_appeal_is_pending_but_nothing_is_accepted() {
	let court = Court::appealed(truth());
	assert_eq!(court.trial.verdict(), Some(agreed(truth())));
	assert_eq!(court.trial.accepted(), None);
}

#[test]
fn three_decide_an_appeal_where_there_are_no_five() {
	for (found, seats) in [(3, 3), (4, 3), (5, 5)] {
		let court = Court::accepted(truth()).appeals().draws(&JURY[..found]);
		assert_eq!(court.trial.appeal.map(|appeal| appeal.seats), Some(seats));
		assert_eq!(court.trial.executions.len(), 2 + usize::from(seats));
	}
	let mut court = Court::accepted(truth()).appeals();
	for few in 0..3 {
		let found = court.found(&JURY[..few], Breadth::Open);
		court = court.refuses(found, Refusal::NobodyFits);
	}
	let many = court.draws(&[11, 12, 13, 14, 15, 16, 17]);
	assert_eq!(many.trial.executions.len(), 7);
}

#[test]
fn nobody_who_ran_the_task_decides_an_appeal() {
	let court = Court::accepted(truth()).appeals();
	let found = court.found(&[11, 12, 2], Breadth::Open);
	let court = court.refuses(found, Refusal::NobodyFits);
	court.draws(&[11, 12, 13]).reaches(Stage::PanelSealing);
}

#[test]
fn there_is_no_appeal_before_the_verdict() {
	let courts = [
		Court::new(2),
		Court::executing(2),
		Court::drawing(2),
		Court::verifying(2),
		Court::opening(2, truth()),
		Court::disputed(),
		Court::panel(),
		Court::panel_showing(),
		Court::panel_opening(),
	];
	for court in courts {
		court.refuses(Input::Appeal, Refusal::WrongStage);
	}
}

#[test]
fn there_is_one_appeal_at_most() {
	let court = Court::accepted(truth()).appeals().refuses(Input::Appeal, Refusal::WrongStage);
	let court = court.draws(&JURY).refuses(Input::Appeal, Refusal::WrongStage);
	let court = court.decides(&with_votes(5)).ends_with(agreed(truth()));
	court.refuses(Input::Appeal, Refusal::NotAppealable);
	let unheard = Court::accepted(truth()).appeals().lapses();
	unheard.refuses(Input::Appeal, Refusal::NotAppealable);
}

#[test]
fn an_appeal_counts_in_the_last_block_of_the_window_and_comes_too_late_in_the_next() {
	let mut court = Court::accepted(truth());
	court.now = court.trial.deadline;
	court.clone().appeals();
	court.waits(1).refuses(Input::Appeal, Refusal::TooLate);
}

#[test]
fn there_is_no_appeal_where_there_is_no_result_to_compare_with() {
	let courts = [
		Court::new(2).lapses().ends_with(Verdict::Unfulfilled),
		Court::drawing(2).lapses().ends_with(Verdict::NoVerifier),
		Court::trying().wavers(1).ends_with(Verdict::NotDeterministic),
	];
	for court in courts {
		court.refuses(Input::Appeal, Refusal::NotAppealable);
	}
	// A dispute that nobody could decide is one.
	Court::disputed().lapses().ends_with(Verdict::Inconclusive).appeals();
}

#[test]
fn an_appeal_for_which_nobody_is_found_changes_nothing() {
	let court = Court::accepted(lie(0)).appeals().lapses().ends_with(agreed(lie(0)));
	let court = court.follows(&[Effect::Decided(agreed(lie(0)))]);
	assert_eq!(ruling(&court.trial), Ruling::Unheard);
	assert_eq!(court.trial.wanted, 0);
}

#[test]
fn a_right_verdict_is_upheld() {
	for truthful in 3..=5 {
		let court = Court::appealed(truth()).decides(&with_votes(truthful));
		// The verdict keeps what was shown for it, which is nothing.
		let court = court.ends_with(agreed(truth()));
		assert_eq!(ruling(&court.trial), Ruling::Upheld(shown(truth())));
		let released = JURY.map(release).into_iter();
		let effects: Vec<_> = released.chain([Effect::Decided(agreed(truth()))]).collect();
		court.follows(&effects);
	}
}

#[test]
fn a_wrong_verdict_is_overturned() {
	for truthful in 3..=5 {
		let court = Court::appealed(lie(0)).decides(&with_votes(truthful));
		let court = court.ends_with(corrected(truth()));
		assert_eq!(ruling(&court.trial), Ruling::Overturned(shown(truth())));
		assert_eq!(court.trial.accepted(), Some(truth().digest()));
	}
}

#[test]
fn an_appeal_without_a_majority_changes_nothing() {
	let votes = [(11, truth()), (12, truth()), (13, lie(1)), (14, lie(1)), (15, lie(2))];
	let court = Court::appealed(lie(0)).decides(&votes).ends_with(agreed(lie(0)));
	assert_eq!(ruling(&court.trial), Ruling::Unheard);
}

#[test]
fn an_appeal_against_a_panel_is_judged_by_others_under_another_nonce() {
	let court = Court::panel().seals(3, lie(0)).seals(4, lie(0)).seals(5, truth());
	let court = court.possesses(1, truth()).possesses(2, lie(0));
	let court = court.opens_panel(3, lie(0)).opens_panel(4, lie(0)).opens_panel(5, truth());
	let court = court.ends_with(judged(lie(0))).appeals().draws(&JURY);
	// Nobody has to show anything again.
	let overturned = court.clone().decides(&with_votes(4)).ends_with(corrected(truth()));
	let Act::Possessed { possession: before, .. } = overturned.act(1) else { panic!("has shown") };
	assert_eq!(before, possession(truth(), NONCE));
	// What the panel showed stays in a verdict that is upheld.
	let upheld = court.decides(&with_votes(1)).ends_with(judged(lie(0)));
	assert_eq!(ruling(&upheld.trial), Ruling::Upheld(shown(lie(0))));
}

#[test]
fn an_appeal_can_decide_what_a_panel_could_not() {
	let court = Court::disputed().lapses().ends_with(Verdict::Inconclusive).appeals();
	let court = court.draws(&JURY).decides(&with_votes(3)).ends_with(corrected(truth()));
	assert_eq!(ruling(&court.trial), Ruling::Overturned(shown(truth())));
	let court = Court::disputed().lapses().appeals().lapses().ends_with(Verdict::Inconclusive);
	assert_eq!(ruling(&court.trial), Ruling::Unheard);
}

#[test]
fn whoever_copied_the_digest_without_the_bytes_votes_alone_in_an_appeal() {
	let guessed = Possession([0; 32]);
	let court = Court::accepted(truth()).appeals().draws(&[11, 12, 13]);
	let commitment = court.panel_commitment(11, lie(0), guessed);
	let court = court.does(Input::Commit(ClusterId(11), commitment));
	let court = court.seals(12, lie(0)).seals(13, truth());
	let court = court.does(Input::OpenPanel(ClusterId(11), opening(11, lie(0)), guessed));
	// Two name the lie, but only one of three has shown it.
	let court = court.opens_panel(12, lie(0)).opens_panel(13, truth()).ends_with(agreed(truth()));
	assert_eq!(ruling(&court.trial), Ruling::Unheard);
}

#[test]
fn what_was_shown_to_a_panel_is_no_vote_in_an_appeal() {
	let court = Court::panel_opening().opens_panel(3, truth()).opens_panel(4, truth());
	let court = court.opens_panel(5, truth()).appeals().draws(&[11, 12, 13]);
	// A member repeats the proof that is public since.
	let old = possession(truth(), NONCE);
	let commitment = court.panel_commitment(11, truth(), old);
	let court = court.does(Input::Commit(ClusterId(11), commitment));
	let court = court.seals(12, truth()).seals(13, lie(0));
	let court = court.does(Input::OpenPanel(ClusterId(11), opening(11, truth()), old));
	let court = court.opens_panel(12, truth()).opens_panel(13, lie(0));
	assert_eq!(ruling(&court.ends_with(judged(truth())).trial), Ruling::Unheard);
}

#[test]
fn what_an_appeal_decides_is_final_in_the_next_block() {
	let courts = [
		Court::appealed(truth()).decides(&with_votes(5)),
		Court::appealed(lie(0)).decides(&with_votes(5)),
		Court::accepted(truth()).appeals().lapses(),
	];
	for court in courts {
		assert_eq!(court.trial.policy.window, 7);
		assert_eq!(court.trial.deadline, court.now);
		let court = court.refuses(Input::Deadline, Refusal::TooEarly).waits(1);
		court.does(Input::Deadline).follows(&[Effect::Finalise]);
	}
}

#[test]
fn those_whom_an_appeal_is_about_do_not_act_in_it() {
	let court = Court::panel_opening().opens_panel(3, truth()).opens_panel(4, truth());
	let mut court = court.opens_panel(5, truth()).appeals().draws(&[11, 12, 13]);
	for cluster in [1, 2, 3, 4, 5].map(ClusterId) {
		let show = Input::Possess(cluster, shown(truth()));
		court = court
			.refuses(Input::Commit(cluster, Commitment([3; 32])), Refusal::WrongRole)
			.refuses(Input::Abstain(cluster), Refusal::WrongRole)
			.refuses(Input::Open(cluster, opening(cluster.0, truth())), Refusal::WrongStage)
			.refuses(show, Refusal::WrongStage);
	}
	let mut court = court.seals(11, truth()).seals(12, truth()).seals(13, truth());
	court = court.reaches(Stage::PanelOpening);
	for cluster in [1, 2, 3, 4, 5].map(ClusterId) {
		let opens = Input::OpenPanel(cluster, opening(cluster.0, truth()), shown(truth()));
		let show = Input::Possess(cluster, shown(truth()));
		court = court.refuses(opens, Refusal::WrongRole).refuses(show, Refusal::WrongStage);
	}
}

#[test]
fn those_who_decide_an_appeal_act_once_and_in_turn() {
	let court = Court::accepted(truth()).appeals().draws(&[11, 12, 13]).seals(11, truth());
	let again = Input::Commit(ClusterId(11), Commitment([3; 32]));
	let court = court.refuses(again, Refusal::AlreadyActed);
	let court = court.refuses(Input::Abstain(ClusterId(11)), Refusal::AlreadyActed);
	let opens =
		|member| Input::OpenPanel(ClusterId(member), opening(member, truth()), shown(truth()));
	let court = court.refuses(opens(11), Refusal::WrongStage);
	let court = court.seals(12, truth()).seals(13, truth()).opens_panel(11, truth());
	let court = court.refuses(opens(11), Refusal::AlreadyActed);
	let wrong = Input::OpenPanel(ClusterId(12), opening(12, lie(0)), shown(lie(0)));
	court.refuses(wrong, Refusal::SealMismatch).opens_panel(12, truth()).opens_panel(13, truth());
}

#[test]
fn a_member_that_is_lost_to_an_appeal_is_not_replaced() {
	let court = Court::appealed(lie(0)).abstains(11).follows(&[release(11)]);
	let court = court.seals(12, truth()).seals(13, truth()).seals(14, truth()).lapses();
	let court = court.reaches(Stage::PanelOpening).follows(&[release(15), lapsed(15)]);
	// Three of five are a majority, whoever was lost.
	let court = court.opens_panel(12, truth()).opens_panel(13, truth()).opens_panel(14, truth());
	let court = court.ends_with(corrected(truth()));
	let released = [release(12), release(13), release(14)];
	let effects: Vec<_> =
		released.into_iter().chain([Effect::Decided(corrected(truth()))]).collect();
	court.follows(&effects);
}

#[test]
fn the_last_who_gives_an_appeal_back_opens_the_way_for_the_others() {
	let court = Court::accepted(lie(0)).appeals().draws(&[11, 12, 13]);
	let court = court.seals(11, truth()).seals(12, truth()).abstains(13);
	let court = court.reaches(Stage::PanelOpening).follows(&[release(13)]);
	court.opens_panel(11, truth()).opens_panel(12, truth()).ends_with(corrected(truth()));
}

#[test]
fn empty_and_silent_seats_of_an_appeal_stay_votes() {
	// Two of five agree, the others were lost.
	let court = Court::appealed(lie(0)).abstains(11).abstains(12).abstains(13);
	let court = court.seals(14, truth()).seals(15, truth());
	let court = court.opens_panel(14, truth()).opens_panel(15, truth()).ends_with(agreed(lie(0)));
	assert_eq!(ruling(&court.trial), Ruling::Unheard);
	let court = Court::accepted(lie(0)).appeals().draws(&[11, 12, 13]);
	let court = court.seals(11, truth()).seals(12, truth()).seals(13, lie(0));
	let court = court.opens_panel(11, truth()).lapses().ends_with(agreed(lie(0)));
	assert_eq!([12, 13].map(|member| court.act(member)), [Act::Silent; 2]);
}

#[test]
fn an_appeal_of_which_nobody_is_left_changes_nothing() {
	let lost = Court::accepted(truth()).appeals().draws(&[11, 12, 13]);
	let court = lost.clone().abstains(11).abstains(12).abstains(13).ends_with(agreed(truth()));
	let court = court.follows(&[release(13), Effect::Decided(agreed(truth()))]);
	assert_eq!(ruling(&court.trial), Ruling::Unheard);
	let court = lost.lapses().ends_with(agreed(truth()));
	assert_eq!(ruling(&court.trial), Ruling::Unheard);
}

#[test]
fn a_failure_of_a_declared_class_takes_three_in_an_appeal_too() {
	let court = Court::with(2, container()).draws(&[1]).commits(1, truth()).draws(&[2]);
	let court = court.answers(2, truth()).opens(1, truth()).appeals().draws(&[11, 12, 13]);
	let votes = |last| [(11, failure()), (12, failure()), (13, last)];
	let court_of_two = court.clone().decides(&votes(truth())).ends_with(agreed(truth()));
	assert_eq!(ruling(&court_of_two.trial), Ruling::Unheard);
	court.decides(&votes(failure())).ends_with(corrected(failure()));
}

#[test]
fn an_appeal_against_three_who_agreed_takes_three() {
	let court = Court::opening(3, truth()).opens(1, truth()).opens(2, truth()).opens(3, truth());
	let court = court.appeals().draws(&[11, 12, 13]);
	let two = court.clone().decides(&[(11, lie(0)), (12, lie(0)), (13, truth())]);
	assert_eq!(ruling(&two.trial), Ruling::Unheard);
	let three = court.decides(&[(11, lie(0)), (12, lie(0)), (13, lie(0))]);
	three.ends_with(corrected(lie(0)));
}

#[test]
fn a_task_without_a_window_can_be_appealed_in_the_block_of_its_verdict_only() {
	let policy = Policy { window: 0, ..policy(2) };
	let court = Court::under(policy, container()).draws(&[1]).commits(1, truth()).draws(&[2]);
	let court = court.answers(2, truth()).opens(1, truth());
	court.clone().appeals().reaches(Stage::PanelDrawing);
	court.waits(1).refuses(Input::Appeal, Refusal::TooLate);
}

#[test]
fn an_appeal_draws_from_the_class_of_the_executor() {
	let court = Court::with(2, container()).draws(&[1]).commits(1, truth()).draws(&[2]);
	let court = court.answers(2, truth()).opens(1, truth()).appeals();
	let mut found = court.found(&[11, 12, 13], Breadth::Open);
	if let Input::Drawn { picks, .. } = &mut found {
		picks[1].architecture = assay_primitives::spec::Architecture::Aarch64;
	}
	court.refuses(found, Refusal::NobodyFits).draws(&[11, 12, 13]);
}

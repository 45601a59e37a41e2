// SPDX-License-Identifier: GPL-3.0-or-later
//! Each way from one stage to the next, with everything that follows from it.

use crate::court::*;
use assay_primitives::{
	protocol::{Act, Breadth, Effect, Input, Role, Stage, Verdict, MAX_ATTEMPTS},
	ClusterId, Possession,
};

#[test]
fn a_new_task_waits_for_its_executor() {
	let court = Court::new(2).reaches(Stage::Queued).follows(&[Effect::Draw(1)]);
	assert_eq!(court.trial.drawing_role(), Some(Role::Executor));
	assert_eq!(court.trial.deadline, 130);
	assert_eq!(court.trial.class, None);
	assert_eq!(court.trial.accepted(), None);
}

#[test]
fn a_task_that_finds_no_executor_in_time_is_unfulfilled() {
	Court::new(2)
		.lapses()
		.ends_with(Verdict::Unfulfilled)
		.follows(&[Effect::Decided(Verdict::Unfulfilled)])
		.lapses()
		.follows(&[Effect::Finalise]);
}

#[test]
fn the_drawn_executor_gets_the_time_that_the_policy_gives_it() {
	let court = Court::new(2).waits(11).draws(&[1]).reaches(Stage::Executing).follows(&[]);
	assert_eq!(court.trial.deadline, 161);
	assert_eq!(court.trial.wanted, 0);
}

#[test]
fn a_draw_that_found_too_many_takes_the_first() {
	let court = Court::new(2).draws(&[1, 2, 3]);
	assert_eq!(court.trial.executions.len(), 1);
	let court = Court::disputed().draws(&[3, 4, 5, 6]);
	assert_eq!(court.trial.executions.len(), 5);
}

#[test]
fn the_verifiers_are_asked_for_only_when_the_executor_is_bound() {
	let court = Court::executing(2).waits(3).commits(1, truth());
	let court = court.reaches(Stage::Drawing).follows(&[Effect::Draw(1)]);
	assert_eq!((court.trial.drawn_since, court.trial.round), (103, 1));
	Court::drawing(3).follows(&[Effect::Draw(2)]);
}

#[test]
fn an_executor_who_gives_the_task_back_is_replaced_at_once() {
	let court = Court::executing(2).abstains(1).reaches(Stage::Queued);
	let court = court.follows(&[release(1), Effect::Draw(1)]);
	assert_eq!((court.act(1), court.trial.attempt), (Act::Abstained, 1));
}

#[test]
fn an_executor_who_lets_the_deadline_pass_is_replaced() {
	let court = Court::executing(2).lapses().reaches(Stage::Queued);
	let court = court.follows(&[release(1), lapsed(1), Effect::Draw(1)]);
	assert_eq!(court.act(1), Act::Lapsed);
}

#[test]
fn a_task_gives_up_after_its_last_executor() {
	let mut court = Court::new(2);
	for cluster in 1..u32::from(MAX_ATTEMPTS) {
		court = court.draws(&[cluster]).lapses().reaches(Stage::Queued);
	}
	court
		.draws(&[9])
		.abstains(9)
		.ends_with(Verdict::Unfulfilled)
		.follows(&[release(9), Effect::Decided(Verdict::Unfulfilled)]);
}

#[test]
fn a_task_that_finds_no_verifier_in_time_is_given_back() {
	let court = Court::drawing(2).lapses().ends_with(Verdict::NoVerifier);
	court.follows(&[release(1), Effect::Decided(Verdict::NoVerifier)]);
}

#[test]
fn an_answer_in_clear_opens_the_executor_s_turn() {
	let court = Court::verifying(2).waits(4).answers(2, truth()).reaches(Stage::Opening);
	assert_eq!(court.trial.deadline, 124);
	court.follows(&[]);
}

#[test]
fn equal_outcomes_are_accepted() {
	let court = Court::opening(2, truth()).opens(1, truth()).ends_with(agreed(truth()));
	let court = court.follows(&[release(1), release(2), Effect::Decided(agreed(truth()))]);
	assert_eq!(court.trial.accepted(), Some(truth().digest()));
	assert_eq!(court.trial.deadline, 107);
}

#[test]
fn a_quorum_of_three_needs_all_three() {
	let court = Court::opening(3, truth()).opens(3, truth()).opens(1, truth());
	court.reaches(Stage::Opening).opens(2, truth()).ends_with(agreed(truth()));
	let court = Court::opening(3, lie(0)).opens(1, truth()).opens(2, lie(0));
	court.opens(3, truth()).reaches(Stage::PanelDrawing);
}

#[test]
fn an_agreed_failure_of_a_proven_class_is_accepted() {
	let court = Court::executing(2).commits(1, failure()).draws(&[2]).answers(2, failure());
	court.opens(1, failure()).ends_with(agreed(failure()));
}

#[test]
fn a_failure_of_a_declared_class_takes_three() {
	let court = Court::with(2, container()).draws(&[1]).commits(1, failure()).draws(&[2]);
	let court = court.answers(2, failure()).opens(1, failure()).reaches(Stage::PanelDrawing);
	let court = court.draws(&[3]).seals(3, failure());
	let court = court.possesses(1, failure()).possesses(2, failure()).opens_panel(3, failure());
	court.ends_with(judged(failure()));
	// Three of a quorum of three are enough without a panel.
	let court = Court::with(3, container()).draws(&[1]).commits(1, failure()).draws(&[2, 3]);
	let court = court.commits(2, failure()).commits(3, failure());
	let court = court.opens(1, failure()).opens(2, failure()).opens(3, failure());
	court.ends_with(agreed(failure()));
}

#[test]
fn two_of_three_are_too_few_for_a_failure_of_a_declared_class() {
	let court = Court::with(2, container()).draws(&[1]).commits(1, failure()).draws(&[2]);
	let court = court.answers(2, failure()).opens(1, failure()).draws(&[3]).seals(3, truth());
	let court = court.possesses(1, failure()).possesses(2, failure()).opens_panel(3, truth());
	court.ends_with(Verdict::Inconclusive);
}

#[test]
fn different_outcomes_call_a_panel() {
	Court::opening(2, lie(0))
		.opens(1, truth())
		.reaches(Stage::PanelDrawing)
		.follows(&[Effect::Disputed, Effect::Draw(3)]);
}

#[test]
fn an_executor_who_does_not_open_calls_a_panel() {
	let court = Court::opening(2, truth()).lapses().reaches(Stage::PanelDrawing);
	assert_eq!(court.act(1), Act::Silent);
	court.follows(&[Effect::Disputed, Effect::Draw(3)]);
}

#[test]
fn a_verifier_who_does_not_open_calls_a_panel() {
	let court = Court::opening(3, truth()).opens(1, truth()).opens(3, truth()).lapses();
	let court = court.reaches(Stage::PanelDrawing).follows(&[Effect::Disputed, Effect::Draw(2)]);
	assert_eq!(court.act(2), Act::Silent);
}

#[test]
fn nobody_at_all_who_opens_calls_a_panel_too() {
	let court = Court::opening(3, truth()).lapses().reaches(Stage::PanelDrawing);
	let court = court.draws(&[4, 5]).seals(4, truth()).seals(5, truth());
	let court = court.opens_panel(4, truth()).opens_panel(5, truth());
	// Two of five.
	court.ends_with(Verdict::Inconclusive);
}

#[test]
fn a_lost_verifier_is_replaced_by_two_and_all_must_agree() {
	let court = Court::verifying(2).lapses().reaches(Stage::Drawing);
	let court = court.follows(&[release(2), lapsed(2), Effect::Draw(2)]);
	let court = court.draws(&[3, 4]).commits(3, truth()).reaches(Stage::Verifying);
	let court = court.commits(4, truth()).reaches(Stage::Opening);
	let court = court.opens(4, truth()).opens(3, truth()).opens(1, truth());
	court.ends_with(agreed(truth()));
	// One of the two differs: the other is not enough.
	let court = Court::verifying(2).abstains(2).draws(&[3, 4]);
	let court = court.commits(3, truth()).commits(4, lie(0));
	let court = court.opens(4, lie(0)).opens(3, truth()).opens(1, truth());
	court.reaches(Stage::PanelDrawing).follows(&[Effect::Disputed, Effect::Draw(2)]);
}

#[test]
fn a_verifier_who_gives_the_task_back_waits_for_the_others_to_be_replaced() {
	let court = Court::verifying(3).abstains(2).reaches(Stage::Verifying).follows(&[release(2)]);
	let court = court.commits(3, truth()).reaches(Stage::Drawing).follows(&[Effect::Draw(2)]);
	court.draws(&[4, 5]).reaches(Stage::Verifying);
	let both = Court::verifying(3).abstains(2).abstains(3).reaches(Stage::Drawing);
	both.follows(&[release(3), Effect::Draw(4)]);
}

#[test]
fn a_verifier_lost_after_the_replacement_leaves_the_task_unchecked() {
	let court = Court::verifying(2).lapses().draws(&[3, 4]).commits(3, truth()).lapses();
	court.ends_with(Verdict::NoVerifier).follows(&[
		release(4),
		lapsed(4),
		release(1),
		release(3),
		Effect::Decided(Verdict::NoVerifier),
	]);
	let court = Court::verifying(3).commits(2, truth()).lapses().draws(&[4, 5]);
	court.abstains(4).commits(5, truth()).ends_with(Verdict::NoVerifier);
}

#[test]
fn a_replacement_that_finds_nobody_leaves_the_task_unchecked() {
	Court::verifying(2).lapses().lapses().ends_with(Verdict::NoVerifier);
}

#[test]
fn a_quorum_of_three_survives_the_loss_of_one_verifier() {
	let court = Court::verifying(3).commits(2, truth()).lapses().draws(&[4, 5]);
	let court = court.commits(4, truth()).commits(5, truth()).reaches(Stage::Opening);
	let court = court.opens(1, truth()).opens(2, truth()).opens(4, truth()).opens(5, truth());
	court.ends_with(agreed(truth()));
}

#[test]
fn the_panel_makes_the_number_of_voters_odd() {
	for (found, seats) in [(&[3][..], 1), (&[3, 4][..], 1), (&[3, 4, 5][..], 3)] {
		let court = Court::disputed().draws(found).reaches(Stage::PanelSealing);
		assert_eq!((court.trial.panel_seats, court.trial.voters()), (seats, 2 + seats));
	}
	let court = Court::opening(3, lie(0)).lapses().draws(&[4, 5]);
	assert_eq!((court.trial.panel_seats, court.trial.voters()), (2, 5));
	let court = Court::opening(3, lie(0)).lapses();
	// A single member in front of three would make four.
	court.refuses(
		Input::Drawn { picks: vec![pick(4)], nonce: NONCE, breadth: Breadth::Open },
		assay_primitives::protocol::Refusal::NobodyFits,
	);
}

#[test]
fn a_dispute_that_finds_no_panel_is_inconclusive() {
	let court = Court::disputed().lapses().ends_with(Verdict::Inconclusive);
	court.follows(&[release(1), release(2), Effect::Decided(Verdict::Inconclusive)]);
}

#[test]
fn a_panel_finds_the_liar() {
	let court = Court::panel_showing().reaches(Stage::PanelShowing).follows(&[]);
	let court = court.possesses(1, truth()).reaches(Stage::PanelShowing).possesses(2, lie(0));
	let court = court.reaches(Stage::PanelOpening).follows(&[]);
	let court = court.opens_panel(3, truth()).opens_panel(4, truth());
	court.reaches(Stage::PanelOpening).opens_panel(5, truth()).ends_with(judged(truth()));
}

#[test]
fn a_panel_that_finds_no_majority_is_inconclusive() {
	let court = Court::panel().seals(3, lie(1)).seals(4, lie(2)).seals(5, truth());
	let court = court.possesses(1, truth()).possesses(2, lie(0));
	let court = court.opens_panel(3, lie(1)).opens_panel(4, lie(2)).opens_panel(5, truth());
	court.ends_with(Verdict::Inconclusive);
}

#[test]
fn whoever_copied_the_digest_without_the_bytes_votes_alone() {
	let court = Court::panel().seals(3, lie(0)).seals(4, truth());
	let guessed = Possession([0; 32]);
	let commitment = court.panel_commitment(5, truth(), guessed);
	let court = court.does(Input::Commit(ClusterId(5), commitment));
	let court = court.possesses(1, truth()).possesses(2, lie(0));
	let court = court.does(Input::OpenPanel(ClusterId(5), opening(5, truth()), guessed));
	let court = court.opens_panel(3, lie(0)).opens_panel(4, truth());
	// Three name the truth, but only two of five have shown it.
	court.ends_with(Verdict::Inconclusive);
}

#[test]
fn silence_in_front_of_a_panel_counts_against_the_majority() {
	let court = Court::panel_showing().lapses().reaches(Stage::PanelOpening).follows(&[]);
	let court = court.opens_panel(3, truth()).opens_panel(4, truth()).lapses();
	// Two of five.
	let court = court.ends_with(Verdict::Inconclusive);
	assert_eq!([1, 2, 5].map(|cluster| court.act(cluster)), [Act::Silent; 3]);
	let court = Court::panel_showing().possesses(1, truth()).lapses();
	let court = court.opens_panel(3, truth()).opens_panel(4, truth());
	court.lapses().ends_with(judged(truth()));
}

#[test]
fn a_panel_opens_at_once_where_nobody_is_left_who_could_show_anything() {
	let court = Court::opening(3, lie(0)).lapses().draws(&[4, 5]);
	let court = court.seals(4, truth()).seals(5, truth());
	// All three of the first executions stayed silent.
	court.reaches(Stage::PanelOpening);
}

#[test]
fn a_lost_panel_member_is_replaced_once() {
	let court = Court::panel().seals(3, truth()).abstains(4).reaches(Stage::PanelSealing);
	let court = court.lapses().reaches(Stage::PanelDrawing);
	let court = court.follows(&[release(5), lapsed(5), Effect::Draw(2)]);
	let court = court.draws(&[6, 7]).seals(6, truth()).reaches(Stage::PanelSealing);
	let court = court.lapses().reaches(Stage::PanelShowing).follows(&[release(7), lapsed(7)]);
	assert_eq!(court.trial.voters(), 5);
}

#[test]
fn a_panel_replacement_may_find_fewer_than_it_lost() {
	let court = Court::panel().seals(3, truth()).abstains(4).abstains(5).draws(&[6]);
	let court = court.seals(6, truth()).reaches(Stage::PanelShowing);
	let court = court.possesses(2, lie(0)).possesses(1, truth());
	court.opens_panel(3, truth()).opens_panel(6, truth()).ends_with(judged(truth()));
}

#[test]
fn a_panel_replacement_that_finds_nobody_goes_on_with_who_is_left() {
	let court = Court::panel().seals(3, truth()).seals(4, truth()).abstains(5);
	let court = court.reaches(Stage::PanelDrawing).lapses().reaches(Stage::PanelShowing);
	let court = court.possesses(2, lie(0)).possesses(1, truth());
	court.opens_panel(3, truth()).opens_panel(4, truth()).ends_with(judged(truth()));
}

#[test]
fn empty_seats_of_a_panel_do_not_make_a_minority_a_majority() {
	// The liar and one accomplice among three members, two of whom are kept from answering.
	let court = Court::panel().seals(3, lie(0)).abstains(4).abstains(5);
	let court = court.lapses().possesses(2, lie(0)).possesses(1, truth());
	let court = court.reaches(Stage::PanelOpening).opens_panel(3, lie(0));
	court.ends_with(Verdict::Inconclusive);
}

#[test]
fn a_panel_of_which_nobody_is_left_is_inconclusive() {
	let court = Court::panel().lapses().reaches(Stage::PanelDrawing).follows(&[
		release(3),
		lapsed(3),
		release(4),
		lapsed(4),
		release(5),
		lapsed(5),
		Effect::Draw(3),
	]);
	court.lapses().ends_with(Verdict::Inconclusive);
	let court = Court::disputed().draws(&[3]).abstains(3).draws(&[4]).abstains(4);
	// The first two are a majority of all votes, if they agree on what they show.
	let court = court.reaches(Stage::PanelShowing).possesses(1, lie(0)).possesses(2, truth());
	court.ends_with(Verdict::Inconclusive);
}

#[test]
fn a_verdict_is_final_when_its_window_has_closed() {
	let court = Court::opening(2, truth()).opens(1, truth());
	assert_eq!(court.trial.deadline, court.now + 7);
	court.lapses().follows(&[Effect::Finalise]).ends_with(agreed(truth()));
}

#[test]
fn without_a_window_a_verdict_is_final_in_the_next_block() {
	let mut court = Court::opening(2, truth());
	court.trial.policy.window = 0;
	let court = court.opens(1, truth());
	assert_eq!(court.trial.deadline, court.now);
	court.waits(1).does(Input::Deadline).follows(&[Effect::Finalise]);
}

// SPDX-License-Identifier: GPL-3.0-or-later
//! Tasks that a lot may spare a check, executors that try first, and what a taint does.

use crate::court::*;
use assay_primitives::{
	protocol::{Act, Audit, Breadth, Cause, Effect, Input, Refusal, Ruling, Stage, Verdict},
	task::{Check, Policy},
	ClusterId,
};

fn unstable(cluster: u32) -> Input {
	Input::Unstable(ClusterId(cluster))
}

fn lot(checked: bool) -> Input {
	Input::Lot { checked }
}

/// Five fresh members, all of whom found the truth.
const TRUE_JURY: [u32; 5] = [11, 12, 13, 14, 15];

fn jury_finds(court: Court) -> Court {
	court.draws(&TRUE_JURY).decides(&TRUE_JURY.map(|member| (member, truth())))
}

#[test]
fn whether_an_audited_executor_is_checked_is_open_while_a_verifier_is_drawn() {
	let court = Court::audited().waits(2).commits(1, truth()).reaches(Stage::Drawing);
	let court = court.follows(&[Effect::Draw(1)]);
	assert_eq!((court.trial.audit, court.trial.quorum()), (Audit::Percent(10), 2));
}

#[test]
fn a_verified_executor_is_checked_whatever_its_record() {
	let mut court = Court::executing(2);
	court.audit_percent = 0;
	let court = court.commits(1, truth());
	assert_eq!(court.trial.audit, Audit::Always);
	court.refuses(lot(false), Refusal::WrongStage).draws(&[2]).reaches(Stage::Verifying);
}

#[test]
fn a_hundred_percent_or_more_needs_no_lot() {
	for percent in [100, 101, u8::MAX] {
		let mut court = Court::audited();
		court.audit_percent = percent;
		let court = court.commits(1, truth());
		assert_eq!(court.trial.audit, Audit::Always);
		let court = court.refuses(lot(false), Refusal::WrongStage).draws(&[2]);
		court.answers(2, truth()).opens(1, truth()).ends_with(agreed(truth()));
	}
}

#[test]
fn an_executor_that_is_spared_opens_and_is_believed() {
	let court = Court::audited().commits(1, truth()).waits(3).casts(false).follows(&[]);
	let court = court.reaches(Stage::Opening);
	assert_eq!((court.trial.quorum(), court.trial.wanted), (1, 0));
	assert_eq!(court.trial.deadline, court.now + 20);
	let court = court.opens(1, truth()).ends_with(agreed(truth()));
	let court = court.follows(&[release(1), Effect::Decided(agreed(truth()))]);
	assert!(court.trial.was_spared());
	assert_eq!(court.trial.deadline, court.now + 7);
	court.lapses().follows(&[Effect::Finalise]);
}

#[test]
fn an_executor_that_is_chosen_is_checked_like_any_other() {
	let court = Court::audited().commits(1, truth()).casts(true).reaches(Stage::Drawing);
	let court = court.follows(&[]);
	assert_eq!((court.trial.audit, court.trial.wanted), (Audit::Always, 1));
	let agreeing = court.clone().draws(&[2]).answers(2, truth()).opens(1, truth());
	assert!(!agreeing.ends_with(agreed(truth())).trial.was_spared());
	let court = court.draws(&[2]).answers(2, lie(0)).opens(1, truth());
	court.reaches(Stage::PanelDrawing).follows(&[Effect::Disputed, Effect::Draw(3)]);
}

#[test]
fn an_executor_that_is_chosen_and_finds_no_verifier_is_not_believed() {
	let court = Court::audited().commits(1, truth()).casts(true).lapses();
	court.ends_with(Verdict::NoVerifier);
}

#[test]
fn a_task_whose_lot_never_falls_is_given_back() {
	let court = Court::audited().commits(1, truth()).lapses().ends_with(Verdict::NoVerifier);
	let court = court.follows(&[release(1), Effect::Decided(Verdict::NoVerifier)]);
	court.refuses(lot(false), Refusal::WrongStage).lapses().follows(&[Effect::Finalise]);
}

#[test]
fn a_lot_is_cast_once_and_only_where_it_is_open() {
	for checked in [true, false] {
		let courts = [
			Court::audited(),
			Court::drawing(2),
			Court::opening(2, truth()),
			Court::disputed(),
			Court::unchecked(truth()),
			Court::audited().commits(1, truth()).casts(true),
			Court::audited().commits(1, truth()).casts(false),
			// The verifiers who replace a lost one are drawn without a lot.
			Court::audited().commits(1, truth()).casts(true).draws(&[2]).lapses(),
		];
		for court in courts {
			court.refuses(lot(checked), Refusal::WrongStage);
		}
		let mut late = Court::audited().commits(1, truth());
		late.now = late.trial.deadline + 1;
		late.refuses(lot(checked), Refusal::TooLate);
	}
}

#[test]
fn nobody_is_drawn_before_the_lot() {
	let court = Court::audited().commits(1, truth());
	let (one, many) = (court.found(&[2], Breadth::Open), court.found(&[2, 3], Breadth::Open));
	let court = court.refuses(one, Refusal::NobodyFits).refuses(many, Refusal::NobodyFits);
	court.casts(true).draws(&[2]).reaches(Stage::Verifying);
}

#[test]
fn each_executor_has_a_lot_of_its_own() {
	let court = Court::audited().abstains(1).draws(&[2]);
	assert_eq!(court.trial.audit, Audit::Always);
	let court = court.commits(2, truth());
	assert_eq!(court.trial.audit, Audit::Percent(10));
}

#[test]
fn a_spared_executor_that_stays_silent_calls_a_panel() {
	let court = Court::spared(truth()).lapses().reaches(Stage::PanelDrawing);
	let court = court.follows(&[Effect::Disputed, Effect::Draw(2)]);
	assert_eq!(court.act(1), Act::Silent);
	let one = court.found(&[2], Breadth::Open);
	let court = court.refuses(one, Refusal::NobodyFits).draws(&[2, 3]);
	assert_eq!(court.trial.voters(), 3);
	// Nobody is left who could show anything.
	let agreeing = court.clone().decides(&[(2, truth()), (3, truth())]).ends_with(judged(truth()));
	assert!(!agreeing.trial.was_spared(), "a panel checked it");
	court.decides(&[(2, truth()), (3, lie(0))]).ends_with(Verdict::Inconclusive);
}

#[test]
fn one_member_of_three_voters_is_no_majority_of_a_spared_task() {
	let court = Court::spared(truth()).lapses().draws(&[2, 3]).seals(2, lie(0)).abstains(3);
	let court = court.lapses().reaches(Stage::PanelOpening).opens_panel(2, lie(0));
	court.ends_with(Verdict::Inconclusive);
}

#[test]
fn a_spared_executor_opens_what_it_sealed() {
	let other = Input::Open(ClusterId(1), opening(1, lie(0)));
	Court::spared(truth()).refuses(other, Refusal::SealMismatch).opens(1, truth());
}

// The core knows what to do even where no chain lets a task begin.
#[test]
fn a_declared_failure_takes_three_even_where_nobody_would_check() {
	let policy = Policy { check: Check::Audited { floor: 5 }, ..policy(2) };
	let court = Court::under(policy, container()).draws(&[1]).commits(1, failure()).casts(false);
	let court = court.opens(1, failure()).reaches(Stage::PanelDrawing).draws(&[2, 3]);
	let court = court.seals(2, failure()).seals(3, failure()).possesses(1, failure());
	court.opens_panel(2, failure()).opens_panel(3, failure()).ends_with(judged(failure()));
}

#[test]
fn a_panel_is_as_large_as_the_policy_lets_it_and_the_votes_stay_odd() {
	let under = |quorum| Policy { check: Check::Verified { quorum, panel: 1 }, ..policy(quorum) };
	let court = Court::under(under(2), container()).draws(&[1]).commits(1, truth()).draws(&[2]);
	let court =
		court.answers(2, lie(0)).opens(1, truth()).follows(&[Effect::Disputed, Effect::Draw(1)]);
	assert_eq!(court.draws(&[3]).trial.voters(), 3);
	// A panel of one in front of three would make four.
	let court = Court::under(under(3), container()).draws(&[1]).commits(1, truth());
	let court = court.draws(&[2, 3]).commits(2, truth()).commits(3, truth()).lapses();
	let court = court.follows(&[Effect::Disputed, Effect::Draw(2)]).draws(&[4, 5]);
	assert_eq!(court.trial.voters(), 5);
	// Two who replace one make four, and one member is enough again.
	let court = Court::under(under(3), container()).draws(&[1]).commits(1, truth());
	let court = court.draws(&[2, 3]).commits(2, truth()).abstains(3).draws(&[4, 5]);
	let court = court.commits(4, truth()).commits(5, lie(0)).lapses();
	let court = court.follows(&[Effect::Disputed, Effect::Draw(1)]).draws(&[6]);
	assert_eq!(court.trial.voters(), 5);
}

#[test]
fn an_executor_that_cannot_reproduce_its_own_result_ends_the_task() {
	let court = Court::trying().waits(2).wavers(1).ends_with(Verdict::NotDeterministic);
	let verdict = Effect::Decided(Verdict::NotDeterministic);
	let court = court.follows(&[release(1), verdict]);
	assert_eq!(court.act(1), Act::Unstable);
	assert_eq!(court.trial.accepted(), None);
	court.lapses().follows(&[Effect::Finalise]);
}

#[test]
fn an_executor_that_tries_first_may_commit_or_give_the_task_back_as_ever() {
	Court::trying().commits(1, truth()).reaches(Stage::Drawing);
	Court::trying()
		.abstains(1)
		.reaches(Stage::Queued)
		.draws(&[2])
		.wavers(2)
		.follows(&[release(2), Effect::Decided(Verdict::NotDeterministic)]);
}

#[test]
fn only_an_executor_at_work_that_was_asked_to_try_can_waver() {
	Court::executing(2).refuses(unstable(1), Refusal::NotAsked);
	Court::trying().refuses(unstable(7), Refusal::NotDrawn);
	Court::trying().commits(1, truth()).refuses(unstable(1), Refusal::WrongStage);
	let verifying = Court::trying().commits(1, truth()).draws(&[2]);
	verifying.refuses(unstable(2), Refusal::WrongStage);
	Court::trying().wavers(1).refuses(unstable(1), Refusal::WrongStage);
	let next = Court::trying().abstains(1).draws(&[2]);
	next.refuses(unstable(1), Refusal::AlreadyActed).wavers(2);
	let mut late = Court::trying();
	late.now = late.trial.deadline + 1;
	late.refuses(unstable(1), Refusal::TooLate);
}

#[test]
fn a_spared_result_of_a_tainted_operator_is_looked_at_again() {
	let court = Court::unchecked(truth()).taints();
	let court = court.refuses(Input::Deadline, Refusal::TooEarly).lapses();
	let court = court.reaches(Stage::PanelDrawing).follows(&[Effect::Draw(5)]);
	let appeal = court.trial.appeal.expect("there is one");
	assert_eq!((appeal.cause, appeal.verdict), (Cause::Taint, agreed(truth())));
	assert_eq!((appeal.seats, appeal.ruling), (0, Ruling::Pending));
	assert_eq!(court.trial.verdict(), Some(agreed(truth())));
	assert_eq!(court.trial.accepted(), None, "nobody relies on it meanwhile");
}

#[test]
fn a_tainted_operator_that_told_the_truth_is_believed() {
	let court = jury_finds(Court::unchecked(truth()).taints().lapses());
	let court = court.ends_with(agreed(truth()));
	court.lapses().follows(&[Effect::Finalise]);
}

#[test]
fn a_tainted_operator_that_lied_again_is_corrected() {
	let court = jury_finds(Court::unchecked(lie(0)).taints().lapses());
	let court = court.ends_with(corrected(truth()));
	court.lapses().follows(&[Effect::Finalise]);
}

#[test]
fn a_tainted_result_that_nobody_can_look_at_is_not_believed() {
	let court = Court::unchecked(truth()).taints().lapses().lapses();
	let court = court.ends_with(Verdict::Tainted).follows(&[Effect::Decided(Verdict::Tainted)]);
	let court = court.refuses(Input::Appeal, Refusal::NotAppealable);
	court.lapses().follows(&[Effect::Finalise]);
	// Nor is one about which they do not agree.
	let court = Court::unchecked(truth()).taints().lapses().draws(&[11, 12, 13]);
	let court = court.decides(&[(11, truth()), (12, lie(0)), (13, lie(1))]);
	court.ends_with(Verdict::Tainted);
}

#[test]
fn a_result_that_somebody_checked_is_final_whatever_its_operator_did_since() {
	let chosen = Court::audited().commits(1, truth()).casts(true).draws(&[2]);
	let courts = [
		Court::accepted(truth()),
		chosen.answers(2, truth()).opens(1, truth()),
		Court::spared(lie(0)).lapses().draws(&[2, 3]).decides(&[(2, truth()), (3, truth())]),
		Court::spared(truth()).lapses().lapses().ends_with(Verdict::Inconclusive),
		Court::audited().lapses().lapses().ends_with(Verdict::Unfulfilled),
	];
	for court in courts {
		court.taints().lapses().follows(&[Effect::Finalise]);
	}
}

#[test]
fn a_tainted_operator_cannot_spend_the_only_appeal_on_an_empty_bench() {
	let court = Court::unchecked(lie(0)).appeals().taints().lapses();
	court.ends_with(Verdict::Tainted);
	// Without a taint the verdict stands.
	Court::unchecked(truth()).appeals().lapses().ends_with(agreed(truth()));
	// A result that others checked stands in any case.
	Court::accepted(truth()).appeals().taints().lapses().ends_with(agreed(truth()));
}

#[test]
fn a_result_that_was_upheld_is_not_looked_at_for_a_taint_as_well() {
	let court = jury_finds(Court::unchecked(truth()).appeals()).ends_with(agreed(truth()));
	court.taints().lapses().follows(&[Effect::Finalise]);
}

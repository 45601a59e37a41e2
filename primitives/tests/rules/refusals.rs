// SPDX-License-Identifier: GPL-3.0-or-later
//! Every reason to refuse an act, and every attack that runs into one.

use crate::court::*;
use assay_primitives::{
	outcome::{Opening, Outcome},
	protocol::{Act, Breadth, Input, Refusal, Stage, Trial},
	spec::{Architecture, WASM_ENGINE},
	ClusterId, Commitment, Genesis, OperatorId, PanelNonce, Possession, Salt, TaskId,
};

const SOME: Commitment = Commitment([3; 32]);

fn commit(cluster: u32) -> Input {
	Input::Commit(ClusterId(cluster), SOME)
}

fn answer(cluster: u32, outcome: Outcome) -> Input {
	Input::Answer(ClusterId(cluster), outcome, opening(cluster, outcome).evidence_root)
}

fn open(cluster: u32, outcome: Outcome) -> Input {
	Input::Open(ClusterId(cluster), opening(cluster, outcome))
}

fn open_panel(cluster: u32, outcome: Outcome) -> Input {
	let shown = possession(outcome, NONCE);
	Input::OpenPanel(ClusterId(cluster), opening(cluster, outcome), shown)
}

fn possess(cluster: u32) -> Input {
	Input::Possess(ClusterId(cluster), possession(truth(), NONCE))
}

fn abstain(cluster: u32) -> Input {
	Input::Abstain(ClusterId(cluster))
}

fn drawn(clusters: &[u32]) -> Input {
	Input::Drawn {
		picks: clusters.iter().map(|cluster| pick(*cluster)).collect(),
		nonce: NONCE,
		breadth: Breadth::Open,
	}
}

#[test]
fn a_stranger_has_nothing_to_say_at_any_stage() {
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
		Court::new(2).lapses(),
		Court::trying(),
		Court::audited().commits(1, truth()),
		Court::spared(truth()),
		Court::unchecked(truth()),
		Court::accepted(truth()).appeals(),
		Court::appealed(truth()),
	];
	for mut court in courts {
		let acts = [
			Input::Unstable(ClusterId(77)),
			commit(77),
			answer(77, truth()),
			open(77, truth()),
			open_panel(77, truth()),
			possess(77),
			abstain(77),
		];
		for act in acts {
			court = court.refuses(act, Refusal::NotDrawn);
		}
	}
}

#[test]
fn the_executor_cannot_answer_for_the_verifier() {
	Court::verifying(2).refuses(answer(1, truth()), Refusal::WrongRole);
}

#[test]
fn the_executor_cannot_commit_again_while_others_verify() {
	Court::verifying(3)
		.refuses(commit(1), Refusal::WrongRole)
		.refuses(abstain(1), Refusal::WrongRole);
}

#[test]
fn a_panel_member_cannot_pass_as_one_of_those_it_judges() {
	Court::panel_showing().refuses(possess(3), Refusal::WrongRole);
}

#[test]
fn those_who_are_judged_cannot_pass_as_panel_members() {
	Court::panel()
		.refuses(commit(1), Refusal::WrongRole)
		.refuses(commit(2), Refusal::WrongRole)
		.refuses(abstain(2), Refusal::WrongRole);
	Court::panel_opening()
		.refuses(open_panel(1, truth()), Refusal::WrongRole)
		.refuses(open_panel(2, lie(0)), Refusal::WrongRole);
}

#[test]
fn nobody_opens_before_everybody_is_bound() {
	let premature = |court: Court, cluster| {
		court
			.refuses(open(cluster, truth()), Refusal::WrongStage)
			.refuses(open_panel(cluster, truth()), Refusal::WrongStage)
			.refuses(possess(cluster), Refusal::WrongStage)
	};
	premature(Court::executing(2), 1);
	premature(Court::drawing(2), 1);
	premature(Court::verifying(2), 1);
	premature(Court::verifying(3).commits(2, truth()), 2);
	// One member still owes its commitment: nobody shows what the others could copy.
	let sealing = Court::panel().seals(3, truth()).seals(4, truth());
	premature(sealing, 3).refuses(possess(1), Refusal::WrongStage);
}

#[test]
fn no_proof_of_possession_can_be_copied_from_another() {
	// The panel is bound before the first executions show theirs, in clear, and stays sealed until
	// all of them have.
	let showing = Court::panel_showing().refuses(open_panel(3, truth()), Refusal::WrongStage);
	let showing = showing.possesses(2, lie(0)).refuses(open_panel(3, truth()), Refusal::WrongStage);
	// Whoever waits for the panel has waited too long.
	let court = showing.lapses().opens_panel(3, truth());
	court.refuses(possess(1), Refusal::WrongStage);
}

#[test]
fn a_single_verifier_answers_in_clear_and_does_not_commit() {
	Court::verifying(2).refuses(commit(2), Refusal::WrongStage);
}

#[test]
fn several_verifiers_seal_first() {
	Court::verifying(3).refuses(answer(2, truth()), Refusal::SealFirst);
	// So do the two who replace a single one.
	Court::verifying(2).lapses().draws(&[3, 4]).refuses(answer(3, truth()), Refusal::SealFirst);
}

#[test]
fn a_task_that_draws_takes_no_acts_and_a_task_that_runs_takes_no_draws() {
	Court::new(2).draws(&[1]).refuses(drawn(&[2]), Refusal::WrongStage);
	Court::drawing(2).refuses(commit(1), Refusal::WrongStage);
	Court::verifying(2).refuses(drawn(&[5]), Refusal::WrongStage);
	Court::opening(2, truth()).refuses(drawn(&[5]), Refusal::WrongStage);
	Court::panel().refuses(drawn(&[6]), Refusal::WrongStage);
	Court::panel_showing().refuses(drawn(&[6]), Refusal::WrongStage);
	Court::panel_opening().refuses(drawn(&[6]), Refusal::WrongStage);
}

#[test]
fn nothing_is_drawn_opened_or_flipped_after_the_verdict() {
	let court = Court::opening(2, truth()).opens(1, truth()).ends_with(agreed(truth()));
	court
		.refuses(answer(2, lie(0)), Refusal::WrongStage)
		.refuses(open(1, lie(0)), Refusal::WrongStage)
		.refuses(commit(1), Refusal::WrongStage)
		.refuses(abstain(2), Refusal::WrongStage)
		.refuses(drawn(&[5]), Refusal::WrongStage);
}

#[test]
fn an_executor_commits_once() {
	let court = Court::executing(2).commits(1, truth());
	court.refuses(commit(1), Refusal::WrongStage).refuses(abstain(1), Refusal::WrongStage);
}

#[test]
fn a_verifier_neither_commits_nor_gives_back_twice() {
	Court::verifying(3)
		.commits(2, truth())
		.refuses(commit(2), Refusal::AlreadyActed)
		.refuses(abstain(2), Refusal::AlreadyActed)
		.refuses(answer(2, lie(0)), Refusal::AlreadyActed);
	Court::verifying(3).abstains(2).refuses(commit(2), Refusal::AlreadyActed);
}

#[test]
fn a_verifier_cannot_flip_its_answer_once_the_dispute_is_open() {
	Court::opening(2, lie(0))
		.refuses(open(2, truth()), Refusal::AlreadyActed)
		.refuses(answer(2, truth()), Refusal::WrongStage)
		.opens(1, truth())
		.refuses(answer(2, truth()), Refusal::WrongStage);
}

#[test]
fn everybody_opens_once() {
	let court = Court::opening(3, truth()).opens(2, truth());
	court.refuses(open(2, truth()), Refusal::AlreadyActed);
	Court::panel_opening()
		.opens_panel(3, truth())
		.refuses(open_panel(3, truth()), Refusal::AlreadyActed);
	Court::panel_showing().possesses(1, truth()).refuses(possess(1), Refusal::AlreadyActed);
}

#[test]
fn whoever_lost_its_place_does_not_come_back() {
	let replaced = Court::verifying(2).lapses().draws(&[3, 4]);
	replaced.refuses(commit(2), Refusal::AlreadyActed);
	let reopened = Court::verifying(3).commits(2, truth()).lapses().draws(&[4, 5]);
	reopened.refuses(commit(3), Refusal::AlreadyActed);
	let panel = Court::panel().seals(3, truth()).seals(4, truth()).lapses().draws(&[6]);
	panel.refuses(commit(5), Refusal::AlreadyActed);
}

#[test]
fn a_silent_executor_cannot_join_the_panel_s_vote() {
	Court::opening(2, truth())
		.lapses()
		.draws(&[3, 4, 5])
		.seals(3, truth())
		.seals(4, truth())
		.seals(5, truth())
		.refuses(possess(1), Refusal::AlreadyActed);
}

#[test]
fn an_act_counts_in_the_deadline_s_block_and_comes_too_late_in_the_next() {
	let mut court = Court::executing(2);
	court.now = court.trial.deadline;
	let late = court.waits(1).refuses(commit(1), Refusal::TooLate);
	let mut in_time = late;
	in_time.now = in_time.trial.deadline;
	in_time.commits(1, truth()).reaches(Stage::Drawing);
}

#[test]
fn whatever_comes_after_the_deadline_comes_too_late_at_every_stage() {
	let courts = [
		Court::new(2),
		Court::executing(2),
		Court::drawing(2),
		Court::verifying(2),
		Court::verifying(3),
		Court::opening(2, truth()),
		Court::disputed(),
		Court::panel(),
		Court::panel_showing(),
		Court::panel_opening(),
		Court::new(2).lapses(),
		Court::trying(),
		Court::audited().commits(1, truth()),
		Court::spared(truth()),
		Court::unchecked(truth()),
		Court::accepted(truth()).appeals(),
		Court::appealed(truth()),
	];
	for mut court in courts {
		court.now = court.trial.deadline + 1;
		for cluster in [1, 2, 3] {
			let acts = [
				Input::Appeal,
				Input::Lot { checked: false },
				Input::Unstable(ClusterId(cluster)),
				drawn(&[cluster + 10]),
				commit(cluster),
				answer(cluster, truth()),
				open(cluster, truth()),
				open_panel(cluster, truth()),
				possess(cluster),
				abstain(cluster),
			];
			for act in acts {
				court = court.refuses(act, Refusal::TooLate);
			}
		}
	}
}

#[test]
fn no_exit_opens_before_the_deadline_has_passed() {
	let courts = [
		Court::new(2),
		Court::executing(2),
		Court::drawing(2),
		Court::verifying(3),
		Court::opening(2, truth()),
		Court::disputed(),
		Court::panel(),
		Court::panel_showing(),
		Court::panel_opening(),
		Court::new(2).lapses(),
		Court::trying(),
		Court::audited().commits(1, truth()),
		Court::spared(truth()),
		Court::unchecked(truth()),
		Court::accepted(truth()).appeals(),
		Court::appealed(truth()),
	];
	for court in courts {
		let mut court = court.refuses(Input::Deadline, Refusal::TooEarly);
		court.now = court.trial.deadline;
		court.refuses(Input::Deadline, Refusal::TooEarly);
	}
}

#[test]
fn a_copied_commitment_cannot_be_opened() {
	let court = Court::verifying(3);
	let Act::Committed(copied) = court.act(1) else { panic!("the executor is bound") };
	let court = court.does(Input::Commit(ClusterId(2), copied)).commits(3, truth());
	// The thief waits for the original to be opened and repeats it, salt and all.
	court
		.opens(1, truth())
		.refuses(Input::Open(ClusterId(2), opening(1, truth())), Refusal::SealMismatch)
		.refuses(open(2, truth()), Refusal::SealMismatch);
}

#[test]
fn an_executor_cannot_open_what_the_verifier_found_instead_of_what_it_sealed() {
	let court = Court::new(2).draws(&[1]).commits(1, lie(0)).draws(&[2]).answers(2, truth());
	court.refuses(open(1, truth()), Refusal::SealMismatch).opens(1, lie(0));
}

#[test]
fn an_opening_is_refused_when_any_part_of_it_differs() {
	let good = opening(1, truth());
	let others = [
		Opening { outcome: failure(), ..good },
		Opening { evidence_root: opening(2, truth()).evidence_root, ..good },
		Opening { salt: Salt([0; 32]), ..good },
	];
	for other in others {
		Court::opening(2, truth())
			.refuses(Input::Open(ClusterId(1), other), Refusal::SealMismatch)
			.opens(1, truth());
	}
}

#[test]
fn a_panel_member_is_bound_to_its_possession_as_well() {
	let court = Court::panel_opening();
	let wrong = Possession([0; 32]);
	court
		.refuses(Input::OpenPanel(ClusterId(3), opening(3, truth()), wrong), Refusal::SealMismatch)
		.refuses(open_panel(3, lie(0)), Refusal::SealMismatch)
		.opens_panel(3, truth());
}

#[test]
fn a_verifier_s_seal_does_not_open_as_a_panel_member_s() {
	let court = Court::panel();
	let commitment = court.commitment(3, truth());
	court
		.does(Input::Commit(ClusterId(3), commitment))
		.seals(4, truth())
		.seals(5, truth())
		.possesses(1, truth())
		.possesses(2, lie(0))
		.refuses(open_panel(3, truth()), Refusal::SealMismatch)
		.refuses(open(3, truth()), Refusal::WrongStage);
}

#[test]
fn a_seal_opens_on_no_other_chain_in_no_other_task_and_at_no_other_attempt() {
	let court = Court::executing(2);
	let here = court.context();
	let seal = court.trial.seal(&here, ClusterId(1));
	let Opening { evidence_root, salt, .. } = opening(1, truth());
	let mut later = court.trial.clone();
	later.attempt += 1;
	let others = [
		court.trial.seal(
			&assay_primitives::protocol::Context { genesis: Genesis([8; 32]), ..here },
			ClusterId(1),
		),
		court
			.trial
			.seal(&assay_primitives::protocol::Context { task: TaskId(6), ..here }, ClusterId(1)),
		later.seal(&here, ClusterId(1)),
		court.trial.seal(&here, ClusterId(2)),
	];
	let digest = truth().digest();
	let own = seal.commit(&digest, &evidence_root, &salt);
	for other in others {
		assert_ne!(other.commit(&digest, &evidence_root, &salt), own);
		let court = Court::executing(2)
			.does(Input::Commit(ClusterId(1), other.commit(&digest, &evidence_root, &salt)))
			.draws(&[2])
			.answers(2, truth());
		court.refuses(open(1, truth()), Refusal::SealMismatch);
	}
}

#[test]
fn a_draw_of_nobody_fits_no_role() {
	Court::new(2).refuses(drawn(&[]), Refusal::NobodyFits);
	Court::drawing(2).refuses(drawn(&[]), Refusal::NobodyFits);
	Court::disputed().refuses(drawn(&[]), Refusal::NobodyFits);
}

#[test]
fn fewer_verifiers_than_the_quorum_needs_are_none() {
	Court::drawing(3).refuses(drawn(&[2]), Refusal::NobodyFits).draws(&[2, 3]);
	Court::verifying(2).lapses().refuses(drawn(&[3]), Refusal::NobodyFits).draws(&[3, 4]);
}

#[test]
fn no_cluster_and_no_operator_sits_in_a_task_twice() {
	let same_operator = |operator: u32| {
		let mut other = pick(50);
		other.operator = OperatorId(operator);
		Input::Drawn { picks: vec![other], nonce: NONCE, breadth: Breadth::Open }
	};
	Court::drawing(2)
		.refuses(drawn(&[1]), Refusal::NobodyFits)
		.refuses(same_operator(1_001), Refusal::NobodyFits);
	Court::drawing(3).refuses(drawn(&[2, 2]), Refusal::NobodyFits);
	Court::disputed().refuses(drawn(&[3, 4, 2]), Refusal::NobodyFits);
	// Whoever gave the task back is not asked again either.
	Court::executing(2).abstains(1).refuses(drawn(&[1]), Refusal::NobodyFits).draws(&[2]);
}

#[test]
fn a_draw_never_mixes_classes() {
	let foreign = |cluster: u32| {
		let mut other = pick(cluster);
		other.architecture = Architecture::Aarch64;
		Input::Drawn { picks: vec![other], nonce: NONCE, breadth: Breadth::Open }
	};
	let court = Court::with(2, container()).draws(&[1]).commits(1, truth());
	court.refuses(foreign(2), Refusal::NobodyFits).draws(&[2]);
	// Wasm has only its own architecture.
	assert_eq!(Court::executing(2).trial.engine, WASM_ENGINE);
	Court::drawing(2).does(foreign(2)).reaches(Stage::Verifying);
	// The next executor fixes its own class.
	let court = Court::with(2, container()).draws(&[1]).abstains(1);
	assert_eq!(court.trial.class, None);
	let court = court.does(foreign(2));
	let class = court.trial.class.expect("an executor is at work");
	assert_eq!(class.architecture, Some(Architecture::Aarch64));
}

#[test]
fn a_second_nonce_never_replaces_the_first() {
	let court = Court::panel().abstains(3).seals(4, truth()).seals(5, truth());
	let again =
		Input::Drawn { picks: vec![pick(6)], nonce: PanelNonce([1; 32]), breadth: Breadth::Open };
	let trial: Trial = court.does(again).trial;
	assert_eq!(trial.nonce, Some(NONCE));
}

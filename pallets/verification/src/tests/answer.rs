// SPDX-License-Identifier: GPL-3.0-or-later

use super::*;

#[test]
fn the_only_verifier_answers_in_clear() {
	TestNet::new().operators(3).run(|| {
		let (task, _) = verifying(request(), TRUTH);
		let cluster = verifier(task);
		events();
		assert_ok!(answer(cluster, task, LIE));
		let evidence_root = evidence(cluster);
		assert_eq!(
			own_events(),
			vec![Event::Answered { task, cluster, outcome: LIE, evidence_root }]
		);
		assert_eq!(trial(task).executions[1].act, Act::Opened { outcome: LIE, evidence_root });
		assert_eq!(stage(task), Stage::Opening);
		assert_eq!(trial(task).deadline, now() + OPENING_BLOCKS);
	});
}

#[test]
fn only_the_owner_of_the_verifier_answers() {
	TestNet::new().operators(3).run(|| {
		let (task, executor) = verifying(request(), TRUTH);
		let verifier = verifier(task);
		let third = ClusterId(3 - executor.0 - verifier.0);
		let answer = |signer, task, cluster| {
			let evidence = evidence(cluster);
			acted(Verification::answer(
				RuntimeOrigin::signed(signer),
				task,
				cluster,
				TRUTH,
				evidence,
			))
		};
		assert_noop!(answer(owner(verifier), TaskId(9), verifier), Error::<Test>::NoTask);
		assert_noop!(answer(STRANGER, task, verifier), Error::<Test>::NotOwner);
		assert_noop!(answer(owner(executor), task, verifier), Error::<Test>::NotOwner);
		assert_noop!(answer(owner(executor), task, executor), Error::<Test>::WrongRole);
		assert_noop!(answer(owner(third), task, third), Error::<Test>::NotDrawn);
	});
}

#[test]
fn an_answer_is_for_ever() {
	TestNet::new().operators(5).run(|| {
		let (task, executor) = verifying(request(), TRUTH);
		let verifier = verifier(task);
		assert_ok!(answer(verifier, task, LIE));
		assert_noop!(answer(verifier, task, TRUTH), Error::<Test>::WrongStage);
		assert_noop!(open(verifier, task, TRUTH), Error::<Test>::AlreadyActed);
		assert_noop!(commit(verifier, task, TRUTH), Error::<Test>::WrongStage);

		// Nor does a dispute give another chance.
		assert_ok!(open(executor, task, TRUTH));
		assert_noop!(answer(verifier, task, TRUTH), Error::<Test>::WrongStage);
		next_block();
		assert_noop!(commit(verifier, task, TRUTH), Error::<Test>::WrongRole);
		panel_commits(task, TRUTH);
		assert_ok!(possess(verifier, task, TRUTH));
		// Whatever it shows now, it is for the outcome it answered.
		let act = trial(task).execution(verifier).unwrap().act;
		assert_eq!(act.outcome(), Some(LIE));
		assert_noop!(possess(verifier, task, LIE), Error::<Test>::AlreadyActed);
		assert_ok!(possess(executor, task, TRUTH));
		assert_noop!(open_panel(verifier, task, TRUTH), Error::<Test>::WrongRole);
	});
}

#[test]
fn several_verifiers_seal_first() {
	TestNet::new().operators(3).run(|| {
		let (task, _) = verifying(request_of_three(), TRUTH);
		assert_noop!(answer(verifier(task), task, TRUTH), Error::<Test>::SealFirst);
	});
}

#[test]
fn an_answer_has_its_time() {
	TestNet::new().operators(3).run(|| {
		let (task, executor) = executing(request());
		assert_noop!(answer(executor, task, TRUTH), Error::<Test>::WrongStage);
		assert_ok!(commit(executor, task, TRUTH));
		next_block();
		let verifier = verifier(task);
		run_to_block(trial(task).deadline - 1);
		run_full_blocks_to(trial(task).deadline + 1);
		assert_noop!(answer(verifier, task, TRUTH), Error::<Test>::TooLate);
	});
}

#[test]
fn whoever_lost_its_place_cannot_answer() {
	TestNet::new().operators(4).run(|| {
		let (task, _) = verifying(request(), TRUTH);
		let lost = verifier(task);
		assert_ok!(abstain(lost, task));
		next_block();
		assert_eq!(stage(task), Stage::Verifying);
		assert_noop!(answer(lost, task, TRUTH), Error::<Test>::AlreadyActed);
	});
}

// SPDX-License-Identifier: GPL-3.0-or-later

use super::*;

#[test]
fn the_last_opening_decides_and_frees_everybody() {
	TestNet::new().operators(3).run(|| {
		let (task, executor) = verifying(request(), TRUTH);
		let verifier = verifier(task);
		assert_ok!(answer(verifier, task, TRUTH));
		events();
		assert_ok!(open(executor, task, TRUTH));
		let verdict = Verdict::Accepted { outcome: TRUTH, possession: None };
		let evidence_root = evidence(executor);
		assert_eq!(
			own_events(),
			vec![
				Event::Opened { task, cluster: executor, outcome: TRUTH, evidence_root },
				Event::Decided { task, verdict, fines: vec![] },
			]
		);
		assert_eq!(trial(task).deadline, now() + WINDOW);
		for cluster in [executor, verifier] {
			assert_eq!(EdgeConnect::cluster(cluster).unwrap().assignments, vec![]);
		}
	});
}

#[test]
fn a_wrong_opening_is_refused_and_the_right_one_still_accepted() {
	TestNet::new().operators(3).run(|| {
		let (task, executor) = verifying(request(), TRUTH);
		assert_ok!(answer(verifier(task), task, LIE));
		let right = opening(executor, TRUTH);
		let wrong = [
			Opening { outcome: LIE, ..right },
			Opening { outcome: TRAP, ..right },
			Opening { salt: Salt([0; 32]), ..right },
			Opening { evidence_root: EvidenceRoot([0; 32]), ..right },
		];
		for opening in wrong {
			assert_noop!(
				acted(Verification::open(signed_for(executor), task, executor, opening)),
				Error::<Test>::SealMismatch
			);
		}
		assert_ok!(open(executor, task, TRUTH));
	});
}

#[test]
fn only_the_owner_of_a_bound_cluster_opens() {
	TestNet::new().operators(3).run(|| {
		let (task, executor) = verifying(request(), TRUTH);
		let verifier = verifier(task);
		let third = ClusterId(3 - executor.0 - verifier.0);
		assert_noop!(open(executor, task, TRUTH), Error::<Test>::WrongStage);
		assert_noop!(open(third, task, TRUTH), Error::<Test>::NotDrawn);
		assert_ok!(answer(verifier, task, TRUTH));
		let open = |signer, task, cluster| {
			let opening = opening(executor, TRUTH);
			acted(Verification::open(RuntimeOrigin::signed(signer), task, cluster, opening))
		};
		assert_noop!(open(owner(executor), TaskId(9), executor), Error::<Test>::NoTask);
		assert_noop!(open(STRANGER, task, executor), Error::<Test>::NotOwner);
		assert_noop!(open(owner(verifier), task, executor), Error::<Test>::NotOwner);
		assert_noop!(open(owner(verifier), task, verifier), Error::<Test>::AlreadyActed);
		assert_noop!(open(owner(third), task, third), Error::<Test>::NotDrawn);
	});
}

#[test]
fn nobody_opens_twice_or_too_late() {
	TestNet::new().operators(3).run(|| {
		let (task, executor) = verifying(request_of_three(), TRUTH);
		let [first, second] = drawn(task, Role::Verifier).try_into().unwrap();
		assert_ok!(commit(first, task, TRUTH));
		assert_ok!(commit(second, task, LIE));
		assert_ok!(open(first, task, TRUTH));
		assert_noop!(open(first, task, TRUTH), Error::<Test>::AlreadyActed);
		run_to_block(trial(task).deadline);
		assert_ok!(open(second, task, LIE));
		run_full_blocks_to(now() + 1);
		assert_noop!(open(executor, task, TRUTH), Error::<Test>::TooLate);
		next_block();
		assert_eq!(stage(task), Stage::PanelDrawing);
	});
}

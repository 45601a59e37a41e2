// SPDX-License-Identifier: GPL-3.0-or-later

use super::*;
use pallet_edge_connect::types::OwnerHash;

#[test]
fn a_commitment_binds_the_executor_before_anybody_knows_who_will_check() {
	TestNet::new().operators(3).run(|| {
		let (task, executor) = executing(request());
		let commitment = sealed(executor, task, TRUTH);
		events();
		assert_ok!(Verification::commit(signed_for(executor), task, executor, commitment));
		assert_eq!(own_events(), vec![Event::Committed { task, cluster: executor, commitment }]);
		assert_eq!(stage(task), Stage::Drawing);
		assert_eq!(trial(task).executions[0].act, Act::Committed(commitment));
		assert_eq!(drawn(task, Role::Verifier), vec![]);
		next_block();
		assert_eq!(drawn(task, Role::Verifier).len(), 1);
	});
}

#[test]
fn a_verifier_is_not_drawn_without_fresh_randomness() {
	TestNet::new().operators(3).run(|| {
		let (task, executor) = executing(request());
		assert_ok!(commit(executor, task, TRUTH));
		BeaconFolds::set(false);
		run_to_block(now() + 5);
		assert_eq!(stage(task), Stage::Drawing);
		BeaconFolds::set(true);
		next_block();
		assert_eq!(stage(task), Stage::Verifying);
	});
}

#[test]
fn only_the_owner_of_a_drawn_cluster_commits() {
	TestNet::new().operators(3).run(|| {
		let (task, executor) = executing(request());
		let seal = sealed(executor, task, TRUTH);
		let commit = |signer, task, cluster| {
			acted(Verification::commit(RuntimeOrigin::signed(signer), task, cluster, seal))
		};
		assert_noop!(commit(owner(executor), TaskId(9), executor), Error::<Test>::NoTask);
		assert_noop!(commit(STRANGER, task, executor), Error::<Test>::NotOwner);
		assert_noop!(commit(STRANGER, task, NOWHERE), Error::<Test>::NotDrawn);
		for other in [ALPHA, BRAVO, CHARLIE].into_iter().filter(|one| *one != executor) {
			assert_noop!(commit(owner(other), task, executor), Error::<Test>::NotOwner);
			assert_noop!(commit(owner(other), task, other), Error::<Test>::NotDrawn);
		}
	});
}

#[test]
fn a_commitment_is_for_ever() {
	TestNet::new().operators(4).run(|| {
		let (task, executor) = executing(request_of_three());
		assert_ok!(commit(executor, task, TRUTH));
		assert_noop!(commit(executor, task, LIE), Error::<Test>::WrongStage);
		next_block();
		let verifiers = drawn(task, Role::Verifier);
		assert_ok!(commit(verifiers[0], task, TRUTH));
		assert_noop!(commit(verifiers[0], task, LIE), Error::<Test>::AlreadyActed);
		assert_noop!(commit(executor, task, LIE), Error::<Test>::WrongRole);
	});
}

#[test]
fn a_single_verifier_answers_instead() {
	TestNet::new().operators(3).run(|| {
		let (task, _) = verifying(request(), TRUTH);
		assert_noop!(commit(verifier(task), task, TRUTH), Error::<Test>::WrongStage);
	});
}

#[test]
fn a_commitment_after_the_deadline_is_too_late_whether_or_not_the_agenda_got_there() {
	TestNet::new().operators(3).run(|| {
		let (task, executor) = executing(request());
		run_full_blocks_to(trial(task).deadline);
		run_full_blocks_to(now() + 1);
		assert_eq!(stage(task), Stage::Executing);
		assert_noop!(commit(executor, task, TRUTH), Error::<Test>::TooLate);
		next_block();
		assert_eq!(stage(task), Stage::Queued);
	});
}

#[test]
fn a_copied_commitment_cannot_be_opened() {
	TestNet::new().operators(6).run(|| {
		let (task, executor) = verifying(request_of_three(), TRUTH);
		let [honest, copycat] = drawn(task, Role::Verifier).try_into().unwrap();
		assert_ok!(commit(honest, task, TRUTH));
		let copied = sealed(honest, task, TRUTH);
		assert_ok!(Verification::commit(signed_for(copycat), task, copycat, copied));
		assert_ok!(open(honest, task, TRUTH));
		// Now outcome, evidence and salt are public, and still of no use to anybody else.
		let stolen = opening(honest, TRUTH);
		let origin = signed_for(copycat);
		assert_noop!(
			acted(Verification::open(origin, task, copycat, stolen)),
			Error::<Test>::SealMismatch
		);
		assert_noop!(open(copycat, task, TRUTH), Error::<Test>::SealMismatch);
		assert_ok!(open(executor, task, TRUTH));

		run_to_block(trial(task).deadline + 1);
		next_block();
		panel_commits(task, TRUTH);
		assert_ok!(possess(executor, task, TRUTH));
		assert_ok!(possess(honest, task, TRUTH));
		panel_opens(task, TRUTH);
		assert_eq!(finalised(task).share_of(copycat), (Conduct::Silent, 0, PLACE_BOND));
	});
}

#[test]
fn a_commitment_to_the_panel_is_keyed_by_its_nonce() {
	TestNet::new().operators(5).run(|| {
		let (task, executor, verifier, members) = seated(request());
		assert_noop!(commit(executor, task, LIE), Error::<Test>::WrongRole);
		// Sealed like a verifier's, without possession, it opens nothing.
		assert_ok!(commit(members[0], task, TRUTH));
		assert_noop!(commit_on_panel(members[0], task, TRUTH), Error::<Test>::AlreadyActed);
		assert_ok!(commit_on_panel(members[1], task, TRUTH));
		assert_eq!(stage(task), Stage::PanelSealing);
		assert_ok!(commit_on_panel(members[2], task, TRUTH));
		assert_ok!(possess(executor, task, LIE));
		assert_ok!(possess(verifier, task, TRUTH));
		assert_eq!(stage(task), Stage::PanelOpening);
		assert_noop!(open_panel(members[0], task, TRUTH), Error::<Test>::SealMismatch);
	});
}

#[test]
fn the_owner_is_looked_up_at_the_first_act_and_kept_for_the_next_task() {
	TestNet::new().operators(3).run(|| {
		let (task, executor) = executing(request());
		let known = |task| Cases::<Test>::get(task).unwrap().owners.into_inner();
		let kept = || pallet_edge_connect::Duties::<Test>::get(executor).owner;
		assert_eq!((known(task), kept()), (vec![None], None));
		assert_ok!(commit(executor, task, TRUTH));
		let looked_up = Some(OwnerHash::of(&owner(executor)));
		assert_eq!((known(task), kept()), (vec![looked_up], None));
		next_block();
		assert_ok!(answer(verifier(task), task, TRUTH));
		assert_ok!(open(executor, task, TRUTH));
		assert_eq!(kept(), looked_up, "the verdict has changed the row anyway");
	});
}

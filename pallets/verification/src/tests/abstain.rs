// SPDX-License-Identifier: GPL-3.0-or-later

use super::*;

#[test]
fn giving_a_task_back_frees_the_slot_at_once_and_costs_nothing() {
	TestNet::new().operators(4).run(|| {
		let (task, first) = executing(request());
		events();
		assert_ok!(Verification::abstain(signed_for(first), task, first, Abstention::HostLimit));
		let reason = Abstention::HostLimit;
		assert_eq!(own_events(), vec![Event::Abstained { task, cluster: first, reason }]);
		assert_eq!(EdgeConnect::cluster(first).unwrap().assignments, vec![]);
		assert_eq!(stage(task), Stage::Queued);
		next_block();
		let second = executor(task);
		assert_ne!(second, first);

		assert_ok!(commit(second, task, TRUTH));
		next_block();
		assert_ok!(answer(verifier(task), task, TRUTH));
		assert_ok!(open(second, task, TRUTH));
		assert_eq!(finalised(task).share_of(first), (Conduct::Absent, 0, 0));
		assert_eq!(bond(first), SLOT_BOND);
	});
}

#[test]
fn when_everybody_gives_it_back_it_is_refunded() {
	TestNet::new().operators(4).run(|| {
		let before = free(REQUESTER);
		let task = submit(request());
		for _ in 0..3 {
			next_block();
			assert_ok!(abstain(executor(task), task));
		}
		assert_eq!(stage(task), Stage::Decided(Verdict::Unfulfilled));
		assert_eq!(finalised(task).paid, 0);
		assert_eq!(free(REQUESTER), before);
	});
}

#[test]
fn only_whoever_is_at_work_abstains() {
	TestNet::new().operators(4).run(|| {
		let task = submit(request_of_three());
		assert_noop!(abstain(ALPHA, task), Error::<Test>::NotDrawn);
		next_block();
		let executor = executor(task);
		let abstain_as = |signer, task, cluster| {
			let origin = RuntimeOrigin::signed(signer);
			acted(Verification::abstain(origin, task, cluster, Abstention::Unavailable))
		};
		assert_noop!(abstain_as(owner(executor), TaskId(9), executor), Error::<Test>::NoTask);
		assert_noop!(abstain_as(STRANGER, task, executor), Error::<Test>::NotOwner);
		assert_noop!(abstain_as(REQUESTER, task, executor), Error::<Test>::NotOwner);
		assert_ok!(commit(executor, task, TRUTH));
		assert_noop!(abstain(executor, task), Error::<Test>::WrongStage);
		next_block();
		assert_noop!(abstain(executor, task), Error::<Test>::WrongRole);
		let [first, second] = drawn(task, Role::Verifier).try_into().unwrap();
		assert_ok!(commit(first, task, TRUTH));
		assert_noop!(abstain(first, task), Error::<Test>::AlreadyActed);
		run_full_blocks_to(trial(task).deadline + 1);
		assert_noop!(abstain(second, task), Error::<Test>::TooLate);
	});
}

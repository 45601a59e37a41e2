// SPDX-License-Identifier: GPL-3.0-or-later
//! `cancel_task`.

use super::*;
use sp_runtime::DispatchError;

#[test]
fn a_cancelled_task_is_forgotten_and_its_draw_finds_nothing_to_do() {
	TestNet::new().cluster(ALICE).cluster(BOB).run(|| {
		let task = submit(request());
		forget_events();
		assert_ok!(cancel(REQUESTER, task));
		assert_eq!(EdgeConnect::counters().tasks, 0);
		run_draws();
		assert_eq!(events(), [Event::TaskCancelled { task }]);
	});
}

#[test]
fn a_cancelled_task_leaves_the_queue() {
	TestNet::new().cluster(ALICE).cluster(BOB).run(|| {
		let [first, second, third] = [park_one(), park_one(), park_one()];
		assert_ok!(cancel(REQUESTER, second));
		assert_eq!(waiting(), [first, third]);
		assert_eq!(EdgeConnect::counters().parked, 2);
		assert_eq!(events(), [Event::TaskCancelled { task: second }]);
	});
}

#[test]
fn a_task_is_cancelled_once_and_by_its_requester_only() {
	TestNet::new().cluster(ALICE).cluster(BOB).run(|| {
		let task = submit(request());
		assert_noop!(cancel(STRANGER, task), Error::<Test>::NotOwner);
		assert_noop!(cancel(REQUESTER, TaskId(9)), Error::<Test>::NoTask);
		assert_ok!(cancel(REQUESTER, task));
		assert_noop!(cancel(REQUESTER, task), Error::<Test>::NoTask);
	});
}

#[test]
fn what_the_judge_refuses_stays_open() {
	TestNet::new().cluster(ALICE).cluster(BOB).run(|| {
		let task = submit(request());
		run_draws();
		let refusal = DispatchError::Other("the test double refuses");
		assert_noop!(cancel(REQUESTER, task), refusal);
		assert_eq!(EdgeConnect::counters().tasks, 1);
	});
}

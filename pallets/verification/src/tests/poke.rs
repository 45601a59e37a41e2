// SPDX-License-Identifier: GPL-3.0-or-later

use super::*;

#[test]
fn anybody_takes_an_exit_that_the_agenda_has_not_reached() {
	TestNet::new().operators(4).run(|| {
		let (task, lost) = executing(request());
		run_full_blocks_to(trial(task).deadline);
		assert_noop!(poke(task), Error::<Test>::TooEarly);
		run_full_blocks_to(now() + 1);
		events();
		assert_ok!(poke(task));
		assert_eq!(own_events(), vec![Event::Lapsed { task, cluster: lost }]);
		assert_eq!(stage(task), Stage::Queued);
		assert_noop!(poke(task), Error::<Test>::TooEarly);
	});
}

#[test]
fn anybody_settles_a_task_whose_window_is_closed() {
	TestNet::new().operators(2).run(|| {
		let (task, executor) = verifying(request(), TRUTH);
		assert_ok!(answer(verifier(task), task, TRUTH));
		assert_ok!(open(executor, task, TRUTH));
		run_full_blocks_to(now() + WINDOW);
		assert_noop!(poke(task), Error::<Test>::TooEarly);
		run_full_blocks_to(now() + 1);
		assert_ok!(poke(task));
		assert!(!is_open(task));
		assert_eq!(accrued(executor), price(executor));
		assert_noop!(poke(task), Error::<Test>::NoTask);
		// The timer that was set for it finds nothing.
		next_block();
	});
}

#[test]
fn there_is_nothing_to_poke_in_a_task_that_never_was() {
	TestNet::new().run(|| {
		assert_noop!(poke(TaskId(0)), Error::<Test>::NoTask);
	});
}

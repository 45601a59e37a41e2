// SPDX-License-Identifier: GPL-3.0-or-later
//! Deadlines: none is lost, whatever the blocks have room for.

use super::*;
use frame_support::{traits::Hooks, weights::Weight};
use pallet_edge_connect::{hot::TIMERS_AT_HAND, Hot};

fn decided(tasks: &[TaskId]) -> usize {
	tasks
		.iter()
		.filter(|task| {
			Cases::<Test>::get(task)
				.is_none_or(|case| matches!(case.trial.stage, Stage::Decided(_)))
		})
		.count()
}

fn open_tasks_of(tasks: &[TaskId]) -> usize {
	tasks.iter().filter(|task| is_open(**task)).count()
}

/// Tasks that nobody can run take all timers at hand.
pub fn crowd() {
	let mut request = request();
	request.demand.resources.cpu_millicores = u32::MAX;
	request.policy.queue_blocks = LONGEST_DEADLINE;
	(0..TIMERS_AT_HAND).for_each(|_| {
		submit(request.clone());
	});
	next_block();
	assert!(Hot::<Test>::get().clock.timers.is_full());
}

#[test]
fn the_timers_of_a_few_tasks_need_no_rows_of_their_own() {
	TestNet::new().operators(3).run(|| {
		let timers = || Hot::<Test>::get().clock.timers.into_inner();
		let timer = |task| (Cases::<Test>::get(task).unwrap().timer, task);
		let (task, executor) = verifying(request(), TRUTH);
		let other = submit(request());
		assert_eq!(timers(), [timer(task), timer(other)]);
		assert_ok!(answer(verifier(task), task, TRUTH));
		assert_ok!(open(executor, task, TRUTH));
		assert_eq!(timers(), [timer(other), timer(task)], "moved to the end of the window");
		assert_ok!(EdgeConnect::cancel_task(RuntimeOrigin::signed(REQUESTER), other));
		assert_eq!(timers(), [timer(task)]);
		finalised(task);
		assert_eq!(timers(), []);
		// Whoever takes an exit before the agenda does moves the timer, too.
		let (late, _) = executing(request());
		run_full_blocks_to(trial(late).deadline + 5);
		assert_ok!(Verification::poke(RuntimeOrigin::signed(REQUESTER), late));
		assert_eq!(timers(), [timer(late)]);
		assert_eq!(Agenda::<Test>::iter().count(), 0);
	});
}

#[test]
fn any_number_of_deadlines_fits_into_one_block() {
	TestNet::new().run(|| {
		HookLimit::set(Weight::MAX);
		RestOfBlock::set(Weight::MAX);
		let tasks: Vec<TaskId> = (0..200).map(|_| submit(request())).collect();
		let due = trial(tasks[0]).deadline + 1;
		let bucket = Agenda::<Test>::get(due);
		assert_eq!(Hot::<Test>::get().clock.timers.len(), 32);
		assert_eq!((bucket.full_pages, bucket.page.len()), (2, 40));
		assert_eq!(AgendaPages::<Test>::iter().count(), 2);
		run_to_block(due - 1);
		assert_eq!(decided(&tasks), 0);
		next_block();
		assert_eq!(decided(&tasks), 200);
		assert_eq!(AgendaPages::<Test>::iter().count(), 2, "now for the windows");
		run_to_block(now() + WINDOW + 10);
		assert_eq!(open_tasks_of(&tasks), 0);
		assert_eq!((Agenda::<Test>::iter().count(), AgendaPages::<Test>::iter().count()), (0, 0));
	});
}

#[test]
fn what_a_block_has_no_room_for_is_carried_over() {
	TestNet::new().run(|| {
		HookLimit::set(least_limit());
		Verification::integrity_test();
		let tasks: Vec<TaskId> = (0..70).map(|_| submit(request())).collect();
		run_to_block(trial(tasks[0]).deadline);
		for served in 0..70 {
			assert_eq!(decided(&tasks), served);
			next_block();
		}
		assert_eq!(decided(&tasks), 70);
		// Their windows have closed meanwhile, and the first of them are settled one by one.
		run_to_block(now() + 120);
		assert_eq!(open_tasks_of(&tasks), 0);
	});
}

#[test]
#[should_panic = "the hook must be able to settle at least one task"]
fn a_limit_under_which_nothing_would_ever_be_served_is_found_out() {
	TestNet::new().run(|| {
		HookLimit::set(least_limit() - Weight::from_parts(1, 0));
		Verification::integrity_test();
	});
}

#[test]
fn full_blocks_only_delay() {
	TestNet::new().operators(4).run(|| {
		let (task, lost) = executing(request());
		run_full_blocks_to(now() + 300);
		assert_eq!(stage(task), Stage::Executing);
		assert_eq!(Hot::<Test>::get().clock.next, 4, "the first block that was not served");
		next_block();
		assert_eq!(trial(task).execution(lost).unwrap().act, Act::Lapsed);
		assert_eq!(Hot::<Test>::get().clock.next, now() + 1);
	});
}

#[test]
fn catching_up_on_empty_blocks_takes_no_more_than_the_limit() {
	TestNet::new().run(|| {
		run_full_blocks_to(400);
		HookLimit::set(least_limit());
		let task = submit(request());
		next_block();
		let cursor = Hot::<Test>::get().clock.next;
		assert!(cursor > 3 && cursor < now(), "some of the way: {cursor}");
		run_to_block(trial(task).deadline + 1);
		assert_eq!(Hot::<Test>::get().clock.next, now() + 1);
		assert_eq!(decided(&[task]), 1);
	});
}

#[test]
fn a_timer_moves_only_when_it_has_to_ring_earlier() {
	TestNet::new().operators(3).run(|| {
		let timer = |task| Cases::<Test>::get(task).unwrap().timer;
		let task = submit(request());
		assert_eq!(timer(task), now() + QUEUE_BLOCKS + 1);
		next_block();
		let executing = now() + EXECUTION_BLOCKS + 1;
		assert_eq!(timer(task), executing, "execution ends before the queue would have");
		assert_ok!(commit(executor(task), task, TRUTH));
		assert_eq!(timer(task), executing, "the queue for verifiers ends later");
		next_block();
		assert_eq!(timer(task), executing);
		run_to_block(executing);
		assert_eq!(stage(task), Stage::Verifying, "it rang in vain");
		assert_eq!(timer(task), trial(task).deadline + 1);
	});
}

#[test]
fn stale_timers_ring_for_nobody() {
	TestNet::new().operators(3).run(|| {
		crowd();
		let (task, executor) = verifying(request(), TRUTH);
		assert_ok!(answer(verifier(task), task, TRUTH));
		assert_ok!(open(executor, task, TRUTH));
		finalised(task);
		let left = Agenda::<Test>::iter().count();
		assert!(left > 0, "the timers of queue and execution are still set");
		let last = Agenda::<Test>::iter_keys().max().unwrap();
		events();
		run_to_block(last);
		assert_eq!(own_events(), vec![]);
		assert_eq!(Agenda::<Test>::iter().count(), 0);
	});
}

#[test]
fn two_timers_of_a_task_in_one_block_ring_once() {
	TestNet::new().operators(2).run(|| {
		crowd();
		let policy = Policy { queue_blocks: 20, execution_blocks: 12, ..request().policy };
		let submitted = now();
		let (task, _) = verifying(TaskRequest { policy, ..request() }, TRUTH);
		// The timer of the queue was replaced by an earlier one. Now its block is due again.
		let stale = submitted + 20 + 1;
		run_to_block(stale - OPENING_BLOCKS - 1);
		assert_ok!(answer(verifier(task), task, TRUTH));
		run_to_block(stale - 1);
		assert_eq!(Agenda::<Test>::get(stale).page, vec![task, task]);
		events();
		next_block();
		assert_eq!(own_events(), vec![Event::Disputed { task }]);
		assert_eq!(stage(task), Stage::PanelDrawing);
	});
}

#[test]
fn every_stage_ends_by_time_alone() {
	type Given = fn() -> (TaskId, Stage);
	let stages: [Given; 10] = [
		|| (submit(request()), Stage::Queued),
		|| (executing(request()).0, Stage::Executing),
		|| {
			let (task, executor) = executing(request());
			assert_ok!(commit(executor, task, TRUTH));
			(task, Stage::Drawing)
		},
		|| (verifying(request(), TRUTH).0, Stage::Verifying),
		|| {
			let (task, _) = verifying(request(), TRUTH);
			assert_ok!(answer(verifier(task), task, TRUTH));
			(task, Stage::Opening)
		},
		|| (disputed(request(), LIE, TRUTH).0, Stage::PanelDrawing),
		|| (seated(request()).0, Stage::PanelSealing),
		|| {
			let task = seated(request()).0;
			panel_commits(task, TRUTH);
			(task, Stage::PanelShowing)
		},
		|| {
			let (task, executor, verifier, _) = seated(request());
			panel_commits(task, TRUTH);
			assert_ok!(possess(executor, task, LIE));
			assert_ok!(possess(verifier, task, TRUTH));
			(task, Stage::PanelOpening)
		},
		|| {
			let (task, executor) = verifying(request(), TRUTH);
			assert_ok!(answer(verifier(task), task, TRUTH));
			assert_ok!(open(executor, task, TRUTH));
			let outcome = TRUTH;
			(task, Stage::Decided(Verdict::Accepted { outcome, possession: None }))
		},
	];
	for (number, given) in stages.into_iter().enumerate() {
		for operators in [2, 3, 5, 8] {
			TestNet::new().operators(operators).run(|| {
				// Two operators cannot fill a panel.
				if operators == 2 && (6..9).contains(&number) {
					return;
				}
				let (task, expected) = given();
				assert_eq!(stage(task), expected);
				let mut since = (stage(task), now());
				while is_open(task) {
					let found = (stage(task), trial(task).attempt);
					assert!(now() <= since.1 + QUEUE_BLOCKS.max(EXECUTION_BLOCKS) + 1, "{found:?}");
					if found.0 != since.0 {
						since = (found.0, now());
					}
					next_block();
				}
				for number in 0..operators {
					let row = EdgeConnect::cluster(ClusterId(number)).unwrap();
					assert_eq!(row.assignments, vec![], "every slot is free again");
				}
			});
		}
	}
}

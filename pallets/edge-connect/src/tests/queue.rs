// SPDX-License-Identifier: GPL-3.0-or-later
//! Tasks that nobody could take: they wait in order, and are woken by capacity and by nothing else.

use super::*;
use crate::{
	queue::WAKES_PER_BLOCK,
	types::{Lane, Wake, MAX_DRAWS_PER_BLOCK, MAX_PARKED, MAX_WAKES},
	weights::WeightInfo,
	Pallet, Scheduler, Wakes, Wanted,
};
use assay_primitives::{
	spec::{Demand, WASM_ENGINE},
	task::TaskRequest,
	BoundedVec,
};

/// ALICE and BOB, neither of whom has what [`park_one`] asks for.
fn two() -> TestNet {
	TestNet::new().cluster(ALICE).cluster(BOB)
}

/// Waits for the wake and the draw that capacity in this block leads to.
fn run_wake() {
	next_block();
	run_draws();
}

fn drawn_once(task: TaskId, cluster: u32, positions: u32) -> Event<Test> {
	executor_drawn(task, cluster, positions, seats(task)[0].record.tries)
}

#[test]
fn a_task_that_nobody_fits_is_parked_and_stays_parked() {
	two().run(|| {
		let task = park_one();
		run_to(now() + 20);
		assert_eq!(waiting(), [task]);
		assert_eq!(events(), [], "nothing happens to it while nothing appears");
		assert!(<EdgeConnect as Scheduler<u64>>::is_parked(task, WASM_ENGINE));
	});
}

#[test]
fn a_registration_wakes_the_queue_of_its_engines() {
	two().run(|| {
		let task = park_one();
		let spec = with_gpu(spec(2));
		assert_ok!(register(CAROL, spec.clone()));
		run_wake();
		let expected = [registered(2, CAROL, 2, spec), woken(task), drawn_once(task, 2, 1)];
		assert_eq!(events(), expected);
		assert_eq!(waiting(), []);
	});
}

#[test]
fn a_registration_with_other_engines_wakes_nobody() {
	two().run(|| {
		let task = park_one();
		let mut spec = with_gpu(spec(2));
		spec.engines = vec![other_engine(9)].try_into().unwrap();
		assert_ok!(register(CAROL, spec.clone()));
		run_wake();
		assert_eq!(events(), [registered(2, CAROL, 2, spec)]);
		assert_eq!(waiting(), [task]);
	});
}

#[test]
fn an_update_wakes_the_queue() {
	two().run(|| {
		let task = park_one();
		assert_ok!(update(ALICE, 0, with_gpu(spec(0))));
		run_wake();
		assert_eq!(drawn(task), [0]);
	});
}

#[test]
fn a_resumption_wakes_the_queue() {
	two().cluster_with(CAROL, |spec| spec.resources.gpu_count = 1).run(|| {
		assert_ok!(drain(CAROL, 2));
		let task = park_one();
		assert_ok!(resume(CAROL, 2));
		run_wake();
		assert_eq!(drawn(task), [2]);
	});
}

#[test]
fn a_freed_slot_wakes_the_queue() {
	two().run(|| {
		let running = [submit(request()), submit(request())];
		let waits = submit(request());
		run_draws();
		assert_eq!(waiting(), [waits]);
		finish(running[0]);
		run_wake();
		assert_eq!(drawn(waits).len(), 1);
	});
}

#[test]
fn a_slot_freed_on_a_draining_or_underbonded_cluster_wakes_nobody() {
	two().run(|| {
		let running = [submit(request()), submit(request())];
		let waits = submit(request());
		run_draws();
		assert_ok!(drain(ALICE, 0));
		slash(1, 1);
		forget_events();
		running.into_iter().for_each(finish);
		run_wake();
		assert_eq!(events(), []);
		assert_eq!(waiting(), [waits]);
	});
}

#[test]
fn a_top_up_that_makes_nobody_drawable_wakes_nobody() {
	two().run(|| {
		let task = park_one();
		assert_ok!(top_up(ALICE, 0, 0));
		assert_ok!(top_up(ALICE, 0, 1));
		slash(0, 10);
		assert_ok!(top_up(ALICE, 0, 1));
		assert!(Wakes::<Test>::get().is_empty());
		assert_eq!(waiting(), [task]);
	});
}

#[test]
fn the_end_of_a_suspension_wakes_the_queue() {
	TestNet::new().cluster(ALICE).cluster_with(BOB, |spec| spec.price = 2 * PRICE).run(|| {
		settle(0, Standing::Worst);
		let (_, _, until) = standing(0);
		let task = submit(request());
		run_draws();
		assert_eq!(waiting(), [task]);
		forget_events();
		run_to(until - 1);
		assert_eq!(events(), [], "not before");
		run_wake();
		assert_eq!(events(), [woken(task), drawn_once(task, 0, 2)]);
	});
}

#[test]
fn a_cluster_that_came_while_the_draw_was_pending_gets_the_next_one() {
	two().run(|| {
		let task = submit(request_for_gpu());
		assert_ok!(register(CAROL, with_gpu(spec(2))));
		forget_events();
		run_draws();
		assert_eq!(events(), [parked(task)], "made after the event, so not drawn for it");
		run_wake();
		assert_eq!(events(), [woken(task), drawn_once(task, 2, 1)]);
	});
}

#[test]
fn a_verifier_draw_does_not_wait_for_clusters_that_can_never_check() {
	two().run(|| {
		let task = submit(request_for_gpu());
		let submitted_at = now();
		next_block();
		assert_ok!(register(CAROL, with_gpu(spec(2))));
		let verifier = Wanted { role: Role::Verifier, older_than: submitted_at, ..an_executor() };
		want(task, verifier);
		run_draws();
		assert_eq!(waiting(), [task]);
		assert!(Wakes::<Test>::get().is_empty());
	});
}

#[test]
fn tasks_are_woken_in_the_order_in_which_they_came() {
	two().run(|| {
		let tasks = [park_one(), park_one(), park_one()];
		assert_eq!(waiting(), tasks);
		assert_ok!(register(CAROL, with_gpu(spec(2))));
		forget_events();
		run_wake();
		let [first, second, third] = tasks;
		assert_eq!(events(), [woken(first), woken(second), woken(third), drawn_once(first, 2, 1),]);
		assert_eq!(waiting(), [second, third]);
	});
}

#[test]
fn a_long_queue_is_woken_over_several_blocks() {
	two().run(|| {
		let first: Vec<TaskId> =
			(0..2 * WAKES_PER_BLOCK).map(|_| submit(request_for_gpu())).collect();
		run_draws();
		let last = park_one();
		let per_block = WAKES_PER_BLOCK as usize;
		assert_ok!(register(CAROL, spec(2)));
		for batch in first.chunks(per_block) {
			forget_events();
			next_block();
			let happened = events();
			assert!(batch.iter().all(|task| happened.contains(&woken(*task))));
			assert!(!happened.contains(&woken(last)));
		}
		next_block();
		assert!(events().contains(&woken(last)));
		run_to(now() + 10);
		assert_eq!(waiting().len(), first.len() + 1, "each had its draw, and still waits");
		assert!(Wakes::<Test>::get().is_empty(), "woken once for one capacity");
	});
}

#[test]
fn a_full_queue_drops_the_task_and_its_deadline_refunds_it() {
	two().run(|| {
		for _ in 0..MAX_PARKED / MAX_DRAWS_PER_BLOCK {
			(0..MAX_DRAWS_PER_BLOCK).for_each(|_| {
				submit(request_for_gpu());
			});
			run_draws();
		}
		assert_eq!(waiting().len(), MAX_PARKED as usize);
		forget_events();
		let dropped = submit(request_for_gpu());
		forget_events();
		run_draws();
		assert_eq!(events(), []);
		assert!(!<EdgeConnect as Scheduler<u64>>::is_parked(dropped, WASM_ENGINE));
		close(dropped);
	});
}

#[test]
fn draws_beyond_a_block_s_places_are_asked_for_again_in_the_next() {
	two().run(|| {
		(0..MAX_DRAWS_PER_BLOCK).for_each(|_| {
			close(submit(request()));
		});
		forget_events();
		let task = submit(request());
		assert_eq!(events().pop(), Some(parked(task)));
		next_block();
		assert_eq!(events(), [woken(task)]);
		run_draws();
		assert_eq!(drawn(task).len(), 1);
	});
}

#[test]
fn a_closed_task_leaves_the_queue() {
	two().run(|| {
		let [first, second] = [park_one(), park_one()];
		close(first);
		assert_eq!(waiting(), [second]);
		assert_eq!(EdgeConnect::counters().parked, 1);
		assert_eq!(events(), []);
	});
}

#[test]
fn a_task_that_went_on_by_itself_is_skipped() {
	two().run(|| {
		let [stale, waits] = [park_one(), park_one()];
		want_nothing(stale);
		assert_ok!(register(CAROL, with_gpu(spec(2))));
		forget_events();
		run_wake();
		assert_eq!(events(), [woken(waits), drawn_once(waits, 2, 1)]);
		assert_eq!(waiting(), []);
	});
}

#[test]
fn waking_leaves_room_for_draws() {
	let one = <() as WeightInfo>::serve_nothing() + Pallet::<Test>::heaviest_draw(Lane::Executing);
	two().hook_limit(one).run(|| {
		let waits = park_one();
		let fresh = submit(request());
		next_block();
		assert_ok!(register(CAROL, with_gpu(spec(2))));
		forget_events();
		next_block();
		assert_eq!(drawn(fresh).len(), 1, "the draw that was due came first");
		while drawn(waits).is_empty() {
			next_block();
		}
		assert_eq!(drawn(waits), [2]);
	});
}

#[test]
fn a_panel_does_not_stand_in_line_behind_a_flood_of_submissions() {
	let one = <() as WeightInfo>::serve_nothing() + Pallet::<Test>::heaviest_draw(Lane::Checking);
	TestNet::new().crowd(8, 1).hook_limit(one).run(|| {
		let disputed = submit(request());
		while drawn(disputed).is_empty() {
			next_block();
		}
		let flood: Vec<TaskId> = (0..200).map(|_| submit(request_for_gpu())).collect();
		want(disputed, Wanted { role: Role::Panel, count: 3, ..an_executor() });
		<EdgeConnect as Scheduler<u64>>::request_draw(disputed);
		run_draws();
		assert_eq!(drawn(disputed).len(), 4, "the panel came first");
		assert!(waiting().len() < flood.len());
	});
}

#[test]
fn whoever_checks_is_woken_first_and_has_a_queue_of_its_own() {
	two().run(|| {
		let [first, checked] = [park_one(), submit(request_for_gpu())];
		want(checked, Wanted { role: Role::Verifier, ..an_executor() });
		<EdgeConnect as Scheduler<u64>>::request_draw(checked);
		run_draws();
		assert_eq!(waiting(), [checked, first]);
		assert_ok!(register(CAROL, with_gpu(spec(2))));
		forget_events();
		run_wake();
		assert_eq!((drawn(checked), drawn(first)), (vec![2], vec![2]), "each has its own place");
		let order = events().into_iter().filter_map(|event| match event {
			Event::TaskWoken { task, .. } => Some(task),
			_ => None,
		});
		assert_eq!(order.collect::<Vec<_>>(), [checked, first]);
	});
}

#[test]
fn wakes_that_are_booked_far_ahead_do_not_keep_others_from_being_woken() {
	two().run(|| {
		let task = park_one();
		let far = |id| Wake { from: now() + 1_000, ..Wake::everybody(other_engine(100 + id), 0) };
		let full: Vec<Wake> = (0..MAX_WAKES as u16).map(far).collect();
		Wakes::<Test>::put(BoundedVec::truncate_from(full));
		assert_ok!(register(CAROL, with_gpu(spec(2))));
		run_wake();
		assert_eq!(drawn(task), [2]);
		assert_eq!(Wakes::<Test>::get().len(), MAX_WAKES as usize - 1);
	});
}

#[test]
fn a_check_finds_a_place_where_executors_fill_their_queue() {
	two().run(|| {
		for _ in 0..MAX_PARKED / MAX_DRAWS_PER_BLOCK {
			(0..MAX_DRAWS_PER_BLOCK).for_each(|_| {
				submit(request_for_gpu());
			});
			run_draws();
		}
		let checked = submit(request_for_gpu());
		want(checked, Wanted { role: Role::Verifier, ..an_executor() });
		<EdgeConnect as Scheduler<u64>>::request_draw(checked);
		run_draws();
		assert_eq!(waiting().len(), MAX_PARKED as usize + 1);
		assert!(<EdgeConnect as Scheduler<u64>>::is_parked(checked, WASM_ENGINE));
	});
}

#[test]
fn checks_that_nobody_can_make_do_not_keep_executors_from_being_woken() {
	two().run(|| {
		for _ in 0..2 * WAKES_PER_BLOCK {
			let task = submit(request_for_gpu());
			want(task, Wanted { role: Role::Verifier, ..an_executor() });
			<EdgeConnect as Scheduler<u64>>::request_draw(task);
		}
		run_draws();
		let waits = submit(TaskRequest {
			demand: Demand { max_price: 2 * PRICE, ..request_for_gpu().demand },
			..request()
		});
		run_draws();
		// Dear enough for one, and fit for it: but the checks ask for something cheaper.
		let mut dear = with_gpu(spec(2));
		dear.price = 2 * PRICE;
		assert_ok!(register(CAROL, dear));
		run_wake();
		assert_eq!(drawn(waits), [2]);
	});
}

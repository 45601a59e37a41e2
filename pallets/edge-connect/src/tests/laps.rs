// SPDX-License-Identifier: GPL-3.0-or-later
//! Large networks: what a sample misses a lap finds, and whoever becomes free later is found at once.

use super::*;
use crate::{
	types::{Lane, MAX_LAPS, MAX_RECENT},
	Laps, Pallet, Scheduler, Wanted, RETRIES, SMALL,
};
use assay_primitives::{spec::Region, task::TaskRequest};

const LARGE: u64 = 200;

/// Nobody of the crowd is there.
fn in_france() -> TaskRequest {
	request_demanding(|demand| demand.regions.force_push(Region(*b"FR")))
}

fn crowd() -> TestNet {
	assert!(LARGE > u64::from(SMALL));
	TestNet::new().crowd(LARGE, 2)
}

fn in_paris(spec: &mut Spec) {
	spec.region = Region(*b"FR");
}

/// Runs all samples that a draw takes.
fn run_samples() {
	(0..=RETRIES).for_each(|_| run_draws());
}

#[test]
fn samples_in_several_blocks_come_before_the_lap() {
	crowd().cluster_with(ALICE, in_paris).run(|| {
		let task = submit(in_france());
		let needle = LARGE as u32;
		forget_events();
		let mut blocks = 0;
		while drawn(task).is_empty() && Laps::<Test>::get(Lane::Executing).is_empty() {
			next_block();
			blocks += 1;
		}
		let by_chance = blocks < u32::from(RETRIES + 1) * DrawDelay::get();
		assert_eq!(drawn(task).is_empty(), !by_chance, "a lap begins after all samples");
		next_block();
		assert_eq!(drawn(task), [needle]);
	});
}

#[test]
fn a_needle_in_a_large_network_is_always_found() {
	crowd().cluster_with(ALICE, in_paris).run(|| {
		for _ in 0..30 {
			let task = submit(in_france());
			run_samples();
			next_block();
			assert_eq!(drawn(task), [LARGE as u32]);
			assert_eq!(waiting(), []);
			finish(task);
		}
		assert_eq!(Laps::<Test>::get(Lane::Executing).len(), 0);
	});
}

#[test]
fn a_task_that_nobody_fits_is_parked_after_one_lap() {
	crowd().run(|| {
		let task = submit(in_france());
		forget_events();
		(0..RETRIES).for_each(|_| run_draws());
		assert_eq!(events(), [], "not found, not given up");
		run_draws();
		assert_eq!(events(), [parked(task)], "it waits for its lap");
		assert_eq!(Laps::<Test>::get(Lane::Executing).len(), 1);
		next_block();
		assert_eq!(Laps::<Test>::get(Lane::Executing).len(), 0);
		run_to(now() + 50);
		assert_eq!(events(), [], "and goes round no more");
	});
}

#[test]
fn whoever_becomes_free_is_found_among_many_at_once() {
	crowd().cluster_with(ALICE, in_paris).run(|| {
		let first = submit(in_france());
		run_samples();
		next_block();
		assert_eq!(drawn(first), [LARGE as u32]);
		let waits = submit(in_france());
		run_samples();
		next_block();
		assert_eq!(waiting(), [waits]);
		forget_events();
		finish(first);
		next_block();
		run_draws();
		assert_eq!(drawn(waits), [LARGE as u32]);
		let tries = seats(waits)[0].record.tries;
		let positions = 2 * LARGE as u32 + 1;
		assert_eq!(events(), [woken(waits), executor_drawn(waits, LARGE as u32, positions, tries)]);
	});
}

#[test]
fn whoever_registers_is_found_among_many_at_once() {
	crowd().run(|| {
		let task = submit(in_france());
		run_samples();
		next_block();
		assert_eq!(waiting(), [task]);
		let mut new = spec(LARGE as u32);
		in_paris(&mut new);
		assert_ok!(register(ALICE, new));
		next_block();
		run_draws();
		assert_eq!(drawn(task), [LARGE as u32]);
	});
}

#[test]
fn when_more_became_free_than_a_queue_remembers_the_task_goes_round() {
	crowd().run(|| {
		let task = submit(in_france());
		run_samples();
		next_block();
		let needle = LARGE as u32;
		let mut new = spec(needle);
		in_paris(&mut new);
		assert_ok!(register(ALICE, new));
		for n in 1..=MAX_RECENT {
			assert_ok!(register(CROWD + LARGE, spec(needle + n)));
		}
		next_block();
		run_draws();
		next_block();
		assert_eq!(drawn(task), [needle]);
	});
}

#[test]
fn the_end_of_a_suspension_is_waited_for_in_a_large_network() {
	crowd().cluster_with(ALICE, in_paris).run(|| {
		settle(LARGE as u32, Standing::Worst);
		Suspension::set(1);
		let (_, _, until) = standing(LARGE as u32);
		let task = submit(in_france());
		run_samples();
		next_block();
		assert_eq!(waiting(), [task]);
		run_to(until);
		run_samples();
		(0..3).for_each(|_| next_block());
		assert_eq!(drawn(task), [LARGE as u32]);
	});
}

#[test]
fn a_panel_goes_round_as_well() {
	let net = [ALICE, BOB, CAROL, DAVE]
		.into_iter()
		.fold(crowd(), |net, who| net.cluster_with(who, in_paris));
	net.run(|| {
		let task = submit(in_france());
		want(task, Wanted { role: Role::Panel, count: 3, ..an_executor() });
		run_samples();
		next_block();
		let members = drawn(task);
		assert_eq!(members.len(), 3);
		assert!(members.iter().all(|cluster| *cluster >= LARGE as u32));
	});
}

#[test]
fn somebody_who_was_taken_during_the_lap_is_not_taken_twice() {
	crowd().cluster_with(ALICE, in_paris).run(|| {
		let tasks = [submit(in_france()), submit(in_france())];
		run_samples();
		(0..4).for_each(|_| next_block());
		let taken: Vec<u32> = tasks.iter().flat_map(|task| drawn(*task)).collect();
		assert_eq!(taken, [LARGE as u32]);
		assert_eq!(waiting().len(), 1);
	});
}

#[test]
fn a_lap_for_a_task_that_went_on_is_dropped() {
	crowd().run(|| {
		let [gone, late] = [submit(in_france()), submit(in_france())];
		run_samples();
		let laps = || Laps::<Test>::get(Lane::Executing).len();
		assert_eq!((laps(), waiting().len()), (2, 2));
		close(gone);
		assert_eq!((laps(), waiting()), (1, vec![late]), "a closed task leaves at once");
		want_nothing(late);
		forget_events();
		next_block();
		assert_eq!((laps(), waiting().len()), (0, 0));
		assert_eq!(events(), []);
	});
}

#[test]
fn whoever_becomes_free_behind_the_back_of_a_lap_is_found_at_its_end() {
	crowd().cluster_with(ALICE, in_paris).run(|| {
		let needle = LARGE as u32;
		let first = submit(in_france());
		run_samples();
		next_block();
		assert_eq!(drawn(first), [needle]);
		let waits = submit(in_france());
		run_samples();
		assert_eq!(Laps::<Test>::get(Lane::Executing).len(), 1);
		// As if the needle's row had been passed: it is free now, and only the queue knows.
		finish(first);
		let none = crate::search::Progress::default();
		let mut lap = Laps::<Test>::get(Lane::Executing)[0].clone();
		assert_eq!(lap.progress, none);
		crate::Duties::<Test>::mutate(ClusterId(needle), |duty| duty.lacking = 1);
		let acc = acc();
		assert!(EdgeConnect::step_lap(&mut lap, &acc).1);
		EdgeConnect::end_lap(waits, Lane::Executing);
		crate::Duties::<Test>::remove(ClusterId(needle));
		next_block();
		run_draws();
		assert_eq!(drawn(waits), [needle]);
	});
}

#[test]
fn those_who_were_too_few_are_found_again_with_one_more() {
	crowd().cluster_with(ALICE, in_paris).run(|| {
		let needle = LARGE as u32;
		let task = submit(in_france());
		want(task, Wanted { role: Role::Verifier, count: 2, ..an_executor() });
		run_samples();
		next_block();
		assert_eq!((drawn(task), waiting()), (vec![], vec![task]), "one is too few");
		run_to(now() + 20);
		assert_eq!(drawn(task), [0; 0]);
		let mut second = spec(needle + 1);
		in_paris(&mut second);
		assert_ok!(register(BOB, second));
		next_block();
		run_draws();
		let mut found = drawn(task);
		found.sort_unstable();
		assert_eq!(found, [needle, needle + 1]);
	});
}

#[test]
fn laps_of_executors_take_no_place_of_a_check() {
	crowd().run(|| {
		(0..2 * MAX_LAPS).for_each(|_| {
			submit(in_france());
		});
		run_samples();
		assert_eq!(Laps::<Test>::get(Lane::Executing).len(), MAX_LAPS as usize);
		let check = submit(in_france());
		want(check, Wanted { role: Role::Verifier, ..an_executor() });
		run_samples();
		next_block();
		let mut queue = crate::Parked::<Test>::get(assay_primitives::spec::WASM_ENGINE);
		let waiter = queue.find_mut(check).copied().unwrap();
		assert!(waiter.seen.is_some() && !waiter.drawing, "it has been round: {waiter:?}");
	});
}

#[test]
fn a_task_whose_time_is_over_leaves_the_queue_although_its_draw_was_on_its_way() {
	crowd().run(|| {
		let task = submit(in_france());
		run_samples();
		next_block();
		let mut new = spec(LARGE as u32);
		in_paris(&mut new);
		assert_ok!(register(ALICE, new));
		next_block();
		want_nothing(task);
		run_draws();
		assert_eq!(waiting(), []);
	});
}

#[test]
fn a_lap_stops_where_the_block_is_full_and_goes_on_in_the_next() {
	// The hook's own reads leave less than that.
	let less_than_a_step = Pallet::<Test>::heaviest_step(Lane::Executing);
	crowd().cluster_with(ALICE, in_paris).run(|| {
		let task = submit(in_france());
		run_samples();
		if drawn(task).is_empty() {
			HookLimit::set(less_than_a_step);
			(0..5).for_each(|_| next_block());
			assert_eq!(drawn(task), [0; 0]);
			HookLimit::set(frame_support::weights::Weight::MAX);
			next_block();
		}
		assert_eq!(drawn(task), [LARGE as u32]);
	});
}

#[test]
fn more_laps_than_places_wait_and_go_round_later() {
	crowd()
		.cluster_with(ALICE, |spec| {
			in_paris(spec);
			spec.slots = 16;
		})
		.cluster_with(BOB, |spec| {
			in_paris(spec);
			spec.slots = 16;
		})
		.cluster_with(CAROL, |spec| {
			in_paris(spec);
			spec.slots = 16;
		})
		.run(|| {
			let tasks: Vec<TaskId> = (0..MAX_LAPS + 4).map(|_| submit(in_france())).collect();
			let busy = |task: &&TaskId| drawn(**task).is_empty();
			let deadline = now() + 400;
			while tasks.iter().any(|task| busy(&task)) && now() < deadline {
				next_block();
			}
			assert_eq!(tasks.iter().filter(busy).count(), 0);
		});
}

#[test]
fn checks_have_laps_of_their_own() {
	crowd().cluster_with(ALICE, in_paris).cluster_with(BOB, in_paris).run(|| {
		let executing: Vec<TaskId> = (0..8).map(|_| submit(in_france())).collect();
		let check = submit(in_france());
		want(check, Wanted { role: Role::Verifier, ..an_executor() });
		<EdgeConnect as Scheduler<u64>>::request_draw(check);
		run_samples();
		next_block();
		assert_eq!(drawn(check).len(), 1, "behind none of {executing:?}");
	});
}

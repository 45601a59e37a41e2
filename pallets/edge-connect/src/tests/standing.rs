// SPDX-License-Identifier: GPL-3.0-or-later
//! Standing: it belongs to the operator, and nothing that the operator does washes it.

use super::*;

fn suspended(operator: u32, until: BlockNumber) -> Event<Test> {
	Event::OperatorSuspended { operator: OperatorId(operator), until }
}

fn one() -> TestNet {
	TestNet::new().cluster(ALICE)
}

/// Commits faults until the operator of `cluster` is suspended.
fn suspend(cluster: u32) {
	(0..=LAPSES_ALLOWED).for_each(|_| lapse(cluster));
}

#[test]
fn one_lapse_too_many_suspends() {
	one().run(|| {
		(0..LAPSES_ALLOWED).for_each(|_| lapse(0));
		assert_eq!(standing(0), (LAPSES_ALLOWED, 0, 0));
		assert_eq!(events(), []);
		lapse(0);
		let until = now() + SUSPENSION;
		assert_eq!(standing(0), (0, 1, until));
		assert_eq!(events(), [suspended(0, until)]);
	});
}

#[test]
fn lapses_of_all_clusters_count_together() {
	one().cluster(ALICE).cluster(ALICE).run(|| {
		lapse(0);
		lapse(1);
		lapse(2);
		assert_eq!(events(), [suspended(0, now() + SUSPENSION)]);
	});
}

#[test]
fn agreement_clears_the_lapses_before_it() {
	one().run(|| {
		(0..LAPSES_ALLOWED).for_each(|_| lapse(0));
		settle(0, Standing::Better);
		assert_eq!(standing(0), (0, 0, 0));
		settle(0, Standing::Same);
		assert_eq!(standing(0), (0, 0, 0), "that is no fault");
	});
}

#[test]
fn being_outvoted_counts_as_a_fault() {
	one().run(|| {
		(0..LAPSES_ALLOWED).for_each(|_| settle(0, Standing::Worse));
		assert_eq!(events(), []);
		settle(0, Standing::Worse);
		assert_eq!(events(), [suspended(0, now() + SUSPENSION)]);
	});
}

#[test]
fn silence_after_a_commitment_suspends_at_once() {
	one().run(|| {
		settle(0, Standing::Worst);
		assert_eq!(events(), [suspended(0, now() + SUSPENSION)]);
	});
}

#[test]
fn each_further_suspension_is_twice_as_long() {
	one().run(|| {
		let mut expected = Vec::new();
		for doubled in [1, 2, 4, 8] {
			suspend(0);
			let until = now() + doubled * SUSPENSION;
			expected.push(suspended(0, until));
			run_to(until);
		}
		assert_eq!(events(), expected);
		(0..20).for_each(|_| suspend(0));
		assert_eq!(standing(0).2, now() + 256 * SUSPENSION, "up to a bound");
	});
}

#[test]
fn a_suspension_is_never_shortened() {
	one().run(|| {
		suspend(0);
		suspend(0);
		let until = standing(0).2;
		assert_eq!(until, now() + 2 * SUSPENSION);
		Suspension::set(1);
		suspend(0);
		assert_eq!(standing(0).2, until);
	});
}

#[test]
fn a_suspended_operator_cannot_lift_its_own_suspension() {
	one().cluster(BOB).run(|| {
		Suspension::set(10_000);
		suspend(0);
		let banned = standing(0);
		assert_ok!(update(ALICE, 0, spec_with_slots(0, 2)));
		assert_ok!(top_up(ALICE, 0, 1));
		assert_ok!(drain(ALICE, 0));
		assert_ok!(resume(ALICE, 0));
		assert_ok!(register(ALICE, spec(2)));
		settle(0, Standing::Better);
		assert_eq!(standing(0), banned);
		assert_eq!(standing(2), banned);
	});
}

#[test]
fn registering_again_washes_nothing() {
	one().cluster(BOB).cluster(CAROL).run(|| {
		Suspension::set(10_000);
		suspend(0);
		lapse(0);
		let banned = standing(0);
		assert_ok!(drain(ALICE, 0));
		assert_ok!(remove(ALICE, 0));
		assert_ok!(register(ALICE, spec(0)));
		assert_eq!(standing(3), banned);
		assert_eq!(row(3).operator, OperatorId(0));
		next_block();
		for _ in 0..10 {
			let task = submit(request());
			run_draws();
			assert_ne!(drawn(task), [3]);
			finish(task);
		}
	});
}

#[test]
fn a_suspension_ends_by_itself() {
	one().cluster(BOB).run(|| {
		suspend(0);
		suspend(1);
		let until = standing(0).2;
		run_to(until - 2);
		let task = submit(request());
		run_draws();
		assert_eq!(now(), until);
		assert_eq!(drawn(task).len(), 1, "drawn in the first block after it");
	});
}

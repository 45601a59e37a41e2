// SPDX-License-Identifier: GPL-3.0-or-later
//! Standing: it belongs to the operator, and nothing that the operator does washes it.

use super::*;
use crate::{
	types::{Receipt, Record, DAY, FORGETTING, MAX_WITNESSES},
	Scheduler,
};

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

fn checked(cluster: u32) -> u32 {
	<EdgeConnect as Scheduler<u64>>::experience(row(cluster).operator)
}

#[test]
fn trust_grows_once_a_day_for_each_requester_and_for_so_many_of_them() {
	one().run(|| {
		for _ in 0..3 {
			settle_for(0, Standing::Better, 1, 0, REQUESTER);
		}
		assert_eq!(checked(0), 1, "the same requester");
		for other in 0..20 {
			settle_for(0, Standing::Better, 1, 0, CROWD + other);
		}
		assert_eq!(checked(0), MAX_WITNESSES, "a full day");
		run_to(DAY);
		settle_for(0, Standing::Better, 1, 0, REQUESTER);
		assert_eq!(checked(0), MAX_WITNESSES + 1, "another day");
	});
}

#[test]
fn any_fault_ends_trust() {
	one().cluster(ALICE).run(|| {
		for fault in [Standing::Worse, Standing::Worst] {
			settle(0, Standing::Better);
			settle(1, fault);
			assert_eq!(checked(0), 0, "of whichever cluster");
		}
		settle(0, Standing::Better);
		lapse(0);
		assert_eq!(checked(0), 0);
	});
}

#[test]
fn agreeing_with_oneself_ends_no_row_of_faults() {
	one().run(|| {
		settle(0, Standing::Better);
		lapse(0);
		settle(0, Standing::Better);
		assert_eq!((standing(0).0, checked(0)), (0, 1), "a fault ended the day's account, too");
		lapse(0);
		let unseen = Receipt {
			cluster: ClusterId(0),
			operator: OperatorId(0),
			standing: Standing::Better,
			pay: 1,
			fine: 0,
			witness: None,
		};
		<EdgeConnect as Scheduler<u64>>::settle(unseen);
		assert_eq!((standing(0).0, checked(0)), (1, 0));
	});
}

#[test]
fn what_stands_against_an_operator_is_halved_each_week() {
	one().run(|| {
		(0..3).for_each(|_| suspend(0));
		settle(0, Standing::Worst);
		let operator = row(0).operator;
		let record = EdgeConnect::standing(operator).0;
		assert_eq!((record.lapses, record.silences, record.suspensions), (9, 1, 4));
		let at = |weeks: u32| record.at(now() + weeks * FORGETTING + 1);
		let counts = |record: Record| (record.lapses, record.silences, record.suspensions);
		assert_eq!(counts(at(1)), (4, 0, 2));
		assert_eq!(counts(at(2)), (2, 0, 1));
		assert_eq!(counts(at(4)), (0, 0, 0));
		assert_eq!(counts(record.at(now() + FORGETTING - 1)), counts(record));
		assert!(
			!record.is_clean(now() + 3 * FORGETTING) && record.is_clean(now() + 4 * FORGETTING)
		);
		// The next fault counts on what is left.
		let later = now() + FORGETTING;
		System::set_block_number(later.into());
		lapse(0);
		let record = EdgeConnect::standing(operator).0;
		assert_eq!((counts(record), record.faulted_at), ((5, 0, 2), later));
	});
}

#[test]
fn whoever_was_caught_is_tainted_from_then_on() {
	one().cluster(ALICE).cluster(BOB).run(|| {
		let is_tainted = |cluster: u32, since| {
			let operator = row(cluster).operator;
			<EdgeConnect as Scheduler<u64>>::is_tainted(ClusterId(cluster), operator, since)
		};
		run_to(10);
		<EdgeConnect as Scheduler<u64>>::release(ClusterId(0), TaskId(0), None, BOND / 4);
		assert!(is_tainted(0, 100), "a fine is set aside");
		settle_for(0, Standing::Worse, 0, BOND / 4, REQUESTER);
		assert!(is_tainted(0, 10) && is_tainted(1, 5), "all clusters of the operator");
		assert!(!is_tainted(0, 11), "what came later is not concerned");
		assert!(!is_tainted(2, 5));
		settle_for(2, Standing::Worse, 0, 0, REQUESTER);
		assert!(!is_tainted(2, 5), "no bond, no lie");
	});
}

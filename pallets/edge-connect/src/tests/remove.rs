// SPDX-License-Identifier: GPL-3.0-or-later
//! `remove_cluster`.

use super::*;
use crate::Scheduler;
use assay_primitives::spec::WASM_ENGINE;

fn removed(cluster: u32) -> Event<Test> {
	Event::ClusterRemoved { cluster: ClusterId(cluster) }
}

/// Lets `cluster` of `owner` do one task and drains it.
fn used_and_drained(owner: u64, cluster: u32) -> TaskId {
	let task = submit(request());
	run_draws();
	assert_eq!(drawn(task), [cluster]);
	assert_ok!(drain(owner, cluster));
	task
}

#[test]
fn a_removed_cluster_gets_its_bond_back_and_frees_its_endpoint() {
	TestNet::new().cluster_with(ALICE, |spec| spec.slots = 2).run(|| {
		assert_ok!(drain(ALICE, 0));
		forget_events();
		assert_ok!(remove(ALICE, 0));
		assert_eq!(held(ALICE), 0);
		assert_eq!(Balances::free_balance(ALICE), FUNDS);
		assert_eq!(<EdgeConnect as Scheduler<u64>>::operators_with(WASM_ENGINE), 0);
		assert_eq!(EdgeConnect::counters().clusters, 0);
		assert_eq!(EdgeConnect::cluster(ClusterId(0)), None);
		assert_ok!(register(BOB, spec(0)));
		assert_eq!(events(), [removed(0), registered(1, BOB, 1, spec(0))]);
	});
}

#[test]
fn a_cluster_in_the_draws_is_not_removed() {
	TestNet::new().cluster(ALICE).run(|| {
		assert_noop!(remove(ALICE, 0), Error::<Test>::NotDraining);
	});
}

#[test]
fn a_cluster_with_an_open_task_is_not_removed() {
	TestNet::new().cluster(ALICE).cluster_with(BOB, |spec| spec.price = 2 * PRICE).run(|| {
		let task = used_and_drained(ALICE, 0);
		assert_noop!(remove(ALICE, 0), Error::<Test>::TasksOpen);
		finish(task);
	});
}

#[test]
fn the_bond_outlasts_the_challenge_windows() {
	TestNet::new().cluster(ALICE).cluster_with(BOB, |spec| spec.price = 2 * PRICE).run(|| {
		let task = used_and_drained(ALICE, 0);
		<EdgeConnect as Scheduler<u64>>::release(ClusterId(0), task, None, 0);
		run_to(3 * LONGEST_DEADLINE);
		assert_noop!(remove(ALICE, 0), Error::<Test>::Unsettled);
		settle(0, Standing::Same);
		close(task);
		assert_ok!(remove(ALICE, 0));
	});
}

#[test]
fn the_bond_waits_for_a_settlement_that_comes_late() {
	TestNet::new().cluster(ALICE).cluster_with(BOB, |spec| spec.price = 2 * PRICE).run(|| {
		let task = used_and_drained(ALICE, 0);
		<EdgeConnect as Scheduler<u64>>::release(ClusterId(0), task, None, 0);
		run_to(3 * LONGEST_DEADLINE);
		assert_noop!(remove(ALICE, 0), Error::<Test>::Unsettled);
		assert_eq!(slash(0, BOND / 2), BOND / 2, "the slash still finds the bond");
		settle(0, Standing::Same);
		close(task);
		assert_ok!(remove(ALICE, 0));
		assert_eq!(Balances::free_balance(ALICE), FUNDS - BOND / 2);
	});
}

#[test]
fn pay_is_claimed_before_the_cluster_goes() {
	TestNet::new().cluster(ALICE).cluster_with(BOB, |spec| spec.price = 2 * PRICE).run(|| {
		let task = used_and_drained(ALICE, 0);
		<EdgeConnect as Scheduler<u64>>::release(ClusterId(0), task, None, 0);
		pay(0, Standing::Better, 7);
		close(task);
		assert_noop!(remove(ALICE, 0), Error::<Test>::PayUnclaimed);
		assert_eq!(<EdgeConnect as Scheduler<u64>>::take_accrued(ClusterId(0)), 7);
		assert_eq!(<EdgeConnect as Scheduler<u64>>::take_accrued(ClusterId(0)), 0, "once");
		assert_ok!(remove(ALICE, 0));
	});
}

#[test]
fn a_clean_operator_leaves_nothing_behind_and_any_other_its_record() {
	use crate::{Operators, Records};
	TestNet::new().cluster(ALICE).cluster(ALICE).cluster(BOB).run(|| {
		lapse(2);
		(0..2).for_each(|cluster| drain(ALICE, cluster).unwrap());
		assert_ok!(drain(BOB, 2));
		assert_ok!(remove(ALICE, 0));
		assert!(Operators::<Test>::contains_key(ALICE), "one cluster is left");
		assert_ok!(remove(ALICE, 1));
		assert_ok!(remove(BOB, 2));
		assert_eq!(Operators::<Test>::iter_keys().collect::<Vec<_>>(), [BOB]);
		assert_eq!(Records::<Test>::iter_keys().collect::<Vec<_>>(), [OperatorId(1)]);
		assert_ok!(register(BOB, spec(3)));
		assert_eq!(standing(3), (1, 0, 0), "registering again washes nothing");
	});
}

#[test]
fn only_the_owner_removes_and_only_once() {
	TestNet::new().cluster(ALICE).run(|| {
		assert_ok!(drain(ALICE, 0));
		assert_noop!(remove(BOB, 0), Error::<Test>::NotOwner);
		assert_noop!(remove(ALICE, 1), Error::<Test>::NoCluster);
		assert_ok!(remove(ALICE, 0));
		assert_noop!(remove(ALICE, 0), Error::<Test>::NoCluster);
	});
}

#[test]
fn a_removed_cluster_has_no_say_any_more() {
	TestNet::new().cluster(ALICE).run(|| {
		assert_ok!(drain(ALICE, 0));
		assert_ok!(remove(ALICE, 0));
		forget_events();
		assert_noop!(update(ALICE, 0, spec(0)), Error::<Test>::NoCluster);
		assert_noop!(resume(ALICE, 0), Error::<Test>::NoCluster);
		assert_noop!(top_up(ALICE, 0, 1), Error::<Test>::NoCluster);
		assert_eq!(slash(0, BOND), 0);
		assert_eq!(<EdgeConnect as Scheduler<u64>>::take_accrued(ClusterId(0)), 0);
		<EdgeConnect as Scheduler<u64>>::release(ClusterId(0), TaskId(0), None, 0);
		assert_eq!(events(), []);
	});
}

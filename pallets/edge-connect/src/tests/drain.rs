// SPDX-License-Identifier: GPL-3.0-or-later
//! `drain_cluster`.

use super::*;

fn draining(cluster: u32) -> Event<Test> {
	Event::ClusterDraining { cluster: ClusterId(cluster) }
}

#[test]
fn a_draining_cluster_leaves_the_index() {
	TestNet::new().cluster_with(ALICE, |spec| spec.slots = 3).cluster(BOB).run(|| {
		assert_ok!(drain(ALICE, 0));
		assert_eq!(EdgeConnect::counters().positions, 1);
		assert_eq!(row(0).places.len(), 0);
		assert_eq!(held(ALICE), 3 * BOND, "the bond stays");
		assert_eq!(events(), [draining(0)]);
	});
}

#[test]
fn a_draining_cluster_finishes_what_it_has() {
	TestNet::new().cluster(ALICE).cluster_with(BOB, |spec| spec.price = 2 * PRICE).run(|| {
		let task = submit(request());
		run_draws();
		assert_eq!(drawn(task), [0]);
		assert_ok!(drain(ALICE, 0));
		assert_eq!(duty(0).executing.into_inner(), [task]);
		check_state();
		finish(task);
		assert!(duty(0).executing.is_empty());
	});
}

#[test]
fn draining_twice_is_refused() {
	TestNet::new().cluster(ALICE).run(|| {
		assert_ok!(drain(ALICE, 0));
		assert_noop!(drain(ALICE, 0), Error::<Test>::AlreadyDraining);
	});
}

#[test]
fn only_the_owner_drains_what_exists() {
	TestNet::new().cluster(ALICE).run(|| {
		assert_noop!(drain(BOB, 0), Error::<Test>::NotOwner);
		assert_noop!(drain(ALICE, 1), Error::<Test>::NoCluster);
		assert_eq!(events(), []);
	});
}

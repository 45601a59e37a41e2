// SPDX-License-Identifier: GPL-3.0-or-later
//! Leases: whoever is not heard of is not drawn, and leaves the draws in passing.

use super::*;
use crate::Scheduler;
use assay_primitives::view::ClusterStatus;

const LEASE: BlockNumber = 20;

fn renewed(cluster: u32, until: BlockNumber) -> Event<Test> {
	Event::LeaseRenewed { cluster: ClusterId(cluster), until }
}

fn expired(cluster: u32) -> Event<Test> {
	Event::LeaseExpired { cluster: ClusterId(cluster) }
}

/// The last block in which a draw finds `cluster`.
fn alive_until(cluster: u32) -> BlockNumber {
	EdgeConnect::cluster(ClusterId(cluster)).unwrap().lease_until
}

/// ALICE, whose lease is short, and BOB, whose lease is not.
fn two() -> TestNet {
	let net = TestNet::new().cluster(ALICE).cluster(BOB);
	Lease::set(LEASE);
	net
}

#[test]
fn a_cluster_that_is_not_heard_of_leaves_the_draws_in_passing() {
	two().run(|| {
		let until = row(0).lease_until;
		assert_eq!(until, 1 + LEASE);
		run_to(until);
		assert_ok!(renew(BOB, 1));
		next_block();
		assert_eq!(EdgeConnect::cluster(ClusterId(0)).unwrap().status, ClusterStatus::LeaseExpired);
		forget_events();
		for _ in 0..20 {
			let task = submit(request());
			run_draws();
			assert_eq!(drawn(task), [1]);
			finish(task);
			assert_ok!(renew(BOB, 1));
		}
		assert_eq!(events().into_iter().filter(|event| *event == expired(0)).count(), 1);
		assert_eq!(EdgeConnect::counters().positions, 1);
		assert_eq!(EdgeConnect::cluster(ClusterId(0)).unwrap().status, ClusterStatus::Draining);
		assert_ok!(resume(ALICE, 0));
		assert_eq!(row(0).lease_until, now() + LEASE);
	});
}

#[test]
fn the_last_block_of_a_lease_belongs_to_it() {
	TestNet::new().cluster(ALICE).cluster_with(BOB, |spec| spec.price = 2 * PRICE).run(|| {
		let last = now() + DrawDelay::get();
		Lease::set(DrawDelay::get());
		assert_ok!(renew(ALICE, 0));
		assert_eq!(row(0).lease_until, last);
		let task = submit(request());
		run_draws();
		assert_eq!((drawn(task), now()), (vec![0], last));
	});
}

#[test]
fn renewing_puts_it_off_and_wakes_those_who_wait() {
	two().run(|| {
		run_to(10);
		forget_events();
		assert_ok!(renew(ALICE, 0));
		assert_eq!(row(0).lease_until, 10 + LEASE);
		assert_eq!(events(), [renewed(0, 10 + LEASE)]);
		run_to(11 + LEASE);
		// One expired lease is cleared in passing by each draw; the other stays on its shelf.
		let task = submit(request());
		run_draws();
		assert_eq!(waiting(), [task]);
		let left = (0..2).find(|cluster| !row(*cluster).places.is_empty()).unwrap();
		assert_ok!(renew(row(left).owner, left));
		next_block();
		run_draws();
		assert_eq!(drawn(task), [left]);
	});
}

#[test]
fn work_and_the_owner_s_calls_show_that_it_is_alive() {
	two().run(|| {
		let check = |act: &dyn Fn()| {
			next_block();
			act();
			assert_eq!(alive_until(0), now() + LEASE);
		};
		check(&|| update(ALICE, 0, spec(0)).unwrap());
		check(&|| top_up(ALICE, 0, 1).unwrap());
		check(&|| {
			drain(ALICE, 0).unwrap();
			resume(ALICE, 0).unwrap();
		});
		check(&|| pay(0, Standing::Better, 1));
		check(&|| {
			<EdgeConnect as Scheduler<u64>>::take_accrued(ClusterId(0));
			assert_eq!(crate::Duties::<Test>::iter().count(), 0);
		});
		let before = alive_until(0);
		next_block();
		settle(0, Standing::Same);
		settle(0, Standing::Worse);
		assert_eq!(alive_until(0), before, "being drawn in vain shows nothing");
	});
}

#[test]
fn only_the_owner_renews_what_exists() {
	two().run(|| {
		assert_noop!(renew(BOB, 0), Error::<Test>::NotOwner);
		assert_noop!(renew(ALICE, 2), Error::<Test>::NoCluster);
	});
}

#[test]
fn a_lease_that_expires_under_a_task_leaves_the_task_alone() {
	TestNet::new().cluster(ALICE).cluster_with(BOB, |spec| spec.price = 2 * PRICE).run(|| {
		let task = submit(request());
		run_draws();
		Lease::set(5);
		assert_ok!(renew(ALICE, 0));
		run_to(now() + 6);
		let other = submit(request());
		run_draws();
		assert_eq!(waiting(), [other]);
		assert_eq!(duty(0).executing.into_inner(), [task]);
		finish(task);
	});
}

// SPDX-License-Identifier: GPL-3.0-or-later

use super::*;

/// One task is done and settled by the clusters that are returned.
fn served() -> [ClusterId; 2] {
	let (task, executor) = verifying(request(), TRUTH);
	let verifier = verifier(task);
	assert_ok!(answer(verifier, task, TRUTH));
	assert_ok!(open(executor, task, TRUTH));
	finalised(task);
	[executor, verifier]
}

#[test]
fn pay_accrues_over_tasks_and_is_collected_at_once() {
	TestNet::new().operators(2).run(|| {
		for _ in 0..3 {
			served();
		}
		for cluster in [ALPHA, BRAVO] {
			let before = free(owner(cluster));
			let amount = 3 * price(cluster);
			assert_eq!(accrued(cluster), amount);
			events();
			assert_ok!(claim_pay(cluster));
			assert_eq!(own_events(), vec![Event::PayClaimed { cluster, amount }]);
			assert_eq!((free(owner(cluster)), accrued(cluster)), (before + amount, 0));
			assert_noop!(claim_pay(cluster), Error::<Test>::NothingToClaim);
		}
		assert_eq!(free(POT), EXISTENTIAL_DEPOSIT, "the last claim leaves the pot alive");
	});
}

#[test]
fn only_the_owner_collects() {
	TestNet::new().operators(2).run(|| {
		let [executor, verifier] = served();
		for signer in [STRANGER, REQUESTER, owner(verifier)] {
			let origin = RuntimeOrigin::signed(signer);
			assert_noop!(Verification::claim_pay(origin, executor), Error::<Test>::NotOwner);
		}
		assert_noop!(claim_pay(NOWHERE), Error::<Test>::NotOwner);
	});
}

#[test]
fn nothing_is_collected_before_the_window_closes() {
	TestNet::new().operators(2).run(|| {
		let (task, executor) = verifying(request(), TRUTH);
		assert_ok!(answer(verifier(task), task, TRUTH));
		assert_ok!(open(executor, task, TRUTH));
		run_to_block(now() + WINDOW);
		assert_noop!(claim_pay(executor), Error::<Test>::NothingToClaim);
		next_block();
		assert_ok!(claim_pay(executor));
	});
}

#[test]
fn a_cluster_with_pay_to_collect_cannot_leave() {
	TestNet::new().operators(2).run(|| {
		let [executor, _] = served();
		assert_ok!(EdgeConnect::drain_cluster(signed_for(executor), executor));
		run_to_block(now() + 2 * LONGEST_DEADLINE + 1);
		let remove = || EdgeConnect::remove_cluster(signed_for(executor), executor);
		assert_noop!(remove(), pallet_edge_connect::Error::<Test>::PayUnclaimed);
		assert_ok!(claim_pay(executor));
		assert_ok!(remove());
		assert_eq!(escrow(REQUESTER), 0);
	});
}

// SPDX-License-Identifier: GPL-3.0-or-later
//! `resume_cluster`.

use super::*;

#[test]
fn a_resumed_cluster_is_back_in_the_index_and_counts_as_new() {
	TestNet::new().cluster_with(ALICE, |spec| spec.slots = 2).run(|| {
		assert_ok!(drain(ALICE, 0));
		next_block();
		forget_events();
		assert_ok!(resume(ALICE, 0));
		assert_eq!(row(0).places.into_inner(), [0]);
		assert_eq!(row(0).since, now());
		assert_eq!(events(), [Event::ClusterResumed { cluster: ClusterId(0) }]);
	});
}

#[test]
fn only_a_draining_cluster_is_resumed() {
	TestNet::new().cluster(ALICE).run(|| {
		assert_noop!(resume(ALICE, 0), Error::<Test>::NotDraining);
	});
}

#[test]
fn only_the_owner_resumes_what_exists() {
	TestNet::new().cluster(ALICE).run(|| {
		assert_ok!(drain(ALICE, 0));
		assert_noop!(resume(BOB, 0), Error::<Test>::NotOwner);
		assert_noop!(resume(ALICE, 1), Error::<Test>::NoCluster);
	});
}

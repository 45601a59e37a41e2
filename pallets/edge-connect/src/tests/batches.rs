// SPDX-License-Identifier: GPL-3.0-or-later
//! `register_clusters` and `submit_tasks`: all, or none.

use super::*;
use crate::types::MAX_BATCH;
use assay_primitives::{
	task::{Check, TaskRequest},
	BoundedVec,
};
use frame_support::{assert_storage_noop, dispatch::GetDispatchInfo};

fn register_all(owner: u64, specs: Vec<Spec>) -> frame_support::pallet_prelude::DispatchResult {
	let specs = BoundedVec::try_from(specs).expect("a batch");
	EdgeConnect::register_clusters(RuntimeOrigin::signed(owner), specs)
}

fn submit_all(requests: Vec<TaskRequest>) -> frame_support::pallet_prelude::DispatchResult {
	let requests = BoundedVec::try_from(requests).expect("a batch");
	EdgeConnect::submit_tasks(RuntimeOrigin::signed(REQUESTER), requests)
}

#[test]
fn clusters_come_together() {
	TestNet::new().run(|| {
		let specs: Vec<Spec> = (0..MAX_BATCH).map(spec).collect();
		assert_ok!(register_all(ALICE, specs.clone()));
		assert_eq!(held(ALICE), BOND * Balance::from(MAX_BATCH));
		let expected: Vec<_> =
			(0..).zip(specs).map(|(cluster, spec)| registered(cluster, ALICE, 0, spec)).collect();
		assert_eq!(events(), expected);
		assert_ok!(register_all(ALICE, vec![]));
	});
}

#[test]
fn one_cluster_that_is_refused_takes_the_others_along() {
	TestNet::new().run(|| {
		let twice = vec![spec(0), spec(1), spec(0)];
		assert_noop!(register_all(ALICE, twice), Error::<Test>::EndpointTaken);
		assert_storage_noop!(register_all(PAUPER, vec![spec(0)]).unwrap_err());
	});
}

#[test]
fn tasks_come_together() {
	TestNet::new().cluster_with(ALICE, |spec| spec.slots = 16).cluster(BOB).run(|| {
		assert_ok!(submit_all(vec![request(), request_for_gpu(), request()]));
		let submitted: Vec<_> = events()
			.into_iter()
			.map(|event| match event {
				Event::TaskSubmitted { task, requester, .. } => (task, requester),
				other => panic!("{other:?}"),
			})
			.collect();
		assert_eq!(submitted, [0, 1, 2].map(|task| (TaskId(task), REQUESTER)));
		run_draws();
		assert_eq!([0, 1, 2].map(|task| drawn(TaskId(task)).len()), [1, 0, 1]);
	});
}

#[test]
fn one_task_that_is_refused_takes_the_others_along() {
	TestNet::new().cluster(ALICE).cluster(BOB).run(|| {
		let mut bad = request();
		bad.policy.check = Check::Verified { quorum: 9, panel: 3 };
		assert_noop!(submit_all(vec![request(), bad]), Error::<Test>::BadQuorum);
		assert_eq!(EdgeConnect::counters().tasks, 0);
	});
}

#[test]
fn a_batch_weighs_what_its_parts_weigh() {
	TestNet::new().run(|| {
		let weight = |requests: Vec<TaskRequest>| {
			let requests = requests.try_into().unwrap();
			crate::Call::<Test>::submit_tasks { requests }.get_dispatch_info().call_weight
		};
		let one = crate::Call::<Test>::submit_task { request: request() };
		assert_eq!(weight(vec![request(); 3]), one.get_dispatch_info().call_weight * 3);
		let specs = vec![spec(0), spec(1)].try_into().unwrap();
		let two = crate::Call::<Test>::register_clusters { specs }.get_dispatch_info();
		let one = crate::Call::<Test>::register_cluster { spec: spec(0) }.get_dispatch_info();
		assert_eq!(two.call_weight, one.call_weight * 2);
	});
}

// SPDX-License-Identifier: GPL-3.0-or-later
//! `update_cluster`.

use super::*;
use crate::Scheduler;
use assay_primitives::spec::WASM_ENGINE;
use sp_runtime::TokenError;

fn updated(cluster: u32, spec: Spec) -> Event<Test> {
	Event::ClusterUpdated { cluster: ClusterId(cluster), spec }
}

fn operators(engine: Engine) -> u32 {
	<EdgeConnect as Scheduler<u64>>::operators_with(engine)
}

#[test]
fn more_slots_bond_more_and_fewer_keep_the_bond() {
	TestNet::new().cluster(ALICE).run(|| {
		assert_ok!(update(ALICE, 0, spec_with_slots(0, 4)));
		assert_eq!(held(ALICE), 4 * BOND);
		assert_eq!(EdgeConnect::counters().positions, 4);
		assert_ok!(update(ALICE, 0, spec_with_slots(0, 2)));
		assert_eq!(held(ALICE), 4 * BOND, "bond leaves with the cluster only");
		assert_eq!(EdgeConnect::counters().positions, 2);
		assert_eq!(
			events(),
			[updated(0, spec_with_slots(0, 4)), updated(0, spec_with_slots(0, 2))]
		);
	});
}

#[test]
fn a_new_endpoint_frees_the_old_one() {
	TestNet::new().cluster(ALICE).run(|| {
		assert_ok!(update(ALICE, 0, spec(5)));
		assert_ok!(register(BOB, spec(0)));
		assert_noop!(register(CAROL, spec(5)), Error::<Test>::EndpointTaken);
	});
}

#[test]
fn another_cluster_s_endpoint_cannot_be_taken_over() {
	TestNet::new().cluster(ALICE).cluster(BOB).run(|| {
		assert_noop!(update(BOB, 1, spec(0)), Error::<Test>::EndpointTaken);
	});
}

#[test]
fn engines_are_counted_anew() {
	TestNet::new().cluster(ALICE).cluster(ALICE).run(|| {
		let [one, two] = [other_engine(2), other_engine(3)];
		let mut other = spec(0);
		other.engines = vec![one, two].try_into().unwrap();
		assert_ok!(update(ALICE, 0, other));
		assert_eq!([WASM_ENGINE, one, two].map(operators), [1, 1, 1]);
		let mut other = spec(1);
		other.engines = vec![two].try_into().unwrap();
		assert_ok!(update(ALICE, 1, other));
		assert_eq!([WASM_ENGINE, one, two].map(operators), [0, 1, 1]);
	});
}

#[test]
fn a_spec_does_not_change_under_a_running_task() {
	TestNet::new().cluster_with(ALICE, |spec| spec.slots = 2).cluster(BOB).run(|| {
		let demanding = request_demanding(|demand| demand.max_price = PRICE);
		let task = submit(demanding);
		run_draws();
		let [cluster] = drawn(task)[..] else { panic!("one executor") };
		let owner = row(cluster).owner;
		assert_noop!(update(owner, cluster, spec(7)), Error::<Test>::TasksOpen);
		finish(task);
		assert_ok!(update(owner, cluster, spec(7)));
	});
}

#[test]
fn a_draining_cluster_is_updated_out_of_sight() {
	TestNet::new().cluster(ALICE).run(|| {
		assert_ok!(drain(ALICE, 0));
		assert_ok!(update(ALICE, 0, spec_with_slots(0, 3)));
		assert_eq!(row(0).places.len(), 0);
		assert_eq!(EdgeConnect::counters().positions, 0);
		assert_ok!(resume(ALICE, 0));
		assert_eq!(EdgeConnect::counters().positions, 3);
	});
}

#[test]
fn every_malformed_spec_and_every_stranger_is_refused() {
	TestNet::new().cluster(ALICE).run(|| {
		assert_noop!(update(BOB, 0, spec(0)), Error::<Test>::NotOwner);
		assert_noop!(update(ALICE, 1, spec(1)), Error::<Test>::NoCluster);
		assert_noop!(update(ALICE, 0, spec_with_slots(0, 0)), Error::<Test>::BadSlots);
		let mut no_engine = spec(0);
		no_engine.engines.clear();
		assert_noop!(update(ALICE, 0, no_engine), Error::<Test>::NoEngine);
		assert_eq!(events(), []);
	});
}

#[test]
fn slots_that_cannot_be_bonded_are_refused() {
	TestNet::new().cluster(ALICE).run(|| {
		SlotBond::set(FUNDS);
		assert_noop!(update(ALICE, 0, spec_with_slots(0, 1)), TokenError::FundsUnavailable);
		SlotBond::set(BOND);
	});
}

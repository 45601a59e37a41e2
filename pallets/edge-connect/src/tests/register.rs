// SPDX-License-Identifier: GPL-3.0-or-later
//! `register_cluster`.

use super::*;
use assay_primitives::spec::{Region, WASM_ENGINE};
use sp_runtime::TokenError;

#[test]
fn a_cluster_bonds_money_for_each_slot() {
	TestNet::new().run(|| {
		let spec = spec_with_slots(0, 3);
		assert_ok!(register(ALICE, spec.clone()));
		assert_eq!(held(ALICE), 3 * BOND);
		assert_eq!(Balances::free_balance(ALICE), FUNDS - 3 * BOND);
		assert_eq!(row(0).places.into_inner(), [0]);
		assert_eq!(EdgeConnect::counters().positions, 3);
		assert_eq!(events(), [registered(0, ALICE, 0, spec)]);
	});
}

#[test]
fn an_operator_keeps_its_number_for_all_its_clusters() {
	TestNet::new().run(|| {
		assert_ok!(register(ALICE, spec(0)));
		assert_ok!(register(BOB, spec(1)));
		assert_ok!(register(ALICE, spec(2)));
		assert_eq!(held(ALICE), 2 * BOND);
		assert_eq!(
			events(),
			[
				registered(0, ALICE, 0, spec(0)),
				registered(1, BOB, 1, spec(1)),
				registered(2, ALICE, 0, spec(2)),
			]
		);
	});
}

#[test]
fn two_clusters_of_one_operator_count_once_per_engine() {
	TestNet::new().run(|| {
		let operators = || <EdgeConnect as crate::Scheduler<u64>>::operators_with(WASM_ENGINE);
		assert_eq!(operators(), 0);
		assert_ok!(register(ALICE, spec(0)));
		assert_ok!(register(ALICE, spec(1)));
		assert_eq!(operators(), 1);
		assert_ok!(register(BOB, spec(2)));
		assert_eq!(operators(), 2);
	});
}

#[test]
fn every_malformed_spec_gets_its_own_error() {
	TestNet::new().run(|| {
		let refused = |differ: fn(&mut Spec), error: Error<Test>| {
			let mut spec = spec(0);
			differ(&mut spec);
			assert_noop!(register(ALICE, spec), error);
		};
		refused(|spec| spec.resources.cpu_millicores = 0, Error::NoCapacity);
		refused(|spec| spec.resources.memory_mib = 0, Error::NoCapacity);
		refused(|spec| spec.engines.clear(), Error::NoEngine);
		refused(|spec| spec.slots = 0, Error::BadSlots);
		refused(|spec| spec.slots = 17, Error::BadSlots);
		refused(|spec| spec.region = Region(*b"XX"), Error::UnknownRegion);
		refused(|spec| spec.endpoint.clear(), Error::BadEndpoint);
		refused(|spec| spec.engines.force_push(WASM_ENGINE), Error::Repeated);
		assert_eq!(events(), []);
	});
}

#[test]
fn an_endpoint_has_one_record_whoever_sends_it() {
	TestNet::new().cluster(ALICE).run(|| {
		assert_noop!(register(ALICE, spec(0)), Error::<Test>::EndpointTaken);
		assert_noop!(register(BOB, spec(0)), Error::<Test>::EndpointTaken);
		assert_ok!(register(BOB, spec(1)));
	});
}

#[test]
fn a_cluster_without_the_money_for_its_bond_is_refused() {
	TestNet::new().run(|| {
		assert_noop!(register(PAUPER, spec(0)), TokenError::FundsUnavailable);
		let slots_beyond_funds = |slots| SlotBond::set(FUNDS / slots);
		slots_beyond_funds(2);
		assert_noop!(register(ALICE, spec_with_slots(0, 2)), TokenError::FundsUnavailable);
		assert_ok!(register(ALICE, spec_with_slots(0, 1)));
	});
}

#[test]
fn used_up_numbers_are_refused() {
	TestNet::new().run(|| {
		EdgeConnect::count(|counters| counters.next_cluster = ClusterId(u32::MAX));
		assert_noop!(register(ALICE, spec(0)), Error::<Test>::Exhausted);
		EdgeConnect::count(|counters| {
			counters.next_cluster = ClusterId(0);
			counters.next_operator = OperatorId(u32::MAX);
		});
		assert_noop!(register(ALICE, spec(0)), Error::<Test>::Exhausted);
	});
}

// SPDX-License-Identifier: GPL-3.0-or-later

use super::*;

fn release_bundle(who: sp_runtime::AccountId32, id: u64) -> sp_runtime::DispatchResult {
	Anchor::release_bundle(RuntimeOrigin::signed(who), id)
}

#[test]
fn the_owner_gets_the_deposit_back() {
	TestNet::new().run(|| {
		assert_ok!(anchor(ALICE));
		assert_ok!(anchor(ALICE));
		next_block();
		assert_ok!(release_bundle(ALICE, 0));
		assert_eq!(events(), [release(ALICE, 100), Event::BundleReleased { id: 0 }.into()]);
		assert_eq!(held(&ALICE), 100);
		assert_eq!(Anchor::bundle(0), None);
		assert!(Anchor::bundle(1).is_some());
	});
}

#[test]
fn the_deposit_comes_back_as_it_was_paid() {
	TestNet::new().run(|| {
		assert_ok!(anchor(ALICE));
		BundleDeposit::set(7);
		assert_ok!(anchor(ALICE));
		assert_eq!(held(&ALICE), 107);
		assert_ok!(release_bundle(ALICE, 0));
		assert_eq!(held(&ALICE), 7);
		assert_ok!(release_bundle(ALICE, 1));
		assert_eq!(held(&ALICE), 0);
	});
}

#[test]
fn nobody_else_releases_a_bundle() {
	TestNet::new().run(|| {
		assert_ok!(anchor(ALICE));
		assert_noop!(release_bundle(BOB, 0), Error::<Test>::NotOwner);
		assert_eq!(held(&ALICE), 100);
	});
}

#[test]
fn a_bundle_is_released_once() {
	TestNet::new().run(|| {
		assert_noop!(release_bundle(ALICE, 0), Error::<Test>::NoBundle);
		assert_ok!(anchor(ALICE));
		assert_ok!(release_bundle(ALICE, 0));
		assert_noop!(release_bundle(ALICE, 0), Error::<Test>::NoBundle);
	});
}

#[test]
fn a_number_is_not_given_out_again() {
	TestNet::new().run(|| {
		assert_ok!(anchor(ALICE));
		assert_ok!(release_bundle(ALICE, 0));
		assert_ok!(anchor(BOB));
		assert_eq!(Anchor::bundle(0), None);
		assert_eq!(Anchor::bundle(1).unwrap().owner, BOB);
	});
}

#[test]
fn only_an_account_releases() {
	TestNet::new().run(|| {
		assert_ok!(anchor(ALICE));
		for origin in [RuntimeOrigin::none(), RuntimeOrigin::root()] {
			assert_noop!(Anchor::release_bundle(origin, 0), BadOrigin);
		}
	});
}

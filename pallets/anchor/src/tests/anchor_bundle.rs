// SPDX-License-Identifier: GPL-3.0-or-later

use super::*;
use frame_support::traits::fungible::Inspect;
use sp_runtime::AccountId32;

#[test]
fn an_account_anchors_its_own_bundle_for_a_deposit() {
	TestNet::new().run(|| {
		assert_ok!(anchor(ALICE));
		assert_eq!(events(), [hold(ALICE, 100), anchored(0, ALICE)]);
		assert_eq!(held(&ALICE), 100);
		assert_eq!(Balances::balance(&ALICE), 900);
		let bundle = Bundle { owner: ALICE, root: ROOT, leaves: 3, cid: cid(), deposit: 100 };
		assert_eq!(Anchor::bundle(0), Some(bundle));
		assert_eq!(Anchor::bundle(1), None);
	});
}

#[test]
fn a_bundle_of_one_s_own_is_not_in_the_log() {
	TestNet::new().run(|| {
		assert_ok!(anchor(ALICE));
		assert_eq!(Anchor::log().size, 0);
		assert!(next_block().digest.logs.is_empty());
	});
}

#[test]
fn each_bundle_has_a_number_of_its_own() {
	TestNet::new().run(|| {
		assert_ok!(anchor(ALICE));
		assert_ok!(anchor(BOB));
		// The same root again is another bundle: whoever copies a root takes nothing away.
		assert_ok!(anchor(ALICE));
		assert_eq!(
			events(),
			[
				hold(ALICE, 100),
				anchored(0, ALICE),
				hold(BOB, 100),
				anchored(1, BOB),
				hold(ALICE, 100),
				anchored(2, ALICE),
			]
		);
		assert_eq!((held(&ALICE), held(&BOB)), (200, 100));
	});
}

#[test]
fn a_bundle_without_content_identifier_is_fine() {
	TestNet::new().run(|| {
		let origin = RuntimeOrigin::signed(ALICE);
		assert_ok!(Anchor::anchor_bundle(origin, ROOT, u32::MAX, Cid::default()));
		assert_eq!(Anchor::bundle(0).unwrap().cid, Cid::default());
	});
}

#[test]
fn a_bundle_has_leaves() {
	TestNet::new().run(|| {
		let origin = RuntimeOrigin::signed(ALICE);
		assert_noop!(Anchor::anchor_bundle(origin, ROOT, 0, cid()), Error::<Test>::NoLeaves);
		assert_eq!(events(), []);
	});
}

#[test]
fn who_cannot_pay_the_deposit_anchors_nothing() {
	let poor = AccountId32::new([7; 32]);
	TestNet::new().balance(BOB, 100).run(|| {
		assert_noop!(anchor(poor), TokenError::FundsUnavailable);
		// The existential deposit has to be left.
		assert_noop!(anchor(BOB), TokenError::FundsUnavailable);
		assert_eq!(events(), []);
	});
	TestNet::new().balance(BOB, 101).run(|| {
		assert_ok!(anchor(BOB));
		assert_noop!(anchor(BOB), TokenError::FundsUnavailable);
	});
}

#[test]
fn numbers_do_not_wrap() {
	TestNet::new().run(|| {
		NextBundleId::<Test>::put(u64::MAX);
		assert_noop!(anchor(ALICE), ArithmeticError::Overflow);
		assert_eq!(events(), []);
	});
}

#[test]
fn only_an_account_anchors() {
	TestNet::new().run(|| {
		for origin in [RuntimeOrigin::none(), RuntimeOrigin::root()] {
			assert_noop!(Anchor::anchor_bundle(origin, ROOT, 3, cid()), BadOrigin);
		}
		assert_eq!(events(), []);
	});
}

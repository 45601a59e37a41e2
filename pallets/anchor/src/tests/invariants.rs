// SPDX-License-Identifier: GPL-3.0-or-later
//! Each invariant notices when it is broken.

use super::*;
use crate::{Log, Recent, Remembered};
use frame_support::traits::fungible::MutateHold;

/// What the invariants say after the state was changed behind the pallet's back.
fn after(change: impl FnOnce()) -> &'static str {
	let mut message = "";
	TestNet::new().build().execute_with(|| {
		System::set_block_number(1);
		assert_ok!(anchor(ALICE));
		append(1);
		append(2);
		append(3);
		next_block();
		assert_ok!(Anchor::do_try_state());
		change();
		message = match Anchor::do_try_state() {
			Err(sp_runtime::DispatchError::Other(message)) => message,
			other => panic!("{other:?}"),
		};
	});
	message
}

#[test]
fn i1_the_frontier_fits_the_size() {
	let message = after(|| Log::<Test>::mutate(|log| log.size += 1));
	assert_eq!(message, "I1: the frontier does not fit the size of the log");
	let message = after(|| {
		Log::<Test>::mutate(|log| {
			log.hashes.pop();
		})
	});
	assert_eq!(message, "I1: the frontier does not fit the size of the log");
}

#[test]
fn i2_memories_stand_at_their_places() {
	let remember = |place, block, size| {
		after(|| Recent::<Test>::insert(place, Remembered { block, size, root: [0; 32] }))
	};
	assert_eq!(remember(5, 1, 3), "I2: remembered at a wrong place");
	assert_eq!(remember(3, 3, 3), "I2: remembered from the future");
	assert_eq!(remember(2, 2, 4), "I2: remembered as larger than the log");
}

#[test]
fn i3_bundles_are_numbered_and_counted() {
	let numbered = "I3: a bundle has a number that was not given out";
	assert_eq!(after(|| NextBundleId::<Test>::put(0)), numbered);
	let bundle = |leaves| Bundle { owner: ALICE, root: ROOT, leaves, cid: cid(), deposit: 100 };
	assert_eq!(after(|| Bundles::<Test>::insert(1, bundle(3))), numbered);
	assert_eq!(after(|| Bundles::<Test>::insert(0, bundle(0))), "I3: a bundle has no leaves");
	let message = after(|| {
		let key = Bundles::<Test>::hashed_key_for(0);
		frame_support::storage::unhashed::kill(&key);
	});
	assert_eq!(message, "I3: the bundles are not counted right");
}

#[test]
fn i4_holds_are_the_sum_of_the_deposits() {
	let reason = crate::HoldReason::Bundle.into();
	let message = after(|| {
		assert_ok!(Balances::hold(&reason, &ALICE, 1));
	});
	assert_eq!(message, "I4: a hold is not the sum of the deposits");
}

// SPDX-License-Identifier: GPL-3.0-or-later
//! One file for each way into the anchor. Every test ends with the invariants.

mod anchor_bundle;
mod append;
mod invariants;
mod release_bundle;
mod revoke;

pub use crate::{mock::*, Bundle, Bundles, Cid, Error, Event, NextBundleId, Reason};
pub use assay_primitives::{merkle, view::LogView, BundleRoot, LogRoot};
pub use frame_support::{assert_noop, assert_ok, traits::Hooks};
pub use sp_runtime::{traits::BadOrigin, ArithmeticError, TokenError};

pub const ROOT: BundleRoot = BundleRoot([9; 32]);

/// A content identifier.
pub fn cid() -> Cid {
	b"content".to_vec().try_into().unwrap()
}

/// Anchor a bundle of three leaves.
pub fn anchor(who: sp_runtime::AccountId32) -> sp_runtime::DispatchResult {
	Anchor::anchor_bundle(RuntimeOrigin::signed(who), ROOT, 3, cid())
}

/// The event of [`anchor`].
pub fn anchored(id: u64, owner: sp_runtime::AccountId32) -> RuntimeEvent {
	Event::BundleAnchored { id, owner, root: ROOT, leaves: 3, cid: cid() }.into()
}

/// The event of a hold.
pub fn hold(who: sp_runtime::AccountId32, amount: u128) -> RuntimeEvent {
	let reason = crate::HoldReason::Bundle.into();
	pallet_balances::Event::Held { reason, who, amount }.into()
}

/// The event of a release.
pub fn release(who: sp_runtime::AccountId32, amount: u128) -> RuntimeEvent {
	let reason = crate::HoldReason::Bundle.into();
	pallet_balances::Event::Released { reason, who, amount }.into()
}

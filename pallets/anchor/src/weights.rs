// SPDX-License-Identifier: GPL-3.0-or-later
//! Weights of `pallet_anchor`.

#![cfg_attr(rustfmt, rustfmt_skip)]
#![allow(unused_parens)]
#![allow(unused_imports)]
#![allow(missing_docs)]
#![allow(dead_code)]

use frame_support::{traits::Get, weights::{Weight, constants::RocksDbWeight}};
use core::marker::PhantomData;

/// Weight functions needed for `pallet_anchor`.
pub trait WeightInfo {
	fn anchor_bundle() -> Weight;
	fn release_bundle() -> Weight;
	fn revoke() -> Weight;
	fn append() -> Weight;
	fn on_finalize() -> Weight;
}

/// Weights for `pallet_anchor` using the Substrate node and recommended hardware.
pub struct SubstrateWeight<T>(PhantomData<T>);
impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
	/// Storage: `Anchor::NextBundleId` (r:1 w:1)
	/// Storage: `Balances::Holds` (r:1 w:1)
	/// Storage: `Anchor::Bundles` (r:1 w:1)
	/// Storage: `Anchor::CounterForBundles` (r:1 w:1)
	fn anchor_bundle() -> Weight {
		Weight::from_parts(80_000_000, 4764)
			.saturating_add(T::DbWeight::get().reads(4_u64))
			.saturating_add(T::DbWeight::get().writes(4_u64))
	}
	/// Storage: `Anchor::Bundles` (r:1 w:1)
	/// Storage: `Balances::Holds` (r:1 w:1)
	/// Storage: `Anchor::CounterForBundles` (r:1 w:1)
	fn release_bundle() -> Weight {
		Weight::from_parts(80_000_000, 4764)
			.saturating_add(T::DbWeight::get().reads(3_u64))
			.saturating_add(T::DbWeight::get().writes(3_u64))
	}
	/// Storage: `Anchor::Log` (r:1 w:0)
	fn revoke() -> Weight {
		Weight::from_parts(20_000_000, 3543)
			.saturating_add(T::DbWeight::get().reads(1_u64))
	}
	/// Storage: `Anchor::Log` (r:1 w:1)
	/// Storage: `Anchor::Grown` (r:0 w:1)
	fn append() -> Weight {
		Weight::from_parts(80_000_000, 3543)
			.saturating_add(T::DbWeight::get().reads(1_u64))
			.saturating_add(T::DbWeight::get().writes(2_u64))
	}
	/// Storage: `Anchor::Grown` (r:1 w:1)
	/// Storage: `Anchor::Log` (r:1 w:0)
	/// Storage: `Anchor::Recent` (r:0 w:1)
	fn on_finalize() -> Weight {
		Weight::from_parts(70_000_000, 3543)
			.saturating_add(T::DbWeight::get().reads(2_u64))
			.saturating_add(T::DbWeight::get().writes(2_u64))
	}
}

// For backwards compatibility and tests.
impl WeightInfo for () {
	fn anchor_bundle() -> Weight {
		Weight::from_parts(80_000_000, 4764)
			.saturating_add(RocksDbWeight::get().reads(4_u64))
			.saturating_add(RocksDbWeight::get().writes(4_u64))
	}
	fn release_bundle() -> Weight {
		Weight::from_parts(80_000_000, 4764)
			.saturating_add(RocksDbWeight::get().reads(3_u64))
			.saturating_add(RocksDbWeight::get().writes(3_u64))
	}
	fn revoke() -> Weight {
		Weight::from_parts(20_000_000, 3543)
			.saturating_add(RocksDbWeight::get().reads(1_u64))
	}
	fn append() -> Weight {
		Weight::from_parts(80_000_000, 3543)
			.saturating_add(RocksDbWeight::get().reads(1_u64))
			.saturating_add(RocksDbWeight::get().writes(2_u64))
	}
	fn on_finalize() -> Weight {
		Weight::from_parts(70_000_000, 3543)
			.saturating_add(RocksDbWeight::get().reads(2_u64))
			.saturating_add(RocksDbWeight::get().writes(2_u64))
	}
}

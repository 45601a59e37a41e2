// SPDX-License-Identifier: GPL-3.0-or-later
//! Weights of `pallet_assay_randomness`.

#![cfg_attr(rustfmt, rustfmt_skip)]
#![allow(unused_parens)]
#![allow(unused_imports)]
#![allow(missing_docs)]
#![allow(dead_code)]

use frame_support::{traits::Get, weights::{Weight, constants::RocksDbWeight}};
use core::marker::PhantomData;

/// Weight functions needed for `pallet_assay_randomness`.
pub trait WeightInfo {
	fn on_relay_state_proof() -> Weight;
}

/// Weights for `pallet_assay_randomness` using the Substrate node and recommended hardware.
pub struct SubstrateWeight<T>(PhantomData<T>);
impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
	/// Storage: `Randomness::Beacon` (r:1 w:1)
	/// Storage: `ParachainSystem::ValidationData` (r:1 w:0)
	fn on_relay_state_proof() -> Weight {
		Weight::from_parts(60_000_000, 1542)
			.saturating_add(T::DbWeight::get().reads(2_u64))
			.saturating_add(T::DbWeight::get().writes(1_u64))
	}
}

// For backwards compatibility and tests.
impl WeightInfo for () {
	fn on_relay_state_proof() -> Weight {
		Weight::from_parts(60_000_000, 1542)
			.saturating_add(RocksDbWeight::get().reads(2_u64))
			.saturating_add(RocksDbWeight::get().writes(1_u64))
	}
}

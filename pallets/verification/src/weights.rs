// SPDX-License-Identifier: GPL-3.0-or-later
//! Weights of `pallet_verification`.

#![allow(unused_parens, unused_imports, missing_docs)]

use core::marker::PhantomData;
use frame_support::{
	traits::Get,
	weights::{constants::RocksDbWeight, Weight},
};

/// What each call and each unit of hook work may use at most.
pub trait WeightInfo {
	fn commit() -> Weight;
	fn answer() -> Weight;
	fn open() -> Weight;
	fn open_panel() -> Weight;
	fn possess() -> Weight;
	fn abstain() -> Weight;
	fn claim_pay() -> Weight;
	fn request_draw() -> Weight;
	fn release(n: u32) -> Weight;
	fn serve_nothing() -> Weight;
	fn stale_timer() -> Weight;
	fn pass_deadline() -> Weight;
	fn finalise(n: u32, s: u32) -> Weight;
}

/// Weights for a node with a RocksDB database.
pub struct SubstrateWeight<T>(PhantomData<T>);
impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
	fn commit() -> Weight {
		Weight::from_parts(40_000_000, 15360)
			.saturating_add(T::DbWeight::get().reads(7_u64))
			.saturating_add(T::DbWeight::get().writes(5_u64))
	}
	fn answer() -> Weight {
		Weight::from_parts(40_000_000, 15360)
			.saturating_add(T::DbWeight::get().reads(4_u64))
			.saturating_add(T::DbWeight::get().writes(2_u64))
	}
	fn open() -> Weight {
		Weight::from_parts(60_000_000, 20480)
			.saturating_add(T::DbWeight::get().reads(10_u64))
			.saturating_add(T::DbWeight::get().writes(8_u64))
	}
	fn open_panel() -> Weight {
		Weight::from_parts(60_000_000, 20480)
			.saturating_add(T::DbWeight::get().reads(10_u64))
			.saturating_add(T::DbWeight::get().writes(10_u64))
	}
	fn possess() -> Weight {
		Weight::from_parts(60_000_000, 20480)
			.saturating_add(T::DbWeight::get().reads(10_u64))
			.saturating_add(T::DbWeight::get().writes(10_u64))
	}
	fn abstain() -> Weight {
		Weight::from_parts(40_000_000, 15360)
			.saturating_add(T::DbWeight::get().reads(10_u64))
			.saturating_add(T::DbWeight::get().writes(8_u64))
	}
	fn claim_pay() -> Weight {
		Weight::from_parts(60_000_000, 10240)
			.saturating_add(T::DbWeight::get().reads(4_u64))
			.saturating_add(T::DbWeight::get().writes(4_u64))
	}
	fn request_draw() -> Weight {
		Weight::from_parts(30_000_000, 15360)
			.saturating_add(T::DbWeight::get().reads(7_u64))
			.saturating_add(T::DbWeight::get().writes(5_u64))
	}
	fn release(n: u32) -> Weight {
		Weight::from_parts(30_000_000, 30720)
			.saturating_add(Weight::from_parts(15_000_000, 3584).saturating_mul(n.into()))
			.saturating_add(T::DbWeight::get().reads(10_u64))
			.saturating_add(T::DbWeight::get().reads(1_u64.saturating_mul(n.into())))
			.saturating_add(T::DbWeight::get().writes(1_u64))
			.saturating_add(T::DbWeight::get().writes(1_u64.saturating_mul(n.into())))
	}
	fn serve_nothing() -> Weight {
		Weight::from_parts(2_000_000, 2048)
			.saturating_add(T::DbWeight::get().reads(2_u64))
			.saturating_add(T::DbWeight::get().writes(1_u64))
	}
	fn stale_timer() -> Weight {
		Weight::from_parts(5_000_000, 5120)
			.saturating_add(T::DbWeight::get().reads(2_u64))
			.saturating_add(T::DbWeight::get().writes(1_u64))
	}
	fn pass_deadline() -> Weight {
		Weight::from_parts(60_000_000, 20480)
			.saturating_add(T::DbWeight::get().reads(12_u64))
			.saturating_add(T::DbWeight::get().writes(12_u64))
	}
	fn finalise(n: u32, s: u32) -> Weight {
		Weight::from_parts(150_000_000, 20480)
			.saturating_add(Weight::from_parts(15_000_000, 6144).saturating_mul(n.into()))
			.saturating_add(Weight::from_parts(50_000_000, 6144).saturating_mul(s.into()))
			.saturating_add(T::DbWeight::get().reads(10_u64))
			.saturating_add(T::DbWeight::get().reads(2_u64.saturating_mul(n.into())))
			.saturating_add(T::DbWeight::get().reads(2_u64.saturating_mul(s.into())))
			.saturating_add(T::DbWeight::get().writes(10_u64))
			.saturating_add(T::DbWeight::get().writes(2_u64.saturating_mul(n.into())))
			.saturating_add(T::DbWeight::get().writes(2_u64.saturating_mul(s.into())))
	}
}

impl WeightInfo for () {
	fn commit() -> Weight {
		Weight::from_parts(40_000_000, 15360)
			.saturating_add(RocksDbWeight::get().reads(7_u64))
			.saturating_add(RocksDbWeight::get().writes(5_u64))
	}
	fn answer() -> Weight {
		Weight::from_parts(40_000_000, 15360)
			.saturating_add(RocksDbWeight::get().reads(4_u64))
			.saturating_add(RocksDbWeight::get().writes(2_u64))
	}
	fn open() -> Weight {
		Weight::from_parts(60_000_000, 20480)
			.saturating_add(RocksDbWeight::get().reads(10_u64))
			.saturating_add(RocksDbWeight::get().writes(8_u64))
	}
	fn open_panel() -> Weight {
		Weight::from_parts(60_000_000, 20480)
			.saturating_add(RocksDbWeight::get().reads(10_u64))
			.saturating_add(RocksDbWeight::get().writes(10_u64))
	}
	fn possess() -> Weight {
		Weight::from_parts(60_000_000, 20480)
			.saturating_add(RocksDbWeight::get().reads(10_u64))
			.saturating_add(RocksDbWeight::get().writes(10_u64))
	}
	fn abstain() -> Weight {
		Weight::from_parts(40_000_000, 15360)
			.saturating_add(RocksDbWeight::get().reads(10_u64))
			.saturating_add(RocksDbWeight::get().writes(8_u64))
	}
	fn claim_pay() -> Weight {
		Weight::from_parts(60_000_000, 10240)
			.saturating_add(RocksDbWeight::get().reads(4_u64))
			.saturating_add(RocksDbWeight::get().writes(4_u64))
	}
	fn request_draw() -> Weight {
		Weight::from_parts(30_000_000, 15360)
			.saturating_add(RocksDbWeight::get().reads(7_u64))
			.saturating_add(RocksDbWeight::get().writes(5_u64))
	}
	fn release(n: u32) -> Weight {
		Weight::from_parts(30_000_000, 30720)
			.saturating_add(Weight::from_parts(15_000_000, 3584).saturating_mul(n.into()))
			.saturating_add(RocksDbWeight::get().reads(10_u64))
			.saturating_add(RocksDbWeight::get().reads(1_u64.saturating_mul(n.into())))
			.saturating_add(RocksDbWeight::get().writes(1_u64))
			.saturating_add(RocksDbWeight::get().writes(1_u64.saturating_mul(n.into())))
	}
	fn serve_nothing() -> Weight {
		Weight::from_parts(2_000_000, 2048)
			.saturating_add(RocksDbWeight::get().reads(2_u64))
			.saturating_add(RocksDbWeight::get().writes(1_u64))
	}
	fn stale_timer() -> Weight {
		Weight::from_parts(5_000_000, 5120)
			.saturating_add(RocksDbWeight::get().reads(2_u64))
			.saturating_add(RocksDbWeight::get().writes(1_u64))
	}
	fn pass_deadline() -> Weight {
		Weight::from_parts(60_000_000, 20480)
			.saturating_add(RocksDbWeight::get().reads(12_u64))
			.saturating_add(RocksDbWeight::get().writes(12_u64))
	}
	fn finalise(n: u32, s: u32) -> Weight {
		Weight::from_parts(150_000_000, 20480)
			.saturating_add(Weight::from_parts(15_000_000, 6144).saturating_mul(n.into()))
			.saturating_add(Weight::from_parts(50_000_000, 6144).saturating_mul(s.into()))
			.saturating_add(RocksDbWeight::get().reads(10_u64))
			.saturating_add(RocksDbWeight::get().reads(2_u64.saturating_mul(n.into())))
			.saturating_add(RocksDbWeight::get().reads(2_u64.saturating_mul(s.into())))
			.saturating_add(RocksDbWeight::get().writes(10_u64))
			.saturating_add(RocksDbWeight::get().writes(2_u64.saturating_mul(n.into())))
			.saturating_add(RocksDbWeight::get().writes(2_u64.saturating_mul(s.into())))
	}
}

// SPDX-License-Identifier: GPL-3.0-or-later
//! Weights of `pallet_edge_connect`.

#![allow(unused_parens, unused_imports, missing_docs)]

use core::marker::PhantomData;
use frame_support::{
	traits::Get,
	weights::{constants::RocksDbWeight, Weight},
};

/// What each call and each unit of hook work may use at most.
pub trait WeightInfo {
	fn register_cluster() -> Weight;
	fn update_cluster() -> Weight;
	fn drain_cluster() -> Weight;
	fn remove_cluster() -> Weight;
	fn submit_task() -> Weight;
	fn cancel_task() -> Weight;
	fn top_up_bond() -> Weight;
	fn resume_cluster() -> Weight;
	fn wake_task() -> Weight;
	fn serve_nothing() -> Weight;
	fn draw(t: u32) -> Weight;
}

/// Weights for a node with a RocksDB database.
pub struct SubstrateWeight<T>(PhantomData<T>);
impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
	fn register_cluster() -> Weight {
		Weight::from_parts(120_000_000, 20480)
			.saturating_add(T::DbWeight::get().reads(26_u64))
			.saturating_add(T::DbWeight::get().writes(26_u64))
	}
	fn update_cluster() -> Weight {
		Weight::from_parts(160_000_000, 20480)
			.saturating_add(T::DbWeight::get().reads(40_u64))
			.saturating_add(T::DbWeight::get().writes(40_u64))
	}
	fn drain_cluster() -> Weight {
		Weight::from_parts(60_000_000, 20480)
			.saturating_add(T::DbWeight::get().reads(20_u64))
			.saturating_add(T::DbWeight::get().writes(20_u64))
	}
	fn remove_cluster() -> Weight {
		Weight::from_parts(80_000_000, 20480)
			.saturating_add(T::DbWeight::get().reads(20_u64))
			.saturating_add(T::DbWeight::get().writes(20_u64))
	}
	fn submit_task() -> Weight {
		Weight::from_parts(90_000_000, 20480)
			.saturating_add(T::DbWeight::get().reads(12_u64))
			.saturating_add(T::DbWeight::get().writes(9_u64))
	}
	fn cancel_task() -> Weight {
		Weight::from_parts(60_000_000, 10240)
			.saturating_add(T::DbWeight::get().reads(8_u64))
			.saturating_add(T::DbWeight::get().writes(8_u64))
	}
	fn top_up_bond() -> Weight {
		Weight::from_parts(50_000_000, 10240)
			.saturating_add(T::DbWeight::get().reads(4_u64))
			.saturating_add(T::DbWeight::get().writes(4_u64))
	}
	fn resume_cluster() -> Weight {
		Weight::from_parts(60_000_000, 20480)
			.saturating_add(T::DbWeight::get().reads(20_u64))
			.saturating_add(T::DbWeight::get().writes(20_u64))
	}
	fn wake_task() -> Weight {
		Weight::from_parts(30_000_000, 10240)
			.saturating_add(T::DbWeight::get().reads(6_u64))
			.saturating_add(T::DbWeight::get().writes(5_u64))
	}
	fn serve_nothing() -> Weight {
		Weight::from_parts(2_000_000, 2048)
			.saturating_add(T::DbWeight::get().reads(1_u64))
			.saturating_add(T::DbWeight::get().writes(0_u64))
	}
	fn draw(t: u32) -> Weight {
		Weight::from_parts(60_000_000, 20480)
			.saturating_add(Weight::from_parts(5_000_000, 2048).saturating_mul(t.into()))
			.saturating_add(T::DbWeight::get().reads(3_u64.saturating_mul(t.into())))
			.saturating_add(T::DbWeight::get().reads(8_u64))
			.saturating_add(T::DbWeight::get().writes(6_u64))
	}
}

impl WeightInfo for () {
	fn register_cluster() -> Weight {
		Weight::from_parts(120_000_000, 20480)
			.saturating_add(RocksDbWeight::get().reads(26_u64))
			.saturating_add(RocksDbWeight::get().writes(26_u64))
	}
	fn update_cluster() -> Weight {
		Weight::from_parts(160_000_000, 20480)
			.saturating_add(RocksDbWeight::get().reads(40_u64))
			.saturating_add(RocksDbWeight::get().writes(40_u64))
	}
	fn drain_cluster() -> Weight {
		Weight::from_parts(60_000_000, 20480)
			.saturating_add(RocksDbWeight::get().reads(20_u64))
			.saturating_add(RocksDbWeight::get().writes(20_u64))
	}
	fn remove_cluster() -> Weight {
		Weight::from_parts(80_000_000, 20480)
			.saturating_add(RocksDbWeight::get().reads(20_u64))
			.saturating_add(RocksDbWeight::get().writes(20_u64))
	}
	fn submit_task() -> Weight {
		Weight::from_parts(90_000_000, 20480)
			.saturating_add(RocksDbWeight::get().reads(12_u64))
			.saturating_add(RocksDbWeight::get().writes(9_u64))
	}
	fn cancel_task() -> Weight {
		Weight::from_parts(60_000_000, 10240)
			.saturating_add(RocksDbWeight::get().reads(8_u64))
			.saturating_add(RocksDbWeight::get().writes(8_u64))
	}
	fn top_up_bond() -> Weight {
		Weight::from_parts(50_000_000, 10240)
			.saturating_add(RocksDbWeight::get().reads(4_u64))
			.saturating_add(RocksDbWeight::get().writes(4_u64))
	}
	fn resume_cluster() -> Weight {
		Weight::from_parts(60_000_000, 20480)
			.saturating_add(RocksDbWeight::get().reads(20_u64))
			.saturating_add(RocksDbWeight::get().writes(20_u64))
	}
	fn wake_task() -> Weight {
		Weight::from_parts(30_000_000, 10240)
			.saturating_add(RocksDbWeight::get().reads(6_u64))
			.saturating_add(RocksDbWeight::get().writes(5_u64))
	}
	fn serve_nothing() -> Weight {
		Weight::from_parts(2_000_000, 2048)
			.saturating_add(RocksDbWeight::get().reads(1_u64))
			.saturating_add(RocksDbWeight::get().writes(0_u64))
	}
	fn draw(t: u32) -> Weight {
		Weight::from_parts(60_000_000, 20480)
			.saturating_add(Weight::from_parts(5_000_000, 2048).saturating_mul(t.into()))
			.saturating_add(RocksDbWeight::get().reads(3_u64.saturating_mul(t.into())))
			.saturating_add(RocksDbWeight::get().reads(8_u64))
			.saturating_add(RocksDbWeight::get().writes(6_u64))
	}
}

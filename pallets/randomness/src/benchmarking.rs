// SPDX-License-Identifier: GPL-3.0-or-later
//! Benchmark of the fold.

use super::*;
use assay_primitives::draw::Beacon;
use codec::Encode;
use cumulus_pallet_parachain_system::{relay_state_snapshot::RelayChainStateProof, OnSystemEvent};
use cumulus_primitives_core::relay_chain::well_known_keys::CURRENT_BLOCK_RANDOMNESS;
use frame_benchmarking::v2::*;
use sp_runtime::traits::{BlakeTwo256, BlockNumberProvider};
use sp_trie::{trie_types::TrieDBMutBuilderV1, MemoryDB, RandomState, StorageProof, TrieMut};

/// A proof of a value behind more nodes than a relay chain ever has: every byte of its key is a
/// branch.
fn deep_proof() -> RelayChainStateProof {
	let mut db = MemoryDB::<BlakeTwo256>::with_hasher(RandomState::default());
	let mut root = Default::default();
	{
		let mut trie = TrieDBMutBuilderV1::<BlakeTwo256>::new(&mut db, &mut root).build();
		let mut insert = |key: &[u8], value: &[u8]| {
			trie.insert(key, value).expect("a trie in memory can be written");
		};
		insert(CURRENT_BLOCK_RANDOMNESS, &Some([1u8; 32]).encode());
		for at in 0..CURRENT_BLOCK_RANDOMNESS.len() {
			let mut other = CURRENT_BLOCK_RANDOMNESS.to_vec();
			if let Some(byte) = other.get_mut(at) {
				*byte ^= 0x11;
			}
			insert(&other, &[0; 33]);
		}
	}
	let nodes = db.drain().into_values().map(|(node, _)| node);
	RelayChainStateProof::new(2000.into(), root, StorageProof::new(nodes))
		.expect("the root was made from the nodes")
}

#[benchmarks]
mod benchmarks {
	use super::*;

	/// Worst case: the value is there, deep in the trie, and is folded in.
	#[benchmark]
	fn on_relay_state_proof() {
		let proof = deep_proof();
		T::RelayParent::set_block_number(10);

		#[block]
		{
			<Pallet<T> as OnSystemEvent>::on_relay_state_proof(&proof);
		}

		assert_eq!(Pallet::<T>::now().folds, 1);
	}

	impl_benchmark_test_suite!(Pallet, crate::mock::TestNet::new().build(), crate::mock::Test);
}

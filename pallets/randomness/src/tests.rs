// SPDX-License-Identifier: GPL-3.0-or-later
//! Every test ends with the invariants.

use crate::{mock::*, Current, Source, State, WeightInfo};
use assay_primitives::draw::{fold, Beacon, BeaconState};
use codec::{Decode, Encode, MaxEncodedLen};
use cumulus_pallet_parachain_system::{relay_state_snapshot::RelayChainStateProof, OnSystemEvent};
use cumulus_primitives_core::relay_chain::well_known_keys::{
	CURRENT_BLOCK_RANDOMNESS, CURRENT_SLOT, ONE_EPOCH_AGO_RANDOMNESS as EPOCH,
};
use frame_support::traits::{GetStorageVersion, Hooks, StorageVersion};
use proptest::prelude::*;

const A: Option<[u8; 32]> = Some([0xa; 32]);
const B: Option<[u8; 32]> = Some([0xb; 32]);

fn now() -> BeaconState {
	<Randomness as Beacon>::now()
}

fn is_ripe(event: &BeaconState) -> bool {
	<Randomness as Beacon>::is_ripe(event)
}

#[test]
fn the_beacon_begins_at_zero() {
	TestNet::new().run(|| {
		assert_eq!(now(), BeaconState::default());
		assert!(!<Randomness as Beacon>::is_simulated());
		assert_eq!(Randomness::on_chain_storage_version(), StorageVersion::new(1));
		assert_eq!(Randomness::in_code_storage_version(), StorageVersion::new(1));
		Randomness::integrity_test();
	});
}

#[test]
fn each_relay_block_is_folded_in_order() {
	TestNet::new().run(|| {
		block(10, A);
		let first = fold(&[0; 32], 10, &[0xa; 32]);
		assert_eq!(now(), BeaconState { acc: first, relay: 10, folds: 1 });
		block(12, B);
		let second = fold(&first, 12, &[0xb; 32]);
		assert_eq!(now(), BeaconState { acc: second, relay: 12, folds: 2 });
		assert_eq!(Randomness::beacon(), now());
	});
}

#[test]
fn a_relay_block_counts_once_however_often_it_is_built_on() {
	TestNet::new().run(|| {
		block(10, A);
		let before = now();
		block(10, A);
		// Not even with another value.
		block(10, B);
		assert_eq!(now(), before);
	});
}

#[test]
fn an_older_relay_block_changes_nothing() {
	TestNet::new().run(|| {
		block(10, A);
		let before = now();
		block(9, B);
		assert_eq!(now(), before);
		block(11, B);
		assert_eq!(now().folds, 2);
	});
}

#[test]
fn a_relay_block_without_a_value_folds_nothing() {
	TestNet::new().run(|| {
		block(10, A);
		let BeaconState { acc, .. } = now();
		// The author had no VRF.
		block(11, None);
		assert_eq!(now(), BeaconState { acc, relay: 11, folds: 1 });
		// The relay chain has no such entry at all.
		block_on(12, relay_state(vec![]));
		assert_eq!(now(), BeaconState { acc, relay: 12, folds: 1 });
		// What comes next is folded in as ever.
		block(13, B);
		assert_eq!(now(), BeaconState { acc: fold(&acc, 13, &[0xb; 32]), relay: 13, folds: 2 });
	});
}

#[test]
fn the_value_is_an_option_of_thirty_three_bytes() {
	TestNet::new().run(|| {
		let value = [&[1u8][..], &[0xa; 32]].concat();
		block_on(10, relay_state(vec![(CURRENT_BLOCK_RANDOMNESS, value)]));
		assert_eq!(now().acc, fold(&[0; 32], 10, &[0xa; 32]));
	});
}

#[test]
fn a_real_chain_takes_no_epoch_randomness() {
	TestNet::new().run(|| {
		let state = relay_state(vec![]);
		let proof = proof_of(state.clone());
		assert_eq!(Source::Relay.read(&proof).unwrap(), None);
		assert_eq!(Source::Simulated.read(&proof).unwrap(), Some([1; 32]));
		block_on(10, state);
		assert_eq!(now(), BeaconState { acc: [0; 32], relay: 10, folds: 0 });
	});
}

#[test]
fn a_simulated_chain_takes_epoch_randomness_where_there_is_nothing_else() {
	TestNet::new().simulated().run(|| {
		assert!(<Randomness as Beacon>::is_simulated());
		block_on(10, relay_state(vec![]));
		let first = fold(&[0; 32], 10, &[1; 32]);
		assert_eq!(now(), BeaconState { acc: first, relay: 10, folds: 1 });
		block(11, None);
		let second = fold(&first, 11, &[1; 32]);
		assert_eq!(now().acc, second);
		block(12, A);
		assert_eq!(now().acc, fold(&second, 12, &[0xa; 32]));
	});
}

#[test]
fn a_draw_waits_for_five_relay_blocks_and_two_values() {
	TestNet::new().run(|| {
		assert_eq!(Randomness::wait(), (5, 2));
		assert_eq!((Randomness::delay(), Randomness::folds_needed()), (5, 2));
		block(10, A);
		let event = now();
		assert!(!is_ripe(&event));
		// Values enough, but too early.
		for relay in 11..15 {
			block(relay, B);
			assert!(!is_ripe(&event), "at {relay}");
		}
		block(15, B);
		assert!(is_ripe(&event));
	});
	TestNet::new().run(|| {
		block(10, A);
		let event = now();
		// Late enough, but too few values.
		block(20, None);
		assert!(!is_ripe(&event));
		block(21, A);
		assert!(!is_ripe(&event));
		block(21, A);
		assert!(!is_ripe(&event));
		block(22, A);
		assert!(is_ripe(&event));
	});
}

#[test]
fn a_simulated_draw_waits_for_one_block() {
	TestNet::new().simulated().run(|| {
		assert_eq!(Randomness::wait(), (1, 1));
		block_on(10, relay_state(vec![]));
		let event = now();
		assert!(!is_ripe(&event));
		block_on(10, relay_state(vec![]));
		assert!(!is_ripe(&event));
		block_on(11, relay_state(vec![]));
		assert!(is_ripe(&event));
	});
}

#[test]
#[should_panic(expected = "the proof covers the relay chain's randomness")]
fn a_value_that_cannot_be_decoded_makes_the_block_invalid() {
	TestNet::new().run(|| {
		block_on(10, relay_state(vec![(CURRENT_BLOCK_RANDOMNESS, vec![1, 2, 3])]));
	});
}

#[test]
#[should_panic(expected = "the proof covers the relay chain's randomness")]
fn a_proof_that_leaves_the_value_out_makes_the_block_invalid() {
	TestNet::new().run(|| {
		let state = relay_state(vec![(CURRENT_BLOCK_RANDOMNESS, A.encode())]);
		let para = state.para_id;
		let (root, proof) = state.into_state_root_and_proof();
		// Every node but the one with the value.
		let kept = proof
			.into_iter_nodes()
			.filter(|node| !node.windows(32).any(|window| window == [0xa; 32]));
		let cut = sp_trie::StorageProof::new(kept);
		let proof = RelayChainStateProof::new(para, root, cut).unwrap();
		<Randomness as OnSystemEvent>::on_relay_state_proof(&proof);
	});
}

#[test]
fn what_else_is_in_the_relay_state_does_not_matter() {
	TestNet::new().run(|| {
		let entries = vec![
			(CURRENT_BLOCK_RANDOMNESS, A.encode()),
			(CURRENT_SLOT, vec![]),
			(EPOCH, [9u8; 32].encode()),
		];
		block_on(10, relay_state(entries));
		assert_eq!(now().acc, fold(&[0; 32], 10, &[0xa; 32]));
		// Not even an epoch that cannot be decoded, on a real chain.
		let entries = vec![(CURRENT_BLOCK_RANDOMNESS, None::<[u8; 32]>.encode()), (EPOCH, vec![])];
		block_on(11, relay_state(entries));
		assert_eq!(now().folds, 1);
	});
}

#[test]
fn the_fold_is_paid_for() {
	TestNet::new().run(|| {
		let weight = Randomness::on_relay_state_proof(&proof_of(relay_state(vec![])));
		assert_eq!(weight, <() as WeightInfo>::on_relay_state_proof());
	});
}

#[test]
fn the_state_is_one_small_value() {
	let state = State { source: Source::Simulated, ..State::default() };
	assert_eq!(State::max_encoded_len(), 49);
	assert_eq!(State::decode(&mut state.encode().as_slice()).unwrap(), state);
}

#[test]
fn each_invariant_notices_when_it_is_broken() {
	let after = |change: fn(&mut State)| {
		let mut message = "";
		TestNet::new().build().execute_with(|| {
			block(10, A);
			block(11, A);
			Current::<Test>::mutate(change);
			message = match Randomness::do_try_state() {
				Err(sp_runtime::DispatchError::Other(message)) => message,
				other => panic!("{other:?}"),
			};
		});
		message
	};
	assert_eq!(after(|state| state.relay = 10), "I1: a value from the future");
	assert_eq!(after(|state| state.folds = 12), "I2: more values than relay blocks");
	let unfit = "I3: the accumulator does not fit the number of values";
	assert_eq!(after(|state| state.folds = 0), unfit);
	assert_eq!(after(|state| state.acc = [0; 32]), unfit);
}

proptest! {
	#[test]
	fn no_order_of_relay_blocks_breaks_the_rule(
		steps in prop::collection::vec((any::<u32>(), any::<Option<[u8; 32]>>()), 0..50),
	) {
		let mut state = State::default();
		for (relay, value) in steps {
			let next = state.advance(relay, value);
			let folded = value.is_some() && relay > state.last_relay;
			prop_assert_eq!(next.folds, state.folds + u64::from(folded));
			prop_assert_eq!(next.acc != state.acc, folded);
			prop_assert_eq!(next.last_relay, if folded { relay } else { state.last_relay });
			prop_assert_eq!(next.relay, state.relay.max(relay));
			prop_assert_eq!(next.source, state.source);
			// The same relay block a second time changes nothing more.
			prop_assert_eq!(next.advance(relay, value), next);
			prop_assert!(next.last_relay <= next.relay);
			state = next;
		}
	}
}

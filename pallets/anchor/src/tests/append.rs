// SPDX-License-Identifier: GPL-3.0-or-later

use super::*;
use crate::{Recent, WeightInfo, REMEMBERED_BLOCKS};
use assay_primitives::{
	bundle::bundle_root,
	outcome::Outcome,
	proof::{log_head, LogHead, ProofError, ProofFile},
	ClusterId, EvidenceRoot, Genesis, OutputRoot,
};
use codec::Encode;
use frame_support::traits::{GetStorageVersion, StorageVersion};
use sp_runtime::DigestItem;

/// The hashes of the leaves in the events of the current block: what an observer keeps.
fn leaves_in_events() -> Vec<merkle::Hash> {
	let leaf_hash = |event| match event {
		RuntimeEvent::Anchor(Event::LeafAppended { leaf, .. }) => {
			Some(merkle::leaf_hash(&leaf.encode()))
		},
		_ => None,
	};
	events().into_iter().filter_map(leaf_hash).collect()
}

#[test]
fn the_log_begins_empty() {
	TestNet::new().build().execute_with(|| {
		let root = LogRoot(merkle::empty_root());
		assert_eq!(Anchor::log(), LogView { size: 0, root });
		assert_eq!(Anchor::log_after(0), None);
		assert_eq!(Anchor::on_chain_storage_version(), StorageVersion::new(1));
		assert_eq!(Anchor::in_code_storage_version(), StorageVersion::new(1));
		assert_ok!(Anchor::do_try_state());
	});
}

#[test]
fn a_leaf_gets_the_next_place() {
	TestNet::new().run(|| {
		assert_eq!(append(7), 0);
		assert_eq!(append(7), 1);
		assert_eq!(append(8), 2);
		let appended =
			|index, task| RuntimeEvent::from(Event::LeafAppended { index, leaf: leaf(task) });
		assert_eq!(events(), [appended(0, 7), appended(1, 7), appended(2, 8)]);
		let hashes = [7, 7, 8].map(|task| merkle::leaf_hash(&leaf(task).encode()));
		assert_eq!(Anchor::log(), LogView { size: 3, root: LogRoot(merkle::root(&hashes)) });
	});
}

#[test]
fn the_header_names_the_log_once_and_only_if_it_grew() {
	TestNet::new().run(|| {
		assert_eq!(next_block().digest.logs, []);
		append(1);
		append(2);
		let LogView { size, root } = Anchor::log();
		let data = (size, root.0).encode();
		assert_eq!(data.len(), 40);
		assert_eq!(next_block().digest.logs, [DigestItem::Consensus(*b"ASAY", data)]);
		assert_eq!(next_block().digest.logs, []);
		append(3);
		assert_eq!(next_block().digest.logs.len(), 1);
	});
}

#[test]
fn anybody_rebuilds_the_log_from_events_and_catches_a_fork() {
	TestNet::new().run(|| {
		let mut log = Vec::new();
		let mut heads = Vec::new();
		for block in 0..60u64 {
			// None to four leaves a block.
			for task in 0..block * 7 % 5 {
				append(block * 10 + task);
			}
			log.extend(leaves_in_events());
			let header = next_block();
			match log_head(&header.encode()) {
				Ok(head) => heads.push(head),
				Err(error) => assert_eq!(error, ProofError::NotInHeader),
			}
		}
		assert_eq!(log.len(), 120);
		assert_eq!(heads.len(), 48);
		for (at, LogHead { size, root }) in heads.iter().enumerate() {
			assert_eq!(merkle::root(&log[..*size as usize]), root.0);
			for older in &heads[..at] {
				let proof = merkle::consistency_proof(&log[..*size as usize], older.size).unwrap();
				let (old, new) = (&older.root.0, &root.0);
				assert!(merkle::verify_consistency(old, older.size, new, *size, &proof));
				assert!(!merkle::verify_consistency(&[0; 32], older.size, new, *size, &proof));
			}
		}
	});
}

#[test]
fn a_result_is_proved_offline_by_one_header() {
	TestNet::new().run(|| {
		for task in 0..5 {
			append(task);
		}
		let mut log = leaves_in_events();
		next_block();
		append(5);
		let ours = leaf(5).encode();
		append(6);
		log.extend(leaves_in_events());
		let header = next_block().encode();

		let genesis = Genesis([1; 32]);
		let proof = ProofFile::new(genesis, header, &log, 5, ours, ClusterId(2)).unwrap();
		let proved = proof.verify().unwrap();
		assert_eq!(proved.leaf.requester, <[u8; 32]>::from(ALICE));
		assert_eq!(proof.block.number, 2);
		let outcome = Outcome::Completed { output_root: OutputRoot([8; 32]) };
		assert_eq!(proved.bundle_root, bundle_root(&outcome, &EvidenceRoot([7; 32])));
	});
}

#[test]
fn recent_blocks_are_remembered_and_old_ones_forgotten() {
	TestNet::new().run(|| {
		append(1);
		let first = Anchor::log();
		assert_eq!(Anchor::log_after(1), None, "the block is not over");
		next_block();
		assert_eq!(Anchor::log_after(1), Some(first));
		assert_eq!(Anchor::log_after(2), None, "the log did not grow");
		run_to(1 + REMEMBERED_BLOCKS - 1);
		assert_eq!(Anchor::log_after(1), Some(first));
		next_block();
		assert_eq!(Anchor::log_after(1), None, "too old");
		assert_eq!(Anchor::log_after(1 + REMEMBERED_BLOCKS), None, "another block's place");
		append(2);
		next_block();
		assert_eq!(Anchor::log_after(1), None);
		assert_eq!(Anchor::log_after(1 + REMEMBERED_BLOCKS), Some(Anchor::log()));
		assert_eq!(Anchor::log_after(u32::MAX), None);
	});
}

#[test]
fn the_state_does_not_grow_with_the_log() {
	TestNet::new().run(|| {
		for block in 0..2 * REMEMBERED_BLOCKS {
			append(block.into());
			append(block.into());
			next_block();
		}
		let log = crate::Log::<Test>::get();
		assert_eq!(log.size, 1024);
		assert_eq!(log.hashes.len(), 1);
		assert_eq!(Recent::<Test>::iter().count(), REMEMBERED_BLOCKS as usize);
	});
}

#[test]
fn the_end_of_the_block_is_paid_for_at_its_start() {
	TestNet::new().run(|| {
		assert_eq!(Anchor::on_initialize(2), <() as WeightInfo>::on_finalize());
	});
}

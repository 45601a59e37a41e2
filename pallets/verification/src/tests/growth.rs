// SPDX-License-Identifier: GPL-3.0-or-later
//! What is over leaves nothing behind.

use super::*;
use crate::oracle::actors::{serve, Manner};
use std::collections::BTreeSet;

/// The keys of all rows that our three pallets have in maps. A value is one row, whatever happens.
fn rows() -> BTreeSet<Vec<u8>> {
	let prefixes = ["EdgeConnect", "Verification", "Anchor"]
		.map(|name| sp_io::hashing::twox_128(name.as_bytes()));
	let mut rows = BTreeSet::new();
	let mut key = Vec::new();
	while let Some(next) = sp_io::storage::next_key(&key) {
		if next.len() > 32 && prefixes.iter().any(|prefix| next.starts_with(prefix)) {
			rows.insert(next.clone());
		}
		key = next;
	}
	rows
}

/// The rows of the recent blocks, of which there are never more than so many.
fn is_log(key: &[u8]) -> bool {
	key.starts_with(&sp_io::hashing::twox_128(b"Anchor"))
}

#[test]
fn two_hundred_finished_tasks_leave_no_row() {
	TestNet::new().operators(8).slots(4).run(|| {
		run_to_block(now() + 1);
		let before = rows();
		let mut verdicts = BTreeSet::new();
		for wave in 0..20u8 {
			let before = free(REQUESTER);
			for number in 0..10u8 {
				let request = match (wave + number) % 4 {
					0 => request_of_three(),
					1 => declared_request(),
					_ => request(),
				};
				let task = submit(request);
				if number == 9 {
					let origin = RuntimeOrigin::signed(REQUESTER);
					assert_ok!(EdgeConnect::cancel_task(origin, task));
				}
			}
			for step in 0.. {
				for cluster in (0..8).map(ClusterId) {
					// Most are honest; one lies, one gives back, and in every fifth wave all sleep.
					let manner = match (u32::from(wave) + cluster.0) % 8 {
						0 => Manner::Lying,
						1 if step % 2 == 0 => Manner::Unwilling,
						_ => Manner::Honest,
					};
					if wave % 5 != 4 {
						serve(cluster, manner);
					}
				}
				next_block();
				verdicts.extend(own_events().into_iter().filter_map(|event| match event {
					Event::Decided { verdict, .. } => Some(verdict.encode()[0]),
					_ => None,
				}));
				if open_tasks().is_empty() {
					break;
				}
				assert!(step < 1_000, "all tasks come to an end");
			}
			assert!(free(REQUESTER) <= before);
			for cluster in (0..8).map(ClusterId) {
				let missing = 4 * SLOT_BOND - bond(cluster);
				assert_ok!(EdgeConnect::top_up_bond(signed_for(cluster), cluster, missing));
			}
			// Whoever slept long enough is suspended for a while.
			run_to_block(now() + 200);
		}
		assert!(verdicts.len() >= 2, "the waves did not all end alike");
		assert_eq!(EdgeConnect::counters().next_task, TaskId(200));
		assert_eq!(EdgeConnect::counters().tasks, 0);
		// Unclaimed pay is a row of its cluster, and what stands against an operator one of the operator.
		let claimed = (0..8).map(ClusterId).filter(|cluster| accrued(*cluster) > 0);
		claimed.for_each(|one| Verification::claim_pay(signed_for(one), one).unwrap());
		let records = pallet_edge_connect::Records::<Test>::iter_keys();
		let records: BTreeSet<Vec<u8>> =
			records.map(pallet_edge_connect::Records::<Test>::hashed_key_for).collect();
		let is_expected = |key: &&Vec<u8>| is_log(key) || records.contains(*key);
		let left: Vec<_> =
			rows().difference(&before).filter(|key| !is_expected(key)).cloned().collect();
		assert_eq!(left, Vec::<Vec<u8>>::new(), "rows that nobody needs any more");
		let log = rows().into_iter().filter(|key| is_log(key)).count();
		assert!(log <= pallet_anchor::REMEMBERED_BLOCKS as usize, "{log} rows of the log");
	});
}

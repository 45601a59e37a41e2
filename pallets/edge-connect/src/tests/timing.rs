// SPDX-License-Identifier: GPL-3.0-or-later
//! How long the hook takes that makes a draw, in networks of different size. Asserts no time and is no part of
//! the tests: `scripts/bench.sh matching` runs it. The state is a trie in a hash map of its nodes, so that
//! finding a node takes as long in a large network as in a small one; nothing is cached between two draws.

use super::*;
use crate::{drawing::Search, store::Store, Duties, TaskHandler, TRIES};
use assay_primitives::draw::Beacon;
use frame_support::traits::fungible::Mutate;
use sp_runtime::BuildStorage;
use std::time::{Duration, Instant};

/// Clusters of one operator.
const OF_ONE: u32 = 64;
const DRAWS: usize = 201;

/// A network of so many clusters of one slot each, in which nothing has happened yet.
fn network(clusters: u32) -> sp_io::TestExternalities {
	TestNet::new();
	let storage = frame_system::GenesisConfig::<Test>::default().build_storage().unwrap();
	let mut state = sp_io::TestExternalities::new(storage);
	state.execute_with(|| {
		// Block zero keeps no events.
		System::set_block_number(0);
		for n in 0..clusters {
			let owner = CROWD + u64::from(n / OF_ONE);
			if n % OF_ONE == 0 {
				Balances::set_balance(&owner, BOND * Balance::from(OF_ONE + 1));
			}
			register(owner, spec(n)).unwrap();
		}
		Balances::set_balance(&REQUESTER, FUNDS);
		System::set_block_number(1);
	});
	state.commit_all().unwrap();
	state
}

/// Submits a task, and lets the first `failing` choices of its draw be clusters that lack bond. Without a draw
/// it waits for randomness that does not come.
fn prepare(failing: u32, is_due: bool) -> TaskId {
	let task = submit(request());
	System::set_block_number(System::block_number() + 1);
	let mut beacon = ScriptedBeacon::now();
	if is_due {
		(beacon.relay, beacon.folds) = (beacon.relay + 2, beacon.folds + 2);
		beacon.acc = assay_primitives::blake2_256(&beacon.acc);
	}
	BeaconNow::set(beacon);
	let (stored, wanted) = StubHandler::open_draw(task).unwrap();
	let search = Search { task: &stored, wanted: &wanted, event: now() };
	let pool = EdgeConnect::pool(&search);
	let draw = EdgeConnect::draw_of(task, wanted.round, &beacon.acc);
	for attempt in 0..failing {
		let choice = draw.choose(attempt, pool.positions()).unwrap();
		let (_, entry, _) = pool.entry_at(&Store::<Test>::new(), choice).unwrap();
		Duties::<Test>::mutate(entry.cluster, |duty| duty.lacking = 1);
	}
	forget_events();
	task
}

/// The median time of the hook, over many tasks.
fn measured(state: &mut sp_io::TestExternalities, failing: u32, is_due: bool) -> Duration {
	let mut times = Vec::new();
	for _ in 0..DRAWS {
		let task = state.execute_with(|| prepare(failing, is_due));
		state.commit_all().unwrap();
		times.push(state.execute_with(|| {
			let mut meter = frame_support::weights::WeightMeter::new();
			let begun = Instant::now();
			<EdgeConnect as frame_support::traits::Hooks<_>>::on_poll(
				System::block_number(),
				&mut meter,
			);
			begun.elapsed()
		}));
		state.execute_with(|| {
			assert_eq!(drawn(task).len(), usize::from(is_due));
			finish(task);
			let _ = Duties::<Test>::clear(u32::MAX, None);
			// What waits for randomness is forgotten, too.
			crate::Hot::<Test>::mutate(|hot| {
				hot.checking.clear();
				hot.executing.clear();
			});
			let _ = crate::DrawBuckets::<Test>::clear(u32::MAX, None);
			forget_events();
		});
		state.commit_all().unwrap();
	}
	times.sort_unstable();
	times[DRAWS / 2]
}

#[test]
#[ignore = "a benchmark: scripts/bench.sh matching"]
fn the_time_of_a_draw() {
	for clusters in [1_000, 10_000, 100_000, 1_000_000] {
		let mut state = network(clusters);
		let micros = [(0, true), (TRIES - 1, true), (0, false)].map(|(failing, is_due)| {
			measured(&mut state, failing, is_due).as_nanos() as f64 / 1000.0
		});
		let [first, dearest, nothing] = micros;
		println!("TIME {clusters} {first:.1} {dearest:.1} {nothing:.1}");
	}
}

// SPDX-License-Identifier: GPL-3.0-or-later
//! Whatever anybody does in whatever order: the oracle with deeds that proptest makes up.

use super::*;
use crate::oracle::{play, play_bytes, spec_of, Deed, Need};
use proptest::prelude::*;

fn any_spec() -> impl Strategy<Value = Spec> {
	(0..12u32, 1..=16u16, 0..32u8)
		.prop_map(|(endpoint, slots, traits)| spec_of(endpoint, slots, traits))
}

fn any_standing() -> impl Strategy<Value = Standing> {
	prop::sample::select(vec![Standing::Better, Standing::Worse, Standing::Worst, Standing::Same])
}

fn any_need() -> impl Strategy<Value = Need> {
	use Need::*;
	prop::sample::select(vec![Little, Little, Gpu, Elsewhere, Apart, Listed])
}

fn any_deed() -> impl Strategy<Value = Deed> {
	let owner = || ALICE..=DAVE;
	let requester = move || prop_oneof![Just(REQUESTER), owner()];
	let cluster = || 0..12u32;
	let task = || 0..12u64;
	let owned = move || (owner(), cluster());
	let amount = || prop_oneof![Just(0), Just(1), Just(BOND), Just(BOND / 3)];
	let role = || prop::sample::select(vec![Role::Verifier, Role::Panel]);
	prop_oneof![
		3 => (owner(), any_spec()).prop_map(|(owner, spec)| Deed::Register { owner, spec }),
		1 => (owner(), prop::collection::vec(any_spec(), 0..4))
			.prop_map(|(owner, specs)| Deed::RegisterSeveral { owner, specs }),
		2 => (owned(), any_spec())
			.prop_map(|((owner, cluster), spec)| Deed::Update { owner, cluster, spec }),
		1 => owned().prop_map(|(owner, cluster)| Deed::Drain { owner, cluster }),
		1 => owned().prop_map(|(owner, cluster)| Deed::Resume { owner, cluster }),
		1 => owned().prop_map(|(owner, cluster)| Deed::Remove { owner, cluster }),
		1 => owned().prop_map(|(owner, cluster)| Deed::Renew { owner, cluster }),
		1 => (owned(), amount())
			.prop_map(|((owner, cluster), amount)| Deed::TopUp { owner, cluster, amount }),
		6 => (requester(), any_need())
			.prop_map(|(requester, need)| Deed::Submit { requester, need }),
		1 => (requester(), prop::collection::vec(any_need(), 0..8))
			.prop_map(|(requester, needs)| Deed::SubmitSeveral { requester, needs }),
		1 => (requester(), task()).prop_map(|(requester, task)| Deed::Cancel { requester, task }),
		3 => (task(), role(), 1..=3u8)
			.prop_map(|(task, role, count)| Deed::Ask { task, role, count }),
		1 => task().prop_map(|task| Deed::GoOn { task }),
		4 => (task(), any_standing(), any::<bool>())
			.prop_map(|(task, standing, fine)| Deed::Finish { task, standing, fine }),
		1 => cluster().prop_map(|cluster| Deed::Lapse { cluster }),
		1 => (cluster(), amount()).prop_map(|(cluster, amount)| Deed::Slash { cluster, amount }),
		8 => (0..4u32, 0..3u64, prop::bool::weighted(0.2)).prop_map(
			|(relay_blocks, folds, limited)| Deed::NextBlock { relay_blocks, folds, limited }
		),
	]
}

proptest! {
	#![proptest_config(ProptestConfig {
		cases: 128,
		failure_persistence: None,
		..Default::default()
	})]

	#[test]
	fn the_invariants_hold_whatever_anybody_does(
		deeds in prop::collection::vec(any_deed(), 1..200),
	) {
		play(false, deeds);
	}
}

proptest! {
	#![proptest_config(ProptestConfig {
		cases: 24,
		failure_persistence: None,
		..Default::default()
	})]

	#[test]
	fn the_invariants_hold_in_a_network_with_laps(
		deeds in prop::collection::vec(any_deed(), 1..200),
	) {
		play(true, deeds);
	}

	#[test]
	fn any_bytes_are_a_game(bytes in prop::collection::vec(any::<u8>(), 0..800)) {
		play_bytes(&bytes);
	}
}

/// What the fuzzer found worth keeping plays to its end.
#[test]
fn the_seeds_of_the_fuzzer_are_games() {
	// Asked for where the test runs: a cached test may have been built from another checkout.
	let crate_dir = std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo runs the test");
	let seeds = std::path::PathBuf::from(crate_dir).join("../../fuzz/seeds/edge_connect");
	let mut played = 0;
	for seed in std::fs::read_dir(seeds).unwrap() {
		play_bytes(&std::fs::read(seed.unwrap().path()).unwrap());
		played += 1;
	}
	assert!(played > 0, "there are seeds");
}

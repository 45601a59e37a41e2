// SPDX-License-Identifier: GPL-3.0-or-later
//! Whatever anybody does in whatever order: the oracle with deeds that proptest makes up, and with bytes.

use super::*;
use crate::oracle::{actors::Manner, play, play_bytes, Deed, Errand, Order, Reach};
use proptest::prelude::*;

fn any_manner() -> impl Strategy<Value = Manner> {
	prop_oneof![
		8 => Just(Manner::Honest),
		3 => Just(Manner::Lying),
		4 => prop::sample::select(Manner::ALL.to_vec()),
	]
}

fn any_check() -> impl Strategy<Value = Check> {
	prop_oneof![
		(2..=3u8, prop::sample::select(vec![1, 3]))
			.prop_map(|(quorum, panel)| Check::Verified { quorum, panel }),
		prop::sample::select(vec![5, 50, 100]).prop_map(|floor| Check::Audited { floor }),
	]
}

fn any_order() -> impl Strategy<Value = Order> {
	use Reach::*;
	let items = prop::sample::select(vec![None, None, Some(3), Some(130)]);
	let reach = prop::sample::select(vec![All, All, All, Apart, Listed, Denied]);
	let kind = (prop::bool::weighted(0.3), prop::bool::weighted(0.3));
	let price = (5..40u8).prop_map(|units| Balance::from(units) * UNIT);
	(kind, any_check(), 0..12u32, items, price, reach).prop_map(
		|((declared, preflight), check, window, items, max_price, reach)| {
			let preflight = preflight && declared;
			Order { declared, check, preflight, window, items, max_price, reach }
		},
	)
}

fn any_errand() -> impl Strategy<Value = Errand> {
	use Errand::*;
	let cluster = || 0..8u32;
	let task = || 0..8u64;
	let who = || 0..6u8;
	let amount = || (0..200u8).prop_map(|units| Balance::from(units) * UNIT);
	prop_oneof![
		16 => (who(), any_order()).prop_map(|(who, order)| Submit { who, order }),
		1 => task().prop_map(|task| Cancel { task }),
		3 => task().prop_map(|task| Poke { task }),
		4 => (who(), task()).prop_map(|(who, task)| Appeal { who, task }),
		4 => task().prop_map(|task| Complain { task }),
		1 => (who(), amount()).prop_map(|(who, amount)| FundPurse { who, amount }),
		1 => (who(), amount()).prop_map(|(who, amount)| EmptyPurse { who, amount }),
		1 => who().prop_map(|who| GiveAway { who }),
		1 => (who(), any::<u8>()).prop_map(|(who, offer)| Register { who, offer }),
		1 => (cluster(), any::<u8>()).prop_map(|(cluster, offer)| Update { cluster, offer }),
		1 => cluster().prop_map(|cluster| Drain { cluster }),
		1 => cluster().prop_map(|cluster| Resume { cluster }),
		1 => cluster().prop_map(|cluster| Remove { cluster }),
		1 => cluster().prop_map(|cluster| TopUp { cluster }),
		3 => cluster().prop_map(|cluster| Claim { cluster }),
		4 => (cluster(), task(), any::<u8>())
			.prop_map(|(cluster, task, kind)| Nonsense { cluster, task, kind }),
	]
}

fn any_deed() -> impl Strategy<Value = Deed> {
	let manned = || (0..8u32, any_manner());
	prop_oneof![
		20 => manned().prop_map(|(cluster, manner)| Deed::Serve { cluster, manner }),
		10 => manned().prop_map(|(one, manner)| Deed::ServeAll { one, manner }),
		2 => any_manner().prop_map(|manner| Deed::ServeAlike { manner }),
		16 => any_errand().prop_map(Deed::Call),
		16 => (1..4u32).prop_map(|blocks| Deed::Wait { blocks }),
		2 => (0..8u64).prop_map(|task| Deed::Outwait { task }),
		2 => (1..12u32).prop_map(|blocks| Deed::Congest { blocks }),
		1 => (1..12u32).prop_map(|blocks| Deed::Starve { blocks }),
		1 => (1..12u32).prop_map(|blocks| Deed::Darken { blocks }),
		1 => any::<u8>().prop_map(|luck| Deed::Luck { luck }),
	]
}

proptest! {
	#![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..Default::default() })]

	#[test]
	fn the_invariants_hold_whatever_anybody_does(
		operators in 0..9u32,
		slots in 1..3u16,
		luck in any::<u8>(),
		deeds in prop::collection::vec(any_deed(), 20..120),
	) {
		play(TestNet::new().operators(operators).slots(slots).luck(luck), deeds);
	}
}

proptest! {
	#![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..Default::default() })]

	#[test]
	fn any_bytes_are_a_game(bytes in prop::collection::vec(any::<u8>(), 0..483)) {
		play_bytes(&bytes);
	}
}

/// What the fuzzer found worth keeping plays to its end.
#[test]
fn the_seeds_of_the_fuzzer_are_games() {
	// Asked for where the test runs: a cached test may have been built from another checkout.
	let crate_dir = std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo runs the test");
	let seeds = std::path::PathBuf::from(crate_dir).join("../../fuzz/seeds/verification");
	let mut played = 0;
	for seed in std::fs::read_dir(seeds).unwrap() {
		play_bytes(&std::fs::read(seed.unwrap().path()).unwrap());
		played += 1;
	}
	assert!(played > 0, "there are seeds");
}

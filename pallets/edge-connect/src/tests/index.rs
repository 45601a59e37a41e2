// SPDX-License-Identifier: GPL-3.0-or-later
//! The index of positions against a naive model.

use super::*;
use crate::{index, PositionRows};
use proptest::prelude::*;
use std::collections::BTreeMap;

/// Puts a cluster in or takes it out: the operations of the index.
#[derive(Clone, Debug)]
enum Op {
	Insert { cluster: u32, slots: u16 },
	Remove { cluster: u32 },
}

fn op() -> impl Strategy<Value = Op> {
	let insert = (0..24u32, 1..=16u16).prop_map(|(cluster, slots)| Op::Insert { cluster, slots });
	let remove = (0..24u32).prop_map(|cluster| Op::Remove { cluster });
	prop_oneof![3 => insert, 2 => remove]
}

/// Every position in the order of the index.
fn listed() -> Vec<u32> {
	let positions = EdgeConnect::counters().positions;
	assert_eq!(index::owner_at::<Test>(positions), None);
	(0..positions).map(|position| index::owner_at::<Test>(position).unwrap().0).collect()
}

proptest! {
	#![proptest_config(ProptestConfig {
		cases: 32,
		failure_persistence: None,
		..Default::default()
	})]

	#[test]
	fn the_index_holds_each_slot_of_each_active_cluster_once(
		ops in prop::collection::vec(op(), 1..80),
	) {
		TestNet::new().run(|| {
			// Cluster to slots, for those that are in.
			let mut model: BTreeMap<u32, u16> = BTreeMap::new();
			for owner in 0..24 {
				assert_ok!(register(CROWD + owner, spec(owner as u32)));
				assert_ok!(drain(CROWD + owner, owner as u32));
			}
			for op in ops {
				match op {
					Op::Insert { cluster, slots } => {
						let owner = CROWD + u64::from(cluster);
						assert_ok!(update(owner, cluster, spec_with_slots(cluster, slots)));
						if model.insert(cluster, slots).is_none() {
							assert_ok!(resume(owner, cluster));
						}
					},
					Op::Remove { cluster } =>
						if model.remove(&cluster).is_some() {
							assert_ok!(drain(CROWD + u64::from(cluster), cluster));
						},
				}
				let mut found: BTreeMap<u32, u16> = BTreeMap::new();
				listed().into_iter().for_each(|cluster| *found.entry(cluster).or_default() += 1);
				assert_eq!(found, model);
				check_state();
			}
			let rows = PositionRows::<Test>::iter().count();
			assert_eq!(rows, listed().len().div_ceil(64), "no row is left behind");
		});
	}
}

#[test]
fn taking_out_the_last_is_as_good_as_taking_out_the_first() {
	TestNet::new().crowd(3, 2).run(|| {
		assert_eq!(listed(), [0, 0, 1, 1, 2, 2]);
		assert_ok!(drain(CROWD + 2, 2));
		assert_eq!(listed(), [0, 0, 1, 1]);
		assert_ok!(drain(CROWD, 0));
		assert_eq!(listed(), [1, 1]);
		assert_ok!(drain(CROWD + 1, 1));
		assert_eq!(listed(), [0; 0]);
		assert_eq!(PositionRows::<Test>::iter().count(), 0);
	});
}

#[test]
fn positions_beyond_the_first_row_move_across_rows() {
	TestNet::new().crowd(10, 16).run(|| {
		assert_ok!(drain(CROWD, 0));
		assert_eq!(listed()[..16], [9; 16]);
		assert_eq!(listed().len(), 144);
	});
}

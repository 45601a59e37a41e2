// SPDX-License-Identifier: GPL-3.0-or-later
//! The index in memory against a list, and over the pallet's storage.

use super::*;
use crate::{
	index::{self, Directory, Entry, Pool, Row, RowKey, Shelf, Shelves, ROW},
	Directories, Rows,
};
use assay_primitives::spec::{Architecture, Demand, Region, Resources, WASM_ENGINE};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

/// A place for the index that is no chain.
#[derive(Default)]
pub struct Memory {
	directories: BTreeMap<Engine, Directory>,
	pub rows: BTreeMap<RowKey, Row>,
	/// Where each cluster stands.
	pub places: BTreeMap<(ClusterId, Engine), u32>,
}

impl Shelves for Memory {
	fn directory(&self, engine: Engine) -> Directory {
		self.directories.get(&engine).cloned().unwrap_or_default()
	}

	fn set_directory(&mut self, engine: Engine, directory: Directory) {
		match directory.is_empty() {
			true => _ = self.directories.remove(&engine),
			false => _ = self.directories.insert(engine, directory),
		}
	}

	fn row(&self, key: &RowKey) -> Row {
		self.rows.get(key).cloned().unwrap_or_default()
	}

	fn set_row(&mut self, key: &RowKey, row: Row) {
		match row.is_empty() {
			true => _ = self.rows.remove(key),
			false => _ = self.rows.insert(*key, row),
		}
	}

	fn relocate(&mut self, cluster: ClusterId, engine: Engine, place: u32) {
		let old = self.places.insert((cluster, engine), place);
		assert!(old.is_some_and(|old| old != place), "it was somewhere else");
	}
}

impl Memory {
	/// Puts a cluster of the operator with the same number on its shelves.
	pub fn put(&mut self, cluster: u32, spec: &Spec) {
		let entry = Entry::new(ClusterId(cluster), OperatorId(cluster), 0, BlockNumber::MAX, spec);
		for engine in &spec.engines {
			let place = index::insert(self, *engine, Shelf::of(spec), entry.clone());
			self.places.insert((ClusterId(cluster), *engine), place);
		}
	}

	/// Takes it off again.
	pub fn take(&mut self, cluster: u32, spec: &Spec) {
		for engine in &spec.engines {
			let place = self.places.remove(&(ClusterId(cluster), *engine)).unwrap();
			index::remove(self, *engine, Shelf::of(spec), place);
		}
	}

	/// The shelves that can meet `demand`.
	pub fn pool(&self, demand: &Demand) -> Pool {
		Pool::of(self, demand.engine, |shelf| shelf.can_meet(demand))
	}
}

/// Puts a cluster in or takes it out: the operations of the index.
#[derive(Clone, Debug)]
enum Op {
	Put { cluster: u32, spec: Spec },
	Take { cluster: u32 },
}

prop_compose! {
	/// Values on both sides of what separates the tiers.
	fn any_resources()(
		cpu in prop::sample::select(vec![1, 999, 1000, 2000, 7999, 8000, 33_000, 64_000, u32::MAX]),
		memory in prop::sample::select(vec![1, 1024, 2048, 8191, 8192, 40_000, 65_536, u32::MAX]),
		disk in 0..3u32,
		gpus in 0..3u16,
		vram in prop::sample::select(vec![0, 1, 16_383, 16_384, 40_960, u32::MAX]),
	) -> Resources {
		Resources {
			cpu_millicores: cpu,
			memory_mib: memory,
			disk_mib: disk,
			gpu_count: gpus,
			gpu_vram_mib: vram,
		}
	}
}

fn any_architecture() -> impl Strategy<Value = Architecture> {
	use Architecture::*;
	prop::sample::select(vec![X86_64, Aarch64, Riscv64])
}

fn any_region() -> impl Strategy<Value = Region> {
	prop::sample::select(vec![Region(*b"DE"), Region(*b"FR")])
}

prop_compose! {
	fn any_spec()(
		resources in any_resources(),
		architecture in any_architecture(),
		region in any_region(),
		slots in 1..=16u16,
		more in 0..3u16,
		price in 1..4u128,
	) -> Spec {
		let mut spec = Spec { resources, architecture, region, slots, price, ..spec(0) };
		(0..more).for_each(|id| spec.engines.force_push(other_engine(id + 2)));
		spec
	}
}

prop_compose! {
	fn any_demand()(
		resources in prop_oneof![Just(Resources::default()), any_resources()],
		architectures in prop::collection::btree_set(any_architecture(), 0..3),
		regions in prop::collection::btree_set(any_region(), 0..2),
		max_price in 1..4u128,
		engine in 1..4u16,
	) -> Demand {
		Demand {
			engine: other_engine(engine),
			resources,
			architectures: architectures.into_iter().collect::<Vec<_>>().try_into().unwrap(),
			regions: regions.into_iter().collect::<Vec<_>>().try_into().unwrap(),
			attestation: Default::default(),
			max_price,
		}
	}
}

fn any_op() -> impl Strategy<Value = Op> {
	prop_oneof![
		3 => (0..90u32, any_spec()).prop_map(|(cluster, spec)| Op::Put { cluster, spec }),
		2 => (0..90u32).prop_map(|cluster| Op::Take { cluster }),
	]
}

proptest! {
	#![proptest_config(ProptestConfig {
		cases: 256,
		failure_persistence: None,
		..Default::default()
	})]

	#[test]
	fn the_shelves_hold_whom_a_list_would_find(
		ops in prop::collection::vec(any_op(), 1..200),
		demands in prop::collection::vec(any_demand(), 1..8),
	) {
		let mut store = Memory::default();
		let mut model: BTreeMap<u32, Spec> = BTreeMap::new();
		for op in ops {
			match op {
				Op::Put { cluster, spec } => {
					if let Some(old) = model.insert(cluster, spec.clone()) {
						store.take(cluster, &old);
					}
					store.put(cluster, &spec);
				},
				Op::Take { cluster } => {
					if let Some(old) = model.remove(&cluster) {
						store.take(cluster, &old);
					}
				},
			}
		}
		for demand in demands {
			let pool = store.pool(&demand);
			let found: Vec<u32> = pool
				.entries(&store)
				.filter(|(shelf, entry)| demand.refused_by(&entry.offer(*shelf)).next().is_none())
				.map(|(_, entry)| entry.cluster.0)
				.collect();
			let fit = |(_, spec): &(&u32, &Spec)| demand.is_met_by(spec);
			let expected: Vec<u32> = model.iter().filter(fit).map(|(cluster, _)| *cluster).collect();
			let sorted: BTreeSet<u32> = found.iter().copied().collect();
			prop_assert_eq!(sorted.len(), found.len(), "somebody stands twice");
			prop_assert_eq!(sorted.into_iter().collect::<Vec<_>>(), expected);

			// Each slot of each cluster on the shelves is one position.
			let mut slots: BTreeMap<u32, BTreeSet<u16>> = BTreeMap::new();
			for choice in 0..pool.positions() {
				let (_, entry, slot) = pool.entry_at(&store, choice).unwrap();
				prop_assert!(slots.entry(entry.cluster.0).or_default().insert(slot));
			}
			prop_assert_eq!(pool.entry_at(&store, pool.positions()), None);
			prop_assert_eq!(slots.len(), pool.clusters() as usize);
			for (cluster, slots) in slots {
				prop_assert_eq!(slots, (0..model[&cluster].slots).collect());
			}
		}
		// No row is left behind, and each cluster knows where it stands.
		for ((cluster, engine), place) in &store.places {
			let (number, at) = index::locate(*place);
			let shelf = Shelf::of(&model[&cluster.0]);
			let row = store.row(&RowKey { engine: *engine, shelf, number });
			prop_assert_eq!(row[at].cluster, *cluster);
		}
		let entries: usize = store.rows.values().map(|row| row.len()).sum();
		prop_assert_eq!(entries, store.places.len());
	}
}

#[test]
fn a_directory_has_room_for_every_shelf() {
	let mut store = Memory::default();
	let mut cluster = 0;
	let sizes = [1, 2, 8, 16, 32, 64].map(|cores| (cores * 1000, cores * 1024));
	for architecture in [Architecture::X86_64, Architecture::Aarch64, Architecture::Riscv64] {
		for (cpu_millicores, memory_mib) in sizes {
			for (gpu_count, gpu_vram_mib) in [(0, 0), (1, 1), (1, 16_384), (1, 40_960)] {
				for slots in 1..=16 {
					let resources = Resources {
						cpu_millicores,
						memory_mib,
						gpu_count,
						gpu_vram_mib,
						disk_mib: 0,
					};
					let spec = Spec { architecture, resources, slots, ..spec(0) };
					assert_eq!(Shelf::of(&spec).slots(), slots);
					assert_eq!(Shelf::of(&spec).architecture(), architecture);
					store.put(cluster, &spec);
					cluster += 1;
				}
			}
		}
	}
	assert_eq!(cluster, index::MAX_SHELVES);
	let directory = store.directory(WASM_ENGINE);
	assert_eq!(directory.iter().map(|(_, count)| count).collect::<Vec<_>>(), vec![1; 1152]);
}

#[test]
fn a_place_is_taken_by_the_last_of_the_shelf() {
	TestNet::new().crowd(3, 2).run(|| {
		let places = || (0..3).map(|cluster| row(cluster).places.into_inner()).collect::<Vec<_>>();
		assert_eq!(places(), [[0], [1], [2]]);
		assert_ok!(drain(CROWD, 0));
		assert_eq!(places(), [vec![], vec![1], vec![0]]);
		assert_ok!(drain(CROWD + 1, 1));
		assert_ok!(drain(CROWD + 2, 2));
		assert_eq!(Rows::<Test>::iter().count(), 0);
		assert_eq!(Directories::<Test>::iter().count(), 0);
	});
}

#[test]
fn entries_move_across_rows() {
	TestNet::new().crowd(u64::from(ROW) + 6, 1).run(|| {
		assert_ok!(drain(CROWD, 0));
		assert_eq!(row(ROW + 5).places.into_inner(), [0]);
		assert_eq!(EdgeConnect::counters().positions, ROW + 5);
		assert_eq!(Rows::<Test>::iter().count(), 2);
	});
}

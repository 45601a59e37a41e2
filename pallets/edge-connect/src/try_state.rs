// SPDX-License-Identifier: GPL-3.0-or-later
//! The invariants of the module documentation, checked over the whole state.

#![cfg(any(test, feature = "try-runtime"))]

use crate::{
	pallet::{
		Clusters, Config, Counter, Endpoints, EngineClusters, EngineOperators, HoldReason, Pallet,
		Parked, PositionRows, Tasks,
	},
	types::Service,
};
use alloc::{collections::BTreeMap, vec::Vec};
use assay_primitives::{blake2_256, Balance, ClusterId};
use frame_support::{ensure, traits::fungible::InspectHold};
use sp_runtime::TryRuntimeError;

impl<T: Config> Pallet<T> {
	/// Checks every invariant.
	pub fn do_try_state() -> Result<(), TryRuntimeError> {
		let clusters: BTreeMap<ClusterId, _> = Clusters::<T>::iter().collect();
		let counters = Counter::<T>::get();

		let mut listed = 0u32;
		for (id, cluster) in &clusters {
			let expected = if cluster.service == Service::Active { cluster.spec.slots } else { 0 };
			ensure!(
				cluster.positions.len() == usize::from(expected),
				"E1: positions differ from slots"
			);
			for position in &cluster.positions {
				ensure!(
					crate::index::owner_at::<T>(*position) == Some(*id),
					"E1: a position is not its cluster's"
				);
				listed += 1;
			}
			ensure!(
				Endpoints::<T>::get(blake2_256(&cluster.spec.endpoint)) == Some(*id),
				"E2: an endpoint leads elsewhere"
			);
			ensure!(
				cluster.assignments.len() <= usize::from(cluster.spec.slots),
				"E4: more assignments than slots"
			);
			ensure!(
				cluster.assignments.iter().all(|task| Tasks::<T>::contains_key(task)),
				"E4: an assignment to a closed task"
			);
		}
		let rows: u32 = PositionRows::<T>::iter_values().map(|row| row.len() as u32).sum();
		ensure!(
			listed == counters.positions && rows == counters.positions,
			"E1: the index has a stray position"
		);
		ensure!(Endpoints::<T>::iter().count() == clusters.len(), "E2: a stray endpoint");

		let mut bonds: BTreeMap<Vec<u8>, (T::AccountId, Balance)> = BTreeMap::new();
		for cluster in clusters.values() {
			let key = codec::Encode::encode(&cluster.owner);
			bonds.entry(key).or_insert_with(|| (cluster.owner.clone(), 0)).1 += cluster.bond;
		}
		for (owner, bond) in bonds.values() {
			let held = T::Currency::balance_on_hold(&HoldReason::Bond.into(), owner);
			ensure!(held == *bond, "E3: held bond differs from the sum of bonds");
		}

		let waiting: u32 = Parked::<T>::iter_values().map(|queue| queue.len() as u32).sum();
		ensure!(counters.clusters as usize == clusters.len(), "E5: clusters");
		ensure!(counters.tasks as usize == Tasks::<T>::iter().count(), "E5: tasks");
		ensure!(counters.parked == waiting, "E5: parked");

		for (engine, count) in EngineOperators::<T>::iter() {
			let distinct = EngineClusters::<T>::iter_prefix(engine).count();
			ensure!(distinct == count as usize && count > 0, "E6: operators of an engine");
		}
		Ok(())
	}
}

// SPDX-License-Identifier: GPL-3.0-or-later
//! The index of positions: a dense list, [`ROW`] to a storage row, from which a draw picks by
//! number.
//!
//! Adding appends; removing moves the last position into the hole. Both touch a bounded number of
//! rows, whatever the size of the list.

use crate::{
	pallet::{Clusters, Config, Counter, PositionRows},
	types::{Cluster, ROW},
};
use assay_primitives::{BoundedVec, ClusterId, ConstU32};
use frame_support::{defensive, traits::Defensive};

/// A row of the index.
pub type Row = BoundedVec<ClusterId, ConstU32<ROW>>;

/// The cluster that owns `position`.
pub fn owner_at<T: Config>(position: u32) -> Option<ClusterId> {
	let (row, place) = locate(position);
	PositionRows::<T>::get(row).get(place).copied()
}

/// Adds one position for each slot of `cluster`, whose number is `id`.
pub fn insert<T: Config>(id: ClusterId, cluster: &mut Cluster<T::AccountId>) {
	for _ in 0..cluster.spec.slots {
		let position = Counter::<T>::mutate(|counters| {
			let position = counters.positions;
			counters.positions = position.saturating_add(1);
			position
		});
		let (row, _) = locate(position);
		PositionRows::<T>::mutate(row, |row| {
			if row.try_push(id).is_err() {
				defensive!("the last row of the index has room");
			}
		});
		if cluster.positions.try_push(position).is_err() {
			defensive!("a cluster has no more positions than slots");
		}
	}
}

/// Takes all positions of `cluster`, whose number is `id`, out of the index.
pub fn remove<T: Config>(id: ClusterId, cluster: &mut Cluster<T::AccountId>) {
	while let Some(hole) = cluster.positions.pop() {
		let last = Counter::<T>::mutate(|counters| {
			counters.positions = counters.positions.saturating_sub(1);
			counters.positions
		});
		let (last_row, _) = locate(last);
		let moved = PositionRows::<T>::mutate_exists(last_row, |row| {
			let mut rest = row.take().unwrap_or_default();
			let moved = rest.pop();
			*row = (!rest.is_empty()).then_some(rest);
			moved
		});
		let Some(moved) = moved.defensive() else { continue };
		if hole == last {
			continue;
		}
		let (row, place) = locate(hole);
		PositionRows::<T>::mutate(row, |row| {
			if let Some(entry) = row.get_mut(place) {
				*entry = moved;
			}
		});
		let rename = |positions: &mut BoundedVec<u32, _>| {
			for own in positions.iter_mut().filter(|own| **own == last) {
				*own = hole;
			}
		};
		if moved == id {
			rename(&mut cluster.positions);
		} else {
			Clusters::<T>::mutate_extant(moved, |other| rename(&mut other.positions));
		}
	}
}

fn locate(position: u32) -> (u32, usize) {
	(position / ROW, (position % ROW) as usize)
}

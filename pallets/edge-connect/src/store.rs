// SPDX-License-Identifier: GPL-3.0-or-later
//! The index in the pallet's storage, and the clusters' way in and out of it.

use crate::{
	index::{self, Directory, Entry, Row, RowKey, Shelf, Shelves},
	pallet::{Clusters, Config, Directories, Pallet, Rows},
	types::Cluster,
};
use assay_primitives::{spec::Engine, ClusterId};
use core::marker::PhantomData;
use frame_support::defensive;

/// The pallet's storage as a place for the index.
pub struct Store<T>(PhantomData<T>);

impl<T> Store<T> {
	/// The storage of the chain.
	pub fn new() -> Self {
		Self(PhantomData)
	}
}

impl<T> Default for Store<T> {
	fn default() -> Self {
		Self::new()
	}
}

impl<T: Config> Shelves for Store<T> {
	fn directory(&self, engine: Engine) -> Directory {
		Directories::<T>::get(engine)
	}

	fn set_directory(&mut self, engine: Engine, directory: Directory) {
		match directory.is_empty() {
			true => Directories::<T>::remove(engine),
			false => Directories::<T>::insert(engine, directory),
		}
	}

	fn row(&self, key: &RowKey) -> Row {
		Rows::<T>::get(key)
	}

	fn set_row(&mut self, key: &RowKey, row: Row) {
		match row.is_empty() {
			true => Rows::<T>::remove(key),
			false => Rows::<T>::insert(key, row),
		}
	}

	fn relocate(&mut self, cluster: ClusterId, engine: Engine, place: u32) {
		Clusters::<T>::mutate_extant(cluster, |row| {
			let at = row.spec.engines.iter().position(|own| *own == engine);
			let own = at.and_then(|at| row.places.get_mut(at));
			own.into_iter().for_each(|own| *own = place);
		});
	}
}

/// What the index says about `cluster`, whose number is `id`.
pub(crate) fn entry_of<AccountId>(id: ClusterId, cluster: &Cluster<AccountId>) -> Entry {
	Entry::new(id, cluster.operator, cluster.since, cluster.lease_until, &cluster.spec)
}

/// Puts `cluster`, whose number is `id`, on the shelves of each of its engines.
pub(crate) fn shelve<T: Config>(id: ClusterId, cluster: &mut Cluster<T::AccountId>) {
	let shelf = Shelf::of(&cluster.spec);
	let entry = entry_of(id, cluster);
	for engine in &cluster.spec.engines {
		let place = index::insert(&mut Store::<T>::new(), *engine, shelf, entry.clone());
		if cluster.places.try_push(place).is_err() {
			defensive!("a cluster has no more places than engines");
		}
	}
	Pallet::<T>::count(|counters| {
		counters.positions = counters.positions.saturating_add(cluster.spec.slots.into());
	});
}

/// Lets the entries of `cluster` say until when its lease lasts.
pub(crate) fn renew<T: Config>(cluster: &Cluster<T::AccountId>) {
	let shelf = Shelf::of(&cluster.spec);
	for (engine, place) in cluster.spec.engines.iter().zip(&cluster.places) {
		index::change(&mut Store::<T>::new(), *engine, shelf, *place, |entry| {
			entry.lease_until = cluster.lease_until;
		});
	}
}

/// Takes `cluster` off all shelves.
pub(crate) fn unshelve<T: Config>(cluster: &mut Cluster<T::AccountId>) {
	let shelf = Shelf::of(&cluster.spec);
	let places = core::mem::take(&mut cluster.places);
	for (engine, place) in cluster.spec.engines.iter().zip(places) {
		index::remove(&mut Store::<T>::new(), *engine, shelf, place);
	}
	Pallet::<T>::count(|counters| {
		counters.positions = counters.positions.saturating_sub(cluster.spec.slots.into());
	});
}

// SPDX-License-Identifier: GPL-3.0-or-later
//! The invariants of the module documentation, checked over the whole state.

#![cfg(any(feature = "std", feature = "try-runtime"))]

use crate::{
	index::{locate, RowKey, Shelf},
	interface::TaskHandler,
	pallet::{
		Clusters, Config, Directories, DrawBuckets, Duties, Endpoints, EngineClusters,
		EngineOperators, HoldReason, Hot, Laps, Operators, Pallet, Parked, Records, Rows,
	},
	store::entry_of,
	types::{Cluster, Lane, OwnerHash, Record, Service, Waiting},
};
use alloc::{
	collections::{BTreeMap, BTreeSet},
	vec::Vec,
};
use assay_primitives::{blake2_256, spec::Engine, Balance, ClusterId, OperatorId, TaskId};
use codec::Encode;
use frame_support::{
	ensure,
	traits::{fungible::InspectHold, Get},
};
use sp_runtime::TryRuntimeError;

type All<T> = BTreeMap<ClusterId, Cluster<<T as frame_system::Config>::AccountId>>;
type Check = Result<(), TryRuntimeError>;

impl<T: Config> Pallet<T> {
	/// Checks every invariant.
	pub fn do_try_state() -> Check {
		let clusters: All<T> = Clusters::<T>::iter().collect();
		Self::try_index(&clusters)?;
		Self::try_duties(&clusters)?;
		Self::try_bonds(&clusters)?;
		Self::try_operators(&clusters)?;
		Self::try_draws()?;
		Self::try_queue()?;
		let counters = Hot::<T>::get().counters;
		ensure!(counters.clusters as usize == clusters.len(), "E5: clusters");
		ensure!(counters.tasks as usize == T::Handler::tasks().len(), "E5: tasks");
		let mut records = Records::<T>::iter_values();
		let known = |record: Record| record.suspended_until <= counters.suspended_until;
		ensure!(records.all(known), "E5: a suspension that no draw would see");
		Ok(())
	}

	fn try_index(clusters: &All<T>) -> Check {
		let mut shelved: BTreeMap<(Engine, Shelf), u32> = BTreeMap::new();
		let mut positions = 0u32;
		for (id, cluster) in clusters {
			let active = cluster.service == Service::Active;
			let expected = if active { cluster.spec.engines.len() } else { 0 };
			ensure!(cluster.places.len() == expected, "E1: places differ from engines");
			if active {
				positions = positions.saturating_add(cluster.spec.slots.into());
			}
			let shelf = Shelf::of(&cluster.spec);
			let entry = entry_of(*id, cluster);
			for (engine, place) in cluster.spec.engines.iter().zip(&cluster.places) {
				let (number, at) = locate(*place);
				let row = Rows::<T>::get(RowKey { engine: *engine, shelf, number });
				ensure!(row.get(at) == Some(&entry), "E1: an entry is not its cluster's");
				let count = shelved.entry((*engine, shelf)).or_default();
				*count = count.saturating_add(1);
			}
			ensure!(
				Endpoints::<T>::get(blake2_256(&cluster.spec.endpoint)) == Some(*id),
				"E2: an endpoint leads elsewhere"
			);
		}
		ensure!(Hot::<T>::get().counters.positions == positions, "E5: positions");
		let mut counted = BTreeMap::new();
		for (engine, directory) in Directories::<T>::iter() {
			ensure!(!directory.is_empty(), "E1: an empty directory is kept");
			counted.extend(directory.iter().map(|(shelf, count)| ((engine, shelf), count)));
		}
		ensure!(counted == shelved, "E1: the directories differ from the shelves");
		let entries: usize = Rows::<T>::iter_values().map(|row| row.len()).sum();
		let expected: u32 = counted.values().sum();
		ensure!(entries == expected as usize, "E1: a stray entry");
		ensure!(Rows::<T>::iter_values().all(|row| !row.is_empty()), "E1: an empty row is kept");
		ensure!(Endpoints::<T>::iter().count() == clusters.len(), "E2: a stray endpoint");
		Ok(())
	}

	fn try_duties(clusters: &All<T>) -> Check {
		for (id, duty) in Duties::<T>::iter() {
			let cluster = clusters.get(&id).ok_or("E4: a removed cluster has work")?;
			ensure!(!duty.is_idle(), "E4: an idle cluster has a row");
			let owner = OwnerHash::of(&cluster.owner);
			ensure!(duty.owner.is_none_or(|known| known == owner), "E4: somebody else's cluster");
			let open: BTreeSet<TaskId> = duty.assignments().collect();
			ensure!(
				open.len() == duty.assignments().count()
					&& Lane::ALL.into_iter().all(|lane| duty.busy(lane) <= cluster.spec.slots)
					&& open.len() <= duty.unsettled as usize,
				"E4: more assignments than slots or executions"
			);
			ensure!(
				open.iter().all(|task| T::Handler::task(*task).is_some()),
				"E4: an assignment to a closed task"
			);
			ensure!(
				duty.pledged == 0 || duty.unsettled > 0,
				"E9: a fine was pledged and never settled"
			);
		}
		for (id, cluster) in clusters {
			let duty = Duties::<T>::get(id);
			ensure!(
				duty.lacking == cluster.lack(T::SlotBond::get(), duty.pledged),
				"E9: the bond lacks something else"
			);
		}
		Ok(())
	}

	fn try_bonds(clusters: &All<T>) -> Check {
		let mut bonds: BTreeMap<Vec<u8>, Balance> = BTreeMap::new();
		for cluster in clusters.values() {
			let bond = bonds.entry(cluster.owner.encode()).or_default();
			*bond = bond.saturating_add(cluster.bond);
		}
		// Former owners have a number but no cluster, and must have nothing on hold.
		for (owner, _) in Operators::<T>::iter() {
			let held = T::Currency::balance_on_hold(&HoldReason::Bond.into(), &owner);
			let expected = bonds.remove(&owner.encode()).unwrap_or_default();
			ensure!(held == expected, "E3: held bond differs from the sum of bonds");
		}
		ensure!(bonds.is_empty(), "E3: an owner without a number");
		Ok(())
	}

	fn try_operators(clusters: &All<T>) -> Check {
		let mut owned: BTreeMap<OperatorId, u32> = BTreeMap::new();
		let mut expected: BTreeMap<(Engine, OperatorId), u32> = BTreeMap::new();
		for cluster in clusters.values() {
			ensure!(
				Operators::<T>::get(&cluster.owner).map(|row| row.id) == Some(cluster.operator),
				"E5: a cluster's operator is not its owner's number"
			);
			let count = owned.entry(cluster.operator).or_default();
			*count = count.saturating_add(1);
			for engine in &cluster.spec.engines {
				let count = expected.entry((*engine, cluster.operator)).or_default();
				*count = count.saturating_add(1);
			}
		}
		for (_, row) in Operators::<T>::iter() {
			let count = owned.get(&row.id).copied().unwrap_or_default();
			ensure!(row.clusters == count, "E5: clusters of an operator");
			ensure!(
				count > 0 || Records::<T>::contains_key(row.id),
				"E5: somebody clean who owns nothing is kept"
			);
		}
		ensure!(
			Records::<T>::iter_values().all(|record| record.faulted_at > 0),
			"E5: nothing ever stood against an operator with a record"
		);
		let mut operators: BTreeMap<Engine, u32> = BTreeMap::new();
		for (engine, _) in expected.keys() {
			let count = operators.entry(*engine).or_default();
			*count = count.saturating_add(1);
		}
		let counted = EngineClusters::<T>::iter().map(|(engine, id, n)| ((engine, id), n));
		ensure!(counted.collect::<BTreeMap<_, _>>() == expected, "E6: clusters of an engine");
		ensure!(
			EngineOperators::<T>::iter().collect::<BTreeMap<_, _>>() == operators,
			"E6: operators of an engine"
		);
		Ok(())
	}

	fn try_draws() -> Check {
		let mut buckets = 0usize;
		for lane in Lane::ALL {
			buckets = buckets.saturating_add(Self::try_lane(lane)?);
		}
		ensure!(DrawBuckets::<T>::iter().count() == buckets, "E7: a stray bucket");
		Ok(())
	}

	/// Checks the draws of one lane, and counts its blocks that have more of them than the agenda.
	fn try_lane(lane: Lane) -> Result<usize, TryRuntimeError> {
		let hot = Hot::<T>::get();
		let agenda = hot.agenda(lane);
		let ordered = agenda.iter().zip(agenda.iter().skip(1)).all(|(a, b)| a.block < b.block);
		ensure!(ordered, "E7: the agenda is out of order");
		for bucket in agenda {
			let draws = DrawBuckets::<T>::get((lane, bucket.block));
			ensure!(!bucket.first.is_empty(), "E7: a block without draws is on the agenda");
			ensure!(bucket.more != draws.is_empty(), "E7: draws that the agenda does not know");
			ensure!(!bucket.more || bucket.first.is_full(), "E7: a hole in front of other draws");
		}
		Ok(agenda.iter().filter(|bucket| bucket.more).count())
	}

	fn try_queue() -> Check {
		let mut parked = BTreeSet::new();
		let drawn: BTreeSet<TaskId> = Self::booked_draws()
			.into_iter()
			.map(|pending| pending.task)
			.chain(Laps::<T>::iter_values().flatten().map(|lap| lap.task))
			.collect();
		for (engine, queue) in Parked::<T>::iter() {
			ensure!(!queue.is_empty(), "E8: an empty queue");
			let ages = |waiting: &Waiting| waiting.iter().map(|one| one.task).collect::<Vec<_>>();
			ensure!(
				ages(&queue.checking).is_sorted() && ages(&queue.executing).is_sorted(),
				"E8: somebody younger comes first"
			);
			for waiter in queue.checking.iter().chain(&queue.executing) {
				ensure!(
					!waiter.drawing || drawn.contains(&waiter.task),
					"E8: a task waits for a draw that nobody makes"
				);
			}
			for task in queue.iter() {
				ensure!(parked.insert(task), "E8: a task waits twice");
				let row = T::Handler::task(task).ok_or("E8: a closed task waits")?;
				ensure!(row.request.demand.engine == engine, "E8: a task waits in a wrong queue");
			}
		}
		ensure!(Hot::<T>::get().counters.parked as usize == parked.len(), "E5: parked");
		Ok(())
	}
}

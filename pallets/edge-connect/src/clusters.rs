// SPDX-License-Identifier: GPL-3.0-or-later
//! Registration, bonds, standing and tasks: what the calls and the [`Scheduler`] do.

use crate::{
	hot::Clock,
	interface::{Scheduler, TaskHandler},
	pallet::{
		Clusters, Config, Duties, Endpoints, EngineClusters, EngineOperators, Error, Event,
		Experiences, HoldReason, Hot, Operators, Pallet, Parked, Records,
	},
	store::{self, shelve, unshelve},
	types::{
		day_of, Cluster, Duty, Fault, Lane, Operator, OwnerHash, Receipt, Record, Service, Task,
	},
	weights::WeightInfo,
};
use alloc::{vec, vec::Vec};
use assay_primitives::{
	blake2_256,
	settlement::Standing,
	spec::{Demand, Engine, Spec, MAX_ENGINES},
	task::TaskRequest,
	view::{ClusterStatus, ClusterView, MatchExplanation, PAGE, SCAN},
	Balance, BlockNumber, BoundedVec, ClusterId, OperatorId, TaskId,
};
use frame_support::{
	defensive,
	pallet_prelude::*,
	traits::{
		fungible::{InspectHold, MutateHold},
		tokens::{Fortitude, Precision, Restriction},
		Defensive,
	},
};

impl<T: Config> Pallet<T> {
	pub(crate) fn do_register(owner: T::AccountId, spec: Spec) -> DispatchResult {
		spec.check().map_err(Error::<T>::from)?;
		let endpoint = blake2_256(&spec.endpoint);
		ensure!(!Endpoints::<T>::contains_key(endpoint), Error::<T>::EndpointTaken);
		let counters = Hot::<T>::get().counters;
		let id = counters.next_cluster;
		let next_cluster = ClusterId(id.0.checked_add(1).ok_or(Error::<T>::Exhausted)?);
		let (mut operator, next_operator) = match Operators::<T>::get(&owner) {
			Some(operator) => (operator, counters.next_operator),
			None => {
				let id = counters.next_operator;
				let next = id.0.checked_add(1).ok_or(Error::<T>::Exhausted)?;
				(Operator { id, clusters: 0 }, OperatorId(next))
			},
		};
		let bond = T::SlotBond::get().saturating_mul(spec.slots.into());
		T::Currency::hold(&HoldReason::Bond.into(), &owner, bond)?;

		Self::count(|counters| {
			counters.next_cluster = next_cluster;
			counters.next_operator = next_operator;
			counters.clusters = counters.clusters.saturating_add(1);
		});
		operator.clusters = operator.clusters.saturating_add(1);
		Operators::<T>::insert(&owner, operator);
		let operator = operator.id;
		Endpoints::<T>::insert(endpoint, id);
		Self::add_engines(operator, &spec.engines);
		let now = Self::now();
		let mut cluster = Cluster {
			owner: owner.clone(),
			operator,
			spec: spec.clone(),
			bond,
			service: Service::Active,
			since: now,
			lease_until: now.saturating_add(T::Lease::get()),
			places: BoundedVec::new(),
		};
		shelve::<T>(id, &mut cluster);
		Self::wake_for(id, &cluster, &Duty::default());
		Clusters::<T>::insert(id, cluster);
		Self::deposit_event(Event::ClusterRegistered { cluster: id, owner, operator, spec });
		Ok(())
	}

	pub(crate) fn do_update(owner: &T::AccountId, id: ClusterId, spec: Spec) -> DispatchResult {
		spec.check().map_err(Error::<T>::from)?;
		let mut cluster = Self::owned(owner, id)?;
		let mut duty = Duties::<T>::get(id);
		// A spec that changes under a running task would change what the task was matched to.
		ensure!(duty.assignments().next().is_none(), Error::<T>::TasksOpen);
		let (old, new) = (blake2_256(&cluster.spec.endpoint), blake2_256(&spec.endpoint));
		ensure!(old == new || !Endpoints::<T>::contains_key(new), Error::<T>::EndpointTaken);
		let needed = T::SlotBond::get().saturating_mul(spec.slots.into());
		let missing = needed.saturating_sub(cluster.bond.saturating_sub(duty.pledged));
		// Fewer slots do not free bond here: it leaves with the cluster.
		if missing > 0 {
			T::Currency::hold(&HoldReason::Bond.into(), owner, missing)?;
		}
		cluster.bond = cluster.bond.saturating_add(missing);

		Endpoints::<T>::remove(old);
		Endpoints::<T>::insert(new, id);
		Self::remove_engines(cluster.operator, &cluster.spec.engines);
		Self::add_engines(cluster.operator, &spec.engines);
		let active = cluster.service == Service::Active;
		if active {
			unshelve::<T>(&mut cluster);
		}
		cluster.spec = spec.clone();
		cluster.since = Self::now();
		cluster.lease_until = Self::next_lease();
		if duty.lacking > 0 {
			duty.lacking = 0;
			Self::keep_duty(id, &duty);
		}
		if active {
			shelve::<T>(id, &mut cluster);
			Self::wake_for(id, &cluster, &duty);
		}
		Clusters::<T>::insert(id, cluster);
		Self::deposit_event(Event::ClusterUpdated { cluster: id, spec });
		Ok(())
	}

	pub(crate) fn do_drain(owner: &T::AccountId, id: ClusterId) -> DispatchResult {
		let mut cluster = Self::owned(owner, id)?;
		ensure!(cluster.service == Service::Active, Error::<T>::AlreadyDraining);
		unshelve::<T>(&mut cluster);
		cluster.service = Service::Draining;
		Clusters::<T>::insert(id, cluster);
		Self::deposit_event(Event::ClusterDraining { cluster: id });
		Ok(())
	}

	pub(crate) fn do_resume(owner: &T::AccountId, id: ClusterId) -> DispatchResult {
		let mut cluster = Self::owned(owner, id)?;
		ensure!(cluster.service == Service::Draining, Error::<T>::NotDraining);
		cluster.service = Service::Active;
		cluster.since = Self::now();
		cluster.lease_until = Self::next_lease();
		shelve::<T>(id, &mut cluster);
		Self::wake_for(id, &cluster, &Duties::<T>::get(id));
		Clusters::<T>::insert(id, cluster);
		Self::deposit_event(Event::ClusterResumed { cluster: id });
		Ok(())
	}

	pub(crate) fn do_remove(owner: &T::AccountId, id: ClusterId) -> DispatchResult {
		let cluster = Self::owned(owner, id)?;
		ensure!(cluster.service == Service::Draining, Error::<T>::NotDraining);
		let duty = Duties::<T>::get(id);
		ensure!(duty.assignments().next().is_none(), Error::<T>::TasksOpen);
		// Until then a verdict must find the bond that it may slash.
		ensure!(duty.unsettled == 0, Error::<T>::Unsettled);
		ensure!(duty.accrued == 0, Error::<T>::PayUnclaimed);
		T::Currency::release(&HoldReason::Bond.into(), owner, cluster.bond, Precision::Exact)?;

		Endpoints::<T>::remove(blake2_256(&cluster.spec.endpoint));
		Self::remove_engines(cluster.operator, &cluster.spec.engines);
		let is_clean = Records::<T>::get(cluster.operator).is_clean(Self::now());
		Operators::<T>::mutate_exists(owner, |slot| {
			let Some(row) = slot else { return };
			row.clusters = row.clusters.saturating_sub(1);
			if row.clusters == 0 {
				Experiences::<T>::remove(cluster.operator);
			}
			if row.clusters == 0 && is_clean {
				Records::<T>::remove(cluster.operator);
				*slot = None;
			}
		});
		Duties::<T>::remove(id);
		Self::count(|counters| counters.clusters = counters.clusters.saturating_sub(1));
		Clusters::<T>::remove(id);
		Self::deposit_event(Event::ClusterRemoved { cluster: id });
		Ok(())
	}

	pub(crate) fn do_top_up(
		owner: &T::AccountId,
		id: ClusterId,
		amount: Balance,
	) -> DispatchResult {
		let mut cluster = Self::owned(owner, id)?;
		let bond = cluster.bond.checked_add(amount).ok_or(Error::<T>::Exhausted)?;
		T::Currency::hold(&HoldReason::Bond.into(), owner, amount)?;
		cluster.bond = bond;
		Self::extend_lease(&mut cluster);
		let mut duty = Duties::<T>::get(id);
		// Only what makes the cluster drawable is capacity: waking costs draws, so nobody gets it
		// for adding nothing.
		if duty.lacking > 0 {
			Self::reckon(&cluster, &mut duty);
			Self::keep_duty(id, &duty);
			Self::wake_for(id, &cluster, &duty);
		}
		Clusters::<T>::insert(id, cluster);
		Self::deposit_event(Event::BondToppedUp { cluster: id, amount });
		Ok(())
	}

	pub(crate) fn do_renew(owner: &T::AccountId, id: ClusterId) -> DispatchResult {
		let mut cluster = Self::owned(owner, id)?;
		let duty = Duties::<T>::get(id);
		let had_expired = Self::alive_until(&cluster, &duty) < Self::now();
		Self::extend_lease(&mut cluster);
		if had_expired {
			Self::wake_for(id, &cluster, &duty);
		}
		let until = cluster.lease_until;
		Clusters::<T>::insert(id, cluster);
		Self::deposit_event(Event::LeaseRenewed { cluster: id, until });
		Ok(())
	}

	/// Takes a cluster whose lease has expired off the shelves.
	pub(crate) fn expire(id: ClusterId) {
		let Some(mut cluster) = Clusters::<T>::get(id) else { return };
		if cluster.service == Service::Draining {
			return;
		}
		unshelve::<T>(&mut cluster);
		cluster.service = Service::Draining;
		Clusters::<T>::insert(id, cluster);
		Self::deposit_event(Event::LeaseExpired { cluster: id });
	}

	fn next_lease() -> BlockNumber {
		Self::now().saturating_add(T::Lease::get())
	}

	fn extend_lease(cluster: &mut Cluster<T::AccountId>) {
		cluster.lease_until = Self::next_lease();
		store::renew::<T>(cluster);
	}

	/// The last block in which a draw finds the cluster, as things stand.
	fn alive_until(cluster: &Cluster<T::AccountId>, duty: &Duty) -> BlockNumber {
		cluster.lease_until.max(duty.paid_at.saturating_add(T::Lease::get()))
	}

	/// Stores what a cluster has on its hands, if that is anything.
	fn keep_duty(id: ClusterId, duty: &Duty) {
		match duty.is_idle() {
			true => Duties::<T>::remove(id),
			false => Duties::<T>::insert(id, duty),
		}
	}

	/// Writes down what the bond lacks, after it or what is pledged of it has changed.
	fn reckon(cluster: &Cluster<T::AccountId>, duty: &mut Duty) {
		duty.lacking = cluster.lack(T::SlotBond::get(), duty.pledged);
	}

	pub(crate) fn do_submit(
		requester: T::AccountId,
		request: TaskRequest,
	) -> Result<TaskId, DispatchError> {
		request.check().map_err(Error::<T>::from)?;
		let (shortest, longest) = (T::ShortestDeadline::get(), T::LongestDeadline::get());
		let engine = request.demand.engine;
		let determinism = engine.kind.determinism();
		request.policy.check(determinism, shortest, longest).map_err(Error::<T>::from)?;
		let own = Operators::<T>::get(&requester).map(|operator| operator.id);
		let takes_part = own.is_some_and(|own| EngineClusters::<T>::get(engine, own) > 0);
		let others = EngineOperators::<T>::get(engine).saturating_sub(takes_part.into());
		// With nobody there the task waits for somebody. With too few it could be run and never
		// checked, so it is refused while it still costs nothing.
		ensure!(
			others == 0 || others >= request.policy.quorum().into(),
			Error::<T>::TooFewOperators
		);
		let id = Hot::<T>::get().counters.next_task;
		let next_task = TaskId(id.0.checked_add(1).ok_or(Error::<T>::Exhausted)?);
		let task = Task {
			requester: requester.clone(),
			request: request.clone(),
			submitted_at: Self::now(),
			own,
		};
		T::Handler::on_submit(id, task)?;

		Self::count(|counters| {
			counters.next_task = next_task;
			counters.tasks = counters.tasks.saturating_add(1);
		});
		Self::deposit_event(Event::TaskSubmitted { task: id, requester, request });
		Self::ask_draw(id);
		Ok(id)
	}

	pub(crate) fn do_cancel(requester: &T::AccountId, id: TaskId) -> DispatchResult {
		let task = T::Handler::task(id).ok_or(Error::<T>::NoTask)?;
		ensure!(task.requester == *requester, Error::<T>::NotOwner);
		T::Handler::on_cancel(id)?;
		<Self as Scheduler<T::AccountId>>::close(id, task.request.demand.engine);
		Self::deposit_event(Event::TaskCancelled { task: id });
		Ok(())
	}

	/// Wakes the tasks that wait for the engines of `cluster`, if it can take one. Returns how many
	/// queues were looked at.
	fn wake_for(id: ClusterId, cluster: &Cluster<T::AccountId>, duty: &Duty) -> u32 {
		let free = cluster.service == Service::Active && duty.has_place(cluster.spec.slots);
		match free && duty.lacking == 0 {
			true => Self::wake(&cluster.spec.engines, Self::now(), Some(id)),
			false => 0,
		}
	}

	/// Counts `fault` against `operator`, and suspends it when there are too many.
	fn blame(operator: OperatorId, fault: Fault, cost_bond: bool) {
		let now = Self::now();
		Experiences::<T>::remove(operator);
		Self::count(|counters| counters.faulted_on = day_of(now).saturating_add(1));
		Records::<T>::mutate(operator, |slot| {
			let mut row = slot.at(now);
			row.faulted_at = now;
			if cost_bond {
				row.lied_at = now;
			}
			let (count, weight) = match fault {
				Fault::Lapse => (&mut row.lapses, 1),
				Fault::Dissent => (&mut row.dissents, 1),
				// More than may be forgiven.
				Fault::Silence => (&mut row.silences, T::LapsesAllowed::get().saturating_add(1)),
			};
			*count = count.saturating_add(1);
			row.in_a_row = row.in_a_row.saturating_add(weight);
			if row.in_a_row > T::LapsesAllowed::get() {
				let doubled = 1u32.checked_shl(row.suspensions.min(8)).unwrap_or(1);
				row.suspensions = row.suspensions.saturating_add(1);
				row.in_a_row = 0;
				let until = now.saturating_add(T::Suspension::get().saturating_mul(doubled));
				let until = row.suspended_until.max(until);
				row.suspended_until = until;
				Self::count(|counters| {
					counters.suspended_until = counters.suspended_until.max(until);
				});
				Self::deposit_event(Event::OperatorSuspended { operator, until });
			}
			*slot = row;
		});
	}

	/// A result of `operator` was checked for `witness` and found right. What counts as experience also
	/// ends a row of faults: agreeing with oneself does neither. Says whether nothing more counts today.
	fn praise(operator: OperatorId, witness: [u8; 4]) -> bool {
		let now = Self::now();
		let mut experience = Experiences::<T>::get(operator);
		if !experience.gain(witness, now) {
			return experience.is_sated(now);
		}
		let is_sated = experience.is_sated(now);
		Experiences::<T>::insert(operator, experience);
		if Records::<T>::contains_key(operator) {
			Records::<T>::mutate_exists(operator, |slot| {
				*slot = slot.map(|row| Record { in_a_row: 0, ..row.at(now) });
				*slot = slot.filter(|row| !row.is_clean(now));
			});
		}
		is_sated
	}

	fn owned(owner: &T::AccountId, id: ClusterId) -> Result<Cluster<T::AccountId>, Error<T>> {
		let cluster = Clusters::<T>::get(id).ok_or(Error::<T>::NoCluster)?;
		ensure!(cluster.owner == *owner, Error::<T>::NotOwner);
		Ok(cluster)
	}

	fn add_engines(operator: OperatorId, engines: &[Engine]) {
		for engine in engines {
			let clusters = EngineClusters::<T>::get(engine, operator);
			EngineClusters::<T>::insert(engine, operator, clusters.saturating_add(1));
			if clusters == 0 {
				EngineOperators::<T>::mutate(engine, |count| *count = count.saturating_add(1));
			}
		}
	}

	fn remove_engines(operator: OperatorId, engines: &[Engine]) {
		for engine in engines {
			let clusters = EngineClusters::<T>::get(engine, operator).saturating_sub(1);
			if clusters > 0 {
				EngineClusters::<T>::insert(engine, operator, clusters);
				continue;
			}
			EngineClusters::<T>::remove(engine, operator);
			EngineOperators::<T>::mutate_exists(engine, |slot| {
				*slot = slot.map(|count| count.saturating_sub(1)).filter(|count| *count > 0);
			});
		}
	}

	pub(crate) fn view_of(
		id: ClusterId,
		cluster: Cluster<T::AccountId>,
	) -> ClusterView<T::AccountId> {
		let duty = Duties::<T>::get(id);
		let suspended = Records::<T>::get(cluster.operator).suspended_until;
		let lease_until = Self::alive_until(&cluster, &duty);
		let status = if cluster.service == Service::Draining {
			ClusterStatus::Draining
		} else if duty.lacking > 0 {
			ClusterStatus::Underbonded
		} else if suspended > Self::now() {
			ClusterStatus::Suspended(suspended)
		} else if lease_until < Self::now() {
			ClusterStatus::LeaseExpired
		} else {
			ClusterStatus::Active
		};
		let assignments = duty.assignments().collect();
		ClusterView {
			id,
			assignments,
			owner: cluster.owner,
			operator: cluster.operator,
			spec: cluster.spec,
			status,
			bond: cluster.bond,
			pledged: duty.pledged,
			accrued: duty.accrued,
			since: cluster.since,
			lease_until,
		}
	}

	pub(crate) fn cluster_page(
		from: ClusterId,
	) -> (Vec<ClusterView<T::AccountId>>, Option<ClusterId>) {
		let end = Hot::<T>::get().counters.next_cluster.0;
		let stop = from.0.saturating_add(PAGE).min(end);
		let page = (from.0..stop).filter_map(|id| Self::cluster(ClusterId(id))).collect();
		(page, (stop < end).then_some(ClusterId(stop)))
	}

	/// The clusters among the numbers from `from` on that are `wanted`: up to a page of them, out of up to
	/// [`SCAN`] numbers.
	pub(crate) fn pick_clusters(
		from: ClusterId,
		wanted: impl Fn(&Cluster<T::AccountId>) -> bool,
	) -> (Vec<ClusterView<T::AccountId>>, Option<ClusterId>) {
		let end = Hot::<T>::get().counters.next_cluster.0;
		let stop = from.0.saturating_add(SCAN).min(end);
		let mut page = Vec::new();
		for id in (from.0..stop).map(ClusterId) {
			if page.len() >= PAGE as usize {
				return (page, Some(id));
			}
			let row = Clusters::<T>::get(id).filter(|row| wanted(row));
			page.extend(row.map(|row| Self::view_of(id, row)));
		}
		(page, (stop < end).then_some(ClusterId(stop)))
	}

	pub(crate) fn explain(demand: &Demand, from: ClusterId) -> MatchExplanation {
		use assay_primitives::spec::Constraint::*;
		let (page, next) = Self::cluster_page(from);
		let mut constraints = vec![
			(Engine, 0u32, 0u32),
			(Cpu, 0, 0),
			(Memory, 0, 0),
			(Disk, 0, 0),
			(GpuCount, 0, 0),
			(GpuVram, 0, 0),
			(Architecture, 0, 0),
			(Region, 0, 0),
			(Attestation, 0, 0),
			(Price, 0, 0),
		];
		let mut fitting = 0u32;
		for cluster in &page {
			let unmet: Vec<_> = demand.unmet_by(&cluster.spec).collect();
			fitting = fitting.saturating_add(unmet.is_empty().into());
			for (constraint, passing, others) in constraints.iter_mut() {
				let passes = !unmet.contains(constraint);
				let rest = unmet.iter().all(|failed| failed == constraint);
				*passing = passing.saturating_add(passes.into());
				*others = others.saturating_add(rest.into());
			}
		}
		let examined = u32::try_from(page.len()).unwrap_or(u32::MAX);
		MatchExplanation { examined, fitting, constraints, next }
	}
}

impl<T: Config> Scheduler<T::AccountId> for Pallet<T> {
	fn genesis_hash() -> [u8; 32] {
		Pallet::<T>::genesis_hash()
	}

	fn cluster(cluster: ClusterId) -> Option<Cluster<T::AccountId>> {
		Clusters::<T>::get(cluster)
	}

	fn duty(cluster: ClusterId) -> Duty {
		Duties::<T>::get(cluster)
	}

	fn owner(cluster: ClusterId) -> Option<OwnerHash> {
		Duties::<T>::get(cluster).owner
	}

	fn operators_with(engine: Engine) -> u32 {
		EngineOperators::<T>::get(engine)
	}

	fn is_parked(task: TaskId, engine: Engine) -> bool {
		Parked::<T>::get(engine).iter().any(|waiting| waiting == task)
	}

	fn request_draw(task: TaskId) {
		Self::ask_draw(task);
	}

	fn release(id: ClusterId, task: TaskId, owner: Option<OwnerHash>, fine: Balance) -> Weight {
		let mut duty = Duties::<T>::get(id);
		duty.owner = duty.owner.or(owner);
		Lane::ALL.into_iter().for_each(|lane| duty.lane_mut(lane).retain(|open| *open != task));
		duty.pledged = duty.pledged.saturating_add(fine);
		// Most slots are freed without a fine, and with nobody who waits for them.
		let concerns_cluster = Hot::<T>::get().counters.parked > 0 || fine > 0;
		let cluster = concerns_cluster.then(|| Clusters::<T>::get(id)).flatten();
		let looked_at = cluster.map_or(0, |cluster| {
			Self::reckon(&cluster, &mut duty);
			Self::wake_for(id, &cluster, &duty)
		});
		Self::keep_duty(id, &duty);
		T::WeightInfo::wake(looked_at)
	}

	fn most_to_wake(released: u32) -> Weight {
		T::WeightInfo::wake(released.saturating_mul(MAX_ENGINES))
	}

	fn lapsed(operator: OperatorId) {
		Self::blame(operator, Fault::Lapse, false);
	}

	fn pledge(id: ClusterId, from: Balance, to: Balance) {
		let mut duty = Duties::<T>::get(id);
		duty.pledged = duty.pledged.saturating_sub(from).saturating_add(to);
		if let Some(cluster) = Clusters::<T>::get(id) {
			Self::reckon(&cluster, &mut duty);
		}
		Self::keep_duty(id, &duty);
	}

	fn settle(receipt: Receipt) {
		let Receipt { cluster: id, operator, standing, pay, fine, witness } = receipt;
		let mut duty = Duties::<T>::get(id);
		duty.unsettled = duty.unsettled.saturating_sub(1);
		duty.accrued = duty.accrued.saturating_add(pay);
		if pay > 0 {
			duty.paid_at = Self::now();
		}
		if fine > 0 {
			duty.pledged = duty.pledged.saturating_sub(fine);
			if let Some(cluster) = Clusters::<T>::get(id) {
				Self::reckon(&cluster, &mut duty);
			}
		}
		let today = day_of(Self::now()).saturating_add(1);
		match (standing, witness) {
			(Standing::Better, Some(witness))
				if duty.sated_on != today || Hot::<T>::get().counters.faulted_on == today =>
			{
				if Self::praise(operator, witness) {
					duty.sated_on = today;
				}
			},
			(Standing::Worse, _) => Self::blame(operator, Fault::Dissent, fine > 0),
			(Standing::Worst, _) => Self::blame(operator, Fault::Silence, fine > 0),
			(Standing::Better | Standing::Same, _) => {},
		}
		Self::keep_duty(id, &duty);
	}

	fn experience(operator: OperatorId) -> u32 {
		Experiences::<T>::get(operator).checked
	}

	fn is_tainted(cluster: ClusterId, operator: OperatorId, since: BlockNumber) -> bool {
		let lied_at = Records::<T>::get(operator).lied_at;
		(lied_at > 0 && lied_at >= since) || Duties::<T>::get(cluster).pledged > 0
	}

	fn operator(account: &T::AccountId) -> Option<OperatorId> {
		Operators::<T>::get(account).map(|operator| operator.id)
	}

	fn take_accrued(id: ClusterId) -> Balance {
		let mut duty = Duties::<T>::get(id);
		let taken = core::mem::take(&mut duty.accrued);
		Clusters::<T>::mutate_extant(id, Self::extend_lease);
		Self::keep_duty(id, &duty);
		taken
	}

	fn slash(id: ClusterId, amount: Balance, to: &T::AccountId) -> Balance {
		let Some(mut cluster) = Clusters::<T>::get(id) else { return 0 };
		let held = T::Currency::balance_on_hold(&HoldReason::Bond.into(), &cluster.owner);
		let amount = amount.min(cluster.bond).min(held);
		if amount == 0 {
			return 0;
		}
		let moved = T::Currency::transfer_on_hold(
			&HoldReason::Bond.into(),
			&cluster.owner,
			to,
			amount,
			Precision::BestEffort,
			Restriction::Free,
			Fortitude::Force,
		)
		.defensive_unwrap_or(0);
		if moved == 0 {
			defensive!("a held bond can be moved");
			return 0;
		}
		cluster.bond = cluster.bond.saturating_sub(moved);
		let mut duty = Duties::<T>::get(id);
		Self::reckon(&cluster, &mut duty);
		Self::keep_duty(id, &duty);
		Clusters::<T>::insert(id, cluster);
		Self::deposit_event(Event::BondSlashed { cluster: id, amount: moved });
		moved
	}

	fn clock() -> Clock {
		Hot::<T>::get().clock
	}

	fn with_clock<R>(change: impl FnOnce(&mut Clock) -> R) -> R {
		Hot::<T>::mutate(|hot| change(&mut hot.clock))
	}

	fn end_draw(id: TaskId, engine: Engine) {
		Self::unpark(id, engine);
	}

	fn close(id: TaskId, engine: Engine) {
		Self::count(|counters| counters.tasks = counters.tasks.saturating_sub(1));
		Self::unpark(id, engine);
	}

	#[cfg(feature = "runtime-benchmarks")]
	fn prepare_cluster(owner: &T::AccountId, seed: u32) -> Result<ClusterId, DispatchError> {
		crate::benchmarking::prepare_cluster::<T>(owner, seed)
	}

	#[cfg(feature = "runtime-benchmarks")]
	fn prepare_service(cluster: ClusterId) {
		let owner = Clusters::<T>::get(cluster).map(|row| OwnerHash::of(&row.owner));
		Duties::<T>::mutate(cluster, |duty| {
			duty.owner = owner;
			duty.accrued = duty.accrued.saturating_add(1);
			duty.paid_at = Self::now();
		});
	}

	#[cfg(feature = "runtime-benchmarks")]
	fn prepare_task(
		requester: &T::AccountId,
		request: TaskRequest,
	) -> Result<TaskId, DispatchError> {
		Self::do_submit(requester.clone(), request)
	}

	#[cfg(feature = "runtime-benchmarks")]
	fn prepare_crowd() {
		crate::benchmarking::crowd::<T>();
	}

	#[cfg(feature = "runtime-benchmarks")]
	fn make_draws() {
		for lane in crate::types::Lane::ALL {
			for bucket in Hot::<T>::get().agenda(lane).clone() {
				let (mut left, mut meter) = (u32::MAX, frame_support::weights::WeightMeter::new());
				Self::serve_bucket(lane, bucket, &mut left, &mut meter);
			}
		}
	}
}

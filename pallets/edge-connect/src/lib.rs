// SPDX-License-Identifier: GPL-3.0-or-later
//! # Edge-connect
//!
//! Clusters and their specs, the tasks that wait for them, and the draws that bring the two
//! together.
//!
//! ## Words
//!
//! A **cluster** is one executor endpoint with a [`Spec`]; its **operator** is the account that
//! bonds money for it; a **position** is one of its slots, the unit of draws.
//!
//! ## Life of a task, as far as this pallet goes
//!
//! 1. [`Pallet::submit_task`] hands what was asked to the [`TaskHandler`], which keeps it, holds the
//!    money and says from then on what the task [`Wanted`].
//! 2. [`Scheduler::request_draw`] books a draw. It is made in [`Hooks::on_poll`] of the first block
//!    whose [`Beacon`] carries randomness younger than the request, over the index of positions.
//! 3. Who fits is assigned and reported to the handler. If nobody fits, the task is parked per
//!    engine until a cluster with that engine can take work: it was registered, updated, resumed or
//!    freed, its bond was made whole, its lease was renewed, or its operator's suspension has ended.
//! 4. [`Scheduler::close`] forgets the task.
//!
//! ## Invariants
//!
//! - E1: the index lists each active cluster once on its shelf of each of its engines, where the
//!   cluster says that it stands, as the spec says; and nothing else. Directories and positions count.
//! - E2: each cluster's endpoint leads to it, and to no other.
//! - E3: the bond held on an account is the sum of the bonds of its clusters.
//! - E4: a cluster executes at most as many tasks as it has slots and checks at most as many, all of
//!   them open tasks whose executions are not settled. Who is idle has no row of duties;
//!   whoever a row names as the owner is that.
//! - E5: the counters count.
//! - E6: per engine and operator, the clusters are counted, and per engine the operators.
//! - E7: the agenda names the blocks that have outstanding draws, oldest first, and no other.
//! - E8: a parked task is open and stands in the queue of its own engine, once, in order of age; if a
//!   draw or a lap is said to be on its way for it, there is one.
//! - E9: a cluster's bond covers all that verdicts will take of it, and what it lacks to cover its slots
//!   beside that is written down.
//!
//! What nearly each step needs stands in one row, which every block reads and writes ([`hot`]): the counters, the draws
//! of the blocks on the agenda, the clock of the judge of tasks.
//!
//! No call and no hook iterates over a map. The index ([`index`]) and the ways to look for somebody in it
//! ([`search`]) know neither this pallet nor its storage.
//!
//! [`Spec`]: assay_primitives::spec::Spec
//! [`Beacon`]: assay_primitives::draw::Beacon
//! [`Hooks::on_poll`]: frame_support::traits::Hooks::on_poll

#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

mod clusters;
mod drawing;
pub mod hot;
pub mod index;
pub mod interface;
mod laps;
mod queue;
pub mod search;
mod store;
mod try_state;
pub mod types;
pub mod weights;

#[cfg(feature = "runtime-benchmarks")]
pub mod benchmarking;
// The oracle needs a part of it only.
#[cfg(any(test, feature = "fuzzing"))]
#[cfg_attr(not(test), allow(dead_code, missing_docs))]
mod mock;
#[cfg(any(test, feature = "fuzzing"))]
pub mod oracle;
#[cfg(test)]
mod tests;

pub use drawing::{CHECK_RETRIES, PROOF_OF_CLUSTER, PROOF_OF_RECORD, RETRIES, SMALL, TRIES};
pub use interface::{Scheduler, Seated, TaskHandler, Wanted};
pub use pallet::*;
pub use weights::WeightInfo;

#[frame_support::pallet]
pub mod pallet {
	use super::*;
	use crate::types::*;
	use alloc::vec::Vec;
	use assay_primitives::{
		draw::Beacon,
		protocol::Role,
		spec::{Demand, Engine, Malformed, Spec},
		task::{BadPolicy, TaskRequest},
		view::{ClusterView, MatchExplanation},
		Balance, BlockNumber, ClusterId, OperatorId, TaskId,
	};
	use frame_support::{
		pallet_prelude::*,
		traits::fungible::{Inspect, MutateHold},
		weights::WeightMeter,
	};
	use frame_system::pallet_prelude::*;

	/// The version of this pallet's storage.
	pub const STORAGE_VERSION: StorageVersion = StorageVersion::new(1);

	#[pallet::pallet]
	#[pallet::storage_version(STORAGE_VERSION)]
	pub struct Pallet<T>(_);

	/// Why this pallet holds money.
	#[pallet::composite_enum]
	pub enum HoldReason {
		/// The bond behind a cluster's slots.
		Bond,
	}

	#[pallet::config]
	pub trait Config: frame_system::Config {
		/// The native token.
		type Currency: Inspect<Self::AccountId, Balance = Balance>
			+ MutateHold<Self::AccountId, Reason = Self::RuntimeHoldReason>;

		/// Hold reasons of the runtime.
		type RuntimeHoldReason: From<HoldReason>;

		/// Where randomness comes from.
		type Beacon: Beacon;

		/// Who judges the tasks.
		type Handler: TaskHandler<Self::AccountId>;

		/// The bond behind one slot: it answers for one execution and for one check.
		#[pallet::constant]
		type SlotBond: Get<Balance>;

		/// The shortest deadline that a policy may ask for, in blocks: enough for a cluster that sees
		/// its task when the draw's block is final and whose act takes a block or two. Otherwise
		/// requesters could let honest clusters miss one deadline after the other.
		#[pallet::constant]
		type ShortestDeadline: Get<BlockNumber>;

		/// The longest deadline that a policy may ask for, in blocks.
		#[pallet::constant]
		type LongestDeadline: Get<BlockNumber>;

		/// Blocks for which a cluster counts as alive after it was last heard of.
		#[pallet::constant]
		type Lease: Get<BlockNumber>;

		/// Faults that an operator may commit in a row before it is suspended: a first deadline
		/// that passed, or an answer that was outvoted. Silence after a commitment suspends at
		/// once.
		#[pallet::constant]
		type LapsesAllowed: Get<u32>;

		/// Blocks of a first suspension; each further one is twice as long.
		#[pallet::constant]
		type Suspension: Get<BlockNumber>;

		/// The most that this pallet's hook may use of a block.
		#[pallet::constant]
		type HookLimit: Get<Weight>;

		/// Measured weights.
		type WeightInfo: WeightInfo;
	}

	/// The clusters.
	#[pallet::storage]
	pub type Clusters<T: Config> =
		StorageMap<_, Twox64Concat, ClusterId, Cluster<T::AccountId>, OptionQuery>;

	/// The cluster behind the BLAKE2b-256 of each endpoint.
	#[pallet::storage]
	pub type Endpoints<T: Config> = StorageMap<_, Identity, [u8; 32], ClusterId, OptionQuery>;

	/// What each cluster has on its hands; nobody who is idle has a row.
	#[pallet::storage]
	pub type Duties<T: Config> = StorageMap<_, Twox64Concat, ClusterId, Duty, ValueQuery>;

	/// Who owns clusters.
	#[pallet::storage]
	pub type Operators<T: Config> =
		StorageMap<_, Blake2_128Concat, T::AccountId, Operator, OptionQuery>;

	/// What stands against operators; nobody who is clean has a row.
	#[pallet::storage]
	pub type Records<T: Config> = StorageMap<_, Twox64Concat, OperatorId, Record, ValueQuery>;

	/// How often each operator was checked and found right.
	#[pallet::storage]
	pub type Experiences<T: Config> =
		StorageMap<_, Twox64Concat, OperatorId, Experience, ValueQuery>;

	/// How many clusters with an engine an operator has.
	#[pallet::storage]
	pub type EngineClusters<T: Config> =
		StorageDoubleMap<_, Twox64Concat, Engine, Twox64Concat, OperatorId, u32, ValueQuery>;

	/// How many operators have a cluster with an engine.
	#[pallet::storage]
	pub type EngineOperators<T: Config> = StorageMap<_, Twox64Concat, Engine, u32, ValueQuery>;

	/// How many clusters stand on each shelf of an engine.
	#[pallet::storage]
	pub type Directories<T: Config> =
		StorageMap<_, Twox64Concat, Engine, index::Directory, ValueQuery>;

	/// The shelves, row by row.
	#[pallet::storage]
	pub type Rows<T: Config> = StorageMap<_, Twox64Concat, index::RowKey, index::Row, ValueQuery>;

	/// The hot row: each block is charged for it once, at its start, and nothing else is.
	#[pallet::storage]
	#[pallet::whitelist_storage]
	pub type Hot<T: Config> = StorageValue<_, hot::HotState, ValueQuery>;

	/// The other draws that a block asked for, in order, per lane.
	#[pallet::storage]
	pub type DrawBuckets<T: Config> =
		StorageMap<_, Twox64Concat, (Lane, BlockNumber), Draws, ValueQuery>;

	/// The tasks that wait for capacity, per engine, in order.
	#[pallet::storage]
	pub type Parked<T: Config> = StorageMap<_, Twox64Concat, Engine, Queue, ValueQuery>;

	/// The queues that are being woken, or will be.
	#[pallet::storage]
	pub type Wakes<T: Config> = StorageValue<_, BoundedVec<Wake, ConstU32<MAX_WAKES>>, ValueQuery>;

	/// The tasks that go round, per lane, in turn.
	#[pallet::storage]
	pub type Laps<T: Config> =
		StorageMap<_, Twox64Concat, Lane, BoundedVec<Lap, ConstU32<MAX_LAPS>>, ValueQuery>;

	#[pallet::event]
	#[pallet::generate_deposit(pub(super) fn deposit_event)]
	pub enum Event<T: Config> {
		/// A cluster was registered.
		ClusterRegistered {
			/// Its number.
			cluster: ClusterId,
			/// Who owns it.
			owner: T::AccountId,
			/// The owner's number.
			operator: OperatorId,
			/// What it offers.
			spec: Spec,
		},
		/// A cluster's spec was replaced.
		ClusterUpdated {
			/// Its number.
			cluster: ClusterId,
			/// What it offers now.
			spec: Spec,
		},
		/// A cluster was taken out of the draws.
		ClusterDraining {
			/// Its number.
			cluster: ClusterId,
		},
		/// A draining cluster was put back into the draws.
		ClusterResumed {
			/// Its number.
			cluster: ClusterId,
		},
		/// A cluster was removed and its bond returned.
		ClusterRemoved {
			/// Its number.
			cluster: ClusterId,
		},
		/// A cluster showed that it is alive.
		LeaseRenewed {
			/// Its number.
			cluster: ClusterId,
			/// The last block in which a draw finds it, unless it does so again.
			until: BlockNumber,
		},
		/// A draw came upon a cluster that was not heard of for too long, and took it out of the draws.
		LeaseExpired {
			/// Its number.
			cluster: ClusterId,
		},
		/// Bond was added to a cluster.
		BondToppedUp {
			/// Its number.
			cluster: ClusterId,
			/// How much.
			amount: Balance,
		},
		/// Bond was taken from a cluster.
		BondSlashed {
			/// Its number.
			cluster: ClusterId,
			/// How much.
			amount: Balance,
		},
		/// An operator let too many deadlines pass. No draw finds it for a while.
		OperatorSuspended {
			/// Its number.
			operator: OperatorId,
			/// Until when.
			until: BlockNumber,
		},
		/// A task was submitted.
		TaskSubmitted {
			/// Its number.
			task: TaskId,
			/// Who asked.
			requester: T::AccountId,
			/// What was asked.
			request: TaskRequest,
		},
		/// A task was cancelled before anybody had been drawn.
		TaskCancelled {
			/// Its number.
			task: TaskId,
		},
		/// Draws found too few. The task waits for capacity, and for the end of its lap if the network is
		/// large.
		TaskParked {
			/// Its number.
			task: TaskId,
			/// For what.
			role: Role,
		},
		/// Capacity appeared; the task gets another draw.
		TaskWoken {
			/// Its number.
			task: TaskId,
			/// For what.
			role: Role,
		},
		/// A draw assigned clusters to a task.
		Drawn {
			/// The task.
			task: TaskId,
			/// As what.
			role: Role,
			/// Who.
			clusters: Vec<ClusterId>,
			/// Positions that the draw chose from: those on the shelves that can fit, or of the allow
			/// list.
			positions: u32,
			/// How often it looked at one.
			tries: u32,
		},
	}

	#[pallet::error]
	pub enum Error<T> {
		/// There is no such cluster.
		NoCluster,
		/// There is no such open task.
		NoTask,
		/// The caller does not own it.
		NotOwner,
		/// The spec names no processor or no memory.
		NoCapacity,
		/// The spec names no engine.
		NoEngine,
		/// A cluster has between one and [`assay_primitives::spec::MAX_SLOTS`] slots.
		BadSlots,
		/// Not an assigned ISO 3166-1 alpha-2 code.
		UnknownRegion,
		/// The endpoint is not an `http://` or `https://` URL.
		BadEndpoint,
		/// An entry stands in a list twice, or in the allow list and the deny list.
		Repeated,
		/// An array has between one and [`assay_primitives::array::MAX_ITEMS`] items.
		BadItems,
		/// An array is checked by a quorum of two.
		ArrayQuorum,
		/// Another record has this endpoint.
		EndpointTaken,
		/// The quorum is out of range.
		BadQuorum,
		/// A panel has 1 or 3 members.
		BadPanel,
		/// The floor of audits is out of range.
		BadFloor,
		/// Audits need a proven class: in a declared one no bond answers for a lie.
		Unbonded,
		/// A proven class gives the same result in every run: there is nothing to try.
		PreflightOfProven,
		/// A deadline is too short or too long.
		BadDeadline,
		/// Too few operators have the engine to check the result: ask `quote`.
		TooFewOperators,
		/// The cluster has tasks in its slots. Drain it and wait.
		TasksOpen,
		/// A task that the cluster worked on is not final: its bond still answers for it. Wait.
		Unsettled,
		/// The cluster is in the draws. Drain it first.
		NotDraining,
		/// The cluster is being drained already.
		AlreadyDraining,
		/// The cluster has pay to claim. Claim it first.
		PayUnclaimed,
		/// Numbers are used up.
		Exhausted,
	}

	impl<T: Config> From<Malformed> for Error<T> {
		fn from(malformed: Malformed) -> Self {
			match malformed {
				Malformed::NoCapacity => Self::NoCapacity,
				Malformed::NoEngine => Self::NoEngine,
				Malformed::BadSlots => Self::BadSlots,
				Malformed::UnknownRegion => Self::UnknownRegion,
				Malformed::BadEndpoint => Self::BadEndpoint,
				Malformed::Repeated => Self::Repeated,
				Malformed::BadItems => Self::BadItems,
				Malformed::ArrayQuorum => Self::ArrayQuorum,
			}
		}
	}

	impl<T: Config> From<BadPolicy> for Error<T> {
		fn from(bad: BadPolicy) -> Self {
			match bad {
				BadPolicy::Quorum => Self::BadQuorum,
				BadPolicy::Panel => Self::BadPanel,
				BadPolicy::Floor => Self::BadFloor,
				BadPolicy::Unbonded => Self::Unbonded,
				BadPolicy::Preflight => Self::PreflightOfProven,
				BadPolicy::Deadline => Self::BadDeadline,
			}
		}
	}

	#[pallet::hooks]
	impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
		fn on_initialize(_: BlockNumberFor<T>) -> Weight {
			if Hot::<T>::get().genesis.is_none() {
				Self::keep_genesis();
				// Only ever once.
				return Self::weight_of_hot_row().saturating_add(T::DbWeight::get().reads(1));
			}
			Self::weight_of_hot_row()
		}

		fn on_poll(_: BlockNumberFor<T>, meter: &mut WeightMeter) {
			// The meter offers the whole rest of the block: leave most of it to the users.
			let mut own = WeightMeter::with_limit(meter.remaining().min(T::HookLimit::get()));
			if own.try_consume(T::WeightInfo::serve_nothing()).is_ok() {
				// Draws first: when they fill the block, waking would only ask for more of them.
				Self::serve_draws(&mut own);
				Self::serve_wakes(&mut own);
			}
			meter.consume(own.consumed());
		}

		fn integrity_test() {
			assert!(
				T::ShortestDeadline::get() > T::Beacon::delay()
					&& T::ShortestDeadline::get() <= T::LongestDeadline::get(),
				"the shortest wait must outlast the delay of a draw"
			);
			let least = T::WeightInfo::serve_nothing()
				.saturating_add(
					Self::heaviest_draw(Lane::Checking).max(Self::heaviest_step(Lane::Checking)),
				)
				.saturating_add(T::WeightInfo::wake_task());
			assert!(
				least.all_lte(T::HookLimit::get()),
				"the hook must be able to make a draw or to go round, and to wake a task"
			);
			assert!(
				T::Beacon::delay() > 0 && T::Beacon::folds_needed() > 0,
				"a draw must wait for randomness that nobody knows at its event"
			);
			// The delay is in relay blocks, of which there is at least one for each of ours.
			assert!(
				T::Beacon::delay() < MAX_BUCKETS / 2,
				"half of the blocks on the agenda of draws are for those that have to wait"
			);
		}

		#[cfg(feature = "try-runtime")]
		fn try_state(_: BlockNumberFor<T>) -> Result<(), sp_runtime::TryRuntimeError> {
			Self::do_try_state()
		}
	}

	#[pallet::call(weight(<T as Config>::WeightInfo))]
	impl<T: Config> Pallet<T> {
		/// Register a cluster and bond money for each of its slots.
		///
		/// Origin: signed. Emits [`Event::ClusterRegistered`].
		#[pallet::call_index(0)]
		pub fn register_cluster(origin: OriginFor<T>, spec: Spec) -> DispatchResult {
			let owner = ensure_signed(origin)?;
			Self::do_register(owner, spec)
		}

		/// Replace the spec of `cluster`. Its positions count as new afterwards.
		///
		/// Origin: signed by the owner. Emits [`Event::ClusterUpdated`].
		#[pallet::call_index(1)]
		pub fn update_cluster(
			origin: OriginFor<T>,
			cluster: ClusterId,
			spec: Spec,
		) -> DispatchResult {
			let owner = ensure_signed(origin)?;
			Self::do_update(&owner, cluster, spec)
		}

		/// Take `cluster` out of the draws; it finishes what it has.
		///
		/// Origin: signed by the owner. Emits [`Event::ClusterDraining`].
		#[pallet::call_index(2)]
		pub fn drain_cluster(origin: OriginFor<T>, cluster: ClusterId) -> DispatchResult {
			let owner = ensure_signed(origin)?;
			Self::do_drain(&owner, cluster)
		}

		/// Remove a drained `cluster` and return its bond.
		///
		/// Origin: signed by the owner. Emits [`Event::ClusterRemoved`].
		#[pallet::call_index(3)]
		pub fn remove_cluster(origin: OriginFor<T>, cluster: ClusterId) -> DispatchResult {
			let owner = ensure_signed(origin)?;
			Self::do_remove(&owner, cluster)
		}

		/// Submit a task. The worst it can cost is held until it is final.
		///
		/// Origin: signed. Emits [`Event::TaskSubmitted`].
		#[pallet::call_index(4)]
		pub fn submit_task(origin: OriginFor<T>, request: TaskRequest) -> DispatchResult {
			let requester = ensure_signed(origin)?;
			Self::do_submit(requester, request).map(|_| ())
		}

		/// Cancel a task that nobody has been drawn for, and get everything back.
		///
		/// Origin: signed by the requester. Emits [`Event::TaskCancelled`].
		#[pallet::call_index(5)]
		pub fn cancel_task(origin: OriginFor<T>, task: TaskId) -> DispatchResult {
			let requester = ensure_signed(origin)?;
			Self::do_cancel(&requester, task)
		}

		/// Add to the bond of `cluster`, after a slash for instance.
		///
		/// Origin: signed by the owner. Emits [`Event::BondToppedUp`].
		#[pallet::call_index(6)]
		pub fn top_up_bond(
			origin: OriginFor<T>,
			cluster: ClusterId,
			amount: Balance,
		) -> DispatchResult {
			let owner = ensure_signed(origin)?;
			Self::do_top_up(&owner, cluster, amount)
		}

		/// Put a draining `cluster` back into the draws.
		///
		/// Origin: signed by the owner. Emits [`Event::ClusterResumed`].
		#[pallet::call_index(7)]
		pub fn resume_cluster(origin: OriginFor<T>, cluster: ClusterId) -> DispatchResult {
			let owner = ensure_signed(origin)?;
			Self::do_resume(&owner, cluster)
		}

		/// Show that `cluster` is alive. Paid work does that as well.
		///
		/// Origin: signed by the owner. Emits [`Event::LeaseRenewed`].
		#[pallet::call_index(8)]
		pub fn renew_lease(origin: OriginFor<T>, cluster: ClusterId) -> DispatchResult {
			let owner = ensure_signed(origin)?;
			Self::do_renew(&owner, cluster)
		}

		/// Register several clusters: all of them, or none.
		///
		/// Origin: signed. Emits [`Event::ClusterRegistered`] for each.
		#[pallet::call_index(9)]
		#[pallet::weight(T::WeightInfo::register_cluster().saturating_mul(specs.len() as u64))]
		pub fn register_clusters(
			origin: OriginFor<T>,
			specs: BoundedVec<Spec, ConstU32<MAX_BATCH>>,
		) -> DispatchResult {
			let owner = ensure_signed(origin)?;
			specs.into_iter().try_for_each(|spec| Self::do_register(owner.clone(), spec))
		}

		/// Submit several tasks: all of them, or none.
		///
		/// Origin: signed. Emits [`Event::TaskSubmitted`] for each.
		#[pallet::call_index(10)]
		#[pallet::weight(T::WeightInfo::submit_task().saturating_mul(requests.len() as u64))]
		pub fn submit_tasks(
			origin: OriginFor<T>,
			requests: BoundedVec<TaskRequest, ConstU32<MAX_BATCH>>,
		) -> DispatchResult {
			let requester = ensure_signed(origin)?;
			requests
				.into_iter()
				.try_for_each(|request| Self::do_submit(requester.clone(), request).map(|_| ()))
		}
	}

	#[pallet::view_functions]
	impl<T: Config> Pallet<T> {
		/// One cluster.
		pub fn cluster(id: ClusterId) -> Option<ClusterView<T::AccountId>> {
			Clusters::<T>::get(id).map(|cluster| Self::view_of(id, cluster))
		}

		/// A page of clusters by number, and where the next page starts.
		pub fn clusters(from: ClusterId) -> (Vec<ClusterView<T::AccountId>>, Option<ClusterId>) {
			Self::cluster_page(from)
		}

		/// The clusters of `owner` by number from `from` on, and where the next page starts. A page looks
		/// at so many numbers and no more, so it can be short, or empty, although another one follows.
		pub fn clusters_of(
			owner: T::AccountId,
			from: ClusterId,
		) -> (Vec<ClusterView<T::AccountId>>, Option<ClusterId>) {
			Self::pick_clusters(from, |cluster| cluster.owner == owner)
		}

		/// The clusters that meet `demand`, paged likewise. Whether they can be drawn now is in their
		/// status.
		pub fn clusters_for(
			demand: Demand,
			from: ClusterId,
		) -> (Vec<ClusterView<T::AccountId>>, Option<ClusterId>) {
			Self::pick_clusters(from, |cluster| demand.is_met_by(&cluster.spec))
		}

		/// Per constraint of `demand`, how many clusters of the page pass it and how many pass all
		/// others.
		pub fn explain_match(demand: Demand, from: ClusterId) -> MatchExplanation {
			Self::explain(&demand, from)
		}

		/// What stands against an operator now, and how often it was checked and found right.
		pub fn standing(operator: OperatorId) -> (Record, u32) {
			let record = Records::<T>::get(operator).at(Self::now());
			(record, Experiences::<T>::get(operator).checked)
		}

		/// Counts and next numbers.
		pub fn counters() -> Counters {
			Hot::<T>::get().counters
		}
	}
}

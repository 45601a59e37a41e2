// SPDX-License-Identifier: GPL-3.0-or-later
//! Benchmarks, each at its worst case. They run in the runtime, with its own beacon and its own
//! judge of tasks, as well as over the test doubles.

use crate::{
	drawing::Search,
	hot::TIMERS_AT_HAND,
	index::{Directory, Entry, RowKey, Shelf, ROW},
	laps::ROWS_PER_STEP,
	pallet::{
		Call, Clusters, Config, Directories, DrawBuckets, Duties, HoldReason, Hot, Laps, Pallet,
		Parked, Records, Rows, Wakes,
	},
	search::{Progress, MAX_PICKS},
	types::{
		Attempt, Bucket, FirstDraws, Lane, Lap, PendingDraw, Queue, Record, Waiter, Wake,
		MAX_BUCKETS, MAX_DRAWS_PER_BLOCK, MAX_LAPS, MAX_PARKED, MAX_RECENT, MAX_WAKES,
	},
	Scheduler, TaskHandler, Wanted, SMALL, TRIES,
};
use alloc::{format, vec::Vec};
use assay_primitives::{
	draw::Beacon,
	protocol::{Breadth, Role},
	spec::{
		Architecture, Attestation, Demand, Engine, ExecutorKind, Region, Resources, Spec,
		MAX_ENDPOINT_LEN, MAX_ENGINES, MAX_SLOTS,
	},
	task::{
		Access, Apart, Check, Limits, Policy, TaskRequest, Workload, MAX_ARGS_LEN, MAX_LIST,
		MAX_PANEL, MAX_QUORUM,
	},
	Balance, BlockNumber, BoundedVec, ClusterId, ContentHash, SealingKey, TaskId,
};
use frame_benchmarking::v2::*;
use frame_support::{
	pallet_prelude::DispatchError,
	traits::{
		fungible::{Inspect, InspectHold, Unbalanced},
		tokens::Precision,
		Get, Hooks,
	},
	weights::WeightMeter,
};
use frame_system::RawOrigin;

/// The block that a benchmark stands in, unless it says otherwise.
const NOW: u32 = 1000;
/// The first engine that a benchmark's cluster offers; the others have the numbers after it.
const FIRST_ENGINE: u16 = 1;
/// Regions of a demand, the one that fits last.
const REGIONS: [&[u8; 2]; 16] = [
	b"AT", b"AU", b"BE", b"BR", b"CA", b"CH", b"CZ", b"ES", b"FR", b"GB", b"IT", b"JP", b"NL",
	b"PL", b"US", b"DE",
];

/// Registers a cluster of `owner`, whom it gives the money, with an endpoint that no other has.
pub(crate) fn prepare_cluster<T: Config>(
	owner: &T::AccountId,
	seed: u32,
) -> Result<ClusterId, DispatchError> {
	Pallet::<T>::keep_genesis();
	register::<T>(owner, seed, 1)
}

fn register<T: Config>(
	owner: &T::AccountId,
	seed: u32,
	slots: u16,
) -> Result<ClusterId, DispatchError> {
	let id = Hot::<T>::get().counters.next_cluster;
	fund::<T>(owner, T::SlotBond::get().saturating_mul(slots.into()))?;
	Pallet::<T>::do_register(owner.clone(), spec::<T>(seed, id, slots, FIRST_ENGINE))?;
	Ok(id)
}

/// A spec with a list of engines and an endpoint as long as they can be.
fn spec<T: Config>(seed: u32, id: ClusterId, slots: u16, first_engine: u16) -> Spec {
	let name = format!("https://{seed}.{id}.benchmark.example/");
	let padded = name.bytes().chain(core::iter::repeat(b'x')).take(MAX_ENDPOINT_LEN as usize);
	Spec {
		architecture: Architecture::X86_64,
		resources: Resources {
			cpu_millicores: 64_000,
			memory_mib: 65_536,
			disk_mib: 1_000_000,
			gpu_count: 8,
			gpu_vram_mib: 65_536,
		},
		region: Region(*b"DE"),
		engines: BoundedVec::truncate_from(engines(first_engine)),
		attestation: Attestation::Confidential,
		price: T::Currency::minimum_balance(),
		slots,
		endpoint: BoundedVec::truncate_from(padded.collect()),
		sealing_key: SealingKey([7; 32]),
	}
}

fn engines(first: u16) -> Vec<Engine> {
	(first..).take(MAX_ENGINES as usize).map(wasm).collect()
}

fn wasm(id: u16) -> Engine {
	Engine { kind: ExecutorKind::Wasm, id }
}

/// The last engine of a benchmark's cluster: found after all others.
fn last_engine() -> Engine {
	engines(FIRST_ENGINE).pop().unwrap_or(assay_primitives::spec::WASM_ENGINE)
}

/// The longest request that a benchmark's cluster meets, open to everybody but the denied.
fn request<T: Config>() -> TaskRequest {
	let nobody = |first: u32| (first..).take(MAX_LIST as usize).map(ClusterId).collect();
	TaskRequest {
		workload: Workload {
			program: ContentHash([1; 32]),
			inputs: ContentHash([2; 32]),
			args: BoundedVec::truncate_from(alloc::vec![b'x'; MAX_ARGS_LEN as usize]),
			limits: Limits { fuel: 1_000_000, memory_mib: 64, output_kib: 64 },
			items: None,
		},
		demand: Demand {
			engine: last_engine(),
			resources: Resources { cpu_millicores: 1000, ..Default::default() },
			architectures: BoundedVec::truncate_from(alloc::vec![
				Architecture::Aarch64,
				Architecture::Riscv64,
				Architecture::X86_64,
			]),
			regions: BoundedVec::truncate_from(REGIONS.map(|code| Region(*code)).to_vec()),
			attestation: Attestation::Confidential,
			max_price: T::Currency::minimum_balance(),
		},
		policy: Policy {
			check: Check::Verified { quorum: MAX_QUORUM, panel: MAX_PANEL },
			preflight: false,
			window: 1,
			// Shorter, so that a draw moves the timer.
			execution_blocks: T::LongestDeadline::get() - 10,
			queue_blocks: T::LongestDeadline::get(),
		},
		access: Access {
			allow: BoundedVec::new(),
			deny: BoundedVec::truncate_from(nobody(u32::MAX - MAX_LIST)),
			apart: Apart::default(),
		},
	}
}

fn fund<T: Config>(who: &T::AccountId, amount: Balance) -> Result<(), DispatchError> {
	let enough = amount.saturating_add(T::Currency::minimum_balance());
	T::Currency::increase_balance(who, enough, Precision::Exact).map(|_| ())
}

/// An account with the money for a cluster of `MAX_SLOTS` slots and for many tasks.
fn rich<T: Config>(name: &'static str) -> Result<T::AccountId, DispatchError> {
	let who = account(name, 0, 0);
	fund::<T>(&who, T::SlotBond::get().saturating_mul(100))?;
	Ok(who)
}

fn set_block<T: Config>(block: u32) {
	frame_system::Pallet::<T>::set_block_number(block.into());
}

/// Lets each engine have every shelf, as far as the directory says.
fn fill_directories<T: Config>(engines: &[Engine]) {
	for engine in engines {
		Directories::<T>::mutate(engine, Directory::fill);
	}
}

/// A cluster of `owner` with all slots and all engines, in the first row of full shelves. Taking it out
/// moves for each engine another cluster, from another row.
fn scattered_cluster<T: Config>(owner: &T::AccountId) -> Result<ClusterId, DispatchError> {
	let id = register::<T>(owner, 0, MAX_SLOTS)?;
	for n in 1..=ROW {
		register::<T>(&account("filler", 0, 0), n, MAX_SLOTS)?;
	}
	for (n, engine) in (0..).zip(engines(FIRST_ENGINE)) {
		let neighbour = account("neighbour", n, 0);
		fund::<T>(&neighbour, T::SlotBond::get().saturating_mul(MAX_SLOTS.into()))?;
		let next = Hot::<T>::get().counters.next_cluster;
		let mut spec = spec::<T>(n, next, MAX_SLOTS, FIRST_ENGINE);
		spec.engines = BoundedVec::truncate_from(alloc::vec![engine]);
		Pallet::<T>::do_register(neighbour, spec)?;
	}
	fill_directories::<T>(&engines(FIRST_ENGINE));
	Ok(id)
}

/// A cluster of `owner` on a shelf of its own, the `n`-th, in a row that others fill who do not fit.
fn alone_on_shelf<T: Config>(owner: &T::AccountId, n: u32) -> Result<ClusterId, DispatchError> {
	let id = Hot::<T>::get().counters.next_cluster;
	let slots = u16::try_from(n % u32::from(MAX_SLOTS)).unwrap_or_default().saturating_add(1);
	let mut spec = spec::<T>(n, id, slots, FIRST_ENGINE);
	spec.engines = BoundedVec::truncate_from(alloc::vec![last_engine()]);
	let tiers = [(0, 0), (1, 1), (1, 16 * 1024), (1, 40 * 1024)];
	let tier = (n / u32::from(MAX_SLOTS)) as usize;
	(spec.resources.gpu_count, spec.resources.gpu_vram_mib) =
		tiers.get(tier).copied().ok_or("more than there are shelves")?;
	fund::<T>(owner, T::SlotBond::get().saturating_mul(slots.into()))?;
	Pallet::<T>::do_register(owner.clone(), spec.clone())?;
	let key = RowKey { engine: last_engine(), shelf: Shelf::of(&spec), number: 0 };
	let mut row = Rows::<T>::get(key);
	let operator = row.first().map(|entry| entry.operator).unwrap_or_default();
	spec.region = Region(*b"IS");
	let other = Entry::new(ClusterId(u32::MAX), operator, u32::MAX, u32::MAX, &spec);
	while row.try_push(other.clone()).is_ok() {}
	Rows::<T>::insert(key, row);
	Ok(id)
}

/// So many clusters of as many operators, each on a shelf of its own.
fn independent<T: Config>(count: u32) -> Result<Vec<ClusterId>, DispatchError> {
	(0..count).map(|n| alone_on_shelf::<T>(&account("operator", n, 0), n)).collect()
}

fn suspend<T: Config>(id: ClusterId) {
	if let Some(cluster) = Clusters::<T>::get(id) {
		let record = Record { suspended_until: u32::MAX, faulted_at: NOW, ..Default::default() };
		Records::<T>::insert(cluster.operator, record);
		Pallet::<T>::count(|counters| counters.suspended_until = u32::MAX);
	}
}

/// Lets so many tasks wait for an executor with `engine`, and as many as there can be to be checked.
fn park_others<T: Config>(engine: Engine, count: u32) {
	let first = u64::from(engine.id).saturating_mul(u64::from(MAX_PARKED)).saturating_add(1 << 32);
	let waiter = |task| Waiter { task: TaskId(task), seen: None, drawing: true };
	let mut others = (first..).map(waiter);
	let mut waiting =
		|count: u32| BoundedVec::truncate_from(others.by_ref().take(count as usize).collect());
	let recent = (0..MAX_RECENT).map(|n| (n, ClusterId(u32::MAX - n))).collect();
	let queue = Queue {
		checking: waiting(MAX_PARKED),
		executing: waiting(count),
		recent: BoundedVec::truncate_from(recent),
		serial: MAX_RECENT,
		forgotten: 0,
	};
	Parked::<T>::insert(engine, queue);
	Pallet::<T>::count(|counters| counters.parked += count + MAX_PARKED);
}

/// Lets full queues wait for engines from `first` on, and leaves just enough room to wake them.
fn full_queues<T: Config>(first: u16) {
	engines(first).into_iter().for_each(|engine| park_others::<T>(engine, MAX_PARKED));
	fill_wakes::<T>(MAX_WAKES - MAX_ENGINES, Pallet::<T>::now());
}

fn fill_wakes<T: Config>(count: u32, from: BlockNumber) {
	let busy = (0..)
		.take(count as usize)
		.map(|id| Engine { kind: ExecutorKind::Container, id })
		.map(|engine| Wake::everybody(engine, from));
	Wakes::<T>::put(BoundedVec::truncate_from(busy.collect::<Vec<_>>()));
}

/// Books all draws that this block can ask for, and all blocks before it, and fills the hot row but for one timer,
/// which what is measured may set.
pub(crate) fn crowd<T: Config>() {
	Pallet::<T>::keep_genesis();
	let now = Pallet::<T>::now();
	let event = T::Beacon::now();
	let other = PendingDraw { task: TaskId(u64::MAX), round: 0, attempt: Attempt::Fresh(0) };
	let draws = alloc::vec![other; MAX_DRAWS_PER_BLOCK as usize];
	let mut first = FirstDraws::default();
	while first.push(other) {}
	let agenda =
		(0..MAX_BUCKETS).rev().map(|age| Bucket { block: now - age, event, first, more: true });
	let agenda = BoundedVec::truncate_from(agenda.collect::<Vec<_>>());
	for lane in Lane::ALL {
		Hot::<T>::mutate(|hot| *hot.agenda_mut(lane) = agenda.clone());
		DrawBuckets::<T>::insert((lane, now), BoundedVec::truncate_from(draws.clone()));
	}
	let later = |n| (BlockNumber::MAX, TaskId(u64::MAX - n));
	let timers = (1..u64::from(TIMERS_AT_HAND)).map(later).collect();
	Hot::<T>::mutate(|hot| hot.clock.timers = BoundedVec::truncate_from(timers));
}

/// As many operators as the thorough need, each with a cluster.
fn operators<T: Config>() -> Result<(), DispatchError> {
	for n in 0..u32::from(MAX_QUORUM) {
		prepare_cluster::<T>(&account("operator", n, 0), n)?;
	}
	Ok(())
}

/// Lets each of the engines from `first` on have every shelf, and the shelf of the largest clusters all
/// but full rows.
fn fill_rows<T: Config>(first: u16) {
	let spec = spec::<T>(0, ClusterId(0), MAX_SLOTS, first);
	let shelf = Shelf::of(&spec);
	let other = Entry::new(ClusterId(u32::MAX), Default::default(), u32::MAX, u32::MAX, &spec);
	for engine in engines(first) {
		let row = alloc::vec![other.clone(); ROW as usize - 1];
		let key = RowKey { engine, shelf, number: 0 };
		Rows::<T>::insert(key, BoundedVec::truncate_from(row));
		Directories::<T>::mutate(engine, |directory| directory.set_count(shelf, ROW - 1));
	}
	fill_directories::<T>(&engines(first));
}

/// Lets `task` wait in full queues for a draw that is on its way, the last to be found there.
fn park_with_others<T: Config>(task: TaskId, lane: Lane) {
	park_others::<T>(last_engine(), MAX_PARKED);
	Parked::<T>::mutate(last_engine(), |queue| {
		let own = Waiter { task, seen: Some(0), drawing: true };
		queue.lane_mut(lane).iter_mut().take(1).for_each(|first| *first = own);
	});
}

/// Lets so many others go round for an executor.
fn fill_laps<T: Config>(count: u32) {
	let lap = |n: u32| Lap {
		task: TaskId(u64::MAX - u64::from(n)),
		round: 0,
		event: NOW,
		progress: Progress::default(),
	};
	let laps = BoundedVec::truncate_from((0..count).map(lap).collect());
	Laps::<T>::insert(Lane::Executing, laps);
}

/// Registers so many clusters of one slot each, 64 to an operator, in the block of genesis, which keeps no
/// events.
pub fn register_network<T: Config>(clusters: u32) -> Result<(), DispatchError> {
	for n in 0..clusters {
		let owner: T::AccountId = account("operator", n / 64, 0);
		if n % 64 == 0 {
			fund::<T>(&owner, T::SlotBond::get().saturating_mul(64))?;
		}
		let mut spec = spec::<T>(0, ClusterId(n), 1, FIRST_ENGINE);
		spec.engines = BoundedVec::truncate_from(alloc::vec![last_engine()]);
		let name = format!("https://node-{n}.benchmark.example/logs");
		spec.endpoint = BoundedVec::truncate_from(name.into_bytes());
		Pallet::<T>::do_register(owner, spec)?;
	}
	Ok(())
}

/// Books a draw for a task that everybody in the network fits, but for so many of the first choices of the
/// draw, who are not bonded.
fn prepare_matching<T: Config>(failing: u32) -> Result<TaskId, DispatchError> {
	if Hot::<T>::get().counters.clusters == 0 {
		register_network::<T>(1_000)?;
	}
	Pallet::<T>::keep_genesis();
	set_block::<T>(NOW);
	let requester = rich::<T>("requester")?;
	let request = TaskRequest { access: Access::default(), ..request::<T>() };
	let task = Pallet::<T>::do_submit(requester, request)?;
	let stored = T::Handler::task(task).ok_or("submitted")?;
	let wanted = T::Handler::wanted(task).ok_or("a draw is open")?;
	let search = Search { task: &stored, wanted: &wanted, event: NOW };
	let (store, pool) = (crate::store::Store::<T>::new(), Pallet::<T>::pool(&search));
	let draw = Pallet::<T>::draw_of(task, wanted.round, &T::Beacon::now().acc);
	for attempt in 0..failing {
		let choice = draw.choose(attempt, pool.positions()).ok_or("not empty")?;
		let (_, entry, _) = pool.entry_at(&store, choice).ok_or("in the pool")?;
		Duties::<T>::mutate(entry.cluster, |duty| duty.lacking = 1);
	}
	Ok(task)
}

/// All that the hook does in a block in which the draw of [`prepare_matching`] is due.
fn serve_matching<T: Config>() {
	let mut meter = WeightMeter::new();
	Pallet::<T>::serve_draws(&mut meter);
	if let Some(bucket) = Hot::<T>::get().executing.into_iter().next() {
		Pallet::<T>::serve_bucket(Lane::Executing, bucket, &mut 1, &mut meter);
	}
	Pallet::<T>::serve_wakes(&mut meter);
}

#[benchmarks]
mod benchmarks {
	use super::*;

	// The first cluster of a new operator, with all engines, for each of which a full queue is woken. It
	// stands at the end of a row, and each engine has every shelf.
	#[benchmark]
	fn register_cluster() -> Result<(), BenchmarkError> {
		set_block::<T>(NOW);
		let fresh = FIRST_ENGINE + MAX_ENGINES as u16;
		fill_rows::<T>(fresh);
		full_queues::<T>(fresh);
		let owner = rich::<T>("owner")?;
		let id = Hot::<T>::get().counters.next_cluster;
		let spec = spec::<T>(0, id, MAX_SLOTS, fresh);
		crowd::<T>();

		#[extrinsic_call]
		_(RawOrigin::Signed(owner), spec);

		let row = Clusters::<T>::get(id).ok_or("registered")?;
		assert_eq!(row.places.len(), MAX_ENGINES as usize);
		assert_eq!(Wakes::<T>::get().len(), MAX_WAKES as usize);
		Ok(())
	}

	// All engines change: the cluster leaves the shelves of all old ones, where as many others move, and
	// comes to those of all new ones, whose full queues are woken; the bond has to be made whole.
	#[benchmark]
	fn update_cluster() -> Result<(), BenchmarkError> {
		set_block::<T>(NOW);
		let owner = rich::<T>("owner")?;
		let id = scattered_cluster::<T>(&owner)?;
		let taker = rich::<T>("taker")?;
		<Pallet<T> as Scheduler<_>>::slash(id, T::SlotBond::get(), &taker);
		let fresh = FIRST_ENGINE + MAX_ENGINES as u16;
		fill_rows::<T>(fresh);
		full_queues::<T>(fresh);
		let spec = spec::<T>(1, id, MAX_SLOTS, fresh);
		crowd::<T>();

		#[extrinsic_call]
		_(RawOrigin::Signed(owner), id, spec.clone());

		let row = Clusters::<T>::get(id).ok_or("registered")?;
		assert_eq!(row.spec, spec);
		assert_eq!(row.lack(T::SlotBond::get(), 0), 0);
		assert_eq!(Wakes::<T>::get().len(), MAX_WAKES as usize);
		Ok(())
	}

	// The cluster leaves the shelves of all its engines, and on each another one moves into the hole.
	#[benchmark]
	fn drain_cluster() -> Result<(), BenchmarkError> {
		set_block::<T>(NOW);
		let owner = rich::<T>("owner")?;
		let id = scattered_cluster::<T>(&owner)?;
		let before = Hot::<T>::get().counters.positions;
		crowd::<T>();

		#[extrinsic_call]
		_(RawOrigin::Signed(owner), id);

		assert_eq!(Hot::<T>::get().counters.positions, before - u32::from(MAX_SLOTS));
		Ok(())
	}

	// The only cluster of its operator, with all engines.
	#[benchmark]
	fn remove_cluster() -> Result<(), BenchmarkError> {
		set_block::<T>(NOW);
		let owner = rich::<T>("owner")?;
		let id = register::<T>(&owner, 0, MAX_SLOTS)?;
		Pallet::<T>::do_drain(&owner, id)?;
		crowd::<T>();

		#[extrinsic_call]
		_(RawOrigin::Signed(owner.clone()), id);

		assert!(!Clusters::<T>::contains_key(id));
		assert_eq!(T::Currency::balance_on_hold(&HoldReason::Bond.into(), &owner), 0);
		Ok(())
	}

	// The longest request of somebody who has clusters of its own, in a block that has no place for
	// another draw: the task goes into a queue and books a wake.
	#[benchmark]
	fn submit_task() -> Result<(), BenchmarkError> {
		set_block::<T>(NOW);
		operators::<T>()?;
		let requester = rich::<T>("requester")?;
		prepare_cluster::<T>(&requester, 9)?;
		crowd::<T>();
		park_others::<T>(last_engine(), MAX_PARKED - 1);
		fill_wakes::<T>(MAX_WAKES - 1, NOW);
		let id = Hot::<T>::get().counters.next_task;
		let request = request::<T>();
		T::Handler::prepare_timer(NOW + request.policy.queue_blocks + 1);

		#[extrinsic_call]
		_(RawOrigin::Signed(requester), request);

		assert!(T::Handler::task(id).is_some());
		assert!(<Pallet<T> as Scheduler<_>>::is_parked(id, last_engine()));
		assert_eq!(Wakes::<T>::get().len(), MAX_WAKES as usize);
		Ok(())
	}

	// The task waits in a full queue and goes round, the last of as many as can.
	#[benchmark]
	fn cancel_task() -> Result<(), BenchmarkError> {
		set_block::<T>(NOW);
		operators::<T>()?;
		let requester = rich::<T>("requester")?;
		let id = Pallet::<T>::do_submit(requester.clone(), request::<T>())?;
		crowd::<T>();
		fill_laps::<T>(MAX_LAPS - 1);
		let own = Lap { task: id, round: 0, event: NOW, progress: Progress::default() };
		Laps::<T>::mutate(Lane::Executing, |laps| laps.try_push(own)).map_err(|_| "has room")?;
		park_with_others::<T>(id, Lane::Executing);

		#[extrinsic_call]
		_(RawOrigin::Signed(requester), id);

		assert!(T::Handler::task(id).is_none());
		assert_eq!(Parked::<T>::get(last_engine()).len(), 2 * MAX_PARKED as usize - 1);
		assert_eq!(Laps::<T>::get(Lane::Executing).len(), MAX_LAPS as usize - 1);
		Ok(())
	}

	// The bond becomes whole, and full queues for all engines are woken.
	#[benchmark]
	fn top_up_bond() -> Result<(), BenchmarkError> {
		set_block::<T>(NOW);
		let owner = rich::<T>("owner")?;
		let id = register::<T>(&owner, 0, MAX_SLOTS)?;
		let taker = rich::<T>("taker")?;
		<Pallet<T> as Scheduler<_>>::slash(id, T::SlotBond::get(), &taker);
		full_queues::<T>(FIRST_ENGINE);
		crowd::<T>();

		#[extrinsic_call]
		_(RawOrigin::Signed(owner), id, T::SlotBond::get());

		let row = Clusters::<T>::get(id).ok_or("registered")?;
		assert_eq!(row.lack(T::SlotBond::get(), 0), 0);
		assert_eq!(Wakes::<T>::get().len(), MAX_WAKES as usize);
		Ok(())
	}

	// The cluster comes back to the ends of rows, each engine has every shelf, and full queues for all
	// engines are woken.
	#[benchmark]
	fn resume_cluster() -> Result<(), BenchmarkError> {
		set_block::<T>(NOW);
		let owner = rich::<T>("owner")?;
		let id = register::<T>(&owner, 0, MAX_SLOTS)?;
		Pallet::<T>::do_drain(&owner, id)?;
		fill_rows::<T>(FIRST_ENGINE);
		full_queues::<T>(FIRST_ENGINE);
		crowd::<T>();

		#[extrinsic_call]
		_(RawOrigin::Signed(owner), id);

		let row = Clusters::<T>::get(id).ok_or("registered")?;
		assert_eq!(row.places.len(), MAX_ENGINES as usize);
		assert_eq!(Wakes::<T>::get().len(), MAX_WAKES as usize);
		Ok(())
	}

	// The lease had expired, and full queues for all engines are woken.
	#[benchmark]
	fn renew_lease() -> Result<(), BenchmarkError> {
		set_block::<T>(NOW);
		let owner = rich::<T>("owner")?;
		let id = register::<T>(&owner, 0, MAX_SLOTS)?;
		let late = T::Lease::get().saturating_add(NOW).saturating_add(1);
		set_block::<T>(late);
		full_queues::<T>(FIRST_ENGINE);
		crowd::<T>();

		#[extrinsic_call]
		_(RawOrigin::Signed(owner), id);

		let row = Clusters::<T>::get(id).ok_or("registered")?;
		assert_eq!(row.lease_until, late.saturating_add(T::Lease::get()));
		assert_eq!(Wakes::<T>::get().len(), MAX_WAKES as usize);
		Ok(())
	}

	// The task is in a full queue beside another full one, and stays there because the block has no place
	// for another draw.
	#[benchmark]
	fn wake_task() -> Result<(), BenchmarkError> {
		set_block::<T>(NOW);
		operators::<T>()?;
		let requester = rich::<T>("requester")?;
		let id = Pallet::<T>::do_submit(requester, request::<T>())?;
		T::Handler::prepare_draw(id, Role::Verifier);
		crowd::<T>();
		park_others::<T>(last_engine(), MAX_PARKED);
		Parked::<T>::mutate(last_engine(), |queue| {
			let own = Waiter { task: id, seen: None, drawing: false };
			queue.checking.iter_mut().take(1).for_each(|first| *first = own);
		});
		fill_wakes::<T>(MAX_WAKES - 1, BlockNumber::MAX);
		Wakes::<T>::mutate(|wakes| {
			let own = Wake { executing: None, ..Wake::everybody(last_engine(), NOW) };
			wakes.try_push(own)
		})
		.map_err(|_| "there is a place")?;

		#[block]
		{
			Pallet::<T>::serve_wakes(&mut WeightMeter::new());
		}

		let mut queue = Parked::<T>::get(last_engine());
		let idle = Waiter { task: id, seen: None, drawing: false };
		assert_eq!(queue.find_mut(id).copied(), Some(idle));
		assert_eq!(Wakes::<T>::get().last().map(|next| next.from), Some(NOW + 1));
		Ok(())
	}

	// Each engine has full queues, and none of them an entry yet.
	#[benchmark]
	fn wake(q: Linear<1, MAX_WAKES>) {
		set_block::<T>(NOW);
		let engines: Vec<Engine> = (0..).take(q as usize).map(|n| wasm(FIRST_ENGINE + n)).collect();
		engines.iter().for_each(|engine| park_others::<T>(*engine, MAX_PARKED));
		crowd::<T>();

		#[block]
		{
			Pallet::<T>::wake(&engines, NOW, Some(ClusterId(0)));
		}

		assert_eq!(Wakes::<T>::get().len(), q as usize);
	}

	// The hot row is full. Only the first block has anything to put there.
	#[benchmark]
	fn begin_block() {
		set_block::<T>(NOW);
		crowd::<T>();

		#[block]
		{
			Pallet::<T>::on_initialize(NOW.into());
		}

		assert!(Hot::<T>::get().genesis.is_some());
	}

	// Everything is booked and nothing is due, in one of the blocks that look at executors' draws twice.
	#[benchmark]
	fn serve_nothing() {
		set_block::<T>(NOW + 1);
		crowd::<T>();
		fill_wakes::<T>(MAX_WAKES, BlockNumber::MAX);

		#[block]
		{
			let mut meter = WeightMeter::new();
			Pallet::<T>::serve_draws(&mut meter);
			Pallet::<T>::serve_wakes(&mut meter);
		}

		for lane in Lane::ALL {
			assert_eq!(Hot::<T>::get().agenda(lane).len(), MAX_BUCKETS as usize);
		}
		assert_eq!(Wakes::<T>::get().len(), MAX_WAKES as usize);
	}

	// Verifiers are found among so many clusters, each of another operator and on another shelf, in a full
	// row. All but the last ones meet the whole demand and fail at the last question, the operator's
	// standing.
	#[benchmark]
	fn draw(t: Linear<4, SMALL>) -> Result<(), BenchmarkError> {
		set_block::<T>(NOW - 2);
		let mut clusters = independent::<T>(t)?;
		set_block::<T>(NOW - 1);
		let requester = rich::<T>("requester")?;
		let task = Pallet::<T>::do_submit(requester, request::<T>())?;
		set_block::<T>(NOW);
		T::Handler::prepare_draw(task, Role::Verifier);
		let wanted = T::Handler::wanted(task).ok_or("a draw is open")?;

		let choices = Pallet::<T>::draw_of(task, wanted.round, &T::Beacon::now().acc);
		clusters.sort_by_key(|id| {
			let slots = Clusters::<T>::get(id).map_or(1, |cluster| cluster.spec.slots);
			choices.priorities(*id, slots).min()
		});
		let members = clusters.split_off((t - u32::from(wanted.count)) as usize);
		clusters.into_iter().for_each(suspend::<T>);
		crowd::<T>();
		T::Handler::prepare_timer(NOW + request::<T>().policy.execution_blocks + 1);
		park_with_others::<T>(task, Lane::Checking);
		let pending = PendingDraw { task, round: wanted.round, attempt: Attempt::Woken };
		DrawBuckets::<T>::insert(
			(Lane::Checking, NOW),
			BoundedVec::truncate_from(alloc::vec![pending]),
		);

		#[block]
		{
			let last = Hot::<T>::get().checking.into_iter().next_back();
			if let Some(bucket) = last {
				let bucket = Bucket { first: FirstDraws::default(), ..bucket };
				let mut meter = WeightMeter::new();
				Pallet::<T>::serve_bucket(Lane::Checking, bucket, &mut 1, &mut meter);
			}
		}

		let assigned = |id: &ClusterId| Duties::<T>::get(id).checking.contains(&task);
		assert!(members.iter().all(assigned));
		assert_eq!(Hot::<T>::get().checking.len(), MAX_BUCKETS as usize - 1);
		Ok(())
	}

	// What the draw of a panel adds: so many full rows.
	#[benchmark]
	fn survey(p: Linear<1, SMALL>) -> Result<(), BenchmarkError> {
		set_block::<T>(NOW - 1);
		let requester = rich::<T>("requester")?;
		let task = Pallet::<T>::do_submit(requester, request::<T>())?;
		independent::<T>(p)?;
		set_block::<T>(NOW);
		let task = T::Handler::task(task).ok_or("submitted")?;
		let wanted = Wanted {
			role: Role::Panel,
			round: 0,
			count: 3,
			older_than: NOW,
			architecture: None,
			exclude: Vec::new(),
			members: Vec::new(),
			percent: None,
		};
		let search = Search { task: &task, wanted: &wanted, event: NOW };
		let choices = Pallet::<T>::draw_of(TaskId(0), 0, &T::Beacon::now().acc);
		let breadth;

		#[block]
		{
			(breadth, _) = Pallet::<T>::survey(&search, &choices);
		}

		assert_eq!(breadth, Breadth::Open);
		Ok(())
	}

	// All places are taken, so the task waits.
	#[benchmark]
	fn begin_lap() -> Result<(), BenchmarkError> {
		set_block::<T>(NOW);
		let requester = rich::<T>("requester")?;
		operators::<T>()?;
		let task = Pallet::<T>::do_submit(requester, request::<T>())?;
		fill_laps::<T>(MAX_LAPS);
		park_others::<T>(last_engine(), MAX_PARKED - 1);
		fill_wakes::<T>(MAX_WAKES - 1, NOW);
		crowd::<T>();

		#[block]
		{
			Pallet::<T>::begin_lap(task, 0, Lane::Executing, NOW);
		}

		assert!(<Pallet<T> as Scheduler<_>>::is_parked(task, last_engine()));
		Ok(())
	}

	// So many full rows of clusters whose entries fit and who cannot win any more, and so many in the first
	// row that is read who can. As many as can lead fit, all others fail at the last question. The best is
	// taken, and the task leaves full queues.
	#[benchmark]
	fn lap(r: Linear<1, ROWS_PER_STEP>, c: Linear<MAX_PICKS, SMALL>) -> Result<(), BenchmarkError> {
		set_block::<T>(NOW - 1);
		let requester = rich::<T>("requester")?;
		let task = Pallet::<T>::do_submit(requester, request::<T>())?;
		let mut clusters: Vec<ClusterId> = Vec::new();
		for n in 0..c {
			clusters.push(prepare_cluster::<T>(&account("operator", n, 0), n)?);
		}
		set_block::<T>(NOW);
		let wanted = T::Handler::wanted(task).ok_or("a draw is open")?;
		let choices = Pallet::<T>::draw_of(task, wanted.round, &T::Beacon::now().acc);
		let priority = |id: &ClusterId| choices.priorities(*id, 1).min();
		clusters.sort_by_key(priority);
		let worst = clusters.last().and_then(priority);
		let loser = (1 << 20..).map(ClusterId).find(|id| priority(id) > worst).ok_or("some")?;
		let leaders = clusters.split_off((c - MAX_PICKS) as usize);
		clusters.into_iter().for_each(suspend::<T>);
		let taken = *leaders.first().ok_or("one at least")?;

		// The row of the clusters is the last and comes first.
		let engine = last_engine();
		let spec = Clusters::<T>::get(taken).ok_or("registered")?.spec;
		let shelf = Shelf::of(&spec);
		let key = |number| RowKey { engine, shelf, number };
		let other = Entry::new(loser, Default::default(), 0, u32::MAX, &spec);
		let there = Rows::<T>::get(key(0)).into_iter();
		let full = there.chain(core::iter::repeat(other.clone())).take(ROW as usize).collect();
		let others = alloc::vec![other; ROW as usize];
		(0..r).for_each(|n| Rows::<T>::insert(key(n), BoundedVec::truncate_from(others.clone())));
		Rows::<T>::insert(key(r - 1), BoundedVec::truncate_from(full));
		Directories::<T>::mutate(engine, |directory| directory.set_count(shelf, r * ROW));
		fill_laps::<T>(MAX_LAPS - 1);
		crowd::<T>();
		T::Handler::prepare_timer(NOW + request::<T>().policy.execution_blocks + 1);
		park_with_others::<T>(task, Lane::Executing);
		let round = wanted.round;
		let mut own = Lap { task, round, event: NOW, progress: Progress::default() };
		let acc = T::Beacon::now().acc;
		let mut over = false;

		#[block]
		{
			// More steps than one: the weight is for all rows at once, and a step ranks fewer.
			while !over {
				(_, over) = Pallet::<T>::step_lap(&mut own, &acc);
			}
			let _ = Laps::<T>::get(Lane::Executing);
		}

		assert!(over);
		assert_eq!(Duties::<T>::get(taken).executing.to_vec(), [task]);
		Ok(())
	}

	// For scripts/bench.sh matching, not for weights: what the hook does in a block in which one draw is
	// due, in whatever network the genesis has.
	#[benchmark(extra)]
	fn matching() -> Result<(), BenchmarkError> {
		let task = prepare_matching::<T>(0)?;

		#[block]
		{
			serve_matching::<T>();
		}

		assert!(T::Handler::wanted(task).is_none(), "somebody was found");
		Ok(())
	}

	// The same in a block in which nothing is due, for comparison: all that differs between networks is how
	// long the database takes.
	#[benchmark(extra)]
	fn matching_nothing() -> Result<(), BenchmarkError> {
		let task = prepare_matching::<T>(0)?;
		Hot::<T>::mutate(|hot| hot.executing = BoundedVec::new());
		DrawBuckets::<T>::remove((Lane::Executing, NOW));

		#[block]
		{
			serve_matching::<T>();
			T::Handler::open_draw(task);
		}

		assert!(T::Handler::wanted(task).is_some());
		Ok(())
	}

	// The same for the dearest sample: only its last try finds somebody.
	#[benchmark(extra)]
	fn matching_dearest() -> Result<(), BenchmarkError> {
		let task = prepare_matching::<T>(TRIES - 1)?;

		#[block]
		{
			serve_matching::<T>();
		}

		assert!(T::Handler::wanted(task).is_none(), "somebody was found");
		Ok(())
	}

	impl_benchmark_test_suite!(Pallet, crate::mock::TestNet::new().build(), crate::mock::Test);
}

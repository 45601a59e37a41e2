// SPDX-License-Identifier: GPL-3.0-or-later
//! Benchmarks, each at its worst case. They run in the runtime, with its own beacon and its own
//! judge of tasks, as well as over the test doubles.

use crate::{
	drawing::Search,
	pallet::{
		Call, Clusters, Config, Counter, DrawAgenda, DrawBuckets, HoldReason, Operators, Pallet,
		Parked, PositionRows, Tasks, Wakes,
	},
	types::{
		Bucket, Lane, PendingDraw, Queue, Wake, MAX_BUCKETS, MAX_DRAWS_PER_BLOCK, MAX_PARKED,
		MAX_WAKES, ROW,
	},
	Scheduler, TaskHandler, Wanted, TRIES,
};
use alloc::{format, vec::Vec};
use assay_primitives::{
	draw::{Beacon, Draw},
	protocol::{Breadth, Role},
	spec::{
		Architecture, Attestation, Demand, Engine, ExecutorKind, Region, Resources, Spec,
		MAX_ENDPOINT_LEN, MAX_ENGINES, MAX_SLOTS,
	},
	task::{Access, Limits, Policy, TaskRequest, Workload, MAX_ARGS_LEN, MAX_LIST, MAX_QUORUM},
	Balance, BlockNumber, BoundedVec, ClusterId, ContentHash, Genesis, SealingKey, TaskId,
};
use frame_benchmarking::v2::*;
use frame_support::{
	pallet_prelude::DispatchError,
	traits::{
		fungible::{Inspect, InspectHold, Unbalanced},
		tokens::Precision,
		Get,
	},
	weights::WeightMeter,
};
use frame_system::RawOrigin;

/// The block that a benchmark stands in, unless it says otherwise.
const NOW: u32 = 1000;
/// Positions of a network so large that no two choices of a draw fall into one row.
const LARGE: u32 = 1 << 30;
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
	register::<T>(owner, seed, 1)
}

fn register<T: Config>(
	owner: &T::AccountId,
	seed: u32,
	slots: u16,
) -> Result<ClusterId, DispatchError> {
	let id = Counter::<T>::get().next_cluster;
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
			quorum: MAX_QUORUM,
			window: 1,
			execution_blocks: T::LongestDeadline::get(),
			queue_blocks: T::LongestDeadline::get(),
		},
		access: Access {
			allow: BoundedVec::new(),
			deny: BoundedVec::truncate_from(nobody(u32::MAX - MAX_LIST)),
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

/// Fills the index with other clusters until it has so many positions.
fn fill_index<T: Config>(positions: u32) -> Result<(), DispatchError> {
	let owner: T::AccountId = account("filler", 0, 0);
	while let Some(missing) = positions.checked_sub(Counter::<T>::get().positions) {
		if missing == 0 {
			break;
		}
		let slots = u16::try_from(missing).unwrap_or(MAX_SLOTS).min(MAX_SLOTS);
		register::<T>(&owner, missing, slots)?;
	}
	Ok(())
}

/// A cluster of `owner` with all slots, spread over two rows of the index; taking it out moves as
/// many positions of as many other clusters, which stand in two other rows.
fn scattered_cluster<T: Config>(owner: &T::AccountId) -> Result<ClusterId, DispatchError> {
	let slots = u32::from(MAX_SLOTS);
	let half = slots / 2;
	fill_index::<T>(ROW - half)?;
	let id = register::<T>(owner, 0, MAX_SLOTS)?;
	fill_index::<T>(3 * ROW - half)?;
	for n in 0..slots {
		register::<T>(&account("neighbour", n, 0), n, 1)?;
	}
	Ok(id)
}

/// Lets so many tasks wait for an executor with `engine`, and as many as there can be to be checked.
fn park_others<T: Config>(engine: Engine, count: u32) {
	let first = u64::from(engine.id).saturating_mul(u64::from(MAX_PARKED)).saturating_add(1 << 32);
	let mut others = (first..).map(TaskId);
	let mut waiting =
		|count: u32| BoundedVec::truncate_from(others.by_ref().take(count as usize).collect());
	let queue = Queue { checking: waiting(MAX_PARKED), executing: waiting(count) };
	Parked::<T>::insert(engine, queue);
	Counter::<T>::mutate(|counters| counters.parked += count + MAX_PARKED);
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
		.map(|engine| Wake { engine, checking: 0, executing: 1, from });
	Wakes::<T>::put(BoundedVec::truncate_from(busy.collect::<Vec<_>>()));
}

/// Books all draws that this block can ask for, and all blocks before it.
fn fill_draws<T: Config>() {
	let now = Pallet::<T>::now();
	let event = T::Beacon::now();
	let agenda = (0..MAX_BUCKETS).rev().map(|age| Bucket { block: now - age, event });
	let agenda = BoundedVec::truncate_from(agenda.collect::<Vec<_>>());
	let other = PendingDraw { task: TaskId(u64::MAX), round: 0, retries: 0 };
	let draws = alloc::vec![other; MAX_DRAWS_PER_BLOCK as usize];
	for lane in Lane::ALL {
		DrawAgenda::<T>::insert(lane, agenda.clone());
		DrawBuckets::<T>::insert((lane, now), BoundedVec::truncate_from(draws.clone()));
	}
}

/// As many operators as the thorough need, each with a cluster.
fn operators<T: Config>() -> Result<(), DispatchError> {
	for n in 0..u32::from(MAX_QUORUM) {
		prepare_cluster::<T>(&account("operator", n, 0), n)?;
	}
	Ok(())
}

/// As many clusters as a draw looks at, each of another operator.
fn independent<T: Config>() -> Result<Vec<ClusterId>, DispatchError> {
	(0..TRIES).map(|n| prepare_cluster::<T>(&account("operator", n, 0), n)).collect()
}

/// Lets the index be large, and each of `clusters` own one of `positions`, with a row to itself.
fn spread_out<T: Config>(
	clusters: &[ClusterId],
	positions: impl Iterator<Item = u32>,
) -> Result<(), BenchmarkError> {
	for (id, position) in clusters.iter().zip(positions) {
		let row = BoundedVec::truncate_from(alloc::vec![*id; ROW as usize]);
		PositionRows::<T>::insert(position / ROW, row);
		Clusters::<T>::mutate_extant(id, |cluster| {
			cluster.positions = BoundedVec::truncate_from(alloc::vec![position]);
		});
	}
	Counter::<T>::mutate(|counters| counters.positions = LARGE);
	Ok(())
}

#[benchmarks]
mod benchmarks {
	use super::*;

	// The first cluster of a new operator, with all slots over two rows and all engines, for each
	// of which a full queue is woken.
	#[benchmark]
	fn register_cluster() -> Result<(), BenchmarkError> {
		set_block::<T>(NOW);
		fill_index::<T>(ROW - u32::from(MAX_SLOTS) / 2)?;
		// Others offer other engines, so that the first operator of each is counted.
		let fresh = FIRST_ENGINE + MAX_ENGINES as u16;
		full_queues::<T>(fresh);
		let owner = rich::<T>("owner")?;
		let id = Counter::<T>::get().next_cluster;
		let spec = spec::<T>(0, id, MAX_SLOTS, fresh);

		#[extrinsic_call]
		_(RawOrigin::Signed(owner), spec);

		let row = Clusters::<T>::get(id).ok_or("registered")?;
		assert_eq!(row.positions.len(), usize::from(MAX_SLOTS));
		assert_eq!(Wakes::<T>::get().len(), MAX_WAKES as usize);
		Ok(())
	}

	// All positions move, in four rows and of as many other clusters; all engines change, and full
	// queues for all new ones are woken; the bond has to be made whole.
	#[benchmark]
	fn update_cluster() -> Result<(), BenchmarkError> {
		set_block::<T>(NOW);
		let owner = rich::<T>("owner")?;
		let id = scattered_cluster::<T>(&owner)?;
		let taker = rich::<T>("taker")?;
		<Pallet<T> as Scheduler<_>>::slash(id, T::SlotBond::get(), &taker);
		let fresh = FIRST_ENGINE + MAX_ENGINES as u16;
		full_queues::<T>(fresh);
		let spec = spec::<T>(1, id, MAX_SLOTS, fresh);

		#[extrinsic_call]
		_(RawOrigin::Signed(owner), id, spec.clone());

		let row = Clusters::<T>::get(id).ok_or("registered")?;
		assert_eq!(row.spec, spec);
		assert!(row.is_bonded(T::SlotBond::get()));
		assert_eq!(Wakes::<T>::get().len(), MAX_WAKES as usize);
		Ok(())
	}

	// All positions leave, and as many of as many other clusters move into the holes.
	#[benchmark]
	fn drain_cluster() -> Result<(), BenchmarkError> {
		set_block::<T>(NOW);
		let owner = rich::<T>("owner")?;
		let id = scattered_cluster::<T>(&owner)?;
		let before = Counter::<T>::get().positions;

		#[extrinsic_call]
		_(RawOrigin::Signed(owner), id);

		assert_eq!(Counter::<T>::get().positions, before - u32::from(MAX_SLOTS));
		Ok(())
	}

	// The only cluster of its operator, with all engines.
	#[benchmark]
	fn remove_cluster() -> Result<(), BenchmarkError> {
		set_block::<T>(NOW);
		let owner = rich::<T>("owner")?;
		let id = register::<T>(&owner, 0, MAX_SLOTS)?;
		Pallet::<T>::do_drain(&owner, id)?;
		set_block::<T>(T::Cooldown::get().saturating_add(NOW).saturating_add(1));

		#[extrinsic_call]
		_(RawOrigin::Signed(owner.clone()), id);

		assert!(!Clusters::<T>::contains_key(id));
		assert_eq!(T::Currency::balance_on_hold(&HoldReason::Bond.into(), &owner), 0);
		Ok(())
	}

	// The longest request of somebody who has clusters of its own, in a block that has no place for
	// another draw: the task goes to the end of a queue and books a wake.
	#[benchmark]
	fn submit_task() -> Result<(), BenchmarkError> {
		set_block::<T>(NOW);
		operators::<T>()?;
		let requester = rich::<T>("requester")?;
		prepare_cluster::<T>(&requester, 9)?;
		fill_draws::<T>();
		park_others::<T>(last_engine(), MAX_PARKED - 1);
		fill_wakes::<T>(MAX_WAKES - 1, NOW);
		let id = Counter::<T>::get().next_task;

		#[extrinsic_call]
		_(RawOrigin::Signed(requester), request::<T>());

		assert!(Tasks::<T>::contains_key(id));
		assert_eq!(Parked::<T>::get(last_engine()).iter().last(), Some(&id));
		assert_eq!(Wakes::<T>::get().len(), MAX_WAKES as usize);
		Ok(())
	}

	// The task waits at the end of a full queue.
	#[benchmark]
	fn cancel_task() -> Result<(), BenchmarkError> {
		set_block::<T>(NOW);
		operators::<T>()?;
		let requester = rich::<T>("requester")?;
		fill_draws::<T>();
		park_others::<T>(last_engine(), MAX_PARKED - 1);
		let id = Pallet::<T>::do_submit(requester.clone(), request::<T>())?;
		assert_eq!(Parked::<T>::get(last_engine()).iter().last(), Some(&id));

		#[extrinsic_call]
		_(RawOrigin::Signed(requester), id);

		assert!(!Tasks::<T>::contains_key(id));
		assert_eq!(Parked::<T>::get(last_engine()).len(), 2 * MAX_PARKED as usize - 1);
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

		#[extrinsic_call]
		_(RawOrigin::Signed(owner), id, T::SlotBond::get());

		let row = Clusters::<T>::get(id).ok_or("registered")?;
		assert!(row.is_bonded(T::SlotBond::get()));
		assert_eq!(Wakes::<T>::get().len(), MAX_WAKES as usize);
		Ok(())
	}

	// All slots come back over two rows, and full queues for all engines are woken.
	#[benchmark]
	fn resume_cluster() -> Result<(), BenchmarkError> {
		set_block::<T>(NOW);
		fill_index::<T>(ROW - u32::from(MAX_SLOTS) / 2)?;
		let owner = rich::<T>("owner")?;
		let id = register::<T>(&owner, 0, MAX_SLOTS)?;
		Pallet::<T>::do_drain(&owner, id)?;
		full_queues::<T>(FIRST_ENGINE);

		#[extrinsic_call]
		_(RawOrigin::Signed(owner), id);

		let row = Clusters::<T>::get(id).ok_or("registered")?;
		assert_eq!(row.positions.len(), usize::from(MAX_SLOTS));
		assert_eq!(Wakes::<T>::get().len(), MAX_WAKES as usize);
		Ok(())
	}

	// The task leads a full queue beside another full one, and goes back to its end because the block
	// has no place for another draw.
	#[benchmark]
	fn wake_task() -> Result<(), BenchmarkError> {
		set_block::<T>(NOW);
		operators::<T>()?;
		let requester = rich::<T>("requester")?;
		let id = Pallet::<T>::do_submit(requester, request::<T>())?;
		T::Handler::prepare_draw(id, Role::Verifier);
		fill_draws::<T>();
		park_others::<T>(last_engine(), MAX_PARKED);
		Parked::<T>::mutate(last_engine(), |queue| {
			queue.checking.iter_mut().take(1).for_each(|first| *first = id);
		});
		fill_wakes::<T>(MAX_WAKES - 1, BlockNumber::MAX);
		Wakes::<T>::mutate(|wakes| {
			wakes.try_push(Wake { engine: last_engine(), checking: 1, executing: 0, from: NOW })
		})
		.map_err(|_| "there is a place")?;

		#[block]
		{
			Pallet::<T>::serve_wakes(&mut WeightMeter::new());
		}

		assert_eq!(Parked::<T>::get(last_engine()).checking.last(), Some(&id));
		assert_eq!(Wakes::<T>::get().last().map(|next| next.from), Some(NOW + 1));
		Ok(())
	}

	// Each engine has full queues, and none of them an entry yet.
	#[benchmark]
	fn wake(q: Linear<1, MAX_WAKES>) {
		set_block::<T>(NOW);
		let engines: Vec<Engine> = (0..).take(q as usize).map(|n| wasm(FIRST_ENGINE + n)).collect();
		engines.iter().for_each(|engine| park_others::<T>(*engine, MAX_PARKED));

		#[block]
		{
			Pallet::<T>::wake(&engines, NOW);
		}

		assert_eq!(Wakes::<T>::get().len(), q as usize);
	}

	// Everything is booked and nothing is due.
	#[benchmark]
	fn serve_nothing() {
		set_block::<T>(NOW);
		fill_draws::<T>();
		fill_wakes::<T>(MAX_WAKES, BlockNumber::MAX);

		#[block]
		{
			let mut meter = WeightMeter::new();
			Pallet::<T>::serve_draws(&mut meter);
			Pallet::<T>::serve_wakes(&mut meter);
		}

		for lane in Lane::ALL {
			assert_eq!(DrawAgenda::<T>::get(lane).len(), MAX_BUCKETS as usize);
		}
		assert_eq!(Wakes::<T>::get().len(), MAX_WAKES as usize);
	}

	// Verifiers are found among as many positions as a draw looks at, each of another operator and in
	// another row of the index. All but the last ones meet the whole demand and fail at the last
	// question, the operator's standing.
	#[benchmark]
	fn draw(t: Linear<4, TRIES>) -> Result<(), BenchmarkError> {
		set_block::<T>(NOW - 2);
		let clusters = independent::<T>()?;
		set_block::<T>(NOW - 1);
		let requester = rich::<T>("requester")?;
		let task = Pallet::<T>::do_submit(requester, request::<T>())?;
		set_block::<T>(NOW);
		T::Handler::prepare_draw(task, Role::Verifier);
		let wanted = T::Handler::wanted(task).ok_or("a draw is open")?;

		let genesis = Genesis(Pallet::<T>::genesis_hash());
		let acc = T::Beacon::now().acc;
		let choices = Draw { genesis, acc, task, round: wanted.round };
		let chosen = (0..TRIES).filter_map(|attempt| choices.choose(attempt, LARGE));
		spread_out::<T>(&clusters, chosen)?;
		let first = t - u32::from(wanted.count);
		let members = clusters[first as usize..t as usize].to_vec();
		for id in clusters.iter().filter(|id| !members.contains(id)) {
			let operator = Clusters::<T>::get(id).ok_or("registered")?.operator;
			Operators::<T>::mutate_extant(operator, |row| row.suspended_until = u32::MAX);
		}
		fill_draws::<T>();
		let pending = PendingDraw { task, round: wanted.round, retries: 0 };
		DrawBuckets::<T>::insert(
			(Lane::Checking, NOW),
			BoundedVec::truncate_from(alloc::vec![pending]),
		);

		#[block]
		{
			Pallet::<T>::serve_bucket(Lane::Checking, NOW, &mut 1, &mut WeightMeter::new());
		}

		let assigned = |id: &ClusterId| {
			Clusters::<T>::get(id).is_some_and(|row| row.assignments.contains(&task))
		};
		assert!(members.iter().all(assigned));
		assert_eq!(DrawAgenda::<T>::get(Lane::Checking).len(), MAX_BUCKETS as usize - 1);
		Ok(())
	}

	// What the draw of a panel adds: each position is of another operator, stands in another row of the
	// index and meets the whole demand.
	#[benchmark]
	fn survey(p: Linear<1, TRIES>) -> Result<(), BenchmarkError> {
		set_block::<T>(NOW - 1);
		let clusters = independent::<T>()?;
		let requester = rich::<T>("requester")?;
		let task = Pallet::<T>::do_submit(requester, request::<T>())?;
		set_block::<T>(NOW);
		spread_out::<T>(&clusters, (0..TRIES).map(|row| row * ROW))?;
		let task = Tasks::<T>::get(task).ok_or("submitted")?;
		let wanted = Wanted {
			role: Role::Panel,
			round: 0,
			count: 3,
			older_than: NOW,
			architecture: None,
			exclude: Vec::new(),
		};
		let search = Search { task: &task, wanted: &wanted, event: NOW };
		let breadth;

		#[block]
		{
			breadth = Pallet::<T>::breadth(&search, (0..p).map(|row| row * ROW));
		}

		assert_eq!(breadth, Breadth::Open);
		Ok(())
	}

	impl_benchmark_test_suite!(Pallet, crate::mock::TestNet::new().build(), crate::mock::Test);
}

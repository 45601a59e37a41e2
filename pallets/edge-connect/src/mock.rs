// SPDX-License-Identifier: GPL-3.0-or-later
//! A small chain around this pallet: real balances, a beacon that tests move by hand, and a test
//! double in the place of the judge of tasks.

use crate::{
	self as pallet_edge_connect,
	types::{Cluster, Duty, Receipt, Task},
	Event, HoldReason, Pallet, Scheduler, Seated, TaskHandler, Wanted,
};
use assay_primitives::{
	draw::{fold, Accumulator, Beacon, BeaconState},
	leaf::DrawRecord,
	protocol::{Breadth, Pick, Refusal, Role},
	settlement::Standing,
	spec::{Architecture, Demand, Engine, Region, Resources, Spec, WASM_ENGINE},
	task::{Access, Check, Limits, Policy, TaskRequest, Workload},
	Balance, BlockNumber, ClusterId, ContentHash, OperatorId, PanelNonce, SealingKey, TaskId,
};
use frame_support::{
	assert_ok, derive_impl, parameter_types,
	traits::{fungible::InspectHold, ConstU128, Hooks},
	weights::{constants::RocksDbWeight, Weight, WeightMeter},
};
use sp_runtime::{traits::IdentityLookup, BuildStorage, DispatchError, DispatchResult};
use std::collections::BTreeMap;

pub const UNIT: Balance = 1_000_000_000_000;
pub const BOND: Balance = 100 * UNIT;
pub const SHORTEST_DEADLINE: BlockNumber = 5;
pub const PRICE: Balance = UNIT;
/// What every account of the tests has, but [`PAUPER`].
pub const FUNDS: Balance = 1_000_000 * UNIT;
pub const LONGEST_DEADLINE: BlockNumber = 40;
pub const SUSPENSION: BlockNumber = 30;
pub const LEASE: BlockNumber = 1_000_000;
pub const LAPSES_ALLOWED: u32 = 2;

pub const REQUESTER: u64 = 1;
pub const TREASURY: u64 = 2;
pub const STRANGER: u64 = 3;
pub const PAUPER: u64 = 4;
pub const ALICE: u64 = 10;
pub const BOB: u64 = 11;
pub const CAROL: u64 = 12;
pub const DAVE: u64 = 13;
/// Accounts from here on belong to the operators of large networks.
pub const CROWD: u64 = 100;
const ACCOUNTS: u64 = 400;

#[frame_support::runtime]
mod test_runtime {
	#[runtime::runtime]
	#[runtime::derive(
		RuntimeCall,
		RuntimeEvent,
		RuntimeError,
		RuntimeOrigin,
		RuntimeFreezeReason,
		RuntimeHoldReason,
		RuntimeSlashReason,
		RuntimeLockId,
		RuntimeTask,
		RuntimeViewFunction
	)]
	pub struct Test;

	#[runtime::pallet_index(0)]
	pub type System = frame_system;
	#[runtime::pallet_index(1)]
	pub type Balances = pallet_balances;
	#[runtime::pallet_index(2)]
	pub type EdgeConnect = pallet_edge_connect;
}

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
	type Block = frame_system::mocking::MockBlock<Test>;
	type DbWeight = RocksDbWeight;
	type AccountData = pallet_balances::AccountData<Balance>;
	type AccountId = u64;
	type Lookup = IdentityLookup<u64>;
}

#[derive_impl(pallet_balances::config_preludes::TestDefaultConfig)]
impl pallet_balances::Config for Test {
	type Balance = Balance;
	type ExistentialDeposit = ConstU128<{ UNIT / 1000 }>;
	type AccountStore = System;
}

/// What tests can turn.
mod knobs {
	use super::*;

	parameter_types! {
		pub static SlotBond: Balance = BOND;
		pub static ShortestDeadline: BlockNumber = super::SHORTEST_DEADLINE;
		pub static LongestDeadline: BlockNumber = super::LONGEST_DEADLINE;
		pub static Lease: BlockNumber = super::LEASE;
		pub static LapsesAllowed: u32 = super::LAPSES_ALLOWED;
		pub static Suspension: BlockNumber = super::SUSPENSION;
		pub static HookLimit: Weight = Weight::MAX;
		pub static BeaconNow: BeaconState = START;
		pub static DrawDelay: u32 = 2;
		pub static FoldsNeeded: u64 = 2;
		pub static Refusing: bool = false;
	}
}
pub use knobs::*;

const START: BeaconState = BeaconState { acc: [0; 32], relay: 1000, folds: 0 };

impl pallet_edge_connect::Config for Test {
	type Currency = Balances;
	type RuntimeHoldReason = RuntimeHoldReason;
	type Beacon = ScriptedBeacon;
	type Handler = StubHandler;
	type SlotBond = SlotBond;
	type ShortestDeadline = ShortestDeadline;
	type LongestDeadline = LongestDeadline;
	type Lease = Lease;
	type LapsesAllowed = LapsesAllowed;
	type Suspension = Suspension;
	type HookLimit = HookLimit;
	type WeightInfo = ();
}

/// A beacon that stands where the test puts it.
pub struct ScriptedBeacon;

impl Beacon for ScriptedBeacon {
	fn now() -> BeaconState {
		BeaconNow::get()
	}
	fn delay() -> u32 {
		DrawDelay::get()
	}
	fn folds_needed() -> u64 {
		FoldsNeeded::get()
	}
	fn is_simulated() -> bool {
		true
	}
}

/// A test double for the judge of tasks: it wants what the test tells it to want, takes whoever it
/// is given when they are enough, and writes down what it was told.
pub struct StubHandler;

/// What the test double knows, in storage: what is rolled back is forgotten.
#[frame_support::storage_alias]
pub type Book =
	StorageValue<StubHandler, BTreeMap<TaskId, Case>, frame_support::pallet_prelude::ValueQuery>;

/// What the test double knows of a task.
#[derive(Clone, Debug, codec::Encode, codec::Decode)]
pub struct Case {
	/// What was submitted.
	pub task: Task<u64>,
	/// What it wants, if anything.
	pub wanted: Option<Wanted>,
	/// How often it has wanted something.
	pub round: u8,
	/// What draws gave it, in order.
	pub seats: Vec<Seat>,
}

/// One draw, as reported to the test double.
#[derive(Clone, PartialEq, Eq, Debug, codec::Encode, codec::Decode)]
pub struct Seat {
	pub role: Role,
	pub clusters: Vec<ClusterId>,
	pub operators: Vec<OperatorId>,
	pub nonce: PanelNonce,
	pub breadth: Breadth,
	pub record: DrawRecord,
}

/// What a task wants right after its submission.
pub fn an_executor() -> Wanted {
	Wanted {
		role: Role::Executor,
		round: 0,
		count: 1,
		older_than: BlockNumber::MAX,
		architecture: None,
		exclude: Vec::new(),
		members: Vec::new(),
		percent: None,
	}
}

impl TaskHandler<u64> for StubHandler {
	fn on_submit(id: TaskId, task: Task<u64>) -> DispatchResult {
		if Refusing::get() {
			return Err(DispatchError::Other("the test double refuses"));
		}
		let case = Case { task, wanted: Some(an_executor()), round: 0, seats: Vec::new() };
		Book::mutate(|book| book.insert(id, case));
		Ok(())
	}

	fn task(task: TaskId) -> Option<Task<u64>> {
		Some(Book::get().remove(&task)?.task)
	}

	fn on_lot(task: TaskId, wanted: bool) {
		Book::mutate(|book| {
			let case = book.get_mut(&task).expect("the lot falls for an open task");
			let open = case.wanted.take().expect("the lot falls for an open draw");
			assert!(open.percent.is_some(), "the lot falls once");
			case.wanted = wanted.then_some(Wanted { percent: None, ..open });
		});
	}

	fn tasks() -> Vec<TaskId> {
		Book::get().into_keys().collect()
	}

	fn on_cancel(task: TaskId) -> DispatchResult {
		let case = Book::get().remove(&task);
		if Refusing::get() || case.is_none_or(|case| !case.seats.is_empty()) {
			return Err(DispatchError::Other("the test double refuses"));
		}
		Book::mutate(|book| book.remove(&task));
		Ok(())
	}

	fn wanted(task: TaskId) -> Option<Wanted> {
		Book::get().get(&task)?.wanted.clone()
	}

	fn on_drawn(
		task: TaskId,
		picks: Vec<Pick>,
		nonce: PanelNonce,
		breadth: Breadth,
		record: DrawRecord,
	) -> Result<Seated, Refusal> {
		let wanted = Self::wanted(task).ok_or(Refusal::WrongStage)?;
		// A panel makes do with fewer; the other roles need all they asked for.
		let makes_do = wanted.role.judges();
		let enough = if makes_do { 1 } else { usize::from(wanted.count) };
		if picks.len() < enough {
			return Err(Refusal::NobodyFits);
		}
		let clusters: Vec<ClusterId> = picks.iter().map(|pick| pick.cluster).collect();
		let seat = Seat {
			role: wanted.role,
			clusters: clusters.clone(),
			operators: picks.iter().map(|pick| pick.operator).collect(),
			nonce,
			breadth,
			record,
		};
		Book::mutate(|book| {
			if let Some(case) = book.get_mut(&task) {
				case.wanted = None;
				case.seats.push(seat);
			}
		});
		Ok(Seated { role: wanted.role, clusters })
	}

	#[cfg(feature = "runtime-benchmarks")]
	fn prepare_draw(task: TaskId, role: Role) {
		let count = if role == Role::Panel { 3 } else { 1 };
		let wanted = Wanted { role, count, ..an_executor() };
		Book::mutate(|book| {
			if let Some(case) = book.get_mut(&task) {
				case.wanted = Some(wanted);
			}
		});
	}

	#[cfg(feature = "runtime-benchmarks")]
	fn prepare_timer(_: BlockNumber) {}
}

/// Builds the chain that a test runs on.
pub struct TestNet {
	clusters: Vec<(u64, Spec)>,
}

impl TestNet {
	pub fn new() -> Self {
		SlotBond::set(BOND);
		ShortestDeadline::set(SHORTEST_DEADLINE);
		LongestDeadline::set(LONGEST_DEADLINE);
		Lease::set(LEASE);
		LapsesAllowed::set(LAPSES_ALLOWED);
		Suspension::set(SUSPENSION);
		HookLimit::set(Weight::MAX);
		BeaconNow::set(START);
		DrawDelay::set(2);
		FoldsNeeded::set(2);
		Refusing::set(false);
		Self { clusters: Vec::new() }
	}

	/// A cluster of `owner` with the usual spec and one slot.
	pub fn cluster(self, owner: u64) -> Self {
		self.cluster_with(owner, |_| {})
	}

	/// A cluster of `owner` whose spec differs from the usual one.
	pub fn cluster_with(mut self, owner: u64, differ: impl FnOnce(&mut Spec)) -> Self {
		let mut spec = spec(u32::try_from(self.clusters.len()).unwrap());
		differ(&mut spec);
		self.clusters.push((owner, spec));
		self
	}

	/// So many clusters with `slots` slots each, every one of another operator.
	pub fn crowd(self, clusters: u64, slots: u16) -> Self {
		(0..clusters).fold(self, |net, n| net.cluster_with(CROWD + n, |spec| spec.slots = slots))
	}

	/// Relay blocks that a draw waits for.
	pub fn draw_delay(self, relay_blocks: u32) -> Self {
		DrawDelay::set(relay_blocks);
		self
	}

	/// Values that have to be folded in before a draw.
	pub fn folds_needed(self, folds: u64) -> Self {
		FoldsNeeded::set(folds);
		self
	}

	/// The most that the hook may use of a block.
	pub fn hook_limit(self, limit: Weight) -> Self {
		HookLimit::set(limit);
		self
	}

	/// Runs `test` one block after the clusters were registered, then checks every invariant.
	pub fn run(self, test: impl FnOnce()) {
		self.build().execute_with(|| {
			test();
			check_state();
		});
	}

	/// The state one block after the clusters were registered.
	pub fn build(self) -> sp_io::TestExternalities {
		let mut storage = frame_system::GenesisConfig::<Test>::default().build_storage().unwrap();
		let rich = (0..ACCOUNTS).filter(|who| *who != PAUPER).map(|who| (who, FUNDS));
		pallet_balances::GenesisConfig::<Test> {
			balances: rich.chain([(PAUPER, UNIT)]).collect(),
			..Default::default()
		}
		.assimilate_storage(&mut storage)
		.unwrap();
		let mut state = sp_io::TestExternalities::new(storage);
		state.execute_with(|| {
			System::set_block_number(1);
			for (owner, spec) in self.clusters {
				assert_ok!(register(owner, spec));
			}
			next_block();
			System::reset_events();
		});
		state
	}
}

/// Checks every invariant of the pallet.
pub fn check_state() {
	Pallet::<Test>::do_try_state().unwrap();
}

/// The usual spec; `n` makes its endpoint differ.
pub fn spec(n: u32) -> Spec {
	Spec {
		architecture: Architecture::X86_64,
		resources: Resources {
			cpu_millicores: 4000,
			memory_mib: 8192,
			disk_mib: 10_000,
			gpu_count: 0,
			gpu_vram_mib: 0,
		},
		region: Region(*b"DE"),
		engines: vec![WASM_ENGINE].try_into().unwrap(),
		attestation: Default::default(),
		price: PRICE,
		slots: 1,
		endpoint: format!("https://{n}.example/logs").into_bytes().try_into().unwrap(),
		sealing_key: SealingKey([7; 32]),
	}
}

/// The usual spec with so many slots.
pub fn spec_with_slots(n: u32, slots: u16) -> Spec {
	Spec { slots, ..spec(n) }
}

/// A request that every usual cluster meets.
pub fn request() -> TaskRequest {
	TaskRequest {
		workload: Workload {
			program: ContentHash([1; 32]),
			inputs: ContentHash([2; 32]),
			args: Default::default(),
			limits: Limits { fuel: 1_000_000, memory_mib: 64, output_kib: 64 },
			items: None,
		},
		demand: Demand {
			engine: WASM_ENGINE,
			resources: Resources::default(),
			architectures: Default::default(),
			regions: Default::default(),
			attestation: Default::default(),
			max_price: PRICE,
		},
		policy: Policy {
			check: Check::Verified { quorum: 2, panel: 3 },
			window: 5,
			execution_blocks: 10,
			queue_blocks: 20,
			preflight: false,
		},
		access: Access::default(),
	}
}

/// The usual request with another demand.
pub fn request_demanding(differ: impl FnOnce(&mut Demand)) -> TaskRequest {
	let mut request = request();
	differ(&mut request.demand);
	request
}

/// A request that no usual cluster meets: it asks for a graphics processor.
pub fn request_for_gpu() -> TaskRequest {
	request_demanding(|demand| demand.resources.gpu_count = 1)
}

/// An engine that no usual cluster has.
pub fn other_engine(id: u16) -> Engine {
	Engine { id, ..WASM_ENGINE }
}

pub fn register(owner: u64, spec: Spec) -> DispatchResult {
	EdgeConnect::register_cluster(RuntimeOrigin::signed(owner), spec)
}

pub fn update(owner: u64, cluster: u32, spec: Spec) -> DispatchResult {
	EdgeConnect::update_cluster(RuntimeOrigin::signed(owner), ClusterId(cluster), spec)
}

pub fn drain(owner: u64, cluster: u32) -> DispatchResult {
	EdgeConnect::drain_cluster(RuntimeOrigin::signed(owner), ClusterId(cluster))
}

pub fn resume(owner: u64, cluster: u32) -> DispatchResult {
	EdgeConnect::resume_cluster(RuntimeOrigin::signed(owner), ClusterId(cluster))
}

pub fn remove(owner: u64, cluster: u32) -> DispatchResult {
	EdgeConnect::remove_cluster(RuntimeOrigin::signed(owner), ClusterId(cluster))
}

pub fn top_up(owner: u64, cluster: u32, amount: Balance) -> DispatchResult {
	EdgeConnect::top_up_bond(RuntimeOrigin::signed(owner), ClusterId(cluster), amount)
}

pub fn renew(owner: u64, cluster: u32) -> DispatchResult {
	EdgeConnect::renew_lease(RuntimeOrigin::signed(owner), ClusterId(cluster))
}

pub fn cancel(requester: u64, task: TaskId) -> DispatchResult {
	EdgeConnect::cancel_task(RuntimeOrigin::signed(requester), task)
}

pub fn submit_from(requester: u64, request: TaskRequest) -> DispatchResult {
	EdgeConnect::submit_task(RuntimeOrigin::signed(requester), request)
}

/// Submits `request` and returns the task's number.
pub fn submit(request: TaskRequest) -> TaskId {
	let task = EdgeConnect::counters().next_task;
	assert_ok!(submit_from(REQUESTER, request));
	task
}

/// One more block, on the next relay block with one more value.
pub fn next_block() {
	next_block_on(1, 1);
}

/// One more block, so many relay blocks further and with so many values folded in.
pub fn next_block_on(relay_blocks: u32, folds: u64) -> Weight {
	let mut beacon = BeaconNow::get();
	beacon.relay += relay_blocks;
	for value in 0..folds {
		beacon.acc = fold(&beacon.acc, beacon.relay, &[u8::try_from(value).unwrap(); 32]);
	}
	beacon.folds += folds;
	next_block_at(beacon)
}

/// One more block, with the beacon at `beacon`. Returns what the hook used.
pub fn next_block_at(beacon: BeaconState) -> Weight {
	BeaconNow::set(beacon);
	System::set_block_number(System::block_number() + 1);
	EdgeConnect::on_initialize(System::block_number());
	let mut meter = WeightMeter::new();
	EdgeConnect::on_poll(System::block_number(), &mut meter);
	meter.consumed()
}

pub fn run_to(block: BlockNumber) {
	while now() < block {
		next_block();
	}
}

/// Runs so many blocks that every draw asked for by now has been made.
pub fn run_draws() {
	(0..DrawDelay::get()).for_each(|_| next_block());
}

pub fn now() -> BlockNumber {
	EdgeConnect::now()
}

/// The accumulator in this block.
pub fn acc() -> Accumulator {
	BeaconNow::get().acc
}

/// The events of this pallet since the last time.
pub fn events() -> Vec<Event<Test>> {
	let all = System::events();
	System::reset_events();
	all.into_iter()
		.filter_map(|record| match record.event {
			RuntimeEvent::EdgeConnect(event) => Some(event),
			_ => None,
		})
		.collect()
}

/// Forgets the events so far.
pub fn forget_events() {
	System::reset_events();
}

/// The bond on hold on `owner`'s account.
pub fn held(owner: u64) -> Balance {
	Balances::balance_on_hold(&HoldReason::Bond.into(), &owner)
}

pub fn row(cluster: u32) -> Cluster<u64> {
	crate::Clusters::<Test>::get(ClusterId(cluster)).unwrap()
}

pub fn duty(cluster: u32) -> Duty {
	crate::Duties::<Test>::get(ClusterId(cluster))
}

/// What the test double was given for `task`.
pub fn seats(task: TaskId) -> Vec<Seat> {
	Book::get().get(&task).map(|case| case.seats.clone()).unwrap_or_default()
}

/// The clusters that were drawn for `task`, in order.
pub fn drawn(task: TaskId) -> Vec<u32> {
	seats(task).iter().flat_map(|seat| seat.clusters.iter().map(|cluster| cluster.0)).collect()
}

/// The tasks that wait for `engine`, in order.
pub fn waiting_for(engine: Engine) -> Vec<TaskId> {
	crate::Parked::<Test>::get(engine).iter().collect()
}

/// The tasks that wait for the usual engine, in order.
pub fn waiting() -> Vec<TaskId> {
	waiting_for(WASM_ENGINE)
}

/// Lets `task` want something new, and asks for the draw.
pub fn want(task: TaskId, wanted: Wanted) {
	Book::mutate(|book| {
		let case = book.get_mut(&task).unwrap();
		case.round += 1;
		case.wanted = Some(Wanted { round: case.round, ..wanted });
	});
	<EdgeConnect as Scheduler<u64>>::request_draw(task);
}

/// Lets `task` want nothing any more, as if its deadline had passed.
pub fn want_nothing(task: TaskId) {
	Book::mutate(|book| book.get_mut(&task).unwrap().wanted = None);
}

/// Frees the slot of `task` at `cluster` and settles the execution without pay.
pub fn free(task: TaskId, cluster: u32) {
	<EdgeConnect as Scheduler<u64>>::release(ClusterId(cluster), task, None, 0);
	settle(cluster, Standing::Same);
}

/// Settles an execution of `cluster` without pay.
pub fn settle(cluster: u32, standing: Standing) {
	pay(cluster, standing, 0);
}

/// Settles an execution of `cluster`.
pub fn pay(cluster: u32, standing: Standing, pay: Balance) {
	settle_for(cluster, standing, pay, 0, REQUESTER);
}

/// Settles an execution of `cluster` in a task of `requester`.
pub fn settle_for(cluster: u32, standing: Standing, pay: Balance, fine: Balance, requester: u64) {
	let witness = Some((requester as u32).to_le_bytes());
	let operator = row(cluster).operator;
	let cluster = ClusterId(cluster);
	let receipt = Receipt { cluster, operator, standing, pay, fine, witness };
	<EdgeConnect as Scheduler<u64>>::settle(receipt);
}

/// Frees all slots of `task` and forgets it.
pub fn finish(task: TaskId) {
	for cluster in drawn(task) {
		free(task, cluster);
	}
	close(task);
}

/// Forgets `task`.
pub fn close(task: TaskId) {
	let Some(case) = Book::mutate(|book| book.remove(&task)) else { return };
	<EdgeConnect as Scheduler<u64>>::close(task, case.task.request.demand.engine);
}

/// Moves so much of the bond of `cluster` to the treasury.
pub fn slash(cluster: u32, amount: Balance) -> Balance {
	<EdgeConnect as Scheduler<u64>>::slash(ClusterId(cluster), amount, &TREASURY)
}

/// Lets `cluster` miss a first deadline.
pub fn lapse(cluster: u32) {
	<EdgeConnect as Scheduler<u64>>::lapsed(row(cluster).operator);
}

/// The standing of the operator of `cluster`.
pub fn standing(cluster: u32) -> (u32, u32, BlockNumber) {
	let record = crate::Records::<Test>::get(row(cluster).operator);
	(record.in_a_row, record.suspensions, record.suspended_until)
}

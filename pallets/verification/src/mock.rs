// SPDX-License-Identifier: GPL-3.0-or-later
//! A network in a test: the three real pallets, a beacon that follows a script, operators with money.

use crate as pallet_verification;
use crate::{pallet::Cases, types::Funds};
use assay_primitives::{
	draw::{fold, Beacon, BeaconState},
	spec::{Architecture, Attestation, Engine, ExecutorKind, Region, Resources, Spec, WASM_ENGINE},
	Balance, ClusterId, SealingKey,
};
use frame_support::{
	assert_ok, derive_impl, parameter_types,
	traits::{
		fungible::{Inspect, InspectHold},
		ConstU32, OnFinalize, OnInitialize, OnPoll,
	},
	weights::{constants::RocksDbWeight, Weight, WeightMeter},
};
use pallet_edge_connect::{types::Experience, Experiences};
use sp_runtime::{testing::H256, BuildStorage};

pub type AccountId = u64;

pub const UNIT: Balance = 1_000_000_000_000;
pub const EXISTENTIAL_DEPOSIT: Balance = UNIT / 1000;
/// What a fault can cost.
pub const PLACE_BOND: Balance = 100 * UNIT;
/// The bond of a cluster with one slot, which has two places.
pub const SLOT_BOND: Balance = 2 * PLACE_BOND;
pub const TASK_DEPOSIT: Balance = UNIT / 10;
pub const OPENING_BLOCKS: u32 = 8;
pub const SHORTEST_DEADLINE: u32 = 5;
pub const LONGEST_DEADLINE: u32 = 1_000;
/// What each account starts with.
pub const FORTUNE: Balance = 1_000_000 * UNIT;

pub const REQUESTER: AccountId = 100;
pub const SECOND_REQUESTER: AccountId = 101;
pub const STRANGER: AccountId = 102;
pub const POT: AccountId = 200;
pub const TREASURY: AccountId = 201;
/// Operators that have money, whether or not they own a cluster.
pub const OPERATORS: AccountId = 24;

pub const ALPHA: ClusterId = ClusterId(0);
pub const BRAVO: ClusterId = ClusterId(1);
pub const CHARLIE: ClusterId = ClusterId(2);
pub const DELTA: ClusterId = ClusterId(3);
pub const NOWHERE: ClusterId = ClusterId(99);

/// An engine whose answers may differ.
pub const CONTAINER_ENGINE: Engine = Engine { kind: ExecutorKind::Container, id: 1 };

#[frame_support::runtime]
mod runtime {
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
	#[runtime::pallet_index(3)]
	pub type Verification = pallet_verification;
	#[runtime::pallet_index(4)]
	pub type Anchor = pallet_anchor;
}

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
	type Block = frame_system::mocking::MockBlock<Test>;
	type DbWeight = RocksDbWeight;
	type AccountData = pallet_balances::AccountData<Balance>;
}

parameter_types! {
	pub const ExistentialDeposit: Balance = EXISTENTIAL_DEPOSIT;
	pub const SlotBond: Balance = SLOT_BOND;
	pub const PlaceBond: Balance = PLACE_BOND;
	pub const TaskDeposit: Balance = TASK_DEPOSIT;
	pub const Pot: AccountId = POT;
	pub const Treasury: AccountId = TREASURY;
	/// What the beacon says in this block.
	pub static BeaconNow: BeaconState = BeaconState::default();
	/// Whether relay blocks bring randomness.
	pub static BeaconFolds: bool = true;
	pub const WholeBlock: Weight = Weight::from_parts(1_000_000_000_000, 8_000_000);
	/// What each block leaves for the hooks.
	pub static RestOfBlock: Weight = WholeBlock::get();
	/// The limit of the hook under test.
	pub static HookLimit: Weight = WholeBlock::get();
	/// The events of all earlier blocks that no test has looked at yet.
	pub static History: Vec<RuntimeEvent> = Vec::new();
}

#[derive_impl(pallet_balances::config_preludes::TestDefaultConfig)]
impl pallet_balances::Config for Test {
	type Balance = Balance;
	type ExistentialDeposit = ExistentialDeposit;
	type AccountStore = System;
}

/// One relay block per block, each with one value to fold, unless a test says otherwise.
pub struct ScriptedBeacon;

impl ScriptedBeacon {
	fn next_block() {
		let BeaconState { acc, relay, folds } = BeaconNow::get();
		let relay = relay + 1;
		BeaconNow::set(if BeaconFolds::get() {
			BeaconState { acc: fold(&acc, relay, &[relay as u8; 32]), relay, folds: folds + 1 }
		} else {
			BeaconState { acc, relay, folds }
		});
	}
}

impl Beacon for ScriptedBeacon {
	fn now() -> BeaconState {
		BeaconNow::get()
	}
	fn delay() -> u32 {
		1
	}
	fn folds_needed() -> u64 {
		1
	}
	fn is_simulated() -> bool {
		false
	}
}

impl pallet_edge_connect::Config for Test {
	type Currency = Balances;
	type RuntimeHoldReason = RuntimeHoldReason;
	type Beacon = ScriptedBeacon;
	type Handler = Verification;
	type SlotBond = SlotBond;
	type ShortestDeadline = ConstU32<SHORTEST_DEADLINE>;
	type LongestDeadline = ConstU32<LONGEST_DEADLINE>;
	type Lease = ConstU32<{ 10 * LONGEST_DEADLINE }>;
	type LapsesAllowed = ConstU32<3>;
	type Suspension = ConstU32<50>;
	type HookLimit = WholeBlock;
	type WeightInfo = ();
}

impl pallet_verification::Config for Test {
	type Currency = Balances;
	type RuntimeHoldReason = RuntimeHoldReason;
	type Scheduler = EdgeConnect;
	type Log = Anchor;
	type Pot = Pot;
	type Treasury = Treasury;
	type PlaceBond = PlaceBond;
	type TaskDeposit = TaskDeposit;
	type OpeningBlocks = ConstU32<OPENING_BLOCKS>;
	type HookLimit = HookLimit;
	type WeightInfo = ();
}

impl pallet_anchor::Config for Test {
	type RuntimeHoldReason = RuntimeHoldReason;
	type Currency = Balances;
	type BundleDeposit = TaskDeposit;
	type RevokeOrigin = frame_system::EnsureRoot<AccountId>;
	type WeightInfo = ();
}

/// Who owns `cluster` on a [`TestNet`]: each cluster has an operator of its own.
pub fn owner(cluster: ClusterId) -> AccountId {
	AccountId::from(cluster.0) + 1
}

/// What `cluster` asks for one execution; no two ask the same.
pub fn price(cluster: ClusterId) -> Balance {
	(10 + Balance::from(cluster.0)) * UNIT
}

pub fn spec(cluster: ClusterId, slots: u16) -> Spec {
	Spec {
		architecture: Architecture::X86_64,
		resources: Resources {
			cpu_millicores: 4_000,
			memory_mib: 8_192,
			disk_mib: 10_240,
			gpu_count: 0,
			gpu_vram_mib: 0,
		},
		region: Region(*b"DE"),
		engines: vec![WASM_ENGINE, CONTAINER_ENGINE].try_into().unwrap(),
		attestation: Attestation::Signed,
		price: price(cluster),
		slots,
		endpoint: format!("https://{cluster}.example").into_bytes().try_into().unwrap(),
		sealing_key: SealingKey([7; 32]),
	}
}

/// A network to be: one setter per knob, then [`TestNet::run`].
pub struct TestNet {
	operators: u32,
	slots: u16,
	checked: u32,
	acc: [u8; 32],
}

impl TestNet {
	/// Nobody but requesters with money.
	pub fn new() -> Self {
		Self { operators: 0, slots: 1, checked: 0, acc: [0; 32] }
	}

	/// So many operators, each with one cluster: [`ALPHA`], [`BRAVO`] and so on.
	pub fn operators(self, operators: u32) -> Self {
		Self { operators, ..self }
	}

	/// So many slots for each cluster.
	pub fn slots(self, slots: u16) -> Self {
		Self { slots, ..self }
	}

	/// So many results of each operator were checked and found right before: audits may spare it.
	pub fn checked(self, checked: u32) -> Self {
		Self { checked, ..self }
	}

	/// Another stream of randomness.
	pub fn luck(self, luck: u8) -> Self {
		Self { acc: [luck; 32], ..self }
	}

	/// The network at its genesis.
	pub fn build(&self) -> sp_io::TestExternalities {
		BeaconNow::set(BeaconState { acc: self.acc, ..Default::default() });
		BeaconFolds::set(true);
		RestOfBlock::set(WholeBlock::get());
		HookLimit::set(WholeBlock::get());
		let mut storage = frame_system::GenesisConfig::<Test>::default().build_storage().unwrap();
		let rich = (1..=OPERATORS).chain([REQUESTER, SECOND_REQUESTER, STRANGER]);
		pallet_balances::GenesisConfig::<Test> {
			balances: rich
				.map(|account| (account, FORTUNE))
				.chain([(POT, EXISTENTIAL_DEPOSIT), (TREASURY, EXISTENTIAL_DEPOSIT)])
				.collect(),
			..Default::default()
		}
		.assimilate_storage(&mut storage)
		.unwrap();
		storage.into()
	}

	/// Runs `test` in block 2 of the network, then checks every invariant and that no money was
	/// made or lost.
	pub fn run(self, test: impl FnOnce()) {
		self.build().execute_with(|| {
			let issuance = Balances::total_issuance();
			run_to_block(1);
			for number in 0..self.operators {
				register(ClusterId(number), self.slots);
				let operator = EdgeConnect::cluster(ClusterId(number)).unwrap().operator;
				if self.checked > 0 {
					let experience = Experience { checked: self.checked, ..Default::default() };
					Experiences::<Test>::insert(operator, experience);
				}
			}
			run_to_block(2);
			events();
			test();
			check_invariants();
			assert_eq!(Balances::total_issuance(), issuance, "money was made or lost");
		});
	}
}

/// Registers the next cluster, which has to be `cluster`, for its own operator.
pub fn register(cluster: ClusterId, slots: u16) {
	let origin = RuntimeOrigin::signed(owner(cluster));
	assert_ok!(EdgeConnect::register_cluster(origin, spec(cluster, slots)));
	assert_eq!(EdgeConnect::cluster(cluster).unwrap().owner, owner(cluster));
}

pub fn now() -> u32 {
	System::block_number() as u32
}

/// Ends this block and runs the hooks of the following ones up to `block`.
pub fn run_to_block(block: u32) {
	while now() < block {
		let ended = System::block_number();
		if ended > 0 {
			AllPalletsWithSystem::on_finalize(ended);
			check_invariants();
		}
		History::mutate(|history| history.extend(System::events().into_iter().map(|e| e.event)));
		System::reset_events();
		let begun = ended + 1;
		System::initialize(&begun, &H256::repeat_byte(ended as u8), &Default::default());
		AllPalletsWithSystem::on_initialize(begun);
		ScriptedBeacon::next_block();
		let mut meter = WeightMeter::with_limit(RestOfBlock::get());
		EdgeConnect::on_poll(begun, &mut meter);
		let before = meter.consumed();
		Verification::on_poll(begun, &mut meter);
		let own = meter.consumed().saturating_sub(before);
		assert!(own.all_lte(HookLimit::get()), "the hook took more than its limit");
		assert!(meter.consumed().all_lte(RestOfBlock::get()), "a hook took more than there was");
	}
}

pub fn next_block() {
	run_to_block(now() + 1);
}

/// Runs to `block` with blocks so full that no hook gets any weight.
pub fn run_full_blocks_to(block: u32) {
	let rest = RestOfBlock::get();
	RestOfBlock::set(Weight::zero());
	run_to_block(block);
	RestOfBlock::set(rest);
}

/// What the three pallets have said since the last call of this function, in order.
pub fn events() -> Vec<RuntimeEvent> {
	let mut all = History::take();
	all.extend(System::events().into_iter().map(|record| record.event));
	System::reset_events();
	all.retain(|event| {
		matches!(
			event,
			RuntimeEvent::EdgeConnect(_) | RuntimeEvent::Verification(_) | RuntimeEvent::Anchor(_)
		)
	});
	all
}

/// What this pallet has said since the last call of this function or of [`events`], in order.
pub fn own_events() -> Vec<crate::Event<Test>> {
	events()
		.into_iter()
		.filter_map(|event| match event {
			RuntimeEvent::Verification(event) => Some(event),
			_ => None,
		})
		.collect()
}

pub fn free(account: AccountId) -> Balance {
	Balances::balance(&account)
}

/// What `account` has in escrow.
pub fn escrow(account: AccountId) -> Balance {
	Balances::balance_on_hold(&crate::HoldReason::Escrow.into(), &account)
}

/// What `account` has on hold, for whatever reason.
pub fn reserved(account: AccountId) -> Balance {
	Balances::total_balance_on_hold(&account)
}

/// What is left of the bond of `cluster`.
pub fn bond(cluster: ClusterId) -> Balance {
	EdgeConnect::cluster(cluster).map_or(0, |row| row.bond)
}

/// First deadlines and votes that the operator of `cluster` has lost in a row.
pub fn lapses(cluster: ClusterId) -> u32 {
	let operator = EdgeConnect::cluster(cluster).unwrap().operator;
	pallet_edge_connect::Records::<Test>::get(operator).lapses
}

/// What the owner of `cluster` can claim.
pub fn accrued(cluster: ClusterId) -> Balance {
	EdgeConnect::cluster(cluster).map_or(0, |row| row.accrued)
}

/// Every invariant of the three pallets, and that each coin held or in the pot is owed to somebody.
pub fn check_invariants() {
	EdgeConnect::do_try_state().unwrap();
	Verification::do_try_state().unwrap();
	Anchor::do_try_state().unwrap();

	let accounts = (1..=OPERATORS).chain([REQUESTER, SECOND_REQUESTER, STRANGER, POT, TREASURY]);
	let total: Balance = accounts.clone().map(|one| Balances::total_balance(&one)).sum();
	assert_eq!(total, Balances::total_issuance(), "the accounts hold all the money");
	let held: Balance = accounts.map(escrow).sum();
	let obliged = |funds: Funds| -> Balance {
		let cases = Cases::<Test>::iter_values().filter(|case| case.funds == funds);
		cases.map(|case| case.held).sum()
	};
	assert_eq!(held, obliged(Funds::Held), "escrow is what open tasks may cost");
	let claimable: Balance =
		pallet_edge_connect::Duties::<Test>::iter_values().map(|duty| duty.accrued).sum();
	let purses: Balance = crate::Purses::<Test>::iter_values().sum();
	let in_pot = claimable + purses + obliged(Funds::Prepaid);
	assert_eq!(free(POT), EXISTENTIAL_DEPOSIT + in_pot, "the pot holds what is owed from it");
}

// SPDX-License-Identifier: GPL-3.0-or-later
//! A chain of nothing but balances and the anchor.

use crate as pallet_anchor;
use crate::{AppendLeaf, HoldReason};
use assay_primitives::{
	leaf::{Assurance, Leaf, LeafExecution, LEAF_VERSION},
	outcome::Outcome,
	protocol::Role,
	settlement::Conduct,
	spec::{Class, WASM_ENGINE},
	task::{Check, Policy},
	Balance, ClusterId, ContentHash, EvidenceRoot, OutputRoot, TaskId,
};
use frame_support::{
	derive_impl, parameter_types,
	traits::{fungible::InspectHold, Hooks},
};
use sp_runtime::{traits::IdentityLookup, AccountId32, BuildStorage};

pub type Block = frame_system::mocking::MockBlockU32<Test>;
pub type Header = <Block as sp_runtime::traits::Block>::Header;

#[frame_support::runtime]
mod runtime {
	#[runtime::runtime]
	#[runtime::derive(
		RuntimeCall,
		RuntimeEvent,
		RuntimeError,
		RuntimeOrigin,
		RuntimeTask,
		RuntimeHoldReason,
		RuntimeFreezeReason,
		RuntimeViewFunction
	)]
	pub struct Test;

	#[runtime::pallet_index(0)]
	pub type System = frame_system;
	#[runtime::pallet_index(10)]
	pub type Balances = pallet_balances;
	#[runtime::pallet_index(53)]
	pub type Anchor = pallet_anchor;
}

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
	type Block = Block;
	type AccountId = AccountId32;
	type Lookup = IdentityLookup<AccountId32>;
	type AccountData = pallet_balances::AccountData<Balance>;
}

parameter_types! {
	pub const ExistentialDeposit: Balance = 1;
	/// Can be changed, as by an upgrade of the runtime.
	pub static BundleDeposit: Balance = 100;
}

#[derive_impl(pallet_balances::config_preludes::TestDefaultConfig)]
impl pallet_balances::Config for Test {
	type Balance = Balance;
	type ExistentialDeposit = ExistentialDeposit;
	type AccountStore = System;
}

impl pallet_anchor::Config for Test {
	type RuntimeHoldReason = RuntimeHoldReason;
	type Currency = Balances;
	type BundleDeposit = BundleDeposit;
	type RevokeOrigin = frame_system::EnsureRoot<AccountId32>;
	type WeightInfo = ();
}

pub const ALICE: AccountId32 = AccountId32::new([1; 32]);
pub const BOB: AccountId32 = AccountId32::new([2; 32]);

/// A chain to be set up.
pub struct TestNet {
	balances: Vec<(AccountId32, Balance)>,
}

impl TestNet {
	/// Alice and Bob are rich.
	pub fn new() -> Self {
		Self { balances: vec![(ALICE, 1_000), (BOB, 1_000)] }
	}

	/// Somebody has this much.
	pub fn balance(mut self, who: AccountId32, amount: Balance) -> Self {
		self.balances.retain(|(account, _)| *account != who);
		self.balances.push((who, amount));
		self
	}

	/// The chain at its genesis.
	pub fn build(self) -> sp_io::TestExternalities {
		RuntimeGenesisConfig {
			balances: pallet_balances::GenesisConfig {
				balances: self.balances,
				..Default::default()
			},
			..Default::default()
		}
		.build_storage()
		.unwrap()
		.into()
	}

	/// Run a test in block one and check the invariants after it.
	pub fn run(self, test: impl FnOnce()) {
		self.build().execute_with(|| {
			start_block();
			test();
			Anchor::do_try_state().unwrap();
		});
	}
}

/// Start the block after the current one.
fn start_block() {
	let number = System::block_number() + 1;
	System::reset_events();
	System::initialize(&number, &Default::default(), &Default::default());
	Anchor::on_initialize(number);
}

/// End the current block and start the next.
pub fn next_block() -> Header {
	let number = System::block_number();
	Anchor::on_finalize(number);
	let header = System::finalize();
	Anchor::do_try_state().unwrap();
	start_block();
	header
}

/// Produce blocks until `number` is the current one.
pub fn run_to(number: u32) {
	while System::block_number() < number {
		next_block();
	}
}

/// All events of the current block.
pub fn events() -> Vec<RuntimeEvent> {
	System::events().into_iter().map(|record| record.event).collect()
}

/// What is held from somebody for bundles.
pub fn held(who: &AccountId32) -> Balance {
	Balances::balance_on_hold(&HoldReason::Bundle.into(), who)
}

/// The result of a task.
pub fn leaf(task: u64) -> Leaf<AccountId32> {
	let execution = |cluster, role, evidence| LeafExecution {
		cluster: ClusterId(cluster),
		role,
		conduct: Conduct::Agreed,
		evidence_root: Some(EvidenceRoot([evidence; 32])),
	};
	Leaf {
		version: LEAF_VERSION,
		task: TaskId(task),
		requester: ALICE,
		program: ContentHash([3; 32]),
		inputs: ContentHash([4; 32]),
		parameters: [5; 32],
		terms: [6; 32],
		class: Class { engine: WASM_ENGINE, architecture: None },
		policy: Policy {
			check: Check::Verified { quorum: 2, panel: 3 },
			window: 0,
			execution_blocks: 10,
			queue_blocks: 10,
			preflight: false,
		},
		draws: Default::default(),
		executions: vec![execution(1, Role::Executor, 6), execution(2, Role::Verifier, 7)]
			.try_into()
			.unwrap(),
		outcome: Outcome::Completed { output_root: OutputRoot([8; 32]) },
		assurance: Assurance::Agreed,
		possession: None,
		finalised_at: System::block_number(),
	}
}

/// Append the result of a task.
pub fn append(task: u64) -> u64 {
	<Anchor as AppendLeaf<AccountId32>>::append(&leaf(task))
}

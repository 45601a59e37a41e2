// SPDX-License-Identifier: GPL-3.0-or-later
//! A chain of nothing but the beacon, on a relay chain that says what a test wants.

use crate as pallet_assay_randomness;
use codec::Encode;
use cumulus_pallet_parachain_system::{relay_state_snapshot::RelayChainStateProof, OnSystemEvent};
use cumulus_primitives_core::relay_chain::well_known_keys::CURRENT_BLOCK_RANDOMNESS;
use cumulus_test_relay_sproof_builder::RelayStateSproofBuilder;
use frame_support::{derive_impl, parameter_types, traits::ConstU32};
use sp_runtime::{traits::BlockNumberProvider, BuildStorage};

pub type Block = frame_system::mocking::MockBlockU32<Test>;

#[frame_support::runtime]
mod runtime {
	#[runtime::runtime]
	#[runtime::derive(
		RuntimeCall,
		RuntimeEvent,
		RuntimeError,
		RuntimeOrigin,
		RuntimeTask,
		RuntimeViewFunction
	)]
	pub struct Test;

	#[runtime::pallet_index(0)]
	pub type System = frame_system;
	#[runtime::pallet_index(50)]
	pub type Randomness = pallet_assay_randomness;
}

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
	type Block = Block;
}

parameter_types! {
	pub static RelayNumber: u32 = 0;
}

/// The relay block that a test builds on.
pub struct RelayParent;

impl BlockNumberProvider for RelayParent {
	type BlockNumber = u32;
	fn current_block_number() -> u32 {
		RelayNumber::get()
	}

	fn set_block_number(number: u32) {
		RelayNumber::set(number);
	}
}

impl pallet_assay_randomness::Config for Test {
	type RelayParent = RelayParent;
	type Delay = ConstU32<5>;
	type WeightInfo = ();
}

/// A chain to be set up.
#[derive(Default)]
pub struct TestNet {
	simulated: bool,
}

impl TestNet {
	/// On a real relay chain.
	pub fn new() -> Self {
		Self::default()
	}

	/// On a simulated relay chain.
	pub fn simulated(mut self) -> Self {
		self.simulated = true;
		self
	}

	/// The chain at its genesis.
	pub fn build(self) -> sp_io::TestExternalities {
		let randomness = pallet_assay_randomness::GenesisConfig {
			simulated: self.simulated,
			..Default::default()
		};
		RuntimeGenesisConfig { randomness, ..Default::default() }.build_storage().unwrap().into()
	}

	/// Run a test and check the invariants after it.
	pub fn run(self, test: impl FnOnce()) {
		self.build().execute_with(|| {
			RelayNumber::set(0);
			test();
			Randomness::do_try_state().unwrap();
		});
	}
}

/// The state of a relay chain.
pub fn relay_state(entries: Vec<(&[u8], Vec<u8>)>) -> RelayStateSproofBuilder {
	RelayStateSproofBuilder {
		randomness: [1; 32].into(),
		additional_key_values: entries
			.into_iter()
			.map(|(key, value)| (key.to_vec(), value))
			.collect(),
		..Default::default()
	}
}

/// What a collator proves of it.
pub fn proof_of(state: RelayStateSproofBuilder) -> RelayChainStateProof {
	let para = state.para_id;
	let (root, proof) = state.into_state_root_and_proof();
	RelayChainStateProof::new(para, root, proof).unwrap()
}

/// A block on the relay block `number`, whose author published `vrf`.
pub fn block(number: u32, vrf: Option<[u8; 32]>) {
	block_on(number, relay_state(vec![(CURRENT_BLOCK_RANDOMNESS, vrf.encode())]));
}

/// A block on the relay block `number` with this state.
pub fn block_on(number: u32, state: RelayStateSproofBuilder) {
	RelayNumber::set(number);
	<Randomness as OnSystemEvent>::on_relay_state_proof(&proof_of(state));
	Randomness::do_try_state().unwrap();
}

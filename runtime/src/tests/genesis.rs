// SPDX-License-Identifier: GPL-3.0-or-later
//! Both presets build, and say what they have to.

use super::{chain, config_of};
use crate::{
	assay_api::runtime_decl_for_assay_api::AssayApiV1,
	configs::{network, PotAccount, TreasuryAccount},
	genesis::{get_preset, preset_names},
	AccountId, Balances, Block, ParachainInfo, Runtime, RuntimeGenesisConfig, Session,
	EXISTENTIAL_DEPOSIT, UNIT,
};
use assay_primitives::{ClusterId, TaskId};
use polkadot_sdk::*;

use frame_support::genesis_builder_helper::build_state;
use sp_genesis_builder::PresetId;
use sp_io::TestExternalities;
use sp_keyring::Sr25519Keyring::{self, Alice, Bob};

fn account(key: Sr25519Keyring) -> AccountId {
	key.to_account_id()
}

#[test]
fn every_preset_builds_and_no_other_exists() {
	for name in preset_names() {
		let json = serde_json::to_vec(&config_of(name.as_ref())).unwrap();
		TestExternalities::default().execute_with(|| {
			build_state::<RuntimeGenesisConfig>(json).expect("the preset builds");
		});
	}
	assert_eq!(preset_names().len(), 2);
	assert_eq!(get_preset(&PresetId::from("production")), None);
}

#[test]
fn development_is_alice_with_simulated_randomness() {
	chain("development").execute_with(|| {
		assert_eq!(pallet_sudo::Key::<Runtime>::get(), Some(account(Alice)));
		assert_eq!(Session::validators(), [account(Alice)]);
		assert_eq!(
			pallet_collator_selection::Invulnerables::<Runtime>::get().into_inner(),
			[account(Alice)]
		);
		assert_eq!(pallet_aura::Authorities::<Runtime>::get().len(), 1);
		assert!(network().simulated_randomness);
		assert_eq!(network().draw_delay, 1);
	});
}

#[test]
fn local_testnet_is_alice_and_bob_with_the_relay_chains_randomness() {
	chain("local_testnet").execute_with(|| {
		let mut validators = Session::validators();
		let mut expected = [account(Alice), account(Bob)];
		validators.sort();
		expected.sort();
		assert_eq!(validators, expected);
		assert_eq!(pallet_collator_selection::Invulnerables::<Runtime>::get().len(), 2);
		assert!(!network().simulated_randomness);
		assert_eq!(network().draw_delay, 5);
	});
}

#[test]
fn both_presets_endow_the_same_accounts() {
	for name in preset_names() {
		chain(name.as_ref()).execute_with(|| {
			assert_eq!(u32::from(ParachainInfo::parachain_id()), 2000);
			assert_eq!(config_of(name.as_ref())["polkadotXcm"]["safeXcmVersion"], 5);
			for key in Sr25519Keyring::well_known() {
				assert_eq!(Balances::free_balance(account(key)), 1_000_000 * UNIT);
			}
			// Money is paid into these two in amounts that may be below what opens an account.
			assert_eq!(Balances::free_balance(PotAccount::get()), EXISTENTIAL_DEPOSIT);
			assert_eq!(Balances::free_balance(TreasuryAccount::get()), EXISTENTIAL_DEPOSIT);
		});
	}
}

#[test]
fn the_api_answers_on_an_empty_network() {
	fn api<Api: AssayApiV1<Block>>() {
		let network = Api::network();
		assert_eq!((network.clusters, network.positions, network.tasks), (0, 0, 0));
		assert_eq!(network.slot_bond, 200 * UNIT);
		assert_eq!(network.task_deposit, UNIT / 10);
		assert_eq!(network.opening_blocks, 60);
		assert_eq!((network.shortest_deadline, network.longest_deadline), (20, 14_400));
		assert_eq!(Api::cluster(ClusterId(0)), None);
		assert_eq!(Api::clusters(ClusterId(0)), (vec![], None));
		assert_eq!(Api::clusters_of(account(Alice), ClusterId(0)), (vec![], None));
		assert_eq!(Api::task(TaskId(0)), None);
		assert_eq!(Api::tasks(TaskId(0)), (vec![], None));
		assert_eq!(Api::assignments(ClusterId(0)), vec![]);
		assert_eq!(Api::log().size, 0);
	}
	chain("development").execute_with(api::<Runtime>);
}

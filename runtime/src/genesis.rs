// SPDX-License-Identifier: GPL-3.0-or-later
//! What the first block starts from.
//!
//! - `development`: one node, Alice, with a simulated relay chain. The relay chain's randomness is
//!   simulated with it, so draws can be foreseen: the only preset that accepts this.
//! - `local_testnet`: two collators, Alice and Bob, under a local relay chain.

use crate::{
	configs::{PotAccount, TreasuryAccount},
	AccountId, AuraId, Balance, BalancesConfig, CollatorSelectionConfig, ParachainInfoConfig,
	PolkadotXcmConfig, RandomnessConfig, RuntimeGenesisConfig, SessionConfig, SessionKeys,
	SudoConfig, EXISTENTIAL_DEPOSIT, UNIT,
};
use alloc::{vec, vec::Vec};
use polkadot_sdk::*;

use cumulus_primitives_core::ParaId;
use frame_support::build_struct_json_patch;
use serde_json::Value;
use sp_genesis_builder::{PresetId, DEV_RUNTIME_PRESET, LOCAL_TESTNET_RUNTIME_PRESET};
use sp_keyring::Sr25519Keyring;

/// Our number under the relay chain.
const PARA_ID: ParaId = ParaId::new(2000);
/// What each well-known account starts with.
const ENDOWMENT: Balance = 1_000_000 * UNIT;
/// What a candidate for collating has to bond.
const CANDIDACY_BOND: Balance = 100 * UNIT;

/// Where the randomness of draws comes from.
enum RelayRandomness {
	/// From a relay chain.
	Real,
	/// From a mock that everybody can foresee.
	Simulated,
}

fn preset(collators: &[Sr25519Keyring], randomness: RelayRandomness) -> Value {
	let invulnerables: Vec<AccountId> = collators.iter().map(|one| one.to_account_id()).collect();
	let keys = collators
		.iter()
		.map(|one| {
			let keys = SessionKeys { aura: AuraId::from(one.public()) };
			(one.to_account_id(), one.to_account_id(), keys)
		})
		.collect::<Vec<_>>();
	// Both must be there before anything is paid into them.
	let reserved = [PotAccount::get(), TreasuryAccount::get()];
	let balances = Sr25519Keyring::well_known()
		.map(|one| (one.to_account_id(), ENDOWMENT))
		.chain(reserved.map(|account| (account, EXISTENTIAL_DEPOSIT)))
		.collect::<Vec<_>>();
	build_struct_json_patch!(RuntimeGenesisConfig {
		balances: BalancesConfig { balances },
		parachain_info: ParachainInfoConfig { parachain_id: PARA_ID },
		collator_selection: CollatorSelectionConfig {
			invulnerables,
			candidacy_bond: CANDIDACY_BOND,
		},
		session: SessionConfig { keys },
		polkadot_xcm: PolkadotXcmConfig {
			safe_xcm_version: Some(staging_xcm::prelude::XCM_VERSION),
		},
		sudo: SudoConfig { key: Some(Sr25519Keyring::Alice.to_account_id()) },
		randomness: RandomnessConfig {
			simulated: matches!(randomness, RelayRandomness::Simulated),
		},
	})
}

/// The preset called `id`, as JSON.
pub fn get_preset(id: &PresetId) -> Option<Vec<u8>> {
	let patch = match id.as_ref() {
		DEV_RUNTIME_PRESET => preset(&[Sr25519Keyring::Alice], RelayRandomness::Simulated),
		LOCAL_TESTNET_RUNTIME_PRESET => {
			preset(&[Sr25519Keyring::Alice, Sr25519Keyring::Bob], RelayRandomness::Real)
		},
		_ => return None,
	};
	serde_json::to_vec(&patch).ok()
}

/// The names of all presets.
pub fn preset_names() -> Vec<PresetId> {
	vec![DEV_RUNTIME_PRESET.into(), LOCAL_TESTNET_RUNTIME_PRESET.into()]
}

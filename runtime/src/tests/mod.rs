// SPDX-License-Identifier: GPL-3.0-or-later
//! The runtime as a whole, without Wasm.

mod calls;
mod genesis;
mod metadata;
mod xcm;

use crate::{genesis::get_preset, RuntimeGenesisConfig};
use polkadot_sdk::*;
use serde_json::Value;
use sp_genesis_builder::PresetId;
use sp_io::TestExternalities;
use sp_runtime::BuildStorage;

/// The whole genesis configuration of a preset.
fn config_of(preset: &str) -> Value {
	let patch = get_preset(&PresetId::from(preset)).expect("the preset exists");
	let mut config = serde_json::to_value(RuntimeGenesisConfig::default()).unwrap();
	overlay(&mut config, serde_json::from_slice(&patch).unwrap());
	config
}

/// The chain right after the genesis of a preset.
fn chain(preset: &str) -> TestExternalities {
	let config: RuntimeGenesisConfig = serde_json::from_value(config_of(preset)).unwrap();
	let mut chain = TestExternalities::from(config.build_storage().unwrap());
	chain.execute_with(|| crate::System::set_block_number(1));
	chain
}

/// Puts `patch` over `base`, object by object, as a chain spec does.
fn overlay(base: &mut Value, patch: Value) {
	match (base, patch) {
		(Value::Object(base), Value::Object(patch)) => {
			for (key, value) in patch {
				overlay(base.entry(key).or_insert(Value::Null), value);
			}
		},
		(base, patch) => *base = patch,
	}
}

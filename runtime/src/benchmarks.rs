// SPDX-License-Identifier: GPL-3.0-or-later
//! Which pallets are benchmarked, and genesis presets that only benchmarks need.

use crate::{genesis, Runtime};
use alloc::{format, string::String, vec::Vec};
use polkadot_sdk::*;
use serde_json::Value;
use sp_genesis_builder::{PresetId, DEV_RUNTIME_PRESET};

/// The key of a preset's JSON that says how many clusters there are.
const CLUSTERS: &str = "benchmarkClusters";

/// The preset `network-N`: the development network with `N` clusters.
pub fn get_preset(id: &PresetId) -> Option<Vec<u8>> {
	let name: &str = id.as_ref();
	let clusters: u32 = name.strip_prefix("network-")?.parse().ok()?;
	let development = genesis::get_preset(&DEV_RUNTIME_PRESET.into())?;
	let mut preset: Value = serde_json::from_slice(&development).ok()?;
	preset.as_object_mut()?.insert(CLUSTERS.into(), clusters.into());
	serde_json::to_vec(&preset).ok()
}

/// Builds the genesis state, with as many clusters as the preset says.
pub fn build_state(
	config: Vec<u8>,
	build: impl FnOnce(Vec<u8>) -> sp_genesis_builder::Result,
) -> sp_genesis_builder::Result {
	let invalid = |error| -> String { format!("not JSON: {error}") };
	let mut config: Value = serde_json::from_slice(&config).map_err(invalid)?;
	let clusters = config.as_object_mut().and_then(|config| config.remove(CLUSTERS));
	build(serde_json::to_vec(&config).map_err(invalid)?)?;
	let clusters = clusters.and_then(|clusters| clusters.as_u64()).unwrap_or_default();
	let clusters = u32::try_from(clusters).map_err(|_| String::from("too many clusters"))?;
	pallet_edge_connect::benchmarking::register_network::<Runtime>(clusters)
		.map_err(|error| format!("{error:?}"))
}

polkadot_sdk::frame_benchmarking::define_benchmarks!(
	[frame_system, SystemBench::<Runtime>]
	[frame_system_extensions, SystemExtensionsBench::<Runtime>]
	[cumulus_pallet_parachain_system, ParachainSystem]
	[cumulus_pallet_weight_reclaim, WeightReclaim]
	[cumulus_pallet_xcmp_queue, XcmpQueue]
	[pallet_anchor, Anchor]
	[pallet_assay_randomness, Randomness]
	[pallet_balances, Balances]
	[pallet_collator_selection, CollatorSelection]
	[pallet_edge_connect, EdgeConnect]
	[pallet_message_queue, MessageQueue]
	[pallet_multisig, Multisig]
	[pallet_proxy, Proxy]
	[pallet_session, SessionBench::<Runtime>]
	[pallet_sudo, Sudo]
	[pallet_timestamp, Timestamp]
	[pallet_transaction_payment, TransactionPayment]
	[pallet_utility, Utility]
	[pallet_verification, Verification]
);

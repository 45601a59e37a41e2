// SPDX-License-Identifier: GPL-3.0-or-later
//! What clients read out of the metadata.

use crate::{
	apis,
	configs::{WeightToFee, BLOCK_FEE},
	Block, ProxyType, Runtime, RuntimeCall, TxExtension, MAXIMUM_BLOCK_WEIGHT, VERSION,
};
use assay_primitives::{ClusterId, TaskId};
use codec::Encode;
use polkadot_sdk::*;

use frame_support::{
	traits::{InstanceFilter, PalletInfo},
	weights::{Weight, WeightToFee as _},
};
use sp_api::RuntimeApiInfo;
use sp_runtime::traits::TransactionExtension;

#[test]
fn transactions_carry_these_extensions_in_this_order() {
	let names: Vec<_> = <TxExtension as TransactionExtension<RuntimeCall>>::metadata()
		.into_iter()
		.map(|extension| extension.identifier)
		.collect();
	assert_eq!(
		names,
		[
			"AuthorizeCall",
			"CheckNonZeroSender",
			"CheckSpecVersion",
			"CheckTxVersion",
			"CheckGenesis",
			"CheckMortality",
			"CheckNonce",
			"CheckWeight",
			"ChargeTransactionPayment",
			"CheckMetadataHash",
			"StorageWeightReclaim",
		]
	);
}

#[test]
fn the_version_names_this_chain() {
	assert_eq!(VERSION.spec_name, "assay");
	const { assert!(VERSION.spec_version >= 1 && VERSION.transaction_version >= 1) };
	let (id, version) = (
		<dyn crate::assay_api::AssayApi<Block> as RuntimeApiInfo>::ID,
		<dyn crate::assay_api::AssayApi<Block> as RuntimeApiInfo>::VERSION,
	);
	assert!(apis::RUNTIME_API_VERSIONS.contains(&(id, version)));
}

#[test]
fn pallets_keep_their_indices() {
	fn index<Pallet: 'static>() -> usize {
		<Runtime as frame_system::Config>::PalletInfo::index::<Pallet>().unwrap()
	}
	assert_eq!(index::<crate::System>(), 0);
	assert_eq!(index::<crate::ParachainSystem>(), 1);
	assert_eq!(index::<crate::Timestamp>(), 2);
	assert_eq!(index::<crate::Balances>(), 10);
	assert_eq!(index::<crate::Sudo>(), 12);
	assert_eq!(index::<crate::Utility>(), 40);
	assert_eq!(index::<crate::Randomness>(), 50);
	assert_eq!(index::<crate::EdgeConnect>(), 51);
	assert_eq!(index::<crate::Verification>(), 52);
	assert_eq!(index::<crate::Anchor>(), 53);
}

#[test]
fn the_metadata_of_every_version_encodes() {
	// Constants that lie in storage are part of the metadata.
	polkadot_sdk::sp_io::TestExternalities::default().execute_with(|| {
		for version in Runtime::metadata_versions() {
			let metadata = Runtime::metadata_at_version(version).expect("a version that we offer");
			assert!(!metadata.encode().is_empty());
		}
	});
}

#[test]
fn a_whole_block_costs_its_fee_in_either_dimension() {
	let whole = MAXIMUM_BLOCK_WEIGHT;
	assert_eq!(WeightToFee::weight_to_fee(&whole), BLOCK_FEE);
	assert_eq!(WeightToFee::weight_to_fee(&whole.set_ref_time(0)), BLOCK_FEE);
	assert_eq!(WeightToFee::weight_to_fee(&whole.set_proof_size(0)), BLOCK_FEE);
	assert_eq!(WeightToFee::weight_to_fee(&Weight::zero()), 0);
	assert!(WeightToFee::weight_to_fee(&Weight::MAX) > BLOCK_FEE);
}

#[test]
fn a_workers_key_moves_no_bond() {
	let commit = RuntimeCall::Verification(pallet_verification::Call::poke { task: TaskId(0) });
	let claim =
		RuntimeCall::Verification(pallet_verification::Call::claim_pay { cluster: ClusterId(0) });
	let remove = RuntimeCall::EdgeConnect(pallet_edge_connect::Call::remove_cluster {
		cluster: ClusterId(0),
	});
	let remark = RuntimeCall::System(frame_system::Call::remark { remark: vec![] });
	let allowed = |kind: ProxyType| {
		[&commit, &claim, &remove, &remark].map(|call| InstanceFilter::filter(&kind, call))
	};
	assert_eq!(allowed(ProxyType::Any), [true; 4]);
	assert_eq!(allowed(ProxyType::Operator), [true, true, true, false]);
	assert_eq!(allowed(ProxyType::Worker), [true, false, false, false]);
	assert_eq!(allowed(ProxyType::CancelProxy), [false; 4]);
	assert!(ProxyType::Any.is_superset(&ProxyType::Operator));
	assert!(ProxyType::Operator.is_superset(&ProxyType::Worker));
	assert!(!ProxyType::Worker.is_superset(&ProxyType::Operator));
}

// SPDX-License-Identifier: GPL-3.0-or-later
//! Which pallets are benchmarked.

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

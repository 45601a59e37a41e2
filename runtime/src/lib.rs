// SPDX-License-Identifier: GPL-3.0-or-later
//! # The Assay parachain's runtime
//!
//! Which pallets the chain has, how they are configured, and what clients can ask.
//!
//! - [`Runtime`] lists the pallets. The four that make Assay what it is:
//!   [`Randomness`] folds the relay chain's VRF outputs, [`EdgeConnect`] knows clusters, tasks and
//!   draws, [`Verification`] judges and pays, [`Anchor`] keeps the log of final results.
//! - `configs` has their configuration: the SDK's pallets, our own, and XCM.
//! - `genesis` has the presets `development` and `local_testnet`.
//! - `apis` implements the runtime APIs, ours being [`assay_api::AssayApi`].
//! - `weights` names the measured weights of our pallets.

#![cfg_attr(not(feature = "std"), no_std)]
// The composed call, event and metadata types nest deeply.
#![recursion_limit = "512"]
// The types that the runtime's macro makes have no documentation, and nowhere to put it.
#![allow(missing_docs)]

extern crate alloc;

// First, because its macros are used in what follows.
#[cfg(feature = "runtime-benchmarks")]
#[macro_use]
mod benchmarks;

mod apis;
pub mod assay_api;
mod configs;
mod genesis;
#[cfg(test)]
mod tests;
mod weights;

/// The runtime as Wasm, for the node. `None` when the build skipped it.
#[cfg(feature = "std")]
mod wasm {
	#![allow(missing_docs)]
	include!(concat!(env!("OUT_DIR"), "/wasm_binary.rs"));
}
#[cfg(feature = "std")]
pub use wasm::{WASM_BINARY, WASM_BINARY_BLOATY, WASM_BINARY_PATH};

use alloc::{borrow::Cow, vec::Vec};
use polkadot_sdk::{staging_parachain_info as parachain_info, *};

use frame_support::weights::{constants::WEIGHT_REF_TIME_PER_SECOND, Weight};
use parachains_common::{Header, Signature};
use sp_runtime::{generic, impl_opaque_keys, MultiAddress, Perbill};
use sp_version::RuntimeVersion;

pub use configs::{ProxyType, WeightToFee};
pub use parachains_common::{AccountId, AuraId, Balance, BlockNumber, Hash, Nonce};

/// How transactions name an account.
pub type Address = MultiAddress<AccountId, ()>;

/// A block.
pub type Block = generic::Block<Header, UncheckedExtrinsic>;

/// What every transaction is checked for, in this order.
///
/// The reclaim wraps all the others, because it measures the storage proof around them.
pub type TxExtension = cumulus_pallet_weight_reclaim::StorageWeightReclaim<
	Runtime,
	(
		frame_system::AuthorizeCall<Runtime>,
		frame_system::CheckNonZeroSender<Runtime>,
		frame_system::CheckSpecVersion<Runtime>,
		frame_system::CheckTxVersion<Runtime>,
		frame_system::CheckGenesis<Runtime>,
		frame_system::CheckEra<Runtime>,
		frame_system::CheckNonce<Runtime>,
		frame_system::CheckWeight<Runtime>,
		pallet_transaction_payment::ChargeTransactionPayment<Runtime>,
		frame_metadata_hash_extension::CheckMetadataHash<Runtime>,
	),
>;

/// A transaction before its signature was checked.
pub type UncheckedExtrinsic =
	generic::UncheckedExtrinsic<Address, RuntimeCall, Signature, TxExtension>;

/// Executes blocks.
pub type Executive = frame_executive::Executive<
	Runtime,
	Block,
	frame_system::ChainContext<Runtime>,
	Runtime,
	AllPalletsWithSystem,
>;

impl_opaque_keys! {
	/// The keys of a collator.
	pub struct SessionKeys {
		/// With which it signs its blocks.
		pub aura: Aura,
	}
}

/// Raise `spec_version` with every change of behaviour, `transaction_version` with every change of
/// how a transaction is encoded.
#[sp_version::runtime_version]
pub const VERSION: RuntimeVersion = RuntimeVersion {
	spec_name: Cow::Borrowed("assay"),
	impl_name: Cow::Borrowed("assay"),
	authoring_version: 1,
	spec_version: 1,
	impl_version: 0,
	apis: apis::RUNTIME_API_VERSIONS,
	transaction_version: 1,
	system_version: 1,
};

/// One ASY.
pub const UNIT: Balance = 1_000_000_000_000;
/// A thousandth of an ASY.
pub const MILLIUNIT: Balance = UNIT / 1_000;
/// A millionth of an ASY.
pub const MICROUNIT: Balance = UNIT / 1_000_000;
/// An account with less is removed.
pub const EXISTENTIAL_DEPOSIT: Balance = MILLIUNIT;

/// The deposit for storing `items` entries with `bytes` bytes together.
pub const fn deposit(items: u32, bytes: u32) -> Balance {
	items as Balance * 20 * MILLIUNIT + bytes as Balance * 100 * MICROUNIT
}

/// Milliseconds of a slot, of which each has one block.
pub const SLOT_DURATION: u64 = 6_000;
/// Blocks of a minute.
pub const MINUTES: BlockNumber = 60_000 / (SLOT_DURATION as BlockNumber);
/// Blocks of an hour.
pub const HOURS: BlockNumber = MINUTES * 60;
/// Blocks of a day.
pub const DAYS: BlockNumber = HOURS * 24;

/// Blocks that the relay chain backs per relay block.
const BLOCK_PROCESSING_VELOCITY: u32 = 1;
/// Most blocks that are not yet included in the relay chain.
const UNINCLUDED_SEGMENT_CAPACITY: u32 = 3;
/// Milliseconds of a relay chain slot.
const RELAY_CHAIN_SLOT_DURATION_MILLIS: u32 = 6_000;
/// Relay blocks between the tip of the relay chain and the relay parent of our blocks.
const RELAY_PARENT_OFFSET: u32 = 0;

/// The part of a block that hooks are assumed to take on average.
const AVERAGE_ON_INITIALIZE_RATIO: Perbill = Perbill::from_percent(5);
/// The part of a block that normal transactions can fill; operational ones have the rest as well.
const NORMAL_DISPATCH_RATIO: Perbill = Perbill::from_percent(75);
/// Two seconds of execution, and all the proof that the relay chain accepts.
const MAXIMUM_BLOCK_WEIGHT: Weight = Weight::from_parts(
	WEIGHT_REF_TIME_PER_SECOND.saturating_mul(2),
	cumulus_primitives_core::relay_chain::MAX_POV_SIZE as u64,
);

/// The pallets.
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
	/// The runtime.
	pub struct Runtime;

	#[runtime::pallet_index(0)]
	pub type System = frame_system;
	#[runtime::pallet_index(1)]
	pub type ParachainSystem = cumulus_pallet_parachain_system;
	#[runtime::pallet_index(2)]
	pub type Timestamp = pallet_timestamp;
	#[runtime::pallet_index(3)]
	pub type ParachainInfo = parachain_info;
	#[runtime::pallet_index(4)]
	pub type WeightReclaim = cumulus_pallet_weight_reclaim;

	#[runtime::pallet_index(10)]
	pub type Balances = pallet_balances;
	#[runtime::pallet_index(11)]
	pub type TransactionPayment = pallet_transaction_payment;
	#[runtime::pallet_index(12)]
	pub type Sudo = pallet_sudo;

	// Authorship has to note the author before a session changes the set it is looked up in.
	#[runtime::pallet_index(20)]
	pub type Authorship = pallet_authorship;
	#[runtime::pallet_index(21)]
	pub type CollatorSelection = pallet_collator_selection;
	#[runtime::pallet_index(22)]
	pub type Session = pallet_session;
	#[runtime::pallet_index(23)]
	pub type Aura = pallet_aura;
	#[runtime::pallet_index(24)]
	pub type AuraExt = cumulus_pallet_aura_ext;

	#[runtime::pallet_index(30)]
	pub type XcmpQueue = cumulus_pallet_xcmp_queue;
	#[runtime::pallet_index(31)]
	pub type PolkadotXcm = pallet_xcm;
	#[runtime::pallet_index(32)]
	pub type CumulusXcm = cumulus_pallet_xcm;
	#[runtime::pallet_index(33)]
	pub type MessageQueue = pallet_message_queue;

	#[runtime::pallet_index(40)]
	pub type Utility = pallet_utility;
	#[runtime::pallet_index(41)]
	pub type Proxy = pallet_proxy;
	#[runtime::pallet_index(42)]
	pub type Multisig = pallet_multisig;

	// In the order in which a block uses them: fresh randomness, draws, deadlines, the log.
	#[runtime::pallet_index(50)]
	pub type Randomness = pallet_assay_randomness;
	#[runtime::pallet_index(51)]
	pub type EdgeConnect = pallet_edge_connect;
	#[runtime::pallet_index(52)]
	pub type Verification = pallet_verification;
	#[runtime::pallet_index(53)]
	pub type Anchor = pallet_anchor;
}

cumulus_pallet_parachain_system::register_validate_block! {
	Runtime = Runtime,
	BlockExecutor = cumulus_pallet_aura_ext::BlockExecutor::<Runtime, Executive>,
}

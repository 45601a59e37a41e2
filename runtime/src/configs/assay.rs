// SPDX-License-Identifier: GPL-3.0-or-later
//! The configuration of our own pallets: the numbers of the protocol.

use super::RuntimeBlockWeights;
use crate::{
	deposit, weights, AccountId, Anchor, Balance, Balances, BlockNumber, EdgeConnect, Randomness,
	Runtime, RuntimeHoldReason, System, Verification, HOURS, MINUTES, RELAY_PARENT_OFFSET, UNIT,
};
use assay_primitives::{draw::Beacon, view::NetworkView, Genesis};
use polkadot_sdk::*;

use frame_support::{
	parameter_types,
	traits::{ConstU128, ConstU32},
	weights::Weight,
	PalletId,
};
use frame_system::EnsureRoot;
use sp_runtime::{traits::AccountIdConversion, Perbill};

/// The bond behind one place of a slot, which a fault can cost.
const PLACE_BOND: Balance = 100 * UNIT;
/// The bond behind one slot: it has a place for an execution and one for a check.
const SLOT_BOND: Balance = 2 * PLACE_BOND;
/// Blocks for which a cluster counts as alive after it was last heard of: a day.
const LEASE: BlockNumber = 24 * HOURS;
/// The deposit for one open task.
const TASK_DEPOSIT: Balance = UNIT / 10;
/// The shortest deadline that a policy may ask for: two minutes. A cluster sees its task when the draw's
/// block is final, about half a minute later, and its act takes a block or two.
const SHORTEST_DEADLINE: BlockNumber = 20;
/// The longest deadline that a policy may ask for: a day.
const LONGEST_DEADLINE: BlockNumber = 14_400;
/// Blocks for opening, and for finding a panel: time for all tries of a draw, and for a relay chain whose
/// finality falls behind for minutes.
const OPENING_BLOCKS: BlockNumber = 60;
const _: () = assert!(
	OPENING_BLOCKS >= 4 * (pallet_edge_connect::CHECK_RETRIES as u32 + 1) * (DRAW_DELAY + 1),
	"a panel has to be found before its time is over, and most of that is for a lap"
);

parameter_types! {
	/// Holds pay until it is claimed.
	pub PotAccount: AccountId = PalletId(*b"py/assay").into_account_truncating();
	/// Gets what slashes leave.
	pub TreasuryAccount: AccountId = PalletId(*b"py/trsry").into_account_truncating();
	/// Draws on one side and deadlines on the other leave more than half of a block to its users.
	pub HookLimit: Weight = Perbill::from_percent(20) * RuntimeBlockWeights::get().max_block;
}

/// Relay blocks between an event and its draw: as far ahead as collators know what they will build
/// on, with the scheduling lookahead of the local relay presets.
const DRAW_DELAY: u32 = 5 + RELAY_PARENT_OFFSET;

impl pallet_assay_randomness::Config for Runtime {
	type RelayParent = cumulus_pallet_parachain_system::RelaychainDataProvider<Runtime>;
	type Delay = ConstU32<DRAW_DELAY>;
	type WeightInfo = weights::Randomness;
}

impl pallet_edge_connect::Config for Runtime {
	type Currency = Balances;
	type RuntimeHoldReason = RuntimeHoldReason;
	type Beacon = Randomness;
	type Handler = Verification;
	type SlotBond = ConstU128<SLOT_BOND>;
	type ShortestDeadline = ConstU32<SHORTEST_DEADLINE>;
	type LongestDeadline = ConstU32<LONGEST_DEADLINE>;
	type Lease = ConstU32<LEASE>;
	type LapsesAllowed = ConstU32<3>;
	type Suspension = ConstU32<{ 10 * MINUTES }>;
	type HookLimit = HookLimit;
	type WeightInfo = weights::EdgeConnect;
}

impl pallet_verification::Config for Runtime {
	type Currency = Balances;
	type RuntimeHoldReason = RuntimeHoldReason;
	type Scheduler = EdgeConnect;
	type Log = Anchor;
	type Pot = PotAccount;
	type Treasury = TreasuryAccount;
	type PlaceBond = ConstU128<PLACE_BOND>;
	type TaskDeposit = ConstU128<TASK_DEPOSIT>;
	type OpeningBlocks = ConstU32<OPENING_BLOCKS>;
	type HookLimit = HookLimit;
	type WeightInfo = weights::Verification;
}

impl pallet_anchor::Config for Runtime {
	type RuntimeHoldReason = RuntimeHoldReason;
	type Currency = Balances;
	// The bundle's row, and its share of the count.
	type BundleDeposit = ConstU128<{ deposit(1, 192) }>;
	type RevokeOrigin = EnsureRoot<AccountId>;
	type WeightInfo = weights::Anchor;
}

/// What the network is.
pub fn network() -> NetworkView {
	let counters = EdgeConnect::counters();
	NetworkView {
		genesis: Genesis(System::block_hash(0).0),
		now: System::block_number(),
		simulated_randomness: Randomness::is_simulated(),
		draw_delay: Randomness::delay(),
		slot_bond: SLOT_BOND,
		task_deposit: TASK_DEPOSIT,
		opening_blocks: OPENING_BLOCKS,
		shortest_deadline: SHORTEST_DEADLINE,
		longest_deadline: LONGEST_DEADLINE,
		lease: LEASE,
		clusters: counters.clusters,
		positions: counters.positions,
		tasks: counters.tasks,
	}
}

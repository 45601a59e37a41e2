// SPDX-License-Identifier: GPL-3.0-or-later
//! The state of the beacon and the rule by which it moves on.

use assay_primitives::draw::{self, Accumulator, BeaconState};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use cumulus_pallet_parachain_system::relay_state_snapshot::{Error, RelayChainStateProof};
use cumulus_primitives_core::relay_chain::well_known_keys::{
	CURRENT_BLOCK_RANDOMNESS, ONE_EPOCH_AGO_RANDOMNESS,
};
use scale_info::TypeInfo;

/// What is folded in.
#[derive(
	Clone,
	Copy,
	PartialEq,
	Eq,
	Debug,
	Default,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
)]
pub enum Source {
	/// The VRF output of the relay chain's block authors, and nothing else.
	#[default]
	Relay,
	/// Where there is none, what a simulated relay chain gives as the randomness of an epoch.
	Simulated,
}

impl Source {
	/// The value that a verified proof of the relay chain's state brings. An error when the proof
	/// does not cover it or it cannot be decoded; what is proved to be absent is none.
	pub fn read(self, proof: &RelayChainStateProof) -> Result<Option<[u8; 32]>, Error> {
		// The relay chain stores an option, for blocks whose author had no VRF.
		let vrf: Option<[u8; 32]> = proof.read_entry(CURRENT_BLOCK_RANDOMNESS, Some(None))?;
		match (vrf, self) {
			(None, Self::Simulated) => proof.read_optional_entry(ONE_EPOCH_AGO_RANDOMNESS),
			_ => Ok(vrf),
		}
	}
}

/// All that the pallet stores: one value, read and written once a block.
#[derive(
	Clone,
	Copy,
	PartialEq,
	Eq,
	Debug,
	Default,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
)]
pub struct State {
	/// The accumulator.
	pub acc: Accumulator,
	/// How many values were folded in.
	pub folds: u64,
	/// The relay block whose value was folded in last.
	pub last_relay: u32,
	/// The highest relay block that a block was built on.
	pub relay: u32,
	/// What is folded in.
	pub source: Source,
}

impl State {
	/// The state in a block that is built on the relay block `relay`, which brought `value`.
	///
	/// A relay block counts once, however many blocks are built on it: a collator that makes more
	/// blocks does not get more draws.
	pub fn advance(self, relay: u32, value: Option<[u8; 32]>) -> Self {
		let next = Self { relay: self.relay.max(relay), ..self };
		match value {
			Some(value) if relay > self.last_relay => Self {
				acc: draw::fold(&self.acc, relay, &value),
				folds: self.folds.saturating_add(1),
				last_relay: relay,
				..next
			},
			_ => next,
		}
	}

	/// What an event records of it.
	pub fn beacon(&self) -> BeaconState {
		BeaconState { acc: self.acc, relay: self.relay, folds: self.folds }
	}
}

// SPDX-License-Identifier: GPL-3.0-or-later
//! What the log keeps of a task for ever.

use crate::{
	outcome::Outcome,
	protocol::{Breadth, Role, MAX_EXECUTIONS},
	settlement::Conduct,
	spec::Class,
	task::Policy,
	BlockNumber, BoundedVec, ClusterId, ConstU32, ContentHash, EvidenceRoot, Possession, TaskId,
};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};

/// Version of the leaf's layout.
pub const LEAF_VERSION: u8 = 1;
/// Most draws that one leaf records.
pub const MAX_DRAWS: u32 = 10;

/// How a result was checked.
#[derive(
	Clone,
	Copy,
	PartialEq,
	Eq,
	Debug,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
	Serialize,
	Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Assurance {
	/// The whole quorum agreed.
	Agreed,
	/// They did not, and a panel's majority decided.
	Panel(Breadth),
	/// Nobody but the executor ran it: the lot spared it a check.
	Unaudited,
	/// Somebody appealed, or doubted its operator, and fresh members found the same or corrected it.
	Appeal(Breadth),
}

/// One execution, as the log keeps it.
#[derive(
	Clone,
	Copy,
	PartialEq,
	Eq,
	Debug,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
	Serialize,
	Deserialize,
)]
pub struct LeafExecution {
	/// Who.
	pub cluster: ClusterId,
	/// As what.
	pub role: Role,
	/// How it served.
	pub conduct: Conduct,
	/// Root of its own evidence, when it showed one.
	pub evidence_root: Option<EvidenceRoot>,
}

/// One draw, as the log keeps it.
#[derive(
	Clone,
	Copy,
	PartialEq,
	Eq,
	Debug,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
	Serialize,
	Deserialize,
)]
pub struct DrawRecord {
	/// As what those who were found were taken.
	pub role: Role,
	/// Positions that the draw chose from: those on the shelves that can fit, or of the allow list.
	pub positions: u32,
	/// How often it looked at one.
	pub tries: u32,
}

/// A final, accepted result.
#[derive(
	Clone,
	PartialEq,
	Eq,
	Debug,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
	Serialize,
	Deserialize,
)]
pub struct Leaf<AccountId> {
	/// [`LEAF_VERSION`].
	pub version: u8,
	/// The task.
	pub task: TaskId,
	/// Who asked.
	pub requester: AccountId,
	/// The program.
	pub program: ContentHash,
	/// The input manifest.
	pub inputs: ContentHash,
	/// [`crate::task::Workload::parameters`].
	pub parameters: [u8; 32],
	/// BLAKE2b-256 of the SCALE encoding of demand and lists: who could be drawn.
	pub terms: [u8; 32],
	/// What the executions had in common.
	pub class: Class,
	/// How it was to be checked.
	pub policy: Policy,
	/// The draws, in order.
	pub draws: BoundedVec<DrawRecord, ConstU32<MAX_DRAWS>>,
	/// Everybody who was drawn, in order.
	pub executions: BoundedVec<LeafExecution, ConstU32<MAX_EXECUTIONS>>,
	/// What was accepted.
	pub outcome: Outcome,
	/// How it was checked.
	pub assurance: Assurance,
	/// What the panel's majority showed.
	pub possession: Option<Possession>,
	/// The block of finality.
	pub finalised_at: BlockNumber,
}

impl<AccountId: Encode> Leaf<AccountId> {
	/// The bytes that the log hashes.
	pub fn bytes(&self) -> alloc::vec::Vec<u8> {
		self.encode()
	}
}

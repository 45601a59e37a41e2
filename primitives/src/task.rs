// SPDX-License-Identifier: GPL-3.0-or-later
//! What a requester submits: the program, its inputs, what it needs and how it is to be checked.

use crate::{
	array::MAX_ITEMS,
	blake2_256,
	spec::{Demand, Determinism, Malformed},
	Balance, BlockNumber, BoundedVec, ClusterId, ConstU32, ContentHash,
};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};

/// Fewest executions that have to agree, the executor's included.
pub const MIN_QUORUM: u8 = 2;
/// Most executions that can be asked to agree.
pub const MAX_QUORUM: u8 = 3;
/// Largest panel.
pub const MAX_PANEL: u8 = 3;
/// Most who decide about an appeal.
pub const APPEAL_SEATS: u8 = 5;
/// Fewest who can.
pub const MIN_APPEAL_SEATS: u8 = 3;
/// Who try to fetch what a requester says is withheld.
pub const WITNESSES: u8 = 3;
/// How many of them have to find the same.
pub const WITNESSES_TO_AGREE: u8 = 2;
/// The least probability of an audit that can be asked for, in percent.
pub const MIN_FLOOR: u8 = 5;
/// Most bytes of all arguments of a program together.
pub const MAX_ARGS_LEN: u32 = 512;
/// Most entries of an allow or deny list.
pub const MAX_LIST: u32 = 16;

/// What an execution may use before it is stopped.
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
#[serde(deny_unknown_fields)]
pub struct Limits {
	/// Wasm instructions, in the engine's fuel units; running out is an outcome, equal everywhere.
	pub fuel: u64,
	/// Linear memory, MiB; a guest that asks for more is refused, equally everywhere.
	pub memory_mib: u32,
	/// All output files together, KiB.
	pub output_kib: u32,
}

/// What is run, on what.
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
#[serde(deny_unknown_fields)]
pub struct Workload {
	/// The program: the Wasm module's content hash, or an image's digest.
	pub program: ContentHash,
	/// The input manifest's content hash; the hash of an empty manifest means no inputs.
	pub inputs: ContentHash,
	/// Arguments, separated by zero bytes; the first is the program's name.
	#[serde(with = "crate::spec::text")]
	pub args: BoundedVec<u8, ConstU32<MAX_ARGS_LEN>>,
	/// What it may use; an item of an array each.
	pub limits: Limits,
	/// Of how many items the task consists, if it is an array: the program is run once for each, with the number
	/// of the item, from zero, as another argument.
	#[serde(default, skip_serializing_if = "Option::is_none")]
	pub items: Option<u16>,
}

impl Workload {
	/// What the log keeps of arguments, limits and items: BLAKE2b-256 of their SCALE encoding.
	pub fn parameters(&self) -> [u8; 32] {
		blake2_256(&(&self.args, self.limits, self.items).encode())
	}
}

/// How many run the task.
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
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Check {
	/// Several operators run it and have to agree.
	Verified {
		/// How many executions must agree, the executor's included.
		quorum: u8,
		/// The most who decide when they do not: 1 or 3, fewer where that keeps votes odd.
		panel: u8,
	},
	/// One operator runs it. Whether a second one does is drawn when the first is bound.
	Audited {
		/// The least probability of that, in percent. It is higher for operators whose results were
		/// seldom checked.
		floor: u8,
	},
}

/// How the result is checked and when it is final.
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
#[serde(deny_unknown_fields)]
pub struct Policy {
	/// How many run it.
	pub check: Check,
	/// Blocks between verdict and finality; zero is allowed, and shown in the leaf.
	pub window: BlockNumber,
	/// Blocks that a cluster has to run the task.
	pub execution_blocks: BlockNumber,
	/// Blocks that the task waits for a cluster, each time it needs one.
	pub queue_blocks: BlockNumber,
	/// Whether the executor runs it twice first, and the task ends for a small fee if it cannot
	/// reproduce its own result.
	#[serde(default)]
	pub preflight: bool,
}

/// What two clusters of one task must not share.
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
	Serialize,
	Deserialize,
)]
#[serde(deny_unknown_fields, default)]
pub struct Apart {
	/// No two in one region.
	pub regions: bool,
	/// No two whose endpoints name one host.
	pub hosts: bool,
}

impl Apart {
	/// Whether anything is asked for.
	pub fn is_asked(self) -> bool {
		self.regions || self.hosts
	}
}

/// Who may run the task. An empty allow list means everybody.
#[derive(
	Clone,
	PartialEq,
	Eq,
	Debug,
	Default,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
	Serialize,
	Deserialize,
)]
#[serde(deny_unknown_fields, default)]
pub struct Access {
	/// Only these, when not empty.
	pub allow: BoundedVec<ClusterId, ConstU32<MAX_LIST>>,
	/// Never these.
	pub deny: BoundedVec<ClusterId, ConstU32<MAX_LIST>>,
	/// What those who run it must not share. They never share an operator.
	pub apart: Apart,
}

impl Access {
	/// Whether the lists let `cluster` run the task.
	pub fn admits(&self, cluster: ClusterId) -> bool {
		(self.allow.is_empty() || self.allow.contains(&cluster)) && !self.deny.contains(&cluster)
	}
}

/// Everything a requester says about a task.
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
#[serde(deny_unknown_fields)]
pub struct TaskRequest {
	/// What is run.
	pub workload: Workload,
	/// What it needs.
	pub demand: Demand,
	/// How it is checked.
	pub policy: Policy,
	/// Who may run it.
	#[serde(default)]
	pub access: Access,
}

/// Why a policy makes no sense on this chain.
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
)]
pub enum BadPolicy {
	/// The quorum lies outside [`MIN_QUORUM`]..=[`MAX_QUORUM`].
	Quorum,
	/// A panel has 1 or 3 members.
	Panel,
	/// The floor lies outside [`MIN_FLOOR`]..=100 percent.
	Floor,
	/// In a declared class no bond answers for a lie: audits would deter nobody there.
	Unbonded,
	/// In a proven class every run gives the same result: there is nothing to try.
	Preflight,
	/// A deadline is shorter or longer than the chain allows.
	Deadline,
}

impl Policy {
	/// Whether the policy makes sense for an engine of class `determinism`, where deadlines have `shortest`
	/// to `longest` blocks. The window may be shorter: nobody has to do anything in it.
	pub fn check(
		&self,
		determinism: Determinism,
		shortest: BlockNumber,
		longest: BlockNumber,
	) -> Result<(), BadPolicy> {
		let proven = determinism == Determinism::Proven;
		match self.check {
			Check::Verified { quorum, .. } if !(MIN_QUORUM..=MAX_QUORUM).contains(&quorum) => {
				return Err(BadPolicy::Quorum);
			},
			Check::Verified { panel, .. } if panel != 1 && panel != MAX_PANEL => {
				return Err(BadPolicy::Panel);
			},
			Check::Audited { floor } if !(MIN_FLOOR..=100).contains(&floor) => {
				return Err(BadPolicy::Floor);
			},
			Check::Audited { .. } if !proven => return Err(BadPolicy::Unbonded),
			Check::Verified { .. } | Check::Audited { .. } => {},
		}
		if self.preflight && proven {
			return Err(BadPolicy::Preflight);
		}
		let bounded = |blocks: BlockNumber| (shortest.max(1)..=longest).contains(&blocks);
		if !bounded(self.execution_blocks) || !bounded(self.queue_blocks) || self.window > longest {
			return Err(BadPolicy::Deadline);
		}
		Ok(())
	}

	/// How many operators with the engine the task may need before there is any dispute.
	pub fn quorum(&self) -> u8 {
		match self.check {
			Check::Verified { quorum, .. } => quorum,
			Check::Audited { .. } => MIN_QUORUM,
		}
	}

	/// The most who decide when those do not agree.
	pub fn panel(&self) -> u8 {
		match self.check {
			Check::Verified { panel, .. } => panel,
			Check::Audited { .. } => MAX_PANEL,
		}
	}

	/// The most executions that a task can have to pay in full: the executor, every verifier after each was
	/// replaced by two, and the largest panel. An appeal is paid by whoever appeals; where an unaudited
	/// result is looked at again because its operator was caught elsewhere, nobody else was paid before.
	pub fn most_paid(&self) -> u8 {
		let verifiers = self.quorum().saturating_sub(1).saturating_mul(2);
		let disputed = verifiers.saturating_add(1).saturating_add(self.panel().max(2));
		match self.check {
			Check::Verified { .. } => disputed,
			Check::Audited { .. } => disputed.max(APPEAL_SEATS.saturating_add(1)),
		}
	}

	/// The most that a task can cost its requester in pay.
	pub fn worst_case(&self, max_price: Balance) -> Option<Balance> {
		max_price.checked_mul(self.most_paid().into())
	}
}

impl TaskRequest {
	/// Whether demand, lists and items make sense on their own.
	pub fn check(&self) -> Result<(), Malformed> {
		self.demand.check()?;
		if self.access.allow.iter().any(|cluster| self.access.deny.contains(cluster)) {
			return Err(Malformed::Repeated);
		}
		if let Some(items) = self.workload.items {
			if items == 0 || items > MAX_ITEMS {
				return Err(Malformed::BadItems);
			}
			// More than three who differ would need more judges than a task can have.
			if self.policy.quorum() > MIN_QUORUM {
				return Err(Malformed::ArrayQuorum);
			}
		}
		Ok(())
	}
}

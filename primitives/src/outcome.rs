// SPDX-License-Identifier: GPL-3.0-or-later
//! What an execution produced, and the salted hash that seals it until everybody is bound.

use crate::{
	blake2_256, ClusterId, Commitment, EvidenceRoot, FailureDigest, Genesis, OutcomeDigest,
	OutputRoot, Possession, Salt, TaskId,
};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};

/// How a program failed: the same on every honest cluster.
#[derive(
	Clone,
	Copy,
	PartialEq,
	Eq,
	PartialOrd,
	Ord,
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
pub enum FailureKind {
	/// The program is no valid module for the engine, or imports what the engine does not offer.
	Invalid,
	/// The program trapped.
	Trap,
	/// The program used up its fuel.
	OutOfFuel,
	/// The outputs exceed their limit.
	OutputTooLarge,
}

/// What an execution produced.
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
pub enum Outcome {
	/// The program ended by itself, with any exit code: the root covers it.
	Completed {
		/// Root of the output tree.
		output_root: OutputRoot,
	},
	/// The program was stopped.
	Failed {
		/// How.
		kind: FailureKind,
		/// SHA-256 of the failure report: fuel used, outputs so far, the memory's hash. Nobody
		/// can know it without having run the program.
		report: FailureDigest,
	},
}

/// Why a cluster gives a task back.
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
pub enum Abstention {
	/// Program or inputs cannot be had.
	Unavailable,
	/// A limit of the host, not of the task: wall time, memory, disk, native stack.
	HostLimit,
}

impl Outcome {
	/// What agreement is judged by.
	pub fn digest(&self) -> OutcomeDigest {
		OutcomeDigest(blake2_256(&("assay/outcome/v1", self).encode()))
	}

	/// Whether the program was stopped.
	pub fn is_failure(&self) -> bool {
		matches!(self, Self::Failed { .. })
	}
}

/// What a commitment is made for: nobody else's, nowhere else, at no other try.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Seal {
	/// The chain.
	pub genesis: Genesis,
	/// The task.
	pub task: TaskId,
	/// Which try at the task; grows when an executor is replaced.
	pub attempt: u8,
	/// The cluster.
	pub cluster: ClusterId,
}

impl Seal {
	/// The commitment of an executor or verifier.
	pub fn commit(
		&self,
		outcome: &OutcomeDigest,
		evidence: &EvidenceRoot,
		salt: &Salt,
	) -> Commitment {
		let Self { genesis, task, attempt, cluster } = self;
		Commitment(blake2_256(
			&("assay/commit/v1", genesis, task, attempt, cluster, outcome, evidence, salt).encode(),
		))
	}

	/// The commitment of a panel member, which binds its proof of possession as well.
	pub fn commit_panel(
		&self,
		outcome: &OutcomeDigest,
		possession: &Possession,
		evidence: &EvidenceRoot,
		salt: &Salt,
	) -> Commitment {
		let Self { genesis, task, attempt, cluster } = self;
		Commitment(blake2_256(
			&(
				"assay/panel/v1",
				genesis,
				task,
				attempt,
				cluster,
				(outcome, possession),
				evidence,
				salt,
			)
				.encode(),
		))
	}
}

/// What proves a commitment.
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
pub struct Opening {
	/// The outcome.
	pub outcome: Outcome,
	/// Root of what is the cluster's own.
	pub evidence_root: EvidenceRoot,
	/// The secret.
	pub salt: Salt,
}

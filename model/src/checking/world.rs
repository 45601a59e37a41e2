// SPDX-License-Identifier: GPL-3.0-or-later
//! What surrounds a trial: who is honest, what can be claimed and shown, what is sealed and with what.

use assay_primitives::{
	outcome::{FailureKind, Opening, Outcome},
	protocol::{Act, Context, Execution, Pick, Role, Ruling, Stage, Trial},
	settlement::{settle, Share},
	spec::{Architecture, Determinism, Engine, ExecutorKind, WASM_ENGINE},
	task::{Check, Policy},
	Balance, BlockNumber, ClusterId, Commitment, EvidenceRoot, FailureDigest, Genesis, OperatorId,
	OutputRoot, PanelNonce, Possession, Salt, TaskId,
};
use std::fmt;

/// What everybody asks, which is what the requester pays at most.
pub const PRICE: Balance = 1_000;
/// The bond behind one place of a slot.
pub const PLACE_BOND: Balance = 100_000;
/// Blocks for opening.
pub const OPENING_BLOCKS: BlockNumber = 60;
/// An engine of a declared class.
pub const CONTAINER: Engine = Engine { kind: ExecutorKind::Container, id: 1 };
/// An engine of a proven class.
pub const WASM: Engine = WASM_ENGINE;

/// A policy whose window is open for `window` blocks.
pub fn policy(check: Check, window: BlockNumber) -> Policy {
	Policy { check, window, execution_blocks: 20, queue_blocks: 30, preflight: false }
}

/// What the step of `task` at `now` has to know.
pub fn context(task: u64, now: BlockNumber) -> Context {
	Context {
		genesis: Genesis([7; 32]),
		task: TaskId(task),
		now,
		opening_blocks: OPENING_BLOCKS,
		audit_percent: 30,
		tainted: false,
	}
}

/// How a cluster behaves. Who is offline is a dishonest cluster that does nothing.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Kind {
	/// Acts truthfully and in time.
	Honest,
	/// Does anything or nothing.
	Dishonest,
}

/// What the program really does.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Truth {
	/// It completes.
	Completes,
	/// It fails.
	Fails,
}

/// What a cluster says the program did.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Claim {
	/// What it really does.
	True,
	/// It completes, with an output that liars have agreed on.
	Lie,
	/// It fails, in a way that liars have agreed on.
	FalseFailure,
}

impl Claim {
	/// The claimed outcome.
	pub fn outcome(self, truth: Truth) -> Outcome {
		let completed = |byte| Outcome::Completed { output_root: OutputRoot([byte; 32]) };
		let failed = |byte| {
			let report = FailureDigest([byte; 32]);
			Outcome::Failed { kind: FailureKind::Trap, report }
		};
		match (self, truth) {
			(Self::True, Truth::Completes) => completed(1),
			(Self::True, Truth::Fails) => failed(1),
			(Self::Lie, _) => completed(2),
			(Self::FalseFailure, _) => failed(3),
		}
	}
}

/// What a cluster shows when it has to prove that it holds the bytes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Shown {
	/// What follows from the bytes.
	Bytes,
	/// Something that copiers, who know a digest only, have agreed on.
	Invented,
}

/// What a cluster has bound itself to, or said.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Secret {
	/// The outcome.
	pub claim: Claim,
	/// The proof.
	pub shown: Shown,
}

impl Secret {
	/// What every honest cluster says.
	pub const HONEST: Self = Self { claim: Claim::True, shown: Shown::Bytes };
}

impl fmt::Display for Claim {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		f.write_str(match self {
			Self::True => "the truth",
			Self::Lie => "a lie",
			Self::FalseFailure => "a failure that there was not",
		})
	}
}

impl fmt::Display for Secret {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		let copied = self.shown == Shown::Invented;
		write!(f, "{}{}", self.claim, if copied { " without the bytes" } else { "" })
	}
}

/// The nonce of the draw with number `round`.
pub fn nonce(round: u8) -> PanelNonce {
	PanelNonce([round; 32])
}

/// The proof for a claim, keyed by the nonce of `trial`.
pub fn possession(trial: &Trial, secret: Secret) -> Possession {
	let mut bytes = trial.nonce.map_or([0; 32], |nonce| nonce.0);
	bytes[0] = secret.claim as u8;
	bytes[1] = secret.shown as u8;
	Possession(bytes)
}

/// What is the cluster's own.
pub fn evidence(cluster: ClusterId) -> EvidenceRoot {
	EvidenceRoot([cluster.0 as u8; 32])
}

/// What opens the commitment of `cluster` to a claim.
pub fn opening(cluster: ClusterId, claim: Claim, truth: Truth) -> Opening {
	Opening {
		outcome: claim.outcome(truth),
		evidence_root: evidence(cluster),
		salt: Salt([cluster.0 as u8; 32]),
	}
}

/// The commitment of `cluster` to what it says, as the role it has wants it.
pub fn commitment(
	trial: &Trial,
	context: &Context,
	execution: &Execution,
	secret: Secret,
	truth: Truth,
) -> Commitment {
	let seal = trial.seal(context, execution.cluster);
	let Opening { outcome, evidence_root, salt } = opening(execution.cluster, secret.claim, truth);
	let outcome = outcome.digest();
	match execution.role {
		Role::Executor | Role::Verifier => seal.commit(&outcome, &evidence_root, &salt),
		Role::Panel | Role::Appeal => {
			seal.commit_panel(&outcome, &possession(trial, secret), &evidence_root, &salt)
		},
	}
}

/// What a draw that found `cluster` says of it. No two clusters have one operator.
pub fn pick(cluster: u32) -> Pick {
	Pick {
		cluster: ClusterId(cluster),
		operator: OperatorId(cluster),
		price: PRICE,
		architecture: Architecture::X86_64,
	}
}

/// What an execution has to do before the stage ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Duty {
	/// Run the task and seal its outcome, or give it back.
	Seal,
	/// Run the task and say what came out, or give it back.
	Answer,
	/// Open its seal.
	Open,
	/// Show that it holds the bytes.
	Possess,
	/// Open its seal as a judge.
	OpenPanel,
}

/// The duty of an execution, as docs/protocol.md tells it.
pub fn duty(trial: &Trial, execution: &Execution) -> Option<Duty> {
	let Execution { role, act, .. } = execution;
	let drawn = *act == Act::Drawn;
	let bound = matches!(act, Act::Committed(_));
	match (trial.stage, role) {
		(Stage::Executing, Role::Executor) if drawn => Some(Duty::Seal),
		(Stage::Verifying, Role::Verifier) if drawn => {
			let verifiers = trial.executions.iter().filter(|one| one.role == Role::Verifier);
			Some(if verifiers.count() > 1 { Duty::Seal } else { Duty::Answer })
		},
		(Stage::Opening, Role::Executor | Role::Verifier) if bound => Some(Duty::Open),
		(Stage::PanelSealing, Role::Panel | Role::Appeal) if drawn => Some(Duty::Seal),
		(Stage::PanelShowing, Role::Executor | Role::Verifier) => {
			matches!(act, Act::Opened { .. }).then_some(Duty::Possess)
		},
		(Stage::PanelOpening, Role::Panel | Role::Appeal) if bound => Some(Duty::OpenPanel),
		_ => None,
	}
}

/// How long the stage lasts that begins at `now`.
pub fn blocks_of(trial: &Trial, now: BlockNumber) -> BlockNumber {
	match trial.stage {
		Stage::Queued | Stage::Drawing => trial.policy.queue_blocks,
		Stage::Executing | Stage::Verifying | Stage::PanelSealing => trial.policy.execution_blocks,
		Stage::Opening | Stage::PanelDrawing | Stage::PanelShowing | Stage::PanelOpening => {
			OPENING_BLOCKS
		},
		// Nobody judges a third time. But whoever appeals in vain does not shorten the window.
		Stage::Decided(_) if trial.appeal.is_some() => trial
			.appeal
			.filter(|appeal| appeal.ruling == Ruling::Unheard)
			.map_or(0, |appeal| appeal.closes_at.saturating_sub(now)),
		Stage::Decided(_) => trial.policy.window,
	}
}

/// Whether a differing answer is a fault.
pub fn is_proven(trial: &Trial) -> bool {
	trial.engine.kind.determinism() == Determinism::Proven
}

/// The shares as the chain computes them.
pub fn shares(trial: &Trial) -> Vec<Share> {
	settle(trial, PLACE_BOND)
}

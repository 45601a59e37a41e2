// SPDX-License-Identifier: GPL-3.0-or-later
//! What surrounds a trial: who is honest, what can be claimed and shown, what is sealed and with what.

use assay_primitives::{
	array,
	merkle::Hash,
	outcome::{FailureKind, Opening, Outcome},
	protocol::{Act, Context, Execution, Pick, Role, Ruling, Stage, Trial, NOTHING},
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
/// How long before the window closes a requester complains who does not wait to the end.
pub const EARLY: BlockNumber = 3;
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
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Claim {
	/// What it really does.
	True,
	/// It completes, with an output that liars have agreed on; of an array, the first place is forged.
	Lie,
	/// It fails, in a way that liars have agreed on; of an array, the item at the first place.
	FalseFailure,
	/// Of an array, the second place is forged.
	Elsewhere,
	/// Of an array, both places are forged.
	Twice,
}

impl Claim {
	/// All of them.
	pub const ALL: [Self; 5] =
		[Self::True, Self::Lie, Self::FalseFailure, Self::Elsewhere, Self::Twice];

	/// The claimed outcome of a task that is no array.
	pub fn outcome(self, truth: Truth) -> Outcome {
		self.numbered(truth, 0)
	}

	/// The claimed outcome of the item with this number.
	fn numbered(self, truth: Truth, number: u16) -> Outcome {
		let bytes = |byte| {
			let mut bytes = [byte; 32];
			bytes[..2].copy_from_slice(&number.to_le_bytes());
			bytes
		};
		let completed = |byte| Outcome::Completed { output_root: OutputRoot(bytes(byte)) };
		let failed = |byte| {
			let report = FailureDigest(bytes(byte));
			Outcome::Failed { kind: FailureKind::Trap, report }
		};
		match (self, truth) {
			(Self::True, Truth::Completes) => completed(1),
			(Self::True, Truth::Fails) => failed(1),
			(Self::Lie | Self::Elsewhere | Self::Twice, _) => completed(2),
			(Self::FalseFailure, _) => failed(3),
		}
	}
}

/// An array, of which liars forge the item at one of two places, or both.
#[derive(Debug)]
pub struct Array {
	/// How many items it has.
	pub items: u16,
	places: [u16; 2],
	truth: Truth,
	leaves: Vec<Vec<Hash>>,
	wholes: Vec<Outcome>,
}

impl Array {
	/// So many items, with what liars can forge; `truth` is about the item at the first place.
	pub fn of(items: u16, places: [u16; 2], truth: Truth) -> &'static Self {
		let mut this = Self { items, places, truth, leaves: vec![], wholes: vec![] };
		for claim in Claim::ALL {
			let item = |at| this.item(at, this.about(at, claim));
			let leaves = array::leaves(&(0..items).map(item).collect::<Vec<_>>());
			this.wholes.push(array::outcome_of(&leaves));
			this.leaves.push(leaves);
		}
		Box::leak(Box::new(this))
	}

	/// What whoever claims this about the whole says about the item at `at`.
	pub fn about(&self, at: u16, claim: Claim) -> Claim {
		let [first, second] = self.places.map(|place| place == at);
		match claim {
			Claim::Lie | Claim::Twice if first => Claim::Lie,
			Claim::Elsewhere | Claim::Twice if second => Claim::Lie,
			Claim::FalseFailure if first => Claim::FalseFailure,
			_ => Claim::True,
		}
	}

	/// The outcome of the item at `at`, of which this is claimed.
	pub fn item(&self, at: u16, claim: Claim) -> Outcome {
		claim.numbered(self.truth_about(at), at)
	}

	/// What the program really does for the item at `at`.
	pub fn truth_about(&self, at: u16) -> Truth {
		match at == self.places[0] {
			true => self.truth,
			false => Truth::Completes,
		}
	}

	/// The outcome of the whole.
	pub fn outcome(&self, claim: Claim) -> Outcome {
		self.wholes[claim as usize]
	}

	/// What has to be posted next by whoever claims this.
	pub fn nodes(&self, trial: &Trial, claim: Claim) -> Vec<Hash> {
		let leaves = &self.leaves[claim as usize];
		match trial.narrowing.as_ref().and_then(|narrowing| narrowing.subtree) {
			None => array::subtree_roots(leaves),
			Some(place) => {
				let mut subtrees = leaves.chunks(array::SUBTREE.into());
				subtrees.nth(place.into()).expect("differs there").to_vec()
			},
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
	/// That it was served nothing.
	Nothing,
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
			Self::Elsewhere => "a lie about the second place",
			Self::Twice => "a lie about both places",
		})
	}
}

impl fmt::Display for Secret {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		let shown = match self.shown {
			Shown::Bytes => "",
			Shown::Invented => " without the bytes",
			Shown::Nothing => ", of which it was served nothing",
		};
		write!(f, "{}{shown}", self.claim)
	}
}

/// The nonce of the draw with number `round`.
pub fn nonce(round: u8) -> PanelNonce {
	PanelNonce([round; 32])
}

/// The proof for a claim, keyed by the nonce of `trial`.
pub fn possession(trial: &Trial, secret: Secret) -> Possession {
	if secret.shown == Shown::Nothing {
		return NOTHING;
	}
	let mut bytes = trial.nonce.map_or([0; 32], |nonce| nonce.0);
	bytes[0] = secret.claim as u8;
	bytes[1] = secret.shown as u8;
	Possession(bytes)
}

/// What is the cluster's own.
pub fn evidence(cluster: ClusterId) -> EvidenceRoot {
	EvidenceRoot([cluster.0 as u8; 32])
}

/// What opens the commitment of `cluster` to an outcome.
pub fn opening(cluster: ClusterId, outcome: Outcome) -> Opening {
	Opening { outcome, evidence_root: evidence(cluster), salt: Salt([cluster.0 as u8; 32]) }
}

/// The commitment of `cluster` to what it says, as the role it has wants it.
pub fn commitment(
	trial: &Trial,
	context: &Context,
	execution: &Execution,
	secret: Secret,
	outcome: Outcome,
) -> Commitment {
	let seal = trial.seal(context, execution.cluster);
	let Opening { outcome, evidence_root, salt } = opening(execution.cluster, outcome);
	let outcome = outcome.digest();
	match execution.role {
		Role::Executor | Role::Verifier => seal.commit(&outcome, &evidence_root, &salt),
		Role::Panel | Role::Appeal | Role::Arbiter | Role::Witness => {
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
	/// Run the task, or one item, and seal its outcome, or give it back.
	Seal,
	/// Run the task and say what came out, or give it back.
	Answer,
	/// Open its seal.
	Open,
	/// Post what its claim is made of.
	Narrow,
	/// Show that it holds the bytes.
	Possess,
	/// Try to fetch what was accepted, and seal that it could or could not, or give up.
	Fetch,
	/// Open its seal as a judge or witness.
	OpenPanel,
}

/// The duty of an execution, as docs/protocol.md tells it.
pub fn duty(trial: &Trial, execution: &Execution) -> Option<Duty> {
	let Execution { role, act, .. } = execution;
	let drawn = *act == Act::Drawn;
	let bound = matches!(act, Act::Committed(_));
	let opened = matches!(act, Act::Opened { .. });
	match (trial.stage, role) {
		(Stage::Executing, Role::Executor) if drawn => Some(Duty::Seal),
		(Stage::Verifying, Role::Verifier) if drawn => {
			let verifiers = trial.executions.iter().filter(|one| one.role == Role::Verifier);
			Some(if verifiers.count() > 1 { Duty::Seal } else { Duty::Answer })
		},
		(Stage::Opening, Role::Executor | Role::Verifier) if bound => Some(Duty::Open),
		(Stage::Splitting | Stage::Narrowing, Role::Executor | Role::Verifier) if opened => {
			(!has_posted(trial, execution)).then_some(Duty::Narrow)
		},
		(Stage::PanelSealing, Role::Panel | Role::Appeal | Role::Arbiter) if drawn => {
			Some(Duty::Seal)
		},
		(Stage::PanelSealing, Role::Witness) if drawn => Some(Duty::Fetch),
		(Stage::PanelShowing, Role::Executor | Role::Verifier) if opened => Some(Duty::Possess),
		(Stage::PanelOpening, role) if bound && is_judge(*role) => Some(Duty::OpenPanel),
		_ => None,
	}
}

/// Whether whoever has this role seals a proof of possession, too.
pub fn is_judge(role: Role) -> bool {
	!matches!(role, Role::Executor | Role::Verifier)
}

/// Whether an execution has posted what its claim is made of in this round.
pub fn has_posted(trial: &Trial, execution: &Execution) -> bool {
	let mut parties = trial.narrowing.iter().flat_map(|narrowing| narrowing.parties.iter());
	parties.any(|party| party.cluster == execution.cluster && party.posted.is_some())
}

/// How long the stage lasts that begins at `now`, unless a complaint gives back what was left of it.
pub fn blocks_of(trial: &Trial, now: BlockNumber) -> BlockNumber {
	match trial.stage {
		Stage::Queued | Stage::Drawing => trial.policy.queue_blocks,
		// Witnesses run nothing, but fetch what took so long to make.
		Stage::PanelSealing if trial.bench() == Role::Witness => {
			trial.policy.execution_blocks.max(OPENING_BLOCKS)
		},
		Stage::Executing | Stage::Verifying | Stage::PanelSealing => trial.policy.execution_blocks,
		Stage::Opening
		| Stage::Splitting
		| Stage::Narrowing
		| Stage::PanelDrawing
		| Stage::PanelShowing
		| Stage::PanelOpening => OPENING_BLOCKS,
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

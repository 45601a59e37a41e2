// SPDX-License-Identifier: GPL-3.0-or-later
//! The rules of a task: which act is allowed in which stage, and what follows from it.
//!
//! [`Trial::step`] is the only way a task changes. It owns no storage and no clock: the pallet loads
//! a trial, steps it, carries out the [`Effect`]s and stores it; worker and tests use the same code.
//!
//! ```text
//! Queued → Executing → Drawing → Verifying → Opening ──────────────────────────────┐
//!    ↑________|           ↑__________|           │ differ, or silent               │ agree
//!    (executor lost)      (verifier lost: two)   ↓                                 ↓
//!           PanelDrawing ⇄ PanelSealing → PanelShowing → PanelOpening → Decided(verdict) → final
//!                └─────────────────────────── appeal, or a taint ─────────────┘
//! ```
//!
//! Executions of an array that differ go from `Opening` to `Splitting` and `Narrowing` first, until one item is left
//! that they differ in; arbiters run it, and whoever they leave goes on to the panel. An audited task goes from `Drawing` to `Opening` without a verifier if the lot says so. An appeal is a panel
//! of fresh members that only judges the verdict, once; after it the task is final at once, unless nobody could be
//! found to hear it.
//!
//! Invariants. P1 and P4 to P6 are checked by [`Trial::check`]; P2 and P3 are about two states, and the
//! tests of this crate check them after every step:
//!
//! - P1: a cluster and an operator each have at most one execution in a task.
//! - P2: each execution acts at most once in each role: sealed, answered or opened things never change.
//! - P3: every stage has a deadline, and [`Input::Deadline`] after it always leaves the stage.
//! - P4: nobody opens before everybody who has to commit has committed or lost the right to.
//! - P5: the number of voters in front of a panel is odd, and no loss of a member lowers it.
//! - P6: the first executions show what they hold when the whole panel is bound, and the panel opens
//!   when they all have shown it or lost the right to: nobody's proof of possession can be a copy.
//! - P7: a verdict changes only by an appeal, of which there is one at most.
//! - P8: nobody is refuted but by a majority of those who could vote on the item.

use crate::{
	merkle::Hash,
	outcome::{Opening, Outcome, Seal},
	spec::{Architecture, Class, Engine},
	task::Policy,
	Balance, BlockNumber, BoundedVec, ClusterId, Commitment, ConstU32, EvidenceRoot, Genesis,
	OperatorId, OutcomeDigest, PanelNonce, Possession, TaskId,
};
use alloc::vec::Vec;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};

mod delivery;
mod narrowing;
mod steps;

pub use delivery::{Complaint, Delivery, NOTHING};
pub use narrowing::{ItemRuling, Narrowing, Party, MAX_PARTIES};

type Step = Result<Vec<Effect>, Refusal>;

/// Most executions of one task: three executors in turn, two verifiers each replaced by two, a panel
/// of three each replaced once, five who decide an appeal, three witnesses. An array has one verifier, and three
/// arbiters beside its panel.
pub const MAX_EXECUTIONS: u32 = 23;
/// Executors tried in turn before the task is given up.
pub const MAX_ATTEMPTS: u8 = 3;

/// The part an execution plays.
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
pub enum Role {
	/// Runs the task first.
	Executor,
	/// Runs it again.
	Verifier,
	/// Decides when they differ.
	Panel,
	/// Decides again when somebody appeals.
	Appeal,
	/// Runs the first item in which executions of an array differ.
	Arbiter,
	/// Tries to fetch what was accepted.
	Witness,
}

impl Role {
	/// Whether it can cost others bond, pay or standing: its draw has to tell whether the requester could have
	/// chosen it, and makes do with fewer than were asked for.
	pub fn judges(self) -> bool {
		match self {
			Self::Executor | Self::Verifier => false,
			Self::Panel | Self::Appeal | Self::Arbiter | Self::Witness => true,
		}
	}
}

/// What an execution has done so far.
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
pub enum Act {
	/// Drawn, nothing heard.
	Drawn,
	/// Bound to an outcome nobody knows.
	Committed(Commitment),
	/// Its outcome is public.
	Opened {
		/// What it found.
		outcome: Outcome,
		/// Root of what is its own.
		evidence_root: EvidenceRoot,
	},
	/// Its outcome is public and it has shown that it holds the bytes.
	Possessed {
		/// What it found.
		outcome: Outcome,
		/// Root of what is its own.
		evidence_root: EvidenceRoot,
		/// The keyed root.
		possession: Possession,
	},
	/// Let the first deadline pass. Its place went to others.
	Lapsed,
	/// Committed, then let a deadline pass: the worst fault.
	Silent,
	/// Gave the task back.
	Abstained,
	/// Ran the task twice and could not reproduce its own result.
	Unstable,
	/// Its outcome is public, and arbiters found that it is wrong about one item of the array.
	Refuted {
		/// What it claimed.
		outcome: Outcome,
		/// Root of what is its own.
		evidence_root: EvidenceRoot,
	},
}

impl Act {
	/// The public outcome, if there is one.
	pub fn outcome(&self) -> Option<Outcome> {
		match self {
			Self::Opened { outcome, .. }
			| Self::Possessed { outcome, .. }
			| Self::Refuted { outcome, .. } => Some(*outcome),
			_ => None,
		}
	}

	/// The public evidence root, if there is one.
	pub fn evidence_root(&self) -> Option<EvidenceRoot> {
		match self {
			Self::Opened { evidence_root, .. }
			| Self::Possessed { evidence_root, .. }
			| Self::Refuted { evidence_root, .. } => Some(*evidence_root),
			_ => None,
		}
	}

	/// Whether the execution still has its place: it did not lose it and did not give it back.
	pub fn counts(&self) -> bool {
		!matches!(self, Self::Lapsed | Self::Abstained)
	}
}

/// One cluster's attempt at one task.
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
pub struct Execution {
	/// Who.
	pub cluster: ClusterId,
	/// Whose.
	pub operator: OperatorId,
	/// As what.
	pub role: Role,
	/// What it asked for when it was drawn.
	pub price: Balance,
	/// What it has done.
	pub act: Act,
}

/// What the chain decided.
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
pub enum Verdict {
	/// The quorum, or a majority of the panel, found this.
	Accepted {
		/// What they found.
		outcome: Outcome,
		/// What a panel's majority showed; `None` where no panel was needed.
		possession: Option<Possession>,
	},
	/// A panel found no majority, or there was nobody to sit on it.
	Inconclusive,
	/// Everybody who ran the array was proven wrong about one item.
	Refuted,
	/// Nobody could be found to check the executor.
	NoVerifier,
	/// Nobody executed the task in time.
	Unfulfilled,
	/// The executor could not reproduce its own result, which the requester wanted to know first.
	NotDeterministic,
	/// Nobody checked the result, the executor was caught lying elsewhere before it was final, and nobody
	/// could be found to look at it again.
	Tainted,
}

/// Where a task stands.
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
pub enum Stage {
	/// Waits for an executor.
	Queued,
	/// The executor runs it.
	Executing,
	/// The executor is bound; waits for verifiers.
	Drawing,
	/// The verifiers run it.
	Verifying,
	/// Everybody is bound; the outcomes come out.
	Opening,
	/// The executions of an array differ; they show in which subtree.
	Splitting,
	/// They show in which item of it.
	Narrowing,
	/// Waits for a panel.
	PanelDrawing,
	/// The panel runs it.
	PanelSealing,
	/// The panel is bound; the first executions show what they hold.
	PanelShowing,
	/// The panel opens.
	PanelOpening,
	/// Decided; final when the challenge window closes.
	Decided(Verdict),
}

/// A cluster that a draw found.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Pick {
	/// Who.
	pub cluster: ClusterId,
	/// Whose.
	pub operator: OperatorId,
	/// What it asks.
	pub price: Balance,
	/// What it runs on.
	pub architecture: Architecture,
}

/// Who could have been drawn to judge a dispute, as far as the requester left it open.
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
pub enum Breadth {
	/// Two thirds of those who run the engine, or more.
	Open,
	/// So few that whoever asked could have chosen them. What they find costs nobody bond or
	/// standing: otherwise a requester could name its friends as judges and take an honest bond.
	Narrow,
}

impl Breadth {
	/// Of `offering` operators who run the engine, `fitting` meet all that the requester asks for.
	pub fn of(fitting: u32, offering: u32) -> Self {
		if u64::from(fitting).saturating_mul(3) >= u64::from(offering).saturating_mul(2) {
			Self::Open
		} else {
			Self::Narrow
		}
	}
}

/// Whether a second operator runs the task.
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
pub enum Audit {
	/// Yes.
	Always,
	/// With a probability of so many percent: the draw of the verifier will tell.
	Percent(u8),
	/// The lot said no.
	Spared,
}

/// What came of an appeal.
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
pub enum Ruling {
	/// Not known yet.
	Pending,
	/// The verdict stands. This is what the majority showed.
	Upheld(Possession),
	/// The verdict was wrong. This is what the majority showed.
	Overturned(Possession),
	/// There was no majority, or nobody to form one: the verdict stands.
	Unheard,
}

/// Why a verdict is looked at again.
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
pub enum Cause {
	/// Somebody doubts it, and pays.
	Doubt,
	/// Nobody checked the result, and its operator was caught lying since.
	Taint,
}

/// A second look at a verdict, the only thing that can change it.
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
pub struct Appeal {
	/// Why.
	pub cause: Cause,
	/// The verdict that it is about.
	pub verdict: Verdict,
	/// When the challenge window would have closed.
	pub closes_at: BlockNumber,
	/// How many judge it, those who fell silent included; zero before they were drawn.
	pub seats: u8,
	/// Who could have been drawn for it.
	pub breadth: Breadth,
	/// What came of it.
	pub ruling: Ruling,
}

/// Something that happens to a task.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Input {
	/// A draw found clusters and fixed a random number.
	Drawn {
		/// At least one, at most as many as the trial asked for.
		picks: Vec<Pick>,
		/// Used by panels.
		nonce: PanelNonce,
		/// Who could have been drawn. Counts for panels, which is where bond is at stake.
		breadth: Breadth,
	},
	/// A cluster binds itself.
	Commit(ClusterId, Commitment),
	/// A single verifier, whose executor is bound already, says what it found.
	Answer(ClusterId, Outcome, EvidenceRoot),
	/// A bound executor or verifier opens.
	Open(ClusterId, Opening),
	/// A bound panel member opens.
	OpenPanel(ClusterId, Opening, Possession),
	/// One of the first executions shows the panel that it holds the bytes.
	Possess(ClusterId, Possession),
	/// One of those who differ about an array posts the nodes that its claim is made of.
	Narrow {
		/// Who.
		cluster: ClusterId,
		/// The roots of its subtrees, or the leaves of the first one that differs.
		nodes: Vec<Hash>,
		/// What the first one posted in this round, as [`Effect::Keep`] asked to keep; nothing before that.
		reference: Vec<Hash>,
	},
	/// A cluster gives the task back.
	Abstain(ClusterId),
	/// An executor that was to try first could not reproduce its own result.
	Unstable(ClusterId),
	/// The lot fell: whether an executor that may be spared a check is checked.
	Lot {
		/// Whether it is.
		checked: bool,
	},
	/// Somebody doubts the verdict and pays for a second look.
	Appeal,
	/// The requester says that nobody gives it what was accepted.
	Complain,
	/// The deadline has passed.
	Deadline,
}

/// What has to follow from a step, in this order.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Effect {
	/// Draw up to so many more clusters, none of an operator who is in the task already.
	Draw(u8),
	/// The cluster's slot is free again.
	Release(ClusterId),
	/// The cluster let its first deadline pass.
	Lapsed(ClusterId),
	/// The executions differ, or one of them did not open: a panel decides.
	Disputed,
	/// Keep the nodes that were just posted: the next ones are compared with them.
	Keep,
	/// The verdict is out.
	Decided(Verdict),
	/// The challenge window is closed: settle and forget.
	Finalise,
}

/// Why an act is refused. Nothing changes then.
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
pub enum Refusal {
	/// The cluster has no execution in this task.
	NotDrawn,
	/// The cluster's role does not act in this way.
	WrongRole,
	/// The task is not at the stage for this act.
	WrongStage,
	/// The cluster has acted already; acts are for ever.
	AlreadyActed,
	/// The deadline has passed.
	TooLate,
	/// The deadline has not passed yet.
	TooEarly,
	/// More than one verifier: answers must be sealed first.
	SealFirst,
	/// The opening does not match the commitment.
	SealMismatch,
	/// The draw found nobody whom the task can use.
	NobodyFits,
	/// The requester did not ask for a trial run.
	NotAsked,
	/// Nobody judges this twice: it was appealed already, or there is no result to compare with.
	NotAppealable,
	/// What is posted does not lead to what the cluster claimed.
	ClaimMismatch,
	/// An array never fails: its items do.
	NoArray,
	/// There is nothing to be delivered, or it was complained about already.
	NoDelivery,
}

/// One task's way to a verdict.
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
pub struct Trial {
	/// How it is checked.
	pub policy: Policy,
	/// The engine that runs it.
	pub engine: Engine,
	/// Of how many items it consists, if it is an array.
	pub items: Option<u16>,
	/// The determinism class, fixed by the executor at work; `None` while there is none.
	pub class: Option<Class>,
	/// Where it stands.
	pub stage: Stage,
	/// When the stage ends by itself.
	pub deadline: BlockNumber,
	/// When the last draw was asked for: who registered later cannot be in it.
	pub drawn_since: BlockNumber,
	/// When the executor at work was bound.
	pub bound_at: BlockNumber,
	/// How many executors were lost.
	pub attempt: u8,
	/// How many draws were asked for.
	pub round: u8,
	/// How many clusters the open draw still has to find.
	pub wanted: u8,
	/// Whether verifiers were replaced: once is all.
	pub verifiers_replaced: bool,
	/// Whether panel members were replaced: once is all.
	pub panel_replaced: bool,
	/// Whether the executor is checked.
	pub audit: Audit,
	/// Where the executions of an array differ, if they do.
	pub narrowing: Option<Narrowing>,
	/// The second look at the verdict, if there is one.
	pub appeal: Option<Appeal>,
	/// What the requester says about the delivery, if it says something.
	pub complaint: Option<Complaint>,
	/// Who could have been drawn for the panel.
	pub breadth: Breadth,
	/// How many votes the panel has, seats that fell empty included; zero before one was drawn.
	pub panel_seats: u8,
	/// The random number that the proofs of possession of whoever was drawn last to judge are keyed by.
	pub nonce: Option<PanelNonce>,
	/// Everybody who was drawn, in order.
	pub executions: BoundedVec<Execution, ConstU32<MAX_EXECUTIONS>>,
}

/// What a step needs to know beside the trial.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Context {
	/// The chain.
	pub genesis: Genesis,
	/// The task.
	pub task: TaskId,
	/// The block.
	pub now: BlockNumber,
	/// Blocks for opening, and for finding a panel.
	pub opening_blocks: BlockNumber,
	/// With which probability an executor that commits now is checked where the policy leaves it open, in
	/// percent.
	pub audit_percent: u8,
	/// Whether the executor's operator was caught lying since it committed.
	pub tainted: bool,
}

impl Trial {
	/// A task that was just submitted, and its first draw. An array has `items`.
	pub fn new(
		policy: Policy,
		engine: Engine,
		items: Option<u16>,
		now: BlockNumber,
	) -> (Self, Effect) {
		let trial = Self {
			policy,
			engine,
			items,
			class: None,
			stage: Stage::Queued,
			deadline: now.saturating_add(policy.queue_blocks),
			drawn_since: now,
			bound_at: now,
			attempt: 0,
			round: 0,
			wanted: 1,
			verifiers_replaced: false,
			panel_replaced: false,
			audit: Audit::Always,
			narrowing: None,
			appeal: None,
			complaint: None,
			breadth: Breadth::Open,
			panel_seats: 0,
			nonce: None,
			executions: BoundedVec::new(),
		};
		(trial, Effect::Draw(1))
	}

	/// The role that the open draw fills.
	pub fn drawing_role(&self) -> Option<Role> {
		match self.stage {
			Stage::Queued => Some(Role::Executor),
			Stage::Drawing => Some(Role::Verifier),
			Stage::PanelDrawing => Some(self.bench()),
			_ => None,
		}
	}

	/// Who sits or will sit in the stages of a panel: the panel, or who stands in its place.
	pub fn bench(&self) -> Role {
		if self.complaint.is_some_and(|complaint| complaint.is_open()) {
			return Role::Witness;
		}
		match (&self.appeal, &self.narrowing) {
			(Some(_), _) => Role::Appeal,
			(None, Some(narrowing)) if narrowing.is_open() => Role::Arbiter,
			(None, _) => Role::Panel,
		}
	}

	/// The verdict as it stands: during an appeal or a complaint, the one that it is about.
	pub fn verdict(&self) -> Option<Verdict> {
		if let Stage::Decided(verdict) = self.stage {
			return Some(verdict);
		}
		let complaint = self.complaint.filter(Complaint::is_open).map(|one| one.verdict);
		complaint.or(self.appeal.map(|appeal| appeal.verdict))
	}

	/// Whether nobody but the executor ran the task: neither a verifier nor a panel.
	pub fn was_spared(&self) -> bool {
		self.audit == Audit::Spared && self.panel_seats == 0
	}

	/// How many must agree.
	pub fn quorum(&self) -> u8 {
		match self.audit {
			Audit::Spared => 1,
			Audit::Always | Audit::Percent(_) => self.policy.quorum(),
		}
	}

	/// The execution of `cluster`.
	pub fn execution(&self, cluster: ClusterId) -> Option<&Execution> {
		self.executions.iter().find(|execution| execution.cluster == cluster)
	}

	/// What `cluster` has to commit to.
	pub fn seal(&self, context: &Context, cluster: ClusterId) -> Seal {
		Seal { genesis: context.genesis, task: context.task, attempt: self.attempt, cluster }
	}

	/// Whether verifiers must commit before anybody opens. A single one may answer in clear: the
	/// executor is bound already.
	pub fn verifiers_seal(&self) -> bool {
		self.of(Role::Verifier) > 1
	}

	fn any(&self, role: Role, is: impl Fn(&Act) -> bool) -> bool {
		self.executions.iter().any(|one| one.role == role && is(&one.act))
	}

	/// How many were drawn as `role`.
	fn of(&self, role: Role) -> u8 {
		let count = self.executions.iter().filter(|one| one.role == role).count();
		u8::try_from(count).unwrap_or(u8::MAX)
	}

	/// How many of `role` did not lose their place.
	fn counting(&self, role: Role) -> u8 {
		let held = |one: &&Execution| one.role == role && one.act.counts();
		u8::try_from(self.executions.iter().filter(held).count()).unwrap_or(u8::MAX)
	}

	/// How many executions a panel judges: executor and verifiers who did not lose their place and were not
	/// proven wrong yet.
	fn judged(&self) -> u8 {
		let judged = |one: &&Execution| {
			matches!(one.role, Role::Executor | Role::Verifier)
				&& one.act.counts()
				&& !matches!(one.act, Act::Refuted { .. })
		};
		u8::try_from(self.executions.iter().filter(judged).count()).unwrap_or(u8::MAX)
	}

	/// How many votes there are in front of the panel, given or not.
	pub fn voters(&self) -> u8 {
		self.judged().saturating_add(self.panel_seats)
	}

	/// The invariants that hold between any two steps.
	pub fn check(&self) -> Result<(), &'static str> {
		for (at, one) in self.executions.iter().enumerate() {
			let rest = self.executions.iter().skip(at.saturating_add(1));
			if rest.clone().any(|o| o.cluster == one.cluster || o.operator == one.operator) {
				return Err("P1: a cluster or an operator appears twice in a task");
			}
		}
		if (self.wanted > 0) != self.drawing_role().is_some() {
			return Err("a draw is open in exactly the stages that wait for one");
		}
		let running = match self.stage {
			Stage::Executing => Some(Role::Executor),
			Stage::Verifying => Some(Role::Verifier),
			Stage::PanelSealing => Some(self.bench()),
			_ => None,
		};
		let mut drawn = self.executions.iter().filter(|one| one.act == Act::Drawn);
		if drawn.any(|one| Some(one.role) != running) {
			return Err("P4: somebody is unbound in a stage that does not wait for it");
		}
		let opened = self.executions.iter().any(|one| one.act.outcome().is_some());
		let unbound =
			matches!(self.drawing_role().or(running), Some(Role::Executor | Role::Verifier));
		if opened && unbound {
			return Err("P4: an outcome is public before everybody is bound");
		}
		let shown = |role: fn(Role) -> bool| {
			let has = |one: &Execution| role(one.role) && matches!(one.act, Act::Possessed { .. });
			self.executions.iter().any(has)
		};
		if shown(|role| matches!(role, Role::Executor | Role::Verifier))
			&& self.any(Role::Panel, |act| *act == Act::Drawn)
		{
			return Err("P6: a proof of possession is public before the panel is bound");
		}
		let owes = |one: &Execution| matches!(one.act, Act::Opened { .. });
		if shown(|role| role == Role::Panel) && self.executions.iter().any(owes) {
			return Err("P6: a member's proof is public before all others have shown theirs");
		}
		let seated = self.panel_seats > 0;
		let seats = self.appeal.map_or(0, |appeal| appeal.seats);
		let arbiters = self.narrowing.as_ref().map_or(0, |narrowing| narrowing.seats);
		let witnesses = self.complaint.map_or(0, |complaint| complaint.seats);
		let drawn = seated || seats > 0 || arbiters > 0 || witnesses > 0;
		if drawn != self.nonce.is_some() || self.counting(Role::Panel) > self.panel_seats {
			return Err("P5: the panel's members differ from its seats");
		}
		if self.of(Role::Arbiter) != arbiters || self.of(Role::Witness) != witnesses {
			return Err("P5: arbiters or witnesses differ from their seats");
		}
		let arbitrated = self.narrowing.as_ref().is_some_and(Narrowing::is_open) && arbiters > 0;
		if arbitrated && self.judged().saturating_add(arbiters).is_multiple_of(2) {
			return Err("P5: the number of voters about an item is even");
		}
		if self.narrowing.is_some() && !self.is_array() {
			return Err("only an array can be narrowed down");
		}
		if seated && self.voters().is_multiple_of(2) {
			return Err("P5: the number of voters is even");
		}
		if self.of(Role::Appeal) != seats || (seats > 0 && seats.is_multiple_of(2)) {
			return Err("P5: those who decide an appeal differ from its seats, or are even");
		}
		// Where the draw never came, the lot never fell.
		let undrawn = matches!(self.stage, Stage::Drawing | Stage::Decided(Verdict::NoVerifier));
		if matches!(self.audit, Audit::Percent(_)) && !undrawn {
			return Err("P4: whether there is a check is open while it is not drawn for");
		}
		Ok(())
	}

	/// The digest that was accepted.
	pub fn accepted(&self) -> Option<OutcomeDigest> {
		match self.stage {
			Stage::Decided(Verdict::Accepted { outcome, .. }) => Some(outcome.digest()),
			_ => None,
		}
	}
}

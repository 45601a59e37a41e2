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
//!                           PanelDrawing ⇄ PanelSealing → PanelOpening → Decided(verdict) → final
//! ```
//!
//! Invariants, checked by [`Trial::check`]:
//!
//! - P1: a cluster and an operator each have at most one execution in a task.
//! - P2: each execution acts at most once in each role: sealed, answered or opened things never change.
//! - P3: every stage has a deadline, and [`Input::Deadline`] at or after it always leaves the stage.
//! - P4: nobody opens before everybody who has to commit has committed or lost the right to.

use crate::{
	outcome::{Opening, Outcome, Seal},
	spec::{Architecture, Class, Determinism, Engine},
	task::{Policy, MAX_PANEL},
	Balance, BlockNumber, BoundedVec, ClusterId, Commitment, ConstU32, EvidenceRoot, Genesis,
	OperatorId, OutcomeDigest, PanelNonce, Possession, TaskId,
};
use alloc::{vec, vec::Vec};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};

/// Most executions of one task: three executors in turn, two verifiers each replaced by two, a panel
/// of three each replaced once.
pub const MAX_EXECUTIONS: u32 = 16;
/// Executors tried in turn before the task is given up.
pub const MAX_ATTEMPTS: u8 = 3;

/// The part an execution plays.
#[derive(
	Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen,
	TypeInfo, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Role {
	/// Runs the task first.
	Executor,
	/// Runs it again.
	Verifier,
	/// Decides when they differ.
	Panel,
}

/// What an execution has done so far.
#[derive(
	Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen,
	TypeInfo, Serialize, Deserialize,
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
}

impl Act {
	/// The public outcome, if there is one.
	pub fn outcome(&self) -> Option<Outcome> {
		match self {
			Self::Opened { outcome, .. } | Self::Possessed { outcome, .. } => Some(*outcome),
			_ => None,
		}
	}

	/// The public evidence root, if there is one.
	pub fn evidence_root(&self) -> Option<EvidenceRoot> {
		match self {
			Self::Opened { evidence_root, .. } | Self::Possessed { evidence_root, .. } =>
				Some(*evidence_root),
			_ => None,
		}
	}

	/// Whether the execution still counts: it did not lose its place to another.
	pub fn counts(&self) -> bool {
		!matches!(self, Self::Lapsed | Self::Abstained)
	}
}

/// One cluster's attempt at one task.
#[derive(
	Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen,
	TypeInfo, Serialize, Deserialize,
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
	Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen,
	TypeInfo, Serialize, Deserialize,
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
	/// Nobody could be found to check the executor.
	NoVerifier,
	/// Nobody executed the task in time.
	Unfulfilled,
}

/// Where a task stands.
#[derive(
	Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen,
	TypeInfo, Serialize, Deserialize,
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
	/// Waits for a panel.
	PanelDrawing,
	/// The panel runs it.
	PanelSealing,
	/// Panel and first executions show what they hold.
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

/// Something that happens to a task.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Input {
	/// A draw found clusters and fixed a random number.
	Drawn {
		/// At least one, at most as many as the trial asked for.
		picks: Vec<Pick>,
		/// Used by panels.
		nonce: PanelNonce,
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
	/// A cluster gives the task back.
	Abstain(ClusterId),
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
	/// The verdict is out.
	Decided(Verdict),
	/// The challenge window is closed: settle and forget.
	Finalise,
}

/// Why an act is refused. Nothing changes then.
#[derive(
	Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen,
	TypeInfo, Serialize, Deserialize,
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
}

/// One task's way to a verdict.
#[derive(
	Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
	Serialize, Deserialize,
)]
pub struct Trial {
	/// How it is checked.
	pub policy: Policy,
	/// The engine that runs it.
	pub engine: Engine,
	/// The determinism class, fixed by the first executor that commits.
	pub class: Option<Class>,
	/// Where it stands.
	pub stage: Stage,
	/// When the stage ends by itself.
	pub deadline: BlockNumber,
	/// When the last draw was asked for: who registered later cannot be in it.
	pub drawn_since: BlockNumber,
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
	/// The random number that the panel's possession proofs are keyed by.
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
}

type Step = Result<Vec<Effect>, Refusal>;

impl Trial {
	/// A task that was just submitted, and its first draw.
	pub fn new(policy: Policy, engine: Engine, now: BlockNumber) -> (Self, Effect) {
		let trial = Self {
			policy,
			engine,
			class: None,
			stage: Stage::Queued,
			deadline: now.saturating_add(policy.queue_blocks),
			drawn_since: now,
			attempt: 0,
			round: 0,
			wanted: 1,
			verifiers_replaced: false,
			panel_replaced: false,
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
			Stage::PanelDrawing => Some(Role::Panel),
			_ => None,
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

	/// Carries out `input`, or refuses and changes nothing.
	pub fn step(&mut self, context: &Context, input: Input) -> Step {
		// Acts in a stage whose deadline has passed would race with its exit: they come too late,
		// whether or not the exit has been taken yet.
		let late = context.now > self.deadline;
		match input {
			Input::Deadline if late => self.pass_deadline(context),
			Input::Deadline => Err(Refusal::TooEarly),
			_ if late => Err(Refusal::TooLate),
			Input::Drawn { picks, nonce } => self.take_picks(context, &picks, nonce),
			Input::Commit(cluster, commitment) => self.commit(context, cluster, commitment),
			Input::Answer(cluster, outcome, evidence_root) =>
				self.answer(context, cluster, outcome, evidence_root),
			Input::Open(cluster, opening) => self.open(context, cluster, &opening),
			Input::OpenPanel(cluster, opening, possession) =>
				self.open_panel(context, cluster, &opening, possession),
			Input::Possess(cluster, possession) => self.possess(context, cluster, possession),
			Input::Abstain(cluster) => self.abstain(context, cluster),
		}
	}

	fn take_picks(&mut self, context: &Context, picks: &[Pick], nonce: PanelNonce) -> Step {
		let role = self.drawing_role().ok_or(Refusal::WrongStage)?;
		let usable = match role {
			// A panel has to be odd together with those it judges. It shrinks where the network is
			// small; a first panel of nobody is no panel.
			Role::Panel if !self.panel_replaced => {
				let found = picks.len().min(self.wanted.into());
				let judged = self.executions.iter().filter(|one| one.act.counts()).count();
				found.saturating_sub(usize::from(judged.saturating_add(found) % 2 == 0))
			},
			Role::Panel => picks.len().min(self.wanted.into()),
			// All of them or none: fewer than the quorum can never agree.
			_ if picks.len() < self.wanted.into() => 0,
			_ => self.wanted.into(),
		};
		let chosen = picks.get(..usable).filter(|chosen| !chosen.is_empty());
		let mut executions = self.executions.clone();
		for pick in chosen.ok_or(Refusal::NobodyFits)? {
			let Pick { cluster, operator, price, .. } = *pick;
			executions
				.try_push(Execution { cluster, operator, role, price, act: Act::Drawn })
				.map_err(|_| Refusal::NobodyFits)?;
		}
		self.executions = executions;
		self.wanted = 0;
		if let (Role::Executor, Some(pick)) = (role, picks.first()) {
			self.class = Some(self.engine.class_on(pick.architecture));
		}
		if role == Role::Panel && self.nonce.is_none() {
			self.nonce = Some(nonce);
		}
		let stage = match role {
			Role::Executor => Stage::Executing,
			Role::Verifier => Stage::Verifying,
			Role::Panel => Stage::PanelSealing,
		};
		self.enter(context, stage, self.policy.execution_blocks);
		Ok(vec![])
	}

	fn commit(&mut self, context: &Context, cluster: ClusterId, commitment: Commitment) -> Step {
		let role = match self.stage {
			Stage::Executing => Role::Executor,
			Stage::Verifying => Role::Verifier,
			Stage::PanelSealing => Role::Panel,
			_ => return self.refuse(cluster),
		};
		let sealed = role != Role::Verifier || self.verifiers_seal();
		let execution = self.acting(cluster, role, |act| matches!(act, Act::Drawn))?;
		if !sealed {
			return Err(Refusal::WrongStage);
		}
		execution.act = Act::Committed(commitment);
		Ok(match role {
			Role::Executor => {
				let verifiers = self.policy.quorum.saturating_sub(1);
				vec![self.ask(context, Stage::Drawing, verifiers, self.policy.queue_blocks)]
			},
			_ => self.after_sealing(context),
		})
	}

	fn answer(
		&mut self,
		context: &Context,
		cluster: ClusterId,
		outcome: Outcome,
		evidence_root: EvidenceRoot,
	) -> Step {
		if self.stage != Stage::Verifying {
			return self.refuse(cluster);
		}
		let sealed = self.verifiers_seal();
		let execution = self.acting(cluster, Role::Verifier, |act| matches!(act, Act::Drawn))?;
		if sealed {
			return Err(Refusal::SealFirst);
		}
		execution.act = Act::Opened { outcome, evidence_root };
		self.enter(context, Stage::Opening, context.opening_blocks);
		Ok(vec![])
	}

	fn open(&mut self, context: &Context, cluster: ClusterId, opening: &Opening) -> Step {
		if self.stage != Stage::Opening {
			return self.refuse(cluster);
		}
		let seal = self.seal(context, cluster);
		let found = self.execution(cluster).ok_or(Refusal::NotDrawn)?;
		let Act::Committed(commitment) = found.act else { return Err(Refusal::AlreadyActed) };
		let Opening { outcome, evidence_root, salt } = *opening;
		if seal.commit(&outcome.digest(), &evidence_root, &salt) != commitment {
			return Err(Refusal::SealMismatch);
		}
		self.set(cluster, Act::Opened { outcome, evidence_root });
		if self.executions.iter().any(|one| matches!(one.act, Act::Committed(_))) {
			return Ok(vec![]);
		}
		Ok(self.judge(context))
	}

	fn open_panel(
		&mut self,
		context: &Context,
		cluster: ClusterId,
		opening: &Opening,
		possession: Possession,
	) -> Step {
		if self.stage != Stage::PanelOpening {
			return self.refuse(cluster);
		}
		let seal = self.seal(context, cluster);
		let found = self.execution(cluster).ok_or(Refusal::NotDrawn)?;
		if found.role != Role::Panel {
			return Err(Refusal::WrongRole);
		}
		let Act::Committed(commitment) = found.act else { return Err(Refusal::AlreadyActed) };
		let Opening { outcome, evidence_root, salt } = *opening;
		if seal.commit_panel(&outcome.digest(), &possession, &evidence_root, &salt) != commitment {
			return Err(Refusal::SealMismatch);
		}
		self.set(cluster, Act::Possessed { outcome, evidence_root, possession });
		Ok(self.tally_when_complete(context))
	}

	fn possess(&mut self, context: &Context, cluster: ClusterId, possession: Possession) -> Step {
		if self.stage != Stage::PanelOpening {
			return self.refuse(cluster);
		}
		let found = self.execution(cluster).ok_or(Refusal::NotDrawn)?;
		if found.role == Role::Panel {
			return Err(Refusal::WrongRole);
		}
		let Act::Opened { outcome, evidence_root } = found.act else {
			return Err(Refusal::AlreadyActed);
		};
		self.set(cluster, Act::Possessed { outcome, evidence_root, possession });
		Ok(self.tally_when_complete(context))
	}

	fn abstain(&mut self, context: &Context, cluster: ClusterId) -> Step {
		let role = match self.stage {
			Stage::Executing => Role::Executor,
			Stage::Verifying => Role::Verifier,
			Stage::PanelSealing => Role::Panel,
			_ => return self.refuse(cluster),
		};
		self.acting(cluster, role, |act| matches!(act, Act::Drawn))?.act = Act::Abstained;
		let mut effects = vec![Effect::Release(cluster)];
		match role {
			Role::Executor => effects.extend(self.next_executor(context)),
			// The others of the role may still be at work: replacing waits for them.
			_ if self.any(role, |act| matches!(act, Act::Drawn)) => {},
			_ => effects.extend(self.after_sealing(context)),
		}
		Ok(effects)
	}

	/// Leaves the stage whose deadline has passed. Total: every stage has its exit.
	fn pass_deadline(&mut self, context: &Context) -> Step {
		Ok(match self.stage {
			Stage::Queued => self.decide(context, Verdict::Unfulfilled),
			Stage::Executing => {
				let mut effects = self.lapse(Role::Executor);
				effects.extend(self.next_executor(context));
				effects
			},
			Stage::Drawing => self.decide(context, Verdict::NoVerifier),
			Stage::Verifying => {
				let mut effects = self.lapse(Role::Verifier);
				effects.extend(self.after_sealing(context));
				effects
			},
			Stage::Opening => {
				self.silence(|act| matches!(act, Act::Committed(_)));
				self.judge(context)
			},
			Stage::PanelDrawing if self.nonce.is_none() =>
				self.decide(context, Verdict::Inconclusive),
			Stage::PanelDrawing => {
				self.wanted = 0;
				self.open_panel_or_give_up(context)
			},
			Stage::PanelSealing => {
				let mut effects = self.lapse(Role::Panel);
				effects.extend(self.after_sealing(context));
				effects
			},
			Stage::PanelOpening => {
				self.silence(|act| matches!(act, Act::Committed(_) | Act::Opened { .. }));
				self.tally(context)
			},
			Stage::Decided(_) => vec![Effect::Finalise],
		})
	}

	/// Verifiers or panel have all sealed, lapsed or abstained: replace, open or give up.
	fn after_sealing(&mut self, context: &Context) -> Vec<Effect> {
		let role = if self.stage == Stage::Verifying { Role::Verifier } else { Role::Panel };
		if self.any(role, |act| matches!(act, Act::Drawn)) {
			return vec![];
		}
		let bound = self.counting(role);
		let lost = self.of(role).saturating_sub(bound);
		match role {
			Role::Verifier if lost == 0 => {
				self.enter(context, Stage::Opening, context.opening_blocks);
				vec![]
			},
			Role::Verifier if self.verifiers_replaced => {
				let drawn = lost.saturating_sub(self.replaced_verifiers());
				if drawn == 0 {
					self.enter(context, Stage::Opening, context.opening_blocks);
					return vec![];
				}
				// Two were asked for so that losing one verifier never buys a better one. Making
				// do with the other would give that back.
				self.decide(context, Verdict::NoVerifier)
			},
			Role::Verifier => {
				self.verifiers_replaced = true;
				let wanted = lost.saturating_mul(2);
				vec![self.ask(context, Stage::Drawing, wanted, self.policy.queue_blocks)]
			},
			_ if lost == 0 || self.panel_replaced => self.open_panel_or_give_up(context),
			_ => {
				self.panel_replaced = true;
				vec![self.ask(context, Stage::PanelDrawing, lost, context.opening_blocks)]
			},
		}
	}

	/// How many verifiers had lost their place when the replacements were drawn: each brought two.
	fn replaced_verifiers(&self) -> u8 {
		let first = self.policy.quorum.saturating_sub(1);
		self.of(Role::Verifier).saturating_sub(first).checked_div(2).unwrap_or(0)
	}

	fn open_panel_or_give_up(&mut self, context: &Context) -> Vec<Effect> {
		if self.counting(Role::Panel) == 0 {
			return self.decide(context, Verdict::Inconclusive);
		}
		self.enter(context, Stage::PanelOpening, context.opening_blocks);
		vec![]
	}

	fn next_executor(&mut self, context: &Context) -> Vec<Effect> {
		self.attempt = self.attempt.saturating_add(1);
		self.class = None;
		if self.attempt >= MAX_ATTEMPTS {
			return self.decide(context, Verdict::Unfulfilled);
		}
		vec![self.ask(context, Stage::Queued, 1, self.policy.queue_blocks)]
	}

	/// Everybody has opened or lost the right to: accept or dispute.
	fn judge(&mut self, context: &Context) -> Vec<Effect> {
		let mut first = None;
		let mut agreed = 0u8;
		let mut unanimous = true;
		for execution in self.executions.iter().filter(|one| one.act.counts()) {
			let outcome = execution.act.outcome();
			unanimous &= outcome.is_some() && *first.get_or_insert(outcome) == outcome;
			agreed = agreed.saturating_add(1);
		}
		match first.flatten() {
			Some(outcome) if unanimous && agreed >= self.needed_for(&outcome) =>
				self.decide(context, Verdict::Accepted { outcome, possession: None }),
			_ => {
				let panel = self.panel_size(MAX_PANEL);
				let draw = self.ask(context, Stage::PanelDrawing, panel, context.opening_blocks);
				vec![Effect::Disputed, draw]
			},
		}
	}

	/// The largest panel of at most `most` that makes the number of voters odd.
	fn panel_size(&self, most: u8) -> u8 {
		let judged = self.executions.iter().filter(|one| one.act.counts()).count();
		if judged % 2 == usize::from(most % 2) {
			most.saturating_sub(1)
		} else {
			most
		}
	}

	/// How many must agree: a failure in a declared class proves little, so it takes three.
	fn needed_for(&self, outcome: &Outcome) -> u8 {
		let declared = self.engine.kind.determinism() == Determinism::Declared;
		let quorum = self.policy.quorum;
		if declared && outcome.is_failure() {
			quorum.max(3)
		} else {
			quorum
		}
	}

	fn tally_when_complete(&mut self, context: &Context) -> Vec<Effect> {
		let missing = |act: &Act| matches!(act, Act::Committed(_) | Act::Opened { .. });
		if self.executions.iter().any(|one| missing(&one.act)) {
			return vec![];
		}
		self.tally(context)
	}

	/// Who has a strict majority of everybody who was drawn and not replaced, the silent included.
	fn tally(&mut self, context: &Context) -> Vec<Effect> {
		let voters = self.executions.iter().filter(|one| one.act.counts()).count();
		let votes: Vec<(Outcome, Possession)> =
			self.executions.iter().filter_map(|one| vote(&one.act)).collect();
		let verdict = votes
			.iter()
			.find_map(|candidate| {
				let count = votes.iter().filter(|vote| *vote == candidate).count();
				let needed = usize::from(self.needed_for(&candidate.0));
				(count.saturating_mul(2) > voters && count >= needed.min(3)).then_some(
					Verdict::Accepted { outcome: candidate.0, possession: Some(candidate.1) },
				)
			})
			.unwrap_or(Verdict::Inconclusive);
		self.decide(context, verdict)
	}

	fn decide(&mut self, context: &Context, verdict: Verdict) -> Vec<Effect> {
		let busy = self.executions.iter().filter(|one| one.act.counts());
		let mut effects: Vec<Effect> = busy.map(|one| Effect::Release(one.cluster)).collect();
		self.wanted = 0;
		self.enter(context, Stage::Decided(verdict), self.policy.window);
		effects.push(Effect::Decided(verdict));
		effects
	}

	/// Asks for a draw that will lead on from `stage`.
	fn ask(&mut self, context: &Context, stage: Stage, wanted: u8, blocks: BlockNumber) -> Effect {
		self.round = self.round.saturating_add(1);
		self.wanted = wanted;
		self.drawn_since = context.now;
		self.enter(context, stage, blocks);
		Effect::Draw(wanted)
	}

	fn enter(&mut self, context: &Context, stage: Stage, blocks: BlockNumber) {
		self.stage = stage;
		self.deadline = context.now.saturating_add(blocks);
	}

	/// Everybody of `role` of whom nothing was heard loses the place.
	fn lapse(&mut self, role: Role) -> Vec<Effect> {
		let mut effects = vec![];
		for one in self.executions.iter_mut() {
			if one.role == role && one.act == Act::Drawn {
				one.act = Act::Lapsed;
				effects.extend([Effect::Release(one.cluster), Effect::Lapsed(one.cluster)]);
			}
		}
		effects
	}

	fn silence(&mut self, owing: impl Fn(&Act) -> bool) {
		for one in self.executions.iter_mut().filter(|one| owing(&one.act)) {
			one.act = Act::Silent;
		}
	}

	fn set(&mut self, cluster: ClusterId, act: Act) {
		for one in self.executions.iter_mut().filter(|one| one.cluster == cluster) {
			one.act = act;
		}
	}

	/// The execution of `cluster`, if it has `role` and its act is still `open`.
	fn acting(
		&mut self,
		cluster: ClusterId,
		role: Role,
		open: impl Fn(&Act) -> bool,
	) -> Result<&mut Execution, Refusal> {
		let execution = self
			.executions
			.iter_mut()
			.find(|execution| execution.cluster == cluster)
			.ok_or(Refusal::NotDrawn)?;
		if execution.role != role {
			return Err(Refusal::WrongRole);
		}
		if !open(&execution.act) {
			return Err(Refusal::AlreadyActed);
		}
		Ok(execution)
	}

	/// Refuses an act that the stage does not know, with the best reason.
	fn refuse(&self, cluster: ClusterId) -> Step {
		self.execution(cluster).ok_or(Refusal::NotDrawn)?;
		Err(Refusal::WrongStage)
	}

	fn any(&self, role: Role, is: impl Fn(&Act) -> bool) -> bool {
		self.executions.iter().any(|one| one.role == role && is(&one.act))
	}

	fn of(&self, role: Role) -> u8 {
		let count = self.executions.iter().filter(|one| one.role == role).count();
		u8::try_from(count).unwrap_or(u8::MAX)
	}

	fn counting(&self, role: Role) -> u8 {
		let held = |one: &&Execution| one.role == role && one.act.counts();
		u8::try_from(self.executions.iter().filter(held).count()).unwrap_or(u8::MAX)
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
		let opened = self.executions.iter().any(|one| one.act.outcome().is_some());
		if opened && matches!(self.stage, Stage::Queued | Stage::Executing | Stage::Drawing) {
			return Err("P4: an outcome is public before everybody is bound");
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

/// What an execution votes for in front of a panel; without possession it has no vote.
fn vote(act: &Act) -> Option<(Outcome, Possession)> {
	match act {
		Act::Possessed { outcome, possession, .. } => Some((*outcome, *possession)),
		_ => None,
	}
}

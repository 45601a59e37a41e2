// SPDX-License-Identifier: GPL-3.0-or-later
//! One task among clusters that serve nobody else: every order of what can happen to it.
//!
//! - Clusters are interchangeable, so a draw takes the next unused numbers; what it really chooses is how
//!   many of them are honest. States that differ in numbers only are one: see the [`Hash`] of [`State`].
//! - Time is abstract. Acts happen in the last block in which they count, deadlines pass in the next one.
//! - A deadline passes only when no honest cluster owes anything: they answer in time. Whoever is offline
//!   is dishonest here.
//! - How broad a panel is has no influence on any step, only on money: the properties look at both.

use super::{
	properties,
	report::Readable,
	world::{
		blocks_of, commitment, context, duty, evidence, nonce, opening, pick, possession, shares,
		Claim, Duty, Kind, Secret, Shown, Truth,
	},
};
use assay_primitives::{
	protocol::{
		Act, Audit, Breadth, Context, Effect, Execution, Input, Refusal, Role, Ruling, Stage,
		Trial, Verdict,
	},
	settlement::Share,
	spec::Engine,
	task::{Check, Policy},
	BlockNumber,
};
use codec::Encode;
use stateright::{Model, Property};
use std::{
	fmt,
	hash::{Hash, Hasher},
};

/// What is checked.
#[derive(Clone, Debug)]
pub struct Setting {
	/// The number of the task.
	pub task: u64,
	/// What the report calls it.
	pub name: &'static str,
	/// How the task is checked.
	pub policy: Policy,
	/// What runs it.
	pub engine: Engine,
	/// What it really does.
	pub truth: Truth,
	/// How many clusters there are.
	pub clusters: u8,
	/// What liars can say.
	pub lies: &'static [Claim],
	/// Runs in which more places are lost, by silence before the first act or by giving back, are left out.
	pub most_lost: usize,
	/// Whether verdicts are appealed.
	pub appeals: bool,
	/// Whether draws can find fewer than they look for although there are enough.
	pub scarce: bool,
	/// What has to happen in some run, so that an empty model is noticed.
	pub expected: &'static [&'static str],
}

/// What the model knows of an execution beside what the trial does.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Member {
	/// How it behaves.
	pub kind: Kind,
	/// What it said or is bound to.
	pub said: Secret,
	/// Whether its slot is free again.
	pub released: bool,
}

/// What a step did that no step may do.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fault {
	/// Somebody who had to act was refused.
	Refused,
	/// An act that was done changed.
	ActedTwice,
	/// A slot was released twice, or never.
	Release,
	/// A stage lasts longer or shorter than the protocol says.
	Deadline,
	/// The verdict changed otherwise than by an appeal, or an appeal otherwise than once.
	Verdict,
	/// The effects differ from what happened.
	Effects,
	/// There were shares before a verdict, or an appeal that runs changed them.
	Shares,
}

/// The trial and what is known about it.
#[derive(Clone, PartialEq, Debug)]
pub struct State {
	/// The real thing.
	pub trial: Trial,
	/// One for each execution.
	pub members: Vec<Member>,
	/// Whether the executions failed to agree.
	pub disputed: bool,
	/// Whether the executor was caught lying elsewhere.
	pub tainted: bool,
	/// Whether it is settled.
	pub finalised: bool,
	/// What went wrong on the way here.
	pub fault: Option<Fault>,
}

impl State {
	/// Executions with what the model knows of them.
	pub fn executions(&self) -> impl Iterator<Item = (&Execution, &Member)> {
		self.trial.executions.iter().zip(&self.members)
	}

	/// How many lost their place before they did anything.
	pub fn lost(&self) -> usize {
		self.trial.executions.iter().filter(|one| !one.act.counts()).count()
	}
}

/// States that differ in the order and the numbers of clusters only have one fingerprint. No rule depends on
/// either; commitments follow from what was sealed.
impl Hash for State {
	fn hash<H: Hasher>(&self, state: &mut H) {
		let Trial { stage, attempt, round, wanted, audit, appeal, panel_seats, nonce, .. } =
			&self.trial;
		(stage, attempt, round, wanted, audit, appeal, panel_seats, nonce)
			.using_encoded(|bytes| state.write(bytes));
		(self.trial.verifiers_replaced, self.trial.panel_replaced).hash(state);
		let mut members: Vec<u32> =
			self.executions().map(|(one, member)| word(one, member)).collect();
		members.sort_unstable();
		members.hash(state);
		(self.disputed, self.tainted, self.finalised, self.fault.map(|fault| fault as u8))
			.hash(state);
	}
}

/// An execution without its number.
pub fn word(execution: &Execution, member: &Member) -> u32 {
	let act = match execution.act {
		Act::Drawn => 0,
		Act::Committed(_) => 1,
		Act::Opened { .. } => 2,
		Act::Possessed { .. } => 3,
		Act::Lapsed => 4,
		Act::Silent => 5,
		Act::Abstained => 6,
		Act::Unstable => 7,
	};
	let said = match execution.act {
		Act::Committed(_) | Act::Opened { .. } | Act::Possessed { .. } => {
			1 + member.said.claim as u32 * 2 + member.said.shown as u32
		},
		_ => 0,
	};
	let known = member.kind as u32 * 2 + u32::from(member.released);
	((execution.role as u32 * 8 + act) * 8 + said) * 4 + known
}

/// What can happen.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Action {
	/// A draw finds so many, of whom so many are honest.
	Draw {
		/// How many it finds.
		found: u8,
		/// How many of them are honest.
		honest: u8,
	},
	/// Whether there is a check falls.
	Lot {
		/// Whether there is.
		checked: bool,
	},
	/// Somebody seals.
	Seal {
		/// Who.
		who: usize,
		/// What.
		said: Secret,
		/// Whether its operator is checked always.
		fresh: bool,
	},
	/// A single verifier says what it found.
	Answer {
		/// Who.
		who: usize,
		/// What.
		claim: Claim,
	},
	/// Somebody opens its seal, before or in front of a panel.
	Open {
		/// Who.
		who: usize,
	},
	/// Somebody shows that it holds the bytes, or something else.
	Possess {
		/// Who.
		who: usize,
		/// What.
		shown: Shown,
	},
	/// Somebody gives the task back.
	Abstain {
		/// Who.
		who: usize,
	},
	/// Somebody says that it cannot reproduce its own result.
	Unstable {
		/// Who.
		who: usize,
	},
	/// Somebody doubts the verdict.
	Appeal,
	/// The executor is caught lying elsewhere.
	Caught,
	/// Time passes.
	Deadline,
}

impl Setting {
	/// What a cluster of this kind can seal as this role.
	fn secrets(&self, kind: Kind, role: Role) -> Vec<Secret> {
		let mut secrets = vec![Secret::HONEST];
		if kind == Kind::Dishonest {
			if matches!(role, Role::Panel | Role::Appeal) {
				secrets.push(Secret { shown: Shown::Invented, ..Secret::HONEST });
			}
			secrets.extend(self.lies.iter().map(|&claim| Secret { claim, ..Secret::HONEST }));
		}
		secrets
	}

	/// The trial steps; the model writes down who is who and whether all is well. A draw finds `picks`.
	pub fn step(
		&self,
		before: &State,
		action: Action,
		picks: &[(u32, Kind)],
	) -> Option<(State, Vec<Effect>)> {
		let mut after = before.clone();
		if action == Action::Caught {
			after.tainted = true;
			return Some((after, vec![]));
		}
		let now = before.trial.deadline + BlockNumber::from(action == Action::Deadline);
		let context = Context {
			tainted: before.tainted,
			audit_percent: match action {
				Action::Seal { fresh: true, .. } => 100,
				_ => 30,
			},
			..context(self.task, now)
		};
		let input = self.input(before, &context, action, picks);
		match after.trial.step(&context, input) {
			Ok(effects) => {
				after.note(action, picks);
				after.apply(before, now, &effects);
				Some((after, effects))
			},
			Err(Refusal::NobodyFits) if after.trial == before.trial => None,
			Err(_) => {
				after.fault = Some(Fault::Refused);
				Some((after, vec![]))
			},
		}
	}

	fn input(
		&self,
		state: &State,
		context: &Context,
		action: Action,
		picks: &[(u32, Kind)],
	) -> Input {
		let trial = &state.trial;
		let cluster = |who: usize| trial.executions[who].cluster;
		match action {
			Action::Draw { .. } => Input::Drawn {
				picks: picks.iter().map(|(cluster, _)| pick(*cluster)).collect(),
				nonce: nonce(trial.round),
				breadth: Breadth::Open,
			},
			Action::Lot { checked } => Input::Lot { checked },
			Action::Seal { who, said, .. } => {
				let sealed = commitment(trial, context, &trial.executions[who], said, self.truth);
				Input::Commit(cluster(who), sealed)
			},
			Action::Answer { who, claim } => {
				Input::Answer(cluster(who), claim.outcome(self.truth), evidence(cluster(who)))
			},
			Action::Open { who } => {
				let said = state.members[who].said;
				let opening = opening(cluster(who), said.claim, self.truth);
				match trial.executions[who].role {
					Role::Executor | Role::Verifier => Input::Open(cluster(who), opening),
					Role::Panel | Role::Appeal => {
						Input::OpenPanel(cluster(who), opening, possession(trial, said))
					},
				}
			},
			Action::Possess { who, shown } => {
				let said = Secret { shown, ..state.members[who].said };
				Input::Possess(cluster(who), possession(trial, said))
			},
			Action::Abstain { who } => Input::Abstain(cluster(who)),
			Action::Unstable { who } => Input::Unstable(cluster(who)),
			Action::Appeal => Input::Appeal,
			// Caught is nothing that happens to the task.
			Action::Deadline | Action::Caught => Input::Deadline,
		}
	}

	/// Whether every act that nobody has to do is refused here and changes nothing.
	pub fn refuses_the_rest(&self, state: &State) -> bool {
		let trial = &state.trial;
		let context = context(self.task, trial.deadline);
		let mut probe = trial.clone();
		let mut refused = |context: &Context, input: Input| probe.step(context, input).is_err();
		let late = super::world::context(self.task, trial.deadline + 1);
		let outsider = pick(99).cluster;
		let mut all = refused(&context, Input::Deadline)
			&& refused(&context, Input::Abstain(outsider))
			&& refused(&late, Input::Appeal);
		if !lot_is_open(trial) {
			all &= refused(&context, Input::Lot { checked: false });
		}
		if !can_be_appealed(trial) {
			all &= refused(&context, Input::Appeal);
		}
		if let Some(seated) = trial.executions.first() {
			let picks =
				(0..trial.wanted.max(1)).map(|at| pick(seated.cluster.0 + u32::from(at) * 90));
			let (nonce, breadth) = (nonce(0), Breadth::Open);
			all &= refused(&context, Input::Drawn { picks: picks.collect(), nonce, breadth });
		}
		for (execution, member) in state.executions() {
			let cluster = execution.cluster;
			let duty = duty(trial, execution);
			let (mut claim, mut shown) = (member.said.claim, member.said.shown);
			if matches!(duty, Some(Duty::Seal | Duty::Answer)) {
				all &= refused(&late, Input::Abstain(cluster));
			} else {
				all &= refused(&context, Input::Abstain(cluster));
			}
			if duty != Some(Duty::Seal) {
				all &= refused(&context, Input::Commit(cluster, Default::default()));
				all &= refused(&context, Input::Unstable(cluster));
			}
			if duty != Some(Duty::Answer) {
				let outcome = claim.outcome(self.truth);
				all &= refused(&context, Input::Answer(cluster, outcome, evidence(cluster)));
			}
			if duty == Some(Duty::Open) {
				let own = opening(cluster, claim, self.truth);
				all &= refused(&late, Input::Open(cluster, own));
				// What it is not bound to.
				claim = if claim == Claim::True { Claim::Lie } else { Claim::True };
			}
			all &= refused(&context, Input::Open(cluster, opening(cluster, claim, self.truth)));
			if duty == Some(Duty::OpenPanel) {
				let own = opening(cluster, claim, self.truth);
				all &=
					refused(&late, Input::OpenPanel(cluster, own, possession(trial, member.said)));
				shown = if shown == Shown::Bytes { Shown::Invented } else { Shown::Bytes };
			}
			let shown = possession(trial, Secret { claim, shown });
			let opening = opening(cluster, claim, self.truth);
			all &= refused(&context, Input::OpenPanel(cluster, opening, shown));
			if duty == Some(Duty::Possess) {
				all &= refused(&late, Input::Possess(cluster, shown));
			} else {
				all &= refused(&context, Input::Possess(cluster, shown));
			}
		}
		all && probe == *trial
	}
}

impl State {
	/// Writes down what the clusters did.
	fn note(&mut self, action: Action, picks: &[(u32, Kind)]) {
		match action {
			Action::Draw { .. } => {
				// The trial may have taken fewer than were found.
				let taken = self.trial.executions.len() - self.members.len();
				let (said, released) = (Secret::HONEST, false);
				let kinds = picks.iter().take(taken).map(|(_, kind)| *kind);
				self.members.extend(kinds.map(|kind| Member { kind, said, released }));
			},
			Action::Seal { who, said, .. } => self.members[who].said = said,
			Action::Answer { who, claim } => self.members[who].said.claim = claim,
			Action::Possess { who, shown } => self.members[who].said.shown = shown,
			_ => {},
		}
		for (execution, member) in self.trial.executions.iter().zip(&mut self.members) {
			if !matches!(
				execution.act,
				Act::Committed(_) | Act::Opened { .. } | Act::Possessed { .. }
			) {
				member.said = Secret::HONEST;
			}
		}
	}

	/// Carries out the effects, and compares what was and what is.
	fn apply(&mut self, before: &State, now: BlockNumber, effects: &[Effect]) {
		let mut decided = None;
		let mut asked = None;
		for effect in effects {
			match *effect {
				Effect::Draw(wanted) => asked = Some(wanted),
				Effect::Release(cluster) => {
					let at = self.trial.executions.iter().position(|one| one.cluster == cluster);
					match at.and_then(|at| self.members.get_mut(at)) {
						Some(member) if !member.released => member.released = true,
						_ => self.fault = Some(Fault::Release),
					}
				},
				Effect::Lapsed(cluster) => {
					let act = self.trial.execution(cluster).map(|one| one.act);
					if act != Some(Act::Lapsed) {
						self.fault = Some(Fault::Effects);
					}
				},
				Effect::Disputed => self.disputed = true,
				Effect::Decided(verdict) => decided = Some(verdict),
				Effect::Finalise => self.finalised = true,
			}
		}
		let (was, is) = (&before.trial, &self.trial);
		let drew = is.round == was.round + 1;
		let stays = was.stage == is.stage && !drew;
		// Settled means settled as it was decided, but for a result that was due a second look which nobody
		// could take.
		let decided_before = matches!(was.stage, Stage::Decided(_));
		let forfeits = self.finalised && falls_with_its_liar(was, is, self.tainted);
		let settled = decided_before && (was == is || forfeits);
		let decides = match is.stage {
			Stage::Decided(verdict) if !stays && !forfeits => Some(verdict),
			_ => None,
		};
		if decided != decides
			|| asked != drew.then_some(is.wanted)
			|| (drew && is.drawn_since != now)
			|| (self.finalised && !settled)
		{
			self.fault = Some(Fault::Effects);
		}
		let ends_at = match stays || forfeits {
			true => was.deadline,
			false => now + blocks_of(is, now),
		};
		if is.deadline != ends_at {
			self.fault = Some(Fault::Deadline);
		}
		if self.finalised && self.members.iter().any(|member| !member.released) {
			self.fault = Some(Fault::Release);
		}
		let changed =
			was.executions.iter().zip(&is.executions).any(|(was, is)| !may_become(was, is));
		if changed || is.executions.len() < was.executions.len() {
			self.fault = Some(Fault::ActedTwice);
		}
		if !verdict_may_become(was, is, self.tainted) {
			self.fault = Some(Fault::Verdict);
		}
		let (had, has) = (shares(was), shares(is));
		let runs = was.verdict().is_some() && decided.is_none() && !forfeits;
		if has.is_empty() == (is.verdict().is_some() && !is.executions.is_empty())
			|| (runs
				&& had.iter().zip(&has).any(|(had, has)| had != has)
				&& !bench_only(was, &had, &has))
		{
			self.fault = Some(Fault::Shares);
		}
		// Only how much is left matters.
		if !stays && !forfeits {
			self.trial.deadline -= now;
		}
		self.trial.drawn_since = 0;
		self.trial.bound_at = 0;
		if let Some(appeal) = self.trial.appeal.as_mut() {
			appeal.closes_at = 0;
		}
	}
}

/// Whether a result falls that nobody checked, whose executor was caught after an appeal that came to nothing.
fn falls_with_its_liar(was: &Trial, is: &Trial, tainted: bool) -> bool {
	let unheard = was.appeal.is_some_and(|appeal| appeal.ruling == Ruling::Unheard);
	let falls = matches!(was.stage, Stage::Decided(Verdict::Accepted { .. }))
		&& is.stage == Stage::Decided(Verdict::Tainted);
	tainted && unheard && was.was_spared() && falls
}

/// Whether only the shares of those who decide the appeal differ: theirs come into being while it runs.
fn bench_only(trial: &Trial, had: &[Share], has: &[Share]) -> bool {
	let others = trial.executions.iter().zip(had.iter().zip(has));
	others.filter(|(one, _)| one.role != Role::Appeal).all(|(_, (had, has))| had == has)
}

/// Whether an execution may go from one act to another.
fn may_become(was: &Execution, is: &Execution) -> bool {
	let same = Execution { act: was.act, ..*is } == *was;
	let judge = matches!(was.role, Role::Panel | Role::Appeal);
	same && match (was.act, is.act) {
		(before, after) if before == after => true,
		(Act::Drawn, Act::Committed(_) | Act::Lapsed | Act::Abstained) => true,
		(Act::Drawn, Act::Opened { .. }) => was.role == Role::Verifier,
		(Act::Drawn, Act::Unstable) => was.role == Role::Executor,
		(Act::Committed(_), Act::Silent) => true,
		(Act::Committed(_), Act::Opened { .. }) => !judge,
		(Act::Committed(_), Act::Possessed { .. }) => judge,
		(Act::Opened { .. }, Act::Silent) => true,
		(Act::Opened { .. }, Act::Possessed { .. }) => {
			was.act.outcome() == is.act.outcome()
				&& was.act.evidence_root() == is.act.evidence_root()
		},
		_ => false,
	}
}

/// Whether verdict and appeal may go from one to the other.
fn verdict_may_become(was: &Trial, is: &Trial, tainted: bool) -> bool {
	let appeal = match (was.appeal, is.appeal) {
		(None, None) => true,
		(None, Some(made)) => {
			was.stage == Stage::Decided(made.verdict) && made.ruling == Ruling::Pending
		},
		(Some(_), None) => false,
		(Some(had), Some(has)) => {
			(had.cause, had.verdict) == (has.cause, has.verdict)
				&& (had.ruling == Ruling::Pending || had == has)
		},
	};
	let verdict = match (was.verdict(), is.verdict()) {
		(None, _) => true,
		(Some(_), None) => false,
		(Some(had), Some(has)) if had == has => true,
		(Some(_), Some(has)) => {
			let rules = was.appeal.is_some_and(|appeal| appeal.ruling == Ruling::Pending);
			let may = match is.appeal.map(|appeal| appeal.ruling) {
				Some(Ruling::Overturned(_)) => matches!(has, Verdict::Accepted { .. }),
				// Where a taint wanted a second look and nobody could take it.
				Some(Ruling::Unheard) => has == Verdict::Tainted && tainted && was.was_spared(),
				_ => false,
			};
			(rules && may) || falls_with_its_liar(was, is, tainted)
		},
	};
	appeal && verdict
}

/// Whether the lot about a check can fall.
fn lot_is_open(trial: &Trial) -> bool {
	trial.stage == Stage::Drawing && matches!(trial.audit, Audit::Percent(_))
}

/// Whether somebody can ask for a second look.
fn can_be_appealed(trial: &Trial) -> bool {
	let comparable = Verdict::Inconclusive;
	let Stage::Decided(verdict) = trial.stage else { return false };
	trial.appeal.is_none() && (matches!(verdict, Verdict::Accepted { .. }) || verdict == comparable)
}

impl Model for Setting {
	type State = State;
	type Action = Action;

	fn init_states(&self) -> Vec<State> {
		let (mut trial, _) = Trial::new(self.policy, self.engine, 0);
		trial.deadline = blocks_of(&trial, 0);
		let (disputed, tainted, finalised) = (false, false, false);
		vec![State { trial, members: vec![], disputed, tainted, finalised, fault: None }]
	}

	fn actions(&self, state: &State, actions: &mut Vec<Action>) {
		let trial = &state.trial;
		if state.finalised || state.fault.is_some() {
			return;
		}
		let left = self.clusters - trial.executions.len() as u8;
		let most = trial.wanted.min(left);
		// Draws that find too few are refused; the trial is asked all the same.
		for found in 1..=most {
			if self.scarce || found == most {
				actions.extend((0..=found).map(|honest| Action::Draw { found, honest }));
			}
		}
		self.acts(state, actions);
	}

	fn next_state(&self, state: &State, action: Action) -> Option<State> {
		let first = state.trial.executions.len() as u32;
		let picks: Vec<(u32, Kind)> = match action {
			Action::Draw { found, honest } => (0..u32::from(found))
				.map(|at| {
					let kind = if at < honest.into() { Kind::Honest } else { Kind::Dishonest };
					(first + at, kind)
				})
				.collect(),
			_ => vec![],
		};
		self.step(state, action, &picks).map(|(state, _)| state)
	}

	fn within_boundary(&self, state: &State) -> bool {
		state.lost() <= self.most_lost
	}

	fn properties(&self) -> Vec<Property<Self>> {
		properties::all(self)
	}
}

impl Setting {
	/// Everything that can happen but draws.
	pub fn acts(&self, state: &State, actions: &mut Vec<Action>) {
		let trial = &state.trial;
		if lot_is_open(trial) {
			actions.extend([true, false].map(|checked| Action::Lot { checked }));
		}
		let mut all_in_time = true;
		for (who, (execution, member)) in state.executions().enumerate() {
			let Some(duty) = duty(trial, execution) else { continue };
			let dishonest = member.kind == Kind::Dishonest;
			all_in_time &= dishonest;
			match duty {
				Duty::Seal => {
					let lots = matches!(self.policy.check, Check::Audited { .. });
					let fresh = [false, lots && execution.role == Role::Executor];
					for said in self.secrets(member.kind, execution.role) {
						let seals = fresh.map(|fresh| Action::Seal { who, said, fresh });
						actions.extend(&seals[..1 + usize::from(fresh[1])]);
					}
				},
				Duty::Answer => {
					let secrets = self.secrets(member.kind, execution.role);
					actions.extend(
						secrets.iter().map(|said| Action::Answer { who, claim: said.claim }),
					);
				},
				Duty::Open | Duty::OpenPanel => actions.push(Action::Open { who }),
				Duty::Possess => {
					actions.push(Action::Possess { who, shown: Shown::Bytes });
					if dishonest && member.said.claim == Claim::True {
						actions.push(Action::Possess { who, shown: Shown::Invented });
					}
				},
			}
			if dishonest && matches!(duty, Duty::Seal | Duty::Answer) {
				actions.push(Action::Abstain { who });
				if trial.stage == Stage::Executing && trial.policy.preflight {
					actions.push(Action::Unstable { who });
				}
			}
		}
		if self.appeals && self.policy.window > 0 && can_be_appealed(trial) {
			actions.push(Action::Appeal);
		}
		if all_in_time {
			actions.push(Action::Deadline);
		}
		// It makes a difference only for a result that nobody checked, and honest clusters never are.
		let executor = state.executions().filter(|(one, _)| one.role == Role::Executor).last();
		let liar = executor.is_some_and(|(_, member)| member.kind == Kind::Dishonest);
		if trial.was_spared() && liar && !state.tainted {
			actions.push(Action::Caught);
		}
	}
}
impl fmt::Display for Action {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		match *self {
			Self::Draw { found, honest } => {
				write!(f, "a draw finds {found}, {honest} of them honest")
			},
			Self::Lot { checked: true } => write!(f, "the lot says that there is a check"),
			Self::Lot { checked: false } => write!(f, "the lot spares the check"),
			Self::Seal { who, said, .. } => write!(f, "{who} seals {said}"),
			Self::Answer { who, claim } => write!(f, "{who} answers {claim}"),
			Self::Open { who } => write!(f, "{who} opens"),
			Self::Possess { who, shown: Shown::Bytes } => {
				write!(f, "{who} shows that it holds the bytes")
			},
			Self::Possess { who, shown: Shown::Invented } => {
				write!(f, "{who} shows an invented proof")
			},
			Self::Abstain { who } => write!(f, "{who} gives the task back"),
			Self::Unstable { who } => write!(f, "{who} cannot reproduce its result"),
			Self::Appeal => write!(f, "somebody appeals"),
			Self::Caught => write!(f, "the executor is caught lying elsewhere"),
			Self::Deadline => write!(f, "the deadline passes"),
		}
	}
}

impl Readable for Setting {
	fn line(&self, action: Option<&Action>, state: &State) -> String {
		let happened = action.map_or("submitted".into(), Action::to_string);
		let stage = match state.trial.stage {
			Stage::Decided(Verdict::Accepted { outcome, .. }) => {
				let truth = outcome == Claim::True.outcome(self.truth);
				format!("accepted: {}", if truth { "the truth" } else { "a lie" })
			},
			stage => format!("{stage:?}"),
		};
		format!("{happened:<44} → {stage}")
	}

	fn end(&self, state: &State) -> Vec<String> {
		let mut lines = vec![];
		if let Err(broken) = state.trial.check() {
			lines.push(broken.into());
		}
		if let Some(fault) = state.fault {
			lines.push(format!("fault: {fault:?}"));
		}
		let shares = shares(&state.trial);
		for (who, (execution, member)) in state.executions().enumerate() {
			let act = match execution.act {
				Act::Drawn => "did nothing yet".into(),
				Act::Committed(_) => format!("sealed {}", member.said),
				Act::Opened { .. } => format!("opened {}", member.said.claim),
				Act::Possessed { .. } => format!("opened and showed {}", member.said),
				Act::Lapsed | Act::Silent | Act::Abstained | Act::Unstable => {
					format!("{:?}", execution.act).to_lowercase()
				},
			};
			let share = shares.get(who).map_or(String::new(), |share| {
				format!(": {:?}, pay {}, fine {}", share.conduct, share.pay, share.slash)
			});
			let cluster = execution.cluster;
			lines.push(format!(
				"{who} = cluster {cluster}, {:?} {:?}, {act}{share}",
				member.kind, execution.role
			));
		}
		lines
	}
}

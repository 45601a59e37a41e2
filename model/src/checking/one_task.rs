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
	world::{
		blocks_of, commitment, context, duty, evidence, has_posted, is_judge, nonce, opening, pick,
		possession, shares, Array, Claim, Duty, Kind, Secret, Shown, Truth, EARLY,
	},
};
use assay_primitives::{
	outcome::Outcome,
	protocol::{
		Act, Audit, Breadth, Context, Effect, Execution, Input, Refusal, Role, Stage, Trial,
		Verdict,
	},
	spec::Engine,
	task::{Check, Policy},
	BlockNumber,
};
use codec::Encode;
use stateright::{Model, Property};
use std::hash::{Hash, Hasher};

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
	/// What it really does; of an array, the item at the first place.
	pub truth: Truth,
	/// Of what it consists, if it is an array.
	pub array: Option<&'static Array>,
	/// How many clusters there are.
	pub clusters: u8,
	/// What liars can say.
	pub lies: &'static [Claim],
	/// Runs in which more places are lost, by silence before the first act or by giving back, are left out.
	pub most_lost: usize,
	/// Whether verdicts are appealed.
	pub appeals: bool,
	/// Whether the requester complains.
	pub complaints: bool,
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
	/// A slot was released twice, or never, or more were at once than the chain allows for.
	Release,
	/// A stage lasts longer or shorter than the protocol says.
	Deadline,
	/// The verdict changed otherwise than by an appeal, or an appeal otherwise than once.
	Verdict,
	/// The effects differ from what happened.
	Effects,
	/// There were shares before a verdict, or an appeal or a complaint that runs changed them.
	Shares,
	/// A complaint came twice, changed what it is about, or changed after it was heard.
	Complaint,
	/// Arbiters were believed without a majority, or others refuted than those who differ from them.
	Item,
	/// Who was drawn first made a difference.
	Order,
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
	/// What was claimed by whoever was the first to post in this round.
	pub kept: Option<Claim>,
	/// Who gets what was accepted, once that matters.
	pub served: Served,
	/// Whether it is settled.
	pub finalised: bool,
	/// What went wrong on the way here.
	pub fault: Option<Fault>,
}

impl State {
	/// Whether an honest cluster that is paid for what was accepted has it, and so serves it.
	pub fn is_held_by_the_honest(&self) -> bool {
		let Some(Verdict::Accepted { outcome, .. }) = self.trial.verdict() else { return false };
		let serves = |role| !matches!(role, Role::Arbiter | Role::Appeal | Role::Witness);
		let mut all = self.executions();
		all.any(|(one, member)| {
			let holds = serves(one.role) && one.act.outcome() == Some(outcome);
			holds && member.kind == Kind::Honest
		})
	}

	/// Executions with what the model knows of them.
	pub fn executions(&self) -> impl Iterator<Item = (&Execution, &Member)> {
		self.trial.executions.iter().zip(&self.members)
	}

	/// How many lost their place before they did anything.
	pub fn lost(&self) -> usize {
		let lost = |one: &&Execution| !one.act.counts();
		self.trial.executions.iter().filter(lost).count()
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
		// Who posted, who was the first and who claims what is with the members; the rest follows from that.
		let narrowing = self.trial.narrowing.as_ref();
		let first = narrowing.and_then(|narrowing| narrowing.first);
		let narrowing = narrowing.map(|one| (one.subtree, one.item, one.seats, one.ruling));
		let complaint = self.trial.complaint;
		let left = complaint.map(|_| self.trial.deadline);
		(narrowing, complaint, left).using_encoded(|bytes| state.write(bytes));
		let posts = |one: &Execution| {
			u32::from(has_posted(&self.trial, one)) * 2 + u32::from(first == Some(one.cluster))
		};
		let members = self.executions().map(|(one, member)| word(one, member) * 4 + posts(one));
		let mut members: Vec<u32> = members.collect();
		members.sort_unstable();
		members.hash(state);
		(self.disputed, self.tainted, self.kept, self.served, self.finalised).hash(state);
		self.fault.map(|fault| fault as u8).hash(state);
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
		Act::Refuted { .. } => 8,
	};
	let said = match execution.act {
		act if speaks(&act) => 1 + member.said.claim as u32 * 3 + member.said.shown as u32,
		_ => 0,
	};
	let known = member.kind as u32 * 2 + u32::from(member.released);
	((execution.role as u32 * 16 + act) * 16 + said) * 4 + known
}

/// Whether somebody is bound to something or has said it.
fn speaks(act: &Act) -> bool {
	matches!(act, Act::Committed(_)) || act.outcome().is_some()
}

/// Who gets what was accepted.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Served {
	/// Whoever asks.
	All,
	/// Whomever those who hold it choose.
	Some,
	/// Nobody.
	Nobody,
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
	/// Somebody posts what its claim is made of.
	Narrow {
		/// Who.
		who: usize,
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
	/// The requester says that nobody gives it what was accepted.
	Complain {
		/// Whether that is so: who else would be served.
		served: Served,
		/// Whether the window is open for some more blocks.
		early: bool,
	},
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
			if is_judge(role) {
				secrets.push(Secret { shown: Shown::Invented, ..Secret::HONEST });
			}
			let lies = self.lies.iter().filter(|claim| match role {
				// Of one item liars say this or that.
				Role::Arbiter => matches!(claim, Claim::Lie | Claim::FalseFailure),
				_ => true,
			});
			secrets.extend(lies.map(|&claim| Secret { claim, ..Secret::HONEST }));
		}
		secrets
	}

	/// What a witness can seal. Liars say that they were served or not, or make something up, alike or not.
	fn fetched(kind: Kind, served: Served) -> Vec<Secret> {
		let nothing = Secret { shown: Shown::Nothing, ..Secret::HONEST };
		let invented = Secret { shown: Shown::Invented, ..Secret::HONEST };
		let other = Secret { claim: Claim::Lie, ..Secret::HONEST };
		match kind {
			Kind::Dishonest => vec![Secret::HONEST, nothing, invented, other],
			Kind::Honest => match served {
				Served::All => vec![Secret::HONEST],
				Served::Some => vec![Secret::HONEST, nothing],
				Served::Nobody => vec![nothing],
			},
		}
	}

	/// What the program really does.
	pub fn true_outcome(&self) -> Outcome {
		self.outcome_of(Claim::True)
	}

	/// What whoever runs the whole task claims to have found.
	pub fn outcome_of(&self, claim: Claim) -> Outcome {
		self.array.map_or_else(|| claim.outcome(self.truth), |array| array.outcome(claim))
	}

	/// What whoever has this role claims to have found.
	pub fn outcome(&self, trial: &Trial, role: Role, claim: Claim) -> Outcome {
		let item = trial.narrowing.as_ref().and_then(|narrowing| narrowing.item);
		match (role, self.array, item) {
			(Role::Arbiter, Some(array), Some(item)) => array.item(item, claim),
			// What was accepted, or something else.
			(Role::Witness, ..) => match trial.complaint.map(|complaint| complaint.verdict) {
				Some(Verdict::Accepted { outcome, .. }) if claim == Claim::True => outcome,
				Some(Verdict::Accepted { outcome, .. }) if outcome == self.true_outcome() => {
					self.outcome_of(Claim::Lie)
				},
				_ => self.true_outcome(),
			},
			_ => self.outcome_of(claim),
		}
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
		let now = match action {
			Action::Complain { early: true, .. } => before.trial.deadline - EARLY,
			_ => before.trial.deadline + BlockNumber::from(action == Action::Deadline),
		};
		let context = Context {
			tainted: before.tainted,
			audit_percent: match action {
				Action::Seal { fresh: true, .. } => 100,
				_ => 30,
			},
			..context(self.task, now)
		};
		let input = self.input(before, &context, action, picks);
		match after.trial.step(&context, input.clone()) {
			Ok(effects) => {
				if depends_on_order(&before.trial, &after.trial, &context, input) {
					after.fault = Some(Fault::Order);
				}
				after.note(action, picks);
				after.apply(before, now, &effects);
				if !self.is_right_about_the_item(before, &after, picks.len()) {
					after.fault = Some(Fault::Item);
				}
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
				let one = &trial.executions[who];
				let outcome = self.outcome(trial, one.role, said.claim);
				Input::Commit(cluster(who), commitment(trial, context, one, said, outcome))
			},
			Action::Answer { who, claim } => {
				Input::Answer(cluster(who), self.outcome_of(claim), evidence(cluster(who)))
			},
			Action::Open { who } => {
				let said = state.members[who].said;
				let role = trial.executions[who].role;
				let opening = opening(cluster(who), self.outcome(trial, role, said.claim));
				match is_judge(role) {
					false => Input::Open(cluster(who), opening),
					true => Input::OpenPanel(cluster(who), opening, possession(trial, said)),
				}
			},
			Action::Narrow { who } => self.posting(state, who, state.members[who].said.claim),
			Action::Possess { who, shown } => {
				let said = Secret { shown, ..state.members[who].said };
				Input::Possess(cluster(who), possession(trial, said))
			},
			Action::Abstain { who } => Input::Abstain(cluster(who)),
			Action::Unstable { who } => Input::Unstable(cluster(who)),
			Action::Appeal => Input::Appeal,
			Action::Complain { .. } => Input::Complain,
			// Caught is nothing that happens to the task.
			Action::Deadline | Action::Caught => Input::Deadline,
		}
	}

	/// What is posted by somebody who claims this.
	pub fn posting(&self, state: &State, who: usize, claim: Claim) -> Input {
		let nodes = |claim| self.array.map_or(vec![], |array| array.nodes(&state.trial, claim));
		Input::Narrow {
			cluster: state.trial.executions[who].cluster,
			nodes: nodes(claim),
			reference: state.kept.map_or(vec![], nodes),
		}
	}
}

impl State {
	/// Writes down what the clusters did.
	fn note(&mut self, action: Action, picks: &[(u32, Kind)]) {
		match action {
			Action::Complain { served, .. } => self.served = served,
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
			if !speaks(&execution.act) {
				member.said = Secret::HONEST;
			}
		}
	}
}

/// Whether it made a difference for what was just found, or for any share, if everybody had been drawn in the
/// opposite order.
fn depends_on_order(was: &Trial, is: &Trial, context: &Context, input: Input) -> bool {
	let ruling = |trial: &Trial| trial.narrowing.as_ref().map(|narrowing| narrowing.ruling);
	let decides = matches!(is.stage, Stage::Decided(_)) && was.stage != is.stage;
	let rules = ruling(was).is_some() && ruling(was) != ruling(is);
	// A draw appends.
	let draws = is.executions.len() > was.executions.len();
	if draws || !(decides || rules) {
		return false;
	}
	let reversed = |trial: &Trial| {
		let mut executions = trial.executions.to_vec();
		executions.reverse();
		Trial { executions: executions.try_into().expect("as many"), ..trial.clone() }
	};
	let mut other = reversed(was);
	let mut shares_of_other = match other.step(context, input) {
		Ok(_) => shares(&other),
		Err(_) => return true,
	};
	shares_of_other.reverse();
	reversed(&other) != *is || shares_of_other != shares(is)
}

/// Whether the lot about a check can fall.
pub fn lot_is_open(trial: &Trial) -> bool {
	trial.stage == Stage::Drawing && matches!(trial.audit, Audit::Percent(_))
}

/// Whether somebody can ask for a second look.
pub fn can_be_appealed(trial: &Trial) -> bool {
	let Stage::Decided(verdict) = trial.stage else { return false };
	let comparable = matches!(verdict, Verdict::Accepted { .. } | Verdict::Inconclusive);
	trial.appeal.is_none() && (comparable || verdict == Verdict::Refuted)
}

/// Whether the requester can say that it is not served.
pub fn can_be_complained_about(trial: &Trial) -> bool {
	trial.complaint.is_none() && matches!(trial.stage, Stage::Decided(Verdict::Accepted { .. }))
}

impl Model for Setting {
	type State = State;
	type Action = Action;

	fn init_states(&self) -> Vec<State> {
		let (mut trial, _) =
			Trial::new(self.policy, self.engine, self.array.map(|array| array.items), 0);
		trial.deadline = blocks_of(&trial, 0);
		vec![State {
			trial,
			members: vec![],
			disputed: false,
			tainted: false,
			kept: None,
			served: Served::All,
			finalised: false,
			fault: None,
		}]
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
			// Where the order matters at all, whoever lies comes first.
			Action::Draw { found, honest } => (0..u32::from(found))
				.map(|at| {
					let lies = at < u32::from(found - honest);
					(first + at, if lies { Kind::Dishonest } else { Kind::Honest })
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
				Duty::Narrow => actions.push(Action::Narrow { who }),
				Duty::Fetch => {
					let fetched = Self::fetched(member.kind, state.served).into_iter();
					actions.extend(fetched.map(|said| Action::Seal { who, said, fresh: false }));
				},
				Duty::Possess => {
					actions.push(Action::Possess { who, shown: Shown::Bytes });
					if dishonest && member.said.claim == Claim::True {
						actions.push(Action::Possess { who, shown: Shown::Invented });
					}
				},
			}
			if dishonest && matches!(duty, Duty::Seal | Duty::Answer | Duty::Fetch) {
				actions.push(Action::Abstain { who });
				if trial.stage == Stage::Executing && trial.policy.preflight {
					actions.push(Action::Unstable { who });
				}
			}
		}
		if self.appeals && self.policy.window > 0 && can_be_appealed(trial) {
			actions.push(Action::Appeal);
		}
		if self.complaints && self.policy.window > 0 && can_be_complained_about(trial) {
			for early in [false, true] {
				if !early || trial.deadline >= EARLY {
					actions.push(Action::Complain { served: Served::All, early });
					if !state.is_held_by_the_honest() {
						let others = [Served::Some, Served::Nobody];
						actions.extend(others.map(|served| Action::Complain { served, early }));
					}
				}
			}
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

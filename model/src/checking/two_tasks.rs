// SPDX-License-Identifier: GPL-3.0-or-later
//! Two tasks that share clusters, places and bonds.
//!
//! A cluster has one slot here, which is a place for an execution and one for a check. A draw takes any
//! cluster that is not in the task, has the place free and whose bond, less what is pledged of it, covers
//! both places. A verdict pledges what it will take. Nobody tops up a bond.

use super::{
	one_task::{word, Action as Act, Setting, State as Task},
	properties::has_an_exit,
	report::Readable,
	world::{shares, Kind, PLACE_BOND, PRICE},
};
use assay_primitives::{
	protocol::{Effect, Role, Stage, Verdict},
	settlement::Conduct,
	Balance, ClusterId,
};
use codec::Encode;
use stateright::{Model, Property};
use std::hash::{Hash, Hasher};

/// What is checked.
#[derive(Clone, Debug)]
pub struct Pair {
	/// What the report calls it.
	pub name: &'static str,
	/// The two tasks; they are alike but for their numbers.
	pub tasks: [Setting; 2],
	/// How many clusters there are.
	pub clusters: u8,
	/// What has to happen in some run.
	pub expected: &'static [&'static str],
}

/// A cluster's account.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Cluster {
	/// How it behaves.
	pub kind: Kind,
	/// What it has bonded.
	pub bond: Balance,
	/// What decided tasks will take of it.
	pub pledged: Balance,
	/// Which task holds its place for an execution, and which its place for a check.
	pub places: [Option<usize>; 2],
}

/// What the books must never show.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fault {
	/// A place was taken twice or freed by a task that does not hold it.
	Place,
	/// A fine exceeds what is left of a bond, or of what was pledged.
	Bond,
	/// Pay exceeds the escrow.
	Escrow,
}

/// Both tasks and everybody's books.
#[derive(Clone, PartialEq, Debug)]
pub struct State {
	/// The tasks.
	pub tasks: [Task; 2],
	/// The clusters.
	pub clusters: Vec<Cluster>,
	/// What went wrong on the way here.
	pub fault: Option<Fault>,
}

/// States that differ in the numbers of clusters or tasks only have one fingerprint.
impl Hash for State {
	fn hash<H: Hasher>(&self, state: &mut H) {
		let straight = self.words([0, 1]);
		straight.min(self.words([1, 0])).hash(state);
		self.fault.map(|fault| fault as u8).hash(state);
	}
}

impl State {
	fn words(&self, order: [usize; 2]) -> Vec<u8> {
		let mut words = vec![];
		for at in order {
			let Task { trial, disputed, finalised, fault, .. } = &self.tasks[at];
			let (stage, attempt, round, wanted) =
				(trial.stage, trial.attempt, trial.round, trial.wanted);
			let replaced = (trial.verifiers_replaced, trial.panel_replaced);
			let fault = fault.map(|fault| fault as u8);
			(stage, attempt, round, wanted, trial.audit, trial.panel_seats, trial.nonce.is_some())
				.encode_to(&mut words);
			(replaced, disputed, finalised, fault).encode_to(&mut words);
		}
		let mut clusters: Vec<_> = (0..)
			.zip(&self.clusters)
			.map(|(number, one)| {
				let place = |place: usize| one.places[place].map(|task| order[task] as u8);
				let seat = |at: usize| {
					let mut executions = self.tasks[order[at]].executions();
					let found = executions.find(|(execution, _)| execution.cluster.0 == number);
					found.map_or(u32::MAX, |(execution, member)| word(execution, member))
				};
				(one.kind as u8, one.bond, one.pledged, place(0), place(1), seat(0), seat(1))
			})
			.collect();
		clusters.sort_unstable();
		clusters.encode_to(&mut words);
		words
	}

	/// Which place an execution of this role takes.
	fn place(role: Role) -> usize {
		usize::from(role != Role::Executor)
	}

	/// Whom a draw for `task` can find.
	fn eligible(&self, task: usize) -> Vec<usize> {
		let trial = &self.tasks[task].trial;
		let Some(role) = trial.drawing_role() else { return vec![] };
		let fits = |at: &usize| {
			let Cluster { bond, pledged, places, .. } = self.clusters[*at];
			let free = places[Self::place(role)].is_none()
				&& bond.saturating_sub(pledged) >= 2 * PLACE_BOND;
			free && trial.execution(ClusterId(*at as u32)).is_none()
		};
		(0..self.clusters.len()).filter(fits).collect()
	}

	/// Carries out what a step of `task` asks for.
	fn apply(&mut self, task: usize, seated: usize, effects: &[Effect], held: Balance) {
		let Task { trial, .. } = self.tasks[task].clone();
		for execution in trial.executions.iter().skip(seated) {
			let place = &mut self.clusters[execution.cluster.0 as usize].places
				[Self::place(execution.role)];
			if place.replace(task).is_some() {
				self.fault = Some(Fault::Place);
			}
		}
		for effect in effects {
			match *effect {
				Effect::Release(cluster) => {
					let role = trial.execution(cluster).map_or(Role::Executor, |one| one.role);
					let place = &mut self.clusters[cluster.0 as usize].places[Self::place(role)];
					if place.take() != Some(task) {
						self.fault = Some(Fault::Place);
					}
				},
				Effect::Decided(_) => {
					for share in shares(&trial) {
						self.clusters[share.cluster.0 as usize].pledged += share.slash;
					}
				},
				Effect::Finalise => {
					let shares = shares(&trial);
					if shares.iter().map(|share| share.pay).sum::<Balance>() > held {
						self.fault = Some(Fault::Escrow);
					}
					for share in shares {
						let cluster = &mut self.clusters[share.cluster.0 as usize];
						let bond = cluster.bond.checked_sub(share.slash);
						let pledged = cluster.pledged.checked_sub(share.slash);
						match (bond, pledged) {
							(Some(bond), Some(pledged)) => {
								(cluster.bond, cluster.pledged) = (bond, pledged);
							},
							_ => self.fault = Some(Fault::Bond),
						}
					}
				},
				Effect::Draw(_) | Effect::Lapsed(_) | Effect::Disputed | Effect::Keep => {},
			}
		}
	}
}

/// What can happen.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Action {
	/// To which task.
	pub task: usize,
	/// What.
	pub act: Act,
	/// Whom a draw finds.
	pub picks: Vec<usize>,
}

impl Model for Pair {
	type State = State;
	type Action = Action;

	fn init_states(&self) -> Vec<State> {
		let tasks = [0, 1].map(|task: usize| self.tasks[task].init_states().remove(0));
		let with = |honest: u8| State {
			tasks: tasks.clone(),
			clusters: (0..self.clusters)
				.map(|at| Cluster {
					kind: if at < honest { Kind::Honest } else { Kind::Dishonest },
					bond: 2 * PLACE_BOND,
					pledged: 0,
					places: [None; 2],
				})
				.collect(),
			fault: None,
		};
		(0..=self.clusters).map(with).collect()
	}

	fn actions(&self, state: &State, actions: &mut Vec<Action>) {
		if state.fault.is_some() {
			return;
		}
		for (task, setting) in self.tasks.iter().enumerate() {
			let now = &state.tasks[task];
			if now.finalised || now.fault.is_some() {
				continue;
			}
			let mut acts = vec![];
			setting.acts(now, &mut acts);
			actions.extend(acts.into_iter().map(|act| Action { task, act, picks: vec![] }));
			let eligible = state.eligible(task);
			for set in 1u32..1 << eligible.len() {
				let bits = (0..eligible.len()).filter(|bit| set >> bit & 1 == 1);
				let picks: Vec<usize> = bits.map(|bit| eligible[bit]).collect();
				if picks.len() <= now.trial.wanted.into() {
					let act = Act::Draw { found: picks.len() as u8, honest: 0 };
					actions.push(Action { task, act, picks });
				}
			}
		}
	}

	fn next_state(&self, state: &State, action: Action) -> Option<State> {
		let Action { task, act, picks } = action;
		let before = &state.tasks[task];
		let picks: Vec<(u32, Kind)> =
			picks.into_iter().map(|at| (at as u32, state.clusters[at].kind)).collect();
		let (after, effects) = self.tasks[task].step(before, act, &picks)?;
		let mut next = state.clone();
		let seated = before.trial.executions.len();
		next.tasks[task] = after;
		let held = self.tasks[task].policy.worst_case(PRICE).expect("prices are small");
		next.apply(task, seated, &effects, held);
		Some(next)
	}

	fn within_boundary(&self, state: &State) -> bool {
		(0..2).all(|task| self.tasks[task].within_boundary(&state.tasks[task]))
	}

	fn properties(&self) -> Vec<Property<Self>> {
		let always = ALWAYS.iter().map(|(name, condition)| Property::always(name, *condition));
		let expected = |name: &&str| self.expected.contains(name);
		let sights = SIGHTS.iter().filter(|(name, _)| expected(name));
		let sometimes = sights.map(|(name, condition)| Property::sometimes(name, *condition));
		let all: Vec<_> = always.chain(sometimes).collect();
		assert_eq!(all.len(), ALWAYS.len() + self.expected.len(), "a sight that nobody knows");
		all
	}
}

type Condition = fn(&Pair, &State) -> bool;

const ALWAYS: &[(&str, Condition)] = &[
	("the trials' own invariants hold", |_, state| {
		state.tasks.iter().all(|task| task.trial.check().is_ok() && task.fault.is_none())
	}),
	("each task has an exit that needs nobody and not the other task", |pair, state| {
		(0..2).all(|at| has_an_exit(&pair.tasks[at], &state.tasks[at]))
	}),
	("a place serves one task at a time and is freed once", |_, state| {
		state.fault != Some(Fault::Place)
	}),
	("when both tasks are settled, every place is free and nothing is pledged", |_, state| {
		let open = state.tasks.iter().any(|task| !task.finalised);
		let idle = |one: &Cluster| one.places == [None; 2] && one.pledged == 0;
		open || state.clusters.iter().all(idle)
	}),
	("a bond covers what is pledged of it and every place in use", |_, state| {
		state.clusters.iter().all(|one| {
			let open = one.places.iter().flatten().count() as Balance;
			one.pledged + open * PLACE_BOND <= one.bond
		})
	}),
	("what is pledged is what decided tasks will take", |_, state| {
		let waits = |task: &&Task| matches!(task.trial.stage, Stage::Decided(_)) && !task.finalised;
		let due: Vec<_> =
			state.tasks.iter().filter(waits).flat_map(|task| shares(&task.trial)).collect();
		(0..).zip(&state.clusters).all(|(number, one)| {
			let own = due.iter().filter(|share| share.cluster.0 == number);
			own.map(|share| share.slash).sum::<Balance>() == one.pledged
		})
	}),
	("every fine is taken in full", |_, state| state.fault != Some(Fault::Bond)),
	("the escrow pays everybody it has to", |_, state| state.fault != Some(Fault::Escrow)),
	("a bond is touched only at finality", |_, state| {
		let none = state.tasks.iter().all(|task| !task.finalised);
		!none || state.clusters.iter().all(|one| one.bond == 2 * PLACE_BOND)
	}),
];

const SIGHTS: &[(&str, Condition)] = &[
	("one cluster executes and checks at a time", |_, state| {
		state.clusters.iter().any(|one| one.places.iter().all(Option::is_some))
	}),
	("both tasks are accepted", |_, state| {
		let accepted =
			|task: &Task| matches!(task.trial.stage, Stage::Decided(Verdict::Accepted { .. }));
		state.tasks.iter().all(accepted)
	}),
	("one cluster is fined in both tasks", |_, state| {
		state.tasks.iter().all(|task| task.finalised)
			&& state.clusters.iter().any(|one| one.bond <= PLACE_BOND)
	}),
	("one task's dissenter is pledged while it serves the other", |_, state| {
		let busy = |one: &Cluster| one.pledged > 0 && one.places.iter().any(Option::is_some);
		let dissented = |task: &Task| {
			shares(&task.trial).iter().any(|share| share.conduct == Conduct::Dissented)
		};
		state.clusters.iter().any(busy) && state.tasks.iter().any(dissented)
	}),
];

impl Readable for Pair {
	fn line(&self, action: Option<&Action>, state: &State) -> String {
		let Some(Action { task, act, picks }) = action else { return "both submitted".into() };
		let found = match act {
			Act::Draw { .. } => format!(" (clusters {picks:?})"),
			_ => String::new(),
		};
		format!("task {task}: {}{found}", self.tasks[*task].line(Some(act), &state.tasks[*task]))
	}

	fn end(&self, state: &State) -> Vec<String> {
		let mut lines = vec![];
		if let Some(fault) = state.fault {
			lines.push(format!("fault: {fault:?}"));
		}
		for (at, Cluster { kind, bond, pledged, places }) in state.clusters.iter().enumerate() {
			lines.push(format!(
				"cluster {at}, {kind:?}, bond {bond}, pledged {pledged}, serves {places:?}"
			));
		}
		for (at, (setting, task)) in self.tasks.iter().zip(&state.tasks).enumerate() {
			let own = setting.end(task).into_iter();
			lines.extend(own.map(|line| format!("task {at}: {line}")));
		}
		lines
	}
}

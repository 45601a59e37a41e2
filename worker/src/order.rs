// SPDX-License-Identifier: GPL-3.0-or-later
//! What the executor is asked for: a task, or the part of it that a role has to do.

use crate::core::{Finding, Fingerprint, Row, Seen};
use assay_primitives::{
	bundle::bundle_root,
	outcome::Outcome,
	protocol::{Execution, Role, Trial, Verdict},
	spec::Engine,
	task::Workload,
	BundleRoot, TaskId,
};
use std::collections::BTreeSet;

/// One execution to be made.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Order {
	/// The task.
	pub task: TaskId,
	/// Which try at it.
	pub attempt: u8,
	/// What it is.
	pub fingerprint: Fingerprint,
	/// As what.
	pub role: Role,
	/// With what.
	pub engine: Engine,
	/// What is to be run.
	pub workload: Workload,
	/// What of it.
	pub part: Part,
	/// How often, before anything is said about it.
	pub runs: Runs,
}

/// What of a task is to be done.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Part {
	/// All of it is run: once, or once for each item of an array.
	Whole,
	/// This item of an array is run alone.
	Item(u16),
	/// Nothing is run. A witness fetches what was accepted.
	Fetch {
		/// What it has to come to.
		outcome: Outcome,
		/// The bundles that come to it.
		from: Vec<BundleRoot>,
	},
}

impl Part {
	/// What somebody in `role` has to do of it.
	fn new(trial: &Trial, role: Role) -> Self {
		match (role, trial.verdict(), &trial.narrowing) {
			(Role::Witness, Some(Verdict::Accepted { outcome, .. }), _) => {
				// Whoever ran all of it should serve it.
				let ran = |one: &&Execution| {
					!matches!(one.role, Role::Arbiter | Role::Witness)
						&& one.act.outcome() == Some(outcome)
				};
				let evidence = trial.executions.iter().filter(ran);
				let evidence = evidence.filter_map(|one| one.act.evidence_root());
				Self::Fetch {
					outcome,
					from: evidence.map(|root| bundle_root(&outcome, &root)).collect(),
				}
			},
			(Role::Arbiter, _, Some(narrowing)) => narrowing.item.map_or(Self::Whole, Self::Item),
			_ => Self::Whole,
		}
	}
}

/// How often a task is run for one execution.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Runs {
	/// Once.
	Once,
	/// Twice, and both have to find the same: the requester asked for that.
	Twice,
}

impl Order {
	/// What somebody in `role` has to do for `seen`.
	pub fn new(seen: Seen, role: Role) -> Self {
		let Seen { task, fingerprint, workload, trial } = seen;
		let part = Part::new(&trial, role);
		let Trial { attempt, engine, policy, .. } = trial;
		let runs = match (role, policy.preflight) {
			(Role::Executor, true) => Runs::Twice,
			_ => Runs::Once,
		};
		Self { task, attempt, fingerprint, role, engine, workload, part, runs }
	}

	/// The row of an execution that ended like this.
	pub fn row(&self, finding: Finding) -> Row {
		Row {
			task: self.task,
			attempt: self.attempt,
			fingerprint: self.fingerprint,
			finding,
			possession: None,
			submitted: BTreeSet::new(),
			// What was fetched is public already.
			published: matches!(self.part, Part::Fetch { .. }),
		}
	}
}

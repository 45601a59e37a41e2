// SPDX-License-Identifier: GPL-3.0-or-later
//! Clusters that act by themselves, each time they are called.

use super::*;

/// How a cluster does what it has to do.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Manner {
	/// It finds [`TRUTH`].
	Honest,
	/// It says [`LIE`].
	Lying,
	/// It says [`TRAP`].
	Trapped,
	/// It gives tasks back where it can.
	Unwilling,
}

impl Manner {
	const ALL: [Self; 4] = [Self::Honest, Self::Lying, Self::Trapped, Self::Unwilling];

	fn outcome(self) -> Outcome {
		match self {
			Self::Honest | Self::Unwilling => TRUTH,
			Self::Lying => LIE,
			Self::Trapped => TRAP,
		}
	}

	/// What it finds for each item of an array.
	fn contents(self, items: u16) -> Vec<Outcome> {
		forged(items, items / 2, self.outcome())
	}

	/// What it finds as `role`.
	fn found(self, trial: &Trial, role: Role) -> Outcome {
		let Some(items) = trial.items else { return self.outcome() };
		let contents = self.contents(items);
		match (role, trial.narrowing.as_ref().and_then(|narrowing| narrowing.item)) {
			(Role::Arbiter, Some(item)) => contents[usize::from(item)],
			_ => whole(&contents),
		}
	}
}

/// `cluster` does what each of its tasks waits for, if they wait for it.
pub fn serve(cluster: ClusterId, manner: Manner) {
	for task in EdgeConnect::cluster(cluster).map(|row| row.assignments).unwrap_or_default() {
		serve_task(cluster, task, manner);
	}
}

fn serve_task(cluster: ClusterId, task: TaskId, manner: Manner) {
	let trial = trial(task);
	let execution = *trial.execution(cluster).expect("it has a slot in it");
	let outcome = manner.found(&trial, execution.role);
	// What it once sealed is what it opens, whatever its manner is now.
	let any = |open: fn(ClusterId, TaskId, Outcome) -> Acted| {
		let mut all = Manner::ALL.map(|sealed| sealed.found(&trial, execution.role)).into_iter();
		assert!(all.any(|sealed| open(cluster, task, sealed).is_ok()));
	};
	match (trial.stage, execution.role, execution.act) {
		(Stage::Executing | Stage::Verifying | Stage::PanelSealing, _, Act::Drawn)
			if manner == Manner::Unwilling =>
		{
			assert_ok!(abstain(cluster, task));
		},
		(Stage::Executing, Role::Executor, Act::Drawn)
			if manner == Manner::Trapped && trial.policy.preflight =>
		{
			assert_ok!(Verification::admit_unstable(signed_for(cluster), task, cluster));
		},
		(Stage::Executing, Role::Executor, Act::Drawn) => {
			assert_ok!(commit(cluster, task, outcome));
		},
		(Stage::Verifying, Role::Verifier, Act::Drawn) if trial.verifiers_seal() => {
			assert_ok!(commit(cluster, task, outcome));
		},
		(Stage::Verifying, Role::Verifier, Act::Drawn) => {
			assert_ok!(answer(cluster, task, outcome));
		},
		(Stage::PanelSealing, Role::Witness, Act::Drawn) if manner == Manner::Lying => {
			assert_ok!(abstain(cluster, task));
		},
		(Stage::PanelSealing, role, Act::Drawn) if role.judges() => {
			assert_ok!(commit_on_panel(cluster, task, outcome));
		},
		(Stage::Opening, _, Act::Committed(_)) => any(open),
		(Stage::PanelOpening, role, Act::Committed(_)) if role == trial.bench() => any(open_panel),
		(Stage::Splitting | Stage::Narrowing, _, Act::Opened { outcome, .. }) => {
			let items = trial.items.expect("only arrays are narrowed down");
			let mut claimed = Manner::ALL.map(|manner| manner.contents(items)).into_iter();
			let claimed = claimed.find(|contents| whole(contents) == outcome);
			let posted = narrow(cluster, task, &claimed.expect("it claimed one of these"));
			assert!(posted.is_ok() || posted == Err(Error::<Test>::AlreadyActed.into()));
		},
		(Stage::PanelShowing, _, Act::Opened { outcome, .. }) => {
			assert_ok!(possess(cluster, task, outcome));
		},
		_ => {},
	}
}

/// The tasks that are not settled yet.
pub fn open_tasks() -> Vec<TaskId> {
	Cases::<Test>::iter_keys().collect()
}

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
	fn outcome(self) -> Outcome {
		match self {
			Self::Honest | Self::Unwilling => TRUTH,
			Self::Lying => LIE,
			Self::Trapped => TRAP,
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
	let outcome = manner.outcome();
	// What it once sealed is what it opens, whatever its manner is now.
	let any = |open: fn(ClusterId, TaskId, Outcome) -> Acted| {
		assert!([TRUTH, LIE, TRAP].iter().any(|sealed| open(cluster, task, *sealed).is_ok()));
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
		(Stage::PanelSealing, Role::Panel | Role::Appeal, Act::Drawn) => {
			assert_ok!(commit_on_panel(cluster, task, outcome));
		},
		(Stage::Opening, _, Act::Committed(_)) => any(open),
		(Stage::PanelOpening, Role::Panel | Role::Appeal, Act::Committed(_)) => any(open_panel),
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

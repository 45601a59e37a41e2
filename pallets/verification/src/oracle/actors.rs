// SPDX-License-Identifier: GPL-3.0-or-later
//! Clusters that act by themselves, each time they are called.

use super::words::*;
use crate::{mock::*, Error};
use assay_primitives::{
	outcome::Outcome,
	protocol::{Act, Execution, Role, Stage, Trial, Verdict},
	ClusterId, Commitment, Possession, TaskId,
};
use frame_support::assert_ok;

/// A commitment to nothing: whoever makes it can only fall silent.
pub const NO_SEAL: Commitment = Commitment([0; 32]);

/// How a cluster does what it has to do.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Manner {
	/// It finds [`TRUTH`].
	Honest,
	/// It says [`LIE`].
	Lying,
	/// It says [`OTHER_LIE`], in an array about another item.
	Contrary,
	/// It says [`TRAP`].
	Trapped,
	/// It says [`TRUTH`], and has nothing to show; as a witness, that it was served nothing.
	Boasting,
	/// It gives tasks back where it can.
	Unwilling,
}

impl Manner {
	pub const ALL: [Self; 6] =
		[Self::Honest, Self::Lying, Self::Contrary, Self::Trapped, Self::Boasting, Self::Unwilling];

	fn outcome(self) -> Outcome {
		match self {
			Self::Honest | Self::Boasting | Self::Unwilling => TRUTH,
			Self::Lying => LIE,
			Self::Contrary => OTHER_LIE,
			Self::Trapped => TRAP,
		}
	}

	/// What it finds for each item of an array.
	fn contents(self, items: u16) -> Vec<Outcome> {
		let item = if self == Self::Contrary { items / 3 } else { items / 2 };
		forged(items, item, self.outcome())
	}

	/// What it finds as `role`.
	fn found(self, trial: &Trial, role: Role) -> Outcome {
		if let (Role::Witness, Some(Verdict::Accepted { outcome, .. })) = (role, trial.verdict()) {
			return outcome;
		}
		let Some(items) = trial.items else { return self.outcome() };
		let contents = self.contents(items);
		match (role, trial.narrowing.as_ref().and_then(|narrowing| narrowing.item)) {
			(Role::Arbiter, Some(item)) => contents[usize::from(item)],
			_ => whole(&contents),
		}
	}

	/// What it shows for `outcome`.
	fn shown(self, task: TaskId, outcome: Outcome) -> Possession {
		match self {
			Self::Boasting => Possession([0; 32]),
			_ => possession(task, outcome),
		}
	}
}

/// `cluster` does what each of its tasks waits for, if they still wait for it.
pub fn serve(cluster: ClusterId, manner: Manner) {
	for task in EdgeConnect::cluster(cluster).map(|row| row.assignments).unwrap_or_default() {
		// The agenda may be behind.
		if trial(task).deadline >= now() {
			serve_task(cluster, task, manner);
		}
	}
}

fn serve_task(cluster: ClusterId, task: TaskId, manner: Manner) {
	let trial = trial(task);
	let execution = *trial.execution(cluster).expect("it has a slot in it");
	let Execution { role, act, .. } = execution;
	let found = || manner.found(&trial, role);
	// What it once sealed is what it opens, whatever its manner is now.
	let any = |open: &dyn Fn(Manner, Outcome) -> Acted| {
		let mut all = Manner::ALL.into_iter();
		let opened = all.any(|sealed| open(sealed, sealed.found(&trial, role)).is_ok());
		assert!(opened || act == Act::Committed(NO_SEAL), "what {cluster} sealed was refused");
	};
	match (trial.stage, role, act) {
		(Stage::Executing | Stage::Verifying | Stage::PanelSealing, _, Act::Drawn)
			if manner == Manner::Unwilling =>
		{
			assert_ok!(abstain(cluster, task));
		},
		(Stage::Executing, Role::Executor, Act::Drawn)
			if manner == Manner::Trapped && trial.policy.preflight =>
		{
			assert_ok!(admit_unstable(cluster, task));
		},
		(Stage::Executing, Role::Executor, Act::Drawn) => {
			assert_ok!(commit(cluster, task, found()));
		},
		(Stage::Verifying, Role::Verifier, Act::Drawn) if trial.verifiers_seal() => {
			assert_ok!(commit(cluster, task, found()));
		},
		(Stage::Verifying, Role::Verifier, Act::Drawn) => {
			assert_ok!(answer(cluster, task, found()));
		},
		(Stage::PanelSealing, role, Act::Drawn) if role.judges() => {
			let outcome = found();
			assert_ok!(commit_to_show(cluster, task, outcome, manner.shown(task, outcome)));
		},
		(Stage::Opening, _, Act::Committed(_)) => {
			any(&|_, outcome| open(cluster, task, outcome));
		},
		(Stage::PanelOpening, role, Act::Committed(_)) if role == trial.bench() => {
			any(&|sealed, outcome| {
				open_and_show(cluster, task, outcome, sealed.shown(task, outcome))
			});
		},
		(Stage::Splitting | Stage::Narrowing, _, Act::Opened { outcome, .. }) => {
			let items = trial.items.expect("only arrays are narrowed down");
			let mut claimed = Manner::ALL.map(|manner| manner.contents(items)).into_iter();
			// Whoever claims a root of nothing has nothing to post.
			let Some(claimed) = claimed.find(|contents| whole(contents) == outcome) else { return };
			let posted = narrow(cluster, task, &claimed);
			assert!(posted.is_ok() || posted == Err(Error::<Test>::AlreadyActed.into()));
		},
		(Stage::PanelShowing, _, Act::Opened { outcome, .. }) => {
			assert_ok!(show(cluster, task, manner.shown(task, outcome)));
		},
		_ => {},
	}
}

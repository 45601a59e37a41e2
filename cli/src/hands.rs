// SPDX-License-Identifier: GPL-3.0-or-later
//! Clusters that no worker serves: the demo plays them by hand. Two operators with nearly all positions
//! conspire, and lie where both are drawn. No I/O.

use assay_client::Call;
use assay_primitives::{
	outcome::{Abstention, Opening, Outcome, Seal},
	protocol::{Act, Role, Stage, Trial},
	ClusterId, EvidenceRoot, Genesis, OutputRoot, Possession, Salt, TaskId,
};

/// The clusters of the conspirators, and what they say.
pub(crate) struct Hands {
	pub(crate) genesis: Genesis,
	pub(crate) clusters: Vec<ClusterId>,
	/// What the task's result is.
	pub(crate) truth: Outcome,
}

impl Hands {
	/// What they say instead.
	pub(crate) fn lie() -> Outcome {
		Outcome::Completed { output_root: OutputRoot([0x11; 32]) }
	}

	pub(crate) fn is_own(&self, cluster: ClusterId) -> bool {
		self.clusters.contains(&cluster)
	}

	/// Whether executor and verifier are both theirs: the pair that the scene is about.
	pub(crate) fn have_both(&self, trial: &Trial) -> bool {
		let of = |role| trial.executions.iter().filter(move |one| one.role == role);
		let all_own = |role| of(role).all(|one| self.is_own(one.cluster));
		of(Role::Verifier).count() == 1 && all_own(Role::Executor) && all_own(Role::Verifier)
	}

	/// What `cluster` has to do now, if anything. An executor lies before it knows who checks it; a verifier
	/// lies only where that agrees.
	pub(crate) fn deed(&self, task: TaskId, trial: &Trial, cluster: ClusterId) -> Option<Call> {
		let execution = trial.execution(cluster).filter(|one| self.is_own(one.cluster))?;
		let evidence_root = EvidenceRoot([0x22; 32]);
		let opening = Opening { outcome: Self::lie(), evidence_root, salt: Salt([0x33; 32]) };
		Some(match (trial.stage, execution.role, execution.act) {
			(Stage::Executing, Role::Executor, Act::Drawn) => {
				let seal = Seal { genesis: self.genesis, task, attempt: trial.attempt, cluster };
				let digest = opening.outcome.digest();
				let commitment = seal.commit(&digest, &evidence_root, &opening.salt);
				Call::Commit { task, cluster, commitment }
			},
			(Stage::Verifying, Role::Verifier, Act::Drawn) if !trial.verifiers_seal() => {
				let outcome = if self.have_both(trial) { Self::lie() } else { self.truth };
				Call::Answer { task, cluster, outcome, evidence_root }
			},
			(Stage::Opening, _, Act::Committed(_)) => Call::Open { task, cluster, opening },
			// It has no bytes to show.
			(Stage::PanelShowing, _, Act::Opened { .. }) => {
				Call::Possess { task, cluster, possession: Possession([0x44; 32]) }
			},
			(Stage::Verifying, Role::Verifier, Act::Drawn)
			| (Stage::PanelSealing, Role::Panel | Role::Arbiter | Role::Witness, Act::Drawn) => {
				Call::Abstain { task, cluster, reason: Abstention::HostLimit }
			},
			// Of an array they could not post anything: no nodes lead to a root that is made up.
			_ => return None,
		})
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use assay_primitives::{
		protocol::Execution,
		spec::WASM_ENGINE,
		task::{Check, Policy},
		OperatorId,
	};

	const TASK: TaskId = TaskId(1);

	fn hands() -> Hands {
		let truth = Outcome::Completed { output_root: OutputRoot([1; 32]) };
		Hands { genesis: Genesis([0; 32]), clusters: vec![ClusterId(8), ClusterId(9)], truth }
	}

	/// A trial in which these clusters were drawn, in the stage where the last of them acts.
	fn trial(executor: u32, verifier: Option<u32>, stage: Stage) -> Trial {
		let policy = Policy {
			check: Check::Verified { quorum: 2, panel: 3 },
			window: 1,
			execution_blocks: 20,
			queue_blocks: 20,
			preflight: false,
		};
		let (mut trial, _) = Trial::new(policy, WASM_ENGINE, None, 1);
		trial.stage = stage;
		let roles = [(Some(executor), Role::Executor), (verifier, Role::Verifier)];
		for (cluster, role) in roles {
			let Some(cluster) = cluster else { continue };
			let (cluster, operator) = (ClusterId(cluster), OperatorId(cluster));
			let execution = Execution { cluster, operator, role, price: 1, act: Act::Drawn };
			trial.executions.try_push(execution).unwrap();
		}
		trial
	}

	fn answer(trial: &Trial, cluster: u32) -> Outcome {
		match hands().deed(TASK, trial, ClusterId(cluster)) {
			Some(Call::Answer { outcome, .. }) => outcome,
			other => panic!("{other:?}"),
		}
	}

	#[test]
	fn the_pair_lies_and_nobody_else() {
		assert_eq!(answer(&trial(8, Some(9), Stage::Verifying), 9), Hands::lie());
		assert_eq!(answer(&trial(0, Some(9), Stage::Verifying), 9), hands().truth);
		assert!(hands().have_both(&trial(8, Some(9), Stage::Verifying)));
		assert!(!hands().have_both(&trial(8, None, Stage::Drawing)));
		assert!(!hands().have_both(&trial(8, Some(0), Stage::Verifying)));
	}

	#[test]
	fn what_is_opened_is_what_was_sealed() {
		let mut trial = trial(8, Some(9), Stage::Executing);
		let cluster = ClusterId(8);
		let Some(Call::Commit { commitment, .. }) = hands().deed(TASK, &trial, cluster) else {
			panic!("it has to commit");
		};
		trial.executions[0].act = Act::Committed(commitment);
		trial.stage = Stage::Opening;
		let Some(Call::Open { opening, .. }) = hands().deed(TASK, &trial, cluster) else {
			panic!("it has to open");
		};
		let seal = Seal { genesis: hands().genesis, task: TASK, attempt: 0, cluster };
		let Opening { outcome, evidence_root, salt } = opening;
		assert_eq!(seal.commit(&outcome.digest(), &evidence_root, &salt), commitment);
	}

	#[test]
	fn who_is_drawn_to_judge_gives_it_back() {
		for role in [Role::Panel, Role::Arbiter, Role::Witness] {
			let mut trial = trial(0, Some(8), Stage::PanelSealing);
			trial.executions[1].role = role;
			let deed = hands().deed(TASK, &trial, ClusterId(8));
			assert!(matches!(deed, Some(Call::Abstain { .. })), "{role:?}");
		}
	}

	#[test]
	fn a_root_that_is_made_up_cannot_be_narrowed_down() {
		for stage in [Stage::Splitting, Stage::Narrowing] {
			let mut trial = trial(8, Some(0), stage);
			let (outcome, evidence_root) = (Hands::lie(), EvidenceRoot([0x22; 32]));
			trial.executions[0].act = Act::Opened { outcome, evidence_root };
			assert_eq!(hands().deed(TASK, &trial, ClusterId(8)), None);
		}
	}

	#[test]
	fn strangers_are_not_played() {
		assert_eq!(hands().deed(TASK, &trial(0, None, Stage::Executing), ClusterId(0)), None);
	}
}

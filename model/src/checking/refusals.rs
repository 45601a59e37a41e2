// SPDX-License-Identifier: GPL-3.0-or-later
//! What nobody has to do, which is refused and changes nothing.

use super::{
	one_task::{can_be_appealed, can_be_complained_about, lot_is_open, Setting, State},
	world::{
		context, duty, evidence, nonce, opening, pick, possession, Claim, Duty, Secret, Shown,
	},
};
use assay_primitives::protocol::{Breadth, Context, Input, Role};

impl Setting {
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
			&& refused(&late, Input::Appeal)
			&& refused(&late, Input::Complain);
		if !can_be_complained_about(trial) {
			all &= refused(&context, Input::Complain);
		}
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
		for (who, (execution, member)) in state.executions().enumerate() {
			let cluster = execution.cluster;
			let duty = duty(trial, execution);
			let says = |claim| self.outcome(trial, execution.role, claim);
			let (mut claim, mut shown) = (member.said.claim, member.said.shown);
			if matches!(duty, Some(Duty::Seal | Duty::Answer | Duty::Fetch)) {
				all &= refused(&late, Input::Abstain(cluster));
			} else {
				all &= refused(&context, Input::Abstain(cluster));
			}
			if !matches!(duty, Some(Duty::Seal | Duty::Fetch)) {
				all &= refused(&context, Input::Commit(cluster, Default::default()));
			}
			if duty != Some(Duty::Seal) || execution.role != Role::Executor {
				all &= refused(&context, Input::Unstable(cluster));
			}
			if duty != Some(Duty::Answer) {
				let outcome = self.outcome_of(claim);
				all &= refused(&context, Input::Answer(cluster, outcome, evidence(cluster)));
			}
			if duty == Some(Duty::Open) {
				let own = opening(cluster, says(claim));
				all &= refused(&late, Input::Open(cluster, own));
				// What it is not bound to.
				claim = if claim == Claim::True { Claim::Lie } else { Claim::True };
			}
			all &= refused(&context, Input::Open(cluster, opening(cluster, says(claim))));
			if duty == Some(Duty::OpenPanel) {
				let own = opening(cluster, says(claim));
				all &=
					refused(&late, Input::OpenPanel(cluster, own, possession(trial, member.said)));
				shown = if shown == Shown::Bytes { Shown::Invented } else { Shown::Bytes };
			}
			let shown = possession(trial, Secret { claim, shown });
			let opening = opening(cluster, says(claim));
			all &= refused(&context, Input::OpenPanel(cluster, opening, shown));
			if duty == Some(Duty::Possess) {
				all &= refused(&late, Input::Possess(cluster, shown));
			} else {
				all &= refused(&context, Input::Possess(cluster, shown));
			}
			if duty == Some(Duty::Narrow) {
				all &= refused(&late, self.posting(state, who, member.said.claim));
			} else {
				all &= refused(&context, self.posting(state, who, member.said.claim));
			}
			if duty == Some(Duty::Answer) && self.array.is_some() {
				let failed = Claim::FalseFailure.outcome(self.truth);
				all &= refused(&context, Input::Answer(cluster, failed, evidence(cluster)));
			}
		}
		all && probe == *trial && self.refuses_other_posts(state)
	}

	/// Whether whoever has to post can post nothing but what its claim is made of, and nobody can be compared
	/// with anything but what the first one posted.
	fn refuses_other_posts(&self, state: &State) -> bool {
		let context = context(self.task, state.trial.deadline);
		let mut probe = state.trial.clone();
		let mut refused = |input: Input| probe.step(&context, input).is_err();
		let mut all = true;
		for (who, (execution, member)) in state.executions().enumerate() {
			if duty(&state.trial, execution) != Some(Duty::Narrow) {
				continue;
			}
			let own = self.posting(state, who, member.said.claim);
			let Input::Narrow { cluster, nodes, reference } = own else { return false };
			for claim in Claim::ALL {
				let other = self.posting(state, who, claim);
				let Input::Narrow { nodes: found, .. } = &other else { return false };
				all &= *found == nodes || refused(other);
			}
			if state.kept.is_some() {
				let mut foreign = reference.clone();
				foreign[0] = [0; 32];
				for reference in [vec![], foreign] {
					all &= refused(Input::Narrow { cluster, nodes: nodes.clone(), reference });
				}
			}
		}
		all && probe == state.trial
	}
}

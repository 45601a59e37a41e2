// SPDX-License-Identifier: GPL-3.0-or-later
//! Every stage × every input × every cluster × every time: one table says what is possible at all.

use crate::court::*;
use assay_primitives::{
	protocol::{Breadth, Effect, Input, Stage},
	ClusterId, Commitment, Possession, Salt,
};
use std::collections::BTreeSet;

/// Courts in every stage, and in the variants of a stage that take different inputs.
fn courts() -> Vec<(&'static str, Court)> {
	let replaced = Court::verifying(2).lapses().draws(&[3, 4]);
	let panel_of_one = Court::disputed().draws(&[3]);
	vec![
		("queued", Court::new(2)),
		("queued", Court::executing(2).lapses()),
		("executing", Court::executing(2)),
		("drawing", Court::drawing(2)),
		("drawing", Court::drawing(3)),
		("drawing", Court::verifying(3).commits(2, truth()).lapses()),
		("verifying alone", Court::verifying(2)),
		("verifying sealed", Court::verifying(3)),
		("verifying sealed", replaced),
		("verifying sealed", Court::verifying(3).commits(2, truth())),
		("opening", Court::opening(2, truth())),
		("opening", Court::opening(3, lie(0))),
		("opening", Court::opening(3, lie(0)).opens(1, truth())),
		("panel drawing", Court::disputed()),
		("panel drawing", Court::opening(3, lie(0)).lapses()),
		("panel drawing", Court::panel().lapses()),
		("panel sealing", Court::panel()),
		("panel sealing", panel_of_one),
		("panel sealing", Court::panel().lapses().draws(&[6, 7, 8])),
		("panel showing", Court::panel_showing()),
		("panel showing", Court::panel_showing().possesses(1, truth())),
		("panel opening", Court::panel_opening()),
		("panel opening", Court::panel_showing().lapses()),
		("panel opening", Court::panel_opening().opens_panel(3, truth())),
		("decided", Court::new(2).lapses()),
		("decided", Court::drawing(2).lapses()),
		("decided", Court::disputed().lapses()),
		("decided", Court::opening(2, truth()).opens(1, truth())),
	]
}

/// What a stage can take at all before its deadline.
fn possible(stage: &str) -> &'static [&'static str] {
	match stage {
		"queued" | "drawing" | "panel drawing" => &["drawn"],
		"executing" | "verifying sealed" | "panel sealing" => &["abstain", "commit"],
		"verifying alone" => &["abstain", "answer"],
		"opening" => &["open"],
		"panel showing" => &["possess"],
		"panel opening" => &["open panel"],
		_ => &[],
	}
}

fn inputs() -> Vec<(&'static str, Input)> {
	let mut inputs = vec![];
	for found in 0..=5 {
		let picks = (20..20 + found).map(pick).collect();
		inputs.push(("drawn", Input::Drawn { picks, nonce: NONCE, breadth: Breadth::Open }));
	}
	for cluster in (0..9).chain([u32::MAX]) {
		let id = ClusterId(cluster);
		inputs.push(("commit", Input::Commit(id, Commitment([1; 32]))));
		inputs.push(("abstain", Input::Abstain(id)));
		for outcome in [truth(), lie(0), failure()] {
			let good = opening(cluster, outcome);
			let mut bad = good;
			bad.salt = Salt([0; 32]);
			let shown = possession(outcome, NONCE);
			inputs.push(("answer", Input::Answer(id, outcome, good.evidence_root)));
			inputs.push(("open", Input::Open(id, good)));
			inputs.push(("open", Input::Open(id, bad)));
			inputs.push(("open panel", Input::OpenPanel(id, good, shown)));
			inputs.push(("open panel", Input::OpenPanel(id, bad, Possession([0; 32]))));
			inputs.push(("possess", Input::Possess(id, shown)));
		}
	}
	inputs
}

#[test]
fn each_stage_takes_exactly_the_inputs_of_the_table() {
	for (stage, court) in courts() {
		let mut taken = BTreeSet::new();
		for (name, input) in inputs() {
			for now in [0, court.trial.deadline] {
				let trial = court.trial.clone();
				let mut court = Court { trial, now, effects: vec![] };
				// `step` asserts that a refusal changes nothing and that the invariants hold.
				if court.step(input.clone()).is_ok() {
					taken.insert(name);
				}
			}
		}
		let possible: BTreeSet<_> = possible(stage).iter().copied().collect();
		assert_eq!(taken, possible, "{stage}: {:?}", court.trial);
	}
}

#[test]
fn the_deadline_is_the_only_input_after_itself_and_leaves_every_stage() {
	for (stage, court) in courts() {
		for now in [court.trial.deadline + 1, u32::MAX] {
			for (_, input) in inputs() {
				let mut court = Court { trial: court.trial.clone(), now, effects: vec![] };
				assert!(court.step(input).is_err(), "{stage}");
			}
			let mut after = Court { trial: court.trial.clone(), now, effects: vec![] };
			assert_eq!(after.step(Input::Deadline), Ok(()), "{stage}");
			match after.trial.stage {
				Stage::Decided(_) if stage == "decided" => {
					assert_eq!(after.effects, [Effect::Finalise]);
				},
				left => assert_ne!(left, court.trial.stage, "{stage}"),
			}
		}
	}
}

#[test]
fn deadlines_alone_reach_a_verdict_in_four_steps_from_anywhere() {
	for (stage, mut court) in courts() {
		let mut steps = 0;
		while !matches!(court.trial.stage, Stage::Decided(_)) {
			court = court.lapses();
			steps += 1;
			assert!(steps <= 4, "{stage}");
		}
	}
}

// SPDX-License-Identifier: GPL-3.0-or-later
//! Every stage × every input × every cluster × every time: one table says what is possible at all.

use crate::court::*;
use assay_primitives::{
	array,
	protocol::{Breadth, Effect, Input, Stage},
	ClusterId, Commitment, Possession, Salt,
};
use std::collections::BTreeSet;

/// Courts in every stage, and in the variants of a stage that take different inputs.
fn courts() -> Vec<(&'static str, Court)> {
	let replaced = Court::verifying(2).lapses().draws(&[3, 4]);
	let panel_of_one = Court::disputed().draws(&[3]);
	let appealed = Court::accepted(truth()).appeals().draws(&[11, 12, 13]);
	let heard = appealed.clone().seals(11, truth()).seals(12, truth()).seals(13, truth());
	let (array, forged) = (contents(), forged(&[140], 0));
	let split = Court::array_disputed(&array, &forged);
	let narrowed = split.clone().posts(1, &array).posts(2, &forged);
	let arbiters = Court::arbitrated(&array, &forged, 140);
	let found = array[140];
	let ruled = arbiters.clone().decides(&[(3, found), (4, found), (5, found)]);
	let complained = Court::accepted(truth()).complains();
	let witnesses = complained.clone().draws(&[11, 12, 13]);
	vec![
		("splitting", split.clone()),
		("splitting", split.posts(2, &forged)),
		("narrowing", narrowed.clone()),
		("narrowing", narrowed.clone().posts(1, &array)),
		("panel drawing", narrowed.posts(1, &array).posts(2, &forged)),
		("panel sealing", arbiters.clone()),
		("panel opening", arbiters.clone().seals(3, truth()).lapses()),
		("panel drawing", arbiters.clone().lapses()),
		("decided", arbiters.lapses().lapses()),
		("panel drawing", ruled.clone()),
		("panel sealing", ruled.clone().draws(&[6, 7])),
		("decided", ruled.lapses()),
		("panel drawing", complained),
		("panel sealing", witnesses.clone()),
		("panel opening", witnesses.clone().seals(11, truth()).lapses()),
		("decided, complained about", witnesses.lapses()),
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
		("executing, tried first", Court::trying()),
		("executing", Court::audited()),
		("lot open", Court::audited().commits(1, truth())),
		("drawing", Court::audited().commits(1, truth()).casts(true)),
		("opening", Court::spared(truth())),
		("panel drawing", Court::spared(truth()).lapses()),
		("panel sealing", Court::spared(truth()).lapses().draws(&[2, 3])),
		("panel drawing", Court::accepted(truth()).appeals()),
		("panel drawing", Court::unchecked(truth()).taints().lapses()),
		("panel sealing", appealed.clone()),
		("panel sealing", appealed.clone().seals(11, truth()).abstains(12)),
		("panel opening", appealed.clone().seals(11, truth()).lapses()),
		("panel opening", heard.clone()),
		("panel opening", heard.opens_panel(11, truth())),
		("decided without a result", Court::new(2).lapses()),
		("decided without a result", Court::drawing(2).lapses()),
		("decided without a result", Court::audited().commits(1, truth()).lapses()),
		("decided without a result", Court::trying().wavers(1)),
		("decided without a result", Court::unchecked(truth()).taints().lapses().lapses()),
		("decided, appealed", appealed.lapses().lapses()),
		("decided", Court::disputed().lapses()),
		("decided, accepted", Court::opening(2, truth()).opens(1, truth())),
		("decided, accepted", Court::unchecked(truth())),
		("decided, accepted", Court::unchecked(truth()).taints()),
	]
}

/// What a stage can take at all before its deadline.
fn possible(stage: &str) -> &'static [&'static str] {
	match stage {
		"queued" | "drawing" | "panel drawing" => &["drawn"],
		"lot open" => &["lot"],
		"executing, tried first" => &["abstain", "commit", "unstable"],
		"executing" | "verifying sealed" | "panel sealing" => &["abstain", "commit"],
		"verifying alone" => &["abstain", "answer"],
		"opening" => &["open"],
		"panel showing" => &["possess"],
		"panel opening" => &["open panel"],
		"splitting" | "narrowing" => &["narrow"],
		"decided" | "decided, complained about" => &["appeal"],
		"decided, appealed" => &["complain"],
		"decided, accepted" => &["appeal", "complain"],
		_ => &[],
	}
}

type Nodes = Vec<[u8; 32]>;

/// What the parties of the array could post in each round, after each other or first.
fn postings() -> Vec<(Nodes, Nodes)> {
	let claims = [contents(), forged(&[140], 0)].map(|contents| array::leaves(&contents));
	let roots = claims.clone().map(|leaves| array::subtree_roots(&leaves));
	let leaves = claims.map(|leaves| leaves[128..256].to_vec());
	let pairs = |[one, other]: [Nodes; 2]| {
		let first = [(one.clone(), vec![]), (other.clone(), vec![])];
		first.into_iter().chain([(one.clone(), other.clone()), (other, one)])
	};
	pairs(roots).chain(pairs(leaves)).collect()
}

fn inputs() -> Vec<(&'static str, Input)> {
	let mut inputs = vec![
		("appeal", Input::Appeal),
		("complain", Input::Complain),
		("lot", Input::Lot { checked: true }),
		("lot", Input::Lot { checked: false }),
	];
	for found in 0..=5 {
		let picks = (20..20 + found).map(pick).collect();
		inputs.push(("drawn", Input::Drawn { picks, nonce: NONCE, breadth: Breadth::Open }));
	}
	for cluster in (0..16).chain([u32::MAX]) {
		let id = ClusterId(cluster);
		inputs.push(("commit", Input::Commit(id, Commitment([1; 32]))));
		inputs.push(("abstain", Input::Abstain(id)));
		inputs.push(("unstable", Input::Unstable(id)));
		for (nodes, reference) in postings() {
			let input = Input::Narrow { cluster: id, nodes, reference };
			inputs.push(("narrow", input));
		}
		for outcome in [truth(), lie(0), failure()] {
			let good = opening(cluster, outcome);
			let mut bad = good;
			bad.salt = Salt([0; 32]);
			inputs.push(("answer", Input::Answer(id, outcome, good.evidence_root)));
			inputs.push(("open", Input::Open(id, good)));
			inputs.push(("open", Input::Open(id, bad)));
			inputs.push(("open panel", Input::OpenPanel(id, bad, Possession([0; 32]))));
			for nonce in [NONCE, APPEAL_NONCE] {
				let shown = possession(outcome, nonce);
				inputs.push(("open panel", Input::OpenPanel(id, good, shown)));
				inputs.push(("possess", Input::Possess(id, shown)));
			}
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
				let mut court = Court { now, ..court.clone() };
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
				let mut court = Court { now, ..court.clone() };
				assert!(court.step(input).is_err(), "{stage}");
			}
			let mut after = Court { now, ..court.clone() };
			assert_eq!(after.step(Input::Deadline), Ok(()), "{stage}");
			match after.trial.stage {
				same if same == court.trial.stage => {
					assert!(stage.starts_with("decided"), "{stage}");
					assert_eq!(after.effects, [Effect::Finalise]);
				},
				_ => assert!(!stage.starts_with("decided") || court.tainted, "{stage}"),
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

// SPDX-License-Identifier: GPL-3.0-or-later
//! The table of every state and every input, and that the documentation shows this one.
//!
//! `UPDATE_TABLE=1` rewrites the section.

use crate::court::*;
use assay_primitives::{
	outcome::Outcome,
	protocol::{Act, Breadth, Effect, Input, Refusal, Stage, Verdict},
	ClusterId,
};
use std::{fs, path::PathBuf};

const BEGIN: &str = "<!-- table of states and inputs -->\n";
const END: &str = "<!-- end of the table -->\n";

/// One trial for each state. Where several have to act, the others have.
fn states() -> Vec<(&'static str, Court)> {
	let opened = Court::panel_opening().opens_panel(3, truth()).opens_panel(4, truth());
	let jury = Court::accepted(truth()).appeals().draws(&[11, 12, 13]);
	let sealing = jury.seals(11, truth()).seals(12, truth());
	let opening = sealing.clone().seals(13, truth()).opens_panel(11, truth());
	let (array, forged) = (contents(), forged(&[140], 0));
	let split = Court::array_disputed(&array, &forged);
	let narrowed = split.clone().posts(1, &array).posts(2, &forged);
	let arbiters = Court::arbitrated(&array, &forged, 140);
	let arbitrated = [3, 4].into_iter().fold(arbiters, |court, one| court.seals(one, lie(0)));
	let ruled = arbitrated.clone().seals(5, lie(0));
	let ruled = ruled.opens_panel(3, lie(0)).opens_panel(4, lie(0));
	let complained = Court::accepted(truth()).complains();
	let witnesses = complained.clone().draws(&[11, 12, 13]).seals(11, truth());
	let witnesses = witnesses.seals(12, truth());
	let served = witnesses.clone().seals(13, truth()).opens_panel(11, truth());
	vec![
		("`Queued`", Court::new(2)),
		("`Executing`", Court::executing(2)),
		("`Executing`, to be tried first", Court::trying()),
		("`Drawing`", Court::drawing(2)),
		("`Drawing`, the lot open", Court::audited().commits(1, truth())),
		("`Verifying`, one", Court::verifying(2)),
		("`Verifying`, several", Court::verifying(3).commits(3, truth())),
		("`Opening`, all equal", Court::opening(2, truth())),
		("`Opening`, not equal", Court::opening(2, lie(0))),
		("array: `Splitting`", split.posts(2, &forged)),
		("array: `Narrowing`", narrowed.clone().posts(2, &forged)),
		("arbiters: `PanelDrawing`", narrowed.posts(1, &array).posts(2, &forged)),
		("arbiters: `PanelSealing`", arbitrated),
		("arbiters: `PanelOpening`", ruled),
		("`PanelDrawing`", Court::disputed()),
		("`PanelSealing`", Court::panel().seals(3, truth()).seals(4, truth())),
		("`PanelShowing`", Court::panel_showing().possesses(1, truth())),
		("`PanelOpening`", opened),
		("`Decided`", Court::accepted(truth())),
		("`Decided`, without a result", Court::drawing(2).lapses()),
		("`Decided`, unchecked and tainted", Court::unchecked(truth()).taints()),
		("appeal: `PanelDrawing`", Court::accepted(truth()).appeals()),
		("appeal: `PanelSealing`", sealing),
		("appeal: `PanelOpening`", opening.clone().opens_panel(12, truth())),
		("witnesses: `PanelDrawing`", complained),
		("witnesses: `PanelSealing`", witnesses),
		("witnesses: `PanelOpening`", served.opens_panel(12, truth())),
		("`Decided`, after an appeal", opening.opens_panel(12, truth()).opens_panel(13, truth())),
	]
}

/// What each column tries: by everybody who is in the task, for whatever that cluster may have found.
type Column = (&'static str, fn(&Court) -> Vec<Input>);

const COLUMNS: [Column; 15] = [
	("drawn", |court| vec![court.found(&[21, 22, 23, 24, 25], Breadth::Open)]),
	("`commit`", |court| {
		by_each(court, |cluster, outcome| {
			let role = court.trial.execution(cluster).map(|one| one.role);
			let commitment = match role == Some(court.trial.bench()) {
				true => {
					court.panel_commitment(cluster.0, outcome, possession(outcome, court.nonce()))
				},
				false => court.commitment(cluster.0, outcome),
			};
			Input::Commit(cluster, commitment)
		})
	}),
	("`answer`", |court| {
		by_each(court, |cluster, outcome| {
			Input::Answer(cluster, outcome, opening(cluster.0, outcome).evidence_root)
		})
	}),
	("`open`", |court| {
		by_each(court, |cluster, outcome| Input::Open(cluster, opening(cluster.0, outcome)))
	}),
	("`possess`", |court| {
		by_each(court, |cluster, outcome| Input::Possess(cluster, possession(outcome, NONCE)))
	}),
	("`open_panel`", |court| {
		by_each(court, |cluster, outcome| {
			let shown = possession(outcome, court.nonce());
			Input::OpenPanel(cluster, opening(cluster.0, outcome), shown)
		})
	}),
	("`narrow`", |court| {
		let claims = [contents(), forged(&[140], 0)];
		let nodes = |outcome| if outcome == truth() { &claims[0] } else { &claims[1] };
		by_each(court, |cluster, outcome| court.posting(cluster.0, nodes(outcome)))
	}),
	("`abstain`", |court| by_each(court, |cluster, _| Input::Abstain(cluster))),
	("unstable", |court| by_each(court, |cluster, _| Input::Unstable(cluster))),
	("lot: check", |_| vec![Input::Lot { checked: true }]),
	("lot: spare", |_| vec![Input::Lot { checked: false }]),
	("`appeal`", |_| vec![Input::Appeal]),
	("complaint", |_| vec![Input::Complain]),
	("deadline, early", |_| vec![Input::Deadline]),
	("deadline, passed", |_| vec![Input::Deadline]),
];

/// Those who still have something to do come first: what they are told counts where all are refused.
fn by_each(court: &Court, input: impl Fn(ClusterId, Outcome) -> Input) -> Vec<Input> {
	let mut drawn: Vec<_> = court.trial.executions.iter().collect();
	drawn.sort_by_key(|one| match one.act {
		Act::Drawn => 0,
		Act::Committed(_) => 1,
		_ => 2,
	});
	let mut clusters: Vec<_> = drawn.into_iter().map(|one| one.cluster).collect();
	if clusters.is_empty() {
		clusters.push(ClusterId(1));
	}
	let both = |cluster| [input(cluster, truth()), input(cluster, lie(0))];
	clusters.into_iter().flat_map(both).collect()
}

/// Where the trial is after the first input that is taken, or why none is.
fn cell(court: &Court, inputs: Vec<Input>) -> String {
	let mut refused: Option<Refusal> = None;
	for input in inputs {
		let mut court = court.clone();
		match court.step(input) {
			Ok(()) if court.effects == [Effect::Finalise] => return "final".into(),
			Ok(()) => return name(court.trial.stage),
			Err(refusal) => refused = refused.or(Some(refusal)),
		}
	}
	format!("*{:?}*", refused.expect("something was tried"))
}

fn name(stage: Stage) -> String {
	match stage {
		Stage::Decided(Verdict::Accepted { .. }) => "`Accepted`".into(),
		Stage::Decided(verdict) => format!("`{verdict:?}`"),
		stage => format!("`{stage:?}`"),
	}
}

fn table() -> String {
	let mut lines = vec![];
	let row = |cells: &[String]| format!("| {} |\n", cells.join(" | "));
	let head: Vec<String> = COLUMNS.iter().map(|(name, _)| (*name).into()).collect();
	lines.push(row(&[vec!["state".into()], head].concat()));
	lines.push(format!("|{}\n", "---|".repeat(COLUMNS.len() + 1)));
	for (state, mut court) in states() {
		let mut cells = vec![state.to_string()];
		for (column, inputs) in COLUMNS {
			if column == "deadline, passed" {
				court.now = court.trial.deadline + 1;
			}
			cells.push(cell(&court, inputs(&court)));
		}
		lines.push(row(&cells));
	}
	lines.concat()
}

#[test]
fn the_documentation_shows_what_each_state_does_with_each_input() {
	// Asked for where the test runs: a cached test may have been built from another checkout.
	let crate_dir = std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo runs the test");
	let path = PathBuf::from(crate_dir).join("../docs/protocol.md");
	let page = fs::read_to_string(&path).expect("is there");
	let (before, rest) = page.split_once(BEGIN).expect("the table has a beginning");
	let (shown, after) = rest.split_once(END).expect("the table has an end");
	if std::env::var_os("UPDATE_TABLE").is_some_and(|set| set == "1") {
		fs::write(&path, [before, BEGIN, &table(), END, after].concat()).expect("is writable");
		return;
	}
	assert_eq!(shown, table(), "run this test with UPDATE_TABLE=1");
}

#[test]
fn every_stage_has_its_row() {
	let shown: Vec<String> =
		states().into_iter().map(|(_, court)| name(court.trial.stage)).collect();
	for stage in [
		Stage::Queued,
		Stage::Executing,
		Stage::Drawing,
		Stage::Verifying,
		Stage::Opening,
		Stage::Splitting,
		Stage::Narrowing,
		Stage::PanelDrawing,
		Stage::PanelSealing,
		Stage::PanelShowing,
		Stage::PanelOpening,
		Stage::Decided(agreed(truth())),
	] {
		assert!(shown.contains(&name(stage)), "{stage:?}");
	}
}

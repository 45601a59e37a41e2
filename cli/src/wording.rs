// SPDX-License-Identifier: GPL-3.0-or-later
//! What states of a task are called on the screen.

use crate::{
	network::outcome,
	story::{names, verdict_text},
	units::counted,
};
use assay_primitives::{
	array::{leaves_below, SUBTREE},
	protocol::{
		Act, Appeal, Audit, Cause, Complaint, Delivery, Execution, ItemRuling, Narrowing, Role,
		Ruling, Stage, Trial, NOTHING,
	},
	settlement::Conduct,
	task::{Apart, Check},
	view::PanelOffer,
};

pub(crate) fn panel_text(offer: PanelOffer) -> &'static str {
	match offer {
		PanelOffer::Waits => "nobody has the engine yet, the task would wait",
		PanelOffer::Refused => "nobody could check the result, the task would be refused",
		PanelOffer::NoPanel => "enough to check, too few for a panel: agreement, or no verdict",
		PanelOffer::One => "a disagreement goes to a panel of one",
		PanelOffer::Two => "a disagreement goes to a panel of two",
		PanelOffer::Three => "a disagreement goes to a panel of three",
	}
}

/// How a task is checked, and what chance said about it.
pub(crate) fn check_text(trial: &Trial) -> String {
	let check = match trial.policy.check {
		Check::Verified { quorum, panel: 1 } => {
			format!("{quorum} have to agree, or one more decides")
		},
		Check::Verified { quorum, panel } => {
			format!("{quorum} have to agree, or a panel of at most {panel} decides")
		},
		Check::Audited { floor } => {
			let drawn = match (trial.audit, trial.stage) {
				(_, Stage::Queued | Stage::Executing) => "not drawn yet".into(),
				(Audit::Percent(percent), _) => format!("now {percent} %, not drawn yet"),
				(Audit::Always, _) => "it is checked".into(),
				(Audit::Spared, _) => "it was spared".into(),
			};
			format!("one runs it, a second one with a probability of at least {floor} %: {drawn}")
		},
	};
	match trial.policy.preflight {
		true => format!("{check}; the executor tries it first"),
		false => check,
	}
}

pub(crate) fn appeal_text(appeal: &Appeal) -> String {
	let cause = match appeal.cause {
		Cause::Doubt => "somebody doubts the verdict",
		Cause::Taint => "its operator was caught lying elsewhere",
	};
	let verdict = verdict_text(&appeal.verdict);
	let ruling = match appeal.ruling {
		Ruling::Pending if appeal.seats == 0 => "waits for those who decide it".into(),
		Ruling::Pending => format!("{} decide it", appeal.seats),
		Ruling::Upheld(_) => "the verdict stands".into(),
		Ruling::Overturned(_) => "the verdict was wrong".into(),
		Ruling::Unheard => "nobody could decide it".into(),
	};
	format!("{cause} ({verdict}): {ruling}")
}

/// What came of a complaint about the delivery.
pub(crate) fn complaint_text(complaint: &Complaint) -> String {
	match (complaint.delivery, complaint.seats) {
		(Delivery::Pending, 0) => "waits for witnesses".into(),
		(Delivery::Pending, seats) => format!("{seats} witnesses try to fetch the outputs"),
		(delivery, _) => delivery_text(delivery).into(),
	}
}

/// What witnesses found, in a few words.
pub(crate) fn delivery_text(delivery: Delivery) -> &'static str {
	match delivery {
		Delivery::Pending => "not known yet",
		Delivery::Served(_) => "the outputs can be had",
		Delivery::Withheld { .. } => "the outputs cannot be had",
		Delivery::Unheard => {
			"no two witnesses whom the requester could not have chosen say the same"
		},
	}
}

/// Of how many items a task consists, if it is an array.
pub(crate) fn items_text(items: Option<u16>) -> Option<String> {
	items.map(|items| counted(items.into(), "item"))
}

/// How far an array whose executions differ is narrowed down, if they do.
pub(crate) fn narrowing_text(trial: &Trial) -> Option<String> {
	let narrowing = trial.narrowing.as_ref()?;
	let first = narrowing.subtree.unwrap_or(0).saturating_mul(SUBTREE);
	Some(match (narrowing.item, trial.stage) {
		(Some(item), _) => {
			format!("item {item} is in question: {}", arbiters_text(trial, narrowing))
		},
		(None, Stage::Splitting) => {
			let all = counted(trial.items.unwrap_or(0).into(), "item");
			format!("all {all} are in question, {}", posted_text(trial, narrowing))
		},
		(None, Stage::Narrowing) => {
			let below = leaves_below(trial.items.unwrap_or(0), narrowing.subtree.unwrap_or(0));
			let last = first.saturating_add(below.saturating_sub(1));
			let posted = posted_text(trial, narrowing);
			format!("items {first} to {last} are in question, {posted}")
		},
		(None, _) => "they did not show which item they differ in".into(),
	})
}

/// Who has posted in this round, and who still can.
fn posted_text(trial: &Trial, narrowing: &Narrowing) -> String {
	let can = |cluster| {
		let execution = trial.execution(cluster);
		execution.is_some_and(|one| matches!(one.act, Act::Opened { .. }))
	};
	let (mut posted, mut due) = (Vec::new(), Vec::new());
	for party in &narrowing.parties {
		match party.posted {
			Some(_) => posted.push(party.cluster),
			None if can(party.cluster) => due.push(party.cluster),
			None => {},
		}
	}
	let posted = match posted.as_slice() {
		[] => "nobody has posted".into(),
		posted => format!("posted by cluster {}", names(posted)),
	};
	match due.as_slice() {
		[] => posted,
		due => format!("{posted}, expected of cluster {}", names(due)),
	}
}

/// What the arbiters make of the item.
fn arbiters_text(trial: &Trial, narrowing: &Narrowing) -> String {
	let clusters = |is: fn(&Execution) -> bool| {
		let found = trial.executions.iter().filter(|one| is(one)).map(|one| one.cluster);
		names(&found.collect::<Vec<_>>())
	};
	let at_work = trial.bench() == Role::Arbiter && !matches!(trial.stage, Stage::Decided(_));
	let refuted = || clusters(|one| matches!(one.act, Act::Refuted { .. }));
	match (narrowing.ruling, narrowing.seats) {
		(ItemRuling::Found { outcome: found, .. }, _) => {
			format!("{}, which refutes cluster {}", outcome(&found), refuted())
		},
		(ItemRuling::Contradicted, _) => {
			format!(
				"those who ran it refuted cluster {}, and the panel contradicts them",
				refuted()
			)
		},
		(ItemRuling::Unheard, 0) => "too few are left to run it alone".into(),
		(ItemRuling::Unheard, _) => "those who ran it found no majority".into(),
		(ItemRuling::Pending, 0) if at_work => "waits for arbiters".into(),
		(ItemRuling::Pending, 0) => "nobody was found to run it".into(),
		(ItemRuling::Pending, _) => {
			format!("cluster {} runs it", clusters(|one| one.role == Role::Arbiter))
		},
	}
}

pub(crate) fn act_text(act: &Act) -> String {
	match act {
		Act::Drawn => "at work".into(),
		Act::Committed(_) => "sealed".into(),
		Act::Possessed { possession: NOTHING, .. } => "was served nothing".into(),
		Act::Opened { outcome: found, .. } | Act::Possessed { outcome: found, .. } => {
			outcome(found)
		},
		Act::Refuted { outcome: found, .. } => format!("{}, refuted", outcome(found)),
		Act::Lapsed => "too late, replaced".into(),
		Act::Silent => "sealed and went silent".into(),
		Act::Abstained => "gave it back".into(),
		Act::Unstable => "could not reproduce its result".into(),
	}
}

pub(crate) fn apart_text(apart: Apart) -> &'static str {
	match (apart.regions, apart.hosts) {
		(false, false) => "by operator",
		(true, false) => "by operator and country",
		(false, true) => "by operator and host",
		(true, true) => "by operator, country and host",
	}
}

pub(crate) fn arguments_text(args: &[u8]) -> String {
	let words = args.split(|byte| *byte == 0).map(String::from_utf8_lossy);
	words.collect::<Vec<_>>().join(" ")
}

pub(crate) fn conduct_text(conduct: Conduct) -> &'static str {
	match conduct {
		Conduct::Agreed => "agreed",
		Conduct::Dissented => "found something else",
		Conduct::Silent => "went silent",
		Conduct::Unjudged => "not judged",
		Conduct::Absent => "absent",
		Conduct::Withheld => "agreed, and withheld it",
	}
}

#[cfg(test)]
pub(crate) mod tests {
	use super::*;
	use crate::watch::stage_text;
	use assay_primitives::{
		outcome::Outcome,
		protocol::{Breadth, Party, Verdict},
		spec::WASM_ENGINE,
		task::Policy,
		ClusterId, EvidenceRoot, OperatorId, OutputRoot, Possession,
	};

	fn completed(byte: u8) -> Outcome {
		Outcome::Completed { output_root: OutputRoot([byte; 32]) }
	}

	fn opened(byte: u8) -> Act {
		Act::Opened { outcome: completed(byte), evidence_root: EvidenceRoot([byte; 32]) }
	}

	fn push(trial: &mut Trial, cluster: u32, role: Role, act: Act) {
		let (cluster, operator) = (ClusterId(cluster), OperatorId(cluster));
		let execution = Execution { cluster, operator, role, price: 1, act };
		trial.executions.try_push(execution).unwrap();
	}

	/// An array of 300 items about which the executor 3 and the verifier 5 differ.
	pub(crate) fn differing() -> Trial {
		let policy = Policy {
			check: Check::Verified { quorum: 2, panel: 3 },
			window: 1,
			execution_blocks: 40,
			queue_blocks: 40,
			preflight: false,
		};
		let (mut trial, _) = Trial::new(policy, WASM_ENGINE, Some(300), 0);
		push(&mut trial, 3, Role::Executor, opened(3));
		push(&mut trial, 5, Role::Verifier, opened(5));
		let party = |cluster: u32| Party {
			cluster: ClusterId(cluster),
			claim: [cluster as u8; 32],
			posted: None,
		};
		trial.stage = Stage::Splitting;
		trial.narrowing = Some(Narrowing {
			parties: vec![party(3), party(5)].try_into().unwrap(),
			first: None,
			differs: None,
			subtree: None,
			item: None,
			seats: 0,
			breadth: Breadth::Open,
			ruling: ItemRuling::Pending,
		});
		trial
	}

	fn narrowed(change: impl FnOnce(&mut Trial, &mut Narrowing)) -> String {
		let mut trial = differing();
		let mut narrowing = trial.narrowing.take().unwrap();
		change(&mut trial, &mut narrowing);
		trial.narrowing = Some(narrowing);
		narrowing_text(&trial).unwrap()
	}

	#[test]
	fn who_has_posted_and_who_still_has_to_is_told() {
		assert_eq!(
			narrowed(|_, _| {}),
			"all 300 items are in question, nobody has posted, expected of cluster 3, 5"
		);
		let first_posted = |trial: &mut Trial, narrowing: &mut Narrowing| {
			trial.stage = Stage::Narrowing;
			narrowing.subtree = Some(2);
			narrowing.parties[0].posted = Some([1; 32]);
		};
		assert_eq!(
			narrowed(first_posted),
			"items 256 to 299 are in question, posted by cluster 3, expected of cluster 5"
		);
		let silent = |trial: &mut Trial, narrowing: &mut Narrowing| {
			first_posted(trial, narrowing);
			trial.executions[1].act = Act::Silent;
		};
		assert_eq!(narrowed(silent), "items 256 to 299 are in question, posted by cluster 3");
		let given_up = |trial: &mut Trial, _: &mut Narrowing| trial.stage = Stage::PanelDrawing;
		assert_eq!(narrowed(given_up), "they did not show which item they differ in");
	}

	#[test]
	fn the_item_in_question_and_what_arbiters_make_of_it_are_told() {
		let sought = |trial: &mut Trial, narrowing: &mut Narrowing| {
			trial.stage = Stage::PanelDrawing;
			narrowing.item = Some(290);
		};
		let seated = |trial: &mut Trial, narrowing: &mut Narrowing| {
			sought(trial, narrowing);
			trial.stage = Stage::PanelSealing;
			narrowing.seats = 1;
			push(trial, 7, Role::Arbiter, Act::Drawn);
		};
		let found = |trial: &mut Trial, narrowing: &mut Narrowing| {
			seated(trial, narrowing);
			let (outcome, possession) = (completed(1), Some(Possession([1; 32])));
			narrowing.ruling = ItemRuling::Found { outcome, possession };
			let Act::Opened { outcome, evidence_root } = opened(5) else { return };
			trial.executions[1].act = Act::Refuted { outcome, evidence_root };
		};
		let split = |trial: &mut Trial, narrowing: &mut Narrowing| {
			seated(trial, narrowing);
			narrowing.ruling = ItemRuling::Unheard;
			trial.stage = Stage::Decided(Verdict::Inconclusive);
		};
		let nobody = |trial: &mut Trial, narrowing: &mut Narrowing| {
			sought(trial, narrowing);
			trial.stage = Stage::Decided(Verdict::Inconclusive);
		};
		let begins = "item 290 is in question: ";
		assert_eq!(narrowed(sought), format!("{begins}waits for arbiters"));
		assert_eq!(narrowed(seated), format!("{begins}cluster 7 runs it"));
		assert_eq!(narrowed(split), format!("{begins}those who ran it found no majority"));
		assert_eq!(narrowed(nobody), format!("{begins}nobody was found to run it"));
		let found = narrowed(found);
		assert!(found.starts_with(&format!("{begins}completed, ")), "{found}");
		assert!(found.ends_with(", which refutes cluster 5"), "{found}");
	}

	#[test]
	fn an_ordinary_task_says_nothing_of_items() {
		assert_eq!(items_text(None), None);
		assert_eq!(items_text(Some(1)).unwrap(), "1 item");
		let trial = Trial { narrowing: None, ..differing() };
		assert_eq!(narrowing_text(&trial), None);
	}

	#[test]
	fn the_stage_names_who_sits() {
		let mut trial = differing();
		assert_eq!(stage_text(&trial), "those who differ show in which part of the array");
		trial.stage = Stage::Narrowing;
		assert_eq!(stage_text(&trial), "those who differ show in which item");
		trial.stage = Stage::PanelDrawing;
		assert_eq!(stage_text(&trial), "waits for a panel");
		trial.narrowing.as_mut().unwrap().item = Some(1);
		assert_eq!(stage_text(&trial), "waits for arbiters");
		let verdict = Verdict::Accepted { outcome: completed(3), possession: None };
		let delivery = Delivery::Pending;
		trial.complaint = Some(Complaint { verdict, rest: 1, seats: 3, delivery });
		trial.stage = Stage::PanelSealing;
		assert_eq!(stage_text(&trial), "the witnesses try to fetch the outputs");
	}

	#[test]
	fn a_complaint_is_told_from_its_begin_to_its_end() {
		let verdict = Verdict::Accepted { outcome: completed(3), possession: None };
		let text =
			|seats, delivery| complaint_text(&Complaint { verdict, rest: 1, seats, delivery });
		assert_eq!(text(0, Delivery::Pending), "waits for witnesses");
		assert_eq!(text(3, Delivery::Pending), "3 witnesses try to fetch the outputs");
		let served = Delivery::Served(Possession([1; 32]));
		assert_eq!(text(3, served), "the outputs can be had");
		assert_eq!(text(3, Delivery::Withheld { failed: 2 }), "the outputs cannot be had");
		assert!(text(0, Delivery::Unheard).starts_with("no two witnesses"));
	}

	#[test]
	fn who_was_refuted_or_found_nothing_is_told() {
		let Act::Opened { outcome, evidence_root } = opened(1) else { return };
		assert!(act_text(&Act::Refuted { outcome, evidence_root }).ends_with(", refuted"));
		let nothing = Act::Possessed { outcome, evidence_root, possession: NOTHING };
		assert_eq!(act_text(&nothing), "was served nothing");
		assert_eq!(conduct_text(Conduct::Withheld), "agreed, and withheld it");
	}
}

// SPDX-License-Identifier: GPL-3.0-or-later
//! What states of a task are called on the screen.

use crate::{network::outcome, story::verdict_text};
use assay_primitives::{
	protocol::{Act, Appeal, Audit, Cause, Ruling, Stage, Trial},
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

pub(crate) fn act_text(act: &Act) -> String {
	match act {
		Act::Drawn => "at work".into(),
		Act::Committed(_) => "sealed".into(),
		Act::Opened { outcome: found, .. } | Act::Possessed { outcome: found, .. } => {
			outcome(found)
		},
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
	}
}

// SPDX-License-Identifier: GPL-3.0-or-later
//! What happened in a task, in words.

use super::{
	one_task::{Action, Served, Setting, State},
	report::Readable,
	world::{shares, Shown},
};
use assay_primitives::protocol::{Act, Stage, Verdict};
use std::fmt;

impl fmt::Display for Action {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		match *self {
			Self::Draw { found, honest } => {
				write!(f, "a draw finds {found}, {honest} of them honest")
			},
			Self::Lot { checked: true } => write!(f, "the lot says that there is a check"),
			Self::Lot { checked: false } => write!(f, "the lot spares the check"),
			Self::Seal { who, said, .. } => write!(f, "{who} seals {said}"),
			Self::Answer { who, claim } => write!(f, "{who} answers {claim}"),
			Self::Open { who } => write!(f, "{who} opens"),
			Self::Possess { who, shown: Shown::Bytes } => {
				write!(f, "{who} shows that it holds the bytes")
			},
			Self::Possess { who, shown: Shown::Invented | Shown::Nothing } => {
				write!(f, "{who} shows an invented proof")
			},
			Self::Narrow { who } => write!(f, "{who} posts what its claim is made of"),
			Self::Complain { served, early } => {
				let right = match served {
					Served::All => "though others are served",
					Served::Some => "though some are served",
					Served::Nobody => "rightly",
				};
				let when = if early { "early" } else { "at last" };
				write!(f, "the requester complains {right}, {when}")
			},
			Self::Abstain { who } => write!(f, "{who} gives the task back"),
			Self::Unstable { who } => write!(f, "{who} cannot reproduce its result"),
			Self::Appeal => write!(f, "somebody appeals"),
			Self::Caught => write!(f, "the executor is caught lying elsewhere"),
			Self::Deadline => write!(f, "the deadline passes"),
		}
	}
}

impl Readable for Setting {
	fn line(&self, action: Option<&Action>, state: &State) -> String {
		let happened = action.map_or("submitted".into(), Action::to_string);
		let stage = match state.trial.stage {
			Stage::Decided(Verdict::Accepted { outcome, .. }) => {
				let truth = outcome == self.true_outcome();
				format!("accepted: {}", if truth { "the truth" } else { "a lie" })
			},
			stage => format!("{stage:?}"),
		};
		format!("{happened:<44} → {stage}")
	}

	fn end(&self, state: &State) -> Vec<String> {
		let mut lines = vec![];
		if let Err(broken) = state.trial.check() {
			lines.push(broken.into());
		}
		if let Some(fault) = state.fault {
			lines.push(format!("fault: {fault:?}"));
		}
		let shares = shares(&state.trial);
		for (who, (execution, member)) in state.executions().enumerate() {
			let act = match execution.act {
				Act::Drawn => "did nothing yet".into(),
				Act::Committed(_) => format!("sealed {}", member.said),
				Act::Opened { .. } => format!("opened {}", member.said.claim),
				Act::Possessed { .. } => format!("opened and showed {}", member.said),
				Act::Refuted { .. } => format!("refuted: {}", member.said.claim),
				Act::Lapsed | Act::Silent | Act::Abstained | Act::Unstable => {
					format!("{:?}", execution.act).to_lowercase()
				},
			};
			let share = shares.get(who).map_or(String::new(), |share| {
				format!(": {:?}, pay {}, fine {}", share.conduct, share.pay, share.slash)
			});
			let cluster = execution.cluster;
			lines.push(format!(
				"{who} = cluster {cluster}, {:?} {:?}, {act}{share}",
				member.kind, execution.role
			));
		}
		lines
	}
}

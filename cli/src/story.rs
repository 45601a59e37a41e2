// SPDX-License-Identifier: GPL-3.0-or-later
//! What happened to a task, told from its events. No I/O.

use crate::{
	network::outcome,
	units::{rounded, short, short_account},
};
use assay_client::AssayEvent;
use assay_primitives::{
	bundle::bundle_root,
	outcome::{Abstention, Outcome},
	protocol::{Breadth, Role, Verdict},
	settlement::Conduct,
	Balance, BlockNumber, BundleRoot, ClusterId, TaskId,
};
use serde::Serialize;

/// How a task ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Ending {
	/// Settled.
	Final,
	/// Withdrawn before anybody had been drawn.
	Cancelled,
}

/// One task's story so far.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub(crate) struct Story {
	pub task: TaskId,
	pub submitted_at: Option<BlockNumber>,
	pub ended_at: Option<BlockNumber>,
	/// Who was drawn, in order.
	pub drawn: Vec<(Role, ClusterId)>,
	pub disputed: bool,
	pub parked: bool,
	pub verdict: Option<Verdict>,
	pub paid: Balance,
	pub refunded: Balance,
	pub slashed: Balance,
	/// Who, how it served, what it got, what it lost.
	pub shares: Vec<(ClusterId, Conduct, Balance, Balance)>,
	/// Leaves of the log after this result.
	pub log_size: Option<u64>,
	/// An agreed bundle: whose, and its root.
	pub bundle: Option<(ClusterId, BundleRoot)>,
	pub ending: Option<Ending>,
}

impl Story {
	/// The story of a task of which nothing is known yet.
	pub(crate) fn new(task: TaskId) -> Self {
		Self {
			task,
			submitted_at: None,
			ended_at: None,
			drawn: Vec::new(),
			disputed: false,
			parked: false,
			verdict: None,
			paid: 0,
			refunded: 0,
			slashed: 0,
			shares: Vec::new(),
			log_size: None,
			bundle: None,
			ending: None,
		}
	}

	/// Adds what happened in `block`, if it is about this task.
	pub(crate) fn take(&mut self, block: BlockNumber, event: &AssayEvent) {
		if event.task() != Some(self.task) {
			return;
		}
		match event {
			AssayEvent::TaskSubmitted { .. } => self.submitted_at = Some(block),
			AssayEvent::Drawn { role, clusters, .. } => {
				self.parked = false;
				self.drawn.extend(clusters.iter().map(|cluster| (*role, *cluster)));
			},
			AssayEvent::TaskParked { .. } => self.parked = true,
			AssayEvent::TaskWoken { .. } => self.parked = false,
			AssayEvent::Disputed { .. } => self.disputed = true,
			AssayEvent::Decided { verdict, .. } => self.verdict = Some(*verdict),
			AssayEvent::LeafAppended { index, leaf } => {
				self.log_size = index.checked_add(1);
				self.bundle = leaf.executions.iter().find_map(|execution| {
					let evidence = execution.evidence_root?;
					let agreed = execution.conduct == Conduct::Agreed;
					agreed.then(|| (execution.cluster, bundle_root(&leaf.outcome, &evidence)))
				});
			},
			AssayEvent::Finalised { paid, refunded, slashed, shares, .. } => {
				(self.paid, self.refunded, self.slashed) = (*paid, *refunded, *slashed);
				self.shares.clone_from(shares);
				self.ending = Some(Ending::Final);
				self.ended_at = Some(block);
			},
			AssayEvent::TaskCancelled { .. } => {
				self.ending = Some(Ending::Cancelled);
				self.ended_at = Some(block);
			},
			_ => {},
		}
	}

	/// Whether nothing more will happen.
	pub(crate) fn is_over(&self) -> bool {
		self.ending.is_some()
	}

	/// The clusters drawn for a role.
	pub(crate) fn of_role(&self, role: Role) -> Vec<ClusterId> {
		self.drawn.iter().filter(|(drawn, _)| *drawn == role).map(|(_, cluster)| *cluster).collect()
	}

	/// The clusters that were slashed for finding something else, or for hiding what they found.
	pub(crate) fn caught(&self) -> Vec<ClusterId> {
		let caught = |share: &&(ClusterId, Conduct, Balance, Balance)| {
			matches!(share.1, Conduct::Dissented | Conduct::Silent) && share.3 > 0
		};
		self.shares.iter().filter(caught).map(|share| share.0).collect()
	}

	/// Whether a result was accepted.
	pub(crate) fn is_accepted(&self) -> bool {
		matches!(self.verdict, Some(Verdict::Accepted { .. }))
	}

	/// The verdict in a few words.
	pub(crate) fn verdict_text(&self) -> String {
		match (self.ending, &self.verdict) {
			(Some(Ending::Cancelled), _) => "cancelled".into(),
			(_, None) => "open".into(),
			(_, Some(verdict)) => verdict_text(verdict).into(),
		}
	}

	/// Its row in the table of [`HEADER`].
	pub(crate) fn row(&self, name: &str) -> Vec<String> {
		vec![
			format!("{} {name}", self.task),
			names(&self.of_role(Role::Executor)),
			names(&self.of_role(Role::Verifier)),
			names(&self.of_role(Role::Panel)),
			self.verdict_text(),
			rounded(self.paid),
			rounded(self.slashed),
			self.bundle.map_or("-".into(), |(_, root)| short(root)),
			self.log_size.map_or("-".into(), |size| size.to_string()),
		]
	}
}

/// What [`Story::row`] shows.
pub(crate) const HEADER: [&str; 9] = [
	"task",
	"executor",
	"verifier",
	"panel",
	"verdict",
	"paid",
	"slashed",
	"bundle root",
	"log size",
];

/// A verdict in a few words.
pub(crate) fn verdict_text(verdict: &Verdict) -> &'static str {
	match verdict {
		Verdict::Accepted { outcome: Outcome::Completed { .. }, .. } => "accepted",
		Verdict::Accepted { outcome: Outcome::Failed { .. }, .. } => "accepted: it fails",
		Verdict::Inconclusive => "inconclusive",
		Verdict::NoVerifier => "no verifier",
		Verdict::Unfulfilled => "unfulfilled",
	}
}

/// Clusters in a table.
fn names(clusters: &[ClusterId]) -> String {
	if clusters.is_empty() {
		return "-".into();
	}
	clusters.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// The part an execution plays, as a word.
pub(crate) fn role_text(role: Role) -> &'static str {
	match role {
		Role::Executor => "executor",
		Role::Verifier => "verifier",
		Role::Panel => "panel",
	}
}

/// An event about a task as a sentence without its subject, the task.
pub(crate) fn narrate(event: &AssayEvent) -> Option<String> {
	Some(match event {
		AssayEvent::TaskSubmitted { requester, request, .. } => format!(
			"submitted by {}, at most {} for one execution",
			short_account(requester),
			rounded(request.demand.max_price)
		),
		AssayEvent::TaskCancelled { .. } => "cancelled".into(),
		AssayEvent::TaskParked { role, .. } => {
			format!("waits: no cluster fits as {}", role_text(*role))
		},
		AssayEvent::TaskWoken { .. } => "woken: capacity appeared".into(),
		AssayEvent::Drawn { role, clusters, positions, .. } => format!(
			"drawn as {}: cluster {} (out of {positions} positions)",
			role_text(*role),
			names(clusters)
		),
		AssayEvent::Committed { cluster, .. } => format!("cluster {cluster} sealed its outcome"),
		AssayEvent::Answered { cluster, outcome: found, .. } => {
			format!("cluster {cluster} answers: {}", outcome(found))
		},
		AssayEvent::Opened { cluster, outcome: found, .. } => {
			format!("cluster {cluster} opens: {}", outcome(found))
		},
		AssayEvent::PanelOpened { cluster, outcome: found, possession, .. } => format!(
			"cluster {cluster} opens for the panel: {}, holds the bytes: {}",
			outcome(found),
			short(possession)
		),
		AssayEvent::Possessed { cluster, possession, .. } => {
			format!("cluster {cluster} shows that it holds the bytes: {}", short(possession))
		},
		AssayEvent::Abstained { cluster, reason, .. } => format!(
			"cluster {cluster} gives it back: {}",
			match reason {
				Abstention::Unavailable => "program or inputs cannot be had",
				Abstention::HostLimit => "a limit of its machine",
			}
		),
		AssayEvent::Lapsed { cluster, .. } => {
			format!("cluster {cluster} let its deadline pass and lost its place")
		},
		AssayEvent::PanelSeated { breadth, .. } => match breadth {
			Breadth::Open => "a panel sits".into(),
			Breadth::Narrow => {
				"a panel sits; few could have been drawn, so nobody loses bond by what it finds"
					.into()
			},
		},
		AssayEvent::Disputed { .. } => "the outcomes do not agree: a panel decides".into(),
		AssayEvent::Decided { verdict, fines, .. } => {
			let fined: String = fines
				.iter()
				.map(|(cluster, fine)| format!("; cluster {cluster} will lose {}", rounded(*fine)))
				.collect();
			match verdict {
				Verdict::Accepted { outcome: found, possession } => format!(
					"verdict: accepted{}, {}{fined}",
					if possession.is_some() { " by the panel" } else { "" },
					outcome(found)
				),
				other => format!("verdict: {}{fined}", verdict_text(other)),
			}
		},
		AssayEvent::Finalised { paid, refunded, slashed, .. } => format!(
			"final: {} paid, {} refunded, {} slashed",
			rounded(*paid),
			rounded(*refunded),
			rounded(*slashed)
		),
		AssayEvent::LeafAppended { index, .. } => format!("anchored as leaf {index} of the log"),
		_ => return None,
	})
}

#[cfg(test)]
pub(crate) mod tests {
	use super::*;
	use assay_client::Leaf;
	use assay_primitives::{
		leaf::{Assurance, LeafExecution, LEAF_VERSION},
		spec::{Class, WASM_ENGINE},
		task::Policy,
		ContentHash, EvidenceRoot, OutputRoot, Possession,
	};

	const TASK: TaskId = TaskId(7);

	fn completed() -> Outcome {
		Outcome::Completed { output_root: OutputRoot([1; 32]) }
	}

	fn leaf(executions: Vec<LeafExecution>) -> Box<Leaf> {
		Box::new(Leaf {
			version: LEAF_VERSION,
			task: TASK,
			requester: [1; 32].into(),
			program: ContentHash([2; 32]),
			inputs: ContentHash([3; 32]),
			parameters: [4; 32],
			terms: [5; 32],
			class: Class { engine: WASM_ENGINE, architecture: None },
			policy: Policy { quorum: 2, window: 1, execution_blocks: 10, queue_blocks: 10 },
			draws: Default::default(),
			executions: executions.try_into().unwrap(),
			outcome: completed(),
			assurance: Assurance::Panel(Breadth::Open),
			possession: Some(Possession([5; 32])),
			finalised_at: 9,
		})
	}

	fn drawn(role: Role, cluster: u32) -> AssayEvent {
		let clusters = vec![ClusterId(cluster)];
		AssayEvent::Drawn { task: TASK, role, clusters, positions: 8, tries: 1 }
	}

	/// A dispute that cluster 3 loses.
	fn dispute() -> Vec<AssayEvent> {
		let execution = |cluster, conduct| LeafExecution {
			cluster: ClusterId(cluster),
			role: Role::Executor,
			conduct,
			evidence_root: Some(EvidenceRoot([cluster as u8; 32])),
		};
		let verdict =
			Verdict::Accepted { outcome: completed(), possession: Some(Possession([5; 32])) };
		vec![
			drawn(Role::Executor, 3),
			drawn(Role::Verifier, 0),
			AssayEvent::Disputed { task: TASK },
			drawn(Role::Panel, 1),
			AssayEvent::Decided { task: TASK, verdict, fines: vec![(ClusterId(3), 50)] },
			AssayEvent::LeafAppended {
				index: 4,
				leaf: leaf(vec![execution(3, Conduct::Dissented), execution(0, Conduct::Agreed)]),
			},
			AssayEvent::Finalised {
				task: TASK,
				paid: 2,
				refunded: 3,
				slashed: 50,
				shares: vec![
					(ClusterId(3), Conduct::Dissented, 0, 50),
					(ClusterId(0), Conduct::Agreed, 1, 0),
					(ClusterId(1), Conduct::Agreed, 1, 0),
				],
			},
		]
	}

	#[test]
	fn a_dispute_is_told_to_its_end() {
		let mut story = Story::new(TASK);
		for (block, event) in dispute().iter().enumerate() {
			assert!(!story.is_over());
			story.take(block as u32, event);
		}
		assert!(story.is_over() && story.disputed && story.is_accepted());
		assert_eq!(story.caught(), [ClusterId(3)]);
		assert_eq!(story.of_role(Role::Panel), [ClusterId(1)]);
		assert_eq!((story.log_size, story.ended_at), (Some(5), Some(6)));
		let (whose, root) = story.bundle.unwrap();
		assert_eq!(whose, ClusterId(0), "the first that agreed");
		assert_eq!(root, bundle_root(&completed(), &EvidenceRoot([0; 32])));
		let row = story.row("book");
		assert_eq!(row.len(), HEADER.len());
		assert_eq!(row[..5], ["7 book", "3", "0", "1", "accepted"]);
	}

	#[test]
	fn another_task_is_another_story() {
		let mut story = Story::new(TaskId(8));
		for event in dispute() {
			story.take(1, &event);
		}
		assert_eq!(story, Story::new(TaskId(8)));
	}

	#[test]
	fn a_task_that_nobody_takes_is_refunded() {
		let mut story = Story::new(TASK);
		story.take(1, &AssayEvent::TaskParked { task: TASK, role: Role::Executor });
		assert!(story.parked);
		let (verdict, fines) = (Verdict::Unfulfilled, vec![]);
		story.take(2, &AssayEvent::Decided { task: TASK, verdict, fines });
		let (paid, refunded, slashed, shares) = (0, 9, 0, vec![]);
		story.take(3, &AssayEvent::Finalised { task: TASK, paid, refunded, slashed, shares });
		assert!(story.is_over() && !story.is_accepted());
		assert_eq!(story.verdict_text(), "unfulfilled");
		assert_eq!(story.row("big")[1..4], ["-", "-", "-"]);
	}

	#[test]
	fn a_cancelled_task_is_over() {
		let mut story = Story::new(TASK);
		story.take(1, &AssayEvent::TaskCancelled { task: TASK });
		assert!(story.is_over());
		assert_eq!(story.verdict_text(), "cancelled");
	}

	#[test]
	fn every_event_of_a_task_has_a_sentence() {
		for event in dispute() {
			assert!(narrate(&event).is_some_and(|text| !text.is_empty()), "{event:?}");
		}
		let bond = AssayEvent::BondSlashed { cluster: ClusterId(1), amount: 1 };
		assert_eq!(narrate(&bond), None);
	}
}

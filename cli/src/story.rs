// SPDX-License-Identifier: GPL-3.0-or-later
//! What happened to a task, told from its events. No I/O.

use crate::{
	network::outcome,
	units::{counted, rounded, short, short_account},
	wording::delivery_text,
};
use assay_client::AssayEvent;
use assay_primitives::{
	bundle::bundle_root,
	outcome::{Abstention, Outcome},
	protocol::{Breadth, Delivery, Role, Verdict, NOTHING},
	settlement::Conduct,
	task::WITNESSES,
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
	/// Of how many items it consists, if it is an array.
	pub items: Option<u16>,
	/// Who was drawn, in order.
	pub drawn: Vec<(Role, ClusterId)>,
	pub disputed: bool,
	/// The first item in which executions of the array differ.
	pub item: Option<u16>,
	/// Whom arbiters proved wrong about that item.
	pub refuted: Vec<ClusterId>,
	pub parked: bool,
	/// Whether the lot spared the executor a check.
	pub spared: bool,
	/// Whether the verdict is, or was, judged again.
	pub appealed: bool,
	/// What came of the complaint that nobody serves the outputs, if there was one.
	pub delivery: Option<Delivery>,
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
			items: None,
			drawn: Vec::new(),
			disputed: false,
			item: None,
			refuted: Vec::new(),
			parked: false,
			spared: false,
			appealed: false,
			delivery: None,
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
			AssayEvent::TaskSubmitted { request, .. } => {
				self.submitted_at = Some(block);
				self.items = request.workload.items;
			},
			AssayEvent::Drawn { role, clusters, .. } => {
				self.parked = false;
				self.drawn.extend(clusters.iter().map(|cluster| (*role, *cluster)));
			},
			AssayEvent::TaskParked { .. } => self.parked = true,
			AssayEvent::TaskWoken { .. } => self.parked = false,
			AssayEvent::Disputed { .. } => self.disputed = true,
			AssayEvent::ItemSought { item, .. } => self.item = Some(*item),
			AssayEvent::Refuted { clusters, .. } => self.refuted.clone_from(clusters),
			AssayEvent::Complained { .. } => self.delivery = Some(Delivery::Pending),
			AssayEvent::DeliveryJudged { delivery, .. } => self.delivery = Some(*delivery),
			AssayEvent::LotCast { checked, .. } => self.spared = !checked,
			AssayEvent::Appealed { .. } | AssayEvent::Tainted { .. } => self.appealed = true,
			AssayEvent::Decided { verdict, .. } => self.verdict = Some(*verdict),
			AssayEvent::LeafAppended { index, leaf } => {
				self.log_size = index.checked_add(1);
				self.bundle = leaf.executions.iter().find_map(|execution| {
					let evidence = execution.evidence_root?;
					let agreed = execution.conduct == Conduct::Agreed;
					let has_all = runs_everything(execution.role);
					(agreed && has_all)
						.then(|| (execution.cluster, bundle_root(&leaf.outcome, &evidence)))
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

	/// Who sits, or will sit, where a panel does.
	fn bench(&self) -> Role {
		match self.item {
			_ if self.delivery == Some(Delivery::Pending) => Role::Witness,
			_ if self.appealed => Role::Appeal,
			Some(_) if self.refuted.is_empty() && self.of_role(Role::Panel).is_empty() => {
				Role::Arbiter
			},
			_ => Role::Panel,
		}
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

	/// An event about this task, which is part of the story already, as a sentence without its subject.
	pub(crate) fn narrate(&self, event: &AssayEvent) -> Option<String> {
		let bench = bench_text(self.bench());
		Some(match event {
			AssayEvent::TaskSubmitted { requester, request, .. } => format!(
				"submitted by {}, at most {} for one execution{}",
				short_account(requester),
				rounded(request.demand.max_price),
				request.workload.items.map_or(String::new(), |items| {
					format!(" of all {}", counted(items.into(), "item"))
				})
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
			AssayEvent::Committed { cluster, .. } => {
				format!("cluster {cluster} sealed its outcome")
			},
			AssayEvent::Answered { cluster, outcome: found, .. } => {
				format!("cluster {cluster} answers: {}", outcome(found))
			},
			AssayEvent::Opened { cluster, outcome: found, .. } => {
				format!("cluster {cluster} opens: {}", outcome(found))
			},
			AssayEvent::PanelOpened { cluster, possession: NOTHING, .. } => {
				format!("cluster {cluster} was served nothing")
			},
			AssayEvent::PanelOpened { cluster, outcome: found, possession, .. } => format!(
				"cluster {cluster} opens for {bench}: {}, holds the bytes: {}",
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
			AssayEvent::PanelSeated { breadth, .. } => {
				let narrow = match breadth {
					Breadth::Open => "",
					Breadth::Narrow => {
						"; few could have been drawn, so nobody loses bond by what is found"
					},
				};
				match self.bench() {
					Role::Panel => format!("the panel sits{narrow}"),
					// Where there are too few, they are a panel.
					Role::Arbiter => format!("judges sit{narrow}"),
					_ => format!("{bench} sit{narrow}"),
				}
			},
			AssayEvent::Disputed { .. } if self.items.is_some() => {
				"the outcomes do not agree: two that differ show in which item, or a panel decides"
					.into()
			},
			AssayEvent::Disputed { .. } => "the outcomes do not agree: a panel decides".into(),
			AssayEvent::Narrowed { cluster, .. } => {
				format!("cluster {cluster} posts what its claim is made of")
			},
			AssayEvent::ItemSought { item, .. } => {
				format!("the first item in which they differ is {item}: arbiters run it")
			},
			AssayEvent::Refuted { clusters, .. } => {
				format!("the arbiters refute cluster {}", names(clusters))
			},
			AssayEvent::Complained { bond, .. } => format!(
				"its requester says that nobody serves the outputs, {} held: {WITNESSES} witnesses try \
				 to fetch them",
				rounded(*bond)
			),
			AssayEvent::DeliveryJudged { delivery, .. } => {
				let forfeit = match delivery {
					Delivery::Withheld { .. } => "; who should have served them is not paid",
					Delivery::Pending | Delivery::Served(_) | Delivery::Unheard => "",
				};
				format!("complaint: {}{forfeit}", delivery_text(*delivery))
			},
			AssayEvent::ComplaintSettled { paid, returned, forfeited, .. } => {
				let to_treasury = match forfeited {
					0 => String::new(),
					_ => format!(", {} forfeited to the treasury", rounded(*forfeited)),
				};
				format!(
					"complaint settled: {} of its bond paid to the witnesses, {} returned{to_treasury}",
					rounded(*paid),
					rounded(*returned)
				)
			},
			AssayEvent::LotCast { checked: true, .. } => "the lot says that it is checked".into(),
			AssayEvent::LotCast { checked: false, .. } => "the lot spares it a check".into(),
			AssayEvent::Unstable { cluster, .. } => {
				format!("cluster {cluster} ran it twice and could not reproduce its own result")
			},
			AssayEvent::Appealed { appellant, bond, .. } => format!(
				"{} appeals, {} held: operators who are new to it judge it again",
				short_account(appellant),
				rounded(*bond)
			),
			AssayEvent::Tainted { .. } => {
				"nobody checked it, and its executor lied elsewhere: it is judged again".into()
			},
			AssayEvent::AppealSettled { paid, returned, rewarded, .. } => format!(
				"appeal settled: {} paid to those who decided it, {} returned, {} rewarded",
				rounded(*paid),
				rounded(*returned),
				rounded(*rewarded)
			),
			AssayEvent::Decided { verdict, fines, .. } => {
				let fined: String = fines
					.iter()
					.map(|(cluster, fine)| {
						format!("; cluster {cluster} will lose {}", rounded(*fine))
					})
					.collect();
				match verdict {
					Verdict::Accepted { outcome: found, possession } => format!(
						"verdict: accepted{}, {}{fined}",
						match (self.appealed, possession) {
							(true, _) => " on appeal",
							(false, Some(_)) => " by the panel",
							(false, None) => "",
						},
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
			AssayEvent::LeafAppended { index, .. } => {
				format!("anchored as leaf {index} of the log")
			},
			_ => return None,
		})
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
		Verdict::Refuted => "refuted",
		Verdict::NoVerifier => "no verifier",
		Verdict::Unfulfilled => "unfulfilled",
		Verdict::NotDeterministic => "not deterministic",
		Verdict::Tainted => "tainted",
	}
}

/// Clusters in a table.
pub(crate) fn names(clusters: &[ClusterId]) -> String {
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
		Role::Appeal => "appeal",
		Role::Arbiter => "arbiter",
		Role::Witness => "witness",
	}
}

/// Those who sit together, with their article.
fn bench_text(role: Role) -> &'static str {
	match role {
		Role::Executor | Role::Verifier => "the first executions",
		Role::Panel => "the panel",
		Role::Appeal => "those who decide the appeal",
		Role::Arbiter => "the arbiters",
		Role::Witness => "the witnesses",
	}
}

/// Whether whoever has this role runs the whole task: only then what it showed belongs to a bundle of the
/// accepted outcome.
pub(crate) fn runs_everything(role: Role) -> bool {
	match role {
		Role::Executor | Role::Verifier | Role::Panel | Role::Appeal => true,
		Role::Arbiter | Role::Witness => false,
	}
}

#[cfg(test)]
pub(crate) mod tests {
	use super::*;
	use assay_client::Leaf;
	use assay_primitives::{
		leaf::{Assurance, LeafExecution, LEAF_VERSION},
		spec::{Class, WASM_ENGINE},
		task::{Check, Policy},
		ContentHash, EvidenceRoot, OutputRoot, PanelNonce, Possession,
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
			policy: Policy {
				check: Check::Verified { quorum: 2, panel: 3 },
				window: 1,
				execution_blocks: 10,
				queue_blocks: 10,
				preflight: false,
			},
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

	/// Somebody appeals against what the liar 3 and its friend 0 found, and is right.
	fn appeal() -> Vec<AssayEvent> {
		let accepted = |possession| Verdict::Accepted { outcome: completed(), possession };
		let decided = |possession, fines| AssayEvent::Decided {
			task: TASK,
			verdict: accepted(possession),
			fines,
		};
		let (nonce, breadth) = (PanelNonce([6; 32]), Breadth::Open);
		vec![
			decided(None, vec![]),
			AssayEvent::Appealed { task: TASK, appellant: [1; 32].into(), bond: 10 },
			drawn(Role::Appeal, 4),
			AssayEvent::PanelSeated { task: TASK, nonce, breadth },
			decided(Some(Possession([5; 32])), vec![(ClusterId(3), 50)]),
			AssayEvent::AppealSettled { task: TASK, paid: 0, returned: 10, rewarded: 5 },
		]
	}

	#[test]
	fn a_lie_that_is_found_out_by_an_appeal_is_told() {
		let mut story = Story::new(TASK);
		let told: Vec<String> = appeal()
			.iter()
			.map(|event| {
				story.take(1, event);
				story.narrate(event).unwrap()
			})
			.collect();
		assert!(story.appealed && story.is_accepted() && !story.is_over());
		assert_eq!(told[3], "those who decide the appeal sit");
		assert!(told[0].starts_with("verdict: accepted, "), "{}", told[0]);
		assert!(told[4].starts_with("verdict: accepted on appeal, "), "{}", told[4]);
	}

	#[test]
	fn a_task_that_the_lot_spares_is_told() {
		let mut story = Story::new(TASK);
		let spared = AssayEvent::LotCast { task: TASK, checked: false };
		story.take(1, &spared);
		assert!(story.spared);
		assert_eq!(story.narrate(&spared).unwrap(), "the lot spares it a check");
	}

	fn told(story: &mut Story, events: &[AssayEvent]) -> Vec<String> {
		let tell = |event| {
			story.take(1, event);
			story.narrate(event).unwrap()
		};
		events.iter().map(tell).collect()
	}

	fn seated() -> AssayEvent {
		let (nonce, breadth) = (PanelNonce([6; 32]), Breadth::Open);
		AssayEvent::PanelSeated { task: TASK, nonce, breadth }
	}

	/// Executor 3 and verifier 0 differ about item 290, the arbiter 5 refutes the former, a panel hears the
	/// latter.
	fn array() -> Vec<AssayEvent> {
		let narrowed = |cluster| AssayEvent::Narrowed { task: TASK, cluster: ClusterId(cluster) };
		vec![
			drawn(Role::Executor, 3),
			drawn(Role::Verifier, 0),
			AssayEvent::Disputed { task: TASK },
			narrowed(3),
			narrowed(0),
			AssayEvent::ItemSought { task: TASK, item: 290 },
			seated(),
			drawn(Role::Arbiter, 5),
			AssayEvent::Refuted { task: TASK, clusters: vec![ClusterId(3)] },
			seated(),
		]
	}

	#[test]
	fn an_array_is_told_down_to_the_item_that_differs() {
		let mut story = Story::new(TASK);
		story.items = Some(300);
		let told = told(&mut story, &array());
		assert!(told[2].contains("show in which item"), "{}", told[2]);
		assert_eq!(told[5], "the first item in which they differ is 290: arbiters run it");
		assert_eq!(told[6], "judges sit");
		assert!(told[7].starts_with("drawn as arbiter: cluster 5"), "{}", told[7]);
		assert_eq!(told[8], "the arbiters refute cluster 3");
		assert_eq!(told[9], "the panel sits", "who is left is heard by a panel");
		assert_eq!((story.item, story.refuted), (Some(290), vec![ClusterId(3)]));
		assert_eq!(verdict_text(&Verdict::Refuted), "refuted");
	}

	#[test]
	fn where_too_few_are_found_for_arbiters_a_panel_is_heard() {
		let mut story = Story::new(TASK);
		story.items = Some(300);
		let nothing = Possession([1; 32]);
		let opened = AssayEvent::PanelOpened {
			task: TASK,
			cluster: ClusterId(5),
			outcome: completed(),
			possession: nothing,
			evidence_root: EvidenceRoot([2; 32]),
		};
		let mut events = array()[..7].to_vec();
		events.extend([drawn(Role::Panel, 5), opened]);
		let told = told(&mut story, &events);
		assert_eq!(told[6], "judges sit");
		assert!(told[7].starts_with("drawn as panel: cluster 5"), "{}", told[7]);
		assert!(told[8].starts_with("cluster 5 opens for the panel"), "{}", told[8]);
	}

	/// Nobody serves what was accepted.
	fn complaint() -> Vec<AssayEvent> {
		let outcome = Outcome::Completed { output_root: OutputRoot([1; 32]) };
		let nothing = AssayEvent::PanelOpened {
			task: TASK,
			cluster: ClusterId(4),
			outcome,
			possession: NOTHING,
			evidence_root: EvidenceRoot([0; 32]),
		};
		vec![
			AssayEvent::Complained { task: TASK, bond: 10 },
			seated(),
			drawn(Role::Witness, 4),
			nothing,
			AssayEvent::DeliveryJudged { task: TASK, delivery: Delivery::Withheld { failed: 3 } },
			AssayEvent::ComplaintSettled { task: TASK, paid: 0, returned: 10, forfeited: 0 },
		]
	}

	#[test]
	fn a_complaint_is_told_to_its_end() {
		let mut story = Story::new(TASK);
		let told = told(&mut story, &complaint());
		assert_eq!(told[1], "the witnesses sit");
		assert_eq!(told[3], "cluster 4 was served nothing");
		assert!(told[4].ends_with("not paid"), "{}", told[4]);
		assert_eq!(story.delivery, Some(Delivery::Withheld { failed: 3 }));
		assert_eq!(story.bench(), Role::Panel, "they sit no longer");
		let delivery = Delivery::Served(Possession([1; 32]));
		let served = AssayEvent::DeliveryJudged { task: TASK, delivery };
		assert_eq!(story.narrate(&served).unwrap(), "complaint: the outputs can be had");
	}

	#[test]
	fn the_bundle_is_that_of_somebody_who_ran_everything() {
		let execution = |cluster, role| LeafExecution {
			cluster: ClusterId(cluster),
			role,
			conduct: Conduct::Agreed,
			evidence_root: Some(EvidenceRoot([cluster as u8; 32])),
		};
		let executions = [Role::Arbiter, Role::Witness, Role::Panel];
		let executions = (5..).zip(executions).map(|(cluster, role)| execution(cluster, role));
		let mut story = Story::new(TASK);
		let leaf = leaf(executions.collect());
		story.take(1, &AssayEvent::LeafAppended { index: 0, leaf });
		assert_eq!(story.bundle.map(|(cluster, _)| cluster), Some(ClusterId(7)));
	}

	#[test]
	fn every_event_of_a_task_has_a_sentence() {
		let story = Story::new(TASK);
		let unstable = AssayEvent::Unstable { task: TASK, cluster: ClusterId(1) };
		let more = array().into_iter().chain(complaint());
		for event in dispute().into_iter().chain(appeal()).chain(more).chain([unstable]) {
			assert!(story.narrate(&event).is_some_and(|text| !text.is_empty()), "{event:?}");
		}
		let bond = AssayEvent::BondSlashed { cluster: ClusterId(1), amount: 1 };
		assert_eq!(story.narrate(&bond), None);
	}
}

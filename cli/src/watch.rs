// SPDX-License-Identifier: GPL-3.0-or-later
//! Following tasks through the finalised blocks.

use crate::{error::CliError, output::Ui, story::Story};
use assay_client::{AssayEvent, Block, Chain};
use assay_primitives::{
	protocol::{Audit, Role, Stage, Trial},
	BlockNumber, TaskId,
};
use std::{collections::BTreeMap, time::Duration};

/// How long to wait before a lost connection is tried again.
const RETRY_AFTER: Duration = Duration::from_secs(1);
/// How often a lost connection is tried again before giving up.
const RETRIES: u32 = 30;

/// Follows any number of tasks and tells their stories.
pub(crate) struct Watcher<'a> {
	chain: &'a Chain,
	ui: &'a Ui,
	/// The stories, and the name each task is called by.
	pub(crate) stories: BTreeMap<TaskId, (String, Story)>,
	/// The next block to read.
	next: BlockNumber,
}

#[derive(serde::Serialize)]
struct Line<'a> {
	block: BlockNumber,
	event: &'a AssayEvent,
}

impl<'a> Watcher<'a> {
	/// A watcher that reads from block `from` on.
	pub(crate) fn new(chain: &'a Chain, ui: &'a Ui, from: BlockNumber) -> Self {
		Self { chain, ui, stories: BTreeMap::new(), next: from }
	}

	/// Follows this task as well.
	pub(crate) fn add(&mut self, task: TaskId, name: &str) {
		self.stories.insert(task, (name.to_owned(), Story::new(task)));
	}

	/// Reads on until `enough` says so; it is asked after every block.
	pub(crate) async fn until(&mut self, enough: impl Fn(&Self) -> bool) -> Result<(), CliError> {
		let mut blocks = self.chain.finalised_blocks(Some(self.next));
		let busy = self.ui.busy("waiting for the next block");
		let mut failures = 0;
		while !enough(self) {
			let step = async {
				let block = blocks.next().await?;
				let events = self.chain.events(block.hash).await?;
				Ok::<_, assay_client::Error>((block, events))
			};
			match step.await {
				Ok((block, events)) => {
					failures = 0;
					self.next = block.number.saturating_add(1);
					self.tell(block, &events);
					busy.now(&self.waiting_for(block).await);
				},
				Err(error) if error.is_transient() && failures < RETRIES => {
					failures += 1;
					busy.now("the connection was lost, trying again");
					// A block whose events were not read comes again.
					blocks = self.chain.finalised_blocks(Some(self.next));
					tokio::time::sleep(RETRY_AFTER).await;
				},
				Err(error) => return Err(error.into()),
			}
		}
		Ok(())
	}

	/// Reads one more block.
	pub(crate) async fn one_block(&mut self) -> Result<(), CliError> {
		let next = self.next;
		self.until(|watcher| watcher.next > next).await
	}

	/// The story of `task`, if it is followed.
	pub(crate) fn story(&self, task: TaskId) -> Option<&Story> {
		self.stories.get(&task).map(|(_, story)| story)
	}

	/// Whether all stories are over.
	pub(crate) fn all_over(&self) -> bool {
		self.stories.values().all(|(_, story)| story.is_over())
	}

	fn tell(&mut self, block: Block, events: &[AssayEvent]) {
		for event in events {
			let Some((name, story)) = event.task().and_then(|task| self.stories.get_mut(&task))
			else {
				continue;
			};
			story.take(block.number, event);
			self.ui.json_line(&Line { block: block.number, event });
			if let Some(text) = story.narrate(event) {
				let task = format!("{} {name}", story.task);
				self.ui.say(&format!("block {:>5}  task {task:<13} {text}", block.number));
			}
		}
	}

	/// What is being waited for, in one line: a courtesy for terminals.
	async fn waiting_for(&self, block: Block) -> String {
		let mut open = self.stories.values().filter(|(_, story)| !story.is_over());
		let text = match (open.next(), open.count()) {
			(None, _) => "all tasks are final".into(),
			(Some((_, story)), 0) => match self.chain.task(story.task, Some(block.hash)).await {
				Ok(Some(view)) => format!(
					"task {}: {}, until block {}",
					story.task,
					stage_text(&view.trial),
					view.trial.deadline
				),
				_ => format!("task {}", story.task),
			},
			(Some(_), more) => format!("{} tasks are open", more + 1),
		};
		format!("block {}; {text}", block.number)
	}
}

/// Where a task stands, in a few words.
pub(crate) fn stage_text(trial: &Trial) -> &'static str {
	let bench = trial.bench();
	match trial.stage {
		Stage::Queued => "waits for an executor",
		Stage::Executing => "the executor runs it",
		Stage::Drawing if matches!(trial.audit, Audit::Percent(_)) => {
			"the lot decides whether it is checked"
		},
		Stage::Drawing => "waits for verifiers",
		Stage::Verifying => "the verifiers run it",
		Stage::Opening => "the outcomes are opened",
		Stage::Splitting => "those who differ show in which part of the array",
		Stage::Narrowing => "those who differ show in which item",
		Stage::PanelDrawing => match bench {
			Role::Appeal => "waits for those who decide the appeal",
			Role::Arbiter => "waits for arbiters",
			Role::Witness => "waits for witnesses",
			Role::Executor | Role::Verifier | Role::Panel => "waits for a panel",
		},
		Stage::PanelSealing => match bench {
			Role::Appeal => "those who decide the appeal run it",
			Role::Arbiter => "the arbiters run the item in question",
			Role::Witness => "the witnesses try to fetch the outputs",
			Role::Executor | Role::Verifier | Role::Panel => "the panel runs it",
		},
		Stage::PanelShowing => "the first executions show what they hold",
		Stage::PanelOpening => match bench {
			Role::Appeal => "those who decide the appeal open",
			Role::Arbiter => "the arbiters open",
			Role::Witness => "the witnesses open",
			Role::Executor | Role::Verifier | Role::Panel => "the panel opens",
		},
		Stage::Decided(_) => "decided, the challenge window is open",
	}
}

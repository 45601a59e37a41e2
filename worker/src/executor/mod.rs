// SPDX-License-Identifier: GPL-3.0-or-later
//! What runs workloads. Every kind of executor stands behind [`Executor`].

pub mod console;
pub mod fs;
pub mod handles;
pub mod wasi;
pub mod wasm;

use assay_primitives::{
	array,
	bundle::{
		item_files, output_leaves, output_root, Ending, FailureReport, ItemEnding, LogLine, Outputs,
	},
	outcome::{FailureKind, Outcome},
	sha256,
	spec::Engine,
	task::Limits,
	ContentHash,
};
use std::{
	collections::BTreeMap,
	sync::{
		atomic::{AtomicBool, Ordering},
		Arc,
	},
	time::{Duration, Instant, SystemTime},
};

/// One workload with everything it needs, already checked against its hashes.
#[derive(Clone, Debug)]
pub struct Job {
	/// The program's hash.
	pub program_hash: ContentHash,
	/// The input manifest's hash.
	pub inputs_hash: ContentHash,
	/// The program.
	pub program: Arc<[u8]>,
	/// The input files by their plain paths.
	pub inputs: Vec<(String, Arc<[u8]>)>,
	/// The arguments, separated by zero bytes.
	pub args: Vec<u8>,
	/// What it may use; an item of an array each.
	pub limits: Limits,
	/// How many items to run it for, one after the other, if it is an array.
	pub items: Option<u16>,
}

impl Job {
	/// The run for one item alone: the item's number is one more argument.
	pub fn of_item(mut self, index: u16) -> Self {
		if !self.args.is_empty() {
			self.args.push(0);
		}
		self.args.extend_from_slice(index.to_string().as_bytes());
		self.items = None;
		self
	}
}

/// What this host grants, whatever the task allows.
#[derive(Clone, Debug)]
pub struct HostLimits {
	/// How long one execution may take, with all items of an array.
	pub wall_time: Duration,
	/// Most bytes of a program's memory.
	pub memory_bytes: u64,
	/// Most bytes of outputs, of all items of an array together.
	pub output_bytes: u64,
	/// Raised when nobody wants the result any more.
	pub cancel: Cancel,
}

impl Default for HostLimits {
	fn default() -> Self {
		Self {
			wall_time: Duration::from_secs(600),
			memory_bytes: 2 << 30,
			output_bytes: 512 << 20,
			cancel: Cancel::default(),
		}
	}
}

impl HostLimits {
	/// Why an execution that began then has to stop, if it has to.
	pub fn reason_to_stop(&self, began: Instant) -> Option<&'static str> {
		if self.cancel.is_raised() {
			return Some("the result is not wanted any more");
		}
		let over = began.elapsed() > self.wall_time;
		over.then_some("the execution takes longer than this host grants")
	}
}

/// A flag that stops an execution.
#[derive(Clone, Debug, Default)]
pub struct Cancel(Arc<AtomicBool>);

impl Cancel {
	/// Stops whoever watches.
	pub fn raise(&self) {
		self.0.store(true, Ordering::Relaxed);
	}

	/// Whether it was raised.
	pub fn is_raised(&self) -> bool {
		self.0.load(Ordering::Relaxed)
	}
}

/// What a program wrote until it ended or was stopped.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Written {
	/// What it printed.
	pub stdout: Vec<u8>,
	/// Its files, by their paths below `outputs/`.
	pub files: BTreeMap<String, Vec<u8>>,
}

impl Written {
	/// As the bundle wants it.
	pub fn outputs(&self) -> Outputs<'_> {
		Outputs {
			stdout: Some(&self.stdout),
			files: self
				.files
				.iter()
				.map(|(path, bytes)| (path.as_str(), bytes.as_slice()))
				.collect(),
		}
	}

	/// How many bytes there are.
	pub fn bytes(&self) -> u64 {
		let files = self.files.values().map(Vec::len).fold(0, usize::saturating_add);
		self.stdout.len().saturating_add(files) as u64
	}
}

/// How one item of an array ended.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Item {
	/// How.
	pub ending: ItemEnding,
	/// What it wrote.
	pub written: Written,
}

/// What an execution leaves in the directory of its bundle.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct OutputFiles<'a> {
	/// What it printed. What items print are files.
	pub stdout: Option<&'a [u8]>,
	/// The files, by their paths below `outputs/`.
	pub files: BTreeMap<String, &'a [u8]>,
}

impl OutputFiles<'_> {
	/// As the bundle wants it.
	pub fn outputs(&self) -> Outputs<'_> {
		let files = self.files.iter().map(|(path, bytes)| (path.as_str(), *bytes));
		Outputs { stdout: self.stdout, files: files.collect() }
	}
}

/// How an execution ended.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Execution {
	/// The program ended by itself.
	Completed {
		/// Its exit code.
		exit: i32,
		/// What it wrote.
		written: Written,
	},
	/// The program was stopped, in the same way on every machine.
	Failed {
		/// How.
		report: FailureReport,
		/// What it had written.
		written: Written,
	},
	/// Every item of an array ended by itself or was stopped, in order.
	Items(Vec<Item>),
	/// Program or inputs cannot be had here.
	Unavailable(String),
	/// A limit of this host, not of the task.
	HostLimit(String),
}

/// Why a program did not even begin.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Unstarted {
	/// The task makes no sense, on no machine.
	Invalid(&'static str),
	/// Program or inputs cannot be had here.
	Unavailable(String),
	/// A limit of this host.
	HostLimit(String),
}

impl Execution {
	/// What comes of a job that did not begin, for so many items if it is an array.
	pub fn unstarted(unstarted: Unstarted, items: Option<u16>) -> Self {
		match unstarted {
			Unstarted::Invalid(reason) => {
				let alone = Self::invalid(reason);
				let Some(items) = items else { return alone };
				// An array never fails: its items do.
				let one = alone.into_item();
				one.map_or_else(|other| *other, |item| Self::Items(vec![item; items.into()]))
			},
			Unstarted::Unavailable(reason) => Self::Unavailable(reason),
			Unstarted::HostLimit(reason) => Self::HostLimit(reason),
		}
	}

	/// The failure of a task that could not even begin: there is nothing but the reason.
	pub fn invalid(reason: &str) -> Self {
		let written = Written::default();
		let report = FailureReport {
			kind: FailureKind::Invalid,
			fuel_used: 0,
			trap: reason.into(),
			outputs: written.outputs().entries(),
			memory_sha256: ContentHash(sha256(&[])),
		};
		Self::Failed { report, written }
	}

	/// The run as an item of an array, if it has an outcome.
	pub fn into_item(self) -> Result<Item, Box<Self>> {
		match self {
			Self::Completed { exit, written } => {
				Ok(Item { ending: ItemEnding::Exited { code: exit }, written })
			},
			Self::Failed { report, written } => {
				Ok(Item { ending: ItemEnding::Failed { report }, written })
			},
			other => Err(Box::new(other)),
		}
	}

	/// How it ended, if that is an outcome.
	pub fn ending(&self) -> Option<Ending> {
		match self {
			Self::Completed { exit, .. } => Some(Ending::Exited { code: *exit }),
			Self::Failed { report, .. } => Some(Ending::Failed { report: report.clone() }),
			Self::Items(items) => {
				let items = items.iter().map(|item| item.ending.clone()).collect();
				Some(Ending::Items { items })
			},
			Self::Unavailable(_) | Self::HostLimit(_) => None,
		}
	}

	/// What a cluster answers with.
	pub fn outcome(&self) -> Option<Outcome> {
		match self {
			Self::Completed { exit, written } => Some(completed(*exit, written)),
			Self::Failed { report, .. } => Some(report.outcome()),
			Self::Items(items) => {
				let outcomes = items.iter().map(|Item { ending, written }| match ending {
					ItemEnding::Exited { code } => completed(*code, written),
					ItemEnding::Failed { report } => report.outcome(),
				});
				let outcomes: Vec<Outcome> = outcomes.collect();
				Some(array::outcome_of(&array::leaves(&outcomes)))
			},
			Self::Unavailable(_) | Self::HostLimit(_) => None,
		}
	}

	/// What was written, as it stands in a bundle.
	pub fn files(&self) -> OutputFiles<'_> {
		match self {
			Self::Completed { written, .. } | Self::Failed { written, .. } => {
				let Written { stdout, files } = written;
				let files = files.iter().map(|(path, bytes)| (path.clone(), bytes.as_slice()));
				OutputFiles { stdout: Some(stdout), files: files.collect() }
			},
			Self::Items(items) => OutputFiles {
				stdout: None,
				files: item_files(items.iter().map(|item| item.written.outputs())),
			},
			Self::Unavailable(_) | Self::HostLimit(_) => OutputFiles::default(),
		}
	}

	/// A short name for metrics and logs.
	pub fn label(&self) -> &'static str {
		match self {
			Self::Completed { .. } | Self::Items(_) => "completed",
			Self::Failed { .. } => "failed",
			Self::Unavailable(_) => "unavailable",
			Self::HostLimit(_) => "host_limit",
		}
	}
}

fn completed(exit: i32, written: &Written) -> Outcome {
	Outcome::Completed { output_root: output_root(&output_leaves(exit, &written.outputs())) }
}

/// One execution: how it ended and what was measured. Only [`Run::execution`] is the same
/// everywhere.
#[derive(Clone, Debug)]
pub struct Run {
	/// How it ended.
	pub execution: Execution,
	/// Units of fuel it used, those for calls of the host included; all items of an array together.
	pub fuel_used: u64,
	/// What it printed, line by line.
	pub log: Vec<LogLine>,
	/// When it began.
	pub started: SystemTime,
	/// How long it took.
	pub wall_time: Duration,
}

/// Runs workloads of one engine.
pub trait Executor: Send + Sync {
	/// Which one.
	fn engine(&self) -> Engine;

	/// Runs `job` to its end, for all its items if it is an array, or to the limit of the host: an item that has
	/// no outcome leaves the whole without one. Blocks; never panics.
	fn run(&self, job: &Job, host: &HostLimits) -> Run;
}

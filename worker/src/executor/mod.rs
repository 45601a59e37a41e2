// SPDX-License-Identifier: GPL-3.0-or-later
//! What runs workloads. Every kind of executor stands behind [`Executor`].

pub mod console;
pub mod fs;
pub mod handles;
pub mod wasi;
pub mod wasm;

use assay_primitives::{
	bundle::{Ending, FailureReport, LogLine, Outputs},
	outcome::FailureKind,
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
	/// What it may use.
	pub limits: Limits,
}

/// What this host grants, whatever the task allows.
#[derive(Clone, Debug)]
pub struct HostLimits {
	/// How long one execution may take.
	pub wall_time: Duration,
	/// Most bytes of a program's memory.
	pub memory_bytes: u64,
	/// Most bytes of outputs.
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

impl From<Unstarted> for Execution {
	fn from(unstarted: Unstarted) -> Self {
		match unstarted {
			Unstarted::Invalid(reason) => Self::invalid(reason),
			Unstarted::Unavailable(reason) => Self::Unavailable(reason),
			Unstarted::HostLimit(reason) => Self::HostLimit(reason),
		}
	}
}

impl Execution {
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

	/// How it ended and what was written, if that is an outcome.
	pub fn ending(&self) -> Option<(Ending, &Written)> {
		match self {
			Self::Completed { exit, written } => Some((Ending::Exited { code: *exit }, written)),
			Self::Failed { report, written } => {
				Some((Ending::Failed { report: report.clone() }, written))
			},
			Self::Unavailable(_) | Self::HostLimit(_) => None,
		}
	}

	/// A short name for metrics and logs.
	pub fn label(&self) -> &'static str {
		match self {
			Self::Completed { .. } => "completed",
			Self::Failed { .. } => "failed",
			Self::Unavailable(_) => "unavailable",
			Self::HostLimit(_) => "host_limit",
		}
	}
}

/// One execution: how it ended and what was measured. Only [`Run::execution`] is the same
/// everywhere.
#[derive(Clone, Debug)]
pub struct Run {
	/// How it ended.
	pub execution: Execution,
	/// Units of fuel it used, those for calls of the host included.
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

	/// Runs `job` to its end, or to the limit of the host. Blocks; never panics.
	fn run(&self, job: &Job, host: &HostLimits) -> Run;
}

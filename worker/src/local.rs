// SPDX-License-Identifier: GPL-3.0-or-later
//! Running one module on the local machine, without a chain: for tests, examples and to see whether
//! two machines agree.

use crate::executor::{
	wasm::{SetupError, WasmExecutor},
	Execution, Executor, HostLimits, Job,
};
use assay_primitives::{
	bundle::{Ending, FileEntry, InputManifest, LogStream, OutputEntry},
	outcome::Outcome,
	sha256,
	spec::Engine,
	task::Limits,
	ContentHash, OutcomeDigest,
};
use serde::Serialize;
use std::{
	collections::BTreeMap,
	fs, io,
	path::{Path, PathBuf},
	sync::Arc,
};

/// Why nothing was run.
#[derive(Debug, thiserror::Error)]
pub enum Error {
	/// A file or directory.
	#[error("cannot access {}", path.display())]
	Io {
		/// Which.
		path: PathBuf,
		/// Why.
		source: io::Error,
	},
	/// The inputs cannot be a task's inputs.
	#[error("these files cannot be a task's inputs: {0}")]
	Inputs(#[from] assay_primitives::bundle::BadFiles),
	/// A name is no text.
	#[error("{} is not valid UTF-8", path.display())]
	NotText {
		/// Which.
		path: PathBuf,
	},
	/// The engine.
	#[error(transparent)]
	Engine(#[from] SetupError),
	/// The manifest cannot be written.
	#[error("cannot write the input manifest")]
	Json(#[from] serde_json::Error),
}

impl Error {
	fn io(path: &Path, source: io::Error) -> Self {
		Self::Io { path: path.into(), source }
	}
}

/// What to run.
#[derive(Clone, Debug)]
pub struct Request {
	/// The module.
	pub program: PathBuf,
	/// The inputs.
	pub input: Option<PathBuf>,
	/// Where outputs and standard output are written.
	pub out: Option<PathBuf>,
	/// The arguments, the program's name first.
	pub args: Vec<String>,
	/// What it may use; an item of an array each.
	pub limits: Limits,
	/// How many items to run it for, if it is an array.
	pub items: Option<u16>,
	/// What this host grants.
	pub host: HostLimits,
}

/// What came out.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
	/// The engine.
	pub engine: Engine,
	/// The module's hash.
	pub program: ContentHash,
	/// The input manifest's hash.
	pub inputs: ContentHash,
	/// `completed`, `failed`, `unavailable` or `host_limit`.
	pub result: &'static str,
	/// Why there is no outcome.
	#[serde(skip_serializing_if = "Option::is_none")]
	pub reason: Option<String>,
	/// How it ended.
	#[serde(skip_serializing_if = "Option::is_none")]
	pub ending: Option<Ending>,
	/// What a cluster would answer.
	#[serde(skip_serializing_if = "Option::is_none")]
	pub outcome: Option<Outcome>,
	/// What agreement is judged by.
	#[serde(skip_serializing_if = "Option::is_none")]
	pub outcome_digest: Option<OutcomeDigest>,
	/// Units of fuel it used.
	pub fuel_used: u64,
	/// How long it took. The only part that differs between machines.
	pub wall_time_ms: u64,
	/// What it wrote, as it stands in a bundle.
	pub outputs: Vec<OutputEntry>,
	/// What it said on standard error.
	pub stderr: Vec<String>,
}

/// Runs a module and writes what comes out.
pub fn run(request: &Request) -> Result<Report, Error> {
	let executor = WasmExecutor::new()?;
	let job = job(request)?;
	let run = executor.run(&job, &request.host);
	let (ending, outcome) = (run.execution.ending(), run.execution.outcome());
	let written = run.execution.files();
	if let Some(out) = &request.out {
		for (path, bytes) in &written.files {
			write(&out.join("outputs").join(path), bytes)?;
		}
		if let Some(stdout) = written.stdout {
			write(&out.join("stdout"), stdout)?;
		}
	}
	let reason = match &run.execution {
		Execution::Unavailable(reason) | Execution::HostLimit(reason) => Some(reason.clone()),
		_ => None,
	};
	let lines = run.log.iter().filter(|line| line.stream == LogStream::Stderr);
	Ok(Report {
		engine: executor.engine(),
		program: job.program_hash,
		inputs: job.inputs_hash,
		result: run.execution.label(),
		reason,
		ending,
		outcome,
		outcome_digest: outcome.map(|outcome| outcome.digest()),
		fuel_used: run.fuel_used,
		wall_time_ms: u64::try_from(run.wall_time.as_millis()).unwrap_or(u64::MAX),
		outputs: written.outputs().entries(),
		stderr: lines.map(|line| line.text.clone()).collect(),
	})
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), Error> {
	if let Some(parent) = path.parent() {
		fs::create_dir_all(parent).map_err(|error| Error::io(parent, error))?;
	}
	fs::write(path, bytes).map_err(|error| Error::io(path, error))
}

fn job(request: &Request) -> Result<Job, Error> {
	let program = fs::read(&request.program).map_err(|error| Error::io(&request.program, error))?;
	let mut files = BTreeMap::new();
	if let Some(input) = &request.input {
		collect(input, "", &mut files)?;
	}
	let entries = files.iter().map(|(path, bytes)| FileEntry::of(path, bytes)).collect();
	let manifest = serde_json::to_vec(&InputManifest::new(entries)?)?;
	Ok(Job {
		program_hash: ContentHash(sha256(&program)),
		inputs_hash: ContentHash(sha256(&manifest)),
		program: program.into(),
		inputs: files.into_iter().map(|(path, bytes)| (path, Arc::from(bytes))).collect(),
		args: request.args.join("\0").into_bytes(),
		limits: request.limits,
		items: request.items,
	})
}

fn collect(dir: &Path, prefix: &str, files: &mut BTreeMap<String, Vec<u8>>) -> Result<(), Error> {
	let failed = |error| Error::io(dir, error);
	for entry in fs::read_dir(dir).map_err(failed)? {
		let entry = entry.map_err(failed)?;
		let path = entry.path();
		let name = entry.file_name();
		let name = name.to_str().ok_or_else(|| Error::NotText { path: path.clone() })?;
		let is_dir = fs::metadata(&path).map_err(|error| Error::io(&path, error))?.is_dir();
		if is_dir {
			collect(&path, &format!("{prefix}{name}/"), files)?;
		} else {
			let bytes = fs::read(&path).map_err(|error| Error::io(&path, error))?;
			files.insert(format!("{prefix}{name}"), bytes);
		}
	}
	Ok(())
}

// SPDX-License-Identifier: GPL-3.0-or-later
//! Bundle directories: written whole or not at all, read back for proofs of possession, made public
//! after the verdict.
//!
//! The private ones go with their task: at the latest, the next start sweeps out what the journal does
//! not name.

use crate::{
	core::Row,
	disk,
	executor::Run,
	statement::{parameters, Machine, Predicate, Statement},
	store::{Store, StoreError},
};
use assay_primitives::{
	bundle::{
		log_root, BundleError, BundleManifest, Ending, Outputs, LOG_PATH, MANIFEST_PATH,
		OUTPUTS_PREFIX, STATEMENT_PATH, STDOUT_PATH,
	},
	outcome::Outcome,
	protocol::Role,
	spec::Engine,
	task::Workload,
	ClusterId, ContentHash, Genesis, PanelNonce, Possession, TaskId,
};
use ed25519_dalek::SigningKey;
use std::{
	collections::BTreeSet,
	convert::Infallible,
	fs, io,
	path::{Path, PathBuf},
	time::{Duration, UNIX_EPOCH},
};

/// Why a bundle cannot be made or used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
	/// The execution left nothing that could be an outcome.
	#[error("the execution has no outcome")]
	NoOutcome,
	/// What was written cannot stand in a bundle.
	#[error("what the program wrote cannot stand in a bundle: {0}")]
	Unbundleable(BundleError<Infallible>),
	/// A file of the bundle is not what the manifest says.
	#[error("the bundle in {} is damaged: {error}", path.display())]
	Damaged {
		/// Where.
		path: PathBuf,
		/// What is wrong.
		error: BundleError<io::Error>,
	},
	/// Statement or manifest cannot be written or read as JSON.
	#[error("cannot handle the bundle's JSON")]
	Json(#[from] serde_json::Error),
	/// The disk.
	#[error("cannot access {}", path.display())]
	Io {
		/// Where.
		path: PathBuf,
		/// What.
		source: io::Error,
	},
	/// The store.
	#[error(transparent)]
	Store(#[from] StoreError),
}

impl Error {
	fn io(path: &Path, source: io::Error) -> Self {
		Self::Io { path: path.into(), source }
	}
}

/// What is known about an execution before it begins.
#[derive(Clone, Debug)]
pub struct Facts {
	/// The chain.
	pub genesis: Genesis,
	/// The task.
	pub task: TaskId,
	/// Which try at it.
	pub attempt: u8,
	/// Who runs it.
	pub cluster: ClusterId,
	/// As what.
	pub role: Role,
	/// With what.
	pub engine: Engine,
	/// What is run.
	pub workload: Workload,
	/// A fault that is switched on.
	pub simulated_fault: Option<&'static str>,
}

/// A bundle in memory.
#[derive(Debug)]
pub struct Bundle {
	/// What it holds and hashes to.
	pub manifest: BundleManifest,
	log: String,
	statement: Vec<u8>,
}

impl Bundle {
	/// The bundle of a run, signed.
	pub fn new(facts: &Facts, run: &Run, key: &SigningKey) -> Result<Self, Error> {
		let (ending, written) = run.execution.ending().ok_or(Error::NoOutcome)?;
		let outputs = written.outputs();
		let outcome = outcome_of(facts, &ending, &outputs)?;
		let since_1970 = run.started.duration_since(UNIX_EPOCH).unwrap_or_default();
		let millis = |duration: Duration| u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
		let statement = Statement::new(Predicate {
			genesis: facts.genesis,
			task: facts.task,
			attempt: facts.attempt,
			cluster: facts.cluster,
			role: facts.role,
			engine: facts.engine,
			program: facts.workload.program,
			inputs: facts.workload.inputs,
			parameters: parameters(&facts.workload),
			limits: facts.workload.limits,
			outcome,
			fuel_used: run.fuel_used,
			started_unix_ms: millis(since_1970),
			wall_time_micros: u64::try_from(run.wall_time.as_micros()).unwrap_or(u64::MAX),
			machine: Machine::here(),
			log_root: ContentHash(log_root(&run.log)),
			simulated_fault: facts.simulated_fault.map(Into::into),
		})
		.sign(key)?;
		let manifest =
			BundleManifest::new(facts.task, facts.cluster, ending, &outputs, &run.log, &statement)
				.map_err(Error::Unbundleable)?;
		let log = assay_primitives::bundle::render_log(&run.log)
			.map_err(|line| Error::Unbundleable(BundleError::Log { line }))?;
		Ok(Self { manifest, log, statement })
	}

	/// Writes the directory `to`, which must not exist yet, down to the disk.
	fn write(&self, run: &Run, to: &Path) -> io::Result<()> {
		fs::create_dir(to)?;
		let mut dirs = BTreeSet::from([to.to_path_buf()]);
		let mut put = |path: &str, bytes: &[u8]| -> io::Result<()> {
			let path = to.join(path);
			if let Some(parent) = path.parent() {
				fs::create_dir_all(parent)?;
				let below = parent.ancestors().take_while(|dir| dir.starts_with(to));
				dirs.extend(below.map(Path::to_path_buf));
			}
			disk::write_file(&path, bytes)
		};
		if let Some((_, written)) = run.execution.ending() {
			for (path, bytes) in &written.files {
				put(&format!("{OUTPUTS_PREFIX}{path}"), bytes)?;
			}
			put(STDOUT_PATH, &written.stdout)?;
		}
		put(LOG_PATH, self.log.as_bytes())?;
		put(STATEMENT_PATH, &self.statement)?;
		let manifest = serde_json::to_vec_pretty(&self.manifest)?;
		put(MANIFEST_PATH, &manifest)?;
		dirs.iter().rev().try_for_each(|dir| disk::sync_dir(dir))
	}
}

/// The outcome has to stand in the statement, which is part of the bundle. A first manifest with an
/// empty statement has it already.
fn outcome_of(facts: &Facts, ending: &Ending, outputs: &Outputs<'_>) -> Result<Outcome, Error> {
	BundleManifest::new(facts.task, facts.cluster, ending.clone(), outputs, &[], &[])
		.map(|manifest| manifest.outcome)
		.map_err(Error::Unbundleable)
}

/// The bundles that are not public yet.
#[derive(Clone, Debug)]
pub struct Bundles {
	dir: PathBuf,
}

impl Bundles {
	/// Opens the directory, makes it if there is none, and sweeps out what was left unfinished.
	pub fn open(dir: &Path) -> Result<Self, Error> {
		disk::ensure_private_dir(dir)
			.and_then(|()| disk::sweep(dir, Duration::ZERO))
			.map_err(|error| Error::io(dir, error))?;
		Ok(Self { dir: dir.into() })
	}

	/// Removes every bundle that no row names: its run was never recorded, or its task is forgotten.
	pub fn sweep(&self, rows: &[Row]) -> Result<(), Error> {
		let named: BTreeSet<PathBuf> =
			rows.iter().map(|row| self.path_of(row.task, row.attempt)).collect();
		let entries = fs::read_dir(&self.dir).map_err(|error| Error::io(&self.dir, error))?;
		for entry in entries.flatten() {
			let path = entry.path();
			if entry.file_name().to_str().is_some_and(is_bundle) && !named.contains(&path) {
				disk::discard(&path);
			}
		}
		Ok(())
	}

	/// Where a bundle stands.
	pub fn path_of(&self, task: TaskId, attempt: u8) -> PathBuf {
		self.dir.join(format!("{task}-{attempt}"))
	}

	/// Writes a bundle. One that is there already came from a run that was never recorded.
	pub fn put(&self, attempt: u8, bundle: &Bundle, run: &Run) -> Result<PathBuf, Error> {
		let path = self.path_of(bundle.manifest.task, attempt);
		let temporary = self.dir.join(disk::temporary_name());
		let replaced = self.dir.join(disk::temporary_name());
		let put = || -> io::Result<()> {
			bundle.write(run, &temporary)?;
			if path.exists() {
				disk::rename(&path, &replaced)?;
			}
			disk::rename(&temporary, &path)
		};
		put()
			.inspect_err(|_| disk::discard(&temporary))
			.map_err(|error| Error::io(&path, error))?;
		disk::discard(&replaced);
		Ok(path)
	}

	/// The manifest of a bundle.
	pub fn manifest(&self, task: TaskId, attempt: u8) -> Result<BundleManifest, Error> {
		let path = self.path_of(task, attempt).join(MANIFEST_PATH);
		let bytes = fs::read(&path).map_err(|error| Error::io(&path, error))?;
		Ok(serde_json::from_slice(&bytes)?)
	}

	/// The proof of possession for the panel with this nonce.
	pub fn possession(
		&self,
		task: TaskId,
		attempt: u8,
		nonce: &PanelNonce,
	) -> Result<Possession, Error> {
		let manifest = self.manifest(task, attempt)?;
		let path = self.path_of(task, attempt);
		manifest
			.possession(nonce, |file| fs::read(path.join(file)))
			.map_err(|error| Error::Damaged { path, error })
	}

	/// Makes a bundle public.
	pub fn publish(&self, task: TaskId, attempt: u8, store: &Store) -> Result<PathBuf, Error> {
		let manifest = self.manifest(task, attempt)?;
		Ok(store.publish(&self.path_of(task, attempt), &manifest.bundle_root)?)
	}

	/// Removes all bundles of a task.
	pub fn remove(&self, task: TaskId) {
		for attempt in 0..=u8::MAX {
			let path = self.path_of(task, attempt);
			if path.exists() {
				disk::discard(&path);
			}
		}
	}
}

/// Whether [`Bundles::path_of`] made the name.
fn is_bundle(name: &str) -> bool {
	name.split_once('-').is_some_and(|(task, attempt)| {
		task.parse::<TaskId>().is_ok() && attempt.parse::<u8>().is_ok()
	})
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::{
		core::Finding,
		executor::{Execution, Written},
	};
	use assay_primitives::{
		bundle::{bundle_root, evidence_root, LogLine, LogStream},
		outcome::Abstention,
		sha256,
		spec::WASM_ENGINE,
		task::Limits,
	};
	use std::time::SystemTime;

	fn run(execution: Execution) -> Run {
		Run {
			execution,
			fuel_used: 5,
			log: vec![LogLine { at_micros: 1, stream: LogStream::Stdout, text: "hello".into() }],
			started: SystemTime::now(),
			wall_time: Duration::from_millis(3),
		}
	}

	fn completed() -> Run {
		let files = [("a/b", "deep"), ("c", "")];
		let files = files.map(|(path, text)| (path.to_string(), text.as_bytes().to_vec()));
		let written = Written { stdout: b"hello\n".to_vec(), files: files.into() };
		run(Execution::Completed { exit: 3, written })
	}

	fn facts() -> Facts {
		Facts {
			genesis: Genesis([1; 32]),
			task: TaskId(7),
			attempt: 1,
			cluster: ClusterId(2),
			role: Role::Verifier,
			engine: WASM_ENGINE,
			workload: Workload {
				program: ContentHash([1; 32]),
				inputs: ContentHash([2; 32]),
				args: Default::default(),
				limits: Limits { fuel: 1, memory_mib: 1, output_kib: 1 },
			},
			simulated_fault: None,
		}
	}

	fn key() -> SigningKey {
		SigningKey::from_bytes(&[7; 32])
	}

	fn read(path: &Path) -> impl FnMut(&str) -> io::Result<Vec<u8>> + '_ {
		move |file| fs::read(path.join(file))
	}

	#[test]
	fn a_bundle_on_disk_proves_itself() {
		let dir = tempfile::tempdir().unwrap();
		let bundles = Bundles::open(dir.path()).unwrap();
		let run = completed();
		let bundle = Bundle::new(&facts(), &run, &key()).unwrap();
		let path = bundles.put(1, &bundle, &run).unwrap();
		let manifest = bundles.manifest(TaskId(7), 1).unwrap();
		assert_eq!(manifest, bundle.manifest);
		manifest.verify(read(&path)).unwrap();
		assert_eq!(fs::read(path.join("outputs/a/b")).unwrap(), b"deep");
		assert_eq!(fs::read(path.join("stdout")).unwrap(), b"hello\n");

		let file = fs::read(path.join(STATEMENT_PATH)).unwrap();
		let (statement, signer) = Statement::verify(&file).unwrap();
		assert_eq!(signer, key().verifying_key());
		assert_eq!(statement.predicate.outcome, manifest.outcome);
		assert_eq!(statement.predicate.log_root, ContentHash(log_root(&run.log)));
		let evidence = evidence_root(&run.log, &ContentHash(sha256(&file)));
		assert_eq!(manifest.evidence_root, evidence);
		assert_eq!(manifest.bundle_root, bundle_root(&manifest.outcome, &evidence));
	}

	#[test]
	fn possession_comes_from_the_bytes_on_disk() {
		let dir = tempfile::tempdir().unwrap();
		let bundles = Bundles::open(dir.path()).unwrap();
		let run = completed();
		let bundle = Bundle::new(&facts(), &run, &key()).unwrap();
		let path = bundles.put(1, &bundle, &run).unwrap();
		let nonce = PanelNonce([9; 32]);
		let (_, written) = run.execution.ending().unwrap();
		let expected = assay_primitives::bundle::possession(&nonce, 3, &written.outputs());
		assert_eq!(bundles.possession(TaskId(7), 1, &nonce).unwrap(), expected);
		fs::write(path.join("outputs/a/b"), "dEep").unwrap();
		let damaged = bundles.possession(TaskId(7), 1, &nonce);
		assert!(matches!(damaged, Err(Error::Damaged { .. })));
	}

	#[test]
	fn a_failure_has_a_bundle_as_well() {
		let dir = tempfile::tempdir().unwrap();
		let bundles = Bundles::open(dir.path()).unwrap();
		let run = run(Execution::invalid("no _start"));
		let bundle = Bundle::new(&facts(), &run, &key()).unwrap();
		let path = bundles.put(0, &bundle, &run).unwrap();
		bundle.manifest.verify(read(&path)).unwrap();
		assert!(bundle.manifest.outcome.is_failure());
		bundles.possession(TaskId(7), 0, &PanelNonce([9; 32])).unwrap();
	}

	#[test]
	fn what_is_no_outcome_has_no_bundle() {
		let run = run(Execution::HostLimit("slow".into()));
		assert!(matches!(Bundle::new(&facts(), &run, &key()), Err(Error::NoOutcome)));
	}

	#[test]
	fn an_unrecorded_bundle_is_replaced_and_an_unfinished_one_swept() {
		let dir = tempfile::tempdir().unwrap();
		let bundles = Bundles::open(dir.path()).unwrap();
		let run = completed();
		let bundle = Bundle::new(&facts(), &run, &key()).unwrap();
		let path = bundles.put(1, &bundle, &run).unwrap();
		fs::write(path.join("leftover"), "x").unwrap();
		bundles.put(1, &bundle, &run).unwrap();
		assert!(!path.join("leftover").exists());
		assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
		fs::create_dir(dir.path().join(disk::temporary_name())).unwrap();
		Bundles::open(dir.path()).unwrap();
		assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
		bundles.remove(TaskId(7));
		assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
	}

	#[test]
	fn a_bundle_that_the_journal_does_not_name_is_swept() {
		let dir = tempfile::tempdir().unwrap();
		let bundles = Bundles::open(dir.path()).unwrap();
		let run = completed();
		let bundle = Bundle::new(&facts(), &run, &key()).unwrap();
		for attempt in [0, 1] {
			bundles.put(attempt, &bundle, &run).unwrap();
		}
		fs::create_dir(dir.path().join("somebody-else")).unwrap();
		let row = Row {
			task: TaskId(7),
			attempt: 1,
			fingerprint: [0; 32],
			finding: Finding::Abstention(Abstention::HostLimit),
			possession: None,
			submitted: BTreeSet::new(),
			published: false,
		};
		bundles.sweep(&[row]).unwrap();
		assert!(!bundles.path_of(TaskId(7), 0).exists());
		assert!(bundles.path_of(TaskId(7), 1).exists());
		assert!(dir.path().join("somebody-else").exists());
		bundles.sweep(&[]).unwrap();
		assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
	}

	#[test]
	fn a_public_bundle_stands_under_its_root() {
		let dir = tempfile::tempdir().unwrap();
		let bundles = Bundles::open(&dir.path().join("private")).unwrap();
		let store = Store::open(&dir.path().join("store")).unwrap();
		let run = completed();
		let bundle = Bundle::new(&facts(), &run, &key()).unwrap();
		bundles.put(1, &bundle, &run).unwrap();
		let path = bundles.publish(TaskId(7), 1, &store).unwrap();
		assert_eq!(path, store.bundle_path(&bundle.manifest.bundle_root));
		bundle.manifest.verify(read(&path)).unwrap();
	}
}

// SPDX-License-Identifier: GPL-3.0-or-later
//! Bundle directories: written whole or not at all, read back for proofs of possession, made public
//! after the verdict.
//!
//! The private ones go with their task: at the latest, the next start sweeps out what the journal does
//! not name.

use crate::{
	core::Row,
	disk::{self, Tree},
	executor::Run,
	statement::{parameters, Machine, Predicate, Statement},
	store::{Store, StoreError},
};
use assay_primitives::{
	array::{self, SUBTREE},
	bundle::{
		log_root, BundleError, BundleManifest, Ending, LOG_PATH, MANIFEST_PATH, OUTPUTS_PREFIX,
		STATEMENT_PATH, STDOUT_PATH,
	},
	merkle::Hash,
	outcome::Outcome,
	protocol::Role,
	spec::Engine,
	task::Workload,
	BundleRoot, ClusterId, ContentHash, Genesis, PanelNonce, Possession, TaskId,
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
	/// The manifest of a bundle is not that of an array, or not a sound one.
	#[error("the bundle in {} is not that of an array", path.display())]
	NoArray {
		/// Where.
		path: PathBuf,
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
	/// Which item of it, if it is one alone.
	pub item: Option<u16>,
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
		let ending = run.execution.ending().ok_or(Error::NoOutcome)?;
		let outcome = run.execution.outcome().ok_or(Error::NoOutcome)?;
		let files = run.execution.files();
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
			items: facts.workload.items,
			item: facts.item,
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
		let (task, cluster, outputs) = (facts.task, facts.cluster, files.outputs());
		let manifest = BundleManifest::new(task, cluster, ending, &outputs, &run.log, &statement)
			.map_err(Error::Unbundleable)?;
		let log = assay_primitives::bundle::render_log(&run.log)
			.map_err(|line| Error::Unbundleable(BundleError::Log { line }))?;
		Ok(Self { manifest, log, statement })
	}

	/// Writes the directory `to`, which must not exist yet, down to the disk.
	fn write(&self, run: &Run, to: &Path) -> io::Result<()> {
		let mut tree = Tree::create(to)?;
		let files = run.execution.files();
		for (path, bytes) in &files.files {
			tree.put(&format!("{OUTPUTS_PREFIX}{path}"), bytes)?;
		}
		if let Some(stdout) = files.stdout {
			tree.put(STDOUT_PATH, stdout)?;
		}
		tree.put(LOG_PATH, self.log.as_bytes())?;
		tree.put(STATEMENT_PATH, &self.statement)?;
		tree.put(MANIFEST_PATH, &serde_json::to_vec_pretty(&self.manifest)?)?;
		tree.sync()
	}
}

/// A bundle that somebody made public.
#[derive(Clone, Debug)]
pub struct Public<'a> {
	/// The task.
	pub task: TaskId,
	/// What it has to come to.
	pub outcome: &'a Outcome,
	/// Where it stands.
	pub root: &'a BundleRoot,
}

/// Why a file of a public bundle is not copied.
#[derive(Debug, thiserror::Error)]
enum CopyError {
	/// It is not served.
	#[error("{0}")]
	Read(io::Error),
	/// That is our own disk.
	#[error("{0}")]
	Write(io::Error),
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
		bundle
			.write(run, &temporary)
			.and_then(|()| self.replace(&temporary, &path))
			.inspect_err(|_| disk::discard(&temporary))
			.map_err(|error| Error::io(&path, error))?;
		Ok(path)
	}

	fn replace(&self, temporary: &Path, path: &Path) -> io::Result<()> {
		let replaced = self.dir.join(disk::temporary_name());
		if path.exists() {
			disk::rename(path, &replaced)?;
		}
		disk::rename(temporary, path)?;
		disk::discard(&replaced);
		Ok(())
	}

	/// Copies a public bundle, if it is there, whole, and comes to what it has to come to. What is copied is what
	/// was checked: every file is read once.
	pub fn fetch(
		&self,
		attempt: u8,
		wanted: &Public<'_>,
		store: &Store,
	) -> Result<Option<BundleManifest>, Error> {
		let Public { task, outcome, root } = *wanted;
		let from = store.bundle_path(root);
		// Whatever keeps it from being read keeps everybody from reading it.
		let Ok(listed) = fs::read(from.join(MANIFEST_PATH)) else { return Ok(None) };
		let Ok(manifest) = serde_json::from_slice::<BundleManifest>(&listed) else {
			return Ok(None);
		};
		let names = (manifest.task, &manifest.outcome, &manifest.bundle_root);
		if names != (task, outcome, root) {
			return Ok(None);
		}
		let path = self.path_of(task, attempt);
		let temporary = self.dir.join(disk::temporary_name());
		let failed = |error| {
			disk::discard(&temporary);
			Err(Error::io(&path, error))
		};
		let mut tree = match Tree::create(&temporary) {
			Ok(tree) => tree,
			Err(error) => return failed(error),
		};
		let copied = manifest.verify(|file| {
			let bytes = fs::read(from.join(file)).map_err(CopyError::Read)?;
			tree.put(file, &bytes).map_err(CopyError::Write)?;
			Ok(bytes)
		});
		match copied {
			Ok(()) => {},
			Err(BundleError::Unreadable { error: CopyError::Write(error), .. }) => {
				return failed(error);
			},
			Err(error) => {
				tracing::info!(%task, %root, %error, "a public bundle is not what it has to be");
				disk::discard(&temporary);
				return Ok(None);
			},
		}
		let kept = tree
			.put(MANIFEST_PATH, &listed)
			.and_then(|()| tree.sync())
			.and_then(|()| self.replace(&temporary, &path));
		match kept {
			Ok(()) => Ok(Some(manifest)),
			Err(error) => failed(error),
		}
	}

	/// What a task's bundle shows of the array that it is of: the roots of the subtrees, or the leaves of one.
	pub fn nodes(
		&self,
		task: TaskId,
		attempt: u8,
		subtree: Option<u16>,
	) -> Result<Vec<Hash>, Error> {
		let manifest = self.manifest(task, attempt)?;
		let no_array = || Error::NoArray { path: self.path_of(task, attempt) };
		if !matches!(manifest.ending, Ending::Items { .. }) {
			return Err(no_array());
		}
		let outcomes = manifest.item_outcomes().map_err(|_| no_array())?;
		let leaves = array::leaves(&outcomes);
		match subtree {
			None => Ok(array::subtree_roots(&leaves)),
			Some(place) => {
				let mut subtrees = leaves.chunks(SUBTREE.into());
				Ok(subtrees.nth(place.into()).ok_or_else(no_array)?.to_vec())
			},
		}
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
				disk::discard_aside(&path);
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
				items: None,
			},
			item: None,
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
		let files = run.execution.files();
		let expected = assay_primitives::bundle::possession(&nonce, 3, &files.outputs());
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
		assert!(!path.exists(), "what it held may still be on its way");
		let names = fs::read_dir(dir.path()).unwrap().map(|entry| entry.unwrap().file_name());
		assert!(names.into_iter().all(|name| disk::is_temporary(name.to_str().unwrap())));
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

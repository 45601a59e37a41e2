// SPDX-License-Identifier: GPL-3.0-or-later
//! What a restart must not forget: SQLite with a write-ahead log, flushed at every commit.
//!
//! A row is written before anything that depends on it leaves the machine, so `kill -9` at any point
//! loses at most work, never a salt. The content of every deed is written before it is submitted;
//! another content for the same deed is an error, whatever asks for it. Only what follows from a row on
//! record may go out when the disk refuses to write (see [`Record`](crate::core::Record)).

use crate::{
	core::{Deed, DeedKind, Finding, Fingerprint, Row},
	disk,
};
use assay_primitives::{
	blake2_256, ClusterId, EvidenceRoot, Genesis, PanelNonce, Possession, Salt, TaskId,
};
use codec::{Decode, Encode};
use rusqlite::{params, Connection, OptionalExtension};
use std::{
	collections::BTreeSet,
	io,
	path::{Path, PathBuf},
	sync::{Mutex, MutexGuard, PoisonError},
	time::Duration,
};

/// Version of the tables.
const VERSION: i64 = 2;
/// How long to wait for whoever else has the file open.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

const TABLES: &str = "
CREATE TABLE meta (
	key TEXT PRIMARY KEY,
	value BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE deeds (
	task INTEGER NOT NULL,
	attempt INTEGER NOT NULL,
	kind TEXT NOT NULL,
	content BLOB NOT NULL CHECK (length(content) = 32),
	PRIMARY KEY (task, attempt, kind)
) STRICT, WITHOUT ROWID;
";

const EXECUTIONS: &str = "
CREATE TABLE executions (
	task INTEGER NOT NULL,
	attempt INTEGER NOT NULL,
	fingerprint BLOB NOT NULL CHECK (length(fingerprint) = 32),
	outcome BLOB,
	evidence_root BLOB CHECK (length(evidence_root) = 32),
	salt BLOB CHECK (length(salt) = 32),
	abstention BLOB,
	unstable INTEGER NOT NULL DEFAULT 0 CHECK (unstable IN (0, 1)),
	nonce BLOB CHECK (length(nonce) = 32),
	possession BLOB CHECK (length(possession) = 32),
	published INTEGER NOT NULL DEFAULT 0,
	PRIMARY KEY (task, attempt),
	CHECK ((outcome IS NULL) = (salt IS NULL)),
	CHECK ((outcome IS NULL) = (evidence_root IS NULL)),
	CHECK ((outcome IS NOT NULL) + (abstention IS NOT NULL) + unstable = 1),
	CHECK ((nonce IS NULL) = (possession IS NULL))
) STRICT, WITHOUT ROWID;
";

/// What makes room for the executions of this version, and what brings those of version 1 over: every one
/// of them had an outcome or an abstention.
const MOVE_AWAY: &str = "ALTER TABLE executions RENAME TO executions_1;";
const BRING_OVER: &str = "
INSERT INTO executions
	(task, attempt, fingerprint, outcome, evidence_root, salt, abstention, nonce, possession, published)
SELECT
	task, attempt, fingerprint, outcome, evidence_root, salt, abstention, nonce, possession, published
FROM executions_1;
DROP TABLE executions_1;
";

/// Why the journal cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
	/// The database.
	#[error("the journal cannot be used")]
	Database(#[from] rusqlite::Error),
	/// The file cannot be made, or cannot be closed to others.
	#[error("cannot keep the journal {} from others", path.display())]
	Exposed {
		/// The file.
		path: PathBuf,
		/// Why.
		source: io::Error,
	},
	/// The file is another version's.
	#[error("the journal {} has version {found}, this worker reads {VERSION}", path.display())]
	Version {
		/// The file.
		path: PathBuf,
		/// Its version.
		found: i64,
	},
	/// The file belongs to somebody else.
	#[error("the journal {} belongs to another {what}: give every cluster on every chain its own --data directory", path.display())]
	Foreign {
		/// The file.
		path: PathBuf,
		/// What differs.
		what: &'static str,
	},
	/// A row cannot be read.
	#[error("the journal's row for task {task} is damaged")]
	Damaged {
		/// Of which task.
		task: TaskId,
	},
	/// There is no row.
	#[error("the journal knows nothing of task {task}")]
	Unknown {
		/// Which task.
		task: TaskId,
	},
	/// The same deed was recorded with another content.
	#[error("task {task} has another {} on record: nothing was submitted", kind.name())]
	Contradiction {
		/// Of which task.
		task: TaskId,
		/// Which deed.
		kind: DeedKind,
	},
}

/// The journal of one cluster on one chain.
#[derive(Debug)]
pub struct Journal {
	connection: Mutex<Connection>,
}

impl Journal {
	/// Opens the journal at `path`, and makes it if there is none.
	pub fn open(path: &Path, genesis: Genesis, cluster: ClusterId) -> Result<Self, JournalError> {
		// It holds outcomes that nobody may know yet. SQLite gives the files beside it the same mode.
		disk::ensure_private_file(path)
			.map_err(|source| JournalError::Exposed { path: path.into(), source })?;
		let connection = Connection::open(path)?;
		connection.busy_timeout(BUSY_TIMEOUT)?;
		connection.pragma_update(None, "journal_mode", "WAL")?;
		connection.pragma_update(None, "synchronous", "FULL")?;
		connection.pragma_update(None, "foreign_keys", true)?;
		let journal = Self { connection: Mutex::new(connection) };
		journal.prepare(path, genesis, cluster)?;
		Ok(journal)
	}

	fn lock(&self) -> MutexGuard<'_, Connection> {
		self.connection.lock().unwrap_or_else(PoisonError::into_inner)
	}

	fn prepare(
		&self,
		path: &Path,
		genesis: Genesis,
		cluster: ClusterId,
	) -> Result<(), JournalError> {
		let mut connection = self.lock();
		let transaction = connection.transaction()?;
		let found: i64 = transaction.pragma_query_value(None, "user_version", |row| row.get(0))?;
		match found {
			0 => {
				transaction.execute_batch(TABLES)?;
				transaction.execute_batch(EXECUTIONS)?;
			},
			1 => {
				for step in [MOVE_AWAY, EXECUTIONS, BRING_OVER] {
					transaction.execute_batch(step)?;
				}
			},
			VERSION => {},
			found => return Err(JournalError::Version { path: path.into(), found }),
		}
		transaction.pragma_update(None, "user_version", VERSION)?;
		for (key, value) in [("chain", genesis.encode()), ("cluster", cluster.encode())] {
			let known: Option<Vec<u8>> = transaction
				.query_row("SELECT value FROM meta WHERE key = ?1", [key], |row| row.get(0))
				.optional()?;
			match known {
				Some(known) if known == value => {},
				Some(_) => return Err(JournalError::Foreign { path: path.into(), what: key }),
				None => {
					transaction.execute(
						"INSERT INTO meta (key, value) VALUES (?1, ?2)",
						params![key, value],
					)?;
				},
			}
		}
		transaction.commit()?;
		Ok(())
	}

	/// All rows, the last try of each task.
	pub fn rows(&self) -> Result<Vec<Row>, JournalError> {
		let connection = self.lock();
		let mut statement = connection.prepare_cached(
			"SELECT task, attempt, fingerprint, outcome, evidence_root, salt, abstention, unstable,
				nonce, possession, published
			FROM executions ORDER BY task, attempt",
		)?;
		let raw = statement.query_map([], Raw::read)?.collect::<Result<Vec<_>, _>>()?;
		let mut rows: Vec<Row> = Vec::with_capacity(raw.len());
		for raw in raw {
			let task = raw.task;
			let mut row = raw.row().ok_or(JournalError::Damaged { task })?;
			row.submitted = submitted(&connection, task, row.attempt)?;
			if rows.last().is_some_and(|last| last.task == task) {
				rows.pop();
			}
			rows.push(row);
		}
		Ok(rows)
	}

	/// Records what came out of an execution, salt included. The first record of a try stays; it is
	/// what comes back.
	pub fn record(&self, row: &Row) -> Result<Row, JournalError> {
		let mut connection = self.lock();
		let transaction = connection.transaction()?;
		let (outcome, evidence_root, salt, abstention) = match row.finding {
			Finding::Outcome { outcome, evidence_root, salt } => {
				(Some(outcome.encode()), Some(evidence_root.0), Some(salt.0), None)
			},
			Finding::Abstention(reason) => (None, None, None, Some(reason.encode())),
			Finding::Unstable => (None, None, None, None),
		};
		let unstable = row.finding == Finding::Unstable;
		transaction.execute(
			"INSERT OR IGNORE INTO executions
				(task, attempt, fingerprint, outcome, evidence_root, salt, abstention, unstable, published)
			VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
			params![
				key(row.task),
				row.attempt,
				row.fingerprint,
				outcome,
				evidence_root,
				salt,
				abstention,
				unstable,
				row.published
			],
		)?;
		let stored = transaction
			.query_row(
				"SELECT task, attempt, fingerprint, outcome, evidence_root, salt, abstention, unstable,
					nonce, possession, published
				FROM executions WHERE task = ?1 AND attempt = ?2",
				params![key(row.task), row.attempt],
				Raw::read,
			)?
			.row()
			.ok_or(JournalError::Damaged { task: row.task })?;
		let submitted = submitted(&transaction, row.task, row.attempt)?;
		transaction.commit()?;
		Ok(Row { submitted, ..stored })
	}

	/// Records a proof of possession.
	pub fn prove(
		&self,
		task: TaskId,
		attempt: u8,
		nonce: PanelNonce,
		possession: Possession,
	) -> Result<(), JournalError> {
		let changed = self.lock().execute(
			"UPDATE executions SET nonce = ?3, possession = ?4 WHERE task = ?1 AND attempt = ?2",
			params![key(task), attempt, nonce.0, possession.0],
		)?;
		known(task, changed)
	}

	/// Records what is about to be submitted. Fails when something else was recorded before.
	pub fn intend(&self, task: TaskId, attempt: u8, deed: &Deed) -> Result<(), JournalError> {
		let kind = deed.kind();
		let content = blake2_256(&deed.encode());
		let mut connection = self.lock();
		let transaction = connection.transaction()?;
		let before: Option<Vec<u8>> = transaction
			.query_row(
				"SELECT content FROM deeds WHERE task = ?1 AND attempt = ?2 AND kind = ?3",
				params![key(task), attempt, kind.name()],
				|row| row.get(0),
			)
			.optional()?;
		match before {
			Some(before) if before == content => return Ok(()),
			Some(_) => return Err(JournalError::Contradiction { task, kind }),
			None => {},
		}
		transaction.execute(
			"INSERT INTO deeds (task, attempt, kind, content) VALUES (?1, ?2, ?3, ?4)",
			params![key(task), attempt, kind.name(), content],
		)?;
		transaction.commit()?;
		Ok(())
	}

	/// Records that a task's bundle is public.
	pub fn published(&self, task: TaskId) -> Result<(), JournalError> {
		let changed = self
			.lock()
			.execute("UPDATE executions SET published = 1 WHERE task = ?1", [key(task)])?;
		known(task, changed)
	}

	/// Drops everything about a task.
	pub fn forget(&self, task: TaskId) -> Result<(), JournalError> {
		let mut connection = self.lock();
		let transaction = connection.transaction()?;
		transaction.execute("DELETE FROM executions WHERE task = ?1", [key(task)])?;
		transaction.execute("DELETE FROM deeds WHERE task = ?1", [key(task)])?;
		transaction.commit()?;
		Ok(())
	}
}

fn known(task: TaskId, changed: usize) -> Result<(), JournalError> {
	match changed {
		0 => Err(JournalError::Unknown { task }),
		_ => Ok(()),
	}
}

/// SQLite's numbers are signed; the bits are what counts.
fn key(task: TaskId) -> i64 {
	task.0 as i64
}

fn submitted(
	connection: &Connection,
	task: TaskId,
	attempt: u8,
) -> Result<BTreeSet<DeedKind>, JournalError> {
	let mut statement =
		connection.prepare_cached("SELECT kind FROM deeds WHERE task = ?1 AND attempt = ?2")?;
	let names = statement
		.query_map(params![key(task), attempt], |row| row.get::<_, String>(0))?
		.collect::<Result<Vec<_>, _>>()?;
	Ok(DeedKind::ALL
		.into_iter()
		.filter(|kind| names.iter().any(|name| name == kind.name()))
		.collect())
}

/// A row as it is stored.
struct Raw {
	task: TaskId,
	attempt: u8,
	fingerprint: Fingerprint,
	outcome: Option<Vec<u8>>,
	evidence_root: Option<[u8; 32]>,
	salt: Option<[u8; 32]>,
	abstention: Option<Vec<u8>>,
	unstable: bool,
	nonce: Option<[u8; 32]>,
	possession: Option<[u8; 32]>,
	published: bool,
}

impl Raw {
	fn read(row: &rusqlite::Row<'_>) -> rusqlite::Result<Self> {
		Ok(Self {
			task: TaskId(row.get::<_, i64>(0)? as u64),
			attempt: row.get(1)?,
			fingerprint: row.get(2)?,
			outcome: row.get(3)?,
			evidence_root: row.get(4)?,
			salt: row.get(5)?,
			abstention: row.get(6)?,
			unstable: row.get(7)?,
			nonce: row.get(8)?,
			possession: row.get(9)?,
			published: row.get(10)?,
		})
	}

	fn row(self) -> Option<Row> {
		fn decode<T: Decode>(bytes: &[u8]) -> Option<T> {
			codec::DecodeAll::decode_all(&mut &bytes[..]).ok()
		}
		let found = (self.outcome, self.evidence_root, self.salt);
		let finding = match (found, self.abstention, self.unstable) {
			((Some(outcome), Some(evidence_root), Some(salt)), None, false) => Finding::Outcome {
				outcome: decode(&outcome)?,
				evidence_root: EvidenceRoot(evidence_root),
				salt: Salt(salt),
			},
			((None, None, None), Some(reason), false) => Finding::Abstention(decode(&reason)?),
			((None, None, None), None, true) => Finding::Unstable,
			_ => return None,
		};
		let possession = self.nonce.zip(self.possession);
		Some(Row {
			task: self.task,
			attempt: self.attempt,
			fingerprint: self.fingerprint,
			finding,
			possession: possession.map(|(nonce, keyed)| (PanelNonce(nonce), Possession(keyed))),
			submitted: BTreeSet::new(),
			published: self.published,
		})
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use assay_primitives::{
		outcome::{Abstention, Outcome},
		Commitment, OutputRoot,
	};

	const GENESIS: Genesis = Genesis([1; 32]);
	const US: ClusterId = ClusterId(2);

	struct Disk {
		dir: tempfile::TempDir,
	}

	impl Disk {
		fn new() -> Self {
			Self { dir: tempfile::tempdir().unwrap() }
		}

		fn path(&self) -> PathBuf {
			self.dir.path().join("journal.sqlite")
		}

		/// What a worker finds that was started anew.
		fn open(&self) -> Journal {
			Journal::open(&self.path(), GENESIS, US).unwrap()
		}
	}

	fn row(task: u64, salt: u8) -> Row {
		Row {
			task: TaskId(task),
			attempt: 1,
			fingerprint: [3; 32],
			finding: Finding::Outcome {
				outcome: Outcome::Completed { output_root: OutputRoot([salt; 32]) },
				evidence_root: EvidenceRoot([5; 32]),
				salt: Salt([salt; 32]),
			},
			possession: None,
			submitted: BTreeSet::new(),
			published: false,
		}
	}

	#[test]
	fn every_step_survives_a_restart() {
		let disk = Disk::new();
		let task = TaskId(u64::MAX);
		let mut expected = row(task.0, 7);
		assert_eq!(disk.open().rows().unwrap(), []);

		assert_eq!(disk.open().record(&expected).unwrap(), expected);
		assert_eq!(disk.open().rows().unwrap(), [expected.clone()]);

		let proof = (PanelNonce([8; 32]), Possession([9; 32]));
		disk.open().prove(task, 1, proof.0, proof.1).unwrap();
		expected.possession = Some(proof);
		assert_eq!(disk.open().rows().unwrap(), [expected.clone()]);

		disk.open().intend(task, 1, &Deed::Commit(Commitment([1; 32]))).unwrap();
		expected.submitted.insert(DeedKind::Commit);
		assert_eq!(disk.open().rows().unwrap(), [expected.clone()]);

		disk.open().published(task).unwrap();
		expected.published = true;
		assert_eq!(disk.open().rows().unwrap(), [expected]);

		disk.open().forget(task).unwrap();
		assert_eq!(disk.open().rows().unwrap(), []);
	}

	#[test]
	fn what_is_public_when_it_is_recorded_stays_so() {
		let disk = Disk::new();
		let fetched = Row { published: true, ..row(1, 7) };
		assert_eq!(disk.open().record(&fetched).unwrap(), fetched);
		for (deed, kind) in [(Deed::Split, "split"), (Deed::Narrow(3), "narrow")] {
			disk.open().intend(TaskId(1), 1, &deed).unwrap();
			assert_eq!(deed.kind().name(), kind);
		}
		let [row] = &disk.open().rows().unwrap()[..] else { panic!("one row") };
		assert!(row.published);
		assert_eq!(row.submitted, [DeedKind::Split, DeedKind::Narrow].into());
	}

	#[test]
	fn an_abstention_survives_and_so_does_an_unstable_result() {
		for finding in [Finding::Abstention(Abstention::HostLimit), Finding::Unstable] {
			let disk = Disk::new();
			let row = Row { finding, ..row(1, 0) };
			assert_eq!(disk.open().record(&row).unwrap(), row);
			assert_eq!(disk.open().rows().unwrap(), [row]);
		}
	}

	#[test]
	fn a_file_of_the_first_version_keeps_its_rows() {
		let disk = Disk::new();
		let given_back = Row { finding: Finding::Abstention(Abstention::Unavailable), ..row(2, 0) };
		let mut sealed = row(1, 7);
		let journal = disk.open();
		journal.record(&sealed).unwrap();
		journal.record(&given_back).unwrap();
		journal.intend(sealed.task, 1, &Deed::Commit(Commitment([1; 32]))).unwrap();
		sealed.submitted.insert(DeedKind::Commit);
		drop(journal);
		let raw = Connection::open(disk.path()).unwrap();
		let first = EXECUTIONS
			.replace("	unstable INTEGER NOT NULL DEFAULT 0 CHECK (unstable IN (0, 1)),\n", "")
			.replace(" + unstable = 1", " = 1");
		for step in [MOVE_AWAY, &first, BRING_OVER, "PRAGMA user_version = 1"] {
			raw.execute_batch(step).unwrap();
		}
		drop(raw);
		assert_eq!(disk.open().rows().unwrap(), [sealed, given_back]);
	}

	#[test]
	fn the_first_salt_of_a_try_stays() {
		let disk = Disk::new();
		let journal = disk.open();
		let first = journal.record(&row(1, 7)).unwrap();
		journal.intend(TaskId(1), 1, &Deed::Commit(Commitment([1; 32]))).unwrap();
		let second = journal.record(&row(1, 8)).unwrap();
		assert_eq!(second.finding, first.finding);
		assert_eq!(second.submitted, BTreeSet::from([DeedKind::Commit]));
	}

	#[test]
	fn no_deed_gets_a_second_content() {
		let disk = Disk::new();
		let task = TaskId(1);
		let deed = |byte| Deed::Commit(Commitment([byte; 32]));
		disk.open().record(&row(1, 7)).unwrap();
		disk.open().intend(task, 1, &deed(1)).unwrap();
		disk.open().intend(task, 1, &deed(1)).unwrap();
		let other = disk.open().intend(task, 1, &deed(2));
		assert!(matches!(other, Err(JournalError::Contradiction { .. })));
		disk.open().intend(task, 1, &Deed::Abstain(Abstention::HostLimit)).unwrap();
		disk.open().intend(task, 2, &deed(2)).unwrap();
	}

	#[test]
	fn a_journal_serves_one_cluster_on_one_chain() {
		let disk = Disk::new();
		drop(disk.open());
		let chain = Journal::open(&disk.path(), Genesis([2; 32]), US);
		assert!(matches!(chain, Err(JournalError::Foreign { what: "chain", .. })));
		let cluster = Journal::open(&disk.path(), GENESIS, ClusterId(3));
		assert!(matches!(cluster, Err(JournalError::Foreign { what: "cluster", .. })));
	}

	#[test]
	fn a_newer_or_foreign_file_is_left_alone() {
		let disk = Disk::new();
		drop(disk.open());
		let raw = Connection::open(disk.path()).unwrap();
		raw.pragma_update(None, "user_version", 99).unwrap();
		drop(raw);
		let newer = Journal::open(&disk.path(), GENESIS, US);
		assert!(matches!(newer, Err(JournalError::Version { found: 99, .. })));
		let text = disk.dir.path().join("text");
		std::fs::write(
			&text,
			"this is no database, but long enough to be taken for one".repeat(99),
		)
		.unwrap();
		let odd = Journal::open(&text, GENESIS, US);
		assert!(matches!(odd, Err(JournalError::Database(_))));
	}

	#[test]
	#[cfg(unix)]
	fn nobody_else_can_read_the_journal() {
		use std::os::unix::fs::PermissionsExt;
		let disk = Disk::new();
		let journal = disk.open();
		journal.record(&row(1, 7)).unwrap();
		for name in ["journal.sqlite", "journal.sqlite-wal"] {
			let found = std::fs::metadata(disk.dir.path().join(name)).unwrap();
			assert_eq!(found.permissions().mode() & 0o777, 0o600, "{name}");
		}
	}

	#[test]
	fn what_is_not_there_cannot_be_changed() {
		let disk = Disk::new();
		let journal = disk.open();
		let unknown = journal.prove(TaskId(1), 0, PanelNonce::default(), Possession::default());
		assert!(matches!(unknown, Err(JournalError::Unknown { .. })));
		assert!(matches!(journal.published(TaskId(1)), Err(JournalError::Unknown { .. })));
		journal.forget(TaskId(1)).unwrap();
	}

	#[test]
	fn a_killed_writer_leaves_the_last_commit() {
		// What `kill -9` leaves: database and write-ahead log as they are, nothing closed.
		let disk = Disk::new();
		let journal = disk.open();
		journal.record(&row(1, 7)).unwrap();
		let copy = Disk::new();
		for name in ["journal.sqlite", "journal.sqlite-wal"] {
			std::fs::copy(disk.dir.path().join(name), copy.dir.path().join(name)).unwrap();
		}
		assert_eq!(copy.open().rows().unwrap(), [row(1, 7)]);
		drop(journal);
	}
}

// SPDX-License-Identifier: GPL-3.0-or-later
//! What an execution leaves behind and how it is hashed.
//!
//! A bundle is a directory:
//!
//! - `outputs/…`: the files that the program wrote,
//! - `stdout`: what it printed, when that is captured,
//! - `logs/execution.log`: timed log lines, see [`LogLine`],
//! - `statement.json`: what the cluster signed,
//! - `manifest.json`: the [`BundleManifest`], which lists all of the above.
//!
//! That of an array has no `stdout`; what its items wrote stands in `outputs/<i>/`, see [`item_files`].
//!
//! It has two halves. Clusters must agree on the first: the [`output_root`] of a program that ended
//! by itself, or the [`FailureReport::digest`] of one that was stopped. The second, the
//! [`evidence_root`], is the cluster's own. [`bundle_root`] is the node over both.
//!
//! All trees are those of [`merkle`]; the data of every leaf is SCALE-encoded.

use crate::{
	array,
	merkle::{self, Hash},
	outcome::{FailureKind, Outcome},
	sha256, BundleRoot, ClusterId, ContentHash, EvidenceRoot, FailureDigest, OutputRoot,
	PanelNonce, Possession, TaskId,
};
use alloc::{
	collections::BTreeMap,
	string::{String, ToString},
	vec::Vec,
};
use codec::{Decode, DecodeWithMemTracking, Encode};
use core::{fmt, str::FromStr};
use serde::{Deserialize, Serialize};

mod items;

pub use items::{item_files, ItemEnding};
use items::{RunView, ITEM_PREFIX_LEN};

/// Version of the bundle's layout.
pub const BUNDLE_VERSION: u8 = 1;
/// Where the manifest stands; it does not list itself.
pub const MANIFEST_PATH: &str = "manifest.json";
/// Where the signed statement stands.
pub const STATEMENT_PATH: &str = "statement.json";
/// Where the log stands.
pub const LOG_PATH: &str = "logs/execution.log";
/// Where the captured standard output stands.
pub const STDOUT_PATH: &str = "stdout";
/// What the path of an output file starts with.
pub const OUTPUTS_PREFIX: &str = "outputs/";
/// Most bytes of a path.
pub const MAX_PATH_LEN: usize = 1024;
/// Most bytes of one name in a path.
pub const MAX_NAME_LEN: usize = 200;

/// Why a list of files makes no sense.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum BadFiles {
	/// The path is empty or absolute, leaves its directory, or is none on every system.
	Path(String),
	/// The path stands before a smaller one, or twice.
	Order(String),
	/// The path is a file, and other files stand below it.
	Directory(String),
}

impl fmt::Display for BadFiles {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		match self {
			Self::Path(path) => write!(f, "{path:?} is not a plain relative path"),
			Self::Order(path) => write!(f, "{path:?} stands at the wrong place or twice"),
			Self::Directory(path) => write!(f, "{path:?} is both a file and a directory"),
		}
	}
}

impl core::error::Error for BadFiles {}

/// Whether `path` is relative, separated by `/`, and stays below where it starts on every system.
pub fn is_plain_path(path: &str) -> bool {
	is_plain_within(path, MAX_PATH_LEN)
}

fn is_plain_within(path: &str, most: usize) -> bool {
	let plain = |name: &str| {
		!matches!(name, "" | "." | "..")
			&& name.len() <= MAX_NAME_LEN
			&& !name.contains(|c: char| c == '\\' || c.is_control())
	};
	// A drive letter is absolute elsewhere.
	let drive = path.as_bytes().get(1) == Some(&b':');
	path.len() <= most && !drive && path.split('/').all(plain)
}

/// One file of a list.
#[derive(
	Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, Serialize, Deserialize,
)]
#[serde(deny_unknown_fields)]
pub struct FileEntry {
	/// Where it stands: relative, separated by `/`.
	pub path: String,
	/// How many bytes it has.
	pub size: u64,
	/// What they hash to.
	pub sha256: ContentHash,
}

impl FileEntry {
	/// The entry of a file with these bytes.
	pub fn of(path: &str, bytes: &[u8]) -> Self {
		Self { path: path.into(), size: bytes.len() as u64, sha256: ContentHash(sha256(bytes)) }
	}
}

/// Whether the files are plain paths in byte order, each once, none below another.
pub fn check_files(files: &[FileEntry]) -> Result<(), BadFiles> {
	check_entries(files, MAX_PATH_LEN)
}

fn check_entries(files: &[FileEntry], most: usize) -> Result<(), BadFiles> {
	check_paths(&files.iter().map(|file| file.path.as_str()).collect::<Vec<_>>(), most)
}

fn check_paths(paths: &[&str], most: usize) -> Result<(), BadFiles> {
	let mut previous = None;
	for path in paths {
		if !is_plain_within(path, most) {
			return Err(BadFiles::Path((*path).into()));
		}
		if previous.is_some_and(|previous| previous >= path) {
			return Err(BadFiles::Order((*path).into()));
		}
		let mut parents = path.match_indices('/').filter_map(|(at, _)| path.get(..at));
		if let Some(parent) = parents.find(|parent| paths.binary_search(parent).is_ok()) {
			return Err(BadFiles::Directory(parent.into()));
		}
		previous = Some(path);
	}
	Ok(())
}

/// The inputs of a task. Its compact JSON is canonical: the keys in this order, no spaces, the
/// files in byte order of their paths; SHA-256 of that is the task's `inputs`.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct InputManifest(pub Vec<FileEntry>);

impl InputManifest {
	/// The manifest of these files, in whatever order they come.
	pub fn new(mut files: Vec<FileEntry>) -> Result<Self, BadFiles> {
		files.sort_by(|one, other| one.path.cmp(&other.path));
		let manifest = Self(files);
		manifest.check()?;
		Ok(manifest)
	}

	/// Whether a decoded manifest is one that [`InputManifest::new`] makes.
	pub fn check(&self) -> Result<(), BadFiles> {
		check_files(&self.0)
	}

	/// All bytes of all files.
	pub fn total_size(&self) -> Option<u64> {
		self.0.iter().try_fold(0u64, |sum, file| sum.checked_add(file.size))
	}
}

/// Everything a program wrote until it ended or was stopped.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Outputs<'a> {
	/// What it printed, when that is captured.
	pub stdout: Option<&'a [u8]>,
	/// Its files, by their paths below `outputs/`.
	pub files: BTreeMap<&'a str, &'a [u8]>,
}

/// One leaf of the output tree.
#[derive(
	Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum OutputEntry {
	/// How the program ended. Always the first leaf.
	Exit {
		/// Its exit code.
		code: i32,
	},
	/// What it printed, when that is captured. Always the second leaf.
	Stdout {
		/// How many bytes.
		size: u64,
		/// What they hash to.
		sha256: ContentHash,
	},
	/// A file, in byte order of the paths.
	File {
		/// Where it stands below `outputs/`.
		path: String,
		/// How many bytes it has.
		size: u64,
		/// What they hash to.
		sha256: ContentHash,
	},
}

impl From<FileEntry> for OutputEntry {
	fn from(FileEntry { path, size, sha256 }: FileEntry) -> Self {
		Self::File { path, size, sha256 }
	}
}

impl OutputEntry {
	/// The data of its leaf in a possession tree: nobody without `content` can compute it.
	fn possession_leaf(&self, nonce: &PanelNonce, content: &[u8]) -> Vec<u8> {
		let mut keyed = nonce.0.to_vec();
		keyed.extend_from_slice(content);
		let mut leaf = self.encode();
		leaf.extend_from_slice(&sha256(&keyed));
		leaf
	}
}

impl Outputs<'_> {
	/// Whether the paths can stand in a bundle.
	pub fn check(&self) -> Result<(), BadFiles> {
		self.check_within(MAX_PATH_LEN)
	}

	fn check_within(&self, most: usize) -> Result<(), BadFiles> {
		let most = most.saturating_sub(OUTPUTS_PREFIX.len());
		check_paths(&self.files.keys().copied().collect::<Vec<_>>(), most)
	}

	/// Its leaves without the exit code: what a failure report lists.
	pub fn entries(&self) -> Vec<OutputEntry> {
		self.with_content().map(|(entry, _)| entry).collect()
	}

	fn with_content(&self) -> impl Iterator<Item = (OutputEntry, &[u8])> {
		let stdout = self.stdout.map(|bytes| {
			let FileEntry { size, sha256, .. } = FileEntry::of(STDOUT_PATH, bytes);
			(OutputEntry::Stdout { size, sha256 }, bytes)
		});
		let file = |(path, bytes): (&&str, _)| (FileEntry::of(path, bytes).into(), bytes);
		stdout.into_iter().chain(self.files.iter().map(|(path, bytes)| (path, *bytes)).map(file))
	}
}

/// The leaves of the output tree of a program that ended with `exit_code`.
pub fn output_leaves(exit_code: i32, outputs: &Outputs<'_>) -> Vec<OutputEntry> {
	let mut leaves = alloc::vec![OutputEntry::Exit { code: exit_code }];
	leaves.extend(outputs.entries());
	leaves
}

/// What clusters must agree on.
pub fn output_root(leaves: &[OutputEntry]) -> OutputRoot {
	OutputRoot(root_over(leaves.iter().map(Encode::encode)))
}

/// The root of the output tree with every leaf keyed by the nonce and the bytes themselves: the
/// data of a leaf is `SCALE(entry) ++ sha256(nonce ++ bytes)`, without bytes for the exit code.
pub fn possession(nonce: &PanelNonce, exit_code: i32, outputs: &Outputs<'_>) -> Possession {
	let exit = OutputEntry::Exit { code: exit_code };
	let keyed = |(entry, bytes): (OutputEntry, &[u8])| entry.possession_leaf(nonce, bytes);
	let first = core::iter::once(exit.possession_leaf(nonce, &[]));
	Possession(root_over(first.chain(outputs.with_content().map(keyed))))
}

/// The same for a program that was stopped; the bytes are [`FailureReport::bytes`].
pub fn failure_possession(nonce: &PanelNonce, report_bytes: &[u8]) -> Possession {
	let keyed = sha256(&[nonce.0.as_slice(), report_bytes].concat());
	Possession(root_over([[report_bytes, keyed.as_slice()].concat()]))
}

fn root_over(leaves: impl IntoIterator<Item = Vec<u8>>) -> Hash {
	let mut tree = merkle::Frontier::default();
	for leaf in leaves {
		tree.append(merkle::leaf_hash(&leaf));
	}
	tree.root()
}

/// How a program failed, in enough detail that nobody can know it without having run it.
#[derive(
	Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, Serialize, Deserialize,
)]
#[serde(deny_unknown_fields)]
pub struct FailureReport {
	/// Why it was stopped.
	pub kind: FailureKind,
	/// The fuel it had used.
	pub fuel_used: u64,
	/// The engine's word for the trap; empty when there was none.
	pub trap: String,
	/// What it had written: the leaves of [`Outputs::entries`].
	pub outputs: Vec<OutputEntry>,
	/// SHA-256 of its linear memory; of nothing when it never had one.
	pub memory_sha256: ContentHash,
}

impl FailureReport {
	/// The bytes that are hashed. The text in front keeps them apart from leaves and nodes.
	pub fn bytes(&self) -> Vec<u8> {
		("assay/failure/v1", self).encode()
	}

	/// What clusters must agree on.
	pub fn digest(&self) -> FailureDigest {
		FailureDigest(sha256(&self.bytes()))
	}

	/// The outcome to answer with.
	pub fn outcome(&self) -> Outcome {
		Outcome::Failed { kind: self.kind, report: self.digest() }
	}
}

/// Where a log line comes from.
#[derive(
	Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum LogStream {
	/// The program's standard output.
	Stdout,
	/// The program's standard error.
	Stderr,
	/// The worker.
	System,
}

/// One line of an execution's log. In the file: `MICROSECONDS STREAM TEXT` and a line feed.
#[derive(
	Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, Serialize, Deserialize,
)]
#[serde(deny_unknown_fields)]
pub struct LogLine {
	/// Microseconds since the execution began.
	pub at_micros: u64,
	/// Where it comes from.
	pub stream: LogStream,
	/// What it says, without a line feed.
	pub text: String,
}

impl fmt::Display for LogLine {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		let stream = match self.stream {
			LogStream::Stdout => "stdout",
			LogStream::Stderr => "stderr",
			LogStream::System => "system",
		};
		write!(f, "{} {stream} {}", self.at_micros, self.text)
	}
}

/// The text is not a log line as [`LogLine`] prints it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct BadLogLine;

impl fmt::Display for BadLogLine {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		f.write_str("not a log line: MICROSECONDS STREAM TEXT")
	}
}

impl core::error::Error for BadLogLine {}

impl FromStr for LogLine {
	type Err = BadLogLine;
	fn from_str(line: &str) -> Result<Self, BadLogLine> {
		let (at, rest) = line.split_once(' ').ok_or(BadLogLine)?;
		let (stream, text) = rest.split_once(' ').ok_or(BadLogLine)?;
		let stream = match stream {
			"stdout" => LogStream::Stdout,
			"stderr" => LogStream::Stderr,
			"system" => LogStream::System,
			_ => return Err(BadLogLine),
		};
		let at_micros = at.parse().map_err(|_| BadLogLine)?;
		let parsed = Self { at_micros, stream, text: text.into() };
		// A line has one spelling, so that the hash of the lines binds every byte of the file.
		Some(parsed)
			.filter(|parsed| parsed.to_string() == line && is_one_line(text))
			.ok_or(BadLogLine)
	}
}

fn is_one_line(text: &str) -> bool {
	!text.contains('\n')
}

impl LogLine {
	/// The data of its leaf, which the line before is part of: no line can be taken out, put in or
	/// moved without changing every later one.
	pub fn leaf(&self, previous: &Hash) -> Vec<u8> {
		(EVIDENCE_LINE, previous, self).encode()
	}
}

/// The log as the file of a bundle. The number of a line that contains a line feed is the error.
pub fn render_log(lines: &[LogLine]) -> Result<String, usize> {
	let mut file = String::new();
	for (at, line) in lines.iter().enumerate() {
		if !is_one_line(&line.text) {
			return Err(at.saturating_add(1));
		}
		file.push_str(&line.to_string());
		file.push('\n');
	}
	Ok(file)
}

/// The lines of a log file. The number of the first bad line is the error.
pub fn parse_log(file: &str) -> Result<Vec<LogLine>, usize> {
	let mut lines = Vec::new();
	for (at, line) in file.split_inclusive('\n').enumerate() {
		let number = at.saturating_add(1);
		let line = line.strip_suffix('\n').ok_or(number)?;
		lines.push(line.parse().map_err(|_| number)?);
	}
	Ok(lines)
}

/// What the leaf of the statement starts with.
const EVIDENCE_STATEMENT: u8 = 0;
/// What the leaf of a log line starts with.
const EVIDENCE_LINE: u8 = 1;

/// The hashes of the chained log lines; zeros stand before the first.
fn line_hashes(lines: &[LogLine]) -> impl Iterator<Item = Hash> + '_ {
	lines.iter().scan([0; 32], |previous, line| {
		*previous = merkle::leaf_hash(&line.leaf(previous));
		Some(*previous)
	})
}

/// The root of the tree over the log lines alone: what a statement says about the log.
pub fn log_root(lines: &[LogLine]) -> Hash {
	merkle::root(&line_hashes(lines).collect::<Vec<_>>())
}

/// The leaf hashes of the evidence tree: the statement first, then the log lines.
pub fn evidence_leaves(lines: &[LogLine], statement: &ContentHash) -> Vec<Hash> {
	let statement = merkle::leaf_hash(&(EVIDENCE_STATEMENT, statement).encode());
	core::iter::once(statement).chain(line_hashes(lines)).collect()
}

/// What is the cluster's own; `statement` is the SHA-256 of the signed statement's file.
pub fn evidence_root(lines: &[LogLine], statement: &ContentHash) -> EvidenceRoot {
	EvidenceRoot(merkle::root(&evidence_leaves(lines, statement)))
}

/// The half of a bundle that clusters must agree on.
pub fn agreed_half(outcome: &Outcome) -> Hash {
	match outcome {
		Outcome::Completed { output_root } => output_root.0,
		Outcome::Failed { report, .. } => report.0,
	}
}

/// The root over both halves of a bundle.
pub fn bundle_root(outcome: &Outcome, evidence: &EvidenceRoot) -> BundleRoot {
	BundleRoot(merkle::node_hash(&agreed_half(outcome), &evidence.0))
}

/// How an execution ended.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Ending {
	/// The program ended by itself.
	Exited {
		/// Its exit code.
		code: i32,
	},
	/// The program was stopped.
	Failed {
		/// How.
		report: FailureReport,
	},
	/// The program was run once for each item of an array.
	Items {
		/// How each of them ended, in order.
		items: Vec<ItemEnding>,
	},
}

impl Ending {
	/// Most bytes of a path in the bundle of what ended so. What a program may write does not depend on
	/// whether it runs alone or as one of many.
	fn longest_path(&self) -> usize {
		match self {
			Self::Exited { .. } | Self::Failed { .. } => MAX_PATH_LEN,
			Self::Items { .. } => MAX_PATH_LEN.saturating_add(ITEM_PREFIX_LEN),
		}
	}
}

/// What a bundle's directory holds and hashes to: its `manifest.json`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BundleManifest {
	/// [`BUNDLE_VERSION`].
	pub version: u8,
	/// The task.
	pub task: TaskId,
	/// Who ran it.
	pub cluster: ClusterId,
	/// How it ended.
	pub ending: Ending,
	/// Every other file of the directory, in byte order of the paths.
	pub files: Vec<FileEntry>,
	/// What the cluster answered.
	pub outcome: Outcome,
	/// Root of the cluster's own half.
	pub evidence_root: EvidenceRoot,
	/// Root of both.
	pub bundle_root: BundleRoot,
}

/// Which root of a manifest does not follow from its files.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Half {
	/// The outcome.
	Outcome,
	/// The evidence root.
	Evidence,
	/// The bundle root.
	Bundle,
}

/// Why a bundle is not what its manifest says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum BundleError<E> {
	/// The layout is another version's.
	Version(u8),
	/// The list of files makes no sense.
	Files(BadFiles),
	/// A file is listed that no bundle has.
	Unexpected(String),
	/// A file that every bundle has is not listed.
	Missing(&'static str),
	/// A file cannot be read.
	Unreadable {
		/// Which.
		path: String,
		/// Why.
		error: E,
	},
	/// A file is longer or shorter than listed.
	WrongSize {
		/// Which.
		path: String,
		/// What the manifest says.
		expected: u64,
		/// What it has.
		found: u64,
	},
	/// A file has other bytes than listed.
	WrongContent {
		/// Which.
		path: String,
		/// What the manifest says.
		expected: ContentHash,
		/// What it hashes to.
		found: ContentHash,
	},
	/// The log has a bad line.
	Log {
		/// Its number, from one.
		line: usize,
	},
	/// An array cannot have so many items.
	Items(usize),
	/// The failure report lists other outputs than the directory holds.
	ReportedOutputs,
	/// The files hash to something else than the manifest says.
	Root(Half),
}

impl<E: fmt::Display> fmt::Display for BundleError<E> {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		match self {
			Self::Version(version) => {
				write!(f, "the bundle has version {version}, this program reads {BUNDLE_VERSION}")
			},
			Self::Files(bad) => bad.fmt(f),
			Self::Unexpected(path) => write!(f, "{path:?} does not belong into a bundle"),
			Self::Missing(path) => write!(f, "{path:?} is not listed"),
			Self::Unreadable { path, error } => write!(f, "{path:?} cannot be read: {error}"),
			Self::WrongSize { path, expected, found } => {
				write!(f, "{path:?} has {found} bytes instead of {expected}")
			},
			Self::WrongContent { path, expected, found } => {
				write!(f, "{path:?} hashes to {found} instead of {expected}")
			},
			Self::Log { line } => write!(f, "line {line} of {LOG_PATH:?} is not a log line"),
			Self::Items(count) => write!(f, "an array cannot have {count} items"),
			Self::ReportedOutputs => {
				f.write_str("the failure report lists other outputs than the bundle holds")
			},
			Self::Root(Half::Outcome) => f.write_str("the outputs do not hash to the outcome"),
			Self::Root(Half::Evidence) => {
				f.write_str("log and statement do not hash to the evidence root")
			},
			Self::Root(Half::Bundle) => f.write_str("the halves do not hash to the bundle root"),
		}
	}
}

impl<E: fmt::Debug + fmt::Display> core::error::Error for BundleError<E> {}

impl BundleManifest {
	/// The manifest of a bundle with these files. The log's bytes are [`render_log`] of `lines`. What the items
	/// of an array wrote are files named as [`item_files`] does.
	pub fn new(
		task: TaskId,
		cluster: ClusterId,
		ending: Ending,
		outputs: &Outputs<'_>,
		lines: &[LogLine],
		statement: &[u8],
	) -> Result<Self, BundleError<core::convert::Infallible>> {
		outputs.check_within(ending.longest_path()).map_err(BundleError::Files)?;
		let log = render_log(lines).map_err(|line| BundleError::Log { line })?;
		let mut files: Vec<_> = outputs
			.files
			.iter()
			.map(|(path, bytes)| FileEntry::of(&alloc::format!("{OUTPUTS_PREFIX}{path}"), bytes))
			.collect();
		files.extend(outputs.stdout.map(|bytes| FileEntry::of(STDOUT_PATH, bytes)));
		files.push(FileEntry::of(LOG_PATH, log.as_bytes()));
		files.push(FileEntry::of(STATEMENT_PATH, statement));
		files.sort_by(|one, other| one.path.cmp(&other.path));

		let outcome = outcome_of(&ending, &runs_of(&ending, &files)?)?;
		let evidence_root = evidence_root(lines, &ContentHash(sha256(statement)));
		let bundle_root = bundle_root(&outcome, &evidence_root);
		let version = BUNDLE_VERSION;
		Ok(Self { version, task, cluster, ending, files, outcome, evidence_root, bundle_root })
	}

	/// Whether the files are what the manifest lists, and hash to the roots that it names.
	///
	/// `read` gives the bytes of a file by its path below the bundle's directory; it is asked for
	/// plain relative paths only. Files that are not listed are not looked at.
	pub fn verify<E>(
		&self,
		mut read: impl FnMut(&str) -> Result<Vec<u8>, E>,
	) -> Result<(), BundleError<E>> {
		let outcome = outcome_of(&self.ending, &self.runs()?)?;
		let mut log = Vec::new();
		let mut statement = ContentHash::default();
		for file in &self.files {
			let bytes = checked(file, &mut read)?;
			match file.path.as_str() {
				LOG_PATH => log = bytes,
				STATEMENT_PATH => statement = file.sha256,
				_ => {},
			}
		}
		let log = core::str::from_utf8(&log).map_err(|error| {
			let good = log.get(..error.valid_up_to()).unwrap_or_default();
			let line = good.iter().filter(|byte| **byte == b'\n').count().saturating_add(1);
			BundleError::Log { line }
		})?;
		let lines = parse_log(log).map_err(|line| BundleError::Log { line })?;

		let root = |half, holds| if holds { Ok(()) } else { Err(BundleError::Root(half)) };
		root(Half::Outcome, outcome == self.outcome)?;
		root(Half::Evidence, evidence_root(&lines, &statement) == self.evidence_root)?;
		root(Half::Bundle, bundle_root(&self.outcome, &self.evidence_root) == self.bundle_root)
	}

	/// What proves possession of the outputs to a panel, from the files of the bundle.
	pub fn possession<E>(
		&self,
		nonce: &PanelNonce,
		mut read: impl FnMut(&str) -> Result<Vec<u8>, E>,
	) -> Result<Possession, BundleError<E>> {
		let runs = self.runs()?;
		if let (Ending::Exited { .. } | Ending::Failed { .. }, Some(run)) =
			(&self.ending, runs.first())
		{
			return run.possession(nonce, &mut read);
		}
		let keyed = |run: &RunView<'_>| Ok((run.outcome()?, run.possession(nonce, &mut read)?));
		let items: Vec<_> = runs.iter().map(keyed).collect::<Result<_, BundleError<E>>>()?;
		Ok(array::possession(items))
	}

	/// What each item of an array came to, in order, as the list of files has it; of a task that is none, what
	/// the one run did.
	pub fn item_outcomes(&self) -> Result<Vec<Outcome>, BundleError<core::convert::Infallible>> {
		self.runs()?.iter().map(RunView::outcome).collect()
	}

	/// The runs that the list of files amounts to.
	fn runs<E>(&self) -> Result<Vec<RunView<'_>>, BundleError<E>> {
		if self.version != BUNDLE_VERSION {
			return Err(BundleError::Version(self.version));
		}
		runs_of(&self.ending, &self.files)
	}
}

/// The runs of a bundle that ended so and lists these files.
fn runs_of<'a, E>(
	ending: &'a Ending,
	files: &'a [FileEntry],
) -> Result<Vec<RunView<'a>>, BundleError<E>> {
	check_entries(files, ending.longest_path()).map_err(BundleError::Files)?;
	for path in [LOG_PATH, STATEMENT_PATH] {
		if files.binary_search_by(|file| file.path.as_str().cmp(path)).is_err() {
			return Err(BundleError::Missing(path));
		}
	}
	let is_output =
		|file: &&FileEntry| file.path.starts_with(OUTPUTS_PREFIX) || file.path == STDOUT_PATH;
	let own = |file: &FileEntry| [LOG_PATH, STATEMENT_PATH].contains(&file.path.as_str());
	let (outputs, others): (Vec<_>, Vec<_>) = files.iter().partition(is_output);
	match others.into_iter().find(|file| !own(file)) {
		Some(file) => Err(BundleError::Unexpected(file.path.clone())),
		None => RunView::all(ending, &outputs),
	}
}

/// The outcome of an execution that ended so and consists of these runs.
fn outcome_of<E>(ending: &Ending, runs: &[RunView<'_>]) -> Result<Outcome, BundleError<E>> {
	if let (Ending::Exited { .. } | Ending::Failed { .. }, [run]) = (ending, runs) {
		return run.outcome();
	}
	let outcomes: Vec<_> = runs.iter().map(RunView::outcome).collect::<Result<_, _>>()?;
	Ok(array::outcome_of(&array::leaves(&outcomes)))
}

/// The bytes of a file, if they are the listed ones.
fn checked<E>(
	file: &FileEntry,
	read: &mut impl FnMut(&str) -> Result<Vec<u8>, E>,
) -> Result<Vec<u8>, BundleError<E>> {
	let path = file.path.clone();
	let bytes = match read(&path) {
		Ok(bytes) => bytes,
		Err(error) => return Err(BundleError::Unreadable { path, error }),
	};
	let found = FileEntry::of(&path, &bytes);
	if found.size != file.size {
		return Err(BundleError::WrongSize { path, expected: file.size, found: found.size });
	}
	if found.sha256 != file.sha256 {
		let (expected, found) = (file.sha256, found.sha256);
		return Err(BundleError::WrongContent { path, expected, found });
	}
	Ok(bytes)
}

#[cfg(test)]
#[path = "bundle_tests.rs"]
mod tests;

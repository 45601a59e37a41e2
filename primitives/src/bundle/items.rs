// SPDX-License-Identifier: GPL-3.0-or-later
//! The runs that a bundle consists of: one, or one for each item of an array.
//!
//! The outputs of item `i` stand in `outputs/<i>/`, its number written without leading zeros: what it printed in
//! `stdout`, which is left out when it printed nothing, and its files below `files/`. What an item amounts to is
//! what a task with that run alone would: its outcome, and its proof of possession.

use super::{
	checked, failure_possession, output_root, root_over, BundleError, Ending, FailureReport,
	FileEntry, OutputEntry, Outputs, OUTPUTS_PREFIX, STDOUT_PATH,
};
use crate::{array::MAX_ITEMS, outcome::Outcome, sha256, ContentHash, PanelNonce, Possession};
use alloc::{
	collections::BTreeMap,
	string::{String, ToString},
	vec::Vec,
};
use serde::{Deserialize, Serialize};

/// Where the captured standard output of an item stands in the item's directory.
const ITEM_STDOUT: &str = "stdout";
/// What the path of an item's output file starts with there.
const ITEM_FILES: &str = "files/";
/// Most bytes by which the path of an item's file is longer than that of a single run.
pub(super) const ITEM_PREFIX_LEN: usize = "16383/".len() + ITEM_FILES.len();
const _: () = assert!(MAX_ITEMS == 16_384, "the longest number is that of the last item");

/// How one item of an array ended.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum ItemEnding {
	/// The program ended by itself.
	Exited {
		/// Its exit code.
		code: i32,
	},
	/// The program was stopped.
	Failed {
		/// How. It lists the item's own outputs by the paths that the program gave them.
		report: FailureReport,
	},
}

/// What the items of an array wrote, by the paths below `outputs/`.
pub fn item_files<'a>(items: impl IntoIterator<Item = Outputs<'a>>) -> BTreeMap<String, &'a [u8]> {
	let mut all = BTreeMap::new();
	for (index, Outputs { stdout, files }) in items.into_iter().enumerate() {
		if let Some(stdout) = stdout.filter(|stdout| !stdout.is_empty()) {
			all.insert(alloc::format!("{index}/{ITEM_STDOUT}"), stdout);
		}
		for (path, bytes) in files {
			all.insert(alloc::format!("{index}/{ITEM_FILES}{path}"), bytes);
		}
	}
	all
}

/// How one run ended.
#[derive(Clone, Copy)]
pub(super) enum RunEnding<'a> {
	Exited(i32),
	Failed(&'a FailureReport),
}

/// One run as a bundle shows it.
pub(super) struct RunView<'a> {
	ending: RunEnding<'a>,
	/// Its leaves without the exit code, each with the file that holds the bytes; none where there are no bytes.
	entries: Vec<(OutputEntry, Option<&'a FileEntry>)>,
}

impl<'a> RunView<'a> {
	/// The runs of a bundle that ended so and holds these outputs, in byte order of their paths.
	pub(super) fn all<E>(
		ending: &'a Ending,
		outputs: &[&'a FileEntry],
	) -> Result<Vec<Self>, BundleError<E>> {
		let items = match ending {
			Ending::Exited { code } => return Ok(single(RunEnding::Exited(*code), outputs)),
			Ending::Failed { report } => return Ok(single(RunEnding::Failed(report), outputs)),
			Ending::Items { items } => items,
		};
		if items.is_empty() || items.len() > usize::from(MAX_ITEMS) {
			return Err(BundleError::Items(items.len()));
		}
		let mut stdouts: Vec<Option<&FileEntry>> = alloc::vec![None; items.len()];
		let mut files: Vec<Vec<(OutputEntry, Option<&FileEntry>)>> =
			alloc::vec![Vec::new(); items.len()];
		for file in outputs.iter().copied() {
			let unexpected = || BundleError::Unexpected(file.path.clone());
			let (index, path) = item_path(&file.path).ok_or_else(unexpected)?;
			match path.strip_prefix(ITEM_FILES) {
				Some(path) => {
					let of_item = files.get_mut(index).ok_or_else(unexpected)?;
					of_item.push((named(path, file), Some(file)));
				},
				// One spelling: what holds nothing is not there.
				None if path == ITEM_STDOUT && file.size > 0 => {
					*stdouts.get_mut(index).ok_or_else(unexpected)? = Some(file);
				},
				None => return Err(unexpected()),
			}
		}
		let runs = items.iter().zip(stdouts).zip(files).map(|((ending, printed), files)| {
			let ending = match ending {
				ItemEnding::Exited { code } => RunEnding::Exited(*code),
				ItemEnding::Failed { report } => RunEnding::Failed(report),
			};
			let mut entries = Vec::with_capacity(files.len().saturating_add(1));
			entries.push((stdout_of(printed), printed));
			entries.extend(files);
			Self { ending, entries }
		});
		Ok(runs.collect())
	}

	/// What clusters must agree on, if this were all.
	pub(super) fn outcome<E>(&self) -> Result<Outcome, BundleError<E>> {
		let entries = self.entries.iter().map(|(entry, _)| entry);
		match self.ending {
			RunEnding::Exited(code) => {
				let exit = OutputEntry::Exit { code };
				let leaves: Vec<OutputEntry> =
					core::iter::once(exit).chain(entries.cloned()).collect();
				Ok(Outcome::Completed { output_root: output_root(&leaves) })
			},
			RunEnding::Failed(report) if report.outputs.iter().eq(entries) => Ok(report.outcome()),
			RunEnding::Failed(_) => Err(BundleError::ReportedOutputs),
		}
	}

	/// What proves possession of its outputs, if this were all.
	pub(super) fn possession<E>(
		&self,
		nonce: &PanelNonce,
		read: &mut impl FnMut(&str) -> Result<Vec<u8>, E>,
	) -> Result<Possession, BundleError<E>> {
		let code = match self.ending {
			RunEnding::Exited(code) => code,
			RunEnding::Failed(report) => return Ok(failure_possession(nonce, &report.bytes())),
		};
		let mut leaves = alloc::vec![OutputEntry::Exit { code }.possession_leaf(nonce, &[])];
		for (entry, file) in &self.entries {
			let bytes = match file {
				Some(file) => checked(file, read)?,
				None => Vec::new(),
			};
			leaves.push(entry.possession_leaf(nonce, &bytes));
		}
		Ok(Possession(root_over(leaves)))
	}
}

fn single<'a>(ending: RunEnding<'a>, outputs: &[&'a FileEntry]) -> Vec<RunView<'a>> {
	let is_stdout = |file: &&&FileEntry| file.path == STDOUT_PATH;
	let printed = outputs.iter().find(is_stdout);
	let printed = printed.map(|file| (stdout_of(Some(file)), Some(*file)));
	let files = outputs.iter().filter_map(|file| {
		let path = file.path.strip_prefix(OUTPUTS_PREFIX)?;
		Some((named(path, file), Some(*file)))
	});
	alloc::vec![RunView { ending, entries: printed.into_iter().chain(files).collect() }]
}

fn named(path: &str, file: &FileEntry) -> OutputEntry {
	OutputEntry::File { path: path.into(), size: file.size, sha256: file.sha256 }
}

/// The leaf of what was printed: an item that printed nothing has one as well.
fn stdout_of(file: Option<&FileEntry>) -> OutputEntry {
	match file {
		Some(FileEntry { size, sha256, .. }) => {
			OutputEntry::Stdout { size: *size, sha256: *sha256 }
		},
		None => OutputEntry::Stdout { size: 0, sha256: ContentHash(sha256(&[])) },
	}
}

/// The item that a file of a bundle belongs to, and its path in the item's directory.
fn item_path(path: &str) -> Option<(usize, &str)> {
	let (number, path) = path.strip_prefix(OUTPUTS_PREFIX)?.split_once('/')?;
	let index: u16 = number.parse().ok()?;
	// A number has one spelling.
	(index.to_string() == number).then_some((usize::from(index), path))
}

#[cfg(test)]
#[path = "items_tests.rs"]
mod tests;

// SPDX-License-Identifier: GPL-3.0-or-later
//! Bundles of arrays.

use super::*;
use crate::{
	array,
	bundle::{
		evidence_root, possession, render_log, BadFiles, BundleManifest, Half, LogLine, LogStream,
		LOG_PATH, MAX_NAME_LEN, MAX_PATH_LEN, STATEMENT_PATH,
	},
	outcome::FailureKind,
	ClusterId, TaskId,
};
use alloc::{format, vec};
use std::time::Instant;

const NONCE: PanelNonce = PanelNonce([4; 32]);
const STATEMENT: &[u8] = b"{}";

type Directory = BTreeMap<String, Vec<u8>>;

/// What one item wrote, and how it ended.
type Item = (ItemEnding, Outputs<'static>);

fn item(code: i32, stdout: &'static [u8], files: &[(&'static str, &'static [u8])]) -> Item {
	let files = files.iter().copied().collect();
	(ItemEnding::Exited { code }, Outputs { stdout: Some(stdout), files })
}

fn trapped(stdout: &'static [u8], files: &[(&'static str, &'static [u8])]) -> Item {
	let (_, outputs) = item(0, stdout, files);
	let report = FailureReport {
		kind: FailureKind::Trap,
		fuel_used: 9,
		trap: "unreachable".into(),
		outputs: outputs.entries(),
		memory_sha256: ContentHash([5; 32]),
	};
	(ItemEnding::Failed { report }, outputs)
}

/// Twelve, so that byte order and the order of numbers differ.
fn items() -> Vec<Item> {
	let mut items = vec![
		item(0, b"printed", &[("b/c", b"two"), ("a", b"one")]),
		item(3, b"", &[]),
		trapped(b"so far", &[("half", b"a li")]),
		trapped(b"", &[]),
		item(0, b"", &[("stdout", b"a file"), ("files/stdout", b"")]),
	];
	items.resize_with(12, || item(0, b"same", &[]));
	items
}

fn log() -> Vec<LogLine> {
	vec![LogLine { at_micros: 3, stream: LogStream::System, text: "twelve".into() }]
}

fn bundle(items: &[Item]) -> (BundleManifest, Directory) {
	let files = item_files(items.iter().map(|(_, outputs)| outputs.clone()));
	let outputs = Outputs {
		stdout: None,
		files: files.iter().map(|(path, bytes)| (path.as_str(), *bytes)).collect(),
	};
	let ending = Ending::Items { items: items.iter().map(|(ending, _)| ending.clone()).collect() };
	let manifest =
		BundleManifest::new(TaskId(1), ClusterId(2), ending, &outputs, &log(), STATEMENT).unwrap();
	let mut directory: Directory =
		files.iter().map(|(path, bytes)| (format!("outputs/{path}"), bytes.to_vec())).collect();
	directory.insert(STATEMENT_PATH.into(), STATEMENT.into());
	directory.insert(LOG_PATH.into(), render_log(&log()).unwrap().into_bytes());
	(manifest, directory)
}

fn reader(directory: &Directory) -> impl FnMut(&str) -> Result<Vec<u8>, &'static str> + '_ {
	|path| directory.get(path).cloned().ok_or("no such file")
}

/// The bundle of a task with that run alone.
fn alone(item: &Item) -> (BundleManifest, Directory) {
	let (ending, outputs) = item;
	let ending = match ending.clone() {
		ItemEnding::Exited { code } => Ending::Exited { code },
		ItemEnding::Failed { report } => Ending::Failed { report },
	};
	let manifest =
		BundleManifest::new(TaskId(1), ClusterId(2), ending, outputs, &log(), STATEMENT).unwrap();
	let mut directory: Directory = outputs
		.files
		.iter()
		.map(|(path, bytes)| (format!("outputs/{path}"), bytes.to_vec()))
		.collect();
	directory.insert(STDOUT_PATH.into(), outputs.stdout.unwrap().into());
	(manifest, directory)
}

#[test]
fn an_item_amounts_to_what_a_task_with_that_run_alone_would() {
	let items = items();
	let (manifest, directory) = bundle(&items);
	let outcomes = manifest.item_outcomes().unwrap();
	let mut shown = Vec::new();
	for (item, outcome) in items.iter().zip(&outcomes) {
		let (single, its_directory) = alone(item);
		assert_eq!(single.outcome, *outcome);
		assert_eq!(single.item_outcomes().unwrap(), [*outcome]);
		shown.push((*outcome, single.possession(&NONCE, reader(&its_directory)).unwrap()));
		if let (ItemEnding::Exited { code }, outputs) = item {
			assert_eq!(shown.last().unwrap().1, possession(&NONCE, *code, outputs));
		}
	}
	assert_eq!(manifest.outcome, array::outcome_of(&array::leaves(&outcomes)));
	let keyed = manifest.possession(&NONCE, reader(&directory)).unwrap();
	assert_eq!(keyed, array::possession(shown));
	assert_eq!(manifest.evidence_root, evidence_root(&log(), &ContentHash(sha256(STATEMENT))));
}

#[test]
fn what_was_written_stands_in_the_directory_of_its_item() {
	let (manifest, directory) = bundle(&items());
	manifest.verify(reader(&directory)).unwrap();
	let paths: Vec<&str> = manifest.files.iter().map(|file| file.path.as_str()).collect();
	let expected = [
		"logs/execution.log",
		"outputs/0/files/a",
		"outputs/0/files/b/c",
		"outputs/0/stdout",
		"outputs/10/stdout",
		"outputs/11/stdout",
		"outputs/2/files/half",
		"outputs/2/stdout",
		"outputs/4/files/files/stdout",
		"outputs/4/files/stdout",
	];
	assert_eq!(paths[..10], expected);
	let json = serde_json::to_string(&manifest).unwrap();
	assert!(json.contains(r#""ending":{"items":{"items":[{"exited":{"code":0}},"#), "{json}");
	assert_eq!(serde_json::from_str::<BundleManifest>(&json).unwrap(), manifest);
}

#[test]
fn every_change_of_an_item_is_found() {
	let (manifest, directory) = bundle(&items());
	for (path, bytes) in directory.iter().filter(|(_, bytes)| !bytes.is_empty()) {
		let mut changed = directory.clone();
		let mut other = bytes.clone();
		other[0] ^= 1;
		changed.insert(path.clone(), other.clone());
		let found = manifest.verify(reader(&changed));
		assert!(matches!(found, Err(BundleError::WrongContent { .. })), "{path}: {found:?}");
		if path.starts_with(OUTPUTS_PREFIX) {
			// Of a stopped item nothing but the report has to be shown, as where it runs alone.
			let shown = manifest.possession(&NONCE, reader(&changed));
			assert_eq!(shown.is_err(), !path.starts_with("outputs/2/"), "{path}");
		}
		// Nor does it help to change the list as well.
		let mut forged = manifest.clone();
		let entry = forged.files.iter_mut().find(|file| file.path == *path).unwrap();
		*entry = FileEntry::of(path, &other);
		assert!(forged.verify(reader(&changed)).is_err(), "{path}");
	}
}

#[test]
fn items_cannot_trade_places_nor_endings() {
	let (manifest, directory) = bundle(&items());
	let changed = |change: fn(&mut Vec<ItemEnding>)| {
		let mut manifest = manifest.clone();
		let Ending::Items { items } = &mut manifest.ending else { panic!("{manifest:?}") };
		change(items);
		manifest.verify(reader(&directory))
	};
	assert_eq!(changed(|_| ()), Ok(()));
	assert_eq!(changed(|items| items.swap(0, 1)), Err(BundleError::Root(Half::Outcome)));
	assert_eq!(changed(|items| items.swap(2, 3)), Err(BundleError::ReportedOutputs));
	let one_more = |items: &mut Vec<ItemEnding>| items.push(ItemEnding::Exited { code: 0 });
	assert_eq!(changed(one_more), Err(BundleError::Root(Half::Outcome)));
	let last = BundleError::Unexpected("outputs/11/stdout".into());
	assert_eq!(changed(|items| items.truncate(11)), Err(last));
}

#[test]
fn what_fits_no_item_does_not_belong_into_the_bundle() {
	let odd = [
		"stdout",
		"outputs/12/stdout",
		"outputs/12/files/a",
		"outputs/01/stdout",
		"outputs/00/files/a",
		"outputs/+1/stdout",
		"outputs/65536/stdout",
		"outputs/-1/stdout",
		"outputs/x/stdout",
		"outputs/1/a",
		"outputs/1/stdout2",
		"outputs/files/a",
		"outputs/5x",
	];
	for path in odd {
		let (mut manifest, mut directory) = bundle(&items());
		directory.insert(path.into(), b"x".into());
		manifest.files.push(FileEntry::of(path, b"x"));
		manifest.files.sort_by(|one, other| one.path.cmp(&other.path));
		let unexpected = BundleError::Unexpected(path.into());
		assert_eq!(manifest.verify(reader(&directory)), Err(unexpected), "{path}");
	}
	// What an item printed that printed nothing is not there.
	let (mut manifest, mut directory) = bundle(&items());
	directory.insert("outputs/1/stdout".into(), vec![]);
	manifest.files.push(FileEntry::of("outputs/1/stdout", b""));
	manifest.files.sort_by(|one, other| one.path.cmp(&other.path));
	let unexpected = BundleError::Unexpected("outputs/1/stdout".into());
	assert_eq!(manifest.verify(reader(&directory)), Err(unexpected));
	// A single run has no items.
	let (mut manifest, directory) = bundle(&items());
	manifest.ending = Ending::Exited { code: 0 };
	assert_eq!(manifest.verify(reader(&directory)), Err(BundleError::Root(Half::Outcome)));
}

#[test]
fn an_array_has_one_item_to_as_many_as_a_task_may_ask_for() {
	for count in [0, usize::from(MAX_ITEMS) + 1] {
		let ending = Ending::Items { items: vec![ItemEnding::Exited { code: 0 }; count] };
		let outputs = Outputs::default();
		let built = BundleManifest::new(TaskId(1), ClusterId(1), ending, &outputs, &[], b"");
		assert_eq!(built, Err(BundleError::Items(count)));
	}
}

#[test]
fn an_item_may_use_every_path_that_a_single_run_may() {
	let name = "n".repeat(MAX_NAME_LEN);
	let mut longest = [name.as_str(); 5].join("/");
	longest.push('/');
	longest.push_str(&"n".repeat(MAX_PATH_LEN - OUTPUTS_PREFIX.len() - longest.len()));
	let mut too_long = longest.clone();
	too_long.push('n');
	for (path, holds) in [(&longest, true), (&too_long, false)] {
		let path: &'static str = path.clone().leak();
		let outputs = Outputs { stdout: None, files: [(path, b"x".as_slice())].into() };
		assert_eq!(outputs.check().is_ok(), holds);
		let mut outputs = vec![Outputs::default(); usize::from(MAX_ITEMS) - 1];
		outputs.push(Outputs { stdout: None, files: [(path, b"x".as_slice())].into() });
		let items = vec![ItemEnding::Exited { code: 0 }; outputs.len()];
		let files = item_files(outputs);
		let files = files.iter().map(|(path, bytes)| (path.as_str(), *bytes)).collect();
		let outputs = Outputs { stdout: None, files };
		let ending = Ending::Items { items };
		let built = BundleManifest::new(TaskId(1), ClusterId(1), ending, &outputs, &[], b"");
		assert_eq!(built.is_ok(), holds, "{built:?}");
		if !holds {
			assert!(matches!(built, Err(BundleError::Files(BadFiles::Path(_)))));
		}
	}
}

#[test]
fn the_largest_array_is_verified_in_about_a_second() {
	let items = vec![item(0, b"printed", &[("result", b"bytes")]); usize::from(MAX_ITEMS)];
	let (manifest, directory) = bundle(&items);
	let begun = Instant::now();
	manifest.verify(reader(&directory)).unwrap();
	manifest.possession(&NONCE, reader(&directory)).unwrap();
	// Ten times what it takes on a slow machine: looking each file up in turn takes minutes.
	assert!(begun.elapsed().as_secs() < 20, "{:?}", begun.elapsed());
	std::println!("{:?}", begun.elapsed());
}

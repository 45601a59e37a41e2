// SPDX-License-Identifier: GPL-3.0-or-later
//! Tests of `bundle.rs`.

use super::*;
use alloc::{format, vec};
use proptest::prelude::*;

const STATEMENT: &[u8] = br#"{"payloadType":"application/vnd.in-toto+json"}"#;

/// The directory of a bundle.
type Directory = BTreeMap<String, Vec<u8>>;

fn lines() -> Vec<LogLine> {
	let line = |at_micros, stream, text: &str| LogLine { at_micros, stream, text: text.into() };
	vec![
		line(0, LogStream::System, "started"),
		line(17, LogStream::Stdout, "a line with  spaces "),
		line(17, LogStream::Stderr, ""),
		line(90, LogStream::System, "ended"),
	]
}

fn outputs() -> Outputs<'static> {
	let files = [("b/c.txt", b"two".as_slice()), ("a.bin", &[0, 255, 10]), ("b-c", b"")];
	Outputs { stdout: Some(b"printed"), files: files.into_iter().collect() }
}

fn report() -> FailureReport {
	FailureReport {
		kind: FailureKind::Trap,
		fuel_used: 12_345,
		trap: "unreachable".into(),
		outputs: outputs().entries(),
		memory_sha256: ContentHash([5; 32]),
	}
}

fn bundle(ending: Ending) -> (BundleManifest, Directory) {
	let outputs = outputs();
	let manifest =
		BundleManifest::new(TaskId(1), ClusterId(2), ending, &outputs, &lines(), STATEMENT)
			.unwrap();
	let mut directory: Directory = outputs
		.files
		.iter()
		.map(|(path, bytes)| (format!("outputs/{path}"), bytes.to_vec()))
		.collect();
	directory.insert("stdout".into(), outputs.stdout.unwrap().to_vec());
	directory.insert("statement.json".into(), STATEMENT.to_vec());
	directory.insert("logs/execution.log".into(), render_log(&lines()).unwrap().into_bytes());
	(manifest, directory)
}

fn completed() -> (BundleManifest, Directory) {
	bundle(Ending::Exited { code: 3 })
}

fn failed() -> (BundleManifest, Directory) {
	bundle(Ending::Failed { report: report() })
}

fn reader(directory: &Directory) -> impl FnMut(&str) -> Result<Vec<u8>, &'static str> + '_ {
	|path| directory.get(path).cloned().ok_or("no such file")
}

fn verify(
	manifest: &BundleManifest,
	directory: &Directory,
) -> Result<(), BundleError<&'static str>> {
	manifest.verify(reader(directory))
}

fn content(bytes: &[u8]) -> (u64, ContentHash) {
	(bytes.len() as u64, ContentHash(sha256(bytes)))
}

#[test]
fn the_input_manifest_has_one_spelling() {
	let files = vec![FileEntry::of("z", b"last"), FileEntry::of("book.txt", b"abc")];
	let manifest = InputManifest::new(files).unwrap();
	let json = serde_json::to_string(&manifest).unwrap();
	assert_eq!(
		json,
		format!(
			"[{{\"path\":\"book.txt\",\"size\":3,\"sha256\":\"0x{}\"}},\
			{{\"path\":\"z\",\"size\":4,\"sha256\":\"0x{}\"}}]",
			hex::encode(sha256(b"abc")),
			hex::encode(sha256(b"last")),
		)
	);
	assert_eq!(serde_json::from_str::<InputManifest>(&json).unwrap(), manifest);
	assert_eq!(manifest.total_size(), Some(7));
	assert_eq!(serde_json::to_string(&InputManifest::default()).unwrap(), "[]");
	assert!(serde_json::from_str::<InputManifest>(&json.replace("size", "length")).is_err());
	assert!(serde_json::from_str::<InputManifest>(&json.replacen("{", "{\"x\":1,", 1)).is_err());
}

#[test]
fn input_files_are_sorted_once_and_apart() {
	let files =
		|paths: &[&str]| -> Vec<_> { paths.iter().map(|path| FileEntry::of(path, b"")).collect() };
	let check = |paths: &[&str]| InputManifest(files(paths)).check();
	assert_eq!(check(&["B", "a", "a-b", "a.b", "é"]), Ok(()));
	assert_eq!(check(&["b", "a"]), Err(BadFiles::Order("a".into())));
	assert_eq!(check(&["a", "a"]), Err(BadFiles::Order("a".into())));
	assert_eq!(check(&["a", "a-b", "a/b"]), Err(BadFiles::Directory("a".into())));
	assert_eq!(check(&["a/b", "a/b/c/d"]), Err(BadFiles::Directory("a/b".into())));
	assert_eq!(check(&["a/b", "a/c"]), Ok(()));
	assert_eq!(InputManifest::new(files(&["b", "a", "b"])), Err(BadFiles::Order("b".into())));
	let huge = FileEntry { size: u64::MAX, ..FileEntry::of("a", b"") };
	let more = FileEntry { size: 1, ..FileEntry::of("b", b"") };
	assert_eq!(InputManifest(vec![huge, more]).total_size(), None);
}

#[test]
fn paths_stay_in_their_directory() {
	for good in ["a", "a/b/c", ".hidden", "..a", "a..", "a b", "über/straße", "2026-01-01T10:00"]
	{
		assert!(is_plain_path(good), "{good:?}");
	}
	let long_name = "n".repeat(MAX_NAME_LEN + 1);
	let long_path = "n/".repeat(MAX_PATH_LEN / 2) + "n";
	for bad in [
		"", "/", "/a", "a/", "a//b", ".", "..", "../a", "a/../b", "a/..", "./a", "a/./b", "a\\b",
		"..\\a", "C:a", "c:/a", "a\0b", "a\nb", "a\u{7f}", &long_name, &long_path,
	] {
		assert!(!is_plain_path(bad), "{bad:?}");
		let manifest = InputManifest(vec![FileEntry::of(bad, b"")]);
		assert_eq!(manifest.check(), Err(BadFiles::Path(bad.into())));
		let outputs = Outputs { stdout: None, files: [(bad, b"".as_slice())].into() };
		assert_eq!(outputs.check(), Err(BadFiles::Path(bad.into())));
	}
	// In a bundle the path of an output is longer.
	let almost = ["n".repeat(200).as_str(); 5].join("/") + "/" + &"n".repeat(17);
	assert!(is_plain_path(&almost));
	let outputs = Outputs { stdout: None, files: [(almost.as_str(), b"".as_slice())].into() };
	assert_eq!(outputs.check(), Err(BadFiles::Path(almost.clone())));
}

#[test]
fn the_output_tree_covers_exit_code_stdout_and_files_in_order() {
	let leaves = output_leaves(3, &outputs());
	let file = |path: &str, bytes| FileEntry::of(path, bytes).into();
	let (size, sha256) = content(b"printed");
	let expected: [OutputEntry; 5] = [
		OutputEntry::Exit { code: 3 },
		OutputEntry::Stdout { size, sha256 },
		file("a.bin", &[0, 255, 10]),
		file("b-c", b""),
		file("b/c.txt", b"two"),
	];
	assert_eq!(leaves, expected);
	let hashes: Vec<_> = leaves.iter().map(|leaf| merkle::leaf_hash(&leaf.encode())).collect();
	assert_eq!(output_root(&leaves).0, merkle::root(&hashes));
}

#[test]
fn the_encoding_of_the_leaves_is_fixed() {
	assert_eq!(OutputEntry::Exit { code: -1 }.encode(), [0, 255, 255, 255, 255]);
	let stdout = OutputEntry::Stdout { size: 2, sha256: ContentHash([7; 32]) };
	assert_eq!(stdout.encode(), [&[1u8, 2, 0, 0, 0, 0, 0, 0, 0][..], &[7; 32]].concat());
	let file = OutputEntry::File { path: "ab".into(), size: 2, sha256: ContentHash([7; 32]) };
	assert_eq!(file.encode(), [&b"\x02\x08ab\x02\0\0\0\0\0\0\0"[..], &[7; 32]].concat());
	let line = LogLine { at_micros: 1, stream: LogStream::System, text: "x".into() };
	let leaf = [&[1u8][..], &[9; 32], &[1, 0, 0, 0, 0, 0, 0, 0, 2], b"\x04x"].concat();
	assert_eq!(line.leaf(&[9; 32]), leaf);
}

#[test]
fn every_difference_shows_in_the_output_root() {
	let base = outputs();
	let root = |code, outputs: &Outputs| output_root(&output_leaves(code, outputs));
	let with = |change: fn(&mut Outputs<'static>)| {
		let mut changed = base.clone();
		change(&mut changed);
		root(0, &changed)
	};
	let others = [
		root(1, &base),
		with(|o| o.stdout = None),
		with(|o| o.stdout = Some(b"")),
		with(|o| o.stdout = Some(b"Printed")),
		with(|o| assert!(o.files.remove("b-c").is_some())),
		with(|o| assert!(o.files.insert("new", b"").is_none())),
		with(|o| assert!(o.files.insert("a.bin", b"other").is_some())),
		with(|o| {
			let bytes = o.files.remove("a.bin").unwrap();
			o.files.insert("a.bim", bytes);
		}),
	];
	for (at, other) in others.iter().enumerate() {
		assert_ne!(*other, root(0, &base), "{at}");
		assert!(!others[..at].contains(other), "{at}");
	}
}

#[test]
fn possession_needs_the_bytes_and_the_nonce() {
	let (nonce, other_nonce) = (PanelNonce([1; 32]), PanelNonce([2; 32]));
	let base = outputs();
	let shown = possession(&nonce, 0, &base);
	assert_ne!(shown, possession(&other_nonce, 0, &base));
	assert_ne!(shown, possession(&nonce, 1, &base));
	assert_ne!(shown.0, output_root(&output_leaves(0, &base)).0);

	// The leaf of a file, spelled out.
	let file = |bytes: &'static [u8]| Outputs { stdout: None, files: [("f", bytes)].into() };
	let exit = merkle::leaf_hash(
		&[OutputEntry::Exit { code: 0 }.encode(), sha256(&[1; 32]).to_vec()].concat(),
	);
	let leaf = [
		OutputEntry::from(FileEntry::of("f", b"two")).encode(),
		sha256(&[&[1; 32][..], b"two"].concat()).to_vec(),
	]
	.concat();
	let expected = merkle::node_hash(&exit, &merkle::leaf_hash(&leaf));
	assert_eq!(possession(&nonce, 0, &file(b"two")).0, expected);
	assert_ne!(possession(&nonce, 0, &file(b"owt")).0, expected);

	// Even a program without any output has something to show.
	let nothing = Outputs::default();
	assert_ne!(possession(&nonce, 0, &nothing), possession(&other_nonce, 0, &nothing));
}

#[test]
fn a_failure_is_bound_to_all_it_reports() {
	let base = report();
	let changed: [fn(&mut FailureReport); 5] = [
		|r| r.kind = FailureKind::OutOfFuel,
		|r| r.fuel_used += 1,
		|r| r.trap.clear(),
		|r| drop(r.outputs.pop()),
		|r| r.memory_sha256 = ContentHash([6; 32]),
	];
	let nonce = PanelNonce([1; 32]);
	for change in changed {
		let mut other = base.clone();
		change(&mut other);
		assert_ne!(other.digest(), base.digest());
		assert_ne!(
			failure_possession(&nonce, &other.bytes()),
			failure_possession(&nonce, &base.bytes())
		);
	}
	assert_ne!(
		failure_possession(&PanelNonce([2; 32]), &base.bytes()),
		failure_possession(&nonce, &base.bytes())
	);
	assert_eq!(base.digest().0, sha256(&base.bytes()));
	// Not the prefix of a leaf or a node: a report is never taken for a tree.
	assert_eq!(base.bytes()[0], 16 << 2);
	let (_, decoded) = <(String, FailureReport)>::decode(&mut base.bytes().as_slice()).unwrap();
	assert_eq!(decoded, base);
	assert_eq!(base.outcome(), Outcome::Failed { kind: FailureKind::Trap, report: base.digest() });
}

#[test]
fn a_log_reads_back_as_it_was_written() {
	let file = render_log(&lines()).unwrap();
	assert_eq!(
		file,
		"0 system started\n17 stdout a line with  spaces \n17 stderr \n90 system ended\n"
	);
	assert_eq!(parse_log(&file), Ok(lines()));
	assert_eq!(parse_log(""), Ok(vec![]));
	let two = LogLine { at_micros: 0, stream: LogStream::Stdout, text: "a\nb".into() };
	assert_eq!(render_log(&[lines().remove(0), two]), Err(2));
}

#[test]
fn a_log_line_has_one_spelling() {
	for bad in [
		"",
		"\n",
		"0 system\n",
		"0 system a",
		"0 system a\n\n",
		"00 system a\n",
		"+0 system a\n",
		"-1 system a\n",
		" 0 system a\n",
		"0  system a\n",
		"0 System a\n",
		"0 kernel a\n",
		"18446744073709551616 system a\n",
	] {
		let result = parse_log(bad);
		assert_eq!(result.is_err(), !bad.is_empty(), "{bad:?}");
	}
	assert_eq!(parse_log("0 system a\n1 system b\nx\n"), Err(3));
	assert_eq!(parse_log("0 system a\n1 system b"), Err(2));
	assert!("0 system a\nb".parse::<LogLine>().is_err());
}

#[test]
fn evidence_binds_statement_and_every_line_in_its_place() {
	let statement = ContentHash(sha256(STATEMENT));
	let base = evidence_root(&lines(), &statement);
	let changed: [fn(&mut Vec<LogLine>); 7] = [
		|l| drop(l.pop()),
		|l| drop(l.remove(0)),
		|l| l.swap(1, 2),
		|l| l.push(l[0].clone()),
		|l| l[1].text.push('!'),
		|l| l[1].at_micros += 1,
		|l| l[1].stream = LogStream::Stderr,
	];
	for change in changed {
		let mut other = lines();
		change(&mut other);
		assert_ne!(evidence_root(&other, &statement), base);
		assert_ne!(log_root(&other), log_root(&lines()));
		// The chain: the hash of the last line changes with any line before it.
		let last = |lines: &[LogLine]| *evidence_leaves(lines, &statement).last().unwrap();
		assert_ne!(last(&other), last(&lines()));
	}
	assert_ne!(evidence_root(&lines(), &ContentHash([0; 32])), base);
	// Without lines only the statement is left, and the log alone is an empty tree.
	assert_eq!(evidence_leaves(&[], &statement).len(), 1);
	assert_eq!(log_root(&[]), merkle::empty_root());
	assert_eq!(base.0, merkle::root(&evidence_leaves(&lines(), &statement)));
}

#[test]
fn the_bundle_root_is_the_node_over_both_halves() {
	let (evidence, output_root) = (EvidenceRoot([1; 32]), OutputRoot([2; 32]));
	let done = Outcome::Completed { output_root };
	assert_eq!(bundle_root(&done, &evidence).0, merkle::node_hash(&[2; 32], &[1; 32]));
	let stopped = report().outcome();
	assert_eq!(agreed_half(&stopped), report().digest().0);
	assert_eq!(
		bundle_root(&stopped, &evidence).0,
		merkle::node_hash(&report().digest().0, &[1; 32])
	);
}

#[test]
fn a_bundle_verifies_from_its_files() {
	for (manifest, directory) in [completed(), failed()] {
		assert_eq!(verify(&manifest, &directory), Ok(()));
		let paths: Vec<_> = manifest.files.iter().map(|file| file.path.as_str()).collect();
		assert_eq!(paths, directory.keys().map(String::as_str).collect::<Vec<_>>());
		// It is stored as JSON.
		let json = serde_json::to_vec_pretty(&manifest).unwrap();
		let read: BundleManifest = serde_json::from_slice(&json).unwrap();
		assert_eq!(read, manifest);
	}
	let (manifest, _) = completed();
	let expected = output_root(&output_leaves(3, &outputs()));
	assert_eq!(manifest.outcome, Outcome::Completed { output_root: expected });
	assert_eq!(failed().0.outcome, report().outcome());
}

#[test]
fn a_bundle_shows_possession_from_its_files() {
	let nonce = PanelNonce([4; 32]);
	let (manifest, mut directory) = completed();
	let shown = manifest.possession(&nonce, reader(&directory)).unwrap();
	assert_eq!(shown, possession(&nonce, 3, &outputs()));
	let (stopped, _) = failed();
	let shown = stopped.possession(&nonce, reader(&directory)).unwrap();
	assert_eq!(shown, failure_possession(&nonce, &report().bytes()));

	directory.insert("outputs/a.bin".into(), vec![0, 255, 11]);
	let error = manifest.possession(&nonce, reader(&directory)).unwrap_err();
	assert!(matches!(error, BundleError::WrongContent { path, .. } if path == "outputs/a.bin"));
}

#[test]
fn the_error_names_the_file_that_differs() {
	let (manifest, directory) = completed();
	for (path, bytes) in &directory {
		let mut changed = directory.clone();
		changed.remove(path);
		let error = verify(&manifest, &changed).unwrap_err();
		let gone = BundleError::Unreadable { path: path.clone(), error: "no such file" };
		assert_eq!(error, gone);

		let longer = [bytes.as_slice(), b"\n"].concat();
		changed.insert(path.clone(), longer);
		let (expected, found) = (bytes.len() as u64, bytes.len() as u64 + 1);
		let error = verify(&manifest, &changed).unwrap_err();
		assert_eq!(error, BundleError::WrongSize { path: path.clone(), expected, found });
		assert!(error.to_string().contains(path.as_str()), "{error}");

		if let Some((first, rest)) = bytes.split_first() {
			changed.insert(path.clone(), [&[first ^ 1], rest].concat());
			let error = verify(&manifest, &changed).unwrap_err();
			assert!(matches!(&error, BundleError::WrongContent { path: at, .. } if at == path));
			assert!(error.to_string().contains(path.as_str()), "{error}");
		}
	}
}

/// Let the list of files say what the directory holds, as a forger would.
fn relist(manifest: &mut BundleManifest, directory: &Directory) {
	manifest.files = directory.iter().map(|(path, bytes)| FileEntry::of(path, bytes)).collect();
}

#[test]
fn a_forged_list_does_not_hash_to_the_roots() {
	let cases = [
		("outputs/a.bin", Half::Outcome),
		("outputs/new", Half::Outcome),
		("stdout", Half::Outcome),
		("statement.json", Half::Evidence),
	];
	for (path, half) in cases {
		let (mut manifest, mut directory) = completed();
		directory.insert(path.into(), b"forged".to_vec());
		relist(&mut manifest, &directory);
		assert_eq!(verify(&manifest, &directory), Err(BundleError::Root(half)), "{path}");
	}
	let (mut manifest, mut directory) = completed();
	directory.insert("logs/execution.log".into(), b"0 system ended\n".to_vec());
	relist(&mut manifest, &directory);
	assert_eq!(verify(&manifest, &directory), Err(BundleError::Root(Half::Evidence)));
	directory.remove("stdout");
	relist(&mut manifest, &directory);
	assert_eq!(verify(&manifest, &directory), Err(BundleError::Root(Half::Outcome)));

	let (mut manifest, directory) = completed();
	manifest.bundle_root = BundleRoot([0; 32]);
	assert_eq!(verify(&manifest, &directory), Err(BundleError::Root(Half::Bundle)));
	let (mut manifest, directory) = completed();
	manifest.ending = Ending::Exited { code: 0 };
	assert_eq!(verify(&manifest, &directory), Err(BundleError::Root(Half::Outcome)));
}

#[test]
fn a_failed_bundle_holds_what_its_report_lists() {
	let (mut manifest, mut directory) = failed();
	directory.insert("outputs/a.bin".into(), b"forged".to_vec());
	relist(&mut manifest, &directory);
	assert_eq!(verify(&manifest, &directory), Err(BundleError::ReportedOutputs));
	let (mut manifest, directory) = failed();
	let Ending::Failed { report } = &mut manifest.ending else { panic!("it failed") };
	report.fuel_used += 1;
	assert_eq!(verify(&manifest, &directory), Err(BundleError::Root(Half::Outcome)));

	let ending =
		Ending::Failed { report: FailureReport { outputs: vec![], ..super::tests::report() } };
	let built = BundleManifest::new(TaskId(1), ClusterId(1), ending, &outputs(), &[], b"");
	assert_eq!(built, Err(BundleError::ReportedOutputs));
}

#[test]
fn nothing_outside_the_directory_is_ever_read() {
	for path in ["../secret", "/etc/passwd", "outputs/../../secret", "outputs//a", "logs\\x"] {
		let (mut manifest, _) = completed();
		manifest.files.push(FileEntry::of(path, b""));
		manifest.files.sort_by(|one, other| one.path.cmp(&other.path));
		let result = manifest.verify(|read: &str| -> Result<Vec<u8>, &str> {
			panic!("{read:?} was read");
		});
		assert_eq!(result, Err(BundleError::Files(BadFiles::Path(path.into()))));
	}
	for path in ["manifest.json", "logs/other", "outputs", "z"] {
		let (mut manifest, directory) = completed();
		manifest.files.retain(|file| path != "outputs" || !file.path.starts_with("outputs/"));
		manifest.files.push(FileEntry::of(path, b""));
		manifest.files.sort_by(|one, other| one.path.cmp(&other.path));
		let unexpected = BundleError::Unexpected(path.into());
		assert_eq!(verify(&manifest, &directory), Err(unexpected));
	}
}

#[test]
fn a_manifest_lists_what_every_bundle_has() {
	for path in [LOG_PATH, STATEMENT_PATH] {
		let (mut manifest, directory) = completed();
		manifest.files.retain(|file| file.path != path);
		assert_eq!(verify(&manifest, &directory), Err(BundleError::Missing(path)));
	}
	let (mut manifest, directory) = completed();
	manifest.files.reverse();
	assert!(matches!(verify(&manifest, &directory), Err(BundleError::Files(BadFiles::Order(_)))));
	let (mut manifest, directory) = completed();
	manifest.version = 2;
	assert_eq!(verify(&manifest, &directory), Err(BundleError::Version(2)));
	let json = serde_json::to_string(&manifest).unwrap();
	assert!(serde_json::from_str::<BundleManifest>(&json.replacen("{", "{\"x\":1,", 1)).is_err());
}

#[test]
fn a_log_that_is_no_log_is_named_by_its_line() {
	let cases: [(&[u8], usize); 3] =
		[(b"0 system a\nrubbish\n", 2), (b"0 system a\n1 system \xff\n", 2), (b"0 system a", 1)];
	for (bytes, line) in cases {
		let (mut manifest, mut directory) = completed();
		directory.insert(LOG_PATH.into(), bytes.to_vec());
		relist(&mut manifest, &directory);
		assert_eq!(verify(&manifest, &directory), Err(BundleError::Log { line }));
	}
	let two = LogLine { at_micros: 0, stream: LogStream::Stdout, text: "a\nb".into() };
	let ending = Ending::Exited { code: 0 };
	let built = BundleManifest::new(TaskId(1), ClusterId(1), ending, &outputs(), &[two], b"");
	assert_eq!(built, Err(BundleError::Log { line: 1 }));
}

#[test]
fn bad_output_paths_make_no_bundle() {
	let outputs = Outputs { stdout: None, files: [("../a", b"".as_slice())].into() };
	let ending = Ending::Exited { code: 0 };
	let built = BundleManifest::new(TaskId(1), ClusterId(1), ending, &outputs, &[], b"");
	assert_eq!(built, Err(BundleError::Files(BadFiles::Path("../a".into()))));
}

proptest! {
	#![proptest_config(ProptestConfig::with_cases(64))]

	#[test]
	fn any_log_survives_the_file(
		lines in prop::collection::vec((any::<u64>(), 0u8..3, "[^\n]{0,40}"), 0..20),
	) {
		let streams = [LogStream::Stdout, LogStream::Stderr, LogStream::System];
		let lines: Vec<_> = lines
			.into_iter()
			.map(|(at_micros, stream, text)| {
				LogLine { at_micros, stream: streams[stream as usize], text }
			})
			.collect();
		prop_assert_eq!(parse_log(&render_log(&lines).unwrap()), Ok(lines));
	}

	#[test]
	fn any_flipped_bit_of_any_file_is_found(
		file: prop::sample::Index, byte: prop::sample::Index, bit in 0u8..8, stopped: bool,
	) {
		let (manifest, mut directory) = if stopped { failed() } else { completed() };
		let path = directory.keys().nth(file.index(directory.len())).unwrap().clone();
		let bytes = directory.get_mut(&path).unwrap();
		if !bytes.is_empty() {
			let at = byte.index(bytes.len());
			bytes[at] ^= 1 << bit;
			let error = verify(&manifest, &directory).unwrap_err();
			let named = matches!(error, BundleError::WrongContent { path: at, .. } if at == path);
			prop_assert!(named);
			// Nor does it help to change the list as well.
			let mut forged = manifest;
			relist(&mut forged, &directory);
			prop_assert!(verify(&forged, &directory).is_err());
		}
	}

	#[test]
	fn rubbish_paths_and_logs_never_panic(text in "\\PC{0,80}") {
		let _ = is_plain_path(&text);
		let _ = text.parse::<LogLine>();
		let _ = parse_log(&text);
	}
}

// SPDX-License-Identifier: GPL-3.0-or-later
//! `assay bundle` and `assay verify`: from the anchored root to a single file, without trusting
//! anybody's word.

use crate::{
	error::{BundleFault, CliError},
	network::outcome,
	output::Ui,
	story::runs_everything,
	units::{counted, parse_hash},
	Global,
};
use assay_client::{Chain, Log};
use assay_primitives::{
	bundle::{BundleError, BundleManifest, Ending, ItemEnding, MANIFEST_PATH},
	proof::{ProofFile, Proved},
	settlement::Conduct,
	BundleRoot, ClusterId, LogRoot, TaskId,
};
use clap::{Args, Subcommand};
use codec::Encode;
use std::{
	collections::{BTreeMap, BTreeSet},
	fs::{self, File},
	io::{self, Read},
	path::{Path, PathBuf},
};

/// Most bytes of a manifest or proof that is read. A program leaves at most some thousand files, and the
/// largest array some for each item: their manifest is smaller.
const MAX_JSON_BYTES: u64 = 64 << 20;

/// What to do with bundles.
#[derive(Subcommand)]
pub(crate) enum Command {
	/// Write a file that proves, without the chain, that a cluster's bundle was accepted.
	Prove(Prove),
	/// Verify a bundle's directory offline: every file, and the way to the anchored root.
	Verify(Verify),
}

/// A proof to write.
#[derive(Args)]
pub(crate) struct Prove {
	/// The task.
	#[arg(long)]
	task: TaskId,
	/// Whose bundle [default: the first cluster that agreed].
	#[arg(long)]
	cluster: Option<ClusterId>,
	/// The file to write.
	#[arg(long, short, value_name = "FILE")]
	out: PathBuf,
}

/// A bundle to verify.
#[derive(Args)]
pub(crate) struct Verify {
	/// The bundle's directory.
	dir: PathBuf,
	/// The proof that `assay bundle prove` wrote; without it, only the bundle's own roots are checked.
	#[arg(long, value_name = "FILE")]
	proof: Option<PathBuf>,
	/// The root you trust: of the log with a proof, of the bundle without one.
	#[arg(long, value_name = "HEX", value_parser = parse_hash)]
	root: Option<[u8; 32]>,
}

/// A proof to verify.
#[derive(Args)]
pub(crate) struct VerifyProof {
	/// The proof file.
	file: PathBuf,
	/// The log's root that you trust.
	#[arg(long, value_name = "HEX", value_parser = parse_hash)]
	root: Option<[u8; 32]>,
}

pub(crate) async fn run(command: Command, global: &Global, ui: &Ui) -> Result<(), CliError> {
	match command {
		Command::Prove(arguments) => write_proof(&arguments, global, ui).await,
		Command::Verify(arguments) => verify(&arguments, ui),
	}
}

async fn write_proof(arguments: &Prove, global: &Global, ui: &Ui) -> Result<(), CliError> {
	let chain = global.connect(ui).await?;
	let proof = {
		let _busy = ui.busy("rebuilding the log");
		let log = chain.leaves(None).await?;
		prove(&chain, &log, arguments.task, arguments.cluster).await?
	};
	save(&proof, &arguments.out)?;
	ui.result(&proof, |ui| {
		ui.fields(&[
			("proof", arguments.out.display().to_string()),
			("task", arguments.task.to_string()),
			("bundle", format!("{} of cluster {}", proof.bundle_root, proof.cluster)),
			("leaf", format!("{} of {}", proof.leaf_index, proof.log_size)),
			("log root", proof.log_root.to_string()),
			("block", format!("{}, 0x{}", proof.block.number, hex::encode(proof.block.hash))),
		]);
	});
	Ok(())
}

/// Proves the bundle of `cluster`, or of the first cluster that agreed.
pub(crate) async fn prove(
	chain: &Chain,
	log: &Log,
	task: TaskId,
	cluster: Option<ClusterId>,
) -> Result<ProofFile, CliError> {
	let entry = log.of_task(task).ok_or(CliError::NoLeaf(task))?;
	let first = || {
		let mut executions = entry.leaf.executions.iter();
		executions.find(|one| {
			let agreed = one.conduct == Conduct::Agreed && runs_everything(one.role);
			agreed && one.evidence_root.is_some()
		})
	};
	let cluster = cluster
		.or_else(|| first().map(|execution| execution.cluster))
		.ok_or(CliError::NothingToProve(task))?;
	let hash = chain
		.block_hash(entry.block)
		.await?
		.ok_or_else(|| assay_client::Error::Missing { what: format!("block {}", entry.block) })?;
	let header = chain.header(hash).await?.encode();
	let genesis = assay_primitives::Genesis(chain.genesis().0);
	let leaf = entry.leaf.encode();
	ProofFile::new(genesis, header, log.leaf_hashes(), entry.index, leaf, cluster)
		.map_err(CliError::Proof)
}

/// Writes a proof file.
pub(crate) fn save(proof: &ProofFile, path: &Path) -> Result<(), CliError> {
	let mut text = serde_json::to_string_pretty(proof)
		.map_err(|error| CliError::write(path)(io::Error::other(error)))?;
	text.push('\n');
	fs::write(path, text).map_err(CliError::write(path))
}

fn load<T: serde::de::DeserializeOwned>(path: &Path, what: &'static str) -> Result<T, CliError> {
	let text = read_at_most(path, MAX_JSON_BYTES).map_err(CliError::read(path))?;
	serde_json::from_slice(&text).map_err(|source| CliError::Parse {
		path: path.into(),
		what,
		source,
	})
}

/// Reads a file, unless it has more than `most` bytes.
fn read_at_most(path: &Path, most: u64) -> io::Result<Vec<u8>> {
	let mut bytes = Vec::new();
	File::open(path)?.take(most.saturating_add(1)).read_to_end(&mut bytes)?;
	if bytes.len() as u64 > most {
		return Err(io::Error::other(format!("it has more than {most} bytes")));
	}
	Ok(bytes)
}

fn verify(arguments: &Verify, ui: &Ui) -> Result<(), CliError> {
	let proof = match &arguments.proof {
		Some(path) => Some(load::<ProofFile>(path, "proof file")?),
		None => None,
	};
	let proved = match &proof {
		Some(proof) => Some(check_proof(proof, arguments.root)?),
		None => None,
	};
	let manifest = check_bundle(&arguments.dir, proved.as_ref())?;
	if let (None, Some(trusted)) = (&proof, arguments.root) {
		trust("bundle root", &manifest.bundle_root, &BundleRoot(trusted))?;
	}
	let report = serde_json::json!({
		"verified": true,
		"task": manifest.task,
		"cluster": manifest.cluster,
		"files": manifest.files.len(),
		"items": items_of(&manifest).map(<[_]>::len),
		"bundle_root": manifest.bundle_root,
		"log_root": proof.as_ref().map(|proof| proof.log_root),
		"block": proof.as_ref().map(|proof| proof.block.number),
	});
	ui.result(&report, |ui| {
		ui.say(&format!("verified: {} files of task {}", manifest.files.len(), manifest.task));
		tell_bundle(&manifest, ui);
		match &proof {
			Some(proof) => tell_trust(proof, arguments.root.is_some(), ui),
			None if arguments.root.is_some() => {},
			None => ui.say(
				"this shows only that the bundle is whole: give its --proof to see that it was accepted",
			),
		}
	});
	Ok(())
}

fn tell_bundle(manifest: &BundleManifest, ui: &Ui) {
	ui.fields(&[
		("bundle root", manifest.bundle_root.to_string()),
		("cluster", manifest.cluster.to_string()),
		("outcome", outcome(&manifest.outcome)),
	]);
	if let Some(text) = items_of(manifest).map(items_text) {
		ui.fields(&[("items", text)]);
	}
}

/// How the items ended, if it is the bundle of an array.
fn items_of(manifest: &BundleManifest) -> Option<&[ItemEnding]> {
	match &manifest.ending {
		Ending::Items { items } => Some(items),
		Ending::Exited { .. } | Ending::Failed { .. } => None,
	}
}

/// How many items there are, and how many of them failed.
fn items_text(items: &[ItemEnding]) -> String {
	let failed = items.iter().filter(|item| matches!(item, ItemEnding::Failed { .. })).count();
	match failed {
		0 => counted(items.len() as u64, "item"),
		_ => format!("{}, of which {failed} failed", counted(items.len() as u64, "item")),
	}
}

/// What is left to trust after a proof.
fn tell_trust(proof: &ProofFile, root_is_trusted: bool, ui: &Ui) {
	ui.fields(&[
		(
			"log root",
			format!("{}, leaf {} of {}", proof.log_root, proof.leaf_index, proof.log_size),
		),
		("block", format!("{}, 0x{}", proof.block.number, hex::encode(proof.block.hash))),
		("chain", proof.genesis.to_string()),
	]);
	if !root_is_trusted {
		ui.say(
			"compare the block's hash with a node that you trust: the file cannot prove that one",
		);
	}
}

/// Whether a proof holds, and is about the root that is trusted.
pub(crate) fn check_proof(
	proof: &ProofFile,
	trusted_root: Option<[u8; 32]>,
) -> Result<Proved, CliError> {
	let proved = proof.verify().map_err(CliError::Proof)?;
	if let Some(root) = trusted_root {
		trust("log root", &proof.log_root, &LogRoot(root))?;
	}
	Ok(proved)
}

fn trust<T: PartialEq + ToString>(
	what: &'static str,
	found: &T,
	trusted: &T,
) -> Result<(), BundleFault> {
	if found == trusted {
		return Ok(());
	}
	Err(BundleFault::Untrusted { what, found: found.to_string(), trusted: trusted.to_string() })
}

/// Whether the directory is a whole bundle, and the proved one.
///
/// Whoever made the directory may be hostile: nothing outside of it is read, and of no file more than the
/// manifest lists.
pub(crate) fn check_bundle(
	dir: &Path,
	proved: Option<&Proved>,
) -> Result<BundleManifest, CliError> {
	let path = dir.join(MANIFEST_PATH);
	if !fs::symlink_metadata(&path).map_err(CliError::read(&path))?.is_file() {
		return Err(BundleFault::NotPlain(MANIFEST_PATH.into()).into());
	}
	let manifest: BundleManifest = load(&path, "bundle manifest")?;
	let sizes = sizes(dir, &manifest)?;
	for file in &manifest.files {
		let (path, expected) = (file.path.clone(), file.size);
		if let Some(found) = sizes.get(&path).copied().filter(|found| *found != expected) {
			let wrong = BundleError::WrongSize { path, expected, found };
			return Err(BundleFault::Content(wrong).into());
		}
	}
	let size_of = |path: &str| sizes.get(path).copied().unwrap_or_default();
	manifest
		.verify(|path| read_at_most(&dir.join(path), size_of(path)))
		.map_err(BundleFault::Content)?;
	if let Some(proved) = proved {
		same("task", &manifest.task, &proved.leaf.task)?;
		same("cluster", &manifest.cluster, &proved.execution.cluster)?;
		same("bundle root", &manifest.bundle_root, &proved.bundle_root)?;
	}
	Ok(manifest)
}

fn same<T: PartialEq + ToString>(
	what: &'static str,
	found: &T,
	proved: &T,
) -> Result<(), BundleFault> {
	if found == proved {
		return Ok(());
	}
	Err(BundleFault::Other { what, found: found.to_string(), proved: proved.to_string() })
}

/// The size of every file of a bundle by its path. Ends with the first that does not belong there: an
/// unlisted one, or a link, which could lead out of the directory or to something without an end.
fn sizes(dir: &Path, manifest: &BundleManifest) -> Result<BTreeMap<String, u64>, BundleFault> {
	let listed: BTreeSet<&str> = manifest.files.iter().map(|file| file.path.as_str()).collect();
	let mut sizes = BTreeMap::new();
	let mut open = vec![(dir.to_path_buf(), String::new())];
	while let Some((folder, prefix)) = open.pop() {
		let unreadable =
			|error| BundleFault::Content(BundleError::Unreadable { path: prefix.clone(), error });
		for entry in fs::read_dir(&folder).map_err(unreadable)? {
			let entry = entry.map_err(unreadable)?;
			let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
			// Of the entry itself, wherever it may lead.
			let found = entry.metadata().map_err(unreadable)?;
			if found.is_dir() {
				open.push((entry.path(), format!("{name}/")));
			} else if !found.is_file() {
				return Err(BundleFault::NotPlain(name));
			} else if listed.contains(name.as_str()) {
				sizes.insert(name, found.len());
			} else if name != MANIFEST_PATH {
				return Err(BundleFault::Unlisted(name));
			}
		}
	}
	Ok(sizes)
}

/// Verifies a proof file alone.
pub(crate) fn verify_proof(arguments: &VerifyProof, ui: &Ui) -> Result<(), CliError> {
	let proof: ProofFile = load(&arguments.file, "proof file")?;
	let proved = check_proof(&proof, arguments.root)?;
	let report = serde_json::json!({
		"verified": true,
		"task": proved.leaf.task,
		"cluster": proof.cluster,
		"bundle_root": proved.bundle_root,
		"outcome": proved.leaf.outcome,
		"assurance": proved.leaf.assurance,
		"log_root": proof.log_root,
		"log_size": proof.log_size,
		"leaf_index": proof.leaf_index,
		"block": proof.block.number,
		"genesis": proof.genesis,
	});
	ui.result(&report, |ui| {
		let leaf = &proved.leaf;
		ui.say(&format!("verified: the result of task {} was accepted", leaf.task));
		ui.fields(&[
			("requester", assay_client::AccountId::from(leaf.requester).to_string()),
			("program", leaf.program.to_string()),
			("inputs", leaf.inputs.to_string()),
			("result", outcome(&leaf.outcome)),
			("checked by", format!("{:?}", leaf.assurance).to_lowercase()),
			("bundle", format!("{} of cluster {}", proved.bundle_root, proof.cluster)),
		]);
		tell_trust(&proof, arguments.root.is_some(), ui);
	});
	Ok(())
}

#[cfg(test)]
mod tests {
	use super::*;
	use assay_primitives::{
		bundle::{item_files, render_log, LogLine, LogStream, Outputs, LOG_PATH, STATEMENT_PATH},
		leaf::{Assurance, Leaf, LeafExecution, LEAF_VERSION},
		merkle,
		proof::{LogHead, LOG_ENGINE_ID},
		protocol::Role,
		spec::{Class, WASM_ENGINE},
		task::{Check, Policy},
		ContentHash, Genesis,
	};
	use codec::Compact;

	const TASK: TaskId = TaskId(4);
	const CLUSTER: ClusterId = ClusterId(2);

	/// A bundle in a directory, and its proof.
	fn bundle() -> (tempfile::TempDir, ProofFile) {
		let dir = tempfile::tempdir().unwrap();
		let lines = [LogLine { at_micros: 1, stream: LogStream::System, text: "started".into() }];
		let mut outputs = Outputs { stdout: Some(b"done\n"), ..Default::default() };
		outputs.files.insert("words.csv", b"word,count\nthe,1\n");
		let statement = b"{}";
		let ending = Ending::Exited { code: 0 };
		let manifest =
			BundleManifest::new(TASK, CLUSTER, ending, &outputs, &lines, statement).unwrap();
		fs::create_dir_all(dir.path().join("outputs")).unwrap();
		fs::create_dir_all(dir.path().join("logs")).unwrap();
		fs::write(dir.path().join("outputs/words.csv"), b"word,count\nthe,1\n").unwrap();
		fs::write(dir.path().join("stdout"), b"done\n").unwrap();
		fs::write(dir.path().join(LOG_PATH), render_log(&lines).unwrap()).unwrap();
		fs::write(dir.path().join(STATEMENT_PATH), statement).unwrap();
		fs::write(dir.path().join(MANIFEST_PATH), serde_json::to_vec(&manifest).unwrap()).unwrap();
		(dir, proof_of(&manifest))
	}

	fn proof_of(manifest: &BundleManifest) -> ProofFile {
		let execution = LeafExecution {
			cluster: CLUSTER,
			role: Role::Executor,
			conduct: Conduct::Agreed,
			evidence_root: Some(manifest.evidence_root),
		};
		let leaf = Leaf {
			version: LEAF_VERSION,
			task: TASK,
			requester: [1u8; 32],
			program: ContentHash([2; 32]),
			inputs: ContentHash([3; 32]),
			parameters: [4; 32],
			terms: [5; 32],
			class: Class { engine: WASM_ENGINE, architecture: None },
			policy: Policy {
				check: Check::Verified { quorum: 2, panel: 3 },
				window: 0,
				execution_blocks: 10,
				queue_blocks: 10,
				preflight: false,
			},
			draws: Default::default(),
			executions: vec![execution].try_into().unwrap(),
			outcome: manifest.outcome,
			assurance: Assurance::Agreed,
			possession: None,
			finalised_at: 9,
		};
		let log = [[9; 32], merkle::leaf_hash(&leaf.bytes())];
		let head = LogHead { size: 2, root: LogRoot(merkle::root(&log)) };
		let mut header = ([1u8; 32], Compact(77u32), [2u8; 32], [3u8; 32]).encode();
		Compact(1u32).encode_to(&mut header);
		(4u8, LOG_ENGINE_ID, head.encode()).encode_to(&mut header);
		ProofFile::new(Genesis([8; 32]), header, &log, 1, leaf.bytes(), CLUSTER).unwrap()
	}

	#[test]
	fn a_whole_bundle_is_the_proved_one() {
		let (dir, proof) = bundle();
		let proved = check_proof(&proof, Some(proof.log_root.0)).unwrap();
		let manifest = check_bundle(dir.path(), Some(&proved)).unwrap();
		assert_eq!(manifest.bundle_root, proof.bundle_root);
		check_bundle(dir.path(), None).unwrap();
	}

	#[test]
	fn the_bundle_of_an_array_is_checked_item_by_item() {
		let dir = tempfile::tempdir().unwrap();
		let lines = [LogLine { at_micros: 1, stream: LogStream::System, text: "started".into() }];
		let said = [&b"one\n"[..], b"two\n"];
		let items = said.map(|said| Outputs { stdout: Some(said), ..Default::default() });
		let wrote = item_files(items);
		let mut outputs = Outputs::default();
		outputs.files.extend(wrote.iter().map(|(path, bytes)| (path.as_str(), *bytes)));
		let ending = Ending::Items { items: vec![ItemEnding::Exited { code: 0 }; 2] };
		let manifest = BundleManifest::new(TASK, CLUSTER, ending, &outputs, &lines, b"{}").unwrap();
		for (path, bytes) in &wrote {
			let file = dir.path().join("outputs").join(path);
			fs::create_dir_all(file.parent().unwrap()).unwrap();
			fs::write(file, bytes).unwrap();
		}
		fs::create_dir_all(dir.path().join("logs")).unwrap();
		fs::write(dir.path().join(LOG_PATH), render_log(&lines).unwrap()).unwrap();
		fs::write(dir.path().join(STATEMENT_PATH), b"{}").unwrap();
		fs::write(dir.path().join(MANIFEST_PATH), serde_json::to_vec(&manifest).unwrap()).unwrap();
		let proved = proof_of(&manifest).verify().unwrap();
		let checked = check_bundle(dir.path(), Some(&proved)).unwrap();
		assert_eq!(items_of(&checked).map(items_text).unwrap(), "2 items");
		fs::write(dir.path().join("outputs/1/stdout"), b"one\n").unwrap();
		let error = check_bundle(dir.path(), Some(&proved)).unwrap_err().to_string();
		assert!(error.contains("outputs/1/stdout"), "{error}");
		let (dir, _) = bundle();
		assert_eq!(items_of(&check_bundle(dir.path(), None).unwrap()), None, "no array");
	}

	#[test]
	fn a_flipped_byte_is_refused_by_name() {
		for path in ["outputs/words.csv", "stdout", LOG_PATH, STATEMENT_PATH] {
			let (dir, proof) = bundle();
			let file = dir.path().join(path);
			let mut bytes = fs::read(&file).unwrap();
			bytes[0] ^= 1;
			fs::write(&file, bytes).unwrap();
			let proved = proof.verify().unwrap();
			let error = check_bundle(dir.path(), Some(&proved)).unwrap_err().to_string();
			assert!(error.contains(path), "{path}: {error}");
		}
	}

	#[test]
	fn missing_and_extra_files_are_refused_by_name() {
		let (dir, _) = bundle();
		fs::write(dir.path().join("outputs/extra"), b"").unwrap();
		let error = check_bundle(dir.path(), None).unwrap_err().to_string();
		assert!(error.contains("outputs/extra"), "{error}");
		let (dir, _) = bundle();
		fs::remove_file(dir.path().join("stdout")).unwrap();
		let error = check_bundle(dir.path(), None).unwrap_err().to_string();
		assert!(error.contains("stdout"), "{error}");
		fs::remove_file(dir.path().join(MANIFEST_PATH)).unwrap();
		let error = check_bundle(dir.path(), None).unwrap_err().to_string();
		assert!(error.contains(MANIFEST_PATH), "{error}");
	}

	#[test]
	fn links_are_refused_by_name() {
		for path in ["stdout", "outputs", MANIFEST_PATH] {
			let (dir, _) = bundle();
			let elsewhere = tempfile::tempdir().unwrap();
			let target = elsewhere.path().join("target");
			fs::rename(dir.path().join(path), &target).unwrap();
			std::os::unix::fs::symlink(&target, dir.path().join(path)).unwrap();
			let error = check_bundle(dir.path(), None).unwrap_err();
			let refused =
				matches!(&error, CliError::Bundle(BundleFault::NotPlain(name)) if name == path);
			assert!(refused, "{path}: {error}");
		}
	}

	#[test]
	fn a_file_of_another_size_is_not_read() {
		let (dir, _) = bundle();
		// More than any machine could read into memory.
		let file = File::options().write(true).open(dir.path().join("stdout")).unwrap();
		file.set_len(1 << 40).unwrap();
		let error = check_bundle(dir.path(), None).unwrap_err().to_string();
		assert!(error.contains("\"stdout\" has 1099511627776 bytes instead of 5"), "{error}");
	}

	#[test]
	fn a_manifest_without_an_end_is_not_read() {
		let (dir, _) = bundle();
		let file = File::options().write(true).open(dir.path().join(MANIFEST_PATH)).unwrap();
		file.set_len(1 << 40).unwrap();
		let error = check_bundle(dir.path(), None).unwrap_err();
		assert!(error.to_string().contains(MANIFEST_PATH), "{error}");
		assert_eq!(crate::error::causes(&error), ["it has more than 67108864 bytes"]);
	}

	#[test]
	fn a_whole_bundle_of_somebody_else_is_refused() {
		let (dir, proof) = bundle();
		let mut proved = proof.verify().unwrap();
		proved.bundle_root.0[0] ^= 1;
		let error = check_bundle(dir.path(), Some(&proved)).unwrap_err().to_string();
		assert!(error.contains("bundle root"), "{error}");
		proved.leaf.task = TaskId(5);
		let error = check_bundle(dir.path(), Some(&proved)).unwrap_err().to_string();
		assert!(error.contains("its task is 4, the proof is about 5"), "{error}");
	}

	#[test]
	fn a_distrusted_root_is_refused() {
		let (_dir, proof) = bundle();
		let error = check_proof(&proof, Some([0; 32])).unwrap_err();
		assert!(matches!(error, CliError::Bundle(BundleFault::Untrusted { .. })));
	}

	#[test]
	fn a_proof_survives_its_file() {
		let (dir, proof) = bundle();
		let path = dir.path().join("proof.json");
		save(&proof, &path).unwrap();
		assert_eq!(load::<ProofFile>(&path, "proof file").unwrap(), proof);
		fs::write(&path, b"{}").unwrap();
		assert!(matches!(load::<ProofFile>(&path, "proof file"), Err(CliError::Parse { .. })));
	}
}

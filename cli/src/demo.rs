// SPDX-License-Identifier: GPL-3.0-or-later
//! `assay demo`: four clusters, one of which lies, three programs, and a task that nobody can run.
//!
//! Nothing here is staged: the liar is caught when a draw happens to hit it, so the examples are run
//! again until that has happened, a bounded number of times.

use crate::{
	bundle::{check_bundle, check_proof, prove, save},
	devnet::{self, Devnet, DevnetArgs, Fault, Info, Interrupts, Slots, BANKER},
	error::CliError,
	explain::tell_explanation,
	faults,
	output::Ui,
	store::Store,
	story::{Story, HEADER},
	task::{submit_request, Bounds, Job, Needs},
	units::{counted, Amount},
	watch::Watcher,
};
use assay_client::{Chain, Signer};
use assay_primitives::{
	bundle::OUTPUTS_PREFIX,
	task::{Check, Policy, TaskRequest},
	BlockNumber, ClusterId, TaskId,
};
use clap::Args;
use futures::future::try_join_all;
use std::{
	fs, io,
	path::{Path, PathBuf},
	time::{Duration, Instant},
};
use tokio::time::{sleep, timeout};

/// How many clusters.
const CLUSTERS: u32 = 4;
/// Which of them lies.
const LIAR: ClusterId = ClusterId(3);
/// How long a bundle may take to become public after the verdict.
const PUBLICATION_DEADLINE: Duration = Duration::from_secs(60);
/// What no cluster of the demo has.
const IMPOSSIBLE_GPUS: u16 = 8;
/// Blocks that the impossible task waits before it is given up.
const IMPOSSIBLE_BLOCKS: BlockNumber = 20;

/// The examples: name, folder of the inputs.
const EXAMPLES: [(&str, &str); 3] =
	[("word-stats", "word-stats/data"), ("iris", "iris/data"), ("render", "render/data")];

/// The demo.
#[derive(Args, Clone)]
pub(crate) struct DemoArgs {
	/// Folder of example-word-stats.wasm, example-iris.wasm and example-render.wasm.
	#[arg(long, value_name = "DIR")]
	programs: PathBuf,
	/// Folder of the examples, with their data.
	#[arg(long, value_name = "DIR", default_value = "examples")]
	examples: PathBuf,
	/// Port of the node's RPC.
	#[arg(long, default_value_t = 9944)]
	rpc_port: u16,
	/// Show instead what every kind of fault costs and whom: a lie, a silence, a bad opening, a lie about one
	/// item of many, a lie that an appeal uncovers, an appeal that is lost. All balances are accounted for.
	#[arg(long)]
	faults: bool,
	/// Milliseconds between blocks [default: 1200; with --faults 500].
	#[arg(long, value_parser = clap::value_parser!(u64).range(200..=60_000))]
	block_time: Option<u64>,
	/// How often tasks are submitted at most until a draw has hit whom it should.
	#[arg(long, default_value_t = 12, value_parser = clap::value_parser!(u32).range(1..=100))]
	rounds: u32,
	/// New folder that keeps everything [default: a temporary one].
	#[arg(long, value_name = "DIR")]
	base: Option<PathBuf>,
	/// Folder of assay-node and assay-worker [default: that of this program].
	#[arg(long, value_name = "DIR", env = "ASSAY_BIN")]
	bin: Option<PathBuf>,
}

pub(crate) async fn run(arguments: DemoArgs, ui: &Ui) -> Result<(), CliError> {
	let jobs = jobs(&arguments)?;
	if let Some(base) = &arguments.base {
		ensure_unused(base)?;
	}
	let mut interrupts = Interrupts::new()?;
	let (clusters, faults, slots, block_time) = match arguments.faults {
		true => (faults::CLUSTERS, faults::cast(), faults::SLOTS, 500),
		false => {
			let liar = Fault { cluster: LIAR, kind: "lie".into() };
			(CLUSTERS, vec![liar], Slots::default(), 1200)
		},
	};
	let mut devnet = Devnet::prepare(DevnetArgs {
		clusters,
		faults,
		slots,
		rpc_port: arguments.rpc_port,
		block_time: arguments.block_time.unwrap_or(block_time),
		base: arguments.base.clone(),
		bin: arguments.bin.clone(),
	})?;
	let begun = Instant::now();
	let outcome = tokio::select! {
		outcome = play(&mut devnet, &jobs, &arguments, ui) => outcome,
		() = interrupts.recv() => Err(CliError::Interrupted),
	};
	devnet.stop(&outcome, ui).await;
	if outcome.is_ok() {
		ui.say(&format!("\nThe demo took {} s and has cleaned up.", begun.elapsed().as_secs()));
	}
	outcome
}

/// The liar is caught once: after that its bond is too small for any draw, also on a chain that is started
/// again.
fn ensure_unused(base: &Path) -> Result<(), CliError> {
	let chain = base.join("node");
	let is_new = match fs::read_dir(&chain) {
		Ok(mut entries) => entries.next().is_none(),
		Err(error) if error.kind() == io::ErrorKind::NotFound => true,
		Err(error) => return Err(CliError::read(chain)(error)),
	};
	if is_new {
		return Ok(());
	}
	let base = base.display();
	Err(CliError::Usage(format!(
		"{base} holds the chain of an earlier network, and the demo needs a new one: remove {base}, or name \
		 another folder with --base"
	)))
}

/// The examples, which have to be there before anything starts.
fn jobs(arguments: &DemoArgs) -> Result<Vec<(&'static str, Job)>, CliError> {
	let job = |(name, data): (&'static str, &str)| {
		let program = arguments.programs.join(format!("example-{name}.wasm"));
		let inputs = arguments.examples.join(data);
		for path in [&program, &inputs] {
			if !path.exists() {
				let path = path.display();
				return Err(CliError::Usage(format!("{path} is missing: run scripts/demo.sh")));
			}
		}
		Ok((name, Job { program, inputs: vec![inputs], args: vec![], items: None }))
	};
	EXAMPLES.into_iter().map(job).collect()
}

async fn play(
	devnet: &mut Devnet,
	jobs: &[(&'static str, Job)],
	arguments: &DemoArgs,
	ui: &Ui,
) -> Result<(), CliError> {
	if arguments.faults {
		let (_, job) = jobs.first().ok_or_else(|| CliError::Demo("there is no example".into()))?;
		return faults::play(devnet, job, arguments.rounds, ui).await;
	}
	ui.say(&format!("1. A network: one node, {CLUSTERS} clusters, and cluster {LIAR} lies\n"));
	let (chain, info) = devnet.start(ui).await?;
	ui.json_line(&info);
	devnet::tell(&info, ui);
	let scenes = async {
		let stage = Stage::new(&chain, &info, ui)?;
		let stories = stage.run_tasks(jobs, arguments.rounds).await?;
		stage.conclude(&stories).await
	};
	devnet.children.guard(scenes).await
}

/// What the scenes of the demo share.
struct Stage<'a> {
	chain: &'a Chain,
	info: &'a Info,
	ui: &'a Ui,
	store: Store,
	requester: Signer,
}

/// A task's name and story.
type Stories = Vec<(String, Story)>;

impl<'a> Stage<'a> {
	fn new(chain: &'a Chain, info: &'a Info, ui: &'a Ui) -> Result<Self, CliError> {
		let store = Store::open(&info.store)?;
		Ok(Self { chain, info, ui, store, requester: Signer::dev(BANKER)? })
	}

	/// Scenes 2 and 3: everything is submitted, watched and settled.
	async fn run_tasks(
		&self,
		jobs: &[(&'static str, Job)],
		rounds: u32,
	) -> Result<Stories, CliError> {
		self.ui.say("\n2. Three programs, and a task that asks for what no cluster has\n");
		let from = self.chain.finalised_head().await?.number;
		let mut watcher = Watcher::new(self.chain, self.ui, from);
		let impossible = self.submit_impossible(&jobs[0].1).await?;
		watcher.add(impossible, "impossible");
		self.submit_all(jobs, &mut watcher).await?;
		watcher.until(Watcher::all_over).await?;

		let mut round = 1;
		while !is_caught(&watcher) {
			if round == rounds {
				let text = format!("cluster {LIAR} was not drawn in {rounds} rounds; try again");
				return Err(CliError::Demo(text));
			}
			round += 1;
			self.ui.say(&format!(
				"\n   Round {round}: no draw has hit cluster {LIAR} yet, so two programs run again\n"
			));
			self.submit_all(&jobs[..2], &mut watcher).await?;
			watcher.until(Watcher::all_over).await?;
		}
		let stories: Stories = watcher.stories.into_values().collect();
		check(&stories, impossible)?;
		Ok(stories)
	}

	async fn submit_all(
		&self,
		jobs: &[(&'static str, Job)],
		watcher: &mut Watcher<'_>,
	) -> Result<(), CliError> {
		let submit = |(name, job): &(&'static str, Job)| {
			let (name, needs) = (*name, Needs::default());
			let staged = job.stage(&self.store, &Bounds::default());
			async move { Ok::<_, CliError>((name, self.submit(staged?, &needs, 60).await?)) }
		};
		for (name, task) in try_join_all(jobs.iter().map(submit)).await? {
			watcher.add(task, name);
		}
		Ok(())
	}

	async fn submit(
		&self,
		workload: assay_primitives::task::Workload,
		needs: &Needs,
		queue_blocks: BlockNumber,
	) -> Result<TaskId, CliError> {
		let demand = needs.demand()?;
		let policy = Policy {
			check: Check::Verified { quorum: 2, panel: 3 },
			window: 2,
			execution_blocks: 30,
			queue_blocks,
			preflight: false,
		};
		let quote = self.chain.quote(&demand, &policy, None).await?;
		let request = TaskRequest { workload, demand, policy, access: Default::default() };
		let submitted = submit_request(self.chain, &self.requester, &quote, request, self.ui).await;
		Ok(submitted?.0)
	}

	/// A task that no cluster can satisfy, and why.
	async fn submit_impossible(&self, job: &Job) -> Result<TaskId, CliError> {
		let needs = Needs { gpus: IMPOSSIBLE_GPUS, ..Needs::default() };
		let workload = job.stage(&self.store, &Bounds::default())?;
		let task = self.submit(workload, &needs, IMPOSSIBLE_BLOCKS).await?;
		let demand = needs.demand()?;
		let explanation = self.chain.explain(&demand, None).await?;
		self.ui.say(&format!("   assay task explain {task}: why nobody takes task {task}"));
		self.ui.json_line(&explanation);
		tell_explanation(&explanation, &demand, self.ui);
		if explanation.fitting > 0 {
			return Err(CliError::Demo("a cluster fits the impossible task".into()));
		}
		self.ui.say("");
		Ok(task)
	}

	/// Scenes 4 and 5: the table, and one bundle from the anchored root down to its bytes.
	async fn conclude(&self, stories: &Stories) -> Result<(), CliError> {
		self.ui.say("\n3. What became of them\n");
		let rows: Vec<_> = stories.iter().map(|(name, story)| story.row(name)).collect();
		self.ui.table(&HEADER, &rows);
		for (name, story) in stories {
			self.ui.json_line(&serde_json::json!({ "name": name, "story": story }));
		}
		self.tell_money(stories);

		self.ui.say("\n4. One bundle, verified offline against the anchored root\n");
		// A disputed one where there is one: it had to get past a lie.
		let provable =
			|| stories.iter().map(|(_, story)| story).filter(|story| story.bundle.is_some());
		let proven = provable().find(|story| story.disputed).or_else(|| provable().next());
		let (task, cluster, root) = proven
			.and_then(|story| story.bundle.map(|(cluster, root)| (story.task, cluster, root)))
			.ok_or_else(|| CliError::Demo("no result was accepted".into()))?;
		let dir = self.store.bundle(&root);
		published(&dir).await?;
		let log = self.chain.leaves(None).await?;
		let proof = prove(self.chain, &log, task, Some(cluster)).await?;
		let file = self.info.base.join("proof.json");
		save(&proof, &file)?;

		// What the chain itself says at that block, and nothing of the proof, is what is trusted.
		let block = self.chain.block_hash(proof.block.number).await?;
		let anchored = self.chain.log(block).await?.root;
		let proved = check_proof(&proof, Some(anchored.0))?;
		let manifest = check_bundle(&dir, Some(&proved))?;
		self.ui.json_line(&serde_json::json!({ "verified": proof.bundle_root, "root": anchored }));
		self.ui.fields(&[
			("   bundle", dir.display().to_string()),
			("   proof", file.display().to_string()),
			("   anchored root", format!("{anchored}, {}", counted(proof.log_size, "result"))),
			(
				"   verified",
				format!("{} files of task {task} by cluster {cluster}", manifest.files.len()),
			),
		]);
		self.tamper(&dir, &manifest, &proved)
	}

	fn tell_money(&self, stories: &Stories) {
		for (name, story) in stories.iter().filter(|(_, story)| !story.caught().is_empty()) {
			let task = story.task;
			let caught =
				story.caught().iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
			self.ui.say(&format!(
				"task {task} ({name}): the panel found cluster {caught} out, which lost {}",
				Amount(story.slashed)
			));
		}
		let sum = |of: fn(&Story) -> u128| stories.iter().map(|(_, story)| of(story)).sum::<u128>();
		self.ui.say(&format!(
			"in all: {} paid to clusters, {} refunded to the requester, {} taken from bonds",
			Amount(sum(|story| story.paid)),
			Amount(sum(|story| story.refunded)),
			Amount(sum(|story| story.slashed)),
		));
	}

	/// Flips one bit in a copy of the bundle, which has to be noticed.
	fn tamper(
		&self,
		dir: &Path,
		manifest: &assay_primitives::bundle::BundleManifest,
		proved: &assay_primitives::proof::Proved,
	) -> Result<(), CliError> {
		let copy = tempfile::tempdir().map_err(CliError::write(std::env::temp_dir()))?;
		copy_folder(dir, copy.path())?;
		let victim = manifest
			.files
			.iter()
			.find(|file| file.path.starts_with(OUTPUTS_PREFIX) && file.size > 0)
			.ok_or_else(|| CliError::Demo("the bundle has no output".into()))?;
		let path = copy.path().join(&victim.path);
		let mut bytes = fs::read(&path).map_err(CliError::read(&path))?;
		if let Some(byte) = bytes.get_mut(victim.size as usize / 2) {
			*byte ^= 1;
		}
		fs::write(&path, bytes).map_err(CliError::write(&path))?;
		match check_bundle(copy.path(), Some(proved)) {
			Err(refusal) if refusal.to_string().contains(&victim.path) => {
				self.ui.json_line(&serde_json::json!({ "refused": refusal.to_string() }));
				self.ui.say(&format!("   one bit flipped in a copy of {}: {refusal}", victim.path));
				Ok(())
			},
			Err(other) => Err(other),
			Ok(_) => Err(CliError::Demo("a flipped byte was not noticed".into())),
		}
	}
}

/// Whether the liar has been drawn, found out and slashed.
fn is_caught(watcher: &Watcher<'_>) -> bool {
	watcher.stories.values().any(|(_, story)| story.caught().contains(&LIAR))
}

/// Whether everything came out as the protocol promises.
fn check(stories: &Stories, impossible: TaskId) -> Result<(), CliError> {
	for (name, story) in stories {
		let fault =
			|text: &str| Err(CliError::Demo(format!("task {} ({name}) {text}", story.task)));
		if story.task == impossible {
			if story.is_accepted() || story.paid > 0 || story.refunded == 0 {
				return fault("should have been refunded");
			}
			continue;
		}
		if !story.is_accepted() {
			return fault("has no accepted result");
		}
		if story.caught().iter().any(|cluster| *cluster != LIAR) {
			return fault("slashed an honest cluster");
		}
		let (agreed, _) = match story.bundle {
			Some(bundle) => bundle,
			None => return fault("left no bundle in the log"),
		};
		if agreed == LIAR && story.disputed {
			return fault("was decided for the liar");
		}
	}
	Ok(())
}

/// Waits until a bundle is public.
async fn published(dir: &Path) -> Result<(), CliError> {
	let manifest = dir.join(assay_primitives::bundle::MANIFEST_PATH);
	let appears = async {
		while !manifest.exists() {
			sleep(Duration::from_millis(200)).await;
		}
	};
	timeout(PUBLICATION_DEADLINE, appears).await.map_err(|_| CliError::TooSlow {
		what: format!("the publication of {}", dir.display()),
		secs: PUBLICATION_DEADLINE.as_secs(),
		hint: "look at the workers' logs".into(),
	})
}

fn copy_folder(from: &Path, to: &Path) -> Result<(), CliError> {
	for entry in fs::read_dir(from).map_err(CliError::read(from))? {
		let entry = entry.map_err(CliError::read(from))?;
		let (source, target) = (entry.path(), to.join(entry.file_name()));
		if source.is_dir() {
			fs::create_dir_all(&target).map_err(CliError::write(&target))?;
			copy_folder(&source, &target)?;
		} else {
			fs::copy(&source, &target).map_err(CliError::write(&target))?;
		}
	}
	Ok(())
}

#[cfg(test)]
mod tests {
	use super::*;
	use assay_primitives::{
		outcome::Outcome, protocol::Verdict, settlement::Conduct, BundleRoot, OutputRoot,
	};

	fn accepted(task: u64, bundle: u32) -> Story {
		let outcome = Outcome::Completed { output_root: OutputRoot([1; 32]) };
		let mut story = Story::new(TaskId(task));
		story.verdict = Some(Verdict::Accepted { outcome, possession: None });
		story.bundle = Some((ClusterId(bundle), BundleRoot([2; 32])));
		story
	}

	fn refunded(task: u64) -> Story {
		let mut story = Story::new(TaskId(task));
		story.verdict = Some(Verdict::Unfulfilled);
		story.refunded = 5;
		story
	}

	fn judge(stories: &[Story]) -> Result<(), CliError> {
		let named = stories.iter().map(|story| ("a".to_owned(), story.clone())).collect();
		check(&named, TaskId(0))
	}

	#[test]
	fn a_demo_that_went_well_passes() {
		let mut disputed = accepted(2, 1);
		disputed.disputed = true;
		disputed.shares = vec![(LIAR, Conduct::Dissented, 0, 50)];
		assert!(judge(&[refunded(0), accepted(1, 0), disputed]).is_ok());
	}

	#[test]
	fn a_demo_that_went_wrong_does_not() {
		assert!(judge(&[accepted(0, 0)]).is_err(), "the impossible was done");
		assert!(judge(&[refunded(0), refunded(1)]).is_err(), "an example failed");
		let mut unjust = accepted(1, 0);
		unjust.shares = vec![(ClusterId(1), Conduct::Dissented, 0, 50)];
		assert!(judge(&[refunded(0), unjust]).is_err(), "an honest cluster was slashed");
		let mut fooled = accepted(1, LIAR.0);
		fooled.disputed = true;
		assert!(judge(&[refunded(0), fooled]).is_err(), "the liar won");
		let mut lost = accepted(1, 0);
		lost.bundle = None;
		assert!(judge(&[refunded(0), lost]).is_err(), "nothing was anchored");
	}

	#[test]
	fn missing_examples_are_reported_first() {
		let dir = tempfile::tempdir().unwrap();
		let arguments = DemoArgs {
			programs: dir.path().into(),
			examples: dir.path().into(),
			faults: false,
			rpc_port: 1,
			block_time: None,
			rounds: 1,
			base: None,
			bin: None,
		};
		let error = jobs(&arguments).err().unwrap();
		assert_eq!(error.exit_code(), 2);
		assert!(error.to_string().contains("example-word-stats.wasm"));
	}

	#[test]
	fn a_chain_from_before_is_refused() {
		let dir = tempfile::tempdir().unwrap();
		let base = dir.path().join("base");
		assert!(ensure_unused(&base).is_ok(), "a folder to make");
		fs::create_dir_all(base.join("node")).unwrap();
		assert!(ensure_unused(&base).is_ok(), "an earlier start got no further");
		fs::create_dir(base.join("node/chains")).unwrap();
		let error = ensure_unused(&base).unwrap_err();
		assert_eq!(error.exit_code(), 2);
		assert!(error.to_string().contains("earlier network"), "{error}");
	}

	#[test]
	fn folders_are_copied_with_everything_below() {
		let (from, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
		fs::create_dir_all(from.path().join("a/b")).unwrap();
		fs::write(from.path().join("a/b/c"), b"x").unwrap();
		copy_folder(from.path(), to.path()).unwrap();
		assert_eq!(fs::read(to.path().join("a/b/c")).unwrap(), b"x");
	}
}

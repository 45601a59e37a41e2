// SPDX-License-Identifier: GPL-3.0-or-later
//! `assay devnet`: a whole network on one machine, for as long as the command runs.

use crate::{
	children::{program, Children},
	cluster::development_spec,
	error::CliError,
	network::SIMULATED,
	output::Ui,
	units::Amount,
};
use assay_client::{Call, Chain, ClusterView, Error, Hash, Signer, DEFAULT_DEADLINE, UNIT};
use assay_primitives::{
	spec::{Region, Spec},
	Balance, ClusterId,
};
use clap::Args;
use futures::future::{join_all, try_join_all};
use serde::{Deserialize, Serialize};
use std::{
	fs,
	net::TcpListener,
	path::{Path, PathBuf},
	str::FromStr,
	time::Duration,
};
use tempfile::TempDir;
use tokio::{
	io::{AsyncReadExt, AsyncWriteExt},
	net::TcpStream,
	signal::unix::{signal, Signal, SignalKind},
	time::{sleep, timeout},
};

/// How long the node may take to answer.
const NODE_DEADLINE: Duration = Duration::from_secs(120);
/// How long a block may take to become final.
const FINALITY_DEADLINE: Duration = Duration::from_secs(60);
/// How long the workers may take to become healthy.
const WORKERS_DEADLINE: Duration = Duration::from_secs(60);
/// How long one health request may take.
const HEALTH_TIMEOUT: Duration = Duration::from_secs(2);
/// How often health is asked for.
const HEALTH_EVERY: Duration = Duration::from_millis(200);
/// In how many final blocks a new cluster is looked for before its operator asks once more.
const REGISTRATION_BLOCKS: u32 = 5;
/// What an operator has beside its bond, for fees.
const POCKET_MONEY: Balance = 1000 * UNIT;
/// Whose money the operators get.
pub(crate) const BANKER: &str = "//Alice";
/// The first operators are those that every wallet knows.
const WELL_KNOWN: [&str; 5] = ["//Bob", "//Charlie", "//Dave", "//Eve", "//Ferdie"];
/// Where the clusters stand.
const REGIONS: [&[u8; 2]; 8] = [b"CH", b"DE", b"FR", b"FI", b"IS", b"JP", b"CA", b"BR"];

/// A development network.
#[derive(Args, Clone)]
pub(crate) struct DevnetArgs {
	/// How many clusters, each with a worker and an operator of its own.
	#[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u32).range(1..=32))]
	pub(crate) clusters: u32,
	/// Clusters that misbehave, as in 3=lie; faults are lie, vanish, silent, bad-opening, slip, wrong-item and
	/// withhold.
	#[arg(long, value_name = "CLUSTER=FAULT", value_delimiter = ',')]
	pub(crate) faults: Vec<Fault>,
	/// How much work each cluster takes at once.
	#[arg(skip)]
	pub(crate) slots: Slots,
	/// Port of the node's RPC.
	#[arg(long, default_value_t = 9944)]
	pub(crate) rpc_port: u16,
	/// Milliseconds between blocks.
	#[arg(long, default_value_t = 3000, value_parser = clap::value_parser!(u64).range(200..=60_000))]
	pub(crate) block_time: u64,
	/// Folder that keeps everything, also for the next start [default: a temporary one].
	#[arg(long, value_name = "DIR")]
	pub(crate) base: Option<PathBuf>,
	/// Folder of assay-node and assay-worker [default: that of this program].
	#[arg(long, value_name = "DIR", env = "ASSAY_BIN")]
	pub(crate) bin: Option<PathBuf>,
}

/// How many slots a cluster has: the more, the likelier a draw hits it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Slots {
	pub(crate) honest: u16,
	pub(crate) faulty: u16,
}

impl Default for Slots {
	fn default() -> Self {
		Self { honest: 2, faulty: 2 }
	}
}

/// A cluster that misbehaves, and how.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Fault {
	pub(crate) cluster: ClusterId,
	pub(crate) kind: String,
}

/// What a worker can be made to do wrong.
const FAULTS: [&str; 7] =
	["lie", "vanish", "silent", "bad-opening", "slip", "wrong-item", "withhold"];

impl FromStr for Fault {
	type Err = String;
	fn from_str(text: &str) -> Result<Self, String> {
		let wrong = || {
			format!(
				"{text:?} is no fault: write it as CLUSTER=FAULT, with one of {}",
				FAULTS.join(", ")
			)
		};
		let (cluster, kind) = text.split_once('=').ok_or_else(wrong)?;
		let known = FAULTS.contains(&kind);
		let cluster = cluster.parse().map_err(|_| wrong())?;
		known.then(|| Self { cluster, kind: kind.into() }).ok_or_else(wrong)
	}
}

/// What runs, for people and for scripts: `devnet.json`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Info {
	pub(crate) url: String,
	pub(crate) polkadot_js: String,
	pub(crate) genesis: String,
	pub(crate) simulated_randomness: bool,
	pub(crate) base: PathBuf,
	pub(crate) store: PathBuf,
	pub(crate) banker: String,
	pub(crate) node: NodeProcess,
	pub(crate) clusters: Vec<WorkerProcess>,
}

/// The node.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct NodeProcess {
	pub(crate) pid: u32,
	pub(crate) log: PathBuf,
}

/// One cluster and its worker.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct WorkerProcess {
	pub(crate) cluster: ClusterId,
	pub(crate) dev_account: String,
	pub(crate) owner: String,
	pub(crate) region: String,
	/// In the smallest unit; text, because numbers in JSON are too small for it.
	pub(crate) price: String,
	pub(crate) http: String,
	pub(crate) fault: Option<String>,
	pub(crate) pid: u32,
	pub(crate) data: PathBuf,
	pub(crate) log: PathBuf,
}

/// A network and what it needs to be taken down.
pub(crate) struct Devnet {
	options: DevnetArgs,
	base: PathBuf,
	/// Removed at the end, unless the node died.
	temporary: Option<TempDir>,
	pub(crate) children: Children,
}

/// Ctrl-C, or a request to end.
pub(crate) struct Interrupts {
	interrupt: Signal,
	terminate: Signal,
}

impl Interrupts {
	pub(crate) fn new() -> Result<Self, CliError> {
		let listen = |kind| {
			signal(kind).map_err(|source| CliError::Spawn { name: "signals".into(), source })
		};
		Ok(Self {
			interrupt: listen(SignalKind::interrupt())?,
			terminate: listen(SignalKind::terminate())?,
		})
	}

	pub(crate) async fn recv(&mut self) {
		tokio::select! {
			_ = self.interrupt.recv() => {},
			_ = self.terminate.recv() => {},
		}
	}
}

pub(crate) async fn run(options: DevnetArgs, ui: &Ui) -> Result<(), CliError> {
	let mut interrupts = Interrupts::new()?;
	let mut devnet = Devnet::prepare(options)?;
	let started = tokio::select! {
		started = devnet.start(ui) => started.map(|(_, info)| info),
		() = interrupts.recv() => Err(CliError::Interrupted),
	};
	let outcome = match started {
		Ok(info) => {
			ui.result(&info, |ui| tell(&info, ui));
			ui.say("ready; Ctrl-C ends it");
			tokio::select! {
				outcome = devnet.serve(ui) => outcome,
				() = interrupts.recv() => Ok(()),
			}
		},
		Err(error) => Err(error),
	};
	devnet.stop(&outcome, ui).await;
	outcome
}

impl Devnet {
	/// Checks and lays out everything before the first process starts.
	pub(crate) fn prepare(options: DevnetArgs) -> Result<Self, CliError> {
		for fault in &options.faults {
			if fault.cluster.0 >= options.clusters {
				let last = options.clusters - 1;
				let text = format!("there is no cluster {}: they are 0 to {last}", fault.cluster);
				return Err(CliError::Usage(text));
			}
		}
		for name in ["assay-node", "assay-worker"] {
			program(name, options.bin.as_deref())?;
		}
		if !is_free(options.rpc_port) {
			return Err(CliError::PortTaken(options.rpc_port));
		}
		let temporary = match options.base {
			Some(_) => None,
			None => Some(
				tempfile::Builder::new()
					.prefix("assay-devnet-")
					.tempdir()
					.map_err(CliError::write(std::env::temp_dir()))?,
			),
		};
		let base = match (&options.base, &temporary) {
			(Some(base), _) => base.clone(),
			(None, Some(temporary)) => temporary.path().to_path_buf(),
			(None, None) => return Err(CliError::Usage("no folder to work in".into())),
		};
		for folder in ["node", "store/blobs", "store/bundles", "workers", "logs"] {
			let folder = base.join(folder);
			fs::create_dir_all(&folder).map_err(CliError::write(folder))?;
		}
		let base = fs::canonicalize(&base).map_err(CliError::read(&base))?;
		// A file from before would tell scripts that everything is ready.
		let _ = fs::remove_file(base.join("devnet.json"));
		Ok(Self { options, base, temporary, children: Children::default() })
	}

	/// Starts everything and waits until it is ready.
	pub(crate) async fn start(&mut self, ui: &Ui) -> Result<(Chain, Info), CliError> {
		let busy = ui.busy("starting the node");
		let url = format!("ws://127.0.0.1:{}", self.options.rpc_port);
		let node = self.start_node()?;
		let chain = self.children.guard(Chain::connect_when_ready(&url, NODE_DEADLINE)).await?;
		busy.now("waiting for a finalised block");
		self.children.guard(finalising(&chain)).await?;
		busy.now("registering the clusters");
		let members = self.children.guard(enroll_all(&chain, &self.options)).await?;
		busy.now("starting the workers");
		let mut clusters = Vec::new();
		for member in members {
			clusters.push(self.start_worker(&url, member)?);
		}
		busy.now("waiting until all workers are ready");
		self.children.guard(all_healthy(&clusters)).await?;
		let info = Info {
			polkadot_js: polkadot_js(&url),
			genesis: format!("{:?}", chain.genesis()),
			simulated_randomness: chain.network(None).await?.simulated_randomness,
			url,
			store: self.store(),
			base: self.base.clone(),
			banker: BANKER.into(),
			node,
			clusters,
		};
		write_info(&self.base.join("devnet.json"), &info)?;
		Ok((chain, info))
	}

	/// Waits for what should not happen: the end of the node. A worker's end is reported only.
	async fn serve(&mut self, ui: &Ui) -> Result<(), CliError> {
		loop {
			let death = self.children.death().await;
			if death.name == NODE {
				return Err(death.into());
			}
			ui.note(&format!(
				"assay: {} ended by itself ({}); its last words:\n{}",
				death.name, death.status, death.tail
			));
		}
	}

	/// Ends all processes; a temporary folder goes as well, unless it shows what went wrong.
	pub(crate) async fn stop(&mut self, outcome: &Result<(), CliError>, ui: &Ui) {
		let failed = !matches!(outcome, Ok(()) | Err(CliError::Interrupted));
		{
			let _busy = ui.busy("stopping the network");
			self.children.stop().await;
		}
		let _ = fs::remove_file(self.base.join("devnet.json"));
		if let Some(temporary) = self.temporary.take() {
			if failed {
				ui.note(&format!(
					"assay: the logs are kept in {}",
					temporary.into_path().display()
				));
			}
		}
	}

	fn store(&self) -> PathBuf {
		self.base.join("store")
	}

	fn start_node(&mut self) -> Result<NodeProcess, CliError> {
		let node = program("assay-node", self.options.bin.as_deref())?;
		let log = self.base.join("logs").join("node.log");
		let arguments = node_arguments(&self.options, &self.base.join("node"));
		let pid = self.children.spawn(NODE, &node, &arguments, &log)?;
		Ok(NodeProcess { pid, log })
	}

	fn start_worker(&mut self, url: &str, member: Member) -> Result<WorkerProcess, CliError> {
		let Member { cluster, candidate: Candidate { uri, signer, spec, port } } = member;
		let worker = program("assay-worker", self.options.bin.as_deref())?;
		let fault = self.options.faults.iter().find(|fault| fault.cluster == cluster);
		let fault = fault.map(|fault| fault.kind.clone());
		let data = self.base.join("workers").join(cluster.to_string());
		let log = self.base.join("logs").join(format!("worker-{cluster}.log"));
		let http = format!("127.0.0.1:{port}");
		let mut arguments: Vec<String> = [
			"run",
			"--url",
			url,
			"--dev-account",
			&uri,
			"--cluster",
			&cluster.to_string(),
			"--store",
			&self.store().to_string_lossy(),
			"--data",
			&data.to_string_lossy(),
			"--http",
			&http,
		]
		.map(str::to_owned)
		.to_vec();
		arguments.extend(fault.iter().flat_map(|kind| ["--fault".to_owned(), kind.clone()]));
		let pid = self.children.spawn(&format!("worker {cluster}"), &worker, &arguments, &log)?;
		Ok(WorkerProcess {
			cluster,
			dev_account: uri,
			owner: signer.account().to_string(),
			region: spec.region.to_string(),
			price: spec.price.to_string(),
			http: format!("http://{http}"),
			fault,
			pid,
			data,
			log,
		})
	}
}

/// What the node is called in reports.
const NODE: &str = "the node";

fn node_arguments(options: &DevnetArgs, base: &Path) -> Vec<String> {
	[
		"--dev",
		"--dev-block-time",
		&options.block_time.to_string(),
		"--rpc-port",
		&options.rpc_port.to_string(),
		"--base-path",
		&base.to_string_lossy(),
		// Everything is kept: the log can be rebuilt from the first block on.
		"--state-pruning",
		"archive",
		"--blocks-pruning",
		"archive",
		// Several networks fit on one machine when nobody insists on a port.
		"--port",
		"0",
		"--no-prometheus",
		"--no-telemetry",
	]
	.map(str::to_owned)
	.to_vec()
}

/// Prints what runs.
pub(crate) fn tell(info: &Info, ui: &Ui) {
	if info.simulated_randomness {
		ui.say(SIMULATED);
	}
	ui.fields(&[
		(
			"node",
			format!("{}, process {}, log {}", info.url, info.node.pid, info.node.log.display()),
		),
		("genesis", info.genesis.clone()),
		("store", info.store.display().to_string()),
		("requester", format!("--dev-account {} has money to spend", info.banker)),
		("polkadot.js", info.polkadot_js.clone()),
		("for scripts", info.base.join("devnet.json").display().to_string()),
	]);
	let rows: Vec<Vec<String>> = info
		.clusters
		.iter()
		.map(|one| {
			vec![
				one.cluster.to_string(),
				one.dev_account.clone(),
				one.owner.clone(),
				one.region.clone(),
				one.price
					.parse()
					.map_or_else(|_| one.price.clone(), |price| Amount(price).to_string()),
				one.http.clone(),
				one.fault.clone().unwrap_or_else(|| "honest".into()),
			]
		})
		.collect();
	ui.table(&["cluster", "operator", "address", "region", "price", "worker", "conduct"], &rows);
}

fn polkadot_js(url: &str) -> String {
	let escaped: String = url
		.chars()
		.map(|char| match char {
			':' => "%3A".to_owned(),
			'/' => "%2F".to_owned(),
			other => other.to_string(),
		})
		.collect();
	format!("https://polkadot.js.org/apps/?rpc={escaped}")
}

/// Complete, or not there at all: scripts take its presence as the sign that all is ready.
fn write_info(path: &Path, info: &Info) -> Result<(), CliError> {
	let draft = path.with_extension("draft");
	let text = serde_json::to_string_pretty(info)
		.map_err(|error| CliError::write(path)(std::io::Error::other(error)))?;
	fs::write(&draft, text).map_err(CliError::write(&draft))?;
	fs::rename(&draft, path).map_err(CliError::write(path))
}

/// Waits until one more block is final: a chain of the last start has old ones.
async fn finalising(chain: &Chain) -> Result<(), CliError> {
	let next = chain.finalised_head().await?.number.saturating_add(1);
	let mut blocks = chain.finalised_blocks(Some(next));
	match timeout(FINALITY_DEADLINE, blocks.next()).await {
		Ok(block) => Ok(block.map(|_| ())?),
		Err(_) => Err(CliError::TooSlow {
			what: "a finalised block".into(),
			secs: FINALITY_DEADLINE.as_secs(),
			hint: "look at the node's log".into(),
		}),
	}
}

/// The operator number `index`.
fn operator(index: u32) -> String {
	usize::try_from(index)
		.ok()
		.and_then(|index| WELL_KNOWN.get(index))
		.map_or_else(|| format!("//Assay//operator//{index}"), ToString::to_string)
}

/// An operator, and what its cluster offers.
struct Candidate {
	uri: String,
	signer: Signer,
	spec: Spec,
	port: u16,
}

impl Candidate {
	/// The operator number `index`, whose worker answers at `port`.
	fn new(index: u32, port: u16) -> Result<Self, CliError> {
		let uri = operator(index);
		let signer = Signer::dev(&uri)?;
		let places = u32::try_from(REGIONS.len()).unwrap_or(1);
		let code = REGIONS.get((index % places) as usize).copied().unwrap_or(b"CH");
		// Ten prices, so that they can be told apart and stay below the default cap.
		let price_tenths = 10 + index % 10;
		let endpoint = format!("http://127.0.0.1:{port}");
		let spec = development_spec(Region(*code), price_tenths, endpoint)?;
		Ok(Self { uri, signer, spec, port })
	}

	/// The operator number `index`, whose cluster has the slots that it should.
	fn of(options: &DevnetArgs, index: u32, port: u16) -> Result<Self, CliError> {
		let Slots { honest, faulty } = options.slots;
		let is_faulty = options.faults.iter().any(|fault| fault.cluster.0 == index);
		let mut candidate = Self::new(index, port)?;
		candidate.spec.slots = if is_faulty { faulty } else { honest };
		Ok(candidate)
	}

	fn registration(&self) -> Call {
		Call::RegisterCluster { spec: Box::new(self.spec.clone()) }
	}

	/// Its cluster at a block, or at the best one.
	async fn cluster(&self, chain: &Chain, at: Option<Hash>) -> Result<Option<ClusterView>, Error> {
		Ok(chain.all_clusters_of(&self.signer.account(), at).await?.into_iter().next())
	}

	/// Gives it money for bond and fees, where it has too little.
	async fn fund(&self, chain: &Chain, slot_bond: Balance) -> Result<(), CliError> {
		let owner = self.signer.account();
		let bond = slot_bond.saturating_mul(self.spec.slots.into());
		let needed = bond.saturating_add(POCKET_MONEY);
		let funds = chain.funds(&owner, None).await?;
		if funds.free.saturating_add(funds.held) < needed {
			let banker = Signer::dev(BANKER)?;
			chain.submit(&banker, &Call::Transfer { to: owner, amount: needed }).await?;
		}
		Ok(())
	}

	/// Whether it has a cluster from the last start, which then offers what it should now.
	async fn renew(&self, chain: &Chain) -> Result<bool, CliError> {
		let Some(known) = self.cluster(chain, None).await? else { return Ok(false) };
		if known.spec != self.spec {
			let call = Call::UpdateCluster { cluster: known.id, spec: Box::new(self.spec.clone()) };
			chain.submit(&self.signer, &call).await?;
		}
		Ok(true)
	}

	/// Waits until its cluster is final.
	async fn registered(&self, chain: &Chain) -> Result<ClusterId, CliError> {
		let mut blocks = chain.finalised_blocks(None);
		for _ in 0..REGISTRATION_BLOCKS {
			let block = blocks.next().await?;
			if let Some(cluster) = self.cluster(chain, Some(block.hash)).await? {
				return Ok(cluster.id);
			}
		}
		// By now it should be there. The chain says why not to whoever waits for its answer; a second
		// cluster cannot come of it, for the endpoint is the same.
		chain.submit(&self.signer, &self.registration()).await?;
		let cluster = self.cluster(chain, None).await?;
		cluster.map(|cluster| cluster.id).ok_or_else(|| {
			let what = format!("the cluster of {}", self.uri);
			CliError::Chain(Error::Missing { what })
		})
	}
}

/// A registered cluster whose worker can start.
struct Member {
	cluster: ClusterId,
	candidate: Candidate,
}

/// Gives every operator money and a cluster, or finds the cluster of the last start. The first operator
/// has cluster 0, and so on.
async fn enroll_all(chain: &Chain, options: &DevnetArgs) -> Result<Vec<Member>, CliError> {
	let numbered = ports(options).into_iter().zip(0..);
	let candidates: Vec<_> = numbered
		.map(|(port, index)| Candidate::of(options, index, port))
		.collect::<Result<_, _>>()?;
	let slot_bond = chain.network(None).await?.slot_bond;
	try_join_all(candidates.iter().map(|one| one.fund(chain, slot_bond))).await?;
	let known = try_join_all(candidates.iter().map(|one| one.renew(chain))).await?;
	for (candidate, is_known) in candidates.iter().zip(known) {
		if !is_known {
			send(chain, candidate).await?;
		}
	}
	let all = try_join_all(candidates.iter().map(|one| one.registered(chain)));
	let clusters = timeout(DEFAULT_DEADLINE, all).await.map_err(|_| CliError::TooSlow {
		what: "the registration of all clusters".into(),
		secs: DEFAULT_DEADLINE.as_secs(),
		hint: "look at the node's log".into(),
	})??;
	let members = clusters.into_iter().zip(candidates);
	let mut members: Vec<_> =
		members.map(|(cluster, candidate)| Member { cluster, candidate }).collect();
	members.sort_by_key(|member| member.cluster);
	Ok(members)
}

/// Puts a registration into the node's pool, behind those that are there. They weigh the same and give no
/// tip, so that blocks take them in the order in which they came, and the clusters are numbered in it.
async fn send(chain: &Chain, candidate: &Candidate) -> Result<(), CliError> {
	let call = candidate.registration();
	// Without time to become final, this returns as soon as the pool has the call.
	match chain.submit_within(&candidate.signer, &call, Duration::ZERO).await {
		Ok(_) | Err(Error::NotFinal { .. }) => Ok(()),
		Err(error) => Err(error.into()),
	}
}

/// A port for each worker: the ones after the node's, so that a second start finds the same, or any
/// free ones.
fn ports(options: &DevnetArgs) -> Vec<u16> {
	let mut taken = Vec::new();
	for index in 1..=options.clusters {
		let wish = u16::try_from(index).ok().and_then(|index| options.rpc_port.checked_add(index));
		let port = wish.filter(|port| is_free(*port)).or_else(|| any_free(&taken));
		taken.push(port.unwrap_or_default());
	}
	taken
}

fn is_free(port: u16) -> bool {
	TcpListener::bind(("127.0.0.1", port)).is_ok()
}

fn any_free(taken: &[u16]) -> Option<u16> {
	let attempt = |_| Some(TcpListener::bind(("127.0.0.1", 0)).ok()?.local_addr().ok()?.port());
	(0..16).filter_map(attempt).find(|port| !taken.contains(port))
}

/// What a worker says of itself.
#[derive(Deserialize)]
struct Health {
	ready: bool,
}

async fn all_healthy(workers: &[WorkerProcess]) -> Result<(), CliError> {
	let all = join_all(workers.iter().map(|worker| healthy(&worker.http)));
	timeout(WORKERS_DEADLINE, all).await.map(|_| ()).map_err(|_| CliError::TooSlow {
		what: "all workers being ready".into(),
		secs: WORKERS_DEADLINE.as_secs(),
		hint: "look at their logs".into(),
	})
}

/// Waits until a worker says that it is ready.
async fn healthy(http: &str) {
	let address = http.trim_start_matches("http://");
	loop {
		let asked = timeout(HEALTH_TIMEOUT, ask_health(address)).await;
		if matches!(asked, Ok(Ok(Some(Health { ready: true })))) {
			return;
		}
		sleep(HEALTH_EVERY).await;
	}
}

async fn ask_health(address: &str) -> std::io::Result<Option<Health>> {
	let mut stream = TcpStream::connect(address).await?;
	let request = format!("GET /health HTTP/1.0\r\nHost: {address}\r\n\r\n");
	stream.write_all(request.as_bytes()).await?;
	let mut answer = Vec::new();
	stream.read_to_end(&mut answer).await?;
	Ok(read_health(&answer))
}

/// The health in an HTTP answer, whatever its status: a worker that is not ready says so.
fn read_health(answer: &[u8]) -> Option<Health> {
	let text = std::str::from_utf8(answer).ok()?;
	let (_head, body) = text.split_once("\r\n\r\n")?;
	serde_json::from_str(body).ok()
}

#[cfg(test)]
mod tests {
	use super::*;

	fn options(clusters: u32, faults: &[&str]) -> DevnetArgs {
		DevnetArgs {
			clusters,
			faults: faults.iter().map(|fault| fault.parse().unwrap()).collect(),
			slots: Slots::default(),
			rpc_port: any_free(&[]).unwrap(),
			block_time: 1000,
			base: None,
			bin: None,
		}
	}

	/// The options, and a folder with two files that pass for programs.
	fn with_programs(clusters: u32, faults: &[&str]) -> (DevnetArgs, TempDir) {
		let bin = tempfile::tempdir().unwrap();
		for name in ["assay-node", "assay-worker"] {
			fs::write(bin.path().join(name), b"").unwrap();
		}
		(DevnetArgs { bin: Some(bin.path().into()), ..options(clusters, faults) }, bin)
	}

	#[test]
	fn faults_are_read() {
		let fault: Fault = "3=bad-opening".parse().unwrap();
		assert_eq!(fault, Fault { cluster: ClusterId(3), kind: "bad-opening".into() });
		for wrong in ["", "3", "3=", "3=sleep", "x=lie", "-1=lie"] {
			assert!(wrong.parse::<Fault>().is_err(), "{wrong}");
		}
	}

	#[test]
	fn whoever_misbehaves_can_have_more_slots() {
		let slots = Slots { honest: 1, faulty: 16 };
		let options = DevnetArgs { slots, ..options(4, &["3=lie"]) };
		let slots_of = |index| Candidate::of(&options, index, 9000).unwrap().spec.slots;
		assert_eq!((0..4).map(slots_of).collect::<Vec<_>>(), [1, 1, 1, 16]);
	}

	#[test]
	fn a_fault_of_nobody_is_refused() {
		let (good, _bin) = with_programs(4, &["3=lie"]);
		assert!(Devnet::prepare(good).is_ok());
		let (wrong, _bin) = with_programs(3, &["3=lie"]);
		assert_eq!(Devnet::prepare(wrong).err().unwrap().exit_code(), 2);
	}

	#[test]
	fn missing_programs_are_reported_before_anything_starts() {
		let (options, bin) = with_programs(1, &[]);
		fs::remove_file(bin.path().join("assay-worker")).unwrap();
		let error = Devnet::prepare(options).err().unwrap();
		assert!(matches!(error, CliError::NoProgram { name: "assay-worker" }));
	}

	#[test]
	fn a_taken_port_is_reported_before_anything_starts() {
		let taken = TcpListener::bind(("127.0.0.1", 0)).unwrap();
		let (mut options, _bin) = with_programs(1, &[]);
		options.rpc_port = taken.local_addr().unwrap().port();
		let error = Devnet::prepare(options).err().unwrap();
		assert!(matches!(error, CliError::PortTaken(_)));
	}

	#[test]
	fn a_temporary_base_is_laid_out_and_removed() {
		let (options, _bin) = with_programs(1, &[]);
		let devnet = Devnet::prepare(options).unwrap();
		let base = devnet.base.clone();
		assert!(base.join("store/blobs").is_dir() && base.join("logs").is_dir());
		drop(devnet);
		assert!(!base.exists());
	}

	#[test]
	fn the_node_gets_an_archive_and_its_ports() {
		let options = options(1, &[]);
		let line = node_arguments(&options, Path::new("/base")).join(" ");
		assert!(line.starts_with("--dev --dev-block-time 1000 --rpc-port "));
		assert!(line.contains("--state-pruning archive --blocks-pruning archive"));
	}

	#[test]
	fn operators_are_distinct() {
		let mut names: Vec<_> = (0..32).map(operator).collect();
		assert_eq!(names[0], "//Bob");
		assert_eq!(names[5], "//Assay//operator//5");
		assert!(names.iter().all(|name| name != BANKER));
		names.dedup();
		assert_eq!(names.len(), 32);
	}

	#[test]
	fn what_is_offered_can_be_told_apart() {
		let all: Vec<_> = (0..8).map(|index| Candidate::new(index, 9000).unwrap()).collect();
		assert_eq!(all[0].uri, "//Bob");
		assert_eq!(all[2].uri, "//Dave");
		let told = |one: &Candidate| (one.signer.account(), one.spec.region, one.spec.price);
		for (at, one) in all.iter().enumerate() {
			assert!(all[..at].iter().all(|earlier| {
				let ((owner, region, price), (o, r, p)) = (told(earlier), told(one));
				owner != o && region != r && price != p
			}));
		}
	}

	#[tokio::test]
	async fn the_data_directory_is_left_to_the_worker() {
		let (options, bin) = with_programs(1, &[]);
		let program = bin.path().join("assay-worker");
		fs::remove_file(&program).unwrap();
		std::os::unix::fs::symlink("/bin/true", program).unwrap();
		let mut devnet = Devnet::prepare(options).unwrap();
		let member = Member { cluster: ClusterId(0), candidate: Candidate::new(0, 9000).unwrap() };
		let worker = devnet.start_worker("ws://127.0.0.1:1", member).unwrap();
		assert!(!worker.data.exists(), "it would be readable for everybody");
		assert_eq!(worker.dev_account, "//Bob");
		assert_eq!(worker.http, "http://127.0.0.1:9000");
		devnet.children.stop().await;
	}

	#[test]
	fn every_worker_has_a_port_of_its_own() {
		let mut ports = ports(&options(8, &[]));
		ports.sort_unstable();
		ports.dedup();
		assert_eq!(ports.len(), 8);
		assert!(ports.iter().all(|port| *port > 0));
	}

	#[test]
	fn the_link_is_escaped() {
		assert_eq!(
			polkadot_js("ws://127.0.0.1:9944"),
			"https://polkadot.js.org/apps/?rpc=ws%3A%2F%2F127.0.0.1%3A9944"
		);
	}

	#[test]
	fn health_is_read_from_an_answer() {
		let ready = b"HTTP/1.1 200 OK\r\nx: y\r\n\r\n{\"ready\":true,\"cluster\":1,\"open\":0}";
		assert!(read_health(ready).unwrap().ready);
		let not = b"HTTP/1.1 503 Service Unavailable\r\n\r\n{\"ready\":false}";
		assert!(!read_health(not).unwrap().ready);
		assert!(read_health(b"HTTP/1.1 404 Not Found\r\n\r\nno").is_none());
		assert!(read_health(b"").is_none());
	}

	#[tokio::test]
	async fn a_worker_is_asked_until_it_is_ready() {
		let server = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
		let http = format!("http://{}", server.local_addr().unwrap());
		let serve = async {
			for ready in [false, true] {
				let (mut stream, _) = server.accept().await.unwrap();
				let mut request = [0; 512];
				let read = stream.read(&mut request).await.unwrap();
				assert!(request[..read].starts_with(b"GET /health "));
				let answer = format!("HTTP/1.0 200 OK\r\n\r\n{{\"ready\":{ready}}}");
				stream.write_all(answer.as_bytes()).await.unwrap();
			}
		};
		let both = futures::future::join(serve, healthy(&http));
		timeout(WORKERS_DEADLINE, both).await.unwrap();
	}
}

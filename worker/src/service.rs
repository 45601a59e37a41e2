// SPDX-License-Identifier: GPL-3.0-or-later
//! The shell around the core: carries out its actions and tells it how they ended.

use crate::{
	bundle::{self, Bundle, Bundles, Facts},
	chain::Link,
	core::{Action, Core, Deed, DeedKind, Event, Fate, Finding, Order, Row},
	disk,
	executor::{wasm, Cancel, Execution, Executor, HostLimits, Run},
	fault::Behaviour,
	http::{self, Status},
	identity::{self, IdentityError},
	journal::{Journal, JournalError},
	metrics::Metrics,
	store::{Store, StoreError},
};
use assay_client::{AccountId, Block, Signer};
use assay_primitives::{
	outcome::Abstention, ClusterId, Genesis, PanelNonce, Possession, Salt, TaskId,
};
use ed25519_dalek::SigningKey;
use rand::{rngs::OsRng, RngCore};
use std::{
	collections::{BTreeSet, HashMap},
	fs::{File, TryLockError},
	future::Future,
	io,
	net::SocketAddr,
	path::{Path, PathBuf},
	sync::Arc,
	time::{Duration, Instant, SystemTime},
};
use tokio::{
	net::TcpListener,
	sync::{mpsc, watch, Semaphore},
	task::spawn_blocking,
	time::timeout,
};

/// How long open connections may keep the HTTP server from stopping.
const HTTP_STOP: Duration = Duration::from_secs(2);

/// What a worker is started with.
#[derive(Clone, Debug)]
pub struct Config {
	/// The node.
	pub url: String,
	/// The account that owns the cluster.
	pub signer: Signer,
	/// The cluster.
	pub cluster: ClusterId,
	/// The content store.
	pub store: PathBuf,
	/// What is the worker's own.
	pub data: PathBuf,
	/// Where `/health` and `/metrics` are served.
	pub http: SocketAddr,
	/// How many executions at once; as many as the cluster has slots by default.
	pub slots: Option<usize>,
	/// What the host grants to an execution.
	pub limits: HostLimits,
	/// Most bytes of all inputs of an execution.
	pub input_bytes: u64,
	/// What it does wrong.
	pub behaviour: Behaviour,
}

/// Why a worker does not start, or ends.
#[derive(Debug, thiserror::Error)]
pub enum Error {
	/// The data directory.
	#[error("cannot use the data directory {}", path.display())]
	Data {
		/// Which.
		path: PathBuf,
		/// Why.
		source: io::Error,
	},
	/// Another worker uses the data directory.
	#[error("another worker uses the data directory {}: stop it, or give this one its own --data", path.display())]
	InUse {
		/// Which.
		path: PathBuf,
	},
	/// The address is taken.
	#[error("cannot serve on {address}: choose another --http")]
	Http {
		/// The address.
		address: SocketAddr,
		/// Why.
		source: io::Error,
	},
	/// The cluster belongs to somebody else.
	#[error("cluster {cluster} belongs to {owner}, the key given is that of {account}")]
	NotOwner {
		/// The cluster.
		cluster: ClusterId,
		/// Its owner.
		owner: AccountId,
		/// The key's account.
		account: AccountId,
	},
	/// The cluster's key.
	#[error(transparent)]
	Identity(#[from] IdentityError),
	/// The journal.
	#[error(transparent)]
	Journal(#[from] JournalError),
	/// The content store.
	#[error(transparent)]
	Store(#[from] StoreError),
	/// The bundles.
	#[error(transparent)]
	Bundles(#[from] bundle::Error),
	/// The engine.
	#[error(transparent)]
	Engine(#[from] wasm::SetupError),
	/// The metrics.
	#[error("cannot set the metrics up")]
	Metrics(#[from] prometheus::Error),
	/// The chain, where waiting does not help.
	#[error(transparent)]
	Chain(#[from] assay_client::Error),
}

/// Holds the data directory for one process.
fn claim(data: &Path) -> Result<File, Error> {
	let failed = |source| Error::Data { path: data.into(), source };
	disk::create_private_dir(data).map_err(failed)?;
	let lock = File::create(data.join("lock")).map_err(failed)?;
	match lock.try_lock() {
		Ok(()) => Ok(lock),
		Err(TryLockError::WouldBlock) => Err(Error::InUse { path: data.into() }),
		Err(TryLockError::Error(source)) => Err(failed(source)),
	}
}

/// Runs a worker until `stop`, or until something is wrong that waiting does not mend.
pub async fn run(config: Config, stop: impl Future<Output = ()>) -> Result<(), Error> {
	let fault = config.behaviour.name();
	if let Some(fault) = fault {
		tracing::warn!(
			"*** SIMULATED FAULT `{fault}`: THIS WORKER IS NOT HONEST. NEVER USE IT FOR MONEY. ***"
		);
	}
	let claim = claim(&config.data)?;
	let metrics = Arc::new(Metrics::new(config.cluster, fault)?);
	let status = Arc::new(Status::new(config.cluster, fault));
	let address = config.http;
	let listener =
		TcpListener::bind(address).await.map_err(|source| Error::Http { address, source })?;
	let shell = Shell {
		key: identity::load_or_create(&config.data)?,
		store: Store::open(&config.store)?,
		bundles: Bundles::open(&config.data.join("bundles"))?,
		executor: Box::new(wasm::WasmExecutor::new()?),
		metrics: metrics.clone(),
		cluster: config.cluster,
		limits: config.limits.clone(),
		input_bytes: config.input_bytes,
		behaviour: config.behaviour,
		_claim: claim,
	};
	tracing::info!(cluster = %config.cluster, %address, "serving /health and /metrics");
	let (end, ended) = watch::channel(());
	let server = tokio::spawn(http::serve(listener, status.clone(), metrics.clone(), async move {
		let mut ended = ended;
		// The sender goes when the worker ends.
		while ended.changed().await.is_ok() {}
	}));
	let outcome = tokio::select! {
		outcome = serve_cluster(config, shell, metrics, status) => outcome,
		() = stop => {
			tracing::info!("stopping");
			Ok(())
		},
	};
	drop(end);
	match timeout(HTTP_STOP, server).await {
		Ok(Ok(Ok(()))) => {},
		Ok(Ok(Err(error))) => tracing::warn!(%error, "the HTTP server failed"),
		Ok(Err(error)) => tracing::warn!(%error, "the HTTP server failed"),
		Err(_) => tracing::warn!("somebody keeps a connection open: closing it"),
	}
	outcome
}

async fn serve_cluster(
	config: Config,
	shell: Shell,
	metrics: Arc<Metrics>,
	status: Arc<Status>,
) -> Result<(), Error> {
	let link =
		Link::connect(&config.url, config.signer.clone(), config.cluster, metrics.clone()).await?;
	let genesis = link.genesis();
	let journal = Journal::open(&config.data.join("journal.sqlite"), genesis, config.cluster)?;
	let (sender, heads) = watch::channel(None);
	let follower = link.clone();
	let follow = tokio::spawn(async move { follower.follow(sender).await });
	let worker = Worker::new(config, shell, journal, link, metrics, status);
	tokio::select! {
		outcome = worker.work(heads) => outcome,
		ended = follow => match ended {
			Ok(error) => Err(error.into()),
			Err(_) => Ok(()),
		},
	}
}

/// What an execution needs. Everything here blocks.
struct Shell {
	key: SigningKey,
	store: Store,
	bundles: Bundles,
	executor: Box<dyn Executor>,
	metrics: Arc<Metrics>,
	cluster: ClusterId,
	limits: HostLimits,
	input_bytes: u64,
	behaviour: Behaviour,
	/// Held as long as anything still works in the data directory.
	_claim: File,
}

impl Shell {
	/// Runs a task, and writes its bundle. `None` when nobody wants the result any more.
	fn execute(&self, order: &Order, genesis: Genesis, cancel: &Cancel) -> Option<Row> {
		self.metrics.execution_began();
		let begun = Instant::now();
		let run = self.run(order, cancel);
		let (label, fuel) = (run.execution.label(), run.fuel_used);
		self.metrics.execution_ended(label, begun.elapsed(), fuel);
		if cancel.is_raised() {
			return None;
		}
		tracing::info!(task = %order.task, role = ?order.role, result = label, fuel, "executed");
		let finding = match &run.execution {
			Execution::Unavailable(reason) => {
				tracing::warn!(task = %order.task, reason, "giving the task back");
				Finding::Abstention(Abstention::Unavailable)
			},
			Execution::HostLimit(reason) => {
				tracing::warn!(task = %order.task, reason, "giving the task back");
				Finding::Abstention(Abstention::HostLimit)
			},
			_ => self.bundle(order, genesis, &run).unwrap_or_else(|error| {
				tracing::error!(task = %order.task, error = %chain_of(&error), "no bundle: giving the task back");
				Finding::Abstention(Abstention::HostLimit)
			}),
		};
		Some(Row {
			task: order.task,
			attempt: order.attempt,
			fingerprint: order.fingerprint,
			finding,
			possession: None,
			submitted: BTreeSet::new(),
			published: false,
		})
	}

	fn run(&self, order: &Order, cancel: &Cancel) -> Run {
		let begun = (SystemTime::now(), Instant::now());
		let without_running = |execution| Run {
			execution,
			fuel_used: 0,
			log: Vec::new(),
			started: begun.0,
			wall_time: begun.1.elapsed(),
		};
		if order.engine != self.executor.engine() {
			let reason = format!("this worker does not have the engine {:?}", order.engine);
			return without_running(Execution::Unavailable(reason));
		}
		let mut run = match self.store.job(&order.workload, self.input_bytes) {
			Ok(job) => {
				let host = HostLimits { cancel: cancel.clone(), ..self.limits.clone() };
				self.executor.run(&job, &host)
			},
			Err(unstarted) => without_running(unstarted.into()),
		};
		run.execution = self.behaviour.tamper(run.execution);
		run
	}

	fn bundle(&self, order: &Order, genesis: Genesis, run: &Run) -> Result<Finding, bundle::Error> {
		let facts = Facts {
			genesis,
			task: order.task,
			attempt: order.attempt,
			cluster: self.cluster,
			role: order.role,
			engine: order.engine,
			workload: order.workload.clone(),
			simulated_fault: self.behaviour.name(),
		};
		let bundle = Bundle::new(&facts, run, &self.key)?;
		self.bundles.put(order.attempt, &bundle, run)?;
		let mut salt = Salt::default();
		OsRng.fill_bytes(&mut salt.0);
		let (outcome, evidence_root) = (bundle.manifest.outcome, bundle.manifest.evidence_root);
		Ok(Finding::Outcome { outcome, evidence_root, salt })
	}
}

/// An error with its causes on one line.
fn chain_of(error: &dyn std::error::Error) -> String {
	let mut text = error.to_string();
	let mut next = error.source();
	while let Some(cause) = next {
		text.push_str(&format!(": {cause}"));
		next = cause.source();
	}
	text
}

/// What all actions share.
struct Common {
	shell: Shell,
	journal: Journal,
	link: Link,
	genesis: Genesis,
	metrics: Arc<Metrics>,
	status: Arc<Status>,
	cluster: ClusterId,
	events: mpsc::UnboundedSender<Event>,
}

struct Worker {
	common: Arc<Common>,
	events: mpsc::UnboundedReceiver<Event>,
	slots: Option<usize>,
	behaviour: Behaviour,
}

impl Worker {
	fn new(
		config: Config,
		shell: Shell,
		journal: Journal,
		link: Link,
		metrics: Arc<Metrics>,
		status: Arc<Status>,
	) -> Self {
		let (sender, events) = mpsc::unbounded_channel();
		let genesis = link.genesis();
		let common = Common {
			shell,
			journal,
			link,
			genesis,
			metrics,
			status,
			cluster: config.cluster,
			events: sender,
		};
		Self { common: Arc::new(common), events, slots: config.slots, behaviour: config.behaviour }
	}

	async fn work(mut self, mut heads: watch::Receiver<Option<Block>>) -> Result<(), Error> {
		let slots = self.wait_for_cluster(&mut heads).await?;
		let rows = self.common.journal.rows()?;
		let (cluster, genesis) = (self.common.cluster, self.common.genesis);
		tracing::info!(%cluster, slots, remembered = rows.len(), "serving the cluster");
		let mut core = Core::new(cluster, genesis, rows);
		let mut pool = Pool { slots: Arc::new(Semaphore::new(slots)), running: HashMap::new() };
		loop {
			let event = tokio::select! {
				event = self.events.recv() => match event {
					Some(event) => event,
					None => return Ok(()),
				},
				changed = heads.changed() => {
					if changed.is_err() {
						// The follower ended; whoever waits for it knows why.
						std::future::pending::<()>().await;
					}
					let Some(block) = *heads.borrow_and_update() else { continue };
					match self.common.link.snapshot(block, &core.known()).await {
						Ok(snapshot) => Event::Block(snapshot),
						Err(error) => {
							self.common.metrics.chain_error(error.label());
							tracing::warn!(%error, block = block.number, "cannot look at the block");
							continue;
						},
					}
				},
			};
			if let Event::Executed(task, _) = &event {
				pool.running.remove(task);
			}
			let block = match &event {
				Event::Block(snapshot) => Some(snapshot.now),
				_ => None,
			};
			let actions = core.step(event);
			if let Some(block) = block {
				self.common.metrics.block(block);
				self.common.metrics.open(core.open());
				self.common.status.progress(block, core.open());
			}
			for action in actions {
				if let Some(action) = self.behaviour.distort(action) {
					self.act(action, &core, &mut pool).await;
				}
			}
		}
	}

	/// Waits until a finalised block shows the cluster, and returns how many executions to run at
	/// once.
	async fn wait_for_cluster(
		&self,
		heads: &mut watch::Receiver<Option<Block>>,
	) -> Result<usize, Error> {
		let common = &self.common;
		let mut told = false;
		loop {
			if heads.changed().await.is_err() {
				std::future::pending::<()>().await;
			}
			let Some(block) = *heads.borrow_and_update() else { continue };
			let found = match common.link.cluster(block).await {
				Ok(found) => found,
				Err(error) => {
					common.metrics.chain_error(error.label());
					tracing::warn!(%error, block = block.number, "cannot look at the block");
					continue;
				},
			};
			let (cluster, account) = (common.cluster, common.link.account());
			match found {
				Some(view) if view.owner == account => {
					// Whoever waits for this worker need not wait for the next block.
					heads.mark_changed();
					return Ok(self.slots.unwrap_or(usize::from(view.spec.slots)).max(1));
				},
				Some(view) => return Err(Error::NotOwner { cluster, owner: view.owner, account }),
				None if !told => {
					told = true;
					tracing::warn!(%cluster, "the cluster is not registered yet, waiting");
				},
				None => {},
			}
		}
	}

	async fn act(&self, action: Action, core: &Core, pool: &mut Pool) {
		let common = self.common.clone();
		match action {
			Action::Execute(order) => {
				let cancel = Cancel::default();
				pool.running.insert(order.task, cancel.clone());
				tokio::spawn(common.execute(order, cancel, pool.slots.clone()));
			},
			Action::Cancel(task) => {
				if let Some(cancel) = pool.running.get(&task) {
					tracing::info!(%task, "cancelled");
					cancel.raise();
				}
			},
			Action::Prove(task, nonce) => {
				tokio::spawn(common.prove(task, core.attempt_of(task), nonce));
			},
			Action::Submit(task, deed) => {
				tokio::spawn(common.submit(task, core.attempt_of(task), deed));
			},
			Action::Publish(task) => {
				tokio::spawn(common.publish(task, core.attempt_of(task)));
			},
			// What follows may write a new row of the same name: first things first.
			Action::Forget(task) => common.forget(task).await,
		}
	}
}

struct Pool {
	slots: Arc<Semaphore>,
	running: HashMap<TaskId, Cancel>,
}

impl Drop for Pool {
	fn drop(&mut self) {
		for cancel in self.running.values() {
			cancel.raise();
		}
	}
}

impl Common {
	/// Nobody listens any more only when the worker ends.
	fn tell(&self, event: Event) {
		let _ = self.events.send(event);
	}

	async fn execute(self: Arc<Self>, order: Order, cancel: Cancel, slots: Arc<Semaphore>) {
		let task = order.task;
		let slot = slots.acquire_owned().await;
		let common = self.clone();
		let row = spawn_blocking(move || {
			let row = common.shell.execute(&order, common.genesis, &cancel)?;
			common.recorded(row)
		});
		// A panic in the executor costs this one execution; the core will order another.
		let row = row.await.unwrap_or_else(|error| {
			tracing::error!(%task, %error, "the execution failed");
			None
		});
		drop(slot);
		self.tell(Event::Executed(task, row));
	}

	/// The row as the journal has it. Without a record, nothing may be committed; a task can still be
	/// given back.
	fn recorded(&self, row: Row) -> Option<Row> {
		match self.journal.record(&row) {
			Ok(row) => Some(row),
			Err(error) => {
				tracing::error!(task = %row.task, error = %chain_of(&error), "no record: giving the task back");
				Some(Row { finding: Finding::Abstention(Abstention::HostLimit), ..row })
			},
		}
	}

	async fn prove(self: Arc<Self>, task: TaskId, attempt: u8, nonce: PanelNonce) {
		let common = self.clone();
		let proof = spawn_blocking(move || -> Result<Possession, Error> {
			let possession = common.shell.bundles.possession(task, attempt, &nonce)?;
			common.journal.prove(task, attempt, nonce, possession)?;
			Ok(possession)
		});
		let proof = match proof.await {
			Ok(Ok(possession)) => Some((nonce, possession)),
			Ok(Err(error)) => {
				tracing::error!(%task, error = %chain_of(&error), "cannot prove possession");
				None
			},
			Err(_) => None,
		};
		self.tell(Event::Proved(task, proof));
	}

	async fn submit(self: Arc<Self>, task: TaskId, attempt: u8, deed: Deed) {
		let kind = deed.kind();
		let common = self.clone();
		let intended = spawn_blocking(move || match common.journal.intend(task, attempt, &deed) {
			// Giving back needs no record: it has no secret and no second form.
			Err(JournalError::Database(_)) if kind == DeedKind::Abstain => Ok(()),
			intended => intended,
		});
		let fate = match intended.await {
			Ok(Ok(())) => {
				tracing::info!(%task, deed = kind.name(), "submitting");
				self.link.submit(task, &deed).await
			},
			Ok(Err(error)) => {
				tracing::error!(%task, deed = kind.name(), error = %chain_of(&error), "not submitted");
				Fate::Refused
			},
			Err(_) => Fate::Unclear,
		};
		self.metrics.deed(kind, fate);
		self.tell(Event::Submitted(task, kind, fate));
	}

	async fn publish(self: Arc<Self>, task: TaskId, attempt: u8) {
		let common = self.clone();
		let published = spawn_blocking(move || -> Result<PathBuf, Error> {
			let path = common.shell.bundles.publish(task, attempt, &common.shell.store)?;
			common.journal.published(task)?;
			Ok(path)
		});
		let done = match published.await {
			Ok(Ok(path)) => {
				tracing::info!(%task, path = %path.display(), "the bundle is public");
				true
			},
			Ok(Err(error)) => {
				tracing::error!(%task, error = %chain_of(&error), "cannot make the bundle public");
				false
			},
			Err(_) => false,
		};
		self.tell(Event::Published(task, done));
	}

	async fn forget(self: Arc<Self>, task: TaskId) {
		let forgotten = spawn_blocking(move || {
			self.shell.bundles.remove(task);
			self.journal.forget(task)
		});
		if let Ok(Err(error)) = forgotten.await {
			// The next start finds the row again, and the core drops it again.
			tracing::warn!(%task, error = %chain_of(&error), "cannot forget the task");
		}
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn a_data_directory_has_one_worker() {
		let dir = tempfile::tempdir().unwrap();
		let data = dir.path().join("data");
		let first = claim(&data).unwrap();
		assert!(matches!(claim(&data), Err(Error::InUse { .. })));
		drop(first);
		claim(&data).unwrap();
		assert!(data.is_dir());
	}
}

// SPDX-License-Identifier: GPL-3.0-or-later
//! The shell around the core: carries out its actions and tells it how they ended.

use crate::{
	bundle::{self, Bundle, Bundles, Facts, Public},
	chain::Link,
	core::{Action, Core, Deed, Event, Fate, Finding, Record, Row},
	disk,
	executor::{wasm, Cancel, Execution, Executor, HostLimits, Run},
	fault::Behaviour,
	http::{self, Status},
	identity::{self, IdentityError},
	journal::{Journal, JournalError},
	metrics::Metrics,
	order::{Order, Part, Runs},
	store::{Store, StoreError},
};
use assay_client::{AccountId, Block, Signer, PLACES_PER_SLOT};
use assay_primitives::{
	merkle::Hash, outcome::Abstention, ClusterId, Genesis, PanelNonce, Salt, TaskId,
};
use ed25519_dalek::SigningKey;
use rand::{rngs::OsRng, RngCore};
use std::{
	collections::HashMap,
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
	task::{spawn_blocking, JoinError},
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
	/// How many executions at once; as many as the cluster's slots have places by default.
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
	/// Nobody follows the chain any more.
	#[error("the worker failed to follow the chain: start it again")]
	Follower(#[source] JoinError),
}

/// Holds the data directory for one process.
fn claim(data: &Path) -> Result<File, Error> {
	let failed = |source| Error::Data { path: data.into(), source };
	disk::ensure_private_dir(data).map_err(failed)?;
	let lock = File::create(data.join("lock")).map_err(failed)?;
	match lock.try_lock() {
		Ok(()) => {},
		Err(TryLockError::WouldBlock) => return Err(Error::InUse { path: data.into() }),
		Err(TryLockError::Error(source)) => return Err(failed(source)),
	}
	disk::sweep(data, Duration::ZERO).map_err(failed)?;
	Ok(lock)
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
	shell.bundles.sweep(&journal.rows()?)?;
	let (sender, heads) = watch::channel(None);
	let follower = link.clone();
	let follow = tokio::spawn(async move { follower.follow(sender).await });
	let worker = Worker::new(config, shell, journal, link, metrics, status);
	tokio::select! {
		outcome = worker.work(heads) => outcome,
		ended = follow => Err(end_of_following(ended)),
	}
}

/// Why nobody follows the chain any more: waiting does not help, or it panicked.
fn end_of_following(ended: Result<assay_client::Error, JoinError>) -> Error {
	ended.map_or_else(Error::Follower, Error::Chain)
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
	/// Runs a task as often as was ordered, and writes its bundle. `None` when nobody wants the result
	/// any more. Nothing is recorded before all runs are over: whoever is killed in between runs them all
	/// again.
	fn execute(&self, order: &Order, genesis: Genesis, cancel: &Cancel) -> Option<Row> {
		if let Part::Fetch { .. } = order.part {
			return self.fetched(order).unwrap_or_else(|reason| {
				tracing::warn!(task = %order.task, reason, "cannot fetch what was accepted yet");
				None
			});
		}
		let run = self.measured(order, cancel)?;
		// What gives nothing to answer with is given back, however often it is tried.
		if order.runs == Runs::Twice && run.execution.ending().is_some() {
			let again = self.measured(order, cancel)?;
			if again.execution.ending().is_none() {
				return Some(order.row(self.finding(order, genesis, &again)));
			}
			if again.execution != run.execution {
				tracing::warn!(task = %order.task, "two runs differ: the task cannot be reproduced");
				return Some(order.row(Finding::Unstable));
			}
		}
		Some(order.row(self.finding(order, genesis, &run)))
	}

	/// A copy of what was accepted; `None` when there is none to be had.
	fn fetched(&self, order: &Order) -> Result<Option<Row>, String> {
		let Part::Fetch { outcome, from } = &order.part else { return Ok(None) };
		if !self.store.has_bundles() {
			return Err("the content store is not there".into());
		}
		for root in from {
			let public = Public { task: order.task, outcome, root };
			let found = self.bundles.fetch(order.attempt, &public, &self.store);
			if let Some(manifest) = found.map_err(|error| chain_of(&error))? {
				tracing::info!(task = %order.task, %root, "fetched what was accepted");
				return Ok(Some(order.row(Finding::Outcome {
					outcome: *outcome,
					evidence_root: manifest.evidence_root,
					salt: new_salt(),
				})));
			}
		}
		Ok(None)
	}

	/// What is recorded when there is no time left.
	fn at_last(&self, order: &Order) -> Row {
		let nothing = |reason| order.row(Finding::Abstention(reason));
		let Part::Fetch { outcome, .. } = order.part else {
			tracing::warn!(task = %order.task, "there is no time left to run the task");
			return nothing(Abstention::HostLimit);
		};
		match self.fetched(order) {
			Ok(Some(row)) => row,
			Ok(None) => {
				tracing::warn!(task = %order.task, "nobody serves what was accepted");
				order.row(Finding::served_nothing(outcome, new_salt()))
			},
			Err(reason) => {
				// What this host cannot do says nothing about those who should serve it.
				tracing::error!(task = %order.task, reason, "cannot fetch what was accepted");
				nothing(Abstention::HostLimit)
			},
		}
	}

	/// Runs a task once. `None` when nobody wants the result any more.
	fn measured(&self, order: &Order, cancel: &Cancel) -> Option<Run> {
		// It may have waited long for a slot.
		if cancel.is_raised() {
			return None;
		}
		self.metrics.execution_began();
		let begun = Instant::now();
		let run = self.run(order, cancel);
		let (label, fuel) = (run.execution.label(), run.fuel_used);
		self.metrics.execution_ended(label, begun.elapsed(), fuel);
		if cancel.is_raised() {
			return None;
		}
		tracing::info!(task = %order.task, role = ?order.role, result = label, fuel, "executed");
		Some(run)
	}

	/// What a run gives to answer with.
	fn finding(&self, order: &Order, genesis: Genesis, run: &Run) -> Finding {
		match &run.execution {
			Execution::Unavailable(reason) => {
				tracing::warn!(task = %order.task, reason, "giving the task back");
				Finding::Abstention(Abstention::Unavailable)
			},
			Execution::HostLimit(reason) => {
				tracing::warn!(task = %order.task, reason, "giving the task back");
				Finding::Abstention(Abstention::HostLimit)
			},
			_ => self.bundle(order, genesis, run).unwrap_or_else(|error| {
				tracing::error!(task = %order.task, error = %chain_of(&error), "no bundle: giving the task back");
				Finding::Abstention(Abstention::HostLimit)
			}),
		}
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
		let mut run = match (self.store.job(&order.workload, self.input_bytes), &order.part) {
			(Ok(job), part) => {
				let job = match part {
					Part::Item(index) => job.of_item(*index),
					Part::Whole | Part::Fetch { .. } => job,
				};
				let host = HostLimits { cancel: cancel.clone(), ..self.limits.clone() };
				self.executor.run(&job, &host)
			},
			(Err(unstarted), part) => {
				let items = match part {
					Part::Item(_) => None,
					Part::Whole | Part::Fetch { .. } => order.workload.items,
				};
				without_running(Execution::unstarted(unstarted, items))
			},
		};
		run.execution = self.behaviour.tamper(run.execution);
		run
	}

	/// What is posted of an array.
	fn nodes(&self, task: TaskId, attempt: u8, deed: &Deed) -> Result<Vec<Hash>, bundle::Error> {
		match deed {
			Deed::Split => self.bundles.nodes(task, attempt, None),
			Deed::Narrow(subtree) => self.bundles.nodes(task, attempt, Some(*subtree)),
			_ => Ok(Vec::new()),
		}
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
			item: match order.part {
				Part::Item(index) => Some(index),
				Part::Whole | Part::Fetch { .. } => None,
			},
			simulated_fault: self.behaviour.name(),
		};
		let bundle = Bundle::new(&facts, run, &self.key)?;
		self.bundles.put(order.attempt, &bundle, run)?;
		let (outcome, evidence_root) = (bundle.manifest.outcome, bundle.manifest.evidence_root);
		Ok(Finding::Outcome { outcome, evidence_root, salt: new_salt() })
	}
}

fn new_salt() -> Salt {
	let mut salt = Salt::default();
	OsRng.fill_bytes(&mut salt.0);
	salt
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
					let places = usize::from(view.spec.slots.saturating_mul(PLACES_PER_SLOT));
					return Ok(self.slots.unwrap_or(places).max(1));
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

	async fn act(&mut self, action: Action, core: &Core, pool: &mut Pool) {
		let common = self.common.clone();
		let work = Work(common.events.clone());
		match action {
			Action::Execute(order) => {
				let (task, cancel) = (order.task, Cancel::default());
				pool.running.insert(task, cancel.clone());
				let slots = pool.slots.clone();
				work.begin(Event::Executed(task, None), common.execute(order, cancel, slots));
			},
			Action::Cancel(task) => {
				if let Some(cancel) = pool.running.get(&task) {
					tracing::info!(%task, "cancelled");
					cancel.raise();
				}
			},
			Action::GiveUp(order) => {
				work.begin(Event::GivenUp(order.task, None), common.give_up(order));
			},
			Action::Prove(task, nonce) => {
				let (attempt, record) = (core.attempt_of(task), core.record_of_proof(task));
				let proof = common.prove(task, attempt, nonce, record);
				work.begin(Event::Proved(task, None), proof);
			},
			Action::Submit(task, deed) => {
				let failed = Event::Submitted(task, deed.kind(), Fate::Unclear);
				let sent = self.behaviour.slip(deed);
				work.begin(failed, common.submit(task, core.attempt_of(task), deed, sent));
			},
			Action::Renew => work.begin(Event::Renewed(Fate::Unclear), common.renew()),
			Action::TellDrained => {
				let cluster = common.cluster;
				tracing::warn!(
					"no draw finds the cluster: it was drained, or its lease had expired; run \
					 `assay cluster resume {cluster}` to bring it back"
				);
			},
			Action::Publish(task) => {
				let publication = common.publish(task, core.attempt_of(task));
				work.begin(Event::Published(task, false), publication);
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

/// Where the core hears how things ended.
struct Work(mpsc::UnboundedSender<Event>);

impl Work {
	/// Begins something whose end is an event. A panic counts as `failed`: the core would wait for the
	/// end for ever, and never try again.
	fn begin(self, failed: Event, work: impl Future<Output = Event> + Send + 'static) {
		// Nobody listens any more only when the worker ends.
		let tell = move |event| {
			let _ = self.0.send(event);
		};
		tokio::spawn(async move {
			match tokio::spawn(work).await {
				Ok(event) => tell(event),
				Err(error) => {
					tell(failed.clone());
					tracing::error!(%error, counts_as = ?failed, "the worker is at fault");
				},
			}
		});
	}
}

/// Does what blocks. What goes wrong is logged as `trouble`, a panic as well.
async fn blocking<T: Send + 'static>(
	task: TaskId,
	trouble: &str,
	work: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Option<T> {
	match spawn_blocking(work).await {
		Ok(Ok(done)) => Some(done),
		Ok(Err(error)) => {
			tracing::error!(%task, error = %chain_of(&error), "{trouble}");
			None
		},
		Err(error) => {
			tracing::error!(%task, %error, "{trouble}");
			None
		},
	}
}

/// Goes on without a record that is only desired. What is on record already and says something else
/// is never passed over.
fn insist(record: Record, written: Result<(), JournalError>) -> Result<(), JournalError> {
	match written {
		Err(error @ JournalError::Database(_)) if record == Record::Desired => {
			tracing::warn!(error = %chain_of(&error), "going on without a record");
			Ok(())
		},
		written => written,
	}
}

impl Common {
	async fn execute(
		self: Arc<Self>,
		order: Order,
		cancel: Cancel,
		slots: Arc<Semaphore>,
	) -> Event {
		let task = order.task;
		let slot = slots.acquire_owned().await;
		// A panic in the executor costs this one execution; the core will order another.
		let row = blocking(task, "the execution failed", move || {
			let row = self.shell.execute(&order, self.genesis, &cancel);
			Ok(row.map(|row| self.recorded(row)))
		});
		let row = row.await.flatten();
		drop(slot);
		Event::Executed(task, row)
	}

	/// The row as the journal has it. Without a record, nothing may be committed; a task can still be
	/// given back.
	fn recorded(&self, row: Row) -> Row {
		self.journal.record(&row).unwrap_or_else(|error| {
			tracing::error!(task = %row.task, error = %chain_of(&error), "no record: giving the task back");
			Row { finding: Finding::Abstention(Abstention::HostLimit), ..row }
		})
	}

	async fn give_up(self: Arc<Self>, order: Order) -> Event {
		let task = order.task;
		let row = blocking(task, "cannot give the task back", move || {
			let row = self.shell.at_last(&order);
			Ok(self.recorded(row))
		});
		Event::GivenUp(task, row.await)
	}

	async fn prove(
		self: Arc<Self>,
		task: TaskId,
		attempt: u8,
		nonce: PanelNonce,
		record: Record,
	) -> Event {
		let proof = blocking(task, "cannot prove possession", move || {
			let possession = self.shell.bundles.possession(task, attempt, &nonce)?;
			insist(record, self.journal.prove(task, attempt, nonce, possession))?;
			Ok((nonce, possession))
		});
		Event::Proved(task, proof.await)
	}

	/// Records `deed` and submits what is `sent`, which is the same unless the worker misbehaves on purpose.
	async fn submit(self: Arc<Self>, task: TaskId, attempt: u8, deed: Deed, sent: Deed) -> Event {
		let kind = deed.kind();
		let common = self.clone();
		let trouble = format!("{} is not submitted", kind.name());
		let intended = blocking(task, &trouble, move || {
			let nodes = common.shell.nodes(task, attempt, &deed)?;
			insist(kind.record(), common.journal.intend(task, attempt, &deed))?;
			Ok(nodes)
		});
		let fate = match intended.await {
			Some(nodes) => {
				tracing::info!(%task, deed = kind.name(), "submitting");
				self.link.submit(task, &sent, nodes).await
			},
			None => Fate::Refused,
		};
		self.metrics.deed(kind, fate);
		Event::Submitted(task, kind, fate)
	}

	async fn renew(self: Arc<Self>) -> Event {
		let fate = self.link.renew().await;
		self.metrics.renewal(fate);
		Event::Renewed(fate)
	}

	async fn publish(self: Arc<Self>, task: TaskId, attempt: u8) -> Event {
		if self.shell.behaviour.withholds() {
			return Event::Published(task, true);
		}
		let path = blocking(task, "cannot make the bundle public", move || {
			let path = self.shell.bundles.publish(task, attempt, &self.shell.store)?;
			self.journal.published(task)?;
			Ok(path)
		});
		let path = path.await;
		if let Some(path) = &path {
			tracing::info!(%task, path = %path.display(), "the bundle is public");
		}
		Event::Published(task, path.is_some())
	}

	/// What stays is found by the next start, and the core drops it again.
	async fn forget(self: Arc<Self>, task: TaskId) {
		let forgotten = blocking(task, "cannot forget the task", move || {
			self.shell.bundles.remove(task);
			Ok(self.journal.forget(task)?)
		});
		forgotten.await;
	}
}

#[cfg(test)]
#[path = "service_tests.rs"]
mod tests;

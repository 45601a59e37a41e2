// SPDX-License-Identifier: GPL-3.0-or-later
//! What to do next: a pure function of what the chain shows and what the journal holds.
//!
//! [`Core::step`] owns no socket, no file and no clock. It is level-triggered: after every event it
//! looks at the whole state and asks what is missing. So a block that was skipped, an event that came
//! twice or a restart in between change nothing but the time at which things happen.
//!
//! Invariants:
//!
//! - W1: a commitment is only submitted for a row that is in the journal, salt included.
//! - W2: whatever is submitted for one task and one kind of deed has always the same content.
//! - W3: nothing is submitted for a stage whose deadline has passed, nor twice while the first try is
//!   under way, nor again unless the chain still shows that it is missing.
//! - W4: no task keeps another one from being served.
//! - W5: no answer is given in clear in the last [`ANSWER_MARGIN`] blocks before a deadline, nor after
//!   the task was given back.
//! - W6: a lease is renewed while less than half of it is left, never twice at once, and never for a
//!   cluster that is drained: renewing does not bring it back.

use crate::order::Order;
use assay_primitives::{
	blake2_256,
	outcome::{Abstention, Opening, Outcome},
	protocol::{Act, Context, Execution, Role, Stage, Trial, NOTHING},
	task::Workload,
	view::{ClusterStatus, TaskView},
	BlockNumber, ClusterId, Commitment, EvidenceRoot, Genesis, PanelNonce, Possession, Salt,
	TaskId,
};
use codec::Encode;
use std::collections::{BTreeMap, BTreeSet};

/// What stands in for the evidence of a witness who was served nothing.
const NO_EVIDENCE: EvidenceRoot = EvidenceRoot([0; 32]);

/// How often a final task's bundle is tried to be made public before it is given up.
const PUBLISH_TRIES: u32 = 10;

/// With fewer blocks than this before its deadline, a task is not answered in clear any more.
///
/// The core sees finalised blocks, which are about five behind the one that is being built. An answer
/// that comes too late is refused and public all the same: whoever is drawn in our place could copy it.
pub const ANSWER_MARGIN: BlockNumber = 8;

/// With fewer blocks than this before its deadline, a task that is still to be run is given back:
/// that has to get in as well, where letting the deadline pass costs standing.
pub const GIVE_UP_MARGIN: BlockNumber = 10;
const _: () = assert!(GIVE_UP_MARGIN > ANSWER_MARGIN);

/// Tells one task from another with the same number on a chain that was started anew.
pub type Fingerprint = [u8; 32];

/// Tells one life of a chain from the next: the hash of block one. A development chain that is
/// started anew has the same genesis, but never the same first block.
pub type Life = [u8; 32];

/// A task in which the cluster has, or had, an execution.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Seen {
	/// Its number.
	pub task: TaskId,
	/// What it is.
	pub fingerprint: Fingerprint,
	/// What is to be run.
	pub workload: Workload,
	/// Where it stands.
	pub trial: Trial,
}

impl Seen {
	/// A task as the runtime shows it, in this life of the chain.
	pub fn new<AccountId: Encode>(life: &Life, view: TaskView<AccountId>) -> Self {
		let TaskView { id, requester, request, submitted_at, trial, .. } = view;
		let about = ("assay/worker/task/v1", life, id, requester, &request, submitted_at);
		let fingerprint = blake2_256(&about.encode());
		Self { task: id, fingerprint, workload: request.workload, trial }
	}
}

/// How the cluster stands in the draws.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Presence {
	/// Whether it can be drawn.
	pub status: ClusterStatus,
	/// The last block in which a draw finds it, unless it shows that it is alive.
	pub lease_until: BlockNumber,
	/// For how many blocks a renewal holds.
	pub lease: BlockNumber,
}

/// What a finalised block shows.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Snapshot {
	/// In which life of the chain.
	pub life: Life,
	/// Its number.
	pub now: BlockNumber,
	/// How the cluster stands in the draws; none when there is no such cluster.
	pub presence: Option<Presence>,
	/// The cluster's assignments, and open tasks that the journal still knows.
	pub tasks: Vec<Seen>,
	/// Tasks that the journal still knows and the chain has forgotten: they are final.
	pub gone: Vec<TaskId>,
}

/// What came out of an execution.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Finding {
	/// Something to answer with.
	Outcome {
		/// It.
		outcome: Outcome,
		/// Root of the cluster's own evidence.
		evidence_root: EvidenceRoot,
		/// The secret of the commitment.
		salt: Salt,
	},
	/// Nothing: the task is given back.
	Abstention(Abstention),
	/// Two different outcomes: the program cannot be reproduced.
	Unstable,
}

impl Finding {
	/// That of a witness whom nobody serves what was accepted: it has no evidence, and no bytes to show.
	pub fn served_nothing(outcome: Outcome, salt: Salt) -> Self {
		Self::Outcome { outcome, evidence_root: NO_EVIDENCE, salt }
	}
}

/// What the journal knows about one execution.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Row {
	/// The task.
	pub task: TaskId,
	/// At which try of the task it was drawn.
	pub attempt: u8,
	/// What the task was.
	pub fingerprint: Fingerprint,
	/// What came out.
	pub finding: Finding,
	/// The proof of possession for those who judge, or for the witnesses, with this nonce.
	pub possession: Option<(PanelNonce, Possession)>,
	/// What was submitted at least once.
	pub submitted: BTreeSet<DeedKind>,
	/// Whether the bundle is public.
	pub published: bool,
}

impl Row {
	/// What it shows, and under which number, if that is on record or needs no record.
	fn shown(&self) -> Option<(Option<PanelNonce>, Possession)> {
		match self.finding {
			Finding::Outcome { evidence_root: NO_EVIDENCE, .. } => Some((None, NOTHING)),
			_ => self.possession.map(|(nonce, shown)| (Some(nonce), shown)),
		}
	}
}

/// What a cluster can do to a task, without its content.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum DeedKind {
	/// Seal an outcome.
	Commit,
	/// Say in clear what was found.
	Answer,
	/// Open a sealed outcome.
	Open,
	/// Open the sealed outcome of somebody who judges.
	OpenPanel,
	/// Show that the bytes are held.
	Possess,
	/// Post the roots of an array's subtrees.
	Split,
	/// Post the leaves of one of them.
	Narrow,
	/// Give the task back.
	Abstain,
	/// Say that the outcome cannot be reproduced.
	AdmitUnstable,
}

impl DeedKind {
	/// All of them.
	pub const ALL: [Self; 9] = [
		Self::Commit,
		Self::Answer,
		Self::Open,
		Self::OpenPanel,
		Self::Possess,
		Self::Split,
		Self::Narrow,
		Self::Abstain,
		Self::AdmitUnstable,
	];

	/// A short name for journal, metrics and logs.
	pub fn name(self) -> &'static str {
		match self {
			Self::Commit => "commit",
			Self::Answer => "answer",
			Self::Open => "open",
			Self::OpenPanel => "open_panel",
			Self::Possess => "possess",
			Self::Split => "split",
			Self::Narrow => "narrow",
			Self::Abstain => "abstain",
			Self::AdmitUnstable => "admit_unstable",
		}
	}

	/// Whether it makes the outcome public.
	fn shows(self) -> bool {
		matches!(self, Self::Answer | Self::Open | Self::OpenPanel)
	}

	/// Whether it binds the cluster to an outcome.
	fn binds(self) -> bool {
		matches!(self, Self::Commit | Self::Answer)
	}

	/// Whether it may be submitted when the journal cannot record it.
	pub fn record(self) -> Record {
		match self {
			Self::Commit | Self::Answer => Record::Needed,
			// Not opening costs the whole bond, and there is only one way to open: the row has it.
			// What is posted of an array is what its root was made of. Giving back has no secret, and
			// neither has an admission.
			Self::Open
			| Self::OpenPanel
			| Self::Possess
			| Self::Split
			| Self::Narrow
			| Self::Abstain
			| Self::AdmitUnstable => Record::Desired,
		}
	}
}

/// Whether something may leave the machine that the journal could not record.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Record {
	/// No: after a restart it could be another.
	Needed,
	/// Yes: it follows from what is on record already, so a restart says the same.
	Desired,
}

/// What a cluster does to a task. All who judge, and witnesses, commit like everybody else.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode)]
pub enum Deed {
	/// Seal an outcome.
	Commit(Commitment),
	/// Say in clear what was found.
	Answer(Outcome, EvidenceRoot),
	/// Open a sealed outcome.
	Open(Opening),
	/// Open the sealed outcome of somebody who judges.
	OpenPanel(Opening, Possession),
	/// Show that the bytes are held.
	Possess(Possession),
	/// Post the roots of an array's subtrees, which follow from the bundle.
	Split,
	/// Post the leaves of this one, which follow from the bundle as well.
	Narrow(u16),
	/// Give the task back.
	Abstain(Abstention),
	/// Say that the outcome cannot be reproduced.
	AdmitUnstable,
}

impl Deed {
	/// Without its content.
	pub fn kind(&self) -> DeedKind {
		match self {
			Self::Commit(_) => DeedKind::Commit,
			Self::Answer(..) => DeedKind::Answer,
			Self::Open(_) => DeedKind::Open,
			Self::OpenPanel(..) => DeedKind::OpenPanel,
			Self::Possess(_) => DeedKind::Possess,
			Self::Split => DeedKind::Split,
			Self::Narrow(_) => DeedKind::Narrow,
			Self::Abstain(_) => DeedKind::Abstain,
			Self::AdmitUnstable => DeedKind::AdmitUnstable,
		}
	}
}

/// What a submission came to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fate {
	/// It succeeded in this block.
	Landed(BlockNumber),
	/// It was included and failed, or the pool refused it.
	Refused,
	/// Nobody knows: the connection was lost or the time was up.
	Unclear,
}

impl Fate {
	/// A short name for metrics.
	pub fn name(self) -> &'static str {
		match self {
			Self::Landed(_) => "landed",
			Self::Refused => "refused",
			Self::Unclear => "unclear",
		}
	}
}

/// What happens to a core.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Event {
	/// A block is final.
	Block(Snapshot),
	/// An execution ended. Its row is in the journal; there is none when it was cancelled or could
	/// not be recorded.
	Executed(TaskId, Option<Row>),
	/// A proof of possession is in the journal; `None` when it could not be made.
	Proved(TaskId, Option<(PanelNonce, Possession)>),
	/// It is in the journal that there was no time to run the task. An execution that was recorded
	/// before comes back instead; there is no row when the work failed.
	GivenUp(TaskId, Option<Row>),
	/// A submission ended.
	Submitted(TaskId, DeedKind, Fate),
	/// The submission of a renewal ended.
	Renewed(Fate),
	/// A bundle was made public, or could not be.
	Published(TaskId, bool),
}

/// What has to be done. The shell reports the end of each but `Cancel` and `Forget` as an event.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Action {
	/// Run the task, or fetch what was accepted, bundle what comes out and write it to the journal. What cannot
	/// be fetched yet is no failure: it is looked for again.
	Execute(Order),
	/// Stop running the task: nobody wants the result any more.
	Cancel(TaskId),
	/// Write to the journal that there is no time to run the task. What was to be fetched is looked for once
	/// more; that it is not there is what the witness has to say.
	GiveUp(Order),
	/// Compute the proof of possession and write it to the journal.
	Prove(TaskId, PanelNonce),
	/// Submit.
	Submit(TaskId, Deed),
	/// Renew the cluster's lease.
	Renew,
	/// Tell the operator that no draw finds the cluster, and what brings it back.
	TellDrained,
	/// Make the bundle public.
	Publish(TaskId),
	/// Drop the row and the private bundle.
	Forget(TaskId),
}

/// Something that was tried and may have to wait before it is tried again.
#[derive(Clone, Copy, Default, Debug)]
struct Try {
	under_way: bool,
	tries: u32,
	not_before: BlockNumber,
}

impl Try {
	fn begin(&mut self) {
		self.under_way = true;
		self.tries = self.tries.saturating_add(1);
	}

	fn end(&mut self, now: BlockNumber) {
		self.under_way = false;
		let wait = 1u32.checked_shl(self.tries.min(4)).unwrap_or(1);
		self.not_before = now.saturating_add(wait);
	}

	/// Waits until a snapshot shows what landed: an older one cannot.
	fn wait_for(&mut self, fate: Fate) {
		if let Fate::Landed(at) = fate {
			self.not_before = self.not_before.max(at.saturating_add(1));
		}
	}

	fn may_begin(&self, now: BlockNumber) -> bool {
		!self.under_way && now >= self.not_before
	}
}

/// What was tried, by task.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Attempted {
	Execute,
	GiveUp,
	Prove,
	Publish,
	Submit(DeedKind),
}

/// Decides for one cluster.
#[derive(Debug)]
pub struct Core {
	cluster: ClusterId,
	genesis: Genesis,
	life: Life,
	now: BlockNumber,
	tasks: BTreeMap<TaskId, Seen>,
	gone: BTreeSet<TaskId>,
	rows: BTreeMap<TaskId, Row>,
	tries: BTreeMap<(TaskId, Attempted), Try>,
	cancelled: BTreeSet<TaskId>,
	presence: Option<Presence>,
	renewal: Try,
	/// Whether the operator was told that the cluster is drained.
	told: bool,
}

impl Core {
	/// A core with what the journal holds.
	pub fn new(cluster: ClusterId, genesis: Genesis, rows: impl IntoIterator<Item = Row>) -> Self {
		Self {
			cluster,
			genesis,
			life: Life::default(),
			now: 0,
			tasks: BTreeMap::new(),
			gone: BTreeSet::new(),
			rows: rows.into_iter().map(|row| (row.task, row)).collect(),
			tries: BTreeMap::new(),
			cancelled: BTreeSet::new(),
			presence: None,
			renewal: Try::default(),
			told: false,
		}
	}

	/// The tasks about which the next snapshot has to say something.
	pub fn known(&self) -> Vec<TaskId> {
		let running =
			self.tries.iter().filter(|(_, tried)| tried.under_way).map(|((task, _), _)| task);
		let known: BTreeSet<TaskId> = self.rows.keys().chain(running).copied().collect();
		known.into_iter().collect()
	}

	/// Open tasks in which the cluster still has something to do or to wait for.
	pub fn open(&self) -> usize {
		self.tasks.values().filter(|seen| !matches!(seen.trial.stage, Stage::Decided(_))).count()
	}

	/// The try to which the row of a task belongs.
	pub fn attempt_of(&self, task: TaskId) -> u8 {
		self.rows.get(&task).map_or(0, |row| row.attempt)
	}

	/// Whether a proof of possession has to be on record before it is used. What somebody who judges seals
	/// it has to be able to open; whoever is bound already only shows what it holds.
	pub fn record_of_proof(&self, task: TaskId) -> Record {
		let bound = |row: &Row| row.submitted.iter().any(|kind| kind.binds());
		match self.rows.get(&task).is_some_and(bound) {
			true => Record::Desired,
			false => Record::Needed,
		}
	}

	/// Takes in `event` and says what has to be done.
	pub fn step(&mut self, event: Event) -> Vec<Action> {
		match event {
			Event::Block(snapshot) => self.see(snapshot),
			Event::Executed(task, row) => {
				self.end(task, Attempted::Execute);
				self.cancelled.remove(&task);
				self.take_row(task, row);
			},
			Event::GivenUp(task, row) => {
				self.end(task, Attempted::GiveUp);
				self.take_row(task, row);
			},
			Event::Proved(task, proof) => {
				self.end(task, Attempted::Prove);
				if let (Some(row), Some(_)) = (self.rows.get_mut(&task), proof) {
					row.possession = proof;
				}
			},
			Event::Submitted(task, kind, fate) => {
				self.end(task, Attempted::Submit(kind));
				self.tries.entry((task, Attempted::Submit(kind))).or_default().wait_for(fate);
			},
			Event::Renewed(fate) => {
				self.renewal.end(self.now);
				self.renewal.wait_for(fate);
			},
			Event::Published(task, done) => {
				self.end(task, Attempted::Publish);
				if let Some(row) = self.rows.get_mut(&task) {
					row.published |= done;
				}
			},
		}
		self.decide()
	}

	/// The first row of a try stays, here as in the journal: a task that was given up has no outcome
	/// any more, and the other way round.
	fn take_row(&mut self, task: TaskId, row: Option<Row>) {
		if let Some(row) = row {
			self.rows.entry(task).or_insert(row);
		}
	}

	fn see(&mut self, snapshot: Snapshot) {
		if snapshot.life != self.life {
			// Heights begin anew, and with them everything that waits for one.
			self.life = snapshot.life;
			for tried in self.tries.values_mut().chain([&mut self.renewal]) {
				*tried = Try { under_way: tried.under_way, ..Try::default() };
			}
			self.told = false;
		} else if snapshot.now < self.now {
			// Finality never goes back; an older snapshot was merely late.
			return;
		}
		self.now = snapshot.now;
		self.presence = snapshot.presence;
		self.tasks = snapshot.tasks.into_iter().map(|seen| (seen.task, seen)).collect();
		self.gone = snapshot.gone.into_iter().collect();
		let (tasks, rows) = (&self.tasks, &self.rows);
		self.tries.retain(|(task, _), tried| {
			tried.under_way || tasks.contains_key(task) || rows.contains_key(task)
		});
	}

	fn end(&mut self, task: TaskId, what: Attempted) {
		if let Some(tried) = self.tries.get_mut(&(task, what)) {
			tried.end(self.now);
		}
	}

	/// Whether to begin now; notes that it was begun.
	fn begin(&mut self, task: TaskId, what: Attempted) -> bool {
		let now = self.now;
		let tried = self.tries.entry((task, what)).or_default();
		let may = tried.may_begin(now);
		if may {
			tried.begin();
		}
		may
	}

	fn is_under_way(&self, task: TaskId, what: Attempted) -> bool {
		self.tries.get(&(task, what)).is_some_and(|tried| tried.under_way)
	}

	fn decide(&mut self) -> Vec<Action> {
		let mut actions = Vec::new();
		self.decide_presence(&mut actions);
		let tasks: Vec<TaskId> = self.tasks.keys().copied().collect();
		for task in tasks {
			self.decide_open(task, &mut actions);
		}
		let gone: Vec<TaskId> = self.gone.iter().copied().collect();
		for task in gone {
			self.decide_gone(task, &mut actions);
		}
		actions
	}

	/// Keeps the cluster in the draws.
	fn decide_presence(&mut self, actions: &mut Vec<Action>) {
		let Some(Presence { status, lease_until, lease }) = self.presence else { return };
		let drained = status == ClusterStatus::Draining;
		if drained && !self.told {
			actions.push(Action::TellDrained);
		}
		self.told = drained;
		let left = lease_until.saturating_sub(self.now);
		if left >= lease.div_ceil(2) {
			// The next renewal is one of its own, and is not behind the failures of this one.
			self.renewal.tries = 0;
		} else if !drained && self.renewal.may_begin(self.now) {
			self.renewal.begin();
			actions.push(Action::Renew);
		}
	}

	fn decide_open(&mut self, task: TaskId, actions: &mut Vec<Action>) {
		let Some(seen) = self.tasks.get(&task).cloned() else { return };
		let execution = seen.trial.execution(self.cluster).copied();
		if self.rows.get(&task).is_some_and(|row| self.is_stale(row, &seen, execution.as_ref())) {
			// A row of another life of the chain, or of another try: it answers nothing here.
			self.rows.remove(&task);
			actions.push(Action::Forget(task));
		}
		let Some(execution) = execution else { return };
		let decided = matches!(seen.trial.stage, Stage::Decided(_));
		// While a verdict is looked at again, or witnesses try to fetch it, only they have to wait.
		let waits = !decided && execution.role == seen.trial.bench();
		if seen.trial.verdict().is_some() && execution.act.outcome().is_some() && !waits {
			self.publish(task, actions);
		}
		if decided {
			self.cancel(task, actions);
			return;
		}
		// The next block is the first that can include an act.
		let in_time = self.now < seen.trial.deadline;
		let wanted = in_time.then(|| self.wanted(&seen, &execution)).flatten();
		if !matches!(wanted, Some(Wanted::Execution)) {
			self.cancel(task, actions);
		}
		let (what, action) = match wanted {
			None => return,
			Some(Wanted::Execution) => {
				(Attempted::Execute, Action::Execute(Order::new(seen, execution.role)))
			},
			Some(Wanted::GivingUp) => {
				(Attempted::GiveUp, Action::GiveUp(Order::new(seen, execution.role)))
			},
			Some(Wanted::Proof(nonce)) => (Attempted::Prove, Action::Prove(task, nonce)),
			Some(Wanted::Deed(deed)) => {
				(Attempted::Submit(deed.kind()), Action::Submit(task, deed))
			},
		};
		if self.begin(task, what) {
			if let (Attempted::Submit(kind), Some(row)) = (what, self.rows.get_mut(&task)) {
				row.submitted.insert(kind);
			}
			actions.push(action);
		}
	}

	/// Whether a row belongs to another task of the same number, or to a try that was lost. What
	/// opens to what the chain shows never does, whatever a node says about the rest: no salt is
	/// dropped while a commitment waits for it.
	fn is_stale(&self, row: &Row, seen: &Seen, execution: Option<&Execution>) -> bool {
		if execution.is_some_and(|execution| self.shows(row, seen, execution)) {
			return false;
		}
		let drawn = execution.is_some_and(|execution| execution.act == Act::Drawn);
		row.fingerprint != seen.fingerprint || (row.attempt != seen.trial.attempt && drawn)
	}

	/// Whether the chain shows the row's outcome, or a commitment that the row opens.
	fn shows(&self, row: &Row, seen: &Seen, execution: &Execution) -> bool {
		let Finding::Outcome { outcome, evidence_root, salt } = row.finding else { return false };
		match execution.act {
			Act::Committed(commitment) => {
				let seal = seen.trial.seal(&self.context(seen.task), self.cluster);
				let digest = outcome.digest();
				let keyed = row.shown().map(|(_, possession)| {
					seal.commit_panel(&digest, &possession, &evidence_root, &salt)
				});
				keyed == Some(commitment)
					|| seal.commit(&digest, &evidence_root, &salt) == commitment
			},
			act => act.outcome() == Some(outcome) && act.evidence_root() == Some(evidence_root),
		}
	}

	fn context(&self, task: TaskId) -> Context {
		// Only the chain draws lots and knows who was caught lying: no seal depends on that.
		let (audit_percent, tainted) = (100, false);
		let opening_blocks = BlockNumber::default();
		let Self { genesis, now, .. } = *self;
		Context { genesis, task, now, opening_blocks, audit_percent, tainted }
	}

	/// What the chain still misses of this cluster.
	fn wanted(&self, seen: &Seen, execution: &Execution) -> Option<Wanted> {
		let Seen { trial, task, .. } = seen;
		let judges = execution.role == trial.bench();
		let runs = match trial.stage {
			Stage::Executing => execution.role == Role::Executor,
			Stage::Verifying => execution.role == Role::Verifier,
			Stage::PanelSealing => judges,
			_ => false,
		};
		let opens = match (trial.stage, execution.act) {
			(Stage::Opening, Act::Committed(_)) => true,
			(Stage::PanelOpening, Act::Committed(_)) => judges,
			(Stage::PanelShowing, Act::Opened { .. }) => {
				matches!(execution.role, Role::Executor | Role::Verifier)
			},
			_ => false,
		};
		let begins = runs && execution.act == Act::Drawn;
		if let Act::Opened { .. } = execution.act {
			if let Some(deed) = self.to_post(trial) {
				// Without a row there is no bundle that it could be made of.
				return self.rows.contains_key(task).then_some(Wanted::Deed(deed));
			}
		}
		if !begins && !opens {
			return None;
		}
		let Some(row) = self.rows.get(task) else {
			// What was committed without a row cannot be opened: running the task again would make
			// other evidence.
			return begins.then_some(match self.blocks_left(trial) < GIVE_UP_MARGIN {
				true => Wanted::GivingUp,
				false => Wanted::Execution,
			});
		};
		let (outcome, evidence_root, salt) = match row.finding {
			Finding::Outcome { outcome, evidence_root, salt } => (outcome, evidence_root, salt),
			Finding::Abstention(reason) => {
				return begins.then_some(Wanted::Deed(Deed::Abstain(reason)))
			},
			Finding::Unstable => return begins.then_some(Wanted::Deed(Deed::AdmitUnstable)),
		};
		let opening = Opening { outcome, evidence_root, salt };
		let seal = trial.seal(&self.context(*task), self.cluster);
		let panel =
			matches!(trial.stage, Stage::PanelSealing | Stage::PanelShowing | Stage::PanelOpening);
		let possession = match (panel, trial.nonce) {
			(true, Some(nonce)) => match row.shown() {
				Some((keyed, possession)) if keyed.is_none_or(|keyed| keyed == nonce) => possession,
				_ => return Some(Wanted::Proof(nonce)),
			},
			(true, None) => return None,
			(false, _) => Possession::default(),
		};
		let digest = outcome.digest();
		Some(Wanted::Deed(match (trial.stage, execution.role) {
			(Stage::PanelSealing, _) => {
				Deed::Commit(seal.commit_panel(&digest, &possession, &evidence_root, &salt))
			},
			(Stage::PanelOpening, _) => Deed::OpenPanel(opening, possession),
			(Stage::PanelShowing, _) => Deed::Possess(possession),
			(Stage::Opening, _) => Deed::Open(opening),
			(_, Role::Verifier) if !trial.verifiers_seal() => {
				let answer = Deed::Answer(outcome, evidence_root);
				return self.in_clear(trial, row, answer).map(Wanted::Deed);
			},
			_ => Deed::Commit(seal.commit(&digest, &evidence_root, &salt)),
		}))
	}

	/// What the cluster has to post about an array that it claims something else about than others.
	fn to_post(&self, trial: &Trial) -> Option<Deed> {
		let narrowing = trial.narrowing.as_ref()?;
		let ours = narrowing.parties.iter().find(|party| party.cluster == self.cluster)?;
		match (trial.stage, ours.posted, narrowing.subtree) {
			(Stage::Splitting, None, _) => Some(Deed::Split),
			(Stage::Narrowing, None, Some(subtree)) => Some(Deed::Narrow(subtree)),
			_ => None,
		}
	}

	fn blocks_left(&self, trial: &Trial) -> BlockNumber {
		trial.deadline.saturating_sub(self.now)
	}

	/// The answer while it is sure to come in time, and the task given back when it is not.
	fn in_clear(&self, trial: &Trial, row: &Row, answer: Deed) -> Option<Deed> {
		// A node that lags behind must not talk a worker that was restarted into an answer: the chain
		// would refuse it in public.
		let given_back = row.submitted.contains(&DeedKind::Abstain);
		if !given_back && self.blocks_left(trial) >= ANSWER_MARGIN {
			return Some(answer);
		}
		// An answer that may still show is waited for. Giving back after it can do no harm, since the
		// chain takes one act of the two, but it costs a fee.
		let answered = self.tries.get(&(row.task, Attempted::Submit(answer.kind())));
		if !given_back && answered.is_some_and(|tried| !tried.may_begin(self.now)) {
			return None;
		}
		Some(Deed::Abstain(Abstention::HostLimit))
	}

	fn decide_gone(&mut self, task: TaskId, actions: &mut Vec<Action>) {
		self.cancel(task, actions);
		let Some(row) = self.rows.get(&task) else { return };
		let shown = row.submitted.iter().any(|kind| kind.shows());
		let tried = self.tries.get(&(task, Attempted::Publish)).map_or(0, |tried| tried.tries);
		if shown && !row.published && tried < PUBLISH_TRIES {
			self.publish(task, actions);
			return;
		}
		// Whatever is under way still needs the row.
		let busy = self.tries.iter().any(|((other, _), tried)| *other == task && tried.under_way);
		if !busy {
			self.rows.remove(&task);
			self.tries.retain(|(other, _), _| *other != task);
			actions.push(Action::Forget(task));
		}
	}

	fn publish(&mut self, task: TaskId, actions: &mut Vec<Action>) {
		let has_bundle = self
			.rows
			.get(&task)
			.is_some_and(|row| !row.published && matches!(row.finding, Finding::Outcome { .. }));
		if has_bundle && self.begin(task, Attempted::Publish) {
			actions.push(Action::Publish(task));
		}
	}

	fn cancel(&mut self, task: TaskId, actions: &mut Vec<Action>) {
		if self.is_under_way(task, Attempted::Execute) && self.cancelled.insert(task) {
			actions.push(Action::Cancel(task));
		}
	}
}

enum Wanted {
	Execution,
	GivingUp,
	Proof(PanelNonce),
	Deed(Deed),
}

#[cfg(test)]
#[path = "core_tests.rs"]
mod tests;

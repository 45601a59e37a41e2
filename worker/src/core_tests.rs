// SPDX-License-Identifier: GPL-3.0-or-later
//! The core against the real rules of [`Trial`], with everything between them going wrong.

use super::*;
use crate::order::{Part, Runs};
use assay_primitives::{
	protocol::{Audit, Breadth, Input, Pick, Refusal, Ruling, Verdict},
	spec::{Architecture, Demand, Resources, WASM_ENGINE},
	task::{Access, Check, Limits, Policy, TaskRequest},
	ContentHash, FailureDigest, OperatorId, OutputRoot,
};
use proptest::prelude::*;

#[path = "core_array_tests.rs"]
mod array;
#[path = "core_cluster_tests.rs"]
mod cluster;

const TASK: TaskId = TaskId(7);
const US: ClusterId = ClusterId(1);
const GENESIS: Genesis = Genesis([9; 32]);
const LIFE: Life = [8; 32];

fn outcome(byte: u8) -> Outcome {
	Outcome::Completed { output_root: OutputRoot([byte; 32]) }
}

const HONEST: u8 = 1;
const LIE: u8 = 2;

fn possession_of(nonce: PanelNonce, outcome: Outcome) -> Possession {
	Possession(blake2_256(&(nonce, outcome).encode()))
}

fn request(policy: Policy) -> TaskRequest {
	let limits = Limits { fuel: 1, memory_mib: 1, output_kib: 1 };
	TaskRequest {
		workload: Workload {
			program: ContentHash([1; 32]),
			inputs: ContentHash([2; 32]),
			args: Default::default(),
			limits,
			items: None,
		},
		demand: Demand {
			engine: WASM_ENGINE,
			resources: Resources::default(),
			architectures: Default::default(),
			regions: Default::default(),
			attestation: Default::default(),
			max_price: 1,
		},
		policy,
		access: Access::default(),
	}
}

fn policy(check: Check, blocks: BlockNumber) -> Policy {
	let (execution_blocks, queue_blocks) = (blocks, blocks);
	Policy { check, window: 5, execution_blocks, queue_blocks, preflight: false }
}

/// A chain with one task, a worker of ours, and what lies between them.
struct World {
	now: BlockNumber,
	trial: Trial,
	request: TaskRequest,
	gone: bool,
	/// The role for which we are drawn.
	role: Role,
	/// Whether somebody appeals against the verdict.
	doubted: bool,
	core: Core,
	/// What survives a kill.
	journal: BTreeMap<TaskId, Row>,
	todo: Vec<Action>,
	/// Submissions on their way; the flag says whether the worker will hear of their end.
	pool: Vec<(Deed, bool)>,
	contents: BTreeMap<DeedKind, Deed>,
	salts: u8,
	/// What executions give instead of an outcome.
	finding: Option<Finding>,
	refusals: Vec<Refusal>,
}

impl World {
	fn new(role: Role, quorum: u8, blocks: BlockNumber) -> Self {
		Self::under(role, policy(Check::Verified { quorum, panel: 3 }, blocks))
	}

	fn under(role: Role, policy: Policy) -> Self {
		let (trial, _) = Trial::new(policy, WASM_ENGINE, None, 0);
		Self {
			now: 0,
			trial,
			request: request(policy),
			gone: false,
			role,
			doubted: role == Role::Appeal,
			core: Core::new(US, GENESIS, []),
			journal: BTreeMap::new(),
			todo: Vec::new(),
			pool: Vec::new(),
			contents: BTreeMap::new(),
			salts: 0,
			finding: None,
			refusals: Vec::new(),
		}
	}

	fn context(&self) -> Context {
		// Long enough for the random part of a test to stay in time.
		let (opening_blocks, audit_percent, tainted) = (1000, 5, false);
		Context {
			genesis: GENESIS,
			task: TASK,
			now: self.now,
			opening_blocks,
			audit_percent,
			tainted,
		}
	}

	fn seen(&self) -> Seen {
		let fingerprint = blake2_256(&self.request.encode());
		let workload = self.request.workload.clone();
		Seen { task: TASK, fingerprint, workload, trial: self.trial.clone() }
	}

	fn snapshot(&self) -> Snapshot {
		let (tasks, gone) = match self.gone {
			true => (vec![], vec![TASK]),
			false => (vec![self.seen()], vec![]),
		};
		Snapshot { life: LIFE, now: self.now, presence: None, tasks, gone }
	}

	fn input(&mut self, input: Input) -> Result<(), Refusal> {
		let context = self.context();
		let effects = self.trial.step(&context, input)?;
		self.trial.check().unwrap();
		self.gone |= effects.contains(&assay_primitives::protocol::Effect::Finalise);
		Ok(())
	}

	fn act(&self) -> Option<Act> {
		self.trial.execution(US).map(|execution| execution.act)
	}

	/// A block: draws are made, everybody else acts, deadlines pass, some of the pool is included.
	fn tick(&mut self, included: usize) {
		self.now += 1;
		for _ in 0..included.min(self.pool.len()) {
			let (deed, heard) = self.pool.remove(0);
			let refused = self.include(deed);
			if heard {
				let fate = if refused { Fate::Refused } else { Fate::Landed(self.now) };
				self.tell(Event::Submitted(TASK, deed.kind(), fate));
			}
		}
		if matches!(self.trial.audit, Audit::Percent(_)) {
			self.input(Input::Lot { checked: false }).unwrap();
		}
		if let Some(role) = self.trial.drawing_role() {
			let first = 10 + self.trial.executions.len() as u32;
			let others = (first..).map(ClusterId);
			let ours = (role == self.role && self.act().is_none()).then_some(US);
			let picks = ours.into_iter().chain(others).take(self.trial.wanted.into());
			let picks = picks
				.map(|cluster| Pick {
					cluster,
					operator: OperatorId(cluster.0),
					price: 1,
					architecture: Architecture::X86_64,
				})
				.collect();
			let nonce = PanelNonce([3; 32]);
			self.input(Input::Drawn { picks, nonce, breadth: Breadth::Open }).unwrap();
		}
		self.others();
		if self.doubted {
			// Refused before there is a verdict, and the second time.
			let _ = self.input(Input::Appeal);
		}
		if self.now > self.trial.deadline {
			self.input(Input::Deadline).unwrap();
		}
	}

	/// Whether it was refused.
	fn include(&mut self, deed: Deed) -> bool {
		let input = match deed {
			Deed::Commit(commitment) => Input::Commit(US, commitment),
			Deed::Answer(outcome, evidence) => Input::Answer(US, outcome, evidence),
			Deed::Open(opening) => Input::Open(US, opening),
			Deed::OpenPanel(opening, possession) => Input::OpenPanel(US, opening, possession),
			Deed::Possess(possession) => Input::Possess(US, possession),
			Deed::Abstain(_) => Input::Abstain(US),
			Deed::Split | Deed::Narrow(_) => panic!("no array"),
			Deed::AdmitUnstable => Input::Unstable(US),
		};
		let refused = self.input(input);
		self.refusals.extend(refused.err());
		if let Some(Act::Committed(commitment)) = self.act() {
			self.assert_can_open(commitment);
		}
		refused.is_err()
	}

	/// No salt is ever lost: what is committed can be opened from the journal alone.
	fn assert_can_open(&self, commitment: Commitment) {
		let row = &self.journal[&TASK];
		let Finding::Outcome { outcome, evidence_root, salt } = row.finding else {
			panic!("committed to an abstention");
		};
		let seal = self.trial.seal(&self.context(), US);
		let expected = match row.possession.filter(|_| judges(self.role)) {
			Some((_, possession)) => {
				seal.commit_panel(&outcome.digest(), &possession, &evidence_root, &salt)
			},
			None => seal.commit(&outcome.digest(), &evidence_root, &salt),
		};
		assert_eq!(commitment, expected);
	}

	/// Whether others lie who have this role: where we are on the panel, the executor does; where we decide
	/// an appeal, all first executions do, together.
	fn lies(&self, role: Role) -> bool {
		match self.role {
			Role::Executor | Role::Verifier => false,
			Role::Panel => role == Role::Executor,
			Role::Appeal => !judges(role),
			Role::Arbiter | Role::Witness => panic!("played elsewhere"),
		}
	}

	fn others(&mut self) {
		let executions: Vec<Execution> = self.trial.executions.to_vec();
		for execution in executions.iter().filter(|execution| execution.cluster != US) {
			let outcome = outcome(if self.lies(execution.role) { LIE } else { HONEST });
			let cluster = execution.cluster;
			let evidence_root = EvidenceRoot([cluster.0 as u8; 32]);
			let salt = Salt([cluster.0 as u8; 32]);
			let opening = Opening { outcome, evidence_root, salt };
			let seal = self.trial.seal(&self.context(), cluster);
			let digest = outcome.digest();
			let possession = possession_of(self.trial.nonce.unwrap_or_default(), outcome);
			let commitment = if judges(execution.role) {
				seal.commit_panel(&digest, &possession, &evidence_root, &salt)
			} else {
				seal.commit(&digest, &evidence_root, &salt)
			};
			// Whatever fits is taken, the rest is refused.
			let tries = [
				Input::Commit(cluster, commitment),
				Input::Answer(cluster, outcome, evidence_root),
				Input::Open(cluster, opening),
				Input::OpenPanel(cluster, opening, possession),
				Input::Possess(cluster, possession),
			];
			for input in tries {
				let _ = self.input(input);
			}
		}
	}

	fn tell(&mut self, event: Event) {
		let actions = self.core.step(event);
		let answers = |action: &Action| matches!(action, Action::Submit(_, Deed::Answer(..)));
		if actions.iter().any(answers) {
			let deadline = self.core.tasks[&TASK].trial.deadline;
			assert!(self.core.now + ANSWER_MARGIN <= deadline, "an answer that may come too late");
		}
		self.todo.extend(actions);
	}

	/// The shell does the next thing it was told.
	fn perform(&mut self, lost: bool) {
		if self.todo.is_empty() {
			return;
		}
		match self.todo.remove(0) {
			Action::Execute(order) => {
				self.salts += 1;
				let tries = self.request.policy.preflight && order.role == Role::Executor;
				assert_eq!(order.runs, if tries { Runs::Twice } else { Runs::Once });
				let finding = self.finding.unwrap_or(Finding::Outcome {
					outcome: outcome(HONEST),
					evidence_root: EvidenceRoot([self.salts; 32]),
					salt: Salt([self.salts; 32]),
				});
				// The first row of a try stays.
				let row = self.journal.entry(order.task).or_insert(order.row(finding)).clone();
				self.tell(Event::Executed(order.task, Some(row)));
			},
			Action::GiveUp(order) => {
				let row = order.row(Finding::Abstention(Abstention::HostLimit));
				let row = self.journal.entry(order.task).or_insert(row).clone();
				self.tell(Event::GivenUp(order.task, Some(row)));
			},
			Action::Prove(task, nonce) => {
				let row = self.journal.get_mut(&task).unwrap();
				let Finding::Outcome { outcome, .. } = row.finding else {
					panic!("nothing to prove")
				};
				let proof = Some((nonce, possession_of(nonce, outcome)));
				row.possession = proof;
				self.tell(Event::Proved(task, proof));
			},
			Action::Submit(task, deed) => {
				let row = self.journal.get_mut(&task).unwrap();
				let given_back = row.submitted.contains(&DeedKind::Abstain);
				assert!(!given_back || deed.kind() == DeedKind::Abstain, "{deed:?}");
				row.submitted.insert(deed.kind());
				let known = *self.contents.entry(deed.kind()).or_insert(deed);
				assert_eq!(known, deed, "the same deed with another content");
				let heard = !lost;
				if lost {
					// It may be in the pool or not; the worker does not know.
					self.tell(Event::Submitted(task, deed.kind(), Fate::Unclear));
				}
				if heard || self.now.is_multiple_of(2) {
					self.pool.push((deed, heard));
				}
			},
			Action::Publish(task) => {
				let decided = self.trial.verdict().is_some() || self.gone;
				assert!(decided, "a bundle was made public before the verdict");
				self.journal.get_mut(&task).unwrap().published = true;
				self.tell(Event::Published(task, true));
			},
			Action::Forget(task) => {
				self.journal.remove(&task);
				// Of a task that is gone the chain takes nothing any more, whatever a worker sends that
				// was started anew against a node that lags behind.
				if self.gone {
					self.contents.clear();
				}
			},
			// No snapshot of this world shows a lease.
			Action::Cancel(_) | Action::Renew | Action::TellDrained => {},
		}
	}

	fn kill(&mut self) {
		self.todo.clear();
		for (_, heard) in &mut self.pool {
			*heard = false;
		}
		self.core = Core::new(US, GENESIS, self.journal.values().cloned());
	}

	/// Everything works from now on.
	fn run_to_the_end(&mut self) {
		for _ in 0..20_000 {
			if self.gone && self.journal.is_empty() {
				return;
			}
			if !self.gone {
				self.tick(usize::MAX);
			}
			for (deed, heard) in std::mem::take(&mut self.pool) {
				// Only a task that is gone leaves something behind here.
				if heard {
					self.tell(Event::Submitted(TASK, deed.kind(), Fate::Refused));
				}
			}
			let snapshot = self.snapshot();
			self.tell(Event::Block(snapshot));
			while !self.todo.is_empty() {
				self.perform(false);
			}
		}
		panic!("the task does not end: {:?} {:?}", self.trial, self.core);
	}
}

/// Whether this role binds itself to outcome and possession.
fn judges(role: Role) -> bool {
	matches!(role, Role::Panel | Role::Appeal)
}

#[derive(Clone, Debug)]
enum Op {
	Tick(usize),
	Block,
	OldBlock(u32),
	Perform,
	Lose,
	Kill,
}

fn ops() -> impl Strategy<Value = Vec<Op>> {
	let op = prop_oneof![
		3 => (0usize..3).prop_map(Op::Tick),
		3 => Just(Op::Block),
		1 => (0u32..4).prop_map(Op::OldBlock),
		4 => Just(Op::Perform),
		1 => Just(Op::Lose),
		1 => Just(Op::Kill),
	];
	prop::collection::vec(op, 0..120)
}

fn role() -> impl Strategy<Value = Role> {
	prop_oneof![Just(Role::Executor), Just(Role::Verifier), Just(Role::Panel), Just(Role::Appeal),]
}

fn play(world: &mut World, ops: Vec<Op>) {
	let mut old = vec![world.snapshot()];
	for op in ops {
		match op {
			Op::Tick(included) if !world.gone => world.tick(included),
			Op::Tick(_) => {},
			Op::Block => {
				let snapshot = world.snapshot();
				old.push(snapshot.clone());
				world.tell(Event::Block(snapshot));
			},
			Op::OldBlock(back) => {
				let at = old.len().saturating_sub(1 + back as usize);
				world.tell(Event::Block(old[at].clone()));
			},
			Op::Perform => world.perform(false),
			Op::Lose => world.perform(true),
			Op::Kill => world.kill(),
		}
	}
}

proptest! {
	/// With time enough, nothing that happens to worker or connection loses the task.
	#[test]
	fn no_restart_and_no_lost_message_loses_a_task(
		role in role(),
		quorum in 2u8..=3,
		ops in ops(),
	) {
		let mut world = World::new(role, quorum, 5000);
		play(&mut world, ops);
		world.run_to_the_end();
		let act = world.act().unwrap();
		prop_assert_eq!(act.outcome(), Some(outcome(HONEST)), "{:?}", act);
		let Stage::Decided(Verdict::Accepted { outcome: won, .. }) = world.trial.stage else {
			panic!("{:?}", world.trial.stage);
		};
		prop_assert_eq!(won, outcome(HONEST));
		prop_assert!(!world.refusals.contains(&Refusal::SealMismatch));
		prop_assert!(world.journal.is_empty());
	}

	/// The same where an execution gives nothing to answer with.
	#[test]
	fn what_cannot_be_run_is_given_back(role in role(), ops in ops()) {
		let mut world = World::new(role, 2, 5000);
		world.finding = Some(Finding::Abstention(Abstention::Unavailable));
		play(&mut world, ops);
		world.run_to_the_end();
		prop_assert_eq!(world.act(), Some(Act::Abstained));
	}

	/// A program that gives two results costs its requester a fee, and nobody anything else.
	#[test]
	fn what_cannot_be_reproduced_is_admitted(ops in ops()) {
		let check = Check::Verified { quorum: 2, panel: 3 };
		let tried = Policy { preflight: true, ..policy(check, 5000) };
		let mut world = World::under(Role::Executor, tried);
		world.finding = Some(Finding::Unstable);
		play(&mut world, ops);
		world.run_to_the_end();
		prop_assert_eq!(world.act(), Some(Act::Unstable));
		prop_assert_eq!(world.trial.stage, Stage::Decided(Verdict::NotDeterministic));
		prop_assert!(!world.contents.contains_key(&DeedKind::Commit));
	}

	/// One that gives the same twice is a task like any other.
	#[test]
	fn what_was_tried_first_is_committed_to(role in role(), ops in ops()) {
		let check = Check::Verified { quorum: 2, panel: 3 };
		let tried = Policy { preflight: true, ..policy(check, 5000) };
		let mut world = World::under(role, tried);
		play(&mut world, ops);
		world.run_to_the_end();
		prop_assert_eq!(world.act().and_then(|act| act.outcome()), Some(outcome(HONEST)));
	}

	/// An executor that the lot spares opens without having been checked.
	#[test]
	fn a_spared_executor_opens(ops in ops()) {
		let mut world = World::under(Role::Executor, policy(Check::Audited { floor: 5 }, 5000));
		play(&mut world, ops);
		world.run_to_the_end();
		prop_assert_eq!(world.trial.audit, Audit::Spared);
		prop_assert_eq!(world.trial.executions.len(), 1);
		prop_assert_eq!(world.act().and_then(|act| act.outcome()), Some(outcome(HONEST)));
	}

	/// Those whose result somebody doubts have nothing more to do.
	#[test]
	fn an_appeal_asks_nothing_of_those_it_is_about(
		role in prop_oneof![Just(Role::Executor), Just(Role::Verifier), Just(Role::Panel)],
		ops in ops(),
	) {
		let mut world = World::new(role, 2, 5000);
		world.doubted = true;
		// Whoever believes that a panel still sits does what is refused now.
		let outdated = ops.iter().any(|op| matches!(op, Op::OldBlock(_)));
		play(&mut world, ops);
		world.run_to_the_end();
		let appeal = world.trial.appeal.unwrap();
		prop_assert!(matches!(appeal.ruling, Ruling::Upheld(_)), "{:?}", appeal);
		let act = world.act().unwrap();
		prop_assert_eq!(act.outcome(), Some(outcome(HONEST)), "{:?}", act);
		prop_assert!(outdated || !world.refusals.contains(&Refusal::WrongRole));
		prop_assert!(world.journal.is_empty());
	}

	/// With short deadlines anything may come too late, but nothing contradicts itself.
	#[test]
	fn late_or_not_no_deed_has_two_contents(
		role in role(),
		quorum in 2u8..=3,
		blocks in 1u32..30,
		ops in ops(),
	) {
		let mut world = World::new(role, quorum, blocks);
		play(&mut world, ops);
		world.run_to_the_end();
		prop_assert!(!world.refusals.contains(&Refusal::SealMismatch));
		prop_assert!(!world.refusals.contains(&Refusal::WrongRole));
		prop_assert!(!world.refusals.contains(&Refusal::SealFirst));
	}
}

fn world_at(role: Role, stage: Stage) -> World {
	let mut world = World::new(role, 2, 50);
	while world.trial.stage != stage {
		world.tick(usize::MAX);
		let snapshot = world.snapshot();
		world.tell(Event::Block(snapshot));
		if world.trial.stage != stage {
			while !world.todo.is_empty() {
				world.perform(false);
			}
		}
	}
	world
}

#[test]
fn an_execution_is_ordered_once() {
	let mut world = world_at(Role::Executor, Stage::Executing);
	assert!(matches!(world.todo[..], [Action::Execute(_)]));
	for _ in 0..5 {
		world.tick(0);
		let snapshot = world.snapshot();
		assert_eq!(world.core.step(Event::Block(snapshot)), []);
	}
}

#[test]
fn a_deed_is_not_repeated_while_it_is_under_way_nor_once_it_shows() {
	let mut world = world_at(Role::Executor, Stage::Executing);
	world.perform(false);
	assert!(matches!(world.todo[..], [Action::Submit(TASK, Deed::Commit(_))]));
	let snapshot = world.snapshot();
	assert_eq!(world.core.step(Event::Block(snapshot)), [], "under way");
	world.perform(false);
	world.tick(1);
	// The submission landed, but the snapshot that the core knows is older.
	assert_eq!(world.todo, []);
	let snapshot = world.snapshot();
	let actions = world.core.step(Event::Block(snapshot));
	assert!(matches!(actions[..], [Action::Submit(TASK, Deed::Open(_))]), "{actions:?}");
}

#[test]
fn who_decides_an_appeal_seals_with_the_possession_of_its_nonce_and_opens_it() {
	let mut world = world_at(Role::Appeal, Stage::PanelSealing);
	let nonce = world.trial.nonce.unwrap();
	world.perform(false);
	assert_eq!(world.todo, [Action::Prove(TASK, nonce)]);
	assert_eq!(world.core.record_of_proof(TASK), Record::Needed);
	world.perform(false);
	let row = world.journal[&TASK].clone();
	let Finding::Outcome { outcome, evidence_root, salt } = row.finding else { panic!("{row:?}") };
	let possession = possession_of(nonce, outcome);
	let seal = world.trial.seal(&world.context(), US);
	let sealed = seal.commit_panel(&outcome.digest(), &possession, &evidence_root, &salt);
	assert_eq!(world.todo, [Action::Submit(TASK, Deed::Commit(sealed))]);
	world.perform(false);
	world.tick(1);
	assert_eq!(world.trial.stage, Stage::PanelOpening);
	// Whatever was forgotten but the journal, it opens the same.
	let mut core = Core::new(US, GENESIS, [row]);
	let opening = Opening { outcome, evidence_root, salt };
	let opened = Action::Submit(TASK, Deed::OpenPanel(opening, possession));
	let snapshot = world.snapshot();
	assert_eq!(core.step(Event::Block(snapshot)), [opened]);
}

#[test]
fn an_unclear_deed_is_repeated_only_while_the_chain_misses_it() {
	let mut world = world_at(Role::Executor, Stage::Executing);
	world.perform(false);
	let Some(Action::Submit(_, deed)) = world.todo.pop() else { panic!("{:?}", world.todo) };
	assert_eq!(world.core.step(Event::Submitted(TASK, DeedKind::Commit, Fate::Unclear)), []);
	world.now += 1;
	let snapshot = world.snapshot();
	assert_eq!(world.core.step(Event::Block(snapshot)), [], "it may still come");
	world.now += 1;
	let snapshot = world.snapshot();
	assert_eq!(world.core.step(Event::Block(snapshot)), [Action::Submit(TASK, deed)]);
}

#[test]
fn nothing_is_done_after_the_deadline() {
	let mut world = world_at(Role::Executor, Stage::Executing);
	world.now = world.trial.deadline;
	let snapshot = world.snapshot();
	assert_eq!(world.core.step(Event::Block(snapshot)), [Action::Cancel(TASK)]);
	world.todo.clear();
	assert_eq!(world.core.step(Event::Executed(TASK, None)), []);
}

fn given_back() -> Action {
	Action::Submit(TASK, Deed::Abstain(Abstention::HostLimit))
}

fn at(world: &mut World, left: BlockNumber) -> Event {
	world.now = world.trial.deadline - left;
	Event::Block(world.snapshot())
}

/// A single verifier that has its result and was started anew.
fn verifier() -> (World, Core) {
	let mut world = world_at(Role::Verifier, Stage::Verifying);
	world.perform(false);
	let core = Core::new(US, GENESIS, [world.journal[&TASK].clone()]);
	(world, core)
}

#[test]
fn an_answer_in_clear_that_may_come_too_late_is_not_given() {
	for left in 0..10 {
		let (mut world, mut core) = verifier();
		let actions = core.step(at(&mut world, left));
		match left {
			0 => assert_eq!(actions, []),
			1..ANSWER_MARGIN => assert_eq!(actions, [given_back()]),
			_ => assert!(matches!(actions[..], [Action::Submit(TASK, Deed::Answer(..))])),
		}
	}
}

#[test]
fn a_sealed_outcome_may_come_until_the_deadline() {
	let mut world = world_at(Role::Executor, Stage::Executing);
	world.perform(false);
	let mut core = Core::new(US, GENESIS, [world.journal[&TASK].clone()]);
	let actions = core.step(at(&mut world, 1));
	assert!(matches!(actions[..], [Action::Submit(TASK, Deed::Commit(_))]), "{actions:?}");
}

#[test]
fn an_answer_on_its_way_is_waited_for() {
	let answered = |fate: fn(BlockNumber) -> Fate| {
		let (mut world, mut core) = verifier();
		let actions = core.step(at(&mut world, ANSWER_MARGIN));
		assert!(matches!(actions[..], [Action::Submit(TASK, Deed::Answer(..))]), "{actions:?}");
		assert_eq!(core.step(at(&mut world, 5)), [], "under way");
		let landed = world.now + 2;
		let fate = fate(landed);
		assert_eq!(core.step(Event::Submitted(TASK, DeedKind::Answer, fate)), []);
		assert_eq!(core.step(at(&mut world, 4)), [], "an older block cannot show it yet");
		(world, core)
	};
	let (mut world, mut core) = answered(Fate::Landed);
	assert_eq!(core.step(at(&mut world, 3)), []);
	let (mut world, mut core) = answered(|_| Fate::Refused);
	assert_eq!(core.step(at(&mut world, 3)), [given_back()]);
}

#[test]
fn a_task_that_was_given_back_is_not_answered_after_a_restart() {
	let (mut world, _) = verifier();
	let mut row = world.journal[&TASK].clone();
	row.submitted.insert(DeedKind::Abstain);
	// The node lags behind the one that was asked before.
	let mut core = Core::new(US, GENESIS, [row]);
	assert_eq!(core.step(at(&mut world, 20)), [given_back()]);
}

#[test]
fn a_task_is_given_back_while_there_is_time() {
	let stages = [
		(Role::Executor, Stage::Executing),
		(Role::Verifier, Stage::Verifying),
		(Role::Panel, Stage::PanelSealing),
		(Role::Appeal, Stage::PanelSealing),
	];
	for (role, stage) in stages {
		let mut world = world_at(role, stage);
		let Some(Action::Execute(order)) = world.todo.pop() else { panic!("{:?}", world.todo) };
		assert_eq!(world.todo, []);
		let event = at(&mut world, GIVE_UP_MARGIN);
		assert_eq!(world.core.step(event), [], "it is still running");
		let event = at(&mut world, GIVE_UP_MARGIN - 1);
		let given_up = [Action::Cancel(TASK), Action::GiveUp(order.clone())];
		assert_eq!(world.core.step(event), given_up);
		let row = order.row(Finding::Abstention(Abstention::HostLimit));
		assert_eq!(world.core.step(Event::GivenUp(TASK, Some(row))), [given_back()]);
		// The execution did not hear of it and found something.
		let finding = Finding::Outcome {
			outcome: outcome(HONEST),
			evidence_root: EvidenceRoot([1; 32]),
			salt: Salt([1; 32]),
		};
		let late = Event::Executed(TASK, Some(order.row(finding)));
		assert_eq!(world.core.step(late), []);
		world.core.step(Event::Submitted(TASK, DeedKind::Abstain, Fate::Unclear));
		let event = at(&mut world, 1);
		assert_eq!(world.core.step(event), [given_back()]);
	}
}

#[test]
fn a_task_that_is_seen_too_late_is_not_begun() {
	let mut world = world_at(Role::Executor, Stage::Executing);
	let mut core = Core::new(US, GENESIS, []);
	let actions = core.step(at(&mut world, GIVE_UP_MARGIN - 1));
	assert!(matches!(actions[..], [Action::GiveUp(_)]), "{actions:?}");
	assert_eq!(core.step(Event::GivenUp(TASK, None)), [], "it could not be written");
	let actions = core.step(at(&mut world, 1));
	assert!(matches!(actions[..], [Action::GiveUp(_)]), "{actions:?}");
}

#[test]
fn only_what_is_still_to_be_sealed_needs_a_recorded_proof() {
	let mut world = world_at(Role::Executor, Stage::Executing);
	assert_eq!(world.core.record_of_proof(TASK), Record::Needed);
	world.perform(false);
	assert_eq!(world.core.record_of_proof(TASK), Record::Desired);
	assert_eq!(DeedKind::Commit.record(), Record::Needed);
	assert_eq!(DeedKind::Answer.record(), Record::Needed);
	assert_eq!(DeedKind::OpenPanel.record(), Record::Desired);
}

#[test]
fn an_execution_that_nobody_wants_any_more_is_cancelled_once() {
	let mut world = world_at(Role::Executor, Stage::Executing);
	assert_eq!(world.core.known(), [TASK]);
	let gone = Snapshot { life: LIFE, now: 40, presence: None, tasks: vec![], gone: vec![TASK] };
	assert_eq!(world.core.step(Event::Block(gone.clone())), [Action::Cancel(TASK)]);
	assert_eq!(world.core.step(Event::Block(gone)), []);
}

#[test]
fn a_row_of_another_life_of_the_chain_is_forgotten() {
	let mut world = world_at(Role::Executor, Stage::Executing);
	world.perform(false);
	let mut row = world.journal[&TASK].clone();
	row.fingerprint = [0; 32];
	let mut core = Core::new(US, GENESIS, [row]);
	let actions = core.step(Event::Block(world.snapshot()));
	assert!(matches!(actions[..], [Action::Forget(TASK), Action::Execute(_)]), "{actions:?}");
}

#[test]
fn a_chain_that_is_started_anew_is_served_from_its_first_block() {
	let mut world = world_at(Role::Executor, Stage::Executing);
	world.perform(false);
	// Height 1000 of the old life, and a deed that has to wait there.
	let Some(Action::Submit(..)) = world.todo.pop() else { panic!("{:?}", world.todo) };
	world.now = 1000;
	let snapshot = world.snapshot();
	world.core.step(Event::Block(snapshot));
	world.core.step(Event::Submitted(TASK, DeedKind::Commit, Fate::Refused));
	let mut seen = world.seen();
	seen.fingerprint = [1; 32];
	let anew = Snapshot { life: [7; 32], now: 1, presence: None, tasks: vec![seen], gone: vec![] };
	let actions = world.core.step(Event::Block(anew));
	assert!(matches!(actions[..], [Action::Forget(TASK), Action::Execute(_)]), "{actions:?}");
}

#[test]
fn a_salt_that_a_commitment_waits_for_is_never_dropped() {
	let world = world_at(Role::Executor, Stage::Opening);
	let mut seen = world.seen();
	seen.fingerprint = [1; 32];
	let row = world.journal[&TASK].clone();
	let mut core = Core::new(US, GENESIS, [row.clone()]);
	let anew = Snapshot {
		life: [7; 32],
		now: world.now,
		presence: None,
		tasks: vec![seen.clone()],
		gone: vec![],
	};
	let actions = core.step(Event::Block(anew.clone()));
	assert!(matches!(actions[..], [Action::Submit(TASK, Deed::Open(_))]), "{actions:?}");
	// A row that does not open it is of no use.
	let finding = Finding::Outcome {
		outcome: outcome(HONEST),
		evidence_root: EvidenceRoot([1; 32]),
		salt: Salt([99; 32]),
	};
	let mut core = Core::new(US, GENESIS, [Row { finding, ..row }]);
	assert_eq!(core.step(Event::Block(anew)), [Action::Forget(TASK)]);
}

#[test]
fn a_row_of_a_task_that_others_serve_now_is_forgotten() {
	let mut world = world_at(Role::Executor, Stage::Executing);
	world.perform(false);
	let mut seen = world.seen();
	seen.fingerprint = [1; 32];
	let mut core = Core::new(ClusterId(99), GENESIS, [world.journal[&TASK].clone()]);
	let snapshot = Snapshot { life: LIFE, now: 1, presence: None, tasks: vec![seen], gone: vec![] };
	assert_eq!(core.step(Event::Block(snapshot)), [Action::Forget(TASK)]);
}

#[test]
fn a_commitment_without_a_row_is_not_answered_with_another_execution() {
	let mut world = world_at(Role::Executor, Stage::Opening);
	let mut core = Core::new(US, GENESIS, []);
	assert_eq!(core.step(Event::Block(world.snapshot())), []);
	world.todo.clear();
}

#[test]
fn a_failed_execution_is_tried_again_later() {
	let mut world = world_at(Role::Executor, Stage::Executing);
	assert_eq!(world.core.step(Event::Executed(TASK, None)), []);
	world.now += 2;
	let snapshot = world.snapshot();
	assert!(matches!(world.core.step(Event::Block(snapshot))[..], [Action::Execute(_)]));
}

#[test]
fn a_bundle_that_cannot_be_made_public_is_given_up_in_the_end() {
	let mut world = world_at(Role::Executor, Stage::Executing);
	world.perform(false);
	let mut row = world.journal[&TASK].clone();
	row.submitted.insert(DeedKind::Open);
	let mut core = Core::new(US, GENESIS, [row]);
	let mut published = 0;
	for now in 0..1000 {
		let mut actions = core.step(Event::Block(Snapshot {
			life: LIFE,
			now,
			presence: None,
			tasks: vec![],
			gone: vec![TASK],
		}));
		if actions == [Action::Publish(TASK)] {
			published += 1;
			actions = core.step(Event::Published(TASK, false));
		}
		if actions == [Action::Forget(TASK)] {
			assert_eq!(published, PUBLISH_TRIES);
			return;
		}
		assert_eq!(actions, []);
	}
	panic!("never forgotten");
}

/// Blocks for which a lease holds.
const LEASE: BlockNumber = 100;

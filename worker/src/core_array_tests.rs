// SPDX-License-Identifier: GPL-3.0-or-later
//! Arrays whose executions differ, and complaints about what was accepted: everybody's part in both, against the
//! real rules and with restarts at any time.

use super::*;
use assay_primitives::{
	array::{leaves, outcome_of, subtree_roots, SUBTREE},
	bundle::bundle_root,
	merkle::Hash,
	protocol::{Effect, Narrowing},
};

/// What differs lies in the second subtree of three.
const ITEMS: u16 = 300;
const WRONG: u16 = 200;

fn items(liar: bool, count: u16) -> Vec<Hash> {
	let one =
		|index: u16| outcome(if liar && index == WRONG.min(count - 1) { LIE } else { HONEST });
	leaves(&(0..count).map(one).collect::<Vec<_>>())
}

/// A chain on which one of the first two lies about an item, somebody complains in the end, and we are one of
/// those who act.
struct Array {
	now: BlockNumber,
	count: u16,
	trial: Trial,
	/// Our part.
	role: Role,
	/// Whether what is accepted can be fetched.
	served: bool,
	gone: bool,
	kept: Vec<Hash>,
	core: Core,
	journal: BTreeMap<TaskId, Row>,
	todo: Vec<Action>,
	contents: BTreeMap<DeedKind, Deed>,
	published: bool,
}

impl Array {
	fn new(role: Role, count: u16, served: bool) -> Self {
		let policy = policy(Check::Verified { quorum: 2, panel: 3 }, 500);
		let (trial, _) = Trial::new(policy, WASM_ENGINE, Some(count), 0);
		Self {
			now: 0,
			count,
			trial,
			role,
			served,
			gone: false,
			kept: Vec::new(),
			core: Core::new(US, GENESIS, []),
			journal: BTreeMap::new(),
			todo: Vec::new(),
			contents: BTreeMap::new(),
			published: false,
		}
	}

	fn context(&self) -> Context {
		let (opening_blocks, audit_percent, tainted) = (60, 100, false);
		let now = self.now;
		Context { genesis: GENESIS, task: TASK, now, opening_blocks, audit_percent, tainted }
	}

	fn input(&mut self, input: Input) -> Result<(), Refusal> {
		let nodes = match &input {
			Input::Narrow { nodes, .. } => nodes.clone(),
			_ => vec![],
		};
		let context = self.context();
		let effects = self.trial.step(&context, input)?;
		self.trial.check().unwrap();
		if effects.contains(&Effect::Keep) {
			self.kept = nodes;
		}
		self.gone |= effects.contains(&Effect::Finalise);
		Ok(())
	}

	fn event(&self) -> Event {
		let mut request = request(self.trial.policy);
		request.workload.items = Some(self.count);
		let fingerprint = blake2_256(&request.encode());
		let workload = request.workload;
		let seen = Seen { task: TASK, fingerprint, workload, trial: self.trial.clone() };
		let (tasks, gone) = match self.gone {
			true => (vec![], vec![TASK]),
			false => (vec![seen], vec![]),
		};
		Event::Block(Snapshot { life: LIFE, now: self.now, presence: None, tasks, gone })
	}

	fn lies(&self, execution: &Execution) -> bool {
		let liar = if self.role == Role::Executor { Role::Verifier } else { Role::Executor };
		execution.role == liar
	}

	fn act(&self) -> Option<Act> {
		self.trial.execution(US).map(|execution| execution.act)
	}

	/// What one who plays this part finds.
	fn finds(&self, execution: &Execution) -> Outcome {
		match execution.role {
			Role::Arbiter => outcome(HONEST),
			_ => outcome_of(&items(self.lies(execution), self.count)),
		}
	}

	fn post(&mut self, cluster: ClusterId, liar: bool) -> Result<(), Refusal> {
		let leaves = items(liar, self.count);
		let Some(Narrowing { subtree, first, .. }) = &self.trial.narrowing else {
			return Err(Refusal::WrongStage);
		};
		let nodes = match subtree {
			None => subtree_roots(&leaves),
			Some(at) => leaves.chunks(SUBTREE.into()).nth(usize::from(*at)).unwrap().to_vec(),
		};
		let reference = if first.is_some() { self.kept.clone() } else { vec![] };
		self.input(Input::Narrow { cluster, nodes, reference })
	}

	fn draw(&mut self) {
		let Some(role) = self.trial.drawing_role() else { return };
		let first = 10 + self.trial.executions.len() as u32;
		let ours = (role == self.role && self.act().is_none()).then_some(US);
		let picks = ours.into_iter().chain((first..).map(ClusterId));
		let picks = picks.take(self.trial.wanted.into()).map(|cluster| Pick {
			cluster,
			operator: OperatorId(cluster.0),
			price: 1,
			architecture: Architecture::X86_64,
		});
		// Every bench has a number of its own.
		let (picks, nonce) = (picks.collect(), PanelNonce([self.trial.round; 32]));
		self.input(Input::Drawn { picks, nonce, breadth: Breadth::Open }).unwrap();
	}

	fn others(&mut self) {
		for one in self.trial.executions.to_vec().iter().filter(|one| one.cluster != US) {
			let (cluster, outcome) = (one.cluster, self.finds(one));
			let (evidence_root, salt) =
				(EvidenceRoot([cluster.0 as u8; 32]), Salt([cluster.0 as u8; 32]));
			let seal = self.trial.seal(&self.context(), cluster);
			let (digest, nonce) = (outcome.digest(), self.trial.nonce.unwrap_or_default());
			let possession = possession_of(nonce, outcome);
			let opening = Opening { outcome, evidence_root, salt };
			let commitment = match one.role {
				Role::Executor | Role::Verifier => seal.commit(&digest, &evidence_root, &salt),
				_ => seal.commit_panel(&digest, &possession, &evidence_root, &salt),
			};
			// Whatever fits is taken, the rest is refused.
			for input in [
				Input::Commit(cluster, commitment),
				Input::Answer(cluster, outcome, evidence_root),
				Input::Open(cluster, opening),
				Input::OpenPanel(cluster, opening, possession),
				Input::Possess(cluster, possession),
			] {
				let _ = self.input(input);
			}
			let _ = self.post(cluster, self.lies(one));
		}
	}

	fn tick(&mut self) {
		if self.gone {
			return;
		}
		self.now += 1;
		self.draw();
		self.others();
		let _ = self.input(Input::Complain);
		if self.now > self.trial.deadline {
			self.input(Input::Deadline).unwrap();
		}
	}

	fn tell(&mut self, event: Event) {
		let actions = self.core.step(event);
		self.todo.extend(actions);
	}

	fn kill(&mut self) {
		self.todo.clear();
		self.core = Core::new(US, GENESIS, self.journal.values().cloned());
	}

	/// What a run or a fetch gives, if it gives anything.
	fn row(&self, order: &Order, last: bool) -> Option<Row> {
		let outcome = match &order.part {
			Part::Item(item) => {
				assert_eq!((self.role, *item), (Role::Arbiter, WRONG.min(self.count - 1)));
				outcome(HONEST)
			},
			Part::Whole => {
				assert!(!matches!(self.role, Role::Arbiter | Role::Witness));
				outcome_of(&items(false, self.count))
			},
			Part::Fetch { outcome, from } => {
				assert_eq!(self.role, Role::Witness);
				// The executor lied; of the others who ran all of it there are three.
				assert_eq!(from.len(), 3);
				let root = EvidenceRoot([11; 32]);
				assert!(from.contains(&bundle_root(outcome, &root)));
				if !self.served {
					let nothing = Finding::served_nothing(*outcome, Salt([1; 32]));
					return last.then(|| order.row(nothing));
				}
				*outcome
			},
		};
		let evidence_root = EvidenceRoot([1; 32]);
		Some(order.row(Finding::Outcome { outcome, evidence_root, salt: Salt([1; 32]) }))
	}

	fn perform(&mut self) {
		if self.todo.is_empty() {
			return;
		}
		match self.todo.remove(0) {
			Action::Execute(order) => {
				let found = self.row(&order, false);
				let row = found.map(|row| self.journal.entry(TASK).or_insert(row).clone());
				self.tell(Event::Executed(TASK, row));
			},
			Action::GiveUp(order) => {
				assert!(!self.served && self.role == Role::Witness, "{order:?}");
				let found = self.row(&order, true);
				let row = found.map(|row| self.journal.entry(TASK).or_insert(row).clone());
				self.tell(Event::GivenUp(TASK, row));
			},
			Action::Prove(_, nonce) => {
				let row = self.journal.get_mut(&TASK).unwrap();
				let Finding::Outcome { outcome, .. } = row.finding else { panic!("{row:?}") };
				row.possession = Some((nonce, possession_of(nonce, outcome)));
				let proof = row.possession;
				self.tell(Event::Proved(TASK, proof));
			},
			Action::Submit(_, deed) => {
				self.journal.get_mut(&TASK).unwrap().submitted.insert(deed.kind());
				assert_eq!(*self.contents.entry(deed.kind()).or_insert(deed), deed);
				let included = match deed {
					Deed::Commit(commitment) => self.input(Input::Commit(US, commitment)),
					Deed::Answer(outcome, root) => self.input(Input::Answer(US, outcome, root)),
					Deed::Open(opening) => self.input(Input::Open(US, opening)),
					Deed::OpenPanel(opening, shown) => {
						self.input(Input::OpenPanel(US, opening, shown))
					},
					Deed::Possess(shown) => self.input(Input::Possess(US, shown)),
					Deed::Abstain(_) => self.input(Input::Abstain(US)),
					Deed::AdmitUnstable => panic!("nobody asked"),
					Deed::Split => {
						assert_eq!(self.trial.narrowing.as_ref().unwrap().subtree, None);
						self.post(US, false)
					},
					Deed::Narrow(subtree) => {
						assert_eq!(self.trial.narrowing.as_ref().unwrap().subtree, Some(subtree));
						self.post(US, false)
					},
				};
				let late = |refusal| matches!(refusal, Refusal::AlreadyActed | Refusal::WrongStage);
				assert!(included.is_ok() || included.is_err_and(late), "{deed:?} {included:?}");
				let fate = included.map_or(Fate::Refused, |()| Fate::Landed(self.now));
				self.tell(Event::Submitted(TASK, deed.kind(), fate));
			},
			Action::Publish(_) => {
				assert!(
					self.role != Role::Witness && (self.gone || self.trial.verdict().is_some())
				);
				self.published = true;
				self.journal.get_mut(&TASK).unwrap().published = true;
				self.tell(Event::Published(TASK, true));
			},
			Action::Forget(_) => {
				self.journal.remove(&TASK);
			},
			Action::Cancel(_) | Action::Renew | Action::TellDrained => {},
		}
	}

	/// Goes on until the stage comes, without doing what is to be done in it.
	fn until(role: Role, count: u16, stage: Stage) -> Self {
		let mut world = Self::new(role, count, true);
		for _ in 0..500 {
			if world.trial.stage == stage && world.act().is_some() {
				let event = world.event();
				world.tell(event);
				return world;
			}
			world.tick();
			let event = world.event();
			world.tell(event);
			while world.trial.stage != stage && !world.todo.is_empty() {
				world.perform();
			}
			if world.trial.stage == stage {
				world.kill();
			}
		}
		panic!("{stage:?} never came: {:?}", world.trial);
	}
}

#[derive(Clone, Copy, Debug)]
enum Happens {
	Tick,
	Block,
	Perform,
	Kill,
}

proptest! {
	/// Whatever is killed in between, everybody plays its part, and the lie is found.
	#[test]
	fn everybody_plays_its_part_to_the_end(
		role in prop_oneof![
			Just(Role::Executor),
			Just(Role::Verifier),
			Just(Role::Arbiter),
			Just(Role::Panel),
			Just(Role::Witness),
		],
		count in prop_oneof![Just(1u16), Just(SUBTREE), Just(ITEMS)],
		served: bool,
		happens in prop::collection::vec(prop_oneof![
			2 => Just(Happens::Tick),
			4 => Just(Happens::Block),
			4 => Just(Happens::Perform),
			1 => Just(Happens::Kill),
		], 0..100),
	) {
		let mut world = Array::new(role, count, served);
		for what in happens {
			match what {
				Happens::Tick => world.tick(),
				Happens::Block => {
					let event = world.event();
					world.tell(event);
				},
				Happens::Perform => world.perform(),
				Happens::Kill => world.kill(),
			}
		}
		for _ in 0..2000 {
			world.tick();
			let event = world.event();
			world.tell(event);
			while !world.todo.is_empty() {
				world.perform();
			}
		}
		prop_assert!(world.gone && world.journal.is_empty(), "{:?}", world.trial);
		let accepted = outcome_of(&items(false, count));
		let stage = &world.trial.stage;
		let found = matches!(stage, Stage::Decided(Verdict::Accepted { outcome, .. }) if *outcome == accepted);
		prop_assert!(found, "{:?}", stage);
		match (role, world.act()) {
			(Role::Witness, Some(Act::Possessed { possession, .. })) if !served => {
				prop_assert_eq!(possession, NOTHING)
			},
			(Role::Arbiter, Some(Act::Possessed { outcome: found, .. })) => {
				prop_assert_eq!(found, outcome(HONEST))
			},
			(_, Some(Act::Possessed { outcome, .. })) => prop_assert_eq!(outcome, accepted),
			other => prop_assert!(false, "{other:?}"),
		}
		prop_assert_eq!(world.published, role != Role::Witness);
		let posts = matches!(role, Role::Executor | Role::Verifier);
		prop_assert_eq!(world.contents.contains_key(&DeedKind::Narrow), posts);
		prop_assert_eq!(world.contents.contains_key(&DeedKind::Split), posts && count > SUBTREE);
	}
}

#[test]
fn who_differs_posts_subtrees_and_then_the_leaves_of_one() {
	let mut world = Array::until(Role::Executor, ITEMS, Stage::Splitting);
	assert_eq!(world.todo, [Action::Submit(TASK, Deed::Split)]);
	world.perform();
	let event = world.event();
	assert_eq!(world.core.step(event), [], "once is enough");
	let world = Array::until(Role::Verifier, ITEMS, Stage::Narrowing);
	assert_eq!(world.todo, [Action::Submit(TASK, Deed::Narrow(1))]);
	let world = Array::until(Role::Executor, SUBTREE, Stage::Narrowing);
	assert_eq!(world.todo, [Action::Submit(TASK, Deed::Narrow(0))]);
	// Nobody posts what it has no bundle of.
	let mut forgetful = Core::new(US, GENESIS, []);
	assert_eq!(forgetful.step(world.event()), []);
	assert_eq!(DeedKind::Narrow.record(), Record::Desired);
}

#[test]
fn those_whom_arbiters_judge_have_nothing_to_show_them() {
	for role in [Role::Executor, Role::Verifier] {
		let mut world = Array::until(role, ITEMS, Stage::Narrowing);
		world.perform();
		world.others();
		world.now += 1;
		world.draw();
		assert_eq!((world.trial.stage, world.trial.bench()), (Stage::PanelSealing, Role::Arbiter));
		let event = world.event();
		assert_eq!(world.core.step(event), []);
	}
}

#[test]
fn a_witness_looks_again_until_there_is_no_time_and_only_then_testifies() {
	let mut world = Array::until(Role::Witness, ITEMS, Stage::PanelSealing);
	world.kill();
	let mut looks = Vec::new();
	let deadline = world.trial.deadline;
	for now in world.now..deadline {
		world.now = now;
		let event = world.event();
		match &world.core.step(event)[..] {
			[] => {},
			[Action::Execute(order)] => {
				assert!(matches!(order.part, Part::Fetch { .. }));
				looks.push(deadline - now);
				assert_eq!(world.core.step(Event::Executed(TASK, None)), []);
			},
			[Action::GiveUp(order)] => {
				assert!(matches!(order.part, Part::Fetch { .. }) && looks.len() > 2, "{looks:?}");
				assert_eq!(deadline - now, GIVE_UP_MARGIN - 1);
				let Part::Fetch { outcome, .. } = order.part else { panic!("{order:?}") };
				let salt = Salt([1; 32]);
				let row = order.row(Finding::served_nothing(outcome, salt));
				assert!(row.published, "there is nothing to be made public");
				// Nobody can tell that it found nothing before all are bound.
				let seal = world.trial.seal(&world.context(), US);
				let digest = outcome.digest();
				let sealed = seal.commit_panel(&digest, &NOTHING, &EvidenceRoot([0; 32]), &salt);
				let testimony = Action::Submit(TASK, Deed::Commit(sealed));
				assert_eq!(world.core.step(Event::GivenUp(TASK, Some(row))), [testimony]);
				return;
			},
			other => panic!("{other:?}"),
		}
	}
	panic!("never given up: {looks:?}");
}

// SPDX-License-Identifier: GPL-3.0-or-later
//! A population of operators and a stream of tasks on the protocol's own core: every task is a
//! [`Trial`] that is driven by [`Trial::step`] and paid by [`settle`].
//!
//! A task comes in each block. Operators have one position each, are never busy, and top up their bond at
//! once, so that the only things that keep one out of a draw are a suspension and the task itself.

use super::{
	rng::Rng,
	strategy::{Answer, Plan, Strategy, View},
};
use assay_primitives::{
	economics::max_payment,
	outcome::{Opening, Outcome},
	protocol::{
		Act, Audit, Breadth, Context, Effect, Input, Pick, Role, Ruling, Stage, Trial, Verdict,
	},
	settlement::{settle, Conduct, Standing},
	spec::{Architecture, Engine, ExecutorKind},
	task::{Check, Policy},
	Balance, BlockNumber, ClusterId, EvidenceRoot, Genesis, OperatorId, OutputRoot, PanelNonce,
	Possession, Salt, TaskId,
};
use std::collections::BTreeMap;

/// One unit of money.
pub const UNIT: Balance = 1_000_000;
/// The bond behind one place, as in the runtime.
pub const PLACE_BOND: Balance = 100 * UNIT;
/// What tasks that are submitted to hurt others pay, in units: as little as possible, and the usual.
pub const GRIEFING_PRICES: [f64; 2] = [0.01, 1.0];
/// What computing a task costs, in percent of its price.
pub const COST_PERCENT: u32 = 40;
/// Faults in a row that suspend nobody, as in the runtime.
const LAPSES_ALLOWED: u32 = 3;
/// Blocks of the first suspension, as in the runtime; each further one is twice as long.
const SUSPENSION: BlockNumber = 100;
/// Blocks of a day.
const DAY: BlockNumber = 14_400;
/// Checked results of one operator that count in a day.
const COUNTED_PER_DAY: u32 = 8;
/// Blocks for opening, and for finding a panel.
const OPENING_BLOCKS: BlockNumber = 20;
/// Wasm: the class where bond answers for a lie.
const ENGINE: Engine = Engine { kind: ExecutorKind::Wasm, id: 1 };

/// Whether an executor's answer can be read before it is checked.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Hiding {
	/// Salted commitments and proofs of possession: ours.
	Sealed,
	/// Neither: whoever answers later can repeat what was answered before.
	Plain,
}

/// How often results are audited where the policy leaves it open.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Experience {
	/// As the operator's count of checked results says.
	Counted,
	/// As rarely as the policy allows, from the first task on: the worst case of the bound.
	AtFloor,
}

/// Whether faults keep operators out of the draws.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Suspensions {
	/// They do.
	Served,
	/// They do not, so that each lie is one sample of its price.
	Waived,
}

/// What one run simulates.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Setting {
	/// How tasks are checked.
	pub check: Check,
	/// Blocks between verdict and finality.
	pub window: BlockNumber,
	/// What the members do.
	pub strategy: Strategy,
	/// All operators.
	pub operators: u32,
	/// Those who follow the strategy: the first ones.
	pub members: u32,
	/// Those who copy what they check where they can: the last ones.
	pub copiers: u32,
	/// Honest operators whom the requester leaves out: the last ones.
	pub denied: u32,
	/// Tasks.
	pub tasks: u32,
	/// Tasks of a thousand whose requester knows the answer and appeals a wrong verdict.
	pub canaries_permille: u32,
	/// Computations of a thousand that go wrong by accident.
	pub faults_permille: u32,
	/// Whether answers are sealed.
	pub hiding: Hiding,
	/// How often results are audited.
	pub experience: Experience,
	/// Whether faults suspend.
	pub suspensions: Suspensions,
}

impl Setting {
	/// The standard setting for `strategy` under `check`: 12 of 60 operators, 1 % canaries.
	pub fn new(check: Check, strategy: Strategy) -> Self {
		Self {
			check,
			window: 100,
			strategy,
			operators: 60,
			members: 12,
			copiers: 0,
			denied: 0,
			tasks: 100_000,
			canaries_permille: 10,
			faults_permille: 0,
			hiding: Hiding::Sealed,
			experience: Experience::Counted,
			suspensions: Suspensions::Served,
		}
	}

	/// The policy of its tasks.
	pub fn policy(&self) -> Policy {
		policy(self.check, self.window)
	}

	/// A typical price and the highest at which the bond is meant to keep people honest, in units.
	pub fn prices(&self) -> [f64; 2] {
		[1.0, max_payment(&self.policy(), PLACE_BOND) as f64 / UNIT as f64]
	}
}

/// A policy that checks in this way.
pub fn policy(check: Check, window: BlockNumber) -> Policy {
	Policy { check, window, execution_blocks: 20, queue_blocks: 20, preflight: false }
}

/// What a group earned and spent.
#[derive(Clone, Copy, Default, PartialEq, Debug)]
pub struct Money {
	/// Pay, in prices.
	pub paid: f64,
	/// Computations.
	pub computed: f64,
	/// Bond lost, in units.
	pub fined: f64,
}

impl Money {
	/// What is left where a task pays `price` units.
	pub fn profit(&self, price: f64) -> f64 {
		(self.paid - self.computed * f64::from(COST_PERCENT) / 100.0) * price - self.fined
	}

	/// The sum of several.
	pub fn sum(each: &[Self]) -> Self {
		each.iter().fold(Self::default(), |sum, one| Self {
			paid: sum.paid + one.paid,
			computed: sum.computed + one.computed,
			fined: sum.fined + one.fined,
		})
	}

	fn add(&mut self, pay: Balance, slash: Balance, computed: bool) {
		self.paid += pay as f64 / UNIT as f64;
		self.fined += slash as f64 / UNIT as f64;
		self.computed += f64::from(u8::from(computed));
	}
}

/// What came of a run.
#[derive(Clone, Default, PartialEq, Debug)]
pub struct Report {
	/// Executions of members.
	pub executions: u64,
	/// Wrong answers that members bound themselves to, and answers without the bytes.
	pub lies: u64,
	/// Of these, those that were fined or at least lost their pay as wrong or hidden.
	pub caught: u64,
	/// Tasks whose final verdict is a wrong answer.
	pub wrong: u64,
	/// Tasks that went to a panel or an appeal.
	pub disputed: u64,
	/// Everybody's money, the members' first.
	pub each: Vec<Money>,
	/// Lies of executors.
	pub executor_lies: u64,
	/// Of these, the caught.
	pub executor_caught: u64,
	/// The lying executors' money in these tasks.
	pub per_lie: Money,
	/// All members' money in these tasks.
	pub per_lie_of_all: Money,
	/// What the requesters paid, in prices, appeals left out: whoever appeals pays those.
	pub spent: f64,
	/// What fines gave back to them for panels, in units, at each of [`GRIEFING_PRICES`].
	pub repaid: [f64; 2],
	/// Pay that honest operators did not get for right answers, in prices.
	pub withheld: f64,
	/// Bond that honest operators lost for right answers, in units.
	pub unjust: f64,
}

/// An operator as the chain knows it.
#[derive(Clone, Copy, Default)]
struct Record {
	lapses: u32,
	suspensions: u32,
	suspended_until: BlockNumber,
	/// Checked results in a row that counted.
	checked: u32,
	counted_on: BlockNumber,
	counted: u32,
	/// When it was last found to have lied or hidden, if ever.
	caught_at: BlockNumber,
}

impl Record {
	/// As in `pallet-edge-connect`.
	fn blame(&mut self, now: BlockNumber, faults: u32) {
		self.lapses += faults;
		if self.lapses <= LAPSES_ALLOWED {
			return;
		}
		let doubled = 1u32 << self.suspensions.min(8);
		self.suspensions += 1;
		self.lapses = 0;
		self.suspended_until = self.suspended_until.max(now + SUSPENSION * doubled);
	}

	/// One more of its results was checked and found right.
	fn credit(&mut self, now: BlockNumber) {
		let day = now / DAY;
		if self.counted_on != day {
			(self.counted_on, self.counted) = (day, 0);
		}
		if self.counted < COUNTED_PER_DAY {
			self.counted += 1;
			self.checked += 1;
		}
	}

	/// With which probability its next result is checked, in percent.
	fn audit_percent(&self, floor: u8) -> u8 {
		let rare = 100u32.checked_div(self.checked).unwrap_or(100).min(100);
		(rare as u8).max(floor)
	}
}

/// What one execution said.
#[derive(Clone, Copy)]
struct Told {
	operator: u32,
	answer: Answer,
	has_bytes: bool,
	computed: bool,
}

/// A task on its way.
struct Case {
	id: TaskId,
	trial: Trial,
	told: Vec<Told>,
	now: BlockNumber,
	committed_at: BlockNumber,
	canary: bool,
}

impl Case {
	fn told(&self, operator: u32) -> Option<&Told> {
		self.told.iter().find(|told| told.operator == operator)
	}

	fn outcome(&self, answer: Answer) -> Outcome {
		let (tag, value) = match answer {
			Answer::Truth => (0, 0),
			Answer::Lie => (1, 0),
			Answer::Own(operator) => (2, operator),
			Answer::Guess(value) => (3, value),
			Answer::Fault(operator) => (4, operator),
			Answer::Focal => (5, 0),
		};
		let mut root = [tag; 32];
		root[1..9].copy_from_slice(&self.id.0.to_le_bytes());
		root[9..13].copy_from_slice(&value.to_le_bytes());
		Outcome::Completed { output_root: OutputRoot(root) }
	}

	/// What `told` can show: a function of bytes and nonce for whoever has the bytes, noise otherwise.
	fn possession(&self, told: &Told) -> Possession {
		let nonce = self.trial.nonce.unwrap_or_default();
		let Outcome::Completed { output_root } = self.outcome(told.answer) else {
			unreachable!("nobody fails here");
		};
		let mut shown = output_root.0;
		shown.iter_mut().zip(nonce.0).for_each(|(byte, key)| *byte ^= key);
		if !told.has_bytes {
			shown[20..24].copy_from_slice(&told.operator.to_le_bytes());
		}
		Possession(shown)
	}

	fn opening(&self, told: &Told) -> Opening {
		Opening {
			outcome: self.outcome(told.answer),
			evidence_root: EvidenceRoot::default(),
			salt: Salt::default(),
		}
	}

	/// The operators of some role whose act is `is`.
	fn seated(&self, role: Role, is: impl Fn(&Act) -> bool) -> Vec<u32> {
		let seated = self.trial.executions.iter().filter(|one| one.role == role && is(&one.act));
		seated.map(|one| one.operator.0).collect()
	}

	fn executor(&self) -> Option<u32> {
		let counts = |one: &&assay_primitives::protocol::Execution| {
			one.role == Role::Executor && one.act.counts()
		};
		self.trial.executions.iter().find(counts).map(|one| one.operator.0)
	}

	fn is_wrong(&self) -> bool {
		let truth = self.outcome(Answer::Truth);
		matches!(self.trial.verdict(), Some(Verdict::Accepted { outcome, .. }) if outcome != truth)
	}
}

/// Runs `setting`. The same seed gives the same report.
pub fn run(setting: &Setting, seed: u64) -> Report {
	let mut world = World {
		setting: *setting,
		rng: Rng::new(seed),
		records: vec![Record::default(); setting.operators as usize],
		open: BTreeMap::new(),
		report: Report {
			each: vec![Money::default(); setting.operators as usize],
			..Report::default()
		},
	};
	for task in 0..setting.tasks {
		// Block 0 stands for "never".
		let now = task + 1;
		world.close_until(now);
		world.submit(TaskId(task.into()), now);
	}
	world.close_until(BlockNumber::MAX);
	world.report
}

struct World {
	setting: Setting,
	rng: Rng,
	records: Vec<Record>,
	/// Decided tasks by the block in which they become final.
	open: BTreeMap<(BlockNumber, TaskId), Case>,
	report: Report,
}

impl World {
	fn is_member(&self, operator: u32) -> bool {
		operator < self.setting.members
	}

	fn record(&mut self, operator: u32) -> &mut Record {
		&mut self.records[operator as usize]
	}

	fn context(&self, case: &Case) -> Context {
		let executor = case.executor().map(|operator| self.records[operator as usize]);
		Context {
			genesis: Genesis::default(),
			task: case.id,
			now: case.now,
			opening_blocks: OPENING_BLOCKS,
			audit_percent: executor.map_or(100, |record| self.audit_percent(&record)),
			tainted: executor.is_some_and(|record| record.caught_at > case.committed_at),
		}
	}

	fn audit_percent(&self, record: &Record) -> u8 {
		match (self.setting.check, self.setting.experience) {
			(Check::Audited { floor }, Experience::AtFloor) => floor,
			(Check::Audited { floor }, Experience::Counted) => record.audit_percent(floor),
			(Check::Verified { .. }, _) => 100,
		}
	}

	/// One step of the protocol, which has to allow it.
	fn step(&self, case: &mut Case, input: Input) -> Vec<Effect> {
		let context = self.context(case);
		match case.trial.step(&context, input) {
			Ok(effects) => effects,
			Err(refusal) => panic!("{refusal:?} in {:?}", case.trial.stage),
		}
	}

	fn pass_deadline(&mut self, case: &mut Case) {
		case.now = case.trial.deadline + 1;
		for effect in self.step(case, Input::Deadline) {
			if let Effect::Lapsed(ClusterId(operator)) = effect {
				self.record(operator).blame(case.now, 1);
			}
		}
	}

	fn submit(&mut self, id: TaskId, now: BlockNumber) {
		let (trial, _) = Trial::new(self.setting.policy(), ENGINE, None, now);
		let canary = self.rng.permille(self.setting.canaries_permille);
		let mut case = Case { id, trial, told: Vec::new(), now, committed_at: now, canary };
		self.drive(&mut case);
		self.open.insert((case.trial.deadline + 1, id), case);
	}

	fn close_until(&mut self, now: BlockNumber) {
		while let Some(entry) = self.open.first_entry() {
			if entry.key().0 > now {
				break;
			}
			let mut case = entry.remove();
			self.pass_deadline(&mut case);
			match case.trial.stage {
				Stage::Decided(_) => self.finalise(&case),
				// It is looked at again because its executor lied elsewhere.
				_ => {
					self.drive(&mut case);
					self.open.insert((case.trial.deadline + 1, case.id), case);
				},
			}
		}
	}

	/// Everybody acts until there is a verdict that nobody appeals.
	fn drive(&mut self, case: &mut Case) {
		loop {
			if case.id.0.is_multiple_of(997) {
				case.trial.check().expect("the protocol keeps its invariants");
			}
			match case.trial.stage {
				Stage::Queued | Stage::Drawing | Stage::PanelDrawing => self.fill(case),
				Stage::Executing => self.seal(case, Role::Executor),
				Stage::Verifying => self.seal(case, Role::Verifier),
				Stage::PanelSealing => self.seal(case, case.trial.bench()),
				Stage::Opening => self.open_first(case),
				Stage::Splitting | Stage::Narrowing => unreachable!("nobody submits arrays"),
				Stage::PanelShowing => self.show(case),
				Stage::PanelOpening => self.open_panel(case),
				Stage::Decided(_) => {
					self.remember_liars(case);
					if !(case.canary && case.is_wrong() && case.trial.appeal.is_none()) {
						return;
					}
					self.step(case, Input::Appeal);
				},
			}
		}
	}

	/// The draw, and before it the lot.
	fn fill(&mut self, case: &mut Case) {
		if let Audit::Percent(percent) = case.trial.audit {
			let checked = self.rng.below(100) < percent.into();
			self.step(case, Input::Lot { checked });
			if !checked {
				return;
			}
		}
		let fitting = self.setting.operators - self.setting.denied;
		let is_seated =
			|operator| case.trial.executions.iter().any(|one| one.operator == OperatorId(operator));
		let mut eligible: Vec<u32> = (0..fitting)
			.filter(|operator| self.records[*operator as usize].suspended_until <= case.now)
			.filter(|operator| !is_seated(*operator))
			.collect();
		let wanted = eligible.len().min(case.trial.wanted.into());
		let picks = (0..wanted).map(|_| {
			let at = self.rng.below(eligible.len() as u32) as usize;
			let operator = eligible.swap_remove(at);
			Pick {
				cluster: ClusterId(operator),
				operator: OperatorId(operator),
				price: UNIT,
				architecture: Architecture::X86_64,
			}
		});
		let picks: Vec<Pick> = picks.collect();
		let mut nonce = [0; 32];
		nonce[16..24].copy_from_slice(&self.rng.draw().to_le_bytes());
		let (nonce, breadth) = (PanelNonce(nonce), Breadth::of(fitting, self.setting.operators));
		let context = self.context(case);
		if case.trial.step(&context, Input::Drawn { picks, nonce, breadth }).is_err() {
			self.pass_deadline(case);
		}
	}

	/// Everybody of `role` answers: all of them decide on what was known before.
	fn seal(&mut self, case: &mut Case, role: Role) {
		for operator in case.seated(role, |act| *act == Act::Drawn) {
			let told = self.tell(case, operator, role);
			case.told.push(told);
			let cluster = ClusterId(operator);
			let opening = case.opening(&told);
			let Opening { outcome, evidence_root, salt } = opening;
			let seal = case.trial.seal(&self.context(case), cluster);
			let digest = outcome.digest();
			let input = match role {
				Role::Verifier if !case.trial.verifiers_seal() => {
					Input::Answer(cluster, outcome, evidence_root)
				},
				Role::Executor | Role::Verifier => {
					Input::Commit(cluster, seal.commit(&digest, &evidence_root, &salt))
				},
				Role::Arbiter | Role::Witness => unreachable!("no arrays, no complaints"),
				Role::Panel | Role::Appeal => {
					let possession = case.possession(&told);
					let sealed = seal.commit_panel(&digest, &possession, &evidence_root, &salt);
					Input::Commit(cluster, sealed)
				},
			};
			if role == Role::Executor {
				case.committed_at = case.now;
			}
			self.step(case, input);
		}
	}

	/// What `operator` answers.
	fn tell(&mut self, case: &Case, operator: u32, role: Role) -> Told {
		let strategy = self.setting.strategy;
		let member = self.is_member(operator);
		let readable = self.setting.hiding == Hiding::Plain;
		let copies = readable
			&& role == Role::Verifier
			&& operator >= self.setting.operators - self.setting.copiers;
		let plan = match member {
			true => strategy.plan(&self.view(case, operator, role)),
			false if copies => Plan::Copy,
			false => Plan::Compute,
		};
		let made_up = |answer| Told { operator, answer, has_bytes: true, computed: false };
		match plan {
			Plan::Lie => made_up(Answer::Lie),
			Plan::Focal => made_up(Answer::Focal),
			Plan::Guess => made_up(match strategy {
				Strategy::Lazy(Some(space)) => match self.rng.below(space) {
					0 => Answer::Truth,
					value => Answer::Guess(value),
				},
				_ => Answer::Own(operator),
			}),
			Plan::Copy => {
				let first = case.told.iter().rev().find(|told| {
					let seat = case.trial.execution(ClusterId(told.operator));
					seat.is_some_and(|one| matches!(one.role, Role::Executor | Role::Verifier))
				});
				let answer = first.map_or(Answer::Own(operator), |told| told.answer);
				Told { operator, answer, has_bytes: readable, computed: false }
			},
			Plan::Compute => {
				let computed_by = |told: &&Told| told.computed && self.is_member(told.operator);
				let shared = case.told.iter().find(computed_by);
				if let Some(Told { answer, .. }) = shared.filter(|_| member && strategy.shares()) {
					return made_up(*answer);
				}
				let answer = match self.rng.permille(self.setting.faults_permille) {
					true => Answer::Fault(operator),
					false => Answer::Truth,
				};
				// A griefing requester knows the answer to its own question.
				let computed = !(member && strategy == Strategy::Griefer);
				Told { operator, answer, has_bytes: true, computed }
			},
		}
	}

	fn view(&self, case: &Case, operator: u32, role: Role) -> View {
		let executor = case.executor().filter(|executor| self.is_member(*executor));
		let said = executor.and_then(|executor| case.told(executor));
		let record = &self.records[operator as usize];
		let at_floor = match self.setting.check {
			Check::Audited { floor } => self.audit_percent(record) <= floor,
			Check::Verified { .. } => false,
		};
		View {
			role,
			lied: said.is_some_and(|told| told.answer == Answer::Lie),
			with_executor: executor.is_some(),
			carries: self.carries(case, role),
			at_floor,
			readable: self.setting.hiding == Hiding::Plain,
		}
	}

	/// Whether a lie of all members who judge wins, with the lies that are public.
	fn carries(&self, case: &Case, role: Role) -> bool {
		let seats = match (role, case.trial.appeal) {
			(Role::Panel, _) => case.trial.voters(),
			(Role::Appeal, Some(appeal)) => appeal.seats,
			_ => return false,
		};
		let lie = Some(case.outcome(Answer::Lie));
		let backs = |one: &&assay_primitives::protocol::Execution| {
			let judges = one.role == role && one.act.counts() && self.is_member(one.operator.0);
			let public = role == Role::Panel && one.role != role && one.act.outcome() == lie;
			judges || public
		};
		let votes = case.trial.executions.iter().filter(backs).count();
		votes * 2 > usize::from(seats)
	}

	/// Executor and verifiers open, the executor last: it waits to see what the others say.
	fn open_first(&mut self, case: &mut Case) {
		let bound = |act: &Act| matches!(act, Act::Committed(_));
		let mut waiting = case.seated(Role::Verifier, bound);
		waiting.extend(case.seated(Role::Executor, bound));
		for operator in waiting {
			let Some(told) = case.told(operator).copied() else { continue };
			let mine = case.outcome(told.answer);
			let loses = case
				.trial
				.executions
				.iter()
				.any(|one| one.act.outcome().is_some_and(|other| other != mine));
			let hides = self.is_member(operator) && self.setting.strategy == Strategy::Silent;
			if !(hides && loses && told.answer != Answer::Truth) {
				let opening = case.opening(&told);
				self.step(case, Input::Open(ClusterId(operator), opening));
			}
		}
		if case.trial.stage == Stage::Opening {
			self.pass_deadline(case);
		}
	}

	fn show(&mut self, case: &mut Case) {
		let opened = |act: &Act| matches!(act, Act::Opened { .. });
		let mut owing = case.seated(Role::Executor, opened);
		owing.extend(case.seated(Role::Verifier, opened));
		for operator in owing {
			let Some(told) = case.told(operator).copied() else { continue };
			let possession = case.possession(&told);
			self.step(case, Input::Possess(ClusterId(operator), possession));
		}
	}

	fn open_panel(&mut self, case: &mut Case) {
		for operator in case.seated(case.trial.bench(), |act| matches!(act, Act::Committed(_))) {
			let Some(told) = case.told(operator).copied() else { continue };
			let (opening, possession) = (case.opening(&told), case.possession(&told));
			self.step(case, Input::OpenPanel(ClusterId(operator), opening, possession));
		}
	}

	/// A verdict is known at once, although nobody pays before it is final.
	fn remember_liars(&mut self, case: &Case) {
		for share in settle(&case.trial, PLACE_BOND) {
			if share.slash > 0 {
				let record = self.record(share.cluster.0);
				record.caught_at = record.caught_at.max(case.now);
			}
		}
	}

	fn finalise(&mut self, case: &Case) {
		let members = self.setting.members;
		let shares = settle(&case.trial, PLACE_BOND);
		let lied = |told: &Told| {
			let found = matches!(told.answer, Answer::Truth | Answer::Fault(_)) && told.has_bytes;
			told.operator < members && !found
		};
		let lying_executor =
			case.executor().filter(|executor| case.told(*executor).is_some_and(lied));
		let (mut extra, mut fines) = (0.0, 0.0);
		for (share, execution) in shares.iter().zip(&case.trial.executions) {
			let operator = execution.operator.0;
			let told = case.told(operator);
			let computed = told.is_some_and(|told| told.computed);
			let caught = matches!(share.conduct, Conduct::Dissented | Conduct::Silent);
			let report = &mut self.report;
			report.each[operator as usize].add(share.pay, share.slash, computed);
			if operator < members {
				report.executions += u64::from(told.is_some());
				if told.is_some_and(lied) {
					report.lies += 1;
					report.caught += u64::from(caught);
				}
			} else if told.is_some_and(|told| told.answer == Answer::Truth) {
				report.withheld += 1.0 - share.pay as f64 / UNIT as f64;
				report.unjust += share.slash as f64 / UNIT as f64;
			}
			if let Some(executor) = lying_executor {
				if operator == executor {
					report.executor_lies += 1;
					report.executor_caught += u64::from(caught);
					report.per_lie.add(share.pay, share.slash, computed);
				}
				if operator < members {
					report.per_lie_of_all.add(share.pay, share.slash, computed);
				}
			}
			if execution.role != Role::Appeal {
				report.spent += share.pay as f64 / UNIT as f64;
			}
			if share.extra {
				extra += share.pay as f64 / UNIT as f64;
			}
			fines += share.slash as f64 / UNIT as f64;
			self.judge(case, operator, share.standing, execution.role);
		}
		for (repaid, price) in self.report.repaid.iter_mut().zip(GRIEFING_PRICES) {
			*repaid += fines.min(extra * price);
		}
		let again = case.trial.appeal.is_some();
		self.report.disputed += u64::from(again || case.trial.panel_seats > 0);
		self.report.wrong += u64::from(case.is_wrong());
	}

	/// What a final task says about an operator.
	fn judge(&mut self, case: &Case, operator: u32, standing: Standing, role: Role) {
		let now = case.now;
		let looked_at = !case.trial.was_spared()
			|| matches!(case.trial.appeal, Some(appeal) if matches!(appeal.ruling, Ruling::Upheld(_)));
		let waived = self.setting.suspensions == Suspensions::Waived;
		let record = self.record(operator);
		match standing {
			Standing::Better => {
				record.lapses = 0;
				if role == Role::Executor && looked_at {
					record.credit(now);
				}
			},
			Standing::Worse | Standing::Worst => {
				record.checked = 0;
				let faults = if standing == Standing::Worse { 1 } else { LAPSES_ALLOWED + 1 };
				if !waived {
					record.blame(now, faults);
				}
			},
			Standing::Same => {},
		}
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	const VERIFIED: Check = Check::Verified { quorum: 2, panel: 3 };

	fn setting(check: Check, strategy: Strategy) -> Setting {
		Setting { tasks: 4_000, ..Setting::new(check, strategy) }
	}

	fn members(report: &Report) -> Money {
		Money::sum(&report.each[..12])
	}

	#[test]
	fn the_same_seed_gives_the_same_report() {
		let setting = setting(VERIFIED, Strategy::Gambler);
		assert_eq!(run(&setting, 7), run(&setting, 7));
		assert_ne!(run(&setting, 7), run(&setting, 8));
	}

	#[test]
	fn honest_operators_are_paid_for_everything_and_lose_nothing() {
		let report = run(&setting(VERIFIED, Strategy::Honest), 1);
		assert_eq!((report.lies, report.wrong, report.disputed), (0, 0, 0));
		let all = Money::sum(&report.each);
		assert_eq!(all, Money { paid: 8_000.0, computed: 8_000.0, fined: 0.0 });
		assert_eq!(report.withheld, 0.0);
	}

	#[test]
	fn a_lone_liar_is_always_caught_where_everything_is_checked() {
		let report = run(&Setting { members: 1, ..setting(VERIFIED, Strategy::Gambler) }, 1);
		assert!(report.lies > 4);
		assert_eq!((report.caught, report.wrong), (report.lies, 0));
		assert_eq!(members(&report).fined, 50.0 * report.lies as f64);
	}

	#[test]
	fn liars_are_caught_as_often_as_the_odds_say() {
		let group = Setting {
			members: 20,
			window: 0,
			canaries_permille: 0,
			suspensions: Suspensions::Waived,
			tasks: 30_000,
			..Setting::new(VERIFIED, Strategy::Gambler)
		};
		let report = run(&group, 1);
		// The verifier is one of 19 accomplices among 59, or two of the three judges are among 58.
		let choose =
			|n: f64, k: i32| (0..k).fold(1.0, |c, i| c * (n - f64::from(i)) / f64::from(i + 1));
		let judges = (choose(19.0, 2) * 39.0 + choose(19.0, 3)) / choose(58.0, 3);
		let escapes = 19.0 / 59.0 + 40.0 / 59.0 * judges;
		let caught = report.executor_caught as f64 / report.executor_lies as f64;
		assert!((caught - (1.0 - escapes)).abs() < 0.015, "{caught} {escapes}");
	}

	#[test]
	fn hiding_costs_twice_as_much() {
		let report = run(&Setting { members: 1, ..setting(VERIFIED, Strategy::Silent) }, 1);
		assert!(report.lies > 0);
		assert_eq!(members(&report).fined, 100.0 * report.lies as f64);
	}

	#[test]
	fn whoever_copies_a_digest_votes_alone_and_pays() {
		let noisy = Setting { faults_permille: 50, ..setting(VERIFIED, Strategy::Copier) };
		let report = run(&noisy, 1);
		assert!(report.lies < report.executions);
		let copied = run(&Setting { hiding: Hiding::Plain, ..noisy }, 1);
		assert!(members(&report).fined > members(&copied).fined);
	}

	#[test]
	fn a_clique_that_shares_its_work_computes_less_and_tells_no_lie() {
		let report = run(&setting(VERIFIED, Strategy::Together), 1);
		assert_eq!((report.lies, report.wrong), (0, 0));
		assert!(members(&report).computed < members(&report).paid);
	}

	#[test]
	fn audits_become_rare_slowly_and_a_fault_brings_them_back() {
		let mut record = Record::default();
		assert_eq!(record.audit_percent(5), 100);
		(0..100).for_each(|_| record.credit(1));
		assert_eq!(record.audit_percent(5), 12, "eight a day");
		(1..4).for_each(|day| (0..8).for_each(|_| record.credit(day * DAY)));
		assert_eq!((record.audit_percent(5), record.audit_percent(20)), (5, 20));
	}

	#[test]
	fn the_fourth_fault_suspends_and_suspensions_double() {
		let mut record = Record::default();
		record.blame(1_000, 3);
		assert_eq!(record.suspended_until, 0);
		record.blame(1_000, 1);
		assert_eq!(record.suspended_until, 1_100);
		record.blame(2_000, 4);
		assert_eq!(record.suspended_until, 2_200);
	}

	#[test]
	fn profit_is_pay_less_work_less_fines() {
		let money = Money { paid: 10.0, computed: 5.0, fined: 50.0 };
		assert_eq!(money.profit(1.0), 10.0 - 2.0 - 50.0);
		assert_eq!(money.profit(100.0), 1_000.0 - 200.0 - 50.0);
	}

	#[test]
	fn an_audit_spares_most_results_and_a_taint_looks_at_them_again() {
		let audited = Check::Audited { floor: 5 };
		let floor =
			Setting { experience: Experience::AtFloor, ..setting(audited, Strategy::Gambler) };
		let without = run(&Setting { window: 0, ..floor }, 1);
		let with = run(&Setting { window: 2_000, ..floor }, 1);
		let share = |report: &Report| report.executor_caught as f64 / report.executor_lies as f64;
		assert!(share(&with) > 2.0 * share(&without), "{} {}", share(&with), share(&without));
	}
}

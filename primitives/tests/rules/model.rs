// SPDX-License-Identifier: GPL-3.0-or-later
//! Random networks, random clocks, random nonsense: whatever happens, the rules hold.

use crate::{court::*, money::from_escrow};
use assay_primitives::{
	leaf::MAX_DRAWS,
	outcome::Outcome,
	protocol::{
		Act, Appeal, Audit, Breadth, Cause, Effect, Execution, Input, Pick, Refusal, Role, Ruling,
		Stage, Trial, Verdict,
	},
	settlement::{Conduct, Share},
	spec::{Determinism, WASM_ENGINE},
	task::{Check, Policy},
	Balance, BlockNumber, ClusterId, Commitment, EvidenceRoot, PanelNonce, Possession, Salt,
};
use codec::{DecodeAll, Encode};
use proptest::prelude::*;
use std::collections::BTreeMap;

/// The most that a drawn cluster may ask for.
const MAX_PRICE: Balance = 2_000;

/// What a cluster is like.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Nature {
	/// Finds the truth and does what the protocol asks.
	Honest,
	/// Belongs to a gang that agrees on a lie and shows the same made-up bytes.
	Liar(u8),
	/// Says the truth without having the bytes.
	Guesser,
	/// Never says anything.
	Dead,
	/// Binds itself and vanishes.
	Vanishing,
	/// Opens, but never shows the bytes.
	Shy,
	/// Gives every task back.
	Tired,
	/// Repeats the commitments of others.
	Copycat,
	/// Never finds the same thing twice, and says so where it is asked.
	Unstable,
}

fn nature() -> impl Strategy<Value = Nature> {
	prop_oneof![
		6 => Just(Nature::Honest),
		2 => (0..2u8).prop_map(Nature::Liar),
		1 => Just(Nature::Guesser),
		1 => Just(Nature::Dead),
		1 => Just(Nature::Vanishing),
		1 => Just(Nature::Shy),
		1 => Just(Nature::Tired),
		1 => Just(Nature::Copycat),
		1 => Just(Nature::Unstable),
	]
}

/// Clusters of all kinds, or those of one gang and those that do what they are asked to.
fn network() -> impl Strategy<Value = Vec<Nature>> {
	let kind = prop_oneof![2 => Just(Nature::Honest), 1 => Just(Nature::Liar(0))];
	prop_oneof![
		1 => prop::collection::vec(nature(), 1..24),
		1 => prop::collection::vec(kind, 4..24),
	]
}

/// One thing that happens around the trial.
#[derive(Clone, Debug)]
enum Event {
	/// Blocks go by.
	Wait(BlockNumber),
	/// The deadline comes, and so many blocks more.
	Pass(BlockNumber),
	/// The open draw finds up to so many clusters, starting at this one.
	Draw(usize, usize, Breadth),
	/// The lot falls.
	Lot(bool),
	/// Somebody doubts the verdict.
	Appeal,
	/// The executor's operator is caught lying elsewhere.
	Taint,
	/// One of those who have something to do does it.
	Act(usize),
	/// Somebody who is not honest sends nonsense.
	Noise(usize, Noise),
	/// Somebody pokes the task.
	Poke,
}

#[derive(Clone, Copy, Debug)]
enum Noise {
	Commit(u8),
	Answer(u8),
	Open(u8),
	OpenOther(usize),
	OpenPanel(u8),
	Possess(u8),
	Abstain,
	Unstable,
}

fn noise() -> impl Strategy<Value = Noise> {
	prop_oneof![
		any::<u8>().prop_map(Noise::Commit),
		any::<u8>().prop_map(Noise::Answer),
		any::<u8>().prop_map(Noise::Open),
		(0..20usize).prop_map(Noise::OpenOther),
		any::<u8>().prop_map(Noise::OpenPanel),
		any::<u8>().prop_map(Noise::Possess),
		Just(Noise::Abstain),
		Just(Noise::Unstable),
	]
}

fn event() -> impl Strategy<Value = Event> {
	prop_oneof![
		3 => (0..4u32).prop_map(Event::Wait),
		1 => (0..2u32).prop_map(Event::Pass),
		8 => (0..20usize, 0..7usize, breadth())
			.prop_map(|(from, most, breadth)| Event::Draw(from, most, breadth)),
		2 => any::<bool>().prop_map(Event::Lot),
		1 => Just(Event::Appeal),
		1 => prop::bool::weighted(0.2)
			.prop_map(|caught| if caught { Event::Taint } else { Event::Poke }),
		16 => (0..20usize).prop_map(Event::Act),
		3 => (0..20usize, noise()).prop_map(|(who, noise)| Event::Noise(who, noise)),
		2 => Just(Event::Poke),
	]
}

fn breadth() -> impl Strategy<Value = Breadth> {
	prop_oneof![3 => Just(Breadth::Open), 1 => Just(Breadth::Narrow)]
}

/// How a task may be checked, also in ways that no chain lets a task begin with.
fn rules() -> impl Strategy<Value = Policy> {
	let panel = prop_oneof![Just(1u8), Just(3)];
	let verified = (2..=3u8, panel).prop_map(|(quorum, panel)| Check::Verified { quorum, panel });
	let check =
		prop_oneof![1 => verified, 1 => (5..=100u8).prop_map(|floor| Check::Audited { floor })];
	let window = prop_oneof![Just(0), Just(7)];
	(check, window, any::<bool>()).prop_map(|(check, window, preflight)| Policy {
		check,
		window,
		preflight,
		..policy(2)
	})
}

struct World {
	court: Court,
	natures: Vec<Nature>,
	/// What everybody got when the first verdict was out.
	shares: Vec<Share>,
	/// How many verdicts there were, the one after an appeal included.
	verdicts: u32,
	/// How often each drawn cluster's slot was given back.
	released: BTreeMap<ClusterId, u32>,
	draws: u32,
	asked: u32,
	/// The task is settled and forgotten: nothing can happen to it any more.
	forgotten: bool,
}

impl World {
	fn new(quorum: u8, declared: bool, natures: Vec<Nature>) -> Self {
		Self::under(policy(quorum), declared, natures)
	}

	fn under(policy: Policy, declared: bool, natures: Vec<Nature>) -> Self {
		let engine = if declared { container() } else { WASM_ENGINE };
		let mut court = Court::under(policy, engine);
		if let Check::Audited { floor } = policy.check {
			court.audit_percent = floor;
		}
		Self {
			court,
			natures,
			shares: vec![],
			verdicts: 0,
			released: BTreeMap::new(),
			draws: 0,
			asked: 1,
			forgotten: false,
		}
	}

	fn nature(&self, cluster: ClusterId) -> Nature {
		self.natures.get(cluster.0 as usize).copied().unwrap_or(Nature::Dead)
	}

	/// Steps, and checks everything that has to hold about the two states.
	fn step(&mut self, input: Input) -> Result<(), Refusal> {
		let before = self.court.trial.clone();
		self.court.effects.clear();
		// `Court::step` checks the invariants, and that a refusal changes nothing.
		let result = self.court.step(input.clone());
		let after = &self.court.trial;
		assert_only_forward(&before, after);
		let late = self.court.now > before.deadline;
		match (&input, result) {
			(Input::Deadline, Ok(())) => {
				assert!(late);
				let over = self.court.effects == [Effect::Finalise];
				// A doubted lie that nobody heard is not believed in the end either.
				let disbelieved = over && after.stage == Stage::Decided(Verdict::Tainted);
				assert!((before.stage == after.stage) == over || disbelieved, "P3");
				if matches!(before.stage, Stage::Decided(_)) && !over {
					let cause = after.appeal.map(|appeal| appeal.cause);
					assert_eq!((before.appeal, cause), (None, Some(Cause::Taint)));
					assert!(self.court.tainted && before.was_spared());
				}
			},
			(Input::Deadline, refused) => {
				assert_eq!((refused, late), (Err(Refusal::TooEarly), false))
			},
			(_, Ok(())) => assert!(!late, "an act after the deadline counted"),
			_ => {},
		}
		let over = self.court.effects == [Effect::Finalise];
		if result.is_ok() && !over {
			assert!(after.deadline >= self.court.now, "a stage begins with time left");
			self.draws += u32::from(matches!(input, Input::Drawn { .. }));
		}
		assert!(self.draws <= MAX_DRAWS, "the leaf has room for every draw");
		self.note_effects(&before);
		if self.verdicts == 1 && self.court.trial.appeal.is_none() {
			self.shares = self.court.shares();
		}
		self.check_deadlines_alone();
		self.check_money();
		let bytes = self.court.trial.encode();
		assert_eq!(Trial::decode_all(&mut &bytes[..]).as_ref(), Ok(&self.court.trial));
		result
	}

	fn note_effects(&mut self, before: &Trial) {
		let trial = &self.court.trial;
		for effect in &self.court.effects {
			match effect {
				Effect::Draw(wanted) => {
					assert_eq!(*wanted, trial.wanted);
					assert_eq!(trial.drawn_since, self.court.now);
					self.asked += 1;
				},
				Effect::Release(cluster) => *self.released.entry(*cluster).or_default() += 1,
				Effect::Lapsed(cluster) => {
					assert_eq!(trial.execution(*cluster).map(|one| one.act), Some(Act::Lapsed));
				},
				Effect::Disputed => assert_eq!(before.stage, Stage::Opening),
				Effect::Decided(verdict) => {
					assert!(!matches!(before.stage, Stage::Decided(_)), "decided twice");
					assert_eq!(trial.stage, Stage::Decided(*verdict));
					self.verdicts += 1;
				},
				Effect::Keep => panic!("this is no array"),
				Effect::Finalise => self.forgotten = true,
			}
		}
		assert_eq!(u32::from(trial.round) + 1, self.asked, "each draw has its own seed");
		let decided = matches!(trial.stage, Stage::Decided(_));
		let again = u32::from(trial.appeal.is_some());
		let open = u32::from(!decided);
		assert_eq!(self.verdicts + open, 1 + again, "P7: one verdict, and one more for an appeal");
		for one in &trial.executions {
			let released = self.released.get(&one.cluster).copied().unwrap_or_default();
			// Those whom an appeal is about have been free since the first verdict.
			let judged = trial.appeal.is_some() && one.role != Role::Appeal;
			let expected = u32::from(decided || judged || !one.act.counts());
			assert_eq!(released, expected, "a slot is given back once, when it is free");
		}
	}

	/// Whatever the state, nobody is needed to leave it.
	fn check_deadlines_alone(&self) {
		let mut trial = self.court.trial.clone();
		let mut context = self.court.context();
		let (mut steps, mut final_steps) = (0, 0);
		loop {
			let before = trial.clone();
			context.now = trial.deadline + 1;
			let effects = trial.step(&context, Input::Deadline).expect("every stage has its exit");
			assert_eq!(trial.check(), Ok(()));
			assert_only_forward(&before, &trial);
			if effects == [Effect::Finalise] {
				break;
			}
			assert_ne!(trial.stage, before.stage, "P3");
			match before.verdict() {
				None => steps += 1,
				Some(_) => final_steps += 1,
			}
			assert!(steps <= 4, "deadlines alone reach a verdict in four steps");
			assert!(final_steps <= 3, "and the end of an appeal in three");
		}
		assert!(matches!(trial.stage, Stage::Decided(_)));
	}

	/// Whether an execution was honest and in time: it said the truth, and whatever was asked later.
	fn served(&self, one: &Execution) -> bool {
		self.nature(one.cluster) == Nature::Honest
			&& matches!(one.act, Act::Opened { .. } | Act::Possessed { .. })
	}

	/// Whether so many of the votes in front of those who judge `one` are honest that no lie can win.
	fn is_safe(&self, one: &Execution) -> bool {
		let trial = &self.court.trial;
		let (appeals, votes) = match trial.appeal {
			Some(Appeal { seats, ruling: Ruling::Overturned(_), .. }) => (true, seats),
			Some(Appeal { seats, .. }) if one.role == Role::Appeal => (true, seats),
			_ => (false, trial.voters()),
		};
		let own = trial.executions.iter().filter(|o| (o.role == Role::Appeal) == appeals);
		own.filter(|one| self.served(one)).count() * 2 > usize::from(votes)
	}

	/// Who could have been drawn to judge `one`.
	fn breadth_for(&self, one: &Execution) -> Breadth {
		let trial = &self.court.trial;
		match trial.appeal {
			Some(Appeal { breadth, ruling: Ruling::Overturned(_), .. }) => breadth,
			Some(Appeal { breadth, .. }) if one.role == Role::Appeal => breadth,
			_ => trial.breadth,
		}
	}

	fn check_money(&self) {
		let trial = &self.court.trial;
		let shares = self.court.shares();
		let Some(verdict) = trial.verdict() else {
			assert!(shares.is_empty());
			return;
		};
		assert_eq!(shares.len(), trial.executions.len());
		let most = trial.policy.worst_case(MAX_PRICE).expect("is small");
		assert!(from_escrow(&self.court) <= most, "the hold is short");
		let proven = trial.engine.kind.determinism() == Determinism::Proven;
		for (one, share) in trial.executions.iter().zip(&shares) {
			assert_eq!(one.cluster, share.cluster);
			assert!(share.pay <= one.price && share.slash <= BOND);
			assert!(share.pay == 0 || share.slash == 0, "paid and slashed");
			assert!(proven || share.slash == 0, "bond in a declared class");
			let silent = share.conduct == Conduct::Silent;
			let narrow = self.breadth_for(one) == Breadth::Narrow;
			assert!(share.slash == 0 || silent || !narrow, "bond in front of friends");
			let taint = trial.appeal.is_some_and(|appeal| appeal.cause == Cause::Taint);
			let extra = one.role == Role::Panel || (one.role == Role::Appeal && taint);
			assert_eq!(share.extra, extra);
			let absent = !one.act.counts() || one.act == Act::Drawn;
			assert_eq!(share.conduct == Conduct::Absent, absent);
			if self.served(one) {
				assert_ne!(share.conduct, Conduct::Silent);
				assert!(!self.is_safe(one) || share.slash == 0, "an honest cluster was slashed");
			}
		}
		match trial.appeal.map(|appeal| appeal.ruling) {
			Some(Ruling::Overturned(_)) => {},
			_ if verdict == Verdict::Tainted => assert_eq!(shares[0].pay, 0),
			ruling => {
				let upheld = matches!(ruling, Some(Ruling::Upheld(_)));
				for (now, before) in shares.iter().zip(&self.shares) {
					// Whoever lost before the panel over possession alone is judged by nobody.
					let pardoned = upheld
						&& before.conduct == Conduct::Dissented
						&& now.conduct == Conduct::Unjudged;
					assert!(
						now == before || pardoned,
						"a second look changed {before:?} to {now:?}"
					);
				}
			},
		}
		let first = trial.executions.iter().zip(&shares).filter(|(o, _)| o.role != Role::Appeal);
		match verdict {
			Verdict::Accepted { outcome, possession } => self.check_accepted(outcome, possession),
			Verdict::Inconclusive => {
				let honest = self.votes_for(truth(), NONCE);
				assert!(honest * 2 <= usize::from(trial.voters()), "a majority was ignored");
				let mut first = first;
				assert!(first.all(|(_, share)| share.conduct != Conduct::Agreed));
			},
			Verdict::Refuted => panic!("this is no array"),
			Verdict::NoVerifier
			| Verdict::Unfulfilled
			| Verdict::NotDeterministic
			| Verdict::Tainted => {
				let quiet = |conduct| matches!(conduct, Conduct::Absent | Conduct::Unjudged);
				let mut first = first;
				assert!(first.all(|(_, share)| quiet(share.conduct) && share.slash == 0));
			},
		}
		if let Some(Appeal { seats, ruling: Ruling::Unheard, .. }) = trial.appeal {
			let honest = self.votes_for(truth(), APPEAL_NONCE);
			let few = honest * 2 <= usize::from(seats) || honest < usize::from(trial.quorum());
			assert!(few, "a majority was ignored");
		}
	}

	fn check_accepted(&self, outcome: Outcome, shown: Option<Possession>) {
		let trial = &self.court.trial;
		let shares = self.court.shares();
		let agreed = trial.executions.iter().zip(&shares);
		let agreed: Vec<_> = agreed.filter(|(_, s)| s.conduct == Conduct::Agreed).collect();
		assert!(agreed.iter().all(|(one, _)| one.act.outcome() == Some(outcome)));
		let (again, first): (Vec<_>, Vec<_>) =
			agreed.into_iter().partition(|(one, _)| one.role == Role::Appeal);
		let quorum = usize::from(trial.quorum());
		let honest_again = self.votes_for(truth(), APPEAL_NONCE);
		let (seats, ruling) = match trial.appeal {
			None => (0, Ruling::Pending),
			Some(appeal) => (usize::from(appeal.seats), appeal.ruling),
		};
		match ruling {
			Ruling::Upheld(_) | Ruling::Overturned(_) => {
				assert!(again.len() * 2 > seats && again.len() >= quorum);
				assert!(outcome == truth() || honest_again < again.len());
			},
			Ruling::Pending | Ruling::Unheard => assert!(again.is_empty()),
		}
		if let Ruling::Overturned(needed) = ruling {
			assert_eq!(shown, Some(needed));
			return;
		}
		assert!(first.len() >= quorum, "fewer than the quorum agree");
		match shown {
			Some(_) => assert!(first.len() * 2 > usize::from(trial.voters())),
			None => {
				let own = trial.executions.iter().filter(|one| one.role != Role::Appeal);
				let everybody = own.filter(|one| one.act.counts()).count();
				assert_eq!(first.len(), everybody, "without a panel all agree");
			},
		}
		// A lie is accepted only where nobody told the truth, or liars are the majority.
		if outcome != truth() {
			let honest = self.votes_for(truth(), NONCE);
			assert!(honest == 0 || honest < first.len());
		}
	}

	/// How many have shown `outcome` with its bytes to those whose draw fixed `nonce`.
	fn votes_for(&self, outcome: Outcome, nonce: PanelNonce) -> usize {
		let shown = possession(outcome, nonce);
		let executions = self.court.trial.executions.iter();
		executions
			.filter(|one| match one.act {
				Act::Possessed { outcome: found, possession, .. } => {
					found == outcome && possession == shown
				},
				_ => false,
			})
			.count()
	}

	/// What `cluster` does next, if its nature lets it do anything.
	fn next_act(&self, cluster: ClusterId) -> Option<Input> {
		let trial = &self.court.trial;
		let one = trial.execution(cluster)?;
		let nature = self.nature(cluster);
		let found = match nature {
			Nature::Liar(gang) => lie(gang),
			_ => truth(),
		};
		let number = cluster.0;
		let nonce = trial.nonce.unwrap_or(NONCE);
		let shown = match nature {
			Nature::Guesser => Possession([number as u8; 32]),
			_ => possession(found, nonce),
		};
		let bind = |commitment: Commitment| match nature {
			Nature::Dead => None,
			Nature::Tired => Some(Input::Abstain(cluster)),
			Nature::Copycat => {
				let mut others = trial.executions.iter().filter_map(|other| match other.act {
					Act::Committed(copied) => Some(Input::Commit(cluster, copied)),
					_ => None,
				});
				others.next_back()
			},
			_ => Some(Input::Commit(cluster, commitment)),
		};
		match (trial.stage, one.role, one.act) {
			(Stage::Executing, Role::Executor, Act::Drawn)
				if nature == Nature::Unstable && trial.policy.preflight =>
			{
				Some(Input::Unstable(cluster))
			},
			(Stage::Executing, Role::Executor, Act::Drawn) => {
				bind(self.court.commitment(number, found))
			},
			(Stage::Verifying, Role::Verifier, Act::Drawn) if trial.verifiers_seal() => {
				bind(self.court.commitment(number, found))
			},
			(Stage::Verifying, Role::Verifier, Act::Drawn) => match nature {
				Nature::Dead => None,
				Nature::Tired => Some(Input::Abstain(cluster)),
				_ => Some(Input::Answer(cluster, found, opening(number, found).evidence_root)),
			},
			(Stage::PanelSealing, _, Act::Drawn) => {
				bind(self.court.panel_commitment(number, found, shown))
			},
			_ if nature == Nature::Vanishing => None,
			(Stage::Opening, _, Act::Committed(_)) => {
				Some(Input::Open(cluster, opening(number, found)))
			},
			_ if nature == Nature::Shy => None,
			(Stage::PanelShowing, _, Act::Opened { .. }) => Some(Input::Possess(cluster, shown)),
			(Stage::PanelOpening, _, Act::Committed(_)) => {
				Some(Input::OpenPanel(cluster, opening(number, found), shown))
			},
			_ => None,
		}
	}

	fn acts(&mut self, cluster: ClusterId) {
		let Some(input) = self.next_act(cluster) else { return };
		let in_time = self.court.now <= self.court.trial.deadline;
		let honest = self.nature(cluster) == Nature::Honest;
		let result = self.step(input);
		assert!(!(honest && in_time) || result.is_ok(), "an honest act was refused: {result:?}");
	}

	/// All honest clusters do all they can.
	fn honest_act(&mut self) {
		// Each act may open the way for the next: sealing, opening, showing, the panel's opening.
		for _ in 0..4 {
			let clusters: Vec<_> = self.court.trial.executions.iter().map(|o| o.cluster).collect();
			for cluster in clusters {
				if self.nature(cluster) == Nature::Honest {
					self.acts(cluster);
				}
			}
		}
	}

	fn happens(&mut self, event: &Event) {
		if self.forgotten {
			return;
		}
		match event {
			Event::Wait(blocks) => self.court.now += blocks,
			Event::Pass(blocks) => {
				self.court.now = self.court.now.max(self.court.trial.deadline + blocks);
			},
			Event::Draw(from, most, breadth) => {
				let (picks, nonce) = (self.picks(*from, *most), self.court.nonce());
				let _ = self.step(Input::Drawn { picks, nonce, breadth: *breadth });
			},
			Event::Lot(checked) => {
				let _ = self.step(Input::Lot { checked: *checked });
			},
			Event::Appeal => {
				let _ = self.step(Input::Appeal);
			},
			Event::Taint => self.court.tainted = true,
			Event::Act(at) => {
				let drawn = self.court.trial.executions.iter().map(|one| one.cluster);
				let able: Vec<_> = drawn.filter(|one| self.next_act(*one).is_some()).collect();
				if let Some(cluster) = able.get(at % able.len().max(1)) {
					self.acts(*cluster);
				}
			},
			Event::Noise(who, noise) => {
				let cluster = ClusterId((who % (self.natures.len() + 1)) as u32);
				if self.nature(cluster) != Nature::Honest {
					let nonce = self.court.nonce();
					let _ = self.step(noise_from(cluster, *noise, nonce));
				}
			},
			Event::Poke => {
				let _ = self.step(Input::Deadline);
			},
		}
	}

	/// Clusters that a draw may find: as the chain sees to it, of no operator who is in already.
	fn picks(&self, from: usize, most: usize) -> Vec<Pick> {
		let count = self.natures.len();
		let around = (0..count).map(|step| ((from + step) % count) as u32);
		around
			.filter(|cluster| self.court.trial.execution(ClusterId(*cluster)).is_none())
			.take(most)
			.map(|cluster| Pick { price: MAX_PRICE - Balance::from(cluster), ..pick(cluster) })
			.collect()
	}
}

fn noise_from(cluster: ClusterId, noise: Noise, nonce: PanelNonce) -> Input {
	let outcome = |byte: u8| if byte.is_multiple_of(2) { truth() } else { lie(byte % 3) };
	match noise {
		Noise::Commit(byte) => Input::Commit(cluster, Commitment([byte; 32])),
		Noise::Answer(byte) => Input::Answer(cluster, outcome(byte), EvidenceRoot([byte; 32])),
		Noise::Open(byte) => {
			let mut bad = opening(cluster.0, outcome(byte));
			bad.salt = Salt([byte; 32]);
			Input::Open(cluster, bad)
		},
		Noise::OpenOther(other) => Input::Open(cluster, opening(other as u32, truth())),
		Noise::OpenPanel(byte) => {
			let outcome = outcome(byte);
			let shown = possession(outcome, nonce);
			Input::OpenPanel(cluster, opening(cluster.0, outcome), shown)
		},
		Noise::Possess(byte) => Input::Possess(cluster, possession(outcome(byte), nonce)),
		Noise::Abstain => Input::Abstain(cluster),
		Noise::Unstable => Input::Unstable(cluster),
	}
}

/// Whether `role` judges others.
fn sits(role: Role) -> bool {
	matches!(role, Role::Panel | Role::Appeal)
}

/// P7: only an appeal changes a verdict, there is one at most, and it says so.
fn assert_verdict_stands(before: &Trial, after: &Trial) {
	let (Some(old), Some(new)) = (before.verdict(), after.verdict()) else {
		assert_eq!(before.verdict(), None, "P7: a verdict is gone");
		return;
	};
	match (before.appeal, after.appeal) {
		(None, None) => assert_eq!(old, new, "P7"),
		(None, Some(appeal)) => {
			assert_eq!((old, new), (appeal.verdict, appeal.verdict), "P7");
			assert!(matches!(old, Verdict::Accepted { .. } | Verdict::Inconclusive));
			assert_eq!((appeal.seats, appeal.ruling), (0, Ruling::Pending));
		},
		(Some(was), Some(is)) => {
			assert_eq!((was.cause, was.verdict), (is.cause, is.verdict), "P7: a second appeal");
			assert!(was.seats == 0 || was.seats == is.seats);
			assert!(was.ruling == Ruling::Pending || was.ruling == is.ruling, "P7: ruled twice");
			match is.ruling {
				Ruling::Pending | Ruling::Upheld(_) => assert_eq!(is.verdict, new, "P7"),
				Ruling::Overturned(_) => assert_ne!(is.verdict, new, "P7"),
				Ruling::Unheard => {
					assert!(is.cause == Cause::Doubt || new == Verdict::Tainted);
					assert!(new == is.verdict || new == Verdict::Tainted, "P7");
				},
			}
			assert_eq!(is.ruling == Ruling::Pending, !matches!(after.stage, Stage::Decided(_)));
		},
		(Some(_), None) => panic!("P7: an appeal is gone"),
	}
}

/// What was done is done: nobody leaves, nobody changes, and acts only go on.
fn assert_only_forward(before: &Trial, after: &Trial) {
	assert!(after.executions.len() >= before.executions.len());
	for (old, new) in before.executions.iter().zip(&after.executions) {
		let fixed = |one: &Execution| (one.cluster, one.operator, one.role, one.price);
		assert_eq!(fixed(old), fixed(new));
		let forward = old.act == new.act
			|| match (old.act, new.act) {
				(Act::Drawn, Act::Committed(_) | Act::Lapsed | Act::Abstained) => true,
				(Act::Drawn, Act::Unstable) => {
					old.role == Role::Executor && before.policy.preflight
				},
				(Act::Drawn, Act::Opened { .. }) => old.role == Role::Verifier,
				(Act::Committed(_), Act::Opened { .. }) => !sits(old.role),
				(Act::Committed(_), Act::Possessed { .. }) => sits(old.role),
				(Act::Committed(_) | Act::Opened { .. }, Act::Silent) => true,
				(
					Act::Opened { outcome, evidence_root },
					Act::Possessed { outcome: same, evidence_root: kept, .. },
				) => outcome == same && evidence_root == kept,
				_ => false,
			};
		assert!(forward, "P2: {:?} became {:?}", old.act, new.act);
		let judged = before.verdict().is_some() && old.role != Role::Appeal;
		assert!(!judged || old.act == new.act, "P2: {:?} acts after the verdict", old.role);
	}
	assert_verdict_stands(before, after);
	assert!(after.round >= before.round && after.attempt >= before.attempt);
	let seats = |trial: &Trial| trial.appeal.map_or(0, |appeal| appeal.seats);
	let reseated = seats(before) == 0 && seats(after) > 0;
	assert!(before.nonce.is_none() || after.nonce == before.nonce || reseated);
	assert!(match (before.audit, after.audit) {
		(Audit::Always, Audit::Percent(_)) => before.stage == Stage::Executing,
		(Audit::Percent(_), Audit::Always | Audit::Spared) => before.stage == Stage::Drawing,
		(old, new) => old == new,
	});
	assert!(
		before.class.is_none() || after.class == before.class || after.attempt > before.attempt
	);
	assert_eq!((after.policy, after.engine), (before.policy, before.engine));
}

proptest! {
	#![proptest_config(ProptestConfig::with_cases(1_000))]

	#[test]
	fn the_rules_hold_whatever_happens(
		policy in rules(),
		declared in any::<bool>(),
		natures in network(),
		events in prop::collection::vec(event(), 20..160),
	) {
		let mut world = World::under(policy, declared, natures);
		for event in &events {
			world.happens(event);
		}
	}

	#[test]
	fn a_prompt_honest_cluster_is_never_slashed_without_a_majority_against_it(
		policy in rules(),
		natures in network(),
		events in prop::collection::vec(event(), 20..160),
	) {
		let mut world = World::under(policy, false, natures);
		for event in &events {
			world.honest_act();
			world.happens(event);
		}
		world.honest_act();
		let trial = &world.court.trial;
		for (one, share) in trial.executions.iter().zip(world.court.shares()) {
			if world.nature(one.cluster) == Nature::Honest {
				prop_assert_ne!(share.conduct, Conduct::Silent);
				if share.slash > 0 {
					let Some(Verdict::Accepted { outcome, .. }) = trial.verdict() else {
						panic!("nobody was right")
					};
					prop_assert_ne!(outcome, truth());
				}
			}
		}
	}

	#[test]
	fn an_honest_network_accepts_the_truth_and_pays_everybody(
		quorum in 2..=3u8,
		declared in any::<bool>(),
		from in 0..20usize,
		waits in prop::collection::vec(0..20u32, 3),
	) {
		let mut world = World::new(quorum, declared, vec![Nature::Honest; 8]);
		for blocks in waits {
			world.happens(&Event::Wait(blocks));
			world.happens(&Event::Draw(from, 4, Breadth::Open));
			world.honest_act();
		}
		prop_assert_eq!(world.court.trial.stage, Stage::Decided(agreed(truth())));
		let trial = &world.court.trial;
		prop_assert_eq!(trial.executions.len(), usize::from(quorum));
		for (one, share) in trial.executions.iter().zip(world.court.shares()) {
			prop_assert_eq!((share.conduct, share.pay), (Conduct::Agreed, one.price));
		}
	}

	#[test]
	fn a_single_rogue_never_wins_and_never_hurts_anybody_else(
		rogue in nature(),
		seat in 0..6u32,
		quorum in 2..=3u8,
		silent_first in any::<bool>(),
	) {
		let mut natures = vec![Nature::Honest; 12];
		natures[seat as usize] = rogue;
		let mut world = World::new(quorum, false, natures);
		for _ in 0..20 {
			world.happens(&Event::Draw(0, 4, Breadth::Open));
			if silent_first {
				world.honest_act();
			}
			let drawn: Vec<_> = world.court.trial.executions.iter().map(|o| o.cluster).collect();
			for cluster in drawn {
				world.acts(cluster);
			}
			world.honest_act();
			if matches!(world.court.trial.stage, Stage::Decided(_)) {
				break;
			}
			// Nobody has more to say: the rogue lets the deadline pass.
			let trial = &world.court.trial;
			if trial.drawing_role().is_none() {
				world.court.now = trial.deadline + 1;
				world.happens(&Event::Poke);
			}
		}
		let trial = &world.court.trial;
		prop_assert_eq!(trial.accepted(), Some(truth().digest()));
		for (one, share) in trial.executions.iter().zip(world.court.shares()) {
			if one.cluster != ClusterId(seat) {
				prop_assert_eq!((share.conduct, share.slash), (Conduct::Agreed, 0));
			}
		}
	}

	#[test]
	fn an_honest_appeal_leaves_the_truth_whatever_was_decided_before_it(
		policy in rules(),
		lied in any::<bool>(),
		checked in any::<bool>(),
		tainted in any::<bool>(),
		most in 3..6usize,
	) {
		// The first four belong to one gang, or nobody does.
		let first = if lied { Nature::Liar(0) } else { Nature::Honest };
		let natures = (0..14).map(|at| if at < 4 { first } else { Nature::Honest }).collect();
		let mut world = World::under(policy, false, natures);
		world.court.tainted = tainted;
		while world.court.trial.verdict().is_none() {
			world.happens(&Event::Draw(0, 3, Breadth::Open));
			for at in 0..4 {
				world.happens(&Event::Act(at));
			}
			world.happens(&Event::Lot(checked));
		}
		world.happens(&Event::Appeal);
		world.happens(&Event::Draw(4, most, Breadth::Open));
		world.honest_act();
		prop_assert_eq!(world.court.trial.accepted(), Some(truth().digest()));
		for (one, share) in world.court.trial.executions.iter().zip(world.court.shares()) {
			let right = world.nature(one.cluster) == Nature::Honest;
			prop_assert_eq!(share.conduct == Conduct::Agreed, right);
			prop_assert_eq!(share.slash > 0, !right);
		}
	}

	#[test]
	fn a_task_reaches_its_end_in_bounded_time_whatever_the_network_does(
		policy in rules(),
		natures in network(),
		generous in prop::collection::vec(0..7usize, 16),
		doubted in any::<bool>(),
		tainted in any::<bool>(),
		checked in any::<bool>(),
	) {
		let mut world = World::under(policy, false, natures);
		world.court.tainted = tainted;
		let mut deadlines = 0;
		let mut generous = generous.into_iter().cycle();
		while !world.forgotten {
			let most = generous.next().unwrap_or_default();
			world.happens(&Event::Draw(most, most, Breadth::Open));
			for at in 0..20 {
				world.happens(&Event::Act(at));
			}
			world.happens(&Event::Lot(checked));
			if doubted {
				world.happens(&Event::Appeal);
			}
			world.court.now = world.court.trial.deadline + 1;
			world.happens(&Event::Poke);
			deadlines += 1;
			prop_assert!(deadlines <= 20, "{:?}", world.court.trial);
		}
	}
}

// SPDX-License-Identifier: GPL-3.0-or-later
//! Random networks, random clocks, random nonsense: whatever happens, the rules hold.

use crate::court::*;
use assay_primitives::{
	leaf::MAX_DRAWS,
	outcome::Outcome,
	protocol::{
		Act, Breadth, Effect, Execution, Input, Pick, Refusal, Role, Stage, Trial, Verdict,
	},
	settlement::Conduct,
	spec::{Determinism, WASM_ENGINE},
	Balance, BlockNumber, ClusterId, Commitment, EvidenceRoot, Possession, Salt,
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
	Draw(usize, usize),
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
	]
}

fn event() -> impl Strategy<Value = Event> {
	prop_oneof![
		3 => (0..4u32).prop_map(Event::Wait),
		1 => (0..2u32).prop_map(Event::Pass),
		8 => (0..20usize, 0..7usize).prop_map(|(from, most)| Event::Draw(from, most)),
		16 => (0..20usize).prop_map(Event::Act),
		3 => (0..20usize, noise()).prop_map(|(who, noise)| Event::Noise(who, noise)),
		2 => Just(Event::Poke),
	]
}

struct World {
	court: Court,
	natures: Vec<Nature>,
	/// How often each drawn cluster's slot was given back.
	released: BTreeMap<ClusterId, u32>,
	draws: u32,
	asked: u32,
	/// The task is settled and forgotten: nothing can happen to it any more.
	forgotten: bool,
}

impl World {
	fn new(quorum: u8, declared: bool, natures: Vec<Nature>) -> Self {
		let engine = if declared { container() } else { WASM_ENGINE };
		Self {
			court: Court::with(quorum, engine),
			natures,
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
				let decided = matches!(before.stage, Stage::Decided(_));
				assert_eq!(before.stage == after.stage, decided, "P3");
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
				},
				Effect::Finalise => self.forgotten = true,
			}
		}
		assert_eq!(u32::from(trial.round) + 1, self.asked, "each draw has its own seed");
		let decided = matches!(trial.stage, Stage::Decided(_));
		for one in &trial.executions {
			let released = self.released.get(&one.cluster).copied().unwrap_or_default();
			let expected = u32::from(decided || !one.act.counts());
			assert_eq!(released, expected, "a slot is given back once, when it is free");
		}
	}

	/// Whatever the state, nobody is needed to leave it.
	fn check_deadlines_alone(&self) {
		let mut trial = self.court.trial.clone();
		let mut context = self.court.context();
		let mut steps = 0;
		while !matches!(trial.stage, Stage::Decided(_)) {
			let stage = trial.stage;
			context.now = trial.deadline + 1;
			trial.step(&context, Input::Deadline).expect("every stage has its exit");
			assert_ne!(trial.stage, stage, "P3");
			assert_eq!(trial.check(), Ok(()));
			steps += 1;
			assert!(steps <= 4, "deadlines alone reach a verdict in four steps");
		}
		context.now = trial.deadline + 1;
		assert_eq!(trial.step(&context, Input::Deadline), Ok(vec![Effect::Finalise]));
	}

	/// Whether an execution was honest and in time: it said the truth, and whatever was asked later.
	fn served(&self, one: &Execution) -> bool {
		self.nature(one.cluster) == Nature::Honest
			&& matches!(one.act, Act::Opened { .. } | Act::Possessed { .. })
	}

	fn check_money(&self) {
		let trial = &self.court.trial;
		let Stage::Decided(verdict) = trial.stage else {
			assert!(self.court.shares().is_empty());
			return;
		};
		let shares = self.court.shares();
		assert_eq!(shares.len(), trial.executions.len());
		let paid: Balance = shares.iter().map(|share| share.pay).sum();
		assert!(paid <= trial.policy.worst_case(MAX_PRICE).expect("is small"), "the hold is short");
		let served = trial.executions.iter().filter(|one| self.served(one)).count();
		let majority = served * 2 > usize::from(trial.voters());
		let proven = trial.engine.kind.determinism() == Determinism::Proven;
		for (one, share) in trial.executions.iter().zip(&shares) {
			assert_eq!(one.cluster, share.cluster);
			assert!(share.pay <= one.price && share.slash <= BOND);
			assert!(share.pay == 0 || share.slash == 0, "paid and slashed");
			assert!(proven || share.slash == 0, "bond in a declared class");
			assert_eq!(share.extra, one.role == Role::Panel);
			assert_eq!(share.conduct == Conduct::Absent, !one.act.counts());
			if self.served(one) {
				assert_ne!(share.conduct, Conduct::Silent);
				assert!(!majority || share.slash == 0, "an honest cluster was slashed");
			}
		}
		match verdict {
			Verdict::Accepted { outcome, possession } => self.check_accepted(outcome, possession),
			Verdict::Inconclusive => {
				let honest = self.votes_for(truth());
				assert!(honest * 2 <= usize::from(trial.voters()), "a majority was ignored");
				assert!(shares.iter().all(|share| share.conduct != Conduct::Agreed));
			},
			Verdict::NoVerifier | Verdict::Unfulfilled => {
				let quiet = |conduct| matches!(conduct, Conduct::Absent | Conduct::Unjudged);
				assert!(shares.iter().all(|share| quiet(share.conduct) && share.slash == 0));
			},
		}
	}

	fn check_accepted(&self, outcome: Outcome, shown: Option<Possession>) {
		let trial = &self.court.trial;
		let agreed = trial.executions.iter().zip(self.court.shares());
		let agreed: Vec<_> = agreed.filter(|(_, s)| s.conduct == Conduct::Agreed).collect();
		assert!(agreed.len() >= usize::from(trial.policy.quorum), "fewer than the quorum agree");
		assert!(agreed.iter().all(|(one, _)| one.act.outcome() == Some(outcome)));
		match shown {
			Some(_) => assert!(agreed.len() * 2 > usize::from(trial.voters())),
			None => {
				let everybody = trial.executions.iter().filter(|one| one.act.counts()).count();
				assert_eq!(agreed.len(), everybody, "without a panel all agree");
			},
		}
		// A lie is accepted only where nobody told the truth, or liars are the majority.
		if outcome != truth() {
			let honest = self.votes_for(truth());
			assert!(honest == 0 || honest < agreed.len());
		}
	}

	/// How many have shown `outcome` with its bytes.
	fn votes_for(&self, outcome: Outcome) -> usize {
		let Some(nonce) = self.court.trial.nonce else { return 0 };
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
			(Stage::PanelSealing, Role::Panel, Act::Drawn) => {
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
			Event::Draw(from, most) => {
				let picks = self.picks(*from, *most);
				let _ = self.step(Input::Drawn { picks, nonce: NONCE, breadth: Breadth::Open });
			},
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
					let _ = self.step(noise_from(cluster, *noise));
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

fn noise_from(cluster: ClusterId, noise: Noise) -> Input {
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
			let shown = possession(outcome, NONCE);
			Input::OpenPanel(cluster, opening(cluster.0, outcome), shown)
		},
		Noise::Possess(byte) => Input::Possess(cluster, possession(outcome(byte), NONCE)),
		Noise::Abstain => Input::Abstain(cluster),
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
				(Act::Drawn, Act::Opened { .. }) => old.role == Role::Verifier,
				(Act::Committed(_), Act::Opened { .. }) => old.role != Role::Panel,
				(Act::Committed(_), Act::Possessed { .. }) => old.role == Role::Panel,
				(Act::Committed(_) | Act::Opened { .. }, Act::Silent) => true,
				(
					Act::Opened { outcome, evidence_root },
					Act::Possessed { outcome: same, evidence_root: kept, .. },
				) => outcome == same && evidence_root == kept,
				_ => false,
			};
		assert!(forward, "P2: {:?} became {:?}", old.act, new.act);
	}
	assert!(after.round >= before.round && after.attempt >= before.attempt);
	assert!(before.nonce.is_none() || after.nonce == before.nonce);
	assert!(
		before.class.is_none() || after.class == before.class || after.attempt > before.attempt
	);
	assert_eq!((after.policy, after.engine), (before.policy, before.engine));
}

proptest! {
	#![proptest_config(ProptestConfig::with_cases(500))]

	#[test]
	fn the_rules_hold_whatever_happens(
		quorum in 2..=3u8,
		declared in any::<bool>(),
		natures in prop::collection::vec(nature(), 1..24),
		events in prop::collection::vec(event(), 20..160),
	) {
		let mut world = World::new(quorum, declared, natures);
		for event in &events {
			world.happens(event);
		}
	}

	#[test]
	fn a_prompt_honest_cluster_is_never_slashed_without_a_majority_against_it(
		quorum in 2..=3u8,
		natures in prop::collection::vec(nature(), 1..24),
		events in prop::collection::vec(event(), 20..160),
	) {
		let mut world = World::new(quorum, false, natures);
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
					let accepted = trial.accepted().expect("somebody else was right");
					prop_assert_ne!(accepted, truth().digest());
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
			world.happens(&Event::Draw(from, 4));
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
			world.happens(&Event::Draw(0, 4));
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
	fn a_task_reaches_its_end_in_bounded_time_whatever_the_network_does(
		quorum in 2..=3u8,
		natures in prop::collection::vec(nature(), 1..24),
		generous in prop::collection::vec(0..5usize, 16),
	) {
		let mut world = World::new(quorum, false, natures);
		let mut deadlines = 0;
		let mut generous = generous.into_iter().cycle();
		while !world.forgotten {
			let most = generous.next().unwrap_or_default();
			world.happens(&Event::Draw(most, most));
			for at in 0..20 {
				world.happens(&Event::Act(at));
			}
			world.court.now = world.court.trial.deadline + 1;
			world.happens(&Event::Poke);
			deadlines += 1;
			prop_assert!(deadlines <= 16, "{:?}", world.court.trial);
		}
	}
}

// SPDX-License-Identifier: GPL-3.0-or-later
//! A trial with a clock, and clusters that are called by their number.

use assay_primitives::{
	array, blake2_256,
	outcome::{FailureKind, Opening, Outcome},
	protocol::{
		Act, Breadth, Context, Effect, Input, Pick, Refusal, Stage, Trial, Verdict, NOTHING,
	},
	settlement::{settle, Conduct, Share},
	spec::{Architecture, Engine, ExecutorKind, WASM_ENGINE},
	task::{Check, Policy},
	Balance, BlockNumber, ClusterId, Commitment, EvidenceRoot, FailureDigest, Genesis, OperatorId,
	OutputRoot, PanelNonce, Possession, Salt, TaskId,
};

/// What every cluster asks for.
pub const PRICE: Balance = 1_000;
/// What stands behind a position.
pub const BOND: Balance = 100_000;
/// The number that the panel's draw fixes.
pub const NONCE: PanelNonce = PanelNonce([9; 32]);
/// The number that the draw for an appeal fixes.
pub const APPEAL_NONCE: PanelNonce = PanelNonce([10; 32]);

/// What an honest cluster finds.
pub fn truth() -> Outcome {
	Outcome::Completed { output_root: OutputRoot([1; 32]) }
}

/// What liars of the gang number `gang` agree on.
pub fn lie(gang: u8) -> Outcome {
	Outcome::Completed { output_root: OutputRoot([100u8.saturating_add(gang); 32]) }
}

/// The program was stopped.
pub fn failure() -> Outcome {
	Outcome::Failed { kind: FailureKind::OutOfFuel, report: FailureDigest([2; 32]) }
}

/// The engine of a class in which answers are only declared to be deterministic.
pub fn container() -> Engine {
	Engine { kind: ExecutorKind::Container, id: 1 }
}

pub fn pick(cluster: u32) -> Pick {
	Pick {
		cluster: ClusterId(cluster),
		operator: OperatorId(cluster + 1_000),
		price: PRICE,
		architecture: Architecture::X86_64,
	}
}

/// What `cluster` opens when it found `outcome`.
pub fn opening(cluster: u32, outcome: Outcome) -> Opening {
	let hash = blake2_256(&cluster.to_le_bytes());
	Opening { outcome, evidence_root: EvidenceRoot(hash), salt: Salt(hash) }
}

/// What shows under `nonce` that a cluster holds the bytes of `outcome`.
pub fn possession(outcome: Outcome, nonce: PanelNonce) -> Possession {
	Possession(blake2_256(&[outcome.digest().0, nonce.0].concat()))
}

/// Checked by `quorum` executions, and by a panel of at most three.
pub fn policy(quorum: u8) -> Policy {
	Policy {
		check: Check::Verified { quorum, panel: 3 },
		window: 7,
		execution_blocks: 50,
		queue_blocks: 30,
		preflight: false,
	}
}

/// Items of the array that an array's court is about: three subtrees, the last one short.
pub const ITEMS: u16 = 300;

/// What an honest cluster finds for each item.
pub fn contents() -> Vec<Outcome> {
	let item = |at: u16| Outcome::Completed { output_root: OutputRoot([at as u8; 32]) };
	(0..ITEMS).map(item).collect()
}

/// The same, but for these items, about which the gang agrees on something else.
pub fn forged(items: &[u16], gang: u8) -> Vec<Outcome> {
	let mut contents = contents();
	for item in items {
		contents[usize::from(*item)] = lie(gang);
	}
	contents
}

/// What a cluster answers that found this for each item.
pub fn whole(contents: &[Outcome]) -> Outcome {
	array::outcome_of(&array::leaves(contents))
}

#[derive(Clone)]
pub struct Court {
	pub trial: Trial,
	pub now: BlockNumber,
	/// With which probability an executor that may be spared a check is checked.
	pub audit_percent: u8,
	/// Whether the executor's operator was caught lying elsewhere.
	pub tainted: bool,
	/// What followed from the last step.
	pub effects: Vec<Effect>,
	/// What was kept of what those who differ about an array posted.
	pub kept: Vec<[u8; 32]>,
}

impl Court {
	pub fn new(quorum: u8) -> Self {
		Self::with(quorum, WASM_ENGINE)
	}

	pub fn with(quorum: u8, engine: Engine) -> Self {
		Self::under(policy(quorum), engine)
	}

	pub fn under(policy: Policy, engine: Engine) -> Self {
		Self::about(policy, engine, None)
	}

	pub fn about(policy: Policy, engine: Engine, items: Option<u16>) -> Self {
		let (trial, draw) = Trial::new(policy, engine, items, 100);
		Self {
			trial,
			now: 100,
			audit_percent: 10,
			tainted: false,
			effects: vec![draw],
			kept: vec![],
		}
	}

	pub fn context(&self) -> Context {
		Context {
			genesis: Genesis([7; 32]),
			task: TaskId(5),
			now: self.now,
			opening_blocks: 20,
			audit_percent: self.audit_percent,
			tainted: self.tainted,
		}
	}

	/// Steps, and checks that a refusal changes nothing and that the invariants hold.
	pub fn step(&mut self, input: Input) -> Result<(), Refusal> {
		let before = self.trial.clone();
		let result = self.trial.step(&self.context(), input.clone());
		assert_eq!(self.trial.check(), Ok(()));
		match result {
			Ok(effects) => {
				if let (Input::Narrow { nodes, .. }, true) =
					(input, effects.contains(&Effect::Keep))
				{
					self.kept = nodes;
				}
				self.effects = effects;
				Ok(())
			},
			Err(refusal) => {
				assert_eq!(self.trial, before, "a refusal changes nothing");
				Err(refusal)
			},
		}
	}

	pub fn does(mut self, input: Input) -> Self {
		assert_eq!(self.step(input.clone()), Ok(()), "{input:?} in {:?}", self.trial.stage);
		self
	}

	/// What a draw fixes: each has its own.
	pub fn nonce(&self) -> PanelNonce {
		match self.trial.appeal {
			None => NONCE,
			Some(_) => APPEAL_NONCE,
		}
	}

	/// What the open draw finds.
	pub fn found(&self, clusters: &[u32], breadth: Breadth) -> Input {
		let picks = clusters.iter().map(|cluster| pick(*cluster)).collect();
		Input::Drawn { picks, nonce: self.nonce(), breadth }
	}

	pub fn draws(self, clusters: &[u32]) -> Self {
		let found = self.found(clusters, Breadth::Open);
		self.does(found)
	}

	/// The requester left open so little that it could have chosen these.
	pub fn draws_narrowly(self, clusters: &[u32]) -> Self {
		let found = self.found(clusters, Breadth::Narrow);
		self.does(found)
	}

	pub fn commitment(&self, cluster: u32, outcome: Outcome) -> Commitment {
		let Opening { evidence_root, salt, .. } = opening(cluster, outcome);
		let seal = self.trial.seal(&self.context(), ClusterId(cluster));
		seal.commit(&outcome.digest(), &evidence_root, &salt)
	}

	pub fn panel_commitment(
		&self,
		cluster: u32,
		outcome: Outcome,
		shown: Possession,
	) -> Commitment {
		let Opening { evidence_root, salt, .. } = opening(cluster, outcome);
		let seal = self.trial.seal(&self.context(), ClusterId(cluster));
		seal.commit_panel(&outcome.digest(), &shown, &evidence_root, &salt)
	}

	pub fn commits(self, cluster: u32, outcome: Outcome) -> Self {
		let commitment = self.commitment(cluster, outcome);
		self.does(Input::Commit(ClusterId(cluster), commitment))
	}

	pub fn answers(self, cluster: u32, outcome: Outcome) -> Self {
		let Opening { evidence_root, .. } = opening(cluster, outcome);
		self.does(Input::Answer(ClusterId(cluster), outcome, evidence_root))
	}

	pub fn opens(self, cluster: u32, outcome: Outcome) -> Self {
		self.does(Input::Open(ClusterId(cluster), opening(cluster, outcome)))
	}

	pub fn seals(self, cluster: u32, outcome: Outcome) -> Self {
		let shown = possession(outcome, self.nonce());
		let commitment = self.panel_commitment(cluster, outcome, shown);
		self.does(Input::Commit(ClusterId(cluster), commitment))
	}

	pub fn opens_panel(self, cluster: u32, outcome: Outcome) -> Self {
		let shown = possession(outcome, self.nonce());
		self.does(Input::OpenPanel(ClusterId(cluster), opening(cluster, outcome), shown))
	}

	pub fn possesses(self, cluster: u32, outcome: Outcome) -> Self {
		self.does(Input::Possess(ClusterId(cluster), possession(outcome, NONCE)))
	}

	pub fn abstains(self, cluster: u32) -> Self {
		self.does(Input::Abstain(ClusterId(cluster)))
	}

	/// What a cluster posts in this round that found this for each item.
	pub fn nodes(&self, contents: &[Outcome]) -> Vec<[u8; 32]> {
		let leaves = array::leaves(contents);
		match self.trial.narrowing.as_ref().and_then(|narrowing| narrowing.subtree) {
			None => array::subtree_roots(&leaves),
			Some(place) => {
				let subtrees: Vec<_> = leaves.chunks(usize::from(array::SUBTREE)).collect();
				subtrees[usize::from(place)].to_vec()
			},
		}
	}

	pub fn posting(&self, cluster: u32, contents: &[Outcome]) -> Input {
		let (nodes, reference) = (self.nodes(contents), self.kept.clone());
		Input::Narrow { cluster: ClusterId(cluster), nodes, reference }
	}

	pub fn posts(self, cluster: u32, contents: &[Outcome]) -> Self {
		let posting = self.posting(cluster, contents);
		self.does(posting)
	}

	/// The requester says that it is not given what was accepted.
	pub fn complains(self) -> Self {
		self.does(Input::Complain)
	}

	/// A witness seals that it was served nothing.
	pub fn misses(self, cluster: u32) -> Self {
		let commitment = self.panel_commitment(cluster, truth(), NOTHING);
		self.does(Input::Commit(ClusterId(cluster), commitment))
	}

	/// It says so.
	pub fn denies(self, cluster: u32) -> Self {
		self.does(Input::OpenPanel(ClusterId(cluster), opening(cluster, truth()), NOTHING))
	}

	/// The executor gives up because it could not reproduce its own result.
	pub fn wavers(self, cluster: u32) -> Self {
		self.does(Input::Unstable(ClusterId(cluster)))
	}

	/// The lot says whether the executor is checked.
	pub fn casts(self, checked: bool) -> Self {
		self.does(Input::Lot { checked })
	}

	/// Somebody doubts the verdict.
	pub fn appeals(self) -> Self {
		self.does(Input::Appeal)
	}

	/// The executor's operator is caught lying in another task.
	pub fn taints(mut self) -> Self {
		self.tainted = true;
		self
	}

	/// Clusters bind themselves to what each of them found, and open it.
	pub fn decides(self, members: &[(u32, Outcome)]) -> Self {
		let sealed =
			members.iter().fold(self, |court, (member, found)| court.seals(*member, *found));
		let sealed = sealed.reaches(Stage::PanelOpening);
		members.iter().fold(sealed, |court, (member, found)| court.opens_panel(*member, *found))
	}

	/// Lets the deadline of the stage pass and takes its exit.
	pub fn lapses(mut self) -> Self {
		self.now = self.trial.deadline + 1;
		let before = self.trial.stage;
		let court = self.does(Input::Deadline);
		let over = court.effects == [Effect::Finalise];
		assert_eq!(court.trial.stage == before, over, "every stage is left");
		court
	}

	pub fn waits(mut self, blocks: BlockNumber) -> Self {
		self.now += blocks;
		self
	}

	pub fn refuses(mut self, input: Input, refusal: Refusal) -> Self {
		assert_eq!(self.step(input.clone()), Err(refusal), "{input:?} in {:?}", self.trial.stage);
		self
	}

	pub fn reaches(self, stage: Stage) -> Self {
		assert_eq!(self.trial.stage, stage);
		self
	}

	pub fn ends_with(self, verdict: Verdict) -> Self {
		self.reaches(Stage::Decided(verdict))
	}

	pub fn follows(self, effects: &[Effect]) -> Self {
		assert_eq!(self.effects, effects);
		self
	}

	pub fn act(&self, cluster: u32) -> Act {
		self.trial.execution(ClusterId(cluster)).expect("was drawn").act
	}

	pub fn shares(&self) -> Vec<Share> {
		settle(&self.trial, BOND)
	}

	pub fn settles(&self, expected: &[(u32, Conduct, Balance, Balance)]) {
		let shares: Vec<_> = self
			.shares()
			.into_iter()
			.map(|share| (share.cluster.0, share.conduct, share.pay, share.slash))
			.collect();
		assert_eq!(shares, expected);
	}

	// Ways to the stages, by the shortest path.

	/// Cluster 1 executes.
	pub fn executing(quorum: u8) -> Self {
		Self::new(quorum).draws(&[1])
	}

	/// Cluster 1 is bound to the truth.
	pub fn drawing(quorum: u8) -> Self {
		Self::executing(quorum).commits(1, truth())
	}

	/// Cluster 1 is bound, 2 (and 3) verify.
	pub fn verifying(quorum: u8) -> Self {
		let verifiers: &[u32] = if quorum == 2 { &[2] } else { &[2, 3] };
		Self::drawing(quorum).draws(verifiers)
	}

	/// Everybody is bound; with a quorum of two the verifier said `found` in clear.
	pub fn opening(quorum: u8, found: Outcome) -> Self {
		let court = Self::verifying(quorum);
		if quorum == 2 {
			court.answers(2, found)
		} else {
			court.commits(2, found).commits(3, truth())
		}
	}

	/// Cluster 1 found the truth, cluster 2 something else.
	pub fn disputed() -> Self {
		Self::opening(2, lie(0)).opens(1, truth())
	}

	/// Clusters 3, 4 and 5 sit on the panel.
	pub fn panel() -> Self {
		Self::disputed().draws(&[3, 4, 5])
	}

	/// All three members are bound to the truth.
	pub fn panel_showing() -> Self {
		Self::panel().seals(3, truth()).seals(4, truth()).seals(5, truth())
	}

	/// Cluster 1 runs the task twice first.
	pub fn trying() -> Self {
		Self::under(Policy { preflight: true, ..policy(2) }, container()).draws(&[1])
	}

	/// Cluster 1 executes, and is checked with a probability of ten percent.
	pub fn audited() -> Self {
		let check = Check::Audited { floor: 5 };
		Self::under(Policy { check, ..policy(2) }, WASM_ENGINE).draws(&[1])
	}

	/// Cluster 1 is bound to `found`, and the lot spared it.
	pub fn spared(found: Outcome) -> Self {
		Self::audited().commits(1, found).casts(false)
	}

	/// What cluster 1 found is accepted, and nobody checked it.
	pub fn unchecked(found: Outcome) -> Self {
		Self::spared(found).opens(1, found).ends_with(agreed(found))
	}

	/// Clusters 1 and 2 ran an array and found different things.
	pub fn array_disputed(first: &[Outcome], second: &[Outcome]) -> Self {
		let items = u16::try_from(first.len()).expect("few");
		let court = Self::about(policy(2), WASM_ENGINE, Some(items)).draws(&[1]);
		let court = court.commits(1, whole(first)).draws(&[2]).answers(2, whole(second));
		court.opens(1, whole(first))
	}

	/// They have shown that item `item` is the first that they differ in, and 3, 4 and 5 run it.
	pub fn arbitrated(first: &[Outcome], second: &[Outcome], item: u16) -> Self {
		let court = Self::array_disputed(first, second).posts(1, first).posts(2, second);
		let court = court.posts(2, second).posts(1, first).reaches(Stage::PanelDrawing);
		let narrowing = court.trial.narrowing.as_ref().expect("is narrowed down");
		assert_eq!(narrowing.item, Some(item));
		court.draws(&[3, 4, 5, 6, 7])
	}

	/// Clusters 1 and 2 agreed on `found`.
	pub fn accepted(found: Outcome) -> Self {
		Self::executing(2).commits(1, found).draws(&[2]).answers(2, found).opens(1, found)
	}

	/// Clusters 11 to 15 decide an appeal against what 1 and 2 agreed on.
	pub fn appealed(found: Outcome) -> Self {
		Self::accepted(found).appeals().draws(&[11, 12, 13, 14, 15])
	}

	/// The first two have shown what they hold as well.
	pub fn panel_opening() -> Self {
		Self::panel_showing().possesses(1, truth()).possesses(2, lie(0))
	}
}

/// The verdict of a quorum.
pub fn agreed(outcome: Outcome) -> Verdict {
	Verdict::Accepted { outcome, possession: None }
}

/// The verdict of those who decide an appeal, where it is not the one before.
pub fn corrected(outcome: Outcome) -> Verdict {
	Verdict::Accepted { outcome, possession: Some(possession(outcome, APPEAL_NONCE)) }
}

/// The verdict of a panel.
pub fn judged(outcome: Outcome) -> Verdict {
	Verdict::Accepted { outcome, possession: Some(possession(outcome, NONCE)) }
}

pub fn release(cluster: u32) -> Effect {
	Effect::Release(ClusterId(cluster))
}

pub fn lapsed(cluster: u32) -> Effect {
	Effect::Lapsed(ClusterId(cluster))
}

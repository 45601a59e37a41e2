// SPDX-License-Identifier: GPL-3.0-or-later
//! The transitions of a [`Trial`]: what each input does in each stage.

use super::{
	Act, Appeal, Audit, Breadth, Cause, Context, Effect, Execution, Input, Pick, Refusal, Role,
	Ruling, Stage, Step, Trial, Verdict, MAX_ATTEMPTS,
};
use crate::{
	outcome::{Opening, Outcome},
	spec::Determinism,
	task::{Check, APPEAL_SEATS, MIN_APPEAL_SEATS, WITNESSES},
	BlockNumber, ClusterId, Commitment, EvidenceRoot, PanelNonce, Possession,
};
use alloc::{vec, vec::Vec};

impl Trial {
	/// Carries out `input`, or refuses and changes nothing.
	pub fn step(&mut self, context: &Context, input: Input) -> Step {
		// Acts in a stage whose deadline has passed would race with its exit: they come too late,
		// whether or not the exit has been taken yet.
		let late = context.now > self.deadline;
		match input {
			Input::Deadline if late => self.pass_deadline(context),
			Input::Deadline => Err(Refusal::TooEarly),
			_ if late => Err(Refusal::TooLate),
			Input::Drawn { picks, nonce, breadth } => {
				self.take_picks(context, &picks, nonce, breadth)
			},
			Input::Commit(cluster, commitment) => self.commit(context, cluster, commitment),
			Input::Answer(cluster, outcome, evidence_root) => {
				self.answer(context, cluster, outcome, evidence_root)
			},
			Input::Open(cluster, opening) => self.open(context, cluster, &opening),
			Input::OpenPanel(cluster, opening, possession) => {
				self.open_panel(context, cluster, &opening, possession)
			},
			Input::Possess(cluster, possession) => self.possess(context, cluster, possession),
			Input::Narrow { cluster, nodes, reference } => {
				self.post(context, cluster, &nodes, &reference)
			},
			Input::Abstain(cluster) => self.abstain(context, cluster),
			Input::Unstable(cluster) => self.admit_unstable(context, cluster),
			Input::Lot { checked } => self.cast_lot(context, checked),
			Input::Appeal => self.appeal(context),
			Input::Complain => self.complain(context),
		}
	}

	fn take_picks(
		&mut self,
		context: &Context,
		picks: &[Pick],
		nonce: PanelNonce,
		breadth: Breadth,
	) -> Step {
		let asked = self.drawing_role().ok_or(Refusal::WrongStage)?;
		let role = match asked {
			Role::Arbiter if self.arbiters_among(picks.len().min(self.wanted.into())) == 0 => {
				Role::Panel
			},
			_ => asked,
		};
		let usable = match role {
			// A panel has to be odd together with those it judges. It shrinks where the network is
			// small; a first panel of nobody is no panel.
			Role::Arbiter => self.arbiters_among(picks.len().min(self.wanted.into())),
			// Whom the requester could have chosen must not cost anybody its pay.
			Role::Witness if breadth == Breadth::Narrow => 0,
			Role::Witness if picks.len() < WITNESSES.into() => 0,
			Role::Witness => WITNESSES.into(),
			Role::Panel if !self.panel_replaced => {
				let most = self.wanted.min(self.panel_size(self.policy.panel()));
				odd_with(self.judged(), picks.len().min(most.into()))
			},
			Role::Panel => picks.len().min(self.wanted.into()),
			Role::Appeal => match picks.len().min(self.wanted.into()) {
				few if few < MIN_APPEAL_SEATS.into() => 0,
				found => found.saturating_sub(usize::from(found % 2 == 0)),
			},
			// The lot comes first.
			_ if matches!(self.audit, Audit::Percent(_)) => 0,
			// All of them or none: fewer than the quorum can never agree.
			_ if picks.len() < self.wanted.into() => 0,
			_ => self.wanted.into(),
		};
		let chosen = picks.get(..usable).filter(|chosen| !chosen.is_empty());
		let chosen = chosen.ok_or(Refusal::NobodyFits)?;
		let mut executions = self.executions.clone();
		for pick in chosen {
			let Pick { cluster, operator, price, architecture } = *pick;
			// A faulty draw must not seat anybody twice, nor mix classes.
			let seated = executions.iter().any(|o| o.cluster == cluster || o.operator == operator);
			let class = self.engine.class_on(architecture);
			if seated || self.class.is_some_and(|fixed| fixed != class) {
				return Err(Refusal::NobodyFits);
			}
			executions
				.try_push(Execution { cluster, operator, role, price, act: Act::Drawn })
				.map_err(|_| Refusal::NobodyFits)?;
		}
		self.executions = executions;
		self.wanted = 0;
		if role != asked {
			self.skip_arbiters();
		}
		if let (Role::Executor, Some(pick)) = (role, picks.first()) {
			self.class = Some(self.engine.class_on(pick.architecture));
		}
		self.seat(role, nonce, breadth);
		let (stage, blocks) = match role {
			Role::Executor => (Stage::Executing, self.policy.execution_blocks),
			Role::Verifier => (Stage::Verifying, self.policy.execution_blocks),
			Role::Panel | Role::Appeal | Role::Arbiter => {
				(Stage::PanelSealing, self.policy.execution_blocks)
			},
			// They run nothing, but fetch what took so long to make.
			Role::Witness => {
				let blocks = self.policy.execution_blocks.max(context.opening_blocks);
				(Stage::PanelSealing, blocks)
			},
		};
		self.enter(context, stage, blocks);
		Ok(vec![])
	}

	/// Notes who judges, when they were just drawn.
	fn seat(&mut self, role: Role, nonce: PanelNonce, breadth: Breadth) {
		let seats = self.of(role);
		match role {
			Role::Executor | Role::Verifier => return,
			// Those who replace others prove possession under the same number.
			Role::Panel if self.panel_seats > 0 => return,
			Role::Panel => (self.panel_seats, self.breadth) = (seats, breadth),
			Role::Appeal => {
				if let Some(appeal) = self.appeal.as_mut() {
					(appeal.seats, appeal.breadth) = (seats, breadth);
				}
			},
			Role::Arbiter => {
				if let Some(narrowing) = self.narrowing.as_mut() {
					(narrowing.seats, narrowing.breadth) = (seats, breadth);
				}
			},
			Role::Witness => {
				if let Some(complaint) = self.complaint.as_mut() {
					complaint.seats = seats;
				}
			},
		}
		self.nonce = Some(nonce);
	}

	fn commit(&mut self, context: &Context, cluster: ClusterId, commitment: Commitment) -> Step {
		let role = match self.stage {
			Stage::Executing => Role::Executor,
			Stage::Verifying => Role::Verifier,
			Stage::PanelSealing => self.bench(),
			_ => return self.refuse(cluster),
		};
		let sealed = role != Role::Verifier || self.verifiers_seal();
		let execution = self.acting(cluster, role, |act| matches!(act, Act::Drawn))?;
		if !sealed {
			return Err(Refusal::WrongStage);
		}
		execution.act = Act::Committed(commitment);
		Ok(match role {
			Role::Executor => {
				self.bound_at = context.now;
				if let Check::Audited { .. } = self.policy.check {
					self.audit = match context.audit_percent {
						percent if percent < 100 => Audit::Percent(percent),
						_ => Audit::Always,
					};
				}
				let verifiers = self.quorum().saturating_sub(1);
				vec![self.ask(context, Stage::Drawing, verifiers, self.policy.queue_blocks)]
			},
			_ => self.after_sealing(context),
		})
	}

	fn answer(
		&mut self,
		context: &Context,
		cluster: ClusterId,
		outcome: Outcome,
		evidence_root: EvidenceRoot,
	) -> Step {
		if self.stage != Stage::Verifying {
			return self.refuse(cluster);
		}
		let (sealed, is_array) = (self.verifiers_seal(), self.is_array());
		let execution = self.acting(cluster, Role::Verifier, |act| matches!(act, Act::Drawn))?;
		if sealed {
			return Err(Refusal::SealFirst);
		}
		if is_array && outcome.is_failure() {
			return Err(Refusal::NoArray);
		}
		execution.act = Act::Opened { outcome, evidence_root };
		self.enter(context, Stage::Opening, context.opening_blocks);
		Ok(vec![])
	}

	fn open(&mut self, context: &Context, cluster: ClusterId, opening: &Opening) -> Step {
		if self.stage != Stage::Opening {
			return self.refuse(cluster);
		}
		let seal = self.seal(context, cluster);
		let found = self.execution(cluster).ok_or(Refusal::NotDrawn)?;
		let Act::Committed(commitment) = found.act else { return Err(Refusal::AlreadyActed) };
		let Opening { outcome, evidence_root, salt } = *opening;
		if seal.commit(&outcome.digest(), &evidence_root, &salt) != commitment {
			return Err(Refusal::SealMismatch);
		}
		if self.is_array() && outcome.is_failure() {
			return Err(Refusal::NoArray);
		}
		self.set(cluster, Act::Opened { outcome, evidence_root });
		if self.executions.iter().any(|one| matches!(one.act, Act::Committed(_))) {
			return Ok(vec![]);
		}
		Ok(self.judge(context))
	}

	fn open_panel(
		&mut self,
		context: &Context,
		cluster: ClusterId,
		opening: &Opening,
		possession: Possession,
	) -> Step {
		if self.stage != Stage::PanelOpening {
			return self.refuse(cluster);
		}
		let seal = self.seal(context, cluster);
		let found = self.execution(cluster).ok_or(Refusal::NotDrawn)?;
		let bench = self.bench();
		if found.role != bench {
			return Err(Refusal::WrongRole);
		}
		let Act::Committed(commitment) = found.act else { return Err(Refusal::AlreadyActed) };
		let Opening { outcome, evidence_root, salt } = *opening;
		if seal.commit_panel(&outcome.digest(), &possession, &evidence_root, &salt) != commitment {
			return Err(Refusal::SealMismatch);
		}
		if self.is_array() && bench != Role::Arbiter && outcome.is_failure() {
			return Err(Refusal::NoArray);
		}
		self.set(cluster, Act::Possessed { outcome, evidence_root, possession });
		if self.any(bench, |act| matches!(act, Act::Committed(_))) {
			return Ok(vec![]);
		}
		Ok(self.tally(context))
	}

	fn possess(&mut self, context: &Context, cluster: ClusterId, possession: Possession) -> Step {
		if self.stage != Stage::PanelShowing {
			return self.refuse(cluster);
		}
		let found = self.execution(cluster).ok_or(Refusal::NotDrawn)?;
		if matches!(found.role, Role::Panel | Role::Arbiter) {
			return Err(Refusal::WrongRole);
		}
		let Act::Opened { outcome, evidence_root } = found.act else {
			return Err(Refusal::AlreadyActed);
		};
		self.set(cluster, Act::Possessed { outcome, evidence_root, possession });
		if self.somebody_has_to_show() {
			return Ok(vec![]);
		}
		Ok(self.open_bench(context))
	}

	fn abstain(&mut self, context: &Context, cluster: ClusterId) -> Step {
		let role = match self.stage {
			Stage::Executing => Role::Executor,
			Stage::Verifying => Role::Verifier,
			Stage::PanelSealing => self.bench(),
			_ => return self.refuse(cluster),
		};
		self.acting(cluster, role, |act| matches!(act, Act::Drawn))?.act = Act::Abstained;
		let mut effects = vec![Effect::Release(cluster)];
		match role {
			Role::Executor => effects.extend(self.next_executor(context)),
			// The others of the role may still be at work: replacing waits for them.
			_ if self.any(role, |act| matches!(act, Act::Drawn)) => {},
			_ => effects.extend(self.after_sealing(context)),
		}
		Ok(effects)
	}

	fn admit_unstable(&mut self, context: &Context, cluster: ClusterId) -> Step {
		if self.stage != Stage::Executing {
			return self.refuse(cluster);
		}
		let asked = self.policy.preflight;
		let execution = self.acting(cluster, Role::Executor, |act| matches!(act, Act::Drawn))?;
		if !asked {
			return Err(Refusal::NotAsked);
		}
		execution.act = Act::Unstable;
		Ok(self.decide(context, Verdict::NotDeterministic))
	}

	fn cast_lot(&mut self, context: &Context, checked: bool) -> Step {
		let open = self.stage == Stage::Drawing && matches!(self.audit, Audit::Percent(_));
		match checked {
			_ if !open => return Err(Refusal::WrongStage),
			true => self.audit = Audit::Always,
			false => {
				self.audit = Audit::Spared;
				self.wanted = 0;
				self.enter(context, Stage::Opening, context.opening_blocks);
			},
		}
		Ok(vec![])
	}

	fn appeal(&mut self, context: &Context) -> Step {
		let Stage::Decided(verdict) = self.stage else { return Err(Refusal::WrongStage) };
		let comparable =
			matches!(verdict, Verdict::Accepted { .. } | Verdict::Inconclusive | Verdict::Refuted);
		if !comparable || self.class.is_none() || self.appeal.is_some() {
			return Err(Refusal::NotAppealable);
		}
		Ok(vec![self.look_again(context, verdict, Cause::Doubt)])
	}

	fn look_again(&mut self, context: &Context, verdict: Verdict, cause: Cause) -> Effect {
		let (breadth, ruling) = (Breadth::Narrow, Ruling::Pending);
		let closes_at = self.deadline;
		self.appeal = Some(Appeal { cause, verdict, closes_at, seats: 0, breadth, ruling });
		self.ask(context, Stage::PanelDrawing, APPEAL_SEATS, context.opening_blocks)
	}

	/// Leaves the stage whose deadline has passed. Total: every stage has its exit.
	fn pass_deadline(&mut self, context: &Context) -> Step {
		Ok(match self.stage {
			Stage::Queued => self.decide(context, Verdict::Unfulfilled),
			Stage::Executing => {
				let mut effects = self.lapse(Role::Executor);
				effects.extend(self.next_executor(context));
				effects
			},
			Stage::Drawing => self.decide(context, Verdict::NoVerifier),
			Stage::Verifying => {
				let mut effects = self.lapse(Role::Verifier);
				effects.extend(self.after_sealing(context));
				effects
			},
			Stage::Opening => {
				self.silence(|act| matches!(act, Act::Committed(_)));
				self.judge(context)
			},
			Stage::Splitting | Stage::Narrowing => self.end_posting(context),
			Stage::PanelDrawing => match self.bench() {
				Role::Appeal => self.rule(context),
				Role::Witness => self.hear_witnesses(context),
				Role::Panel if self.panel_seats > 0 => {
					self.wanted = 0;
					self.hear_panel_or_give_up(context)
				},
				_ => self.decide(context, Verdict::Inconclusive),
			},
			Stage::PanelSealing => {
				let mut effects = self.lapse(self.bench());
				effects.extend(self.after_sealing(context));
				effects
			},
			Stage::PanelShowing => {
				self.silence(|act| matches!(act, Act::Opened { .. }));
				self.open_bench(context)
			},
			Stage::PanelOpening => {
				self.silence(|act| matches!(act, Act::Committed(_)));
				self.tally(context)
			},
			// A liar's other results are looked at again before they are believed.
			Stage::Decided(verdict @ Verdict::Accepted { .. })
				if context.tainted && self.was_spared() && self.appeal.is_none() =>
			{
				vec![self.look_again(context, verdict, Cause::Taint)]
			},
			Stage::Decided(Verdict::Accepted { .. })
				if context.tainted && self.was_spared() && self.was_unheard() =>
			{
				self.stage = Stage::Decided(Verdict::Tainted);
				vec![Effect::Finalise]
			},
			Stage::Decided(_) => vec![Effect::Finalise],
		})
	}

	/// Verifiers or panel have all sealed, lapsed or abstained: replace, open or give up.
	fn after_sealing(&mut self, context: &Context) -> Vec<Effect> {
		let role = if self.stage == Stage::Verifying { Role::Verifier } else { self.bench() };
		if self.any(role, |act| matches!(act, Act::Drawn)) {
			return vec![];
		}
		let bound = self.counting(role);
		let lost = self.of(role).saturating_sub(bound);
		match role {
			Role::Verifier if lost == 0 => {
				self.enter(context, Stage::Opening, context.opening_blocks);
				vec![]
			},
			Role::Verifier if self.verifiers_replaced => {
				let drawn = lost.saturating_sub(self.replaced_verifiers());
				if drawn == 0 {
					self.enter(context, Stage::Opening, context.opening_blocks);
					return vec![];
				}
				// Two were asked for so that losing one verifier never buys a better one. Making
				// do with the other would give that back.
				self.decide(context, Verdict::NoVerifier)
			},
			Role::Verifier => {
				self.verifiers_replaced = true;
				let wanted = lost.saturating_mul(2);
				vec![self.ask(context, Stage::Drawing, wanted, self.policy.queue_blocks)]
			},
			Role::Appeal | Role::Arbiter | Role::Witness => self.hear_panel_or_give_up(context),
			_ if lost == 0 || self.panel_replaced => self.hear_panel_or_give_up(context),
			_ => {
				self.panel_replaced = true;
				vec![self.ask(context, Stage::PanelDrawing, lost, context.opening_blocks)]
			},
		}
	}

	/// How many verifiers had lost their place when the replacements were drawn: each brought two.
	fn replaced_verifiers(&self) -> u8 {
		let first = self.quorum().saturating_sub(1);
		self.of(Role::Verifier).saturating_sub(first).checked_div(2).unwrap_or(0)
	}

	fn hear_panel_or_give_up(&mut self, context: &Context) -> Vec<Effect> {
		// Without a panel the first executions can still be a majority of all votes.
		let can_win =
			self.judged().saturating_mul(2) > self.voters() && self.somebody_has_to_show();
		if self.counting(self.bench()) == 0 && !can_win {
			return self.tally(context);
		}
		// The first executions show in clear: they go first, while the panel's proofs are still
		// sealed, so that neither side can copy from the other.
		let stage = match self.somebody_has_to_show() {
			true => Stage::PanelShowing,
			false => Stage::PanelOpening,
		};
		self.enter(context, stage, context.opening_blocks);
		vec![]
	}

	/// Everybody has shown what it holds or lost the right to: the bench opens, if anybody sits on it.
	fn open_bench(&mut self, context: &Context) -> Vec<Effect> {
		if self.counting(self.bench()) == 0 {
			return self.tally(context);
		}
		self.enter(context, Stage::PanelOpening, context.opening_blocks);
		vec![]
	}

	/// In front of anybody but a panel the first executions have nothing to show.
	fn somebody_has_to_show(&self) -> bool {
		self.bench() == Role::Panel
			&& self.executions.iter().any(|one| matches!(one.act, Act::Opened { .. }))
	}

	fn next_executor(&mut self, context: &Context) -> Vec<Effect> {
		self.attempt = self.attempt.saturating_add(1);
		self.class = None;
		if self.attempt >= MAX_ATTEMPTS {
			return self.decide(context, Verdict::Unfulfilled);
		}
		vec![self.ask(context, Stage::Queued, 1, self.policy.queue_blocks)]
	}

	/// Everybody has opened or lost the right to: accept or dispute.
	fn judge(&mut self, context: &Context) -> Vec<Effect> {
		let mut first = None;
		let mut agreed = 0u8;
		let mut unanimous = true;
		for execution in self.executions.iter().filter(|one| one.act.counts()) {
			let outcome = execution.act.outcome();
			unanimous &= outcome.is_some() && *first.get_or_insert(outcome) == outcome;
			agreed = agreed.saturating_add(1);
		}
		match first.flatten() {
			Some(outcome) if unanimous && agreed >= self.needed_for(&outcome) => {
				self.decide(context, Verdict::Accepted { outcome, possession: None })
			},
			_ => self.narrow(context).unwrap_or_else(|| {
				let panel = self.panel_size(self.policy.panel());
				let draw = self.ask(context, Stage::PanelDrawing, panel, context.opening_blocks);
				vec![Effect::Disputed, draw]
			}),
		}
	}

	/// The largest panel of at most `most` that makes the number of voters odd; two, if that is nobody.
	pub(super) fn panel_size(&self, most: u8) -> u8 {
		match self.judged() % 2 == most % 2 {
			true if most > 1 => most.saturating_sub(1),
			true => 2,
			false => most,
		}
	}

	/// How many must agree: a failure in a declared class proves little, so it takes three.
	pub(super) fn needed_for(&self, outcome: &Outcome) -> u8 {
		let declared = self.engine.kind.determinism() == Determinism::Declared;
		let quorum = self.quorum();
		if declared && outcome.is_failure() {
			quorum.max(3)
		} else {
			quorum
		}
	}

	/// Everybody on the bench has opened or lost the right to: the votes are counted.
	fn tally(&mut self, context: &Context) -> Vec<Effect> {
		match self.bench() {
			Role::Appeal => return self.rule(context),
			Role::Arbiter => return self.arbitrate(context),
			Role::Witness => return self.hear_witnesses(context),
			_ => {},
		}
		// A seat that fell empty and was not filled again still counts: otherwise whoever keeps
		// honest members from answering could win with few of its own.
		let found = self.majority(|role| role != Role::Arbiter, self.voters());
		if found.is_some_and(|(outcome, _)| self.is_refuted(&outcome)) {
			return self.contradict(context);
		}
		let accepted = |(outcome, shown)| Verdict::Accepted { outcome, possession: Some(shown) };
		self.decide(context, found.map_or(Verdict::Inconclusive, accepted))
	}

	/// What those who decide the appeal found decides. Without a majority the verdict stands; a result that
	/// was looked at because of a taint does not.
	fn rule(&mut self, context: &Context) -> Vec<Effect> {
		let Some(appeal) = self.appeal else { return vec![] };
		let found = self.majority(|role| role == Role::Appeal, appeal.seats);
		let (ruling, verdict) = match (found, appeal.verdict) {
			(Some((won, shown)), Verdict::Accepted { outcome, .. }) if outcome == won => {
				(Ruling::Upheld(shown), appeal.verdict)
			},
			(Some((outcome, shown)), _) => {
				let verdict = Verdict::Accepted { outcome, possession: Some(shown) };
				(Ruling::Overturned(shown), verdict)
			},
			// A liar who has its own result doubted, where nobody can be found to judge it, must not
			// escape the look that it is due because of the taint: there is one appeal only.
			(None, Verdict::Accepted { .. })
				if appeal.cause == Cause::Taint || (context.tainted && self.was_spared()) =>
			{
				(Ruling::Unheard, Verdict::Tainted)
			},
			(None, verdict) => (Ruling::Unheard, verdict),
		};
		self.appeal = Some(Appeal { ruling, ..appeal });
		let effects = self.decide(context, verdict);
		// Nobody judges it a third time, so there is nothing to wait for. But whoever knows that nobody will
		// hear it must not shorten the time in which a lie can come to light.
		let rest = match ruling {
			Ruling::Unheard => appeal.closes_at.saturating_sub(context.now),
			_ => 0,
		};
		self.enter(context, self.stage, rest);
		effects
	}

	/// What has a strict majority of so many votes among those of some roles, the silent included.
	fn majority(&self, votes: impl Fn(Role) -> bool, seats: u8) -> Option<(Outcome, Possession)> {
		let voters = self.executions.iter().filter(|one| votes(one.role));
		let votes: Vec<(Outcome, Possession)> = voters.filter_map(|one| vote(&one.act)).collect();
		votes.iter().copied().find(|candidate| {
			let count = votes.iter().filter(|vote| *vote == candidate).count();
			let needed = usize::from(self.needed_for(&candidate.0));
			count.saturating_mul(2) > usize::from(seats) && count >= needed
		})
	}

	/// Whether there was an appeal that came to nothing.
	fn was_unheard(&self) -> bool {
		self.appeal.is_some_and(|appeal| appeal.ruling == Ruling::Unheard)
	}

	pub(super) fn decide(&mut self, context: &Context, verdict: Verdict) -> Vec<Effect> {
		// Those whom an appeal is about have been free since the first verdict.
		let bench_only = self.appeal.is_some();
		let busy = self
			.executions
			.iter()
			.filter(|one| one.act.counts() && (!bench_only || one.role == Role::Appeal));
		let mut effects: Vec<Effect> = busy.map(|one| Effect::Release(one.cluster)).collect();
		self.wanted = 0;
		self.enter(context, Stage::Decided(verdict), self.policy.window);
		effects.push(Effect::Decided(verdict));
		effects
	}

	/// Asks for a draw that will lead on from `stage`.
	pub(super) fn ask(
		&mut self,
		context: &Context,
		stage: Stage,
		wanted: u8,
		blocks: BlockNumber,
	) -> Effect {
		self.round = self.round.saturating_add(1);
		self.wanted = wanted;
		self.drawn_since = context.now;
		self.enter(context, stage, blocks);
		Effect::Draw(wanted)
	}

	pub(super) fn enter(&mut self, context: &Context, stage: Stage, blocks: BlockNumber) {
		self.stage = stage;
		self.deadline = context.now.saturating_add(blocks);
	}

	/// Everybody of `role` of whom nothing was heard loses the place.
	fn lapse(&mut self, role: Role) -> Vec<Effect> {
		let mut effects = vec![];
		for one in self.executions.iter_mut() {
			if one.role == role && one.act == Act::Drawn {
				one.act = Act::Lapsed;
				effects.extend([Effect::Release(one.cluster), Effect::Lapsed(one.cluster)]);
			}
		}
		effects
	}

	fn silence(&mut self, owing: impl Fn(&Act) -> bool) {
		for one in self.executions.iter_mut().filter(|one| owing(&one.act)) {
			one.act = Act::Silent;
		}
	}

	pub(super) fn set(&mut self, cluster: ClusterId, act: Act) {
		for one in self.executions.iter_mut().filter(|one| one.cluster == cluster) {
			one.act = act;
		}
	}

	/// The execution of `cluster`, if it has `role` and its act is still `open`.
	fn acting(
		&mut self,
		cluster: ClusterId,
		role: Role,
		open: impl Fn(&Act) -> bool,
	) -> Result<&mut Execution, Refusal> {
		let execution = self
			.executions
			.iter_mut()
			.find(|execution| execution.cluster == cluster)
			.ok_or(Refusal::NotDrawn)?;
		if execution.role != role {
			return Err(Refusal::WrongRole);
		}
		if !open(&execution.act) {
			return Err(Refusal::AlreadyActed);
		}
		Ok(execution)
	}

	/// Refuses an act that the stage does not know, with the best reason.
	pub(super) fn refuse(&self, cluster: ClusterId) -> Step {
		self.execution(cluster).ok_or(Refusal::NotDrawn)?;
		Err(Refusal::WrongStage)
	}
}

/// The most of `found` that make the number of voters odd, together with those `judged`.
pub(super) fn odd_with(judged: u8, found: usize) -> usize {
	let voters = usize::from(judged).saturating_add(found);
	found.saturating_sub(usize::from(voters.is_multiple_of(2)))
}

/// What an execution votes for in front of a panel; without possession it has no vote.
pub(super) fn vote(act: &Act) -> Option<(Outcome, Possession)> {
	match act {
		Act::Possessed { outcome, possession, .. } => Some((*outcome, *possession)),
		_ => None,
	}
}

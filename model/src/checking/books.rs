// SPDX-License-Identifier: GPL-3.0-or-later
//! What a step may change: effects, acts, deadlines, slots, verdict, appeal, complaint and shares.

use super::{
	benches::item_ruling,
	one_task::{Fault, Setting, State},
	world::{blocks_of, is_judge, is_proven, shares},
};
use assay_primitives::{
	array::item_leaf,
	outcome::Outcome,
	protocol::{
		Act, Complaint, Delivery, Effect, Execution, ItemRuling, Role, Ruling, Stage, Trial,
		Verdict,
	},
	settlement::{Conduct, Share},
	BlockNumber, Possession,
};

/// The most slots that the chain allows to become free at once.
const MOST_FREED: usize = 8;

impl State {
	/// Carries out the effects, and compares what was and what is.
	pub fn apply(&mut self, before: &State, now: BlockNumber, effects: &[Effect]) {
		let mut decided = None;
		let mut asked = None;
		let mut keeps = false;
		for effect in effects {
			match *effect {
				Effect::Draw(wanted) => asked = Some(wanted),
				Effect::Release(cluster) => {
					let at = self.trial.executions.iter().position(|one| one.cluster == cluster);
					match at.and_then(|at| self.members.get_mut(at)) {
						Some(member) if !member.released => member.released = true,
						_ => self.fault = Some(Fault::Release),
					}
				},
				Effect::Lapsed(cluster) => {
					let act = self.trial.execution(cluster).map(|one| one.act);
					if act != Some(Act::Lapsed) {
						self.fault = Some(Fault::Effects);
					}
				},
				Effect::Disputed => self.disputed = true,
				Effect::Keep => keeps = true,
				Effect::Decided(verdict) => decided = Some(verdict),
				Effect::Finalise => self.finalised = true,
			}
		}
		let freed = effects.iter().filter(|effect| matches!(effect, Effect::Release(_)));
		if freed.count() > MOST_FREED {
			self.fault = Some(Fault::Release);
		}
		let (was, is) = (&before.trial, &self.trial);
		let drew = is.round == was.round + 1;
		let stays = was.stage == is.stage && !drew;
		// Settled means settled as it was decided, but for a result that was due a second look which nobody
		// could take.
		let decided_before = matches!(was.stage, Stage::Decided(_));
		let forfeits = self.finalised && falls_with_its_liar(was, is, self.tainted);
		let settled = decided_before && (was == is || forfeits);
		let resumed = resumed(was, is);
		let decides = match is.stage {
			Stage::Decided(verdict) if !stays && !forfeits && resumed.is_none() => Some(verdict),
			_ => None,
		};
		let poster = first_to_post(is).filter(|_| stays && first_to_post(was).is_none());
		if !stays {
			self.kept = None;
		}
		if let Some(who) = poster {
			self.kept = Some(self.members[who].said.claim);
		}
		if decided != decides
			|| asked != drew.then_some(is.wanted)
			|| (drew && is.drawn_since != now)
			|| (self.finalised && !settled)
			|| keeps != poster.is_some()
		{
			self.fault = Some(Fault::Effects);
		}
		let ends_at = match stays || forfeits {
			true => was.deadline,
			false => now + resumed.unwrap_or_else(|| blocks_of(is, now)),
		};
		if is.deadline != ends_at {
			self.fault = Some(Fault::Deadline);
		}
		if self.finalised && self.members.iter().any(|member| !member.released) {
			self.fault = Some(Fault::Release);
		}
		let changed =
			was.executions.iter().zip(&is.executions).any(|(was, is)| !may_become(was, is));
		if changed || is.executions.len() < was.executions.len() {
			self.fault = Some(Fault::ActedTwice);
		}
		if !verdict_may_become(was, is, self.tainted) {
			self.fault = Some(Fault::Verdict);
		}
		if !complaint_may_become(was, is, now) {
			self.fault = Some(Fault::Complaint);
		}
		let (had, has) = (shares(was), shares(is));
		let runs = was.verdict().is_some() && decided.is_none() && !forfeits;
		if has.is_empty() == (is.verdict().is_some() && !is.executions.is_empty())
			|| (runs
				&& had.iter().zip(&has).any(|(had, has)| had != has)
				&& !shares_may_become(was, is, &had, &has))
		{
			self.fault = Some(Fault::Shares);
		}
		// Only how much is left matters.
		if !stays && !forfeits {
			self.trial.deadline -= now;
		}
		self.trial.drawn_since = 0;
		self.trial.bound_at = 0;
		if let Some(appeal) = self.trial.appeal.as_mut() {
			appeal.closes_at = 0;
		}
	}
}

/// Whether a result falls that nobody checked, whose executor was caught after an appeal that came to nothing.
fn falls_with_its_liar(was: &Trial, is: &Trial, tainted: bool) -> bool {
	let unheard = was.appeal.is_some_and(|appeal| appeal.ruling == Ruling::Unheard);
	let falls = matches!(was.stage, Stage::Decided(Verdict::Accepted { .. }))
		&& is.stage == Stage::Decided(Verdict::Tainted);
	tainted && unheard && was.was_spared() && falls
}

/// Whether only those shares differ that may without a verdict: of those who decide an appeal and of witnesses,
/// which come into being meanwhile, and of those whose pay is forfeited because they withheld what was accepted.
fn shares_may_become(was: &Trial, is: &Trial, had: &[Share], has: &[Share]) -> bool {
	let forfeited = is.withheld().is_some() && was.withheld().is_none();
	let mut others = was.executions.iter().zip(had.iter().zip(has));
	others.all(|(one, (had, has))| {
		let withheld = Share { standing: has.standing, conduct: Conduct::Withheld, pay: 0, ..*had };
		let forfeits = forfeited && one.role != Role::Arbiter && had.conduct == Conduct::Agreed;
		let may = match one.role {
			Role::Appeal if was.appeal.is_some_and(|one| one.ruling == Ruling::Pending) => true,
			Role::Witness if was.complaint.is_some_and(|one| one.is_open()) => true,
			Role::Appeal | Role::Arbiter | Role::Witness => false,
			Role::Executor | Role::Verifier | Role::Panel => forfeits && *has == withheld,
		};
		may || had == has && !(forfeits && is_first_or_panel(one.role))
	})
}

fn is_first_or_panel(role: Role) -> bool {
	matches!(role, Role::Executor | Role::Verifier | Role::Panel)
}

/// What was left of the window, where the witnesses have just been heard.
fn resumed(was: &Trial, is: &Trial) -> Option<BlockNumber> {
	let heard = is.complaint.filter(|complaint| !complaint.is_open())?;
	was.complaint.filter(Complaint::is_open).map(|_| heard.rest)
}

/// Who was the first to post in this round.
fn first_to_post(trial: &Trial) -> Option<usize> {
	let first = trial.narrowing.as_ref()?.first?;
	trial.executions.iter().position(|one| one.cluster == first)
}

/// Whether a complaint may go from one to the other: it comes once, about what was accepted, gives back what
/// was left of the window, and is heard once.
fn complaint_may_become(was: &Trial, is: &Trial, now: BlockNumber) -> bool {
	match (was.complaint, is.complaint) {
		(None, None) => true,
		(None, Some(made)) => {
			let Complaint { verdict, rest, seats, delivery } = made;
			was.stage == Stage::Decided(verdict)
				&& matches!(verdict, Verdict::Accepted { .. })
				&& rest == was.deadline - now
				&& (seats, delivery) == (0, Delivery::Pending)
		},
		(Some(_), None) => false,
		(Some(had), Some(has)) => {
			let same = (had.verdict, had.rest) == (has.verdict, has.rest);
			let stands = has.is_open() || is.stage == Stage::Decided(has.verdict);
			let open = had.is_open() && same && stands;
			open && (had.seats == 0 || had.seats == has.seats) || had == has
		},
	}
}

/// Whether an execution may go from one act to another.
fn may_become(was: &Execution, is: &Execution) -> bool {
	let same = Execution { act: was.act, ..*is } == *was;
	let judge = is_judge(was.role);
	same && match (was.act, is.act) {
		(before, after) if before == after => true,
		(Act::Drawn, Act::Committed(_) | Act::Lapsed | Act::Abstained) => true,
		(Act::Drawn, Act::Opened { .. }) => was.role == Role::Verifier,
		(Act::Drawn, Act::Unstable) => was.role == Role::Executor,
		(Act::Committed(_), Act::Silent) => true,
		(Act::Committed(_), Act::Opened { .. }) => !judge,
		(Act::Committed(_), Act::Possessed { .. }) => judge,
		(Act::Opened { .. }, Act::Silent) => true,
		(Act::Opened { .. }, Act::Possessed { .. } | Act::Refuted { .. }) => {
			was.act.outcome() == is.act.outcome()
				&& was.act.evidence_root() == is.act.evidence_root()
		},
		_ => false,
	}
}

/// Whether verdict and appeal may go from one to the other.
fn verdict_may_become(was: &Trial, is: &Trial, tainted: bool) -> bool {
	let appeal = match (was.appeal, is.appeal) {
		(None, None) => true,
		(None, Some(made)) => {
			was.stage == Stage::Decided(made.verdict) && made.ruling == Ruling::Pending
		},
		(Some(_), None) => false,
		(Some(had), Some(has)) => {
			(had.cause, had.verdict) == (has.cause, has.verdict)
				&& (had.ruling == Ruling::Pending || had == has)
		},
	};
	let verdict = match (was.verdict(), is.verdict()) {
		(None, _) => true,
		(Some(_), None) => false,
		(Some(had), Some(has)) if had == has => true,
		(Some(_), Some(has)) => {
			let rules = was.appeal.is_some_and(|appeal| appeal.ruling == Ruling::Pending);
			let may = match is.appeal.map(|appeal| appeal.ruling) {
				Some(Ruling::Overturned(_)) => matches!(has, Verdict::Accepted { .. }),
				// Where a taint wanted a second look and nobody could take it.
				Some(Ruling::Unheard) => has == Verdict::Tainted && tainted && was.was_spared(),
				_ => false,
			};
			(rules && may) || falls_with_its_liar(was, is, tainted)
		},
	};
	appeal && verdict
}

impl Setting {
	/// Whether what is known of the item of an array went on as it may: it is found by a majority of all votes,
	/// counted anew, and refutes exactly those who claim something else of it; or a panel runs the whole array; or
	/// a panel contradicts what was found. A draw found `found`.
	pub fn is_right_about_the_item(&self, before: &State, after: &State, found: usize) -> bool {
		let is_refuted = |one: &&Execution| matches!(one.act, Act::Refuted { .. });
		let refuted = |state: &State| state.trial.executions.iter().filter(is_refuted).count();
		let stays = refuted(before) == refuted(after);
		let seats = |state: &State| state.trial.narrowing.as_ref().map_or(0, |one| one.seats);
		let draws = before.trial.drawing_role() == Some(Role::Arbiter)
			&& after.trial.stage == Stage::PanelSealing;
		if draws && !seats_arbiters_well(&before.trial, seats(after).into(), found) {
			return false;
		}
		match (item_ruling(&before.trial), item_ruling(&after.trial)) {
			// Few run the whole at once.
			(Some(ItemRuling::Pending), Some(ItemRuling::Unheard)) if draws => {
				seats(after) == 0 && after.trial.panel_seats > 0 && stays
			},
			(Some(ItemRuling::Pending), Some(ItemRuling::Pending)) if draws => seats(after) > 0,
			(Some(ItemRuling::Pending), Some(ruling)) if ruling != ItemRuling::Pending => {
				self.recount(before, after) == Some(ruling) && self.are_refuted(before, after)
			},
			(Some(ItemRuling::Found { .. }), Some(ItemRuling::Contradicted)) => {
				stays && after.trial.stage == Stage::Decided(Verdict::Inconclusive)
			},
			(None, None | Some(ItemRuling::Pending)) => stays,
			(had, has) => had == has && stays,
		}
	}

	/// What the arbiters found, who have just been heard.
	fn recount(&self, before: &State, after: &State) -> Option<ItemRuling> {
		let narrowing = after.trial.narrowing.as_ref()?;
		let (item, array) = (narrowing.item?, self.array?);
		let arbiters = after.trial.executions.iter().filter(|one| one.role == Role::Arbiter);
		let shown = |one: &Execution| match one.act {
			Act::Possessed { outcome, possession, .. } => Some((outcome, possession)),
			_ => None,
		};
		let shown: Vec<_> = arbiters.filter_map(shown).collect();
		let judged = before.executions().filter(|(one, _)| !is_judge(one.role) && one.act.counts());
		let all = judged.count() + usize::from(narrowing.seats);
		let parties = before.executions().filter(|(one, _)| matches!(one.act, Act::Opened { .. }));
		let claims: Vec<_> = parties
			.map(|(_, member)| array.item(item, array.about(item, member.said.claim)))
			.collect();
		let like = |vote| shown.iter().filter(|one| **one == vote).count();
		let wins = |vote: &(Outcome, Possession)| {
			let votes = like(*vote) + claims.iter().filter(|claim| **claim == vote.0).count();
			let enough = !vote.0.is_failure() || is_proven(&after.trial) || votes >= 3;
			votes * 2 > all && enough
		};
		let winners: Vec<_> = shown.iter().copied().filter(wins).collect();
		let Some(most) = winners.iter().map(|one| like(*one)).max() else {
			return Some(ItemRuling::Unheard);
		};
		let mut best = winners.into_iter().filter(|one| like(*one) == most);
		let (outcome, first) = best.next()?;
		let possession = best.all(|one| one == (outcome, first)).then_some(first);
		Some(ItemRuling::Found { outcome, possession })
	}

	/// Whether those and only those have just been refuted who claim something else than was found.
	fn are_refuted(&self, before: &State, after: &State) -> bool {
		let Some(narrowing) = after.trial.narrowing.as_ref() else { return false };
		let (Some(item), Some(array)) = (narrowing.item, self.array) else { return false };
		let found = match narrowing.ruling {
			ItemRuling::Found { outcome, .. } => Some(item_leaf(item, &outcome)),
			_ => None,
		};
		before.executions().zip(&after.trial.executions).all(|((had, member), has)| {
			let own = item_leaf(item, &array.item(item, array.about(item, member.said.claim)));
			let wrong = matches!(had.act, Act::Opened { .. }) && found.is_some_and(|it| it != own);
			wrong == matches!(has.act, Act::Refuted { .. })
		})
	}
}

/// Whether of `found` so many become arbiters that votes about the item are odd and two are left for a panel; and
/// none only where that cannot be.
fn seats_arbiters_well(trial: &Trial, seats: usize, found: usize) -> bool {
	let judged = |one: &&Execution| !is_judge(one.role) && one.act.counts();
	let judged = trial.executions.iter().filter(judged).count();
	let (least, most) = (1 + judged % 2, usize::from(trial.policy.panel().max(2)));
	match seats {
		0 => found < least + 2,
		_ => (judged + seats) % 2 == 1 && seats <= most && seats + 2 <= found,
	}
}

// SPDX-License-Identifier: GPL-3.0-or-later
//! How executions of an array that differ are narrowed down to one item, and who is right about it.
//!
//! Those who opened post the roots of their subtrees, then the leaves of the first subtree in which they differ.
//! What is posted has to lead back to what was claimed, so nobody can post anything but what its root was made
//! of. Arbiters run the first item that differs; whoever claimed another outcome of it is refuted. One claim is
//! no proof that the rest is right as well: where fewer than the quorum are left, a panel runs the whole array.

use super::{Act, Breadth, Context, Effect, Execution, Refusal, Role, Stage, Step, Trial, Verdict};
use crate::{
	array::{item_leaf, leaves_below, root_of, subtrees, SUBTREE},
	merkle::Hash,
	outcome::Outcome,
	BoundedVec, ClusterId, ConstU32, Possession,
};
use alloc::{vec, vec::Vec};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};

/// Most executions that can differ: the executor, and two verifiers in place of one.
pub const MAX_PARTIES: u32 = 3;

/// How many have to be left for the panel after the arbiters: one who is right about the item needs two others.
const SPARED_FOR_PANEL: u8 = 2;

/// One of those who differ.
#[derive(
	Clone,
	Copy,
	PartialEq,
	Eq,
	Debug,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
	Serialize,
	Deserialize,
)]
pub struct Party {
	/// Who.
	pub cluster: ClusterId,
	/// The root of what is being narrowed down: of the whole array, then of one subtree, at last a leaf.
	pub claim: Hash,
	/// What it posted in this round, at the first place that differs so far.
	pub posted: Option<Hash>,
}

/// What arbiters found about the item.
#[derive(
	Clone,
	Copy,
	PartialEq,
	Eq,
	Debug,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
	Serialize,
	Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum ItemRuling {
	/// Not known yet.
	Pending,
	/// The item's outcome is this.
	Found {
		/// What the majority found.
		outcome: Outcome,
		/// What those of them showed who are most; `None` where as many showed something else.
		possession: Option<Possession>,
	},
	/// There was no majority, or too few to spare any for it: a panel has to run the whole array.
	Unheard,
	/// The panel that ran the whole array found what had been refuted: one of the two was wrong, and nobody knows
	/// which.
	Contradicted,
}

/// The way from roots that differ to the item that makes them differ.
#[derive(
	Clone,
	PartialEq,
	Eq,
	Debug,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
	Serialize,
	Deserialize,
)]
pub struct Narrowing {
	/// Those who differ.
	pub parties: BoundedVec<Party, ConstU32<MAX_PARTIES>>,
	/// Who was the first to post in this round: the others are compared with it.
	pub first: Option<ClusterId>,
	/// The first place in which those who posted in this round differ.
	pub differs: Option<u16>,
	/// The first subtree in which they differ, once that is known.
	pub subtree: Option<u16>,
	/// The first item in which they differ, once that is known.
	pub item: Option<u16>,
	/// How many arbiters were drawn, those who fell silent included.
	pub seats: u8,
	/// Who could have been drawn for them.
	pub breadth: Breadth,
	/// What the arbiters found.
	pub ruling: ItemRuling,
}

impl Narrowing {
	/// Whether arbiters have to say who is right about the item.
	pub fn is_open(&self) -> bool {
		self.item.is_some() && self.ruling == ItemRuling::Pending
	}

	/// What `cluster` claims.
	pub fn claim(&self, cluster: ClusterId) -> Option<Hash> {
		self.parties.iter().find(|party| party.cluster == cluster).map(|party| party.claim)
	}

	/// Takes note of what `cluster` posts; `reference` is what the first one did.
	fn post(&mut self, cluster: ClusterId, nodes: &[Hash], reference: &[Hash]) {
		self.first.get_or_insert(cluster);
		let differs = nodes.iter().zip(reference).position(|(one, other)| one != other);
		let differs = differs.and_then(|place| u16::try_from(place).ok());
		if let Some(place) = differs.filter(|place| self.differs.is_none_or(|at| *place < at)) {
			self.differs = Some(place);
			// Up to here all who posted before are equal to the first.
			let before = reference.get(usize::from(place)).copied();
			for party in self.parties.iter_mut().filter(|party| party.posted.is_some()) {
				party.posted = before;
			}
		}
		let place = usize::from(self.differs.unwrap_or(0));
		for party in self.parties.iter_mut().filter(|party| party.cluster == cluster) {
			party.posted = nodes.get(place).copied();
		}
	}
}

impl Trial {
	/// Whether one program is run for many items.
	pub fn is_array(&self) -> bool {
		self.items.is_some()
	}

	/// How many hashes have to be posted in this round.
	pub fn nodes_due(&self) -> u16 {
		let items = self.items.unwrap_or(1);
		match self.narrowing.as_ref().and_then(|narrowing| narrowing.subtree) {
			Some(place) => leaves_below(items, place),
			None => subtrees(items),
		}
	}

	/// Executions of an array differ: they have to show where. Without two roots there is nothing to show.
	pub(super) fn narrow(&mut self, context: &Context) -> Option<Vec<Effect>> {
		let items = self.items?;
		let mut parties = BoundedVec::new();
		for one in self.executions.iter().filter(|one| one.act.counts()) {
			let Some(Outcome::Completed { output_root }) = one.act.outcome() else { continue };
			let party = Party { cluster: one.cluster, claim: output_root.0, posted: None };
			parties.try_push(party).ok()?;
		}
		let first = parties.first().map(|party: &Party| party.claim);
		if parties.iter().all(|party| Some(party.claim) == first) {
			return None;
		}
		self.narrowing = Some(Narrowing {
			parties,
			first: None,
			differs: None,
			// A small array is one subtree.
			subtree: (items <= SUBTREE).then_some(0),
			item: None,
			seats: 0,
			breadth: Breadth::Narrow,
			ruling: ItemRuling::Pending,
		});
		let stage = if items <= SUBTREE { Stage::Narrowing } else { Stage::Splitting };
		self.enter(context, stage, context.opening_blocks);
		Some(vec![Effect::Disputed])
	}

	/// One of those who differ posts what its claim is made of.
	pub(super) fn post(
		&mut self,
		context: &Context,
		cluster: ClusterId,
		nodes: &[Hash],
		reference: &[Hash],
	) -> Step {
		if !matches!(self.stage, Stage::Splitting | Stage::Narrowing) {
			return self.refuse(cluster);
		}
		let execution = self.execution(cluster).ok_or(Refusal::NotDrawn)?;
		let narrowing = self.narrowing.as_ref().ok_or(Refusal::WrongStage)?;
		let is_open = matches!(execution.act, Act::Opened { .. });
		let party = narrowing.parties.iter().find(|party| party.cluster == cluster);
		let party = party.filter(|_| is_open).ok_or(Refusal::WrongRole)?;
		if party.posted.is_some() {
			return Err(Refusal::AlreadyActed);
		}
		let due = usize::from(self.nodes_due());
		if nodes.len() != due || root_of(nodes) != party.claim {
			return Err(Refusal::ClaimMismatch);
		}
		let kept = narrowing.first.and_then(|first| narrowing.claim(first));
		// What the first one posted was checked then; a caller that kept something else must not decide.
		if kept.is_some_and(|claim| reference.len() != due || root_of(reference) != claim) {
			return Err(Refusal::ClaimMismatch);
		}
		let reference = if kept.is_some() { reference } else { nodes };
		let is_first = kept.is_none();
		let missing = self.executions.iter().any(|one| self.has_to_post(one, Some(cluster)));
		if let Some(narrowing) = self.narrowing.as_mut() {
			narrowing.post(cluster, nodes, reference);
		}
		if missing {
			return Ok(if is_first { vec![Effect::Keep] } else { vec![] });
		}
		Ok(self.end_round(context))
	}

	fn has_to_post(&self, one: &Execution, but: Option<ClusterId>) -> bool {
		let parties = self.narrowing.as_ref().map(|narrowing| narrowing.parties.iter());
		let silent = |party: &Party| party.cluster == one.cluster && party.posted.is_none();
		matches!(one.act, Act::Opened { .. })
			&& Some(one.cluster) != but
			&& parties.is_some_and(|mut parties| parties.any(silent))
	}

	/// The time for posting is over.
	pub(super) fn end_posting(&mut self, context: &Context) -> Vec<Effect> {
		let silent = self.executions.iter().filter(|one| self.has_to_post(one, None));
		let silent: Vec<ClusterId> = silent.map(|one| one.cluster).collect();
		for cluster in silent {
			self.set(cluster, Act::Silent);
		}
		self.end_round(context)
	}

	/// Everybody has posted or lost the right to.
	fn end_round(&mut self, context: &Context) -> Vec<Effect> {
		let most = self.panel_size(self.policy.panel());
		let Some(narrowing) = self.narrowing.as_mut() else { return vec![] };
		let Some(place) = narrowing.differs.take() else {
			// Those who are left claim the same.
			return self.hear_survivors(context);
		};
		narrowing.first = None;
		for party in narrowing.parties.iter_mut() {
			if let Some(posted) = party.posted.take() {
				party.claim = posted;
			}
		}
		match narrowing.subtree {
			None => {
				narrowing.subtree = Some(place);
				self.enter(context, Stage::Narrowing, context.opening_blocks);
				vec![]
			},
			Some(subtree) => {
				narrowing.item = Some(subtree.saturating_mul(SUBTREE).saturating_add(place));
				let wanted = most.saturating_add(SPARED_FOR_PANEL);
				vec![self.ask(context, Stage::PanelDrawing, wanted, context.opening_blocks)]
			},
		}
	}

	/// How many of `found` become arbiters. None, where too few would be left to run the whole array: then they
	/// do that at once.
	pub(super) fn arbiters_among(&self, found: usize) -> usize {
		let most = usize::from(self.panel_size(self.policy.panel()));
		let spare = found.saturating_sub(SPARED_FOR_PANEL.into());
		super::steps::odd_with(self.judged(), spare.min(most))
	}

	/// The panel found what arbiters had refuted.
	pub(super) fn contradict(&mut self, context: &Context) -> Vec<Effect> {
		if let Some(narrowing) = self.narrowing.as_mut() {
			narrowing.ruling = ItemRuling::Contradicted;
		}
		self.decide(context, Verdict::Inconclusive)
	}

	/// Nobody judges the item: a panel runs the whole array.
	pub(super) fn skip_arbiters(&mut self) {
		if let Some(narrowing) = self.narrowing.as_mut() {
			narrowing.ruling = ItemRuling::Unheard;
		}
	}

	/// The arbiters have opened or lost the right to: whoever claimed something else is refuted.
	pub(super) fn arbitrate(&mut self, context: &Context) -> Vec<Effect> {
		let ruling = self.arbiters_ruling();
		let Some(narrowing) = self.narrowing.as_mut() else { return vec![] };
		narrowing.ruling = ruling;
		if let (ItemRuling::Found { outcome, .. }, Some(item)) = (ruling, narrowing.item) {
			let leaf = item_leaf(item, &outcome);
			let wrong = narrowing.parties.iter().filter(|party| party.claim != leaf);
			let wrong: Vec<ClusterId> = wrong.map(|party| party.cluster).collect();
			for one in self.executions.iter_mut().filter(|one| wrong.contains(&one.cluster)) {
				if let Act::Opened { outcome, evidence_root } = one.act {
					one.act = Act::Refuted { outcome, evidence_root };
				}
			}
		}
		self.hear_survivors(context)
	}

	/// What has a strict majority among the arbiters and those whom they judge. An arbiter has to show that it
	/// ran the item; the others have claimed it before anybody knew that it would be looked at.
	fn arbiters_ruling(&self) -> ItemRuling {
		let Some((narrowing, item)) =
			self.narrowing.as_ref().and_then(|one| Some((one, one.item?)))
		else {
			return ItemRuling::Unheard;
		};
		let arbiters = self.executions.iter().filter(|one| one.role == Role::Arbiter);
		let votes: Vec<(Outcome, Possession)> =
			arbiters.filter_map(|one| super::steps::vote(&one.act)).collect();
		let count = |vote: &(Outcome, Possession)| votes.iter().filter(|one| *one == vote).count();
		let voters = self.judged().saturating_add(narrowing.seats);
		let wins = |vote: &&(Outcome, Possession)| {
			let leaf = item_leaf(item, &vote.0);
			let claims = self.executions.iter().filter(|one| {
				matches!(one.act, Act::Opened { .. }) && narrowing.claim(one.cluster) == Some(leaf)
			});
			let all = count(vote).saturating_add(claims.count());
			all.saturating_mul(2) > usize::from(voters)
				&& all >= usize::from(self.needed_for(&vote.0))
		};
		let Some(won) = votes.iter().filter(wins).max_by_key(|vote| count(vote)) else {
			return ItemRuling::Unheard;
		};
		// Two who showed different bytes of one outcome can both have a majority with those whom they judge.
		let rival = |vote: &(Outcome, Possession)| {
			vote.0 == won.0 && vote.1 != won.1 && count(vote) == count(won)
		};
		let possession = (!votes.iter().any(rival)).then_some(won.1);
		ItemRuling::Found { outcome: won.0, possession }
	}

	/// Whether somebody claimed `outcome` as a whole, and was refuted for good.
	pub fn is_refuted(&self, outcome: &Outcome) -> bool {
		let ruling = self.narrowing.as_ref().map(|narrowing| narrowing.ruling);
		if ruling == Some(ItemRuling::Contradicted) {
			return false;
		}
		let refuted = |one: &Execution| match one.act {
			Act::Refuted { outcome, .. } => Some(outcome),
			_ => None,
		};
		self.executions.iter().filter_map(refuted).any(|claim| claim == *outcome)
	}

	/// Those whom nothing refutes: accepted if they are enough and claim the same, or heard by a panel that runs
	/// the whole array.
	fn hear_survivors(&mut self, context: &Context) -> Vec<Effect> {
		let left = self.executions.iter().filter(|one| matches!(one.act, Act::Opened { .. }));
		let left: Vec<Outcome> = left.filter_map(|one| one.act.outcome()).collect();
		let refuted = self.executions.iter().any(|one| matches!(one.act, Act::Refuted { .. }));
		let silent = self.judged() > u8::try_from(left.len()).unwrap_or(u8::MAX);
		match left.first() {
			None if refuted => self.decide(context, Verdict::Refuted),
			Some(outcome)
				if !silent
					&& left.len() >= usize::from(self.quorum())
					&& left.iter().all(|one| one == outcome) =>
			{
				let verdict = Verdict::Accepted { outcome: *outcome, possession: None };
				self.decide(context, verdict)
			},
			_ => {
				let panel = self.panel_size(self.policy.panel());
				vec![self.ask(context, Stage::PanelDrawing, panel, context.opening_blocks)]
			},
		}
	}
}

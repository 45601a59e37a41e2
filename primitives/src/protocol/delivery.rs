// SPDX-License-Identifier: GPL-3.0-or-later
//! What happens when a requester says that nobody gives it what was accepted.
//!
//! Three witnesses try. Each seals the proof of possession of what it could fetch, or [`NOTHING`]: nobody knows what
//! the others found. Two who show the same decide. If they were served nothing, those who should have served it
//! are not paid; the requester gets that back only if all three say so, since whoever has two accomplices among
//! the witnesses must not profit. The window stands still meanwhile, so that a complaint keeps nobody from
//! appealing.

use super::{Act, Context, Effect, Execution, Refusal, Role, Stage, Step, Trial, Verdict};
use crate::{
	outcome::Outcome,
	task::{WITNESSES, WITNESSES_TO_AGREE},
	BlockNumber, Possession,
};
use alloc::{vec, vec::Vec};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};

/// What a witness shows who was served nothing.
pub const NOTHING: Possession = Possession([0; 32]);

/// What witnesses found.
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
pub enum Delivery {
	/// Not known yet.
	Pending,
	/// The outputs can be had: two showed this.
	Served(Possession),
	/// The outputs cannot be had: so many found nothing.
	Withheld {
		/// Two or three.
		failed: u8,
	},
	/// No two showed the same, or nobody could be found but such as the requester could have chosen.
	Unheard,
}

/// What a requester says about an accepted result.
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
pub struct Complaint {
	/// The verdict, which stands.
	pub verdict: Verdict,
	/// What was left of the window.
	pub rest: BlockNumber,
	/// How many witnesses were drawn.
	pub seats: u8,
	/// What they found.
	pub delivery: Delivery,
}

impl Complaint {
	/// Whether witnesses are still to be heard.
	pub fn is_open(&self) -> bool {
		self.delivery == Delivery::Pending
	}
}

impl Trial {
	/// What was found and not served, if witnesses found so.
	pub fn withheld(&self) -> Option<Outcome> {
		let complaint = self.complaint?;
		match (complaint.delivery, complaint.verdict) {
			(Delivery::Withheld { .. }, Verdict::Accepted { outcome, .. }) => Some(outcome),
			_ => None,
		}
	}

	/// Whether the requester gets back what those who withheld the outputs are not paid: all witnesses say that
	/// they did.
	pub fn is_repaid(&self) -> bool {
		let delivery = self.complaint.map(|complaint| complaint.delivery);
		delivery == Some(Delivery::Withheld { failed: WITNESSES })
	}

	pub(super) fn complain(&mut self, context: &Context) -> Step {
		let Stage::Decided(verdict) = self.stage else { return Err(Refusal::WrongStage) };
		if !matches!(verdict, Verdict::Accepted { .. }) || self.complaint.is_some() {
			return Err(Refusal::NoDelivery);
		}
		let rest = self.deadline.saturating_sub(context.now);
		let delivery = Delivery::Pending;
		self.complaint = Some(Complaint { verdict, rest, seats: 0, delivery });
		Ok(vec![self.ask(context, Stage::PanelDrawing, WITNESSES, context.opening_blocks)])
	}

	/// The witnesses have shown what they could fetch, or lost the right to.
	pub(super) fn hear_witnesses(&mut self, context: &Context) -> Vec<Effect> {
		let accepted = self.verdict().and_then(|verdict| match verdict {
			Verdict::Accepted { outcome, .. } => Some(outcome),
			_ => None,
		});
		let shown = |one: &Execution| match one.act {
			Act::Possessed { outcome, possession, .. }
				if one.role == Role::Witness && Some(outcome) == accepted =>
			{
				Some(possession)
			},
			_ => None,
		};
		let shown: Vec<Possession> = self.executions.iter().filter_map(shown).collect();
		let count = |sought: Possession| {
			let same = shown.iter().filter(|one| **one == sought);
			u8::try_from(same.count()).unwrap_or(u8::MAX)
		};
		let agreed = shown.iter().copied().find(|one| count(*one) >= WITNESSES_TO_AGREE);
		let delivery = match agreed {
			Some(NOTHING) => Delivery::Withheld { failed: count(NOTHING) },
			Some(possession) => Delivery::Served(possession),
			None => Delivery::Unheard,
		};
		self.resume(context, delivery)
	}

	/// The verdict waits for the rest of its window.
	fn resume(&mut self, context: &Context, delivery: Delivery) -> Vec<Effect> {
		let Some(complaint) = self.complaint.as_mut() else { return vec![] };
		complaint.delivery = delivery;
		let Complaint { verdict, rest, .. } = *complaint;
		self.wanted = 0;
		let busy = self.executions.iter();
		let busy = busy.filter(|one| one.role == Role::Witness && one.act.counts());
		let effects = busy.map(|one| Effect::Release(one.cluster)).collect();
		self.enter(context, Stage::Decided(verdict), rest);
		effects
	}
}

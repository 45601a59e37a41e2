// SPDX-License-Identifier: GPL-3.0-or-later
//! What happens when a requester says that nobody gives it what was accepted.
//!
//! Three witnesses try. Each seals the proof of possession of what it could fetch, or says that there was nothing
//! to fetch. Two who found nothing forfeit the pay of those who should have served it. The window stands still
//! meanwhile, so that a complaint keeps nobody from appealing.

use super::{Act, Context, Effect, Refusal, Role, Stage, Step, Trial, Verdict};
use crate::{
	task::{WITNESSES, WITNESSES_TO_FORFEIT},
	BlockNumber,
};
use alloc::{vec, vec::Vec};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};

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
	/// The outputs can be had, or too few found that they cannot.
	Served,
	/// The outputs cannot be had.
	Withheld,
	/// Nobody could be found to try, or only such as the requester could have chosen.
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
	/// Whether those who were right withheld it.
	pub fn was_withheld(&self) -> bool {
		self.complaint.is_some_and(|complaint| complaint.delivery == Delivery::Withheld)
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

	/// The witnesses have said what they could fetch, or lost the right to.
	pub(super) fn hear_witnesses(&mut self, context: &Context) -> Vec<Effect> {
		let failed = self.executions.iter().filter(|one| one.act == Act::Unserved).count();
		let delivery = match self.complaint.map_or(0, |complaint| complaint.seats) {
			0 => Delivery::Unheard,
			_ if failed >= usize::from(WITNESSES_TO_FORFEIT) => Delivery::Withheld,
			_ => Delivery::Served,
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

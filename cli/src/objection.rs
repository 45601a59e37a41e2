// SPDX-License-Identifier: GPL-3.0-or-later
//! `assay task appeal` and `assay task complain`: what can be said against a verdict, for a bond.

use crate::{error::CliError, output::Ui, signing::Signing, units::Amount, Global};
use assay_client::{AccountId, AssayEvent, Call, Submitted, TaskView};
use assay_primitives::{task::APPEAL_SEATS, Balance, TaskId};

/// What is said against a verdict.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Objection {
	/// It is wrong.
	Appeal,
	/// Nobody delivers what it accepted.
	Complaint,
}

impl Objection {
	fn call(self, task: TaskId) -> Call {
		match self {
			Self::Appeal => Call::Appeal { task },
			Self::Complaint => Call::Complain { task },
		}
	}

	/// What the chain will hold for it.
	fn bond(self, task: &TaskView) -> Balance {
		let cap = task.request.demand.max_price;
		match self {
			Self::Appeal => cap.saturating_mul(APPEAL_SEATS.into()),
			Self::Complaint => cap,
		}
	}

	/// Whether `account` may raise it.
	fn ensure_may(self, account: AccountId, task: &TaskView) -> Result<(), CliError> {
		match self {
			Self::Complaint if account != task.requester => {
				Err(CliError::NotRequester { task: task.id, requester: task.requester })
			},
			Self::Appeal | Self::Complaint => Ok(()),
		}
	}

	/// What was done, and what is being done.
	fn words(self) -> (&'static str, &'static str) {
		match self {
			Self::Appeal => ("appealed", "appealing"),
			Self::Complaint => ("complained", "complaining"),
		}
	}

	/// What the chain says that it holds.
	fn held(self, events: &[AssayEvent]) -> Option<Balance> {
		events.iter().find_map(|event| match (self, event) {
			(Self::Appeal, AssayEvent::Appealed { bond, .. })
			| (Self::Complaint, AssayEvent::Complained { bond, .. }) => Some(*bond),
			_ => None,
		})
	}
}

#[derive(serde::Serialize)]
struct Report<'a> {
	task: TaskId,
	/// In the smallest unit; text, because numbers in JSON are too small for it.
	bond: String,
	submitted: &'a Submitted,
}

/// Appeals against a verdict, for a bond that can be paid.
pub(crate) async fn appeal(
	task: TaskId,
	signing: &Signing,
	global: &Global,
	ui: &Ui,
) -> Result<(), CliError> {
	raise(Objection::Appeal, task, signing, global, ui).await
}

/// Complains about the delivery, for a bond that can be paid.
pub(crate) async fn complain(
	task: TaskId,
	signing: &Signing,
	global: &Global,
	ui: &Ui,
) -> Result<(), CliError> {
	raise(Objection::Complaint, task, signing, global, ui).await
}

async fn raise(
	objection: Objection,
	task: TaskId,
	signing: &Signing,
	global: &Global,
	ui: &Ui,
) -> Result<(), CliError> {
	let signer = signing.signer()?;
	let chain = global.connect(ui).await?;
	let view = chain.task(task, None).await?.ok_or(CliError::NotOpen(task))?;
	let (account, bond) = (signer.account(), objection.bond(&view));
	objection.ensure_may(account, &view)?;
	let free = chain.funds(&account, None).await?.free;
	if free < bond {
		let (free, needed) = (Amount(free).to_string(), Amount(bond).to_string());
		return Err(CliError::TooPoor { account, free, needed });
	}
	let (past, present) = objection.words();
	let done = {
		let _busy = ui.busy(&format!("{present}, waiting for finality"));
		chain.submit(&signer, &objection.call(task)).await?
	};
	let bond = objection.held(&done.events).unwrap_or(bond);
	let report = Report { task, bond: bond.to_string(), submitted: &done };
	ui.result(&report, |ui| {
		let (bond, block) = (Amount(bond), done.block.number);
		ui.say(&format!("{past}, {bond} held, final in block {block}"));
		ui.say(&format!("follow it with: assay task watch {task}"));
	});
	Ok(())
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::explain::tests::task;

	const TASK: TaskId = TaskId(7);

	#[test]
	fn an_appeal_costs_five_caps_at_most_and_a_complaint_one() {
		let view = task(Default::default());
		let cap = view.request.demand.max_price;
		assert_eq!(Objection::Appeal.bond(&view), 5 * cap);
		assert_eq!(Objection::Complaint.bond(&view), cap);
		assert_eq!(Objection::Appeal.call(TASK), Call::Appeal { task: TASK });
		assert_eq!(Objection::Complaint.call(TASK), Call::Complain { task: TASK });
	}

	#[test]
	fn anybody_can_doubt_and_only_the_requester_complain() {
		let view = task(Default::default());
		let stranger = AccountId::from([1; 32]);
		assert!(Objection::Appeal.ensure_may(stranger, &view).is_ok());
		assert!(Objection::Complaint.ensure_may(view.requester, &view).is_ok());
		let error = Objection::Complaint.ensure_may(stranger, &view).unwrap_err();
		assert!(error.to_string().contains(&view.requester.to_string()), "{error}");
	}

	#[test]
	fn what_is_held_is_what_the_chain_says() {
		let appealed = AssayEvent::Appealed { task: TASK, appellant: [1; 32].into(), bond: 5 };
		let events = [appealed, AssayEvent::Complained { task: TASK, bond: 1 }];
		assert_eq!(Objection::Appeal.held(&events), Some(5));
		assert_eq!(Objection::Complaint.held(&events), Some(1));
		assert_eq!(Objection::Complaint.held(&[]), None);
	}
}

// SPDX-License-Identifier: GPL-3.0-or-later
//! How tests get a task to where they want it; the verbs are the oracle's.

mod abstain;
mod agenda;
mod answer;
mod appeals;
mod arrays;
mod audits;
mod claim_pay;
mod commit;
mod delivery;
mod growth;
mod invariants;
mod lifecycle;
mod open;
mod open_panel;
mod origins;
mod panels;
mod poke;
mod possess;
mod preflight;
mod purse;
mod replacements;
mod weights;

pub use crate::{mock::*, oracle::words::*, pallet::*};
pub use assay_primitives::{
	blake2_256,
	leaf::{Assurance, Leaf},
	outcome::{Abstention, Opening, Outcome},
	protocol::{Act, Breadth, Role, Stage, Trial, Verdict},
	settlement::Conduct,
	spec::{Demand, WASM_ENGINE},
	task::{Access, Check, Policy, TaskRequest, Workload},
	view::ClusterStatus,
	Balance, ClusterId, Commitment, EvidenceRoot, PanelNonce, Possession, Salt, TaskId,
};
pub use codec::{Decode, Encode};
pub use frame_support::{assert_noop, assert_ok, pallet_prelude::DispatchResult};

/// What [`REQUESTER`] has in escrow for a task.
pub fn held_for(request: &TaskRequest) -> Balance {
	request.policy.worst_case(request.demand.max_price).unwrap() + TASK_DEPOSIT
}

pub fn submit(request: TaskRequest) -> TaskId {
	let task = EdgeConnect::counters().next_task;
	assert_ok!(try_submit(REQUESTER, request));
	task
}

pub fn stage(task: TaskId) -> Stage {
	trial(task).stage
}

pub fn is_open(task: TaskId) -> bool {
	Cases::<Test>::contains_key(task)
}

/// Who was drawn for `task` as `role` and has not lost the place, in order.
pub fn drawn(task: TaskId, role: Role) -> Vec<ClusterId> {
	trial(task)
		.executions
		.iter()
		.filter(|one| one.role == role && one.act.counts())
		.map(|one| one.cluster)
		.collect()
}

pub fn executor(task: TaskId) -> ClusterId {
	drawn(task, Role::Executor)[0]
}

pub fn verifier(task: TaskId) -> ClusterId {
	drawn(task, Role::Verifier)[0]
}

pub fn panel(task: TaskId) -> Vec<ClusterId> {
	drawn(task, Role::Panel)
}

/// Submits a task and waits for its executor.
pub fn executing(request: TaskRequest) -> (TaskId, ClusterId) {
	let task = submit(request);
	next_block();
	assert_eq!(stage(task), Stage::Executing);
	(task, executor(task))
}

/// Submits a task, lets its executor commit to `outcome`, and waits for the verifiers.
pub fn verifying(request: TaskRequest, outcome: Outcome) -> (TaskId, ClusterId) {
	let (task, executor) = executing(request);
	assert_ok!(commit(executor, task, outcome));
	next_block();
	assert_eq!(stage(task), Stage::Verifying);
	(task, executor)
}

/// Submits a task on whose outcome executor and verifier disagree, each as given.
pub fn disputed(
	request: TaskRequest,
	executed: Outcome,
	verified: Outcome,
) -> (TaskId, ClusterId, ClusterId) {
	let (task, executor) = verifying(request, executed);
	let verifier = verifier(task);
	assert_ok!(answer(verifier, task, verified));
	assert_ok!(open(executor, task, executed));
	assert_eq!(stage(task), Stage::PanelDrawing);
	(task, executor, verifier)
}

/// A disputed task whose panel is seated: the executor lies, the verifier does not.
pub fn seated(request: TaskRequest) -> (TaskId, ClusterId, ClusterId, Vec<ClusterId>) {
	let (task, executor, verifier) = disputed(request, LIE, TRUTH);
	next_block();
	assert_eq!(stage(task), Stage::PanelSealing);
	(task, executor, verifier, panel(task))
}

/// Every member of the panel of `task` commits to `outcome`.
pub fn panel_commits(task: TaskId, outcome: Outcome) {
	for member in panel(task) {
		assert_ok!(commit_on_panel(member, task, outcome));
	}
	assert!(matches!(stage(task), Stage::PanelShowing | Stage::PanelOpening));
}

/// Every member of the panel of `task` opens `outcome`.
pub fn panel_opens(task: TaskId, outcome: Outcome) {
	for member in panel(task) {
		assert_ok!(open_panel(member, task, outcome));
	}
}

/// Waits until `task` is settled, and returns what [`Event::Finalised`] says.
pub fn finalised(task: TaskId) -> Settled {
	let deadline = trial(task).deadline;
	assert!(matches!(stage(task), Stage::Decided(_)), "there is no verdict yet");
	run_to_block(deadline);
	assert!(is_open(task), "nothing is final before the window closes");
	next_block();
	assert!(!is_open(task));
	let mut settled = None;
	let (mut leaf, mut appeal, mut complaint) = (None, None, None);
	for event in events() {
		match event {
			RuntimeEvent::Anchor(pallet_anchor::Event::LeafAppended { leaf: own, .. })
				if own.task == task =>
			{
				leaf = Some(own);
			},
			RuntimeEvent::Verification(Event::AppealSettled {
				task: id,
				paid,
				returned,
				rewarded,
			}) if id == task => appeal = Some((paid, returned, rewarded)),
			RuntimeEvent::Verification(Event::ComplaintSettled {
				task: id,
				paid,
				returned,
				forfeited,
			}) if id == task => complaint = Some((paid, returned, forfeited)),
			RuntimeEvent::Verification(Event::Finalised {
				task: id,
				paid,
				refunded,
				slashed,
				shares,
			}) if id == task => {
				let (leaf, appeal) = (leaf.take(), appeal.take());
				let complaint = complaint.take();
				settled =
					Some(Settled { paid, refunded, slashed, shares, leaf, appeal, complaint });
			},
			_ => {},
		}
	}
	settled.expect("the task was settled")
}

/// What [`Event::Finalised`] says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Settled {
	pub paid: Balance,
	pub refunded: Balance,
	pub slashed: Balance,
	pub shares: Vec<(ClusterId, Conduct, Balance, Balance)>,
	/// What the log keeps.
	pub leaf: Option<Leaf<AccountId>>,
	/// What [`Event::AppealSettled`] says: paid, returned, rewarded.
	pub appeal: Option<(Balance, Balance, Balance)>,
	/// What [`Event::ComplaintSettled`] says: paid, returned, forfeited.
	pub complaint: Option<(Balance, Balance, Balance)>,
}

impl Settled {
	pub fn assurance(&self) -> Assurance {
		self.leaf.as_ref().expect("a result was anchored").assurance
	}

	pub fn share_of(&self, cluster: ClusterId) -> (Conduct, Balance, Balance) {
		let share = self.shares.iter().find(|share| share.0 == cluster).expect("it was drawn");
		(share.1, share.2, share.3)
	}
}

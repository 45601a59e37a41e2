// SPDX-License-Identifier: GPL-3.0-or-later
//! The vocabulary of the tests: what requesters and clusters do, one verb each.

mod abstain;
mod actors;
mod agenda;
mod answer;
mod appeals;
mod arrays;
mod audits;
mod claim_pay;
mod commit;
mod delivery;
mod growth;
mod lifecycle;
mod money;
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

pub use crate::{mock::*, pallet::*};
pub use assay_primitives::{
	array, blake2_256,
	leaf::{Assurance, Leaf},
	outcome::{Abstention, FailureKind, Opening, Outcome},
	protocol::{Act, Breadth, Role, Stage, Trial, Verdict},
	settlement::Conduct,
	spec::{Demand, Resources, WASM_ENGINE},
	task::{Access, Check, Limits, Policy, TaskRequest, Workload},
	view::ClusterStatus,
	Balance, ClusterId, Commitment, ContentHash, EvidenceRoot, FailureDigest, OutputRoot,
	PanelNonce, Possession, Salt, TaskId,
};
pub use codec::{Decode, Encode};
pub use frame_support::{
	assert_noop, assert_ok,
	dispatch::PostDispatchInfo,
	pallet_prelude::{DispatchError, DispatchResult, DispatchResultWithPostInfo},
};

pub const WINDOW: u32 = 10;
pub const EXECUTION_BLOCKS: u32 = 20;
pub const QUEUE_BLOCKS: u32 = 30;
pub const MAX_PRICE: Balance = 40 * UNIT;

/// What every honest cluster finds.
pub const TRUTH: Outcome = Outcome::Completed { output_root: OutputRoot([1; 32]) };
/// What a liar says.
pub const LIE: Outcome = Outcome::Completed { output_root: OutputRoot([2; 32]) };
/// What another liar says.
pub const OTHER_LIE: Outcome = Outcome::Completed { output_root: OutputRoot([3; 32]) };
/// A program that trapped.
pub const TRAP: Outcome =
	Outcome::Failed { kind: FailureKind::Trap, report: FailureDigest([4; 32]) };

/// A task for two clusters of the proven class.
pub fn request() -> TaskRequest {
	TaskRequest {
		workload: Workload {
			program: ContentHash([5; 32]),
			inputs: ContentHash([6; 32]),
			args: b"program\0--fast".to_vec().try_into().unwrap(),
			limits: Limits { fuel: 1_000_000, memory_mib: 64, output_kib: 64 },
			items: None,
		},
		demand: Demand {
			engine: WASM_ENGINE,
			resources: Resources::default(),
			architectures: Default::default(),
			regions: Default::default(),
			attestation: Default::default(),
			max_price: MAX_PRICE,
		},
		policy: Policy {
			check: Check::Verified { quorum: 2, panel: 3 },
			preflight: false,
			window: WINDOW,
			execution_blocks: EXECUTION_BLOCKS,
			queue_blocks: QUEUE_BLOCKS,
		},
		access: Access::default(),
	}
}

/// A task for three clusters.
pub fn request_of_three() -> TaskRequest {
	let policy = Policy { check: Check::Verified { quorum: 3, panel: 3 }, ..request().policy };
	TaskRequest { policy, ..request() }
}

/// A task whose answers may differ without anybody being at fault.
pub fn declared_request() -> TaskRequest {
	let demand = Demand { engine: CONTAINER_ENGINE, ..request().demand };
	TaskRequest { demand, ..request() }
}

/// What [`REQUESTER`] has in escrow for a task.
pub fn held_for(request: &TaskRequest) -> Balance {
	request.policy.worst_case(request.demand.max_price).unwrap() + TASK_DEPOSIT
}

pub fn try_submit(requester: AccountId, request: TaskRequest) -> DispatchResult {
	EdgeConnect::submit_task(RuntimeOrigin::signed(requester), request)
}

pub fn submit(request: TaskRequest) -> TaskId {
	let task = EdgeConnect::counters().next_task;
	assert_ok!(try_submit(REQUESTER, request));
	task
}

pub fn signed_for(cluster: ClusterId) -> RuntimeOrigin {
	RuntimeOrigin::signed(owner(cluster))
}

/// The root that only `cluster` has.
pub fn evidence(cluster: ClusterId) -> EvidenceRoot {
	EvidenceRoot(blake2_256(&("evidence", cluster).encode()))
}

pub fn opening(cluster: ClusterId, outcome: Outcome) -> Opening {
	let salt = Salt(blake2_256(&("salt", cluster).encode()));
	Opening { outcome, evidence_root: evidence(cluster), salt }
}

/// The commitment that `cluster` makes as executor or verifier.
pub fn sealed(cluster: ClusterId, task: TaskId, outcome: Outcome) -> Commitment {
	let Opening { outcome, evidence_root, salt } = opening(cluster, outcome);
	let seal = trial(task).seal(&Verification::context(task), cluster);
	seal.commit(&outcome.digest(), &evidence_root, &salt)
}

/// What whoever holds the bytes of `outcome` can show the panel of `task`.
pub fn possession(task: TaskId, outcome: Outcome) -> Possession {
	let nonce = trial(task).nonce.expect("a panel was seated");
	Possession(blake2_256(&("possession", nonce, outcome).encode()))
}

/// The commitment that `cluster` makes on the panel.
pub fn sealed_for_panel(cluster: ClusterId, task: TaskId, outcome: Outcome) -> Commitment {
	let shown = possession(task, outcome);
	let Opening { outcome, evidence_root, salt } = opening(cluster, outcome);
	let seal = trial(task).seal(&Verification::context(task), cluster);
	seal.commit_panel(&outcome.digest(), &shown, &evidence_root, &salt)
}

/// What a call comes to, beside what it weighs.
pub type Acted = Result<PostDispatchInfo, DispatchError>;

pub fn acted(result: DispatchResultWithPostInfo) -> Acted {
	result.map_err(|refused| refused.error)
}

pub fn commit(cluster: ClusterId, task: TaskId, outcome: Outcome) -> Acted {
	acted(Verification::commit(signed_for(cluster), task, cluster, sealed(cluster, task, outcome)))
}

pub fn commit_on_panel(cluster: ClusterId, task: TaskId, outcome: Outcome) -> Acted {
	let commitment = sealed_for_panel(cluster, task, outcome);
	acted(Verification::commit(signed_for(cluster), task, cluster, commitment))
}

pub fn answer(cluster: ClusterId, task: TaskId, outcome: Outcome) -> Acted {
	acted(Verification::answer(signed_for(cluster), task, cluster, outcome, evidence(cluster)))
}

pub fn open(cluster: ClusterId, task: TaskId, outcome: Outcome) -> Acted {
	acted(Verification::open(signed_for(cluster), task, cluster, opening(cluster, outcome)))
}

pub fn open_panel(cluster: ClusterId, task: TaskId, outcome: Outcome) -> Acted {
	let (opening, shown) = (opening(cluster, outcome), possession(task, outcome));
	acted(Verification::open_panel(signed_for(cluster), task, cluster, opening, shown))
}

pub fn possess(cluster: ClusterId, task: TaskId, outcome: Outcome) -> Acted {
	acted(Verification::possess(signed_for(cluster), task, cluster, possession(task, outcome)))
}

pub fn abstain(cluster: ClusterId, task: TaskId) -> Acted {
	acted(Verification::abstain(signed_for(cluster), task, cluster, Abstention::Unavailable))
}

/// What is found for each item of an array: all the same, but for one.
pub fn forged(items: u16, item: u16, found: Outcome) -> Vec<Outcome> {
	(0..items).map(|at| if at == item { found } else { TRUTH }).collect()
}

/// What a cluster answers that found this for each item.
pub fn whole(contents: &[Outcome]) -> Outcome {
	array::outcome_of(&array::leaves(contents))
}

/// `cluster` posts what it claims to have found for each item, as far as it is asked for.
pub fn narrow(cluster: ClusterId, task: TaskId, contents: &[Outcome]) -> Acted {
	let leaves = array::leaves(contents);
	let narrowing = trial(task).narrowing.expect("the executions of an array differ");
	let nodes = match narrowing.subtree {
		None => array::subtree_roots(&leaves),
		Some(place) => {
			let mut subtrees = leaves.chunks(usize::from(array::SUBTREE));
			subtrees.nth(place.into()).expect("there is one").to_vec()
		},
	};
	let nodes = nodes.try_into().expect("fits");
	acted(Verification::narrow(signed_for(cluster), task, cluster, nodes))
}

pub fn poke(task: TaskId) -> Acted {
	acted(Verification::poke(RuntimeOrigin::signed(STRANGER), task))
}

pub fn claim_pay(cluster: ClusterId) -> DispatchResult {
	Verification::claim_pay(signed_for(cluster), cluster)
}

pub fn trial(task: TaskId) -> Trial {
	Cases::<Test>::get(task).expect("the task is open").trial
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
			RuntimeEvent::Verification(Event::ComplaintSettled { task: id, paid, returned })
				if id == task =>
			{
				complaint = Some((paid, returned));
			},
			RuntimeEvent::Verification(Event::Finalised {
				task: id,
				paid,
				refunded,
				slashed,
				shares,
			}) if id == task => {
				let (leaf, appeal) = (leaf.take(), appeal.take());
				let complaint = complaint.take();
				settled = Some(Settled { paid, refunded, slashed, shares, leaf, appeal, complaint });
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
	/// What [`Event::ComplaintSettled`] says: paid, returned.
	pub complaint: Option<(Balance, Balance)>,
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

// SPDX-License-Identifier: GPL-3.0-or-later
//! The vocabulary of oracle and tests: what requesters ask for, what clusters find, and what they do about
//! it, one verb each.

use crate::{mock::*, Call, Cases};
use assay_primitives::{
	array, blake2_256,
	outcome::{Abstention, FailureKind, Opening, Outcome},
	protocol::Trial,
	spec::{Demand, Resources, WASM_ENGINE},
	task::{Access, Check, Limits, Policy, TaskRequest, Workload},
	Balance, ClusterId, Commitment, ContentHash, EvidenceRoot, FailureDigest, OutputRoot,
	Possession, Salt, TaskId,
};
use codec::Encode;
use frame_support::{
	dispatch::{GetDispatchInfo, PostDispatchInfo},
	pallet_prelude::{DispatchError, DispatchResult, DispatchResultWithPostInfo},
	weights::Weight,
};
use sp_runtime::traits::Dispatchable;

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

/// The owner of `cluster`, whoever that is.
pub fn signed_for(cluster: ClusterId) -> RuntimeOrigin {
	let row = EdgeConnect::cluster(cluster);
	RuntimeOrigin::signed(row.map_or(owner(cluster), |row| row.owner))
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

/// The commitment that `cluster` makes on the panel, which is going to show this.
pub fn sealed_for_panel(
	cluster: ClusterId,
	task: TaskId,
	outcome: Outcome,
	shown: Possession,
) -> Commitment {
	let Opening { outcome, evidence_root, salt } = opening(cluster, outcome);
	let seal = trial(task).seal(&Verification::context(task), cluster);
	seal.commit_panel(&outcome.digest(), &shown, &evidence_root, &salt)
}

/// What a call comes to, beside what it weighs.
pub type Acted = Result<PostDispatchInfo, DispatchError>;

pub fn acted(result: DispatchResultWithPostInfo) -> Acted {
	result.map_err(|refused| refused.error)
}

/// Dispatches a call. Whatever comes of it, it weighs no more than it said.
pub fn dispatch(origin: RuntimeOrigin, call: impl Into<RuntimeCall>) -> Acted {
	let call = call.into();
	let declared = call.get_dispatch_info().call_weight;
	let result = call.clone().dispatch(origin);
	let (Ok(info) | Err(info)) = result.as_ref().map_err(|refused| &refused.post_info);
	let actual = info.actual_weight.unwrap_or(declared);
	assert!(actual.all_lte(declared), "{call:?} weighs {actual} of {declared}");
	acted(result)
}

fn act(cluster: ClusterId, call: Call<Test>) -> Acted {
	dispatch(signed_for(cluster), call)
}

pub fn try_submit(requester: AccountId, request: TaskRequest) -> DispatchResult {
	let call = pallet_edge_connect::Call::submit_task { request };
	dispatch(RuntimeOrigin::signed(requester), call).map(|_| ())
}

pub fn commit(cluster: ClusterId, task: TaskId, outcome: Outcome) -> Acted {
	let commitment = sealed(cluster, task, outcome);
	act(cluster, Call::commit { task, cluster, commitment })
}

pub fn commit_on_panel(cluster: ClusterId, task: TaskId, outcome: Outcome) -> Acted {
	commit_to_show(cluster, task, outcome, possession(task, outcome))
}

/// On the panel, where it is going to show this.
pub fn commit_to_show(
	cluster: ClusterId,
	task: TaskId,
	outcome: Outcome,
	shown: Possession,
) -> Acted {
	let commitment = sealed_for_panel(cluster, task, outcome, shown);
	act(cluster, Call::commit { task, cluster, commitment })
}

pub fn answer(cluster: ClusterId, task: TaskId, outcome: Outcome) -> Acted {
	let evidence_root = evidence(cluster);
	act(cluster, Call::answer { task, cluster, outcome, evidence_root })
}

pub fn open(cluster: ClusterId, task: TaskId, outcome: Outcome) -> Acted {
	act(cluster, Call::open { task, cluster, opening: opening(cluster, outcome) })
}

pub fn open_panel(cluster: ClusterId, task: TaskId, outcome: Outcome) -> Acted {
	open_and_show(cluster, task, outcome, possession(task, outcome))
}

/// On the panel, and shows this.
pub fn open_and_show(
	cluster: ClusterId,
	task: TaskId,
	outcome: Outcome,
	possession: Possession,
) -> Acted {
	let opening = opening(cluster, outcome);
	act(cluster, Call::open_panel { task, cluster, opening, possession })
}

pub fn possess(cluster: ClusterId, task: TaskId, outcome: Outcome) -> Acted {
	show(cluster, task, possession(task, outcome))
}

/// Shows this.
pub fn show(cluster: ClusterId, task: TaskId, possession: Possession) -> Acted {
	act(cluster, Call::possess { task, cluster, possession })
}

pub fn abstain(cluster: ClusterId, task: TaskId) -> Acted {
	act(cluster, Call::abstain { task, cluster, reason: Abstention::Unavailable })
}

pub fn admit_unstable(cluster: ClusterId, task: TaskId) -> Acted {
	act(cluster, Call::admit_unstable { task, cluster })
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
	act(cluster, Call::narrow { task, cluster, nodes })
}

pub fn poke(task: TaskId) -> Acted {
	dispatch(RuntimeOrigin::signed(STRANGER), Call::poke { task })
}

pub fn claim_pay(cluster: ClusterId) -> DispatchResult {
	act(cluster, Call::claim_pay { cluster }).map(|_| ())
}

/// The least that [`Config::HookLimit`](crate::Config::HookLimit) may be: room for one task in each block.
pub fn least_limit() -> Weight {
	Verification::least_limit()
}

/// The tasks that are not settled yet, in order.
pub fn open_tasks() -> Vec<TaskId> {
	let mut open: Vec<TaskId> = Cases::<Test>::iter_keys().collect();
	open.sort_unstable();
	open
}

pub fn trial(task: TaskId) -> Trial {
	Cases::<Test>::get(task).expect("the task is open").trial
}

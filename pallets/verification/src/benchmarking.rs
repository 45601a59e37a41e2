// SPDX-License-Identifier: GPL-3.0-or-later
//! Benchmarks, each at its worst case, over whatever schedules and logs in this runtime.
//!
//! What may follow from an act (another draw, slots that become free) is measured on its own and
//! added where it happens. So that it is not counted twice, the cases of the acts name clusters that
//! are not registered, except the one that acts.

use super::*;
use crate::{
	cost::{self, Stagehand, Step},
	pallet::*,
	types::*,
};
use alloc::{vec, vec::Vec};
use assay_primitives::{
	array::{root_of, MAX_ITEMS, MAX_NODES},
	leaf::{DrawRecord, MAX_DRAWS},
	outcome::{Abstention, FailureKind, Opening, Outcome, Seal},
	protocol::{
		Act, Appeal, Breadth, Cause, Complaint, Delivery, Execution, ItemRuling, Narrowing, Party,
		Role, Ruling, Stage, Trial, Verdict, MAX_EXECUTIONS,
	},
	settlement::Standing,
	spec::{Architecture, Attestation, Demand, Region, Resources, WASM_ENGINE},
	task::{
		Access, Check, Limits, Policy, TaskRequest, Workload, APPEAL_SEATS, MAX_ARGS_LEN, MAX_LIST,
	},
	Balance, BlockNumber, BoundedVec, ClusterId, Commitment, ConstU32, ContentHash, EvidenceRoot,
	FailureDigest, OperatorId, OutputRoot, PanelNonce, Possession, Salt, TaskId,
};
use frame_benchmarking::v2::*;
use frame_support::{
	traits::{
		fungible::{Inspect, Mutate, MutateHold},
		Get,
	},
	weights::WeightMeter,
};
use frame_system::{pallet_prelude::BlockNumberFor, RawOrigin};
use pallet_anchor::AppendLeaf;
use pallet_edge_connect::{
	types::{OwnerHash, Receipt},
	Scheduler,
};

/// What each execution asks, and the most the task pays.
const PRICE: Balance = 1_000_000_000_000;
/// Every deadline of the policy.
const BLOCKS: BlockNumber = 100;
/// The block in which the measured act happens.
const NOW: BlockNumber = 60;
const REGIONS: &[u8; 32] = b"ATBECHDEDKEEESFIFRGBGRIEITLTLULV";

/// What the honest found: a failure is as long as any outcome.
const TRUTH: Outcome = Outcome::Failed { kind: FailureKind::Trap, report: FailureDigest([1; 32]) };
const LIE: Outcome = Outcome::Failed { kind: FailureKind::Trap, report: FailureDigest([2; 32]) };
const SHOWN: Possession = Possession([3; 32]);
const EVIDENCE: EvidenceRoot = EvidenceRoot([4; 32]);
const OPENING: Opening = Opening { outcome: TRUTH, evidence_root: EVIDENCE, salt: Salt([5; 32]) };
const SEALED: Act = Act::Committed(Commitment([6; 32]));
const OPENED: Act = Act::Opened { outcome: TRUTH, evidence_root: EVIDENCE };
/// What an array's executions have in common, but for the leaves.
const CLAIMED: Act = Act::Opened {
	outcome: Outcome::Completed { output_root: OutputRoot([1; 32]) },
	evidence_root: EVIDENCE,
};
const POSSESSED: Act =
	Act::Possessed { outcome: TRUTH, evidence_root: EVIDENCE, possession: SHOWN };
const DISSENTED: Act = Act::Possessed { outcome: LIE, evidence_root: EVIDENCE, possession: SHOWN };

/// The longest request there is.
fn request() -> TaskRequest {
	let regions = REGIONS.chunks_exact(2).filter_map(|code| code.try_into().ok()).map(Region);
	let list = |from: u32| {
		let ids = (from..from.saturating_add(MAX_LIST)).map(ClusterId);
		BoundedVec::truncate_from(ids.collect())
	};
	TaskRequest {
		workload: Workload {
			program: ContentHash([7; 32]),
			inputs: ContentHash([8; 32]),
			args: BoundedVec::truncate_from(vec![b'a'; MAX_ARGS_LEN as usize]),
			limits: Limits { fuel: u64::MAX, memory_mib: u32::MAX, output_kib: u32::MAX },
			items: None,
		},
		demand: Demand {
			engine: WASM_ENGINE,
			resources: Resources::default(),
			architectures: BoundedVec::truncate_from(vec![
				Architecture::X86_64,
				Architecture::Aarch64,
				Architecture::Riscv64,
			]),
			regions: BoundedVec::truncate_from(regions.collect()),
			attestation: Attestation::Signed,
			max_price: PRICE,
		},
		policy: Policy {
			check: Check::Verified { quorum: 3, panel: 3 },
			preflight: false,
			window: BLOCKS,
			execution_blocks: BLOCKS,
			queue_blocks: BLOCKS,
		},
		access: Access { allow: list(0), deny: list(1_000), ..Default::default() },
	}
}

pub(crate) fn funded<T: Config>(name: &'static str, seed: u32) -> T::AccountId {
	let who: T::AccountId = account(name, seed, 0);
	let fortune = T::PlaceBond::get().saturating_add(PRICE).saturating_mul(1_000);
	T::Currency::set_balance(&who, fortune);
	who
}

/// A registered cluster and its owner.
fn cluster<T: Config>(seed: u32) -> Result<(ClusterId, T::AccountId), BenchmarkError> {
	let owner = funded::<T>("operator", seed);
	Ok((T::Scheduler::prepare_cluster(&owner, seed)?, owner))
}

pub(crate) fn set_block<T: Config>(block: BlockNumber) {
	frame_system::Pallet::<T>::set_block_number(BlockNumberFor::<T>::from(block));
}

fn execution<T: Config>(cluster: ClusterId, role: Role, act: Act) -> Execution {
	let registered = T::Scheduler::cluster(cluster);
	let operator = registered.map_or(OperatorId(cluster.0), |row| row.operator);
	Execution { cluster, operator, role, price: PRICE, act }
}

/// So many executions in a role, and what they have done.
type Group = (u32, Role, Act);

/// Before a panel is drawn, two executors and two verifiers can have been lost.
const LOST_EXECUTORS: Group = (2, Role::Executor, Act::Lapsed);
const LOST_VERIFIERS: Group = (2, Role::Verifier, Act::Lapsed);

fn each(groups: &[Group]) -> impl Iterator<Item = (u32, Role, Act)> + '_ {
	let all = groups.iter().flat_map(|(count, role, act)| (0..*count).map(move |_| (*role, *act)));
	(0..).zip(all).map(|(number, (role, act))| (number, role, act))
}

/// Executions of clusters that are not registered.
fn strangers<T: Config>(groups: &[Group]) -> Vec<Execution> {
	each(groups)
		.map(|(number, role, act)| {
			execution::<T>(ClusterId(u32::MAX.saturating_sub(number)), role, act)
		})
		.collect()
}

/// A task that was submitted in block one, before there was any cluster.
fn submitted<T: Config>(seed: u32) -> Result<TaskId, BenchmarkError> {
	set_block::<T>(1);
	let requester = funded::<T>("requester", seed);
	Ok(T::Scheduler::prepare_task(&requester, request())?)
}

/// The owners of those in a trial: somebody where a cluster is not registered, and not looked up yet where it is.
fn owners_of<T: Config>(trial: &Trial) -> BoundedVec<Option<OwnerHash>, ConstU32<MAX_EXECUTIONS>> {
	let owner = |one: &Execution| match T::Scheduler::cluster(one.cluster) {
		Some(_) => None,
		None => Some(OwnerHash::of(&one.cluster)),
	};
	BoundedVec::truncate_from(trial.executions.iter().map(owner).collect())
}

/// In block [`NOW`], the last of its time, `task` stands at `stage` with these executions. Its timer rings, and the
/// hot row is full.
fn stands<T: Config>(
	task: TaskId,
	stage: Stage,
	executions: Vec<Execution>,
) -> Result<(), BenchmarkError> {
	let mut case = Cases::<T>::get(task).ok_or("the task was submitted")?;
	case.timer = NOW;
	let draw = DrawRecord { role: Role::Panel, positions: u32::MAX, tries: u32::MAX };
	case.draws = BoundedVec::truncate_from(vec![draw; MAX_DRAWS as usize]);
	case.trial = Trial {
		class: Some(WASM_ENGINE.class_on(Architecture::X86_64)),
		stage,
		deadline: NOW,
		attempt: 2,
		round: 6,
		wanted: 0,
		verifiers_replaced: true,
		panel_replaced: true,
		panel_seats: 2,
		nonce: Some(PanelNonce([9; 32])),
		executions: BoundedVec::truncate_from(executions),
		..case.trial
	};
	case.owners = owners_of::<T>(&case.trial);
	Cases::<T>::insert(task, case);
	set_block::<T>(NOW);
	T::Scheduler::prepare_crowd();
	T::Scheduler::with_clock(|clock| clock.set(task, NOW));
	Ok(())
}

/// What the hook does for the timer of [`stands`].
fn serve_timer<T: Config>() {
	let mut meter = WeightMeter::new();
	assert!(Pallet::<T>::serve_timers_at_hand(NOW, &mut meter));
}

/// Makes the next timer that is set for `due` the dearest: no place is left at hand, and a page is full.
pub fn prepare_timer<T: Config>(due: BlockNumber) {
	fill_clock::<T>();
	let page = BoundedVec::truncate_from(vec![TaskId(u64::MAX); TIMERS_PER_PAGE as usize]);
	Agenda::<T>::insert(due, Bucket { full_pages: 0, page });
}

/// Leaves no room for a timer at hand; those that are there ring much later.
fn fill_clock<T: Config>() {
	T::Scheduler::with_clock(|clock| {
		while clock.timers.try_push((BlockNumber::MAX, TaskId(u64::MAX))).is_ok() {}
	});
}

/// Gives `cluster` the commitment that `sealed` makes for it.
fn bind<T: Config>(task: TaskId, cluster: ClusterId, sealed: impl Fn(Seal) -> Commitment) {
	Cases::<T>::mutate_extant(task, |case| {
		let commitment = sealed(case.trial.seal(&Pallet::<T>::context(task), cluster));
		for one in case.trial.executions.iter_mut().filter(|one| one.cluster == cluster) {
			one.act = Act::Committed(commitment);
		}
	});
}

fn stage_of<T: Config>(task: TaskId) -> Option<Stage> {
	Cases::<T>::get(task).map(|case| case.trial.stage)
}

fn is_decided<T: Config>(task: TaskId) -> bool {
	matches!(stage_of::<T>(task), Some(Stage::Decided(_)))
}

/// Earlier blocks have asked for draws that nobody made, this block has asked for as many as it may, and `task` waits
/// for capacity: another request takes the longest way.
fn crowd<T: Config>(task: TaskId) {
	T::Scheduler::prepare_crowd();
	T::Scheduler::request_draw(task);
}

/// Puts `task` into a state in which a draw for `role` is open and most operators are excluded.
pub fn prepare_draw<T: Config>(task: TaskId, role: Role) {
	let (stage, wanted, before) = match role {
		Role::Executor => (Stage::Queued, 1, strangers::<T>(&[LOST_EXECUTORS])),
		Role::Verifier => {
			let before = [LOST_EXECUTORS, (1, Role::Executor, SEALED), LOST_VERIFIERS];
			(Stage::Drawing, 4, strangers::<T>(&before))
		},
		// Nobody's draw is dearer than that of a panel's replacement.
		Role::Panel | Role::Arbiter | Role::Witness => {
			let before = [
				LOST_EXECUTORS,
				(1, Role::Executor, OPENED),
				LOST_VERIFIERS,
				(4, Role::Verifier, OPENED),
				(3, Role::Panel, Act::Lapsed),
			];
			(Stage::PanelDrawing, 3, strangers::<T>(&before))
		},
		Role::Appeal => {
			let before = [(1, Role::Executor, OPENED), (4, Role::Verifier, OPENED)];
			(Stage::PanelDrawing, 5, strangers::<T>(&before))
		},
	};
	Cases::<T>::mutate_extant(task, |case| {
		case.trial.stage = stage;
		case.trial.wanted = wanted;
		case.trial.deadline = BlockNumber::MAX;
		case.trial.verifiers_replaced = role != Role::Executor;
		if role != Role::Appeal && role.judges() {
			case.trial.panel_replaced = true;
			case.trial.panel_seats = 3;
			case.trial.nonce = Some(PanelNonce([9; 32]));
		}
		if role == Role::Appeal {
			case.trial.appeal = Some(doubt(Ruling::Pending));
		}
		case.trial.executions = BoundedVec::truncate_from(before);
		case.owners = owners_of::<T>(&case.trial);
	});
}

/// An appeal against a verdict that accepted something wrong.
fn doubt(ruling: Ruling) -> Appeal {
	let verdict = Verdict::Accepted { outcome: LIE, possession: None };
	let (cause, breadth) = (Cause::Doubt, Breadth::Open);
	Appeal { cause, verdict, closes_at: NOW, seats: 0, breadth, ruling }
}

#[benchmarks]
mod benchmarks {
	use super::*;

	/// Worst case: the last of the replaced panel seals, and the first executions have to show.
	#[benchmark]
	fn commit() -> Result<(), BenchmarkError> {
		let task = submitted::<T>(0)?;
		let (own, owner) = cluster::<T>(0)?;
		let mut executions = strangers::<T>(&[
			LOST_EXECUTORS,
			(1, Role::Executor, OPENED),
			LOST_VERIFIERS,
			(4, Role::Verifier, OPENED),
			(2, Role::Panel, Act::Lapsed),
			(1, Role::Panel, SEALED),
		]);
		executions.push(execution::<T>(own, Role::Panel, Act::Drawn));
		stands::<T>(task, Stage::PanelSealing, executions)?;

		#[extrinsic_call]
		_(RawOrigin::Signed(owner), task, own, Commitment([1; 32]));

		assert_eq!(stage_of::<T>(task), Some(Stage::PanelShowing));
		Ok(())
	}

	/// Worst case: two executors were lost before. There is never more than this one verifier.
	#[benchmark]
	fn answer() -> Result<(), BenchmarkError> {
		let task = submitted::<T>(0)?;
		let (own, owner) = cluster::<T>(0)?;
		let mut executions = strangers::<T>(&[LOST_EXECUTORS, (1, Role::Executor, SEALED)]);
		executions.push(execution::<T>(own, Role::Verifier, Act::Drawn));
		stands::<T>(task, Stage::Verifying, executions)?;

		#[extrinsic_call]
		_(RawOrigin::Signed(owner), task, own, TRUTH, EVIDENCE);

		assert_eq!(stage_of::<T>(task), Some(Stage::Opening));
		Ok(())
	}

	/// Worst case: the last of five opens after four were lost, and all agree.
	#[benchmark]
	fn open() -> Result<(), BenchmarkError> {
		let task = submitted::<T>(0)?;
		let (own, owner) = cluster::<T>(0)?;
		let mut executions =
			strangers::<T>(&[LOST_EXECUTORS, LOST_VERIFIERS, (4, Role::Verifier, OPENED)]);
		executions.push(execution::<T>(own, Role::Executor, Act::Drawn));
		stands::<T>(task, Stage::Opening, executions)?;
		bind::<T>(task, own, |seal| seal.commit(&TRUTH.digest(), &EVIDENCE, &OPENING.salt));

		#[extrinsic_call]
		_(RawOrigin::Signed(owner), task, own, OPENING);

		assert!(is_decided::<T>(task));
		Ok(())
	}

	/// Worst case: the last of seven opens after six were lost, and the votes are counted.
	#[benchmark]
	fn open_panel() -> Result<(), BenchmarkError> {
		let task = submitted::<T>(0)?;
		let (own, owner) = cluster::<T>(0)?;
		let mut executions = strangers::<T>(&[
			LOST_EXECUTORS,
			(1, Role::Executor, DISSENTED),
			LOST_VERIFIERS,
			(2, Role::Verifier, DISSENTED),
			(2, Role::Verifier, POSSESSED),
			(2, Role::Panel, Act::Lapsed),
			(1, Role::Panel, POSSESSED),
		]);
		executions.push(execution::<T>(own, Role::Panel, Act::Drawn));
		stands::<T>(task, Stage::PanelOpening, executions)?;
		bind::<T>(task, own, |seal| {
			seal.commit_panel(&TRUTH.digest(), &SHOWN, &EVIDENCE, &OPENING.salt)
		});

		#[extrinsic_call]
		_(RawOrigin::Signed(owner), task, own, OPENING, SHOWN);

		assert!(is_decided::<T>(task));
		Ok(())
	}

	/// Worst case: the last of five shows what it holds after six were lost, and the panel may open.
	#[benchmark]
	fn possess() -> Result<(), BenchmarkError> {
		let task = submitted::<T>(0)?;
		let (own, owner) = cluster::<T>(0)?;
		let mut executions = strangers::<T>(&[
			LOST_EXECUTORS,
			LOST_VERIFIERS,
			(3, Role::Verifier, DISSENTED),
			(1, Role::Verifier, POSSESSED),
			(2, Role::Panel, Act::Lapsed),
			(2, Role::Panel, SEALED),
		]);
		executions.push(execution::<T>(own, Role::Executor, OPENED));
		stands::<T>(task, Stage::PanelShowing, executions)?;

		#[extrinsic_call]
		_(RawOrigin::Signed(owner), task, own, SHOWN);

		assert_eq!(stage_of::<T>(task), Some(Stage::PanelOpening));
		Ok(())
	}

	/// Worst case: the last of a replaced panel gives up, and there is no verdict.
	#[benchmark]
	fn abstain() -> Result<(), BenchmarkError> {
		let task = submitted::<T>(0)?;
		let (own, owner) = cluster::<T>(0)?;
		let mut executions = strangers::<T>(&[
			LOST_EXECUTORS,
			(1, Role::Executor, POSSESSED),
			LOST_VERIFIERS,
			(2, Role::Verifier, POSSESSED),
			(2, Role::Verifier, DISSENTED),
			(3, Role::Panel, Act::Lapsed),
		]);
		executions.push(execution::<T>(own, Role::Panel, Act::Drawn));
		stands::<T>(task, Stage::PanelSealing, executions)?;

		#[extrinsic_call]
		_(RawOrigin::Signed(owner), task, own, Abstention::HostLimit);

		assert!(is_decided::<T>(task));
		Ok(())
	}

	/// Worst case: there is one; every claim does the same.
	#[benchmark]
	fn claim_pay() -> Result<(), BenchmarkError> {
		let (own, owner) = cluster::<T>(0)?;
		T::Currency::set_balance(&T::Pot::get(), PRICE.saturating_mul(2));
		T::Scheduler::settle(Receipt {
			cluster: own,
			operator: OperatorId(0),
			standing: Standing::Better,
			pay: PRICE,
			fine: 0,
			witness: None,
		});

		#[extrinsic_call]
		_(RawOrigin::Signed(owner), own);

		assert_eq!(T::Currency::balance(&T::Pot::get()), PRICE);
		Ok(())
	}

	/// Worst case: the longest case there can be, and the block has asked for as many draws as it may.
	#[benchmark]
	fn appeal() -> Result<(), BenchmarkError> {
		let (task, other) = (submitted::<T>(0)?, submitted::<T>(1)?);
		for seed in 0..MAX_EXECUTIONS {
			cluster::<T>(seed)?;
		}
		let before = [
			LOST_EXECUTORS,
			(1, Role::Executor, OPENED),
			LOST_VERIFIERS,
			(4, Role::Verifier, OPENED),
			(3, Role::Panel, Act::Lapsed),
			(3, Role::Panel, POSSESSED),
		];
		let stage = Stage::Decided(Verdict::Inconclusive);
		stands::<T>(task, stage, strangers::<T>(&before))?;
		prepare_draw::<T>(other, Role::Panel);
		crowd::<T>(other);
		let appellant = funded::<T>("appellant", 0);

		#[extrinsic_call]
		_(RawOrigin::Signed(appellant), task);

		assert_eq!(stage_of::<T>(task), Some(Stage::PanelDrawing));
		Ok(())
	}

	/// Worst case: the last of three posts the leaves of a full subtree, and differs in the last one from all
	/// others: arbiters are asked for.
	#[benchmark]
	fn narrow() -> Result<(), BenchmarkError> {
		let (task, other) = (submitted::<T>(0)?, submitted::<T>(1)?);
		let (own, owner) = cluster::<T>(0)?;
		let before = [
			LOST_EXECUTORS,
			(1, Role::Executor, CLAIMED),
			LOST_VERIFIERS,
			(1, Role::Verifier, CLAIMED),
		];
		let mut executions = strangers::<T>(&before);
		executions.push(execution::<T>(own, Role::Verifier, CLAIMED));
		let opened = executions.iter().filter(|one| one.act == CLAIMED).map(|one| one.cluster);
		let opened: Vec<ClusterId> = opened.collect();
		stands::<T>(task, Stage::Narrowing, executions)?;
		let reference = vec![[1; 32]; MAX_NODES as usize];
		let mut nodes = reference.clone();
		nodes.pop();
		nodes.push([2; 32]);
		let party = |cluster: &ClusterId| match *cluster == own {
			true => Party { cluster: own, claim: root_of(&nodes), posted: None },
			false => Party {
				cluster: *cluster,
				claim: root_of(&reference),
				posted: reference.first().copied(),
			},
		};
		Cases::<T>::mutate_extant(task, |case| {
			case.trial.items = Some(MAX_ITEMS);
			case.trial.nonce = None;
			case.trial.panel_seats = 0;
			case.trial.narrowing = Some(Narrowing {
				parties: BoundedVec::truncate_from(opened.iter().map(party).collect()),
				first: opened.first().copied(),
				differs: None,
				subtree: Some(0),
				item: None,
				seats: 0,
				breadth: Breadth::Narrow,
				ruling: ItemRuling::Pending,
			});
		});
		Posted::<T>::insert(task, BoundedVec::truncate_from(reference.clone()));
		prepare_draw::<T>(other, Role::Panel);
		crowd::<T>(other);
		let nodes = BoundedVec::truncate_from(nodes.clone());

		#[extrinsic_call]
		_(RawOrigin::Signed(owner), task, own, nodes);

		assert_eq!(stage_of::<T>(task), Some(Stage::PanelDrawing));
		Ok(())
	}

	/// Worst case: the longest case there can be, and the block has asked for as many draws as it may.
	#[benchmark]
	fn complain() -> Result<(), BenchmarkError> {
		let (task, other) = (submitted::<T>(0)?, submitted::<T>(1)?);
		let before = [
			LOST_EXECUTORS,
			(1, Role::Executor, OPENED),
			LOST_VERIFIERS,
			(4, Role::Verifier, OPENED),
			(3, Role::Panel, Act::Lapsed),
			(3, Role::Panel, POSSESSED),
			(APPEAL_SEATS.into(), Role::Appeal, POSSESSED),
		];
		let verdict = Verdict::Accepted { outcome: TRUTH, possession: Some(SHOWN) };
		stands::<T>(task, Stage::Decided(verdict), strangers::<T>(&before))?;
		prepare_draw::<T>(other, Role::Panel);
		crowd::<T>(other);
		let requester = Cases::<T>::get(task).ok_or("is open")?.task.requester;

		#[extrinsic_call]
		_(RawOrigin::Signed(requester), task);

		assert_eq!(stage_of::<T>(task), Some(Stage::PanelDrawing));
		Ok(())
	}

	/// Worst case: there is one; every payment does the same.
	#[benchmark]
	fn fund_purse() {
		let owner = funded::<T>("requester", 0);

		#[extrinsic_call]
		_(RawOrigin::Signed(owner.clone()), PRICE);

		assert_eq!(Purses::<T>::get(&owner), PRICE);
	}

	/// Worst case: nothing is left.
	#[benchmark]
	fn empty_purse() -> Result<(), BenchmarkError> {
		let owner = funded::<T>("requester", 0);
		T::Currency::set_balance(&T::Pot::get(), PRICE);
		Pallet::<T>::fund_purse(RawOrigin::Signed(owner.clone()).into(), PRICE)?;

		#[extrinsic_call]
		_(RawOrigin::Signed(owner.clone()), PRICE);

		assert!(!Purses::<T>::contains_key(&owner));
		Ok(())
	}

	/// Worst case: the block has asked for as many draws as it may, so the task is parked.
	#[benchmark]
	fn request_draw() -> Result<(), BenchmarkError> {
		let (task, other) = (submitted::<T>(0)?, submitted::<T>(1)?);
		stands::<T>(task, Stage::Queued, Vec::new())?;
		for id in [other, task] {
			prepare_draw::<T>(id, Role::Panel);
		}
		crowd::<T>(other);

		#[block]
		{
			T::Scheduler::request_draw(task);
		}

		assert!(T::Scheduler::is_parked(task, WASM_ENGINE));
		Ok(())
	}

	/// Worst case: all are fined; waking those who wait is charged apart.
	#[benchmark]
	fn release(n: Linear<1, MOST_PLEDGED>) -> Result<(), BenchmarkError> {
		let task = submitted::<T>(0)?;
		let mut clusters = Vec::new();
		for seed in 0..n {
			clusters.push(cluster::<T>(seed)?.0);
		}
		set_block::<T>(NOW);
		T::Scheduler::prepare_crowd();

		#[block]
		{
			for cluster in &clusters {
				T::Scheduler::release(*cluster, task, None, 1);
			}
		}

		assert!(clusters.iter().all(|id| T::Scheduler::duty(*id).pledged == 1));
		Ok(())
	}

	/// There is nothing to do in this block.
	#[benchmark]
	fn serve_nothing() {
		set_block::<T>(NOW);
		T::Scheduler::prepare_crowd();
		fill_clock::<T>();
		T::Scheduler::with_clock(|clock| clock.next = NOW);
		let mut meter = WeightMeter::new();

		#[block]
		{
			Pallet::<T>::serve_agenda(&mut meter);
		}

		assert_eq!(T::Scheduler::clock().next, NOW.saturating_add(1));
	}

	/// Worst case: a page of the agenda has to be put aside. A place at hand costs nothing.
	#[benchmark]
	fn book_timer() {
		prepare_timer::<T>(NOW);

		#[block]
		{
			Pallet::<T>::book(TaskId(0), NOW);
		}

		let bucket = Agenda::<T>::get(NOW);
		assert_eq!((bucket.full_pages, bucket.page.into_inner()), (1, vec![TaskId(0)]));
	}

	/// Worst case: the timer is set again, for the longest case there can be. Where that takes a row is charged apart.
	#[benchmark]
	fn stale_timer() -> Result<(), BenchmarkError> {
		let task = submitted::<T>(0)?;
		stands::<T>(
			task,
			Stage::PanelOpening,
			strangers::<T>(&[(MAX_EXECUTIONS, Role::Panel, OPENED)]),
		)?;
		let deadline = NOW.saturating_add(BLOCKS);
		Cases::<T>::mutate_extant(task, |case| case.trial.deadline = deadline);

		#[block]
		{
			serve_timer::<T>();
		}

		let timer = (deadline.saturating_add(1), task);
		assert!(T::Scheduler::clock().timers.contains(&timer));
		Ok(())
	}

	/// Worst case: the replaced panel lapses as a whole and there is no verdict, so three are blamed
	/// and eight slots become free. Waking those who wait for them is charged apart.
	#[benchmark]
	fn pass_deadline() -> Result<(), BenchmarkError> {
		let task = submitted::<T>(0)?;
		let mut executions = strangers::<T>(&[LOST_EXECUTORS, LOST_VERIFIERS]);
		let groups = [
			(1, Role::Executor, POSSESSED),
			(2, Role::Verifier, POSSESSED),
			(2, Role::Verifier, DISSENTED),
			(3, Role::Panel, Act::Drawn),
		];
		for (seed, role, act) in each(&groups) {
			let one = execution::<T>(cluster::<T>(seed)?.0, role, act);
			// Once more, and it is suspended.
			(0..3).for_each(|_| T::Scheduler::lapsed(one.operator));
			executions.push(one);
		}
		stands::<T>(task, Stage::PanelSealing, executions)?;
		set_block::<T>(NOW.saturating_add(1));

		#[block]
		{
			serve_timer::<T>();
		}

		assert_eq!(stage_of::<T>(task), Some(Stage::Decided(Verdict::Inconclusive)));
		Ok(())
	}

	/// Worst case: an appeal has corrected the verdict; `n` get pay and leave a mark in their operator's
	/// standing, `s` lose bond, the first of them to the requester, the appellant and the treasury; a witness is
	/// paid for a complaint beside that; others wait for capacity; the leaf is the longest and the log the largest.
	#[benchmark]
	fn finalise(n: Linear<1, 8>, s: Linear<0, 8>) -> Result<(), BenchmarkError> {
		let (task, other) = (submitted::<T>(0)?, submitted::<T>(1)?);
		let mut executions = Vec::new();
		for seed in 0..n.saturating_add(s) {
			let id = cluster::<T>(seed)?.0;
			let row = T::Scheduler::cluster(id).ok_or("registered")?;
			// Once more, and it is suspended.
			(0..3).for_each(|_| T::Scheduler::lapsed(row.operator));
			let (role, act) = match seed {
				0 => (Role::Panel, POSSESSED),
				fresh if fresh < n && fresh <= APPEAL_SEATS.into() => (Role::Appeal, POSSESSED),
				agreed if agreed < n => (Role::Verifier, POSSESSED),
				_ => (Role::Verifier, DISSENTED),
			};
			executions.push(execution::<T>(id, role, act));
		}
		let witness = cluster::<T>(n.saturating_add(s))?.0;
		executions.push(execution::<T>(witness, Role::Witness, POSSESSED));
		let verdict = Verdict::Accepted { outcome: TRUTH, possession: Some(SHOWN) };
		stands::<T>(task, Stage::Decided(verdict), executions)?;
		let account = funded::<T>("appellant", 0);
		let bond = PRICE.saturating_mul(APPEAL_SEATS.into());
		T::Currency::hold(&HoldReason::Appeal.into(), &account, bond)?;
		prepare_draw::<T>(other, Role::Panel);
		crowd::<T>(other);
		T::Scheduler::with_clock(|clock| clock.set(task, NOW));
		Cases::<T>::mutate_extant(task, |case| {
			// Who was chosen gains no experience.
			case.task.request.access.allow = BoundedVec::new();
			case.trial.appeal = Some(doubt(Ruling::Overturned(SHOWN)));
			case.appellant = Some(Appellant { account, bond });
			let delivery = Delivery::Served(SHOWN);
			case.trial.complaint = Some(Complaint { verdict, rest: 0, seats: 1, delivery });
			case.complaint_bond = PRICE;
		});
		let requester = Cases::<T>::get(task).ok_or("is open")?.task.requester;
		T::Currency::hold(&HoldReason::Complaint.into(), &requester, PRICE)?;
		T::Currency::set_balance(&T::Pot::get(), PRICE);
		T::Currency::set_balance(&T::Treasury::get(), PRICE);
		T::Log::prepare_worst_case();
		set_block::<T>(NOW.saturating_add(1));

		#[block]
		{
			serve_timer::<T>();
		}

		assert!(!Cases::<T>::contains_key(task));
		let paid = T::Currency::balance(&T::Pot::get()).saturating_sub(PRICE);
		assert_eq!(paid, PRICE.saturating_mul(n.into()).saturating_add(PRICE.saturating_div(10)));
		let fines = T::PlaceBond::get().saturating_div(2).saturating_mul(s.into());
		let kept = T::Currency::balance(&T::Treasury::get()).saturating_sub(PRICE);
		let costs = PRICE.saturating_mul(n.saturating_sub(1).min(APPEAL_SEATS.into()).into());
		let spent = PRICE.saturating_add(costs).saturating_add(fines.saturating_div(10));
		assert_eq!(kept, fines.saturating_sub(spent));
		Ok(())
	}

	/// One block of whole tasks: submitting.
	#[benchmark(extra)]
	fn cost_submit(
		n: Linear<1, { cost::MOST }>,
		p: Linear<0, { cost::PLANS }>,
	) -> Result<(), BenchmarkError> {
		let mut tasks = Stagehand::<T>::before(Step::Submit, n, p)?;

		#[block]
		{
			tasks.run()?;
		}

		assert!(tasks.is_done());
		Ok(())
	}

	/// One block of whole tasks: drawing executors.
	#[benchmark(extra)]
	fn cost_draw_executor(
		n: Linear<1, { cost::MOST }>,
		p: Linear<0, { cost::PLANS }>,
	) -> Result<(), BenchmarkError> {
		let mut tasks = Stagehand::<T>::before(Step::DrawExecutor, n, p)?;

		#[block]
		{
			tasks.run()?;
		}

		assert!(tasks.is_done());
		Ok(())
	}

	/// One block of whole tasks: committing.
	#[benchmark(extra)]
	fn cost_commit(
		n: Linear<1, { cost::MOST }>,
		p: Linear<0, { cost::PLANS }>,
	) -> Result<(), BenchmarkError> {
		let mut tasks = Stagehand::<T>::before(Step::Commit, n, p)?;

		#[block]
		{
			tasks.run()?;
		}

		assert!(tasks.is_done());
		Ok(())
	}

	/// One block of whole tasks: drawing verifiers.
	#[benchmark(extra)]
	fn cost_draw_verifier(
		n: Linear<1, { cost::MOST }>,
		p: Linear<0, { cost::PLANS }>,
	) -> Result<(), BenchmarkError> {
		let mut tasks = Stagehand::<T>::before(Step::DrawVerifier, n, p)?;

		#[block]
		{
			tasks.run()?;
		}

		assert!(tasks.is_done());
		Ok(())
	}

	/// One block of whole tasks: answering, or committing where there are two verifiers.
	#[benchmark(extra)]
	fn cost_answer(
		n: Linear<1, { cost::MOST }>,
		p: Linear<0, { cost::PLANS }>,
	) -> Result<(), BenchmarkError> {
		let mut tasks = Stagehand::<T>::before(Step::Answer, n, p)?;

		#[block]
		{
			tasks.run()?;
		}

		assert!(tasks.is_done());
		Ok(())
	}

	/// One block of whole tasks: opening.
	#[benchmark(extra)]
	fn cost_open(
		n: Linear<1, { cost::MOST }>,
		p: Linear<0, { cost::PLANS }>,
	) -> Result<(), BenchmarkError> {
		let mut tasks = Stagehand::<T>::before(Step::Open, n, p)?;

		#[block]
		{
			tasks.run()?;
		}

		assert!(tasks.is_done());
		Ok(())
	}

	/// One block of whole tasks: finality, and the timers left behind.
	#[benchmark(extra)]
	fn cost_finalise(
		n: Linear<1, { cost::MOST }>,
		p: Linear<0, { cost::PLANS }>,
	) -> Result<(), BenchmarkError> {
		let mut tasks = Stagehand::<T>::before(Step::Finalise, n, p)?;

		#[block]
		{
			tasks.run()?;
		}

		assert!(tasks.is_done());
		Ok(())
	}

	impl_benchmark_test_suite!(Pallet, crate::mock::TestNet::new().build(), crate::mock::Test);
}

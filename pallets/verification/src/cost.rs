// SPDX-License-Identifier: GPL-3.0-or-later
//! What a whole verified task costs, block by block: the setting of the `cost_…` benchmarks.
//!
//! `n` requesters each submit one task in the same block, and every later step of all of them falls
//! into one block too. How the tasks are checked is the second component, `p`: see [`request`]. Each benchmark
//! measures one of these blocks; `scripts/bench/task-cost.sh` adds them up and divides by transfers measured in
//! the same run. What every block reads and writes without any task is left out: see [`leave_out_base`].
//!
//! A transfer is measured with warm caches, because it has next to no setting to build. So that a step here is as
//! well, its setting is written to the database, and the step is rehearsed and undone, before it is measured.

use crate::{
	benchmarking::{funded, set_block},
	pallet::{Agenda, Cases, Config, Pallet},
};
use alloc::{collections::BTreeSet, vec::Vec};
use assay_primitives::{
	array::MAX_ITEMS,
	outcome::{Opening, Outcome},
	protocol::{Act, Role, Stage, Verdict},
	settlement::Standing,
	spec::{Attestation, Demand, Resources, WASM_ENGINE},
	task::{Access, Check, Limits, Policy, TaskRequest, Workload},
	BlockNumber, BoundedVec, ClusterId, Commitment, ContentHash, EvidenceRoot, OutputRoot, Salt,
	TaskId,
};
use frame_benchmarking::BenchmarkError;
use frame_support::{
	dispatch::DispatchResult,
	storage::{storage_prefix, with_transaction, TransactionOutcome},
	traits::{
		fungible::{Inspect, Mutate},
		Get,
	},
	weights::WeightMeter,
};
use frame_system::RawOrigin;
use pallet_edge_connect::{
	types::{Receipt, MAX_WITNESSES},
	Scheduler,
};

/// Most tasks of one block.
pub const MOST: u32 = 100;
/// The last of the plans, see [`request`].
pub const PLANS: u32 = 3;
/// Clusters in the network: enough for every task's sample to find one who checks.
const CLUSTERS: u32 = 256;
/// The same where each task has two who check: most have to be free to the last.
const MORE_CLUSTERS: u32 = 1024;
const OPENING: Opening = Opening {
	outcome: Outcome::Completed { output_root: OutputRoot([1; 32]) },
	evidence_root: EvidenceRoot([2; 32]),
	salt: Salt([3; 32]),
};

/// A step that all tasks take in the same block.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
	/// The requesters submit.
	Submit,
	/// The executors are drawn.
	DrawExecutor,
	/// The executors commit.
	Commit,
	/// The verifiers are drawn.
	DrawVerifier,
	/// The verifiers answer, or commit where there are two; those whom the lot spares have none.
	Answer,
	/// Whoever has committed opens, and the results are accepted.
	Open,
	/// The windows close; later every timer that was left behind rings in vain.
	Finalise,
}

const STEPS: [Step; 7] = [
	Step::Submit,
	Step::DrawExecutor,
	Step::Commit,
	Step::DrawVerifier,
	Step::Answer,
	Step::Open,
	Step::Finalise,
];

/// A network and `n` requesters, ready for one step.
pub struct Stagehand<T: Config> {
	step: Step,
	plan: u32,
	requesters: Vec<T::AccountId>,
	tasks: Vec<TaskId>,
	acts: Vec<(T::AccountId, TaskId, ClusterId, Deed)>,
	due: Vec<BlockNumber>,
}

/// What a cluster does in a step.
enum Deed {
	Commit(Commitment),
	Answer,
	Open,
}

/// A task: verified by two, by three, audited, or an array verified by two.
fn request(plan: u32) -> TaskRequest {
	let (check, items) = match plan {
		0 => (Check::Verified { quorum: 2, panel: 3 }, None),
		1 => (Check::Verified { quorum: 3, panel: 3 }, None),
		2 => (Check::Audited { floor: 5 }, None),
		_ => (Check::Verified { quorum: 2, panel: 3 }, Some(MAX_ITEMS)),
	};
	TaskRequest {
		workload: Workload {
			program: ContentHash([4; 32]),
			inputs: ContentHash([5; 32]),
			args: BoundedVec::truncate_from(b"word-stats\0book.txt".to_vec()),
			limits: Limits { fuel: 1_000_000_000, memory_mib: 64, output_kib: 1_024 },
			items,
		},
		demand: Demand {
			engine: WASM_ENGINE,
			resources: Resources::default(),
			architectures: BoundedVec::new(),
			regions: BoundedVec::new(),
			attestation: Attestation::Signed,
			max_price: 1_000_000_000_000,
		},
		policy: Policy {
			check,
			window: 10,
			execution_blocks: 50,
			queue_blocks: 100,
			preflight: false,
		},
		access: Access::default(),
	}
}

/// Does not count the rows that each block's hooks read and write anyway: an agenda of the block that is empty; the
/// randomness of the block; whether the log grew, which never reaches the database. The hot row never counts.
fn leave_out_base<T: Config>(blocks: &[BlockNumber]) {
	let others = [("Randomness", "Current"), ("Anchor", "Grown")];
	let others = others.map(|(pallet, item)| storage_prefix(pallet.as_bytes(), item.as_bytes()));
	let rows = others.into_iter().map(|key| key.to_vec());
	let empty = blocks.iter().filter(|block| !Agenda::<T>::contains_key(block));
	for key in rows.chain(empty.map(Agenda::<T>::hashed_key_for)) {
		frame_benchmarking::benchmarking::add_to_whitelist(key.into());
	}
}

impl<T: Config> Stagehand<T> {
	/// Sets up everything before `step`, for `n` tasks.
	pub fn before(step: Step, n: u32, plan: u32) -> Result<Self, BenchmarkError> {
		set_block::<T>(1);
		let clusters = if plan == 1 { MORE_CLUSTERS } else { CLUSTERS };
		for seed in 0..clusters {
			let owner = funded::<T>("operator", seed);
			let cluster = T::Scheduler::prepare_cluster(&owner, seed)?;
			T::Scheduler::prepare_service(cluster);
			// It has pay to claim, and has served enough today for more not to count for it: in a network that
			// is at work only the first few results of a day do.
			let operator = T::Scheduler::operator(&owner).ok_or("registered")?;
			for witness in 0..MAX_WITNESSES {
				T::Scheduler::settle(Receipt {
					cluster,
					operator,
					standing: Standing::Better,
					pay: 0,
					fine: 0,
					witness: Some(witness.to_le_bytes()),
				});
			}
		}
		// They have paid in beforehand, as whoever submits often does.
		let requesters: Vec<T::AccountId> =
			(0..n).map(|seed| funded::<T>("requester", seed)).collect();
		T::Currency::set_balance(&T::Pot::get(), T::Currency::minimum_balance());
		for requester in &requesters {
			let TaskRequest { policy, demand, .. } = request(plan);
			let worst = policy.worst_case(demand.max_price).ok_or("is small")?;
			let amount = worst.saturating_add(T::TaskDeposit::get()).saturating_mul(2);
			Pallet::<T>::fund_purse(RawOrigin::Signed(requester.clone()).into(), amount)?;
		}
		let mut this =
			Self { step, plan, requesters, tasks: Vec::new(), acts: Vec::new(), due: Vec::new() };
		for (earlier, block) in STEPS.into_iter().zip((10..).step_by(3)) {
			set_block::<T>(block);
			this.step = earlier;
			this.prepare();
			if earlier == step {
				break;
			}
			this.run()?;
		}
		leave_out_base::<T>(&this.due);
		this.rehearse()?;
		Ok(this)
	}

	/// Takes the step and undoes it.
	fn rehearse(&mut self) -> DispatchResult {
		let known = self.tasks.len();
		// A block begins without events.
		frame_system::Pallet::<T>::reset_events();
		// What a test runs on has no database.
		#[cfg(not(test))]
		frame_benchmarking::benchmarking::commit_db();
		with_transaction(|| TransactionOutcome::Rollback(self.run()))?;
		self.tasks.truncate(known);
		Ok(())
	}

	/// Looks up who acts in this step, so that it is not part of what is measured.
	fn prepare(&mut self) {
		self.due.clear();
		self.acts.clear();
		if !matches!(self.step, Step::Commit | Step::Answer | Step::Open) {
			// A timer that rings before the window closes is set again for its end.
			let ends = self.tasks.iter().filter_map(Cases::<T>::get);
			let ends = ends.map(|case| case.trial.deadline.saturating_add(1));
			let set = (1..400).filter(|at| !Agenda::<T>::get(at).page.is_empty());
			let at_hand = T::Scheduler::clock().timers.into_iter().map(|(due, _)| due);
			self.due =
				set.chain(at_hand).chain(ends).collect::<BTreeSet<_>>().into_iter().collect();
			return;
		}
		for task in &self.tasks {
			let Some(case) = Cases::<T>::get(task) else { continue };
			for one in &case.trial.executions {
				let Some(cluster) = T::Scheduler::cluster(one.cluster) else { continue };
				let seal = case.trial.seal(&Pallet::<T>::context(*task), one.cluster);
				let Opening { outcome, evidence_root, salt } = OPENING;
				let deed = match (one.act, one.role) {
					(Act::Drawn, Role::Verifier) if !case.trial.verifiers_seal() => Deed::Answer,
					(Act::Drawn, _) => {
						Deed::Commit(seal.commit(&outcome.digest(), &evidence_root, &salt))
					},
					(Act::Committed(_), _) if self.step == Step::Open => Deed::Open,
					_ => continue,
				};
				self.acts.push((cluster.owner, *task, one.cluster, deed));
			}
		}
	}

	/// The step, for all tasks.
	pub fn run(&mut self) -> DispatchResult {
		match self.step {
			Step::Submit => {
				for requester in &self.requesters {
					self.tasks.push(T::Scheduler::prepare_task(requester, request(self.plan))?);
				}
			},
			Step::DrawExecutor | Step::DrawVerifier => T::Scheduler::make_draws(),
			Step::Commit | Step::Answer | Step::Open => {
				for (owner, task, cluster, deed) in &self.acts {
					let origin = RawOrigin::Signed(owner.clone()).into();
					let Opening { outcome, evidence_root, .. } = OPENING;
					let done = match deed {
						Deed::Commit(sealed) => {
							Pallet::<T>::commit(origin, *task, *cluster, *sealed)
						},
						Deed::Answer => {
							Pallet::<T>::answer(origin, *task, *cluster, outcome, evidence_root)
						},
						Deed::Open => Pallet::<T>::open(origin, *task, *cluster, OPENING),
					};
					done.map_err(|refused| refused.error)?;
				}
			},
			Step::Finalise => {
				for block in &self.due {
					set_block::<T>(*block);
					T::Scheduler::with_clock(|clock| clock.next = *block);
					Pallet::<T>::serve_agenda(&mut WeightMeter::new());
				}
			},
		}
		Ok(())
	}

	/// Whether every task has taken the step.
	pub fn is_done(&self) -> bool {
		let stage = |task: &TaskId| Cases::<T>::get(task).map(|case| case.trial.stage);
		let done = |task| match (self.step, stage(task)) {
			(Step::Submit, Some(Stage::Queued))
			| (Step::DrawExecutor, Some(Stage::Executing))
			| (Step::Commit, Some(Stage::Drawing))
			| (Step::DrawVerifier, Some(Stage::Verifying | Stage::Opening))
			| (Step::Answer, Some(Stage::Opening))
			| (Step::Open, Some(Stage::Decided(Verdict::Accepted { .. })))
			| (Step::Finalise, None) => true,
			_ => false,
		};
		!self.tasks.is_empty() && self.tasks.iter().all(done)
	}
}

// SPDX-License-Identifier: GPL-3.0-or-later
//! What a whole verified task costs, block by block: the setting of the `cost_…` benchmarks.
//!
//! `n` requesters each submit one task in the same block, and every later step of all of them falls
//! into one block too. Each benchmark measures one of these blocks; `scripts/bench/task-cost.sh` adds
//! them up and divides by transfers measured in the same run.

use crate::{
	benchmarking::{funded, set_block},
	pallet::{Agenda, AgendaCursor, Cases, Config, Pallet},
};
use alloc::{collections::BTreeSet, vec::Vec};
use assay_primitives::{
	outcome::{Opening, Outcome},
	protocol::Role,
	settlement::Standing,
	spec::{Attestation, Demand, Resources, WASM_ENGINE},
	task::{Access, Check, Limits, Policy, TaskRequest, Workload},
	BlockNumber, BoundedVec, ClusterId, ContentHash, EvidenceRoot, OutputRoot, Salt, TaskId,
};
use frame_benchmarking::BenchmarkError;
use frame_support::{
	dispatch::DispatchResult,
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
/// Clusters in the network: enough for every task to find two, few enough to set up.
const CLUSTERS: u32 = 256;
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
	/// The verifiers answer.
	Answer,
	/// The executors open, and the results are accepted.
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
	requesters: Vec<T::AccountId>,
	tasks: Vec<TaskId>,
	acts: Vec<(T::AccountId, TaskId, ClusterId)>,
	due: Vec<BlockNumber>,
}

fn request() -> TaskRequest {
	TaskRequest {
		workload: Workload {
			program: ContentHash([4; 32]),
			inputs: ContentHash([5; 32]),
			args: BoundedVec::truncate_from(b"word-stats\0book.txt".to_vec()),
			limits: Limits { fuel: 1_000_000_000, memory_mib: 64, output_kib: 1_024 },
			items: None,
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
			check: Check::Verified { quorum: 2, panel: 3 },
			window: 10,
			execution_blocks: 50,
			queue_blocks: 100,
			preflight: false,
		},
		access: Access::default(),
	}
}

impl<T: Config> Stagehand<T> {
	/// Sets up everything before `step`, for `n` tasks.
	pub fn before(step: Step, n: u32) -> Result<Self, BenchmarkError> {
		set_block::<T>(1);
		for seed in 0..CLUSTERS {
			let owner = funded::<T>("operator", seed);
			let cluster = T::Scheduler::prepare_cluster(&owner, seed)?;
			// It has served enough today for more not to count for it: in a network that is at work only
			// the first few results of a day do.
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
			let policy = request().policy;
			let worst = policy.worst_case(request().demand.max_price).ok_or("is small")?;
			let amount = worst.saturating_add(T::TaskDeposit::get()).saturating_mul(2);
			Pallet::<T>::fund_purse(RawOrigin::Signed(requester.clone()).into(), amount)?;
		}
		let mut this =
			Self { step, requesters, tasks: Vec::new(), acts: Vec::new(), due: Vec::new() };
		for (earlier, block) in STEPS.into_iter().zip((10..).step_by(3)) {
			set_block::<T>(block);
			this.step = earlier;
			this.prepare();
			if earlier == step {
				break;
			}
			this.run()?;
		}
		Ok(this)
	}

	/// Looks up who acts in this step, so that it is not part of what is measured.
	fn prepare(&mut self) {
		let role = match self.step {
			Step::Commit | Step::Open => Role::Executor,
			Step::Answer => Role::Verifier,
			_ => {
				// A timer that rings before the window closes is set again for its end.
				let ends = self.tasks.iter().filter_map(Cases::<T>::get);
				let ends = ends.map(|case| case.trial.deadline.saturating_add(1));
				let set = (1..400).filter(|at| !Agenda::<T>::get(at).page.is_empty());
				self.due = set.chain(ends).collect::<BTreeSet<_>>().into_iter().collect();
				return;
			},
		};
		self.acts = self
			.tasks
			.iter()
			.filter_map(|task| {
				let case = Cases::<T>::get(task)?;
				let cluster = case.trial.executions.iter().find(|one| one.role == role)?.cluster;
				Some((T::Scheduler::cluster(cluster)?.owner, *task, cluster))
			})
			.collect();
	}

	/// The step, for all tasks.
	pub fn run(&mut self) -> DispatchResult {
		match self.step {
			Step::Submit => {
				for requester in &self.requesters {
					self.tasks.push(T::Scheduler::prepare_task(requester, request())?);
				}
			},
			Step::DrawExecutor | Step::DrawVerifier => T::Scheduler::make_draws(),
			Step::Commit => {
				for (owner, task, cluster) in &self.acts {
					let seal = Cases::<T>::get(task)
						.map(|case| case.trial.seal(&Pallet::<T>::context(*task), *cluster))
						.ok_or("the task is open")?;
					let commitment = seal.commit(
						&OPENING.outcome.digest(),
						&OPENING.evidence_root,
						&OPENING.salt,
					);
					let origin = RawOrigin::Signed(owner.clone()).into();
					Pallet::<T>::commit(origin, *task, *cluster, commitment)
						.map_err(|refused| refused.error)?;
				}
			},
			Step::Answer => {
				for (owner, task, cluster) in &self.acts {
					let origin = RawOrigin::Signed(owner.clone()).into();
					let Opening { outcome, evidence_root, .. } = OPENING;
					Pallet::<T>::answer(origin, *task, *cluster, outcome, evidence_root)
						.map_err(|refused| refused.error)?;
				}
			},
			Step::Open => {
				for (owner, task, cluster) in &self.acts {
					let origin = RawOrigin::Signed(owner.clone()).into();
					Pallet::<T>::open(origin, *task, *cluster, OPENING)
						.map_err(|refused| refused.error)?;
				}
			},
			Step::Finalise => {
				for block in &self.due {
					set_block::<T>(*block);
					AgendaCursor::<T>::put(block);
					Pallet::<T>::serve_agenda(&mut WeightMeter::new());
				}
			},
		}
		Ok(())
	}

	/// Whether every task has taken the step.
	pub fn is_done(&self) -> bool {
		let all = |done: &dyn Fn(TaskId) -> bool| self.tasks.iter().all(|task| done(*task));
		let executions = |task| Cases::<T>::get(task).map_or(0, |case| case.trial.executions.len());
		!self.tasks.is_empty()
			&& match self.step {
				Step::Submit => all(&|task| executions(task) == 0),
				Step::DrawExecutor | Step::Commit => all(&|task| executions(task) == 1),
				Step::DrawVerifier | Step::Answer => all(&|task| executions(task) == 2),
				Step::Open => all(&|task| {
					Cases::<T>::get(task).is_some_and(|case| case.trial.accepted().is_some())
				}),
				Step::Finalise => all(&|task| !Cases::<T>::contains_key(task)),
			}
	}
}

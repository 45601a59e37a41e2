// SPDX-License-Identifier: GPL-3.0-or-later
//! What this pallet promises, one file per call and one per promise that outlives a call.

use crate::{mock::*, Error, Event};
use assay_primitives::{
	protocol::Role,
	settlement::Standing,
	spec::{Engine, Spec},
	Balance, BlockNumber, ClusterId, OperatorId, TaskId,
};
use frame_support::{assert_noop, assert_ok};

mod adversaries;
mod apart;
mod batches;
mod cancel;
mod drain;
mod draws;
mod eligibility;
mod grinding;
mod hot;
mod index;
mod invariants;
mod laps;
mod lease;
mod origins;
mod queue;
mod register;
mod remove;
mod reserve;
mod resume;
mod search;
mod standing;
mod submit;
mod timing;
mod top_up;
mod update;
mod views;

fn registered(cluster: u32, owner: u64, operator: u32, spec: Spec) -> Event<Test> {
	let (cluster, operator) = (ClusterId(cluster), OperatorId(operator));
	Event::ClusterRegistered { cluster, owner, operator, spec }
}

fn parked(task: TaskId) -> Event<Test> {
	Event::TaskParked { task, role: Role::Executor }
}

fn woken(task: TaskId) -> Event<Test> {
	Event::TaskWoken { task, role: Role::Executor }
}

/// An executor was drawn from `positions` positions, after a look at `tries` of them.
fn executor_drawn(task: TaskId, cluster: u32, positions: u32, tries: u32) -> Event<Test> {
	let clusters = vec![ClusterId(cluster)];
	Event::Drawn { task, role: Role::Executor, clusters, positions, tries }
}

/// Submits a task that nobody can take, and waits until it is parked.
fn park_one() -> TaskId {
	let task = submit(request_for_gpu());
	run_draws();
	assert!(waiting().contains(&task));
	forget_events();
	task
}

/// Makes a spec meet what [`request_for_gpu`] asks for.
fn with_gpu(mut spec: Spec) -> Spec {
	spec.resources.gpu_count = 1;
	spec
}

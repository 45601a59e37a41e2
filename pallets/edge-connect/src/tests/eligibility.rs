// SPDX-License-Identifier: GPL-3.0-or-later
//! Who is never drawn, rule by rule. In each test somebody else would do, so that not being drawn
//! is the rule's work.

use super::*;
use crate::{Scheduler, Wanted};
use assay_primitives::{
	spec::{Architecture, Attestation, Demand, Region},
	task::{Access, TaskRequest},
};

/// Asks for the same draw again and again, and checks that `cluster` is never in it.
fn never_drawn(cluster: u32, ask: impl Fn() -> TaskId) {
	for _ in 0..16 {
		let task = ask();
		run_draws();
		assert!(!drawn(task).is_empty(), "somebody else fits");
		assert!(!drawn(task).contains(&cluster));
		finish(task);
	}
}

/// Submits the usual request and asks for a verifier at once.
fn ask_verifier(differ: impl Fn(&mut Wanted)) -> TaskId {
	let task = submit(request());
	let mut wanted = Wanted { role: Role::Verifier, ..an_executor() };
	differ(&mut wanted);
	want(task, wanted);
	task
}

fn three() -> TestNet {
	TestNet::new().cluster(ALICE).cluster(BOB).cluster(CAROL)
}

#[test]
fn the_requester_s_own_cluster() {
	three().run(|| {
		never_drawn(0, || {
			let task = EdgeConnect::counters().next_task;
			assert_ok!(submit_from(ALICE, request()));
			task
		});
	});
}

#[test]
fn an_operator_who_is_in_the_task_already() {
	// Also with its other clusters.
	three().cluster(ALICE).run(|| {
		let ask = || ask_verifier(|wanted| wanted.exclude = vec![OperatorId(0)]);
		never_drawn(0, ask);
		never_drawn(3, ask);
	});
}

#[test]
fn the_same_operator_twice_in_one_draw() {
	TestNet::new().cluster(ALICE).cluster(ALICE).cluster(ALICE).cluster(BOB).run(|| {
		for _ in 0..16 {
			let task = ask_verifier(|wanted| wanted.count = 2);
			run_draws();
			assert_eq!(drawn(task).len(), 2);
			assert!(drawn(task).contains(&3), "ALICE has only one place");
			finish(task);
		}
	});
}

#[test]
fn a_cluster_made_after_the_submission_that_it_would_check() {
	three().run(|| {
		assert_ok!(register(DAVE, spec(3)));
		let registered_at = now();
		run_to(10);
		never_drawn(3, || ask_verifier(|wanted| wanted.older_than = registered_at));
	});
}

#[test]
fn a_cluster_made_in_the_block_of_the_event() {
	TestNet::new().cluster(BOB).cluster(CAROL).run(|| {
		for n in 2..10 {
			assert_ok!(register(DAVE, spec(n)));
			let task = submit(request());
			run_draws();
			assert_ne!(drawn(task), [n]);
			assert_eq!(drawn(task).len(), 1);
			finish(task);
		}
	});
}

#[test]
fn a_cluster_updated_or_resumed_in_the_block_of_the_event() {
	three().run(|| {
		never_drawn(0, || {
			assert_ok!(update(ALICE, 0, spec(0)));
			submit(request())
		});
		never_drawn(0, || {
			assert_ok!(drain(ALICE, 0));
			assert_ok!(resume(ALICE, 0));
			submit(request())
		});
	});
}

#[test]
fn an_underbonded_cluster() {
	three().run(|| {
		assert_eq!(slash(0, 1), 1);
		never_drawn(0, || submit(request()));
	});
}

#[test]
fn a_cluster_slashed_between_event_and_draw() {
	three().run(|| {
		let task = submit(request());
		slash(0, 1);
		slash(1, 1);
		run_draws();
		assert_eq!(drawn(task), [2]);
	});
}

#[test]
fn a_draining_cluster() {
	three().run(|| {
		assert_ok!(drain(ALICE, 0));
		never_drawn(0, || submit(request()));
	});
}

#[test]
fn a_suspended_operator() {
	three().run(|| {
		Suspension::set(10_000);
		settle(0, Standing::Worst);
		never_drawn(0, || submit(request()));
	});
}

#[test]
fn a_cluster_whose_slots_are_busy() {
	TestNet::new().cluster_with(ALICE, |spec| spec.slots = 2).cluster(BOB).run(|| {
		let mut loads = [0, 0];
		let tasks: Vec<TaskId> = (0..4).map(|_| submit(request())).collect();
		run_draws();
		for task in &tasks {
			drawn(*task).iter().for_each(|cluster| loads[*cluster as usize] += 1);
		}
		assert_eq!(loads, [2, 1], "three slots for four tasks");
		assert_eq!(waiting().len(), 1);
	});
}

#[test]
fn a_cluster_of_another_architecture_than_the_results() {
	three().cluster_with(DAVE, |spec| spec.architecture = Architecture::Aarch64).run(|| {
		never_drawn(3, || ask_verifier(|wanted| wanted.architecture = Some(Architecture::X86_64)));
		let task = ask_verifier(|wanted| wanted.architecture = Some(Architecture::Aarch64));
		run_draws();
		assert_eq!(drawn(task), [3]);
	});
}

#[test]
fn a_cluster_that_is_not_on_the_allow_list() {
	three().run(|| {
		let allow = vec![ClusterId(1), ClusterId(2)].try_into().unwrap();
		let access = Access { allow, ..Default::default() };
		never_drawn(0, || submit(TaskRequest { access: access.clone(), ..request() }));
	});
}

#[test]
fn a_cluster_on_the_deny_list() {
	three().run(|| {
		let access = Access { deny: vec![ClusterId(0)].try_into().unwrap(), ..Default::default() };
		never_drawn(0, || submit(TaskRequest { access: access.clone(), ..request() }));
	});
}

#[test]
fn a_cluster_that_misses_any_part_of_the_demand() {
	let misses: [fn(&mut Spec); 10] = [
		|spec| spec.engines = vec![other_engine(9)].try_into().unwrap(),
		|spec| spec.resources.cpu_millicores -= 1,
		|spec| spec.resources.memory_mib -= 1,
		|spec| spec.resources.disk_mib -= 1,
		|spec| spec.resources.gpu_count = 0,
		|spec| spec.resources.gpu_vram_mib -= 1,
		|spec| spec.architecture = Architecture::Riscv64,
		|spec| spec.region = Region(*b"FR"),
		|spec| spec.attestation = Attestation::Signed,
		|spec| spec.price += 1,
	];
	let fits = |spec: &mut Spec| {
		spec.resources.gpu_count = 1;
		spec.resources.gpu_vram_mib = 1000;
		spec.attestation = Attestation::Tpm;
	};
	let exactly = |demand: &mut Demand| {
		let mut offered = spec(0);
		fits(&mut offered);
		demand.resources = offered.resources;
		demand.architectures = vec![offered.architecture].try_into().unwrap();
		demand.regions = vec![offered.region, Region(*b"AT")].try_into().unwrap();
		demand.attestation = offered.attestation;
	};
	for miss in misses {
		let net = TestNet::new().cluster_with(BOB, fits).cluster_with(CAROL, fits);
		let almost = |spec: &mut Spec| {
			fits(spec);
			miss(spec);
		};
		net.cluster_with(ALICE, almost).run(|| {
			never_drawn(2, || submit(request_demanding(exactly)));
		});
	}
}

#[test]
fn a_removed_cluster_that_asks_for_its_place_back() {
	// A number is never given twice, so a list that names it does not name its successor.
	three().run(|| {
		assert_ok!(drain(ALICE, 0));
		assert_ok!(remove(ALICE, 0));
		assert_ok!(register(ALICE, spec(0)));
		assert_eq!(<EdgeConnect as Scheduler<u64>>::cluster(ClusterId(0)), None);
		assert_eq!(row(3).operator, OperatorId(3));
	});
}

// SPDX-License-Identifier: GPL-3.0-or-later
//! What concerns more than one task: leases, what the operator is told about its cluster, and that one task
//! does not wait for another.

use super::*;

/// A block that shows the cluster without a task.
fn stands(now: BlockNumber, status: ClusterStatus, lease_until: BlockNumber) -> Event {
	let presence = Some(Presence { status, lease_until, lease: LEASE });
	Event::Block(Snapshot { life: LIFE, now, presence, tasks: vec![], gone: vec![] })
}

#[test]
fn a_lease_is_renewed_when_less_than_half_of_it_is_left() {
	let status = ClusterStatus::Active;
	let mut core = Core::new(US, GENESIS, []);
	assert_eq!(core.step(stands(10, status, 110)), []);
	assert_eq!(core.step(stands(60, status, 110)), [], "half of it is left");
	assert_eq!(core.step(stands(61, status, 110)), [Action::Renew]);
	// Neither while it is under way, nor by a block that cannot show it.
	assert_eq!(core.step(stands(62, status, 110)), []);
	assert_eq!(core.step(Event::Renewed(Fate::Landed(70))), []);
	assert_eq!(core.step(stands(69, status, 110)), []);
	assert_eq!(core.step(stands(70, status, 170)), []);
	assert_eq!(core.step(stands(120, status, 170)), []);
	assert_eq!(core.step(stands(121, status, 170)), [Action::Renew]);
}

#[test]
fn whatever_keeps_a_cluster_from_being_drawn_its_lease_is_renewed() {
	use ClusterStatus::*;
	for status in [Active, Underbonded, Suspended(500), LeaseExpired] {
		let mut core = Core::new(US, GENESIS, []);
		assert_eq!(core.step(stands(200, status, 110)), [Action::Renew], "{status:?}");
	}
}

#[test]
fn a_renewal_that_failed_is_tried_again_some_blocks_later() {
	for fate in [Fate::Refused, Fate::Unclear] {
		let mut core = Core::new(US, GENESIS, []);
		let mut tries = Vec::new();
		for now in 61..110 {
			if core.step(stands(now, ClusterStatus::Active, 110)) == [Action::Renew] {
				tries.push(now);
				assert_eq!(core.step(Event::Renewed(fate)), []);
			}
		}
		assert_eq!(tries, [61, 63, 67, 75, 91, 107], "{fate:?}");
		// What went wrong before does not slow the next one down.
		assert_eq!(core.step(stands(120, ClusterStatus::Active, 220)), []);
		assert_eq!(core.step(stands(171, ClusterStatus::Active, 220)), [Action::Renew]);
		core.step(Event::Renewed(fate));
		assert_eq!(core.step(stands(173, ClusterStatus::Active, 220)), [Action::Renew]);
	}
}

#[test]
fn of_a_drained_cluster_the_operator_is_told_once() {
	use ClusterStatus::*;
	let mut core = Core::new(US, GENESIS, []);
	assert_eq!(core.step(stands(1, Active, 100)), []);
	assert_eq!(core.step(stands(2, Draining, 100)), [Action::TellDrained]);
	assert_eq!(core.step(stands(3, Draining, 100)), []);
	assert_eq!(core.step(stands(90, Draining, 100)), [], "renewing would not bring it back");
	assert_eq!(core.step(stands(91, Active, 191)), []);
	assert_eq!(core.step(stands(92, Draining, 191)), [Action::TellDrained]);
}

#[test]
fn a_chain_that_is_started_anew_shows_another_lease() {
	let mut core = Core::new(US, GENESIS, []);
	assert_eq!(core.step(stands(1000, ClusterStatus::Active, 1010)), [Action::Renew]);
	core.step(Event::Renewed(Fate::Landed(1003)));
	let presence =
		Some(Presence { status: ClusterStatus::LeaseExpired, lease_until: 5, lease: LEASE });
	let anew = Snapshot { life: [7; 32], now: 6, presence, tasks: vec![], gone: vec![] };
	assert_eq!(core.step(Event::Block(anew)), [Action::Renew]);
}

#[test]
fn one_task_does_not_wait_for_another() {
	let world = world_at(Role::Executor, Stage::Executing);
	let mut second = world.seen();
	second.task = TaskId(8);
	let mut core = Core::new(US, GENESIS, []);
	let snapshot = Snapshot {
		life: LIFE,
		now: world.now,
		presence: None,
		tasks: vec![world.seen(), second],
		gone: vec![],
	};
	let actions = core.step(Event::Block(snapshot));
	assert_eq!(actions.len(), 2);
	// The first goes wrong again and again; the second gets on.
	core.step(Event::Executed(TASK, None));
	let row = Row {
		task: TaskId(8),
		attempt: 0,
		fingerprint: world.seen().fingerprint,
		finding: Finding::Outcome {
			outcome: Outcome::Failed {
				kind: assay_primitives::outcome::FailureKind::Trap,
				report: FailureDigest([1; 32]),
			},
			evidence_root: EvidenceRoot([1; 32]),
			salt: Salt([1; 32]),
		},
		possession: None,
		submitted: BTreeSet::new(),
		published: false,
	};
	let actions = core.step(Event::Executed(TaskId(8), Some(row)));
	assert!(matches!(actions[..], [Action::Submit(TaskId(8), Deed::Commit(_))]));
}

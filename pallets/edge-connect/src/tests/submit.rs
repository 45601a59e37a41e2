// SPDX-License-Identifier: GPL-3.0-or-later
//! `submit_task`.

use super::*;
use crate::{DrawBuckets, Hot, TaskHandler};
use assay_primitives::{
	spec::{Architecture, ExecutorKind, Region},
	task::{Check, TaskRequest, MIN_FLOOR},
};
use sp_runtime::DispatchError;

fn submitted(task: TaskId, request: TaskRequest) -> Event<Test> {
	Event::TaskSubmitted { task, requester: REQUESTER, request }
}

fn verified(quorum: u8, panel: u8) -> Check {
	Check::Verified { quorum, panel }
}

fn request_with(differ: impl FnOnce(&mut TaskRequest)) -> TaskRequest {
	let mut request = request();
	differ(&mut request);
	request
}

#[test]
fn a_task_is_stored_and_books_a_draw() {
	TestNet::new().cluster(ALICE).cluster(BOB).run(|| {
		assert_ok!(submit_from(REQUESTER, request()));
		assert_ok!(submit_from(REQUESTER, request()));
		let stored = <StubHandler as TaskHandler<u64>>::task(TaskId(1)).unwrap();
		assert_eq!((stored.requester, stored.submitted_at), (REQUESTER, 2));
		assert_eq!(stored.request, request());
		let blocks = Hot::<Test>::get().executing;
		assert_eq!(blocks.len(), 1, "one booking for the whole block");
		let booked = blocks[0].first.iter().map(|draw| draw.task);
		assert_eq!((blocks[0].block, booked.collect()), (2, vec![TaskId(0), TaskId(1)]));
		assert_eq!(DrawBuckets::<Test>::iter().count(), 0, "so few need no row of their own");
		assert_eq!(events(), [submitted(TaskId(0), request()), submitted(TaskId(1), request())]);
	});
}

#[test]
fn every_malformed_request_gets_its_own_error() {
	TestNet::new().run(|| {
		let refused = |differ: fn(&mut TaskRequest), error: Error<Test>| {
			assert_noop!(submit_from(REQUESTER, request_with(differ)), error);
		};
		refused(|r| r.demand.regions.force_push(Region(*b"XX")), Error::UnknownRegion);
		refused(
			|r| {
				r.demand.architectures.force_push(Architecture::X86_64);
				r.demand.architectures.force_push(Architecture::X86_64);
			},
			Error::Repeated,
		);
		refused(
			|r| {
				r.access.allow.force_push(ClusterId(3));
				r.access.deny.force_push(ClusterId(3));
			},
			Error::Repeated,
		);
		refused(|r| r.policy.check = verified(1, 3), Error::BadQuorum);
		refused(|r| r.policy.check = verified(4, 3), Error::BadQuorum);
		refused(|r| r.policy.check = verified(2, 0), Error::BadPanel);
		refused(|r| r.policy.check = verified(2, 2), Error::BadPanel);
		refused(|r| r.policy.check = verified(2, 5), Error::BadPanel);
		refused(|r| r.policy.check = Check::Audited { floor: MIN_FLOOR - 1 }, Error::BadFloor);
		refused(|r| r.policy.check = Check::Audited { floor: 101 }, Error::BadFloor);
		refused(
			|r| {
				r.demand.engine.kind = ExecutorKind::Container;
				r.policy.check = Check::Audited { floor: 100 };
			},
			Error::Unbonded,
		);
		refused(|r| r.policy.preflight = true, Error::PreflightOfProven);
		refused(|r| r.policy.execution_blocks = 0, Error::BadDeadline);
		// Nobody could act in so short a time: whoever asks for it wants others to miss it.
		refused(|r| r.policy.execution_blocks = SHORTEST_DEADLINE - 1, Error::BadDeadline);
		refused(|r| r.policy.queue_blocks = SHORTEST_DEADLINE - 1, Error::BadDeadline);
		refused(|r| r.policy.execution_blocks = LONGEST_DEADLINE + 1, Error::BadDeadline);
		refused(|r| r.policy.queue_blocks = 0, Error::BadDeadline);
		refused(|r| r.policy.queue_blocks = LONGEST_DEADLINE + 1, Error::BadDeadline);
		refused(|r| r.policy.window = LONGEST_DEADLINE + 1, Error::BadDeadline);
		assert_eq!(events(), []);
	});
}

#[test]
fn a_task_that_could_never_be_checked_is_refused() {
	TestNet::new().cluster(ALICE).cluster(ALICE).run(|| {
		assert_noop!(submit_from(REQUESTER, request()), Error::<Test>::TooFewOperators);
		assert_ok!(register(BOB, spec(2)));
		assert_ok!(submit_from(REQUESTER, request()));
		let thorough =
			request_with(|request| request.policy.check = Check::Verified { quorum: 3, panel: 3 });
		assert_noop!(submit_from(REQUESTER, thorough), Error::<Test>::TooFewOperators);
	});
}

#[test]
fn the_requester_s_own_clusters_do_not_count() {
	TestNet::new().cluster(ALICE).cluster(BOB).run(|| {
		assert_noop!(submit_from(ALICE, request()), Error::<Test>::TooFewOperators);
		assert_ok!(register(CAROL, spec(2)));
		assert_ok!(submit_from(ALICE, request()));
	});
}

#[test]
fn a_task_that_nobody_can_run_yet_waits() {
	TestNet::new().cluster(REQUESTER).run(|| {
		let task = submit(request());
		run_draws();
		assert_eq!(waiting(), [task]);
		assert_eq!(events(), [submitted(task, request()), parked(task)]);
	});
}

#[test]
fn what_the_judge_refuses_is_not_stored() {
	TestNet::new().cluster(ALICE).cluster(BOB).run(|| {
		Refusing::set(true);
		let refusal = DispatchError::Other("the test double refuses");
		assert_noop!(submit_from(REQUESTER, request()), refusal);
		assert_eq!(EdgeConnect::counters().tasks, 0);
	});
}

#[test]
fn used_up_numbers_are_refused() {
	TestNet::new().run(|| {
		EdgeConnect::count(|counters| counters.next_task = TaskId(u64::MAX));
		assert_noop!(submit_from(REQUESTER, request()), Error::<Test>::Exhausted);
	});
}

#[test]
fn registering_removing_and_submitting_never_panics() {
	// The index is empty again after it held something: a draw over nothing must find nobody.
	TestNet::new().cluster(ALICE).run(|| {
		assert_ok!(drain(ALICE, 0));
		assert_ok!(remove(ALICE, 0));
		forget_events();
		let task = submit(request());
		run_draws();
		assert_eq!(events(), [submitted(task, request()), parked(task)]);
	});
}

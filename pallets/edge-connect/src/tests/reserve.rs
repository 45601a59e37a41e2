// SPDX-License-Identifier: GPL-3.0-or-later
//! Each slot has a place for an execution and one for a check.

use super::*;
use crate::Wanted;

/// ALICE has `slots`; BOB is too dear.
fn one_of(slots: u16) -> TestNet {
	TestNet::new()
		.cluster_with(ALICE, |spec| spec.slots = slots)
		.cluster_with(BOB, |spec| spec.price = 2 * PRICE)
}

/// A task that wants a verifier now.
fn check() -> TaskId {
	let task = submit(request());
	want(task, Wanted { role: Role::Verifier, ..an_executor() });
	task
}

#[test]
fn whoever_fills_all_slots_does_not_crowd_out_checks() {
	one_of(2).run(|| {
		let tasks = [submit(request()), submit(request())];
		run_draws();
		assert_eq!(tasks.map(drawn), [[0], [0]]);
		let waits = submit(request());
		let checks = [check(), check()];
		run_draws();
		assert_eq!(checks.map(drawn), [[0], [0]]);
		assert_eq!(drawn(waits), [0; 0]);
		assert_eq!((duty(0).executing.len(), duty(0).checking.len()), (2, 2));
		let no_place = check();
		run_draws();
		assert_eq!(waiting(), [no_place, waits], "a check has a place, not as many as it likes");
		finish(checks[0]);
		next_block();
		run_draws();
		assert_eq!(drawn(no_place), [0]);
		assert_eq!(waiting(), [waits]);
	});
}

#[test]
fn checks_do_not_crowd_out_executions_either() {
	one_of(1).run(|| {
		let first = check();
		run_draws();
		assert_eq!(drawn(first), [0]);
		let task = submit(request());
		run_draws();
		assert_eq!(drawn(task), [0]);
	});
}

// SPDX-License-Identifier: GPL-3.0-or-later
//! Whole lives of tasks on which nobody disagrees, and of those that never find anybody.

use super::*;
use assay_primitives::{
	leaf::{Assurance, DrawRecord, Leaf, LeafExecution, LEAF_VERSION},
	protocol::Refusal,
	spec::{Architecture, Class, Spec},
};
use pallet_edge_connect::{types::Task, Event as EdgeEvent, TaskHandler};

#[test]
fn two_that_agree_are_paid_and_their_result_is_anchored() {
	TestNet::new().operators(5).run(|| {
		let before = free(REQUESTER);
		let request = request();
		let held = held_for(&request);
		let (task, executor) = verifying(request.clone(), TRUTH);
		let verifier = verifier(task);
		let commitment = sealed(executor, task, TRUTH);
		assert_eq!(escrow(REQUESTER), held);
		assert_ok!(answer(verifier, task, TRUTH));
		assert_ok!(open(executor, task, TRUTH));
		let decided_at = now();
		run_to_block(decided_at + WINDOW);
		assert_eq!(accrued(executor), 0, "nothing is paid before the window closes");
		next_block();

		let paid = price(executor) + price(verifier);
		let verdict = Verdict::Accepted { outcome: TRUTH, possession: None };
		let happened = events();
		let tries: Vec<u32> = happened
			.iter()
			.filter_map(|event| match event {
				RuntimeEvent::EdgeConnect(EdgeEvent::Drawn { tries, .. }) => Some(*tries),
				_ => None,
			})
			.collect();
		let record = |role, tries| DrawRecord { role, positions: 5, tries };
		let served = |cluster, role| LeafExecution {
			cluster,
			role,
			conduct: Conduct::Agreed,
			evidence_root: Some(evidence(cluster)),
		};
		let workload = request.workload.clone();
		let leaf = Leaf {
			version: LEAF_VERSION,
			task,
			requester: REQUESTER,
			program: workload.program,
			inputs: workload.inputs,
			parameters: blake2_256(&(&workload.args, workload.limits, workload.items).encode()),
			terms: blake2_256(&(&request.demand, &request.access).encode()),
			class: Class { engine: WASM_ENGINE, architecture: None },
			policy: request.policy,
			draws: vec![record(Role::Executor, tries[0]), record(Role::Verifier, tries[1])]
				.try_into()
				.unwrap(),
			executions: vec![served(executor, Role::Executor), served(verifier, Role::Verifier)]
				.try_into()
				.unwrap(),
			outcome: TRUTH,
			assurance: Assurance::Agreed,
			possession: None,
			finalised_at: decided_at + WINDOW + 1,
		};
		let drawn = |role, cluster, tries| EdgeEvent::Drawn {
			task,
			role,
			clusters: vec![cluster],
			positions: 5,
			tries,
		};
		let expected: Vec<RuntimeEvent> = vec![
			EdgeEvent::TaskSubmitted { task, requester: REQUESTER, request }.into(),
			drawn(Role::Executor, executor, tries[0]).into(),
			Event::Committed { task, cluster: executor, commitment }.into(),
			drawn(Role::Verifier, verifier, tries[1]).into(),
			Event::Answered {
				task,
				cluster: verifier,
				outcome: TRUTH,
				evidence_root: evidence(verifier),
			}
			.into(),
			Event::Opened {
				task,
				cluster: executor,
				outcome: TRUTH,
				evidence_root: evidence(executor),
			}
			.into(),
			Event::Decided { task, verdict, fines: vec![] }.into(),
			pallet_anchor::Event::LeafAppended { index: 0, leaf }.into(),
			Event::Finalised {
				task,
				paid,
				refunded: held - paid,
				slashed: 0,
				shares: vec![
					(executor, Conduct::Agreed, price(executor), 0),
					(verifier, Conduct::Agreed, price(verifier), 0),
				],
			}
			.into(),
		];
		assert_eq!(happened, expected);

		assert_eq!(escrow(REQUESTER), 0);
		assert_eq!(free(REQUESTER), before - paid);
		assert_eq!([accrued(executor), accrued(verifier)], [price(executor), price(verifier)]);
		assert_eq!([bond(executor), bond(verifier)], [SLOT_BOND; 2]);
		assert_eq!(Anchor::log().size, 1);
		assert!(Verification::task(task).is_none() && !is_open(task));
		assert_eq!(EdgeConnect::counters().tasks, 0);
	});
}

#[test]
fn three_that_agree_commit_before_anybody_opens() {
	TestNet::new().operators(5).run(|| {
		let (task, executor) = verifying(request_of_three(), TRUTH);
		let verifiers = drawn(task, Role::Verifier);
		assert_eq!(verifiers.len(), 2);
		assert_ok!(commit(verifiers[0], task, TRUTH));
		assert_noop!(open(executor, task, TRUTH), Error::<Test>::WrongStage);
		assert_noop!(open(verifiers[0], task, TRUTH), Error::<Test>::WrongStage);
		assert_ok!(commit(verifiers[1], task, TRUTH));
		assert_eq!(stage(task), Stage::Opening);

		for cluster in [verifiers[1], executor, verifiers[0]] {
			assert_ok!(open(cluster, task, TRUTH));
		}
		let verdict = Verdict::Accepted { outcome: TRUTH, possession: None };
		assert_eq!(stage(task), Stage::Decided(verdict));
		let settled = finalised(task);
		assert_eq!(settled.paid, price(executor) + price(verifiers[0]) + price(verifiers[1]));
		assert!(settled.shares.iter().all(|share| share.1 == Conduct::Agreed && share.3 == 0));
	});
}

#[test]
fn a_failure_that_two_find_is_a_result_of_the_proven_class() {
	TestNet::new().operators(4).run(|| {
		let (task, executor) = verifying(request(), TRAP);
		assert_ok!(answer(verifier(task), task, TRAP));
		assert_ok!(open(executor, task, TRAP));
		let verdict = Verdict::Accepted { outcome: TRAP, possession: None };
		assert_eq!(stage(task), Stage::Decided(verdict));
		assert_eq!(finalised(task).share_of(executor), (Conduct::Agreed, price(executor), 0));
	});
}

#[test]
fn a_failure_of_the_declared_class_takes_three_and_pays_a_quarter() {
	TestNet::new().operators(5).run(|| {
		let (task, executor) = verifying(declared_request(), TRAP);
		let verifier = verifier(task);
		assert_ok!(answer(verifier, task, TRAP));
		assert_ok!(open(executor, task, TRAP));
		assert_eq!(stage(task), Stage::PanelDrawing, "two are not enough");

		next_block();
		panel_commits(task, TRAP);
		assert_ok!(possess(executor, task, TRAP));
		assert_ok!(possess(verifier, task, TRAP));
		panel_opens(task, TRAP);
		assert!(matches!(stage(task), Stage::Decided(Verdict::Accepted { outcome: TRAP, .. })));
		let settled = finalised(task);
		assert_eq!(settled.shares.len(), 5);
		for (cluster, conduct, pay, slash) in settled.shares {
			assert_eq!((conduct, pay, slash), (Conduct::Agreed, price(cluster) / 4, 0));
		}
	});
}

#[test]
fn a_window_of_zero_settles_in_the_next_block() {
	TestNet::new().operators(4).run(|| {
		let policy = Policy { window: 0, ..request().policy };
		let (task, executor) = verifying(TaskRequest { policy, ..request() }, TRUTH);
		assert_ok!(answer(verifier(task), task, TRUTH));
		assert_ok!(open(executor, task, TRUTH));
		assert!(is_open(task));
		next_block();
		assert!(!is_open(task));
		assert_eq!(accrued(executor), price(executor));
	});
}

#[test]
fn two_tasks_at_once_do_not_touch_each_other() {
	TestNet::new().operators(4).run(|| {
		let (first, second) = (submit(request()), submit(declared_request()));
		assert_eq!(escrow(REQUESTER), 2 * held_for(&request()));
		next_block();
		let (ann, bob) = (executor(first), executor(second));
		assert_ne!(ann, bob, "one slot, one task");
		assert_noop!(commit(bob, first, TRUTH), Error::<Test>::NotDrawn);
		assert_ok!(commit(ann, first, TRUTH));
		assert_ok!(commit(bob, second, TRUTH));
		next_block();
		let (cat, dan) = (verifier(first), verifier(second));
		assert_noop!(open(ann, second, TRUTH), Error::<Test>::NotDrawn);
		assert_ok!(answer(cat, first, TRUTH));
		assert_ok!(answer(dan, second, LIE));
		assert_ok!(open(ann, first, TRUTH));
		assert_ok!(open(bob, second, TRUTH));
		assert!(matches!(stage(first), Stage::Decided(_)));
		assert_eq!(stage(second), Stage::PanelDrawing);
		assert_eq!(finalised(first).paid, price(ann) + price(cat));
		assert_eq!(escrow(REQUESTER), held_for(&request()));
	});
}

#[test]
fn clusters_with_several_slots_serve_several_tasks() {
	TestNet::new().operators(2).slots(8).run(|| {
		let tasks: Vec<TaskId> = (0..8).map(|_| submit(request())).collect();
		next_block();
		for task in &tasks {
			assert_ok!(commit(executor(*task), *task, TRUTH));
		}
		next_block();
		for task in &tasks {
			assert_ok!(answer(verifier(*task), *task, TRUTH));
			assert_ok!(open(executor(*task), *task, TRUTH));
		}
		run_to_block(now() + WINDOW + 1);
		assert!(tasks.iter().all(|task| !is_open(*task)));
		let each = price(ALPHA) + price(BRAVO);
		assert_eq!(accrued(ALPHA) + accrued(BRAVO), 8 * each);
		assert_eq!(Anchor::log().size, 8);
	});
}

#[test]
fn a_task_that_nobody_takes_is_refunded_when_its_time_is_up() {
	TestNet::new().run(|| {
		let before = free(REQUESTER);
		let task = submit(request());
		run_to_block(now() + QUEUE_BLOCKS);
		assert_eq!(stage(task), Stage::Queued);
		next_block();
		assert_eq!(stage(task), Stage::Decided(Verdict::Unfulfilled));
		let settled = finalised(task);
		let held = held_for(&request());
		let nothing = Settled {
			paid: 0,
			refunded: held,
			slashed: 0,
			shares: vec![],
			leaf: None,
			appeal: None,
			complaint: None,
		};
		assert_eq!(settled, nothing);
		assert_eq!(free(REQUESTER), before);
		assert_eq!(Anchor::log().size, 0, "what was not accepted leaves nothing to prove");
	});
}

#[test]
fn a_task_that_waits_is_served_when_somebody_comes() {
	TestNet::new().run(|| {
		let task = submit(request());
		next_block();
		for cluster in [ALPHA, BRAVO] {
			register(cluster, 1);
		}
		run_to_block(now() + 4);
		assert_eq!(stage(task), Stage::Executing);
		assert_ok!(commit(executor(task), task, TRUTH));
		// Whoever came after the submission may execute, but not check.
		run_to_block(trial(task).deadline + 1);
		assert_eq!(stage(task), Stage::Decided(Verdict::NoVerifier));
	});
}

#[test]
fn one_operator_alone_is_not_asked_to_run_what_nobody_could_check() {
	TestNet::new().operators(1).run(|| {
		let refused = pallet_edge_connect::Error::<Test>::TooFewOperators;
		assert_noop!(try_submit(REQUESTER, request()), refused);
	});
}

#[test]
fn the_executor_gets_half_when_nobody_can_be_found_to_check_it() {
	TestNet::new().operators(2).run(|| {
		let (task, executor) = executing(request());
		let other = if executor == ALPHA { BRAVO } else { ALPHA };
		assert_ok!(EdgeConnect::drain_cluster(signed_for(other), other));
		assert_ok!(commit(executor, task, LIE));
		run_to_block(now() + QUEUE_BLOCKS + 1);
		assert_eq!(stage(task), Stage::Decided(Verdict::NoVerifier));
		let settled = finalised(task);
		assert_eq!(settled.shares, vec![(executor, Conduct::Unjudged, price(executor) / 2, 0)]);
		assert_eq!(settled.refunded, held_for(&request()) - price(executor) / 2);
		assert_eq!(Anchor::log().size, 0);
	});
}

#[test]
fn a_task_can_be_cancelled_until_somebody_is_drawn() {
	TestNet::new().operators(3).run(|| {
		let before = free(REQUESTER);
		let task = submit(request());
		assert_ok!(EdgeConnect::cancel_task(RuntimeOrigin::signed(REQUESTER), task));
		assert!(!is_open(task));
		assert_eq!((free(REQUESTER), escrow(REQUESTER)), (before, 0));
		// The draw that was booked and the timer that was set both find nothing.
		run_to_block(now() + QUEUE_BLOCKS + WINDOW + 2);

		let (task, _) = executing(request());
		assert_noop!(
			EdgeConnect::cancel_task(RuntimeOrigin::signed(REQUESTER), task),
			Error::<Test>::NotQueued
		);
		assert_noop!(Verification::on_cancel(TaskId(99)), Error::<Test>::NoTask);
	});
}

#[test]
fn a_price_that_nobody_can_hold_is_refused() {
	TestNet::new().operators(2).run(|| {
		let submitted = |max_price| {
			let demand = Demand { max_price, ..request().demand };
			let request = TaskRequest { demand, ..request() };
			let task = Task { requester: REQUESTER, request, submitted_at: now(), own: None };
			Verification::on_submit(TaskId(0), task)
		};
		assert_noop!(submitted(Balance::MAX), Error::<Test>::TooDear);
		assert_noop!(submitted(Balance::MAX / 6), Error::<Test>::TooDear);
		let demand = Demand { max_price: FORTUNE, ..declared_request().demand };
		let request = TaskRequest { demand, ..declared_request() };
		let task = Task { requester: REQUESTER, request, submitted_at: now(), own: None };
		assert_noop!(
			Verification::on_submit(TaskId(0), task),
			sp_runtime::TokenError::FundsUnavailable
		);
	});
}

#[test]
fn a_draw_that_found_nobody_changes_nothing() {
	TestNet::new().operators(2).run(|| {
		let task = submit(request());
		let record = DrawRecord { role: Role::Executor, positions: 0, tries: 0 };
		let drawn = |task| {
			let (nonce, breadth) = (PanelNonce([0; 32]), Breadth::Open);
			Verification::on_drawn(task, vec![], nonce, breadth, record)
		};
		assert_eq!(drawn(task), Err(Refusal::NobodyFits));
		assert_eq!(
			Error::<Test>::from(Refusal::NobodyFits).encode(),
			Error::<Test>::NobodyFits.encode()
		);
		assert_eq!(drawn(TaskId(99)), Err(Refusal::WrongStage));
		assert!(trial(task).executions.is_empty());
	});
}

#[test]
fn the_declared_class_is_checked_on_the_executors_architecture() {
	let mut checked = [0; 2];
	for luck in 0..12 {
		TestNet::new().operators(2).luck(luck).run(|| {
			let other = Spec { architecture: Architecture::Aarch64, ..spec(CHARLIE, 1) };
			assert_ok!(EdgeConnect::register_cluster(signed_for(CHARLIE), other));
			next_block();
			let (task, executor) = executing(declared_request());
			assert_ok!(commit(executor, task, TRUTH));
			next_block();
			if executor == CHARLIE {
				assert_eq!(stage(task), Stage::Drawing, "nobody else has its architecture");
			} else {
				assert_ne!(verifier(task), CHARLIE);
			}
			checked[usize::from(executor == CHARLIE)] += 1;
		});
	}
	assert!(checked.iter().all(|times| *times > 0), "both kinds were drawn: {checked:?}");
}

#[test]
fn malformed_outcomes_are_no_calls() {
	TestNet::new().operators(4).run(|| {
		let (task, _) = verifying(request(), TRUTH);
		let cluster = verifier(task);
		let call = |outcome: &[u8]| {
			let mut bytes = vec![3, 1];
			bytes.extend((task, cluster).encode());
			bytes.extend(outcome);
			bytes.extend(evidence(cluster).encode());
			RuntimeCall::decode(&mut &bytes[..])
		};
		let good = call(&TRUTH.encode()).unwrap();
		assert_eq!(
			good,
			RuntimeCall::Verification(crate::Call::answer {
				task,
				cluster,
				outcome: TRUTH,
				evidence_root: evidence(cluster),
			})
		);
		assert!(call(&[2; 33]).is_err(), "no such kind of outcome");
		assert!(call(&[1; 34]).is_ok(), "a trap");
		assert!(call(&[1, 4]).is_err(), "no such kind of failure");
		assert!(call(&[]).is_err(), "no outcome");
	});
}

#[test]
fn views_tell_what_is_open() {
	TestNet::new().operators(3).run(|| {
		let (task, executor) = executing(request());
		let view = Verification::task(task).unwrap();
		assert_eq!((view.id, view.requester, view.parked), (task, REQUESTER, false));
		assert_eq!(view.held, held_for(&request()));
		assert_eq!(view.trial, trial(task));
		let mine = Verification::assignments(executor);
		assert_eq!(mine.len(), 1);
		assert_eq!((mine[0].role, mine[0].task.id), (Role::Executor, task));
		assert_eq!(Verification::assignments(NOWHERE), vec![]);

		let more: Vec<TaskId> = (0..70).map(|_| submit(request())).collect();
		let end = EdgeConnect::counters().next_task;
		let (page, next) = Verification::tasks(TaskId(0), end);
		assert_eq!((page.len(), next), (64, Some(TaskId(64))));
		let (page, next) = Verification::tasks(TaskId(64), end);
		assert_eq!((page.len(), next), (7, None));
		assert_eq!(page.last().unwrap().id, *more.last().unwrap());

		let quote = Verification::quote(request().demand, request().policy);
		assert_eq!((quote.held, quote.deposit), (held_for(&request()), TASK_DEPOSIT));
		assert_eq!((quote.expected, quote.operators), (2 * MAX_PRICE, 3));
	});
}

// SPDX-License-Identifier: GPL-3.0-or-later
//! What calls say they weigh, and the largest task there can be.

use super::{origins::calls, *};
use crate::{
	types::{MOST_PLEDGED, MOST_RELEASED},
	weights::WeightInfo,
};
use assay_primitives::{leaf::MAX_DRAWS, protocol::MAX_EXECUTIONS};
use frame_support::{
	dispatch::GetDispatchInfo,
	weights::{constants::WEIGHT_REF_TIME_PER_SECOND, Weight},
};
use pallet_edge_connect::Scheduler;
use sp_runtime::traits::Dispatchable;

#[test]
fn every_call_fits_a_block_at_its_worst_case() {
	// A tenth of what a block of a parachain gives to its users: of two seconds and 10 MiB, 75%.
	let tenth =
		Weight::from_parts(WEIGHT_REF_TIME_PER_SECOND * 2, 10 * 1024 * 1024) * 75 / 100 / 10;
	for call in calls(TaskId(0), ALPHA) {
		let weight = call.get_dispatch_info().call_weight;
		assert!(weight.all_lte(tenth), "{call:?} weighs {weight}");
	}
}

/// Dispatches a call of the owner of `cluster`, and returns what is given back of its weight.
fn given_back(cluster: ClusterId, call: crate::Call<Test>) -> Weight {
	let call = RuntimeCall::from(call);
	let declared = call.get_dispatch_info().call_weight;
	let info = call.dispatch(signed_for(cluster)).expect("the call is in order");
	let actual = info.actual_weight.unwrap_or(declared);
	assert!(actual.all_lte(declared), "more than was declared");
	declared - actual
}

#[test]
fn a_refused_act_weighs_the_attempt_only() {
	TestNet::new().operators(3).run(|| {
		let (task, cluster) = verifying(request(), TRUTH);
		let other = verifier(task);
		assert_ok!(answer(other, task, TRUTH));
		let opening = opening(cluster, LIE);
		let refused = Verification::open(signed_for(cluster), task, cluster, opening).unwrap_err();
		assert_eq!(refused.error, Error::<Test>::SealMismatch.into());
		assert_eq!(refused.post_info.actual_weight, Some(<() as WeightInfo>::open()));
		assert_ok!(open(cluster, task, TRUTH));
	});
}

#[test]
fn a_call_weighs_what_followed_from_it() {
	use crate::Call;
	TestNet::new().operators(3).run(|| {
		let (task, cluster) = executing(request());
		let release = Verification::weight_of_release(MOST_PLEDGED);
		let draw = <() as WeightInfo>::request_draw();
		let waking = EdgeConnect::most_to_wake(MOST_RELEASED);
		let commitment = sealed(cluster, task, TRUTH);
		let saved = given_back(cluster, Call::commit { task, cluster, commitment });
		let row = <() as WeightInfo>::book_timer();
		assert_eq!(saved, release + waking + row, "a draw was asked for, and no slot became free");
		next_block();

		let other = verifier(task);
		let evidence_root = evidence(other);
		let call = Call::answer { task, cluster: other, outcome: TRUTH, evidence_root };
		assert_eq!(given_back(other, call), row);
		let opening = opening(cluster, TRUTH);
		let saved = given_back(cluster, Call::open { task, cluster, opening });
		let rest = release - Verification::weight_of_release(2);
		let nobody = <() as pallet_edge_connect::WeightInfo>::wake(0);
		let asleep = waking - nobody - nobody;
		assert_eq!(
			saved,
			draw + rest + asleep + row,
			"two slots became free, and nobody waited for them"
		);

		run_full_blocks_to(trial(task).deadline + 1);
		let settled = Verification::weight_of_settling(2, 0);
		let saved = given_back(cluster, Call::poke { task });
		assert_eq!(saved, Verification::heaviest_exit() - settled);
	});
}

#[test]
fn a_timer_that_finds_no_place_at_hand_is_charged() {
	for is_crowded in [false, true] {
		TestNet::new().operators(3).run(|| {
			if is_crowded {
				super::agenda::crowd();
			}
			let policy = Policy { execution_blocks: LONGEST_DEADLINE, ..request().policy };
			let (task, _) = verifying(TaskRequest { policy, ..request() }, TRUTH);
			let other = verifier(task);
			let evidence_root = evidence(other);
			let call = crate::Call::answer { task, cluster: other, outcome: TRUTH, evidence_root };
			let row = if is_crowded { Weight::zero() } else { <() as WeightInfo>::book_timer() };
			assert_eq!(given_back(other, call), row);
		});
	}
}

#[test]
fn the_largest_task_there_can_be_fits() {
	TestNet::new().operators(18).run(|| {
		// Two executors are lost, then both verifiers, then both members of the panel.
		let task = submit(request_of_three());
		for _ in 0..2 {
			next_block();
			run_to_block(trial(task).deadline + 1);
		}
		next_block();
		let executor = executor(task);
		assert_ok!(commit(executor, task, LIE));
		next_block();
		run_to_block(trial(task).deadline + 1);
		next_block();
		let verifiers = drawn(task, Role::Verifier);
		assert_eq!(verifiers.len(), 4);
		for verifier in &verifiers {
			assert_ok!(commit(*verifier, task, TRUTH));
		}
		assert_ok!(open(executor, task, LIE));
		for verifier in &verifiers {
			assert_ok!(open(*verifier, task, TRUTH));
		}
		next_block();
		run_to_block(trial(task).deadline + 1);
		next_block();
		panel_commits(task, TRUTH);
		assert_ok!(possess(executor, task, LIE));
		for verifier in &verifiers {
			assert_ok!(possess(*verifier, task, TRUTH));
		}
		let busy = trial(task).executions.iter().filter(|one| one.act.counts()).count();
		assert!(busy <= MOST_RELEASED as usize, "{busy} slots become free");
		panel_opens(task, TRUTH);
		assert!(matches!(stage(task), Stage::Decided(Verdict::Accepted { outcome: TRUTH, .. })));

		// And somebody doubts it.
		assert_ok!(Verification::appeal(RuntimeOrigin::signed(STRANGER), task));
		next_block();
		let fresh = drawn(task, Role::Appeal);
		for member in &fresh {
			assert_ok!(commit_on_panel(*member, task, LIE));
		}
		for member in &fresh {
			assert_ok!(open_panel(*member, task, LIE));
		}
		let pledged = Verification::fines(&trial(task)).len();
		assert!(pledged + fresh.len() <= MOST_PLEDGED as usize, "{pledged} bonds change");

		let case = Cases::<Test>::get(task).unwrap();
		assert_eq!((case.trial.executions.len(), case.draws.len()), (18, 8));
		const { assert!(18 <= MAX_EXECUTIONS && 8 <= MAX_DRAWS) };
		let settled = finalised(task);
		assert_eq!(settled.shares.len(), 18);
		assert!(settled.paid <= held_for(&request_of_three()) - TASK_DEPOSIT);
		assert_eq!(Anchor::log().size, 1);
	});
}

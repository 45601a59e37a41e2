// SPDX-License-Identifier: GPL-3.0-or-later
//! Complaints: a requester who is not given what was accepted has witnesses try.

use super::*;
use assay_primitives::protocol::{Delivery, NOTHING};
use frame_support::traits::fungible::InspectHold;

fn complain(task: TaskId) -> DispatchResult {
	Verification::complain(RuntimeOrigin::signed(REQUESTER), task)
}

fn complaint_bond() -> Balance {
	Balances::balance_on_hold(&HoldReason::Complaint.into(), &REQUESTER)
}

/// A task that was accepted.
fn accepted(request: TaskRequest) -> (TaskId, ClusterId, ClusterId) {
	let (task, executor) = verifying(request, TRUTH);
	let verifier = verifier(task);
	assert_ok!(answer(verifier, task, TRUTH));
	assert_ok!(open(executor, task, TRUTH));
	(task, executor, verifier)
}

/// The witnesses of a task about which the requester complained.
fn witnesses(task: TaskId) -> Vec<ClusterId> {
	assert_ok!(complain(task));
	next_block();
	let drawn = drawn(task, Role::Witness);
	assert_eq!(drawn.len(), 3);
	drawn
}

fn errand(cluster: ClusterId) -> Balance {
	price(cluster) / 10
}

/// All witnesses of a task say that they were served nothing, but for some who were served.
fn testify(task: TaskId, witnesses: &[ClusterId], served: &[ClusterId]) {
	let shown = |one: ClusterId| match served.contains(&one) {
		true => possession(task, TRUTH),
		false => NOTHING,
	};
	for one in witnesses {
		let seal = trial(task).seal(&Verification::context(task), *one);
		let Opening { outcome, evidence_root, salt } = opening(*one, TRUTH);
		let sealed = seal.commit_panel(&outcome.digest(), &shown(*one), &evidence_root, &salt);
		assert_ok!(Verification::commit(signed_for(*one), task, *one, sealed));
	}
	for one in witnesses {
		let opening = opening(*one, TRUTH);
		assert_ok!(Verification::open_panel(signed_for(*one), task, *one, opening, shown(*one)));
	}
}

#[test]
fn those_who_serve_nothing_are_not_paid() {
	TestNet::new().operators(6).run(|| {
		let before = free(REQUESTER);
		let treasury = free(TREASURY);
		let (task, executor, verifier) = accepted(request());
		own_events();
		assert_ok!(complain(task));
		assert_eq!(own_events(), [Event::Complained { task, bond: MAX_PRICE }]);
		assert_eq!(complaint_bond(), MAX_PRICE);
		next_block();
		let witnesses = drawn(task, Role::Witness);
		own_events();
		testify(task, &witnesses, &[]);
		let delivery = Delivery::Withheld { failed: 3 };
		assert_eq!(own_events().pop(), Some(Event::DeliveryJudged { task, delivery }));
		let settled = finalised(task);
		assert_eq!(settled.complaint, Some((0, MAX_PRICE, 0)));
		let errands: Balance = witnesses.iter().map(|one| errand(*one)).sum();
		assert_eq!(settled.paid, errands);
		for cluster in [executor, verifier] {
			assert_eq!(settled.share_of(cluster), (Conduct::Withheld, 0, 0));
			assert_eq!(accrued(cluster), 0);
		}
		// The result stands, and the log says who withheld it.
		assert_eq!(settled.assurance(), Assurance::Agreed);
		assert_eq!((free(REQUESTER), complaint_bond()), (before - errands, 0));
		assert_eq!(free(TREASURY), treasury);
	});
}

#[test]
fn two_witnesses_of_three_give_the_requester_nothing() {
	TestNet::new().operators(6).run(|| {
		let before = free(REQUESTER);
		let treasury = free(TREASURY);
		let (task, executor, verifier) = accepted(request());
		let witnesses = witnesses(task);
		testify(task, &witnesses, &witnesses[..1]);
		let settled = finalised(task);
		let errands: Balance =
			errand(witnesses[1]) + errand(witnesses[2]) + errand(witnesses[0]) / 2;
		let forfeited = price(executor) + price(verifier) - errands;
		assert_eq!(settled.complaint, Some((0, MAX_PRICE, forfeited)));
		assert_eq!(free(TREASURY), treasury + forfeited);
		let paid = price(executor) + price(verifier);
		assert_eq!(free(REQUESTER), before - paid, "it pays what it would have paid");
	});
}

#[test]
fn whoever_complains_for_nothing_pays_the_witnesses() {
	TestNet::new().operators(6).run(|| {
		let before = free(REQUESTER);
		let (task, executor, verifier) = accepted(request());
		let witnesses = witnesses(task);
		own_events();
		testify(task, &witnesses, &witnesses);
		let delivery = Delivery::Served(possession(task, TRUTH));
		assert_eq!(own_events().pop(), Some(Event::DeliveryJudged { task, delivery }));
		assert_eq!(stage(task), Stage::Decided(trial(task).verdict().unwrap()));
		let settled = finalised(task);
		let errands: Balance = witnesses.iter().map(|one| errand(*one)).sum();
		assert_eq!(settled.complaint, Some((errands, MAX_PRICE - errands, 0)));
		assert_eq!(settled.paid, price(executor) + price(verifier));
		assert_eq!(free(REQUESTER), before - settled.paid - errands);
		assert_eq!(accrued(witnesses[0]), errand(witnesses[0]));
	});
}

#[test]
fn the_window_waits_for_the_witnesses() {
	TestNet::new().operators(6).run(|| {
		let (task, _, _) = accepted(request());
		run_to_block(trial(task).deadline - 3);
		let witnesses = witnesses(task);
		for witness in witnesses {
			assert_ok!(abstain(witness, task));
		}
		assert_eq!(trial(task).deadline, now() + 3);
		finalised(task);
	});
}

#[test]
fn in_a_network_without_witnesses_nothing_changes_but_the_time() {
	TestNet::new().operators(4).run(|| {
		let before = free(REQUESTER);
		let (task, executor, verifier) = accepted(request());
		assert_ok!(complain(task));
		run_to_block(trial(task).deadline + 1);
		assert_eq!(trial(task).complaint.unwrap().delivery, Delivery::Unheard);
		let settled = finalised(task);
		assert_eq!(settled.complaint, Some((0, MAX_PRICE, 0)));
		assert_eq!(free(REQUESTER), before - price(executor) - price(verifier));
	});
}

#[test]
fn friends_of_the_requester_are_no_witnesses() {
	TestNet::new().operators(6).run(|| {
		let allow: Vec<ClusterId> = (0..6).map(ClusterId).collect();
		let access = Access { allow: allow.try_into().unwrap(), ..Access::default() };
		let (task, _, _) = accepted(TaskRequest { access, ..request() });
		assert_ok!(complain(task));
		next_block();
		assert!(drawn(task, Role::Witness).is_empty());
		run_to_block(trial(task).deadline + 1);
		assert_eq!(trial(task).complaint.unwrap().delivery, Delivery::Unheard);
	});
}

#[test]
fn only_the_requester_complains_and_only_once_about_what_was_accepted() {
	TestNet::new().operators(6).run(|| {
		let (task, _, _) = accepted(request());
		let stranger = Verification::complain(RuntimeOrigin::signed(STRANGER), task);
		assert_noop!(stranger, Error::<Test>::NotRequester);
		assert_noop!(complain(TaskId(99)), Error::<Test>::NoTask);
		for witness in witnesses(task) {
			assert_noop!(complain(task), Error::<Test>::WrongStage);
			assert_ok!(abstain(witness, task));
		}
		assert_noop!(complain(task), Error::<Test>::NoDelivery);
		let (task, _) = executing(request());
		assert_noop!(complain(task), Error::<Test>::WrongStage);
	});
}

#[test]
fn whoever_cannot_pay_for_witnesses_has_none() {
	TestNet::new().operators(6).run(|| {
		let (task, _, _) = accepted(request());
		let rest = free(REQUESTER) - EXISTENTIAL_DEPOSIT;
		let away = Balances::transfer_keep_alive(RuntimeOrigin::signed(REQUESTER), STRANGER, rest);
		assert_ok!(away);
		let refused = frame_support::storage::with_storage_layer(|| complain(task));
		assert_eq!(refused, Err(sp_runtime::TokenError::FundsUnavailable.into()));
		assert_eq!(trial(task).complaint, None);
	});
}

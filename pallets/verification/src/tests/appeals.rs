// SPDX-License-Identifier: GPL-3.0-or-later
//! Appeals: whoever doubts a verdict pays for a second look.

use super::*;
use assay_primitives::protocol::Ruling;

const BOND: Balance = 5 * MAX_PRICE;

fn appeal(account: AccountId, task: TaskId) -> DispatchResult {
	Verification::appeal(RuntimeOrigin::signed(account), task)
}

fn appellant_bond(account: AccountId) -> Balance {
	use frame_support::traits::fungible::InspectHold;
	Balances::balance_on_hold(&HoldReason::Appeal.into(), &account)
}

/// A task on which executor and verifier agree.
fn agreed(request: TaskRequest, outcome: Outcome) -> (TaskId, ClusterId, ClusterId) {
	let (task, executor) = verifying(request, outcome);
	let verifier = verifier(task);
	assert_ok!(answer(verifier, task, outcome));
	assert_ok!(open(executor, task, outcome));
	(task, executor, verifier)
}

/// Those who judge again, who all find `outcome`.
fn judged_again(task: TaskId, outcome: Outcome) -> Vec<ClusterId> {
	next_block();
	assert_eq!(stage(task), Stage::PanelSealing);
	let fresh = drawn(task, Role::Appeal);
	for member in &fresh {
		assert_ok!(commit_on_panel(*member, task, outcome));
	}
	for member in &fresh {
		assert_ok!(open_panel(*member, task, outcome));
	}
	fresh
}

fn sum(clusters: &[ClusterId]) -> Balance {
	clusters.iter().map(|cluster| price(*cluster)).sum()
}

#[test]
fn a_stranger_who_uncovers_a_lie_gets_its_costs_and_a_reward() {
	TestNet::new().operators(7).run(|| {
		let before = free(STRANGER);
		let treasury = free(TREASURY);
		let (task, executor, verifier) = agreed(request(), LIE);
		own_events();
		assert_ok!(appeal(STRANGER, task));
		assert_eq!(own_events(), [Event::Appealed { task, appellant: STRANGER, bond: BOND }]);
		assert_eq!(appellant_bond(STRANGER), BOND);
		let fresh = judged_again(task, TRUTH);
		assert_eq!(fresh.len(), 5);
		let fines = vec![(executor, PLACE_BOND / 2), (verifier, PLACE_BOND / 2)];
		let possession = Some(possession(task, TRUTH));
		let verdict = Verdict::Accepted { outcome: TRUTH, possession };
		let mut decided = own_events();
		assert_eq!(decided.pop(), Some(Event::Decided { task, verdict, fines }));
		assert_eq!(EdgeConnect::cluster(executor).unwrap().pledged, PLACE_BOND / 2);
		let settled = finalised(task);
		let (costs, rewarded) = (sum(&fresh), PLACE_BOND / 10);
		assert_eq!(settled.appeal, Some((costs, BOND, rewarded)));
		assert_eq!(free(STRANGER), before + rewarded);
		assert_eq!(free(TREASURY), treasury + PLACE_BOND - costs - rewarded);
		assert_eq!(
			(bond(executor), bond(verifier)),
			(SLOT_BOND - PLACE_BOND / 2, SLOT_BOND - PLACE_BOND / 2)
		);
		assert_eq!((accrued(executor), accrued(fresh[0])), (0, price(fresh[0])));
		assert!(matches!(settled.assurance(), Assurance::Appeal(Breadth::Open)));
	});
}

#[test]
fn a_requester_who_was_right_gets_its_costs_and_no_reward() {
	TestNet::new().operators(7).run(|| {
		let before = free(REQUESTER);
		let (task, ..) = agreed(request(), LIE);
		assert_ok!(appeal(REQUESTER, task));
		judged_again(task, TRUTH);
		finalised(task);
		// Nobody who was wrong is paid, and those who judged again are paid by fines.
		assert_eq!(free(REQUESTER), before);
	});
}

#[test]
fn an_appellant_who_was_wrong_pays() {
	TestNet::new().operators(7).run(|| {
		let before = free(STRANGER);
		let (task, executor, verifier) = agreed(request(), TRUTH);
		assert_ok!(appeal(STRANGER, task));
		let fresh = judged_again(task, TRUTH);
		let appeal = trial(task).appeal.unwrap();
		assert!(matches!(appeal.ruling, Ruling::Upheld(_)));
		let settled = finalised(task);
		assert_eq!(settled.share_of(executor), (Conduct::Agreed, price(executor), 0));
		assert_eq!(settled.paid, price(executor) + price(verifier));
		assert_eq!(free(STRANGER), before - sum(&fresh));
		assert_eq!(appellant_bond(STRANGER), 0);
	});
}

#[test]
fn in_a_declared_class_nobody_loses_bond_and_the_wrong_lose_their_pay() {
	TestNet::new().operators(7).run(|| {
		let before = free(STRANGER);
		let (task, executor, verifier) = agreed(declared_request(), LIE);
		assert_ok!(appeal(STRANGER, task));
		let fresh = judged_again(task, TRUTH);
		let settled = finalised(task);
		assert_eq!(settled.slashed, 0);
		assert_eq!((accrued(executor), accrued(verifier)), (0, 0));
		let saved = price(executor) + price(verifier);
		assert_eq!(free(STRANGER), before - sum(&fresh) + saved.min(sum(&fresh)));
	});
}

#[test]
fn without_a_majority_the_verdict_stands() {
	TestNet::new().operators(7).run(|| {
		let (task, executor, _) = agreed(request(), TRUTH);
		assert_ok!(appeal(STRANGER, task));
		next_block();
		let fresh = drawn(task, Role::Appeal);
		for (member, outcome) in fresh.iter().zip([TRUTH, TRUTH, LIE, LIE, OTHER_LIE]) {
			assert_ok!(commit_on_panel(*member, task, outcome));
		}
		for (member, outcome) in fresh.iter().zip([TRUTH, TRUTH, LIE, LIE, OTHER_LIE]) {
			assert_ok!(open_panel(*member, task, outcome));
		}
		assert_eq!(trial(task).appeal.unwrap().ruling, Ruling::Unheard);
		let settled = finalised(task);
		assert_eq!(settled.share_of(executor), (Conduct::Agreed, price(executor), 0));
		for member in fresh {
			assert_eq!(settled.share_of(member), (Conduct::Unjudged, price(member) / 2, 0));
		}
	});
}

#[test]
fn those_who_judge_again_and_do_nothing_leave_the_verdict_alone() {
	TestNet::new().operators(5).run(|| {
		let before = free(STRANGER);
		let (task, ..) = agreed(request(), TRUTH);
		assert_ok!(appeal(STRANGER, task));
		next_block();
		assert_eq!(drawn(task, Role::Appeal).len(), 3, "all that remain");
		run_to_block(trial(task).deadline + 1);
		let accepted = Verdict::Accepted { outcome: TRUTH, possession: None };
		assert_eq!(stage(task), Stage::Decided(accepted));
		finalised(task);
		assert_eq!(free(STRANGER), before);
	});
}

#[test]
fn an_inconclusive_verdict_can_be_decided_by_an_appeal() {
	TestNet::new().operators(7).run(|| {
		let (task, executor, verifier) = disputed(request(), LIE, TRUTH);
		next_block();
		let panel = panel(task);
		// The panel says nothing.
		run_to_block(trial(task).deadline + 1);
		run_to_block(trial(task).deadline + 1);
		while !matches!(stage(task), Stage::Decided(_)) {
			run_to_block(trial(task).deadline + 1);
		}
		assert_eq!(stage(task), Stage::Decided(Verdict::Inconclusive));
		let engine_operators = 7;
		assert!(engine_operators - 2 - panel.len() < 3);
		assert_noop!(appeal(STRANGER, task), Error::<Test>::NotAppealable);
		(7..12).for_each(|n| register(ClusterId(n), 1));
		assert_ok!(appeal(STRANGER, task));
		next_block();
		// Nobody who came after the submission judges it.
		assert_eq!(stage(task), Stage::PanelDrawing);
		run_to_block(trial(task).deadline + 1);
		assert_eq!(stage(task), Stage::Decided(Verdict::Inconclusive));
		let settled = finalised(task);
		for cluster in [executor, verifier] {
			assert_eq!(settled.share_of(cluster), (Conduct::Unjudged, price(cluster) / 2, 0));
		}
	});
}

#[test]
fn a_dissenter_of_the_panel_who_was_right_is_paid_after_all() {
	TestNet::new().operators(10).run(|| {
		let (task, liar, verifier, panel) = seated(request());
		// The panel is bought.
		for member in &panel {
			assert_ok!(commit_on_panel(*member, task, LIE));
		}
		assert_ok!(possess(liar, task, LIE));
		assert_ok!(possess(verifier, task, TRUTH));
		panel_opens(task, LIE);
		assert_eq!(EdgeConnect::cluster(verifier).unwrap().pledged, PLACE_BOND / 2);
		assert_ok!(appeal(owner(verifier), task));
		assert_eq!(EdgeConnect::cluster(verifier).unwrap().pledged, PLACE_BOND / 2, "not yet");
		judged_again(task, TRUTH);
		assert_eq!(EdgeConnect::cluster(verifier).unwrap().pledged, 0);
		assert_eq!(EdgeConnect::cluster(panel[0]).unwrap().pledged, PLACE_BOND / 2);
		let settled = finalised(task);
		assert_eq!(settled.share_of(verifier), (Conduct::Agreed, price(verifier), 0));
		assert_eq!(settled.share_of(liar), (Conduct::Dissented, 0, PLACE_BOND / 2));
		for member in panel {
			assert_eq!(settled.share_of(member), (Conduct::Dissented, 0, PLACE_BOND / 2));
		}
	});
}

#[test]
fn an_appeal_comes_in_time_and_once() {
	TestNet::new().operators(12).run(|| {
		assert_noop!(appeal(STRANGER, TaskId(0)), Error::<Test>::NoTask);
		let (task, executor) = verifying(request(), TRUTH);
		assert_noop!(appeal(STRANGER, task), Error::<Test>::WrongStage);
		assert_ok!(answer(verifier(task), task, TRUTH));
		assert_ok!(open(executor, task, TRUTH));
		assert_noop!(
			Verification::appeal(RuntimeOrigin::none(), task),
			sp_runtime::DispatchError::BadOrigin
		);
		assert_ok!(appeal(STRANGER, task));
		assert_noop!(appeal(STRANGER, task), Error::<Test>::WrongStage);
		judged_again(task, TRUTH);
		assert_noop!(appeal(STRANGER, task), Error::<Test>::NotAppealable);
		let (late, ..) = agreed(request(), TRUTH);
		run_full_blocks_to(trial(late).deadline + 1);
		assert_noop!(appeal(STRANGER, late), Error::<Test>::TooLate);
	});
}

#[test]
fn where_nobody_is_left_there_is_no_appeal() {
	TestNet::new().operators(4).run(|| {
		let (task, ..) = agreed(request(), TRUTH);
		assert_noop!(appeal(STRANGER, task), Error::<Test>::NotAppealable);
	});
}

#[test]
fn whoever_cannot_hold_the_bond_cannot_appeal() {
	TestNet::new().operators(7).run(|| {
		let (task, ..) = agreed(request(), TRUTH);
		let poor = 9_999;
		assert_noop!(appeal(poor, task), sp_runtime::TokenError::FundsUnavailable);
	});
}

#[test]
fn useful_acts_cost_no_fee_and_refused_ones_do() {
	use frame_support::pallet_prelude::Pays;
	TestNet::new().operators(7).run(|| {
		let (task, executor) = executing(request());
		let seal = sealed(executor, task, TRUTH);
		let act = || Verification::commit(signed_for(executor), task, executor, seal);
		assert_eq!(act().unwrap().pays_fee, Pays::No);
		assert_eq!(act().unwrap_err().post_info.pays_fee, Pays::Yes);
	});
}

// SPDX-License-Identifier: GPL-3.0-or-later
//! Purses: money that is paid in beforehand.

use super::*;

fn requester() -> RuntimeOrigin {
	RuntimeOrigin::signed(REQUESTER)
}

#[test]
fn a_purse_is_filled_and_emptied() {
	TestNet::new().run(|| {
		let before = free(REQUESTER);
		assert_ok!(Verification::fund_purse(requester(), 5 * UNIT));
		assert_ok!(Verification::fund_purse(requester(), 2 * UNIT));
		assert_eq!(Verification::purse(REQUESTER), 7 * UNIT);
		assert_eq!(free(REQUESTER), before - 7 * UNIT);
		assert_ok!(Verification::empty_purse(requester(), 3 * UNIT));
		assert_noop!(
			Verification::empty_purse(requester(), 4 * UNIT + 1),
			Error::<Test>::PurseEmpty
		);
		assert_ok!(Verification::empty_purse(requester(), 4 * UNIT));
		assert_eq!(free(REQUESTER), before);
		let account = REQUESTER;
		assert_eq!(
			own_events(),
			[
				Event::PurseFunded { account, amount: 5 * UNIT },
				Event::PurseFunded { account, amount: 2 * UNIT },
				Event::PurseEmptied { account, amount: 3 * UNIT },
				Event::PurseEmptied { account, amount: 4 * UNIT },
			]
		);
	});
}

#[test]
fn less_than_an_account_is_not_kept() {
	TestNet::new().run(|| {
		assert_noop!(
			Verification::fund_purse(requester(), EXISTENTIAL_DEPOSIT - 1),
			Error::<Test>::TooLittle
		);
		assert_noop!(Verification::empty_purse(requester(), 0), Error::<Test>::PurseEmpty);
		assert_ok!(Verification::fund_purse(requester(), UNIT));
		assert_ok!(Verification::empty_purse(requester(), UNIT - EXISTENTIAL_DEPOSIT + 1));
		assert_eq!(Verification::purse(REQUESTER), 0, "the rest came along");
	});
}

#[test]
fn nobody_pays_in_what_it_needs_to_exist() {
	TestNet::new().run(|| {
		let all = free(REQUESTER);
		assert_noop!(
			Verification::fund_purse(requester(), all),
			sp_runtime::TokenError::NotExpendable
		);
	});
}

#[test]
fn a_task_is_paid_from_the_purse_if_its_worst_case_is_in_it() {
	TestNet::new().operators(6).run(|| {
		let held = held_for(&request());
		assert_ok!(Verification::fund_purse(requester(), held + UNIT));
		let before = free(REQUESTER);
		let (task, executor) = verifying(request(), TRUTH);
		assert_eq!((Verification::purse(REQUESTER), escrow(REQUESTER)), (UNIT, 0));
		// The next does not fit: it is paid from the account.
		let other = submit(request());
		assert_eq!((Verification::purse(REQUESTER), escrow(REQUESTER)), (UNIT, held));
		assert_ok!(EdgeConnect::cancel_task(requester(), other));
		let verifier = verifier(task);
		assert_ok!(answer(verifier, task, TRUTH));
		assert_ok!(open(executor, task, TRUTH));
		let settled = finalised(task);
		assert_eq!(settled.paid, price(executor) + price(verifier));
		assert_eq!(Verification::purse(REQUESTER), held + UNIT - settled.paid);
		assert_eq!((free(REQUESTER), escrow(REQUESTER)), (before, 0));
		assert_ok!(claim_pay(executor));
		assert_ok!(claim_pay(verifier));
	});
}

#[test]
fn a_cancelled_task_fills_the_purse_again() {
	TestNet::new().run(|| {
		let held = held_for(&request());
		assert_ok!(Verification::fund_purse(requester(), held));
		let task = submit(request());
		assert_eq!(Verification::purse(REQUESTER), 0);
		assert_ok!(EdgeConnect::cancel_task(requester(), task));
		assert_eq!((Verification::purse(REQUESTER), escrow(REQUESTER)), (held, 0));
	});
}

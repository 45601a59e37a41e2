// SPDX-License-Identifier: GPL-3.0-or-later
//! `top_up_bond`, and the slash that makes it necessary.

use super::*;
use sp_runtime::TokenError;

fn topped_up(cluster: u32, amount: Balance) -> Event<Test> {
	Event::BondToppedUp { cluster: ClusterId(cluster), amount }
}

fn slashed(cluster: u32, amount: Balance) -> Event<Test> {
	Event::BondSlashed { cluster: ClusterId(cluster), amount }
}

#[test]
fn a_top_up_is_held_with_the_bond() {
	TestNet::new().cluster(ALICE).run(|| {
		assert_ok!(top_up(ALICE, 0, 5));
		assert_eq!(row(0).bond, BOND + 5);
		assert_eq!(held(ALICE), BOND + 5);
		assert_eq!(events(), [topped_up(0, 5)]);
	});
}

#[test]
fn a_slash_moves_bond_and_never_more_than_the_cluster_has() {
	TestNet::new().cluster(ALICE).cluster(ALICE).run(|| {
		assert_eq!(slash(0, BOND / 4), BOND / 4);
		assert_eq!(slash(0, 10 * BOND), BOND - BOND / 4);
		assert_eq!(slash(0, 1), 0);
		assert_eq!(row(0).bond, 0);
		assert_eq!(row(1).bond, BOND, "the other cluster's bond is not touched");
		assert_eq!(held(ALICE), BOND);
		assert_eq!(Balances::free_balance(TREASURY), FUNDS + BOND);
		assert_eq!(events(), [slashed(0, BOND / 4), slashed(0, BOND - BOND / 4)]);
	});
}

#[test]
fn a_slashed_cluster_is_drawn_again_once_its_bond_is_whole() {
	TestNet::new().cluster(ALICE).cluster(BOB).run(|| {
		slash(0, 1);
		slash(1, 1);
		let task = submit(request());
		run_draws();
		assert_eq!(drawn(task), [0; 0], "nobody has a whole bond");
		forget_events();
		assert_ok!(top_up(ALICE, 0, 1));
		next_block();
		run_draws();
		assert_eq!(drawn(task), [0]);
		let tries = seats(task)[0].record.tries;
		assert_eq!(events(), [topped_up(0, 1), woken(task), executor_drawn(task, 0, 2, tries)]);
	});
}

#[test]
fn only_the_owner_adds_and_only_what_it_has() {
	TestNet::new().cluster(ALICE).run(|| {
		assert_noop!(top_up(BOB, 0, 1), Error::<Test>::NotOwner);
		assert_noop!(top_up(ALICE, 1, 1), Error::<Test>::NoCluster);
		assert_noop!(top_up(ALICE, 0, FUNDS), TokenError::FundsUnavailable);
		assert_noop!(top_up(ALICE, 0, Balance::MAX), Error::<Test>::Exhausted);
		assert_eq!(events(), []);
	});
}

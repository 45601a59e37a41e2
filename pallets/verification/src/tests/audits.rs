// SPDX-License-Identifier: GPL-3.0-or-later
//! Audits: one operator runs the task, and a lot says whether another one does.

use super::*;
use assay_primitives::protocol::{Audit, Cause, Ruling};
use pallet_edge_connect::{
	types::{Experience, Record},
	Experiences, Records,
};

fn audited(floor: u8) -> TaskRequest {
	let demand = Demand { max_price: 20 * UNIT, ..request().demand };
	let policy = Policy { check: Check::Audited { floor }, ..request().policy };
	TaskRequest { demand, policy, ..request() }
}

fn operator(cluster: ClusterId) -> assay_primitives::OperatorId {
	EdgeConnect::cluster(cluster).unwrap().operator
}

/// Everybody was checked often.
fn experienced() {
	for cluster in (0..8).map(ClusterId).filter(|one| EdgeConnect::cluster(*one).is_some()) {
		let experience = Experience { checked: 1_000, ..Default::default() };
		Experiences::<Test>::insert(operator(cluster), experience);
	}
}

/// A task whose executor is bound to `outcome` and for which the lot has fallen, and the executor.
fn cast(floor: u8, outcome: Outcome) -> (TaskId, ClusterId) {
	let (task, executor) = executing(audited(floor));
	assert_ok!(commit(executor, task, outcome));
	next_block();
	(task, executor)
}

/// The first such task that is spared a check.
fn spared(outcome: Outcome) -> (TaskId, ClusterId) {
	for _ in 0..200 {
		let (task, executor) = cast(60, outcome);
		if stage(task) == Stage::Opening {
			return (task, executor);
		}
		// The others go on without us.
		run_to_block(now() + 1);
		let verifier = verifier(task);
		assert_ok!(answer(verifier, task, outcome));
		assert_ok!(open(executor, task, outcome));
		run_to_block(trial(task).deadline + 1);
	}
	panic!("a lot of 60 percent never spared anybody");
}

#[test]
fn whoever_is_fresh_is_always_checked() {
	TestNet::new().operators(6).run(|| {
		let (task, executor) = cast(60, TRUTH);
		assert_eq!((stage(task), trial(task).audit), (Stage::Verifying, Audit::Always));
		assert_ok!(answer(verifier(task), task, TRUTH));
		assert_ok!(open(executor, task, TRUTH));
		let settled = finalised(task);
		assert_eq!(settled.shares.len(), 2);
		assert_eq!(EdgeConnect::standing(operator(executor)).1, 1, "that was one check");
	});
}

#[test]
fn the_lot_spares_about_as_many_as_it_should() {
	TestNet::new().operators(6).run(|| {
		experienced();
		let mut checked = 0;
		for _ in 0..200 {
			let (task, executor) = cast(60, TRUTH);
			if stage(task) == Stage::Verifying {
				checked += 1;
				assert_ok!(answer(verifier(task), task, TRUTH));
			}
			assert_ok!(open(executor, task, TRUTH));
		}
		assert!((95..145).contains(&checked), "{checked} of 200 at 60 percent");
		run_to_block(now() + WINDOW + 1);
	});
}

#[test]
fn a_result_that_nobody_checked_is_accepted_alone_and_says_so() {
	TestNet::new().operators(6).run(|| {
		experienced();
		let (task, executor) = spared(TRUTH);
		assert!(own_events().contains(&Event::LotCast { task, checked: false }));
		let before = EdgeConnect::standing(operator(executor)).1;
		assert_ok!(open(executor, task, TRUTH));
		let accepted = Verdict::Accepted { outcome: TRUTH, possession: None };
		assert_eq!(stage(task), Stage::Decided(accepted));
		let settled = finalised(task);
		assert_eq!(settled.shares, [(executor, Conduct::Agreed, price(executor), 0)]);
		assert_eq!(settled.assurance(), Assurance::Unaudited);
		assert_eq!(EdgeConnect::standing(operator(executor)).1, before, "that was no check");
	});
}

#[test]
fn whoever_is_spared_and_hides_is_judged_by_a_panel_alone() {
	TestNet::new().operators(6).run(|| {
		experienced();
		let (task, executor) = spared(LIE);
		run_to_block(trial(task).deadline + 1);
		next_block();
		assert_eq!(stage(task), Stage::PanelSealing);
		panel_commits(task, TRUTH);
		panel_opens(task, TRUTH);
		let settled = finalised(task);
		assert_eq!(settled.share_of(executor), (Conduct::Silent, 0, PLACE_BOND));
		assert_eq!(settled.shares.len(), 3);
		assert!(matches!(settled.assurance(), Assurance::Panel(_)));
		assert_eq!(EdgeConnect::standing(operator(executor)).1, 0, "that is the end of trust");
	});
}

#[test]
fn a_fault_ends_the_trust_and_is_forgotten_by_and_by() {
	TestNet::new().operators(6).run(|| {
		experienced();
		let (task, ..) = disputed(request(), LIE, TRUTH);
		let liar = executor(task);
		next_block();
		panel_commits(task, TRUTH);
		for cluster in [liar, verifier(task)] {
			let found = trial(task).execution(cluster).unwrap().act.outcome().unwrap();
			assert_ok!(possess(cluster, task, found));
		}
		panel_opens(task, TRUTH);
		finalised(task);
		let (record, checked) = EdgeConnect::standing(operator(liar));
		assert_eq!((record.dissents, record.in_a_row, checked), (1, 1, 0));
		assert_eq!(record.lied_at, now());
		let later = record.at(now() + pallet_edge_connect::types::FORGETTING);
		assert_eq!((later.dissents, later.is_clean(now() + 1_000_000)), (0, true));
	});
}

/// A spared lie that is accepted, after which its operator is caught elsewhere.
fn tainted() -> (TaskId, ClusterId) {
	let (task, liar) = spared(LIE);
	assert_ok!(open(liar, task, LIE));
	let record = Record { lied_at: now(), faulted_at: now(), dissents: 1, ..Default::default() };
	Records::<Test>::insert(operator(liar), record);
	run_to_block(trial(task).deadline);
	own_events();
	next_block();
	assert!(own_events().contains(&Event::Tainted { task }));
	(task, liar)
}

#[test]
fn a_liar_s_other_results_are_looked_at_again() {
	TestNet::new().operators(8).run(|| {
		experienced();
		let before = free(REQUESTER) + escrow(REQUESTER);
		let (task, liar) = tainted();
		next_block();
		let fresh = drawn(task, Role::Appeal);
		assert_eq!((stage(task), fresh.len()), (Stage::PanelSealing, 5));
		for member in &fresh {
			assert_ok!(commit_on_panel(*member, task, TRUTH));
		}
		for member in &fresh {
			assert_ok!(open_panel(*member, task, TRUTH));
		}
		let appeal = trial(task).appeal.unwrap();
		assert_eq!(appeal.cause, Cause::Taint);
		assert!(matches!(appeal.ruling, Ruling::Overturned(_)));
		let settled = finalised(task);
		assert_eq!(settled.share_of(liar), (Conduct::Dissented, 0, PLACE_BOND / 2));
		let pay: Balance = fresh.iter().map(|member| price(*member)).sum();
		assert_eq!(settled.paid, pay, "the requester pays those who looked");
		assert!(free(REQUESTER) + escrow(REQUESTER) <= before);
		assert!(matches!(settled.assurance(), Assurance::Appeal(_)));
	});
}

#[test]
fn a_tainted_result_that_nobody_can_look_at_is_not_believed() {
	TestNet::new().operators(3).run(|| {
		experienced();
		let (task, liar) = tainted();
		run_to_block(trial(task).deadline + 1);
		assert_eq!(stage(task), Stage::Decided(Verdict::Tainted));
		let settled = finalised(task);
		assert_eq!(settled.share_of(liar), (Conduct::Unjudged, 0, 0));
		assert_eq!(settled.paid, 0);
		assert_eq!(settled.leaf, None);
	});
}

#[test]
fn a_price_at_which_lying_pays_is_refused() {
	TestNet::new().operators(6).run(|| {
		let most = assay_primitives::economics::max_payment(&audited(5).policy, PLACE_BOND);
		let at = |max_price| {
			let demand = Demand { max_price, ..audited(5).demand };
			try_submit(REQUESTER, TaskRequest { demand, ..audited(5) })
		};
		assert_noop!(at(most + 1), Error::<Test>::TooDear);
		assert_ok!(at(most));
		run_to_block(now() + 100);
	});
}

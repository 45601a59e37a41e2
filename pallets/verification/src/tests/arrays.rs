// SPDX-License-Identifier: GPL-3.0-or-later
//! Arrays: executions that differ are narrowed down to one item.

use super::*;
use assay_primitives::array::MAX_ITEMS;
use pallet_edge_connect::Event as EdgeEvent;

const ITEMS: u16 = 300;
const ITEM: u16 = 140;

fn array_of(items: u16) -> TaskRequest {
	let workload = Workload { items: Some(items), ..request().workload };
	TaskRequest { workload, ..request() }
}

/// What an honest cluster finds, and what the executor says.
fn claims() -> [Vec<Outcome>; 2] {
	[forged(ITEMS, ITEM, TRUTH), forged(ITEMS, ITEM, LIE)]
}

/// The executor lies about one item, and the verifier says so.
fn splitting() -> (TaskId, ClusterId, ClusterId) {
	let [truth, lie] = claims();
	let (task, executor) = verifying(array_of(ITEMS), whole(&lie));
	let verifier = verifier(task);
	assert_ok!(answer(verifier, task, whole(&truth)));
	assert_ok!(open(executor, task, whole(&lie)));
	assert_eq!(stage(task), Stage::Splitting);
	(task, executor, verifier)
}

/// They have shown where, and arbiters run the item.
fn arbitrated() -> (TaskId, ClusterId, ClusterId, Vec<ClusterId>) {
	let (task, executor, verifier) = splitting();
	let [truth, lie] = claims();
	for _ in 0..2 {
		assert_ok!(narrow(executor, task, &lie));
		assert_ok!(narrow(verifier, task, &truth));
	}
	next_block();
	(task, executor, verifier, drawn(task, Role::Arbiter))
}

fn errand(cluster: ClusterId) -> Balance {
	price(cluster) / 10
}

#[test]
fn whoever_lies_about_one_item_of_many_is_found_out() {
	TestNet::new().operators(8).run(|| {
		let [truth, _] = claims();
		own_events();
		let (task, executor, verifier, arbiters) = arbitrated();
		assert_eq!(arbiters.len(), 3);
		let seen = own_events();
		let narrowed = |cluster| Event::Narrowed { task, cluster };
		let seen: Vec<_> = seen
			.into_iter()
			.filter(|event| {
				let narrowing = matches!(event, Event::Narrowed { .. } | Event::ItemSought { .. });
				narrowing || matches!(event, Event::Disputed { .. })
			})
			.collect();
		let item = Event::ItemSought { task, item: ITEM };
		let round = [narrowed(executor), narrowed(verifier)];
		assert_eq!(seen, [&[Event::Disputed { task }][..], &round, &round, &[item]].concat());

		for arbiter in &arbiters {
			assert_ok!(commit_on_panel(*arbiter, task, TRUTH));
		}
		assert_eq!(stage(task), Stage::PanelOpening);
		own_events();
		for arbiter in &arbiters {
			assert_ok!(open_panel(*arbiter, task, TRUTH));
		}
		let clusters = vec![executor];
		assert_eq!(own_events().pop(), Some(Event::Refuted { task, clusters }));

		// One claim is no proof of the rest: a panel runs the whole array.
		next_block();
		let panel = panel(task);
		assert_eq!(panel.len(), 2);
		let array = whole(&truth);
		for member in &panel {
			assert_ok!(commit_on_panel(*member, task, array));
		}
		assert_ok!(possess(verifier, task, array));
		panel_opens(task, array);
		let settled = finalised(task);
		assert_eq!(settled.assurance(), Assurance::Panel(Breadth::Open));
		assert_eq!(settled.share_of(executor), (Conduct::Dissented, 0, PLACE_BOND / 2));
		assert_eq!(settled.share_of(verifier), (Conduct::Agreed, price(verifier), 0));
		for arbiter in arbiters {
			assert_eq!(settled.share_of(arbiter), (Conduct::Agreed, errand(arbiter), 0));
		}
		assert_eq!(bond(executor), SLOT_BOND - PLACE_BOND / 2);
		assert!(!Posted::<Test>::contains_key(task));
		let leaf = settled.leaf.expect("it was accepted");
		assert_eq!((leaf.outcome, leaf.executions.len()), (array, 7));
	});
}

#[test]
fn where_too_few_are_found_for_arbiters_they_are_the_panel() {
	// Two are in the task, and of two others nobody can be spared for a panel after arbiters.
	TestNet::new().operators(4).run(|| {
		let (task, _, _, arbiters) = arbitrated();
		assert_eq!(arbiters, []);
		let members = panel(task);
		assert_eq!(members.len(), 1);
		let events = System::events().into_iter().filter_map(|record| match record.event {
			RuntimeEvent::EdgeConnect(EdgeEvent::Drawn { role, clusters, .. }) => {
				Some((role, clusters))
			},
			_ => None,
		});
		assert_eq!(events.collect::<Vec<_>>(), [(Role::Panel, members)]);
		let draws = Cases::<Test>::get(task).unwrap().draws;
		let roles: Vec<_> = draws.iter().map(|draw| draw.role).collect();
		assert_eq!(roles, [Role::Executor, Role::Verifier, Role::Panel], "the leaf says the same");
	});
}

#[test]
fn an_array_that_both_agree_on_costs_what_any_task_costs() {
	TestNet::new().operators(3).run(|| {
		let array = whole(&forged(MAX_ITEMS, 0, TRUTH));
		let (task, executor) = verifying(array_of(MAX_ITEMS), array);
		let verifier = verifier(task);
		assert_ok!(answer(verifier, task, array));
		assert_ok!(open(executor, task, array));
		let settled = finalised(task);
		assert_eq!(settled.paid, price(executor) + price(verifier));
		assert_eq!(settled.assurance(), Assurance::Agreed);
	});
}

#[test]
fn where_both_lie_the_requester_gets_back_all_but_the_arbiters_pay() {
	TestNet::new().operators(8).run(|| {
		let treasury = free(TREASURY);
		let before = free(REQUESTER);
		let (one, other) = (forged(ITEMS, ITEM, LIE), forged(ITEMS, ITEM, OTHER_LIE));
		let (task, executor) = verifying(array_of(ITEMS), whole(&one));
		let verifier = verifier(task);
		assert_ok!(answer(verifier, task, whole(&other)));
		assert_ok!(open(executor, task, whole(&one)));
		for _ in 0..2 {
			assert_ok!(narrow(verifier, task, &other));
			assert_ok!(narrow(executor, task, &one));
		}
		next_block();
		let arbiters = drawn(task, Role::Arbiter);
		for arbiter in &arbiters {
			assert_ok!(commit_on_panel(*arbiter, task, TRUTH));
		}
		for arbiter in &arbiters {
			assert_ok!(open_panel(*arbiter, task, TRUTH));
		}
		assert_eq!(stage(task), Stage::Decided(Verdict::Refuted));
		let settled = finalised(task);
		let errands: Balance = arbiters.iter().map(|arbiter| errand(*arbiter)).sum();
		assert_eq!((settled.paid, settled.slashed), (errands, PLACE_BOND));
		assert_eq!(settled.leaf, None);
		// The fines repay what the arbiters cost.
		assert_eq!(free(REQUESTER), before);
		assert_eq!(free(TREASURY), treasury + PLACE_BOND - errands);
	});
}

#[test]
fn whoever_posts_nothing_is_silent_and_the_chain_goes_on() {
	TestNet::new().operators(8).run(|| {
		let (task, executor, verifier) = splitting();
		let [truth, _] = claims();
		assert_ok!(narrow(verifier, task, &truth));
		run_to_block(trial(task).deadline + 1);
		assert_eq!(trial(task).execution(executor).unwrap().act, Act::Silent);
		next_block();
		let array = whole(&truth);
		panel_commits(task, array);
		assert_ok!(possess(verifier, task, array));
		panel_opens(task, array);
		let settled = finalised(task);
		assert_eq!(settled.share_of(executor), (Conduct::Silent, 0, PLACE_BOND));
		assert!(!Posted::<Test>::contains_key(task));
	});
}

#[test]
fn what_does_not_lead_to_the_claim_is_refused_and_loses_nothing() {
	TestNet::new().operators(8).run(|| {
		let (task, executor, verifier) = splitting();
		let [truth, lie] = claims();
		assert_noop!(narrow(executor, task, &truth), Error::<Test>::ClaimMismatch);
		assert_noop!(narrow(executor, task, &truth[..128]), Error::<Test>::ClaimMismatch);
		let nowhere = TaskId(99);
		let nodes = Default::default();
		let posted = Verification::narrow(signed_for(executor), nowhere, executor, nodes);
		assert_noop!(acted(posted), Error::<Test>::NoTask);
		assert_ok!(narrow(executor, task, &lie));
		assert_noop!(narrow(executor, task, &lie), Error::<Test>::AlreadyActed);
		assert_noop!(narrow(verifier, task, &lie), Error::<Test>::ClaimMismatch);
		assert_ok!(narrow(verifier, task, &truth));
		assert_eq!(stage(task), Stage::Narrowing);
	});
}

#[test]
fn a_cluster_that_is_not_asked_posts_nothing() {
	TestNet::new().operators(8).run(|| {
		let [truth, _] = claims();
		let (task, _, _) = splitting();
		let idle = (0..8).map(ClusterId).find(|one| trial(task).execution(*one).is_none());
		assert_noop!(narrow(idle.unwrap(), task, &truth), Error::<Test>::NotDrawn);
		let (task, executor) = executing(array_of(ITEMS));
		let nodes = Default::default();
		let posted = Verification::narrow(signed_for(executor), task, executor, nodes);
		assert_noop!(acted(posted), Error::<Test>::WrongStage);
	});
}

#[test]
fn an_array_as_a_whole_never_fails() {
	TestNet::new().operators(8).run(|| {
		let (task, executor) = verifying(array_of(ITEMS), TRAP);
		let verifier = verifier(task);
		assert_noop!(answer(verifier, task, TRAP), Error::<Test>::NoArray);
		assert_ok!(answer(verifier, task, whole(&claims()[0])));
		assert_noop!(open(executor, task, TRAP), Error::<Test>::NoArray);
	});
}

#[test]
fn an_array_of_nothing_or_for_three_is_refused() {
	type Refused = pallet_edge_connect::Error<Test>;
	TestNet::new().operators(8).run(|| {
		for items in [0, MAX_ITEMS + 1] {
			assert_noop!(try_submit(REQUESTER, array_of(items)), Refused::BadItems);
		}
		let workload = array_of(5).workload;
		let request = TaskRequest { workload, ..request_of_three() };
		assert_noop!(try_submit(REQUESTER, request), Refused::ArrayQuorum);
	});
}

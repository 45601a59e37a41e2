// SPDX-License-Identifier: GPL-3.0-or-later
//! Those who let their first deadline pass, and those who take their places.

use super::*;

/// First deadlines that the operator of `cluster` let pass.
fn lapses(cluster: ClusterId) -> u32 {
	let operator = EdgeConnect::cluster(cluster).unwrap().operator;
	pallet_edge_connect::Records::<Test>::get(operator).lapses
}

#[test]
fn an_executor_that_lapses_is_replaced() {
	TestNet::new().operators(4).run(|| {
		let (task, first) = executing(request());
		events();
		run_to_block(trial(task).deadline);
		assert_eq!(stage(task), Stage::Executing, "the deadline is the last block in time");
		next_block();
		assert_eq!(own_events(), vec![Event::Lapsed { task, cluster: first }]);
		assert_eq!(lapses(first), 1, "its operator's standing suffers");
		assert_eq!((stage(task), trial(task).attempt), (Stage::Queued, 1));
		assert_noop!(commit(first, task, TRUTH), Error::<Test>::WrongStage);

		next_block();
		let second = executor(task);
		assert_ne!(second, first);
		assert_noop!(commit(first, task, TRUTH), Error::<Test>::AlreadyActed);
		assert_ok!(commit(second, task, TRUTH));
		next_block();
		assert_ne!(verifier(task), first, "nobody gets a second role in a task");
		assert_ok!(answer(verifier(task), task, TRUTH));
		assert_ok!(open(second, task, TRUTH));
		let settled = finalised(task);
		assert_eq!(settled.share_of(first), (Conduct::Absent, 0, 0));
		assert_eq!(settled.share_of(second), (Conduct::Agreed, price(second), 0));
		assert_eq!(bond(first), SLOT_BOND, "what was never promised is not punished by bond");
	});
}

#[test]
fn a_commitment_of_an_earlier_attempt_opens_nothing() {
	TestNet::new().operators(4).run(|| {
		let (task, first) = executing(request());
		let stale = |cluster| {
			let Opening { outcome, evidence_root, salt } = opening(cluster, TRUTH);
			let context = Verification::context(task);
			let seal = Trial { attempt: 0, ..trial(task) }.seal(&context, cluster);
			seal.commit(&outcome.digest(), &evidence_root, &salt)
		};
		assert_ok!(abstain(first, task));
		next_block();
		let second = executor(task);
		let origin = signed_for(second);
		assert_ok!(Verification::commit(origin, task, second, stale(second)));
		next_block();
		assert_ok!(answer(verifier(task), task, TRUTH));
		assert_noop!(open(second, task, TRUTH), Error::<Test>::SealMismatch);
	});
}

#[test]
fn three_executors_are_tried_and_no_more() {
	TestNet::new().operators(5).run(|| {
		let before = free(REQUESTER);
		let task = submit(request());
		for attempt in 0..3 {
			next_block();
			assert_eq!((stage(task), trial(task).attempt), (Stage::Executing, attempt));
			run_to_block(trial(task).deadline + 1);
		}
		assert_eq!(stage(task), Stage::Decided(Verdict::Unfulfilled));
		let settled = finalised(task);
		assert!(settled.shares.iter().all(|share| share.1 == Conduct::Absent));
		assert_eq!((settled.shares.len(), settled.paid), (3, 0));
		assert_eq!(free(REQUESTER), before);
	});
}

/// The first verifier is lost, and the two that replace it are drawn.
fn replaced(outcome: Outcome) -> (TaskId, ClusterId, [ClusterId; 2]) {
	let (task, executor) = verifying(request(), outcome);
	let lost = verifier(task);
	run_to_block(trial(task).deadline + 1);
	assert_eq!((stage(task), trial(task).wanted), (Stage::Drawing, 2));
	next_block();
	assert_eq!(stage(task), Stage::Verifying);
	let both: [ClusterId; 2] = drawn(task, Role::Verifier).try_into().unwrap();
	assert!(!both.contains(&lost) && !both.contains(&executor));
	(task, executor, both)
}

#[test]
fn a_verifier_that_lapses_is_replaced_by_two_who_must_agree() {
	TestNet::new().operators(4).run(|| {
		let (task, executor, [first, second]) = replaced(TRUTH);
		assert_noop!(answer(first, task, TRUTH), Error::<Test>::SealFirst);
		assert_ok!(commit(first, task, TRUTH));
		assert_ok!(commit(second, task, TRUTH));
		for cluster in [executor, first, second] {
			assert_ok!(open(cluster, task, TRUTH));
		}
		let verdict = Verdict::Accepted { outcome: TRUTH, possession: None };
		assert_eq!(stage(task), Stage::Decided(verdict));
		assert_eq!(finalised(task).paid, price(executor) + price(first) + price(second));
	});
}

#[test]
fn one_of_two_replacements_is_enough_to_dispute() {
	TestNet::new().operators(7).run(|| {
		// Losing a verifier did not buy the liar a better one.
		let (task, executor, [accomplice, honest]) = replaced(LIE);
		assert_ok!(commit(accomplice, task, LIE));
		assert_ok!(commit(honest, task, TRUTH));
		assert_ok!(open(executor, task, LIE));
		assert_ok!(open(accomplice, task, LIE));
		assert_ok!(open(honest, task, TRUTH));
		assert_eq!(stage(task), Stage::PanelDrawing);
		next_block();
		// Three are judged, so two more make the voters odd.
		assert_eq!(panel(task).len(), 2);
		panel_commits(task, TRUTH);
		for (cluster, outcome) in [(executor, LIE), (accomplice, LIE), (honest, TRUTH)] {
			assert_ok!(possess(cluster, task, outcome));
		}
		panel_opens(task, TRUTH);
		assert!(matches!(stage(task), Stage::Decided(Verdict::Accepted { outcome: TRUTH, .. })));
		let settled = finalised(task);
		for liar in [executor, accomplice] {
			assert_eq!(settled.share_of(liar), (Conduct::Dissented, 0, PLACE_BOND / 2));
		}
	});
}

#[test]
fn a_lost_replacement_ends_the_task_without_a_verdict() {
	TestNet::new().operators(5).run(|| {
		let (task, executor, [first, second]) = replaced(TRUTH);
		assert_ok!(commit(first, task, TRUTH));
		run_to_block(trial(task).deadline + 1);
		assert_eq!(stage(task), Stage::Decided(Verdict::NoVerifier));
		let settled = finalised(task);
		for cluster in [executor, first] {
			let half = price(cluster) / 2;
			assert_eq!(settled.share_of(cluster), (Conduct::Unjudged, half, 0));
		}
		assert_eq!(settled.share_of(second), (Conduct::Absent, 0, 0));
	});
}

#[test]
fn of_three_only_the_one_that_is_lost_is_replaced_by_two() {
	TestNet::new().operators(6).run(|| {
		let (task, executor) = verifying(request_of_three(), TRUTH);
		let verifiers = drawn(task, Role::Verifier);
		assert_ok!(abstain(verifiers[0], task));
		assert_eq!(stage(task), Stage::Verifying, "the other one is still at work");
		assert_ok!(commit(verifiers[1], task, TRUTH));
		assert_eq!((stage(task), trial(task).wanted), (Stage::Drawing, 2));
		next_block();
		let all = drawn(task, Role::Verifier);
		assert_eq!(all.len(), 3);
		assert_ok!(commit(all[1], task, TRUTH));
		assert_ok!(commit(all[2], task, TRUTH));
		for cluster in all.iter().chain([&executor]) {
			assert_ok!(open(*cluster, task, TRUTH));
		}
		let paid = all.iter().map(|one| price(*one)).sum::<Balance>() + price(executor);
		assert_eq!(finalised(task).paid, paid);
	});
}

#[test]
fn a_silent_panel_member_is_replaced_once() {
	TestNet::new().operators(6).run(|| {
		let (task, executor, verifier, members) = seated(request());
		let nonce = trial(task).nonce;
		let [lost, first, second] = members.try_into().unwrap();
		assert_ok!(commit_on_panel(first, task, TRUTH));
		assert_ok!(commit_on_panel(second, task, TRUTH));
		run_to_block(trial(task).deadline + 1);
		assert_eq!((stage(task), trial(task).wanted), (Stage::PanelDrawing, 1));
		next_block();
		assert_eq!(trial(task).nonce, nonce, "commitments are keyed by the first nonce");
		let fresh = panel(task)[2];
		assert!(![lost, first, second].contains(&fresh));
		assert_ok!(commit_on_panel(fresh, task, TRUTH));
		assert_eq!(stage(task), Stage::PanelShowing);
		assert_ok!(possess(executor, task, LIE));
		assert_ok!(possess(verifier, task, TRUTH));
		panel_opens(task, TRUTH);
		let settled = finalised(task);
		assert_eq!(settled.share_of(lost), (Conduct::Absent, 0, 0));
		assert_eq!(settled.share_of(fresh), (Conduct::Agreed, price(fresh), 0));
	});
}

#[test]
fn a_panel_makes_do_when_nobody_can_replace_the_lost() {
	TestNet::new().operators(5).run(|| {
		let (task, executor, verifier, members) = seated(request());
		assert_ok!(commit_on_panel(members[0], task, TRUTH));
		assert_ok!(commit_on_panel(members[1], task, TRUTH));
		assert_ok!(abstain(members[2], task));
		assert_eq!(stage(task), Stage::PanelDrawing);
		run_to_block(trial(task).deadline + 1);
		assert_eq!(stage(task), Stage::PanelShowing);
		assert_ok!(possess(executor, task, LIE));
		assert_ok!(possess(verifier, task, TRUTH));
		panel_opens(task, TRUTH);
		// The empty seat still has a vote: three of five.
		assert!(matches!(stage(task), Stage::Decided(Verdict::Accepted { outcome: TRUTH, .. })));
	});
}

#[test]
fn a_panel_that_all_walks_away_leaves_no_verdict() {
	TestNet::new().operators(5).run(|| {
		let (task, executor, verifier, members) = seated(request());
		for member in members {
			assert_ok!(abstain(member, task));
		}
		run_to_block(trial(task).deadline + 1);
		assert_eq!(stage(task), Stage::Decided(Verdict::Inconclusive));
		let settled = finalised(task);
		for cluster in [executor, verifier] {
			let half = price(cluster) / 2;
			assert_eq!(settled.share_of(cluster), (Conduct::Unjudged, half, 0));
		}
		assert_eq!(settled.slashed, 0);
	});
}

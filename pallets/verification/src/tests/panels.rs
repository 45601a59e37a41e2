// SPDX-License-Identifier: GPL-3.0-or-later
//! Disputes: who decides them, and who pays.

use super::*;
use assay_primitives::leaf::Assurance;

/// Everybody shows the panel what they found: the executor its lie, all others the truth.
fn decided_against_the_executor(request: TaskRequest) -> (TaskId, ClusterId, ClusterId) {
	let (task, executor, verifier, _) = seated(request);
	panel_commits(task, TRUTH);
	assert_ok!(possess(verifier, task, TRUTH));
	assert_ok!(possess(executor, task, LIE));
	panel_opens(task, TRUTH);
	(task, executor, verifier)
}

#[test]
fn a_dispute_is_told_as_it_happens() {
	TestNet::new().operators(3).run(|| {
		let (task, executor) = verifying(request(), LIE);
		let verifier = verifier(task);
		events();
		assert_ok!(answer(verifier, task, TRUTH));
		assert_ok!(open(executor, task, LIE));
		next_block();
		let member = panel(task)[0];
		let (truth, lie) = (possession(task, TRUTH), possession(task, LIE));
		let commitment = sealed_for_panel(member, task, TRUTH, truth);
		let nonce = trial(task).nonce.unwrap();
		assert_ok!(commit_on_panel(member, task, TRUTH));
		assert_ok!(possess(executor, task, LIE));
		assert_ok!(possess(verifier, task, TRUTH));
		assert_ok!(open_panel(member, task, TRUTH));
		assert_eq!(
			own_events(),
			vec![
				Event::Answered {
					task,
					cluster: verifier,
					outcome: TRUTH,
					evidence_root: evidence(verifier),
				},
				Event::Opened {
					task,
					cluster: executor,
					outcome: LIE,
					evidence_root: evidence(executor),
				},
				Event::Disputed { task },
				Event::PanelSeated { task, nonce, breadth: Breadth::Open },
				Event::Committed { task, cluster: member, commitment },
				Event::Possessed { task, cluster: executor, possession: lie },
				Event::Possessed { task, cluster: verifier, possession: truth },
				Event::PanelOpened {
					task,
					cluster: member,
					outcome: TRUTH,
					possession: truth,
					evidence_root: evidence(member),
				},
				Event::Decided {
					task,
					verdict: Verdict::Accepted { outcome: TRUTH, possession: Some(truth) },
					fines: vec![(executor, PLACE_BOND / 2)],
				},
			]
		);
	});
}

#[test]
fn a_panel_of_three_convicts_a_liar_who_repays_the_requester_first() {
	TestNet::new().operators(5).run(|| {
		let before = free(REQUESTER);
		let (task, executor, verifier) = decided_against_the_executor(request());
		let members = panel(task);
		assert_eq!(members.len(), 3);
		assert_eq!(bond(executor), SLOT_BOND, "nothing is taken before the window closes");
		let settled = finalised(task);

		let cost: Balance = members.iter().map(|member| price(*member)).sum();
		let fine = PLACE_BOND / 2;
		assert!(cost < fine, "the fine covers the panel and leaves something");
		assert_eq!(settled.share_of(executor), (Conduct::Dissented, 0, fine));
		assert_eq!(settled.share_of(verifier), (Conduct::Agreed, price(verifier), 0));
		for member in &members {
			assert_eq!(settled.share_of(*member), (Conduct::Agreed, price(*member), 0));
		}
		assert_eq!(settled.paid, cost + price(verifier));
		assert_eq!(settled.slashed, fine);
		assert_eq!(bond(executor), SLOT_BOND - fine);
		// The requester pays for one honest execution, as if there had been no dispute.
		assert_eq!(free(REQUESTER), before - price(verifier));
		assert_eq!(free(TREASURY), EXISTENTIAL_DEPOSIT + fine - cost);
		assert_eq!(accrued(executor), 0);
	});
}

#[test]
fn a_panel_of_one_decides_where_there_are_three_or_four() {
	for operators in [3, 4] {
		TestNet::new().operators(operators).run(|| {
			let (task, executor, _) = decided_against_the_executor(request());
			assert_eq!(panel(task).len(), 1);
			let settled = finalised(task);
			assert_eq!(settled.share_of(executor), (Conduct::Dissented, 0, PLACE_BOND / 2));
			assert_eq!(Anchor::log().size, 1);
		});
	}
}

#[test]
fn a_disputed_result_says_so_in_its_leaf() {
	TestNet::new().operators(5).run(|| {
		let (task, executor, _) = decided_against_the_executor(request());
		let shown = possession(task, TRUTH);
		let size = panel(task).len();
		run_to_block(trial(task).deadline + 1);
		let leaf = events().into_iter().find_map(|event| match event {
			RuntimeEvent::Anchor(pallet_anchor::Event::LeafAppended { leaf, .. }) => Some(leaf),
			_ => None,
		});
		let leaf = leaf.expect("an accepted result is anchored");
		assert_eq!(
			(leaf.assurance, leaf.possession),
			(Assurance::Panel(Breadth::Open), Some(shown))
		);
		assert_eq!((leaf.outcome, leaf.executions.len()), (TRUTH, 2 + size));
		let roles: Vec<Role> = leaf.draws.iter().map(|draw| draw.role).collect();
		assert_eq!(roles, [Role::Executor, Role::Verifier, Role::Panel]);
		let liar = leaf.executions.iter().find(|one| one.cluster == executor).unwrap();
		assert_eq!(liar.conduct, Conduct::Dissented);
	});
}

#[test]
fn two_operators_that_differ_leave_it_open_and_get_half() {
	TestNet::new().operators(2).run(|| {
		let (task, executor, verifier) = disputed(request(), LIE, TRUTH);
		run_to_block(now() + OPENING_BLOCKS);
		assert_eq!(stage(task), Stage::PanelDrawing);
		next_block();
		assert_eq!(stage(task), Stage::Decided(Verdict::Inconclusive));
		let settled = finalised(task);
		for cluster in [executor, verifier] {
			let half = price(cluster) / 2;
			assert_eq!(settled.share_of(cluster), (Conduct::Unjudged, half, 0));
			assert_eq!(bond(cluster), SLOT_BOND);
		}
		assert_eq!(settled.refunded, held_for(&request()) - settled.paid);
		assert_eq!(Anchor::log().size, 0);
	});
}

#[test]
fn a_panel_without_a_majority_leaves_it_open_and_all_get_half() {
	TestNet::new().operators(5).run(|| {
		let (task, executor, verifier, members) = seated(request());
		let votes = [(members[0], TRUTH), (members[1], LIE), (members[2], OTHER_LIE)];
		for (member, outcome) in votes {
			assert_ok!(commit_on_panel(member, task, outcome));
		}
		assert_ok!(possess(executor, task, LIE));
		assert_ok!(possess(verifier, task, TRUTH));
		for (member, outcome) in votes {
			assert_ok!(open_panel(member, task, outcome));
		}
		assert_eq!(stage(task), Stage::Decided(Verdict::Inconclusive));
		let settled = finalised(task);
		assert_eq!(settled.shares.len(), 5);
		for (cluster, conduct, pay, slash) in settled.shares {
			assert_eq!((conduct, pay, slash), (Conduct::Unjudged, price(cluster) / 2, 0));
		}
	});
}

#[test]
fn silence_of_the_executor_costs_the_bond_of_a_whole_place() {
	TestNet::new().operators(5).run(|| {
		let before = free(REQUESTER);
		let (task, executor) = verifying(request(), LIE);
		let verifier = verifier(task);
		assert_ok!(answer(verifier, task, TRUTH));
		run_to_block(now() + OPENING_BLOCKS);
		assert_eq!(stage(task), Stage::Opening);
		next_block();
		assert_eq!(stage(task), Stage::PanelDrawing, "an answer is public: nothing is redrawn");
		next_block();
		panel_commits(task, TRUTH);
		assert_noop!(possess(executor, task, LIE), Error::<Test>::AlreadyActed);
		assert_ok!(possess(verifier, task, TRUTH));
		panel_opens(task, TRUTH);
		let members = panel(task);
		let settled = finalised(task);
		assert_eq!(settled.share_of(executor), (Conduct::Silent, 0, PLACE_BOND));
		assert_eq!((settled.slashed, bond(executor)), (PLACE_BOND, SLOT_BOND - PLACE_BOND));
		let cost: Balance = members.iter().map(|member| price(*member)).sum();
		assert_eq!(free(REQUESTER), before - price(verifier));
		assert_eq!(free(TREASURY), EXISTENTIAL_DEPOSIT + PLACE_BOND - cost);
	});
}

#[test]
fn silence_in_front_of_the_panel_costs_the_whole_slot() {
	TestNet::new().operators(5).run(|| {
		let before = free(REQUESTER);
		let (task, executor, verifier, members) = seated(request());
		panel_commits(task, TRUTH);
		assert_ok!(possess(verifier, task, TRUTH));
		// The liar shows nothing, and one member does not open.
		run_to_block(trial(task).deadline + 1);
		assert_ok!(open_panel(members[0], task, TRUTH));
		assert_ok!(open_panel(members[1], task, TRUTH));
		run_to_block(trial(task).deadline + 1);
		assert!(matches!(stage(task), Stage::Decided(Verdict::Accepted { outcome: TRUTH, .. })));
		let settled = finalised(task);
		for cluster in [executor, members[2]] {
			assert_eq!(settled.share_of(cluster), (Conduct::Silent, 0, PLACE_BOND));
		}
		assert_eq!(settled.slashed, 2 * PLACE_BOND);
		// However many are guilty, the requester is repaid once.
		let cost = price(members[0]) + price(members[1]);
		assert_eq!(free(REQUESTER), before - price(verifier));
		assert_eq!(free(TREASURY), EXISTENTIAL_DEPOSIT + 2 * PLACE_BOND - cost);
	});
}

#[test]
fn the_declared_class_never_loses_bond() {
	TestNet::new().operators(5).run(|| {
		let (task, executor, _) = decided_against_the_executor(declared_request());
		let settled = finalised(task);
		assert_eq!(settled.share_of(executor), (Conduct::Dissented, 0, 0));
		assert_eq!(settled.slashed, 0);

		// Nor for silence.
		let (task, executor) = verifying(declared_request(), LIE);
		let verifier = verifier(task);
		assert_ok!(answer(verifier, task, TRUTH));
		run_to_block(trial(task).deadline + 1);
		next_block();
		panel_commits(task, TRUTH);
		assert_ok!(possess(verifier, task, TRUTH));
		panel_opens(task, TRUTH);
		let settled = finalised(task);
		assert_eq!(settled.share_of(executor), (Conduct::Silent, 0, 0));
		for cluster in [ALPHA, BRAVO, CHARLIE, DELTA] {
			assert_eq!(bond(cluster), SLOT_BOND);
		}
		assert_eq!(free(TREASURY), EXISTENTIAL_DEPOSIT);
	});
}

#[test]
fn a_lying_verifier_is_convicted_like_a_lying_executor() {
	TestNet::new().operators(5).run(|| {
		let (task, executor, verifier) = disputed(request(), TRUTH, LIE);
		next_block();
		panel_commits(task, TRUTH);
		assert_ok!(possess(executor, task, TRUTH));
		assert_ok!(possess(verifier, task, LIE));
		panel_opens(task, TRUTH);
		let settled = finalised(task);
		assert_eq!(settled.share_of(executor), (Conduct::Agreed, price(executor), 0));
		assert_eq!(settled.share_of(verifier), (Conduct::Dissented, 0, PLACE_BOND / 2));
	});
}

#[test]
fn whoever_has_the_digest_without_the_bytes_votes_alone() {
	TestNet::new().operators(5).run(|| {
		let (task, executor, verifier, members) = seated(request());
		let copied = Possession([9; 32]);
		let opening = opening(members[0], TRUTH);
		let seal = trial(task).seal(&Verification::context(task), members[0]);
		let commitment =
			seal.commit_panel(&TRUTH.digest(), &copied, &opening.evidence_root, &opening.salt);
		let origin = || signed_for(members[0]);
		assert_ok!(Verification::commit(origin(), task, members[0], commitment));
		assert_ok!(commit_on_panel(members[1], task, TRUTH));
		assert_ok!(commit_on_panel(members[2], task, TRUTH));
		assert_ok!(possess(verifier, task, TRUTH));
		assert_ok!(possess(executor, task, LIE));
		assert_ok!(Verification::open_panel(origin(), task, members[0], opening, copied));
		assert_ok!(open_panel(members[1], task, TRUTH));
		assert_ok!(open_panel(members[2], task, TRUTH));
		let settled = finalised(task);
		assert_eq!(settled.share_of(members[0]), (Conduct::Dissented, 0, PLACE_BOND / 2));
		assert_eq!(settled.share_of(members[1]), (Conduct::Agreed, price(members[1]), 0));
	});
}

#[test]
fn one_bond_never_answers_for_two_faults() {
	TestNet::new().operators(6).run(|| {
		let policy = Policy { window: 500, ..request().policy };
		let long = || TaskRequest { policy, ..request() };
		let (task, liar, _) = decided_against_the_executor(long());
		let closes = trial(task).deadline;
		let row = || EdgeConnect::cluster(liar).unwrap();
		assert_eq!((row().bond, row().pledged), (SLOT_BOND, PLACE_BOND / 2));
		assert_eq!(row().status, ClusterStatus::Underbonded);
		// The window is open for long; meanwhile no draw finds the liar.
		let serve = || {
			let (task, executor) = verifying(long(), TRUTH);
			let verifier = verifier(task);
			assert_ok!(answer(verifier, task, TRUTH));
			assert_ok!(open(executor, task, TRUTH));
			[executor, verifier]
		};
		for _ in 0..20 {
			assert!(!serve().contains(&liar));
		}
		// A bond that is whole again beside the fine lets it back.
		let missing = PLACE_BOND / 2;
		assert_ok!(EdgeConnect::top_up_bond(signed_for(liar), liar, missing - 1));
		assert_eq!(row().status, ClusterStatus::Underbonded);
		assert_ok!(EdgeConnect::top_up_bond(signed_for(liar), liar, 1));
		assert_eq!(row().status, ClusterStatus::Active);
		assert!((0..50).any(|_| serve().contains(&liar)));
		assert!(now() < closes);
		run_to_block(closes + 1);
		assert_eq!((row().bond, row().pledged), (SLOT_BOND, 0));
		assert_eq!(row().status, ClusterStatus::Active);
	});
}

#[test]
fn a_requester_that_chose_the_judges_takes_nobody_s_bond_or_standing() {
	TestNet::new().operators(5).run(|| {
		// The requester owns the executor and the panel, and lets only them and one other run the task.
		let allow = (0..5).map(ClusterId).collect::<Vec<_>>().try_into().unwrap();
		let access = Access { allow, ..Default::default() };
		let (task, executor, honest, _) = seated(TaskRequest { access, ..request() });
		assert_eq!(trial(task).breadth, Breadth::Narrow);
		panel_commits(task, LIE);
		assert_ok!(possess(executor, task, LIE));
		assert_ok!(possess(honest, task, TRUTH));
		panel_opens(task, LIE);
		let settled = finalised(task);
		assert_eq!(settled.share_of(honest), (Conduct::Dissented, 0, 0));
		assert_eq!((settled.slashed, bond(honest)), (0, SLOT_BOND));
		assert_eq!(lapses(honest), 0);
	});
}

// SPDX-License-Identifier: GPL-3.0-or-later

use super::*;

#[test]
fn a_member_opens_outcome_and_possession_together() {
	TestNet::new().operators(5).run(|| {
		let (task, executor, verifier, members) = seated(request());
		let cluster = members[0];
		assert_noop!(open_panel(cluster, task, TRUTH), Error::<Test>::WrongStage);
		panel_commits(task, TRUTH);
		assert_ok!(possess(executor, task, LIE));
		assert_ok!(possess(verifier, task, TRUTH));
		let shown = possession(task, TRUTH);
		let origin = || signed_for(cluster);
		let right = opening(cluster, TRUTH);
		for opening in [
			Opening { outcome: LIE, ..right },
			Opening { salt: Salt([0; 32]), ..right },
			Opening { evidence_root: EvidenceRoot([0; 32]), ..right },
		] {
			assert_noop!(
				acted(Verification::open_panel(origin(), task, cluster, opening, shown)),
				Error::<Test>::SealMismatch
			);
		}
		assert_noop!(
			acted(Verification::open_panel(origin(), task, cluster, right, Possession([0; 32]))),
			Error::<Test>::SealMismatch
		);
		events();
		assert_ok!(open_panel(cluster, task, TRUTH));
		let evidence_root = evidence(cluster);
		assert_eq!(
			own_events(),
			vec![Event::PanelOpened {
				task,
				cluster,
				outcome: TRUTH,
				possession: shown,
				evidence_root
			}]
		);
		assert_noop!(open_panel(cluster, task, TRUTH), Error::<Test>::AlreadyActed);
	});
}

#[test]
fn only_the_owner_of_a_member_opens_in_front_of_the_panel() {
	TestNet::new().operators(6).run(|| {
		let (task, executor, verifier, members) = seated(request());
		panel_commits(task, TRUTH);
		assert_ok!(possess(executor, task, LIE));
		assert_ok!(possess(verifier, task, TRUTH));
		let all = [executor, verifier, members[0], members[1], members[2]];
		let outsider = (0..6).map(ClusterId).find(|cluster| !all.contains(cluster)).unwrap();
		let open = |signer, task, cluster| {
			let (opening, shown) = (opening(cluster, TRUTH), Possession([0; 32]));
			let origin = RuntimeOrigin::signed(signer);
			acted(Verification::open_panel(origin, task, cluster, opening, shown))
		};
		assert_noop!(open(owner(members[0]), TaskId(9), members[0]), Error::<Test>::NoTask);
		assert_noop!(open(STRANGER, task, members[0]), Error::<Test>::NotOwner);
		assert_noop!(open(owner(members[1]), task, members[0]), Error::<Test>::NotOwner);
		assert_noop!(open(owner(outsider), task, outsider), Error::<Test>::NotDrawn);
		assert_noop!(open(owner(executor), task, executor), Error::<Test>::WrongRole);
		assert_noop!(open(owner(verifier), task, verifier), Error::<Test>::WrongRole);
	});
}

#[test]
fn a_member_that_opens_too_late_was_silent() {
	TestNet::new().operators(5).run(|| {
		let (task, executor, verifier, members) = seated(request());
		panel_commits(task, TRUTH);
		assert_ok!(possess(executor, task, LIE));
		assert_ok!(possess(verifier, task, TRUTH));
		assert_ok!(open_panel(members[0], task, TRUTH));
		assert_ok!(open_panel(members[1], task, TRUTH));
		run_full_blocks_to(trial(task).deadline + 1);
		assert_noop!(open_panel(members[2], task, TRUTH), Error::<Test>::TooLate);
		next_block();
		assert_eq!(trial(task).execution(members[2]).unwrap().act, Act::Silent);
		assert_noop!(open_panel(members[2], task, TRUTH), Error::<Test>::WrongStage);
	});
}

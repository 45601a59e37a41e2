// SPDX-License-Identifier: GPL-3.0-or-later

use super::*;

#[test]
fn the_first_executions_show_that_they_hold_the_bytes() {
	TestNet::new().operators(3).run(|| {
		let (task, executor, verifier, members) = seated(request());
		assert_noop!(possess(executor, task, LIE), Error::<Test>::WrongStage);
		panel_commits(task, TRUTH);
		events();
		assert_ok!(possess(executor, task, LIE));
		let shown = possession(task, LIE);
		assert_eq!(
			own_events(),
			vec![Event::Possessed { task, cluster: executor, possession: shown }]
		);
		assert_noop!(possess(executor, task, TRUTH), Error::<Test>::AlreadyActed);

		// Before the last one has shown what it has, the panel must not open.
		assert_eq!(stage(task), Stage::PanelShowing);
		assert_noop!(open_panel(members[0], task, TRUTH), Error::<Test>::WrongStage);
		assert_ok!(possess(verifier, task, TRUTH));
		assert_eq!(stage(task), Stage::PanelOpening);
		panel_opens(task, TRUTH);
		assert!(matches!(stage(task), Stage::Decided(Verdict::Accepted { outcome: TRUTH, .. })));
	});
}

#[test]
fn only_the_owners_of_the_first_executions_possess() {
	TestNet::new().operators(4).run(|| {
		let (task, executor, verifier, members) = seated(request());
		panel_commits(task, TRUTH);
		let outsider = ClusterId(6 - executor.0 - verifier.0 - members[0].0);
		let possess = |signer, task, cluster| {
			let origin = RuntimeOrigin::signed(signer);
			acted(Verification::possess(origin, task, cluster, Possession([0; 32])))
		};
		assert_noop!(possess(owner(executor), TaskId(9), executor), Error::<Test>::NoTask);
		assert_noop!(possess(STRANGER, task, executor), Error::<Test>::NotOwner);
		assert_noop!(possess(owner(verifier), task, executor), Error::<Test>::NotOwner);
		assert_noop!(possess(owner(outsider), task, outsider), Error::<Test>::NotDrawn);
		assert_noop!(possess(owner(members[0]), task, members[0]), Error::<Test>::WrongRole);
	});
}

#[test]
fn possession_has_its_time() {
	TestNet::new().operators(3).run(|| {
		let (task, executor, verifier, _) = seated(request());
		panel_commits(task, TRUTH);
		assert_ok!(possess(verifier, task, TRUTH));
		run_full_blocks_to(trial(task).deadline + 1);
		assert_noop!(possess(executor, task, LIE), Error::<Test>::TooLate);
		next_block();
		assert_eq!(trial(task).execution(executor).unwrap().act, Act::Silent);
		// What the panel shows now is of no use to it any more.
		panel_opens(task, TRUTH);
		assert!(matches!(stage(task), Stage::Decided(Verdict::Accepted { outcome: TRUTH, .. })));
	});
}

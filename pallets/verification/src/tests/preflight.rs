// SPDX-License-Identifier: GPL-3.0-or-later
//! A trial run first: a task that one cluster cannot reproduce ends before others disagree about it.

use super::*;

fn tried() -> TaskRequest {
	let request = declared_request();
	TaskRequest { policy: Policy { preflight: true, ..request.policy }, ..request }
}

fn admit(cluster: ClusterId, task: TaskId) -> Acted {
	acted(Verification::admit_unstable(signed_for(cluster), task, cluster))
}

#[test]
fn a_task_that_cannot_be_reproduced_ends_for_a_quarter_of_the_price() {
	TestNet::new().operators(3).run(|| {
		let before = free(REQUESTER);
		let (task, cluster) = executing(tried());
		own_events();
		assert_ok!(admit(cluster, task));
		let verdict = Verdict::NotDeterministic;
		assert_eq!(
			own_events(),
			[Event::Unstable { task, cluster }, Event::Decided { task, verdict, fines: vec![] }]
		);
		assert_eq!(EdgeConnect::cluster(cluster).unwrap().assignments, vec![]);
		let settled = finalised(task);
		assert_eq!(settled.share_of(cluster), (Conduct::Unjudged, price(cluster) / 4, 0));
		assert_eq!(free(REQUESTER), before - price(cluster) / 4);
		assert_eq!(settled.leaf, None);
	});
}

#[test]
fn only_the_executor_of_a_task_that_is_tried_can_end_it_so() {
	TestNet::new().operators(3).run(|| {
		let (task, executor) = executing(declared_request());
		assert_noop!(admit(executor, task), Error::<Test>::NotAsked);
		let (task, executor) = verifying(tried(), TRUTH);
		assert_noop!(admit(executor, task), Error::<Test>::WrongStage);
		assert_noop!(admit(verifier(task), task), Error::<Test>::WrongStage);
		let (task, executor) = executing(tried());
		let other = (0..3).map(ClusterId).find(|other| *other != executor).unwrap();
		assert_noop!(admit(other, task), Error::<Test>::NotDrawn);
		assert_noop!(
			acted(Verification::admit_unstable(RuntimeOrigin::signed(STRANGER), task, executor)),
			Error::<Test>::NotOwner
		);
		assert_noop!(admit(executor, TaskId(99)), Error::<Test>::NoTask);
	});
}

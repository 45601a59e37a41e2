// SPDX-License-Identifier: GPL-3.0-or-later
//! Every call with every wrong origin.

use super::*;
use sp_runtime::{traits::Dispatchable, DispatchError};

/// One call of each kind for `cluster`.
pub fn calls(task: TaskId, cluster: ClusterId) -> Vec<crate::Call<Test>> {
	use crate::Call;
	let opening = opening(cluster, TRUTH);
	let (evidence_root, possession) = (evidence(cluster), Possession([0; 32]));
	vec![
		Call::commit { task, cluster, commitment: Commitment([0; 32]) },
		Call::answer { task, cluster, outcome: TRUTH, evidence_root },
		Call::open { task, cluster, opening },
		Call::open_panel { task, cluster, opening, possession },
		Call::possess { task, cluster, possession },
		Call::abstain { task, cluster, reason: Abstention::Unavailable },
		Call::poke { task },
		Call::claim_pay { cluster },
		Call::appeal { task },
		Call::admit_unstable { task, cluster },
		Call::fund_purse { amount: 0 },
		Call::empty_purse { amount: 1 },
		Call::narrow { task, cluster, nodes: Default::default() },
		Call::complain { task },
	]
}

fn refused(origin: RuntimeOrigin, call: &crate::Call<Test>) -> DispatchError {
	let call = RuntimeCall::from(call.clone());
	call.dispatch(origin).expect_err("this origin may not do that").error
}

#[test]
fn no_call_takes_a_wrong_origin() {
	TestNet::new().operators(3).run(|| {
		let (task, executor) = executing(request());
		let all = calls(task, executor);
		let names = <crate::Call<Test> as frame_support::traits::GetCallName>::get_call_names();
		assert_eq!(all.len(), names.len(), "each call stands in the list");
		for call in &all {
			for origin in [RuntimeOrigin::none(), RuntimeOrigin::root()] {
				assert_noop!(Err::<(), _>(refused(origin, call)), DispatchError::BadOrigin);
			}
			let others = [ALPHA, BRAVO, CHARLIE].map(owner).into_iter();
			let others = others.filter(|other| *other != owner(executor));
			for other in others.chain([REQUESTER, STRANGER, POT]) {
				let origin = RuntimeOrigin::signed(other);
				// Some are open to anybody, but not now.
				let error = match call {
					crate::Call::poke { .. } => Error::<Test>::TooEarly,
					crate::Call::appeal { .. } => Error::<Test>::WrongStage,
					crate::Call::complain { .. } if other == REQUESTER => Error::<Test>::WrongStage,
					crate::Call::complain { .. } => Error::<Test>::NotRequester,
					crate::Call::fund_purse { .. } => Error::<Test>::TooLittle,
					crate::Call::empty_purse { .. } => Error::<Test>::PurseEmpty,
					_ => Error::<Test>::NotOwner,
				};
				assert_noop!(Err::<(), _>(refused(origin, call)), error);
			}
		}
	});
}

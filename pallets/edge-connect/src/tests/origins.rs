// SPDX-License-Identifier: GPL-3.0-or-later
//! Every call and every origin that is none of its own.

use super::*;
use sp_runtime::DispatchError::BadOrigin;

#[test]
fn every_call_wants_a_signature() {
	TestNet::new().cluster(ALICE).cluster(BOB).run(|| {
		let task = submit(request());
		let cluster = ClusterId(0);
		for origin in [RuntimeOrigin::none(), RuntimeOrigin::root()] {
			let origin = || origin.clone();
			assert_noop!(EdgeConnect::register_cluster(origin(), spec(5)), BadOrigin);
			assert_noop!(EdgeConnect::update_cluster(origin(), cluster, spec(5)), BadOrigin);
			assert_noop!(EdgeConnect::drain_cluster(origin(), cluster), BadOrigin);
			assert_noop!(EdgeConnect::remove_cluster(origin(), cluster), BadOrigin);
			assert_noop!(EdgeConnect::submit_task(origin(), request()), BadOrigin);
			assert_noop!(EdgeConnect::cancel_task(origin(), task), BadOrigin);
			assert_noop!(EdgeConnect::top_up_bond(origin(), cluster, 1), BadOrigin);
			assert_noop!(EdgeConnect::resume_cluster(origin(), cluster), BadOrigin);
		}
	});
}

// SPDX-License-Identifier: GPL-3.0-or-later

use super::*;

fn reason() -> Reason {
	b"the engine had a fault".to_vec().try_into().unwrap()
}

#[test]
fn governance_declares_a_leaf_void_and_the_log_stays() {
	TestNet::new().run(|| {
		append(1);
		let before = Anchor::log();
		next_block();
		assert_ok!(Anchor::revoke(RuntimeOrigin::root(), 0, reason()));
		assert_eq!(events(), [RuntimeEvent::from(Event::Revoked { index: 0, reason: reason() })]);
		assert_eq!(Anchor::log(), before);
		assert!(next_block().digest.logs.is_empty());
	});
}

#[test]
fn what_is_not_in_the_log_cannot_be_revoked() {
	TestNet::new().run(|| {
		let revoke = |index| Anchor::revoke(RuntimeOrigin::root(), index, reason());
		assert_noop!(revoke(0), Error::<Test>::NoLeaf);
		append(1);
		assert_noop!(revoke(1), Error::<Test>::NoLeaf);
		assert_noop!(revoke(u64::MAX), Error::<Test>::NoLeaf);
		assert_ok!(revoke(0));
	});
}

#[test]
fn only_governance_revokes() {
	TestNet::new().run(|| {
		append(1);
		for origin in [RuntimeOrigin::none(), RuntimeOrigin::signed(ALICE)] {
			assert_noop!(Anchor::revoke(origin, 0, reason()), BadOrigin);
		}
	});
}

// SPDX-License-Identifier: GPL-3.0-or-later
//! The row that every block reads and writes.

use super::*;
use crate::{
	hot::{HotState, TIMERS_AT_HAND},
	types::MAX_BUCKETS,
	Hot, Scheduler, WeightInfo,
};
use codec::MaxEncodedLen;
use frame_support::{
	traits::{Hooks, WhitelistedStorageKeys},
	weights::RuntimeDbWeight,
};

#[test]
fn each_block_is_charged_for_it_at_its_start_and_nothing_else_is() {
	TestNet::new().run(|| {
		let charged = EdgeConnect::on_initialize(now().into());
		let db: RuntimeDbWeight = <Test as frame_system::Config>::DbWeight::get();
		let own = <Test as crate::Config>::WeightInfo::begin_block();
		assert_eq!(charged.ref_time(), own.saturating_add(db.reads_writes(1, 1)).ref_time());
		let size = u64::try_from(HotState::max_encoded_len()).unwrap();
		assert!(charged.proof_size() > size, "the row at its largest, and the way to it");
		let free = EdgeConnect::whitelisted_storage_keys();
		assert!(free.iter().any(|key| key.key == Hot::<Test>::hashed_key()));
	});
}

#[test]
fn it_keeps_the_genesis_for_good() {
	TestNet::new().run(|| {
		let genesis: [u8; 32] = System::block_hash(0).into();
		assert_eq!(EdgeConnect::genesis_hash(), genesis);
		frame_system::BlockHash::<Test>::remove(0);
		next_block();
		assert_eq!(EdgeConnect::genesis_hash(), genesis);
	});
}

#[test]
fn the_draws_of_more_blocks_than_it_has_room_for_wait_in_the_queue() {
	TestNet::new().crowd(u64::from(MAX_BUCKETS) + 1, 1).run(|| {
		for _ in 0..MAX_BUCKETS {
			submit(request());
			// The beacon stands still: no draw is due.
			next_block_on(1, 0);
		}
		assert_eq!(Hot::<Test>::get().executing.len(), MAX_BUCKETS as usize);
		forget_events();
		let late = submit(request());
		let submitted =
			Event::TaskSubmitted { task: late, requester: REQUESTER, request: request() };
		assert_eq!(events(), [submitted, parked(late)]);
		// Asking in each block until there is room, and then the draw itself.
		(0..3).for_each(|_| run_draws());
		assert!(waiting().is_empty());
		for task in 0..=late.0 {
			assert_eq!(drawn(TaskId(task)).len(), 1, "task {task}");
		}
	});
}

#[test]
fn it_has_room_for_so_many_timers_and_no_task_twice() {
	TestNet::new().run(|| {
		let set = |task, due| EdgeConnect::with_clock(|clock| clock.set(TaskId(task), due));
		for task in 0..u64::from(TIMERS_AT_HAND) {
			assert!(set(task, 9));
		}
		assert!(!set(99, 3), "no room");
		assert!(set(0, 5), "in place of its earlier one");
		let take = |block| EdgeConnect::with_clock(|clock| clock.take_due(block));
		assert_eq!(take(4), None);
		assert_eq!(take(5), Some((5, TaskId(0))), "the first that is due");
		assert_eq!(take(5), None);
		assert!(set(99, 3), "room again");
		EdgeConnect::with_clock(|clock| clock.unset(TaskId(99)));
		assert_eq!(take(8), None);
		EdgeConnect::with_clock(|clock| clock.timers.clear());
	});
}

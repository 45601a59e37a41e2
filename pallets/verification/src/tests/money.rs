// SPDX-License-Identifier: GPL-3.0-or-later
//! Money is neither made nor lost, whoever does what in whatever order. Every block ends with all
//! invariants checked: see [`check_invariants`].

use super::{
	actors::{open_tasks, serve, Manner},
	*,
};
use frame_support::storage::with_storage_layer;
use proptest::prelude::*;

/// Something that somebody does.
#[derive(Clone, Debug)]
enum Step {
	Submit { second: bool, quorum: u8, window: u32, declared: bool, max_price: u8, items: u8 },
	Serve { cluster: u8, manner: Manner },
	Wait { blocks: u32 },
	Congest { blocks: u32 },
	Claim { cluster: u8 },
	Cancel { task: u64 },
	Poke { task: u64 },
	Drain { cluster: u8 },
	Resume { cluster: u8 },
	Remove { cluster: u8 },
	TopUp { cluster: u8 },
	Appeal { who: u8, task: u64 },
	Complain { second: bool, task: u64 },
	FundPurse { second: bool, amount: u8 },
	EmptyPurse { second: bool, amount: u8 },
}

fn manner() -> impl Strategy<Value = Manner> {
	prop_oneof![
		8 => Just(Manner::Honest),
		3 => Just(Manner::Lying),
		1 => Just(Manner::Trapped),
		1 => Just(Manner::Unwilling),
	]
}

fn step() -> impl Strategy<Value = Step> {
	let cluster = || 0..8u8;
	prop_oneof![
		6 => (any::<bool>(), 0..=3u8, 0..12u32, any::<bool>(), 5..20u8, 0..3u8).prop_map(
			|(second, quorum, window, declared, max_price, items)| {
				Step::Submit { second, quorum, window, declared, max_price, items }
			}
		),
		30 => (cluster(), manner()).prop_map(|(cluster, manner)| Step::Serve { cluster, manner }),
		16 => (1..4u32).prop_map(|blocks| Step::Wait { blocks }),
		2 => (5..30u32).prop_map(|blocks| Step::Wait { blocks }),
		2 => (1..12u32).prop_map(|blocks| Step::Congest { blocks }),
		3 => cluster().prop_map(|cluster| Step::Claim { cluster }),
		1 => (0..16u64).prop_map(|task| Step::Cancel { task }),
		3 => (0..16u64).prop_map(|task| Step::Poke { task }),
		1 => cluster().prop_map(|cluster| Step::Drain { cluster }),
		1 => cluster().prop_map(|cluster| Step::Resume { cluster }),
		1 => cluster().prop_map(|cluster| Step::Remove { cluster }),
		1 => cluster().prop_map(|cluster| Step::TopUp { cluster }),
		3 => (0..4u8, 0..16u64).prop_map(|(who, task)| Step::Appeal { who, task }),
		3 => (any::<bool>(), 0..16u64).prop_map(|(second, task)| Step::Complain { second, task }),
		1 => (any::<bool>(), 0..200u8)
			.prop_map(|(second, amount)| Step::FundPurse { second, amount }),
		1 => (any::<bool>(), 0..200u8)
			.prop_map(|(second, amount)| Step::EmptyPurse { second, amount }),
	]
}

/// Does `step`; what is refused is rolled back, as it is on a chain.
fn play(step: Step) {
	let id = |cluster: u8| ClusterId(cluster.into());
	let result = match step {
		Step::Submit { second, quorum, window, declared, max_price, items } => {
			let base = if declared { declared_request() } else { request() };
			let check = match quorum {
				0 | 1 => Check::Audited { floor: 5 + 95 * quorum },
				_ => Check::Verified { quorum, panel: 3 },
			};
			let (execution_blocks, queue_blocks) = (6, 8);
			let policy =
				Policy { check, window, execution_blocks, queue_blocks, preflight: declared };
			let demand = Demand { max_price: Balance::from(max_price) * UNIT, ..base.demand };
			let requester = if second { SECOND_REQUESTER } else { REQUESTER };
			// One array has more than a subtree, one less.
			let items = [None, Some(3), Some(130)][usize::from(items)];
			let workload = Workload { items, ..base.workload };
			let request = TaskRequest { policy, demand, workload, ..base };
			with_storage_layer(|| try_submit(requester, request))
		},
		Step::Serve { cluster, manner } => {
			serve_in_time(id(cluster), manner);
			Ok(())
		},
		Step::Wait { blocks } => {
			run_to_block(now() + blocks);
			Ok(())
		},
		Step::Congest { blocks } => {
			run_full_blocks_to(now() + blocks);
			Ok(())
		},
		Step::Claim { cluster } => with_storage_layer(|| claim_pay(id(cluster))),
		Step::Cancel { task } => with_storage_layer(|| {
			EdgeConnect::cancel_task(RuntimeOrigin::signed(REQUESTER), TaskId(task))
		}),
		Step::Poke { task } => {
			let _ = with_storage_layer(|| poke(TaskId(task)));
			Ok(())
		},
		Step::Drain { cluster } => {
			with_storage_layer(|| EdgeConnect::drain_cluster(signed_for(id(cluster)), id(cluster)))
		},
		Step::Resume { cluster } => {
			with_storage_layer(|| EdgeConnect::resume_cluster(signed_for(id(cluster)), id(cluster)))
		},
		Step::Remove { cluster } => {
			with_storage_layer(|| EdgeConnect::remove_cluster(signed_for(id(cluster)), id(cluster)))
		},
		Step::TopUp { cluster } => with_storage_layer(|| {
			EdgeConnect::top_up_bond(signed_for(id(cluster)), id(cluster), PLACE_BOND / 4)
		}),
		Step::Appeal { who, task } => with_storage_layer(|| {
			let appellants = [REQUESTER, SECOND_REQUESTER, STRANGER, owner(ClusterId(0))];
			let origin = RuntimeOrigin::signed(appellants[usize::from(who)]);
			Verification::appeal(origin, TaskId(task))
		}),
		Step::Complain { second, task } => with_storage_layer(|| {
			Verification::complain(requester(second), TaskId(task))
		}),
		Step::FundPurse { second, amount } => with_storage_layer(|| {
			Verification::fund_purse(requester(second), Balance::from(amount) * UNIT)
		}),
		Step::EmptyPurse { second, amount } => with_storage_layer(|| {
			Verification::empty_purse(requester(second), Balance::from(amount) * UNIT)
		}),
	};
	// Many of these are refused; all that matters here is where the money is.
	let _ = result;
}

fn requester(second: bool) -> RuntimeOrigin {
	RuntimeOrigin::signed(if second { SECOND_REQUESTER } else { REQUESTER })
}

/// Serves the tasks whose deadline has not passed: the agenda may be behind.
fn serve_in_time(cluster: ClusterId, manner: Manner) {
	let late = |task: &TaskId| trial(*task).deadline < now();
	let Some(row) = EdgeConnect::cluster(cluster) else { return };
	if !row.assignments.iter().any(late) {
		serve(cluster, manner);
	}
}

proptest! {
	#![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..Default::default() })]

	#[test]
	fn no_money_is_made_or_lost(
		operators in 0..8u32,
		slots in 1..3u16,
		luck in any::<u8>(),
		steps in prop::collection::vec(step(), 20..160),
	) {
		TestNet::new().operators(operators).slots(slots).luck(luck).run(|| {
			for step in steps {
				play(step);
			}
			// Whatever was left undone, time alone ends it.
			run_to_block(now() + 200);
			prop_assert_empty(&open_tasks());
			for cluster in (0..operators).map(ClusterId) {
				let _ = claim_pay(cluster);
				assert_eq!(accrued(cluster), 0);
			}
			for account in [REQUESTER, SECOND_REQUESTER] {
				let purse = Verification::purse(account);
				let _ = Verification::empty_purse(RuntimeOrigin::signed(account), purse);
			}
			assert_eq!(free(POT), EXISTENTIAL_DEPOSIT);
			assert_eq!((escrow(REQUESTER), escrow(SECOND_REQUESTER)), (0, 0));
		});
	}
}

fn prop_assert_empty(open: &[TaskId]) {
	assert!(open.is_empty(), "tasks that never end: {open:?}");
}

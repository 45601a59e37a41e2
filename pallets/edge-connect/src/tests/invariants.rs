// SPDX-License-Identifier: GPL-3.0-or-later
//! Whatever anybody does in whatever order, the invariants hold after each block and no money is
//! made or lost.

use super::*;
use crate::{Scheduler, Wanted};
use assay_primitives::spec::WASM_ENGINE;
use proptest::prelude::*;

/// Something that somebody does; numbers are taken modulo what exists.
#[derive(Clone, Debug)]
enum Deed {
	Register { owner: u64, spec: Spec },
	Update { owner: u64, cluster: u32, spec: Spec },
	Drain { owner: u64, cluster: u32 },
	Resume { owner: u64, cluster: u32 },
	Remove { owner: u64, cluster: u32 },
	TopUp { owner: u64, cluster: u32, amount: Balance },
	Submit { requester: u64, gpu: bool },
	Cancel { requester: u64, task: u64 },
	AskPanel { task: u64, count: u8 },
	GoOn { task: u64 },
	Finish { task: u64, standing: Standing },
	Lapse { cluster: u32 },
	Slash { cluster: u32, amount: Balance },
	NextBlock { relay_blocks: u32, folds: u64 },
}

fn any_spec() -> impl Strategy<Value = Spec> {
	(0..12u32, 1..=16u16, any::<bool>(), 0..3u16).prop_map(|(endpoint, slots, gpu, engine)| {
		let mut spec = spec_with_slots(endpoint, slots);
		spec.resources.gpu_count = gpu.into();
		if engine > 0 {
			spec.engines.force_push(other_engine(engine + 1));
		}
		spec
	})
}

fn any_standing() -> impl Strategy<Value = Standing> {
	prop::sample::select(vec![Standing::Better, Standing::Worse, Standing::Worst, Standing::Same])
}

fn any_deed() -> impl Strategy<Value = Deed> {
	let owner = || ALICE..=DAVE;
	let cluster = || 0..12u32;
	let task = || 0..12u64;
	let owned = move || (owner(), cluster());
	let amount = || prop_oneof![Just(0), Just(1), Just(BOND), Just(BOND / 3)];
	prop_oneof![
		3 => (owner(), any_spec()).prop_map(|(owner, spec)| Deed::Register { owner, spec }),
		2 => (owned(), any_spec())
			.prop_map(|((owner, cluster), spec)| Deed::Update { owner, cluster, spec }),
		1 => owned().prop_map(|(owner, cluster)| Deed::Drain { owner, cluster }),
		1 => owned().prop_map(|(owner, cluster)| Deed::Resume { owner, cluster }),
		1 => owned().prop_map(|(owner, cluster)| Deed::Remove { owner, cluster }),
		1 => (owned(), amount())
			.prop_map(|((owner, cluster), amount)| Deed::TopUp { owner, cluster, amount }),
		6 => (prop_oneof![Just(REQUESTER), owner()], any::<bool>())
			.prop_map(|(requester, gpu)| Deed::Submit { requester, gpu }),
		1 => (prop_oneof![Just(REQUESTER), owner()], task())
			.prop_map(|(requester, task)| Deed::Cancel { requester, task }),
		3 => (task(), 1..=3u8).prop_map(|(task, count)| Deed::AskPanel { task, count }),
		1 => task().prop_map(|task| Deed::GoOn { task }),
		4 => (task(), any_standing()).prop_map(|(task, standing)| Deed::Finish { task, standing }),
		1 => cluster().prop_map(|cluster| Deed::Lapse { cluster }),
		1 => (cluster(), amount()).prop_map(|(cluster, amount)| Deed::Slash { cluster, amount }),
		8 => (0..4u32, 0..3u64)
			.prop_map(|(relay_blocks, folds)| Deed::NextBlock { relay_blocks, folds }),
	]
}

/// The newest open task whose number leads there, so that deeds find something to do.
fn open_task(number: u64) -> Option<TaskId> {
	let open: Vec<TaskId> = Book::get().into_keys().collect();
	let at = usize::try_from(number).unwrap().checked_rem(open.len())?;
	open.into_iter().rev().nth(at)
}

fn existing(cluster: u32) -> u32 {
	cluster.checked_rem(EdgeConnect::counters().next_cluster.0).unwrap_or_default()
}

/// Does it; that it may be refused is part of the game.
fn carry_out(deed: Deed) {
	match deed {
		Deed::Register { owner, spec } => _ = register(owner, spec),
		Deed::Update { owner, cluster, spec } => _ = update(owner, existing(cluster), spec),
		Deed::Drain { owner, cluster } => _ = drain(owner, existing(cluster)),
		Deed::Resume { owner, cluster } => _ = resume(owner, existing(cluster)),
		Deed::Remove { owner, cluster } => _ = remove(owner, existing(cluster)),
		Deed::TopUp { owner, cluster, amount } => _ = top_up(owner, existing(cluster), amount),
		Deed::Submit { requester, gpu } => {
			let request = if gpu { request_for_gpu() } else { request() };
			_ = submit_from(requester, request);
		},
		Deed::Cancel { requester, task } => {
			let Some(task) = open_task(task) else { return };
			_ = cancel(requester, task);
		},
		Deed::AskPanel { task, count } => {
			let Some(task) = open_task(task) else { return };
			// Only a task that wants nothing else asks for more.
			let case = Book::get().remove(&task).unwrap();
			if case.wanted.is_none() && case.seats.len() < 3 {
				let exclude = case.seats.iter().flat_map(|seat| seat.operators.clone()).collect();
				want(task, Wanted { role: Role::Panel, count, exclude, ..an_executor() });
			}
		},
		Deed::GoOn { task } => {
			if let Some(task) = open_task(task) {
				want_nothing(task);
			}
		},
		Deed::Finish { task, standing } => {
			let Some(task) = open_task(task) else { return };
			for cluster in drawn(task) {
				<EdgeConnect as Scheduler<u64>>::release(ClusterId(cluster), task, 0);
				settle(cluster, standing);
			}
			close(task);
		},
		Deed::Lapse { cluster } => lapse(existing(cluster)),
		Deed::Slash { cluster, amount } => _ = slash(existing(cluster), amount),
		Deed::NextBlock { relay_blocks, folds } => {
			next_block_on(relay_blocks, folds);
			check_state();
		},
	}
}

proptest! {
	#![proptest_config(ProptestConfig {
		cases: 128,
		failure_persistence: None,
		..Default::default()
	})]

	#[test]
	fn the_invariants_hold_whatever_anybody_does(
		deeds in prop::collection::vec(any_deed(), 1..200),
	) {
		TestNet::new().cluster(ALICE).cluster_with(BOB, |spec| spec.slots = 2).run(|| {
			Cooldown::set(5);
			LongestDeadline::set(20);
			let issued = Balances::total_issuance();
			for deed in deeds {
				carry_out(deed);
			}
			assert_eq!(Balances::total_issuance(), issued);
			assert!(waiting_for(WASM_ENGINE).len() <= 256);
		});
	}
}

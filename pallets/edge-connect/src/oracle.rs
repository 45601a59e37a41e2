// SPDX-License-Identifier: GPL-3.0-or-later
//! The fuzz oracle: whatever anybody does in whatever order, after each block every invariant holds, the
//! hook has kept to its limit, and no money was made or lost.
//!
//! Proptest plays deeds that it makes up and can shrink; `fuzz/` plays those that a fuzzer's bytes spell
//! ([`play_bytes`]).

use crate::{
	drawing::SMALL, mock::*, types::MAX_BATCH, weights::WeightInfo, Pallet, Scheduler, Wanted,
};
use alloc::vec::Vec;
use assay_primitives::{
	protocol::Role,
	settlement::Standing,
	spec::{Region, Spec},
	task::{Apart, TaskRequest},
	Balance, ClusterId, TaskId,
};

/// Something that somebody does; numbers are taken modulo what exists.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub enum Deed {
	Register { owner: u64, spec: Spec },
	RegisterSeveral { owner: u64, specs: Vec<Spec> },
	Update { owner: u64, cluster: u32, spec: Spec },
	Drain { owner: u64, cluster: u32 },
	Resume { owner: u64, cluster: u32 },
	Remove { owner: u64, cluster: u32 },
	Renew { owner: u64, cluster: u32 },
	TopUp { owner: u64, cluster: u32, amount: Balance },
	Submit { requester: u64, need: Need },
	SubmitSeveral { requester: u64, needs: Vec<Need> },
	Cancel { requester: u64, task: u64 },
	Ask { task: u64, role: Role, count: u8 },
	GoOn { task: u64 },
	Finish { task: u64, standing: Standing, fine: bool },
	Lapse { cluster: u32 },
	Slash { cluster: u32, amount: Balance },
	NextBlock { relay_blocks: u32, folds: u64, limited: bool },
}

/// What a task asks for.
#[derive(Clone, Copy, Debug)]
pub enum Need {
	/// What everybody has.
	Little,
	/// A graphics processor.
	Gpu,
	/// Another country than most.
	Elsewhere,
	/// Clusters in different countries.
	Apart,
	/// One of the first clusters.
	Listed,
}

impl Need {
	fn request(self) -> TaskRequest {
		let mut request = request();
		match self {
			Self::Little => {},
			Self::Gpu => return request_for_gpu(),
			Self::Elsewhere => request.demand.regions.force_push(Region(*b"FR")),
			Self::Apart => request.access.apart = Apart { regions: true, hosts: true },
			Self::Listed => {
				let listed: Vec<ClusterId> = (0..3).map(ClusterId).collect();
				request.access.allow = listed.try_into().unwrap_or_default();
			},
		}
		request
	}
}

/// A spec that differs from others by little numbers.
pub fn spec_of(endpoint: u32, slots: u16, traits: u8) -> Spec {
	let mut spec = spec_with_slots(endpoint, slots);
	spec.resources.gpu_count = (traits & 1).into();
	if traits & 2 > 0 {
		spec.region = Region(*b"FR");
	}
	for engine in 0..u16::from(traits >> 2 & 3) {
		spec.engines.force_push(other_engine(engine + 2));
	}
	if traits & 16 > 0 {
		spec.resources.cpu_millicores = 64_000;
		spec.resources.memory_mib = 65_536;
	}
	spec
}

/// The newest open task whose number leads there, so that deeds find something to do.
fn open_task(number: u64) -> Option<TaskId> {
	let open: Vec<TaskId> = Book::get().into_keys().collect();
	let at = usize::try_from(number).ok()?.checked_rem(open.len())?;
	open.into_iter().rev().nth(at)
}

fn existing(cluster: u32) -> u32 {
	cluster.checked_rem(EdgeConnect::counters().next_cluster.0).unwrap_or_default()
}

/// Does it; that it may be refused is part of the game.
fn carry_out(deed: Deed) {
	match deed {
		Deed::Register { owner, spec } => _ = register(owner, spec),
		Deed::RegisterSeveral { owner, specs } => {
			let specs = specs.try_into().expect("no more than a batch");
			_ = transaction(|| EdgeConnect::register_clusters(RuntimeOrigin::signed(owner), specs));
		},
		Deed::Update { owner, cluster, spec } => _ = update(owner, existing(cluster), spec),
		Deed::Drain { owner, cluster } => _ = drain(owner, existing(cluster)),
		Deed::Resume { owner, cluster } => _ = resume(owner, existing(cluster)),
		Deed::Remove { owner, cluster } => _ = remove(owner, existing(cluster)),
		Deed::Renew { owner, cluster } => _ = renew(owner, existing(cluster)),
		Deed::TopUp { owner, cluster, amount } => _ = top_up(owner, existing(cluster), amount),
		Deed::Submit { requester, need } => _ = submit_from(requester, need.request()),
		Deed::SubmitSeveral { requester, needs } => {
			let requests: Vec<TaskRequest> = needs.into_iter().map(Need::request).collect();
			let requests = requests.try_into().expect("no more than a batch");
			_ = transaction(|| {
				EdgeConnect::submit_tasks(RuntimeOrigin::signed(requester), requests)
			});
		},
		Deed::Cancel { requester, task } => {
			let Some(task) = open_task(task) else { return };
			_ = cancel(requester, task);
		},
		Deed::Ask { task, role, count } => {
			let Some(task) = open_task(task) else { return };
			// Only a task that wants nothing else asks for more.
			let Some(case) = Book::get().remove(&task) else { return };
			if case.wanted.is_none() && case.seats.len() < 3 {
				let exclude = case.seats.iter().flat_map(|seat| seat.operators.clone()).collect();
				let members = case.seats.iter().flat_map(|seat| seat.clusters.clone()).collect();
				want(task, Wanted { role, count, exclude, members, ..an_executor() });
			}
		},
		Deed::GoOn { task } => {
			if let Some(task) = open_task(task) {
				want_nothing(task);
			}
		},
		Deed::Finish { task, standing, fine } => {
			let Some(task) = open_task(task) else { return };
			let fine = if fine { BOND / 4 } else { 0 };
			for cluster in drawn(task).into_iter().map(ClusterId) {
				<EdgeConnect as Scheduler<u64>>::release(cluster, task, None, fine);
				settle_for(cluster.0, standing, 0, fine, task.0);
				<EdgeConnect as Scheduler<u64>>::slash(cluster, fine, &TREASURY);
			}
			close(task);
		},
		Deed::Lapse { cluster } => {
			if crate::Clusters::<Test>::contains_key(ClusterId(existing(cluster))) {
				lapse(existing(cluster));
			}
		},
		Deed::Slash { cluster, amount } => _ = slash(existing(cluster), amount),
		Deed::NextBlock { relay_blocks, folds, limited } => {
			let limit = match limited {
				// One draw or one step of a lap.
				true => <() as WeightInfo>::serve_nothing() + Pallet::<Test>::heaviest_service(),
				false => frame_support::weights::Weight::MAX,
			};
			HookLimit::set(limit);
			let used = next_block_on(relay_blocks, folds);
			assert!(used.all_lte(limit), "the hook uses {used:?} of {limit:?}");
			check_state();
		},
	}
}

/// What is refused is rolled back, as it is on a chain.
fn transaction(call: impl FnOnce() -> sp_runtime::DispatchResult) -> sp_runtime::DispatchResult {
	frame_support::storage::with_storage_layer(call)
}

/// Plays `deeds` in a network of a few clusters, or of more than a draw looks at one by one.
pub fn play(large: bool, deeds: impl IntoIterator<Item = Deed>) {
	let net = TestNet::new().cluster(ALICE).cluster_with(BOB, |spec| spec.slots = 2);
	let net = if large { net.crowd(u64::from(SMALL) + 8, 1) } else { net };
	net.run(|| {
		LongestDeadline::set(20);
		Lease::set(60);
		let issued = Balances::total_issuance();
		deeds.into_iter().for_each(carry_out);
		check_state();
		assert_eq!(Balances::total_issuance(), issued);
		assert!(waiting().len() <= 2 * 256);
	});
}

/// Plays the deeds that `bytes` spell: whether the network is large, then four bytes for each deed. All
/// bytes spell something.
pub fn play_bytes(bytes: &[u8]) {
	let Some((first, rest)) = bytes.split_first() else { return };
	play(first % 2 > 0, rest.chunks_exact(4).map(spell).take(400));
}

fn spell(bytes: &[u8]) -> Deed {
	let [kind, a, b, c] = bytes.try_into().unwrap_or_default();
	let owner = ALICE + u64::from(a % 4);
	let requester = if a % 2 > 0 { REQUESTER } else { owner };
	let cluster = u32::from(b);
	let task = u64::from(b);
	let amounts = [0, 1, BOND / 3, BOND];
	let amount = amounts[usize::from(c) % amounts.len()];
	let spec = |more: u8| spec_of(u32::from(b.wrapping_add(more)), u16::from(c % 16) + 1, c / 8);
	let needs = [Need::Little, Need::Gpu, Need::Elsewhere, Need::Apart, Need::Listed];
	let need = |more: u8| needs[usize::from(c.wrapping_add(more)) % needs.len()];
	let several = 1 + a % MAX_BATCH as u8;
	let standings = [Standing::Better, Standing::Worse, Standing::Worst, Standing::Same];
	let standing = standings[usize::from(c) % standings.len()];
	match kind % 32 {
		0 | 1 => Deed::Register { owner, spec: spec(0) },
		2 => Deed::RegisterSeveral { owner, specs: (0..several).map(spec).collect() },
		3 | 4 => Deed::Update { owner, cluster, spec: spec(a) },
		5 => Deed::Drain { owner, cluster },
		6 => Deed::Resume { owner, cluster },
		7 => Deed::Remove { owner, cluster },
		8 => Deed::Renew { owner, cluster },
		9 => Deed::TopUp { owner, cluster, amount },
		10..=13 => Deed::Submit { requester, need: need(0) },
		14 => Deed::SubmitSeveral { requester, needs: (0..several).map(need).collect() },
		15 => Deed::Cancel { requester, task },
		16 | 17 => Deed::Ask { task, role: Role::Panel, count: 1 + c % 3 },
		18 => Deed::Ask { task, role: Role::Verifier, count: 1 + c % 2 },
		19 => Deed::GoOn { task },
		20..=22 => Deed::Finish { task, standing, fine: a > 127 },
		23 => Deed::Lapse { cluster },
		24 => Deed::Slash { cluster, amount },
		_ => Deed::NextBlock {
			relay_blocks: u32::from(a % 4),
			folds: u64::from(b % 3),
			limited: c % 4 == 0,
		},
	}
}

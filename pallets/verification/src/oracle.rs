// SPDX-License-Identifier: GPL-3.0-or-later
//! The fuzz oracle: whatever anybody does in whatever order, after each block every invariant holds, the
//! hook has kept to its limit, no call weighed more than it said, no money was made or lost, and every open
//! task has exactly one way forward. At last time alone ends every task, and nothing is left of it.
//!
//! Proptest plays deeds that it makes up and can shrink; `fuzz/` plays those that a fuzzer's bytes spell
//! ([`play_bytes`]).

pub(crate) mod actors;
mod spelling;
#[cfg_attr(not(test), allow(dead_code))]
pub(crate) mod words;

use crate::{mock::*, types::Case, Agenda, Call, Cases, Posted};
use actors::{serve, Manner, NO_SEAL};
use alloc::vec::Vec;
use assay_primitives::{
	draw::BeaconState,
	outcome::{Abstention, Outcome},
	protocol::{Act, Role, Stage, Trial},
	spec::{Architecture, Demand, Region, Spec},
	task::{Access, Apart, Check, Policy, TaskRequest, Workload},
	Balance, ClusterId, Possession, TaskId,
};
use frame_support::weights::Weight;
use pallet_edge_connect::{Duties, Hot, Laps, Parked};
use words::*;

/// What happens next; numbers are taken modulo what exists.
#[derive(Clone, Copy, Debug)]
#[allow(missing_docs)]
pub enum Deed {
	/// A cluster does what its tasks wait for.
	Serve {
		cluster: u32,
		manner: Manner,
	},
	/// All do, one of them in some manner and the others honestly.
	ServeAll {
		one: u32,
		manner: Manner,
	},
	/// All do, in the same manner.
	ServeAlike {
		manner: Manner,
	},
	/// Somebody calls.
	Call(Errand),
	Wait {
		blocks: u32,
	},
	/// Until the deadline has led the task on.
	Outwait {
		task: u64,
	},
	/// Blocks that leave nothing for hooks.
	Congest {
		blocks: u32,
	},
	/// Blocks in which the hook may do as little as it can be made to.
	Starve {
		blocks: u32,
	},
	/// Blocks without randomness.
	Darken {
		blocks: u32,
	},
	/// The next draws fall otherwise.
	Luck {
		luck: u8,
	},
}

/// What somebody calls for.
#[derive(Clone, Copy, Debug)]
#[allow(missing_docs)]
pub enum Errand {
	Submit {
		who: u8,
		order: Order,
	},
	Cancel {
		task: u64,
	},
	Poke {
		task: u64,
	},
	Appeal {
		who: u8,
		task: u64,
	},
	Complain {
		task: u64,
	},
	FundPurse {
		who: u8,
		amount: Balance,
	},
	EmptyPurse {
		who: u8,
		amount: Balance,
	},
	/// Gives all that is free away, and the account with it, if it can go.
	GiveAway {
		who: u8,
	},
	Register {
		who: u8,
		offer: u8,
	},
	Update {
		cluster: u32,
		offer: u8,
	},
	Drain {
		cluster: u32,
	},
	Resume {
		cluster: u32,
	},
	Remove {
		cluster: u32,
	},
	Renew {
		cluster: u32,
	},
	TopUp {
		cluster: u32,
	},
	Claim {
		cluster: u32,
	},
	/// Something that is out of place, but for chance.
	Nonsense {
		cluster: u32,
		task: u64,
		kind: u8,
	},
}

/// What a requester asks for.
#[derive(Clone, Copy, Debug)]
#[allow(missing_docs)]
pub struct Order {
	pub declared: bool,
	pub check: Check,
	pub preflight: bool,
	pub window: u32,
	pub items: Option<u16>,
	pub max_price: Balance,
	pub reach: Reach,
}

/// Whom a requester lets run its task.
#[derive(Clone, Copy, Debug)]
pub enum Reach {
	/// Everybody.
	All,
	/// No two in one country.
	Apart,
	/// Some of the first clusters.
	Listed,
	/// All but the first cluster.
	Denied,
}

impl Order {
	fn request(self) -> TaskRequest {
		let Self { declared, check, preflight, window, items, max_price, reach } = self;
		let base = if declared { declared_request() } else { request() };
		let policy = Policy { check, preflight, window, execution_blocks: 6, queue_blocks: 8 };
		let some = |clusters: core::ops::Range<u32>| {
			clusters.map(ClusterId).collect::<Vec<_>>().try_into().expect("fits")
		};
		let access = match reach {
			Reach::All => Access::default(),
			Reach::Apart => {
				Access { apart: Apart { regions: true, hosts: true }, ..Access::default() }
			},
			Reach::Listed => Access { allow: some(0..5), ..Access::default() },
			Reach::Denied => Access { deny: some(0..1), ..Access::default() },
		};
		TaskRequest {
			workload: Workload { items, ..base.workload },
			demand: Demand { max_price, ..base.demand },
			policy,
			access,
		}
	}
}

/// What a cluster offers that differs from others by little numbers.
fn offer_of(cluster: ClusterId, offer: u8) -> Spec {
	let mut spec = spec(cluster, u16::from(offer % 4));
	let prices = [spec.price, 0, 1, 5 * UNIT];
	spec.price = prices[usize::from(offer / 4 % 4)];
	if offer & 16 > 0 {
		spec.region = Region(*b"FR");
	}
	if offer & 32 > 0 {
		spec.architecture = Architecture::Aarch64;
	}
	spec
}

/// Somebody with money.
fn somebody(who: u8) -> AccountId {
	let all = [REQUESTER, SECOND_REQUESTER, STRANGER, owner(ALPHA), owner(BRAVO), OPERATORS];
	all[usize::from(who) % all.len()]
}

/// The newest open task whose number leads there, so that deeds find something to do; or one of nobody.
fn open_task(number: u64) -> TaskId {
	let open = open_tasks();
	let at = usize::try_from(number).ok().and_then(|at| at.checked_rem(open.len()));
	at.and_then(|at| open.into_iter().rev().nth(at)).unwrap_or(TaskId(number))
}

/// All clusters that there ever were.
fn clusters() -> impl Iterator<Item = ClusterId> {
	(0..EdgeConnect::counters().next_cluster.0).map(ClusterId)
}

fn existing(cluster: u32) -> ClusterId {
	let all = EdgeConnect::counters().next_cluster.0;
	ClusterId(cluster.checked_rem(all).unwrap_or_default())
}

impl Errand {
	/// Who calls what.
	fn call(self) -> (AccountId, RuntimeCall) {
		use pallet_edge_connect::Call as Scheduling;
		let own = |cluster: u32| {
			let id = existing(cluster);
			let row = EdgeConnect::cluster(id);
			(row.map_or(STRANGER, |row| row.owner), id)
		};
		let of_requester = |task: u64| {
			let id = open_task(task);
			let case = Cases::<Test>::get(id);
			(case.map_or(STRANGER, |case| case.task.requester), id)
		};
		match self {
			Self::Submit { who, order } => {
				(somebody(who), Scheduling::submit_task { request: order.request() }.into())
			},
			Self::Cancel { task } => {
				let (who, task) = of_requester(task);
				(who, Scheduling::cancel_task { task }.into())
			},
			Self::Poke { task } => (STRANGER, Call::poke { task: open_task(task) }.into()),
			Self::Appeal { who, task } => {
				(somebody(who), Call::appeal { task: open_task(task) }.into())
			},
			Self::Complain { task } => {
				let (who, task) = of_requester(task);
				(who, Call::complain { task }.into())
			},
			Self::FundPurse { who, amount } => (somebody(who), Call::fund_purse { amount }.into()),
			Self::EmptyPurse { who, amount } => {
				(somebody(who), Call::empty_purse { amount }.into())
			},
			Self::GiveAway { who } => {
				let all = pallet_balances::Call::transfer_all { dest: TREASURY, keep_alive: false };
				(somebody(who), all.into())
			},
			Self::Register { who, offer } => {
				let spec = offer_of(EdgeConnect::counters().next_cluster, offer);
				(somebody(who), Scheduling::register_cluster { spec }.into())
			},
			Self::Update { cluster, offer } => {
				let (who, cluster) = own(cluster);
				let spec = offer_of(cluster, offer);
				(who, Scheduling::update_cluster { cluster, spec }.into())
			},
			Self::Drain { cluster } => {
				let (who, cluster) = own(cluster);
				(who, Scheduling::drain_cluster { cluster }.into())
			},
			Self::Resume { cluster } => {
				let (who, cluster) = own(cluster);
				(who, Scheduling::resume_cluster { cluster }.into())
			},
			Self::Remove { cluster } => {
				let (who, cluster) = own(cluster);
				(who, Scheduling::remove_cluster { cluster }.into())
			},
			Self::Renew { cluster } => {
				let (who, cluster) = own(cluster);
				(who, Scheduling::renew_lease { cluster }.into())
			},
			Self::TopUp { cluster } => {
				let (who, cluster) = own(cluster);
				(who, Scheduling::top_up_bond { cluster, amount: PLACE_BOND / 4 }.into())
			},
			Self::Claim { cluster } => {
				let (who, cluster) = own(cluster);
				(who, Call::claim_pay { cluster }.into())
			},
			Self::Nonsense { cluster, task, kind } => {
				let (who, cluster) = own(cluster);
				(who, nonsense(cluster, open_task(task), kind).into())
			},
		}
	}
}

/// One game, as far as the chain does not know about it.
#[derive(Default)]
struct Game {
	/// Blocks in which the agenda did not get to its end.
	behind: u32,
	/// Tasks that came to an end.
	ended: u64,
}

impl Game {
	/// Does it; that it may be refused is part of the game.
	fn carry_out(&mut self, deed: Deed) {
		match deed {
			Deed::Serve { cluster, manner } => serve(existing(cluster), manner),
			Deed::ServeAll { one, manner } => {
				let one = existing(one);
				for cluster in clusters() {
					serve(cluster, if cluster == one { manner } else { Manner::Honest });
				}
			},
			Deed::ServeAlike { manner } => clusters().for_each(|cluster| serve(cluster, manner)),
			Deed::Call(errand) => {
				let (who, call) = errand.call();
				_ = dispatch(RuntimeOrigin::signed(who), call);
			},
			Deed::Wait { blocks } => self.pass(blocks),
			Deed::Outwait { task } => {
				let case = Cases::<Test>::get(open_task(task));
				let until = case.map_or(now(), |case| case.trial.deadline) + 1;
				self.pass(until.saturating_sub(now()));
			},
			Deed::Congest { blocks } => {
				RestOfBlock::set(Weight::zero());
				self.pass(blocks);
				RestOfBlock::set(WholeBlock::get());
			},
			Deed::Starve { blocks } => {
				HookLimit::set(least_limit());
				self.pass(blocks);
				HookLimit::set(WholeBlock::get());
			},
			Deed::Darken { blocks } => {
				BeaconFolds::set(false);
				self.pass(blocks);
				BeaconFolds::set(true);
			},
			Deed::Luck { luck } => {
				BeaconNow::set(BeaconState { acc: [luck; 32], ..BeaconNow::get() });
			},
		}
	}

	/// Runs so many blocks, and looks at what each leaves.
	fn pass(&mut self, blocks: u32) {
		for _ in 0..blocks {
			next_block();
			self.behind += u32::from(is_behind());
			self.ended += events().iter().filter(|event| is_end(event)).count() as u64;
			let tasks = EdgeConnect::counters().next_task.0;
			let open = Cases::<Test>::iter().inspect(|(id, case)| self.check_way(*id, case));
			assert_eq!(self.ended + open.count() as u64, tasks, "each task ends once");
			let unfinished = |block: &u32| *block < Hot::<Test>::get().clock.next;
			assert!(!Agenda::<Test>::iter_keys().any(|block| unfinished(&block)), "lost timers");
		}
	}

	/// An open task has exactly one way forward: a draw, somebody who has to act, or time. And it does not
	/// live longer than that can take.
	fn check_way(&self, id: TaskId, case: &Case<AccountId>) {
		let Case { trial, task, timer, .. } = case;
		let is_late = trial.deadline < now();
		assert!(is_behind() || !is_late, "{id} is late: {trial:?}");
		assert!(*timer <= trial.deadline + 1, "{id} is looked at too late: {trial:?}");
		let age = now() - task.submitted_at;
		assert!(age <= longest_life(&trial.policy) + self.behind, "{id} lives on: {trial:?}");
		let (ways, owing) = (ways(id, trial.round), owing(trial).count());
		match (trial.drawing_role(), trial.stage) {
			// Nobody draws for it any more.
			(Some(_), _) if is_late => {},
			(Some(_), _) => {
				let is_right = ways == 1 && owing == 0;
				assert!(is_right, "{id} waits for {ways} draws and {owing} acts: {trial:?}");
			},
			(None, Stage::Decided(_)) => assert_eq!(owing, 0, "{id} waits for time: {trial:?}"),
			(None, _) => assert!(owing > 0, "{id} waits for nobody: {trial:?}"),
		}
	}
}

/// Whether the agenda has not got to its end.
fn is_behind() -> bool {
	Hot::<Test>::get().clock.next <= now()
}

/// Whether a task has come to an end.
fn is_end(event: &RuntimeEvent) -> bool {
	use pallet_edge_connect::Event::TaskCancelled;
	matches!(
		event,
		RuntimeEvent::Verification(crate::Event::Finalised { .. })
			| RuntimeEvent::EdgeConnect(TaskCancelled { .. })
	)
}

/// The ways in which a draw of `task` can come about: it is booked, or going round, or will be asked for
/// when somebody becomes free.
fn ways(task: TaskId, round: u8) -> usize {
	let booked = EdgeConnect::booked_draws().into_iter().map(|draw| (draw.task, draw.round));
	let laps = Laps::<Test>::iter_values().flatten().map(|lap| (lap.task, lap.round));
	let queues = Parked::<Test>::iter_values();
	let waiters = queues.flat_map(|queue| queue.checking.into_iter().chain(queue.executing));
	let idle = waiters.filter(|waiter| waiter.task == task && !waiter.drawing);
	booked.chain(laps).filter(|draw| *draw == (task, round)).count() + idle.count()
}

/// A call that is out of place, but for chance.
fn nonsense(cluster: ClusterId, task: TaskId, kind: u8) -> Call<Test> {
	let outcomes = [TRUTH, LIE, TRAP];
	let outcome: Outcome = outcomes[usize::from(kind / 16) % outcomes.len()];
	let (opening, evidence_root) = (opening(cluster, outcome), evidence(cluster));
	let possession = Possession([kind; 32]);
	let reasons = [Abstention::Unavailable, Abstention::HostLimit];
	match kind % 16 {
		0 | 1 => Call::commit { task, cluster, commitment: NO_SEAL },
		2 | 3 => Call::answer { task, cluster, outcome, evidence_root },
		4 => Call::open { task, cluster, opening },
		5 => Call::open_panel { task, cluster, opening, possession },
		6 | 7 => Call::possess { task, cluster, possession },
		8 | 9 => {
			Call::abstain { task, cluster, reason: reasons[usize::from(kind / 16) % reasons.len()] }
		},
		10 => Call::admit_unstable { task, cluster },
		11 => Call::narrow { task, cluster, nodes: Default::default() },
		12 => Call::complain { task },
		13 => Call::poke { task },
		14 => Call::claim_pay { cluster },
		_ => Call::appeal { task },
	}
}

/// Who has to act before the task goes on.
fn owing(trial: &Trial) -> impl Iterator<Item = ClusterId> + '_ {
	let bench = trial.bench();
	let has_posted = |cluster: ClusterId| {
		let parties = trial.narrowing.iter().flat_map(|narrowing| &narrowing.parties);
		parties.filter(|party| party.cluster == cluster).all(|party| party.posted.is_some())
	};
	let owing = trial.executions.iter().filter(move |one| match (trial.stage, one.role, one.act) {
		(Stage::Executing, Role::Executor, Act::Drawn)
		| (Stage::Verifying, Role::Verifier, Act::Drawn)
		| (Stage::Opening, _, Act::Committed(_))
		| (Stage::PanelShowing, _, Act::Opened { .. }) => true,
		(Stage::Splitting | Stage::Narrowing, _, Act::Opened { .. }) => !has_posted(one.cluster),
		(Stage::PanelSealing, role, Act::Drawn)
		| (Stage::PanelOpening, role, Act::Committed(_)) => role == bench,
		_ => false,
	});
	owing.map(|one| one.cluster)
}

/// The most blocks that a task can be open, where the agenda keeps up.
fn longest_life(policy: &Policy) -> u32 {
	let (queue, execution) = (policy.queue_blocks + 1, policy.execution_blocks + 1);
	let (opening, window) = (OPENING_BLOCKS + 1, policy.window + 1);
	let executors = 3 * (queue + execution);
	let verifiers = 2 * (queue + execution) + opening;
	let arbiters = 2 * opening + (opening + execution + opening);
	let panel = 2 * (opening + execution) + 2 * opening;
	let witnesses = 3 * opening;
	let appeal = opening + execution + opening;
	// The window stands still while witnesses are heard; it begins again for an appeal that nobody hears.
	executors + verifiers + arbiters + panel + window + 2 * witnesses + appeal + window
}

/// Plays `deeds` on `net`, then lets time end what they began.
pub(crate) fn play(net: TestNet, deeds: impl IntoIterator<Item = Deed>) {
	net.run(|| {
		let mut game = Game::default();
		deeds.into_iter().for_each(|deed| game.carry_out(deed));
		check_invariants();
		let most = 1_000;
		for block in 0.. {
			if open_tasks().is_empty() {
				break;
			}
			assert!(block < most, "tasks that never end: {:?}", open_tasks());
			game.pass(1);
		}
		check_rest();
	});
}

/// What is over leaves nothing behind but what somebody can claim.
fn check_rest() {
	assert_eq!(EdgeConnect::counters().parked, 0);
	assert_eq!(Posted::<Test>::iter().count(), 0);
	for (cluster, duty) in Duties::<Test>::iter() {
		let bound = (duty.assignments().count(), duty.unsettled, duty.pledged);
		assert_eq!(bound, (0, 0, 0), "{cluster} is not free");
	}
	for cluster in Duties::<Test>::iter_keys().collect::<Vec<_>>() {
		// Whoever gave its account away cannot be paid less than an account needs.
		let is_paid = claim_pay(cluster).is_ok();
		assert!(is_paid || accrued(cluster) < EXISTENTIAL_DEPOSIT, "{cluster} is owed pay");
	}
	for account in (1..=OPERATORS).chain([REQUESTER, SECOND_REQUESTER, STRANGER]) {
		let amount = Verification::purse(account);
		if amount > 0 {
			let emptied = dispatch(RuntimeOrigin::signed(account), Call::empty_purse { amount });
			assert!(emptied.is_ok() || amount < EXISTENTIAL_DEPOSIT, "{account} is owed its purse");
		}
		let bonds: Balance = clusters()
			.filter_map(EdgeConnect::cluster)
			.filter(|row| row.owner == account)
			.map(|row| row.bond)
			.sum();
		assert_eq!(reserved(account), bonds, "{account} has money on hold for nothing");
	}
}

/// Plays the deeds that `bytes` spell: three bytes for the network, then four for each deed. All bytes spell
/// something.
pub fn play_bytes(bytes: &[u8]) {
	let Some((net, deeds)) = bytes.split_first_chunk() else { return };
	play(spelling::net(*net), deeds.as_chunks().0.iter().copied().map(spelling::deed).take(120));
}

// SPDX-License-Identifier: GPL-3.0-or-later
//! Draws: asked for in one block, made in a later one with randomness that nobody knew at the
//! first.

use crate::{
	index,
	interface::{TaskHandler, Wanted},
	pallet::{Clusters, Config, Counter, DrawAgenda, DrawBuckets, Event, Operators, Pallet, Tasks},
	types::{Bucket, Cluster, Lane, PendingDraw, Task, ROW},
	weights::WeightInfo,
};
use alloc::{collections::BTreeSet, vec::Vec};
use assay_primitives::{
	blake2_256,
	draw::{Accumulator, Beacon, Draw},
	leaf::DrawRecord,
	protocol::{Breadth, Pick, Refusal, Role},
	task::Access,
	BlockNumber, ClusterId, Genesis, PanelNonce, TaskId,
};
use codec::Encode;
use frame_support::{
	defensive,
	traits::Get,
	weights::{Weight, WeightMeter},
};
use frame_system::pallet_prelude::BlockNumberFor;
use sp_runtime::traits::SaturatedConversion;

/// Positions that one draw looks at in one block. A network that fits into one row is looked at
/// completely, in random order.
pub const TRIES: u32 = ROW;
/// Draws for those who check that a block makes before all others.
pub const CHECKS_FIRST: u32 = 4;
/// Blocks in which a draw in a larger network is tried again before the task waits for capacity.
pub const RETRIES: u8 = 8;

/// The positions that a draw chooses from.
enum Pool {
	/// The whole index, so many.
	Everybody(u32),
	/// Those of the clusters on the task's allow list.
	Listed(Vec<u32>),
}

/// Whom a draw looks for.
pub(crate) struct Search<'a, AccountId> {
	/// For which task.
	pub task: &'a Task<AccountId>,
	/// What the task wants.
	pub wanted: &'a Wanted,
	/// The block of the event that caused the draw.
	pub event: BlockNumber,
}

/// What a draw found at a position.
enum Fit {
	/// Somebody to take.
	Now(Pick),
	/// Somebody whom a draw asked for in this block or later could take.
	From(BlockNumber),
	/// Nobody for this task, as things stand.
	Not,
}

impl Pool {
	fn of<T: Config>(access: &Access) -> Self {
		if access.allow.is_empty() {
			return Self::Everybody(Counter::<T>::get().positions);
		}
		let mut listed: Vec<ClusterId> = access.allow.to_vec();
		// Naming a cluster twice does not make it likelier.
		listed.sort_unstable();
		listed.dedup();
		let rows = listed.into_iter().filter_map(Clusters::<T>::get);
		Self::Listed(rows.flat_map(|cluster| cluster.positions).collect())
	}

	fn size(&self) -> u32 {
		match self {
			Self::Everybody(size) => *size,
			Self::Listed(positions) => u32::try_from(positions.len()).unwrap_or(u32::MAX),
		}
	}

	fn position(&self, choice: u32) -> Option<u32> {
		match self {
			Self::Everybody(_) => Some(choice),
			Self::Listed(positions) => positions.get(usize::try_from(choice).ok()?).copied(),
		}
	}
}

impl<T: Config> Pallet<T> {
	/// Books the draw that `task` now wants.
	pub(crate) fn ask_draw(task: TaskId) {
		if let Some(Wanted { round, role, .. }) = T::Handler::wanted(task) {
			Self::enqueue_draw(PendingDraw { task, round, retries: 0 }, Lane::of(role));
		}
	}

	/// Records that a draw was asked for in this block.
	pub(crate) fn enqueue_draw(pending: PendingDraw, lane: Lane) {
		let block = Self::now();
		let known = DrawAgenda::<T>::get(lane).last().is_some_and(|bucket| bucket.block == block);
		let booked = known
			|| DrawAgenda::<T>::mutate(lane, |agenda| {
				agenda.try_push(Bucket { block, event: T::Beacon::now() }).is_ok()
			});
		let stored = booked
			&& DrawBuckets::<T>::mutate((lane, block), |bucket| bucket.try_push(pending)).is_ok();
		if !stored {
			// More draws than a block may ask for: ask again in the next.
			Self::park(pending.task, Some(block.saturating_add(1)));
		}
	}

	/// Makes the draws whose randomness has come, oldest first, as long as the meter lasts. Those who
	/// check come first, but only so many: checks that nobody can make must not keep executors from
	/// being drawn.
	pub(crate) fn serve_draws(meter: &mut WeightMeter) {
		Self::serve_lane(Lane::Checking, CHECKS_FIRST, meter);
		Self::serve_lane(Lane::Executing, u32::MAX, meter);
		Self::serve_lane(Lane::Checking, u32::MAX, meter);
	}

	/// Makes up to `most` draws of one lane.
	fn serve_lane(lane: Lane, most: u32, meter: &mut WeightMeter) {
		let mut left = most;
		while let Some(bucket) = DrawAgenda::<T>::get(lane).first().copied() {
			let ripe = left > 0 && T::Beacon::is_ripe(&bucket.event);
			if !ripe || !Self::serve_bucket(lane, bucket.block, &mut left, meter) {
				return;
			}
		}
	}

	/// Makes up to `left` of the draws that `block` asked for; says whether it got through all of
	/// them.
	pub(crate) fn serve_bucket(
		lane: Lane,
		block: BlockNumber,
		left: &mut u32,
		meter: &mut WeightMeter,
	) -> bool {
		// A draw that has to wait for weight gets the randomness of its own block, so that nobody
		// can foresee it while it waits.
		let acc = T::Beacon::now().acc;
		let mut draws = DrawBuckets::<T>::take((lane, block));
		let mut served = 0usize;
		let most = Self::heaviest_draw(lane);
		for pending in draws.iter() {
			if *left == 0 || !meter.can_consume(most) {
				break;
			}
			meter.consume(Self::draw(*pending, block, &acc));
			*left = left.saturating_sub(1);
			served = served.saturating_add(1);
		}
		draws.drain(..served);
		if !draws.is_empty() {
			DrawBuckets::<T>::insert((lane, block), draws);
			return false;
		}
		DrawAgenda::<T>::mutate_exists(lane, |slot| {
			let rest = slot.take().map(|mut agenda| {
				agenda.retain(|bucket| bucket.block != block);
				agenda
			});
			*slot = rest.filter(|agenda| !agenda.is_empty());
		});
		true
	}

	/// The most that a draw of `lane` can weigh.
	pub(crate) fn heaviest_draw(lane: Lane) -> Weight {
		let draw = T::WeightInfo::draw(TRIES);
		match lane {
			Lane::Checking => draw.saturating_add(T::WeightInfo::survey(TRIES)),
			Lane::Executing => draw,
		}
	}

	/// Makes a draw that was caused in block `event`. Returns the weight of it.
	pub(crate) fn draw(pending: PendingDraw, event: BlockNumber, acc: &Accumulator) -> Weight {
		let PendingDraw { task: id, round, retries } = pending;
		// The task may have gone on without it: its deadline passed or it was cancelled. What it
		// wants since then waits for randomness of its own.
		let wanted = T::Handler::wanted(id).filter(|wanted| wanted.round == round);
		let (Some(wanted), Some(task)) = (wanted, Tasks::<T>::get(id)) else {
			return T::WeightInfo::draw(0);
		};
		let search = Search { task: &task, wanted: &wanted, event };
		let genesis = Genesis(Self::genesis_hash());
		let draw = Draw { genesis, acc: *acc, task: id, round };
		let pool = Pool::of::<T>(&task.request.access);
		let positions = pool.size();
		let everything = positions <= TRIES;
		let shuffled = everything.then(|| draw.shuffle(positions));
		let order = || {
			(0..positions.min(TRIES)).filter_map(|attempt| {
				let choice = match &shuffled {
					Some(order) => order.get(usize::try_from(attempt).ok()?).copied(),
					None => draw.choose(attempt, positions),
				};
				pool.position(choice?)
			})
		};

		let mut picks: Vec<Pick> = Vec::new();
		let mut later: Option<BlockNumber> = None;
		let mut tries = 0u32;
		// The first that fits in a random order is a fair choice among all that fit.
		for position in order() {
			if picks.len() >= wanted.count.into() {
				break;
			}
			tries = tries.saturating_add(1);
			match Self::fit_at(position, &search, &picks) {
				Fit::Now(pick) => picks.push(pick),
				Fit::From(block) => later = Some(later.map_or(block, |first| first.min(block))),
				Fit::Not => {},
			}
		}
		// An allow list is read whole, whoever is found.
		let listed = u32::try_from(task.request.access.allow.len()).unwrap_or(TRIES);
		let weight = T::WeightInfo::draw(tries.max(listed));
		let complete = picks.len() >= wanted.count.into();
		if !complete && !everything && retries < RETRIES {
			let retries = retries.saturating_add(1);
			Self::enqueue_draw(PendingDraw { retries, ..pending }, Lane::of(wanted.role));
			return weight;
		}

		let nonce = PanelNonce(blake2_256(&("assay/nonce/v1", draw.seed(u32::MAX)).encode()));
		let role = wanted.role;
		let record = DrawRecord { role, positions, tries };
		let (breadth, weight) = match role {
			Role::Panel => {
				let survey = T::WeightInfo::survey(positions.min(TRIES));
				(Self::breadth(&search, order()), weight.saturating_add(survey))
			},
			Role::Executor | Role::Verifier => (Breadth::Open, weight),
		};
		match T::Handler::on_drawn(id, picks, nonce, breadth, record) {
			Ok(clusters) => {
				clusters.iter().for_each(|cluster| Self::assign(*cluster, id));
				Self::deposit_event(Event::Drawn { task: id, role, clusters, positions, tries });
			},
			Err(Refusal::NobodyFits) => Self::park(id, later),
			// Too late: the deadline's exit is on its way.
			Err(_) => {},
		}
		weight
	}

	/// Who could be drawn, as far as the clusters at `positions` tell. Whoever is busy, suspended or in
	/// the task counts as well: this is about what the requester asked for.
	pub(crate) fn breadth(
		search: &Search<T::AccountId>,
		positions: impl Iterator<Item = u32>,
	) -> Breadth {
		let Search { task, wanted, event } = search;
		let (demand, access) = (&task.request.demand, &task.request.access);
		if !access.allow.is_empty() {
			return Breadth::Narrow;
		}
		// Counted by operator and by position: a few large operators must not be left out either.
		let (mut offering, mut fitting) = (BTreeSet::new(), BTreeSet::new());
		let (mut offered, mut fit) = (0u32, 0u32);
		for id in positions.filter_map(index::owner_at::<T>) {
			let Some(cluster) = Clusters::<T>::get(id) else { continue };
			// Whoever came after the dispute could have come to change the count.
			let established = cluster.since < *event && cluster.since < wanted.older_than;
			let bonded = cluster.is_bonded(T::SlotBond::get()) || cluster.pledged > 0;
			let offers = cluster.spec.engines.contains(&demand.engine);
			if !established || !bonded || !offers || cluster.owner == task.requester {
				continue;
			}
			offering.insert(cluster.operator);
			offered = offered.saturating_add(1);
			if access.admits(id) && demand.is_met_by(&cluster.spec) {
				fitting.insert(cluster.operator);
				fit = fit.saturating_add(1);
			}
		}
		let count = |operators: BTreeSet<_>| u32::try_from(operators.len()).unwrap_or(u32::MAX);
		match Breadth::of(count(fitting), count(offering)) {
			Breadth::Open => Breadth::of(fit, offered),
			Breadth::Narrow => Breadth::Narrow,
		}
	}

	fn fit_at(position: u32, search: &Search<T::AccountId>, picks: &[Pick]) -> Fit {
		let Some(id) = index::owner_at::<T>(position) else { return Fit::Not };
		let Some(cluster) = Clusters::<T>::get(id) else { return Fit::Not };
		let taken = picks.iter().any(|pick| pick.operator == cluster.operator);
		if taken || !cluster.is_free_at(position) || !Self::is_eligible(id, &cluster, search) {
			return Fit::Not;
		}
		let Some(operator) = Operators::<T>::get(cluster.operator) else { return Fit::Not };
		let now = Self::now();
		// Whoever registers after the event could have been made for it.
		let too_young = cluster.since >= search.event;
		if too_young || operator.suspended_until > now {
			return Fit::From(operator.suspended_until.max(now.saturating_add(1)));
		}
		Fit::Now(Pick {
			cluster: id,
			operator: cluster.operator,
			price: cluster.spec.price,
			architecture: cluster.spec.architecture,
		})
	}

	/// Everything but a free slot and what passes with time.
	fn is_eligible(
		id: ClusterId,
		cluster: &Cluster<T::AccountId>,
		search: &Search<T::AccountId>,
	) -> bool {
		let Search { task, wanted, .. } = search;
		cluster.is_bonded(T::SlotBond::get())
			&& cluster.since < wanted.older_than
			&& cluster.owner != task.requester
			&& !wanted.exclude.contains(&cluster.operator)
			&& wanted.architecture.is_none_or(|class| class == cluster.spec.architecture)
			&& task.request.access.admits(id)
			&& task.request.demand.is_met_by(&cluster.spec)
	}

	fn assign(cluster: ClusterId, task: TaskId) {
		let added = Clusters::<T>::mutate_extant(cluster, |row| {
			row.unsettled = row.unsettled.saturating_add(1);
			row.assignments.try_push(task).is_ok()
		});
		if !added {
			defensive!("a drawn cluster has a free slot");
		}
	}

	/// The hash of block zero.
	pub fn genesis_hash() -> [u8; 32] {
		let hash = frame_system::Pallet::<T>::block_hash(BlockNumberFor::<T>::default());
		hash.as_ref().try_into().unwrap_or_default()
	}

	/// The height of this block.
	pub fn now() -> BlockNumber {
		frame_system::Pallet::<T>::block_number().saturated_into()
	}
}

// SPDX-License-Identifier: GPL-3.0-or-later
//! Draws: asked for in one block, made in a later one with randomness that nobody knew at the
//! first.
//!
//! A draw of up to [`SMALL`] clusters looks at all of them. A larger one takes a sample, in each of up
//! to `1 + RETRIES` blocks, and then goes round in a lap. A draw for a task that waited in the queue takes
//! one sample, and looks at those who have become free since.

use crate::{
	index::{Entry, Pool, Shelf, ROW},
	interface::{Seated, TaskHandler, Wanted},
	pallet::{
		Clusters, Config, DrawBuckets, Duties, Event, Hot, Operators, Pallet, Parked, Records,
	},
	search::{self, Found, Judge, Look},
	store::{entry_of, Store},
	types::{Attempt, Bucket, Draws, FirstDraws, Lane, PendingDraw, Service, Task, MAX_RECENT},
	weights::WeightInfo,
};
use alloc::{collections::BTreeSet, vec::Vec};
use assay_primitives::{
	blake2_256,
	draw::{Accumulator, Beacon, Draw},
	leaf::DrawRecord,
	protocol::{Breadth, Pick, Refusal, Role, MAX_EXECUTIONS},
	spec::{Engine, Region},
	task::{TaskRequest, MAX_LIST, WITNESSES},
	BlockNumber, ClusterId, Genesis, OperatorId, PanelNonce, TaskId,
};
use codec::Encode;
use frame_support::{
	defensive,
	traits::Get,
	weights::{Weight, WeightMeter},
};
use sp_runtime::SaturatedConversion;

/// Clusters that a draw looks at one by one, if there are no more on the shelves.
pub const SMALL: u32 = ROW;
/// Positions that a draw among more looks at in one block, for each cluster it is for.
pub const TRIES: u32 = 4;
/// Blocks in which such a draw is tried again before it goes round.
pub const RETRIES: u8 = 8;
/// Blocks until the next draw for a task of which too many fit for all to be ranked.
pub(crate) const UNSURE_PAUSE: BlockNumber = 16;
/// Draws that a block makes before all others: for those who check, or in every other block for both.
pub const CHECKS_FIRST: u32 = 4;
/// The same for those who check: their time is short, and a lap misses nobody.
pub const CHECK_RETRIES: u8 = 1;
/// Most clusters that a task can have when it is drawn for.
pub(crate) const MOST_MEMBERS: u32 = MAX_EXECUTIONS - WITNESSES as u32;
/// What the proofs of a cluster's duty and of an operator's record add to that of a row of the index, bytes:
/// the generated weight has for each look the largest of the three only.
const PROOF_OF_LOOK: u64 = 2_801 + PROOF_OF_RECORD;
/// What a cluster's row adds to a proof, bytes.
pub const PROOF_OF_CLUSTER: u64 = 2_808;
/// What an operator's record adds to a proof, bytes.
pub const PROOF_OF_RECORD: u64 = 2_519;
/// The number of the choice whether anybody is wanted.
const LOT: u32 = u32::MAX - 1;
/// The number of the first choice of a survey: beyond those of every draw.
const SURVEY: u32 = 1 << 16;

/// Whom a draw looks for.
pub(crate) struct Search<'a, AccountId> {
	/// For which task.
	pub task: &'a Task<AccountId>,
	/// What the task wants.
	pub wanted: &'a Wanted,
	/// The block of the event that caused the draw.
	pub event: BlockNumber,
}

/// The most glances that go with so many looks: at those in the task, at the host of each candidate, and
/// at the requester.
pub(crate) fn most_glances(looks: u32) -> u32 {
	looks.saturating_add(MOST_MEMBERS).saturating_add(1)
}

/// Says who fits a task.
pub(crate) struct Referee<'a, T: Config> {
	search: &'a Search<'a, T::AccountId>,
	now: BlockNumber,
	/// The last block in which anybody is suspended.
	suspensions_until: BlockNumber,
	/// Regions and hosts of those in the task, as far as others must not share them.
	regions: Vec<Region>,
	hosts: Vec<Vec<u8>>,
	/// The requester's number as it is now, once it was asked for.
	own: Option<Option<OperatorId>>,
	/// How often it looked at what most draws need not know: the rows of clusters and of the requester.
	pub glances: u32,
	/// Somebody who was not heard of for too long.
	pub expired: Option<ClusterId>,
}

impl<'a, T: Config> Referee<'a, T> {
	pub fn new(search: &'a Search<'a, T::AccountId>) -> Self {
		let apart = search.task.request.access.apart;
		let (mut regions, mut hosts) = (Vec::new(), Vec::new());
		let mut glances = 0u32;
		if apart.is_asked() {
			glances = u32::try_from(search.wanted.members.len()).unwrap_or(MOST_MEMBERS);
			for member in search.wanted.members.iter().filter_map(Clusters::<T>::get) {
				if apart.regions {
					regions.push(member.spec.region);
				}
				if apart.hosts {
					hosts.push(member.spec.host());
				}
			}
		}
		let suspensions_until = Hot::<T>::get().counters.suspended_until;
		let now = Pallet::<T>::now();
		Self { search, now, suspensions_until, regions, hosts, own: None, glances, expired: None }
	}

	/// Whether the entry is of the requester's own cluster. Who had some at submission is written down;
	/// only whoever came since can be of a number that the requester got since.
	fn is_own(&mut self, entry: &Entry) -> bool {
		let task = self.search.task;
		if entry.since < task.submitted_at || task.own == Some(entry.operator) {
			return task.own == Some(entry.operator);
		}
		let own = match self.own {
			Some(own) => own,
			None => {
				self.glances = self.glances.saturating_add(1);
				Operators::<T>::get(&task.requester).map(|operator| operator.id)
			},
		};
		self.own = Some(own);
		own == Some(entry.operator)
	}

	/// Whether the cluster's host is that of somebody in the task, if that matters.
	fn shares_host(&mut self, id: ClusterId) -> bool {
		if self.hosts.is_empty() {
			return false;
		}
		self.glances = self.glances.saturating_add(1);
		Clusters::<T>::get(id).is_none_or(|row| self.hosts.contains(&row.spec.host()))
	}
}

impl<T: Config> Judge for Referee<'_, T> {
	fn admits(&self, shelf: Shelf, entry: &Entry) -> bool {
		let Search { task, wanted, .. } = self.search;
		let TaskRequest { demand, access, .. } = &task.request;
		entry.since < wanted.older_than
			&& !wanted.exclude.contains(&entry.operator)
			&& wanted.architecture.is_none_or(|class| class == shelf.architecture())
			&& access.admits(entry.cluster)
			&& !self.regions.contains(&entry.region())
			&& demand.refused_by(&entry.offer(shelf)).next().is_none()
	}

	fn look(&mut self, shelf: Shelf, entry: &Entry) -> Look {
		let id = entry.cluster;
		let duty = Duties::<T>::get(id);
		if duty.lacking > 0 {
			return Look::Not;
		}
		let alive_until = entry.lease_until.max(duty.paid_at.saturating_add(T::Lease::get()));
		if alive_until < self.now {
			self.expired.get_or_insert(id);
			return Look::Not;
		}
		let busy = duty.busy(Lane::of(self.search.wanted.role));
		if busy >= shelf.slots() || self.is_own(entry) || self.shares_host(id) {
			return Look::Not;
		}
		// Mostly nobody is suspended at all.
		let suspended_until = match self.suspensions_until > self.now {
			true => Records::<T>::get(entry.operator).suspended_until,
			false => 0,
		};
		// Whoever registers after the event could have been made for it.
		let too_young = entry.since >= self.search.event;
		if too_young || suspended_until > self.now {
			return Look::From(suspended_until.max(self.now.saturating_add(1)));
		}
		Look::Free { pick: entry.pick(shelf), busy }
	}

	fn clash(&self, one: &Pick, other: &Pick) -> bool {
		let apart = self.search.task.request.access.apart;
		if one.operator == other.operator || !apart.is_asked() {
			return one.operator == other.operator;
		}
		let spec = |pick: &Pick| Clusters::<T>::get(pick.cluster).map(|cluster| cluster.spec);
		let (Some(one), Some(other)) = (spec(one), spec(other)) else { return true };
		(apart.regions && one.region == other.region) || (apart.hosts && one.host() == other.host())
	}

	fn leaders(&self, count: usize) -> usize {
		match self.search.task.request.access.apart.is_asked() {
			true => search::MAX_PICKS as usize,
			false => count,
		}
	}
}

impl<T: Config> Pallet<T> {
	/// Books the draw that `task` now wants.
	pub(crate) fn ask_draw(task: TaskId) {
		if let Some(Wanted { round, role, .. }) = T::Handler::wanted(task) {
			let pending = PendingDraw { task, round, attempt: Attempt::Fresh(0) };
			Self::enqueue_draw(pending, Lane::of(role));
		}
	}

	/// Records that a draw was asked for in this block.
	pub(crate) fn enqueue_draw(pending: PendingDraw, lane: Lane) {
		let block = Self::now();
		if !Self::book(pending, lane, block) {
			// More draws than a block may ask for: ask again in the next.
			Self::park_until(pending.task, block.saturating_add(1));
		}
	}

	/// Puts a draw on the agenda of `block`, which is this one. Says whether there was room.
	fn book(pending: PendingDraw, lane: Lane, block: BlockNumber) -> bool {
		let is_among_first = Hot::<T>::mutate(|hot| {
			let agenda = hot.agenda_mut(lane);
			if agenda.last().is_none_or(|bucket| bucket.block != block) {
				let (event, first) = (T::Beacon::now(), FirstDraws::default());
				agenda.try_push(Bucket { block, event, first, more: false }).ok()?;
			}
			let bucket = agenda.last_mut()?;
			let is_among_first = !bucket.more && bucket.first.push(pending);
			bucket.more = !is_among_first;
			Some(is_among_first)
		});
		match is_among_first {
			Some(true) => true,
			Some(false) => {
				DrawBuckets::<T>::mutate((lane, block), |draws| draws.try_push(pending)).is_ok()
			},
			None => false,
		}
	}

	/// The draws that are on the agenda.
	#[cfg(any(feature = "std", feature = "try-runtime"))]
	pub fn booked_draws() -> Vec<PendingDraw> {
		let hot = Hot::<T>::get();
		let buckets = hot.checking.into_iter().chain(hot.executing);
		let first = buckets.flat_map(|bucket| bucket.first.iter());
		first.chain(DrawBuckets::<T>::iter_values().flatten()).collect()
	}

	/// Makes the draws whose randomness has come, oldest first, as long as the meter lasts. Those who
	/// check come first, but only so many, and only in every other block: checks that nobody can make must
	/// not keep laps from going on and executors from being drawn. Laps have their step before the rest, so
	/// that a flood of draws does not stop them.
	pub(crate) fn serve_draws(meter: &mut WeightMeter) {
		if Self::now().is_multiple_of(2) {
			Self::serve_lane(Lane::Checking, CHECKS_FIRST, meter);
			Self::serve_laps(meter);
		} else {
			Self::serve_laps(meter);
			Self::serve_lane(Lane::Executing, CHECKS_FIRST, meter);
			Self::serve_lane(Lane::Checking, CHECKS_FIRST, meter);
		}
		Self::serve_lane(Lane::Executing, u32::MAX, meter);
		Self::serve_lane(Lane::Checking, u32::MAX, meter);
	}

	/// Makes up to `most` draws of one lane.
	fn serve_lane(lane: Lane, most: u32, meter: &mut WeightMeter) {
		let mut left = most;
		while let Some(bucket) = Hot::<T>::get().agenda(lane).first().cloned() {
			// Where there is no weight for a draw, there is none for writing that none was made.
			let has_room = left > 0 && meter.can_consume(Self::draw_weight(0));
			let ripe = has_room && T::Beacon::is_ripe(&bucket.event);
			if !ripe || !Self::serve_bucket(lane, bucket, &mut left, meter) {
				return;
			}
		}
	}

	/// Makes up to `left` of the draws of a block; says whether it got through all of them.
	pub(crate) fn serve_bucket(
		lane: Lane,
		bucket: Bucket,
		left: &mut u32,
		meter: &mut WeightMeter,
	) -> bool {
		let Bucket { block, event, first, more } = bucket;
		// A draw that has to wait for weight gets the randomness of its own block, so that nobody
		// can foresee it while it waits.
		let acc = T::Beacon::now().acc;
		let mut draws: Vec<PendingDraw> = first.iter().collect();
		if more {
			draws.extend(DrawBuckets::<T>::take((lane, block)));
		}
		let mut served = 0usize;
		for pending in draws.iter() {
			if *left == 0 || !meter.can_consume(Self::draw_weight(0)) {
				break;
			}
			let Some(weight) = Self::draw(*pending, block, &acc, meter.remaining()) else {
				meter.consume(Self::draw_weight(0));
				break;
			};
			meter.consume(weight);
			*left = left.saturating_sub(1);
			served = served.saturating_add(1);
		}
		draws.drain(..served);
		let is_over = draws.is_empty();
		let mut first = FirstDraws::default();
		let others = draws.into_iter().filter(|draw| !first.push(*draw)).collect();
		let others = Draws::truncate_from(others);
		let more = !others.is_empty();
		if more {
			DrawBuckets::<T>::insert((lane, block), others);
		}
		// The draws may have asked for others since.
		Hot::<T>::mutate(|hot| {
			let agenda = hot.agenda_mut(lane);
			agenda.retain(|bucket| !is_over || bucket.block != block);
			if let Some(own) = agenda.iter_mut().find(|bucket| bucket.block == block) {
				*own = Bucket { block, event, first, more };
			}
		});
		is_over
	}

	/// The weight of so many glances at rows that most draws need not know.
	pub(crate) fn glance_weight(glances: u32) -> Weight {
		let proof = Weight::from_parts(0, PROOF_OF_CLUSTER).saturating_mul(glances.into());
		T::DbWeight::get().reads(glances.into()).saturating_add(proof)
	}

	/// The most that a draw of `lane` can weigh.
	pub(crate) fn heaviest_draw(lane: Lane) -> Weight {
		let role = match lane {
			Lane::Checking => Role::Panel,
			Lane::Executing => Role::Executor,
		};
		Self::draw_at_most(role, SMALL)
	}

	/// The most that a draw for `role` can weigh that looks so often at most.
	pub(crate) fn draw_at_most(role: Role, looks: u32) -> Weight {
		Self::draw_weight(looks)
			.saturating_add(Self::glance_weight(most_glances(looks)))
			.saturating_add(Self::heaviest_end(role))
			.saturating_add(T::WeightInfo::begin_lap())
	}

	/// The most that one service of the hook can weigh.
	#[cfg(any(test, feature = "fuzzing"))]
	pub(crate) fn heaviest_service() -> Weight {
		Self::heaviest_draw(Lane::Checking).max(Self::heaviest_step(Lane::Checking))
	}

	/// The weight of a draw that looks so often.
	pub(crate) fn draw_weight(looks: u32) -> Weight {
		let proof = Weight::from_parts(0, PROOF_OF_LOOK).saturating_mul(looks.into());
		T::WeightInfo::draw(looks).saturating_add(proof)
	}

	/// The most that the end of a draw for `role` adds to it.
	pub(crate) fn heaviest_end(role: Role) -> Weight {
		let survey = match role {
			judge if judge.judges() => T::WeightInfo::survey(ROW),
			_ => Weight::zero(),
		};
		// Somebody's lease may turn out to have expired.
		survey.saturating_add(T::WeightInfo::drain_cluster())
	}

	/// Makes a draw that was caused in block `event`. Returns the weight of it; `None` if it could weigh
	/// more than `limit` and was not made.
	pub(crate) fn draw(
		pending: PendingDraw,
		event: BlockNumber,
		acc: &Accumulator,
		limit: Weight,
	) -> Option<Weight> {
		let PendingDraw { task: id, round, .. } = pending;
		// The task may have gone on without it: its deadline passed or it was cancelled. What it
		// wants since then waits for randomness of its own.
		let open = T::Handler::open_draw(id).filter(|(_, wanted)| wanted.round == round);
		let Some((task, wanted)) = open else {
			if T::Handler::wanted(id).is_none() {
				Self::forget(id);
			}
			return Some(Self::draw_weight(0));
		};
		let search = Search { task: &task, wanted: &wanted, event };
		let draw = Self::draw_of(id, round, acc);
		if let Some(percent) = wanted.percent {
			// Nobody could foresee it before the executor was bound.
			let wanted = draw.choose(LOT, 100).is_some_and(|lot| lot < u32::from(percent));
			T::Handler::on_lot(id, wanted);
			if !wanted {
				// It waits, if the block of its draw was full.
				Self::forget(id);
				return Some(Self::draw_weight(0));
			}
		}
		let mut referee = Referee::<T>::new(&search);
		let (looks, end) = Self::search_for(pending, &search, &draw, &mut referee, limit)?;
		let glances = Self::glance_weight(referee.glances);
		Some(Self::draw_weight(looks).saturating_add(glances).saturating_add(end))
	}

	/// Looks for whom the draw is for, and assigns them, or lets the task wait or try again. Returns how often
	/// it looked, and the weight of what followed; `None` if all could weigh more than `limit`, and nothing
	/// was done.
	fn search_for(
		pending: PendingDraw,
		search: &Search<T::AccountId>,
		draw: &Draw,
		referee: &mut Referee<T>,
		limit: Weight,
	) -> Option<(u32, Weight)> {
		let PendingDraw { task: id, round, attempt } = pending;
		let Search { task, wanted, event } = search;
		let count = usize::from(wanted.count);
		let lane = Lane::of(wanted.role);
		let fits = |looks: u32| Self::draw_at_most(wanted.role, looks).all_lte(limit);

		if !task.request.access.allow.is_empty() {
			if !fits(MAX_LIST) {
				return None;
			}
			let (listed, positions) = Self::listed(task);
			let looks = u32::try_from(listed.len()).unwrap_or(SMALL);
			let found = search::contest(listed.into_iter(), draw, count, referee);
			return Some((looks, Self::conclude(id, draw, positions, found, referee, false)));
		}

		let (store, pool) = (Store::<T>::new(), Self::pool(search));
		let positions = pool.positions();
		if pool.clusters() <= SMALL {
			if !fits(pool.clusters()) {
				return None;
			}
			let found = search::contest(pool.entries(&store), draw, count, referee);
			let rows = u32::try_from(pool.shelves().len()).unwrap_or(SMALL);
			let looks = found.tries.max(rows);
			return Some((looks, Self::conclude(id, draw, positions, found, referee, false)));
		}

		let tries = TRIES.saturating_mul(wanted.count.into());
		if !fits(tries.saturating_add(MAX_RECENT).saturating_add(wanted.count.into())) {
			return None;
		}
		let mut found = search::sample(&store, &pool, draw, tries, count, referee);
		let mut looks = found.tries;
		let mut complete = found.picks.len() >= count;
		let retries_left = match lane {
			Lane::Checking => CHECK_RETRIES,
			Lane::Executing => RETRIES,
		};
		match attempt {
			_ if complete => {},
			Attempt::Fresh(retries) if retries < retries_left => {
				let attempt = Attempt::Fresh(retries.saturating_add(1));
				Self::enqueue_draw(PendingDraw { attempt, ..pending }, lane);
				return Some((looks, Weight::zero()));
			},
			Attempt::Fresh(_) => {},
			Attempt::Woken => {
				let engine = task.request.demand.engine;
				// If some of those who became free are not known, everybody is looked at again.
				if let Some(free) = Parked::<T>::get(engine).free_since(id) {
					let sampled = found.picks.iter().map(|pick| pick.cluster);
					let candidates: BTreeSet<ClusterId> = free.into_iter().chain(sampled).collect();
					let place = |id: ClusterId| Self::place_of(id, engine);
					let candidates: Vec<_> = candidates.into_iter().filter_map(place).collect();
					let more = u32::try_from(candidates.len()).unwrap_or(u32::MAX);
					looks = looks.saturating_add(more);
					let tries = found.tries;
					found = search::contest(candidates.into_iter(), draw, count, referee);
					found.tries = found.tries.saturating_add(tries);
					complete = true;
				}
			},
		}
		if complete {
			return Some((looks, Self::conclude(id, draw, positions, found, referee, false)));
		}
		Self::begin_lap(id, round, lane, *event);
		Some((looks, T::WeightInfo::begin_lap()))
	}

	/// The shelves on which somebody can stand whom the search is for.
	pub(crate) fn pool(search: &Search<T::AccountId>) -> Pool {
		let (demand, wanted) = (&search.task.request.demand, search.wanted);
		Pool::of(&Store::<T>::new(), demand.engine, |shelf| {
			shelf.can_meet(demand)
				&& wanted.architecture.is_none_or(|class| class == shelf.architecture())
		})
	}

	/// Where a cluster stands among those with `engine`, if it does, and its entry there.
	pub(crate) fn place_of(id: ClusterId, engine: Engine) -> Option<(Shelf, Entry)> {
		let cluster = Clusters::<T>::get(id)?;
		let stands = cluster.service == Service::Active && cluster.spec.engines.contains(&engine);
		stands.then(|| (Shelf::of(&cluster.spec), entry_of(id, &cluster)))
	}

	/// The clusters of a task's allow list that have its engine, and how many positions those have.
	fn listed(task: &Task<T::AccountId>) -> (Vec<(Shelf, Entry)>, u32) {
		// Naming a cluster twice does not make it likelier.
		let named: BTreeSet<ClusterId> = task.request.access.allow.iter().copied().collect();
		let place = |id| Self::place_of(id, task.request.demand.engine);
		let listed: Vec<_> = named.into_iter().filter_map(place).collect();
		let slots = listed.iter().map(|(shelf, _)| u32::from(shelf.slots()));
		let positions = slots.fold(0u32, |sum, slots| sum.saturating_add(slots));
		(listed, positions)
	}

	pub(crate) fn draw_of(task: TaskId, round: u8, acc: &Accumulator) -> Draw {
		Draw { genesis: Genesis(Self::genesis_hash()), acc: *acc, task, round }
	}

	/// Hands what was found to the judge of tasks; if that is not enough, the task waits. Returns the
	/// weight that this adds to the search.
	pub(crate) fn conclude(
		id: TaskId,
		draw: &Draw,
		positions: u32,
		found: Found,
		referee: &mut Referee<T>,
		was_lap: bool,
	) -> Weight {
		let search = referee.search;
		let (role, engine) = (search.wanted.role, search.task.request.demand.engine);
		let nonce = PanelNonce(blake2_256(&("assay/nonce/v1", draw.seed(u32::MAX)).encode()));
		let Found { picks, mut later, tries, unsure } = found;
		let record = DrawRecord { role, positions, tries };
		let mut weight = Weight::zero();
		// A panel makes do with fewer.
		let makes_do = role.judges();
		let result = if unsure && !makes_do {
			later = Some(Self::now().saturating_add(UNSURE_PAUSE));
			Err(Refusal::NobodyFits)
		} else {
			let (breadth, survey) = match role {
				judge if judge.judges() => Self::survey(search, draw),
				_ => (Breadth::Open, Weight::zero()),
			};
			weight = weight.saturating_add(survey);
			T::Handler::on_drawn(id, picks.clone(), nonce, breadth, record)
		};
		match (result, later) {
			(Ok(Seated { role, clusters }), _) => {
				let lane = Lane::of(role);
				clusters.iter().for_each(|cluster| Self::assign(*cluster, id, lane));
				Self::unpark(id, engine);
				Self::deposit_event(Event::Drawn { task: id, role, clusters, positions, tries });
			},
			(Err(Refusal::NobodyFits), Some(later)) => Self::park_until(id, later),
			(Err(Refusal::NobodyFits), None) if was_lap => Self::park_after_lap(id, &picks),
			(Err(Refusal::NobodyFits), None) => Self::park_searched(id, &picks),
			// Too late: the deadline's exit is on its way.
			(Err(_), _) => Self::unpark(id, engine),
		}
		if let Some(expired) = referee.expired.take() {
			Self::expire(expired);
			weight = weight.saturating_add(T::WeightInfo::drain_cluster());
		}
		weight
	}

	/// Who could be drawn of all that run the engine, and the weight of finding out: those of a small
	/// network one by one, of a large one as many positions as a row has entries. Whoever is busy,
	/// suspended or in the task counts as well: this is about what the requester asked for.
	pub(crate) fn survey(search: &Search<T::AccountId>, draw: &Draw) -> (Breadth, Weight) {
		let Search { task, wanted, event } = search;
		let (demand, access) = (&task.request.demand, &task.request.access);
		// With a list, or with regions to keep out of, whoever asked could have chosen the panel.
		if !access.allow.is_empty() || access.apart.is_asked() {
			return (Breadth::Narrow, Weight::zero());
		}
		let store = Store::<T>::new();
		let pool = Pool::of(&store, demand.engine, |_| true);
		let (entries, rows): (Vec<(Shelf, Entry, u32)>, _) = if pool.clusters() <= SMALL {
			let all = pool.entries(&store);
			let weighed = all.map(|(shelf, entry)| (shelf, entry, u32::from(shelf.slots())));
			(weighed.collect(), pool.shelves().len())
		} else {
			let choices =
				(0..ROW).filter_map(|n| draw.choose(SURVEY.saturating_add(n), pool.positions()));
			let chosen = choices.filter_map(|choice| pool.entry_at(&store, choice));
			(chosen.map(|(shelf, entry, _)| (shelf, entry, 1)).collect(), ROW as usize)
		};
		let own = Operators::<T>::get(&task.requester).map(|operator| operator.id);
		// Counted by operator and by position: a few large operators must not be left out either.
		let (mut offering, mut fitting) = (BTreeSet::new(), BTreeSet::new());
		let (mut offered, mut fit) = (0u32, 0u32);
		for (shelf, entry, positions) in entries {
			// Whoever came after the dispute could have come to change the count.
			let established = entry.since < *event && entry.since < wanted.older_than;
			if !established || own == Some(entry.operator) {
				continue;
			}
			offering.insert(entry.operator);
			offered = offered.saturating_add(positions);
			let met = demand.refused_by(&entry.offer(shelf)).next().is_none();
			if met && access.admits(entry.cluster) {
				fitting.insert(entry.operator);
				fit = fit.saturating_add(positions);
			}
		}
		let count = |operators: BTreeSet<_>| u32::try_from(operators.len()).unwrap_or(u32::MAX);
		let breadth = match Breadth::of(count(fitting), count(offering)) {
			Breadth::Open => Breadth::of(fit, offered),
			Breadth::Narrow => Breadth::Narrow,
		};
		(breadth, T::WeightInfo::survey(u32::try_from(rows).unwrap_or(ROW)))
	}

	fn assign(cluster: ClusterId, task: TaskId, lane: Lane) {
		let added = Duties::<T>::mutate(cluster, |duty| {
			duty.unsettled = duty.unsettled.saturating_add(1);
			duty.lane_mut(lane).try_push(task).is_ok()
		});
		if !added {
			defensive!("a drawn cluster has a free place");
		}
	}

	/// The height of this block.
	pub fn now() -> BlockNumber {
		frame_system::Pallet::<T>::block_number().saturated_into()
	}
}

// SPDX-License-Identifier: GPL-3.0-or-later
//! Draws: asked for in one block, made in a later one with randomness that nobody knew at the first.

use crate::{
	index,
	interface::{TaskHandler, Wanted},
	pallet::{Clusters, Config, Counter, DrawAgenda, DrawBuckets, Event, Operators, Pallet, Tasks},
	types::{Bucket, Cluster, PendingDraw, Task, ROW},
	weights::WeightInfo,
};
use alloc::vec::Vec;
use assay_primitives::{
	blake2_256,
	draw::{Accumulator, Beacon, Draw},
	leaf::DrawRecord,
	protocol::{Pick, Refusal},
	BlockNumber, ClusterId, Genesis, PanelNonce, TaskId,
};
use codec::Encode;
use frame_support::{defensive, weights::WeightMeter};
use frame_system::pallet_prelude::BlockNumberFor;
use sp_runtime::traits::SaturatedConversion;

/// Positions that one draw looks at in one block. A network that fits into one row is looked at
/// completely, in random order.
pub const TRIES: u32 = ROW;
/// Blocks in which a draw in a larger network is tried before the task waits for capacity.
pub const RETRIES: u8 = 8;

impl<T: Config> Pallet<T> {
	/// Records that `task` asked for a draw in this block.
	pub(crate) fn enqueue_draw(task: TaskId, retries: u8) {
		let block = Self::now();
		let pending = PendingDraw { task, retries };
		let known = DrawAgenda::<T>::get().last().is_some_and(|bucket| bucket.block == block);
		let booked = known
			|| DrawAgenda::<T>::mutate(|agenda| {
				agenda.try_push(Bucket { block, event: T::Beacon::now() }).is_ok()
			});
		let stored =
			booked && DrawBuckets::<T>::mutate(block, |bucket| bucket.try_push(pending)).is_ok();
		if !stored {
			// More draws than a block may ask for: wait like those who found nobody.
			Self::park(task);
		}
	}

	/// Makes the draws whose randomness has come, oldest first, as long as the meter lasts.
	pub(crate) fn serve_draws(meter: &mut WeightMeter) {
		if meter.try_consume(T::WeightInfo::serve_nothing()).is_err() {
			return;
		}
		let now = T::Beacon::now();
		while let Some(bucket) = DrawAgenda::<T>::get().first().copied() {
			if !T::Beacon::is_ripe(&bucket.event) {
				return;
			}
			let mut draws = DrawBuckets::<T>::take(bucket.block);
			while let Some(pending) = draws.first().copied() {
				if !meter.can_consume(T::WeightInfo::draw(TRIES)) {
					DrawBuckets::<T>::insert(bucket.block, draws);
					return;
				}
				draws.remove(0);
				let tries = Self::draw(pending, bucket.block, &now.acc);
				meter.consume(T::WeightInfo::draw(tries));
			}
			DrawAgenda::<T>::mutate(|agenda| {
				if agenda.is_empty() {
					defensive!("the agenda only shrinks here");
				} else {
					agenda.remove(0);
				}
			});
		}
	}

	/// Makes a draw that was caused in block `event`, and returns how many positions it looked at.
	pub(crate) fn draw(pending: PendingDraw, event: BlockNumber, acc: &Accumulator) -> u32 {
		let PendingDraw { task: id, retries } = pending;
		let (Some(mut wanted), Some(task)) = (T::Handler::wanted(id), Tasks::<T>::get(id)) else {
			// The task went on without it: its deadline passed or it was cancelled.
			return 0;
		};
		wanted.older_than = wanted.older_than.min(event);
		let genesis = Genesis(Self::genesis_hash());
		let draw = Draw { genesis, acc: *acc, task: id, round: wanted.round };
		let positions = Counter::<T>::get().positions;
		let everything = positions <= TRIES;
		let order: Vec<u32> = if everything {
			draw.shuffle(positions)
		} else {
			(0..TRIES).filter_map(|attempt| draw.choose(attempt, positions)).collect()
		};

		let mut picks: Vec<Pick> = Vec::new();
		let mut tries = 0u32;
		for position in order {
			if picks.len() >= wanted.count.into() {
				break;
			}
			tries = tries.saturating_add(1);
			picks.extend(Self::pick_at(position, &task, &wanted, &picks));
		}
		let complete = picks.len() >= wanted.count.into();
		if !complete && !everything && retries < RETRIES {
			Self::enqueue_draw(id, retries.saturating_add(1));
			return tries;
		}

		let nonce = PanelNonce(blake2_256(&("assay/nonce/v1", draw.seed(u32::MAX)).encode()));
		let role = wanted.role;
		let record = DrawRecord { role, positions, tries };
		match T::Handler::on_drawn(id, picks, nonce, record) {
			Ok(clusters) => {
				clusters.iter().for_each(|cluster| Self::assign(*cluster, id));
				Self::deposit_event(Event::Drawn { task: id, role, clusters, positions, tries });
			},
			Err(Refusal::NobodyFits) => Self::park(id),
			// Too late: the deadline's exit is on its way.
			Err(_) => {},
		}
		tries
	}

	fn pick_at(
		position: u32,
		task: &Task<T::AccountId>,
		wanted: &Wanted,
		picks: &[Pick],
	) -> Option<Pick> {
		let id = index::owner_at::<T>(position)?;
		let cluster = Clusters::<T>::get(id)?;
		let taken = picks.iter().any(|pick| pick.operator == cluster.operator);
		let eligible = cluster.is_free_at(position)
			&& !taken && Self::is_eligible(id, &cluster, task, wanted)
			&& Operators::<T>::get(cluster.operator)?.suspended_until <= Self::now();
		eligible.then_some(Pick {
			cluster: id,
			operator: cluster.operator,
			price: cluster.spec.price,
			architecture: cluster.spec.architecture,
		})
	}

	/// Everything but the operator's standing and a free slot.
	fn is_eligible(
		id: ClusterId,
		cluster: &Cluster<T::AccountId>,
		task: &Task<T::AccountId>,
		wanted: &Wanted,
	) -> bool {
		cluster.is_bonded(T::SlotBond::get())
			// Whoever registers after the event could have been made for it.
			&& cluster.since < wanted.older_than
			&& cluster.owner != task.requester
			&& !wanted.exclude.contains(&cluster.operator)
			&& wanted.architecture.is_none_or(|class| class == cluster.spec.architecture)
			&& task.request.access.admits(id)
			&& task.request.demand.is_met_by(&cluster.spec)
	}

	fn assign(cluster: ClusterId, task: TaskId) {
		let added = Clusters::<T>::mutate_extant(cluster, |row| row.assignments.try_push(task).is_ok());
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

// SPDX-License-Identifier: GPL-3.0-or-later
//! The three ways in which a draw looks for clusters. Each leads to a uniform choice among all free
//! positions that fit, no two of one operator; they differ in what they cost.
//!
//! - A *sample* takes positions at random. Cheap where many fit.
//! - A *contest* gives every position a random priority and takes the least. It looks at everybody, and
//!   at the likely winners first.
//! - A *lap* is a contest in many steps, with fresh randomness in each. It misses nobody who fits from
//!   its first step to its last: rows are read from the end of a shelf to its start, and the only thing
//!   that ever moves to another place is the last entry, towards the start.
//!
//! Nothing here knows what a task is: a [`Judge`] says who fits.

use crate::index::{Entry, Pool, RowKey, Shelf, Shelves, ROW};
use alloc::vec::Vec;
use assay_primitives::{
	draw::Draw, protocol::Pick, BlockNumber, BoundedVec, ClusterId, ConstU32, OperatorId,
};
use codec::{Decode, Encode, MaxEncodedLen};
use frame_support::defensive;
use scale_info::TypeInfo;

/// Most clusters that one draw can be for.
pub const MAX_PICKS: u32 = 8;

/// Most entries that one step of a lap ranks.
const MAX_ADMISSIONS: u32 = 16 * ROW;

/// What only a look at what a cluster has on its hands tells.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Look {
	/// It fits, and all slots but so many of the first are free.
	Free {
		/// The cluster.
		pick: Pick,
		/// How many slots are taken.
		busy: u16,
	},
	/// A draw asked for in this block or later could take it.
	From(BlockNumber),
	/// It does not fit, as things stand.
	Not,
}

/// Says who fits.
pub trait Judge {
	/// Whether an entry of `shelf` can fit: what costs nothing to know.
	fn admits(&self, shelf: Shelf, entry: &Entry) -> bool;

	/// Looks at what the cluster of an entry that it admits has on its hands.
	fn look(&mut self, shelf: Shelf, entry: &Entry) -> Look;

	/// Whether two who fit cannot be taken together. Two of one operator never can.
	fn clash(&self, one: &Pick, other: &Pick) -> bool;

	/// How many have to lead a contest for `count` of them to be taken: more, where others than those of
	/// one operator can clash.
	fn leaders(&self, count: usize) -> usize {
		count
	}
}

/// Those of `places` who fit and have a free slot.
pub fn free(places: Vec<(Shelf, Entry)>, judge: &mut impl Judge) -> Vec<Pick> {
	let mut picks = Vec::new();
	for (shelf, entry) in places {
		if !judge.admits(shelf, &entry) {
			continue;
		}
		if let Look::Free { pick, .. } = judge.look(shelf, &entry) {
			picks.push(pick);
		}
	}
	picks
}

/// The first `count` of `picks` that can be taken together.
pub fn together(picks: Vec<Pick>, count: usize, judge: &impl Judge) -> Vec<Pick> {
	let mut taken: Vec<Pick> = Vec::new();
	for pick in picks {
		if taken.len() < count && !taken.iter().any(|other| judge.clash(other, &pick)) {
			taken.push(pick);
		}
	}
	taken
}

/// What a search found.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Found {
	/// Those who are taken.
	pub picks: Vec<Pick>,
	/// The first block in which somebody will fit who does not yet.
	pub later: Option<BlockNumber>,
	/// How often it looked: at an entry by chance, or at a cluster.
	pub tries: u32,
	/// Whether there may be more who fit together: too many fitted for all to be ranked.
	pub unsure: bool,
}

impl Found {
	fn postpone(&mut self, block: BlockNumber) {
		self.later = Some(self.later.map_or(block, |first| first.min(block)));
	}
}

/// Looks at `tries` random positions of the pool, or fewer if `count` are found before.
pub fn sample(
	store: &impl Shelves,
	pool: &Pool,
	draw: &Draw,
	tries: u32,
	count: usize,
	judge: &mut impl Judge,
) -> Found {
	let mut found = Found::default();
	for attempt in 0..tries {
		if found.picks.len() >= count {
			break;
		}
		found.tries = found.tries.saturating_add(1);
		let choice = draw.choose(attempt, pool.positions());
		let at = choice.and_then(|choice| pool.entry_at(store, choice));
		let Some((shelf, entry, slot)) = at else { continue };
		let taken = |operator| found.picks.iter().any(|pick| pick.operator == operator);
		if taken(entry.operator) || !judge.admits(shelf, &entry) {
			continue;
		}
		match judge.look(shelf, &entry) {
			Look::Free { pick, busy } if slot >= busy => {
				if !found.picks.iter().any(|other| judge.clash(other, &pick)) {
					found.picks.push(pick);
				}
			},
			Look::From(block) => found.postpone(block),
			Look::Free { .. } | Look::Not => {},
		}
	}
	found
}

/// Somebody who leads a contest.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Runner {
	/// The least priority of its free slots.
	pub priority: u64,
	/// Who.
	pub cluster: ClusterId,
	/// Whose.
	pub operator: OperatorId,
}

/// The leaders of a contest, the first one first, no two of one operator.
#[derive(Clone, PartialEq, Eq, Debug, Default, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Contest {
	leaders: BoundedVec<Runner, ConstU32<MAX_PICKS>>,
}

impl Contest {
	/// Those who lead.
	pub fn leaders(&self) -> &[Runner] {
		&self.leaders
	}

	/// Whether somebody with `priority` could come to be among the first `count`.
	fn is_open_to(&self, priority: u64, count: usize) -> bool {
		self.leaders.len() < count
			|| self.leaders.last().is_some_and(|last| priority < last.priority)
	}

	/// Takes in somebody whom it is open to.
	fn enter(&mut self, runner: Runner, count: usize) {
		let own = self.leaders.iter().position(|other| other.operator == runner.operator);
		match own.and_then(|at| self.leaders.get(at).map(|other| (at, other.priority))) {
			Some((_, before)) if before <= runner.priority => return,
			Some((at, _)) => _ = self.leaders.remove(at),
			None if self.leaders.len() >= count => _ = self.leaders.pop(),
			None => {},
		}
		let ahead = self.leaders.iter().filter(|other| other.priority <= runner.priority).count();
		if self.leaders.try_insert(ahead, runner).is_err() {
			defensive!("nobody is drawn for more than there can be leaders");
		}
	}

	/// Lets `candidates`, all of them admitted, take part.
	fn run(
		&mut self,
		candidates: impl Iterator<Item = (Shelf, Entry)>,
		draw: &Draw,
		count: usize,
		judge: &mut impl Judge,
		found: &mut Found,
	) {
		let least = |cluster, slots, busy: u16| {
			draw.priorities(cluster, slots).skip(busy.into()).min().unwrap_or(u64::MAX)
		};
		// By the best that each can do: whoever cannot win any more need not be looked at.
		let mut order: Vec<(u64, Shelf, Entry)> = candidates
			.map(|(shelf, entry)| (least(entry.cluster, shelf.slots(), 0), shelf, entry))
			.collect();
		order.sort_unstable_by_key(|(best, _, entry)| (*best, entry.cluster));
		for (best, shelf, entry) in order {
			let cluster = entry.cluster;
			if !self.is_open_to(best, count) {
				break;
			}
			found.tries = found.tries.saturating_add(1);
			match judge.look(shelf, &entry) {
				Look::Free { pick, busy } => {
					let priority = least(cluster, shelf.slots(), busy);
					if self.is_open_to(priority, count) {
						self.enter(Runner { priority, cluster, operator: pick.operator }, count);
						found.picks.push(pick);
					}
				},
				Look::From(block) => found.postpone(block),
				Look::Not => {},
			}
		}
		let place =
			|pick: &Pick| self.leaders.iter().position(|runner| runner.cluster == pick.cluster);
		found.picks.retain(|pick| place(pick).is_some());
		found.picks.sort_by_key(|pick| place(pick));
	}
}

/// Lets every candidate that is admitted take part in one contest.
pub fn contest(
	candidates: impl Iterator<Item = (Shelf, Entry)>,
	draw: &Draw,
	count: usize,
	judge: &mut impl Judge,
) -> Found {
	let mut found = Found::default();
	let leaders = judge.leaders(count);
	let admitted: Vec<_> =
		candidates.filter(|(shelf, entry)| judge.admits(*shelf, entry)).collect();
	Contest::default().run(admitted.into_iter(), draw, leaders, judge, &mut found);
	let full = found.picks.len() >= MAX_PICKS as usize;
	found.picks = together(found.picks, count, judge);
	found.unsure = full && found.picks.len() < count;
	found
}

/// How far a lap has come.
#[derive(Clone, PartialEq, Eq, Debug, Default, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Progress {
	/// The shelf it stands at, and how many rows of it are left; before the first, none.
	at: Option<(Shelf, u32)>,
	/// Who leads.
	pub contest: Contest,
	/// The first block in which somebody will fit who does not yet.
	pub later: Option<BlockNumber>,
	/// Clusters it looked at.
	pub tries: u32,
}

/// What one step of a lap did.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Step {
	/// Rows that were read.
	pub rows: u32,
	/// Clusters that were looked at.
	pub looks: u32,
	/// Whether the lap is over.
	pub done: bool,
}

/// One step of a lap over the pool: up to `most_rows` rows, and up to [`ROW`] clusters. As many lead as can,
/// so that others move up if somebody is taken before the end.
pub fn step(
	store: &impl Shelves,
	pool: &Pool,
	progress: &mut Progress,
	draw: &Draw,
	most_rows: u32,
	judge: &mut impl Judge,
) -> Step {
	let mut found = Found::default();
	let count = MAX_PICKS as usize;
	let mut admissions = 0u32;
	let mut rows = 0u32;
	let mut done = true;
	let started = progress.at;
	'lap: for (shelf, clusters) in pool.shelves() {
		let mut left = match started {
			Some((at, _)) if *shelf < at => continue,
			Some((at, left)) if *shelf == at => left,
			_ => clusters.div_ceil(ROW),
		};
		while let Some(number) = left.checked_sub(1) {
			let row = if rows < most_rows {
				store.row(&RowKey { engine: pool.engine(), shelf: *shelf, number })
			} else {
				(progress.at, done) = (Some((*shelf, left)), false);
				break 'lap;
			};
			rows = rows.saturating_add(1);
			let admitted: Vec<(Shelf, Entry)> = row
				.into_iter()
				.filter(|entry| judge.admits(*shelf, entry))
				.map(|entry| (*shelf, entry))
				.collect();
			let looks = u32::try_from(admitted.len()).unwrap_or(u32::MAX);
			admissions = admissions.saturating_add(looks);
			if found.tries.saturating_add(looks) > ROW || admissions > MAX_ADMISSIONS {
				(progress.at, done) = (Some((*shelf, left)), false);
				break 'lap;
			}
			progress.contest.run(admitted.into_iter(), draw, count, judge, &mut found);
			left = number;
		}
	}
	progress.tries = progress.tries.saturating_add(found.tries);
	progress.later = match (progress.later, found.later) {
		(Some(before), Some(now)) => Some(before.min(now)),
		(before, now) => before.or(now),
	};
	Step { rows, looks: found.tries, done }
}

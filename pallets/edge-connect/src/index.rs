// SPDX-License-Identifier: GPL-3.0-or-later
//! The index: which clusters a draw for a demand can find, at a cost that does not grow with their
//! number.
//!
//! Each engine has *shelves*: one for each architecture, size tier, GPU tier and number of slots. On a
//! shelf the clusters stand in rows of [`ROW`] entries without a gap; a *directory* counts them. An entry
//! repeats of the spec what demands ask for, so that most clusters that do not fit are passed by without
//! a look at them. Putting on appends; taking off moves the last entry into the hole.
//!
//! A demand finds its shelves by tiers: whoever fits stands on one of them. What stands on them need not
//! fit; that is what the entry and the cluster say. All clusters of a shelf have equally many slots, so
//! the directory says how many positions there are and where the n-th of them is.
//!
//! The module knows storage only as [`Shelves`], and is tested in memory against a list.

use alloc::vec::Vec;
use assay_primitives::{
	protocol::Pick,
	spec::{Architecture, Attestation, Demand, Engine, Offer, Region, Resources, Spec, MAX_SLOTS},
	Balance, BlockNumber, BoundedVec, ClusterId, ConstU32, OperatorId,
};
use codec::{Decode, Encode, MaxEncodedLen};
use frame_support::defensive;
use scale_info::TypeInfo;

/// Entries in one row.
pub const ROW: u32 = 64;
/// Least processor cores and GiB of memory of each size tier but the first. A cluster stands where both
/// reach.
const SIZES: [u32; 5] = [2, 8, 16, 32, 64];
/// Least memory, in MiB for each graphics processor, of each GPU tier but the first two: those without
/// any, and those with any.
const VRAM: [u32; 2] = [16 * 1024, 40 * 1024];
const SIZE_TIERS: u16 = 6;
const GPU_TIERS: u16 = 4;
const ARCHITECTURES: [Architecture; 3] =
	[Architecture::X86_64, Architecture::Aarch64, Architecture::Riscv64];
/// Shelves that one engine can have.
pub const MAX_SHELVES: u32 = 3 * SIZE_TIERS as u32 * GPU_TIERS as u32 * MAX_SLOTS as u32;

/// One shelf of an engine, by its number.
#[derive(
	Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Encode, Decode, MaxEncodedLen, TypeInfo,
)]
pub struct Shelf(u16);

/// What a cluster offers, as far as demands ask for it.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Entry {
	/// Who it is.
	pub cluster: ClusterId,
	/// Whose it is.
	pub operator: OperatorId,
	/// Since when it can be drawn with this spec.
	#[codec(compact)]
	pub since: BlockNumber,
	/// The last block in which a draw finds it, unless it was paid for work meanwhile.
	#[codec(compact)]
	pub lease_until: BlockNumber,
	#[codec(compact)]
	cpu_millicores: u32,
	#[codec(compact)]
	memory_mib: u32,
	#[codec(compact)]
	disk_mib: u32,
	#[codec(compact)]
	gpu_count: u16,
	#[codec(compact)]
	gpu_vram_mib: u32,
	region: Region,
	attestation: Attestation,
	#[codec(compact)]
	price: Balance,
}

/// A row of a shelf.
pub type Row = BoundedVec<Entry, ConstU32<ROW>>;

/// The key of a row.
#[derive(
	Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Encode, Decode, MaxEncodedLen, TypeInfo,
)]
pub struct RowKey {
	/// Whose shelves.
	pub engine: Engine,
	/// Which of them.
	pub shelf: Shelf,
	/// Which row of it.
	pub number: u32,
}

/// How many clusters stand on each shelf of an engine; shelves that are empty are left out.
#[derive(Clone, PartialEq, Eq, Debug, Default, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Directory(BoundedVec<(Shelf, u32), ConstU32<MAX_SHELVES>>);

/// Where the index is kept.
pub trait Shelves {
	/// The directory of `engine`; empty if there is none.
	fn directory(&self, engine: Engine) -> Directory;

	/// Keeps the directory, or nothing if it is empty.
	fn set_directory(&mut self, engine: Engine, directory: Directory);

	/// A row; empty if there is none.
	fn row(&self, key: &RowKey) -> Row;

	/// Keeps the row, or nothing if it is empty.
	fn set_row(&mut self, key: &RowKey, row: Row);

	/// `cluster` has another place on its shelf of `engine` from now on.
	fn relocate(&mut self, cluster: ClusterId, engine: Engine, place: u32);
}

fn tier(value: u32, thresholds: &[u32]) -> u16 {
	thresholds.iter().map(|least| u16::from(value >= *least)).sum()
}

fn size_tier(resources: &Resources) -> u16 {
	let cores = resources.cpu_millicores / 1000;
	tier(cores.min(resources.memory_mib / 1024), &SIZES)
}

fn gpu_tier(resources: &Resources) -> u16 {
	match resources.gpu_count {
		0 => 0,
		_ => tier(resources.gpu_vram_mib, &VRAM).saturating_add(1),
	}
}

impl Shelf {
	/// Where a cluster with `spec` stands.
	pub fn of(spec: &Spec) -> Self {
		let architecture = match spec.architecture {
			Architecture::X86_64 => 0,
			Architecture::Aarch64 => 1,
			Architecture::Riscv64 => 2u16,
		};
		let slots = spec.slots.clamp(1, MAX_SLOTS).saturating_sub(1);
		let resources = &spec.resources;
		Self(
			[
				(SIZE_TIERS, size_tier(resources)),
				(GPU_TIERS, gpu_tier(resources)),
				(MAX_SLOTS, slots),
			]
			.into_iter()
			.fold(architecture, |number, (base, digit)| {
				number.saturating_mul(base).saturating_add(digit)
			}),
		)
	}

	/// The slots of each cluster on it.
	pub fn slots(self) -> u16 {
		(self.0 % MAX_SLOTS).saturating_add(1)
	}

	fn gpu(self) -> u16 {
		self.0 / MAX_SLOTS % GPU_TIERS
	}

	fn size(self) -> u16 {
		self.0 / (MAX_SLOTS * GPU_TIERS) % SIZE_TIERS
	}

	/// The processors of each cluster on it.
	pub fn architecture(self) -> Architecture {
		let number = self.0 / (MAX_SLOTS * GPU_TIERS * SIZE_TIERS);
		ARCHITECTURES.get(usize::from(number)).copied().unwrap_or(Architecture::Riscv64)
	}

	/// Whether somebody on it can meet `demand`; if not, nobody on it does.
	pub fn can_meet(self, demand: &Demand) -> bool {
		let architectures = &demand.architectures;
		(architectures.is_empty() || architectures.contains(&self.architecture()))
			&& self.size() >= size_tier(&demand.resources)
			&& self.gpu() >= gpu_tier(&demand.resources)
	}
}

impl Entry {
	/// The entry of `cluster`, which has offered `spec` since block `since`, and does until `lease_until`.
	pub fn new(
		cluster: ClusterId,
		operator: OperatorId,
		since: BlockNumber,
		lease_until: BlockNumber,
		spec: &Spec,
	) -> Self {
		let Resources { cpu_millicores, memory_mib, disk_mib, gpu_count, gpu_vram_mib } =
			spec.resources;
		Self {
			cluster,
			operator,
			since,
			lease_until,
			cpu_millicores,
			memory_mib,
			disk_mib,
			gpu_count,
			gpu_vram_mib,
			region: spec.region,
			attestation: spec.attestation,
			price: spec.price,
		}
	}

	/// Its place in a task, for the price it asks.
	pub fn pick(&self, shelf: Shelf) -> Pick {
		Pick {
			cluster: self.cluster,
			operator: self.operator,
			price: self.price,
			architecture: shelf.architecture(),
		}
	}

	/// Where it is.
	pub fn region(&self) -> Region {
		self.region
	}

	/// What the cluster offers, which stands on `shelf`.
	pub fn offer(&self, shelf: Shelf) -> Offer {
		Offer {
			architecture: shelf.architecture(),
			resources: Resources {
				cpu_millicores: self.cpu_millicores,
				memory_mib: self.memory_mib,
				disk_mib: self.disk_mib,
				gpu_count: self.gpu_count,
				gpu_vram_mib: self.gpu_vram_mib,
			},
			region: self.region,
			attestation: self.attestation,
			price: self.price,
		}
	}
}

impl Directory {
	/// The shelves that are not empty, and how many clusters stand on each.
	pub fn iter(&self) -> impl Iterator<Item = (Shelf, u32)> + '_ {
		self.0.iter().copied()
	}

	/// Whether all shelves are empty.
	pub fn is_empty(&self) -> bool {
		self.0.is_empty()
	}

	/// How many clusters stand on `shelf`.
	pub fn count(&self, shelf: Shelf) -> u32 {
		let found = self.0.binary_search_by_key(&shelf, |(shelf, _)| *shelf).ok();
		found.and_then(|at| self.0.get(at)).map_or(0, |(_, count)| *count)
	}

	/// Lets there be a cluster on every shelf, whether there is one or not.
	#[cfg(feature = "runtime-benchmarks")]
	pub(crate) fn fill(&mut self) {
		for number in 0..MAX_SHELVES {
			let shelf = Shelf(u16::try_from(number).unwrap_or_default());
			self.set_count(shelf, self.count(shelf).max(1));
		}
	}

	pub(crate) fn set_count(&mut self, shelf: Shelf, count: u32) {
		match self.0.binary_search_by_key(&shelf, |(shelf, _)| *shelf) {
			Ok(at) if count == 0 => _ = self.0.remove(at),
			Ok(at) => self.0.iter_mut().skip(at).take(1).for_each(|(_, own)| *own = count),
			Err(_) if count == 0 => {},
			Err(at) => {
				if self.0.try_insert(at, (shelf, count)).is_err() {
					defensive!("there are not more shelves than places");
				}
			},
		}
	}
}

/// Where the entry at `place` of a shelf is: its row, and which of it.
pub fn locate(place: u32) -> (u32, usize) {
	(place / ROW, (place % ROW) as usize)
}

/// Puts `entry` on a shelf of `engine`, and returns its place there.
pub fn insert(store: &mut impl Shelves, engine: Engine, shelf: Shelf, entry: Entry) -> u32 {
	let mut directory = store.directory(engine);
	let place = directory.count(shelf);
	let (number, _) = locate(place);
	let key = RowKey { engine, shelf, number };
	let mut row = store.row(&key);
	if row.try_push(entry).is_err() {
		defensive!("the last row of a shelf has room");
	}
	store.set_row(&key, row);
	directory.set_count(shelf, place.saturating_add(1));
	store.set_directory(engine, directory);
	place
}

/// Takes the entry at `place` off a shelf of `engine`.
pub fn remove(store: &mut impl Shelves, engine: Engine, shelf: Shelf, place: u32) {
	let mut directory = store.directory(engine);
	let Some(last) = directory.count(shelf).checked_sub(1) else { return };
	directory.set_count(shelf, last);
	store.set_directory(engine, directory);
	let key = |place| RowKey { engine, shelf, number: locate(place).0 };
	let mut row = store.row(&key(last));
	let moved = row.pop();
	store.set_row(&key(last), row);
	let Some(moved) = moved.filter(|_| place != last) else { return };
	let cluster = moved.cluster;
	let mut row = store.row(&key(place));
	row.iter_mut().skip(locate(place).1).take(1).for_each(|hole| *hole = moved.clone());
	store.set_row(&key(place), row);
	store.relocate(cluster, engine, place);
}

/// Changes the entry at `place` of a shelf of `engine`.
pub fn change(
	store: &mut impl Shelves,
	engine: Engine,
	shelf: Shelf,
	place: u32,
	change: impl FnOnce(&mut Entry),
) {
	let (number, at) = locate(place);
	let key = RowKey { engine, shelf, number };
	let mut row = store.row(&key);
	if let Some(entry) = row.iter_mut().nth(at) {
		change(entry);
	} else {
		defensive!("a cluster stands where it says");
	}
	store.set_row(&key, row);
}

/// The shelves that a draw chooses from.
#[derive(Clone, Debug)]
pub struct Pool {
	engine: Engine,
	shelves: Vec<(Shelf, u32)>,
	clusters: u32,
	positions: u32,
}

impl Pool {
	/// Those of the shelves of `engine` that `fits`.
	pub fn of(store: &impl Shelves, engine: Engine, fits: impl Fn(Shelf) -> bool) -> Self {
		let directory = store.directory(engine);
		let shelves: Vec<_> = directory.iter().filter(|(shelf, _)| fits(*shelf)).collect();
		let sum = |count: fn(&(Shelf, u32)) -> u32| {
			shelves.iter().map(count).fold(0u32, |sum, count| sum.saturating_add(count))
		};
		Self {
			engine,
			clusters: sum(|(_, count)| *count),
			positions: sum(|(shelf, count)| count.saturating_mul(shelf.slots().into())),
			shelves,
		}
	}

	/// Whose shelves they are.
	pub fn engine(&self) -> Engine {
		self.engine
	}

	/// How many clusters stand on the shelves.
	pub fn clusters(&self) -> u32 {
		self.clusters
	}

	/// How many positions they have.
	pub fn positions(&self) -> u32 {
		self.positions
	}

	/// The shelves and how many clusters stand on each.
	pub fn shelves(&self) -> &[(Shelf, u32)] {
		&self.shelves
	}

	/// The entry with position number `choice`, its shelf, and which of its slots that is.
	pub fn entry_at(&self, store: &impl Shelves, choice: u32) -> Option<(Shelf, Entry, u16)> {
		let mut left = choice;
		for (shelf, count) in &self.shelves {
			let slots = u32::from(shelf.slots());
			let here = count.saturating_mul(slots);
			let Some(beyond) = left.checked_sub(here) else {
				let (number, at) = locate(left.checked_div(slots)?);
				let row = store.row(&RowKey { engine: self.engine, shelf: *shelf, number });
				let slot = u16::try_from(left.checked_rem(slots)?).ok()?;
				return row.get(at).map(|entry| (*shelf, entry.clone(), slot));
			};
			left = beyond;
		}
		None
	}

	/// All entries, shelf by shelf.
	pub fn entries<'a>(
		&'a self,
		store: &'a impl Shelves,
	) -> impl Iterator<Item = (Shelf, Entry)> + 'a {
		self.shelves.iter().flat_map(move |(shelf, count)| {
			(0..count.div_ceil(ROW)).flat_map(move |number| {
				let row = store.row(&RowKey { engine: self.engine, shelf: *shelf, number });
				row.into_iter().map(|entry| (*shelf, entry))
			})
		})
	}
}

// SPDX-License-Identifier: GPL-3.0-or-later
//! # Anchor
//!
//! Keeps the results of all final tasks in one append-only RFC 6962 log, of which the chain itself
//! stores no more than a frontier of some forty hashes.
//!
//! ## Life of a result
//!
//! 1. A task is final: its pallet calls [`AppendLeaf::append`]. The SCALE encoding of the [`Leaf`]
//!    is hashed into the log, and [`Event::LeafAppended`] carries the leaf, so that everybody can
//!    rebuild the log from events.
//! 2. At the end of the block, size and root of the log go into the header, as one digest item
//!    `Consensus(ASAY, SCALE(size, root))`, and into storage for [`REMEMBERED_BLOCKS`] blocks. A
//!    block in which nothing was appended has no such item.
//! 3. Whoever has the leaves and one such header proves any result offline (see
//!    [`assay_primitives::proof`]), and any two headers that the log only ever grew.
//! 4. Governance can declare a leaf void by [`Event::Revoked`]. The leaf stays: nothing is ever
//!    taken out of the log.
//!
//! Besides, any account can anchor the root of a bundle of its own for a deposit, and get the
//! deposit back by releasing it.
//!
//! ## Invariants
//!
//! - I1: the frontier has one hash for each bit that is set in the size of the log.
//! - I2: what is remembered of a block stands at that block's place, is not from the future and is
//!   not larger than the log.
//! - I3: bundles are numbered below the next number, and counted.
//! - I4: what is held from an account for bundles is the sum of the deposits of its bundles.

#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

pub mod types;
pub mod weights;

#[cfg(feature = "runtime-benchmarks")]
mod benchmarking;
#[cfg(test)]
mod mock;
#[cfg(test)]
mod tests;

pub use pallet::*;
pub use types::{Bundle, Cid, Reason, Remembered, REMEMBERED_BLOCKS};
pub use weights::WeightInfo;

use assay_primitives::leaf::Leaf;

/// What the pallets that make results final need of the log.
pub trait AppendLeaf<AccountId> {
	/// Append a leaf and return its index.
	fn append(leaf: &Leaf<AccountId>) -> u64;

	/// Let the log be as large as no chain ever makes it, so that the next leaf costs the most.
	#[cfg(feature = "runtime-benchmarks")]
	fn prepare_worst_case();
}

#[frame_support::pallet]
pub mod pallet {
	use super::*;
	use assay_primitives::{
		merkle::{self, Frontier},
		proof::{LogHead, LOG_ENGINE_ID},
		view::LogView,
		Balance, BundleRoot, LogRoot,
	};
	use frame_support::{
		pallet_prelude::*,
		traits::{
			fungible::{self, hold},
			tokens::Precision,
			EnsureOrigin,
		},
	};
	use frame_system::pallet_prelude::*;
	use sp_runtime::{
		generic::DigestItem,
		traits::{Saturating, UniqueSaturatedInto, Zero},
		ArithmeticError,
	};

	const STORAGE_VERSION: StorageVersion = StorageVersion::new(1);

	#[pallet::pallet]
	#[pallet::storage_version(STORAGE_VERSION)]
	pub struct Pallet<T>(_);

	#[pallet::config]
	pub trait Config: frame_system::Config {
		/// The overarching hold reason.
		type RuntimeHoldReason: From<HoldReason>;

		/// What deposits are held in.
		type Currency: fungible::Mutate<Self::AccountId, Balance = Balance>
			+ hold::Mutate<Self::AccountId, Reason = Self::RuntimeHoldReason>;

		/// What is held for one bundle.
		#[pallet::constant]
		type BundleDeposit: Get<Balance>;

		/// Who can declare a leaf void.
		type RevokeOrigin: EnsureOrigin<Self::RuntimeOrigin>;

		/// What the calls and hooks cost.
		type WeightInfo: WeightInfo;
	}

	/// The log: its size and the roots of the complete subtrees that it consists of.
	#[pallet::storage]
	pub type Log<T: Config> = StorageValue<_, Frontier, ValueQuery>;

	/// Whether the log grew in this block. Never there between blocks.
	#[pallet::storage]
	pub type Grown<T: Config> = StorageValue<_, (), OptionQuery>;

	/// Size and root of the log after the recent blocks in which it grew, each at its number modulo
	/// [`REMEMBERED_BLOCKS`]: what is too old is overwritten, never searched for.
	#[pallet::storage]
	pub type Recent<T: Config> =
		StorageMap<_, Identity, u32, Remembered<BlockNumberFor<T>>, OptionQuery>;

	/// The bundles that accounts anchored by themselves.
	#[pallet::storage]
	pub type Bundles<T: Config> =
		CountedStorageMap<_, Twox64Concat, u64, Bundle<T::AccountId>, OptionQuery>;

	/// The number of the next bundle.
	#[pallet::storage]
	pub type NextBundleId<T: Config> = StorageValue<_, u64, ValueQuery>;

	/// Why the pallet holds money.
	#[pallet::composite_enum]
	pub enum HoldReason {
		/// The deposit of a bundle.
		Bundle,
	}

	// An event is built to be stored at once: its size in memory does not matter.
	#[allow(clippy::large_enum_variant)]
	#[pallet::event]
	#[pallet::generate_deposit(pub(super) fn deposit_event)]
	pub enum Event<T: Config> {
		/// A final result stands in the log. SHA-256 of 0x00 and the encoded leaf is its hash.
		LeafAppended {
			/// Its place.
			index: u64,
			/// The result.
			leaf: Leaf<T::AccountId>,
		},
		/// An account anchored a bundle of its own.
		BundleAnchored {
			/// Its number.
			id: u64,
			/// Whose it is.
			owner: T::AccountId,
			/// Its root.
			root: BundleRoot,
			/// How many leaves its tree has.
			leaves: u32,
			/// Where its content can be found.
			cid: Cid,
		},
		/// The owner of a bundle gave it up and has the deposit back.
		BundleReleased {
			/// Its number.
			id: u64,
		},
		/// Governance declares a leaf void.
		Revoked {
			/// Its place.
			index: u64,
			/// Why.
			reason: Reason,
		},
	}

	#[pallet::error]
	pub enum Error<T> {
		/// The log has no leaf with this index yet.
		NoLeaf,
		/// There is no bundle with this number, or not any more.
		NoBundle,
		/// The bundle belongs to somebody else.
		NotOwner,
		/// A bundle without leaves is none.
		NoLeaves,
	}

	#[pallet::hooks]
	impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
		fn on_initialize(_: BlockNumberFor<T>) -> Weight {
			// At this time nobody knows whether the log will grow.
			T::WeightInfo::on_finalize()
		}

		fn on_finalize(now: BlockNumberFor<T>) {
			if Grown::<T>::take().is_some() {
				Self::publish(now);
			}
		}

		#[cfg(feature = "try-runtime")]
		fn try_state(_: BlockNumberFor<T>) -> Result<(), sp_runtime::TryRuntimeError> {
			Self::do_try_state()
		}
	}

	#[pallet::call(weight(<T as Config>::WeightInfo))]
	impl<T: Config> Pallet<T> {
		/// Anchor a bundle of one's own for a deposit.
		///
		/// The chain vouches for who anchored the root and when, not for what is in it.
		///
		/// Origin: signed. Emits [`Event::BundleAnchored`].
		#[pallet::call_index(0)]
		pub fn anchor_bundle(
			origin: OriginFor<T>,
			root: BundleRoot,
			leaves: u32,
			cid: Cid,
		) -> DispatchResult {
			let owner = ensure_signed(origin)?;
			Self::do_anchor_bundle(owner, root, leaves, cid)
		}

		/// Give up a bundle and get its deposit back.
		///
		/// Origin: signed by the account that anchored it. Emits [`Event::BundleReleased`].
		#[pallet::call_index(1)]
		pub fn release_bundle(origin: OriginFor<T>, id: u64) -> DispatchResult {
			let owner = ensure_signed(origin)?;
			Self::do_release_bundle(&owner, id)
		}

		/// Declare the leaf at `index` void. It stays in the log.
		///
		/// Origin: [`Config::RevokeOrigin`]. Emits [`Event::Revoked`].
		#[pallet::call_index(2)]
		pub fn revoke(origin: OriginFor<T>, index: u64, reason: Reason) -> DispatchResult {
			T::RevokeOrigin::ensure_origin(origin)?;
			ensure!(index < Log::<T>::get().size, Error::<T>::NoLeaf);
			Self::deposit_event(Event::Revoked { index, reason });
			Ok(())
		}
	}

	#[pallet::view_functions]
	impl<T: Config> Pallet<T> {
		/// Size and root of the log, this block's leaves included.
		pub fn log() -> LogView {
			let log = Log::<T>::get();
			LogView { size: log.size, root: LogRoot(log.root()) }
		}

		/// Size and root of the log after `block`, if it grew in that block and is still remembered.
		pub fn log_after(block: BlockNumberFor<T>) -> Option<LogView> {
			let now = frame_system::Pallet::<T>::block_number();
			let is_recent = now.saturating_sub(block) < REMEMBERED_BLOCKS.into();
			Recent::<T>::get(Self::place_of(block))
				.filter(|remembered| is_recent && remembered.block == block)
				.map(Into::into)
		}

		/// A bundle that an account anchored by itself.
		pub fn bundle(id: u64) -> Option<Bundle<T::AccountId>> {
			Bundles::<T>::get(id)
		}
	}

	impl<T: Config> Pallet<T> {
		fn do_anchor_bundle(
			owner: T::AccountId,
			root: BundleRoot,
			leaves: u32,
			cid: Cid,
		) -> DispatchResult {
			ensure!(!leaves.is_zero(), Error::<T>::NoLeaves);
			let id = NextBundleId::<T>::get();
			let next = id.checked_add(1).ok_or(ArithmeticError::Overflow)?;
			let deposit = T::BundleDeposit::get();
			<T::Currency as hold::Mutate<_>>::hold(&HoldReason::Bundle.into(), &owner, deposit)?;

			NextBundleId::<T>::put(next);
			// The deposit is written down, so that it comes back in full after it was changed.
			let bundle = Bundle { owner: owner.clone(), root, leaves, cid: cid.clone(), deposit };
			Bundles::<T>::insert(id, bundle);
			Self::deposit_event(Event::BundleAnchored { id, owner, root, leaves, cid });
			Ok(())
		}

		fn do_release_bundle(owner: &T::AccountId, id: u64) -> DispatchResult {
			let bundle = Bundles::<T>::get(id).ok_or(Error::<T>::NoBundle)?;
			ensure!(bundle.owner == *owner, Error::<T>::NotOwner);
			<T::Currency as hold::Mutate<_>>::release(
				&HoldReason::Bundle.into(),
				owner,
				bundle.deposit,
				Precision::Exact,
			)?;
			Bundles::<T>::remove(id);
			Self::deposit_event(Event::BundleReleased { id });
			Ok(())
		}

		/// Size and root of the log, into the header and into storage.
		fn publish(now: BlockNumberFor<T>) {
			let log = Log::<T>::get();
			let (size, root) = (log.size, log.root());
			Recent::<T>::insert(Self::place_of(now), Remembered { block: now, size, root });
			let head = LogHead { size, root: LogRoot(root) };
			let item = DigestItem::Consensus(LOG_ENGINE_ID, head.encode());
			frame_system::Pallet::<T>::deposit_log(item);
		}

		/// Where a block's log is remembered.
		pub(crate) fn place_of(block: BlockNumberFor<T>) -> u32 {
			(block % REMEMBERED_BLOCKS.into()).unique_saturated_into()
		}

		/// Checks the invariants of the module's documentation.
		#[cfg(any(feature = "std", feature = "try-runtime"))]
		pub fn do_try_state() -> Result<(), sp_runtime::TryRuntimeError> {
			use alloc::collections::BTreeMap;
			use hold::Inspect;

			let log = Log::<T>::get();
			ensure!(log.is_well_formed(), "I1: the frontier does not fit the size of the log");

			let now = frame_system::Pallet::<T>::block_number();
			for (place, remembered) in Recent::<T>::iter() {
				let block = remembered.block;
				ensure!(place == Self::place_of(block), "I2: remembered at a wrong place");
				ensure!(block <= now, "I2: remembered from the future");
				ensure!(remembered.size <= log.size, "I2: remembered as larger than the log");
			}

			let next = NextBundleId::<T>::get();
			let mut deposits = BTreeMap::<T::AccountId, Balance>::new();
			let mut count = 0u32;
			for (id, bundle) in Bundles::<T>::iter() {
				ensure!(id < next, "I3: a bundle has a number that was not given out");
				ensure!(!bundle.leaves.is_zero(), "I3: a bundle has no leaves");
				let sum = deposits.entry(bundle.owner).or_default();
				*sum = sum.saturating_add(bundle.deposit);
				count = count.saturating_add(1);
			}
			ensure!(count == Bundles::<T>::count(), "I3: the bundles are not counted right");

			for (owner, sum) in deposits {
				let held = T::Currency::balance_on_hold(&HoldReason::Bundle.into(), &owner);
				ensure!(held == sum, "I4: a hold is not the sum of the deposits");
			}
			Ok(())
		}
	}

	impl<T: Config> AppendLeaf<T::AccountId> for Pallet<T> {
		fn append(leaf: &Leaf<T::AccountId>) -> u64 {
			let hash = merkle::leaf_hash(&leaf.bytes());
			let index = Log::<T>::mutate(|log| log.append(hash));
			Grown::<T>::put(());
			Self::deposit_event(Event::LeafAppended { index, leaf: leaf.clone() });
			index
		}

		#[cfg(feature = "runtime-benchmarks")]
		fn prepare_worst_case() {
			// A thousand tasks a block need two hundred years for it. One more leaf closes all its
			// subtrees at once.
			let size = (1u64 << 40) - 1;
			let hashes =
				(0..size.count_ones()).map(|at| [at as u8; 32]).collect::<alloc::vec::Vec<_>>();
			Log::<T>::put(Frontier { size, hashes: BoundedVec::truncate_from(hashes) });
		}
	}
}

// SPDX-License-Identifier: GPL-3.0-or-later
//! # Randomness
//!
//! Folds the VRF output of every relay block into one accumulator, the only source of randomness on
//! this chain.
//!
//! ## Life of a value
//!
//! 1. The author of a relay block cannot choose its VRF output, only publish it or give up the
//!    block. The relay chain stores it where every parachain block proves it from
//!    (`CURRENT_BLOCK_RANDOMNESS`).
//! 2. `ParachainSystem` hands the verified proof over, once in each block, before any transaction.
//!    The value is folded in if the block is built on a later relay block than the value before.
//! 3. Whoever needs a draw writes down [`Beacon::now`] and draws in the first block for which
//!    [`Beacon::is_ripe`] holds: then enough values were folded in that nobody knew when the event
//!    was recorded.
//!
//! A relay block without a value folds nothing; the draws wait. The state is that of the current
//! block from the inherents on; before, in `on_initialize`, that of the block before.
//!
//! ## Simulated randomness
//!
//! The relay chain that a development node simulates has no VRF. With the genesis flag `simulated`,
//! which nothing but the development preset sets, the randomness of the previous epoch is accepted
//! in its place, and one relay block and one value are enough for a draw. It is worth nothing;
//! [`Beacon::is_simulated`] tells clients so.
//!
//! ## The one panic
//!
//! A proof that does not cover the value, or a value that cannot be decoded, makes the block
//! invalid. Otherwise a collator could leave out what it does not like.
//!
//! ## Invariants
//!
//! - I1: no value is younger than the highest relay block.
//! - I2: there is at most one value for each relay block.
//! - I3: the accumulator is zero as long as nothing was folded in, and only then.
//!
//! [`Beacon::now`]: assay_primitives::draw::Beacon::now
//! [`Beacon::is_ripe`]: assay_primitives::draw::Beacon::is_ripe
//! [`Beacon::is_simulated`]: assay_primitives::draw::Beacon::is_simulated

#![cfg_attr(not(feature = "std"), no_std)]

pub mod types;
pub mod weights;

#[cfg(feature = "runtime-benchmarks")]
mod benchmarking;
#[cfg(test)]
mod mock;
#[cfg(test)]
mod tests;

pub use pallet::*;
pub use types::{Source, State};
pub use weights::WeightInfo;

#[frame_support::pallet]
pub mod pallet {
	use super::*;
	use assay_primitives::draw::{is_ripe, Beacon, BeaconState};
	use cumulus_pallet_parachain_system::{
		relay_state_snapshot::RelayChainStateProof, OnSystemEvent,
	};
	use cumulus_primitives_core::PersistedValidationData;
	use frame_support::pallet_prelude::*;
	use frame_system::pallet_prelude::*;
	use sp_runtime::traits::BlockNumberProvider;

	const STORAGE_VERSION: StorageVersion = StorageVersion::new(1);
	/// How many values a draw waits for.
	const FOLDS_NEEDED: u64 = 2;
	/// The same, and the relay blocks as well, when the values are simulated.
	const SIMULATED_WAIT: u8 = 1;

	#[pallet::pallet]
	#[pallet::storage_version(STORAGE_VERSION)]
	pub struct Pallet<T>(_);

	#[pallet::config]
	pub trait Config: frame_system::Config {
		/// The number of the relay block that the current block is built on.
		type RelayParent: BlockNumberProvider<BlockNumber = u32>;

		/// How many relay blocks a draw waits for: as many as the block's author may know when it
		/// chooses what to build on. That is the lookahead of the scheduling plus the offset of the
		/// relay parent.
		#[pallet::constant]
		type Delay: Get<u32>;

		/// What the fold costs.
		type WeightInfo: WeightInfo;
	}

	/// Where the beacon stands.
	#[pallet::storage]
	pub type Current<T: Config> = StorageValue<_, State, ValueQuery>;

	#[pallet::genesis_config]
	#[derive(frame_support::DefaultNoBound)]
	pub struct GenesisConfig<T: Config> {
		/// The relay chain is simulated, and so is the randomness.
		pub simulated: bool,
		/// Nothing.
		#[serde(skip)]
		pub _marker: core::marker::PhantomData<T>,
	}

	#[pallet::genesis_build]
	impl<T: Config> BuildGenesisConfig for GenesisConfig<T> {
		fn build(&self) {
			let source = if self.simulated { Source::Simulated } else { Source::Relay };
			Current::<T>::put(State { source, ..State::default() });
		}
	}

	#[pallet::hooks]
	impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
		fn integrity_test() {
			assert!(
				T::Delay::get() > 0,
				"a draw must not be made from what the event's block knew"
			);
		}

		#[cfg(feature = "try-runtime")]
		fn try_state(_: BlockNumberFor<T>) -> Result<(), sp_runtime::TryRuntimeError> {
			Self::do_try_state()
		}
	}

	#[pallet::view_functions]
	impl<T: Config> Pallet<T> {
		/// Where the beacon stands.
		pub fn beacon() -> BeaconState {
			Current::<T>::get().beacon()
		}

		/// Whether the values come from a simulated relay chain and are worth nothing.
		pub fn simulated() -> bool {
			Current::<T>::get().source == Source::Simulated
		}

		/// How many relay blocks and how many values a draw waits for.
		pub fn wait() -> (u32, u64) {
			Self::wait_for(Current::<T>::get().source)
		}
	}

	impl<T: Config> Pallet<T> {
		fn wait_for(source: Source) -> (u32, u64) {
			match source {
				Source::Relay => (T::Delay::get(), FOLDS_NEEDED),
				Source::Simulated => (SIMULATED_WAIT.into(), SIMULATED_WAIT.into()),
			}
		}

		/// Checks the invariants of the module's documentation.
		#[cfg(any(test, feature = "try-runtime"))]
		pub fn do_try_state() -> Result<(), sp_runtime::TryRuntimeError> {
			let state = Current::<T>::get();
			ensure!(state.last_relay <= state.relay, "I1: a value from the future");
			ensure!(
				state.folds <= u64::from(state.last_relay),
				"I2: more values than relay blocks"
			);
			ensure!(
				(state.folds == 0) == (state.acc == [0; 32]),
				"I3: the accumulator does not fit the number of values"
			);
			Ok(())
		}
	}

	impl<T: Config> Beacon for Pallet<T> {
		fn now() -> BeaconState {
			Self::beacon()
		}

		fn delay() -> u32 {
			Self::wait().0
		}

		fn folds_needed() -> u64 {
			Self::wait().1
		}

		fn is_simulated() -> bool {
			Self::simulated()
		}

		fn is_ripe(event: &BeaconState) -> bool {
			// One read instead of three.
			let state = Current::<T>::get();
			let (delay, folds) = Self::wait_for(state.source);
			is_ripe(event, &state.beacon(), delay, folds)
		}
	}

	impl<T: Config> OnSystemEvent for Pallet<T> {
		fn on_validation_data(_: &PersistedValidationData) {}

		fn on_validation_code_applied() {}

		fn on_relay_state_proof(proof: &RelayChainStateProof) -> Weight {
			let relay = T::RelayParent::current_block_number();
			Current::<T>::mutate(|state| {
				// As with any other wrong inherent; see the module's documentation.
				let value = state
					.source
					.read(proof)
					.expect("the proof covers the relay chain's randomness");
				*state = state.advance(relay, value);
			});
			T::WeightInfo::on_relay_state_proof()
		}
	}
}

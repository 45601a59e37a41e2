// SPDX-License-Identifier: GPL-3.0-or-later
//! Benchmarks of the anchor, each at its worst case.

use super::*;
use crate::types::{MAX_CID_LEN, MAX_REASON_LEN};
use alloc::vec;
use assay_primitives::{
	leaf::{Assurance, DrawRecord, LeafExecution, LEAF_VERSION, MAX_DRAWS},
	outcome::{FailureKind, Outcome},
	protocol::{Breadth, Role, MAX_EXECUTIONS},
	settlement::Conduct,
	spec::{Architecture, Class, Engine, ExecutorKind},
	task::{Check, Policy},
	Balance, BundleRoot, ClusterId, ContentHash, EvidenceRoot, FailureDigest, Possession, TaskId,
};
use frame_benchmarking::v2::*;
use frame_support::traits::{
	fungible::{Inspect, Mutate},
	EnsureOrigin, Get, Hooks,
};
use frame_system::RawOrigin;

/// An account that can pay for a bundle.
fn funded<T: Config>() -> Result<T::AccountId, BenchmarkError> {
	let owner: T::AccountId = whitelisted_caller();
	let least: Balance = T::Currency::minimum_balance();
	let enough = least.saturating_add(T::BundleDeposit::get()).saturating_mul(10);
	T::Currency::mint_into(&owner, enough)?;
	Ok(owner)
}

/// The longest leaf there is.
fn longest_leaf<AccountId>(requester: AccountId) -> Leaf<AccountId> {
	let execution = LeafExecution {
		cluster: ClusterId(u32::MAX),
		role: Role::Panel,
		conduct: Conduct::Agreed,
		evidence_root: Some(EvidenceRoot([1; 32])),
	};
	let draw = DrawRecord { role: Role::Panel, positions: u32::MAX, tries: u32::MAX };
	Leaf {
		version: LEAF_VERSION,
		task: TaskId(u64::MAX),
		requester,
		program: ContentHash([2; 32]),
		inputs: ContentHash([3; 32]),
		parameters: [4; 32],
		terms: [5; 32],
		class: Class {
			engine: Engine { kind: ExecutorKind::Container, id: u16::MAX },
			architecture: Some(Architecture::X86_64),
		},
		policy: Policy {
			check: Check::Verified { quorum: 3, panel: 3 },
			window: 100,
			execution_blocks: 100,
			queue_blocks: 100,
			preflight: false,
		},
		draws: vec![draw; MAX_DRAWS as usize].try_into().unwrap_or_default(),
		executions: vec![execution; MAX_EXECUTIONS as usize].try_into().unwrap_or_default(),
		outcome: Outcome::Failed { kind: FailureKind::Trap, report: FailureDigest([5; 32]) },
		assurance: Assurance::Panel(Breadth::Open),
		possession: Some(Possession([6; 32])),
		finalised_at: u32::MAX,
	}
}

#[benchmarks]
mod benchmarks {
	use super::*;

	/// Worst case: the longest content identifier, and the first hold of the account.
	#[benchmark]
	fn anchor_bundle() -> Result<(), BenchmarkError> {
		let owner = funded::<T>()?;
		let cid = Cid::truncate_from(vec![7; MAX_CID_LEN as usize]);

		#[extrinsic_call]
		_(RawOrigin::Signed(owner), BundleRoot([1; 32]), u32::MAX, cid);

		assert_eq!(Bundles::<T>::count(), 1);
		Ok(())
	}

	/// Worst case: the longest bundle, and the last hold of the account.
	#[benchmark]
	fn release_bundle() -> Result<(), BenchmarkError> {
		let owner = funded::<T>()?;
		let origin = RawOrigin::Signed(owner.clone());
		let cid = Cid::truncate_from(vec![7; MAX_CID_LEN as usize]);
		Pallet::<T>::anchor_bundle(origin.clone().into(), BundleRoot([1; 32]), 1, cid)?;

		#[extrinsic_call]
		_(origin, 0);

		assert_eq!(Bundles::<T>::count(), 0);
		Ok(())
	}

	/// Worst case: the largest log, and the longest reason.
	#[benchmark]
	fn revoke() -> Result<(), BenchmarkError> {
		let origin =
			T::RevokeOrigin::try_successful_origin().map_err(|_| BenchmarkError::Weightless)?;
		<Pallet<T> as AppendLeaf<T::AccountId>>::prepare_worst_case();
		let reason = Reason::truncate_from(vec![7; MAX_REASON_LEN as usize]);

		#[extrinsic_call]
		_(origin as T::RuntimeOrigin, 0, reason.clone());

		frame_system::Pallet::<T>::assert_last_event(
			Event::<T>::Revoked { index: 0, reason }.into(),
		);
		Ok(())
	}

	/// Worst case: the longest leaf closes all subtrees of the largest log.
	#[benchmark]
	fn append() {
		let leaf = longest_leaf(whitelisted_caller::<T::AccountId>());
		<Pallet<T> as AppendLeaf<T::AccountId>>::prepare_worst_case();
		let before = Log::<T>::get().size;

		#[block]
		{
			Pallet::<T>::append(&leaf);
		}

		assert_eq!(Log::<T>::get().size, before + 1);
		assert_eq!(Log::<T>::get().hashes.len(), 1);
	}

	/// Worst case: the log grew, and its root takes a hash for each subtree of the largest log.
	#[benchmark]
	fn on_finalize() {
		<Pallet<T> as AppendLeaf<T::AccountId>>::prepare_worst_case();
		Grown::<T>::put(());
		let now = 1u32.into();

		#[block]
		{
			Pallet::<T>::on_finalize(now);
		}

		assert!(Recent::<T>::contains_key(1));
	}

	impl_benchmark_test_suite!(Pallet, crate::mock::TestNet::new().build(), crate::mock::Test);
}

// SPDX-License-Identifier: GPL-3.0-or-later
//! Every call of our pallets, with the largest arguments it takes, fits into a block many times.

use crate::{configs::RuntimeBlockWeights, RuntimeCall, TxExtension, NORMAL_DISPATCH_RATIO};
use assay_primitives::{
	outcome::{Abstention, FailureKind, Opening, Outcome},
	spec::{Architecture, Attestation, Demand, Engine, ExecutorKind, Region, Resources, Spec},
	task::{Access, Check, Limits, Policy, TaskRequest, Workload},
	BoundedVec, BundleRoot, ClusterId, Commitment, ConstU32, ContentHash, EvidenceRoot,
	FailureDigest, Possession, Salt, SealingKey, TaskId,
};
use codec::Encode;
use polkadot_sdk::*;

use frame_support::{
	dispatch::{DispatchClass, GetDispatchInfo},
	traits::{GetCallMetadata, GetCallName},
};
use pallet_edge_connect::types::MAX_BATCH;
use sp_runtime::{generic::Era, traits::TransactionExtension, Perbill};

const CLUSTER: ClusterId = ClusterId(u32::MAX);
const TASK: TaskId = TaskId(u64::MAX);

fn full<T, const N: u32>(item: impl Fn(u32) -> T) -> BoundedVec<T, ConstU32<N>> {
	(0..N).map(item).collect::<Vec<_>>().try_into().ok().unwrap()
}

const ENGINE: Engine = Engine { kind: ExecutorKind::Model, id: u16::MAX };
const RESOURCES: Resources = Resources {
	cpu_millicores: u32::MAX,
	memory_mib: u32::MAX,
	disk_mib: u32::MAX,
	gpu_count: u16::MAX,
	gpu_vram_mib: u32::MAX,
};

fn largest_spec() -> Spec {
	Spec {
		architecture: Architecture::Riscv64,
		resources: RESOURCES,
		region: Region(*b"ZW"),
		engines: full(|n| Engine { id: n as u16, ..ENGINE }),
		attestation: Attestation::Confidential,
		price: u128::MAX,
		slots: u16::MAX,
		endpoint: full(|_| b'x'),
		sealing_key: SealingKey([255; 32]),
	}
}

fn largest_request() -> TaskRequest {
	TaskRequest {
		workload: Workload {
			program: ContentHash([255; 32]),
			inputs: ContentHash([255; 32]),
			args: full(|_| b'x'),
			limits: Limits { fuel: u64::MAX, memory_mib: u32::MAX, output_kib: u32::MAX },
			items: None,
		},
		demand: Demand {
			engine: ENGINE,
			resources: RESOURCES,
			architectures: full(|_| Architecture::Riscv64),
			regions: full(|n| Region([b'A', n as u8])),
			attestation: Attestation::Confidential,
			max_price: u128::MAX,
		},
		policy: Policy {
			check: Check::Verified { quorum: u8::MAX, panel: u8::MAX },
			preflight: true,
			window: u32::MAX,
			execution_blocks: u32::MAX,
			queue_blocks: u32::MAX,
		},
		access: Access { allow: full(ClusterId), deny: full(ClusterId), ..Default::default() },
	}
}

fn edge_connect() -> Vec<pallet_edge_connect::Call<crate::Runtime>> {
	use pallet_edge_connect::Call;
	vec![
		Call::register_cluster { spec: largest_spec() },
		Call::update_cluster { cluster: CLUSTER, spec: largest_spec() },
		Call::drain_cluster { cluster: CLUSTER },
		Call::remove_cluster { cluster: CLUSTER },
		Call::submit_task { request: largest_request() },
		Call::cancel_task { task: TASK },
		Call::top_up_bond { cluster: CLUSTER, amount: u128::MAX },
		Call::resume_cluster { cluster: CLUSTER },
		Call::renew_lease { cluster: CLUSTER },
		Call::register_clusters { specs: full(|_| largest_spec()) },
		Call::submit_tasks { requests: full(|_| largest_request()) },
	]
}

fn verification() -> Vec<pallet_verification::Call<crate::Runtime>> {
	use pallet_verification::Call;
	let (task, cluster) = (TASK, CLUSTER);
	let evidence_root = EvidenceRoot([255; 32]);
	let possession = Possession([255; 32]);
	let outcome =
		Outcome::Failed { kind: FailureKind::OutputTooLarge, report: FailureDigest([255; 32]) };
	let opening = Opening { outcome, evidence_root, salt: Salt([255; 32]) };
	vec![
		Call::commit { task, cluster, commitment: Commitment([255; 32]) },
		Call::answer { task, cluster, outcome, evidence_root },
		Call::open { task, cluster, opening },
		Call::open_panel { task, cluster, opening, possession },
		Call::possess { task, cluster, possession },
		Call::abstain { task, cluster, reason: Abstention::HostLimit },
		Call::poke { task },
		Call::claim_pay { cluster },
		Call::appeal { task },
		Call::admit_unstable { task, cluster },
		Call::fund_purse { amount: u128::MAX },
		Call::empty_purse { amount: u128::MAX },
		Call::narrow { task, cluster, nodes: full(|_| [255; 32]) },
		Call::complain { task },
	]
}

fn anchor() -> Vec<pallet_anchor::Call<crate::Runtime>> {
	use pallet_anchor::Call;
	vec![
		Call::anchor_bundle { root: BundleRoot([255; 32]), leaves: u32::MAX, cid: full(|_| 255) },
		Call::release_bundle { id: u64::MAX },
		Call::revoke { index: u64::MAX, reason: full(|_| 255) },
	]
}

/// All of them, after checking that none is missing.
fn all_calls() -> Vec<RuntimeCall> {
	fn checked<Call: GetCallName + Into<RuntimeCall>>(calls: Vec<Call>) -> Vec<RuntimeCall> {
		let mut names: Vec<_> = calls.iter().map(Call::get_call_name).collect();
		let mut wanted = Call::get_call_names().to_vec();
		names.sort_unstable();
		wanted.sort_unstable();
		assert_eq!(names, wanted, "every call has to be here");
		calls.into_iter().map(Into::into).collect()
	}
	[checked(edge_connect()), checked(verification()), checked(anchor())].concat()
}

#[test]
fn every_call_takes_at_most_a_tenth_of_a_blocks_normal_budget() {
	let weights = RuntimeBlockWeights::get();
	let budget = weights.get(DispatchClass::Normal).max_total.unwrap();
	assert_eq!(budget, NORMAL_DISPATCH_RATIO * weights.max_block);
	let tenth = Perbill::from_percent(10) * budget;
	for call in all_calls() {
		let info = call.get_dispatch_info();
		assert_eq!(info.class, DispatchClass::Normal);
		assert!(info.call_weight.any_gt(Default::default()), "{call:?} is free");
		assert!(info.call_weight.all_lte(tenth), "{call:?} takes {:?}", info.call_weight);
	}
}

#[test]
fn every_call_is_small() {
	for call in all_calls() {
		let size = call.encoded_size();
		use pallet_edge_connect::Call::{register_clusters, submit_tasks};
		use pallet_verification::Call::narrow;
		let most = match call {
			RuntimeCall::EdgeConnect(register_clusters { .. } | submit_tasks { .. }) => {
				2048 * MAX_BATCH as usize
			},
			// 128 hashes.
			RuntimeCall::Verification(narrow { .. }) => 128 * 32 + 32,
			_ => 2048,
		};
		let name = call.get_call_metadata().function_name;
		assert!(size <= most, "{name}: {size} bytes");
	}
}

#[test]
fn the_checks_of_a_transaction_are_weighed() {
	let remark = RuntimeCall::System(frame_system::Call::remark { remark: vec![] });
	let extension = TxExtension::new((
		frame_system::AuthorizeCall::new(),
		frame_system::CheckNonZeroSender::new(),
		frame_system::CheckSpecVersion::new(),
		frame_system::CheckTxVersion::new(),
		frame_system::CheckGenesis::new(),
		frame_system::CheckEra::from(Era::Immortal),
		frame_system::CheckNonce::from(0),
		frame_system::CheckWeight::new(),
		pallet_transaction_payment::ChargeTransactionPayment::from(0),
		frame_metadata_hash_extension::CheckMetadataHash::new(false),
	));
	let weight = TransactionExtension::<RuntimeCall>::weight(&extension, &remark);
	assert!(weight.ref_time() > 0);
}

// SPDX-License-Identifier: GPL-3.0-or-later
//! The calls of Assay, as bytes.

use crate::AccountId;
use assay_primitives::{
	outcome::{Abstention, Opening, Outcome},
	spec::Spec,
	task::TaskRequest,
	Balance, BundleRoot, ClusterId, Commitment, EvidenceRoot, Possession, TaskId,
};
use codec::{Compact, Encode};
use std::fmt;
use subxt::{
	ext::{
		scale_encode::{self, EncodeAsFields, FieldIter},
		scale_type_resolver::TypeResolver,
	},
	utils::MultiAddress,
};

/// Most clusters or tasks of one call.
pub const MAX_BATCH: usize = 8;

/// A call that an account can sign.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Call {
	/// Register a cluster and hold its bond.
	RegisterCluster {
		/// What it offers.
		spec: Box<Spec>,
	},
	/// Register up to [`MAX_BATCH`] clusters: all of them, or none.
	RegisterClusters {
		/// What they offer.
		specs: Vec<Spec>,
	},
	/// Change what a cluster offers.
	UpdateCluster {
		/// Which.
		cluster: ClusterId,
		/// What it offers from now on.
		spec: Box<Spec>,
	},
	/// Take a cluster out of service.
	DrainCluster {
		/// Which.
		cluster: ClusterId,
	},
	/// Put a drained cluster back into service.
	ResumeCluster {
		/// Which.
		cluster: ClusterId,
	},
	/// Show that a cluster is alive.
	RenewLease {
		/// Which.
		cluster: ClusterId,
	},
	/// Remove a drained cluster and get its bond back.
	RemoveCluster {
		/// Which.
		cluster: ClusterId,
	},
	/// Hold more bond.
	TopUpBond {
		/// Which.
		cluster: ClusterId,
		/// How much more.
		amount: Balance,
	},
	/// Submit a task.
	SubmitTask {
		/// What is asked for.
		request: Box<TaskRequest>,
	},
	/// Submit up to [`MAX_BATCH`] tasks: all of them, or none.
	SubmitTasks {
		/// What is asked for.
		requests: Vec<TaskRequest>,
	},
	/// Cancel a task that is still queued.
	CancelTask {
		/// Which.
		task: TaskId,
	},
	/// Seal an outcome.
	Commit {
		/// For which task.
		task: TaskId,
		/// By which cluster.
		cluster: ClusterId,
		/// The seal.
		commitment: Commitment,
	},
	/// Say as the only verifier what was found.
	Answer {
		/// For which task.
		task: TaskId,
		/// By which cluster.
		cluster: ClusterId,
		/// What was found.
		outcome: Outcome,
		/// Root of what is the cluster's own.
		evidence_root: EvidenceRoot,
	},
	/// Open a sealed outcome.
	Open {
		/// For which task.
		task: TaskId,
		/// By which cluster.
		cluster: ClusterId,
		/// What proves the seal.
		opening: Opening,
	},
	/// Open a panel member's sealed outcome.
	OpenPanel {
		/// For which task.
		task: TaskId,
		/// By which cluster.
		cluster: ClusterId,
		/// What proves the seal.
		opening: Opening,
		/// The keyed root.
		possession: Possession,
	},
	/// Show the panel that the bytes are held.
	Possess {
		/// For which task.
		task: TaskId,
		/// By which cluster.
		cluster: ClusterId,
		/// The keyed root.
		possession: Possession,
	},
	/// Give a task back.
	Abstain {
		/// Which task.
		task: TaskId,
		/// By which cluster.
		cluster: ClusterId,
		/// Why.
		reason: Abstention,
	},
	/// Move a task on whose deadline has passed. Anybody may.
	Poke {
		/// Which.
		task: TaskId,
	},
	/// Take the pay a cluster has earned.
	ClaimPay {
		/// Which.
		cluster: ClusterId,
	},
	/// Doubt a verdict: hold a bond, and have it judged again. Anybody may.
	Appeal {
		/// On which task.
		task: TaskId,
	},
	/// Post what one's claim about an array is made of, because others claim something else.
	Narrow {
		/// For which task.
		task: TaskId,
		/// By which cluster.
		cluster: ClusterId,
		/// The roots of its subtrees, or the leaves of the first one that differs; at most
		/// [`assay_primitives::array::MAX_NODES`].
		nodes: Vec<[u8; 32]>,
	},
	/// Say as the requester that nobody serves what was accepted: hold a bond, and have witnesses try.
	Complain {
		/// About which task.
		task: TaskId,
	},
	/// Say as the executor of a task that is tried first that its result cannot be reproduced.
	AdmitUnstable {
		/// Which task.
		task: TaskId,
		/// Which cluster.
		cluster: ClusterId,
	},
	/// Pay in beforehand: tasks of one's own are paid from the purse as long as it holds enough.
	FundPurse {
		/// How much.
		amount: Balance,
	},
	/// Take money out of the purse.
	EmptyPurse {
		/// How much.
		amount: Balance,
	},
	/// Anchor a bundle of one's own.
	AnchorBundle {
		/// Its root.
		root: BundleRoot,
		/// Leaves of its tree.
		leaves: u32,
		/// Where it can be found; at most 64 bytes.
		cid: Vec<u8>,
	},
	/// Release an anchored bundle and get the deposit back.
	ReleaseBundle {
		/// Its number.
		id: u64,
	},
	/// Send money.
	Transfer {
		/// To whom.
		to: AccountId,
		/// How much.
		amount: Balance,
	},
}

impl Call {
	/// The pallet's name.
	pub fn pallet(&self) -> &'static str {
		match self {
			Self::RegisterCluster { .. }
			| Self::RegisterClusters { .. }
			| Self::UpdateCluster { .. }
			| Self::DrainCluster { .. }
			| Self::ResumeCluster { .. }
			| Self::RenewLease { .. }
			| Self::RemoveCluster { .. }
			| Self::TopUpBond { .. }
			| Self::SubmitTask { .. }
			| Self::SubmitTasks { .. }
			| Self::CancelTask { .. } => "EdgeConnect",
			Self::Commit { .. }
			| Self::Answer { .. }
			| Self::Open { .. }
			| Self::OpenPanel { .. }
			| Self::Possess { .. }
			| Self::Abstain { .. }
			| Self::Poke { .. }
			| Self::ClaimPay { .. }
			| Self::Appeal { .. }
			| Self::Narrow { .. }
			| Self::Complain { .. }
			| Self::AdmitUnstable { .. }
			| Self::FundPurse { .. }
			| Self::EmptyPurse { .. } => "Verification",
			Self::AnchorBundle { .. } | Self::ReleaseBundle { .. } => "Anchor",
			Self::Transfer { .. } => "Balances",
		}
	}

	/// The call's name.
	pub fn name(&self) -> &'static str {
		match self {
			Self::RegisterCluster { .. } => "register_cluster",
			Self::RegisterClusters { .. } => "register_clusters",
			Self::UpdateCluster { .. } => "update_cluster",
			Self::DrainCluster { .. } => "drain_cluster",
			Self::ResumeCluster { .. } => "resume_cluster",
			Self::RenewLease { .. } => "renew_lease",
			Self::RemoveCluster { .. } => "remove_cluster",
			Self::TopUpBond { .. } => "top_up_bond",
			Self::SubmitTask { .. } => "submit_task",
			Self::SubmitTasks { .. } => "submit_tasks",
			Self::CancelTask { .. } => "cancel_task",
			Self::Commit { .. } => "commit",
			Self::Answer { .. } => "answer",
			Self::Open { .. } => "open",
			Self::OpenPanel { .. } => "open_panel",
			Self::Possess { .. } => "possess",
			Self::Abstain { .. } => "abstain",
			Self::Poke { .. } => "poke",
			Self::ClaimPay { .. } => "claim_pay",
			Self::Appeal { .. } => "appeal",
			Self::Narrow { .. } => "narrow",
			Self::Complain { .. } => "complain",
			Self::AdmitUnstable { .. } => "admit_unstable",
			Self::FundPurse { .. } => "fund_purse",
			Self::EmptyPurse { .. } => "empty_purse",
			Self::AnchorBundle { .. } => "anchor_bundle",
			Self::ReleaseBundle { .. } => "release_bundle",
			Self::Transfer { .. } => "transfer_keep_alive",
		}
	}

	/// The arguments, one after the other.
	pub fn arguments(&self) -> Vec<u8> {
		match self {
			Self::RegisterCluster { spec } => spec.encode(),
			Self::RegisterClusters { specs } => specs.encode(),
			Self::UpdateCluster { cluster, spec } => (cluster, spec).encode(),
			Self::DrainCluster { cluster }
			| Self::ResumeCluster { cluster }
			| Self::RenewLease { cluster }
			| Self::RemoveCluster { cluster }
			| Self::ClaimPay { cluster } => cluster.encode(),
			Self::TopUpBond { cluster, amount } => (cluster, amount).encode(),
			Self::SubmitTask { request } => request.encode(),
			Self::SubmitTasks { requests } => requests.encode(),
			Self::CancelTask { task }
			| Self::Poke { task }
			| Self::Appeal { task }
			| Self::Complain { task } => task.encode(),
			Self::Narrow { task, cluster, nodes } => (task, cluster, nodes).encode(),
			Self::AdmitUnstable { task, cluster } => (task, cluster).encode(),
			Self::FundPurse { amount } | Self::EmptyPurse { amount } => amount.encode(),
			Self::Commit { task, cluster, commitment } => (task, cluster, commitment).encode(),
			Self::Answer { task, cluster, outcome, evidence_root } => {
				(task, cluster, outcome, evidence_root).encode()
			},
			Self::Open { task, cluster, opening } => (task, cluster, opening).encode(),
			Self::OpenPanel { task, cluster, opening, possession } => {
				(task, cluster, opening, possession).encode()
			},
			Self::Possess { task, cluster, possession } => (task, cluster, possession).encode(),
			Self::Abstain { task, cluster, reason } => (task, cluster, reason).encode(),
			Self::AnchorBundle { root, leaves, cid } => (root, leaves, cid).encode(),
			Self::ReleaseBundle { id } => id.encode(),
			Self::Transfer { to, amount } => {
				(MultiAddress::<AccountId, ()>::Id(*to), Compact(*amount)).encode()
			},
		}
	}

	pub(crate) fn payload(&self) -> Payload<'_> {
		Payload { call: self, arguments: Arguments(self.arguments()) }
	}
}

impl fmt::Display for Call {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		write!(f, "{}.{}", self.pallet(), self.name())
	}
}

/// A call for the transaction builder, which finds its indices by name.
pub(crate) struct Payload<'a> {
	call: &'a Call,
	arguments: Arguments,
}

impl subxt::tx::Payload for Payload<'_> {
	type CallData = Arguments;

	fn pallet_name(&self) -> &str {
		self.call.pallet()
	}

	fn call_name(&self) -> &str {
		self.call.name()
	}

	fn call_data(&self) -> &Arguments {
		&self.arguments
	}
}

/// Arguments that are encoded already.
pub(crate) struct Arguments(Vec<u8>);

impl EncodeAsFields for Arguments {
	fn encode_as_fields_to<R: TypeResolver>(
		&self,
		_fields: &mut dyn FieldIter<'_, R::TypeId>,
		_types: &R,
		out: &mut Vec<u8>,
	) -> Result<(), scale_encode::Error> {
		out.extend_from_slice(&self.0);
		Ok(())
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use assay_primitives::{
		spec::{Architecture, Attestation, Region, Resources, WASM_ENGINE},
		task::{Access, Apart, Check, Limits, Policy, Workload},
		ContentHash, OutputRoot, Salt, SealingKey,
	};

	fn hex(call: &Call) -> String {
		hex::encode(call.arguments())
	}

	fn of(byte: u8) -> String {
		hex::encode([byte; 32])
	}

	#[test]
	fn small_calls_are_their_arguments_in_order() {
		let (task, cluster) = (TaskId(0x0102), ClusterId(3));
		assert_eq!(hex(&Call::DrainCluster { cluster }), "03000000");
		assert_eq!(hex(&Call::RenewLease { cluster }), "03000000");
		assert_eq!(hex(&Call::Poke { task }), "0201000000000000");
		assert_eq!(
			hex(&Call::TopUpBond { cluster, amount: 1 }),
			"0300000001000000000000000000000000000000"
		);
		assert_eq!(
			hex(&Call::Commit { task, cluster, commitment: Commitment([0xaa; 32]) }),
			format!("020100000000000003000000{}", of(0xaa))
		);
		assert_eq!(
			hex(&Call::Abstain { task, cluster, reason: Abstention::HostLimit }),
			"02010000000000000300000001"
		);
		let cid = b"ab".to_vec();
		assert_eq!(
			hex(&Call::AnchorBundle { root: BundleRoot([1; 32]), leaves: 5, cid }),
			format!("{}05000000086162", of(1))
		);
	}

	#[test]
	fn outcomes_and_openings_follow_their_layout() {
		let outcome = Outcome::Completed { output_root: OutputRoot([0x11; 32]) };
		let opening =
			Opening { outcome, evidence_root: EvidenceRoot([0x22; 32]), salt: Salt([0x33; 32]) };
		let call = Call::OpenPanel {
			task: TaskId(1),
			cluster: ClusterId(2),
			opening,
			possession: Possession([0x44; 32]),
		};
		assert_eq!(
			hex(&call),
			format!(
				"010000000000000002000000{}{}{}{}{}",
				"00",
				of(0x11),
				of(0x22),
				of(0x33),
				of(0x44)
			)
		);
	}

	#[test]
	fn an_admission_names_task_and_cluster_and_whoever_objects_the_task_alone() {
		let (task, cluster) = (TaskId(1), ClusterId(2));
		assert_eq!(hex(&Call::AdmitUnstable { task, cluster }), "010000000000000002000000");
		assert_eq!(hex(&Call::Appeal { task }), "0100000000000000");
		assert_eq!(hex(&Call::Complain { task }), "0100000000000000");
	}

	#[test]
	fn what_is_posted_of_an_array_is_a_list_of_hashes() {
		let (task, cluster) = (TaskId(1), ClusterId(2));
		let post = |nodes| hex(&Call::Narrow { task, cluster, nodes });
		let begins = "010000000000000002000000";
		assert_eq!(post(vec![[3; 32], [4; 32]]), format!("{begins}08{}{}", of(3), of(4)));
		// From 64 on the length takes two bytes: 128 << 2 | 1.
		assert_eq!(post(vec![[3; 32]; 128]), format!("{begins}0102{}", of(3).repeat(128)));
	}

	#[test]
	fn a_purse_is_filled_and_emptied_by_plain_amounts() {
		let amount = 258;
		let hexed = "02010000000000000000000000000000";
		assert_eq!(hex(&Call::FundPurse { amount }), hexed);
		assert_eq!(hex(&Call::EmptyPurse { amount }), hexed);
	}

	#[test]
	fn a_transfer_names_its_target_by_id_and_packs_the_amount() {
		let to = AccountId::from([0x55; 32]);
		// A compact number in the four-byte mode: 2^16 << 2 | 2.
		assert_eq!(hex(&Call::Transfer { to, amount: 65_536 }), format!("00{}02000400", of(0x55)));
	}

	fn spec() -> Spec {
		Spec {
			architecture: Architecture::Aarch64,
			resources: Resources {
				cpu_millicores: 1000,
				memory_mib: 2,
				disk_mib: 3,
				gpu_count: 4,
				gpu_vram_mib: 5,
			},
			region: Region(*b"DE"),
			engines: vec![WASM_ENGINE].try_into().unwrap(),
			attestation: Attestation::Tpm,
			price: 7,
			slots: 8,
			endpoint: b"http://a".to_vec().try_into().unwrap(),
			sealing_key: SealingKey([9; 32]),
		}
	}

	#[test]
	fn a_spec_follows_its_layout() {
		assert_eq!(
			hex(&Call::RegisterCluster { spec: Box::new(spec()) }),
			[
				"01",                               // aarch64
				"e8030000020000000300000004000500", // cpu, memory, disk, gpus, vram …
				"0000",                             // … its upper half
				"4445",                             // DE
				"04000100",                         // one engine: wasm, 1
				"01",                               // tpm
				"07000000000000000000000000000000", // price
				"0800",                             // slots
				"20687474703a2f2f61",               // endpoint, 8 bytes
				&of(9),
			]
			.concat()
		);
	}

	fn request() -> TaskRequest {
		TaskRequest {
			workload: Workload {
				program: ContentHash([1; 32]),
				inputs: ContentHash([2; 32]),
				args: b"a\0b".to_vec().try_into().unwrap(),
				limits: Limits { fuel: 3, memory_mib: 4, output_kib: 5 },
				items: None,
			},
			demand: assay_primitives::spec::Demand {
				engine: WASM_ENGINE,
				resources: Resources::default(),
				architectures: Default::default(),
				regions: vec![Region(*b"FR")].try_into().unwrap(),
				attestation: Attestation::Signed,
				max_price: 6,
			},
			policy: Policy {
				check: Check::Verified { quorum: 2, panel: 3 },
				window: 7,
				execution_blocks: 8,
				queue_blocks: 9,
				preflight: false,
			},
			access: Access {
				allow: vec![ClusterId(10)].try_into().unwrap(),
				deny: Default::default(),
				apart: Apart { regions: true, hosts: false },
			},
		}
	}

	#[test]
	fn a_task_request_follows_its_layout() {
		assert_eq!(
			hex(&Call::SubmitTask { request: Box::new(request()) }),
			[
				of(1).as_str(),
				&of(2),
				"0c610062",                             // arguments, 3 bytes
				"0300000000000000",                     // fuel
				"0400000005000000",                     // memory, output
				"00",                                   // no array
				"000100",                               // wasm, 1
				"000000000000000000000000000000000000", // no lower bounds
				"00",                                   // any architecture
				"044652",                               // one region: FR
				"00",                                   // signed
				"06000000000000000000000000000000",     // highest price
				"000203",                               // verified: quorum, panel
				"070000000800000009000000",             // window, deadlines
				"00",                                   // no preflight
				"040a00000000",                         // allow one, deny none
				"0100",                                 // apart: regions, not hosts
			]
			.concat()
		);
	}

	#[test]
	fn an_array_says_how_many_items_it_has() {
		let plain = hex(&Call::SubmitTask { request: Box::new(request()) });
		let mut array = request();
		array.workload.items = Some(300);
		let array = hex(&Call::SubmitTask { request: Box::new(array) });
		let limits = "03000000000000000400000005000000";
		let with = |items: &str| format!("{limits}{items}000100");
		assert_eq!(array, plain.replace(&with("00"), &with("012c01")));
	}

	#[test]
	fn a_batch_is_a_list() {
		let one = hex(&Call::RegisterCluster { spec: Box::new(spec()) });
		let two = hex(&Call::RegisterClusters { specs: vec![spec(); 2] });
		assert_eq!(two, format!("08{one}{one}"));
		let one = hex(&Call::SubmitTask { request: Box::new(request()) });
		assert_eq!(hex(&Call::SubmitTasks { requests: vec![request()] }), format!("04{one}"));
	}

	#[test]
	fn the_display_names_pallet_and_call() {
		let (task, cluster) = (TaskId(0), ClusterId(0));
		assert_eq!(Call::Poke { task }.to_string(), "Verification.poke");
		assert_eq!(Call::Complain { task }.to_string(), "Verification.complain");
		let post = Call::Narrow { task, cluster, nodes: vec![] };
		assert_eq!(post.to_string(), "Verification.narrow");
	}
}

// SPDX-License-Identifier: GPL-3.0-or-later
//! The events of Assay's pallets.

use crate::{AccountId, Leaf};
use assay_primitives::{
	outcome::{Abstention, Outcome},
	protocol::{Breadth, Delivery, Role, Verdict},
	settlement::Conduct,
	spec::Spec,
	task::TaskRequest,
	Balance, BlockNumber, BundleRoot, ClusterId, Commitment, EvidenceRoot, OperatorId, PanelNonce,
	Possession, TaskId,
};
use codec::{Decode, DecodeAll};
use serde::Serialize;

macro_rules! events {
	($($pallet:literal {
		$($(#[$doc:meta])* $event:ident {
			$($(#[$field_doc:meta])* $field:ident: $type:ty,)*
		})*
	})*) => {
		/// What happened on the chain.
		#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
		#[serde(tag = "event", rename_all = "snake_case")]
		#[non_exhaustive]
		pub enum AssayEvent {
			$($($(#[$doc])* $event { $($(#[$field_doc])* $field: $type,)* },)*)*
		}

		impl AssayEvent {
			/// The pallet that emits it.
			pub fn pallet(&self) -> &'static str {
				match self {
					$($(Self::$event { .. })|* => $pallet,)*
				}
			}

			/// Its name.
			pub fn name(&self) -> &'static str {
				match self {
					$($(Self::$event { .. } => stringify!($event),)*)*
				}
			}

			/// Reads the event `name` of `pallet` from its fields. `None` for events that are not
			/// Assay's or that this client does not know.
			pub fn decode(
				pallet: &str,
				name: &str,
				fields: &[u8],
			) -> Result<Option<Self>, codec::Error> {
				match (pallet, name) {
					$($(($pallet, stringify!($event)) => {
						#[derive(Decode)]
						struct Fields { $($field: $type,)* }
						let Fields { $($field,)* } = Fields::decode_all(&mut &fields[..])?;
						Ok(Some(Self::$event { $($field,)* }))
					},)*)*
					_ => Ok(None),
				}
			}
		}
	};
}

events! {
	"EdgeConnect" {
		/// A cluster was registered.
		ClusterRegistered {
			/// Its number.
			cluster: ClusterId,
			/// Who owns it.
			owner: AccountId,
			/// The owner's number.
			operator: OperatorId,
			/// What it offers.
			spec: Box<Spec>,
		}
		/// A cluster offers something else.
		ClusterUpdated {
			/// Which.
			cluster: ClusterId,
			/// What it offers now.
			spec: Box<Spec>,
		}
		/// A cluster is being taken out of service.
		ClusterDraining {
			/// Which.
			cluster: ClusterId,
		}
		/// A drained cluster is back in service.
		ClusterResumed {
			/// Which.
			cluster: ClusterId,
		}
		/// A cluster is gone, its bond returned.
		ClusterRemoved {
			/// Which.
			cluster: ClusterId,
		}
		/// A cluster showed that it is alive.
		LeaseRenewed {
			/// Which.
			cluster: ClusterId,
			/// The last block in which a draw finds it, unless it does so again.
			until: BlockNumber,
		}
		/// A cluster was not heard of for too long, and is out of the draws.
		LeaseExpired {
			/// Which.
			cluster: ClusterId,
		}
		/// A cluster holds more bond.
		BondToppedUp {
			/// Which.
			cluster: ClusterId,
			/// How much more.
			amount: Balance,
		}
		/// A task was submitted.
		TaskSubmitted {
			/// Its number.
			task: TaskId,
			/// Who asked.
			requester: AccountId,
			/// What was asked.
			request: Box<TaskRequest>,
		}
		/// A task was cancelled.
		TaskCancelled {
			/// Which.
			task: TaskId,
		}
		/// A draw found nobody: the task waits.
		TaskParked {
			/// Which.
			task: TaskId,
			/// What it waits for.
			role: Role,
		}
		/// Capacity appeared: a new draw was asked for.
		TaskWoken {
			/// Which.
			task: TaskId,
			/// What it waited for.
			role: Role,
		}
		/// A draw chose clusters.
		Drawn {
			/// For which task.
			task: TaskId,
			/// As what.
			role: Role,
			/// Whom.
			clusters: Vec<ClusterId>,
			/// Out of how many positions: those that can fit, or those of the allow list.
			positions: u32,
			/// How often the draw looked at one.
			tries: u32,
		}
		/// An operator may not be drawn for a while.
		OperatorSuspended {
			/// Who.
			operator: OperatorId,
			/// Until when.
			until: BlockNumber,
		}
		/// A cluster lost bond.
		BondSlashed {
			/// Which.
			cluster: ClusterId,
			/// How much.
			amount: Balance,
		}
	}
	"Verification" {
		/// A cluster sealed its outcome.
		Committed {
			/// For which task.
			task: TaskId,
			/// Which cluster.
			cluster: ClusterId,
			/// The seal.
			commitment: Commitment,
		}
		/// The only verifier said what it found.
		Answered {
			/// For which task.
			task: TaskId,
			/// Which cluster.
			cluster: ClusterId,
			/// What it found.
			outcome: Outcome,
			/// Root of what is its own.
			evidence_root: EvidenceRoot,
		}
		/// A cluster opened its seal.
		Opened {
			/// For which task.
			task: TaskId,
			/// Which cluster.
			cluster: ClusterId,
			/// What it found.
			outcome: Outcome,
			/// Root of what is its own.
			evidence_root: EvidenceRoot,
		}
		/// A panel member opened its seal.
		PanelOpened {
			/// For which task.
			task: TaskId,
			/// Which cluster.
			cluster: ClusterId,
			/// What it found.
			outcome: Outcome,
			/// The keyed root.
			possession: Possession,
			/// Root of what is its own.
			evidence_root: EvidenceRoot,
		}
		/// A first execution showed the panel that it holds the bytes.
		Possessed {
			/// For which task.
			task: TaskId,
			/// Which cluster.
			cluster: ClusterId,
			/// The keyed root.
			possession: Possession,
		}
		/// A cluster gave the task back.
		Abstained {
			/// Which task.
			task: TaskId,
			/// Which cluster.
			cluster: ClusterId,
			/// Why.
			reason: Abstention,
		}
		/// A cluster let its first deadline pass.
		Lapsed {
			/// Of which task.
			task: TaskId,
			/// Which cluster.
			cluster: ClusterId,
		}
		/// A panel sits, or who judges in its place: arbiters, witnesses, those who decide an appeal. The
		/// nonce keys their proofs.
		PanelSeated {
			/// On which task.
			task: TaskId,
			/// The nonce.
			nonce: PanelNonce,
			/// Whether its verdict can cost bond.
			breadth: Breadth,
		}
		/// The executions differ: a panel decides. Those of an array show where they differ first.
		Disputed {
			/// Which task.
			task: TaskId,
		}
		/// One of those who differ about an array posted what its claim is made of.
		Narrowed {
			/// In which task.
			task: TaskId,
			/// Which cluster.
			cluster: ClusterId,
		}
		/// Those who differ about an array have shown where: arbiters run this item.
		ItemSought {
			/// Of which task.
			task: TaskId,
			/// The first item in which they differ.
			item: u16,
		}
		/// Arbiters proved clusters wrong about the item.
		Refuted {
			/// In which task.
			task: TaskId,
			/// Which clusters.
			clusters: Vec<ClusterId>,
		}
		/// The verdict is out.
		Decided {
			/// On which task.
			task: TaskId,
			/// What it is.
			verdict: Verdict,
			/// Whose bond pays how much when the window closes.
			fines: Vec<(ClusterId, Balance)>,
		}
		/// The challenge window is closed, money has moved, the task is gone.
		Finalised {
			/// Which task.
			task: TaskId,
			/// Paid to clusters.
			paid: Balance,
			/// Returned to the requester.
			refunded: Balance,
			/// Taken from bonds.
			slashed: Balance,
			/// Who, how it served, what it gets, what it loses.
			shares: Vec<(ClusterId, Conduct, Balance, Balance)>,
		}
		/// Somebody doubts a verdict: it is judged again.
		Appealed {
			/// On which task.
			task: TaskId,
			/// Who.
			appellant: AccountId,
			/// Held until the appeal is settled.
			bond: Balance,
		}
		/// An executor was caught lying elsewhere: its unchecked result is judged again.
		Tainted {
			/// Of which task.
			task: TaskId,
		}
		/// The account of an appeal, when its task became final.
		AppealSettled {
			/// About which task.
			task: TaskId,
			/// Paid by the appellant to those who judged.
			paid: Balance,
			/// Returned to the appellant: what is left of the bond, and its costs if it was right.
			returned: Balance,
			/// Given to the appellant beside that.
			rewarded: Balance,
		}
		/// The requester says that nobody serves what was accepted: witnesses try to fetch it.
		Complained {
			/// Of which task.
			task: TaskId,
			/// Held until the task is final.
			bond: Balance,
		}
		/// Witnesses tried to fetch what was accepted.
		DeliveryJudged {
			/// Of which task.
			task: TaskId,
			/// What they found.
			delivery: Delivery,
		}
		/// The account of a complaint, when its task became final.
		ComplaintSettled {
			/// About which task.
			task: TaskId,
			/// Paid to witnesses from the requester's bond.
			paid: Balance,
			/// Returned to the requester of it.
			returned: Balance,
			/// What those who withheld the outputs are not paid, to the treasury.
			forfeited: Balance,
		}
		/// Chance decided whether an executor that could be spared a check is checked.
		LotCast {
			/// In which task.
			task: TaskId,
			/// Whether it is.
			checked: bool,
		}
		/// An executor ran a task twice and could not reproduce its own result.
		Unstable {
			/// Which task.
			task: TaskId,
			/// Which cluster.
			cluster: ClusterId,
		}
		/// An account put money into its purse.
		PurseFunded {
			/// Whose.
			account: AccountId,
			/// How much.
			amount: Balance,
		}
		/// An account took money out of its purse.
		PurseEmptied {
			/// Whose.
			account: AccountId,
			/// How much.
			amount: Balance,
		}
		/// A cluster's owner took its pay.
		PayClaimed {
			/// Which cluster.
			cluster: ClusterId,
			/// How much.
			amount: Balance,
		}
	}
	"Anchor" {
		/// The log grew by a leaf.
		LeafAppended {
			/// Its index.
			index: u64,
			/// The leaf.
			leaf: Box<Leaf>,
		}
		/// An account anchored a bundle of its own.
		BundleAnchored {
			/// Its number.
			id: u64,
			/// Whose.
			owner: AccountId,
			/// Its root.
			root: BundleRoot,
			/// Leaves of its tree.
			leaves: u32,
			/// Where it can be found.
			cid: Vec<u8>,
		}
		/// An anchored bundle was released.
		BundleReleased {
			/// Its number.
			id: u64,
		}
		/// Governance withdrew its trust in a leaf.
		Revoked {
			/// Its index.
			index: u64,
			/// Why.
			reason: Vec<u8>,
		}
	}
}

impl AssayEvent {
	/// The task this is about, if it is about one.
	pub fn task(&self) -> Option<TaskId> {
		match self {
			Self::TaskSubmitted { task, .. }
			| Self::TaskCancelled { task }
			| Self::TaskParked { task, .. }
			| Self::TaskWoken { task, .. }
			| Self::Drawn { task, .. }
			| Self::Committed { task, .. }
			| Self::Answered { task, .. }
			| Self::Opened { task, .. }
			| Self::PanelOpened { task, .. }
			| Self::Possessed { task, .. }
			| Self::Abstained { task, .. }
			| Self::Lapsed { task, .. }
			| Self::PanelSeated { task, .. }
			| Self::Disputed { task }
			| Self::Narrowed { task, .. }
			| Self::ItemSought { task, .. }
			| Self::Refuted { task, .. }
			| Self::Decided { task, .. }
			| Self::Appealed { task, .. }
			| Self::Tainted { task }
			| Self::AppealSettled { task, .. }
			| Self::Complained { task, .. }
			| Self::DeliveryJudged { task, .. }
			| Self::ComplaintSettled { task, .. }
			| Self::LotCast { task, .. }
			| Self::Unstable { task, .. }
			| Self::Finalised { task, .. } => Some(*task),
			Self::LeafAppended { leaf, .. } => Some(leaf.task),
			_ => None,
		}
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use assay_primitives::OutputRoot;

	fn bytes(hex: &str) -> Vec<u8> {
		hex::decode(hex.replace(' ', "")).unwrap()
	}

	#[test]
	fn events_are_read_by_name() {
		let fields = bytes("0700000000000000 01 08 01000000 02000000 10000000 03000000");
		let event = AssayEvent::decode("EdgeConnect", "Drawn", &fields).unwrap().unwrap();
		assert_eq!(
			event,
			AssayEvent::Drawn {
				task: TaskId(7),
				role: Role::Verifier,
				clusters: vec![ClusterId(1), ClusterId(2)],
				positions: 16,
				tries: 3,
			}
		);
		assert_eq!((event.pallet(), event.name()), ("EdgeConnect", "Drawn"));
		assert_eq!(event.task(), Some(TaskId(7)));
	}

	#[test]
	fn leases_are_read() {
		let cluster = ClusterId(3);
		let fields = bytes("03000000 40380000");
		assert_eq!(
			AssayEvent::decode("EdgeConnect", "LeaseRenewed", &fields).unwrap().unwrap(),
			AssayEvent::LeaseRenewed { cluster, until: 14_400 }
		);
		assert_eq!(
			AssayEvent::decode("EdgeConnect", "LeaseExpired", &bytes("03000000")).unwrap().unwrap(),
			AssayEvent::LeaseExpired { cluster }
		);
	}

	#[test]
	fn a_settlement_is_read_with_its_shares() {
		let mut fields = bytes("0100000000000000");
		for amount in [20u128, 30, 5] {
			fields.extend(amount.to_le_bytes());
		}
		fields.extend(bytes("04 09000000 01"));
		fields.extend(0u128.to_le_bytes());
		fields.extend(5u128.to_le_bytes());
		assert_eq!(
			AssayEvent::decode("Verification", "Finalised", &fields).unwrap().unwrap(),
			AssayEvent::Finalised {
				task: TaskId(1),
				paid: 20,
				refunded: 30,
				slashed: 5,
				shares: vec![(ClusterId(9), Conduct::Dissented, 0, 5)],
			}
		);
	}

	#[test]
	fn a_verdict_is_read_with_and_without_a_panel() {
		let root = OutputRoot([0x11; 32]);
		let begins = [bytes("0200000000000000 00 00"), vec![0x11; 32]].concat();
		let plain = [begins.clone(), vec![0], vec![0]].concat();
		let fine = [bytes("04 09000000 05"), vec![0; 15]].concat();
		let panel = [begins, vec![1], vec![0x22; 32], fine].concat();
		let cases =
			[(plain, None, vec![]), (panel, Some(Possession([0x22; 32])), vec![(ClusterId(9), 5)])];
		for (fields, possession, fines) in cases {
			let outcome = Outcome::Completed { output_root: root };
			assert_eq!(
				AssayEvent::decode("Verification", "Decided", &fields).unwrap().unwrap(),
				AssayEvent::Decided {
					task: TaskId(2),
					verdict: Verdict::Accepted { outcome, possession },
					fines,
				}
			);
		}
	}

	#[test]
	fn an_appeal_is_read_from_its_bond_to_its_end() {
		let read = |name, fields: Vec<u8>| {
			AssayEvent::decode("Verification", name, &fields).unwrap().unwrap()
		};
		let (task, number) = (TaskId(1), bytes("0100000000000000"));
		let amount = |amount: u128| amount.to_le_bytes().to_vec();
		let fields = [number.clone(), vec![0x22; 32], amount(10)].concat();
		let appealed = AssayEvent::Appealed { task, appellant: [0x22; 32].into(), bond: 10 };
		assert_eq!(read("Appealed", fields), appealed);
		let fields = [number.clone(), amount(6), amount(4), amount(0)].concat();
		let settled = AssayEvent::AppealSettled { task, paid: 6, returned: 4, rewarded: 0 };
		assert_eq!(read("AppealSettled", fields), settled);
		let lot = AssayEvent::LotCast { task, checked: true };
		assert_eq!(read("LotCast", [number, vec![1]].concat()), lot);
		assert!([appealed, settled, lot].iter().all(|event| event.task() == Some(task)));
	}

	#[test]
	fn the_way_to_the_item_that_differs_is_read() {
		let task = TaskId(1);
		let read = |name, rest: &str| {
			let fields = bytes(&format!("0100000000000000 {rest}"));
			AssayEvent::decode("Verification", name, &fields).unwrap().unwrap()
		};
		let narrowed = AssayEvent::Narrowed { task, cluster: ClusterId(2) };
		assert_eq!(read("Narrowed", "02000000"), narrowed);
		let sought = AssayEvent::ItemSought { task, item: 300 };
		assert_eq!(read("ItemSought", "2c01"), sought);
		let refuted = AssayEvent::Refuted { task, clusters: vec![ClusterId(2), ClusterId(3)] };
		assert_eq!(read("Refuted", "08 02000000 03000000"), refuted);
		assert!([narrowed, sought, refuted].iter().all(|event| event.task() == Some(task)));
		let nobody = AssayEvent::Decided { task, verdict: Verdict::Refuted, fines: vec![] };
		assert_eq!(read("Decided", "02 00"), nobody);
	}

	#[test]
	fn a_complaint_is_read_from_its_bond_to_its_end() {
		let read = |name, rest: Vec<u8>| {
			let fields = [bytes("0100000000000000"), rest].concat();
			AssayEvent::decode("Verification", name, &fields).unwrap().unwrap()
		};
		let (task, amount) = (TaskId(1), |amount: u128| amount.to_le_bytes().to_vec());
		let complained = AssayEvent::Complained { task, bond: 20 };
		assert_eq!(read("Complained", amount(20)), complained);
		let served = Delivery::Served(Possession([1; 32]));
		let withheld = Delivery::Withheld { failed: 2 };
		let found = [
			(vec![0], Delivery::Pending),
			([vec![1], vec![1; 32]].concat(), served),
			(vec![2, 2], withheld),
			(vec![3], Delivery::Unheard),
		];
		for (bytes, delivery) in found {
			let judged = AssayEvent::DeliveryJudged { task, delivery };
			assert_eq!(read("DeliveryJudged", bytes), judged);
			assert_eq!(judged.task(), Some(task));
		}
		let settled = AssayEvent::ComplaintSettled { task, paid: 6, returned: 14, forfeited: 3 };
		assert_eq!(read("ComplaintSettled", [amount(6), amount(14), amount(3)].concat()), settled);
		assert!([complained, settled].iter().all(|event| event.task() == Some(task)));
	}

	#[test]
	fn foreign_events_are_skipped_and_broken_ones_refused() {
		assert_eq!(AssayEvent::decode("Balances", "Transfer", &[1, 2, 3]).unwrap(), None);
		assert_eq!(AssayEvent::decode("EdgeConnect", "Invented", &[]).unwrap(), None);
		assert!(AssayEvent::decode("Verification", "Disputed", &[1; 7]).is_err(), "too short");
		assert!(AssayEvent::decode("Verification", "Disputed", &[1; 9]).is_err(), "too long");
	}

	#[test]
	fn json_names_the_event() {
		let event = AssayEvent::Disputed { task: TaskId(3) };
		assert_eq!(serde_json::to_string(&event).unwrap(), r#"{"event":"disputed","task":3}"#);
	}
}

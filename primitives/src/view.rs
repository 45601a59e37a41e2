// SPDX-License-Identifier: GPL-3.0-or-later
//! What the runtime API answers: everything a client wants to know, without raw storage.

use crate::{
	protocol::{Role, Trial},
	spec::{Constraint, Spec},
	task::{Policy, TaskRequest, MAX_PANEL},
	Balance, BlockNumber, ClusterId, Genesis, LogRoot, OperatorId, TaskId,
};
use alloc::vec::Vec;
use codec::{Decode, Encode};
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};

/// Most rows of one page.
pub const PAGE: u32 = 64;
/// Most rows that one page looks at where it picks out some of them.
pub const SCAN: u32 = 1024;

/// Whether a cluster can be drawn.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, TypeInfo, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClusterStatus {
	/// It can.
	Active,
	/// Its operator is taking it out of service.
	Draining,
	/// Its bond, less what is pledged, is below the minimum.
	Underbonded,
	/// Its operator is suspended until this block.
	Suspended(BlockNumber),
	/// It has not been heard of for too long.
	LeaseExpired,
}

/// One cluster.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, TypeInfo, Serialize, Deserialize)]
pub struct ClusterView<AccountId> {
	/// Its number.
	pub id: ClusterId,
	/// Who owns it.
	pub owner: AccountId,
	/// The owner's number.
	pub operator: OperatorId,
	/// What it offers.
	pub spec: Spec,
	/// Whether it can be drawn.
	pub status: ClusterStatus,
	/// Bond behind all its slots.
	pub bond: Balance,
	/// What verdicts whose windows are still open will take of the bond.
	pub pledged: Balance,
	/// Pay that can be claimed.
	pub accrued: Balance,
	/// Tasks it has a place in.
	pub assignments: Vec<TaskId>,
	/// Since when it can be drawn with this spec.
	pub since: BlockNumber,
	/// The last block in which a draw finds it, unless it shows that it is alive.
	pub lease_until: BlockNumber,
}

/// One open task.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, TypeInfo, Serialize, Deserialize)]
pub struct TaskView<AccountId> {
	/// Its number.
	pub id: TaskId,
	/// Who asked.
	pub requester: AccountId,
	/// What was asked.
	pub request: TaskRequest,
	/// The block of submission.
	pub submitted_at: BlockNumber,
	/// Where it stands.
	pub trial: Trial,
	/// What the requester has in escrow for it, deposit included.
	pub held: Balance,
	/// Whether it waits in the queue because the last draw found nobody.
	pub parked: bool,
}

/// What the network is, for clients.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, TypeInfo, Serialize, Deserialize)]
pub struct NetworkView {
	/// The hash of block zero.
	pub genesis: Genesis,
	/// The current block.
	pub now: BlockNumber,
	/// Draws are seeded by mock randomness: only the `development` genesis says so.
	pub simulated_randomness: bool,
	/// Relay blocks between an event and its draw.
	pub draw_delay: u32,
	/// Bond behind one slot.
	pub slot_bond: Balance,
	/// Deposit for one open task.
	pub task_deposit: Balance,
	/// Blocks for opening.
	pub opening_blocks: BlockNumber,
	/// The shortest deadline a policy may ask for.
	pub shortest_deadline: BlockNumber,
	/// The longest deadline a policy may ask for.
	pub longest_deadline: BlockNumber,
	/// Blocks for which a cluster counts as alive after it was last heard of.
	pub lease: BlockNumber,
	/// Registered clusters.
	pub clusters: u32,
	/// Positions in the index.
	pub positions: u32,
	/// Open tasks.
	pub tasks: u32,
}

/// The anchor log.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, TypeInfo, Serialize, Deserialize)]
pub struct LogView {
	/// Leaves.
	pub size: u64,
	/// Root over all of them.
	pub root: LogRoot,
}

/// What the network can offer for a demand, before anything is paid.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, TypeInfo, Serialize, Deserialize)]
pub struct Quote {
	/// What is held at submission.
	pub held: Balance,
	/// Of that, the deposit, which always comes back.
	pub deposit: Balance,
	/// What the task can cost when all goes well: the quorum at the demand's highest price.
	pub expected: Balance,
	/// Operators with a cluster of this engine.
	pub operators: u32,
	/// What that many operators can do about a disagreement.
	pub panel: PanelOffer,
}

/// What stands for and against an operator. What stands against it is halved each week without another fault.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, TypeInfo, Serialize, Deserialize)]
pub struct StandingView {
	/// Results that were checked and found right since its last fault: at most one a day for each requester.
	pub checked: u32,
	/// First deadlines it let pass.
	pub lapses: u32,
	/// Answers that were outvoted.
	pub dissents: u32,
	/// Answers that it hid.
	pub silences: u32,
	/// Times it was suspended.
	pub suspensions: u32,
	/// No draw finds it before this block.
	pub suspended_until: BlockNumber,
}

/// What a network of some size can do about a disagreement.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, TypeInfo, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PanelOffer {
	/// Nobody has the engine: the task would wait.
	Waits,
	/// Fewer operators than the quorum: nobody could check, the task would be refused.
	Refused,
	/// Too few for a panel: accepted or inconclusive.
	NoPanel,
	/// A panel of one.
	One,
	/// A panel of two, beside a quorum of three.
	Two,
	/// A panel of three.
	Three,
}

impl PanelOffer {
	/// What `operators` distinct operators can do about a task with `policy`.
	pub fn of(operators: u32, policy: &Policy) -> Self {
		let quorum = policy.quorum();
		let Some(spare) = operators.checked_sub(quorum.into()) else {
			return if operators == 0 { Self::Waits } else { Self::Refused };
		};
		// Panel and quorum together are odd, so that a vote cannot be split evenly.
		match (spare.min(MAX_PANEL.into()), quorum.is_multiple_of(2)) {
			(3, true) if policy.panel() >= 3 => Self::Three,
			(1..=3, true) => Self::One,
			(2 | 3, false) => Self::Two,
			_ => Self::NoPanel,
		}
	}
}

/// Per constraint, how many clusters pass it and how many pass all others.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, TypeInfo, Serialize, Deserialize)]
pub struct MatchExplanation {
	/// Clusters that were looked at: the first [`PAGE`] from the cursor.
	pub examined: u32,
	/// Clusters that meet the whole demand.
	pub fitting: u32,
	/// For each constraint: who passes it, and who passes all others.
	pub constraints: Vec<(Constraint, u32, u32)>,
	/// Where the next page starts, if there is one.
	pub next: Option<ClusterId>,
}

/// What a cluster has to do for a task, for a worker that catches up from present state.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, TypeInfo, Serialize, Deserialize)]
pub struct Assignment<AccountId> {
	/// As what.
	pub role: Role,
	/// For what.
	pub task: TaskView<AccountId>,
}

#[cfg(test)]
mod tests {
	use super::PanelOffer::{self, *};
	use crate::task::{Check, Policy};

	#[test]
	fn the_offer_follows_the_size_of_the_network() {
		let offers = |check| {
			let policy =
				Policy { check, window: 1, execution_blocks: 1, queue_blocks: 1, preflight: false };
			(0..7).map(|n| PanelOffer::of(n, &policy)).collect::<Vec<_>>()
		};
		let verified = |quorum, panel| offers(Check::Verified { quorum, panel });
		assert_eq!(verified(2, 3), [Waits, Refused, NoPanel, One, One, Three, Three]);
		assert_eq!(verified(2, 1), [Waits, Refused, NoPanel, One, One, One, One]);
		assert_eq!(verified(3, 3), [Waits, Refused, Refused, NoPanel, NoPanel, Two, Two]);
		assert_eq!(verified(3, 1), verified(3, 3));
		assert_eq!(offers(Check::Audited { floor: 5 }), verified(2, 3));
	}
}

// SPDX-License-Identifier: GPL-3.0-or-later
//! What the runtime API answers: everything a client wants to know, without raw storage.

use crate::{
	protocol::{Role, Trial},
	spec::{Constraint, Spec},
	task::{TaskRequest, MAX_PANEL},
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
	/// What `operators` distinct operators can do about a task that needs `quorum` of them to agree.
	pub fn of(operators: u32, quorum: u8) -> Self {
		let Some(spare) = operators.checked_sub(quorum.into()) else {
			return if operators == 0 { Self::Waits } else { Self::Refused };
		};
		// Panel and quorum together are odd, so that a vote cannot be split evenly.
		match (spare.min(MAX_PANEL.into()), quorum.is_multiple_of(2)) {
			(3, true) => Self::Three,
			(1 | 2, true) => Self::One,
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

	#[test]
	fn the_offer_follows_the_size_of_the_network() {
		let offers = |quorum| (0..7).map(|n| PanelOffer::of(n, quorum)).collect::<Vec<_>>();
		assert_eq!(offers(2), [Waits, Refused, NoPanel, One, One, Three, Three]);
		assert_eq!(offers(3), [Waits, Refused, Refused, NoPanel, NoPanel, Two, Two]);
	}
}

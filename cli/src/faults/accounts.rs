// SPDX-License-Identifier: GPL-3.0-or-later
//! What a scene cost: everybody's money before and after, which has to add up.

use super::{outcome_of, Doubt, Scene, Stage, AS_DOUBTER, AS_REQUESTER, SILENCE};
use crate::{
	devnet::BANKER,
	error::CliError,
	ledger::{
		Balances, Ledger, Place, Purse, Settled, SettledAppeal, Share, CLAIMS_HEADER, HEADER,
	},
	story::Story,
	units::Amount,
	watch::Watcher,
};
use assay_client::{AccountId, AssayEvent, ClusterView, Hash, Signer};
use assay_primitives::{
	outcome::Outcome, settlement::Conduct, task::APPEAL_SEATS, Balance, BlockNumber, ClusterId,
	TaskId,
};
use futures::future::try_join_all;
use std::collections::BTreeMap;

/// Accounts of the runtime that have no key.
const POT: &[u8; 8] = b"py/assay";
const TREASURY: &[u8; 8] = b"py/trsry";
const FEES: &[u8; 8] = b"PotStake";

/// The network at one block.
pub(super) struct Picture {
	pub(super) balances: Balances,
	pub(super) clusters: BTreeMap<ClusterId, ClusterView>,
}

impl Picture {
	pub(super) fn of(&self, cluster: ClusterId) -> Result<&ClusterView, CliError> {
		self.clusters.get(&cluster).ok_or(CliError::NoCluster(cluster))
	}
}

impl Stage<'_> {
	/// The scene ends when all its tasks are final: the account of it, which has to add up.
	pub(super) async fn close(
		&mut self,
		mut scene: Scene<'_>,
		title: &str,
	) -> Result<Aftermath, CliError> {
		scene.watcher.until(Watcher::all_over).await?;
		let stories = scene.watcher.stories.values().map(|(_, story)| story);
		let last = stories.filter_map(|story| story.ended_at).max().unwrap_or_default();
		let after = self.picture(self.hash_of(last).await?).await?;
		let mut suspended = BTreeMap::new();
		let mut tasks = Vec::new();
		let mut verdicts = BTreeMap::new();
		for (task, quote, fee) in &scene.submitted {
			let story = scene.watcher.story(*task).ok_or(CliError::NoTask(*task))?;
			let ended_at = story.ended_at.ok_or(CliError::NoTask(*task))?;
			let events = self.chain.events(self.hash_of(ended_at).await?).await?;
			for event in &events {
				if let AssayEvent::OperatorSuspended { operator, until } = event {
					suspended.insert(*operator, *until);
				}
			}
			let doubt = scene.appeal.as_ref().filter(|doubt| doubt.task == *task);
			let bond = Self::demand()?.max_price.saturating_mul(APPEAL_SEATS.into());
			let appeal = doubt.and_then(|doubt| settled_appeal(doubt, bond, story, &events));
			if doubt.is_some() && appeal.is_none() {
				return Err(CliError::Demo(format!(
					"the appeal about task {task} was not settled"
				)));
			}
			let shares = self.shares(story, &after)?;
			verdicts.insert(*task, outcome_of(story));
			tasks.push(Settled {
				task: *task,
				requester: AS_REQUESTER,
				fee: *fee,
				held: quote.held,
				deposit: quote.deposit,
				paid: story.paid,
				refunded: story.refunded,
				slashed: story.slashed,
				shares,
				appeal,
				complaint: None,
			});
		}
		let Scene { before, beside, .. } = scene;
		let balances = after.balances.clone();
		let ledger = Ledger::new(&self.cast, before.balances, balances, tasks, beside)
			.map_err(CliError::Demo)?;
		self.tell(&ledger, title);
		let [paid, repaid, to_treasury, fees] = ledger.summary();
		let row = [repaid.saturating_add(to_treasury), repaid, to_treasury, paid, fees];
		let row = row.map(|amount| Amount(amount).to_string());
		self.summary.push([vec![title.to_owned()], row.to_vec()].concat());
		Ok(Aftermath { after, tasks: ledger.tasks, verdicts, suspended, refused: ledger.refused })
	}

	pub(super) fn tell(&self, ledger: &Ledger<'_>, title: &str) {
		let (rows, claims) = (ledger.rows(), ledger.claim_rows());
		self.ui.json_line(&serde_json::json!({
			"scene": title,
			"columns": HEADER,
			"balances": &rows,
			"claims": &claims,
		}));
		self.ui.say(&format!("\n   What {title} cost, and whom:"));
		self.ui.table(&HEADER, &rows);
		self.ui.table(&CLAIMS_HEADER, &claims);
		let untouched = ledger.untouched();
		if !untouched.is_empty() {
			let names = untouched.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
			self.ui.say(&format!("   took part, neither paid nor fined: cluster {names}"));
		}
		self.ui.say(&format!("   {}", ledger.sums()));
	}

	/// What a fine leaves behind: a bond that does not cover all slots any more.
	pub(super) fn tell_bond(
		&self,
		cluster: ClusterId,
		aftermath: &Aftermath,
	) -> Result<(), CliError> {
		let view = aftermath.after.of(cluster)?;
		let needed = aftermath.slot_bond(view);
		if view.bond >= needed || view.pledged > 0 {
			return Err(CliError::Demo(format!(
				"cluster {cluster} has {} left",
				Amount(view.bond)
			)));
		}
		self.ui.say(&format!(
			"   cluster {cluster} is out of all draws until it tops up its bond: {} do not cover its {} slots",
			Amount(view.bond),
			view.spec.slots
		));
		Ok(())
	}

	fn shares(&self, story: &Story, picture: &Picture) -> Result<Vec<Share>, CliError> {
		let share = |&(cluster, conduct, pay, slash): &(ClusterId, Conduct, Balance, Balance)| {
			let owner = self.actor_of(picture.of(cluster)?)?;
			let role = story.drawn.iter().find(|(_, drawn)| *drawn == cluster);
			let role = role.map(|(role, _)| *role).ok_or(CliError::NoTask(story.task))?;
			Ok(Share { cluster, owner, role, conduct, pay, slash })
		};
		story.shares.iter().map(share).collect()
	}

	pub(super) fn actor_of(&self, cluster: &ClusterView) -> Result<usize, CliError> {
		let found = self.accounts.iter().position(|account| *account == cluster.owner);
		found.ok_or(CliError::NoCluster(cluster.id))
	}

	async fn hash_of(&self, block: BlockNumber) -> Result<Hash, CliError> {
		let hash = self.chain.block_hash(block).await?;
		let what = format!("block {block}");
		hash.ok_or(CliError::Chain(assay_client::Error::Missing { what }))
	}

	/// What everybody has at a block.
	pub(super) async fn picture(&self, at: Hash) -> Result<Picture, CliError> {
		let clusters = self.chain.all_clusters(Some(at)).await?;
		let funds = |account: AccountId| async move { self.chain.funds(&account, Some(at)).await };
		let of_all = try_join_all(self.accounts.iter().copied().map(funds)).await?;
		let mut balances = Balances::default();
		for (who, (funds, account)) in of_all.iter().zip(&self.accounts).enumerate() {
			balances.places.insert(Place::Account(who, Purse::Free), funds.free);
			balances.places.insert(Place::Account(who, Purse::Held), funds.held);
			let own = clusters.iter().filter(|cluster| cluster.owner == *account);
			let bonds: Balance = own.map(|cluster| cluster.bond).sum();
			if who > AS_DOUBTER && bonds != funds.held {
				return Err(CliError::Demo(format!(
					"{} are held of {account}, and its clusters have {}",
					Amount(funds.held),
					Amount(bonds)
				)));
			}
		}
		// Fees go to an account from which every block pays its author, who is the banker here.
		let authors = [account_of(FEES), Signer::dev(BANKER)?.account()];
		let reserved = [account_of(POT), account_of(TREASURY)].into_iter().chain(authors);
		let sums = try_join_all(reserved.map(funds)).await?;
		let [pot, treasury, fees, author] = sums[..] else {
			return Err(CliError::Demo("an account was not read".into()));
		};
		let all = |funds: assay_client::Funds| funds.free.saturating_add(funds.held);
		balances.places.insert(Place::Pot, all(pot));
		balances.places.insert(Place::Treasury, all(treasury));
		balances.places.insert(Place::Authors, all(fees).saturating_add(all(author)));
		balances.claims = clusters.iter().map(|cluster| (cluster.id, cluster.accrued)).collect();
		let clusters = clusters.into_iter().map(|cluster| (cluster.id, cluster)).collect();
		Ok(Picture { balances, clusters })
	}
}

/// What a scene left behind.
pub(super) struct Aftermath {
	pub(super) after: Picture,
	pub(super) tasks: Vec<Settled>,
	/// What was accepted in each task.
	pub(super) verdicts: BTreeMap<TaskId, Option<Outcome>>,
	/// Operators that were suspended, and until when.
	pub(super) suspended: BTreeMap<assay_primitives::OperatorId, BlockNumber>,
	/// Who paid for acts that were refused.
	pub(super) refused: Vec<usize>,
}

impl Aftermath {
	pub(super) fn settled(&self, task: TaskId) -> Result<&Settled, CliError> {
		self.tasks.iter().find(|settled| settled.task == task).ok_or(CliError::NoTask(task))
	}

	pub(super) fn accepted(&self, task: TaskId) -> Result<Outcome, CliError> {
		let outcome = self.verdicts.get(&task).copied().flatten();
		outcome.ok_or_else(|| CliError::Demo(format!("nothing was accepted in task {task}")))
	}

	/// What all slots of a cluster need: a place's bond is what silence costs, and a slot has two.
	fn slot_bond(&self, cluster: &ClusterView) -> Balance {
		let places = assay_client::PLACES_PER_SLOT.saturating_mul(cluster.spec.slots);
		SILENCE.saturating_mul(places.into())
	}
}

/// What the chain says about an appeal in the block in which its task became final.
fn settled_appeal(
	doubt: &Doubt,
	bond: Balance,
	story: &Story,
	events: &[AssayEvent],
) -> Option<SettledAppeal> {
	let Doubt { appellant, fee, doubted, .. } = *doubt;
	let overturned = outcome_of(story) != doubted;
	events.iter().find_map(|event| match *event {
		AssayEvent::AppealSettled { task, paid, returned, rewarded } if task == doubt.task => {
			Some(SettledAppeal { appellant, fee, bond, paid, returned, rewarded, overturned })
		},
		_ => None,
	})
}

/// The account of a pallet, which has no key.
fn account_of(pallet: &[u8; 8]) -> AccountId {
	let mut account = [0; 32];
	let named = b"modl".iter().chain(pallet);
	account.iter_mut().zip(named).for_each(|(byte, name)| *byte = *name);
	AccountId::from(account)
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn accounts_without_a_key_are_those_of_the_runtime() {
		let address = "5EYCAe5ijiYfyeZ2JJCGq56LmPyNRAKzpG4QkoQkkQNB5e6Z";
		assert_eq!(account_of(TREASURY).to_string(), address);
	}
}

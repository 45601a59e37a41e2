// SPDX-License-Identifier: GPL-3.0-or-later
//! Money in double entry: what was moved from where to where and why, and whether the chain's balances say
//! the same. No I/O.

use crate::{story::role_text, units::Amount};
use assay_primitives::{
	protocol::Role, settlement::Conduct, task::APPEAL_SEATS, Balance, ClusterId, TaskId,
};
use std::collections::{BTreeMap, BTreeSet};

/// What an appellant who is no party to the task gets of the fines if it was right, in percent.
const REWARD_PERCENT: Balance = 10;

/// Where money lies. Who is a number in the cast.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Place {
	/// What somebody can spend, or what is held of it: escrow, bonds of an appeal, a complaint, clusters.
	Account(usize, Purse),
	/// The pot, from which clusters claim their pay.
	Pot,
	/// The treasury.
	Treasury,
	/// Those who make the blocks and get the fees.
	Authors,
}

/// Which part of an account.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Purse {
	Free,
	Held,
}

/// Somebody who can have money.
#[derive(Clone, Debug)]
pub(crate) struct Actor {
	/// What its account is called.
	pub(crate) name: String,
	/// What is called what is held of it.
	pub(crate) held: String,
}

/// What the chain says at one block.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Balances {
	pub(crate) places: BTreeMap<Place, Balance>,
	/// What each cluster can claim from the pot.
	pub(crate) claims: BTreeMap<ClusterId, Balance>,
}

/// Money that was moved.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Posting {
	pub(crate) from: Place,
	pub(crate) to: Place,
	pub(crate) amount: Balance,
	pub(crate) why: String,
}

/// What became of one task, as far as money goes.
#[derive(Clone, Debug)]
pub(crate) struct Settled {
	pub(crate) task: TaskId,
	pub(crate) requester: usize,
	/// The fee of the submission.
	pub(crate) fee: Balance,
	/// What was held at submission, deposit included.
	pub(crate) held: Balance,
	pub(crate) deposit: Balance,
	pub(crate) paid: Balance,
	pub(crate) refunded: Balance,
	pub(crate) slashed: Balance,
	pub(crate) shares: Vec<Share>,
	pub(crate) appeal: Option<SettledAppeal>,
	pub(crate) complaint: Option<SettledComplaint>,
}

/// One execution's part of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Share {
	pub(crate) cluster: ClusterId,
	/// Its owner, in the cast.
	pub(crate) owner: usize,
	pub(crate) role: Role,
	pub(crate) conduct: Conduct,
	pub(crate) pay: Balance,
	pub(crate) slash: Balance,
}

/// What became of an appeal.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SettledAppeal {
	pub(crate) appellant: usize,
	pub(crate) fee: Balance,
	pub(crate) bond: Balance,
	pub(crate) paid: Balance,
	pub(crate) returned: Balance,
	pub(crate) rewarded: Balance,
	/// Whether the verdict was found to be wrong.
	pub(crate) overturned: bool,
}

/// What became of the requester's complaint that nobody serves what was accepted.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SettledComplaint {
	pub(crate) fee: Balance,
	pub(crate) bond: Balance,
	pub(crate) paid: Balance,
	pub(crate) returned: Balance,
	/// What those who withheld it are not paid, to the treasury.
	pub(crate) forfeited: Balance,
	/// Whether nobody served it: then the witnesses are paid out of the escrow.
	pub(crate) withheld: bool,
}

/// Who pays for an execution.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Payer {
	/// The requester, out of the escrow.
	Escrow,
	/// Whoever appealed, out of the bond of the appeal.
	Appeal,
	/// The requester, out of the bond of its complaint.
	Complaint,
}

impl Settled {
	/// What has to have been moved, by the rules of the protocol; an error where the chain's own account of
	/// the task says otherwise.
	pub(crate) fn postings(&self) -> Result<Vec<Posting>, String> {
		let mut book = Book { task: self.task, postings: Vec::new() };
		let free = |who| Place::Account(who, Purse::Free);
		let held = |who| Place::Account(who, Purse::Held);
		let requester = self.requester;
		book.post(free(requester), Place::Authors, self.fee, "fee of the submission");
		let deposit = Amount(self.deposit);
		let escrow = format!("the worst case into escrow, with {deposit} deposit");
		book.post(free(requester), held(requester), self.held, &escrow);
		if let Some(appeal) = &self.appeal {
			let appellant = appeal.appellant;
			book.post(free(appellant), Place::Authors, appeal.fee, "fee of the appeal");
			let why = format!("bond of the appeal: {APPEAL_SEATS} times the price cap");
			book.post(free(appellant), held(appellant), appeal.bond, &why);
		}
		if let Some(complaint) = &self.complaint {
			book.post(free(requester), Place::Authors, complaint.fee, "fee of the complaint");
			let why = "bond of the complaint: the price cap";
			book.post(free(requester), held(requester), complaint.bond, why);
		}
		let [mut paid, mut paid_by_appeal, mut paid_by_complaint] = [0u128; 3];
		for share in self.shares.iter().filter(|share| share.pay > 0) {
			let why = format!("pay of cluster {}, {}", share.cluster, role_text(share.role));
			let (from, sum, why) = match (self.payer(share.role), &self.appeal) {
				(Payer::Appeal, Some(appeal)) => (appeal.appellant, &mut paid_by_appeal, why),
				(Payer::Complaint, _) => {
					let why = format!("{why}, out of the bond of the complaint");
					(requester, &mut paid_by_complaint, why)
				},
				(Payer::Appeal | Payer::Escrow, _) => (requester, &mut paid, why),
			};
			*sum = sum.saturating_add(share.pay);
			book.post(held(from), Place::Pot, share.pay, &why);
		}
		self.same("paid by the requester", paid, self.paid)?;
		let fines = self.fines(&mut book);
		self.same("slashed", fines.total, self.slashed)?;
		// Where fines do not reach, an appellant who was right gets what the liars would have been paid.
		let mut given = 0;
		if let Some(appeal) = &self.appeal {
			let appellant = appeal.appellant;
			self.same("paid by the appellant", paid_by_appeal, appeal.paid)?;
			let rest = appeal.bond.saturating_sub(paid_by_appeal);
			book.post(held(appellant), free(appellant), rest, "the rest of the bond of the appeal");
			if appeal.overturned {
				let rest = self.held.saturating_sub(paid).saturating_sub(self.refunded);
				given = rest.saturating_sub(self.complaint.map_or(0, |one| one.forfeited));
				let why = "costs of the appeal, out of what the liars are not paid";
				book.post(held(requester), free(appellant), given, why);
			}
			let returned = rest.saturating_add(fines.reimbursed).saturating_add(given);
			self.same("returned to the appellant", returned, appeal.returned)?;
			self.same("rewarded", fines.rewarded, appeal.rewarded)?;
		}
		if let Some(complaint) = &self.complaint {
			self.same("paid out of the complaint's bond", paid_by_complaint, complaint.paid)?;
			let rest = complaint.bond.saturating_sub(paid_by_complaint);
			self.same("returned of the complaint's bond", rest, complaint.returned)?;
			let why = "the rest of the bond of the complaint";
			book.post(held(requester), free(requester), rest, why);
			let why = "forfeited by those who withheld the outputs";
			book.post(held(requester), Place::Treasury, complaint.forfeited, why);
		}
		let forfeited = self.complaint.map_or(0, |complaint| complaint.forfeited);
		let refunded =
			self.held.saturating_sub(paid).saturating_sub(given).saturating_sub(forfeited);
		self.same("refunded", refunded, self.refunded)?;
		book.post(held(requester), free(requester), refunded, "the rest of the escrow");
		Ok(book.postings)
	}

	/// Who pays for what `role` did. Whoever complains rightly does not pay those who confirm it: those who
	/// served nothing are not paid.
	fn payer(&self, role: Role) -> Payer {
		match (role, &self.complaint) {
			(Role::Appeal, _) if self.appeal.is_some() => Payer::Appeal,
			(Role::Witness, Some(complaint)) if !complaint.withheld => Payer::Complaint,
			_ => Payer::Escrow,
		}
	}

	/// Whether nobody would have had to pay for `role` if the first executions had agreed, and been believed.
	/// Without an appellant, those who decide an appeal look at a liar's other result.
	fn is_extra(&self, role: Role) -> bool {
		match role {
			Role::Panel | Role::Arbiter => true,
			Role::Appeal => self.appeal.is_none(),
			Role::Executor | Role::Verifier | Role::Witness => false,
		}
	}

	/// Fines repay the requester what the dispute cost, then an appellant who was right what the appeal cost;
	/// then they reward it, if it is no party; the rest goes to the treasury.
	fn fines(&self, book: &mut Book) -> Fines {
		let extra = self.shares.iter().filter(|share| self.is_extra(share.role));
		let mut dispute = extra.fold(0u128, |sum, share| sum.saturating_add(share.pay));
		let all = self.shares.iter().fold(0u128, |sum, share| sum.saturating_add(share.slash));
		let right = self.appeal.filter(|appeal| appeal.overturned);
		let (mut costs, mut reward) = match right {
			Some(appeal) if self.is_party(appeal.appellant) => (appeal.paid, 0),
			Some(appeal) => (appeal.paid, all.saturating_mul(REWARD_PERCENT) / 100),
			None => (0, 0),
		};
		let mut fines = Fines::default();
		for share in self.shares.iter().filter(|share| share.slash > 0) {
			let Share { cluster, owner, slash, .. } = *share;
			let mut left = slash;
			let mut take = |to, most: &mut Balance, what: &str| {
				let amount = left.min(*most);
				left = left.saturating_sub(amount);
				*most = most.saturating_sub(amount);
				let why = format!("fine of cluster {cluster}: {what}");
				book.post(Place::Account(owner, Purse::Held), to, amount, &why);
				amount
			};
			let requester = Place::Account(self.requester, Purse::Free);
			take(requester, &mut dispute, "what the dispute cost");
			if let Some(appeal) = right {
				let appellant = Place::Account(appeal.appellant, Purse::Free);
				let taken = take(appellant, &mut costs, "what the appeal cost");
				fines.reimbursed = fines.reimbursed.saturating_add(taken);
				let taken = take(appellant, &mut reward, "a reward");
				fines.rewarded = fines.rewarded.saturating_add(taken);
			}
			take(Place::Treasury, &mut Balance::MAX.clone(), "the rest");
			fines.total = fines.total.saturating_add(slash);
		}
		fines
	}

	fn is_party(&self, who: usize) -> bool {
		who == self.requester || self.shares.iter().any(|share| share.owner == who)
	}

	fn same(&self, what: &str, expected: Balance, found: Balance) -> Result<(), String> {
		if expected == found {
			return Ok(());
		}
		let (expected, found) = (Amount(expected), Amount(found));
		Err(format!("task {}: {expected} should be {what}, and the chain says {found}", self.task))
	}
}

#[derive(Default)]
struct Fines {
	total: Balance,
	reimbursed: Balance,
	rewarded: Balance,
}

/// The postings of one task.
struct Book {
	task: TaskId,
	postings: Vec<Posting>,
}

impl Book {
	fn post(&mut self, from: Place, to: Place, amount: Balance, why: &str) {
		if amount > 0 {
			let why = format!("task {}: {why}", self.task);
			self.postings.push(Posting { from, to, amount, why });
		}
	}
}

/// The account of one scene.
pub(crate) struct Ledger<'a> {
	pub(crate) cast: &'a [Actor],
	pub(crate) before: Balances,
	pub(crate) after: Balances,
	pub(crate) tasks: Vec<Settled>,
	/// Who paid for acts that were refused.
	pub(crate) refused: Vec<usize>,
	postings: Vec<Posting>,
}

impl<'a> Ledger<'a> {
	/// Accounts for everything that happened between two blocks: `tasks`, and what was moved beside them.
	pub(crate) fn new(
		cast: &'a [Actor],
		before: Balances,
		after: Balances,
		tasks: Vec<Settled>,
		beside: Vec<Posting>,
	) -> Result<Self, String> {
		let mut postings = beside;
		for task in &tasks {
			postings.extend(task.postings()?);
		}
		let mut ledger = Self { cast, before, after, tasks, refused: Vec::new(), postings };
		ledger.add_refusals();
		ledger.check()?;
		Ok(ledger)
	}

	/// What owners of clusters lost beside all that is known: acts cost a fee only when they are refused.
	/// Whether it was one, the block authors' account tells: it has to have got exactly that.
	fn add_refusals(&mut self) {
		for who in 0..self.cast.len() {
			let place = Place::Account(who, Purse::Free);
			let (expected, found) = (self.expected(place), Self::at(&self.after, place));
			if let Some(amount) = expected.and_then(|sum| sum.checked_sub(found)) {
				if amount > 0 {
					let why = "fee of what was refused".to_owned();
					let to = Place::Authors;
					self.postings.push(Posting { from: place, to, amount, why });
					self.refused.push(who);
				}
			}
		}
	}

	/// All that was moved from one kind of place to another, in this order: pay to the pot, fines that
	/// repaid somebody, fines to the treasury, fees.
	pub(crate) fn summary(&self) -> [Balance; 4] {
		let sum = |is: fn(&Posting) -> bool| {
			let own = self.postings.iter().filter(|posting| is(posting));
			own.fold(0u128, |sum, posting| sum.saturating_add(posting.amount))
		};
		[
			sum(|posting| posting.to == Place::Pot),
			sum(|posting| match (posting.from, posting.to) {
				(Place::Account(from, Purse::Held), Place::Account(to, Purse::Free)) => from != to,
				_ => false,
			}),
			sum(|posting| posting.to == Place::Treasury),
			sum(|posting| posting.to == Place::Authors),
		]
	}

	fn at(balances: &Balances, place: Place) -> Balance {
		balances.places.get(&place).copied().unwrap_or(0)
	}

	fn expected(&self, place: Place) -> Option<Balance> {
		let sum = |is: fn(&Posting) -> Place| {
			let mine = self.postings.iter().filter(|posting| is(posting) == place);
			mine.fold(0u128, |sum, posting| sum.saturating_add(posting.amount))
		};
		let income = Self::at(&self.before, place).checked_add(sum(|posting| posting.to))?;
		income.checked_sub(sum(|posting| posting.from))
	}

	fn places(&self) -> BTreeSet<Place> {
		self.before.places.keys().chain(self.after.places.keys()).copied().collect()
	}

	/// Whether every balance is what it was, and what was moved, and no more.
	fn check(&self) -> Result<(), String> {
		for place in self.places() {
			let (expected, found) = (self.expected(place), Self::at(&self.after, place));
			if expected != Some(found) {
				let name = self.name(place);
				let expected = expected.map_or("less than nothing".into(), plain);
				return Err(format!(
					"{name}: {expected} expected, the chain says {}",
					plain(found)
				));
			}
		}
		let (before, after) = (self.total(&self.before), self.total(&self.after));
		if before != after {
			return Err(format!("{} became {}", plain(before), plain(after)));
		}
		for (cluster, before, earned, after) in self.claims() {
			if before.checked_add(earned) != Some(after) {
				return Err(format!(
					"cluster {cluster} could claim {}, earned {} and can claim {}",
					plain(before),
					plain(earned),
					plain(after)
				));
			}
		}
		let sum = |balances: &Balances| balances.claims.values().sum::<Balance>();
		let owed = sum(&self.after).checked_sub(sum(&self.before));
		let pot = Self::at(&self.after, Place::Pot).checked_sub(Self::at(&self.before, Place::Pot));
		if owed != pot {
			return Err("the pot did not get what clusters can claim".into());
		}
		Ok(())
	}

	/// All money of those concerned.
	fn total(&self, balances: &Balances) -> Balance {
		balances.places.values().sum()
	}

	/// For every cluster: what it could claim, what it has earned, what it can claim.
	fn claims(&self) -> Vec<(ClusterId, Balance, Balance, Balance)> {
		let of = |balances: &Balances, cluster| balances.claims.get(&cluster).copied().unwrap_or(0);
		let clusters: BTreeSet<_> =
			self.before.claims.keys().chain(self.after.claims.keys()).copied().collect();
		let earned = |cluster| {
			let shares = self.tasks.iter().flat_map(|task| &task.shares);
			let own = shares.filter(|share| share.cluster == cluster);
			own.fold(0u128, |sum, share| sum.saturating_add(share.pay))
		};
		let row = |cluster| {
			let (before, after) = (of(&self.before, cluster), of(&self.after, cluster));
			(cluster, before, earned(cluster), after)
		};
		clusters.into_iter().map(row).collect()
	}

	fn name(&self, place: Place) -> String {
		let actor = |who: usize| self.cast.get(who);
		match place {
			Place::Account(who, Purse::Free) => {
				actor(who).map_or_else(|| who.to_string(), |actor| actor.name.clone())
			},
			Place::Account(who, Purse::Held) => {
				actor(who).map_or_else(|| who.to_string(), |actor| actor.held.clone())
			},
			Place::Pot => "pot".into(),
			Place::Treasury => "treasury".into(),
			Place::Authors => "block authors".into(),
		}
	}

	/// The rows of [`HEADER`]: every place from or to which something was moved, one row for each reason.
	pub(crate) fn rows(&self) -> Vec<Vec<String>> {
		let mut rows = Vec::new();
		for place in self.places() {
			let mut moved: Vec<(String, &str)> = Vec::new();
			for posting in &self.postings {
				if posting.from == place {
					moved.push((format!("-{}", plain(posting.amount)), &posting.why));
				}
				if posting.to == place {
					moved.push((format!("+{}", plain(posting.amount)), &posting.why));
				}
			}
			let last = moved.len().saturating_sub(1);
			for (at, (change, why)) in moved.into_iter().enumerate() {
				let only = |row: usize, text: String| if at == row { text } else { String::new() };
				rows.push(vec![
					only(0, self.name(place)),
					only(0, plain(Self::at(&self.before, place))),
					change,
					why.to_owned(),
					only(last, plain(Self::at(&self.after, place))),
				]);
			}
		}
		rows
	}

	/// The rows of [`CLAIMS_HEADER`].
	pub(crate) fn claim_rows(&self) -> Vec<Vec<String>> {
		let earned = self.claims().into_iter().filter(|(.., earned, _)| *earned > 0);
		let row = |(cluster, before, earned, after): (ClusterId, Balance, Balance, Balance)| {
			let shares = self
				.tasks
				.iter()
				.flat_map(|task| task.shares.iter().map(move |share| (task.task, share)));
			let own = shares.filter(|(_, share)| share.cluster == cluster && share.pay > 0);
			let why = own.map(|(task, share)| {
				let conduct = match (share.role, share.conduct) {
					(Role::Arbiter, Conduct::Agreed) => {
						"a tenth of the price: right about the item"
					},
					(Role::Witness, Conduct::Agreed) => {
						"a tenth of the price: right about the delivery"
					},
					(Role::Arbiter | Role::Witness, _) => {
						"half a tenth of the price: nobody said who was right"
					},
					(_, Conduct::Agreed) => "found what was accepted",
					_ => "half the price: no verdict on who was right",
				};
				format!("task {task}, {}: {conduct}", role_text(share.role))
			});
			vec![
				cluster.to_string(),
				plain(before),
				format!("+{}", plain(earned)),
				why.collect::<Vec<_>>().join("; "),
				plain(after),
			]
		};
		earned.map(row).collect()
	}

	/// The clusters that took part and whose bond and pay are what they were.
	pub(crate) fn untouched(&self) -> Vec<ClusterId> {
		let shares = self.tasks.iter().flat_map(|task| &task.shares);
		let touched = |cluster| {
			let own = self.tasks.iter().flat_map(|task| &task.shares);
			own.filter(|share| share.cluster == cluster)
				.any(|share| share.pay > 0 || share.slash > 0)
		};
		let idle = shares.map(|share| share.cluster).filter(|cluster| !touched(*cluster));
		idle.collect::<BTreeSet<_>>().into_iter().collect()
	}

	/// What it all adds up to, in one sentence.
	pub(crate) fn sums(&self) -> String {
		format!(
			"checked: {} movements and no other explain what every account has by the chain; all bonds and \
			 accounts that are not listed are as before. Together: {} before, {} after",
			self.postings.len(),
			plain(self.total(&self.before)),
			plain(self.total(&self.after))
		)
	}
}

/// What [`Ledger::rows`] shows.
pub(crate) const HEADER: [&str; 5] = ["whose, in ASY", "before", "change", "why", "after"];
/// What [`Ledger::claim_rows`] shows.
pub(crate) const CLAIMS_HEADER: [&str; 5] =
	["cluster: what it can claim from the pot", "before", "change", "why", "after"];

/// An exact amount without its unit.
fn plain(amount: Balance) -> String {
	let text = Amount(amount).to_string();
	text.trim_end_matches(" ASY").to_owned()
}

#[cfg(test)]
mod tests {
	use super::*;
	use assay_client::UNIT;

	const REQUESTER: usize = 0;
	const APPELLANT: usize = 1;

	fn cast() -> Vec<Actor> {
		let actor = |name: &str| Actor { name: name.into(), held: format!("held of {name}") };
		["requester", "appellant", "owner 0", "owner 1", "owner 2"].map(actor).to_vec()
	}

	fn share(cluster: u32, role: Role, pay: Balance, slash: Balance) -> Share {
		let conduct = if slash > 0 { Conduct::Dissented } else { Conduct::Agreed };
		let owner = cluster as usize + 2;
		Share {
			cluster: ClusterId(cluster),
			owner,
			role,
			conduct,
			pay: pay * UNIT,
			slash: slash * UNIT,
		}
	}

	/// Cluster 0 lies, and a panel of one finds it out.
	fn dispute() -> Settled {
		Settled {
			task: TaskId(7),
			requester: REQUESTER,
			fee: 1,
			held: 12 * UNIT,
			deposit: UNIT,
			paid: 3 * UNIT,
			refunded: 9 * UNIT,
			slashed: 50 * UNIT,
			shares: vec![
				share(0, Role::Executor, 0, 50),
				share(1, Role::Verifier, 1, 0),
				share(2, Role::Panel, 2, 0),
			],
			appeal: None,
			complaint: None,
		}
	}

	/// The requester complains, and witness 2 has something to say about it.
	fn complaint(withheld: bool) -> Settled {
		let pay = |amount| if withheld { 0 } else { amount };
		let (from_escrow, from_bond) = if withheld { (1, 0) } else { (2, 1) };
		let mut shares = vec![
			share(0, Role::Executor, pay(1), 0),
			share(1, Role::Verifier, pay(1), 0),
			share(2, Role::Witness, 1, 0),
		];
		for share in shares.iter_mut().filter(|share| withheld && share.pay == 0) {
			share.conduct = Conduct::Withheld;
		}
		Settled {
			paid: from_escrow * UNIT,
			refunded: (12 - from_escrow - if withheld { 2 } else { 0 }) * UNIT,
			slashed: 0,
			shares,
			complaint: Some(SettledComplaint {
				fee: 3,
				bond: 2 * UNIT,
				paid: from_bond * UNIT,
				returned: (2 - from_bond) * UNIT,
				forfeited: if withheld { 2 * UNIT } else { 0 },
				withheld,
			}),
			..dispute()
		}
	}

	/// Clusters 0 and 1 agree on a lie, and cluster 2 finds it out.
	fn canary(appellant: usize, rewarded: Balance) -> Settled {
		Settled {
			paid: 0,
			refunded: 12 * UNIT,
			slashed: 100 * UNIT,
			shares: vec![
				share(0, Role::Executor, 0, 50),
				share(1, Role::Verifier, 0, 50),
				share(2, Role::Appeal, 2, 0),
			],
			appeal: Some(SettledAppeal {
				appellant,
				fee: 1,
				bond: 10 * UNIT,
				paid: 2 * UNIT,
				returned: 10 * UNIT,
				rewarded: rewarded * UNIT,
				overturned: true,
			}),
			..dispute()
		}
	}

	fn moved(settled: &Settled) -> Vec<(Place, Place, Balance)> {
		let postings = settled.postings().unwrap();
		postings.iter().map(|one| (one.from, one.to, one.amount)).collect()
	}

	fn free(who: usize) -> Place {
		Place::Account(who, Purse::Free)
	}

	fn held(who: usize) -> Place {
		Place::Account(who, Purse::Held)
	}

	#[test]
	fn a_fine_repays_the_panel_before_the_treasury() {
		assert_eq!(
			moved(&dispute()),
			[
				(free(REQUESTER), Place::Authors, 1),
				(free(REQUESTER), held(REQUESTER), 12 * UNIT),
				(held(REQUESTER), Place::Pot, UNIT),
				(held(REQUESTER), Place::Pot, 2 * UNIT),
				(held(2), free(REQUESTER), 2 * UNIT),
				(held(2), Place::Treasury, 48 * UNIT),
				(held(REQUESTER), free(REQUESTER), 9 * UNIT),
			]
		);
	}

	#[test]
	fn an_appellant_who_is_right_gets_its_costs_and_only_a_stranger_a_reward() {
		let own = moved(&canary(REQUESTER, 0));
		assert!(own.contains(&(held(2), free(REQUESTER), 2 * UNIT)));
		assert!(own.contains(&(held(2), Place::Treasury, 48 * UNIT)));
		assert!(own.contains(&(held(3), Place::Treasury, 50 * UNIT)));
		let strange = moved(&canary(APPELLANT, 10));
		assert!(strange.contains(&(held(2), free(APPELLANT), 10 * UNIT)));
		assert!(canary(REQUESTER, 10).postings().is_err(), "no reward for the own task");
	}

	#[test]
	fn witnesses_are_paid_out_of_the_bond_of_a_complaint_that_is_wrong() {
		let moved = moved(&complaint(false));
		let bond = (free(REQUESTER), held(REQUESTER), 2 * UNIT);
		assert!(moved.contains(&bond) && moved.contains(&(free(REQUESTER), Place::Authors, 3)));
		assert_eq!(moved.iter().filter(|one| one.1 == Place::Pot).count(), 3);
		assert!(moved.contains(&(held(REQUESTER), free(REQUESTER), UNIT)), "the rest of the bond");
		assert!(moved.contains(&(held(REQUESTER), free(REQUESTER), 10 * UNIT)));
		let why = complaint(false).postings().unwrap().into_iter().map(|one| one.why);
		assert_eq!(why.filter(|why| why.ends_with("out of the bond of the complaint")).count(), 1);
	}

	#[test]
	fn witnesses_are_paid_out_of_the_escrow_where_delivery_was_withheld() {
		let moved = moved(&complaint(true));
		let paid = moved.iter().filter(|one| one.1 == Place::Pot);
		assert_eq!(paid.collect::<Vec<_>>(), [&(held(REQUESTER), Place::Pot, UNIT)]);
		assert!(moved.contains(&(held(REQUESTER), free(REQUESTER), 2 * UNIT)), "the whole bond");
		assert!(moved.contains(&(held(REQUESTER), Place::Treasury, 2 * UNIT)), "not the requester");
		assert!(moved.contains(&(held(REQUESTER), free(REQUESTER), 9 * UNIT)));
	}

	#[test]
	fn a_fine_repays_arbiters_like_a_panel() {
		let shares = vec![
			share(0, Role::Executor, 0, 50),
			share(1, Role::Verifier, 1, 0),
			share(2, Role::Arbiter, 1, 0),
			share(3, Role::Panel, 1, 0),
		];
		let array = Settled { shares, ..dispute() };
		let fine = (held(2), free(REQUESTER), 2 * UNIT);
		assert!(moved(&array).contains(&fine), "the arbiter and the panel, and not the verifier");
	}

	#[test]
	fn a_fine_repays_those_who_look_at_a_liar_again() {
		let shares = vec![share(0, Role::Executor, 0, 50), share(2, Role::Appeal, 3, 0)];
		let tainted = Settled { shares, ..dispute() };
		assert!(moved(&tainted).contains(&(held(2), free(REQUESTER), 3 * UNIT)));
	}

	#[test]
	fn a_chain_that_tells_another_story_is_not_believed() {
		let wrong_complaint = |change: fn(&mut SettledComplaint)| {
			let mut settled = complaint(false);
			change(settled.complaint.as_mut().unwrap());
			settled
		};
		for wrong in [
			wrong_complaint(|complaint| complaint.paid += 1),
			wrong_complaint(|complaint| complaint.returned += 1),
			wrong_complaint(|complaint| complaint.withheld = true),
			Settled { paid: 4 * UNIT, ..dispute() },
			Settled { refunded: 8 * UNIT, ..dispute() },
			Settled { slashed: 49 * UNIT, ..dispute() },
		] {
			assert!(wrong.postings().is_err());
		}
	}

	/// Balances before and after the dispute.
	fn balances() -> (Balances, Balances) {
		let places = |all: [(Place, Balance); 7]| all.into_iter().collect();
		let before = places([
			(free(REQUESTER), 100 * UNIT),
			(held(REQUESTER), 0),
			(free(2), 10),
			(held(2), 200 * UNIT),
			(Place::Pot, 5 * UNIT),
			(Place::Treasury, 0),
			(Place::Authors, 0),
		]);
		let after = places([
			(free(REQUESTER), 99 * UNIT - 1),
			(held(REQUESTER), 0),
			(free(2), 10),
			(held(2), 150 * UNIT),
			(Place::Pot, 8 * UNIT),
			(Place::Treasury, 48 * UNIT),
			(Place::Authors, 1),
		]);
		let claims = |one: Balance, two: Balance| {
			[(ClusterId(1), one * UNIT), (ClusterId(2), two * UNIT)].into()
		};
		(
			Balances { places: before, claims: claims(5, 0) },
			Balances { places: after, claims: claims(6, 2) },
		)
	}

	#[test]
	fn balances_that_add_up_are_shown_with_their_reasons() {
		let (cast, (before, after)) = (cast(), balances());
		let ledger = Ledger::new(&cast, before, after, vec![dispute()], vec![]).unwrap();
		let rows = ledger.rows();
		assert_eq!(rows[0][..3], ["requester", "100", "-0.000000000001"]);
		assert_eq!(rows[3][4], "98.999999999999");
		assert!(rows.iter().all(|row| row.len() == HEADER.len()));
		assert_eq!(ledger.claim_rows()[0][..3], ["1", "5", "+1"]);
		assert_eq!(ledger.summary(), [3 * UNIT, 2 * UNIT, 48 * UNIT, 1]);
		assert!(ledger.untouched().is_empty() && ledger.refused.is_empty());
	}

	#[test]
	fn balances_that_do_not_add_up_are_an_error() {
		let cast = cast();
		for place in [free(REQUESTER), held(2), Place::Pot, Place::Treasury, Place::Authors] {
			let (before, mut after) = balances();
			*after.places.get_mut(&place).unwrap() += 1;
			assert!(
				Ledger::new(&cast, before, after, vec![dispute()], vec![]).is_err(),
				"{place:?}"
			);
		}
		let (before, mut after) = balances();
		after.claims.insert(ClusterId(2), UNIT);
		assert!(Ledger::new(&cast, before, after, vec![dispute()], vec![]).is_err());
	}

	#[test]
	fn what_a_refusal_cost_has_to_be_where_fees_go() {
		let cast = cast();
		let (before, mut after) = balances();
		*after.places.get_mut(&free(2)).unwrap() -= 3;
		let stolen = Ledger::new(&cast, before.clone(), after.clone(), vec![dispute()], vec![]);
		assert!(stolen.is_err());
		*after.places.get_mut(&Place::Authors).unwrap() += 3;
		let ledger = Ledger::new(&cast, before, after, vec![dispute()], vec![]).unwrap();
		assert_eq!(ledger.refused, [2]);
	}
}

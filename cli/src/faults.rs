// SPDX-License-Identifier: GPL-3.0-or-later
//! `assay demo --faults`: what each kind of fault costs, and whom. Six scenes, and after each of them an
//! account of all balances that has to add up.
//!
//! Real workers do everything but one thing: two of them cannot be made to lie about the same task on
//! purpose, so the pair of the fifth scene is [played by hand](crate::hands). Whom a draw hits is chance
//! here as anywhere. The faulty clusters have more slots than the others, and a task is submitted again until
//! a draw has hit one.

mod accounts;

use self::accounts::Picture;
use crate::{
	cluster::development_spec,
	devnet::{self, Devnet, Fault, Info, Slots, WorkerProcess, BANKER},
	error::CliError,
	hands::Hands,
	ledger::{Actor, Place, Posting, Purse, Settled},
	output::Ui,
	store::Store,
	story::Story,
	task::{submit_request, Bounds, Job, Needs},
	units::Amount,
	watch::Watcher,
};
use assay_client::{AccountId, AssayEvent, Call, Chain, Signer, MAX_BATCH, UNIT};
use assay_primitives::{
	outcome::Outcome,
	protocol::{Role, Verdict},
	settlement::Conduct,
	spec::{Demand, Region, Spec},
	task::{Check, Policy, TaskRequest, Workload, APPEAL_SEATS},
	view::Quote,
	Balance, BlockNumber, ClusterId, Genesis, TaskId,
};
use futures::future::{try_join, try_join_all};
use std::{
	collections::{BTreeMap, BTreeSet},
	fs,
};

/// How many clusters workers serve.
pub(crate) const CLUSTERS: u32 = 11;
/// How many of them are honest: executor, verifier, and five who decide an appeal.
const HONEST: u32 = 7;
/// The first faulty cluster lies.
const LIAR: ClusterId = ClusterId(HONEST);
/// The second seals and never opens.
const SILENT: ClusterId = ClusterId(HONEST + 1);
/// The third opens rubbish first.
const SLIPPER: ClusterId = ClusterId(HONEST + 2);
/// The fourth changes one item of an array.
const FORGER: ClusterId = ClusterId(HONEST + 3);
/// Draws should hit the faulty ones, and soon.
pub(crate) const SLOTS: Slots = Slots { honest: 1, faulty: MOST_SLOTS };
/// The most that a cluster can have.
const MOST_SLOTS: u16 = 16;
/// Whoever asks for the tasks, and what it begins with.
const REQUESTER: (&str, Balance) = ("//Assay//requester", 500 * UNIT);
/// Whoever appeals a verdict that is right, and what it begins with.
const DOUBTER: (&str, Balance) = ("//Assay//doubter", 100 * UNIT);
/// The operators that are played by hand.
const CONSPIRATORS: [&str; 2] = ["//Assay//hand//A", "//Assay//hand//B"];
/// What those have beside their bonds.
const POCKET_MONEY: Balance = 10 * UNIT;
/// The challenge window where nobody appeals.
const SHORT_WINDOW: BlockNumber = 2;
/// The challenge window where somebody does: time to see the verdict.
const LONG_WINDOW: BlockNumber = 15;
/// Items of the array.
const ITEMS: u16 = 300;
/// What a lie costs.
const FINE: Balance = 50 * UNIT;
/// What a silence costs.
const SILENCE: Balance = 100 * UNIT;
/// Places in the cast.
const AS_REQUESTER: usize = 0;
const AS_DOUBTER: usize = 1;

/// Who misbehaves how.
pub(crate) fn cast() -> Vec<Fault> {
	let fault = |(cluster, kind): (ClusterId, &str)| Fault { cluster, kind: kind.into() };
	let cast = [(LIAR, "lie"), (SILENT, "silent"), (SLIPPER, "slip"), (FORGER, "wrong-item")];
	cast.map(fault).to_vec()
}

pub(crate) async fn play(
	devnet: &mut Devnet,
	job: &Job,
	rounds: u32,
	ui: &Ui,
) -> Result<(), CliError> {
	ui.say(&format!(
		"0. A network: one node, {CLUSTERS} clusters with a worker each, of which {HONEST} are honest\n"
	));
	let (chain, info) = devnet.start(ui).await?;
	ui.json_line(&info);
	devnet::tell(&info, ui);
	let scenes = async {
		let mut stage = Stage::prepare(&chain, &info, job, rounds, ui).await?;
		stage.lie().await?;
		stage.silence().await?;
		stage.bad_opening().await?;
		stage.wrong_item().await?;
		stage.canary().await?;
		stage.lost_appeal().await?;
		stage.conclude();
		Ok::<_, CliError>(())
	};
	devnet.children.guard(scenes).await
}

/// What the scenes share.
struct Stage<'a> {
	chain: &'a Chain,
	info: &'a Info,
	ui: &'a Ui,
	rounds: u32,
	workload: Workload,
	/// The account of every actor, in the order of the cast.
	accounts: Vec<AccountId>,
	cast: Vec<Actor>,
	requester: Signer,
	doubter: Signer,
	/// What the task's result is. The first scene tells.
	truth: Option<Outcome>,
	/// A row for each scene that is over.
	summary: Vec<Vec<String>>,
}

/// One scene as it goes on.
struct Scene<'a> {
	watcher: Watcher<'a>,
	before: Picture,
	/// The tasks, what was held for each and the fee of its submission.
	submitted: Vec<(TaskId, Quote, Balance)>,
	/// What was moved beside tasks.
	beside: Vec<Posting>,
	appeal: Option<Doubt>,
}

/// An appeal that was made.
struct Doubt {
	task: TaskId,
	appellant: usize,
	fee: Balance,
	/// What had been accepted.
	doubted: Option<Outcome>,
}

impl<'a> Stage<'a> {
	/// Everybody is there and has money, and the faulty clusters wait for their scenes.
	async fn prepare(
		chain: &'a Chain,
		info: &'a Info,
		job: &Job,
		rounds: u32,
		ui: &'a Ui,
	) -> Result<Self, CliError> {
		let workload = job.stage(&Store::open(&info.store)?, &Bounds::default())?;
		let (requester, doubter) = (Signer::dev(REQUESTER.0)?, Signer::dev(DOUBTER.0)?);
		let mut stage = Self {
			chain,
			info,
			ui,
			rounds,
			workload,
			accounts: Vec::new(),
			cast: Vec::new(),
			requester,
			doubter,
			truth: None,
			summary: Vec::new(),
		};
		stage.add(stage.requester.account(), "requester", "held of the requester");
		stage.add(stage.doubter.account(), "doubter", "held of the doubter");
		for worker in &info.clusters {
			let (account, cluster) = (Signer::dev(&worker.dev_account)?.account(), worker.cluster);
			stage.add(
				account,
				&format!("owner of {cluster}"),
				&format!("bond of cluster {cluster}"),
			);
		}
		for (uri, name) in CONSPIRATORS.into_iter().zip(["A", "B"]) {
			let bonds = format!("bonds of {name}'s {MAX_BATCH} clusters");
			stage.add(Signer::dev(uri)?.account(), &format!("owner {name}"), &bonds);
		}
		let banker = Signer::dev(BANKER)?;
		let gifts = [REQUESTER, DOUBTER].map(|(uri, amount)| (uri, amount));
		try_join(
			try_join_all(gifts.map(|gift| stage.give(&banker, gift))),
			try_join_all([LIAR, SILENT, SLIPPER, FORGER].map(|cluster| stage.drain(cluster))),
		)
		.await?;
		stage.ui.say(&format!(
			"\nClusters {LIAR}, {SILENT}, {SLIPPER} and {FORGER} are out of service until their scenes. The \
			 requester begins with {}.\nEvery task is a word count of a book at 2 ASY for an execution at most; each \
			 cluster has its own price.",
			Amount(REQUESTER.1)
		));
		Ok(stage)
	}

	fn add(&mut self, account: AccountId, name: &str, held: &str) {
		self.accounts.push(account);
		self.cast.push(Actor { name: name.into(), held: held.into() });
	}

	async fn give(&self, banker: &Signer, (uri, amount): (&str, Balance)) -> Result<(), CliError> {
		let to = Signer::dev(uri)?.account();
		self.chain.submit(banker, &Call::Transfer { to, amount }).await?;
		Ok(())
	}

	fn worker(&self, cluster: ClusterId) -> Result<&WorkerProcess, CliError> {
		let found = self.info.clusters.iter().find(|worker| worker.cluster == cluster);
		found.ok_or(CliError::NoCluster(cluster))
	}

	async fn drain(&self, cluster: ClusterId) -> Result<(), CliError> {
		let owner = Signer::dev(&self.worker(cluster)?.dev_account)?;
		self.chain.submit(&owner, &Call::DrainCluster { cluster }).await?;
		Ok(())
	}

	async fn resume(&self, cluster: ClusterId) -> Result<(), CliError> {
		let owner = Signer::dev(&self.worker(cluster)?.dev_account)?;
		self.chain.submit(&owner, &Call::ResumeCluster { cluster }).await?;
		Ok(())
	}

	/// The owner of `cluster` holds more bond for it.
	async fn top_up(
		&self,
		scene: &mut Scene<'_>,
		cluster: ClusterId,
		amount: Balance,
	) -> Result<(), CliError> {
		let owner = Signer::dev(&self.worker(cluster)?.dev_account)?;
		let done = self.chain.submit(&owner, &Call::TopUpBond { cluster, amount }).await?;
		let who = self.actor_of(scene.before.of(cluster)?)?;
		let (free, held) = (Place::Account(who, Purse::Free), Place::Account(who, Purse::Held));
		for (to, amount, why) in
			[(held, amount, "tops up"), (Place::Authors, done.fee, "fee of that")]
		{
			scene.beside.push(Posting { from: free, to, amount, why: why.into() });
		}
		Ok(())
	}

	fn policy(window: BlockNumber) -> Policy {
		Policy {
			check: Check::Verified { quorum: 2, panel: 3 },
			window,
			execution_blocks: 60,
			queue_blocks: 60,
			preflight: false,
		}
	}

	fn demand() -> Result<Demand, CliError> {
		Needs::default().demand()
	}

	/// An executor answers wrongly.
	async fn lie(&mut self) -> Result<(), CliError> {
		self.ui.say(&format!(
			"\n1. A lie: cluster {LIAR} changes one byte of what it computes\n\n   What should happen: the two \
			 who ran the task differ, three others decide, and cluster {LIAR}\n   loses {}, half the bond of one \
			 place. The fine repays the requester what the panel cost; the\n   rest goes to the treasury.\n",
			Amount(FINE)
		));
		self.resume(LIAR).await?;
		let mut scene = self.open().await?;
		let hit = |story: &Story| {
			let is_known = !story.of_role(Role::Verifier).is_empty();
			let has_liar = story.drawn.iter().any(|(_, cluster)| *cluster == LIAR);
			(has_liar || is_known).then_some(has_liar)
		};
		let mut task = self.hunt(&mut scene, SHORT_WINDOW, "lie", "the liar", hit).await?;
		while scene.watcher.story(task).and_then(executes(LIAR)) == Some(false) {
			scene.watcher.until(Watcher::all_over).await?;
			self.ui.say(&format!(
				"   cluster {LIAR} was found out as verifier: it tops up its bond, and the same once more"
			));
			self.top_up(&mut scene, LIAR, FINE).await?;
			task = self.hunt(&mut scene, SHORT_WINDOW, "lie", "the liar", hit).await?;
		}
		let after = self.close(scene, "a lie").await?;
		let settled = after.settled(task)?;
		expect(LIAR, settled, Conduct::Dissented, FINE)?;
		self.truth = Some(after.accepted(task)?);
		self.tell_bond(LIAR, &after)
	}

	/// An executor seals and never opens.
	async fn silence(&mut self) -> Result<(), CliError> {
		let opening_blocks = self.chain.network(None).await?.opening_blocks;
		self.ui.say(&format!(
			"\n2. A silence: cluster {SILENT} seals what it found and never opens it\n\n   What should happen: \
			 after {opening_blocks} blocks its time is over and a panel decides. Silence costs more than a \
			 lie,\n   so that nobody hides one: {}, the whole bond of the place, and a suspension.\n",
			Amount(SILENCE)
		));
		self.resume(SILENT).await?;
		let mut scene = self.open().await?;
		let task = self
			.hunt(&mut scene, SHORT_WINDOW, "silence", "it as executor", executes(SILENT))
			.await?;
		let after = self.close(scene, "a silence").await?;
		expect(SILENT, after.settled(task)?, Conduct::Silent, SILENCE)?;
		let operator = after.after.of(SILENT)?.operator;
		let until = after.suspended.get(&operator).ok_or_else(|| {
			CliError::Demo(format!("operator {operator} of cluster {SILENT} was not suspended"))
		})?;
		self.ui.say(&format!(
			"   the operator of cluster {SILENT} is suspended until block {until}: no draw finds it before"
		));
		self.tell_bond(SILENT, &after)
	}

	/// An executor opens what it did not seal, is refused, and opens rightly.
	async fn bad_opening(&mut self) -> Result<(), CliError> {
		self.ui.say(&format!(
			"\n3. A bad opening: cluster {SLIPPER} opens something else than it sealed, once\n\n   What should \
			 happen: the chain refuses it and nothing changes. A refused call costs a fee, and not a small\n   one: it \
			 is charged for all that an opening could have set off. The right opening still counts, if it\n   \
			 comes in time. (Whoever never opens rightly is silent: scene 2.)\n"
		));
		self.resume(SLIPPER).await?;
		let mut scene = self.open().await?;
		let task = self
			.hunt(&mut scene, SHORT_WINDOW, "bad opening", "it as executor", executes(SLIPPER))
			.await?;
		let after = self.close(scene, "a bad opening").await?;
		expect(SLIPPER, after.settled(task)?, Conduct::Agreed, 0)?;
		let owner = self.actor_of(after.after.of(SLIPPER)?)?;
		if !after.refused.contains(&owner) {
			return Err(CliError::Demo(format!("cluster {SLIPPER} paid for no refusal")));
		}
		let worker = self.worker(SLIPPER)?;
		let log = fs::read_to_string(&worker.log).map_err(CliError::read(&worker.log))?;
		let refusal = log.lines().find(|line| line.contains("SealMismatch")).ok_or_else(|| {
			CliError::Demo(format!("the log of worker {SLIPPER} tells of no refusal"))
		})?;
		self.ui.say(&format!(
			"   its worker's log:\n   {}\n   Then it opened what it had sealed, in time: it is paid like \
			 everybody, and loses no bond.",
			refusal.trim()
		));
		self.drain(SLIPPER).await
	}

	/// Somebody changes one item of an array.
	async fn wrong_item(&mut self) -> Result<(), CliError> {
		self.ui.say(&format!(
			"\n4. A lie about one item: cluster {FORGER} changes one byte of one item out of {ITEMS}\n\n   What \
			 should happen: the two who ran the array show what their roots are made of, until the chain\n   knows \
			 the first item in which they differ. Arbiters run that item alone, for a tenth of the price.\n   \
			 Whoever claimed another result of it is refuted and loses {}; two others run the whole array\n   with \
			 whoever is left.\n",
			Amount(FINE)
		));
		self.resume(FORGER).await?;
		let mut scene = self.open().await?;
		let whole = self.workload.items.replace(ITEMS);
		let hit = |story: &Story| {
			let is_known = !story.of_role(Role::Verifier).is_empty();
			let has_forger = story.drawn.iter().any(|(_, cluster)| *cluster == FORGER);
			(has_forger || is_known).then_some(has_forger)
		};
		let task = self.hunt(&mut scene, SHORT_WINDOW, "array", "the forger", hit).await?;
		let after = self.close(scene, "a lie about one item").await?;
		self.workload.items = whole;
		let settled = after.settled(task)?;
		expect(FORGER, settled, Conduct::Dissented, FINE)?;
		let arbiters = settled.shares.iter().filter(|share| share.role == Role::Arbiter).count();
		if arbiters == 0 {
			return Err(CliError::Demo("nobody ran the item that was in dispute".into()));
		}
		self.ui.say(&format!("   {arbiters} arbiters ran one item of {ITEMS} each"));
		self.tell_bond(FORGER, &after)
	}

	/// Two who conspire agree on a lie, and the requester knows better.
	async fn canary(&mut self) -> Result<(), CliError> {
		let truth = self.truth.ok_or_else(|| CliError::Demo("nothing was accepted yet".into()))?;
		self.ui.say(&format!(
			"\n5. A canary: two who conspire agree on a lie, and the requester knows the answer\n\n   Played by \
			 hand: the demo itself signs for operators A and B, who bring {} clusters and hold nearly\n   all \
			 positions, so that draws hit them both. They are never drawn as judges of their own task; the\n   \
			 judges are real and honest workers.\n   What should happen: the lie is accepted first. The \
			 requester, who has known the result since scene 1,\n   appeals. {APPEAL_SEATS} fresh operators find \
			 the truth; A and B get no pay and lose {} each.\n   The requester has its costs back out of the \
			 fines, and no reward, because it asked for the task.\n",
			2 * MAX_BATCH,
			Amount(FINE)
		));
		let signers = self.enlist().await?;
		let genesis = Genesis(self.chain.genesis().0);
		let hands = Hands { genesis, clusters: signers.keys().copied().collect(), truth };
		let mut scene = self.open().await?;
		let mut task = None;
		for round in 1..=self.rounds {
			let canary = self.submit(&mut scene, LONG_WINDOW, "canary").await?;
			if self.play_hands(&mut scene, &hands, &signers, canary).await? {
				task = Some(canary);
				break;
			}
			self.again(round, "both of them");
		}
		let task = task.ok_or_else(|| self.unlucky())?;
		self.ui.say(
			"   a lie was accepted; the requester has known the result since scene 1 and appeals",
		);
		self.appeal(&mut scene, task, AS_REQUESTER).await?;
		let after = self.close(scene, "a canary").await?;
		let settled = after.settled(task)?;
		if after.accepted(task)? != truth {
			return Err(CliError::Demo("the lie stands".into()));
		}
		let liars: Vec<_> = settled.shares.iter().filter(|share| share.slash > 0).collect();
		for liar in &liars {
			expect(liar.cluster, settled, Conduct::Dissented, FINE)?;
		}
		let right = liars.len() == 2 && liars.iter().all(|liar| hands.is_own(liar.cluster));
		let appeal = settled.appeal.filter(|appeal| {
			right && appeal.overturned && appeal.returned == appeal.bond && appeal.rewarded == 0
		});
		let Some(appeal) = appeal else {
			return Err(CliError::Demo("the canary did not cost the liars what it should".into()));
		};
		self.ui.say(&format!(
			"   the appeal cost {}, which the liars' fines repaid: of its bond of {} the requester has all back",
			Amount(appeal.paid),
			Amount(appeal.bond)
		));
		let leave = |(cluster, owner): (ClusterId, Signer)| {
			let chain = self.chain;
			async move { chain.submit(&owner, &Call::DrainCluster { cluster }).await }
		};
		try_join_all(signers.into_iter().map(leave)).await?;
		Ok(())
	}

	/// Somebody doubts what is right.
	async fn lost_appeal(&mut self) -> Result<(), CliError> {
		self.ui.say(&format!(
			"\n6. A lost appeal: a stranger doubts a verdict that is right\n\n   What should happen: five times \
			 the price cap is held of the doubter. {APPEAL_SEATS} fresh operators find the same\n   as before, \
			 are paid by the doubter, and it gets the rest back. Nobody else gains or loses by it.\n"
		));
		let mut scene = self.open().await?;
		let task = self.submit(&mut scene, LONG_WINDOW, "doubted").await?;
		let decided = |watcher: &Watcher<'_>| {
			watcher.story(task).is_some_and(|story| story.verdict.is_some())
		};
		scene.watcher.until(decided).await?;
		self.appeal(&mut scene, task, AS_DOUBTER).await?;
		let after = self.close(scene, "a lost appeal").await?;
		let settled = after.settled(task)?;
		let appeal = settled.appeal.filter(|appeal| !appeal.overturned && appeal.paid > 0);
		let (Some(appeal), 0) = (appeal, settled.slashed) else {
			return Err(CliError::Demo("the appeal did not cost what it should".into()));
		};
		self.ui.say(&format!(
			"   of its bond of {} the doubter paid {} to those who judged, and got {} back",
			Amount(appeal.bond),
			Amount(appeal.paid),
			Amount(appeal.returned)
		));
		Ok(())
	}

	/// What all of it cost.
	fn conclude(&self) {
		let header = ["scene", "fines", "repaid out of them", "to the treasury", "pay", "fees"];
		self.ui.json_line(&serde_json::json!({ "columns": header, "scenes": &self.summary }));
		self.ui.say("\nAll six, and every balance after each of them is what it should be:");
		self.ui.table(&header, &self.summary);
	}

	/// A scene begins: what everybody has.
	async fn open(&self) -> Result<Scene<'a>, CliError> {
		let head = self.chain.finalised_head().await?;
		let before = self.picture(head.hash).await?;
		let watcher = Watcher::new(self.chain, self.ui, head.number.saturating_add(1));
		Ok(Scene { watcher, before, submitted: Vec::new(), beside: Vec::new(), appeal: None })
	}

	async fn submit(
		&self,
		scene: &mut Scene<'_>,
		window: BlockNumber,
		name: &str,
	) -> Result<TaskId, CliError> {
		let (demand, policy) = (Self::demand()?, Self::policy(window));
		let quote = self.chain.quote(&demand, &policy, None).await?;
		let workload = self.workload.clone();
		let request = TaskRequest { workload, demand, policy, access: Default::default() };
		let (task, done) =
			submit_request(self.chain, &self.requester, &quote, request, self.ui).await?;
		scene.submitted.push((task, quote, done.fee));
		scene.watcher.add(task, name);
		Ok(task)
	}

	/// Submits tasks until a draw has hit whom the scene is about. `has_hit` says so as soon as it is known.
	async fn hunt(
		&self,
		scene: &mut Scene<'_>,
		window: BlockNumber,
		name: &str,
		whom: &str,
		has_hit: impl Fn(&Story) -> Option<bool>,
	) -> Result<TaskId, CliError> {
		for round in 1..=self.rounds {
			let task = self.submit(scene, window, name).await?;
			let known = |watcher: &Watcher<'_>| {
				watcher.story(task).is_some_and(|story| story.is_over() || has_hit(story).is_some())
			};
			scene.watcher.until(known).await?;
			if scene.watcher.story(task).and_then(&has_hit) == Some(true) {
				return Ok(task);
			}
			self.again(round, whom);
		}
		Err(self.unlucky())
	}

	fn again(&self, round: u32, whom: &str) {
		if round < self.rounds {
			self.ui.say(&format!("   the draws did not hit {whom}: the same once more"));
		}
	}

	fn unlucky(&self) -> CliError {
		CliError::Demo(format!("no draw hit whom it should in {} rounds; try again", self.rounds))
	}

	async fn appeal(
		&self,
		scene: &mut Scene<'_>,
		task: TaskId,
		appellant: usize,
	) -> Result<(), CliError> {
		let doubted = scene.watcher.story(task).and_then(outcome_of);
		let signer = if appellant == AS_DOUBTER { &self.doubter } else { &self.requester };
		let fee = self.chain.submit(signer, &Call::Appeal { task }).await?.fee;
		scene.appeal = Some(Doubt { task, appellant, fee, doubted });
		Ok(())
	}

	/// The clusters that are played by hand, and who owns them.
	async fn enlist(&self) -> Result<BTreeMap<ClusterId, Signer>, CliError> {
		let slot_bond = self.chain.network(None).await?.slot_bond;
		let slots = Balance::from(MOST_SLOTS).saturating_mul(MAX_BATCH as Balance);
		let amount = slot_bond.saturating_mul(slots).saturating_add(POCKET_MONEY);
		let banker = Signer::dev(BANKER)?;
		try_join_all(CONSPIRATORS.map(|uri| self.give(&banker, (uri, amount)))).await?;
		let mut signers = BTreeMap::new();
		let register = |uri: &'static str| async move {
			let owner = Signer::dev(uri)?;
			let specs = (0..MAX_BATCH).map(|index| spec_of(uri, index));
			let specs = specs.collect::<Result<_, _>>()?;
			let done = self.chain.submit(&owner, &Call::RegisterClusters { specs }).await?;
			Ok::<_, CliError>((owner, done))
		};
		for (owner, done) in try_join_all(CONSPIRATORS.map(register)).await? {
			for event in done.events {
				if let AssayEvent::ClusterRegistered { cluster, .. } = event {
					signers.insert(cluster, owner.clone());
				}
			}
		}
		Ok(signers)
	}

	/// Acts for the clusters without a worker until the task has a verdict. Whether it is the pair's: a task
	/// of anybody else is followed to its end.
	async fn play_hands(
		&self,
		scene: &mut Scene<'_>,
		hands: &Hands,
		signers: &BTreeMap<ClusterId, Signer>,
		task: TaskId,
	) -> Result<bool, CliError> {
		let mut done = BTreeSet::new();
		let mut have_both = false;
		loop {
			scene.watcher.one_block().await?;
			let story = scene.watcher.story(task);
			let accepted = story.is_some_and(Story::is_accepted);
			if (accepted && have_both) || story.is_some_and(Story::is_over) {
				return Ok(have_both);
			}
			let Some(view) = self.chain.task(task, None).await? else { continue };
			have_both = hands.have_both(&view.trial);
			let drawn = view.trial.executions.iter().map(|one| one.cluster);
			for cluster in drawn {
				let (Some(call), Some(owner)) =
					(hands.deed(task, &view.trial, cluster), signers.get(&cluster))
				else {
					continue;
				};
				if done.insert((cluster, call.name())) {
					self.ui.say(&format!("   played by hand: cluster {cluster} sends {call}"));
					self.chain.submit(owner, &call).await?;
				}
			}
		}
	}
}

/// Whether `cluster` is the executor, once one is drawn.
fn executes(cluster: ClusterId) -> impl Fn(&Story) -> Option<bool> {
	move |story| story.of_role(Role::Executor).first().map(|drawn| *drawn == cluster)
}

fn outcome_of(story: &Story) -> Option<Outcome> {
	match story.verdict {
		Some(Verdict::Accepted { outcome, .. }) => Some(outcome),
		_ => None,
	}
}

/// Fails unless `cluster` served like this and lost so much.
fn expect(
	cluster: ClusterId,
	settled: &Settled,
	conduct: Conduct,
	slash: Balance,
) -> Result<(), CliError> {
	let share = settled.shares.iter().find(|share| share.cluster == cluster);
	if share.is_some_and(|share| share.conduct == conduct && share.slash == slash) {
		return Ok(());
	}
	let slash = Amount(slash);
	Err(CliError::Demo(format!(
		"cluster {cluster} should be {conduct:?} in task {} and lose {slash}: {share:?}",
		settled.task
	)))
}

/// What one of the clusters without a worker offers.
fn spec_of(uri: &str, index: usize) -> Result<Spec, CliError> {
	let endpoint = format!("http://nobody.example{uri}/{index}");
	let spec = development_spec(Region(*b"CH"), 10, endpoint)?;
	Ok(Spec { slots: MOST_SLOTS, ..spec })
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn faulty_clusters_come_last() {
		let faulty: Vec<u32> = cast().into_iter().map(|fault| fault.cluster.0).collect();
		assert_eq!(faulty, [HONEST, HONEST + 1, HONEST + 2, HONEST + 3]);
		assert_eq!(faulty.last(), Some(&(CLUSTERS - 1)));
		assert!(HONEST >= 2 + u32::from(APPEAL_SEATS), "a full bench for an appeal");
	}

	#[test]
	fn the_hunt_is_over_when_the_executor_is_known() {
		let mut story = Story::new(TaskId(1));
		assert_eq!(executes(SILENT)(&story), None);
		story.drawn.push((Role::Executor, SILENT));
		assert_eq!(executes(SILENT)(&story), Some(true));
		assert_eq!(executes(LIAR)(&story), Some(false));
	}

	#[test]
	fn clusters_without_a_worker_can_be_told_apart() {
		let specs: Vec<_> = CONSPIRATORS
			.into_iter()
			.flat_map(|uri| (0..MAX_BATCH).map(move |index| spec_of(uri, index).unwrap()))
			.collect();
		let endpoints: BTreeSet<_> = specs.iter().map(|spec| spec.endpoint.clone()).collect();
		assert_eq!(endpoints.len(), specs.len());
		assert!(specs.iter().all(|spec| spec.check().is_ok()));
	}
}

// SPDX-License-Identifier: GPL-3.0-or-later
//! # Verification
//!
//! Decides one outcome per task by comparing what independent clusters computed, and pays and slashes
//! accordingly.
//!
//! ## Life of a task
//!
//! The rules are [`assay_primitives::protocol`]: this pallet loads a [`Case`](types::Case), steps its
//! trial, carries out the effects and stores it.
//!
//! 1. `edge-connect` hands over a submitted task; the worst it can cost is held, or set aside in the
//!    requester's purse.
//! 2. The executor it draws [commits](Pallet::commit); a later block draws the verifier, or the lot that
//!    spares an audited task a check.
//! 3. The verifier [answers](Pallet::answer), the executor [opens](Pallet::open). Agreement is accepted.
//!    Executions of an array that differ first show [where](Pallet::narrow), and arbiters run that item.
//! 4. Otherwise a panel commits and opens ([`Pallet::open_panel`]), and the first two show that they
//!    hold the bytes ([`Pallet::possess`]). A strict majority decides.
//! 5. Until the challenge window closes anybody can [appeal](Pallet::appeal): fresh members judge again.
//!    A requester who is not given the outputs can [complain](Pallet::complain): witnesses try to fetch them.
//! 6. When it closes, the agenda settles: pay accrues, slashes are spent, the rest
//!    of the escrow returns, the leaf is anchored, the case is forgotten. Nothing irreversible
//!    happens before.
//!
//! ## Invariants
//!
//! - V1: every case has a task and one timer that counts, at hand (in edge-connect's hot row) or in the agenda, in the
//!   future or due and waiting for weight. No timer at hand is for nobody; one in the agenda may be.
//! - V2: what is set aside is at least what the case can still pay, and what is held equals the sum of the cases
//!   per account that are not paid from purses.
//! - V3: the pot holds at least what clusters can claim and what is in purses or was set aside from them.
//! - V4: a case's trial satisfies the invariants of the protocol.
//! - V5: a cluster's slot belongs to a case in which it counts and which is not decided.
//! - V6: what is pledged of a cluster's bond is what the decided cases will take of it.
//! - V7: what is held of appellants and complainants is the sum of their bonds, and there is an appeal or a
//!   complaint for each.
//! - V8: whoever a case knows as the owner of a cluster in it is that.
//! - V9: nodes are kept of nothing but arrays about whose items somebody differs.

#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

mod acts;
mod agenda;
mod handler;
mod settle;
mod try_state;
pub mod types;
mod views;
pub mod weights;

#[cfg(feature = "runtime-benchmarks")]
mod benchmarking;
#[cfg(feature = "runtime-benchmarks")]
mod cost;
// The oracle needs a part of it only.
#[cfg(any(test, feature = "fuzzing"))]
#[cfg_attr(not(test), allow(dead_code, missing_docs))]
mod mock;
#[cfg(any(test, feature = "fuzzing"))]
pub mod oracle;
#[cfg(test)]
mod tests;

pub use pallet::*;
pub use weights::WeightInfo;

#[frame_support::pallet]
pub mod pallet {
	use super::*;
	use crate::types::*;
	use alloc::vec::Vec;
	use assay_primitives::{
		outcome::{Abstention, Opening, Outcome},
		protocol::{Breadth, Delivery, Input, Refusal, Verdict},
		settlement::Conduct,
		spec::Demand,
		task::Policy,
		view::{Assignment, Quote, TaskView},
		Balance, BlockNumber, ClusterId, Commitment, EvidenceRoot, PanelNonce, Possession, TaskId,
	};
	use frame_support::{
		pallet_prelude::*,
		traits::{
			fungible::{Inspect, Mutate, MutateHold},
			tokens::Preservation,
		},
		weights::WeightMeter,
	};
	use frame_system::pallet_prelude::*;
	use pallet_anchor::AppendLeaf;
	use pallet_edge_connect::Scheduler;

	/// The version of this pallet's storage.
	pub const STORAGE_VERSION: StorageVersion = StorageVersion::new(1);

	#[pallet::pallet]
	#[pallet::storage_version(STORAGE_VERSION)]
	pub struct Pallet<T>(_);

	/// Why this pallet holds money.
	#[pallet::composite_enum]
	pub enum HoldReason {
		/// The worst an open task can cost, and its deposit.
		Escrow,
		/// What an appeal can cost.
		Appeal,
		/// What a complaint about the delivery can cost.
		Complaint,
	}

	#[pallet::config]
	pub trait Config: frame_system::Config {
		/// The native token.
		type Currency: Inspect<Self::AccountId, Balance = Balance>
			+ Mutate<Self::AccountId>
			+ MutateHold<Self::AccountId, Reason = Self::RuntimeHoldReason>;

		/// Hold reasons of the runtime.
		type RuntimeHoldReason: From<HoldReason>;

		/// Clusters, draws and tasks.
		type Scheduler: Scheduler<Self::AccountId>;

		/// The log of final results.
		type Log: AppendLeaf<Self::AccountId>;

		/// Holds pay until it is claimed. Has to exist: genesis gives it the existential deposit.
		type Pot: Get<Self::AccountId>;

		/// Gets what slashes leave. Has to exist: genesis gives it the existential deposit.
		type Treasury: Get<Self::AccountId>;

		/// The bond behind one place of a slot, of which a slot has two: what a fault can cost.
		#[pallet::constant]
		type PlaceBond: Get<Balance>;

		/// Deposit for one open task; always comes back.
		#[pallet::constant]
		type TaskDeposit: Get<Balance>;

		/// Blocks for opening, and for finding a panel.
		#[pallet::constant]
		type OpeningBlocks: Get<BlockNumber>;

		/// The most that this pallet's hook may use of a block.
		#[pallet::constant]
		type HookLimit: Get<Weight>;

		/// Measured weights.
		type WeightInfo: WeightInfo;
	}

	/// The open cases.
	#[pallet::storage]
	pub type Cases<T: Config> =
		StorageMap<_, Twox64Concat, TaskId, Case<T::AccountId>, OptionQuery>;

	/// What the first of those who differ about an array posted in this round: the others are compared with it.
	#[pallet::storage]
	pub type Posted<T: Config> = StorageMap<_, Twox64Concat, TaskId, Nodes, OptionQuery>;

	/// What accounts paid in beforehand. The money lies in the pot.
	#[pallet::storage]
	pub type Purses<T: Config> = StorageMap<_, Blake2_128Concat, T::AccountId, Balance, ValueQuery>;

	/// The tasks to look at in a block whose timers are not at hand.
	#[pallet::storage]
	pub type Agenda<T: Config> = StorageMap<_, Twox64Concat, BlockNumber, Bucket, ValueQuery>;

	/// The full pages of a block's agenda, by block and number of the page.
	#[pallet::storage]
	pub type AgendaPages<T: Config> =
		StorageMap<_, Twox64Concat, (BlockNumber, u32), Page, OptionQuery>;

	#[pallet::event]
	#[pallet::generate_deposit(pub(super) fn deposit_event)]
	pub enum Event<T: Config> {
		/// A cluster bound itself to an outcome.
		Committed {
			/// The task.
			task: TaskId,
			/// Who.
			cluster: ClusterId,
			/// To what.
			commitment: Commitment,
		},
		/// A verifier said what it found.
		Answered {
			/// The task.
			task: TaskId,
			/// Who.
			cluster: ClusterId,
			/// What.
			outcome: Outcome,
			/// Root of what is its own.
			evidence_root: EvidenceRoot,
		},
		/// A bound cluster opened.
		Opened {
			/// The task.
			task: TaskId,
			/// Who.
			cluster: ClusterId,
			/// What.
			outcome: Outcome,
			/// Root of what is its own.
			evidence_root: EvidenceRoot,
		},
		/// A panel member opened.
		PanelOpened {
			/// The task.
			task: TaskId,
			/// Who.
			cluster: ClusterId,
			/// What.
			outcome: Outcome,
			/// Proof that it holds the bytes.
			possession: Possession,
			/// Root of what is its own.
			evidence_root: EvidenceRoot,
		},
		/// One of the first executions showed that it holds the bytes.
		Possessed {
			/// The task.
			task: TaskId,
			/// Who.
			cluster: ClusterId,
			/// The proof.
			possession: Possession,
		},
		/// A cluster gave the task back.
		Abstained {
			/// The task.
			task: TaskId,
			/// Who.
			cluster: ClusterId,
			/// Why.
			reason: Abstention,
		},
		/// A cluster let its first deadline pass and lost its place.
		Lapsed {
			/// The task.
			task: TaskId,
			/// Who.
			cluster: ClusterId,
		},
		/// The executions differ, or one of them stayed silent: a panel decides.
		Disputed {
			/// The task.
			task: TaskId,
		},
		/// One of those who differ about an array posted what its claim is made of.
		Narrowed {
			/// The task.
			task: TaskId,
			/// Who.
			cluster: ClusterId,
		},
		/// Those who differ about an array have shown where: arbiters run this item.
		ItemSought {
			/// The task.
			task: TaskId,
			/// The first item in which they differ.
			item: u16,
		},
		/// Arbiters proved that these are wrong about the item.
		Refuted {
			/// The task.
			task: TaskId,
			/// Who.
			clusters: Vec<ClusterId>,
		},
		/// The requester says that nobody gives it what was accepted.
		Complained {
			/// The task.
			task: TaskId,
			/// Held until the task is final.
			bond: Balance,
		},
		/// Witnesses tried to fetch what was accepted.
		DeliveryJudged {
			/// The task.
			task: TaskId,
			/// What they found.
			delivery: Delivery,
		},
		/// The account of a complaint, when its task became final.
		ComplaintSettled {
			/// The task.
			task: TaskId,
			/// From the requester's bond to the witnesses.
			paid: Balance,
			/// Back to the requester.
			returned: Balance,
			/// What those who withheld the outputs are not paid, to the treasury.
			forfeited: Balance,
		},
		/// The lot fell whether an executor that may be spared a check is checked.
		LotCast {
			/// The task.
			task: TaskId,
			/// Whether it is.
			checked: bool,
		},
		/// An executor that was to try first could not reproduce its own result.
		Unstable {
			/// The task.
			task: TaskId,
			/// Who.
			cluster: ClusterId,
		},
		/// Somebody doubts the verdict and pays for a second look.
		Appealed {
			/// The task.
			task: TaskId,
			/// Who.
			appellant: T::AccountId,
			/// Held until the task is final.
			bond: Balance,
		},
		/// A verdict that nobody had checked is looked at again: its operator was caught lying since.
		Tainted {
			/// The task.
			task: TaskId,
		},
		/// The account of an appeal, when its task became final.
		AppealSettled {
			/// The task.
			task: TaskId,
			/// From the appellant's bond to those who judged again.
			paid: Balance,
			/// Back to the appellant: the rest of its bond, and what an appellant who was right is
			/// reimbursed.
			returned: Balance,
			/// To the appellant, beside that.
			rewarded: Balance,
		},
		/// Somebody paid in beforehand.
		PurseFunded {
			/// Who.
			account: T::AccountId,
			/// How much.
			amount: Balance,
		},
		/// Somebody took money out of its purse.
		PurseEmptied {
			/// Who.
			account: T::AccountId,
			/// How much.
			amount: Balance,
		},
		/// A panel was drawn, or who judges in its place: arbiters, witnesses, those who decide an appeal.
		PanelSeated {
			/// The task.
			task: TaskId,
			/// What its proofs of possession are keyed by.
			nonce: PanelNonce,
			/// Whether its verdict can cost bond.
			breadth: Breadth,
		},
		/// The verdict is out; the challenge window opens.
		Decided {
			/// The task.
			task: TaskId,
			/// The verdict.
			verdict: Verdict,
			/// Whose bond pays how much when the window closes.
			fines: Vec<(ClusterId, Balance)>,
		},
		/// The challenge window is closed and the task settled.
		Finalised {
			/// The task.
			task: TaskId,
			/// Moved from the requester's escrow to the pot.
			paid: Balance,
			/// Returned to the requester, deposit included.
			refunded: Balance,
			/// Taken from bonds.
			slashed: Balance,
			/// For everybody who was drawn: conduct, pay and slash.
			shares: Vec<(ClusterId, Conduct, Balance, Balance)>,
		},
		/// The owner of a cluster collected its pay.
		PayClaimed {
			/// Whose.
			cluster: ClusterId,
			/// How much.
			amount: Balance,
		},
	}

	#[pallet::error]
	pub enum Error<T> {
		/// There is no such open task.
		NoTask,
		/// The caller does not own the cluster.
		NotOwner,
		/// The cluster has no execution in this task.
		NotDrawn,
		/// The cluster's role in this task does not act in this way.
		WrongRole,
		/// The task is not at the stage for this act.
		WrongStage,
		/// The cluster has acted already; acts are for ever.
		AlreadyActed,
		/// The deadline has passed.
		TooLate,
		/// The deadline has not passed yet.
		TooEarly,
		/// More than one verifier: commit first, open later.
		SealFirst,
		/// The opening does not match the commitment. The right one is still accepted in time.
		SealMismatch,
		/// The draw found nobody whom the task can use.
		NobodyFits,
		/// The task has left the queue: somebody is working on it.
		NotQueued,
		/// There is no pay to claim.
		NothingToClaim,
		/// The price cap is too high to be held, or so high that lying would pay under this policy.
		TooDear,
		/// The requester did not ask for a trial run.
		NotAsked,
		/// Nobody judges this twice: it was appealed already, there is no result to compare with, or too
		/// few operators are left.
		NotAppealable,
		/// What is posted does not lead to what the cluster claimed.
		ClaimMismatch,
		/// An array as a whole never fails: its items do.
		NoArray,
		/// There is nothing to be delivered, or it was complained about already.
		NoDelivery,
		/// Only whoever asked for the task can say this.
		NotRequester,
		/// The purse holds less than that.
		PurseEmpty,
		/// The amount is smaller than an account's least balance.
		TooLittle,
	}

	impl<T: Config> From<Refusal> for Error<T> {
		fn from(refusal: Refusal) -> Self {
			match refusal {
				Refusal::NotDrawn => Self::NotDrawn,
				Refusal::WrongRole => Self::WrongRole,
				Refusal::WrongStage => Self::WrongStage,
				Refusal::AlreadyActed => Self::AlreadyActed,
				Refusal::TooLate => Self::TooLate,
				Refusal::TooEarly => Self::TooEarly,
				Refusal::SealFirst => Self::SealFirst,
				Refusal::SealMismatch => Self::SealMismatch,
				Refusal::NobodyFits => Self::NobodyFits,
				Refusal::NotAsked => Self::NotAsked,
				Refusal::NotAppealable => Self::NotAppealable,
				Refusal::ClaimMismatch => Self::ClaimMismatch,
				Refusal::NoArray => Self::NoArray,
				Refusal::NoDelivery => Self::NoDelivery,
			}
		}
	}

	#[pallet::hooks]
	impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
		fn on_poll(_: BlockNumberFor<T>, meter: &mut WeightMeter) {
			// The meter offers the whole rest of the block: leave most of it to the users.
			let mut own = WeightMeter::with_limit(meter.remaining().min(T::HookLimit::get()));
			Self::serve_agenda(&mut own);
			meter.consume(own.consumed());
		}

		fn integrity_test() {
			// A limit that covers the task alone would never get that far.
			assert!(
				Self::least_limit().all_lte(T::HookLimit::get()),
				"the hook must be able to settle at least one task"
			);
			assert!(T::OpeningBlocks::get() > 0, "opening takes at least a block");
		}

		#[cfg(feature = "try-runtime")]
		fn try_state(_: BlockNumberFor<T>) -> Result<(), sp_runtime::TryRuntimeError> {
			Self::do_try_state()
		}
	}

	#[pallet::call(weight(<T as Config>::WeightInfo))]
	impl<T: Config> Pallet<T> {
		/// Seal the outcome that the caller's `cluster` computed for `task`.
		///
		/// Origin: signed by the owner of a cluster drawn for this task. Emits [`Event::Committed`].
		#[pallet::call_index(0)]
		#[pallet::weight(Pallet::<T>::at_most(Pallet::<T>::weight_of_commit()))]
		pub fn commit(
			origin: OriginFor<T>,
			task: TaskId,
			cluster: ClusterId,
			commitment: Commitment,
		) -> DispatchResultWithPostInfo {
			Self::act(
				origin,
				cluster,
				Self::weight_of_commit(),
				task,
				Input::Commit(cluster, commitment),
				Event::Committed { task, cluster, commitment },
			)
		}

		/// Say what the caller's `cluster`, the only verifier of `task`, found.
		///
		/// Origin: signed by the owner of the verifier. Emits [`Event::Answered`].
		#[pallet::call_index(1)]
		#[pallet::weight(T::WeightInfo::answer().saturating_add(T::WeightInfo::book_timer()))]
		pub fn answer(
			origin: OriginFor<T>,
			task: TaskId,
			cluster: ClusterId,
			outcome: Outcome,
			evidence_root: EvidenceRoot,
		) -> DispatchResultWithPostInfo {
			Self::act(
				origin,
				cluster,
				T::WeightInfo::answer(),
				task,
				Input::Answer(cluster, outcome, evidence_root),
				Event::Answered { task, cluster, outcome, evidence_root },
			)
		}

		/// Open the commitment that the caller's `cluster` made as executor or verifier.
		///
		/// Origin: signed by the cluster's owner. Emits [`Event::Opened`].
		#[pallet::call_index(2)]
		#[pallet::weight(Pallet::<T>::at_most(T::WeightInfo::open()))]
		pub fn open(
			origin: OriginFor<T>,
			task: TaskId,
			cluster: ClusterId,
			opening: Opening,
		) -> DispatchResultWithPostInfo {
			let Opening { outcome, evidence_root, .. } = opening;
			Self::act(
				origin,
				cluster,
				T::WeightInfo::open(),
				task,
				Input::Open(cluster, opening),
				Event::Opened { task, cluster, outcome, evidence_root },
			)
		}

		/// Open the commitment that the caller's `cluster` made as a panel member.
		///
		/// Origin: signed by the cluster's owner. Emits [`Event::PanelOpened`].
		#[pallet::call_index(3)]
		#[pallet::weight(Pallet::<T>::at_most(T::WeightInfo::open_panel()))]
		pub fn open_panel(
			origin: OriginFor<T>,
			task: TaskId,
			cluster: ClusterId,
			opening: Opening,
			possession: Possession,
		) -> DispatchResultWithPostInfo {
			let Opening { outcome, evidence_root, .. } = opening;
			Self::act(
				origin,
				cluster,
				T::WeightInfo::open_panel(),
				task,
				Input::OpenPanel(cluster, opening, possession),
				Event::PanelOpened { task, cluster, outcome, possession, evidence_root },
			)
		}

		/// Show the panel that the caller's `cluster` holds the bytes of what it found.
		///
		/// Origin: signed by the owner of the executor or a verifier. Emits [`Event::Possessed`].
		#[pallet::call_index(4)]
		#[pallet::weight(Pallet::<T>::at_most(T::WeightInfo::possess()))]
		pub fn possess(
			origin: OriginFor<T>,
			task: TaskId,
			cluster: ClusterId,
			possession: Possession,
		) -> DispatchResultWithPostInfo {
			Self::act(
				origin,
				cluster,
				T::WeightInfo::possess(),
				task,
				Input::Possess(cluster, possession),
				Event::Possessed { task, cluster, possession },
			)
		}

		/// Give `task` back: its inputs cannot be had, or the machine is not up to it.
		///
		/// Origin: signed by the cluster's owner. Emits [`Event::Abstained`].
		#[pallet::call_index(5)]
		#[pallet::weight(Pallet::<T>::at_most(T::WeightInfo::abstain()))]
		pub fn abstain(
			origin: OriginFor<T>,
			task: TaskId,
			cluster: ClusterId,
			reason: Abstention,
		) -> DispatchResultWithPostInfo {
			Self::act(
				origin,
				cluster,
				T::WeightInfo::abstain(),
				task,
				Input::Abstain(cluster),
				Event::Abstained { task, cluster, reason },
			)
		}

		/// Take the exit of a `task` whose deadline has passed, if the agenda has not yet.
		///
		/// Origin: signed by anybody. Emits what follows from the deadline.
		#[pallet::call_index(6)]
		#[pallet::weight(Pallet::<T>::heaviest_exit())]
		pub fn poke(origin: OriginFor<T>, task: TaskId) -> DispatchResultWithPostInfo {
			ensure_signed(origin)?;
			let case = Cases::<T>::get(task).ok_or(Error::<T>::NoTask)?;
			let used = Self::take_exit(task, case).map_err(Error::<T>::from)?;
			Ok(Some(used).into())
		}

		/// Collect the pay that has accrued for the caller's `cluster`.
		///
		/// Origin: signed by the cluster's owner. Emits [`Event::PayClaimed`].
		#[pallet::call_index(7)]
		pub fn claim_pay(origin: OriginFor<T>, cluster: ClusterId) -> DispatchResult {
			let owner = Self::ensure_owner(origin, cluster)?;
			ensure!(T::Scheduler::duty(cluster).accrued > 0, Error::<T>::NothingToClaim);
			let amount = T::Scheduler::take_accrued(cluster);
			T::Currency::transfer(&T::Pot::get(), &owner, amount, Preservation::Preserve)?;
			Self::deposit_event(Event::PayClaimed { cluster, amount });
			Ok(())
		}

		/// Doubt the verdict about `task` before it is final, and pay for a second look by fresh operators.
		/// Whoever is right gets its costs back.
		///
		/// Origin: signed by anybody. Emits [`Event::Appealed`].
		#[pallet::call_index(8)]
		#[pallet::weight(T::WeightInfo::appeal()
			.saturating_add(T::WeightInfo::book_timer())
			.saturating_add(T::WeightInfo::request_draw()))]
		pub fn appeal(origin: OriginFor<T>, task: TaskId) -> DispatchResult {
			let appellant = ensure_signed(origin)?;
			Self::do_appeal(appellant, task)
		}

		/// Say that the caller's `cluster`, the executor of `task`, could not reproduce its own result in
		/// the trial run that the requester asked for. The task ends for a small fee.
		///
		/// Origin: signed by the cluster's owner. Emits [`Event::Unstable`].
		#[pallet::call_index(9)]
		#[pallet::weight(Pallet::<T>::at_most(T::WeightInfo::abstain()))]
		pub fn admit_unstable(
			origin: OriginFor<T>,
			task: TaskId,
			cluster: ClusterId,
		) -> DispatchResultWithPostInfo {
			let (weight, event) = (T::WeightInfo::abstain(), Event::Unstable { task, cluster });
			Self::act(origin, cluster, weight, task, Input::Unstable(cluster), event)
		}

		/// Pay in beforehand: tasks whose worst case is in the purse are paid from it, which costs the chain
		/// less.
		///
		/// Origin: signed. Emits [`Event::PurseFunded`].
		#[pallet::call_index(10)]
		pub fn fund_purse(origin: OriginFor<T>, amount: Balance) -> DispatchResult {
			let account = ensure_signed(origin)?;
			ensure!(amount >= T::Currency::minimum_balance(), Error::<T>::TooLittle);
			T::Currency::transfer(&account, &T::Pot::get(), amount, Preservation::Preserve)?;
			let purse = Purses::<T>::get(&account);
			Purses::<T>::insert(&account, purse.saturating_add(amount));
			Self::deposit_event(Event::PurseFunded { account, amount });
			Ok(())
		}

		/// Take `amount` out of the caller's purse; all of it, if less than an account's least balance would
		/// be left.
		///
		/// Origin: signed. Emits [`Event::PurseEmptied`].
		#[pallet::call_index(11)]
		pub fn empty_purse(origin: OriginFor<T>, amount: Balance) -> DispatchResult {
			let account = ensure_signed(origin)?;
			let purse = Purses::<T>::get(&account);
			let rest = purse.checked_sub(amount).ok_or(Error::<T>::PurseEmpty)?;
			ensure!(purse > 0, Error::<T>::PurseEmpty);
			let rest = if rest < T::Currency::minimum_balance() { 0 } else { rest };
			let amount = purse.saturating_sub(rest);
			Self::fill_purse(&account, rest);
			T::Currency::transfer(&T::Pot::get(), &account, amount, Preservation::Preserve)?;
			Self::deposit_event(Event::PurseEmptied { account, amount });
			Ok(())
		}

		/// Post what the claim of the caller's `cluster` about the array `task` is made of, because others claim
		/// something else: the roots of its subtrees, then the leaves of the first subtree that differs.
		///
		/// Origin: signed by the owner of the executor or a verifier. Emits [`Event::Narrowed`].
		#[pallet::call_index(12)]
		#[pallet::weight(Pallet::<T>::at_most(T::WeightInfo::narrow()))]
		pub fn narrow(
			origin: OriginFor<T>,
			task: TaskId,
			cluster: ClusterId,
			nodes: Nodes,
		) -> DispatchResultWithPostInfo {
			let reference = Posted::<T>::get(task).unwrap_or_default().into_inner();
			Self::act(
				origin,
				cluster,
				T::WeightInfo::narrow(),
				task,
				Input::Narrow { cluster, nodes: nodes.into_inner(), reference },
				Event::Narrowed { task, cluster },
			)
		}

		/// Say that nobody serves the outputs that were accepted for the caller's `task`, and have witnesses
		/// try. Holds a bond of one price cap, which pays them if they succeed.
		///
		/// Origin: signed by the requester. Emits [`Event::Complained`].
		#[pallet::call_index(13)]
		#[pallet::weight(T::WeightInfo::complain()
			.saturating_add(T::WeightInfo::book_timer())
			.saturating_add(T::WeightInfo::request_draw()))]
		pub fn complain(origin: OriginFor<T>, task: TaskId) -> DispatchResult {
			let account = ensure_signed(origin)?;
			Self::do_complain(account, task)
		}
	}

	#[pallet::view_functions]
	impl<T: Config> Pallet<T> {
		/// What `account` paid in beforehand.
		pub fn purse(account: T::AccountId) -> Balance {
			Purses::<T>::get(account)
		}

		/// One open task.
		pub fn task(id: TaskId) -> Option<TaskView<T::AccountId>> {
			Self::view_of(id)
		}

		/// A page of open tasks by number, and where the next page starts.
		pub fn tasks(from: TaskId, until: TaskId) -> (Vec<TaskView<T::AccountId>>, Option<TaskId>) {
			Self::task_page(from, until)
		}

		/// The open tasks of `requester` in no particular order, and after which the next page starts. A
		/// page looks at so many open tasks and no more, so it can be short, or empty, although another one
		/// follows.
		pub fn tasks_of(
			requester: T::AccountId,
			after: Option<TaskId>,
		) -> (Vec<TaskView<T::AccountId>>, Option<TaskId>) {
			Self::tasks_by(&requester, after)
		}

		/// What `cluster` has to do.
		pub fn assignments(cluster: ClusterId) -> Vec<Assignment<T::AccountId>> {
			Self::assignments_of(cluster)
		}

		/// What a task would cost, and what the network can do about a disagreement.
		pub fn quote(demand: Demand, policy: Policy) -> Quote {
			Self::quote_for(&demand, &policy)
		}
	}
}

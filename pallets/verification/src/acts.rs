// SPDX-License-Identifier: GPL-3.0-or-later
//! Acts and deadlines: a case is loaded, its trial stepped, what follows carried out, the case stored.

use crate::{
	pallet::{Cases, Config, Error, Event, HoldReason, Pallet, Posted},
	types::{Appellant, Case, MOST_FINED, MOST_PLEDGED, MOST_RELEASED},
	weights::WeightInfo,
};
use alloc::vec::Vec;
use assay_primitives::{
	economics::audit_percent,
	protocol::{
		Act, Cause, Context, Delivery, Effect, Execution, Input, Refusal, Role, Stage, Trial,
		MAX_EXECUTIONS,
	},
	settlement::settle,
	spec::Demand,
	task::{Check, APPEAL_SEATS, MIN_APPEAL_SEATS},
	Balance, BlockNumber, BoundedVec, ClusterId, Genesis, TaskId,
};
use frame_support::{
	dispatch::DispatchErrorWithPostInfo,
	pallet_prelude::*,
	traits::{fungible::MutateHold, Get},
	weights::Weight,
};
use frame_system::pallet_prelude::*;
use pallet_edge_connect::{types::OwnerHash, Scheduler, PROOF_OF_CLUSTER, PROOF_OF_RECORD};
use sp_runtime::traits::SaturatedConversion;

/// What looking up an operator's experience adds to a proof, bytes. A generated weight has for each of several
/// clusters the largest of their rows only, which is that of duties; these are the others.
const PROOF_OF_EXPERIENCE: u64 = 2_528;
/// For whoever is not fined.
const PROOF_OF_STANDING: u64 = PROOF_OF_EXPERIENCE + PROOF_OF_RECORD;
/// For whoever is: what is held of its account, and the account.
const PROOF_OF_FINE: u64 = PROOF_OF_RECORD + PROOF_OF_CLUSTER + 2_650 + 2_603;

impl<T: Config> Pallet<T> {
	pub(crate) fn ensure_owner(
		origin: OriginFor<T>,
		cluster: ClusterId,
	) -> Result<T::AccountId, DispatchError> {
		let who = ensure_signed(origin)?;
		let owner = T::Scheduler::cluster(cluster).map(|row| row.owner);
		ensure!(owner.as_ref() == Some(&who), Error::<T>::NotOwner);
		Ok(who)
	}

	pub(crate) fn do_appeal(account: T::AccountId, task: TaskId) -> DispatchResult {
		let mut case = Cases::<T>::get(task).ok_or(Error::<T>::NoTask)?;
		let Demand { engine, max_price, .. } = case.task.request.demand;
		let in_task = u32::try_from(case.trial.executions.len()).unwrap_or(u32::MAX);
		let fresh = T::Scheduler::operators_with(engine).saturating_sub(in_task);
		let bond = max_price.saturating_mul(APPEAL_SEATS.into());
		case.appellant = Some(Appellant { account: account.clone(), bond });
		let event = Event::Appealed { task, appellant: account.clone(), bond };
		Self::advance(task, case, Input::Appeal, Some(event)).map_err(Error::<T>::from)?;
		ensure!(fresh >= MIN_APPEAL_SEATS.into(), Error::<T>::NotAppealable);
		T::Currency::hold(&HoldReason::Appeal.into(), &account, bond)
	}

	pub(crate) fn do_complain(account: T::AccountId, task: TaskId) -> DispatchResult {
		let mut case = Cases::<T>::get(task).ok_or(Error::<T>::NoTask)?;
		ensure!(case.task.requester == account, Error::<T>::NotRequester);
		let bond = case.task.request.demand.max_price;
		case.complaint_bond = bond;
		let event = Event::Complained { task, bond };
		Self::advance(task, case, Input::Complain, Some(event)).map_err(Error::<T>::from)?;
		T::Currency::hold(&HoldReason::Complaint.into(), &account, bond)
	}

	/// One act of a cluster: refused, or announced and carried out. It costs the cluster no fee: the
	/// chain wants it, and it can be done once.
	pub(crate) fn act(
		origin: OriginFor<T>,
		cluster: ClusterId,
		weight: Weight,
		task: TaskId,
		input: Input,
		event: Event<T>,
	) -> DispatchResultWithPostInfo {
		let who = ensure_signed(origin)?;
		let mut case = Cases::<T>::get(task).ok_or(Error::<T>::NoTask)?;
		let mut drawn = case.trial.executions.iter().zip(&mut case.owners);
		let (execution, owner) =
			drawn.find(|(one, _)| one.cluster == cluster).ok_or(Error::<T>::NotDrawn)?;
		let signer = OwnerHash::of(&who);
		let is_owner = match owner {
			Some(known) => *known == signer,
			None => T::Scheduler::operator(&who) == Some(execution.operator),
		};
		ensure!(is_owner, Error::<T>::NotOwner);
		*owner = Some(signer);
		// Whoever is refused pays for the attempt, and not for all that could have followed from it.
		let refused = |refusal| DispatchErrorWithPostInfo {
			post_info: Some(weight).into(),
			error: Error::<T>::from(refusal).into(),
		};
		let followed = Self::advance(task, case, input, Some(event)).map_err(refused)?;
		Ok((Some(weight.saturating_add(followed)), Pays::No).into())
	}

	/// Leaves the stage of `task`, whose deadline has passed. Returns the weight of it.
	pub(crate) fn take_exit(task: TaskId, case: Case<T::AccountId>) -> Result<Weight, Refusal> {
		let settles = matches!(case.trial.stage, Stage::Decided(_));
		let followed = Self::advance(task, case, Input::Deadline, None)?;
		// The measured exit includes what follows, but not the waking of those who wait: adding all of
		// it counts a part twice, which errs upwards.
		Ok(match settles {
			true => followed,
			false => T::WeightInfo::pass_deadline().saturating_add(followed),
		})
	}

	/// Steps the trial, stores it and carries out what follows. Returns the weight of what
	/// followed.
	fn advance(
		task: TaskId,
		mut case: Case<T::AccountId>,
		input: Input,
		event: Option<Event<T>>,
	) -> Result<Weight, Refusal> {
		let context = Self::context_for(task, &case.trial, &input);
		let before = Self::fines(&case.trial);
		let old = Milestones::of(&case.trial);
		let nodes = match &input {
			Input::Narrow { nodes, .. } => nodes.clone(),
			_ => Vec::new(),
		};
		let is_over = input == Input::Deadline && case.trial.drawing_role().is_some();
		let effects = case.trial.step(&context, input)?;
		let new = Milestones::of(&case.trial);
		let is_taint = |cause: Option<Cause>| cause == Some(Cause::Taint);
		let was_tainted = is_taint(new.appeal) && !is_taint(old.appeal);
		if was_tainted {
			Self::deposit_event(Event::Tainted { task });
		}
		if let Some(event) = event {
			Self::deposit_event(event);
		}
		Self::announce(task, &case.trial, old, new);
		if effects.contains(&Effect::Finalise) {
			return Ok(Self::finalise(task, case));
		}
		let armed = Self::arm(task, &mut case);
		// Stored before the effects: a draw asks the case what it wants.
		Cases::<T>::insert(task, &case);
		let fines = Self::fines(&case.trial);
		let mut weight = armed;
		if is_over {
			// Otherwise it would keep its place in the queue, and a later draw would have two ways.
			T::Scheduler::end_draw(task, case.task.request.demand.engine);
			weight = weight.saturating_add(T::Scheduler::most_to_wake(1));
		}
		if was_tainted {
			// The exit of a verdict is charged as a settlement, which this is not.
			weight = weight.saturating_add(T::WeightInfo::pass_deadline());
		}
		let mut released = Self::change_pledges(&effects, &before, &fines);
		for effect in effects {
			match effect {
				Effect::Draw(_) => {
					T::Scheduler::request_draw(task);
					weight = weight.saturating_add(T::WeightInfo::request_draw());
				},
				Effect::Release(cluster) => {
					let fine = fine_of(&fines, cluster);
					let owner = case.owner_of(cluster);
					let woken = T::Scheduler::release(cluster, task, owner, fine);
					weight = weight.saturating_add(woken);
					released = released.saturating_add(1);
				},
				Effect::Lapsed(cluster) => {
					Self::deposit_event(Event::Lapsed { task, cluster });
					if let Some(execution) = case.trial.execution(cluster) {
						T::Scheduler::lapsed(execution.operator);
					}
				},
				Effect::Keep => Posted::<T>::insert(task, BoundedVec::truncate_from(nodes.clone())),
				Effect::Disputed => Self::deposit_event(Event::Disputed { task }),
				Effect::Decided(verdict) => {
					let fines = fines.clone();
					Self::deposit_event(Event::Decided { task, verdict, fines })
				},
				Effect::Finalise => {},
			}
		}
		if released > 0 {
			weight = weight.saturating_add(Self::weight_of_release(released));
		}
		Ok(weight)
	}

	/// Says what a step brought to light, beside the verdict.
	fn announce(task: TaskId, trial: &Trial, old: Milestones, new: Milestones) {
		if let Some(item) = new.item.filter(|_| old.item.is_none()) {
			Self::deposit_event(Event::ItemSought { task, item });
		}
		if new.refuted > old.refuted {
			let refuted = |one: &&Execution| matches!(one.act, Act::Refuted { .. });
			let refuted = trial.executions.iter().filter(refuted);
			let clusters = refuted.map(|one| one.cluster).collect();
			Self::deposit_event(Event::Refuted { task, clusters });
		}
		let is_open = |delivery: Option<Delivery>| delivery == Some(Delivery::Pending);
		if let Some(delivery) = new.delivery.filter(|_| is_open(old.delivery)) {
			if !is_open(new.delivery) {
				Self::deposit_event(Event::DeliveryJudged { task, delivery });
			}
		}
	}

	/// What an act that by itself weighs `own` may weigh with all that can follow from it: a
	/// verdict that frees everybody, or one's own slot given back and another draw.
	pub(crate) fn at_most(own: Weight) -> Weight {
		own.saturating_add(T::WeightInfo::book_timer())
			.saturating_add(Self::weight_of_release(MOST_PLEDGED))
			.saturating_add(T::Scheduler::most_to_wake(MOST_RELEASED))
			.saturating_add(T::WeightInfo::request_draw())
	}

	/// What freeing so many slots weighs, beside waking those who wait for them.
	pub(crate) fn weight_of_release(slots: u32) -> Weight {
		let proof = Weight::from_parts(0, PROOF_OF_CLUSTER).saturating_mul(slots.into());
		T::WeightInfo::release(slots).saturating_add(proof)
	}

	/// What a task weighs at its end in which so many are fined and so many others are not.
	pub(crate) fn weight_of_settling(others: u32, fined: u32) -> Weight {
		let proof = |bytes| Weight::from_parts(0, bytes);
		T::WeightInfo::finalise(others, fined)
			// Whether the executor lied since is known before it comes to this.
			.saturating_add(T::DbWeight::get().reads(2))
			.saturating_add(proof(PROOF_OF_STANDING).saturating_mul(others.into()))
			.saturating_add(proof(PROOF_OF_FINE).saturating_mul(fined.into()))
	}

	/// A panel's commitment is the dearest but for one thing: where audits are drawn by lot, an executor's
	/// experience is looked up.
	pub(crate) fn weight_of_commit() -> Weight {
		T::WeightInfo::commit()
			.saturating_add(T::DbWeight::get().reads(1))
			.saturating_add(Weight::from_parts(0, PROOF_OF_EXPERIENCE))
	}

	/// The most that leaving a stage can weigh. Where that ends a draw, at least one seat is empty: one slot less can
	/// become free, and as many queues are looked at as if it had.
	pub(crate) fn heaviest_exit() -> Weight {
		let others = MAX_EXECUTIONS.saturating_sub(MOST_FINED);
		let settled = Self::weight_of_settling(others, MOST_FINED)
			.saturating_add(T::DbWeight::get().writes(1));
		settled.max(Self::at_most(T::WeightInfo::pass_deadline()))
	}

	pub(crate) fn context(task: TaskId) -> Context {
		Context {
			genesis: Genesis(T::Scheduler::genesis_hash()),
			..Self::context_without_seals(task)
		}
	}

	/// The context of what is sealed and opened by nobody: looking up the genesis costs.
	fn context_without_seals(task: TaskId) -> Context {
		Context {
			genesis: Genesis::default(),
			task,
			now: Self::now(),
			opening_blocks: T::OpeningBlocks::get(),
			audit_percent: 100,
			tainted: false,
		}
	}

	/// The context of an input, with what only some inputs need to know.
	fn context_for(task: TaskId, trial: &Trial, input: &Input) -> Context {
		let context = match input {
			Input::Open(..) | Input::OpenPanel(..) => Self::context(task),
			_ => Self::context_without_seals(task),
		};
		match (trial.policy.check, input) {
			(Check::Audited { floor }, Input::Commit(cluster, _)) => {
				let operator = trial.execution(*cluster).map(|one| one.operator);
				let checked = operator.map_or(0, T::Scheduler::experience);
				Context { audit_percent: audit_percent(floor, checked), ..context }
			},
			// What can end the window or an appeal.
			(Check::Audited { .. }, Input::Deadline | Input::OpenPanel(..) | Input::Abstain(_))
				if trial.was_spared() =>
			{
				let is_bound =
					|one: &&Execution| one.role == Role::Executor && one.act.outcome().is_some();
				let tainted = trial.executions.iter().find(is_bound).is_some_and(|one| {
					T::Scheduler::is_tainted(one.cluster, one.operator, trial.bound_at)
				});
				Context { tainted, ..context }
			},
			_ => context,
		}
	}

	/// Whose bond pays how much by the verdict as it stands; nobody's, as long as there is none.
	pub(crate) fn fines(trial: &Trial) -> Vec<(ClusterId, Balance)> {
		settle(trial, T::PlaceBond::get())
			.into_iter()
			.filter(|share| share.slash > 0)
			.map(|share| (share.cluster, share.slash))
			.collect()
	}

	/// A verdict that an appeal has changed takes other bonds than before. Returns how many clusters
	/// that concerns, beside those who are released.
	fn change_pledges(
		effects: &[Effect],
		before: &[(ClusterId, Balance)],
		after: &[(ClusterId, Balance)],
	) -> u32 {
		let mut changed = 0u32;
		let gone = before.iter().filter(|(cluster, _)| fine_of(after, *cluster) == 0);
		for (cluster, _) in after.iter().chain(gone) {
			let (from, to) = (fine_of(before, *cluster), fine_of(after, *cluster));
			if from != to && !effects.contains(&Effect::Release(*cluster)) {
				T::Scheduler::pledge(*cluster, from, to);
				changed = changed.saturating_add(1);
			}
		}
		changed
	}

	pub(crate) fn now() -> BlockNumber {
		frame_system::Pallet::<T>::block_number().saturated_into()
	}
}

/// What of a trial is announced when it changes.
#[derive(Clone, Copy)]
struct Milestones {
	appeal: Option<Cause>,
	item: Option<u16>,
	refuted: usize,
	delivery: Option<Delivery>,
}

impl Milestones {
	fn of(trial: &Trial) -> Self {
		let refuted = |one: &&Execution| matches!(one.act, Act::Refuted { .. });
		Self {
			appeal: trial.appeal.map(|appeal| appeal.cause),
			item: trial.narrowing.as_ref().and_then(|narrowing| narrowing.item),
			refuted: trial.executions.iter().filter(refuted).count(),
			delivery: trial.complaint.map(|complaint| complaint.delivery),
		}
	}
}

/// What is taken of the bond of `cluster`.
fn fine_of(fines: &[(ClusterId, Balance)], cluster: ClusterId) -> Balance {
	fines.iter().find(|(fined, _)| *fined == cluster).map_or(0, |(_, fine)| *fine)
}

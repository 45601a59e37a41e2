// SPDX-License-Identifier: GPL-3.0-or-later
//! Submitting calls: nonces, the wait for finality, and what became of the call.

use crate::{
	blocks::Block,
	call::Call,
	chain::{rpc_error, Chain},
	error::{DispatchFailure, Error, Result},
	event::AssayEvent,
	keys::Signer,
	runtime::{EventRecord, Occurrence, Signed, ERA_BLOCKS},
	AccountId, Hash,
};
use assay_primitives::{blake2_256, Balance, BlockNumber};
use std::{
	collections::HashMap,
	sync::{Arc, Mutex, MutexGuard, PoisonError},
	time::Duration,
};
use subxt::rpcs::{self, client::RpcSubscription, methods::legacy::TransactionStatus};

/// How long [`Chain::submit`] waits for finality.
pub const DEFAULT_DEADLINE: Duration = Duration::from_secs(180);
/// How often a nonce that the pool finds taken is replaced.
const NONCE_TRIES: u32 = 4;
/// How long to wait before a lost connection is tried again.
const RETRY_AFTER: Duration = Duration::from_millis(500);

/// A call that succeeded, in a finalised block.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize)]
pub struct Submitted {
	/// The block.
	pub block: Block,
	/// The extrinsic's hash.
	pub extrinsic: Hash,
	/// Its place in the block.
	pub index: u32,
	/// The fee that was paid.
	pub fee: Balance,
	/// What it caused, in order.
	pub events: Vec<AssayEvent>,
}

impl Chain {
	/// Signs `call`, submits it and waits until it is final, at most for [`DEFAULT_DEADLINE`].
	///
	/// Any number of calls of one account can be under way at the same time.
	pub async fn submit(&self, signer: &Signer, call: &Call) -> Result<Submitted> {
		self.submit_within(signer, call, DEFAULT_DEADLINE).await
	}

	/// Like [`Chain::submit`], with a deadline of one's own.
	pub async fn submit_within(
		&self,
		signer: &Signer,
		call: &Call,
		deadline: Duration,
	) -> Result<Submitted> {
		let Sent { signed, birth, statuses, mut flight } = self.send(signer, call).await?;
		tracing::debug!(%call, extrinsic = ?signed.hash, "submitted");
		let outcome = tokio::time::timeout(deadline, async {
			let seen_in = match statuses {
				Some(statuses) => self.watch(signed.hash, statuses).await?,
				None => None,
			};
			if let Some(block) = seen_in {
				if let Ok(Some(place)) = self.find_in(block, signed.hash).await {
					return Ok(place);
				}
			}
			self.search(&signed, birth).await
		})
		.await
		.unwrap_or(Err(Error::NotFinal { extrinsic: signed.hash, after: deadline }));
		let (block, index) = outcome?;
		flight.landed = true;
		drop(flight);
		let records = self.event_records(block.hash).await?;
		let (fee, events) = effects(records, index, &signer.account())?;
		Ok(Submitted { block, extrinsic: signed.hash, index, fee, events })
	}

	/// Gets the call into the pool.
	async fn send(&self, signer: &Signer, call: &Call) -> Result<Sent> {
		let account = signer.account();
		let lane = self.inner.lanes.of(&account);
		let birth = self.finalised_head().await?;
		let runtime = self.runtime(birth.hash).await?;
		// One at a time: two calls must not take the same nonce.
		let _turn = lane.turn.lock().await;
		let mut tries = 0;
		loop {
			let pool = self
				.read("an account's nonce", |rpc| async move {
					rpc.system_account_next_index(&account).await
				})
				.await?;
			let nonce = lane.state().nonce(pool);
			let signed = runtime.sign(signer, call, nonce, birth)?;
			let link = self.link().await?;
			let answer = link.rpc.author_submit_and_watch_extrinsic(&signed.bytes).await;
			let (statuses, error) = match answer {
				Ok(statuses) => (Some(statuses), None),
				// The connection broke on the way: the pool may have the transaction or not. Sending
				// the very same bytes again can do no harm, so that is what the search begins with.
				Err(rpcs::Error::Client(source)) => {
					tracing::debug!(%call, %source, "lost the connection while submitting");
					self.forget(&link).await;
					(None, None)
				},
				Err(error) => (None, Some(error)),
			};
			let Some(error) = error else {
				lane.state().took(nonce);
				let flight = Flight { lane: lane.clone(), landed: false };
				return Ok(Sent { signed, birth, statuses, flight });
			};
			tries += 1;
			if is_nonce_taken(&error) && tries < NONCE_TRIES {
				tracing::debug!(%call, nonce, "the nonce is taken, trying the next");
				lane.state().next = nonce.checked_add(1).filter(|_| is_in_pool(&error));
				continue;
			}
			lane.state().next = None;
			return Err(not_taken(self.url(), account, call, error));
		}
	}

	/// Waits for the pool to say where the transaction ended up. `None` when it cannot say: the
	/// connection was lost, or the pool stopped watching.
	async fn watch(
		&self,
		extrinsic: Hash,
		mut statuses: RpcSubscription<TransactionStatus<Hash>>,
	) -> Result<Option<Hash>> {
		let not_included =
			|reason: &str| Err(Error::NotIncluded { extrinsic, reason: reason.to_owned() });
		while let Some(Ok(status)) = statuses.next().await {
			match status {
				TransactionStatus::Finalized(block) => return Ok(Some(block)),
				TransactionStatus::Usurped(_) => {
					return not_included("another transaction with the same nonce took its place")
				},
				TransactionStatus::Dropped => return not_included("the pool is full"),
				TransactionStatus::Invalid => return not_included("it is no longer valid"),
				TransactionStatus::FinalityTimeout(_) => return Ok(None),
				TransactionStatus::Future
				| TransactionStatus::Ready
				| TransactionStatus::Broadcast(_)
				| TransactionStatus::InBlock(_)
				| TransactionStatus::Retracted(_) => {},
			}
		}
		Ok(None)
	}

	/// Looks for the transaction in every block in which it can be. Sends it again first, and after
	/// every loss of the connection: the pool of a node that was restarted is empty.
	async fn search(&self, signed: &Signed, birth: Block) -> Result<(Block, u32)> {
		let extrinsic = signed.hash;
		tracing::debug!(?extrinsic, "looking for the transaction in the finalised blocks");
		let mut blocks = self.finalised_blocks(Some(birth.number));
		let mut resend = true;
		let mut block = None;
		loop {
			if resend {
				// Whether the pool takes it, knows it or finds it included: the blocks will tell.
				let sent = self.link().await.map(|link| link.rpc);
				resend = match sent {
					Ok(rpc) => matches!(
						rpc.author_submit_extrinsic(&signed.bytes).await,
						Err(rpcs::Error::Client(_))
					),
					Err(error) if error.is_transient() => true,
					Err(error) => return Err(error),
				};
			}
			let step = match block {
				None => blocks.next().await.map(|next| {
					block = Some(next);
					None
				}),
				Some(next) if is_void(birth.number, next.number) => {
					let reason = "its time ran out".into();
					return Err(Error::NotIncluded { extrinsic, reason });
				},
				Some(next) => self.find_in(next.hash, extrinsic).await.inspect(|_| block = None),
			};
			match step {
				Ok(Some(place)) => return Ok(place),
				Ok(None) => {},
				Err(error) if error.is_transient() => {
					resend = true;
					tokio::time::sleep(RETRY_AFTER).await;
				},
				Err(error) => return Err(error),
			}
		}
	}

	/// The transaction's place, if it is in this block.
	async fn find_in(&self, block: Hash, extrinsic: Hash) -> Result<Option<(Block, u32)>> {
		let extrinsics = self.extrinsics(block).await?;
		let is_it = |bytes: &Vec<u8>| Hash(blake2_256(bytes)) == extrinsic;
		let Some(index) = extrinsics.iter().position(is_it) else { return Ok(None) };
		let block = Block::of(&self.header(block).await?);
		Ok(Some((block, u32::try_from(index).unwrap_or(u32::MAX))))
	}
}

/// The fee that `signer` paid for the call at `index`, and what the call caused.
fn effects(
	records: Vec<EventRecord>,
	index: u32,
	signer: &AccountId,
) -> Result<(Balance, Vec<AssayEvent>), DispatchFailure> {
	let (mut begun, mut paid, mut events) = (false, 0, Vec::new());
	for record in records.into_iter().filter(|record| record.extrinsic == Some(index)) {
		match record.event {
			// A call begins with its fee. What stands before it was caused by hooks: those that run
			// behind the inherents count as the first call behind them.
			Occurrence::Withdrawn(who) if who == *signer && !begun => {
				begun = true;
				events.clear();
			},
			Occurrence::Withdrawn(_) => {},
			Occurrence::Assay(event) => events.push(event),
			Occurrence::FeePaid(fee) => paid = fee,
			Occurrence::Failed(failure) => return Err(failure),
		}
	}
	Ok((paid, events))
}

/// A call on its way.
struct Sent {
	signed: Signed,
	birth: Block,
	/// What the pool says about it, if there is a connection to hear it by.
	statuses: Option<RpcSubscription<TransactionStatus<Hash>>>,
	flight: Flight,
}

/// Why the pool refused.
fn not_taken(url: &str, account: AccountId, call: &Call, error: rpcs::Error) -> Error {
	match rpc_error(url, "the transaction", error) {
		Error::Refused { message, .. } if message.contains("Inability to pay") => {
			Error::CannotPay { account }
		},
		Error::Refused { message, .. } => {
			Error::NotTaken { what: call.to_string(), reason: message }
		},
		error => error,
	}
}

/// Whether a transaction born at `birth` can no longer be in the block `now`.
fn is_void(birth: BlockNumber, now: BlockNumber) -> bool {
	u64::from(now) > u64::from(birth) + ERA_BLOCKS
}

/// Whether the pool or the chain has seen a transaction with this nonce.
fn is_nonce_taken(error: &rpcs::Error) -> bool {
	is_in_pool(error)
		|| matches!(error, rpcs::Error::User(answer) if answer.code == 1010
			&& answer.data.as_ref().is_some_and(|data| data.get().contains("outdated")))
}

/// Whether the pool holds another transaction with this nonce (1014), or this very one (1013).
fn is_in_pool(error: &rpcs::Error) -> bool {
	matches!(error, rpcs::Error::User(answer) if answer.code == 1013 || answer.code == 1014)
}

/// The nonces of all accounts that sign here.
#[derive(Default)]
pub(crate) struct Lanes(Mutex<HashMap<[u8; 32], Arc<Lane>>>);

impl Lanes {
	fn of(&self, account: &AccountId) -> Arc<Lane> {
		let mut lanes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
		lanes.entry(account.0).or_default().clone()
	}
}

/// The nonces of one account.
#[derive(Default)]
struct Lane {
	turn: tokio::sync::Mutex<()>,
	state: Mutex<LaneState>,
}

impl Lane {
	fn state(&self) -> MutexGuard<'_, LaneState> {
		self.state.lock().unwrap_or_else(PoisonError::into_inner)
	}
}

#[derive(Default, PartialEq, Eq, Debug)]
struct LaneState {
	/// One more than the last nonce used, while that is to be trusted.
	next: Option<u64>,
	/// Calls whose end is not known yet.
	flying: u32,
}

impl LaneState {
	/// The nonce to use when the pool counts to `pool`.
	///
	/// The pool may not have counted the last calls yet: what is under way counts as well. When
	/// nothing is, or something went wrong, the pool alone is right.
	fn nonce(&self, pool: u64) -> u64 {
		match self.next {
			Some(next) if self.flying > 0 => next.max(pool),
			_ => pool,
		}
	}

	fn took(&mut self, nonce: u64) {
		self.next = nonce.checked_add(1);
		self.flying += 1;
	}

	fn ended(&mut self, landed: bool) {
		self.flying = self.flying.saturating_sub(1);
		if !landed {
			// A nonce may have stayed free: later ones would wait behind it for ever.
			self.next = None;
		}
	}
}

/// A call under way.
struct Flight {
	lane: Arc<Lane>,
	landed: bool,
}

impl Drop for Flight {
	fn drop(&mut self) {
		self.lane.state().ended(self.landed);
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use rpcs::UserError;

	fn answer(code: i32, data: Option<&str>) -> rpcs::Error {
		let data = data.map(|text| serde_json::value::to_raw_value(text).unwrap());
		rpcs::Error::User(UserError { code, message: String::new(), data })
	}

	#[test]
	fn calls_under_way_take_consecutive_nonces() {
		let mut lane = LaneState::default();
		assert_eq!(lane.nonce(5), 5);
		lane.took(5);
		assert_eq!(lane.nonce(5), 6, "the pool lags");
		lane.took(6);
		assert_eq!(lane.nonce(9), 9, "somebody else used the account");
	}

	#[test]
	fn without_calls_under_way_the_pool_is_right() {
		let mut lane = LaneState::default();
		lane.took(5);
		lane.ended(true);
		assert_eq!(lane.nonce(3), 3, "the chain was restarted");
	}

	#[test]
	fn a_lost_call_leaves_no_gap() {
		let mut lane = LaneState::default();
		lane.took(5);
		lane.took(6);
		lane.ended(false);
		assert_eq!(lane.nonce(5), 5, "the nonce 5 is free again");
		lane.took(5);
		lane.ended(true);
		lane.ended(true);
		assert_eq!(lane, LaneState { next: Some(6), flying: 0 });
		lane.ended(true);
		assert_eq!(lane.flying, 0);
	}

	#[test]
	fn taken_nonces_are_recognised() {
		assert!(is_nonce_taken(&answer(1014, None)));
		assert!(is_nonce_taken(&answer(1013, None)));
		assert!(is_nonce_taken(&answer(1010, Some("Transaction is outdated"))));
		assert!(!is_nonce_taken(&answer(1010, Some("Inability to pay some fees"))));
		assert!(!is_nonce_taken(&rpcs::Error::Client("closed".into())));
		assert!(!is_in_pool(&answer(1010, Some("Transaction is outdated"))));
	}

	#[test]
	fn a_call_is_not_taken_for_what_hooks_did_before_it() {
		use assay_primitives::TaskId;
		let (alice, bob) = (AccountId([1; 32]), AccountId([2; 32]));
		let disputed = |task| Occurrence::Assay(AssayEvent::Disputed { task: TaskId(task) });
		let record = |extrinsic, event| EventRecord { extrinsic, event };
		let records = || {
			vec![
				record(None, disputed(1)),
				record(Some(2), disputed(2)),
				record(Some(2), Occurrence::Withdrawn(bob)),
				record(Some(2), disputed(3)),
				record(Some(2), Occurrence::Withdrawn(alice)),
				record(Some(2), disputed(4)),
				// What the call takes from its signer is no second beginning.
				record(Some(2), Occurrence::Withdrawn(alice)),
				record(Some(2), disputed(5)),
				record(Some(2), Occurrence::FeePaid(7)),
				record(Some(3), disputed(6)),
			]
		};
		let expected = [4, 5].map(|task| AssayEvent::Disputed { task: TaskId(task) });
		assert_eq!(effects(records(), 2, &alice), Ok((7, expected.to_vec())));
		// Without a fee nothing tells them apart.
		let (paid, events) = effects(records(), 2, &AccountId([3; 32])).unwrap();
		assert_eq!((paid, events.len()), (7, 4));
		let failure = DispatchFailure { pallet: None, name: "TooLate".into(), docs: "".into() };
		let mut failed = records();
		failed.push(record(Some(2), Occurrence::Failed(failure.clone())));
		assert_eq!(effects(failed, 2, &alice), Err(failure));
	}

	#[test]
	fn a_transaction_is_void_after_its_era() {
		assert!(!is_void(10, 74));
		assert!(is_void(10, 75));
		assert!(!is_void(u32::MAX, 0));
	}
}

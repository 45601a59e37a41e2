// SPDX-License-Identifier: GPL-3.0-or-later
//! The chain as the core sees it: finalised blocks only, reconnecting for ever.

use crate::{
	core::{Deed, Fate, Life, Presence, Seen, Snapshot},
	metrics::Metrics,
};
use assay_client::{AccountId, Block, Call, Chain, ClusterView, Error, Signer};
use assay_primitives::{merkle::Hash, BlockNumber, ClusterId, Genesis, TaskId};
use std::{collections::BTreeSet, sync::Arc, time::Duration};
use tokio::{
	sync::watch,
	time::{sleep, timeout},
};

/// The first wait after a lost connection.
const FIRST_WAIT: Duration = Duration::from_millis(250);
/// The longest.
const LONGEST_WAIT: Duration = Duration::from_secs(15);
/// How long a submission may take to become final before its fate counts as unclear.
const SUBMIT_DEADLINE: Duration = Duration::from_secs(120);
/// How long a look at a block may take.
const LOOK_WITHIN: Duration = Duration::from_secs(20);

/// How long to wait after so many failures in a row.
fn wait_after(failures: u32) -> Duration {
	let factor = 1u32.checked_shl(failures.min(16)).unwrap_or(u32::MAX);
	FIRST_WAIT.saturating_mul(factor).min(LONGEST_WAIT)
}

/// Whether waiting helps: the node is away, starting, or behind.
fn is_passing(error: &Error) -> bool {
	!matches!(error, Error::BadUrl { .. } | Error::OtherChain { .. } | Error::Key(_))
}

/// One cluster's view of the chain.
#[derive(Clone)]
pub struct Link {
	chain: Chain,
	signer: Signer,
	cluster: ClusterId,
	metrics: Arc<Metrics>,
}

impl Link {
	/// Connects, however long the node takes to come up.
	pub async fn connect(
		url: &str,
		signer: Signer,
		cluster: ClusterId,
		metrics: Arc<Metrics>,
	) -> Result<Self, Error> {
		let mut failures = 0;
		loop {
			let attempt = async {
				let chain = Chain::connect(url).await?;
				chain.network(None).await?;
				Ok(chain)
			};
			let error = match attempt.await {
				Ok(chain) => return Ok(Self { chain, signer, cluster, metrics }),
				Err(error) if is_passing(&error) => error,
				Err(error) => return Err(error),
			};
			metrics.chain_error(error.label());
			tracing::warn!(%error, "the node is not ready, trying again");
			sleep(wait_after(failures)).await;
			failures += 1;
		}
	}

	/// The hash of block zero.
	pub fn genesis(&self) -> Genesis {
		Genesis(self.chain.genesis().0)
	}

	/// Who signs.
	pub fn account(&self) -> AccountId {
		self.signer.account()
	}

	/// Puts the newest finalised block into `heads`, for ever. Blocks that nobody looked at in time
	/// are replaced: the present state is all that counts. Ends only when waiting does not help.
	pub async fn follow(&self, heads: watch::Sender<Option<Block>>) -> Error {
		let mut failures = 0;
		loop {
			let mut blocks = self.chain.finalised_blocks(None);
			let error = loop {
				match blocks.next().await {
					Ok(block) => {
						failures = 0;
						heads.send_replace(Some(block));
					},
					Err(error) => break error,
				}
			};
			if !is_passing(&error) {
				return error;
			}
			self.metrics.chain_error(error.label());
			tracing::warn!(%error, "lost the chain, trying again");
			sleep(wait_after(failures)).await;
			failures += 1;
		}
	}

	/// The cluster, as of a block.
	pub async fn cluster(&self, block: Block) -> Result<Option<ClusterView>, Error> {
		self.chain.cluster(self.cluster, Some(block.hash)).await
	}

	/// What a block shows of the cluster, of its assignments and of the tasks that are `known`. A node that
	/// does not answer in time counts as lost: the worker has other things to do meanwhile.
	pub async fn snapshot(&self, block: Block, known: &[TaskId]) -> Result<Snapshot, Error> {
		timeout(LOOK_WITHIN, self.look(block, known)).await.unwrap_or_else(|elapsed| {
			let url = self.chain.url().into();
			Err(Error::Disconnected { url, source: elapsed.into() })
		})
	}

	async fn look(&self, block: Block, known: &[TaskId]) -> Result<Snapshot, Error> {
		let at = Some(block.hash);
		let life = self.life(block).await?;
		let lease = self.chain.network(at).await?.lease;
		let presence = self.cluster(block).await?.map(|view| {
			let ClusterView { status, lease_until, .. } = view;
			Presence { status, lease_until, lease }
		});
		let assignments = self.chain.assignments(self.cluster, at).await?;
		let mut tasks: Vec<Seen> =
			assignments.into_iter().map(|assignment| Seen::new(&life, assignment.task)).collect();
		let assigned: BTreeSet<TaskId> = tasks.iter().map(|seen| seen.task).collect();
		let mut gone = Vec::new();
		for task in known.iter().filter(|task| !assigned.contains(task)) {
			match self.chain.task(*task, at).await? {
				Some(view) => tasks.push(Seen::new(&life, view)),
				None => gone.push(*task),
			}
		}
		Ok(Snapshot { life, now: block.number, presence, tasks, gone })
	}

	async fn life(&self, block: Block) -> Result<Life, Error> {
		match self.chain.block_hash(1).await? {
			Some(hash) => Ok(hash.0),
			None if block.number == 0 => Ok(Life::default()),
			// A node that is still filling gaps: a guess would make old rows look stale.
			None => Err(Error::Missing { what: "block 1".into() }),
		}
	}

	/// Submits, and waits for finality. `nodes` are what is posted of an array.
	pub async fn submit(&self, task: TaskId, deed: &Deed, nodes: Vec<Hash>) -> Fate {
		let call = self.call(task, deed, nodes);
		let deed = deed.kind().name();
		match self.send(&call).await {
			Ok(block) => {
				tracing::info!(%task, deed, block, "done");
				Fate::Landed(block)
			},
			Err((fate, error)) => {
				tracing::warn!(%task, deed, ?fate, %error, "not done");
				fate
			},
		}
	}

	/// Renews the cluster's lease, and waits for finality.
	pub async fn renew(&self) -> Fate {
		match self.send(&Call::RenewLease { cluster: self.cluster }).await {
			Ok(block) => {
				tracing::info!(cluster = %self.cluster, block, "the lease is renewed");
				Fate::Landed(block)
			},
			Err((fate, error)) => {
				tracing::warn!(cluster = %self.cluster, ?fate, %error, "the lease is not renewed");
				fate
			},
		}
	}

	/// The block that a call got into, or what came of it.
	async fn send(&self, call: &Call) -> Result<BlockNumber, (Fate, Error)> {
		match self.chain.submit_within(&self.signer, call, SUBMIT_DEADLINE).await {
			Ok(submitted) => Ok(submitted.block.number),
			Err(error) => {
				self.metrics.chain_error(error.label());
				Err((fate_of(&error), error))
			},
		}
	}

	fn call(&self, task: TaskId, deed: &Deed, nodes: Vec<Hash>) -> Call {
		let cluster = self.cluster;
		match *deed {
			Deed::Commit(commitment) => Call::Commit { task, cluster, commitment },
			Deed::Answer(outcome, evidence_root) => {
				Call::Answer { task, cluster, outcome, evidence_root }
			},
			Deed::Open(opening) => Call::Open { task, cluster, opening },
			Deed::OpenPanel(opening, possession) => {
				Call::OpenPanel { task, cluster, opening, possession }
			},
			Deed::Possess(possession) => Call::Possess { task, cluster, possession },
			Deed::Split | Deed::Narrow(_) => Call::Narrow { task, cluster, nodes },
			Deed::Abstain(reason) => Call::Abstain { task, cluster, reason },
			Deed::AdmitUnstable => Call::AdmitUnstable { task, cluster },
		}
	}
}

/// What a failed submission came to.
fn fate_of(error: &Error) -> Fate {
	match error {
		Error::Dispatch(_) | Error::CannotPay { .. } | Error::NotTaken { .. } => Fate::Refused,
		_ => Fate::Unclear,
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use assay_client::DispatchFailure;

	#[test]
	fn waits_grow_and_stay_bounded() {
		let waits: Vec<_> = (0..40).map(wait_after).collect();
		assert_eq!(waits[0], FIRST_WAIT);
		assert!(waits.windows(2).all(|pair| pair[0] <= pair[1]));
		assert_eq!(waits[39], LONGEST_WAIT);
	}

	#[test]
	fn only_what_the_chain_said_counts_as_refused() {
		let failure = DispatchFailure { pallet: None, name: "TooLate".into(), docs: "".into() };
		assert_eq!(fate_of(&failure.into()), Fate::Refused);
		let lost = Error::Disconnected { url: "ws://node".into(), source: "closed".into() };
		assert_eq!(fate_of(&lost), Fate::Unclear);
		assert!(is_passing(&lost));
		assert!(!is_passing(&Error::BadUrl { url: "node".into() }));
	}
}

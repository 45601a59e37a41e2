// SPDX-License-Identifier: GPL-3.0-or-later
//! The anchor log, rebuilt from what the chain published and checked against its headers.

use crate::{
	blocks::Block,
	chain::{Chain, Header},
	error::{Error, Result},
	event::AssayEvent,
	Hash, Leaf,
};
use assay_primitives::{
	merkle::{self, leaf_hash, Frontier},
	view::LogView,
	BlockNumber, LogRoot, TaskId,
};
use codec::{Decode, Encode};
use futures::{stream, StreamExt, TryStreamExt};
use subxt::config::substrate::DigestItem;

/// Who wrote the digest item.
const ENGINE: [u8; 4] = *b"ASAY";
/// How many headers are asked for at once.
const HEADERS_AT_ONCE: usize = 32;

/// How the published log contradicts itself.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LogError {
	/// A leaf has the wrong index.
	#[error("block {block} appends leaf {found} where {expected} is due: do not trust this node")]
	WrongIndex {
		/// The block.
		block: BlockNumber,
		/// The index that was due.
		expected: u64,
		/// The index in the event.
		found: u64,
	},
	/// The header states another size or root than the leaves have.
	#[error(
		"block {block} states a log of {} leaves with root {}, its leaves make {} with root {}: do \
		 not trust this node",
		stated.size, stated.root, rebuilt.size, rebuilt.root
	)]
	WrongRoot {
		/// The block.
		block: BlockNumber,
		/// What the header or the runtime states.
		stated: LogView,
		/// What the leaves make.
		rebuilt: LogView,
	},
}

/// A leaf of the log and where it was appended.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize)]
pub struct LogEntry {
	/// Its index.
	pub index: u64,
	/// The block that appended it.
	pub block: BlockNumber,
	/// The leaf.
	pub leaf: Leaf,
}

/// The log up to some block.
#[derive(Clone, Debug, Default)]
pub struct Log {
	entries: Vec<LogEntry>,
	hashes: Vec<merkle::Hash>,
	frontier: Frontier,
	next: BlockNumber,
}

impl Log {
	/// An empty log that has seen no block.
	pub fn new() -> Self {
		Self::default()
	}

	/// All entries, in order.
	pub fn entries(&self) -> &[LogEntry] {
		&self.entries
	}

	/// The hashes of all leaves, in order: what proofs are made from.
	pub fn leaf_hashes(&self) -> &[merkle::Hash] {
		&self.hashes
	}

	/// Size and root.
	pub fn view(&self) -> LogView {
		LogView { size: self.frontier.size, root: LogRoot(self.frontier.root()) }
	}

	/// The entry of a task, if its result was accepted.
	pub fn of_task(&self, task: TaskId) -> Option<&LogEntry> {
		self.entries.iter().find(|entry| entry.leaf.task == task)
	}

	/// The first block that was not looked at yet.
	pub fn next_block(&self) -> BlockNumber {
		self.next
	}

	/// Reads on to `head`, which has to be final, and checks every header on the way.
	///
	/// Only headers are read, and the events of those blocks in which the log grew.
	pub async fn follow(&mut self, chain: &Chain, head: Block) -> Result<()> {
		let mut headers = stream::iter(self.next..=head.number)
			.map(|number| async move {
				let hash = if number == head.number {
					head.hash
				} else {
					let hash = chain.block_hash(number).await?;
					hash.ok_or_else(|| Error::missing_block(number))?
				};
				let header = chain.header(hash).await?;
				Ok::<_, Error>((Block { number, hash }, stated(&header)?))
			})
			.buffered(HEADERS_AT_ONCE);
		while let Some((block, stated)) = headers.try_next().await? {
			if let Some(stated) = stated {
				let events = chain.events(block.hash).await?;
				self.grow(block.number, events, stated)?;
			}
			self.next = block.number.saturating_add(1);
		}
		drop(headers);
		// A header without the item would go unnoticed until the next one; the state tells.
		let present = chain.log(Some(head.hash)).await?;
		self.compare(head.number, present)?;
		Ok(())
	}

	/// Takes in the events of a block whose header states what the log is after it.
	fn grow(
		&mut self,
		block: BlockNumber,
		events: Vec<AssayEvent>,
		stated: LogView,
	) -> Result<(), LogError> {
		let before = (self.entries.len(), self.frontier.clone());
		let grown = self.append_all(block, events).and_then(|()| self.compare(block, stated));
		if grown.is_err() {
			// Nothing of a contradictory block is kept.
			self.entries.truncate(before.0);
			self.hashes.truncate(before.0);
			self.frontier = before.1;
		}
		grown
	}

	fn append_all(&mut self, block: BlockNumber, events: Vec<AssayEvent>) -> Result<(), LogError> {
		for event in events {
			let AssayEvent::LeafAppended { index, leaf } = event else { continue };
			let expected = self.frontier.size;
			if index != expected {
				return Err(LogError::WrongIndex { block, expected, found: index });
			}
			let hash = leaf_hash(&leaf.encode());
			self.frontier.append(hash);
			self.hashes.push(hash);
			self.entries.push(LogEntry { index, block, leaf: *leaf });
		}
		Ok(())
	}

	fn compare(&self, block: BlockNumber, stated: LogView) -> Result<(), LogError> {
		let rebuilt = self.view();
		if rebuilt != stated {
			return Err(LogError::WrongRoot { block, stated, rebuilt });
		}
		Ok(())
	}
}

impl Chain {
	/// The whole anchor log up to the block `up_to`, or to the finalised head.
	pub async fn leaves(&self, up_to: Option<Hash>) -> Result<Log> {
		let head = match up_to {
			Some(hash) => Block::of(&self.header(hash).await?),
			None => self.finalised_head().await?,
		};
		let mut log = Log::new();
		log.follow(self, head).await?;
		Ok(log)
	}

	/// What the header of a block states about the log; `None` when the log did not grow in it.
	pub async fn stated_log(&self, hash: Hash) -> Result<Option<LogView>> {
		stated(&self.header(hash).await?)
	}
}

/// What a header states about the log.
fn stated(header: &Header) -> Result<Option<LogView>> {
	let item = header.digest.logs.iter().find_map(|item| match item {
		DigestItem::Consensus(ENGINE, data) => Some(data),
		_ => None,
	});
	let Some(data) = item else { return Ok(None) };
	<(u64, LogRoot)>::decode(&mut &data[..])
		.map(|(size, root)| Some(LogView { size, root }))
		.map_err(|source| Error::unreadable("the log's digest item", source))
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::AccountId;
	use assay_primitives::{
		leaf::{Assurance, LEAF_VERSION},
		outcome::Outcome,
		spec::{Class, WASM_ENGINE},
		task::{Check, Policy},
		ContentHash, OutputRoot,
	};

	fn leaf(task: u64) -> Leaf {
		Leaf {
			version: LEAF_VERSION,
			task: TaskId(task),
			requester: AccountId::from([1; 32]),
			program: ContentHash([2; 32]),
			inputs: ContentHash([3; 32]),
			parameters: [4; 32],
			terms: [5; 32],
			class: Class { engine: WASM_ENGINE, architecture: None },
			policy: Policy {
				check: Check::Verified { quorum: 2, panel: 3 },
				window: 1,
				execution_blocks: 10,
				queue_blocks: 10,
				preflight: false,
			},
			draws: Default::default(),
			executions: Default::default(),
			outcome: Outcome::Completed { output_root: OutputRoot([5; 32]) },
			assurance: Assurance::Agreed,
			possession: None,
			finalised_at: 9,
		}
	}

	fn appended(index: u64, task: u64) -> AssayEvent {
		AssayEvent::LeafAppended { index, leaf: Box::new(leaf(task)) }
	}

	fn root_of(tasks: &[u64]) -> LogView {
		let hashes: Vec<_> = tasks.iter().map(|task| leaf_hash(&leaf(*task).encode())).collect();
		LogView { size: tasks.len() as u64, root: LogRoot(merkle::root(&hashes)) }
	}

	#[test]
	fn a_log_is_rebuilt_from_its_leaves() {
		let mut log = Log::new();
		log.grow(3, vec![appended(0, 7), AssayEvent::Disputed { task: TaskId(9) }], root_of(&[7]))
			.unwrap();
		log.grow(5, vec![appended(1, 8), appended(2, 6)], root_of(&[7, 8, 6])).unwrap();
		assert_eq!(log.view(), root_of(&[7, 8, 6]));
		assert_eq!(log.leaf_hashes().len(), 3);
		assert_eq!(log.of_task(TaskId(6)).map(|entry| (entry.index, entry.block)), Some((2, 5)));
		assert_eq!(log.of_task(TaskId(9)), None);
	}

	#[test]
	fn a_contradictory_block_is_refused_and_leaves_no_trace() {
		let mut log = Log::new();
		log.grow(1, vec![appended(0, 7)], root_of(&[7])).unwrap();
		let skipped = log.grow(2, vec![appended(2, 8)], root_of(&[7, 8]));
		assert_eq!(skipped, Err(LogError::WrongIndex { block: 2, expected: 1, found: 2 }));
		let missing = log.grow(2, vec![], root_of(&[7, 8]));
		assert!(matches!(missing, Err(LogError::WrongRoot { block: 2, .. })));
		let other = log.grow(2, vec![appended(1, 8), appended(2, 9)], root_of(&[7, 8, 6]));
		assert!(matches!(other, Err(LogError::WrongRoot { .. })));
		assert_eq!(log.view(), root_of(&[7]));
		log.grow(2, vec![appended(1, 8)], root_of(&[7, 8])).unwrap();
	}

	#[test]
	fn the_digest_item_states_size_and_root() {
		let mut header = Header {
			parent_hash: Hash::zero(),
			number: 1,
			state_root: Hash::zero(),
			extrinsics_root: Hash::zero(),
			digest: Default::default(),
		};
		assert_eq!(stated(&header).unwrap(), None);
		header.digest.logs.push(DigestItem::Consensus(*b"aura", vec![1]));
		assert_eq!(stated(&header).unwrap(), None);
		let view = root_of(&[1, 2]);
		header.digest.logs.push(DigestItem::Consensus(ENGINE, (view.size, view.root).encode()));
		assert_eq!(stated(&header).unwrap(), Some(view));
		header.digest.logs = vec![DigestItem::Consensus(ENGINE, vec![1, 2])];
		assert!(stated(&header).is_err());
	}
}

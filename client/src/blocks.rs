// SPDX-License-Identifier: GPL-3.0-or-later
//! Following the finalised chain without a gap.

use crate::{
	chain::{Chain, Header},
	error::{Error, Result},
	Hash,
};
use assay_primitives::BlockNumber;
use std::time::Duration;
use subxt::rpcs::client::RpcSubscription;

/// How long a subscription may be silent before the node is asked whether it still lives.
const SILENCE: Duration = Duration::from_secs(20);

/// A block.
#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Serialize)]
pub struct Block {
	/// Its height.
	pub number: BlockNumber,
	/// Its hash.
	pub hash: Hash,
}

/// Every finalised block, in order and once.
///
/// [`FinalisedBlocks::next`] may be dropped at any await without losing a block.
pub struct FinalisedBlocks {
	chain: Chain,
	/// The next number to hand out; `None` before the first.
	next: Option<BlockNumber>,
	/// The highest block known to be final and not handed out yet.
	head: Option<Block>,
	heads: Option<RpcSubscription<Header>>,
}

impl FinalisedBlocks {
	pub(crate) fn new(chain: Chain, from: Option<BlockNumber>) -> Self {
		Self { chain, next: from, head: None, heads: None }
	}

	/// The next finalised block; waits until there is one.
	///
	/// An error loses nothing: when it is transient, wait a moment and call again.
	pub async fn next(&mut self) -> Result<Block> {
		loop {
			let Some(head) = self.head else {
				self.head = Some(self.wait_for_head().await?);
				continue;
			};
			let Some(number) = due(self.next, head.number) else {
				self.head = None;
				continue;
			};
			let block = if number == head.number {
				self.head = None;
				head
			} else {
				let hash = self.chain.block_hash(number).await?;
				Block { number, hash: hash.ok_or_else(|| Error::missing_block(number))? }
			};
			self.next = number.checked_add(1);
			return Ok(block);
		}
	}

	/// The number that [`FinalisedBlocks::next`] will hand out, if it is known already.
	pub fn position(&self) -> Option<BlockNumber> {
		self.next
	}

	async fn wait_for_head(&mut self) -> Result<Block> {
		let heads = match &mut self.heads {
			Some(heads) => heads,
			// A new subscription begins with the present head: nothing is missed in between.
			None => self.heads.insert(self.chain.subscribe_finalised().await?),
		};
		match tokio::time::timeout(SILENCE, heads.next()).await {
			Ok(Some(Ok(header))) => Ok(Block::of(&header)),
			Ok(Some(Err(source))) => {
				self.heads = None;
				Err(self.chain.lost(source).await)
			},
			Ok(None) => {
				self.heads = None;
				Err(self.chain.lost("the node ended the subscription").await)
			},
			// A dead peer that never said so: the request finds out.
			Err(_) => {
				self.heads = None;
				self.chain.finalised_head().await
			},
		}
	}
}

impl Block {
	pub(crate) fn of(header: &Header) -> Self {
		use codec::Encode;
		let hash = Hash(assay_primitives::blake2_256(&header.encode()));
		// Heights of the chain are 32 bits wide.
		Self { number: u32::try_from(header.number).unwrap_or(u32::MAX), hash }
	}
}

/// The number to hand out next when everything up to `head` is final: none when `head` was handed out
/// already, the first missing one otherwise.
fn due(next: Option<BlockNumber>, head: BlockNumber) -> Option<BlockNumber> {
	match next {
		None => Some(head),
		Some(next) if next <= head => Some(next),
		Some(_) => None,
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	/// What is handed out when the node reports these heads.
	fn handed_out(from: Option<u32>, heads: &[u32]) -> Vec<u32> {
		let mut next = from;
		let mut out = Vec::new();
		for head in heads {
			while let Some(number) = due(next, *head) {
				out.push(number);
				next = number.checked_add(1);
			}
		}
		out
	}

	#[test]
	fn without_a_start_the_present_head_comes_first() {
		assert_eq!(handed_out(None, &[7, 8, 9]), [7, 8, 9]);
	}

	#[test]
	fn gaps_are_filled_in_order() {
		assert_eq!(handed_out(None, &[3, 7, 8]), [3, 4, 5, 6, 7, 8]);
		assert_eq!(handed_out(Some(0), &[2]), [0, 1, 2]);
	}

	#[test]
	fn repeated_and_older_heads_are_handed_out_once() {
		assert_eq!(handed_out(None, &[5, 5, 4, 6, 6]), [5, 6]);
	}

	#[test]
	fn a_start_in_the_future_waits() {
		assert_eq!(handed_out(Some(10), &[8, 9, 10, 12]), [10, 11, 12]);
	}

	#[test]
	fn the_hash_of_a_header_is_that_of_its_encoding() {
		let header = Header {
			parent_hash: Hash::zero(),
			number: 1,
			state_root: Hash::zero(),
			extrinsics_root: Hash::zero(),
			digest: Default::default(),
		};
		let bytes = [vec![0; 32], vec![4], vec![0; 64], vec![0]].concat();
		let block = Block::of(&header);
		assert_eq!(block, Block { number: 1, hash: Hash(assay_primitives::blake2_256(&bytes)) });
	}
}

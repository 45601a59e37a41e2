// SPDX-License-Identifier: GPL-3.0-or-later
//! Arrays: one program run once for each of many items, under one output root.
//!
//! A leaf of an array's output tree is the outcome of one item; see [`item_leaf`]. Where two roots differ, those
//! who claim them first post the roots of the subtrees over [`SUBTREE`] leaves each, then the leaves of the first
//! subtree in which they differ: [`root_of`] leads from what is posted back to what was claimed. So the chain
//! sees which item they differ in, and never more than [`SUBTREE`] hashes at once.

use crate::{
	merkle::{self, Hash},
	outcome::Outcome,
	OutputRoot, Possession,
};
use alloc::vec::Vec;
use codec::Encode;

/// Most items of one array.
pub const MAX_ITEMS: u16 = 16_384;
/// Leaves below one of the roots that are posted first. A power of two, so that they are nodes of the tree.
pub const SUBTREE: u16 = 128;
/// Most hashes that are posted at once: so many subtrees, or so many leaves of one.
pub const MAX_NODES: u32 = 128;
const _: () = assert!(SUBTREE.is_power_of_two() && SUBTREE as u32 <= MAX_NODES);
const _: () = assert!(MAX_ITEMS as u32 <= MAX_NODES * SUBTREE as u32);

/// The leaf of the item at `index`.
pub fn item_leaf(index: u16, outcome: &Outcome) -> Hash {
	merkle::leaf_hash(&("assay/item/v1", index, outcome).encode())
}

/// The leaves of an array whose items ended so, in order.
pub fn leaves(outcomes: &[Outcome]) -> Vec<Hash> {
	(0..).zip(outcomes).map(|(index, outcome)| item_leaf(index, outcome)).collect()
}

/// The root over hashes that stand side by side in a tree: leaves, or roots of full subtrees of [`SUBTREE`]
/// leaves, of which the last may hold fewer.
pub fn root_of(nodes: &[Hash]) -> Hash {
	merkle::root(nodes)
}

/// What clusters must agree on.
pub fn outcome_of(leaves: &[Hash]) -> Outcome {
	Outcome::Completed { output_root: OutputRoot(root_of(leaves)) }
}

/// The roots of the subtrees over [`SUBTREE`] leaves each.
pub fn subtree_roots(leaves: &[Hash]) -> Vec<Hash> {
	leaves.chunks(usize::from(SUBTREE)).map(root_of).collect()
}

/// How many subtrees an array of so many items has.
pub fn subtrees(items: u16) -> u16 {
	items.div_ceil(SUBTREE)
}

/// How many leaves the subtree at `place` has.
pub fn leaves_below(items: u16, place: u16) -> u16 {
	items.saturating_sub(place.saturating_mul(SUBTREE)).min(SUBTREE)
}

/// The proof of possession of all items: the same tree, the data of each leaf followed by what proves possession
/// of that item. See [`crate::bundle::possession`].
pub fn possession(items: impl IntoIterator<Item = (Outcome, Possession)>) -> Possession {
	let keyed = |(index, (outcome, possession)): (u16, (Outcome, Possession))| {
		merkle::leaf_hash(&("assay/item/v1", index, outcome, possession).encode())
	};
	let leaves: Vec<Hash> = (0..).zip(items).map(keyed).collect();
	Possession(root_of(&leaves))
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::{outcome::FailureKind, FailureDigest};
	use std::collections::BTreeSet;

	fn outcomes(count: u16) -> Vec<Outcome> {
		let outcome = |index: u16| match index % 5 {
			0 => {
				let report = FailureDigest([index as u8; 32]);
				Outcome::Failed { kind: FailureKind::Trap, report }
			},
			_ => Outcome::Completed { output_root: OutputRoot([index as u8; 32]) },
		};
		(0..count).map(outcome).collect()
	}

	#[test]
	fn what_is_posted_leads_back_to_what_was_claimed() {
		for count in [1, 2, 127, 128, 129, 255, 256, 300, 1000, MAX_ITEMS] {
			let leaves = leaves(&outcomes(count));
			let whole = merkle::root(&leaves);
			let roots = subtree_roots(&leaves);
			assert_eq!(roots.len(), usize::from(subtrees(count)), "{count}");
			assert!(roots.len() as u32 <= MAX_NODES);
			assert_eq!(root_of(&roots), whole, "{count}");
			for (place, root) in roots.iter().enumerate() {
				let from = place * usize::from(SUBTREE);
				let size = usize::from(leaves_below(count, place as u16));
				assert_eq!(root_of(&leaves[from..from + size]), *root, "{count}, {place}");
			}
		}
		assert_eq!(leaves_below(300, 3), 0);
	}

	#[test]
	fn no_two_items_share_a_leaf() {
		let same = vec![Outcome::Completed { output_root: OutputRoot([7; 32]) }; 1000];
		assert_eq!(leaves(&same).into_iter().collect::<BTreeSet<_>>().len(), 1000);
	}

	#[test]
	fn possession_depends_on_every_item() {
		let items = outcomes(200);
		let prove = |change: Option<usize>| {
			possession(items.iter().enumerate().map(|(at, outcome)| {
				let shown = if change == Some(at) { 1 } else { 0 };
				(*outcome, Possession([shown; 32]))
			}))
		};
		let proofs: BTreeSet<Possession> = (0..200).map(Some).chain([None]).map(prove).collect();
		assert_eq!(proofs.len(), 201);
	}
}

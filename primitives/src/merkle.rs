// SPDX-License-Identifier: GPL-3.0-or-later
//! RFC 6962 trees, proofs and the frontier of a growing log.
//!
//! SHA-256; leaves are hashed with the prefix 0x00 and nodes with 0x01, so that neither is taken for
//! the other. A tree of `n` leaves splits at the largest power of two below `n`; no leaf is ever
//! duplicated. All functions work on leaf *hashes* (see [`leaf_hash`]).
//!
//! The length of a proof follows from index and size, and a proof that is longer or shorter fails.
//! A root alone does not say how many leaves it covers (the first leaf of five has the same way to
//! the root as the first of eight), so a size is worth what vouches for it: always take size and
//! root together from one place, such as the header digest of a block.

use crate::{sha256, BoundedVec, ConstU32};
use alloc::vec::Vec;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

/// The hash of a leaf, of a node or of a whole tree.
pub type Hash = [u8; 32];

/// What stands before the data of a leaf.
const LEAF: u8 = 0;
/// What stands before the children of a node.
const NODE: u8 = 1;
/// Most bytes of a leaf that is hashed without allocating.
const SHORT: usize = 127;

/// The hash of a leaf with these bytes.
pub fn leaf_hash(data: &[u8]) -> Hash {
	let mut short = [LEAF; SHORT + 1];
	if let Some(input) = short.get_mut(..=data.len()) {
		if let Some(bytes) = input.get_mut(1..) {
			bytes.copy_from_slice(data);
		}
		return sha256(input);
	}
	let mut input = Vec::with_capacity(data.len().saturating_add(1));
	input.push(LEAF);
	input.extend_from_slice(data);
	sha256(&input)
}

/// The hash of a node with these children.
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
	let mut input = [NODE; 65];
	let (_, children) = input.split_at_mut(1);
	let (first, second) = children.split_at_mut(32);
	first.copy_from_slice(left);
	second.copy_from_slice(right);
	sha256(&input)
}

/// The root of the tree without leaves.
pub fn empty_root() -> Hash {
	sha256(&[])
}

/// The root of the tree over these leaf hashes.
pub fn root(leaves: &[Hash]) -> Hash {
	let mut frontier = Frontier::default();
	for leaf in leaves {
		frontier.append(*leaf);
	}
	frontier.root()
}

/// What proves that the leaf at `index` stands in the tree over `leaves`: the hashes beside its way
/// to the root, the lowest first. `None` when there is no such leaf.
pub fn inclusion_proof(leaves: &[Hash], index: u64) -> Option<Vec<Hash>> {
	let mut index = usize::try_from(index).ok().filter(|index| *index < leaves.len())?;
	let mut subtree = leaves;
	let mut proof = Vec::new();
	while subtree.len() > 1 {
		let (left, right) = split(subtree);
		if let Some(in_right) = index.checked_sub(left.len()) {
			proof.push(root(left));
			(subtree, index) = (right, in_right);
		} else {
			proof.push(root(right));
			subtree = left;
		}
	}
	proof.reverse();
	Some(proof)
}

/// Whether `proof` shows that `leaf` is the leaf hash at `index` in the tree of `size` leaves with
/// this root.
pub fn verify_inclusion(root: &Hash, size: u64, index: u64, leaf: &Hash, proof: &[Hash]) -> bool {
	if index >= size {
		return false;
	}
	let mut way = Way::new(index, size);
	let mut hash = *leaf;
	for sibling in proof {
		hash = match way.step() {
			Some(Side::Left) => node_hash(sibling, &hash),
			Some(Side::Right) => node_hash(&hash, sibling),
			None => return false,
		};
	}
	way.is_at_root() && hash == *root
}

/// What proves that the tree over `leaves` begins with the whole tree over the first `old_size` of
/// them. `None` when there are fewer. Empty when the trees are the same or the old one is empty.
pub fn consistency_proof(leaves: &[Hash], old_size: u64) -> Option<Vec<Hash>> {
	let mut old = usize::try_from(old_size).ok().filter(|old| *old <= leaves.len())?;
	let mut proof = Vec::new();
	if old == 0 {
		return Some(proof);
	}
	let mut subtree = leaves;
	// The verifier has the old root, so a subtree that is the whole old tree need not be told.
	let mut is_old_root = true;
	while old < subtree.len() {
		let (left, right) = split(subtree);
		match old.checked_sub(left.len()).filter(|in_right| *in_right > 0) {
			Some(in_right) => {
				proof.push(root(left));
				(subtree, old, is_old_root) = (right, in_right, false);
			},
			None => {
				proof.push(root(right));
				subtree = left;
			},
		}
	}
	if !is_old_root {
		proof.push(root(subtree));
	}
	proof.reverse();
	Some(proof)
}

/// Whether `proof` shows that the tree of `new_size` leaves with `new_root` begins with the whole
/// tree of `old_size` leaves with `old_root`.
///
/// Every tree begins with the empty one; its root is still checked.
pub fn verify_consistency(
	old_root: &Hash,
	old_size: u64,
	new_root: &Hash,
	new_size: u64,
	proof: &[Hash],
) -> bool {
	if old_size > new_size {
		return false;
	}
	if old_size == new_size {
		let is_empty_root = old_size > 0 || *old_root == empty_root();
		return proof.is_empty() && old_root == new_root && is_empty_root;
	}
	let Some(last) = old_size.checked_sub(1) else {
		return proof.is_empty() && *old_root == empty_root();
	};
	let mut way = Way::new(last, new_size);
	// Up to the largest complete subtree that ends with the last old leaf.
	way.climb(last.trailing_ones());
	let (first, rest) = match proof.split_first() {
		_ if old_size.is_power_of_two() => (old_root, proof),
		Some((first, rest)) => (first, rest),
		None => return false,
	};
	let (mut old, mut new) = (*first, *first);
	for sibling in rest {
		match way.step() {
			Some(Side::Left) => {
				old = node_hash(sibling, &old);
				new = node_hash(sibling, &new);
			},
			Some(Side::Right) => new = node_hash(&new, sibling),
			None => return false,
		}
	}
	way.is_at_root() && old == *old_root && new == *new_root
}

/// A tree of at least two leaves, cut at the largest power of two below their number.
fn split(leaves: &[Hash]) -> (&[Hash], &[Hash]) {
	let height = leaves.len().saturating_sub(1).checked_ilog2().unwrap_or(0);
	leaves.split_at_checked(1 << height).unwrap_or((leaves, &[]))
}

/// On which side of the way a sibling stands.
enum Side {
	Left,
	Right,
}

/// The way from a leaf to the root: the position of its subtree, and of the last one, among the
/// subtrees of one level.
struct Way {
	at: u64,
	last: u64,
}

impl Way {
	/// From the leaf at `index`, which is below `size`.
	fn new(index: u64, size: u64) -> Self {
		Self { at: index, last: size.saturating_sub(1) }
	}

	/// On which side the next sibling stands; goes up to the common parent. `None` at the root.
	fn step(&mut self) -> Option<Side> {
		if self.is_at_root() {
			return None;
		}
		let side = if self.at & 1 == 1 || self.at == self.last {
			// The last subtree of a level may be alone: it is its own parent until it is a right
			// child.
			self.climb(self.at.trailing_zeros());
			Side::Left
		} else {
			Side::Right
		};
		self.climb(1);
		Some(side)
	}

	fn climb(&mut self, levels: u32) {
		self.at = self.at.checked_shr(levels).unwrap_or(0);
		self.last = self.last.checked_shr(levels).unwrap_or(0);
	}

	fn is_at_root(&self) -> bool {
		self.last == 0
	}
}

/// What has to be kept of a log to append to it: its size and the roots of the complete subtrees
/// that it consists of, the largest first. One for each bit that is set in the size.
#[derive(
	Clone,
	PartialEq,
	Eq,
	Debug,
	Default,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
)]
pub struct Frontier {
	/// How many leaves the log has.
	pub size: u64,
	/// The roots of its complete subtrees.
	pub hashes: BoundedVec<Hash, ConstU32<64>>,
}

impl Frontier {
	/// Append a leaf hash and return its index. At most 64 node hashes, two on average.
	///
	/// A log of 2^64 - 1 leaves, which no chain reaches, stays as it is.
	pub fn append(&mut self, leaf: Hash) -> u64 {
		let index = self.size;
		let Some(size) = index.checked_add(1) else { return index };
		let mut hash = leaf;
		// As in the binary addition of one: each trailing one is a subtree of the same height.
		for _ in 0..index.trailing_ones() {
			if let Some(left) = self.hashes.pop() {
				hash = node_hash(&left, &hash);
			}
		}
		// There is room: a size of 64 bits has at most 64 ones.
		if self.hashes.try_push(hash).is_ok() {
			self.size = size;
		}
		index
	}

	/// The root of the log.
	pub fn root(&self) -> Hash {
		let mut smaller_first = self.hashes.iter().rev();
		let Some(smallest) = smaller_first.next() else { return empty_root() };
		smaller_first.fold(*smallest, |right, left| node_hash(left, &right))
	}

	/// Whether there is one hash for each bit that is set in the size.
	pub fn is_well_formed(&self) -> bool {
		self.hashes.len() as u32 == self.size.count_ones()
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use proptest::prelude::*;

	/// The leaves of the known-answer tests of the Certificate Transparency project.
	const DATA: [&str; 8] = [
		"",
		"00",
		"10",
		"2021",
		"3031",
		"40414243",
		"5051525354555657",
		"606162636465666768696a6b6c6d6e6f",
	];

	/// The roots over the first 1, 2, … of them.
	const ROOTS: [&str; 8] = [
		"6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
		"fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
		"aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
		"d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
		"4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
		"76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
		"ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
		"5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
	];

	fn hex32(text: &str) -> Hash {
		let mut hash = [0; 32];
		hex::decode_to_slice(text, &mut hash).unwrap();
		hash
	}

	fn known_leaves(size: usize) -> Vec<Hash> {
		DATA[..size].iter().map(|data| leaf_hash(&hex::decode(data).unwrap())).collect()
	}

	/// `size` different leaf hashes.
	fn leaves(size: usize) -> Vec<Hash> {
		(0..size).map(|at| leaf_hash(&(at as u64).to_le_bytes())).collect()
	}

	/// The definition of RFC 6962, section 2.1, word for word.
	fn root_by_definition(leaves: &[Hash]) -> Hash {
		match leaves {
			[] => sha256(b""),
			[leaf] => *leaf,
			_ => {
				let mut k = 1;
				while k * 2 < leaves.len() {
					k *= 2;
				}
				node_hash(&root_by_definition(&leaves[..k]), &root_by_definition(&leaves[k..]))
			},
		}
	}

	#[test]
	fn the_empty_tree_is_the_hash_of_nothing() {
		let empty = hex32("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
		assert_eq!(root(&[]), empty);
		assert_eq!(Frontier::default().root(), empty);
	}

	#[test]
	fn the_roots_match_published_vectors() {
		for (size, expected) in (1..).zip(ROOTS) {
			assert_eq!(root(&known_leaves(size)), hex32(expected), "{size} leaves");
		}
	}

	#[test]
	fn the_inclusion_proofs_match_published_vectors() {
		let cases: [(u64, usize, &[&str]); 5] = [
			(0, 1, &[]),
			(
				0,
				8,
				&[
					"96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
					"5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
					"6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
				],
			),
			(
				5,
				8,
				&[
					"bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
					"ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
					"d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
				],
			),
			(2, 3, &["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"]),
			(
				1,
				5,
				&[
					"6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
					"5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
					"bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
				],
			),
		];
		for (index, size, expected) in cases {
			let expected: Vec<_> = expected.iter().map(|hash| hex32(hash)).collect();
			assert_eq!(inclusion_proof(&known_leaves(size), index), Some(expected));
		}
	}

	#[test]
	fn the_consistency_proofs_match_published_vectors() {
		let cases: [(u64, usize, &[&str]); 4] = [
			(1, 1, &[]),
			(
				1,
				8,
				&[
					"96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
					"5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
					"6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
				],
			),
			(
				6,
				8,
				&[
					"0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
					"ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
					"d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
				],
			),
			(
				2,
				5,
				&[
					"5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
					"bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
				],
			),
		];
		for (old, new, expected) in cases {
			let expected: Vec<_> = expected.iter().map(|hash| hex32(hash)).collect();
			assert_eq!(consistency_proof(&known_leaves(new), old), Some(expected));
		}
	}

	#[test]
	fn root_and_frontier_follow_the_definition_at_every_size() {
		let all = leaves(300);
		let mut frontier = Frontier::default();
		for size in 0..=all.len() {
			let expected = root_by_definition(&all[..size]);
			assert_eq!(root(&all[..size]), expected, "{size} leaves");
			assert_eq!(frontier.root(), expected, "{size} leaves");
			assert!(frontier.is_well_formed());
			if let Some(next) = all.get(size) {
				assert_eq!(frontier.append(*next), size as u64);
			}
		}
	}

	#[test]
	fn every_leaf_of_every_size_is_proved_at_its_own_place_only() {
		for size in 1..=40u64 {
			let all = leaves(size as usize);
			let root = root(&all);
			for index in 0..size {
				let proof = inclusion_proof(&all, index).unwrap();
				for (claimed, leaf) in (0..).zip(&all) {
					let valid = verify_inclusion(&root, size, index, leaf, &proof);
					assert_eq!(valid, claimed == index, "leaf {claimed} at {index} of {size}");
				}
				for claimed in 0..size + 2 {
					let leaf = &all[index as usize];
					let valid = verify_inclusion(&root, size, claimed, leaf, &proof);
					assert_eq!(valid, claimed == index, "{index} as {claimed} of {size}");
				}
			}
			assert_eq!(inclusion_proof(&all, size), None);
		}
		assert_eq!(inclusion_proof(&[], 0), None);
	}

	#[test]
	fn a_proof_of_another_length_fails() {
		for size in 2..=40u64 {
			let all = leaves(size as usize);
			let root = root(&all);
			for index in 0..size {
				let leaf = &all[index as usize];
				let proof = inclusion_proof(&all, index).unwrap();
				let (_, shorter) = proof.split_last().unwrap();
				assert!(!verify_inclusion(&root, size, index, leaf, shorter));
				assert!(!verify_inclusion(&root, size, index, leaf, &proof[1..]));
				let longer = [proof.as_slice(), &[[0; 32]]].concat();
				assert!(!verify_inclusion(&root, size, index, leaf, &longer));
				// The root of a shorter way, claimed as the whole tree.
				let inner = node_hash(leaf, &all[0]);
				assert!(!verify_inclusion(&inner, size, index, leaf, &[all[0]]) || size == 2);
			}
		}
	}

	#[test]
	fn the_size_is_bound_wherever_it_changes_the_way() {
		let sizes_for = |size: usize, index: u64| {
			let all = leaves(size);
			let (root, leaf) = (root(&all), all[index as usize]);
			let proof = inclusion_proof(&all, index).unwrap();
			let valid = |size: &u64| verify_inclusion(&root, *size, index, &leaf, &proof);
			(0..100).filter(valid).collect::<Vec<_>>()
		};
		// The last leaf of an odd tree goes a way of its own.
		assert_eq!(sizes_for(3, 2), [3]);
		assert_eq!(sizes_for(7, 6), [7]);
		assert_eq!(sizes_for(33, 32), [33]);
		// The first leaf goes the same way in all trees of one height: see the module's doc.
		assert_eq!(sizes_for(5, 0), [5, 6, 7, 8]);
	}

	#[test]
	fn a_node_is_no_leaf() {
		let all = leaves(4);
		let (left, right) = (node_hash(&all[0], &all[1]), node_hash(&all[2], &all[3]));
		let whole = root(&all);
		assert_eq!(whole, node_hash(&left, &right));
		// The bytes of a node, hashed as a leaf, are something else.
		let bytes = [left, right].concat();
		assert_ne!(leaf_hash(&bytes), whole);
		assert_ne!(leaf_hash(&[&[NODE], bytes.as_slice()].concat()), whole);
		// Nor is the tree of four leaves the tree of two.
		assert!(!verify_inclusion(&whole, 4, 0, &left, &[right]));
		assert!(!verify_inclusion(&whole, 4, 2, &right, &[left]));
	}

	#[test]
	fn the_odd_leaf_is_not_duplicated() {
		let mut all = leaves(3);
		let odd = root(&all);
		all.push(all[2]);
		assert_ne!(odd, root(&all));
		assert_ne!(root(&all[..1]), root(&[all[0], all[0]]));
	}

	#[test]
	fn leaves_cannot_be_joined_or_cut_differently() {
		let tree = |data: &[&[u8]]| root(&data.iter().map(|d| leaf_hash(d)).collect::<Vec<_>>());
		assert_ne!(tree(&[b"a|b", b"c"]), tree(&[b"a", b"b|c"]));
		assert_ne!(tree(&[b"ab"]), tree(&[b"a", b"b"]));
		assert_ne!(tree(&[b""]), tree(&[]));
		assert_ne!(tree(&[b"", b""]), tree(&[b""]));
	}

	#[test]
	fn a_leaf_of_any_length_is_hashed_with_its_prefix() {
		for len in [0, 1, SHORT - 1, SHORT, SHORT + 1, 1000] {
			let data = alloc::vec![9; len];
			assert_eq!(leaf_hash(&data), sha256(&[&[0], data.as_slice()].concat()), "{len} bytes");
		}
	}

	#[test]
	fn every_pair_of_sizes_is_consistent_and_bound() {
		let all = leaves(40);
		let roots: Vec<_> = (0..=all.len()).map(|size| root(&all[..size])).collect();
		for new in 0..=all.len() {
			for old in 0..=new {
				let proof = consistency_proof(&all[..new], old as u64).unwrap();
				let valid = |old_root: usize, old: usize, new_root: usize, new: usize| {
					let (old_size, new_size) = (old as u64, new as u64);
					verify_consistency(
						&roots[old_root],
						old_size,
						&roots[new_root],
						new_size,
						&proof,
					)
				};
				assert!(valid(old, old, new, new), "{old} to {new}");
				for other in (0..=all.len()).filter(|other| *other != old) {
					assert!(!valid(other, old, new, new), "root {other} as {old} to {new}");
				}
				// The new root is not looked at when the old tree is empty: nothing is claimed.
				if old > 0 {
					for other in (0..=all.len()).filter(|other| *other != new) {
						assert!(!valid(old, old, other, new), "{old} to root {other} as {new}");
					}
				}
			}
			assert_eq!(consistency_proof(&all[..new], new as u64 + 1), None);
		}
	}

	#[test]
	fn a_fork_is_not_consistent() {
		let honest = leaves(20);
		for old in 1..20u64 {
			let mut forked = honest.clone();
			forked[old as usize - 1] = [1; 32];
			let old_root = root(&honest[..old as usize]);
			for proof in [&honest, &forked].map(|log| consistency_proof(log, old).unwrap()) {
				assert!(!verify_consistency(&old_root, old, &root(&forked), 20, &proof));
			}
		}
	}

	#[test]
	fn an_empty_log_proves_nothing() {
		let (empty, all) = (empty_root(), leaves(3));
		assert!(verify_consistency(&empty, 0, &root(&all), 3, &[]));
		assert!(verify_consistency(&empty, 0, &empty, 0, &[]));
		assert!(!verify_consistency(&[0; 32], 0, &root(&all), 3, &[]));
		assert!(!verify_consistency(&[0; 32], 0, &[0; 32], 0, &[]));
		assert!(!verify_consistency(&empty, 0, &root(&all), 3, &[all[0]]));
		assert!(!verify_inclusion(&empty, 0, 0, &empty, &[]));
		assert!(!verify_inclusion(&empty, 0, 0, &[0; 32], &[]));
	}

	#[test]
	fn the_largest_sizes_neither_panic_nor_verify() {
		for size in [u64::MAX, 1 << 63, (1 << 63) + 1] {
			for index in [0, 1, size - 1, size / 2] {
				for len in [0, 1, 63, 64, 65, 200] {
					let proof = alloc::vec![[0; 32]; len];
					assert!(!verify_inclusion(&[0; 32], size, index, &[0; 32], &proof));
					assert!(!verify_consistency(&[0; 32], index, &[1; 32], size, &proof));
				}
			}
		}
		let mut full =
			Frontier { size: u64::MAX, hashes: alloc::vec![[0; 32]; 64].try_into().unwrap() };
		let before = full.clone();
		assert_eq!(full.append([1; 32]), u64::MAX);
		assert_eq!(full, before);
	}

	#[test]
	fn a_frontier_survives_its_encoding_and_bad_ones_do_not_panic() {
		let mut frontier = Frontier::default();
		leaves(7).into_iter().for_each(|leaf| {
			frontier.append(leaf);
		});
		let decoded = Frontier::decode(&mut frontier.encode().as_slice()).unwrap();
		assert_eq!(decoded, frontier);
		assert!(frontier.encoded_size() <= Frontier::max_encoded_len());
		let mut bad = Frontier { size: 7, ..Default::default() };
		assert!(!bad.is_well_formed());
		bad.append([1; 32]);
		assert_eq!(bad.size, 8);
	}

	#[test]
	fn a_lone_last_leaf_has_a_short_way() {
		// A large log, so that the ways are long: the last leaf of 2^10 + 1 stands alone.
		let all = leaves(1025);
		let root = root(&all);
		assert_eq!(inclusion_proof(&all, 1024).unwrap(), [super::root(&all[..1024])]);
		assert_eq!(inclusion_proof(&all, 1023).unwrap().len(), 11);
		assert!(verify_inclusion(&root, 1025, 1024, &all[1024], &[super::root(&all[..1024])]));
	}

	proptest! {
		#![proptest_config(ProptestConfig::with_cases(200))]

		#[test]
		fn any_inclusion_proof_verifies_and_any_change_breaks_it(
			size in 1usize..300, index: prop::sample::Index, byte: prop::sample::Index, bit in 0u8..8,
		) {
			let all = leaves(size);
			let index = index.index(size);
			let (root, leaf) = (root(&all), all[index]);
			let proof = inclusion_proof(&all, index as u64).unwrap();
			let verify = |root: &Hash, leaf: &Hash, proof: &[Hash]| {
				verify_inclusion(root, size as u64, index as u64, leaf, proof)
			};
			prop_assert!(verify(&root, &leaf, &proof));
			let flip = |hash: &Hash| {
				let mut flipped = *hash;
				flipped[byte.index(32)] ^= 1 << bit;
				flipped
			};
			prop_assert!(!verify(&flip(&root), &leaf, &proof));
			prop_assert!(!verify(&root, &flip(&leaf), &proof));
			for at in 0..proof.len() {
				let mut flipped = proof.clone();
				flipped[at] = flip(&proof[at]);
				prop_assert!(!verify(&root, &leaf, &flipped));
			}
		}

		#[test]
		fn any_consistency_proof_verifies_and_any_change_breaks_it(
			new in 2usize..300, old: prop::sample::Index, byte: prop::sample::Index, bit in 0u8..8,
		) {
			let all = leaves(new);
			let old = 1 + old.index(new - 1);
			let (old_root, new_root) = (root(&all[..old]), root(&all));
			let proof = consistency_proof(&all, old as u64).unwrap();
			let verify = |old_root: &Hash, new_root: &Hash, proof: &[Hash]| {
				verify_consistency(old_root, old as u64, new_root, new as u64, proof)
			};
			prop_assert!(verify(&old_root, &new_root, &proof));
			let flip = |hash: &Hash| {
				let mut flipped = *hash;
				flipped[byte.index(32)] ^= 1 << bit;
				flipped
			};
			prop_assert!(!verify(&flip(&old_root), &new_root, &proof));
			prop_assert!(!verify(&old_root, &flip(&new_root), &proof));
			for at in 0..proof.len() {
				let mut flipped = proof.clone();
				flipped[at] = flip(&proof[at]);
				prop_assert!(!verify(&old_root, &new_root, &flipped));
				prop_assert!(!verify(&old_root, &new_root, &proof[1..]));
			}
			let longer = [proof.as_slice(), &[[0; 32]]].concat();
			prop_assert!(!verify(&old_root, &new_root, &longer));
		}

		#[test]
		fn rubbish_never_panics(
			sizes: (u64, u64), proof in prop::collection::vec(any::<Hash>(), 0..70), hash: Hash,
		) {
			prop_assert!(!verify_inclusion(&hash, sizes.0, sizes.1, &[7; 32], &proof));
			prop_assert!(!verify_consistency(&hash, sizes.0, &[7; 32], sizes.1, &proof)
				|| (sizes.0 == 0 && hash == empty_root()));
		}
	}
}

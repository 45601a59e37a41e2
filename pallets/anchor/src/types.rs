// SPDX-License-Identifier: GPL-3.0-or-later
//! What the anchor stores.

use assay_primitives::{view::LogView, Balance, BoundedVec, BundleRoot, ConstU32};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

/// Most bytes of a content identifier.
pub const MAX_CID_LEN: u32 = 64;
/// Most bytes of the reason of a revocation.
pub const MAX_REASON_LEN: u32 = 128;
/// How many blocks the chain remembers the log of.
pub const REMEMBERED_BLOCKS: u32 = 256;

/// Where the content of a bundle can be found; not interpreted.
pub type Cid = BoundedVec<u8, ConstU32<MAX_CID_LEN>>;
/// Why a leaf was revoked.
pub type Reason = BoundedVec<u8, ConstU32<MAX_REASON_LEN>>;

/// A bundle that an account anchored by itself.
#[derive(
	Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Bundle<AccountId> {
	/// Whose it is.
	pub owner: AccountId,
	/// Its root.
	pub root: BundleRoot,
	/// How many leaves its tree has.
	pub leaves: u32,
	/// Where its content can be found.
	pub cid: Cid,
	/// What is held for it.
	pub deposit: Balance,
}

/// The log at the end of a block in which it grew.
#[derive(
	Clone,
	Copy,
	PartialEq,
	Eq,
	Debug,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
)]
pub struct Remembered<BlockNumber> {
	/// The block.
	pub block: BlockNumber,
	/// Leaves.
	pub size: u64,
	/// Root over all of them.
	pub root: [u8; 32],
}

impl<BlockNumber> From<Remembered<BlockNumber>> for LogView {
	fn from(Remembered { size, root, .. }: Remembered<BlockNumber>) -> Self {
		Self { size, root: assay_primitives::LogRoot(root) }
	}
}

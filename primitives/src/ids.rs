// SPDX-License-Identifier: GPL-3.0-or-later
//! Newtypes for every identifier and every 32-byte value, so that none is taken for another.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use core::{fmt, str::FromStr};
use scale_info::TypeInfo;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

macro_rules! number {
	($(#[$doc:meta])* $name:ident($inner:ty)) => {
		$(#[$doc])*
		#[derive(
			Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Debug, Encode, Decode,
			DecodeWithMemTracking, MaxEncodedLen, TypeInfo, Serialize, Deserialize,
		)]
		#[serde(transparent)]
		pub struct $name(pub $inner);

		impl fmt::Display for $name {
			fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
				self.0.fmt(f)
			}
		}

		impl FromStr for $name {
			type Err = core::num::ParseIntError;
			fn from_str(text: &str) -> Result<Self, Self::Err> {
				text.parse().map(Self)
			}
		}
	};
}

number! {
	/// A task, numbered in the order of submission.
	TaskId(u64)
}
number! {
	/// A registered cluster, numbered in the order of registration.
	ClusterId(u32)
}
number! {
	/// An account that owns clusters, numbered at its first registration and never again.
	OperatorId(u32)
}

macro_rules! bytes32 {
	($(#[$doc:meta])* $name:ident) => {
		$(#[$doc])*
		#[derive(
			Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Encode, Decode,
			DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
		)]
		pub struct $name(pub [u8; 32]);

		impl fmt::Display for $name {
			fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
				write!(f, "0x")?;
				self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
			}
		}

		impl fmt::Debug for $name {
			fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
				write!(f, "{}({self})", stringify!($name))
			}
		}

		impl FromStr for $name {
			type Err = hex::FromHexError;
			fn from_str(text: &str) -> Result<Self, Self::Err> {
				let mut bytes = [0; 32];
				hex::decode_to_slice(text.strip_prefix("0x").unwrap_or(text), &mut bytes)?;
				Ok(Self(bytes))
			}
		}

		impl Serialize for $name {
			fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
				to.collect_str(self)
			}
		}

		impl<'de> Deserialize<'de> for $name {
			fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
				let text = alloc::string::String::deserialize(from)?;
				text.parse().map_err(serde::de::Error::custom)
			}
		}
	};
}

bytes32! {
	/// SHA-256 of a blob in the content store.
	ContentHash
}
bytes32! {
	/// Root of the tree over what clusters must agree on: output files and exit code.
	OutputRoot
}
bytes32! {
	/// Root of the tree over what is a cluster's own: log lines and the signed statement.
	EvidenceRoot
}
bytes32! {
	/// Root over both halves of a bundle: `node(output_root, evidence_root)`.
	BundleRoot
}
bytes32! {
	/// Root of the anchor log.
	LogRoot
}
bytes32! {
	/// Digest of an outcome: what agreement is judged by.
	OutcomeDigest
}
bytes32! {
	/// A salted hash that binds a cluster to an outcome before it is known.
	Commitment
}
bytes32! {
	/// The secret of a commitment, drawn fresh for each.
	Salt
}
bytes32! {
	/// The random number that a panel's draw fixes for the task.
	PanelNonce
}
bytes32! {
	/// Root of the output tree with every leaf keyed by the panel's nonce: only who holds the bytes
	/// can compute it.
	Possession
}
bytes32! {
	/// SHA-256 of a failure report.
	FailureDigest
}
bytes32! {
	/// The hash of block zero: no commitment of one chain opens on another.
	Genesis
}
bytes32! {
	/// A cluster's X25519 public key, to which secrets are sealed.
	SealingKey
}

// SPDX-License-Identifier: GPL-3.0-or-later
//! What can go wrong, and what to do about it.

use crate::{keys::KeyError, log::LogError, AccountId, Hash};
use assay_primitives::BlockNumber;
use std::{fmt, time::Duration};

/// A result of the client.
pub type Result<T, E = Error> = std::result::Result<T, E>;

type Source = Box<dyn std::error::Error + Send + Sync>;

/// Why the chain could not be asked, or did not do as asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
	/// The address is no WebSocket URL.
	#[error("{url} is not the address of a node: it has to begin with ws:// or wss://")]
	BadUrl {
		/// The address.
		url: String,
	},
	/// There is no connection, or it broke. Asking again connects anew.
	#[error("no connection to {url}: check that the node runs and try again")]
	Disconnected {
		/// The address.
		url: String,
		/// What the transport says.
		source: Source,
	},
	/// The node did not come up in time.
	#[error("the node at {url} was not ready within {} s: check that it runs, and look at its log", waited.as_secs())]
	NotReady {
		/// The address.
		url: String,
		/// How long it was given.
		waited: Duration,
		/// The last failure.
		source: Box<Error>,
	},
	/// After a reconnection, another chain answers.
	#[error("{url} now serves another chain ({found}, was {expected}): start over against it")]
	OtherChain {
		/// The address.
		url: String,
		/// The genesis hash at first.
		expected: Hash,
		/// The genesis hash now.
		found: Hash,
	},
	/// The chain lacks what the client needs.
	#[error("the chain does not know {what}: it is no Assay chain, or client and chain differ in version")]
	Unsupported {
		/// What is missing.
		what: String,
	},
	/// The node answered a request with an error.
	#[error("the node refused {what}: {message}")]
	Refused {
		/// The request.
		what: String,
		/// The node's words.
		message: String,
	},
	/// The node does not have that block, or has dropped its state.
	#[error("the node does not have {what}: a node with --state-pruning archive --blocks-pruning archive keeps it")]
	Missing {
		/// What was asked for.
		what: String,
	},
	/// An answer has an unexpected shape.
	#[error("cannot read {what}: client and chain differ in version, update the older one")]
	Unreadable {
		/// What was being read.
		what: String,
		/// Why not.
		source: Source,
	},
	/// The transaction cannot be built for this chain.
	#[error("cannot build the transaction {what}: client and chain differ in version, update the older one")]
	Unbuildable {
		/// The call.
		what: String,
		/// Why not.
		source: Source,
	},
	/// The account cannot pay the fee.
	#[error("{account} cannot pay the transaction's fee: send it some ASY first")]
	CannotPay {
		/// The account.
		account: AccountId,
	},
	/// The pool refused the transaction.
	#[error("the node did not take the transaction {what}: {reason}")]
	NotTaken {
		/// The call.
		what: String,
		/// The pool's words.
		reason: String,
	},
	/// The transaction left the pool without getting into a block.
	#[error("the transaction {extrinsic:?} was not included ({reason}): submit it again")]
	NotIncluded {
		/// Its hash.
		extrinsic: Hash,
		/// What the pool says.
		reason: String,
	},
	/// The transaction was not final in time. It may still become so.
	#[error(
		"the transaction {extrinsic:?} was not final within {} s; it may still be included: look \
		 at the chain before submitting again",
		after.as_secs()
	)]
	NotFinal {
		/// Its hash.
		extrinsic: Hash,
		/// How long it was given.
		after: Duration,
	},
	/// The call was included and failed. Nothing changed except that the fee was paid.
	#[error(transparent)]
	Dispatch(#[from] DispatchFailure),
	/// The anchor log cannot be rebuilt.
	#[error(transparent)]
	Log(#[from] LogError),
	/// A key cannot be used.
	#[error(transparent)]
	Key(#[from] KeyError),
}

impl Error {
	/// Whether the same request may succeed when it is made again a little later.
	pub fn is_transient(&self) -> bool {
		matches!(self, Self::Disconnected { .. } | Self::NotReady { .. })
	}

	/// The failure of an included call, if that is what this is.
	pub fn dispatch(&self) -> Option<&DispatchFailure> {
		match self {
			Self::Dispatch(failure) => Some(failure),
			_ => None,
		}
	}

	/// A short name for metrics and JSON.
	pub fn label(&self) -> &'static str {
		match self {
			Self::BadUrl { .. } => "bad_url",
			Self::Disconnected { .. } => "disconnected",
			Self::NotReady { .. } => "not_ready",
			Self::OtherChain { .. } => "other_chain",
			Self::Unsupported { .. } => "unsupported",
			Self::Refused { .. } => "refused",
			Self::Missing { .. } => "missing",
			Self::Unreadable { .. } => "unreadable",
			Self::Unbuildable { .. } => "unbuildable",
			Self::CannotPay { .. } => "cannot_pay",
			Self::NotTaken { .. } => "not_taken",
			Self::NotIncluded { .. } => "not_included",
			Self::NotFinal { .. } => "not_final",
			Self::Dispatch(_) => "dispatch",
			Self::Log(_) => "log",
			Self::Key(_) => "key",
		}
	}

	pub(crate) fn unreadable(
		what: impl fmt::Display,
		source: impl std::error::Error + Send + Sync + 'static,
	) -> Self {
		Self::Unreadable { what: what.to_string(), source: Box::new(source) }
	}

	pub(crate) fn missing_block(number: BlockNumber) -> Self {
		Self::Missing { what: format!("block {number}") }
	}
}

/// How an included call failed.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize)]
pub struct DispatchFailure {
	/// The pallet that refused; `None` when the runtime itself did.
	pub pallet: Option<String>,
	/// The error's name.
	pub name: String,
	/// What the error's documentation says, in one line.
	pub docs: String,
}

impl DispatchFailure {
	/// Whether this is the error `name` of `pallet`.
	pub fn is(&self, pallet: &str, name: &str) -> bool {
		self.pallet.as_deref() == Some(pallet) && self.name == name
	}
}

impl fmt::Display for DispatchFailure {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		if let Some(pallet) = &self.pallet {
			write!(f, "{pallet}.")?;
		}
		f.write_str(&self.name)?;
		match self.docs.as_str() {
			"" => Ok(()),
			docs => write!(f, ": {docs}"),
		}
	}
}

impl std::error::Error for DispatchFailure {}

/// The whole chain of causes on one line.
#[cfg(test)]
pub(crate) fn chain_of(error: &dyn std::error::Error) -> String {
	let mut text = error.to_string();
	let mut next = error.source();
	while let Some(cause) = next {
		text.push_str(": ");
		text.push_str(&cause.to_string());
		next = cause.source();
	}
	text
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn a_dispatch_failure_reads_as_a_sentence() {
		let failure = DispatchFailure {
			pallet: Some("Verification".into()),
			name: "TooLate".into(),
			docs: "The deadline has passed.".into(),
		};
		assert_eq!(failure.to_string(), "Verification.TooLate: The deadline has passed.");
		assert!(failure.is("Verification", "TooLate"));
		assert!(!failure.is("EdgeConnect", "TooLate"));
		let bare = DispatchFailure { pallet: None, name: "BadOrigin".into(), docs: String::new() };
		assert_eq!(bare.to_string(), "BadOrigin");
	}

	#[test]
	fn only_a_lost_connection_is_worth_repeating() {
		let lost = Error::Disconnected { url: "ws://node".into(), source: "closed".into() };
		assert!(lost.is_transient());
		assert_eq!(
			chain_of(&lost),
			"no connection to ws://node: check that the node runs and try again: closed"
		);
		assert!(!Error::Missing { what: "block 7".into() }.is_transient());
	}
}

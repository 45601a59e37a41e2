// SPDX-License-Identifier: GPL-3.0-or-later
//! # A thin client of the Assay chain
//!
//! What the worker and the command line need of a node, and nothing else: one [`Chain`] that
//! connects, reads, submits and follows. No generated code and no metadata file: calls are found by
//! name in the metadata of the running chain and carry the SCALE encoding of the types of
//! `assay-primitives`; events are decoded by name the same way; everything else is asked of the
//! runtime API `AssayApi`.
//!
//! ```no_run
//! # async fn run() -> Result<(), assay_client::Error> {
//! use assay_client::{Call, Chain, Signer};
//! use assay_primitives::TaskId;
//!
//! let chain = Chain::connect("ws://127.0.0.1:9944").await?;
//! println!("{} open tasks", chain.network(None).await?.tasks);
//! let alice = Signer::dev("//Alice")?;
//! let done = chain.submit(&alice, &Call::Poke { task: TaskId(7) }).await?;
//! println!("final in block {}", done.block.number);
//!
//! let mut blocks = chain.finalised_blocks(None);
//! let block = blocks.next().await?;
//! println!("{:?}", chain.events(block.hash).await?);
//! # Ok(())
//! # }
//! ```
//!
//! ## A lost connection
//!
//! Reads try once more on a fresh connection. What still fails is an [`Error`] for which
//! [`Error::is_transient`] holds; the next call connects anew, so a caller only has to wait and
//! repeat. A submission is never made twice: after a lost connection the client sends the very same
//! bytes again and looks for them in the finalised blocks until the deadline.

mod api;
mod blocks;
mod call;
mod chain;
mod error;
mod event;
mod keys;
mod log;
mod runtime;
mod submit;

pub use blocks::{Block, FinalisedBlocks};
pub use call::{Call, MAX_BATCH};
pub use chain::{Chain, Header, NodeInfo};
pub use error::{DispatchFailure, Error, Result};
pub use event::AssayEvent;
pub use keys::{KeyError, Signer};
pub use log::{Log, LogEntry, LogError};
pub use submit::{Submitted, DEFAULT_DEADLINE};

/// A hash of the chain: of a block or an extrinsic.
pub use subxt::utils::H256 as Hash;

/// An account, shown as SS58 with prefix 42.
pub use subxt::utils::AccountId32 as AccountId;

/// A cluster, as the runtime shows it.
pub type ClusterView = assay_primitives::view::ClusterView<AccountId>;

/// An open task, as the runtime shows it.
pub type TaskView = assay_primitives::view::TaskView<AccountId>;

/// What a cluster has to do, as the runtime shows it.
pub type Assignment = assay_primitives::view::Assignment<AccountId>;

/// An entry of the anchor log.
pub type Leaf = assay_primitives::leaf::Leaf<AccountId>;

/// One unit of the native token, ASY, in its smallest unit.
pub const UNIT: assay_primitives::Balance = 1_000_000_000_000;

/// What each slot of a cluster has room for at once: one execution, and one check of somebody else's.
pub const PLACES_PER_SLOT: u16 = 2;

/// The balance of an account.
#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Serialize)]
pub struct Funds {
	/// What it can spend, down to the existential deposit.
	pub free: assay_primitives::Balance,
	/// What is held: bonds, escrow and deposits.
	pub held: assay_primitives::Balance,
}

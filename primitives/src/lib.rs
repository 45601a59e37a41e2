// SPDX-License-Identifier: GPL-3.0-or-later
//! # The vocabulary and the rules of Assay
//!
//! What chain, worker, command line and browser have to agree on, and nothing else: no storage, no
//! I/O, no clock, no account type.
//!
//! - [`spec`]: what a cluster offers and what a task needs.
//! - [`task`]: what a requester submits.
//! - [`outcome`]: what an execution produced, and how it is sealed.
//! - [`protocol`]: what may happen to a task, step by step.
//! - [`settlement`]: who is paid and who pays.
//! - [`draw`]: the one way from randomness to a choice.
//! - [`merkle`]: RFC 6962 trees, proofs and the frontier of a growing log.
//! - [`mod@array`]: one program run for many items, and how two who differ find the item.
//! - [`bundle`]: what an execution leaves behind and how it is hashed.
//! - [`leaf`]: what the log keeps of a task for ever.
//! - [`proof`]: one file that leads from a block's hash to a bundle.
//! - [`view`]: what the runtime API answers.

#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

pub mod array;
pub mod bundle;
pub mod draw;
pub mod economics;
pub mod hash;
pub mod ids;
pub mod leaf;
pub mod merkle;
pub mod outcome;
pub mod proof;
pub mod protocol;
pub mod settlement;
pub mod spec;
pub mod task;
pub mod view;

pub use bounded_collections::{BoundedVec, ConstU32};
pub use hash::{blake2_256, sha256};
pub use ids::*;

/// Amounts of the native token, in its smallest unit.
pub type Balance = u128;

/// Heights of the parachain. Deadlines count the blocks it produced.
pub type BlockNumber = u32;

// SPDX-License-Identifier: GPL-3.0-or-later
//! The model checker: every order of messages, silences, lies, draws, lots, appeals and deadlines.
//!
//! What is stepped is the chain's own [`assay_primitives::protocol::Trial`], and what is paid is what the
//! chain's own [`assay_primitives::settlement::settle`] says.

pub mod arrays;
pub mod benches;
mod books;
pub mod delivery;
pub mod one_task;
pub mod properties;
mod refusals;
pub mod report;
mod story;
pub mod two_tasks;
pub mod world;

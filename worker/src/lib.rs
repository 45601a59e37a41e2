// SPDX-License-Identifier: GPL-3.0-or-later
//! # The operator's worker
//!
//! One process per cluster: follows the chain, runs what the cluster is drawn for, bundles and signs
//! what comes out, and commits, answers and opens in time.
//!
//! ```text
//!            finalised blocks            actions
//!   chain ───────────────────► core ────────────────► service ──► executor → bundle → journal
//!     ▲                          ▲                        │
//!     │                          └─────── events ─────────┤
//!     └──────────────────── submissions ──────────────────┘
//! ```
//!
//! - [`core`] decides, and does nothing else; [`order`] is what it wants to be run.
//! - [`service`] does what the core decides, and reports.
//! - [`chain`] asks and tells the node; finalised blocks only.
//! - [`journal`] keeps what a restart must not forget.
//! - [`executor`] runs workloads, the same on every machine.
//! - [`bundle`] and [`statement`] make what an execution leaves behind; [`store`] has what tasks run on.
//! - [`http`] and [`metrics`] show how the worker is.
//! - [`fault`] misbehaves on purpose, in builds that were made for it.

pub mod bundle;
pub mod chain;
pub mod core;
pub mod disk;
pub mod executor;
pub mod fault;
pub mod http;
pub mod identity;
pub mod journal;
pub mod local;
pub mod metrics;
pub mod order;
pub mod service;
pub mod statement;
pub mod store;

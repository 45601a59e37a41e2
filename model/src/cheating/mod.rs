// SPDX-License-Identifier: GPL-3.0-or-later
//! What cheating earns: strategies against honest operators, on the protocol's own core, and for
//! comparison on a model of another system.

pub mod boinc;
pub mod rng;
pub mod strategy;
pub mod world;

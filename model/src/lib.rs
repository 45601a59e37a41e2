// SPDX-License-Identifier: GPL-3.0-or-later
//! The protocol without a chain: a model checker and a simulation of cheaters.

pub mod cheating;
pub mod checking;

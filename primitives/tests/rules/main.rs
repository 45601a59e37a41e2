// SPDX-License-Identifier: GPL-3.0-or-later
//! The rules of a task, of money and of matching, told as sentences.

mod appeals;
mod arrays;
mod audits;
mod court;
mod delivery;
mod matching;
mod model;
mod money;
mod refusals;
mod table;
mod totality;
mod transitions;
mod wire;

// SPDX-License-Identifier: GPL-3.0-or-later
//! # The Assay collator and full node
//!
//! The SDK's omni-node with our runtime and chain specs built in, and nothing else of its own.
//!
//! - `assay-node --dev` runs a chain of one node, without a relay chain and without any file: a block
//!   every three seconds (`--dev-block-time MS`), each of them final. `--instant-seal` instead makes
//!   a block per transaction and finalises none, so nothing that follows finalised blocks works on it.
//! - `assay-node --chain local --collator -- --chain RELAY_SPEC` is a parachain's collator.
//! - `assay-node benchmark-pallet` measures weights with a runtime that was built for it.

mod chain_spec;
mod cli;

use color_eyre::{config::HookBuilder, eyre::Result};
use polkadot_omni_node_lib::{run_with_custom_cli, RunConfig};

fn main() -> Result<()> {
	// What goes wrong here is a user's mistake: a sentence helps, a place in the code does not.
	HookBuilder::default().display_env_section(false).install()?;
	let config = RunConfig::new(Box::new(cli::FixedRuntime), Box::new(chain_spec::BuiltIn));
	run_with_custom_cli::<cli::About, cli::Extra>(config)?;
	Ok(())
}

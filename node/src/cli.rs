// SPDX-License-Identifier: GPL-3.0-or-later
//! What our command line says and does differently from the omni-node's.

use clap::Subcommand;
use cumulus_primitives_proof_size_hostfunction::storage_proof_size;
use frame_benchmarking_cli::PalletCmd;
use polkadot_omni_node_lib::{
	chain_spec::ChainSpec,
	extra_subcommand::ExtraSubcommand,
	runtime::{AuraConsensusId, BlockNumber, Consensus, Runtime, RuntimeResolver},
	CliConfig, RunConfig,
};
use sc_cli::ExportChainSpecCmd;
use sp_runtime::traits::BlakeTwo256;

/// Who made this.
pub struct About;

impl CliConfig for About {
	fn impl_version() -> String {
		env!("CARGO_PKG_VERSION").into()
	}

	fn author() -> String {
		env!("CARGO_PKG_AUTHORS").into()
	}

	fn support_url() -> String {
		"the issue tracker of the Assay repository".into()
	}

	fn copyright_start_year() -> u16 {
		2025
	}
}

/// The only kind of runtime that this node runs: the omni-node otherwise guesses it from metadata.
pub struct FixedRuntime;

impl RuntimeResolver for FixedRuntime {
	fn runtime(&self, _: &dyn ChainSpec) -> sc_cli::Result<Runtime> {
		Ok(Runtime::Omni(BlockNumber::U32, Consensus::Aura(AuraConsensusId::Sr25519)))
	}
}

/// The commands that the omni-node does not have.
#[derive(Debug, Subcommand)]
pub enum Extra {
	/// Measure the weights of pallets, in a runtime that was built with its benchmarks.
	///
	/// The node needs no feature for it: give it the blob with `--runtime FILE --genesis-builder
	/// runtime`.
	BenchmarkPallet(Box<PalletCmd>),

	/// Write a chain spec as JSON.
	ExportChainSpec(ExportChainSpecCmd),
}

impl ExtraSubcommand for Extra {
	fn handle(self, config: &RunConfig) -> sc_cli::Result<()> {
		// The trait returns this error, however large it is.
		#[allow(clippy::result_large_err)]
		let load = |id: &str| config.chain_spec_loader.load_spec(id).map_err(sc_cli::Error::from);
		match self {
			Self::BenchmarkPallet(command) => {
				let spec = command.shared_params.chain.as_deref().map(load).transpose()?;
				command.run_with_spec::<BlakeTwo256, storage_proof_size::HostFunctions>(spec)
			},
			Self::ExportChainSpec(command) => command.run(load(&command.chain)?),
		}
	}
}

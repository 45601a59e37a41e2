// SPDX-License-Identifier: GPL-3.0-or-later
//! The chains that the node knows by name.

use polkadot_omni_node_lib::chain_spec::{
	ChainSpec, DiskChainSpecLoader, Extensions, GenericChainSpec, LoadSpec,
};
use sc_chain_spec::{ChainType, Properties};

/// The relay chain that the built-in chains are meant for.
const RELAY_CHAIN: &str = "rococo-local";
/// Our number under it.
const PARA_ID: u32 = 2000;

/// Knows `dev` and `local`; anything else is the path of a chain spec.
///
/// No name at all means `dev`, so that a command without `--chain` has something to work on.
pub struct BuiltIn;

impl LoadSpec for BuiltIn {
	fn load_spec(&self, id: &str) -> Result<Box<dyn ChainSpec>, String> {
		match Named::of(id) {
			Some(named) => {
				let code = assay_runtime::WASM_BINARY.ok_or(
					"this node was built without its runtime: build it again with \
					 SKIP_WASM_BUILD and SKIP_ASSAY_RUNTIME_WASM_BUILD unset, \
					 or give it a chain spec with --chain FILE",
				)?;
				Ok(Box::new(named.spec(code)))
			},
			None => DiskChainSpecLoader.load_spec(id).map_err(|error| {
				format!("--chain takes `dev`, `local` or the path of a chain spec: {error}")
			}),
		}
	}
}

/// A built-in chain.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Named {
	/// One node, a simulated relay chain.
	Dev,
	/// Collators under a local relay chain.
	Local,
}

impl Named {
	fn of(id: &str) -> Option<Self> {
		match id {
			"" | "dev" => Some(Self::Dev),
			"local" => Some(Self::Local),
			_ => None,
		}
	}

	/// The chain's spec, with `code` as its runtime.
	fn spec(self, code: &[u8]) -> GenericChainSpec {
		let (name, id, kind, preset) = match self {
			Self::Dev => ("Assay Development", "assay-dev", ChainType::Development, "development"),
			Self::Local => ("Assay Local", "assay-local", ChainType::Local, "local_testnet"),
		};
		GenericChainSpec::builder(code, Extensions::new(RELAY_CHAIN.into(), PARA_ID))
			.with_name(name)
			.with_id(id)
			.with_protocol_id(id)
			.with_chain_type(kind)
			.with_properties(properties())
			.with_genesis_config_preset_name(preset)
			.build()
	}
}

/// How clients show amounts and accounts.
fn properties() -> Properties {
	Properties::from_iter([
		("tokenSymbol".into(), "ASY".into()),
		("tokenDecimals".into(), 12.into()),
		("ss58Format".into(), 42.into()),
	])
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn names_lead_to_chains_and_the_rest_to_files() {
		assert_eq!(Named::of(""), Some(Named::Dev));
		assert_eq!(Named::of("dev"), Some(Named::Dev));
		assert_eq!(Named::of("local"), Some(Named::Local));
		assert_eq!(Named::of("./local"), None);
	}

	#[test]
	fn a_missing_file_is_explained() {
		let error = BuiltIn.load_spec("no/such/spec.json").err().unwrap();
		assert!(error.contains("`dev`, `local` or the path"), "{error}");
		assert!(error.contains("no/such/spec.json"), "{error}");
	}

	#[test]
	fn specs_name_relay_chain_para_id_and_token() {
		for (named, id, kind) in [
			(Named::Dev, "assay-dev", ChainType::Development),
			(Named::Local, "assay-local", ChainType::Local),
		] {
			let spec = named.spec(b"code");
			assert_eq!(spec.id(), id);
			assert_eq!(ChainSpec::chain_type(&spec), kind);
			let extensions = Extensions::try_get(&spec).unwrap();
			assert_eq!(extensions.relay_chain(), "rococo-local");
			assert_eq!(extensions.para_id(), Some(2000));
			assert_eq!(spec.properties()["tokenSymbol"], "ASY");
			assert_eq!(spec.properties()["tokenDecimals"], 12);
			assert_eq!(spec.properties()["ss58Format"], 42);
		}
	}
}

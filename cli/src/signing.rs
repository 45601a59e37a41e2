// SPDX-License-Identifier: GPL-3.0-or-later
//! Who signs.

use crate::error::CliError;
use assay_client::Signer;
use clap::Args;
use std::path::PathBuf;

/// Whose key signs.
#[derive(Args, Clone)]
pub(crate) struct Signing {
	/// File with the mnemonic or seed of your key, readable by you alone.
	#[arg(long, value_name = "FILE", env = "ASSAY_SEED_FILE", conflicts_with = "dev_account")]
	seed_file: Option<PathBuf>,
	/// A development account, whose secret everybody knows: //Alice, //Bob …
	#[arg(long, value_name = "//NAME")]
	dev_account: Option<String>,
}

impl Signing {
	/// The key.
	pub(crate) fn signer(&self) -> Result<Signer, CliError> {
		match (&self.seed_file, &self.dev_account) {
			(_, Some(uri)) => Ok(Signer::dev(uri)?),
			(Some(path), None) => Ok(Signer::from_file(path)?),
			(None, None) => Err(CliError::Usage(
				"say who signs: --seed-file FILE, or --dev-account //Alice on a development chain"
					.into(),
			)),
		}
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn without_a_key_the_command_line_is_incomplete() {
		let nobody = Signing { seed_file: None, dev_account: None };
		assert_eq!(nobody.signer().unwrap_err().exit_code(), 2);
		let alice = Signing { seed_file: None, dev_account: Some("//Alice".into()) };
		assert!(alice.signer().is_ok());
	}
}

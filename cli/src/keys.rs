// SPDX-License-Identifier: GPL-3.0-or-later
//! `assay keys`.

use crate::{error::CliError, output::Ui, signing::Signing, units::Amount, Global};
use clap::{Args, Subcommand};
use rand::{rngs::OsRng, RngCore};
use std::path::PathBuf;

/// What to do with keys.
#[derive(Subcommand)]
pub(crate) enum Command {
	/// Make a new key and write its mnemonic to a file that only you can read.
	New(New),
	/// Show an account, never its secret.
	Show(Show),
}

/// A new key.
#[derive(Args)]
pub(crate) struct New {
	/// The new file.
	#[arg(long, short, value_name = "FILE")]
	out: PathBuf,
}

/// An account.
#[derive(Args)]
pub(crate) struct Show {
	#[command(flatten)]
	signing: Signing,
	/// Ask the node for its balance.
	#[arg(long)]
	balance: bool,
}

#[derive(serde::Serialize)]
struct Account {
	address: String,
	public_key: String,
	#[serde(skip_serializing_if = "Option::is_none")]
	seed_file: Option<PathBuf>,
	/// In the smallest unit; text, because numbers in JSON are too small for it.
	#[serde(skip_serializing_if = "Option::is_none")]
	free: Option<String>,
	#[serde(skip_serializing_if = "Option::is_none")]
	held: Option<String>,
}

pub(crate) async fn run(command: Command, global: &Global, ui: &Ui) -> Result<(), CliError> {
	match command {
		Command::New(arguments) => new(arguments, ui),
		Command::Show(arguments) => show(arguments, global, ui).await,
	}
}

fn new(arguments: New, ui: &Ui) -> Result<(), CliError> {
	let mut entropy = [0; 16];
	OsRng.fill_bytes(&mut entropy);
	let signer = assay_client::Signer::create_file(&arguments.out, &entropy)?;
	let account = signer.account();
	let result = Account {
		address: account.to_string(),
		public_key: format!("0x{}", hex::encode(account.0)),
		seed_file: Some(arguments.out.clone()),
		free: None,
		held: None,
	};
	ui.result(&result, |ui| {
		ui.fields(&[
			("address", result.address.clone()),
			(
				"seed file",
				format!("{} (keep a copy; who has it owns the account)", arguments.out.display()),
			),
		]);
	});
	Ok(())
}

async fn show(arguments: Show, global: &Global, ui: &Ui) -> Result<(), CliError> {
	let account = arguments.signing.signer()?.account();
	let funds = match arguments.balance {
		true => Some(global.connect(ui).await?.funds(&account, None).await?),
		false => None,
	};
	let result = Account {
		address: account.to_string(),
		public_key: format!("0x{}", hex::encode(account.0)),
		seed_file: None,
		free: funds.map(|funds| funds.free.to_string()),
		held: funds.map(|funds| funds.held.to_string()),
	};
	ui.result(&result, |ui| {
		let mut fields =
			vec![("address", result.address.clone()), ("public key", result.public_key.clone())];
		if let Some(funds) = funds {
			fields.push(("free", Amount(funds.free).to_string()));
			fields.push(("held", Amount(funds.held).to_string()));
		}
		ui.fields(&fields);
	});
	Ok(())
}

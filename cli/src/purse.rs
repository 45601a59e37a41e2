// SPDX-License-Identifier: GPL-3.0-or-later
//! `assay purse`.

use crate::{
	error::CliError,
	output::Ui,
	signing::Signing,
	task::act,
	units::{parse_account, parse_amount, Amount},
	Global,
};
use assay_client::{AccountId, Call};
use assay_primitives::Balance;
use clap::{Args, Subcommand};

/// What to do with a purse.
#[derive(Subcommand)]
pub(crate) enum Command {
	/// Pay in beforehand: tasks whose worst case is in the purse are paid from it.
	Fund(Moved),
	/// Take money out of the purse; all of it, if next to nothing would be left.
	Empty(Moved),
	/// Show what an account has in its purse.
	Show(Whose),
}

/// An amount that is moved.
#[derive(Args)]
pub(crate) struct Moved {
	/// How much, in ASY.
	#[arg(value_parser = parse_amount, value_name = "ASY")]
	amount: Balance,
	#[command(flatten)]
	signing: Signing,
}

/// One account.
#[derive(Args)]
pub(crate) struct Whose {
	/// Its address, or a development account such as //Alice.
	#[arg(value_parser = parse_account)]
	account: AccountId,
}

pub(crate) async fn run(command: Command, global: &Global, ui: &Ui) -> Result<(), CliError> {
	match command {
		Command::Fund(Moved { amount, signing }) => {
			let what = format!("{} put into the purse", Amount(amount));
			act(Call::FundPurse { amount }, &signing, &what, global, ui).await
		},
		Command::Empty(Moved { amount, signing }) => {
			let what = format!("{} taken out of the purse", Amount(amount));
			act(Call::EmptyPurse { amount }, &signing, &what, global, ui).await
		},
		Command::Show(Whose { account }) => show(account, global, ui).await,
	}
}

#[derive(serde::Serialize)]
struct Purse {
	account: AccountId,
	/// In the smallest unit; text, because numbers in JSON are too small for it.
	amount: String,
}

async fn show(account: AccountId, global: &Global, ui: &Ui) -> Result<(), CliError> {
	let chain = global.connect(ui).await?;
	let amount = chain.purse(&account, None).await?;
	ui.result(&Purse { account, amount: amount.to_string() }, |ui| {
		ui.fields(&[("account", account.to_string()), ("purse", Amount(amount).to_string())]);
	});
	Ok(())
}

// SPDX-License-Identifier: GPL-3.0-or-later
//! # The assay command
//!
//! Registers clusters, submits tasks, watches and explains them, proves and verifies results, and
//! starts a whole network on one machine. Human tables by default, `--json` for machines.
//!
//! Exit codes: 0 when it worked, 1 when it did not, 2 when the command line makes no sense.

mod bundle;
mod children;
mod cluster;
mod demo;
mod devnet;
mod error;
mod explain;
mod faults;
mod hands;
mod keys;
mod ledger;
mod network;
mod objection;
mod output;
mod purse;
mod signing;
mod store;
mod story;
mod task;
mod units;
mod watch;
mod wording;

use clap::{Args, Parser, Subcommand};
use error::CliError;
use output::{complain, Ui};
use std::{process::ExitCode, time::Duration};

/// How long a command waits for the node's connection.
const CONNECT_DEADLINE: Duration = Duration::from_secs(5);

/// Off-chain compute that a chain verifies: clusters, tasks, proofs.
#[derive(Parser)]
#[command(name = "assay", version, propagate_version = true)]
struct Cli {
	#[command(flatten)]
	global: Global,
	#[command(subcommand)]
	command: Command,
}

/// What every command takes.
#[derive(Args, Clone)]
pub(crate) struct Global {
	/// The node's address.
	#[arg(long, global = true, env = "ASSAY_URL", default_value = "ws://127.0.0.1:9944")]
	url: String,
	/// Print JSON instead of tables.
	#[arg(long, global = true)]
	json: bool,
}

#[derive(Subcommand)]
enum Command {
	/// Keys: make a new one, show an account.
	#[command(subcommand)]
	Keys(keys::Command),
	/// Clusters: register, list, show, take out of service.
	#[command(subcommand)]
	Cluster(cluster::Command),
	/// Tasks: submit, watch, show, explain, cancel, object to a verdict.
	#[command(subcommand)]
	Task(task::Command),
	/// Bundles: prove that one was accepted, verify one offline.
	#[command(subcommand)]
	Bundle(bundle::Command),
	/// Verify a proof file offline.
	Verify(bundle::VerifyProof),
	/// Purses: pay in beforehand for many tasks, take money out again.
	#[command(subcommand)]
	Purse(purse::Command),
	/// Show what the network is.
	Network,
	/// The chain: its log of final results.
	#[command(subcommand)]
	Chain(network::ChainCommand),
	/// Start a development network on this machine and keep it until Ctrl-C.
	Devnet(devnet::DevnetArgs),
	/// Start a network with a liar in it, run the examples and catch the liar.
	Demo(demo::DemoArgs),
}

fn main() -> ExitCode {
	let cli = Cli::parse();
	let ui = Ui::new(cli.global.json);
	// A bug is reported in one line; nobody is helped by a backtrace here.
	std::panic::set_hook(Box::new(|panic| {
		complain(&format!("assay: internal error, please report: {panic}"))
	}));
	tracing_subscriber::fmt()
		.with_writer(std::io::stderr)
		.with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr()))
		// It would report on standard error that standard error cannot be written, and panic.
		.log_internal_errors(false)
		.with_env_filter(
			tracing_subscriber::EnvFilter::try_from_default_env().unwrap_or_else(|_| "warn".into()),
		)
		.init();
	let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
		Ok(runtime) => runtime,
		Err(error) => {
			complain(&format!("assay: cannot start: {error}"));
			return ExitCode::from(1);
		},
	};
	let outcome = runtime.block_on(run(cli, &ui));
	runtime.shutdown_background();
	match outcome {
		Ok(()) => ExitCode::SUCCESS,
		Err(error) => {
			ui.failure(&error);
			ExitCode::from(error.exit_code())
		},
	}
}

async fn run(cli: Cli, ui: &Ui) -> Result<(), CliError> {
	let global = &cli.global;
	match cli.command {
		Command::Keys(command) => keys::run(command, global, ui).await,
		Command::Cluster(command) => cluster::run(command, global, ui).await,
		Command::Task(command) => task::run(command, global, ui).await,
		Command::Bundle(command) => bundle::run(command, global, ui).await,
		Command::Verify(command) => bundle::verify_proof(&command, ui),
		Command::Purse(command) => purse::run(command, global, ui).await,
		Command::Network => network::show(global, ui).await,
		Command::Chain(command) => network::run(command, global, ui).await,
		Command::Devnet(arguments) => devnet::run(arguments, ui).await,
		Command::Demo(arguments) => demo::run(arguments, ui).await,
	}
}

impl Global {
	/// A connection to the node.
	pub(crate) async fn connect(&self, ui: &Ui) -> Result<assay_client::Chain, CliError> {
		let _busy = ui.busy(&format!("connecting to {}", self.url));
		Ok(assay_client::Chain::connect_when_ready(&self.url, CONNECT_DEADLINE).await?)
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use clap::CommandFactory;

	#[test]
	fn the_command_line_is_consistent() {
		Cli::command().debug_assert();
	}

	#[test]
	fn every_command_explains_itself() {
		fn check(command: &clap::Command, path: &str) {
			for sub in command.get_subcommands() {
				let path = format!("{path} {}", sub.get_name());
				assert!(sub.get_about().is_some(), "{path} has no help");
				for argument in sub.get_arguments() {
					assert!(
						argument.get_help().is_some(),
						"{path}: {} has no help",
						argument.get_id()
					);
				}
				check(sub, &path);
			}
		}
		check(&Cli::command(), "assay");
	}
}

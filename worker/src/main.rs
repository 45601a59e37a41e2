// SPDX-License-Identifier: GPL-3.0-or-later
//! `assay-worker`: serves a cluster, or runs one module locally.

use assay_client::Signer;
use assay_primitives::{array::MAX_ITEMS, task::Limits, ClusterId};
#[cfg(feature = "fault-injection")]
use assay_worker::fault::Fault;
use assay_worker::{
	executor::HostLimits,
	fault::Behaviour,
	local,
	service::{self, Config},
};
use clap::{Args, Parser, Subcommand, ValueEnum};
use std::{
	error::Error,
	future::Future,
	io::{self, IsTerminal, Write},
	net::SocketAddr,
	path::PathBuf,
	process::ExitCode,
	time::Duration,
};
use tracing_subscriber::{filter::LevelFilter, EnvFilter};

/// How long a stop may take.
const STOP_WITHIN: Duration = Duration::from_secs(5);

/// Runs tasks for a cluster of the Assay chain.
#[derive(Parser)]
#[command(name = "assay-worker", version)]
struct Cli {
	/// How the log on standard error is written.
	#[arg(long, global = true, value_enum, default_value_t = LogFormat::Text)]
	log_format: LogFormat,
	#[command(subcommand)]
	command: Command,
}

#[derive(Clone, Copy, ValueEnum)]
enum LogFormat {
	Text,
	Json,
}

#[derive(Subcommand)]
enum Command {
	/// Serve a cluster until stopped.
	Run(RunArgs),
	/// Run one module locally and print what a cluster would answer, as JSON.
	Exec(ExecArgs),
}

#[derive(Args)]
struct RunArgs {
	/// The node.
	#[arg(long, default_value = "ws://127.0.0.1:9944")]
	url: String,
	#[command(flatten)]
	account: Account,
	/// The cluster to serve.
	#[arg(long)]
	cluster: ClusterId,
	/// The content store: programs, inputs and public bundles.
	#[arg(long)]
	store: PathBuf,
	/// What is this worker's own: key, journal, private bundles.
	#[arg(long)]
	data: PathBuf,
	/// Where /health and /metrics are served.
	#[arg(long, default_value = "127.0.0.1:9650")]
	http: SocketAddr,
	/// Executions at once; by default two for each slot of the cluster: one of its own and one check.
	#[arg(long)]
	slots: Option<usize>,
	/// Most MiB of all inputs of an execution.
	#[arg(long, default_value_t = 512)]
	input_mib: u64,
	#[command(flatten)]
	host: HostArgs,
	/// Misbehave on purpose, for demonstrations and tests.
	#[cfg(feature = "fault-injection")]
	#[arg(long, value_enum)]
	fault: Option<Fault>,
}

/// The account that owns the cluster.
#[derive(Args)]
#[group(required = true, multiple = false)]
struct Account {
	/// A file with its mnemonic, seed or secret URI, readable by its owner alone.
	#[arg(long)]
	seed_file: Option<PathBuf>,
	/// A well-known development account, such as //Alice.
	#[arg(long)]
	dev_account: Option<String>,
}

/// What this host grants; a program that needs more is given back.
#[derive(Args)]
struct HostArgs {
	/// Most seconds of an execution.
	#[arg(long, default_value_t = 600)]
	wall_secs: u64,
	/// Most MiB of a program's memory.
	#[arg(long, default_value_t = 2048)]
	host_memory_mib: u64,
	/// Most MiB of outputs.
	#[arg(long, default_value_t = 512)]
	host_output_mib: u64,
}

impl HostArgs {
	fn limits(&self) -> HostLimits {
		HostLimits {
			wall_time: Duration::from_secs(self.wall_secs),
			memory_bytes: self.host_memory_mib.saturating_mul(1 << 20),
			output_bytes: self.host_output_mib.saturating_mul(1 << 20),
			..HostLimits::default()
		}
	}
}

#[derive(Args)]
struct ExecArgs {
	/// The module.
	#[arg(long)]
	program: PathBuf,
	/// A directory with the inputs.
	#[arg(long)]
	input: Option<PathBuf>,
	/// A directory for outputs and standard output.
	#[arg(long)]
	out: Option<PathBuf>,
	/// An argument of the program; its name comes first.
	#[arg(long = "arg", allow_hyphen_values = true)]
	args: Vec<String>,
	/// Run it once for each of so many items, with the item's number as another argument.
	#[arg(long, value_parser = clap::value_parser!(u16).range(1..=i64::from(MAX_ITEMS)))]
	items: Option<u16>,
	/// Fuel of the task.
	#[arg(long, default_value_t = 100_000_000_000)]
	fuel: u64,
	/// Memory of the task, MiB.
	#[arg(long, default_value_t = 256)]
	memory_mib: u32,
	/// Outputs of the task, KiB.
	#[arg(long, default_value_t = 65_536)]
	output_kib: u32,
	#[command(flatten)]
	host: HostArgs,
}

fn main() -> ExitCode {
	let Cli { log_format, command } = Cli::parse();
	let filter =
		EnvFilter::builder().with_default_directive(LevelFilter::INFO.into()).from_env_lossy();
	let log = tracing_subscriber::fmt()
		.with_env_filter(filter)
		.with_ansi(io::stderr().is_terminal())
		.with_writer(io::stderr)
		// What cannot be written is reported to the same place, by a macro that panics there. A full
		// disk behind the log must not stop a worker that has bond at stake.
		.log_internal_errors(false);
	match log_format {
		LogFormat::Text => log.init(),
		LogFormat::Json => log.json().init(),
	}
	let done = match command {
		Command::Run(args) => run(args),
		Command::Exec(args) => exec(args),
	};
	done.unwrap_or_else(|error| {
		// The exit code tells it to whoever does not read.
		let _ = complain(&mut io::stderr(), &*error);
		ExitCode::FAILURE
	})
}

fn complain(to: &mut impl Write, error: &dyn Error) -> io::Result<()> {
	writeln!(to, "error: {error}")?;
	let mut cause = error.source();
	while let Some(next) = cause {
		writeln!(to, "  because: {next}")?;
		cause = next.source();
	}
	Ok(())
}

fn run(args: RunArgs) -> Result<ExitCode, Box<dyn Error>> {
	let signer = match (&args.account.seed_file, &args.account.dev_account) {
		(Some(file), _) => Signer::from_file(file)?,
		(None, Some(uri)) => Signer::dev(uri)?,
		(None, None) => return Err("give --seed-file or --dev-account".into()),
	};
	#[cfg(feature = "fault-injection")]
	let behaviour = Behaviour::from(args.fault);
	#[cfg(not(feature = "fault-injection"))]
	let behaviour = Behaviour::default();
	let config = Config {
		url: args.url,
		signer,
		cluster: args.cluster,
		store: args.store,
		data: args.data,
		http: args.http,
		slots: args.slots,
		limits: args.host.limits(),
		input_bytes: args.input_mib.saturating_mul(1 << 20),
		behaviour,
	};
	let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
	let done = runtime.block_on(async {
		service::run(config, stop_signal()?).await?;
		Ok::<_, Box<dyn Error>>(ExitCode::SUCCESS)
	});
	// Executions look at their flag often; whatever is half written is swept at the next start.
	runtime.shutdown_timeout(STOP_WITHIN);
	done
}

#[cfg(unix)]
fn stop_signal() -> io::Result<impl Future<Output = ()>> {
	use tokio::signal::unix::{signal, SignalKind};
	let mut terminate = signal(SignalKind::terminate())?;
	let mut interrupt = signal(SignalKind::interrupt())?;
	Ok(async move {
		tokio::select! {
			_ = terminate.recv() => {},
			_ = interrupt.recv() => {},
		}
	})
}

#[cfg(not(unix))]
fn stop_signal() -> io::Result<impl Future<Output = ()>> {
	Ok(async {
		if tokio::signal::ctrl_c().await.is_err() {
			std::future::pending::<()>().await;
		}
	})
}

fn exec(args: ExecArgs) -> Result<ExitCode, Box<dyn Error>> {
	let report = local::run(&local::Request {
		program: args.program,
		input: args.input,
		out: args.out,
		args: args.args,
		limits: Limits {
			fuel: args.fuel,
			memory_mib: args.memory_mib,
			output_kib: args.output_kib,
		},
		items: args.items,
		host: args.host.limits(),
	})?;
	let mut stdout = io::stdout().lock();
	serde_json::to_writer_pretty(&mut stdout, &report)?;
	writeln!(stdout)?;
	// No outcome: nothing that a cluster could answer.
	Ok(if report.outcome.is_some() { ExitCode::SUCCESS } else { ExitCode::from(2) })
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn an_error_is_told_with_its_causes() {
		let error =
			service::Error::Data { path: "data".into(), source: io::Error::other("no such luck") };
		let mut told = Vec::new();
		complain(&mut told, &error).unwrap();
		let told = String::from_utf8(told).unwrap();
		assert_eq!(told, "error: cannot use the data directory data\n  because: no such luck\n");
	}
}

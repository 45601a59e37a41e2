// SPDX-License-Identifier: GPL-3.0-or-later
//! `assay network` and `assay chain`.

use crate::{
	error::CliError,
	output::Ui,
	story::runs_everything,
	units::{counted, short, short_account, Amount},
	Global,
};
use assay_client::{Log, LogEntry, NodeInfo};
use assay_primitives::{
	leaf::Assurance,
	outcome::Outcome,
	protocol::Breadth,
	settlement::Conduct,
	view::{LogView, NetworkView},
	BlockNumber,
};
use clap::Subcommand;

/// What every command that shows draws says on a development chain.
pub(crate) const SIMULATED: &str =
	"simulated randomness: a development chain, whose draws anybody could foresee";

/// What to ask of the chain.
#[derive(Subcommand)]
pub(crate) enum ChainCommand {
	/// Rebuild the log of final results from the chain's events and check it against the headers.
	Log,
}

#[derive(serde::Serialize)]
struct Network {
	node: NodeInfo,
	finalised: BlockNumber,
	network: NetworkView,
	log: LogView,
}

pub(crate) async fn show(global: &Global, ui: &Ui) -> Result<(), CliError> {
	let chain = global.connect(ui).await?;
	let head = chain.finalised_head().await?;
	let at = Some(head.hash);
	let result = Network {
		node: chain.node().await?,
		finalised: head.number,
		network: chain.network(at).await?,
		log: chain.log(at).await?,
	};
	ui.result(&result, |ui| {
		let Network { node, network, log, .. } = &result;
		ui.fields(&[
			("node", format!("{} {} at {}", node.name, node.version, chain.url())),
			("chain", format!("{}, genesis {}", node.chain, network.genesis)),
			("finalised", format!("block {}", head.number)),
			("randomness", randomness(network)),
			("clusters", format!("{} with {} positions", network.clusters, network.positions)),
			("open tasks", network.tasks.to_string()),
			("log", format!("{}, root {}", counted(log.size, "result"), log.root)),
			("slot bond", Amount(network.slot_bond).to_string()),
			(
				"lease",
				format!("{} blocks, within which a cluster shows that it is alive", network.lease),
			),
			("task deposit", Amount(network.task_deposit).to_string()),
			(
				"deadlines",
				format!(
					"{} blocks to open, at most {} for anything else",
					network.opening_blocks, network.longest_deadline
				),
			),
		]);
	});
	Ok(())
}

fn randomness(network: &NetworkView) -> String {
	match network.simulated_randomness {
		true => SIMULATED.into(),
		false => format!("relay VRF, {} relay blocks after the event", network.draw_delay),
	}
}

pub(crate) async fn run(command: ChainCommand, global: &Global, ui: &Ui) -> Result<(), CliError> {
	match command {
		ChainCommand::Log => log(global, ui).await,
	}
}

#[derive(serde::Serialize)]
struct LogReport<'a> {
	log: LogView,
	checked_to: BlockNumber,
	entries: &'a [LogEntry],
}

async fn log(global: &Global, ui: &Ui) -> Result<(), CliError> {
	let chain = global.connect(ui).await?;
	let head = chain.finalised_head().await?;
	let mut log = Log::new();
	{
		let _busy = ui.busy(&format!("reading {} headers", head.number));
		log.follow(&chain, head).await?;
	}
	let report = LogReport { log: log.view(), checked_to: head.number, entries: log.entries() };
	ui.result(&report, |ui| {
		let rows: Vec<_> = log.entries().iter().map(row).collect();
		ui.table(&["leaf", "block", "task", "requester", "outcome", "checked by", "agreed"], &rows);
		let LogView { size, root } = log.view();
		ui.say(&format!("{}, root {root}", counted(size, "result")));
		ui.say(&format!("rebuilt from events; every header up to block {} agrees", head.number));
	});
	Ok(())
}

fn row(entry: &LogEntry) -> Vec<String> {
	let leaf = &entry.leaf;
	let agreed: Vec<String> = leaf
		.executions
		.iter()
		.filter(|one| one.conduct == Conduct::Agreed && runs_everything(one.role))
		.map(|execution| execution.cluster.to_string())
		.collect();
	vec![
		entry.index.to_string(),
		entry.block.to_string(),
		leaf.task.to_string(),
		short_account(&leaf.requester),
		outcome(&leaf.outcome),
		assurance(leaf.assurance).into(),
		agreed.join(", "),
	]
}

/// Who checked a result, in a few words.
pub(crate) fn assurance(assurance: Assurance) -> &'static str {
	match assurance {
		Assurance::Agreed => "agreement",
		Assurance::Panel(Breadth::Open) => "panel",
		Assurance::Panel(Breadth::Narrow) => "narrow panel",
		Assurance::Unaudited => "nobody: spared by the lot",
		Assurance::Appeal(Breadth::Open) => "appeal",
		Assurance::Appeal(Breadth::Narrow) => "narrow appeal",
	}
}

/// An outcome in a few words.
pub(crate) fn outcome(outcome: &Outcome) -> String {
	match outcome {
		Outcome::Completed { output_root } => format!("completed, output {}", short(output_root)),
		Outcome::Failed { kind, report } => format!("failed ({kind:?}), report {}", short(report)),
	}
}

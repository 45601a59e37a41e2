// SPDX-License-Identifier: GPL-3.0-or-later
//! `assay task`.

use crate::{
	error::CliError,
	explain::{explain, Asked},
	network::{assurance, outcome, SIMULATED},
	objection::{appeal, complain},
	output::Ui,
	signing::Signing,
	store::{input_files, Store},
	story::{role_text, verdict_text},
	units::{
		counted, parse_account, parse_amount, parse_architecture, parse_region, short_account,
		Amount,
	},
	watch::{stage_text, Watcher},
	wording::{
		act_text, apart_text, appeal_text, arguments_text, check_text, complaint_text,
		conduct_text, items_text, narrowing_text, panel_text,
	},
	Global,
};
use assay_client::{
	AccountId, AssayEvent, Call, Chain, LogEntry, Signer, Submitted, TaskView, PLACES_PER_SLOT,
};
use assay_primitives::{
	array::MAX_ITEMS,
	economics::{lying_loses, max_payment},
	protocol::Stage,
	spec::{
		Architecture, Attestation, Demand, Determinism, Malformed, Region, Resources, WASM_ENGINE,
	},
	task::{
		Access, Apart, Check, Limits, Policy, TaskRequest, Workload, MAX_PANEL, MIN_FLOOR,
		MIN_QUORUM,
	},
	view::{PanelOffer, Quote},
	Balance, BlockNumber, ClusterId, ContentHash, TaskId,
};
use clap::{Args, Subcommand};
use std::{fs, path::PathBuf};

/// What to do with tasks.
#[derive(Subcommand)]
pub(crate) enum Command {
	/// Submit a program and its inputs as a task.
	Submit(Box<Submit>),
	/// Follow a task stage by stage until it is final.
	Watch(One),
	/// Show a task: where it stands, or its result in the log.
	Show(One),
	/// List open tasks: all, or those of one account.
	List(List),
	/// Explain which clusters fit a task's demand, and which constraint keeps the others out.
	Explain(Explain),
	/// Cancel a task that is still queued.
	Cancel(Signed),
	/// Move a task on whose deadline has passed; anybody may.
	Poke(Signed),
	/// Doubt a verdict before its window closes: up to five others judge it again, and if they find the
	/// same, you pay them. Anybody may.
	Appeal(Signed),
	/// Say before the window closes that nobody serves the outputs of your task: witnesses try to fetch
	/// them. If they succeed, you pay them; if not, those who should have served are not paid.
	Complain(Signed),
}

/// One task.
#[derive(Args)]
pub(crate) struct One {
	/// Its number.
	task: TaskId,
}

/// A task, and who acts on it.
#[derive(Args)]
pub(crate) struct Signed {
	/// Its number.
	task: TaskId,
	#[command(flatten)]
	signing: Signing,
}

/// Which tasks to list.
#[derive(Args)]
pub(crate) struct List {
	/// Only those that this account submitted: an address, or a development account such as //Alice.
	#[arg(long = "of", value_parser = parse_account, value_name = "ACCOUNT")]
	requester: Option<AccountId>,
}

/// Which demand to explain.
#[derive(Args)]
pub(crate) struct Explain {
	/// An open task; without one, the flags below.
	task: Option<TaskId>,
	#[command(flatten)]
	needs: Option<Needs>,
}

/// A new task.
#[derive(Args)]
pub(crate) struct Submit {
	/// The program: a WASI preview 1 module.
	#[arg(long, value_name = "FILE.wasm")]
	program: PathBuf,
	/// An input file, or a folder of them; the program finds them in /inputs.
	#[arg(long, value_name = "PATH")]
	input: Vec<PathBuf>,
	/// An argument for the program.
	#[arg(long = "arg", value_name = "TEXT", allow_hyphen_values = true)]
	args: Vec<String>,
	/// An array: run the program so many times, each time with the number of the item, from zero, as
	/// another argument.
	#[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=i64::from(MAX_ITEMS)))]
	items: Option<u16>,
	/// The content store that clusters read from.
	#[arg(long, value_name = "DIR", env = "ASSAY_STORE")]
	store: PathBuf,
	#[command(flatten)]
	needs: Needs,
	#[command(flatten)]
	bounds: Bounds,
	#[command(flatten)]
	checks: Checks,
	#[command(flatten)]
	admission: Admission,
	#[command(flatten)]
	signing: Signing,
	/// Only show what it would cost.
	#[arg(long, conflicts_with = "watch")]
	quote: bool,
	/// Follow it until it is final; fails when no result is accepted.
	#[arg(long)]
	watch: bool,
}

/// Who may run it.
#[derive(Args, Clone)]
pub(crate) struct Admission {
	/// Only these clusters may run it.
	#[arg(long, value_name = "CLUSTER")]
	allow: Vec<ClusterId>,
	/// These clusters may not run it.
	#[arg(long, value_name = "CLUSTER")]
	deny: Vec<ClusterId>,
	/// No two clusters of one country run it.
	#[arg(long)]
	apart_regions: bool,
	/// No two clusters on one host run it.
	#[arg(long)]
	apart_hosts: bool,
}

impl Admission {
	/// What the chain is told, if clusters for `demand` can do that and `policy` too.
	fn access(&self, demand: &Demand, policy: &Policy) -> Result<Access, CliError> {
		let usage = |text: &str| CliError::Usage(text.to_owned());
		let too_many = |_| usage("at most 16 clusters can be allowed or denied");
		let regions = demand.regions.len();
		if self.apart_regions && regions > 0 && regions < policy.quorum().into() {
			return Err(usage(
				"with --apart-regions, each execution of the quorum needs a country of its own: name \
				 more with --region, or none",
			));
		}
		Ok(Access {
			allow: self.allow.clone().try_into().map_err(too_many)?,
			deny: self.deny.clone().try_into().map_err(too_many)?,
			apart: Apart { regions: self.apart_regions, hosts: self.apart_hosts },
		})
	}
}

/// What a cluster must have.
#[derive(Args, Clone)]
pub(crate) struct Needs {
	/// Processor time, in thousandths of a core.
	#[arg(long, value_name = "MILLICORES", default_value_t = 100)]
	pub(crate) cpu: u32,
	/// Memory, MiB.
	#[arg(long, value_name = "MIB", default_value_t = 256)]
	pub(crate) memory: u32,
	/// Disk, MiB.
	#[arg(long, value_name = "MIB", default_value_t = 64)]
	pub(crate) disk: u32,
	/// Graphics processors.
	#[arg(long, default_value_t = 0)]
	pub(crate) gpus: u16,
	/// Memory of each graphics processor, MiB.
	#[arg(long, value_name = "MIB", default_value_t = 0)]
	pub(crate) vram: u32,
	/// An acceptable country, as in DE; without one, any.
	#[arg(long, value_parser = parse_region, value_name = "CC")]
	pub(crate) region: Vec<Region>,
	/// An acceptable architecture; without one, any.
	#[arg(long, value_parser = parse_architecture)]
	pub(crate) architecture: Vec<Architecture>,
	/// The most to pay for one execution, in ASY.
	#[arg(long, value_parser = parse_amount, value_name = "ASY", default_value = "2")]
	pub(crate) max_price: Balance,
}

/// What the program may use before it is stopped; an item of an array each.
#[derive(Args, Clone)]
pub(crate) struct Bounds {
	/// Instructions, in the engine's units.
	#[arg(long, default_value_t = 20_000_000_000)]
	pub(crate) fuel: u64,
	/// Linear memory, MiB.
	#[arg(long, value_name = "MIB", default_value_t = 256)]
	pub(crate) memory_limit: u32,
	/// All output files together, KiB.
	#[arg(long, value_name = "KIB", default_value_t = 16_384)]
	pub(crate) output_limit: u32,
}

/// How the result is checked.
#[derive(Args, Clone)]
pub(crate) struct Checks {
	/// Executions that have to agree: 2 or 3.
	#[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u8).range(2..=3))]
	quorum: u8,
	/// The most who decide when they do not: 1 or 3.
	#[arg(long, default_value_t = MAX_PANEL, value_parser = parse_panel)]
	panel: u8,
	/// One operator runs it, and the chain draws whether a second one does: with a probability of at
	/// least so many percent, and a higher one for operators whose results were seldom checked.
	#[arg(
		long,
		value_name = "PERCENT",
		conflicts_with_all = ["quorum", "panel"],
		value_parser = clap::value_parser!(u8).range(i64::from(MIN_FLOOR)..=100)
	)]
	audited: Option<u8>,
	/// The executor runs it twice first; if the results differ, the task ends for a small fee. For
	/// engines that do not promise equal results.
	#[arg(long)]
	preflight: bool,
	/// Blocks between verdict and finality.
	#[arg(long, value_name = "BLOCKS", default_value_t = 2)]
	window: BlockNumber,
	/// Blocks that each cluster has to run it.
	#[arg(long, value_name = "BLOCKS", default_value_t = 40)]
	execution_blocks: BlockNumber,
	/// Blocks that it waits for a cluster, each time it needs one.
	#[arg(long, value_name = "BLOCKS", default_value_t = 100)]
	queue_blocks: BlockNumber,
}

impl Needs {
	pub(crate) fn demand(&self) -> Result<Demand, CliError> {
		let too_many = |what: &str| CliError::Usage(format!("too many of --{what}"));
		let demand = Demand {
			engine: WASM_ENGINE,
			resources: Resources {
				cpu_millicores: self.cpu,
				memory_mib: self.memory,
				disk_mib: self.disk,
				gpu_count: self.gpus,
				gpu_vram_mib: self.vram,
			},
			architectures: self
				.architecture
				.clone()
				.try_into()
				.map_err(|_| too_many("architecture"))?,
			regions: self.region.clone().try_into().map_err(|_| too_many("region"))?,
			attestation: Attestation::Signed,
			max_price: self.max_price,
		};
		demand.check().map_err(CliError::Spec)?;
		Ok(demand)
	}
}

impl Default for Needs {
	fn default() -> Self {
		Self {
			cpu: 100,
			memory: 256,
			disk: 64,
			gpus: 0,
			vram: 0,
			region: Vec::new(),
			architecture: Vec::new(),
			max_price: 2 * assay_client::UNIT,
		}
	}
}

impl Default for Bounds {
	fn default() -> Self {
		Self { fuel: 20_000_000_000, memory_limit: 256, output_limit: 16_384 }
	}
}

impl Checks {
	pub(crate) fn policy(&self) -> Policy {
		let Self { quorum, panel, audited, preflight, window, execution_blocks, queue_blocks } =
			*self;
		let check = match audited {
			Some(floor) => Check::Audited { floor },
			None => Check::Verified { quorum, panel },
		};
		Policy { check, window, execution_blocks, queue_blocks, preflight }
	}
}

/// Reads the size of a panel.
fn parse_panel(text: &str) -> Result<u8, String> {
	match text.parse() {
		Ok(size) if size == 1 || size == MAX_PANEL => Ok(size),
		_ => Err(format!("a panel has 1 member or {MAX_PANEL}")),
	}
}

/// A program and its inputs, before they are in the store.
pub(crate) struct Job {
	pub(crate) program: PathBuf,
	pub(crate) inputs: Vec<PathBuf>,
	pub(crate) args: Vec<String>,
	/// How often it is run, if it is an array.
	pub(crate) items: Option<u16>,
}

impl Job {
	/// Puts program and inputs into the store.
	pub(crate) fn stage(&self, store: &Store, bounds: &Bounds) -> Result<Workload, CliError> {
		let program = fs::read(&self.program).map_err(CliError::read(&self.program))?;
		if !program.starts_with(b"\0asm") {
			let path = self.program.display();
			return Err(CliError::Usage(format!("{path} is no WebAssembly module")));
		}
		Ok(Workload {
			program: store.put(&program)?,
			inputs: store.put_inputs(input_files(&self.inputs)?)?,
			args: self.arguments()?.try_into().map_err(|_| {
				CliError::Usage("all arguments together are longer than 512 bytes".into())
			})?,
			limits: Limits {
				fuel: bounds.fuel,
				memory_mib: bounds.memory_limit,
				output_kib: bounds.output_limit,
			},
			items: self.items,
		})
	}

	/// The arguments as the chain stores them; the first is the program's name.
	fn arguments(&self) -> Result<Vec<u8>, CliError> {
		let name = self.program.file_stem().and_then(|name| name.to_str()).unwrap_or("program");
		let mut all = vec![name];
		all.extend(self.args.iter().map(String::as_str));
		if all.iter().any(|argument| argument.contains('\0')) {
			return Err(CliError::Usage("an argument cannot contain a zero byte".into()));
		}
		Ok(all.join("\0").into_bytes())
	}
}

pub(crate) async fn run(command: Command, global: &Global, ui: &Ui) -> Result<(), CliError> {
	match command {
		Command::Submit(arguments) => submit(*arguments, global, ui).await,
		Command::Watch(arguments) => watch(arguments.task, global, ui).await,
		Command::Show(arguments) => show(arguments.task, global, ui).await,
		Command::List(arguments) => list(arguments, global, ui).await,
		Command::Explain(Explain { task, needs }) => {
			let asked = Asked::new(task, needs.as_ref())?;
			explain(asked, &global.connect(ui).await?, ui).await
		},
		Command::Cancel(Signed { task, signing }) => {
			act(Call::CancelTask { task }, &signing, "cancelled, everything refunded", global, ui)
				.await
		},
		Command::Poke(Signed { task, signing }) => {
			act(Call::Poke { task }, &signing, "moved on", global, ui).await
		},
		Command::Appeal(Signed { task, signing }) => appeal(task, &signing, global, ui).await,
		Command::Complain(Signed { task, signing }) => complain(task, &signing, global, ui).await,
	}
}

#[derive(serde::Serialize)]
struct SubmitReport<'a> {
	task: Option<TaskId>,
	program: ContentHash,
	inputs: ContentHash,
	#[serde(skip_serializing_if = "Option::is_none")]
	items: Option<u16>,
	quote: &'a Quote,
	simulated_randomness: bool,
	#[serde(skip_serializing_if = "Option::is_none")]
	submitted: Option<&'a Submitted>,
}

async fn submit(arguments: Submit, global: &Global, ui: &Ui) -> Result<(), CliError> {
	let signer = arguments.signing.signer()?;
	let demand = arguments.needs.demand()?;
	let policy = arguments.checks.policy();
	let access = arguments.admission.access(&demand, &policy)?;
	let job = Job {
		program: arguments.program.clone(),
		inputs: arguments.input.clone(),
		args: arguments.args.clone(),
		items: arguments.items,
	};
	ensure_items(job.items, &policy)?;
	let chain = global.connect(ui).await?;
	let network = chain.network(None).await?;
	let (shortest, longest) = (network.shortest_deadline, network.longest_deadline);
	let determinism = demand.engine.kind.determinism();
	policy.check(determinism, shortest, longest).map_err(CliError::Policy)?;
	ensure_lying_loses(&demand, &policy, network.slot_bond / Balance::from(PLACES_PER_SLOT))?;
	let quote = chain.quote(&demand, &policy, None).await?;
	let workload = job.stage(&Store::open(&arguments.store)?, &arguments.bounds)?;
	let mut report = SubmitReport {
		task: None,
		program: workload.program,
		inputs: workload.inputs,
		items: workload.items,
		quote: &quote,
		simulated_randomness: network.simulated_randomness,
		submitted: None,
	};
	tell_quote(&quote, &demand, &policy, &workload, ui);
	if network.simulated_randomness {
		ui.say(&format!("note       {SIMULATED}"));
	}
	if arguments.quote {
		ui.json_line(&report);
		return Ok(());
	}
	let request = TaskRequest { workload, demand, policy, access };
	let (task, done) = submit_request(&chain, &signer, &quote, request, ui).await?;
	report.task = Some(task);
	report.submitted = Some(&done);
	ui.result(&report, |ui| {
		ui.say(&format!("task       {task}, submitted in block {}", done.block.number));
	});
	if arguments.watch {
		return follow(&chain, task, done.block.number, ui).await;
	}
	Ok(())
}

/// Of an array only so many can differ that a task has room for those who judge them.
fn ensure_items(items: Option<u16>, policy: &Policy) -> Result<(), CliError> {
	match items {
		Some(_) if policy.quorum() > MIN_QUORUM => Err(CliError::Spec(Malformed::ArrayQuorum)),
		_ => Ok(()),
	}
}

/// At a price at which a lie would pay on average, the chain refuses the task.
fn ensure_lying_loses(
	demand: &Demand,
	policy: &Policy,
	place_bond: Balance,
) -> Result<(), CliError> {
	let proven = demand.engine.kind.determinism() == Determinism::Proven;
	if proven && !lying_loses(policy, demand.max_price, place_bond) {
		let most = Amount(max_payment(policy, place_bond)).to_string();
		return Err(CliError::LyingPays { price: Amount(demand.max_price).to_string(), most });
	}
	Ok(())
}

/// Submits a request that can be paid; what comes back names the task.
pub(crate) async fn submit_request(
	chain: &Chain,
	signer: &Signer,
	quote: &Quote,
	request: TaskRequest,
	ui: &Ui,
) -> Result<(TaskId, Submitted), CliError> {
	if quote.panel == PanelOffer::Refused {
		return Err(CliError::TooFewOperators);
	}
	let account = signer.account();
	let free = chain.funds(&account, None).await?.free;
	if free < quote.held && chain.purse(&account, None).await? < quote.held {
		let (free, needed) = (Amount(free).to_string(), Amount(quote.held).to_string());
		return Err(CliError::TooPoor { account, free, needed });
	}
	let _busy = ui.busy("submitting the task, waiting for finality");
	let done = chain.submit(signer, &Call::SubmitTask { request: Box::new(request) }).await?;
	let task = done.events.iter().find_map(|event| match event {
		AssayEvent::TaskSubmitted { task, .. } => Some(*task),
		_ => None,
	});
	let task = task.ok_or_else(|| {
		CliError::Chain(assay_client::Error::Missing { what: "the event TaskSubmitted".into() })
	})?;
	Ok((task, done))
}

fn tell_quote(quote: &Quote, demand: &Demand, policy: &Policy, workload: &Workload, ui: &Ui) {
	if ui.is_json() {
		return;
	}
	ui.fields(&[
		("program  ", workload.program.to_string()),
		("inputs", workload.inputs.to_string()),
		(
			"costs",
			format!(
				"about {}: {} at {} each, or at what the clusters ask if that is less",
				Amount(quote.expected),
				match policy.check {
					Check::Verified { .. } => "the quorum".into(),
					Check::Audited { floor } => {
						format!(
							"one execution, and a second one in {floor} % of all cases or more,"
						)
					},
				},
				Amount(demand.max_price)
			),
		),
		(
			"held",
			format!(
				"{} until it is final: the worst case, and {} deposit that always comes back",
				Amount(quote.held),
				Amount(quote.deposit)
			),
		),
		("operators", format!("{}: {}", quote.operators, panel_text(quote.panel))),
	]);
	if let Some(items) = items_text(workload.items) {
		ui.fields(&[("items    ", format!("{items}, which each execution runs all"))]);
	}
}

async fn watch(task: TaskId, global: &Global, ui: &Ui) -> Result<(), CliError> {
	let chain = global.connect(ui).await?;
	if chain.network(None).await?.simulated_randomness {
		ui.say(SIMULATED);
	}
	match chain.task(task, None).await? {
		Some(view) => follow(&chain, task, view.submitted_at, ui).await,
		None => show_result(&chain, task, ui).await,
	}
}

/// Tells a task's story from block `from` to its end.
async fn follow(chain: &Chain, task: TaskId, from: BlockNumber, ui: &Ui) -> Result<(), CliError> {
	let mut watcher = Watcher::new(chain, ui, from);
	watcher.add(task, "");
	watcher.until(Watcher::all_over).await?;
	let Some((_, story)) = watcher.stories.get(&task) else { return Err(CliError::NoTask(task)) };
	ui.json_line(story);
	if !story.is_accepted() {
		return Err(CliError::NotAccepted { task, reason: story.verdict_text() });
	}
	if let (Some((cluster, root)), Some(size)) = (story.bundle, story.log_size) {
		let size = counted(size, "result");
		ui.say(&format!("bundle {root} of cluster {cluster}; the log has {size}"));
		ui.say(&format!("prove it with: assay bundle prove --task {task} --out proof.json"));
	}
	Ok(())
}

async fn show(task: TaskId, global: &Global, ui: &Ui) -> Result<(), CliError> {
	let chain = global.connect(ui).await?;
	match chain.task(task, None).await? {
		Some(view) => {
			ui.result(&view, |ui| tell_open(&view, ui));
			Ok(())
		},
		None => show_result(&chain, task, ui).await,
	}
}

fn tell_open(view: &TaskView, ui: &Ui) {
	let TaskView { request, trial, .. } = view;
	let stage = match &trial.stage {
		Stage::Decided(verdict) => format!("decided: {}", verdict_text(verdict)),
		_ if view.parked => "waits: no cluster fits".into(),
		_ => stage_text(trial).into(),
	};
	ui.fields(&[
		("task", view.id.to_string()),
		("requester", view.requester.to_string()),
		("stage", format!("{stage}, until block {}", trial.deadline)),
		("submitted", format!("block {}", view.submitted_at)),
		("program", request.workload.program.to_string()),
		("inputs", request.workload.inputs.to_string()),
		("arguments", arguments_text(&request.workload.args)),
		("check", check_text(trial)),
		("window", format!("{} blocks", trial.policy.window)),
		("apart", apart_text(request.access.apart).into()),
		("held", Amount(view.held).to_string()),
	]);
	let more = [
		("items", items_text(trial.items)),
		("differ", narrowing_text(trial)),
		("appeal", trial.appeal.as_ref().map(appeal_text)),
		("complaint", trial.complaint.as_ref().map(complaint_text)),
	];
	let more = more.into_iter().filter_map(|(name, text)| Some((name, text?)));
	let more: Vec<(&str, String)> = more.collect();
	if !more.is_empty() {
		ui.fields(&more);
	}
	let rows: Vec<Vec<String>> = trial
		.executions
		.iter()
		.map(|execution| {
			vec![
				execution.cluster.to_string(),
				execution.operator.to_string(),
				role_text(execution.role).into(),
				Amount(execution.price).to_string(),
				act_text(&execution.act),
			]
		})
		.collect();
	if !rows.is_empty() {
		ui.table(&["cluster", "operator", "role", "price", "act"], &rows);
	}
}

/// The result of a task that is final.
async fn show_result(chain: &Chain, task: TaskId, ui: &Ui) -> Result<(), CliError> {
	let log = {
		let _busy = ui.busy("looking for the task in the log");
		chain.leaves(None).await?
	};
	let entry = log.of_task(task).ok_or(CliError::NoTask(task))?;
	ui.result(entry, |ui| tell_result(entry, ui));
	Ok(())
}

fn tell_result(entry: &LogEntry, ui: &Ui) {
	let leaf = &entry.leaf;
	ui.fields(&[
		("task", leaf.task.to_string()),
		("requester", leaf.requester.to_string()),
		("result", outcome(&leaf.outcome)),
		("checked by", assurance(leaf.assurance).into()),
		("program", leaf.program.to_string()),
		("inputs", leaf.inputs.to_string()),
		("anchored", format!("leaf {} of the log, in block {}", entry.index, entry.block)),
	]);
	let rows: Vec<Vec<String>> = leaf
		.executions
		.iter()
		.map(|execution| {
			vec![
				execution.cluster.to_string(),
				role_text(execution.role).into(),
				conduct_text(execution.conduct).into(),
				execution.evidence_root.map_or("-".into(), |root| root.to_string()),
			]
		})
		.collect();
	ui.table(&["cluster", "role", "conduct", "evidence root"], &rows);
}

async fn list(arguments: List, global: &Global, ui: &Ui) -> Result<(), CliError> {
	let chain = global.connect(ui).await?;
	let tasks = match &arguments.requester {
		Some(requester) => chain.all_tasks_of(requester, None).await?,
		None => chain.all_tasks(None).await?,
	};
	ui.result(&tasks, |ui| {
		let rows: Vec<Vec<String>> = tasks
			.iter()
			.map(|view| {
				vec![
					view.id.to_string(),
					short_account(&view.requester),
					if view.parked { "waits: no cluster fits" } else { stage_text(&view.trial) }
						.into(),
					view.trial.deadline.to_string(),
					Amount(view.held).to_string(),
				]
			})
			.collect();
		ui.table(&["task", "requester", "stage", "until block", "held"], &rows);
	});
	Ok(())
}

/// Submits a call and says in `what` that it is done.
pub(crate) async fn act(
	call: Call,
	signing: &Signing,
	what: &str,
	global: &Global,
	ui: &Ui,
) -> Result<(), CliError> {
	let signer = signing.signer()?;
	let chain = global.connect(ui).await?;
	let done = {
		let _busy = ui.busy("waiting for finality");
		chain.submit(&signer, &call).await?
	};
	ui.result(&done, |ui| ui.say(&format!("{what}, final in block {}", done.block.number)));
	Ok(())
}

#[cfg(test)]
mod tests {
	use super::*;
	use assay_primitives::protocol::{Audit, Trial};
	use clap::Parser;

	#[derive(Parser)]
	struct Line {
		#[command(flatten)]
		needs: Needs,
		#[command(flatten)]
		bounds: Bounds,
		#[command(flatten)]
		checks: Checks,
		#[command(flatten)]
		admission: Admission,
	}

	fn line(line: &[&str]) -> Result<Line, clap::Error> {
		Line::try_parse_from([&["submit"], line].concat())
	}

	#[test]
	fn the_defaults_of_flags_and_code_are_the_same() {
		let parsed = line(&[]).unwrap();
		assert_eq!(parsed.needs.demand().unwrap(), Needs::default().demand().unwrap());
		assert_eq!(parsed.bounds.fuel, Bounds::default().fuel);
		assert_eq!(parsed.bounds.memory_limit, Bounds::default().memory_limit);
		assert_eq!(parsed.bounds.output_limit, Bounds::default().output_limit);
		let policy = parsed.checks.policy();
		assert_eq!(policy.check, Check::Verified { quorum: 2, panel: 3 });
		assert!(!policy.preflight);
		assert!(policy.check(WASM_ENGINE.kind.determinism(), 20, 14_400).is_ok());
	}

	#[test]
	fn a_demand_is_built_from_flags() {
		let demand =
			line(&["--cpu", "500", "--region", "DE", "--region", "FR", "--max-price", "0.5"])
				.unwrap()
				.needs
				.demand()
				.unwrap();
		assert_eq!(demand.resources.cpu_millicores, 500);
		assert_eq!(demand.regions.to_vec(), [Region(*b"DE"), Region(*b"FR")]);
		assert_eq!(demand.max_price, assay_client::UNIT / 2);
		assert!(line(&["--quorum", "1"]).is_err());
		assert!(line(&["--region", "germany"]).is_err());
		let twice = line(&["--region", "DE", "--region", "DE"]).unwrap().needs.demand();
		assert!(matches!(twice, Err(CliError::Spec(_))));
	}

	#[test]
	fn a_task_is_checked_by_a_quorum_or_audited() {
		let policy = |words: &[&str]| line(words).map(|parsed| parsed.checks.policy());
		let check = |words: &[&str]| policy(words).map(|policy| policy.check).ok();
		let verified = Check::Verified { quorum: 3, panel: 1 };
		assert_eq!(check(&["--quorum", "3", "--panel", "1"]), Some(verified));
		assert_eq!(check(&["--audited", "5"]), Some(Check::Audited { floor: 5 }));
		assert!(policy(&["--preflight"]).unwrap().preflight);
		for wrong in [["--panel", "2"], ["--audited", "4"], ["--audited", "101"]] {
			assert_eq!(check(&wrong), None, "{wrong:?}");
		}
		for other in ["--quorum", "--panel"] {
			assert_eq!(check(&["--audited", "5", other, "3"]), None, "{other}");
		}
	}

	#[test]
	fn a_price_at_which_a_lie_would_pay_is_refused_and_what_can_be_paid_is_named() {
		let bond = 100 * assay_client::UNIT;
		let refused = |words: &[&str]| {
			let Line { needs, checks, .. } = line(words).unwrap();
			ensure_lying_loses(&needs.demand().unwrap(), &checks.policy(), bond).err()
		};
		for fine in [&[][..], &["--audited", "10"], &["--audited", "5", "--max-price", "1.2"]] {
			assert!(refused(fine).is_none(), "{fine:?}");
		}
		let error = refused(&["--audited", "5"]).unwrap().to_string();
		assert!(error.contains("at most 1.2"), "{error}");
		assert!(refused(&["--max-price", "100"]).is_some());
	}

	#[test]
	fn a_check_says_what_chance_has_decided() {
		let trial = |words: &[&str]| {
			let policy = line(words).unwrap().checks.policy();
			Trial::new(policy, WASM_ENGINE, None, 0).0
		};
		let text = check_text(&trial(&["--panel", "1"]));
		assert_eq!(text, "2 have to agree, or one more decides");
		let mut audited = trial(&["--audited", "5"]);
		assert!(check_text(&audited).ends_with("5 %: not drawn yet"));
		let drawn = [
			(Stage::Drawing, Audit::Percent(80), "now 80 %, not drawn yet"),
			(Stage::Verifying, Audit::Always, "it is checked"),
			(Stage::Opening, Audit::Spared, "it was spared"),
		];
		for (stage, audit, text) in drawn {
			(audited.stage, audited.audit) = (stage, audit);
			assert!(check_text(&audited).ends_with(text), "{text}");
		}
	}

	#[test]
	fn an_array_has_items_and_is_checked_by_two() {
		#[derive(Parser)]
		struct Submitting {
			#[command(flatten)]
			submit: Submit,
		}
		let items = |count: &str| {
			let words = "submit --program p.wasm --store s --items";
			let words = words.split(' ').chain([count]);
			Submitting::try_parse_from(words).map(|line| line.submit.items)
		};
		assert_eq!(items("1").unwrap(), Some(1));
		assert_eq!(items("16384").unwrap(), Some(16_384));
		for wrong in ["0", "16385", "many"] {
			assert!(items(wrong).is_err(), "{wrong}");
		}
		let checked = |words: &[&str]| ensure_items(Some(3), &line(words).unwrap().checks.policy());
		assert!(checked(&[]).is_ok() && checked(&["--audited", "5"]).is_ok());
		let error = checked(&["--quorum", "3"]).unwrap_err().to_string();
		assert!(error.contains("quorum of two"), "{error}");
		let three = line(&["--quorum", "3"]).unwrap().checks.policy();
		assert!(ensure_items(None, &three).is_ok(), "no array");
	}

	#[test]
	fn clusters_are_kept_apart_on_request() {
		let access = |words: &[&str]| {
			let Line { needs, checks, admission, .. } = line(words).unwrap();
			admission.access(&needs.demand().unwrap(), &checks.policy())
		};
		assert_eq!(access(&[]).unwrap(), Access::default());
		let apart = access(&["--apart-regions", "--apart-hosts", "--deny", "3"]).unwrap();
		assert_eq!(apart.apart, Apart { regions: true, hosts: true });
		assert_eq!(apart.deny.to_vec(), [ClusterId(3)]);
		let two = ["--apart-regions", "--region", "DE", "--region", "FR"];
		assert!(access(&two).is_ok());
		let more = [&two[..], &["--quorum", "3"]].concat();
		assert!(matches!(access(&more), Err(CliError::Usage(_))), "three need three countries");
	}

	#[test]
	fn only_flags_that_are_given_make_a_demand() {
		#[derive(Parser)]
		struct Asking {
			#[command(flatten)]
			explain: Explain,
		}
		let parsed = |words: &[&str]| {
			let line = Asking::try_parse_from([&["explain"], words].concat()).unwrap();
			(line.explain.task, line.explain.needs.is_some())
		};
		assert_eq!(parsed(&[]), (None, false));
		assert_eq!(parsed(&["7"]), (Some(TaskId(7)), false));
		assert_eq!(parsed(&["--gpus", "8"]), (None, true));
		assert_eq!(parsed(&["7", "--region", "DE"]), (Some(TaskId(7)), true));
	}

	#[test]
	fn arguments_are_separated_by_zero_bytes() {
		let job = |args: &[&str]| Job {
			program: "/tmp/word-stats.wasm".into(),
			inputs: vec![],
			args: args.iter().map(ToString::to_string).collect(),
			items: None,
		};
		assert_eq!(job(&["a", "b c"]).arguments().unwrap(), b"word-stats\0a\0b c");
		assert_eq!(arguments_text(b"word-stats\0a\0b c"), "word-stats a b c");
		assert!(job(&["a\0b"]).arguments().is_err());
	}

	#[test]
	fn only_modules_are_programs() {
		let dir = tempfile::tempdir().unwrap();
		let program = dir.path().join("p.wasm");
		let store = Store::open(&dir.path().join("store")).unwrap();
		let job = Job { program: program.clone(), inputs: vec![], args: vec![], items: Some(3) };
		assert!(matches!(job.stage(&store, &Bounds::default()), Err(CliError::Read { .. })));
		fs::write(&program, b"#!/bin/sh").unwrap();
		assert!(matches!(job.stage(&store, &Bounds::default()), Err(CliError::Usage(_))));
		fs::write(&program, b"\0asm\x01\0\0\0").unwrap();
		let workload = job.stage(&store, &Bounds::default()).unwrap();
		assert_eq!((workload.args.to_vec(), workload.items), (b"p".to_vec(), Some(3)));
	}
}

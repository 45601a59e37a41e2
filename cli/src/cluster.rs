// SPDX-License-Identifier: GPL-3.0-or-later
//! `assay cluster`.

use crate::{
	error::CliError,
	explain::Asked,
	output::Ui,
	signing::Signing,
	task::Needs,
	units::{
		own_architecture, parse_account, parse_amount, parse_architecture, parse_hash,
		parse_region, short_account, Amount,
	},
	Global,
};
use assay_client::{
	AccountId, AssayEvent, Block, Call, ClusterView, Submitted, MAX_BATCH, PLACES_PER_SLOT, UNIT,
};
use assay_primitives::{
	spec::{Architecture, Attestation, Region, Resources, Spec, WASM_ENGINE},
	view::ClusterStatus,
	Balance, ClusterId, OperatorId, SealingKey, TaskId,
};
use clap::{Args, Subcommand};
use std::{
	fs,
	path::{Path, PathBuf},
};

/// What to do with clusters.
#[derive(Subcommand)]
pub(crate) enum Command {
	/// Register a cluster, or several at once, and hold the bond.
	Register(Register),
	/// List clusters: all, those of one account, those that fit a demand.
	List(List),
	/// Show one cluster.
	Show(One),
	/// Replace what a cluster offers.
	Update(Update),
	/// Take a cluster out of the draws.
	Drain(Owned),
	/// Put a drained cluster back into the draws, or one whose lease had expired.
	Resume(Owned),
	/// Show that a cluster is alive, as its worker does by itself.
	Renew(Owned),
	/// Remove a drained cluster and get its bond back.
	Remove(Owned),
	/// Add bond to a cluster.
	TopUp(TopUp),
	/// Collect the pay that a cluster has earned.
	Claim(Owned),
}

/// One cluster.
#[derive(Args)]
pub(crate) struct One {
	/// Its number.
	cluster: ClusterId,
}

/// A cluster of one's own.
#[derive(Args)]
pub(crate) struct Owned {
	/// Its number.
	cluster: ClusterId,
	#[command(flatten)]
	signing: Signing,
}

/// More bond.
#[derive(Args)]
pub(crate) struct TopUp {
	/// The cluster's number.
	cluster: ClusterId,
	/// How much, in ASY.
	#[arg(long, value_parser = parse_amount, value_name = "ASY")]
	amount: Balance,
	#[command(flatten)]
	signing: Signing,
}

/// Which clusters to list.
#[derive(Args)]
pub(crate) struct List {
	/// Only those of this account: an address, or a development account such as //Bob.
	#[arg(long = "of", value_parser = parse_account, value_name = "ACCOUNT")]
	owner: Option<AccountId>,
	/// Only those that fit: an open task, or what the flags below ask for.
	#[arg(long, value_name = "TASK")]
	fits: Option<Option<TaskId>>,
	#[command(flatten)]
	needs: Option<Needs>,
}

impl List {
	/// The demand that is asked about, if one is.
	fn asked(&self) -> Result<Option<Asked>, CliError> {
		match (self.fits, &self.needs) {
			(None, None) => Ok(None),
			(None, Some(_)) => Err(CliError::Usage(
				"add --fits to list only the clusters that have what these flags ask for".into(),
			)),
			(Some(task), needs) => Asked::new(task, needs.as_ref()).map(Some),
		}
	}
}

/// New clusters: one file for each, or flags for one.
#[derive(Args)]
pub(crate) struct Register {
	/// A spec as a JSON file, as `assay cluster show --json` prints it; replaces all flags below. Several
	/// are registered together, all of them or none.
	#[arg(long, value_name = "FILE")]
	spec: Vec<PathBuf>,
	#[command(flatten)]
	offer: Offer,
	#[command(flatten)]
	signing: Signing,
}

impl Register {
	/// The specs, checked.
	fn specs(&self) -> Result<Vec<Spec>, CliError> {
		match self.spec.len() {
			0 => Ok(vec![self.offer.spec()?]),
			files if files > MAX_BATCH => Err(CliError::Usage(format!(
				"{files} clusters are too many for one call: register at most {MAX_BATCH} at once"
			))),
			_ => self.spec.iter().map(|path| read_spec(path)).collect(),
		}
	}
}

/// Another spec.
#[derive(Args)]
pub(crate) struct Update {
	/// The cluster's number.
	cluster: ClusterId,
	/// The spec as a JSON file, as `assay cluster show --json` prints it; replaces all flags below.
	#[arg(long, value_name = "FILE")]
	spec: Option<PathBuf>,
	#[command(flatten)]
	offer: Offer,
	#[command(flatten)]
	signing: Signing,
}

impl Update {
	/// The spec, checked.
	fn spec(&self) -> Result<Spec, CliError> {
		self.spec.as_deref().map_or_else(|| self.offer.spec(), read_spec)
	}
}

/// What a cluster offers, where no file says it.
#[derive(Args, Clone)]
pub(crate) struct Offer {
	/// URL where the worker shows its health and metrics; names the cluster, so no two share one.
	#[arg(long, value_name = "URL", required_unless_present = "spec")]
	endpoint: Option<String>,
	/// Country where it stands, as in DE.
	#[arg(long, value_parser = parse_region, value_name = "CC", required_unless_present = "spec")]
	region: Option<Region>,
	/// Price of one task, in ASY.
	#[arg(long, value_parser = parse_amount, value_name = "ASY", default_value = "1")]
	price: Balance,
	/// Tasks it executes at once; beside them it checks as many. Each slot is bonded and can be drawn.
	#[arg(long, default_value_t = 1)]
	slots: u16,
	/// Processor time of one slot, in thousandths of a core [default: this machine's, shared out].
	#[arg(long, value_name = "MILLICORES")]
	cpu: Option<u32>,
	/// Memory of one slot, MiB.
	#[arg(long, value_name = "MIB", default_value_t = 1024)]
	memory: u32,
	/// Disk of one slot, MiB.
	#[arg(long, value_name = "MIB", default_value_t = 1024)]
	disk: u32,
	/// Graphics processors.
	#[arg(long, default_value_t = 0)]
	gpus: u16,
	/// Memory of each graphics processor, MiB.
	#[arg(long, value_name = "MIB", default_value_t = 0)]
	vram: u32,
	/// Processor architecture [default: this machine's].
	#[arg(long, value_parser = parse_architecture)]
	architecture: Option<Architecture>,
	/// X25519 key to which secrets are sealed; zeros say that it takes none.
	#[arg(long, value_name = "HEX", value_parser = parse_hash)]
	sealing_key: Option<[u8; 32]>,
}

impl Offer {
	/// The spec, checked.
	fn spec(&self) -> Result<Spec, CliError> {
		let usage = |text: &str| CliError::Usage(text.to_owned());
		let architecture = self
			.architecture
			.or_else(own_architecture)
			.ok_or_else(|| usage("say which --architecture the cluster has"))?;
		let endpoint = self.endpoint.clone().unwrap_or_default().into_bytes();
		let spec = Spec {
			architecture,
			resources: Resources {
				cpu_millicores: self.cpu.unwrap_or_else(|| own_millicores(self.slots)),
				memory_mib: self.memory,
				disk_mib: self.disk,
				gpu_count: self.gpus,
				gpu_vram_mib: self.vram,
			},
			region: self.region.ok_or_else(|| usage("say in which --region the cluster stands"))?,
			engines: vec![WASM_ENGINE].try_into().map_err(|_| usage("too many engines"))?,
			attestation: Attestation::Signed,
			price: self.price,
			slots: self.slots,
			endpoint: endpoint
				.try_into()
				.map_err(|_| usage("the --endpoint is longer than 128 bytes"))?,
			sealing_key: SealingKey(self.sealing_key.unwrap_or_default()),
		};
		spec.check().map_err(CliError::Spec)?;
		Ok(spec)
	}
}

/// The spec in a file, checked.
fn read_spec(path: &Path) -> Result<Spec, CliError> {
	let text = fs::read(path).map_err(CliError::read(path))?;
	let spec: Spec = serde_json::from_slice(&text).map_err(|source| CliError::Parse {
		path: path.into(),
		what: "cluster spec in JSON",
		source,
	})?;
	spec.check().map_err(|malformed| CliError::SpecFile { path: path.into(), malformed })?;
	Ok(spec)
}

/// This machine's processors, shared out over the slots.
fn own_millicores(slots: u16) -> u32 {
	let cores = std::thread::available_parallelism().map_or(1, usize::from);
	let millicores = u32::try_from(cores).unwrap_or(u32::MAX).saturating_mul(1000);
	millicores.checked_div(slots.into()).unwrap_or(millicores)
}

pub(crate) async fn run(command: Command, global: &Global, ui: &Ui) -> Result<(), CliError> {
	match command {
		Command::Register(arguments) => register(arguments, global, ui).await,
		Command::List(arguments) => list(arguments, global, ui).await,
		Command::Show(arguments) => show(arguments.cluster, global, ui).await,
		Command::Update(arguments) => {
			let spec = Box::new(arguments.spec()?);
			let cluster = arguments.cluster;
			let call = Call::UpdateCluster { cluster, spec };
			act(call, &arguments.signing, "updated", global, ui).await
		},
		Command::Drain(Owned { cluster, signing }) => {
			act(Call::DrainCluster { cluster }, &signing, "draining", global, ui).await
		},
		Command::Resume(Owned { cluster, signing }) => {
			act(Call::ResumeCluster { cluster }, &signing, "in the draws again", global, ui).await
		},
		Command::Renew(Owned { cluster, signing }) => {
			act(Call::RenewLease { cluster }, &signing, "lease renewed", global, ui).await
		},
		Command::Remove(Owned { cluster, signing }) => {
			act(Call::RemoveCluster { cluster }, &signing, "removed", global, ui).await
		},
		Command::TopUp(TopUp { cluster, amount, signing }) => {
			act(Call::TopUpBond { cluster, amount }, &signing, "bonded more", global, ui).await
		},
		Command::Claim(Owned { cluster, signing }) => {
			act(Call::ClaimPay { cluster }, &signing, "paid out", global, ui).await
		},
	}
}

#[derive(serde::Serialize)]
struct Registered {
	/// The cluster, if it is one.
	#[serde(skip_serializing_if = "Option::is_none")]
	cluster: Option<ClusterId>,
	clusters: Vec<ClusterId>,
	operator: OperatorId,
	owner: AccountId,
	/// In the smallest unit; text, because numbers in JSON are too small for it.
	bond: String,
	block: Block,
}

async fn register(arguments: Register, global: &Global, ui: &Ui) -> Result<(), CliError> {
	let signer = arguments.signing.signer()?;
	let specs = arguments.specs()?;
	let chain = global.connect(ui).await?;
	let account = signer.account();
	let slots = specs.iter().map(|spec| Balance::from(spec.slots)).sum::<Balance>();
	let bond = chain.network(None).await?.slot_bond.saturating_mul(slots);
	let free = chain.funds(&account, None).await?.free;
	if free < bond {
		let (free, needed) = (Amount(free).to_string(), Amount(bond).to_string());
		return Err(CliError::TooPoor { account, free, needed });
	}
	let done = {
		let _busy = ui.busy("registering, waiting for finality");
		chain.submit(&signer, &registration(specs)).await?
	};
	let report = registered(&done, account, bond)?;
	ui.result(&report, |ui| {
		let names: Vec<String> = report.clusters.iter().map(ToString::to_string).collect();
		ui.fields(&[
			(if report.cluster.is_some() { "cluster" } else { "clusters" }, names.join(", ")),
			("operator", format!("{} ({account})", report.operator)),
			("bond held", Amount(bond).to_string()),
			("final in", format!("block {}", done.block.number)),
		]);
		for cluster in &report.clusters {
			ui.say(&format!("start its worker with: assay-worker run --cluster {cluster} …"));
		}
	});
	Ok(())
}

/// One call for all of them.
fn registration(specs: Vec<Spec>) -> Call {
	match <[Spec; 1]>::try_from(specs) {
		Ok([spec]) => Call::RegisterCluster { spec: Box::new(spec) },
		Err(specs) => Call::RegisterClusters { specs },
	}
}

/// What the events say about a registration.
fn registered(done: &Submitted, owner: AccountId, bond: Balance) -> Result<Registered, CliError> {
	let events = done.events.iter().filter_map(|event| match event {
		AssayEvent::ClusterRegistered { cluster, operator, .. } => Some((*cluster, *operator)),
		_ => None,
	});
	let (clusters, operators): (Vec<_>, Vec<_>) = events.unzip();
	let operator = operators.first().copied().ok_or_else(|| {
		let what = "the event ClusterRegistered".into();
		CliError::Chain(assay_client::Error::Missing { what })
	})?;
	let cluster = match clusters.as_slice() {
		[cluster] => Some(*cluster),
		_ => None,
	};
	Ok(Registered { cluster, clusters, operator, owner, bond: bond.to_string(), block: done.block })
}

/// Submits a call about a cluster and says what became of it.
async fn act(
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
	ui.result(&done, |ui| ui.say(&told(what, &done)));
	Ok(())
}

fn told(what: &str, done: &Submitted) -> String {
	let more = done.events.iter().find_map(|event| match event {
		AssayEvent::PayClaimed { amount, .. } => Some(format!(": {}", Amount(*amount))),
		AssayEvent::LeaseRenewed { until, .. } => Some(format!(" until block {until}")),
		_ => None,
	});
	format!("{what}{}, final in block {}", more.unwrap_or_default(), done.block.number)
}

async fn list(arguments: List, global: &Global, ui: &Ui) -> Result<(), CliError> {
	let asked = arguments.asked()?;
	let chain = global.connect(ui).await?;
	let demand = match asked {
		Some(asked) => Some(asked.demand(&chain).await?),
		None => None,
	};
	let mut clusters = match (&arguments.owner, &demand) {
		(Some(owner), _) => chain.all_clusters_of(owner, None).await?,
		(None, Some(demand)) => chain.all_clusters_for(demand, None).await?,
		(None, None) => chain.all_clusters(None).await?,
	};
	clusters.retain(|cluster| demand.as_ref().is_none_or(|demand| demand.is_met_by(&cluster.spec)));
	ui.result(&clusters, |ui| {
		let header =
			["cluster", "operator", "owner", "region", "status", "slots", "busy", "price", "bond"];
		let rows: Vec<_> = clusters.iter().map(row).collect();
		ui.table(&header, &rows);
	});
	Ok(())
}

fn row(cluster: &ClusterView) -> Vec<String> {
	vec![
		cluster.id.to_string(),
		cluster.operator.to_string(),
		short_account(&cluster.owner),
		cluster.spec.region.to_string(),
		status(cluster.status),
		cluster.spec.slots.to_string(),
		format!("{} of {}", cluster.assignments.len(), places(&cluster.spec)),
		Amount(cluster.spec.price).to_string(),
		Amount(cluster.bond).to_string(),
	]
}

/// How many tasks it can have a part in at once.
fn places(spec: &Spec) -> u16 {
	spec.slots.saturating_mul(PLACES_PER_SLOT)
}

fn status(status: ClusterStatus) -> String {
	match status {
		ClusterStatus::Active => "active".into(),
		ClusterStatus::Draining => "draining".into(),
		ClusterStatus::Underbonded => "bond too small".into(),
		ClusterStatus::Suspended(until) => format!("suspended to block {until}"),
		ClusterStatus::LeaseExpired => "lease expired".into(),
	}
}

async fn show(id: ClusterId, global: &Global, ui: &Ui) -> Result<(), CliError> {
	let chain = global.connect(ui).await?;
	let cluster = chain.cluster(id, None).await?.ok_or(CliError::NoCluster(id))?;
	ui.result(&cluster, |ui| {
		let spec = &cluster.spec;
		let Resources { cpu_millicores, memory_mib, disk_mib, gpu_count, gpu_vram_mib } =
			spec.resources;
		let engines: Vec<String> =
			spec.engines.iter().map(|engine| format!("{:?} {}", engine.kind, engine.id)).collect();
		let tasks: Vec<String> = cluster.assignments.iter().map(ToString::to_string).collect();
		ui.fields(&[
			("cluster", cluster.id.to_string()),
			("owner", format!("{} (operator {})", cluster.owner, cluster.operator)),
			("status", status(cluster.status)),
			("since", format!("block {}", cluster.since)),
			("lease", format!("until block {}", cluster.lease_until)),
			("endpoint", String::from_utf8_lossy(&spec.endpoint).into_owned()),
			("region", spec.region.to_string()),
			("engines", engines.join(", ")),
			(
				"machine",
				format!("{:?}, {} cores", spec.architecture, f64::from(cpu_millicores) / 1000.0),
			),
			("memory", format!("{memory_mib} MiB, disk {disk_mib} MiB")),
			("graphics", format!("{gpu_count} with {gpu_vram_mib} MiB each")),
			("attestation", format!("{:?}", spec.attestation).to_lowercase()),
			(
				"slots",
				format!(
					"{}, with {} of {} places taken",
					spec.slots,
					cluster.assignments.len(),
					places(spec)
				),
			),
			("tasks", if tasks.is_empty() { "none".into() } else { tasks.join(", ") }),
			("price", Amount(spec.price).to_string()),
			(
				"bond",
				match cluster.pledged {
					0 => Amount(cluster.bond).to_string(),
					fines => format!("{}, {} of it for fines", Amount(cluster.bond), Amount(fines)),
				},
			),
			("to claim", Amount(cluster.accrued).to_string()),
		]);
	});
	Ok(())
}

/// A spec for a cluster of a development network.
pub(crate) fn development_spec(
	region: Region,
	price_tenths: u32,
	endpoint: String,
) -> Result<Spec, CliError> {
	let offer = Offer {
		endpoint: Some(endpoint),
		region: Some(region),
		price: UNIT.saturating_mul(price_tenths.into()) / 10,
		slots: 2,
		cpu: Some(1000),
		memory: 1024,
		disk: 1024,
		gpus: 0,
		vram: 0,
		// What this machine is does not matter where the simulated one is Wasm.
		architecture: Some(own_architecture().unwrap_or(Architecture::X86_64)),
		sealing_key: None,
	};
	offer.spec()
}

#[cfg(test)]
mod tests {
	use super::*;
	use clap::Parser;

	#[derive(Parser)]
	struct Line {
		#[command(subcommand)]
		command: Command,
	}

	fn command(line: &[&str]) -> Result<Command, clap::Error> {
		Line::try_parse_from([&["cluster"], line].concat()).map(|line| line.command)
	}

	fn register(line: &[&str]) -> Result<Register, clap::Error> {
		match command(&[&["register"], line].concat())? {
			Command::Register(register) => Ok(register),
			_ => panic!("another command"),
		}
	}

	fn offer(line: &[&str]) -> Result<Offer, clap::Error> {
		register(line).map(|register| register.offer)
	}

	#[test]
	fn flags_have_sensible_defaults() {
		let spec = offer(&["--endpoint", "http://a", "--region", "DE"]).unwrap().spec().unwrap();
		assert_eq!(spec.price, UNIT);
		assert_eq!(spec.slots, 1);
		assert_eq!(spec.engines.to_vec(), [WASM_ENGINE]);
		assert!(spec.resources.cpu_millicores >= 1000);
	}

	#[test]
	fn an_incomplete_or_senseless_offer_is_refused() {
		assert!(offer(&["--endpoint", "http://a"]).is_err(), "no region");
		assert!(offer(&["--region", "DE"]).is_err(), "no endpoint");
		assert!(offer(&["--endpoint", "http://a", "--region", "XX"]).is_err(), "no such country");
		let ftp = offer(&["--endpoint", "ftp://a", "--region", "DE"]).unwrap().spec();
		assert!(matches!(ftp, Err(CliError::Spec(_))));
		let slots = offer(&["--endpoint", "http://a", "--region", "DE", "--slots", "17"]).unwrap();
		assert!(matches!(slots.spec(), Err(CliError::Spec(_))));
	}

	#[test]
	fn a_spec_file_is_what_show_prints() {
		let dir = tempfile::tempdir().unwrap();
		let path = dir.path().join("spec.json");
		let spec = development_spec(Region(*b"FR"), 12, "http://b".into()).unwrap();
		fs::write(&path, serde_json::to_string(&spec).unwrap()).unwrap();
		let read = || register(&["--spec", path.to_str().unwrap()]).unwrap().specs();
		assert_eq!(read().unwrap(), std::slice::from_ref(&spec));
		assert_eq!(spec.price, UNIT * 12 / 10);
		fs::write(&path, r#"{"architecture":"x86_64","surprise":1}"#).unwrap();
		assert!(matches!(read(), Err(CliError::Parse { .. })));
		let none = Spec { slots: 0, ..spec };
		fs::write(&path, serde_json::to_string(&none).unwrap()).unwrap();
		assert!(matches!(read(), Err(CliError::SpecFile { .. })));
	}

	#[test]
	fn several_files_are_one_call() {
		let dir = tempfile::tempdir().unwrap();
		let paths: Vec<String> = (0..=MAX_BATCH)
			.map(|at| {
				let path = dir.path().join(format!("{at}.json"));
				let spec = development_spec(Region(*b"FR"), 10, format!("http://{at}")).unwrap();
				fs::write(&path, serde_json::to_string(&spec).unwrap()).unwrap();
				path.to_str().unwrap().to_owned()
			})
			.collect();
		let specs = |count: usize| {
			let words = paths[..count].iter().flat_map(|path| ["--spec", path]);
			register(&words.collect::<Vec<_>>()).unwrap().specs()
		};
		assert!(matches!(registration(specs(1).unwrap()), Call::RegisterCluster { .. }));
		let Call::RegisterClusters { specs: all } = registration(specs(MAX_BATCH).unwrap()) else {
			panic!("another call")
		};
		assert_eq!(all.len(), MAX_BATCH);
		assert_eq!(all[1].endpoint.to_vec(), b"http://1");
		assert!(matches!(specs(MAX_BATCH + 1), Err(CliError::Usage(_))));
	}

	/// What a call did.
	fn submitted(events: Vec<AssayEvent>) -> Submitted {
		let block = Block { number: 9, hash: Default::default() };
		Submitted { block, extrinsic: Default::default(), index: 0, fee: 0, events }
	}

	#[test]
	fn the_events_name_the_new_clusters() {
		let spec = development_spec(Region(*b"FR"), 10, "http://a".into()).unwrap();
		let owner = AccountId::from([1; 32]);
		let event = |cluster| AssayEvent::ClusterRegistered {
			cluster: ClusterId(cluster),
			owner,
			operator: OperatorId(4),
			spec: Box::new(spec.clone()),
		};
		let report = |events| registered(&submitted(events), owner, 7);
		let json = |events| serde_json::to_value(report(events).unwrap()).unwrap();
		let one = json(vec![event(2)]);
		assert_eq!((&one["cluster"], &one["bond"]), (&2.into(), &"7".into()));
		let two = json(vec![event(2), event(3)]);
		assert_eq!(two["clusters"], serde_json::json!([2, 3]));
		assert!(two.get("cluster").is_none());
		assert!(report(vec![]).is_err());
	}

	#[test]
	fn a_renewal_says_until_when() {
		let event = AssayEvent::LeaseRenewed { cluster: ClusterId(1), until: 14_409 };
		let told = told("lease renewed", &submitted(vec![event]));
		assert_eq!(told, "lease renewed until block 14409, final in block 9");
	}

	#[test]
	fn a_list_is_narrowed_by_owner_and_demand() {
		let asked = |line: &[&str]| match command(&[&["list"], line].concat()).unwrap() {
			Command::List(list) => (list.owner.is_some(), list.asked()),
			_ => panic!("another command"),
		};
		assert!(matches!(asked(&[]), (false, Ok(None))));
		assert!(matches!(asked(&["--of", "//Bob"]), (true, Ok(None))));
		assert!(matches!(asked(&["--fits"]), (false, Ok(Some(Asked::Demand(_))))));
		assert!(matches!(asked(&["--fits", "7"]), (false, Ok(Some(Asked::Task(TaskId(7)))))));
		let (_, Ok(Some(Asked::Demand(demand)))) = asked(&["--fits", "--gpus", "8"]) else {
			panic!("no demand")
		};
		assert_eq!(demand.resources.gpu_count, 8);
		assert!(matches!(asked(&["--gpus", "8"]).1, Err(CliError::Usage(_))), "nothing is asked");
		assert!(matches!(asked(&["--fits", "7", "--gpus", "8"]).1, Err(CliError::Usage(_))));
		assert!(command(&["list", "--of", "Bob"]).is_err());
	}

	#[test]
	fn processors_are_shared_out() {
		assert_eq!(own_millicores(0), own_millicores(1));
		assert_eq!(own_millicores(2), own_millicores(1) / 2);
	}
}

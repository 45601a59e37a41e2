// SPDX-License-Identifier: GPL-3.0-or-later
//! `assay cluster`.

use crate::{
	error::CliError,
	output::Ui,
	signing::Signing,
	units::{
		own_architecture, parse_amount, parse_architecture, parse_hash, parse_region,
		short_account, Amount,
	},
	Global,
};
use assay_client::{AssayEvent, Call, Chain, ClusterView, Submitted, UNIT};
use assay_primitives::{
	spec::{Architecture, Attestation, Region, Resources, Spec, WASM_ENGINE},
	view::ClusterStatus,
	Balance, ClusterId, SealingKey,
};
use clap::{Args, Subcommand};
use std::{fs, path::PathBuf};

/// What to do with clusters.
#[derive(Subcommand)]
pub(crate) enum Command {
	/// Register a cluster and hold its bond.
	Register(Register),
	/// List all clusters.
	List,
	/// Show one cluster.
	Show(One),
	/// Replace what a cluster offers.
	Update(Update),
	/// Take a cluster out of the draws.
	Drain(Owned),
	/// Put a drained cluster back into the draws.
	Resume(Owned),
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

/// A new cluster.
#[derive(Args)]
pub(crate) struct Register {
	#[command(flatten)]
	offer: Offer,
	#[command(flatten)]
	signing: Signing,
}

/// Another spec.
#[derive(Args)]
pub(crate) struct Update {
	/// The cluster's number.
	cluster: ClusterId,
	#[command(flatten)]
	offer: Offer,
	#[command(flatten)]
	signing: Signing,
}

/// What a cluster offers: a file, or flags.
#[derive(Args, Clone)]
pub(crate) struct Offer {
	/// The spec as a JSON file, as `assay cluster show --json` prints it; replaces all flags below.
	#[arg(long, value_name = "FILE")]
	spec: Option<PathBuf>,
	/// URL where the worker shows its health and metrics; names the cluster, so no two share one.
	#[arg(long, value_name = "URL", required_unless_present = "spec")]
	endpoint: Option<String>,
	/// Country where it stands, as in DE.
	#[arg(long, value_parser = parse_region, value_name = "CC", required_unless_present = "spec")]
	region: Option<Region>,
	/// Price of one task, in ASY.
	#[arg(long, value_parser = parse_amount, value_name = "ASY", default_value = "1")]
	price: Balance,
	/// Tasks it runs at once; each slot is bonded and can be drawn.
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
		let spec = match &self.spec {
			Some(path) => {
				let text = fs::read(path).map_err(CliError::read(path))?;
				serde_json::from_slice(&text).map_err(|source| CliError::Parse {
					path: path.clone(),
					what: "cluster spec in JSON",
					source,
				})?
			},
			None => self.flags()?,
		};
		spec.check().map_err(CliError::Spec)?;
		Ok(spec)
	}

	fn flags(&self) -> Result<Spec, CliError> {
		let usage = |text: &str| CliError::Usage(text.to_owned());
		let architecture = self
			.architecture
			.or_else(own_architecture)
			.ok_or_else(|| usage("say which --architecture the cluster has"))?;
		let endpoint = self.endpoint.clone().unwrap_or_default().into_bytes();
		Ok(Spec {
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
		})
	}
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
		Command::List => list(global, ui).await,
		Command::Show(arguments) => show(arguments.cluster, global, ui).await,
		Command::Update(arguments) => {
			let spec = Box::new(arguments.offer.spec()?);
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

async fn register(arguments: Register, global: &Global, ui: &Ui) -> Result<(), CliError> {
	let signer = arguments.signing.signer()?;
	let spec = arguments.offer.spec()?;
	let chain = global.connect(ui).await?;
	let account = signer.account();
	let network = chain.network(None).await?;
	let bond = network.slot_bond.saturating_mul(spec.slots.into());
	let free = chain.funds(&account, None).await?.free;
	if free < bond {
		let (free, needed) = (Amount(free).to_string(), Amount(bond).to_string());
		return Err(CliError::TooPoor { account, free, needed });
	}
	let call = Call::RegisterCluster { spec: Box::new(spec) };
	let done = {
		let _busy = ui.busy("registering the cluster, waiting for finality");
		chain.submit(&signer, &call).await?
	};
	let registered = done.events.iter().find_map(|event| match event {
		AssayEvent::ClusterRegistered { cluster, operator, .. } => Some((*cluster, *operator)),
		_ => None,
	});
	let Some((cluster, operator)) = registered else {
		return Err(CliError::Chain(assay_client::Error::Missing {
			what: "the event ClusterRegistered".into(),
		}));
	};
	let report = serde_json::json!({
		"cluster": cluster,
		"operator": operator,
		"owner": account,
		"bond": bond.to_string(),
		"block": done.block,
	});
	ui.result(&report, |ui| {
		ui.fields(&[
			("cluster", cluster.to_string()),
			("operator", format!("{operator} ({account})")),
			("bond held", Amount(bond).to_string()),
			("final in", format!("block {}", done.block.number)),
		]);
		ui.say(&format!("start its worker with: assay-worker run --cluster {cluster} …"));
	});
	Ok(())
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
	let paid = done.events.iter().find_map(|event| match event {
		AssayEvent::PayClaimed { amount, .. } => Some(format!(": {}", Amount(*amount))),
		_ => None,
	});
	format!("{what}{}, final in block {}", paid.unwrap_or_default(), done.block.number)
}

async fn list(global: &Global, ui: &Ui) -> Result<(), CliError> {
	let chain = global.connect(ui).await?;
	let clusters = all(&chain).await?;
	ui.result(&clusters, |ui| {
		let header =
			["cluster", "operator", "owner", "region", "status", "slots", "busy", "price", "bond"];
		let rows: Vec<_> = clusters.iter().map(row).collect();
		ui.table(&header, &rows);
	});
	Ok(())
}

async fn all(chain: &Chain) -> Result<Vec<ClusterView>, CliError> {
	Ok(chain.all_clusters(None).await?)
}

fn row(cluster: &ClusterView) -> Vec<String> {
	vec![
		cluster.id.to_string(),
		cluster.operator.to_string(),
		short_account(&cluster.owner),
		cluster.spec.region.to_string(),
		status(cluster.status),
		cluster.spec.slots.to_string(),
		cluster.assignments.len().to_string(),
		Amount(cluster.spec.price).to_string(),
		Amount(cluster.bond).to_string(),
	]
}

fn status(status: ClusterStatus) -> String {
	match status {
		ClusterStatus::Active => "active".into(),
		ClusterStatus::Draining => "draining".into(),
		ClusterStatus::Underbonded => "bond too small".into(),
		ClusterStatus::Suspended(until) => format!("suspended to block {until}"),
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
			("slots", format!("{}, {} busy", spec.slots, cluster.assignments.len())),
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
		spec: None,
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
		#[command(flatten)]
		offer: Offer,
	}

	fn offer(line: &[&str]) -> Result<Offer, clap::Error> {
		Line::try_parse_from([&["register"], line].concat()).map(|line| line.offer)
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
		let read = offer(&["--spec", path.to_str().unwrap()]).unwrap().spec().unwrap();
		assert_eq!(read, spec);
		assert_eq!(read.price, UNIT * 12 / 10);
		fs::write(&path, r#"{"architecture":"x86_64","surprise":1}"#).unwrap();
		let refused = offer(&["--spec", path.to_str().unwrap()]).unwrap().spec();
		assert!(matches!(refused, Err(CliError::Parse { .. })));
	}

	#[test]
	fn processors_are_shared_out() {
		assert_eq!(own_millicores(0), own_millicores(1));
		assert_eq!(own_millicores(2), own_millicores(1) / 2);
	}
}

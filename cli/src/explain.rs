// SPDX-License-Identifier: GPL-3.0-or-later
//! Who fits a demand, who does not, and why.

use crate::{
	error::CliError,
	output::Ui,
	task::Needs,
	units::{counted, Amount},
	wording::{items_text, narrowing_text},
};
use assay_client::{Chain, ClusterView, TaskView, PLACES_PER_SLOT};
use assay_primitives::{
	protocol::{Narrowing, Trial},
	spec::{Constraint, Demand},
	task::Access,
	view::{ClusterStatus, MatchExplanation},
	TaskId,
};
use serde::Serialize;
use std::collections::BTreeMap;

/// Whose demand is asked about: that of an open task, or the one that flags describe.
pub(crate) enum Asked {
	/// That of this task.
	Task(TaskId),
	/// This one.
	Demand(Demand),
}

impl Asked {
	/// What the command line says; without a word about it, the demand of a task that asks for nothing
	/// special.
	pub(crate) fn new(task: Option<TaskId>, needs: Option<&Needs>) -> Result<Self, CliError> {
		match (task, needs) {
			(Some(_), Some(_)) => Err(CliError::Usage(
				"an open task says itself what it needs: name the task or give the flags, not both"
					.into(),
			)),
			(Some(task), None) => Ok(Self::Task(task)),
			(None, Some(needs)) => Ok(Self::Demand(needs.demand()?)),
			(None, None) => Ok(Self::Demand(Needs::default().demand()?)),
		}
	}

	/// The task if it is one, and the demand.
	async fn resolved(self, chain: &Chain) -> Result<(Option<TaskView>, Demand), CliError> {
		match self {
			Self::Task(task) => {
				let view = chain.task(task, None).await?.ok_or(CliError::NoTask(task))?;
				let demand = view.request.demand.clone();
				Ok((Some(view), demand))
			},
			Self::Demand(demand) => Ok((None, demand)),
		}
	}

	/// The demand.
	pub(crate) async fn demand(self, chain: &Chain) -> Result<Demand, CliError> {
		Ok(self.resolved(chain).await?.1)
	}
}

#[derive(Serialize)]
struct Report<'a> {
	#[serde(flatten)]
	explanation: &'a MatchExplanation,
	/// Of those that fit, how many cannot be drawn for the task all the same.
	#[serde(skip_serializing_if = "Option::is_none")]
	barred: Option<&'a BTreeMap<Bar, u64>>,
	/// Of how many items the task consists, if it is an array.
	#[serde(skip_serializing_if = "Option::is_none")]
	items: Option<u16>,
	/// Where its executions differ, if they do.
	#[serde(skip_serializing_if = "Option::is_none")]
	narrowing: Option<&'a Narrowing>,
}

/// `assay task explain`.
pub(crate) async fn explain(asked: Asked, chain: &Chain, ui: &Ui) -> Result<(), CliError> {
	let (task, demand) = asked.resolved(chain).await?;
	let explanation = chain.explain(&demand, None).await?;
	let barred = match &task {
		Some(task) => Some(barred(task, &demand, chain).await?),
		None => None,
	};
	let report = Report {
		explanation: &explanation,
		barred: barred.as_ref(),
		items: task.as_ref().and_then(|task| task.trial.items),
		narrowing: task.as_ref().and_then(|task| task.trial.narrowing.as_ref()),
	};
	ui.result(&report, |ui| {
		tell_explanation(&explanation, &demand, ui);
		if let (Some(task), Some(barred)) = (&task, &barred) {
			barred_text(task.id, barred).iter().for_each(|line| ui.say(line));
			array_text(task.id, &task.trial).iter().for_each(|line| ui.say(line));
		}
		if explanation.fitting > 0 {
			ui.say(&match &task {
				Some(task) => format!("`assay cluster list --fits {}` lists them", task.id),
				None => "`assay cluster list --fits` lists them, with the same flags".into(),
			});
		}
	});
	Ok(())
}

/// Why a cluster that meets a task's demand cannot be drawn for it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
enum Bar {
	/// No draw finds it.
	Status,
	/// It is the requester's own.
	Requester,
	/// Its operator has another execution in the task.
	Operator,
	/// The task's lists.
	Lists,
	/// The task is not to have two of one region.
	Region,
	/// Nor of one host.
	Host,
	/// All its places are taken.
	Busy,
}

impl Bar {
	fn text(self) -> &'static str {
		match self {
			Self::Status => "out of the draws",
			Self::Requester => "the requester's own",
			Self::Operator => "of an operator that is in the task already",
			Self::Lists => "kept out by the task's lists",
			Self::Region => "in a region where the task runs already",
			Self::Host => "on a host where the task runs already",
			Self::Busy => "busy in all places",
		}
	}

	/// The first that keeps `cluster` out of `task`, in which `members` have executions.
	fn of(task: &TaskView, members: &[ClusterView], cluster: &ClusterView) -> Option<Self> {
		let Access { apart, .. } = task.request.access;
		let (spec, executions) = (&cluster.spec, &task.trial.executions);
		let places = usize::from(spec.slots.saturating_mul(PLACES_PER_SLOT));
		let mut members = members.iter().map(|member| &member.spec);
		let shares_region = apart.regions && members.clone().any(|one| one.region == spec.region);
		let shares_host = apart.hosts && members.any(|one| one.host() == spec.host());
		let bars = [
			(Self::Status, cluster.status != ClusterStatus::Active),
			(Self::Requester, cluster.owner == task.requester),
			(Self::Operator, executions.iter().any(|one| one.operator == cluster.operator)),
			(Self::Lists, !task.request.access.admits(cluster.id)),
			(Self::Region, shares_region),
			(Self::Host, shares_host),
			(Self::Busy, cluster.assignments.len() >= places),
		];
		bars.into_iter().find_map(|(bar, holds)| holds.then_some(bar))
	}
}

/// How many of those who meet the demand of `task` cannot be drawn for it.
async fn barred(
	task: &TaskView,
	demand: &Demand,
	chain: &Chain,
) -> Result<BTreeMap<Bar, u64>, CliError> {
	let mut members = Vec::new();
	for execution in &task.trial.executions {
		members.extend(chain.cluster(execution.cluster, None).await?);
	}
	let mut barred = BTreeMap::<Bar, u64>::new();
	for cluster in chain.all_clusters_for(demand, None).await? {
		if let Some(bar) = Bar::of(task, &members, &cluster) {
			let count = barred.entry(bar).or_default();
			*count = count.saturating_add(1);
		}
	}
	Ok(barred)
}

fn barred_text(task: TaskId, barred: &BTreeMap<Bar, u64>) -> Option<String> {
	let sum = barred.values().fold(0u64, |sum, count| sum.saturating_add(*count));
	let why: Vec<String> =
		barred.iter().map(|(bar, count)| format!("{count} {}", bar.text())).collect();
	let who = counted(sum, "cluster");
	(sum > 0)
		.then(|| format!("{who} of those cannot be drawn for task {task} now: {}", why.join(", ")))
}

/// What there is to say about an array, if the task is one.
fn array_text(task: TaskId, trial: &Trial) -> Option<String> {
	let items = items_text(trial.items)?;
	let narrowing = narrowing_text(trial).map_or(String::new(), |text| format!("; {text}"));
	Some(format!("task {task} is an array of {items}{narrowing}"))
}

/// Shows which constraint keeps how many clusters out.
pub(crate) fn tell_explanation(explanation: &MatchExplanation, demand: &Demand, ui: &Ui) {
	let MatchExplanation { examined, fitting, constraints, .. } = explanation;
	let rows: Vec<Vec<String>> = constraints
		.iter()
		.map(|(constraint, pass, others)| {
			vec![
				constraint_text(*constraint).into(),
				needed(*constraint, demand),
				pass.to_string(),
				others.to_string(),
			]
		})
		.collect();
	ui.table(&["constraint", "needed", "clusters that pass it", "that pass all others"], &rows);
	ui.say(&format!("{fitting} of {examined} clusters fit"));
	if *fitting == 0 {
		ui.say(&advice(explanation));
	}
}

/// Which constraints to relax: those that alone keep somebody out, else all that nobody passes.
fn advice(explanation: &MatchExplanation) -> String {
	let named = |pick: &dyn Fn(&(Constraint, u32, u32)) -> bool| -> Vec<String> {
		let picked = explanation.constraints.iter().filter(|row| pick(row));
		picked.map(|(constraint, ..)| constraint_text(*constraint).to_owned()).collect()
	};
	let alone = named(&|(_, _, others)| *others > 0);
	let nobody = named(&|(_, pass, _)| *pass == 0);
	match (alone.as_slice(), nobody.as_slice()) {
		([], []) => "no single constraint keeps everybody out: relax several of them".into(),
		([], nobody) => format!("nobody passes {}: relax that", nobody.join(" and ")),
		(alone, _) => format!("relax {}: that alone would let somebody in", alone.join(" or ")),
	}
}

fn constraint_text(constraint: Constraint) -> &'static str {
	match constraint {
		Constraint::Engine => "engine",
		Constraint::Cpu => "processor time",
		Constraint::Memory => "memory",
		Constraint::Disk => "disk",
		Constraint::GpuCount => "GPUs",
		Constraint::GpuVram => "GPU memory",
		Constraint::Architecture => "architecture",
		Constraint::Region => "region",
		Constraint::Attestation => "attestation",
		Constraint::Price => "price",
	}
}

fn needed(constraint: Constraint, demand: &Demand) -> String {
	let list = |words: Vec<String>| match words.as_slice() {
		[] => "any".into(),
		words => words.join(", "),
	};
	let resources = &demand.resources;
	match constraint {
		Constraint::Engine => format!("{:?} {}", demand.engine.kind, demand.engine.id),
		Constraint::Cpu => format!("{} millicores", resources.cpu_millicores),
		Constraint::Memory => format!("{} MiB", resources.memory_mib),
		Constraint::Disk => format!("{} MiB", resources.disk_mib),
		Constraint::GpuCount => resources.gpu_count.to_string(),
		Constraint::GpuVram => format!("{} MiB", resources.gpu_vram_mib),
		Constraint::Architecture => {
			list(demand.architectures.iter().map(|one| format!("{one:?}")).collect())
		},
		Constraint::Region => list(demand.regions.iter().map(ToString::to_string).collect()),
		Constraint::Attestation => format!("{:?}", demand.attestation).to_lowercase(),
		Constraint::Price => format!("at most {}", Amount(demand.max_price)),
	}
}

#[cfg(test)]
pub(crate) mod tests {
	use super::*;
	use crate::cluster::development_spec;
	use assay_primitives::{
		protocol::{Act, Execution, Role},
		spec::{Region, WASM_ENGINE},
		task::{Apart, Check, Limits, Policy, TaskRequest, Workload},
		ClusterId, ContentHash, OperatorId,
	};

	#[test]
	fn the_advice_names_what_to_relax() {
		let explanation = |constraints: &[(Constraint, u32, u32)]| MatchExplanation {
			examined: 4,
			fitting: 0,
			constraints: constraints.to_vec(),
			next: None,
		};
		let gpu = advice(&explanation(&[(Constraint::Cpu, 4, 0), (Constraint::GpuCount, 0, 4)]));
		assert_eq!(gpu, "relax GPUs: that alone would let somebody in");
		let two = advice(&explanation(&[(Constraint::Disk, 0, 0), (Constraint::GpuCount, 0, 0)]));
		assert_eq!(two, "nobody passes disk and GPUs: relax that");
		let mixed = advice(&explanation(&[(Constraint::Disk, 2, 0), (Constraint::Price, 2, 0)]));
		assert!(mixed.contains("several"));
	}

	/// A cluster of an operator of its own.
	fn cluster(id: u32, region: &[u8; 2], host: &str) -> ClusterView {
		let spec = development_spec(Region(*region), 10, format!("http://{host}:{}", 9000 + id));
		ClusterView {
			id: ClusterId(id),
			owner: [id as u8; 32].into(),
			operator: OperatorId(id),
			spec: spec.unwrap(),
			status: ClusterStatus::Active,
			bond: 0,
			pledged: 0,
			accrued: 0,
			assignments: vec![],
			since: 0,
			lease_until: 0,
		}
	}

	/// A task of account 99 that runs on cluster 0.
	pub(crate) fn task(access: Access) -> TaskView {
		let policy = Policy {
			check: Check::Verified { quorum: 2, panel: 3 },
			window: 1,
			execution_blocks: 40,
			queue_blocks: 40,
			preflight: false,
		};
		let (mut trial, _) = Trial::new(policy, WASM_ENGINE, None, 0);
		let execution = Execution {
			cluster: ClusterId(0),
			operator: OperatorId(0),
			role: Role::Executor,
			price: 1,
			act: Act::Drawn,
		};
		trial.executions = vec![execution].try_into().unwrap();
		let limits = Limits { fuel: 1, memory_mib: 1, output_kib: 1 };
		let hash = ContentHash([1; 32]);
		let workload =
			Workload { program: hash, inputs: hash, args: Default::default(), limits, items: None };
		let demand = Needs::default().demand().unwrap();
		TaskView {
			id: TaskId(7),
			requester: [99; 32].into(),
			request: TaskRequest { workload, demand, policy, access },
			submitted_at: 0,
			trial,
			held: 0,
			parked: true,
		}
	}

	#[test]
	fn who_fits_and_cannot_be_drawn_is_told_why() {
		let member = cluster(0, b"DE", "a");
		let bar = |access: &Access, cluster: &ClusterView| {
			Bar::of(&task(access.clone()), std::slice::from_ref(&member), cluster)
		};
		let (any, other) = (Access::default(), cluster(1, b"DE", "a"));
		assert_eq!(bar(&any, &other), None);
		assert_eq!(bar(&any, &member), Some(Bar::Operator));
		let drained = ClusterView { status: ClusterStatus::Draining, ..other.clone() };
		assert_eq!(bar(&any, &drained), Some(Bar::Status));
		let own = ClusterView { owner: [99; 32].into(), ..other.clone() };
		assert_eq!(bar(&any, &own), Some(Bar::Requester));
		let full = ClusterView { assignments: vec![TaskId(1); 4], ..other.clone() };
		assert_eq!(bar(&any, &full), Some(Bar::Busy));
		let deny = vec![ClusterId(1)].try_into().unwrap();
		assert_eq!(bar(&Access { deny, ..any.clone() }, &other), Some(Bar::Lists));
		let apart = |regions, hosts| Access { apart: Apart { regions, hosts }, ..any.clone() };
		assert_eq!(bar(&apart(true, false), &other), Some(Bar::Region));
		assert_eq!(bar(&apart(true, false), &cluster(1, b"FR", "a")), None);
		assert_eq!(bar(&apart(false, true), &other), Some(Bar::Host));
		assert_eq!(bar(&apart(false, true), &cluster(1, b"DE", "b")), None);
	}

	#[test]
	fn those_who_are_barred_are_counted() {
		assert_eq!(barred_text(TaskId(7), &BTreeMap::new()), None);
		let barred = BTreeMap::from([(Bar::Region, 2), (Bar::Operator, 1)]);
		assert_eq!(
			barred_text(TaskId(7), &barred).unwrap(),
			"3 clusters of those cannot be drawn for task 7 now: 1 of an operator that is in the task \
			 already, 2 in a region where the task runs already"
		);
	}

	#[test]
	fn an_array_says_how_far_it_is_narrowed_down() {
		let mut trial = crate::wording::tests::differing();
		let text = array_text(TaskId(7), &trial).unwrap();
		assert!(text.starts_with("task 7 is an array of 300 items; all 300 items are"), "{text}");
		trial.narrowing = None;
		assert_eq!(array_text(TaskId(7), &trial).unwrap(), "task 7 is an array of 300 items");
		trial.items = None;
		assert_eq!(array_text(TaskId(7), &trial), None);
	}

	#[test]
	fn a_task_and_flags_at_once_are_refused() {
		let needs = Needs::default();
		assert!(matches!(Asked::new(Some(TaskId(1)), Some(&needs)), Err(CliError::Usage(_))));
		assert!(matches!(Asked::new(Some(TaskId(1)), None), Ok(Asked::Task(TaskId(1)))));
		for needs in [None, Some(&needs)] {
			assert!(matches!(Asked::new(None, needs), Ok(Asked::Demand(_))));
		}
	}
}

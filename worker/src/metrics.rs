// SPDX-License-Identifier: GPL-3.0-or-later
//! What the worker measures. A number appears when there is something behind it, not before.

use crate::core::{DeedKind, Fate};
use assay_primitives::{BlockNumber, ClusterId};
use prometheus::{
	Histogram, HistogramOpts, IntCounter, IntCounterVec, IntGauge, IntGaugeVec, Opts, Registry,
	TextEncoder,
};
use std::time::Duration;

/// Upper bounds of the buckets for execution times, in seconds.
const SECONDS: [f64; 12] = [0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0];

/// All metrics of one worker.
#[derive(Debug)]
pub struct Metrics {
	registry: Registry,
	cluster: String,
	finalised: IntGaugeVec,
	open: IntGaugeVec,
	running: IntGauge,
	executions: IntCounterVec,
	seconds: Histogram,
	fuel: IntCounter,
	deeds: IntCounterVec,
	renewals: IntCounterVec,
	chain_errors: IntCounterVec,
}

impl Metrics {
	/// The metrics of a cluster's worker, and of the fault that is switched on.
	pub fn new(cluster: ClusterId, fault: Option<&'static str>) -> Result<Self, prometheus::Error> {
		let registry = Registry::new_custom(Some("assay_worker".into()), None)?;
		let finalised = IntGaugeVec::new(
			Opts::new("finalised_block", "The finalised block that was looked at last."),
			&["cluster"],
		)?;
		let open = IntGaugeVec::new(
			Opts::new("open_tasks", "Tasks in which the cluster has an execution."),
			&["cluster"],
		)?;
		let running = IntGauge::new("running_executions", "Executions under way.")?;
		let executions = IntCounterVec::new(
			Opts::new("executions_total", "Executions that ended, by how."),
			&["result"],
		)?;
		let seconds = Histogram::with_opts(
			HistogramOpts::new("execution_seconds", "How long executions took.")
				.buckets(SECONDS.to_vec()),
		)?;
		let fuel = IntCounter::new("fuel_used_total", "Units of fuel that executions used.")?;
		let deeds = IntCounterVec::new(
			Opts::new("deeds_total", "Submissions that ended, by kind and fate."),
			&["deed", "fate"],
		)?;
		let renewals = IntCounterVec::new(
			Opts::new("lease_renewals_total", "Renewals of the lease that ended, by fate."),
			&["fate"],
		)?;
		let chain_errors = IntCounterVec::new(
			Opts::new("chain_errors_total", "Requests to the node that failed, by error."),
			&["error"],
		)?;
		registry.register(Box::new(finalised.clone()))?;
		registry.register(Box::new(open.clone()))?;
		registry.register(Box::new(running.clone()))?;
		registry.register(Box::new(executions.clone()))?;
		registry.register(Box::new(seconds.clone()))?;
		registry.register(Box::new(fuel.clone()))?;
		registry.register(Box::new(deeds.clone()))?;
		registry.register(Box::new(renewals.clone()))?;
		registry.register(Box::new(chain_errors.clone()))?;
		if let Some(fault) = fault {
			let faults = IntGaugeVec::new(
				Opts::new("simulated_fault", "A fault is switched on: this worker is not honest."),
				&["fault"],
			)?;
			registry.register(Box::new(faults.clone()))?;
			faults.with_label_values(&[fault]).set(1);
		}
		Ok(Self {
			registry,
			cluster: cluster.to_string(),
			finalised,
			open,
			running,
			executions,
			seconds,
			fuel,
			deeds,
			renewals,
			chain_errors,
		})
	}

	/// A block was looked at.
	pub fn block(&self, number: BlockNumber) {
		self.finalised.with_label_values(&[self.cluster.as_str()]).set(number.into());
	}

	/// So many tasks are open.
	pub fn open(&self, tasks: usize) {
		self.open
			.with_label_values(&[self.cluster.as_str()])
			.set(tasks.try_into().unwrap_or(i64::MAX));
	}

	/// An execution begins.
	pub fn execution_began(&self) {
		self.running.inc();
	}

	/// An execution ended.
	pub fn execution_ended(&self, result: &str, took: Duration, fuel: u64) {
		self.running.dec();
		self.executions.with_label_values(&[result]).inc();
		self.seconds.observe(took.as_secs_f64());
		self.fuel.inc_by(fuel);
	}

	/// A submission ended.
	pub fn deed(&self, kind: DeedKind, fate: Fate) {
		self.deeds.with_label_values(&[kind.name(), fate.name()]).inc();
	}

	/// A renewal of the lease ended.
	pub fn renewal(&self, fate: Fate) {
		self.renewals.with_label_values(&[fate.name()]).inc();
	}

	/// A request to the node failed.
	pub fn chain_error(&self, label: &str) {
		self.chain_errors.with_label_values(&[label]).inc();
	}

	/// In the text format of Prometheus.
	pub fn render(&self) -> Result<String, prometheus::Error> {
		TextEncoder::new().encode_to_string(&self.registry.gather())
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn no_number_appears_before_there_is_one() {
		let metrics = Metrics::new(ClusterId(7), None).unwrap();
		let text = metrics.render().unwrap();
		assert!(!text.contains("finalised_block{"), "{text}");
		assert!(!text.contains("simulated_fault"));
		metrics.block(12);
		metrics.execution_began();
		metrics.execution_ended("completed", Duration::from_millis(20), 99);
		metrics.deed(DeedKind::Commit, Fate::Landed(3));
		metrics.renewal(Fate::Unclear);
		let text = metrics.render().unwrap();
		for line in [
			"assay_worker_finalised_block{cluster=\"7\"} 12",
			"assay_worker_executions_total{result=\"completed\"} 1",
			"assay_worker_fuel_used_total 99",
			"assay_worker_running_executions 0",
			"assay_worker_deeds_total{deed=\"commit\",fate=\"landed\"} 1",
			"assay_worker_lease_renewals_total{fate=\"unclear\"} 1",
			"assay_worker_execution_seconds_count 1",
		] {
			assert!(text.contains(line), "{line} is not in\n{text}");
		}
	}

	#[test]
	fn a_simulated_fault_shows() {
		let metrics = Metrics::new(ClusterId(7), Some("lie")).unwrap();
		assert!(metrics.render().unwrap().contains("simulated_fault{fault=\"lie\"} 1"));
	}
}

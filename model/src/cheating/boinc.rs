// SPDX-License-Identifier: GPL-3.0-or-later
//! A model of ours of BOINC's adaptive replication, for comparison: a host whose last `n` results were
//! valid is checked with probability 1/n, and always while `n` is below ten. Two equal results are valid;
//! whoever returned another one gets nothing and starts again at zero. No bond, no suspension, and hosts
//! who share a job can see that before they report.

use super::{rng::Rng, strategy::Strategy, world::COST_PERCENT};

/// Valid results in a row below which every job of a host is replicated.
const TRUSTED: u32 = 10;
/// Valid results in a row after which a farmer begins to lie.
const FARMED: u32 = 20;
/// Copies of one job at which it is given up.
const MOST_COPIES: usize = 10;

/// What one run simulates.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
	/// What the members do.
	pub strategy: Strategy,
	/// All hosts.
	pub hosts: u32,
	/// Those who follow the strategy.
	pub members: u32,
	/// Jobs.
	pub tasks: u32,
}

/// What came of a run; pay and work in prices.
#[derive(Clone, Copy, Default, PartialEq, Debug)]
pub struct Report {
	/// Results that members returned.
	pub executions: u64,
	/// Wrong ones.
	pub lies: u64,
	/// Wrong ones that were not paid.
	pub caught: u64,
	/// Jobs whose accepted result is wrong.
	pub wrong: u64,
	/// The members' profit.
	pub members: f64,
	/// Everybody else's.
	pub others: f64,
}

#[derive(Clone, Copy, PartialEq)]
enum Value {
	Truth,
	Lie,
	Own(u32),
}

/// Runs `setting`. The same seed gives the same report.
pub fn run(setting: &Setting, seed: u64) -> Report {
	let mut rng = Rng::new(seed);
	let mut valid = vec![0u32; setting.hosts as usize];
	let mut report = Report::default();
	for _ in 0..setting.tasks {
		let first = rng.below(setting.hosts);
		let n = valid[first as usize];
		let replicated = n < TRUSTED || rng.below(n) == 0;
		let mut hosts = vec![first];
		if replicated {
			draw(&mut rng, setting, &mut hosts);
		}
		let member = |host: u32| host < setting.members;
		let pair = replicated && hosts.iter().all(|host| member(*host));
		let (mut values, mut computed) = (vec![], vec![]);
		let accepted = loop {
			while values.len() < hosts.len() {
				let host = hosts[values.len()];
				let lied = values.contains(&Value::Lie);
				let lies = member(host)
					&& match setting.strategy {
						Strategy::AlwaysLies => true,
						Strategy::Together => pair || lied,
						Strategy::Farmer => lied || (values.is_empty() && n >= FARMED),
						Strategy::Gambler => lied || values.is_empty(),
						_ => false,
					};
				let guesses = member(host) && matches!(setting.strategy, Strategy::Lazy(_));
				let value = match (lies, guesses) {
					(true, _) => Value::Lie,
					(_, true) => Value::Own(host),
					_ => Value::Truth,
				};
				computed.push(value == Value::Truth);
				values.push(value);
			}
			let agreed = |value: &&Value| {
				!replicated || values.iter().filter(|other| other == value).count() >= 2
			};
			if let Some(value) = values.iter().find(agreed) {
				break Some(*value);
			}
			if hosts.len() >= MOST_COPIES {
				break None;
			}
			draw(&mut rng, setting, &mut hosts);
		};
		report.wrong += u64::from(accepted.is_some_and(|value| value != Value::Truth));
		for ((host, value), computed) in hosts.iter().zip(&values).zip(&computed) {
			let right = accepted == Some(*value);
			let cost = if *computed { f64::from(COST_PERCENT) / 100.0 } else { 0.0 };
			let profit = f64::from(u8::from(right)) - cost;
			match member(*host) {
				true => {
					report.members += profit;
					report.executions += 1;
					report.lies += u64::from(*value != Value::Truth);
					report.caught += u64::from(*value != Value::Truth && !right);
				},
				false => report.others += profit,
			}
			let count = &mut valid[*host as usize];
			*count = match (right, replicated) {
				(true, true) => *count + 1,
				(true, false) => *count,
				(false, _) => 0,
			};
		}
	}
	report
}

fn draw(rng: &mut Rng, setting: &Setting, hosts: &mut Vec<u32>) {
	loop {
		let host = rng.below(setting.hosts);
		if !hosts.contains(&host) {
			hosts.push(host);
			return;
		}
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	fn setting(strategy: Strategy) -> Setting {
		Setting { strategy, hosts: 60, members: 12, tasks: 20_000 }
	}

	#[test]
	fn honest_hosts_are_paid_for_each_result() {
		let report = run(&setting(Strategy::Honest), 1);
		assert_eq!((report.lies, report.wrong), (0, 0));
		assert!((report.members / report.executions as f64 - 0.6).abs() < 1e-9);
	}

	#[test]
	fn two_who_meet_are_never_caught() {
		let report = run(&setting(Strategy::Together), 1);
		assert!(report.lies > 0 && report.caught == 0 && report.wrong > 0);
	}

	#[test]
	fn farming_trust_pays() {
		let farmer = run(&setting(Strategy::Farmer), 1);
		assert!(farmer.members / farmer.executions as f64 > 0.6);
	}
}

// SPDX-License-Identifier: GPL-3.0-or-later
//! Simulates cheaters and prints what they earn, as tables. Its last line is `RESULT cheating` and the best
//! dishonest profit in honest ones. Run by `scripts/bench.sh cheating`.

use assay_model::cheating::{
	boinc,
	strategy::Strategy,
	world::{
		run, Experience, Hiding, Money, Report, Setting, Suspensions, COST_PERCENT,
		GRIEFING_PRICES, PLACE_BOND, UNIT,
	},
};
use assay_primitives::task::Check;

const SEED: u64 = 0x0a55a7;
const STANDARD: Check = Check::Verified { quorum: 2, panel: 3 };
const CHECKS: [Check; 4] = [
	STANDARD,
	Check::Verified { quorum: 3, panel: 3 },
	Check::Audited { floor: 5 },
	Check::Audited { floor: 20 },
];
/// Accidents of a thousand computations where judges are to have something to judge.
const FAULTS: u32 = 5;

fn main() {
	println!(
		"# What cheating earns\n\n\
		Each row is a run of {} tasks, one a block, on the protocol's own `Trial::step` and `settle`. {} \
		operators with one position each; computing costs {COST_PERCENT} % of the price, lying and copying \
		nothing; {} units of bond behind a place. 1 % of the requesters know the answer and appeal a wrong \
		verdict. Profit is per task and operator, suspensions included, in units of what the same operators \
		earn in the same draws if everybody is honest; negative is a loss. *Per execution* leaves out that \
		suspended operators are drawn less, and that disputes bring work.\n",
		Setting::new(STANDARD, Strategy::Honest).tasks,
		Setting::new(STANDARD, Strategy::Honest).operators,
		PLACE_BOND / UNIT,
	);
	let honest = &mut Honest::default();
	let [best, ..] = CHECKS.map(|check| strategies(honest, check));
	shares(honest);
	bound();
	griefing();
	boinc_model();
	plain_model(honest);
	println!(
		"Best dishonest profit, Verified 2/3 at the highest payment, 20 % share, 1 % canaries: {}, {:.4}. \
		Best of those who give wrong answers: {}, {:.4}. Above 1 it beats honesty.",
		best.overall.0, best.overall.1, best.lying.0, best.lying.1,
	);
	println!("RESULT cheating {:.2}", best.overall.1);
}

/// The best strategies of a table: their names and what they earn at the highest payment.
struct Best {
	overall: (String, f64),
	lying: (String, f64),
}

/// The honest runs that others are compared with: the same draws, with nobody who cheats.
#[derive(Default)]
struct Honest(Vec<(Setting, Report)>);

/// Profits in honest ones: what the same operators earn in the honest run.
struct Relative {
	members: f64,
	per_execution: f64,
	others: f64,
}

impl Honest {
	fn of(&mut self, setting: &Setting) -> &Report {
		let honest = Setting {
			strategy: Strategy::Honest,
			members: 0,
			copiers: 0,
			hiding: Hiding::Sealed,
			..*setting
		};
		let known = self.0.iter().position(|(known, _)| *known == honest);
		let at = known.unwrap_or_else(|| {
			self.0.push((honest, run(&honest, SEED)));
			self.0.len() - 1
		});
		&self.0[at].1
	}

	fn compare(&mut self, setting: &Setting, report: &Report, price: f64) -> Relative {
		let at = setting.members as usize;
		let honest = &self.of(setting).each;
		let part = |of: &[Money], honest: &[Money]| {
			Money::sum(of).profit(price) / Money::sum(honest).profit(price)
		};
		// An honest operator computes once in each execution.
		let all = Money::sum(honest);
		let per_execution = all.profit(price) / all.computed;
		let mine = Money::sum(&report.each[..at]).profit(price);
		Relative {
			members: part(&report.each[..at], &honest[..at]),
			per_execution: mine / report.executions as f64 / per_execution,
			others: part(&report.each[at..], &honest[at..]),
		}
	}
}

fn strategies(honest: &mut Honest, check: Check) -> Best {
	let standard = Setting::new(check, Strategy::Honest);
	let prices = standard.prices();
	println!("## {}: {} and {:.2} units a task\n", name(check), prices[0], prices[1]);
	println!(
		"| strategy | share | executions | lies | detected % | wrong accepted % | profit at {} | \
		profit at {:.2} | per execution at {:.2} | the others at {:.2} |",
		prices[0], prices[1], prices[1], prices[1]
	);
	println!("|---|---|---|---|---|---|---|---|---|---|");
	let mut rows: Vec<Setting> = [
		Strategy::Honest,
		Strategy::Lazy(None),
		Strategy::Lazy(Some(16)),
		Strategy::Lazy(Some(2)),
		Strategy::Liar,
		Strategy::Gambler,
		Strategy::Silent,
		Strategy::AlwaysLies,
		Strategy::Together,
	]
	.map(|strategy| Setting { strategy, ..standard })
	.into();
	for strategy in [Strategy::AlwaysLies, Strategy::Together] {
		rows.push(Setting { strategy, members: 2, ..standard });
	}
	if matches!(check, Check::Audited { .. }) {
		rows.push(Setting { strategy: Strategy::Farmer, ..standard });
	}
	for strategy in [Strategy::Honest, Strategy::Focal, Strategy::Copier] {
		rows.push(Setting { strategy, faults_permille: FAULTS, ..standard });
	}
	let none = (String::new(), f64::NEG_INFINITY);
	let mut best = Best { overall: none.clone(), lying: none };
	for setting in rows {
		let report = run(&setting, SEED);
		let [low, high] = prices.map(|price| honest.compare(&setting, &report, price));
		let label = label(&setting);
		println!(
			"| {label} | {:.0} % | {} | {} | {} | {} | {:.3} | {:.3} | {:.3} | {:.3} |",
			100.0 * f64::from(setting.members) / f64::from(setting.operators),
			report.executions,
			report.lies,
			percent(report.caught, report.lies),
			percent(report.wrong, setting.tasks.into()),
			low.members,
			high.members,
			high.per_execution,
			high.others,
		);
		let strategy = setting.strategy;
		if strategy != Strategy::Honest && high.members > best.overall.1 {
			best.overall = (label.clone(), high.members);
		}
		if strategy.lies() && report.lies > 0 && high.members > best.lying.1 {
			best.lying = (label, high.members);
		}
	}
	println!();
	best
}

/// Where lying begins to pay.
fn shares(honest: &mut Honest) {
	println!("## Shares: {} at the highest payment\n", name(STANDARD));
	println!(
		"| share | liars | their wrong accepted % | clique, always lies | honest unless together |"
	);
	println!("|---|---|---|---|---|");
	let standard = Setting::new(STANDARD, Strategy::Honest);
	let [_, price] = standard.prices();
	for members in [3, 6, 12, 15, 18, 20, 24, 30] {
		let mut profit = |strategy| {
			let setting = Setting { strategy, members, ..standard };
			let report = run(&setting, SEED);
			(honest.compare(&setting, &report, price).members, report)
		};
		let (liars, report) = profit(Strategy::Gambler);
		println!(
			"| {:.1} % | {liars:.3} | {} | {:.3} | {:.3} |",
			100.0 * f64::from(members) / f64::from(standard.operators),
			percent(report.wrong, standard.tasks.into()),
			profit(Strategy::AlwaysLies).0,
			profit(Strategy::Together).0,
		);
	}
	println!();
}

/// Whether a lie loses on average at `max_payment`, as `economics` says.
fn bound() {
	println!(
		"## The bound of `economics`: executors who always lie, at the highest payment\n\n\
		No suspension, no canary, no window, audits at the floor from the first task on. Accomplices confirm \
		as verifiers, and as judges where it carries. `economics` assumes that a check detects \
		49 % with a quorum of two, 59 % with one of three: what is left where a third conspires.\n"
	);
	println!(
		"| policy | share | lies | caught % | caught by a check % | a liar's profit per lie | its group's \
		per lie | honest profit per execution |"
	);
	println!("|---|---|---|---|---|---|---|---|");
	for check in CHECKS {
		for members in [1, 6, 12, 15, 20] {
			let setting = Setting {
				members,
				window: 0,
				canaries_permille: 0,
				experience: Experience::AtFloor,
				suspensions: Suspensions::Waived,
				..Setting::new(check, Strategy::Gambler)
			};
			let report = run(&setting, SEED);
			let [_, price] = setting.prices();
			let lies = report.executor_lies as f64;
			let looked_at = match check {
				Check::Audited { floor } => f64::from(floor) / 100.0,
				Check::Verified { .. } => 1.0,
			};
			println!(
				"| {} | {:.1} % | {} | {} | {:.1} | {:.2} | {:.2} | {:.2} |",
				name(check),
				100.0 * f64::from(members) / f64::from(setting.operators),
				report.executor_lies,
				percent(report.executor_caught, report.executor_lies),
				100.0 * report.executor_caught as f64 / lies / looked_at,
				report.per_lie.profit(price) / lies,
				report.per_lie_of_all.profit(price) / lies,
				price * f64::from(100 - COST_PERCENT) / 100.0,
			);
		}
	}
	println!();
}

/// What it costs a requester to make honest clusters lose.
fn griefing() {
	println!(
		"## Griefing: a requester's tasks with a group of its own in the draws, {}\n\n\
		It knows the answers and computes nothing. What it loses is all it pays, less its group's pay and the \
		repaid panels, plus its group's fines; what it takes is the pay that right answers did not get, and \
		their fines.\n",
		name(STANDARD)
	);
	println!(
		"| group | left out | price | honest bond lost | honest pay lost | the requester's loss | its loss per \
		unit of theirs |"
	);
	println!("|---|---|---|---|---|---|---|");
	for (members, denied) in [(2, 0), (12, 0), (12, 16), (20, 0), (20, 16)] {
		let setting = Setting {
			members,
			denied,
			canaries_permille: 0,
			..Setting::new(STANDARD, Strategy::Griefer)
		};
		let report = run(&setting, SEED);
		for (price, repaid) in GRIEFING_PRICES.into_iter().zip(report.repaid) {
			let group = Money::sum(&report.each[..members as usize]);
			let lost = report.spent * price - group.profit(price) - repaid;
			let taken = report.unjust + report.withheld * price;
			println!(
				"| {members} of 60 | {denied} | {price:.2} | {:.0} | {:.0} | {lost:.0} | {} |",
				report.unjust,
				report.withheld * price,
				if taken > 0.0 { format!("{:.2}", lost / taken) } else { "–".into() },
			);
		}
	}
	println!();
}

fn boinc_model() {
	println!(
		"## Our model of BOINC's adaptive replication\n\n\
		A host with n valid results in a row is checked with probability 1/n, always below 10. No bond.\n"
	);
	println!(
		"| strategy | share | executions | lies | detected % | wrong accepted % | profit | the others |"
	);
	println!("|---|---|---|---|---|---|---|---|");
	let standard =
		boinc::Setting { strategy: Strategy::Honest, hosts: 60, members: 12, tasks: 100_000 };
	let baseline = {
		let report = boinc::run(&standard, SEED);
		(report.members + report.others) / f64::from(standard.hosts)
	};
	for (strategy, members) in [
		(Strategy::Honest, 12),
		(Strategy::Lazy(None), 12),
		(Strategy::Gambler, 12),
		(Strategy::AlwaysLies, 12),
		(Strategy::Together, 12),
		(Strategy::Together, 2),
		(Strategy::Farmer, 12),
		(Strategy::Farmer, 1),
	] {
		let setting = boinc::Setting { strategy, members, ..standard };
		let report = boinc::run(&setting, SEED);
		let share = f64::from(members) / f64::from(setting.hosts);
		let name = match strategy {
			Strategy::Farmer => "farmer, lies after 20 valid results".into(),
			Strategy::Together => "clique, lies when together".into(),
			Strategy::Gambler => "liars, backed always".into(),
			_ => strategy.name(),
		};
		println!(
			"| {name} | {:.0} % | {} | {} | {} | {} | {:.3} | {:.3} |",
			100.0 * share,
			report.executions,
			report.lies,
			percent(report.caught, report.lies),
			percent(report.wrong, setting.tasks.into()),
			report.members / f64::from(members) / baseline,
			report.others / f64::from(setting.hosts - members) / baseline,
		);
	}
	println!();
}

fn plain_model(honest: &mut Honest) {
	println!(
		"## Our model of a plain commit: {}, without salt and possession\n\n\
		The same core, bonds and fines, but a verifier can read what it is to check and repeat it.\n",
		name(STANDARD)
	);
	println!(
		"| strategy | share | lazy verifiers beside | executions | lies | detected % | wrong accepted % | \
		profit at 1 | profit at {:.2} |",
		Setting::new(STANDARD, Strategy::Honest).prices()[1]
	);
	println!("|---|---|---|---|---|---|---|---|---|");
	for (strategy, members, copiers) in [
		(Strategy::Copier, 12, 0),
		(Strategy::Copier, 12, 36),
		(Strategy::Gambler, 12, 0),
		(Strategy::Gambler, 12, 12),
		(Strategy::Gambler, 12, 36),
		(Strategy::Gambler, 1, 48),
	] {
		let sealed = Setting::new(STANDARD, strategy);
		let setting = Setting { hiding: Hiding::Plain, members, copiers, ..sealed };
		let report = run(&setting, SEED);
		let [low, high] =
			setting.prices().map(|price| honest.compare(&setting, &report, price).members);
		println!(
			"| {} | {:.0} % | {:.0} % | {} | {} | {} | {} | {low:.3} | {high:.3} |",
			match strategy {
				Strategy::Copier => "lazy verifiers, copy".into(),
				_ => strategy.name(),
			},
			100.0 * f64::from(members) / f64::from(setting.operators),
			100.0 * f64::from(copiers) / f64::from(setting.operators),
			report.executions,
			report.lies,
			percent(report.caught, report.lies),
			percent(report.wrong, setting.tasks.into()),
		);
	}
	println!();
}

fn name(check: Check) -> String {
	match check {
		Check::Verified { quorum, panel } => format!("Verified {quorum}/{panel}"),
		Check::Audited { floor } => format!("Audited {floor} %"),
	}
}

fn label(setting: &Setting) -> String {
	let name = match setting.members {
		2 => setting.strategy.name().replace("clique", "pair"),
		_ => setting.strategy.name(),
	};
	match setting.faults_permille {
		0 => name,
		faults => format!("{name} ({:.1} % faults)", f64::from(faults) / 10.0),
	}
}

/// `part` of `whole` in percent, or a dash.
fn percent(part: u64, whole: u64) -> String {
	match whole {
		0 => "–".into(),
		_ => format!("{:.2}", 100.0 * part as f64 / whole as f64),
	}
}

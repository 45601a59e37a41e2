// SPDX-License-Identifier: GPL-3.0-or-later
//! The three ways to look for clusters, in memory: that each is fair, and that a lap misses nobody.

use super::{index::Memory, *};
use crate::{
	index::{Entry, Pool, Shelf, ROW},
	search::{contest, free, sample, step, together, Found, Judge, Look, Progress, Runner},
};
use assay_primitives::{
	draw::Draw,
	protocol::Pick,
	spec::{Demand, Region},
	Genesis,
};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

/// Who fits is written down.
struct List<'a> {
	demand: &'a Demand,
	/// Slots that are taken, of clusters that fit.
	busy: &'a BTreeMap<u32, u16>,
	/// The number of looks.
	looks: u32,
}

impl Judge for List<'_> {
	fn admits(&self, shelf: Shelf, entry: &Entry) -> bool {
		self.demand.refused_by(&entry.offer(shelf)).next().is_none()
	}

	fn look(&mut self, shelf: Shelf, entry: &Entry) -> Look {
		self.looks += 1;
		let cluster = entry.cluster;
		// Pairs have one operator.
		let pick = Pick { operator: OperatorId(cluster.0 / 2), ..entry.pick(shelf) };
		self.busy.get(&cluster.0).map_or(Look::Not, |busy| Look::Free { pick, busy: *busy })
	}

	fn clash(&self, one: &Pick, other: &Pick) -> bool {
		one.operator == other.operator
	}
}

fn draw(n: u64) -> Draw {
	Draw { genesis: Genesis([1; 32]), acc: [2; 32], task: TaskId(n), round: 0 }
}

/// 300 clusters with 1 to 4 slots, a third of them elsewhere, some of their slots taken.
struct Net {
	store: Memory,
	demand: Demand,
	busy: BTreeMap<u32, u16>,
	/// Free slots of those who fit.
	free: BTreeMap<u32, u32>,
}

fn net() -> Net {
	let mut store = Memory::default();
	let (mut busy, mut free) = (BTreeMap::new(), BTreeMap::new());
	for cluster in 0..300u32 {
		let slots = 1 + (cluster % 4) as u16;
		let mut spec = spec_with_slots(cluster, slots);
		spec.resources.cpu_millicores = 1000 << (cluster % 7);
		if cluster % 3 == 0 {
			spec.region = Region(*b"FR");
		}
		store.put(cluster, &spec);
		// Every fifth does not fit for reasons that only a look tells.
		if cluster % 5 > 0 {
			let taken = (cluster / 4 % 3) as u16;
			busy.insert(cluster, taken);
			if cluster % 3 > 0 && taken < slots && spec.resources.cpu_millicores >= 3000 {
				free.insert(cluster, u32::from(slots - taken));
			}
		}
	}
	let mut demand = request().demand;
	demand.regions.force_push(Region(*b"DE"));
	demand.resources.cpu_millicores = 3000;
	Net { store, demand, busy, free }
}

impl Net {
	fn pool(&self) -> Pool {
		self.store.pool(&self.demand)
	}

	fn judge(&self) -> List<'_> {
		List { demand: &self.demand, busy: &self.busy, looks: 0 }
	}

	/// How far what `find` finds in so many draws is from fair, in standard deviations of the chi-square
	/// statistic: about zero for a fair search, above 5 never.
	fn unfairness(&self, draws: u64, mut find: impl FnMut(&Draw) -> Found) -> f64 {
		let mut counts: BTreeMap<u32, u32> =
			self.free.keys().map(|cluster| (*cluster, 0)).collect();
		for n in 0..draws {
			let found = find(&draw(n));
			let [pick] = &found.picks[..] else { panic!("one: {found:?}") };
			*counts.get_mut(&pick.cluster.0).expect("somebody who fits") += 1;
		}
		let whole: u32 = self.free.values().sum();
		let expected = |cluster| draws as f64 * f64::from(self.free[cluster]) / f64::from(whole);
		let chi: f64 = counts
			.iter()
			.map(|(cluster, count)| {
				(f64::from(*count) - expected(cluster)).powi(2) / expected(cluster)
			})
			.sum();
		let freedom = (counts.len() - 1) as f64;
		(chi - freedom) / (2.0 * freedom).sqrt()
	}
}

#[test]
fn a_sample_is_fair_over_a_hundred_thousand_draws() {
	let net = net();
	let pool = net.pool();
	assert!(pool.clusters() > ROW && net.free.len() > 50);
	let unfairness = net
		.unfairness(100_000, |draw| sample(&net.store, &pool, draw, u32::MAX, 1, &mut net.judge()));
	assert!(unfairness.abs() < 5.0, "{unfairness}");
}

#[test]
fn a_contest_is_fair() {
	let net = net();
	let pool = net.pool();
	let unfairness =
		net.unfairness(10_000, |draw| contest(pool.entries(&net.store), draw, 1, &mut net.judge()));
	assert!(unfairness.abs() < 5.0, "{unfairness}");
}

/// Goes round in steps of one row, each with its own randomness.
fn lap(net: &Net, draw: &Draw, count: usize) -> Found {
	let pool = net.pool();
	let mut progress = Progress::default();
	for number in 0u8.. {
		let draw = Draw { acc: [number; 32], ..*draw };
		let step = step(&net.store, &pool, &mut progress, &draw, 1, &mut net.judge());
		assert!(step.rows <= 1 && step.looks <= ROW);
		if step.done {
			break;
		}
	}
	let place = |runner: &Runner| {
		pool.entries(&net.store).find(|(_, entry)| entry.cluster == runner.cluster)
	};
	let leaders = progress.contest.leaders().iter().filter_map(place).collect();
	let mut judge = net.judge();
	let picks = together(free(leaders, &mut judge), count, &judge);
	Found { picks, tries: progress.tries, ..Found::default() }
}

#[test]
fn a_lap_is_fair_although_each_step_has_its_own_randomness() {
	let net = net();
	let unfairness = net.unfairness(10_000, |draw| lap(&net, draw, 1));
	assert!(unfairness.abs() < 5.0, "{unfairness}");
}

#[test]
fn whoever_cannot_win_is_not_looked_at() {
	let net = net();
	let pool = net.pool();
	let mut looks = 0;
	for n in 0..100 {
		let mut judge = net.judge();
		contest(pool.entries(&net.store), &draw(n), 1, &mut judge);
		looks += judge.looks;
	}
	assert!(looks < 1000, "{looks} looks in 100 draws among {} who fit", net.free.len());
}

#[test]
fn several_are_of_as_many_operators() {
	let net = net();
	let pool = net.pool();
	let mut pairs = BTreeSet::new();
	for n in 0..200 {
		let mut searches = [
			sample(&net.store, &pool, &draw(n), 1000, 3, &mut net.judge()),
			contest(pool.entries(&net.store), &draw(n), 3, &mut net.judge()),
			lap(&net, &draw(n), 3),
		];
		for found in &mut searches {
			let operators: BTreeSet<_> = found.picks.iter().map(|pick| pick.operator).collect();
			assert_eq!((operators.len(), found.picks.len()), (3, 3));
			pairs.extend(found.picks.iter().map(|pick| pick.cluster));
		}
	}
	assert!(pairs.len() > net.free.len() / 2, "not always the same");
}

#[test]
fn nobody_is_found_where_nobody_fits() {
	let net = Net { busy: BTreeMap::new(), ..net() };
	let pool = net.pool();
	assert_eq!(sample(&net.store, &pool, &draw(0), 4, 1, &mut net.judge()).picks, []);
	assert_eq!(contest(pool.entries(&net.store), &draw(0), 1, &mut net.judge()).picks, []);
	assert_eq!(lap(&net, &draw(0), 1).picks, []);
	let empty = Memory::default();
	let pool = empty.pool(&net.demand);
	assert_eq!(sample(&empty, &pool, &draw(0), 4, 1, &mut net.judge()).picks, []);
}

/// What happens on the shelves between two steps of a lap.
#[derive(Clone, Debug)]
enum Change {
	Leave(u32),
	Come(u32),
}

proptest! {
	#![proptest_config(ProptestConfig {
		cases: 256,
		failure_persistence: None,
		..Default::default()
	})]

	#[test]
	fn a_lap_misses_nobody_who_fits_all_the_time(
		population in 1..400u32,
		target in 0..400u32,
		changes in prop::collection::vec(
			prop::collection::vec(
				prop_oneof![(0..400u32).prop_map(Change::Leave), (0..400u32).prop_map(Change::Come)],
				0..40,
			),
			12,
		),
	) {
		let target = target % population;
		let of = |cluster: u32| spec_with_slots(cluster, 1 + (cluster % 2) as u16);
		let mut store = Memory::default();
		let mut there: BTreeSet<u32> = (0..population).collect();
		there.iter().for_each(|cluster| store.put(*cluster, &of(*cluster)));
		let demand = request().demand;
		let busy = BTreeMap::from([(target, 0)]);
		let mut progress = Progress::default();
		let mut changes = changes.into_iter();
		loop {
			let pool = store.pool(&demand);
			let mut judge = List { demand: &demand, busy: &busy, looks: 0 };
			if step(&store, &pool, &mut progress, &draw(0), 1, &mut judge).done {
				break;
			}
			for change in changes.next().unwrap_or_default() {
				match change {
					Change::Leave(cluster) if cluster != target && there.remove(&cluster) =>
						store.take(cluster, &of(cluster)),
					Change::Come(cluster) if there.insert(cluster) =>
						store.put(cluster, &of(cluster)),
					_ => {},
				}
			}
		}
		let leaders = progress.contest.leaders();
		prop_assert_eq!(leaders.iter().map(|one| one.cluster.0).collect::<Vec<_>>(), vec![target]);
	}
}

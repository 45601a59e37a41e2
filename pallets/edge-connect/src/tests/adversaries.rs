// SPDX-License-Identifier: GPL-3.0-or-later
//! What it gains to attack the matching. Each test plays one attack and prints what came of it: the
//! figures of docs/matching.md (`cargo nextest run adversaries --no-capture`).

use super::{index::Memory, *};
use crate::{
	index::{Entry, Shelf, ROW},
	laps::ROWS_PER_STEP,
	search::{sample, step, Judge, Look, Progress},
	Wanted, RETRIES, TRIES,
};
use assay_primitives::{
	draw::Draw,
	protocol::Pick,
	spec::{Demand, Region},
	Genesis,
};

/// Everybody whom the index admits fits.
struct Willing<'a> {
	demand: &'a Demand,
	looks: u32,
}

impl Judge for Willing<'_> {
	fn admits(&self, shelf: Shelf, entry: &Entry) -> bool {
		self.demand.refused_by(&entry.offer(shelf)).next().is_none()
	}

	fn look(&mut self, shelf: Shelf, entry: &Entry) -> Look {
		self.looks += 1;
		Look::Free { pick: entry.pick(shelf), busy: 0 }
	}

	fn clash(&self, one: &Pick, other: &Pick) -> bool {
		one.operator == other.operator
	}
}

/// Blocks until a draw finds one who fits, and how many clusters it looked at. Samples first, then a lap.
fn blocks_until_found(store: &Memory, demand: &Demand, task: u64) -> (Option<ClusterId>, u32, u32) {
	let pool = store.pool(demand);
	let mut judge = Willing { demand, looks: 0 };
	let draw = |block: u32| Draw {
		genesis: Genesis([1; 32]),
		acc: assay_primitives::blake2_256(&block.to_le_bytes()),
		task: TaskId(task),
		round: 0,
	};
	let mut block = 0;
	while block <= u32::from(RETRIES) {
		let found = sample(store, &pool, &draw(block), TRIES, 1, &mut judge);
		block += 1;
		if let Some(pick) = found.picks.first() {
			return (Some(pick.cluster), block, judge.looks);
		}
	}
	let mut progress = Progress::default();
	loop {
		let draw = draw(block);
		block += 1;
		if step(store, &pool, &mut progress, &draw, ROWS_PER_STEP, &mut judge).done {
			let found = progress.contest.leaders().first().map(|leader| leader.cluster);
			return (found, block, judge.looks);
		}
	}
}

#[test]
fn a_million_records_that_do_not_fit() {
	const RECORDS: u32 = 1_000_000;
	let mut store = Memory::default();
	let dear = Spec { price: PRICE + 1, ..spec(0) };
	(0..RECORDS).for_each(|cluster| store.put(cluster, &dear));
	store.put(RECORDS, &spec(0));
	let (found, blocks, looks) = blocks_until_found(&store, &request().demand, 0);
	assert_eq!(found, Some(ClusterId(RECORDS)));
	let rows = RECORDS.div_ceil(ROW) + 1;
	assert!(blocks <= u32::from(RETRIES) + 1 + rows.div_ceil(ROWS_PER_STEP));
	println!("a million records that are too dear: the one that fits is found in {blocks} blocks, after a look at {looks} clusters");
	// Where one in a hundred fits, samples mostly do.
	for n in 1..RECORDS / 100 {
		store.put(RECORDS + n, &spec(0));
	}
	let mut blocks = [0u32; 100];
	for (task, blocks) in (0..).zip(&mut blocks) {
		(_, *blocks, _) = blocks_until_found(&store, &request().demand, task);
	}
	let by_sample = blocks.iter().filter(|blocks| **blocks <= u32::from(RETRIES) + 1).count();
	println!("where one in a hundred fits, {by_sample} of 100 draws find somebody by a sample, the others in a lap");
	assert!((10..60).contains(&by_sample), "1 - 0.99^36 is 30 %: {by_sample}");
}

#[test]
fn records_each_of_which_fails_by_one_constraint() {
	let mut store = Memory::default();
	let misses: [fn(&mut Spec); 5] = [
		|spec| spec.price += 1,
		|spec| spec.region = Region(*b"FR"),
		|spec| spec.resources.cpu_millicores -= 1,
		|spec| spec.resources.disk_mib -= 1,
		|spec| spec.resources.memory_mib -= 1,
	];
	let mut demand = request().demand;
	demand.resources = spec(0).resources;
	demand.regions.force_push(Region(*b"DE"));
	for cluster in 0..100_000u32 {
		let mut spec = spec(0);
		misses[cluster as usize % misses.len()](&mut spec);
		store.put(cluster, &spec);
	}
	let (found, blocks, looks) = blocks_until_found(&store, &demand, 0);
	assert_eq!((found, looks), (None, 0), "the shelves say it, no cluster is looked at");
	println!("100,000 records each of which fails by one constraint: {blocks} blocks and no look at a cluster until the task waits");
}

#[test]
fn one_operator_with_nine_tenths_of_the_positions() {
	let whale = (0..18).fold(TestNet::new(), |net, _| net.cluster_with(ALICE, |s| s.slots = 10));
	let net = (0..20).fold(whale, |net, n| net.cluster(CROWD + n));
	net.run(|| {
		let (mut executor, mut both) = (0, 0);
		for _ in 0..400 {
			let task = submit(request());
			run_draws();
			let first = OperatorId(row(drawn(task)[0]).operator.0);
			let verifier = Wanted { role: Role::Verifier, exclude: vec![first], ..an_executor() };
			want(task, verifier);
			run_draws();
			let [one, other] = drawn(task)[..] else { panic!("both are found") };
			executor += u32::from(row(one).owner == ALICE);
			both += u32::from(row(one).owner == ALICE && row(other).owner == ALICE);
			finish(task);
		}
		println!("one operator with 90 % of the positions executes {} % of the tasks and checks none of them", executor / 4);
		assert_eq!(both, 0);
		assert!((330..390).contains(&executor), "{executor} of 400");
	});
}

#[test]
fn registering_and_draining_between_commitment_and_draw() {
	// ALICE has a quarter of the positions, registers as many again and drains what she had.
	let net = (0..8).fold(TestNet::new(), |net, _| net.cluster(ALICE));
	let net = (0..24).fold(net, |net, n| net.cluster(CROWD + n));
	net.run(|| {
		let mut hits = [0u32; 2];
		for n in 0..300u32 {
			for (attack, hits) in [false, true].into_iter().zip(&mut hits) {
				let task = submit(request());
				let submitted_at = now();
				next_block();
				let wanted = Wanted {
					role: Role::Verifier,
					older_than: submitted_at,
					..an_executor()
				};
				want(task, wanted);
				if attack {
					let first = EdgeConnect::counters().next_cluster.0;
					(0..8).for_each(|m| register(ALICE, spec(1_000 + 8 * n + m)).unwrap());
					run_draws();
					(first..first + 8).for_each(|new| drain(ALICE, new).unwrap());
				} else {
					run_draws();
				}
				*hits += u32::from(row(drawn(task)[0]).owner == ALICE);
				finish(task);
				forget_events();
			}
		}
		let [honest, attacked] = hits.map(|hits| hits / 3);
		println!("8 more records between commitment and draw: {attacked} % of the checks, {honest} % without them");
		assert!((45..105).contains(&hits[1]), "a quarter of 300, not two fifths: {hits:?}");
	});
}

#[test]
fn filling_the_slots_of_all_competitors_before_a_check() {
	// ALICE has 2 of 20 slots. Her tasks take the slots of everybody else.
	let net = (0..18)
		.fold(TestNet::new().cluster_with(ALICE, |s| s.slots = 2), |net, n| net.cluster(CROWD + n));
	net.run(|| {
		let filling: Vec<TaskId> = (0..18)
			.map(|_| {
				let task = EdgeConnect::counters().next_task;
				submit_from(ALICE, request()).unwrap();
				task
			})
			.collect();
		run_draws();
		assert!(filling.iter().all(|task| drawn(*task).len() == 1));
		assert_eq!(duty(0).executing.len(), 0, "never her own");
		let mut hers = 0;
		for _ in 0..400 {
			let task = submit(request());
			want(task, Wanted { role: Role::Verifier, ..an_executor() });
			run_draws();
			hers += u32::from(drawn(task) == [0]);
			finish(task);
		}
		println!(
			"whoever fills all other slots checks {} % of the tasks with 10 % of the positions",
			hers / 4
		);
		assert!((20..64).contains(&hers), "a tenth of 400: {hers}");
		// The same for an execution, which has no reserve: she is the only one left.
		let task = submit(request());
		run_draws();
		assert_eq!(drawn(task), [0]);
		finish(task);
		filling.into_iter().for_each(finish);
	});
}

#[test]
fn one_machine_as_many_records() {
	// Eight slots as one record and as eight.
	let net = (0..8).fold(TestNet::new(), |net, _| net.cluster(BOB));
	net.cluster_with(ALICE, |s| s.slots = 8).run(|| {
		let mut split = 0u32;
		for _ in 0..1_000 {
			let task = submit(request());
			run_draws();
			split += u32::from(row(drawn(task)[0]).owner == BOB);
			finish(task);
			forget_events();
		}
		println!(
			"eight slots as eight records execute {} %, as one record {} %",
			split / 10,
			100 - split / 10
		);
		assert!((430..570).contains(&split), "{split} of 1000");
	});
}

#[test]
fn a_flood_of_tasks_that_nobody_fits() {
	// They fill the queue of executors; whoever fits still gets through, and so does a check.
	TestNet::new().crowd(10, 1).run(|| {
		let flood: Vec<TaskId> = (0..300).map(|_| submit(request_for_gpu())).collect();
		run_draws();
		let task = submit(request());
		run_draws();
		assert_eq!(drawn(task).len(), 1);
		want(task, Wanted { role: Role::Verifier, ..an_executor() });
		run_draws();
		assert_eq!(drawn(task).len(), 2);
		assert!(waiting().len() <= 256);
		println!(
			"{} tasks that nobody fits: {} wait, and another task is drawn and checked as if alone",
			flood.len(),
			waiting().len()
		);
		finish(task);
		close(flood[0]);
	});
}

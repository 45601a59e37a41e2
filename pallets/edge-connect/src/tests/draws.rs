// SPDX-License-Identifier: GPL-3.0-or-later
//! Draws: when they are made, from what, and that they are fair.

use super::*;
use crate::{interface::Wanted, weights::WeightInfo, Pallet, SMALL};
use assay_primitives::{
	draw::{BeaconState, Draw},
	protocol::Breadth,
	spec::{Region, MAX_ENDPOINT_LEN, MAX_ENGINES},
	task::{Access, TaskRequest},
	BoundedVec, ConstU32, Genesis,
};
use std::collections::BTreeSet;

/// How often each of `n` things came, compared to how often it should: the chi-square statistic.
fn chi_square(counts: &[u32], shares: &[u32]) -> f64 {
	let total: f64 = counts.iter().copied().map(f64::from).sum();
	let whole: f64 = shares.iter().copied().map(f64::from).sum();
	counts
		.iter()
		.zip(shares)
		.map(|(count, share)| {
			let expected = total * f64::from(*share) / whole;
			(f64::from(*count) - expected).powi(2) / expected
		})
		.sum()
}

/// Draws so many executors one after the other, each for an idle network, and counts the clusters.
fn count_draws(draws: u32, request: impl Fn() -> TaskRequest) -> Vec<u32> {
	let mut counts = vec![0; EdgeConnect::counters().next_cluster.0 as usize];
	for _ in 0..draws {
		let task = submit(request());
		while drawn(task).is_empty() {
			next_block();
		}
		drawn(task).iter().for_each(|cluster| counts[*cluster as usize] += 1);
		finish(task);
		forget_events();
	}
	counts
}

/// What the draw of `task` in this block looks like to anybody who knows the beacon.
fn public_draw(task: TaskId, round: u8) -> Draw {
	Draw { genesis: Genesis(EdgeConnect::genesis_hash()), acc: acc(), task, round }
}

/// The first of `clusters`, with one slot each, by the priorities that everybody can compute.
fn first_of(task: TaskId, clusters: impl Iterator<Item = u32>) -> u32 {
	let draw = public_draw(task, 0);
	let by_priority = |cluster: &u32| draw.priorities(ClusterId(*cluster), 1).next();
	clusters.min_by_key(by_priority).unwrap()
}

fn allowing(clusters: &[u32]) -> TaskRequest {
	let allow: Vec<ClusterId> = clusters.iter().copied().map(ClusterId).collect();
	let access = Access { allow: allow.try_into().unwrap(), ..Default::default() };
	TaskRequest { access, ..request() }
}

#[test]
fn every_position_of_a_small_network_is_equally_likely() {
	let slots: Vec<u32> = (0..10).map(|n| 1 + n % 4).collect();
	let net = slots.iter().zip(CROWD..).fold(TestNet::new(), |net, (slots, owner)| {
		net.cluster_with(owner, |spec| spec.slots = *slots as u16)
	});
	net.run(|| {
		let counts = count_draws(4000, request);
		let chi = chi_square(&counts, &slots);
		// 9 degrees of freedom: above 33.7 once in ten thousand fair generators.
		assert!(chi < 33.7, "chi-square {chi}: {counts:?}");
	});
}

#[test]
fn every_fitting_position_of_a_large_network_is_equally_likely() {
	// A third of the clusters stands in the wrong country.
	let slots = |n: u64| 1 + (n % 3) as u16;
	let net = (0..90).fold(TestNet::new(), |net, n| {
		net.cluster_with(CROWD + n, |spec| {
			spec.slots = slots(n);
			if n % 3 == 0 {
				spec.region = Region(*b"FR");
			}
		})
	});
	net.run(|| {
		assert!(EdgeConnect::counters().clusters > SMALL);
		let in_germany = || request_demanding(|demand| demand.regions.force_push(Region(*b"DE")));
		let counts = count_draws(6000, in_germany);
		let (fitting, unfitting): (Vec<u64>, Vec<u64>) = (0..90).partition(|n| n % 3 != 0);
		assert!(unfitting.iter().all(|n| counts[*n as usize] == 0));
		let fair: Vec<u32> = fitting.iter().map(|n| slots(*n).into()).collect();
		let found: Vec<u32> = fitting.iter().map(|n| counts[*n as usize]).collect();
		let chi = chi_square(&found, &fair);
		// 59 degrees of freedom: above 108 once in ten thousand fair generators.
		assert!(chi < 108.0, "chi-square {chi}: {found:?}");
	});
}

#[test]
fn splitting_one_machine_into_many_records_gains_nothing() {
	let split = (0..8).fold(TestNet::new(), |net, _| net.cluster(BOB));
	split
		.cluster_with(ALICE, |spec| spec.slots = 8)
		.cluster_with(CAROL, |spec| spec.slots = 4)
		.cluster_with(CAROL, |spec| spec.slots = 4)
		.run(|| {
			let counts = count_draws(3000, request);
			let by_operator: [u32; 3] =
				[counts[..8].iter().sum(), counts[8], counts[9..].iter().sum()];
			let chi = chi_square(&by_operator, &[1, 1, 1]);
			// 2 degrees of freedom: above 18.4 once in ten thousand fair generators.
			assert!(chi < 18.4, "chi-square {chi}: {by_operator:?}");
		});
}

#[test]
fn naming_a_cluster_twice_does_not_make_it_likelier() {
	TestNet::new().crowd(80, 1).run(|| {
		let counts = count_draws(1000, || allowing(&[7, 7, 7, 60]));
		let chi = chi_square(&[counts[7], counts[60]], &[1, 1]);
		// 1 degree of freedom: above 15.1 once in ten thousand fair generators.
		assert!(chi < 15.1, "chi-square {chi}: {} and {}", counts[7], counts[60]);
		assert_eq!(counts.iter().sum::<u32>(), counts[7] + counts[60]);
	});
}

#[test]
fn an_allow_list_is_found_in_a_large_network() {
	TestNet::new().crowd(100, 3).run(|| {
		let task = submit(allowing(&[99, 1000]));
		run_draws();
		assert_eq!(drawn(task), [99]);
		let record = &seats(task)[0].record;
		assert_eq!((record.positions, record.tries), (3, 1), "drawn from the listed positions");
	});
}

#[test]
fn a_long_allow_list_is_sampled() {
	let slots = u32::from(assay_primitives::spec::MAX_SLOTS);
	TestNet::new().crowd(16, 16).run(|| {
		let all: Vec<u32> = (0..16).collect();
		let task = submit(allowing(&all));
		run_draws();
		assert_eq!(drawn(task).len(), 1);
		assert_eq!(seats(task)[0].record.positions, 16 * slots);
	});
}

#[test]
fn a_draw_waits_for_relay_blocks_and_for_values() {
	TestNet::new().cluster(ALICE).cluster(BOB).draw_delay(5).folds_needed(2).run(|| {
		let task = submit(request());
		forget_events();
		next_block_on(4, 3);
		assert_eq!(events(), [], "enough values, but on relay blocks that were known");
		next_block_on(1, 0);
		let tries = seats(task)[0].record.tries;
		assert_eq!(events(), [executor_drawn(task, drawn(task)[0], 2, tries)]);

		let task = submit(request());
		forget_events();
		next_block_on(20, 1);
		next_block_on(20, 0);
		assert_eq!(events(), [], "far enough, but with one value only");
		next_block_on(1, 1);
		assert_eq!(drawn(task).len(), 1);
	});
}

#[test]
fn a_beacon_that_stands_still_draws_nothing() {
	TestNet::new().cluster(ALICE).cluster(BOB).run(|| {
		let task = submit(request());
		(0..50).for_each(|_| _ = next_block_on(0, 0));
		(0..50).for_each(|_| _ = next_block_on(1, 0));
		assert_eq!(seats(task), []);
		run_draws();
		assert_eq!(drawn(task).len(), 1);
	});
}

#[test]
fn a_draw_is_what_the_beacon_of_its_own_block_says() {
	TestNet::new().crowd(20, 1).run(|| {
		for _ in 0..20 {
			let task = submit(request());
			run_draws();
			assert_eq!(drawn(task), [first_of(task, 0..20)]);
			finish(task);
		}
	});
}

#[test]
fn nothing_that_was_known_at_the_event_decides_the_draw() {
	let outcome = |before: u8, after: u8| {
		let mut cluster = Vec::new();
		TestNet::new().crowd(20, 1).run(|| {
			let relay = BeaconNow::get().relay;
			next_block_at(BeaconState { acc: [before; 32], relay, folds: 10 });
			let task = submit(request());
			next_block_at(BeaconState { acc: [after; 32], relay: relay + 9, folds: 19 });
			cluster = drawn(task);
		});
		cluster
	};
	let expected = outcome(1, 1);
	assert!((2..20).all(|before| outcome(before, 1) == expected));
	let all: BTreeSet<_> = (1..20).map(|after| outcome(1, after)).collect();
	assert!(all.len() > 5, "one event can lead anywhere: {all:?}");
}

#[test]
fn a_panel_gets_a_number_that_no_other_draw_gets() {
	TestNet::new().crowd(12, 1).run(|| {
		let panel = || Wanted { role: Role::Panel, count: 3, ..an_executor() };
		let mut nonces = BTreeSet::new();
		for _ in 0..4 {
			let task = submit(request());
			want(task, panel());
			run_draws();
			let seat = &seats(task)[0];
			let members: BTreeSet<_> = seat.operators.iter().collect();
			assert_eq!(members.len(), 3);
			nonces.insert(seat.nonce);
			let Event::Drawn { role, clusters, .. } = events().pop().unwrap() else {
				panic!("drawn last")
			};
			assert_eq!((role, clusters), (Role::Panel, seat.clusters.clone()));
			finish(task);
		}
		assert_eq!(nonces.len(), 4);
	});
}

#[test]
fn a_panel_makes_do_with_fewer() {
	TestNet::new().cluster(ALICE).cluster(BOB).run(|| {
		let task = submit(request());
		want(task, Wanted { role: Role::Panel, count: 3, ..an_executor() });
		run_draws();
		assert_eq!(drawn(task).len(), 2);
	});
}

#[test]
fn a_draw_does_not_serve_what_was_asked_for_after_it() {
	// Its randomness may have been known by then.
	TestNet::new().cluster(ALICE).cluster(BOB).run(|| {
		let task = submit(request());
		next_block();
		want(task, Wanted { role: Role::Verifier, ..an_executor() });
		next_block();
		assert_eq!(seats(task), [], "the first draw is void");
		next_block();
		assert_eq!(seats(task)[0].role, Role::Verifier);
	});
}

#[test]
fn draws_that_do_not_fit_into_a_block_are_made_in_the_next_with_its_own_randomness() {
	let one_draw =
		Pallet::<Test>::draw_at_most(Role::Executor, 20) + <() as WeightInfo>::serve_nothing();
	TestNet::new().crowd(20, 1).hook_limit(one_draw).run(|| {
		let tasks = [submit(request()), submit(request()), submit(request())];
		forget_events();
		next_block();
		let mut taken = BTreeSet::new();
		for task in tasks {
			next_block();
			let expected = first_of(task, (0..20).filter(|cluster| !taken.contains(cluster)));
			let tries = seats(task)[0].record.tries;
			assert_eq!(events(), [executor_drawn(task, expected, 20, tries)]);
			taken.insert(expected);
			check_state();
		}
	});
}

#[test]
fn a_draw_for_a_task_that_went_on_does_nothing() {
	TestNet::new().cluster(ALICE).cluster(BOB).run(|| {
		let late = submit(request());
		let gone = submit(request());
		forget_events();
		want_nothing(late);
		close(gone);
		run_draws();
		assert_eq!(events(), []);
		assert_eq!(waiting(), []);
	});
}

/// The breadth of the panel that is drawn for a task of `request`.
fn breadth_of_panel(request: TaskRequest) -> Breadth {
	let task = submit(request);
	want(task, Wanted { role: Role::Panel, count: 3, ..an_executor() });
	run_draws();
	seats(task)[0].breadth
}

#[test]
fn a_panel_that_most_could_sit_on_is_open() {
	TestNet::new().crowd(6, 4).run(|| {
		assert_eq!(breadth_of_panel(request()), Breadth::Open);
		let deny = vec![ClusterId(0), ClusterId(1)].try_into().unwrap();
		let access = Access { deny, ..Default::default() };
		assert_eq!(breadth_of_panel(TaskRequest { access, ..request() }), Breadth::Open);
	});
}

#[test]
fn a_panel_that_the_requester_could_choose_is_narrow() {
	let net = TestNet::new().crowd(6, 4).cluster_with(ALICE, |spec| spec.engines = other_engines());
	let with_gpu = |spec: &mut Spec| {
		spec.resources.gpu_count = 1;
		spec.slots = 8;
	};
	net.cluster_with(BOB, with_gpu).run(|| {
		assert_eq!(breadth_of_panel(allowing(&[0, 1, 2, 3, 4, 5])), Breadth::Narrow);
		let deny = (0..3).map(ClusterId).collect::<Vec<_>>().try_into().unwrap();
		let access = Access { deny, ..Default::default() };
		assert_eq!(breadth_of_panel(TaskRequest { access, ..request() }), Breadth::Narrow);
		assert_eq!(breadth_of_panel(request_for_gpu()), Breadth::Narrow);
		// Whoever does not run the engine does not count.
		assert_eq!(breadth_of_panel(request()), Breadth::Open);
	});
}

fn other_engines() -> BoundedVec<Engine, ConstU32<MAX_ENGINES>> {
	vec![other_engine(9)].try_into().unwrap()
}

#[test]
fn whoever_registers_after_the_dispute_does_not_change_the_breadth_of_its_panel() {
	let late = |spec: Spec, request: TaskRequest, asked: &dyn Fn(TaskId)| {
		let task = submit(request);
		asked(task);
		for n in 0..8 {
			assert_ok!(register(DAVE + 1 + n, Spec { endpoint: spec_of(20 + n), ..spec.clone() }));
		}
		run_draws();
		seats(task)[0].breadth
	};
	let panel = |task| want(task, Wanted { role: Role::Panel, count: 3, ..an_executor() });
	TestNet::new().crowd(6, 4).run(|| {
		// A liar would like the panel to be narrow, a requester with friends would like it to be open.
		let mut unfit = spec(0);
		unfit.price = Balance::MAX;
		assert_eq!(late(unfit, request(), &panel), Breadth::Open);
	});
	TestNet::new().crowd(6, 4).run(|| {
		let deny = (0..3).map(ClusterId).collect::<Vec<_>>().try_into().unwrap();
		let access = Access { deny, ..Default::default() };
		assert_eq!(late(spec(0), TaskRequest { access, ..request() }, &panel), Breadth::Narrow);
	});
}

#[test]
fn a_panel_without_the_largest_operators_is_narrow() {
	let net = TestNet::new().crowd(9, 1).cluster_with(ALICE, |spec| spec.slots = 16);
	net.run(|| {
		// Nine of ten operators fit, but most positions do not.
		let deny = vec![ClusterId(9)].try_into().unwrap();
		let access = Access { deny, ..Default::default() };
		assert_eq!(breadth_of_panel(TaskRequest { access, ..request() }), Breadth::Narrow);
	});
}

fn spec_of(number: u64) -> BoundedVec<u8, ConstU32<MAX_ENDPOINT_LEN>> {
	spec(u32::try_from(number).unwrap()).endpoint
}

#[test]
fn a_lot_says_first_whether_anybody_is_wanted() {
	let count = |percent: u8| {
		let mut wanted = 0;
		TestNet::new().cluster(ALICE).cluster(BOB).run(|| {
			for _ in 0..100 {
				let task = submit(request());
				let percent = Some(percent);
				want(task, Wanted { role: Role::Verifier, percent, ..an_executor() });
				run_draws();
				wanted += drawn(task).len();
				assert_eq!(waiting(), [], "who is not wanted does not wait");
				finish(task);
			}
		});
		wanted
	};
	assert_eq!((count(0), count(100)), (0, 100));
	let third = count(33);
	assert!((15..55).contains(&third), "{third} of 100 at 33 percent");
}

#[test]
fn a_block_s_draws_keep_their_order_however_many_are_made_at_once() {
	use crate::{types::Lane, DrawBuckets, Hot};
	use frame_support::weights::WeightMeter;
	let net = (0..8).fold(TestNet::new(), |net, n| net.cluster(ALICE + n));
	net.run(|| {
		let tasks: Vec<TaskId> = (0..8).map(|_| submit(request())).collect();
		let lane = Lane::Executing;
		let bucket = || Hot::<Test>::get().agenda(lane).first().cloned();
		let rows =
			|| DrawBuckets::<Test>::iter_values().map(|draws| draws.len()).collect::<Vec<_>>();
		assert_eq!((bucket().unwrap().first.iter().count(), rows()), (4, vec![4]));
		run_to(now() + DrawDelay::get() - 1);
		let mut made = 0;
		for (count, first, others) in
			[(1, 4, vec![3]), (3, 4, vec![]), (2, 2, vec![]), (9, 0, vec![])]
		{
			forget_events();
			let mut meter = WeightMeter::new();
			let is_over =
				Pallet::<Test>::serve_bucket(lane, bucket().unwrap(), &mut { count }, &mut meter);
			let upto = (made + count as usize).min(tasks.len());
			for (number, task) in tasks.iter().enumerate() {
				assert_eq!(drawn(*task).len(), usize::from(number < upto), "{number} of {upto}");
			}
			made = upto;
			assert_eq!(is_over, made == tasks.len());
			assert_eq!(
				(bucket().map_or(0, |bucket| bucket.first.iter().count()), rows()),
				(first, others)
			);
			check_state();
		}
		assert_eq!(bucket(), None);
		tasks.into_iter().for_each(finish);
	});
}

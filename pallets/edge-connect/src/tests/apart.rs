// SPDX-License-Identifier: GPL-3.0-or-later
//! On request, clusters of one task share neither region nor host.

use super::*;
use crate::Wanted;
use assay_primitives::{
	spec::Region,
	task::{Access, Apart, TaskRequest},
};
use std::collections::BTreeSet;

fn apart(regions: bool, hosts: bool) -> TaskRequest {
	let apart = Apart { regions, hosts };
	TaskRequest { access: Access { apart, ..Default::default() }, ..request() }
}

/// Two clusters in each of three countries; each pair of neighbours shares a host.
fn net() -> TestNet {
	(0..6u32).fold(TestNet::new(), |net, n| {
		net.cluster_with(CROWD + u64::from(n), |spec| {
			spec.region = Region([*b"DE", *b"FR", *b"JP"][n as usize / 2]);
			let port = 8000 + n;
			let host = n.div_ceil(2);
			let url = format!("https://Host{host}.example:{port}/logs");
			spec.endpoint = url.into_bytes().try_into().unwrap();
		})
	})
}

fn region(cluster: u32) -> Region {
	row(cluster).spec.region
}

/// Draws an executor and then `count` others, and says who they are.
fn all_drawn(request: TaskRequest, role: Role, count: u8) -> Vec<u32> {
	let task = submit(request);
	run_draws();
	let [executor] = drawn(task)[..] else { panic!("one executor") };
	let wanted = Wanted {
		role,
		count,
		exclude: vec![row(executor).operator],
		members: vec![ClusterId(executor)],
		..an_executor()
	};
	want(task, wanted);
	run_draws();
	let all = drawn(task);
	finish(task);
	all
}

#[test]
fn no_two_in_one_region() {
	net().run(|| {
		let mut seen = BTreeSet::new();
		for _ in 0..40 {
			let all = all_drawn(apart(true, false), Role::Verifier, 2);
			let regions: BTreeSet<_> = all.iter().map(|cluster| region(*cluster)).collect();
			assert_eq!((all.len(), regions.len()), (3, 3));
			seen.extend(all);
		}
		assert_eq!(seen.len(), 6, "everybody has a chance");
	});
}

#[test]
fn no_two_on_one_host() {
	net().run(|| {
		for _ in 0..40 {
			let all = all_drawn(apart(false, true), Role::Panel, 3);
			let hosts: BTreeSet<_> = all.iter().map(|cluster| row(*cluster).spec.host()).collect();
			assert_eq!(hosts.len(), all.len());
			assert!(all.len() >= 3);
		}
	});
}

#[test]
fn without_the_request_they_may() {
	net().run(|| {
		let shares = |_| {
			let all = all_drawn(request(), Role::Verifier, 2);
			let regions: BTreeSet<_> = all.iter().map(|cluster| region(*cluster)).collect();
			regions.len() < all.len()
		};
		assert!((0..40).any(shares));
	});
}

#[test]
fn a_task_that_cannot_be_kept_apart_waits() {
	TestNet::new().cluster(ALICE).cluster(BOB).run(|| {
		let task = submit(apart(true, false));
		run_draws();
		let [executor] = drawn(task)[..] else { panic!("one executor") };
		let wanted = Wanted {
			role: Role::Verifier,
			exclude: vec![row(executor).operator],
			members: vec![ClusterId(executor)],
			..an_executor()
		};
		want(task, wanted);
		run_draws();
		assert_eq!(waiting(), [task]);
		let mut elsewhere = spec(9);
		elsewhere.region = Region(*b"FR");
		assert_ok!(register(CAROL, elsewhere));
		next_block();
		run_draws();
		assert_eq!(drawn(task), [executor, 2]);
	});
}

#[test]
fn a_panel_that_is_kept_apart_is_narrow() {
	use assay_primitives::protocol::Breadth;
	net().run(|| {
		for (request, breadth) in [
			(apart(true, false), Breadth::Narrow),
			(apart(false, true), Breadth::Narrow),
			(request(), Breadth::Open),
		] {
			let task = submit(request);
			want(task, Wanted { role: Role::Panel, count: 3, ..an_executor() });
			run_draws();
			assert_eq!(seats(task)[0].breadth, breadth);
			finish(task);
		}
	});
}

#[test]
fn many_in_one_region_do_not_hide_the_few_in_another() {
	let net = (0..18u64).fold(TestNet::new(), |net, n| {
		net.cluster_with(CROWD + n, |spec| {
			spec.region = Region(if n < 16 { *b"DE" } else { *b"FR" })
		})
	});
	net.run(|| {
		for _ in 0..20 {
			let task = submit(apart(true, false));
			want(task, Wanted { role: Role::Verifier, count: 2, ..an_executor() });
			let mut blocks = 0;
			while drawn(task).is_empty() {
				next_block();
				blocks += 1;
				assert!(blocks < 100, "found at last");
			}
			assert_eq!(drawn(task).len(), 2);
			finish(task);
		}
	});
}

#[test]
fn samples_of_a_large_network_keep_apart_as_well() {
	let net = (0..100u64).fold(TestNet::new(), |net, n| {
		net.cluster_with(CROWD + n, |spec| {
			spec.region = Region([*b"DE", *b"FR", *b"JP", *b"US"][n as usize % 4]);
		})
	});
	net.run(|| {
		for _ in 0..10 {
			let task = submit(apart(true, false));
			want(task, Wanted { role: Role::Panel, count: 3, ..an_executor() });
			while drawn(task).is_empty() {
				next_block();
			}
			let regions: BTreeSet<_> = drawn(task).into_iter().map(region).collect();
			assert_eq!(regions.len(), 3);
			finish(task);
		}
	});
}

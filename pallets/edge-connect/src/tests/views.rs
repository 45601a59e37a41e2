// SPDX-License-Identifier: GPL-3.0-or-later
//! What clients ask.

use super::*;
use assay_primitives::{
	spec::Constraint,
	view::{ClusterStatus, PAGE},
};

fn status(cluster: u32) -> ClusterStatus {
	EdgeConnect::cluster(ClusterId(cluster)).unwrap().status
}

#[test]
fn a_cluster_says_whether_and_why_not_it_is_drawn() {
	TestNet::new().cluster(ALICE).cluster(BOB).cluster(CAROL).run(|| {
		assert_eq!(status(0), ClusterStatus::Active);
		assert_ok!(drain(ALICE, 0));
		assert_eq!(status(0), ClusterStatus::Draining);
		slash(1, 1);
		assert_eq!(status(1), ClusterStatus::Underbonded);
		settle(2, Standing::Worst);
		let until = standing(2).2;
		assert_eq!(status(2), ClusterStatus::Suspended(until));
		run_to(until);
		assert_eq!(status(2), ClusterStatus::Active);
	});
}

#[test]
fn clusters_come_in_pages() {
	TestNet::new().crowd(u64::from(PAGE) + 2, 1).run(|| {
		let (page, next) = EdgeConnect::clusters(ClusterId(0));
		assert_eq!(page.len(), PAGE as usize);
		let (rest, end) = EdgeConnect::clusters(next.unwrap());
		assert_eq!(rest.iter().map(|cluster| cluster.id.0).collect::<Vec<_>>(), [64, 65]);
		assert_eq!(end, None);
		assert_eq!(EdgeConnect::clusters(ClusterId(u32::MAX)), (vec![], None));
	});
}

#[test]
fn an_owner_finds_its_clusters() {
	TestNet::new().cluster(ALICE).cluster(BOB).cluster(ALICE).run(|| {
		let (own, next) = EdgeConnect::clusters_of(ALICE, ClusterId(0));
		assert_eq!(own.iter().map(|cluster| cluster.id.0).collect::<Vec<_>>(), [0, 2]);
		assert_eq!(next, None);
		assert_eq!(EdgeConnect::clusters_of(STRANGER, ClusterId(0)), (vec![], None));
	});
}

#[test]
fn a_demand_that_nobody_meets_is_explained() {
	TestNet::new()
		.cluster(ALICE)
		.cluster_with(BOB, |spec| spec.resources.gpu_count = 1)
		.cluster_with(CAROL, |spec| {
			spec.resources.gpu_count = 1;
			spec.price = 2 * PRICE;
		})
		.run(|| {
			let demand = |price| {
				request_demanding(|demand| {
					demand.resources.gpu_count = 1;
					demand.max_price = price;
				})
				.demand
			};
			let explanation = EdgeConnect::explain_match(demand(PRICE - 1), ClusterId(0));
			assert_eq!((explanation.examined, explanation.fitting), (3, 0));
			let of = |constraint| {
				let found = explanation.constraints.iter().find(|(name, ..)| *name == constraint);
				let (_, passing, others) = found.unwrap();
				(*passing, *others)
			};
			assert_eq!(of(Constraint::Price), (0, 2), "price is what keeps two of them out");
			assert_eq!(of(Constraint::GpuCount), (2, 0));
			assert_eq!(of(Constraint::Cpu), (3, 0));
			assert_eq!(EdgeConnect::explain_match(demand(PRICE), ClusterId(0)).fitting, 1);
		});
}

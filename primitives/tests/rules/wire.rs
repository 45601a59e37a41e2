// SPDX-License-Identifier: GPL-3.0-or-later
//! What goes over the wire comes back: SCALE on chain, JSON off chain.

use crate::{
	court::*,
	matching::{demand, request, spec},
};
use assay_primitives::{
	protocol::Trial,
	spec::{Demand, Region, Spec},
	task::{Check, Policy, TaskRequest},
	ClusterId, ContentHash,
};
use codec::{Decode, DecodeAll, Encode, MaxEncodedLen};
use serde::{de::DeserializeOwned, Serialize};
use std::fmt::Debug;

fn comes_back<T>(value: &T)
where
	T: Encode + Decode + MaxEncodedLen + Serialize + DeserializeOwned + PartialEq + Debug,
{
	let bytes = value.encode();
	assert!(bytes.len() <= T::max_encoded_len());
	assert_eq!(T::decode_all(&mut &bytes[..]).as_ref(), Ok(value));
	for cut in 0..bytes.len() {
		assert!(T::decode_all(&mut &bytes[..cut]).is_err(), "a part is not the whole");
	}
	let json = serde_json::to_string(value).expect("is JSON");
	assert_eq!(&serde_json::from_str::<T>(&json).expect("comes back"), value, "{json}");
}

fn trials() -> Vec<Trial> {
	let panel = Court::panel_opening().opens_panel(3, truth());
	[
		Court::new(3),
		Court::executing(2),
		Court::with(2, container()).draws(&[1]),
		Court::verifying(3).abstains(2),
		Court::opening(2, failure()).opens(1, truth()),
		Court::opening(2, truth()).lapses(),
		Court::panel(),
		Court::panel_showing(),
		panel,
		Court::new(2).lapses(),
		Court::drawing(2).lapses(),
		Court::disputed().lapses(),
		Court::opening(2, truth()).opens(1, truth()),
		Court::trying().wavers(1),
		Court::audited().commits(1, truth()),
		Court::unchecked(truth()),
		Court::unchecked(lie(0)).taints().lapses().lapses(),
		Court::accepted(truth()).appeals(),
		Court::appealed(truth()).decides(&[
			(11, truth()),
			(12, truth()),
			(13, truth()),
			(14, truth()),
			(15, truth()),
		]),
	]
	.into_iter()
	.map(|court| court.trial)
	.collect()
}

#[test]
fn everything_comes_back() {
	comes_back(&spec());
	comes_back(&demand());
	comes_back(&request());
	comes_back(&request().policy);
	trials().iter().for_each(comes_back);
}

#[test]
fn the_largest_amounts_come_back() {
	let mut large = request();
	large.demand.max_price = u128::MAX;
	comes_back(&large);
	let mut dear = spec();
	dear.price = u128::MAX;
	comes_back(&dear);
}

#[test]
fn json_is_what_a_person_would_write() {
	let json = serde_json::to_value(spec()).expect("is JSON");
	assert_eq!(json["region"], "DE");
	assert_eq!(json["architecture"], "x86_64");
	assert_eq!(json["endpoint"], "https://one.example:8080/logs");
	assert_eq!(json["engines"][1]["kind"], "model");
	assert_eq!(json["sealing_key"], format!("0x{}", "04".repeat(32)));
	let json = serde_json::to_value(request()).expect("is JSON");
	assert_eq!(json["workload"]["args"], "count\0--all");
	assert_eq!(json["access"]["deny"][0], 3);
}

#[test]
fn a_demand_needs_only_an_engine_and_a_price() {
	let json = r#"{ "engine": { "kind": "wasm", "id": 1 }, "max_price": 7 }"#;
	let demand: Demand = serde_json::from_str(json).expect("is a demand");
	assert_eq!(demand.check(), Ok(()));
	assert!(demand.regions.is_empty() && demand.architectures.is_empty());
	let missing = serde_json::from_str::<Demand>(r#"{ "max_price": 7 }"#);
	assert!(missing.unwrap_err().to_string().contains("engine"));
}

#[test]
fn a_request_may_leave_out_its_lists() {
	let mut json = serde_json::to_value(request()).expect("is JSON");
	json.as_object_mut().expect("is an object").remove("access");
	let open: TaskRequest = serde_json::from_value(json).expect("is a request");
	assert!(open.access.admits(ClusterId(77)));
}

#[test]
fn a_misspelt_or_overlong_field_is_refused_with_its_reason() {
	let refused = |field: &str, value: serde_json::Value| {
		let mut json = serde_json::to_value(spec()).expect("is JSON");
		json[field] = value;
		serde_json::from_value::<Spec>(json).expect_err("is refused").to_string()
	};
	assert!(refused("pricee", 1.into()).contains("pricee"));
	assert!(refused("region", "UK".into()).contains("ISO 3166"));
	assert!(refused("region", "Germany".into()).contains("ISO 3166"));
	assert!(refused("endpoint", "h".repeat(129).into()).contains("128 bytes"));
	refused("price", (-1).into());
	assert!(refused("sealing_key", "0x00".into()).contains("length"));
	assert!(refused("architecture", "vax".into()).contains("vax"));
	let engine = serde_json::json!({ "kind": "wasm", "id": 1 });
	refused("engines", vec![engine; 9].into());
}

#[test]
fn a_list_that_is_too_long_does_not_decode() {
	let Demand { engine, resources, architectures, attestation, max_price, .. } = demand();
	let with = |regions: Vec<Region>| {
		let bytes = (engine, resources, &architectures, regions, attestation, max_price).encode();
		Demand::decode_all(&mut &bytes[..])
	};
	assert_eq!(with(demand().regions.to_vec()), Ok(demand()));
	assert!(with(vec![Region(*b"DE"); 16]).is_ok());
	assert!(with(vec![Region(*b"DE"); 17]).is_err());
}

#[test]
fn the_layout_of_a_policy_and_of_a_request_s_head_is_fixed() {
	let mut policy = Policy {
		check: Check::Verified { quorum: 2, panel: 3 },
		window: 1,
		execution_blocks: 2,
		queue_blocks: 3,
		preflight: false,
	};
	assert_eq!(policy.encode(), [0, 2, 3, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 0]);
	policy.check = Check::Audited { floor: 10 };
	policy.preflight = true;
	assert_eq!(policy.encode(), [1, 10, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 1]);
	assert_eq!(request().encode()[..32], ContentHash([1; 32]).0);
}

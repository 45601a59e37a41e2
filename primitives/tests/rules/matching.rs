// SPDX-License-Identifier: GPL-3.0-or-later
//! Specs, demands, policies and lists: what makes sense and what fits what.

use assay_primitives::{
	spec::{
		Architecture, Attestation, Constraint, Demand,
		Determinism::{self, Declared, Proven},
		Engine, ExecutorKind, Malformed, Region, Resources, Spec, MAX_ENDPOINT_LEN, MAX_SLOTS,
		WASM_ENGINE,
	},
	task::{Access, BadPolicy, Check, Limits, Policy, TaskRequest, Workload},
	ClusterId, ContentHash, SealingKey,
};

const DE: Region = Region(*b"DE");
const FR: Region = Region(*b"FR");
const NOWHERE: Region = Region(*b"XX");
const MODEL: Engine = Engine { kind: ExecutorKind::Model, id: 3 };

pub fn spec() -> Spec {
	Spec {
		architecture: Architecture::X86_64,
		resources: Resources {
			cpu_millicores: 4_000,
			memory_mib: 8_192,
			disk_mib: 20_480,
			gpu_count: 2,
			gpu_vram_mib: 24_576,
		},
		region: DE,
		engines: vec![WASM_ENGINE, MODEL].try_into().expect("fits"),
		attestation: Attestation::Tpm,
		price: 500,
		slots: 4,
		endpoint: b"https://one.example:8080/logs".to_vec().try_into().expect("fits"),
		sealing_key: SealingKey([4; 32]),
	}
}

/// Asks for exactly what [`spec`] offers.
pub fn demand() -> Demand {
	Demand {
		engine: MODEL,
		resources: spec().resources,
		architectures: vec![Architecture::X86_64].try_into().expect("fits"),
		regions: vec![FR, DE].try_into().expect("fits"),
		attestation: Attestation::Tpm,
		max_price: 500,
	}
}

pub fn request() -> TaskRequest {
	TaskRequest {
		workload: Workload {
			program: ContentHash([1; 32]),
			inputs: ContentHash([2; 32]),
			args: b"count\0--all".to_vec().try_into().expect("fits"),
			limits: Limits { fuel: u64::MAX, memory_mib: 64, output_kib: 1_024 },
			items: None,
		},
		demand: demand(),
		policy: Policy {
			check: Check::Verified { quorum: 2, panel: 3 },
			window: 10,
			execution_blocks: 50,
			queue_blocks: 100,
			preflight: false,
		},
		access: Access {
			allow: vec![ClusterId(1), ClusterId(2)].try_into().expect("fits"),
			deny: vec![ClusterId(3)].try_into().expect("fits"),
			apart: Default::default(),
		},
	}
}

fn unmet(demand: &Demand, spec: &Spec) -> Vec<Constraint> {
	let unmet: Vec<_> = demand.unmet_by(spec).collect();
	assert_eq!(demand.is_met_by(spec), unmet.is_empty());
	unmet
}

#[test]
fn a_demand_for_exactly_what_is_offered_is_met() {
	assert_eq!(unmet(&demand(), &spec()), []);
}

#[test]
fn each_constraint_fails_alone_one_step_beyond_its_boundary() {
	type Change = fn(&mut Demand);
	let changes: [(Constraint, Change); 10] = [
		(Constraint::Engine, |d| d.engine.id += 1),
		(Constraint::Cpu, |d| d.resources.cpu_millicores += 1),
		(Constraint::Memory, |d| d.resources.memory_mib += 1),
		(Constraint::Disk, |d| d.resources.disk_mib += 1),
		(Constraint::GpuCount, |d| d.resources.gpu_count += 1),
		(Constraint::GpuVram, |d| d.resources.gpu_vram_mib += 1),
		(Constraint::Architecture, |d| {
			d.architectures = vec![Architecture::Aarch64].try_into().expect("fits");
		}),
		(Constraint::Region, |d| d.regions = vec![FR].try_into().expect("fits")),
		(Constraint::Attestation, |d| d.attestation = Attestation::Confidential),
		(Constraint::Price, |d| d.max_price -= 1),
	];
	let mut everything = demand();
	for (constraint, change) in changes {
		let mut one = demand();
		change(&mut one);
		assert_eq!(unmet(&one, &spec()), [constraint]);
		change(&mut everything);
	}
	let all = changes.map(|(constraint, _)| constraint);
	assert_eq!(unmet(&everything, &spec()), all, "all of them are named");
}

#[test]
fn each_number_is_a_lower_bound_and_the_price_an_upper_one() {
	type Change = fn(&mut Spec);
	let better: [Change; 7] = [
		|s| s.resources.cpu_millicores = u32::MAX,
		|s| s.resources.memory_mib += 1,
		|s| s.resources.disk_mib += 1,
		|s| s.resources.gpu_count = u16::MAX,
		|s| s.resources.gpu_vram_mib += 1,
		|s| s.attestation = Attestation::Confidential,
		|s| s.price = 0,
	];
	for change in better {
		let mut spec = spec();
		change(&mut spec);
		assert_eq!(unmet(&demand(), &spec), []);
	}
}

#[test]
fn an_empty_choice_means_any() {
	let mut any = demand();
	any.architectures = Default::default();
	any.regions = Default::default();
	let mut elsewhere = spec();
	elsewhere.architecture = Architecture::Riscv64;
	elsewhere.region = Region(*b"NZ");
	assert_eq!(unmet(&any, &elsewhere), []);
	assert_eq!(unmet(&demand(), &elsewhere), [Constraint::Architecture, Constraint::Region]);
}

#[test]
fn every_entry_of_a_choice_is_good_enough() {
	let mut spec = spec();
	spec.region = FR;
	assert_eq!(unmet(&demand(), &spec), []);
}

#[test]
fn an_engine_fits_only_with_its_kind_and_its_number() {
	let mut other = demand();
	other.engine = Engine { kind: ExecutorKind::Container, id: MODEL.id };
	assert_eq!(unmet(&other, &spec()), [Constraint::Engine]);
	other.engine = WASM_ENGINE;
	assert_eq!(unmet(&other, &spec()), []);
}

#[test]
fn only_wasm_is_proven_and_only_wasm_runs_alike_everywhere() {
	for kind in
		[ExecutorKind::Container, ExecutorKind::Bash, ExecutorKind::Terraform, ExecutorKind::Model]
	{
		assert_eq!(kind.determinism(), Declared);
		let engine = Engine { kind, id: 1 };
		let on = |architecture| engine.class_on(architecture);
		assert_ne!(on(Architecture::X86_64), on(Architecture::Aarch64));
	}
	assert_eq!(ExecutorKind::Wasm.determinism(), Proven);
	let on = |architecture| WASM_ENGINE.class_on(architecture);
	assert_eq!(on(Architecture::X86_64), on(Architecture::Riscv64));
}

#[test]
fn a_sound_spec_and_a_sound_demand_pass() {
	assert_eq!(spec().check(), Ok(()));
	assert_eq!(demand().check(), Ok(()));
	assert_eq!(request().check(), Ok(()));
}

#[test]
fn each_malformed_spec_is_named() {
	type Change = fn(&mut Spec);
	let changes: [(Malformed, Change); 8] = [
		(Malformed::NoCapacity, |s| s.resources.cpu_millicores = 0),
		(Malformed::NoCapacity, |s| s.resources.memory_mib = 0),
		(Malformed::NoEngine, |s| s.engines = Default::default()),
		(Malformed::BadSlots, |s| s.slots = 0),
		(Malformed::BadSlots, |s| s.slots = MAX_SLOTS + 1),
		(Malformed::UnknownRegion, |s| s.region = NOWHERE),
		(Malformed::BadEndpoint, |s| s.endpoint = Default::default()),
		(Malformed::Repeated, |s| s.engines = vec![MODEL, MODEL].try_into().expect("fits")),
	];
	for (malformed, change) in changes {
		let mut spec = spec();
		change(&mut spec);
		assert_eq!(spec.check(), Err(malformed));
	}
}

#[test]
fn the_largest_and_the_smallest_sound_specs_pass() {
	let mut small = spec();
	small.slots = 1;
	small.price = 0;
	small.resources = Resources { cpu_millicores: 1, memory_mib: 1, ..Default::default() };
	assert_eq!(small.check(), Ok(()));
	let mut large = spec();
	large.slots = MAX_SLOTS;
	large.price = u128::MAX;
	let engine = |id| Engine { kind: ExecutorKind::Bash, id };
	large.engines = (0..8).map(engine).collect::<Vec<_>>().try_into().expect("fits");
	let rest = "a".repeat(MAX_ENDPOINT_LEN as usize - "http://".len());
	large.endpoint = format!("http://{rest}").into_bytes().try_into().expect("fits");
	assert_eq!(large.check(), Ok(()));
}

#[test]
fn an_endpoint_is_an_http_url_with_a_host() {
	let check = |url: &[u8]| {
		let mut spec = spec();
		spec.endpoint = url.to_vec().try_into().expect("fits");
		spec.check()
	};
	for good in ["http://a", "https://10.0.0.1:80", "http://[::1]:9000/logs?a=b", "http://x.yz/"] {
		assert_eq!(check(good.as_bytes()), Ok(()), "{good}");
	}
	let bad: [&[u8]; 13] = [
		b"",
		b"a",
		b"http://",
		b"https://",
		b"http:///logs",
		b"http://:80",
		b"http://?a",
		b"http://#a",
		b"ftp://a",
		b"javascript:alert(1)",
		b"http://a b",
		b"http://a\n",
		b"http://\xff",
	];
	for bad in bad {
		assert_eq!(check(bad), Err(Malformed::BadEndpoint), "{}", String::from_utf8_lossy(bad));
	}
}

#[test]
fn each_malformed_demand_is_named() {
	type Change = fn(&mut Demand);
	let changes: [(Malformed, Change); 3] = [
		(Malformed::UnknownRegion, |d| d.regions = vec![DE, NOWHERE].try_into().expect("fits")),
		(Malformed::Repeated, |d| d.regions = vec![DE, FR, DE].try_into().expect("fits")),
		(Malformed::Repeated, |d| {
			d.architectures = vec![Architecture::X86_64; 2].try_into().expect("fits");
		}),
	];
	for (malformed, change) in changes {
		let mut request = request();
		change(&mut request.demand);
		assert_eq!(request.demand.check(), Err(malformed));
		assert_eq!(request.check(), Err(malformed), "a request's demand is checked too");
	}
}

#[test]
fn nobody_is_allowed_and_denied_at_once() {
	let mut request = request();
	request.access.deny = vec![ClusterId(9), ClusterId(2)].try_into().expect("fits");
	assert_eq!(request.check(), Err(Malformed::Repeated));
}

#[test]
fn lists_admit_whom_they_name() {
	let everybody = Access::default();
	assert!(everybody.admits(ClusterId(0)) && everybody.admits(ClusterId(u32::MAX)));
	let Access { allow, deny, apart } = request().access;
	let only = Access { allow: allow.clone(), ..Default::default() };
	assert!(only.admits(ClusterId(1)) && only.admits(ClusterId(2)) && !only.admits(ClusterId(3)));
	let without = Access { deny: deny.clone(), ..Default::default() };
	assert!(without.admits(ClusterId(1)) && !without.admits(ClusterId(3)));
	let both = Access { allow: deny.clone(), deny, apart };
	assert!(!both.admits(ClusterId(3)), "the deny list has the last word");
}

#[test]
fn a_policy_has_a_quorum_of_two_or_three() {
	let check = |quorum| judge(Check::Verified { quorum, panel: 3 }, Proven);
	assert_eq!([2, 3].map(check), [Ok(()); 2]);
	assert_eq!([0, 1, 4, u8::MAX].map(check), [Err(BadPolicy::Quorum); 4]);
}

#[test]
fn a_policy_has_a_panel_of_one_or_three() {
	let check = |panel| judge(Check::Verified { quorum: 2, panel }, Declared);
	assert_eq!([1, 3].map(check), [Ok(()); 2]);
	assert_eq!([0, 2, 4, u8::MAX].map(check), [Err(BadPolicy::Panel); 4]);
}

#[test]
fn an_audit_has_a_floor_and_a_class_in_which_bond_answers() {
	let check = |floor| judge(Check::Audited { floor }, Proven);
	assert_eq!([5, 10, 100].map(check), [Ok(()); 3]);
	assert_eq!([0, 4, 101, u8::MAX].map(check), [Err(BadPolicy::Floor); 4]);
	assert_eq!(judge(Check::Audited { floor: 100 }, Declared), Err(BadPolicy::Unbonded));
}

#[test]
fn only_a_declared_class_has_anything_to_try_first() {
	let policy = Policy { preflight: true, ..request().policy };
	assert_eq!(policy.check(Declared, 1, 100), Ok(()));
	assert_eq!(policy.check(Proven, 1, 100), Err(BadPolicy::Preflight));
}

fn judge(check: Check, class: Determinism) -> Result<(), BadPolicy> {
	Policy { check, ..request().policy }.check(class, 1, 100)
}

#[test]
fn a_policy_s_deadlines_lie_between_the_shortest_and_the_longest() {
	let policy = |window, execution_blocks, queue_blocks| {
		let policy = Policy { window, execution_blocks, queue_blocks, ..request().policy };
		policy.check(Proven, 5, 100)
	};
	for good in [policy(0, 5, 5), policy(100, 100, 100)] {
		assert_eq!(good, Ok(()));
	}
	for bad in [
		policy(101, 5, 5),
		policy(0, 4, 5),
		policy(0, 101, 5),
		policy(0, 5, 4),
		policy(0, 5, 101),
		policy(u32::MAX, u32::MAX, u32::MAX),
	] {
		assert_eq!(bad, Err(BadPolicy::Deadline));
	}
	// Nothing can be done in no time, whatever a chain allows.
	let policy = Policy { execution_blocks: 0, queue_blocks: 0, ..request().policy };
	assert_eq!(policy.check(Proven, 0, 100), Err(BadPolicy::Deadline));
}

#[test]
fn there_are_249_countries() {
	let codes = (0..=u16::MAX).filter(|code| Region(code.to_be_bytes()).is_assigned());
	assert_eq!(codes.count(), 249);
	for code in ["AD", "DE", "GB", "IN", "US", "ZW"] {
		let region: Region = code.parse().expect("is assigned");
		assert_eq!(region.to_string(), code);
	}
	// Reserved, private, retired, lower case, too long, too short, two codes' halves.
	for code in ["UK", "EU", "XK", "ZZ", "SU", "AN", "de", "DEU", "D", "", "ÄÖ", "DA"] {
		assert!(code.parse::<Region>().is_err(), "{code}");
	}
}

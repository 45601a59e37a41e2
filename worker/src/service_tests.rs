// SPDX-License-Identifier: GPL-3.0-or-later
//! Tests of `service.rs`.

use super::*;
use crate::{
	core::DeedKind,
	executor::{Job, Written},
	statement::Statement,
};
use assay_primitives::{
	array::{self, SUBTREE},
	bundle::{Ending, STATEMENT_PATH},
	outcome::Outcome,
	protocol::Role,
	spec::{Engine, ExecutorKind, WASM_ENGINE},
	task::{Limits, Workload},
	EvidenceRoot,
};
use std::sync::Mutex;

async fn broken<T>() -> T {
	panic!("on purpose")
}

#[tokio::test]
async fn a_panic_counts_as_a_failed_try() {
	let (events, mut heard) = mpsc::unbounded_channel();
	let failed = Event::Submitted(TaskId(1), DeedKind::Open, Fate::Unclear);
	Work(events.clone()).begin(failed.clone(), broken());
	assert_eq!(heard.recv().await, Some(failed.clone()));
	let done = Event::Submitted(TaskId(1), DeedKind::Open, Fate::Landed(3));
	let end = done.clone();
	Work(events).begin(failed, async move { end });
	assert_eq!(heard.recv().await, Some(done));
	assert_eq!(heard.recv().await, None, "each end is told once");
}

#[tokio::test]
async fn what_blocks_and_fails_gives_nothing() {
	let found = blocking(TaskId(1), "trouble", || Ok(7)).await;
	assert_eq!(found, Some(7));
	let failed =
		blocking(TaskId(1), "trouble", || Err::<u8, _>(Error::InUse { path: PathBuf::new() }));
	assert_eq!(failed.await, None);
	let panicked = blocking::<u8>(TaskId(1), "trouble", || panic!("on purpose"));
	assert_eq!(panicked.await, None);
}

#[tokio::test]
async fn a_follower_that_panics_ends_the_worker_with_an_error() {
	let ended = tokio::spawn(broken()).await;
	assert!(matches!(end_of_following(ended), Error::Follower(_)));
	let lost = assay_client::Error::BadUrl { url: "node".into() };
	assert!(matches!(end_of_following(Ok(lost)), Error::Chain(_)));
}

#[test]
fn only_a_record_that_is_needed_stops_a_deed() {
	let full = || Err(JournalError::Database(rusqlite::Error::InvalidQuery));
	assert!(insist(Record::Desired, full()).is_ok());
	assert!(insist(Record::Needed, full()).is_err());
	assert!(insist(Record::Needed, Ok(())).is_ok());
	let contradiction = JournalError::Contradiction { task: TaskId(1), kind: DeedKind::Possess };
	assert!(insist(Record::Desired, Err(contradiction)).is_err());
}

/// An engine whose runs end as somebody wrote down before.
#[derive(Clone)]
struct Scripted(Arc<Mutex<Vec<Execution>>>);

const ENGINE: Engine = Engine { kind: ExecutorKind::Container, id: 1 };

impl Executor for Scripted {
	fn engine(&self) -> Engine {
		ENGINE
	}

	fn run(&self, _: &Job, _: &HostLimits) -> Run {
		let execution = self.0.lock().unwrap().remove(0);
		let (started, wall_time) = (SystemTime::now(), Duration::ZERO);
		Run { execution, fuel_used: 0, log: Vec::new(), started, wall_time }
	}
}

fn shell(data: &Path, store: Store, executor: Box<dyn Executor>) -> Shell {
	let claim = claim(data).unwrap();
	Shell {
		key: identity::load_or_create(data).unwrap(),
		store,
		bundles: Bundles::open(&data.join("bundles")).unwrap(),
		executor,
		metrics: Arc::new(Metrics::new(ClusterId(1), None).unwrap()),
		cluster: ClusterId(1),
		limits: HostLimits::default(),
		input_bytes: 100,
		behaviour: Behaviour::default(),
		_claim: claim,
	}
}

/// What comes of a task that is to be run so often, and how many of the runs were not made.
fn found(runs: Runs, script: Vec<Execution>) -> (Finding, usize) {
	let dir = tempfile::tempdir().unwrap();
	let data = dir.path().join("data");
	let store = Store::open(&dir.path().join("store")).unwrap();
	let (program, inputs) = (store.put(b"program").unwrap(), store.put(b"[]").unwrap());
	let script = Scripted(Arc::new(Mutex::new(script)));
	let shell = shell(&data, store, Box::new(script.clone()));
	let limits = Limits { fuel: 1, memory_mib: 1, output_kib: 1 };
	let order = Order {
		task: TaskId(1),
		attempt: 0,
		fingerprint: [0; 32],
		role: Role::Executor,
		engine: ENGINE,
		workload: Workload { program, inputs, args: Default::default(), limits, items: None },
		part: Part::Whole,
		runs,
	};
	let row = shell.execute(&order, Genesis::default(), &Cancel::default()).unwrap();
	let left = script.0.lock().unwrap().len();
	(row.finding, left)
}

#[test]
fn a_task_that_is_tried_first_has_to_give_the_same_twice() {
	let wrote = |text: &str| {
		let written = Written { stdout: text.into(), files: Default::default() };
		Execution::Completed { exit: 0, written }
	};
	let lost = || Execution::HostLimit("too little memory".into());
	let given_back = Finding::Abstention(Abstention::HostLimit);
	let (once, left) = found(Runs::Once, vec![wrote("a"), wrote("b")]);
	assert!(matches!(once, Finding::Outcome { .. }) && left == 1);
	let (same, left) = found(Runs::Twice, vec![wrote("a"), wrote("a")]);
	assert!(matches!(same, Finding::Outcome { .. }) && left == 0);
	assert_eq!(found(Runs::Twice, vec![wrote("a"), wrote("b")]), (Finding::Unstable, 0));
	// What this host cannot do says nothing about the program.
	assert_eq!(found(Runs::Twice, vec![lost(), wrote("b")]), (given_back, 1));
	assert_eq!(found(Runs::Twice, vec![wrote("a"), lost()]), (given_back, 0));
}

#[test]
fn a_data_directory_has_one_worker() {
	let dir = tempfile::tempdir().unwrap();
	let data = dir.path().join("data");
	let first = claim(&data).unwrap();
	assert!(matches!(claim(&data), Err(Error::InUse { .. })));
	drop(first);
	std::fs::write(data.join(disk::temporary_name()), "half a key").unwrap();
	let _second = claim(&data).unwrap();
	assert_eq!(std::fs::read_dir(&data).unwrap().count(), 1, "the lock alone");
}

/// A program that writes its arguments to a file and prints a word.
const PROGRAM: &str = r#"(module
	(import "wasi_snapshot_preview1" "args_sizes_get"
		(func $args_sizes (param i32 i32) (result i32)))
	(import "wasi_snapshot_preview1" "args_get" (func $args (param i32 i32) (result i32)))
	(import "wasi_snapshot_preview1" "path_open"
		(func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
	(import "wasi_snapshot_preview1" "fd_write"
		(func $write (param i32 i32 i32 i32) (result i32)))
	(memory (export "memory") 1)
	(data (i32.const 1024) "result")
	(func (export "_start")
		(drop (call $args_sizes (i32.const 2000) (i32.const 2004)))
		(drop (call $args (i32.const 3000) (i32.const 4000)))
		(drop (call $open (i32.const 4) (i32.const 0) (i32.const 1024) (i32.const 6)
			(i32.const 1) (i64.const 0x42) (i64.const 0) (i32.const 0) (i32.const 0)))
		(i32.store (i32.const 16) (i32.const 4000))
		(i32.store (i32.const 20) (i32.load (i32.const 2004)))
		(drop (call $write (i32.load (i32.const 0)) (i32.const 16) (i32.const 1) (i32.const 24)))
		(i32.store (i32.const 16) (i32.const 1024))
		(i32.store (i32.const 20) (i32.const 6))
		(drop (call $write (i32.const 1) (i32.const 16) (i32.const 1) (i32.const 24)))))"#;

fn module() -> Vec<u8> {
	let buffer = wast::parser::ParseBuffer::new(PROGRAM).unwrap();
	let mut wat = wast::parser::parse::<wast::Wat>(&buffer).unwrap();
	wat.module.encode().unwrap()
}

/// A store with the program, a shell with the real engine, and the order to run an array of it.
fn array(dir: &Path, name: &str, items: u16) -> (Shell, Order) {
	let store = Store::open(&dir.join("store")).unwrap();
	let (program, inputs) = (store.put(&module()).unwrap(), store.put(b"[]").unwrap());
	let executor = Box::new(wasm::WasmExecutor::new().unwrap());
	let shell = shell(&dir.join(name), store, executor);
	let limits = Limits { fuel: 1_000_000, memory_mib: 1, output_kib: 1 };
	let args = b"program".to_vec().try_into().unwrap();
	let order = Order {
		task: TaskId(1),
		attempt: 0,
		fingerprint: [0; 32],
		role: Role::Executor,
		engine: WASM_ENGINE,
		workload: Workload { program, inputs, args, limits, items: Some(items) },
		part: Part::Whole,
		runs: Runs::Once,
	};
	(shell, order)
}

fn outcome_of(row: &Row) -> Outcome {
	match row.finding {
		Finding::Outcome { outcome, .. } => outcome,
		other => panic!("{other:?}"),
	}
}

fn execute(shell: &Shell, order: &Order) -> Row {
	shell.execute(order, Genesis::default(), &Cancel::default()).unwrap()
}

#[test]
fn what_is_posted_of_an_array_leads_to_its_outcome_and_to_what_an_arbiter_finds() {
	let dir = tempfile::tempdir().unwrap();
	let (shell, order) = array(dir.path(), "one", 300);
	let row = execute(&shell, &order);
	let root = |nodes: &[Hash]| array::outcome_of(nodes);
	let roots = shell.nodes(order.task, 0, &Deed::Split).unwrap();
	assert_eq!(root(&roots), outcome_of(&row));
	for (place, subtree) in (0..).zip(&roots) {
		let leaves = shell.nodes(order.task, 0, &Deed::Narrow(place)).unwrap();
		assert_eq!(array::root_of(&leaves), *subtree);
		assert_eq!(leaves.len(), usize::from(array::leaves_below(300, place)));
	}
	assert!(shell.nodes(order.task, 0, &Deed::Narrow(3)).is_err());
	assert!(shell.nodes(order.task, 0, &Deed::Possess(Default::default())).unwrap().is_empty());
	let manifest = shell.bundles.manifest(order.task, 0).unwrap();
	let path = shell.bundles.path_of(order.task, 0);
	manifest.verify(|file| std::fs::read(path.join(file))).unwrap();
	let file = std::fs::read(path.join("outputs/299/files/result")).unwrap();
	assert_eq!(file, [&b"program\0"[..], b"299\0"].concat());

	let (other, order) = array(dir.path(), "two", 300);
	let order = Order { role: Role::Arbiter, part: Part::Item(131), ..order };
	let row = execute(&other, &order);
	let leaves = shell.nodes(order.task, 0, &Deed::Narrow(1)).unwrap();
	assert_eq!(leaves[131 - usize::from(SUBTREE)], array::item_leaf(131, &outcome_of(&row)));
	let manifest = other.bundles.manifest(order.task, 0).unwrap();
	assert_eq!(manifest.ending, Ending::Exited { code: 0 });
	let path = other.bundles.path_of(order.task, 0);
	let (statement, _) =
		Statement::verify(&std::fs::read(path.join(STATEMENT_PATH)).unwrap()).unwrap();
	assert_eq!((statement.predicate.items, statement.predicate.item), (Some(300), Some(131)));
	assert!(other.nodes(order.task, 0, &Deed::Split).is_err(), "one run is no array");
}

#[test]
fn an_array_that_cannot_begin_fails_item_by_item() {
	let dir = tempfile::tempdir().unwrap();
	let (shell, order) = array(dir.path(), "one", 3);
	let odd = shell.store.put(b"no manifest").unwrap();
	let workload = Workload { inputs: odd, ..order.workload.clone() };
	let all = outcome_of(&execute(&shell, &Order { workload: workload.clone(), ..order.clone() }));
	assert!(!all.is_failure());
	let one = Order { part: Part::Item(1), workload, attempt: 1, ..order };
	let one = outcome_of(&execute(&shell, &one));
	assert!(one.is_failure());
	assert_eq!(all, array::outcome_of(&array::leaves(&[one; 3])));
}

#[test]
fn a_witness_fetches_what_is_public_or_says_that_it_is_not() {
	let dir = tempfile::tempdir().unwrap();
	let (executor, order) = array(dir.path(), "one", 5);
	let row = execute(&executor, &order);
	let outcome = outcome_of(&row);
	let root = executor.bundles.manifest(order.task, 0).unwrap().bundle_root;
	let (witness, order) = array(dir.path(), "two", 5);
	let from = vec![assay_primitives::BundleRoot([1; 32]), root];
	let fetch =
		|from| Order { role: Role::Witness, part: Part::Fetch { outcome, from }, ..order.clone() };
	let looked = |order: &Order| witness.execute(order, Genesis::default(), &Cancel::default());
	let is_unserved = |row: Row| match row.finding {
		Finding::Outcome { outcome: named, evidence_root, .. } => {
			named == outcome && evidence_root == EvidenceRoot::default()
		},
		_ => false,
	};
	let order = fetch(from);
	assert_eq!(looked(&order), None, "it may still come");
	assert!(is_unserved(witness.at_last(&order)));

	let path = executor.bundles.publish(order.task, 0, &executor.store).unwrap();
	let row = looked(&order).unwrap();
	assert_eq!(outcome_of(&row), outcome);
	assert!(row.published);
	assert_eq!(outcome_of(&witness.at_last(&order)), outcome);
	let nonce = PanelNonce([7; 32]);
	let shown = |shell: &Shell| shell.bundles.possession(order.task, 0, &nonce).unwrap();
	assert_eq!(shown(&witness), shown(&executor));
	assert_eq!(witness.nodes(order.task, 0, &Deed::Split).unwrap().len(), 1);

	// What comes to something else, or is damaged, is not served.
	let Part::Fetch { from, .. } = &order.part else { panic!("{order:?}") };
	let other = Outcome::Completed { output_root: Default::default() };
	let part = Part::Fetch { outcome: other, from: from.clone() };
	assert_eq!(looked(&Order { part, ..order.clone() }), None);
	assert_eq!(looked(&Order { task: TaskId(2), ..order.clone() }), None);
	std::fs::write(path.join("outputs/3/files/result"), "other").unwrap();
	assert_eq!(looked(&order), None);
	assert!(is_unserved(witness.at_last(&order)));
	std::fs::remove_file(path.join("outputs/3/files/result")).unwrap();
	assert!(is_unserved(witness.at_last(&order)));
	let kept = std::fs::read_dir(dir.path().join("two/bundles")).unwrap().count();
	assert_eq!(kept, 1, "nothing half copied is left");
	// A store that is not there says nothing about anybody.
	std::fs::remove_dir_all(dir.path().join("store/bundles")).unwrap();
	let lost = Finding::Abstention(Abstention::HostLimit);
	assert_eq!(witness.at_last(&order).finding, lost);
}

/// How long the largest array takes; `cargo test -- --ignored --nocapture the_largest`.
#[test]
#[ignore = "writes 33,000 files twice"]
fn the_largest_array_takes_seconds() {
	// Not where temporary files stand: that may be no disk.
	let dir = tempfile::tempdir_in(env!("CARGO_MANIFEST_DIR")).unwrap();
	let (shell, order) = array(dir.path(), "one", array::MAX_ITEMS);
	let since = |what: &str, begun: Instant| println!("{what}: {:?}", begun.elapsed());
	let begun = Instant::now();
	let run = shell.run(&order, &Cancel::default());
	since("running it", begun);
	let begun = Instant::now();
	shell.bundle(&order, Genesis::default(), &run).unwrap();
	since("bundling it", begun);
	let begun = Instant::now();
	shell.nodes(order.task, 0, &Deed::Split).unwrap();
	since("what is posted", begun);
	let begun = Instant::now();
	shell.bundles.possession(order.task, 0, &PanelNonce([1; 32])).unwrap();
	since("the proof of possession", begun);
	let begun = Instant::now();
	let path = shell.bundles.publish(order.task, 0, &shell.store).unwrap();
	since("publishing it", begun);
	let begun = Instant::now();
	let manifest = shell.bundles.manifest(order.task, 0).unwrap();
	manifest.verify(|file| std::fs::read(path.join(file))).unwrap();
	since("verifying it", begun);
}

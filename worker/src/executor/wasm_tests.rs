// SPDX-License-Identifier: GPL-3.0-or-later
//! Real modules in the real engine.

use super::*;
use crate::executor::{Cancel, Item};
use assay_primitives::{bundle::OutputEntry, task::Limits};
use std::sync::OnceLock;

fn executor() -> &'static WasmExecutor {
	static EXECUTOR: OnceLock<WasmExecutor> = OnceLock::new();
	EXECUTOR.get_or_init(|| WasmExecutor::new().unwrap())
}

/// The binary form of a module in text form.
fn binary(text: &str) -> Vec<u8> {
	let buffer = wast::parser::ParseBuffer::new(text).unwrap();
	let mut wat =
		wast::parser::parse::<wast::Wat>(&buffer).unwrap_or_else(|error| panic!("{error}\n{text}"));
	wat.module.encode().unwrap()
}

fn job(program: &[u8]) -> Job {
	Job {
		program_hash: ContentHash(sha256(program)),
		inputs_hash: ContentHash([7; 32]),
		program: program.into(),
		inputs: vec![
			("b.txt".into(), Arc::from(&b"bee"[..])),
			("a/deep.txt".into(), Arc::from(&b"deep"[..])),
		],
		args: b"program\0first\0second".to_vec(),
		limits: Limits { fuel: 10_000_000, memory_mib: 2, output_kib: 1 },
		items: None,
	}
}

fn run(text: &str) -> Execution {
	run_job(&job(&binary(text)))
}

fn run_job(job: &Job) -> Execution {
	executor().run(job, &HostLimits::default()).execution
}

fn exit_of(text: &str) -> i32 {
	match run(text) {
		Execution::Completed { exit, .. } => exit,
		other => panic!("{other:?}"),
	}
}

fn failure(execution: Execution) -> (FailureKind, String) {
	match execution {
		Execution::Failed { report, .. } => (report.kind, report.trap),
		other => panic!("{other:?}"),
	}
}

/// What programs in these tests begin with. `/inputs` is 3, `/outputs` is 4.
const PRELUDE: &str = r#"
	(import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
	(import "wasi_snapshot_preview1" "path_open"
		(func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
	(import "wasi_snapshot_preview1" "fd_write"
		(func $write (param i32 i32 i32 i32) (result i32)))
	(import "wasi_snapshot_preview1" "fd_read"
		(func $read (param i32 i32 i32 i32) (result i32)))
	(import "wasi_snapshot_preview1" "fd_readdir"
		(func $readdir (param i32 i32 i32 i64 i32) (result i32)))
	(import "wasi_snapshot_preview1" "fd_close" (func $close (param i32) (result i32)))
	(import "wasi_snapshot_preview1" "clock_time_get"
		(func $time (param i32 i64 i32) (result i32)))
	(import "wasi_snapshot_preview1" "poll_oneoff"
		(func $poll (param i32 i32 i32 i32) (result i32)))
	(import "wasi_snapshot_preview1" "random_get" (func $random (param i32 i32) (result i32)))
	(import "wasi_snapshot_preview1" "args_sizes_get"
		(func $args_sizes (param i32 i32) (result i32)))
	(import "wasi_snapshot_preview1" "args_get" (func $args (param i32 i32) (result i32)))
	(import "wasi_snapshot_preview1" "environ_sizes_get"
		(func $environ_sizes (param i32 i32) (result i32)))
	(memory (export "memory") 1)
	;; Opens the path at 1024 below a directory for writing or reading; the descriptor is put at 0.
	(func $create (param $dir i32) (param $len i32) (result i32)
		(call $open (local.get $dir) (i32.const 0) (i32.const 1024) (local.get $len)
			(i32.const 1) (i64.const 0x42) (i64.const 0) (i32.const 0) (i32.const 0)))
	(func $open_read (param $dir i32) (param $len i32) (result i32)
		(call $open (local.get $dir) (i32.const 0) (i32.const 1024) (local.get $len)
			(i32.const 0) (i64.const 0x2) (i64.const 0) (i32.const 0) (i32.const 0)))
	;; Writes so many bytes from there; how many is put at 24.
	(func $put (param $fd i32) (param $from i32) (param $len i32) (result i32)
		(i32.store (i32.const 16) (local.get $from))
		(i32.store (i32.const 20) (local.get $len))
		(call $write (local.get $fd) (i32.const 16) (i32.const 1) (i32.const 24)))
"#;

fn program(body: &str) -> String {
	format!("(module {PRELUDE} {body})")
}

fn written(execution: &Execution) -> &Written {
	match execution {
		Execution::Completed { written, .. } | Execution::Failed { written, .. } => written,
		other => panic!("{other:?}"),
	}
}

#[test]
fn a_program_that_returns_ends_with_zero() {
	assert_eq!(exit_of(r#"(module (func (export "_start")))"#), 0);
}

#[test]
fn every_exit_code_is_an_outcome() {
	for code in [0, 1, 125, 126, 255, -1, i32::MIN] {
		let body = format!(r#"(func (export "_start") (call $exit (i32.const {code})))"#);
		assert_eq!(exit_of(&program(&body)), code);
	}
}

#[test]
fn traps_are_named_and_alike_every_time() {
	let traps = [
		("unreachable", "unreachable"),
		("(drop (i32.div_s (i32.const 1) (i32.const 0)))", "integer division by zero"),
		("(drop (i32.div_s (i32.const 0x80000000) (i32.const -1)))", "integer overflow"),
		("(drop (i32.load (i32.const 65533)))", "memory out of bounds"),
		("(drop (i32.trunc_f32_s (f32.const nan)))", "bad conversion to integer"),
		("(drop (call $random (i32.const 65535) (i32.const 2)))", "bad argument"),
	];
	for (code, name) in traps {
		let text = program(&format!(r#"(func (export "_start") {code})"#));
		let first = run(&text);
		assert_eq!(failure(first.clone()), (FailureKind::Trap, name.into()), "{code}");
		assert_eq!(run(&text), first);
	}
}

#[test]
fn a_store_over_the_end_of_memory_leaves_nothing_behind() {
	let memory = |code: &str| {
		let text = program(&format!(r#"(func (export "_start") {code} unreachable)"#));
		match run(&text) {
			Execution::Failed { report, .. } => report.memory_sha256,
			other => panic!("{other:?}"),
		}
	};
	let untouched = ContentHash(sha256(&[0; 65536]));
	assert_eq!(memory(""), untouched);
	assert_eq!(memory("(i64.store (i32.const 65529) (i64.const -1))"), untouched);
	assert_ne!(memory("(i64.store (i32.const 65528) (i64.const -1))"), untouched);
}

#[test]
fn a_failure_shows_what_was_written_and_what_was_in_memory() {
	let text = program(
		r#"(data (i32.const 1024) "file")
		(func (export "_start")
			(drop (call $create (i32.const 4) (i32.const 4)))
			(drop (call $put (i32.load (i32.const 0)) (i32.const 1024) (i32.const 4)))
			(drop (call $put (i32.const 1) (i32.const 1024) (i32.const 2)))
			unreachable)"#,
	);
	let execution = run(&text);
	let Execution::Failed { report, written } = &execution else { panic!("{execution:?}") };
	assert_eq!(written.stdout, b"fi");
	assert_eq!(written.files["file"], b"file");
	assert_eq!(report.outputs, written.outputs().entries());
	assert!(matches!(report.outputs[..], [OutputEntry::Stdout { .. }, OutputEntry::File { .. }]));
	assert!(report.fuel_used > 0);
	// Other memory, other failure.
	let other = run(&text.replace("\"file\")", "\"file\")(data (i32.const 9000) \"x\")"));
	assert_ne!(other, execution);
}

#[test]
fn an_endless_loop_runs_out_of_fuel() {
	let text = r#"(module (func (export "_start") (loop (br 0))))"#;
	let first = run(text);
	assert_eq!(failure(first.clone()), (FailureKind::OutOfFuel, String::new()));
	assert_eq!(run(text), first);
}

#[test]
fn calls_of_the_host_cost_fuel_as_well() {
	// Each turn costs few instructions and fills half the memory.
	let text = program(
		r#"(func (export "_start")
			(loop (drop (call $random (i32.const 0) (i32.const 32768))) (br 0)))"#,
	);
	let Execution::Failed { report, .. } = run(&text) else { panic!() };
	assert_eq!(report.kind, FailureKind::OutOfFuel);
	assert!(report.fuel_used < 11_000_000, "{}", report.fuel_used);
}

#[test]
fn inputs_can_be_read_but_not_written() {
	// ROFS is 69.
	let text = program(
		r#"(data (i32.const 1024) "b.txt")
		(func (export "_start")
			(if (i32.ne (call $create (i32.const 3) (i32.const 5)) (i32.const 69)) (then unreachable))
			(if (i32.ne (call $create (i32.const 3) (i32.const 4)) (i32.const 69)) (then unreachable))
			(if (call $open_read (i32.const 3) (i32.const 5)) (then unreachable))
			;; The handle is for reading alone: BADF is 8.
			(if (i32.ne (call $put (i32.load (i32.const 0)) (i32.const 1024) (i32.const 1))
				(i32.const 8)) (then unreachable))
			(i32.store (i32.const 16) (i32.const 2000))
			(i32.store (i32.const 20) (i32.const 100))
			(if (call $read (i32.load (i32.const 0)) (i32.const 16) (i32.const 1) (i32.const 24))
				(then unreachable))
			(drop (call $put (i32.const 1) (i32.const 2000) (i32.load (i32.const 24)))))"#,
	);
	assert_eq!(written(&run(&text)).stdout, b"bee");
}

#[test]
fn outputs_are_captured() {
	let text = program(
		r#"(data (i32.const 1024) "one")
		(func (export "_start")
			(if (call $create (i32.const 4) (i32.const 3)) (then unreachable))
			(if (call $put (i32.load (i32.const 0)) (i32.const 1025) (i32.const 2)) (then unreachable))
			(if (call $put (i32.load (i32.const 0)) (i32.const 1024) (i32.const 1)) (then unreachable))
			(drop (call $close (i32.load (i32.const 0))))
			(drop (call $put (i32.const 2) (i32.const 1024) (i32.const 3))))"#,
	);
	let run = executor().run(&job(&binary(&text)), &HostLimits::default());
	let files = &written(&run.execution).files;
	assert_eq!(files.iter().collect::<Vec<_>>(), [(&"one".to_string(), &b"neo".to_vec())]);
	assert!(written(&run.execution).stdout.is_empty());
	assert!(run.log.iter().any(|line| line.stream == LogStream::Stderr && line.text == "one"));
}

#[test]
fn directories_list_in_order() {
	// Names are at 24 behind each entry's start; the whole buffer goes to standard output.
	let text = program(
		r#"(func (export "_start")
			(drop (call $readdir (i32.const 3) (i32.const 2000) (i32.const 900) (i64.const 0)
				(i32.const 24)))
			(drop (call $put (i32.const 1) (i32.const 2000) (i32.load (i32.const 24)))))"#,
	);
	let stdout = written(&run(&text)).stdout.clone();
	let mut names = Vec::new();
	let mut rest = &stdout[..];
	while rest.len() >= 24 {
		let len = u32::from_le_bytes(rest[16..20].try_into().unwrap()) as usize;
		names.push(String::from_utf8(rest[24..24 + len].to_vec()).unwrap());
		rest = &rest[24 + len..];
	}
	assert_eq!(names, [".", "..", "a", "b.txt"]);
}

#[test]
fn time_stands_still_until_a_program_sleeps() {
	let text = program(
		r#"(func (export "_start")
			;; The time before …
			(drop (call $time (i32.const 1) (i64.const 1) (i32.const 2000)))
			(drop (call $time (i32.const 0) (i64.const 1) (i32.const 2008)))
			;; … a sleep of thirty years: clock, monotonic, timeout at 3024 …
			(i32.store (i32.const 3016) (i32.const 1))
			(i64.store (i32.const 3024) (i64.const 1000000000000000000))
			(if (call $poll (i32.const 3000) (i32.const 3104) (i32.const 1) (i32.const 24))
				(then unreachable))
			;; … and after it.
			(drop (call $time (i32.const 1) (i64.const 1) (i32.const 2016)))
			(drop (call $time (i32.const 0) (i64.const 1) (i32.const 2024)))
			(drop (call $put (i32.const 1) (i32.const 2000) (i32.const 32))))"#,
	);
	let stdout = written(&run(&text)).stdout.clone();
	let times: Vec<u64> =
		stdout.chunks(8).map(|time| u64::from_le_bytes(time.try_into().unwrap())).collect();
	assert_eq!(times, [0, 0, 1_000_000_000_000_000_000, 1_000_000_000_000_000_000]);
}

#[test]
fn randomness_follows_from_program_and_inputs() {
	let text = program(
		r#"(func (export "_start")
			(drop (call $random (i32.const 2000) (i32.const 64)))
			(drop (call $put (i32.const 1) (i32.const 2000) (i32.const 64))))"#,
	);
	let job = job(&binary(&text));
	let first = written(&run_job(&job)).stdout.clone();
	assert_eq!(written(&run_job(&job)).stdout, first);
	assert_eq!(first.len(), 64);
	assert!(first.iter().any(|byte| *byte != 0));
	let other = Job { inputs_hash: ContentHash([8; 32]), ..job };
	assert_ne!(written(&run_job(&other)).stdout, first);
}

#[test]
fn arguments_arrive_and_the_environment_is_empty() {
	let text = program(
		r#"(func (export "_start")
			(drop (call $args_sizes (i32.const 2000) (i32.const 2004)))
			(drop (call $environ_sizes (i32.const 2008) (i32.const 2012)))
			(drop (call $args (i32.const 3000) (i32.const 2016)))
			(drop (call $put (i32.const 1) (i32.const 2000) (i32.const 37))))"#,
	);
	let stdout = written(&run(&text)).stdout.clone();
	let numbers: Vec<u32> = stdout[..16]
		.chunks(4)
		.map(|number| u32::from_le_bytes(number.try_into().unwrap()))
		.collect();
	assert_eq!(numbers, [3, 21, 0, 0]);
	assert_eq!(&stdout[16..], b"program\0first\0second\0");
}

#[test]
fn too_much_output_stops_the_program() {
	for fd in ["(i32.const 1)", "(i32.load (i32.const 0))"] {
		let text = program(&format!(
			r#"(data (i32.const 1024) "f")
			(func (export "_start")
				(drop (call $create (i32.const 4) (i32.const 1)))
				(loop (drop (call $put {fd} (i32.const 0) (i32.const 200))) (br 0)))"#,
		));
		let execution = run(&text);
		assert_eq!(failure(execution.clone()), (FailureKind::OutputTooLarge, String::new()));
		let written = written(&execution);
		assert_eq!(written.stdout.len() + written.files["f"].len(), 1000);
	}
}

#[test]
fn what_is_no_program_for_the_engine_fails_alike_everywhere() {
	let start = r#"(func (export "_start"))"#;
	let cases = [
		(b"garbage".to_vec(), "not a module"),
		(b"\0asm\x0d\0\x01\0".to_vec(), "not a module"),
		(binary("(module (func (result i32) (i64.const 0)))")[..20].to_vec(), "not a module"),
		(binary(r#"(module (import "env" "f" (func)))"#), "unknown import"),
		(
			binary(r#"(module (import "wasi_snapshot_preview1" "no_such" (func)))"#),
			"unknown import",
		),
		(
			binary(r#"(module (import "wasi_snapshot_preview1" "proc_exit" (func)))"#),
			"unknown import",
		),
		(binary("(module)"), "no _start"),
		(binary(r#"(module (func (export "_start") (param i32)))"#), "no _start"),
		(binary(&format!(r#"(module (memory 33) {start})"#)), "memory limit"),
		(binary(&format!(r#"(module (table 1048577 funcref) {start})"#)), "table limit"),
		(
			binary(&format!(
				r#"(module (import "wasi_snapshot_preview1" "sched_yield"
					(func (result i32))) {start})"#
			)),
			"no memory",
		),
	];
	for (program, reason) in cases {
		let execution = run_job(&job(&program));
		assert_eq!(failure(execution.clone()), (FailureKind::Invalid, reason.into()));
		assert_eq!(run_job(&job(&program)), execution);
	}
	let mut odd = job(&binary(&format!("(module {start})")));
	odd.args = vec![0xff];
	assert_eq!(failure(run_job(&odd)), (FailureKind::Invalid, "arguments".into()));
}

#[test]
fn features_that_differ_between_machines_are_off() {
	for module in [
		"(module (memory 1 1 shared))",
		"(module (memory i64 1))",
		"(module (memory 1) (memory 1))",
		"(module (func (return_call 0)))",
	] {
		let execution = run_job(&job(&binary(module)));
		assert_eq!(failure(execution), (FailureKind::Invalid, "not a module".into()), "{module}");
	}
}

#[test]
fn memory_beyond_the_limit_is_refused_to_the_program() {
	// 2 MiB are 32 pages; the program has one.
	let body = |pages: u32| {
		let grow = format!("(call $exit (memory.grow (i32.const {pages})))");
		exit_of(&program(&format!(r#"(func (export "_start") {grow})"#)))
	};
	assert_eq!(body(31), 1);
	assert_eq!(body(32), -1);
	assert_eq!(body(65536), -1);
}

#[test]
fn a_declared_maximum_is_no_fault_of_the_host() {
	let text = r#"(module
		(import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
		(memory (export "memory") 1 2)
		(func (export "_start") (call $exit (memory.grow (i32.const 2)))))"#;
	assert_eq!(exit_of(text), -1);
}

#[test]
fn what_the_host_cannot_grant_is_no_vote() {
	let grow = program(r#"(func (export "_start") (drop (memory.grow (i32.const 20))))"#);
	let host = HostLimits { memory_bytes: 1 << 20, ..Default::default() };
	let execution = executor().run(&job(&binary(&grow)), &host).execution;
	assert!(matches!(execution, Execution::HostLimit(_)), "{execution:?}");

	let endless = r#"(module (func (export "_start") (loop (br 0))))"#;
	let mut job = job(&binary(endless));
	job.limits.fuel = u64::MAX;
	let host = HostLimits { wall_time: Duration::from_millis(50), ..Default::default() };
	let execution = executor().run(&job, &host).execution;
	assert!(matches!(execution, Execution::HostLimit(_)), "{execution:?}");

	let host = HostLimits { cancel: Cancel::default(), ..Default::default() };
	host.cancel.raise();
	let execution = executor().run(&job, &host).execution;
	assert!(matches!(execution, Execution::HostLimit(_)), "{execution:?}");
}

#[test]
fn what_is_not_wanted_any_more_is_not_even_looked_at() {
	let host = HostLimits::default();
	host.cancel.raise();
	let execution = executor().run(&job(b"garbage"), &host).execution;
	assert!(matches!(execution, Execution::HostLimit(_)), "{execution:?}");
}

#[test]
fn a_program_that_takes_too_long_to_compile_is_given_up() {
	let line = "(local.set 0 (i32.xor (i32.mul (local.get 0) (i32.const 7)) (i32.const 13)))";
	let function = format!("(func (param i32) (result i32) {} local.get 0)", line.repeat(200));
	let text = format!(r#"(module {} (func (export "_start")))"#, function.repeat(300));
	let host = HostLimits { wall_time: Duration::from_millis(1), ..Default::default() };
	let execution = executor().run(&job(&binary(&text)), &host).execution;
	let reason = "the execution takes longer than this host grants";
	assert_eq!(execution, Execution::HostLimit(reason.into()));
}

#[test]
fn compilers_are_counted_until_they_are_done() {
	let taken: Arc<AtomicUsize> = Arc::default();
	let mut seats: Vec<Seat> = std::iter::from_fn(|| Seat::take(&taken)).collect();
	assert_eq!(seats.len(), MAX_COMPILERS);
	seats.pop();
	assert!(Seat::take(&taken).is_some());
}

#[test]
fn the_depth_of_the_stack_is_the_hosts() {
	let text = r#"(module (func $f (export "_start") (call $f)))"#;
	let mut deep = job(&binary(text));
	deep.limits.fuel = u64::MAX;
	let execution = run_job(&deep);
	assert!(matches!(execution, Execution::HostLimit(_)), "{execution:?}");
}

#[test]
fn not_a_number_has_one_form() {
	let text = program(
		r#"(func (export "_start")
			(f64.store (i32.const 2000) (f64.div (f64.const 0) (f64.const 0)))
			(f64.store (i32.const 2008)
				(f64.mul (f64.const -nan:0x8000000000001) (f64.const 1)))
			(drop (call $put (i32.const 1) (i32.const 2000) (i32.const 16))))"#,
	);
	let canonical = 0x7ff8_0000_0000_0000u64.to_le_bytes();
	assert_eq!(written(&run(&text)).stdout, [canonical, canonical].concat());
}

#[test]
fn long_lists_of_buffers_are_refused() {
	// INVAL is 28.
	let text = program(
		r#"(func (export "_start") (call $exit
			(call $write (i32.const 1) (i32.const 0) (i32.const 1025) (i32.const 24))))"#,
	);
	assert_eq!(exit_of(&text), 28);
}

#[test]
fn a_start_function_runs_and_fails_like_any_other() {
	let text = r#"(module (func $s unreachable) (start $s) (func (export "_start")))"#;
	assert_eq!(failure(run(text)), (FailureKind::Trap, "unreachable".into()));
	let text = r#"(module (memory 1) (data (i32.const 65536) "x") (func (export "_start")))"#;
	assert_eq!(failure(run(text)), (FailureKind::Trap, "memory out of bounds".into()));
}

#[test]
fn the_same_job_gives_the_same_everything_in_parallel() {
	let text = program(
		r#"(data (i32.const 1024) "out")
		(func (export "_start") (local $at i32)
			(drop (call $create (i32.const 4) (i32.const 3)))
			(loop $more
				(drop (call $random (i32.const 2000) (i32.const 32)))
				(drop (call $put (i32.load (i32.const 0)) (i32.const 2000) (i32.const 32)))
				(local.set $at (i32.add (local.get $at) (i32.const 1)))
				(br_if $more (i32.lt_u (local.get $at) (i32.const 20)))))"#,
	);
	let job = job(&binary(&text));
	let runs: Vec<Run> = thread::scope(|scope| {
		let start = || scope.spawn(|| executor().run(&job, &HostLimits::default()));
		let all: Vec<_> = (0..4).map(|_| start()).collect();
		all.into_iter().map(|one| one.join().unwrap()).collect()
	});
	for run in &runs {
		assert_eq!(run.execution, runs[0].execution);
		assert_eq!(run.fuel_used, runs[0].fuel_used);
	}
	// A second executor, with an empty cache, agrees.
	let other = WasmExecutor::new().unwrap().run(&job, &HostLimits::default());
	assert_eq!(other.execution, runs[0].execution);
	assert_eq!(other.fuel_used, runs[0].fuel_used);
}

#[test]
fn fuel_and_memory_of_engine_one_are_known() {
	// Known answers: whoever changes them has made another engine.
	let text = program(
		r#"(func (export "_start") (local $at i32)
			(loop $more
				(i32.store (i32.mul (local.get $at) (i32.const 4)) (local.get $at))
				(local.set $at (i32.add (local.get $at) (i32.const 1)))
				(br_if $more (i32.lt_u (local.get $at) (i32.const 100))))
			(drop (call $put (i32.const 1) (i32.const 0) (i32.const 10)))
			unreachable)"#,
	);
	let Execution::Failed { report, .. } = run(&text) else { panic!() };
	let mut memory = vec![0; 65536];
	for at in 0..100u32 {
		memory[at as usize * 4..][..4].copy_from_slice(&at.to_le_bytes());
	}
	memory[16..20].copy_from_slice(&0u32.to_le_bytes());
	memory[20..24].copy_from_slice(&10u32.to_le_bytes());
	memory[24..28].copy_from_slice(&10u32.to_le_bytes());
	assert_eq!(report.memory_sha256, ContentHash(sha256(&memory)));
	assert_eq!(report.fuel_used, FUEL_OF_THE_KNOWN_PROGRAM);
}

const FUEL_OF_THE_KNOWN_PROGRAM: u64 = 1428;

/// Prints its arguments, and traps when the last one ends with a two.
fn prints_arguments() -> Vec<u8> {
	binary(&program(
		r#"(func (export "_start")
			(drop (call $args_sizes (i32.const 2000) (i32.const 2004)))
			(drop (call $args (i32.const 3000) (i32.const 4000)))
			(drop (call $put (i32.const 1) (i32.const 4000) (i32.load (i32.const 2004))))
			(if (i32.eq (i32.const 50)
					(i32.load8_u (i32.add (i32.const 3998) (i32.load (i32.const 2004)))))
				(then unreachable)))"#,
	))
}

fn array(program: &[u8], items: u16) -> Job {
	Job { items: Some(items), ..job(program) }
}

fn items_of(execution: Execution) -> Vec<Item> {
	match execution {
		Execution::Items(items) => items,
		other => panic!("{other:?}"),
	}
}

#[test]
fn an_item_ends_as_it_does_when_it_is_run_alone() {
	let program = prints_arguments();
	for args in [&b"program\0first"[..], b"", b"program\0", b"\xff"] {
		let job = Job { args: args.to_vec(), ..array(&program, 13) };
		let run = executor().run(&job, &HostLimits::default());
		let outcome = run.execution.outcome();
		let items = items_of(run.execution);
		assert_eq!(items.len(), 13);
		let mut fuel = 0;
		let mut outcomes = Vec::new();
		for (index, item) in (0..).zip(&items) {
			let alone = executor().run(&job.clone().of_item(index), &HostLimits::default());
			fuel += alone.fuel_used;
			outcomes.push(alone.execution.outcome().unwrap());
			assert_eq!(alone.execution.into_item().unwrap(), *item, "{index}");
			let printed = [args, format!("\0{index}\0").as_bytes()].concat();
			let printed = if args.is_empty() { &printed[1..] } else { &printed };
			if args != b"\xff" {
				assert_eq!(item.written.stdout, printed);
			}
		}
		assert_eq!(run.fuel_used, fuel);
		let leaves = assay_primitives::array::leaves(&outcomes);
		assert_eq!(outcome, Some(assay_primitives::array::outcome_of(&leaves)));
		assert!(run.log.windows(2).all(|pair| pair[0].at_micros <= pair[1].at_micros));
	}
}

#[test]
fn what_is_no_program_makes_every_item_fail() {
	let items = items_of(run_job(&array(b"rubbish", 3)));
	assert_eq!(items, vec![Execution::invalid("not a module").into_item().unwrap(); 3]);
}

#[test]
fn the_log_of_an_array_says_how_each_item_ended() {
	let run = executor().run(&array(&prints_arguments(), 3), &HostLimits::default());
	let texts: Vec<&str> = run.log.iter().map(|line| line.text.as_str()).collect();
	let printed = |item| format!("program\0first\0second\0{item}\0");
	let expected = [
		printed(0),
		"item 0: exit code 0".into(),
		printed(1),
		"item 1: exit code 0".into(),
		printed(2),
		"item 2: Trap: unreachable".into(),
		"3 items".into(),
	];
	assert_eq!(texts[1..], expected);
}

#[test]
fn the_host_grants_its_limits_to_an_array_as_a_whole() {
	let program = prints_arguments();
	let little = HostLimits { output_bytes: 50, ..HostLimits::default() };
	let alone = executor().run(&job(&program).of_item(1), &little).execution;
	assert!(matches!(alone, Execution::Completed { .. }), "{alone:?}");
	let all = executor().run(&array(&program, 100), &little).execution;
	assert!(matches!(all, Execution::HostLimit(_)), "{all:?}");
	let slow = HostLimits { wall_time: Duration::from_millis(50), ..HostLimits::default() };
	let all = executor().run(&array(&program, 16_384), &slow).execution;
	assert!(matches!(all, Execution::HostLimit(_)), "{all:?}");
	let cancelled = HostLimits::default();
	cancelled.cancel.raise();
	let all = executor().run(&array(&program, 2), &cancelled).execution;
	assert!(matches!(all, Execution::HostLimit(_)), "{all:?}");
}

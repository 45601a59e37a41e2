// SPDX-License-Identifier: GPL-3.0-or-later
//! Engine 1: WASI preview 1 modules in the embedded wasmtime.
//!
//! The number stands for everything below that can change an outcome; whoever changes any of it
//! takes a new number. Two machines of this engine differ in speed and in when they give up
//! ([`Execution::HostLimit`]), never in an outcome.
//!
//! - Features: WebAssembly 2.0 with reference types, SIMD, bulk memory and extended constants.
//!   Threads, 64-bit and multiple memories, tail calls, relaxed SIMD, garbage collection and
//!   exceptions are off.
//! - Fuel as wasmtime 36 counts it, and as much again for calls of the host (see
//!   [`wasi`](super::wasi)). NaNs are canonical.
//! - One memory, up to the task's limit: a program that asks for more is refused. Up to
//!   [`MAX_TABLE_ELEMENTS`] table elements.
//! - Memory accesses are checked by code, not by guard pages: on some processors a store that straddles
//!   a guard page leaves half of its bytes behind, and the memory's hash is part of a failure.
//! - The depth of the stack depends on the processor, so running out of it is a limit of the host.

use super::{
	console::Console,
	fs::{Fs, Quota},
	handles::Stop,
	wasi::{Host, HostSetup},
	Execution, Executor, HostLimits, Job, Run, Unstarted, Written,
};
use assay_primitives::{
	bundle::{FailureReport, LogLine, LogStream},
	outcome::FailureKind,
	sha256,
	spec::{Engine as EngineId, WASM_ENGINE},
	ContentHash,
};
use std::{
	collections::VecDeque,
	sync::{
		atomic::{AtomicBool, AtomicUsize, Ordering},
		mpsc::{self, RecvTimeoutError},
		Arc, Mutex, PoisonError,
	},
	thread::{self, JoinHandle},
	time::{Duration, Instant, SystemTime},
};
use wasmtime::{
	Config, Engine, ExternType, Linker, Module, ResourceLimiter, Store, Trap, UpdateDeadline,
};

/// Most bytes of a module.
pub const MAX_MODULE_BYTES: usize = 32 << 20;
/// Most elements of all tables together.
pub const MAX_TABLE_ELEMENTS: u64 = 1 << 20;
/// Bytes of a WebAssembly page.
const PAGE: u64 = 64 << 10;
/// What a binary module begins with; a component has another version.
const HEADER: &[u8] = b"\0asm\x01\0\0\0";
/// Stack for WebAssembly frames.
const WASM_STACK: usize = 1 << 20;
/// Stack of a thread that runs or compiles: the WebAssembly frames, the host's, and the compiler's.
const THREAD_STACK: usize = 32 << 20;
/// How often a running program looks whether it has to stop.
const TICK: Duration = Duration::from_millis(20);
/// How many compiled modules are kept.
const KEPT_MODULES: usize = 8;
/// How many compilers are at work at a time, those included that nobody waits for any more.
const MAX_COMPILERS: usize = 4;
/// The module that every import has to name.
const WASI: &str = "wasi_snapshot_preview1";

/// The engine cannot be set up on this machine.
#[derive(Debug, thiserror::Error)]
#[error("the WebAssembly engine cannot be set up on this machine: {0:#}")]
pub struct SetupError(wasmtime::Error);

/// Runs modules in the embedded engine.
pub struct WasmExecutor {
	engine: Engine,
	linker: Linker<Guest>,
	modules: Mutex<VecDeque<(ContentHash, Module)>>,
	compilers: Arc<AtomicUsize>,
	stopping: Arc<AtomicBool>,
	ticker: Option<JoinHandle<()>>,
}

impl Drop for WasmExecutor {
	fn drop(&mut self) {
		self.stopping.store(true, Ordering::Relaxed);
		if let Some(ticker) = self.ticker.take() {
			ticker.thread().unpark();
			// A ticker that panicked has nothing left to stop.
			let _ = ticker.join();
		}
	}
}

/// The right to compile.
struct Seat(Arc<AtomicUsize>);

impl Seat {
	fn take(taken: &Arc<AtomicUsize>) -> Option<Self> {
		let one_more = |taken: usize| (taken < MAX_COMPILERS).then_some(taken + 1);
		taken.fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_more).ok()?;
		Some(Self(taken.clone()))
	}
}

impl Drop for Seat {
	fn drop(&mut self) {
		self.0.fetch_sub(1, Ordering::Relaxed);
	}
}

struct Guest {
	host: Host,
	limiter: Limiter,
}

/// Refuses memory and tables beyond the task's limits, and stops at the host's.
struct Limiter {
	memory: u64,
	host_memory: u64,
	table_elements: u64,
	refused: bool,
}

impl ResourceLimiter for Limiter {
	fn memory_growing(
		&mut self,
		_: usize,
		desired: usize,
		maximum: Option<usize>,
	) -> wasmtime::Result<bool> {
		if desired as u64 > self.memory || maximum.is_some_and(|maximum| desired > maximum) {
			self.refused = true;
			return Ok(false);
		}
		if desired as u64 > self.host_memory {
			return Err(Stop::Host("the program needs more memory than this host grants").into());
		}
		Ok(true)
	}

	// Everything that is refused alike everywhere was refused above: this is the host's fault.
	fn memory_grow_failed(&mut self, _: wasmtime::Error) -> wasmtime::Result<()> {
		Err(Stop::Host("this host has no more memory").into())
	}

	fn table_growing(
		&mut self,
		current: usize,
		desired: usize,
		maximum: Option<usize>,
	) -> wasmtime::Result<bool> {
		let more = desired.saturating_sub(current) as u64;
		if more > self.table_elements || maximum.is_some_and(|maximum| desired > maximum) {
			self.refused = true;
			return Ok(false);
		}
		self.table_elements -= more;
		Ok(true)
	}

	fn table_grow_failed(&mut self, _: wasmtime::Error) -> wasmtime::Result<()> {
		Err(Stop::Host("this host has no more memory").into())
	}
}

fn config() -> Config {
	let mut config = Config::new();
	config
		.wasm_reference_types(true)
		.wasm_simd(true)
		.wasm_bulk_memory(true)
		.wasm_multi_value(true)
		.wasm_extended_const(true)
		.wasm_threads(false)
		.wasm_memory64(false)
		.wasm_multi_memory(false)
		.wasm_relaxed_simd(false)
		.wasm_tail_call(false)
		.wasm_function_references(false)
		.wasm_gc(false)
		.wasm_custom_page_sizes(false)
		.wasm_wide_arithmetic(false)
		.wasm_stack_switching(false)
		.wasm_shared_everything_threads(false)
		.consume_fuel(true)
		.epoch_interruption(true)
		.cranelift_nan_canonicalization(true)
		.max_wasm_stack(WASM_STACK)
		// No reservation and no guard: every access is compared with the memory's size. Room to
		// grow into only saves copying.
		.memory_reservation(0)
		.memory_guard_size(0)
		.memory_reservation_for_growth(64 << 20)
		.memory_init_cow(false)
		.wasm_backtrace(false);
	config
}

impl WasmExecutor {
	/// Sets the engine up.
	pub fn new() -> Result<Self, SetupError> {
		let engine = Engine::new(&config()).map_err(SetupError)?;
		let mut linker = Linker::new(&engine);
		wasi_common::sync::snapshots::preview_1::add_wasi_snapshot_preview1_to_linker(
			&mut linker,
			|guest: &mut Guest| &mut guest.host,
		)
		.map_err(SetupError)?;
		let stopping = Arc::new(AtomicBool::new(false));
		let (ticked, stop) = (engine.clone(), stopping.clone());
		let ticker = thread::Builder::new()
			.name("epoch".into())
			.spawn(move || {
				while !stop.load(Ordering::Relaxed) {
					thread::park_timeout(TICK);
					ticked.increment_epoch();
				}
			})
			.map_err(|error| SetupError(error.into()))?;
		let (modules, compilers) = (Mutex::default(), Arc::default());
		Ok(Self { engine, linker, modules, compilers, stopping, ticker: Some(ticker) })
	}

	fn run_here(&self, job: &Job, host: &HostLimits, started: Instant) -> Finished {
		let mut console = Console::new(started);
		console.say(&format!("program {} inputs {}", job.program_hash, job.inputs_hash));
		match self.prepare(job, host, started) {
			Err(unstarted) => {
				let execution = Execution::unstarted(unstarted, job.items);
				Finished { execution, fuel_used: 0, console }
			},
			Ok(prepared) => match job.items {
				None => self.run_once(job, host, prepared, console, started),
				Some(items) => self.run_items(job, items, host, &prepared, console, started),
			},
		}
	}

	/// Runs the module once for each item. It is compiled and checked already: what could be wrong with it does
	/// not depend on the item.
	fn run_items(
		&self,
		job: &Job,
		items: u16,
		host: &HostLimits,
		prepared: &Prepared,
		mut console: Console,
		started: Instant,
	) -> Finished {
		let mut ended = Vec::with_capacity(items.into());
		let mut host = host.clone();
		let mut total = 0u64;
		for index in 0..items {
			if let Err(unstarted) = go_on(&host, started) {
				let execution = Execution::unstarted(unstarted, Some(items));
				return Finished { execution, fuel_used: total, console };
			}
			let Prepared { module, mut args } = prepared.clone();
			args.push(index.to_string());
			let once = self.run_once(job, &host, Prepared { module, args }, console, started);
			total = total.saturating_add(once.fuel_used);
			console = once.console;
			console.say(&format!("item {index}: {}", ending_of(&once.execution)));
			match once.execution.into_item() {
				Ok(item) => {
					// All of it is held until the bundle is written.
					host.output_bytes = host.output_bytes.saturating_sub(item.written.bytes());
					ended.push(item);
				},
				Err(execution) => {
					return Finished { execution: *execution, fuel_used: total, console };
				},
			}
		}
		Finished { execution: Execution::Items(ended), fuel_used: total, console }
	}

	fn run_once(
		&self,
		job: &Job,
		host: &HostLimits,
		Prepared { module, args }: Prepared,
		console: Console,
		started: Instant,
	) -> Finished {
		let console = Arc::new(Mutex::new(console));
		let quota = Quota { task: u64::from(job.limits.output_kib) << 10, host: host.output_bytes };
		let outputs = Arc::new(Mutex::new(Fs::writable(quota)));
		let Called { ended, fuel_used, memory } = match guest(job, host, args, &outputs, &console) {
			Ok(guest) => self.call(job, host, &module, guest, started),
			Err(error) => Called::not_at_all(&error),
		};
		// The store is gone, and with it every handle on files and console.
		let files = unshare(outputs).map(Fs::into_files).unwrap_or_default();
		let mut console = unshare(console).unwrap_or_else(|| Console::new(started));
		let written = Written { stdout: console.take_stdout(), files };
		let execution = match ended {
			Ended::Exit(exit) => Execution::Completed { exit, written },
			Ended::Failed(kind, trap) => {
				let report = FailureReport {
					kind,
					fuel_used,
					trap: trap.into(),
					outputs: written.outputs().entries(),
					memory_sha256: ContentHash(memory.unwrap_or_else(|| sha256(&[]))),
				};
				Execution::Failed { report, written }
			},
			Ended::Host(reason) => Execution::HostLimit(reason),
		};
		Finished { execution, fuel_used, console }
	}

	/// Compiles and checks. What is wrong with the task is wrong everywhere.
	fn prepare(
		&self,
		job: &Job,
		host: &HostLimits,
		started: Instant,
	) -> Result<Prepared, Unstarted> {
		go_on(host, started)?;
		let args = arguments(&job.args).ok_or(Unstarted::Invalid("arguments"))?;
		if job.program.len() > MAX_MODULE_BYTES {
			return Err(Unstarted::Invalid("module too large"));
		}
		let module = self.module(job, host, started)?;
		if module.imports().any(|import| import.module() != WASI) {
			return Err(Unstarted::Invalid("unknown import"));
		}
		if self.linker.instantiate_pre(&module).is_err() {
			return Err(Unstarted::Invalid("unknown import"));
		}
		let start = module.get_export("_start");
		let is_start = |ty: &ExternType| {
			ty.func().is_some_and(|ty| ty.params().len() == 0 && ty.results().len() == 0)
		};
		if !start.is_some_and(|ty| is_start(&ty)) {
			return Err(Unstarted::Invalid("no _start"));
		}
		let has_memory =
			module.get_export("memory").is_some_and(|ty| matches!(ty, ExternType::Memory(_)));
		if !has_memory && module.imports().next().is_some() {
			return Err(Unstarted::Invalid("no memory"));
		}
		let pages = module.resources_required().max_initial_memory_size.unwrap_or_default();
		if pages.saturating_mul(PAGE) > memory_limit(job) {
			return Err(Unstarted::Invalid("memory limit"));
		}
		Ok(Prepared { module, args })
	}

	fn module(&self, job: &Job, host: &HostLimits, started: Instant) -> Result<Module, Unstarted> {
		let modules = || self.modules.lock().unwrap_or_else(PoisonError::into_inner);
		if let Some((_, module)) = modules().iter().find(|(hash, _)| *hash == job.program_hash) {
			return Ok(module.clone());
		}
		let module = self.compile(&job.program, host, started)?;
		let mut modules = modules();
		modules.push_front((job.program_hash, module.clone()));
		modules.truncate(KEPT_MODULES);
		Ok(module)
	}

	/// Compiles on a thread of its own. A compiler cannot be stopped, but nobody has to wait for one
	/// that takes too long.
	fn compile(
		&self,
		program: &Arc<[u8]>,
		host: &HostLimits,
		started: Instant,
	) -> Result<Module, Unstarted> {
		// Programs made to be compiled for ever fill this host's seats, not its memory.
		let seat = loop {
			match Seat::take(&self.compilers) {
				Some(seat) => break seat,
				None => thread::sleep(TICK),
			}
			go_on(host, started)?;
		};
		let (engine, program) = (self.engine.clone(), program.clone());
		let (sender, compiled) = mpsc::channel();
		let work = move || {
			let module = compile(&engine, &program);
			drop(seat);
			// Nobody may be waiting any more.
			let _ = sender.send(module);
		};
		thread::Builder::new()
			.name("compiler".into())
			.stack_size(THREAD_STACK)
			.spawn(work)
			.map_err(|error| {
				Unstarted::HostLimit(format!("this host has no thread left: {error}"))
			})?;
		loop {
			match compiled.recv_timeout(TICK) {
				Ok(module) => return module,
				Err(RecvTimeoutError::Timeout) => go_on(host, started)?,
				Err(RecvTimeoutError::Disconnected) => {
					return Err(Unstarted::HostLimit("the compiler failed".into()))
				},
			}
		}
	}

	/// Instantiates the module and calls `_start`.
	fn call(
		&self,
		job: &Job,
		host: &HostLimits,
		module: &Module,
		guest: Guest,
		started: Instant,
	) -> Called {
		let mut store = Store::new(&self.engine, guest);
		store.limiter(|guest| &mut guest.limiter);
		store.set_epoch_deadline(1);
		let host = host.clone();
		store.epoch_deadline_callback(move |_| match host.reason_to_stop(started) {
			Some(reason) => Err(Stop::Host(reason).into()),
			None => Ok(UpdateDeadline::Continue(1)),
		});
		if let Err(error) = store.set_fuel(job.limits.fuel) {
			return Called::not_at_all(&error);
		}
		let (ended, memory) = match self.linker.instantiate(&mut store, module) {
			Err(error) => (classify(&error, store.data().limiter.refused), None),
			Ok(instance) => {
				let called = instance
					.get_typed_func::<(), ()>(&mut store, "_start")
					.and_then(|start| start.call(&mut store, ()));
				let ended =
					called.map_or_else(|error| classify(&error, false), |()| Ended::Exit(0));
				(ended, instance.get_memory(&mut store, "memory"))
			},
		};
		let failed = matches!(ended, Ended::Failed(..));
		let memory = memory.filter(|_| failed).map(|memory| sha256(memory.data(&store)));
		let left = store.get_fuel().unwrap_or_default();
		let used = job.limits.fuel.saturating_sub(left);
		let calls = job.limits.fuel.saturating_sub(store.data().host.purse());
		Called { ended, fuel_used: used.saturating_add(calls), memory }
	}
}

/// Whether there is a reason to stop before the program has begun.
fn go_on(host: &HostLimits, started: Instant) -> Result<(), Unstarted> {
	match host.reason_to_stop(started) {
		Some(reason) => Err(Unstarted::HostLimit(reason.into())),
		None => Ok(()),
	}
}

fn compile(engine: &Engine, program: &[u8]) -> Result<Module, Unstarted> {
	if !program.starts_with(HEADER) || Module::validate(engine, program).is_err() {
		return Err(Unstarted::Invalid("not a module"));
	}
	// A valid module that does not compile meets a limit of the compiler on this processor.
	Module::from_binary(engine, program)
		.map_err(|error| Unstarted::HostLimit(format!("the module does not compile: {error:#}")))
}

fn guest(
	job: &Job,
	host: &HostLimits,
	args: Vec<String>,
	outputs: &Arc<Mutex<Fs>>,
	console: &Arc<Mutex<Console>>,
) -> wasmtime::Result<Guest> {
	let inputs = Arc::new(Mutex::new(Fs::read_only(&job.inputs)));
	let setup = HostSetup {
		program: job.program_hash,
		inputs: job.inputs_hash,
		args,
		purse: job.limits.fuel,
	};
	let limiter = Limiter {
		memory: memory_limit(job),
		host_memory: host.memory_bytes,
		table_elements: MAX_TABLE_ELEMENTS,
		refused: false,
	};
	let host = Host::new(setup, inputs, outputs.clone(), console.clone())?;
	Ok(Guest { host, limiter })
}

/// What [`Run`] is made of.
struct Finished {
	execution: Execution,
	fuel_used: u64,
	console: Console,
}

/// What a call of `_start` left.
struct Called {
	ended: Ended,
	fuel_used: u64,
	memory: Option<[u8; 32]>,
}

impl Called {
	fn not_at_all(error: &wasmtime::Error) -> Self {
		Self { ended: Ended::Host(format!("{error:#}")), fuel_used: 0, memory: None }
	}
}

#[derive(Clone)]
struct Prepared {
	module: Module,
	args: Vec<String>,
}

/// How a call of `_start` ended.
enum Ended {
	Exit(i32),
	Failed(FailureKind, &'static str),
	Host(String),
}

/// What an error out of the engine means. What is not known to be alike everywhere is the host's.
fn classify(error: &wasmtime::Error, refused: bool) -> Ended {
	if let Some(stop) = error.downcast_ref::<Stop>() {
		return match *stop {
			Stop::Exit(code) => Ended::Exit(code),
			Stop::OutOfFuel => Ended::Failed(FailureKind::OutOfFuel, ""),
			Stop::TooLarge => Ended::Failed(FailureKind::OutputTooLarge, ""),
			Stop::Signal => Ended::Failed(FailureKind::Trap, "signal"),
			Stop::Host(reason) => Ended::Host(reason.into()),
		};
	}
	if let Some(trap) = error.downcast_ref::<Trap>() {
		let name = match trap {
			Trap::OutOfFuel => return Ended::Failed(FailureKind::OutOfFuel, ""),
			Trap::MemoryOutOfBounds => "memory out of bounds",
			Trap::TableOutOfBounds => "table out of bounds",
			Trap::IndirectCallToNull => "indirect call to null",
			Trap::BadSignature => "indirect call type mismatch",
			Trap::IntegerOverflow => "integer overflow",
			Trap::IntegerDivisionByZero => "integer division by zero",
			Trap::BadConversionToInteger => "bad conversion to integer",
			Trap::UnreachableCodeReached => "unreachable",
			Trap::NullReference => "null reference",
			// The stack's depth depends on the processor.
			_ => return Ended::Host(trap.to_string()),
		};
		return Ended::Failed(FailureKind::Trap, name);
	}
	if error.downcast_ref::<wiggle::GuestError>().is_some() {
		return Ended::Failed(FailureKind::Trap, "bad argument");
	}
	if refused {
		return Ended::Failed(FailureKind::Invalid, "table limit");
	}
	Ended::Host(format!("{error:#}"))
}

fn memory_limit(job: &Job) -> u64 {
	u64::from(job.limits.memory_mib) << 20
}

/// The arguments, if they are text.
fn arguments(bytes: &[u8]) -> Option<Vec<String>> {
	if bytes.is_empty() {
		return Some(Vec::new());
	}
	let text = std::str::from_utf8(bytes).ok()?;
	Some(text.split('\0').map(String::from).collect())
}

/// The end of an execution for its log.
fn ending_of(execution: &Execution) -> String {
	match execution {
		Execution::Completed { exit, .. } => format!("exit code {exit}"),
		Execution::Failed { report, .. } => format!("{:?}: {}", report.kind, report.trap),
		Execution::Items(items) => format!("{} items", items.len()),
		Execution::Unavailable(reason) | Execution::HostLimit(reason) => reason.clone(),
	}
}

fn unshare<T>(shared: Arc<Mutex<T>>) -> Option<T> {
	let mutex = Arc::into_inner(shared)?;
	Some(mutex.into_inner().unwrap_or_else(PoisonError::into_inner))
}

impl Executor for WasmExecutor {
	fn engine(&self) -> EngineId {
		WASM_ENGINE
	}

	fn run(&self, job: &Job, host: &HostLimits) -> Run {
		let (started, begun) = (SystemTime::now(), Instant::now());
		let finished = thread::scope(|scope| {
			let thread = thread::Builder::new().name("wasm".into()).stack_size(THREAD_STACK);
			let running = thread.spawn_scoped(scope, || self.run_here(job, host, begun));
			running.map(|running| running.join())
		});
		let nothing = |reason: String| Finished {
			execution: Execution::HostLimit(reason),
			fuel_used: 0,
			console: Console::new(begun),
		};
		let Finished { execution, fuel_used, console } = match finished {
			Ok(Ok(finished)) => finished,
			Ok(Err(_)) => nothing("the engine failed".into()),
			Err(error) => nothing(format!("this host has no thread left: {error}")),
		};
		let wall_time = begun.elapsed();
		let (_, mut log) = console.finish();
		let text = ending_of(&execution);
		log.push(LogLine {
			at_micros: u64::try_from(wall_time.as_micros()).unwrap_or(u64::MAX),
			stream: LogStream::System,
			text: text.replace('\n', " "),
		});
		Run { execution, fuel_used, log, started, wall_time }
	}
}

#[cfg(test)]
#[path = "wasm_tests.rs"]
mod tests;

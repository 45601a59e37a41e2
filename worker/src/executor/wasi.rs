// SPDX-License-Identifier: GPL-3.0-or-later
//! WASI preview 1 as engine 1 offers it: `wasi-common` over the files of [`fs`](super::fs).
//!
//! What `wasi-common` leaves to the host is fixed here, so that a program sees the same everywhere:
//!
//! - Both clocks start at zero and stand still; sleeping moves them on at once.
//! - Random bytes are the SHA-256 stream of the program's and the inputs' hashes.
//! - The environment is empty and so is standard input; there are no sockets, signals or links.
//! - Every call costs [`CALL_COST`] units and one unit for each byte and each node of the file tree
//!   that it touches. They are paid from a purse of their own, as large as the task's fuel: without
//!   it, a program could keep the host busy for nothing.
//! - Lists of buffers and of subscriptions are bounded, because `wasi-common` copies them.

use super::{
	console::Console,
	handles::{lock, Dir, Handle, Nothing, Printer, Shared, Stop},
};
use assay_primitives::{bundle::LogStream, sha256, ContentHash};
use std::{
	sync::{Arc, Mutex},
	time::Duration,
};
use wasi_common::{
	sched::{Poll, WasiSched},
	snapshots::preview_1::{types, types::Errno, wasi_snapshot_preview1::WasiSnapshotPreview1},
	Error, Table, WasiClocks, WasiCtx,
};
use wiggle::{GuestMemory, GuestPtr};

/// What every call of the host costs, in units of fuel.
pub const CALL_COST: u64 = 100;
/// Most buffers of one read or write, and most subscriptions of one poll.
pub const MAX_VECTOR: u32 = 1024;

/// Time does not pass for a program, so there is nothing to wait for.
struct NoWait;

#[wiggle::async_trait]
impl WasiSched for NoWait {
	async fn poll_oneoff<'a>(&self, _: &mut Poll<'a>) -> Result<(), Error> {
		Err(Errno::Notsup.into())
	}

	async fn sched_yield(&self) -> Result<(), Error> {
		Ok(())
	}

	async fn sleep(&self, _: Duration) -> Result<(), Error> {
		Ok(())
	}
}

/// The SHA-256 stream of a seed.
struct Randomness {
	seed: [u8; 32],
	block: [u8; 32],
	next: u64,
	left: usize,
}

impl Randomness {
	fn new(program: &ContentHash, inputs: &ContentHash) -> Self {
		let seed = sha256(&[b"assay/random/v1".as_slice(), &program.0, &inputs.0].concat());
		Self { seed, block: [0; 32], next: 0, left: 0 }
	}

	fn fill(&mut self, buffer: &mut [u8]) {
		for byte in buffer {
			if self.left == 0 {
				self.block = sha256(&[self.seed.as_slice(), &self.next.to_le_bytes()].concat());
				self.next += 1;
				self.left = self.block.len();
			}
			*byte = self.block[self.block.len() - self.left];
			self.left -= 1;
		}
	}
}

/// What a host is made for.
pub struct HostSetup {
	/// The program, for its randomness.
	pub program: ContentHash,
	/// The inputs, for its randomness.
	pub inputs: ContentHash,
	/// The arguments.
	pub args: Vec<String>,
	/// Units for calls.
	pub purse: u64,
}

/// The host side of one execution.
pub struct Host {
	ctx: WasiCtx,
	trees: [Shared; 2],
	random: Randomness,
	clock: u64,
	purse: u64,
}

impl Host {
	/// A host with `/inputs` and `/outputs`, whose console is `console`.
	pub fn new(
		setup: HostSetup,
		inputs: Shared,
		outputs: Shared,
		console: Arc<Mutex<Console>>,
	) -> Result<Self, wasmtime::Error> {
		// Neither is ever asked: this type answers for clocks and randomness itself.
		let random = Box::new(wasi_common::random::Deterministic::new(vec![0]));
		let mut ctx = WasiCtx::new(random, WasiClocks::new(), Box::new(NoWait), Table::new());
		for arg in &setup.args {
			ctx.push_arg(arg)?;
		}
		ctx.set_stdin(Box::new(Nothing));
		let printer = |stream| {
			Box::new(Printer { console: console.clone(), outputs: outputs.clone(), stream })
		};
		ctx.set_stdout(printer(LogStream::Stdout));
		ctx.set_stderr(printer(LogStream::Stderr));
		for (fs, path) in [(&inputs, "/inputs"), (&outputs, "/outputs")] {
			let node = lock(fs).open_root();
			ctx.push_preopened_dir(Box::new(Dir(Handle { fs: fs.clone(), node })), path)?;
		}
		let random = Randomness::new(&setup.program, &setup.inputs);
		Ok(Self { ctx, trees: [inputs, outputs], random, clock: 0, purse: setup.purse })
	}

	/// Units that are left.
	pub fn purse(&self) -> u64 {
		self.purse
	}

	fn pay(&mut self, units: u64) -> Result<(), Error> {
		match self.purse.checked_sub(units) {
			Some(left) => self.purse = left,
			None => {
				self.purse = 0;
				return Err(Stop::OutOfFuel.into());
			},
		}
		Ok(())
	}

	/// Pays for a call that is about to touch so many bytes.
	fn enter(&mut self, bytes: impl Into<u64>) -> Result<(), Error> {
		self.pay(CALL_COST.saturating_add(bytes.into()))
	}

	/// Pays for what the call did to the trees.
	fn leave(&mut self) -> Result<(), Error> {
		let work: u64 = self.trees.iter().map(|tree| lock(tree).take_work()).sum();
		self.pay(work)
	}

	fn poll_clocks(
		&mut self,
		memory: &mut GuestMemory<'_>,
		subscriptions: GuestPtr<types::Subscription>,
		events: GuestPtr<types::Event>,
		count: u32,
	) -> Result<u32, Error> {
		let mut ready = Vec::new();
		let mut timers = Vec::new();
		for subscription in subscriptions.as_array(count).iter() {
			let types::Subscription { userdata, u } = memory.read(subscription?)?;
			let (type_, fd) = match u {
				types::SubscriptionU::Clock(clock) => {
					let absolute = types::Subclockflags::SUBSCRIPTION_CLOCK_ABSTIME;
					let deadline = match clock.id {
						types::Clockid::Realtime | types::Clockid::Monotonic
							if clock.flags.contains(absolute) =>
						{
							clock.timeout
						},
						types::Clockid::Realtime | types::Clockid::Monotonic => {
							self.clock.saturating_add(clock.timeout)
						},
						_ => return Err(Errno::Inval.into()),
					};
					timers.push((deadline, userdata));
					continue;
				},
				types::SubscriptionU::FdRead(read) => {
					(types::Eventtype::FdRead, read.file_descriptor)
				},
				types::SubscriptionU::FdWrite(write) => {
					(types::Eventtype::FdWrite, write.file_descriptor)
				},
			};
			let open = self.ctx.table().contains_key(fd.into());
			let error = if open { Errno::Success } else { Errno::Badf };
			ready.push(event(userdata, error, type_));
		}
		// Files are always ready, so only who waits for nothing but time makes it pass.
		if ready.is_empty() {
			let next = timers.iter().map(|(deadline, _)| *deadline).min();
			self.clock = self.clock.max(next.unwrap_or_default());
		}
		let due = timers.into_iter().filter(|(deadline, _)| *deadline <= self.clock);
		ready.extend(
			due.map(|(_, userdata)| event(userdata, Errno::Success, types::Eventtype::Clock)),
		);
		let mut written = 0;
		for event in ready {
			memory.write(events.add(written)?, event)?;
			written += 1;
		}
		Ok(written)
	}
}

fn event(userdata: types::Userdata, error: Errno, type_: types::Eventtype) -> types::Event {
	let fd_readwrite = types::EventFdReadwrite { nbytes: 0, flags: types::Eventrwflags::empty() };
	types::Event { userdata, error, type_, fd_readwrite }
}

fn vector<T>(pointers: &GuestPtr<[T]>) -> Result<u64, Error> {
	if pointers.len() > MAX_VECTOR {
		return Err(Errno::Inval.into());
	}
	Ok(pointers.len().into())
}

/// Calls that `wasi-common` answers, each with the bytes it costs in advance, and those answered
/// here.
macro_rules! host {
	(
		$( fn $name:ident ( $( $arg:ident : $ty:ty ),* ) -> $ret:ty = $bytes:expr; )*
		own { $( $own:tt )* }
	) => {
		#[wiggle::async_trait]
		impl WasiSnapshotPreview1 for Host {
			$(
				async fn $name(
					&mut self,
					memory: &mut GuestMemory<'_>,
					$( $arg: $ty ),*
				) -> Result<$ret, Error> {
					self.enter($bytes)?;
					let answer = self.ctx.$name(memory, $( $arg ),*).await;
					self.leave()?;
					answer
				}
			)*
			$( $own )*
		}
	};
}

host! {
	fn args_get(argv: GuestPtr<GuestPtr<u8>>, buf: GuestPtr<u8>) -> () = 0u32;
	fn args_sizes_get() -> (types::Size, types::Size) = 0u32;
	fn environ_get(environ: GuestPtr<GuestPtr<u8>>, buf: GuestPtr<u8>) -> () = 0u32;
	fn environ_sizes_get() -> (types::Size, types::Size) = 0u32;
	fn fd_advise(
		fd: types::Fd, offset: types::Filesize, len: types::Filesize, advice: types::Advice
	) -> () = 0u32;
	fn fd_allocate(fd: types::Fd, offset: types::Filesize, len: types::Filesize) -> () = 0u32;
	fn fd_close(fd: types::Fd) -> () = 0u32;
	fn fd_datasync(fd: types::Fd) -> () = 0u32;
	fn fd_fdstat_get(fd: types::Fd) -> types::Fdstat = 0u32;
	fn fd_fdstat_set_flags(fd: types::Fd, flags: types::Fdflags) -> () = 0u32;
	fn fd_fdstat_set_rights(
		fd: types::Fd, base: types::Rights, inheriting: types::Rights
	) -> () = 0u32;
	fn fd_filestat_get(fd: types::Fd) -> types::Filestat = 0u32;
	fn fd_filestat_set_size(fd: types::Fd, size: types::Filesize) -> () = 0u32;
	fn fd_filestat_set_times(
		fd: types::Fd, atim: types::Timestamp, mtim: types::Timestamp, flags: types::Fstflags
	) -> () = 0u32;
	fn fd_prestat_get(fd: types::Fd) -> types::Prestat = 0u32;
	fn fd_prestat_dir_name(fd: types::Fd, path: GuestPtr<u8>, len: types::Size) -> () = 0u32;
	fn fd_readdir(
		fd: types::Fd, buf: GuestPtr<u8>, len: types::Size, cookie: types::Dircookie
	) -> types::Size = len;
	fn fd_renumber(from: types::Fd, to: types::Fd) -> () = 0u32;
	fn fd_seek(fd: types::Fd, offset: types::Filedelta, whence: types::Whence) -> types::Filesize
		= 0u32;
	fn fd_sync(fd: types::Fd) -> () = 0u32;
	fn fd_tell(fd: types::Fd) -> types::Filesize = 0u32;
	fn path_create_directory(fd: types::Fd, path: GuestPtr<str>) -> () = path.len();
	fn path_filestat_get(
		fd: types::Fd, flags: types::Lookupflags, path: GuestPtr<str>
	) -> types::Filestat = path.len();
	fn path_filestat_set_times(
		fd: types::Fd, flags: types::Lookupflags, path: GuestPtr<str>, atim: types::Timestamp,
		mtim: types::Timestamp, fst_flags: types::Fstflags
	) -> () = path.len();
	fn path_link(
		fd: types::Fd, flags: types::Lookupflags, path: GuestPtr<str>, to: types::Fd,
		to_path: GuestPtr<str>
	) -> () = u64::from(path.len()) + u64::from(to_path.len());
	fn path_open(
		fd: types::Fd, dirflags: types::Lookupflags, path: GuestPtr<str>, oflags: types::Oflags,
		base: types::Rights, inheriting: types::Rights, fdflags: types::Fdflags
	) -> types::Fd = path.len();
	fn path_readlink(fd: types::Fd, path: GuestPtr<str>, buf: GuestPtr<u8>, len: types::Size)
		-> types::Size = path.len();
	fn path_remove_directory(fd: types::Fd, path: GuestPtr<str>) -> () = path.len();
	fn path_rename(
		fd: types::Fd, path: GuestPtr<str>, to: types::Fd, to_path: GuestPtr<str>
	) -> () = u64::from(path.len()) + u64::from(to_path.len());
	fn path_symlink(old: GuestPtr<str>, fd: types::Fd, new: GuestPtr<str>) -> ()
		= u64::from(old.len()) + u64::from(new.len());
	fn path_unlink_file(fd: types::Fd, path: GuestPtr<str>) -> () = path.len();
	fn sched_yield() -> () = 0u32;

	own {
		async fn clock_res_get(
			&mut self,
			_: &mut GuestMemory<'_>,
			id: types::Clockid,
		) -> Result<types::Timestamp, Error> {
			self.enter(0u32)?;
			match id {
				types::Clockid::Realtime | types::Clockid::Monotonic => Ok(1),
				_ => Err(Errno::Badf.into()),
			}
		}

		async fn clock_time_get(
			&mut self,
			_: &mut GuestMemory<'_>,
			id: types::Clockid,
			_: types::Timestamp,
		) -> Result<types::Timestamp, Error> {
			self.enter(0u32)?;
			match id {
				types::Clockid::Realtime | types::Clockid::Monotonic => Ok(self.clock),
				_ => Err(Errno::Badf.into()),
			}
		}

		async fn fd_read(
			&mut self,
			memory: &mut GuestMemory<'_>,
			fd: types::Fd,
			iovs: types::IovecArray,
		) -> Result<types::Size, Error> {
			self.enter(vector(&iovs)?)?;
			let read = self.ctx.fd_read(memory, fd, iovs).await?;
			self.pay(read.into())?;
			Ok(read)
		}

		async fn fd_pread(
			&mut self,
			memory: &mut GuestMemory<'_>,
			fd: types::Fd,
			iovs: types::IovecArray,
			offset: types::Filesize,
		) -> Result<types::Size, Error> {
			self.enter(vector(&iovs)?)?;
			let read = self.ctx.fd_pread(memory, fd, iovs, offset).await?;
			self.pay(read.into())?;
			Ok(read)
		}

		async fn fd_write(
			&mut self,
			memory: &mut GuestMemory<'_>,
			fd: types::Fd,
			iovs: types::CiovecArray,
		) -> Result<types::Size, Error> {
			self.enter(vector(&iovs)?)?;
			let written = self.ctx.fd_write(memory, fd, iovs).await?;
			self.leave()?;
			self.pay(written.into())?;
			Ok(written)
		}

		async fn fd_pwrite(
			&mut self,
			memory: &mut GuestMemory<'_>,
			fd: types::Fd,
			iovs: types::CiovecArray,
			offset: types::Filesize,
		) -> Result<types::Size, Error> {
			self.enter(vector(&iovs)?)?;
			let written = self.ctx.fd_pwrite(memory, fd, iovs, offset).await?;
			self.leave()?;
			self.pay(written.into())?;
			Ok(written)
		}

		async fn poll_oneoff(
			&mut self,
			memory: &mut GuestMemory<'_>,
			subscriptions: GuestPtr<types::Subscription>,
			events: GuestPtr<types::Event>,
			count: types::Size,
		) -> Result<types::Size, Error> {
			self.enter(count)?;
			if count == 0 || count > MAX_VECTOR {
				return Err(Errno::Inval.into());
			}
			self.poll_clocks(memory, subscriptions, events, count)
		}

		async fn proc_exit(
			&mut self,
			_: &mut GuestMemory<'_>,
			status: types::Exitcode,
		) -> wasmtime::Error {
			// The status is the bits of a signed number, as in every C library.
			Stop::Exit(status as i32).into()
		}

		async fn proc_raise(
			&mut self,
			_: &mut GuestMemory<'_>,
			_: types::Signal,
		) -> Result<(), Error> {
			Err(Stop::Signal.into())
		}

		async fn random_get(
			&mut self,
			memory: &mut GuestMemory<'_>,
			buf: GuestPtr<u8>,
			len: types::Size,
		) -> Result<(), Error> {
			self.enter(len)?;
			let buffer = memory.as_slice_mut(buf.as_array(len))?.ok_or(Errno::Notsup)?;
			self.random.fill(buffer);
			Ok(())
		}

		async fn sock_accept(
			&mut self,
			_: &mut GuestMemory<'_>,
			_: types::Fd,
			_: types::Fdflags,
		) -> Result<types::Fd, Error> {
			self.enter(0u32)?;
			Err(Errno::Notsup.into())
		}

		async fn sock_recv(
			&mut self,
			_: &mut GuestMemory<'_>,
			_: types::Fd,
			_: types::IovecArray,
			_: types::Riflags,
		) -> Result<(types::Size, types::Roflags), Error> {
			self.enter(0u32)?;
			Err(Errno::Notsup.into())
		}

		async fn sock_send(
			&mut self,
			_: &mut GuestMemory<'_>,
			_: types::Fd,
			_: types::CiovecArray,
			_: types::Siflags,
		) -> Result<types::Size, Error> {
			self.enter(0u32)?;
			Err(Errno::Notsup.into())
		}

		async fn sock_shutdown(
			&mut self,
			_: &mut GuestMemory<'_>,
			_: types::Fd,
			_: types::Sdflags,
		) -> Result<(), Error> {
			self.enter(0u32)?;
			Err(Errno::Notsup.into())
		}
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn randomness_depends_on_program_and_inputs_alone() {
		let (one, two) = (ContentHash([1; 32]), ContentHash([2; 32]));
		let bytes = |program, inputs, cuts: &[usize]| {
			let mut random = Randomness::new(program, inputs);
			let mut all = Vec::new();
			for cut in cuts {
				let mut part = vec![0; *cut];
				random.fill(&mut part);
				all.extend(part);
			}
			all
		};
		assert_eq!(bytes(&one, &two, &[100]), bytes(&one, &two, &[1, 31, 33, 35]));
		assert_ne!(bytes(&one, &two, &[100]), bytes(&two, &one, &[100]));
		assert_ne!(bytes(&one, &two, &[32]), bytes(&one, &two, &[64])[32..]);
	}
}

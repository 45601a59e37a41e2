// SPDX-License-Identifier: GPL-3.0-or-later
//! The handles that `wasi-common` works on: files and directories of [`fs`](super::fs), the console,
//! and an empty standard input.

use super::{
	console::Console,
	fs::{self, Fs, FsError, Kind, OpenOptions},
};
use assay_primitives::bundle::LogStream;
use std::{
	any::Any,
	io::{IoSlice, IoSliceMut, SeekFrom},
	sync::{
		atomic::{AtomicBool, Ordering},
		Arc, Mutex, MutexGuard, PoisonError,
	},
};
use wasi_common::{
	dir::{OpenResult, ReaddirCursor, ReaddirEntity, WasiDir},
	file::{Advice, FdFlags, FileType, Filestat, OFlags, WasiFile},
	snapshots::preview_1::types::Errno,
	Error, SystemTimeSpec,
};

/// How a program was stopped by the host.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Stop {
	/// It ended itself.
	#[error("exit {0}")]
	Exit(i32),
	/// The purse for calls of the host is empty.
	#[error("out of fuel")]
	OutOfFuel,
	/// The outputs exceed the task's limit.
	#[error("the outputs exceed their limit")]
	TooLarge,
	/// It raised a signal.
	#[error("signal")]
	Signal,
	/// This host will not or cannot go on.
	#[error("{0}")]
	Host(&'static str),
}

impl From<Stop> for Error {
	fn from(stop: Stop) -> Self {
		Self::trap(wasmtime::Error::new(stop))
	}
}

impl From<FsError> for Error {
	fn from(error: FsError) -> Self {
		match error {
			FsError::Errno(errno) => errno.into(),
			FsError::TooLarge => Stop::TooLarge.into(),
			FsError::HostMemory => Stop::Host("the outputs exceed this host's memory limit").into(),
		}
	}
}

/// A lock that a panic elsewhere does not take away.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
	mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A tree that several handles share.
pub type Shared = Arc<Mutex<Fs>>;

/// One stream of the console.
pub(super) struct Printer {
	pub console: Arc<Mutex<Console>>,
	pub outputs: Shared,
	pub stream: LogStream,
}

#[wiggle::async_trait]
impl WasiFile for Printer {
	fn as_any(&self) -> &dyn Any {
		self
	}

	async fn get_filetype(&self) -> Result<FileType, Error> {
		Ok(FileType::Pipe)
	}

	async fn get_fdflags(&self) -> Result<FdFlags, Error> {
		Ok(FdFlags::APPEND)
	}

	async fn write_vectored<'a>(&self, buffers: &[IoSlice<'a>]) -> Result<u64, Error> {
		let bytes: u64 = buffers.iter().map(|buffer| buffer.len() as u64).sum();
		if self.stream == LogStream::Stdout {
			lock(&self.outputs).charge(bytes)?;
		}
		let mut console = lock(&self.console);
		for buffer in buffers {
			console.write(self.stream, buffer);
		}
		Ok(bytes)
	}
}

/// Standard input: always at its end.
pub(super) struct Nothing;

#[wiggle::async_trait]
impl WasiFile for Nothing {
	fn as_any(&self) -> &dyn Any {
		self
	}

	async fn get_filetype(&self) -> Result<FileType, Error> {
		Ok(FileType::Pipe)
	}

	async fn read_vectored<'a>(&self, _: &mut [IoSliceMut<'a>]) -> Result<u64, Error> {
		Ok(0)
	}
}

/// A handle on a node, given back when it goes.
pub(super) struct Handle {
	pub fs: Shared,
	pub node: u64,
}

impl Drop for Handle {
	fn drop(&mut self) {
		lock(&self.fs).close(self.node);
	}
}

impl Handle {
	fn stat(&self) -> Result<Filestat, Error> {
		Ok(filestat(&lock(&self.fs).stat(self.node)?))
	}
}

fn filestat(stat: &fs::Stat) -> Filestat {
	Filestat {
		device_id: 1,
		inode: stat.node,
		filetype: filetype(stat.kind),
		nlink: 1,
		size: stat.size,
		atim: None,
		mtim: None,
		ctim: None,
	}
}

fn filetype(kind: Kind) -> FileType {
	match kind {
		Kind::File => FileType::RegularFile,
		Kind::Dir => FileType::Directory,
	}
}

/// An open file.
struct File {
	handle: Handle,
	position: Mutex<u64>,
	append: AtomicBool,
}

impl File {
	fn write_all(
		&self,
		mut offset: Option<u64>,
		buffers: &[IoSlice<'_>],
	) -> Result<(u64, u64), Error> {
		let mut fs = lock(&self.handle.fs);
		let (mut written, mut end) = (0, offset.unwrap_or(0));
		for buffer in buffers {
			end = fs.write(self.handle.node, offset, buffer)?;
			written += buffer.len() as u64;
			offset = offset.map(|_| end);
		}
		Ok((written, end))
	}

	fn read_all(&self, mut offset: u64, buffers: &mut [IoSliceMut<'_>]) -> Result<u64, Error> {
		let fs = lock(&self.handle.fs);
		let mut count = 0;
		for buffer in buffers {
			let read = fs.read(self.handle.node, offset, buffer)? as u64;
			offset = offset.saturating_add(read);
			count += read;
			if read < buffer.len() as u64 {
				break;
			}
		}
		Ok(count)
	}
}

#[wiggle::async_trait]
impl WasiFile for File {
	fn as_any(&self) -> &dyn Any {
		self
	}

	async fn get_filetype(&self) -> Result<FileType, Error> {
		Ok(FileType::RegularFile)
	}

	async fn get_fdflags(&self) -> Result<FdFlags, Error> {
		let append = self.append.load(Ordering::Relaxed);
		Ok(if append { FdFlags::APPEND } else { FdFlags::empty() })
	}

	async fn set_fdflags(&mut self, flags: FdFlags) -> Result<(), Error> {
		self.append.store(flags.contains(FdFlags::APPEND), Ordering::Relaxed);
		Ok(())
	}

	async fn get_filestat(&self) -> Result<Filestat, Error> {
		self.handle.stat()
	}

	async fn set_filestat_size(&self, size: u64) -> Result<(), Error> {
		Ok(lock(&self.handle.fs).set_size(self.handle.node, size)?)
	}

	async fn advise(&self, _: u64, _: u64, _: Advice) -> Result<(), Error> {
		Ok(())
	}

	async fn set_times(
		&self,
		_: Option<SystemTimeSpec>,
		_: Option<SystemTimeSpec>,
	) -> Result<(), Error> {
		Ok(())
	}

	async fn read_vectored<'a>(&self, buffers: &mut [IoSliceMut<'a>]) -> Result<u64, Error> {
		let mut position = lock(&self.position);
		let count = self.read_all(*position, buffers)?;
		*position = position.saturating_add(count);
		Ok(count)
	}

	async fn read_vectored_at<'a>(
		&self,
		buffers: &mut [IoSliceMut<'a>],
		offset: u64,
	) -> Result<u64, Error> {
		self.read_all(offset, buffers)
	}

	async fn write_vectored<'a>(&self, buffers: &[IoSlice<'a>]) -> Result<u64, Error> {
		let mut position = lock(&self.position);
		let append = self.append.load(Ordering::Relaxed);
		let (written, end) = self.write_all((!append).then_some(*position), buffers)?;
		if written > 0 {
			*position = end;
		}
		Ok(written)
	}

	async fn write_vectored_at<'a>(
		&self,
		buffers: &[IoSlice<'a>],
		offset: u64,
	) -> Result<u64, Error> {
		Ok(self.write_all(Some(offset), buffers)?.0)
	}

	async fn seek(&self, to: SeekFrom) -> Result<u64, Error> {
		let size = lock(&self.handle.fs).stat(self.handle.node)?.size;
		let mut position = lock(&self.position);
		let target = match to {
			SeekFrom::Start(offset) => Some(offset),
			SeekFrom::Current(delta) => position.checked_add_signed(delta),
			SeekFrom::End(delta) => size.checked_add_signed(delta),
		};
		*position = target.filter(|at| i64::try_from(*at).is_ok()).ok_or(Errno::Inval)?;
		Ok(*position)
	}
}

/// An open directory.
pub(super) struct Dir(pub Handle);

impl Dir {
	fn same_tree<'a>(&self, other: &'a dyn WasiDir) -> Result<&'a Dir, Error> {
		let other = other.as_any().downcast_ref::<Self>();
		let other = other.filter(|other| Arc::ptr_eq(&other.0.fs, &self.0.fs));
		Ok(other.ok_or(Errno::Xdev)?)
	}
}

#[wiggle::async_trait]
impl WasiDir for Dir {
	fn as_any(&self) -> &dyn Any {
		self
	}

	async fn open_file(
		&self,
		_: bool,
		path: &str,
		oflags: OFlags,
		_: bool,
		write: bool,
		fdflags: FdFlags,
	) -> Result<OpenResult, Error> {
		let options = OpenOptions {
			create: oflags.contains(OFlags::CREATE),
			exclusive: oflags.contains(OFlags::EXCLUSIVE),
			directory: oflags.contains(OFlags::DIRECTORY),
			truncate: oflags.contains(OFlags::TRUNCATE),
			write,
		};
		let (node, kind) = lock(&self.0.fs).open(self.0.node, path, options)?;
		let handle = Handle { fs: self.0.fs.clone(), node };
		Ok(match kind {
			Kind::Dir => OpenResult::Dir(Box::new(Dir(handle))),
			Kind::File => OpenResult::File(Box::new(File {
				handle,
				position: Mutex::new(0),
				append: AtomicBool::new(fdflags.contains(FdFlags::APPEND)),
			})),
		})
	}

	async fn create_dir(&self, path: &str) -> Result<(), Error> {
		Ok(lock(&self.0.fs).make_dir(self.0.node, path)?)
	}

	async fn readdir(
		&self,
		cursor: ReaddirCursor,
	) -> Result<Box<dyn Iterator<Item = Result<ReaddirEntity, Error>> + Send>, Error> {
		let listed = lock(&self.0.fs).list(self.0.node, cursor.into())?;
		Ok(Box::new(listed.into_iter().map(|listed| {
			Ok(ReaddirEntity {
				next: listed.next.into(),
				inode: listed.stat.node,
				name: listed.name,
				filetype: filetype(listed.stat.kind),
			})
		})))
	}

	async fn remove_dir(&self, path: &str) -> Result<(), Error> {
		Ok(lock(&self.0.fs).remove_dir(self.0.node, path)?)
	}

	async fn unlink_file(&self, path: &str) -> Result<(), Error> {
		Ok(lock(&self.0.fs).remove_file(self.0.node, path)?)
	}

	async fn get_filestat(&self) -> Result<Filestat, Error> {
		self.0.stat()
	}

	async fn get_path_filestat(&self, path: &str, _: bool) -> Result<Filestat, Error> {
		Ok(filestat(&lock(&self.0.fs).stat_path(self.0.node, path)?))
	}

	async fn rename(&self, path: &str, to: &dyn WasiDir, to_path: &str) -> Result<(), Error> {
		let to = self.same_tree(to)?;
		Ok(lock(&self.0.fs).rename(self.0.node, path, to.0.node, to_path)?)
	}

	async fn set_times(
		&self,
		path: &str,
		_: Option<SystemTimeSpec>,
		_: Option<SystemTimeSpec>,
		_: bool,
	) -> Result<(), Error> {
		lock(&self.0.fs).stat_path(self.0.node, path)?;
		Ok(())
	}
}

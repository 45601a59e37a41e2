// SPDX-License-Identifier: GPL-3.0-or-later
//! Files that are there as a whole or not at all, whatever is killed in between.

use rand::RngCore;
use std::{
	fs::{self, File, OpenOptions},
	io::{self, Write},
	path::Path,
};

/// A name that nobody else uses, and that is told from every finished file.
pub fn temporary_name() -> String {
	format!(".tmp-{}-{:016x}", std::process::id(), rand::thread_rng().next_u64())
}

/// Whether [`temporary_name`] made the name.
pub fn is_temporary(name: &str) -> bool {
	name.starts_with(".tmp-")
}

/// Writes a new file, down to the disk.
pub fn write_file(path: &Path, bytes: &[u8]) -> io::Result<()> {
	write(OpenOptions::new().write(true).create_new(true), path, bytes)
}

/// Writes a new file that only its owner can read, down to the disk.
pub fn write_secret(path: &Path, bytes: &[u8]) -> io::Result<()> {
	let mut options = OpenOptions::new();
	options.write(true).create_new(true);
	#[cfg(unix)]
	std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
	write(&options, path, bytes)
}

fn write(options: &OpenOptions, path: &Path, bytes: &[u8]) -> io::Result<()> {
	let mut file = options.open(path)?;
	file.write_all(bytes)?;
	file.sync_all()
}

/// Renames, and makes sure that the new name survives.
pub fn rename(from: &Path, to: &Path) -> io::Result<()> {
	fs::rename(from, to)?;
	match to.parent() {
		Some(parent) => sync_dir(parent),
		None => Ok(()),
	}
}

/// Makes sure that the names in a directory survive.
pub fn sync_dir(path: &Path) -> io::Result<()> {
	File::open(path)?.sync_all()
}

/// Makes a directory that only its owner can enter.
pub fn create_private_dir(path: &Path) -> io::Result<()> {
	if path.is_dir() {
		return Ok(());
	}
	if let Some(parent) = path.parent() {
		fs::create_dir_all(parent)?;
	}
	let mut builder = fs::DirBuilder::new();
	#[cfg(unix)]
	std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
	builder.create(path)
}

/// Copies a directory with everything in it, down to the disk.
pub fn copy_dir(from: &Path, to: &Path) -> io::Result<()> {
	fs::create_dir(to)?;
	for entry in fs::read_dir(from)? {
		let entry = entry?;
		let target = to.join(entry.file_name());
		if entry.file_type()?.is_dir() {
			copy_dir(&entry.path(), &target)?;
		} else {
			fs::copy(entry.path(), &target)?;
			File::open(&target)?.sync_all()?;
		}
	}
	sync_dir(to)
}

/// Removes a file or directory as well as it can: what stays is swept at the next start.
pub fn discard(path: &Path) {
	let removed = match fs::symlink_metadata(path) {
		Ok(found) if found.is_dir() => fs::remove_dir_all(path),
		Ok(_) => fs::remove_file(path),
		Err(_) => return,
	};
	if let Err(error) = removed {
		tracing::warn!(path = %path.display(), %error, "cannot remove what is not needed any more");
	}
}

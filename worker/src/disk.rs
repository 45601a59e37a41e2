// SPDX-License-Identifier: GPL-3.0-or-later
//! Files that are there as a whole or not at all, whatever is killed in between.

use rand::RngCore;
use std::{
	collections::BTreeSet,
	fs::{self, File, OpenOptions},
	io::{self, Write},
	path::{Path, PathBuf},
	thread,
	time::Duration,
};

/// How many threads bring a directory down to the disk: a file system takes what comes together in one go.
const SYNCING: usize = 32;
/// How many files are worth a thread.
const SYNCED_ALONE: usize = 64;

/// A name that nobody else uses, and that is told from every finished file.
pub fn temporary_name() -> String {
	format!(".tmp-{}-{:016x}", std::process::id(), rand::thread_rng().next_u64())
}

/// Whether [`temporary_name`] made the name.
pub fn is_temporary(name: &str) -> bool {
	name.starts_with(".tmp-")
}

/// Removes from `dir` what killed processes left half written, if nobody touched it for so long.
pub fn sweep(dir: &Path, idle: Duration) -> io::Result<()> {
	for entry in fs::read_dir(dir)?.flatten() {
		let temporary = entry.file_name().to_str().is_some_and(is_temporary);
		if temporary && is_idle(&entry, idle) {
			discard(&entry.path());
		}
	}
	Ok(())
}

fn is_idle(entry: &fs::DirEntry, idle: Duration) -> bool {
	let touched = entry.metadata().and_then(|found| found.modified());
	// A time in the future has no age.
	let age = touched.ok().and_then(|at| at.elapsed().ok());
	age.unwrap_or_default() >= idle
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

/// Makes a directory that only its owner can enter. One that is there is closed to all others.
pub fn ensure_private_dir(path: &Path) -> io::Result<()> {
	if path.is_dir() {
		return set_mode(path, 0o700);
	}
	if let Some(parent) = path.parent() {
		fs::create_dir_all(parent)?;
	}
	let mut builder = fs::DirBuilder::new();
	#[cfg(unix)]
	std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
	builder.create(path)
}

/// Makes an empty file that only its owner can read. One that is there is closed to all others.
pub fn ensure_private_file(path: &Path) -> io::Result<()> {
	match write_secret(path, &[]) {
		Err(error) if error.kind() == io::ErrorKind::AlreadyExists => set_mode(path, 0o600),
		written => written,
	}
}

#[cfg(unix)]
fn set_mode(path: &Path, mode: u32) -> io::Result<()> {
	fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(mode))
}

#[cfg(not(unix))]
fn set_mode(_: &Path, _: u32) -> io::Result<()> {
	Ok(())
}

/// A new directory that is written file by file and goes down to the disk as a whole: waiting for the disk after
/// each of the many files of an array would take minutes.
#[derive(Debug)]
pub struct Tree {
	root: PathBuf,
	files: Vec<PathBuf>,
	dirs: BTreeSet<PathBuf>,
}

impl Tree {
	/// Makes the directory, which must not exist yet.
	pub fn create(root: &Path) -> io::Result<Self> {
		fs::create_dir(root)?;
		Ok(Self { root: root.into(), files: Vec::new(), dirs: BTreeSet::from([root.into()]) })
	}

	/// Writes a new file at a plain relative path.
	pub fn put(&mut self, path: &str, bytes: &[u8]) -> io::Result<()> {
		let path = self.root.join(path);
		if let Some(parent) = path.parent() {
			self.make_dir(parent)?;
		}
		OpenOptions::new().write(true).create_new(true).open(&path)?.write_all(bytes)?;
		self.files.push(path);
		Ok(())
	}

	fn make_dir(&mut self, dir: &Path) -> io::Result<()> {
		if self.dirs.contains(dir) {
			return Ok(());
		}
		fs::create_dir_all(dir)?;
		let below = dir.ancestors().take_while(|dir| dir.starts_with(&self.root));
		self.dirs.extend(below.map(Path::to_path_buf));
		Ok(())
	}

	fn copy(&mut self, from: &Path, to: &Path) -> io::Result<()> {
		self.make_dir(to)?;
		for entry in fs::read_dir(from)? {
			let entry = entry?;
			let target = to.join(entry.file_name());
			if entry.file_type()?.is_dir() {
				self.copy(&entry.path(), &target)?;
			} else {
				fs::copy(entry.path(), &target)?;
				self.files.push(target);
			}
		}
		Ok(())
	}

	/// Returns when everything is on the disk.
	pub fn sync(self) -> io::Result<()> {
		let mut all = self.files;
		all.extend(self.dirs);
		let share = all.len().div_ceil(SYNCING).max(SYNCED_ALONE);
		if all.len() <= share {
			return sync_each(&all);
		}
		thread::scope(|scope| {
			let syncing = all
				.chunks(share)
				.map(|part| thread::Builder::new().spawn_scoped(scope, move || sync_each(part)));
			// All of them are at work before any is waited for.
			let syncing = syncing.collect::<io::Result<Vec<_>>>()?;
			syncing.into_iter().try_for_each(|part| {
				part.join().map_err(|_| io::Error::other("a thread failed"))?
			})
		})
	}
}

fn sync_each(paths: &[PathBuf]) -> io::Result<()> {
	paths.iter().try_for_each(|path| File::open(path)?.sync_all())
}

/// Copies a directory with everything in it, down to the disk.
pub fn copy_dir(from: &Path, to: &Path) -> io::Result<()> {
	let mut tree = Tree::create(to)?;
	tree.copy(from, to)?;
	tree.sync()
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

/// Takes a directory's name away at once, and removes what it held while others go on: the many files of an array
/// take half a minute. What stays is swept at the next start.
pub fn discard_aside(path: &Path) {
	let aside = path.with_file_name(temporary_name());
	if fs::rename(path, &aside).is_err() {
		return discard(path);
	}
	let removing = aside.clone();
	let spawned = thread::Builder::new().name("discard".into()).spawn(move || discard(&removing));
	if spawned.is_err() {
		discard(&aside);
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use std::time::SystemTime;

	#[test]
	fn only_old_leftovers_are_swept() {
		let dir = tempfile::tempdir().unwrap();
		let file = |name: &str, age: u64| {
			let file = File::create(dir.path().join(name)).unwrap();
			file.set_modified(SystemTime::now() - Duration::from_secs(age)).unwrap();
		};
		let names = || {
			let names = fs::read_dir(dir.path()).unwrap();
			let mut names: Vec<_> = names.map(|entry| entry.unwrap().file_name()).collect();
			names.sort();
			names
		};
		file(".tmp-1-a", 100);
		file(".tmp-1-b", 0);
		file("finished", 100);
		sweep(dir.path(), Duration::from_secs(50)).unwrap();
		assert_eq!(names(), [".tmp-1-b", "finished"]);
		sweep(dir.path(), Duration::ZERO).unwrap();
		assert_eq!(names(), ["finished"]);
		assert!(sweep(&dir.path().join("absent"), Duration::ZERO).is_err());
	}

	#[test]
	fn a_tree_is_written_and_copied_with_everything_in_it() {
		let dir = tempfile::tempdir().unwrap();
		let (one, two) = (dir.path().join("one"), dir.path().join("two"));
		let mut tree = Tree::create(&one).unwrap();
		let paths: Vec<String> = (0..3000).map(|at| format!("{}/deep/{at}", at % 70)).collect();
		for path in &paths {
			tree.put(path, path.as_bytes()).unwrap();
		}
		assert!(tree.put(&paths[0], b"again").is_err());
		tree.sync().unwrap();
		copy_dir(&one, &two).unwrap();
		for path in &paths {
			assert_eq!(fs::read(two.join(path)).unwrap(), path.as_bytes());
		}
		assert!(Tree::create(&one).is_err());
		assert!(copy_dir(&dir.path().join("absent"), &dir.path().join("three")).is_err());
	}

	#[test]
	#[cfg(unix)]
	fn what_is_private_is_closed_to_others_even_if_it_was_open() {
		use std::os::unix::fs::PermissionsExt;
		let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
		let dir = tempfile::tempdir().unwrap();
		let (open, new) = (dir.path().join("open"), dir.path().join("new"));
		fs::create_dir(&open).unwrap();
		fs::set_permissions(&open, fs::Permissions::from_mode(0o755)).unwrap();
		for path in [&open, &new] {
			ensure_private_dir(path).unwrap();
			assert_eq!(mode(path), 0o700);
		}
		let (open, new) = (open.join("file"), new.join("file"));
		fs::write(&open, "kept").unwrap();
		fs::set_permissions(&open, fs::Permissions::from_mode(0o644)).unwrap();
		for path in [&open, &new] {
			ensure_private_file(path).unwrap();
			assert_eq!(mode(path), 0o600);
		}
		assert_eq!(fs::read(&open).unwrap(), b"kept");
		assert_eq!(fs::read(&new).unwrap(), b"");
	}
}

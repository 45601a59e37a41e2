// SPDX-License-Identifier: GPL-3.0-or-later
//! The files that a program sees: a tree in memory, the same on every machine.
//!
//! No links, no times, no owners. Directories list in byte order. Numbers (inodes, cookies, limits)
//! depend on what the program did and on nothing else. A tree is either read-only (the inputs) or
//! writable up to a number of bytes (the outputs).

use assay_primitives::bundle::{is_plain_path, MAX_PATH_LEN, OUTPUTS_PREFIX};
use std::{
	collections::{BTreeMap, BTreeSet},
	sync::Arc,
};
use wasi_common::snapshots::preview_1::types::Errno;

/// Most files and directories in a writable tree.
pub const MAX_NODES: usize = 4096;
/// Most handles on one tree at a time.
pub const MAX_OPEN: u64 = 512;
/// Most bytes of a path that a program may pass.
pub const MAX_PATH: usize = 4096;
/// Most bytes of the path of anything that a program makes: in a bundle a prefix stands before it, and a
/// file that no bundle can hold would leave every cluster without an outcome.
pub const MAX_OUTPUT_PATH: usize = MAX_PATH_LEN - OUTPUTS_PREFIX.len();

/// The number of the root of every tree.
pub const ROOT: u64 = 1;

/// Why the tree cannot do what it was asked.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum FsError {
	/// The program is told.
	Errno(Errno),
	/// The outputs exceed the task's limit: the program is stopped.
	TooLarge,
	/// The outputs exceed what this host is willing to hold.
	HostMemory,
}

impl From<Errno> for FsError {
	fn from(errno: Errno) -> Self {
		Self::Errno(errno)
	}
}

type Result<T, E = FsError> = std::result::Result<T, E>;

/// What kind of thing a number names.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
	/// A regular file.
	File,
	/// A directory.
	Dir,
}

/// What is known about a file or directory.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Stat {
	/// Its number.
	pub node: u64,
	/// What it is.
	pub kind: Kind,
	/// Its bytes; zero for a directory.
	pub size: u64,
}

/// How a path is opened.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct OpenOptions {
	/// Make the file if there is none.
	pub create: bool,
	/// Fail if there is one.
	pub exclusive: bool,
	/// Fail if it is no directory.
	pub directory: bool,
	/// Empty it.
	pub truncate: bool,
	/// It will be written.
	pub write: bool,
}

/// One entry of a listing.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Listed {
	/// Where the listing goes on after this entry.
	pub next: u64,
	/// The name.
	pub name: String,
	/// What it is.
	pub stat: Stat,
}

#[derive(Debug)]
enum Content {
	Shared(Arc<[u8]>),
	Owned(Vec<u8>),
	Dir(BTreeMap<String, u64>),
}

#[derive(Debug)]
struct Node {
	content: Content,
	/// Its name there.
	name: String,
	/// The directory it stands in; its own number for the root and for what has no name any more.
	parent: u64,
	/// Whether a directory names it.
	named: bool,
	/// Handles on it.
	opens: u64,
}

/// Where a path leads.
struct Place {
	/// The last directory on the way.
	dir: u64,
	/// The last name; `None` when the path ends in a directory it came through.
	name: Option<String>,
	/// What stands there.
	node: Option<u64>,
	/// The path says that it is a directory.
	slash: bool,
}

/// How much a writable tree may hold.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Quota {
	/// Bytes that the task allows: more is an outcome.
	pub task: u64,
	/// Bytes that the host allows: more is a limit of the host.
	pub host: u64,
}

/// A tree of files.
#[derive(Debug)]
pub struct Fs {
	nodes: BTreeMap<u64, Node>,
	next: u64,
	quota: Option<Quota>,
	used: u64,
	opens: u64,
	work: u64,
}

impl Fs {
	/// An empty tree that the program may write to.
	pub fn writable(quota: Quota) -> Self {
		Self::new(Some(quota))
	}

	/// A tree that the program may only read. Paths have to be plain, each once, none below another.
	pub fn read_only(files: &[(String, Arc<[u8]>)]) -> Self {
		let mut fs = Self::new(None);
		for (path, bytes) in files {
			let mut dir = ROOT;
			let mut names = path.split('/').peekable();
			while let Some(name) = names.next() {
				if names.peek().is_none() {
					fs.attach(dir, name, Content::Shared(bytes.clone()));
				} else {
					dir = match fs.child(dir, name) {
						Some(found) => found,
						None => fs.attach(dir, name, Content::Dir(BTreeMap::new())),
					};
				}
			}
		}
		fs
	}

	fn new(quota: Option<Quota>) -> Self {
		let root = Node {
			content: Content::Dir(BTreeMap::new()),
			name: String::new(),
			parent: ROOT,
			named: true,
			opens: 0,
		};
		let nodes = BTreeMap::from([(ROOT, root)]);
		Self { nodes, next: ROOT + 1, quota, used: 0, opens: 0, work: 0 }
	}

	/// Bytes that count against the quota.
	pub fn used(&self) -> u64 {
		self.used
	}

	/// The effort since it was last asked: nodes visited and entries listed.
	pub fn take_work(&mut self) -> u64 {
		std::mem::take(&mut self.work)
	}

	/// All files with their paths.
	pub fn into_files(mut self) -> BTreeMap<String, Vec<u8>> {
		let mut files = BTreeMap::new();
		let mut open = vec![(String::new(), ROOT)];
		while let Some((path, node)) = open.pop() {
			match self.nodes.remove(&node).map(|node| node.content) {
				Some(Content::Dir(children)) => {
					open.extend(children.into_iter().map(|(name, child)| {
						let path = if path.is_empty() { name } else { format!("{path}/{name}") };
						(path, child)
					}))
				},
				Some(Content::Owned(bytes)) => {
					files.insert(path, bytes);
				},
				Some(Content::Shared(bytes)) => {
					files.insert(path, bytes.to_vec());
				},
				None => {},
			}
		}
		files
	}

	/// Opens `path` as seen from the directory `dir`. The handle has to be [closed](Self::close).
	pub fn open(&mut self, dir: u64, path: &str, options: OpenOptions) -> Result<(u64, Kind)> {
		if self.opens >= MAX_OPEN {
			return Err(Errno::Nfile.into());
		}
		let place = self.walk(dir, path)?;
		let node = match place.node {
			Some(_) if options.create && options.exclusive => return Err(Errno::Exist.into()),
			Some(node) => {
				let is_dir = self.is_dir(node);
				let writes = options.write || options.truncate;
				if is_dir && (writes || (options.create && !options.directory)) {
					return Err(Errno::Isdir.into());
				}
				if !is_dir && (options.directory || place.slash) {
					return Err(Errno::Notdir.into());
				}
				if writes && self.quota.is_none() {
					return Err(Errno::Rofs.into());
				}
				if options.truncate {
					if !options.write {
						return Err(Errno::Inval.into());
					}
					self.set_size(node, 0)?;
				}
				node
			},
			None if !options.create => return Err(Errno::Noent.into()),
			None if options.directory || place.slash => return Err(Errno::Inval.into()),
			None => self.make(&place, Content::Owned(Vec::new()))?,
		};
		self.hold(node);
		let kind = if self.is_dir(node) { Kind::Dir } else { Kind::File };
		Ok((node, kind))
	}

	/// Opens the root.
	pub fn open_root(&mut self) -> u64 {
		self.hold(ROOT);
		ROOT
	}

	fn hold(&mut self, node: u64) {
		self.opens += 1;
		if let Some(node) = self.nodes.get_mut(&node) {
			node.opens += 1;
		}
	}

	/// Gives a handle back. A file that has no name any more goes with its last handle.
	pub fn close(&mut self, node: u64) {
		if let Some(held) = self.nodes.get_mut(&node) {
			held.opens = held.opens.saturating_sub(1);
			self.opens = self.opens.saturating_sub(1);
			self.collect(node);
		}
	}

	fn collect(&mut self, node: u64) {
		if self.nodes.get(&node).is_some_and(|node| !node.named && node.opens == 0) {
			if let Some(Content::Owned(bytes)) = self.nodes.remove(&node).map(|node| node.content) {
				self.used = self.used.saturating_sub(bytes.len() as u64);
			}
		}
	}

	/// Reads into `buffer` from `offset`; zero bytes at the end.
	pub fn read(&self, node: u64, offset: u64, buffer: &mut [u8]) -> Result<usize> {
		let bytes = self.bytes(node)?;
		let rest = usize::try_from(offset).ok().and_then(|from| bytes.get(from..));
		let rest = rest.unwrap_or_default();
		let count = rest.len().min(buffer.len());
		buffer[..count].copy_from_slice(&rest[..count]);
		Ok(count)
	}

	/// Writes at `offset`, or at the end; a gap is filled with zeros. Where it stopped writing.
	pub fn write(&mut self, node: u64, offset: Option<u64>, bytes: &[u8]) -> Result<u64> {
		let size = self.bytes(node)?.len() as u64;
		let offset = offset.unwrap_or(size);
		let end = offset.checked_add(bytes.len() as u64).ok_or(FsError::TooLarge)?;
		if bytes.is_empty() {
			return Ok(offset);
		}
		if end > size {
			self.set_size(node, end)?;
		}
		let range = offset as usize..end as usize;
		self.owned(node)?[range].copy_from_slice(bytes);
		Ok(end)
	}

	/// Cuts a file off or fills it up with zeros.
	pub fn set_size(&mut self, node: u64, size: u64) -> Result<()> {
		let old = self.bytes(node)?.len() as u64;
		if self.quota.is_none() {
			return Err(Errno::Rofs.into());
		}
		self.charge(size.saturating_sub(old))?;
		self.used = self.used.saturating_sub(old.saturating_sub(size));
		self.work += size.saturating_sub(old);
		self.owned(node)?.resize(size as usize, 0);
		Ok(())
	}

	/// Counts bytes against the quota that are kept elsewhere: those of the standard output.
	pub fn charge(&mut self, bytes: u64) -> Result<()> {
		let quota = self.quota.ok_or(Errno::Rofs)?;
		let used = self.used.saturating_add(bytes);
		if used > quota.task {
			return Err(FsError::TooLarge);
		}
		if used > quota.host {
			return Err(FsError::HostMemory);
		}
		self.used = used;
		Ok(())
	}

	/// What `node` is.
	pub fn stat(&self, node: u64) -> Result<Stat> {
		let size = match &self.node(node)?.content {
			Content::Shared(bytes) => bytes.len(),
			Content::Owned(bytes) => bytes.len(),
			Content::Dir(_) => return Ok(Stat { node, kind: Kind::Dir, size: 0 }),
		};
		Ok(Stat { node, kind: Kind::File, size: size as u64 })
	}

	/// What stands at `path`.
	pub fn stat_path(&mut self, dir: u64, path: &str) -> Result<Stat> {
		let place = self.walk(dir, path)?;
		let stat = self.stat(place.node.ok_or(Errno::Noent)?)?;
		if place.slash && stat.kind != Kind::Dir {
			return Err(Errno::Notdir.into());
		}
		Ok(stat)
	}

	/// The entries of a directory from `cursor` on: itself, its parent, then all names in order.
	pub fn list(&mut self, dir: u64, cursor: u64) -> Result<Vec<Listed>> {
		let Content::Dir(children) = &self.node(dir)?.content else {
			return Err(Errno::Notdir.into());
		};
		let own = [(".", dir), ("..", self.node(dir)?.parent)];
		let names = children.iter().map(|(name, node)| (name.as_str(), *node));
		let all = own.into_iter().chain(names);
		let mut listed = Vec::new();
		for (next, (name, node)) in
			(1..).zip(all).skip(usize::try_from(cursor).unwrap_or(usize::MAX))
		{
			listed.push(Listed { next, name: name.into(), stat: self.stat(node)? });
		}
		self.work += listed.len() as u64;
		Ok(listed)
	}

	/// Makes a directory.
	pub fn make_dir(&mut self, dir: u64, path: &str) -> Result<()> {
		let place = self.walk(dir, path)?;
		if place.node.is_some() {
			return Err(Errno::Exist.into());
		}
		self.make(&place, Content::Dir(BTreeMap::new())).map(|_| ())
	}

	/// Removes an empty directory.
	pub fn remove_dir(&mut self, dir: u64, path: &str) -> Result<()> {
		let place = self.walk(dir, path)?;
		let node = place.node.ok_or(Errno::Noent)?;
		let Content::Dir(children) = &self.node(node)?.content else {
			return Err(Errno::Notdir.into());
		};
		let empty = children.is_empty();
		let Some(name) = place.name else { return Err(Errno::Inval.into()) };
		if self.quota.is_none() {
			return Err(Errno::Rofs.into());
		}
		if !empty {
			return Err(Errno::Notempty.into());
		}
		self.detach(place.dir, &name);
		Ok(())
	}

	/// Removes a file.
	pub fn remove_file(&mut self, dir: u64, path: &str) -> Result<()> {
		let place = self.walk(dir, path)?;
		let node = place.node.ok_or(Errno::Noent)?;
		if self.is_dir(node) {
			return Err(Errno::Isdir.into());
		}
		if place.slash {
			return Err(Errno::Notdir.into());
		}
		if self.quota.is_none() {
			return Err(Errno::Rofs.into());
		}
		let Some(name) = place.name else { return Err(Errno::Inval.into()) };
		self.detach(place.dir, &name);
		Ok(())
	}

	/// Moves a file or directory to another name of this tree.
	pub fn rename(&mut self, from_dir: u64, from: &str, to_dir: u64, to: &str) -> Result<()> {
		let source = self.walk(from_dir, from)?;
		let target = self.walk(to_dir, to)?;
		let moved = source.node.ok_or(Errno::Noent)?;
		if self.quota.is_none() {
			return Err(Errno::Rofs.into());
		}
		let (Some(old), Some(new)) = (source.name, target.name) else {
			return Err(Errno::Inval.into());
		};
		let is_dir = self.is_dir(moved);
		if !is_dir && (source.slash || target.slash) {
			return Err(Errno::Notdir.into());
		}
		if target.node == Some(moved) {
			return Ok(());
		}
		if is_dir && self.is_below(target.dir, moved) {
			return Err(Errno::Inval.into());
		}
		if let Some(replaced) = target.node {
			match &self.node(replaced)?.content {
				Content::Dir(_) if !is_dir => return Err(Errno::Isdir.into()),
				Content::Dir(children) if !children.is_empty() => {
					return Err(Errno::Notempty.into())
				},
				Content::Dir(_) => {},
				_ if is_dir => return Err(Errno::Notdir.into()),
				_ => {},
			}
		}
		self.ensure_named(target.dir)?;
		self.ensure_plain(&join(&self.path_of(target.dir), &new), moved)?;
		if target.node.is_some() {
			self.detach(target.dir, &new);
		}
		if let Content::Dir(children) = &mut self.node_mut(source.dir)?.content {
			children.remove(&old);
		}
		let node = self.node_mut(moved)?;
		node.parent = target.dir;
		node.name.clone_from(&new);
		if let Content::Dir(children) = &mut self.node_mut(target.dir)?.content {
			children.insert(new, moved);
		}
		Ok(())
	}

	/// Whether the paths of `node` and everything below it are plain when it stands at `path`.
	fn ensure_plain(&mut self, path: &str, node: u64) -> Result<()> {
		let mut open = vec![(path.to_string(), node)];
		while let Some((path, node)) = open.pop() {
			self.work += 1;
			if !is_output_path(&path) {
				return Err(Errno::Inval.into());
			}
			if let Content::Dir(children) = &self.node(node)?.content {
				open.extend(children.iter().map(|(name, child)| (join(&path, name), *child)));
			}
		}
		Ok(())
	}

	fn path_of(&self, mut node: u64) -> String {
		let mut names = Vec::new();
		while let Some(Node { name, parent, .. }) = self.nodes.get(&node) {
			if *parent == node {
				break;
			}
			names.push(name.as_str());
			node = *parent;
		}
		names.reverse();
		names.join("/")
	}

	fn is_below(&self, mut node: u64, ancestor: u64) -> bool {
		let mut seen = BTreeSet::new();
		while seen.insert(node) {
			if node == ancestor {
				return true;
			}
			node = self.nodes.get(&node).map_or(ROOT, |node| node.parent);
		}
		false
	}

	fn make(&mut self, place: &Place, content: Content) -> Result<u64> {
		if self.quota.is_none() {
			return Err(Errno::Rofs.into());
		}
		let name = place.name.as_deref().ok_or(Errno::Inval)?;
		self.ensure_named(place.dir)?;
		if !is_output_path(&join(&self.path_of(place.dir), name)) {
			return Err(Errno::Inval.into());
		}
		if self.nodes.len() > MAX_NODES {
			return Err(Errno::Nospc.into());
		}
		Ok(self.attach(place.dir, name, content))
	}

	/// A directory that was removed while it was open takes no new entries.
	fn ensure_named(&self, dir: u64) -> Result<()> {
		if self.node(dir)?.named {
			Ok(())
		} else {
			Err(Errno::Noent.into())
		}
	}

	fn attach(&mut self, dir: u64, name: &str, content: Content) -> u64 {
		let node = self.next;
		self.next += 1;
		let name = name.to_string();
		let made = Node { content, name: name.clone(), parent: dir, named: true, opens: 0 };
		self.nodes.insert(node, made);
		if let Some(Content::Dir(children)) = self.nodes.get_mut(&dir).map(|dir| &mut dir.content) {
			children.insert(name, node);
		}
		node
	}

	fn detach(&mut self, dir: u64, name: &str) {
		let Some(Content::Dir(children)) = self.nodes.get_mut(&dir).map(|dir| &mut dir.content)
		else {
			return;
		};
		if let Some(node) = children.remove(name) {
			if let Some(gone) = self.nodes.get_mut(&node) {
				gone.named = false;
				gone.parent = node;
			}
			self.collect(node);
		}
	}

	/// Follows `path` from `dir`, never above it.
	fn walk(&mut self, dir: u64, path: &str) -> Result<Place> {
		if path.is_empty() {
			return Err(Errno::Noent.into());
		}
		if path.len() > MAX_PATH {
			return Err(Errno::Nametoolong.into());
		}
		if path.starts_with('/') {
			return Err(Errno::Perm.into());
		}
		if !self.is_dir(dir) {
			return Err(Errno::Notdir.into());
		}
		let slash = path.ends_with('/');
		let names: Vec<&str> = path.split('/').filter(|name| !matches!(*name, "" | ".")).collect();
		self.work += names.len() as u64;
		let mut place = Place { dir, name: None, node: Some(dir), slash };
		let mut depth = 0u32;
		for name in names {
			// Whatever the path has led to so far has to be a directory to go on.
			let here = place.node.ok_or(Errno::Noent)?;
			if !self.is_dir(here) {
				return Err(Errno::Notdir.into());
			}
			if name == ".." {
				depth = depth.checked_sub(1).ok_or(Errno::Perm)?;
				let parent = self.node(here)?.parent;
				place = Place { dir: parent, name: None, node: Some(parent), slash };
			} else {
				depth += 1;
				let node = self.child(here, name);
				place = Place { dir: here, name: Some(name.into()), node, slash };
			}
		}
		Ok(place)
	}

	fn child(&self, dir: u64, name: &str) -> Option<u64> {
		match &self.nodes.get(&dir)?.content {
			Content::Dir(children) => children.get(name).copied(),
			_ => None,
		}
	}

	fn is_dir(&self, node: u64) -> bool {
		matches!(self.nodes.get(&node).map(|node| &node.content), Some(Content::Dir(_)))
	}

	fn node(&self, node: u64) -> Result<&Node> {
		self.nodes.get(&node).ok_or(FsError::Errno(Errno::Badf))
	}

	fn node_mut(&mut self, node: u64) -> Result<&mut Node> {
		self.nodes.get_mut(&node).ok_or(FsError::Errno(Errno::Badf))
	}

	fn bytes(&self, node: u64) -> Result<&[u8]> {
		match &self.node(node)?.content {
			Content::Shared(bytes) => Ok(bytes),
			Content::Owned(bytes) => Ok(bytes),
			Content::Dir(_) => Err(Errno::Isdir.into()),
		}
	}

	fn owned(&mut self, node: u64) -> Result<&mut Vec<u8>> {
		match &mut self.node_mut(node)?.content {
			Content::Owned(bytes) => Ok(bytes),
			Content::Shared(_) => Err(Errno::Rofs.into()),
			Content::Dir(_) => Err(Errno::Isdir.into()),
		}
	}
}

/// Whether a bundle can hold a file at this path below `outputs/`.
fn is_output_path(path: &str) -> bool {
	path.len() <= MAX_OUTPUT_PATH && is_plain_path(path)
}

fn join(dir: &str, name: &str) -> String {
	if dir.is_empty() {
		name.into()
	} else {
		format!("{dir}/{name}")
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use assay_primitives::bundle::Outputs;

	const NEW: OpenOptions = OpenOptions {
		create: true,
		exclusive: false,
		directory: false,
		truncate: false,
		write: true,
	};
	const READ: OpenOptions = OpenOptions {
		create: false,
		exclusive: false,
		directory: false,
		truncate: false,
		write: false,
	};

	fn outputs() -> Fs {
		Fs::writable(Quota { task: 100, host: 1000 })
	}

	fn inputs() -> Fs {
		let file = |path: &str, bytes: &[u8]| (path.to_string(), Arc::from(bytes));
		Fs::read_only(&[file("a/b/c", b"deep"), file("a/d", b"dd"), file("e", b"")])
	}

	fn write(fs: &mut Fs, path: &str, bytes: &[u8]) -> Result<()> {
		let (node, _) = fs.open(ROOT, path, NEW)?;
		let written = fs.write(node, None, bytes);
		fs.close(node);
		written.map(|_| ())
	}

	fn names(fs: &mut Fs, dir: u64) -> Vec<String> {
		fs.list(dir, 0).unwrap().into_iter().map(|listed| listed.name).collect()
	}

	#[test]
	fn inputs_can_be_read_and_nothing_else() {
		let mut fs = inputs();
		let (node, kind) = fs.open(ROOT, "a/b/../b/./c", READ).unwrap();
		assert_eq!(kind, Kind::File);
		let mut buffer = [0; 8];
		assert_eq!(fs.read(node, 1, &mut buffer).unwrap(), 3);
		assert_eq!(&buffer[..3], b"eep");
		assert_eq!(fs.read(node, 99, &mut buffer).unwrap(), 0);
		assert_eq!(fs.write(node, None, b"x"), Err(Errno::Rofs.into()));
		assert_eq!(fs.set_size(node, 0), Err(Errno::Rofs.into()));
		assert_eq!(fs.open(ROOT, "e", NEW), Err(Errno::Rofs.into()));
		assert_eq!(fs.open(ROOT, "new", NEW), Err(Errno::Rofs.into()));
		assert_eq!(fs.make_dir(ROOT, "new"), Err(Errno::Rofs.into()));
		assert_eq!(fs.remove_file(ROOT, "e"), Err(Errno::Rofs.into()));
		assert_eq!(fs.rename(ROOT, "e", ROOT, "f"), Err(Errno::Rofs.into()));
	}

	#[test]
	fn no_path_leaves_its_directory() {
		let mut fs = inputs();
		assert_eq!(fs.open(ROOT, "/e", READ), Err(Errno::Perm.into()));
		assert_eq!(fs.open(ROOT, "../e", READ), Err(Errno::Perm.into()));
		assert_eq!(fs.open(ROOT, "a/../../e", READ), Err(Errno::Perm.into()));
		let (dir, kind) = fs.open(ROOT, "a", READ).unwrap();
		assert_eq!(kind, Kind::Dir);
		assert_eq!(fs.open(dir, "../e", READ), Err(Errno::Perm.into()));
		assert_eq!(fs.open(ROOT, "e/x", READ), Err(Errno::Notdir.into()));
		assert_eq!(fs.open(ROOT, "e/", READ), Err(Errno::Notdir.into()));
		assert_eq!(fs.open(ROOT, "none/x", READ), Err(Errno::Noent.into()));
		assert_eq!(fs.open(ROOT, "", READ), Err(Errno::Noent.into()));
	}

	#[test]
	fn directories_list_in_byte_order_whatever_the_order_of_creation() {
		let mut fs = outputs();
		for name in ["b", "a", "C", "ä", "B"] {
			write(&mut fs, name, b"").unwrap();
		}
		assert_eq!(names(&mut fs, ROOT), [".", "..", "B", "C", "a", "b", "ä"]);
		let rest = fs.list(ROOT, 4).unwrap();
		assert_eq!(rest[0].name, "a");
		assert_eq!(rest[0].next, 5);
		assert!(fs.list(ROOT, u64::MAX).unwrap().is_empty());
	}

	#[test]
	fn outputs_stop_at_their_limit_and_removed_files_do_not_count() {
		let mut fs = outputs();
		write(&mut fs, "one", &[1; 60]).unwrap();
		assert_eq!(write(&mut fs, "two", &[2; 41]), Err(FsError::TooLarge));
		write(&mut fs, "two", &[2; 40]).unwrap();
		fs.remove_file(ROOT, "one").unwrap();
		assert_eq!(fs.used(), 40);
		let (node, _) = fs.open(ROOT, "two", NEW).unwrap();
		assert_eq!(fs.write(node, Some(u64::MAX), b"x"), Err(FsError::TooLarge));
		assert_eq!(fs.write(node, Some(50), b"x"), Ok(51));
		assert_eq!(fs.set_size(node, 101), Err(FsError::TooLarge));
		fs.remove_file(ROOT, "two").unwrap();
		assert_eq!(fs.used(), 51, "an open file without a name still counts");
		fs.close(node);
		assert_eq!(fs.used(), 0);
		let mut small = Fs::writable(Quota { task: 100, host: 10 });
		assert_eq!(write(&mut small, "x", &[0; 11]), Err(FsError::HostMemory));
	}

	#[test]
	fn what_is_printed_counts_as_well() {
		let mut fs = outputs();
		fs.charge(60).unwrap();
		write(&mut fs, "f", &[0; 40]).unwrap();
		assert_eq!(fs.charge(1), Err(FsError::TooLarge));
		fs.remove_file(ROOT, "f").unwrap();
		assert_eq!(fs.used(), 60);
	}

	#[test]
	fn a_gap_reads_as_zeros() {
		let mut fs = outputs();
		let (node, _) = fs.open(ROOT, "f", NEW).unwrap();
		fs.write(node, Some(3), b"x").unwrap();
		assert_eq!(fs.into_files(), BTreeMap::from([("f".to_string(), vec![0, 0, 0, b'x'])]));
	}

	#[test]
	fn renaming_keeps_the_tree_a_tree() {
		let mut fs = outputs();
		fs.make_dir(ROOT, "d").unwrap();
		fs.make_dir(ROOT, "d/e").unwrap();
		write(&mut fs, "d/e/f", b"f").unwrap();
		write(&mut fs, "g", b"g").unwrap();
		assert_eq!(fs.rename(ROOT, "d", ROOT, "d/e/x"), Err(Errno::Inval.into()));
		assert_eq!(fs.rename(ROOT, "g", ROOT, "d"), Err(Errno::Isdir.into()));
		assert_eq!(fs.rename(ROOT, "d", ROOT, "g"), Err(Errno::Notdir.into()));
		assert_eq!(fs.rename(ROOT, "d/e", ROOT, "d"), Err(Errno::Notempty.into()));
		assert_eq!(fs.rename(ROOT, "none", ROOT, "x"), Err(Errno::Noent.into()));
		assert_eq!(fs.rename(ROOT, ".", ROOT, "x"), Err(Errno::Inval.into()));
		fs.rename(ROOT, "d/e", ROOT, "moved").unwrap();
		fs.rename(ROOT, "g", ROOT, "moved/f").unwrap();
		fs.rename(ROOT, "moved", ROOT, "moved").unwrap();
		assert_eq!(names(&mut fs, ROOT), [".", "..", "d", "moved"]);
		assert_eq!(fs.into_files(), BTreeMap::from([("moved/f".to_string(), b"g".to_vec())]));
	}

	#[test]
	fn names_that_no_bundle_can_hold_are_refused() {
		let mut fs = outputs();
		for name in ["a\\b", "a\u{1}", "c:", &"n".repeat(201)] {
			assert_eq!(write(&mut fs, name, b""), Err(Errno::Inval.into()), "{name:?}");
			assert_eq!(fs.make_dir(ROOT, name), Err(Errno::Inval.into()));
		}
		write(&mut fs, "fine", b"").unwrap();
		assert_eq!(fs.rename(ROOT, "fine", ROOT, "a\\b"), Err(Errno::Inval.into()));
		let mut dir = String::from("d");
		while dir.len() < 1000 {
			fs.make_dir(ROOT, &dir).unwrap();
			dir.push_str(&format!("/{}", "e".repeat(150)));
		}
		fs.make_dir(ROOT, "top").unwrap();
		fs.make_dir(ROOT, &format!("top/{}", "e".repeat(150))).unwrap();
		let long = format!("top/{}/d", "e".repeat(150));
		assert_eq!(fs.rename(ROOT, "d", ROOT, &long), Err(Errno::Inval.into()));
	}

	#[test]
	fn every_path_that_can_be_made_fits_into_a_bundle() {
		// A deep directory, and a name in it that fills the path up.
		let dir = vec!["d".repeat(180); 5].join("/");
		let path = |len: usize| format!("{dir}/{}", "f".repeat(len - dir.len() - 1));
		let mut fs = outputs();
		for (at, _) in dir.match_indices('/') {
			fs.make_dir(ROOT, &dir[..at]).unwrap();
		}
		fs.make_dir(ROOT, &dir).unwrap();
		write(&mut fs, "short", b"").unwrap();
		for len in [MAX_OUTPUT_PATH + 1, MAX_PATH_LEN, MAX_PATH_LEN + 1] {
			assert_eq!(write(&mut fs, &path(len), b""), Err(Errno::Inval.into()), "{len}");
			assert_eq!(fs.make_dir(ROOT, &path(len)), Err(Errno::Inval.into()));
			assert_eq!(fs.rename(ROOT, "short", ROOT, &path(len)), Err(Errno::Inval.into()));
		}
		write(&mut fs, &path(MAX_OUTPUT_PATH), b"").unwrap();
		let files = fs.into_files();
		let files = files.iter().map(|(path, bytes)| (path.as_str(), bytes.as_slice())).collect();
		Outputs { stdout: None, files }.check().unwrap();
	}

	#[test]
	fn removed_directories_take_nothing_new() {
		let mut fs = outputs();
		fs.make_dir(ROOT, "d").unwrap();
		let (dir, _) = fs.open(ROOT, "d", READ).unwrap();
		assert_eq!(fs.remove_file(ROOT, "d"), Err(Errno::Isdir.into()));
		assert_eq!(fs.remove_dir(ROOT, "."), Err(Errno::Inval.into()));
		fs.remove_dir(ROOT, "d").unwrap();
		assert_eq!(fs.open(dir, "x", NEW), Err(Errno::Noent.into()));
		assert_eq!(fs.open(ROOT, "d", READ), Err(Errno::Noent.into()));
		fs.close(dir);
		assert_eq!(fs.stat(dir), Err(Errno::Badf.into()));
	}

	#[test]
	fn handles_and_entries_are_bounded() {
		let mut fs = outputs();
		write(&mut fs, "f", b"").unwrap();
		for _ in 0..MAX_OPEN {
			fs.open(ROOT, "f", READ).unwrap();
		}
		assert_eq!(fs.open(ROOT, "f", READ), Err(Errno::Nfile.into()));
		let mut fs = outputs();
		for number in 0..MAX_NODES {
			fs.make_dir(ROOT, &number.to_string()).unwrap();
		}
		assert_eq!(fs.make_dir(ROOT, "more"), Err(Errno::Nospc.into()));
	}
}

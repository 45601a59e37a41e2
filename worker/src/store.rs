// SPDX-License-Identifier: GPL-3.0-or-later
//! The content store: blobs by the SHA-256 of their bytes, and public bundles.
//!
//! ```text
//! DIR/blobs/<sha256>       what tasks run on
//! DIR/bundles/<root>/      what executions left behind, after the verdict
//! ```
//!
//! Several workers may share one store: everything is written under another name first and then
//! renamed, and nothing that is there is ever written again.
//!
//! What is finished is kept for ever: nobody here knows who still wants to read a public bundle or run a
//! program. What a killed worker left half written is swept when a worker starts a day later.

use crate::disk;
use assay_primitives::{
	bundle::{FileEntry, InputManifest},
	sha256,
	task::Workload,
	BundleRoot, ContentHash,
};
use cid::{multihash::Multihash, Cid};
use sha2::{Digest, Sha256};
use std::{
	collections::HashMap,
	fs::{self, File},
	io::{self, Read},
	path::{Path, PathBuf},
	sync::Arc,
	time::Duration,
};

use crate::executor::{wasm::MAX_MODULE_BYTES, Job, Unstarted};

/// Multicodec of raw bytes.
const RAW: u64 = 0x55;
/// Multihash of SHA-256.
const SHA2_256: u64 = 0x12;
/// Most bytes of an input manifest.
pub const MAX_MANIFEST_BYTES: u64 = 16 << 20;
/// How long nobody has touched what is a leftover: other workers are at work here as well.
const LEFTOVER: Duration = Duration::from_secs(24 * 60 * 60);

/// The content identifier, version 1, of the blob with this hash.
pub fn cid_of(hash: &ContentHash) -> Cid {
	// 32 bytes always fit into 64.
	let digest = Multihash::wrap(SHA2_256, &hash.0).unwrap_or_default();
	Cid::new_v1(RAW, digest)
}

/// Why a blob or bundle cannot be had or stored.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
	/// There is no such blob.
	#[error("{} ({hash}) is not in the store", cid_of(hash))]
	Missing {
		/// Its hash.
		hash: ContentHash,
	},
	/// What is stored under the hash has another one.
	#[error("the blob at {} is damaged: it hashes to {found}; delete it and add it again", path.display())]
	Damaged {
		/// Where.
		path: PathBuf,
		/// What it hashes to.
		found: ContentHash,
	},
	/// The blob has more bytes than anybody may ask for.
	#[error("{} has {size} bytes, more than {limit}", cid_of(hash))]
	TooLarge {
		/// Its hash.
		hash: ContentHash,
		/// Its bytes.
		size: u64,
		/// Most bytes.
		limit: u64,
	},
	/// The disk is full.
	#[error("no space left for {}: free some and restart the worker or wait", path.display())]
	Full {
		/// Where.
		path: PathBuf,
	},
	/// Something else is wrong with the disk.
	#[error("cannot access {}", path.display())]
	Io {
		/// Where.
		path: PathBuf,
		/// What.
		source: io::Error,
	},
}

impl StoreError {
	fn io(path: &Path, source: io::Error) -> Self {
		match source.kind() {
			io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
				Self::Full { path: path.into() }
			},
			_ => Self::Io { path: path.into(), source },
		}
	}
}

/// A content store.
#[derive(Clone, Debug)]
pub struct Store {
	blobs: PathBuf,
	bundles: PathBuf,
}

impl Store {
	/// Opens the store in `dir`, makes it if there is none, and sweeps out old leftovers.
	pub fn open(dir: &Path) -> Result<Self, StoreError> {
		let store = Self { blobs: dir.join("blobs"), bundles: dir.join("bundles") };
		for path in [&store.blobs, &store.bundles] {
			fs::create_dir_all(path)
				.and_then(|()| disk::sweep(path, LEFTOVER))
				.map_err(|error| StoreError::io(path, error))?;
		}
		Ok(store)
	}

	/// Where a blob stands.
	pub fn path_of(&self, hash: &ContentHash) -> PathBuf {
		self.blobs.join(hex::encode(hash.0))
	}

	/// Where a public bundle stands.
	pub fn bundle_path(&self, root: &BundleRoot) -> PathBuf {
		self.bundles.join(hex::encode(root.0))
	}

	/// Whether bundles can be looked for: a disk that is not mounted shows none.
	pub fn has_bundles(&self) -> bool {
		self.bundles.is_dir()
	}

	/// The blob, if it has at most `limit` bytes.
	pub fn get(&self, hash: &ContentHash, limit: u64) -> Result<Vec<u8>, StoreError> {
		let path = self.path_of(hash);
		let content = read(&path, limit).map_err(|error| match error.kind() {
			io::ErrorKind::NotFound => StoreError::Missing { hash: *hash },
			_ => StoreError::io(&path, error),
		})?;
		// First of all it has to be the blob. Whether a blob is too large is an outcome, the same on
		// every machine; what a damaged disk shows here is not.
		if content.hash != *hash {
			return Err(StoreError::Damaged { path, found: content.hash });
		}
		let too_large = StoreError::TooLarge { hash: *hash, size: content.size, limit };
		content.bytes.ok_or(too_large)
	}

	/// Stores a blob.
	pub fn put(&self, bytes: &[u8]) -> Result<ContentHash, StoreError> {
		let hash = ContentHash(sha256(bytes));
		let path = self.path_of(&hash);
		if fs::read(&path).is_ok_and(|stored| stored == bytes) {
			return Ok(hash);
		}
		let temporary = self.blobs.join(disk::temporary_name());
		disk::write_file(&temporary, bytes)
			.and_then(|()| disk::rename(&temporary, &path))
			.inspect_err(|_| disk::discard(&temporary))
			.map_err(|error| StoreError::io(&path, error))?;
		Ok(hash)
	}

	/// Makes a bundle public: a copy of `from` appears under its root, whole or not at all.
	pub fn publish(&self, from: &Path, root: &BundleRoot) -> Result<PathBuf, StoreError> {
		let path = self.bundle_path(root);
		if path.exists() {
			return Ok(path);
		}
		let temporary = self.bundles.join(disk::temporary_name());
		let copied =
			disk::copy_dir(from, &temporary).and_then(|()| disk::rename(&temporary, &path));
		match copied {
			Ok(()) => Ok(path),
			Err(error) => {
				disk::discard(&temporary);
				// Another worker with the very same bundle was faster.
				if path.exists() {
					return Ok(path);
				}
				Err(StoreError::io(&path, error))
			},
		}
	}

	/// Everything a workload needs. What is wrong with the task itself is a failure that every
	/// cluster finds; what cannot be had here is not.
	pub fn job(&self, workload: &Workload, input_limit: u64) -> Result<Job, Unstarted> {
		let fetch = |hash: &ContentHash, limit: u64| match self.get(hash, limit) {
			Ok(bytes) => Ok(Some(bytes)),
			Err(StoreError::TooLarge { .. }) => Ok(None),
			Err(error) => Err(Unstarted::Unavailable(error.to_string())),
		};
		let program = fetch(&workload.program, MAX_MODULE_BYTES as u64)?;
		let manifest = fetch(&workload.inputs, MAX_MANIFEST_BYTES)?;
		let program = program.ok_or(Unstarted::Invalid("module too large"))?;
		let manifest = manifest.ok_or(Unstarted::Invalid("inputs"))?;
		let InputManifest(files) = read_manifest(&manifest).ok_or(Unstarted::Invalid("inputs"))?;
		let total: u64 = files.iter().map(|file| file.size).fold(0, u64::saturating_add);
		if total > input_limit {
			let reason = format!("the inputs have {total} bytes, this host takes {input_limit}");
			return Err(Unstarted::HostLimit(reason));
		}
		let odd = || Unstarted::Invalid("inputs");
		let mut known: HashMap<ContentHash, Arc<[u8]>> = HashMap::new();
		let mut inputs = Vec::with_capacity(files.len());
		for FileEntry { path, size, sha256 } in files {
			let bytes = match known.get(&sha256) {
				Some(bytes) => bytes.clone(),
				None => {
					// No more is held of a file than the manifest says, so all files together stay
					// below the limit, however large they are.
					let bytes: Arc<[u8]> = fetch(&sha256, size)?.ok_or_else(odd)?.into();
					known.insert(sha256, bytes.clone());
					bytes
				},
			};
			// One file of another size makes the manifest wrong, whatever the others are.
			if bytes.len() as u64 != size {
				return Err(odd());
			}
			inputs.push((path, bytes));
		}
		Ok(Job {
			program_hash: workload.program,
			inputs_hash: workload.inputs,
			program: program.into(),
			inputs,
			args: workload.args.to_vec(),
			limits: workload.limits,
			items: workload.items,
		})
	}
}

/// What a file holds.
struct Content {
	hash: ContentHash,
	size: u64,
	/// `None` when there are more than were asked for.
	bytes: Option<Vec<u8>>,
}

/// Reads a file without ever holding more than `limit` bytes of it and one.
fn read(path: &Path, limit: u64) -> io::Result<Content> {
	let mut file = File::open(path)?;
	let expected = file.metadata()?.len().min(limit);
	let mut bytes = Vec::with_capacity(usize::try_from(expected).unwrap_or_default());
	// The byte more tells whether the file ends there.
	let size = file.by_ref().take(limit.saturating_add(1)).read_to_end(&mut bytes)? as u64;
	let mut hasher = Sha256::new_with_prefix(&bytes);
	if size <= limit {
		let hash = ContentHash(hasher.finalize().into());
		return Ok(Content { hash, size, bytes: Some(bytes) });
	}
	drop(bytes);
	let rest = io::copy(&mut file, &mut hasher)?;
	let hash = ContentHash(hasher.finalize().into());
	Ok(Content { hash, size: size.saturating_add(rest), bytes: None })
}

/// The manifest, if the bytes are the canonical form of one.
fn read_manifest(bytes: &[u8]) -> Option<InputManifest> {
	let manifest: InputManifest = serde_json::from_slice(bytes).ok()?;
	manifest.check().ok()?;
	(serde_json::to_vec(&manifest).ok()? == bytes).then_some(manifest)
}

#[cfg(test)]
mod tests {
	use super::*;
	use assay_primitives::task::Limits;

	fn store() -> (tempfile::TempDir, Store) {
		let dir = tempfile::tempdir().unwrap();
		let store = Store::open(dir.path()).unwrap();
		(dir, store)
	}

	fn workload(program: ContentHash, inputs: ContentHash) -> Workload {
		let limits = Limits { fuel: 1, memory_mib: 1, output_kib: 1 };
		Workload { program, inputs, args: Default::default(), limits, items: None }
	}

	#[test]
	fn a_cid_is_the_one_that_other_tools_show() {
		// `printf 'hello world' | ipfs add --cid-version 1 --raw-leaves`
		let hash = ContentHash(sha256(b"hello world"));
		assert_eq!(
			cid_of(&hash).to_string(),
			"bafkreifzjut3te2nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e"
		);
	}

	#[test]
	fn blobs_come_back_as_they_were_put() {
		let (_dir, store) = store();
		let hash = store.put(b"bytes").unwrap();
		assert_eq!(store.put(b"bytes").unwrap(), hash);
		assert_eq!(store.get(&hash, 5).unwrap(), b"bytes");
		assert!(matches!(store.get(&hash, 4), Err(StoreError::TooLarge { size: 5, .. })));
		let missing = ContentHash([1; 32]);
		assert!(matches!(store.get(&missing, 9), Err(StoreError::Missing { .. })));
		assert_eq!(fs::read_dir(&store.blobs).unwrap().count(), 1, "nothing else is left behind");
	}

	#[test]
	fn a_damaged_blob_is_never_handed_out_and_is_repaired_by_adding_it_again() {
		let (_dir, store) = store();
		let hash = store.put(b"bytes").unwrap();
		fs::write(store.path_of(&hash), b"bytEs").unwrap();
		assert!(matches!(store.get(&hash, 5), Err(StoreError::Damaged { .. })));
		store.put(b"bytes").unwrap();
		assert_eq!(store.get(&hash, 5).unwrap(), b"bytes");
	}

	#[test]
	fn a_blob_of_the_wrong_size_is_damaged_whatever_the_limit() {
		let (_dir, store) = store();
		let hash = store.put(b"bytes").unwrap();
		fs::write(store.path_of(&hash), b"bytes and more").unwrap();
		for limit in [0, 4, 5, 13, 14, u64::MAX] {
			assert!(matches!(store.get(&hash, limit), Err(StoreError::Damaged { .. })), "{limit}");
		}
	}

	#[test]
	fn only_a_program_that_is_really_too_large_is_invalid() {
		let (_dir, store) = store();
		let inputs = store.put(b"[]").unwrap();
		let program = store.put(b"program").unwrap();
		let size = MAX_MODULE_BYTES as u64 + 1;
		// This machine's copy alone has grown.
		let file = fs::OpenOptions::new().write(true).open(store.path_of(&program)).unwrap();
		file.set_len(size).unwrap();
		let damaged = reason(store.job(&workload(program, inputs), 100));
		assert!(matches!(damaged, Unstarted::Unavailable(_)), "{damaged:?}");

		let large = store.put(&vec![0; MAX_MODULE_BYTES + 1]).unwrap();
		let found = store.get(&large, MAX_MODULE_BYTES as u64);
		assert!(matches!(found, Err(StoreError::TooLarge { size: bytes, .. }) if bytes == size));
		let invalid = reason(store.job(&workload(large, inputs), 100));
		assert_eq!(invalid, Unstarted::Invalid("module too large"));
	}

	#[test]
	fn a_file_that_is_larger_than_the_manifest_says_is_not_held() {
		let (_dir, store) = store();
		let program = store.put(b"program").unwrap();
		let file = store.put(&[7; 1000]).unwrap();
		let entry = |path: &str, size| FileEntry { path: path.into(), size, sha256: file };
		let put = |files: Vec<FileEntry>| store.put(&serde_json::to_vec(&files).unwrap()).unwrap();
		let many = (0..50).map(|at| entry(&format!("{at:02}"), 1)).collect();
		// The second name of a file is held to its own size.
		for files in [many, vec![entry("a", 1000), entry("b", 1)], vec![entry("a", 1001)]] {
			let inputs = put(files);
			let invalid = reason(store.job(&workload(program, inputs), 1001));
			assert_eq!(invalid, Unstarted::Invalid("inputs"));
		}
	}

	#[test]
	fn leftovers_of_a_day_ago_are_swept() {
		let (dir, store) = store();
		let leftover = |dir: &Path, age: Duration| {
			let path = dir.join(disk::temporary_name());
			let file = File::create(&path).unwrap();
			file.set_modified(std::time::SystemTime::now() - age).unwrap();
			path
		};
		let hour = Duration::from_secs(60 * 60);
		let old =
			[leftover(&store.blobs, LEFTOVER + hour), leftover(&store.bundles, LEFTOVER + hour)];
		let new = leftover(&store.bundles, hour);
		let blob = store.put(b"blob").unwrap();
		Store::open(dir.path()).unwrap();
		assert!(old.iter().all(|path| !path.exists()));
		assert!(new.exists() && store.path_of(&blob).exists());
	}

	#[test]
	fn a_full_disk_is_told_from_other_faults() {
		let full = StoreError::io(Path::new("x"), io::ErrorKind::StorageFull.into());
		assert!(full.to_string().contains("no space left"));
		let other = StoreError::io(Path::new("x"), io::ErrorKind::PermissionDenied.into());
		assert!(matches!(other, StoreError::Io { .. }));
	}

	#[test]
	fn a_bundle_becomes_public_once() {
		let (dir, store) = store();
		let from = dir.path().join("private");
		fs::create_dir_all(from.join("outputs/deep")).unwrap();
		fs::write(from.join("outputs/deep/file"), b"x").unwrap();
		let root = BundleRoot([5; 32]);
		for _ in 0..2 {
			let path = store.publish(&from, &root).unwrap();
			assert_eq!(fs::read(path.join("outputs/deep/file")).unwrap(), b"x");
		}
		assert_eq!(fs::read_dir(&store.bundles).unwrap().count(), 1);
		let absent = store.publish(&dir.path().join("absent"), &BundleRoot([6; 32]));
		assert!(matches!(absent, Err(StoreError::Io { .. })));
		assert_eq!(fs::read_dir(&store.bundles).unwrap().count(), 1);
	}

	fn reason(result: Result<Job, Unstarted>) -> Unstarted {
		result.unwrap_err()
	}

	#[test]
	fn a_job_has_everything_or_says_what_is_missing() {
		let (_dir, store) = store();
		let program = store.put(b"program").unwrap();
		let file = store.put(b"file").unwrap();
		let entry = |path: &str, size, sha256| FileEntry { path: path.into(), size, sha256 };
		let put = |files: Vec<FileEntry>| store.put(&serde_json::to_vec(&files).unwrap()).unwrap();

		let inputs = put(vec![entry("a", 4, file), entry("b/c", 4, file)]);
		let job = store.job(&workload(program, inputs), 100).unwrap();
		assert_eq!(&*job.program, b"program");
		let paths: Vec<_> =
			job.inputs.iter().map(|(path, bytes)| (path.as_str(), &**bytes)).collect();
		assert_eq!(paths, [("a", &b"file"[..]), ("b/c", &b"file"[..])]);
		let empty = store.put(b"[]").unwrap();
		assert!(store.job(&workload(program, empty), 100).unwrap().inputs.is_empty());

		let nothing = ContentHash([1; 32]);
		for (program, inputs) in
			[(nothing, inputs), (program, nothing), (program, put(vec![entry("a", 4, nothing)]))]
		{
			let missing = reason(store.job(&workload(program, inputs), 100));
			assert!(matches!(missing, Unstarted::Unavailable(_)), "{missing:?}");
		}
		let large = reason(store.job(&workload(program, inputs), 7));
		assert!(matches!(large, Unstarted::HostLimit(_)));
	}

	#[test]
	fn a_malformed_manifest_is_a_failure_that_everybody_finds() {
		let (_dir, store) = store();
		let program = store.put(b"program").unwrap();
		let file = store.put(b"file").unwrap();
		let odd = [
			b"garbage".to_vec(),
			b"[ ]".to_vec(),
			format!(r#"[{{"path":"../a","size":4,"sha256":"{file}"}}]"#).into_bytes(),
			format!(r#"[{{"path":"a","size":5,"sha256":"{file}"}}]"#).into_bytes(),
			format!(r#"[{{"size":4,"path":"a","sha256":"{file}"}}]"#).into_bytes(),
			format!(r#"[{{"path":"a","size":4,"sha256":"{file}","more":1}}]"#).into_bytes(),
		];
		for manifest in odd {
			let inputs = store.put(&manifest).unwrap();
			let execution = reason(store.job(&workload(program, inputs), 100));
			assert_eq!(execution, Unstarted::Invalid("inputs"));
		}
	}
}

// SPDX-License-Identifier: GPL-3.0-or-later
//! The content store, as far as a requester needs it: programs and inputs go in, results come out.
//!
//! A directory with `blobs/<SHA-256 in hex>` and `bundles/<bundle root in hex>/`.

use crate::error::CliError;
use assay_primitives::{
	bundle::{FileEntry, InputManifest},
	sha256, BundleRoot, ContentHash,
};
use std::{
	fs,
	io::Write,
	path::{Path, PathBuf},
};

/// A content store in a local directory.
pub(crate) struct Store {
	root: PathBuf,
}

impl Store {
	/// The store in `root`, which is made if it is not there.
	pub(crate) fn open(root: &Path) -> Result<Self, CliError> {
		let blobs = root.join("blobs");
		fs::create_dir_all(&blobs).map_err(CliError::write(blobs))?;
		Ok(Self { root: root.into() })
	}

	/// Stores these bytes under their hash. A blob is complete or not there at all.
	pub(crate) fn put(&self, bytes: &[u8]) -> Result<ContentHash, CliError> {
		let hash = ContentHash(sha256(bytes));
		let path = self.blob(&hash);
		// What is damaged is written again.
		if fs::read(&path).is_ok_and(|stored| stored == bytes) {
			return Ok(hash);
		}
		let folder = self.root.join("blobs");
		let written = tempfile::NamedTempFile::new_in(&folder).and_then(|mut file| {
			file.write_all(bytes)?;
			file.as_file().sync_all()?;
			// Workers of other users read the store; a temporary file is private.
			#[cfg(unix)]
			{
				use std::os::unix::fs::PermissionsExt;
				file.as_file().set_permissions(fs::Permissions::from_mode(0o644))?;
			}
			file.persist(&path).map_err(|error| error.error)?;
			Ok(())
		});
		written.map_err(CliError::write(path))?;
		Ok(hash)
	}

	/// Stores files and their manifest; the manifest's hash is what a task names.
	pub(crate) fn put_inputs(
		&self,
		files: Vec<(String, PathBuf)>,
	) -> Result<ContentHash, CliError> {
		let mut entries = Vec::new();
		for (name, path) in files {
			let bytes = fs::read(&path).map_err(CliError::read(path))?;
			self.put(&bytes)?;
			entries.push(FileEntry::of(&name, &bytes));
		}
		let manifest = InputManifest::new(entries).map_err(CliError::Inputs)?;
		self.put(&manifest_bytes(&manifest))
	}

	/// Where the bundle with this root becomes public.
	pub(crate) fn bundle(&self, root: &BundleRoot) -> PathBuf {
		self.root.join("bundles").join(hex::encode(root.0))
	}

	fn blob(&self, hash: &ContentHash) -> PathBuf {
		self.root.join("blobs").join(hex::encode(hash.0))
	}
}

/// The canonical bytes of a manifest.
fn manifest_bytes(manifest: &InputManifest) -> Vec<u8> {
	// Strings and numbers in a list always have a JSON text.
	serde_json::to_vec(manifest).unwrap_or_default()
}

/// The input files below these paths: a file under its own name, a folder's files under their paths
/// in it.
pub(crate) fn input_files(paths: &[PathBuf]) -> Result<Vec<(String, PathBuf)>, CliError> {
	let mut files = Vec::new();
	for path in paths {
		let metadata = fs::metadata(path).map_err(CliError::read(path))?;
		if metadata.is_dir() {
			collect(path, "", &mut files)?;
		} else {
			files.push((name_of(path)?, path.clone()));
		}
	}
	Ok(files)
}

fn collect(
	folder: &Path,
	prefix: &str,
	files: &mut Vec<(String, PathBuf)>,
) -> Result<(), CliError> {
	for entry in fs::read_dir(folder).map_err(CliError::read(folder))? {
		let path = entry.map_err(CliError::read(folder))?.path();
		let name = format!("{prefix}{}", name_of(&path)?);
		// Links are followed to files but not to folders: they could lead in a circle.
		let kind = fs::symlink_metadata(&path).map_err(CliError::read(&path))?;
		if kind.is_dir() {
			collect(&path, &format!("{name}/"), files)?;
		} else if fs::metadata(&path).map_err(CliError::read(&path))?.is_file() {
			files.push((name, path));
		}
	}
	Ok(())
}

fn name_of(path: &Path) -> Result<String, CliError> {
	let name = path.file_name().and_then(|name| name.to_str());
	name.map(str::to_owned).ok_or_else(|| {
		CliError::Usage(format!("{} has a name that cannot be an input's", path.display()))
	})
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn a_blob_is_found_under_its_hash() {
		let dir = tempfile::tempdir().unwrap();
		let store = Store::open(&dir.path().join("store")).unwrap();
		let hash = store.put(b"abc").unwrap();
		assert_eq!(store.put(b"abc").unwrap(), hash);
		let path = dir
			.path()
			.join("store/blobs/ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
		assert_eq!(fs::read(path).unwrap(), b"abc");
		assert_eq!(fs::read_dir(dir.path().join("store/blobs")).unwrap().count(), 1);
	}

	#[test]
	fn a_damaged_blob_is_repaired() {
		let dir = tempfile::tempdir().unwrap();
		let store = Store::open(dir.path()).unwrap();
		let hash = store.put(b"abc").unwrap();
		fs::write(store.blob(&hash), b"abd").unwrap();
		store.put(b"abc").unwrap();
		assert_eq!(fs::read(store.blob(&hash)).unwrap(), b"abc");
	}

	#[test]
	fn no_inputs_are_an_empty_list() {
		let dir = tempfile::tempdir().unwrap();
		let store = Store::open(dir.path()).unwrap();
		assert_eq!(store.put_inputs(vec![]).unwrap(), ContentHash(sha256(b"[]")));
	}

	#[test]
	fn the_manifest_is_sorted_and_compact() {
		let dir = tempfile::tempdir().unwrap();
		let inputs = dir.path().join("inputs");
		fs::create_dir_all(inputs.join("sub")).unwrap();
		fs::write(inputs.join("b.txt"), b"abc").unwrap();
		fs::write(inputs.join("sub/a.txt"), b"abc").unwrap();
		fs::write(dir.path().join("a.txt"), b"").unwrap();
		let store = Store::open(&dir.path().join("store")).unwrap();
		let files = input_files(&[inputs, dir.path().join("a.txt")]).unwrap();
		let hash = store.put_inputs(files).unwrap();
		let abc = "0xba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
		let empty = "0xe3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
		let expected = format!(
			r#"[{{"path":"a.txt","size":0,"sha256":"{empty}"}},{{"path":"b.txt","size":3,"sha256":"{abc}"}},{{"path":"sub/a.txt","size":3,"sha256":"{abc}"}}]"#
		);
		assert_eq!(fs::read_to_string(store.blob(&hash)).unwrap(), expected);
	}

	#[test]
	fn inputs_of_one_name_are_refused() {
		let dir = tempfile::tempdir().unwrap();
		for folder in ["one", "two"] {
			fs::create_dir(dir.path().join(folder)).unwrap();
			fs::write(dir.path().join(folder).join("a"), folder).unwrap();
		}
		let store = Store::open(&dir.path().join("store")).unwrap();
		let files = input_files(&[dir.path().join("one"), dir.path().join("two")]).unwrap();
		assert!(matches!(store.put_inputs(files), Err(CliError::Inputs(_))));
		let absent = input_files(&[dir.path().join("absent")]);
		assert!(matches!(absent, Err(CliError::Read { .. })));
	}
}

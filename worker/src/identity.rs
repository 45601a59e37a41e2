// SPDX-License-Identifier: GPL-3.0-or-later
//! The cluster's own Ed25519 key, with which it signs statements. Made at the first start.

use crate::disk;
use ed25519_dalek::SigningKey;
use rand::rngs::OsRng;
use std::{
	fs, io,
	path::{Path, PathBuf},
};

/// The key's file in the data directory.
pub const KEY_FILE: &str = "cluster.key";

/// Why there is no key.
#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
	/// The file cannot be read or written.
	#[error("cannot access the cluster's key {}", path.display())]
	Io {
		/// Where.
		path: PathBuf,
		/// What.
		source: io::Error,
	},
	/// Others can read it.
	#[error("others can read the cluster's key: run `chmod 600 {}`", path.display())]
	Exposed {
		/// Where.
		path: PathBuf,
	},
	/// It is no key.
	#[error("{} holds no key: it has to be 64 hexadecimal digits", path.display())]
	Malformed {
		/// Where.
		path: PathBuf,
	},
}

/// The key in `data`, made if there is none.
pub fn load_or_create(data: &Path) -> Result<SigningKey, IdentityError> {
	let path = data.join(KEY_FILE);
	let failed = |source| IdentityError::Io { path: path.clone(), source };
	match fs::read_to_string(&path) {
		Ok(text) => {
			ensure_private(&path)?;
			let mut secret = [0; 32];
			hex::decode_to_slice(text.trim(), &mut secret)
				.map_err(|_| IdentityError::Malformed { path: path.clone() })?;
			Ok(SigningKey::from_bytes(&secret))
		},
		Err(error) if error.kind() == io::ErrorKind::NotFound => {
			let key = SigningKey::generate(&mut OsRng);
			let temporary = data.join(disk::temporary_name());
			let text = format!("{}\n", hex::encode(key.to_bytes()));
			disk::write_secret(&temporary, text.as_bytes())
				.and_then(|()| disk::rename(&temporary, &path))
				.inspect_err(|_| disk::discard(&temporary))
				.map_err(failed)?;
			Ok(key)
		},
		Err(error) => Err(failed(error)),
	}
}

#[cfg(unix)]
fn ensure_private(path: &Path) -> Result<(), IdentityError> {
	use std::os::unix::fs::PermissionsExt;
	let failed = |source| IdentityError::Io { path: path.into(), source };
	let mode = fs::metadata(path).map_err(failed)?.permissions().mode();
	if mode & 0o077 != 0 {
		return Err(IdentityError::Exposed { path: path.into() });
	}
	Ok(())
}

#[cfg(not(unix))]
fn ensure_private(_: &Path) -> Result<(), IdentityError> {
	Ok(())
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn the_key_is_made_once_and_is_private() {
		let dir = tempfile::tempdir().unwrap();
		let key = load_or_create(dir.path()).unwrap();
		assert_eq!(load_or_create(dir.path()).unwrap(), key);
		assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
	}

	#[test]
	#[cfg(unix)]
	fn an_exposed_or_malformed_key_is_not_used() {
		use std::os::unix::fs::PermissionsExt;
		let dir = tempfile::tempdir().unwrap();
		let path = dir.path().join(KEY_FILE);
		load_or_create(dir.path()).unwrap();
		fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
		assert!(matches!(load_or_create(dir.path()), Err(IdentityError::Exposed { .. })));
		fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
		fs::write(&path, "not a key").unwrap();
		let error = load_or_create(dir.path()).unwrap_err();
		assert!(matches!(error, IdentityError::Malformed { .. }));
		assert!(!error.to_string().contains("not a key"));
	}
}

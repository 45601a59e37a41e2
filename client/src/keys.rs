// SPDX-License-Identifier: GPL-3.0-or-later
//! Who signs. Secrets are read and used here; they are never shown.

use crate::AccountId;
use std::{
	fmt, fs, io,
	io::Write,
	path::{Path, PathBuf},
	str::FromStr,
};
use subxt_signer::{bip39::Mnemonic, sr25519::Keypair, SecretUri};

/// Why a key cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
	/// The text is no development account.
	#[error("a development account is written like //Alice; for your own key use a seed file")]
	NotADevAccount,
	/// The file cannot be read.
	#[error("cannot read the seed file {}", path.display())]
	Unreadable {
		/// The file.
		path: PathBuf,
		/// Why not.
		source: io::Error,
	},
	/// Others can read the file.
	#[error("others can read the seed file {0}: run `chmod 600 {0}`", path.display())]
	Exposed {
		/// The file.
		path: PathBuf,
	},
	/// The file holds no secret.
	#[error(
		"the seed file {} holds neither a mnemonic nor a seed of 32 bytes in hex nor a secret URI",
		path.display()
	)]
	NoSecret {
		/// The file.
		path: PathBuf,
	},
	/// The file cannot be written.
	#[error("cannot write the seed file {}: it has to be a new file in an existing folder", path.display())]
	Unwritable {
		/// The file.
		path: PathBuf,
		/// Why not.
		source: io::Error,
	},
	/// The entropy has a wrong length.
	#[error("a mnemonic needs 16 to 32 bytes of entropy, in steps of 4")]
	BadEntropy,
}

/// An sr25519 key pair.
#[derive(Clone)]
pub struct Signer {
	pair: Keypair,
}

impl Signer {
	/// A well-known development account, such as `//Alice` or `//Assay//operator//1`. Everybody
	/// knows its secret.
	pub fn dev(uri: &str) -> Result<Self, KeyError> {
		if !uri.starts_with("//") {
			return Err(KeyError::NotADevAccount);
		}
		Self::from_secret(uri).ok_or(KeyError::NotADevAccount)
	}

	/// The key in a seed file: a mnemonic, a seed in hex or a secret URI. Only its owner may be able
	/// to read the file.
	pub fn from_file(path: &Path) -> Result<Self, KeyError> {
		let unreadable = |source| KeyError::Unreadable { path: path.into(), source };
		#[cfg(unix)]
		{
			use std::os::unix::fs::PermissionsExt;
			let mode = fs::metadata(path).map_err(unreadable)?.permissions().mode();
			if mode & 0o077 != 0 {
				return Err(KeyError::Exposed { path: path.into() });
			}
		}
		let secret = fs::read_to_string(path).map_err(unreadable)?;
		Self::from_secret(secret.trim())
			.filter(|_| !secret.trim().is_empty())
			.ok_or_else(|| KeyError::NoSecret { path: path.into() })
	}

	/// A new key, whose mnemonic is written to a new file that only its owner can read.
	///
	/// `entropy` has to come from the operating system's random numbers.
	pub fn create_file(path: &Path, entropy: &[u8]) -> Result<Self, KeyError> {
		let mnemonic = Mnemonic::from_entropy(entropy).map_err(|_| KeyError::BadEntropy)?;
		let pair = Keypair::from_phrase(&mnemonic, None).map_err(|_| KeyError::BadEntropy)?;
		let mut options = fs::OpenOptions::new();
		options.write(true).create_new(true);
		#[cfg(unix)]
		std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
		options
			.open(path)
			.and_then(|mut file| {
				writeln!(file, "{mnemonic}")?;
				file.sync_all()
			})
			.map_err(|source| KeyError::Unwritable { path: path.into(), source })?;
		Ok(Self { pair })
	}

	/// The account of this key.
	pub fn account(&self) -> AccountId {
		AccountId::from(self.pair.public_key().0)
	}

	/// Signs arbitrary bytes.
	pub fn sign(&self, message: &[u8]) -> [u8; 64] {
		self.pair.sign(message).0
	}

	pub(crate) fn pair(&self) -> &Keypair {
		&self.pair
	}

	fn from_secret(secret: &str) -> Option<Self> {
		let uri = SecretUri::from_str(secret).ok()?;
		Some(Self { pair: Keypair::from_uri(&uri).ok()? })
	}
}

impl fmt::Debug for Signer {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		write!(f, "Signer({})", self.account())
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	const ALICE: &str = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY";

	#[cfg(unix)]
	fn write(path: &Path, text: &str, mode: u32) {
		use std::os::unix::fs::PermissionsExt;
		fs::write(path, text).unwrap();
		fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
	}

	#[test]
	fn alice_is_who_everybody_thinks_she_is() {
		let alice = Signer::dev("//Alice").unwrap();
		assert_eq!(alice.account().to_string(), ALICE);
		assert!(matches!(Signer::dev("Alice"), Err(KeyError::NotADevAccount)));
	}

	#[test]
	fn a_signer_never_shows_its_secret() {
		assert_eq!(format!("{:?}", Signer::dev("//Alice").unwrap()), format!("Signer({ALICE})"));
	}

	#[test]
	#[cfg(unix)]
	fn a_created_key_is_private_and_read_back() {
		use std::os::unix::fs::PermissionsExt;
		let dir = tempfile::tempdir().unwrap();
		let path = dir.path().join("seed");
		let created = Signer::create_file(&path, &[7; 16]).unwrap();
		assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
		assert_eq!(Signer::from_file(&path).unwrap().account(), created.account());
		assert!(matches!(Signer::create_file(&path, &[8; 16]), Err(KeyError::Unwritable { .. })));
		assert!(matches!(Signer::create_file(&path, &[8; 15]), Err(KeyError::BadEntropy)));
	}

	#[test]
	#[cfg(unix)]
	fn seed_files_are_checked_before_use() {
		let dir = tempfile::tempdir().unwrap();
		let path = dir.path().join("seed");
		write(&path, "//Alice\n", 0o600);
		assert_eq!(Signer::from_file(&path).unwrap().account().to_string(), ALICE);
		write(&path, "//Alice\n", 0o644);
		assert!(matches!(Signer::from_file(&path), Err(KeyError::Exposed { .. })));
		write(&path, "not a secret at all", 0o600);
		let error = Signer::from_file(&path).unwrap_err();
		assert!(matches!(error, KeyError::NoSecret { .. }));
		assert!(!error.to_string().contains("not a secret at all"));
		write(&path, "\n", 0o600);
		assert!(matches!(Signer::from_file(&path), Err(KeyError::NoSecret { .. })));
		assert!(matches!(
			Signer::from_file(&dir.path().join("absent")),
			Err(KeyError::Unreadable { .. })
		));
	}
}

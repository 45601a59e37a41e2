// SPDX-License-Identifier: GPL-3.0-or-later
//! The two hash functions: SHA-256 for everything that others verify (trees, contents), BLAKE2b-256
//! for what only Assay checks (commitments, seeds).
//!
//! With the feature `runtime` they call the host, without it they are plain Rust.

/// SHA-256 of `data`.
pub fn sha256(data: &[u8]) -> [u8; 32] {
	#[cfg(feature = "runtime")]
	return sp_io::hashing::sha2_256(data);
	#[cfg(not(feature = "runtime"))]
	return <sha2::Sha256 as sha2::Digest>::digest(data).into();
}

/// BLAKE2b of `data`, 32 bytes.
pub fn blake2_256(data: &[u8]) -> [u8; 32] {
	#[cfg(feature = "runtime")]
	return sp_io::hashing::blake2_256(data);
	#[cfg(not(feature = "runtime"))]
	return <blake2::Blake2b<blake2::digest::consts::U32> as blake2::Digest>::digest(data).into();
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn the_hashes_match_published_vectors() {
		assert_eq!(
			hex::encode(sha256(b"abc")),
			"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
		);
		assert_eq!(
			hex::encode(blake2_256(b"abc")),
			"bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319"
		);
	}
}

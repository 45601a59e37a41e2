// SPDX-License-Identifier: GPL-3.0-or-later
//! One self-contained file that leads from a block's hash to a bundle.
//!
//! The header of a block, whose hash is all that has to be trusted, carries size and root of the
//! log; the inclusion path leads from there to a leaf; the leaf names the agreed outcome and the
//! evidence of every execution, and these two are the halves of a bundle. [`ProofFile::verify`]
//! follows that way without a network.

use crate::{
	blake2_256,
	bundle::bundle_root,
	leaf::{Leaf, LeafExecution, LEAF_VERSION},
	merkle::{self, Hash},
	settlement::Conduct,
	BlockNumber, BundleRoot, ClusterId, Genesis, LogRoot,
};
use alloc::vec::Vec;
use codec::{Decode, DecodeAll, Encode};
use core::fmt;
use serde::{Deserialize, Serialize};

/// Version of the file's layout.
pub const PROOF_VERSION: u8 = 1;
/// The engine id of the log's digest item; its data is the SCALE encoding of [`LogHead`].
pub const LOG_ENGINE_ID: [u8; 4] = *b"ASAY";

/// The accounts of the chain.
pub type AccountId = [u8; 32];

/// What a header says of the log.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode)]
pub struct LogHead {
	/// Leaves.
	pub size: u64,
	/// Root over all of them.
	pub root: LogRoot,
}

/// The block whose header carries size and root of the log.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AnchorBlock {
	/// Its number.
	pub number: BlockNumber,
	/// Its hash: the one thing that the file cannot prove.
	#[serde(with = "hex_hash")]
	pub hash: Hash,
	/// SCALE encoding of its header.
	#[serde(with = "hex_bytes")]
	pub header: Vec<u8>,
}

/// A proof that the bundle of one cluster was accepted.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProofFile {
	/// [`PROOF_VERSION`].
	pub version: u8,
	/// The chain on which to look the block up.
	pub genesis: Genesis,
	/// Where size and root stand.
	pub block: AnchorBlock,
	/// Leaves of the log in that block.
	pub log_size: u64,
	/// Root of the log in that block.
	pub log_root: LogRoot,
	/// Place of the leaf.
	pub leaf_index: u64,
	/// SCALE encoding of the leaf.
	#[serde(with = "hex_bytes")]
	pub leaf: Vec<u8>,
	/// The hashes beside the way from the leaf to the root, the lowest first.
	#[serde(with = "hex_hashes")]
	pub path: Vec<Hash>,
	/// Whose bundle is proved.
	pub cluster: ClusterId,
	/// The root of that bundle.
	pub bundle_root: BundleRoot,
}

/// What a valid proof shows.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Proved {
	/// The result.
	pub leaf: Leaf<AccountId>,
	/// The execution whose bundle it is.
	pub execution: LeafExecution,
	/// The root of the bundle.
	pub bundle_root: BundleRoot,
}

/// Why a proof file proves nothing.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ProofError {
	/// The layout is another version's.
	Version(u8),
	/// The header cannot be decoded.
	Header,
	/// The header has another hash.
	BlockHash {
		/// What the file says.
		claimed: Hash,
		/// What the header hashes to.
		found: Hash,
	},
	/// The header has another number.
	BlockNumber {
		/// What the file says.
		claimed: BlockNumber,
		/// What the header says.
		found: BlockNumber,
	},
	/// The log did not grow in this block, so that its header says nothing of it.
	NotInHeader,
	/// The header names another size or root of the log.
	LogHead {
		/// What the header says.
		found: LogHead,
	},
	/// There is no such leaf in the log, or the given log is another one.
	NoLeaf,
	/// The path does not lead from the leaf to the root.
	Inclusion,
	/// The leaf cannot be decoded.
	Leaf,
	/// The leaf's layout is another version's.
	LeafVersion(u8),
	/// The cluster did not run this task.
	NotExecuted(ClusterId),
	/// The cluster did not find what was accepted.
	NotAgreed {
		/// Who.
		cluster: ClusterId,
		/// How it served.
		conduct: Conduct,
	},
	/// The cluster agreed but showed no evidence.
	NoEvidence(ClusterId),
	/// The cluster's bundle has another root.
	BundleRoot {
		/// What the file says.
		claimed: BundleRoot,
		/// What the leaf says.
		found: BundleRoot,
	},
}

impl fmt::Display for ProofError {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		match self {
			Self::Version(version) => {
				write!(f, "the proof has version {version}, this program reads {PROOF_VERSION}")
			},
			Self::Header => f.write_str("the header cannot be decoded"),
			Self::BlockHash { claimed, found } => {
				write!(f, "the header hashes to {}, not to {}", LogRoot(*found), LogRoot(*claimed))
			},
			Self::BlockNumber { claimed, found } => {
				write!(f, "the header is that of block {found}, not of block {claimed}")
			},
			Self::NotInHeader => f.write_str("the header says nothing about the log"),
			Self::LogHead { found: LogHead { size, root } } => {
				write!(f, "the header names a log of {size} leaves with the root {root}")
			},
			Self::NoLeaf => f.write_str("the log has no such leaf"),
			Self::Inclusion => f.write_str("the path does not lead from the leaf to the root"),
			Self::Leaf => f.write_str("the leaf cannot be decoded"),
			Self::LeafVersion(version) => {
				write!(f, "the leaf has version {version}, this program reads {LEAF_VERSION}")
			},
			Self::NotExecuted(cluster) => write!(f, "cluster {cluster} did not run this task"),
			Self::NotAgreed { cluster, conduct } => {
				write!(f, "cluster {cluster} did not find what was accepted: {conduct:?}")
			},
			Self::NoEvidence(cluster) => write!(f, "cluster {cluster} showed no evidence"),
			Self::BundleRoot { claimed, found } => {
				write!(f, "the accepted bundle has the root {found}, not {claimed}")
			},
		}
	}
}

impl core::error::Error for ProofError {}

/// A header of the chain, as far as its encoding goes.
#[derive(Decode)]
struct Header {
	_parent: Hash,
	#[codec(compact)]
	number: BlockNumber,
	_roots: [Hash; 2],
	digest: Vec<DigestItem>,
}

/// The digest items of Substrate, with their numbers on the wire.
#[derive(Decode)]
enum DigestItem {
	#[codec(index = 0)]
	Other(#[allow(dead_code)] Vec<u8>),
	#[codec(index = 4)]
	Consensus([u8; 4], Vec<u8>),
	#[codec(index = 5)]
	Seal(#[allow(dead_code)] ([u8; 4], Vec<u8>)),
	#[codec(index = 6)]
	PreRuntime(#[allow(dead_code)] ([u8; 4], Vec<u8>)),
	#[codec(index = 8)]
	RuntimeEnvironmentUpdated,
}

impl Header {
	fn decode_exactly(mut bytes: &[u8]) -> Result<Self, ProofError> {
		Self::decode_all(&mut bytes).map_err(|_| ProofError::Header)
	}

	/// What it says of the log. Two items, which no honest block has, say nothing.
	fn log_head(&self) -> Result<LogHead, ProofError> {
		let mut items = self.digest.iter().filter_map(|item| match item {
			DigestItem::Consensus(LOG_ENGINE_ID, data) => Some(data),
			_ => None,
		});
		match (items.next(), items.next()) {
			(Some(data), None) => {
				LogHead::decode_all(&mut data.as_slice()).map_err(|_| ProofError::Header)
			},
			_ => Err(ProofError::NotInHeader),
		}
	}
}

/// What the SCALE-encoded header of a block says of the log. An error when the log did not grow in
/// that block.
pub fn log_head(header: &[u8]) -> Result<LogHead, ProofError> {
	Header::decode_exactly(header)?.log_head()
}

impl ProofFile {
	/// Prove the bundle of `cluster` by the leaf at `leaf_index`.
	///
	/// `header` is the SCALE-encoded header of a block in which the log grew to at least that leaf;
	/// `log` are the hashes of all leaves of the log, in order; later ones do no harm.
	pub fn new(
		genesis: Genesis,
		header: Vec<u8>,
		log: &[Hash],
		leaf_index: u64,
		leaf: Vec<u8>,
		cluster: ClusterId,
	) -> Result<Self, ProofError> {
		let decoded = Header::decode_exactly(&header)?;
		let LogHead { size, root } = decoded.log_head()?;
		let covered = usize::try_from(size).ok().and_then(|size| log.get(..size));
		let path = covered
			.and_then(|log| merkle::inclusion_proof(log, leaf_index))
			.ok_or(ProofError::NoLeaf)?;
		let (_, _, found) = bundle_of(&leaf, cluster)?;
		let hash = blake2_256(&header);
		let proof = Self {
			version: PROOF_VERSION,
			genesis,
			block: AnchorBlock { number: decoded.number, hash, header },
			log_size: size,
			log_root: root,
			leaf_index,
			leaf,
			path,
			cluster,
			bundle_root: found,
		};
		proof.verify()?;
		Ok(proof)
	}

	/// Follow the way from the block's hash to the bundle's root.
	pub fn verify(&self) -> Result<Proved, ProofError> {
		if self.version != PROOF_VERSION {
			return Err(ProofError::Version(self.version));
		}
		let (claimed, found) = (self.block.hash, blake2_256(&self.block.header));
		if claimed != found {
			return Err(ProofError::BlockHash { claimed, found });
		}
		let header = Header::decode_exactly(&self.block.header)?;
		let (claimed, found) = (self.block.number, header.number);
		if claimed != found {
			return Err(ProofError::BlockNumber { claimed, found });
		}
		let found = header.log_head()?;
		if found != (LogHead { size: self.log_size, root: self.log_root }) {
			return Err(ProofError::LogHead { found });
		}
		let hash = merkle::leaf_hash(&self.leaf);
		let root = &self.log_root.0;
		if !merkle::verify_inclusion(root, self.log_size, self.leaf_index, &hash, &self.path) {
			return Err(ProofError::Inclusion);
		}
		let (leaf, execution, bundle_root) = bundle_of(&self.leaf, self.cluster)?;
		if self.bundle_root != bundle_root {
			let (claimed, found) = (self.bundle_root, bundle_root);
			return Err(ProofError::BundleRoot { claimed, found });
		}
		Ok(Proved { leaf, execution, bundle_root })
	}
}

/// The accepted bundle of `cluster`, by an encoded leaf.
fn bundle_of(
	mut leaf: &[u8],
	cluster: ClusterId,
) -> Result<(Leaf<AccountId>, LeafExecution, BundleRoot), ProofError> {
	match leaf.first() {
		Some(&LEAF_VERSION) => {},
		Some(version) => return Err(ProofError::LeafVersion(*version)),
		None => return Err(ProofError::Leaf),
	}
	let leaf = Leaf::<AccountId>::decode_all(&mut leaf).map_err(|_| ProofError::Leaf)?;
	// No cluster is drawn twice for a task.
	let execution = leaf
		.executions
		.iter()
		.find(|execution| execution.cluster == cluster)
		.copied()
		.ok_or(ProofError::NotExecuted(cluster))?;
	if execution.conduct != Conduct::Agreed {
		return Err(ProofError::NotAgreed { cluster, conduct: execution.conduct });
	}
	let evidence = execution.evidence_root.ok_or(ProofError::NoEvidence(cluster))?;
	let root = bundle_root(&leaf.outcome, &evidence);
	Ok((leaf, execution, root))
}

/// Bytes as text: `0x…`.
mod hex_bytes {
	use alloc::{format, string::String, vec::Vec};
	use serde::{de::Error, Deserialize, Deserializer, Serializer};

	pub fn serialize<S: Serializer>(bytes: &[u8], to: S) -> Result<S::Ok, S::Error> {
		to.serialize_str(&format!("0x{}", hex::encode(bytes)))
	}

	pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<u8>, D::Error> {
		let text = String::deserialize(from)?;
		let digits = text.strip_prefix("0x").ok_or_else(|| D::Error::custom("no 0x in front"))?;
		hex::decode(digits).map_err(D::Error::custom)
	}
}

/// A hash as text: `0x…`.
mod hex_hash {
	use super::{hex_bytes, Hash};
	use serde::{de::Error, Deserializer, Serializer};

	pub fn serialize<S: Serializer>(hash: &Hash, to: S) -> Result<S::Ok, S::Error> {
		hex_bytes::serialize(hash, to)
	}

	pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Hash, D::Error> {
		let bytes = hex_bytes::deserialize(from)?;
		bytes.try_into().map_err(|_| D::Error::custom("not 32 bytes"))
	}
}

/// A list of hashes.
mod hex_hashes {
	use super::{hex_hash, Hash, Vec};
	use serde::{Deserialize, Deserializer, Serialize, Serializer};

	#[derive(Serialize, Deserialize)]
	#[serde(transparent)]
	struct Text(#[serde(with = "hex_hash")] Hash);

	pub fn serialize<S: Serializer>(hashes: &[Hash], to: S) -> Result<S::Ok, S::Error> {
		to.collect_seq(hashes.iter().map(|hash| Text(*hash)))
	}

	pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<Hash>, D::Error> {
		let texts = Vec::<Text>::deserialize(from)?;
		Ok(texts.into_iter().map(|Text(hash)| hash).collect())
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::{
		leaf::Assurance,
		outcome::{FailureKind, Outcome},
		protocol::Role,
		spec::{Class, WASM_ENGINE},
		task::{Check, Policy},
		ContentHash, EvidenceRoot, FailureDigest, OutputRoot, TaskId,
	};
	use alloc::{string::ToString, vec};
	use codec::Compact;

	const EXECUTOR: ClusterId = ClusterId(1);
	const VERIFIER: ClusterId = ClusterId(2);
	const DISSENTER: ClusterId = ClusterId(3);
	const RESERVED: ClusterId = ClusterId(4);

	fn leaf(task: u64, outcome: Outcome) -> Leaf<AccountId> {
		let execution = |cluster, conduct, evidence: Option<u8>| LeafExecution {
			cluster,
			role: Role::Panel,
			conduct,
			evidence_root: evidence.map(|byte| EvidenceRoot([byte; 32])),
		};
		Leaf {
			version: LEAF_VERSION,
			task: TaskId(task),
			requester: [1; 32],
			program: ContentHash([2; 32]),
			inputs: ContentHash([3; 32]),
			parameters: [4; 32],
			terms: [5; 32],
			class: Class { engine: WASM_ENGINE, architecture: None },
			policy: Policy {
				check: Check::Verified { quorum: 2, panel: 3 },
				window: 0,
				execution_blocks: 10,
				queue_blocks: 10,
				preflight: false,
			},
			draws: Default::default(),
			executions: vec![
				execution(EXECUTOR, Conduct::Agreed, Some(11)),
				execution(VERIFIER, Conduct::Agreed, Some(12)),
				execution(DISSENTER, Conduct::Dissented, Some(13)),
				execution(RESERVED, Conduct::Agreed, None),
			]
			.try_into()
			.unwrap(),
			outcome,
			assurance: Assurance::Agreed,
			possession: None,
			finalised_at: 9,
		}
	}

	fn completed() -> Outcome {
		Outcome::Completed { output_root: OutputRoot([7; 32]) }
	}

	/// A header with these digest items: engine, data.
	fn header_with(items: &[([u8; 4], Vec<u8>)]) -> Vec<u8> {
		let mut header = ([1u8; 32], Compact(77u32), [2u8; 32], [3u8; 32]).encode();
		// The slot before and the seal behind, as in every block.
		Compact(items.len() as u32 + 3).encode_to(&mut header);
		(6u8, *b"aura", vec![5u8; 8]).encode_to(&mut header);
		for (engine, data) in items {
			(4u8, engine, data).encode_to(&mut header);
		}
		8u8.encode_to(&mut header);
		(5u8, *b"aura", vec![6u8; 64]).encode_to(&mut header);
		header
	}

	fn header_of(log: &[Hash]) -> Vec<u8> {
		let head = LogHead { size: log.len() as u64, root: LogRoot(merkle::root(log)) };
		header_with(&[(*b"BEEF", vec![1]), (LOG_ENGINE_ID, head.encode())])
	}

	/// Seven leaves of which number 4 is ours.
	fn log(ours: &Leaf<AccountId>) -> Vec<Hash> {
		let of = |task| merkle::leaf_hash(&leaf(task, completed()).bytes());
		let mut log: Vec<_> = (0..7).map(of).collect();
		log[4] = merkle::leaf_hash(&ours.bytes());
		log
	}

	fn proof_for(cluster: ClusterId, ours: &Leaf<AccountId>) -> Result<ProofFile, ProofError> {
		let log = log(ours);
		ProofFile::new(Genesis([9; 32]), header_of(&log), &log, 4, ours.bytes(), cluster)
	}

	fn proof() -> ProofFile {
		proof_for(VERIFIER, &leaf(4, completed())).unwrap()
	}

	#[test]
	fn a_proof_leads_from_the_block_to_the_bundle() {
		let ours = leaf(4, completed());
		for (cluster, evidence) in [(EXECUTOR, [11; 32]), (VERIFIER, [12; 32])] {
			let proof = proof_for(cluster, &ours).unwrap();
			let proved = proof.verify().unwrap();
			assert_eq!(proved.leaf, ours);
			assert_eq!(proved.execution.cluster, cluster);
			assert_eq!(proved.bundle_root.0, merkle::node_hash(&[7; 32], &evidence));
			assert_eq!(proof.block.number, 77);
		}
	}

	#[test]
	fn a_failure_is_proved_like_a_result() {
		let report = FailureDigest([8; 32]);
		let ours = leaf(4, Outcome::Failed { kind: FailureKind::Trap, report });
		let proved = proof_for(EXECUTOR, &ours).unwrap().verify().unwrap();
		assert_eq!(proved.bundle_root.0, merkle::node_hash(&[8; 32], &[11; 32]));
	}

	#[test]
	fn a_later_header_proves_an_older_leaf() {
		let ours = leaf(4, completed());
		let mut longer = log(&ours);
		longer.push([1; 32]);
		let header = header_of(&longer);
		let proof = ProofFile::new(Genesis([9; 32]), header, &longer, 4, ours.bytes(), EXECUTOR);
		assert_eq!(proof.unwrap().log_size, 8);
		// And leaves that came after the header are left out.
		let header = header_of(&log(&ours));
		let proof = ProofFile::new(Genesis([9; 32]), header, &longer, 4, ours.bytes(), EXECUTOR);
		assert_eq!(proof.unwrap().log_size, 7);
	}

	#[test]
	fn a_file_survives_json_and_has_no_unknown_fields() {
		let proof = proof();
		let json = serde_json::to_string_pretty(&proof).unwrap();
		assert_eq!(serde_json::from_str::<ProofFile>(&json).unwrap(), proof);
		assert!(json.contains("\"path\": [\n    \"0x"), "{json}");
		for (what, by) in [
			("\"log_size\"", "\"more\": 1, \"log_size\""),
			("\"number\"", "\"more\": 1, \"number\""),
			("\"leaf\": \"0x", "\"leaf\": \""),
			("\"leaf\": \"0x", "\"leaf\": \"0x0"),
			("\"hash\": \"0x", "\"hash\": \"0x00"),
			("\"hash\": \"0x", "\"hash\": \"0xzz"),
		] {
			assert!(json.contains(what));
			assert!(serde_json::from_str::<ProofFile>(&json.replacen(what, by, 1)).is_err());
		}
	}

	#[test]
	fn only_an_agreed_execution_is_proved() {
		let ours = leaf(4, completed());
		let error = |cluster| proof_for(cluster, &ours).unwrap_err();
		assert_eq!(error(ClusterId(9)), ProofError::NotExecuted(ClusterId(9)));
		assert_eq!(
			error(DISSENTER),
			ProofError::NotAgreed { cluster: DISSENTER, conduct: Conduct::Dissented }
		);
		assert_eq!(error(RESERVED), ProofError::NoEvidence(RESERVED));
		for cluster in [ClusterId(9), DISSENTER, RESERVED] {
			let forged = ProofFile { cluster, ..proof() };
			assert_eq!(forged.verify(), Err(error(cluster)));
		}
		// Another cluster's bundle is not ours.
		let forged = ProofFile { cluster: EXECUTOR, ..proof() };
		assert!(matches!(forged.verify(), Err(ProofError::BundleRoot { .. })));
	}

	#[test]
	fn every_change_has_its_error() {
		let verify = |change: &dyn Fn(&mut ProofFile)| {
			let mut proof = proof();
			change(&mut proof);
			proof.verify().unwrap_err()
		};
		let real = proof();
		assert_eq!(verify(&|p| p.version = 2), ProofError::Version(2));
		assert!(matches!(verify(&|p| p.block.hash[0] ^= 1), ProofError::BlockHash { .. }));
		assert!(matches!(verify(&|p| p.block.header[0] ^= 1), ProofError::BlockHash { .. }));
		assert_eq!(
			verify(&|p| p.block.number = 78),
			ProofError::BlockNumber { claimed: 78, found: 77 }
		);
		let found = LogHead { size: 7, root: real.log_root };
		assert_eq!(verify(&|p| p.log_size = 8), ProofError::LogHead { found });
		assert_eq!(verify(&|p| p.log_root.0[0] ^= 1), ProofError::LogHead { found });
		for index in [0, 3, 5, 6, 7, u64::MAX] {
			assert_eq!(verify(&|p| p.leaf_index = index), ProofError::Inclusion, "{index}");
		}
		assert_eq!(verify(&|p| p.leaf[40] ^= 1), ProofError::Inclusion);
		assert_eq!(verify(&|p| p.path[0][0] ^= 1), ProofError::Inclusion);
		assert_eq!(verify(&|p| p.path.reverse()), ProofError::Inclusion);
		assert_eq!(verify(&|p| p.path.push([0; 32])), ProofError::Inclusion);
		assert_eq!(verify(&|p| p.path.clear()), ProofError::Inclusion);
		let claimed = BundleRoot([0; 32]);
		let error = verify(&|p| p.bundle_root = claimed);
		assert_eq!(error, ProofError::BundleRoot { claimed, found: real.bundle_root });
		assert!(error.to_string().contains(&real.bundle_root.to_string()));
	}

	/// A proof around other leaf bytes and another header, consistent in itself.
	fn forged(leaf: Vec<u8>, header: impl Fn(LogHead) -> Vec<u8>) -> Result<Proved, ProofError> {
		let log = [[0; 32], merkle::leaf_hash(&leaf)];
		let (log_size, log_root) = (2, LogRoot(merkle::root(&log)));
		let header = header(LogHead { size: log_size, root: log_root });
		let block = AnchorBlock { number: 77, hash: blake2_256(&header), header };
		let (leaf_index, path) = (1, vec![log[0]]);
		ProofFile { block, log_size, log_root, leaf_index, leaf, path, ..proof() }.verify()
	}

	fn honest(head: LogHead) -> Vec<u8> {
		header_with(&[(LOG_ENGINE_ID, head.encode())])
	}

	#[test]
	fn a_leaf_of_another_shape_proves_nothing() {
		let ours = leaf(4, completed()).bytes();
		assert!(forged(ours.clone(), honest).is_ok());
		assert_eq!(forged(vec![], honest), Err(ProofError::Leaf));
		assert_eq!(forged(ours[..ours.len() - 1].to_vec(), honest), Err(ProofError::Leaf));
		assert_eq!(forged([ours.as_slice(), &[0]].concat(), honest), Err(ProofError::Leaf));
		let mut newer = ours;
		newer[0] = 2;
		assert_eq!(forged(newer, honest), Err(ProofError::LeafVersion(2)));
	}

	#[test]
	fn a_header_that_does_not_vouch_for_the_log_proves_nothing() {
		let ours = leaf(4, completed()).bytes();
		let verify =
			|header: &dyn Fn(LogHead) -> Vec<u8>| forged(ours.clone(), header).unwrap_err();
		assert_eq!(verify(&|_| vec![]), ProofError::Header);
		assert_eq!(verify(&|head| [honest(head), vec![0]].concat()), ProofError::Header);
		assert_eq!(verify(&|_| header_with(&[])), ProofError::NotInHeader);
		// The right data of somebody else.
		let other = |head: LogHead| header_with(&[(*b"BEEF", head.encode())]);
		assert_eq!(verify(&other), ProofError::NotInHeader);
		let twice = |head: LogHead| {
			header_with(&[(LOG_ENGINE_ID, head.encode()), (LOG_ENGINE_ID, head.encode())])
		};
		assert_eq!(verify(&twice), ProofError::NotInHeader);
		let longer = |head: LogHead| header_with(&[(LOG_ENGINE_ID, (head, 0u8).encode())]);
		assert_eq!(verify(&longer), ProofError::Header);
		let found = LogHead { size: 3, root: LogRoot([1; 32]) };
		assert_eq!(verify(&|_| honest(found)), ProofError::LogHead { found });
	}

	#[test]
	fn a_wrong_log_makes_no_proof() {
		let ours = leaf(4, completed());
		let log = log(&ours);
		let make = |log: &[Hash], header: Vec<u8>, index| {
			ProofFile::new(Genesis([9; 32]), header, log, index, ours.bytes(), EXECUTOR)
		};
		assert_eq!(make(&log[..5], header_of(&log), 4), Err(ProofError::NoLeaf));
		assert_eq!(make(&log, header_of(&log), 7), Err(ProofError::NoLeaf));
		assert_eq!(make(&log, header_of(&log), 3), Err(ProofError::Inclusion));
		assert_eq!(make(&log, header_of(&log[..3]), 4), Err(ProofError::NoLeaf));
		assert_eq!(make(&log, header_with(&[]), 4), Err(ProofError::NotInHeader));
		let mut other = log.clone();
		other[0] = [0; 32];
		assert_eq!(make(&other, header_of(&log), 4), Err(ProofError::Inclusion));
		assert_eq!(
			log_head(&header_of(&log)),
			Ok(LogHead { size: 7, root: LogRoot(merkle::root(&log)) })
		);
	}
}

// SPDX-License-Identifier: GPL-3.0-or-later
//! What a cluster signs: an in-toto Statement v1 in a DSSE envelope.
//!
//! The subject is what the clusters have to agree on. The predicate says under which circumstances
//! this one found it. The key is the cluster's own; what binds it to the cluster is that the statement
//! is a leaf of the evidence root, which the owner's account puts on the chain.

use assay_primitives::{
	bundle::agreed_half, outcome::Outcome, protocol::Role, spec::Engine, task::Limits,
	task::Workload, ClusterId, ContentHash, Genesis, TaskId,
};
use base64::{engine::general_purpose::STANDARD, Engine as _};
use ed25519_dalek::{Signature, Signer, SigningKey, Verifier, VerifyingKey};
use serde::{Deserialize, Serialize};

/// The type of a statement.
pub const STATEMENT_TYPE: &str = "https://in-toto.io/Statement/v1";
/// The type of what is in the envelope.
pub const PAYLOAD_TYPE: &str = "application/vnd.in-toto+json";
/// The type of our predicate.
pub const PREDICATE_TYPE: &str = "urn:assay:execution:v1";

/// A statement.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Statement {
	/// [`STATEMENT_TYPE`].
	#[serde(rename = "_type")]
	pub type_: String,
	/// What it is about: one subject.
	pub subject: Vec<Subject>,
	/// [`PREDICATE_TYPE`].
	pub predicate_type: String,
	/// What it says.
	pub predicate: Predicate,
}

/// What a statement is about.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Subject {
	/// `output_root` or `failure_report`.
	pub name: String,
	/// Its digest.
	pub digest: Digest,
}

/// A digest, as in-toto writes it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Digest {
	/// Hexadecimal, without a prefix.
	pub sha256: String,
}

/// The circumstances of an execution.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Predicate {
	/// The chain.
	pub genesis: Genesis,
	/// The task.
	pub task: TaskId,
	/// Which try at it.
	pub attempt: u8,
	/// Who ran it.
	pub cluster: ClusterId,
	/// As what.
	pub role: Role,
	/// What ran it.
	pub engine: Engine,
	/// The program.
	pub program: ContentHash,
	/// The input manifest.
	pub inputs: ContentHash,
	/// [`Workload::parameters`], as in the anchor's leaf.
	pub parameters: ContentHash,
	/// Of how many items the task consists, if it is an array.
	#[serde(default, skip_serializing_if = "Option::is_none")]
	pub items: Option<u16>,
	/// Which of them this is about, if it is about one alone.
	#[serde(default, skip_serializing_if = "Option::is_none")]
	pub item: Option<u16>,
	/// What it could use.
	pub limits: Limits,
	/// What it found.
	pub outcome: Outcome,
	/// What it used.
	pub fuel_used: u64,
	/// When it began, in milliseconds since 1970.
	pub started_unix_ms: u64,
	/// How long it took.
	pub wall_time_micros: u64,
	/// On what.
	pub machine: Machine,
	/// Root over the log lines.
	pub log_root: ContentHash,
	/// A fault that was switched on for a demonstration or a test: this is no honest result.
	#[serde(default, skip_serializing_if = "Option::is_none")]
	pub simulated_fault: Option<String>,
}

/// The machine, as it describes itself.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Machine {
	/// The processor's architecture.
	pub architecture: String,
	/// The operating system.
	pub os: String,
	/// The worker's version.
	pub worker: String,
}

impl Machine {
	/// This one.
	pub fn here() -> Self {
		Self {
			architecture: std::env::consts::ARCH.into(),
			os: std::env::consts::OS.into(),
			worker: env!("CARGO_PKG_VERSION").into(),
		}
	}
}

/// The digest of a workload's parameters.
pub fn parameters(workload: &Workload) -> ContentHash {
	ContentHash(workload.parameters())
}

/// A DSSE envelope.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Envelope {
	/// [`PAYLOAD_TYPE`].
	pub payload_type: String,
	/// The statement's JSON in base64.
	pub payload: String,
	/// One signature.
	pub signatures: Vec<EnvelopeSignature>,
}

/// A signature of an envelope.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EnvelopeSignature {
	/// The Ed25519 public key in hexadecimal.
	pub keyid: String,
	/// The signature in base64.
	pub sig: String,
}

/// Why an envelope proves nothing.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum BadEnvelope {
	/// It is no envelope around a statement.
	#[error("not a DSSE envelope around an in-toto statement")]
	Malformed,
	/// Its signature does not match.
	#[error("the signature does not match")]
	Signature,
}

impl Statement {
	/// The statement with this predicate.
	pub fn new(predicate: Predicate) -> Self {
		let name = match predicate.outcome {
			Outcome::Completed { .. } => "output_root",
			Outcome::Failed { .. } => "failure_report",
		};
		let digest = Digest { sha256: hex::encode(agreed_half(&predicate.outcome)) };
		Self {
			type_: STATEMENT_TYPE.into(),
			subject: vec![Subject { name: name.into(), digest }],
			predicate_type: PREDICATE_TYPE.into(),
			predicate,
		}
	}

	/// The signed statement as the file of a bundle.
	pub fn sign(&self, key: &SigningKey) -> Result<Vec<u8>, serde_json::Error> {
		let payload = serde_json::to_vec(self)?;
		let signature = key.sign(&pre_authentication(PAYLOAD_TYPE, &payload));
		let envelope = Envelope {
			payload_type: PAYLOAD_TYPE.into(),
			payload: STANDARD.encode(&payload),
			signatures: vec![EnvelopeSignature {
				keyid: hex::encode(key.verifying_key().to_bytes()),
				sig: STANDARD.encode(signature.to_bytes()),
			}],
		};
		serde_json::to_vec(&envelope)
	}

	/// The statement in the file of a bundle, if its signature holds, and whose it is.
	pub fn verify(file: &[u8]) -> Result<(Self, VerifyingKey), BadEnvelope> {
		let bad = |_| BadEnvelope::Malformed;
		let envelope: Envelope =
			serde_json::from_slice(file).map_err(|_| BadEnvelope::Malformed)?;
		let payload = STANDARD.decode(&envelope.payload).map_err(|_| BadEnvelope::Malformed)?;
		let [EnvelopeSignature { keyid, sig }] = &envelope.signatures[..] else {
			return Err(BadEnvelope::Malformed);
		};
		let mut key = [0; 32];
		hex::decode_to_slice(keyid, &mut key).map_err(|_| BadEnvelope::Malformed)?;
		let key = VerifyingKey::from_bytes(&key).map_err(bad)?;
		let sig = STANDARD.decode(sig).map_err(|_| BadEnvelope::Malformed)?;
		let sig = Signature::from_slice(&sig).map_err(bad)?;
		key.verify(&pre_authentication(&envelope.payload_type, &payload), &sig)
			.map_err(|_| BadEnvelope::Signature)?;
		let statement: Self =
			serde_json::from_slice(&payload).map_err(|_| BadEnvelope::Malformed)?;
		let expected = Self::new(statement.predicate.clone());
		if envelope.payload_type != PAYLOAD_TYPE || statement != expected {
			return Err(BadEnvelope::Malformed);
		}
		Ok((statement, key))
	}
}

/// What DSSE signs: type and payload, each with its length.
fn pre_authentication(payload_type: &str, payload: &[u8]) -> Vec<u8> {
	let mut bytes =
		format!("DSSEv1 {} {payload_type} {} ", payload_type.len(), payload.len()).into_bytes();
	bytes.extend_from_slice(payload);
	bytes
}

#[cfg(test)]
mod tests {
	use super::*;
	use assay_primitives::{spec::WASM_ENGINE, OutputRoot};

	fn statement() -> Statement {
		Statement::new(Predicate {
			genesis: Genesis([1; 32]),
			task: TaskId(2),
			attempt: 0,
			cluster: ClusterId(3),
			role: Role::Executor,
			engine: WASM_ENGINE,
			program: ContentHash([4; 32]),
			inputs: ContentHash([5; 32]),
			parameters: ContentHash([6; 32]),
			items: None,
			item: None,
			limits: Limits { fuel: 7, memory_mib: 8, output_kib: 9 },
			outcome: Outcome::Completed { output_root: OutputRoot([0xab; 32]) },
			fuel_used: 10,
			started_unix_ms: 11,
			wall_time_micros: 12,
			machine: Machine::here(),
			log_root: ContentHash([13; 32]),
			simulated_fault: None,
		})
	}

	#[test]
	fn the_signed_bytes_follow_the_published_example() {
		// From the DSSE protocol's description.
		assert_eq!(
			pre_authentication("http://example.com/HelloWorld", b"hello world"),
			b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
		);
	}

	#[test]
	fn a_signed_statement_is_read_back_with_its_signer() {
		let key = SigningKey::from_bytes(&[7; 32]);
		let file = statement().sign(&key).unwrap();
		let (read, signer) = Statement::verify(&file).unwrap();
		assert_eq!(read, statement());
		assert_eq!(signer, key.verifying_key());
		assert_eq!(read.subject[0].digest.sha256, "ab".repeat(32));
	}

	#[test]
	fn a_changed_statement_or_signature_is_refused() {
		let key = SigningKey::from_bytes(&[7; 32]);
		let file = statement().sign(&key).unwrap();
		let mut envelope: Envelope = serde_json::from_slice(&file).unwrap();
		let mut other = statement();
		other.predicate.fuel_used += 1;
		envelope.payload = STANDARD.encode(serde_json::to_vec(&other).unwrap());
		let changed = serde_json::to_vec(&envelope).unwrap();
		assert_eq!(Statement::verify(&changed), Err(BadEnvelope::Signature));

		let mut envelope: Envelope = serde_json::from_slice(&file).unwrap();
		let stranger = SigningKey::from_bytes(&[8; 32]).verifying_key();
		envelope.signatures[0].keyid = hex::encode(stranger.to_bytes());
		let changed = serde_json::to_vec(&envelope).unwrap();
		assert_eq!(Statement::verify(&changed), Err(BadEnvelope::Signature));
		assert_eq!(Statement::verify(b"{}"), Err(BadEnvelope::Malformed));
	}

	#[test]
	fn the_subject_is_what_the_outcome_says() {
		let key = SigningKey::from_bytes(&[7; 32]);
		let mut odd = statement();
		odd.subject[0].digest.sha256 = "cd".repeat(32);
		assert_eq!(Statement::verify(&odd.sign(&key).unwrap()), Err(BadEnvelope::Malformed));
	}
}

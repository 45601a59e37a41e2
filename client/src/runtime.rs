// SPDX-License-Identifier: GPL-3.0-or-later
//! One version of the chain's runtime: how to build transactions for it and read what it emits.
//! No I/O.

use crate::{
	blocks::Block,
	call::Call,
	error::{DispatchFailure, Error, Result},
	event::AssayEvent,
	keys::Signer,
	AccountId, Hash,
};
use assay_primitives::Balance;
use codec::{Decode, Encode};
use subxt::{
	client::OfflineClientAtBlock,
	config::{substrate::SpecVersionForRange, DefaultExtrinsicParamsBuilder, SubstrateConfig},
	dynamic::Value,
	error::{DispatchError, StorageError},
	events::Phase,
	Metadata, OfflineClient,
};

/// How many blocks a transaction may wait before it is void.
pub(crate) const ERA_BLOCKS: u64 = 64;
/// The metadata version this client reads.
const METADATA_VERSION: u32 = 15;

/// A signed transaction.
pub(crate) struct Signed {
	pub bytes: Vec<u8>,
	pub hash: Hash,
}

/// An event of Assay, and the extrinsic that caused it, if one did.
pub(crate) struct EventRecord {
	pub extrinsic: Option<u32>,
	pub event: Occurrence,
}

/// What of a block's events matters here.
pub(crate) enum Occurrence {
	Assay(AssayEvent),
	/// Something was taken from an account, such as the fee in front of its call.
	Withdrawn(AccountId),
	FeePaid(Balance),
	Failed(DispatchFailure),
}

pub(crate) struct Runtime {
	client: OfflineClientAtBlock<SubstrateConfig>,
}

impl Runtime {
	/// The arguments of the runtime call that returns the metadata.
	pub fn metadata_request() -> (&'static str, Vec<u8>) {
		("Metadata_metadata_at_version", METADATA_VERSION.encode())
	}

	/// `answer` is what that call returned.
	pub fn new(genesis: Hash, spec: u32, transaction: u32, answer: &[u8]) -> Result<Self> {
		let opaque: Option<Vec<u8>> = Decode::decode(&mut &answer[..])
			.map_err(|source| Error::unreadable("the metadata", source))?;
		let bytes = opaque.ok_or_else(|| Error::Unsupported {
			what: format!("metadata of version {METADATA_VERSION}"),
		})?;
		let metadata = Metadata::decode_from(&bytes)
			.map_err(|source| Error::unreadable("the metadata", source))?;
		let config = SubstrateConfig::builder()
			.set_genesis_hash(genesis)
			.set_metadata_for_spec_versions([(spec, metadata.arc())])
			.set_spec_version_for_block_ranges([SpecVersionForRange {
				block_range: 0..u64::MAX,
				spec_version: spec,
				transaction_version: transaction,
			}])
			.build();
		let client = OfflineClient::new_with_config(config)
			.at_block(0u32)
			.map_err(|source| Error::unreadable("the metadata", source))?;
		Ok(Self { client })
	}

	/// Signs `call` with `nonce`; it is void [`ERA_BLOCKS`] after `birth`.
	pub fn sign(&self, signer: &Signer, call: &Call, nonce: u64, birth: Block) -> Result<Signed> {
		let params = DefaultExtrinsicParamsBuilder::<SubstrateConfig>::new()
			.nonce(nonce)
			.mortal_from_unchecked(ERA_BLOCKS, birth.number.into(), birth.hash)
			.build();
		let unbuildable =
			|source| Error::Unbuildable { what: call.to_string(), source: Box::new(source) };
		let payload = call.payload();
		let signed = self
			.client
			.tx()
			.create_signable_offline(&payload, params)
			.and_then(|mut signable| signable.sign(signer.pair()))
			.map_err(unbuildable)?;
		Ok(Signed { hash: signed.hash(), bytes: signed.into_encoded() })
	}

	/// Where a block's events are stored.
	pub fn events_key(&self) -> Result<Vec<u8>> {
		let storage = self.client.storage();
		let entry = storage.entry(("System", "Events")).map_err(Self::unknown_storage)?;
		Ok(entry.key_prefix().to_vec())
	}

	/// Where the balance of `account` is stored.
	pub fn account_key(&self, account: &AccountId) -> Result<Vec<u8>> {
		let storage = self.client.storage();
		let entry = storage.entry(("System", "Account")).map_err(Self::unknown_storage)?;
		entry.fetch_key(vec![Value::from_bytes(account.0)]).map_err(Self::unknown_storage)
	}

	fn unknown_storage(source: StorageError) -> Error {
		Error::unreadable("the storage layout", source)
	}

	/// Reads a block's events; unknown ones are skipped.
	pub fn events(&self, bytes: Vec<u8>) -> Result<Vec<EventRecord>> {
		let mut records = Vec::new();
		for found in self.client.events().from_bytes(bytes).iter() {
			let found = found.map_err(|source| Error::unreadable("the events", source))?;
			let (pallet, name) = (found.pallet_name(), found.event_name());
			let fields = found.field_bytes();
			let unreadable =
				|source| Error::unreadable(format!("the event {pallet}.{name}"), source);
			let event = match (pallet, name) {
				("System", "ExtrinsicFailed") => Some(Occurrence::Failed(self.failure(fields))),
				("Balances", "Withdraw") => {
					let (who, _amount) =
						<([u8; 32], Balance)>::decode(&mut &fields[..]).map_err(unreadable)?;
					Some(Occurrence::Withdrawn(AccountId::from(who)))
				},
				("TransactionPayment", "TransactionFeePaid") => {
					let (_payer, fee) =
						<([u8; 32], Balance)>::decode(&mut &fields[..]).map_err(unreadable)?;
					Some(Occurrence::FeePaid(fee))
				},
				_ => AssayEvent::decode(pallet, name, fields)
					.map_err(unreadable)?
					.map(Occurrence::Assay),
			};
			let extrinsic = match found.phase() {
				Phase::ApplyExtrinsic(index) => Some(index),
				Phase::Finalization | Phase::Initialization => None,
			};
			records.extend(event.map(|event| EventRecord { extrinsic, event }));
		}
		Ok(records)
	}

	/// Explains a dispatch error by the names and docs in the metadata.
	fn failure(&self, fields: &[u8]) -> DispatchFailure {
		let runtime_error = |name: &str, docs: String| DispatchFailure {
			pallet: None,
			name: name.to_owned(),
			docs,
		};
		let error = match DispatchError::decode_from(fields, self.client.metadata()) {
			Ok(error) => error,
			Err(source) => return runtime_error("Unknown", source.to_string()),
		};
		let DispatchError::Module(module) = &error else {
			let name = format!("{error:?}");
			return runtime_error(&name, error.to_string());
		};
		match module.details() {
			Ok(details) => DispatchFailure {
				pallet: Some(details.pallet.name().to_owned()),
				name: details.variant.name.clone(),
				docs: one_line(&details.variant.docs),
			},
			Err(_) => runtime_error("Module", module.details_string()),
		}
	}
}

/// Documentation lines as one line of text.
fn one_line(docs: &[String]) -> String {
	let words: Vec<&str> = docs.iter().flat_map(|line| line.split_whitespace()).collect();
	words.join(" ")
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn docs_become_one_line() {
		let docs =
			[" The commit window is over.", "", " The task went to another."].map(String::from);
		assert_eq!(one_line(&docs), "The commit window is over. The task went to another.");
	}

	#[test]
	fn bad_metadata_is_an_error() {
		let genesis = Hash::zero();
		assert!(matches!(Runtime::new(genesis, 1, 1, &[]), Err(Error::Unreadable { .. })));
		assert!(matches!(
			Runtime::new(genesis, 1, 1, &None::<Vec<u8>>.encode()),
			Err(Error::Unsupported { .. })
		));
		assert!(matches!(
			Runtime::new(genesis, 1, 1, &Some(vec![1u8, 2, 3]).encode()),
			Err(Error::Unreadable { .. })
		));
	}
}

// SPDX-License-Identifier: GPL-3.0-or-later
//! The connection to a node: made on demand, remade after a loss.

use crate::{
	blocks::{Block, FinalisedBlocks},
	error::{Error, Result},
	event::AssayEvent,
	runtime::{EventRecord, Occurrence, Runtime},
	submit::Lanes,
	AccountId, Funds, Hash,
};
use assay_primitives::{Balance, BlockNumber};
use codec::{Decode, Encode};
use std::{collections::HashMap, fmt, future::Future, sync::Arc, time::Duration};
use subxt::{
	config::{substrate::SubstrateHeader, RpcConfigFor, SubstrateConfig},
	rpcs::{
		self,
		client::{RpcClient, RpcSubscription},
		methods::legacy::LegacyRpcMethods,
	},
};
use tokio::{
	sync::Mutex,
	time::{timeout, Instant},
};

/// How long a connection may take to come up.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// How long to wait between two attempts to reach a node that starts.
const RETRY_AFTER: Duration = Duration::from_millis(250);

/// A block's header.
pub type Header = SubstrateHeader<Hash>;

pub(crate) type Rpc = LegacyRpcMethods<RpcConfigFor<SubstrateConfig>>;

/// What a node says about itself.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize)]
pub struct NodeInfo {
	/// The chain's name.
	pub chain: String,
	/// The program's name.
	pub name: String,
	/// The program's version.
	pub version: String,
}

/// A chain, by way of one of its nodes. Cheap to clone; all clones share one connection.
#[derive(Clone)]
pub struct Chain {
	pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
	url: String,
	genesis: Hash,
	link: Mutex<Option<Link>>,
	runtimes: Mutex<HashMap<u32, Arc<Runtime>>>,
	pub lanes: Lanes,
}

/// One connection.
#[derive(Clone)]
pub(crate) struct Link {
	/// Tells one connection from the next.
	serial: Arc<()>,
	pub rpc: Rpc,
}

impl Link {
	async fn open(url: &str) -> Result<Self> {
		if !url.starts_with("ws://") && !url.starts_with("wss://") {
			return Err(Error::BadUrl { url: url.into() });
		}
		let lost = |source| Error::Disconnected { url: url.into(), source };
		let client = timeout(CONNECT_TIMEOUT, RpcClient::from_insecure_url(url))
			.await
			.map_err(|elapsed| lost(elapsed.into()))?
			.map_err(|source| lost(innermost(source)))?;
		Ok(Self { serial: Arc::new(()), rpc: Rpc::new(client) })
	}
}

impl Chain {
	/// Connects to the node at `url`.
	pub async fn connect(url: &str) -> Result<Self> {
		let link = Link::open(url).await?;
		let genesis = link
			.rpc
			.genesis_hash()
			.await
			.map_err(|error| rpc_error(url, "the genesis hash", error))?;
		Ok(Self {
			inner: Arc::new(Inner {
				url: url.into(),
				genesis,
				link: Mutex::new(Some(link)),
				runtimes: Mutex::default(),
				lanes: Lanes::default(),
			}),
		})
	}

	/// Connects to a node that may still be starting: waits until it answers for Assay, at most for
	/// `deadline`.
	pub async fn connect_when_ready(url: &str, deadline: Duration) -> Result<Self> {
		let end = Instant::now() + deadline;
		loop {
			let attempt = async {
				let chain = Self::connect(url).await?;
				chain.network(None).await?;
				Ok(chain)
			};
			let error = match attempt.await {
				Ok(chain) => return Ok(chain),
				Err(error @ (Error::Disconnected { .. } | Error::Refused { .. })) => error,
				Err(error) => return Err(error),
			};
			if Instant::now() + RETRY_AFTER >= end {
				let (url, source) = (url.into(), Box::new(error));
				return Err(Error::NotReady { url, waited: deadline, source });
			}
			tokio::time::sleep(RETRY_AFTER).await;
		}
	}

	/// The node's address.
	pub fn url(&self) -> &str {
		&self.inner.url
	}

	/// The hash of block zero.
	pub fn genesis(&self) -> Hash {
		self.inner.genesis
	}

	/// What the node says about itself.
	pub async fn node(&self) -> Result<NodeInfo> {
		self.read("the node's name", |rpc| async move {
			Ok(NodeInfo {
				chain: rpc.system_chain().await?,
				name: rpc.system_name().await?,
				version: rpc.system_version().await?,
			})
		})
		.await
	}

	/// The highest finalised block.
	pub async fn finalised_head(&self) -> Result<Block> {
		let header = self
			.read("the finalised head", |rpc| async move {
				let hash = rpc.chain_get_finalized_head().await?;
				rpc.chain_get_header(Some(hash)).await
			})
			.await?;
		let header = header.ok_or_else(|| Error::Missing { what: "the finalised head".into() })?;
		Ok(Block::of(&header))
	}

	/// The hash of the block at `number`, if there is one. Up to the finalised head it never changes.
	pub async fn block_hash(&self, number: BlockNumber) -> Result<Option<Hash>> {
		self.read("a block's hash", |rpc| async move {
			rpc.chain_get_block_hash(Some(number.into())).await
		})
		.await
	}

	/// The header of a block.
	pub async fn header(&self, hash: Hash) -> Result<Header> {
		self.read("a header", |rpc| async move { rpc.chain_get_header(Some(hash)).await })
			.await?
			.ok_or_else(|| Error::Missing { what: format!("block {hash:?}") })
	}

	/// Follows the finalised chain from block `from` on; without it, from the present head on.
	pub fn finalised_blocks(&self, from: Option<BlockNumber>) -> FinalisedBlocks {
		FinalisedBlocks::new(self.clone(), from)
	}

	/// Assay's events of a block, in order.
	pub async fn events(&self, hash: Hash) -> Result<Vec<AssayEvent>> {
		let records = self.event_records(hash).await?;
		let assay = records.into_iter().filter_map(|record| match record.event {
			Occurrence::Assay(event) => Some(event),
			_ => None,
		});
		Ok(assay.collect())
	}

	/// The balance of an account.
	pub async fn funds(&self, account: &AccountId, at: Option<Hash>) -> Result<Funds> {
		let at = match at {
			Some(at) => at,
			None => self.best_block().await?,
		};
		let key = &self.runtime(at).await?.account_key(account)?;
		match self.storage("a balance", key, at).await? {
			None => Ok(Funds { free: 0, held: 0 }),
			Some(bytes) => {
				read_funds(&bytes).map_err(|source| Error::unreadable("a balance", source))
			},
		}
	}

	/// Calls the runtime API method `AssayApi_<method>` at the block `at`, or at the best block.
	pub async fn api<R: Decode>(
		&self,
		method: &str,
		arguments: impl Encode,
		at: Option<Hash>,
	) -> Result<R> {
		let name = format!("AssayApi_{method}");
		let answer = self.state_call(&name, &arguments.encode(), at).await?;
		let mut input = &answer[..];
		let value = R::decode(&mut input)
			.map_err(|source| Error::unreadable(format!("the answer of {name}"), source))?;
		if !input.is_empty() {
			let source = codec::Error::from("bytes are left over");
			return Err(Error::unreadable(format!("the answer of {name}"), source));
		}
		Ok(value)
	}

	pub(crate) async fn state_call(
		&self,
		name: &str,
		arguments: &[u8],
		at: Option<Hash>,
	) -> Result<Vec<u8>> {
		self.read(name, |rpc| async move { rpc.state_call(name, Some(arguments), at).await })
			.await
			.map_err(|error| match error {
				Error::Refused { message, .. } if message.contains("is not found") => {
					Error::Unsupported { what: format!("the runtime call {name}") }
				},
				error => error,
			})
	}

	/// The runtime that a block runs on.
	pub(crate) async fn runtime(&self, at: Hash) -> Result<Arc<Runtime>> {
		let version = self
			.read("the runtime's version", |rpc| async move {
				rpc.state_get_runtime_version(Some(at)).await
			})
			.await?;
		let mut runtimes = self.inner.runtimes.lock().await;
		if let Some(runtime) = runtimes.get(&version.spec_version) {
			return Ok(runtime.clone());
		}
		let (name, arguments) = Runtime::metadata_request();
		let answer = self.state_call(name, &arguments, Some(at)).await?;
		let (spec, transaction) = (version.spec_version, version.transaction_version);
		let runtime = Arc::new(Runtime::new(self.inner.genesis, spec, transaction, &answer)?);
		runtimes.insert(spec, runtime.clone());
		Ok(runtime)
	}

	pub(crate) async fn event_records(&self, hash: Hash) -> Result<Vec<EventRecord>> {
		let runtime = self.runtime(hash).await?;
		let stored = self.storage("the events", &runtime.events_key()?, hash).await?;
		runtime.events(stored.unwrap_or_default())
	}

	async fn storage(&self, what: &str, key: &[u8], at: Hash) -> Result<Option<Vec<u8>>> {
		self.read(what, |rpc| async move { rpc.state_get_storage(key, Some(at)).await })
			.await
			.map_err(|error| match error {
				// A pruned state is the only reason why a node refuses to read storage.
				Error::Refused { .. } => {
					Error::Missing { what: format!("the state of block {at:?}") }
				},
				error => error,
			})
	}

	async fn best_block(&self) -> Result<Hash> {
		self.read("the best block", |rpc| async move { rpc.chain_get_block_hash(None).await })
			.await?
			.ok_or_else(|| Error::Missing { what: "the best block".into() })
	}

	pub(crate) async fn extrinsics(&self, hash: Hash) -> Result<Vec<Vec<u8>>> {
		let details = self
			.read("a block", |rpc| async move { rpc.chain_get_block(Some(hash)).await })
			.await?
			.ok_or_else(|| Error::Missing { what: format!("block {hash:?}") })?;
		Ok(details.block.extrinsics.into_iter().map(|extrinsic| extrinsic.0).collect())
	}

	pub(crate) async fn subscribe_finalised(&self) -> Result<RpcSubscription<Header>> {
		self.read("the finalised blocks", |rpc| async move {
			rpc.chain_subscribe_finalized_heads().await
		})
		.await
	}

	/// Drops the connection and says that it was lost.
	pub(crate) async fn lost(
		&self,
		source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
	) -> Error {
		*self.inner.link.lock().await = None;
		Error::Disconnected { url: self.inner.url.clone(), source: source.into() }
	}

	/// The present connection, or a new one.
	pub(crate) async fn link(&self) -> Result<Link> {
		let mut slot = self.inner.link.lock().await;
		if let Some(link) = slot.as_ref() {
			return Ok(link.clone());
		}
		let url = &self.inner.url;
		let link = Link::open(url).await?;
		let found = link
			.rpc
			.genesis_hash()
			.await
			.map_err(|error| rpc_error(url, "the genesis hash", error))?;
		let expected = self.inner.genesis;
		if found != expected {
			return Err(Error::OtherChain { url: url.clone(), expected, found });
		}
		tracing::debug!(%url, "connected again");
		*slot = Some(link.clone());
		Ok(link)
	}

	/// Forgets a connection that broke, unless somebody has replaced it already.
	pub(crate) async fn forget(&self, broken: &Link) {
		let mut slot = self.inner.link.lock().await;
		if slot.as_ref().is_some_and(|link| Arc::ptr_eq(&link.serial, &broken.serial)) {
			*slot = None;
		}
	}

	/// Makes a request that changes nothing; once more when the connection turns out to be broken.
	pub(crate) async fn read<R, F>(&self, what: &str, request: impl Fn(Rpc) -> F) -> Result<R>
	where
		F: Future<Output = Result<R, rpcs::Error>>,
	{
		let mut second = false;
		loop {
			let link = self.link().await?;
			let error = match request(link.rpc.clone()).await {
				Ok(answer) => return Ok(answer),
				Err(error) => rpc_error(&self.inner.url, what, error),
			};
			if !matches!(error, Error::Disconnected { .. }) {
				return Err(error);
			}
			self.forget(&link).await;
			if second {
				return Err(error);
			}
			second = true;
		}
	}
}

impl fmt::Debug for Chain {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		write!(f, "Chain({} at {})", self.inner.genesis, self.inner.url)
	}
}

/// What an error of the RPC client means.
pub(crate) fn rpc_error(url: &str, what: &str, error: rpcs::Error) -> Error {
	match error {
		rpcs::Error::User(answer) => {
			let details = answer.data.as_ref().map(|data| data.get().trim_matches('"').to_owned());
			let message = match details {
				Some(details) => format!("{} ({details})", answer.message),
				None => answer.message,
			};
			Error::Refused { what: what.into(), message }
		},
		error @ (rpcs::Error::Client(_) | rpcs::Error::DisconnectedWillReconnect(_)) => {
			Error::Disconnected { url: url.into(), source: innermost(error) }
		},
		error => Error::unreadable(what, error),
	}
}

/// What the transport says, without the wrappers that repeat it.
fn innermost(error: rpcs::Error) -> Box<dyn std::error::Error + Send + Sync> {
	match error {
		rpcs::Error::Client(source) => match source.downcast::<rpcs::Error>() {
			Ok(wrapped) => innermost(*wrapped),
			Err(source) => source,
		},
		error => Box::new(error),
	}
}

/// `AccountInfo`: four counters, then free, reserved, frozen and flags. What is held is reserved.
fn read_funds(bytes: &[u8]) -> Result<Funds, codec::Error> {
	let (_counters, free, held) = <([u32; 4], Balance, Balance)>::decode(&mut &bytes[..])?;
	Ok(Funds { free, held })
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::error::chain_of;
	use rpcs::UserError;

	#[test]
	fn balances_stand_behind_four_counters() {
		let mut bytes = vec![0; 16];
		for amount in [7u128, 5, 3, 1] {
			bytes.extend(amount.to_le_bytes());
		}
		assert_eq!(read_funds(&bytes).unwrap(), Funds { free: 7, held: 5 });
		assert!(read_funds(&bytes[..40]).is_err());
	}

	#[test]
	fn errors_of_the_node_are_told_from_those_of_the_line() {
		let answer = UserError { code: 1, message: "no".into(), data: None };
		let refused = rpc_error("ws://node", "a block", rpcs::Error::User(answer));
		assert_eq!(refused.to_string(), "the node refused a block: no");
		assert!(!refused.is_transient());
		let wrapped = rpcs::Error::Client(Box::new(rpcs::Error::Client("closed".into())));
		let lost = rpc_error("ws://node", "a block", wrapped);
		assert!(lost.is_transient());
		assert!(chain_of(&lost).ends_with("try again: closed"), "{}", chain_of(&lost));
	}

	#[tokio::test]
	async fn an_address_without_a_node_is_reported_with_what_to_do() {
		let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
		let url = format!("ws://{free}");
		let error = Chain::connect(&url).await.unwrap_err();
		assert!(matches!(error, Error::Disconnected { .. }));
		assert!(error.to_string().contains("check that the node runs"));
		let error = Chain::connect_when_ready(&url, RETRY_AFTER * 2).await.unwrap_err();
		assert!(matches!(error, Error::NotReady { .. }));
		let error = Chain::connect("127.0.0.1:9944").await.unwrap_err();
		assert!(matches!(error, Error::BadUrl { .. }));
	}
}

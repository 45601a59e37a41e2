// SPDX-License-Identifier: GPL-3.0-or-later
//! What a cluster offers ([`Spec`]), what a task needs ([`Demand`]) and whether the one satisfies
//! the other ([`Demand::unmet_by`]).

use crate::{Balance, BoundedVec, ConstU32, SealingKey};
use alloc::vec::Vec;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use core::{fmt, str::FromStr};
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};

/// Most engines one cluster can offer.
pub const MAX_ENGINES: u32 = 8;
/// Most slots of one cluster.
pub const MAX_SLOTS: u16 = 16;
/// Most bytes of a log endpoint's URL.
pub const MAX_ENDPOINT_LEN: u32 = 128;
/// Most entries of a choice in a demand.
pub const MAX_CHOICES: u32 = 16;
/// The engine that the worker embeds: see `docs/protocol.md` for what the number fixes.
pub const WASM_ENGINE: Engine = Engine { kind: ExecutorKind::Wasm, id: 1 };

/// A processor architecture.
#[derive(
	Clone,
	Copy,
	PartialEq,
	Eq,
	PartialOrd,
	Ord,
	Debug,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
	Serialize,
	Deserialize,
)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum Architecture {
	X86_64,
	Aarch64,
	Riscv64,
}

/// How a workload is run.
#[derive(
	Clone,
	Copy,
	PartialEq,
	Eq,
	PartialOrd,
	Ord,
	Debug,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
	Serialize,
	Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum ExecutorKind {
	/// A WASI preview 1 module in the embedded engine.
	Wasm,
	/// An OCI image, pinned by digest.
	Container,
	/// A script inside a container.
	Bash,
	/// A plan and apply inside a container.
	Terraform,
	/// A model behind an inference server.
	Model,
}

/// One engine: the kind and the pinned version of what runs it.
#[derive(
	Clone,
	Copy,
	PartialEq,
	Eq,
	PartialOrd,
	Ord,
	Debug,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
	Serialize,
	Deserialize,
)]
#[serde(deny_unknown_fields)]
pub struct Engine {
	/// How it runs workloads.
	pub kind: ExecutorKind,
	/// Which pinned version; equal ids promise equal bytes.
	pub id: u16,
}

/// What a disagreement may cost.
#[derive(
	Clone,
	Copy,
	PartialEq,
	Eq,
	Debug,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
	Serialize,
	Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Determinism {
	/// The engine proves it: a differing answer is a fault, and bond pays for it where most could have
	/// been drawn to judge.
	Proven,
	/// Somebody declared it: a differing answer costs the task's pay and standing, never bond.
	Declared,
}

/// What must be equal between two executions for their outputs to be comparable.
#[derive(
	Clone,
	Copy,
	PartialEq,
	Eq,
	Debug,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
	Serialize,
	Deserialize,
)]
pub struct Class {
	/// The engine.
	pub engine: Engine,
	/// The architecture; `None` for Wasm, which has only its own.
	pub architecture: Option<Architecture>,
}

impl ExecutorKind {
	/// What a disagreement between two executions of this kind may cost.
	pub fn determinism(self) -> Determinism {
		match self {
			Self::Wasm => Determinism::Proven,
			Self::Container | Self::Bash | Self::Terraform | Self::Model => Determinism::Declared,
		}
	}
}

impl Engine {
	/// The class of an execution by this engine on `architecture`.
	pub fn class_on(self, architecture: Architecture) -> Class {
		let architecture = (self.kind != ExecutorKind::Wasm).then_some(architecture);
		Class { engine: self, architecture }
	}
}

/// How a cluster proves what it is.
#[derive(
	Clone,
	Copy,
	PartialEq,
	Eq,
	PartialOrd,
	Ord,
	Debug,
	Default,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
	Serialize,
	Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Attestation {
	/// By its signature alone.
	#[default]
	Signed,
	/// By a TPM 2.0 quote.
	Tpm,
	/// By a confidential-computing report.
	Confidential,
}

/// An ISO 3166-1 alpha-2 code, two capital letters.
#[derive(
	Clone,
	Copy,
	PartialEq,
	Eq,
	PartialOrd,
	Ord,
	Debug,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
	Serialize,
	Deserialize,
)]
#[serde(try_from = "alloc::string::String", into = "alloc::string::String")]
pub struct Region(pub [u8; 2]);

/// All officially assigned ISO 3166-1 alpha-2 codes, in order.
const REGIONS: &[u8] = b"ADAEAFAGAIALAMAOAQARASATAUAWAXAZBABBBDBEBFBGBHBIBJBLBMBNBOBQBRBSBTBVBWBYBZ\
CACCCDCFCGCHCICKCLCMCNCOCRCUCVCWCXCYCZDEDJDKDMDODZECEEEGEHERESETFIFJFKFMFOFRGAGBGDGEGFGGGHGIGLGMGNGPGQGRGSGTGUGWGYHKHMHNHRHTHU\
IDIEILIMINIOIQIRISITJEJMJOJPKEKGKHKIKMKNKPKRKWKYKZLALBLCLILKLRLSLTLULVLYMAMCMDMEMFMGMHMKMLMMMNMOMPMQMRMSMTMUMVMWMXMYMZ\
NANCNENFNGNINLNONPNRNUNZOMPAPEPFPGPHPKPLPMPNPRPSPTPWPYQARERORSRURWSASBSCSDSESGSHSISJSKSLSMSNSOSRSSSTSVSXSYSZ\
TCTDTFTGTHTJTKTLTMTNTOTRTTTVTWTZUAUGUMUSUYUZVAVCVEVGVIVNVUWFWSYEYTZAZMZW";

impl Region {
	/// Whether the code is assigned to a country.
	pub fn is_assigned(self) -> bool {
		REGIONS.chunks_exact(2).any(|code| code == self.0)
	}
}

impl fmt::Display for Region {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		f.write_str(core::str::from_utf8(&self.0).unwrap_or("??"))
	}
}

/// The text is not an assigned ISO 3166-1 alpha-2 code.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct UnknownRegion;

impl fmt::Display for UnknownRegion {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		f.write_str("not an ISO 3166-1 alpha-2 country code such as DE")
	}
}

impl FromStr for Region {
	type Err = UnknownRegion;
	fn from_str(text: &str) -> Result<Self, Self::Err> {
		let code: [u8; 2] = text.as_bytes().try_into().map_err(|_| UnknownRegion)?;
		Some(Self(code)).filter(|region| region.is_assigned()).ok_or(UnknownRegion)
	}
}

impl TryFrom<alloc::string::String> for Region {
	type Error = UnknownRegion;
	fn try_from(text: alloc::string::String) -> Result<Self, Self::Error> {
		text.parse()
	}
}

impl From<Region> for alloc::string::String {
	fn from(region: Region) -> Self {
		alloc::format!("{region}")
	}
}

/// The measurable part of a spec, and as lower bounds the measurable part of a demand.
#[derive(
	Clone,
	Copy,
	PartialEq,
	Eq,
	Debug,
	Default,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
	Serialize,
	Deserialize,
)]
#[serde(deny_unknown_fields, default)]
pub struct Resources {
	/// Thousandths of a processor core.
	pub cpu_millicores: u32,
	/// Memory for one slot, MiB.
	pub memory_mib: u32,
	/// Disk for one slot, MiB.
	pub disk_mib: u32,
	/// Graphics processors.
	pub gpu_count: u16,
	/// Memory of each graphics processor, MiB.
	pub gpu_vram_mib: u32,
}

/// What a cluster offers.
#[derive(
	Clone,
	PartialEq,
	Eq,
	Debug,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
	Serialize,
	Deserialize,
)]
#[serde(deny_unknown_fields)]
pub struct Spec {
	/// The processors.
	pub architecture: Architecture,
	/// What each slot has.
	pub resources: Resources,
	/// Where it stands.
	pub region: Region,
	/// What it can run.
	pub engines: BoundedVec<Engine, ConstU32<MAX_ENGINES>>,
	/// How it proves what it is.
	pub attestation: Attestation,
	/// Price of one task.
	pub price: Balance,
	/// How many tasks it runs at once, and beside them checks; each slot is a position that a draw can hit.
	pub slots: u16,
	/// URL of its log stream. Names the cluster: no two records share one.
	#[serde(with = "text")]
	pub endpoint: BoundedVec<u8, ConstU32<MAX_ENDPOINT_LEN>>,
	/// The key to which secrets are sealed.
	pub sealing_key: SealingKey,
}

/// Why a spec or a demand makes no sense.
#[derive(
	Clone,
	Copy,
	PartialEq,
	Eq,
	Debug,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
)]
pub enum Malformed {
	/// No processor or no memory.
	NoCapacity,
	/// No engine.
	NoEngine,
	/// Zero slots or more than [`MAX_SLOTS`].
	BadSlots,
	/// Not an assigned country code.
	UnknownRegion,
	/// Not an `http://` or `https://` URL.
	BadEndpoint,
	/// The same entry stands in a list twice.
	Repeated,
	/// No items, or more than [`crate::array::MAX_ITEMS`].
	BadItems,
	/// An array is checked by a quorum of two.
	ArrayQuorum,
}

/// What a demand asks of a spec beside the engine.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Offer {
	/// The processors.
	pub architecture: Architecture,
	/// What each slot has.
	pub resources: Resources,
	/// Where it stands.
	pub region: Region,
	/// How it proves what it is.
	pub attestation: Attestation,
	/// Price of one task.
	pub price: Balance,
}

impl Spec {
	/// What a demand asks of it beside the engine.
	pub fn offer(&self) -> Offer {
		let Self { architecture, resources, region, attestation, price, .. } = *self;
		Offer { architecture, resources, region, attestation, price }
	}

	/// The host of the endpoint: a name or an address, without port, user or path. Two specs with the
	/// same host say that they stand on the same machine.
	pub fn host(&self) -> Vec<u8> {
		let url = self.endpoint.as_slice();
		let start = url.windows(3).position(|at| at == b"://").map_or(0, |at| at.saturating_add(3));
		let rest = url.get(start..).unwrap_or_default();
		let authority = rest.split(|byte| b"/?#".contains(byte)).next().unwrap_or_default();
		let host = authority.rsplit(|byte| *byte == b'@').next().unwrap_or_default();
		// The colons of an IPv6 address stand in brackets.
		let name = match host.iter().position(|byte| *byte == b']') {
			Some(end) => host.get(..=end),
			None => host.split(|byte| *byte == b':').next(),
		};
		name.unwrap_or_default().to_ascii_lowercase()
	}

	/// Whether the spec makes sense on its own.
	pub fn check(&self) -> Result<(), Malformed> {
		if self.resources.cpu_millicores == 0 || self.resources.memory_mib == 0 {
			return Err(Malformed::NoCapacity);
		}
		if self.slots == 0 || self.slots > MAX_SLOTS {
			return Err(Malformed::BadSlots);
		}
		if self.engines.is_empty() {
			return Err(Malformed::NoEngine);
		}
		if has_repetition(&self.engines) {
			return Err(Malformed::Repeated);
		}
		if !self.region.is_assigned() {
			return Err(Malformed::UnknownRegion);
		}
		let url = core::str::from_utf8(&self.endpoint).map_err(|_| Malformed::BadEndpoint)?;
		let host = url.strip_prefix("http://").or_else(|| url.strip_prefix("https://"));
		let printable = url.bytes().all(|byte| byte.is_ascii_graphic());
		// A name, an IPv4 address or an IPv6 address in brackets.
		let begins = |host: &str| host.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '[');
		if !printable || !host.is_some_and(begins) {
			return Err(Malformed::BadEndpoint);
		}
		Ok(())
	}
}

/// What a task needs: a lower bound for each number, a set for each choice (empty means any), a cap
/// on the price.
#[derive(
	Clone,
	PartialEq,
	Eq,
	Debug,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
	Serialize,
	Deserialize,
)]
#[serde(deny_unknown_fields)]
pub struct Demand {
	/// The engine that has to run it.
	pub engine: Engine,
	/// Lower bounds.
	#[serde(default)]
	pub resources: Resources,
	/// Acceptable architectures; empty means any.
	#[serde(default)]
	pub architectures: BoundedVec<Architecture, ConstU32<4>>,
	/// Acceptable regions; empty means any.
	#[serde(default)]
	pub regions: BoundedVec<Region, ConstU32<MAX_CHOICES>>,
	/// The weakest acceptable attestation.
	#[serde(default)]
	pub attestation: Attestation,
	/// The most to pay for one execution.
	pub max_price: Balance,
}

/// One constraint of a demand.
#[derive(
	Clone,
	Copy,
	PartialEq,
	Eq,
	PartialOrd,
	Ord,
	Debug,
	Encode,
	Decode,
	TypeInfo,
	Serialize,
	Deserialize,
)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum Constraint {
	Engine,
	Cpu,
	Memory,
	Disk,
	GpuCount,
	GpuVram,
	Architecture,
	Region,
	Attestation,
	Price,
}

impl Demand {
	/// Whether the demand makes sense on its own.
	pub fn check(&self) -> Result<(), Malformed> {
		if !self.regions.iter().all(|region| region.is_assigned()) {
			return Err(Malformed::UnknownRegion);
		}
		if has_repetition(&self.regions) || has_repetition(&self.architectures) {
			return Err(Malformed::Repeated);
		}
		Ok(())
	}

	/// Whether a cluster with `spec` can run the task.
	pub fn is_met_by(&self, spec: &Spec) -> bool {
		self.unmet_by(spec).next().is_none()
	}

	/// The constraints that `spec` fails.
	pub fn unmet_by(&self, spec: &Spec) -> impl Iterator<Item = Constraint> {
		let engine = (!spec.engines.contains(&self.engine)).then_some(Constraint::Engine);
		engine.into_iter().chain(self.refused_by(&spec.offer()))
	}

	/// The constraints that `offer` fails, the engine not among them.
	pub fn refused_by(&self, offer: &Offer) -> impl Iterator<Item = Constraint> {
		let (need, have) = (&self.resources, &offer.resources);
		let choice = |empty: bool, found: bool| empty || found;
		[
			(Constraint::Cpu, have.cpu_millicores >= need.cpu_millicores),
			(Constraint::Memory, have.memory_mib >= need.memory_mib),
			(Constraint::Disk, have.disk_mib >= need.disk_mib),
			(Constraint::GpuCount, have.gpu_count >= need.gpu_count),
			(Constraint::GpuVram, have.gpu_vram_mib >= need.gpu_vram_mib),
			(
				Constraint::Architecture,
				choice(
					self.architectures.is_empty(),
					self.architectures.contains(&offer.architecture),
				),
			),
			(
				Constraint::Region,
				choice(self.regions.is_empty(), self.regions.contains(&offer.region)),
			),
			(Constraint::Attestation, offer.attestation >= self.attestation),
			(Constraint::Price, offer.price <= self.max_price),
		]
		.into_iter()
		.filter_map(|(constraint, holds)| (!holds).then_some(constraint))
	}
}

fn has_repetition<T: PartialEq>(list: &[T]) -> bool {
	list.iter()
		.enumerate()
		.any(|(at, item)| list.iter().skip(at.saturating_add(1)).any(|later| later == item))
}

/// Bounded bytes that are text: a string in JSON.
pub(crate) mod text {
	use super::*;
	use serde::{Deserializer, Serializer};

	pub fn serialize<const N: u32, S: Serializer>(
		bytes: &BoundedVec<u8, ConstU32<N>>,
		to: S,
	) -> Result<S::Ok, S::Error> {
		to.serialize_str(&alloc::string::String::from_utf8_lossy(bytes))
	}

	pub fn deserialize<'de, const N: u32, D: Deserializer<'de>>(
		from: D,
	) -> Result<BoundedVec<u8, ConstU32<N>>, D::Error> {
		let text = alloc::string::String::deserialize(from)?;
		text.into_bytes()
			.try_into()
			.map_err(|_| serde::de::Error::custom(alloc::format!("longer than {N} bytes")))
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn the_host_is_what_names_the_machine() {
		let host = |url: &str| {
			let endpoint = url.as_bytes().to_vec().try_into().unwrap();
			let spec = Spec {
				architecture: Architecture::X86_64,
				resources: Resources::default(),
				region: Region(*b"DE"),
				engines: BoundedVec::new(),
				attestation: Attestation::Signed,
				price: 0,
				slots: 1,
				endpoint,
				sealing_key: SealingKey([0; 32]),
			};
			alloc::string::String::from_utf8(spec.host()).unwrap()
		};
		assert_eq!(host("https://Node-1.Example:8443/logs?x#y"), "node-1.example");
		assert_eq!(host("http://node-1.example"), "node-1.example");
		assert_eq!(host("http://user:word@10.0.0.1:80"), "10.0.0.1");
		assert_eq!(host("http://[2001:DB8::1]:80/a"), "[2001:db8::1]");
		assert_eq!(host("http://node.example?to=http://other.example"), "node.example");
	}

	#[test]
	fn the_table_of_regions_has_249_codes_in_order_each_once() {
		let codes: alloc::vec::Vec<&[u8]> = REGIONS.chunks(2).collect();
		assert_eq!((codes.len(), REGIONS.len()), (249, 498));
		assert!(codes.is_sorted_by(|a, b| a < b));
		assert!(REGIONS.iter().all(u8::is_ascii_uppercase));
	}
}

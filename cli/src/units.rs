// SPDX-License-Identifier: GPL-3.0-or-later
//! Amounts, hashes and durations as people write them.

use assay_client::{AccountId, Signer, UNIT};
use assay_primitives::{
	spec::{Architecture, Region, UnknownRegion},
	Balance,
};
use std::fmt;

/// Decimals of the token.
const DECIMALS: usize = 12;

/// An amount of the native token, written in ASY.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Amount(pub Balance);

impl fmt::Display for Amount {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		let (whole, rest) = (self.0 / UNIT, self.0 % UNIT);
		let rest = format!("{rest:0DECIMALS$}");
		match rest.trim_end_matches('0') {
			"" => write!(f, "{whole} ASY"),
			rest => write!(f, "{whole}.{rest} ASY"),
		}
	}
}

/// An amount rounded to thousandths, for tables.
pub(crate) fn rounded(amount: Balance) -> String {
	let step = UNIT / 1000;
	// Halves go up; the addition cannot overflow for what exists, and saturates beyond.
	let thousandths = amount.saturating_add(step / 2) / step;
	Amount(thousandths.saturating_mul(step)).to_string()
}

/// Reads an amount of ASY such as `2`, `0.5` or `1.25ASY`.
pub(crate) fn parse_amount(text: &str) -> Result<Balance, String> {
	let wrong = || format!("{text:?} is no amount: write it in ASY, such as 2 or 0.5");
	let number = text.strip_suffix("ASY").unwrap_or(text).trim();
	let (whole, rest) = number.split_once('.').unwrap_or((number, ""));
	let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
	if whole.is_empty() || !digits(whole) || !digits(rest) || rest.len() > DECIMALS {
		return Err(wrong());
	}
	let whole: Balance = whole.parse().map_err(|_| wrong())?;
	let rest: Balance = format!("{rest:0<DECIMALS$}").parse().map_err(|_| wrong())?;
	whole.checked_mul(UNIT).and_then(|units| units.checked_add(rest)).ok_or_else(wrong)
}

/// A number and its noun, as in `1 result` and `2 results`.
pub(crate) fn counted(number: u64, noun: &str) -> String {
	match number {
		1 => format!("1 {noun}"),
		_ => format!("{number} {noun}s"),
	}
}

/// The beginning of a hash, for tables.
pub(crate) fn short(hash: impl fmt::Display) -> String {
	let text = hash.to_string();
	match text.get(..12) {
		Some(start) if text.len() > 14 => format!("{start}…"),
		_ => text,
	}
}

/// Beginning and end of an account, for tables.
pub(crate) fn short_account(account: &AccountId) -> String {
	let text = account.to_string();
	match (text.get(..6), text.get(text.len().saturating_sub(4)..)) {
		(Some(start), Some(end)) => format!("{start}…{end}"),
		_ => text,
	}
}

/// Reads an account: its address, or a development account such as `//Alice`.
pub(crate) fn parse_account(text: &str) -> Result<AccountId, String> {
	if text.starts_with("//") {
		return Signer::dev(text).map(|signer| signer.account()).map_err(|error| error.to_string());
	}
	text.parse().map_err(|_| {
		format!(
			"{text:?} is no account: give its address, or a development account such as //Alice"
		)
	})
}

/// The architecture this program runs on, if the chain knows it.
pub(crate) fn own_architecture() -> Option<Architecture> {
	match std::env::consts::ARCH {
		"x86_64" => Some(Architecture::X86_64),
		"aarch64" => Some(Architecture::Aarch64),
		"riscv64" => Some(Architecture::Riscv64),
		_ => None,
	}
}

/// Reads `x86_64`, `aarch64` or `riscv64`.
pub(crate) fn parse_architecture(text: &str) -> Result<Architecture, String> {
	match text {
		"x86_64" | "amd64" => Ok(Architecture::X86_64),
		"aarch64" | "arm64" => Ok(Architecture::Aarch64),
		"riscv64" => Ok(Architecture::Riscv64),
		_ => Err("an architecture is x86_64, aarch64 or riscv64".into()),
	}
}

/// Reads a country code.
pub(crate) fn parse_region(text: &str) -> Result<Region, String> {
	text.parse().map_err(|error: UnknownRegion| error.to_string())
}

/// Reads 32 bytes in hex, with or without `0x`.
pub(crate) fn parse_hash(text: &str) -> Result<[u8; 32], String> {
	let mut bytes = [0; 32];
	hex::decode_to_slice(text.strip_prefix("0x").unwrap_or(text), &mut bytes)
		.map_err(|_| format!("{text:?} is not 32 bytes in hex"))?;
	Ok(bytes)
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn amounts_are_written_in_whole_tokens() {
		assert_eq!(Amount(0).to_string(), "0 ASY");
		assert_eq!(Amount(UNIT * 3 / 2).to_string(), "1.5 ASY");
		assert_eq!(Amount(1).to_string(), "0.000000000001 ASY");
		assert_eq!(Amount(UNIT * 100).to_string(), "100 ASY");
	}

	#[test]
	fn amounts_are_read_as_they_are_written() {
		for amount in [0, 1, UNIT, UNIT * 3 / 2, UNIT * 1_000_000 + 7] {
			assert_eq!(parse_amount(&Amount(amount).to_string()), Ok(amount));
		}
		assert_eq!(parse_amount("2"), Ok(2 * UNIT));
		assert_eq!(parse_amount("0.5"), Ok(UNIT / 2));
		let most = u128::MAX / UNIT;
		assert!(parse_amount(&most.to_string()).is_ok());
		for wrong in
			["", ".5", "-1", "1e3", "1.0000000000001", "1.5.2", "x", &(most + 1).to_string()]
		{
			assert!(parse_amount(wrong).is_err(), "{wrong}");
		}
	}

	#[test]
	fn tables_round() {
		assert_eq!(rounded(UNIT * 3 / 2 + 1), "1.5 ASY");
		assert_eq!(rounded(UNIT / 2000), "0.001 ASY");
		assert_eq!(rounded(UNIT / 2001), "0 ASY");
		assert_eq!(rounded(0), "0 ASY");
	}

	#[test]
	fn nouns_follow_their_number() {
		assert_eq!(counted(0, "result"), "0 results");
		assert_eq!(counted(1, "result"), "1 result");
	}

	#[test]
	fn accounts_are_addresses_or_development_accounts() {
		let alice = Signer::dev("//Alice").unwrap().account();
		assert_eq!(parse_account("//Alice"), Ok(alice));
		assert_eq!(parse_account(&alice.to_string()), Ok(alice));
		for wrong in ["Alice", "//", "5GrwvaEF", ""] {
			assert!(parse_account(wrong).is_err(), "{wrong}");
		}
	}

	#[test]
	fn hashes_are_shortened_and_read() {
		let hash = assay_primitives::ContentHash([0xab; 32]);
		assert_eq!(short(hash), "0xababababab…");
		assert_eq!(short("abc"), "abc");
		assert_eq!(parse_hash(&hash.to_string()), Ok([0xab; 32]));
		assert!(parse_hash("0xabcd").is_err());
	}
}

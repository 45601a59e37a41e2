// SPDX-License-Identifier: GPL-3.0-or-later
//! Why lying does not pay: the most that a task may pay, given how it is checked and what a lie costs.
//!
//! A lie about a task that pays `P` wins `P` if nobody catches it, and loses the fine `S` if somebody does.
//! It is looked at with probability `a` and caught then with probability `d`, so it loses on average when
//! `S · a·d ≥ P · (1 − a·d)`. [`max_payment`] solves this for `P`.

use crate::{
	settlement::{DISSENT_PERCENT, SILENCE_PERCENT},
	task::{Check, Policy},
	Balance,
};

/// All of [`caught`].
const WHOLE: u32 = 10_000;

/// The probability that a lie is caught that is checked, in percent, if a third of all positions belongs to
/// the liar's accomplices: the most that the threat model allows for. They confirm it as verifiers and vote for
/// it on the panel, so this is less than the share of honest positions. `scripts/bench.sh cheating` measures
/// the same.
fn detection_percent(quorum: u8, panel: u8) -> u32 {
	match (quorum, panel) {
		// 2/3 for an honest verifier, and 2/3 for an honest judge.
		(2, 1) => 44,
		// 2/3, and 20/27 for at least two honest judges of three.
		(2, _) => 49,
		// 4/9 for two honest verifiers and 8/9 for an honest judge of two, and 4/9 for one and 4/9 for two.
		_ => 59,
	}
}

/// The probability that a lie under `policy` is caught, in hundredths of a percent.
pub fn caught(policy: &Policy) -> u32 {
	let detected = detection_percent(policy.quorum(), policy.panel());
	match policy.check {
		Check::Verified { .. } => detected.saturating_mul(100),
		Check::Audited { floor } => u32::from(floor).saturating_mul(detected),
	}
}

/// With which probability an executor is checked, in percent, where the policy asks for `floor` at least and
/// its results were checked `checked` times before: always at first, ever less often, never below the floor.
pub fn audit_percent(floor: u8, checked: u32) -> u8 {
	let share = 100u32.div_ceil(checked.max(1));
	u8::try_from(share).unwrap_or(100).max(floor).min(100)
}

/// What a lie costs that is caught, where `place_bond` is the bond behind one place of a slot. Hiding costs
/// no less.
pub fn fine(place_bond: Balance) -> Balance {
	place_bond.saturating_mul(DISSENT_PERCENT.min(SILENCE_PERCENT)) / 100
}

/// The highest price at which a lie under `policy` loses on average, where bond answers for it.
pub fn max_payment(policy: &Policy, place_bond: Balance) -> Balance {
	let caught = caught(policy);
	let missed = WHOLE.saturating_sub(caught);
	fine(place_bond)
		.saturating_mul(caught.into())
		.checked_div(missed.into())
		.unwrap_or(Balance::MAX)
}

/// Whether a lie about a task that pays `payment` loses on average.
pub fn lying_loses(policy: &Policy, payment: Balance, place_bond: Balance) -> bool {
	let caught = caught(policy);
	let missed = WHOLE.saturating_sub(caught);
	fine(place_bond).saturating_mul(caught.into()) >= payment.saturating_mul(missed.into())
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::task::{MAX_QUORUM, MIN_FLOOR, MIN_QUORUM};

	fn checks() -> impl Iterator<Item = Check> {
		let verified = (MIN_QUORUM..=MAX_QUORUM).map(|quorum| Check::Verified { quorum, panel: 3 });
		verified.chain((MIN_FLOOR..=100).map(|floor| Check::Audited { floor }))
	}

	fn policy(check: Check) -> Policy {
		Policy { check, window: 1, execution_blocks: 20, queue_blocks: 20, preflight: false }
	}

	#[test]
	fn the_limit_is_where_lying_begins_to_pay() {
		let bond = 100_000_000;
		for check in checks() {
			let most = max_payment(&policy(check), bond);
			assert!(most > 0, "{check:?} allows nothing");
			assert!(lying_loses(&policy(check), most, bond), "{check:?} allows too much");
			assert!(
				!lying_loses(&policy(check), most + most / 100 + 1, bond),
				"{check:?} is timid"
			);
		}
	}

	#[test]
	fn more_checks_allow_more() {
		let most: Vec<Balance> =
			checks().map(|check| max_payment(&policy(check), 1_000_000)).collect();
		assert!(most[1] > most[0], "a third opinion");
		assert!(most[2..].is_sorted(), "a higher floor");
		assert_eq!(most.last(), most.first(), "an audit of everything is a quorum of two");
	}
}

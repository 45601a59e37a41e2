// SPDX-License-Identifier: GPL-3.0-or-later
//! What bytes spell.

use super::{Deed, Errand, Manner, Order, Reach};
use crate::mock::*;
use assay_primitives::task::Check;

fn pick<T: Copy>(all: &[T], at: u8) -> T {
	all[usize::from(at) % all.len()]
}

pub fn net([operators, slots, luck]: [u8; 3]) -> TestNet {
	let operators = u32::from(operators % 11);
	let checked = if slots & 4 > 0 { 1_000 } else { 0 };
	TestNet::new().operators(operators).slots(1 + u16::from(slots % 3)).checked(checked).luck(luck)
}

pub fn deed([kind, a, b, c]: [u8; 4]) -> Deed {
	let (who, cluster, task) = (a, u32::from(a), u64::from(b));
	let manner = pick(&Manner::ALL, b);
	let amount = pick(&[0, 1, EXISTENTIAL_DEPOSIT, 20 * UNIT, 150 * UNIT, FORTUNE], b);
	let blocks = u32::from(a % 12);
	Deed::Call(match kind % 40 {
		0..=7 => return Deed::Serve { cluster, manner },
		8..=10 => return Deed::ServeAll { one: cluster, manner },
		11 => return Deed::ServeAlike { manner },
		12..=16 => return Deed::Wait { blocks: 1 + blocks % 3 },
		17 => return Deed::Outwait { task },
		18 => return Deed::Congest { blocks },
		19 => return Deed::Starve { blocks },
		20 => return Deed::Darken { blocks },
		21 => return Deed::Luck { luck: a },
		22 | 23 => Errand::Appeal { who, task },
		24 | 25 => Errand::Complain { task },
		26 => Errand::Cancel { task },
		27 => Errand::Poke { task },
		28 if c % 2 > 0 => Errand::FundPurse { who, amount },
		28 => Errand::EmptyPurse { who, amount },
		29 => Errand::GiveAway { who },
		30 if c % 2 > 0 => Errand::Register { who, offer: b },
		30 => Errand::Update { cluster, offer: b },
		31 => match c % 5 {
			0 => Errand::Drain { cluster },
			1 => Errand::Resume { cluster },
			2 => Errand::Remove { cluster },
			3 => Errand::Renew { cluster },
			_ => Errand::TopUp { cluster },
		},
		32 => Errand::Claim { cluster },
		33 => Errand::Nonsense { cluster, task, kind: c },
		_ => Errand::Submit { who, order: order(a, b, c) },
	})
}

/// The lowest bits of `a` say who orders it.
fn order(a: u8, b: u8, c: u8) -> Order {
	let verified = |quorum, panel| Check::Verified { quorum, panel };
	let checks = [
		verified(2, 3),
		verified(2, 1),
		verified(3, 3),
		verified(3, 1),
		Check::Audited { floor: 5 },
		Check::Audited { floor: 50 },
		Check::Audited { floor: 100 },
		verified(4, 2),
	];
	let sizes = [None, None, None, Some(1), Some(3), Some(128), Some(130), Some(300)];
	let prices = [0, 1, 5, 12, 14, 20, 25, 40].map(|units| units * UNIT);
	Order {
		declared: c & 1 > 0,
		preflight: c & 2 > 0,
		reach: pick(&[Reach::All, Reach::All, Reach::Apart, Reach::Listed, Reach::Denied], c >> 2),
		check: pick(&checks, b),
		items: pick(&sizes, b >> 3),
		window: pick(&[0, 3, 8, 15], b >> 6),
		max_price: pick(&prices, a >> 3),
	}
}

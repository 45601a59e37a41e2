// SPDX-License-Identifier: GPL-3.0-or-later
//! SplitMix64: small, seeded, the same everywhere.

/// A stream of numbers that its seed determines.
pub struct Rng(u64);

impl Rng {
	/// The stream of `seed`.
	pub fn new(seed: u64) -> Self {
		Self(seed)
	}

	/// The next 64 bits.
	pub fn draw(&mut self) -> u64 {
		self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
		let mut mixed = self.0;
		mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
		mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
		mixed ^ (mixed >> 31)
	}

	/// A number below `bound`, which is small: the bias of the multiplication is below 2^-32.
	pub fn below(&mut self, bound: u32) -> u32 {
		(((self.draw() >> 32) * u64::from(bound)) >> 32) as u32
	}

	/// True in `permille` of a thousand cases.
	pub fn permille(&mut self, permille: u32) -> bool {
		permille > 0 && self.below(1_000) < permille
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn the_stream_is_the_published_one() {
		// The first numbers of the reference implementation for seed 1234567.
		let mut rng = Rng::new(1_234_567);
		let drawn = [rng.draw(), rng.draw(), rng.draw()];
		assert_eq!(
			drawn,
			[6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423]
		);
	}

	#[test]
	fn draws_are_uniform() {
		let mut rng = Rng::new(1);
		let mut counts = [0u32; 6];
		(0..60_000).for_each(|_| counts[rng.below(6) as usize] += 1);
		assert!(counts.iter().all(|count| (9_700..10_300).contains(count)), "{counts:?}");
	}
}

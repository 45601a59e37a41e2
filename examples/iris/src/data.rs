// SPDX-License-Identifier: GPL-3.0-or-later
//! Reading the flowers and putting them into a fixed random order.

use std::fmt;

/// Measures of a flower.
pub const FEATURES: usize = 4;

/// One flower.
#[derive(Clone, Debug, PartialEq)]
pub struct Flower {
	/// Length and width of sepal and petal, in centimetres.
	pub features: [f64; FEATURES],
	/// Index into [`Dataset::species`].
	pub species: usize,
}

/// All flowers.
#[derive(Debug)]
pub struct Dataset {
	/// Names of the species in the order of their first appearance.
	pub species: Vec<String>,
	/// The flowers in the order of the file.
	pub flowers: Vec<Flower>,
}

/// A line of the file is not four numbers and a name.
#[derive(Debug, PartialEq)]
pub struct BadLine(usize);

impl fmt::Display for BadLine {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		write!(f, "line {} is not {FEATURES} numbers and a species", self.0)
	}
}

impl Dataset {
	/// Reads comma-separated values; the first line names the columns.
	pub fn parse(text: &str) -> Result<Self, BadLine> {
		let mut dataset = Self { species: Vec::new(), flowers: Vec::new() };
		for (at, line) in text.lines().enumerate().skip(1).filter(|(_, line)| !line.is_empty()) {
			dataset.add(line).ok_or(BadLine(at + 1))?;
		}
		Ok(dataset)
	}

	fn add(&mut self, line: &str) -> Option<()> {
		let mut fields = line.split(',');
		let mut features = [0.0; FEATURES];
		for feature in &mut features {
			*feature =
				fields.next()?.trim().parse().ok().filter(|number: &f64| number.is_finite())?;
		}
		let name = fields.next()?.trim();
		let plain = !name.is_empty() && name.chars().all(|c| c.is_alphanumeric());
		if !plain || fields.next().is_some() {
			return None;
		}
		let known = self.species.iter().position(|species| species == name);
		let species = known.unwrap_or_else(|| {
			self.species.push(name.into());
			self.species.len() - 1
		});
		self.flowers.push(Flower { features, species });
		Some(())
	}

	/// The flowers in the order that `seed` fixes.
	pub fn shuffled(&self, seed: u64) -> Vec<Flower> {
		let mut flowers = self.flowers.clone();
		let mut state = seed;
		for top in (1..flowers.len()).rev() {
			// The remainder favours small numbers by less than one in 2^56: no matter here.
			let other = split_mix(&mut state) % (top as u64 + 1);
			flowers.swap(top, other as usize);
		}
		flowers
	}
}

/// The generator SplitMix64.
fn split_mix(state: &mut u64) -> u64 {
	*state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
	let mut z = *state;
	z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
	z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
	z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
	use super::*;

	const HEAD: &str = "sepal_length,sepal_width,petal_length,petal_width,species\n";

	#[test]
	fn the_file_has_fifty_flowers_of_each_species() {
		let iris = Dataset::parse(include_str!("../data/iris.csv")).unwrap();
		assert_eq!(iris.species, ["setosa", "versicolor", "virginica"]);
		for species in 0..3 {
			assert_eq!(iris.flowers.iter().filter(|flower| flower.species == species).count(), 50);
		}
		assert_eq!(iris.flowers[0].features, [5.1, 3.5, 1.4, 0.2]);
	}

	#[test]
	fn a_bad_line_is_named() {
		for bad in
			["1,2,3,setosa", "1,2,3,4", "1,2,3,NaN,a", "1,2,3,4,a,b", "1,2,x,4,a", "1,2,3,4,\"a"]
		{
			let text = format!("{HEAD}1,2,3,4,setosa\n{bad}\n");
			assert_eq!(Dataset::parse(&text).unwrap_err(), BadLine(3), "{bad}");
		}
	}

	#[test]
	fn a_shuffle_loses_nobody_and_depends_on_the_seed() {
		let iris = Dataset::parse(include_str!("../data/iris.csv")).unwrap();
		let key = |flower: &Flower| format!("{flower:?}");
		let sorted = |flowers: &[Flower]| {
			let mut keys: Vec<String> = flowers.iter().map(key).collect();
			keys.sort();
			keys
		};
		let (one, two) = (iris.shuffled(1), iris.shuffled(2));
		assert_ne!(one, two);
		assert_ne!(one, iris.flowers);
		assert_eq!(sorted(&one), sorted(&iris.flowers));
	}

	#[test]
	fn the_generator_matches_its_published_values() {
		let mut state = 1_234_567;
		assert_eq!(split_mix(&mut state), 6_457_827_717_110_365_317);
		assert_eq!(split_mix(&mut state), 3_203_168_211_198_807_973);
	}
}

// SPDX-License-Identifier: GPL-3.0-or-later
//! Softmax regression: a straight line through the measures for each species, and the species with
//! the highest value wins.

use crate::data::{Dataset, Flower, FEATURES};

/// Passes over the training set.
const EPOCHS: usize = 1000;
/// How far each pass follows the gradient.
const RATE: f64 = 0.5;
/// How strongly large weights are held down.
const DECAY: f64 = 0.001;

/// Weights of one species: one for each measure, then the constant.
type Weights = [f64; FEATURES + 1];

/// A trained classifier.
pub struct Model {
	mean: [f64; FEATURES],
	deviation: [f64; FEATURES],
	weights: Vec<Weights>,
}

impl Model {
	/// Learns to tell `species` kinds apart. Returns the loss before and after as well.
	pub fn train(flowers: &[Flower], species: usize) -> (Self, (f64, f64)) {
		let (mean, deviation) = scale_of(flowers);
		let mut model = Self { mean, deviation, weights: vec![[0.0; FEATURES + 1]; species] };
		let before = model.loss(flowers);
		let step = RATE / flowers.len() as f64;
		for _ in 0..EPOCHS {
			let mut gradient = vec![[0.0; FEATURES + 1]; species];
			for flower in flowers {
				let input = model.scaled(&flower.features);
				let likely = softmax(&model.scores(&input));
				for (kind, (slope, chance)) in gradient.iter_mut().zip(&likely).enumerate() {
					let error = chance - f64::from(u8::from(kind == flower.species));
					for (slope, value) in slope.iter_mut().zip(&input) {
						*slope += error * value;
					}
				}
			}
			for (weights, slope) in model.weights.iter_mut().zip(&gradient) {
				for (weight, slope) in weights.iter_mut().zip(slope) {
					*weight -= step * slope + DECAY * RATE * *weight;
				}
			}
		}
		let after = model.loss(flowers);
		(model, (before, after))
	}

	/// The species that the model takes a flower with these measures for.
	pub fn classify(&self, features: &[f64; FEATURES]) -> usize {
		let scores = self.scores(&self.scaled(features));
		let mut best = 0;
		for (kind, score) in scores.iter().enumerate() {
			if *score > scores[best] {
				best = kind;
			}
		}
		best
	}

	/// The model as JSON. Numbers are printed as the shortest text that reads back as the same bits.
	pub fn json(&self, dataset: &Dataset) -> String {
		let weights: Vec<String> = self.weights.iter().map(|row| format!("{row:?}")).collect();
		format!(
			"{{\"kind\":\"softmax\",\"species\":{:?},\"mean\":{:?},\"deviation\":{:?},\"weights\":[{}]}}\n",
			dataset.species,
			self.mean,
			self.deviation,
			weights.join(","),
		)
	}

	/// Measures with mean zero and deviation one, then the constant.
	fn scaled(&self, features: &[f64; FEATURES]) -> Weights {
		let mut scaled = [1.0; FEATURES + 1];
		for (at, feature) in features.iter().enumerate() {
			scaled[at] = (feature - self.mean[at]) / self.deviation[at];
		}
		scaled
	}

	fn scores(&self, input: &Weights) -> Vec<f64> {
		let dot = |weights: &Weights| weights.iter().zip(input).map(|(w, x)| w * x).sum();
		self.weights.iter().map(dot).collect()
	}

	/// Mean cross entropy: how surprised the model is by what it sees.
	fn loss(&self, flowers: &[Flower]) -> f64 {
		let surprise = |flower: &Flower| {
			let likely = softmax(&self.scores(&self.scaled(&flower.features)));
			-ln(likely[flower.species].max(f64::MIN_POSITIVE))
		};
		flowers.iter().map(surprise).sum::<f64>() / flowers.len() as f64
	}
}

/// Mean and standard deviation of each measure.
fn scale_of(flowers: &[Flower]) -> ([f64; FEATURES], [f64; FEATURES]) {
	let (mut mean, mut deviation) = ([0.0; FEATURES], [1.0; FEATURES]);
	let count = flowers.len() as f64;
	for at in 0..FEATURES {
		mean[at] = flowers.iter().map(|flower| flower.features[at]).sum::<f64>() / count;
		let square = |flower: &Flower| {
			let distance = flower.features[at] - mean[at];
			distance * distance
		};
		let variance = flowers.iter().map(square).sum::<f64>() / count;
		// A measure that never varies tells nothing: leave it at its distance from the mean.
		if variance > 0.0 {
			deviation[at] = variance.sqrt();
		}
	}
	(mean, deviation)
}

/// Chances that add up to one, higher for higher scores.
fn softmax(scores: &[f64]) -> Vec<f64> {
	let most = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
	let powers: Vec<f64> = scores.iter().map(|score| exp(score - most)).collect();
	let total: f64 = powers.iter().sum();
	powers.iter().map(|power| power / total).collect()
}

/// e to the power of `x`, by halving the exponent until a short series is exact enough, then
/// squaring back. Unlike a mathematical library it gives the same bits everywhere.
fn exp(x: f64) -> f64 {
	const HALVINGS: u32 = 10;
	if x < -700.0 {
		return 0.0;
	}
	let small = x.min(700.0) / f64::from(1u32 << HALVINGS);
	let (mut sum, mut term) = (1.0, 1.0);
	for n in 1..=18u32 {
		term *= small / f64::from(n);
		sum += term;
	}
	for _ in 0..HALVINGS {
		sum *= sum;
	}
	sum
}

/// The natural logarithm of a positive number, by Newton's method on [`exp`].
fn ln(x: f64) -> f64 {
	let mut y = 0.0;
	for _ in 0..800 {
		let power = exp(y);
		// Halley's form of the step: never more than 2 and cubic near the root.
		let step = 2.0 * (x - power) / (x + power);
		y += step;
		if step.abs() < 1e-15 {
			break;
		}
	}
	y
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn our_exponential_and_logarithm_are_those_of_the_library() {
		for x in [-650.0, -20.5, -1.0, -1e-9, 0.0, 0.5, 1.0, 10.0, 300.0] {
			assert!((exp(x) / f64::exp(x) - 1.0).abs() < 1e-11, "exp({x})");
		}
		for x in [1e-300, 1e-9, 0.1, 0.5, 1.0, 2.0, 1e9] {
			assert!((ln(x) - f64::ln(x)).abs() < 1e-10, "ln({x})");
		}
		assert_eq!(exp(-1000.0), 0.0);
		assert!(exp(1000.0).is_finite());
	}

	#[test]
	fn chances_add_up_to_one() {
		for scores in [[0.0, 0.0, 0.0], [900.0, -900.0, 3.0], [1.0, 2.0, 3.0]] {
			assert!((softmax(&scores).iter().sum::<f64>() - 1.0).abs() < 1e-12);
		}
	}

	#[test]
	fn a_measure_that_never_varies_does_no_harm() {
		let flower = |x: f64, species| Flower { features: [x, 7.0, 7.0, 7.0], species };
		let flowers = [flower(0.0, 0), flower(0.1, 0), flower(1.0, 1), flower(1.1, 1)];
		let (model, _) = Model::train(&flowers, 2);
		assert!(flowers.iter().all(|f| model.classify(&f.features) == f.species));
	}
}

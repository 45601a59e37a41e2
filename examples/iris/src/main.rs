// SPDX-License-Identifier: GPL-3.0-or-later
//! Trains a classifier on `/inputs/iris.csv` and measures it on flowers it has not seen.
//!
//! Softmax regression by gradient descent: 100 flowers to learn from, 50 to be tested on. Writes
//! `/outputs/model.json` and `/outputs/report.json`, and prints accuracy and confusion matrix.
//!
//! Only `+ - * /` and square roots are used on floating-point numbers, in a fixed order: each is
//! rounded exactly as IEEE 754 says, so that every machine learns the same bits.

mod data;
mod model;

use data::Dataset;
use model::Model;
use std::{fs, io, process::ExitCode};

/// Fixes which flowers are held back for the test.
const SEED: u64 = 1936;
/// How many flowers are held back.
const HELD_BACK: usize = 50;

/// How a model does on flowers it has not seen.
struct Report {
	/// Row: the true species. Column: what the model said.
	confusion: Vec<Vec<u32>>,
	/// Mean cross entropy of the training set, before and after.
	loss: (f64, f64),
}

impl Report {
	fn right(&self) -> u32 {
		self.confusion.iter().enumerate().map(|(species, row)| row[species]).sum()
	}

	fn tested(&self) -> u32 {
		self.confusion.iter().flatten().sum()
	}

	fn accuracy(&self) -> f64 {
		f64::from(self.right()) / f64::from(self.tested())
	}

	fn json(&self, dataset: &Dataset) -> String {
		let rows: Vec<String> = self.confusion.iter().map(|row| format!("{row:?}")).collect();
		format!(
			"{{\"species\":{:?},\"tested\":{},\"right\":{},\"accuracy\":{:.6},\
			 \"loss_before\":{:.6},\"loss_after\":{:.6},\"confusion\":[{}]}}\n",
			dataset.species,
			self.tested(),
			self.right(),
			self.accuracy(),
			self.loss.0,
			self.loss.1,
			rows.join(","),
		)
	}
}

/// Learns from all but the held-back flowers and tests on those.
fn train_and_test(dataset: &Dataset) -> (Model, Report) {
	let mut shuffled = dataset.shuffled(SEED);
	let test = shuffled.split_off(shuffled.len().saturating_sub(HELD_BACK));
	let species = dataset.species.len();
	let (model, loss) = Model::train(&shuffled, species);
	let mut confusion = vec![vec![0; species]; species];
	for flower in &test {
		confusion[flower.species][model.classify(&flower.features)] += 1;
	}
	(model, Report { confusion, loss })
}

fn run() -> io::Result<()> {
	let text = fs::read_to_string("/inputs/iris.csv")?;
	let dataset = Dataset::parse(&text)
		.map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error.to_string()))?;
	if dataset.flowers.len() <= HELD_BACK {
		let error = format!("needs more than {HELD_BACK} flowers to learn anything");
		return Err(io::Error::new(io::ErrorKind::InvalidData, error));
	}
	let (model, report) = train_and_test(&dataset);
	fs::write("/outputs/model.json", model.json(&dataset))?;
	fs::write("/outputs/report.json", report.json(&dataset))?;
	println!("accuracy {:.4} ({} of {})", report.accuracy(), report.right(), report.tested());
	for (name, row) in dataset.species.iter().zip(&report.confusion) {
		println!("{name:>12}  {row:?}");
	}
	Ok(())
}

fn main() -> ExitCode {
	match run() {
		Ok(()) => ExitCode::SUCCESS,
		Err(error) => {
			eprintln!("iris: {error}");
			ExitCode::FAILURE
		},
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::data::FEATURES;

	fn iris() -> Dataset {
		Dataset::parse(include_str!("../data/iris.csv")).unwrap()
	}

	#[test]
	fn the_classifier_learns_the_three_species() {
		let (_, report) = train_and_test(&iris());
		assert_eq!(report.tested(), 50);
		assert!(report.accuracy() >= 0.9, "{:?}", report.confusion);
		assert!(report.loss.1 < report.loss.0 / 5.0, "{:?}", report.loss);
	}

	#[test]
	fn training_twice_gives_the_same_bytes() {
		let dataset = iris();
		let (first, second) = (train_and_test(&dataset), train_and_test(&dataset));
		assert_eq!(first.0.json(&dataset), second.0.json(&dataset));
		assert_eq!(first.1.json(&dataset), second.1.json(&dataset));
	}

	#[test]
	fn the_model_depends_on_the_flowers() {
		let mut dataset = iris();
		let (before, _) = train_and_test(&dataset);
		let last = FEATURES - 1;
		dataset.flowers[0].features[last] += 1.0;
		let (after, _) = train_and_test(&dataset);
		assert_ne!(before.json(&dataset), after.json(&dataset));
	}
}

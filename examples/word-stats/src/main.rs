// SPDX-License-Identifier: GPL-3.0-or-later
//! Counts the words of every `.txt` file in `/inputs`.
//!
//! Writes `/outputs/words.csv` (every word and how often it occurs, most frequent first) and
//! `/outputs/summary.json`, and prints a short table. Equal inputs give equal bytes: words stand in
//! a sorted map, files are read in the order of their names, and nothing asks for the time.

use std::{collections::BTreeMap, fmt::Write as _, fs, io, path::PathBuf, process::ExitCode};

/// How many words the summary names.
const TOP: usize = 20;

/// What was counted.
#[derive(Default)]
struct Stats {
	files: u64,
	lines: u64,
	words: u64,
	sentences: u64,
	letters: u64,
	counts: BTreeMap<String, u64>,
}

impl Stats {
	/// Adds one text.
	fn add(&mut self, text: &str) {
		self.files += 1;
		self.lines += text.lines().count() as u64;
		self.sentences += sentences(text);
		for word in words(text) {
			self.words += 1;
			self.letters += word.chars().filter(|c| c.is_alphabetic()).count() as u64;
			*self.counts.entry(word).or_default() += 1;
		}
	}

	/// All words, the most frequent first, equally frequent ones in the order of the alphabet.
	fn ranking(&self) -> Vec<(&str, u64)> {
		let mut ranking: Vec<_> =
			self.counts.iter().map(|(word, count)| (word.as_str(), *count)).collect();
		ranking.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
		ranking
	}

	/// The longest words, at most three, in the order of the alphabet.
	fn longest(&self) -> Vec<&str> {
		let length = |word: &str| word.chars().count();
		let most = self.counts.keys().map(|word| length(word)).max().unwrap_or(0);
		self.counts.keys().filter(|word| length(word) == most).take(3).map(|w| w.as_str()).collect()
	}

	fn csv(&self) -> String {
		let mut csv = String::from("word,count\n");
		for (word, count) in self.ranking() {
			// A word has no comma, no quote and no line end: see `words`.
			let _ = writeln!(csv, "{word},{count}");
		}
		csv
	}

	fn json(&self) -> String {
		let once = self.counts.values().filter(|count| **count == 1).count();
		let ranking = self.ranking();
		let top: Vec<String> = ranking
			.iter()
			.take(TOP)
			.map(|(word, count)| format!("{{\"word\":\"{word}\",\"count\":{count}}}"))
			.collect();
		let longest: Vec<String> =
			self.longest().iter().map(|word| format!("\"{word}\"")).collect();
		format!(
			"{{\"files\":{},\"lines\":{},\"words\":{},\"distinct\":{},\"once\":{once},\
			 \"sentences\":{},\"letters_per_word\":{:.4},\"words_per_sentence\":{:.4},\
			 \"longest\":[{}],\"top\":[{}]}}\n",
			self.files,
			self.lines,
			self.words,
			self.counts.len(),
			self.sentences,
			ratio(self.letters, self.words),
			ratio(self.words, self.sentences),
			longest.join(","),
			top.join(","),
		)
	}
}

fn ratio(part: u64, whole: u64) -> f64 {
	if whole == 0 {
		return 0.0;
	}
	part as f64 / whole as f64
}

/// The words of `text` in small letters: runs of letters, with apostrophes and hyphens inside.
fn words(text: &str) -> impl Iterator<Item = String> + '_ {
	text.split(|c: char| !(c.is_alphabetic() || c == '\'' || c == '-'))
		// Two hyphens are a dash between words, not part of one.
		.flat_map(|run| run.split("--"))
		.map(|run| run.trim_matches(|c: char| !c.is_alphabetic()))
		.filter(|word| !word.is_empty())
		.map(str::to_lowercase)
}

/// Runs of closing marks that follow something that is not one.
fn sentences(text: &str) -> u64 {
	let closes = |c: char| matches!(c, '.' | '!' | '?');
	let mut found = 0;
	let mut open = false;
	for c in text.chars() {
		if closes(c) {
			found += u64::from(open);
			open = false;
		} else if c.is_alphabetic() {
			open = true;
		}
	}
	found
}

/// The `.txt` files of the inputs in the order of their names.
fn inputs() -> io::Result<Vec<PathBuf>> {
	let mut paths = Vec::new();
	for entry in fs::read_dir("/inputs")? {
		let path = entry?.path();
		if path.extension().is_some_and(|extension| extension == "txt") {
			paths.push(path);
		}
	}
	paths.sort();
	if paths.is_empty() {
		return Err(io::Error::new(io::ErrorKind::NotFound, "no .txt file in /inputs"));
	}
	Ok(paths)
}

fn run() -> io::Result<()> {
	let mut stats = Stats::default();
	for path in inputs()? {
		stats.add(&fs::read_to_string(path)?);
	}
	fs::write("/outputs/words.csv", stats.csv())?;
	fs::write("/outputs/summary.json", stats.json())?;
	println!(
		"{} words, {} of them distinct, in {} lines",
		stats.words,
		stats.counts.len(),
		stats.lines
	);
	for (word, count) in stats.ranking().into_iter().take(TOP) {
		println!("{count:>6}  {word}");
	}
	Ok(())
}

fn main() -> ExitCode {
	match run() {
		Ok(()) => ExitCode::SUCCESS,
		Err(error) => {
			eprintln!("word-stats: {error}");
			ExitCode::FAILURE
		},
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	const BOOK: &str = include_str!("../data/alice.txt");

	fn stats_of(text: &str) -> Stats {
		let mut stats = Stats::default();
		stats.add(text);
		stats
	}

	#[test]
	fn words_keep_their_inner_marks_and_lose_the_outer_ones() {
		let found: Vec<String> =
			words("`Don't!' said the SHOE-maker--twice; 3 times -- über 'x'.").collect();
		assert_eq!(found, ["don't", "said", "the", "shoe-maker", "twice", "times", "über", "x"]);
	}

	#[test]
	fn a_row_of_closing_marks_ends_one_sentence() {
		assert_eq!(sentences("One. Two!? Three... ... (Four.)"), 4);
		assert_eq!(sentences("no end"), 0);
		assert_eq!(sentences("..."), 0);
	}

	#[test]
	fn equally_frequent_words_stand_in_the_order_of_the_alphabet() {
		assert_eq!(stats_of("b a c b a z").csv(), "word,count\na,2\nb,2\nc,1\nz,1\n");
	}

	#[test]
	fn nothing_is_divided_by_zero() {
		let json = stats_of("").json();
		assert!(json.contains("\"words\":0,") && json.contains("\"letters_per_word\":0.0000"));
	}

	#[test]
	fn the_book_has_the_words_that_other_tools_count() {
		let stats = stats_of(BOOK);
		let count = |word: &str| stats.counts.get(word).copied().unwrap_or(0);
		// By `grep -oiE "[a-z'-]*mock[a-z'-]*" alice.txt | sort | uniq -c`, and the same for the others.
		assert_eq!(count("mock"), 56);
		assert_eq!(count("hookah"), 5);
		assert_eq!(count("rabbit"), 43);
		assert_eq!(stats.ranking().first().map(|(word, _)| *word), Some("the"));
		assert_eq!(stats.ranking().iter().map(|(_, count)| count).sum::<u64>(), stats.words);
	}
}

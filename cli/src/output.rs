// SPDX-License-Identifier: GPL-3.0-or-later
//! How results, progress and errors reach the user: results on standard output, everything else on
//! standard error.

use crate::error::{causes, CliError};
use comfy_table::{presets::UTF8_FULL_CONDENSED, Cell, ContentArrangement, Table};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::Serialize;
use std::{
	io::{self, IsTerminal, Write},
	time::Duration,
};

/// The user's side of the program.
#[derive(Clone)]
pub(crate) struct Ui {
	json: bool,
	bar: ProgressBar,
}

/// Shows that something is going on, until it is dropped.
pub(crate) struct Busy<'a>(&'a Ui);

impl Drop for Busy<'_> {
	fn drop(&mut self) {
		self.0.bar.disable_steady_tick();
		self.0.bar.finish_and_clear();
		self.0.bar.set_draw_target(ProgressDrawTarget::hidden());
	}
}

impl Busy<'_> {
	/// Shows something else.
	pub(crate) fn now(&self, what: &str) {
		self.0.bar.set_message(what.to_owned());
	}
}

impl Ui {
	pub(crate) fn new(json: bool) -> Self {
		let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden());
		bar.set_style(ProgressStyle::default_spinner());
		Self { json, bar }
	}

	/// Whether results are JSON.
	pub(crate) fn is_json(&self) -> bool {
		self.json
	}

	/// Shows on a terminal what the program is waiting for.
	pub(crate) fn busy(&self, what: &str) -> Busy<'_> {
		if io::stderr().is_terminal() && !self.json {
			self.bar.reset();
			self.bar.set_draw_target(ProgressDrawTarget::stderr());
			self.bar.set_message(what.to_owned());
			self.bar.enable_steady_tick(Duration::from_millis(120));
		}
		Busy(self)
	}

	/// A line for people; not printed in JSON mode.
	pub(crate) fn say(&self, line: &str) {
		if !self.json {
			self.print(line);
		}
	}

	/// Something people should know even when a program reads the output.
	pub(crate) fn note(&self, line: &str) {
		self.bar.suspend(|| complain(line));
	}

	/// A result: one line of JSON, or what `human` prints.
	pub(crate) fn result(&self, value: &impl Serialize, human: impl FnOnce(&Self)) {
		if self.json {
			self.json_line(value);
		} else {
			human(self);
		}
	}

	/// One line of JSON, in JSON mode.
	pub(crate) fn json_line(&self, value: &impl Serialize) {
		if !self.json {
			return;
		}
		match serde_json::to_string(value) {
			Ok(line) => self.print(&line),
			Err(error) => self.note(&format!("assay: cannot print the result: {error}")),
		}
	}

	/// A table for people.
	pub(crate) fn table(&self, header: &[&str], rows: &[Vec<String>]) {
		self.say(&table(header, rows));
	}

	/// Names and values below each other, for people.
	pub(crate) fn fields(&self, fields: &[(&str, String)]) {
		self.say(&aligned(fields));
	}

	/// Why the command failed.
	pub(crate) fn failure(&self, error: &CliError) {
		let causes = causes(error);
		if self.json {
			let report = serde_json::json!({ "error": error.to_string(), "causes": causes });
			complain(&report.to_string());
			return;
		}
		complain(&format!("assay: {error}"));
		for cause in causes {
			complain(&format!("  because: {cause}"));
		}
	}

	fn print(&self, line: &str) {
		let written = self.bar.suspend(|| {
			let mut out = io::stdout().lock();
			writeln!(out, "{line}").and_then(|()| out.flush())
		});
		if let Err(error) = written {
			// Whoever read the output has seen enough, as in `assay chain log | head`.
			if error.kind() == io::ErrorKind::BrokenPipe {
				std::process::exit(0);
			}
			complain(&format!("assay: cannot print: {error}"));
		}
	}
}

/// A line on standard error. Where that cannot be written there is nobody left to tell: `eprintln!` would
/// end the program instead.
pub(crate) fn complain(line: &str) {
	let _ = writeln!(io::stderr(), "{line}");
}

fn table(header: &[&str], rows: &[Vec<String>]) -> String {
	let mut table = Table::new();
	table.load_preset(UTF8_FULL_CONDENSED).set_content_arrangement(ContentArrangement::Dynamic);
	table.set_header(header.iter().map(Cell::new));
	for row in rows {
		table.add_row(row.iter().map(Cell::new));
	}
	table.to_string()
}

fn aligned(fields: &[(&str, String)]) -> String {
	let width = fields.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
	let lines: Vec<String> =
		fields.iter().map(|(name, value)| format!("{name:width$}  {value}")).collect();
	lines.join("\n")
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn tables_have_a_header_and_all_rows() {
		let text = table(&["task", "paid"], &[vec!["1".into(), "2 ASY".into()]]);
		assert_eq!(text.lines().count(), 5, "{text}");
		assert!(text.contains("task") && text.contains("2 ASY"));
	}

	#[test]
	fn fields_are_aligned() {
		let fields = [("a", "1".to_owned()), ("long", "2".to_owned())];
		assert_eq!(aligned(&fields), "a     1\nlong  2");
	}
}

// SPDX-License-Identifier: GPL-3.0-or-later
//! What a program prints: its standard output as bytes, and everything as timed lines.

use assay_primitives::bundle::{LogLine, LogStream};
use std::time::Instant;

/// Most lines of a log.
pub const MAX_LOG_LINES: usize = 10_000;
/// Most bytes of a log.
pub const MAX_LOG_BYTES: usize = 4 << 20;
/// Most bytes of one line of a log; a longer one is broken.
const MAX_LINE: usize = 4096;

/// What a program prints.
#[derive(Debug)]
pub struct Console {
	started: Instant,
	stdout: Vec<u8>,
	lines: Vec<LogLine>,
	bytes: usize,
	open: [(LogStream, Vec<u8>); 2],
	full: bool,
}

impl Console {
	/// A console of an execution that began then.
	pub fn new(started: Instant) -> Self {
		Self {
			started,
			stdout: Vec::new(),
			lines: Vec::new(),
			bytes: 0,
			open: [(LogStream::Stdout, Vec::new()), (LogStream::Stderr, Vec::new())],
			full: false,
		}
	}

	/// A line of the worker's own.
	pub fn say(&mut self, text: &str) {
		self.push(LogStream::System, text.replace('\n', " "));
	}

	/// What the program wrote to standard output, and all lines.
	pub fn finish(mut self) -> (Vec<u8>, Vec<LogLine>) {
		(self.take_stdout(), self.lines)
	}

	/// What the program wrote to standard output. Its last lines end here; those of the next run follow.
	pub fn take_stdout(&mut self) -> Vec<u8> {
		for at in 0..self.open.len() {
			if !self.open[at].1.is_empty() {
				self.end_line(at);
			}
		}
		std::mem::take(&mut self.stdout)
	}

	/// Takes in what was printed.
	pub fn write(&mut self, stream: LogStream, bytes: &[u8]) {
		if stream == LogStream::Stdout {
			self.stdout.extend_from_slice(bytes);
		}
		let at = usize::from(stream != LogStream::Stdout);
		for part in bytes.split_inclusive(|byte| *byte == b'\n') {
			if self.full {
				break;
			}
			let (text, ends) = match part.strip_suffix(b"\n") {
				Some(text) => (text, true),
				None => (part, false),
			};
			for piece in text.chunks(MAX_LINE) {
				if self.open[at].1.len() + piece.len() > MAX_LINE {
					self.end_line(at);
				}
				self.open[at].1.extend_from_slice(piece);
			}
			if ends {
				self.end_line(at);
			}
		}
	}

	fn end_line(&mut self, at: usize) {
		let (stream, bytes) = &mut self.open[at];
		let (stream, bytes) = (*stream, std::mem::take(bytes));
		self.push(stream, String::from_utf8_lossy(&bytes).into_owned());
	}

	fn push(&mut self, stream: LogStream, text: String) {
		if self.full {
			return;
		}
		let at_micros = u64::try_from(self.started.elapsed().as_micros()).unwrap_or(u64::MAX);
		self.bytes += text.len();
		self.full = self.lines.len() + 1 >= MAX_LOG_LINES || self.bytes > MAX_LOG_BYTES;
		self.lines.push(LogLine { at_micros, stream, text });
		if self.full {
			let text = "the log is full; what follows is left out".into();
			self.lines.push(LogLine { at_micros, stream: LogStream::System, text });
		}
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn the_console_keeps_lines_whole_and_itself_small() {
		let mut console = Console::new(Instant::now());
		console.write(LogStream::Stdout, b"one\ntw");
		console.write(LogStream::Stderr, b"err");
		console.write(LogStream::Stdout, b"o\n\nthree");
		let (stdout, lines) = console.finish();
		assert_eq!(stdout, b"one\ntwo\n\nthree");
		let texts: Vec<_> = lines.iter().map(|line| (line.stream, line.text.as_str())).collect();
		let expected = [
			(LogStream::Stdout, "one"),
			(LogStream::Stdout, "two"),
			(LogStream::Stdout, ""),
			(LogStream::Stdout, "three"),
			(LogStream::Stderr, "err"),
		];
		assert_eq!(texts, expected);

		let mut console = Console::new(Instant::now());
		for _ in 0..100 {
			console.write(LogStream::Stderr, &[b'x'; 100_000]);
		}
		let (_, lines) = console.finish();
		assert!(lines.iter().map(|line| line.text.len()).sum::<usize>() <= MAX_LOG_BYTES + 8192);
		assert!(lines.last().unwrap().text.contains("full"));
	}
}

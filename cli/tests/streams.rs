// SPDX-License-Identifier: GPL-3.0-or-later
//! What becomes of the program when nobody can hear it.
#![cfg(target_os = "linux")]

use std::{
	fs::File,
	process::{Command, Stdio},
};

/// The exit code of a program whose standard error takes nothing.
fn exit_code(arguments: &[&str]) -> Option<i32> {
	let full = File::options().write(true).open("/dev/full").unwrap();
	let mut command = Command::new(env!("CARGO_BIN_EXE_assay"));
	command.args(arguments).env("RUST_LOG", "trace").stdout(Stdio::null()).stderr(full);
	command.status().unwrap().code()
}

#[test]
fn a_failure_that_cannot_be_told_is_an_ordinary_failure() {
	assert_eq!(exit_code(&["--json", "verify", "no/such/proof"]), Some(1));
	// Logs each attempt to connect before it gives up.
	assert_eq!(exit_code(&["network", "--url", "ws://127.0.0.1:1"]), Some(1));
}

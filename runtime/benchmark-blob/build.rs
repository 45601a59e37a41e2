// SPDX-License-Identifier: GPL-3.0-or-later
//! Builds the runtime with `runtime-benchmarks` when `ASSAY_BENCHMARK_BLOB=1` asks for it.

use std::{
	env, fs, io,
	path::{Path, PathBuf},
};
use substrate_wasm_builder::WasmBuilder;

const SWITCH: &str = "ASSAY_BENCHMARK_BLOB";
const NAME: &str = "assay_runtime_benchmarks";

fn main() {
	println!("cargo:rerun-if-env-changed={SWITCH}");
	println!("cargo:rerun-if-changed=build.rs");
	if env::var(SWITCH).as_deref() != Ok("1") {
		return;
	}
	let out_dir = PathBuf::from(variable("OUT_DIR"));
	let manifest_dir = PathBuf::from(variable("CARGO_MANIFEST_DIR"));
	let runtime = manifest_dir.parent().unwrap_or_else(|| fail("no parent directory"));

	// The builder works in `<profile directory>/wbuild/<crate>`, and finds the profile directory by
	// walking up from `OUT_DIR`. The same crate is built there without benchmarks, so this build gets
	// a profile directory of its own.
	let own = own_profile_dir(&out_dir);
	let own_out_dir = own.join("build").join("blob").join("out");
	prepare(&out_dir, &own_out_dir).unwrap_or_else(|error| fail(&error.to_string()));
	env::set_var("OUT_DIR", &own_out_dir);

	WasmBuilder::new()
		.with_project(runtime.join("Cargo.toml"))
		.unwrap_or_else(|error| fail(error))
		.enable_feature("runtime-benchmarks")
		.import_memory()
		.export_heap_base()
		.set_file_name(NAME)
		.build();

	let blob =
		own.join("wbuild").join("assay-runtime").join(format!("{NAME}.compact.compressed.wasm"));
	println!("cargo:warning=benchmark blob: {}", blob.display());
}

/// `<target>/benchmark-blob/<profile>`, out of `<target>/<profile>/build/<package>/out`.
fn own_profile_dir(out_dir: &Path) -> PathBuf {
	let profile = out_dir
		.ancestors()
		.find(|path| path.ends_with("build"))
		.and_then(Path::parent)
		.unwrap_or_else(|| fail("OUT_DIR lies in no build directory"));
	match (profile.parent(), profile.file_name()) {
		(Some(target), Some(name)) => target.join("benchmark-blob").join(name),
		_ => fail("OUT_DIR lies in no target directory"),
	}
}

/// Makes the directory that the builder takes for `OUT_DIR`.
///
/// The builder gives the blob the time at which cargo started this script, so that cargo does not
/// take it for a change and starts the script again; it reads the time from this file beside it.
fn prepare(out_dir: &Path, own_out_dir: &Path) -> io::Result<()> {
	const STAMP: &str = "invoked.timestamp";
	fs::create_dir_all(own_out_dir)?;
	let started = fs::metadata(out_dir.join("..").join(STAMP))?.modified()?;
	fs::File::create(own_out_dir.join("..").join(STAMP))?.set_modified(started)
}

fn variable(name: &str) -> String {
	env::var(name).unwrap_or_else(|_| fail(&format!("cargo did not set {name}")))
}

fn fail(reason: &str) -> ! {
	eprintln!("cannot build the benchmark blob: {reason}");
	std::process::exit(1)
}

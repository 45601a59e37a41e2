// SPDX-License-Identifier: GPL-3.0-or-later
//! Builds the runtime with its benchmarks, when asked; has nothing else.
//!
//! ```text
//! ASSAY_BENCHMARK_BLOB=1 cargo build --release --workspace
//! ```
//!
//! leaves the blob in
//!
//! ```text
//! $CARGO_TARGET_DIR/benchmark-blob/release/wbuild/assay-runtime/assay_runtime_benchmarks.compact.compressed.wasm
//! ```
//!
//! for `assay-node benchmark-pallet --runtime FILE --genesis-builder runtime …`. The path is also
//! printed. Without the variable nothing is built. The crate depends on nothing, and above all not on
//! the runtime: the feature `runtime-benchmarks` would spread over the whole SDK and build it a second
//! time.

#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Builds the example workloads to $CARGO_TARGET_DIR/wasm32-wasip1/release/example-*.wasm.
set -euo pipefail
# shellcheck source=scripts/env.sh
source "$(dirname "${BASH_SOURCE[0]}")/env.sh"

cd "$ASSAY_ROOT"
# Set where setup.sh had to take a toolchain without the target's library: cargo compiles that too,
# which only a nightly compiler or one that is told so does.
read -ra extra <<<"${ASSAY_WASI_FLAGS:-}"
[[ ${#extra[@]} == 0 ]] || export RUSTC_BOOTSTRAP=1
cargo build --locked --release --target wasm32-wasip1 ${extra[@]+"${extra[@]}"} \
	-p example-word-stats -p example-iris -p example-render
for name in word-stats iris render; do
	printf '%s\n' "$CARGO_TARGET_DIR/wasm32-wasip1/release/example-$name.wasm"
done

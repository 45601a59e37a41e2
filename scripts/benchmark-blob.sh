#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Builds the runtime with its benchmarks, as Wasm only, and prints where it lies. The node that runs it
# is the ordinary one: no second build of the SDK.
set -euo pipefail
# shellcheck source=scripts/env.sh
source "$(dirname "${BASH_SOURCE[0]}")/env.sh"
cd "$ASSAY_ROOT"
ASSAY_BENCHMARK_BLOB=1 scripts/build.sh >&2
blob=$CARGO_TARGET_DIR/benchmark-blob/release/wbuild/assay-runtime/assay_runtime_benchmarks
echo "$blob.compact.compressed.wasm"

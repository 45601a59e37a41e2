#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Builds the runtime with its benchmarks, as Wasm only, and prints where it lies. The node that runs it
# is the ordinary one: no second build of the SDK.
# shellcheck source=scripts/env.sh
source "$(dirname "${BASH_SOURCE[0]}")/env.sh"
cd "$ASSAY_ROOT"
ASSAY_BENCHMARK_BLOB=1 scripts/build.sh >&2
find "$CARGO_TARGET_DIR/release/build" "$CARGO_TARGET_DIR/release/wbuild" \
	-name 'assay_runtime_benchmark*.compact.compressed.wasm' -printf '%T@ %p\n' 2>/dev/null |
	sort -rn | head -n 1 | cut -d' ' -f2-

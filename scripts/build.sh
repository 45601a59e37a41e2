#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Builds everything: the runtime's blob, node, worker, command line and all test executables.
#
# --release      one profile for all; the workspace switches debug assertions and overflow checks on
#                for our own crates
# --all-targets  builds the tests as well, so that running them compiles nothing
# --locked       exactly the versions of Cargo.lock
# --features     the worker's fault switch, which demo and tests need
set -euo pipefail
# shellcheck source=scripts/env.sh
source "$(dirname "${BASH_SOURCE[0]}")/env.sh"

cd "$ASSAY_ROOT"
exec cargo build "${ASSAY_CARGO_FLAGS[@]}" --all-targets --release "$@"

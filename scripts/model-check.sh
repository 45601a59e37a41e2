#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Model-checks the rules of a task: scripts/model-check.sh [--deep] [PART OF A NAME]. Steps the chain's own
# state machine through every order of messages, silences, lies, draws, appeals and deadlines, in one setting
# after the other. Prints a line for each, or the shortest way to what must not be. --deep takes minutes.
set -euo pipefail
# shellcheck source=scripts/env.sh
source "$(dirname "${BASH_SOURCE[0]}")/env.sh"
cd "$ASSAY_ROOT/model"

# Not part of the workspace, and its dependencies have other features: a target of its own.
export CARGO_TARGET_DIR=$CARGO_TARGET_DIR/model
cargo build --quiet --locked --release --bin model-check
exec "$CARGO_TARGET_DIR/release/model-check" "$@"

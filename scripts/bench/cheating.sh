#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# What cheating earns: strategies of dishonest operators over 100,000 tasks each, on the protocol's own
# core. The ratio is the best dishonest profit in honest ones, where tasks are verified by two and pay the
# most that the bond allows, a fifth of the operators cheats, and a hundredth of the requesters knows the
# answer. Above 1, that strategy beats honesty. Seeded: the same on every machine.
set -euo pipefail
# shellcheck source=scripts/env.sh
source "$(dirname "${BASH_SOURCE[0]}")/../env.sh"
cd "$ASSAY_ROOT/model"
# The model has a lock of its own, and so a target of its own.
export CARGO_TARGET_DIR=$CARGO_TARGET_DIR/model
cargo build --quiet --release --locked --bin cheating
"$CARGO_TARGET_DIR/release/cheating"

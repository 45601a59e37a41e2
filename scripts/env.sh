# SPDX-License-Identifier: GPL-3.0-or-later
# The environment of every script: sourced, never run.

set -euo pipefail
ASSAY_ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$HOME/.cache/assay/target}
ASSAY_BIN=$CARGO_TARGET_DIR/release
export ASSAY_ROOT ASSAY_BIN

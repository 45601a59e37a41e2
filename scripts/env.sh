# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash
# The environment of every script: sourced, never run.

# A shell that somebody types into must survive a failing command.
[[ $- == *i* ]] || set -euo pipefail

ASSAY_ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# Outside the checkout: a clean clone finds what another one has built.
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$HOME/.cache/assay/target}
ASSAY_BIN=$CARGO_TARGET_DIR/release
# What setup.sh had to install itself.
ASSAY_TOOLS=$HOME/.cache/assay/tools
export ASSAY_ROOT ASSAY_BIN ASSAY_TOOLS
# Rustup's tools go before the system's, ours after them.
case ":$PATH:" in *":$HOME/.cargo/bin:"*) ;; *) PATH=$HOME/.cargo/bin:$PATH ;; esac
case ":$PATH:" in *":$ASSAY_BIN:"*) ;; *) PATH=$PATH:$ASSAY_TOOLS/bin:$ASSAY_BIN ;; esac
export PATH
# Where setup.sh had to make do without rustup, it left here what the compiler has to be told.
if [[ -f $ASSAY_TOOLS/rust.env ]]; then
	# shellcheck disable=SC1091
	source "$ASSAY_TOOLS/rust.env"
fi

# The one set of flags for every cargo call on this machine: another set would compile the whole SDK
# again. `fault-injection` adds the worker's switch for faults, which demo and tests need; a release
# build for operators leaves it out.
# shellcheck disable=SC2034
ASSAY_CARGO_FLAGS=(--workspace --locked --features assay-worker/fault-injection)

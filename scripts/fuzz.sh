#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Fuzzes edge-connect: scripts/fuzz.sh [SECONDS], ten minutes by default. Needs a nightly compiler and
# cargo-fuzz. Starts from fuzz/seeds; with KEEP=1 writes back there what the search found, made small.
# Without a sanitizer: there is no unsafe code of ours, and the oracle is what finds faults.
set -euo pipefail
# shellcheck source=scripts/env.sh
source "$(dirname "${BASH_SOURCE[0]}")/env.sh"
cd "$ASSAY_ROOT"

for tool in "cargo +nightly" "cargo-fuzz"; do
	if ! $tool --version >/dev/null 2>&1; then
		echo "$0 needs $tool: rustup toolchain install nightly; cargo install cargo-fuzz" >&2
		exit 1
	fi
done
target=edge_connect
# What is found in between lives outside the checkout.
corpus=$(dirname "$CARGO_TARGET_DIR")/fuzz/corpus/$target
mkdir -p "$corpus"
export CARGO_TARGET_DIR=$CARGO_TARGET_DIR/fuzz
flags=(--sanitizer none --release)
cargo +nightly fuzz run "${flags[@]}" "$target" "$corpus" "fuzz/seeds/$target" -- \
	-max_total_time="${1:-600}" -max_len=1601 -timeout=60 -print_final_stats=1
if [[ ${KEEP:-0} == 1 ]]; then
	small=$(mktemp -d)
	trap 'rm -rf "$small"' EXIT
	cp "$corpus"/* "$small"
	cargo +nightly fuzz cmin "${flags[@]}" "$target" "$small"
	# The largest games say the most; a hundred are enough to start from.
	find "fuzz/seeds/$target" -type f -delete
	find "$small" -type f -printf '%s %p\n' | sort -rn | head -n 100 | cut -d' ' -f2- |
		xargs -I{} cp {} "fuzz/seeds/$target"
fi

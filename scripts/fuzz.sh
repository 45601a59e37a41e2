#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Fuzzes the pallets: scripts/fuzz.sh [TARGET] [SECONDS], ten minutes by default. TARGET is edge_connect or
# verification; both share the time where none is named. Needs a nightly compiler and cargo-fuzz. Starts from
# fuzz/seeds; with KEEP=1 writes back there what the search found, made small. Without a sanitizer: there is
# no unsafe code of ours, and the oracles are what finds faults.
set -euo pipefail
# shellcheck source=scripts/env.sh
source "$(dirname "${BASH_SOURCE[0]}")/env.sh"
cd "$ASSAY_ROOT"

targets=(edge_connect verification)
if [[ ${1:-} == *[!0-9]* ]]; then
	[[ " ${targets[*]} " == *" $1 "* ]] || {
		echo "$0: there is no target $1, but ${targets[*]}" >&2
		exit 1
	}
	targets=("$1")
	shift
fi
seconds=$((${1:-600} / ${#targets[@]}))
# The longest game of each, and of how many seeds a gate has the time to play them.
declare -A longest=([edge_connect]=1601 [verification]=483) kept=([edge_connect]=100 [verification]=30)

for tool in "cargo +nightly" "cargo-fuzz"; do
	if ! $tool --version >/dev/null 2>&1; then
		echo "$0 needs $tool: rustup toolchain install nightly; cargo install cargo-fuzz" >&2
		exit 1
	fi
done
# What is found in between lives outside the checkout.
corpora=$(dirname "$CARGO_TARGET_DIR")/fuzz/corpus
export CARGO_TARGET_DIR=$CARGO_TARGET_DIR/fuzz
flags=(--sanitizer none --release)
small=$(mktemp -d)
trap 'rm -rf "$small"' EXIT

for target in "${targets[@]}"; do
	corpus=$corpora/$target
	mkdir -p "$corpus"
	cargo +nightly fuzz run "${flags[@]}" "$target" "$corpus" "fuzz/seeds/$target" -- \
		-max_total_time="$seconds" -max_len="${longest[$target]}" -timeout=60 -print_final_stats=1
	if [[ ${KEEP:-0} == 1 ]]; then
		mkdir "$small/$target"
		cp "$corpus"/* "$small/$target"
		cargo +nightly fuzz cmin "${flags[@]}" "$target" "$small/$target"
		# The largest games say the most.
		find "fuzz/seeds/$target" -type f -delete
		find "$small/$target" -type f -printf '%s %p\n' | sort -rn | head -n "${kept[$target]}" |
			cut -d' ' -f2- | xargs -I{} cp {} "fuzz/seeds/$target"
	fi
done

#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# What the hook costs in a block that makes one draw, in networks of 1,000 to 1,000,000 positions, each of a
# cluster of its own that was registered by the code of its call. Two draws: one that finds somebody at once, and
# the dearest that a sample can be in one block, which looks at as many positions as it may and takes the last.
# Accesses and proofs come from the node's benchmark of the runtime. So does a time, but the database of that
# benchmark is one ordered map of all nodes of the trie, where every access takes longer the more there is, as
# the block shows in which nothing is due. Time is therefore measured natively as well, on a trie in a hash map.
set -euo pipefail
# shellcheck source=scripts/env.sh
source "$(dirname "${BASH_SOURCE[0]}")/../env.sh"
cd "$ASSAY_ROOT"
blob=${ASSAY_BENCHMARKS:-$(scripts/benchmark-blob.sh)}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

for positions in 1000 10000 100000 1000000; do
	"$ASSAY_BIN/assay-node" benchmark-pallet --runtime "$blob" --genesis-builder-preset "network-$positions" \
		--pallet pallet_edge_connect --extrinsic matching,matching_dearest,matching_nothing --extra --steps 2 --repeat "${REPEAT:-20}" \
		--json-file "$work/$positions.json" >"$work/log" 2>&1 ||
		{ tail -n 20 "$work/log" >&2; exit 1; }
done
cargo nextest run "${ASSAY_CARGO_FLAGS[@]}" --cargo-profile release --run-ignored only --no-capture \
	-E 'test(the_time_of_a_draw)' >"$work/times" 2>"$work/log" || { tail -n 20 "$work/log" >&2; exit 1; }
node scripts/bench/matching.mjs "$work"

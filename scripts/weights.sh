#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Measures every call and hook of our pallets on this machine and writes pallets/*/src/weights.rs.
# Usage: scripts/weights.sh [PALLET...]; PALLET is a folder of pallets/.
set -euo pipefail
# shellcheck source=scripts/env.sh
source "$(dirname "${BASH_SOURCE[0]}")/env.sh"
cd "$ASSAY_ROOT"
blob=$(scripts/benchmark-blob.sh)
declare -A names=(
	[anchor]=pallet_anchor
	[edge-connect]=pallet_edge_connect
	[randomness]=pallet_assay_randomness
	[verification]=pallet_verification
)
chosen=("$@")
[ ${#chosen[@]} -gt 0 ] || chosen=(anchor edge-connect randomness verification)
cp "$blob" "$CARGO_TARGET_DIR/benchmarks.wasm"
cp scripts/weights.hbs "$CARGO_TARGET_DIR/weights.hbs"
for folder in "${chosen[@]}"; do
	# Relative paths, so that the command in the generated file is the same everywhere.
	(cd "$CARGO_TARGET_DIR" && release/assay-node benchmark-pallet --runtime benchmarks.wasm \
		--pallet "${names[$folder]}" --extrinsic '*' --steps 20 --repeat 10 \
		--template weights.hbs --output generated.rs)
	sed '/^\/\/! HOSTNAME/d' "$CARGO_TARGET_DIR/generated.rs" >"pallets/$folder/src/weights.rs"
done

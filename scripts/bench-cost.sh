# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash
# How scripts/bench/task-cost.sh and its neighbour measure: sourced, never run.

# shellcheck source=scripts/env.sh
source "$(dirname "${BASH_SOURCE[0]}")/env.sh"
cd "$ASSAY_ROOT"
blob=${ASSAY_BENCHMARKS:-$(scripts/benchmark-blob.sh)}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

measure() { # PALLET EXTRINSICS FILE [OPTIONS]
	"$ASSAY_BIN/assay-node" benchmark-pallet --runtime "$blob" --pallet "$1" --extrinsic "$2" \
		--extra --steps 2 --repeat "${REPEAT:-10}" --json-file "$3" "${@:4}" >"$work/log" 2>&1 ||
		{ tail -n 20 "$work/log" >&2; exit 1; }
}

measure_transfer() {
	measure pallet_balances transfer_keep_alive "$work/transfer.json"
}

# A task alone and a hundred in a block; for the plans see pallets/verification/src/cost.rs.
measure_tasks() { # PLAN
	local steps=cost_submit,cost_draw_executor,cost_commit,cost_draw_verifier,cost_answer,cost_open,cost_finalise
	measure pallet_verification "$steps" "$work/task-$1.json" --low "1,$1" --high "100,$1"
}

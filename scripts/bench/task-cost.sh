#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# What a whole verified task costs on chain, in transfers: every call and every hook of it, and on the
# other side `balances.transfer_keep_alive`, measured in one run on this machine. Base weights of
# extrinsics and blocks are left out on both sides. Time counts as measured, database accesses as
# RocksDB's weights say (25 microseconds a read, 100 a write).
set -euo pipefail
# shellcheck source=scripts/env.sh
source "$(dirname "${BASH_SOURCE[0]}")/../env.sh"
cd "$ASSAY_ROOT"
blob=$(scripts/benchmark-blob.sh)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

measure() { # PALLET EXTRINSICS FILE
	"$ASSAY_BIN/assay-node" benchmark-pallet --runtime "$blob" --pallet "$1" --extrinsic "$2" \
		--extra --steps 2 --repeat "${REPEAT:-10}" --json-file "$3" >"$work/log" 2>&1 ||
		{ tail -n 20 "$work/log" >&2; exit 1; }
}

measure pallet_balances transfer_keep_alive "$work/transfer.json"
measure pallet_verification cost_submit,cost_draw_executor,cost_commit,cost_draw_verifier,cost_answer,cost_open,cost_finalise \
	"$work/task.json"
node scripts/bench/task-cost.mjs "$work/transfer.json" "$work/task.json"

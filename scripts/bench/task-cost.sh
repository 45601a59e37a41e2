#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# What a whole task costs on chain, in transfers, for each way to check it: every call and every hook of it, and
# on the other side `balances.transfer_keep_alive`, measured in one run on this machine. Base weights of
# extrinsics and blocks are left out on both sides. Time counts as measured, database accesses as
# RocksDB's weights say (25 microseconds a read, 100 a write).
set -euo pipefail
# shellcheck source=scripts/bench-cost.sh
source "$(dirname "${BASH_SOURCE[0]}")/../bench-cost.sh"
measure_transfer
for plan in 1 2 0; do
	measure_tasks "$plan"
done
node scripts/bench/task-cost.mjs "$work/transfer.json" \
	"verified by three=$work/task-1.json" \
	"audited (13 % of them are checked)=$work/task-2.json" \
	"verified by two=$work/task-0.json"

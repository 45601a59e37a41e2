#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# What one item of an array of 16,384 costs on chain, in transfers: the whole task, verified by two and alone in
# its blocks, divided by its items. See task-cost.sh for how it is measured.
set -euo pipefail
# shellcheck source=scripts/bench-cost.sh
source "$(dirname "${BASH_SOURCE[0]}")/../bench-cost.sh"
measure_transfer
measure_tasks 3
ITEMS=16384 node scripts/bench/task-cost.mjs "$work/transfer.json" "array of 16,384=$work/task-3.json"

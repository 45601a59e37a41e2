#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Runs one benchmark: scripts/bench.sh NAME. Its last line is `RESULT NAME VALUE`, a ratio whose
# meaning stands above it. Every figure of docs/benchmarks.md comes from here.
set -euo pipefail
# shellcheck source=scripts/env.sh
source "$(dirname "${BASH_SOURCE[0]}")/env.sh"

names() {
	local file
	for file in "$ASSAY_ROOT"/scripts/bench/*.sh; do
		[[ -e $file ]] && basename "$file" .sh
	done
}

if [[ $# -lt 1 || ! $1 =~ ^[a-z0-9-]+$ || ! -f $ASSAY_ROOT/scripts/bench/$1.sh ]]; then
	echo "usage: $0 NAME, where NAME is one of:" >&2
	names | sed 's/^/  /' >&2
	exit 2
fi
name=$1
shift
exec bash "$ASSAY_ROOT/scripts/bench/$name.sh" "$@"

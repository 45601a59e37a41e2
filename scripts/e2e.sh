#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The end-to-end test: a real dev node and real workers, driven through polkadot.js. Expects what
# scripts/build.sh and scripts/build-examples.sh make.
set -euo pipefail
# shellcheck source=scripts/env.sh
source "$(dirname "${BASH_SOURCE[0]}")/env.sh"
cd "$ASSAY_ROOT/e2e"

# Installed for exactly this lock file?
lock=$(sha256sum package-lock.json | cut -d' ' -f1)
if [[ $(cat node_modules/.lock-hash 2>/dev/null) != "$lock" ]]; then
	npm ci --no-audit --no-fund
	echo "$lock" >node_modules/.lock-hash
fi
exec npm test

#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The end-to-end test: a real dev node and real workers, driven through polkadot.js. Expects what
# scripts/build.sh and scripts/build-examples.sh make.
set -euo pipefail
# shellcheck source=scripts/env.sh
source "$(dirname "${BASH_SOURCE[0]}")/env.sh"
# shellcheck source=scripts/npm.sh
source "$ASSAY_ROOT/scripts/npm.sh"
exec npm test

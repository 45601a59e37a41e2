#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Shows what Assay does, on real programs: installs what is missing, builds, and runs `assay demo`.
# With --faults it shows instead what each kind of fault costs, and whom. Options go to `assay demo`: see
# scripts/demo.sh --help.
# shellcheck source=scripts/env.sh
source "$(dirname "${BASH_SOURCE[0]}")/env.sh"
cd "$ASSAY_ROOT"

scripts/setup.sh
scripts/build.sh
scripts/build-examples.sh >/dev/null

# The program takes the place of this shell, so that every signal reaches it. It ends its children and
# removes its files on any exit; should it be killed outright, the kernel ends the children.
exec "$ASSAY_BIN/assay" demo \
	--programs "$CARGO_TARGET_DIR/wasm32-wasip1/release" --examples "$ASSAY_ROOT/examples" "$@"

#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# What is tested, in the order in which it is cheapest to fail. Says how long each stage took; exits with
# 1 if one failed. Without arguments it runs the gate; name stages to run those: scripts/test.sh unit e2e.
set -euo pipefail
# shellcheck source=scripts/env.sh
source "$(dirname "${BASH_SOURCE[0]}")/env.sh"
cd "$ASSAY_ROOT"

ALL=(setup build check unit examples docs e2e)
# What has to pass before a change lands. The other stages join it when they are green on a new machine.
GATE=(setup build unit examples)

stage_setup() { scripts/setup.sh; }
stage_build() { scripts/build.sh; }
stage_check() { scripts/check.sh; }
stage_unit() {
	cargo nextest run "${ASSAY_CARGO_FLAGS[@]}" --cargo-profile release --no-fail-fast
}
stage_examples() { scripts/build-examples.sh; }
stage_docs() { scripts/docs-test.sh; }
stage_e2e() { scripts/e2e.sh; }

if (($#)); then stages=("$@"); else stages=("${GATE[@]}"); fi
for stage in "${stages[@]}"; do
	if [[ " ${ALL[*]} " != *" $stage "* ]]; then
		echo "usage: $0 [STAGE…], of: ${ALL[*]}" >&2
		exit 2
	fi
done

report=()
failures=0
begun=$SECONDS
for stage in "${stages[@]}"; do
	printf '\n===== %s =====\n' "$stage"
	start=$SECONDS
	result=ok
	# A shell of its own: in a condition bash would go on after a failing command.
	bash -euo pipefail -c "$(declare -f "stage_$stage"); $(declare -p ASSAY_CARGO_FLAGS); stage_$stage" </dev/null ||
		result=FAILED
	took=$((SECONDS - start))
	report+=("$(printf '%-10s %6s  %3d min %02d s' "$stage" "$result" $((took / 60)) $((took % 60)))")
	printf '===== %s: %s after %d s =====\n' "$stage" "$result" "$took"
	if [[ $result == FAILED ]]; then
		failures=$((failures + 1))
		# Nothing below can work without these.
		if [[ $stage == setup || $stage == build ]]; then
			break
		fi
	fi
done

total=$((SECONDS - begun))
printf '\n'
printf '%s\n' "${report[@]}"
printf '%-10s %6s  %3d min %02d s\n' total '' $((total / 60)) $((total % 60))
if ((failures)); then
	printf '%d of %d stages failed\n' "$failures" "${#stages[@]}" >&2
	exit 1
fi

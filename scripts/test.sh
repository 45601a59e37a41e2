#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The gate: what has to pass before a change lands, in the order in which it is cheapest to fail. Says how
# long each stage took; exits with 1 if one failed. Name stages to run only those: scripts/test.sh unit e2e.
set -euo pipefail
# shellcheck source=scripts/env.sh
source "$(dirname "${BASH_SOURCE[0]}")/env.sh"
cd "$ASSAY_ROOT"

STAGES=(setup build check unit model examples docs e2e relay)
# What a stage returns that this machine cannot run.
SKIPPED=77

stage_setup() { scripts/setup.sh; }
stage_build() { scripts/build.sh; }
stage_check() { scripts/check.sh; }
stage_unit() {
	cargo nextest run "${ASSAY_CARGO_FLAGS[@]}" --cargo-profile release --no-fail-fast
}
stage_model() { scripts/model-check.sh; }
stage_examples() { scripts/build-examples.sh; }
stage_docs() { scripts/docs-test.sh; }
stage_e2e() { scripts/e2e.sh; }
stage_relay() {
	if ! scripts/zombienet.sh --locate; then
		echo 'skipped: this machine has no polkadot; scripts/zombienet.sh --test would compile it first'
		return "$SKIPPED"
	fi
	scripts/zombienet.sh --test
}

if (($#)); then stages=("$@"); else stages=("${STAGES[@]}"); fi
for stage in "${stages[@]}"; do
	if [[ " ${STAGES[*]} " != *" $stage "* ]]; then
		echo "usage: $0 [STAGE…], of: ${STAGES[*]}" >&2
		exit 2
	fi
done

# Runs a stage in a shell of its own: in a condition bash would go on after a failing command. It reads
# env.sh anew, which knows what `setup` has just installed.
run() {
	# shellcheck disable=SC2016
	bash -euo pipefail -c 'source "$ASSAY_ROOT/scripts/env.sh"'"
		SKIPPED=$SKIPPED
		$(declare -f "stage_$1")
		stage_$1" </dev/null
}

# The relay chain's test does little but wait for blocks: it goes on beside the stages before it. What it
# says is shown in its turn.
relay='' relay_log=''
stop_relay() {
	if [[ -n $relay ]]; then kill -TERM -- "-$relay" 2>/dev/null || true; fi
	rm -f "$relay_log"
}
start_relay() {
	relay_log=$(mktemp)
	trap stop_relay EXIT
	# With job control it has a process group of its own, which can be ended as a whole.
	set -m
	run relay >"$relay_log" 2>&1 &
	relay=$!
	set +m
}

report=()
failures=0
begun=$SECONDS
for stage in "${stages[@]}"; do
	if [[ -z $relay_log && ($stage == docs || $stage == e2e) && " ${stages[*]} " == *' relay '* ]]; then
		start_relay
	fi
	printf '\n===== %s =====\n' "$stage"
	start=$SECONDS
	code=0
	if [[ $stage == relay && -n $relay_log ]]; then
		wait "$relay" || code=$?
		relay=''
		cat "$relay_log"
	else
		run "$stage" || code=$?
	fi
	case $code in
	0) result=ok ;;
	"$SKIPPED") result=skipped ;;
	*) result=FAILED ;;
	esac
	took=$((SECONDS - start))
	report+=("$(printf '%-10s %7s  %3d min %02d s' "$stage" "$result" $((took / 60)) $((took % 60)))")
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
printf '%-10s %7s  %3d min %02d s\n' total '' $((total / 60)) $((total % 60))
if ((failures)); then
	printf '%d of %d stages failed\n' "$failures" "${#stages[@]}" >&2
	exit 1
fi

#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# A real relay chain on this machine, with two validators, and our parachain under it, with two collators.
# Expects what scripts/build.sh and scripts/build-examples.sh make.
#
#   scripts/zombienet.sh            runs it until Ctrl-C
#   scripts/zombienet.sh --test     runs its test instead
#   scripts/zombienet.sh --locate   only prints where the relay chain's programs lie; fails if nowhere
#
# The relay chain's programs are those of POLKADOT_BIN_DIR, or those on the PATH. Where there are none they
# are compiled, once.
set -euo pipefail
# shellcheck source=scripts/env.sh
source "$(dirname "${BASH_SOURCE[0]}")/env.sh"

POLKADOT=41.0.0
BUILT=$HOME/.cache/assay/polkadot

# Whether `polkadot` and its two workers lie in a directory and start. A worker is looked for beside the
# program or where Debian's package has it.
is_complete() {
	local worker
	for worker in polkadot-prepare-worker polkadot-execute-worker; do
		[[ -x $1/$worker || -x /usr/lib/polkadot/$worker ]] || return 1
	done
	"$1/polkadot" --version >/dev/null 2>&1
}

locate() {
	local directory found
	if found=$(command -v polkadot); then
		# A link's target: that is where the program looks for its workers.
		found=$(dirname "$(readlink -f "$found")")
	fi
	for directory in "${POLKADOT_BIN_DIR:-}" "$found" "$BUILT/bin"; do
		if [[ -n $directory ]] && is_complete "$directory"; then
			(cd "$directory" && pwd)
			return
		fi
	done
	return 1
}

build() {
	local toolchain
	toolchain=$(sed -n 's/^channel *= *"\(.*\)"/\1/p' "$ASSAY_ROOT/rust-toolchain.toml")
	echo "no polkadot $POLKADOT with its two workers here: compiling them, which takes over an hour" >&2
	# Outside the checkout, whose settings are for our own crates; rustup is told the toolchain instead.
	(cd "$HOME" && RUSTUP_TOOLCHAIN=$toolchain CARGO_TARGET_DIR=$BUILT-target \
		cargo install --locked --root "$BUILT" "polkadot@$POLKADOT")
}

case ${1:-} in
--locate)
	locate
	exit
	;;
--test) run=(--test --test-reporter=spec test/relay.test.mjs) ;;
'') run=(relay/launch.mjs) ;;
*)
	echo "usage: $0 [--test | --locate]" >&2
	exit 2
	;;
esac

# shellcheck source=scripts/npm.sh
source "$ASSAY_ROOT/scripts/npm.sh"
if ! POLKADOT_BIN_DIR=$(locate); then
	build
	POLKADOT_BIN_DIR=$(locate)
fi
export POLKADOT_BIN_DIR
exec node "${run[@]}"

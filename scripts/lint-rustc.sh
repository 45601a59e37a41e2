#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The compiler that check.sh hands to cargo for our own crates: clippy, and for the crates whose
# documentation is part of the check rustdoc as well.
#
# `cargo doc` would check the whole SDK again in another mode. Here rustdoc runs with the very
# arguments that cargo has for the compiler, against the libraries that are there already.
#
# Arguments: `rustc` and what cargo passes to it.
set -euo pipefail

clippy-driver "$@"

crate='' test='' previous=''
docs=()
for argument in "${@:2}"; do
	case $previous in
	--crate-name) crate=$argument ;;
	esac
	case $previous in
	# What only a compiler understands, with its value.
	-C | --emit | --out-dir | --print) ;;
	*)
		case $argument in
		-C | --emit | --out-dir | --print) ;;
		--test) test=1 ;;
		-C* | --emit=* | --out-dir=* | --print=*) ;;
		*) docs+=("$argument") ;;
		esac
		;;
	esac
	previous=$argument
done

case $crate in
assay_primitives | pallet_anchor | pallet_assay_randomness | pallet_edge_connect | pallet_verification) ;;
*) exit 0 ;;
esac
[[ -z $test ]] || exit 0
exec rustdoc "${docs[@]}" --deny warnings --out-dir "${CARGO_TARGET_DIR:?}/doc"

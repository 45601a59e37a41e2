#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The compiler that check.sh hands to cargo for our own crates: clippy, and rustdoc for the crates
# whose documentation is part of the check.
#
# `cargo clippy` and `cargo doc` would go through the whole SDK again, in a mode of their own. Here
# cargo builds as ever, so that the SDK's libraries serve as they are, but nothing of ours is turned
# into machine code: that halves the time, and the real executables stay where they are.
#
# Arguments: `rustc` and what cargo passes to it.
set -euo pipefail

rustc=$1
shift

crate='' kind='' out='' suffix='' test='' previous=''
for argument in "$@"; do
	case $previous in
	--crate-name) crate=$argument ;;
	--crate-type) kind=$argument ;;
	--out-dir) out=$argument ;;
	-C) [[ $argument == extra-filename=* ]] && suffix=${argument#extra-filename=} ;;
	esac
	[[ $argument == --test ]] && test=1
	previous=$argument
done

# Build scripts are run, and cargo asks what the compiler can do: neither is ours to change.
if [[ $crate == build_script_* || $kind == proc-macro || -z $out ]]; then
	exec clippy-driver "$rustc" "$@"
fi

compile=() document=() previous=''
for argument in "$@"; do
	case $argument in
	--emit=*) argument=--emit=dep-info,metadata ;;
	# An empty library is one that we left in place of the real one.
	*=*.rlib)
		if [[ $previous == --extern && ! -s ${argument#*=} ]]; then
			argument=${argument%.rlib}.rmeta
		fi
		;;
	esac
	compile+=("$argument")
	# Rustdoc does not know what is about the output.
	case $previous in
	-C | --out-dir) ;;
	*)
		case $argument in
		-C | --out-dir | --emit=*) ;;
		*) document+=("$argument") ;;
		esac
		;;
	esac
	previous=$argument
done

clippy-driver "$rustc" "${compile[@]}"

case $crate:$test in
assay_primitives: | pallet_anchor: | pallet_assay_randomness: | pallet_edge_connect: | pallet_verification:)
	rustdoc "${document[@]}" --deny warnings --out-dir "${CARGO_TARGET_DIR:?}/doc"
	;;
esac

# Cargo takes a crate for unfinished whose output is not there. An executable it would copy over the
# real one, so there it may do so: checking these again takes seconds.
if [[ -n $test ]]; then
	: >"$out/$crate$suffix"
elif [[ $kind == lib ]]; then
	: >"$out/lib$crate$suffix.rlib"
fi

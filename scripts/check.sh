#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Everything that can be said about the sources without running them. Changes nothing.
set -euo pipefail
# shellcheck source=scripts/env.sh
source "$(dirname "${BASH_SOURCE[0]}")/env.sh"
# shellcheck source=scripts/files.sh
source "$ASSAY_ROOT/scripts/files.sh"
cd "$ASSAY_ROOT"

failed=()
# Runs one check and goes on, so that one run shows everything that is wrong.
check() {
	local name=$1
	shift
	printf '==> %s\n' "$name"
	"$@" || failed+=("$name")
}

# Clippy and rustdoc in place of the compiler for our own crates; all others stay as they were built.
# A check build would compile the whole SDK once more. The runtime's blob is not looked at.
lints() {
	SKIP_ASSAY_RUNTIME_WASM_BUILD=1 \
		CLIPPY_ARGS='-Dwarnings__CLIPPY_HACKERY__' \
		RUSTC_WORKSPACE_WRAPPER=$ASSAY_ROOT/scripts/lint-rustc.sh \
		cargo build "${ASSAY_CARGO_FLAGS[@]}" --all-targets --release --keep-going
}

licence_headers() {
	local file bad=0
	while read -r file; do
		if ! head -n 2 "$file" | grep -q 'SPDX-License-Identifier: GPL-3.0-or-later'; then
			echo "$file: the first line does not name the licence"
			bad=1
		fi
	done < <(files '*.rs' '*.sh' '*.mjs' .ci/run)
	return "$bad"
}

long_files() {
	local file lines bad=0
	while read -r file; do
		lines=$(wc -l <"$file")
		if ((lines >= 900)); then
			echo "$file: $lines lines; below 900 a reader still finds the way"
			bad=1
		fi
	done < <(files '*.rs' '*.sh' '*.mjs' '*.md')
	return "$bad"
}

scripts_parse() {
	local script bad=0
	while read -r script; do
		bash -n "$script" || bad=1
	done < <(files '*.sh' .ci/run)
	if command -v shellcheck >/dev/null; then
		files '*.sh' .ci/run | xargs shellcheck -x || bad=1
	else
		echo "shellcheck is not installed: syntax only"
	fi
	return "$bad"
}

check 'rustfmt' cargo fmt --all --check
check 'rustfmt of the models' cargo fmt --manifest-path model/Cargo.toml --check
check 'taplo' taplo fmt --check
check 'clippy and rustdoc' lints
check 'licences, bans and sources' \
	cargo deny --log-level error --locked --workspace check --hide-inclusion-graph licenses bans sources
check 'licence headers' licence_headers
check 'length of files' long_files
check 'scripts' scripts_parse

if ((${#failed[@]})); then
	printf 'failed: %s\n' "${failed[@]}" >&2
	exit 1
fi
echo 'all checks passed'

#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Runs the commands that the documentation shows, so that they cannot rot.
#
# In a Markdown file, a block that starts with
#   ```sh test              is run and has to succeed;
#   ```sh test until=TEXT   is started and left running until the end of its file; the next block
#                           runs as soon as it has printed TEXT, which has no spaces.
# All blocks of a file run in order, at the top of the repository, with what was built on the PATH.
# Without arguments: all Markdown files of the repository.
set -euo pipefail
# shellcheck source=scripts/env.sh
source "$(dirname "${BASH_SOURCE[0]}")/env.sh"
# shellcheck source=scripts/files.sh
source "$ASSAY_ROOT/scripts/files.sh"
cd "$ASSAY_ROOT"

BLOCK_SECONDS=300 READY_SECONDS=90

work=$(mktemp -d)
servers=()
stop_servers() {
	local pid
	for pid in "${servers[@]}"; do
		# The whole group: the block's shell and what it started.
		kill -TERM -- "-$pid" 2>/dev/null || true
	done
	for pid in "${servers[@]}"; do
		for _ in {1..100}; do
			kill -0 -- "-$pid" 2>/dev/null || break
			sleep 0.1
		done
		kill -KILL -- "-$pid" 2>/dev/null || true
		wait "$pid" 2>/dev/null || true
	done
	servers=()
}
trap 'stop_servers; rm -rf "$work"' EXIT

# Writes the blocks of a file to $work/NUMBER.sh and their attributes to $work/NUMBER.attributes.
extract() {
	rm -f "$work"/*.sh "$work"/*.attributes
	awk -v dir="$work" '
		/^```sh test/ { number++; file = sprintf("%s/%03d", dir, number)
			print FNR, substr($0, 11) > (file ".attributes"); inside = 1; next }
		/^```/ { inside = 0 }
		inside { print > (file ".sh") }
	' "$1"
}

count=0
run_file() {
	local file=$1 script line attributes text server
	extract "$file"
	for script in "$work"/*.sh; do
		[[ -e $script ]] || continue
		read -r line attributes <"${script%.sh}.attributes"
		count=$((count + 1))
		printf -- '--- %s:%s\n' "$file" "$line"
		if [[ $attributes =~ until=([^ ]+) ]]; then
			text=${BASH_REMATCH[1]}
			setsid bash -euo pipefail "$script" >"$work/server.log" 2>&1 </dev/null &
			server=$!
			servers+=("$server")
			for ((tenth = 0; ; tenth++)); do
				if grep -qF -- "$text" "$work/server.log"; then break; fi
				if ! kill -0 "$server" 2>/dev/null || ((tenth >= READY_SECONDS * 10)); then
					cat "$work/server.log" >&2
					echo "$file:$line: did not print $text" >&2
					return 1
				fi
				sleep 0.1
			done
		elif ! timeout "$BLOCK_SECONDS" bash -euo pipefail "$script" </dev/null; then
			echo "$file:$line: failed" >&2
			return 1
		fi
	done
	stop_servers
}

if (($#)); then documents=("$@"); else mapfile -t documents < <(files '*.md'); fi
for document in "${documents[@]}"; do
	run_file "$document" || exit 1
done
echo "$count blocks ran"
# Of documents that somebody names, none may show a command; of all together, some do.
if ((!$# && !count)); then
	echo "no document shows a command that can be run: this should not be" >&2
	exit 1
fi

# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash
# Lists sources for the checks: sourced after env.sh, at the top of the repository.

# The files of this repository that match one of the globs. An unpacked archive has no list of its own:
# there it is everything but what was installed or built.
files() {
	local listed glob file
	listed=$(git ls-files --cached --others --exclude-standard -- "$@" 2>/dev/null) || listed=''
	if [[ -z $listed ]]; then
		listed=$(for glob in "$@"; do
			find . \( -name node_modules -o -name target -o -name .git \) -prune -o \
				-type f -path "./$glob" -printf '%P\n'
		done | sort)
	fi
	while read -r file; do
		# What is deleted and not committed is still listed.
		if [[ -e $file ]]; then echo "$file"; fi
	done <<<"$listed"
}

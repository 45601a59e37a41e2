# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash
# Enters e2e and installs what its lock file names: sourced after env.sh by what runs the tests there.

if ! command -v npm >/dev/null || ! node -e '
	const [major, minor] = process.versions.node.split(".").map(Number);
	process.exit(major > 18 || (major === 18 && minor >= 19) ? 0 : 1);
' 2>/dev/null; then
	found=$(node --version 2>/dev/null || echo 'none')
	echo "this needs npm and node 18.19 or newer, and the node of this machine is $found:" \
		"see https://nodejs.org" >&2
	exit 1
fi

cd "$ASSAY_ROOT/e2e" || exit 1
# Two tests may start at a time: one of them installs.
exec {npm_lock}<package-lock.json
flock "$npm_lock"
lock=$(sha256sum package-lock.json | cut -d' ' -f1)
if [[ $(cat node_modules/.lock-hash 2>/dev/null) != "$lock" ]]; then
	npm ci --no-audit --no-fund
	echo "$lock" >node_modules/.lock-hash
fi
exec {npm_lock}<&-

# SPDX-License-Identifier: GPL-3.0-or-later
# Every habitual command. Each is a script that stands alone as well.

# List the commands.
default:
	@just --list

# Install what is missing.
setup:
	scripts/setup.sh

# Build everything.
build: setup
	scripts/build.sh
	scripts/build-examples.sh

# See the whole story on four clusters, one of which lies.
demo:
	scripts/demo.sh

# Test everything, or the named stages only.
test *stages:
	scripts/test.sh {{ stages }}

# Format, lints, documentation, licences.
check:
	scripts/check.sh

# Format all sources.
fmt:
	cargo fmt --all
	bash -c 'source scripts/env.sh && taplo fmt'

# The end-to-end test alone.
e2e:
	scripts/e2e.sh

# Run the parachain under a relay chain on this machine, or with --test the test of that.
relay *options:
	scripts/zombienet.sh {{ options }}

# Run one benchmark.
bench name:
	scripts/bench.sh {{ name }}

# Fuzz the pallets, or the one that is named, for so many seconds.
fuzz *options:
	scripts/fuzz.sh {{ options }}

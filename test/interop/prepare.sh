#!/usr/bin/env bash
# Makes what interop.test.ts starts: a virtual environment for the Python program, a build of the Rust program. Needs
# python3 and cargo; what one of them lacks does not keep the other from being made.
set -uo pipefail
cd "$(dirname "$0")" || exit 1
PATH="$PATH:$HOME/.cargo/bin"
status=0

python3 -m venv python/.venv &&
  python/.venv/bin/pip install --quiet --disable-pip-version-check --requirement python/requirements.txt ||
  status=1
cargo build --quiet --release --locked --manifest-path rust/Cargo.toml || status=1
exit "$status"

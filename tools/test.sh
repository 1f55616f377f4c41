#!/usr/bin/env bash
# Everything CI runs, in the order that fails fastest. `./x test fast` stops after the C++ tests.
set -euo pipefail
cd "$(dirname "$0")/.."
export CCACHE_DIR="${CCACHE_DIR:-$HOME/.cache/ccache}" CCACHE_BASEDIR="$PWD" CCACHE_NOHASHDIR=1
step() { echo "== $* ($(date +%T))"; }

step "set-up"
tools/setup.sh
step "house rules"
git ls-files '*.cc' '*.h' | xargs clang-format-19 --dry-run -Werror
python3 tools/check_layers.py
python3 tools/house_rules.py
step "console: types, unit tests, build"
(cd web && npm run --silent test && npm run --silent build)
step "build (dev)"
cmake --preset dev >build/cmake-dev.log 2>&1 || { cat build/cmake-dev.log; exit 1; }
ninja -C build/dev
step "unit, contract, scenario and simulation tests"
ctest --test-dir build/dev --output-on-failure -j "$(nproc)"
if [ "${1:-}" = fast ]; then exit 0; fi
step "crash: 50 kill cycles"
python3 tests/crash/weir_crash.py --bin build/dev --cycles 50 --seconds 2
step "browser tests against the real server"
tests/e2e/run.sh build/dev
step "all passed"

#!/usr/bin/env bash
# Format, layers, house rules, then clang-tidy over what is compiled (all files, or --changed).
set -euo pipefail
cd "$(dirname "$0")/.."
git ls-files '*.cc' '*.h' | xargs clang-format-19 --dry-run -Werror
python3 tools/check_layers.py
python3 tools/house_rules.py
[ -f build/dev/compile_commands.json ] || ./x build dev
if [ "${1:-}" = "--fast" ]; then exit 0; fi
git ls-files 'src/*.cc' | grep -v -e '_test.cc$' -e asio_impl |
  xargs -P "$(nproc)" -n 8 clang-tidy-19 -p build/dev --quiet --warnings-as-errors='*' \
    --extra-arg=-Wno-unknown-warning-option

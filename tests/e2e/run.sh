#!/usr/bin/env bash
# Browser tests against the real server: starts the demo from BUILD (default build/dev) with a short
# history, waits until the loop has turned, runs every test in Chromium, stops the demo.
set -euo pipefail
cd "$(dirname "$0")/../.."
build=$(realpath "${1:-build/dev}")
dir=$(mktemp -d)
demo() { tools/demo.py --dir "$dir" --bin "$build" --port 8461 --sandbox-port 8471 --fresh --once --rows 30000 --rate 60; }
stop() {
  for name in sandbox weir; do [ -f "$dir/$name.pid" ] && kill "$(cat "$dir/$name.pid")" 2>/dev/null || true; done
  rm -rf "$dir"
}
trap stop EXIT
demo || { cat "$dir"/*.out 2>/dev/null | tail -40; exit 1; }
export WEIR_URL=http://127.0.0.1:8461 WEIR_USER=admin WEIR_PASSWORD=$(cat "$dir/password")
# The shortest whole run of the cart journey: one minute of waiting, then a message.
python3 tests/e2e/wait_for_loop.py "$WEIR_URL" "$(cat "$dir/token")"
python3 tests/e2e/canary.py "$WEIR_URL" "$(cat "$dir/token")" "$dir"
(cd web && node --test --test-concurrency=1 ../tests/e2e/*.test.mjs)

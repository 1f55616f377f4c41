#!/usr/bin/env bash
# bench/run.sh [ingest|latency|engine|import|costly|people|all] [--quick]: measures the release build; see bench/README.md.
set -euo pipefail
cd "$(dirname "$0")/.."
exec python3 bench/driver/main.py "$@"

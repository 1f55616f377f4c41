#!/usr/bin/env bash
# Installs what a fresh Debian 12 machine lacks: system packages and the console's npm modules. Does
# nothing, quickly, when all is there.
set -euo pipefail
cd "$(dirname "$0")/.."
mkdir -p build

packages=$(grep -v '^#' tools/packages.txt | tr '\n' ' ')
missing=$(for p in $packages; do dpkg-query -W -f='${Status}' "$p" 2>/dev/null | grep -q 'ok installed' || echo "$p"; done)
if [ -n "$missing" ]; then
  echo "installing: $(echo $missing)"
  sudo=""
  [ "$(id -u)" = 0 ] || sudo=sudo
  $sudo apt-get update -qq
  DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq --no-install-recommends $missing >build/apt.log 2>&1 ||
    { tail -20 build/apt.log; exit 1; }
fi

if ! command -v node >/dev/null || [ "$(node -p 'process.versions.node.split(".")[0]')" -lt 20 ]; then
  echo "Node.js 20 or newer is needed for the console; install it from your distribution or nodejs.org" >&2
  exit 1
fi
if [ web/package-lock.json -nt web/node_modules/.package-lock.json ] || [ ! -d web/node_modules ]; then
  echo "installing the console's npm modules"
  (cd web && npm ci --no-audit --no-fund --silent)
fi

#!/usr/bin/env bash
# Format, layers, house rules, then clang-tidy.
#   lint.sh              the whole tree
#   lint.sh --changed    files changed since main (or since REF: --changed REF), committed or not;
#                        a changed header through the files that include it
#   lint.sh --fast       without clang-tidy
#   lint.sh FILE…        clang-tidy over these only
# clang-tidy runs on two cores at the lowest priority and skips what it found clean before.
set -euo pipefail
cd "$(dirname "$0")/.."

tidy_candidates() { git ls-files 'src/*.cc' | grep -v -e '_test.cc$' -e asio_impl; }

changed_files() {
  local since
  since=$(git merge-base HEAD "${1:-main}")
  { git diff --name-only --diff-filter=d "$since"; git ls-files --others --exclude-standard; } | sort -u
}

# A header is checked through the sources that include it.
sources_of() {
  local file
  while read -r file; do
    case "$file" in
      src/*.h) tidy_candidates | xargs grep -l "\"${file#src/}\"" || true ;;
      *) echo "$file" ;;
    esac
  done | sort -u | grep -Fx -f <(tidy_candidates) || true
}

mode="${1:-all}"
case "$mode" in
  src/*) files=$(printf '%s\n' "$@") ;;
  --changed) files=$(changed_files "${2:-main}" | sources_of) ;;
  --fast | all) files=$(tidy_candidates) ;;
  *) sed -n '2,8p' "$0"; exit 2 ;;
esac

if [[ "$mode" != src/* ]]; then
  git ls-files '*.cc' '*.h' | xargs clang-format-19 --dry-run -Werror
  python3 tools/check_layers.py
  python3 tools/house_rules.py
fi
if [ "$mode" = --fast ] || [ -z "$files" ]; then exit 0; fi
[ -f build/dev/compile_commands.json ] || ./x build dev

tools/tidy.py <<<"$files"

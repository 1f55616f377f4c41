#!/usr/bin/env bash
# Differential tests of the questions on a million random logs each (CI runs 50,000), and merge storms
# at full size. Usage:
# tools/nightly.sh [seed]; without a seed the one of the day.
set -euo pipefail
cd "$(dirname "$0")/.."
export WEIR_LOGS="${WEIR_LOGS:-1000000}" WEIR_SEED="${1:-$(date +%Y%m%d)}" WEIR_SOURCE_DIR="$PWD"
echo "WEIR_LOGS=$WEIR_LOGS WEIR_SEED=$WEIR_SEED"
failed=0
build/dev/tests/cases/analytics/weir_analytics_cases_test --gtest_brief=1 --gtest_filter='*Reference.*' || failed=1
build/dev/tests/cases/analytics/weir_live_segments_test --gtest_brief=1 || failed=1
build/dev/src/columnar/weir_columnar_test --gtest_brief=1 --gtest_filter='FunnelMatcher.*' || failed=1
WEIR_STORM=1 build/dev/src/identity/weir_identity_test --gtest_brief=1 --gtest_filter='IdentityStorm.*' || failed=1
exit $failed

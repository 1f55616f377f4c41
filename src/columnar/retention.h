#pragma once
// Groups that begin in a bucket and come back in later periods (SEMANTICS §3).

#include "columnar/bucket_finder.h"
#include "columnar/keys.h"

#include <optional>
#include <span>
#include <vector>

namespace weir::columnar {

enum class RetentionType : uint8_t { On, OnOrAfter, OnOrBefore, Brackets };

struct RetentionSpec {
  EventSelection start, again;
  std::shared_ptr<const Predicate> filter;  // on every event
  TimeMs from = 0, to = 0;                  // starts in [from, to)
  TimeMs as_of = 0;                         // events after it do not exist
  Buckets buckets;            // of the cohorts, then of as many periods more as are asked for
  size_t cohorts = 0;         // how many of the buckets are cohorts
  size_t periods = 0;         // the highest period any column needs; at least 1
  DurationMs rolling_ms = 0;  // length of a period from the start on; 0 = calendar buckets
  bool first_time = false;    // only the group's first start ever

  RetentionType type = RetentionType::On;
  bool include_period_0 = false;                        // OnOrBefore
  std::vector<std::pair<uint32_t, uint32_t>> brackets;  // Brackets: inclusive

  std::vector<KeyDef> keys;  // of the first start in the bucket
  bool same_value = false;   // returns carry the same keys
  std::function<bool(uint32_t)> groups;

  struct Collect {
    KeyTexts keys;  // empty = all
    size_t cohort = 0, column = 0;
    bool n0_return = false;
  };
  std::optional<Collect> collect;
};

struct RetentionResult {
  struct Cohort {
    uint64_t size = 0, n0_return = 0;
    std::vector<uint64_t> retained;  // per column: periods 1…, or brackets
    TimeMs last_start = INT64_MIN;   // of any group's first start in the bucket
  };
  struct Line {
    KeyTexts keys;  // empty: all
    std::vector<Cohort> cohorts;
  };
  std::vector<Line> lines;       // all, then keys by descending entries; $other last
  std::vector<uint32_t> groups;  // of `collect`, ascending
  uint64_t rows_scanned = 0;
};

Result<RetentionResult> run_retention(const std::shared_ptr<const Snapshot>& snapshot,
                                      const RetentionSpec& spec, const ScanBudget& budget,
                                      std::span<Executor* const> helpers);

}  // namespace weir::columnar

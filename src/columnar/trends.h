#pragma once
// Counts over time, per series and breakdown key (SEMANTICS §1).

#include "columnar/buckets.h"
#include "columnar/keys.h"
#include "columnar/tally.h"

#include <optional>
#include <span>
#include <vector>

namespace weir::columnar {

struct TrendsSpec {
  struct Series {
    EventSelection events;
    Aggregate aggregate = Aggregate::Rows;
    uint32_t property = kNone;
  };
  std::vector<Series> series;               // at most 32
  std::shared_ptr<const Predicate> filter;  // on every event
  std::vector<KeyDef> keys;                 // at most 4; empty = no breakdown
  Buckets buckets;
  TimeMs from = 0, to = 0;  // [from, to)
  bool cumulative = false;
  bool same_keys = false;  // all series show the top keys of the first (for formulas)
  std::function<bool(uint32_t)> groups;
};

struct TrendsResult {
  struct Line {
    size_t series = 0;
    KeyTexts keys;
    std::vector<std::optional<double>> values;
    std::optional<double> total;
  };
  std::vector<Line> lines;  // by series; keys by descending total, then value; $other last
  uint64_t rows_scanned = 0;
};

Result<TrendsResult> run_trends(const std::shared_ptr<const Snapshot>& snapshot,
                                const TrendsSpec& spec, const ScanBudget& budget,
                                std::span<Executor* const> helpers);

}  // namespace weir::columnar

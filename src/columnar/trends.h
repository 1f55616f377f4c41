#pragma once
// Counts over time, per series and breakdown key (SEMANTICS §1).

#include "columnar/buckets.h"
#include "columnar/keys.h"
#include "columnar/session_pass.h"
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
    /// Groups of the last so many buckets, the bucket itself included; 0 = aggregate as usual.
    size_t trailing = 0;
    bool of_sessions = false;  // sessions count as groups do: aggregate is Groups, trailing is 0
  };
  std::vector<Series> series;               // at most 32 - kSessionBits
  std::shared_ptr<const Predicate> filter;  // on every event
  std::vector<KeyDef> keys;                 // at most 4; empty = no breakdown
  Buckets buckets;
  Buckets lead;             // those just before, for trailing series; as many as the longest - 1
  TimeMs from = 0, to = 0;  // [from, to)
  bool cumulative = false;
  std::optional<SessionRules> sessions;  // when a series counts them
  TimeMs as_of = INT64_MAX;              // sessions are cut by the events until then
  bool same_keys = false;                // all series show the top keys of the first (for formulas)
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

/// Bucket of a time, where those of the lead are below 0.
inline int64_t bucket_with_lead(const TrendsSpec& spec, TimeMs time) {
  if (time >= spec.buckets.starts.front()) return static_cast<int64_t>(spec.buckets.of(time));
  return static_cast<int64_t>(spec.lead.of(time)) - static_cast<int64_t>(spec.lead.size());
}

/// The pass over these series: which events it sees, from when on.
SessionPass trends_pass(const TrendsSpec& spec, std::span<const TrendsSpec::Series> series);

Result<TrendsResult> run_trends(const std::shared_ptr<const Snapshot>& snapshot,
                                const TrendsSpec& spec, const ScanBudget& budget,
                                std::span<Executor* const> helpers);

}  // namespace weir::columnar

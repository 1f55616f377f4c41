#pragma once
// A tag's value from a person's events (TG3): how many, the sum, the most frequent …; or a score
// that tiers turn into words (§7 PT1–PT3).

#include "model/condition.h"
#include "tags/tiers.h"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weir::tags {

struct Aggregation {
  enum class Kind : uint8_t {
    Count,
    Sum,
    Avg,
    Min,
    Max,
    Distinct,
    ActiveDays,
    DaysSinceLast,
    First,
    Last,
    Most,
    Share,  // PT2: (k + 1) / (n + 2), k events of n that `of` takes
    Heat,   // PT3: Σ weight · 2^(−age / half-life)
  };
  Kind kind = Kind::Count;
  std::vector<std::string> events;
  Filter filter;
  Window window;
  std::string prop;                                    // without "event."
  int64_t min_count = 1;                               // fewer events: no value
  bool zero = false;                                   // Count of nothing is 0
  Filter of;                                           // Share
  std::map<std::string, double, std::less<>> weights;  // Heat
  double half_life_days = 7;
  std::optional<Tiers> tiers;

  /// Needs a run over everybody, or changes for everybody at midnight (TG4).
  bool scheduled_only() const;
};

/// `value_type` of the tag; errors name the path under "rule".
Result<Aggregation> parse_aggregation(const json::object& rule, std::string_view value_type,
                                      const Calendar& calendar);

struct AggregationAnswer {
  std::optional<Value> value;  // before tiers; none when the events say nothing
  TimeMs next_change = Answer::kNever;
};
AggregationAnswer evaluate(const Aggregation& aggregation, const ConditionSubject& subject,
                           TimeMs now, const Calendar& calendar);

}  // namespace weir::tags

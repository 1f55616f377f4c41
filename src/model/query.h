#pragma once
// Typed questions to the Analytics port (SEMANTICS §1, §2). analytics/ parses JSON into these.

#include "base/time.h"
#include "model/filter.h"

#include <optional>
#include <string>
#include <vector>

namespace weir {

enum class Interval : uint8_t { Hour, Day, Week, Month };

struct Breakdown {
  std::string prop;                 // "event.channel", "profile.city"
  enum class Attribution : uint8_t { First, Last, Step } attribution = Attribution::First;
  int step = 0;                     // for Step, 1-based
};

struct Measure {
  enum class Kind : uint8_t { Total, Uniques, PerUser, Sum, Avg, Min, Max, P50, P90, P99, Distinct, SumPerUser };
  Kind kind = Kind::Total;
  std::string prop;                 // for aggregates of a property, "event.amt"
};

struct SeriesDef {
  std::string name;                 // "A", "B" …
  std::vector<std::string> events;  // "$any_active" = every person-initiated event
  Filter filter;
  Measure measure;
};

/// Instants [from, to): G2 turned local dates into these.
struct QueryRange {
  TimeMs from = 0, to = 0;
};

struct QueryCommon {
  QueryRange range;
  Interval interval = Interval::Day;
  Filter filter;                    // on every event
  std::vector<Breakdown> breakdown;
  TimeMs as_of = 0;                 // filled by analytics/ when absent
  std::string tz = "Asia/Shanghai";
  std::string segment;              // only persons in this segment; empty = all
};

struct TrendsQuery {
  QueryCommon common;
  std::vector<SeriesDef> series;
  struct Formula { std::string name, expression; };
  std::vector<Formula> formulas;
  bool cumulative = false;
  enum class Compare : uint8_t { None, Previous, YearAgo } compare = Compare::None;
};

struct FunnelStep {
  std::vector<std::string> events;
  Filter filter;
};

struct FunnelQuery {
  QueryCommon common;
  std::vector<FunnelStep> steps;    // 2…20
  DurationMs window_ms = 7 * kDayMs;
  bool calendar_day = false;        // window = the local date of the first step
  enum class Order : uint8_t { Sequential, Strict, Any } order = Order::Sequential;
  enum class Entry : uint8_t { Any, First } entry = Entry::Any;
  enum class Counting : uint8_t { Uniques, Totals } counting = Counting::Uniques;
  bool bound_all = false, strict_increase = false;
  struct Exclusion { std::vector<std::string> events; Filter filter; int from = 1, to = 0; bool person = false; };
  std::vector<Exclusion> exclusions;
  std::vector<std::vector<std::string>> hold;  // per group, one property per step
  bool trend = false, time_to_convert = false;
};

}  // namespace weir

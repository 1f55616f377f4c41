#pragma once
// Typed questions to the Analytics port (SEMANTICS §1, §2, §6). analytics/ parses JSON into these.

#include "base/time.h"
#include "model/filter.h"
#include "model/ids.h"
#include "model/session_options.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace weir {

enum class Interval : uint8_t { Hour, Day, Week, Month, Quarter, Year };
enum class WeekStart : uint8_t { Monday, Sunday };

struct Breakdown {
  std::string prop;          // "event.channel", "profile.city"
  std::vector<double> bins;  // numeric keys: [b0,b1), [b1,b2) …, [bk,+∞) and below b0 (G15)
  /// Funnels only (FN11): which event of the chosen chain names the value.
  /// Entry: not of the chain, but the person's first event of the first step in the range.
  enum class Attribution : uint8_t { First, Last, Step, AllSteps, Entry };
  Attribution attribution = Attribution::First;
  int step = 0;  // for Step, 1-based
};

struct Measure {
  enum class Kind : uint8_t {
    Total,
    Uniques,
    PerUser,
    Sum,
    Avg,
    Min,
    Max,
    P50,
    P90,
    P99,
    Distinct,
    SumPerUser,
    Wau,       // persons in the 7 local days that end with the bucket, a day (TR5)
    Mau,       // in the 30
    Sessions,  // sessions with such an event
  };
  Kind kind = Kind::Total;
  std::string prop;  // for aggregates of a property, "event.amt"
};

/// Local days of a rolling measure; 0 of others.
inline size_t rolling_days(const Measure& measure) {
  return measure.kind == Measure::Kind::Wau ? 7 : measure.kind == Measure::Kind::Mau ? 30 : 0;
}
inline bool is_rolling(const Measure& measure) {
  return rolling_days(measure) > 0;
}

inline constexpr size_t kSeriesMax = 20, kFunnelStepsMax = 20, kExclusionsMax = 8,
                        kBreakdownMax = 4;

/// Every person-initiated event: names that do not start with "$", and $pageview, $screen,
/// $identify.
inline constexpr std::string_view kAnyActive = "$any_active";

struct SeriesDef {
  std::string name;                 // "A", "B" …
  std::vector<std::string> events;  // names, or kAnyActive
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
  WeekStart week_start = WeekStart::Monday;
  Filter filter;                     // on every event
  std::vector<Breakdown> breakdown;  // at most 4
  TimeMs as_of = 0;                  // filled by analytics/ when absent
  TimeMs known_at = 0;               // rows received later are not seen (G9); as_of, or later
  std::string tz = "Asia/Shanghai";
  std::string segment;                               // only persons in this segment; empty = all
  bool include_test = false, include_staff = false;  // G17
  /// Only persons with bucket("sample", ordinal) < 10000 × sample; analytics/ divides counts by it.
  double sample = 1.0;
};

struct TrendsQuery {
  QueryCommon common;
  std::vector<SeriesDef> series;  // 1…20
  struct Formula {
    std::string name, expression;
  };
  std::vector<Formula> formulas;  // over the names of series, evaluated by analytics/
  bool cumulative = false;
  SessionOptions session;  // for the measure Sessions
  /// The range to compare with; analytics/ asks the port twice.
  enum class Compare : uint8_t { None, Previous, YearAgo } compare = Compare::None;
};

struct FunnelStep {
  std::vector<std::string> events;
  Filter filter;
};

struct FunnelQuery {
  QueryCommon common;
  std::vector<FunnelStep> steps;  // 2…20
  DurationMs window_ms = 7 * kDayMs;
  bool calendar_day = false;  // window = the local date of the first step
  bool in_session = false;    // window = the session of the first step; always when counting these
  SessionOptions session;     // for in_session
  enum class Order : uint8_t { Sequential, Strict, Any } order = Order::Sequential;
  enum class Entry : uint8_t { Any, First } entry = Entry::Any;
  enum class Counting : uint8_t { Uniques, Totals, Sessions } counting = Counting::Uniques;
  bool bound_all = false, strict_increase = false;
  std::vector<std::string> ignore_events;  // strict: these may lie between steps
  struct Exclusion {
    std::vector<std::string> events;
    Filter filter;
    int from = 1, to = 0;  // steps, 1-based; to = 0 means the last one
    bool person = false;   // FN7 mode "person"
  };
  std::vector<Exclusion> exclusions;           // at most 8
  std::vector<std::vector<std::string>> hold;  // ≤ 3 groups, one property name per step (FN8)
  bool trend = false, time_to_convert = false;
  /// FN13: times in ⌈n^⅓⌉ bins of equal width, else between fixed edges.
  bool equal_bins = false;
};

/// Names one number of an answer, so that the people behind it can be listed (DR1). What of it a
/// kind of question uses is in docs/reference/query.md.
struct DrillCell {
  enum class Side : uint8_t { Converted, Dropped, Pending };

  std::string series;            // its name; empty = the first, or the only one
  std::optional<TimeMs> bucket;  // first instant of it; nullopt = the number of the whole range
  std::vector<std::string> breakdown;  // as the answer shows it; empty = all together
  int step = 0;                        // 1-based; 0 = none
  Side side = Side::Converted;
  /// The range that `bucket` is one of, when the people are asked of another (TR8): the bucket of
  /// the same number counts.
  std::optional<QueryRange> bucket_range;
};

struct TimelineCursor {
  TimeMs time = 0;
  Position position = 0;
  uint32_t hop = 0;
  bool operator==(const TimelineCursor&) const = default;
};

struct TimelineQuery {
  ProfileOrdinal profile;
  std::vector<std::string> names;  // empty = all
  size_t limit = 50;
  std::optional<TimelineCursor> before;  // only events older than this
};

}  // namespace weir

#pragma once
// What people are worth: RFM, stages, LTV, repurchase (SEMANTICS §7).

#include "base/life_stage.h"
#include "model/query_parts.h"

#include <array>
#include <optional>

namespace weir {

struct RfmQuery {
  QueryCommon common;  // range: the look-back; as_of: the end of its last day
  OrderDef orders;
  enum class Mode : uint8_t { Thresholds, Mean, Median, Quintile, Cuts } mode = Mode::Thresholds;
  std::array<std::vector<double>, 3> cuts = {{{30}, {3}, {50000}}};  // of R, F, M
  bool elapsed = false;  // recency in ms to as_of, not in local days
};

struct StagesQuery {
  QueryCommon common;  // no range
  OrderDef orders;
  bool per_day = false;  // an "order" is a day with such an event
  LifeStageRule rule;
};

struct LtvQuery {
  QueryCommon common;    // range and interval: of the acquisition
  EventSet acquisition;  // a person begins with the first such event ever
  OrderDef orders;
  int32_t days = 1;  // of a period
  size_t periods = 31;
  bool rolling = false;  // periods of 24 h from the instant, not local days
};

struct RepurchaseQuery {
  QueryCommon common;
  OrderDef orders;
  bool merge_same_day = false;
  std::vector<int64_t> within_days;  // empty: in the range; else the cohort variant
};

/// When buyers bought first, last and how often in between (CL2): what models are fitted to.
struct PurchasesQuery {
  QueryCommon common;  // no range
  OrderDef orders;
  bool weeks = false;          // periods are weeks from Monday, else local days
  std::optional<int32_t> cut;  // a period: also what was known at its end
};

/// Persons by a property as it is now (DS3).
struct PropertyQuery {
  QueryCommon common;  // no range; interval of dates; filter on profile properties
  std::string prop;    // "profile.city"
  enum class As : uint8_t { Auto, Category, Number, Date } as = As::Auto;
  std::vector<double> bins;  // of numbers; empty = equal widths
};

}  // namespace weir

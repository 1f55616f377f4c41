#pragma once
// Ready-made values of a person's orders (SEMANTICS §7 RF1–RF3, LC1, PT1, PT2), as of the end of a
// local day. The same numbers as the questions "rfm" and "stages" give; refunds are taken off.

#include "base/life_stage.h"
#include "base/time.h"
#include "tags/orders.h"
#include "tags/tiers.h"

#include <map>
#include <optional>
#include <string>

namespace weir::tags {

struct OrderRule {
  enum class Kind : uint8_t {
    Stage,       // LC1: prospect, new, active, silent, dormant or lost
    Revived,     // LC1: came back within days[0] after more than days[1] without an order
    Rfm,         // RF2 "thresholds", RF3: eight cells; none without an order in the window
    Average,     // PT1: net of an order on average
    PromoShare,  // PT2: (k + 1) / (n + 2), k of n orders with a promotion
    PromoDepth,  // PT2: what was taken off, of what it would have cost
  };
  Kind kind = Kind::Stage;
  OrderFields fields;
  LifeStageRule stages;                             // Stage, Revived
  int last = 365;                                   // the others: local dates, today is one
  double r = 30, f = 3, m = 50000;                  // Rfm
  int64_t min_count = 1;                            // PromoShare: fewer orders say nothing
  std::map<std::string, Value, std::less<>> words;  // Stage, Rfm: what each code is called
  std::optional<Tiers> tiers;                       // of the three numbers
};

/// {"orders": "stage" | "revived" | "rfm" | "average" | "promo_share" | "promo_depth", …}; errors
/// name the path under "rule".
Result<OrderRule> parse_order_rule(const json::object& rule, std::string_view value_type);

/// Before tiers; none when the orders say nothing.
std::optional<Value> evaluate(const OrderRule& rule, const ConditionSubject& subject, TimeMs now,
                              const Calendar& calendar);

}  // namespace weir::tags

#pragma once
// Who gets the credit for an order (SEMANTICS §5): touches before it, and rules that share it.

#include "columnar/keys.h"
#include "columnar/orders.h"

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace weir::columnar {

enum class CreditRule : uint8_t {
  First,
  Last,
  LastNonDirect,
  Linear,    // equal per touch
  Distinct,  // equal per different channel: also the Shapley value of conversions (AT6)
  Position,
  TimeDecay,
  Markov,       // shared by removal effects after the pass
  ShapleyRate,  // shared by what channels add to the rate of conversion, after the pass
};

struct AttributionSpec {
  OrderSpec orders;
  EventSelection touches;
  EventSelection views;                     // touches that count within view_ms only
  std::shared_ptr<const Predicate> filter;  // on touches (orders have their own)
  KeyDef channel;                           // of a touch; without one it is no touch
  std::vector<std::string> direct;          // channels that are no channel
  Calendar calendar = Calendar::shanghai();

  int64_t from = 0, to = 0;  // order in [from, to)
  int64_t as_of = 0;
  int64_t lookback_ms = 0, view_ms = 0;
  bool reset_after_order = false;  // a touch is used by one order only

  std::vector<CreditRule> rules;
  double position_first = 0.4, position_middle = 0.2, position_last = 0.4;
  int64_t half_life_ms = 7 * kDayMs;
  std::function<bool(uint32_t)> groups;

  /// Which groups have credit: of a rule and a channel (`$none`: orders without touch; all orders
  /// when not set).
  struct Collect {
    size_t rule = 0;
    std::optional<std::string> channel;
  };
  std::optional<Collect> collect;
};

struct AttributionResult {
  struct Credit {
    double orders = 0, value = 0;
    uint64_t groups = 0;  // with credit; for the shared rules: with the channel before an order
  };
  struct Channel {
    std::string name;
    std::vector<Credit> credits;      // as spec.rules
    uint64_t assisted = 0, last = 0;  // orders (AT7)
    double removal = 0;               // Markov
    double rate = 0;                  // ShapleyRate
  };
  std::vector<Channel> channels;  // by descending orders of the first rule, then name
  Credit none;                    // orders without touch
  Credit all;
  std::vector<uint64_t> lengths;   // orders by touches before them; lengths[0] = none
  std::vector<uint64_t> lag_days;  // orders by whole days (24 h) from the first touch
  double probability = 0;          // Markov: from start to conversion
  std::vector<uint32_t> groups;    // of `collect`, ascending
  uint64_t rows_scanned = 0;
};

inline constexpr size_t kChannelsMax = 10'000, kMarkovChannelsMax = 200, kRateChannelsMax = 12;

/// InvalidArgument: more channels than a rule can share among.
Result<AttributionResult> run_attribution(const std::shared_ptr<const Snapshot>& snapshot,
                                          const AttributionSpec& spec, const ScanBudget& budget,
                                          std::span<Executor* const> helpers);

}  // namespace weir::columnar

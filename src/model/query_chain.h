#pragma once
// From the public to the private domain to orders (SEMANTICS AT8–AT10).

#include "model/query_parts.h"

#include <string>
#include <vector>

namespace weir {

struct FullChainQuery {
  struct Entry {
    std::string name;  // "followed"
    EventSet events;
  };
  QueryCommon common;  // range and interval: of the first entry; filter: on entries
  std::vector<Entry> entries;
  EventSet touches;
  std::string dimension;  // event property of a touch that names its channel
  std::vector<std::string> direct = {"direct"};
  DurationMs source_window_ms = 7 * kDayMs;  // before the first entry
  EventSet active;
  DurationMs engaged_ms = 7 * kDayMs;
  OrderDef orders;
  DurationMs order_ms = 30 * kDayMs, repurchase_ms = 90 * kDayMs;  // after the first entry
};

inline constexpr size_t kChainEntriesMax = 8;
inline constexpr std::string_view kOrganicSource = "$organic";  // no touch

}  // namespace weir

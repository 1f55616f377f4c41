#pragma once
// Time between two events of a person (SEMANTICS §6 DS2).

#include "model/query_parts.h"

namespace weir {

inline constexpr size_t kRelationsMax = 3;

struct IntervalQuery {
  QueryCommon common;  // range binds the start event
  EventSet start, end;
  bool consecutive = false;  // start and end are the same: each occurrence and the next
  enum class Pairing : uint8_t { Nearest, First, Latest } pairing = Pairing::Nearest;
  std::optional<DurationMs> limit_ms = 7 * kDayMs;  // longer pairs do not count
  bool bound_all = false;                           // the end event lies in the range too
  struct Relation {
    std::string start, end;  // "event.sku", "event.sku"
  };
  std::vector<Relation> relate;        // at most 3
  std::vector<bool> breakdown_of_end;  // as common.breakdown: the end event's value
};

}  // namespace weir

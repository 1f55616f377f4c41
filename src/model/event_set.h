#pragma once
// A set of events in a question: names and a condition.

#include "model/filter.h"

#include <string>
#include <vector>

namespace weir {

struct EventSet {
  std::vector<std::string> events;  // names, or kAnyActive (model/query.h)
  Filter filter;
};

}  // namespace weir

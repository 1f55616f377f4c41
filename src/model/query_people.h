#pragma once
// Who meets a condition (SEMANTICS §9): a segment asked as one pass over everybody's history.

#include "base/time.h"
#include "model/condition.h"

#include <string>

namespace weir {

struct PeopleQuery {
  Condition condition;
  TimeMs as_of = 0;
  std::string tz = "Asia/Shanghai";
};

}  // namespace weir

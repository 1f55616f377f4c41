#pragma once
// The questions of the bench, as anybody would post them to /api/query, and the rows of an answer
// in the form in which the rivals' SQL gives them.

#include "base/json.h"

#include <string>
#include <vector>

namespace weir::bench {

struct Question {
  const char* name;
  const char* json;
  /// Rows of the answer, as CSV, in any order.
  std::vector<std::string> (*rows)(const json::object& answer);
};

const std::vector<Question>& questions();

}  // namespace weir::bench

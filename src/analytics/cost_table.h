#pragma once
// What was spent on acquiring people (AT10): amounts by source and local dates, spread evenly.

#include "analytics/parse_fields.h"

#include <string>
#include <vector>

namespace weir::analytics {

class CostTable {
 public:
  /// The list called "cost": [{"source","from","to","fen"}], dates included; "date" for one day.
  static Result<CostTable> parse(const json::object& query, const Calendar& calendar);

  bool empty() const { return rows_.empty(); }
  /// Spent on local days [from_day, to_day), on one source or on all.
  double total(int32_t from_day, int32_t to_day, const std::string* source) const;

 private:
  struct Row {
    std::string source;
    int32_t from = 0, to = 0;  // local days [from, to)
    double fen = 0;
  };
  std::vector<Row> rows_;
};

}  // namespace weir::analytics

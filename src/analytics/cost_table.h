#pragma once
// What was spent on acquiring people (AT10): amounts by source and local dates, spread evenly.

#include "analytics/parse_fields.h"

#include <functional>
#include <string>
#include <vector>

namespace weir::analytics {

class CostTable {
 public:
  /// The list called "cost": [{"source","from","to","fen"}], dates included; "date" for one day.
  /// "impressions" and "clicks" may be there too.
  static Result<CostTable> parse(const json::object& query, const Calendar& calendar);

  bool empty() const { return rows_.empty(); }
  struct Spent {
    double fen = 0, impressions = 0, clicks = 0;
  };
  /// On local days [from_day, to_day), on the sources that `wanted` holds for.
  Spent spent(int32_t from_day, int32_t to_day,
              const std::function<bool(const std::string& source)>& wanted) const;
  /// Spent in money, on one source or on all.
  double total(int32_t from_day, int32_t to_day, const std::string* source) const;
  /// Each once, ascending.
  std::vector<std::string> sources() const;

 private:
  struct Row {
    std::string source;
    int32_t from = 0, to = 0;  // local days [from, to)
    Spent spent;
  };
  std::vector<Row> rows_;
};

}  // namespace weir::analytics

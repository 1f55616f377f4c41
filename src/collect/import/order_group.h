#pragma once
// The lines of one order.

#include "base/json.h"
#include "collect/decimal.h"
#include "collect/import/mapping.h"
#include "collect/refusal.h"

#include <deque>
#include <string>
#include <vector>

namespace weir::collect {

/// A line sells or takes back: it takes back when the order id has the refund prefix, or its
/// quantity or its price is negative.
class OrderGroup {
 public:
  explicit OrderGroup(std::string order_id) : order_id_(std::move(order_id)) {}

  void add(const TableRow& row, const ImportMapping& mapping, const TableFile& file);
  /// order_paid of what was sold, order_refunded of what was taken back; or all rows refused for
  /// the first line that is wrong, because a total without one line would be a wrong total.
  void finish(const ImportMapping& mapping, std::deque<json::object>& out);

 private:
  struct Side {
    Decimal amount;
    uint64_t rows = 0, first_row = 0;
    std::vector<std::string> sku_ids;
    json::array items;
  };
  Verdict read_line(const TableRow& row, const ImportMapping& mapping, const TableFile& file);
  Verdict read_amount(const TableRow& row, const ImportMapping& mapping, const TableFile& file,
                      bool& takes_back, Decimal& amount, json::object& line);
  Verdict read_head(const TableRow& row, const ImportMapping& mapping, const TableFile& file);
  json::object to_item(const Side& side, std::string_view name, std::string_view prefix,
                       const ImportMapping& mapping) const;

  std::string order_id_;
  uint64_t rows_ = 0, first_row_ = 0;
  TimeMs time_ = 0;
  json::array ids_;
  json::object properties_;
  Side sold_, taken_back_;
  Verdict refused_;
  std::string text_;  // of the first rows, for the quarantine
};

}  // namespace weir::collect

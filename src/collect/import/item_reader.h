#pragma once
// From rows to the items that the import service takes (import_service.h).

#include "base/json.h"
#include "base/string_map.h"
#include "collect/import/mapping.h"
#include "collect/import/order_group.h"
#include "collect/import/table_file.h"
#include "collect/refusal.h"

#include <absl/container/flat_hash_map.h>

#include <deque>
#include <string>

namespace weir::collect {

/// Items in a fixed order: the same file and mapping give the same sequence, so that an import
/// resumes by number. Rows of one order are one item (two when it also takes back), which comes at
/// its last row.
class ItemReader {
 public:
  /// Reads the file once, to count rows and to learn where each order ends; only open orders are
  /// held in memory later.
  ItemReader(TableFile file, ImportMapping mapping);

  uint64_t rows() const { return rows_; }
  /// False at the end.
  bool next(json::object& item);
  /// The item of one row of events, which need not be of the file.
  json::object event_item(const TableRow& row) const;

 private:
  void scan();
  void read_row(const TableRow& row);
  void read_order_row(const TableRow& row);
  json::object read_event(const TableRow& row) const;
  json::object read_profile(const TableRow& row) const;
  Verdict read_named(const TableRow& row, const std::vector<NamedColumn>& columns,
                     json::object& out) const;
  Verdict read_when(const TableRow& row, json::object& out) const;
  std::string row_id(const TableRow& row) const;

  TableFile file_;
  ImportMapping mapping_;
  uint64_t rows_ = 0;
  absl::flat_hash_map<uint64_t, uint64_t> last_rows_;  // hash of an order id → its last row
  StringMap<OrderGroup> open_orders_;
  std::deque<json::object> ready_;
};

/// A row that could not be mapped, as an item.
json::object refused_item(uint64_t row, uint64_t rows, const Refusal& refusal,
                          std::string_view text);

}  // namespace weir::collect

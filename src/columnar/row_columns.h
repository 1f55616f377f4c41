#pragma once
// Turns rows with cells, given in a part's order, into value columns.

#include "columnar/part_rows.h"

#include <absl/container/flat_hash_map.h>

#include <vector>

namespace weir::columnar {

class RowColumns {
 public:
  /// The cells that follow belong to the next row of `event`.
  void start_row(uint32_t event);
  /// A property given twice in one row: the first one counts. Bytes of List and Json are not
  /// copied: they outlive the columns.
  void add(uint32_t property, const Cell& cell);
  /// Ascending by (property, type).
  std::vector<PropertyValues> finish() &&;

 private:
  struct Slot {
    uint32_t property;
    CellType type;
    EventValues values;
  };
  struct Event {
    uint32_t rows = 0;
    std::vector<Slot> slots;
    // Rows of one event mostly carry the same cells in the same order.
    std::vector<uint32_t> usual;  // slot of the i-th cell
  };

  Slot& slot(uint32_t property, CellType type);

  absl::flat_hash_map<uint32_t, Event> events_;
  Event* event_ = nullptr;
  uint32_t last_event_ = UINT32_MAX;
  uint32_t cell_ = 0;  // number of the next cell of the row
};

}  // namespace weir::columnar

#pragma once
// Rows on their way into a part, column by column, already in the part's order.

#include "columnar/cell.h"

#include <cstdint>
#include <string_view>
#include <vector>

namespace weir::columnar {

struct PartRows {
  std::vector<uint32_t> subject, group, event;  // event: codes of the dictionary
  std::vector<int64_t> time;
  std::vector<uint64_t> position;
  std::vector<uint16_t> hop;

  void reserve(size_t rows) {
    subject.reserve(rows);
    group.reserve(rows);
    event.reserve(rows);
    time.reserve(rows);
    position.reserve(rows);
    hop.reserve(rows);
  }
  size_t size() const { return subject.size(); }
};

/// Values of one (event, property, type), ascending by the event's row.
struct EventValues {
  uint32_t event = 0;                   // code of the dictionary
  std::vector<uint32_t> ordinals;       // the event's i-th row in the part's order
  std::vector<uint64_t> values;         // Bool, Int, Double, Text
  std::vector<std::string_view> bytes;  // List, Json; the owner outlives the build
};

/// Values of one (property, type), events in ascending order of code.
struct PropertyValues {
  uint32_t property = 0;
  CellType type = CellType::Missing;
  std::vector<EventValues> events;
};

}  // namespace weir::columnar

#pragma once
// Equality of cells.

#include "base/hash.h"
#include "columnar/cell.h"

#include <compare>

namespace weir::columnar {

/// What a cell is equal by: equal values have equal keys, 1 and 1.0 are one value. Lists and JSON
/// are compared by a 64-bit hash of their bytes.
struct CellValue {
  uint8_t type = 0;
  uint64_t bits = 0;
  auto operator<=>(const CellValue&) const = default;
  template <class H>
  friend H AbslHashValue(H h, const CellValue& v) {
    return H::combine(std::move(h), v.type, v.bits);
  }
};

inline CellValue value_of(const Cell& cell) {
  if (cell.type == CellType::Int) {
    auto number = static_cast<double>(cell.as_int());
    if (static_cast<int64_t>(number) == cell.as_int()) {
      return {static_cast<uint8_t>(CellType::Double), std::bit_cast<uint64_t>(number + 0.0)};
    }
  }
  if (cell.type == CellType::Double) {
    return {static_cast<uint8_t>(CellType::Double),
            std::bit_cast<uint64_t>(cell.as_double() + 0.0)};
  }
  if (cell.type == CellType::List || cell.type == CellType::Json) {
    return {static_cast<uint8_t>(cell.type), hash64(cell.bytes())};
  }
  return {static_cast<uint8_t>(cell.type), cell.bits};
}

}  // namespace weir::columnar

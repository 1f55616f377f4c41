#pragma once
// A typed value of one property of one row.

#include <bit>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace weir::columnar {

/// Numbers are stored: never reuse one.
enum class CellType : uint8_t {
  Missing = 0,
  Bool = 1,
  Int = 2,
  Double = 3,
  Text = 4,     // a code of the dictionary's values
  List = 5,     // texts, as varint count and codes
  Json = 6,     // compact JSON text, kept as bytes
  Present = 7,  // something was there that is not stored (a sealed personal value)
};
inline constexpr int kCellTypes = 8;

/// As read back. Small enough to be returned in registers: a scan reads one per row.
struct Cell {
  CellType type = CellType::Missing;
  uint32_t size = 0;  // List, Json: of the bytes
  // Bool, Int (two's complement), Double (IEEE), Text (code); List, Json: address of the bytes
  uint64_t bits = 0;

  static Cell of_bytes(CellType type, std::string_view bytes) {
    return {type, static_cast<uint32_t>(bytes.size()), reinterpret_cast<uint64_t>(bytes.data())};
  }
  bool has_bytes() const { return type == CellType::List || type == CellType::Json; }
  /// Of List and Json, else empty. Valid while the reader that made the cell is not asked again.
  std::string_view bytes() const {
    if (!has_bytes()) return {};
    return {reinterpret_cast<const char*>(bits), size};  // NOLINT(performance-no-int-to-ptr)
  }
  bool missing() const { return type == CellType::Missing; }
  int64_t as_int() const { return static_cast<int64_t>(bits); }
  double as_double() const { return std::bit_cast<double>(bits); }
  uint32_t code() const { return static_cast<uint32_t>(bits); }
  /// Numeric view of Int and Double.
  bool number(double& out) const {
    if (type == CellType::Int) {
      out = static_cast<double>(as_int());
      return true;
    }
    if (type == CellType::Double) {
      out = as_double();
      return true;
    }
    return false;
  }
};

/// A property of a row to be appended. Texts are copied.
struct NewCell {
  std::string_view property;
  CellType type = CellType::Missing;
  uint64_t bits = 0;                               // Bool, Int, Double
  std::string_view text;                           // Text, Json
  const std::vector<std::string>* list = nullptr;  // List
};

/// Says which of two rows of equal time is first, whenever they were appended.
struct RowRank {
  uint64_t high = 0;
  uint32_t low = 0;
  auto operator<=>(const RowRank&) const = default;
};

/// A row to be appended.
struct NewRow {
  uint32_t subject = 0;  // who the row is stored under
  int64_t time = 0;      // epoch milliseconds
  RowRank rank;          // rows of equal time are in the order of rank, position, hop
  uint64_t position = 0;
  uint16_t hop = 0;
  std::string_view event;
  std::vector<NewCell> cells;
};

}  // namespace weir::columnar

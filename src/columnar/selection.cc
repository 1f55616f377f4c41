#include "columnar/selection.h"

#include "base/bytes.h"

#include <fmt/format.h>

#include <algorithm>

namespace weir::columnar {

std::string number_text(double value) {
  return fmt::format("{}", value);
}

std::string bin_text(double value, const std::vector<double>& bins) {
  auto it = std::upper_bound(bins.begin(), bins.end(), value);
  if (it == bins.begin()) return "<" + number_text(bins.front());
  if (it == bins.end()) return "[" + number_text(bins.back()) + ",+∞)";
  return "[" + number_text(*(it - 1)) + "," + number_text(*it) + ")";
}

std::optional<std::string> key_text(const Cell& cell, const std::vector<double>& bins,
                                    const Dictionary& dictionary) {
  if (!bins.empty()) {
    double value;
    return cell.number(value) ? std::optional<std::string>(bin_text(value, bins)) : std::nullopt;
  }
  switch (cell.type) {
    case CellType::Missing: return std::nullopt;
    case CellType::Bool: return cell.bits != 0 ? "true" : "false";
    case CellType::Int: return std::to_string(cell.as_int());
    case CellType::Double: return number_text(cell.as_double());
    case CellType::Text: return std::string(dictionary[Family::Value].text(cell.code()));
    case CellType::Json: return std::string(cell.bytes());
    case CellType::Present: return "•••";
    case CellType::List: break;
  }
  ByteReader r(cell.bytes());
  std::string out;
  for (uint64_t n = r.varint(); n > 0 && r.ok(); --n) {
    if (!out.empty()) out += ',';
    out += dictionary[Family::Value].text(static_cast<uint32_t>(r.varint()));
  }
  return out;
}

std::vector<uint32_t> event_masks(const std::vector<const EventSelection*>& selections) {
  WEIR_ASSERT(selections.size() <= 32);
  std::vector<uint32_t> masks;
  for (size_t i = 0; i < selections.size(); ++i) {
    for (uint32_t code : selections[i]->events) {
      if (code >= masks.size()) masks.resize(code + 1);
      masks[code] |= uint32_t{1} << i;
    }
  }
  return masks;
}

}  // namespace weir::columnar

#include "columnar/keys.h"

namespace weir::columnar {

uint32_t KeyReader::intern(const std::optional<std::string>& text) {
  if (!text) return kMissing;
  auto [it, fresh] = values_.try_emplace(*text, static_cast<uint32_t>(value_texts_.size()));
  if (fresh) value_texts_.push_back(*text);
  return it->second;
}

uint32_t KeyReader::part(size_t def, const Hit& hit, uint32_t group, RowReader& reader) {
  const KeyDef& d = defs_[def];
  Cache& cache = caches_[def];
  if (d.of_group) {
    if (cache.group != group) {
      cache.group_value = intern(d.of_group(group));
      cache.group = group;
    }
    return cache.group_value;
  }
  Cell cell = reader.cell(hit, d.property);
  if (cell.missing()) return kMissing;
  bool by_bits = cell.type != CellType::List && cell.type != CellType::Json;
  std::pair<uint8_t, uint64_t> bits{static_cast<uint8_t>(cell.type), cell.bits};
  if (by_bits) {
    if (auto it = cache.by_cell.find(bits); it != cache.by_cell.end()) return it->second;
  }
  uint32_t value = intern(key_text(cell, d.bins, reader.dictionary()));
  if (by_bits) cache.by_cell.emplace(bits, value);
  return value;
}

uint32_t KeyReader::tuple(const Tuple& parts) {
  auto [it, fresh] = tuple_numbers_.try_emplace(parts, static_cast<uint32_t>(tuples_.size()));
  if (fresh) tuples_.push_back(parts);
  return it->second;
}

uint32_t KeyReader::key(const Hit& hit, uint32_t group, RowReader& reader) {
  Tuple parts{};
  for (size_t d = 0; d < defs_.size(); ++d) parts[d] = part(d, hit, group, reader);
  return tuple(parts);
}

KeyTexts KeyReader::texts(uint32_t key) const {
  KeyTexts out;
  for (size_t d = 0; d < defs_.size(); ++d) out.push_back(value_texts_[tuples_[key][d]]);
  return out;
}

}  // namespace weir::columnar

#include "columnar/keys.h"

#include <algorithm>

namespace weir::columnar {

uint32_t KeyReader::intern(const std::optional<std::string>& text) {
  if (!text) return kMissing;
  auto [it, fresh] = values_.try_emplace(*text, static_cast<uint32_t>(value_texts_.size()));
  if (fresh) value_texts_.push_back(*text);
  return it->second;
}

uint32_t KeyReader::part_of_group(size_t def, uint32_t group) {
  Cache& cache = caches_[def];
  if (cache.group != group) {
    cache.group_value = intern(defs_[def].of_group(group));
    cache.group = group;
  }
  return cache.group_value;
}

/// A value that the table of codes does not know.
uint32_t KeyReader::new_part(size_t def, const Cell& cell, RowReader& reader) {
  Cache& cache = caches_[def];
  auto text = [&] { return key_text(cell, defs_[def].bins, reader.dictionary()); };
  if (cell.type == CellType::List || cell.type == CellType::Json) return intern(text());
  if (cell.type == CellType::Text && cell.code() < kDenseCodes) {
    if (cell.code() >= cache.by_code.size()) {
      cache.by_code.resize(std::max<size_t>(cell.code() + 1, 2 * cache.by_code.size()), kUnknown);
    }
    return cache.by_code[cell.code()] = intern(text());
  }
  if (cell.type == CellType::Int && cell.bits < kDenseInts) {
    if (cache.by_int.empty()) cache.by_int.assign(kDenseInts, kUnknown);
    uint32_t& known = cache.by_int[cell.bits];
    if (known == kUnknown) known = intern(text());
    return known;
  }
  std::pair<uint8_t, uint64_t> bits{static_cast<uint8_t>(cell.type), cell.bits};
  if (auto it = cache.by_cell.find(bits); it != cache.by_cell.end()) return it->second;
  uint32_t value = intern(text());
  cache.by_cell.emplace(bits, value);
  return value;
}

uint32_t KeyReader::tuple(const Tuple& parts) {
  if (defs_.size() != 1) return new_tuple(parts);
  if (parts[0] >= single_.size()) single_.resize(size_t{parts[0]} * 2 + 1, kUnknown);
  uint32_t& known = single_[parts[0]];
  if (known == kUnknown) known = new_tuple(parts);
  return known;
}

uint32_t KeyReader::new_tuple(const Tuple& parts) {
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

uint64_t KeyReader::memory_bytes() const {
  constexpr uint64_t kTextBytes = 2 * sizeof(std::string) + 24;  // in the table and in the list
  uint64_t bytes = value_texts_.size() * kTextBytes + single_.capacity() * sizeof(uint32_t) +
                   tuples_.size() * (2 * sizeof(Tuple) + 8);
  for (const Cache& cache : caches_)
    bytes += (cache.by_code.capacity() + cache.by_int.capacity()) * sizeof(uint32_t) +
             cache.by_cell.capacity() * 24;
  return bytes;
}

}  // namespace weir::columnar

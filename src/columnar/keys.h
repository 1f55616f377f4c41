#pragma once
// Breakdown keys of one thread: tuples of texts with small numbers, so that counting is by number.

#include "columnar/selection.h"

#include <absl/container/flat_hash_map.h>

#include <array>

namespace weir::columnar {

inline constexpr std::string_view kNoneKey = "$none";
inline constexpr std::string_view kOtherKey = "$other";
inline constexpr size_t kKeyPartsMax = 4;
inline constexpr size_t kTopKeys = 25;       // keys shown apart; the rest is $other
inline constexpr size_t kKeysMax = 2000000;  // distinct keys one question may rank

using KeyTexts = std::vector<std::string>;

/// The line of all keys that are not shown apart.
inline bool is_other(const KeyTexts& keys) {
  return !keys.empty() && keys[0] == kOtherKey;
}

class KeyReader {
 public:
  explicit KeyReader(const std::vector<KeyDef>& defs) : defs_(defs), caches_(defs.size()) {}

  /// Number of one part's value for an event; kMissing when it has none.
  static constexpr uint32_t kMissing = 0;
  uint32_t part(size_t def, const Hit& hit, uint32_t group, RowReader& reader) {
    if (defs_[def].of_group) return part_of_group(def, group);
    Cell cell = reader.cell(hit, defs_[def].property);
    const Cache& cache = caches_[def];
    if (cell.type == CellType::Text && cell.code() < cache.by_code.size()) {
      uint32_t known = cache.by_code[cell.code()];
      if (known != kUnknown) return known;
    }
    return cell.missing() ? kMissing : new_part(def, cell, reader);
  }
  /// Number of a tuple of such part values.
  using Tuple = std::array<uint32_t, kKeyPartsMax>;
  uint32_t tuple(const Tuple& parts);
  /// All parts of an event.
  uint32_t key(const Hit& hit, uint32_t group, RowReader& reader);

  const std::string& text(uint32_t part) const { return value_texts_[part]; }
  size_t size() const { return tuples_.size(); }
  size_t parts() const { return defs_.size(); }
  KeyTexts texts(uint32_t key) const;
  /// About, for budgets.
  uint64_t memory_bytes() const;

 private:
  static constexpr uint32_t kDenseCodes = 1u << 22, kDenseInts = 1u << 14, kUnknown = UINT32_MAX;

  uint32_t intern(const std::optional<std::string>& text);
  /// Number of a tuple, which may have been met before.
  uint32_t new_tuple(const Tuple& parts);
  uint32_t part_of_group(size_t def, uint32_t group);
  uint32_t new_part(size_t def, const Cell& cell, RowReader& reader);

  const std::vector<KeyDef>& defs_;
  struct Cache {
    std::vector<uint32_t> by_code;  // Text codes below kDenseCodes; kUnknown until met
    std::vector<uint32_t> by_int;   // numbers below kDenseInts; empty until one is met
    absl::flat_hash_map<std::pair<uint8_t, uint64_t>, uint32_t> by_cell;
    uint32_t group = kNone, group_value = kMissing;
  };
  std::vector<Cache> caches_;
  absl::flat_hash_map<std::string, uint32_t> values_;
  std::vector<std::string> value_texts_{std::string(kNoneKey)};
  std::vector<uint32_t> single_;  // tuple of a part, when there is one def
  absl::flat_hash_map<Tuple, uint32_t> tuple_numbers_;
  std::vector<Tuple> tuples_;
};

}  // namespace weir::columnar

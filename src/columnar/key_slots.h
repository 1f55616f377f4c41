#pragma once
// From the breakdown keys that threads met to the lines of an answer: the top ones apart, the rest
// together.

#include "columnar/keys.h"

namespace weir::columnar {

/// Keys of several threads under common numbers.
class KeyUnion {
 public:
  /// Common numbers of a thread's keys, by the thread's own numbers. ResourceExhausted: more than
  /// kKeysMax.
  Result<std::vector<uint32_t>> add(const KeyReader& reader);
  size_t size() const { return texts_.size(); }
  const KeyTexts& texts(uint32_t key) const { return texts_[key]; }

 private:
  absl::flat_hash_map<KeyTexts, uint32_t> numbers_;
  std::vector<KeyTexts> texts_;
};

/// Which line a key is counted on.
struct KeySlots {
  std::vector<uint32_t> of_key;  // by common number
  std::vector<KeyTexts> texts;   // by descending weight, then value; $other last
  bool has_other = false;

  size_t size() const { return texts.size(); }
  /// kNone when there is no such line.
  uint32_t find(const KeyTexts& wanted) const;
};

/// The `shown` heaviest keys apart, the others on one line ($other). Without breakdown there is one
/// line, also when nothing was counted.
KeySlots rank_keys(const KeyUnion& keys, const std::vector<double>& weights, size_t key_parts,
                   size_t shown = kTopKeys);

}  // namespace weir::columnar

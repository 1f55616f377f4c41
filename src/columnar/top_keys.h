#pragma once
// Which keys an answer shows apart: the first kTopKeys by their total, the rest as $other (G15).

#include "columnar/keys.h"

#include <map>

namespace weir::columnar {

/// Keys by descending total, then by text; at most kTopKeys of them.
inline std::vector<KeyTexts> top_keys(const std::map<KeyTexts, uint64_t>& totals) {
  std::vector<std::pair<uint64_t, const KeyTexts*>> order;
  for (const auto& [texts, total] : totals) order.emplace_back(total, &texts);
  std::stable_sort(order.begin(), order.end(),
                   [](const auto& a, const auto& b) { return a.first > b.first; });
  std::vector<KeyTexts> out;
  for (size_t i = 0; i < std::min(order.size(), kTopKeys); ++i) out.push_back(*order[i].second);
  return out;
}

/// Of one thread: the line of a key number. Line i is top[i], the last line is $other; without top
/// keys every key is a line of its own.
class KeyLines {
 public:
  KeyLines(const KeyReader& keys, const std::vector<KeyTexts>* top) : keys_(keys), top_(top) {}

  uint32_t of(uint32_t key) {
    if (top_ == nullptr) return key;
    if (key >= lines_.size()) lines_.resize(key + 1, kNone);
    if (lines_[key] == kNone) {
      auto it = std::find(top_->begin(), top_->end(), keys_.texts(key));
      lines_[key] = static_cast<uint32_t>(it - top_->begin());
    }
    return lines_[key];
  }
  KeyTexts texts(uint32_t line) const {
    if (top_ == nullptr) return keys_.texts(line);
    return line < top_->size() ? (*top_)[line] : other();
  }
  KeyTexts other() const { return KeyTexts(keys_.parts(), std::string(kOtherKey)); }

 private:
  const KeyReader& keys_;
  const std::vector<KeyTexts>* top_;
  std::vector<uint32_t> lines_;
};

}  // namespace weir::columnar

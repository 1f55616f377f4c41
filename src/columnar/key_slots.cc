#include "columnar/key_slots.h"

#include <algorithm>
#include <numeric>

namespace weir::columnar {

Result<std::vector<uint32_t>> KeyUnion::add(const KeyReader& reader) {
  std::vector<uint32_t> out;
  out.reserve(reader.size());
  for (uint32_t key = 0; key < reader.size(); ++key) {
    auto [it, fresh] =
        numbers_.try_emplace(reader.texts(key), static_cast<uint32_t>(texts_.size()));
    if (fresh) texts_.push_back(it->first);
    out.push_back(it->second);
  }
  if (texts_.size() > kKeysMax) {
    return fail(ErrorCode::ResourceExhausted,
                "the breakdown has more than " + std::to_string(kKeysMax) + " values", "breakdown");
  }
  return out;
}

uint32_t KeySlots::find(const KeyTexts& wanted) const {
  auto it = std::find(texts.begin(), texts.end(), wanted);
  return it == texts.end() ? kNone : static_cast<uint32_t>(it - texts.begin());
}

KeySlots rank_keys(const KeyUnion& keys, const std::vector<double>& weights, size_t key_parts,
                   size_t shown) {
  KeySlots out;
  if (key_parts == 0) {
    out.of_key.assign(keys.size(), 0);
    out.texts.emplace_back();
    return out;
  }
  std::vector<uint32_t> order(keys.size());
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) {
    return weights[a] != weights[b] ? weights[a] > weights[b] : keys.texts(a) < keys.texts(b);
  });
  out.of_key.assign(keys.size(), static_cast<uint32_t>(shown));
  for (size_t i = 0; i < std::min(order.size(), shown); ++i) {
    out.of_key[order[i]] = static_cast<uint32_t>(i);
    out.texts.push_back(keys.texts(order[i]));
  }
  out.has_other = order.size() > shown;
  if (out.has_other) out.texts.emplace_back(key_parts, std::string(kOtherKey));
  return out;
}

}  // namespace weir::columnar

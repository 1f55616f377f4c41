#include "ports/resident_bits.h"

#include "base/bytes.h"
#include "ports/resident_table.h"

#include <bit>
#include <utility>

namespace weir {

ResidentBits::Words& ResidentBits::words_of(Page& page) {
  if (page.words == nullptr) {
    page.words = std::make_unique<Words>();
    page.words->fill(page.count == kPageBits ? ~uint64_t{0} : 0);
  }
  return *page.words;
}

ResidentBits::Page& ResidentBits::page_for_change(uint64_t number) {
  if (recent_ == nullptr || recent_number_ != number) {
    recent_ = &pages_[number];
    recent_number_ = number;
  }
  return *recent_;
}

bool ResidentBits::insert(uint64_t number) {
  uint64_t at = number % kPageBits, bit = uint64_t{1} << (at % 64);
  Page& page = page_for_change(number / kPageBits);
  if (page.count == kPageBits || (words_of(page)[at / 64] & bit) != 0) return false;
  words_of(page)[at / 64] |= bit;
  if (++page.count == kPageBits) page.words.reset();
  if (!std::exchange(page.dirty, true)) dirty_.insert(number / kPageBits);
  return true;
}

void ResidentBits::erase(uint64_t number) {
  if (!contains(number)) return;
  uint64_t at = number % kPageBits;
  auto it = pages_.find(number / kPageBits);
  words_of(it->second)[at / 64] &= ~(uint64_t{1} << (at % 64));
  it->second.dirty = true;
  dirty_.insert(number / kPageBits);
  if (--it->second.count > 0) return;
  recent_ = nullptr;
  pages_.erase(it);
}

bool ResidentBits::contains(uint64_t number) const {
  auto it = pages_.find(number / kPageBits);
  if (it == pages_.end()) return false;
  if (it->second.words == nullptr) return true;
  uint64_t at = number % kPageBits;
  return ((*it->second.words)[at / 64] >> (at % 64) & 1) != 0;
}

std::optional<uint64_t> ResidentBits::next(uint64_t from) const {
  for (auto it = pages_.lower_bound(from / kPageBits); it != pages_.end(); ++it) {
    uint64_t first = it->first * kPageBits, at = from > first ? from - first : 0;
    if (it->second.words == nullptr) return first + at;
    const Words& words = *it->second.words;
    uint64_t mask = ~uint64_t{0} << (at % 64);
    for (size_t w = at / 64; w < words.size(); ++w, mask = ~uint64_t{0}) {
      if (uint64_t rest = words[w] & mask; rest != 0)
        return first + w * 64 + static_cast<uint64_t>(std::countr_zero(rest));
    }
  }
  return std::nullopt;
}

// A full page is stored as one byte.
void ResidentBits::save(WriteBatch& batch) {
  for (uint64_t number : dirty_) {
    std::string key = prefix_ + ordinal_key(number), bytes;
    auto it = pages_.find(number);
    if (it == pages_.end()) {
      batch.erase(std::move(key));
      continue;
    }
    it->second.dirty = false;
    ByteWriter w(bytes);
    if (it->second.words == nullptr) {
      w.u8(1);
    } else {
      for (uint64_t word : *it->second.words) w.u64(word);
    }
    batch.put(std::move(key), std::move(bytes));
  }
  dirty_.clear();
}

Status ResidentBits::load(const StateStore& store) {
  bool damaged = false;
  WEIR_CHECK_OK(store.scan(prefix_, [&](std::string_view key, std::string_view bytes) {
    key.remove_prefix(prefix_.size());
    damaged = key.size() != 8 || (bytes.size() != 1 && bytes.size() != sizeof(Words));
    if (damaged) return false;
    ByteReader number(key);
    Page& page = pages_[std::byteswap(number.u64())];
    page.count = kPageBits;
    if (bytes.size() == 1) return true;
    page.count = 0;
    ByteReader r(bytes);
    for (uint64_t& word : words_of(page)) {
      word = r.u64();
      page.count += static_cast<uint32_t>(std::popcount(word));
    }
    return true;
  }));
  if (!damaged) return {};
  return fail(ErrorCode::DataLoss, "state rows under \"" + prefix_ + "\" are damaged");
}

}  // namespace weir

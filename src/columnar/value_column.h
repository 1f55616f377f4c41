#pragma once
// Reads one value column of a part. One per thread (List and Json keep the block decoded last).

#include "columnar/part.h"

#include <bit>
#include <string>

namespace weir::columnar {

class ValueColumn {
 public:
  /// `section` is a Values or RunValues section of `part`; its bytes are read at the first use.
  /// `usual` is the column of the same property per run, or null. Damage is told to `status`. All
  /// of them outlive this.
  ValueColumn(const Part& part, uint32_t section, ValueColumn* usual, Status& status)
      : part_(&part), usual_(usual), status_(&status), section_(section) {
    const SectionRef& ref = part.footer().sections[section];
    type_ = ref.type;
    property_ = ref.property;
  }

  uint32_t property() const { return property_; }
  CellType type() const { return type_; }
  /// Value of the event's row `ordinal`, which lies in run `run`. Missing when it has none, and
  /// after damage.
  Cell read(uint32_t ordinal, uint32_t run) {
    if (refs_ == nullptr && !open()) return {};
    const BlockRef& ref = refs_[ordinal >> kBlockBits];
    const char* data = data_ + size_t{ref.offset} * 8;
    uint32_t slot = ordinal % kBlockRows;
    if ((ref.kind & 15) != static_cast<uint8_t>(Presence::All)) {
      slot = slot_of(ref, data, slot);
      if (slot == kAbsent) return {};
      data += presence_bytes(ref);
    }
    int width = ref.width;
    if ((width & kRunBased) != 0) {
      if (width == kAsRun) return usual(run);
      const auto* changes = reinterpret_cast<const uint64_t*>(data);
      data += (size_t{ref.count} + 63) / 64 * 8;
      if ((changes[slot / 64] >> (slot % 64) & 1) == 0) return usual(run);
      slot = rank_from_last(changes, slot);
      width &= ~kRunBased;
    }
    if (type_ != CellType::Text && type_ != CellType::Int)
      return other_value(ref, data, ordinal >> kBlockBits, width, slot);
    uint64_t word = static_cast<uint64_t>(ref.base) + unpack_one(data, width, slot);
    return {type_, 0, type_ == CellType::Text ? codes_[word] : word};
  }

 private:
  static constexpr uint32_t kAbsent = UINT32_MAX;

  /// Number of set bits below `at`, when bit `at` is set; kAbsent when it is not.
  static uint32_t rank_of(const uint64_t* words, uint32_t at) {
    uint64_t word = words[at / 64], bit = uint64_t{1} << (at % 64);
    if ((word & bit) == 0) return kAbsent;
    int rank = std::popcount(word & (bit - 1));
    for (uint32_t w = 0; w < at / 64; ++w) rank += std::popcount(words[w]);
    return static_cast<uint32_t>(rank);
  }
  /// As rank_of, of a bit that is set: goes on from where it was asked last.
  uint32_t rank_from_last(const uint64_t* words, uint32_t at) {
    if (words != rank_words_ || at / 64 < rank_word_) {
      rank_words_ = words;
      rank_word_ = rank_ = 0;
    }
    for (; rank_word_ < at / 64; ++rank_word_)
      rank_ += static_cast<uint32_t>(std::popcount(words[rank_word_]));
    uint64_t below = words[at / 64] & ((uint64_t{1} << (at % 64)) - 1);
    return rank_ + static_cast<uint32_t>(std::popcount(below));
  }
  /// What the run usually says; the rows of one come one after another.
  Cell usual(uint32_t run) {
    if (run != usual_run_) {
      usual_cell_ = usual_->read(run, 0);
      usual_run_ = run;
    }
    return usual_cell_;
  }
  static uint32_t slot_of(const BlockRef& ref, const char* data, uint32_t at);
  static size_t presence_bytes(const BlockRef& ref);

  bool open();
  Cell other_value(const BlockRef& ref, const char* values, uint32_t block, int width,
                   uint32_t slot);
  Cell bytes_value(const BlockRef& ref, const char* values, uint32_t block, uint32_t slot);

  const Part* part_;
  ValueColumn* usual_;
  Status* status_;
  const char* data_ = nullptr;
  const BlockRef* refs_ = nullptr;
  const uint32_t* codes_ = nullptr;  // Text
  uint32_t section_, property_ = 0;
  CellType type_ = CellType::Missing;
  const uint64_t* rank_words_ =
      nullptr;  // of the rank asked for last, its word, and the bits before
  uint32_t rank_word_ = 0, rank_ = 0;
  uint32_t usual_run_ = UINT32_MAX;
  Cell usual_cell_;
  uint32_t bytes_block_ = UINT32_MAX;
  std::string raw_;
};

}  // namespace weir::columnar

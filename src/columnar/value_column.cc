#include "columnar/value_column.h"

#include "columnar/bit_pack.h"

#include <zstd.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

namespace weir::columnar {
namespace {

constexpr std::array<double, 5> kScales = {1, 10, 100, 1000, 10000};
Presence presence(const BlockRef& ref) {
  return static_cast<Presence>(ref.kind & 15);
}

}  // namespace

size_t ValueColumn::presence_bytes(const BlockRef& ref) {
  switch (presence(ref)) {
    case Presence::Bitmap: return kBlockRows / 8;
    case Presence::List: return (size_t{ref.count} * 2 + 7) / 8 * 8;
    default: return 0;
  }
}

/// Which of the block's values belongs to row `at`; kAbsent when it has none.
uint32_t ValueColumn::slot_of(const BlockRef& ref, const char* data, uint32_t at) {
  switch (presence(ref)) {
    case Presence::None: return kAbsent;
    case Presence::All: return at;
    case Presence::Bitmap: return rank_of(reinterpret_cast<const uint64_t*>(data), at);
    case Presence::List: {
      const auto* rows = reinterpret_cast<const uint16_t*>(data);
      const uint16_t* it = std::lower_bound(rows, rows + ref.count, static_cast<uint16_t>(at));
      return it == rows + ref.count || *it != at ? kAbsent : static_cast<uint32_t>(it - rows);
    }
  }
  return kAbsent;
}

bool ValueColumn::open() {
  if (!*status_) return false;
  auto bytes = part_->section(section_);
  if (!bytes) {
    *status_ = std::unexpected(bytes.error());
    return false;
  }
  data_ = bytes->data();
  size_t front = 0;
  if (type_ == CellType::Text) {
    uint32_t count;
    std::memcpy(&count, data_, sizeof(count));
    codes_ = reinterpret_cast<const uint32_t*>(data_ + 8);
    front = (8 + size_t{count} * 4 + 7) / 8 * 8;
  }
  refs_ = reinterpret_cast<const BlockRef*>(data_ + front);
  return true;
}

Cell ValueColumn::other_value(const BlockRef& ref, const char* values, uint32_t block, int width,
                              uint32_t slot) {
  switch (type_) {
    case CellType::Present: return {type_, 0, 0};
    case CellType::List:
    case CellType::Json: return bytes_value(ref, values, block, slot);
    default: break;
  }
  uint64_t word = unpack_one(values, width, slot);
  if (type_ != CellType::Double) return {type_, 0, static_cast<uint64_t>(ref.base) + word};
  auto scale = static_cast<uint8_t>(ref.kind >> 4);
  if (scale != kRawDouble) {
    auto scaled = static_cast<int64_t>(static_cast<uint64_t>(ref.base) + word);
    word = std::bit_cast<uint64_t>(static_cast<double>(scaled) / kScales[scale]);
  }
  return {type_, 0, word};
}

Cell ValueColumn::bytes_value(const BlockRef& ref, const char* values, uint32_t block,
                              uint32_t slot) {
  if (bytes_block_ != block) {
    uint32_t raw, stored;
    std::memcpy(&raw, values, 4);
    std::memcpy(&stored, values + 4, 4);
    raw_.resize(raw);
    if (raw == stored) {
      std::memcpy(raw_.data(), values + 8, raw);
    } else if (ZSTD_decompress(raw_.data(), raw, values + 8, stored) != raw) {
      raw_.clear();
    }
    bytes_block_ = block;
  }
  size_t ends = size_t{ref.count} * 4;
  if (raw_.size() < ends) {
    *status_ = fail(ErrorCode::DataLoss, "part \"" + part_->path() + "\" has a damaged block");
    return {};
  }
  uint32_t begin = 0, end;
  if (slot > 0) std::memcpy(&begin, raw_.data() + (size_t{slot} - 1) * 4, 4);
  std::memcpy(&end, raw_.data() + size_t{slot} * 4, 4);
  return Cell::of_bytes(type_, std::string_view(raw_).substr(ends + begin, end - begin));
}

}  // namespace weir::columnar

#include "columnar/part_reader.h"

#include "columnar/bit_pack.h"
#include "columnar/time_block.h"

#include <zstd.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

namespace weir::columnar {
namespace {

constexpr std::array<double, 5> kScales = {1, 10, 100, 1000, 10000};
constexpr uint32_t kAbsent = UINT32_MAX;

const BlockRef& block_ref(const char* data, uint32_t block) {
  return reinterpret_cast<const BlockRef*>(data)[block];
}

const char* payload(const char* data, const BlockRef& ref) {
  return data + size_t{ref.offset} * 8;
}

Presence presence(const BlockRef& ref) {
  return static_cast<Presence>(ref.kind & 15);
}

size_t presence_bytes(const BlockRef& ref) {
  switch (presence(ref)) {
    case Presence::Bitmap: return kBlockRows / 8;
    case Presence::List: return (size_t{ref.count} * 2 + 7) / 8 * 8;
    default: return 0;
  }
}

/// Which of the block's values belongs to row `at`; kAbsent when it has none.
uint32_t slot_of(const BlockRef& ref, const char* data, uint32_t at) {
  switch (presence(ref)) {
    case Presence::None: return kAbsent;
    case Presence::All: return at;
    case Presence::Bitmap: {
      const auto* words = reinterpret_cast<const uint64_t*>(data);
      uint64_t word = words[at / 64], bit = uint64_t{1} << (at % 64);
      if ((word & bit) == 0) return kAbsent;
      int slot = std::popcount(word & (bit - 1));
      for (uint32_t w = 0; w < at / 64; ++w) slot += std::popcount(words[w]);
      return static_cast<uint32_t>(slot);
    }
    case Presence::List: {
      const auto* rows = reinterpret_cast<const uint16_t*>(data);
      const uint16_t* it = std::lower_bound(rows, rows + ref.count, static_cast<uint16_t>(at));
      return it == rows + ref.count || *it != at ? kAbsent : static_cast<uint32_t>(it - rows);
    }
  }
  return kAbsent;
}

}  // namespace

PartReader::PartReader(std::shared_ptr<const Part> part)
    : part_(std::move(part)), event_codes_(kBlockRows), time_values_(kBlockRows) {
  events_ = dense(SectionKind::Events);
  masks_ = dense(SectionKind::EventMask);
  times_ = dense(SectionKind::Time);
  position_ = dense(SectionKind::Position);
  hop_ = dense(SectionKind::Hop);
  const auto& sections = part_->footer().sections;
  for (size_t i = 0; i < sections.size(); ++i) {
    if (sections[i].kind != SectionKind::Property) continue;
    Column& column = properties_.emplace_back();
    column.section = i;
    column.property = sections[i].property;
    column.type = sections[i].type;
  }
}

PartReader::Column PartReader::dense(SectionKind kind) {
  Column column;
  const auto& sections = part_->footer().sections;
  while (column.section < sections.size() && sections[column.section].kind != kind)
    ++column.section;
  return column;
}

bool PartReader::open(Column& column) {
  if (column.data != nullptr) return true;
  if (column.broken) return false;
  Result<std::string_view> bytes = fail(ErrorCode::DataLoss, "part lacks a section");
  if (column.section < part_->footer().sections.size()) bytes = part_->section(column.section);
  if (bytes) {
    column.data = bytes->data();
    return true;
  }
  column.broken = true;
  if (status_) status_ = std::unexpected(bytes.error());
  return false;
}

const uint16_t* PartReader::events(uint32_t block) {
  if (block != events_block_ && open(events_)) {
    const BlockRef& ref = block_ref(events_.data, block);
    unpack_u16(payload(events_.data, ref), ref.width, ref.count, event_codes_.data());
    if (ref.base != 0) {
      for (uint16_t& code : event_codes_) code = static_cast<uint16_t>(code + ref.base);
    }
    events_block_ = block;
  }
  return event_codes_.data();
}

uint64_t PartReader::event_mask(uint32_t block) {
  return open(masks_) ? reinterpret_cast<const uint64_t*>(masks_.data)[block] : 0;
}

const int64_t* PartReader::times(uint32_t block) {
  if (block != times_block_ && open(times_)) {
    const BlockRef& ref = block_ref(times_.data, block);
    decode_times({ref.base, ref.width, ref.kind == 1}, payload(times_.data, ref), ref.count,
                 time_values_.data());
    times_block_ = block;
  }
  return time_values_.data();
}

uint64_t PartReader::packed(Column& column, uint32_t row) {
  if (!open(column)) return 0;
  const BlockRef& ref = block_ref(column.data, row >> kBlockBits);
  return static_cast<uint64_t>(ref.base) +
         unpack_one(payload(column.data, ref), ref.width, row % kBlockRows);
}

Cell PartReader::cell(uint32_t row, uint32_t property) {
  auto it = std::lower_bound(properties_.begin(), properties_.end(), property,
                             [](const Column& c, uint32_t p) { return c.property < p; });
  for (; it != properties_.end() && it->property == property; ++it) {
    if (Cell found = read(*it, row); !found.missing()) return found;
  }
  return {};
}

Cell PartReader::cell_of_section(uint32_t row, size_t section) {
  auto it = std::lower_bound(properties_.begin(), properties_.end(), section,
                             [](const Column& c, size_t s) { return c.section < s; });
  return it == properties_.end() || it->section != section ? Cell{} : read(*it, row);
}

Cell PartReader::read(Column& column, uint32_t row) {
  if (!open(column)) return {};
  uint32_t block = row >> kBlockBits;
  const BlockRef& ref = block_ref(column.data, block);
  const char* data = payload(column.data, ref);
  uint32_t slot = slot_of(ref, data, row % kBlockRows);
  return slot == kAbsent ? Cell{} : value(column, ref, block, slot, data + presence_bytes(ref));
}

Cell PartReader::value(Column& column, const BlockRef& ref, uint32_t block, uint32_t slot,
                       const char* values) {
  Cell out{column.type, 0, {}};
  switch (column.type) {
    case CellType::Bool:
    case CellType::Int:
    case CellType::Text:
      out.bits = static_cast<uint64_t>(ref.base) + unpack_one(values, ref.width, slot);
      break;
    case CellType::Double: {
      uint64_t word = unpack_one(values, ref.width, slot);
      auto scale = static_cast<uint8_t>(ref.kind >> 4);
      if (scale != kRawDouble) {
        auto scaled = static_cast<int64_t>(static_cast<uint64_t>(ref.base) + word);
        word = std::bit_cast<uint64_t>(static_cast<double>(scaled) / kScales[scale]);
      }
      out.bits = word;
      break;
    }
    case CellType::List:
    case CellType::Json: out.bytes = bytes_value(column, ref, block, slot, values); break;
    default: break;
  }
  return out;
}

std::string_view PartReader::bytes_value(Column& column, const BlockRef& ref, uint32_t block,
                                         uint32_t slot, const char* values) {
  if (column.bytes_block != block) {
    uint32_t raw_size, stored_size;
    std::memcpy(&raw_size, values, 4);
    std::memcpy(&stored_size, values + 4, 4);
    column.raw.assign(raw_size, '\0');
    if (stored_size == raw_size) {
      std::memcpy(column.raw.data(), values + 8, raw_size);
    } else {
      size_t size = ZSTD_decompress(column.raw.data(), raw_size, values + 8, stored_size);
      if (ZSTD_isError(size) != 0 || size != raw_size) {
        column.broken = true;
        column.data = nullptr;
        if (status_)
          status_ =
              fail(ErrorCode::DataLoss, "part \"" + part_->path() + "\": a block does not unpack");
        return {};
      }
    }
    column.bytes_block = block;
  }
  uint32_t begin = 0, end;
  if (slot > 0) std::memcpy(&begin, column.raw.data() + 4 * (slot - 1), 4);
  std::memcpy(&end, column.raw.data() + 4 * slot, 4);
  return std::string_view(column.raw).substr(4 * size_t{ref.count} + begin, end - begin);
}

}  // namespace weir::columnar

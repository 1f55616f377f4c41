#pragma once
// Reads rows of one part. Keeps the blocks it decoded last, so reading in row order decodes each
// block once. One per thread. Damage found while reading sticks: values then read as missing and
// `status()` says so; whoever publishes an answer must ask.

#include "columnar/part.h"

#include <memory>
#include <vector>

namespace weir::columnar {

class PartReader {
 public:
  explicit PartReader(std::shared_ptr<const Part> part);

  const Part& part() const { return *part_; }
  const Status& status() const { return status_; }

  /// Local event codes of a block of rows; row r of the block is at [r % 1024].
  const uint16_t* events(uint32_t block);
  /// Bit (local code mod 64) per event of the block.
  uint64_t event_mask(uint32_t block);
  const int64_t* times(uint32_t block);
  uint64_t position(uint32_t row) { return packed(position_, row); }
  uint16_t hop(uint32_t row) { return static_cast<uint16_t>(packed(hop_, row)); }
  uint32_t event_code(uint32_t row) {
    return part_->footer().events[events(row >> kBlockBits)[row % kBlockRows]].code;
  }

  /// Value of a property; of several types the one that the row has. Missing when it has none.
  Cell cell(uint32_t row, uint32_t property);
  /// Value of one property section.
  Cell cell_of_section(uint32_t row, size_t section);
  /// Property sections that occur with the event of `row`.
  const std::vector<uint32_t>& sections_of(uint32_t row) {
    return part_->footer().events[events(row >> kBlockBits)[row % kBlockRows]].sections;
  }

 private:
  struct Column {
    size_t section = 0;
    uint32_t property = 0;
    CellType type = CellType::Missing;
    const char* data = nullptr;  // null until first used
    bool broken = false;
    uint32_t bytes_block = UINT32_MAX;  // List, Json: the block in `raw`
    std::string raw;
  };

  bool open(Column& column);
  Column dense(SectionKind kind);
  uint64_t packed(Column& column, uint32_t row);
  Cell read(Column& column, uint32_t row);
  Cell value(Column& column, const BlockRef& ref, uint32_t block, uint32_t slot,
             const char* values);
  std::string_view bytes_value(Column& column, const BlockRef& ref, uint32_t block, uint32_t slot,
                               const char* values);

  std::shared_ptr<const Part> part_;
  Status status_;
  Column events_, masks_, times_, position_, hop_;
  std::vector<Column> properties_;  // ascending by section, so by property
  uint32_t events_block_ = UINT32_MAX, times_block_ = UINT32_MAX;
  std::vector<uint16_t> event_codes_;
  std::vector<int64_t> time_values_;
};

}  // namespace weir::columnar

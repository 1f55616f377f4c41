#pragma once
// Reads any row of one part, best in row order: it keeps the block decoded last. One per thread.
// Damage found while reading sticks: values then read as missing and `status()` says so; whoever
// publishes an answer must ask.

#include "columnar/time_block.h"
#include "columnar/value_column.h"

#include <memory>
#include <vector>

namespace weir::columnar {

class PartReader {
 public:
  explicit PartReader(std::shared_ptr<const Part> part);

  const Part& part() const { return *part_; }
  const Status& status() const { return *status_; }

  /// Where the values of a row are.
  struct At {
    uint16_t local = 0;    // event, as numbered by the part
    uint32_t ordinal = 0;  // which row of its event
    uint32_t run = 0;
  };
  At at(uint32_t row);
  int64_t time(uint32_t row);
  uint16_t local_event(uint32_t row);
  uint32_t event_code(uint32_t row) { return part_->footer().events[local_event(row)].code; }
  /// Of parts without positions: a number that orders the part's rows as their positions did, not
  /// before any position of an older part.
  uint64_t position(uint32_t row);
  bool has_positions() const { return position_ != kNoSection; }
  uint16_t hop(uint32_t row) { return static_cast<uint16_t>(packed(hop_, row)); }

  /// Value of a property; of several types the one that the row has. Missing when it has none.
  Cell cell(const At& at, uint32_t property);
  /// Value columns that occur with an event (local code).
  std::vector<ValueColumn>& columns_of(uint16_t local) { return columns_[local]; }

 private:
  static constexpr uint32_t kNoSection = UINT32_MAX;

  const char* open(uint32_t section);
  uint32_t find(SectionKind kind) const;
  uint64_t packed(uint32_t section, uint32_t row);
  void enter(uint32_t block);
  void count_ordinals(uint32_t block);
  void unpack_events(uint32_t block, uint16_t* out);

  std::shared_ptr<const Part> part_;
  std::unique_ptr<Status> status_;  // the columns tell it damage too
  std::vector<const char*> data_;   // by section; null until first used
  uint32_t events_, ordinals_, times_, position_, hop_;
  std::vector<std::vector<ValueColumn>> columns_;    // by local event, ascending by property
  std::vector<std::unique_ptr<ValueColumn>> usual_;  // RunValues columns
  Part::Runs runs_;
  // The block decoded last.
  uint32_t block_ = UINT32_MAX, ordinals_block_ = UINT32_MAX, times_block_ = UINT32_MAX;
  std::vector<uint16_t> locals_;
  std::vector<uint32_t> row_ordinals_, counts_;
  TimeBlock time_values_;
};

}  // namespace weir::columnar

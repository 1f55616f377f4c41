#pragma once
// The times of one block of rows. Narrow, the usual form: differences to the row before, in
// milliseconds or, when all times are whole seconds, in seconds, modulo 2^32, as two bits of length
// and one to four bytes; the block spans less than 2^32 units. Wide: 64-bit differences to the
// smallest time, packed.

#include "base/time.h"
#include "columnar/part_format.h"

#include <span>
#include <string>

namespace weir::columnar {

/// Appends the payload and fills base, width, kind (count and offset are the caller's).
void encode_times(std::span<const TimeMs> times, BlockRef& ref, std::string& out);

/// Decodes a block; time(row) = base + unit × offset. Reading one is two operations, so only rows
/// that matter are turned into times.
class TimeBlock {
 public:
  void decode(const BlockRef& ref, const char* data);
  TimeMs operator[](uint32_t row) const {
    return narrow_ ? base_ + unit_ * static_cast<int64_t>(offsets_[row]) : wide(row);
  }

 private:
  TimeMs wide(uint32_t row) const;

  TimeMs base_ = 0;
  int64_t unit_ = 1;
  bool narrow_ = true;
  int width_ = 0;
  const char* data_ = nullptr;
  std::array<uint32_t, kBlockRows> offsets_;
};

}  // namespace weir::columnar

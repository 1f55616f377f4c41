#include "columnar/time_block.h"

#include "columnar/bit_pack.h"
#include "columnar/kernels.h"

#include <algorithm>
#include <cstring>
#include <vector>

namespace weir::columnar {
namespace {

enum TimeKind : uint8_t { kNarrowMs = 0, kNarrowSeconds = 1, kWide = 2 };

}  // namespace

void encode_times(std::span<const TimeMs> times, BlockRef& ref, std::string& out) {
  auto [min, max] = std::minmax_element(times.begin(), times.end());
  bool seconds =
      std::all_of(times.begin(), times.end(), [](TimeMs t) { return t % kSecondMs == 0; });
  int64_t unit = seconds ? kSecondMs : 1;
  uint64_t span = static_cast<uint64_t>(*max) - static_cast<uint64_t>(*min);
  ref.base = *min;
  if (span / static_cast<uint64_t>(unit) > UINT32_MAX) {
    std::vector<uint64_t> offsets;
    for (TimeMs t : times)
      offsets.push_back(static_cast<uint64_t>(t) - static_cast<uint64_t>(*min));
    ref.kind = kWide;
    ref.width = static_cast<uint8_t>(pack_width(span));
    pack(offsets, ref.width, out);
    return;
  }
  ref.kind = seconds ? kNarrowSeconds : kNarrowMs;
  size_t controls = out.size();
  out.append((times.size() + 3) / 4, '\0');
  uint32_t before = 0;
  for (size_t i = 0; i < times.size(); ++i) {
    auto offset = static_cast<uint32_t>((times[i] - *min) / unit);
    uint32_t delta = offset - before;
    before = offset;
    unsigned length = delta < 1u << 8 ? 1 : delta < 1u << 16 ? 2 : delta < 1u << 24 ? 3 : 4;
    out[controls + i / 4] = static_cast<char>(static_cast<uint8_t>(out[controls + i / 4]) |
                                              (length - 1) << 2 * (i % 4));
    char bytes[4];
    std::memcpy(bytes, &delta, 4);
    out.append(bytes, length);
  }
}

void TimeBlock::decode(const BlockRef& ref, const char* data) {
  base_ = ref.base;
  narrow_ = ref.kind != kWide;
  unit_ = ref.kind == kNarrowSeconds ? kSecondMs : 1;
  width_ = ref.width;
  data_ = data;
  if (narrow_) sum_deltas(data, std::min<uint32_t>(ref.count, kBlockRows), offsets_.data());
}

TimeMs TimeBlock::wide(uint32_t row) const {
  return static_cast<TimeMs>(static_cast<uint64_t>(base_) + unpack_one(data_, width_, row));
}

}  // namespace weir::columnar

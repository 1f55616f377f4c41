#include "columnar/time_block.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <vector>

namespace weir::columnar {
namespace {

constexpr std::array<std::array<uint8_t, 4>, 4> kLengths = {
    {{1, 2, 3, 5}, {2, 3, 4, 6}, {1, 2, 4, 6}, {2, 3, 5, 8}}};

constexpr uint64_t mask_of(int bytes) {
  return bytes == 8 ? ~uint64_t{0} : (uint64_t{1} << (8 * bytes)) - 1;
}

uint64_t zigzag(int64_t v) {
  return (static_cast<uint64_t>(v) << 1) ^ static_cast<uint64_t>(v >> 63);
}
int64_t unzigzag(uint64_t v) {
  return static_cast<int64_t>(v >> 1) ^ -static_cast<int64_t>(v & 1);
}

/// Which of the four lengths holds `v`; -1 when none does.
int class_of(uint64_t v, const std::array<uint8_t, 4>& lengths) {
  for (int c = 0; c < 4; ++c) {
    if (v <= mask_of(lengths[static_cast<size_t>(c)])) return c;
  }
  return -1;
}

size_t cost(std::span<const uint64_t> deltas, const std::array<uint8_t, 4>& lengths) {
  size_t bytes = 0;
  for (uint64_t v : deltas) {
    int c = class_of(v, lengths);
    if (c < 0) return SIZE_MAX;
    bytes += lengths[static_cast<size_t>(c)];
  }
  return bytes;
}

}  // namespace

TimeEncoding encode_times(std::span<const TimeMs> times, std::string& out) {
  TimeEncoding encoding;
  encoding.first = times[0];
  encoding.seconds =
      std::all_of(times.begin(), times.end(), [](TimeMs t) { return t % kSecondMs == 0; });
  int64_t unit = encoding.seconds ? kSecondMs : 1;
  std::vector<uint64_t> deltas(times.size());
  // Wrapping arithmetic: even absurd times come back exactly.
  for (size_t i = 1; i < times.size(); ++i) {
    auto delta = static_cast<int64_t>(static_cast<uint64_t>(times[i] / unit) -
                                      static_cast<uint64_t>(times[i - 1] / unit));
    deltas[i] = zigzag(delta);
  }
  size_t best = SIZE_MAX;
  for (uint8_t t = 0; t < kLengths.size(); ++t) {
    size_t bytes = cost(deltas, kLengths[t]);
    if (bytes < best) {
      best = bytes;
      encoding.lengths = t;
    }
  }
  const auto& lengths = kLengths[encoding.lengths];
  size_t controls = out.size();
  out.append((times.size() + 3) / 4, '\0');
  for (size_t i = 0; i < deltas.size(); ++i) {
    auto c = static_cast<unsigned>(class_of(deltas[i], lengths));
    out[controls + i / 4] =
        static_cast<char>(static_cast<uint8_t>(out[controls + i / 4]) | c << 2 * (i % 4));
    char bytes[8];
    std::memcpy(bytes, &deltas[i], 8);
    out.append(bytes, lengths[c]);
  }
  return encoding;
}

void decode_times(const TimeEncoding& encoding, const char* data, uint32_t count, TimeMs* out) {
  const auto& lengths = kLengths[encoding.lengths & 3];
  const std::array<uint64_t, 4> masks = {mask_of(lengths[0]), mask_of(lengths[1]),
                                         mask_of(lengths[2]), mask_of(lengths[3])};
  uint64_t unit = encoding.seconds ? kSecondMs : 1;
  const char* next = data + (count + 3) / 4;
  uint64_t time = static_cast<uint64_t>(encoding.first);
  for (uint32_t i = 0; i < count; ++i) {
    unsigned c = static_cast<uint8_t>(data[i / 4]) >> 2 * (i % 4) & 3;
    uint64_t word;
    std::memcpy(&word, next, sizeof(word));
    next += lengths[c];
    time += static_cast<uint64_t>(unzigzag(word & masks[c])) * unit;
    out[i] = static_cast<TimeMs>(time);
  }
}

}  // namespace weir::columnar

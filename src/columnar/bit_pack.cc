#include "columnar/bit_pack.h"

#include <bit>
#include <utility>

namespace weir::columnar {
namespace {

// One instantiation per width lets the compiler unroll with constant shifts.
template <int kWidth>
void unpack_width(const char* data, uint32_t count, uint16_t* out) {
  constexpr uint64_t kMask = (uint64_t{1} << kWidth) - 1;
  uint32_t i = 0;
  // Eight values of kWidth bits are exactly kWidth bytes.
  for (; i + 8 <= count; i += 8, data += kWidth) {
    for (int k = 0; k < 8; ++k) {
      int bit = k * kWidth;
      uint32_t word;
      std::memcpy(&word, data + bit / 8, sizeof(word));
      out[i + k] = static_cast<uint16_t>((word >> (bit % 8)) & kMask);
    }
  }
  for (uint32_t k = 0; i + k < count; ++k) {
    out[i + k] = static_cast<uint16_t>(unpack_one(data, kWidth, k));
  }
}

template <int... kWidths>
void dispatch(int width, const char* data, uint32_t count, uint16_t* out,
              std::integer_sequence<int, kWidths...>) {
  ((width == kWidths + 1 ? unpack_width<kWidths + 1>(data, count, out) : void()), ...);
}

}  // namespace

int pack_width(uint64_t max) {
  int width = static_cast<int>(std::bit_width(max));
  return width > 56 ? 64 : width;
}

void pack(std::span<const uint64_t> values, int width, std::string& out) {
  if (width == 0) return;
  size_t start = out.size();
  size_t bytes = (values.size() * static_cast<size_t>(width) + 63) / 64 * 8;
  out.resize(start + bytes + kPackPadding);
  char* data = out.data() + start;
  for (size_t i = 0; i < values.size(); ++i) {
    size_t bit = i * static_cast<size_t>(width);
    uint64_t word;
    std::memcpy(&word, data + (bit >> 3), sizeof(word));
    word |= values[i] << (bit & 7);
    std::memcpy(data + (bit >> 3), &word, sizeof(word));
  }
  out.resize(start + bytes);
}

void unpack_u16(const char* data, int width, uint32_t count, uint16_t* out) {
  if (width == 0) {
    std::memset(out, 0, count * sizeof(uint16_t));
    return;
  }
  dispatch(width, data, count, out, std::make_integer_sequence<int, 16>());
}

}  // namespace weir::columnar

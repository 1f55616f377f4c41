#pragma once
// The inner loops of a scan. Each has a plain form and one for AVX2 and BMI2, chosen once at start;
// both give the same answers (kernels_test.cc).

#include "columnar/part_format.h"

#include <array>
#include <cstdint>

namespace weir::columnar {

/// One bit per row of a block.
using BlockBits = std::array<uint64_t, kBlockRows / 64>;

/// A set of byte values, in the form the vector kernel wants.
class ByteSet {
 public:
  void add(uint8_t value) {
    in_[value] = 1;
    auto& table = value < 128 ? low_ : high_;
    table[value & 15] = static_cast<uint8_t>(table[value & 15] | 1u << (value >> 4 & 7));
  }
  bool has(uint8_t value) const { return in_[value] != 0; }
  /// By low nibble: bit h is set when (h << 4 | nibble) is in the set; values from 128 in high().
  const uint8_t* low() const { return low_.data(); }
  const uint8_t* high() const { return high_.data(); }

 private:
  std::array<uint8_t, 256> in_{};
  alignas(16) std::array<uint8_t, 16> low_{}, high_{};
};

/// Unpacks `count` ≤ kBlockRows values of `width` ≤ 8 bits. `out` has kBlockRows bytes.
void unpack_u8(const char* data, int width, uint32_t count, uint8_t* out);

/// Bits of the rows below `count` whose value is in `set`.
void match_bytes(const uint8_t* values, uint32_t count, const ByteSet& set, BlockBits& out);

/// Running sums, modulo 2^32, of `count` differences of one to four bytes: control bytes with two
/// bits of length - 1 per value, then the bytes. Reads up to 16 bytes past the end. `out` has
/// room for a multiple of four.
void sum_deltas(const char* data, uint32_t count, uint32_t* out);

/// The plain forms, for tests.
namespace plain {
void unpack_u8(const char* data, int width, uint32_t count, uint8_t* out);
void match_bytes(const uint8_t* values, uint32_t count, const ByteSet& set, BlockBits& out);
void sum_deltas(const char* data, uint32_t count, uint32_t* out);
}  // namespace plain

}  // namespace weir::columnar

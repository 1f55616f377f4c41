#pragma once
// Fixed-width integers packed without gaps: value i occupies bits [i*width, (i+1)*width) of a
// little-endian bit string. Readers load up to sixteen bytes at once, so a packed array must be
// followed by kPackPadding readable bytes.

#include <cstdint>
#include <cstring>
#include <span>
#include <string>

namespace weir::columnar {

inline constexpr size_t kPackPadding = 16;

/// Bits needed for values up to `max`; widths above 56 are stored as 64 (one aligned load each).
int pack_width(uint64_t max);
/// Appends the packed values, padded to a multiple of eight bytes (the padding after them is the
/// caller's).
void pack(std::span<const uint64_t> values, int width, std::string& out);

inline uint64_t unpack_one(const char* data, int width, uint64_t index) {
  if (width == 0) return 0;
  uint64_t bit = index * static_cast<uint64_t>(width), word;
  std::memcpy(&word, data + (bit >> 3), sizeof(word));
  if (width == 64) return word;
  return (word >> (bit & 7)) & ((uint64_t{1} << width) - 1);
}

/// Unpacks `count` values that fit 16 bits; the fast path of scans.
void unpack_u16(const char* data, int width, uint32_t count, uint16_t* out);

}  // namespace weir::columnar

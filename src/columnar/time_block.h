#pragma once
// Times of one block of rows. Consecutive rows of a person are seconds or days apart, so each time
// is kept as a zig-zag difference to the row before (also across persons: a new person costs one
// long difference) in one of four byte lengths; two control bits per row say which.
//
//   controls: ⌈count/4⌉ bytes, row i in bits 2(i mod 4) of byte i/4 │ differences, 1…8 bytes each
//
// If every time of the block is a whole second the differences are in seconds.

#include "base/time.h"

#include <cstdint>
#include <span>
#include <string>

namespace weir::columnar {

/// What a block descriptor keeps about the encoding.
struct TimeEncoding {
  TimeMs first = 0;
  uint8_t lengths = 0;  // which table of byte lengths
  bool seconds = false;
};

/// Appends the bytes of `times` (at least one) and says how they are encoded.
TimeEncoding encode_times(std::span<const TimeMs> times, std::string& out);
/// Eight bytes after the encoded ones must be readable.
void decode_times(const TimeEncoding& encoding, const char* data, uint32_t count, TimeMs* out);

}  // namespace weir::columnar

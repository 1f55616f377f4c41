#pragma once
// Bytes of a part: an immutable file of rows sorted by (group when written, subject, time,
// position, hop). All numbers little-endian; sections start at multiples of eight.
//
//   ┌───────────┬───────────┬─────┬──────────┬────────┬─────────────────────────────────────────┐
//   │ WEIRPART  │ section 0 │  …  │ section n│ footer │ footer size u32 │ crc32c u32 │ WEIRPART │
//   └───────────┴───────────┴─────┴──────────┴────────┴─────────────────────────────────────────┘
//
//   section Runs       subject u32[runs] │ first row u32[runs+1] │ runs ordered by subject
//   u32[runs] section EventMask  per block of 1024 rows: bit (local event code mod 64) is set when
//   it occurs, u64 section Events     local event codes, packed column section Time       block
//   descriptors │ time_block.h section Position, Hop   packed column section Property   one per
//   (property, type), sparse column
//
//   packed column      BlockRef[blocks] │ packed (value - base)
//   sparse column      BlockRef[blocks] │ presence │ values
//     presence   None: nothing │ All: nothing │ Bitmap: 1024 bits │ List: u16[count]
//     values     Bool Int Text: packed (value - base), in order of presence
//                Double: packed integers of value × 10^scale when that is exact, else 64-bit IEEE
//                List Json: raw size u32, stored size u32, then (zstd when smaller) u32
//                ends[count], bytes
//   Every section ends with eight zero bytes so that wide loads stay inside.
//
// The footer names every section with its XXH3 checksum; docs/internals/behaviour-store.md has it
// whole.

#include "columnar/cell.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace weir::columnar {

inline constexpr std::string_view kPartMagic = "WEIRPART";
inline constexpr uint32_t kPartVersion = 1;
inline constexpr uint32_t kBlockBits = 10, kBlockRows = 1u << kBlockBits;

enum class SectionKind : uint8_t {
  Runs = 1,
  EventMask = 2,
  Events = 3,
  Time = 4,
  Position = 5,
  Hop = 6,
  Property = 7,
};

enum class Presence : uint8_t { None = 0, All = 1, Bitmap = 2, List = 3 };

/// Describes one block of a column; 16 bytes.
struct BlockRef {
  int64_t base = 0;     // smallest value; first time
  uint32_t offset = 0;  // in units of eight bytes from the start of the section
  uint16_t count = 0;   // values present
  uint8_t width = 0;    // bits per value; Time: table of byte lengths
  uint8_t kind = 0;     // low 4 bits: Presence; high 4: decimal scale of Double; Time: 1 = seconds
};
static_assert(sizeof(BlockRef) == 16);

inline constexpr uint8_t kRawDouble = 15;  // scale nibble of doubles kept as IEEE bits

struct SectionRef {
  SectionKind kind = SectionKind::Runs;
  CellType type = CellType::Missing;  // Property only
  uint32_t property = 0;              // Property only
  uint64_t offset = 0, size = 0, checksum = 0;
  uint64_t values = 0;  // values present
};

/// One event name of the part.
struct EventRef {
  uint32_t code = 0;  // of the dictionary
  uint64_t rows = 0;
  std::vector<uint32_t> sections;  // property sections that occur with it
};

struct PartFooter {
  uint32_t rows = 0, runs = 0;
  int64_t time_min = 0, time_max = 0;
  uint64_t position_min = 0, position_max = 0;
  std::vector<EventRef> events;  // by local code: descending rows, then code
  std::vector<SectionRef> sections;
};

std::string encode_footer(const PartFooter& footer);
/// False when the bytes are not a footer.
bool decode_footer(std::string_view bytes, PartFooter& footer);

}  // namespace weir::columnar

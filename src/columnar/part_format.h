#pragma once
// Bytes of a part: an immutable file of rows sorted by (group when written, subject, time,
// position, hop). A run is the rows of one subject. All numbers little-endian; sections start at
// multiples of eight and end with kPackPadding zero bytes so that wide loads stay inside.
//
//   ┌───────────┬───────────┬─────┬──────────┬────────┬─────────────────────────────────────────┐
//   │ WEIRPART  │ section 0 │  …  │ section n│ footer │ footer size u32 │ crc32c u32 │ WEIRPART │
//   └───────────┴───────────┴─────┴──────────┴────────┴─────────────────────────────────────────┘
//
//   Rows, in blocks of 1024
//     Starts     u32[blocks] runs that start before the block │ per block 1024 bits: a run starts
//     EventMask  u64[blocks]: bit (local event code mod 64) is set when it occurs
//     Events     local event codes, packed column
//     Ordinals   per stretch of blocks, u32[events]: rows of each event before it
//     Time       BlockRef[blocks] │ time_block.h
//     Position   packed column; left out of large merged parts
//     Hop        packed column
//   Runs, in blocks of 1024
//     Subjects, Groups   packed columns; groups are those of the day of writing and ascend
//     StartOrdinals      which row of its event a run's first row is, packed column; parts that
//                older builds wrote have none
//     Order      run numbers by ascending subject, packed column; left out when it is 0, 1, 2 …
//   Values
//     RunValues  one per (property, type) that rarely changes within a run: a value per run
//     Values     one per (event, property, type); value i belongs to the event's i-th row
//
//   packed column      BlockRef[blocks] │ packed (value - base)
//   value column       Text: u32 count, u32 0, codes u32[count], aligned │ BlockRef[blocks] │
//   blocks
//     block      presence │ changes │ values
//     presence   None: nothing │ All: nothing │ Bitmap: 1024 bits │ List: u16[count]
//     changes    only with kRunBased: one bit per present value, set where it is not its run's;
//                kAsRun has none, nor values
//     values     Bool Int Text: packed (value - base), in order of presence; Text: index of its
//     code
//                Double: packed integers of value × 10^scale when that is exact, else 64-bit IEEE
//                List Json: raw size u32, stored size u32, then (zstd when smaller) u32
//                ends[count], bytes
//
// The footer names every section with its XXH3 checksum; docs/internals/behaviour-store.md has it
// whole.

#include "columnar/bit_pack.h"
#include "columnar/cell.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace weir::columnar {

inline constexpr std::string_view kPartMagic = "WEIRPART";
inline constexpr uint32_t kPartVersion = 2;
inline constexpr uint32_t kBlockBits = 10, kBlockRows = 1u << kBlockBits;

/// Numbers are stored: never reuse one.
enum class SectionKind : uint8_t {
  Subjects = 1,
  Groups = 2,
  Order = 3,
  Starts = 4,
  EventMask = 5,
  Events = 6,
  Ordinals = 7,
  Time = 8,
  Position = 9,
  Hop = 10,
  RunValues = 11,
  Values = 12,
  StartOrdinals = 13,
};

enum class Presence : uint8_t { None = 0, All = 1, Bitmap = 2, List = 3 };

/// Describes one block of a column; 16 bytes.
struct BlockRef {
  int64_t base = 0;     // smallest value; smallest time
  uint32_t offset = 0;  // in units of eight bytes from the start of the section
  uint16_t count = 0;   // values present
  uint8_t width = 0;    // bits per value; kRunBased or kAsRun
  uint8_t kind = 0;     // low 4 bits: Presence; high 4: decimal scale of Double; Time: its form
};
static_assert(sizeof(BlockRef) == 16);

inline constexpr uint8_t kRawDouble = 15;   // scale nibble of doubles kept as IEEE bits
inline constexpr uint8_t kRunBased = 0x80;  // added to a width: values where not the run's
inline constexpr uint8_t kAsRun = 0xff;     // as a width: every value is its run's

/// Value of a packed column whose section starts at `section`.
inline uint64_t packed_at(const char* section, uint32_t at) {
  const BlockRef& ref = reinterpret_cast<const BlockRef*>(section)[at >> kBlockBits];
  return static_cast<uint64_t>(ref.base) +
         unpack_one(section + size_t{ref.offset} * 8, ref.width, at % kBlockRows);
}

/// Blocks in one stretch of the Ordinals section: at least four, so that its size stays below a
/// twentieth of a byte per row.
uint32_t ordinal_stretch(size_t events);

struct SectionRef {
  SectionKind kind = SectionKind::Subjects;
  CellType type = CellType::Missing;  // RunValues, Values
  uint32_t property = 0;              // RunValues, Values
  uint32_t event = 0;                 // Values: local code
  uint64_t offset = 0, size = 0, checksum = 0;
  uint64_t values = 0;  // values present
};

/// One event name of the part.
struct EventRef {
  uint32_t code = 0;  // of the dictionary
  uint64_t rows = 0;
  std::vector<uint32_t> sections;  // its Values sections; not stored, made from the sections
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

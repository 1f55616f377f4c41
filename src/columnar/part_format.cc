#include "columnar/part_format.h"

#include "base/bytes.h"

#include <algorithm>
#include <bit>

namespace weir::columnar {

uint32_t ordinal_stretch(size_t events) {
  // events × 4 bytes per stretch; 1024 rows per block.
  return std::max<uint32_t>(4, std::bit_ceil(static_cast<uint32_t>(events * 80 / kBlockRows + 1)));
}

std::string encode_footer(const PartFooter& f) {
  std::string out;
  ByteWriter w(out);
  w.u32(kPartVersion);
  w.u32(f.rows);
  w.u32(f.runs);
  w.zigzag(f.time_min);
  w.zigzag(f.time_max);
  w.varint(f.position_min);
  w.varint(f.position_max);
  w.varint(f.events.size());
  for (const EventRef& e : f.events) {
    w.varint(e.code);
    w.varint(e.rows);
  }
  w.varint(f.sections.size());
  for (const SectionRef& s : f.sections) {
    w.u8(static_cast<uint8_t>(s.kind));
    w.u8(static_cast<uint8_t>(s.type));
    w.varint(s.property);
    w.varint(s.event);
    w.varint(s.offset);
    w.varint(s.size);
    w.u64(s.checksum);
    w.varint(s.values);
  }
  return out;
}

bool decode_footer(std::string_view bytes, PartFooter& f) {
  ByteReader r(bytes);
  if (r.u32() != kPartVersion) return false;
  f.rows = r.u32();
  f.runs = r.u32();
  f.time_min = r.zigzag();
  f.time_max = r.zigzag();
  f.position_min = r.varint();
  f.position_max = r.varint();
  uint64_t events = r.varint();
  if (!r.ok() || events > r.remaining()) return false;
  f.events.resize(events);
  for (EventRef& e : f.events) {
    e.code = static_cast<uint32_t>(r.varint());
    e.rows = r.varint();
  }
  uint64_t sections = r.varint();
  if (!r.ok() || sections > r.remaining()) return false;
  f.sections.resize(sections);
  for (uint32_t i = 0; i < sections; ++i) {
    SectionRef& s = f.sections[i];
    s.kind = static_cast<SectionKind>(r.u8());
    s.type = static_cast<CellType>(r.u8());
    s.property = static_cast<uint32_t>(r.varint());
    s.event = static_cast<uint32_t>(r.varint());
    s.offset = r.varint();
    s.size = r.varint();
    s.checksum = r.u64();
    s.values = r.varint();
    if (s.kind != SectionKind::Values) continue;
    if (s.event >= f.events.size()) return false;
    f.events[s.event].sections.push_back(i);
  }
  return r.ok() && r.at_end();
}

}  // namespace weir::columnar

#include "columnar/part_writer.h"

#include "base/bytes.h"
#include "base/hash.h"
#include "base/result.h"
#include "columnar/bit_pack.h"
#include "columnar/column_writer.h"

#include <algorithm>
#include <map>
#include <numeric>

namespace weir::columnar {
namespace {

constexpr size_t kEventsMax = 65536;  // local codes are 16 bits

template <class T>
std::vector<uint64_t> widened(const std::vector<T>& values) {
  return {values.begin(), values.end()};
}

void append_words(const std::vector<uint32_t>& words, std::string& out) {
  out.append(reinterpret_cast<const char*>(words.data()), words.size() * sizeof(uint32_t));
}

}  // namespace

PartWriter::PartWriter(const PartRows& rows) : out_(kPartMagic) {
  WEIR_ASSERT(rows.size() > 0);
  footer_.rows = static_cast<uint32_t>(rows.size());
  auto [time_min, time_max] = std::minmax_element(rows.time.begin(), rows.time.end());
  auto [position_min, position_max] =
      std::minmax_element(rows.position.begin(), rows.position.end());
  footer_.time_min = *time_min;
  footer_.time_max = *time_max;
  footer_.position_min = *position_min;
  footer_.position_max = *position_max;
  write_runs(rows);
  write_events(rows);
  add_section(SectionKind::Time, encode_time_column(rows.time));
  add_section(SectionKind::Position, encode_packed(rows.position));
  add_section(SectionKind::Hop, encode_packed(widened(rows.hop)));
}

SectionRef& PartWriter::add_section(SectionKind kind, const std::string& bytes) {
  SectionRef ref;
  ref.kind = kind;
  ref.offset = out_.size();
  ref.size = bytes.size();
  ref.checksum = hash64(bytes);
  ref.values = footer_.rows;
  out_ += bytes;
  out_.resize((out_.size() + 7) / 8 * 8);
  return footer_.sections.emplace_back(ref);
}

void PartWriter::write_runs(const PartRows& rows) {
  std::vector<uint32_t> subjects, begins, order;
  for (uint32_t row = 0; row < rows.size(); ++row) {
    if (row > 0 && rows.subject[row] == rows.subject[row - 1]) continue;
    subjects.push_back(rows.subject[row]);
    begins.push_back(row);
  }
  begins.push_back(static_cast<uint32_t>(rows.size()));
  footer_.runs = static_cast<uint32_t>(subjects.size());
  order.resize(subjects.size());
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(),
            [&](uint32_t a, uint32_t b) { return subjects[a] < subjects[b]; });
  for (size_t i = 1; i < order.size(); ++i) {
    WEIR_ASSERT(subjects[order[i - 1]] != subjects[order[i]]);  // one run per subject
  }
  std::string bytes;
  append_words(subjects, bytes);
  append_words(begins, bytes);
  append_words(order, bytes);
  bytes.append(kPackPadding, '\0');
  add_section(SectionKind::Runs, bytes);
}

void PartWriter::write_events(const PartRows& rows) {
  std::map<uint32_t, uint64_t> counts;
  for (uint32_t code : rows.event) ++counts[code];
  WEIR_ASSERT(counts.size() <= kEventsMax);
  for (const auto& [code, count] : counts) footer_.events.push_back({code, count, {}});
  // Frequent events get the small codes.
  std::stable_sort(footer_.events.begin(), footer_.events.end(),
                   [](const EventRef& a, const EventRef& b) { return a.rows > b.rows; });
  std::map<uint32_t, uint16_t> local;
  for (size_t i = 0; i < footer_.events.size(); ++i)
    local[footer_.events[i].code] = static_cast<uint16_t>(i);
  local_event_.reserve(rows.size());
  std::vector<uint64_t> masks((rows.size() + kBlockRows - 1) / kBlockRows);
  for (size_t row = 0; row < rows.size(); ++row) {
    uint16_t code = local[rows.event[row]];
    local_event_.push_back(code);
    masks[row / kBlockRows] |= uint64_t{1} << (code % 64);
  }
  std::string bytes(reinterpret_cast<const char*>(masks.data()), masks.size() * sizeof(uint64_t));
  bytes.append(kPackPadding, '\0');
  add_section(SectionKind::EventMask, bytes);
  add_section(SectionKind::Events, encode_packed(widened(local_event_)));
}

void PartWriter::add_column(const ColumnRows& column) {
  if (column.rows.empty()) return;
  auto section = static_cast<uint32_t>(footer_.sections.size());
  std::vector<bool> seen(footer_.events.size());
  for (uint32_t row : column.rows) seen[local_event_[row]] = true;
  for (size_t e = 0; e < seen.size(); ++e) {
    if (seen[e]) footer_.events[e].sections.push_back(section);
  }
  SectionRef& ref = add_section(SectionKind::Property, encode_sparse(column, footer_.rows));
  ref.type = column.type;
  ref.property = column.property;
  ref.values = column.rows.size();
}

std::string PartWriter::finish() {
  std::string footer = encode_footer(footer_);
  out_ += footer;
  ByteWriter w(out_);
  w.u32(static_cast<uint32_t>(footer.size()));
  w.u32(crc32c(footer));
  out_ += kPartMagic;
  return std::move(out_);
}

}  // namespace weir::columnar

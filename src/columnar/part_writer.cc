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

template <class T>
void append_words(const std::vector<T>& words, std::string& out) {
  out.append(reinterpret_cast<const char*>(words.data()), words.size() * sizeof(T));
}

size_t block_count(size_t rows) {
  return (rows + kBlockRows - 1) / kBlockRows;
}

}  // namespace

PartWriter::PartWriter(const PartRows& rows, bool keep_positions) : out_(kPartMagic) {
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
  if (keep_positions) add_section(SectionKind::Position, encode_packed(rows.position));
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
  std::vector<uint64_t> subjects, groups;
  std::vector<uint32_t> before(block_count(rows.size()));
  std::vector<uint64_t> bits(before.size() * (kBlockRows / 64));
  run_of_row_.resize(rows.size());
  for (size_t row = 0; row < rows.size(); ++row) {
    if (row % kBlockRows == 0) before[row / kBlockRows] = static_cast<uint32_t>(subjects.size());
    if (row == 0 || rows.subject[row] != rows.subject[row - 1]) {
      WEIR_ASSERT(row == 0 || rows.group[row] >= groups.back());
      subjects.push_back(rows.subject[row]);
      groups.push_back(rows.group[row]);
      bits[row / 64] |= uint64_t{1} << (row % 64);
    }
    run_of_row_[row] = static_cast<uint32_t>(subjects.size() - 1);
  }
  footer_.runs = static_cast<uint32_t>(subjects.size());
  add_section(SectionKind::Subjects, encode_packed(subjects));
  add_section(SectionKind::Groups, encode_packed(groups));
  if (!std::is_sorted(subjects.begin(), subjects.end())) {
    std::vector<uint64_t> order(subjects.size());
    std::iota(order.begin(), order.end(), 0);
    std::sort(order.begin(), order.end(),
              [&](uint64_t a, uint64_t b) { return subjects[a] < subjects[b]; });
    for (size_t i = 1; i < order.size(); ++i)
      WEIR_ASSERT(subjects[order[i - 1]] != subjects[order[i]]);  // one run per subject
    add_section(SectionKind::Order, encode_packed(order));
  }
  std::string bytes;
  append_words(before, bytes);
  bytes.resize((bytes.size() + 7) / 8 * 8);
  append_words(bits, bytes);
  bytes.append(kPackPadding, '\0');
  add_section(SectionKind::Starts, bytes);
}

void PartWriter::write_events(const PartRows& rows) {
  std::map<uint32_t, uint64_t> counts;
  for (uint32_t code : rows.event) ++counts[code];
  WEIR_ASSERT(counts.size() <= kEventsMax);
  for (const auto& [code, count] : counts) footer_.events.push_back({code, count, {}});
  // Frequent events get the small codes.
  std::stable_sort(footer_.events.begin(), footer_.events.end(),
                   [](const EventRef& a, const EventRef& b) { return a.rows > b.rows; });
  std::vector<uint16_t> local_of(counts.rbegin()->first + 1), local;
  for (size_t i = 0; i < footer_.events.size(); ++i) {
    local_of[footer_.events[i].code] = static_cast<uint16_t>(i);
    event_begin_.push_back(i == 0 ? 0 : event_begin_[i - 1] + footer_.events[i - 1].rows);
  }
  std::vector<size_t> next = event_begin_;
  run_of_ordinal_.resize(rows.size());
  local.reserve(rows.size());
  std::vector<uint64_t> masks(block_count(rows.size())), start_ordinals;
  for (size_t row = 0; row < rows.size(); ++row) {
    uint16_t code = local_of[rows.event[row]];
    local.push_back(code);
    if (run_of_row_[row] == start_ordinals.size())
      start_ordinals.push_back(next[code] - event_begin_[code]);
    masks[row / kBlockRows] |= uint64_t{1} << (code % 64);
    run_of_ordinal_[next[code]++] = run_of_row_[row];
  }
  run_of_row_ = {};
  std::string bytes;
  append_words(masks, bytes);
  bytes.append(kPackPadding, '\0');
  add_section(SectionKind::EventMask, bytes);
  add_section(SectionKind::Events, encode_packed(widened(local)));
  write_ordinals(local);
  add_section(SectionKind::StartOrdinals, encode_packed(start_ordinals));
}

void PartWriter::write_ordinals(const std::vector<uint16_t>& local) {
  size_t stretch = size_t{ordinal_stretch(footer_.events.size())} * kBlockRows;
  std::vector<uint32_t> counts(footer_.events.size());
  std::string bytes;
  for (size_t row = 0; row < local.size(); ++row) {
    if (row % stretch == 0) append_words(counts, bytes);
    ++counts[local[row]];
  }
  bytes.append(kPackPadding, '\0');
  add_section(SectionKind::Ordinals, bytes);
}

/// The usual value of each run (by majority vote); false when most values would still be written
/// beside it.
bool PartWriter::usual_per_run(const PropertyValues& property, std::vector<uint64_t>& usual) {
  if (property.type == CellType::List || property.type == CellType::Json ||
      property.type == CellType::Present) {
    return false;
  }
  usual.assign(footer_.runs, 0);
  std::vector<uint32_t> votes(footer_.runs);
  size_t total = 0, runs = 0, same = 0;
  auto each = [&](auto&& visit) {
    for (const EventValues& column : property.events) {
      const uint32_t* run_of = run_of_ordinal_.data() + event_begin_[local_of(column.event)];
      for (size_t i = 0; i < column.ordinals.size(); ++i)
        visit(run_of[column.ordinals[i]], column.values[i]);
    }
  };
  each([&](uint32_t run, uint64_t value) {
    if (votes[run] == 0) {
      usual[run] = value;
      votes[run] = 1;
    } else {
      votes[run] += usual[run] == value ? 1 : UINT32_MAX;  // minus one
    }
  });
  std::fill(votes.begin(), votes.end(), 0);
  each([&](uint32_t run, uint64_t value) {
    same += usual[run] == value ? 1 : 0;
    runs += votes[run]++ == 0 ? 1 : 0;
    ++total;
  });
  // A value per run and one in `total - same` must be well below one each.
  return total >= 2 * runs && (total - same) + runs < total * 3 / 4;
}

size_t PartWriter::local_of(uint32_t event) const {
  size_t i = 0;
  while (footer_.events[i].code != event) ++i;
  return i;
}

void PartWriter::add_property(const PropertyValues& property) {
  std::vector<uint64_t> usual;
  bool run_based = usual_per_run(property, usual);
  if (run_based) {
    EventValues per_run;
    per_run.values = usual;
    per_run.ordinals.resize(usual.size());
    std::iota(per_run.ordinals.begin(), per_run.ordinals.end(), 0);
    SectionRef& ref = add_section(SectionKind::RunValues,
                                  encode_values(per_run, property.type, footer_.runs, nullptr));
    ref.type = property.type;
    ref.property = property.property;
    ref.values = usual.size();
  }
  for (const EventValues& column : property.events) {
    if (column.ordinals.empty()) continue;
    size_t local = local_of(column.event);
    RunBase base{usual, std::span(run_of_ordinal_).subspan(event_begin_[local])};
    SectionRef& ref = add_section(
        SectionKind::Values,
        encode_values(column, property.type, static_cast<uint32_t>(footer_.events[local].rows),
                      run_based ? &base : nullptr));
    ref.type = property.type;
    ref.property = property.property;
    ref.event = static_cast<uint32_t>(local);
    ref.values = column.ordinals.size();
  }
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

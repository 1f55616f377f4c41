#include "columnar/part_cursor.h"

#include "columnar/bit_pack.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace weir::columnar {

PartPlan::PartPlan(const Snapshot& snapshot, size_t number, const ScanSpec& spec)
    : part(snapshot.view.parts[number].get()),
      runs(&snapshot.runs->part(number)),
      source(static_cast<uint16_t>(number)),
      all_events(spec.all_events),
      to(spec.to),
      late_property(snapshot.late_property),
      late_max(snapshot.late_max) {
  if (spec.groups) groups = &spec.groups;
  const PartFooter& footer = part->footer();
  for (size_t i = 0; i < footer.events.size(); ++i) {
    uint32_t code = footer.events[i].code;
    masks.push_back(code < spec.event_masks.size() ? spec.event_masks[code] : 0);
    from.push_back(code < spec.event_from.size() ? std::max(spec.from, spec.event_from[code])
                                                 : spec.from);
    wanted.push_back((masks[i] != 0 || all_events) && footer.time_max >= from[i]);
    if (!wanted[i]) continue;
    block_mask |= uint64_t{1} << (i % 64);
    if (i < 256) bytes.add(static_cast<uint8_t>(i));
  }
  starts_only =
      spec.first_only != 0 && !all_events && footer.events.size() <= 256 && late_property == kNone;
  for (size_t i = 0; i < footer.events.size(); ++i)
    starts_only &= (masks[i] & spec.first_only) != 0 && from[i] <= footer.time_min;
  if (starts_only) {
    bytes = {};
    for (size_t i = 0; i < masks.size(); ++i) {
      if ((masks[i] & ~spec.first_only) != 0) bytes.add(static_cast<uint8_t>(i));
    }
  }
  named = block_mask != 0 && footer.time_min <= to;
}

void HitList::reserve(size_t more) {
  if (hits.size() - size >= more) return;
  hits.resize(std::max(hits.size() * 2, size + more));
  groups.resize(hits.size());
}

bool PartCursor::open() {
  if (opened_) return reader_.status().has_value();
  opened_ = true;
  const Part& part = *plan_.part;
  auto data = [&](SectionKind kind) -> const char* {
    auto bytes = part.section(kind);
    if (bytes) return bytes->data();
    if (reader_.status()) reader_.status() = std::unexpected(bytes.error());
    return nullptr;
  };
  events_ = data(SectionKind::Events);
  times_ = data(SectionKind::Time);
  event_masks_ = reinterpret_cast<const uint64_t*>(data(SectionKind::EventMask));
  ordinals_ = reinterpret_cast<const uint32_t*>(data(SectionKind::Ordinals));
  size_t events = part.footer().events.size();
  stretch_ = ordinal_stretch(events);
  narrow_ = events <= 256;
  counts_.assign(events, 0);
  next_counts_.assign(events, 0);
  for (const EventRef& event : part.footer().events) codes_.push_back(event.code);
  return reader_.status().has_value();
}

void PartCursor::gather(uint32_t begin, uint32_t end, HitList& out) {
  const Part::Runs& table = plan_.runs->table;
  if (begin == end || !open()) return;
  forced_group_ = kNone;
  walk(table.first_row(begin), table.first_row(end), out);
}

void PartCursor::gather_moved(uint32_t run, uint32_t group, HitList& out) {
  const Part::Runs& table = plan_.runs->table;
  if (!open()) return;
  forced_group_ = group;
  walk(table.first_row(run), table.first_row(run + 1), out);
}

void PartCursor::walk(uint32_t first, uint32_t end, HitList& out) {
  rows_ += end - first;
  for (uint32_t row = first; row < end;) {
    uint32_t block = row >> kBlockBits, start = block << kBlockBits;
    uint32_t stop = std::min(end, start + kBlockRows);
    if ((event_masks_[block] & plan_.block_mask) != 0) {
      seek(block);
      take_block(block, row - start, stop - start, out);
    }
    row = stop;
  }
}

uint32_t PartCursor::rows_in(uint32_t block) const {
  return std::min(kBlockRows, plan_.part->rows() - (block << kBlockBits));
}

/// Bits of the wanted rows of the block, and the events of all; false when there are none.
bool PartCursor::find_wanted(uint32_t block) {
  if ((event_masks_[block] & plan_.block_mask) == 0) return false;
  const BlockRef& ref = reinterpret_cast<const BlockRef*>(events_)[block];
  const char* data = events_ + size_t{ref.offset} * 8;
  uint32_t rows = rows_in(block);
  if (narrow_) {
    unpack_u8(data, ref.width, rows, bytes_.data());
    if (ref.base != 0) {
      for (uint32_t i = 0; i < rows; ++i) bytes_[i] = static_cast<uint8_t>(bytes_[i] + ref.base);
    }
    match_bytes(bytes_.data(), rows, plan_.bytes, hits_);
    if (plan_.starts_only) add_starts(block);
  } else {
    unpack_u16(data, ref.width, rows, words_.data());
    hits_.fill(0);
    for (uint32_t i = 0; i < rows; ++i) {
      words_[i] = static_cast<uint16_t>(words_[i] + ref.base);
      hits_[i / 64] |= uint64_t{plan_.wanted[words_[i]]} << (i % 64);
    }
  }
  return true;
}

/// Where runs start is wanted too; all rows are counted, as any event may be at a start.
void PartCursor::add_starts(uint32_t block) {
  const uint64_t* starts = plan_.runs->table.starts(block);
  for (size_t w = 0; w < hits_.size(); ++w) hits_[w] |= starts[w];
}

/// Adds the wanted rows of a block to counts_.
void PartCursor::count_wanted(uint32_t block) {
  if (!find_wanted(block)) return;
  if (plan_.starts_only) {
    for (uint32_t i = 0; i < rows_in(block); ++i) ++counts_[bytes_[i]];
    return;
  }
  for (uint32_t w = 0; w < hits_.size(); ++w) {
    for (uint64_t bits = hits_[w]; bits != 0; bits &= bits - 1)
      ++counts_[local_at(w * 64 + static_cast<uint32_t>(std::countr_zero(bits)))];
  }
}

/// Counts the wanted rows before `block`.
void PartCursor::seek(uint32_t block) {
  if (block == block_) return;
  uint32_t from = block_;
  if (block_ == UINT32_MAX || block < block_ || block - block_ > stretch_) {
    from = block / stretch_ * stretch_;
    std::memcpy(counts_.data(), ordinals_ + size_t{block / stretch_} * counts_.size(),
                counts_.size() * sizeof(uint32_t));
  }
  for (; from < block; ++from) count_wanted(from);
  block_ = block;
}

void PartCursor::take_block(uint32_t block, uint32_t low, uint32_t high, HitList& out) {
  if (!find_wanted(block)) return;
  next_counts_ = counts_;
  if (plan_.starts_only) {
    for (uint32_t i = 0; i < rows_in(block); ++i) row_ordinals_[i] = next_counts_[bytes_[i]]++;
  }
  out.reserve(kBlockRows);
  const Part::Runs& table = plan_.runs->table;
  const uint64_t* starts = table.starts(block);
  uint32_t runs = table.before(block) - 1;  // of the row before; wraps at the first
  bool timed = false;
  Hit hit;
  hit.source = plan_.source;
  for (uint32_t w = 0; w < hits_.size(); ++w) {
    for (uint64_t bits = hits_[w]; bits != 0; bits &= bits - 1) {
      auto bit = static_cast<uint32_t>(std::countr_zero(bits));
      uint32_t at = w * 64 + bit;
      hit.local = local_at(at);
      hit.ordinal = plan_.starts_only ? row_ordinals_[at] : next_counts_[hit.local]++;
      if (at < low || at >= high) continue;
      if (!timed) {
        const BlockRef& ref = reinterpret_cast<const BlockRef*>(times_)[block];
        block_times_.decode(ref, times_ + size_t{ref.offset} * 8);
        timed = true;
      }
      hit.time = block_times_[at];
      if (hit.time < plan_.from[hit.local] || hit.time > plan_.to) continue;
      hit.run =
          runs + static_cast<uint32_t>(std::popcount(starts[w] & (~uint64_t{0} >> (63 - bit))));
      uint32_t group = forced_group_ != kNone ? forced_group_ : plan_.runs->groups[hit.run];
      if (group == kNone) continue;
      if (plan_.groups != nullptr && group != asked_group_) {
        asked_group_ = group;
        wanted_group_ = (*plan_.groups)(group);
      }
      if (!wanted_group_) continue;
      hit.row = (block << kBlockBits) + at;
      hit.mask = plan_.masks[hit.local];
      hit.event = codes_[hit.local];
      if (plan_.late_property != kNone && too_late(hit)) continue;
      out.push(hit, group);
    }
    runs += static_cast<uint32_t>(std::popcount(starts[w]));
  }
  if (high == rows_in(block)) {
    counts_.swap(next_counts_);
    block_ = block + 1;
  }
}

bool PartCursor::too_late(const Hit& hit) {
  double number;
  return reader_.cell(hit, plan_.late_property).number(number) &&
         number > static_cast<double>(plan_.late_max);
}

}  // namespace weir::columnar

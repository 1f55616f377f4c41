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
  const PartFooter& footer = part->footer();
  starts_only = spec.first_only != 0 && !all_events && footer.events.size() <= 256 &&
                late_property == kNone && part->has(SectionKind::StartOrdinals);
  for (const EventRef& ref : footer.events) {
    Event event;
    event.code = ref.code;
    event.mask = ref.code < spec.event_masks.size() ? spec.event_masks[ref.code] : 0;
    event.from = ref.code < spec.event_from.size() ? std::max(spec.from, spec.event_from[ref.code])
                                                   : spec.from;
    event.wanted = (event.mask != 0 || all_events) && footer.time_max >= event.from;
    if (event.wanted) block_mask |= uint64_t{1} << (events.size() % 64);
    starts_only &= (event.mask & spec.first_only) != 0 && event.from <= footer.time_min;
    events.push_back(event);
  }
  for (size_t i = 0; i < std::min<size_t>(events.size(), 256); ++i) {
    bool other = !starts_only || (events[i].mask & ~spec.first_only) != 0;
    if (events[i].wanted && other) bytes.add(static_cast<uint8_t>(i));
  }
  if (starts_only) rows_wanted = footer.runs;
  for (size_t i = 0; i < events.size(); ++i) {
    bool other = !starts_only || (events[i].mask & ~spec.first_only) != 0;
    if (events[i].wanted && other) rows_wanted += footer.events[i].rows;
  }
  named = block_mask != 0 && footer.time_min <= to;
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
  if (plan_.starts_only) start_ordinals_ = data(SectionKind::StartOrdinals);
  size_t events = part.footer().events.size();
  stretch_ = ordinal_stretch(events);
  narrow_ = events <= 256;
  counts_.assign(events, 0);
  next_counts_.assign(events, 0);
  return reader_.status().has_value();
}

void PartCursor::gather(uint32_t begin, uint32_t end, const GroupBits* begun, HitList& out) {
  const Part::Runs& table = plan_.runs->table;
  if (begin == end || !open()) return;
  forced_group_ = kNone;
  begun_ = begun;
  walk(table.first_row(begin), table.first_row(end), out);
}

void PartCursor::gather_moved(uint32_t run, uint32_t group, HitList& out) {
  const Part::Runs& table = plan_.runs->table;
  if (!open()) return;
  forced_group_ = group;
  begun_ = nullptr;
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

/// Bits of the rows of the block whose event is wanted, and the events of all; false when there are
/// none.
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
  } else {
    unpack_u16(data, ref.width, rows, words_.data());
    hits_.fill(0);
    for (uint32_t i = 0; i < rows; ++i) {
      words_[i] = static_cast<uint16_t>(words_[i] + ref.base);
      hits_[i / 64] |= uint64_t{plan_.events[words_[i]].wanted} << (i % 64);
    }
  }
  return true;
}

/// Bits of the rows of the block at which a run starts whose group is not begun.
void PartCursor::find_starts(uint32_t block) {
  const uint64_t* starts = plan_.runs->table.starts(block);
  const uint32_t* group = plan_.runs->groups.data() + plan_.runs->table.before(block);
  for (size_t w = 0; w < starts_.size(); ++w) {
    starts_[w] = starts[w];
    if (begun_ == nullptr) continue;
    for (uint64_t bits = starts[w]; bits != 0; bits &= bits - 1, ++group) {
      if (!begun_->covers(*group) || begun_->has(*group)) starts_[w] &= ~(bits & (~bits + 1));
    }
  }
}

/// Adds the wanted rows of a block to counts_.
void PartCursor::count_wanted(uint32_t block) {
  if (!find_wanted(block)) return;
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
  if (plan_.starts_only) find_starts(block);
  auto any = [](const BlockBits& bits) {
    return std::any_of(bits.begin(), bits.end(), [](uint64_t word) { return word != 0; });
  };
  if (any(hits_) || (plan_.starts_only && any(starts_))) {
    out.reserve(kBlockRows);
    next_counts_ = counts_;
    bool asks = forced_group_ != kNone || !groups_.all() || plan_.late_property != kNone ||
                plan_.starts_only;
    asks ? take_hits<true>(block, low, high, out) : take_hits<false>(block, low, high, out);
    if (high == rows_in(block)) counts_.swap(next_counts_);
  }
  if (high == rows_in(block)) block_ = block + 1;
}

/// Adds the wanted rows of the block that are in [low, high), and counts all. `kAsks`: there is
/// more to ask about a row than its event and its time.
template <bool kAsks>
void PartCursor::take_hits(uint32_t block, uint32_t low, uint32_t high, HitList& out) {
  const uint64_t* starts = plan_.runs->table.starts(block);
  const uint32_t* group_of_run = plan_.runs->groups.data();
  const PartPlan::Event* events = plan_.events.data();
  uint32_t* counts = next_counts_.data();
  const int64_t to = plan_.to;
  uint32_t runs = plan_.runs->table.before(block) - 1;  // of the row before; wraps at the first
  Hit* next = out.hits.data() + out.size;
  uint32_t* next_group = out.groups.data() + out.size;
  bool timed = false;  // most of a block's time goes into its times
  Hit hit;
  hit.source = plan_.source;
  for (uint32_t w = 0; w < hits_.size(); ++w) {
    uint64_t of_starts = kAsks && plan_.starts_only ? starts_[w] : 0;
    for (uint64_t bits = hits_[w] | of_starts; bits != 0; bits &= bits - 1) {
      auto bit = static_cast<uint32_t>(std::countr_zero(bits));
      uint32_t at = w * 64 + bit;
      hit.local = local_at(at);
      bool counted = !kAsks || (hits_[w] >> bit & 1) != 0;
      if (counted) hit.ordinal = counts[hit.local]++;
      if (at < low || at >= high) continue;
      hit.run =
          runs + static_cast<uint32_t>(std::popcount(starts[w] & (~uint64_t{0} >> (63 - bit))));
      if (!counted) hit.ordinal = static_cast<uint32_t>(packed_at(start_ordinals_, hit.run));
      uint32_t group = group_of_run[hit.run];
      if (kAsks && forced_group_ != kNone) group = forced_group_;
      if (group == kNone || (kAsks && !groups_.wants(group))) continue;
      if (!timed) {
        const BlockRef& ref = reinterpret_cast<const BlockRef*>(times_)[block];
        block_times_.decode(ref, times_ + size_t{ref.offset} * 8);
        timed = true;
      }
      const PartPlan::Event& event = events[hit.local];
      hit.time = block_times_[at];
      if (hit.time < event.from || hit.time > to) continue;
      hit.row = (block << kBlockBits) + at;
      hit.mask = event.mask;
      hit.event = event.code;
      if (kAsks && plan_.late_property != kNone && too_late(hit)) continue;
      *next++ = hit;
      *next_group++ = group;
    }
    runs += static_cast<uint32_t>(std::popcount(starts[w]));
  }
  out.size = static_cast<size_t>(next - out.hits.data());
}

bool PartCursor::too_late(const Hit& hit) {
  double number;
  return reader_.cell(hit, plan_.late_property).number(number) &&
         number > static_cast<double>(plan_.late_max);
}

}  // namespace weir::columnar

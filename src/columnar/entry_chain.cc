#include "columnar/entry_chain.h"

#include "columnar/bucket_finder.h"

#include <algorithm>

namespace weir::columnar {
namespace {

constexpr uint32_t kPaidBit = 1, kRefundBit = 2, kTouchBit = 4, kActiveBit = 8;
constexpr int kEntryShift = 4;

bool passes(const EventSelection& events, const Hit& hit, uint32_t group, RowReader& reader) {
  return events.predicate == nullptr || events.predicate->matches(hit, group, reader);
}

/// A group that entered, kept only when groups are asked for.
struct Member {
  uint32_t key, bucket, group, stages;  // bits by EntryChainSpec::Stage
};

/// What one group did after it entered.
struct Course {
  uint32_t stages = 0;
  uint64_t orders = 0;
  double net = 0;
};

void add(EntryChainCell& cell, const Course& course, size_t kinds) {
  cell.kinds.resize(kinds);
  ++cell.groups;
  for (size_t k = 0; k < kinds; ++k) cell.kinds[k] += course.stages >> k & 1;
  cell.active += course.stages >> EntryChainSpec::kActive & 1;
  cell.buyers += course.stages >> EntryChainSpec::kBuyer & 1;
  cell.new_buyers += course.stages >> EntryChainSpec::kNewBuyer & 1;
  cell.repeaters += course.stages >> EntryChainSpec::kRepeater & 1;
  cell.orders += course.orders;
  cell.net += course.net;
}

void add(EntryChainCell& cell, const EntryChainCell& other) {
  cell.kinds.resize(std::max(cell.kinds.size(), other.kinds.size()));
  for (size_t k = 0; k < other.kinds.size(); ++k) cell.kinds[k] += other.kinds[k];
  cell.groups += other.groups;
  cell.active += other.active;
  cell.buyers += other.buyers;
  cell.new_buyers += other.new_buyers;
  cell.repeaters += other.repeaters;
  cell.orders += other.orders;
  cell.net += other.net;
}

class Worker : public GroupOperator {
 public:
  explicit Worker(const EntryChainSpec& spec)
      : spec_(spec),
        orders_(spec.orders, {kPaidBit, kRefundBit}, spec.calendar),
        keys_(spec.channel),
        buckets_(spec.buckets) {}

  void group(uint32_t group, std::span<Hit> hits, RowReader& reader) override {
    size_t first = first_entry(group, hits, reader);
    if (first == hits.size()) return;
    int64_t entered = hits[first].time;
    if (entered < spec_.from || entered >= spec_.to) return;
    uint32_t key = source_of(entered, group, hits, reader), bucket = buckets_.of(entered);
    size_t at = size_t{key} * spec_.buckets.size() + bucket;
    if (at >= cells_.size()) {
      size_t cells = (size_t{key} + 1) * spec_.buckets.size();
      overflow_ = overflow_ || cells > kEntryCellsMax;
      if (overflow_) return;
      cells_.resize(cells);
    }
    Course course = course_of(first, group, hits, reader);
    add(cells_[at], course, spec_.entries.size());
    if (spec_.collect) members_.push_back({key, bucket, group, course.stages});
  }

  uint64_t memory_bytes() const override {
    return cells_.capacity() * (sizeof(EntryChainCell) + kEntryKindsMax * sizeof(uint64_t)) +
           members_.capacity() * sizeof(Member) + keys_.memory_bytes();
  }
  bool overflow() const { return overflow_; }
  const KeyReader& keys() const { return keys_; }
  const std::vector<EntryChainCell>& cells() const { return cells_; }
  const std::vector<Member>& members() const { return members_; }

 private:
  bool is_entry(size_t kind, const Hit& hit, uint32_t group, RowReader& reader) const {
    if ((hit.mask >> (kEntryShift + kind) & 1) == 0) return false;
    if (spec_.filter != nullptr && !spec_.filter->matches(hit, group, reader)) return false;
    return passes(spec_.entries[kind], hit, group, reader);
  }

  size_t first_entry(uint32_t group, std::span<const Hit> hits, RowReader& reader) const {
    for (size_t i = 0; i < hits.size(); ++i) {
      if (hits[i].mask >> kEntryShift == 0) continue;
      for (size_t k = 0; k < spec_.entries.size(); ++k) {
        if (is_entry(k, hits[i], group, reader)) return i;
      }
    }
    return hits.size();
  }

  bool is_direct(uint32_t part) {
    if (part >= direct_.size()) direct_.resize(part + 1, kUnknown);
    if (direct_[part] == kUnknown) {
      const auto& names = spec_.direct;
      bool yes = std::find(names.begin(), names.end(), keys_.text(part)) != names.end();
      direct_[part] = yes ? kYes : kNo;
    }
    return direct_[part] == kYes;
  }

  /// Touches at the time of the entry count as before it.
  uint32_t source_of(int64_t entered, uint32_t group, std::span<const Hit> hits,
                     RowReader& reader) {
    uint32_t direct = KeyReader::kMissing;
    for (size_t i = hits.size(); i > 0; --i) {
      const Hit& hit = hits[i - 1];
      if ((hit.mask & kTouchBit) == 0 || hit.time > entered) continue;
      if (hit.time < entered - spec_.touch_ms) break;
      if (!passes(spec_.touches, hit, group, reader)) continue;
      uint32_t part = keys_.part(0, hit, group, reader);
      if (part == KeyReader::kMissing) continue;
      if (!is_direct(part)) return keys_.tuple({part});
      if (direct == KeyReader::kMissing) direct = part;
    }
    return keys_.tuple({direct});
  }

  Course course_of(size_t first, uint32_t group, std::span<const Hit> hits, RowReader& reader) {
    Course out;
    int64_t entered = hits[first].time;
    for (size_t i = first; i < hits.size(); ++i) {
      const Hit& hit = hits[i];
      if (hit.time <= entered + spec_.order_ms) {
        for (size_t k = 0; k < spec_.entries.size(); ++k)
          out.stages |= is_entry(k, hit, group, reader) ? 1u << k : 0;
      }
      bool active = i > first && (hit.mask & kActiveBit) != 0 &&
                    hit.time <= entered + spec_.active_ms &&
                    passes(spec_.active, hit, group, reader);
      out.stages |= active ? 1u << EntryChainSpec::kActive : 0;
    }
    add_orders(entered, group, hits, reader, out);
    return out;
  }

  void add_orders(int64_t entered, uint32_t group, std::span<const Hit> hits, RowReader& reader,
                  Course& out) {
    uint64_t for_repeat = 0;
    bool before = false;
    for (const Order& order : orders_.read(group, hits, reader)) {
      if (order.voided) continue;
      int64_t after = order.time - entered;
      before = before || after < 0;
      if (after < 0) continue;
      if (after <= spec_.repeat_ms) ++for_repeat;
      if (after > spec_.order_ms) continue;
      ++out.orders;
      out.net += order.net;
    }
    if (out.orders > 0) out.stages |= 1u << EntryChainSpec::kBuyer;
    if (out.orders > 0 && !before) out.stages |= 1u << EntryChainSpec::kNewBuyer;
    if (for_repeat >= 2) out.stages |= 1u << EntryChainSpec::kRepeater;
  }

  enum : uint8_t { kUnknown, kYes, kNo };

  const EntryChainSpec& spec_;
  OrderReader orders_;
  KeyReader keys_;
  BucketFinder buckets_;
  bool overflow_ = false;
  std::vector<uint8_t> direct_;        // by part
  std::vector<EntryChainCell> cells_;  // by key and bucket
  std::vector<Member> members_;
};

using Workers = std::vector<std::unique_ptr<Worker>>;

ScanSpec scan_spec_of(const EntryChainSpec& spec) {
  std::vector<const EventSelection*> selections = {&spec.orders.paid, &spec.orders.refunds,
                                                   &spec.touches, &spec.active};
  for (const EventSelection& entry : spec.entries) selections.push_back(&entry);
  ScanSpec out;
  out.event_masks = event_masks(selections);
  out.groups = spec.groups;
  out.to = spec.as_of;
  return out;
}

void collect(const EntryChainSpec& spec, const Workers& workers, const KeySlots& slots,
             const std::vector<std::vector<uint32_t>>& numbers, std::vector<uint32_t>& out) {
  const EntryChainSpec::Collect& wanted = *spec.collect;
  uint32_t line = wanted.source ? slots.find({*wanted.source}) : kNone;
  for (size_t w = 0; w < workers.size(); ++w) {
    for (const Member& m : workers[w]->members()) {
      if (wanted.source && slots.of_key[numbers[w][m.key]] != line) continue;
      if (wanted.bucket && m.bucket != *wanted.bucket) continue;
      bool there =
          wanted.stage == EntryChainSpec::kEverybody || (m.stages >> wanted.stage & 1) != 0;
      if (there) out.push_back(m.group);
    }
  }
  std::sort(out.begin(), out.end());
}

}  // namespace

Result<EntryChainResult> run_entry_chain(const std::shared_ptr<const Snapshot>& snapshot,
                                         const EntryChainSpec& spec, const ScanBudget& budget,
                                         std::span<Executor* const> helpers) {
  Workers workers;
  EntryChainResult out;
  WEIR_TRY(out.rows_scanned,
           scan(snapshot, scan_spec_of(spec), budget, helpers, [&]() -> GroupOperator& {
             return *workers.emplace_back(std::make_unique<Worker>(spec));
           }));
  KeyUnion keys;
  std::vector<std::vector<uint32_t>> numbers;
  for (const auto& worker : workers) {
    if (worker->overflow()) {
      return fail(ErrorCode::ResourceExhausted,
                  "sources and intervals make too many numbers; use a longer interval", "interval");
    }
    WEIR_TRY(std::vector<uint32_t> own, keys.add(worker->keys()));
    numbers.push_back(std::move(own));
  }
  size_t buckets = spec.buckets.size();
  std::vector<double> weights(keys.size());
  for (size_t w = 0; w < workers.size(); ++w) {
    const auto& cells = workers[w]->cells();
    for (size_t c = 0; c < cells.size(); ++c)
      weights[numbers[w][c / buckets]] += static_cast<double>(cells[c].groups);
  }
  KeySlots slots = rank_keys(keys, weights, 1);
  out.total.kinds.resize(spec.entries.size());
  out.buckets.assign(buckets, out.total);
  for (size_t line = 0; line < slots.size(); ++line)
    out.lines.push_back({slots.texts[line][0], out.total, out.buckets});
  // A group has one source and one bucket, so everything adds up.
  for (size_t w = 0; w < workers.size(); ++w) {
    const auto& cells = workers[w]->cells();
    for (size_t c = 0; c < cells.size(); ++c) {
      EntryChainResult::Line& line = out.lines[slots.of_key[numbers[w][c / buckets]]];
      for (EntryChainCell* sum :
           {&out.total, &out.buckets[c % buckets], &line.total, &line.buckets[c % buckets]})
        add(*sum, cells[c]);
    }
  }
  if (spec.collect) collect(spec, workers, slots, numbers, out.groups);
  return out;
}

}  // namespace weir::columnar

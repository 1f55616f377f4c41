#include "columnar/scan.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <tuple>

namespace weir::columnar {
namespace {

constexpr uint32_t kGroupsPerRange = 1024;  // also how often budgets are checked

/// Gathers the hits of one group after another; one per thread.
class GroupGatherer {
 public:
  GroupGatherer(const Snapshot& snapshot, const ScanSpec& spec)
      : snapshot_(snapshot), spec_(spec), reader_(snapshot) {
    for (const auto& part : snapshot.view.parts) sources_.push_back(source_of(*part));
  }

  RowReader& reader() { return reader_; }
  uint64_t rows() const { return rows_; }

  std::span<Hit> gather(uint32_t group) {
    hits_.clear();
    int filled = 0;
    for (RunIndex::Ref ref : snapshot_.runs->runs(group)) {
      if (!sources_[ref.part].named) continue;
      size_t before = hits_.size();
      gather_run(ref);
      filled += hits_.size() > before ? 1 : 0;
    }
    size_t before = hits_.size();
    gather_head(group);
    filled += hits_.size() > before ? 1 : 0;
    if (filled > 1) sort_hits();
    return hits_;
  }

 private:
  struct Source {
    std::vector<uint32_t> masks;  // by local event code
    uint64_t block_mask = 0;      // which bits of the block's event mask matter
    bool named = false;           // any event of the part is asked for, in its time range
    const uint32_t* begins = nullptr;
  };

  Source source_of(const Part& part) {
    Source out;
    const PartFooter& footer = part.footer();
    for (size_t i = 0; i < footer.events.size(); ++i) {
      uint32_t mask = mask_of(footer.events[i].code);
      out.masks.push_back(mask);
      if (mask != 0 || spec_.all_events) out.block_mask |= uint64_t{1} << (i % 64);
    }
    // The run table was read when the index was built, so it is there.
    auto table = part.run_table();
    out.begins = table ? table->begins : nullptr;
    out.named = table && out.block_mask != 0 && footer.time_min <= spec_.to &&
                footer.time_max >= spec_.from;
    return out;
  }

  uint32_t mask_of(uint32_t code) const {
    return code < spec_.event_masks.size() ? spec_.event_masks[code] : 0;
  }

  void gather_run(RunIndex::Ref ref) {
    const Source& source = sources_[ref.part];
    PartReader& reader = reader_.part(ref.part);
    uint32_t row = source.begins[ref.run], end = source.begins[ref.run + 1];
    rows_ += end - row;
    while (row < end) {
      uint32_t block = row >> kBlockBits;
      uint32_t stop = std::min(end, (block + 1) << kBlockBits);
      if ((reader.event_mask(block) & source.block_mask) != 0)
        gather_block(ref.part, block, row, stop);
      row = stop;
    }
  }

  void gather_block(uint32_t part, uint32_t block, uint32_t row, uint32_t stop) {
    const Source& source = sources_[part];
    PartReader& reader = reader_.part(part);
    const uint16_t* events = reader.events(block);
    const int64_t* times = nullptr;
    for (; row < stop; ++row) {
      uint16_t local = events[row % kBlockRows];
      uint32_t mask = source.masks[local];
      if (mask == 0 && !spec_.all_events) continue;
      if (times == nullptr) times = reader.times(block);
      int64_t time = times[row % kBlockRows];
      if (time < spec_.from || time > spec_.to) continue;
      hits_.push_back({time, part, row, mask, reader.part().footer().events[local].code});
    }
  }

  void gather_head(uint32_t group) {
    const HeadView& head = snapshot_.view.head;
    auto source = static_cast<uint32_t>(sources_.size());
    for (uint32_t row : snapshot_.head->rows(group)) {
      ++rows_;
      uint32_t event = head.event(row), mask = mask_of(event);
      int64_t time = head.time(row);
      if ((mask == 0 && !spec_.all_events) || time < spec_.from || time > spec_.to) continue;
      hits_.push_back({time, source, row, mask, event});
    }
  }

  /// Runs are in order already; this joins several. Positions are read only where times tie.
  void sort_hits() {
    auto key = [&](const Hit& h) {
      if (h.source == sources_.size()) {
        const HeadView& head = snapshot_.view.head;
        return std::tuple(head.position(h.row), head.hop(h.row), h.source, h.row);
      }
      PartReader& reader = reader_.part(h.source);
      return std::tuple(reader.position(h.row), reader.hop(h.row), h.source, h.row);
    };
    std::sort(hits_.begin(), hits_.end(), [&](const Hit& a, const Hit& b) {
      return a.time != b.time ? a.time < b.time : key(a) < key(b);
    });
  }

  const Snapshot& snapshot_;
  const ScanSpec& spec_;
  RowReader reader_;
  std::vector<Source> sources_;
  std::vector<Hit> hits_;
  uint64_t rows_ = 0;
};

/// Shared by the caller and its helpers. A helper that starts after the caller has closed the scan
/// touches nothing of the caller's.
struct Shared {
  std::shared_ptr<const Snapshot> snapshot;
  ScanSpec spec;
  ScanBudget budget;
  const std::function<GroupOperator&()>* make = nullptr;
  std::atomic<uint32_t> next_range{0};
  std::atomic<uint64_t> rows{0};
  std::atomic<bool> stop{false};

  std::mutex mutex;
  std::condition_variable idle;
  bool closed = false;
  int active = 0;
  Status status;

  void fail_with(Error error) {
    std::lock_guard lock(mutex);
    if (status) status = std::unexpected(std::move(error));
    stop.store(true);
  }
};

bool within_budget(Shared& shared) {
  const ScanBudget& b = shared.budget;
  if (b.cancelled != nullptr && b.cancelled->load()) {
    shared.fail_with({ErrorCode::Unavailable, "the query was cancelled", {}});
  } else if (shared.rows.load() > b.rows_max) {
    shared.fail_with(
        {ErrorCode::ResourceExhausted,
         "the query looked at more than " + std::to_string(b.rows_max) + " events; narrow it",
         {}});
  } else if (b.clock != nullptr && b.clock->monotonic_us() > b.deadline_us) {
    shared.fail_with(
        {ErrorCode::ResourceExhausted, "the query took too long; narrow its range or steps", {}});
  }
  return !shared.stop.load();
}

void take_part(Shared& shared, GroupOperator& op) {
  GroupGatherer gatherer(*shared.snapshot, shared.spec);
  uint32_t limit = shared.snapshot->group_limit();
  uint64_t counted = 0;
  while (within_budget(shared)) {
    uint64_t first = uint64_t{shared.next_range.fetch_add(1)} * kGroupsPerRange;
    if (first >= limit) break;
    auto end = static_cast<uint32_t>(std::min<uint64_t>(limit, first + kGroupsPerRange));
    for (auto group = static_cast<uint32_t>(first); group < end; ++group) {
      if (shared.spec.groups && !shared.spec.groups(group)) continue;
      std::span<Hit> hits = gatherer.gather(group);
      if (!hits.empty()) op.group(group, hits, gatherer.reader());
    }
    shared.rows += gatherer.rows() - counted;
    counted = gatherer.rows();
    if (Status s = gatherer.reader().status(); !s) return shared.fail_with(s.error());
  }
}

void help(const std::shared_ptr<Shared>& shared) {
  GroupOperator* op = nullptr;
  {
    std::lock_guard lock(shared->mutex);
    if (shared->closed) return;
    ++shared->active;
    op = &(*shared->make)();
  }
  take_part(*shared, *op);
  std::lock_guard lock(shared->mutex);
  --shared->active;
  shared->idle.notify_all();
}

}  // namespace

RowReader::RowReader(const Snapshot& snapshot) : snapshot_(snapshot) {
  parts_.reserve(snapshot.view.parts.size());
  for (const auto& part : snapshot.view.parts) parts_.emplace_back(part);
}

Status RowReader::status() const {
  for (const PartReader& part : parts_) WEIR_CHECK_OK(part.status());
  return {};
}

Result<uint64_t> scan(const std::shared_ptr<const Snapshot>& snapshot, const ScanSpec& spec,
                      const ScanBudget& budget, std::span<Executor* const> helpers,
                      const std::function<GroupOperator&()>& make) {
  auto shared = std::make_shared<Shared>();
  shared->snapshot = snapshot;
  shared->spec = spec;
  shared->budget = budget;
  shared->make = &make;
  GroupOperator* own = &make();  // before any helper can ask for one
  if (snapshot->group_limit() > kGroupsPerRange) {
    for (Executor* helper : helpers) {
      helper->post([shared] { help(shared); });
    }
  }
  take_part(*shared, *own);
  std::unique_lock lock(shared->mutex);
  shared->closed = true;
  shared->idle.wait(lock, [&] { return shared->active == 0; });
  if (!shared->status) return std::unexpected(shared->status.error());
  return shared->rows.load();
}

}  // namespace weir::columnar

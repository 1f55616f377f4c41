#include "columnar/scan.h"

#include "columnar/part_cursor.h"
#include "columnar/together.h"

#include <algorithm>
#include <mutex>
#include <numeric>

namespace weir::columnar {
namespace {

/// What a scan needs to know of its snapshot; made once, shared by its threads.
struct Plan {
  std::shared_ptr<const Snapshot> snapshot;
  ScanSpec spec;
  std::vector<PartPlan> parts;
  HitList moved;  // hits of runs that are no longer in their place, ascending by group
  uint32_t groups_per_unit = 1;

  int64_t from_of(uint32_t code) const {
    return code < spec.event_from.size() ? std::max(spec.from, spec.event_from[code]) : spec.from;
  }
  uint32_t mask_of(uint32_t code) const {
    return code < spec.event_masks.size() ? spec.event_masks[code] : 0;
  }
};

/// Serves one thread: gathers the hits of a range of groups from all sources and hands out one
/// group after another.
class UnitReader {
 public:
  explicit UnitReader(const Plan& plan)
      : plan_(plan), reader_(plan.snapshot), filter_(plan.spec.groups) {
    cursors_.reserve(plan.parts.size());
    for (const PartPlan& part : plan.parts) cursors_.emplace_back(part, reader_, filter_);
  }

  RowReader& reader() { return reader_; }
  uint64_t rows() const {
    uint64_t rows = head_rows_;
    for (const PartCursor& cursor : cursors_) rows += cursor.rows();
    return rows;
  }

  void run(uint32_t first, uint32_t end, GroupOperator& op) {
    hits_.clear();
    filter_.begin(first, end);
    if (plan_.spec.first_only != 0) begun_.reset(first, end);
    size_t sources = 0;
    auto add = [&](auto&& gather) {
      size_t before = hits_.size;
      gather();
      sources += hits_.size > before ? 1 : 0;
    };
    for (size_t p = 0; p < cursors_.size(); ++p) {
      if (!plan_.parts[p].named) continue;
      add([&] { gather_part(p, first, end); });
    }
    add([&] { copy_moved(first, end); });
    add([&] { gather_head(first, end); });
    if (sources > 1) {
      by_group_.hand_out(hits_, first, end, [&](uint32_t g, std::span<Hit> h) { give(g, h, op); });
    } else {
      hand_out(op);
    }
  }

  /// Hits of the moved runs of all parts, for the plan.
  HitList gather_moved() {
    HitList found, out;
    for (size_t p = 0; p < cursors_.size(); ++p) {
      if (!plan_.parts[p].named) continue;
      for (const RunIndex::Moved& moved : plan_.parts[p].runs->moved)
        cursors_[p].gather_moved(moved.run, moved.group, found);
    }
    std::vector<uint32_t> order(found.size);
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.end(),
                     [&](uint32_t a, uint32_t b) { return found.groups[a] < found.groups[b]; });
    out.reserve(found.size);
    for (uint32_t i : order) out.push(found.hits[i], found.groups[i]);
    return out;
  }

 private:
  void gather_part(size_t p, uint32_t first, uint32_t end) {
    const PartPlan& part = plan_.parts[p];
    const Part::Runs& table = part.runs->table;
    size_t before = hits_.size;
    cursors_[p].gather(table.lower_bound(first), table.lower_bound(end),
                       part.begins_later ? &begun_ : nullptr, hits_);
    if (!part.starts_only) return;
    for (size_t i = before; i < hits_.size; ++i) begun_.add(hits_.groups[i]);
  }

  void copy_moved(uint32_t first, uint32_t end) {
    const HitList& moved = plan_.moved;
    auto groups_end = moved.groups.begin() + static_cast<ptrdiff_t>(moved.size);
    auto it = std::lower_bound(moved.groups.begin(), groups_end, first);
    for (; it != groups_end && *it < end; ++it) {
      hits_.reserve(1);
      hits_.push(moved.hits[static_cast<size_t>(it - moved.groups.begin())], *it);
    }
  }

  void gather_head(uint32_t first, uint32_t end) {
    const HeadIndex& index = *plan_.snapshot->head;
    const HeadView& head = plan_.snapshot->view.head;
    const std::vector<uint32_t>& groups = index.groups();
    auto it = std::lower_bound(groups.begin(), groups.end(), first);
    Hit hit;
    hit.source = static_cast<uint16_t>(cursors_.size());
    for (; it != groups.end() && *it < end; ++it) {
      if (!filter_.wants(*it)) continue;
      auto rows = index.rows(static_cast<size_t>(it - groups.begin()));
      head_rows_ += rows.size();
      hits_.reserve(rows.size());
      for (uint32_t row : rows) {
        hit.event = head.event(row);
        hit.mask = plan_.mask_of(hit.event);
        hit.time = head.time(row);
        hit.row = row;
        bool in = (hit.mask != 0 || plan_.spec.all_events) &&
                  hit.time >= plan_.from_of(hit.event) && hit.time <= plan_.spec.to;
        if (in && !too_late(hit)) hits_.push(hit, *it);
      }
    }
  }

  bool too_late(const Hit& hit) {
    double number;
    return plan_.snapshot->late_property != kNone &&
           reader_.cell(hit, plan_.snapshot->late_property).number(number) &&
           number > static_cast<double>(plan_.snapshot->late_max);
  }

  /// When one source has all hits, the usual case of a store at rest, its groups ascend.
  void hand_out(GroupOperator& op) {
    for (size_t begin = 0, end = 0; begin < hits_.size; begin = end) {
      uint32_t group = hits_.groups[begin];
      while (end < hits_.size && hits_.groups[end] == group) ++end;
      give(group, {hits_.hits.data() + begin, end - begin}, op);
    }
  }

  void give(uint32_t group, std::span<Hit> hits, GroupOperator& op) {
    // The rows of one run are in order; so are those of one subject in the head.
    const Hit &first = hits.front(), &last = hits.back();
    if (first.run != last.run || first.source != last.source) sort(hits);
    op.group(group, hits, reader_);
  }

  void sort(std::span<Hit> hits) {
    auto less = [this](const Hit& a, const Hit& b) { return reader_.before(a, b); };
    if (hits.size() > 64) {
      if (!std::is_sorted(hits.begin(), hits.end(), less))
        std::stable_sort(hits.begin(), hits.end(), less);
      return;
    }
    for (size_t i = 1; i < hits.size(); ++i) {
      if (!reader_.before(hits[i], hits[i - 1])) continue;
      Hit hit = hits[i];
      size_t k = i;
      for (; k > 0 && reader_.before(hit, hits[k - 1]); --k) hits[k] = hits[k - 1];
      hits[k] = hit;
    }
  }

  const Plan& plan_;
  RowReader reader_;
  GroupFilter filter_;
  std::vector<PartCursor> cursors_;
  HitList hits_;  // of the unit: of the parts, of moved runs, of the head
  GroupSort by_group_;
  GroupBits begun_;  // with first_only: groups whose first row is among the hits
  uint64_t head_rows_ = 0;
};

/// Shared by the caller and its helpers.
struct Shared {
  Plan plan;
  ScanBudget budget;
  std::atomic<uint32_t> next_unit{0};
  std::atomic<uint64_t> rows{0};
  std::atomic<uint64_t> memory{0};  // as last reported, of all threads
  std::atomic<bool> stop{false};

  std::mutex mutex;
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
        {ErrorCode::ResourceExhausted,
         "the query took too long; narrow its range, ask of a segment or a sample, or ask for "
         "\"partial_after_ms\"",
         {}});
  } else if (shared.memory.load() > b.memory_max) {
    shared.fail_with({ErrorCode::ResourceExhausted,
                      "the query needs more than " + std::to_string(b.memory_max >> 20) +
                          " MiB; break down by fewer values, use longer buckets, or ask of a "
                          "segment or a sample",
                      {}});
  }
  return !shared.stop.load();
}

/// Where the groups of this pass end: those that an earlier pass left out stay out.
uint64_t groups_end(const Shared& shared) {
  uint64_t end =
      std::min<uint64_t>(shared.plan.snapshot->group_limit(), shared.plan.spec.group_end);
  const WorkProgress* progress = shared.budget.progress;
  return progress == nullptr ? end : std::min(end, progress->end.load());
}

bool cut_short(const Shared& shared) {
  const ScanBudget& b = shared.budget;
  return b.progress != nullptr && b.clock != nullptr && b.progress->end.load() == UINT64_MAX &&
         b.clock->monotonic_us() > b.partial_at_us;
}

// A unit is about so many hits, if those are not in too few or too many rows; a part's share of it
// should be several blocks, as those at its ends are decoded twice. Its hits should stay in the
// second cache, once as found and once in order.
constexpr uint64_t kUnitHits = 1u << 13, kUnitRows = 1u << 15, kUnitRowsMax = 1u << 18;
constexpr uint64_t kPartRows = uint64_t{8} * kBlockRows;
constexpr uint64_t kMemoryEveryRows = 64 * kUnitRows;

void take_part(Shared& shared, GroupOperator& op) {
  UnitReader units(shared.plan);
  uint64_t limit = groups_end(shared), counted = 0, held = 0, weighed = 0;
  while (within_budget(shared) && !cut_short(shared)) {
    uint64_t first = shared.plan.spec.group_begin +
                     uint64_t{shared.next_unit.fetch_add(1)} * shared.plan.groups_per_unit;
    if (first >= limit) break;
    uint64_t end = std::min(limit, first + shared.plan.groups_per_unit);
    units.run(static_cast<uint32_t>(first), static_cast<uint32_t>(end), op);
    shared.rows += units.rows() - counted;
    counted = units.rows();
    if (shared.budget.progress != nullptr) shared.budget.progress->done += end - first;
    if (counted - weighed >= kMemoryEveryRows) {
      uint64_t bytes = op.memory_bytes();
      shared.memory += bytes - held;
      held = bytes;
      weighed = counted;
    }
    if (const Status& s = units.reader().status(); !s) return shared.fail_with(s.error());
  }
  shared.memory += op.memory_bytes() - held;
  within_budget(shared);
}

void begin_pass(Shared& shared) {
  WorkProgress* progress = shared.budget.progress;
  if (progress == nullptr) return;
  progress->passes += 1;
  progress->done = 0;
  progress->total = shared.plan.snapshot->group_limit();
}

/// Units are begun in order and finished once begun, so what was covered has one end.
void end_pass(Shared& shared) {
  WorkProgress* progress = shared.budget.progress;
  if (progress == nullptr || progress->end.load() != UINT64_MAX) return;
  uint64_t begun = shared.plan.spec.group_begin +
                   uint64_t{shared.next_unit.load()} * shared.plan.groups_per_unit;
  if (begun < groups_end(shared)) progress->end = begun;
}

Status make_plan(Plan& plan) {
  const Snapshot& snapshot = *plan.snapshot;
  uint64_t rows = snapshot.view.head.rows(), wanted = rows, named = 0;
  int64_t last_start = INT64_MIN;
  plan.parts.reserve(snapshot.view.parts.size());
  for (size_t p = 0; p < snapshot.view.parts.size(); ++p) {
    const Part& part = *snapshot.view.parts[p];
    PartPlan& own = plan.parts.emplace_back(snapshot, p, plan.spec);
    if (!own.named) continue;
    rows += part.rows();
    wanted += own.rows_wanted;
    ++named;
    if (!own.starts_only) continue;
    own.begins_later = last_start < part.footer().time_min;
    last_start = std::max(last_start, part.footer().time_max);
  }
  uint64_t unit = rows * kUnitHits / std::max<uint64_t>(wanted, 1);
  uint64_t least = std::max(kUnitRows, named * kPartRows);
  unit = std::clamp(unit, least, std::max(least, kUnitRowsMax));
  uint64_t groups = snapshot.group_limit() * unit / std::max<uint64_t>(rows, 1);
  plan.groups_per_unit = static_cast<uint32_t>(std::clamp<uint64_t>(groups, 64, 1u << 20));
  if (snapshot.runs->moved() == 0) return {};
  UnitReader units(plan);
  plan.moved = units.gather_moved();
  return units.reader().status();
}

}  // namespace

RowReader::RowReader(std::shared_ptr<const Snapshot> snapshot)
    : snapshot_(std::move(snapshot)), status_(std::make_unique<Status>()) {
  uint32_t next = 0;
  for (const auto& part : snapshot_->view.parts) {
    first_local_.push_back(next);
    next += static_cast<uint32_t>(part->footer().events.size());
  }
}

void RowReader::add_table(uint32_t property) {
  if (property >= tables_.size()) tables_.resize(property + 1);
  const PartList& parts = snapshot_->view.parts;
  size_t size = parts.empty() ? 0 : first_local_.back() + parts.back()->footer().events.size();
  // Never empty, so that a table is made once.
  std::vector<Chain*>& table = tables_[property];
  table.resize(size + 1);
  for (size_t p = 0; p < parts.size(); ++p) {
    const auto& sections = parts[p]->footer().sections;
    size_t usual_begin = usual_.size();
    for (uint32_t s = 0; s < sections.size(); ++s) {
      if (sections[s].property != property) continue;
      if (sections[s].kind == SectionKind::RunValues)
        usual_.emplace_back(*parts[p], s, nullptr, *status_);
      if (sections[s].kind != SectionKind::Values) continue;
      ValueColumn* usual = nullptr;
      for (size_t u = usual_begin; u < usual_.size(); ++u) {
        if (usual_[u].type() == sections[s].type) usual = &usual_[u];
      }
      Chain*& first = table[first_local_[p] + sections[s].event];
      first = &chains_.emplace_back(Chain{{*parts[p], s, usual, *status_}, first});
    }
  }
}

bool RowReader::before_at_once(const Hit& a, const Hit& b) const {
  if (a.source != b.source) return a.source < b.source;  // parts by age, the head last
  if (a.source < first_local_.size()) return a.row < b.row;
  return snapshot_->view.head.tie(a.row) < snapshot_->view.head.tie(b.row);
}

Result<uint64_t> scan(const std::shared_ptr<const Snapshot>& snapshot, const ScanSpec& spec,
                      const ScanBudget& budget, std::span<Executor* const> helpers,
                      const std::function<GroupOperator&()>& make) {
  Shared shared;
  shared.plan.snapshot = snapshot;
  shared.plan.spec = spec;
  shared.budget = budget;
  WEIR_CHECK_OK(make_plan(shared.plan));
  begin_pass(shared);
  if (snapshot->group_limit() <= shared.plan.groups_per_unit) helpers = {};
  together(helpers, [&] {
    GroupOperator* op = nullptr;
    {
      std::lock_guard lock(shared.mutex);
      op = &make();
    }
    take_part(shared, *op);
  });
  if (!shared.status) return std::unexpected(shared.status.error());
  end_pass(shared);
  return shared.rows.load();
}

}  // namespace weir::columnar

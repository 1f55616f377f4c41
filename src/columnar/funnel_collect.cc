#include "columnar/funnel_collect.h"

#include "columnar/funnel_worker.h"

#include <memory>

namespace weir::columnar {
namespace {

/// Counts one group at a time with the worker that counts all of them, and looks whether the number
/// moved: so a number and its people cannot disagree.
class Collector : public SessionSink {
 public:
  Collector(const FunnelSpec& spec, const FunnelCell& cell, const std::set<KeyTexts>* top)
      : cell_(cell), worker_(spec, top) {}

  void group(uint32_t group, std::span<const Hit> hits, const GroupSessions* sessions,
             RowReader& reader) override {
    worker_.group(group, hits, sessions, reader);
    if (uint64_t rows = number(worker_.counts()); rows > 0) out_.add(group, rows);
    worker_.clear_counts();
  }

  uint64_t memory_bytes() const override { return worker_.memory_bytes() + out_.memory_bytes(); }
  const Collected& collected() const { return out_; }
  bool too_many_variants() const { return worker_.too_many_variants(); }

 private:
  uint64_t number(const FunnelCounts& counts) const {
    if (cell_.side == FunnelCell::Side::Pending) return counts.pending;
    if (cell_.bucket) return of_step(counts.trend[*cell_.bucket]);
    if (cell_.keys.empty()) return of_step(counts.counts);
    auto it = counts.by_key.find(cell_.keys);
    return it == counts.by_key.end() ? 0 : of_step(it->second);
  }

  uint64_t of_step(const std::vector<uint64_t>& counts) const {
    if (cell_.side == FunnelCell::Side::Converted) return counts[cell_.step];
    return cell_.step == 0 ? 0 : counts[cell_.step - 1] - counts[cell_.step];
  }

  const FunnelCell& cell_;
  FunnelWorker worker_;
  Collected out_;
};

}  // namespace

Result<Collected> collect_funnel(const std::shared_ptr<const Snapshot>& snapshot, FunnelSpec spec,
                                 const FunnelCell& cell, const ScanBudget& budget,
                                 std::span<Executor* const> helpers) {
  Collected out;
  spec.durations = false;
  if (!cell.bucket) spec.trend.reset();
  std::optional<std::set<KeyTexts>> top;
  if (cell.keys.empty()) {
    spec.keys.clear();
    spec.key_sources.clear();
  } else if (is_other(cell.keys)) {
    // Who the rest are depends on who the top are.
    WEIR_TRY(FunnelResult answer, run_funnel(snapshot, spec, budget, helpers));
    out.rows_scanned = answer.rows_scanned;
    top.emplace();
    for (auto& line : answer.by_key) {
      if (!is_other(line.keys)) top->insert(std::move(line.keys));
    }
  }
  std::vector<std::unique_ptr<Collector>> workers;
  auto make = [&]() -> SessionSink& {
    return *workers.emplace_back(std::make_unique<Collector>(spec, cell, top ? &*top : nullptr));
  };
  WEIR_TRY(uint64_t rows, run_pass(snapshot, funnel_pass(spec), budget, helpers, make));
  for (const auto& worker : workers) {
    if (worker->too_many_variants()) return std::unexpected(too_many_variants());
    out.join(worker->collected());
  }
  out.finish(rows);
  return out;
}

}  // namespace weir::columnar

#include "columnar/funnel.h"

#include "columnar/funnel_worker.h"

#include <algorithm>

namespace weir::columnar {
namespace {

struct Pass {
  FunnelCounts counts;
  uint64_t rows = 0;
};

/// Last instant any event can matter.
TimeMs scan_end(const FunnelSpec& spec) {
  TimeMs last = spec.to - 1;
  if (!spec.bound_all) {
    if (spec.calendar_day) {
      const Calendar& calendar = *spec.calendar_day;
      last = calendar.day_start(calendar.day_number(last) + 1) - 1;
    } else {
      last += spec.window_ms;
    }
  }
  return std::min(last, spec.as_of);
}

Result<Pass> run_funnel_pass(const std::shared_ptr<const Snapshot>& snapshot,
                             const FunnelSpec& spec, const ScanBudget& budget,
                             std::span<Executor* const> helpers, const std::set<KeyTexts>* top) {
  SessionPass how = funnel_pass(spec);
  std::vector<std::unique_ptr<FunnelWorker>> workers;
  WEIR_TRY(uint64_t rows, run_pass(snapshot, how, budget, helpers, [&]() -> SessionSink& {
             return *workers.emplace_back(std::make_unique<FunnelWorker>(spec, top));
           }));
  Pass pass{FunnelCounts(spec), rows};
  for (const auto& worker : workers) {
    if (worker->too_many_variants()) return std::unexpected(too_many_variants());
    pass.counts.add(worker->counts());
  }
  if (pass.counts.by_key.size() > kKeysMax) {
    return fail(ErrorCode::ResourceExhausted,
                "the breakdown has more than " + std::to_string(kKeysMax) + " values", "breakdown");
  }
  return pass;
}

std::vector<FunnelResult::ByKey> ranked(const FunnelCounts& counts) {
  std::vector<FunnelResult::ByKey> out;
  for (const auto& [keys, c] : counts.by_key) out.push_back({keys, c});
  std::stable_sort(out.begin(), out.end(), [&](const auto& a, const auto& b) {
    if (is_other(a.keys) != is_other(b.keys)) return is_other(b.keys);
    return a.counts[0] != b.counts[0] ? a.counts[0] > b.counts[0] : a.keys < b.keys;
  });
  return out;
}

}  // namespace

SessionPass funnel_pass(const FunnelSpec& spec) {
  SessionPass pass;
  std::vector<const EventSelection*>& selections = pass.selections;
  for (const auto& step : spec.steps) selections.push_back(&step);
  for (const auto& exclusion : spec.exclusions) selections.push_back(&exclusion);
  if (spec.sessions) pass.rules = &*spec.sessions;
  pass.bounds = {spec.from, spec.to, spec.as_of, false};
  ScanSpec& out = pass.plain;
  out.event_masks = event_masks(selections);
  out.all_events = spec.rules.order == FunnelOrder::Strict;
  out.from = spec.from;
  out.to = scan_end(spec);
  out.groups = spec.groups;
  return pass;
}

Result<FunnelResult> run_funnel(const std::shared_ptr<const Snapshot>& snapshot,
                                const FunnelSpec& spec, const ScanBudget& budget,
                                std::span<Executor* const> helpers) {
  WEIR_TRY(Pass pass, run_funnel_pass(snapshot, spec, budget, helpers, nullptr));
  FunnelResult out;
  out.rows_scanned = pass.rows;
  std::vector<FunnelResult::ByKey> by_key = ranked(pass.counts);
  if (by_key.size() > kTopKeys) {
    std::set<KeyTexts> top;
    for (size_t i = 0; i < kTopKeys; ++i) top.insert(by_key[i].keys);
    WEIR_TRY(pass, run_funnel_pass(snapshot, spec, budget, helpers, &top));
    out.rows_scanned += pass.rows;
    by_key = ranked(pass.counts);
  }
  out.by_key = std::move(by_key);
  out.counts = std::move(pass.counts.counts);
  out.trend = std::move(pass.counts.trend);
  out.durations = std::move(pass.counts.durations);
  out.pair_durations = std::move(pass.counts.pair_durations);
  out.pending = pass.counts.pending;
  std::sort(out.durations.begin(), out.durations.end());
  for (auto& pair : out.pair_durations) std::sort(pair.begin(), pair.end());
  return out;
}

}  // namespace weir::columnar

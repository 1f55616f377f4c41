#include "adapters/embedded/behaviour/ask.h"
#include "adapters/embedded/behaviour/compile.h"
#include "columnar/quantiles.h"
#include "columnar/statistics.h"

#include <algorithm>
#include <array>
#include <numeric>

namespace weir::embedded {
namespace {

// FN13: lower edges of the histogram.
constexpr std::array<DurationMs, 15> kEdges = {
    0,          kMinuteMs,   5 * kMinuteMs, 15 * kMinuteMs, 30 * kMinuteMs,
    kHourMs,    3 * kHourMs, 6 * kHourMs,   12 * kHourMs,   kDayMs,
    2 * kDayMs, 3 * kDayMs,  7 * kDayMs,    14 * kDayMs,    30 * kDayMs};

double mean(const std::vector<int64_t>& values) {
  double sum = std::accumulate(values.begin(), values.end(), 0.0,
                               [](double s, int64_t v) { return s + static_cast<double>(v); });
  return sum / static_cast<double>(values.size());
}

std::vector<TimeToConvert::Bin> histogram(const std::vector<int64_t>& all, bool equal) {
  std::vector<DurationMs> edges(kEdges.begin(), kEdges.end());
  if (equal) {
    std::vector<double> lower = columnar::equal_bins({all.begin(), all.end()});
    edges.assign(lower.begin(), lower.end());
  }
  std::vector<TimeToConvert::Bin> out;
  for (size_t i = 0; i < edges.size(); ++i)
    out.push_back({edges[i], i + 1 < edges.size() ? edges[i + 1] : -1, 0});
  if (equal) out.back().to_ms = all.back();
  for (int64_t v : all) {
    auto it = std::upper_bound(edges.begin(), edges.end(), v);
    ++out[static_cast<size_t>(it - edges.begin()) - 1].count;
  }
  return out;
}

TimeToConvert time_to_convert(const columnar::FunnelResult& result, bool equal_bins) {
  const std::vector<int64_t>& all = result.durations;
  TimeToConvert out;
  out.count = all.size();
  out.avg_ms = mean(all);
  out.p50_ms = columnar::percentile(std::span<const int64_t>(all), 0.5);
  out.p90_ms = columnar::percentile(std::span<const int64_t>(all), 0.9);
  out.min_ms = all.front();
  out.max_ms = all.back();
  out.histogram = histogram(all, equal_bins);
  for (const auto& pair : result.pair_durations) {
    out.pairs.push_back({mean(pair), columnar::percentile(std::span<const int64_t>(pair), 0.5)});
  }
  return out;
}

}  // namespace

Result<FunnelAnswer> ask_funnel(const FunnelQuery& query, const Asking& asking) {
  WEIR_TRY(PeopleRequest request, people_request(query));
  WEIR_TRY(auto people, asking.people(request));
  WEIR_TRY(auto snapshot, asking.snapshot(query.common.as_of));
  WEIR_TRY(columnar::FunnelSpec spec, compile(query, asking.input(request, people)));
  WEIR_TRY(columnar::FunnelResult result,
           run_funnel(snapshot, spec, asking.budget(), asking.helpers));
  FunnelAnswer out;
  out.counts = std::move(result.counts);
  for (auto& by_key : result.by_key)
    out.breakdown.push_back({std::move(by_key.keys), std::move(by_key.counts)});
  for (size_t b = 0; spec.trend && b < spec.trend->size(); ++b) {
    out.trend.push_back({spec.trend->starts[b], std::move(result.trend[b])});
  }
  if (query.time_to_convert && !result.durations.empty())
    out.time_to_convert = time_to_convert(result, query.equal_bins);
  out.pending = result.pending;
  out.events_scanned = result.rows_scanned;
  return out;
}

Result<DrillAnswer> drill_funnel(const FunnelQuery& query, const DrillCell& cell,
                                 const Asking& asking) {
  WEIR_TRY(columnar::FunnelCell number, compile_cell(query, cell));
  WEIR_TRY(PeopleRequest request, people_request(query));
  WEIR_TRY(auto people, asking.people(request));
  WEIR_TRY(auto snapshot, asking.snapshot(query.common.as_of));
  WEIR_TRY(columnar::FunnelSpec spec, compile(query, asking.input(request, people)));
  WEIR_TRY(columnar::Collected found,
           collect_funnel(snapshot, std::move(spec), number, asking.budget(), asking.helpers));
  return drill_answer(found);
}

}  // namespace weir::embedded

#include "analytics/sampling.h"

#include <algorithm>
#include <cmath>

namespace weir::analytics {
namespace {

/// Distinct values do not grow with the people, so they are left as the sample has them.
bool grows_with_people(Measure::Kind kind) {
  return kind == Measure::Kind::Total || kind == Measure::Kind::Uniques ||
         kind == Measure::Kind::Sum || kind == Measure::Kind::Sessions ||
         kind == Measure::Kind::Wau || kind == Measure::Kind::Mau;
}

void scale(std::optional<double>& number, double share, bool whole) {
  if (number) number = whole ? std::round(*number / share) : *number / share;
}

void scale(std::vector<uint64_t>& counts, double share) {
  for (uint64_t& c : counts)
    c = static_cast<uint64_t>(std::llround(static_cast<double>(c) / share));
}

void scale(uint64_t& count, double share) {
  count = static_cast<uint64_t>(std::llround(static_cast<double>(count) / share));
}

}  // namespace

void scale(TrendsAnswer& answer, const TrendsQuery& query) {
  double share = query.common.sample;
  if (share >= 1.0) return;
  for (TrendsSeries& line : answer.series) {
    auto def = std::find_if(query.series.begin(), query.series.end(),
                            [&](const SeriesDef& s) { return s.name == line.name; });
    if (def == query.series.end() || !grows_with_people(def->measure.kind)) continue;
    bool whole = def->measure.kind != Measure::Kind::Sum;
    for (auto& value : line.values) scale(value, share, whole);
    scale(line.total, share, whole);
  }
}

void scale(FunnelAnswer& answer, const FunnelQuery& query) {
  double share = query.common.sample;
  if (share >= 1.0) return;
  scale(answer.counts, share);
  for (FunnelBreakdown& line : answer.breakdown) scale(line.counts, share);
  for (FunnelTrendPoint& point : answer.trend) scale(point.counts, share);
  scale(answer.pending, share);
  if (!answer.time_to_convert) return;
  scale(answer.time_to_convert->count, share);
  for (auto& bin : answer.time_to_convert->histogram) scale(bin.count, share);
}

}  // namespace weir::analytics

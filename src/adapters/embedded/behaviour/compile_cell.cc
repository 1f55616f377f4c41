#include "adapters/embedded/behaviour/compile_parts.h"

#include <algorithm>

namespace weir::embedded {
std::unexpected<Error> bad_cell(std::string_view part, std::string what) {
  return fail(ErrorCode::InvalidArgument, std::move(what), "of." + std::string(part));
}

Result<columnar::TrendsCell> compile_cell(const TrendsQuery& query, const DrillCell& cell) {
  columnar::TrendsCell out;
  auto it = std::find_if(query.series.begin(), query.series.end(),
                         [&](const SeriesDef& s) { return s.name == cell.series; });
  if (it == query.series.end() && !cell.series.empty()) {
    return bad_cell("series", "\"" + cell.series +
                                  "\" is not a series of the question; of a formula, list the "
                                  "people of the series it is made of");
  }
  if (it != query.series.end()) out.series = static_cast<size_t>(it - query.series.begin());
  if (cell.step != 0) return bad_cell("step", "a trend has no steps; leave \"step\" out");
  WEIR_TRY(out.bucket, bucket_of_cell(cell, query.common));
  if (!out.bucket && is_rolling(query.series[out.series].measure))
    return bad_cell("bucket", "is missing: a rolling number belongs to a day and has no total");
  WEIR_CHECK_OK(check_cell_keys(cell, query.common));
  out.keys = cell.breakdown;
  return out;
}

Result<columnar::FunnelCell> compile_cell(const FunnelQuery& query, const DrillCell& cell) {
  columnar::FunnelCell out;
  out.side = static_cast<columnar::FunnelCell::Side>(cell.side);
  bool pending = cell.side == DrillCell::Side::Pending;
  auto steps = static_cast<int>(query.steps.size());
  if (pending && (cell.step != 0 || cell.bucket || !cell.breakdown.empty())) {
    return bad_cell("side",
                    "\"pending\" is one number of the whole funnel: leave out step, bucket "
                    "and breakdown");
  }
  if (!pending && (cell.step < 1 || cell.step > steps)) {
    return bad_cell("step", "must be 1 to " + std::to_string(steps));
  }
  if (!pending) out.step = static_cast<size_t>(cell.step) - 1;
  if (cell.bucket && !query.trend) {
    return bad_cell("bucket", "the question did not ask for \"trend\" in its output");
  }
  if (cell.bucket && !cell.breakdown.empty()) {
    return bad_cell("bucket", "a funnel's trend is not broken down: bucket or breakdown, not both");
  }
  WEIR_TRY(out.bucket, bucket_of_cell(cell, query.common));
  WEIR_CHECK_OK(check_cell_keys(cell, query.common));
  out.keys = cell.breakdown;
  return out;
}

}  // namespace weir::embedded

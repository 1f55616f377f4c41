#include "adapters/embedded/behaviour/ask.h"
#include "adapters/embedded/behaviour/compile.h"

namespace weir::embedded {

Result<TrendsAnswer> ask_trends(const TrendsQuery& query, const Asking& asking) {
  WEIR_TRY(PeopleRequest request, people_request(query));
  WEIR_TRY(auto people, asking.people(request));
  WEIR_TRY(auto snapshot, asking.snapshot(query.common.as_of));
  WEIR_TRY(columnar::TrendsSpec spec, compile(query, asking.input(request, people)));
  WEIR_TRY(columnar::TrendsResult result,
           run_trends(snapshot, spec, asking.budget(), asking.helpers));
  TrendsAnswer out;
  out.events_scanned = result.rows_scanned;
  out.buckets = spec.buckets.starts;
  for (size_t b = 0; b < spec.buckets.size(); ++b) {
    out.final_flags.push_back(query.common.as_of >= spec.buckets.bucket_end(b) + kFinalAfterMs);
  }
  for (auto& line : result.lines) {
    out.series.push_back(
        {query.series[line.series].name, std::move(line.keys), std::move(line.values), line.total});
  }
  return out;
}

Result<DrillAnswer> drill_trends(const TrendsQuery& query, const DrillCell& cell,
                                 const Asking& asking) {
  WEIR_TRY(columnar::TrendsCell number, compile_cell(query, cell));
  WEIR_TRY(PeopleRequest request, people_request(query));
  WEIR_TRY(auto people, asking.people(request));
  WEIR_TRY(auto snapshot, asking.snapshot(query.common.as_of));
  WEIR_TRY(columnar::TrendsSpec spec, compile(query, asking.input(request, people)));
  WEIR_TRY(columnar::Collected found,
           collect_trends(snapshot, spec, number, asking.budget(), asking.helpers));
  return drill_answer(found);
}

}  // namespace weir::embedded

#include "adapters/embedded/behaviour/ask.h"
#include "adapters/embedded/behaviour/compile_sessions.h"
#include "columnar/paths.h"
#include "model/filter_regex.h"

namespace weir::embedded {
namespace {

struct Compiled {
  columnar::PathsSpec spec;
  std::shared_ptr<const columnar::Snapshot> snapshot;
};

Status check(const PathsQuery& query) {
  if (query.max_steps < 1 || query.max_steps > kPathStepsMax)
    return fail(ErrorCode::InvalidArgument, "a path has 1 to 20 steps", "max_steps");
  if (query.window_ms > 0 &&
      (!query.anchor_event || query.last_occurrence || query.anchor == PathsQuery::Anchor::Each)) {
    return fail(ErrorCode::InvalidArgument,
                "a window needs an anchor of type start or end with an event", "anchor");
  }
  return {};
}

std::function<std::string(std::string)> rewriter(const PathsQuery& query) {
  if (query.rewrite.empty()) return {};
  return [rules = query.rewrite](std::string text) {
    for (const auto& [pattern, with] : rules) text = regex_replaced(pattern, text, with);
    return text;
  };
}

Result<Compiled> prepare(const PathsQuery& query, const Asking& asking) {
  WEIR_CHECK_OK(check(query));
  const QueryCommon& common = query.common;
  PeopleRequest request;
  WEIR_CHECK_OK(collect_common(common, request));
  if (query.anchor_event)
    WEIR_CHECK_OK(collect_traits(query.anchor_event->filter, "anchor.filter", request));
  WEIR_TRY(auto people, asking.people(request));
  Compiled out;
  WEIR_TRY(out.snapshot, asking.snapshot(common.as_of));
  CompileInput in = asking.input(request, people);
  WEIR_TRY(Calendar calendar, Calendar::open(common.tz));
  columnar::PathsSpec& spec = out.spec;
  WEIR_TRY(spec.rules, compile_sessions(query.session, common, in, calendar));
  spec.bounds = session_bounds(common, query.bound_all);
  spec.window_ms = query.window_ms;
  spec.filter = compile_filter(common.filter, in.dictionary, in.request, in.people);
  spec.excluded = select(query.exclude, {}, in).events;
  spec.by_event = query.by_event;
  spec.by_property = !query.prop.empty();
  if (spec.by_property)
    spec.property = property_code(std::string_view(query.prop).substr(kEventPrefix.size()), in);
  spec.rewrite = rewriter(query);
  spec.collapse = query.collapse;
  spec.align = static_cast<columnar::PathsSpec::Align>(query.anchor);
  if (query.anchor_event) spec.anchor = select(*query.anchor_event, in);
  spec.last_anchor = query.last_occurrence;
  spec.max_steps = query.max_steps;
  spec.top_nodes = query.top_nodes;
  spec.top_paths = query.top_paths;
  spec.count_groups = query.count_persons;
  spec.groups = group_filter(common, in);
  return out;
}

}  // namespace

Result<PathsAnswer> ask_paths(const PathsQuery& query, const Asking& asking) {
  WEIR_TRY(Compiled compiled, prepare(query, asking));
  WEIR_TRY(columnar::PathsResult result,
           run_paths(compiled.snapshot, compiled.spec, asking.budget(), asking.helpers));
  PathsAnswer out;
  for (auto& n : result.nodes)
    out.nodes.push_back({n.step + 1, std::move(n.name), n.count, n.starts, n.exits, n.truncated});
  for (auto& e : result.edges)
    out.links.push_back({e.step + 1, std::move(e.source), std::move(e.target), e.count});
  for (auto& p : result.paths) out.paths.push_back({std::move(p.nodes), p.truncated, p.count});
  out.units = result.units;
  out.persons = result.groups;
  out.skipped = result.skipped;
  out.events_scanned = result.rows_scanned;
  return out;
}

Result<DrillAnswer> drill_paths(const PathsQuery& query, const DrillCell& cell,
                                const Asking& asking) {
  if (cell.bucket) return bad_cell("bucket", "does not belong to paths");
  bool whole = cell.step == 0;
  if (cell.breakdown.empty() || (!whole && cell.breakdown.size() > 2)) {
    return bad_cell("breakdown",
                    "must be a node, or a node and the next, with a step; or a whole path without");
  }
  if (static_cast<size_t>(std::max(cell.step, 0)) > query.max_steps)
    return bad_cell("step", "must be 1 to " + std::to_string(query.max_steps));
  bool truncated = cell.series == "truncated";
  if (!cell.series.empty() && !(whole && truncated))
    return bad_cell("series", "may only be \"truncated\", with a whole path");
  WEIR_TRY(Compiled compiled, prepare(query, asking));
  columnar::PathsSpec::Collect number;
  if (whole) {
    number.path = cell.breakdown;
    number.truncated = truncated;
  } else {
    number.step = static_cast<size_t>(cell.step) - 1;
    number.node = cell.breakdown[0];
    if (cell.breakdown.size() == 2) number.target = cell.breakdown[1];
  }
  compiled.spec.collect = std::move(number);
  WEIR_TRY(columnar::PathsResult result,
           run_paths(compiled.snapshot, compiled.spec, asking.budget(), asking.helpers));
  DrillAnswer out = drill_answer(result.collected, result.rows_scanned);
  out.rows = result.collected_rows;
  return out;
}

}  // namespace weir::embedded

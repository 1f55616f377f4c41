#include "analytics/drill.h"
#include "analytics/parse_fields.h"
#include "analytics/render_fields.h"
#include "analytics/sessions.h"
#include "model/filter_regex.h"

#include <fmt/format.h>

namespace weir::analytics {
namespace {

Status parse_unit(const json::object& query, PathsQuery& out) {
  WEIR_CHECK_OK(parse_session(query, out.session));
  WEIR_TRY(size_t unit, read_choice(query, "unit", "", {"session", "window"}, 0));
  const json::value* window = json::find(query, "window");
  if (unit == 0)
    return absent(window) ? Status() : bad_field("window", "needs \"unit\":\"window\"");
  if (absent(window)) return bad_field("window", "is missing: unit window needs a length");
  WEIR_TRY(out.window_ms, parse_length(*window, "window"));
  return {};
}

Status parse_rewrite(const json::object& node, PathsQuery& out) {
  const json::value* v = json::find(node, "rewrite");
  if (absent(v)) return {};
  if (out.prop.empty()) return bad_field("node.rewrite", "needs \"prop\"");
  if (!v->is_array() || v->get_array().size() > kRewritesMax)
    return bad_field("node.rewrite", "must be a list of at most 20 rules");
  for (size_t i = 0; i < v->get_array().size(); ++i) {
    std::string where = fmt::format("node.rewrite[{}]", i);
    WEIR_TRY(const json::object* o, json::as_object(v->get_array()[i], where));
    WEIR_CHECK_OK(check_fields(*o, where, {"match", "replace"}));
    WEIR_TRY(std::string pattern, json::required_string(*o, "match", where));
    if (Status s = check_regex(pattern); !s) return bad_field(where + ".match", s.error().message);
    out.rewrite.emplace_back(std::move(pattern), json::optional_string(*o, "replace"));
  }
  return {};
}

Status parse_node(const json::object& query, PathsQuery& out) {
  const json::value* v = json::find(query, "node");
  if (absent(v)) return {};
  WEIR_TRY(const json::object* o, json::as_object(*v, "node"));
  WEIR_CHECK_OK(check_fields(*o, "node", {"by", "prop", "rewrite"}));
  WEIR_TRY(size_t by, read_choice(*o, "by", "node", {"event", "property"}, 0));
  out.by_event = by == 0;
  WEIR_CHECK_OK(read_string(*o, "prop", out.prop));
  if (out.prop.empty() && by == 1) return bad_field("node.prop", "is missing");
  if (!out.prop.empty() && (!out.prop.starts_with("event.") || out.prop == "event."))
    return bad_field("node.prop", "must be a property like \"event.path\"");
  return parse_rewrite(*o, out);
}

Status parse_anchor(const json::object& query, PathsQuery& out) {
  const json::value* v = json::find(query, "anchor");
  if (!absent(v)) {
    WEIR_TRY(const json::object* o, json::as_object(*v, "anchor"));
    WEIR_CHECK_OK(check_fields(*o, "anchor", {"type", "event", "events", "filter", "occurrence"}));
    WEIR_TRY(size_t type, read_choice(*o, "type", "anchor", {"start", "end", "each"}, 0));
    out.anchor = static_cast<PathsQuery::Anchor>(type);
    WEIR_TRY(size_t occurrence, read_choice(*o, "occurrence", "anchor", {"first", "last"}, 0));
    out.last_occurrence = occurrence == 1;
    if (o->contains("event") || o->contains("events")) {
      EventSet& event = out.anchor_event.emplace();
      WEIR_TRY(event.events, parse_events(*o, "anchor"));
      WEIR_TRY(event.filter, parse_filter(json::find(*o, "filter"), "anchor.filter"));
    }
    if (out.anchor == PathsQuery::Anchor::Each && (out.anchor_event || out.last_occurrence))
      return bad_field("anchor.event", "does not belong to type each: every node begins a path");
  }
  if (out.window_ms == 0) return {};
  if (!out.anchor_event) return bad_field("anchor.event", "is missing: unit window needs one");
  if (out.last_occurrence) return bad_field("anchor.occurrence", "must be first with unit window");
  return {};
}

Status parse_sizes(const json::object& query, PathsQuery& out) {
  auto size = [&](const char* key, size_t least, size_t most, size_t& to) -> Status {
    int64_t value = json::optional_int(query, key, static_cast<int64_t>(to));
    if (value < static_cast<int64_t>(least) || value > static_cast<int64_t>(most))
      return bad_field(key, fmt::format("must be {} to {}", least, most));
    to = static_cast<size_t>(value);
    return {};
  };
  WEIR_CHECK_OK(size("max_steps", 1, kPathStepsMax, out.max_steps));
  WEIR_CHECK_OK(size("top_nodes", 1, kTopNodesMax, out.top_nodes));
  WEIR_CHECK_OK(size("top_paths", 0, kTopPathsMax, out.top_paths));
  int64_t least = json::optional_int(query, "min_count", 0);
  if (least < 0) return bad_field("min_count", "must not be negative");
  out.min_count = static_cast<uint64_t>(least);
  return {};
}

json::array render_links(const PathsQuery& query, const PathsAnswer& answer) {
  json::array out;
  auto add = [&](size_t step, const std::string& source, std::string_view target, uint64_t count) {
    if (count == 0 || count < query.min_count) return;
    out.push_back(
        json::object{{"step", step}, {"source", source}, {"target", target}, {"count", count}});
  };
  for (const PathLink& link : answer.links) add(link.step, link.source, link.target, link.count);
  if (query.anchor != PathsQuery::Anchor::Start) return out;
  for (const PathNode& node : answer.nodes) add(node.step, node.name, "$exit", node.exits);
  return out;
}

}  // namespace

Result<PathsQuery> parse_paths(const json::object& query, const ParseInput& input) {
  WEIR_CHECK_OK(check_fields(
      query, "", {"kind",      "range",     "week_start", "filter",   "segment",   "as_of",
                  "tz",        "exact",     "sample",     "session",  "unit",      "window",
                  "node",      "exclude",   "collapse",   "anchor",   "max_steps", "top_nodes",
                  "top_paths", "min_count", "count",      "bound_all"}));
  PathsQuery out;
  WEIR_CHECK_OK(parse_common(query, input, out.common));
  WEIR_CHECK_OK(parse_unit(query, out));
  WEIR_CHECK_OK(parse_node(query, out));
  WEIR_CHECK_OK(parse_anchor(query, out));
  WEIR_CHECK_OK(parse_sizes(query, out));
  WEIR_CHECK_OK(read_names(query, "exclude", "", out.exclude));
  WEIR_CHECK_OK(read_bool(query, "collapse", out.collapse));
  WEIR_CHECK_OK(read_bool(query, "bound_all", out.bound_all));
  WEIR_TRY(size_t count, read_choice(query, "count", "", {"units", "persons"}, 0));
  out.count_persons = count == 1;
  return out;
}

json::object render_paths(const PathsQuery& query, const PathsAnswer& answer) {
  json::array nodes, paths;
  for (const PathNode& n : answer.nodes) {
    nodes.push_back(json::object{{"step", n.step},
                                 {"node", n.name},
                                 {"count", n.count},
                                 {"starts", n.starts},
                                 {"exits", n.exits},
                                 {"truncated", n.truncated}});
  }
  for (const TopPath& p : answer.paths) {
    paths.push_back(
        json::object{{"nodes", texts(p.nodes)}, {"truncated", p.truncated}, {"count", p.count}});
  }
  return {{"kind", "paths"},           {"units", answer.units},
          {"persons", answer.persons}, {"skipped", answer.skipped},
          {"nodes", std::move(nodes)}, {"links", render_links(query, answer)},
          {"paths", std::move(paths)}};
}

Result<Asked> ask_paths(const json::object& object, const Ask& ask) {
  WEIR_TRY(PathsQuery query, parse_paths(object, {ask.now, ask.calendar}));
  WEIR_TRY(PathsAnswer answer, ask.port.paths(query, ask.control));
  return Asked{render_paths(query, answer), query.common.as_of, answer.events_scanned};
}

Result<Drilled> drill_paths(const json::object& object, const json::object& of, const Ask& ask) {
  WEIR_TRY(PathsQuery query, parse_paths(object, {ask.now, ask.calendar}));
  WEIR_TRY(DrillCell cell, parse_cell(of, query.common));
  WEIR_TRY(DrillAnswer answer, ask.port.drill(query, cell, ask.control));
  return Drilled{std::move(answer), query.common.as_of};
}

}  // namespace weir::analytics

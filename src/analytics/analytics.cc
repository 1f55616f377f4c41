#include "analytics/analytics.h"

#include "analytics/ask.h"
#include "analytics/definition.h"
#include "analytics/drill.h"
#include "analytics/parse_fields.h"
#include "analytics/render.h"
#include "ports/answers_segment_changes.h"

#include <fmt/format.h>

namespace weir::analytics {
namespace {

constexpr int64_t kPartialAfterMax = 10 * kMinuteMs;

Result<const Kind*> kind_of(const json::object& query) {
  WEIR_TRY(std::string kind, json::required_string(query, "kind"));
  const Kind* found = find_kind(kind);
  if (found == nullptr) {
    return fail(ErrorCode::InvalidArgument,
                fmt::format("unknown kind \"{}\"; known are {}", kind, kind_names()), "kind");
  }
  const json::value* sample = json::find(query, "sample");
  if (!found->samples && !absent(sample) && *sample != json::value(1.0) &&
      *sample != json::value(1)) {
    return bad_field("sample", fmt::format("must be 1: \"{}\" is only answered exactly", kind));
  }
  return found;
}

Status read_partial(const json::object& query, QueryControl& control) {
  const json::value* v = json::find(query, "partial_after_ms");
  if (absent(v)) return {};
  if (!v->is_int64() || v->get_int64() < 1 || v->get_int64() > kPartialAfterMax) {
    return bad_field("partial_after_ms", "must be 1 to 600000");
  }
  control.partial_after_ms = v->get_int64();
  return {};
}

double elapsed_ms(Env& env, const QueryControl& control) {
  return static_cast<double>(env.clock().monotonic_us() - control.started_us) / 1000.0;
}

/// The zone in which a question's relative dates move.
Calendar calendar_of(const json::object& definition, const Calendar& project) {
  auto calendar = Calendar::open(json::optional_string(definition, "tz", project.name()));
  return calendar ? *std::move(calendar) : project;
}

}  // namespace

Result<json::value> Analyst::answer(const json::value& query, const QueryControl& control) {
  WEIR_TRY(const json::object* object, json::as_object(query, "query"));
  WorkProgress progress;
  QueryControl own = control;
  if (own.progress == nullptr) own.progress = &progress;
  if (own.started_us == 0) own.started_us = env_.clock().monotonic_us();
  if (json::optional_string(*object, "kind") == kDrillKind) return drill_page(*object, own);
  return ask(*object, own);
}

std::optional<json::object> Analyst::kept_answer(const json::object& definition,
                                                 const std::string& canonical,
                                                 uint64_t data_version) {
  if (!options_.keep_answers) return std::nullopt;
  if (!absent(json::find(definition, "as_of"))) return answers_.find(canonical, data_version, {});
  Calendar calendar = calendar_of(definition, calendar_);
  return answers_.find(canonical, data_version, AnswerCache::Now{env_.clock().now(), calendar});
}

Result<json::value> Analyst::ask(const json::object& query, QueryControl control) {
  WEIR_TRY(const Kind* kind, kind_of(query));
  WEIR_CHECK_OK(read_partial(query, control));
  json::object definition = definition_of(query);
  std::string canonical = canonical_text(definition);
  uint64_t version = port_.data_version();
  if (auto kept = kept_answer(definition, canonical, version)) {
    (*kept)["elapsed_ms"] = elapsed_ms(env_, control);
    (*kept)["cached"] = true;
    return json::value(*std::move(kept));
  }
  WEIR_TRY(Asked asked, kind->ask(definition, {port_, calendar_, env_.clock().now(), control}));
  json::object out = std::move(asked.out);
  out["as_of"] = asked.as_of;
  if (kind->drill != nullptr) {
    out["query_hash"] =
        recent_.remember(pinned(std::move(definition), asked.as_of, asked.known_at));
  }
  if (!asked.events_scanned) return json::value(std::move(out));
  double share = control.progress->share();
  out["events_scanned"] = *asked.events_scanned;
  out["elapsed_ms"] = elapsed_ms(env_, control);
  out["approx"] = asked.approx;
  out["cached"] = false;
  out["cut_short"] = share < 1.0;
  if (share < 1.0) {
    out["people_share"] = share;
  } else if (options_.keep_answers) {
    answers_.put(std::move(canonical), version, asked.as_of, out);
  }
  return json::value(std::move(out));
}

Result<Analyst::Found> Analyst::find_people(const DrillRequest& request,
                                            const QueryControl& control) {
  std::string of = canonical_text(request.of);
  uint64_t version = port_.data_version();
  if (options_.keep_answers && !absent(json::find(request.question, "as_of"))) {
    std::string question = canonical_text(request.question);
    auto kept = people_.find(question + of);
    if (kept != nullptr && kept->data_version == version)
      return Found{kept, recent_.remember(request.question), true};
  }
  WEIR_TRY(Drilled drilled, drill(request, {port_, calendar_, env_.clock().now(), control}));
  json::object question = pinned(request.question, drilled.as_of, drilled.known_at);
  size_t bytes = drilled.answer.people.size() * sizeof(ProfileOrdinal);
  auto kept = std::make_shared<KeptPeople>(
      KeptPeople{std::move(drilled.answer), drilled.as_of, drilled.known_at, version});
  people_.put(canonical_text(question) + of, kept, bytes);
  return Found{std::move(kept), recent_.remember(question), false};
}

Result<json::value> Analyst::drill_page(const json::object& query, QueryControl control) {
  WEIR_TRY(DrillRequest request, parse_drill(definition_of(query), recent_));
  WEIR_TRY(Found found, find_people(request, control));
  json::object out = render_drill(request, found.people->answer, found.query_hash);
  out["as_of"] = found.people->as_of;
  out["events_scanned"] = found.people->answer.events_scanned;
  out["elapsed_ms"] = elapsed_ms(env_, control);
  out["cached"] = found.cached;
  return json::value(std::move(out));
}

Result<DrillPeople> Analyst::drill_people(const json::object& query, const QueryControl& control) {
  WEIR_TRY(DrillRequest request, parse_drill(definition_of(query), recent_));
  QueryControl own = control;
  if (own.started_us == 0) own.started_us = env_.clock().monotonic_us();
  WEIR_TRY(Found found, find_people(request, own));
  return DrillPeople{
      found.people->answer.people, found.people->as_of, std::move(found.query_hash),
      pinned(std::move(request.question), found.people->as_of, found.people->known_at),
      std::move(request.of)};
}

Result<SegmentChangesAnswer> Analyst::segment_changes(const SegmentChangesQuery& query,
                                                      const QueryControl& control) {
  return port_.segment_changes(query, control);
}

Result<json::value> Analyst::schema() {
  WEIR_TRY(std::vector<EventSchema> events, port_.schema());
  return json::value(render_schema(events));
}

}  // namespace weir::analytics

#include "analytics/segment_count.h"

#include "analytics/parse.h"
#include "analytics/parse_fields.h"

#include <algorithm>

namespace weir::analytics {
namespace {

constexpr int64_t kShownMax = 1000;

}  // namespace

Result<Asked> ask_segment(const json::object& object, const Ask& ask) {
  WEIR_CHECK_OK(check_fields(object, "", {"kind", "def", "as_of", "tz", "limit"}));
  QueryCommon common;
  PeopleQuery query;
  query.as_of = json::optional_int(object, "as_of", ask.now);
  query.tz = ask.calendar.name();
  WEIR_CHECK_OK(read_string(object, "tz", query.tz));
  WEIR_TRY(Calendar calendar, Calendar::open(query.tz));
  const json::value* def = json::find(object, "def");
  if (def == nullptr) return bad_field("def", "is missing: the condition, as in a segment");
  WEIR_TRY(query.condition, parse_condition(*def, "def", calendar));
  int64_t limit = json::optional_int(object, "limit", 50);
  if (limit < 0 || limit > kShownMax) return bad_field("limit", "must be 0 to 1000");
  WEIR_TRY(PeopleAnswer answer, ask.port.people(query, ask.control));
  json::array people;
  for (size_t i = 0; i < std::min<size_t>(answer.people.size(), static_cast<size_t>(limit)); ++i)
    people.push_back(json::value(profile_id_text(answer.people[i])));
  json::object out{{"kind", "segment"}};
  out["count"] = answer.people.size();
  out["universe"] = answer.universe;
  out["profiles"] = std::move(people);
  return Asked{std::move(out), query.as_of, answer.events_scanned};
}

}  // namespace weir::analytics

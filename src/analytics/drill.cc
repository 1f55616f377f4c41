#include "analytics/drill.h"

#include "analytics/definition.h"
#include "analytics/parse_fields.h"

#include <fmt/format.h>

#include <algorithm>

namespace weir::analytics {
namespace {

constexpr int64_t kPageMax = 1000;

Result<TimeMs> bucket_start(const json::value& v, const Calendar& calendar) {
  if (v.is_int64()) return v.get_int64();
  if (v.is_string()) {
    std::string_view text = json::view(v.get_string());
    if (text.size() <= 10) {
      if (auto date = calendar.parse_date(text)) return *date;
    } else if (auto time = parse_time(std::string(text) + ":00", calendar.name())) {
      return *time;  // hours are shown to the minute
    }
  }
  return bad_field("of.bucket", "must be a bucket as the answer shows it, like \"2026-03-02\"");
}

Result<json::object> inner_question(const json::object& of, RecentQuestions& recent) {
  const json::value* question = json::find(of, "query");
  if (absent(question)) {
    if (absent(json::find(of, "query_hash"))) {
      return bad_field("of", "must have the question as \"query\", or its \"query_hash\"");
    }
    WEIR_TRY(std::string hash, json::required_string(of, "query_hash", "of"));
    return recent.find(hash);
  }
  WEIR_TRY(const json::object* object, json::as_object(*question, "of.query"));
  return definition_of(*object);
}

}  // namespace

Result<DrillRequest> parse_drill(const json::object& query, RecentQuestions& recent) {
  WEIR_CHECK_OK(
      check_fields(query, "", {"kind", "of", "as_of", "limit", "cursor", "save_as_segment"}));
  WEIR_TRY(const json::object* of, json::required_object(query, "of"));
  WEIR_CHECK_OK(check_fields(
      *of, "of",
      {"query", "query_hash", "series", "bucket", "breakdown", "step", "side", kCompareField}));
  DrillRequest out;
  WEIR_TRY(out.question, inner_question(*of, recent));
  if (const json::value* as_of = json::find(query, "as_of"); !absent(as_of)) {
    out.question["as_of"] = *as_of;
  }
  out.of = *of;
  out.of.erase("query");
  out.of.erase("query_hash");
  int64_t limit = json::optional_int(query, "limit", 100);
  if (limit < 1 || limit > kPageMax) return bad_field("limit", "must be 1 to 1000");
  out.limit = static_cast<size_t>(limit);
  std::string cursor;
  WEIR_CHECK_OK(read_string(query, "cursor", cursor));
  if (cursor.empty()) return out;
  auto after = parse_profile_id(cursor);
  if (!after) return bad_field("cursor", "is not a cursor that a drill returned as \"next\"");
  out.after = *after;
  return out;
}

Result<DrillCell> parse_cell(const json::object& of, const QueryCommon& common) {
  DrillCell out;
  WEIR_TRY(Calendar calendar, Calendar::open(common.tz));
  const json::value* series = json::find(of, "series");
  if (!absent(series)) {
    if (!series->is_string()) return bad_field("of.series", "must be the name of a series");
    out.series = json::view(series->get_string());
  }
  const json::value* bucket = json::find(of, "bucket");
  if (!absent(bucket)) {
    WEIR_TRY(out.bucket, bucket_start(*bucket, calendar));
  }
  const json::value* breakdown = json::find(of, "breakdown");
  if (!absent(breakdown)) {
    if (!breakdown->is_array()) return bad_field("of.breakdown", "must be a list of values");
    for (const json::value& v : breakdown->get_array()) {
      if (!v.is_string()) return bad_field("of.breakdown", "must be a list of texts");
      out.breakdown.emplace_back(json::view(v.get_string()));
    }
  }
  int64_t step = json::optional_int(of, "step", 0);
  if (step < 0 || step > 10000) return bad_field("of.step", "must be 1 to 10000");
  out.step = static_cast<int>(step);
  WEIR_TRY(size_t side, read_choice(of, "side", "of", {"converted", "dropped", "pending"}, 0));
  out.side = static_cast<DrillCell::Side>(side);
  return out;
}

Result<Drilled> drill(const DrillRequest& request, const Ask& ask) {
  WEIR_TRY(std::string kind, json::required_string(request.question, "kind", "of.query"));
  const Kind* found = find_kind(kind);
  if (found == nullptr || found->drill == nullptr) {
    return bad_field("of.query.kind",
                     fmt::format("is \"{}\", which has no numbers of people", kind));
  }
  const json::value* sample = json::find(request.question, "sample");
  if (!absent(sample) && *sample != json::value(1.0) && *sample != json::value(1)) {
    return bad_field("of.query.sample",
                     "must be 1: the people of a sample are not the people of the number");
  }
  // The people of a number are all of them, however long it takes.
  QueryControl whole = ask.control;
  whole.partial_after_ms.reset();
  return found->drill(request.question, request.of, {ask.port, ask.calendar, ask.now, whole});
}

json::object render_drill(const DrillRequest& request, const DrillAnswer& answer,
                          const std::string& hash) {
  const std::vector<ProfileOrdinal>& people = answer.people;
  auto first = request.after ? std::upper_bound(people.begin(), people.end(), *request.after)
                             : people.begin();
  auto last =
      first + std::min<ptrdiff_t>(static_cast<ptrdiff_t>(request.limit), people.end() - first);
  json::array persons;
  for (auto it = first; it != last; ++it) {
    persons.push_back(json::object{{"profile_id", profile_id_text(*it)}});
  }
  json::object of = request.of;
  of["query_hash"] = hash;
  return {{"kind", "drill"},
          {"of", std::move(of)},
          {"total", people.size()},
          {"rows", answer.rows},
          {"persons", std::move(persons)},
          {"next", last == people.end() ? json::value(nullptr)
                                        : json::value(profile_id_text(*(last - 1)))}};
}

}  // namespace weir::analytics

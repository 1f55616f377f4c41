#include "bench/engine/questions.h"

#include <fmt/format.h>

#include <cmath>

namespace weir::bench {
namespace {

using Rows = std::vector<std::string>;

std::string text(const json::value& v) {
  return std::string(json::view(v.as_string()));
}

int64_t whole(const json::value& v) {
  return std::llround(v.to_number<double>());
}

/// date,channel,events,people
Rows trend_rows(const json::object& answer) {
  const json::array& buckets = answer.at("buckets").as_array();
  Rows out;
  for (const json::value& line : answer.at("series").as_array()) {
    if (text(line.at("name")) != "A") continue;
    const json::array& counts = line.at("values").as_array();
    for (const json::value& other : answer.at("series").as_array()) {
      if (text(other.at("name")) != "B" || other.at("breakdown") != line.at("breakdown")) continue;
      const json::array& people = other.at("values").as_array();
      for (size_t b = 0; b < counts.size(); ++b) {
        if (whole(counts[b]) == 0) continue;
        out.push_back(fmt::format("{},{},{},{}", text(buckets[b]), text(line.at("breakdown").at(0)),
                                  whole(counts[b]), whole(people[b])));
      }
    }
  }
  return out;
}

void level_rows(const json::array& counts, const std::string& prefix, Rows& out) {
  for (size_t k = 0; k < counts.size(); ++k) {
    int64_t exactly = whole(counts[k]) - (k + 1 < counts.size() ? whole(counts[k + 1]) : 0);
    if (exactly > 0) out.push_back(fmt::format("{}{},{}", prefix, k + 1, exactly));
  }
}

json::array step_counts(const json::value& steps) {
  json::array out;
  for (const json::value& step : steps.as_array()) out.push_back(step.at("count"));
  return out;
}

/// level,people: whose longest chain has exactly this many steps
Rows funnel_rows(const json::object& answer) {
  Rows out;
  level_rows(step_counts(answer.at("steps")), "", out);
  return out;
}

/// channel,level,people
Rows funnel_by_channel_rows(const json::object& answer) {
  Rows out;
  for (const json::value& line : answer.at("breakdown").as_array())
    level_rows(step_counts(line.at("steps")), text(line.at("values").at(0)) + ",", out);
  return out;
}

/// date,days later,people
Rows retention_rows(const json::object& answer) {
  Rows out;
  for (const json::value& cohort : answer.at("cohorts").as_array()) {
    std::string date = text(cohort.at("bucket"));
    if (whole(cohort.at("n0_return")) > 0)
      out.push_back(fmt::format("{},0,{}", date, whole(cohort.at("n0_return"))));
    const json::array& cells = cohort.at("cells").as_array();
    for (size_t n = 1; n < cells.size(); ++n) {
      int64_t count = whole(cells[n].at("count"));
      if (count > 0) out.push_back(fmt::format("{},{},{}", date, n, count));
    }
  }
  return out;
}

/// people
Rows segment_rows(const json::object& answer) {
  return {fmt::format("{}", whole(answer.at("count")))};
}

#define WEIR_JUNE R"("range":{"from":"2026-05-10","to":"2026-06-08"})"
#define WEIR_FUNNEL(steps, more)   \
  R"({"kind":"funnel",)" WEIR_JUNE \
  R"(,"bound_all":true,"window":{"value":7,"unit":"day"},"steps":[)" steps "]" more "}"
#define WEIR_FIVE                                                           \
  R"({"event":"mp_launch"},{"event":"view_item"},{"event":"add_to_cart"},)" \
  R"({"event":"submit_order"},{"event":"pay_order"})"

}  // namespace

const std::vector<Question>& questions() {
  static const std::vector<Question> kQuestions = {
      {"Q1",
       R"({"kind":"trends",)" WEIR_JUNE R"(,"interval":"day","breakdown":[{"prop":"event.channel"}],
         "series":[{"name":"A","event":"view_item","measure":"total"},
                   {"name":"B","event":"view_item","measure":"uniques"}]})",
       trend_rows},
      {"Q2", WEIR_FUNNEL(R"({"event":"ad_click"},{"event":"view_item"},{"event":"pay_order"})", ""),
       funnel_rows},
      {"Q2five", WEIR_FUNNEL(WEIR_FIVE, ""), funnel_rows},
      {"Q2b",
       WEIR_FUNNEL(WEIR_FIVE, R"(,"breakdown":[{"prop":"event.channel","attribution":"entry"}])"),
       funnel_by_channel_rows},
      {"Q3",
       R"({"kind":"retention","range":{"from":"2026-05-01","to":"2026-05-30"},"unit":"day",
         "periods":30,"cohort":"first_time","start":{"event":"follow_oa"},
         "return":{"event":"app_launch"}})",
       retention_rows},
      {"Q4",
       R"({"kind":"segment","limit":0,"as_of":1782864000000,"def":{"and":[
         {"profile":{"prop":"profile.city","op":"in","value":["city_3","city_5","city_8","city_11",
           "city_15","city_21","city_30","city_44","city_60","city_90"]}},
         {"done":{"event":"pay_order","op":"gte","value":2,
           "window":{"from":"2026-04-01","to":"2026-07-01"}}},
         {"done":{"event":"pay_order","agg":"sum","prop":"event.amount_fen","op":"gt","value":50000,
           "window":{"from":"2026-04-01","to":"2026-07-01"}}},
         {"not_done":{"event":"refund","window":{"from":"2026-04-01","to":"2026-07-01"}}},
         {"sequence":{"steps":[{"event":"add_to_cart"},{"event":"pay_order"}],"then_not":true,
           "window":{"from":"2026-06-23","to":"2026-07-01"}}}]}})",
       segment_rows},
  };
  return kQuestions;
}

}  // namespace weir::bench

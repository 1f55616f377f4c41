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

/// scores of r, f and m from 0, people
Rows rfm_rows(const json::object& answer) {
  Rows out;
  for (const json::value& cell : answer.at("cells").as_array()) {
    out.push_back(fmt::format("{},{},{},{}", whole(cell.at("r")) - 1, whole(cell.at("f")) - 1,
                              whole(cell.at("m")) - 1, whole(cell.at("persons"))));
  }
  return out;
}

/// three events in a row, how often
Rows path_rows(const json::object& answer) {
  Rows out;
  for (const json::value& path : answer.at("paths").as_array()) {
    std::string row;
    for (const json::value& node : path.at("nodes").as_array()) row += text(node) + ",";
    out.push_back(row + std::to_string(whole(path.at("count"))));
  }
  return out;
}

/// campaign,orders,yuan
Rows last_touch_rows(const json::object& answer) {
  Rows out;
  for (const json::value& channel : answer.at("channels").as_array()) {
    const json::value& credit = channel.at("credits").at(0);
    int64_t fen = whole(credit.at("value"));
    if (whole(credit.at("orders")) == 0) continue;
    out.push_back(fmt::format("{},{},{}.{:02}", text(channel.at("channel")),
                              whole(credit.at("orders")), fen / 100, fen % 100));
  }
  return out;
}

/// campaign,orders shared among all touches
Rows linear_rows(const json::object& answer) {
  Rows out;
  for (const json::value& channel : answer.at("channels").as_array()) {
    out.push_back(fmt::format("{},{:.3f}", text(channel.at("channel")),
                              channel.at("credits").at(0).at("orders").to_number<double>()));
  }
  return out;
}

/// city,pairs,median and p90 in seconds
Rows interval_rows(const json::object& answer) {
  Rows out;
  for (const json::value& line : answer.at("series").as_array()) {
    std::string city = text(line.at("breakdown").at(0));
    if (city == "$other") continue;
    const json::value& box = line.at("total");
    out.push_back(fmt::format("{},{},{:.1f},{:.1f}", city, whole(box.at("pairs")),
                              box.at("p50_ms").to_number<double>() / 1000,
                              box.at("p90_ms").to_number<double>() / 1000));
  }
  return out;
}

/// channel,week,yuan so far,people
Rows ltv_rows(const json::object& answer) {
  Rows out;
  for (const json::value& line : answer.at("series").as_array()) {
    const json::array& amounts = line.at("total").at("amount").as_array();
    for (size_t week = 0; week < amounts.size(); ++week) {
      int64_t fen = whole(amounts[week]);
      // SQL has no row for a week without a payment, but for the first.
      if (week > 0 && fen == whole(amounts[week - 1])) continue;
      out.push_back(fmt::format("{},{},{}.{:02},{}", text(line.at("breakdown").at(0)), week,
                                fen / 100, fen % 100, whole(line.at("total").at("persons"))));
    }
  }
  return out;
}

#define WEIR_ORDER R"({"event":"pay_order","id":"none","value":"event.amount_fen"})"
#define WEIR_ATTRIBUTION(model)                                                   \
  R"({"kind":"attribution",)" WEIR_JUNE R"(,"lookback":"P7D","revenue":"gross",)" \
  R"("conversion":)" WEIR_ORDER                                                   \
  R"(,"touches":{"types":["ad_click"],"dimension":"campaign_id"},"models":[")" model R"("]})"
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
      {"Q5",
       R"({"kind":"rfm","as_of":1782777600000,"lookback":"P365D","recency":"elapsed",
         "revenue":"gross","score":{"mode":"quintile"},"order":)" WEIR_ORDER "}",
       rfm_rows},
      {"Q6",
       R"({"kind":"paths","range":{"from":"2026-06-01","to":"2026-06-07"},"bound_all":true,
         "unit":"session","session":{"gap":"PT30M","platform":""},"node":{"by":"event"},
         "anchor":{"type":"each"},"max_steps":3,"collapse":false,"top_paths":100})",
       path_rows},
      {"Q7", WEIR_ATTRIBUTION("last"), last_touch_rows},
      {"Q7lin", WEIR_ATTRIBUTION("linear"), linear_rows},
      {"Q9",
       R"({"kind":"interval",)" WEIR_JUNE R"(,"bound_all":true,"limit":"none","pairing":"latest",
         "start":{"event":"add_to_cart"},"end":{"event":"pay_order"},"interval":"month",
         "breakdown":[{"prop":"event.city","of":"end"}]})",
       interval_rows},
      {"Q10",
       R"({"kind":"ltv","range":{"from":"2026-01-01","to":"2026-06-30"},"interval":"year",
         "acquisition":{"event":"$any_active"},"breakdown":[{"prop":"event.channel"}],
         "unit":"week","periods":26,"clock":"rolling","incomplete":true,"revenue":"gross",
         "order":)" WEIR_ORDER "}",
       ltv_rows},
  };
  return kQuestions;
}

}  // namespace weir::bench

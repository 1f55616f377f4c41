#include "analytics/render.h"

#include "analytics/parse.h"
#include "analytics/render_fields.h"
#include "model/filter.h"

#include <fmt/format.h>

namespace weir::analytics {
namespace {

json::array numbers(const std::vector<std::optional<double>>& values, size_t size) {
  json::array out;
  for (size_t i = 0; i < size; ++i)
    out.push_back(i < values.size() ? number(values[i]) : json::value(nullptr));
  return out;
}

const TrendsSeries* find_line(const TrendsAnswer& answer, const TrendsSeries& like) {
  for (const TrendsSeries& s : answer.series) {
    if (s.name == like.name && s.breakdown == like.breakdown) return &s;
  }
  return nullptr;
}

json::array step_rows(const FunnelQuery& query, const std::vector<uint64_t>& counts) {
  json::array out;
  for (size_t k = 0; k < counts.size(); ++k) {
    uint64_t before = k == 0 ? counts[0] : counts[k - 1];
    out.push_back(
        json::object{{"event", fmt::format("{}", fmt::join(query.steps[k].events, " | "))},
                     {"count", counts[k]},
                     {"step_rate", ratio(counts[k], before)},
                     {"overall_rate", ratio(counts[k], counts[0])},
                     {"drop", before - counts[k]}});
  }
  return out;
}

json::object render_time(const TimeToConvert& t) {
  json::array histogram, pairs;
  for (const auto& bin : t.histogram) {
    histogram.push_back(
        json::object{{"from_ms", bin.from_ms},
                     {"to_ms", bin.to_ms < 0 ? json::value(nullptr) : json::value(bin.to_ms)},
                     {"count", bin.count}});
  }
  for (const auto& pair : t.pairs)
    pairs.push_back(json::object{{"avg_ms", pair.avg_ms}, {"p50_ms", pair.p50_ms}});
  return {{"count", t.count},       {"avg_ms", t.avg_ms}, {"p50_ms", t.p50_ms},
          {"p90_ms", t.p90_ms},     {"min_ms", t.min_ms}, {"max_ms", t.max_ms},
          {"histogram", histogram}, {"steps", pairs}};
}

json::object render_identity(const Identity& identity) {
  std::string_view value =
      is_personal(identity.kind) ? std::string_view("•••") : std::string_view(identity.value);
  return {{"kind", to_string(identity.kind)}, {"value", value}};
}

}  // namespace

Result<json::object> render_trends(const TrendsQuery& query, const TrendsAnswer& answer,
                                   const std::optional<TrendsAnswer>& before) {
  WEIR_TRY(Calendar calendar, Calendar::open(query.common.tz));
  json::array buckets, finals, series;
  for (TimeMs start : answer.buckets)
    buckets.emplace_back(bucket_text(start, query.common.interval, calendar));
  for (bool is_final : answer.final_flags) finals.emplace_back(is_final);
  for (const TrendsSeries& s : answer.series) {
    json::object line{{"name", s.name},
                      {"breakdown", texts(s.breakdown)},
                      {"values", numbers(s.values, answer.buckets.size())},
                      {"total", number(s.total)},
                      {"final", finals}};
    if (before) {
      const TrendsSeries* earlier = find_line(*before, s);
      line["previous"] = json::object{
          {"values", numbers(earlier == nullptr ? decltype(s.values){} : earlier->values,
                             answer.buckets.size())},
          {"total", earlier == nullptr ? json::value(nullptr) : number(earlier->total)}};
    }
    series.push_back(std::move(line));
  }
  return json::object{{"kind", "trends"}, {"buckets", buckets}, {"series", series}};
}

Result<json::object> render_funnel(const FunnelQuery& query, const FunnelAnswer& answer) {
  WEIR_TRY(Calendar calendar, Calendar::open(query.common.tz));
  json::object out{
      {"kind", "funnel"}, {"steps", step_rows(query, answer.counts)}, {"pending", answer.pending}};
  if (!query.common.breakdown.empty()) {
    json::array breakdown;
    for (const FunnelBreakdown& b : answer.breakdown) {
      breakdown.push_back(json::object{{"value", fmt::format("{}", fmt::join(b.values, " / "))},
                                       {"values", texts(b.values)},
                                       {"steps", step_rows(query, b.counts)}});
    }
    out["breakdown"] = std::move(breakdown);
  }
  if (query.trend) {
    json::array trend;
    for (const FunnelTrendPoint& point : answer.trend) {
      json::array counts;
      for (uint64_t c : point.counts) counts.emplace_back(c);
      trend.push_back(
          json::object{{"bucket", bucket_text(point.bucket, query.common.interval, calendar)},
                       {"counts", std::move(counts)}});
    }
    out["trend"] = std::move(trend);
  }
  if (query.time_to_convert) {
    // Nobody converted: there are no times to show.
    json::object empty{{"count", 0},
                       {"avg_ms", nullptr},
                       {"p50_ms", nullptr},
                       {"p90_ms", nullptr},
                       {"min_ms", nullptr},
                       {"max_ms", nullptr},
                       {"histogram", json::array()},
                       {"steps", json::array()}};
    out["time_to_convert"] = answer.time_to_convert ? render_time(*answer.time_to_convert) : empty;
  }
  return out;
}

json::object render_timeline(const TimelinePage& page) {
  json::array events;
  for (const TimelineEvent& e : page.events) {
    json::object properties;
    for (const Property& p : e.properties) properties[p.name] = value_to_json(p.value);
    std::string_view kind = e.hop == 0 ? "event" : "derived";
    events.push_back(json::object{
        {"event_time", e.time},
        {"name", e.name},
        {"kind", kind},
        {"source", e.source},
        {"identity", e.identity ? json::value(render_identity(*e.identity)) : json::value(nullptr)},
        {"message_id", e.message_id},
        {"position", e.position},
        {"properties", std::move(properties)}});
  }
  json::value next = page.next ? json::value(cursor_text(*page.next)) : json::value(nullptr);
  return {{"kind", "timeline"}, {"events", std::move(events)}, {"next", std::move(next)}};
}

json::object render_schema(const std::vector<EventSchema>& events) {
  json::array out;
  for (const EventSchema& e : events) {
    json::array properties;
    for (const auto& p : e.properties)
      properties.push_back(json::object{{"name", p.name}, {"type", p.type}});
    out.push_back(
        json::object{{"name", e.name}, {"count", e.count}, {"properties", std::move(properties)}});
  }
  return {{"events", std::move(out)}};
}

}  // namespace weir::analytics

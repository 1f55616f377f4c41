// The overview page: live counters of every stage, in one answer.

#include "api/routes.h"

#include <memory>

namespace weir::api {
namespace {

json::object log_part(Services& s) {
  return {{"end", s.log.end()},
          {"cursor", s.pipeline.cursor()},
          {"lag_records", s.pipeline.lag()},
          {"disk_bytes", s.log.disk_bytes()}};
}

json::object message_part(Services& s) {
  messaging::MessageCounters c = s.messaging.counters();
  return {{"sent", c.sent},
          {"delivered", c.delivered},
          {"failed", c.failed},
          {"suppressed", c.suppressed},
          {"unknown", c.unknown}};
}

json::object coupon_part(Services& s) {
  int64_t issued = 0, redeemed = 0;
  for (const auto& t : s.coupons.templates()) {
    issued += t.issued;
    redeemed += t.redeemed;
  }
  return {{"issued", issued}, {"redeemed", redeemed}};
}

json::array journey_part(Services& s) {
  json::array all;
  for (const auto& j : s.journeys.list()) {
    all.push_back(json::object{{"id", j.id},
                               {"name", j.name},
                               {"state", j.state},
                               {"active", j.active},
                               {"entered", j.entered},
                               {"goal", j.goal}});
  }
  return all;
}

void activity_part(Services& s, TimeMs now, json::object& out) {
  json::array recent, series;
  for (const Activity::Item& item : s.activity.recent()) {
    ProfileOrdinal profile = s.identities.canonical(item.profile);
    recent.push_back(json::object{{"event_time", item.event_time},
                                  {"name", item.name},
                                  {"profile_id", profile_id_text(profile)},
                                  {"display_name", display_name(s, profile)},
                                  {"summary", item.summary}});
  }
  uint64_t last_minute = 0;
  auto buckets = s.activity.series(now);
  for (size_t i = 0; i < buckets.size(); ++i) {
    series.push_back(json::object{{"t", buckets[i].start}, {"events", buckets[i].events}});
    if (i + 7 >= buckets.size() && i + 1 < buckets.size()) last_minute += buckets[i].events;
  }
  out["recent"] = recent;
  out["series"] = series;
  out["events_per_second"] = static_cast<double>(last_minute) / 60.0;
}

/// Today's events and orders are questions to analytics, asked beside the counters.
json::object today_query() {
  json::object range{{"last", 1}, {"unit", "day"}};
  json::array series{
      json::object{{"name", "A"}, {"event", "$any_active"}, {"measure", "total"}},
      json::object{{"name", "B"}, {"event", "order_paid"}, {"measure", "total"}},
      json::object{{"name", "C"},
                   {"event", "order_paid"},
                   {"measure", json::object{{"agg", "sum"}, {"prop", "event.amount_fen"}}}}};
  return {{"kind", "trends"}, {"range", range}, {"interval", "day"}, {"series", series}};
}

double series_total(const json::value& answer, size_t index) {
  const json::value* series =
      answer.is_object() ? json::find(answer.get_object(), "series") : nullptr;
  if (series == nullptr || !series->is_array() || series->get_array().size() <= index) return 0;
  const json::value* total = json::find(series->get_array()[index].get_object(), "total");
  return total != nullptr && total->is_number() ? total->to_number<double>() : 0;
}

void add_today(const Result<json::value>& answer, json::object& out) {
  if (!answer) return;
  out["events_today"] = static_cast<int64_t>(series_total(*answer, 0));
  out["orders_today"] =
      json::object{{"count", static_cast<int64_t>(series_total(*answer, 1))},
                   {"amount_fen", static_cast<int64_t>(series_total(*answer, 2))}};
}

void overview(Services& s, const Request& request, Reply reply) {
  s.gate.run([&s, who = request.who.username, reply = std::move(reply)] {
    TimeMs now = s.env.clock().now();
    auto out = std::make_shared<json::object>();
    (*out)["as_of"] = now;
    (*out)["events_total"] = s.analyst.event_count();
    (*out)["profiles_total"] = s.identities.profile_count();
    (*out)["identities_total"] = s.identities.identity_count();
    (*out)["merges_total"] = s.identities.merges_total();
    (*out)["frozen_profiles"] = s.identities.oversized_count();
    (*out)["quarantined_total"] = s.collect.quarantine().list(1, "").total;
    (*out)["messages"] = message_part(s);
    (*out)["coupons"] = coupon_part(s);
    (*out)["journeys"] = journey_part(s);
    (*out)["log"] = log_part(s);
    activity_part(s, now, *out);
    s.analyst.answer(today_query(), who, [out, reply](Result<json::value> answer) {
      add_today(answer, *out);
      reply(json::value(std::move(*out)));
    });
  });
}

}  // namespace

void add_overview_routes(Router& router, Services& s) {
  router.add("GET", "/api/overview", Permission::Read, route(s, overview));
}

}  // namespace weir::api

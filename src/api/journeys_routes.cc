#include "api/definitions.h"
#include "api/routes.h"
#include "model/journey_def.h"

#include <fmt/format.h>

namespace weir::api {
namespace {

json::object render(const journey::JourneySummary& j) {
  return {{"id", j.id},       {"name", j.name},     {"version", j.version},
          {"state", j.state}, {"active", j.active}, {"entered", j.entered},
          {"goal", j.goal},   {"exited", j.exited}, {"updated_at", j.updated_at}};
}

json::object render_counts(const journey::Counts& counts) {
  json::object out;
  for (const auto& [name, count] : counts) out[name] = count;
  return out;
}

json::object render(Services& s, const journey::EnrollmentView& e) {
  return {{"enrollment_id", e.enrollment_id},
          {"journey_id", e.journey_id},
          {"journey_name", e.journey_name},
          {"profile_id", profile_id_text(e.profile)},
          {"display_name", display_name(s, e.profile)},
          {"key", e.key},
          {"state", e.state},
          {"arm", e.arm},
          {"node", e.node},
          {"version", e.version},
          {"entered_at", e.entered_at},
          {"updated_at", e.updated_at},
          {"goal_at", e.goal_at},
          {"exit_reason", e.exit_reason}};
}

void list(Services& s, const Request&, Reply reply) {
  s.gate.run([&s, reply = std::move(reply)] {
    json::array all;
    for (const auto& journey : s.journeys.list()) all.push_back(render(journey));
    reply(json::object{{"journeys", all}});
  });
}

Result<json::value> view(Services& s, std::string_view id) {
  WEIR_TRY(journey::JourneyView v, s.journeys.view(id));
  json::object nodes;
  for (const auto& node : v.nodes) {
    nodes[node.id] = json::object{{"entered", node.entered},
                                  {"waiting", node.waiting},
                                  {"outcomes", render_counts(node.outcomes)}};
  }
  json::object out = render(v.summary);
  auto definition = json::parse(v.definition);
  out["definition"] = definition ? *std::move(definition) : json::value(nullptr);
  out["stats"] = json::object{{"nodes", nodes},
                              {"entered", v.summary.entered},
                              {"refused", render_counts(v.refused)},
                              {"goal", v.summary.goal},
                              {"exited", render_counts(v.exited)},
                              {"control", v.control},
                              {"control_goal", v.control_goal}};
  return json::value(std::move(out));
}

void get(Services& s, const Request& request, Reply reply) {
  s.gate.run([&s, id = std::string(request.param("id")), reply = std::move(reply)] {
    reply(view(s, id));
  });
}

void put(Services& s, const Request& request, Reply reply) {
  std::string id(request.param("id"));
  auto body = request.body();
  if (!body) return reply(std::unexpected<Error>(body.error()));
  // Both {"definition":{…}} and the definition itself are taken.
  const json::value* inner = json::find(*body, "definition");
  json::value definition = inner == nullptr ? json::value(*body) : *inner;
  auto parsed = parse_journey(json::to_text(definition));
  if (!parsed) return reply(std::unexpected<Error>(parsed.error()));
  if (parsed->id != id) {
    return reply(fail(
        ErrorCode::InvalidArgument,
        fmt::format("the definition's id is \"{}\", the path says \"{}\"", parsed->id, id), "id"));
  }
  put_definition(s, request.who, "journey/" + id, definition, [&s, id, reply](Status done) {
    if (!done) return reply(std::unexpected<Error>(done.error()));
    reply(view(s, id));
  });
}

void set_state(Services& s, const Request& request, std::string_view state, Reply reply) {
  std::string id(request.param("id"));
  s.gate.run([&s, id, state = std::string(state), who = request.who, reply = std::move(reply)] {
    if (auto found = s.journeys.view(id); !found)
      return reply(std::unexpected<Error>(found.error()));
    put_definition(s, who, "journey_state/" + id, json::object{{"state", state}},
                   [&s, id, reply](Status done) {
                     if (!done) return reply(std::unexpected<Error>(done.error()));
                     reply(view(s, id));
                   });
  });
}

void pause(Services& s, const Request& request, Reply reply) {
  set_state(s, request, "paused", std::move(reply));
}
void resume(Services& s, const Request& request, Reply reply) {
  set_state(s, request, "live", std::move(reply));
}
void stop(Services& s, const Request& request, Reply reply) {
  set_state(s, request, "stopped", std::move(reply));
}

void enrollments(Services& s, const Request& request, Reply reply) {
  s.gate.run([&s, id = std::string(request.param("id")), state = request.query("state"),
              cursor = request.query("cursor"), limit = request.limit(50, 500),
              reply = std::move(reply)] {
    auto page = s.journeys.enrollments(id, state, limit, cursor);
    if (!page) return reply(std::unexpected<Error>(page.error()));
    json::array all;
    for (const auto& e : page->enrollments) all.push_back(render(s, e));
    reply(json::object{{"enrollments", all}, {"next_cursor", page->next_cursor}});
  });
}

void trace(Services& s, const Request& request, Reply reply) {
  s.gate.run([&s, id = std::string(request.param("id")), reply = std::move(reply)] {
    auto found = s.journeys.enrollment(id);
    if (!found) return reply(std::unexpected<Error>(found.error()));
    json::object out = render(s, found->first);
    json::array lines;
    for (const auto& line : found->second) {
      lines.push_back(json::object{{"time", line.time},
                                   {"node", line.node},
                                   {"type", line.type},
                                   {"what", line.what},
                                   {"detail", line.detail}});
    }
    out["trace"] = lines;
    reply(std::move(out));
  });
}

void coupons(Services& s, const Request&, Reply reply) {
  s.gate.run([&s, reply = std::move(reply)] {
    json::array all;
    for (const auto& t : s.coupons.templates()) {
      all.push_back(json::object{{"id", t.id},
                                 {"name", t.name},
                                 {"stock", t.stock},
                                 {"issued", t.issued},
                                 {"redeemed", t.redeemed},
                                 {"expired", t.expired},
                                 {"budget_fen", t.budget_fen},
                                 {"spent_fen", t.spent_fen}});
    }
    reply(json::object{{"templates", all}});
  });
}

}  // namespace

void add_journey_routes(Router& router, Services& s) {
  router.add("GET", "/api/journeys", Permission::Read, route(s, list));
  router.add("GET", "/api/journeys/{id}", Permission::Read, route(s, get));
  router.add("PUT", "/api/journeys/{id}", Permission::Write, route(s, put));
  router.add("POST", "/api/journeys/{id}/pause", Permission::Write, route(s, pause));
  router.add("POST", "/api/journeys/{id}/resume", Permission::Write, route(s, resume));
  router.add("POST", "/api/journeys/{id}/stop", Permission::Write, route(s, stop));
  router.add("GET", "/api/journeys/{id}/enrollments", Permission::Read, route(s, enrollments));
  router.add("GET", "/api/enrollments/{id}", Permission::Read, route(s, trace));
  router.add("GET", "/api/coupons", Permission::Read, route(s, coupons));
}

}  // namespace weir::api

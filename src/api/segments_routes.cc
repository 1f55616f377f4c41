#include "api/definitions.h"
#include "api/people_lists.h"
#include "api/routes.h"

#include <limits>
#include <memory>

namespace weir::api {
namespace {

constexpr size_t kPreviewChunk = 200;  // persons a gate call: ingest waits behind it
constexpr size_t kSampleMax = 10;

json::value def_of(const segments::SegmentInfo& info) {
  if (info.frozen) return nullptr;
  auto def = json::parse(info.definition);
  return def ? *std::move(def) : json::value(nullptr);
}

json::object render(const segments::SegmentInfo& info) {
  json::object out{{"id", info.id},
                   {"name", info.name},
                   {"kind", info.frozen ? "static" : "dynamic"},
                   {"version", info.version},
                   {"count", info.count},
                   {"updated_at", info.updated_at},
                   {"def", def_of(info)}};
  if (!info.frozen) return out;
  auto origin = json::parse(info.frozen->origin);
  out["frozen"] = json::object{{"as_of", info.frozen->as_of},
                               {"people", info.frozen->people},
                               {"complete", info.frozen->complete},
                               {"origin", origin ? *std::move(origin) : json::value(nullptr)}};
  return out;
}

/// Counts who would match by asking person after person, a chunk a gate call, so that ingest never
/// waits long. For definitions that one pass over everybody's history cannot answer (lists).
struct Preview : std::enable_shared_from_this<Preview> {
  Services& services;
  Condition condition;
  Reply reply;
  TimeMs as_of = 0;
  ProfileOrdinal next{0};
  uint64_t count = 0, universe = 0;
  std::vector<ProfileOrdinal> sample;

  Preview(Services& s, Condition c, Reply r)
      : services(s), condition(std::move(c)), reply(std::move(r)) {
    as_of = services.env.clock().now();
  }

  void step() {
    services.gate.run([self = shared_from_this()] { self->count_chunk(); });
  }

  void count_chunk() {
    auto chunk = services.identities.live_profiles(next, kPreviewChunk);
    for (ProfileOrdinal profile : chunk) {
      ++universe;
      if (!services.segments.would_match(condition, profile, as_of)) continue;
      ++count;
      if (sample.size() < kSampleMax) sample.push_back(profile);
    }
    if (chunk.size() == kPreviewChunk) {
      next = ProfileOrdinal(chunk.back().value + 1);
      return step();
    }
    answer();
  }

  void answer() {
    json::array people;
    for (ProfileOrdinal profile : sample) {
      people.push_back(json::object{{"profile_id", profile_id_text(profile)},
                                    {"display_name", display_name(services, profile)}});
    }
    reply(json::object{
        {"count", count}, {"universe", universe}, {"sample", people}, {"as_of", as_of}});
  }

  /// What one pass found.
  void take(const json::object& answered) {
    count = static_cast<uint64_t>(json::optional_int(answered, "count", 0));
    universe = static_cast<uint64_t>(json::optional_int(answered, "universe", 0));
    as_of = json::optional_int(answered, "as_of", as_of);
    for (const json::value& id : answered.at("profiles").get_array()) {
      if (auto profile = parse_profile_id(json::view(id.get_string()))) sample.push_back(*profile);
    }
    services.gate.run([self = shared_from_this()] { self->answer(); });
  }
};

void list(Services& s, const Request&, Reply reply) {
  s.gate.run([&s, reply = std::move(reply)] {
    json::array all;
    for (const auto& info : s.segments.list()) all.push_back(render(info));
    reply(json::object{{"segments", all}});
  });
}

void get(Services& s, const Request& request, Reply reply) {
  s.gate.run([&s, id = std::string(request.param("id")), reply = std::move(reply)] {
    auto info = s.segments.get(id);
    if (!info) return reply(std::unexpected<Error>(info.error()));
    json::object out = render(*info);
    json::array changes;
    for (const auto& day : info->days) {
      changes.push_back(json::object{
          {"t", s.calendar.day_start(day.day)}, {"entered", day.entered}, {"left", day.left}});
    }
    out["changes"] = changes;
    out["known_from"] = info->known_from;
    reply(std::move(out));
  });
}

std::string_view kind_text(Condition::Kind kind) {
  using Kind = Condition::Kind;
  switch (kind) {
    case Kind::And: return "and";
    case Kind::Or: return "or";
    case Kind::Not: return "not";
    case Kind::Profile: return "profile";
    case Kind::Tag: return "tag";
    case Kind::Done: return "done";
    case Kind::Sequence: return "sequence";
    case Kind::Segment: return "segment";
    case Kind::Consent: return "consent";
    case Kind::Bucket: return "bucket";
  }
  return "";
}

json::object render_why(const ConditionWhy& why) {
  std::string_view kind = why.condition->listed ? "list" : kind_text(why.condition->kind);
  json::object out{{"kind", kind}, {"value", why.answer.value}};
  if (why.answer.next_change != Answer::kNever) out["changes_at"] = why.answer.next_change;
  if (why.found) {
    bool sealed = std::holds_alternative<Sealed>(*why.found);
    out["found"] = sealed ? json::value(display_text(*why.found)) : value_to_json(*why.found);
  }
  if (why.window) {
    // "ever" has no beginning.
    bool ever = why.window->from == std::numeric_limits<TimeMs>::min();
    out["from"] = ever ? json::value(nullptr) : json::value(why.window->from);
    out["to"] = why.window->to;
    json::array events;
    for (const auto& e : why.events)
      events.push_back(json::object{{"time", e.time}, {"event", e.name}});
    out["events"] = std::move(events);
    out["qualifying"] = why.qualifying;
  }
  if (why.children.empty()) return out;
  json::array children;
  for (const ConditionWhy& child : why.children) children.push_back(render_why(child));
  out["children"] = std::move(children);
  return out;
}

/// Why somebody is in or is not: the tree of the definition with what was found.
void why(Services& s, const Request& request, Reply reply) {
  s.gate.run([&s, id = std::string(request.param("id")),
              of = std::string(request.query("profile_id")), reply = std::move(reply)] {
    auto profile = find_profile(s, of);
    if (!profile) {
      Error error = profile.error();
      error.field = "profile_id";
      return reply(std::unexpected<Error>(std::move(error)));
    }
    TimeMs now = s.env.clock().now();
    auto found = s.segments.why(id, *profile, now);
    if (!found) return reply(std::unexpected<Error>(found.error()));
    json::object out{{"segment", id},
                     {"version", found->version},
                     {"profile_id", profile_id_text(*profile)},
                     {"member", found->since.has_value()},
                     {"since", found->since ? json::value(*found->since) : json::value(nullptr)},
                     {"as_of", now}};
    out["why"] = found->why ? json::value(render_why(*found->why)) : json::value(nullptr);
    reply(std::move(out));
  });
}

void put(Services& s, const Request& request, Reply reply) {
  std::string id(request.param("id"));
  auto body = request.body();
  if (!body) return reply(std::unexpected<Error>(body.error()));
  json::value definition(*body);
  if (auto ok = check_id(id); !ok) return reply(std::unexpected<Error>(ok.error()));
  if (auto ok = segments::validate_definition(definition, s.calendar); !ok) {
    return reply(std::unexpected<Error>(ok.error()));
  }
  s.gate.run([&s, id, definition, who = request.who, reply = std::move(reply)] {
    if (auto info = s.segments.get(id); info && info->frozen) {
      return reply(fail(ErrorCode::FailedPrecondition,
                        "segment \"" + id +
                            "\" is a list of people as of an instant, which no definition can "
                            "change; save yours under another id",
                        "id"));
    }
    if (auto ok = s.segments.check_references(id, definition); !ok) {
      return reply(std::unexpected<Error>(ok.error()));
    }
    put_definition(s, who, "segment/" + id, definition, [&s, id, reply](Status done) {
      if (!done) return reply(std::unexpected<Error>(done.error()));
      auto info = s.segments.get(id);
      if (!info) return reply(std::unexpected<Error>(info.error()));
      reply(json::object{{"id", id}, {"version", info->version}, {"count", info->count}});
    });
  });
}

void remove(Services& s, const Request& request, Reply reply) {
  std::string id(request.param("id"));
  s.gate.run([&s, id, who = request.who, reply = std::move(reply)] {
    if (auto info = s.segments.get(id); !info) return reply(std::unexpected<Error>(info.error()));
    if (auto ok = s.segments.check_unused(id); !ok)
      return reply(std::unexpected<Error>(ok.error()));
    put_definition(s, who, "segment/" + id, nullptr, [reply](Status done) {
      if (!done) return reply(std::unexpected<Error>(done.error()));
      reply(json::object{{"deleted", true}});
    });
  });
}

void preview(Services& s, const Request& request, Reply reply) {
  auto body = request.body();
  if (!body) return reply(std::unexpected<Error>(body.error()));
  const json::value* def = json::find(*body, "def");
  if (def == nullptr) return reply(fail(ErrorCode::InvalidArgument, "\"def\" is missing", "def"));
  auto condition = parse_condition(*def, "def", s.calendar);
  if (!condition) return reply(std::unexpected<Error>(condition.error()));
  auto work = std::make_shared<Preview>(s, *std::move(condition), reply);
  json::object query{{"kind", "segment"}, {"limit", kSampleMax}, {"def", *def}};
  auto answered = [work, reply](Result<json::value> answer) {
    if (answer) return work->take(answer->get_object());
    if (answer.error().code == ErrorCode::InvalidArgument) return work->step();
    reply(std::unexpected<Error>(answer.error()));
  };
  s.analyst.answer(std::move(query), request.who.username, std::move(answered));
}

}  // namespace

void add_segment_routes(Router& router, Services& s) {
  router.add("GET", "/api/segments", Permission::Read, route(s, list));
  router.add("POST", "/api/segments/preview", Permission::Read, route(s, preview));
  add_people_list_routes(router, s);
  router.add("GET", "/api/segments/{id}", Permission::Read, route(s, get));
  router.add("GET", "/api/segments/{id}/why", Permission::Read, route(s, why));
  router.add("PUT", "/api/segments/{id}", Permission::Write, route(s, put));
  router.add("DELETE", "/api/segments/{id}", Permission::Write, route(s, remove));
}

}  // namespace weir::api

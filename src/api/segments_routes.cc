#include "api/definitions.h"
#include "api/routes.h"

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

/// Counts who would match, a chunk of persons a gate call, so that ingest never waits long.
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
    json::array people;
    for (ProfileOrdinal profile : sample) {
      people.push_back(json::object{{"profile_id", profile_id_text(profile)},
                                    {"display_name", display_name(services, profile)}});
    }
    reply(json::object{
        {"count", count}, {"universe", universe}, {"sample", people}, {"as_of", as_of}});
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
  std::make_shared<Preview>(s, *std::move(condition), std::move(reply))->step();
}

}  // namespace

void add_segment_routes(Router& router, Services& s) {
  router.add("GET", "/api/segments", Permission::Read, route(s, list));
  router.add("POST", "/api/segments/preview", Permission::Read, route(s, preview));
  router.add("GET", "/api/segments/{id}", Permission::Read, route(s, get));
  router.add("PUT", "/api/segments/{id}", Permission::Write, route(s, put));
  router.add("DELETE", "/api/segments/{id}", Permission::Write, route(s, remove));
}

}  // namespace weir::api

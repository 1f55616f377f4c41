#include "api/routes.h"

#include <algorithm>
#include <memory>

namespace weir::api {
namespace {

constexpr size_t kRowsPerStep = 50;  // persons a gate call: ingest waits behind it

/// Shows the persons of a drill as the people list shows them, a few a gate call.
struct PersonRows : std::enable_shared_from_this<PersonRows> {
  Services& services;
  json::object answer;
  Reply reply;
  size_t next = 0;

  PersonRows(Services& s, json::object a, Reply r)
      : services(s), answer(std::move(a)), reply(std::move(r)) {}

  void step() {
    services.gate.run([self = shared_from_this()] { self->fill(); });
  }

  void fill() {
    json::array& persons = answer.at("persons").get_array();
    for (size_t end = std::min(persons.size(), next + kRowsPerStep); next < end; ++next) {
      auto profile = parse_profile_id(json::view(persons[next].at("profile_id").get_string()));
      // Who was merged away since shows as what they are part of now.
      persons[next] = profile_row(services, services.identities.canonical(*profile));
    }
    if (next < persons.size()) return step();
    reply(json::value(std::move(answer)));
  }
};

void query(Services& s, const Request& request, Reply reply) {
  auto body = request.body();
  if (!body) return reply(std::unexpected<Error>(body.error()));
  bool drill = json::optional_string(*body, "kind") == "drill";
  s.analyst.answer(*std::move(body), [&s, drill, reply](Result<json::value> answer) {
    if (!answer || !drill) return reply(std::move(answer));
    std::make_shared<PersonRows>(s, std::move(answer->get_object()), reply)->step();
  });
}

json::array trait_part(Services& s) {
  json::array traits;
  for (const auto& t : s.profiles.registry()) {
    traits.push_back(
        json::object{{"name", t.name}, {"type", t.type}, {"data_class", t.data_class}});
  }
  return traits;
}

void schema(Services& s, const Request&, Reply reply) {
  s.gate.run([&s, reply = std::move(reply)] {
    s.analyst.schema([traits = trait_part(s), reply](Result<json::value> answer) {
      if (!answer) return reply(std::unexpected<Error>(answer.error()));
      json::object out = std::move(answer->get_object());
      out["traits"] = traits;
      reply(json::value(std::move(out)));
    });
  });
}

}  // namespace

void add_analysis_routes(Router& router, Services& s) {
  router.add("POST", "/api/query", Permission::Read, route(s, query));
  router.add("GET", "/api/schema", Permission::Read, route(s, schema));
}

}  // namespace weir::api

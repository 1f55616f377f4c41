#include "api/routes.h"

namespace weir::api {
namespace {

void query(Services& s, const Request& request, Reply reply) {
  auto body = request.body();
  if (!body) return reply(std::unexpected<Error>(body.error()));
  s.gate.run([&s, body = *std::move(body), reply = std::move(reply)]() mutable {
    s.analyst.answer(std::move(body), reply);
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

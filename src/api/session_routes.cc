#include "api/routes.h"

namespace weir::api {
namespace {

json::object render(const Session& session) {
  return {
      {"operator", json::object{{"username", session.who.username}, {"role", session.who.role}}},
      {"csrf", session.csrf}};
}

// Login and logout set cookies, so api.cc answers them itself; here is only the question "who am
// I".
void current(Services& s, const Request& request, Reply reply) {
  auto session = s.auth.authenticate(request.http);
  if (!session) return reply(std::unexpected<Error>(session.error()));
  reply(render(*session));
}

}  // namespace

void add_session_routes(Router& router, Services& s) {
  router.add("GET", "/api/session", Permission::Read, route(s, current));
}

}  // namespace weir::api

#include "api/routes.h"

namespace weir::api {
namespace {

json::object render(Services& s, const messaging::MessageView& m) {
  return {{"delivery_id", m.delivery_id},
          {"profile_id", profile_id_text(m.profile)},
          {"display_name", display_name(s, m.profile)},
          {"channel", m.channel},
          {"template", m.template_id},
          {"journey_id", m.journey_id},
          {"enrollment_id", m.enrollment_id},
          {"node", m.node},
          {"message", m.message},
          {"state", m.state},
          {"reason", m.reason},
          {"detail", m.detail},
          {"attempts", m.attempts},
          {"planned_at", m.planned_at},
          {"time", m.updated_at}};
}

void list(Services& s, const Request& request, Reply reply) {
  s.gate.run([&s, state = request.query("state"), cursor = request.query("cursor"),
              limit = request.limit(50, 500), reply = std::move(reply)] {
    auto page = s.messaging.messages(state, limit, cursor);
    if (!page) return reply(std::unexpected<Error>(page.error()));
    json::array all;
    for (const auto& m : page->messages) all.push_back(render(s, m));
    reply(json::object{{"messages", all}, {"next_cursor", page->next_cursor}});
  });
}

void templates(Services& s, const Request&, Reply reply) {
  s.gate.run([&s, reply = std::move(reply)] {
    json::array all;
    for (const TemplateDef& t : s.messaging.templates()) {
      json::object fields;
      for (const auto& [name, text] : t.fields) fields[name] = text;
      all.push_back(json::object{{"id", t.id},
                                 {"channel", t.channel},
                                 {"scope", t.scope},
                                 {"vendor_template", t.vendor_template},
                                 {"content", t.content},
                                 {"fields", fields},
                                 {"url", t.url}});
    }
    reply(json::object{{"templates", all}});
  });
}

}  // namespace

json::array messages_of(Services& s, ProfileOrdinal profile, size_t limit) {
  json::array all;
  for (const auto& m : s.messaging.messages_of(profile)) {
    if (all.size() == limit) break;
    all.push_back(render(s, m));
  }
  return all;
}

void add_message_routes(Router& router, Services& s) {
  router.add("GET", "/api/messages", Permission::Read, route(s, list));
  router.add("GET", "/api/templates", Permission::Read, route(s, templates));
}

}  // namespace weir::api

#include "api/definitions.h"
#include "api/routes.h"

namespace weir::api {
namespace {

json::value or_null(TimeMs time) {
  return time == 0 ? json::value(nullptr) : json::value(time);
}

json::object render(const tags::TagInfo& tag) {
  json::array values;
  for (const auto& [value, count] : tag.values) {
    values.push_back(json::object{{"value", value}, {"count", count}});
  }
  auto body = json::parse(tag.body);
  auto field = [&](std::string_view name, const json::value& fallback) {
    const json::value* found = body ? json::find(body->get_object(), name) : nullptr;
    return found == nullptr ? fallback : *found;
  };
  return {{"code", tag.code},
          {"name", tag.definition.name},
          {"category", tag.definition.category},
          {"value_type", tag.definition.value_type},
          {"version", tag.version},
          {"count", tag.count},
          {"given", tag.given},
          {"updated_at", tag.updated_at},
          {"values", values},
          {"rule", field("rule", nullptr)},
          {"refresh", field("refresh", "realtime")},
          {"group", tag.definition.group},
          {"owner", tag.definition.owner},
          {"ttl", field("ttl", nullptr)},
          {"as_of", or_null(tag.as_of)},
          {"next_run", or_null(tag.next_run)}};
}

void list(Services& s, const Request&, Reply reply) {
  s.gate.run([&s, reply = std::move(reply)] {
    json::array all;
    for (const auto& tag : s.tags.list()) all.push_back(render(tag));
    reply(json::object{{"tags", all}});
  });
}

void templates(Services&, const Request&, Reply reply) {
  json::array all;
  for (const tags::TagTemplate& one : tags::tag_templates()) {
    auto body = json::parse(one.body);
    if (!body) return reply(std::unexpected<Error>(body.error()));
    all.push_back(json::object{{"code", one.code}, {"about", one.about}, {"definition", *body}});
  }
  reply(json::object{{"templates", all}});
}

void put(Services& s, const Request& request, Reply reply) {
  std::string code(request.param("code"));
  auto body = request.body();
  if (!body) return reply(std::unexpected<Error>(body.error()));
  json::value definition(*body);
  if (auto ok = check_id(code); !ok) return reply(std::unexpected<Error>(ok.error()));
  if (auto ok = tags::validate_definition(definition, s.calendar); !ok) {
    return reply(std::unexpected<Error>(ok.error()));
  }
  put_definition(s, request.who, "tag/" + code, definition, [&s, code, reply](Status done) {
    if (!done) return reply(std::unexpected<Error>(done.error()));
    auto tag = s.tags.get(code);
    if (!tag) return reply(std::unexpected<Error>(tag.error()));
    reply(render(*tag));
  });
}

void remove(Services& s, const Request& request, Reply reply) {
  std::string code(request.param("code"));
  s.gate.run([&s, code, who = request.who, reply = std::move(reply)] {
    if (auto tag = s.tags.get(code); !tag) return reply(std::unexpected<Error>(tag.error()));
    put_definition(s, who, "tag/" + code, nullptr, [reply](Status done) {
      if (!done) return reply(std::unexpected<Error>(done.error()));
      reply(json::object{{"deleted", true}});
    });
  });
}

}  // namespace

void add_tag_routes(Router& router, Services& s) {
  router.add("GET", "/api/tags", Permission::Read, route(s, list));
  router.add("GET", "/api/tags/templates", Permission::Read, route(s, templates));
  router.add("PUT", "/api/tags/{code}", Permission::Write, route(s, put));
  router.add("DELETE", "/api/tags/{code}", Permission::Write, route(s, remove));
}

}  // namespace weir::api

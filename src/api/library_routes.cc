// Things that definitions refer to: message templates, coupon templates, value lists.

#include "api/definitions.h"
#include "api/routes.h"
#include "model/template_def.h"

namespace weir::api {
namespace {

using Check = Status (*)(std::string_view id, const std::string& body);

Status check_template(std::string_view id, const std::string& body) {
  auto parsed = parse_template(id, body);
  if (!parsed) return std::unexpected<Error>(parsed.error());
  return {};
}

Status check_coupon(std::string_view, const std::string& body) {
  return plays::check_coupon_template(body);
}

Status check_budget(std::string_view, const std::string& body) {
  WEIR_TRY(json::value parsed, json::parse(body));
  WEIR_TRY(const json::object* o, json::as_object(parsed, "budget"));
  WEIR_TRY(int64_t fen, json::required_int(*o, "budget_fen"));
  if (fen < 0) return fail(ErrorCode::InvalidArgument, "\"budget_fen\" is negative", "budget_fen");
  return {};
}

Status check_list(std::string_view, const std::string& body) {
  WEIR_TRY(json::value parsed, json::parse(body));
  WEIR_TRY(const json::object* o, json::as_object(parsed, "list"));
  WEIR_TRY(const json::array* values, json::required_array(*o, "values"));
  for (const json::value& v : *values) {
    if (!v.is_string())
      return fail(ErrorCode::InvalidArgument, "\"values\" must be texts", "values");
  }
  return {};
}

Handler put(Services& s, std::string type, Check check) {
  return [&s, type = std::move(type), check](const Request& request, Reply reply) {
    std::string id(request.param("id"));
    auto body = request.body();
    if (!body) return reply(std::unexpected<Error>(body.error()));
    if (auto ok = check_id(id); !ok) return reply(std::unexpected<Error>(ok.error()));
    if (auto ok = check(id, json::to_text(*body)); !ok) {
      return reply(std::unexpected<Error>(ok.error()));
    }
    put_definition(s, request.who, type + "/" + id, json::value(*body), [id, reply](Status done) {
      if (!done) return reply(std::unexpected<Error>(done.error()));
      reply(json::object{{"id", id}, {"saved", true}});
    });
  };
}

}  // namespace

void add_library_routes(Router& router, Services& s) {
  router.add("PUT", "/api/templates/{id}", Permission::Write, put(s, "template", check_template));
  router.add("PUT", "/api/coupons/{id}", Permission::Write,
             put(s, "coupon_template", check_coupon));
  router.add("PUT", "/api/budgets/{id}", Permission::Write, put(s, "coupon_budget", check_budget));
  router.add("PUT", "/api/lists/{id}", Permission::Write, put(s, "list", check_list));
}

}  // namespace weir::api

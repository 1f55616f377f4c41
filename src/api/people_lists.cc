#include "api/people_lists.h"

#include "api/routes.h"
#include "api/static_segments.h"
#include "base/crypto.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>

namespace weir::api {
namespace {

constexpr size_t kImportedMax = 100'000;  // identities a call: its body stays below the limit
constexpr size_t kLookedUpPerStep = 500;  // a gate call: ingest waits behind it
constexpr size_t kUnknownShown = 20;

/// {"id","name"}: of the segment that is made; without an id one is chosen.
Result<PeopleToSave> parse_target(Services& s, const json::object& body) {
  PeopleToSave out;
  WEIR_TRY(out.header.name, json::required_string(body, "name"));
  if (out.header.name.empty() || out.header.name.size() > 200)
    return fail(ErrorCode::InvalidArgument, "\"name\" must have 1…200 bytes", "name");
  out.id = json::optional_string(body, "id");
  if (out.id.empty()) out.id = "list_" + crypto::to_hex(s.env.random().bytes(6));
  WEIR_CHECK_OK(check_id(out.id));
  out.header.as_of = s.env.clock().now();
  return out;
}

void save_and_answer(Services& s, const Operator& who, PeopleToSave save, json::object answer,
                     const Reply& reply) {
  answer["id"] = save.id;
  answer["name"] = save.header.name;
  answer["count"] = save.people.size();
  answer["as_of"] = save.header.as_of;
  save_people(s, who, std::move(save), [reply, answer = std::move(answer)](Status done) {
    if (!done) return reply(std::unexpected<Error>(done.error()));
    reply(answer);
  });
}

Result<std::vector<ProfileOrdinal>> members_of(Services& s, const std::string& id) {
  auto info = s.segments.get(id);
  if (!info) return fail(info.error().code, info.error().message, "of");
  if (info->frozen && !info->frozen->complete) {
    return fail(ErrorCode::FailedPrecondition,
                "segment \"" + id + "\" is still being saved; ask again in a moment", "of");
  }
  return s.segments.members(id, ProfileOrdinal(0), SIZE_MAX);
}

/// SG7, SG8: all segments are read in one gate call, so that they are of one instant.
void combine_segments(Services& s, const Request& request, Reply reply) {
  auto body = request.body();
  if (!body) return reply(std::unexpected<Error>(body.error()));
  auto wanted = parse_combination(*body);
  if (!wanted) return reply(std::unexpected<Error>(wanted.error()));
  auto target = parse_target(s, *body);
  if (!target) return reply(std::unexpected<Error>(target.error()));
  json::object origin{{"op", json::optional_string(*body, "op", "union")}, {"of", body->at("of")}};
  if (const json::value* sample = json::find(*body, "sample")) origin["sample"] = *sample;
  target->header.origin = json::to_text(json::object{{"combine", origin}});
  s.gate.run([&s, who = request.who, reply, wanted = *std::move(wanted),
              save = *std::move(target)]() mutable {
    std::vector<std::vector<ProfileOrdinal>> of;
    json::array counts;
    for (const std::string& id : wanted.of) {
      auto members = members_of(s, id);
      if (!members) return reply(std::unexpected<Error>(members.error()));
      counts.push_back(json::object{{"id", id}, {"count", members->size()}});
      of.push_back(*std::move(members));
    }
    save.header.as_of = s.env.clock().now();
    save.people = draw(wanted.sample, combine(wanted.op, of));
    save_and_answer(s, who, std::move(save), {{"of", std::move(counts)}}, reply);
  });
}

/// One list of identities, looked up a few a gate call. Keeps itself alive.
struct Lookup : std::enable_shared_from_this<Lookup> {
  Services& services;
  const Operator who;
  PeopleToSave save;
  std::vector<Identity> wanted;
  Reply reply;
  size_t next = 0;
  std::vector<size_t> unknown;  // rows

  Lookup(Services& s, Operator w, PeopleToSave p, Reply r)
      : services(s), who(std::move(w)), save(std::move(p)), reply(std::move(r)) {}

  void step() {
    services.gate.run([self = shared_from_this()] { self->look_up(); });
  }
  void look_up() {
    for (size_t end = std::min(wanted.size(), next + kLookedUpPerStep); next < end; ++next) {
      auto profile = find(wanted[next]);
      profile ? save.people.push_back(*profile) : unknown.push_back(next);
    }
    if (next < wanted.size()) return step();
    finish();
  }
  std::optional<ProfileOrdinal> find(const Identity& identity) const {
    auto ordinal = services.identities.find(identity);
    if (!ordinal) {
      // Phone numbers and addresses are kept as tokens, also as member numbers (ADR 0003).
      for (IdentityKind kind : {IdentityKind::Phone, IdentityKind::Email}) {
        if (identity.kind != kind && identity.kind != IdentityKind::UserId) continue;
        auto token = services.vault.token(kind, identity.value);
        if (token && !ordinal)
          ordinal = services.identities.find({identity.kind, identity.scope, *token});
      }
    }
    if (!ordinal) return std::nullopt;
    ProfileOrdinal profile = services.identities.owner(*ordinal);
    auto info = services.identities.info(profile);
    if (!info || info->erased) return std::nullopt;
    return services.identities.canonical(profile);
  }
  void finish() {
    size_t found = save.people.size();
    std::ranges::sort(save.people);
    auto rest = std::ranges::unique(save.people);
    save.people.erase(rest.begin(), rest.end());
    json::array rows;  // numbers, not values: a value may be a phone number
    for (size_t i = 0; i < std::min(unknown.size(), kUnknownShown); ++i) rows.push_back(unknown[i]);
    json::object answer{{"rows", wanted.size()},
                        {"unknown", unknown.size()},
                        {"unknown_rows", std::move(rows)},
                        {"duplicates", found - save.people.size()}};
    save_and_answer(services, who, std::move(save), std::move(answer), reply);
  }
};

Result<Identity> parse_identity(const json::value& v, size_t row) {
  std::string where = fmt::format("identities[{}]", row);
  WEIR_TRY(const json::object* o, json::as_object(v, where));
  Identity out;
  WEIR_TRY(std::string kind, json::required_string(*o, "kind", where));
  WEIR_TRY(out.kind, parse_identity_kind(kind));
  out.scope = json::optional_string(*o, "scope");
  WEIR_TRY(out.value, json::required_string(*o, "value", where));
  return out;
}

/// SG6: an imported list. Identities that nobody has are counted, not made.
void import_list(Services& s, const Request& request, Reply reply) {
  auto body = request.body();
  if (!body) return reply(std::unexpected<Error>(body.error()));
  auto target = parse_target(s, *body);
  if (!target) return reply(std::unexpected<Error>(target.error()));
  const json::value* list = json::find(*body, "identities");
  if (list == nullptr || !list->is_array() || list->get_array().empty() ||
      list->get_array().size() > kImportedMax) {
    return reply(fail(ErrorCode::InvalidArgument,
                      fmt::format("\"identities\" must be a list of 1…{} like "
                                  "{{\"kind\":\"user_id\",\"value\":\"m1\"}}",
                                  kImportedMax),
                      "identities"));
  }
  auto work = std::make_shared<Lookup>(s, request.who, *std::move(target), reply);
  for (const json::value& v : list->get_array()) {
    auto identity = parse_identity(v, work->wanted.size());
    if (!identity) return reply(std::unexpected<Error>(identity.error()));
    work->wanted.push_back(*std::move(identity));
  }
  work->save.header.origin =
      json::to_text(json::object{{"import", json::object{{"rows", work->wanted.size()}}}});
  work->step();
}

}  // namespace

void add_people_list_routes(Router& router, Services& s) {
  router.add("POST", "/api/segments/combine", Permission::Write, route(s, combine_segments));
  router.add("POST", "/api/segments/import", Permission::Write, route(s, import_list));
}

}  // namespace weir::api

// Un-merge: an operator puts identities of one person apart (RELIABILITY I2). The preview shows
// what each side would get; the change is a record of the log, so it is folded like everything
// else.

#include "api/definitions.h"
#include "api/profile_json.h"
#include "api/routes.h"
#include "base/crypto.h"

#include <fmt/format.h>

namespace weir::api {
namespace {

struct Wish {
  std::vector<IdentityOrdinal> side;
  std::string reason;
  bool dry_run = false;
};

Result<Wish> read_wish(const Request& request) {
  WEIR_TRY(json::object body, request.body());
  WEIR_TRY(const json::array* named, json::required_array(body, "apart"));
  Wish wish;
  for (const json::value& one : *named) {
    const int64_t* id = one.if_int64();
    if (id == nullptr || *id < 0 || *id >= UINT32_MAX) {
      return fail(ErrorCode::InvalidArgument,
                  "\"apart\" has ids of identities, the numbers that the profile shows as \"id\"",
                  "apart");
    }
    wish.side.emplace_back(static_cast<uint32_t>(*id));
  }
  wish.dry_run = json::optional_bool(body, "dry_run", false);
  wish.reason = json::optional_string(body, "reason");
  if (!wish.dry_run && wish.reason.empty()) {
    return fail(ErrorCode::InvalidArgument, "\"reason\" is missing: say why they are two people",
                "reason");
  }
  return wish;
}

/// The parting that the wish stands for; of the person of the path.
Result<identity::Parting> parting_of(Services& s, const std::string& id, const Wish& wish) {
  WEIR_TRY(ProfileOrdinal profile, find_profile(s, id));
  WEIR_TRY(identity::Parting parting, s.identities.preview_cut(wish.side));
  if (parting.profile == profile) return parting;
  return fail(ErrorCode::InvalidArgument,
              fmt::format("these identities are of {}, not of {}", profile_id_text(parting.profile),
                          profile_id_text(profile)),
              "apart");
}

json::object side(Services& s, const std::vector<IdentityOrdinal>& identities,
                  json::value profile_id) {
  json::array shown;
  for (IdentityOrdinal ordinal : identities) {
    json::object one =
        render_identity(s, s.identities.owner(ordinal), s.identities.identity(ordinal));
    one["id"] = ordinal.value;
    shown.push_back(std::move(one));
  }
  json::object out{{"profile_id", std::move(profile_id)}, {"identities", std::move(shown)}};
  add_view(s, s.profiles.view_of(identities), out);
  return out;
}

json::object preview(Services& s, const identity::Parting& parting) {
  json::value back =
      parting.back ? json::value(profile_id_text(*parting.back)) : json::value(nullptr);
  return {{"kept", side(s, parting.rest, json::value(profile_id_text(parting.profile)))},
          {"apart", side(s, parting.apart, std::move(back))},
          {"links", render_links(s, parting.profile, parting.links)},
          {"cut", nullptr}};
}

/// After it was folded: the two persons as they are now.
void answer(Services& s, const std::string& cut, const identity::Parting& before,
            const Reply& reply) {
  if (!s.identities.cut_known(cut)) {
    return reply(fail(ErrorCode::FailedPrecondition,
                      "the person changed while you were looking; read the profile again",
                      "apart"));
  }
  identity::Parting now = before;
  now.back = s.identities.owner(before.apart.front());
  json::object out = preview(s, now);
  out["cut"] = cut;
  reply(std::move(out));
}

void part(Services& s, const Operator& who, const std::string& id, const Wish& wish,
          const Reply& reply) {
  std::string cut = crypto::to_hex(s.env.random().bytes(8));
  audit(s, who, "unmerge", fmt::format("{} ({})", id, cut),
        [&s, who, id, wish, cut, reply](Status done) {
          if (!done) return reply(std::unexpected<Error>(done.error()));
          s.gate.run([&s, who, id, wish, cut, reply] {
            auto parting = parting_of(s, id, wish);
            if (!parting) return reply(std::unexpected<Error>(parting.error()));
            auto body = json::parse(identity::cut_body(wish.side, wish.reason));
            put_definition(s, who, std::string(identity::kCutPrefix) + cut, *std::move(body),
                           [&s, cut, parting = *std::move(parting), reply](Status put) {
                             if (!put) return reply(std::unexpected<Error>(put.error()));
                             answer(s, cut, parting, reply);
                           });
          });
        });
}

void unmerge(Services& s, const Request& request, Reply reply) {
  auto wish = read_wish(request);
  if (!wish) return reply(std::unexpected<Error>(wish.error()));
  s.gate.run([&s, id = std::string(request.param("id")), wish = *std::move(wish), who = request.who,
              reply = std::move(reply)] {
    auto parting = parting_of(s, id, wish);
    if (!parting) return reply(std::unexpected<Error>(parting.error()));
    if (wish.dry_run) return reply(preview(s, *parting));
    part(s, who, id, wish, reply);
  });
}

void lift(Services& s, const Request& request, Reply reply) {
  s.gate.run([&s, cut = std::string(request.param("cut")), who = request.who,
              reply = std::move(reply)] {
    if (!s.identities.cut_known(cut)) {
      return reply(fail(ErrorCode::NotFound,
                        fmt::format("cut \"{}\" does not exist; $profiles_split names it", cut),
                        "cut"));
    }
    audit(s, who, "lift_unmerge", cut, [&s, who, cut, reply](Status done) {
      if (!done) return reply(std::unexpected<Error>(done.error()));
      put_definition(s, who, std::string(identity::kCutPrefix) + cut, nullptr, [reply](Status put) {
        if (!put) return reply(std::unexpected<Error>(put.error()));
        reply(json::object{{"lifted", true}});
      });
    });
  });
}

}  // namespace

void add_unmerge_routes(Router& router, Services& s) {
  router.add("POST", "/api/profiles/{id}/unmerge", Permission::Reveal, route(s, unmerge));
  router.add("DELETE", "/api/identity/cuts/{cut}", Permission::Reveal, route(s, lift));
}

}  // namespace weir::api

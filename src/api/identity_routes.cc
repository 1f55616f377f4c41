// The rules of identity as versions, and the resolution of history under other ones (ADR 0011).

#include "api/definitions.h"
#include "api/identity_resolver.h"
#include "api/profile_json.h"
#include "api/routes.h"
#include "base/crypto.h"

#include <fmt/format.h>

namespace weir::api {
namespace {

using identity::IdentityRules;

constexpr size_t kSamples = 20;
constexpr size_t kSampleIdentities = 20;

json::object render_versions(Services& s) {
  json::array versions;
  const identity::RulesVersion* before = nullptr;
  for (const auto& v : s.identities.rules()) {
    json::array changes;
    if (before != nullptr) changes = render_changes(compare(before->rules, v.rules));
    versions.insert(versions.begin(), json::object{{"version", v.version},
                                                   {"since", v.since},
                                                   {"by", v.by},
                                                   {"changes", std::move(changes)}});
    before = &v;
  }
  const identity::RulesVersion& now = s.identities.rules().back();
  return {{"version", now.version},
          {"rules", identity::render_rules(now.rules)},
          {"versions", std::move(versions)},
          {"frozen", s.identities.oversized_count()}};
}

/// Personal values that an operator writes in clear are kept as the tokens that identities have.
Status hide_personal(Services& s, IdentityRules& rules) {
  constexpr size_t kTokenSize = 32;
  for (identity::KindRule& rule : rules.kinds) {
    if (!is_personal(rule.kind)) continue;
    StringSet tokens;
    for (const std::string& value : rule.blocked) {
      bool token = value.size() == kTokenSize &&
                   value.find_first_not_of("0123456789abcdef") == std::string::npos;
      if (token) {
        tokens.insert(value);
        continue;
      }
      auto hidden = s.vault.token(rule.kind, value);
      if (!hidden) {
        return fail(
            ErrorCode::InvalidArgument,
            fmt::format("kinds.{}.blocked: {}", to_string(rule.kind), hidden.error().message),
            "kinds");
      }
      tokens.insert(*std::move(hidden));
    }
    rule.blocked = std::move(tokens);
  }
  return {};
}

/// Asked for by number, by text, or not at all: those that hold. Fold executor.
Result<IdentityRules> wanted_rules(Services& s, const json::object& body) {
  if (const json::value* given = json::find(body, "rules")) {
    WEIR_TRY(IdentityRules rules, identity::parse_rules(*given));
    WEIR_CHECK_OK(hide_personal(s, rules));
    return rules;
  }
  const auto& versions = s.identities.rules();
  if (json::find(body, "version") == nullptr) return versions.back().rules;
  WEIR_TRY(int64_t version, json::required_int(body, "version"));
  for (const auto& v : versions) {
    if (v.version == version) return v.rules;
  }
  return fail(ErrorCode::NotFound,
              fmt::format("the rules have no version {}; the newest is {}", version,
                          versions.back().version),
              "version");
}

void get_rules(Services& s, const Request&, Reply reply) {
  s.gate.run([&s, reply = std::move(reply)] { reply(render_versions(s)); });
}

void put_rules(Services& s, const Request& request, Reply reply) {
  auto body = request.body();
  if (!body) return reply(std::unexpected<Error>(body.error()));
  auto rules = identity::parse_rules(json::value(*body));
  if (!rules) return reply(std::unexpected<Error>(rules.error()));
  s.gate.run([&s, rules = *std::move(rules), dry = request.query("dry_run") == "true",
              who = request.who, reply = std::move(reply)]() mutable {
    if (auto ok = hide_personal(s, rules); !ok) return reply(std::unexpected<Error>(ok.error()));
    json::array changes = render_changes(compare(s.identities.rules().back().rules, rules));
    auto answer = [&s, changes, reply] {
      reply(json::object{{"version", s.identities.rules().back().version}, {"changes", changes}});
    };
    if (dry || changes.empty()) return answer();
    put_definition(s, who, std::string(identity::kRulesDefinition), identity::render_rules(rules),
                   [answer, reply](Status put) {
                     if (!put) return reply(std::unexpected<Error>(put.error()));
                     answer();
                   });
  });
}

json::object render_sample(Services& s, const identity::Regrouping& change) {
  json::array groups;
  size_t shown = 0;
  for (const std::vector<uint32_t>& group : change.groups) {
    json::array identities, profiles;
    std::vector<ProfileOrdinal> seen;
    for (uint32_t i : group) {
      ProfileOrdinal profile = s.identities.owner(IdentityOrdinal(i));
      if (std::ranges::find(seen, profile) == seen.end()) {
        seen.push_back(profile);
        profiles.push_back(json::value(profile_id_text(profile)));
      }
      if (++shown > kSampleIdentities) continue;
      identities.push_back(render_identity(s, profile, s.identities.identity(IdentityOrdinal(i))));
    }
    groups.push_back(json::object{{"profiles", std::move(profiles)},
                                  {"identities", std::move(identities)},
                                  {"size", group.size()}});
  }
  return {{"why", change.why}, {"groups", std::move(groups)}};
}

json::object render_difference(Services& s, const identity::Difference& found) {
  json::array reasons, samples;
  for (const auto& [reason, persons] : found.reasons) {
    reasons.push_back(
        json::object{{"kind", reason.first}, {"refused", reason.second}, {"persons", persons}});
  }
  for (const identity::Regrouping& change : found.changes) {
    if (samples.size() == kSamples) break;
    samples.push_back(render_sample(s, change));
  }
  return {{"joined", found.joined},          {"split", found.split},
          {"created", found.created},        {"reasons", std::move(reasons)},
          {"demoted", found.demoted.size()}, {"restored", found.restored.size()},
          {"samples", std::move(samples)}};
}

json::value render_job(const IdentityResolver::Job* job) {
  if (job == nullptr) return nullptr;
  return json::object{
      {"id", job->id},           {"phase", job->phase},        {"started", job->started},
      {"by", job->who.username}, {"done", job->progress.done}, {"total", job->progress.total},
      {"joined", job->joined},   {"split", job->split},        {"error", job->error}};
}

void list_resolutions(Services& s, const IdentityResolver& resolver, const Reply& reply) {
  json::array applied;
  for (const auto& r : s.identities.resolutions()) {
    applied.push_back(json::object{{"id", r.id},
                                   {"version", r.version},
                                   {"time", r.time},
                                   {"joined", r.joined},
                                   {"split", r.split},
                                   {"by", r.by}});
  }
  reply(json::object{{"job", render_job(resolver.job())}, {"applied", std::move(applied)}});
}

void start(Services& s, IdentityResolver& resolver, const Operator& who, const json::object& body,
           const Reply& reply) {
  auto rules = wanted_rules(s, body);
  if (!rules) return reply(std::unexpected<Error>(rules.error()));
  if (json::optional_bool(body, "dry_run", false)) {
    return resolver.preview(*std::move(rules), [&s, reply](const identity::Difference& found) {
      reply(render_difference(s, found));
    });
  }
  std::string reason = json::optional_string(body, "reason");
  if (reason.empty()) {
    return reply(fail(ErrorCode::InvalidArgument,
                      "\"reason\" is missing: say why people are grouped anew", "reason"));
  }
  std::string id = crypto::to_hex(s.env.random().bytes(8));
  auto run = [&s, &resolver, who, rules = *std::move(rules), id, reply](Status done) mutable {
    if (!done) return reply(std::unexpected<Error>(done.error()));
    s.gate.run([&resolver, who, rules = std::move(rules), id, reply] {
      Status started = resolver.apply(who, rules, id);
      if (!started) return reply(std::unexpected<Error>(started.error()));
      reply(json::object{{"id", id}});
    });
  };
  audit(s, who, "resolve_identities", fmt::format("{} ({})", id, reason), std::move(run));
}

}  // namespace

void add_identity_routes(Router& router, Services& s) {
  auto resolver = std::make_shared<IdentityResolver>(s);
  s.gate.run([&s, resolver] {
    if (s.log.end() == 0) return;
    after_folded(s, s.log.end() - 1, [resolver] { resolver->resume(); });
  });
  router.add("GET", "/api/identity/rules", Permission::Read, route(s, get_rules));
  router.add("PUT", "/api/identity/rules", Permission::Write, route(s, put_rules));
  router.add("GET", "/api/identity/resolutions", Permission::Read,
             [&s, resolver](const Request&, Reply reply) {
               s.gate.run([&s, resolver, reply = std::move(reply)] {
                 list_resolutions(s, *resolver, reply);
               });
             });
  router.add("POST", "/api/identity/resolutions", Permission::Write,
             [&s, resolver](const Request& request, Reply reply) {
               auto body = request.body();
               if (!body) return reply(std::unexpected<Error>(body.error()));
               s.gate.run([&s, resolver, who = request.who, body = *std::move(body),
                           reply = std::move(reply)] { start(s, *resolver, who, body, reply); });
             });
  router.add("DELETE", "/api/identity/resolutions/{id}", Permission::Write,
             [&s, resolver](const Request& request, Reply reply) {
               std::string id(request.param("id"));
               s.gate.run([resolver, id, reply = std::move(reply)] {
                 if (resolver->cancel(id)) return reply(json::object{{"cancelled", true}});
                 reply(fail(ErrorCode::NotFound, "no resolution of this id is running", "id"));
               });
             });
}

}  // namespace weir::api

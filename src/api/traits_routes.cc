// The registry of traits (what there is, of which type and class, whose word counts), and traits of
// a person written by an operator or a program.

#include "api/definitions.h"
#include "api/profile_json.h"
#include "api/routes.h"
#include "base/crypto.h"
#include "model/anchor.h"
#include "model/filter.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

namespace weir::api {
namespace {

constexpr size_t kSampledPeople = 200;  // seen last; a few milliseconds
constexpr size_t kSamples = 3;

/// Values that people seen last have, masked as their class asks; by trait.
std::map<std::string, std::vector<json::value>> samples_of(Services& s) {
  std::map<std::string, std::vector<json::value>> samples;
  for (ProfileOrdinal profile : s.profiles.recent({}, kSampledPeople)) {
    for (const profile::TraitView& trait : s.profiles.view(profile).traits) {
      std::vector<json::value>& shown = samples[trait.name];
      if (shown.size() == kSamples) continue;
      json::value value = shown_trait(s, trait);
      if (std::ranges::find(shown, value) == shown.end()) shown.push_back(std::move(value));
    }
  }
  return samples;
}

json::array texts(const std::vector<std::string>& list) {
  json::array out;
  for (const std::string& one : list) out.push_back(json::value(one));
  return out;
}

json::object render(const profile::TraitInfo& info, const std::vector<json::value>& samples) {
  const TraitRule none;
  const TraitRule& rule = info.rule ? *info.rule : none;
  return {{"name", info.name},
          {"registered", info.rule.has_value()},
          {"type", info.rule ? std::string(to_string(rule.type)) : info.type},
          {"seen_type", info.type},
          {"data_class", info.data_class},
          {"name_zh", rule.name_zh},
          {"name_en", rule.name_en},
          {"sources", texts(rule.sources)},
          {"seen_sources", texts(info.sources)},
          {"history", rule.history},
          {"people", info.people},
          {"refused", info.refused},
          {"samples", json::array(samples.begin(), samples.end())}};
}

void list(Services& s, const Request&, Reply reply) {
  s.gate.run([&s, reply = std::move(reply)] {
    auto samples = samples_of(s);
    json::array traits;
    for (const profile::TraitInfo& info : s.profiles.registry()) {
      traits.push_back(render(info, samples[info.name]));
    }
    profile::SchemaVersion version = s.profiles.schema_version();
    json::object schema = render_trait_schema(s.profiles.schema());
    reply(json::object{{"version", version.number},
                       {"since", version.since},
                       {"by", version.by},
                       {"unregistered", schema.at("unregistered")},
                       {"profiles_total", s.identities.profile_count()},
                       {"traits", std::move(traits)}});
  });
}

/// Traits that people have and the schema does not name: under "quarantine" they come no more.
json::array left_out(Services& s, const TraitSchema& schema) {
  json::array names;
  for (const profile::TraitInfo& info : s.profiles.registry()) {
    if (!info.type.empty() && schema.find(info.name) == nullptr) {
      names.push_back(json::value(info.name));
    }
  }
  return names;
}

void put(Services& s, const Request& request, Reply reply) {
  auto body = request.body();
  if (!body) return reply(std::unexpected<Error>(body.error()));
  auto schema = parse_trait_schema(json::value(*body));
  if (!schema) return reply(std::unexpected<Error>(schema.error()));
  s.gate.run([&s, schema = *std::move(schema), dry = request.query("dry_run") == "true",
              who = request.who, reply = std::move(reply)] {
    auto changed = compare(s.profiles.schema(), schema);
    auto answer = [&s, reply, changes = render_changes(changed), left = left_out(s, schema)] {
      reply(json::object{{"version", s.profiles.schema_version().number},
                         {"changes", changes},
                         {"unregistered_seen", left}});
    };
    if (dry || changed.empty()) return answer();
    put_definition(s, who, std::string(kTraitsDefinition), render_trait_schema(schema),
                   [answer, reply](Status put) {
                     if (!put) return reply(std::unexpected<Error>(put.error()));
                     answer();
                   });
  });
}

/// {"set":{"level":"gold"},"set_once":{},"increment":{"visits":1},"append":{},"unset":["old"]}
Result<std::vector<TraitChange>> parse_changes(const json::object& body) {
  constexpr std::array<std::pair<std::string_view, TraitOp>, 4> kOps = {
      {{"set", TraitOp::Set},
       {"set_once", TraitOp::SetOnce},
       {"increment", TraitOp::Increment},
       {"append", TraitOp::Append}}};
  std::vector<TraitChange> changes;
  for (const auto& [key, op] : kOps) {
    if (json::find(body, key) == nullptr) continue;
    WEIR_TRY(const json::object* members, json::required_object(body, key));
    for (const auto& member : *members) {
      TraitChange& change = changes.emplace_back();
      change.op = op;
      change.name = std::string(member.key().data(), member.key().size());
      std::string field = fmt::format("{}.{}", key, change.name);
      change.value = value_from_json(member.value());
      double number = 0;
      if (member.value().is_null()) {
        return fail(ErrorCode::InvalidArgument,
                    fmt::format("{}: give a value; \"unset\" takes a trait away", field), field);
      }
      if (op == TraitOp::Increment && !as_number(change.value, number)) {
        return fail(ErrorCode::InvalidArgument,
                    fmt::format("{}: only numbers can be incremented", field), field);
      }
    }
  }
  if (json::find(body, "unset") != nullptr) {
    WEIR_TRY(const json::array* names, json::required_array(body, "unset"));
    for (const json::value& name : *names) {
      if (!name.is_string()) {
        return fail(ErrorCode::InvalidArgument, "\"unset\" has names of traits", "unset");
      }
      changes.push_back({TraitOp::Unset, std::string(json::view(name.get_string())), {}});
    }
  }
  constexpr size_t kChangesMax = 200;
  if (changes.empty() || changes.size() > kChangesMax) {
    return fail(ErrorCode::InvalidArgument,
                fmt::format("name 1…{} traits under \"set\", \"set_once\", \"increment\", "
                            "\"append\" or \"unset\"",
                            kChangesMax));
  }
  return changes;
}

Status check(Services& s, const std::vector<TraitChange>& changes) {
  for (const TraitChange& change : changes) {
    auto refused = check_trait(s.profiles.schema(), change);
    if (refused) return fail(ErrorCode::InvalidArgument, refused->message, change.name);
  }
  return {};
}

/// A Track record without a name: it changes traits and is no event, nothing that the person did.
Result<Envelope> edit_record(Services& s, ProfileOrdinal profile, const Operator& who,
                             std::vector<TraitChange> changes) {
  std::vector<Identity> identities;
  for (IdentityOrdinal ordinal : s.identities.identities_of(profile)) {
    identities.push_back(s.identities.identity(ordinal));
  }
  const Identity* anchor = anchor_identity(identities);
  if (anchor == nullptr) {
    return fail(ErrorCode::FailedPrecondition, "the person has no identity to write under", "id");
  }
  Envelope record;
  record.trust = Trust::Verified;
  record.source = "console";
  record.properties = {{"operator", who.username}};
  record.event_time = s.env.clock().now();
  record.message_id = crypto::to_hex(s.env.random().bytes(16));
  record.identities = {*anchor};
  record.traits = std::move(changes);
  return record;
}

void write(Services& s, const Request& request, Reply reply) {
  auto body = request.body();
  if (!body) return reply(std::unexpected<Error>(body.error()));
  auto changes = parse_changes(*body);
  if (!changes) return reply(std::unexpected<Error>(changes.error()));
  s.gate.run([&s, id = std::string(request.param("id")), changes = *std::move(changes),
              who = request.who, reply = std::move(reply)] {
    auto profile = find_profile(s, id);
    if (!profile) return reply(std::unexpected<Error>(profile.error()));
    if (auto ok = check(s, changes); !ok) return reply(std::unexpected<Error>(ok.error()));
    auto record = edit_record(s, *profile, who, changes);
    if (!record) return reply(std::unexpected<Error>(record.error()));
    std::vector<Envelope> batch{*std::move(record)};
    s.appender.append(std::move(batch), [&s, profile = *profile, reply](Result<Position> at) {
      if (!at) return reply(std::unexpected<Error>(at.error()));
      after_folded(s, *at, [&s, profile, reply] {
        json::object out;
        add_view(s, s.profiles.view(s.identities.canonical(profile)), out);
        reply(json::object{{"traits", out.at("traits")}});
      });
    });
  });
}

json::value time_or_null(TimeMs time) {
  return time == 0 ? json::value(nullptr) : json::value(time);
}

json::object render(Services& s, const profile::TraitView& trait,
                    const profile::TraitPeriod& period) {
  profile::TraitView then = trait;
  then.value = period.value;
  return {{"name", trait.name},
          {"value", shown_trait(s, then)},
          {"data_class", trait.data_class},
          {"valid_from", period.from},
          {"valid_to", time_or_null(period.to)},
          {"source", period.source},
          {"recorded_at", time_or_null(period.received)}};
}

/// As the registry knows it: also a trait that the person has no more.
profile::TraitView named(const profile::TraitInfo& info) {
  profile::TraitView view;
  view.name = info.name;
  view.data_class = info.data_class;
  return view;
}

/// TG5: what held at one time (`at`), as it was known at another (`known_at`).
void as_of(Services& s, const Request& request, Reply reply) {
  TimeMs now = s.env.clock().now();
  auto at = request.time("at", s.calendar, now);
  if (!at) return reply(std::unexpected<Error>(at.error()));
  auto known_at = request.time("known_at", s.calendar, INT64_MAX);
  if (!known_at) return reply(std::unexpected<Error>(known_at.error()));
  s.gate.run([&s, id = std::string(request.param("id")), at = *at, known_at = *known_at,
              reply = std::move(reply)] {
    auto profile = find_profile(s, id);
    if (!profile) return reply(std::unexpected<Error>(profile.error()));
    json::array traits, not_kept;
    for (const profile::TraitInfo& info : s.profiles.registry()) {
      profile::TraitPast past = s.profiles.trait_past(*profile, info.name, known_at);
      if (at < past.kept_from) {
        not_kept.push_back(json::value(info.name));
        continue;
      }
      for (const profile::TraitPeriod& period : past.periods) {
        bool holds = period.from <= at && (period.to == 0 || at < period.to);
        if (holds) traits.push_back(render(s, named(info), period));
      }
    }
    reply(json::object{{"at", at},
                       {"known_at", known_at == INT64_MAX ? json::value(nullptr) : known_at},
                       {"traits", std::move(traits)},
                       {"not_kept", std::move(not_kept)}});
  });
}

void history(Services& s, const Request& request, Reply reply) {
  auto known_at = request.time("known_at", s.calendar, INT64_MAX);
  if (!known_at) return reply(std::unexpected<Error>(known_at.error()));
  s.gate.run([&s, id = std::string(request.param("id")), name = request.query("trait"),
              known_at = *known_at, reply = std::move(reply)] {
    auto profile = find_profile(s, id);
    if (!profile) return reply(std::unexpected<Error>(profile.error()));
    auto all = s.profiles.registry();
    auto info = std::ranges::find(all, name, &profile::TraitInfo::name);
    if (info == all.end()) {
      return reply(
          fail(ErrorCode::NotFound, fmt::format("there is no trait \"{}\"", name), "trait"));
    }
    profile::TraitPast past = s.profiles.trait_past(*profile, name, known_at);
    json::array periods;
    for (const profile::TraitPeriod& period : past.periods) {
      periods.push_back(render(s, named(*info), period));
    }
    reply(json::object{{"trait", name},
                       {"history", info->rule && info->rule->history},
                       {"kept_from", time_or_null(past.kept_from)},
                       {"periods", std::move(periods)}});
  });
}

}  // namespace

void add_trait_routes(Router& router, Services& s) {
  router.add("GET", "/api/traits", Permission::Read, route(s, list));
  router.add("PUT", "/api/traits", Permission::Write, route(s, put));
  router.add("GET", "/api/profiles/{id}/traits", Permission::Read, route(s, as_of));
  router.add("GET", "/api/profiles/{id}/traits/history", Permission::Read, route(s, history));
  router.add("POST", "/api/profiles/{id}/traits", Permission::Write, route(s, write));
}

}  // namespace weir::api

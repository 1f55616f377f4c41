// Tags that people or files give (SEMANTICS TG6), a person's history of tags (TG5), and who has a
// tag. Every change is a record of the log with the operator in it.

#include "api/definitions.h"
#include "api/routes.h"
#include "model/anchor.h"

#include <fmt/format.h>

#include <map>

namespace weir::api {
namespace {

constexpr size_t kRowsMax = 10'000;
constexpr size_t kRefusedShown = 20;
constexpr size_t kPeopleShownMax = 1000;

using Code = std::string;

std::unexpected<Error> no_tag(const Code& code) {
  return fail(ErrorCode::NotFound, "tag \"" + code + "\" does not exist", "code");
}

/// The identity that a value is given to: it goes with the person of that identity when the person
/// is split.
Result<IdentityOrdinal> identity_of(Services& s, ProfileOrdinal profile) {
  std::vector<Identity> all;
  std::vector<IdentityOrdinal> ordinals = s.identities.identities_of(profile);
  for (IdentityOrdinal ordinal : ordinals) all.push_back(s.identities.identity(ordinal));
  const Identity* anchor = anchor_identity(all);
  if (anchor != nullptr) return ordinals[static_cast<size_t>(anchor - all.data())];
  if (!ordinals.empty()) return ordinals.front();
  return fail(ErrorCode::NotFound, profile_id_text(profile) + " has no identity", "id");
}

/// Values to be given, by tag and by what is given: each becomes records of at most so many people.
class Giving {
 public:
  Giving(bool import, bool lock, bool force) : import_(import), lock_(lock), force_(force) {}

  void add(const Code& code, const json::value& value, IdentityOrdinal identity) {
    people_[{code, json::to_text(value)}].push_back(identity);
  }

  std::vector<NamedDefinition> records() const {
    std::vector<NamedDefinition> all;
    for (const auto& [what, identities] : people_) {
      auto value = json::parse(what.second);
      for (size_t i = 0; value && i < identities.size(); i += tags::kGivenPeopleMax) {
        auto end = std::min(identities.size(), i + tags::kGivenPeopleMax);
        std::vector<IdentityOrdinal> some(identities.begin() + static_cast<ptrdiff_t>(i),
                                          identities.begin() + static_cast<ptrdiff_t>(end));
        all.push_back({std::string(tags::kGivenPrefix) + what.first,
                       json::value(tags::given_body(*value, import_, lock_, force_, some))});
      }
    }
    return all;
  }

 private:
  bool import_, lock_, force_;
  std::map<std::pair<Code, std::string>, std::vector<IdentityOrdinal>> people_;
};

/// Appends them and calls `then` on the fold executor once the last is folded.
void give(Services& s, const Operator& who, const Giving& giving,
          std::function<void(Status)> then) {
  std::vector<NamedDefinition> records = giving.records();
  if (records.empty()) return then({});
  size_t count = records.size();
  append_definitions(s, who, std::move(records),
                     [&s, count, then = std::move(then)](Result<Position> at) {
                       if (!at) return then(std::unexpected<Error>(at.error()));
                       after_folded(s, *at + count - 1, [then] { then({}); });
                     });
}

json::array tags_of(Services& s, ProfileOrdinal profile) {
  json::array all;
  for (const auto& tag : s.tags.of(profile)) all.push_back(render_tag(tag));
  return all;
}

/// One tag of one person, who was looked at: also where the value is locked.
void give_person(Services& s, const Request& request, const json::value& value, bool lock,
                 const Reply& reply) {
  s.gate.run([&s, id = std::string(request.param("id")), code = Code(request.param("code")), value,
              lock, who = request.who, reply] {
    auto profile = find_profile(s, id);
    if (!profile) return reply(std::unexpected<Error>(profile.error()));
    const tags::TagDefinition* tag = s.tags.definition(code);
    if (tag == nullptr) return reply(no_tag(code));
    if (!value.is_null()) {
      auto typed = tags::parse_value(value, tag->value_type, "value");
      if (!typed) return reply(std::unexpected<Error>(typed.error()));
    }
    auto identity = identity_of(s, *profile);
    if (!identity) return reply(std::unexpected<Error>(identity.error()));
    Giving giving(false, lock, true);
    giving.add(code, value, *identity);
    give(s, who, giving, [&s, profile = *profile, reply](Status done) {
      if (!done) return reply(std::unexpected<Error>(done.error()));
      reply(json::object{{"tags", tags_of(s, s.identities.canonical(profile))}});
    });
  });
}

void put_value(Services& s, const Request& request, Reply reply) {
  auto body = request.body();
  if (!body) return reply(std::unexpected<Error>(body.error()));
  const json::value* value = json::find(*body, "value");
  if (value == nullptr || value->is_null()) {
    return reply(
        fail(ErrorCode::InvalidArgument, "\"value\" is missing; DELETE takes a tag away", "value"));
  }
  give_person(s, request, *value, json::optional_bool(*body, "lock", false), reply);
}

void delete_value(Services& s, const Request& request, Reply reply) {
  give_person(s, request, nullptr, false, reply);
}

json::object render(Services& s, const tags::TagPeriod& period) {
  const tags::TagDefinition* tag = s.tags.definition(period.code);
  auto or_null = [](const std::string& text) {
    return text.empty() ? json::value(nullptr) : json::value(text);
  };
  return {{"code", period.code},
          {"name", tag == nullptr ? period.code : tag->name},
          {"value", period.value},
          {"valid_from", period.from},
          {"valid_to", period.to == 0 ? json::value(nullptr) : json::value(period.to)},
          {"source", period.source},
          {"rule_version", period.version},
          {"base_date", or_null(period.base_date)}};
}

void history(Services& s, const Request& request, Reply reply) {
  auto at = request.time("at", s.calendar, 0);
  if (!at) return reply(std::unexpected<Error>(at.error()));
  s.gate.run([&s, id = std::string(request.param("id")), tag = request.query("tag"), at = *at,
              reply = std::move(reply)] {
    auto profile = find_profile(s, id);
    if (!profile) return reply(std::unexpected<Error>(profile.error()));
    json::array periods;
    for (const auto& one : s.tags.history(*profile, tag, s.env.clock().now())) {
      bool held = at == 0 || (one.from <= at && (one.to == 0 || at < one.to));
      if (held) periods.push_back(render(s, one));
    }
    reply(json::object{{"periods", periods}});
  });
}

/// {"profiles":[id,…],"value","lock"?}; no value or null takes the tag away.
void put_many(Services& s, const Request& request, Reply reply) {
  auto body = request.body();
  if (!body) return reply(std::unexpected<Error>(body.error()));
  auto listed = json::required_array(*body, "profiles");
  if (!listed) return reply(std::unexpected<Error>(listed.error()));
  if ((*listed)->empty() || (*listed)->size() > kRowsMax) {
    return reply(fail(ErrorCode::InvalidArgument,
                      fmt::format("\"profiles\" must be 1…{} profile ids", kRowsMax), "profiles"));
  }
  std::vector<std::string> ids;
  for (const json::value& id : **listed) {
    ids.emplace_back(id.is_string() ? std::string(json::view(id.get_string())) : std::string());
  }
  const json::value* given = json::find(*body, "value");
  json::value value = given == nullptr ? json::value(nullptr) : *given;
  bool lock = json::optional_bool(*body, "lock", false);
  s.gate.run([&s, code = Code(request.param("code")), ids = std::move(ids), value, lock,
              who = request.who, reply = std::move(reply)] {
    const tags::TagDefinition* tag = s.tags.definition(code);
    if (tag == nullptr) return reply(no_tag(code));
    if (!value.is_null()) {
      auto typed = tags::parse_value(value, tag->value_type, "value");
      if (!typed) return reply(std::unexpected<Error>(typed.error()));
    }
    Giving giving(false, lock, false);
    size_t people = 0;
    for (const std::string& id : ids) {
      auto profile = find_profile(s, id);
      auto identity = profile ? identity_of(s, *profile)
                              : Result<IdentityOrdinal>(std::unexpected<Error>(profile.error()));
      if (!identity) continue;
      giving.add(code, value, *identity);
      ++people;
    }
    size_t unknown = ids.size() - people;
    give(s, who, giving, [people, unknown, reply](Status done) {
      if (!done) return reply(std::unexpected<Error>(done.error()));
      reply(json::object{{"people", people}, {"unknown", unknown}});
    });
  });
}

/// One row of an import: whose identity, which tag, which value.
struct Row {
  std::string kind, scope, identity, tag, value;
};

Result<IdentityOrdinal> find_identity(Services& s, const Row& row) {
  WEIR_TRY(IdentityKind kind, parse_identity_kind(row.kind));
  Identity identity{kind, row.scope, row.identity};
  if (is_personal(kind)) {
    WEIR_TRY(identity.value, s.vault.token(kind, row.identity));
  }
  if (auto found = s.identities.find(identity)) return *found;
  return fail(ErrorCode::NotFound, "nobody has this identity", "identity");
}

Status plan_row(Services& s, const Row& row, Giving& giving) {
  const tags::TagDefinition* tag = s.tags.definition(row.tag);
  if (tag == nullptr) return no_tag(row.tag);
  json::value value(nullptr);
  if (!row.value.empty()) {
    WEIR_TRY(Value typed, tags::parse_value_text(row.value, tag->value_type, "value"));
    value = value_to_json(typed);
  }
  WEIR_TRY(IdentityOrdinal identity, find_identity(s, row));
  giving.add(row.tag, value, identity);
  return {};
}

Result<std::vector<Row>> read_rows(const json::object& body) {
  WEIR_TRY(const json::array* listed, json::required_array(body, "rows"));
  if (listed->empty() || listed->size() > kRowsMax) {
    return fail(ErrorCode::InvalidArgument,
                fmt::format("\"rows\" must be 1…{} rows; send a longer file in parts", kRowsMax),
                "rows");
  }
  std::vector<Row> rows;
  for (const json::value& one : *listed) {
    std::string where = fmt::format("rows[{}]", rows.size());
    WEIR_TRY(const json::object* o, json::as_object(one, where));
    Row& row = rows.emplace_back();
    WEIR_TRY(row.kind, json::required_string(*o, "kind", where));
    WEIR_TRY(row.identity, json::required_string(*o, "identity", where));
    WEIR_TRY(row.tag, json::required_string(*o, "tag", where));
    row.scope = json::optional_string(*o, "scope");
    row.value = json::optional_string(*o, "value");
  }
  return rows;
}

void import(Services& s, const Request& request, Reply reply) {
  auto body = request.body();
  if (!body) return reply(std::unexpected<Error>(body.error()));
  auto rows = read_rows(*body);
  if (!rows) return reply(std::unexpected<Error>(rows.error()));
  bool dry_run = json::optional_bool(*body, "dry_run", false);
  s.gate.run([&s, rows = *std::move(rows), dry_run, who = request.who, reply = std::move(reply)] {
    Giving giving(true, false, false);
    json::array refused;
    size_t bad = 0;
    for (size_t i = 0; i < rows.size(); ++i) {
      Status ok = plan_row(s, rows[i], giving);
      if (ok || ++bad > kRefusedShown) continue;
      refused.push_back(json::object{{"row", i}, {"reason", ok.error().message}});
    }
    json::object out{{"rows", rows.size()},
                     {"accepted", rows.size() - bad},
                     {"rejected", bad},
                     {"refused", refused},
                     {"dry_run", dry_run}};
    if (dry_run) return reply(std::move(out));
    audit(s, who, "import_tags", fmt::format("{} rows", rows.size() - bad),
          [&s, who, giving, out, reply](Status done) {
            if (!done) return reply(std::unexpected<Error>(done.error()));
            give(s, who, giving, [out, reply](Status given) {
              if (!given) return reply(std::unexpected<Error>(given.error()));
              reply(out);
            });
          });
  });
}

void people(Services& s, const Request& request, Reply reply) {
  s.gate.run([&s, code = Code(request.param("code")), value = request.query("value"),
              cursor = request.query("cursor"), limit = request.limit(50, kPeopleShownMax),
              reply = std::move(reply)] {
    if (s.tags.definition(code) == nullptr) return reply(no_tag(code));
    ProfileOrdinal from(0);
    if (auto after = parse_profile_id(cursor)) from = ProfileOrdinal(after->value + 1);
    std::vector<ProfileOrdinal> found = s.tags.holders(code, value, from, limit);
    json::array rows;
    for (ProfileOrdinal profile : found) {
      rows.push_back(json::object{{"profile_id", profile_id_text(profile)},
                                  {"display_name", display_name(s, profile)},
                                  {"value", display_text(*s.tags.tag(profile, code))}});
    }
    std::string next = found.size() == limit ? profile_id_text(found.back()) : std::string();
    reply(json::object{{"people", rows}, {"next_cursor", next}});
  });
}

}  // namespace

json::object render_tag(const tags::TagValue& tag) {
  return {{"code", tag.code},
          {"name", tag.name},
          {"value", value_to_json(tag.value)},
          {"since", tag.since},
          {"source", tags::to_string(tag.source)}};
}

void add_tag_value_routes(Router& router, Services& s) {
  router.add("GET", "/api/profiles/{id}/tags/history", Permission::Read, route(s, history));
  router.add("PUT", "/api/profiles/{id}/tags/{code}", Permission::Write, route(s, put_value));
  router.add("DELETE", "/api/profiles/{id}/tags/{code}", Permission::Write, route(s, delete_value));
  router.add("POST", "/api/tags/import", Permission::Write, route(s, import));
  router.add("POST", "/api/tags/{code}/values", Permission::Write, route(s, put_many));
  router.add("GET", "/api/tags/{code}/people", Permission::Read, route(s, people));
}

}  // namespace weir::api

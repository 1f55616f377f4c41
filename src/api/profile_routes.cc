#include "api/definitions.h"
#include "api/profile_json.h"
#include "api/routes.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace weir::api {
namespace {

constexpr size_t kMessagesShown = 50;

std::string masked_value(Services& s, const Value& value) {
  const auto* sealed = std::get_if<Sealed>(&value);
  return sealed == nullptr ? display_text(value) : s.vault.masked(*sealed);
}

/// A personal identity's value is a look-up token: show the person's own masked address that it
/// belongs to, or a short form of the token when that trait is gone.
std::string shown_value(Services& s, ProfileOrdinal profile, const Identity& identity) {
  if (!is_personal(identity.kind)) return identity.value;
  for (std::string_view name : {"phone", "mobile", "email"}) {
    const Value* value = s.profiles.trait(profile, name);
    const auto* sealed = value == nullptr ? nullptr : std::get_if<Sealed>(value);
    if (sealed != nullptr && sealed->token == identity.value) return s.vault.masked(*sealed);
  }
  return "#" + identity.value.substr(0, 8);
}

json::array channels_of(Services& s, ProfileOrdinal profile) {
  json::array channels;
  bool wechat = false, wecom = false, web = false, member = false;
  for (IdentityOrdinal ordinal : s.identities.identities_of(profile)) {
    switch (s.identities.identity(ordinal).kind) {
      case IdentityKind::OpenId:
      case IdentityKind::UnionId: wechat = true; break;
      case IdentityKind::ExternalUserId: wecom = true; break;
      case IdentityKind::AnonymousId:
      case IdentityKind::Device: web = true; break;
      case IdentityKind::UserId: member = true; break;
      default: break;
    }
  }
  if (wechat) channels.push_back("wechat");
  if (wecom) channels.push_back("wecom");
  if (s.profiles.address(profile, IdentityKind::Phone) != nullptr) channels.push_back("sms");
  if (web) channels.push_back("web");
  if (member) channels.push_back("member");
  return channels;
}

/// Who has exactly this identity value, phone number, e-mail address or profile id.
std::vector<ProfileOrdinal> search(Services& s, const std::string& text) {
  std::vector<ProfileOrdinal> found;
  auto add = [&](ProfileOrdinal profile) {
    profile = s.identities.canonical(profile);
    auto info = s.identities.info(profile);
    if (!info || !info->live) return;
    if (std::find(found.begin(), found.end(), profile) == found.end()) found.push_back(profile);
  };
  if (auto id = parse_profile_id(text); id && s.identities.info(*id)) add(*id);
  for (IdentityKind kind : {IdentityKind::Phone, IdentityKind::Email}) {
    auto token = s.vault.token(kind, text);
    if (!token) continue;
    if (auto ordinal = s.identities.find({kind, "", *token})) add(s.identities.owner(*ordinal));
    // A member number that is a phone number is stored as its token too (ADR 0003).
    if (auto ordinal = s.identities.find({IdentityKind::UserId, "", *token})) {
      add(s.identities.owner(*ordinal));
    }
  }
  for (IdentityKind kind :
       {IdentityKind::UserId, IdentityKind::OpenId, IdentityKind::UnionId,
        IdentityKind::ExternalUserId, IdentityKind::AnonymousId, IdentityKind::Device}) {
    for (const std::string& scope : s.identity_scopes) {
      if (auto ordinal = s.identities.find({kind, scope, text})) add(s.identities.owner(*ordinal));
    }
  }
  return found;
}

std::string cursor_text(profile::RecencyCursor cursor) {
  return fmt::format("{}.{}", cursor.last_seen, cursor.profile.value);
}

profile::RecencyCursor parse_cursor(const std::string& text) {
  profile::RecencyCursor cursor;
  size_t dot = text.find('.');
  if (dot == std::string::npos) return cursor;
  std::from_chars(text.data(), text.data() + dot, cursor.last_seen);
  std::from_chars(text.data() + dot + 1, text.data() + text.size(), cursor.profile.value);
  return cursor;
}

struct Wanted {
  std::string query, segment;
  bool frozen = false;
  std::string cursor;
  size_t limit = 0;
};

/// The first profile of a page that is ordered by profile.
ProfileOrdinal page_start(const std::string& cursor) {
  auto last = parse_profile_id(cursor);
  return last ? ProfileOrdinal(last->value + 1) : ProfileOrdinal(0);
}

json::value list_page(Services& s, const Wanted& wanted) {
  const auto& [query, segment, frozen, cursor, limit] = wanted;
  json::array rows;
  std::string next;
  uint64_t total = s.identities.profile_count();
  std::vector<ProfileOrdinal> page;
  if (!query.empty()) {
    page = search(s, query);
    total = page.size();
  } else if (!segment.empty()) {
    page = s.segments.members(segment, page_start(cursor), limit);
    auto info = s.segments.get(segment);
    total = info ? info->count : 0;
    if (page.size() == limit) next = profile_id_text(page.back());
  } else if (frozen) {
    page = s.identities.oversized_profiles(page_start(cursor), limit);
    total = s.identities.oversized_count();
    if (page.size() == limit) next = profile_id_text(page.back());
  } else {
    page = s.profiles.recent(parse_cursor(cursor), limit);
    if (page.size() == limit) next = cursor_text(s.profiles.cursor_of(page.back()));
  }
  for (ProfileOrdinal profile : page) rows.push_back(profile_row(s, profile));
  return json::object{{"total", total}, {"profiles", rows}, {"next_cursor", next}};
}

void list(Services& s, const Request& request, Reply reply) {
  Wanted wanted{request.query("query"), request.query("segment"), request.query("frozen") == "true",
                request.query("cursor"), request.limit(50, 500)};
  s.gate.run(
      [&s, wanted = std::move(wanted), reply = std::move(reply)] { reply(list_page(s, wanted)); });
}

void add_identity_parts(Services& s, ProfileOrdinal profile, json::object& out) {
  identity::Explanation why = s.identities.explain(profile);
  json::array identities;
  for (const auto& view : why.identities) {
    json::object one = render_identity(s, profile, view.identity);
    one["id"] = view.ordinal.value;
    one["first_seen"] = view.first_seen;
    one["last_seen"] = view.last_seen;
    one["source"] = view.source;
    one["demoted"] = view.demoted;
    json::array others;
    for (ProfileOrdinal other : view.others) {
      others.push_back(json::object{{"profile_id", profile_id_text(other)},
                                    {"display_name", display_name(s, other)}});
    }
    one["others"] = std::move(others);
    identities.push_back(std::move(one));
  }
  out["identities"] = identities;
  out["links"] = render_links(s, profile, why.links);
}

void add_decisions(Services& s, ProfileOrdinal profile, json::object& out) {
  json::array tags, segments, enrollments, coupons;
  for (const auto& t : s.tags.of(profile)) tags.push_back(render_tag(t));
  for (const auto& m : s.segments.of(profile)) {
    segments.push_back(
        json::object{{"id", m.segment_id}, {"name", m.segment_name}, {"since", m.since}});
  }
  for (const auto& e : s.journeys.enrollments_of(profile)) {
    enrollments.push_back(json::object{{"enrollment_id", e.enrollment_id},
                                       {"journey_id", e.journey_id},
                                       {"journey_name", e.journey_name},
                                       {"state", e.state},
                                       {"node", e.node},
                                       {"entered_at", e.entered_at},
                                       {"exit_reason", e.exit_reason}});
  }
  for (const auto& c : s.coupons.coupons_of(profile)) {
    coupons.push_back(json::object{{"coupon_id", c.coupon_id},
                                   {"template", c.template_id},
                                   {"state", c.state},
                                   {"issued_at", c.issued_at},
                                   {"valid_until", c.valid_until}});
  }
  out["tags"] = tags;
  out["segments"] = segments;
  out["enrollments"] = enrollments;
  out["coupons"] = coupons;
  out["messages"] = messages_of(s, profile, kMessagesShown);
}

void get(Services& s, const Request& request, Reply reply) {
  s.gate.run([&s, id = std::string(request.param("id")), reply = std::move(reply)] {
    auto profile = find_profile(s, id);
    if (!profile) return reply(std::unexpected<Error>(profile.error()));
    std::string canonical = profile_id_text(*profile);
    json::object out{
        {"profile_id", canonical},
        {"display_name", display_name(s, *profile)},
        {"oversized", s.identities.oversized(*profile)},
        {"merged_into", canonical == id ? json::value(nullptr) : json::value(canonical)}};
    add_view(s, s.profiles.view(*profile), out);
    add_identity_parts(s, *profile, out);
    add_decisions(s, *profile, out);
    reply(std::move(out));
  });
}

void timeline(Services& s, const Request& request, Reply reply) {
  s.gate.run([&s, id = std::string(request.param("id")), limit = request.limit(50, 500),
              before = request.query("before"), who = request.who.username,
              reply = std::move(reply)] {
    auto profile = find_profile(s, id);
    if (!profile) return reply(std::unexpected<Error>(profile.error()));
    json::object query{
        {"kind", "timeline"}, {"profile_id", profile_id_text(*profile)}, {"limit", limit}};
    if (!before.empty()) query["before"] = before;
    s.analyst.answer(std::move(query), who, reply);
  });
}

void reveal(Services& s, const Request& request, Reply reply) {
  auto body = request.body();
  if (!body) return reply(std::unexpected<Error>(body.error()));
  auto trait = json::required_string(*body, "trait");
  if (!trait) return reply(std::unexpected<Error>(trait.error()));
  std::string id(request.param("id"));
  audit(s, request.who, "reveal", id + "/" + *trait, [&s, id, trait = *trait, reply](Status done) {
    if (!done) return reply(std::unexpected<Error>(done.error()));
    s.gate.run([&s, id, trait, reply] {
      auto profile = find_profile(s, id);
      if (!profile) return reply(std::unexpected<Error>(profile.error()));
      const Value* value = s.profiles.trait(*profile, trait);
      const auto* sealed = value == nullptr ? nullptr : std::get_if<Sealed>(value);
      if (sealed == nullptr) {
        return reply(fail(ErrorCode::NotFound, "there is no personal trait of that name", "trait"));
      }
      auto clear = s.vault.open(*sealed);
      if (!clear) return reply(std::unexpected<Error>(clear.error()));
      reply(json::object{{"value", *clear}});
    });
  });
}

Envelope erase_record(Services& s, ProfileOrdinal profile, const Identity& identity) {
  Envelope record;
  record.kind = RecordKind::Erase;
  record.trust = Trust::Verified;
  record.source = "console";
  record.name = profile_id_text(profile);
  record.event_time = s.env.clock().now();
  record.message_id = fmt::format("erase-{}-{}", record.name, record.event_time);
  record.identities = {identity};
  return record;
}

/// The person, and what refused inputs say of the person, go in one batch: both or neither.
void append_erase(Services& s, ProfileOrdinal profile, const Reply& reply) {
  std::vector<Identity> identities;
  for (IdentityOrdinal ordinal : s.identities.identities_of(profile)) {
    identities.push_back(s.identities.identity(ordinal));
  }
  if (identities.empty()) return reply(json::object{{"erased", true}, {"quarantine_items", 0}});
  Envelope record = erase_record(s, profile, identities.front());
  s.collect.find_mentions(
      identities, [&s, record = std::move(record), reply](Result<std::vector<std::string>> ids) {
        if (!ids) return reply(std::unexpected<Error>(ids.error()));
        std::vector<Envelope> batch;
        for (const std::string& id : *ids) {
          batch.push_back(collect::released_record(id, "erased", s.env.clock().now()));
        }
        batch.push_back(record);
        s.appender.append(std::move(batch), [&s, reply, items = ids->size()](Result<Position> at) {
          if (!at) return reply(std::unexpected<Error>(at.error()));
          after_folded(s, *at + items, [reply, items] {
            reply(json::object{{"erased", true}, {"quarantine_items", items}});
          });
        });
      });
}

void erase(Services& s, const Request& request, Reply reply) {
  auto body = request.body();
  if (!body) return reply(std::unexpected<Error>(body.error()));
  auto reason = json::required_string(*body, "reason");
  if (!reason) return reply(std::unexpected<Error>(reason.error()));
  std::string id(request.param("id"));
  audit(s, request.who, "erase", id, [&s, id, reply](Status done) {
    if (!done) return reply(std::unexpected<Error>(done.error()));
    s.gate.run([&s, id, reply] {
      auto profile = find_profile(s, id);
      if (!profile) return reply(std::unexpected<Error>(profile.error()));
      append_erase(s, *profile, reply);
    });
  });
}

}  // namespace

json::object render_identity(Services& s, ProfileOrdinal profile, const Identity& identity) {
  return {{"kind", std::string(to_string(identity.kind))},
          {"scope", identity.scope},
          {"value", shown_value(s, profile, identity)}};
}

json::array render_links(Services& s, ProfileOrdinal profile,
                         const std::vector<identity::LinkView>& links) {
  json::array all;
  for (const auto& link : links) {
    all.push_back(json::object{{"a", render_identity(s, profile, link.a)},
                               {"b", render_identity(s, profile, link.b)},
                               {"rule", link.rule},
                               {"refused", link.refused},
                               {"time", link.time},
                               {"position", link.position},
                               {"message_id", link.message_id},
                               {"source", link.source},
                               {"version", link.version}});
  }
  return all;
}

json::value shown_trait(Services& s, const profile::TraitView& trait) {
  if (std::holds_alternative<Sealed>(trait.value)) {
    return json::value(masked_value(s, trait.value));
  }
  // Written before it was registered as personal.
  const TraitRule* rule = s.profiles.schema().find(trait.name);
  if (rule != nullptr && rule->data_class != DataClass::Public) return "•••";
  return value_to_json(trait.value);
}

void add_view(Services& s, const profile::ProfileView& view, json::object& out) {
  out["created_at"] = view.created_at;
  out["first_seen"] = view.first_seen;
  out["last_seen"] = view.last_seen;
  out["event_count"] = view.event_count;
  json::array traits, consents, contacts, follows;
  for (const auto& t : view.traits) {
    json::object one{{"name", t.name},
                     {"value", shown_trait(s, t)},
                     {"data_class", t.data_class},
                     {"source", t.source},
                     {"time", t.time}};
    if (const TraitRule* rule = s.profiles.schema().find(t.name)) {
      one["name_zh"] = rule->name_zh;
      one["name_en"] = rule->name_en;
      one["history"] = rule->history;
    }
    traits.push_back(std::move(one));
  }
  for (const auto& c : view.consents) {
    consents.push_back(json::object{{"channel", c.channel},
                                    {"purpose", c.purpose},
                                    {"state", c.granted ? "granted" : "withdrawn"},
                                    {"time", c.time},
                                    {"source", c.source}});
  }
  for (const Contact& c : view.contacts) {
    contacts.push_back(json::object{{"staff_userid", c.staff_userid},
                                    {"corp", c.corp},
                                    {"state", c.state},
                                    {"since", c.since}});
  }
  for (const std::string& appid : view.follows) follows.push_back(json::value(appid));
  out["traits"] = traits;
  out["consents"] = consents;
  out["contacts"] = contacts;
  out["follows"] = follows;
}

Result<ProfileOrdinal> find_profile(Services& s, const std::string& id) {
  WEIR_TRY(ProfileOrdinal profile, parse_profile_id(id));
  auto info = s.identities.info(profile);
  if (!info || info->erased) {
    return fail(ErrorCode::NotFound, fmt::format("profile \"{}\" does not exist", id), "id");
  }
  return info->canonical;
}

std::string display_name(Services& s, ProfileOrdinal profile) {
  for (std::string_view name : {"name", "nickname", "real_name"}) {
    const Value* value = s.profiles.trait(profile, name);
    if (value != nullptr) return masked_value(s, *value);
  }
  return profile_id_text(profile);
}

json::object profile_row(Services& s, ProfileOrdinal profile) {
  profile::ProfileView view = s.profiles.view(profile);
  json::array tags;
  for (const auto& tag : s.tags.of(profile)) {
    tags.push_back(json::value(fmt::format("{}：{}", tag.name, display_text(tag.value))));
  }
  return {{"profile_id", profile_id_text(profile)},
          {"display_name", display_name(s, profile)},
          {"channels", channels_of(s, profile)},
          {"identity_count", s.identities.identities_of(profile).size()},
          {"event_count", view.event_count},
          {"first_seen", view.first_seen},
          {"last_seen", view.last_seen},
          {"tags", tags}};
}

void add_profile_routes(Router& router, Services& s) {
  router.add("GET", "/api/profiles", Permission::Read, route(s, list));
  router.add("GET", "/api/profiles/{id}", Permission::Read, route(s, get));
  router.add("GET", "/api/profiles/{id}/timeline", Permission::Read, route(s, timeline));
  router.add("POST", "/api/profiles/{id}/reveal", Permission::Reveal, route(s, reveal));
  router.add("POST", "/api/profiles/{id}/erase", Permission::Reveal, route(s, erase));
}

}  // namespace weir::api

#include "collect/protocols/posthog/event.h"

#include "collect/batch.h"
#include "collect/commerce.h"
#include "collect/identities.h"

#include <algorithm>
#include <array>

namespace weir::collect::posthog {
namespace {

constexpr size_t kDistinctIdBytesMax = 200;  // PostHog cuts here too

// Members of "properties" that say who or how, not what happened.
bool is_envelope_key(std::string_view key) {
  static constexpr std::array<std::string_view, 8> kKeys = {
      "$set", "$set_once", "$unset", "token", "distinct_id", "$anon_distinct_id", "alias", "$ip"};
  return std::ranges::find(kKeys, key) != kKeys.end();
}

// Numbers and containers become text, as PostHog does.
std::string any_text(Json json) {
  std::string_view text;
  std::string out = json.get_string().get(text) ? json_text(json) : std::string(text);
  return std::string(cut_utf8(out, kDistinctIdBytesMax));
}

bool find_any(const JsonObject& event, const JsonObject* properties, std::string_view key,
              std::string& out) {
  Json value;
  bool found = find(event, key, value) || (properties != nullptr && find(*properties, key, value));
  if (!found || value.is_null()) return false;
  out = any_text(value);
  return !out.empty();
}

bool find_bool(const JsonObject* properties, std::string_view key, bool& out) {
  Json value;
  return properties != nullptr && find(*properties, key, value) && !value.get_bool().get(out);
}

// PostHog has one id for both states of a person. Which it is, the browser says; servers know their
// users; else a random-looking id is an anonymous one.
bool is_anonymous(std::string_view distinct_id, const JsonObject* properties) {
  bool flag = false;
  if (find_bool(properties, "$is_identified", flag)) return !flag;
  std::string_view other;
  if (properties != nullptr && find_string(*properties, "$device_id", other) &&
      other == distinct_id) {
    return true;
  }
  if (properties != nullptr && find_string(*properties, "$user_id", other) &&
      other == distinct_id) {
    return false;
  }
  if (find_bool(properties, "$is_server", flag) && flag) return false;
  return looks_random(distinct_id);
}

Verdict read_person(const JsonObject& holder, std::string_view where, ReadCounts& counts,
                    Envelope& out) {
  JsonObject set;
  if (find_object(holder, "$set", set)) {
    if (auto bad = read_traits(set, TraitOp::Set, where, {}, counts, out.traits)) return bad;
  }
  if (find_object(holder, "$set_once", set)) {
    if (auto bad = read_traits(set, TraitOp::SetOnce, where, {}, counts, out.traits)) return bad;
  }
  Json unset;
  JsonArray names;
  if (find(holder, "$unset", unset) && !unset.get_array().get(names)) {
    for (Json name : names) {
      std::string_view trait;
      if (!name.get_string().get(trait))
        out.traits.push_back({TraitOp::Unset, std::string(trait), {}});
    }
  }
  return {};
}

Verdict read_when(const JsonObject& event, const ItemContext& context, Envelope& out) {
  Json value;
  if (find(event, "timestamp", value) && !value.is_null()) {
    return read_time(value, "timestamp", out.event_time);
  }
  int64_t offset = 0;
  if (find(event, "offset", value) && !value.get_int64().get(offset) && offset >= 0 &&
      offset < kDayMs) {
    out.event_time = context.received_time - offset;
    out.sent_time = 0;  // relative to the receipt already
  }
  return {};
}

Verdict read_alias(const JsonObject* properties, Envelope& out) {
  out.kind = RecordKind::Alias;
  Json alias;
  if (properties == nullptr || !find(*properties, "alias", alias) || alias.is_null()) {
    return refuse(reason::kMissing, "properties.alias", "an alias event needs properties.alias");
  }
  // The id that joins a known person is taken for an anonymous one: nobody has two user ids.
  add_identity(out, IdentityKind::AnonymousId, {}, any_text(alias));
  if (out.identities.size() < 2) {
    return refuse(reason::kMissing, "properties.alias", "an alias event needs two different ids");
  }
  return {};
}

Verdict read_group(const JsonObject* properties, ReadCounts& counts, std::string_view distinct_id,
                   Envelope& out) {
  out.kind = RecordKind::Group;
  std::string_view type;
  std::string key;
  Json id;
  if (properties == nullptr || !find_string(*properties, "$group_type", type) ||
      !find(*properties, "$group_key", id) || !id_text(id, key)) {
    return refuse(reason::kMissing, "properties.$group_key", "needs $group_type and $group_key");
  }
  // SDKs without a person at hand make up "$<type>_<key>": that is nobody.
  if (distinct_id == std::string("$") + std::string(type) + "_" + key) out.identities.clear();
  out.properties.push_back({"group_id", key});
  out.properties.push_back({"group_type", std::string(type)});
  JsonObject set;
  if (find_object(*properties, "$group_set", set)) {
    return read_traits(set, TraitOp::Set, "properties.$group_set", {}, counts, out.traits);
  }
  return {};
}

Verdict read_named(std::string_view name, const JsonObject* properties, ReadCounts& counts,
                   Envelope& out) {
  if (name == "$create_alias" || name == "$merge_dangerously") return read_alias(properties, out);
  if (name == "$identify" || name == "$set") {
    out.kind = RecordKind::Identify;
    if (Json value; properties != nullptr && find(*properties, "$anon_distinct_id", value)) {
      add_identity(out, IdentityKind::AnonymousId, {}, any_text(value));
    }
  } else if (name == "$pageview") {
    out.kind = RecordKind::Page;
  } else if (name == "$screen") {
    out.kind = RecordKind::Screen;
  } else {
    if (auto bad = check_event_name(name, "event")) return bad;
    out.name = name;
  }
  if (properties == nullptr) return {};
  if (auto bad =
          read_properties(*properties, "properties", {}, counts, out.properties, is_envelope_key)) {
    return bad;
  }
  return map_commerce(out);
}

}  // namespace

std::string_view event_token(Json json) {
  JsonObject event, properties;
  std::string_view token;
  if (json.get_object().get(event)) return {};
  for (std::string_view key : {"token", "api_key", "$token"}) {
    if (find_string(event, key, token)) return token;
  }
  if (find_object(event, "properties", properties) && find_string(properties, "token", token))
    return token;
  return {};
}

Verdict read_event(Json json, const ItemContext& context, ReadCounts& counts, Envelope& out) {
  JsonObject event, inner;
  if (json.get_object().get(event)) return refuse(reason::kBadType, "", "an event is an object");
  Json value;
  const JsonObject* properties = nullptr;
  if (find(event, "properties", value) && !value.is_null()) {
    if (value.get_object().get(inner))
      return refuse(reason::kBadType, "properties", "must be an object");
    properties = &inner;
  }
  std::string_view name;
  if (!find_string(event, "event", name) || name.empty()) {
    return refuse(reason::kMissing, "event", "the event has no name");
  }
  std::string distinct_id;
  if (!find_any(event, properties, "distinct_id", distinct_id) &&
      !find_any(event, nullptr, "$distinct_id", distinct_id)) {
    return refuse(reason::kNoIdentity, "distinct_id", "the event has no distinct_id");
  }
  bool anonymous = is_anonymous(distinct_id, properties);
  if (!add_identity(out, anonymous ? IdentityKind::AnonymousId : IdentityKind::UserId, {},
                    distinct_id)) {
    return refuse(reason::kBadType, "distinct_id", "the id holds control characters");
  }
  if (auto bad = read_when(event, context, out)) return bad;
  std::string_view uuid;
  find_string(event, "uuid", uuid);
  out.message_id = message_id_or_hash(uuid, json, context.received_time);
  if (name == "$groupidentify") return read_group(properties, counts, distinct_id, out);
  if (auto bad = read_named(name, properties, counts, out)) return bad;
  if (auto bad = read_person(event, "$set", counts, out)) return bad;
  if (properties != nullptr) {
    if (auto bad = read_person(*properties, "properties.$set", counts, out)) return bad;
  }
  add_trait_identities(out);
  return {};
}

}  // namespace weir::collect::posthog

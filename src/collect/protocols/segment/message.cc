#include "collect/protocols/segment/message.h"

#include "collect/batch.h"
#include "collect/commerce.h"
#include "collect/identities.h"

#include <array>

namespace weir::collect::segment {
namespace {

// One pass over the message: its known members.
struct Message {
  std::string_view type, message_id, name, event;
  Json user_id, anonymous_id, group_id, previous_id;
  Json timestamp, original_timestamp, sent_at;
  JsonObject properties, traits, context;
  bool has_user_id = false, has_anonymous_id = false, has_group_id = false, has_previous_id = false;
  bool has_timestamp = false, has_original_timestamp = false, has_sent_at = false,
       has_category = false;
  bool has_properties = false, has_traits = false, has_context = false;
  std::string_view category;
};

Verdict text(Json value, std::string_view key, std::string_view& out) {
  if (value.is_null() || !value.get_string().get(out)) return {};
  return refuse(reason::kBadType, key, "must be a string");
}

Verdict object(Json value, std::string_view key, JsonObject& out, bool& has) {
  if (value.is_null()) return {};
  if (value.get_object().get(out)) return refuse(reason::kBadType, key, "must be an object");
  has = true;
  return {};
}

void keep(Json value, Json& out, bool& has) {
  if (value.is_null()) return;
  out = value;
  has = true;
}

Verdict read_members(const JsonObject& o, Message& m) {
  for (auto [key, value] : o) {
    Verdict bad;
    if (key == "type")
      bad = text(value, key, m.type);
    else if (key == "event")
      bad = text(value, key, m.event);
    else if (key == "messageId")
      bad = text(value, key, m.message_id);
    else if (key == "name")
      bad = text(value, key, m.name);
    else if (key == "category")
      bad = text(value, key, m.category);
    else if (key == "properties")
      bad = object(value, key, m.properties, m.has_properties);
    else if (key == "traits")
      bad = object(value, key, m.traits, m.has_traits);
    else if (key == "context")
      bad = object(value, key, m.context, m.has_context);
    else if (key == "userId")
      keep(value, m.user_id, m.has_user_id);
    else if (key == "anonymousId")
      keep(value, m.anonymous_id, m.has_anonymous_id);
    else if (key == "groupId")
      keep(value, m.group_id, m.has_group_id);
    else if (key == "previousId")
      keep(value, m.previous_id, m.has_previous_id);
    else if (key == "timestamp")
      keep(value, m.timestamp, m.has_timestamp);
    else if (key == "originalTimestamp")
      keep(value, m.original_timestamp, m.has_original_timestamp);
    else if (key == "sentAt")
      keep(value, m.sent_at, m.has_sent_at);
    if (bad) return bad;
  }
  return {};
}

Verdict add_id(Json json, std::string_view field, IdentityKind kind, Envelope& out) {
  std::string id;
  std::string_view empty;
  if (!json.get_string().get(empty) && empty.empty()) return {};  // "" is how some SDKs say none
  if (!id_text(json, id)) {
    return refuse(reason::kBadType, field, "an id is text or a number of at most 255 bytes");
  }
  add_identity(out, kind, {}, id);
  return {};
}

Verdict read_ids(const Message& m, Envelope& out) {
  if (m.has_user_id) {
    if (auto bad = add_id(m.user_id, "userId", IdentityKind::UserId, out)) return bad;
  }
  if (m.has_anonymous_id) {
    if (auto bad = add_id(m.anonymous_id, "anonymousId", IdentityKind::AnonymousId, out))
      return bad;
  }
  if (out.identities.empty()) {
    return refuse(reason::kNoIdentity, "userId", "the message has neither userId nor anonymousId");
  }
  return {};
}

Verdict read_times(const Message& m, Envelope& out) {
  if (m.has_sent_at) {
    TimeMs sent = 0;
    // A broken sentAt only costs the correction of the clock.
    if (!read_time(m.sent_at, "sentAt", sent)) out.sent_time = sent;
  }
  if (m.has_original_timestamp)
    return read_time(m.original_timestamp, "originalTimestamp", out.event_time);
  if (m.has_timestamp) return read_time(m.timestamp, "timestamp", out.event_time);
  return {};
}

struct ContextField {
  std::string_view object, key, property;
};
constexpr std::array kContextFields = {
    ContextField{"library", "name", "$lib"},
    ContextField{"library", "version", "$lib_version"},
    ContextField{"page", "url", "$url"},
    ContextField{"page", "path", "$url_path"},
    ContextField{"page", "title", "$title"},
    ContextField{"page", "referrer", "$referrer"},
    ContextField{"campaign", "source", "$utm_source"},
    ContextField{"campaign", "medium", "$utm_medium"},
    ContextField{"campaign", "name", "$utm_campaign"},
    ContextField{"campaign", "term", "$utm_term"},
    ContextField{"campaign", "content", "$utm_content"},
    ContextField{"os", "name", "$os"},
    ContextField{"os", "version", "$os_version"},
    ContextField{"device", "model", "$model"},
    ContextField{"device", "manufacturer", "$manufacturer"},
    ContextField{"app", "name", "$app_name"},
    ContextField{"app", "version", "$app_version"},
};

// Known members only: the context also carries addresses and device numbers that nobody asked for.
void read_context(const JsonObject& context, Envelope& out) {
  for (auto [name, value] : context) {
    JsonObject inner;
    if (value.get_object().get(inner)) continue;
    for (const ContextField& field : kContextFields) {
      std::string_view found;
      if (field.object == name && find_string(inner, field.key, found) && !found.empty()) {
        out.properties.push_back({std::string(field.property), std::string(found)});
      }
    }
  }
}

Verdict add_properties(const Message& m, ReadCounts& counts, Envelope& out) {
  if (m.has_properties) {
    return read_properties(m.properties, "properties", {}, counts, out.properties);
  }
  return {};
}

Verdict read_identify(const Message& m, ReadCounts& counts, Envelope& out) {
  out.kind = RecordKind::Identify;
  if (m.has_traits) {
    if (auto bad = read_traits(m.traits, TraitOp::Set, "traits", {}, counts, out.traits))
      return bad;
  } else if (JsonObject traits; m.has_context && find_object(m.context, "traits", traits)) {
    if (auto bad = read_traits(traits, TraitOp::Set, "context.traits", {}, counts, out.traits))
      return bad;
  }
  add_trait_identities(out);
  return {};
}

Verdict read_group(const Message& m, ReadCounts& counts, Envelope& out) {
  out.kind = RecordKind::Group;
  std::string id;
  if (!m.has_group_id || !id_text(m.group_id, id)) {
    return refuse(reason::kMissing, "groupId", "a group message needs a groupId");
  }
  out.properties.push_back({"group_id", std::move(id)});
  if (m.has_traits) return read_traits(m.traits, TraitOp::Set, "traits", {}, counts, out.traits);
  return {};
}

Verdict read_alias(const Message& m, Envelope& out) {
  out.kind = RecordKind::Alias;
  if (!m.has_user_id || !m.has_previous_id) {
    return refuse(reason::kMissing, m.has_user_id ? "previousId" : "userId",
                  "an alias needs userId and previousId");
  }
  if (auto bad = add_id(m.user_id, "userId", IdentityKind::UserId, out)) return bad;
  // What came before a user id is nearly always an anonymous one, and no person has two user ids.
  if (auto bad = add_id(m.previous_id, "previousId", IdentityKind::AnonymousId, out)) return bad;
  if (out.identities.size() < 2) {
    return refuse(reason::kMissing, "previousId", "an alias needs two ids that are not empty");
  }
  return {};
}

Verdict read_view(const Message& m, bool page, ReadCounts& counts, Envelope& out) {
  out.kind = page ? RecordKind::Page : RecordKind::Screen;
  if (!m.name.empty()) {
    out.properties.push_back({page ? "$page_name" : "$screen_name", std::string(m.name)});
  }
  if (!m.category.empty()) out.properties.push_back({"$category", std::string(m.category)});
  return add_properties(m, counts, out);
}

Verdict read_track(const Message& m, ReadCounts& counts, Envelope& out) {
  out.kind = RecordKind::Track;
  if (auto bad = check_event_name(m.event, "event")) return bad;
  out.name = m.event;
  if (auto bad = add_properties(m, counts, out)) return bad;
  return map_commerce(out);
}

}  // namespace

Verdict read_message(Json json, std::string_view type, const ItemContext& context,
                     ReadCounts& counts, Envelope& out) {
  JsonObject members;
  if (json.get_object().get(members)) return refuse(reason::kBadType, "", "a message is an object");
  Message m;
  if (auto bad = read_members(members, m)) return bad;
  if (!type.empty()) m.type = type;
  if (auto bad = read_times(m, out)) return bad;
  out.message_id = message_id_or_hash(m.message_id, json, context.received_time);
  if (m.type == "alias") return read_alias(m, out);
  if (m.type.empty()) return refuse(reason::kMissing, "type", "the message has no type");
  if (auto bad = read_ids(m, out)) return bad;
  Verdict bad;
  if (m.type == "track")
    bad = read_track(m, counts, out);
  else if (m.type == "identify")
    bad = read_identify(m, counts, out);
  else if (m.type == "page" || m.type == "screen")
    bad = read_view(m, m.type == "page", counts, out);
  else if (m.type == "group")
    bad = read_group(m, counts, out);
  else
    return refuse(reason::kBadType, "type",
                  "must be track, identify, page, screen, group or alias");
  if (!bad && m.has_context) read_context(m.context, out);
  return bad;
}

}  // namespace weir::collect::segment

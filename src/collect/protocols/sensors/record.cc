#include "collect/protocols/sensors/record.h"

#include "base/hash.h"
#include "collect/commerce.h"
#include "collect/identities.h"

#include <fmt/format.h>

#include <optional>

namespace weir::collect::sensors {
namespace {

constexpr ValueRules kRules{.string_bytes_max = 8192, .identifier_keys = true};

struct Record {
  JsonObject members, properties;
  bool has_properties = false;
  std::string_view type, event;
  const JsonObject* properties_or_null() const { return has_properties ? &properties : nullptr; }
};

// _track_id is short and random, so the whole content counts; _flush_time changes with every
// attempt.
std::string message_id(const Record& r, const ItemContext& context) {
  std::string text = context.source.name;
  for (std::string_view key : {"distinct_id", "type", "event", "time", "_track_id", "item_type",
                               "item_id", "properties", "identities"}) {
    Json value;
    text.push_back('\x1f');
    if (find(r.members, key, value)) text += json_text(value);
  }
  return to_hex(hash128(text));
}

Verdict read_when(const Record& r, const ItemContext& context, Envelope& out) {
  Json value;
  bool free = false;
  if (find(r.members, "_flush_time", value)) (void)read_time(value, "_flush_time", out.sent_time);
  if (find(r.members, "time_free", value) && !value.get_bool().get(free) && free) {
    out.historical = out.historical || context.source.trust >= Trust::Server;
  }
  if (find(r.members, "time", value) && !value.is_null())
    return read_time(value, "time", out.event_time);
  return {};
}

std::optional<TraitOp> trait_op(std::string_view type) {
  if (type == "profile_set") return TraitOp::Set;
  if (type == "profile_set_once") return TraitOp::SetOnce;
  if (type == "profile_increment") return TraitOp::Increment;
  if (type == "profile_append") return TraitOp::Append;
  if (type == "profile_unset") return TraitOp::Unset;
  return {};
}

Verdict read_profile(const Record& r, TraitOp op, ReadCounts& counts, Envelope& out) {
  out.kind = RecordKind::Identify;
  if (!r.has_properties)
    return refuse(reason::kMissing, "properties", "a profile record needs properties");
  if (op == TraitOp::Unset) {
    for (auto [key, value] : r.properties) {
      if (auto bad = check_key(key, "properties", kRules)) return bad;
      out.traits.push_back({TraitOp::Unset, std::string(key), {}});
    }
    return {};
  }
  if (auto bad = read_traits(r.properties, op, "properties", kRules, counts, out.traits))
    return bad;
  add_trait_identities(out);
  return {};
}

Verdict read_event_properties(const Record& r, ReadCounts& counts, Envelope& out) {
  if (!r.has_properties) return {};
  return read_properties(r.properties, "properties", kRules, counts, out.properties);
}

Verdict read_track(const Record& r, ReadCounts& counts, Envelope& out) {
  if (auto bad = check_event_name(r.event, "event")) return bad;
  out.kind = r.event == "$pageview" ? RecordKind::Page : RecordKind::Track;
  if (out.kind == RecordKind::Track) out.name = r.event;
  if (auto bad = read_event_properties(r, counts, out)) return bad;
  return map_commerce(out);
}

// A sign-up or a bind links every identity it names; it is an event too, under its own name.
Verdict read_bind(const Record& r, std::string_view name, ReadCounts& counts, Envelope& out) {
  out.kind = RecordKind::Identify;
  out.name = r.event.empty() ? name : r.event;
  if (out.identities.size() < 2) {
    return refuse(reason::kNoIdentity, "original_id",
                  "the record names fewer than two ids to bind");
  }
  return read_event_properties(r, counts, out);
}

// The other ids are only named: as identities of the record they would be linked once more.
Verdict read_unbind(const Record& r, ReadCounts& counts, Envelope& out) {
  out.kind = RecordKind::Track;
  out.name = r.event.empty() ? "$UnbindID" : r.event;
  Json identities;
  if (find(r.members, "identities", identities)) {
    out.properties.push_back({"unbound", JsonText{json_text(identities)}});
  }
  out.identities.resize(1);
  return read_event_properties(r, counts, out);
}

Verdict read_thing(const Record& r, ReadCounts& counts, Envelope& out) {
  out.kind = RecordKind::Track;
  out.name = fmt::format("${}", r.type);
  out.identities.clear();  // a thing is not a person
  for (std::string_view key : {"item_type", "item_id"}) {
    Json value;
    std::string id;
    if (!find(r.members, key, value) || !id_text(value, id)) {
      return refuse(reason::kMissing, key, "an item record needs item_type and item_id");
    }
    out.properties.push_back({std::string(key), id});
  }
  return read_event_properties(r, counts, out);
}

}  // namespace

Verdict read_record(Json json, const ItemContext& context, ReadCounts& counts, Envelope& out) {
  Record r;
  if (json.get_object().get(r.members))
    return refuse(reason::kBadType, "", "a record is an object");
  if (!find_string(r.members, "type", r.type))
    return refuse(reason::kMissing, "type", "the record has no type");
  find_string(r.members, "event", r.event);
  Json value;
  if (find(r.members, "properties", value) && !value.is_null()) {
    if (value.get_object().get(r.properties))
      return refuse(reason::kBadType, "properties", "must be an object");
    r.has_properties = true;
  }
  if (auto bad = read_when(r, context, out)) return bad;
  out.message_id = message_id(r, context);
  if (r.type == "item_set" || r.type == "item_delete") return read_thing(r, counts, out);

  bool binds = r.type == "track_signup";
  read_identities(r.members, r.properties_or_null(), binds, counts, out);
  if (out.identities.empty()) {
    return refuse(reason::kNoIdentity, "distinct_id",
                  "the record has neither distinct_id nor identities");
  }
  if (r.type == "track") return read_track(r, counts, out);
  if (binds) return read_bind(r, "$SignUp", counts, out);
  if (r.type == "track_id_bind") return read_bind(r, "$BindID", counts, out);
  if (r.type == "track_id_unbind") return read_unbind(r, counts, out);
  if (auto op = trait_op(r.type)) return read_profile(r, *op, counts, out);
  if (r.type == "profile_delete") {
    return refuse(
        reason::kNotSupported, "type",
        "people are erased by an operator (POST /api/profiles/{id}/erase), not by a client");
  }
  return refuse(reason::kNotSupported, "type", "this type of record is not known");
}

}  // namespace weir::collect::sensors

#include "collect/import/import_item.h"

#include "collect/identities.h"
#include "collect/import/imports.h"
#include "collect/trait_check.h"
#include "model/clock_rules.h"

#include <fmt/format.h>

namespace weir::collect {
namespace {

constexpr size_t kItemBytesMax = 1 << 20;

uint64_t count_of(const JsonObject& o, std::string_view key, uint64_t fallback) {
  Json value;
  uint64_t n = 0;
  return find(o, key, value) && !value.get_uint64().get(n) ? n : fallback;
}

Verdict read_ids(const JsonObject& o, Envelope& out) {
  Json value;
  JsonArray ids;
  if (!find(o, "ids", value) || value.get_array().get(ids)) return {};
  for (Json id : ids) {
    JsonObject members;
    std::string_view kind, scope, text;
    if (id.get_object().get(members)) return refuse(reason::kBadType, "ids", "an id is an object");
    find_string(members, "kind", kind);
    find_string(members, "scope", scope);
    find_string(members, "value", text);
    auto parsed = parse_identity_kind(kind);
    if (!parsed) return refuse(reason::kBadType, "ids", parsed.error().message);
    if (!add_identity(out, *parsed, scope, text)) {
      return refuse(reason::kNoIdentity, kind, "the value is not an id of this kind");
    }
  }
  return {};
}

Verdict read_structured(const JsonObject& o, Envelope& out) {
  JsonObject structured;
  if (!find_object(o, "json", structured)) return {};
  for (auto [key, value] : structured) {
    std::string_view text;
    if (!value.get_string().get(text))
      out.properties.push_back({std::string(key), JsonText{std::string(text)}});
  }
  return {};
}

Verdict read_envelope(const JsonObject& o, Envelope& out) {
  std::string_view text;
  ReadCounts counts;
  JsonObject members;
  Json value;
  if (find_string(o, "message_id", text)) out.message_id = text;
  if (out.message_id.empty())
    return refuse(reason::kMissing, "message_id", "an item needs a message_id");
  if (find(o, "time", value)) {
    if (auto bad = read_time(value, "time", out.event_time)) return bad;
  }
  out.kind = RecordKind::Identify;
  if (find_string(o, "name", text)) {
    if (auto bad = check_event_name(text, "name")) return bad;
    out.kind = RecordKind::Track;
    out.name = text;
  }
  if (auto bad = read_ids(o, out)) return bad;
  if (find_object(o, "properties", members)) {
    if (auto bad = read_properties(members, "properties", {}, counts, out.properties)) return bad;
  }
  if (auto bad = read_structured(o, out)) return bad;
  if (find_object(o, "traits", members)) {
    if (auto bad = read_traits(members, TraitOp::Set, "traits", {}, counts, out.traits)) return bad;
  }
  add_trait_identities(out);
  if (out.identities.empty()) return refuse(reason::kNoIdentity, "ids", "the row names nobody");
  return {};
}

Verdict client_refusal(const JsonObject& o) {
  std::string_view why, column, message, payload;
  if (!find_string(o, "reason", why)) return {};
  find_string(o, "column", column);
  find_string(o, "message", message);
  find_string(o, "payload", payload);
  Verdict bad = refuse(why, column, message);
  bad->payload = payload;
  return bad;
}

}  // namespace

ImportItem read_import_item(Json json, std::string_view import_id, std::string_view feed,
                            TimeMs now, const TraitSchemas* schemas) {
  ImportItem item;
  JsonObject o;
  if (json.get_object().get(o)) {
    item.refused = refuse(reason::kBadType, "", "an item must be a JSON object");
    return item;
  }
  item.row = count_of(o, "row", 0);
  item.rows = count_of(o, "rows", 1);
  item.refused = client_refusal(o);
  if (!item.refused) item.refused = check_shape(json, kItemBytesMax);
  if (!item.refused) {
    Envelope& e = item.envelope;
    e.source = fmt::format("import:{}", feed);
    e.trust = Trust::Server;
    e.historical = true;
    item.refused = read_envelope(o, e);
    if (!item.refused && schemas != nullptr) item.refused = check_traits(e, *schemas);
    if (!item.refused) {
      if (auto timely = apply_clock_rules(e, now); !timely) {
        item.refused = refuse(reason::kTooOld, timely.error().field, timely.error().message);
      }
    }
    e.properties.push_back({std::string(kImportIdProperty), std::string(import_id)});
    e.properties.push_back({std::string(kImportRowsProperty), static_cast<int64_t>(item.rows)});
  }
  if (item.refused) {
    if (item.refused->payload.empty()) item.refused->payload = json_text(json);
    item.refused->same_as = fmt::format("{}:{}", import_id, item.row);
    item.refused->message = fmt::format("row {}: {}", item.row, item.refused->message);
  }
  return item;
}

}  // namespace weir::collect

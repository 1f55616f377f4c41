#include "analytics/definition.h"

#include "base/hash.h"

#include <algorithm>
#include <vector>

namespace weir::analytics {
namespace {

json::value sorted(const json::value& v) {
  if (v.is_array()) {
    json::array out;
    for (const json::value& item : v.get_array()) out.push_back(sorted(item));
    return out;
  }
  if (!v.is_object()) return v;
  std::vector<const json::object::value_type*> fields;
  for (const auto& field : v.get_object()) {
    if (!field.value().is_null()) fields.push_back(&field);
  }
  std::sort(fields.begin(), fields.end(),
            [](const auto* a, const auto* b) { return a->key() < b->key(); });
  json::object out;
  for (const auto* field : fields) out.emplace(field->key(), sorted(field->value()));
  return out;
}

}  // namespace

json::object definition_of(const json::object& query) {
  json::object out = query;
  for (std::string_view field : kRunFields) out.erase(field);
  return out;
}

json::object pinned(json::object definition, TimeMs as_of, TimeMs known_at) {
  definition["as_of"] = as_of;
  if (known_at != as_of) definition["known_at"] = known_at;
  return definition;
}

std::string canonical_text(const json::value& definition) {
  return json::to_text(sorted(definition));
}

std::string query_hash(std::string_view canonical) {
  return "q_" + to_hex(hash128(canonical)).substr(0, 20);
}

}  // namespace weir::analytics

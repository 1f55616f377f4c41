#include "tags/given.h"

#include "tags/value_type.h"

namespace weir::tags {

json::object given_body(const json::value& value, bool import, bool lock, bool force,
                        const std::vector<IdentityOrdinal>& identities) {
  json::array ordinals;
  for (IdentityOrdinal identity : identities) ordinals.push_back(identity.value);
  return {{"value", value},
          {"source", import ? "import" : "manual"},
          {"lock", lock},
          {"force", force},
          {"identities", ordinals}};
}

std::optional<Given> parse_given(std::string_view body, const TagDefinition& tag) {
  auto parsed = json::parse(body);
  if (!parsed || !parsed->is_object()) return std::nullopt;
  const json::object& o = parsed->get_object();
  const json::value* value = json::find(o, "value");
  const json::value* identities = json::find(o, "identities");
  if (value == nullptr || identities == nullptr || !identities->is_array()) return std::nullopt;
  Given given;
  if (!value->is_null()) {
    auto typed = parse_value(*value, tag.value_type, "value");
    if (!typed) return std::nullopt;  // the type changed since
    given.value = *std::move(typed);
  }
  given.import = json::optional_string(o, "source") == "import";
  given.lock = json::optional_bool(o, "lock", false);
  given.force = json::optional_bool(o, "force", false);
  for (const json::value& ordinal : identities->get_array()) {
    if (!ordinal.is_int64() || ordinal.get_int64() < 0) return std::nullopt;
    given.identities.emplace_back(static_cast<uint32_t>(ordinal.get_int64()));
  }
  return given;
}

}  // namespace weir::tags

#include "model/trait_schema.h"

#include "base/time.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>

namespace weir {
namespace {

constexpr std::array<std::string_view, 6> kTypes = {"text", "number", "bool",
                                                    "date", "list",   "json"};
constexpr std::array<std::string_view, 3> kClasses = {"public", "personal", "sensitive"};
constexpr std::array<std::string_view, 2> kPolicies = {"auto_register", "quarantine"};
constexpr size_t kTraitsMax = 2'000;  // as many as the profile fold keeps names of
constexpr size_t kSourcesMax = 20;
constexpr size_t kNameBytesMax = 255;  // of a key on the wire
constexpr size_t kShownBytesMax = 100;

std::unexpected<Error> wrong(std::string_view field, std::string_view what) {
  return fail(ErrorCode::InvalidArgument, fmt::format("{}: {}", field, what), std::string(field));
}

template <size_t N>
Result<uint8_t> word(const json::object& o, std::string_view key, std::string_view where,
                     const std::array<std::string_view, N>& words) {
  if (json::find(o, key) == nullptr) return uint8_t{0};
  std::string given = json::optional_string(o, key);
  auto it = std::ranges::find(words, given);
  if (it != words.end()) return static_cast<uint8_t>(it - words.begin());
  std::string field = where.empty() ? std::string(key) : fmt::format("{}.{}", where, key);
  return wrong(field, fmt::format("must be one of {}", fmt::join(words, ", ")));
}

Status check_keys(const json::object& o, const std::set<std::string_view>& known,
                  std::string_view where) {
  for (const auto& entry : o) {
    std::string_view key(entry.key().data(), entry.key().size());
    if (known.contains(key)) continue;
    return wrong(where.empty() ? std::string(key) : fmt::format("{}.{}", where, key),
                 fmt::format("is not a field; there are {}", fmt::join(known, ", ")));
  }
  return {};
}

Result<std::vector<std::string>> parse_sources(const json::object& o, const std::string& where) {
  std::vector<std::string> out;
  if (json::find(o, "sources") == nullptr) return out;
  WEIR_TRY(const json::array* list, json::required_array(o, "sources", where));
  if (list->size() > kSourcesMax) {
    return wrong(where + ".sources", fmt::format("at most {} sources", kSourcesMax));
  }
  for (size_t i = 0; i < list->size(); ++i) {
    const json::value& v = (*list)[i];
    std::string field = fmt::format("{}.sources[{}]", where, i);
    if (!v.is_string() || v.get_string().empty()) return wrong(field, "must be a source's name");
    std::string source(json::view(v.get_string()));
    if (std::ranges::find(out, source) != out.end()) return wrong(field, "is listed already");
    out.push_back(std::move(source));
  }
  return out;
}

Result<TraitRule> parse_rule(const json::value& v, const std::string& where) {
  WEIR_TRY(const json::object* o, json::as_object(v, where));
  WEIR_CHECK_OK(check_keys(
      *o, {"name", "type", "data_class", "name_zh", "name_en", "sources", "history"}, where));
  TraitRule rule;
  WEIR_TRY(rule.name, json::required_string(*o, "name", where));
  if (rule.name.empty() || rule.name.size() > kNameBytesMax) {
    return wrong(where + ".name", fmt::format("must have 1…{} bytes", kNameBytesMax));
  }
  WEIR_TRY(uint8_t type, word(*o, "type", where, kTypes));
  WEIR_TRY(uint8_t data_class, word(*o, "data_class", where, kClasses));
  rule.type = static_cast<TraitType>(type);
  rule.data_class = static_cast<DataClass>(data_class);
  rule.name_zh = json::optional_string(*o, "name_zh");
  rule.name_en = json::optional_string(*o, "name_en");
  for (const auto& [key, text] :
       {std::pair{"name_zh", &rule.name_zh}, {"name_en", &rule.name_en}}) {
    if (text->size() > kShownBytesMax) {
      return wrong(fmt::format("{}.{}", where, key),
                   fmt::format("at most {} bytes", kShownBytesMax));
    }
  }
  WEIR_TRY(rule.sources, parse_sources(*o, where));
  rule.history = json::optional_bool(*o, "history", false);
  if (rule.history && rule.data_class != DataClass::Public) {
    return wrong(where + ".history", "is kept of public traits only");
  }
  return rule;
}

json::object render_rule(const TraitRule& rule) {
  json::object out{{"name", rule.name},
                   {"type", to_string(rule.type)},
                   {"data_class", to_string(rule.data_class)}};
  if (!rule.name_zh.empty()) out["name_zh"] = rule.name_zh;
  if (!rule.name_en.empty()) out["name_en"] = rule.name_en;
  json::array sources;
  for (const std::string& source : rule.sources) sources.push_back(json::value(source));
  if (!sources.empty()) out["sources"] = std::move(sources);
  if (rule.history) out["history"] = true;
  return out;
}

/// Every field by its path.
std::map<std::string, std::string> flatten(const TraitSchema& schema) {
  std::map<std::string, std::string> out;
  out["unregistered"] = fmt::format("\"{}\"", kPolicies[static_cast<size_t>(schema.unregistered)]);
  for (const auto& [name, rule] : schema.rules) {
    const json::object rendered = render_rule(rule);
    for (const auto& field : rendered) {
      std::string_view key(field.key().data(), field.key().size());
      if (key != "name") out[fmt::format("{}.{}", name, key)] = json::to_text(field.value());
    }
  }
  return out;
}

std::string_view type_of(const Value& value) {
  constexpr std::array<std::string_view, 8> kNames = {"nothing", "bool", "number", "number",
                                                      "text",    "list", "json",   "sealed"};
  return kNames[value.index()];
}

}  // namespace

std::string_view to_string(TraitType type) {
  return kTypes[static_cast<size_t>(type)];
}
std::string_view to_string(DataClass data_class) {
  return kClasses[static_cast<size_t>(data_class)];
}

uint8_t TraitRule::priority(std::string_view source) const {
  auto it = std::ranges::find(sources, source);
  return static_cast<uint8_t>(sources.end() - it);
}

Result<TraitSchema> parse_trait_schema(const json::value& body) {
  WEIR_TRY(const json::object* o, json::as_object(body, "traits"));
  WEIR_CHECK_OK(check_keys(*o, {"unregistered", "traits"}, ""));
  TraitSchema schema;
  WEIR_TRY(uint8_t policy, word(*o, "unregistered", "", kPolicies));
  schema.unregistered = static_cast<Unregistered>(policy);
  WEIR_TRY(const json::array* traits, json::required_array(*o, "traits"));
  if (traits->size() > kTraitsMax) return wrong("traits", fmt::format("at most {}", kTraitsMax));
  for (size_t i = 0; i < traits->size(); ++i) {
    std::string where = fmt::format("traits[{}]", i);
    WEIR_TRY(TraitRule rule, parse_rule((*traits)[i], where));
    std::string name = rule.name;
    if (!schema.rules.try_emplace(name, std::move(rule)).second) {
      return wrong(where + ".name", fmt::format("\"{}\" is registered already", name));
    }
  }
  return schema;
}

json::object render_trait_schema(const TraitSchema& schema) {
  std::map<std::string_view, const TraitRule*> sorted;
  for (const auto& [name, rule] : schema.rules) sorted[name] = &rule;
  json::array traits;
  for (const auto& [name, rule] : sorted) traits.push_back(render_rule(*rule));
  return {{"unregistered", kPolicies[static_cast<size_t>(schema.unregistered)]},
          {"traits", std::move(traits)}};
}

std::vector<FieldChange> compare(const TraitSchema& before, const TraitSchema& after) {
  return changed_fields(flatten(before), flatten(after));
}

bool fits(const TraitRule& rule, const TraitChange& change) {
  if (change.op == TraitOp::Unset || std::holds_alternative<Sealed>(change.value)) return true;
  if (change.op == TraitOp::Increment) return rule.type == TraitType::Number;
  const auto* text = std::get_if<std::string>(&change.value);
  // One text is an item to append.
  if (change.op == TraitOp::Append) {
    return rule.type == TraitType::List &&
           (text != nullptr || std::holds_alternative<StringList>(change.value));
  }
  switch (rule.type) {
    case TraitType::Text: return text != nullptr;
    case TraitType::Date: return text != nullptr && parse_time(*text).has_value();
    case TraitType::Bool: return std::holds_alternative<bool>(change.value);
    case TraitType::List: return std::holds_alternative<StringList>(change.value);
    case TraitType::Json:
      return std::holds_alternative<JsonText>(change.value) ||
             std::holds_alternative<StringList>(change.value);
    case TraitType::Number:
      return std::holds_alternative<int64_t>(change.value) ||
             std::holds_alternative<double>(change.value);
  }
  return false;
}

std::optional<TraitRefusal> check_trait(const TraitSchema& schema, const TraitChange& change) {
  const TraitRule* rule = schema.find(change.name);
  if (rule == nullptr) {
    if (schema.unregistered == Unregistered::AutoRegister) return std::nullopt;
    return TraitRefusal{"trait_unregistered",
                        fmt::format("trait \"{}\" is not registered: register it, or stop sending "
                                    "it; then replay",
                                    change.name)};
  }
  if (fits(*rule, change)) return std::nullopt;
  constexpr std::array<std::string_view, 6> kOps = {
      "", "set", "set once", "incremented", "appended to", "unset"};
  return TraitRefusal{
      "trait_type",
      fmt::format("trait \"{}\" is registered as {} and cannot be {} with {}: correct the sender, "
                  "or change the type of the trait and replay",
                  change.name, to_string(rule->type), kOps[static_cast<size_t>(change.op)],
                  rule->type == TraitType::Date ? "what is no ISO date" : type_of(change.value))};
}

}  // namespace weir

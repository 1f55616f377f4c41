#pragma once
// What traits there are: type, data class, whose word counts. Operators write it as a Definition;
// collect, the vault and the profile fold go by it.

#include "base/json.h"
#include "base/result.h"
#include "base/string_map.h"
#include "model/envelope.h"
#include "model/field_changes.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weir {

enum class TraitType : uint8_t { Text, Number, Bool, Date, List, Json };
/// Rising: a registration raises the class of a name or value that is personal anyway, never lowers
/// it.
enum class DataClass : uint8_t { Public, Personal, Sensitive };
std::string_view to_string(TraitType type);
std::string_view to_string(DataClass data_class);

struct TraitRule {
  std::string name;
  TraitType type = TraitType::Text;
  DataClass data_class = DataClass::Public;  // Personal and Sensitive values are sealed
  std::string name_zh, name_en;              // shown to operators; empty = `name`
  std::vector<std::string> sources;  // whose word counts, strongest first; others are weaker
  bool history = false;              // what it was before is kept

  /// Larger wins, whatever the times; 0 for sources that are not listed.
  uint8_t priority(std::string_view source) const;
  bool operator==(const TraitRule&) const = default;
};

/// What becomes of an input with a trait of no rule.
enum class Unregistered : uint8_t { AutoRegister, Quarantine };

struct TraitSchema {
  Unregistered unregistered = Unregistered::AutoRegister;
  StringMap<TraitRule> rules;

  const TraitRule* find(std::string_view name) const {
    auto it = rules.find(name);
    return it == rules.end() ? nullptr : &it->second;
  }
  /// Nothing to check.
  bool open() const { return rules.empty() && unregistered == Unregistered::AutoRegister; }
};

/// The Definition; its body is complete: what it leaves out is not kept from the one before.
inline constexpr std::string_view kTraitsDefinition = "traits";

/// Errors name the field ("traits[2].type"). Unknown keys are errors.
Result<TraitSchema> parse_trait_schema(const json::value& body);
/// Gives parse_trait_schema the same back; traits by name.
json::object render_trait_schema(const TraitSchema& schema);

std::vector<FieldChange> compare(const TraitSchema& before, const TraitSchema& after);

/// Whether the value is of the type, as the operation needs it. A sealed value is: what was sealed
/// cannot be looked at.
bool fits(const TraitRule& rule, const TraitChange& change);

/// Why an input with this change is not taken.
struct TraitRefusal {
  std::string_view reason;  // "trait_type", "trait_unregistered"
  std::string message;      // names the trait and the way out, never the value
};
std::optional<TraitRefusal> check_trait(const TraitSchema& schema, const TraitChange& change);

}  // namespace weir

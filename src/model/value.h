#pragma once
// A property or trait value. Missing is monostate (SEMANTICS G11: missing is not a value).

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace weir {

/// A personal value under a key that belongs to an identity (ADR 0003). Without the key, `cipher`
/// is noise.
struct Sealed {
  std::string key_id;  // 16 bytes: which identity's key, which generation (privacy/)
  std::string field;   // name it was sealed under; part of the authenticated data
  std::string
      token;  // hex look-up token of the normalised value; empty when it is not looked up by
  std::string cipher;  // nonce ‖ AES-256-GCM ‖ tag
  bool operator==(const Sealed&) const = default;
};

/// Structured values (lists of objects, nested objects) as compact JSON text. Personal values
/// inside were sealed as a whole by the vault before they came here.
struct JsonText {
  std::string text;
  bool operator==(const JsonText&) const = default;
};

using StringList = std::vector<std::string>;
using Value =
    std::variant<std::monostate, bool, int64_t, double, std::string, StringList, JsonText, Sealed>;

struct Property {
  std::string name;
  Value value;
  bool operator==(const Property&) const = default;
};
using Properties = std::vector<Property>;

/// Null when absent.
const Value* find_property(const Properties& properties, std::string_view name);
void set_property(Properties& properties, std::string_view name, Value value);
/// The text of a string property; empty when absent or of another type.
std::string_view string_property(const Properties& properties, std::string_view name);
int64_t int_property(const Properties& properties, std::string_view name, int64_t fallback = 0);

/// Numeric view of a value: int64 and double only (a numeric string is not a number).
bool as_number(const Value& value, double& out);
/// Text for display and breakdown keys: "true", "12", "9.5", the string, list items joined by ",".
/// Sealed values show as "•••".
std::string display_text(const Value& value);

}  // namespace weir

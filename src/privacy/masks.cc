#include "privacy/masks.h"

#include "privacy/fields.h"
#include "privacy/shapes.h"

#include <algorithm>
#include <optional>

namespace weir::privacy {
namespace {

constexpr std::string_view kNothing = "•••";

// Byte length of the first `count` characters of UTF-8 text.
size_t prefix_bytes(std::string_view text, size_t count) {
  size_t at = 0;
  for (; count > 0 && at < text.size(); --count) {
    ++at;
    while (at < text.size() && (static_cast<uint8_t>(text[at]) & 0xC0) == 0x80) ++at;
  }
  return at;
}

std::string mask_phone(std::string_view number) {
  std::string out(number.substr(0, 3));
  out += "****";
  out += number.substr(number.size() - 4);
  return out;
}

std::string mask_email(std::string_view address) {
  std::string out(1, address.front());
  out += "***";
  out += address.substr(address.find('@'));
  return out;
}

}  // namespace

std::string mask(std::string_view field, std::string_view clear) {
  FieldClass kind = classify_field(field, FieldPlace::Trait);
  if (kind != FieldClass::Name && kind != FieldClass::Address) {
    if (auto phone = normalise_phone(clear)) return mask_phone(*phone);
    if (auto email = normalise_email(clear)) return mask_email(*email);
    return std::string(kNothing);
  }
  size_t shown = prefix_bytes(clear, kind == FieldClass::Name ? 1 : 3);
  // A name that is a number or an address would show too much of it, and a nested object nothing
  // useful.
  if (clear.empty() || clear.front() == '{' || clear.front() == '[' || has_personal_shape(clear)) {
    return std::string(kNothing);
  }
  std::string out(clear.substr(0, shown));
  if (kind == FieldClass::Address)
    return shown < clear.size() ? out + "***" : std::string(kNothing);
  return out + (prefix_bytes(clear, 2) < clear.size() ? "**" : "*");
}

}  // namespace weir::privacy

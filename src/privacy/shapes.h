#pragma once
// What phone numbers and e-mail addresses look like, as values and inside longer text.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace weir::privacy {

/// "13800138000" of "+86 138-0013-8000", "0086138…", full-width digits. Numbers of other countries
/// keep their '+' and digits. Nothing for masks ("138****8000"), land lines and anything else.
std::optional<std::string> normalise_phone(std::string_view text);

/// Trimmed and in lower case; nothing when it is not an address.
std::optional<std::string> normalise_email(std::string_view text);

/// True when `text` is or contains a mainland mobile number or an e-mail address. Looks at about
/// every eleventh byte; errs towards true (an order number of eleven digits that starts with 13–19
/// matches).
bool has_personal_shape(std::string_view text);

/// A mobile number written as a JSON number, with or without 86 in front.
bool is_mobile_number(int64_t number);

}  // namespace weir::privacy

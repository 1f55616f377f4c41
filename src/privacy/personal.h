#pragma once
// Decides which values of a record are personal (ADR 0003). Pure; runs for every event.

#include "model/envelope.h"
#include "privacy/fields.h"

#include <optional>
#include <string>
#include <string_view>

namespace weir::privacy {

/// Whether the value of a field must be sealed, by the field's name or by the value's shape.
bool is_personal_value(std::string_view name, FieldPlace place, const Value& value);

/// Definitions and ticks are the operators' own words: nothing in them is sealed.
bool may_hold_personal_values(RecordKind kind);
/// Traits of a Group record describe a company, not a person.
FieldPlace trait_place(RecordKind kind);

/// 32 hex digits: a look-up token of the vault, so already safe.
bool is_token(std::string_view value);
/// True when the value of an identity is to be replaced by a token (or, when it is personal by kind
/// and not an identifier, to be dropped).
bool needs_token(const Identity& identity);

/// The text that is sealed for a value: the string itself, numbers in decimal, lists and objects as
/// JSON text.
std::string clear_text(const Value& value);

}  // namespace weir::privacy

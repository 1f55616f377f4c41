#pragma once
// Identities of an envelope. Values of personal kinds are clear and normalised here; the Appender's
// vault.seal turns them into look-up tokens before they reach the log. Nothing in collect/ keeps,
// logs or counts them.

#include "model/envelope.h"

#include <string>
#include <string_view>

namespace weir::collect {

/// "+86 138-0013-8000" → "13800138000", also from full-width digits; numbers abroad keep their "+".
/// Empty when it is not a number one can call: a masked "138****8000" is not an identifier.
std::string phone_number(std::string_view text);
/// Lower-case address; empty when it does not look like one.
std::string email_address(std::string_view text);

/// Adds an identity unless it is there already or its value is empty, too long, holds control
/// characters or does not fit its kind; true when the envelope has it now. A member number that is
/// a phone number keeps its kind: the vault turns its value into a token all the same (ADR 0003).
bool add_identity(Envelope& envelope, IdentityKind kind, std::string_view scope,
                  std::string_view value);

/// Adds phone and e-mail identities for traits called phone, mobile, email and their like.
void add_trait_identities(Envelope& envelope);

/// "18f3ab…" or a UUID: ids that programs draw and people never have as member numbers.
bool looks_random(std::string_view id);

}  // namespace weir::collect

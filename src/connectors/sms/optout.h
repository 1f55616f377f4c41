#pragma once
// Replies that refuse further marketing SMS, and the text that tells people how to (L24). Pure.

#include <string_view>

namespace weir::connectors::sms {

/// True when the whole reply is a refusal, whatever its width, case, spaces and punctuation. Longer
/// texts that merely sound like one ("别发了吧") are for people to judge, not for a machine.
bool is_optout(std::string_view reply);

/// True when a marketing text says how to refuse, e.g. "拒收请回复R" or "退订回T".
bool has_optout_hint(std::string_view text);

}  // namespace weir::connectors::sms

#pragma once
// Regular expressions of filters (`op: regex`): Perl syntax, searched anywhere in the text.

#include "base/result.h"

#include <string>
#include <string_view>

namespace weir {

inline constexpr size_t kRegexBytesMax = 200;  // longer patterns are programs, not filters

/// InvalidArgument when `pattern` is not a regular expression, or too long.
Status check_regex(std::string_view pattern);
/// True when `pattern` (already checked) occurs in `text`. False when the match needs more steps
/// than the library allows: a hostile pattern costs a bounded time and matches nothing.
bool regex_found(std::string_view pattern, std::string_view text);
/// `text` with every match of `pattern` (already checked) replaced; "$1" in `with` is a group. The
/// text as it is when the match needs too many steps.
std::string regex_replaced(std::string_view pattern, const std::string& text,
                           const std::string& with);

}  // namespace weir

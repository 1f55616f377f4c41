#pragma once
// The vendor's side of ACS3-HMAC-SHA256, written from messaging.md §1.3 apart from Weir's own.

#include "base/http.h"
#include "base/time.h"

#include <string>
#include <string_view>

namespace weir::sandbox {

/// Empty when the signature fits, else the vendor's error code. The canonical path is "/", whatever
/// prefix the sandbox is served under.
std::string check_sms_signature(const HttpRequest& request, std::string_view key_id,
                                std::string_view secret, TimeMs now, DurationMs skew_max_ms);

}  // namespace weir::sandbox

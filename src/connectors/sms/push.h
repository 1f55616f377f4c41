#pragma once
// Reading what the SMS platform pushes: receipts (SmsReport) and replies (SmsUp). There is no
// signature: the path holds a secret. Pure.

#include "model/envelope.h"

#include <string>
#include <string_view>
#include <vector>

namespace weir::connectors::sms {

/// Receipts; InvalidArgument when the body is not an array of objects.
Result<std::vector<Envelope>> read_reports(std::string_view source, std::string_view body,
                                           TimeMs now);
/// Replies as sms_reply events under the phone number; "keyword" = "optout" for refusals.
Result<std::vector<Envelope>> read_replies(std::string_view source, std::string_view body,
                                           TimeMs now);

}  // namespace weir::connectors::sms

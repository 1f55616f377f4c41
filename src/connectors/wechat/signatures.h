#pragma once
// Signatures and ciphers of the WeChat world besides the callback cipher. Pure.

#include "base/result.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace weir::connectors::wechat {

/// `signature` of pages that use the JS-SDK. `url` without its fragment.
std::string js_sdk_signature(std::string_view ticket, std::string_view nonce, int64_t timestamp,
                             std::string_view url);

/// The XML inside `req_info` of a WeChat Pay (v2) refund notice.
Result<std::string> open_refund_notice(std::string_view api_key, std::string_view req_info);

}  // namespace weir::connectors::wechat

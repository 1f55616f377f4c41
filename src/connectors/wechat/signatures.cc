#include "connectors/wechat/signatures.h"

#include "base/crypto.h"

#include <fmt/format.h>

namespace weir::connectors::wechat {

std::string js_sdk_signature(std::string_view ticket, std::string_view nonce, int64_t timestamp,
                             std::string_view url) {
  return crypto::to_hex(crypto::sha1(fmt::format("jsapi_ticket={}&noncestr={}&timestamp={}&url={}",
                                                 ticket, nonce, timestamp, url)));
}

Result<std::string> open_refund_notice(std::string_view api_key, std::string_view req_info) {
  WEIR_TRY(std::string cipher, crypto::from_base64(req_info));
  WEIR_TRY(std::string clear, crypto::decrypt_ecb(crypto::to_hex(crypto::md5(api_key)), cipher));
  size_t pad = clear.empty() ? 0 : static_cast<uint8_t>(clear.back());
  if (pad < 1 || pad > 16 || pad > clear.size()) {
    return fail(ErrorCode::InvalidArgument, "refund notice has a wrong padding; check the API key");
  }
  clear.resize(clear.size() - pad);
  return clear;
}

}  // namespace weir::connectors::wechat

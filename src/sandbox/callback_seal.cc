#include "sandbox/callback_seal.h"

#include "base/crypto.h"

#include <fmt/format.h>

#include <algorithm>

namespace weir::sandbox {

std::string push_signature(std::vector<std::string> parts) {
  std::sort(parts.begin(), parts.end());
  return crypto::to_hex(crypto::sha1(fmt::format("{}", fmt::join(parts, ""))));
}

std::string seal_push(std::string_view key43, std::string_view random16, std::string_view message,
                      std::string_view receive_id) {
  std::string key = crypto::from_base64(key43).value_or("");
  WEIR_ASSERT(key.size() == 32 && random16.size() == 16);
  std::string text(random16);
  size_t size = message.size();
  for (size_t divisor : {size_t{1} << 24, size_t{1} << 16, size_t{1} << 8, size_t{1}}) {
    text += static_cast<char>(size / divisor % 256);
  }
  text.append(message).append(receive_id);
  size_t missing = 32 - text.size() % 32;
  text += std::string(missing, static_cast<char>(missing));
  return crypto::base64(crypto::encrypt_cbc(key, key.substr(0, 16), text).value_or(""));
}

std::string cdata(std::string_view name, std::string_view value) {
  std::string safe(value);
  for (size_t at = 0; (at = safe.find("]]>", at)) != std::string::npos; at += 15) {
    safe.replace(at, 3, "]]]]><![CDATA[>");
  }
  return fmt::format("<{}><![CDATA[{}]]></{}>", name, safe, name);
}

}  // namespace weir::sandbox

#include "connectors/sms/signature.h"

#include "base/crypto.h"
#include "base/url.h"

#include <fmt/format.h>

namespace weir::connectors::sms {
namespace {

bool takes_part(std::string_view header) {
  return header == "host" || header == "content-type" || header.starts_with("x-acs-");
}

std::string signed_names(const SignedRequest& request) {
  std::string names;
  for (const auto& [name, value] : request.headers) {
    if (!takes_part(name)) continue;
    if (!names.empty()) names += ';';
    names += name;
  }
  return names;
}

}  // namespace

std::string canonical_query(const std::map<std::string, std::string>& query) {
  std::string out;
  for (const auto& [name, value] : query) {
    if (!out.empty()) out += '&';
    out += percent_encode(name) + '=' + percent_encode(value);
  }
  return out;
}

std::string canonical_hash(const SignedRequest& request) {
  std::string headers;
  for (const auto& [name, value] : request.headers) {
    if (takes_part(name)) headers += fmt::format("{}:{}\n", name, value);
  }
  std::string text = fmt::format("{}\n{}\n{}\n{}\n{}\n{}", request.method, request.path,
                                 canonical_query(request.query), headers, signed_names(request),
                                 crypto::to_hex(crypto::sha256(request.body)));
  return crypto::to_hex(crypto::sha256(text));
}

std::string authorization(const SignedRequest& request, std::string_view key_id,
                          std::string_view secret) {
  std::string to_sign = "ACS3-HMAC-SHA256\n" + canonical_hash(request);
  return fmt::format("ACS3-HMAC-SHA256 Credential={},SignedHeaders={},Signature={}", key_id,
                     signed_names(request), crypto::to_hex(crypto::hmac_sha256(secret, to_sign)));
}

}  // namespace weir::connectors::sms

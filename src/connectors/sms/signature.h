#pragma once
// Aliyun's request signature, version 3 (ACS3-HMAC-SHA256). Pure.

#include <map>
#include <string>
#include <string_view>

namespace weir::connectors::sms {

struct SignedRequest {
  std::string method = "POST", path = "/";
  std::map<std::string, std::string> query;    // unencoded
  std::map<std::string, std::string> headers;  // lower-case names; host and every x-acs-* take part
  std::string body;
};

/// RFC 3986 encoded pairs sorted by name.
std::string canonical_query(const std::map<std::string, std::string>& query);
/// Lower-case hex SHA-256 of the canonical request.
std::string canonical_hash(const SignedRequest& request);
/// Value of the Authorization header.
std::string authorization(const SignedRequest& request, std::string_view key_id,
                          std::string_view secret);

}  // namespace weir::connectors::sms

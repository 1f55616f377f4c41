#include "sandbox/sms_signature_check.h"

#include "base/crypto.h"
#include "base/url.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace weir::sandbox {
namespace {

constexpr std::string_view kScheme = "ACS3-HMAC-SHA256 ";

// "A=1,B=2" of an Authorization header.
std::string_view part_of(std::string_view header, std::string_view name) {
  size_t at = header.find(std::string(name) + "=");
  if (at == std::string_view::npos) return {};
  std::string_view rest = header.substr(at + name.size() + 1);
  return rest.substr(0, rest.find(','));
}

std::string sorted_query(std::string_view query) {
  std::vector<std::string> pairs;
  QueryString parsed(query);
  for (const auto& [name, value] : parsed.items()) {
    pairs.push_back(percent_encode(name) + "=" + percent_encode(value));
  }
  std::sort(pairs.begin(), pairs.end());
  return fmt::format("{}", fmt::join(pairs, "&"));
}

}  // namespace

std::string check_sms_signature(const HttpRequest& request, std::string_view key_id,
                                std::string_view secret, TimeMs now, DurationMs skew_max_ms) {
  std::string_view header = request.headers.get("authorization");
  if (!header.starts_with(kScheme)) return "MissingAuthorization";
  header.remove_prefix(kScheme.size());
  if (part_of(header, "Credential") != key_id) return "InvalidAccessKeyId.NotFound";
  auto date = parse_time(request.headers.get("x-acs-date"));
  if (!date || std::abs(*date - now) > skew_max_ms) return "InvalidTimeStamp.Expired";

  std::string_view names = part_of(header, "SignedHeaders");
  std::string canonical_headers;
  for (std::string_view rest = names; !rest.empty();) {
    size_t end = rest.find(';');
    std::string_view name = rest.substr(0, end);
    rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
    canonical_headers += fmt::format("{}:{}\n", name, request.headers.get(name));
  }
  // What must be signed is signed: otherwise it could be changed on the way.
  for (std::string_view must : {"host", "x-acs-action", "x-acs-date", "x-acs-signature-nonce"}) {
    if (names.find(must) == std::string_view::npos) return "SignatureDoesNotMatch";
  }
  std::string body_hash = crypto::to_hex(crypto::sha256(request.body));
  if (request.headers.get("x-acs-content-sha256") != body_hash) return "SignatureDoesNotMatch";
  std::string canonical =
      fmt::format("{}\n/\n{}\n{}\n{}\n{}", request.method, sorted_query(request.query()),
                  canonical_headers, names, body_hash);
  std::string to_sign =
      fmt::format("ACS3-HMAC-SHA256\n{}", crypto::to_hex(crypto::sha256(canonical)));
  std::string expected = crypto::to_hex(crypto::hmac_sha256(secret, to_sign));
  bool fits = crypto::equal_constant_time(expected, part_of(header, "Signature"));
  return fits ? "" : "SignatureDoesNotMatch";
}

}  // namespace weir::sandbox

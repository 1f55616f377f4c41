#pragma once
// An identity is kind + scope + value (DESIGN §3). Personal values (phone, email) are never here in
// clear: their `value` is the keyed look-up token of the vault (ports/vault.h), in hex.

#include "base/result.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace weir {

/// Numbers are stored: never reuse one. Order has no meaning; priorities are identity's business.
enum class IdentityKind : uint8_t {
  AnonymousId = 1,  // an SDK's random id of a browser, app or mini-program installation
  Device = 2,
  OpenId = 3,          // scope = appid of the service account or mini program
  UnionId = 4,         // scope = open-platform account, "default" unless configured
  ExternalUserId = 5,  // scope = corpid
  Phone = 6,           // value = vault token
  Email = 7,           // value = vault token
  UserId = 8,          // member number of the brand; scope "" unless several systems number members
  Other = 100,         // scope = the kind's own name, e.g. "douyin_openid"
};

std::string_view to_string(IdentityKind kind);
Result<IdentityKind> parse_identity_kind(std::string_view text);
/// True for kinds whose value is personal and therefore a token.
bool is_personal(IdentityKind kind);

struct Identity {
  IdentityKind kind = IdentityKind::AnonymousId;
  std::string scope;
  std::string value;

  auto operator<=>(const Identity&) const = default;
};

/// Unambiguous bytes of an identity: kind, scope, 0, value. Equal keys mean equal identities.
std::string identity_key(const Identity& identity);
Result<Identity> parse_identity_key(std::string_view key);

}  // namespace weir

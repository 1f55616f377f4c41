#include "model/identity.h"

#include "model/ids.h"

#include <fmt/format.h>

#include <array>
#include <charconv>

namespace weir {
namespace {

struct KindName {
  IdentityKind kind;
  std::string_view name;
};
constexpr std::array kKinds = {
    KindName{IdentityKind::AnonymousId, "anonymous_id"},
    KindName{IdentityKind::Device, "device"},
    KindName{IdentityKind::OpenId, "openid"},
    KindName{IdentityKind::UnionId, "unionid"},
    KindName{IdentityKind::ExternalUserId, "external_userid"},
    KindName{IdentityKind::Phone, "phone"},
    KindName{IdentityKind::Email, "email"},
    KindName{IdentityKind::UserId, "user_id"},
    KindName{IdentityKind::Other, "other"},
};

}  // namespace

std::string_view to_string(IdentityKind kind) {
  for (const KindName& k : kKinds) {
    if (k.kind == kind) return k.name;
  }
  return "other";
}

Result<IdentityKind> parse_identity_kind(std::string_view text) {
  for (const KindName& k : kKinds) {
    if (k.name == text) return k.kind;
  }
  return fail(ErrorCode::InvalidArgument, fmt::format("identity kind \"{}\" is unknown", text));
}

bool is_personal(IdentityKind kind) {
  return kind == IdentityKind::Phone || kind == IdentityKind::Email;
}

std::string identity_key(const Identity& identity) {
  std::string key;
  key.reserve(2 + identity.scope.size() + identity.value.size());
  key.push_back(static_cast<char>(identity.kind));
  key.append(identity.scope);
  key.push_back('\0');
  key.append(identity.value);
  return key;
}

Result<Identity> parse_identity_key(std::string_view key) {
  size_t end = key.size() < 2 ? std::string_view::npos : key.find('\0', 1);
  if (end == std::string_view::npos) return fail(ErrorCode::DataLoss, "identity key is damaged");
  return Identity{static_cast<IdentityKind>(key[0]), std::string(key.substr(1, end - 1)),
                  std::string(key.substr(end + 1))};
}

std::string profile_id_text(ProfileOrdinal profile) {
  return fmt::format("p{}", profile.value);
}

Result<ProfileOrdinal> parse_profile_id(std::string_view text) {
  uint32_t value = 0;
  if (text.size() >= 2 && text[0] == 'p') {
    auto [end, error] = std::from_chars(text.data() + 1, text.data() + text.size(), value);
    if (error == std::errc() && end == text.data() + text.size()) return ProfileOrdinal(value);
  }
  return fail(ErrorCode::InvalidArgument,
              fmt::format("profile id \"{}\" is not valid; it looks like p1042", text),
              "profile_id");
}

}  // namespace weir

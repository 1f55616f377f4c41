#include "collect/identities.h"

#include "collect/protocols/sensors/record.h"

#include <algorithm>
#include <array>

namespace weir::collect::sensors {
namespace {

struct KnownKey {
  std::string_view key;
  IdentityKind kind;
  std::string_view scope;
};
constexpr std::array kKnownKeys = {
    KnownKey{"$identity_login_id", IdentityKind::UserId, ""},
    KnownKey{"$identity_mobile", IdentityKind::Phone, ""},
    KnownKey{"$identity_email", IdentityKind::Email, ""},
    KnownKey{"$identity_cookie_id", IdentityKind::AnonymousId, ""},
    KnownKey{"$identity_anonymous_id", IdentityKind::AnonymousId, ""},
    KnownKey{"$identity_mp_id", IdentityKind::AnonymousId, ""},
    KnownKey{"$identity_mp_unionid", IdentityKind::UnionId, "default"},
    KnownKey{"$identity_android_id", IdentityKind::Device, "android"},
    KnownKey{"$identity_android_uuid", IdentityKind::Device, "android"},
    KnownKey{"$identity_idfv", IdentityKind::Device, "ios"},
    KnownKey{"$identity_ios_uuid", IdentityKind::Device, "ios"},
};

bool is_client_library(std::string_view lib) {
  // Servers (Node, Java, python …) name their users; clients draw random ids until somebody logs
  // in.
  static constexpr std::array<std::string_view, 10> kClients = {
      "js",       "MiniProgram", "Android", "iOS",        "HarmonyOS",
      "MiniGame", "QuickApp",    "Flutter", "AlipayMini", "BytedanceMini"};
  return std::ranges::find(kClients, lib) != kClients.end();
}

std::string id_of(const JsonObject& record, std::string_view key) {
  Json value;
  std::string id;
  return find(record, key, value) && id_text(value, id) ? id : std::string();
}

bool has_value(const Envelope& e, std::string_view value) {
  return std::ranges::any_of(e.identities, [&](const Identity& i) { return i.value == value; });
}

std::string app_id(const JsonObject* properties) {
  std::string_view id;
  return properties != nullptr && find_string(*properties, "$app_id", id) ? std::string(id)
                                                                          : std::string();
}

// "$identity_mp_<appid>_openid" and the older "$identity_mp_openid".
bool read_openid_key(std::string_view key, const JsonObject* properties, std::string& scope) {
  constexpr std::string_view kPrefix = "$identity_mp_", kSuffix = "openid";
  if (!key.starts_with(kPrefix) || !key.ends_with(kSuffix)) return false;
  std::string_view middle =
      key.substr(kPrefix.size(), key.size() - kPrefix.size() - kSuffix.size());
  if (middle.ends_with('_')) middle.remove_suffix(1);
  scope = middle.empty() ? app_id(properties) : std::string(middle);
  return true;
}

void add_key(std::string_view key, Json value, const JsonObject* properties, ReadCounts& counts,
             Envelope& out) {
  std::string id;
  if (!id_text(value, id)) {
    JsonArray several;
    if (value.get_array().get(several)) {
      ++counts.keys_ignored;
      return;
    }
    for (Json one : several)
      add_key(key, one, properties, counts, out);  // lists since ID-Mapping 3.0
    return;
  }
  for (const KnownKey& known : kKnownKeys) {
    if (known.key == key) {
      add_identity(out, known.kind, known.scope, id);
      return;
    }
  }
  std::string scope;
  if (read_openid_key(key, properties, scope)) {
    add_identity(out, IdentityKind::OpenId, scope, id);
  } else if (!key.starts_with('$') && key.size() <= 100) {
    add_identity(out, IdentityKind::Other, key, id);
  } else if (key != "$identity_distinct_id") {
    ++counts.keys_ignored;  // the vendor refuses the whole record; an unknown key is no reason to
                            // lose it
  }
}

}  // namespace

void read_identities(const JsonObject& record, const JsonObject* properties, bool binds,
                     ReadCounts& counts, Envelope& out) {
  std::string distinct = id_of(record, "distinct_id"), login = id_of(record, "login_id");
  Json flag;
  bool is_login = false;
  bool has_flag = properties != nullptr && find(*properties, "$is_login_id", flag);
  if (has_flag && flag.get_bool().get(is_login)) is_login = false;
  JsonObject keys;
  bool has_keys = find_object(record, "identities", keys) && keys.size() > 0;
  if (has_keys) {
    for (auto [key, value] : keys) add_key(key, value, properties, counts, out);
  }
  if (!login.empty() && !has_value(out, login)) add_identity(out, IdentityKind::UserId, {}, login);
  // With a login key of its own, distinct_id is "<key>+<value>": the identities say it better.
  if (!distinct.empty() && !has_value(out, distinct) && !(has_keys && !out.identities.empty())) {
    std::string anonymous = id_of(record, "anonymous_id");
    std::string_view lib;
    JsonObject library;
    if (find_object(record, "lib", library)) find_string(library, "$lib", lib);
    if (lib.empty() && properties != nullptr) find_string(*properties, "$lib", lib);
    bool user = is_login || (binds && distinct != id_of(record, "original_id")) ||
                (distinct != anonymous && login.empty() && !is_client_library(lib));
    add_identity(out, user ? IdentityKind::UserId : IdentityKind::AnonymousId, {}, distinct);
  }
  for (std::string_view key : {"anonymous_id", "original_id"}) {
    if (key == "original_id" && !binds) continue;
    std::string id = id_of(record, key);
    if (!has_value(out, id)) add_identity(out, IdentityKind::AnonymousId, {}, id);
  }
  auto rank = [](const Identity& i) {
    return i.kind == IdentityKind::UserId ? 0 : is_personal(i.kind) ? 2 : 1;
  };
  std::ranges::stable_sort(out.identities, {}, rank);
}

}  // namespace weir::collect::sensors

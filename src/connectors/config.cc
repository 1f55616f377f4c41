#include "connectors/config.h"

#include "base/url.h"

#include <fmt/format.h>

#include <algorithm>

namespace weir::connectors {
namespace {

bool is_plain_name(std::string_view name) {
  return !name.empty() && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
}

}  // namespace

std::string kind_of(const ConnectorConfig& config) {
  return config.id.substr(0, config.id.find(':'));
}

std::string instance_of(const ConnectorConfig& config) {
  size_t colon = config.id.find(':');
  return colon == std::string::npos ? "" : config.id.substr(colon + 1);
}

std::string webhook_path(const ConnectorConfig& config) {
  return fmt::format("/webhooks/{}/{}", kind_of(config), instance_of(config));
}

Status check_config(const ConnectorConfig& config) {
  auto bad = [&](std::string_view field, std::string_view why) {
    return fail(ErrorCode::InvalidArgument, fmt::format("connector \"{}\": {}", config.id, why),
                std::string(field));
  };
  if (!is_plain_name(kind_of(config)) || !is_plain_name(instance_of(config))) {
    return bad("id", "id must look like wechat:main (lower-case letters, digits, - and _)");
  }
  auto url = parse_url(config.base_url);
  if (!url) return bad("base_url", url.error().message);
  if (config.account.empty()) return bad("account", "account (appid, corpid or key id) is missing");
  if (config.secret.empty()) return bad("secret", "secret is missing");
  return {};
}

}  // namespace weir::connectors

#include "app/config.h"

#include "base/config_file.h"
#include "base/net_address.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace weir::app {
namespace {

using json::object;

std::unexpected<Error> bad(const std::string& field, std::string message) {
  return fail(ErrorCode::InvalidArgument, fmt::format("\"{}\": {}", field, message), field);
}

std::string join(std::string_view where, std::string_view key) {
  return where.empty() ? std::string(key) : fmt::format("{}.{}", where, key);
}

/// A typing mistake never passes silently.
Status only(const object& o, std::string_view where,
            std::initializer_list<std::string_view> known) {
  for (const auto& [key, value] : o) {
    std::string_view name(key.data(), key.size());
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      return bad(join(where, name),
                 fmt::format("unknown key; known here: {}", fmt::join(known, ", ")));
    }
  }
  return {};
}

Status read_text(const object& o, std::string_view key, std::string_view where, std::string& out) {
  const json::value* v = json::find(o, key);
  if (v == nullptr || v->is_null()) return {};
  if (!v->is_string()) return bad(join(where, key), "must be a text");
  out = json::view(v->get_string());
  return {};
}

template <class T>
Status read_number(const object& o, std::string_view key, std::string_view where, int64_t low,
                   int64_t high, int64_t unit, T& out) {
  if (json::find(o, key) == nullptr) return {};
  WEIR_TRY(int64_t number, json::required_int(o, key, where));
  if (number < low || number > high) {
    return bad(join(where, key), fmt::format("{} is not in {}…{}", number, low, high));
  }
  out = static_cast<T>(number * unit);
  return {};
}

Status read_listen(const object& o, Config& config) {
  std::string listen;
  WEIR_CHECK_OK(read_text(o, "listen", "", listen));
  return listen.empty() ? Status{} : parse_listen(listen, config);
}

Status read_log(const object& o, Config& config) {
  WEIR_CHECK_OK(only(o, "log", {"level", "file"}));
  WEIR_CHECK_OK(read_text(o, "file", "log", config.log_file));
  std::string level = "info";
  WEIR_CHECK_OK(read_text(o, "level", "log", level));
  using Level = std::pair<std::string_view, log::Level>;
  constexpr std::array kLevels = {Level{"debug", log::Level::Debug},
                                  Level{"info", log::Level::Info}, Level{"warn", log::Level::Warn},
                                  Level{"error", log::Level::Error}};
  for (const auto& [name, value] : kLevels) {
    if (level == name) {
      config.log_level = value;
      return {};
    }
  }
  return bad("log.level", fmt::format("\"{}\" is not debug, info, warn or error", level));
}

Status read_storage(const object& o, Config& config) {
  WEIR_CHECK_OK(only(o, "storage",
                     {"log_file_mib", "log_retention_days", "event_retention_days",
                      "checkpoint_seconds", "lag_records_max"}));
  WEIR_CHECK_OK(read_number(o, "log_file_mib", "storage", 1, 4096, 1 << 20, config.log_file_bytes));
  WEIR_CHECK_OK(
      read_number(o, "log_retention_days", "storage", 1, 36500, kDayMs, config.log_retention_ms));
  WEIR_CHECK_OK(read_number(o, "event_retention_days", "storage", 0, 36500, kDayMs,
                            config.event_retention_ms));
  WEIR_CHECK_OK(read_number(o, "checkpoint_seconds", "storage", 1, 3600, kSecondMs,
                            config.checkpoint_every_ms));
  return read_number(o, "lag_records_max", "storage", 1000, 1'000'000'000, 1,
                     config.lag_records_max);
}

Status read_proxies(const object& o, std::vector<std::string>& out) {
  if (json::find(o, "trusted_proxies") == nullptr) return {};
  WEIR_TRY(const json::array* list, json::required_array(o, "trusted_proxies", "limits"));
  out.clear();
  for (const json::value& v : *list) {
    std::string text(v.is_string() ? json::view(v.get_string()) : std::string_view());
    if (canonical_address(text).empty()) {
      return bad("limits.trusted_proxies",
                 fmt::format("\"{}\" is not an IP address, like 10.0.0.5", text));
    }
    out.push_back(std::move(text));
  }
  return {};
}

Status read_limits(const object& o, Config& config) {
  WEIR_CHECK_OK(only(o, "limits",
                     {"connections_per_address", "failed_requests_per_minute", "trusted_proxies"}));
  WEIR_CHECK_OK(read_number(o, "connections_per_address", "limits", 1, 100'000, 1,
                            config.connections_per_address));
  WEIR_CHECK_OK(read_number(o, "failed_requests_per_minute", "limits", 1, 1'000'000, 1,
                            config.caller_limits.failed_per_minute));
  return read_proxies(o, config.caller_limits.trusted_proxies);
}

Status read_queries(const object& o, Config& config) {
  WEIR_CHECK_OK(
      only(o, "queries", {"running_max", "time_max_seconds", "memory_max_mib", "active_events"}));
  api::QueryLimits& limits = config.queries;
  WEIR_CHECK_OK(read_number(o, "running_max", "queries", 1, 64, 1, limits.running_max));
  limits.running_per_owner_max = std::max(1, limits.running_max - 1);
  WEIR_CHECK_OK(
      read_number(o, "time_max_seconds", "queries", 1, 3600, kSecondMs, limits.time_max_ms));
  WEIR_CHECK_OK(
      read_number(o, "memory_max_mib", "queries", 16, 1 << 20, 1 << 20, limits.memory_max));
  const json::value* active = json::find(o, "active_events");
  if (active == nullptr || active->is_null()) return {};
  if (!active->is_array()) return bad("queries.active_events", "must be a list of event names");
  for (const json::value& name : active->get_array()) {
    if (!name.is_string() || name.get_string().empty())
      return bad("queries.active_events", "must be a list of event names");
    config.active_events.emplace_back(json::view(name.get_string()));
  }
  return {};
}

Status read_source(const object& o, const std::string& where, Config& config) {
  WEIR_CHECK_OK(only(o, where, {"name", "write_key", "trust"}));
  collect::Source source;
  WEIR_TRY(source.name, json::required_string(o, "name", where));
  WEIR_TRY(source.write_key, json::required_string(o, "write_key", where));
  std::string trust = json::optional_string(o, "trust", "public");
  if (trust != "public" && trust != "server") {
    return bad(where + ".trust", fmt::format("\"{}\" is not public or server", trust));
  }
  source.trust = trust == "server" ? Trust::Server : Trust::Public;
  config.sources.push_back(std::move(source));
  return {};
}

Status read_token(const object& o, const std::string& where, Config& config) {
  WEIR_CHECK_OK(only(o, where, {"name", "token"}));
  WEIR_TRY(std::string name, json::required_string(o, "name", where));
  WEIR_TRY(std::string token, json::required_string(o, "token", where));
  if (token.size() < 16) return bad(where + ".token", "must have at least 16 characters");
  config.bearer_tokens[token] = name;
  return {};
}

Status read_connector(const object& o, const std::string& where, Config& config) {
  WEIR_CHECK_OK(only(o, where,
                     {"id", "name", "base_url", "account", "secret", "callback_token",
                      "callback_key", "callback_mode", "callback_secret", "open_platform",
                      "agent_id", "sign_name", "timeout_ms", "task_poll_seconds"}));
  connectors::ConnectorConfig c;
  WEIR_TRY(c.id, json::required_string(o, "id", where));
  WEIR_TRY(c.base_url, json::required_string(o, "base_url", where));
  const std::pair<std::string_view, std::string*> texts[] = {
      {"name", &c.name},
      {"account", &c.account},
      {"secret", &c.secret},
      {"callback_token", &c.callback_token},
      {"callback_key", &c.callback_key},
      {"callback_secret", &c.callback_secret},
      {"open_platform", &c.open_platform},
      {"sign_name", &c.sign_name}};
  for (const auto& [key, out] : texts) WEIR_CHECK_OK(read_text(o, key, where, *out));
  WEIR_CHECK_OK(read_number(o, "agent_id", where, 0, INT64_MAX, 1, c.agent_id));
  WEIR_CHECK_OK(read_number(o, "timeout_ms", where, 100, 60'000, 1, c.timeout_ms));
  WEIR_CHECK_OK(read_number(o, "task_poll_seconds", where, 1, 3600, kSecondMs, c.task_poll_ms));
  std::string mode = json::optional_string(o, "callback_mode", "secure");
  if (mode != "plain" && mode != "compatible" && mode != "secure") {
    return bad(where + ".callback_mode",
               fmt::format("\"{}\" is not plain, compatible or secure", mode));
  }
  c.callback_mode = mode == "plain"        ? connectors::CallbackMode::Plain
                    : mode == "compatible" ? connectors::CallbackMode::Compatible
                                           : connectors::CallbackMode::Secure;
  config.connectors.push_back(std::move(c));
  return {};
}

using ReadItem = Status (*)(const object&, const std::string&, Config&);
Status read_list(const object& o, std::string_view key, ReadItem read, Config& config) {
  const json::value* v = json::find(o, key);
  if (v == nullptr || v->is_null()) return {};
  if (!v->is_array()) return bad(std::string(key), "must be a list");
  for (size_t i = 0; i < v->get_array().size(); ++i) {
    std::string where = fmt::format("{}[{}]", key, i);
    WEIR_TRY(const object* item, json::as_object(v->get_array()[i], where));
    WEIR_CHECK_OK(read(*item, where, config));
  }
  return {};
}

Status read_section(const object& o, std::string_view key, Status (*read)(const object&, Config&),
                    Config& config) {
  const json::value* v = json::find(o, key);
  if (v == nullptr || v->is_null()) return {};
  WEIR_TRY(const object* section, json::as_object(*v, key));
  return read(*section, config);
}

Result<Config> read_config(const json::value& root) {
  Config config;
  WEIR_TRY(const object* o, json::as_object(root, "the file"));
  WEIR_CHECK_OK(
      only(*o, "",
           {"data_dir", "root_key_file", "listen", "public_url", "time_zone", "http_threads", "log",
            "storage", "limits", "queries", "sources", "tokens", "connectors"}));
  WEIR_CHECK_OK(read_text(*o, "data_dir", "", config.data_dir));
  WEIR_CHECK_OK(read_text(*o, "root_key_file", "", config.root_key_file));
  WEIR_CHECK_OK(read_text(*o, "public_url", "", config.public_url));
  WEIR_CHECK_OK(read_text(*o, "time_zone", "", config.time_zone));
  if (auto calendar = Calendar::open(config.time_zone); !calendar) {
    return bad("time_zone", calendar.error().message);
  }
  WEIR_CHECK_OK(read_number(*o, "http_threads", "", 1, 64, 1, config.http_threads));
  WEIR_CHECK_OK(read_listen(*o, config));
  WEIR_CHECK_OK(read_section(*o, "log", read_log, config));
  WEIR_CHECK_OK(read_section(*o, "storage", read_storage, config));
  WEIR_CHECK_OK(read_section(*o, "limits", read_limits, config));
  WEIR_CHECK_OK(read_section(*o, "queries", read_queries, config));
  WEIR_CHECK_OK(read_list(*o, "sources", read_source, config));
  WEIR_CHECK_OK(read_list(*o, "tokens", read_token, config));
  WEIR_CHECK_OK(read_list(*o, "connectors", read_connector, config));
  return config;
}

}  // namespace

Status parse_listen(std::string_view text, Config& config) {
  size_t colon = text.rfind(':');
  uint16_t port = 0;
  if (colon != std::string_view::npos) {
    std::string_view digits = text.substr(colon + 1);
    auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
    if (error == std::errc() && end == digits.data() + digits.size() && colon > 0) {
      config.host = text.substr(0, colon);
      config.port = port;
      return {};
    }
  }
  return bad("listen", fmt::format("\"{}\" is not HOST:PORT, like 127.0.0.1:8420", text));
}

Result<Config> load_config(FileSystem& files, const std::string& path) {
  WEIR_TRY(ConfigFile file, ConfigFile::load(files, path));
  auto config = read_config(file.root());
  if (!config) return std::unexpected<Error>(file.located(config.error()));
  return config;
}

void apply_dev(Config& config) {
  config.host = "127.0.0.1";
  config.checkpoint_every_ms = 2 * kSecondMs;
  config.sources.push_back({"dev", "dev", Trust::Server});
  config.bearer_tokens["dev"] = "dev";
}

}  // namespace weir::app

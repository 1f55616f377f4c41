#pragma once
// The configuration file (conf/weir.example.yaml documents every key). Loaded once at start;
// anything wrong is one clear sentence with file and line, and exit 1.

#include "api/auth.h"
#include "api/caller_guard.h"
#include "api/query_runner.h"
#include "base/env.h"
#include "base/log.h"
#include "collect/collect.h"
#include "connectors/connectors.h"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace weir::app {

struct Config {
  std::string data_dir = "data";
  std::string root_key_file;  // default: "<data_dir>.key", outside the data directory (ADR 0003)
  std::string host = "127.0.0.1";
  uint16_t port = 8420;
  std::string public_url;  // "https://weir.example.cn": secure cookies, callback addresses shown
  std::string time_zone = "Asia/Shanghai";
  log::Level log_level = log::Level::Info;
  std::string log_file = "-";
  int http_threads = 2;
  size_t log_file_bytes = 256u << 20;
  DurationMs log_retention_ms = 400 * kDayMs;
  DurationMs event_retention_ms = 0;  // of the behaviour store; 0 = for ever
  DurationMs checkpoint_every_ms = 10 * kSecondMs;
  uint64_t lag_records_max = 2'000'000;  // beyond, ingest answers 429
  size_t connections_per_address = 512;
  api::CallerLimits caller_limits;
  api::QueryLimits queries;
  std::vector<std::string> active_events;  // TR5; empty = every person-initiated event
  std::vector<collect::Source> sources;
  std::map<std::string, std::string> bearer_tokens;  // token → name
  std::vector<connectors::ConnectorConfig> connectors;
};

/// Reads `path`; fields that are absent keep their defaults. Unknown fields are errors.
Result<Config> load_config(FileSystem& files, const std::string& path);

/// "HOST:PORT" into config.host and config.port.
Status parse_listen(std::string_view text, Config& config);

/// --dev: loopback only, write key "dev", bearer token "dev", quick checkpoints.
void apply_dev(Config& config);

}  // namespace weir::app

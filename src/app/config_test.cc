#include "app/config.h"

#include "base/real_env.h"

#include <gtest/gtest.h>

#include <cstdlib>

namespace weir::app {
namespace {

std::string source_dir() {
  const char* dir = std::getenv("WEIR_SOURCE_DIR");
  return dir == nullptr ? "." : dir;
}

TEST(Config, TheDocumentedExampleLoads) {
  auto env = make_real_env();
  auto config = load_config(env->files(), source_dir() + "/conf/weir.example.yaml");
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->port, 8420);
  EXPECT_EQ(config->sources.size(), 2u);
  EXPECT_EQ(config->sources[1].trust, Trust::Server);
  EXPECT_EQ(config->connectors.size(), 3u);
  EXPECT_EQ(config->connectors[0].id, "wechat:main");
  EXPECT_EQ(config->log_file_bytes, 256u << 20);
  EXPECT_EQ(config->connections_per_address, 512u);
  EXPECT_EQ(config->caller_limits.failed_per_minute, 300);
  EXPECT_EQ(config->caller_limits.trusted_proxies.size(), 2u);
  EXPECT_EQ(config->queries.running_max, 3);
  EXPECT_EQ(config->queries.memory_max, 512u << 20);
}

TEST(Config, ListenNeedsHostAndPort) {
  Config config;
  EXPECT_FALSE(parse_listen("8420", config));
  EXPECT_FALSE(parse_listen("localhost:http", config));
  ASSERT_TRUE(parse_listen("0.0.0.0:99", config));
  EXPECT_EQ(config.host, "0.0.0.0");
}

}  // namespace
}  // namespace weir::app

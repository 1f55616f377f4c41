#include "base/log.h"

#include "base/json.h"

#include <gtest/gtest.h>

#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace weir {
namespace {

TEST(LogTest, WritesOneJsonObjectPerLine) {
  std::string path = "/tmp/weir_log_" + std::to_string(::getpid()) + ".jsonl";
  log::configure(log::Level::Info, path);
  log::write(log::Level::Debug, "not_shown", {});
  log::info("started", {{"port", 8080}, {"ratio", 0.5}, {"ok", true}, {"name", "a\"b\\c\n\x01中"}});
  log::warn("odd", {{"nan", std::nan("")}, {"long", std::string(2000, 'x')}});
  log::configure(log::Level::Info, "-");
  std::ifstream file(path);
  std::string line;
  ASSERT_TRUE(std::getline(file, line));
  auto first = json::parse(line);
  ASSERT_TRUE(first.has_value()) << line;
  const json::object& fields = first->get_object();
  EXPECT_EQ(json::optional_string(fields, "event"), "started");
  EXPECT_EQ(json::optional_string(fields, "level"), "info");
  EXPECT_EQ(json::optional_int(fields, "port", 0), 8080);
  EXPECT_TRUE(json::optional_bool(fields, "ok", false));
  EXPECT_EQ(json::optional_string(fields, "name"), "a\"b\\c\n\x01中");
  EXPECT_EQ(json::optional_string(fields, "t").size(), 24u);
  ASSERT_TRUE(std::getline(file, line));
  auto second = json::parse(line);
  ASSERT_TRUE(second.has_value()) << line;
  EXPECT_TRUE(second->get_object().at("nan").is_null());
  EXPECT_EQ(json::optional_string(second->get_object(), "long").size(), 512u);
  EXPECT_FALSE(std::getline(file, line));
  std::filesystem::remove(path);
}

}  // namespace
}  // namespace weir

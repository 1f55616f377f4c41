#include "model/journey_def.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

namespace weir::testing {
namespace {

std::string read_example(const std::string& name) {
  const char* dir = std::getenv("WEIR_SOURCE_DIR");
  std::ifstream in(std::string(dir == nullptr ? "." : dir) + "/examples/journeys/" + name);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

TEST(JourneyDef, TheSeedJourneyReadsAsWritten) {
  auto def = parse_journey(read_example("cart_abandon.json"));
  ASSERT_TRUE(def.has_value()) << def.error().message;
  EXPECT_EQ(def->id, "cart_abandon");
  EXPECT_EQ(def->key, "event.sku_id");
  EXPECT_EQ(def->limit, JourneyDef::Limit::OncePer);
  EXPECT_EQ(def->limit_period_ms, 7 * kDayMs);
  EXPECT_EQ(def->control_share, 1000);
  EXPECT_EQ(def->priority, 60);
  EXPECT_EQ(def->quiet_hours.start_minute, 22 * 60);
  EXPECT_EQ(def->nodes.at("w30m").duration_ms, 30 * kMinuteMs);
  EXPECT_EQ(def->nodes.at("remind1").chain.at(1).receipt_timeout_ms, 4 * kHourMs);
  EXPECT_EQ(def->nodes.at("remind1").chain.at(1).when.size(), 4u);
  EXPECT_TRUE(is_since_entry(def->nodes.at("check").cases.at(0).condition.window));
  EXPECT_TRUE(def->placeholders.contains("nodes.coupon.coupon_id"));
  EXPECT_TRUE(def->events.contains("remove_from_cart"));
  EXPECT_EQ(def->exit_when.size(), 2u);
}

}  // namespace
}  // namespace weir::testing

#include "model/journey_def.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace weir {
namespace {

/// A journey with these nodes (JSON of the object's inside) that starts at "a".
std::string with_nodes(const std::string& nodes) {
  return R"({"schema":"weir.journey/1","id":"j","trigger":{"type":"event","event":"e"},"start":"a","nodes":{)" +
         nodes + "}}";
}

std::vector<std::string> fields_of_problems(const std::string& text) {
  std::vector<Error> problems;
  EXPECT_FALSE(parse_journey(text, &problems).has_value());
  std::vector<std::string> fields;
  for (const Error& e : problems) fields.push_back(e.field);
  return fields;
}

TEST(JourneyDef, AllProblemsAreReportedAtOnce) {
  std::vector<std::string> fields = fields_of_problems(
      R"({"schema":"weir.journey/1","id":"j","trigger":{"type":"schedule"},"start":"nowhere",
          "entry":{"limit":{"mode":"sometimes"}},"policy":{"priority":101,"quiet_hours":{"start":"25:00","end":"08:00"}},
          "nodes":{"a":{"type":"webhook"},"b":{"type":"wait","for":"soon"}}})");
  for (std::string expected : {"trigger.type", "start", "entry.limit.mode", "policy.priority",
                               "policy.quiet_hours.start", "nodes.a.type", "nodes.b.for"}) {
    EXPECT_NE(std::find(fields.begin(), fields.end(), expected), fields.end()) << expected;
  }
}

TEST(JourneyDef, AnUnsupportedNodeIsNamedWithWhatThereIs) {
  auto def = parse_journey(with_nodes(R"("a":{"type":"grant_points"})"));
  ASSERT_FALSE(def.has_value());
  EXPECT_EQ(def.error().field, "nodes.a.type");
  EXPECT_NE(def.error().message.find("grant_points"), std::string::npos);
}

TEST(JourneyDef, EveryNodeMustExistAndBeReachable) {
  EXPECT_EQ(fields_of_problems(with_nodes(
                R"("a":{"type":"wait","for":"PT1H","on":{"done":"z"}},"b":{"type":"exit"})")),
            (std::vector<std::string>{"nodes.a", "nodes.b"}));
}

TEST(JourneyDef, ACycleNeedsAWaitOfAMinute) {
  std::string branch = R"("b":{"type":"branch","cases":[],"else":"a"})";
  EXPECT_TRUE(
      parse_journey(with_nodes(R"("a":{"type":"wait","for":"PT1M","on":{"done":"b"}},)" + branch))
          .has_value());
  EXPECT_FALSE(
      parse_journey(with_nodes(R"("a":{"type":"wait","for":"PT59S","on":{"done":"b"}},)" + branch))
          .has_value());
}

TEST(JourneyDef, AnUnwiredOutcomeIsAllowedAndAnUnknownOneIsNot) {
  EXPECT_TRUE(parse_journey(with_nodes(R"("a":{"type":"wait","for":"PT1H"})")).has_value());
  EXPECT_EQ(fields_of_problems(with_nodes(R"("a":{"type":"wait","for":"PT1H","on":{"sent":"a"}})"))
                .front(),
            "nodes.a.on");
}

TEST(JourneyDef, ASplitMustAddUp) {
  EXPECT_FALSE(
      parse_journey(
          with_nodes(
              R"("a":{"type":"split","cases":[{"pct":50,"to":"b"},{"pct":49.5,"to":"b"}]},"b":{"type":"exit"})"))
          .has_value());
  EXPECT_TRUE(
      parse_journey(
          with_nodes(
              R"("a":{"type":"split","cases":[{"pct":50.5,"to":"b"},{"pct":49.5,"to":"b"}]},"b":{"type":"exit"})"))
          .has_value());
}

TEST(JourneyDef, TwoHundredNodesAreTheLimit) {
  std::string nodes = R"("a":{"type":"exit"})";
  for (int i = 0; i < 200; ++i) nodes += R"(,"n)" + std::to_string(i) + R"(":{"type":"exit"})";
  EXPECT_EQ(fields_of_problems(with_nodes(nodes)), (std::vector<std::string>{"nodes"}));
}

TEST(JourneyDef, TextsAreFilledOnlyWithKnownOpenValues) {
  Value sku = std::string("A"), secret = Sealed{"k", "phone", "t", "c"};
  auto lookup = [&](std::string_view path) -> const Value* {
    return path == "entry.event.sku" ? &sku : path == "entry.event.phone" ? &secret : nullptr;
  };
  EXPECT_EQ(interpolate("sku ${entry.event.sku}!", lookup), "sku A!");
  EXPECT_EQ(interpolate("${entry.event.gone}", lookup), std::nullopt);
  EXPECT_EQ(interpolate("${entry.event.phone}", lookup), std::nullopt);
}

}  // namespace
}  // namespace weir

// Traits are held to what operators registered, whichever protocol or file brings them.

#include "tests/support/collect_rig.h"

#include <gtest/gtest.h>

namespace weir::collect {
namespace {

TraitSchema schema_of(std::string_view text) {
  auto schema = parse_trait_schema(*json::parse(text));
  EXPECT_TRUE(schema) << schema.error().message;
  return schema ? *std::move(schema) : TraitSchema{};
}

constexpr std::string_view kAgeIsANumber = R"({"traits":[{"name":"age","type":"number"}]})";

std::string identify(std::string_view traits) {
  return R"({"writeKey":"wk_demo","userId":"u1","traits":)" + std::string(traits) + "}";
}

TEST(TraitCheck, AValueOfAnotherTypeWaitsUnderTheTraitsNameAndIsReplayedOnceTheTypeFits) {
  testing::Rig rig;
  rig.schemas.set(schema_of(kAgeIsANumber));
  EXPECT_EQ(rig.post("/v1/identify", identify(R"({"age":30})")).status, 200);
  EXPECT_EQ(rig.of_kind(RecordKind::Identify).size(), 1u);
  rig.post("/v1/identify", identify(R"({"age":"thirty"})"));
  EXPECT_EQ(rig.of_kind(RecordKind::Identify).size(), 1u);
  auto waiting = rig.quarantine.list(10, "").items;
  ASSERT_EQ(waiting.size(), 1u);
  EXPECT_EQ(waiting[0].reason, "trait_type");
  EXPECT_EQ(waiting[0].field, "traits.age");
  EXPECT_EQ(waiting[0].message.find("thirty"), std::string::npos);

  auto replay = [&] {
    Status result;
    rig.collect.replay(waiting[0].id, [&](Status s) { result = std::move(s); });
    return result;
  };
  EXPECT_FALSE(replay()) << "nothing was mended yet";
  rig.schemas.set(schema_of(R"({"traits":[{"name":"age","type":"text"}]})"));
  EXPECT_TRUE(replay());
  EXPECT_EQ(rig.of_kind(RecordKind::Identify).size(), 2u);
}

TEST(TraitCheck, AnUnregisteredTraitIsTakenOrWaitsAsThePolicySays) {
  testing::Rig rig;
  rig.post("/v1/identify", identify(R"({"new":1})"));
  EXPECT_EQ(rig.quarantine.list(10, "").total, 0u);
  rig.schemas.set(schema_of(R"({"unregistered":"quarantine","traits":[]})"));
  rig.post("/v1/identify", identify(R"({"new":1})"));
  rig.post("/v1/group",
           R"({"writeKey":"wk_demo","userId":"u1","groupId":"g","traits":{"size":5}})");
  auto waiting = rig.quarantine.list(10, "").items;
  ASSERT_EQ(waiting.size(), 1u) << "traits of a group are the company's";
  EXPECT_EQ(waiting[0].reason, "trait_unregistered");
}

TEST(TraitCheck, HoldsForEveryProtocolAndOperation) {
  testing::Rig rig;
  rig.schemas.set(schema_of(kAgeIsANumber));
  rig.post("/e/", R"({"api_key":"phc_demo","event":"$set","distinct_id":"u1",)"
                  R"("properties":{"$set":{"age":"x"}}})");
  rig.post("/sa?project=t",
           R"([{"type":"profile_append","distinct_id":"u1","properties":{"age":["x"]}}])");
  EXPECT_EQ(rig.quarantine.list(10, "").total, 2u);
  for (const auto& item : rig.quarantine.list(10, "").items) EXPECT_EQ(item.reason, "trait_type");
}

}  // namespace
}  // namespace weir::collect

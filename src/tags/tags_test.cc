#include "tags/tags.h"

#include "model/facts.h"
#include "tests/support/fold_harness.h"
#include "tests/support/small_world.h"

#include <gtest/gtest.h>

namespace weir::tags {
namespace {

constexpr TimeMs kMonday = 1772380800000;  // 2026-03-02 00:00 in Shanghai
constexpr std::string_view kTier =
    R"({"name":"价值","category":"value","value_type":"enum","rule":{"layers":[
  {"if":{"done":{"event":"order_paid","agg":"sum","prop":"event.fen","op":"gte","value":50000,
                 "window":{"last":30,"unit":"day"}}},"value":"高"},
  {"if":{"done":{"event":"order_paid","agg":"sum","prop":"event.fen","op":"gte","value":10000,
                 "window":{"last":30,"unit":"day"}}},"value":"中"}],"default":"低"}})";

struct Fixture : ::testing::Test {
  testing::SmallWorld world;
  std::unique_ptr<Tags> tags =
      Tags::make(world, {&world, nullptr, nullptr, &world}, Calendar::shanghai());
  testing::FoldHarness harness{kMonday + 10 * kHourMs, {&world, tags.get()}};

  void define(std::string code, std::string body) {
    Envelope e;
    e.kind = RecordKind::Definition;
    e.name = "tag/" + code;
    e.properties = {{"body", JsonText{std::move(body)}}};
    harness.apply(std::move(e));
    harness.advance_by(1000);
  }
  void pay(std::string user, int64_t fen) {
    Envelope e;
    e.name = "order_paid";
    e.identities = {{IdentityKind::UserId, "", std::move(user)}};
    e.properties = {{"fen", fen}};
    harness.apply(std::move(e));
  }
  std::string value(uint32_t person) const {
    const Value* v = tags->tag(ProfileOrdinal(person), "tier");
    return v == nullptr ? "" : display_text(*v);
  }
};

TEST_F(Fixture, TheFirstMatchingLayerWinsAndTheDefaultIsForTheRest) {
  define("tier", std::string(kTier));
  pay("a", 60000);
  pay("b", 12000);
  pay("c", 100);
  EXPECT_EQ(value(0), "高");
  EXPECT_EQ(value(1), "中");
  EXPECT_EQ(value(2), "低");
  EXPECT_EQ(tags->get("tier")->values.at("高"), 1u);
}

TEST_F(Fixture, AValueFallsBackWhenItsOrderLeavesTheWindow) {
  define("tier", std::string(kTier));
  pay("a", 60000);
  harness.advance(kMonday + 30 * kDayMs - 1);
  EXPECT_EQ(value(0), "高");
  harness.advance(kMonday + 30 * kDayMs);
  EXPECT_EQ(value(0), "低");
}

TEST_F(Fixture, AChangeIsOneFactAndAnEqualValueIsNone) {
  define("tier", std::string(kTier));
  pay("a", 12000);
  pay("a", 1);
  auto facts = harness.facts_named(facts::kTagChanged);
  ASSERT_EQ(facts.size(), 1u);
  EXPECT_EQ(string_property(facts[0].record.properties, "to"), "中");
}

TEST_F(Fixture, ANewRuleLooksAtEveryoneAndADeletedOneTakesItsValues) {
  for (int i = 0; i < 700; ++i) pay("u" + std::to_string(i), i % 2 == 0 ? 60000 : 100);
  define("tier", std::string(kTier));
  EXPECT_EQ(tags->get("tier")->values.at("高"), 350u);
  EXPECT_EQ(tags->get("tier")->count, 700u);
  define("tier", "");
  EXPECT_EQ(value(0), "");
}

TEST_F(Fixture, SavedValuesComeBack) {
  define("tier", std::string(kTier));
  pay("a", 60000);
  testing::MapStateStore store;
  WriteBatch batch;
  tags->save(batch);
  ASSERT_TRUE(store.write(batch));
  auto again = Tags::make(world, {&world, nullptr, nullptr, &world}, Calendar::shanghai());
  ASSERT_TRUE(again->load(store));
  EXPECT_EQ(display_text(*again->tag(ProfileOrdinal(0), "tier")), "高");
}

TEST_F(Fixture, AValueOfAnotherTypeIsRefusedWithItsPath) {
  auto body = json::parse(R"({"name":"n","category":"value","value_type":"number",
      "rule":{"layers":[{"if":{"and":[]},"value":"text"}]}})");
  EXPECT_EQ(validate_definition(*body, Calendar::shanghai()).error().field, "rule.layers[0].value");
}

}  // namespace
}  // namespace weir::tags

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
  void give(std::string_view code, std::string_view json, std::vector<uint32_t> people,
            std::string_view source = "manual", bool lock = false, bool force = false) {
    std::vector<IdentityOrdinal> identities;  // of the small world: those of its people
    for (uint32_t person : people) identities.emplace_back(person);
    Envelope e;
    e.kind = RecordKind::Definition;
    e.name = std::string(kGivenPrefix) + std::string(code);
    e.properties = {
        {"body", JsonText{json::to_text(given_body(*json::parse(json), source == "import", lock,
                                                   force, identities))}}};
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

TEST_F(Fixture, WhatAPersonGaveHoldsOverTheRuleAndGoesBackToItWhenTakenAway) {
  define("tier", std::string(kTier));
  pay("a", 60000);
  give("tier", R"("低")", {0});
  EXPECT_EQ(value(0), "低");
  EXPECT_EQ(tags->of(ProfileOrdinal(0)).front().source, ValueSource::Manual);
  pay("a", 60000);  // the rule says high again and is not heard
  EXPECT_EQ(value(0), "低");
  give("tier", "null", {0});
  EXPECT_EQ(value(0), "高");
}

TEST_F(Fixture, ManualBeatsImportAndALockIsKeptByAll) {
  define("tier", std::string(kTier));
  pay("a", 1);
  give("tier", R"("中")", {0}, "import");
  EXPECT_EQ(value(0), "中");
  give("tier", R"("高")", {0}, "manual", true);
  give("tier", R"("低")", {0}, "import");
  give("tier", R"("低")", {0}, "manual");
  EXPECT_EQ(value(0), "高");
  give("tier", R"("低")", {0}, "manual", false, true);  // somebody looked at this person
  EXPECT_EQ(value(0), "低");
}

TEST_F(Fixture, AGivenValueEndsAfterItsTimeToLive) {
  define("tier", R"({"name":"n","category":"attribute","value_type":"enum","ttl":"P2D"})");
  pay("a", 1);
  TimeMs given_at = harness.now();
  give("tier", R"("高")", {0});
  harness.advance(given_at + 2 * kDayMs - 1);
  EXPECT_EQ(value(0), "高");
  harness.advance(given_at + 2 * kDayMs);
  EXPECT_EQ(value(0), "");
  auto facts = harness.facts_named(facts::kTagChanged);
  ASSERT_EQ(facts.size(), 2u);
  EXPECT_EQ(string_property(facts[1].record.properties, "source"), "manual");
}

TEST_F(Fixture, OneTagOfAnExclusiveGroupShowsAndARuleComesBackWhenItGoes) {
  for (std::string code : {"hot", "cold"}) {
    define(code, R"({"name":"n","category":"attribute","value_type":"bool","group":"heat"})");
  }
  define("auto", R"({"name":"n","category":"attribute","value_type":"bool","group":"heat",
      "rule":{"layers":[{"if":{"done":{"event":"order_paid"}},"value":true}]}})");
  pay("a", 1);
  EXPECT_NE(tags->tag(ProfileOrdinal(0), "auto"), nullptr);
  give("hot", "true", {0});
  EXPECT_EQ(tags->tag(ProfileOrdinal(0), "auto"), nullptr);
  harness.advance_by(1000);
  give("cold", "true", {0});
  EXPECT_EQ(tags->tag(ProfileOrdinal(0), "hot"), nullptr);
  EXPECT_NE(tags->tag(ProfileOrdinal(0), "cold"), nullptr);
  harness.advance_by(1000);
  give("cold", "null", {0});
  EXPECT_EQ(tags->tag(ProfileOrdinal(0), "hot"), nullptr);  // was removed for good
  EXPECT_NE(tags->tag(ProfileOrdinal(0), "auto"), nullptr);
}

TEST_F(Fixture, SetsAreTheUnionOfAllSources) {
  define("tier", R"({"name":"n","category":"attribute","value_type":"string_set",
      "rule":{"layers":[{"if":{"and":[]},"value":["茶"]}]}})");
  pay("a", 1);
  give("tier", R"(["酒","咖啡"])", {0});
  EXPECT_EQ(value(0), "咖啡,茶,酒");
}

TEST_F(Fixture, AMergeJoinsWhatWasGivenAndASplitPartsItAgain) {
  define("tier", R"({"name":"n","category":"attribute","value_type":"enum"})");
  pay("a", 1);
  pay("b", 1);
  give("tier", R"("旧")", {0});
  harness.advance_by(1000);
  give("tier", R"("新")", {1});
  harness.merged(ProfileOrdinal(1), ProfileOrdinal(0));
  EXPECT_EQ(value(0), "新");  // the latest (G10)
  harness.split({ProfileOrdinal(0), ProfileOrdinal(1), {IdentityOrdinal(1)}, {ProfileOrdinal(1)}});
  EXPECT_EQ(value(0), "旧");
  EXPECT_EQ(value(1), "新");
}

TEST_F(Fixture, HistorySaysWhatHeldWhenAndAnEqualValueExtends) {
  define("tier", std::string(kTier));
  pay("a", 12000);
  TimeMs first = harness.now();
  harness.advance_by(kHourMs);
  pay("a", 1);
  pay("a", 60000);
  auto periods = tags->history(ProfileOrdinal(0), "tier", harness.now());
  ASSERT_EQ(periods.size(), 2u);
  EXPECT_EQ(periods[0].value, "高");
  EXPECT_EQ(periods[0].to, 0);
  EXPECT_EQ(periods[1].value, "中");
  EXPECT_EQ(periods[1].from, first);
  EXPECT_EQ(periods[1].to, first + kHourMs);
  EXPECT_EQ(periods[1].version, 1u);
}

TEST_F(Fixture, AScheduledTagSeesTheDaysBeforeItsRunOnly) {
  define("tier", R"({"name":"n","category":"behaviour","value_type":"number",
      "refresh":{"schedule":"0 2 * * *"},"rule":{"agg":"sum","event":"order_paid",
      "prop":"event.fen","window":{"last":2,"unit":"day"}}})");
  pay("a", 100);
  harness.advance_by(kHourMs);
  EXPECT_EQ(value(0), "");
  harness.advance(kMonday + kDayMs + 2 * kHourMs);
  EXPECT_EQ(value(0), "100");
  EXPECT_EQ(tags->get("tier")->next_run, kMonday + 2 * kDayMs + 2 * kHourMs);
  auto facts = harness.facts_named(facts::kTagChanged);
  ASSERT_EQ(facts.size(), 1u);
  EXPECT_EQ(string_property(facts[0].record.properties, "base_date"), "2026-03-02");
  harness.advance(kMonday + 3 * kDayMs + 3 * kHourMs);
  EXPECT_EQ(value(0), "");  // Monday is not one of the last two days of Wednesday
}

TEST_F(Fixture, ARunFollowsAnImportOfHistoryOnceItIsQuiet) {
  define("tier", R"({"name":"n","category":"behaviour","value_type":"number",
      "refresh":{"schedule":"0 2 * * *"},"rule":{"agg":"count","event":"order_paid"}})");
  Envelope e;
  e.name = "order_paid";
  e.historical = true;
  e.event_time = kMonday - kDayMs;
  e.identities = {{IdentityKind::UserId, "", "a"}};
  harness.apply(std::move(e));
  EXPECT_EQ(value(0), "");
  harness.advance_by(30 * kSecondMs);
  EXPECT_EQ(value(0), "1");
  EXPECT_EQ(tags->get("tier")->next_run, kMonday + kDayMs + 2 * kHourMs);
}

TEST_F(Fixture, PercentileTiersRankEverybodyInARun) {
  for (int i = 0; i < 1101; ++i) pay("u" + std::to_string(i), i);
  harness.advance_by(kDayMs);
  define("tier", R"({"name":"购买力","category":"value","value_type":"enum",
      "refresh":{"schedule":"0 2 * * *"},"rule":{"agg":"avg","event":"order_paid",
      "prop":"event.fen","tiers":{"by":"percentile",
      "steps":[{"gte":0.8,"value":"高"},{"gte":0.2,"value":"中"}],"default":"低"}}})");
  EXPECT_EQ(value(880), "高");  // 880 persons less of 1,100
  EXPECT_EQ(value(879), "中");
  EXPECT_EQ(value(220), "中");
  EXPECT_EQ(value(219), "低");
}

TEST_F(Fixture, SavedValuesComeBack) {
  define("tier", std::string(kTier));
  pay("a", 60000);
  pay("b", 60000);
  give("tier", R"("低")", {1}, "manual", true);
  testing::MapStateStore store;
  harness.save(store);
  auto again = Tags::make(world, {&world, nullptr, nullptr, &world}, Calendar::shanghai());
  ASSERT_TRUE(again->load(store));
  EXPECT_EQ(display_text(*again->tag(ProfileOrdinal(0), "tier")), "高");
  EXPECT_EQ(again->of(ProfileOrdinal(1)).front().source, ValueSource::Locked);
}

TEST_F(Fixture, AValueOfAnotherTypeIsRefusedWithItsPath) {
  auto body = json::parse(R"({"name":"n","category":"value","value_type":"number",
      "rule":{"layers":[{"if":{"and":[]},"value":"text"}]}})");
  EXPECT_EQ(validate_definition(*body, Calendar::shanghai()).error().field, "rule.layers[0].value");
}

TEST_F(Fixture, TemplatesAreDefinitions) {
  for (const TagTemplate& one : tag_templates()) {
    auto body = json::parse(one.body);
    ASSERT_TRUE(body.has_value()) << one.code;
    auto ok = validate_definition(*body, Calendar::shanghai());
    EXPECT_TRUE(ok.has_value()) << one.code << (ok ? "" : ok.error().message);
  }
}

// SEMANTICS §7 D2: orders of six people, RFM cells by thresholds and life-cycle stages.
TEST_F(Fixture, TemplatesGiveTheCellsAndStagesOfD2) {
  Calendar calendar = Calendar::shanghai();
  auto order = [&](std::string user, std::string_view date, int64_t fen) {
    Envelope e;
    e.name = "order_paid";
    e.event_time = *calendar.parse_date(date) + 12 * kHourMs;
    e.identities = {{IdentityKind::UserId, "", std::move(user)}};
    e.properties = {{"amount_fen", fen}};
    harness.apply(std::move(e));
  };
  order("u1", "2026-02-01", 20000);
  order("u1", "2026-03-10", 20000);
  order("u1", "2026-03-30", 20000);
  order("u2", "2026-03-20", 9900);
  for (std::string_view date : {"2025-10-01", "2025-11-01", "2025-12-01"}) order("u3", date, 30000);
  order("u4", "2026-03-05", 88000);
  order("u5", "2025-08-01", 5000);
  order("u6", "2026-03-08", 10000);
  harness.advance(*calendar.parse_date("2026-04-01") + kHourMs);
  for (const TagTemplate& one : tag_templates())
    define(std::string(one.code), std::string(one.body));
  auto values = [&](std::string_view code) {
    std::vector<std::string> all;
    for (uint32_t person = 0; person < 6; ++person) {
      const Value* v = tags->tag(ProfileOrdinal(person), code);
      all.push_back(v == nullptr ? "" : display_text(*v));
    }
    return all;
  };
  EXPECT_EQ(values("rfm_cell"),
            (std::vector<std::string>{"111 重要价值", "100 一般发展", "011 重要保持",
                                      "101 重要发展", "000 一般挽留", "100 一般发展"}));
  EXPECT_EQ(values("stage"),
            (std::vector<std::string>{"活跃", "新客", "沉睡", "新客", "流失", "新客"}));
  // Averages 20000, 9900, 30000, 88000, 5000, 10000: ranks .6 .2 .8 1 0 .4 (PT1).
  EXPECT_EQ(values("purchase_power"),
            (std::vector<std::string>{"中", "中", "高", "高", "低", "中"}));
  EXPECT_EQ(values("promo_preference"),
            (std::vector<std::string>{"弱", "未知", "弱", "未知", "未知", "未知"}));
}

}  // namespace
}  // namespace weir::tags

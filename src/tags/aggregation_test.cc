#include "tags/aggregation.h"

#include "ports/person_subject.h"
#include "tests/support/fold_harness.h"
#include "tests/support/small_world.h"

#include <gtest/gtest.h>

namespace weir::tags {
namespace {

constexpr TimeMs kMonday = 1772380800000;  // 2026-03-02 00:00 in Shanghai

struct AggregationOfEvents : ::testing::Test {
  testing::SmallWorld world;
  testing::FoldHarness harness{kMonday, {&world}};
  const Calendar calendar = Calendar::shanghai();

  void view(int minute, std::string category, int64_t fen = 0) {
    Envelope e;
    e.name = "view";
    e.event_time = kMonday + minute * kMinuteMs;
    e.identities = {{IdentityKind::UserId, "", "a"}};
    e.properties = {{"category", std::move(category)}, {"fen", fen}};
    harness.apply(std::move(e));
  }
  std::string ask(std::string_view rule, std::string_view type, TimeMs now = kMonday + kDayMs) {
    auto body = json::parse(rule);
    auto a = parse_aggregation(body->get_object(), type, calendar);
    if (!a) return a.error().field;
    PersonReaders readers{&world, nullptr, nullptr, &world};
    auto answer = evaluate(*a, PersonSubject(ProfileOrdinal(0), readers), now, calendar);
    return answer.value ? display_text(*answer.value) : "none";
  }
};

TEST_F(AggregationOfEvents, TheMostFrequentOfATieIsTheLatest) {
  view(540, "茶");
  view(545, "咖啡");
  view(550, "茶");
  view(560, "咖啡");
  EXPECT_EQ(ask(R"({"agg":"most","event":"view","prop":"event.category"})", "enum"), "咖啡");
  EXPECT_EQ(ask(R"({"agg":"most","event":"view","prop":"event.category","min_count":5})", "enum"),
            "none");
}

TEST_F(AggregationOfEvents, ANumberAndItsTextAreTwoValues) {
  for (Value code : {Value(int64_t{1}), Value(1.0), Value(std::string("1"))}) {
    Envelope e;
    e.name = "scan";
    e.event_time = kMonday;
    e.identities = {{IdentityKind::UserId, "", "a"}};
    e.properties = {{"code", code}};
    harness.apply(std::move(e));
  }
  EXPECT_EQ(ask(R"({"agg":"distinct","event":"scan","prop":"event.code"})", "number"), "2");
}

TEST_F(AggregationOfEvents, EachKindSaysWhatItIsNamedFor) {
  view(0, "茶", 100);
  view(1, "酒", 300);
  view(1500, "茶", 200);  // the day after
  TimeMs now = kMonday + 3 * kDayMs;
  auto number = [&](std::string_view agg) {
    std::string rule = R"({"agg":")" + std::string(agg) + R"(","event":"view","prop":"event.fen"})";
    return ask(rule, "number", now);
  };
  EXPECT_EQ(number("count"), "3");
  EXPECT_EQ(number("sum"), "600");
  EXPECT_EQ(number("avg"), "200");
  EXPECT_EQ(number("min"), "100");
  EXPECT_EQ(number("max"), "300");
  EXPECT_EQ(number("distinct"), "3");
  EXPECT_EQ(number("active_days"), "2");
  EXPECT_EQ(number("days_since_last"), "2");
  EXPECT_EQ(number("first"), "100");
  EXPECT_EQ(number("last"), "200");
}

TEST_F(AggregationOfEvents, NothingIsNoTagUnlessACountMayBeZero) {
  view(0, "茶");
  EXPECT_EQ(ask(R"({"agg":"count","event":"pay"})", "number"), "none");
  EXPECT_EQ(ask(R"({"agg":"count","event":"pay","zero":true})", "number"), "0");
  EXPECT_EQ(ask(R"({"agg":"sum","event":"pay","prop":"event.fen","zero":true})", "number"), "none");
}

TEST_F(AggregationOfEvents, AShareIsSmoothedAsPT2Says) {
  for (int i = 0; i < 5; ++i) view(i, i < 4 ? "coupon" : "full");
  std::string share = ask(R"({"agg":"share","event":"view",
      "of":{"prop":"event.category","op":"eq","value":"coupon"}})",
                          "number");
  EXPECT_EQ(share.substr(0, 5), "0.714");
}

TEST_F(AggregationOfEvents, HeatHalvesInAWeekAndTwentyOfADayCount) {
  for (int i = 0; i < 25; ++i) view(0, "茶");
  std::string rule = R"({"agg":"heat","weights":{"view":2},"window":{"last":30,"unit":"day"}})";
  EXPECT_EQ(ask(rule, "number", kMonday + 7 * kDayMs), "20");
}

TEST_F(AggregationOfEvents, ARuleThatCannotBeIsRefusedWithItsPath) {
  EXPECT_EQ(ask(R"({"agg":"median","event":"view"})", "number"), "rule.agg");
  EXPECT_EQ(ask(R"({"agg":"count","event":"view"})", "enum"), "value_type");
  EXPECT_EQ(ask(R"({"agg":"count","event":"view","tiers":{"steps":[
      {"gte":1,"value":"少"},{"gte":5,"value":"多"}]}})",
                "enum"),
            "rule.tiers.steps[1].gte");
}

}  // namespace
}  // namespace weir::tags

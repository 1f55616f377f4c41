#include "segments/segments.h"

#include "model/facts.h"
#include "tests/support/fold_harness.h"
#include "tests/support/small_world.h"

#include <gtest/gtest.h>

namespace weir::segments {
namespace {

using testing::FoldHarness;

constexpr TimeMs kMonday = 1772380800000;  // 2026-03-02 00:00 in Shanghai

struct Fixture : ::testing::Test {
  testing::SmallWorld world;
  std::unique_ptr<Segments> segments =
      Segments::make(world, {&world, nullptr, nullptr, &world}, Calendar::shanghai());
  FoldHarness harness{kMonday + 10 * kHourMs, {&world, segments.get()}};

  void define(std::string id, std::string def) {
    Envelope e;
    e.kind = RecordKind::Definition;
    e.name = "segment/" + id;
    e.properties = {{"body", JsonText{R"({"name":")" + id + R"(","def":)" + def + "}"}}};
    harness.apply(std::move(e));
    harness.advance_by(1000);
  }
  void track(std::string user, std::string name, Properties properties = {}) {
    Envelope e;
    e.name = std::move(name);
    e.identities = {{IdentityKind::UserId, "", std::move(user)}};
    e.properties = std::move(properties);
    harness.apply(std::move(e));
  }
  void set_trait(std::string user, std::string name, Value value) {
    Envelope e;
    e.kind = RecordKind::Identify;
    e.identities = {{IdentityKind::UserId, "", std::move(user)}};
    e.traits = {{TraitOp::Set, std::move(name), std::move(value)}};
    harness.apply(std::move(e));
  }
  bool in(uint32_t person, std::string_view id) const {
    return segments->is_member(ProfileOrdinal(person), id);
  }
  size_t facts(std::string_view name) const {
    size_t count = 0;
    for (const auto& fact : harness.facts()) count += fact.record.name == name;
    return count;
  }
};

constexpr std::string_view kCartTwice =
    R"({"done":{"event":"add_to_cart","op":"gte","value":2,"window":{"last":7,"unit":"day"}}})";

TEST_F(Fixture, EntersOnTheSecondEventAndLeavesWhenTheFirstAgesOut) {
  define("hot", std::string(kCartTwice));
  track("u", "add_to_cart");
  EXPECT_FALSE(in(0, "hot"));
  harness.advance(kMonday + kDayMs + 9 * kHourMs);
  track("u", "add_to_cart");
  EXPECT_TRUE(in(0, "hot"));
  EXPECT_EQ(facts(facts::kSegmentEntered), 1u);
  // Monday's event counts through Sunday (last 7 days, G2); Monday 00:00 it is gone.
  harness.advance(kMonday + 7 * kDayMs - 1);
  EXPECT_TRUE(in(0, "hot"));
  harness.advance(kMonday + 7 * kDayMs);
  EXPECT_FALSE(in(0, "hot"));
  EXPECT_EQ(facts(facts::kSegmentLeft), 1u);
}

TEST_F(Fixture, ANewDefinitionFindsThePeopleWhoAlreadyMatch) {
  for (int i = 0; i < 1200; ++i) {
    track("u" + std::to_string(i), i % 3 == 0 ? "order_paid" : "view");
  }
  define("buyers", R"({"done":{"event":"order_paid"}})");
  EXPECT_EQ(segments->get("buyers")->count, 400u);
  define("others", R"({"not_done":{"event":"order_paid"}})");
  EXPECT_EQ(segments->get("others")->count, 800u);
}

TEST_F(Fixture, APersonWithoutAnyNamedEventIsInTheComplement) {
  define("quiet", R"({"not_done":{"event":"order_paid"}})");
  track("new", "view");
  EXPECT_TRUE(in(0, "quiet"));
  track("new", "order_paid");
  EXPECT_FALSE(in(0, "quiet"));
}

TEST_F(Fixture, TraitsAndNestedSegmentsFollow) {
  define("gold", R"({"profile":{"prop":"profile.level","op":"eq","value":"gold"}})");
  define("gold_cart", R"({"and":[{"segment":"gold"},{"done":{"event":"add_to_cart"}}]})");
  track("u", "add_to_cart");
  EXPECT_FALSE(in(0, "gold_cart"));
  set_trait("u", "level", std::string("gold"));
  EXPECT_TRUE(in(0, "gold"));
  EXPECT_TRUE(in(0, "gold_cart"));
  set_trait("u", "level", std::string("silver"));
  EXPECT_FALSE(in(0, "gold_cart"));
}

TEST_F(Fixture, FilterAndSumDecideByTheEventsThatQualify) {
  define("big", R"({"done":{"event":"order_paid","agg":"sum","prop":"event.amount_fen","op":"gte",
                            "value":10000,"filter":{"prop":"event.currency","op":"eq","value":"CNY"}}})");
  track("u", "order_paid", {{"amount_fen", int64_t{9000}}, {"currency", std::string("CNY")}});
  track("u", "order_paid", {{"amount_fen", int64_t{9000}}, {"currency", std::string("GBP")}});
  EXPECT_FALSE(in(0, "big"));
  track("u", "order_paid", {{"amount_fen", int64_t{1000}}, {"currency", std::string("CNY")}});
  EXPECT_TRUE(in(0, "big"));
}

TEST_F(Fixture, AListThatChangesMovesTheSegmentsThatAskIt) {
  auto list = [&](std::string body) {
    Envelope e;
    e.kind = RecordKind::Definition;
    e.name = "list/gifts";
    e.properties = {{"body", JsonText{std::move(body)}}};
    harness.apply(std::move(e));
    harness.advance_by(1000);
  };
  list(R"({"values":["tea"]})");
  track("u", "order_paid", {{"sku", std::string("cup")}});
  set_trait("v", "likes", std::string("cup"));
  define("bought", R"({"done":{"event":"order_paid",
      "filter":{"prop":"event.sku","op":"in_list","value":"list:gifts"}}})");
  define("likes", R"({"not":{"profile":{"prop":"profile.likes","op":"in_list","value":"gifts"}}})");
  EXPECT_FALSE(in(0, "bought"));
  EXPECT_TRUE(in(1, "likes"));
  list(R"({"values":["tea","cup"]})");
  EXPECT_TRUE(in(0, "bought"));
  EXPECT_FALSE(in(1, "likes"));
  list(R"({"values":[]})");
  EXPECT_FALSE(in(0, "bought"));
}

TEST_F(Fixture, FactsNumberTheChangesAndSayWhatDecided) {
  define("hot", std::string(kCartTwice));
  track("u", "add_to_cart");
  track("u", "add_to_cart");
  define("gold", R"({"profile":{"prop":"profile.level","op":"eq","value":"gold"}})");
  set_trait("u", "level", std::string("gold"));
  harness.advance(kMonday + 8 * kDayMs);
  std::vector<std::string> said;
  for (const auto& fact : harness.facts()) {
    const Properties& p = fact.record.properties;
    said.push_back(fact.record.name + " " + std::string(string_property(p, "segment")) + " " +
                   std::to_string(int_property(p, "change")) + " " +
                   std::string(string_property(p, "reason")) + " " +
                   std::string(string_property(p, "by")));
    EXPECT_EQ(int_property(p, "profile", -1), 0);
  }
  EXPECT_EQ(said, (std::vector<std::string>{"$segment_entered hot 1 event add_to_cart",
                                            "$segment_entered gold 1 trait $identify",
                                            "$segment_left hot 2 time "}));
  EXPECT_EQ(segments->get("hot")->changes, 2u);
}

TEST_F(Fixture, WhyNamesTheEventsThatDecide) {
  define("big", R"({"and":[{"done":{"event":"order_paid","agg":"sum","prop":"event.amount_fen",
      "op":"gt","value":1000}},{"not":{"profile":{"prop":"vip","op":"eq","value":true}}}]})");
  track("u", "order_paid", {{"amount_fen", int64_t{600}}});
  track("u", "view");
  track("u", "order_paid", {{"amount_fen", int64_t{700}}});
  set_trait("u", "vip", true);
  TimeMs now = kMonday + 12 * kHourMs;
  auto told = segments->why("big", ProfileOrdinal(0), now);
  ASSERT_TRUE(told);
  EXPECT_FALSE(told->since);
  const ConditionWhy& tree = *told->why;
  EXPECT_FALSE(tree.answer.value);
  ASSERT_EQ(tree.children.size(), 2u);
  EXPECT_TRUE(tree.children[0].answer.value);
  EXPECT_EQ(tree.children[0].found, Value(1300.0));
  EXPECT_EQ(tree.children[0].qualifying, 2u);
  EXPECT_EQ(tree.children[0].events[0].name, "order_paid");
  EXPECT_FALSE(tree.children[1].answer.value);
  EXPECT_EQ(tree.children[1].children[0].found, Value(true));
  EXPECT_FALSE(segments->why("nope", ProfileOrdinal(0), now));
}

TEST_F(Fixture, SavedStateGoesOnAsIfNothingHappened) {
  define("hot", std::string(kCartTwice));
  track("u", "add_to_cart");
  track("u", "add_to_cart");
  ASSERT_TRUE(in(0, "hot"));
  testing::MapStateStore store;
  WriteBatch batch;
  segments->save(batch);
  ASSERT_TRUE(store.write(batch));
  auto again = Segments::make(world, {&world, nullptr, nullptr, &world}, Calendar::shanghai());
  ASSERT_TRUE(again->load(store));
  EXPECT_TRUE(again->is_member(ProfileOrdinal(0), "hot"));
  EXPECT_EQ(again->get("hot")->count, 1u);
  EXPECT_EQ(again->get("hot")->version, 1u);
}

TEST_F(Fixture, ReferencesMustExistAndNotGoInCircles) {
  define("a", R"({"done":{"event":"x"}})");
  define("b", R"({"segment":"a"})");
  auto body = [](std::string def) { return *json::parse(R"({"name":"n","def":)" + def + "}"); };
  EXPECT_FALSE(segments->check_references("a", body(R"({"segment":"b"})")));
  EXPECT_FALSE(segments->check_references("c", body(R"({"segment":"nowhere"})")));
  EXPECT_TRUE(segments->check_references("c", body(R"({"segment":"b"})")));
  EXPECT_EQ(segments->check_unused("a").error().code, ErrorCode::FailedPrecondition);
  EXPECT_TRUE(segments->check_unused("b"));
}

TEST_F(Fixture, AWindowOfDaysAgoIsEnteredAndLeftAtMidnight) {
  define("lapsing", R"({"done":{"event":"view","window":{"between":[2,3]}}})");
  track("u", "view");
  EXPECT_FALSE(in(0, "lapsing"));
  harness.advance(kMonday + 2 * kDayMs - 1);
  EXPECT_FALSE(in(0, "lapsing"));
  harness.advance(kMonday + 2 * kDayMs);
  EXPECT_TRUE(in(0, "lapsing"));
  harness.advance(kMonday + 4 * kDayMs);
  EXPECT_FALSE(in(0, "lapsing"));
}

TEST_F(Fixture, AnEventAheadOfTheClockCountsFromItsTimeOn) {
  define("viewed", R"({"done":{"event":"view"}})");
  Envelope e;
  e.name = "view";
  e.identities = {{IdentityKind::UserId, "", "u"}};
  e.event_time = harness.now() + 30 * kMinuteMs;
  harness.apply(std::move(e));
  EXPECT_FALSE(in(0, "viewed"));
  harness.advance_by(30 * kMinuteMs);
  EXPECT_TRUE(in(0, "viewed"));
}

TEST_F(Fixture, SinceAnInstantOfThePersonFollowsThatTrait) {
  define("back", R"({"done":{"event":"view","window":{"since":"profile.won_back_at"}}})");
  track("u", "view");
  EXPECT_FALSE(in(0, "back")) << "no such instant: nothing has happened since";
  set_trait("u", "won_back_at", Value(kMonday));
  EXPECT_TRUE(in(0, "back"));
  set_trait("u", "won_back_at", Value(harness.now() + 1));
  EXPECT_FALSE(in(0, "back"));
}

TEST_F(Fixture, AListMustBeFrozen) {
  define("a", R"({"done":{"event":"x"}})");
  auto body = *json::parse(R"({"name":"n","def":{"list":"a"}})");
  EXPECT_NE(segments->check_references("b", body).error().message.find("not a list"),
            std::string::npos);
}

TEST_F(Fixture, ABadDefinitionNamesThePath) {
  auto bad = [](std::string def) {
    auto body = json::parse(R"({"name":"n","def":)" + def + "}");
    return validate_definition(*body, Calendar::shanghai()).error();
  };
  EXPECT_EQ(bad(R"({"and":[{"done":{"op":"gte"}}]})").field, "def.and[0].done.event");
  EXPECT_EQ(bad(R"({"consent":{"channel":"sms","state":"maybe"}})").field, "def.consent.state");
  EXPECT_NE(bad(R"({"wish":{}})").message.find("unknown"), std::string::npos);
  EXPECT_NE(bad(R"({"group":{"theme":"food"}})").message.find("group chats"), std::string::npos);
  EXPECT_EQ(bad(R"({"bucket":{"salt":"s","fixed":100}})").field, "def.bucket.fixed");
  EXPECT_EQ(bad(R"({"done":{"event":"x","window":{"between":[5,2]}}})").field, "def.done.window");
  std::string both = R"({"sequence":{"steps":[{"event":"a"},{"event":"b"}],"then_not":true,)";
  EXPECT_EQ(bad(both + R"("immediately":true}})").field, "def.sequence.immediately");
  EXPECT_EQ(bad(both + R"("hold":[["x"]]}})").field, "def.sequence.hold");
}

}  // namespace
}  // namespace weir::segments

#include "tags/order_rule.h"

#include "model/facts.h"
#include "ports/person_subject.h"
#include "tags/tags.h"
#include "tests/support/fold_harness.h"
#include "tests/support/small_world.h"

#include <gtest/gtest.h>

namespace weir::tags {
namespace {

struct OrdersOfAPerson : ::testing::Test {
  testing::SmallWorld world;
  const Calendar calendar = Calendar::shanghai();
  testing::FoldHarness harness{*calendar.parse_date("2025-01-01"), {&world}};
  TimeMs now = *calendar.parse_date("2026-04-01") - 1;

  Envelope event(std::string_view name, std::string_view date, std::string id, int64_t fen) {
    Envelope e;
    e.name = name;
    e.event_time = *calendar.parse_date(date) + 12 * kHourMs;
    e.identities = {{IdentityKind::UserId, "", "a"}};
    e.properties = {{"amount_fen", fen}, {"order_id", std::move(id)}};
    return e;
  }
  void pay(std::string_view date, std::string id, int64_t fen, int64_t discount = 0) {
    Envelope e = event(facts::kOrderPaid, date, std::move(id), fen);
    if (discount > 0) e.properties.push_back({"discount_fen", discount});
    harness.apply(std::move(e));
  }
  void refund(std::string_view date, std::string id, int64_t fen) {
    harness.apply(event(facts::kOrderRefunded, date, std::move(id), fen));
  }
  std::string ask(std::string_view rule, std::string_view type) {
    auto body = json::parse(rule);
    auto parsed = parse_order_rule(body->get_object(), type);
    if (!parsed) return parsed.error().field;
    PersonReaders readers{&world, nullptr, nullptr, &world};
    auto value = evaluate(*parsed, PersonSubject(ProfileOrdinal(0), readers), now, calendar);
    return value ? display_text(*value) : "none";
  }
};

TEST_F(OrdersOfAPerson, RefundsAreTakenOffAndAnOrderGivenBackAsAWholeIsNone) {
  pay("2026-03-01", "1", 30000);
  pay("2026-03-02", "2", 40000);
  pay("2026-03-02", "2", 40000);  // said twice
  pay("2026-03-20", "3", 5000);
  EXPECT_EQ(ask(R"({"orders":"rfm"})", "enum"), "111 重要价值");
  EXPECT_EQ(ask(R"({"orders":"average"})", "number"), "25000");
  refund("2026-03-25", "2", 30000);
  EXPECT_EQ(ask(R"({"orders":"rfm"})", "enum"), "110 一般价值");
  EXPECT_EQ(ask(R"({"orders":"average"})", "number"), "15000");
  refund("2026-03-26", "3", 5000);
  EXPECT_EQ(ask(R"({"orders":"rfm"})", "enum"), "100 一般发展");
  EXPECT_EQ(ask(R"({"orders":"rfm","f":2,"labels":{"110":"老客"}})", "enum"), "老客");
}

TEST_F(OrdersOfAPerson, NobodyWhoGaveEverythingBackIsABuyer) {
  pay("2026-03-01", "1", 30000);
  refund("2026-03-01", "1", 30000);
  EXPECT_EQ(ask(R"({"orders":"stage"})", "enum"), "未购");
  EXPECT_EQ(ask(R"({"orders":"rfm"})", "enum"), "none");
}

TEST_F(OrdersOfAPerson, AStageGoesByDaysOrByThePersonsOwnCycle) {
  pay("2026-02-01", "1", 100);
  pay("2026-02-05", "2", 100);
  pay("2026-02-09", "3", 100);  // every four days, and nothing for 50
  EXPECT_EQ(ask(R"({"orders":"stage"})", "enum"), "沉默");
  EXPECT_EQ(ask(R"({"orders":"stage","days":[60,90,180]})", "enum"), "活跃");
  EXPECT_EQ(ask(R"({"orders":"stage","personal_cycle":true})", "enum"), "流失");
  EXPECT_EQ(ask(R"({"orders":"stage","labels":{"silent":"休眠"}})", "enum"), "休眠");
}

TEST_F(OrdersOfAPerson, WhoBuysAfterALongTimeIsBackForAMonth) {
  pay("2025-10-01", "1", 100);
  pay("2026-03-10", "2", 100);
  EXPECT_EQ(ask(R"({"orders":"revived"})", "bool"), "true");
  now = *calendar.parse_date("2026-04-11") - 1;
  EXPECT_EQ(ask(R"({"orders":"revived"})", "bool"), "none");
}

TEST_F(OrdersOfAPerson, PromotionsAreAShareOfOrdersAndADepthOfPrices) {
  for (int i = 1; i <= 4; ++i) pay("2026-03-01", std::to_string(i), 8000, 2000);
  EXPECT_EQ(ask(R"({"orders":"promo_depth"})", "number"), "0.2");
  pay("2026-03-05", "5", 8000);
  // PT2: n = 5, k = 4 → 5/7
  EXPECT_EQ(ask(R"({"orders":"promo_share"})", "number").substr(0, 5), "0.714");
  EXPECT_EQ(ask(R"({"orders":"promo_share","min_count":6})", "number"), "none");
}

TEST_F(OrdersOfAPerson, AnErrorNamesThePathOfTheRule) {
  EXPECT_EQ(ask(R"({"orders":"life"})", "enum"), "rule.orders");
  EXPECT_EQ(ask(R"({"orders":"stage","days":[30,20,10]})", "enum"), "rule.days");
  EXPECT_EQ(ask(R"({"orders":"stage","labels":{"old":"x"}})", "enum"), "rule.labels.old");
  EXPECT_EQ(ask(R"({"orders":"stage"})", "number"), "value_type");
  EXPECT_EQ(ask(R"({"orders":"average"})", "enum"), "value_type");
  EXPECT_EQ(ask(R"({"orders":"rfm","last":0})", "enum"), "rule.last");
}

TEST(StageTag, EachChangeIsAFactThatJourneysCanStartFrom) {
  testing::SmallWorld world;
  const Calendar calendar = Calendar::shanghai();
  auto tags = Tags::make(world, {&world, nullptr, nullptr, &world}, calendar);
  testing::FoldHarness harness{*calendar.parse_date("2026-03-02"), {&world, tags.get()}};
  Envelope order;
  order.name = facts::kOrderPaid;
  order.identities = {{IdentityKind::UserId, "", "a"}};
  harness.apply(std::move(order));
  harness.advance_by(kDayMs);
  Envelope tag;
  tag.kind = RecordKind::Definition;
  tag.name = "tag/life";
  tag.properties = {{"body", JsonText{R"({"name":"n","category":"value","value_type":"enum",
                            "refresh":{"schedule":"0 2 * * *"},"rule":{"orders":"stage"}})"}}};
  harness.apply(std::move(tag));
  harness.advance_by(40 * kDayMs);
  auto changes = harness.facts_named(facts::kStageChanged);
  ASSERT_EQ(changes.size(), 2u);
  EXPECT_EQ(string_property(changes[0].record.properties, "to"), "新客");
  EXPECT_EQ(string_property(changes[1].record.properties, "from"), "新客");
  EXPECT_EQ(string_property(changes[1].record.properties, "to"), "沉默");
  EXPECT_EQ(string_property(changes[1].record.properties, "base_date"), "2026-04-02");
}

}  // namespace
}  // namespace weir::tags

// The figures of SEMANTICS §7 over D2: RFM, stages, LTV, repurchase; and what counts as an order.

#include "tests/support/d2.h"

#include <gtest/gtest.h>

namespace weir {
namespace {

using testing::BehaviourWorld;
using testing::shanghai_time;

class D2 : public ::testing::Test {
 protected:
  D2() : world_(shanghai_time("2026-04-10T00:00:00")) {
    testing::post_d2(world_);
    EXPECT_TRUE(world_.checkpoint());
  }
  json::value ask(const std::string& fields) {
    auto answer = world_.ask("{" + fields + "}");
    EXPECT_TRUE(answer) << (answer ? "" : answer.error().message);
    return answer ? *answer : json::value(nullptr);
  }
  /// "111:1 …" of the cells with people.
  static std::string cells(const json::value& answer) {
    std::string out;
    for (const json::value& c : answer.at("cells").as_array()) {
      auto persons = c.at("persons").to_number<int>();
      if (persons == 0) continue;
      out +=
          std::string(json::view(c.at("cell").as_string())) + ":" + std::to_string(persons) + " ";
    }
    return out;
  }
  std::string rfm(const std::string& extra) {
    return cells(ask(R"("kind":"rfm","as_of":"2026-03-31","lookback":"P365D")" + extra));
  }
  /// "prospect 0, new 3 …".
  static std::string stages(const json::value& answer) {
    std::string out;
    for (const json::value& s : answer.at("stages").as_array()) {
      out += std::string(json::view(s.at("stage").as_string())) + " " +
             std::to_string(s.at("persons").to_number<int>()) + ", ";
    }
    return out;
  }
  BehaviourWorld world_;
};

TEST_F(D2, RfmByThresholds) {
  // u1 111, u4 101, u2 and u6 100, u3 011, u5 000.
  std::string want = "111:1 101:1 100:2 011:1 000:1 ";
  EXPECT_EQ(rfm(""), want);
  EXPECT_EQ(
      rfm(R"(,"order_event":"order_paid","score":{"mode":"thresholds","r":30,"f":3,"m":50000})"),
      want);
  EXPECT_EQ(rfm(R"(,"score":{"mode":"thresholds","r":1,"f":1,"m":9900})"), "111:1 011:4 010:1 ");
}
TEST_F(D2, RfmAllEightCellsAreThere) {
  json::value answer = ask(R"("kind":"rfm","as_of":"2026-03-31")");
  EXPECT_EQ(answer.at("cells").as_array().size(), 8u);
  EXPECT_EQ(answer.at("total").at("persons").to_number<int>(), 6);
  EXPECT_EQ(answer.at("total").at("orders").to_number<int>(), 10);
  EXPECT_EQ(answer.at("total").at("amount").to_number<int>(), 262900);
  EXPECT_EQ(answer.at("axes").at("r").at("min").to_number<int>(), 1);
  EXPECT_EQ(answer.at("axes").at("r").at("max").to_number<int>(), 242);
  EXPECT_EQ(json::to_text(answer.at("from")), "\"2025-04-01\"");
  EXPECT_EQ(json::to_text(answer.at("to")), "\"2026-03-31\"");
}
TEST_F(D2, RfmQuintiles) {
  // R: u5 1, u3 1, u4 2, u6 3, u2 4, u1 5. F: 1→1, 3→4. M: u5 1, u2 1, u6 2, u1 3, u4 4, u3 5.
  EXPECT_EQ(rfm(R"(,"score":{"mode":"quintile"})"), "543:1 411:1 312:1 214:1 145:1 111:1 ");
}
TEST_F(D2, RfmByTheMeanAndTheMedian) {
  // Means: R 70.5 (1, 11, 120, 26, 242, 23), F 10/6, M 43816.67.
  EXPECT_EQ(rfm(R"(,"score":{"mode":"mean"})"), "111:1 101:1 100:2 011:1 000:1 ");
  // Medians: R 24.5, F 1, M 35000.
  EXPECT_EQ(rfm(R"(,"score":{"mode":"median"})"), "111:1 110:2 011:2 010:1 ");
}
TEST_F(D2, RfmByCuts) {
  EXPECT_EQ(rfm(R"(,"score":{"mode":"cuts","r":[30,90],"f":[2],"m":[10000,50000]})"),
            "323:1 313:1 312:1 311:1 123:1 111:1 ");
}
TEST_F(D2, FullyRefundedOrdersDoNotCountAndRefundsLowerTheAmount) {
  TimeMs later = shanghai_time("2026-03-31T20:00:00");
  testing::post_order(world_, "u2", later, "o4", 9900, "order_refunded");
  testing::post_order(world_, "u4", later, "o8", 40000, "order_refunded");
  testing::post_order(world_, "u6", later, "no such order", 10000, "order_refunded");
  EXPECT_EQ(rfm(""), "111:1 100:2 011:1 000:1 ") << "u2 has no order left, u4 is worth 48000";
  EXPECT_EQ(rfm(R"(,"revenue":"gross")"), "111:1 101:1 100:2 011:1 000:1 ");
  // Before the refunds.
  EXPECT_EQ(cells(ask(R"("kind":"rfm","as_of":"2026-03-31T19:00:00")")),
            "111:1 101:1 100:2 011:1 000:1 ");
}
TEST_F(D2, AnOrderThatIsReportedTwiceIsOneOrder) {
  testing::post_order(world_, "u2", shanghai_time("2026-03-25T12:00:00"), "o4", 9900);
  json::value answer = ask(R"("kind":"rfm","as_of":"2026-03-31")");
  EXPECT_EQ(answer.at("total").at("orders").to_number<int>(), 10);
  answer = ask(R"("kind":"rfm","as_of":"2026-03-31","order":{"id":"none"})");
  EXPECT_EQ(answer.at("total").at("orders").to_number<int>(), 11);
}

TEST_F(D2, Stages) {
  world_.identity_of("never bought");
  json::value answer = ask(R"("kind":"stages","as_of":"2026-03-31")");
  EXPECT_EQ(stages(answer), "prospect 1, new 3, active 1, silent 0, dormant 1, lost 1, ");
  EXPECT_EQ(answer.at("persons").to_number<int>(), 7);
  EXPECT_EQ(answer.at("revived").to_number<int>(), 0);
}
TEST_F(D2, StagesByTheCycleOfAPerson) {
  // u1's gaps are 37 and 20 days, 28.5 in the middle; u3's 31 and 30, so 120 days are silent no
  // longer than 91.5, dormant up to 183.
  EXPECT_EQ(stages(ask(R"("kind":"stages","as_of":"2026-03-31","personal_cycle":true)")),
            "prospect 0, new 3, active 1, silent 0, dormant 1, lost 1, ");
  EXPECT_EQ(stages(ask(R"("kind":"stages","as_of":"2026-02-15","personal_cycle":true)")),
            "prospect 3, new 1, active 0, silent 1, dormant 0, lost 1, ");
}
TEST_F(D2, PeopleWhoComeBackAreRevivedForThirtyDays) {
  testing::post_order(world_, "u3", shanghai_time("2026-03-31T12:00:00"), "o11", 100);
  EXPECT_EQ(ask(R"("kind":"stages","as_of":"2026-03-31")").at("revived").to_number<int>(), 1);
  EXPECT_EQ(ask(R"("kind":"stages","as_of":"2026-04-30")").at("revived").to_number<int>(), 1);
  EXPECT_EQ(ask(R"("kind":"stages","as_of":"2026-05-01")").at("revived").to_number<int>(), 0);
}
TEST_F(D2, StagesOfActiveDays) {
  // Days since: u1 1 (three days), u2 11, u3 120, u4 26, u5 242, u6 23.
  EXPECT_EQ(stages(ask(R"("kind":"stages","as_of":"2026-03-31","unit":"active_day",
                          "order_event":"$any_active")")),
            "prospect 0, new 0, active 1, silent 3, dormant 0, lost 2, ");
}

TEST_F(D2, RepurchaseInTheRange) {
  json::value answer = ask(
      R"("kind":"repurchase","range":{"from":"2025-04-01","to":"2026-03-31"},"interval":"month")");
  EXPECT_EQ(answer.at("total").at("buyers").to_number<int>(), 6);
  EXPECT_EQ(answer.at("total").at("repeat_buyers").to_number<int>(), 2);
  EXPECT_NEAR(answer.at("total").at("rate").to_number<double>(), 1.0 / 3, 1e-12);
  // March: u1 twice, u2, u4, u6.
  EXPECT_EQ(json::to_text(answer.at("values").at(11)),
            R"({"buyers":4,"repeat_buyers":1,"rate":2.5E-1})");
}
TEST_F(D2, RepurchaseOfCohorts) {
  json::value answer = ask(
      R"("kind":"repurchase","range":{"from":"2025-08-01","to":"2026-03-31"},"interval":"month",
         "variant":"cohort","within":[30,60],"as_of":"2026-03-31")");
  // First orders: u5 August, u3 October (second after 31 days), u1 February (after 37), u2, u4, u6
  // March. Complete after 30 days: August to February; after 60: to December.
  const json::value& within = answer.at("total").at("within");
  EXPECT_EQ(json::to_text(within.at(0)),
            R"({"days":30,"complete":true,"of":3,"repeat_buyers":0,"rate":0E0})");
  EXPECT_EQ(json::to_text(within.at(1)),
            R"({"days":60,"complete":true,"of":2,"repeat_buyers":1,"rate":5E-1})");
  EXPECT_TRUE(answer.at("values").at(7).at("within").at(0).at("rate").is_null());
}
TEST_F(D2, TwoOrdersOnOneDayAreTwoUnlessMerged) {
  testing::post_order(world_, "u2", shanghai_time("2026-03-20T13:00:00"), "o11", 100);
  std::string q = R"("kind":"repurchase","range":{"from":"2026-03-01","to":"2026-03-31"})";
  EXPECT_EQ(ask(q).at("total").at("repeat_buyers").to_number<int>(), 2);
  EXPECT_EQ(ask(q + R"(,"merge_same_day":true)").at("total").at("repeat_buyers").to_number<int>(),
            1);
}

TEST_F(D2, LtvFromTheFirstOrder) {
  json::value answer = ask(
      R"("kind":"ltv","range":{"from":"2025-08-01","to":"2026-03-31"},"interval":"month",
         "acquisition":{"event":"order_paid"},"as_of":"2026-03-31","periods":62,"incomplete":true)");
  auto ltv = [&](size_t n) { return answer.at("total").at("ltv").at(n).to_number<double>(); };
  // Of six people: first orders 162900; within 30 days nothing; u3 after 31, u1 after 37 and 57, u3
  // after 61.
  EXPECT_NEAR(ltv(0), 162900.0 / 6, 1e-9);
  EXPECT_NEAR(ltv(30), 162900.0 / 6, 1e-9);
  EXPECT_NEAR(ltv(31), 192900.0 / 6, 1e-9);
  EXPECT_NEAR(ltv(37), 212900.0 / 6, 1e-9);
  EXPECT_NEAR(ltv(57), 232900.0 / 6, 1e-9);
  EXPECT_NEAR(ltv(61), 262900.0 / 6, 1e-9);
  // u2, the youngest, began on 03-20: day 11 is 03-31.
  EXPECT_EQ(answer.at("total").at("complete").at(11), json::value(true));
  EXPECT_EQ(answer.at("total").at("complete").at(12), json::value(false));
}
TEST_F(D2, LtvShowsNoPointThatSomebodyHasNotReached) {
  json::value answer = ask(
      R"("kind":"ltv","range":{"from":"2025-08-01","to":"2026-03-31"},"interval":"month",
         "acquisition":{"event":"order_paid"},"as_of":"2026-03-31","periods":31)");
  EXPECT_FALSE(answer.at("total").at("ltv").at(11).is_null());
  EXPECT_TRUE(answer.at("total").at("ltv").at(12).is_null());
  EXPECT_FALSE(answer.at("cohorts").at(0).at("ltv").at(30).is_null()) << "August is old enough";
  EXPECT_TRUE(answer.at("cohorts").at(1).at("ltv").at(0).is_null()) << "nobody in September";
}

TEST(Payback, IsTheFirstDayOnWhichTheMarginCoversTheCost) {
  // LT2: 100 people, 3000 yuan; revenue 1200, 2400, 4500, 5500 yuan by days 0, 7, 30, 60.
  BehaviourWorld world(shanghai_time("2026-06-30T00:00:00"));
  TimeMs start = shanghai_time("2026-03-01T10:00:00");
  for (int p = 0; p < 100; ++p) {
    std::string who = "u" + std::to_string(p);
    world.post(who, "follow", start, {{"source", std::string("ad")}});
    int order = 0;
    for (auto [day, fen] : {std::pair(0, 1200), {7, 1200}, {30, 2100}, {60, 1000}}) {
      testing::post_order(world, who, start + day * kDayMs + kHourMs,
                          who + "-" + std::to_string(++order), fen);
    }
  }
  std::string q = R"({"kind":"ltv","range":{"from":"2026-03-01","to":"2026-03-31"},
      "interval":"month","acquisition":{"event":"follow"},"breakdown":[{"prop":"event.source"}],
      "periods":62,"margin":0.6,)";
  auto answer =
      world.ask(q + R"("cost":[{"source":"ad","from":"2026-03-01","to":"2026-03-31","fen":300000},
                     {"source":"other","date":"2026-03-05","fen":500000}]})");
  ASSERT_TRUE(answer) << answer.error().message;
  const json::value& ad = answer->at("series").at(0).at("total");
  EXPECT_EQ(ad.at("cac").to_number<double>(), 3000);
  EXPECT_EQ(ad.at("payback").to_number<int>(), 60);
  EXPECT_DOUBLE_EQ(ad.at("ltv").at(0).to_number<double>() * 0.6, 720);
  EXPECT_DOUBLE_EQ(ad.at("ltv").at(7).to_number<double>() * 0.6, 1440);
  EXPECT_DOUBLE_EQ(ad.at("ltv").at(30).to_number<double>() * 0.6, 2700);
  EXPECT_DOUBLE_EQ(ad.at("ltv").at(60).to_number<double>() * 0.6, 3300);
  EXPECT_EQ(ad.at("buyers").at(0).to_number<int>(), 100);
  EXPECT_EQ(answer->at("total").at("cac").to_number<double>(), 8000);
  EXPECT_TRUE(answer->at("total").at("payback").is_null());
}

TEST(Stages, DefaultToYesterdayAndRefuseProfilesInTheFilter) {
  BehaviourWorld world(shanghai_time("2026-04-10T08:00:00"));
  testing::post_order(world, "u1", shanghai_time("2026-04-10T07:00:00"), "o1", 100);
  auto answer = world.ask(R"({"kind":"stages"})");
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->at("stages").at(0).at("persons").to_number<int>(), 1) << "bought only today";
  answer = world.ask(R"({"kind":"stages","filter":{"prop":"profile.city","op":"is_set"}})");
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().field, "filter");
}

TEST(ValueQuestions, ErrorsNameTheField) {
  BehaviourWorld world(shanghai_time("2026-04-10T08:00:00"));
  auto field = [&](const std::string& q) {
    auto answer = world.ask("{" + q + "}");
    return answer ? "" : answer.error().field;
  };
  EXPECT_EQ(field(R"("kind":"rfm","lookback":"PT5H")"), "lookback");
  EXPECT_EQ(field(R"("kind":"rfm","score":{"mode":"best"})"), "score.mode");
  EXPECT_EQ(field(R"("kind":"rfm","score":{"mode":"cuts","r":[1],"f":[1]})"), "score.m");
  EXPECT_EQ(field(R"("kind":"rfm","score":{"mode":"quintile","r":3})"), "score.r");
  EXPECT_EQ(field(R"("kind":"rfm","order":{"value":"amount"})"), "order.value");
  EXPECT_EQ(field(R"("kind":"rfm","order":{"refund":{"value":"event.x"}})"), "order.refund.event");
  EXPECT_EQ(field(R"("kind":"rfm","as_of":"2026-13-01")"), "as_of");
  EXPECT_EQ(field(R"("kind":"stages","thresholds":[30,90])"), "thresholds");
  EXPECT_EQ(field(R"("kind":"ltv","range":{"last":7})"), "acquisition");
  std::string ltv = R"("kind":"ltv","range":{"last":7},"acquisition":{"event":"a"})";
  EXPECT_EQ(field(ltv + R"(,"periods":0)"), "periods");
  EXPECT_EQ(field(ltv + R"(,"margin":2)"), "margin");
  EXPECT_EQ(
      field(ltv + R"(,"cost":[{"source":"a","from":"2026-03-02","to":"2026-03-01","fen":1}])"),
      "cost[0].to");
  EXPECT_EQ(field(R"("kind":"repurchase","range":{"last":7},"within":[30])"), "within");
}

}  // namespace
}  // namespace weir

// The figures of SEMANTICS §3 over D1.

#include "tests/support/d1.h"

#include <gtest/gtest.h>

namespace weir {
namespace {

using testing::BehaviourWorld;
using Counts = std::vector<int64_t>;

class D1Retention : public ::testing::Test {
 protected:
  D1Retention() : world_(testing::shanghai_time("2026-03-20T00:00:00")) {
    testing::post_d1(world_);
  }

  json::value ask(const std::string& extra, const std::string& to = "2026-03-02") {
    auto says = [&](const char* field) { return extra.find(field) != std::string::npos; };
    auto answer = world_.ask(
        R"({"kind":"retention","range":{"from":"2026-03-02","to":")" + to +
        R"("},"start":{"event":"view"},"return":{"events":["view","cart","pay"]})" +
        (says("\"unit\"") ? "" : R"(,"unit":"day")") +
        (says("\"brackets\"") || says("\"periods\"") ? "" : R"(,"periods":8)") + extra + "}");
    EXPECT_TRUE(answer) << (answer ? "" : answer.error().message);
    return answer ? *answer : json::value(nullptr);
  }
  static Counts counts(const json::value& line, size_t cohort = 0) {
    Counts out;
    for (const json::value& cell : line.at("cohorts").at(cohort).at("cells").as_array())
      out.push_back(cell.at("count").to_number<int64_t>());
    return out;
  }
  static std::string mean(const json::value& line) { return json::to_text(line.at("mean")); }

  BehaviourWorld world_;
};

TEST_F(D1Retention, RT2CalendarCountsLocalDays) {
  json::value a = ask("");
  EXPECT_EQ(counts(a), (Counts{4, 3, 0, 1, 0, 0, 0, 1, 0}));
  EXPECT_EQ(json::to_text(a.at("cohorts").at(0).at("bucket")), R"("2026-03-02")");
  EXPECT_EQ(json::to_text(a.at("cohorts").at(0).at("cells").at(1)),
            R"({"count":3,"rate":7.5E-1,"partial":false})");
}
TEST_F(D1Retention, RT2RollingCountsFromTheStartOn) {
  // u1 returns after 23 h, u2 after 20 min and 56 h 10 m, u3 after 23 h 59 m, u6 after 168 h.
  json::value a = ask(R"(,"clock":"rolling")");
  EXPECT_EQ(counts(a), (Counts{4, 0, 1, 0, 0, 0, 0, 1, 0}));
  EXPECT_EQ(a.at("cohorts").at(0).at("n0_return").to_number<int64_t>(), 3);
}
TEST_F(D1Retention, RT3AReturnOfPeriodZeroIsALaterEvent) {
  // u1 cart and pay on the same day; u3's cart is before its view; u2's cart is after midnight.
  EXPECT_EQ(ask("").at("cohorts").at(0).at("n0_return").to_number<int64_t>(), 1);
}
TEST_F(D1Retention, RT4OnOrAfter) {
  json::value a = ask(R"(,"type":"on_or_after")");
  EXPECT_EQ(counts(a), (Counts{4, 4, 2, 2, 1, 1, 1, 1, 0}));
  EXPECT_EQ(json::to_text(a.at("cohorts").at(0).at("cells").at(8)),
            R"({"count":0,"rate":0,"partial":true,"churn":1})");
}
TEST_F(D1Retention, RT4OnOrBefore) {
  EXPECT_EQ(counts(ask(R"(,"type":"on_or_before")")), (Counts{4, 3, 3, 3, 3, 3, 3, 4, 4}));
  EXPECT_EQ(counts(ask(R"(,"type":"on_or_before","include_period_0":true)")),
            (Counts{4, 3, 3, 3, 3, 3, 3, 4, 4}));
  EXPECT_EQ(counts(ask(R"(,"type":"on_or_before","include_period_0":true,"clock":"rolling")")),
            (Counts{4, 3, 3, 3, 3, 3, 3, 4, 4}));
}
TEST_F(D1Retention, RT4Brackets) {
  EXPECT_EQ(counts(ask(R"(,"type":"bracket","brackets":[[1,3],[4,7]])")), (Counts{4, 3, 1}));
  EXPECT_EQ(counts(ask(R"(,"type":"bracket","brackets":[[0,0],[0,7]])")), (Counts{4, 1, 4}));
}
TEST_F(D1Retention, RT1RecurringOrFirstTime) {
  json::value recurring = ask("", "2026-03-04"),
              first = ask(R"(,"cohort":"first_time")", "2026-03-04");
  EXPECT_EQ(counts(recurring, 1)[0], 3);  // u1, u3 and u4
  EXPECT_EQ(counts(first, 0)[0], 4);
  EXPECT_EQ(counts(first, 1)[0], 1);  // u4
  EXPECT_EQ(counts(first, 2)[0], 1);  // u5
  EXPECT_EQ(first.at("entries").to_number<int64_t>(), 6);
  // Nobody begins on 03-03 for the first time when only that day is looked at but u4.
  auto later = world_.ask(R"({"kind":"retention","range":{"from":"2026-03-03","to":"2026-03-03"},
      "cohort":"first_time","start":{"event":"view"},"return":{"event":"pay"},"periods":1})");
  EXPECT_EQ(counts(*later), (Counts{1, 0}));
}
TEST_F(D1Retention, RT5CellsArePartialUntilTheirPeriodHasEnded) {
  auto partial = [&](const std::string& extra) {
    json::value a = ask(extra);
    std::string out;
    for (const json::value& cell : a.at("cohorts").at(0).at("cells").as_array())
      out += cell.at("partial").as_bool() ? 'p' : '-';
    return out;
  };
  EXPECT_EQ(partial(R"(,"as_of":"2026-03-05T00:00:00")"), "---pppppp");
  EXPECT_EQ(partial(R"(,"as_of":"2026-03-04T23:59:59.999")"), "--ppppppp");
  // u2, the last to begin, began at 23:50: period 1 ends on 03-04 at 23:50.
  EXPECT_EQ(partial(R"(,"clock":"rolling","as_of":"2026-03-04T23:49:59.999")"), "-pppppppp");
  EXPECT_EQ(partial(R"(,"clock":"rolling","as_of":"2026-03-04T23:50:00")"), "--ppppppp");
}
TEST_F(D1Retention, RT6MeansLeaveOutPartialCells) {
  // Sizes 4, 3, 1; on day 1 3/4, 0/3, 0/1.
  json::value a = ask(R"(,"as_of":"2026-03-06T00:00:00")", "2026-03-04");
  EXPECT_EQ(counts(a, 0)[1], 3);
  EXPECT_EQ(counts(a, 1)[1], 0);
  EXPECT_NEAR(a.at("mean").at(1).to_number<double>(), 3.0 / 8, 1e-12);
  // Day 2: 03-02 0/4 and 03-03 (no, u2 began on 03-02) 0/3; 03-04's is not over.
  EXPECT_NEAR(a.at("mean").at(2).to_number<double>(), 0, 1e-12);
  EXPECT_TRUE(a.at("mean").at(5).is_null());
  json::value simple = ask(R"(,"mean":"simple","as_of":"2026-03-06T00:00:00")", "2026-03-04");
  EXPECT_NEAR(simple.at("mean").at(1).to_number<double>(), 0.75 / 3, 1e-12);
}
TEST_F(D1Retention, RT6MayReferToThePeriodBefore) {
  json::value a = ask(R"(,"type":"on_or_after","reference":"previous")");
  EXPECT_NEAR(a.at("cohorts").at(0).at("cells").at(2).at("rate").to_number<double>(), 0.5, 1e-12);
  EXPECT_NEAR(a.at("mean").at(4).to_number<double>(), 0.5, 1e-12);
}
TEST_F(D1Retention, RT7BreaksDownByTheFirstStart) {
  json::value a = ask(R"(,"breakdown":[{"prop":"event.sku"}])", "2026-03-03");
  ASSERT_EQ(a.at("breakdown").as_array().size(), 2u);
  EXPECT_EQ(json::to_text(a.at("breakdown").at(0).at("values")), R"(["A"])");
  EXPECT_EQ(counts(a.at("breakdown").at(0), 1)[0], 2);  // u3, u4 (09:00 A)
  EXPECT_EQ(counts(a.at("breakdown").at(1), 1)[0], 1);  // u1 B
  // u1 returns on 03-03 with B only.
  EXPECT_EQ(counts(a.at("breakdown").at(0), 0)[1], 3);
  json::value same = ask(R"(,"breakdown":[{"prop":"event.sku"}],"same_value":true)", "2026-03-03");
  EXPECT_EQ(counts(same.at("breakdown").at(0), 0)[1], 2);
}
TEST_F(D1Retention, FiltersAndZones) {
  EXPECT_EQ(counts(ask(R"(,"filter":{"prop":"event.sku","op":"eq","value":"A"})")),
            (Counts{4, 2, 0, 1, 0, 0, 0, 1, 0}));
  // In UTC u2's cart at 00:10 is still 03-02.
  EXPECT_EQ(counts(ask(R"(,"tz":"UTC")"))[1], 2);
}
TEST_F(D1Retention, WeeksAndMonths) {
  EXPECT_EQ(counts(ask(R"(,"unit":"week","periods":1)")), (Counts{4, 1}));
  EXPECT_EQ(counts(ask(R"(,"unit":"month","periods":1)")), (Counts{4, 0}));
}
TEST_F(D1Retention, ErrorsNameTheField) {
  auto field = [&](const std::string& extra) {
    auto answer = world_.ask(R"({"kind":"retention","range":{"last":7},"start":{"event":"view"})" +
                             extra + "}");
    return answer ? "answered" : answer.error().field;
  };
  std::string good = R"(,"return":{"event":"view"})";
  EXPECT_EQ(field(good), "answered");
  EXPECT_EQ(field(""), "return");
  EXPECT_EQ(field(good + R"(,"periods":0)"), "periods");
  EXPECT_EQ(field(good + R"(,"unit":"year")"), "unit");
  EXPECT_EQ(field(good + R"(,"type":"bracket")"), "brackets");
  EXPECT_EQ(field(good + R"(,"brackets":[[1,2]])"), "brackets");
  EXPECT_EQ(field(good + R"(,"type":"bracket","brackets":[[3,1]])"), "brackets");
  EXPECT_EQ(field(good + R"(,"same_value":true)"), "same_value");
  EXPECT_EQ(field(good + R"(,"include_period_0":true)"), "include_period_0");
  EXPECT_EQ(field(good + R"(,"interval":"day")"), "interval");
  EXPECT_EQ(field(R"(,"return":{"event":"view","filter":{"prop":"guide.x","op":"is_set"}})"),
            "return.filter");
}

}  // namespace
}  // namespace weir

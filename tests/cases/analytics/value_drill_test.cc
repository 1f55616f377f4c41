// DR1 for distribution, interval, attribution, RFM, stages, LTV, repurchase and property: behind
// every number of persons there are as many people.

#include "tests/support/small_logs.h"

#include <gtest/gtest.h>

namespace weir {
namespace {

using testing::BehaviourWorld;
using testing::SeededRandom;
using testing::SmallEvent;

class ValueDrill : public ::testing::Test {
 protected:
  ValueDrill() : world_(testing::kLogNow + 60 * kDayMs) {
    SeededRandom random(7);
    testing::SmallLogShape shape;
    shape.names = {"view", "view", "click", "order_paid", "order_refunded"};
    shape.events_max = 12;
    shape.steps = 120;  // thirty days
    shape.dress = [](SeededRandom& r, SmallEvent& e) {
      // More channels than are shown apart.
      if (r.chance(90)) e.properties.push_back({"channel", "c" + std::to_string(r.below(30))});
      if (!e.name.starts_with("order")) return;
      e.properties.push_back({"order_id", "o" + std::to_string(r.below(4))});
      e.properties.push_back({"amount_fen", static_cast<int64_t>(r.below(1000))});
    };
    testing::post_log(world_, testing::random_log(random, 200, shape), random);
    for (int p = 0; p < 200; ++p) {
      std::string who = "u" + std::to_string(p);
      world_.identity_of(who);
      if (p % 3 > 0) world_.set_trait(who, "city", "city" + std::to_string(random.below(40)));
      if (p % 5 > 0) world_.set_trait(who, "age", static_cast<int64_t>(random.below(90)));
      if (p % 7 > 0) world_.set_trait(who, "born", testing::kLogStart + p * kDayMs);
    }
  }

  json::value ask(const std::string& question) {
    question_ = question;
    auto answer = world_.ask("{" + question + "}");
    EXPECT_TRUE(answer) << (answer ? "" : answer.error().message) << question;
    return answer ? *answer : json::value(json::object{});
  }
  /// `number` of the last question is as many people as `of` finds, ascending.
  void expect_people(const json::value& number, const std::string& of) {
    auto drilled =
        world_.ask(R"({"kind":"drill","limit":1000,"of":{"query":{)" + question_ + "}" + of + "}}");
    ASSERT_TRUE(drilled) << drilled.error().message << " " << of;
    EXPECT_EQ(drilled->at("total").to_number<uint64_t>(), number.to_number<uint64_t>()) << of;
    uint64_t last = 0;
    for (const json::value& person : drilled->at("persons").as_array()) {
      uint64_t id =
          std::stoull(std::string(json::view(person.at("profile_id").as_string())).substr(1));
      EXPECT_TRUE(last == 0 || id > last) << of;
      last = id;
    }
    checked_ += number.to_number<uint64_t>() > 0 ? 1 : 0;
  }
  static std::string at_bucket(const json::value& answer, size_t bucket) {
    return R"(,"bucket":)" + json::to_text(answer.at("buckets").at(bucket));
  }
  static std::string at_line(const json::value& line) {
    return R"(,"breakdown":)" + json::to_text(line.at("breakdown"));
  }

  BehaviourWorld world_;
  std::string question_;
  int checked_ = 0;  // numbers above 0
};

const char* const kRange = R"("range":{"from":"2026-03-05","to":"2026-03-25"})";

TEST_F(ValueDrill, Distribution) {
  json::value a = ask(std::string(kRange) + R"(,"kind":"distribution","interval":"week",
      "metric":{"event":"view"},"breakdown":[{"prop":"event.channel"}])");
  auto check = [&](const json::value& cell, const std::string& of) {
    expect_people(cell.at("persons"), of);
    for (size_t bin = 0; bin < a.at("bins").as_array().size(); ++bin)
      expect_people(cell.at("counts").at(bin), of + ",\"step\":" + std::to_string(bin + 1));
  };
  check(a.at("total"), "");
  check(a.at("values").at(1), at_bucket(a, 1));
  ASSERT_EQ(a.at("series").as_array().size(), 26u);
  for (const json::value& line : a.at("series").as_array()) {
    check(line.at("total"), at_line(line));
    check(line.at("values").at(2), at_line(line) + at_bucket(a, 2));
  }
  EXPECT_GT(checked_, 50);
}

TEST_F(ValueDrill, Interval) {
  json::value a = ask(std::string(kRange) + R"(,"kind":"interval","interval":"week",
      "start":{"event":"view"},"end":{"event":"order_paid"},"breakdown":[{"prop":"event.channel"}])");
  expect_people(a.at("total").at("persons"), "");
  for (const json::value& line : a.at("series").as_array()) {
    expect_people(line.at("total").at("persons"), at_line(line));
    for (size_t b = 0; b < line.at("values").as_array().size(); ++b)
      expect_people(line.at("values").at(b).at("persons"), at_line(line) + at_bucket(a, b));
  }
  EXPECT_GT(checked_, 30);
}

TEST_F(ValueDrill, Attribution) {
  json::value a = ask(std::string(kRange) + R"(,"kind":"attribution","touches":{"types":["click"]},
      "models":["first","linear","markov"],"lookback":"P10D")");
  expect_people(a.at("total").at("persons"), "");
  expect_people(a.at("unattributed").at("persons"), R"(,"breakdown":["$none"])");
  for (const json::value& channel : a.at("channels").as_array()) {
    for (const json::value& credit : channel.at("credits").as_array()) {
      expect_people(credit.at("persons"), R"(,"series":)" + json::to_text(credit.at("model")) +
                                              R"(,"breakdown":[)" +
                                              json::to_text(channel.at("channel")) + "]");
    }
  }
  EXPECT_GT(checked_, 20);
}

TEST_F(ValueDrill, RfmAndStages) {
  json::value a = ask(R"("kind":"rfm","as_of":"2026-03-31","score":{"mode":"quintile"})");
  expect_people(a.at("total").at("persons"), "");
  for (const json::value& cell : a.at("cells").as_array())
    expect_people(cell.at("persons"), R"(,"series":)" + json::to_text(cell.at("cell")));
  json::value s = ask(R"("kind":"stages","as_of":"2026-03-31","thresholds":[5,10,15])");
  expect_people(s.at("revived"), R"(,"series":"revived")");
  for (const json::value& stage : s.at("stages").as_array())
    expect_people(stage.at("persons"), R"(,"series":)" + json::to_text(stage.at("stage")));
  EXPECT_GT(checked_, 20);
}

TEST_F(ValueDrill, LtvAndRepurchase) {
  json::value a = ask(std::string(kRange) + R"(,"kind":"ltv","interval":"week","periods":10,
      "acquisition":{"event":"view"},"breakdown":[{"prop":"event.channel"}],"incomplete":true)");
  auto check = [&](const json::value& cell, const std::string& of) {
    expect_people(cell.at("persons"), of);
    if (cell.at("persons").to_number<int>() == 0) return;
    for (size_t n : {0u, 4u, 9u})
      expect_people(cell.at("buyers").at(n), of + ",\"step\":" + std::to_string(n + 1));
  };
  check(a.at("total"), "");
  check(a.at("cohorts").at(1), at_bucket(a, 1));
  for (const json::value& line : a.at("series").as_array()) {
    check(line.at("total"), at_line(line));
    check(line.at("cohorts").at(0), at_line(line) + at_bucket(a, 0));
  }
  json::value r = ask(std::string(kRange) + R"(,"kind":"repurchase","interval":"week")");
  expect_people(r.at("total").at("buyers"), "");
  expect_people(r.at("total").at("repeat_buyers"), R"(,"step":1)");
  expect_people(r.at("values").at(1).at("repeat_buyers"), R"(,"step":1)" + at_bucket(r, 1));
  json::value c = ask(std::string(kRange) + R"(,"kind":"repurchase","interval":"week",
      "variant":"cohort","within":[5,10])");
  for (size_t b = 0; b < c.at("buckets").as_array().size(); ++b) {
    const json::value& cell = c.at("values").at(b);
    expect_people(cell.at("buyers"), at_bucket(c, b));
    for (size_t n : {0u, 1u}) {
      expect_people(cell.at("within").at(n).at("repeat_buyers"),
                    ",\"step\":" + std::to_string(n + 1) + at_bucket(c, b));
    }
  }
  EXPECT_GT(checked_, 50);
}

TEST_F(ValueDrill, Property) {
  json::value city = ask(R"("kind":"property","prop":"profile.city")");
  EXPECT_EQ(json::to_text(city.at("as")), "\"category\"");
  EXPECT_EQ(city.at("persons").to_number<int>(), 200);
  ASSERT_EQ(city.at("values").as_array().size(), 26u);
  uint64_t sum = city.at("none").to_number<uint64_t>();
  for (const json::value& value : city.at("values").as_array()) {
    sum += value.at("persons").to_number<uint64_t>();
    expect_people(value.at("persons"),
                  R"(,"breakdown":[)" + json::to_text(value.at("value")) + "]");
  }
  EXPECT_EQ(sum, 200u);
  expect_people(city.at("none"), R"(,"breakdown":["$none"])");
  json::value age = ask(R"("kind":"property","prop":"profile.age","bins":[18,30,50])");
  sum = age.at("none").to_number<uint64_t>();
  for (size_t b = 0; b < age.at("bins").as_array().size(); ++b) {
    sum += age.at("bins").at(b).at("persons").to_number<uint64_t>();
    expect_people(age.at("bins").at(b).at("persons"), ",\"step\":" + std::to_string(b + 1));
  }
  EXPECT_EQ(sum, 200u);
  json::value born =
      ask(R"("kind":"property","prop":"profile.born","as":"date","interval":"month")");
  sum = born.at("none").to_number<uint64_t>();
  for (const json::value& bucket : born.at("buckets").as_array()) {
    sum += bucket.at("persons").to_number<uint64_t>();
    expect_people(bucket.at("persons"), R"(,"bucket":)" + json::to_text(bucket.at("bucket")));
  }
  EXPECT_EQ(sum, 200u);
  EXPECT_GT(checked_, 30);
}

TEST_F(ValueDrill, PropertyFiguresAreThoseOfThePeople) {
  json::value age = ask(R"("kind":"property","prop":"profile.age",
      "filter":{"prop":"profile.city","op":"is_set"})");
  EXPECT_EQ(age.at("persons").to_number<int>(), 133) << "two of three have a city";
  std::vector<double> ages;
  for (uint32_t p = 0; p < 200; ++p) {
    ProfileOrdinal profile = world_.profile_of("u" + std::to_string(p));
    if (world_.trait(profile, "city") == nullptr) continue;
    if (const Value* v = world_.trait(profile, "age"))
      ages.push_back(static_cast<double>(std::get<int64_t>(*v)));
  }
  const json::value& stats = age.at("stats");
  EXPECT_EQ(stats.at("p50").to_number<double>(), testing::naive_percentile(ages, 0.5));
  EXPECT_NEAR(stats.at("p90").to_number<double>(), testing::naive_percentile(ages, 0.9), 1e-9);
  EXPECT_EQ(age.at("none").to_number<size_t>(), 133 - ages.size());
  // ⌈n^⅓⌉ bins of equal width, and the one below.
  auto bins = static_cast<size_t>(std::ceil(std::cbrt(ages.size())));
  EXPECT_EQ(age.at("bins").as_array().size(), bins + 1);
}

TEST_F(ValueDrill, NumbersThatTheAnswerDoesNotHaveAreRefused) {
  auto field = [&](const std::string& question, const std::string& of) {
    auto answer = world_.ask(R"({"kind":"drill","of":{"query":{)" + question + "}" + of + "}}");
    return answer ? "" : answer.error().field;
  };
  std::string distribution =
      std::string(kRange) + R"(,"kind":"distribution","metric":{"event":"a"})";
  EXPECT_EQ(field(distribution, R"(,"bucket":"2026-03-05")"), "of.bucket");
  EXPECT_EQ(field(distribution, R"(,"breakdown":["x"])"), "of.breakdown");
  std::string attribution =
      std::string(kRange) + R"(,"kind":"attribution","touches":{"types":["a"]})";
  EXPECT_EQ(field(attribution, R"(,"series":"first")"), "of.series");
  EXPECT_EQ(field(R"("kind":"rfm")", R"(,"series":"high")"), "of.series");
  EXPECT_EQ(field(R"("kind":"stages")", R"(,"series":"sleepy")"), "of.series");
  EXPECT_EQ(field(std::string(kRange) + R"(,"kind":"repurchase")", R"(,"step":2)"), "of.step");
  EXPECT_EQ(field(R"("kind":"property","prop":"profile.city")", R"(,"breakdown":["nowhere"])"),
            "of.breakdown");
}

}  // namespace
}  // namespace weir

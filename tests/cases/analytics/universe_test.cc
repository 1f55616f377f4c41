// Who is counted at all: test and staff persons are not (G17), a sample stands for all (G18),
// unless the question says otherwise. One filter for all questions.

#include "base/hash.h"
#include "tests/support/d1.h"

#include <gtest/gtest.h>

#include <cmath>

namespace weir {
namespace {

using testing::BehaviourWorld;
using testing::post_d1;

class Universe : public ::testing::Test {
 protected:
  json::object ask(const std::string& rest) {
    auto a = world_.ask(R"({"range":{"from":"2026-03-02","to":"2026-03-08"},)" + rest + "}");
    EXPECT_TRUE(a) << (a ? "" : a.error().message);
    return a ? a->get_object() : json::object();
  }
  int64_t viewers(const std::string& rest = "") {
    json::object a =
        ask(R"("kind":"trends","series":[{"event":"view","measure":"uniques"}])" + rest);
    return a.at("series").at(0).at("total").to_number<int64_t>();
  }
  std::vector<int64_t> steps(const std::string& rest = "") {
    return testing::step_counts(
        ask(R"("kind":"funnel","window":"P7D","steps":[{"event":"view"},{"event":"pay"}])" + rest));
  }
  BehaviourWorld world_{*parse_time("2026-03-10T00:00:00+08:00")};
};

TEST_F(Universe, TestAndStaffPersonsAreCountedOnlyWhenAskedFor) {
  post_d1(world_);
  EXPECT_EQ(viewers(), 6);
  world_.set_trait("u1", "is_test", true);
  world_.set_trait("u4", "type", std::string("staff"));
  world_.set_trait("u5", "type", std::string("member"));
  EXPECT_EQ(viewers(), 4);
  EXPECT_EQ(viewers(R"(,"include_test":true)"), 5);
  EXPECT_EQ(viewers(R"(,"include_staff":true)"), 5);
  EXPECT_EQ(viewers(R"(,"include_test":true,"include_staff":true)"), 6);
  EXPECT_EQ(steps(R"(,"include_test":true,"include_staff":true)").at(1), 4);
  EXPECT_EQ(steps().at(1), 2);
  json::object weekly = ask(
      R"("kind":"retention","unit":"day","periods":1,"start":{"event":"view"},"return":{"event":"view"})");
  EXPECT_EQ(weekly.at("entries"), 4 + 1) << "u3 views on two days";
}

TEST_F(Universe, ASegmentAndTheUniverseBothHold) {
  post_d1(world_);
  world_.set_member("u1", "some");
  world_.set_member("u2", "some");
  EXPECT_EQ(viewers(R"(,"segment":"some")"), 2);
  world_.set_trait("u1", "is_test", true);
  EXPECT_EQ(viewers(R"(,"segment":"some")"), 1);
}

TEST_F(Universe, ASampleIsThePeopleOfTheBucketAndCountsAreDividedByIt) {
  int in = 0;
  TimeMs time = *parse_time("2026-03-04T10:00:00+08:00");
  for (int i = 0; i < 2000; ++i) {
    std::string who = "p" + std::to_string(i);
    world_.post(who, "view", time, {{"amount", int64_t{3}}});
    in += bucket_of("sample", std::to_string(world_.profile_of(who).value)) < 1000 ? 1 : 0;
  }
  ASSERT_GT(in, 100);
  EXPECT_EQ(viewers(R"(,"sample":0.1)"), in * 10);
  EXPECT_EQ(viewers(R"(,"sample":1)"), 2000);
  json::object a = ask(
      R"("kind":"trends","sample":0.1,"series":[
         {"name":"A","event":"view","measure":{"agg":"sum","prop":"event.amount"}},
         {"name":"B","event":"view","measure":{"agg":"avg","prop":"event.amount"}},
         {"name":"C","event":"view","measure":"per_user"}],
         "formulas":[{"name":"F","expr":"A+A"}])");
  auto total = [&](size_t i) { return a.at("series").at(i).at("total").to_number<double>(); };
  EXPECT_DOUBLE_EQ(total(0), in * 3 * 10.0);
  EXPECT_EQ(total(1), 3);
  EXPECT_EQ(total(2), 1);
  EXPECT_DOUBLE_EQ(total(3), 2 * in * 3 * 10.0);
  EXPECT_EQ(a.at("approx"), true);
  EXPECT_EQ(steps(R"(,"sample":0.1)").at(0), in * 10);
}

TEST_F(Universe, GrowingASampleKeepsThePeopleItHad) {
  for (int i = 0; i < 300; ++i) {
    world_.post("p" + std::to_string(i), "view", *parse_time("2026-03-04T10:00:00+08:00"));
  }
  int64_t before = 0;
  for (const char* share : {"0.05", "0.2", "0.5", "0.9"}) {
    double p = std::stod(share);
    auto all = static_cast<double>(viewers(R"(,"sample":)" + std::string(share)));
    int64_t people = std::llround(all * p);
    EXPECT_GE(people, before);
    before = people;
  }
}

TEST_F(Universe, WhatCannotBeSampledSaysSo) {
  post_d1(world_);
  auto field = [&](const std::string& question) {
    auto a = world_.ask(question);
    return a ? "" : a.error().field;
  };
  EXPECT_EQ(field(R"({"kind":"trends","range":{"last":7},"sample":0,"series":[{"event":"view"}]})"),
            "sample");
  EXPECT_EQ(field(R"({"kind":"retention","range":{"last":7},"sample":0.5,
                      "start":{"event":"view"},"return":{"event":"view"}})"),
            "sample");
  EXPECT_EQ(field(R"({"kind":"drill","of":{"query":{"kind":"trends","range":{"last":7},"sample":0.5,
                      "series":[{"event":"view"}]}}})"),
            "of.query.sample");
}

}  // namespace
}  // namespace weir

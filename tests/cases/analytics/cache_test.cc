// The same question again is answered from memory as long as nothing changed, and never longer.

#include "tests/support/d1.h"

#include <gtest/gtest.h>

namespace weir {
namespace {

using testing::BehaviourWorld;
using testing::post_d1;

class AnswerCacheTest : public ::testing::Test {
 protected:
  AnswerCacheTest() { post_d1(world_); }

  json::object ask(const std::string& question) {
    auto a = analyst_.answer(*json::parse(question));
    EXPECT_TRUE(a) << (a ? "" : a.error().message);
    return a ? a->get_object() : json::object();
  }
  bool kept(const std::string& question) { return ask(question).at("cached").as_bool(); }

  BehaviourWorld world_{*parse_time("2026-03-10T23:00:00+08:00")};
  Metrics metrics_;
  analytics::Analyst analyst_{world_.behaviour(), world_.env(), Calendar::shanghai(),
                              analytics::AnalystOptions{.metrics = &metrics_}};
  const std::string question_ =
      R"({"kind":"trends","range":{"last":7,"unit":"day"},"series":[{"event":"view"}]})";
  const std::string pinned_ =
      R"({"kind":"trends","as_of":1773100000000,"range":{"last":7,"unit":"day"},"series":[{"event":"view"}]})";
};

TEST_F(AnswerCacheTest, KeepsAnAnswerUntilARecordComes) {
  json::object first = ask(question_);
  EXPECT_FALSE(first.at("cached").as_bool());
  json::object again = ask(question_);
  EXPECT_TRUE(again.at("cached").as_bool());
  for (const char* same : {"series", "buckets", "as_of", "query_hash", "events_scanned"})
    EXPECT_EQ(first.at(same), again.at(same)) << same;
  world_.post("u9", "view", world_.env().clock().now());
  json::object after = ask(question_);
  EXPECT_FALSE(after.at("cached").as_bool());
  EXPECT_EQ(after.at("series").at(0).at("total").as_int64(),
            first.at("series").at(0).at("total").as_int64() + 1);
  EXPECT_EQ(metrics_.counter("weir_query_cache_total", "outcome=\"hit\"").value(), 1u);
  EXPECT_EQ(metrics_.counter("weir_query_cache_total", "outcome=\"miss\"").value(), 2u);
}

TEST_F(AnswerCacheTest, TraitsAndMergesAreChangesToo) {
  EXPECT_FALSE(kept(question_));
  world_.set_trait("u1", "is_test", true);
  EXPECT_FALSE(kept(question_));
  world_.merge("u2", "u3");
  EXPECT_FALSE(kept(question_));
  EXPECT_TRUE(kept(question_));
}

TEST_F(AnswerCacheTest, TheOrderOfFieldsAndNullsAndHowItIsRunMakeNoOtherQuestion) {
  EXPECT_FALSE(kept(question_));
  EXPECT_TRUE(kept(
      R"({"series":[{"event":"view"}],"query_id":"q1","range":{"unit":"day","last":7},
          "segment":null,"partial_after_ms":50,"kind":"trends"})"));
  EXPECT_FALSE(kept(
      R"({"kind":"trends","range":{"last":7,"unit":"day"},"series":[{"event":"view","name":"V"}]})"));
}

TEST_F(AnswerCacheTest, NowIsAMinuteLongAndEndsAtMidnight) {
  EXPECT_FALSE(kept(question_));
  EXPECT_FALSE(kept(pinned_));
  world_.env().run_for(50 * kSecondMs);
  EXPECT_TRUE(kept(question_));
  world_.env().run_for(20 * kSecondMs);
  EXPECT_FALSE(kept(question_));
  world_.env().run_until(*parse_time("2026-03-10T23:59:50+08:00"));
  EXPECT_FALSE(kept(question_));
  world_.env().run_for(20 * kSecondMs);
  EXPECT_FALSE(kept(question_)) << "the last seven days are others now";
  EXPECT_TRUE(kept(pinned_));
}

TEST_F(AnswerCacheTest, AnAnswerAboutSomeOfThePeopleIsNotKept) {
  QueryControl late;
  late.started_us = world_.env().clock().monotonic_us() - 1000000;
  auto partial = analyst_.answer(
      *json::parse(R"({"kind":"trends","partial_after_ms":5,"range":{"last":7,"unit":"day"},
                       "series":[{"event":"view"}]})"),
      late);
  ASSERT_TRUE(partial) << partial.error().message;
  EXPECT_EQ(partial->at("cut_short"), true);
  EXPECT_EQ(partial->at("people_share"), 0.0);
  EXPECT_FALSE(kept(question_));
  EXPECT_EQ(ask(question_).at("cut_short"), false);
}

TEST_F(AnswerCacheTest, PeopleBehindANumberAreKeptForTheNextPage) {
  json::object a =
      ask(R"({"kind":"trends","range":{"last":14,"unit":"day"},"series":[{"event":"view"}]})");
  std::string drill = R"({"kind":"drill","limit":2,"of":{"query_hash":")" +
                      std::string(a.at("query_hash").as_string()) + R"("},"cursor":)";
  json::object first = ask(drill + "null}");
  EXPECT_FALSE(first.at("cached").as_bool());
  std::string cursor(first.at("next").as_string());
  json::object second = ask(drill + "\"" + cursor + "\"}");
  EXPECT_TRUE(second.at("cached").as_bool());
  EXPECT_EQ(first.at("total"), second.at("total"));
}

}  // namespace
}  // namespace weir

// DR1: every number of persons has exactly as many people behind it, and every number of rows as
// many rows. Every cell of the answers is drilled, as a client would.

#include "tests/support/d1.h"
#include "tests/support/seeded_random.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace weir {
namespace {

using testing::BehaviourWorld;
using ::testing::ElementsAre;
using testing::post_d1;
using testing::SeededRandom;

class Drill : public ::testing::Test {
 protected:
  json::object answer(std::string_view question) {
    auto a = world_.ask(question);
    EXPECT_TRUE(a) << (a ? "" : a.error().message);
    return a ? a->get_object() : json::object();
  }
  json::object drill(const json::object& of, const json::value& cursor = nullptr,
                     int64_t limit = 1000) {
    auto a = world_.ask_json(
        json::object{{"kind", "drill"}, {"of", of}, {"limit", limit}, {"cursor", cursor}});
    EXPECT_TRUE(a) << json::to_text(of) << (a ? "" : a.error().message);
    return a ? a->get_object() : json::object();
  }
  std::string refusal(std::string_view question, json::object of) {
    of["query"] = *json::parse(question);
    auto a = world_.ask_json(json::object{{"kind", "drill"}, {"of", of}});
    EXPECT_FALSE(a);
    return a ? "" : a.error().field;
  }

  static std::vector<std::string> people(const json::object& page) {
    std::vector<std::string> out;
    for (const json::value& p : page.at("persons").as_array())
      out.emplace_back(json::view(p.at("profile_id").as_string()));
    return out;
  }

  /// `number` is what the answer shows for the cell.
  void expect_number(const json::object& of, const json::value& number, bool persons) {
    json::object page = drill(of);
    int64_t shown = number.is_null() ? 0 : number.to_number<int64_t>();
    EXPECT_EQ(page.at(persons ? "total" : "rows").to_number<int64_t>(), shown) << json::to_text(of);
    EXPECT_EQ(page.at("total").to_number<size_t>(), people(page).size()) << json::to_text(of);
    ++cells_;
  }

  /// All cells of series A (uniques) and B (total), and of what they are compared with.
  void expect_trends(std::string_view question) {
    json::object a = answer(question);
    for (const json::value& line : a.at("series").as_array()) {
      bool persons = line.at("name") == "A";
      json::object of{{"query_hash", a.at("query_hash")},
                      {"series", line.at("name")},
                      {"breakdown", line.at("breakdown")}};
      expect_line(of, line.as_object(), a.at("buckets").as_array(), persons);
      if (!line.as_object().contains("previous")) continue;
      of["compare"] = true;
      expect_line(of, line.at("previous").as_object(), a.at("buckets").as_array(), persons);
    }
  }
  void expect_line(json::object of, const json::object& line, const json::array& buckets,
                   bool persons) {
    expect_number(of, line.at("total"), persons);
    for (size_t b = 0; b < buckets.size(); ++b) {
      of["bucket"] = buckets[b];
      expect_number(of, line.at("values").as_array()[b], persons);
    }
  }

  void expect_funnel(std::string_view question, bool persons = true) {
    json::object a = answer(question);
    json::object of{{"query_hash", a.at("query_hash")}};
    expect_steps(of, a.at("steps").as_array(), persons);
    for (const json::value& key :
         a.contains("breakdown") ? a.at("breakdown").as_array() : json::array()) {
      of["breakdown"] = key.at("values");
      expect_steps(of, key.at("steps").as_array(), persons);
    }
    of.erase("breakdown");
    for (const json::value& point :
         a.contains("trend") ? a.at("trend").as_array() : json::array()) {
      of["bucket"] = point.at("bucket");
      for (size_t k = 0; k < point.at("counts").as_array().size(); ++k) {
        of["step"] = k + 1;
        expect_number(of, point.at("counts").as_array()[k], persons);
      }
    }
    json::object pending{{"query_hash", a.at("query_hash")}, {"side", "pending"}};
    expect_number(pending, a.at("pending"), persons);
  }
  void expect_steps(json::object of, const json::array& steps, bool persons) {
    for (size_t k = 0; k < steps.size(); ++k) {
      of["step"] = k + 1;
      of["side"] = "converted";
      expect_number(of, steps[k].at("count"), persons);
      of["side"] = "dropped";
      expect_number(of, steps[k].at("drop"), persons);
    }
  }

  BehaviourWorld world_{*parse_time("2026-03-10T00:00:00+08:00")};
  int cells_ = 0;
};

constexpr std::string_view kTrends =
    R"({"kind":"trends","range":{"from":"2026-03-02","to":"2026-03-08"},"breakdown":[{"prop":"event.sku"}],
        "series":[{"name":"A","event":"view","measure":"uniques"},{"name":"B","event":"view"}]})";
constexpr std::string_view kFunnel =
    R"({"kind":"funnel","range":{"from":"2026-03-02","to":"2026-03-08"},"window":"P7D",
        "steps":[{"event":"view"},{"event":"cart"},{"event":"pay"}]})";

TEST_F(Drill, ListsThePeopleOfD1ByHand) {
  post_d1(world_);
  json::object a = answer(kFunnel);
  ASSERT_THAT(testing::step_counts(a), ElementsAre(6, 5, 4));
  json::object of{{"query_hash", a.at("query_hash")}, {"step", 2}, {"side", "dropped"}};
  // u3 carted before the view and never again.
  EXPECT_THAT(people(drill(of)), ElementsAre(profile_id_text(world_.profile_of("u3"))));
  of = {{"query", *json::parse(kTrends)},
        {"series", "A"},
        {"bucket", "2026-03-03"},
        {"breakdown", {"B"}}};
  EXPECT_THAT(people(drill(of)), ElementsAre(profile_id_text(world_.profile_of("u1")),
                                             profile_id_text(world_.profile_of("u4"))));
}

TEST_F(Drill, EveryNumberOfTrendsHasItsPeople) {
  post_d1(world_);
  expect_trends(kTrends);
  std::string rest =
      R"(,"series":[{"name":"A","event":"$any_active","measure":"uniques"},{"name":"B","events":["view","cart"],
         "filter":{"prop":"event.sku","op":"neq","value":"B"}}]})";
  expect_trends(
      R"({"kind":"trends","range":{"from":"2026-03-04","to":"2026-03-08"},"compare":"previous")" +
      rest);
  expect_trends(
      R"({"kind":"trends","range":{"from":"2026-03-02","to":"2026-03-09"},"cumulative":true)" +
      rest);
  expect_trends(
      R"({"kind":"trends","range":{"from":"2026-03-04","to":"2026-03-12"},"interval":"week",
                    "compare":"year_ago")" +
      rest);
  expect_trends(R"({"kind":"trends","range":{"last":9,"unit":"day"},"interval":"hour","tz":"UTC")" +
                rest);
  EXPECT_GT(cells_, 400);
}

TEST_F(Drill, EveryNumberOfFunnelsHasItsPeople) {
  post_d1(world_);
  std::string head = R"({"kind":"funnel","range":{"from":"2026-03-02","to":"2026-03-09"},
    "steps":[{"event":"view"},{"event":"cart"},{"event":"pay"}],"output":["trend"],)";
  for (
      const char* rest :
      {R"("window":"P7D","breakdown":[{"prop":"event.sku"}])",
       R"("window":"P1D","breakdown":[{"prop":"event.sku","attribution":"all_steps"}])",
       R"("window":"P1D","breakdown":[{"prop":"event.sku","attribution":"last"}],"order":"any")",
       R"("window":"calendar_day","order":"strict","hold":[["event.sku","event.sku","event.sku"]])",
       R"("window":"P7D","entry":"first","exclusions":[{"event":"chat","between":[1,3]}])"}) {
    expect_funnel(head + rest + "}");
  }
  expect_funnel(head + R"("window":"P7D","counting":"totals","breakdown":[{"prop":"event.sku"}]})",
                false);
  EXPECT_GT(cells_, 150);
}

TEST_F(Drill, TheRestOfABreakdownIsThePeopleNotShownApart) {
  SeededRandom random(7);
  for (int i = 0; i < 600; ++i) {
    std::string who = "p" + std::to_string(random.below(80));
    std::string city = "c" + std::to_string(random.below(10) * random.below(10));
    TimeMs time = *parse_time("2026-03-02T00:00:00+08:00") + random.below(7 * 24 * 60) * kMinuteMs;
    world_.post(who, random.chance(60) ? "view" : "pay", time, {{"city", city}});
  }
  expect_trends(R"({"kind":"trends","range":{"from":"2026-03-02","to":"2026-03-08"},
    "breakdown":[{"prop":"event.city"}],
    "series":[{"name":"A","event":"view","measure":"uniques"},{"name":"B","event":"pay"}]})");
  for (const char* attribution : {"first", "all_steps"}) {
    expect_funnel(
        R"({"kind":"funnel","range":{"from":"2026-03-02","to":"2026-03-08"},"window":"P2D",
      "breakdown":[{"prop":"event.city","attribution":")" +
        std::string(attribution) + R"("}],
      "steps":[{"event":"view"},{"event":"pay"}]})");
  }
  EXPECT_GT(cells_, 500);
}

TEST_F(Drill, PagesInOrderAndStaysAtItsAsOf) {
  for (int i = 0; i < 25; ++i) {
    world_.post("p" + std::to_string(i), "view", *parse_time("2026-03-04T10:00:00+08:00"));
  }
  json::object a = answer(R"({"kind":"trends","range":{"last":7,"unit":"day"},
    "series":[{"event":"view","measure":"uniques"}]})");
  json::object of{{"query_hash", a.at("query_hash")}};
  std::vector<std::string> all;
  json::value cursor = nullptr;
  for (int page = 0; page < 3; ++page) {
    json::object rows = drill(of, cursor, 10);
    EXPECT_EQ(rows.at("total"), 25);
    EXPECT_EQ(rows.at("as_of"), a.at("as_of"));
    for (const std::string& p : people(rows)) all.push_back(p);
    cursor = rows.at("next");
    EXPECT_EQ(cursor.is_null(), page == 2);
    // What happens between two pages is after the answer's as_of.
    world_.env().run_for(kMinuteMs);
    world_.post("late" + std::to_string(page), "view", world_.env().clock().now());
  }
  EXPECT_EQ(all.size(), 25u);
  EXPECT_EQ(std::set<std::string>(all.begin(), all.end()).size(), 25u);
  EXPECT_EQ(all.front(), profile_id_text(world_.profile_of("p0")));
  EXPECT_EQ(all.back(), profile_id_text(world_.profile_of("p24")));
}

TEST_F(Drill, SaysWhatANumberDoesNotHave) {
  post_d1(world_);
  EXPECT_EQ(refusal(kTrends, {{"series", "Z"}}), "of.series");
  EXPECT_EQ(refusal(kTrends, {{"step", 1}}), "of.step");
  EXPECT_EQ(refusal(kTrends, {{"bucket", "2026-03-09"}}), "of.bucket");
  EXPECT_EQ(refusal(kTrends, {{"bucket", "Monday"}}), "of.bucket");
  EXPECT_EQ(refusal(kTrends, {{"breakdown", {"A", "B"}}}), "of.breakdown");
  EXPECT_EQ(refusal(kTrends, {{"compare", true}}), "of.compare");
  EXPECT_EQ(refusal(kFunnel, {{"step", 4}}), "of.step");
  EXPECT_EQ(refusal(kFunnel, {{"step", 1}, {"side", "left"}}), "of.side");
  EXPECT_EQ(refusal(kFunnel, {{"step", 1}, {"bucket", "2026-03-02"}}), "of.bucket");
  EXPECT_EQ(refusal(kFunnel, {{"step", 1}, {"side", "pending"}}), "of.side");
  EXPECT_EQ(refusal(R"({"kind":"timeline","profile_id":"p1"})", {}), "of.query.kind");
  auto gone = world_.ask(R"({"kind":"drill","of":{"query_hash":"q_0"}})");
  ASSERT_FALSE(gone);
  EXPECT_EQ(gone.error().code, ErrorCode::NotFound);
}

}  // namespace
}  // namespace weir

// PostHog's retention tests (tests/cases/retention.json; sources and licences stand in the file)
// run through our questions.

#include "tests/support/peer_cases.h"

#include <gtest/gtest.h>

namespace weir {
namespace {

using testing::BehaviourWorld;
using testing::text_of;

json::object question_of(const json::value& query) {
  json::object out = testing::common_of(query, "retention");
  out["start"] = testing::part_of(query.at("start"));
  out["return"] = testing::part_of(query.at("return"));
  out["unit"] = query.at("period");
  out["periods"] = std::max<int64_t>(query.at("intervals").to_number<int64_t>() - 1, 1);
  out["cohort"] = query.at("kind");
  out["as_of"] = *parse_time(text_of(query.at("to")));  // later events do not count there
  return out;
}

void check_matrix(const std::string& name, const json::value& matrix, const json::value& answer) {
  for (size_t r = 0; r < matrix.as_array().size(); ++r) {
    const json::value& cells = answer.at("cohorts").at(r).at("cells");
    const json::array& row = matrix.at(r).as_array();
    for (size_t c = 0; c < row.size(); ++c) {
      EXPECT_EQ(cells.at(c).at("count").to_number<int64_t>(), row[c].to_number<int64_t>())
          << name << " row " << r << " column " << c;
    }
  }
}

/// Which persons a cell counts, asked for one by one.
void check_people(const std::string& name, const json::value& one, BehaviourWorld& world) {
  const json::value& query = one.at("query");
  RetentionQuery typed;
  typed.common.range = {*parse_time(text_of(query.at("from"))),
                        *parse_time(text_of(query.at("to"))) + 1};
  typed.common.as_of = *parse_time(text_of(query.at("to")));
  typed.common.tz = text_of(query.at("timezone"));
  typed.start.events = {text_of(query.at("start").at("event"))};
  typed.again.events = {text_of(query.at("return").at("event"))};
  typed.periods = query.at("intervals").to_number<size_t>();
  typed.first_time = text_of(query.at("kind")) == "first_time";
  std::vector<TimeMs> buckets = world.behaviour().retention(typed, {})->buckets;
  for (const auto& want : one.at("expected").at("appearances").as_object()) {
    ProfileOrdinal person = world.profile_of(std::string(want.key()));
    const json::array& row = want.value().as_array();
    for (size_t c = 0; c < row.size(); ++c) {
      DrillCell cell;
      cell.bucket = buckets[query.at("cohort").to_number<size_t>()];
      cell.step = static_cast<int>(c);
      auto answer = world.behaviour().drill(typed, cell, {});
      ASSERT_TRUE(answer) << name;
      bool there =
          std::find(answer->people.begin(), answer->people.end(), person) != answer->people.end();
      EXPECT_EQ(there, row[c].to_number<int>() == 1) << name << " column " << c;
    }
  }
}

TEST(RetentionCases, PeersAgree) {
  int ran = 0;
  json::value suite = testing::load_cases("retention.json");
  for (const json::value& one : suite.at("cases").as_array()) {
    std::string name = text_of(one.at("name")), type = text_of(one.at("query").at("type"));
    if (type != "retention" && type != "retention_people") continue;
    BehaviourWorld world(*parse_time("2026-01-01T00:00:00Z"));
    testing::fill(world, one);
    ++ran;
    if (type == "retention_people") {
      check_people(name, one, world);
      continue;
    }
    auto answer = world.ask_json(json::value(question_of(one.at("query"))));
    ASSERT_TRUE(answer) << name << ": " << answer.error().message;
    check_matrix(name, one.at("expected").at("matrix"), *answer);
  }
  EXPECT_EQ(ran, 11);
}

}  // namespace
}  // namespace weir

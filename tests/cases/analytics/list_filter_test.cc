// Filters by a named list of values (§0): the same answers as "in" with the values spelled out.

#include "tests/support/d1.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weir {
namespace {

using testing::BehaviourWorld;

class ListFilter : public ::testing::Test {
 protected:
  ListFilter() : world_(testing::shanghai_time("2026-03-20T00:00:00")) {
    testing::post_d1(world_);
    world_.set_trait("u1", "city", Value(std::string("杭州")));
    world_.set_trait("u2", "city", Value(std::string("上海")));
    world_.set_trait("u3", "cities", Value(StringList{"北京", "杭州"}));
    world_.set_list("skus", {"B", "never_seen"});
    world_.set_list("amounts", {"9900", "5000"});
    world_.set_list("cities", {"杭州"});
  }
  int64_t views(const std::string& filter) {
    auto answer = world_.ask(
        R"({"kind":"trends","range":{"from":"2026-03-02","to":"2026-03-09"},
            "series":[{"event":"$any_active","measure":"total"}],"filter":)" +
        filter + "}");
    EXPECT_TRUE(answer) << (answer ? "" : answer.error().message);
    return answer ? answer->at("series").at(0).at("total").to_number<int64_t>() : -1;
  }
  BehaviourWorld world_;
};

TEST_F(ListFilter, TextsOfEventsAreLookedUp) {
  EXPECT_EQ(views(R"({"prop":"event.sku","op":"in_list","value":"skus"})"),
            views(R"({"prop":"event.sku","op":"in","value":["B","never_seen"]})"));
  EXPECT_EQ(views(R"({"prop":"event.sku","op":"in_list","value":"list:skus"})"), 3);
  // Missing is in no list, so its negation has what no SKU has.
  EXPECT_EQ(views(R"({"not":{"prop":"event.sku","op":"in_list","value":"skus"}})"),
            views(R"({"prop":"event.sku","op":"not_in","value":["B"]})"));
}
TEST_F(ListFilter, NumbersAreComparedAsTheyAreWritten) {
  EXPECT_EQ(views(R"({"prop":"event.amt","op":"in_list","value":"amounts"})"), 2);
}
TEST_F(ListFilter, TraitsAndListsOfTextsToo) {
  EXPECT_EQ(views(R"({"prop":"profile.city","op":"in_list","value":"cities"})"),
            views(R"({"prop":"profile.city","op":"eq","value":"杭州"})"));
  EXPECT_EQ(views(R"({"prop":"profile.cities","op":"in_list","value":"cities"})"), 3);  // u3
  auto property = world_.ask(
      R"({"kind":"property","prop":"profile.city",
          "filter":{"prop":"profile.city","op":"in_list","value":"cities"}})");
  ASSERT_TRUE(property) << property.error().message;
  EXPECT_EQ(property->at("persons").to_number<int>(), 1);
  auto segment = world_.ask(
      R"({"kind":"segment","def":{"profile":{"prop":"profile.city","op":"in_list","value":"cities"}}})");
  ASSERT_TRUE(segment) << segment.error().message;
  EXPECT_EQ(segment->at("count").to_number<int>(), 1);
}
TEST_F(ListFilter, AChangedListIsSeenByTheNextQuestion) {
  std::string filter = R"({"prop":"event.sku","op":"in_list","value":"skus"})";
  int64_t before = views(filter);
  world_.set_list("skus", {});
  EXPECT_GT(before, 0);
  EXPECT_EQ(views(filter), 0);
}
TEST_F(ListFilter, AListThatDoesNotExistIsAnError) {
  auto answer = world_.ask(
      R"({"kind":"trends","range":{"last":7},"series":[{"event":"view"}],
          "filter":{"prop":"event.sku","op":"in_list","value":"nothing"}})");
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, ErrorCode::InvalidArgument);
  EXPECT_THAT(answer.error().message, ::testing::HasSubstr("list/nothing"));
}

}  // namespace
}  // namespace weir

#include "tests/support/d1.h"

#include <gtest/gtest.h>

namespace weir {
namespace {

using testing::BehaviourWorld;

std::vector<std::string> names(const json::value& page) {
  std::vector<std::string> out;
  for (const json::value& e : page.at("events").as_array())
    out.emplace_back(json::view(e.at("name").as_string()));
  return out;
}

class TimelineTest : public ::testing::Test {
 protected:
  TimelineTest() : world_(testing::shanghai_time("2026-03-20T00:00:00")) {
    size_t n = 0;
    for (const testing::D1Event& e : testing::d1_events()) {
      testing::post_d1(world_, e);
      if (++n == 3) {
        EXPECT_TRUE(world_.checkpoint());
      }
    }
  }
  json::value page(const std::string& who, const std::string& extra = "") {
    auto answer = world_.ask(R"({"kind":"timeline","profile_id":")" +
                             profile_id_text(world_.profile_of(who)) + "\"" + extra + "}");
    EXPECT_TRUE(answer) << (answer ? "" : answer.error().message);
    return answer ? *answer : json::value(nullptr);
  }
  BehaviourWorld world_;
};

TEST_F(TimelineTest, IsNewestFirstOverPartsAndHead) {
  json::value all = page("u1");
  EXPECT_EQ(names(all), (std::vector<std::string>{"view", "pay", "chat", "cart", "view"}));
  EXPECT_EQ(json::to_text(all.at("events").at(1).at("properties")), R"({"sku":"A","amt":19900})");
  EXPECT_EQ(json::to_text(all.at("events").at(1).at("identity")),
            R"({"kind":"user_id","value":"u1"})");
  EXPECT_EQ(json::to_text(all.at("events").at(1).at("source")), R"("test")");
  EXPECT_TRUE(all.at("next").is_null());
}

TEST_F(TimelineTest, PagesByCursorWithoutGapsOrRepeats) {
  std::vector<std::string> seen;
  std::string before;
  for (int pages = 0; pages < 5; ++pages) {
    json::value one =
        page("u1", R"(,"limit":2)" + (before.empty() ? "" : ",\"before\":\"" + before + "\""));
    for (const std::string& name : names(one)) seen.push_back(name);
    if (one.at("next").is_null()) break;
    before = json::view(one.at("next").as_string());
  }
  EXPECT_EQ(seen, (std::vector<std::string>{"view", "pay", "chat", "cart", "view"}));
}

TEST_F(TimelineTest, CanAskForSomeEventsOnly) {
  EXPECT_EQ(names(page("u1", R"(,"events":["view","nothing"])")),
            (std::vector<std::string>{"view", "view"}));
}

TEST_F(TimelineTest, BecomesOneStreamAfterAMerge) {
  world_.merge("u3", "u2");
  EXPECT_EQ(names(page("u2")),
            (std::vector<std::string>{"pay", "view", "cart", "view", "view", "cart"}));
}

TEST_F(TimelineTest, SealedValuesLeaveOnlyAMark) {
  world_.post("u9", "form", testing::shanghai_time("2026-03-02T10:00:00"),
              {{"phone", Sealed{"k", "phone", "t", "secret"}}});
  EXPECT_EQ(json::to_text(page("u9").at("events").at(0).at("properties")), R"({"phone":"•••"})");
  ASSERT_TRUE(world_.checkpoint());
  EXPECT_EQ(json::to_text(page("u9").at("events").at(0).at("properties")), R"({"phone":"•••"})");
}

TEST_F(TimelineTest, HistoryForFoldsIncludesTheRecordJustFolded) {
  auto history = [&](std::vector<std::string> wanted) {
    std::vector<std::string> out;
    world_.behaviour().visit(world_.profile_of("u1"), {0, INT64_MAX, wanted},
                             [&](const StoredEvent& e) {
                               out.emplace_back(e.name);
                               return true;
                             });
    return out;
  };
  EXPECT_EQ(history({}), (std::vector<std::string>{"view", "cart", "chat", "pay", "view"}));
  world_.post("u1", "cart", testing::shanghai_time("2026-03-02T10:07:00"));
  EXPECT_EQ(history({"cart", "pay"}), (std::vector<std::string>{"cart", "cart", "pay"}));
}

TEST_F(TimelineTest, SchemaListsEventsByCountWithTheirProperties) {
  auto schema = world_.behaviour().schema();
  ASSERT_TRUE(schema);
  EXPECT_EQ((*schema)[0].name, "view");
  EXPECT_EQ((*schema)[0].count, 9u);
  EXPECT_EQ((*schema)[1].count, 6u);
  for (const EventSchema& e : *schema) {
    if (e.name != "pay") continue;
    ASSERT_EQ(e.properties.size(), 2u);
    EXPECT_EQ(e.properties[1].name, "amt");
    EXPECT_EQ(e.properties[1].type, "int");
  }
}

}  // namespace
}  // namespace weir

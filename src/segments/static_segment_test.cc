#include "segments/segments.h"

#include "model/facts.h"
#include "tests/support/fold_harness.h"
#include "tests/support/small_world.h"

#include <gtest/gtest.h>

namespace weir::segments {
namespace {

constexpr TimeMs kMonday = 1772380800000;

struct StaticTest : ::testing::Test {
  testing::SmallWorld world;
  std::unique_ptr<Segments> segments = make();
  testing::FoldHarness harness{kMonday, {&world, segments.get()}};

  std::unique_ptr<Segments> make() {
    return Segments::make(world, {&world, nullptr, nullptr, &world}, Calendar::shanghai());
  }
  void SetUp() override {
    for (int i = 0; i < 1300; ++i) track("u" + std::to_string(i), "view");
  }
  void track(std::string user, std::string name) {
    Envelope e;
    e.name = std::move(name);
    e.identities = {{IdentityKind::UserId, "", std::move(user)}};
    harness.apply(std::move(e));
  }
  void record(std::string name, const json::value& body) {
    Envelope e;
    e.kind = RecordKind::Definition;
    e.name = std::move(name);
    e.properties = {{"body", JsonText{body.is_null() ? "" : json::to_text(body)}}};
    harness.apply(std::move(e));
    harness.advance_by(1000);
  }
  StaticHeader header(std::vector<ProfileOrdinal> people, std::string upload = "up1") {
    return {"看了没加购", std::move(upload), kMonday, R"({"query_hash":"q_1"})", people.size()};
  }
  void save(std::string id, const std::vector<ProfileOrdinal>& people, std::string upload = "up1") {
    StaticHeader h = header(people, std::move(upload));
    record("segment/" + id, static_header_body(h));
    for (uint32_t part = 0; part < static_parts(people.size()); ++part)
      record("segment_part/" + id, static_part_body(h, part, people));
  }
  static std::vector<ProfileOrdinal> people(uint32_t first, uint32_t end) {
    std::vector<ProfileOrdinal> out;
    for (uint32_t i = first; i < end; ++i) out.emplace_back(i);
    return out;
  }
  bool in(uint32_t person, std::string_view id) const {
    return segments->is_member(ProfileOrdinal(person), id);
  }
  size_t entered(std::string_view id) const {
    size_t count = 0;
    for (const auto& fact : harness.facts_named(facts::kSegmentEntered))
      count += string_property(fact.record.properties, "segment") == id ? 1 : 0;
    return count;
  }
};

TEST_F(StaticTest, IsItsPeopleAsTheyWereWhateverHappensNext) {
  save("list", people(100, 1250));
  auto info = segments->get("list");
  ASSERT_TRUE(info);
  EXPECT_EQ(info->count, 1150u);
  EXPECT_EQ(info->name, "看了没加购");
  ASSERT_TRUE(info->frozen);
  EXPECT_TRUE(info->frozen->complete);
  EXPECT_EQ(info->frozen->people, 1150u);
  EXPECT_EQ(info->frozen->as_of, kMonday);
  EXPECT_EQ(info->frozen->origin, R"({"query_hash":"q_1"})");
  EXPECT_FALSE(in(99, "list"));
  EXPECT_TRUE(in(100, "list"));
  EXPECT_TRUE(in(1249, "list"));
  EXPECT_EQ(entered("list"), 1150u);
  EXPECT_EQ(segments->members("list", ProfileOrdinal(101), 2),
            (std::vector{ProfileOrdinal(101), ProfileOrdinal(102)}));
  track("u5", "view");
  track("new", "view");
  harness.advance_by(400 * kDayMs);
  EXPECT_EQ(segments->get("list")->count, 1150u);
  EXPECT_EQ(segments->of(ProfileOrdinal(100)).at(0).segment_name, "看了没加购");
}

TEST_F(StaticTest, ADynamicSegmentMayBuildOnIt) {
  save("list", people(0, 3));
  record(
      "segment/cart",
      *json::parse(
          R"({"name":"c","def":{"and":[{"segment":"list"},{"done":{"event":"add_to_cart"}}]}})"));
  track("u1", "add_to_cart");
  track("u7", "add_to_cart");
  EXPECT_TRUE(in(1, "cart"));
  EXPECT_FALSE(in(7, "cart"));
  save("late", people(7, 8));
  record(
      "segment/both",
      *json::parse(
          R"({"name":"b","def":{"and":[{"segment":"late"},{"done":{"event":"add_to_cart"}}]}})"));
  EXPECT_TRUE(in(7, "both"));
}

TEST_F(StaticTest, MergedPeopleAreInTheUnionAndErasedOnesAreOut) {
  save("list", people(0, 2));
  harness.merged(ProfileOrdinal(1), ProfileOrdinal(9));
  EXPECT_TRUE(in(9, "list"));
  EXPECT_FALSE(in(1, "list"));
  EXPECT_EQ(segments->get("list")->count, 2u);
  harness.merged(ProfileOrdinal(9), ProfileOrdinal(0));
  EXPECT_EQ(segments->get("list")->count, 1u);
  harness.erased(ProfileOrdinal(0));
  EXPECT_EQ(segments->get("list")->count, 0u);
  EXPECT_EQ(segments->get("list")->frozen->people, 2u);
}

TEST_F(StaticTest, AfterASplitEachSideIsInIfTheListNamesIt) {
  save("one", people(1, 2));
  save("both", people(1, 3));
  harness.merged(ProfileOrdinal(2), ProfileOrdinal(1));
  save("later", people(1, 2));
  EXPECT_EQ(segments->get("both")->count, 1u);
  harness.split({ProfileOrdinal(1), ProfileOrdinal(2), {}, {ProfileOrdinal(2)}});
  EXPECT_TRUE(in(1, "both") && in(2, "both"));
  EXPECT_TRUE(in(1, "one") && !in(2, "one"));
  EXPECT_TRUE(in(1, "later") && !in(2, "later")) << "the list named the merged person";
  EXPECT_EQ(segments->get("both")->count, 2u);
  harness.merged(ProfileOrdinal(1), ProfileOrdinal(0));
  harness.split({ProfileOrdinal(0), ProfileOrdinal(1), {}, {ProfileOrdinal(1)}});
  EXPECT_TRUE(in(1, "one") && !in(0, "one")) << "who was never listed leaves with the merge";
}

TEST_F(StaticTest, PartsCountOnceInOrderAndOnlyForTheirList) {
  std::vector<ProfileOrdinal> all = people(0, 1200);
  StaticHeader h = header(all);
  record("segment/list", static_header_body(h));
  record("segment_part/list", static_part_body(h, 1, all));  // too early
  EXPECT_EQ(segments->get("list")->count, 0u);
  record("segment_part/list", static_part_body(h, 0, all));
  record("segment_part/list", static_part_body(h, 0, all));
  EXPECT_EQ(segments->get("list")->count, 500u);
  EXPECT_FALSE(segments->get("list")->frozen->complete);
  StaticHeader other = header(all, "up2");
  record("segment_part/list", static_part_body(other, 1, all));
  EXPECT_EQ(segments->get("list")->count, 500u);
  record("segment/list", nullptr);
  record("segment_part/list", static_part_body(h, 1, all));
  EXPECT_FALSE(segments->get("list"));
}

TEST_F(StaticTest, SavedAgainItIsTheNewList) {
  save("list", people(0, 600));
  save("list", people(500, 510), "up2");
  EXPECT_EQ(segments->get("list")->count, 10u);
  EXPECT_EQ(segments->get("list")->version, 2u);
  EXPECT_FALSE(in(0, "list"));
  EXPECT_TRUE(in(505, "list"));
}

TEST_F(StaticTest, SurvivesARestartInTheMiddleOfItsParts) {
  std::vector<ProfileOrdinal> all = people(0, 700);
  StaticHeader h = header(all);
  record("segment/list", static_header_body(h));
  record("segment_part/list", static_part_body(h, 0, all));
  testing::MapStateStore store;
  WriteBatch batch;
  segments->save(batch);
  ASSERT_TRUE(store.write(batch));
  auto again = make();
  ASSERT_TRUE(again->load(store));
  testing::FoldHarness going_on{kMonday + kDayMs, {&world, again.get()}};
  Envelope e;
  e.kind = RecordKind::Definition;
  e.name = "segment_part/list";
  e.properties = {{"body", JsonText{json::to_text(static_part_body(h, 1, all))}}};
  going_on.apply(std::move(e));
  EXPECT_EQ(again->get("list")->count, 700u);
  EXPECT_TRUE(again->get("list")->frozen->complete);
  EXPECT_TRUE(again->is_member(ProfileOrdinal(699), "list"));
}

}  // namespace
}  // namespace weir::segments

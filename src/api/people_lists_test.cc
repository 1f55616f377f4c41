#include "api/people_lists.h"

#include "base/hash.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace weir::api {
namespace {

using People = std::vector<ProfileOrdinal>;

People range(uint32_t first, uint32_t end) {
  People out;
  for (uint32_t i = first; i < end; ++i) out.emplace_back(i);
  return out;
}

TEST(PeopleLists, CombineFromTheLeftAndUnionsAddUp) {
  People a = range(0, 6), b = range(4, 9);
  EXPECT_EQ(combine(SetOp::Union, {a, b}), range(0, 9));
  EXPECT_EQ(combine(SetOp::Intersect, {a, b}), range(4, 6));
  EXPECT_EQ(combine(SetOp::Minus, {a, b}), range(0, 4));
  EXPECT_EQ(combine(SetOp::Minus, {a, b, range(0, 2)}), range(2, 4));
  EXPECT_EQ(combine(SetOp::Xor, {a, b}).size(), 7u);
  EXPECT_EQ(combine(SetOp::Union, {a, b}).size(),
            a.size() + b.size() - combine(SetOp::Intersect, {a, b}).size());
  EXPECT_EQ(combine(SetOp::Minus, {a}), a);
}

TEST(PeopleLists, AShareKeepsItsPeopleWhenItGrows) {
  People all = range(0, 4000);
  People tenth = draw({"s1", 0.1, 0}, all), third = draw({"s1", 0.3, 0}, all);
  EXPECT_NEAR(static_cast<double>(tenth.size()), 400, 80);
  EXPECT_TRUE(std::ranges::includes(third, tenth));
  EXPECT_EQ(draw({"s1", 0.1, 0}, all), tenth);
  EXPECT_NE(draw({"s2", 0.1, 0}, all), tenth);
}

TEST(PeopleLists, AFixedNumberAreThoseWithTheSmallestHashes) {
  People all = range(0, 500), drawn = draw({"s1", 1.0, 50}, all);
  ASSERT_EQ(drawn.size(), 50u);
  EXPECT_TRUE(std::ranges::is_sorted(drawn));
  auto hash = [](ProfileOrdinal p) { return siphash64("s1:" + profile_id_text(p)); };
  uint64_t worst = 0;
  for (ProfileOrdinal p : drawn) worst = std::max(worst, hash(p));
  for (ProfileOrdinal p : all) {
    bool in = std::ranges::binary_search(drawn, p);
    EXPECT_EQ(in, hash(p) <= worst);
  }
  EXPECT_TRUE(std::ranges::includes(draw({"s1", 1.0, 80}, all), drawn));
  EXPECT_EQ(draw({"s1", 1.0, 1000}, all), all);
}

TEST(PeopleLists, WhatIsWrongIsNamed) {
  auto bad = [](const char* text) {
    auto parsed = parse_combination(json::parse(text)->get_object());
    return parsed ? std::string("nothing") : parsed.error().field;
  };
  EXPECT_EQ(bad(R"({"op":"minus","of":["a","b"]})"), "nothing");
  EXPECT_EQ(bad(R"({"op":"times","of":["a"]})"), "op");
  EXPECT_EQ(bad(R"({"of":[]})"), "of");
  EXPECT_EQ(bad(R"({"of":["a"],"sample":{"salt":"s"}})"), "sample");
  EXPECT_EQ(bad(R"({"of":["a"],"sample":{"salt":"s","share":1.5}})"), "sample.share");
  EXPECT_EQ(bad(R"({"of":["a"],"sample":{"salt":"s","share":0.5,"fixed":3}})"), "sample");
}

}  // namespace
}  // namespace weir::api

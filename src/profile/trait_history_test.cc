#include "profile/trait_history.h"

#include "tests/support/seeded_random.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace weir::profile {
namespace {

constexpr IdentityOrdinal kOne{1}, kTwo{2};

TraitWrite set(std::string value, TimeMs time, TimeMs received, Position position = 0) {
  return {{TraitOp::Set, "t", std::move(value)}, {time, position}, received, "web"};
}

std::vector<TraitPeriod> known(const TraitHistory& history, TimeMs known_at,
                               const TraitRule* rule = nullptr, TimeMs* kept_from = nullptr) {
  std::vector<TraitWrite> writes;
  TimeMs from = 0;
  history.collect(kOne, "t", writes, from);
  history.collect(kTwo, "t", writes, from);
  std::erase_if(writes, [&](const TraitWrite& write) { return write.received > known_at; });
  if (kept_from != nullptr) *kept_from = from;
  return periods_of(std::move(writes), rule);
}

std::string at(const std::vector<TraitPeriod>& periods, TimeMs time) {
  for (const TraitPeriod& p : periods) {
    if (p.from <= time && (p.to == 0 || time < p.to)) return display_text(p.value);
  }
  return "(none)";
}

TEST(TraitHistory, ALateWriteFallsWhereItBelongsAndWasNotKnownBefore) {
  TraitHistory history;
  history.note(kOne, set("silver", 10, 10), nullptr);
  history.note(kOne, set("gold", 30, 30), nullptr);
  history.note(kOne, set("platinum", 20, 90), nullptr);
  auto now = known(history, INT64_MAX);
  EXPECT_EQ(at(now, 9), "(none)");
  EXPECT_EQ(at(now, 10), "silver");
  EXPECT_EQ(at(now, 25), "platinum");
  EXPECT_EQ(at(now, 30), "gold");
  EXPECT_EQ(at(known(history, 50), 25), "silver") << "as it was known then";
  EXPECT_EQ(at(known(history, 10), 40), "silver");
  ASSERT_EQ(now.size(), 3u);
  EXPECT_EQ(now[1].received, 90);
  EXPECT_EQ(now[2].to, 0);
}

TEST(TraitHistory, AnUnchangedValueExtendsItsPeriodAndRepeatsPushNothingOut) {
  TraitHistory history;
  history.note(kOne, set("a", 1, 1), nullptr);
  for (int i = 2; i < 1000; ++i) history.note(kOne, set("b", i, i), nullptr);
  TimeMs kept_from = -1;
  auto periods = known(history, INT64_MAX, nullptr, &kept_from);
  ASSERT_EQ(periods.size(), 2u);
  EXPECT_EQ(periods[1].from, 2);
  EXPECT_EQ(kept_from, 0);
}

TEST(TraitHistory, ManyChangesLeaveTheOldestOutAndSayHowFarBackTheyReach) {
  TraitHistory history;
  for (int i = 1; i <= 500; ++i) {
    history.note(kOne, {{TraitOp::Increment, "t", int64_t{1}}, {i, 0}, i, "web"}, nullptr);
  }
  TimeMs kept_from = 0;
  auto periods = known(history, INT64_MAX, nullptr, &kept_from);
  EXPECT_EQ(kept_from, 500 - static_cast<TimeMs>(kTraitWritesMax) + 1);
  EXPECT_EQ(periods.size(), kTraitWritesMax);
  EXPECT_EQ(at(periods, 500), "500");
  EXPECT_EQ(at(periods, kept_from), std::to_string(kept_from)) << "what was folded still counts";
}

TEST(TraitHistory, AWeakerSourceMakesNoPeriod) {
  TraitRule rule;
  rule.name = "t";
  rule.sources = {"erp"};
  TraitHistory history;
  TraitWrite erp = set("gold", 10, 10);
  erp.source = "erp";
  history.note(kOne, erp, &rule);
  history.note(kTwo, set("none", 20, 20), &rule);
  EXPECT_EQ(known(history, INT64_MAX, &rule).size(), 1u);
  EXPECT_EQ(known(history, INT64_MAX).size(), 2u);
}

// The answer as of (T, K) is what a person is who was told just the writes up to both: whole values
// in whatever order they came, additions in the order of their times.
TEST(TraitHistory, EqualsAPersonWhoWasToldJustThoseWrites) {
  uint64_t seed = testing::test_seed(3);
  for (uint64_t round = 0; round < 300; ++round) {
    SCOPED_TRACE("WEIR_SEED=" + std::to_string(seed + round));
    testing::SeededRandom random(seed + round);
    TraitHistory history;
    std::vector<TraitWrite> all;
    bool whole = round % 2 == 0;
    for (Position i = 1; i <= 40; ++i) {
      auto op = static_cast<TraitOp>(1 + random.below(5));
      if (whole) op = random.chance(80) ? TraitOp::Set : TraitOp::Unset;
      TimeMs received = 1000 + static_cast<TimeMs>(i) * 10;
      // Numbers all different: repeats are dropped on purpose.
      TraitWrite write{{op, "t", static_cast<int64_t>(i) * 7},
                       {received - random.below(200), i},
                       received,
                       "web"};
      if (op == TraitOp::Unset) write.change.value = {};
      all.push_back(write);
      history.note(random.chance(50) ? kOne : kTwo, write, nullptr);
    }
    if (!whole) std::ranges::sort(all, {}, &TraitWrite::stamp);
    for (int question = 0; question < 30; ++question) {
      TimeMs time = 800 + random.below(620), known_at = 1000 + random.below(420);
      Person told;
      for (const TraitWrite& write : all) {
        if (write.stamp.time > time || write.received > known_at) continue;
        told.change(write.change, write.stamp, write.source);
      }
      const Trait* trait = told.find_trait("t");
      EXPECT_EQ(at(known(history, known_at), time),
                trait == nullptr ? "(none)" : display_text(trait->value));
    }
  }
}

}  // namespace
}  // namespace weir::profile

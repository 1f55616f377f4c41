#include "ports/everybody_walk.h"

#include "tests/support/fold_harness.h"

#include <gtest/gtest.h>

namespace weir {
namespace {

/// People 0 … n − 1, of whom every seventh is gone.
class Crowd : public IdentityReader {
 public:
  explicit Crowd(uint32_t n) : size(n) {}
  std::optional<IdentityOrdinal> find(const Identity&) const override { return {}; }
  const Identity& identity(IdentityOrdinal) const override { return nobody_; }
  ProfileOrdinal owner(IdentityOrdinal o) const override { return ProfileOrdinal(o.value); }
  ProfileOrdinal canonical(ProfileOrdinal p) const override { return p; }
  std::vector<IdentityOrdinal> identities_of(ProfileOrdinal) const override { return {}; }
  const Identity* latest(ProfileOrdinal, IdentityKind, std::string_view) const override {
    return nullptr;
  }
  std::vector<ProfileOrdinal> live_profiles(ProfileOrdinal from, size_t limit) const override {
    std::vector<ProfileOrdinal> out;
    for (uint32_t p = from.value; p < size && out.size() < limit; ++p) {
      if (p % 7 != 6) out.emplace_back(p);
    }
    return out;
  }
  uint32_t identity_count() const override { return size; }
  uint32_t profile_count() const override { return size; }
  uint32_t size;

 private:
  Identity nobody_;
};

class Walker : public Fold {
 public:
  explicit Walker(const Crowd& crowd) : walk("ww", "walker", crowd) {}
  std::string_view name() const override { return "walker"; }
  Status load(const StateStore& store) override { return walk.load(store); }
  void save(WriteBatch& batch) override { walk.save(batch); }
  void apply(Step&, StepContext&) override {}
  void on_timer(std::string_view key, TimeMs, StepContext& context) override {
    ASSERT_TRUE(EverybodyWalk::owns_timer(key));
    walk.on_timer(
        key,
        [&](ProfileOrdinal p, const std::vector<std::string>& definitions) {
          for (const std::string& id : definitions) seen[id].insert(p.value);
        },
        context);
  }
  EverybodyWalk walk;
  std::map<std::string, std::multiset<uint32_t>> seen;
};

std::set<uint32_t> everybody(uint32_t size) {
  std::set<uint32_t> out;
  for (uint32_t p = 0; p < size; ++p) {
    if (p % 7 != 6) out.insert(p);
  }
  return out;
}

std::set<uint32_t> distinct(const std::multiset<uint32_t>& people) {
  return {people.begin(), people.end()};
}

TEST(EverybodyWalk, EveryDefinitionSeesEverybodyWheneverItCame) {
  for (uint32_t size : {0u, 1u, 499u, 500u, 40'000u}) {
    Crowd crowd(size);
    Walker walker(crowd);
    testing::FoldHarness harness(1000, {&walker});
    walker.walk.start("a", harness);
    harness.advance_by(0);
    walker.walk.start("b", harness);
    harness.advance_by(1);
    walker.walk.start("c", harness);
    walker.walk.start("gone", harness);
    walker.walk.stop("gone");
    harness.advance_by(1'000'000);
    for (const char* id : {"a", "b", "c"}) {
      EXPECT_EQ(distinct(walker.seen[id]), everybody(size)) << id << " of " << size;
      // At most a step's people are seen twice.
      EXPECT_LE(walker.seen[id].size(), everybody(size).size() + 500) << id << " of " << size;
    }
    EXPECT_TRUE(walker.seen["gone"].empty());
    EXPECT_EQ(harness.timer_count(), 0) << size;
  }
}

TEST(EverybodyWalk, GoesOnAfterARestart) {
  Crowd crowd(40'000);
  Walker before(crowd), after(crowd);
  testing::MapStateStore store;
  testing::FoldHarness first(1000, {&before}), second(1000, {&after});
  before.walk.start("a", first);
  first.advance_by(1);
  before.walk.start("b", first);
  first.save(store);
  second.load(store);
  second.restore(first.snapshot());
  second.advance_by(1'000'000);
  std::multiset<uint32_t> a = before.seen["a"];
  a.insert(after.seen["a"].begin(), after.seen["a"].end());
  EXPECT_EQ(distinct(a), everybody(40'000));
  EXPECT_LE(a.size(), everybody(40'000).size() + 500);
  EXPECT_EQ(distinct(after.seen["b"]), everybody(40'000));
}

}  // namespace
}  // namespace weir

#include "identity/identity.h"

#include "base/metrics.h"
#include "base/real_env.h"
#include "model/facts.h"
#include "tests/support/erasure_sink.h"
#include "tests/support/fold_harness.h"
#include "tests/support/seeded_random.h"

#include <gtest/gtest.h>

#include <map>
#include <numeric>
#include <set>

namespace weir::identity {
namespace {

using testing::FoldHarness;
using testing::MapStateStore;
using testing::SeededRandom;

constexpr TimeMs kStart = 1'772'409'600'000;

/// Remembers what the other folds are told.
class Listener : public Fold {
 public:
  std::string_view name() const override { return "listener"; }
  Status load(const StateStore&) override { return {}; }
  void save(WriteBatch&) override {}
  void apply(Step& step, StepContext&) override { steps.push_back(step.profile); }
  void on_merge(ProfileOrdinal from, ProfileOrdinal into, StepContext&) override {
    merges.emplace_back(from.value, into.value);
  }
  void on_erase(ProfileOrdinal profile, StepContext&) override { erased.push_back(profile.value); }
  std::vector<std::optional<ProfileOrdinal>> steps;
  std::vector<std::pair<uint32_t, uint32_t>> merges;
  std::vector<uint32_t> erased;
};

struct World {
  explicit World(IdentityRules rules = {})
      : fold(IdentityFold::make(std::move(rules), sink, metrics)),
        harness(kStart, {fold.get(), &listener}) {}

  Step apply(RecordKind kind, std::vector<Identity> identities, TimeMs time = 0) {
    Envelope record;
    record.kind = kind;
    record.source = "web";
    record.name = "e";
    record.event_time = time;
    record.identities = std::move(identities);
    return harness.apply(std::move(record));
  }
  Step track(std::vector<Identity> identities, TimeMs time = 0) {
    return apply(RecordKind::Track, std::move(identities), time);
  }
  /// UINT32_MAX when the identity is unknown.
  uint32_t owner(const Identity& identity) const {
    auto ordinal = fold->find(identity);
    return ordinal ? fold->owner(*ordinal).value : UINT32_MAX;
  }
  bool same(const Identity& a, const Identity& b) const { return owner(a) == owner(b); }
  size_t cluster_of(const Identity& identity) const {
    return fold->identities_of(ProfileOrdinal(owner(identity))).size();
  }

  Metrics metrics;
  testing::RecordingErasureSink sink;
  Listener listener;
  std::unique_ptr<IdentityFold> fold;
  FoldHarness harness;
};

Identity user(std::string value) {
  return {IdentityKind::UserId, "", std::move(value)};
}
Identity anon(std::string value) {
  return {IdentityKind::AnonymousId, "", std::move(value)};
}
Identity device(std::string value) {
  return {IdentityKind::Device, "", std::move(value)};
}
Identity phone(std::string value) {
  return {IdentityKind::Phone, "", std::move(value)};
}
Identity openid(std::string appid, std::string value) {
  return {IdentityKind::OpenId, std::move(appid), std::move(value)};
}
Identity unionid(std::string value) {
  return {IdentityKind::UnionId, "default", std::move(value)};
}

TEST(Identity, GivesEveryNewIdentityAProfileAndKnownOnesTheirs) {
  World w;
  Step first = w.track({anon("a")});
  EXPECT_EQ(first.profile, ProfileOrdinal(0));
  EXPECT_EQ(first.identity, IdentityOrdinal(0));
  EXPECT_EQ(w.track({anon("b")}).profile, ProfileOrdinal(1));
  EXPECT_EQ(w.track({anon("a")}).profile, ProfileOrdinal(0));
  EXPECT_EQ(w.fold->profile_count(), 2u);
}

TEST(Identity, LinksAllIdentitiesOfOneRecord) {
  World w;
  Step step = w.track({anon("a"), user("u"), phone("t1")});
  EXPECT_EQ(step.profile, ProfileOrdinal(0));
  EXPECT_EQ(w.fold->profile_count(), 1u);
  EXPECT_EQ(w.cluster_of(user("u")), 3u);
  EXPECT_TRUE(w.listener.merges.empty()) << "new identities join, they do not merge";
}

TEST(Identity, MergesProfilesIntoTheOlderOneAndTellsEveryFold) {
  World w;
  w.track({anon("a")});
  w.track({user("u")});
  Step step = w.apply(RecordKind::Identify, {user("u"), anon("a")});
  EXPECT_EQ(step.profile, ProfileOrdinal(0));
  EXPECT_EQ(w.listener.merges, (std::vector<std::pair<uint32_t, uint32_t>>{{1, 0}}));
  EXPECT_EQ(w.fold->canonical(ProfileOrdinal(1)), ProfileOrdinal(0));
  EXPECT_EQ(w.fold->merges_total(), 1u);
  auto facts = w.harness.facts_named(facts::kProfilesMerged);
  ASSERT_EQ(facts.size(), 1u);
  EXPECT_EQ(string_property(facts[0].record.properties, "from"), "p1");
  EXPECT_EQ(string_property(facts[0].record.properties, "into"), "p0");
  EXPECT_EQ(w.listener.steps.back(), ProfileOrdinal(0)) << "the fact is the survivor's";
  EXPECT_FALSE(w.fold->info(ProfileOrdinal(1))->live);
  EXPECT_EQ(w.fold->live_profiles(ProfileOrdinal(0), 10), std::vector{ProfileOrdinal(0)});
}

TEST(Identity, StoresARecordUnderItsFirstIdentityThatIsNotPersonal) {
  World w;
  Step step = w.track({phone("t1"), anon("a"), user("u")});
  EXPECT_EQ(w.fold->identity(*step.identity), anon("a"));
  EXPECT_EQ(w.fold->identity(*w.track({phone("t2")}).identity), phone("t2"));
}

TEST(Identity, BlockedValuesIdentifyNobody) {
  World w;
  for (auto value : {"", "0", "-1", "null", "NULL", "anonymous", "undefined", " unknown ", "test",
                     "000000", "00000000-0000-0000-0000-000000000000", "None", "NaN"}) {
    EXPECT_FALSE(w.track({user(value)}).profile.has_value()) << value;
    Step step = w.track({user(value), anon(std::string("a") + value)});
    EXPECT_EQ(w.fold->identity(*step.identity), anon(std::string("a") + value));
    EXPECT_EQ(w.cluster_of(anon(std::string("a") + value)), 1u) << value;
  }
  EXPECT_TRUE(w.track({user("0012")}).profile.has_value());
}

TEST(Identity, AliasLinksTheTwoItNames) {
  World w;
  w.track({anon("a")});
  w.track({user("u")});
  w.apply(RecordKind::Alias, {user("u"), anon("a")});
  EXPECT_TRUE(w.same(user("u"), anon("a")));
  EXPECT_EQ(w.fold->explain(ProfileOrdinal(0)).links.at(0).rule, "alias");
}

TEST(Identity, TwoMembersNeverBecomeOne) {
  World w;
  w.track({user("u1"), anon("browser")});
  Step step = w.apply(RecordKind::Identify, {user("u2"), anon("browser")});
  EXPECT_FALSE(w.same(user("u1"), user("u2")));
  EXPECT_TRUE(w.same(user("u1"), anon("browser")))
      << "a shared browser stays with the first member";
  EXPECT_EQ(step.profile, ProfileOrdinal(w.owner(user("u2"))));
  auto why = w.fold->explain(*step.profile);
  ASSERT_EQ(why.links.size(), 1u);
  EXPECT_EQ(why.links[0].refused, "kind_limit");
  EXPECT_EQ(why.links[0].rule, "identify");
  for (int i = 0; i < 5; ++i) w.apply(RecordKind::Identify, {user("u2"), anon("browser")});
  EXPECT_EQ(w.fold->links_refused_total(), 1u) << "a repeated refusal is one row";
}

TEST(Identity, AWeakIdentityOfAnotherPersonDoesNotKeepStrongOnesApart) {
  World w;
  w.track({user("u1"), anon("browser")});
  w.track({anon("browser"), user("u2"), phone("t2")});
  EXPECT_TRUE(w.same(user("u2"), phone("t2")));
  EXPECT_TRUE(w.same(user("u1"), anon("browser")));
}

TEST(Identity, HoldsTheLimitOfEachKind) {
  World w;
  w.track({user("u"), unionid("un1"), openid("app1", "o1"), openid("app2", "o2")});
  EXPECT_EQ(w.cluster_of(user("u")), 4u) << "one openid of each service account";
  w.track({user("u"), openid("app1", "o9")});
  EXPECT_FALSE(w.same(user("u"), openid("app1", "o9")));
  w.track({user("u"), unionid("un2")});
  EXPECT_FALSE(w.same(user("u"), unionid("un2")));
  for (int i = 1; i <= 5; ++i) w.track({user("u"), phone("t" + std::to_string(i))});
  int phones = 0;
  for (int i = 1; i <= 5; ++i) phones += w.same(user("u"), phone("t" + std::to_string(i))) ? 1 : 0;
  EXPECT_EQ(phones, 3);
}

TEST(Identity, FiveNewDevicesAWeek) {
  World w;
  for (int day = 0; day < 20; ++day) {
    w.track({user("u"), device("d" + std::to_string(day))}, kStart + day * kHourMs);
  }
  EXPECT_EQ(w.cluster_of(user("u")), 6u);
  for (int week = 1; week <= 3; ++week) {
    w.track({user("u"), device("w" + std::to_string(week))}, kStart + week * 8 * kDayMs);
  }
  EXPECT_EQ(w.cluster_of(user("u")), 9u);
}

TEST(Identity, NoPersonGrowsBeyondTheHardLimit) {
  World w;
  for (int i = 0; i < 10'000; ++i) {  // a chain: each record names its neighbour
    w.track({anon("a" + std::to_string(i)), anon("a" + std::to_string(i + 1))});
  }
  size_t biggest = 0;
  for (ProfileOrdinal p : w.fold->live_profiles(ProfileOrdinal(0), 100'000)) {
    biggest = std::max(biggest, w.fold->identities_of(p).size());
  }
  EXPECT_LE(biggest, 100u);
  EXPECT_TRUE(w.fold->oversized(ProfileOrdinal(0)));
  EXPECT_GT(w.fold->links_refused_total(), 50u);
}

TEST(Identity, ACycleOfTenThousandEndsWithinTheLimits) {
  World w;
  for (int i = 0; i < 10'000; ++i) {
    w.apply(RecordKind::Alias,
            {anon("c" + std::to_string(i)), anon("c" + std::to_string((i + 1) % 10'000))});
  }
  for (ProfileOrdinal p : w.fold->live_profiles(ProfileOrdinal(0), 100'000)) {
    EXPECT_LE(w.fold->identities_of(p).size(), 100u);
  }
}

TEST(Identity, AShopsTabletStopsMergingItsCustomers) {
  World w;
  for (int i = 0; i < 1000; ++i) {
    w.track({anon("a" + std::to_string(i)), device("tablet")}, kStart + i * kMinuteMs);
    w.track({user("u" + std::to_string(i)), device("tablet")}, kStart + i * kMinuteMs);
  }
  EXPECT_LE(w.cluster_of(device("tablet")), 6u);
  auto why = w.fold->explain(ProfileOrdinal(w.owner(user("u500"))));
  ASSERT_EQ(why.links.size(), 1u);
  EXPECT_EQ(why.links[0].refused, "shared_value");
  for (int i = 0; i < 1000; ++i) EXPECT_NE(w.owner(user("u" + std::to_string(i))), UINT32_MAX);
}

TEST(Identity, APhoneOfMoreThanFivePersonsInThirtyDaysIsDemoted) {
  World w;
  w.track({user("u0"), phone("family")});
  for (int i = 1; i <= 5; ++i) w.track({user("u" + std::to_string(i)), phone("family")});
  w.track({anon("before"), phone("family")});
  EXPECT_TRUE(w.same(anon("before"), phone("family"))) << "five others are still a family";
  w.track({user("u6"), phone("family")});
  w.track({anon("after"), phone("family")});
  EXPECT_FALSE(w.same(anon("after"), phone("family")));
  EXPECT_TRUE(w.same(user("u0"), phone("family"))) << "what was linked stays until someone cuts it";

  World slow;
  slow.track({user("u0"), phone("p")});
  for (int i = 1; i <= 20; ++i) {
    slow.track({user("u" + std::to_string(i)), phone("p")}, kStart + i * 10 * kDayMs);
  }
  slow.track({anon("after"), phone("p")}, kStart + 201 * kDayMs);
  EXPECT_TRUE(slow.same(anon("after"), phone("p"))) << "never more than five within thirty days";
}

TEST(Identity, APersonKnownByOnePhoneInManyPlacesIsNotShared) {
  World w;
  w.track({user("u"), phone("t")});
  for (int i = 0; i < 12; ++i) w.track({openid("app" + std::to_string(i), "o"), phone("t")});
  EXPECT_EQ(w.cluster_of(user("u")), 14u);
}

TEST(Identity, FactsGoToTheSurvivorAndEffectsNeverMakeAPerson) {
  World w;
  w.track({anon("a")});
  w.track({user("u")});
  w.harness.emit(
      [] {
        Envelope e;
        e.name = "later";
        return e;
      }(),
      ProfileOrdinal(1));
  w.apply(RecordKind::Identify, {user("u"), anon("a")});
  EXPECT_EQ(w.listener.steps.at(3), ProfileOrdinal(0));
  EXPECT_FALSE(w.apply(RecordKind::Receipt, {user("stranger")}).profile.has_value());
  EXPECT_EQ(w.apply(RecordKind::Receipt, {user("u")}).profile, ProfileOrdinal(0));
  EXPECT_FALSE(w.apply(RecordKind::Definition, {user("u")}).profile.has_value());
  EXPECT_EQ(w.fold->identity_count(), 2u);
}

TEST(Identity, ExplainsWhyIdentitiesAreOnePerson) {
  World w;
  w.track({anon("a"), device("d")});
  w.apply(RecordKind::Identify, {user("u"), anon("a")}, kStart + 5);
  auto why = w.fold->explain(ProfileOrdinal(0));
  ASSERT_EQ(why.identities.size(), 3u);
  EXPECT_EQ(why.identities[0].identity, anon("a"));
  EXPECT_EQ(why.identities[0].first_seen, kStart);
  EXPECT_EQ(why.identities[0].last_seen, kStart + 5);
  EXPECT_EQ(why.identities[0].source, "web");
  ASSERT_EQ(why.links.size(), 2u);
  EXPECT_EQ(why.links[0].rule, "identify");
  EXPECT_EQ(why.links[0].message_id, "m1");
  EXPECT_EQ(why.links[0].position, 1u);
  EXPECT_EQ(why.links[1].rule, "same_record");
  EXPECT_TRUE(w.fold->explain(ProfileOrdinal(99)).identities.empty());
}

TEST(Identity, LatestIsTheIdentitySeenLast) {
  World w;
  w.track({user("u"), openid("app", "o1"), openid("app2", "o2")}, kStart + 10);
  w.track({openid("app", "o1")}, kStart + 20);
  EXPECT_EQ(*w.fold->latest(ProfileOrdinal(0), IdentityKind::OpenId, ""), openid("app", "o1"));
  EXPECT_EQ(*w.fold->latest(ProfileOrdinal(0), IdentityKind::OpenId, "app2"), openid("app2", "o2"));
  EXPECT_EQ(w.fold->latest(ProfileOrdinal(0), IdentityKind::Phone, ""), nullptr);
}

Envelope sealed_record(const Identity& id, char generation) {
  Envelope record;
  record.kind = RecordKind::Identify;
  record.identities = {id};
  record.traits = {{TraitOp::Set, "phone",
                    Sealed{std::string(12, 'k') + std::string(4, generation), "phone", "", "x"}}};
  return record;
}

TEST(Identity, ErasingForgetsThePersonAndHandsItsKeysOver) {
  World w;
  w.harness.apply(sealed_record(user("u"), 'A'));
  w.harness.apply(sealed_record(anon("a"), 'B'));
  w.apply(RecordKind::Identify, {user("u"), anon("a"), phone("t")});
  w.track({user("other")});
  Step step = w.apply(RecordKind::Erase, {phone("t")});
  EXPECT_FALSE(step.profile.has_value());
  EXPECT_EQ(w.listener.erased, std::vector<uint32_t>{0});
  for (const Identity& id : {user("u"), anon("a"), phone("t")})
    EXPECT_FALSE(w.fold->find(id).has_value());
  EXPECT_TRUE(w.fold->find(user("other")).has_value());
  EXPECT_EQ(w.fold->profile_count(), 1u);
  EXPECT_TRUE(w.fold->info(ProfileOrdinal(0))->erased);
  EXPECT_TRUE(w.sink.submitted.empty()) << "only a live pipeline reaches the outside";
  w.harness.end_batch();
  w.harness.end_batch();
  ASSERT_EQ(w.sink.submitted.size(), 1u);
  EXPECT_EQ(w.sink.submitted[0].second,
            (std::vector<PersonalKey>{{user("u"), "AAAA"}, {anon("a"), "BBBB"}}));

  EXPECT_EQ(w.track({user("u")}).profile, ProfileOrdinal(3)) << "who comes back is someone new";
  w.apply(RecordKind::Erase, {phone("t")});
  EXPECT_TRUE(w.fold->find(user("u")).has_value())
      << "an erasure of an unknown person touches nobody";
}

TEST(Identity, ErasureLeavesNoValueInTheState) {
  World w;
  MapStateStore store;
  w.track({user("marker-u"), anon("marker-a"), openid("app", "marker-o")});
  w.harness.save(store);
  w.apply(RecordKind::Erase, {user("marker-u")});
  w.harness.save(store);
  for (const auto& [key, value] : store.rows()) EXPECT_EQ(value.find("marker"), std::string::npos);
}

TEST(Identity, APendingErasureIsHandedOverAgainAfterARestartUntilConfirmed) {
  World w;
  MapStateStore store;
  w.harness.apply(sealed_record(user("u"), 'A'));
  w.apply(RecordKind::Erase, {user("u")});
  w.harness.end_batch();
  w.harness.save(store);

  World restarted;
  restarted.harness.load(store);
  restarted.harness.end_batch();
  ASSERT_EQ(restarted.sink.submitted, w.sink.submitted);
  restarted.sink.done = {1};
  restarted.harness.end_batch();
  restarted.harness.save(store);

  World after;
  after.harness.load(store);
  after.harness.end_batch();
  EXPECT_TRUE(after.sink.submitted.empty());
}

TEST(Identity, TheMappingSnapshotIsSharedUntilTheMappingChanges) {
  World w;
  w.track({anon("a")});
  w.track({user("u")});
  auto before = w.fold->mapping_snapshot();
  w.track({anon("a")});
  EXPECT_EQ(w.fold->mapping_snapshot(), before);
  w.apply(RecordKind::Identify, {user("u"), anon("a")});
  EXPECT_EQ(*before, (std::vector<uint32_t>{0, 1}));
  EXPECT_EQ(*w.fold->mapping_snapshot(), (std::vector<uint32_t>{0, 0}));
  w.apply(RecordKind::Erase, {anon("a")});
  EXPECT_EQ(w.fold->mapping_snapshot()->at(0), IdentityFold::kNobody);
}

// I1: the partition does not depend on the order of the log.
TEST(Identity, TenThousandPermutedLogsGiveOnePartition) {
  uint64_t seed = testing::test_seed(20261124);
  SeededRandom random(seed);
  SCOPED_TRACE("WEIR_SEED=" + std::to_string(seed));
  for (int round = 0; round < 500; ++round) {
    // People with ids of their own that never collide, so that no limit is reached.
    std::vector<std::vector<Identity>> log;
    std::vector<Identity> all;
    std::vector<size_t> parent;
    std::function<size_t(size_t)> root = [&](size_t i) {
      return parent[i] == i ? i : root(parent[i]);
    };
    uint32_t persons = 2 + random.below(4);
    for (uint32_t p = 0; p < persons; ++p) {
      std::string tail = std::to_string(p);
      size_t first = all.size();
      for (const Identity& id : {user("u" + tail), anon("a" + tail), anon("b" + tail),
                                 phone("t" + tail), phone("s" + tail), openid("app", "o" + tail),
                                 device("d" + tail), unionid("n" + tail)}) {
        all.push_back(id);
        parent.push_back(parent.size());
      }
      for (uint32_t r = 0, records = 1 + random.below(8); r < records; ++r) {
        std::vector<Identity> ids;
        std::set<uint32_t> picked;
        for (uint32_t k = 1 + random.below(3); k > 0; --k) picked.insert(random.below(8));
        for (uint32_t k : picked) {
          ids.push_back(all[first + k]);
          parent[root(first + k)] = root(first + *picked.begin());
        }
        random.shuffle(ids);
        log.push_back(std::move(ids));
      }
    }
    for (int order = 0; order < 20; ++order) {
      random.shuffle(log);
      World w;
      for (const auto& ids : log) w.track(ids);
      for (size_t i = 0; i < all.size(); ++i) {
        for (size_t j = 0; j < i; ++j) {
          if (!w.fold->find(all[i]) || !w.fold->find(all[j])) continue;
          ASSERT_EQ(w.same(all[i], all[j]), root(i) == root(j))
              << "round " << round << " order " << order;
        }
      }
    }
  }
}

// The state that was saved and loaded in the middle goes on like the one that never stopped.
TEST(Identity, ReplayThroughSaveAndLoadEqualsTheContinuousRun) {
  uint64_t seed = testing::test_seed(7);
  SCOPED_TRACE("WEIR_SEED=" + std::to_string(seed));
  for (int round = 0; round < 60; ++round) {
    SeededRandom random(seed + static_cast<uint64_t>(round));
    auto record = [&]() -> std::pair<RecordKind, std::vector<Identity>> {
      auto any = [&] {
        std::string n = std::to_string(random.below(12));
        switch (random.below(5)) {
          case 0: return user("u" + n);
          case 1: return phone("t" + n);
          case 2: return device("d" + n);
          case 3: return openid("app", "o" + n);
          default: return anon("a" + n);
        }
      };
      std::vector<Identity> ids;
      for (uint32_t k = 1 + random.below(3); k > 0; --k) ids.push_back(any());
      uint32_t dice = random.below(20);
      return {dice == 0  ? RecordKind::Erase
              : dice < 5 ? RecordKind::Identify
                         : RecordKind::Track,
              ids};
    };
    World continuous;
    auto stopping = std::make_unique<World>();
    MapStateStore store, straight;
    for (int i = 0; i < 200; ++i) {
      auto [kind, ids] = record();
      Step a = continuous.apply(kind, ids, kStart + i * kHourMs);
      Step b = stopping->apply(kind, ids, kStart + i * kHourMs);
      ASSERT_EQ(a.profile, b.profile);
      ASSERT_EQ(a.identity, b.identity);
      if (random.chance(10)) {
        stopping->harness.save(store);
        auto next = std::make_unique<World>();
        next->harness.load(store);
        next->harness.restore(stopping->harness.snapshot());
        stopping = std::move(next);
      }
    }
    stopping->harness.save(store);
    continuous.harness.save(straight);
    ASSERT_EQ(store.rows(), straight.rows()) << "round " << round;
  }
}

TEST(Identity, RefusesToLoadDamagedRows) {
  World w;
  MapStateStore store;
  w.track({user("u"), anon("a")});
  w.harness.save(store);
  for (const auto& [key, value] : store.rows()) {
    MapStateStore damaged;
    WriteBatch batch;
    for (const auto& [k, v] : store.rows()) batch.put(k, k == key ? "\xff\xff\xff" : v);
    ASSERT_TRUE(damaged.write(batch).has_value());
    World other;
    auto status = other.fold->load(damaged);
    ASSERT_FALSE(status.has_value());
    EXPECT_EQ(status.error().code, ErrorCode::DataLoss);
  }
}

TEST(Identity, FoldsKnownIdentitiesAtMemorySpeed) {
  World w;
  constexpr int kPeople = 50'000, kRecords = 300'000;
  std::vector<Envelope> records;
  for (int i = 0; i < kPeople; ++i) {
    Envelope e;
    e.source = "web";
    e.name = "e";
    e.event_time = kStart;
    e.identities = {anon("550e8400-e29b-41d4-a716-4466" + std::to_string(10'000'000 + i)),
                    user("m" + std::to_string(i))};
    w.harness.apply(e);
    records.push_back(std::move(e));
  }
  auto env = make_real_env();
  int64_t start = env->clock().monotonic_us();
  uint64_t sum = 0;
  for (int i = 0; i < kRecords; ++i) {
    const Envelope& e = records[static_cast<size_t>(i) * 7919 % kPeople];
    Step step{e, 0, 0, kStart, {}, {}};
    w.fold->apply(step, w.harness);
    sum += step.profile->value;
  }
  double us = static_cast<double>(env->clock().monotonic_us() - start);
  EXPECT_GT(sum, 0u);
  std::printf("identity: %.0f k records/s with two known identities each\n", kRecords / us * 1000);
}

/// Persons 0, 1, 2 are joined: 2 into 1, then 1 into 0.
struct Chain : World {
  Chain() {
    track({anon("a")});
    track({anon("b")});
    track({anon("c")});
    track({anon("b"), anon("c")});
    track({anon("a"), anon("b")});
    EXPECT_EQ(cluster_of(anon("a")), 3u);
  }
  void cut(const std::string& id, std::vector<Identity> side) {
    std::vector<IdentityOrdinal> named;
    for (const Identity& one : side) named.push_back(*fold->find(one));
    Envelope record;
    record.kind = RecordKind::Definition;
    record.name = std::string(kCutPrefix) + id;
    record.properties = {{"body", JsonText{cut_body(named, "test")}}};
    harness.apply(std::move(record));
  }
  uint32_t canonical(uint32_t profile) const {
    return fold->canonical(ProfileOrdinal(profile)).value;
  }
};

TEST(IdentityCut, GivesEachSideTheProfileBackThatWasItsOwn) {
  Chain w;
  w.cut("1", {anon("b"), anon("c")});
  EXPECT_EQ(w.owner(anon("a")), 0u);
  EXPECT_EQ(w.owner(anon("b")), 1u);
  EXPECT_EQ(w.owner(anon("c")), 1u);
  EXPECT_EQ(w.canonical(2), 1u) << "it was joined to b before";
  w.cut("2", {anon("c")});
  EXPECT_EQ(w.owner(anon("c")), 2u);
  EXPECT_EQ(w.fold->profile_count(), 3u);
  EXPECT_EQ(w.fold->merges_total(), 0u);
}

TEST(IdentityCut, WhoStaysIsNotReachedThroughWhoLeft) {
  Chain w;
  w.cut("1", {anon("b")});
  EXPECT_EQ(w.owner(anon("b")), 1u);
  EXPECT_EQ(w.owner(anon("c")), 0u);
  EXPECT_EQ(w.canonical(2), 0u);
}

TEST(IdentityCut, IsEvidenceInTheLedgerAndChangesNothingWhenItFitsNobody) {
  Chain w;
  auto parting = w.fold->preview_cut({*w.fold->find(anon("a"))});
  ASSERT_TRUE(parting.has_value());
  EXPECT_EQ(parting->profile, ProfileOrdinal(0));
  EXPECT_EQ(parting->rest.size(), 1u) << "person 0 began with a: the others leave";
  EXPECT_EQ(parting->back, ProfileOrdinal(1));
  EXPECT_EQ(parting->links.size(), 1u);
  w.cut("all", {anon("a"), anon("b"), anon("c")});
  EXPECT_EQ(w.cluster_of(anon("a")), 3u);
  EXPECT_FALSE(w.fold->cut_known("all"));
  w.cut("a", {anon("a")});
  EXPECT_TRUE(w.fold->cut_known("a"));
  Explanation why = w.fold->explain(ProfileOrdinal(0));
  ASSERT_FALSE(why.links.empty());
  EXPECT_EQ(why.links.front().rule, "cut");
  EXPECT_EQ(why.links.front().refused, "cut");
  w.track({anon("a"), anon("b")});
  EXPECT_EQ(w.fold->explain(ProfileOrdinal(0)).links.front().rule, "same_record");
  EXPECT_EQ(w.fold->explain(ProfileOrdinal(0)).links.front().refused, "cut");
  EXPECT_EQ(w.fold->preview_cut({}).error().field, "apart");
  EXPECT_EQ(w.fold->preview_cut({IdentityOrdinal(99)}).error().code, ErrorCode::NotFound);
  auto two = w.fold->preview_cut({*w.fold->find(anon("a")), *w.fold->find(anon("b"))});
  EXPECT_NE(two.error().message.find("another person"), std::string::npos);
}

TEST(IdentityCut, WhatTheMergedPersonWasTooLargeForIsTriedAgain) {
  Chain w;
  w.track({user("u1"), anon("a")});
  w.track({user("u2"), anon("c")});  // the person has a member number
  EXPECT_FALSE(w.same(user("u2"), anon("c")));
  w.cut("1", {anon("c")});
  EXPECT_TRUE(w.same(user("u2"), anon("c"))) << "as if a, b and c had never been one";
  EXPECT_TRUE(w.same(user("u1"), anon("a")));
  EXPECT_FALSE(w.same(anon("a"), anon("c")));
}

}  // namespace
}  // namespace weir::identity

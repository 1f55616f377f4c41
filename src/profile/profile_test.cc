#include "profile/profile.h"

#include "model/facts.h"
#include "tests/support/fold_harness.h"
#include "tests/support/seeded_random.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

namespace weir::profile {
namespace {

constexpr TimeMs kStart = 1772380800000;

/// Says whose a record is: "p<n>" as its user_id is identity n, of person n until a merge.
class Owner : public Fold, public IdentityReader {
 public:
  std::string_view name() const override { return "owner"; }
  Status load(const StateStore&) override { return {}; }
  void save(WriteBatch&) override {}
  void apply(Step& step, StepContext&) override {
    if (step.profile || step.record.identities.empty()) return;
    for (const Identity& identity : step.record.identities) {
      auto id = parse_profile_id(identity.value);
      if (!id) continue;
      owners_.try_emplace(id->value, id->value);
      step.identity = IdentityOrdinal(id->value);
      step.profile = owner(*step.identity);
    }
  }
  ProfileOrdinal owner(IdentityOrdinal identity) const override {
    return ProfileOrdinal(owners_.at(identity.value));
  }
  std::vector<IdentityOrdinal> identities_of(ProfileOrdinal profile) const override {
    std::vector<IdentityOrdinal> all;
    for (auto [identity, owner] : owners_) {
      if (owner == profile.value) all.emplace_back(identity);
    }
    return all;
  }
  /// The phone number "p<n>" is identity n, too.
  std::optional<IdentityOrdinal> find(const Identity& identity) const override {
    auto id = parse_profile_id(identity.value);
    if (identity.kind != IdentityKind::Phone || !id) return std::nullopt;
    return IdentityOrdinal(id->value);
  }
  const Identity& identity(IdentityOrdinal) const override { return none_; }
  ProfileOrdinal canonical(ProfileOrdinal profile) const override { return profile; }
  const Identity* latest(ProfileOrdinal, IdentityKind, std::string_view) const override {
    return nullptr;
  }
  std::vector<ProfileOrdinal> live_profiles(ProfileOrdinal, size_t) const override { return {}; }
  uint32_t identity_count() const override { return 0; }
  uint32_t profile_count() const override { return 0; }
  void move(uint32_t from, uint32_t into) {
    for (auto& [identity, owner] : owners_) {
      if (owner == from) owner = into;
    }
  }
  void part(uint32_t identity) { owners_[identity] = identity; }
  void forget(uint32_t profile) {
    std::erase_if(owners_, [&](const auto& one) { return one.second == profile; });
  }

 private:
  std::map<uint32_t, uint32_t> owners_;
  Identity none_;
};

struct Fixture : ::testing::Test {
  Owner owner;
  TraitSchemas schemas;
  std::unique_ptr<Profiles> profiles = Profiles::make(owner, schemas);
  testing::FoldHarness harness{kStart, {&owner, profiles.get()}};

  void merge(uint32_t from, uint32_t into) {
    owner.move(from, into);
    harness.merged(ProfileOrdinal(from), ProfileOrdinal(into));
  }
  /// Person `n` leaves `kept` as it came.
  void split(uint32_t kept, uint32_t n) {
    owner.part(n);
    harness.split({ProfileOrdinal(kept), ProfileOrdinal(n), {IdentityOrdinal(n)}, {}});
  }
  void erase(uint32_t profile) {
    harness.erased(ProfileOrdinal(profile));
    owner.forget(profile);
  }
  Envelope record(uint32_t person, std::string name, Properties properties = {}) {
    Envelope e;
    e.name = std::move(name);
    e.identities = {{IdentityKind::UserId, "", "p" + std::to_string(person)}};
    e.properties = std::move(properties);
    return e;
  }
  void define(std::string body) {
    Envelope e;
    e.kind = RecordKind::Definition;
    e.name = kTraitsDefinition;
    e.properties = {{"body", JsonText{std::move(body)}}, {"operator", std::string("li")}};
    harness.apply(std::move(e));
  }
  void trait(uint32_t person, TraitChange change, TimeMs at, std::string source = "web") {
    Envelope e = record(person, "");
    e.kind = RecordKind::Identify;
    e.source = std::move(source);
    e.event_time = at;
    e.traits = {std::move(change)};
    harness.apply(std::move(e));
  }
  std::string text(uint32_t person, std::string_view name) {
    const Value* v = profiles->trait(ProfileOrdinal(person), name);
    return v == nullptr ? "(none)" : display_text(*v);
  }
  void consent(uint32_t person, bool granted, std::string channel, TimeMs at) {
    Envelope e =
        record(person, std::string(granted ? facts::kConsentGranted : facts::kConsentWithdrawn),
               {{"channel", std::move(channel)}, {"purpose", std::string("marketing")}});
    e.event_time = at;
    harness.apply(std::move(e));
  }
};

TEST_F(Fixture, TheLaterWriteByEventTimeWinsWhateverArrivesFirst) {
  trait(1, {TraitOp::Set, "city", std::string("杭州")}, kStart + 200);
  trait(1, {TraitOp::Set, "city", std::string("上海")}, kStart + 100);
  EXPECT_EQ(text(1, "city"), "杭州");
  trait(1, {TraitOp::SetOnce, "first_source", std::string("扫码")}, kStart + 300);
  trait(1, {TraitOp::SetOnce, "first_source", std::string("广告")}, kStart + 50);
  EXPECT_EQ(text(1, "first_source"), "广告");
  trait(1, {TraitOp::Increment, "visits", int64_t{2}}, kStart);
  trait(1, {TraitOp::Increment, "visits", int64_t{3}}, kStart);
  EXPECT_EQ(text(1, "visits"), "5");
  trait(1, {TraitOp::Append, "likes", std::string("茶")}, kStart);
  trait(1, {TraitOp::Append, "likes", std::string("茶")}, kStart);
  EXPECT_EQ(text(1, "likes"), "茶");
  trait(1, {TraitOp::Unset, "city", {}}, kStart + 400);
  EXPECT_EQ(text(1, "city"), "(none)");
}

TEST_F(Fixture, ConsentIsPerChannelAndUnknownIsNotGranted) {
  auto state = [&](std::string_view channel) {
    return profiles->consent(ProfileOrdinal(1), channel, "marketing");
  };
  EXPECT_EQ(state("sms"), ConsentState::Unknown);
  consent(1, true, "*", kStart);
  EXPECT_EQ(state("sms"), ConsentState::Granted);
  consent(1, false, "sms", kStart + 1);
  EXPECT_EQ(state("sms"), ConsentState::Withdrawn);
  EXPECT_EQ(state("mp"), ConsentState::Granted);
}

TEST_F(Fixture, AMergeNeverWidensConsent) {
  consent(1, true, "sms", kStart + 5);
  consent(2, false, "sms", kStart + 5);
  merge(2, 1);
  EXPECT_EQ(profiles->consent(ProfileOrdinal(1), "sms", "marketing"), ConsentState::Withdrawn);
  consent(3, true, "sms", kStart + 9);
  merge(3, 1);
  EXPECT_EQ(profiles->consent(ProfileOrdinal(1), "sms", "marketing"), ConsentState::Granted);
}

TEST_F(Fixture, FollowAndContactsFollowThePlatforms) {
  Envelope follow = record(1, std::string(facts::kMpFollow));
  follow.identities.push_back({IdentityKind::OpenId, "wx1", "o1"});
  harness.apply(follow);
  EXPECT_TRUE(profiles->follows(ProfileOrdinal(1), "wx1"));
  follow.name = facts::kMpUnfollow;
  follow.message_id = "again";
  harness.apply(follow);
  EXPECT_FALSE(profiles->follows(ProfileOrdinal(1), "wx1"));

  Envelope friends =
      record(1, std::string(facts::kWecomFriendAdded), {{"staff_userid", std::string("li")}});
  friends.identities.push_back({IdentityKind::ExternalUserId, "ww1", "wm1"});
  harness.apply(friends);
  ASSERT_EQ(profiles->contacts(ProfileOrdinal(1)).size(), 1u);
  EXPECT_EQ(profiles->contacts(ProfileOrdinal(1))[0].staff_userid, "li");
  friends.name = facts::kWecomFriendDeleted;
  friends.message_id = "gone";
  harness.apply(friends);
  EXPECT_TRUE(profiles->contacts(ProfileOrdinal(1)).empty());
}

TEST_F(Fixture, ListIsByRecencyAndPagesDoNotOverlap) {
  for (uint32_t p = 0; p < 10; ++p) {
    Envelope e = record(p, "view");
    e.event_time = kStart + p * 10;
    harness.apply(std::move(e));
  }
  auto first = profiles->recent({}, 4);
  ASSERT_EQ(first.size(), 4u);
  EXPECT_EQ(first[0].value, 9u);
  auto second = profiles->recent(profiles->cursor_of(first.back()), 4);
  EXPECT_EQ(second[0].value, 5u);
}

TEST_F(Fixture, TraitsOfAGroupAreTheCompanysNotThePersons) {
  Envelope e = record(1, "");
  e.kind = RecordKind::Group;
  e.traits = {{TraitOp::Set, "industry", std::string("零售")}};
  harness.apply(e);
  EXPECT_EQ(profiles->trait(ProfileOrdinal(1), "industry"), nullptr);
  EXPECT_EQ(profiles->view(ProfileOrdinal(1)).event_count, 1u);
}

TEST_F(Fixture, AnAddressIsASealedTraitThatIsReallyANumber) {
  auto sealed = [](std::string token) { return Sealed{"key", "phone", std::move(token), "c"}; };
  trait(1, {TraitOp::Set, "phone", sealed("")}, kStart);
  EXPECT_EQ(profiles->address(ProfileOrdinal(1), IdentityKind::Phone), nullptr);
  trait(1, {TraitOp::Set, "手机号", sealed("t1")}, kStart);
  EXPECT_EQ(profiles->address(ProfileOrdinal(1), IdentityKind::Phone)->token, "t1");
  trait(1, {TraitOp::Set, "phone", sealed("t2")}, kStart + 1);
  EXPECT_EQ(profiles->address(ProfileOrdinal(1), IdentityKind::Phone)->token, "t2");
  EXPECT_EQ(profiles->address(ProfileOrdinal(1), IdentityKind::Email), nullptr);
}

TEST_F(Fixture, TheRegistryKnowsTypeAndDataClassOfEveryTrait) {
  trait(1, {TraitOp::Set, "city", std::string("杭州")}, kStart);
  trait(1, {TraitOp::Set, "phone", Sealed{"key", "phone", "t", "c"}}, kStart);
  trait(1, {TraitOp::Set, "id_card", Sealed{"key", "id_card", "", "c"}}, kStart);
  auto all = profiles->registry();
  ASSERT_EQ(all.size(), 3u);
  EXPECT_EQ(all[0].data_class, "public");
  EXPECT_EQ(all[1].data_class, "sensitive");
  EXPECT_EQ(all[2].data_class, "personal");
  EXPECT_EQ(all[2].type, "sealed");
  for (int i = 0; i < 3000; ++i) {
    trait(1, {TraitOp::Set, "id_" + std::to_string(i), int64_t{1}}, kStart);
  }
  EXPECT_LE(profiles->registry().size(), 2000u);
  EXPECT_LE(profiles->view(ProfileOrdinal(1)).traits.size(), 2000u);
}

TEST_F(Fixture, AWeakerSourceDoesNotOverwriteAStrongerOne) {
  define(R"({"traits":[{"name":"level","sources":["erp","app"]}]})");
  trait(1, {TraitOp::Set, "level", std::string("gold")}, kStart, "erp");
  trait(1, {TraitOp::Set, "level", std::string("none")}, kStart + 10, "app");
  EXPECT_EQ(text(1, "level"), "gold");
  trait(1, {TraitOp::Unset, "level", {}}, kStart + 20, "web");
  EXPECT_EQ(text(1, "level"), "gold");
  trait(1, {TraitOp::Set, "level", std::string("silver")}, kStart + 30, "erp");
  EXPECT_EQ(text(1, "level"), "silver");
  // Late, but of the stronger source: by time among themselves.
  trait(1, {TraitOp::Set, "level", std::string("old")}, kStart + 5, "erp");
  EXPECT_EQ(text(1, "level"), "silver");
  // Another identity of the person brings what a weaker source says.
  trait(2, {TraitOp::Set, "level", std::string("none")}, kStart + 99, "app");
  merge(2, 1);
  EXPECT_EQ(text(1, "level"), "silver");
  split(1, 2);
  EXPECT_EQ(text(2, "level"), "none");
  // The order of sources is that of today, also for what was written before.
  define(R"({"traits":[{"name":"level","sources":["app","erp"]}]})");
  trait(1, {TraitOp::Set, "level", std::string("app's")}, kStart + 1, "app");
  EXPECT_EQ(text(1, "level"), "app's");
}

TEST_F(Fixture, AValueOfAnotherTypeThatCameAllTheSameIsCountedAndNotKept) {
  define(R"({"traits":[{"name":"age","type":"number"}]})");
  trait(1, {TraitOp::Set, "age", std::string("x")}, kStart);
  EXPECT_EQ(text(1, "age"), "(none)");
  trait(1, {TraitOp::Increment, "age", int64_t{3}}, kStart);
  EXPECT_EQ(text(1, "age"), "3");
  auto all = profiles->registry();
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].refused, 1u);
  EXPECT_EQ(all[0].type, "number");
}

TEST_F(Fixture, TheSchemaIsAVersionThatSurvivesARestartAndReachesWhoGoesByIt) {
  EXPECT_EQ(profiles->schema_version().number, 0u);
  define(R"({"traits":[{"name":"city","data_class":"sensitive","name_zh":"城市"}]})");
  define(R"({"traits":[{"name":"city","type":"int"}]})");
  EXPECT_EQ(profiles->schema_version().number, 1u) << "what cannot be read changes nothing";
  EXPECT_EQ(profiles->schema_version().by, "li");
  WriteBatch batch;
  testing::MapStateStore store;
  profiles->save(batch);
  ASSERT_TRUE(store.write(batch));
  TraitSchemas others;
  auto again = Profiles::make(owner, others);
  ASSERT_TRUE(again->load(store));
  EXPECT_EQ(again->schema_version().number, 1u);
  ASSERT_NE(others.current()->find("city"), nullptr);
  auto all = again->registry();
  ASSERT_EQ(all.size(), 1u) << "registered, and never seen";
  EXPECT_EQ(all[0].data_class, "sensitive");
  define("");
  EXPECT_TRUE(schemas.current()->open());
}

TEST_F(Fixture, CountsWhoHasATraitThroughMergesSplitsErasuresAndRestarts) {
  auto people = [&](const Profiles& fold) {
    std::map<std::string, uint64_t> counts;
    for (const TraitInfo& info : fold.registry()) counts[info.name] = info.people;
    return counts;
  };
  testing::SeededRandom random(testing::test_seed(5));
  std::set<uint32_t> merged;
  for (int i = 0; i < 600; ++i) {
    uint32_t person = random.below(12);
    TraitOp op = random.chance(25) ? TraitOp::Unset : TraitOp::Set;
    trait(person, {op, "t" + std::to_string(random.below(4)), int64_t{1}}, kStart + i);
    if (random.chance(4) && person > 0 && !merged.contains(person)) {
      merge(person, 0);
      merged.insert(person);
    } else if (random.chance(4) && merged.contains(person)) {
      split(0, person);
      merged.erase(person);
    } else if (random.chance(2) && !merged.contains(person) && person > 0) {
      erase(person);
    }
  }
  std::map<std::string, uint64_t> expected;
  for (const auto& [name, count] : people(*profiles)) expected[name] = 0;
  for (uint32_t identity = 0; identity < 12; ++identity) {
    for (const TraitView& held : profiles->view_of({IdentityOrdinal(identity)}).traits) {
      ++expected[held.name];
    }
  }
  EXPECT_EQ(people(*profiles), expected);
  WriteBatch batch;
  testing::MapStateStore store;
  profiles->save(batch);
  ASSERT_TRUE(store.write(batch));
  TraitSchemas others;
  auto again = Profiles::make(owner, others);
  ASSERT_TRUE(again->load(store));
  EXPECT_EQ(people(*again), expected);
}

TEST_F(Fixture, WhatAnOperatorWritesIsNothingThatThePersonDid) {
  Envelope e = record(1, "");
  e.event_time = kStart + 5;
  e.traits = {{TraitOp::Set, "level", std::string("gold")}};
  harness.apply(std::move(e));
  EXPECT_EQ(text(1, "level"), "gold");
  EXPECT_EQ(profiles->view(ProfileOrdinal(1)).event_count, 0u);
  EXPECT_EQ(profiles->view(ProfileOrdinal(1)).last_seen, 0);
}

TEST_F(Fixture, AMergeMovesEverythingAndCountsTogether) {
  trait(1, {TraitOp::Set, "city", std::string("杭州")}, kStart + 10);
  trait(2, {TraitOp::Set, "level", std::string("金卡")}, kStart + 50);
  harness.apply(record(2, "view"));
  merge(2, 1);
  ProfileView view = profiles->view(ProfileOrdinal(1));
  EXPECT_EQ(view.event_count, 3u);
  EXPECT_EQ(view.first_seen, kStart);
  EXPECT_EQ(view.last_seen, kStart + 50);
  EXPECT_EQ(view.traits.size(), 2u);
  EXPECT_EQ(profiles->count(), 1u);
  EXPECT_EQ(profiles->recent({}, 10), std::vector{ProfileOrdinal(1)});
  merge(1, 0);
  EXPECT_EQ(text(0, "city"), "杭州") << "also into a profile that had nothing";
}

TEST_F(Fixture, AfterASplitEachSideHasWhatItsIdentitiesBroughtAlsoWhileMerged) {
  trait(1, {TraitOp::Set, "city", std::string("杭州")}, kStart + 10);
  trait(1, {TraitOp::Set, "points", int64_t{100}}, kStart + 20);
  trait(2, {TraitOp::Set, "city", std::string("上海")}, kStart + 30);
  consent(1, true, "sms", kStart + 1);
  merge(2, 1);
  consent(2, false, "sms", kStart + 2);
  trait(2, {TraitOp::Increment, "points", int64_t{5}}, kStart + 40);
  trait(1, {TraitOp::Increment, "points", int64_t{1}}, kStart + 50);
  harness.apply(record(2, "view"));
  EXPECT_EQ(text(1, "city"), "上海");
  EXPECT_EQ(text(1, "points"), "106") << "additions count whoever of the person brought them";
  EXPECT_EQ(profiles->consent(ProfileOrdinal(1), "sms", "marketing"), ConsentState::Withdrawn);
  split(1, 2);
  EXPECT_EQ(text(1, "city"), "杭州");
  EXPECT_EQ(text(2, "city"), "上海");
  EXPECT_EQ(text(1, "points"), "101");
  EXPECT_EQ(text(2, "points"), "5");
  EXPECT_EQ(profiles->consent(ProfileOrdinal(1), "sms", "marketing"), ConsentState::Granted);
  EXPECT_EQ(profiles->consent(ProfileOrdinal(2), "sms", "marketing"), ConsentState::Withdrawn);
  EXPECT_EQ(profiles->view(ProfileOrdinal(1)).event_count, 4u);
  EXPECT_EQ(profiles->view(ProfileOrdinal(2)).event_count, 4u);
  EXPECT_EQ(profiles->view(ProfileOrdinal(1)).last_seen, kStart + 50);
  EXPECT_EQ(profiles->view(ProfileOrdinal(2)).last_seen, kStart + 40);
  EXPECT_EQ(profiles->count(), 2u);
}

TEST_F(Fixture, AnAddressLeavesWithTheIdentityThatItIsTheValueOf) {
  trait(1, {TraitOp::Set, "phone", Sealed{"key", "phone", "p2", "c"}}, kStart);
  harness.apply(record(2, "view"));
  merge(2, 1);
  split(1, 2);
  EXPECT_EQ(profiles->address(ProfileOrdinal(1), IdentityKind::Phone), nullptr);
  ASSERT_NE(profiles->address(ProfileOrdinal(2), IdentityKind::Phone), nullptr);
  EXPECT_EQ(profiles->address(ProfileOrdinal(2), IdentityKind::Phone)->token, "p2");
}

// The state that was saved and loaded in the middle goes on like the one that never stopped.
TEST_F(Fixture, ReplayThroughSaveAndLoadEqualsTheContinuousRun) {
  uint64_t seed = testing::test_seed(11);
  SCOPED_TRACE("WEIR_SEED=" + std::to_string(seed));
  testing::SeededRandom random(seed);
  testing::MapStateStore stopping_store, store;
  auto stopping = Profiles::make(owner, schemas);
  for (int i = 0; i < 3000; ++i) {
    uint32_t person = random.below(20);
    Envelope e = record(person, "view");
    e.message_id = std::to_string(i);
    e.event_time = kStart + random.below(1000);
    if (random.chance(30)) {
      e.traits = {{static_cast<TraitOp>(1 + random.below(5)), "t" + std::to_string(random.below(5)),
                   Value(int64_t{random.below(9)})}};
    } else if (random.chance(20)) {
      e.name = random.chance(50) ? facts::kConsentGranted : facts::kConsentWithdrawn;
      e.properties = {{"channel", std::string(random.chance(50) ? "sms" : "*")}};
    }
    testing::FoldHarness other{kStart, {&owner, stopping.get()}};
    other.restore(harness.snapshot());
    harness.apply(e);
    other.apply(e);
    if (random.chance(2)) {
      ProfileOrdinal from(random.below(20)), into(random.below(20));
      bool erases = random.chance(30);
      if (!erases) owner.move(from.value, into.value);
      for (auto* h : {&harness, &other}) {
        if (erases) {
          h->erased(from);
        } else if (from != into) {
          h->merged(from, into);
        }
      }
      if (erases) owner.forget(from.value);
    }
    if (random.chance(3)) {
      WriteBatch batch;
      stopping->save(batch);
      ASSERT_TRUE(stopping_store.write(batch));
      stopping = Profiles::make(owner, schemas);
      ASSERT_TRUE(stopping->load(stopping_store));
    }
  }
  WriteBatch a, b;
  profiles->save(a);
  stopping->save(b);
  ASSERT_TRUE(store.write(a));
  ASSERT_TRUE(stopping_store.write(b));
  EXPECT_EQ(store.rows(), stopping_store.rows());
  EXPECT_EQ(profiles->recent({}, 100), stopping->recent({}, 100));
}

TEST_F(Fixture, TestAndStaffPersonsAreSetApartAsLongAsTheirTraitsSaySo) {
  auto apart = [&] { return profiles->set_apart(); };
  EXPECT_TRUE(apart()->test.empty());
  trait(3, {TraitOp::Set, "is_test", true}, kStart);
  trait(2, {TraitOp::Set, "is_test", std::string("true")}, kStart);
  trait(4, {TraitOp::Set, "is_test", false}, kStart);
  trait(5, {TraitOp::Set, "type", std::string("staff")}, kStart);
  trait(6, {TraitOp::Set, "type", std::string("member")}, kStart);
  EXPECT_EQ(apart()->test, (std::vector<uint32_t>{2, 3}));
  EXPECT_EQ(apart()->staff, (std::vector<uint32_t>{5}));
  auto same = apart();
  trait(6, {TraitOp::Set, "city", std::string("杭州")}, kStart);
  EXPECT_EQ(apart(), same) << "nobody was added or removed";
  trait(2, {TraitOp::Set, "is_test", false}, kStart + 1);
  merge(5, 7);
  erase(3);
  EXPECT_TRUE(apart()->test.empty());
  EXPECT_EQ(apart()->staff, (std::vector<uint32_t>{7}));
  testing::MapStateStore store;
  WriteBatch batch;
  profiles->save(batch);
  ASSERT_TRUE(store.write(batch));
  auto again = Profiles::make(owner, schemas);
  ASSERT_TRUE(again->load(store));
  EXPECT_EQ(again->set_apart()->staff, (std::vector<uint32_t>{7}));
}

TEST_F(Fixture, ErasedMeansGoneAndSavedMeansKept) {
  trait(1, {TraitOp::Set, "city", std::string("杭州")}, kStart);
  trait(2, {TraitOp::Set, "city", std::string("北京")}, kStart);
  erase(1);
  testing::MapStateStore store;
  WriteBatch batch;
  profiles->save(batch);
  ASSERT_TRUE(store.write(batch));
  auto again = Profiles::make(owner, schemas);
  ASSERT_TRUE(again->load(store));
  EXPECT_EQ(again->count(), 1u);
  EXPECT_EQ(display_text(*again->trait(ProfileOrdinal(2), "city")), "北京");
  EXPECT_EQ(again->trait(ProfileOrdinal(1), "city"), nullptr);
}

}  // namespace
}  // namespace weir::profile

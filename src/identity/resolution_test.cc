// Rules as versions, and what a resolution makes of the evidence under other ones (ADR 0011).

#include "base/metrics.h"
#include "identity/identity.h"
#include "model/facts.h"
#include "tests/support/erasure_sink.h"
#include "tests/support/fold_harness.h"
#include "tests/support/seeded_random.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace weir::identity {
namespace {

using testing::FoldHarness;
using testing::MapStateStore;
using testing::SeededRandom;

constexpr TimeMs kStart = 1'772'409'600'000;
using Partition = std::set<std::set<std::string>>;

Identity id_of(IdentityKind kind, std::string value) {
  return {kind, kind == IdentityKind::OpenId ? "app" : "", std::move(value)};
}
Identity user(std::string v) {
  return id_of(IdentityKind::UserId, std::move(v));
}
Identity anon(std::string v) {
  return id_of(IdentityKind::AnonymousId, std::move(v));
}
Identity phone(std::string v) {
  return id_of(IdentityKind::Phone, std::move(v));
}
Identity device(std::string v) {
  return id_of(IdentityKind::Device, std::move(v));
}

struct World {
  explicit World(IdentityRules rules = {})
      : fold(IdentityFold::make(std::move(rules), sink, metrics)), harness(kStart, {fold.get()}) {}

  Step track(std::vector<Identity> identities, TimeMs time = kStart) {
    Envelope record;
    record.kind = RecordKind::Track;
    record.source = "web";
    record.name = "e";
    record.event_time = time;
    record.identities = std::move(identities);
    return harness.apply(std::move(record));
  }
  void define(std::string name, std::string body) {
    Envelope record;
    record.kind = RecordKind::Definition;
    record.name = std::move(name);
    record.event_time = kStart;
    record.properties = {{"body", JsonText{std::move(body)}}, {"operator", std::string("ann")}};
    harness.apply(std::move(record));
  }
  void use(const IdentityRules& rules) {
    define(std::string(kRulesDefinition), json::to_text(render_rules(rules)));
  }
  Difference difference(const IdentityRules& rules) const {
    auto replay = fold->replay(rules);
    while (!replay->step(7)) {
    }
    return replay->difference();
  }
  /// As api/ does it: the rules first, then the difference, part by part.
  void resolve(const IdentityRules& rules, const std::string& id) {
    use(rules);
    for (const ResolutionPart& part : parts_of(difference(rules), fold->rules().back().version)) {
      define(std::string(kResolutionPrefix) + id, json::to_text(render_part(part)));
    }
  }
  uint32_t owner(const Identity& identity) const {
    return fold->owner(*fold->find(identity)).value;
  }
  Partition partition() const {
    Partition all;
    for (ProfileOrdinal p : fold->live_profiles(ProfileOrdinal(0), 100'000)) {
      std::set<std::string> person;
      for (IdentityOrdinal i : fold->identities_of(p)) {
        const Identity& one = fold->identity(i);
        person.insert(fmt::format("{}:{}", to_string(one.kind), one.value));
      }
      all.insert(std::move(person));
    }
    return all;
  }

  Metrics metrics;
  testing::RecordingErasureSink sink;
  std::unique_ptr<IdentityFold> fold;
  FoldHarness harness;
};

IdentityRules with(IdentityKind kind, uint32_t max) {
  IdentityRules rules;
  for (KindRule& rule : rules.kinds) {
    if (rule.kind == kind) rule.max = max;
  }
  return rules;
}

Error refused(std::string_view body) {
  auto rules = parse_rules(*json::parse(body));
  EXPECT_FALSE(rules.has_value()) << body;
  return rules ? Error{} : rules.error();
}

TEST(IdentityRules, AreReadBackAsTheyWereWritten) {
  IdentityRules rules = with(IdentityKind::Phone, 2);
  rules.cluster_hard = 60;
  rules.kinds[4].blocked = {"t1", "t2"};
  KindRule one_app = rules.kinds[3];
  one_app.scope = "wx1";
  one_app.link = false;
  rules.kinds.push_back(one_app);
  auto back = parse_rules(json::value(render_rules(rules)));
  ASSERT_TRUE(back.has_value()) << back.error().message;
  EXPECT_TRUE(compare(rules, *back).empty());
  EXPECT_FALSE(back->rule_of(IdentityKind::OpenId, "wx1").link);
  EXPECT_TRUE(back->rule_of(IdentityKind::OpenId, "wx2").link);
}

TEST(IdentityRules, MistakesAreNamedByField) {
  EXPECT_EQ(refused(R"({})").field, "kinds");
  EXPECT_EQ(refused(R"({"kinds":[{"kind":"phonee"}]})").field, "kinds[0].kind");
  EXPECT_EQ(refused(R"({"kinds":[{"kind":"phone","max":-1}]})").field, "kinds[0].max");
  EXPECT_EQ(refused(R"({"kinds":[{"kind":"phone","maximum":1}]})").field, "kinds[0].maximum");
  EXPECT_EQ(refused(R"({"kinds":[{"kind":"phone"},{"kind":"phone"}]})").field, "kinds[1].kind");
  EXPECT_EQ(refused(R"({"kinds":[{"kind":"phone","window_days":3}]})").field,
            "kinds[0].window_days");
  EXPECT_EQ(refused(R"({"kinds":[{"kind":"phone","blocked":[1]}]})").field, "kinds[0].blocked[0]");
  EXPECT_EQ(refused(R"({"kinds":[{"kind":"phone"}],"cluster":{"soft":9,"hard":3}})").field,
            "cluster.soft");
  EXPECT_EQ(refused(R"({"kinds":[{"kind":"phone"}],"shared":{"days":3}})").field, "shared.days");
}

TEST(IdentityRules, ADifferenceNamesTheFieldsThatChanged) {
  IdentityRules after = with(IdentityKind::Phone, 1);
  after.shared_window = 7 * kDayMs;
  std::vector<FieldChange> changes = compare({}, after);
  ASSERT_EQ(changes.size(), 2u);
  EXPECT_EQ(changes[0].field, "kinds.phone.max");
  EXPECT_EQ(changes[0].before, "3");
  EXPECT_EQ(changes[0].after, "1");
  EXPECT_EQ(changes[1].field, "shared.window_days");
}

TEST(IdentityRules, AVersionHoldsForTheRecordsAfterItAndIsNamedInTheLedger) {
  World w;
  w.track({user("u"), phone("1")});
  w.track({user("u"), phone("2")});
  w.use(with(IdentityKind::Phone, 2));
  w.use(with(IdentityKind::Phone, 2));  // says nothing new
  w.track({user("u"), phone("3")});
  EXPECT_EQ(w.owner(phone("1")), w.owner(phone("2"))) << "history is as it was";
  EXPECT_NE(w.owner(phone("1")), w.owner(phone("3")));
  ASSERT_EQ(w.fold->rules().size(), 2u);
  EXPECT_EQ(w.fold->rules().back().by, "ann");
  std::vector<LinkView> links = w.fold->explain(ProfileOrdinal(w.owner(user("u")))).links;
  EXPECT_EQ(links.front().refused, "kind_limit");
  EXPECT_EQ(links.front().version, 2u);
  EXPECT_EQ(links.back().version, 1u);
  w.define(std::string(kRulesDefinition), R"({"kinds":"?"})");
  EXPECT_EQ(w.fold->rules().size(), 2u) << "a body that cannot be read changes nothing";
}

TEST(IdentityRules, ABlockedValueJoinsNobodyAndRecordsGoToWhoElseTheyName) {
  World w;
  IdentityRules rules;
  for (KindRule& rule : rules.kinds) {
    if (rule.kind == IdentityKind::UserId) rule.blocked = {"visitor"};
    if (rule.kind == IdentityKind::Device) rule.link = false;
  }
  w.use(rules);
  Step step = w.track({user("visitor"), anon("a")});
  EXPECT_EQ(w.fold->identity(*step.identity), anon("a"));
  w.track({user("visitor"), anon("b")});
  w.track({anon("a"), device("d")});
  EXPECT_EQ(w.partition().size(), 4u);
  EXPECT_EQ(w.fold->explain(ProfileOrdinal(w.owner(anon("a")))).links.front().refused, "blocked");
}

TEST(IdentityRules, ExplainSaysWhoElseShowedAValue) {
  World w;
  w.track({user("u1"), phone("t")});
  w.track({user("u2"), phone("t")});
  Explanation why = w.fold->explain(ProfileOrdinal(w.owner(user("u1"))));
  std::vector<ProfileOrdinal> expected{ProfileOrdinal(w.owner(user("u2")))};
  ASSERT_EQ(why.identities.back().identity, phone("t"));
  EXPECT_EQ(why.identities.back().others, expected);
  EXPECT_TRUE(why.identities.front().others.empty());
}

TEST(IdentityRules, CountsThePersonsThatAreTooLarge) {
  World w;
  IdentityRules rules;
  rules.cluster_soft = 2;
  w.use(rules);
  w.track({user("u"), anon("a")});
  EXPECT_EQ(w.fold->oversized_count(), 0u);
  EXPECT_TRUE(w.fold->oversized_profiles(ProfileOrdinal(0), 10).empty());
  w.track({user("u"), anon("b")});
  EXPECT_EQ(w.fold->oversized_count(), 1u);
  ProfileOrdinal large(w.owner(user("u")));
  EXPECT_EQ(w.fold->oversized_profiles(ProfileOrdinal(0), 10), std::vector{large});
  EXPECT_TRUE(w.fold->oversized_profiles(ProfileOrdinal(large.value + 1), 10).empty());
  EXPECT_TRUE(w.fold->oversized(large));
}

TEST(IdentityFold, KnowsWhichProfilesAPersonWasPutTogetherFrom) {
  World w;
  w.track({user("u")});
  w.track({anon("a")});
  ProfileOrdinal first(w.owner(user("u"))), second(w.owner(anon("a")));
  EXPECT_EQ(w.fold->parts_of(first), std::vector{first});
  w.track({user("u"), anon("a")});
  EXPECT_EQ(w.fold->parts_of(first), (std::vector{first, second}));
  w.define(std::string(kCutPrefix) + "c", cut_body({*w.fold->find(anon("a"))}, "not him"));
  EXPECT_EQ(w.fold->parts_of(first), std::vector{first});
  EXPECT_EQ(w.fold->parts_of(second), std::vector{second});
}

TEST(IdentityResolution, PreviewSaysWhoWouldBeSplitAndJoinedAndChangesNothing) {
  World w;
  w.track({user("u"), phone("1")});
  w.track({user("u"), phone("2")});
  w.track({user("v"), phone("3")});
  w.track({user("w"), phone("3")});  // refused: two members
  Partition before = w.partition();
  Difference one_phone = w.difference(with(IdentityKind::Phone, 1));
  EXPECT_EQ(one_phone.split, 1u);
  EXPECT_EQ(one_phone.joined, 0u);
  EXPECT_EQ(one_phone.reasons, (decltype(one_phone.reasons){{{"phone", "kind_limit"}, 1}}));
  Difference two_members = w.difference(with(IdentityKind::UserId, 2));
  EXPECT_EQ(two_members.split, 0u);
  EXPECT_EQ(two_members.joined, 1u);
  EXPECT_TRUE(w.difference({}).empty());
  EXPECT_EQ(w.partition(), before);
}

TEST(IdentityResolution, IsAppliedToHistoryExplainedAndRolledBack) {
  World w;
  w.track({user("u"), phone("1")});
  w.track({user("u"), phone("2")});
  uint32_t person = w.owner(user("u"));
  Partition before = w.partition();
  w.resolve(with(IdentityKind::Phone, 1), "r1");
  EXPECT_NE(w.owner(phone("2")), person);
  EXPECT_EQ(w.owner(phone("1")), person);
  LinkView why = w.fold->explain(ProfileOrdinal(person)).links.front();
  EXPECT_EQ(why.rule, "resolution");
  EXPECT_EQ(why.refused, "kind_limit");
  EXPECT_EQ(why.version, 2u);
  ASSERT_EQ(w.fold->resolutions().size(), 1u);
  EXPECT_EQ(w.fold->resolutions()[0].split, 1u);
  EXPECT_EQ(w.harness.facts_named(facts::kProfilesSplit).size(), 2u);
  w.track({anon("x"), phone("2")});  // arrives between
  w.resolve({}, "r2");
  EXPECT_EQ(w.owner(phone("2")), person);
  EXPECT_EQ(w.owner(anon("x")), person);
  EXPECT_EQ(w.partition(), (Partition{{"user_id:u", "phone:1", "phone:2", "anonymous_id:x"}}));
  EXPECT_EQ(before.size(), 1u);
}

TEST(IdentityResolution, WhatAnOperatorPutApartStaysApart) {
  World w;
  w.track({user("u"), anon("a")});
  w.define(std::string(kCutPrefix) + "c", cut_body({*w.fold->find(anon("a"))}, "not him"));
  ASSERT_NE(w.owner(user("u")), w.owner(anon("a")));
  EXPECT_TRUE(w.difference({}).empty());
  EXPECT_TRUE(w.difference(with(IdentityKind::UserId, 3)).empty());
}

TEST(IdentityResolution, ASharedValueIsDemotedOrRestoredWithTheRules) {
  World w;
  for (int i = 0; i < 4; ++i) w.track({user("u" + std::to_string(i)), phone("t")});
  IdentityRules strict;
  strict.shared_persons_max = 2;
  Difference would = w.difference(strict);
  EXPECT_EQ(would.demoted.size(), 1u);
  w.resolve(strict, "r");
  EXPECT_TRUE(w.fold->explain(ProfileOrdinal(w.owner(phone("t")))).identities.back().demoted);
  w.resolve({}, "back");
  EXPECT_FALSE(w.fold->explain(ProfileOrdinal(w.owner(phone("t")))).identities.back().demoted);
}

TEST(IdentityResolution, OneThatBeganAndDidNotEndIsKnownAfterARestart) {
  World w;
  testing::MapStateStore store;
  auto put = [&](ResolutionMark mark) {
    ResolutionPart part;
    part.version = kBuiltInRules;
    part.mark = mark;
    w.define(std::string(kResolutionPrefix) + "r1", json::to_text(render_part(part)));
    WriteBatch batch;
    w.fold->save(batch);
    ASSERT_TRUE(store.write(batch));
  };
  auto is_open = [&] {
    World again;
    EXPECT_TRUE(again.fold->load(store));
    EXPECT_EQ(again.fold->resolutions().at(0).open, w.fold->resolutions().at(0).open);
    return again.fold->resolutions().at(0).open;
  };
  put(ResolutionMark::Begin);
  EXPECT_TRUE(is_open());
  put(ResolutionMark::None);
  EXPECT_TRUE(is_open()) << "a part of it is not its end";
  put(ResolutionMark::End);
  EXPECT_FALSE(is_open());
}

TEST(IdentityResolution, APartThatIsOldOrBrokenDoesNoHarm) {
  World w;
  w.track({user("u"), phone("1")});
  w.track({user("u"), phone("2")});
  Partition before = w.partition();
  for (auto body :
       {"", "{}", R"({"version":1,"people":[{"groups":[[99],[-1]]}]})",
        R"({"version":1,"people":[{"groups":[[77,99]]}],"demoted":[88],"restored":[]})"}) {
    w.define("identity_resolution/x", body);
    EXPECT_EQ(w.partition(), before) << body;
  }
}

/// Somebody's record of a small world where people share phones and devices.
std::vector<Identity> random_record(SeededRandom& random) {
  std::vector<Identity> ids;
  for (uint32_t k = 1 + random.below(3); k > 0; --k) {
    std::string n = std::to_string(random.below(14));
    switch (random.below(5)) {
      case 0: ids.push_back(user("u" + n)); break;
      case 1: ids.push_back(phone("t" + n)); break;
      case 2: ids.push_back(device("d" + n)); break;
      case 3: ids.push_back(id_of(IdentityKind::OpenId, "o" + n)); break;
      default: ids.push_back(anon("a" + n));
    }
  }
  return ids;
}

IdentityRules random_rules(SeededRandom& random) {
  IdentityRules rules;
  for (KindRule& rule : rules.kinds) {
    rule.max = random.below(4);
    rule.window = rule.max == 0 ? 0 : rule.window;
    rule.link = !random.chance(12);
    rule.priority = static_cast<int>(random.below(10));
  }
  rules.cluster_hard = 4 + random.below(30);
  rules.cluster_soft = 3;
  rules.shared_persons_max = 1 + random.below(6);
  return rules;
}

// The law of it: resolved under other rules, everybody is who they had been, had the rules held
// from the start; rolled back, they are who they were. A day apart, so that the evidence has every
// record that counts.
TEST(IdentityResolution, EqualsRulesThatHeldFromTheStartAndRollsBackExactly) {
  uint64_t seed = testing::test_seed(20261125);
  for (uint32_t round = 0; round < 300; ++round) {
    SCOPED_TRACE(fmt::format("WEIR_SEED={} round {}", seed, round));
    SeededRandom random(seed + round);
    IdentityRules rules = random_rules(random);
    World w, from_start(rules), unchanged;
    for (int i = 0; i < 60; ++i) {
      std::vector<Identity> ids = random_record(random);
      TimeMs time = kStart + i * kDayMs;
      w.track(ids, time);
      from_start.track(ids, time);
      unchanged.track(ids, time);
    }
    ASSERT_TRUE(w.difference({}).empty()) << "the same rules change nothing";
    w.resolve(rules, "there");
    ASSERT_EQ(w.partition(), from_start.partition());
    ASSERT_TRUE(w.difference(rules).empty()) << "resolving again changes nothing";
    for (int i = 60; i < 70; ++i) {
      std::vector<Identity> ids = random_record(random);
      w.track(ids, kStart + i * kDayMs);
      unchanged.track(ids, kStart + i * kDayMs);
    }
    w.resolve({}, "back");
    ASSERT_EQ(w.partition(), unchanged.partition());
  }
}

TEST(IdentityResolution, SavedAndLoadedInTheMiddleEqualsTheContinuousRun) {
  uint64_t seed = testing::test_seed(3);
  for (uint32_t round = 0; round < 40; ++round) {
    SCOPED_TRACE(fmt::format("WEIR_SEED={} round {}", seed, round));
    SeededRandom random(seed + round);
    IdentityRules rules = random_rules(random);
    World straight;
    auto stopping = std::make_unique<World>();
    MapStateStore store, other;
    auto restart = [&] {
      stopping->harness.save(store);
      auto next = std::make_unique<World>();
      next->harness.load(store);
      next->harness.restore(stopping->harness.snapshot());
      stopping = std::move(next);
    };
    for (int i = 0; i < 80; ++i) {
      std::vector<Identity> ids = random_record(random);
      straight.track(ids, kStart + i * kHourMs);
      stopping->track(ids, kStart + i * kHourMs);
      if (i == 30) restart();
      if (i != 50) continue;
      straight.resolve(rules, "r");
      stopping->resolve(rules, "r");
      restart();
    }
    stopping->harness.save(store);
    straight.harness.save(other);
    ASSERT_EQ(store.rows(), other.rows());
  }
}

}  // namespace
}  // namespace weir::identity

#include "profile/person.h"

#include "tests/support/seeded_random.h"

#include <gtest/gtest.h>

namespace weir::profile {
namespace {

using testing::SeededRandom;

TraitChange set(std::string name, Value value) {
  return {TraitOp::Set, std::move(name), std::move(value)};
}
TraitChange once(std::string name, Value value) {
  return {TraitOp::SetOnce, std::move(name), std::move(value)};
}
TraitChange plus(std::string name, int64_t value) {
  return {TraitOp::Increment, std::move(name), value};
}
TraitChange append(std::string name, std::string item) {
  return {TraitOp::Append, std::move(name), std::move(item)};
}
TraitChange unset(std::string name) {
  return {TraitOp::Unset, std::move(name), {}};
}

std::string text(const Person& person, std::string_view name) {
  const Trait* trait = person.find_trait(name);
  return trait == nullptr ? "(none)" : display_text(trait->value);
}

TEST(Person, AnUnsetTraitIsNotBroughtBackByAnOlderWrite) {
  Person p;
  p.change(unset("city"), {200, 1}, "s");
  p.change(set("city", "上海"), {100, 2}, "s");
  EXPECT_EQ(text(p, "city"), "(none)");
  p.change(once("city", "杭州"), {150, 3}, "s");
  EXPECT_EQ(text(p, "city"), "(none)");
  p.change(once("city", "杭州"), {300, 4}, "s");
  EXPECT_EQ(text(p, "city"), "杭州");
  p.change(set("city", "北京"), {250, 5}, "s");
  EXPECT_EQ(text(p, "city"), "北京") << "a default never beats a write";
}

TEST(Person, ALateIncrementOfAValueThatWasSetSinceIsIgnored) {
  Person p;
  p.change(set("points", int64_t{10}), {200, 1}, "s");
  p.change(plus("points", 5), {100, 2}, "s");
  EXPECT_EQ(text(p, "points"), "10");
  p.change(plus("points", 5), {300, 3}, "s");
  p.change(plus("points", 1), {250, 4}, "s");
  EXPECT_EQ(text(p, "points"), "16");
  p.change(plus("name", 1), {1, 5}, "s");
  p.change(set("name", "x"), {2, 6}, "s");
  p.change(plus("name", 1), {3, 7}, "s");
  EXPECT_EQ(text(p, "name"), "x") << "text does not become a number";
}

TEST(Person, IncrementsNeverOverflow) {
  Person p;
  p.change(set("n", INT64_MAX), {1, 1}, "s");
  p.change(plus("n", 1), {2, 2}, "s");
  EXPECT_EQ(std::get<int64_t>(p.find_trait("n")->value), INT64_MAX);
}

TEST(Person, AnAppendedSealedValueStaysSealed) {
  Person p;
  p.change(append("phones", "x"), {1, 1}, "s");
  p.change({TraitOp::Append, "phones", Sealed{"k", "phones", "t", "c"}}, {2, 2}, "s");
  EXPECT_TRUE(std::holds_alternative<Sealed>(p.find_trait("phones")->value));
}

TEST(Person, AMergeAddsCountersJoinsListsAndKeepsTheLaterValue) {
  Person a, b;
  a.change(plus("visits", 2), {100, 1}, "s");
  b.change(plus("visits", 3), {50, 2}, "s");
  a.change(append("likes", "茶"), {1, 1}, "s");
  b.change(append("likes", "咖啡"), {2, 2}, "s");
  a.change(set("city", "杭州"), {10, 1}, "old");
  b.change(set("city", "上海"), {20, 2}, "new");
  a.change(once("first", "广告"), {30, 1}, "s");
  b.change(once("first", "扫码"), {20, 2}, "s");
  a.change(unset("gone"), {40, 1}, "s");
  b.change(set("gone", "x"), {30, 2}, "s");
  a.absorb(b);
  EXPECT_EQ(text(a, "visits"), "5");
  EXPECT_EQ(text(a, "likes"), "茶,咖啡");
  EXPECT_EQ(text(a, "city"), "上海");
  EXPECT_EQ(a.find_trait("city")->source, "new");
  EXPECT_EQ(text(a, "first"), "扫码");
  EXPECT_EQ(text(a, "gone"), "(none)");
}

TEST(Person, ALaterWithdrawalOfEverythingBeatsAnEarlierSpecificConsent) {
  Person p;
  p.set_consent("sms", "marketing", {true, {100, 1}, "s"});
  p.set_consent("*", "marketing", {false, {200, 2}, "s"});
  EXPECT_EQ(p.consent("sms", "marketing"), ConsentState::Withdrawn);
  p.set_consent("sms", "marketing", {true, {300, 3}, "s"});
  EXPECT_EQ(p.consent("sms", "marketing"), ConsentState::Granted);
  EXPECT_EQ(p.consent("mp", "marketing"), ConsentState::Withdrawn);
  p.set_consent("*", "*", {false, {300, 4}, "s"});
  EXPECT_EQ(p.consent("sms", "marketing"), ConsentState::Withdrawn) << "a tie is a withdrawal";
  EXPECT_EQ(p.consent("sms", "service"), ConsentState::Withdrawn);
  p.set_consent("*", "marketing", {true, {400, 5}, "s"});
  EXPECT_EQ(p.consent("mp", "marketing"), ConsentState::Granted);
}

TEST(Person, ContactsAreRightWhenCallbacksArriveOutOfOrder) {
  Person p;
  p.set_contact({"ww", "li", "wm1"}, {"", 200, true, {200, 1}});
  p.set_contact({"ww", "li", "wm1"}, {"poster", 100, false, {100, 2}});
  EXPECT_TRUE(p.contacts().empty());
  p.set_contact({"ww", "li", "wm1"}, {"again", 300, false, {300, 3}});
  ASSERT_EQ(p.contacts().size(), 1u);
  EXPECT_EQ(p.contacts()[0].state, "again");
  EXPECT_EQ(p.contacts()[0].since, 300);
}

TEST(Person, StoredAndReadBackIsTheSame) {
  Person p;
  p.change(set("bytes \xff", "x"), {1, 2}, "s");
  p.change(plus("n", 1), {3, 4}, "s");
  p.change(unset("u"), {5, 6}, "s");
  p.change(once("o", StringList{"a", "b"}), {7, 8}, "s");
  p.set_consent("sms", "marketing", {true, {100, 1}, "s"});
  p.follow("wx1", {true, {5, 5}});
  p.set_contact({"ww", "li", "wm1"}, {"poster", 100, false, {100, 2}});
  std::string bytes = p.SerializeAsString();
  Person q;
  ASSERT_TRUE(q.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())));
  EXPECT_EQ(q.SerializeAsString(), bytes);
  EXPECT_FALSE(Person().ParseFromArray("\xff\xff", 2));
}

// I3: however histories are spread over profiles and merged, consent is what one profile would
// have.
TEST(Person, TenThousandRandomMergesNeverWidenConsent) {
  uint64_t seed = testing::test_seed(31);
  SCOPED_TRACE("WEIR_SEED=" + std::to_string(seed));
  SeededRandom random(seed);
  const std::vector<std::string> channels = {"sms", "mp", "*"};
  const std::vector<std::string> purposes = {"marketing", "*"};
  for (int round = 0; round < 10'000; ++round) {
    std::vector<Person> parts(1 + random.below(4));
    Person whole;
    bool granted_last[3][2] = {};
    TimeMs last[3][2] = {};
    for (uint32_t i = 0, n = 1 + random.below(12); i < n; ++i) {
      uint32_t c = random.below(3), u = random.below(2);
      Consent consent{random.chance(60), {1 + random.below(6), i}, "s"};
      parts[random.below(static_cast<uint32_t>(parts.size()))].set_consent(channels[c], purposes[u],
                                                                           consent);
      whole.set_consent(channels[c], purposes[u], consent);
      TimeMs time = consent.stamp.time;
      if (time > last[c][u]) granted_last[c][u] = consent.granted;
      if (time == last[c][u]) granted_last[c][u] = granted_last[c][u] && consent.granted;
      last[c][u] = std::max(last[c][u], time);
    }
    random.shuffle(parts);
    for (size_t i = 1; i < parts.size(); ++i) parts[0].absorb(parts[i]);
    for (const std::string& channel : channels) {
      for (const std::string& purpose : purposes) {
        ASSERT_EQ(parts[0].consent(channel, purpose), whole.consent(channel, purpose)) << round;
      }
    }
    bool any_withdrawn_latest = false;
    TimeMs specific = last[0][0];
    for (auto [c, u] : {std::pair{0, 1}, {2, 0}, {2, 1}}) {
      any_withdrawn_latest |= last[c][u] != 0 && !granted_last[c][u] && last[c][u] >= specific;
    }
    if (specific != 0 && (any_withdrawn_latest || !granted_last[0][0])) {
      ASSERT_NE(parts[0].consent("sms", "marketing"), ConsentState::Granted) << round;
    }
  }
}

}  // namespace
}  // namespace weir::profile

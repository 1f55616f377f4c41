#include "segments/segments.h"

#include "model/facts.h"
#include "tests/support/fold_harness.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

namespace weir::segments {
namespace {

using testing::FoldHarness;

/// People and their histories, as the other rooms would answer: one profile per user_id.
class World : public IdentityReader, public ProfileReader, public HistoryReader, public Fold {
 public:
  std::string_view name() const override { return "world"; }
  Status load(const StateStore&) override { return {}; }
  void save(WriteBatch&) override {}
  void apply(Step& step, StepContext&) override {
    if (!step.profile && !step.record.identities.empty()) {
      const std::string& value = step.record.identities[0].value;
      step.profile = ProfileOrdinal(ordinals_.emplace(value, ordinals_.size()).first->second);
    }
    if (!step.profile) return;
    for (const TraitChange& t : step.record.traits) traits_[*step.profile][t.name] = t.value;
    events_[*step.profile].push_back({step.record, step.position});
  }

  std::optional<IdentityOrdinal> find(const Identity&) const override { return {}; }
  const Identity& identity(IdentityOrdinal) const override { return nobody_; }
  ProfileOrdinal owner(IdentityOrdinal o) const override { return ProfileOrdinal(o.value); }
  ProfileOrdinal canonical(ProfileOrdinal p) const override { return p; }
  std::vector<IdentityOrdinal> identities_of(ProfileOrdinal) const override { return {}; }
  const Identity* latest(ProfileOrdinal, IdentityKind, std::string_view) const override { return nullptr; }
  std::vector<ProfileOrdinal> live_profiles(ProfileOrdinal from, size_t limit) const override {
    std::vector<ProfileOrdinal> all;
    for (uint32_t i = from.value; i < ordinals_.size() && all.size() < limit; ++i) all.emplace_back(i);
    return all;
  }
  uint32_t identity_count() const override { return profile_count(); }
  uint32_t profile_count() const override { return static_cast<uint32_t>(ordinals_.size()); }

  const Value* trait(ProfileOrdinal p, std::string_view name) const override {
    auto person = traits_.find(p);
    if (person == traits_.end()) return nullptr;
    auto it = person->second.find(name);
    return it == person->second.end() ? nullptr : &it->second;
  }
  const Sealed* address(ProfileOrdinal, IdentityKind) const override { return nullptr; }
  ConsentState consent(ProfileOrdinal, std::string_view, std::string_view) const override {
    return ConsentState::Unknown;
  }
  std::vector<Contact> contacts(ProfileOrdinal) const override { return {}; }
  bool follows(ProfileOrdinal, std::string_view) const override { return false; }

  void visit(ProfileOrdinal p, TimeMs from, TimeMs to, const std::vector<std::string>& names,
             const std::function<bool(const StoredEvent&)>& visit) const override {
    auto it = events_.find(p);
    if (it == events_.end()) return;
    for (const auto& [record, position] : it->second) {
      bool named = names.empty() || std::find(names.begin(), names.end(), record.name) != names.end();
      if (!named || record.event_time < from || record.event_time > to) continue;
      StoredEvent event{record.event_time, record.name, IdentityOrdinal(0), position, 0, &record.properties};
      if (!visit(event)) return;
    }
  }

 private:
  std::map<std::string, uint32_t> ordinals_;
  std::map<ProfileOrdinal, std::map<std::string, Value, std::less<>>> traits_;
  std::map<ProfileOrdinal, std::vector<std::pair<Envelope, Position>>> events_;
  Identity nobody_;
};

constexpr TimeMs kMonday = 1772380800000;  // 2026-03-02 00:00 in Shanghai

struct Fixture : ::testing::Test {
  World world;
  std::unique_ptr<Segments> segments =
      Segments::make(world, {&world, nullptr, nullptr, &world}, Calendar::shanghai());
  FoldHarness harness{kMonday + 10 * kHourMs, {&world, segments.get()}};

  void define(std::string id, std::string def) {
    Envelope e;
    e.kind = RecordKind::Definition;
    e.name = "segment/" + id;
    e.properties = {{"body", JsonText{R"({"name":")" + id + R"(","def":)" + def + "}"}}};
    harness.apply(std::move(e));
    harness.advance_by(1000);
  }
  void track(std::string user, std::string name, Properties properties = {}) {
    Envelope e;
    e.name = std::move(name);
    e.identities = {{IdentityKind::UserId, "", std::move(user)}};
    e.properties = std::move(properties);
    harness.apply(std::move(e));
  }
  void set_trait(std::string user, std::string name, Value value) {
    Envelope e;
    e.kind = RecordKind::Identify;
    e.identities = {{IdentityKind::UserId, "", std::move(user)}};
    e.traits = {{TraitOp::Set, std::move(name), std::move(value)}};
    harness.apply(std::move(e));
  }
  bool in(uint32_t person, std::string_view id) const {
    return segments->is_member(ProfileOrdinal(person), id);
  }
  size_t facts(std::string_view name) const {
    size_t count = 0;
    for (const auto& fact : harness.facts()) count += fact.record.name == name;
    return count;
  }
};

constexpr std::string_view kCartTwice =
    R"({"done":{"event":"add_to_cart","op":"gte","value":2,"window":{"last":7,"unit":"day"}}})";

TEST_F(Fixture, EntersOnTheSecondEventAndLeavesWhenTheFirstAgesOut) {
  define("hot", std::string(kCartTwice));
  track("u", "add_to_cart");
  EXPECT_FALSE(in(0, "hot"));
  harness.advance(kMonday + kDayMs + 9 * kHourMs);
  track("u", "add_to_cart");
  EXPECT_TRUE(in(0, "hot"));
  EXPECT_EQ(facts(facts::kSegmentEntered), 1u);
  // Monday's event counts through Sunday (last 7 days, G2); Monday 00:00 it is gone.
  harness.advance(kMonday + 7 * kDayMs - 1);
  EXPECT_TRUE(in(0, "hot"));
  harness.advance(kMonday + 7 * kDayMs);
  EXPECT_FALSE(in(0, "hot"));
  EXPECT_EQ(facts(facts::kSegmentLeft), 1u);
}

TEST_F(Fixture, ANewDefinitionFindsThePeopleWhoAlreadyMatch) {
  for (int i = 0; i < 1200; ++i) {
    track("u" + std::to_string(i), i % 3 == 0 ? "order_paid" : "view");
  }
  define("buyers", R"({"done":{"event":"order_paid"}})");
  EXPECT_EQ(segments->get("buyers")->count, 400u);
  define("others", R"({"not_done":{"event":"order_paid"}})");
  EXPECT_EQ(segments->get("others")->count, 800u);
}

TEST_F(Fixture, APersonWithoutAnyNamedEventIsInTheComplement) {
  define("quiet", R"({"not_done":{"event":"order_paid"}})");
  track("new", "view");
  EXPECT_TRUE(in(0, "quiet"));
  track("new", "order_paid");
  EXPECT_FALSE(in(0, "quiet"));
}

TEST_F(Fixture, TraitsAndNestedSegmentsFollow) {
  define("gold", R"({"profile":{"prop":"profile.level","op":"eq","value":"gold"}})");
  define("gold_cart", R"({"and":[{"segment":"gold"},{"done":{"event":"add_to_cart"}}]})");
  track("u", "add_to_cart");
  EXPECT_FALSE(in(0, "gold_cart"));
  set_trait("u", "level", std::string("gold"));
  EXPECT_TRUE(in(0, "gold"));
  EXPECT_TRUE(in(0, "gold_cart"));
  set_trait("u", "level", std::string("silver"));
  EXPECT_FALSE(in(0, "gold_cart"));
}

TEST_F(Fixture, FilterAndSumDecideByTheEventsThatQualify) {
  define("big", R"({"done":{"event":"order_paid","agg":"sum","prop":"event.amount_fen","op":"gte",
                            "value":10000,"filter":{"prop":"event.currency","op":"eq","value":"CNY"}}})");
  track("u", "order_paid", {{"amount_fen", int64_t{9000}}, {"currency", std::string("CNY")}});
  track("u", "order_paid", {{"amount_fen", int64_t{9000}}, {"currency", std::string("GBP")}});
  EXPECT_FALSE(in(0, "big"));
  track("u", "order_paid", {{"amount_fen", int64_t{1000}}, {"currency", std::string("CNY")}});
  EXPECT_TRUE(in(0, "big"));
}

TEST_F(Fixture, SavedStateGoesOnAsIfNothingHappened) {
  define("hot", std::string(kCartTwice));
  track("u", "add_to_cart");
  track("u", "add_to_cart");
  ASSERT_TRUE(in(0, "hot"));
  testing::MapStateStore store;
  WriteBatch batch;
  segments->save(batch);
  ASSERT_TRUE(store.write(batch));
  auto again = Segments::make(world, {&world, nullptr, nullptr, &world}, Calendar::shanghai());
  ASSERT_TRUE(again->load(store));
  EXPECT_TRUE(again->is_member(ProfileOrdinal(0), "hot"));
  EXPECT_EQ(again->get("hot")->count, 1u);
  EXPECT_EQ(again->get("hot")->version, 1u);
}

TEST_F(Fixture, ReferencesMustExistAndNotGoInCircles) {
  define("a", R"({"done":{"event":"x"}})");
  define("b", R"({"segment":"a"})");
  auto body = [](std::string def) { return *json::parse(R"({"name":"n","def":)" + def + "}"); };
  EXPECT_FALSE(segments->check_references("a", body(R"({"segment":"b"})")));
  EXPECT_FALSE(segments->check_references("c", body(R"({"segment":"nowhere"})")));
  EXPECT_TRUE(segments->check_references("c", body(R"({"segment":"b"})")));
}

TEST_F(Fixture, ABadDefinitionNamesThePath) {
  auto bad = [](std::string def) {
    auto body = json::parse(R"({"name":"n","def":)" + def + "}");
    return validate_definition(*body, Calendar::shanghai()).error();
  };
  EXPECT_EQ(bad(R"({"and":[{"done":{"op":"gte"}}]})").field, "def.and[0].done.event");
  EXPECT_EQ(bad(R"({"consent":{"channel":"sms","state":"maybe"}})").field, "def.consent.state");
  EXPECT_NE(bad(R"({"wish":{}})").message.find("unknown"), std::string::npos);
}

}  // namespace
}  // namespace weir::segments

// RELIABILITY I2: merge, a thousand events on both sides, un-merge is the same as never merged.
// Two worlds fold the same records; in one of them a record joined two people, and later an
// operator put them apart. What Weir says about them afterwards is the same.

#include "adapters/embedded/behaviour/behaviour.h"
#include "base/metrics.h"
#include "base/sim_env.h"
#include "identity/identity.h"
#include "model/facts.h"
#include "profile/profile.h"
#include "segments/segments.h"
#include "tags/tags.h"
#include "tests/support/erasure_sink.h"
#include "tests/support/fold_harness.h"
#include "tests/support/seeded_random.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace weir {
namespace {

using testing::FoldHarness;
using testing::SeededRandom;

constexpr TimeMs kStart = 1'772'409'600'000;

const Identity kUser{IdentityKind::UserId, "", "u1"};
const Identity kBrowser{IdentityKind::AnonymousId, "", "a1"};
const Identity kOpenId{IdentityKind::OpenId, "wx1", "o2"};
const Identity kPhone{IdentityKind::Phone, "", "t2"};

/// The folds that know people, over one disk; stop() and go on as after a crash.
class World {
 public:
  World() { build(); }

  void apply(Envelope record) { harness_->apply(std::move(record)); }
  void advance(DurationMs length) { harness_->advance_by(length); }
  void restart() {
    FoldHarness::Snapshot at = harness_->snapshot();
    ASSERT_TRUE(behaviour_->participant().begin_checkpoint(at.position)().has_value());
    harness_->save(state_);
    harness_.reset();
    behaviour_.reset();
    build();
    harness_->load(state_);
    harness_->restore(at);
  }

  identity::IdentityFold& identities() { return *identities_; }
  segments::Segments& segments() { return *segments_; }
  uint32_t owner(const Identity& identity) const {
    return identities_->owner(*identities_->find(identity)).value;
  }
  /// Everything that is known of who has `identity`, but for when Weir noticed it.
  std::string describe(const Identity& identity) const {
    ProfileOrdinal who = identities_->owner(*identities_->find(identity));
    std::string out =
        fmt::format("p{} of {} identities\n", who.value, identities_->identities_of(who).size());
    profile::ProfileView view = profiles_->view(who);
    out += fmt::format("created {} seen {}..{} events {}\n", view.created_at, view.first_seen,
                       view.last_seen, view.event_count);
    for (const auto& t : view.traits) {
      out += fmt::format("trait {}={} {} {}\n", t.name, display_text(t.value), t.time, t.source);
    }
    for (const char* name : {"city", "points", "level"}) {
      for (const auto& p : profiles_->trait_past(who, name, INT64_MAX).periods) {
        out += fmt::format("{} was {} {}..{} by {} heard {}\n", name, display_text(p.value), p.from,
                           p.to, p.source, p.received);
      }
    }
    for (const auto& c : view.consents) {
      out += fmt::format("consent {} {} {} {}\n", c.channel, c.purpose, c.granted, c.time);
    }
    for (const auto& t : tags_->of(who)) {
      out += fmt::format("tag {}={}\n", t.code, display_text(t.value));
    }
    for (const auto& m : segments_->of(who)) out += fmt::format("segment {}\n", m.segment_id);
    behaviour_->visit(who, {0, INT64_MAX, {}}, [&](const StoredEvent& event) {
      if (event.name.starts_with("$")) return true;  // what Weir noticed and when is history
      out += fmt::format("event {} {} at {}", event.time, event.name, event.position);
      for (const Property& p : *event.properties) {
        out += fmt::format(" {}={}", p.name, display_text(p.value));
      }
      out += '\n';
      return true;
    });
    return out;
  }

 private:
  void build() {
    identities_ = identity::IdentityFold::make({}, sink_, metrics_);
    profiles_ = profile::Profiles::make(*identities_, schemas_);
    auto opened = embedded::Behaviour::open(*env_, "/behaviour", {.identities = *identities_});
    ASSERT_TRUE(opened.has_value());
    behaviour_ = *std::move(opened);
    PersonReaders readers{profiles_.get(), nullptr, nullptr, behaviour_.get()};
    tags_ = tags::Tags::make(*identities_, readers, Calendar::shanghai());
    readers.tags = tags_.get();
    segments_ = segments::Segments::make(*identities_, readers, Calendar::shanghai());
    harness_.emplace(kStart, std::vector<Fold*>{identities_.get(), profiles_.get(),
                                                &behaviour_->fold(), tags_.get(), segments_.get()});
  }

  std::unique_ptr<SimEnv> env_ = SimEnv::make(1, kStart);
  testing::MapStateStore state_;
  TraitSchemas schemas_;
  Metrics metrics_;
  testing::RecordingErasureSink sink_;
  std::unique_ptr<identity::IdentityFold> identities_;
  std::unique_ptr<profile::Profiles> profiles_;
  std::unique_ptr<embedded::Behaviour> behaviour_;
  std::unique_ptr<tags::Tags> tags_;
  std::unique_ptr<segments::Segments> segments_;
  std::optional<FoldHarness> harness_;
};

Envelope definition(std::string name, std::string body) {
  Envelope e;
  e.kind = RecordKind::Definition;
  e.name = std::move(name);
  e.properties = {{"body", JsonText{std::move(body)}}};
  return e;
}

Envelope segment(const std::string& id, const std::string& def) {
  return definition("segment/" + id, R"({"name":")" + id + R"(","def":)" + def + "}");
}

std::vector<Envelope> definitions() {
  return {
      definition("traits", R"({"traits":[
        {"name":"city","sources":["app","shop"],"history":true},
        {"name":"points","type":"number","history":true}]})"),
      definition("tag/worth", R"({"name":"价值","category":"value","value_type":"enum","rule":
        {"layers":[{"if":{"done":{"event":"order_paid","op":"gte","value":40}},"value":"high"},
                   {"if":{"done":{"event":"order_paid"}},"value":"some"}],"default":"none"}})"),
      segment("buyers", R"({"done":{"event":"order_paid","op":"gte","value":30}})"),
      segment("fresh", R"({"done":{"event":"view","op":"gte","value":1,
                                   "window":{"last":1,"unit":"day"}}})"),
      segment("hangzhou", R"({"profile":{"prop":"profile.city","op":"eq","value":"杭州"}})"),
      segment("rich", R"({"profile":{"prop":"profile.points","op":"gte","value":200}})"),
      segment("sms", R"({"consent":{"channel":"sms","state":"granted"}})"),
      segment("worthy", R"({"and":[{"segment":"buyers"},{"not_done":{"event":"gone"}}]})"),
  };
}

Envelope who(std::vector<Identity> identities, RecordKind kind = RecordKind::Track) {
  Envelope e;
  e.kind = kind;
  e.source = "shop";
  e.name = kind == RecordKind::Track ? "view" : "";
  e.identities = std::move(identities);
  return e;
}

Envelope random_event(SeededRandom& random, TimeMs now) {
  const Identity* all[] = {&kUser, &kBrowser, &kOpenId, &kPhone};
  Envelope e = who({*all[random.below(4)]});
  e.event_time = now - random.below(2) * random.below(3) * kHourMs;
  if (random.chance(30)) e.source = "app";
  switch (random.below(6)) {
    case 0:
      e.name = "order_paid";
      e.properties = {{"amount_fen", int64_t{random.below(9999)}}};
      break;
    case 1:
      e.name = random.chance(50) ? facts::kConsentGranted : facts::kConsentWithdrawn;
      e.properties = {{"channel", std::string(random.chance(50) ? "sms" : "*")},
                      {"purpose", std::string("marketing")}};
      break;
    case 2:
      e.kind = RecordKind::Identify;
      e.name = "";
      e.traits = {{TraitOp::Set, "city", std::string(random.chance(50) ? "杭州" : "上海")},
                  {TraitOp::Increment, "points", int64_t{random.below(5)}}};
      break;
    case 3:
      e.kind = RecordKind::Identify;
      e.name = "";
      e.traits = {
          {TraitOp::SetOnce, "first", int64_t{random.below(100)}},
          {TraitOp::Append, "likes", std::string(1, static_cast<char>('a' + random.below(9)))},
          {random.chance(20) ? TraitOp::Unset : TraitOp::Set, "level", int64_t{3}}};
      break;
    default: break;
  }
  return e;
}

/// Folds the same into both, but for the record that makes one person and the cut.
struct TwoWorlds {
  World merged, never;
  TimeMs number = 0;
  void both(const Envelope& record) {
    merged.apply(record);
    never.apply(record);
  }
  void events(SeededRandom& random, int count, TimeMs& now) {
    for (int i = 0; i < count; ++i) {
      Envelope e = random_event(random, now);
      // Events of one instant are in an order that restarts may change (ADR 0008).
      e.event_time += ++number - kMinuteMs;
      both(e);
      DurationMs passes = random.below(20) * kMinuteMs;
      now += passes;
      merged.advance(passes);
      never.advance(passes);
    }
  }
  void join() {
    merged.apply(who({kUser, kOpenId}, RecordKind::Identify));
    never.apply(who({kUser}, RecordKind::Identify));
  }
  void cut(const std::string& id, std::vector<Identity> side) {
    std::vector<IdentityOrdinal> named;
    for (const Identity& one : side) named.push_back(*merged.identities().find(one));
    std::string name = std::string(identity::kCutPrefix) + id;
    merged.apply(definition(name, identity::cut_body(named, "test")));
    never.apply(definition("note/" + id, "{}"));
  }
  void expect_same(const std::string& when) {
    for (const Identity* one : {&kUser, &kOpenId}) {
      EXPECT_EQ(merged.describe(*one), never.describe(*one)) << when << ": " << one->value;
    }
    for (const auto& info : never.segments().list()) {
      EXPECT_EQ(merged.segments().get(info.id)->count, info.count) << when << ": " << info.id;
    }
  }
};

TEST(UnMerge, MergeAThousandEventsAndUnMergeIsTheSameAsNeverMerged) {
  uint64_t seed = testing::test_seed(20);
  for (uint64_t round = 0; round < 12; ++round) {
    SCOPED_TRACE(fmt::format("WEIR_SEED={}", seed + round));
    SeededRandom random(seed + round);
    TwoWorlds w;
    TimeMs now = kStart;
    for (const Envelope& record : definitions()) w.both(record);
    w.both(who({kUser, kBrowser}));
    w.both(who({kOpenId, kPhone}));
    w.events(random, static_cast<int>(random.below(100)), now);
    w.join();
    ASSERT_EQ(w.merged.owner(kUser), w.merged.owner(kOpenId));
    if (round % 3 == 1) w.merged.restart();
    w.events(random, 1000, now);
    if (round % 3 == 2) w.merged.restart();
    // Whichever side is named, the same happens.
    w.cut("c1", round % 2 == 0 ? std::vector{kOpenId, kPhone} : std::vector{kUser, kBrowser});
    w.expect_same("at once");
    if (round % 4 == 3) w.merged.restart();
    w.join();  // the same evidence joins them no more
    w.events(random, 200, now);
    w.expect_same("later");
    ASSERT_FALSE(::testing::Test::HasFailure());
  }
}

TEST(UnMerge, APersonThatWasNeverTwoGetsANewProfileAndCanBeJoinedAndPartedAgain) {
  World w;
  w.apply(who({kUser, kBrowser, kOpenId}));
  w.apply(who({kOpenId}));
  auto openid = *w.identities().find(kOpenId);
  auto cut = [&](const std::string& id) {
    w.apply(definition("identity_cut/" + id, identity::cut_body({openid}, "two people")));
  };
  cut("one");
  EXPECT_EQ(w.owner(kUser), 0u);
  EXPECT_EQ(w.owner(kBrowser), 0u);
  EXPECT_EQ(w.owner(kOpenId), 1u);
  EXPECT_EQ(w.identities().profile_count(), 2u);
  w.apply(who({kUser, kOpenId}));
  EXPECT_NE(w.owner(kUser), w.owner(kOpenId)) << "evidence is refused";
  w.apply(who({{IdentityKind::Device, "", "d"}, kOpenId}));
  w.apply(who({{IdentityKind::Device, "", "d"}, kUser}));
  EXPECT_NE(w.owner(kUser), w.owner(kOpenId)) << "also in a roundabout way";
  w.restart();
  w.apply(who({kUser, kOpenId}));
  EXPECT_NE(w.owner(kUser), w.owner(kOpenId)) << "also after a restart";
  w.apply(definition("identity_cut/one", ""));
  EXPECT_NE(w.owner(kUser), w.owner(kOpenId)) << "lifting a cut joins nobody by itself";
  w.apply(who({kUser, kOpenId}));
  EXPECT_EQ(w.owner(kUser), w.owner(kOpenId));
  cut("one");
  EXPECT_EQ(w.owner(kUser), w.owner(kOpenId)) << "an id is used once";
  auto device = *w.identities().find({IdentityKind::Device, "", "d"});
  w.apply(definition("identity_cut/two", identity::cut_body({openid, device}, "two people")));
  EXPECT_EQ(w.owner(kOpenId), 1u) << "the profile that was its own before";
  EXPECT_EQ(w.identities().canonical(ProfileOrdinal(1)), ProfileOrdinal(1));
}

}  // namespace
}  // namespace weir

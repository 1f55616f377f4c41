// One person through vault, log, identity and profile, and out again (RELIABILITY L12): planted
// markers are in no byte that is kept, and after the erasure nothing that was kept about the person
// opens.

#include "base/metrics.h"
#include "base/sim_env.h"
#include "identity/identity.h"
#include "privacy/privacy.h"
#include "profile/profile.h"
#include "tests/support/fold_harness.h"

#include <gtest/gtest.h>

namespace weir {
namespace {

using testing::FoldHarness;
using testing::MapStateStore;

constexpr TimeMs kStart = 1'772'409'600'000;
const std::vector<std::string> kMarkers = {"13911112222", "标记姓名乙", "标记路八十八号",
                                           "标记聊天内容", "marker@weir.example"};

/// Everything of Weir that knows people; `log` and the two stores are what a disk would hold.
struct Disk {
  std::vector<std::string> log;
  MapStateStore state, keys;
};

class People {
 public:
  People(Env& env, Disk& disk, size_t from)
      : disk_(disk),
        executor_(env.make_executor("slow")),
        vault_(*privacy::open_vault(env, disk.keys, metrics_, {"/root.key"})),
        sink_(privacy::make_erasure_sink(*vault_, *executor_)),
        identity_(identity::IdentityFold::make({}, *sink_, metrics_)),
        profiles_(profile::Profiles::make(*identity_, schemas_)),
        harness_(kStart, {identity_.get(), profiles_.get()}) {
    if (from > 0) harness_.load(disk.state);
    for (size_t i = from; i < disk.log.size(); ++i) fold(disk.log[i]);
  }

  void append(Envelope record) {
    record.source = "shop";
    record.message_id = "m" + std::to_string(disk_.log.size());
    record.event_time = record.received_time = kStart + static_cast<TimeMs>(disk_.log.size());
    ASSERT_TRUE(vault_->seal(std::span(&record, 1)).has_value());
    encode(record, disk_.log.emplace_back());
    fold(disk_.log.back());
  }
  void end_batch() { harness_.end_batch(); }
  void save() { harness_.save(disk_.state); }

  Vault& vault() { return *vault_; }
  profile::Profiles& profiles() { return *profiles_; }
  std::optional<ProfileOrdinal> find(IdentityKind kind, const std::string& value) {
    auto ordinal = identity_->find({kind, "", value});
    if (!ordinal) return std::nullopt;
    return identity_->owner(*ordinal);
  }
  std::string open(ProfileOrdinal profile, std::string_view trait) {
    const Value* value = profiles_->trait(profile, trait);
    if (value == nullptr) return "(none)";
    auto clear = vault_->open(std::get<Sealed>(*value));
    return clear ? *clear : std::string(to_string(clear.error().code));
  }

 private:
  void fold(const std::string& bytes) {
    auto record = decode_envelope(bytes);
    ASSERT_TRUE(record.has_value());
    harness_.apply(*std::move(record));
  }

  TraitSchemas schemas_;
  Metrics metrics_;
  Disk& disk_;
  std::unique_ptr<Executor> executor_;
  std::unique_ptr<privacy::ErasableVault> vault_;
  std::unique_ptr<ErasureSink> sink_;
  std::unique_ptr<identity::IdentityFold> identity_;
  std::unique_ptr<profile::Profiles> profiles_;
  FoldHarness harness_;
};

Envelope record(RecordKind kind, std::vector<Identity> identities) {
  Envelope e;
  e.kind = kind;
  e.name = "e";
  e.identities = std::move(identities);
  return e;
}

void append_life_of(People& people, const std::string& user, const std::string& phone) {
  Envelope visit = record(RecordKind::Track, {{IdentityKind::AnonymousId, "", "a-" + user}});
  visit.properties = {{"content", kMarkers[3]}, {"url", "https://a.cn/?m=" + phone}};
  people.append(visit);
  Envelope member = record(RecordKind::Identify, {{IdentityKind::UserId, "", user},
                                                  {IdentityKind::AnonymousId, "", "a-" + user},
                                                  {IdentityKind::Phone, "", phone},
                                                  {IdentityKind::Email, "", user + kMarkers[4]}});
  member.traits = {{TraitOp::Set, "name", kMarkers[1]},
                   {TraitOp::Set, "address", kMarkers[2]},
                   {TraitOp::Set, "city", "杭州"}};
  people.append(member);
  Envelope order = record(RecordKind::Track, {{IdentityKind::UserId, "", user}});
  order.properties = {{"receiver", JsonText{"{\"phone\":\"" + phone + "\"}"}}};
  people.append(order);
}

/// How many sealed values of log records [from, to) open, and how many there are.
std::pair<int, int> opened(People& people, const Disk& disk, size_t from, size_t to) {
  int opened = 0, all = 0;
  auto count = [&](const Value& value) {
    if (const auto* sealed = std::get_if<Sealed>(&value)) {
      ++all;
      opened += people.vault().open(*sealed).has_value() ? 1 : 0;
    }
  };
  for (size_t i = from; i < to; ++i) {
    auto e = decode_envelope(disk.log[i]);
    for (const Property& p : e->properties) count(p.value);
    for (const TraitChange& t : e->traits) count(t.value);
  }
  return {opened, all};
}

class PeopleScenario : public ::testing::Test {
 protected:
  void expect_no_marker() {
    auto scan = [](const std::string& bytes) {
      for (const std::string& marker : kMarkers)
        EXPECT_EQ(bytes.find(marker), std::string::npos) << marker;
    };
    for (const std::string& bytes : disk_.log) scan(bytes);
    for (const auto& [key, value] : disk_.state.rows()) scan(key + value);
    for (const auto& [key, value] : disk_.keys.rows()) scan(key + value);
  }

  std::unique_ptr<SimEnv> env_ = SimEnv::make(1, kStart);
  Disk disk_;
};

TEST_F(PeopleScenario, APersonsValuesOpenWhileThePersonIsHereAndNeverAfterTheErasure) {
  People people(*env_, disk_, 0);
  append_life_of(people, "u1", "13911112222");
  append_life_of(people, "u2", "13911113333");
  people.save();
  expect_no_marker();
  ProfileOrdinal person = *people.find(IdentityKind::UserId, "u1");
  EXPECT_EQ(person, *people.find(IdentityKind::AnonymousId, "a-u1"));
  EXPECT_EQ(person, *people.find(IdentityKind::Phone,
                                 *people.vault().token(IdentityKind::Phone, "139 1111 2222")));
  EXPECT_EQ(people.open(person, "phone"), "13911112222");
  EXPECT_EQ(people.open(person, "name"), kMarkers[1]);
  EXPECT_EQ(people.vault().masked(*people.profiles().address(person, IdentityKind::Phone)),
            "139****2222");
  auto [before, all] = opened(people, disk_, 0, 3);
  EXPECT_EQ(before, all);
  EXPECT_GE(all, 7);

  people.append(record(RecordKind::Erase, {{IdentityKind::Phone, "", "13911112222"}}));
  people.end_batch();
  env_->run_ready();
  people.end_batch();
  people.save();
  EXPECT_EQ(opened(people, disk_, 0, 3).first, 0)
      << "also the values sealed while the person was anonymous";
  EXPECT_EQ(opened(people, disk_, 3, 6).first, opened(people, disk_, 3, 6).second)
      << "nobody else is touched";
  EXPECT_EQ(people.open(person, "name"), "(none)");
  for (const auto& [key, value] : disk_.state.rows()) {
    EXPECT_EQ(value.find("u1"), std::string::npos) << "no identity is left in the state";
  }
  expect_no_marker();
}

TEST_F(PeopleScenario, AnErasureEndsWithTheKeysGoneWhereverTheProcessDies) {
  for (bool saved_before_death : {false, true}) {
    for (bool destroyed_before_death : {false, true}) {
      Disk disk;
      {
        People people(*env_, disk, 0);
        append_life_of(people, "u1", "13911112222");
        people.save();
        people.append(record(RecordKind::Erase, {{IdentityKind::UserId, "", "u1"}}));
        if (destroyed_before_death) {
          people.end_batch();
          env_->run_ready();
        }
        if (saved_before_death) people.save();
      }
      People restarted(*env_, disk, saved_before_death ? 4 : 3);
      restarted.end_batch();
      env_->run_ready();
      EXPECT_EQ(opened(restarted, disk, 0, 3).first, 0);
    }
  }
}

TEST_F(PeopleScenario, ARebuildFromTheLogSparesThePersonWhoCameBack) {
  {
    People people(*env_, disk_, 0);
    append_life_of(people, "u1", "13911112222");
    people.append(record(RecordKind::Erase, {{IdentityKind::UserId, "", "u1"}}));
    people.end_batch();
    env_->run_ready();
    append_life_of(people, "u1", "13911112222");
  }
  People rebuilt(*env_, disk_, 0);
  rebuilt.end_batch();
  env_->run_ready();
  rebuilt.end_batch();
  EXPECT_EQ(opened(rebuilt, disk_, 0, 3).first, 0);
  auto [open_now, all] = opened(rebuilt, disk_, 4, 7);
  EXPECT_EQ(open_now, all);
  EXPECT_EQ(rebuilt.open(*rebuilt.find(IdentityKind::UserId, "u1"), "phone"), "13911112222");
}

}  // namespace
}  // namespace weir

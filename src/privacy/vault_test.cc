#include "privacy/privacy.h"

#include "base/metrics.h"
#include "base/real_env.h"
#include "privacy/key_ring.h"
#include "tests/support/map_state_store.h"

#include <gtest/gtest.h>

#include <sys/stat.h>

#include <atomic>
#include <deque>
#include <filesystem>
#include <mutex>

namespace weir::privacy {
namespace {

using testing::MapStateStore;

/// Runs posted tasks when told to.
class ManualExecutor : public Executor {
 public:
  void post(std::function<void()> task) override { tasks_.push_back(std::move(task)); }
  void post_after(DurationMs, std::function<void()> task) override { post(std::move(task)); }
  void stop() override {}
  void run_one() {
    auto task = std::move(tasks_.front());
    tasks_.pop_front();
    task();
  }
  bool idle() const { return tasks_.empty(); }

 private:
  std::deque<std::function<void()>> tasks_;
};

/// Fails writes when told to; thread-safe like a real store.
class FaultyStore : public MapStateStore {
 public:
  Result<std::optional<std::string>> get(std::string_view key) const override {
    std::lock_guard lock(mutex_);
    return MapStateStore::get(key);
  }
  Result<std::vector<std::optional<std::string>>> get_many(
      const std::vector<std::string>& keys) const override {
    std::vector<std::optional<std::string>> values;
    for (const std::string& key : keys) values.push_back(*get(key));
    return values;
  }
  Status write(const WriteBatch& batch) override {
    std::lock_guard lock(mutex_);
    if (failing) return fail(ErrorCode::Unavailable, "disk");
    return MapStateStore::write(batch);
  }
  bool failing = false;

 private:
  mutable std::mutex mutex_;
};

class VaultTest : public ::testing::Test {
 protected:
  void SetUp() override {
    dir_ = ::testing::TempDir() + "weir_vault_" +
           ::testing::UnitTest::GetInstance()->current_test_info()->name();
    std::filesystem::remove_all(dir_);
    ASSERT_TRUE(env_->files().make_dirs(dir_).has_value());
    vault_ = reopen();
  }
  void TearDown() override { std::filesystem::remove_all(dir_); }

  Result<std::unique_ptr<ErasableVault>> try_open(std::string workspace = "default") {
    return open_vault(*env_, store_, metrics_,
                      {dir_ + "/root.key", std::move(workspace), 3, &schemas_});
  }
  std::unique_ptr<ErasableVault> reopen() {
    auto vault = try_open();
    if (!vault) ADD_FAILURE() << vault.error().message;
    return vault ? std::move(*vault) : nullptr;
  }
  Envelope sealed(Envelope envelope) {
    EXPECT_TRUE(vault_->seal(std::span(&envelope, 1)).has_value());
    return envelope;
  }
  std::string open(const Value& value) {
    auto clear = vault_->open(std::get<Sealed>(value));
    return clear ? *clear : "error: " + clear.error().message;
  }
  ErrorCode open_error(const Sealed& value) {
    auto clear = vault_->open(value);
    return clear ? ErrorCode::Internal : clear.error().code;
  }

  std::unique_ptr<Env> env_ = make_real_env();
  Metrics metrics_;
  TraitSchemas schemas_;
  FaultyStore store_;
  std::string dir_;
  std::unique_ptr<ErasableVault> vault_;
};

Envelope identify(std::vector<Identity> identities, std::vector<TraitChange> traits) {
  Envelope envelope;
  envelope.kind = RecordKind::Identify;
  envelope.source = "web";
  envelope.message_id = "m1";
  envelope.identities = std::move(identities);
  envelope.traits = std::move(traits);
  return envelope;
}

const Identity kUser{IdentityKind::UserId, "", "u1"};
const Identity kOther{IdentityKind::UserId, "", "u2"};

TEST_F(VaultTest, SealsPersonalTraitsAndLeavesTheOthers) {
  Envelope e = sealed(identify({kUser}, {{TraitOp::Set, "name", "张三"},
                                         {TraitOp::Set, "city", "杭州"},
                                         {TraitOp::Set, "phone", "+86 138-0013-8000"}}));
  EXPECT_EQ(open(e.traits[0].value), "张三");
  EXPECT_EQ(std::get<std::string>(e.traits[1].value), "杭州");
  EXPECT_EQ(open(e.traits[2].value), "13800138000") << "numbers are kept in the form to send to";
  EXPECT_EQ(std::get<Sealed>(e.traits[0].value).token, "");
  EXPECT_EQ(std::get<Sealed>(e.traits[2].value).token,
            *vault_->token(IdentityKind::Phone, "13800138000"));
  EXPECT_EQ(vault_->masked(std::get<Sealed>(e.traits[2].value)), "138****8000");
  EXPECT_FALSE(vault_->needs_seal(e)) << "sealing twice changes nothing";
}

TEST_F(VaultTest, SealsTraitsThatOperatorsRegisteredAsPersonalOrSensitive) {
  auto schema = parse_trait_schema(
      *json::parse(R"({"traits":[{"name":"allergy","data_class":"sensitive"},{"name":"phone"},)"
                   R"({"name":"points","type":"number","data_class":"personal"}]})"));
  ASSERT_TRUE(schema.has_value());
  Envelope before = identify({kUser}, {{TraitOp::Set, "allergy", "peanut"}});
  EXPECT_FALSE(vault_->needs_seal(before));
  schemas_.set(*schema);
  EXPECT_TRUE(vault_->needs_seal(before));
  Envelope e = sealed(identify({kUser}, {{TraitOp::Set, "allergy", "peanut"},
                                         {TraitOp::Increment, "points", int64_t{7}},
                                         {TraitOp::Set, "phone", "13800138000"},
                                         {TraitOp::Unset, "allergy", {}}}));
  EXPECT_EQ(open(e.traits[0].value), "peanut");
  EXPECT_EQ(open(e.traits[1].value), "7");
  EXPECT_EQ(open(e.traits[2].value), "13800138000") << "a registration lowers no class";
  EXPECT_FALSE(vault_->needs_seal(e));
}

TEST_F(VaultTest, SealsEveryTypeOfValueWhole) {
  Envelope e = identify({kUser}, {});
  e.kind = RecordKind::Track;
  e.properties = {
      {"note", "打我电话13800138000"}, {"numbers", StringList{"x", "13800138000"}},
      {"raw", int64_t{13800138000}},   {"order", JsonText{R"({"receiver_name":"张三"})"}},
      {"name", "蓝色 T 恤"},           {"product_name", "iPhone"},
      {"amount_fen", int64_t{19900}}};
  e = sealed(e);
  EXPECT_EQ(open(e.properties[0].value), "打我电话13800138000");
  EXPECT_EQ(open(e.properties[1].value), R"(["x","13800138000"])");
  EXPECT_EQ(open(e.properties[2].value), "13800138000");
  EXPECT_EQ(open(e.properties[3].value), R"({"receiver_name":"张三"})");
  EXPECT_EQ(std::get<std::string>(e.properties[4].value), "蓝色 T 恤");
  EXPECT_EQ(std::get<std::string>(e.properties[5].value), "iPhone");
  EXPECT_EQ(std::get<int64_t>(e.properties[6].value), 19900);
}

TEST_F(VaultTest, TurnsPersonalIdentitiesIntoTokensAndKeepsTheAddressAsATrait) {
  Envelope e = sealed(identify({{IdentityKind::Phone, "", "138 0013 8000"},
                                kUser,
                                {IdentityKind::Email, "", "A@B.cn"},
                                {IdentityKind::Phone, "", "138****8000"}},
                               {}));
  ASSERT_EQ(e.identities.size(), 3u) << "a mask is not an identifier";
  EXPECT_EQ(e.identities[0].value, *vault_->token(IdentityKind::Phone, "13800138000"));
  EXPECT_EQ(e.identities[1], kUser);
  EXPECT_EQ(e.identities[2].value, *vault_->token(IdentityKind::Email, "a@b.cn"));
  ASSERT_EQ(e.traits.size(), 2u);
  EXPECT_EQ(e.traits[0].name, "phone");
  EXPECT_EQ(open(e.traits[0].value), "13800138000");
  EXPECT_EQ(e.traits[1].name, "email");
  EXPECT_EQ(open(e.traits[1].value), "a@b.cn");
}

TEST_F(VaultTest, TurnsAMemberNumberThatIsAPhoneNumberIntoATokenOfTheSameKind) {
  Envelope e = sealed(identify({{IdentityKind::UserId, "", "13800138000"}}, {}));
  EXPECT_EQ(e.identities[0].kind, IdentityKind::UserId);
  EXPECT_EQ(e.identities[0].value, *vault_->token(IdentityKind::UserId, "13800138000"));
  EXPECT_EQ(e.identities[0].value, *vault_->token(IdentityKind::Phone, "13800138000"));
  ASSERT_EQ(e.traits.size(), 1u);
  EXPECT_EQ(e.traits[0].op, TraitOp::SetOnce) << "a phone trait of its own goes first";
}

TEST_F(VaultTest, DoesNotAddAPhoneTraitToAnErasure) {
  Envelope e = identify({{IdentityKind::Phone, "", "13800138000"}}, {});
  e.kind = RecordKind::Erase;
  e = sealed(e);
  EXPECT_EQ(e.identities[0].value.size(), 32u);
  EXPECT_TRUE(e.traits.empty());
}

TEST_F(VaultTest, NeverSealsTheOperatorsOwnWords) {
  Envelope e = identify({}, {});
  e.kind = RecordKind::Definition;
  e.properties = {{"body", JsonText{R"({"content":"拨打 13800138000","name":"x"})"}}};
  EXPECT_FALSE(vault_->needs_seal(e));
}

TEST_F(VaultTest, ValuesMovedToAnotherPersonFieldOrWorkspaceDoNotOpen) {
  Envelope a = sealed(identify({kUser}, {{TraitOp::Set, "name", "张三"}}));
  Envelope b = sealed(identify({kOther}, {{TraitOp::Set, "name", "李四"}}));
  Sealed value = std::get<Sealed>(a.traits[0].value);
  Sealed moved = value;
  moved.key_id = std::get<Sealed>(b.traits[0].value).key_id;
  EXPECT_EQ(open_error(moved), ErrorCode::DataLoss);
  moved = value;
  moved.field = "address";
  EXPECT_EQ(open_error(moved), ErrorCode::DataLoss);
  for (size_t i = 0; i < value.cipher.size(); ++i) {
    moved = value;
    moved.cipher[i] = static_cast<char>(moved.cipher[i] ^ 1);
    EXPECT_EQ(open_error(moved), ErrorCode::DataLoss) << i;
  }
  moved = value;
  moved.cipher.clear();
  EXPECT_EQ(open_error(moved), ErrorCode::DataLoss);
  moved.key_id = "short";
  EXPECT_EQ(open_error(moved), ErrorCode::DataLoss);
}

TEST_F(VaultTest, MakesTheKeysOfAWholeBatchInOneDurableWrite) {
  std::vector<Envelope> batch;
  for (int i = 0; i < 20; ++i) {
    std::string id = "u" + std::to_string(i % 10);
    batch.push_back(
        identify({{IdentityKind::UserId, "", id}}, {{TraitOp::Set, "name", "张" + id}}));
  }
  int before = store_.writes();
  ASSERT_TRUE(vault_->seal(batch).has_value());
  EXPECT_EQ(store_.writes(), before + 1);
  ASSERT_TRUE(vault_->seal(batch).has_value());
  EXPECT_EQ(store_.writes(), before + 1);
  vault_ = reopen();  // also: ten keys through a cache of three
  for (int i = 0; i < 20; ++i)
    EXPECT_EQ(open(batch[i].traits[0].value), "张u" + std::to_string(i % 10));
}

TEST_F(VaultTest, LeavesTheBatchAsItWasWhenKeysCannotBeWritten) {
  Envelope e =
      identify({{IdentityKind::Phone, "", "13800138000"}}, {{TraitOp::Set, "name", "张三"}});
  Envelope before = e;
  store_.failing = true;
  EXPECT_FALSE(vault_->seal(std::span(&e, 1)).has_value());
  EXPECT_EQ(e, before);
  store_.failing = false;
  EXPECT_TRUE(vault_->seal(std::span(&e, 1)).has_value());
}

TEST_F(VaultTest, RefusesToStartWithoutItsRootKey) {
  sealed(identify({kUser}, {{TraitOp::Set, "name", "张三"}}));
  std::filesystem::rename(dir_ + "/root.key", dir_ + "/elsewhere");
  auto vault = try_open();
  ASSERT_FALSE(vault.has_value());
  EXPECT_EQ(vault.error().code, ErrorCode::FailedPrecondition);
  MapStateStore empty;
  ASSERT_TRUE(open_vault(*env_, empty, metrics_, {dir_ + "/root.key"}).has_value());
  vault = try_open();  // now with the root key of another store
  ASSERT_FALSE(vault.has_value());
  EXPECT_EQ(vault.error().code, ErrorCode::FailedPrecondition);
}

TEST_F(VaultTest, KeepsTheRootKeyFileFromOtherUsers) {
  struct stat info{};
  ASSERT_EQ(::stat((dir_ + "/root.key").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
}

TEST_F(VaultTest, AKeyIsGoneForGoodAfterItsDestruction) {
  Envelope a = sealed(identify({kUser}, {{TraitOp::Set, "name", "张三"}}));
  Envelope b = sealed(identify({kOther}, {{TraitOp::Set, "name", "李四"}}));
  ASSERT_TRUE(vault_->destroy_keys(std::span(&kUser, 1)).has_value());
  ASSERT_TRUE(vault_->destroy_keys(std::span(&kUser, 1)).has_value()) << "twice is fine";
  EXPECT_EQ(open_error(std::get<Sealed>(a.traits[0].value)), ErrorCode::NotFound);
  EXPECT_EQ(vault_->masked(std::get<Sealed>(a.traits[0].value)), "•••");
  EXPECT_EQ(open(b.traits[0].value), "李四");

  Envelope back = sealed(identify({kUser}, {{TraitOp::Set, "name", "张三"}}));
  EXPECT_EQ(open(back.traits[0].value), "张三");
  EXPECT_EQ(open_error(std::get<Sealed>(a.traits[0].value)), ErrorCode::NotFound)
      << "a person who comes back gets a new generation";
}

TEST_F(VaultTest, SealsAWholeTextUnderAKeyOfItsOwn) {
  std::string_view payload = R"({"phone":"13800138000"})";
  std::vector<TextToSeal> texts = {
      {"q17", "payload", payload}, {"q18", "payload", payload}, {"q17", "payload", "again"}};
  auto sealed = vault_->seal_texts(texts);
  ASSERT_TRUE(sealed.has_value());
  EXPECT_EQ(*vault_->open((*sealed)[0]), payload);
  EXPECT_EQ((*sealed)[0].key_id, (*sealed)[2].key_id);
  EXPECT_NE((*sealed)[0].key_id, (*sealed)[1].key_id);
  Identity owner = text_owner("q17");
  ASSERT_TRUE(vault_->destroy_keys(std::span(&owner, 1)).has_value());
  EXPECT_EQ(open_error((*sealed)[0]), ErrorCode::NotFound);
  EXPECT_EQ(open_error((*sealed)[2]), ErrorCode::NotFound);
  EXPECT_EQ(*vault_->open((*sealed)[1]), payload) << "each has a key of its own";
}

TEST_F(VaultTest, TheErasureSinkTriesUntilTheKeysAreGone) {
  Envelope e = sealed(identify({kUser}, {{TraitOp::Set, "name", "张三"}}));
  ManualExecutor executor;
  auto sink = make_erasure_sink(*vault_, executor);
  store_.failing = true;
  std::string generation = std::get<Sealed>(e.traits[0].value).key_id.substr(12);
  sink->submit(7, {{kUser, generation}});
  sink->submit(7, {{kUser, generation}});
  executor.run_one();
  EXPECT_TRUE(sink->take_done().empty());
  store_.failing = false;
  executor.run_one();
  EXPECT_TRUE(executor.idle());
  EXPECT_EQ(sink->take_done(), std::vector<uint64_t>{7});
  EXPECT_TRUE(sink->take_done().empty());
  EXPECT_EQ(open_error(std::get<Sealed>(e.traits[0].value)), ErrorCode::NotFound);
}

TEST_F(VaultTest, SealsOpensAndDestroysFromManyThreads) {
  std::atomic<int> damaged = 0, refused = 0, opened = 0, gone = 0;
  auto work = [&](uint64_t seed) {
    for (int i = 0; i < 300; ++i) {
      std::string id = "u" + std::to_string((seed * 7 + static_cast<uint64_t>(i)) % 8);
      Envelope e = identify({{IdentityKind::UserId, "", id}}, {{TraitOp::Set, "name", "张三"}});
      if (!vault_->seal(std::span(&e, 1))) {
        ++refused;
        continue;
      }
      if (i % 10 == 0 && !vault_->destroy_keys(e.identities)) ++refused;
      auto clear = vault_->open(std::get<Sealed>(e.traits[0].value));
      if (clear) {
        ++opened;
      } else {
        ++(clear.error().code == ErrorCode::NotFound ? gone : damaged);
      }
    }
  };
  std::vector<std::unique_ptr<Executor>> executors;
  for (uint64_t i = 0; i < 4; ++i) {
    executors.push_back(env_->make_executor("vault-test"));
    executors.back()->post([&work, i] { work(i); });
  }
  for (auto& executor : executors) executor->stop();
  EXPECT_EQ(damaged, 0);
  EXPECT_EQ(refused, 0);
  EXPECT_GT(opened, 0);
  EXPECT_GT(gone, 0);
  vault_ = reopen();
  Envelope e = sealed(identify({kUser}, {{TraitOp::Set, "name", "张三"}}));
  EXPECT_EQ(open(e.traits[0].value), "张三");
}

TEST_F(VaultTest, AnErasureThatIsRepeatedSparesThePersonWhoCameBack) {
  Envelope first = sealed(identify({kUser}, {{TraitOp::Set, "name", "张三"}}));
  PersonalKey key{kUser, std::get<Sealed>(first.traits[0].value).key_id.substr(12)};
  ASSERT_TRUE(vault_->destroy_generations(std::span(&key, 1)).has_value());
  Envelope back = sealed(identify({kUser}, {{TraitOp::Set, "name", "张三"}}));
  ASSERT_TRUE(vault_->destroy_generations(std::span(&key, 1)).has_value());
  EXPECT_EQ(open_error(std::get<Sealed>(first.traits[0].value)), ErrorCode::NotFound);
  EXPECT_EQ(open(back.traits[0].value), "张三");
}

// L12: unique markers in every place a protocol can put them; then a scan of all bytes on disk.
TEST_F(VaultTest, ErasureScanFindsNoMarkerOnDiskAndNothingOpensAfterwards) {
  const std::vector<std::string> markers = {"13911112222",         "标记姓名乙",
                                            "标记路八十八号",      "标记聊天内容",
                                            "marker@weir.example", "１３９１１１１２２２２"};
  std::vector<Envelope> batch;
  for (RecordKind kind : {RecordKind::Track, RecordKind::Identify, RecordKind::Page,
                          RecordKind::Screen, RecordKind::Group, RecordKind::Receipt}) {
    Envelope e =
        identify({{IdentityKind::UserId, "", markers[0]},
                  {IdentityKind::Phone, "", markers[5]},
                  {IdentityKind::Email, "", markers[4]}},
                 {{TraitOp::Set, "real_name", markers[1]},
                  {TraitOp::SetOnce, "address", JsonText{"{\"s\":\"" + markers[2] + "\"}"}},
                  {TraitOp::Append, "contacts", StringList{markers[0], markers[4]}}});
    e.kind = kind;
    e.properties = {{"content", markers[3]},
                    {"收货人", markers[1]},
                    {"phone", int64_t{13911112222}},
                    {"url", "https://a.cn/?m=" + markers[0]},
                    {"items", JsonText{R"([{"receiver_address":")" + markers[2] + "\"}]"}},
                    {"items2", JsonText{R"({"x":{"收货地址":")" + markers[2] + "\"}}"}},
                    {"text", "请联系 " + markers[4]}};
    batch.push_back(std::move(e));
  }
  for (const Envelope& e : batch) EXPECT_TRUE(vault_->needs_seal(e));
  ASSERT_TRUE(vault_->seal(batch).has_value());
  {
    auto log = env_->files().open(dir_ + "/log", OpenMode::Create);
    ASSERT_TRUE(log.has_value());
    for (const Envelope& e : batch) {
      std::string bytes;
      encode(e, bytes);
      ASSERT_TRUE((*log)->append(bytes).has_value());
    }
    auto keys = env_->files().open(dir_ + "/keys", OpenMode::Create);
    for (const auto& [key, value] : store_.rows())
      ASSERT_TRUE((*keys)->append(key + value).has_value());
  }
  size_t scanned = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(dir_)) {
    auto bytes = env_->files().read_all(entry.path());
    ASSERT_TRUE(bytes.has_value());
    scanned += bytes->size();
    for (const std::string& marker : markers) {
      EXPECT_EQ(bytes->find(marker), std::string::npos) << marker << " in " << entry.path();
    }
  }
  EXPECT_GT(scanned, 3000u);

  ASSERT_TRUE(vault_->destroy_keys(batch[0].identities).has_value());
  vault_ = reopen();
  int values = 0;
  for (const Envelope& e : batch) {
    for (const Property& p : e.properties) {
      if (const auto* value = std::get_if<Sealed>(&p.value)) {
        ++values;
        EXPECT_EQ(open_error(*value), ErrorCode::NotFound) << p.name;
      }
    }
    for (const TraitChange& t : e.traits) {
      if (const auto* value = std::get_if<Sealed>(&t.value)) {
        ++values;
        EXPECT_EQ(open_error(*value), ErrorCode::NotFound) << t.name;
      }
    }
  }
  EXPECT_GE(values, 60);
}

TEST_F(VaultTest, PassesOrdinaryEventsAtMemorySpeed) {
  Envelope e =
      identify({{IdentityKind::AnonymousId, "", "550e8400-e29b-41d4-a716-446655440000"}}, {});
  e.kind = RecordKind::Track;
  e.properties = {{"sku_id", "SKU-10042"},
                  {"page_name", "商品详情"},
                  {"amount_fen", int64_t{19900}},
                  {"url", "https://shop.example.cn/detail/10042?utm_source=wechat&utm_medium=mp"},
                  {"referrer", "https://shop.example.cn/list/spring-2026"},
                  {"channel", "wechat"},
                  {"items", JsonText{R"([{"sku_id":"A","qty":2,"name":"T 恤"}])"}}};
  constexpr int kRounds = 100'000;
  int64_t start = env_->clock().monotonic_us();
  int hits = 0;
  for (int i = 0; i < kRounds; ++i) hits += vault_->needs_seal(e) ? 1 : 0;
  double ns = static_cast<double>(env_->clock().monotonic_us() - start) * 1000 / kRounds;
  EXPECT_EQ(hits, 0);
  std::printf("needs_seal: %.0f ns for an event of seven properties\n", ns);
}

}  // namespace
}  // namespace weir::privacy

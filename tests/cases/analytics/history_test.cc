// What conditions are told of a person's past is what the store says, whatever is kept of it.

#include "adapters/embedded/behaviour/history_cache.h"
#include "tests/support/behaviour_world.h"
#include "tests/support/seeded_random.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace weir {
namespace {

using embedded::HistoryCache;
using testing::BehaviourWorld;
using testing::SeededRandom;

constexpr TimeMs kNow = 1'780'000'000'000;
const std::vector<std::string_view> kRead{"city", "amount"};

std::string line(const StoredEvent& event) {
  std::string out = fmt::format("{} {} {}", event.time, event.name, event.identity.value);
  for (std::string_view name : kRead) {
    const Value* value = find_property(*event.properties, name);
    out += value == nullptr ? " -" : " " + display_text(*value);
  }
  return out;
}

/// Sorted: the order of events of one instant is not told (G5).
std::vector<std::string> told(const HistoryReader& history, ProfileOrdinal profile,
                              const HistoryQuery& query) {
  std::vector<std::string> out;
  TimeMs last = 0;
  history.visit(profile, query, [&](const StoredEvent& event) {
    EXPECT_LE(last, event.time);
    last = event.time;
    out.push_back(line(event));
    return true;
  });
  std::ranges::sort(out);
  return out;
}

class HistoryLaws : public ::testing::Test {
 protected:
  std::string somebody() { return fmt::format("p{}", random_.below(8)); }
  /// One person is busier than what is kept of anybody.
  void post() {
    std::string who = random_.chance(40) ? "p0" : somebody();
    Properties properties{{"city", "c" + std::to_string(random_.below(3))}};
    if (random_.chance(50)) properties.push_back({"amount", int64_t{random_.below(100)}});
    if (random_.chance(5)) properties.push_back({"phone", Sealed{"k", "phone", "t", "x"}});
    world_.post(who, kEvents[random_.below(4)], kNow - kDayMs * random_.below(30), properties);
  }
  void change() {
    uint32_t what = random_.below(100);
    if (what < 4) {
      std::string a = somebody(), b = somebody();
      if (world_.profile_of(a) != world_.profile_of(b)) world_.merge(a, b);
    } else if (what < 6) {
      ASSERT_TRUE(world_.checkpoint());
    } else {
      post();
    }
  }
  void compare() {
    std::vector<std::string> names(kEvents.begin(), kEvents.begin() + 1 + random_.below(3));
    TimeMs from = kNow - kDayMs * random_.below(40);
    HistoryQuery query{from, from + kDayMs * random_.below(40), names, kRead};
    HistoryQuery of_store = query;
    of_store.properties.reset();  // questions about all properties are never kept
    ProfileOrdinal profile = world_.profile_of(somebody());
    ASSERT_EQ(told(world_.behaviour(), profile, query),
              told(world_.behaviour(), profile, of_store));
  }

  const std::vector<std::string> kEvents{"view", "cart", "pay", "other"};
  SeededRandom random_{testing::test_seed(11)};
  BehaviourWorld world_{kNow};
};

TEST_F(HistoryLaws, ItIsTheSameWhateverHappensInBetween) {
  for (int i = 0; i < 6000; ++i) {
    change();
    if (i % 3 == 0) compare();
    if (HasFatalFailure()) FAIL() << "after " << i;
  }
}

/// Four people with 20 events each.
class HistoryCacheTest : public ::testing::Test {
 protected:
  bool ask(uint32_t profile) {
    std::vector<std::string> names{"view"};
    auto load = [&](const HistoryQuery& query, const HistoryCache::Visit& visit) {
      ++loads_;
      Properties properties{{"city", std::string("上海")}, {"not asked for", int64_t{1}}};
      for (TimeMs t = 0; t < rows_; ++t) {
        StoredEvent event{t, query.names[0], IdentityOrdinal(profile), 0, 0, &properties};
        if (!visit(event)) return;
      }
    };
    seen_ = 0;
    return cache_.visit(ProfileOrdinal(profile), {0, 100000, names, kRead}, load,
                        [&](const StoredEvent& event) {
                          EXPECT_EQ(event.properties->size(), 1u);
                          ++seen_;
                          return true;
                        });
  }
  HistoryCache cache_{20'000};
  int loads_ = 0, seen_ = 0;
  TimeMs rows_ = 20;
};

TEST_F(HistoryCacheTest, APersonIsReadOnceUntilDropped) {
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(ask(1));
  EXPECT_EQ(loads_, 1);
  Properties none{{"city", std::string("杭州")}};
  cache_.add(ProfileOrdinal(1), {5, "view", IdentityOrdinal(1), 0, 0, &none});
  cache_.add(ProfileOrdinal(1), {6, "never asked for", IdentityOrdinal(1), 0, 0, &none});
  ASSERT_TRUE(ask(1));
  EXPECT_EQ(seen_, 21);
  cache_.drop(ProfileOrdinal(1));
  ASSERT_TRUE(ask(1));
  EXPECT_EQ(seen_, 20);
  EXPECT_EQ(loads_, 2);
}

TEST_F(HistoryCacheTest, WhoIsNotAskedForGoesFirst) {
  for (uint32_t other = 2; other < 9; ++other) {
    ASSERT_TRUE(ask(1));
    ASSERT_TRUE(ask(other));
  }
  EXPECT_EQ(loads_, 8) << "1 stays";
  ASSERT_TRUE(ask(2));
  EXPECT_EQ(loads_, 9) << "2 had to go";
}

TEST_F(HistoryCacheTest, TooLongAPastIsLeftToTheStore) {
  rows_ = HistoryCache::kRowsMax + 1;
  EXPECT_FALSE(ask(1));
  EXPECT_FALSE(ask(1));
  EXPECT_EQ(loads_, 1) << "that it is too long is kept";
}

}  // namespace
}  // namespace weir

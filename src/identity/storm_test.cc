// Merge storms (RELIABILITY I1): what a shop's tablet or a broken client makes of the links stays
// bounded, counted in merges and rows, not in time. CI runs them small, tools/nightly.sh at full
// size (WEIR_STORM=1).

#include "base/metrics.h"
#include "identity/identity.h"
#include "tests/support/erasure_sink.h"
#include "tests/support/fold_harness.h"

#include <gtest/gtest.h>

#include <cstdlib>

namespace weir::identity {
namespace {

constexpr TimeMs kStart = 1'772'409'600'000;

int storm_size(int in_ci, int full) {
  return std::getenv("WEIR_STORM") == nullptr ? in_ci : full;
}

struct Storm {
  void track(std::vector<Identity> identities, TimeMs time) {
    Envelope record;
    record.source = "web";
    record.name = "e";
    record.event_time = time;
    record.identities = std::move(identities);
    harness.apply(std::move(record));
  }
  size_t identities_with(const Identity& identity) const {
    return fold->identities_of(fold->owner(*fold->find(identity))).size();
  }
  size_t largest() const {
    size_t most = 0;
    for (ProfileOrdinal p : fold->live_profiles(ProfileOrdinal(0), SIZE_MAX)) {
      most = std::max(most, fold->identities_of(p).size());
    }
    return most;
  }

  Metrics metrics;
  testing::RecordingErasureSink sink;
  std::unique_ptr<IdentityFold> fold = IdentityFold::make({}, sink, metrics);
  testing::FoldHarness harness{kStart, {fold.get()}};
};

Identity numbered(IdentityKind kind, int n) {
  return {kind, "", "v" + std::to_string(n)};
}

TEST(IdentityStorm, AChainFallsIntoPeopleOfTheHardLimit) {
  const int n = storm_size(20'000, 100'000);
  Storm storm;
  for (int i = 0; i < n; ++i) {
    storm.track(
        {numbered(IdentityKind::AnonymousId, i), numbered(IdentityKind::AnonymousId, i + 1)},
        kStart);
  }
  auto records = static_cast<uint64_t>(n);
  EXPECT_EQ(storm.largest(), 100u);
  EXPECT_EQ(storm.fold->merges_total(), 0u) << "each new link joins, none merges";
  EXPECT_LE(storm.fold->links_refused_total(), records / 99 + 1);
  EXPECT_LE(storm.fold->profile_count(), records / 99 + 1);
}

// The same chain laid from pieces that are people already: each record would merge two.
TEST(IdentityStorm, AChainOfPeopleMergesEachOfThemOnceAtMost) {
  const int n = storm_size(20'000, 100'000);
  Storm storm;
  for (int i = 0; i <= n; ++i) storm.track({numbered(IdentityKind::AnonymousId, i)}, kStart);
  for (int step : {2, 1}) {
    for (int i = 0; i + step <= n; i += step) {
      storm.track(
          {numbered(IdentityKind::AnonymousId, i), numbered(IdentityKind::AnonymousId, i + step)},
          kStart);
    }
  }
  auto records = static_cast<uint64_t>(n + n / 2);
  EXPECT_LE(storm.largest(), 100u);
  EXPECT_LE(storm.fold->merges_total(), records);
  EXPECT_LE(storm.fold->links_refused_total(), records);
}

TEST(IdentityStorm, PeopleOnOneDeviceStayPeople) {
  const int n = storm_size(50'000, 1'000'000);
  Storm storm;
  const Identity tablet{IdentityKind::Device, "", "tablet"};
  for (int i = 0; i < n; ++i) {
    storm.track({numbered(IdentityKind::UserId, i), tablet}, kStart + i * kSecondMs);
  }
  auto people = static_cast<uint64_t>(n);
  EXPECT_LE(storm.identities_with(tablet), 6u);
  EXPECT_EQ(storm.fold->profile_count(), people);
  EXPECT_EQ(storm.fold->merges_total(), 0u);
  EXPECT_LE(storm.fold->links_refused_total(), people) << "one row for each pair, once";
  // A question about the tablet is answered in the same size, however many showed it.
  auto why = storm.fold->explain(storm.fold->owner(*storm.fold->find(tablet)));
  EXPECT_LE(why.links.size(), kLinksShownMax);
  for (const IdentityView& view : why.identities) EXPECT_LE(view.others.size(), kOthersShownMax);
}

}  // namespace
}  // namespace weir::identity

#include "ports/resident_bits.h"

#include "tests/support/map_state_store.h"

#include <gtest/gtest.h>

#include <set>

namespace weir {
namespace {

constexpr uint64_t kPage = ResidentBits::kPageBits;

std::vector<uint64_t> all_of(const ResidentBits& bits) {
  std::vector<uint64_t> out;
  for (auto at = bits.next(0); at; at = bits.next(*at + 1)) out.push_back(*at);
  return out;
}

TEST(ResidentBits, HoldsWhatWasInsertedAndNotErased) {
  ResidentBits bits("xb");
  std::set<uint64_t> expected;
  for (uint64_t n : {uint64_t{5}, uint64_t{64}, kPage - 1, kPage, 40 * kPage + 7, uint64_t{5}}) {
    EXPECT_EQ(bits.insert(n), expected.insert(n).second) << n;
  }
  bits.erase(64);
  bits.erase(65);
  expected.erase(64);
  EXPECT_FALSE(bits.contains(64));
  EXPECT_TRUE(bits.contains(kPage));
  EXPECT_EQ(all_of(bits), std::vector<uint64_t>(expected.begin(), expected.end()));
}

TEST(ResidentBits, ComesBackFromTheStoreWithFullAndEmptiedPages) {
  testing::MapStateStore store;
  ResidentBits bits("xb");
  auto save = [&] {
    WriteBatch batch;
    bits.save(batch);
    ASSERT_TRUE(store.write(batch));
  };
  for (uint64_t n = 0; n < kPage; ++n) bits.insert(n);
  bits.insert(300 * kPage + 3);
  bits.insert(5 * kPage);
  save();
  EXPECT_FALSE(bits.insert(17)) << "the page is full";
  bits.erase(5 * kPage);
  save();
  ResidentBits again("xb");
  ASSERT_TRUE(again.load(store));
  EXPECT_EQ(all_of(again), all_of(bits));
  EXPECT_EQ(all_of(again).size(), kPage + 1);
  again.erase(9);
  EXPECT_FALSE(again.contains(9));
  EXPECT_TRUE(again.contains(8));
  EXPECT_TRUE(again.insert(9));
}

TEST(ResidentBits, RefusesDamagedPages) {
  testing::MapStateStore store;
  WriteBatch batch;
  batch.put("xb12345678", "too short");
  ASSERT_TRUE(store.write(batch));
  ResidentBits bits("xb");
  EXPECT_EQ(bits.load(store).error().code, ErrorCode::DataLoss);
}

}  // namespace
}  // namespace weir

#include "ports/packed_table.h"

#include "tests/support/map_state_store.h"

#include <gtest/gtest.h>

#include <map>

namespace weir {
namespace {

/// A row that is a text.
struct TextRow {
  std::string text;
  bool ParseFromArray(const void* data, int size) {
    text.assign(static_cast<const char*>(data), static_cast<size_t>(size));
    return !text.starts_with("damaged");
  }
  std::string SerializeAsString() const { return text; }
};

using Table = PackedTable<TextRow>;
constexpr uint32_t kMany = 5 * Table::kValidFor;

std::string text_of(uint32_t n) {
  return "a row of some length that is like all others: " + std::to_string(n * 7919);
}

std::map<uint32_t, std::string> all_of(const Table& table) {
  std::map<uint32_t, std::string> out;
  table.for_each([&](uint32_t n, const TextRow& row) { out[n] = row.text; });
  return out;
}

TEST(PackedTable, GivesBackWhatWasPutHoweverManyRowsThereAre) {
  Table table("pt");
  for (uint32_t n = 0; n < kMany; n += 2) table.mutate(n).text = text_of(n);
  for (uint32_t n = 0; n < kMany; n += 6) table.mutate(n).text += " changed";
  for (uint32_t n = 0; n < kMany; n += 10) table.erase(n);
  EXPECT_EQ(table.find(1), nullptr);
  EXPECT_EQ(table.find(kMany + 7), nullptr);
  std::map<uint32_t, std::string> expected;
  for (uint32_t n = 0; n < kMany; n += 2) {
    if (n % 10 != 0) expected[n] = text_of(n) + (n % 6 == 0 ? " changed" : "");
  }
  EXPECT_EQ(table.size(), expected.size());
  EXPECT_EQ(all_of(table), expected);
  for (const auto& [n, text] : expected) ASSERT_EQ(table.find(n)->text, text);
}

TEST(PackedTable, APointerHoldsWhileOthersAreAskedFor) {
  Table table("pt");
  for (uint32_t n = 0; n < kMany; ++n) table.mutate(n).text = text_of(n);
  for (uint32_t first = 0; first < 3; ++first) {
    TextRow& held = table.mutate(first);
    for (uint32_t n = 100; n < 99 + Table::kValidFor; ++n) table.find(n);
    held.text += " late";
    EXPECT_EQ(table.find(first)->text, text_of(first) + " late");
  }
}

TEST(PackedTable, ComesBackFromTheStore) {
  testing::MapStateStore store;
  Table before("pt");
  auto save = [&] {
    WriteBatch batch;
    before.save(batch);
    ASSERT_TRUE(store.write(batch));
  };
  for (uint32_t n = 0; n < kMany; ++n) before.mutate(n).text = text_of(n);
  save();
  for (uint32_t n = 0; n < kMany; n += 3) before.mutate(n).text += " changed";
  for (uint32_t n = 1; n < kMany; n += 3) before.erase(n);
  before.add(kMany + 5);
  save();
  Table after("pt");
  size_t seen = 0;
  ASSERT_TRUE(after.load(store, [&](uint32_t, const TextRow&) { ++seen; }));
  EXPECT_EQ(all_of(after), all_of(before));
  EXPECT_EQ(seen, after.size());
  EXPECT_TRUE(after.contains(kMany + 5));
}

TEST(PackedTable, RefusesADamagedRow) {
  testing::MapStateStore store;
  WriteBatch batch;
  batch.put("pt" + ordinal_key(uint32_t{4}), "damaged");
  ASSERT_TRUE(store.write(batch));
  Table table("pt");
  EXPECT_EQ(table.load(store).error().code, ErrorCode::DataLoss);
}

}  // namespace
}  // namespace weir

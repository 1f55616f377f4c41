#include "base/row_packer.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace weir {
namespace {

std::string row_of(int n) {
  return fmt::format(
      "city=city_{};gender={};level={};channel=mini_program;points={};guide=guide_{}", n % 300,
      n % 2 == 0 ? "female" : "male", n % 5, n * 37 % 20000, n % 500);
}

TEST(RowPacker, GivesBackEveryRowWhenAskedInAnyOrder) {
  RowPacker packer;
  std::vector<std::string> packed;
  for (int n = 0; n < 5000; ++n) packed.emplace_back(packer.pack(row_of(n)));
  for (int n = 4999; n >= 0; --n)
    EXPECT_EQ(packer.unpack(packed[static_cast<size_t>(n)]), row_of(n));
}

TEST(RowPacker, MakesRowsSmallerOnceItKnowsWhatTheyAreLike) {
  RowPacker packer;
  size_t bytes = 0, stored = 0;
  for (int n = 0; n < 5000; ++n) {
    std::string row = row_of(n);
    bytes += row.size();
    stored += packer.pack(row).size();
  }
  EXPECT_LT(stored, bytes / 2);
}

TEST(RowPacker, KeepsWhatCannotBeMadeSmaller) {
  RowPacker packer;
  for (int n = 0; n < 1000; ++n) packer.pack(row_of(n));
  std::string noise;
  uint64_t x = 1;
  for (int i = 0; i < 300; ++i)
    noise += static_cast<char>((x = x * 6364136223846793005 + 1442695040888963407) >> 56);
  for (std::string row : {std::string(), std::string("a"), noise, std::string(100'000, 'x')}) {
    std::string packed(packer.pack(row));
    EXPECT_LE(packed.size(), row.size() + 1);
    EXPECT_EQ(packer.unpack(packed), row);
  }
}

}  // namespace
}  // namespace weir

#pragma once
// Makes small strings that are alike smaller, one by one: the first ones become the dictionary of
// those that follow. For rows that are kept in memory by the million.

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace weir {

/// Not thread-safe.
class RowPacker {
 public:
  RowPacker();
  ~RowPacker();
  RowPacker(const RowPacker&) = delete;
  RowPacker& operator=(const RowPacker&) = delete;

  /// Valid until the next call. Never longer than `row` and one byte.
  std::string_view pack(std::string_view row);
  /// What pack() of this packer was given. Valid until the next call.
  std::string_view unpack(std::string_view packed);

 private:
  struct Codec;
  void learn(std::string_view row);
  std::string_view plain(std::string_view row);

  std::unique_ptr<Codec> codec_;
  std::string first_rows_;  // until there is a dictionary
  std::vector<char> buffer_;
};

}  // namespace weir

#pragma once
// Codes for texts: event names, property names, and text values. Append-only; a text keeps its code
// for ever. One writer; readers on any thread.

#include "base/result.h"

#include <absl/container/flat_hash_map.h>

#include <array>
#include <atomic>
#include <memory>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <vector>

namespace weir::columnar {

/// One family of texts with dense codes 0, 1, 2 …
class StringTable {
 public:
  StringTable();
  ~StringTable();
  StringTable(const StringTable&) = delete;
  StringTable& operator=(const StringTable&) = delete;

  /// The code of `text`, a new one if need be. Writer only; at most 2^31 texts.
  uint32_t intern(std::string_view text);
  /// Any thread.
  std::optional<uint32_t> find(std::string_view text) const;
  /// Text of a code below size(); without a lock. Valid as long as the table.
  std::string_view text(uint32_t code) const {
    return pages_[code >> kPageBits].load(std::memory_order_acquire)[code & kPageMask];
  }
  uint32_t size() const { return size_.load(std::memory_order_acquire); }

 private:
  static constexpr uint32_t kPageBits = 14, kPageMask = (1u << kPageBits) - 1;
  static constexpr size_t kPages = 1u << (31 - kPageBits);

  std::string_view keep(std::string_view text);

  struct Hash {
    size_t operator()(std::string_view text) const;
  };
  // A page is written before size_ passes it and never moves.
  std::unique_ptr<std::atomic<std::string_view*>[]> pages_;
  std::atomic<uint32_t> size_{0};
  std::vector<std::unique_ptr<char[]>> arena_;
  size_t arena_left_ = 0;
  char* arena_next_ = nullptr;
  mutable std::shared_mutex mutex_;  // guards codes_
  absl::flat_hash_map<std::string_view, uint32_t, Hash> codes_;
};

enum class Family : uint8_t { Event = 0, Property = 1, Value = 2 };
inline constexpr size_t kFamilies = 3;

class Dictionary {
 public:
  using Sizes = std::array<uint32_t, kFamilies>;

  StringTable& operator[](Family family) { return tables_[static_cast<size_t>(family)]; }
  const StringTable& operator[](Family family) const {
    return tables_[static_cast<size_t>(family)];
  }
  Sizes sizes() const;

  /// Bytes of the texts with from ≤ code < to of each family; see
  /// docs/internals/behaviour-store.md.
  std::string encode(const Sizes& from, const Sizes& to) const;
  /// Adds texts written by encode; their codes must be the next ones. DataLoss when damaged.
  Status decode(std::string_view bytes);

 private:
  std::array<StringTable, kFamilies> tables_;
};

}  // namespace weir::columnar

#pragma once
// A set of numbers kept in memory as bits, written back by the page: rows of a file that were
// folded, people who wait to be looked at. A page costs 4 KiB while it is neither empty nor full.

#include "base/result.h"
#include "ports/state_store.h"

#include <array>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>

namespace weir {

class ResidentBits {
 public:
  static constexpr uint64_t kPageBits = 32768;

  /// Pages are stored as prefix + number of the page. `prefix` starts with the room's byte.
  explicit ResidentBits(std::string prefix) : prefix_(std::move(prefix)) {}

  /// False when it was there already.
  bool insert(uint64_t number);
  void erase(uint64_t number);
  bool contains(uint64_t number) const;
  bool empty() const { return pages_.empty(); }
  /// The smallest one from `from` on.
  std::optional<uint64_t> next(uint64_t from) const;

  Status load(const StateStore& store);
  void save(WriteBatch& batch);

 private:
  using Words = std::array<uint64_t, kPageBits / 64>;
  struct Page {
    uint32_t count = 0;
    bool dirty = false;
    std::unique_ptr<Words> words;  // null when it is full
  };
  Words& words_of(Page& page);
  Page& page_for_change(uint64_t number);

  const std::string prefix_;
  std::map<uint64_t, Page> pages_;  // none is empty
  std::set<uint64_t> dirty_;
  Page* recent_ = nullptr;  // page number recent_number_: numbers mostly come in order
  uint64_t recent_number_ = 0;
};

}  // namespace weir

#pragma once
// The append-only record of every link and every refusal: evidence for people, and what a later
// un-merge or re-resolution starts from. A pair gets a row when it is linked or refused for a new
// reason or by a new rule, so an event that repeats what is known costs one look-up.

#include "base/result.h"
#include "base/time.h"
#include "model/ids.h"
#include "ports/state_store.h"

#include <absl/container/flat_hash_map.h>

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>

namespace weir::identity {

class IdentityTable;

/// Stored numbers; never reuse one.
enum class LinkRule : uint8_t { SameRecord = 1, Identify = 2, Alias = 3, Cut = 4, Resolution = 5 };
enum class Refusal : uint8_t {
  None = 0,
  KindLimit = 1,
  ClusterFull = 2,
  SharedValue = 3,
  Cut = 4,
  Blocked = 5
};

std::string_view to_string(LinkRule rule);
std::string_view to_string(Refusal refusal);   // empty for None
Refusal parse_refusal(std::string_view text);  // None for what is no refusal

struct Link {
  uint32_t a, b;  // identity ordinals, a < b
  LinkRule rule;
  Refusal refusal;
  uint16_t version;           // of the rules that held
  uint32_t source;            // code of the table
  uint32_t older_a, older_b;  // next older row of a and of b
  TimeMs time;                // event time of the record
  Position position;
  std::string message_id;
};

class Ledger {
 public:
  explicit Ledger(IdentityTable& table) : table_(table) {}

  /// True when the pair already has a row with this rule and this outcome as its latest.
  bool knows(uint32_t a, uint32_t b, LinkRule rule, Refusal refusal) const;
  void add(uint32_t a, uint32_t b, LinkRule rule, Refusal refusal, uint32_t version, TimeMs time,
           Position position, std::string_view message_id, uint32_t source);

  /// True when the latest row of the pair says that they are one person.
  bool linked(uint32_t a, uint32_t b) const;

  /// Rows of one identity, newest first; `visit(number, link)` returns false to stop.
  template <class F>
  void for_each(uint32_t identity, uint32_t newest, F&& visit) const {
    for (uint32_t i = newest; i != UINT32_MAX;) {
      const Link& link = links_[i];
      if (!visit(i, link)) return;
      i = link.a == identity ? link.older_a : link.older_b;
    }
  }

  const Link& row(uint32_t number) const { return links_[number]; }
  size_t size() const { return links_.size(); }
  uint64_t refused() const { return refused_; }

  Status load(const StateStore& store);
  void save(WriteBatch& batch);

 private:
  struct Known {
    uint8_t rules = 0;  // bit per rule that has a row with `refusal`
    Refusal refusal = Refusal::None;
  };
  static uint64_t pair_of(uint32_t a, uint32_t b);
  void index(uint32_t number);
  Status load_row(std::string_view key, std::string_view bytes);

  IdentityTable& table_;
  std::deque<Link> links_;
  absl::flat_hash_map<uint64_t, Known> pairs_;
  size_t saved_ = 0;
  uint64_t refused_ = 0;
};

}  // namespace weir::identity

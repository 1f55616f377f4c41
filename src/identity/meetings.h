#pragma once
// Which identities met in one record: the evidence that a resolution under other rules starts from
// (ADR 0011). Each distinct set once; a set that could not become one person again on each later
// day, because how recently a shared value was seen counts.

#include "base/result.h"
#include "base/time.h"
#include "identity/ledger.h"
#include "model/ids.h"
#include "ports/state_store.h"

#include <absl/container/flat_hash_map.h>

#include <cstdint>
#include <span>
#include <vector>

namespace weir::identity {

struct Meeting {
  LinkRule rule;
  TimeMs time;  // event time of the record
  Position position;
  std::span<const uint32_t> identities;  // in the record's order; valid until the next note()
};

class Meetings {
 public:
  explicit Meetings(const IdentityTable& table) : table_(table) {}

  void note(LinkRule rule, std::span<const uint32_t> identities, bool all_one, TimeMs time,
            Position position);

  size_t size() const { return starts_.size(); }
  Meeting at(size_t number) const;

  /// State of before there were meetings: the ledger's pairs stand for them.
  Status load(const StateStore& store, const Ledger& ledger);
  void save(WriteBatch& batch);

 private:
  static constexpr size_t kHeader = 5;  // count and rule, time, position
  void append(LinkRule rule, std::span<const uint32_t> identities, TimeMs time, Position position);
  Status load_row(std::string_view key, std::string_view bytes);

  const IdentityTable& table_;
  std::vector<uint32_t> words_;                   // header and ordinals of each
  std::vector<uint64_t> starts_;                  // in words_
  absl::flat_hash_map<uint64_t, uint32_t> days_;  // by hash of the set: day of its newest row
  size_t saved_ = 0;
};

}  // namespace weir::identity

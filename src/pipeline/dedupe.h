#pragma once
// Which messages were folded already (SEMANTICS G7, RELIABILITY P8). Ids are kept by the day of log
// time on which they were folded, and dropped a whole day at a time, so that forgetting is a
// function of the log. A duplicate that comes later than that is folded again: senders retry for
// hours, not weeks.

#include "base/hash.h"
#include "base/time.h"
#include "model/envelope.h"
#include "ports/state_store.h"

#include <absl/container/flat_hash_map.h>

#include <deque>
#include <string_view>
#include <vector>

namespace weir::pipeline {

enum class Seen { New, Duplicate, OtherBody };

class Dedupe {
 public:
  static constexpr int32_t kDaysKept = 7;

  Status load(const StateStore& store);
  void save(WriteBatch& batch);

  /// Remembers the message of `envelope`; says whether it was there before and with the same body.
  Seen check(const Envelope& envelope, TimeMs now);
  /// The same for a row of an import, whose body is not compared.
  Seen check(std::string_view source, std::string_view message_id, TimeMs now);
  size_t size() const;

 private:
  struct Day {
    int32_t number = 0;
    uint64_t chunks = 0;  // rows written for this day
    absl::flat_hash_map<Hash128, uint32_t> bodies;
  };
  struct Entry {
    Hash128 id;
    uint32_t body;
  };

  Hash128 id_of(std::string_view source, std::string_view message_id);
  Seen check(const Hash128& id, uint32_t body, TimeMs now);
  Status load_chunk(std::string_view key, std::string_view entries);
  void begin_day(int32_t number);
  void save_unsaved(WriteBatch& batch);

  std::deque<Day> days_;        // newest last
  std::vector<Entry> unsaved_;  // of the newest day
  WriteBatch unwritten_;        // chunks and removals of days that ended since the last save
  std::string scratch_;
};

/// A digest of what a sender repeats when it sends a message again: not its times, and not the
/// bytes of sealed values, which differ each time they are sealed.
uint32_t body_digest(const Envelope& envelope, std::string& scratch);

}  // namespace weir::pipeline

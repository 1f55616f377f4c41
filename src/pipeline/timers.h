#pragma once
// Durable timers of the folds. They fire in the order (due, owner, key) whatever order they were
// set in, so that firing is a function of the log.

#include "base/time.h"
#include "ports/state_store.h"

#include <absl/container/btree_set.h>
#include <absl/container/flat_hash_map.h>
#include <absl/container/flat_hash_set.h>

#include <optional>
#include <string>
#include <string_view>

namespace weir::pipeline {

class Timers {
 public:
  struct Timer {
    TimeMs due = 0;
    std::string owner, key;
  };

  Status load(const StateStore& store);
  void save(WriteBatch& batch);

  void set(std::string_view owner, std::string_view key, TimeMs due);
  void cancel(std::string_view owner, std::string_view key);
  std::optional<TimeMs> next_due() const;
  /// Takes the first timer with due ≤ `now` away; nothing when there is none.
  std::optional<Timer> take_due(TimeMs now);
  size_t size() const { return due_.size(); }

 private:
  void remove(const std::string& row);

  // A row is owner, 0, key: byte order is the order (owner, key).
  absl::flat_hash_map<std::string, TimeMs> due_;
  absl::btree_set<std::pair<TimeMs, std::string>> order_;
  absl::flat_hash_set<std::string> changed_;
};

}  // namespace weir::pipeline

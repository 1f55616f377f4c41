#pragma once
// Questions asked lately by their hash, so that a client can ask for the people behind a number
// with the hash that came with the answer.

#include "base/json.h"
#include "base/result.h"
#include "base/string_map.h"

#include <list>
#include <mutex>
#include <string>

namespace weir::analytics {

/// Thread-safe. Keeps the newest; a restart forgets all.
class RecentQuestions {
 public:
  static constexpr size_t kBytesMax = 4 << 20;  // questions come from outside: bounded

  /// `definition` is pinned to its as_of. Answers its hash.
  std::string remember(const json::object& definition);
  /// NotFound says what to do instead.
  Result<json::object> find(std::string_view hash);

 private:
  struct Entry {
    std::string hash, text;
  };
  std::mutex mutex_;
  std::list<Entry> entries_;  // newest first
  StringMap<std::list<Entry>::iterator> by_hash_;
  size_t bytes_ = 0;
};

}  // namespace weir::analytics

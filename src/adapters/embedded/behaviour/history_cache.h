#pragma once
// The part of people's histories that conditions ask for again and again: with every event of a
// person the conditions that name it look at the person's past. What was asked for once (names of
// events, names of their properties) is kept for the people seen last, and grows with their new
// events, so that a person's past is read from the store once and not with every event.
//
// Everything here is derived and may be dropped at any time. Of the fold executor.

#include "model/history_query.h"
#include "model/ids.h"
#include "ports/people.h"

#include <absl/container/flat_hash_map.h>

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weir::embedded {

class HistoryCache {
 public:
  using Visit = std::function<bool(const StoredEvent&)>;
  /// Gives all events of a person that `query` wants, in order.
  using Load = std::function<void(const HistoryQuery& query, const Visit& visit)>;

  /// Holds at most about `bytes_max`.
  explicit HistoryCache(size_t bytes_max) : generation_max_(bytes_max / 2) {}

  /// Answers as the store would. False, without a call, for what is not kept: questions about all
  /// events or all properties, and people with more than kRowsMax events of the names kept.
  bool visit(ProfileOrdinal profile, const HistoryQuery& query, const Load& load,
             const Visit& visit);
  /// Right after the event was stored, with all of its properties.
  void add(ProfileOrdinal profile, const StoredEvent& event);
  void drop(ProfileOrdinal profile);

  static constexpr size_t kRowsMax = 1000;
  static constexpr size_t kNamesMax = 64;  // of events, and of properties

 private:
  struct Row {
    TimeMs time;
    Position position;
    uint32_t hop;
    uint32_t name;  // its place in names_
    IdentityOrdinal identity;
    Properties properties;
  };
  struct Person {
    std::vector<Row> rows;  // ascending by time
    size_t bytes = 0;
    bool too_many = false;  // then without rows
  };
  using People = absl::flat_hash_map<uint32_t, Person>;

  std::optional<uint64_t> learn(const HistoryQuery& query);
  std::optional<uint32_t> place_of(std::string_view name) const;
  bool keeps_property(std::string_view name) const;
  Person& person(ProfileOrdinal profile, const Load& load);
  void append(Person& person, const StoredEvent& event, uint32_t name);

  const size_t generation_max_;
  std::vector<std::string> names_, properties_;
  // Two generations: who is asked for moves to the young one; when it is full, the old one goes.
  People young_, old_;
  size_t young_bytes_ = 0;
};

}  // namespace weir::embedded

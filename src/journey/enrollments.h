#pragma once
// The table of enrollments with what is looked up in it: by person, by journey, by entry key; and
// the counters of each journey. Only this file changes an enrollment's place, so that counts stay
// right.

#include "base/time.h"
#include "journey/journey_state.pb.h"
#include "model/ids.h"
#include "model/value.h"
#include "ports/fold.h"
#include "ports/resident_table.h"

#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace weir::journey {

inline constexpr int kTraceMax = 100;

class Enrollments {
 public:
  Enrollments();

  Status load(const StateStore& store);
  void save(WriteBatch& batch);

  const pb::Enrollment* find(std::string_view id) const { return rows_.find(id); }
  pb::Enrollment& mutate(std::string_view id) { return rows_.mutate(id); }

  /// Adds an active enrollment whose journey, profile, key and times are filled in.
  pb::Enrollment& add(const std::string& id, pb::Enrollment row);
  /// Moves it to a node ("" = none) and counts the visit.
  void place(const std::string& id, const std::string& node, TimeMs at);
  /// Marks it as ended; the caller has cancelled its timers and sends.
  void close(const std::string& id, std::string_view reason, TimeMs now);
  /// Forgets it, and its entry when no limit needs that any more.
  void erase(const std::string& id, bool keep_entry);
  void move(const std::string& id, uint32_t into);

  void trace(const std::string& id, TimeMs now, std::string_view node, std::string_view what,
             std::string_view detail);

  /// Ids of a person's enrollments, oldest first; a copy, because callers change the table.
  std::vector<std::string> of_profile(uint32_t profile) const;
  /// (order, id) of a journey's enrollments, oldest first.
  using Order = std::set<std::pair<uint64_t, std::string>>;
  const Order& of_journey(std::string_view journey) const;
  int64_t active(std::string_view journey) const;
  int64_t waiting(std::string_view journey, const std::string& node) const;
  int64_t active_total() const { return active_total_; }

  const pb::Entry* entry(uint32_t profile, std::string_view journey, std::string_view key) const;
  pb::Recent& recent(uint32_t profile, std::string_view journey);
  /// Unites the entry limits of two persons. Returns the enrollments that are now too many.
  std::vector<std::string> merge_entries(
      uint32_t from, uint32_t into,
      const std::function<int(std::string_view journey)>& concurrency);
  /// Parts the enrollments of a person and the limits that look at them. Recent entries,
  /// a guard against loops, count for both.
  void split(const Split& split);
  void erase_entries(uint32_t profile);

  const pb::Stats* stats(std::string_view journey) const { return stats_.find(journey); }
  pb::Stats& mutate_stats(std::string_view journey) { return stats_.mutate(journey); }
  void refuse(std::string_view journey, std::string_view reason);
  void outcome(std::string_view journey, std::string_view node, std::string_view outcome);

 private:
  void index(const std::string& id, const pb::Enrollment& row);
  void count_place(const pb::Enrollment& row, int sign);
  void split_entry(const std::string& key, const Split& split);

  struct PerJourney {
    Order order;
    int64_t active = 0;
    std::map<std::string, int64_t> waiting;
  };
  ResidentTable<pb::Enrollment> rows_;
  ResidentTable<pb::Entry> entries_;
  ResidentTable<pb::Recent> recent_;
  ResidentTable<pb::Stats> stats_;
  std::map<uint32_t, std::set<std::pair<uint64_t, std::string>>> by_profile_;
  std::map<std::string, PerJourney, std::less<>> by_journey_;
  std::map<uint32_t, std::set<std::string>> entries_of_, recent_of_;
  int64_t active_total_ = 0;
};

/// Adds one to the counter called `name`, keeping the list sorted by name.
void count(google::protobuf::RepeatedPtrField<pb::Count>& counts, std::string_view name);

}  // namespace weir::journey

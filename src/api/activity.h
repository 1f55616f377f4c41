#pragma once
// What is happening right now, for the overview page: the last events and a count per 10 seconds. A
// fold without stored state: after a restart it starts empty, which is what "live" means.

#include "ports/fold.h"

#include <array>
#include <deque>
#include <string>
#include <vector>

namespace weir::api {

class Activity : public Fold {
 public:
  struct Item {
    TimeMs event_time;
    std::string name;
    ProfileOrdinal profile;
    std::string summary;  // no personal data: product, channel, amount
  };
  static constexpr DurationMs kBucketMs = 10 * kSecondMs;
  static constexpr size_t kBuckets = 60;

  std::string_view name() const override { return "activity"; }
  Status load(const StateStore&) override { return {}; }
  void save(WriteBatch&) override {}
  void apply(Step& step, StepContext& context) override;
  void apply_chunk(ChunkStep& step, StepContext& context) override;

  const std::deque<Item>& recent() const { return recent_; }
  struct Bucket {
    TimeMs start;
    uint64_t events;
  };
  /// Oldest first, ending with the bucket of `now`.
  std::vector<Bucket> series(TimeMs now) const;

 private:
  void count(TimeMs now, uint64_t events);

  std::deque<Item> recent_;
  std::deque<Bucket> buckets_;
};

}  // namespace weir::api

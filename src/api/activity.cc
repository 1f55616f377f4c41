#include "api/activity.h"

#include <fmt/format.h>

namespace weir::api {
namespace {

constexpr size_t kRecent = 20;

std::string summarise(const Envelope& e) {
  for (std::string_view name :
       {"sku_id", "template", "segment", "journey", "scene", "channel", "key"}) {
    std::string_view text = string_property(e.properties, name);
    if (!text.empty() && text.size() <= 64) return fmt::format("{}={}", name, text);
  }
  if (int64_t fen = int_property(e.properties, "amount_fen"); fen != 0) {
    return fmt::format("amount_fen={}", fen);
  }
  return {};
}

}  // namespace

void Activity::apply(Step& step, StepContext&) {
  std::string_view event = event_name(step.record);
  if (event.empty() || !step.profile) return;
  count(step.now, 1);
  if (step.record.historical) return;
  recent_.push_front(
      {step.record.event_time, std::string(event), *step.profile, summarise(step.record)});
  if (recent_.size() > kRecent) recent_.pop_back();
}

void Activity::apply_chunk(ChunkStep& step, StepContext&) {
  for (const ChunkStep::Person& person : step.persons) {
    if (person.profile) count(step.now, person.events);
  }
}

void Activity::count(TimeMs now, uint64_t events) {
  TimeMs start = now / kBucketMs * kBucketMs;
  if (buckets_.empty() || buckets_.back().start != start) buckets_.push_back({start, 0});
  buckets_.back().events += events;
  while (buckets_.size() > kBuckets) buckets_.pop_front();
}

std::vector<Activity::Bucket> Activity::series(TimeMs now) const {
  TimeMs last = now / kBucketMs * kBucketMs;
  std::vector<Bucket> out;
  auto it = buckets_.begin();
  for (TimeMs t = last - static_cast<TimeMs>(kBuckets - 1) * kBucketMs; t <= last; t += kBucketMs) {
    while (it != buckets_.end() && it->start < t) ++it;
    out.push_back({t, it != buckets_.end() && it->start == t ? it->events : 0});
  }
  return out;
}

}  // namespace weir::api

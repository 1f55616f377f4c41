#include "api/address_buckets.h"

#include <algorithm>
#include <utility>

namespace weir::api {
namespace {

constexpr double kMinuteUs = 60e6;

}  // namespace

bool AddressBuckets::is_empty(const std::string& address) {
  std::lock_guard lock(mutex_);
  const Bucket* bucket = find(address);
  return bucket != nullptr && left_now(*bucket) < 1;
}

void AddressBuckets::spend(const std::string& address) {
  std::lock_guard lock(mutex_);
  Bucket now{static_cast<double>(per_minute_), clock_.monotonic_us()};
  if (const Bucket* known = find(address)) now.left = left_now(*known);
  now.left = std::max(now.left - 1, 0.0);
  if (young_.size() >= kGenerationMax && !young_.contains(address)) {
    old_ = std::exchange(young_, {});
  }
  young_.insert_or_assign(address, now);
}

size_t AddressBuckets::size() {
  std::lock_guard lock(mutex_);
  return young_.size() + old_.size();
}

AddressBuckets::Bucket* AddressBuckets::find(const std::string& address) {
  for (Generation* generation : {&young_, &old_}) {
    if (auto it = generation->find(address); it != generation->end()) return &it->second;
  }
  return nullptr;
}

double AddressBuckets::left_now(const Bucket& bucket) const {
  auto passed = static_cast<double>(clock_.monotonic_us() - bucket.at_us);
  auto full = static_cast<double>(per_minute_);
  return std::min(full, bucket.left + passed * full / kMinuteUs);
}

}  // namespace weir::api

#pragma once
// How many refused requests one address may make (RELIABILITY E2): wrong keys, tokens, signatures
// and passwords are tried by machines. Requests that succeed cost nothing, so nobody who has the
// right key is slowed down by his own volume.

#include "base/env.h"

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <unordered_map>

namespace weir::api {

/// A token bucket for each address that failed lately. Thread-safe.
///
/// Memory is bounded: two generations of at most kGenerationMax addresses. When the young one is
/// full, the old one is forgotten; that errs towards letting an address start afresh.
class AddressBuckets {
 public:
  static constexpr size_t kGenerationMax = 8192;

  /// A bucket holds `per_minute` failures and fills again at that rate.
  AddressBuckets(Clock& clock, int64_t per_minute) : clock_(clock), per_minute_(per_minute) {}

  /// True while `address` has no failure left to spend.
  bool is_empty(const std::string& address);
  /// One request of `address` was refused.
  void spend(const std::string& address);
  /// Addresses remembered.
  size_t size();

 private:
  struct Bucket {
    double left;
    int64_t at_us;
  };
  using Generation = std::unordered_map<std::string, Bucket>;

  Bucket* find(const std::string& address);
  double left_now(const Bucket& bucket) const;

  Clock& clock_;
  const int64_t per_minute_;
  std::mutex mutex_;
  Generation young_, old_;
};

}  // namespace weir::api

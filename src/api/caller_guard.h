#pragma once
// Who is calling, by address, and whether that address has been refused too often (RELIABILITY E2).

#include "api/address_buckets.h"
#include "base/http.h"

#include <set>
#include <string>
#include <vector>

namespace weir::api {

struct CallerLimits {
  int64_t failed_per_minute = 300;
  /// Peers whose X-Forwarded-For is believed. Without the right entry all callers behind a proxy
  /// share one bucket; with a wrong one a caller can choose his address.
  std::vector<std::string> trusted_proxies = {"127.0.0.1", "::1"};
};

class CallerGuard {
 public:
  CallerGuard(Clock& clock, const CallerLimits& limits);

  /// The group of the caller's address: the last hop that is no trusted proxy.
  std::string caller(const HttpRequest& request) const;
  /// True when `caller` is to be answered too_many() unless it shows who it is.
  bool is_spent(const std::string& caller) { return buckets_.is_empty(caller); }
  /// Passes the answer on; an answer that says "I do not know you" costs the caller one.
  HttpResponder counted(std::string caller, HttpResponder respond);
  static HttpResponse too_many();

 private:
  bool is_trusted(std::string_view address) const;

  std::set<std::string, std::less<>> trusted_;
  AddressBuckets buckets_;
};

}  // namespace weir::api

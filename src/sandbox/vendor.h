#pragma once
// What the three vendors share: replies in their shapes and the news that a message reached
// somebody.

#include "base/http.h"
#include "sandbox/world.h"

#include <functional>
#include <string>
#include <string_view>

namespace weir::sandbox {

/// A message is on somebody's phone: `text` holds everything that was shown, values and addresses.
using Delivered = std::function<void(Person& person, std::string_view channel, std::string text)>;

/// `{"errcode":…,"errmsg":…}` with the vendor's decoration of failures.
HttpResponse vendor_error(World& world, int64_t code, std::string_view message);
HttpResponse vendor_ok(json::object fields);

/// Calls per calendar day of the vendor (UTC+8).
class DailyQuota {
 public:
  /// False when `max` calls were made today.
  bool take(TimeMs now, int64_t max);

 private:
  int64_t day_ = -1, used_ = 0;
};

}  // namespace weir::sandbox

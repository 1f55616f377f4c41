#include "sandbox/vendor.h"

#include <fmt/format.h>

namespace weir::sandbox {

HttpResponse vendor_error(World& world, int64_t code, std::string_view message) {
  uint64_t a = world.dice.next(), b = world.dice.next();
  std::string text =
      fmt::format("{} rid: {:08x}-{:08x}-{:08x}", message, a & 0xffffffff, a >> 32, b & 0xffffffff);
  return HttpResponse::json(200, json::to_text(json::object{{"errcode", code}, {"errmsg", text}}));
}

HttpResponse vendor_ok(json::object fields) {
  return HttpResponse::json(200, json::to_text(std::move(fields)));
}

bool DailyQuota::take(TimeMs now, int64_t max) {
  int64_t day = (now + 8 * kHourMs) / kDayMs;
  if (day != day_) {
    day_ = day;
    used_ = 0;
  }
  if (used_ >= max) return false;
  ++used_;
  return true;
}

}  // namespace weir::sandbox

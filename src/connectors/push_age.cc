#include "connectors/push_age.h"

#include <charconv>
#include <cstdint>

namespace weir::connectors {

Status check_push_age(std::string_view timestamp, TimeMs now) {
  int64_t seconds = 0;
  auto [end, error] =
      std::from_chars(timestamp.data(), timestamp.data() + timestamp.size(), seconds);
  bool number = error == std::errc() && end == timestamp.data() + timestamp.size();
  // Compared in seconds: a forged huge number must not overflow.
  int64_t now_seconds = now / kSecondMs;
  int64_t day = kDayMs / kSecondMs;
  if (!number || seconds < now_seconds - day || seconds > now_seconds + day) {
    return fail(ErrorCode::Unauthenticated, "timestamp is more than a day away from our clock");
  }
  return {};
}

}  // namespace weir::connectors

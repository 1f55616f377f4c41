#pragma once
// Instants, durations and local calendars (SEMANTICS G1–G3). Instants are epoch milliseconds UTC.

#include "base/result.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace weir {

using TimeMs = int64_t;      // an instant: epoch milliseconds, UTC
using DurationMs = int64_t;  // a length in milliseconds

inline constexpr DurationMs kSecondMs = 1000;
inline constexpr DurationMs kMinuteMs = 60 * kSecondMs;
inline constexpr DurationMs kHourMs = 60 * kMinuteMs;
inline constexpr DurationMs kDayMs = 24 * kHourMs;

/// Parses an ISO 8601 duration made of weeks, days, hours, minutes and seconds: "PT30M", "P3D",
/// "P1DT12H". A day is 24 h (G3). Years and months are refused: their length is not fixed.
Result<DurationMs> parse_duration(std::string_view text);

/// Parses "2026-11-22T16:55:33.311Z", with an offset "+08:00" or "+0800", a space instead of the T,
/// or a bare date. Text without a zone is read in `default_zone` (an IANA name).
Result<TimeMs> parse_time(std::string_view text, std::string_view default_zone = "UTC");

/// "2026-11-22T16:55:33.311Z".
std::string format_utc(TimeMs time);

/// A local calendar: an IANA time zone and the questions asked of it. Cheap to copy.
class Calendar {
 public:
  /// Unknown names are an InvalidArgument.
  static Result<Calendar> open(std::string_view zone_name);
  /// Asia/Shanghai, the project default (G1).
  static Calendar shanghai();

  struct Local {
    int year, month, day, hour, minute, second, millisecond;
    int weekday;  // 1 = Monday … 7 = Sunday
  };

  const std::string& name() const { return name_; }
  Local local(TimeMs time) const;
  /// Days since 1970-01-01 of the local date: equal values mean "the same local date".
  int32_t day_number(TimeMs time) const;
  /// First instant of a local date given by its day number. In a gap, the first valid instant.
  TimeMs day_start(int32_t day_number) const;
  /// "2026-03-02" of the local date.
  std::string date_text(TimeMs time) const;
  /// First instant of the local date "2026-03-02".
  Result<TimeMs> parse_date(std::string_view text) const;
  /// The instant of a local wall-clock minute on a local date (DST gap: first valid after; overlap:
  /// the first occurrence), JN8.
  TimeMs at(int32_t day_number, int minute_of_day) const;

 private:
  std::string name_;
  const void* zone_ = nullptr;  // absl::TimeZone's implementation, alive for the process
};

std::string day_text(int32_t day_number);

}  // namespace weir

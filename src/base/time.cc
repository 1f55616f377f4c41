#include "base/time.h"

#include <absl/time/civil_time.h>
#include <absl/time/time.h>
#include <fmt/format.h>

#include <array>
#include <cctype>
#include <map>
#include <memory>
#include <mutex>

namespace weir {
namespace {

// Zones are kept for the life of the process so that a Calendar is a pointer and a name.
const absl::TimeZone* find_zone(std::string_view name) {
  static std::mutex mutex;
  static std::map<std::string, std::unique_ptr<absl::TimeZone>, std::less<>> zones;
  std::lock_guard lock(mutex);
  if (auto it = zones.find(name); it != zones.end()) return it->second.get();
  absl::TimeZone zone;
  if (!absl::LoadTimeZone(std::string(name), &zone)) return nullptr;
  return zones.emplace(std::string(name), std::make_unique<absl::TimeZone>(zone))
      .first->second.get();
}

const absl::TimeZone& zone_of(const void* zone) {
  return *static_cast<const absl::TimeZone*>(zone);
}

absl::CivilDay civil_day(int32_t day_number) {
  return absl::CivilDay(1970, 1, 1) + day_number;
}

Result<DurationMs> unit_length(char unit, bool in_time) {
  switch (unit) {
    case 'W':
      if (!in_time) return 7 * kDayMs;
      break;
    case 'D':
      if (!in_time) return kDayMs;
      break;
    case 'H':
      if (in_time) return kHourMs;
      break;
    case 'M':
      if (in_time) return kMinuteMs;
      break;
    case 'S':
      if (in_time) return kSecondMs;
      break;
    default: break;
  }
  return fail(ErrorCode::InvalidArgument, std::string("unit '") + unit + "' is not supported here");
}

}  // namespace

Result<DurationMs> parse_duration(std::string_view text) {
  auto bad = [&](std::string_view why) {
    return fail(ErrorCode::InvalidArgument,
                fmt::format("duration \"{}\": {}; write it like PT30M or P3D", text, why));
  };
  if (text.size() < 3 || text[0] != 'P') return bad("must start with P and name a length");
  DurationMs total = 0;
  bool in_time = false;
  size_t i = 1;
  while (i < text.size()) {
    if (text[i] == 'T' && !in_time) {
      in_time = true;
      ++i;
      continue;
    }
    size_t digits = i;
    int64_t number = 0;
    while (i < text.size() && std::isdigit(static_cast<unsigned char>(text[i])) && i - digits < 9) {
      number = number * 10 + (text[i++] - '0');
    }
    if (i == digits || i == text.size()) return bad("a number and a unit are expected");
    auto unit = unit_length(text[i], in_time);
    if (!unit) return bad(unit.error().message);
    total += number * *unit;
    ++i;
  }
  if (text.back() == 'T') return bad("names no time after the T");
  if (total > 3660 * kDayMs) return bad("is longer than ten years");
  return total;
}

Result<TimeMs> parse_time(std::string_view text, std::string_view default_zone) {
  const absl::TimeZone* zone = find_zone(default_zone);
  if (zone == nullptr) {
    return fail(ErrorCode::InvalidArgument,
                fmt::format("time zone \"{}\" is unknown", default_zone));
  }
  static constexpr std::array kFormats = {
      "%Y-%m-%d%ET%H:%M:%E*S%Ez",
      "%Y-%m-%d %H:%M:%E*S%Ez",
      "%Y-%m-%d%ET%H:%M:%E*S",
      "%Y-%m-%d %H:%M:%E*S",
      "%Y-%m-%d %H:%M",
      "%Y/%m/%d %H:%M:%E*S",
      "%Y/%m/%d %H:%M",
      "%Y-%m-%d",
      "%Y/%m/%d",
  };
  std::string error;
  for (const char* format : kFormats) {
    absl::Time time;
    if (absl::ParseTime(format, std::string(text), *zone, &time, &error)) {
      return absl::ToUnixMillis(time);
    }
  }
  return fail(
      ErrorCode::InvalidArgument,
      fmt::format("time \"{}\" is not understood; write it like 2026-11-22T16:55:33Z", text));
}

std::string format_utc(TimeMs time) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%E3SZ", absl::FromUnixMillis(time), absl::UTCTimeZone());
}

Result<Calendar> Calendar::open(std::string_view zone_name) {
  const absl::TimeZone* zone = find_zone(zone_name);
  if (zone == nullptr) {
    return fail(
        ErrorCode::InvalidArgument,
        fmt::format("time zone \"{}\" is unknown; use an IANA name like Asia/Shanghai", zone_name));
  }
  Calendar calendar;
  calendar.name_ = zone_name;
  calendar.zone_ = zone;
  return calendar;
}

Calendar Calendar::shanghai() {
  auto calendar = open("Asia/Shanghai");
  WEIR_ASSERT(calendar.has_value());  // tzdata is a dependency of the package
  return *std::move(calendar);
}

Calendar::Local Calendar::local(TimeMs time) const {
  absl::TimeZone::CivilInfo info = zone_of(zone_).At(absl::FromUnixMillis(time));
  absl::CivilSecond second = info.cs;
  int weekday = static_cast<int>(absl::GetWeekday(absl::CivilDay(second))) + 1;
  return {static_cast<int>(second.year()),
          second.month(),
          second.day(),
          second.hour(),
          second.minute(),
          second.second(),
          static_cast<int>(absl::ToInt64Milliseconds(info.subsecond)),
          weekday};
}

int32_t Calendar::day_number(TimeMs time) const {
  absl::CivilDay day(zone_of(zone_).At(absl::FromUnixMillis(time)).cs);
  return static_cast<int32_t>(day - absl::CivilDay(1970, 1, 1));
}

TimeMs Calendar::day_start(int32_t day_number) const {
  return at(day_number, 0);
}

std::string Calendar::date_text(TimeMs time) const {
  return day_text(day_number(time));
}

Result<TimeMs> Calendar::parse_date(std::string_view text) const {
  absl::CivilDay day;
  if (text.size() != 10 || !absl::ParseCivilTime(std::string(text), &day)) {
    return fail(ErrorCode::InvalidArgument,
                fmt::format("date \"{}\" is not understood; write it like 2026-03-02", text));
  }
  return day_start(static_cast<int32_t>(day - absl::CivilDay(1970, 1, 1)));
}

TimeMs Calendar::at(int32_t day_number, int minute_of_day) const {
  absl::CivilDay day = civil_day(day_number);
  absl::CivilSecond second(day.year(), day.month(), day.day(), minute_of_day / 60,
                           minute_of_day % 60, 0);
  absl::TimeZone::TimeInfo info = zone_of(zone_).At(second);
  // SKIPPED: `trans` is the first valid instant after the gap; REPEATED: `pre` is the first of two.
  absl::Time time = info.kind == absl::TimeZone::TimeInfo::SKIPPED ? info.trans : info.pre;
  return absl::ToUnixMillis(time);
}

std::string day_text(int32_t day_number) {
  absl::CivilDay day = civil_day(day_number);
  return fmt::format("{:04}-{:02}-{:02}", day.year(), day.month(), day.day());
}

}  // namespace weir

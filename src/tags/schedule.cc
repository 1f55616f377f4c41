#include "tags/schedule.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <optional>
#include <string>
#include <vector>

namespace weir::tags {
namespace {

constexpr int kDaysAhead = 5 * 366;

struct Field {
  std::string_view name;
  int min, max;
};
constexpr std::array<Field, 5> kFields = {{{"minute", 0, 59},
                                           {"hour", 0, 23},
                                           {"day of month", 1, 31},
                                           {"month", 1, 12},
                                           {"day of week", 0, 7}}};

std::vector<std::string_view> split(std::string_view text, char by) {
  std::vector<std::string_view> parts;
  while (true) {
    size_t end = text.find(by);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

std::optional<int> number(std::string_view text) {
  int out = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return out;
}

/// "*", "7", "1-5", each with "/2" behind it.
std::optional<uint64_t> range(std::string_view text, const Field& field) {
  int step = 1;
  if (size_t slash = text.find('/'); slash != std::string_view::npos) {
    auto parsed = number(text.substr(slash + 1));
    if (!parsed || *parsed < 1) return std::nullopt;
    step = *parsed;
    text = text.substr(0, slash);
  }
  int from = field.min, to = field.max;
  if (text != "*") {
    size_t dash = text.find('-');
    auto first = number(text.substr(0, dash));
    auto last = dash == std::string_view::npos ? first : number(text.substr(dash + 1));
    if (!first || !last || *first < field.min || *last > field.max || *first > *last)
      return std::nullopt;
    from = *first;
    to = *last;
  }
  uint64_t bits = 0;
  for (int i = from; i <= to; i += step) bits |= uint64_t{1} << i;
  return bits;
}

}  // namespace

Result<Schedule> Schedule::parse(std::string_view text) {
  std::vector<std::string_view> words = split(text, ' ');
  std::erase(words, std::string_view());
  if (words.size() != kFields.size()) {
    return fail(ErrorCode::InvalidArgument,
                fmt::format("\"{}\" is not a schedule; write minute hour day month weekday, for "
                            "example \"0 2 * * *\" for 02:00 every day",
                            text),
                "refresh.schedule");
  }
  std::array<uint64_t, 5> bits{};
  for (size_t i = 0; i < kFields.size(); ++i) {
    for (std::string_view part : split(words[i], ',')) {
      auto one = range(part, kFields[i]);
      if (!one) {
        return fail(ErrorCode::InvalidArgument,
                    fmt::format("\"{}\" is no {} of a schedule; use {}…{}, *, a-b or */n", part,
                                kFields[i].name, kFields[i].min, kFields[i].max),
                    "refresh.schedule");
      }
      bits[i] |= *one;
    }
  }
  Schedule schedule;
  schedule.minutes_ = bits[0];
  schedule.hours_ = bits[1];
  schedule.days_ = bits[2];
  schedule.months_ = bits[3];
  schedule.weekdays_ = bits[4] | (bits[4] & 1) << 7;
  schedule.any_day_ = words[2] == "*";
  schedule.any_weekday_ = words[4] == "*";
  return schedule;
}

bool Schedule::fits_day(const Calendar::Local& day) const {
  if ((months_ >> day.month & 1) == 0) return false;
  bool by_date = (days_ >> day.day & 1) != 0;
  bool by_weekday = (weekdays_ >> day.weekday & 1) != 0;
  if (any_day_ || any_weekday_) return by_date && by_weekday;
  return by_date || by_weekday;
}

TimeMs Schedule::next_after(TimeMs now, const Calendar& calendar) const {
  int32_t today = calendar.day_number(now);
  for (int32_t day = today; day < today + kDaysAhead; ++day) {
    if (!fits_day(calendar.local(calendar.day_start(day)))) continue;
    for (int minute = 0; minute < 24 * 60; ++minute) {
      if ((hours_ >> (minute / 60) & 1) == 0 || (minutes_ >> (minute % 60) & 1) == 0) continue;
      TimeMs at = calendar.at(day, minute);
      if (at > now) return at;
    }
  }
  return INT64_MAX;
}

}  // namespace weir::tags

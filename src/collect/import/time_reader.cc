#include "collect/import/time_reader.h"

#include <fmt/format.h>

namespace weir::collect {
namespace {

constexpr size_t kQuartersMax = 1 << 18;  // seven years and a half

/// `count` digits as a number; -1 when there is something else.
int digits(std::string_view text, size_t at, size_t count) {
  int number = 0;
  for (size_t i = at; i < at + count; ++i) {
    if (text[i] < '0' || text[i] > '9') return -1;
    number = number * 10 + (text[i] - '0');
  }
  return number;
}

}  // namespace

std::optional<TimeMs> TimeReader::quarter_start(uint32_t key, std::string_view text, int minute) {
  auto it = quarters_.find(key);
  if (it == quarters_.end()) {
    auto start = parse_time(
        fmt::format("{} {}:{:02}", text.substr(0, 10), text.substr(11, 2), minute / 15 * 15),
        time_zone_);
    if (!start) return std::nullopt;
    if (quarters_.size() >= kQuartersMax) quarters_.clear();
    it = quarters_.emplace(key, *start).first;
  }
  last_key_ = key;
  return last_start_ = it->second;
}

std::optional<TimeMs> TimeReader::read(std::string_view text) {
  size_t size = text.size();
  if (size != 16 && size != 19 && size != 23) return std::nullopt;
  if (text[4] != '-' || text[7] != '-' || text[13] != ':') return std::nullopt;
  // "2026-03-02T08:30" without seconds is no form that parse_file_time takes at once.
  if (text[10] != ' ' && (text[10] != 'T' || size == 16)) return std::nullopt;
  int year = digits(text, 0, 4), month = digits(text, 5, 2), day = digits(text, 8, 2);
  int hour = digits(text, 11, 2), minute = digits(text, 14, 2), second = 0, millisecond = 0;
  if (size >= 19) {
    if (text[16] != ':') return std::nullopt;
    second = digits(text, 17, 2);
  }
  if (size == 23) {
    if (text[19] != '.') return std::nullopt;
    millisecond = digits(text, 20, 3);
  }
  bool good = year >= 1970 && year < 2100 && month >= 1 && month <= 12 && day >= 1 && day <= 31 &&
              hour >= 0 && hour < 24 && minute >= 0 && minute < 60 && second >= 0 && second < 60 &&
              millisecond >= 0;
  if (!good) return std::nullopt;
  auto key = static_cast<uint32_t>((((year - 1970) * 16 + month) * 32 + day) * 128 + hour * 4 +
                                   minute / 15);
  TimeMs start = last_start_;
  if (key != last_key_) {
    auto found = quarter_start(key, text, minute);
    if (!found) return std::nullopt;
    start = *found;
  }
  return start + minute % 15 * kMinuteMs + second * kSecondMs + millisecond;
}

}  // namespace weir::collect

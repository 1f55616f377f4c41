#pragma once
// Local days of many times; one per thread.

#include "base/time.h"

#include <vector>

namespace weir::columnar {

class DayClock {
 public:
  explicit DayClock(Calendar calendar) : calendar_(std::move(calendar)) {}

  /// As Calendar::day_number. Fast when the next time lies on a day asked for before.
  int32_t day(TimeMs time) {
    if (time < start_ || time >= end_) find(time);
    return day_;
  }
  /// As Calendar::day_start.
  TimeMs start(int32_t day) {
    if (day < kFirst || day >= kFirst + kDays) return calendar_.day_start(day);
    if (starts_.empty()) starts_.assign(kDays + 1, kUnknown);
    TimeMs& known = starts_[static_cast<size_t>(day - kFirst)];
    if (known == kUnknown) known = calendar_.day_start(day);
    return known;
  }

 private:
  static constexpr int32_t kFirst = 10957, kDays = 30000;  // 2000-01-01 and 82 years
  static constexpr TimeMs kUnknown = INT64_MIN;

  void find(TimeMs time) {
    // Zones are less than a day off, so the guess is at most one day wrong.
    day_ = static_cast<int32_t>(time / kDayMs);
    while (start(day_) > time) --day_;
    while (start(day_ + 1) <= time) ++day_;
    start_ = start(day_);
    end_ = start(day_ + 1);
  }

  Calendar calendar_;
  std::vector<TimeMs> starts_;  // asked for so far
  TimeMs start_ = 0, end_ = 0;  // the day found last
  int32_t day_ = 0;
};

}  // namespace weir::columnar

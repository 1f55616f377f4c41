#include "analytics/render_fields.h"

#include <fmt/format.h>

#include <cmath>

namespace weir::analytics {

json::value number(const std::optional<double>& v) {
  if (!v) return nullptr;
  auto whole = static_cast<int64_t>(*v);
  // Counts and sums of integers show as integers.
  return static_cast<double>(whole) == *v && std::abs(*v) < 9e15 ? json::value(whole)
                                                                 : json::value(*v);
}

json::value ratio(uint64_t a, uint64_t b) {
  return b == 0 ? json::value(nullptr)
                : json::value(static_cast<double>(a) / static_cast<double>(b));
}

std::string bucket_text(TimeMs start, Interval interval, const Calendar& calendar) {
  std::string date = calendar.date_text(start);
  if (interval != Interval::Hour) return date;
  Calendar::Local local = calendar.local(start);
  return fmt::format("{}T{:02}:{:02}", date, local.hour, local.minute);
}

json::array bucket_texts(const std::vector<TimeMs>& starts, Interval interval,
                         const Calendar& calendar) {
  json::array out;
  for (TimeMs start : starts) out.emplace_back(bucket_text(start, interval, calendar));
  return out;
}

json::array flags(const std::vector<bool>& values) {
  json::array out;
  for (bool v : values) out.emplace_back(v);
  return out;
}

json::array texts(const std::vector<std::string>& values) {
  json::array out;
  for (const std::string& v : values) out.emplace_back(v);
  return out;
}

}  // namespace weir::analytics

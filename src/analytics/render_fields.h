#pragma once
// Pieces that all answers are rendered with.

#include "base/json.h"
#include "base/time.h"
#include "model/query.h"
#include "ports/analytics.h"

#include <fmt/format.h>

#include <optional>

namespace weir::analytics {

/// Null stays null (G13); whole numbers show as integers.
json::value number(const std::optional<double>& v);
/// a/b; null when b is 0.
json::value ratio(uint64_t a, uint64_t b);
/// "2026-03-02", with hours "2026-03-02T08:00".
std::string bucket_text(TimeMs start, Interval interval, const Calendar& calendar);
json::array bucket_texts(const std::vector<TimeMs>& starts, Interval interval,
                         const Calendar& calendar);
json::array flags(const std::vector<bool>& values);
json::array texts(const std::vector<std::string>& values);

/// The first line's fields, and those of the others under "breakdown".
template <class Line, class Render>
void add_lines(json::object& out, const std::vector<Line>& lines, bool broken_down,
               const Render& render) {
  for (auto& field : render(lines.at(0))) out[field.key()] = std::move(field.value());
  if (!broken_down) return;
  json::array breakdown;
  for (size_t i = 1; i < lines.size(); ++i) {
    json::object one{{"value", fmt::format("{}", fmt::join(lines[i].values, " / "))},
                     {"values", texts(lines[i].values)}};
    for (auto& field : render(lines[i])) one[field.key()] = std::move(field.value());
    breakdown.push_back(std::move(one));
  }
  out["breakdown"] = std::move(breakdown);
}

}  // namespace weir::analytics

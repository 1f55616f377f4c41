#pragma once
// Pieces that all answers are rendered with.

#include "base/json.h"
#include "base/time.h"
#include "model/query.h"
#include "ports/analytics.h"

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

}  // namespace weir::analytics

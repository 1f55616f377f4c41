#pragma once
// What a group of people is like beside another (群体画像).

#include "analytics/ask.h"

namespace weir::analytics {

Result<Asked> ask_portrait(const json::object& query, const Ask& ask);
Result<Drilled> drill_portrait(const json::object& query, const json::object& of, const Ask& ask);

/// How sure it is that two shares differ: (p1 − p2) / √(p(1−p)(1/n1 + 1/n2)), p of both together.
/// nullopt when one of them is of nobody or nothing differs.
std::optional<double> two_proportion_z(uint64_t x1, uint64_t n1, uint64_t x2, uint64_t n2);

}  // namespace weir::analytics

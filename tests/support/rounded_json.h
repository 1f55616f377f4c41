#pragma once
// Answers as text that may be compared although their sums were made in another order.

#include "base/json.h"

#include <cstdio>
#include <string>

namespace weir::testing {

/// Text with doubles to nine digits: sums of fractions depend on the order of people in the last.
inline std::string rounded(const json::value& v) {
  std::string out;
  if (v.is_double()) {
    char text[32];
    std::snprintf(text, sizeof text, "%.9g", v.get_double());
    return text;
  }
  if (v.is_array()) {
    for (const json::value& item : v.get_array()) out += rounded(item) + ",";
    return "[" + out + "]";
  }
  if (v.is_object()) {
    for (const auto& field : v.get_object())
      out += std::string(field.key()) + ":" + rounded(field.value()) + ",";
    return "{" + out + "}";
  }
  return json::to_text(v);
}

}  // namespace weir::testing

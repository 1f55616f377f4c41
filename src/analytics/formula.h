#pragma once
// Formulas over series (TR3): names, + - * / ( ), constants; evaluated after aggregation. Null
// spreads, and x/0 is null.

#include "ports/analytics.h"

#include <functional>
#include <optional>
#include <string_view>
#include <vector>

namespace weir::analytics {

class Formula {
 public:
  /// InvalidArgument says where the text stops making sense, or which name is not in `names`.
  static Result<Formula> parse(std::string_view text, const std::vector<std::string>& names);
  /// `value(i)` is the value of names[i].
  std::optional<double> evaluate(const std::function<std::optional<double>(size_t)>& value) const;

 private:
  struct Op {
    char code = 0;  // + - * / n (negate) # (constant) $ (name)
    double constant = 0;
    size_t name = 0;
  };
  friend class FormulaParser;
  std::vector<Op> ops_;  // reverse Polish
};

/// Appends one series per formula and breakdown key to `answer`.
Status add_formulas(const TrendsQuery& query, TrendsAnswer& answer);

}  // namespace weir::analytics

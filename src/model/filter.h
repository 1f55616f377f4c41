#pragma once
// The filter grammar shared by queries, segments, tags and journeys (SEMANTICS §0): `and`, `or`,
// `not` over leaves {"prop":"event.sku","op":"eq","value":"A"}. Parsed once, matched many times.

#include "base/json.h"
#include "base/result.h"
#include "base/time.h"
#include "model/value.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weir {

enum class FilterOp : uint8_t {
  Eq,
  Neq,
  In,
  NotIn,
  InList,
  Contains,
  NotContains,
  Starts,
  Ends,
  Regex,
  Gt,
  Gte,
  Lt,
  Lte,
  Between,
  IsSet,
  IsNotSet,
  HasAny,
  HasAll,
  Before,
  After,  // instants: the value is epoch milliseconds or time text; `after` is strict too
};

struct Filter {
  enum class Kind : uint8_t { And, Or, Not, Leaf };
  Kind kind = Kind::And;         // an empty And matches everything
  std::vector<Filter> children;  // And, Or; one child for Not
  std::string prop;              // Leaf: full path, "event.sku", "profile.city"
  FilterOp op = FilterOp::Eq;
  std::vector<Value> operands;  // one, or several for In, Between, HasAny, HasAll
};

/// Parses a filter; an absent or null one matches everything. Errors name the path of the bad part
/// under `where`. Depth ≤ 6, leaves ≤ 50 (SG1).
Result<Filter> parse_filter(const json::value* filter, std::string_view where);
Result<FilterOp> parse_filter_op(std::string_view text);

/// What a filter asks about the outside while matching.
class FilterSubject {
 public:
  virtual ~FilterSubject() = default;
  /// Null when missing. `prop` is the full path.
  virtual const Value* get(std::string_view prop) const = 0;
  /// For `in_list`: whether `value` is in the named list. Default: no lists.
  virtual bool in_list(std::string_view list_id, std::string_view value) const;
};

/// G11: every comparison with a missing value is false, but is_not_set, neq, not_in and
/// not_contains, which are exactly the negations of is_set, eq, in and contains.
bool matches(const Filter& filter, const FilterSubject& subject);
/// One comparison, for callers that hold the value already. Numbers compare as numbers (1 eq 1.0),
/// text bytewise and case-sensitively; values of different types are never equal and have no order.
/// On a list, `contains` asks for an item and has_any/has_all compare sets; a single value is a
/// list of one. An operand that is missing makes every comparison false. `in_list` needs a subject:
/// false here.
bool compare(FilterOp op, const Value* value, const std::vector<Value>& operands);

/// The instant that a value says: epoch milliseconds, or text as parse_time reads it.
std::optional<TimeMs> instant_of(const Value& value);

/// Replaces text operands like "${entry.event.sku_id}" by `lookup`'s value; a missing one makes the
/// leaf false (a missing Value). A list found for in, not_in, has_any or has_all stands for its
/// items. Returns a filter without placeholders.
Filter bind_placeholders(const Filter& filter,
                         const std::function<const Value*(std::string_view)>& lookup);

/// A JSON scalar or list of strings as a Value; objects and mixed lists become JsonText.
Value value_from_json(const json::value& v);
json::value value_to_json(const Value& value);

/// Subject over a flat property list: "event.<name>" looks up <name>.
class PropertiesSubject : public FilterSubject {
 public:
  explicit PropertiesSubject(const Properties& properties) : properties_(properties) {}
  const Value* get(std::string_view prop) const override;

 private:
  const Properties& properties_;
};

}  // namespace weir

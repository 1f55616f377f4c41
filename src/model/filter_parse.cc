// JSON → Filter: declared in model/filter.h.

#include "base/time.h"
#include "model/filter.h"
#include "model/filter_regex.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace weir {
namespace {

constexpr int kDepthMax = 6;
constexpr int kLeavesMax = 50;

constexpr std::array<std::pair<std::string_view, FilterOp>, 21> kOps = {{
    {"eq", FilterOp::Eq},
    {"neq", FilterOp::Neq},
    {"in", FilterOp::In},
    {"not_in", FilterOp::NotIn},
    {"in_list", FilterOp::InList},
    {"contains", FilterOp::Contains},
    {"not_contains", FilterOp::NotContains},
    {"starts", FilterOp::Starts},
    {"ends", FilterOp::Ends},
    {"regex", FilterOp::Regex},
    {"gt", FilterOp::Gt},
    {"gte", FilterOp::Gte},
    {"lt", FilterOp::Lt},
    {"lte", FilterOp::Lte},
    {"between", FilterOp::Between},
    {"is_set", FilterOp::IsSet},
    {"is_not_set", FilterOp::IsNotSet},
    {"has_any", FilterOp::HasAny},
    {"has_all", FilterOp::HasAll},
    {"before", FilterOp::Before},
    {"after", FilterOp::After},
}};

constexpr std::array<std::string_view, 5> kPrefixes = {"event.", "profile.", "group.", "guide.",
                                                       "session."};

std::unexpected<Error> bad(std::string field, std::string_view what) {
  std::string message = fmt::format("\"{}\" {}", field, what);
  return fail(ErrorCode::InvalidArgument, std::move(message), std::move(field));
}

bool wants_list(FilterOp op) {
  return op == FilterOp::In || op == FilterOp::NotIn || op == FilterOp::Between ||
         op == FilterOp::HasAny || op == FilterOp::HasAll;
}

bool is_placeholder(const Value& v) {
  const auto* text = std::get_if<std::string>(&v);
  return text != nullptr && text->starts_with("${") && text->ends_with("}");
}

Status check_operand(FilterOp op, const Value& operand, const std::string& where) {
  if (std::holds_alternative<std::monostate>(operand)) {
    return bad(where, "is null; to ask for a missing value use the op \"is_not_set\"");
  }
  if (std::holds_alternative<JsonText>(operand))
    return bad(where, "must be text, a number or a boolean");
  if (is_placeholder(operand)) return {};
  const auto* text = std::get_if<std::string>(&operand);
  bool text_only = op == FilterOp::Starts || op == FilterOp::Ends || op == FilterOp::Regex ||
                   op == FilterOp::InList;
  if (text_only && text == nullptr) return bad(where, "must be text");
  if (op == FilterOp::Regex) {
    if (Status s = check_regex(*text); !s) return bad(where, s.error().message);
  }
  if (op == FilterOp::Before || op == FilterOp::After) {
    bool good = std::holds_alternative<int64_t>(operand) || (text != nullptr && parse_time(*text));
    if (!good)
      return bad(where, "must be a time: epoch milliseconds or \"2026-03-02T10:00:00+08:00\"");
  }
  return {};
}

class Parser {
 public:
  Result<Filter> parse(const json::value& v, const std::string& where, int depth) {
    if (depth > kDepthMax)
      return bad(where, fmt::format("is nested deeper than {} levels", kDepthMax));
    if (!v.is_object())
      return bad(where, "must be an object with \"and\", \"or\", \"not\" or \"prop\"");
    const json::object& o = v.get_object();
    if (const json::value* list = json::find(o, "and")) {
      return parse_group(Filter::Kind::And, *list, where + ".and", depth);
    }
    if (const json::value* list = json::find(o, "or")) {
      return parse_group(Filter::Kind::Or, *list, where + ".or", depth);
    }
    if (const json::value* inner = json::find(o, "not")) {
      WEIR_TRY(Filter child, parse(*inner, where + ".not", depth + 1));
      Filter out;
      out.kind = Filter::Kind::Not;
      out.children.push_back(std::move(child));
      return out;
    }
    return parse_leaf(o, where);
  }

 private:
  Result<Filter> parse_group(Filter::Kind kind, const json::value& list, const std::string& where,
                             int depth) {
    if (!list.is_array()) return bad(where, "must be a list of filters");
    Filter out;
    out.kind = kind;
    for (size_t i = 0; i < list.get_array().size(); ++i) {
      WEIR_TRY(Filter child,
               parse(list.get_array()[i], fmt::format("{}[{}]", where, i), depth + 1));
      out.children.push_back(std::move(child));
    }
    return out;
  }

  Result<Filter> parse_leaf(const json::object& o, const std::string& where) {
    if (++leaves_ > kLeavesMax)
      return bad(where, fmt::format("is one of more than {} leaves", kLeavesMax));
    Filter out;
    out.kind = Filter::Kind::Leaf;
    WEIR_TRY(out.prop, json::required_string(o, "prop", where));
    auto has_prefix = [&](std::string_view p) {
      return out.prop.starts_with(p) && out.prop.size() > p.size();
    };
    if (std::none_of(kPrefixes.begin(), kPrefixes.end(), has_prefix)) {
      return bad(where + ".prop",
                 fmt::format("is \"{}\"; it must start with \"event.\", \"profile.\", "
                             "\"group.\", \"guide.\" or \"session.\"",
                             out.prop));
    }
    WEIR_TRY(std::string op, json::required_string(o, "op", where));
    auto parsed = parse_filter_op(op);
    if (!parsed) return bad(where + ".op", parsed.error().message);
    out.op = *parsed;
    WEIR_CHECK_OK(parse_operands(o, where, out));
    return out;
  }

  static Status parse_operands(const json::object& o, const std::string& where, Filter& out) {
    if (out.op == FilterOp::IsSet || out.op == FilterOp::IsNotSet) return {};
    std::string path = where + ".value";
    const json::value* v = json::find(o, "value");
    if (v == nullptr) return bad(path, "is missing");
    if (wants_list(out.op)) {
      if (!v->is_array()) return bad(path, "must be a list");
      for (const json::value& item : v->get_array()) out.operands.push_back(value_from_json(item));
      if (out.op == FilterOp::Between && out.operands.size() != 2)
        return bad(path, "must be [low, high]");
    } else {
      out.operands.push_back(value_from_json(*v));
    }
    for (const Value& operand : out.operands) WEIR_CHECK_OK(check_operand(out.op, operand, path));
    return {};
  }

  int leaves_ = 0;
};

}  // namespace

Result<FilterOp> parse_filter_op(std::string_view text) {
  for (const auto& [name, op] : kOps) {
    if (name == text) return op;
  }
  std::string known;
  for (const auto& [name, op] : kOps) known += (known.empty() ? "" : " ") + std::string(name);
  return fail(ErrorCode::InvalidArgument,
              fmt::format("unknown op \"{}\"; known are: {}", text, known));
}

Result<Filter> parse_filter(const json::value* filter, std::string_view where) {
  if (filter == nullptr || filter->is_null()) return Filter{};
  return Parser().parse(*filter, std::string(where), 1);
}

}  // namespace weir

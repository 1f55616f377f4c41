#include "analytics/formula.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>

namespace weir::analytics {

class FormulaParser {
 public:
  FormulaParser(std::string_view text, const std::vector<std::string>& names)
      : text_(text), names_(names) {}

  Result<Formula> parse() {
    WEIR_CHECK_OK(sum(0));
    skip();
    if (at_ < text_.size()) return error();
    return std::move(out_);
  }

 private:
  static constexpr int kDepthMax = 32;

  std::unexpected<Error> error() const {
    return fail(ErrorCode::InvalidArgument,
                fmt::format("formula \"{}\" is not understood at character {}", text_, at_ + 1));
  }
  void skip() {
    while (at_ < text_.size() && text_[at_] == ' ') ++at_;
  }
  bool take(char c) {
    skip();
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  void emit(char code, double constant = 0, size_t name = 0) {
    out_.ops_.push_back({code, constant, name});
  }

  Status sum(int depth) {
    WEIR_CHECK_OK(product(depth));
    while (true) {
      char op = take('+') ? '+' : take('-') ? '-' : '\0';
      if (op == '\0') return {};
      WEIR_CHECK_OK(product(depth));
      emit(op);
    }
  }

  Status product(int depth) {
    WEIR_CHECK_OK(term(depth));
    while (true) {
      char op = take('*') ? '*' : take('/') ? '/' : '\0';
      if (op == '\0') return {};
      WEIR_CHECK_OK(term(depth));
      emit(op);
    }
  }

  Status term(int depth) {
    if (depth > kDepthMax) return error();
    if (take('-')) {
      WEIR_CHECK_OK(term(depth + 1));
      emit('n');
      return {};
    }
    if (take('(')) {
      WEIR_CHECK_OK(sum(depth + 1));
      return take(')') ? Status{} : error();
    }
    skip();
    if (at_ < text_.size() && std::isdigit(static_cast<unsigned char>(text_[at_])) != 0)
      return number();
    return name();
  }

  Status number() {
    double value = 0;
    auto [end, code] = std::from_chars(text_.data() + at_, text_.data() + text_.size(), value);
    if (code != std::errc()) return error();
    at_ = static_cast<size_t>(end - text_.data());
    emit('#', value);
    return {};
  }

  Status name() {
    size_t end = at_;
    while (end < text_.size() &&
           (std::isalnum(static_cast<unsigned char>(text_[end])) != 0 || text_[end] == '_'))
      ++end;
    std::string_view found = text_.substr(at_, end - at_);
    if (found.empty()) return error();
    auto it = std::find(names_.begin(), names_.end(), found);
    if (it == names_.end()) {
      return fail(ErrorCode::InvalidArgument,
                  fmt::format("formula \"{}\" names \"{}\", which is not a series", text_, found));
    }
    at_ = end;
    emit('$', 0, static_cast<size_t>(it - names_.begin()));
    return {};
  }

  std::string_view text_;
  const std::vector<std::string>& names_;
  size_t at_ = 0;
  Formula out_;
};

Result<Formula> Formula::parse(std::string_view text, const std::vector<std::string>& names) {
  return FormulaParser(text, names).parse();
}

std::optional<double> Formula::evaluate(
    const std::function<std::optional<double>(size_t)>& value) const {
  std::vector<std::optional<double>> stack;
  for (const Op& op : ops_) {
    if (op.code == '#') {
      stack.emplace_back(op.constant);
    } else if (op.code == '$') {
      stack.push_back(value(op.name));
    } else if (op.code == 'n') {
      if (stack.back()) stack.back() = -*stack.back();
    } else {
      std::optional<double> right = stack.back();
      stack.pop_back();
      std::optional<double>& left = stack.back();
      if (!left || !right || (op.code == '/' && *right == 0)) {
        left.reset();
        continue;
      }
      switch (op.code) {
        case '+': *left += *right; break;
        case '-': *left -= *right; break;
        case '*': *left *= *right; break;
        default: *left /= *right; break;
      }
    }
  }
  return stack.back();
}

namespace {

/// What a series says where it has no rows: counts and sums are 0, the rest is nothing (TR2).
std::optional<double> value_of_nothing(Measure::Kind kind) {
  bool counts = kind == Measure::Kind::Total || kind == Measure::Kind::Uniques ||
                kind == Measure::Kind::Sum || kind == Measure::Kind::Distinct;
  return counts ? std::optional<double>(0) : std::nullopt;
}

}  // namespace

Status add_formulas(const TrendsQuery& query, TrendsAnswer& answer) {
  if (query.formulas.empty()) return {};
  std::vector<std::string> names;
  for (const SeriesDef& def : query.series) names.push_back(def.name);
  std::vector<BreakdownValues> keys;
  for (const TrendsSeries& s : answer.series) {
    if (std::find(keys.begin(), keys.end(), s.breakdown) == keys.end()) keys.push_back(s.breakdown);
  }
  const std::vector<TrendsSeries> inputs = answer.series;
  for (size_t f = 0; f < query.formulas.size(); ++f) {
    auto formula = Formula::parse(query.formulas[f].expression, names);
    if (!formula) {
      Error error = formula.error();
      error.field = fmt::format("formulas[{}].expr", f);
      return std::unexpected<Error>(std::move(error));
    }
    for (const BreakdownValues& key : keys) {
      auto line_of = [&](size_t series) -> const TrendsSeries* {
        for (const TrendsSeries& s : inputs) {
          if (s.name == names[series] && s.breakdown == key) return &s;
        }
        return nullptr;
      };
      TrendsSeries out{query.formulas[f].name, key, {}, {}};
      for (size_t b = 0; b < answer.buckets.size(); ++b) {
        out.values.push_back(formula->evaluate([&](size_t s) {
          const TrendsSeries* line = line_of(s);
          return line == nullptr ? value_of_nothing(query.series[s].measure.kind) : line->values[b];
        }));
      }
      out.total = formula->evaluate([&](size_t s) {
        const TrendsSeries* line = line_of(s);
        return line == nullptr ? value_of_nothing(query.series[s].measure.kind) : line->total;
      });
      answer.series.push_back(std::move(out));
    }
  }
  return {};
}

}  // namespace weir::analytics
